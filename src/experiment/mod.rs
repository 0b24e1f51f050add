//! Experiments: designs on the same draws, replication by replication, and their measures.

pub mod coalitions;
pub mod losses;
pub mod measure_columns;
pub mod measures;
mod runner;
pub mod sampling;
pub mod sweep;
mod totals;

pub use runner::{CHUNK, Failure, Outcome, Progress, RunPlan, Stop, observe, run, trace};
