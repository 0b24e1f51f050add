//! `manifest.json`: inputs, seed, program, host and outcome of a run.
//!
//! The hash of inputs identifies the run; the file contains no results.

use serde::{Deserialize, Serialize};

/// Content of `manifest.json`.
#[derive(Debug, Clone, Serialize)]
pub struct Manifest {
    /// Version of the program.
    pub version: &'static str,
    /// Git commit that the program was built from, if known, with `+dirty` if files differed from
    /// it.
    pub git: Option<String>,
    /// Id of the scenario.
    pub scenario: String,
    /// Names of the organisations.
    pub organisations: Vec<String>,
    /// Hash of everything that determines the results.
    pub inputs_hash: String,
    /// Name and hash of each file that was read.
    pub files: Vec<FileHash>,
    /// Name and hash of the tables from which others are made, if there are any.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tables: Vec<FileHash>,
    /// Overrides (`--set`), in order.
    pub overrides: Vec<String>,
    /// Master seed.
    pub seed: u64,
    /// Number of replications requested.
    pub replications: u64,
    /// Number of runs (one replication of one design) that did not fail.
    pub done: u64,
    /// Number of runs that failed.
    pub failed: u64,
    /// Number of input figures of the scenario, by kind.
    pub figures: FigureKinds,
    /// The command line.
    pub command: Vec<String>,
    /// Platform and threads.
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

/// Number of input figures by kind.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FigureKinds {
    /// Figures from public sources.
    pub sourced: usize,
    /// Figures computed from public ones.
    pub derived: usize,
    /// Plausible values, to be varied in sweeps.
    pub assumption: usize,
}

impl FigureKinds {
    /// Returns a note on the kinds of input figures behind a result; empty if none is an
    /// assumption.
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

/// The machine that ran the program.
#[derive(Debug, Clone, Serialize)]
pub struct Host {
    /// Operating system and architecture.
    pub platform: String,
    /// Threads used.
    pub threads: usize,
}
