//! Domains other than rivers as written in scenario files (ODD §5.2–5.6).

use crate::scenario::raw::Season;
use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Transport and trade (model §5.2).
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TransportTable {
    /// Largest ad-valorem cost cut.
    #[schemars(range(min = 0, max = 1))]
    pub cost_cut: f64,
    /// Trade elasticity η.
    #[schemars(range(min = 0, max = 20))]
    pub elasticity: f64,
    /// Exporters' margin.
    #[schemars(range(min = 0, max = 1))]
    pub margin: f64,
    /// Weight ω of consumers in policy.
    #[serde(default = "consumer_weight")]
    #[schemars(range(min = 0, max = 1))]
    pub consumer_weight: f64,
    /// Growth of trade.
    #[serde(default)]
    #[schemars(range(min = -0.2, max = 0.2), extend("x-unit" = "1/yr"))]
    pub growth: f64,
    /// Rents that each state draws from its borders, at full facilitation.
    #[schemars(extend("x-values" = {"exclusiveMinimum": 0, "x-unit": "MUSD/yr"}))]
    pub border_rents: IndexMap<String, f64>,
    /// Imports by importer and exporter.
    #[schemars(extend("x-unit" = "MUSD/yr"))]
    pub imports: IndexMap<String, IndexMap<String, f64>>,
}

fn consumer_weight() -> f64 {
    0.3
}

/// A stage game given as numbers (model §5.6).
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StageGameTable {
    /// Probability of each state of the world; they add up to 1.
    #[serde(default = "certain")]
    #[schemars(extend("minItems" = 1))]
    pub probabilities: Vec<f64>,
    /// What can be owed.
    #[serde(default)]
    pub obligations: Vec<StageObligationTable>,
    /// Whether nothing is realised unless all obligations are performed, those of states that are
    /// not bound included.
    #[serde(default)]
    pub joint: bool,
    /// In place of obligations: one joint act that each state favours or not, drawn anew every
    /// year.
    pub preferences: Option<PreferenceTable>,
}

/// A joint act that each state favours with some probability, independently in every year.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PreferenceTable {
    /// Chance that a state favours the act.
    #[schemars(range(min = 0, max = 1))]
    pub favours: f64,
    /// What the act is worth to a state that favours it.
    #[schemars(range(min = 0, max = 1_000_000), extend("x-unit" = "MUSD"))]
    pub gain: f64,
    /// What it costs a state that does not.
    #[schemars(range(min = 0, max = 1_000_000), extend("x-unit" = "MUSD"))]
    pub loss: f64,
    /// When it is due.
    #[serde(default = "winter")]
    pub season: Season,
}

fn winter() -> Season {
    Season::Winter
}

/// How a figure grows with depth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Curvature {
    /// In proportion to depth.
    #[default]
    Linear,
    /// With the square of depth.
    Quadratic,
}

fn certain() -> Vec<f64> {
    vec![1.0]
}

/// An obligation of a stage game.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StageObligationTable {
    /// Name, for triggers and traces.
    pub name: String,
    /// Who owes it.
    pub obligor: String,
    /// When it is due.
    pub season: Season,
    /// Cost to the obligor in each state of the world, at full depth.
    #[schemars(extend("x-unit" = "MUSD"))]
    pub cost: Vec<f64>,
    /// Benefit to each state in each state of the world, at full depth.
    #[serde(default)]
    #[schemars(extend("x-unit" = "MUSD"))]
    pub benefits: IndexMap<String, Vec<f64>>,
    /// How the cost grows with depth.
    #[serde(default)]
    pub cost_curvature: Curvature,
    /// How benefits grow with depth.
    #[serde(default)]
    pub benefit_curvature: Curvature,
    /// The earlier obligation that it answers: it is due in proportion.
    pub trigger: Option<String>,
}

/// Grain: surplus states deliver to deficit states at a contract price (model §5.3).
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FoodTable {
    /// Mean price of grain on the market, at an index of 1.
    #[schemars(extend("exclusiveMinimum" = 0), extend("x-unit" = "USD/t"))]
    pub mean_price: f64,
    /// Relative rise of the spot price per share of the region's demand that its harvests leave
    /// uncovered.
    #[serde(default)]
    #[schemars(range(min = 0, max = 20))]
    pub spot_slope: f64,
    /// What freight, borders and traders keep of the spot price between a seller and a buyer on the
    /// market.
    #[serde(default)]
    #[schemars(range(min = 0, max = 0.95))]
    pub market_wedge: f64,
    /// Price of grain under contract.
    #[schemars(range(min = 0), extend("x-unit" = "USD/t"))]
    pub contract_price: f64,
    /// Harvest and demand of the states.
    #[schemars(extend("minProperties" = 1))]
    pub states: IndexMap<String, FoodStateTable>,
}

/// Grain of a state.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FoodStateTable {
    /// Mean harvest.
    #[schemars(range(min = 0), extend("x-unit" = "Mt"))]
    pub harvest_mean: f64,
    /// Demand.
    #[schemars(extend("exclusiveMinimum" = 0), extend("x-unit" = "Mt"))]
    pub demand: f64,
    /// Marginal value of the first tonne.
    #[schemars(range(min = 0), extend("x-unit" = "USD/t"))]
    pub p_scarce: f64,
    /// Marginal value at full supply.
    #[schemars(range(min = 0), extend("x-unit" = "USD/t"))]
    pub p_full: f64,
}

/// How efforts add up to security.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Technology {
    /// Weighted efforts add up.
    #[default]
    Summation,
    /// The smallest effort counts.
    WeakestLink,
}

/// Common security: effort against a common threat (model §5.4).
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SecurityTable {
    /// Share of the damage that full effort of all averts.
    #[schemars(range(min = 0, max = 1))]
    pub efficacy: f64,
    /// How efforts add up.
    #[serde(default)]
    pub technology: Technology,
    /// Exposure and effort of the states.
    #[schemars(extend("minProperties" = 1))]
    pub states: IndexMap<String, SecurityStateTable>,
}

/// Exposure and effort of a state.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SecurityStateTable {
    /// Damage at a threat of 1 without any effort.
    #[schemars(range(min = 0), extend("x-unit" = "MUSD/yr"))]
    pub exposure: f64,
    /// Cost k of effort: k·e²/2.
    #[schemars(extend("exclusiveMinimum" = 0), extend("x-unit" = "MUSD/yr"))]
    pub effort_cost_k: f64,
    /// Weight of its effort.
    #[schemars(extend("exclusiveMinimum" = 0))]
    pub weight: f64,
}

/// A joint project: yearly contributions, then a yearly flow of benefits (model §5.5).
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ProjectTable {
    /// What it costs.
    #[schemars(extend("exclusiveMinimum" = 0), extend("x-unit" = "MUSD"))]
    pub cost: f64,
    /// Years of construction at full speed.
    #[schemars(range(min = 1, max = 100), extend("x-unit" = "years"))]
    pub years: u32,
    /// Years between the last payment and the first benefit.
    #[serde(default = "one_year")]
    #[schemars(range(min = 1, max = 50), extend("x-unit" = "years"))]
    pub lag: u32,
    /// Share of the cost that each state bears; they add up to 1.
    #[schemars(extend("minProperties" = 1))]
    pub shares: IndexMap<String, f64>,
    /// What it is worth to each state every year once it stands.
    #[schemars(extend("minProperties" = 1), extend("x-unit" = "MUSD/yr"))]
    pub benefits: IndexMap<String, f64>,
}

fn one_year() -> u32 {
    1
}
