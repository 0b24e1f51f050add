//! Consortia: a simulator of regional cooperation.

pub mod behaviour;
pub mod domain;
pub mod fate;
pub mod ids;
pub mod numeric;
pub mod organisation;
pub mod plan;
pub mod scenario;
pub mod simulation;
pub mod units;
