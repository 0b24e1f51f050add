//! Types of organisation files, as users write them (ODD §7).

pub use crate::scenario::raw::agenda::{AfterTable, AgendaStage};
pub use crate::scenario::raw::membership::{
    CostTable, DonorTable, Entry, MembershipChange, MembershipTable, MergerTable, Move,
    RejoinTable, Renewal, StageTable, TermTable,
};
pub use crate::scenario::raw::organs::{OrganEffect, OrganTable, RatifiesTable};
pub use crate::scenario::raw::sanctions::{
    CollapseTable, CourtTable, EscapeTable, EscapeTrigger, Fine, GraduatedTable, Obedience,
    ReciprocityTable, Response, RestYears, Sanction, SanctionTable, VoteSuspensionTable,
    WithdrawnBy,
};
use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The design of an organisation as a set of independent switches.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OrganisationFile {
    /// Name, description and sources of the organisation.
    pub organisation: OrganisationHeader,
    /// Whether decisions bind.
    pub legal_force: LegalForce,
    /// Ids of the founding members. If omitted, all states of the scenario.
    pub members: Option<Vec<String>>,
    /// Ids of members from outside the region, ignored if the scenario lacks them. States that join
    /// later, by history or in stages, are not founding members.
    #[serde(default)]
    pub outside_members: Vec<String>,
    /// Domains that the organisation decides on, by kind (`water_energy`, `transport`, `food`,
    /// `security`, `project`, `stage_game`) or by name.
    #[serde(default)]
    pub agenda: Vec<String>,
    /// Stages in which domains of the agenda are opened. A domain without a stage is open from the
    /// start.
    #[serde(default)]
    pub agenda_stages: Vec<AgendaStage>,
    /// How decisions are taken and how long they stand.
    #[serde(default)]
    pub decision: DecisionTable,
    /// Who makes proposals.
    #[serde(default)]
    pub proposer: Proposer,
    /// States that make the proposals on single domains, by kind or name of the domain, as long as
    /// they are members. Other domains follow `proposer`.
    #[serde(default)]
    pub coordinators: IndexMap<String, String>,
    /// Domains that a commission decides alone.
    #[serde(default)]
    pub delegation: DelegationTable,
    /// Whether all members decide together or in several bodies, one after the other.
    #[serde(default)]
    pub bodies: Bodies,
    /// Whether domains are negotiated separately or as a package.
    #[serde(default)]
    pub linkage: Linkage,
    /// Which compensation members can give: none, fuel, or fuel and money.
    #[serde(default)]
    pub side_payments: SidePayments,
    /// How surplus is shared.
    #[serde(default)]
    pub bargaining: BargainingTable,
    /// How breaches are detected and reported.
    #[serde(default)]
    pub monitoring: MonitoringTable,
    /// Consequences of an established shortfall.
    #[serde(default)]
    pub sanctions: SanctionTable,
    /// Court that decides on reported shortfalls if decisions bind. If omitted, a reported
    /// shortfall is an established one.
    pub court: Option<CourtTable>,
    /// Which treaties need ratification.
    #[serde(default)]
    pub ratification: RatificationTable,
    /// Rules of exit, entry and return.
    #[serde(default)]
    pub membership: MembershipTable,
    /// Term of the treaty. If omitted, the treaty has no end.
    pub term: Option<TermTable>,
    /// Organisation that this one merges into.
    pub merger: Option<MergerTable>,
    /// Other organisations that exist at the same time: names of built-in or `related` ones, or
    /// paths of files. What several treat is done by the first that is able to, this one before the
    /// others, these in the given order; `cost.overlap` then has no effect.
    #[serde(default)]
    pub beside: Vec<String>,
    /// Organisations by name that `merger.into` and `beside` refer to. A file that these name by
    /// its path is read into this table.
    #[serde(default)]
    pub related: IndexMap<String, OrganisationFile>,
    /// Organs by name: councils, committees, staffs, assemblies.
    #[serde(default)]
    pub organs: IndexMap<String, OrganTable>,
    /// Support by donors.
    #[serde(default)]
    pub donors: DonorTable,
    /// Costs of the organisation, and its overlap with others.
    #[serde(default)]
    pub cost: CostTable,
}

/// Name, description and sources of an organisation.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OrganisationHeader {
    /// Id of the organisation: ASCII letters, digits, `-` and `_`.
    pub name: String,
    /// Title in one line.
    pub title: String,
    /// Description in one paragraph, printed by `consortia show`.
    #[serde(default)]
    pub description: String,
    /// Sources of the facts in this file.
    #[serde(default)]
    pub sources: Vec<String>,
    /// Features of the real organisation that this file does not model.
    #[serde(default)]
    pub lacks: Vec<String>,
}

/// Whether decisions bind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LegalForce {
    /// Decisions recommend. Fines, audience multiplier, ratification of frameworks and sovereignty
    /// cost have no effect, and states that did not vote yes owe nothing.
    Recommendatory,
    /// Decisions bind the states that have ratified.
    Binding,
}

