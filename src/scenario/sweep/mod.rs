//! Sweeps: a scenario and designs at many points of uncertain parameters (ODD §11). Files are read
//! and checked here; nothing is run.

mod law;
mod list;
mod load;
pub mod raw;
mod resolve;
mod targets;
mod variants;

pub use law::{Law, Setting};
pub use load::{LoadedSweep, header, load};
pub use variants::Variants;

use raw::{DrawSharing, Sampling, ShardFormat};
use serde::{Deserialize, Deserializer, Serialize};

/// How a parameter changes its targets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Change {
    /// The target takes the value.
    Set,
    /// The target is multiplied by the value.
    Scale,
    /// The value is added to the target.
    Add,
}

/// A value of the scenario or of a design that a parameter changes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Target {
    /// Position of the design; `None` for the scenario.
    pub design: Option<usize>,
    /// Keys from the root of the file.
    pub path: Vec<String>,
    /// Value in the base; NaN if it is not a number.
    #[serde(deserialize_with = "number_or_none")]
    pub base: f64,
}

/// Reads a number. JSON has no NaN, which is written as null.
fn number_or_none<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    Ok(Option::<f64>::deserialize(deserializer)?.unwrap_or(f64::NAN))
}

/// An uncertain parameter.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Parameter {
    /// Name in tables.
    pub name: String,
    /// Label in figures.
    pub title: String,
    /// Unit, for tables and figures.
    pub unit: String,
    /// Distribution of the parameter.
    pub law: Law,
    /// How it changes its targets.
    pub change: Change,
    /// Values that it changes.
    pub targets: Vec<Target>,
    /// Position of its group in [`Sweep::groups`].
    pub group: usize,
}

impl Parameter {
    /// Returns a value as written in files: a number, or the name of a category.
    pub fn text(&self, value: f64) -> String {
        self.law.setting(value).text()
    }

    /// Returns the setting of a target for a value of the parameter.
    fn value_at(&self, target: &Target, value: f64) -> Setting {
        match (self.law.setting(value), self.change) {
            (Setting::Number(x), Change::Scale) => Setting::Number(x * target.base),
            (Setting::Number(x), Change::Add) => Setting::Number(x + target.base),
            (setting, _) => setting,
        }
    }
}

/// Precision at which a point needs no more replications.
#[derive(Debug, Clone, PartialEq)]
pub struct Stop {
    /// Position of the measure in [`Sweep::kept`].
    pub column: usize,
    /// Largest half-width of the 95 % interval of the mean, in the unit of the measure.
    pub half_width: f64,
    /// Smallest number of replications per point.
    pub at_least: u64,
}

/// A measure that is kept for every replication.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// Id of the measure.
    pub measure: String,
    /// Position of the state; `None` for the region.
    pub state: Option<usize>,
    /// Heading of the column: `gain`, `gain.KGZ`.
    pub column: String,
}

/// A validated sweep.
#[derive(Debug, Clone, PartialEq)]
pub struct Sweep {
    /// Id.
    pub name: String,
    /// Title in one line.
    pub title: String,
    /// Uncertain parameters.
    pub parameters: Vec<Parameter>,
    /// Names of the groups of Morris's design.
    pub groups: Vec<String>,
    /// Method by which points are chosen.
    pub sampling: Sampling,
    /// Points of a list, `[point][parameter]`; empty for other methods.
    pub listed: Vec<Vec<f64>>,
    /// Number of replications of every design at every point, or the largest number with `stop`.
    pub replications: u64,
    /// Precision at which a point needs no more replications.
    pub stop: Option<Stop>,
    /// Whether points share the same draws.
    pub draws: DrawSharing,
    /// Measures that are kept for every replication.
    pub kept: Vec<Kept>,
    /// Format of the shards.
    pub format: ShardFormat,
    /// Approximate number of rows in a shard.
    pub shard_rows: u64,
    /// Threshold of a satisfactory outcome, in the unit of the first measure with a preferred
    /// direction.
    pub satisfactory: Option<f64>,
    /// Hurwicz's optimism, 0 to 1.
    pub optimism: f64,
}
