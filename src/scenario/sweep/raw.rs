//! Sweep files as written: which parameters vary, how they are sampled, which designs play at every
//! point.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A sweep: a scenario and designs, played at many points of a space of uncertain parameters.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SweepFile {
    /// What is swept.
    pub sweep: SweepHeader,
    /// How points are chosen.
    pub sampling: Sampling,
    /// The uncertain parameters by name.
    #[schemars(extend("minProperties" = 1))]
    pub parameters: IndexMap<String, ParameterTable>,
    /// When a point has been played often enough; left out, every point gets all replications.
    pub stop: Option<StopTable>,
    /// What is kept.
    #[serde(default)]
    pub output: OutputTable,
}

/// What is swept.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SweepHeader {
    /// Id of the sweep: letters, digits, hyphens.
    pub name: String,
    /// One line that says what it is.
    pub title: String,
    /// A paragraph for `show`.
    #[serde(default)]
    pub description: String,
    /// The scenario at whose figures the parameters are varied: a file or folder beside this file,
    /// or a built-in name.
    pub scenario: String,
    /// The designs that play at every point, a categorical factor of the study: files or built-in
    /// names, each with changes of its own as `NAME@path=value`.
    #[schemars(length(min = 1))]
    pub organisations: Vec<String>,
    /// Values that are changed at all points: `path=value`, as with `--set`.
    #[serde(default)]
    pub set: Vec<String>,
    /// Replications of every design at every point; with `[stop]`, the most of them.
    #[schemars(range(min = 1, max = 100_000_000))]
    pub replications: u64,
    /// Master seed; left out, the scenario's.
    #[schemars(range(min = 0))]
    pub seed: Option<u64>,
    /// Whether all points meet the same draws, so that differences between points are not drowned
    /// in chance.
    #[serde(default)]
    #[schemars(extend("x-former-name" = "fates"))]
    pub draws: DrawSharing,
}

/// Whether points meet the same draws.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DrawSharing {
    /// Replication r has the same draws at every point.
    #[default]
    Shared,
    /// Every point has replications of its own.
    Own,
}

/// How points are chosen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Sampling {
    /// Every combination: discrete laws with all their values, others with equally spaced
    /// quantiles.
    Grid(GridTable),
    /// Points listed in a CSV file beside this file, one column per parameter.
    List(ListTable),
    /// A Latin hypercube.
    LatinHypercube(RandomTable),
    /// The first points of the Sobol' sequence (Joe and Kuo 2008).
    Sobol(SobolTable),
    /// Saltelli's design for Sobol' indices: base × (parameters + 2) points.
    Saltelli(SaltelliTable),
    /// Morris's design for elementary effects: trajectories × (groups + 1) points.
    Morris(MorrisTable),
    /// Independent random points.
    Random(RandomTable),
}

/// Every combination.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GridTable {
    /// Values of each parameter whose law is not discrete, ends of its range included.
    #[serde(default = "five")]
    #[schemars(range(min = 1, max = 1000))]
    pub levels: u32,
}

/// Points listed in a file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListTable {
    /// CSV file beside this file with a column for every parameter.
    pub file: String,
}

/// Random points.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RandomTable {
    /// Number of points.
    #[schemars(range(min = 1, max = 10_000_000))]
    pub points: u64,
    /// Seed of the sample.
    #[serde(default)]
    #[schemars(range(min = 0))]
    pub seed: u64,
}

/// Points of a low-discrepancy sequence.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SobolTable {
    /// Number of points; powers of two fill the space evenly.
    #[schemars(range(min = 1, max = 10_000_000))]
    pub points: u64,
}

/// Saltelli's design.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SaltelliTable {
    /// Base rows N; powers of two fill the space evenly.
    #[schemars(range(min = 2, max = 1_000_000))]
    pub base: u64,
}

/// Morris's design.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MorrisTable {
    /// Number of trajectories.
    #[schemars(range(min = 2, max = 100_000))]
    pub trajectories: u64,
    /// Levels of the grid, an even number.
    #[serde(default = "four")]
    #[schemars(range(min = 2, max = 100))]
    pub levels: u32,
    /// Seed of the sample.
    #[serde(default)]
    #[schemars(range(min = 0))]
    pub seed: u64,
}

fn four() -> u32 {
    4
}
fn five() -> u32 {
    5
}
fn one_half() -> f64 {
    0.5
}

