//! Types of river basins in scenario files (ODD §5.1).

use super::one;
use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Rule by which nodes withdraw water from a river (ODD §5.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum WithdrawalRule {
    /// A node withdraws up to its demand from the flow that reaches it.
    UpstreamFirst,
    /// A node withdraws its quota share of the water at hand and still to come.
    Proportional,
    /// A node withdraws its guaranteed volume, or more if the demand of the other nodes is met.
    FixedUpstream,
    /// A node withdraws what the guaranteed volumes of the other nodes leave.
    FixedDownstream,
}

/// A river basin: a tree of nodes.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BasinTable {
    /// Rule by which nodes withdraw water.
    pub withdrawal_rule: WithdrawalRule,
    /// Lag-1 autocorrelation of summer inflow, 0 to 0.999.
    #[schemars(range(min = 0, max = 0.999))]
    pub ar1_summer: f64,
    /// Correlation of winter inflow with that of the preceding summer, −1 to 1.
    #[schemars(range(min = -1, max = 1))]
    pub winter_link: f64,
    /// Share of the variance of inflow that is common to all nodes, 0 to 1.
    #[schemars(range(min = 0, max = 1))]
    pub common_factor_share: f64,
    /// Skill k of the spring forecast, 0 to 1: its correlation with the outcome.
    #[schemars(range(min = 0, max = 1))]
    pub forecast_skill: f64,
    /// Growth of mean inflow, −0.1 to 0.1 per year.
    #[serde(default)]
    #[schemars(range(min = -0.1, max = 0.1), extend("x-unit" = "1/yr"))]
    pub inflow_trend: f64,
    /// Observed flows that replace the law at the nodes that they cover.
    pub series: Option<SeriesTable>,
    /// Withdrawals by states outside the scenario, by name.
    #[serde(default)]
    pub outside_withdrawals: IndexMap<String, WithdrawalTable>,
    /// Nodes by name, 1 to 64.
    #[schemars(extend("minProperties" = 1, "maxProperties" = 64))]
    pub nodes: IndexMap<String, NodeTable>,
}

/// Allocation of a river's water by another rule, as something negotiated (ODD §5.7).
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AllocationTable {
    /// Name of the basin.
    pub basin: String,
    /// Rule that is negotiated: owners of nodes leave what it does not give them.
    pub rule: WithdrawalRule,
    /// Volumes that the rule guarantees by node, km³ per summer, 0 or more, in place of those of
    /// the basin.
    #[serde(default)]
    #[schemars(extend("x-values" = {"minimum": 0, "x-unit": "km3"}))]
    pub guaranteed_volumes: IndexMap<String, f64>,
}

/// A withdrawal by a state outside the scenario, which nobody in it decides on.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WithdrawalTable {
    /// Title in one line.
    pub title: String,
    /// Node whose local inflow it reduces, at most to 0. The node must have no reservoir.
    pub node: String,
    /// Withdrawal from April to September by calendar year, km³, 0 or more. It is 0 before the
    /// first year given, constant after the last, and linear in between.
    #[schemars(extend("minProperties" = 1, "x-unit" = "km3"))]
    pub summer: IndexMap<String, f64>,
    /// Withdrawal from October to March by calendar year, km³, 0 or more. If omitted, none.
    #[serde(default)]
    #[schemars(extend("x-unit" = "km3"))]
    pub winter: IndexMap<String, f64>,
}

/// Observed flows, replayed in order or drawn in blocks of consecutive years.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SeriesTable {
    /// How the observed years are used.
    pub mode: SeriesMode,
    /// Length of a block in years, 1 to 200. Used by `block_bootstrap`.
    #[serde(default = "five")]
    #[schemars(range(min = 1, max = 200), extend("x-unit" = "years"))]
    pub block_years: u32,
    /// Flows by year, in chronological order, and node. All years must have the same nodes.
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
    /// In order from the first year, starting again after the last: the same in every replication.
    Replay,
    /// In blocks of consecutive years that start at random.
    BlockBootstrap,
}

/// Local inflow of a node in one observed year.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SeasonFlows {
    /// Inflow from April to September, km³, above 0.
    #[schemars(extend("exclusiveMinimum" = 0, "x-unit" = "km3"))]
    pub summer: f64,
    /// Inflow from October to March, km³, above 0.
    #[schemars(extend("exclusiveMinimum" = 0, "x-unit" = "km3"))]
    pub winter: f64,
}

