//! Types of the stages of economic integration in scenario files: tariffs, customs union, labour
//! (ODD §5.2).

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Free trade area: states cut the tariffs on imports from each other.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TariffTable {
    /// Ad-valorem tariff on imports from the region by importer, 0 to 2. A state without an entry
    /// has no tariff to cut.
    #[schemars(extend("minProperties" = 1), extend("x-values" = {"minimum": 0, "maximum": 2}))]
    pub rates: IndexMap<String, f64>,
    /// Imports by importer, then exporter, MUSD per year, 0 or more.
    #[schemars(extend("x-unit" = "MUSD/yr"))]
    pub imports: IndexMap<String, IndexMap<String, f64>>,
    /// Political cost of a full cut by state, MUSD per year, above 0; a cut m costs cost·m²/2.
    #[schemars(extend("x-values" = {"exclusiveMinimum": 0, "x-unit": "MUSD/yr"}))]
    pub political_cost: IndexMap<String, f64>,
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
}

fn consumer_weight() -> f64 {
    0.3
}

/// Customs union: states apply a common external tariff, and goods move without proof of origin.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CustomsUnionTable {
    /// Saving on trade between members as a share of its value, 0 to 1. Importer and exporter share
    /// it equally.
    #[schemars(range(min = 0, max = 1))]
    pub saving: f64,
    /// Imports by importer, then exporter, MUSD per year, 0 or more.
    #[schemars(extend("x-unit" = "MUSD/yr"))]
    pub imports: IndexMap<String, IndexMap<String, f64>>,
    /// Terms by state. A state without an entry cannot apply the common tariff.
    #[schemars(extend("minProperties" = 1))]
    pub states: IndexMap<String, CustomsUnionStateTable>,
    /// Growth of trade, −0.2 to 0.2 per year.
    #[serde(default)]
    #[schemars(range(min = -0.2, max = 0.2), extend("x-unit" = "1/yr"))]
    pub growth: f64,
}

/// What the common external tariff means for a state.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CustomsUnionStateTable {
    /// Political cost of applying the whole common tariff, MUSD per year, above 0; a share m costs
    /// cost·m²/2.
    #[schemars(extend("exclusiveMinimum" = 0), extend("x-unit" = "MUSD/yr"))]
    pub political_cost: f64,
    /// Dearer imports from outside, MUSD per year, 0 to 1 million; in proportion to the share.
    #[serde(default)]
    #[schemars(range(min = 0, max = 1_000_000), extend("x-unit" = "MUSD/yr"))]
    pub dearer_imports: f64,
    /// Compensation that is due to partners in the WTO for tariffs above the bound rates, MUSD per
    /// year, 0 to 1 million; in proportion to the share.
    #[serde(default)]
    #[schemars(range(min = 0, max = 1_000_000), extend("x-unit" = "MUSD/yr"))]
    pub wto_cost: f64,
    /// Customs revenue that the state receives from the common pool beyond what it collects, MUSD
    /// per year, −1 million to 1 million. The sum over states must be 0.
    #[serde(default)]
    #[schemars(range(min = -1_000_000, max = 1_000_000), extend("x-unit" = "MUSD/yr"))]
    pub revenue: f64,
}

/// Labour: states admit workers from each other.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LabourTable {
    /// Workers beyond those admitted already, thousand, by receiving, then sending state: those who
    /// would come if all permits were issued, 0 or more.
    #[schemars(extend("x-unit" = "thousand"))]
    pub workers: IndexMap<String, IndexMap<String, f64>>,
    /// Political cost of issuing all permits by receiving state, MUSD per year, above 0; a share m
    /// costs cost·m²/2.
    #[schemars(extend("minProperties" = 1))]
    #[schemars(extend("x-values" = {"exclusiveMinimum": 0, "x-unit": "MUSD/yr"}))]
    pub political_cost: IndexMap<String, f64>,
    /// Gain of the receiving state per thousand workers, MUSD per year, 0 to 1000.
    #[schemars(range(min = 0, max = 1000), extend("x-unit" = "MUSD/yr per thousand"))]
    pub receiver_gain: f64,
    /// Remittances per thousand workers less what they produced at home, MUSD per year, 0 to 1000.
    #[schemars(range(min = 0, max = 1000), extend("x-unit" = "MUSD/yr per thousand"))]
    pub remittances: f64,
    /// Growth of the number of workers, −0.2 to 0.2 per year.
    #[serde(default)]
    #[schemars(range(min = -0.2, max = 0.2), extend("x-unit" = "1/yr"))]
    pub growth: f64,
}
