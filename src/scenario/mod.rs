//! Scenario, organisation and sweep files: from text to validated values.
//!
//! [`load`] is the entry. [`read`] turns text into a tree with the origin of each value, [`raw`]
//! holds the types of the files, and `resolve` checks them and turns them into [`types`]. All
//! mistakes of all files are reported together. Nothing here depends on the simulation.

pub mod builtin;
pub mod designs;
pub mod diagnostics;
pub mod hybrid;
pub mod load;
mod origin;
pub mod raw;
pub mod read;
mod related;
mod resolve;
pub mod schema;
pub mod sweep;
pub mod types;
