//! Statistics of results: summaries, paired differences, rankings, robust choice, sensitivity
//! indices and scenario discovery (ODD §11).
//!
//! This module neither runs simulations nor writes files.

pub mod attribution;
pub mod band;
pub mod comparison;
mod histogram;
mod paired;
pub mod prim;
pub mod replications;
pub mod river;
pub mod robustness;
pub mod sensitivity;
mod summary;

pub use histogram::Histogram;
pub use paired::PairedDifference;
pub use summary::{Statistic, Summary, SummaryRow, YearRow, YearTable, quantile};
