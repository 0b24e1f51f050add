//! Sweeps: designs on the same fates at many points of a parameter space, shard by shard.

mod layout;
mod play;
mod points;
mod precision;
mod study;

pub use layout::{Layout, Part};
pub use play::{Notes, Orders, Rounds, Shelf, Task, play};
pub use points::Points;
pub use precision::Precision;
pub use study::{Scratch, ShardFailure, ShardRows, Study};