/// A node of the river with the reach that leads to it.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NodeTable {
    /// Id of the state that owns the node.
    pub owner: String,
    /// Name of the next node downstream, or `sink`.
    pub downstream: String,
    /// Mean local inflow from April to September, km³, 0 or more.
    #[schemars(range(min = 0), extend("x-unit" = "km3"))]
    pub inflow_summer_mean: f64,
    /// Coefficient of variation of the summer inflow, 0 to 3.
    #[schemars(range(min = 0, max = 3))]
    pub inflow_summer_cv: f64,
    /// Mean local inflow from October to March, km³, 0 or more.
    #[schemars(range(min = 0), extend("x-unit" = "km3"))]
    pub inflow_winter_mean: f64,
    /// Coefficient of variation of the winter inflow, 0 to 3.
    #[schemars(range(min = 0, max = 3))]
    pub inflow_winter_cv: f64,
    /// Irrigation demand in summer, km³, 0 or more.
    #[serde(default)]
    #[schemars(range(min = 0), extend("x-unit" = "km3"))]
    pub irrigation_demand_summer: f64,
    /// Growth of the irrigation demand, −0.2 to 0.2 per year.
    #[serde(default)]
    #[schemars(range(min = -0.2, max = 0.2), extend("x-unit" = "1/yr"))]
    pub demand_growth: f64,
    /// Share of the irrigation demand by calendar year, 0 to 2, for demands that are opened in
    /// stages: 0 before the first year given, constant after the last, and linear in between. If
    /// omitted, the whole demand from the start.
    #[serde(default)]
    pub demand_path: IndexMap<String, f64>,
    /// Marginal value of the first unit of water, MUSD/km³, 0 or more (ODD §4).
    #[serde(default)]
    #[schemars(range(min = 0), extend("x-unit" = "MUSD/km3"))]
    pub p_scarce: f64,
    /// Marginal value of water at full supply, MUSD/km³, 0 or more; at most `p_scarce`.
    #[serde(default)]
    #[schemars(range(min = 0), extend("x-unit" = "MUSD/km3"))]
    pub p_full: f64,
    /// Quota share, 0 to 1, used by the rule `proportional`. If no node gives one, shares follow
    /// demand.
    #[schemars(range(min = 0, max = 1))]
    pub quota_share: Option<f64>,
    /// Volume guaranteed in summer under the fixed rules, km³, 0 or more.
    #[schemars(range(min = 0), extend("x-unit" = "km3"))]
    pub guaranteed_volume: Option<f64>,
    /// Share of the flow that is lost in the reach, 0 to 0.95.
    #[serde(default)]
    #[schemars(range(min = 0, max = 0.95))]
    pub loss: f64,
    /// Share of withdrawals that returns to the river below the node, 0 to 0.95.
    #[serde(default)]
    #[schemars(range(min = 0, max = 0.95))]
    pub return_flow: f64,
    /// Largest volume that a small reservoir stores in winter for the next summer, km³, 0 or more.
    #[serde(default)]
    #[schemars(range(min = 0), extend("x-unit" = "km3"))]
    pub winter_fill_to_summer: f64,
    /// Stock of the small reservoir in the first spring as a share of its capacity, 0 to 1.
    #[serde(default = "one")]
    #[schemars(range(min = 0, max = 1))]
    pub initial_fill: f64,
    /// Largest winter outflow without flood, km³, 0 or more. If omitted, there are no floods.
    #[schemars(range(min = 0), extend("x-unit" = "km3"))]
    pub winter_channel_capacity: Option<f64>,
    /// Flood cost φ per squared excess over the channel capacity, MUSD/(km³)², 0 or more.
    #[serde(default)]
    #[schemars(range(min = 0), extend("x-unit" = "MUSD/km3^2"))]
    pub flood_phi: f64,
    /// Reservoir that the owner operates, with its power system. The node must be at the head of
    /// its branch.
    pub reservoir: Option<Reservoir>,
}

