//! Types of organisation files for membership, term, merger, donors and costs (ODD §7).

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Rules of exit, entry and return.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct MembershipTable {
    /// Whether members can leave.
    pub exit: bool,
    /// Years from notice to exit, 0 to 10. Notice is given at the end of a year.
    #[schemars(range(min = 0, max = 10), extend("x-unit" = "years"))]
    pub exit_notice: u32,
    /// Whether members suspend their membership instead of leaving. They may resume it after a
    /// year, with the probability `entry_hazard`.
    pub suspension: bool,
    /// Conditions of return for states that left. If omitted, they may not return.
    pub rejoin: Option<RejoinTable>,
    /// Which states may join.
    pub entry: Entry,
    /// Probability per year that a willing candidate joins, 0 to 1.
    #[schemars(range(min = 0, max = 1), extend("x-unit" = "1/yr"))]
    pub entry_hazard: f64,
    /// Ids of the candidates of an open organisation. If omitted, all states that are not founding
    /// members.
    pub candidates: Option<Vec<String>>,
    /// Candidates of a staged organisation with their first years.
    pub stages: Vec<StageTable>,
    /// Prescribed entries and exits, for replays. They occur whatever the states prefer.
    pub history: Vec<Move>,
    /// Ids of associates: they take part in decisions that they agree with, without a vote, dues or
    /// the right of exit. A candidate among them becomes a member when it joins.
    pub associates: Vec<String>,
    /// Ids of observers: they see what cases are established, as members do under
    /// `monitoring.transparency`, and nothing else. A candidate among them ceases to be one when it
    /// joins.
    pub observers: Vec<String>,
    /// Domains in which a member or associate takes no part, by id.
    pub opt_outs: IndexMap<String, Vec<String>>,
}

impl Default for MembershipTable {
    fn default() -> Self {
        MembershipTable {
            exit: true,
            exit_notice: 1,
            suspension: false,
            rejoin: None,
            entry: Entry::Closed,
            entry_hazard: 0.5,
            candidates: None,
            stages: Vec::new(),
            history: Vec::new(),
            associates: Vec::new(),
            observers: Vec::new(),
            opt_outs: IndexMap::new(),
        }
    }
}

/// Which states may join.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Entry {
    /// No state.
    #[default]
    Closed,
    /// Candidates, in any year.
    Open,
    /// Candidates, each from a given year on.
    Staged,
}

/// A stage of accession.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StageTable {
    /// First calendar year in which the states may join.
    pub year: i32,
    /// Ids of the states.
    pub states: Vec<String>,
}

/// Whether a state joins or leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum MembershipChange {
    /// The state becomes a member.
    Joins,
    /// The state ceases to be a member.
    Leaves,
}

/// A prescribed entry or exit.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Move {
    /// Calendar year, not before the first simulated year.
    pub year: i32,
    /// Id of the state.
    pub state: String,
    /// Whether the state joins or leaves.
    #[schemars(extend("x-former-name" = "passage"))]
    pub change: MembershipChange,
}

/// Conditions of return for states that left.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RejoinTable {
    /// Years that must pass before a return, 0 to 100.
    #[schemars(range(min = 0, max = 100), extend("x-unit" = "years"))]
    pub cool_down: u32,
    /// Probability per year after that time that a willing state returns, 0 to 1.
    #[schemars(range(min = 0, max = 1), extend("x-unit" = "1/yr"))]
    pub hazard: f64,
}

impl Default for RejoinTable {
    fn default() -> Self {
        RejoinTable { cool_down: 5, hazard: 0.2 }
    }
}

/// How renewal of the treaty is decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Renewal {
    /// By the decision rule: the treaty continues for all members, or ends.
    #[default]
    DecisionRule,
    /// By each member: the treaty continues among those that wish.
    Willing,
}

/// Term of the treaty.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TermTable {
    /// Length of a term in years, 1 to 200.
    #[schemars(range(min = 1, max = 200), extend("x-unit" = "years"))]
    pub years: u32,
    /// How renewal is decided.
    #[serde(default)]
    pub renewal: Renewal,
}

/// Merger into another organisation.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MergerTable {
    /// Calendar year from which the rules of the other organisation apply.
    pub year: i32,
    /// The other organisation: the name of a built-in or `related` one, or the path of a file that
    /// ends in `.toml`, relative to this file.
    pub into: String,
}

/// Support by donors.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct DonorTable {
    /// Grant to each state for a year in which it owed something and no breach was reported, MUSD
    /// per year, 0 to 1 million.
    #[schemars(range(min = 0, max = 1_000_000), extend("x-unit" = "MUSD/yr"))]
    pub grant: f64,
    /// Share by which aid of donors reduces slippage, 0 to 1.
    #[schemars(range(min = 0, max = 1))]
    pub capacity: f64,
    /// Share of defaulted payments that donors make good, 0 to 1. Requires that money can be paid.
    #[schemars(range(min = 0, max = 1))]
    pub guarantee: f64,
}

/// Costs of the organisation, and its overlap with others.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct CostTable {
    /// Cost of the secretariat, MUSD per year, 0 to 1 million. It is shared by votes among members
    /// that have ratified the founding treaty.
    #[schemars(range(min = 0, max = 1_000_000), extend("x-unit" = "MUSD/yr"))]
    pub secretariat: f64,
    /// Number of meetings per year, 0 to 1000.
    #[schemars(range(min = 0, max = 1000), extend("x-unit" = "1/yr"))]
    pub meetings: f64,
    /// Cost of a meeting, MUSD, 0 to 1 million. It is shared like that of the secretariat.
    #[schemars(range(min = 0, max = 1_000_000), extend("x-unit" = "MUSD"))]
    pub meeting: f64,
    /// Share of the agenda that other organisations serve already, 0 to 0.95. It brings no further
    /// gain.
    #[schemars(range(min = 0, max = 0.95))]
    pub overlap: f64,
}

impl Default for CostTable {
    fn default() -> Self {
        CostTable { secretariat: 1.0, meetings: 0.0, meeting: 0.1, overlap: 0.0 }
    }
}
