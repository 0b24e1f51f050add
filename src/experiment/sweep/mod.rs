//! Sweeps: designs on the same draws at many points of a parameter space, shard by shard.

mod layout;
mod play;
mod points;
mod precision;
mod study;

pub use layout::{Layout, Part};
pub use play::{Orders, Rounds, ShardJournal, ShardStore, Task, play};
pub use points::Points;
pub use precision::Precision;
pub use study::{Scratch, ShardFailure, ShardRows, Study};
