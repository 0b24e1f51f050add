//! Sweeps: designs on the same draws at many points of a parameter space, shard by shard.

mod layout;
mod points;
mod precision;
mod simulate;
mod study;

pub use layout::{Layout, Part};
pub use points::Points;
pub use precision::Precision;
pub use simulate::{Orders, Rounds, ShardJournal, ShardStore, Task, simulate};
pub use study::{Scratch, ShardFailure, ShardRows, Study};
