//! Types of all domains except river basins in scenario files (ODD §5.2–5.6).

use crate::scenario::raw::Season;
use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Transport and trade (ODD §5.2).
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TransportTable {
    /// Largest ad-valorem cut of trade costs, at full facilitation, 0 to 1.
    #[schemars(range(min = 0, max = 1))]
    pub cost_cut: f64,
    /// Trade elasticity η, 0 to 20.
    #[schemars(range(min = 0, max = 20))]
    pub elasticity: f64,
    /// Exporters' margin as a share of the value of trade, 0 to 1.
    #[schemars(range(min = 0, max = 1))]
    pub margin: f64,
    /// Weight ω of consumers in policy, 0 to 1.
    #[serde(default = "consumer_weight")]
    #[schemars(range(min = 0, max = 1))]
    pub consumer_weight: f64,
    /// Growth of trade, −0.2 to 0.2 per year.
    #[serde(default)]
    #[schemars(range(min = -0.2, max = 0.2), extend("x-unit" = "1/yr"))]
    pub growth: f64,
    /// Border rents by state, MUSD per year, above 0; facilitation m costs a state rents·m²/2. A
    /// state without an entry has no border to facilitate.
    #[schemars(extend("x-values" = {"exclusiveMinimum": 0, "x-unit": "MUSD/yr"}))]
    pub border_rents: IndexMap<String, f64>,
    /// Imports by importer, then exporter, MUSD per year, 0 or more.
    #[schemars(extend("x-unit" = "MUSD/yr"))]
    pub imports: IndexMap<String, IndexMap<String, f64>>,
}

fn consumer_weight() -> f64 {
    0.3
}

/// A stage game with payoffs given as numbers (ODD §5.6).
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StageGameTable {
    /// Probability of each state of the world. The probabilities add up to 1.
    #[serde(default = "certain")]
    #[schemars(extend("minItems" = 1))]
    pub probabilities: Vec<f64>,
    /// Obligations of the game, at least one unless `preferences` is given.
    #[serde(default)]
    pub obligations: Vec<StageObligationTable>,
    /// Whether nothing is realised unless all obligations are performed, including those of states
    /// that are not bound.
    #[serde(default)]
    pub joint: bool,
    /// One joint act in place of obligations. Each state favours it or not, drawn anew every year.
    pub preferences: Option<PreferenceTable>,
}

/// A joint act that each state favours with some probability, independently in every year. At most
/// 10 states.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PreferenceTable {
    /// Probability that a state favours the act, 0 to 1.
    #[schemars(range(min = 0, max = 1))]
    pub favours: f64,
    /// Value of the act to a state that favours it, MUSD, 0 to 1 million.
    #[schemars(range(min = 0, max = 1_000_000), extend("x-unit" = "MUSD"))]
    pub gain: f64,
    /// Cost of the act to a state that does not favour it, MUSD, 0 to 1 million.
    #[schemars(range(min = 0, max = 1_000_000), extend("x-unit" = "MUSD"))]
    pub loss: f64,
    /// Season in which the act is due.
    #[serde(default = "winter")]
    pub season: Season,
}

fn winter() -> Season {
    Season::Winter
}

/// How a cost or benefit grows with depth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Curvature {
    /// In proportion to depth.
    #[default]
    Linear,
    /// In proportion to the square of depth.
    Quadratic,
}

fn certain() -> Vec<f64> {
    vec![1.0]
}

/// An obligation of a stage game.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StageObligationTable {
    /// Name of the obligation, used by triggers and traces.
    pub name: String,
    /// Id of the state that owes the obligation.
    pub obligor: String,
    /// Season in which the obligation is due.
    pub season: Season,
    /// Cost to the obligor at full depth, MUSD, one value per state of the world.
    #[schemars(extend("x-unit" = "MUSD"))]
    pub cost: Vec<f64>,
    /// Benefit to each state at full depth, MUSD, one value per state of the world.
    #[serde(default)]
    #[schemars(extend("x-unit" = "MUSD"))]
    pub benefits: IndexMap<String, Vec<f64>>,
    /// How the cost grows with depth.
    #[serde(default)]
    pub cost_curvature: Curvature,
    /// How benefits grow with depth.
    #[serde(default)]
    pub benefit_curvature: Curvature,
    /// Earlier obligation that triggers this one, which is due in proportion to its performance.
    pub trigger: Option<String>,
}

/// Grain: surplus states deliver to deficit states at a contract price (ODD §5.3).
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FoodTable {
    /// Mean market price of grain at a price index of 1, USD/t, above 0.
    #[schemars(extend("exclusiveMinimum" = 0), extend("x-unit" = "USD/t"))]
    pub mean_price: f64,
    /// Relative rise of the spot price per share of the region's demand that its harvests leave
    /// uncovered, 0 to 20.
    #[serde(default)]
    #[schemars(range(min = 0, max = 20))]
    pub spot_slope: f64,
    /// Share of the spot price that freight, borders and traders keep between seller and buyer, 0
    /// to 0.95.
    #[serde(default)]
    #[schemars(range(min = 0, max = 0.95))]
    pub market_wedge: f64,
    /// Price of grain under contract, USD/t, 0 or more.
    #[schemars(range(min = 0), extend("x-unit" = "USD/t"))]
    pub contract_price: f64,
    /// Harvest and demand by state.
    #[schemars(extend("minProperties" = 1))]
    pub states: IndexMap<String, FoodStateTable>,
}

