//! Files of runs and sweeps: tables, manifests, shards and journals.
//!
//! The folder of a run is written under a temporary name and renamed when complete. Plots and pages
//! are not made here but in `report`.

pub mod about;
pub mod coalitions;
pub mod columns;
pub mod comparisons;
mod folder;
pub mod frame;
mod manifest;
pub mod sweep;
pub mod tables;
pub mod traces;

pub use folder::{FolderError, RunFolder, hash_of, safe_name};
pub use frame::Frame;
pub use manifest::{FigureKinds, FileHash, Host, Manifest};
