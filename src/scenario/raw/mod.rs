//! Types of scenario files, as users write them. The JSON Schema, the checks and the reference are
//! generated from these types.
//!
//! Unit and range of a value stand beside its field. Checks that involve several values are in
//! `resolve`. Names of data parameters follow the CSV tables of the shipped scenarios.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub mod agenda;
pub mod basins;
pub mod domains;
pub mod membership;
pub mod organisation;
pub mod organs;
pub mod sanctions;
pub mod shocks;
pub mod trade;

pub use basins::{
    AllocationTable, BasinTable, NodeTable, Reservoir, SeasonFlows, SeriesMode, SeriesTable,
    WithdrawalRule, WithdrawalTable,
};
pub use domains::{
    Curvature, FoodStateTable, FoodTable, GoAloneTable, PreferenceTable, ProjectTable,
    SecurityStateTable, SecurityTable, StageGameTable, StageObligationTable, Technology,
    TransportTable,
};
pub use shocks::{HarvestTable, PriceTable, SeverityTable, ShockTable, ThreatTable};
pub use trade::{CustomsUnionStateTable, CustomsUnionTable, LabourTable, TariffTable};

/// A scenario: states, the domains that they negotiate, and the shocks.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ScenarioFile {
    /// Built-in scenario that this file changes. Values in this file replace those of the base.
    pub base: Option<String>,
    /// Name, horizon and other settings of the simulation.
    pub scenario: Header,
    /// CSV tables to read. Each row sets one value of this file.
    #[serde(default)]
    pub data: Vec<DataTable>,
    /// States by id, 2 to 16. Ids are ISO 3166 alpha-3 codes where these exist.
    #[schemars(extend("minProperties" = 2))]
    pub states: IndexMap<String, StateTable>,
    /// Behavioural constants that all states share (ODD §9).
    #[serde(default)]
    pub behaviour: BehaviourTable,
    /// Probability laws of the shocks (ODD §3).
    #[serde(default)]
    pub shocks: ShockTable,
    /// Fuel market of the non-cooperative reference.
    #[serde(default)]
    pub fuel: FuelTable,
    /// River basins by name (ODD §5.1).
    #[serde(default)]
    pub basins: IndexMap<String, BasinTable>,
    /// Transport and trade (ODD §5.2).
    pub transport: Option<TransportTable>,
    /// Further transport domains by name, such as lines or roads with their own trade (ODD §5.2).
    #[serde(default)]
    pub transports: IndexMap<String, TransportTable>,
    /// Free trade area (ODD §5.2).
    pub tariffs: Option<TariffTable>,
    /// Customs union (ODD §5.2).
    pub customs_union: Option<CustomsUnionTable>,
    /// Labour (ODD §5.2).
    pub labour: Option<LabourTable>,
    /// Grain deliveries (ODD §5.3).
    pub food: Option<FoodTable>,
    /// Common security (ODD §5.4).
    pub security: Option<SecurityTable>,
    /// Joint projects by name, such as dams, lines or roads (ODD §5.5).
    #[serde(default)]
    pub projects: IndexMap<String, ProjectTable>,
    /// Stage games by name, with payoffs given as numbers (ODD §5.6).
    #[serde(default)]
    pub stage_games: IndexMap<String, StageGameTable>,
    /// Allocations of rivers' water by other rules, by name.
    #[serde(default)]
    pub allocations: IndexMap<String, AllocationTable>,
}

/// Name, horizon and other settings of the simulation.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Header {
    /// Id of the scenario, used in folder names: ASCII letters, digits, `-` and `_`.
    pub name: String,
    /// Title in one line.
    pub title: String,
    /// Description in one paragraph, printed by `consortia show`.
    #[serde(default)]
    pub description: String,
    /// Organisation to run if the command line names none: a file in the scenario's folder or a
    /// built-in name.
    pub organisation: String,
    /// Calendar year of the first simulated year, 1000 to 3000.
    #[schemars(range(min = 1000, max = 3000))]
    pub first_year: i32,
    /// Number of simulated years, 1 to 200.
    #[schemars(range(min = 1, max = 200), extend("x-unit" = "years"))]
    pub horizon: u32,
    /// Probability that the game ends after a year, 0 to 0.5 (ODD §13). States discount the future
    /// by it as well.
    #[serde(default)]
    #[schemars(range(min = 0, max = 0.5), extend("x-unit" = "1/yr"))]
    pub end_hazard: f64,
    /// Number of replications if the command line gives none, 1 to 100 million.
    #[schemars(range(min = 1, max = 100_000_000))]
    pub replications: u64,
    /// Master seed if the command line gives none: a whole number, 0 or more.
    #[schemars(range(min = 0))]
    pub seed: u64,
    /// Discount rate of reported gains, 0 to 0.5 per year.
    #[schemars(range(min = 0, max = 0.5), extend("x-unit" = "1/yr"))]
    pub discount_rate: f64,
    /// Base year of constant prices, 1000 to 3000.
    #[schemars(range(min = 1000, max = 3000))]
    pub price_base_year: i32,
    /// Number R of depth levels of the offer grid, 1 to 1000. Level r has depth r/R.
    #[serde(default = "four")]
    #[schemars(range(min = 1, max = 1000), extend("x-former-name" = "rungs"))]
    pub depth_levels: u32,
}

