//! Files of a sweep: record, shards, journal, and the tables made from them at the end.
//!
//! The journal alone decides which shards are done. Simulations are run in `experiment::sweep`.

mod collect;
mod conclude;
mod discovery;
mod folder;
mod journal;
mod lock;
mod sensitivity;
mod shards;
mod tables;

pub use collect::{Cell, CollectError, Results, read_results, read_runs, results_frame};
pub use conclude::{damaged_table, tabulate, write_analysis_manifest, write_sweep_manifest};
pub use discovery::{Axis, Discovery, FoundBox, write_discovery};
pub use folder::{
    Finding, MeasureRecord, OpenError, ParameterRecord, State, SweepFolder, SweepRecord,
    parameters_table, points_frame, points_table, read_points, remove_partial_files,
};
pub use journal::{Journal, JournalError, Line};
pub use sensitivity::{Analysis, Index, IndexSet, write_analysis};
pub use shards::{Encoded, ShardError, ShardFiles};
pub use tables::{
    better, chosen_measure, robust_choice, robustness_rows, robustness_table, summary,
};
