//! Types of organisation files for organs: councils, committees and staffs (ODD §7).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// An organ of an organisation, with its cost and one effect.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OrganTable {
    /// Title in one line.
    pub title: String,
    /// Cost, MUSD per year, 0 to 1 million. It is shared like that of the secretariat.
    #[serde(default)]
    #[schemars(range(min = 0, max = 1_000_000), extend("x-unit" = "MUSD/yr"))]
    pub cost: f64,
    /// What the organ does. Effects of several organs add up.
    #[serde(default)]
    pub effect: OrganEffect,
}

/// What an organ does.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OrganEffect {
    /// Nothing that the model describes.
    #[default]
    None,
    /// It prepares decisions: proposals can choose between this many times as many depth levels, 2
    /// to 8. The largest factor of all organs applies.
    Prepares(#[schemars(range(min = 2, max = 8))] u32),
    /// It supervises: increase of the probability that a breach is reported, 0 to 1.
    Supervises(#[schemars(range(min = 0, max = 1))] f64),
    /// It reconciles: a rejected proposal may be voted on once more in the same year, one depth
    /// level lower in every domain.
    Reconciles,
    /// It informs: good pseudo-counts added per year and domain to the trust of each member in each
    /// other, 0 to 100.
    Informs(#[schemars(range(min = 0, max = 100), extend("x-unit" = "1/yr"))] f64),
    /// It implements: share by which it reduces the members' slippage, 0 to 1.
    Implements(#[schemars(range(min = 0, max = 1))] f64),
    /// It speeds ratification.
    Ratifies(RatifiesTable),
    /// It exchanges information on threats: increase of the share of damage that agreed efforts
    /// avert, 0 to 1.
    Exchanges(#[schemars(range(min = 0, max = 1))] f64),
}

/// How an organ speeds ratification. The factors of several organs are multiplied.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RatifiesTable {
    /// Factor on the probabilities of ratification per year, 1 to 100; no probability exceeds 1.
    #[schemars(range(min = 1, max = 100))]
    pub hazard_factor: f64,
    /// Reduction of the domestic threshold ψ of ratification, in stakes, 0 to 10.
    #[schemars(range(min = 0, max = 10), extend("x-unit" = "stakes"))]
    pub threshold: f64,
}

impl Default for RatifiesTable {
    fn default() -> Self {
        RatifiesTable { hazard_factor: 1.0, threshold: 0.0 }
    }
}
