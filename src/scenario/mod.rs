//! Scenario and organisation files: from text to validated values.
//!
//! A file is read into a document whose values know where they were written; data tables and `--set` options are
//! merged into it; the JSON Schema generated from the types in [`raw`] and [`organisation_raw`] checks it; and what
//! needs several places at once is checked on the way to the validated [`types`] and [`design`]. All mistakes of all
//! files are reported together.

mod bodies;
pub mod builtin;
mod check;
pub mod design;
pub mod diagnostics;
pub mod document;
pub mod hybrid;
mod judge;
pub mod load;
pub mod organisation_life;
pub mod organisation_raw;
mod origin;
pub mod raw;
pub mod raw_domains;
pub mod raw_shocks;
mod resolve;
mod resolve_basin;
mod resolve_design;
mod resolve_domains;
pub mod roster;
pub mod rows;
pub mod schema;
pub mod sweep;
pub mod tables;
pub mod types;
