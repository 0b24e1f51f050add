//! Types of sweep files, as users write them: parameters, sampling, designs and output.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A sweep: a scenario and designs, run at many points of uncertain parameters.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SweepFile {
    /// Name, scenario, designs and size of the sweep.
    pub sweep: SweepHeader,
    /// Method by which points are chosen.
    pub sampling: Sampling,
    /// Uncertain parameters by name.
    #[schemars(extend("minProperties" = 1))]
    pub parameters: IndexMap<String, ParameterTable>,
    /// Precision at which a point needs no more replications. If omitted, every point gets all
    /// replications.
    pub stop: Option<StopTable>,
    /// Measures that are kept, and the format of the shards.
    #[serde(default)]
    pub output: OutputTable,
}

/// Name, scenario, designs and size of a sweep.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SweepHeader {
    /// Id of the sweep, used in folder names: ASCII letters, digits, `-` and `_`, at most 60
    /// characters.
    pub name: String,
    /// Title in one line.
    pub title: String,
    /// Description in one paragraph, printed by `consortia show`.
    #[serde(default)]
    pub description: String,
    /// Scenario whose values the parameters vary: a file or folder beside this file, or a built-in
    /// name.
    pub scenario: String,
    /// Designs that run at every point, a categorical factor of the study: files or built-in names,
    /// each with changes of its own as `NAME@path=value`.
    #[schemars(length(min = 1))]
    pub organisations: Vec<String>,
    /// Changes that apply at all points, written `path=value` as for `--set`.
    #[serde(default)]
    pub set: Vec<String>,
    /// Number of replications of every design at every point, 1 to 100 million. With `[stop]`, the
    /// largest number.
    #[schemars(range(min = 1, max = 100_000_000))]
    pub replications: u64,
    /// Master seed: a whole number, 0 or more. If omitted, that of the scenario.
    #[schemars(range(min = 0))]
    pub seed: Option<u64>,
    /// Whether all points share the same draws, which reduces the random variation of differences
    /// between points.
    #[serde(default)]
    #[schemars(extend("x-former-name" = "fates"))]
    pub draws: DrawSharing,
}

/// Whether points share the same draws.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DrawSharing {
    /// Replication r has the same draws at every point.
    #[default]
    Shared,
    /// Every point has draws of its own.
    Own,
}

/// Method by which points are chosen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Sampling {
    /// Full grid: all values of discrete laws, and equally spaced quantiles of other laws.
    Grid(GridTable),
    /// Points listed in a CSV file beside this file.
    List(ListTable),
    /// Latin hypercube.
    LatinHypercube(RandomTable),
    /// First points of the Sobol' sequence (Joe and Kuo 2008).
    Sobol(SobolTable),
    /// Saltelli's design for Sobol' indices: base × (parameters + 2) points.
    Saltelli(SaltelliTable),
    /// Morris's design for elementary effects: trajectories × (groups + 1) points.
    Morris(MorrisTable),
    /// Independent random points.
    Random(RandomTable),
}

/// A full grid.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GridTable {
    /// Number of values of each parameter whose law is not discrete, ends of the range included, 1
    /// to 1000.
    #[serde(default = "five")]
    #[schemars(range(min = 1, max = 1000))]
    pub levels: u32,
}

/// Points listed in a file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListTable {
    /// CSV file beside this file, with one column per parameter.
    pub file: String,
}

/// Random points.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RandomTable {
    /// Number of points, 1 to 10 million.
    #[schemars(range(min = 1, max = 10_000_000))]
    pub points: u64,
    /// Seed of the sample: a whole number, 0 or more.
    #[serde(default)]
    #[schemars(range(min = 0))]
    pub seed: u64,
}

/// Points of a low-discrepancy sequence.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SobolTable {
    /// Number of points, 1 to 10 million. Powers of two fill the space evenly.
    #[schemars(range(min = 1, max = 10_000_000))]
    pub points: u64,
}

/// Saltelli's design.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SaltelliTable {
    /// Number N of base rows, 2 to 1 million. Powers of two fill the space evenly.
    #[schemars(range(min = 2, max = 1_000_000))]
    pub base: u64,
}

/// Morris's design.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MorrisTable {
    /// Number of trajectories, 2 to 100,000.
    #[schemars(range(min = 2, max = 100_000))]
    pub trajectories: u64,
    /// Number of levels of the grid, an even number from 2 to 100.
    #[serde(default = "four")]
    #[schemars(range(min = 2, max = 100))]
    pub levels: u32,
    /// Seed of the sample: a whole number, 0 or more.
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