/// Harvest, demand and value of grain in a state.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FoodStateTable {
    /// Mean yearly harvest, Mt, 0 or more.
    #[schemars(range(min = 0), extend("x-unit" = "Mt"))]
    pub harvest_mean: f64,
    /// Yearly demand, Mt, above 0.
    #[schemars(extend("exclusiveMinimum" = 0), extend("x-unit" = "Mt"))]
    pub demand: f64,
    /// Marginal value of the first tonne, USD/t, 0 or more (ODD §4).
    #[schemars(range(min = 0), extend("x-unit" = "USD/t"))]
    pub p_scarce: f64,
    /// Marginal value at full supply, USD/t, 0 to `p_scarce`.
    #[schemars(range(min = 0), extend("x-unit" = "USD/t"))]
    pub p_full: f64,
}

/// How efforts combine into security.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Technology {
    /// The weighted mean of all efforts counts.
    #[default]
    Summation,
    /// The smallest effort counts.
    WeakestLink,
}

/// Common security: effort against a common threat (ODD §5.4).
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SecurityTable {
    /// Share of the damage that is averted if all make full effort, 0 to 1.
    #[schemars(range(min = 0, max = 1))]
    pub efficacy: f64,
    /// How efforts combine.
    #[serde(default)]
    pub technology: Technology,
    /// Growth of exposure per year at a threat of 1 of which nothing is averted, 0 to 1; less in
    /// proportion to the threat and to what is let through.
    #[serde(default)]
    #[schemars(range(min = 0, max = 1), extend("x-unit" = "1/yr"))]
    pub exposure_growth: f64,
    /// Exposure and effort by state.
    #[schemars(extend("minProperties" = 1))]
    pub states: IndexMap<String, SecurityStateTable>,
}

/// Exposure and effort of a state.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SecurityStateTable {
    /// Damage at a threat of 1 without any effort, MUSD per year, 0 or more.
    #[schemars(range(min = 0), extend("x-unit" = "MUSD/yr"))]
    pub exposure: f64,
    /// Cost parameter k, MUSD per year, above 0: an effort e costs k·e²/2.
    #[schemars(extend("exclusiveMinimum" = 0), extend("x-unit" = "MUSD/yr"))]
    pub effort_cost_k: f64,
    /// Weight of the state's effort, above 0.
    #[schemars(extend("exclusiveMinimum" = 0))]
    pub weight: f64,
    /// Share of the threat that the state perceives in the first year, 0 to 2. It multiplies the
    /// threat in decisions, not in damage.
    #[serde(default = "whole")]
    #[schemars(range(min = 0, max = 2))]
    pub threat_perception: f64,
    /// Share of the misperception that a year with at least the expected threat removes, 0 to 1 per
    /// year; less in proportion if the threat is smaller.
    #[serde(default)]
    #[schemars(range(min = 0, max = 1), extend("x-unit" = "1/yr"))]
    pub perception_learning: f64,
}

fn whole() -> f64 {
    1.0
}

/// A joint project: yearly contributions, then a yearly flow of benefits (ODD §5.5).
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ProjectTable {
    /// Total cost, MUSD, above 0.
    #[schemars(extend("exclusiveMinimum" = 0), extend("x-unit" = "MUSD"))]
    pub cost: f64,
    /// Years of construction at full speed, 1 to 100.
    #[schemars(range(min = 1, max = 100), extend("x-unit" = "years"))]
    pub years: u32,
    /// Years from the last payment to the first benefit, 1 to 50.
    #[serde(default = "one_year")]
    #[schemars(range(min = 1, max = 50), extend("x-unit" = "years"))]
    pub lag: u32,
    /// Share of the cost that each state bears, 0 to 1. The shares add up to 1.
    #[schemars(extend("minProperties" = 1))]
    pub shares: IndexMap<String, f64>,
    /// Benefit to each state once the project is complete, MUSD per year, −10⁹ to 10⁹.
    #[schemars(extend("minProperties" = 1), extend("x-unit" = "MUSD/yr"))]
    pub benefits: IndexMap<String, f64>,
    /// What the owner does if no consortium has begun: it builds alone. If omitted, nothing.
    pub go_alone: Option<GoAloneTable>,
}

/// A project that its owner builds alone if no consortium has begun by then. Gains of the
/// consortium are those over this.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GoAloneTable {
    /// Id of the state that builds.
    pub owner: String,
    /// Calendar year in which it begins.
    pub year: i32,
    /// Total cost to the owner, MUSD, above 0.
    #[schemars(extend("exclusiveMinimum" = 0), extend("x-unit" = "MUSD"))]
    pub cost: f64,
    /// Years of construction, 1 to 100.
    #[schemars(range(min = 1, max = 100), extend("x-unit" = "years"))]
    pub years: u32,
}

fn one_year() -> u32 {
    1
}
