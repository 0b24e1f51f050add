//! Scenario files as written: the types from which the JSON Schema, the checks and the reference
//! are generated.
//!
//! Ranges and units live here, beside the field; whatever needs to look at two places at once is
//! checked in `resolve`. Names of data parameters follow the shipped CSV tables.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub mod domains;
pub mod membership;
pub mod organisation;
pub mod shocks;

pub use domains::{
    Curvature, FoodStateTable, FoodTable, PreferenceTable, ProjectTable, SecurityStateTable,
    SecurityTable, StageGameTable, StageObligationTable, Technology, TransportTable,
};
pub use shocks::{HarvestTable, PriceTable, SeverityTable, ShockTable, ThreatTable};

/// A scenario: a region, its states, what they can negotiate, and the shocks that hit them.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ScenarioFile {
    /// Another scenario that this one changes: a built-in name. What is given here takes the place
    /// of what is given there.
    pub base: Option<String>,
    /// What is simulated, and for how long.
    pub scenario: Header,
    /// Data tables to read: each row sets the value at a path of this file.
    #[serde(default)]
    pub data: Vec<DataTable>,
    /// The states by id (ISO 3166 alpha-3 where there is one).
    #[schemars(extend("minProperties" = 2))]
    pub states: IndexMap<String, StateTable>,
    /// Behavioural constants shared by all states (model §9).
    #[serde(default)]
    pub behaviour: BehaviourTable,
    /// Laws of the shocks (model §3).
    #[serde(default)]
    pub shocks: ShockTable,
    /// The fuel market of the non-cooperative reference.
    #[serde(default)]
    pub fuel: FuelTable,
    /// River basins (model §5.1).
    #[serde(default)]
    pub basins: IndexMap<String, BasinTable>,
    /// Transport and trade (model §5.2).
    pub transport: Option<TransportTable>,
    /// Grain (model §5.3).
    pub food: Option<FoodTable>,
    /// Common security (model §5.4).
    pub security: Option<SecurityTable>,
    /// Joint projects: dams, lines, roads (model §5.5).
    #[serde(default)]
    pub projects: IndexMap<String, ProjectTable>,
    /// Stage games given as numbers (model §5.6).
    #[serde(default)]
    pub stage_games: IndexMap<String, StageGameTable>,
}

/// What is simulated, and for how long.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Header {
    /// Id of the scenario: small letters, digits and hyphens.
    pub name: String,
    /// One line that says what it is.
    pub title: String,
    /// A paragraph for `show`.
    #[serde(default)]
    pub description: String,
    /// Organisation to run when the command line names none.
    pub organisation: String,
    /// Calendar year of the first simulated year.
    #[schemars(range(min = 1000, max = 3000))]
    pub first_year: i32,
    /// Simulated years.
    #[schemars(range(min = 1, max = 200), extend("x-unit" = "years"))]
    pub horizon: u32,
    /// Chance per year that the game ends after it (model §13); states discount by it as well.
    #[serde(default)]
    #[schemars(range(min = 0, max = 0.5), extend("x-unit" = "1/yr"))]
    pub end_hazard: f64,
    /// Replications when the command line does not say.
    #[schemars(range(min = 1, max = 100_000_000))]
    pub replications: u64,
    /// Master seed when the command line does not say.
    #[schemars(range(min = 0))]
    pub seed: u64,
    /// Discount rate of reported gains.
    #[schemars(range(min = 0, max = 0.5), extend("x-unit" = "1/yr"))]
    pub discount_rate: f64,
    /// Base year of constant prices.
    #[schemars(range(min = 1000, max = 3000))]
    pub price_base_year: i32,
    /// Number of depth levels of the offer grid: level r of R has depth r/R.
    #[serde(default = "four")]
    #[schemars(range(min = 1, max = 1000), extend("x-former-name" = "rungs"))]
    pub depth_levels: u32,
}

fn four() -> u32 {
    4
}

/// A data table: every row sets `value` at `path`, whose `{column}` parts are taken from the row.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DataTable {
    /// CSV file in the scenario's folder, with the columns of the path and
    /// `value,unit,year,source,confidence,kind`.
    pub file: String,
    /// Where values go, such as `states.{state}.{parameter}`.
    pub path: String,
}

