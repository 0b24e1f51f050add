//! Laws of the shocks as written in scenario files (ODD §3).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Laws of the shocks (model §3).
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ShockTable {
    /// Fuel price index.
    pub fuel_price: PriceTable,
    /// Food price index.
    pub food_price: PriceTable,
    /// Severity of winter in the demand for power.
    pub winter_demand: SeverityTable,
    /// Common threat.
    pub threat: ThreatTable,
    /// Harvests.
    pub harvest: HarvestTable,
    /// Resolve of a new leadership.
    pub resolve: SeverityTable,
}

/// A price index: ln p is AR(1) about ln mean − σ²/2.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PriceTable {
    /// Mean of the index.
    #[schemars(extend("exclusiveMinimum" = 0))]
    pub mean_index: f64,
    /// Lag-1 autocorrelation of the log.
    #[schemars(range(min = 0, max = 0.999))]
    pub ar1: f64,
    /// Standard deviation of yearly log changes; the stationary σ is sd/√(2(1−ρ)).
    #[schemars(range(min = 0, max = 2))]
    pub sd_dlog: f64,
}

impl Default for PriceTable {
    fn default() -> Self {
        PriceTable { mean_index: 1.0, ar1: 0.0, sd_dlog: 0.0 }
    }
}

/// A relative spread.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SeverityTable {
    /// Coefficient of variation.
    #[schemars(range(min = 0, max = 2))]
    pub cv: f64,
}

/// A common threat θ = logistic(μ + s·x), x AR(1).
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ThreatTable {
    /// Location μ in logits.
    #[schemars(range(min = -20, max = 20), extend("x-unit" = "logit"))]
    pub mu: f64,
    /// Scale s in logits.
    #[schemars(range(min = 0, max = 20), extend("x-unit" = "logit"))]
    pub s: f64,
    /// Lag-1 autocorrelation.
    #[schemars(range(min = 0, max = 0.999))]
    pub ar1: f64,
}

/// Harvests, lognormal with a common factor.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct HarvestTable {
    /// Coefficient of variation.
    #[schemars(range(min = 0, max = 2))]
    pub cv: f64,
    /// Share of variance common to all states.
    #[schemars(range(min = 0, max = 1))]
    pub common: f64,
}
