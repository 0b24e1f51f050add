//! Scenario and organisation files: from text to validated values.
//!
//! [`load`] is the only entry. Text becomes a tree that knows where each value was written
//! ([`read`]), the tree is checked against the types as written ([`raw`]), and [`resolve`] turns it
//! into what the engine sees ([`types`]). All mistakes of all files are reported together. Nothing
//! here knows the engine.

pub mod builtin;
pub mod designs;
pub mod diagnostics;
pub mod hybrid;
pub mod load;
mod origin;
pub mod raw;
pub mod read;
mod resolve;
pub mod schema;
pub mod sweep;
pub mod types;