/// Precision of a logit choice in units of the stake: a positive number, or `"exact"` for best
/// replies.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Precision(pub f64);

impl Serialize for Precision {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.0.is_infinite() {
            serializer.serialize_str("exact")
        } else {
            serializer.serialize_f64(self.0)
        }
    }
}

impl<'de> Deserialize<'de> for Precision {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match serde_json::Value::deserialize(deserializer)? {
            serde_json::Value::String(word) if word == "exact" => Ok(Precision(f64::INFINITY)),
            serde_json::Value::Number(number) => Ok(Precision(number.as_f64().unwrap_or(f64::NAN))),
            other => Err(serde::de::Error::custom(format!(
                "expected a positive number or \"exact\", found {other}"
            ))),
        }
    }
}

impl JsonSchema for Precision {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Precision".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "description": "Precision of a logit choice in units of the stake, or \"exact\" for \
                best replies.",
            "anyOf": [{"type": "number", "exclusiveMinimum": 0, "maximum": 10000},
            {"const": "exact"}],
            "x-unit": "1/stake"
        })
    }
}

macro_rules! defaults {
    ($($name:ident: $kind:ty = $value:expr;)*) => { $(fn $name() -> $kind { $value })* };
}
defaults! {
    one: f64 = 1.0; discount_factor: f64 = 0.9; precision: Precision = Precision(8.0);
    audience: f64 = 0.05;
    trust_mean: f64 = 0.6; forgetting: f64 = 0.85; slippage: f64 = 0.05;
}

/// A state and how it behaves.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StateTable {
    /// Name for people.
    #[serde(default)]
    pub name: String,
    /// Gross domestic product.
    #[schemars(range(min = 0), extend("x-unit" = "MUSD"))]
    pub gdp: Option<f64>,
    /// Population.
    #[schemars(range(min = 0), extend("x-unit" = "million"))]
    pub population: Option<f64>,
    /// Whether the state can deliver fuel.
    #[serde(default)]
    pub has_hydrocarbons: bool,
    /// Cost of its fuel per unit of electricity made from it.
    #[schemars(range(min = 0), extend("x-unit" = "MUSD/TWh"))]
    pub fuel_cost: Option<f64>,
    /// Sovereignty cost at full pooling.
    #[serde(default)]
    #[schemars(range(min = 0, max = 1_000_000), extend("x-unit" = "MUSD/yr"))]
    pub sovereignty_cost: f64,
    /// Discount factor δ per year.
    #[serde(default = "discount_factor")]
    #[schemars(range(min = 0, max = 0.999))]
    pub discount_factor: f64,
    /// Precision of votes and ratifications.
    #[serde(default = "precision")]
    pub lambda_vote: Precision,
    /// Precision of compliance.
    #[serde(default = "precision")]
    pub lambda_comply: Precision,
    /// Audience cost of a detected breach as a share of the stake.
    #[serde(default = "audience")]
    #[schemars(range(min = 0, max = 10))]
    pub audience_share: f64,
    /// Mean of the trust prior.
    #[serde(default = "trust_mean")]
    #[schemars(range(min = 0, max = 1))]
    pub trust_prior_mean: f64,
    /// Share of the evidence of trust kept per year with an observation.
    #[serde(default = "forgetting")]
    #[schemars(range(min = 0, max = 1))]
    pub trust_forgetting: f64,
    /// Mean slippage: the share of an intended act that capacity fails to deliver.
    #[serde(default = "slippage")]
    #[schemars(range(min = 0, max = 0.5))]
    pub slippage_mean: f64,
    /// Weight in bargaining and in the sum of gains.
    #[serde(default = "one")]
    #[schemars(extend("exclusiveMinimum" = 0))]
    pub nash_weight: f64,
    /// Probability of a change of leadership.
    #[serde(default)]
    #[schemars(range(min = 0, max = 1), extend("x-unit" = "1/yr"))]
    pub leadership_hazard: f64,
    /// Domestic threshold ψ of ratification, in stakes.
    #[serde(default)]
    #[schemars(range(min = 0, max = 10), extend("x-unit" = "stakes"))]
    pub ratification_threshold: f64,
}