/// An uncertain parameter: what it changes, and how it is distributed. Exactly one of `set`,
/// `scale` and `add` says which values it changes; paths are those of `--set`, a `*` stands for
/// every name at its place.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ParameterTable {
    /// What it is, in a few words for figures.
    #[serde(default)]
    pub title: String,
    /// Values that take its value.
    #[serde(default)]
    pub set: Vec<String>,
    /// Values that are multiplied by it.
    #[serde(default)]
    pub scale: Vec<String>,
    /// Values to which it is added.
    #[serde(default)]
    pub add: Vec<String>,
    /// Its distribution.
    pub law: Law,
    /// Unit, for tables.
    #[serde(default)]
    pub unit: String,
    /// Where its range comes from.
    #[serde(default)]
    pub source: String,
    /// Group of parameters that Morris's design moves together; left out, it is a group of its own.
    pub group: Option<String>,
    /// Designs to which paths under `organisation.` apply, by name; left out, all of them.
    #[serde(default)]
    pub only: Vec<String>,
}

/// A distribution.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Law {
    /// All values of a range alike.
    Uniform(Range),
    /// All orders of magnitude of a positive range alike.
    LogUniform(Range),
    /// Rising to a most likely value and falling from it.
    Triangular(Triangular),
    /// A normal law, cut off at both ends.
    TruncatedNormal(TruncatedNormal),
    /// Values at exact decimal steps, all alike.
    Steps(Steps),
    /// A list of values, all alike: numbers, or words and truth values, which make it categorical.
    Choice(Vec<serde_json::Value>),
}

/// A range of values.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Range {
    /// Least value.
    pub min: f64,
    /// Largest value.
    pub max: f64,
}

/// A triangular law.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Triangular {
    /// Least value.
    pub min: f64,
    /// Most likely value.
    pub mode: f64,
    /// Largest value.
    pub max: f64,
}

/// A truncated normal law.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TruncatedNormal {
    /// Mean before it is cut off.
    pub mean: f64,
    /// Standard deviation before it is cut off.
    #[schemars(extend("exclusiveMinimum" = 0))]
    pub sd: f64,
    /// Least value.
    pub min: f64,
    /// Largest value.
    pub max: f64,
}

/// Exact decimal steps.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Steps {
    /// First value.
    pub from: f64,
    /// Last value: a whole number of steps from the first.
    pub to: f64,
    /// Step.
    #[schemars(extend("exclusiveMinimum" = 0))]
    pub step: f64,
}

/// When a point has been played often enough.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StopTable {
    /// Measure of the region that has to be known, one of `output.measures`.
    pub measure: String,
    /// Half-width that the 95 % interval of its mean may have, for every design, in its unit.
    #[schemars(extend("exclusiveMinimum" = 0))]
    pub half_width: f64,
    /// Replications that every point gets.
    #[serde(default = "sixty_four")]
    #[schemars(range(min = 8, max = 1_000_000))]
    pub at_least: u64,
}

fn sixty_four() -> u64 {
    64
}

/// What is kept.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct OutputTable {
    /// Measures kept of every replication: `gain` for the region, `gain.KGZ` for a state, `gain.*`
    /// for all states.
    pub measures: Vec<String>,
    /// Format of the shards.
    pub format: ShardFormat,
    /// Rows (point × replication × organisation) that a shard holds, about.
    #[schemars(range(min = 1, max = 100_000_000))]
    pub shard_rows: u64,
    /// Robust choice: the value from which an outcome is good enough, of the first measure that has
    /// a better end.
    pub satisfactory: Option<f64>,
    /// Robust choice: Hurwicz's optimism, from 0 (only the worst counts) to 1 (only the best).
    #[serde(default = "one_half")]
    #[schemars(range(min = 0, max = 1))]
    pub optimism: f64,
}

impl Default for OutputTable {
    fn default() -> Self {
        let measures = [
            "gain",
            "gain.*",
            "worst_off_gain",
            "depth_delivered",
            "compliance_value",
            "adoption",
            "alive",
            "members",
        ];
        OutputTable {
            measures: measures.map(String::from).to_vec(),
            format: ShardFormat::Parquet,
            shard_rows: 16_384,
            satisfactory: None,
            optimism: 0.5,
        }
    }
}

/// Format of shards.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ShardFormat {
    /// Apache Parquet, compressed with Snappy.
    #[default]
    Parquet,
    /// CSV.
    Csv,
}
