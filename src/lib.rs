//! Consortia: a simulator of regional cooperation.

#![forbid(unsafe_code)]

pub mod analysis;
pub mod behaviour;
pub mod cli;
pub mod domain;
pub mod experiment;
pub mod fate;
pub mod ids;
pub mod numeric;
pub mod organisation;
pub mod output;
pub mod plan;
pub mod report;
pub mod scenario;
pub mod simulation;
pub mod units;
