//! `manifest.json`: what ran, on what, with which result.

use serde::{Deserialize, Serialize};

/// Everything needed to know where numbers come from.
#[derive(Debug, Clone, Serialize)]
pub struct Manifest {
    /// Version of the program.
    pub version: &'static str,
    /// Git commit of the source tree it runs in, if any, with `+dirty` where files differ from it.
    pub git: Option<String>,
    /// Id of the scenario.
    pub scenario: String,
    /// Ids of the organisations.
    pub organisations: Vec<String>,
    /// Hash of everything that determines the results.
    pub inputs_hash: String,
    /// Hash of each file that was read.
    pub files: Vec<FileHash>,
    /// Hash of the tables from which others are made, where there are any.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tables: Vec<FileHash>,
    /// Overrides in order.
    pub overrides: Vec<String>,
    /// Master seed.
    pub seed: u64,
    /// Replications asked for.
    pub replications: u64,
    /// Replication-designs that are done, and failed.
    pub done: u64,
    /// Failures.
    pub failed: u64,
    /// How many figures of the scenario are of each kind.
    pub figures: FigureKinds,
    /// The command line.
    pub command: Vec<String>,
    /// Host, processors.
    pub host: Host,
    /// Start, Unix seconds.
    pub started: u64,
    /// Wall time, seconds.
    pub seconds: f64,
}

/// A file and its hash.
#[derive(Debug, Clone, Serialize)]
pub struct FileHash {
    /// Name.
    pub file: String,
    /// BLAKE3 hash.
    pub blake3: String,
}

/// Kinds of figures.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FigureKinds {
    /// Public figures.
    pub sourced: usize,
    /// Computed from public figures.
    pub derived: usize,
    /// Plausible values, to be swept.
    pub assumption: usize,
}

impl FigureKinds {
    /// What a reader must know of the figures behind a result; empty where all are sourced.
    pub fn caution(&self, scenario: &str) -> String {
        let FigureKinds { sourced, derived, assumption } = self;
        if *assumption == 0 {
            return String::new();
        }
        let all = sourced + derived + assumption;
        format!(
            "\nOf {all} figures behind this, {assumption} are assumptions, {derived} derived, \
             {sourced} sourced: consortia show {scenario}."
        )
    }
}

/// The machine.
#[derive(Debug, Clone, Serialize)]
pub struct Host {
    /// Operating system and architecture.
    pub platform: String,
    /// Threads used.
    pub threads: usize,
}
