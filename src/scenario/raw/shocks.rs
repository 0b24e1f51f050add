//! Types of the probability laws of shocks in scenario files (ODD §3).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Probability laws of the shocks (ODD §3).
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ShockTable {
    /// Index of the fuel price.
    pub fuel_price: PriceTable,
    /// Index of the food price.
    pub food_price: PriceTable,
    /// Severity of winter: a factor on winter power demand with mean 1, kept in [0.7, 1.3].
    pub winter_demand: SeverityTable,
    /// Level of the common threat.
    pub threat: ThreatTable,
    /// Harvests relative to their means.
    pub harvest: HarvestTable,
    /// Resolve of a new leadership: lognormal with mean 1.
    pub resolve: SeverityTable,
}

/// A price index: ln p is AR(1) about ln mean − σ²/2.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PriceTable {
    /// Mean of the index, above 0.
    #[schemars(extend("exclusiveMinimum" = 0))]
    pub mean_index: f64,
    /// Lag-1 autocorrelation ρ of the logarithm, 0 to 0.999.
    #[schemars(range(min = 0, max = 0.999))]
    pub ar1: f64,
    /// Standard deviation of yearly log changes, 0 to 2; the stationary σ is sd/√(2(1−ρ)).
    #[schemars(range(min = 0, max = 2))]
    pub sd_dlog: f64,
}

impl Default for PriceTable {
    fn default() -> Self {
        PriceTable { mean_index: 1.0, ar1: 0.0, sd_dlog: 0.0 }
    }
}

/// Relative spread of a shock with mean 1.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SeverityTable {
    /// Coefficient of variation, 0 to 2.
    #[schemars(range(min = 0, max = 2))]
    pub cv: f64,
}

/// A common threat θ = logistic(μ + s·x), where x is AR(1).
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ThreatTable {
    /// Location μ in logits, −20 to 20.
    #[schemars(range(min = -20, max = 20), extend("x-unit" = "logit"))]
    pub mu: f64,
    /// Scale s in logits, 0 to 20.
    #[schemars(range(min = 0, max = 20), extend("x-unit" = "logit"))]
    pub s: f64,
    /// Lag-1 autocorrelation of x, 0 to 0.999.
    #[schemars(range(min = 0, max = 0.999))]
    pub ar1: f64,
}

/// Harvests: lognormal, with a factor that is common to all states.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct HarvestTable {
    /// Coefficient of variation, 0 to 2.
    #[schemars(range(min = 0, max = 2))]
    pub cv: f64,
    /// Share of the variance that is common to all states, 0 to 1.
    #[schemars(range(min = 0, max = 1))]
    pub common: f64,
}