/// A reservoir that its owner operates, and the power system that it serves.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Reservoir {
    /// Active capacity, km³, 0 or more.
    #[schemars(range(min = 0), extend("x-unit" = "km3"))]
    pub active_capacity: f64,
    /// Active storage in the first spring, km³, 0 to `active_capacity`.
    #[schemars(range(min = 0), extend("x-unit" = "km3"))]
    pub initial_storage: f64,
    /// Storage in spring that the operator aims at, km³, 0 to `active_capacity`.
    #[schemars(range(min = 0), extend("x-unit" = "km3"))]
    pub target_storage: f64,
    /// Energy per volume of water for the whole cascade below, TWh/km³, 0 or more.
    #[schemars(range(min = 0), extend("x-unit" = "TWh/km3"))]
    pub productivity: f64,
    /// Other generation in summer, TWh, 0 or more.
    #[schemars(range(min = 0), extend("x-unit" = "TWh"))]
    pub other_generation_summer: f64,
    /// Other generation in winter, TWh, 0 or more.
    #[schemars(range(min = 0), extend("x-unit" = "TWh"))]
    pub other_generation_winter: f64,
    /// Power demand in summer, TWh, 0 or more.
    #[schemars(range(min = 0), extend("x-unit" = "TWh"))]
    pub power_demand_summer: f64,
    /// Power demand in a winter of normal severity, TWh, 0 or more.
    #[schemars(range(min = 0), extend("x-unit" = "TWh"))]
    pub power_demand_winter: f64,
    /// Growth of power demand in both seasons, −0.2 to 0.2 per year.
    #[serde(default)]
    #[schemars(range(min = -0.2, max = 0.2), extend("x-unit" = "1/yr"))]
    pub demand_growth: f64,
    /// Marginal value of the first unit of power in summer, MUSD/TWh, 0 or more.
    #[schemars(range(min = 0), extend("x-unit" = "MUSD/TWh"))]
    pub power_p_scarce_summer: f64,
    /// Marginal value of power at full supply in summer, MUSD/TWh, 0 to `power_p_scarce_summer`.
    #[schemars(range(min = 0), extend("x-unit" = "MUSD/TWh"))]
    pub power_p_full_summer: f64,
    /// Marginal value of the first unit of power in winter, MUSD/TWh, 0 or more.
    #[schemars(range(min = 0), extend("x-unit" = "MUSD/TWh"))]
    pub power_p_scarce_winter: f64,
    /// Marginal value of power at full supply in winter, MUSD/TWh, 0 to `power_p_scarce_winter`.
    #[schemars(range(min = 0), extend("x-unit" = "MUSD/TWh"))]
    pub power_p_full_winter: f64,
    /// Price of exported summer surplus, MUSD/TWh, 0 to `power_p_full_summer`.
    #[serde(default)]
    #[schemars(range(min = 0), extend("x-unit" = "MUSD/TWh"))]
    pub export_price_summer: f64,
    /// Capacity of the export line in summer, TWh, 0 or more.
    #[serde(default)]
    #[schemars(range(min = 0), extend("x-unit" = "TWh"))]
    pub export_line_capacity_summer: f64,
    /// Smallest summer release, km³, 0 to `release_max_summer`.
    #[schemars(range(min = 0), extend("x-unit" = "km3"))]
    pub release_min_summer: f64,
    /// Largest summer release through the turbines, km³, 0 or more.
    #[schemars(range(min = 0), extend("x-unit" = "km3"))]
    pub release_max_summer: f64,
    /// Smallest winter release, km³, 0 to `release_max_winter`.
    #[schemars(range(min = 0), extend("x-unit" = "km3"))]
    pub release_min_winter: f64,
    /// Largest winter release through the turbines, km³, 0 or more.
    #[schemars(range(min = 0), extend("x-unit" = "km3"))]
    pub release_max_winter: f64,
    /// Share of forecast inflow above or below its mean that is released in the same year, 0 to 1.
    #[schemars(range(min = 0, max = 1))]
    pub omega_inflow: f64,
    /// Share of storage above or below the target that is released in the same year, 0 to 1.
    #[schemars(range(min = 0, max = 1))]
    pub omega_storage: f64,
    /// Thermal capacity that can burn fuel in winter, TWh, 0 or more.
    #[serde(default)]
    #[schemars(range(min = 0), extend("x-unit" = "TWh"))]
    pub thermal_capacity_winter: f64,
}