/// How a state forms the continuation value G of a regime (model §9).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Continuation {
    /// Exponentially weighted experience, starting at the first plan's expected gain.
    Experience,
    /// The mean over replications with compliance forced (for docking).
    Stationary,
}

/// Behavioural constants shared by all states (model §9 and §13).
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct BehaviourTable {
    /// Pseudo-counts of the trust prior.
    #[schemars(extend("exclusiveMinimum" = 0, "maximum" = 1e12))]
    pub trust_prior_weight: f64,
    /// Share by which trust of and in a state decays toward the prior when its leadership changes.
    #[schemars(range(min = 0, max = 1))]
    pub trust_decay_at_leadership_change: f64,
    /// Concentration of the Beta law of slippage.
    #[schemars(range(min = 2, max = 1000))]
    pub slippage_concentration: f64,
    /// Performed fraction below 1 − tolerance counts as a breach.
    #[schemars(range(min = 0, max = 1))]
    pub breach_tolerance: f64,
    /// Smallest stake as a share of the members' mean stake.
    #[schemars(range(min = 0, max = 1))]
    pub stake_floor: f64,
    /// Net benefit, in stakes, below which a state thinks of leaving.
    #[schemars(range(min = -100, max = 100), extend("x-unit" = "stakes"))]
    pub exit_threshold: f64,
    /// Years below the threshold before it may leave.
    #[schemars(range(min = 1, max = 100), extend("x-unit" = "years"))]
    pub exit_patience: u32,
    /// Steepness of the logistic chance of leaving.
    #[schemars(range(min = 0, max = 1000), extend("x-unit" = "1/stake"))]
    pub exit_steepness: f64,
    /// Weight of the latest year in experience.
    #[schemars(extend("exclusiveMinimum" = 0, "maximum" = 1))]
    pub experience_weight: f64,
    /// Mean of the prior of the institution's reputation.
    #[schemars(range(min = 0, max = 1))]
    pub reputation_prior_mean: f64,
    /// Pseudo-counts of that prior.
    #[schemars(extend("exclusiveMinimum" = 0, "maximum" = 1e12))]
    pub reputation_prior_weight: f64,
    /// How the continuation value of a regime is formed.
    pub continuation: Continuation,
}

impl Default for BehaviourTable {
    fn default() -> Self {
        BehaviourTable {
            trust_prior_weight: 2.5,
            trust_decay_at_leadership_change: 0.5,
            slippage_concentration: 20.0,
            breach_tolerance: 0.1,
            stake_floor: 0.05,
            exit_threshold: -1.0,
            exit_patience: 3,
            exit_steepness: 2.0,
            experience_weight: 0.3,
            reputation_prior_mean: 0.7,
            reputation_prior_weight: 5.0,
            continuation: Continuation::Experience,
        }
    }
}

/// The fuel market of the non-cooperative reference.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct FuelTable {
    /// Whether operators can buy fuel commercially.
    pub commercial: bool,
    /// Markup over the cheapest fuel cost in the region.
    #[schemars(range(min = 0, max = 10))]
    pub markup: f64,
}

impl Default for FuelTable {
    fn default() -> Self {
        FuelTable { commercial: true, markup: 0.5 }
    }
}

/// Who may take what from a river (model §5.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum WithdrawalRule {
    /// Every node takes what it wants from what flows by.
    UpstreamFirst,
    /// Quota shares of the water at hand and still to come.
    Proportional,
    /// Upstream volumes are guaranteed, the rest flows on.
    FixedUpstream,
    /// Downstream volumes are guaranteed first.
    FixedDownstream,
}

/// A river basin: a tree of nodes.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BasinTable {
    /// Who may take what.
    pub withdrawal_rule: WithdrawalRule,
    /// Lag-1 autocorrelation of summer inflow.
    #[schemars(range(min = 0, max = 0.999))]
    pub ar1_summer: f64,
    /// Correlation of winter inflow with the preceding summer's.
    #[schemars(range(min = -1, max = 1))]
    pub winter_link: f64,
    /// Share of variance common to all nodes.
    #[schemars(range(min = 0, max = 1))]
    pub common_factor_share: f64,
    /// Skill of the spring forecast: its correlation with the outcome.
    #[schemars(range(min = 0, max = 1))]
    pub forecast_skill: f64,
    /// Growth of mean inflow.
    #[serde(default)]
    #[schemars(range(min = -0.1, max = 0.1), extend("x-unit" = "1/yr"))]
    pub inflow_trend: f64,
    /// Observed flows in place of the law, for the nodes that they give.
    pub series: Option<SeriesTable>,
    /// Nodes by name.
    #[schemars(extend("minProperties" = 1, "maxProperties" = 64))]
    pub nodes: IndexMap<String, NodeTable>,
}

