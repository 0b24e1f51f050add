//! The organisation: agenda, bargaining, vote, ratification, enforcement (ODD §6–8).
//!
//! It works on plans and their appraisals; it contains no physics of any domain.

mod appraisal;
mod bargaining;
mod enforcement;
mod ratification;
mod refusal;
mod search;
mod sharing;
mod voting;

pub use appraisal::Appraisal;
pub use bargaining::{Bargain, BargainingProblem, Terms};
pub use enforcement::{Enforcement, Injured};
pub use ratification::{Attempt, Treaty};
pub use search::{SearchBuffers, propose};
pub use sharing::{PayerTrust, share, transfers};
pub use voting::{Ballot, chair, drawn, vote};