/// How long a decision stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DecisionMode {
    /// Until the regime collapses or a member whose consent is needed expects a loss. Approval
    /// fixes depth and sharing rule.
    #[default]
    Standing,
    /// For one year: each plan is put to a new vote.
    Yearly,
}

/// How decisions are taken and how long they stand.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct DecisionTable {
    /// How long a decision stands.
    pub mode: DecisionMode,
    /// Which votes adopt a proposal.
    pub rule: DecisionRule,
    /// How members that are neither for nor against are counted.
    pub abstention: Abstention,
    /// Largest expected loss, in stakes, at which a member abstains instead of voting no, 0 to 10.
    /// It applies where abstention is possible.
    #[schemars(range(min = 0, max = 10), extend("x-unit" = "stakes"))]
    pub abstention_band: f64,
    /// Whether members that voted against a binding decision stay out of it.
    pub opt_out: bool,
    /// Smallest number of bound states that a plan needs, 1 to 16.
    #[schemars(range(min = 1, max = 16))]
    pub minimum_participation: u32,
    /// Years in arrears after which a vote is suspended, 1 to 100: members that are worse off
    /// withhold their dues. If omitted, dues are always paid.
    #[schemars(range(min = 1, max = 100), extend("x-unit" = "years"))]
    pub arrears_years: Option<u32>,
}

impl Default for DecisionTable {
    fn default() -> Self {
        DecisionTable {
            mode: DecisionMode::Standing,
            rule: DecisionRule::Unanimity,
            abstention: Abstention::None,
            abstention_band: 0.1,
            opt_out: false,
            minimum_participation: 2,
            arrears_years: None,
        }
    }
}

/// How members that are neither for nor against are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Abstention {
    /// Members vote yes or no only.
    #[default]
    None,
    /// Members that abstain are left out of the count.
    Allowed,
    /// Members that abstain count as consenting.
    Consent,
}

/// Which votes adopt a proposal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DecisionRule {
    /// Every member votes yes.
    Unanimity,
    /// At most one member votes no.
    ConsensusMinusOne,
    /// A share of the members votes yes.
    Majority(Threshold),
    /// Members with a share of the weights vote yes.
    Weighted(WeightedThreshold),
    /// Members with a share of the weights vote yes, and so does a share of all members.
    DoubleMajority(DoubleThreshold),
}

/// A required share of weighted votes and of members.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DoubleThreshold {
    /// Required share of the weights, above 0 and up to 1.
    #[schemars(extend("exclusiveMinimum" = 0, "maximum" = 1))]
    pub threshold: f64,
    /// Required share of the members, above 0 and up to 1.
    #[schemars(extend("exclusiveMinimum" = 0, "maximum" = 1))]
    pub members_threshold: f64,
    /// Votes of each member by id, 0 or more.
    pub weights: IndexMap<String, f64>,
}

/// A required share of votes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Threshold {
    /// Required share of the votes, above 0 and up to 1.
    #[schemars(extend("exclusiveMinimum" = 0, "maximum" = 1))]
    pub threshold: f64,
}

/// A required share of weighted votes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WeightedThreshold {
    /// Required share of the weights, above 0 and up to 1.
    #[schemars(extend("exclusiveMinimum" = 0, "maximum" = 1))]
    pub threshold: f64,
    /// Votes of each member by id, 0 or more.
    pub weights: IndexMap<String, f64>,
}

/// Who makes proposals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Proposer {
    /// The chair, which rotates yearly among members. It seeks the cheapest winning coalition.
    #[default]
    ChairRotation,
    /// A member drawn every year with equal probabilities.
    Random,
    /// A member drawn every year in proportion to its votes.
    Weighted,
    /// A commission, which proposes the joint optimum that can pass.
    Commission,
    /// Any member. A coalition that can pass a proposal alone proposes what gains it most.
    AnyMember,
}

/// Domains that a commission decides alone.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct DelegationTable {
    /// Kinds or names of the delegated domains. They need neither vote nor ratification.
    pub domains: Vec<String>,
    /// Overhead of the secretariat per delegated domain, MUSD per year, 0 to 1 million. It is
    /// shared like other dues.
    #[schemars(range(min = 0, max = 1_000_000), extend("x-unit" = "MUSD/yr"))]
    pub overhead: f64,
}

impl OrganisationFile {
    /// Whether a state that is not a founding member may join: as a candidate, in stages or by
    /// history.
    pub fn may_join(&self, name: &str) -> bool {
        let table = &self.membership;
        let open = || {
            table.candidates.as_ref().is_none_or(|names| names.iter().any(|other| other == name))
        };
        (table.entry == Entry::Open && open())
            || table.stages.iter().flat_map(|stage| &stage.states).any(|state| state == name)
            || table
                .history
                .iter()
                .any(|entry| entry.state == name && entry.change == MembershipChange::Joins)
    }
}

