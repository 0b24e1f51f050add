//! The organisation: agenda, bargaining, vote, ratification, enforcement (ODD §6–8). It knows plans, never water.

mod bargaining;
mod enforcement;
mod ratification;
mod sharing;
mod voting;

pub use bargaining::{Appraisal, Bargain, Chamber, Terms, propose};
pub use enforcement::{Enforcement, Injured, Sentence};
pub use ratification::{Attempt, Treaty};
pub use sharing::{share, transfers};
pub use voting::{Ballot, chair, drawn, vote};
