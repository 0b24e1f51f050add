//! Sweeps: a scenario and designs at many points of a space of uncertain parameters.

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

/// How a parameter changes what it aims at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Change {
    /// The value takes its place.
    Set,
    /// What is there is multiplied by the value.
    Scale,
    /// The value is added to what is there.
    Add,
}

/// A value that a parameter changes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Target {
    /// Position of the design, or the scenario.
    pub design: Option<usize>,
    /// Names from the root of the file.
    pub path: Vec<String>,
    /// What is there, where it is a number; NaN where it is none.
    #[serde(deserialize_with = "number_or_none")]
    pub base: f64,
}

/// JSON has no NaN: it is written as null.
fn number_or_none<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    Ok(Option::<f64>::deserialize(deserializer)?.unwrap_or(f64::NAN))
}

/// An uncertain parameter.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Parameter {
    /// Name in tables.
    pub name: String,
    /// What it is, in a few words.
    pub title: String,
    /// Its unit.
    pub unit: String,
    /// Its distribution.
    pub law: Law,
    /// What it does to what it aims at.
    pub change: Change,
    /// What it aims at.
    pub targets: Vec<Target>,
    /// Group that it moves with in Morris's design, numbered from 0.
    pub group: usize,
}

impl Parameter {
    /// A value as written in files: a number, or the name of a category.
    pub fn text(&self, value: f64) -> String {
        self.law.setting(value).text()
    }

    /// What a target takes when the parameter has a value.
    fn value_at(&self, target: &Target, value: f64) -> Setting {
        match (self.law.setting(value), self.change) {
            (Setting::Number(x), Change::Scale) => Setting::Number(x * target.base),
            (Setting::Number(x), Change::Add) => Setting::Number(x + target.base),
            (setting, _) => setting,
        }
    }
}

/// When a point has been played often enough.
#[derive(Debug, Clone, PartialEq)]
pub struct Stop {
    /// Position among the measures kept.
    pub column: usize,
    /// Half-width that the 95 % interval of the mean may have.
    pub half_width: f64,
    /// Replications that every point gets.
    pub at_least: u64,
}

/// A measure that is kept of every replication.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// Id of the measure.
    pub measure: String,
    /// Position of the state, or the region.
    pub state: Option<usize>,
    /// Heading of its column: `gain`, `gain.KGZ`.
    pub column: String,
}

/// A validated sweep.
#[derive(Debug, Clone, PartialEq)]
pub struct Sweep {
    /// Id.
    pub name: String,
    /// One line.
    pub title: String,
    /// Uncertain parameters.
    pub parameters: Vec<Parameter>,
    /// Names of the groups of Morris's design.
    pub groups: Vec<String>,
    /// How points are chosen.
    pub sampling: Sampling,
    /// Points of a list, by point and parameter.
    pub listed: Vec<Vec<f64>>,
    /// Replications of every design at every point, or the most of them.
    pub replications: u64,
    /// When a point has been played often enough.
    pub stop: Option<Stop>,
    /// Whether points meet the same draws.
    pub draws: DrawSharing,
    /// What is kept of every replication.
    pub kept: Vec<Kept>,
    /// Format of the shards.
    pub format: ShardFormat,
    /// Rows of a shard, about.
    pub shard_rows: u64,
    /// From which value of the first measure an outcome is good enough.
    pub satisfactory: Option<f64>,
    /// Hurwicz's optimism.
    pub optimism: f64,
}
