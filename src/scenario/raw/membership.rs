//! What happens to an organisation over the years, as written in its file (model §7): court,
//! membership, term, merger, donors, costs.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A court: fines go through it.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct CourtTable {
    /// Chance that it finds for the injured.
    #[schemars(range(min = 0, max = 1))]
    pub p_win: f64,
    /// Years until the fine is paid.
    #[schemars(range(min = 0, max = 10), extend("x-unit" = "years"))]
    pub delay: u32,
    /// Cost of a case to each side.
    #[schemars(range(min = 0, max = 1_000_000), extend("x-unit" = "MUSD"))]
    pub cost: f64,
}

impl Default for CourtTable {
    fn default() -> Self {
        CourtTable { p_win: 0.8, delay: 1, cost: 0.5 }
    }
}

/// Who may come and go.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct MembershipTable {
    /// Whether members can leave.
    pub exit: bool,
    /// Years between the notice and its effect.
    #[schemars(range(min = 0, max = 10), extend("x-unit" = "years"))]
    pub exit_notice: u32,
    /// Whether discontented members suspend their membership, which they can take up again, rather
    /// than leave.
    pub suspension: bool,
    /// Whether those who left may come back; left out, they may not.
    pub rejoin: Option<RejoinTable>,
    /// Who may come in.
    pub entry: Entry,
    /// Chance per year that a willing candidate comes in.
    #[schemars(range(min = 0, max = 1), extend("x-unit" = "1/yr"))]
    pub entry_hazard: f64,
    /// Candidates of an open organisation; every other state of the scenario where left out.
    pub candidates: Option<Vec<String>>,
    /// From when on candidates of a staged organisation may come in.
    pub stages: Vec<StageTable>,
    /// Moves that are given, for replays: they happen whatever the states want.
    pub history: Vec<Move>,
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
        }
    }
}

/// Who may come in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Entry {
    /// Nobody.
    #[default]
    Closed,
    /// Candidates, whenever they want.
    Open,
    /// Candidates, each from its year on.
    Staged,
}

/// A stage of accession.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StageTable {
    /// First calendar year in which they may come in.
    pub year: i32,
    /// Who may.
    pub states: Vec<String>,
}

/// Whether a state comes or goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum MembershipChange {
    /// It becomes a member.
    Joins,
    /// It ceases to be one.
    Leaves,
}

/// A move that is given.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Move {
    /// Calendar year.
    pub year: i32,
    /// Who moves.
    pub state: String,
    /// In or out.
    #[schemars(extend("x-former-name" = "passage"))]
    pub change: MembershipChange,
}

/// How those who left may come back.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RejoinTable {
    /// Years that must pass.
    #[schemars(range(min = 0, max = 100), extend("x-unit" = "years"))]
    pub cool_down: u32,
    /// Chance per year afterwards that a willing state comes back.
    #[schemars(range(min = 0, max = 1), extend("x-unit" = "1/yr"))]
    pub hazard: f64,
}

impl Default for RejoinTable {
    fn default() -> Self {
        RejoinTable { cool_down: 5, hazard: 0.2 }
    }
}

/// Who decides on renewal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Renewal {
    /// The decision rule: the treaty goes on for all, or ends.
    #[default]
    DecisionRule,
    /// Each for itself: it goes on among those who wish.
    Willing,
}

/// For how long the treaty is made.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TermTable {
    /// Years of a term.
    #[schemars(range(min = 1, max = 200), extend("x-unit" = "years"))]
    pub years: u32,
    /// Who decides on renewal.
    #[serde(default)]
    pub renewal: Renewal,
}

/// The organisation that this one becomes part of.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MergerTable {
    /// Calendar year from which on its rules hold.
    pub year: i32,
    /// Built-in name of the other organisation.
    pub into: String,
}

/// What outsiders give.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct DonorTable {
    /// Grant to each state in each year in which something was due of it and no breach was
    /// reported.
    #[schemars(range(min = 0, max = 1_000_000), extend("x-unit" = "MUSD/yr"))]
    pub grant: f64,
    /// Share by which their help lowers slippage.
    #[schemars(range(min = 0, max = 1))]
    pub capacity: f64,
    /// Share of what payers owe and do not pay that they make good.
    #[schemars(range(min = 0, max = 1))]
    pub guarantee: f64,
}

/// What the organisation costs, and what it does that others do already.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct CostTable {
    /// Secretariat, shared by votes among members that have ratified the founding treaty.
    #[schemars(range(min = 0, max = 1_000_000), extend("x-unit" = "MUSD/yr"))]
    pub secretariat: f64,
    /// Meetings.
    #[schemars(range(min = 0, max = 1000), extend("x-unit" = "1/yr"))]
    pub meetings: f64,
    /// Cost of a meeting, shared like the secretariat.
    #[schemars(range(min = 0, max = 1_000_000), extend("x-unit" = "MUSD"))]
    pub meeting: f64,
    /// Share of the agenda that is served elsewhere already: what is done twice gains nothing.
    #[schemars(range(min = 0, max = 0.95))]
    pub overlap: f64,
}

impl Default for CostTable {
    fn default() -> Self {
        CostTable { secretariat: 1.0, meetings: 0.0, meeting: 0.1, overlap: 0.0 }
    }
}