/// An uncertain parameter: the values that it changes, and its distribution.
///
/// Exactly one of `set`, `scale` and `add` lists the paths of these values. Paths are those of
/// `--set`; a `*` stands for every name at its place.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ParameterTable {
    /// Label in figures, at most 60 characters. If omitted, the name is used.
    #[serde(default)]
    pub title: String,
    /// Paths of values that the parameter replaces.
    #[serde(default)]
    pub set: Vec<String>,
    /// Paths of values that are multiplied by the parameter.
    #[serde(default)]
    pub scale: Vec<String>,
    /// Paths of values to which the parameter is added.
    #[serde(default)]
    pub add: Vec<String>,
    /// Distribution of the parameter.
    pub law: Law,
    /// Unit shown in tables and figures, at most 20 characters.
    #[serde(default)]
    pub unit: String,
    /// Source of the range.
    #[serde(default)]
    pub source: String,
    /// Group of parameters that Morris's design moves together. If omitted, the parameter forms its
    /// own group.
    pub group: Option<String>,
    /// Names of the designs to which paths under `organisation.` apply. If omitted, all designs.
    #[serde(default)]
    pub only: Vec<String>,
}

/// Distribution of a parameter.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Law {
    /// Uniform on a range.
    Uniform(Range),
    /// Uniform in the logarithm on a range above 0.
    LogUniform(Range),
    /// Triangular, with a most likely value.
    Triangular(Triangular),
    /// Normal, truncated at both ends.
    TruncatedNormal(TruncatedNormal),
    /// Values at exact decimal steps with equal probabilities.
    Steps(Steps),
    /// A list of two or more values with equal probabilities. Words and truth values make it
    /// categorical.
    Choice(Vec<serde_json::Value>),
}

/// A range of values, with `min` below `max`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Range {
    /// Smallest value.
    pub min: f64,
    /// Largest value.
    pub max: f64,
}

/// A triangular distribution.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Triangular {
    /// Smallest value.
    pub min: f64,
    /// Most likely value, `min` to `max`.
    pub mode: f64,
    /// Largest value.
    pub max: f64,
}

/// A truncated normal distribution.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TruncatedNormal {
    /// Mean before truncation.
    pub mean: f64,
    /// Standard deviation before truncation, above 0.
    #[schemars(extend("exclusiveMinimum" = 0))]
    pub sd: f64,
    /// Smallest value.
    pub min: f64,
    /// Largest value.
    pub max: f64,
}

/// Values at exact decimal steps, at most 10,000.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Steps {
    /// First value.
    pub from: f64,
    /// Last value, a whole number of steps after the first.
    pub to: f64,
    /// Step between values, above 0.
    #[schemars(extend("exclusiveMinimum" = 0))]
    pub step: f64,
}

/// Precision at which a point needs no more replications.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StopTable {
    /// Measure whose precision decides, one of `output.measures`.
    pub measure: String,
    /// Largest half-width of the 95 % interval of its mean for every design, in the unit of the
    /// measure, above 0.
    #[schemars(extend("exclusiveMinimum" = 0))]
    pub half_width: f64,
    /// Smallest number of replications per point, 8 to 1 million, at most `sweep.replications`.
    #[serde(default = "sixty_four")]
    #[schemars(range(min = 8, max = 1_000_000))]
    pub at_least: u64,
}

fn sixty_four() -> u64 {
    64
}

/// Measures that are kept, format of the shards, and settings of robust choice.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct OutputTable {
    /// Measures kept for every replication: `gain` for the region, `gain.KGZ` for a state, `gain.*`
    /// for all states.
    pub measures: Vec<String>,
    /// Format of the shards.
    pub format: ShardFormat,
    /// Approximate number of rows (point × replication × organisation) in a shard, 1 to 100
    /// million.
    #[schemars(range(min = 1, max = 100_000_000))]
    pub shard_rows: u64,
    /// Threshold of a satisfactory outcome in robust choice, in the unit of the first measure with
    /// a preferred direction.
    pub satisfactory: Option<f64>,
    /// Hurwicz's optimism in robust choice, from 0 (only the worst outcome counts) to 1 (only the
    /// best).
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
