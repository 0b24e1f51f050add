//! Types of organisation files for the agenda by year or condition (ODD §7).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A stage of the agenda: domains that are opened, or may be agreed on more deeply, from a year on
/// or after success in another domain.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AgendaStage {
    /// Domains, by kind or name. All must be on the agenda. A domain that a stage names is closed
    /// until its first stage.
    #[schemars(extend("minItems" = 1))]
    pub domains: Vec<String>,
    /// First calendar year of the stage. If omitted, any year.
    pub year: Option<i32>,
    /// Success in another domain that the stage requires. If omitted, none.
    pub after: Option<AfterTable>,
    /// Largest depth that can be agreed on from this stage on, above 0 and up to 1.
    #[serde(default = "whole")]
    #[schemars(extend("exclusiveMinimum" = 0, "maximum" = 1))]
    pub depth: f64,
}

fn whole() -> f64 {
    1.0
}

/// Success in a domain: its delivered share has stayed at a level for some years.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AfterTable {
    /// Domain, by kind or name.
    pub domain: String,
    /// Delivered share of the domain's joint optimum, above 0 and up to 1.
    #[schemars(extend("exclusiveMinimum" = 0, "maximum" = 1))]
    pub delivered: f64,
    /// Number of years in a row for which it must have been reached, 1 to 100.
    #[serde(default = "one")]
    #[schemars(range(min = 1, max = 100), extend("x-unit" = "years"))]
    pub years: u32,
}

fn one() -> u32 {
    1
}