fn four() -> u32 {
    4
}

/// A CSV table in which each row sets one value of the scenario.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DataTable {
    /// CSV file in the scenario's folder. Its columns are those named in `path` and `value`,
    /// `unit`, `year`, `source`, `confidence` and `kind`.
    pub file: String,
    /// Path of the value that a row sets, such as `states.{state}.{parameter}`. Names in braces are
    /// columns of the table.
    pub path: String,
}

/// Precision λ of a logit choice, per stake: a number above 0 and up to 10,000, or `"exact"` for
/// best replies (infinite λ).
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

/// Economy, capacity and behaviour of a state.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StateTable {
    /// Display name. If omitted, the id is used.
    #[serde(default)]
    pub name: String,
    /// Gross domestic product, MUSD per year, 0 or more. Used to report gains as a share of it.
    #[schemars(range(min = 0), extend("x-unit" = "MUSD"))]
    pub gdp: Option<f64>,
    /// Population, million, 0 or more. Not used by the model.
    #[schemars(range(min = 0), extend("x-unit" = "million"))]
    pub population: Option<f64>,
    /// Whether the state can deliver fuel. If true, `fuel_cost` is required.
    #[serde(default)]
    pub has_hydrocarbons: bool,
    /// Cost of the state's fuel per unit of electricity, MUSD/TWh, 0 or more.
    #[schemars(range(min = 0), extend("x-unit" = "MUSD/TWh"))]
    pub fuel_cost: Option<f64>,
    /// Sovereignty cost at full pooling, MUSD per year, 0 to 1 million (ODD §7).
    #[serde(default)]
    #[schemars(range(min = 0, max = 1_000_000), extend("x-unit" = "MUSD/yr"))]
    pub sovereignty_cost: f64,
    /// Development index, above 0 and up to 1. The state's gains from openness are multiplied by
    /// it, its slippage is divided by it, up to 0.5.
    #[serde(default = "one")]
    #[schemars(extend("exclusiveMinimum" = 0, "maximum" = 1))]
    pub development: f64,
    /// Outside options by domain (kind or name): what the state gains elsewhere in a year in which
    /// it is bound by no deal in the domain.
    #[serde(default)]
    pub outside_options: IndexMap<String, OutsideOptionTable>,
    /// Discount factor δ per year, 0 to 0.999.
    #[serde(default = "discount_factor")]
    #[schemars(range(min = 0, max = 0.999))]
    pub discount_factor: f64,
    /// Precision λ of votes and ratifications, per stake: above 0, up to 10,000, or `"exact"`.
    #[serde(default = "precision")]
    pub lambda_vote: Precision,
    /// Precision λ of compliance, per stake: above 0, up to 10,000, or `"exact"`.
    #[serde(default = "precision")]
    pub lambda_comply: Precision,
    /// Audience cost of a detected breach as a share of the stake, 0 to 10.
    #[serde(default = "audience")]
    #[schemars(range(min = 0, max = 10))]
    pub audience_share: f64,
    /// Mean of the trust prior, 0 to 1.
    #[serde(default = "trust_mean")]
    #[schemars(range(min = 0, max = 1))]
    pub trust_prior_mean: f64,
    /// Share of the evidence on trust that is kept in a year with an observation, 0 to 1.
    #[serde(default = "forgetting")]
    #[schemars(range(min = 0, max = 1))]
    pub trust_forgetting: f64,
    /// Mean slippage, 0 to 0.5: the share of an intended act that lack of capacity prevents.
    #[serde(default = "slippage")]
    #[schemars(range(min = 0, max = 0.5))]
    pub slippage_mean: f64,
    /// Weight in bargaining and in the sum of gains, above 0.
    #[serde(default = "one")]
    #[schemars(extend("exclusiveMinimum" = 0))]
    pub nash_weight: f64,
    /// Probability of a change of leadership per year, 0 to 1.
    #[serde(default)]
    #[schemars(range(min = 0, max = 1), extend("x-unit" = "1/yr"))]
    pub leadership_hazard: f64,
    /// Domestic threshold ψ of ratification, in stakes, 0 to 10.
    #[serde(default)]
    #[schemars(range(min = 0, max = 10), extend("x-unit" = "stakes"))]
    pub ratification_threshold: f64,
}