/// Bodies in which an organisation decides.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Bodies {
    /// All members together.
    #[default]
    One,
    /// One body for each pair of states, in the order of the scenario.
    Network,
    /// The given groups of two or more states, in the given order; 1 to 120 groups.
    Groups(Vec<Vec<String>>),
}

/// Whether domains are negotiated separately or as a package.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Linkage {
    /// Each domain separately.
    #[default]
    None,
    /// All domains together, with one vote and one bargain. A breach in one domain puts all at
    /// risk.
    Package,
}

/// Which compensation members can give.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SidePayments {
    /// Neither fuel nor money.
    None,
    /// Fuel in return for water.
    #[default]
    InKind,
    /// Fuel and money.
    Money,
}

/// How surplus is shared when money can be paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum BargainingSolution {
    /// The asymmetric Nash solution.
    Nash,
    /// Compensation up to half the Nash share, because each payment may be broken.
    #[default]
    NashFrugal,
    /// Gains in proportion to the largest gain that each state could have.
    KalaiSmorodinsky,
    /// Equal gains for all states.
    EqualSplit,
    /// The Shapley value of the plan: the mean contribution of each state over all orders of
    /// joining.
    Shapley,
    /// No compensation beyond what consent requires.
    None,
}

/// How surplus is shared.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct BargainingTable {
    /// Solution that shares the surplus.
    pub solution: BargainingSolution,
    /// Whether only plans are proposed that would be kept in every state of the world.
    pub anticipate_compliance: bool,
    /// Opening concession: share by which the weight of the member with the largest gross domestic
    /// product is reduced in bargaining until a decision has been adopted at the table, 0 to 1.
    /// Decisions keep the weights under which they were adopted.
    #[schemars(range(min = 0, max = 1))]
    pub opening_concession: f64,
    /// Share of payments that is paid in before the act and released on performance, 0 to 1.
    /// Requires that money can be paid.
    #[schemars(range(min = 0, max = 1))]
    pub escrow: f64,
}

/// How breaches are detected and reported.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct MonitoringTable {
    /// Probability that the audit of a state's season reports a breach, 0 to 1.
    #[schemars(range(min = 0, max = 1))]
    pub detection: f64,
    /// Probability that the audit of a season without a breach reports one, 0 to `detection`.
    #[schemars(range(min = 0, max = 1))]
    pub false_alarm: f64,
    /// Whether members that were owed nothing receive the reports too. Who was owed something knows
    /// what it received.
    pub transparency: bool,
    /// Confidence measures. If omitted, there are none.
    pub confidence: Option<ConfidenceTable>,
}

/// Confidence measures, such as visits, notifications and exchanges.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ConfidenceTable {
    /// Increase of the probability that a breach is reported, 0 to 1.
    #[serde(default = "added_detection")]
    #[schemars(range(min = 0, max = 1))]
    pub detection: f64,
    /// Good pseudo-counts added per year and domain to the trust of each member in each other, from
    /// 0 to 100.
    #[serde(default = "added_counts")]
    #[schemars(range(min = 0, max = 100), extend("x-unit" = "1/yr"))]
    pub counts: f64,
    /// Domains in which measures are taken, by kind or name. If omitted, all on the agenda.
    pub domains: Option<Vec<String>>,
}

fn added_detection() -> f64 {
    0.1
}

fn added_counts() -> f64 {
    1.0
}

impl Default for MonitoringTable {
    fn default() -> Self {
        MonitoringTable { detection: 0.7, false_alarm: 0.03, transparency: false, confidence: None }
    }
}

/// Which treaties need ratification.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RatificationTable {
    /// Whether the framework treaty of a new consortium needs ratification if decisions bind.
    pub frameworks: bool,
    /// Probability per year that a willing state completes ratification, 0 to 1.
    #[schemars(range(min = 0, max = 1), extend("x-unit" = "1/yr"))]
    pub hazard: f64,
    /// Number of ratifications that entry into force requires, 1 to 16.
    #[schemars(range(min = 1, max = 16))]
    pub minimum: u32,
    /// Ratification of the founding treaty. If omitted, the treaty is in force from the start.
    pub founding: Option<FoundingTable>,
}

impl Default for RatificationTable {
    fn default() -> Self {
        RatificationTable { frameworks: false, hazard: 0.5, minimum: 2, founding: None }
    }
}

/// Ratification of the founding treaty.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FoundingTable {
    /// Probability per year that a state ratifies, 0 to 1.
    #[schemars(range(min = 0, max = 1), extend("x-unit" = "1/yr"))]
    pub hazard: f64,
    /// Probabilities of single states in place of `hazard`, by id.
    #[serde(default)]
    pub hazard_by_state: IndexMap<String, f64>,
    /// Whether the treaty applies before it is ratified. Dues are owed only after ratification.
    pub provisional: bool,
}