/// Observed flows: replayed in order, or drawn in blocks of consecutive years.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SeriesTable {
    /// How the years are used.
    pub mode: SeriesMode,
    /// Length of a block.
    #[serde(default = "five")]
    #[schemars(range(min = 1, max = 200), extend("x-unit" = "years"))]
    pub block_years: u32,
    /// Flows by year and node, in the order of the years; the same nodes in every year.
    #[schemars(extend("minProperties" = 1))]
    pub years: IndexMap<String, IndexMap<String, SeasonFlows>>,
}

fn five() -> u32 {
    5
}

/// How observed years are used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SeriesMode {
    /// One after the other from the first, over again at the end: the same in every replication.
    Replay,
    /// Blocks of consecutive years that start at random.
    BlockBootstrap,
}

/// Local inflow of a node in one observed year.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SeasonFlows {
    /// April to September.
    #[schemars(extend("exclusiveMinimum" = 0, "x-unit" = "km3"))]
    pub summer: f64,
    /// October to March.
    #[schemars(extend("exclusiveMinimum" = 0, "x-unit" = "km3"))]
    pub winter: f64,
}

/// A reach of the river.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NodeTable {
    /// The state that owns it.
    pub owner: String,
    /// The next node downstream, or `sink`.
    pub downstream: String,
    /// Mean local inflow, April to September.
    #[schemars(range(min = 0), extend("x-unit" = "km3"))]
    pub inflow_summer_mean: f64,
    /// Its coefficient of variation.
    #[schemars(range(min = 0, max = 3))]
    pub inflow_summer_cv: f64,
    /// Mean local inflow, October to March.
    #[schemars(range(min = 0), extend("x-unit" = "km3"))]
    pub inflow_winter_mean: f64,
    /// Its coefficient of variation.
    #[schemars(range(min = 0, max = 3))]
    pub inflow_winter_cv: f64,
    /// Demand for irrigation in summer.
    #[serde(default)]
    #[schemars(range(min = 0), extend("x-unit" = "km3"))]
    pub irrigation_demand_summer: f64,
    /// Growth of that demand.
    #[serde(default)]
    #[schemars(range(min = -0.2, max = 0.2), extend("x-unit" = "1/yr"))]
    pub demand_growth: f64,
    /// Marginal value of the first unit of water.
    #[serde(default)]
    #[schemars(range(min = 0), extend("x-unit" = "MUSD/km3"))]
    pub p_scarce: f64,
    /// Marginal value at full supply.
    #[serde(default)]
    #[schemars(range(min = 0), extend("x-unit" = "MUSD/km3"))]
    pub p_full: f64,
    /// Quota share; the node's share of demand where left out.
    #[schemars(range(min = 0, max = 1))]
    pub quota_share: Option<f64>,
    /// Volume guaranteed under the fixed rules.
    #[schemars(range(min = 0), extend("x-unit" = "km3"))]
    pub guaranteed_volume: Option<f64>,
    /// Share of the flow lost in the reach.
    #[serde(default)]
    #[schemars(range(min = 0, max = 0.95))]
    pub loss: f64,
    /// Share of withdrawals that returns below the node.
    #[serde(default)]
    #[schemars(range(min = 0, max = 0.95))]
    pub return_flow: f64,
    /// Volume that a small reservoir carries from winter into summer at most.
    #[serde(default)]
    #[schemars(range(min = 0), extend("x-unit" = "km3"))]
    pub winter_fill_to_summer: f64,
    /// Its stock in the first spring, as a share of that volume.
    #[serde(default = "one")]
    #[schemars(range(min = 0, max = 1))]
    pub initial_fill: f64,
    /// Winter flow that the channel takes without flood.
    #[schemars(range(min = 0), extend("x-unit" = "km3"))]
    pub winter_channel_capacity: Option<f64>,
    /// Flood cost per excess squared.
    #[serde(default)]
    #[schemars(range(min = 0), extend("x-unit" = "MUSD/km3^2"))]
    pub flood_phi: f64,
    /// The reservoir that the owner operates, with its power system.
    pub reservoir: Option<Reservoir>,
}