/// What a state gains elsewhere while it is bound by no deal in a domain.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OutsideOptionTable {
    /// Gain in the first year, MUSD per year, 0 to 1 million.
    #[schemars(range(min = 0, max = 1_000_000), extend("x-unit" = "MUSD/yr"))]
    pub value: f64,
    /// Growth, −0.2 to 0.2 per year.
    #[serde(default)]
    #[schemars(range(min = -0.2, max = 0.2), extend("x-unit" = "1/yr"))]
    pub growth: f64,
    /// Price index that it follows.
    #[serde(default)]
    pub follows: Follows,
}

/// Price index that an outside option follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Follows {
    /// None.
    #[default]
    Nothing,
    /// The index of fuel prices.
    FuelPrice,
}

/// How a state forms the continuation value G of a regime (ODD §9).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Continuation {
    /// Exponentially weighted average of past gains, starting at the expected gain of the first
    /// plan.
    Experience,
    /// Mean gain over replications with compliance forced, for docking with other models.
    Stationary,
}

/// Behavioural constants that all states share (ODD §9 and §13).
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[schemars(extend("x-replaced" = {
    "breach_tolerance": "remove it: slippage, however large, is no breach"
}))]
#[serde(deny_unknown_fields, default)]
pub struct BehaviourTable {
    /// Weight of the trust prior in pseudo-counts, above 0.
    #[schemars(extend("exclusiveMinimum" = 0, "maximum" = 1e12))]
    pub trust_prior_weight: f64,
    /// Share by which trust of and in a state decays to the prior at a leadership change, 0 to 1.
    #[schemars(range(min = 0, max = 1))]
    pub trust_decay_at_leadership_change: f64,
    /// Share by which what is learnt in a domain also counts in every other domain, 0 to 1.
    #[schemars(range(min = 0, max = 1))]
    pub trust_spillover: f64,
    /// Concentration of the Beta law of slippage, 2 to 1000.
    #[schemars(range(min = 2, max = 1000))]
    pub slippage_concentration: f64,
    /// Smallest stake as a share of the members' mean stake, 0 to 1.
    #[schemars(range(min = 0, max = 1))]
    pub stake_floor: f64,
    /// Net benefit in stakes below which a member considers leaving, −100 to 100.
    #[schemars(range(min = -100, max = 100), extend("x-unit" = "stakes"))]
    pub exit_threshold: f64,
    /// Consecutive years below the threshold before a member may leave, 1 to 100.
    #[schemars(range(min = 1, max = 100), extend("x-unit" = "years"))]
    pub exit_patience: u32,
    /// Steepness of the logistic probability of leaving, per stake, 0 to 1000.
    #[schemars(range(min = 0, max = 1000), extend("x-unit" = "1/stake"))]
    pub exit_steepness: f64,
    /// Weight of the latest year in experience, above 0 and up to 1.
    #[schemars(extend("exclusiveMinimum" = 0, "maximum" = 1))]
    pub experience_weight: f64,
    /// Mean of the prior of the institution's reputation, 0 to 1.
    #[schemars(range(min = 0, max = 1))]
    pub reputation_prior_mean: f64,
    /// Weight of the prior of reputation in pseudo-counts, above 0.
    #[schemars(extend("exclusiveMinimum" = 0, "maximum" = 1e12))]
    pub reputation_prior_weight: f64,
    /// How the continuation value of a regime is formed.
    pub continuation: Continuation,
    /// Whether states reckon with each other's incentives: what a state expects of another is then
    /// the smaller of its trust and of the chance that the other performs at the terms proposed.
    pub reckons_debtors: bool,
}

impl Default for BehaviourTable {
    fn default() -> Self {
        BehaviourTable {
            trust_prior_weight: 2.5,
            trust_decay_at_leadership_change: 0.5,
            trust_spillover: 0.0,
            slippage_concentration: 20.0,
            stake_floor: 0.05,
            exit_threshold: -1.0,
            exit_patience: 3,
            exit_steepness: 2.0,
            experience_weight: 0.3,
            reputation_prior_mean: 0.7,
            reputation_prior_weight: 5.0,
            reckons_debtors: true,
            continuation: Continuation::Experience,
        }
    }
}

/// Fuel market of the non-cooperative reference.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct FuelTable {
    /// Whether operators can buy fuel commercially.
    pub commercial: bool,
    /// Markup over the cheapest fuel cost in the region, as a share of it, 0 to 10.
    #[schemars(range(min = 0, max = 10))]
    pub markup: f64,
}

impl Default for FuelTable {
    fn default() -> Self {
        FuelTable { commercial: true, markup: 0.5 }
    }
}

/// A season of the hydrological year.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Season {
    /// April to September, the vegetation period.
    Summer,
    /// October to March.
    Winter,
}
