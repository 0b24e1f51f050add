//! The organisation: agenda, bargaining, vote, ratification, enforcement (ODD §6–8). It knows plans, never water.

mod bargaining;
mod enforcement;
mod ratification;
mod voting;

pub use bargaining::{Appraisal, Bargain, Chamber, Terms, propose, transfers};
pub use enforcement::{Enforcement, Injured};
pub use ratification::{Attempt, Treaty};
pub use voting::{Ballot, chair, vote};