/// A reservoir that is decided, and the power system it serves.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Reservoir {
    /// Active capacity.
    #[schemars(range(min = 0), extend("x-unit" = "km3"))]
    pub active_capacity: f64,
    /// Active storage in the first spring.
    #[schemars(range(min = 0), extend("x-unit" = "km3"))]
    pub initial_storage: f64,
    /// Storage in spring that the operator aims at.
    #[schemars(range(min = 0), extend("x-unit" = "km3"))]
    pub target_storage: f64,
    /// Energy per volume for the whole cascade below.
    #[schemars(range(min = 0), extend("x-unit" = "TWh/km3"))]
    pub productivity: f64,
    /// Other generation in summer.
    #[schemars(range(min = 0), extend("x-unit" = "TWh"))]
    pub other_generation_summer: f64,
    /// Other generation in winter.
    #[schemars(range(min = 0), extend("x-unit" = "TWh"))]
    pub other_generation_winter: f64,
    /// Demand for power in summer.
    #[schemars(range(min = 0), extend("x-unit" = "TWh"))]
    pub power_demand_summer: f64,
    /// Demand for power in winter of normal severity.
    #[schemars(range(min = 0), extend("x-unit" = "TWh"))]
    pub power_demand_winter: f64,
    /// Growth of both demands.
    #[serde(default)]
    #[schemars(range(min = -0.2, max = 0.2), extend("x-unit" = "1/yr"))]
    pub demand_growth: f64,
    /// Marginal value of the first unit of power in summer.
    #[schemars(range(min = 0), extend("x-unit" = "MUSD/TWh"))]
    pub power_p_scarce_summer: f64,
    /// Marginal value of power at full supply in summer.
    #[schemars(range(min = 0), extend("x-unit" = "MUSD/TWh"))]
    pub power_p_full_summer: f64,
    /// Marginal value of the first unit of power in winter.
    #[schemars(range(min = 0), extend("x-unit" = "MUSD/TWh"))]
    pub power_p_scarce_winter: f64,
    /// Marginal value of power at full supply in winter.
    #[schemars(range(min = 0), extend("x-unit" = "MUSD/TWh"))]
    pub power_p_full_winter: f64,
    /// Price of exported summer surplus.
    #[serde(default)]
    #[schemars(range(min = 0), extend("x-unit" = "MUSD/TWh"))]
    pub export_price_summer: f64,
    /// Capacity of the export line in summer.
    #[serde(default)]
    #[schemars(range(min = 0), extend("x-unit" = "TWh"))]
    pub export_line_capacity_summer: f64,
    /// Smallest release, summer.
    #[schemars(range(min = 0), extend("x-unit" = "km3"))]
    pub release_min_summer: f64,
    /// Largest release through the turbines, summer.
    #[schemars(range(min = 0), extend("x-unit" = "km3"))]
    pub release_max_summer: f64,
    /// Smallest release, winter.
    #[schemars(range(min = 0), extend("x-unit" = "km3"))]
    pub release_min_winter: f64,
    /// Largest release through the turbines, winter.
    #[schemars(range(min = 0), extend("x-unit" = "km3"))]
    pub release_max_winter: f64,
    /// Share of an inflow surprise that is released in the same year.
    #[schemars(range(min = 0, max = 1))]
    pub omega_inflow: f64,
    /// Share of a storage gap that is released in the same year.
    #[schemars(range(min = 0, max = 1))]
    pub omega_storage: f64,
    /// Thermal capacity that can burn fuel in winter.
    #[serde(default)]
    #[schemars(range(min = 0), extend("x-unit" = "TWh"))]
    pub thermal_capacity_winter: f64,
}

/// A season of the hydrological year.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Season {
    /// Vegetation period, April to September.
    Summer,
    /// October to March.
    Winter,
}
