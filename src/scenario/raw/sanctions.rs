//! Types of organisation files for sanctions, escape clause and court (ODD §7).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A fine for an established shortfall, paid to the injured states.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Fine {
    /// No fine.
    #[default]
    None,
    /// A multiple of the cost that the breach saved, 0 to 10⁹.
    Multiple(f64),
    /// A fixed sum per case, MUSD, 0 to 10⁹.
    Absolute(f64),
}

/// Years for which a collapsed regime rests: 1 to 1000, or `"forever"` (infinite).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RestYears(pub f64);

impl Serialize for RestYears {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.0.is_infinite() {
            serializer.serialize_str("forever")
        } else {
            serializer.serialize_f64(self.0)
        }
    }
}

impl<'de> Deserialize<'de> for RestYears {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match serde_json::Value::deserialize(deserializer)? {
            serde_json::Value::String(word) if word == "forever" => Ok(RestYears(f64::INFINITY)),
            serde_json::Value::Number(number) => Ok(RestYears(number.as_f64().unwrap_or(f64::NAN))),
            other => Err(serde::de::Error::custom(format!(
                "expected years or \"forever\", found {other}"
            ))),
        }
    }
}

impl JsonSchema for RestYears {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "RestYears".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "description": "Whole years, or \"forever\".",
            "anyOf": [{"type": "integer", "minimum": 1, "maximum": 1000}, {"const": "forever"}],
            "x-unit": "years"
        })
    }
}

/// Which states withdraw concessions from a violator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum WithdrawnBy {
    /// All other states of the regime.
    #[default]
    All,
    /// The states that the shortfall injured.
    Injured,
}

/// Withdrawal of equivalent concessions.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReciprocityTable {
    /// Share ρ of the injury by which the violator's benefit is cut in each year, 0 to 10.
    #[schemars(range(min = 0, max = 10))]
    pub share: f64,
    /// Years T of withdrawal, from the year after the case, 1 to 100.
    #[schemars(range(min = 1, max = 100), extend("x-unit" = "years"))]
    pub years: u32,
    /// Which states withdraw.
    #[serde(default)]
    pub by: WithdrawnBy,
}

/// Suspension of the violator's vote.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct VoteSuspensionTable {
    /// Years for which the vote is suspended, from the year after the case, 1 to 100.
    #[schemars(range(min = 1, max = 100), extend("x-unit" = "years"))]
    pub years: u32,
}

/// Collapse of the whole regime.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CollapseTable {
    /// Probability π of a collapse in a year in which nothing that is owed is performed, 0 to 1. A
    /// smaller shortfall has the chance 1 − (1 − π)^(its share of the value of all that is owed).
    #[schemars(range(min = 0, max = 1))]
    pub chance: f64,
    /// Years T for which the regime rests after a collapse: 1 to 1000, or `"forever"`.
    pub years: RestYears,
}

/// Responses that become graver from case to case.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GraduatedTable {
    /// Response to the first, second and further cases of a state, 1 to 10 steps. The last step
    /// applies to all further cases.
    #[schemars(length(min = 1, max = 10))]
    pub steps: Vec<Sanction>,
    /// Years in which a case counts, its own included, 1 to 60.
    #[schemars(range(min = 1, max = 60), extend("x-unit" = "years"))]
    pub memory: u32,
}

/// One step of graduated responses.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Sanction {
    /// No response besides the record of the case.
    None,
    /// A fine, in addition to `sanctions.fine`; with effect only if decisions bind.
    Fine(Fine),
    /// Withdrawal of equivalent concessions.
    Reciprocity(ReciprocityTable),
    /// Suspension of the violator's vote.
    VoteSuspension(VoteSuspensionTable),
    /// Collapse of the regime.
    Collapse(CollapseTable),
}

/// Response to an established shortfall, besides the fine.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Response {
    /// No response.
    #[default]
    None,
    /// Withdrawal of equivalent concessions: what others owe to the violator is cut, so that its
    /// benefit falls by a share of the injury that it did, at most to 0. The exchange among the
    /// others goes on.
    Reciprocity(ReciprocityTable),
    /// Suspension of the violator's vote.
    VoteSuspension(VoteSuspensionTable),
    /// Collapse of the regime, which then rests.
    Collapse(CollapseTable),
    /// Responses that become graver from case to case.
    Graduated(GraduatedTable),
}

/// Condition under which an escape clause applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum EscapeTrigger {
    /// The state's own cost of performing in a domain is above its quantile.
    Cost,
    /// The summer inflow of the region's rivers is below its 1 − quantile.
    Drought,
    /// The price of fuel is above its quantile.
    Price,
}

/// Escape clause: in a hard year a state may lawfully suspend its obligations.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EscapeTable {
    /// Condition under which the clause applies.
    pub trigger: EscapeTrigger,
    /// Quantile beyond which it applies, 0.5 to 1 (exclusive).
    #[schemars(extend("minimum" = 0.5, "exclusiveMaximum" = 1))]
    pub quantile: f64,
    /// Share of the injury that the state pays to the injured, 0 to 1. Above 0 it requires that
    /// money can be paid.
    #[serde(default)]
    #[schemars(range(min = 0, max = 1))]
    pub compensation: f64,
}

/// Consequences of an established shortfall.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[schemars(extend("x-replaced" = {
    "suspension": "write `response = { collapse = { chance = …, years = … } }`; the chance is now \
                   that of a year in which nothing is performed",
    "vote_suspension_years": "write `response = { vote_suspension = { years = … } }`"
}))]
#[serde(deny_unknown_fields, default)]
pub struct SanctionTable {
    /// Fine per case, with effect only if decisions bind.
    pub fine: Fine,
    /// Response besides the fine.
    pub response: Response,
    /// Share of what a state owes in a season, by value, below which a shortfall is no case, 0 to
    /// 1.
    #[schemars(range(min = 0, max = 1))]
    pub materiality: f64,
    /// Escape clause. If omitted, there is none.
    pub escape: Option<EscapeTable>,
    /// Factor on the audience cost of a breach if decisions bind, 0 to 100.
    #[schemars(range(min = 0, max = 100))]
    pub audience_multiplier: f64,
}

impl Default for SanctionTable {
    fn default() -> Self {
        SanctionTable {
            fine: Fine::None,
            response: Response::None,
            materiality: 0.0,
            escape: None,
            audience_multiplier: 2.0,
        }
    }
}

/// How states comply with the rulings of a court.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Obedience {
    /// As they comply with obligations: they weigh the ruling against the response.
    #[default]
    Decided,
    /// They obey every ruling.
    Always,
    /// They obey no ruling.
    Never,
}

/// A court that decides on reported shortfalls. Only cases that it upholds are sanctioned.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct CourtTable {
    /// Probability that a true case is upheld, 0 to 1.
    #[schemars(range(min = 0, max = 1))]
    pub p_win: f64,
    /// Probability that a false case is upheld, 0 to `p_win`.
    #[schemars(range(min = 0, max = 1))]
    pub p_err: f64,
    /// Years until a ruling takes effect, 0 to 10.
    #[schemars(range(min = 0, max = 10), extend("x-unit" = "years"))]
    pub delay: u32,
    /// Cost of a case to each side, MUSD, 0 to 1 million.
    #[schemars(range(min = 0, max = 1_000_000), extend("x-unit" = "MUSD"))]
    pub cost: f64,
    /// How states comply with rulings that a response enforces.
    pub obedience: Obedience,
}

impl Default for CourtTable {
    fn default() -> Self {
        CourtTable { p_win: 0.8, p_err: 0.1, delay: 1, cost: 0.5, obedience: Obedience::Decided }
    }
}
