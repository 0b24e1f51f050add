//! Organisation files as written (model §7).

pub use crate::scenario::raw::membership::{
    CostTable, CourtTable, DonorTable, Entry, MembershipChange, MembershipTable, MergerTable, Move,
    RejoinTable, Renewal, StageTable, TermTable,
};
use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The design of an organisation: independent switches.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OrganisationFile {
    /// What it is called and where it comes from.
    pub organisation: OrganisationHeader,
    /// The master switch: whether decisions bind.
    pub legal_force: LegalForce,
    /// Founding members by id; all states of the scenario where left out.
    pub members: Option<Vec<String>>,
    /// Members from outside the region: they take part where the scenario has them, and are left
    /// out where it has not. Those that join later, by history or in stages, are no founders.
    #[serde(default)]
    pub outside_members: Vec<String>,
    /// What is on its table: kinds of domain (`water_energy`, `transport`, `food`, `security`,
    /// `project`, `stage_game`) or names of domains.
    #[serde(default)]
    pub agenda: Vec<String>,
    /// How decisions are taken and how long they stand.
    #[serde(default)]
    pub decision: DecisionTable,
    /// Who proposes.
    #[serde(default)]
    pub proposer: Proposer,
    /// What is left to the commission alone.
    #[serde(default)]
    pub delegation: DelegationTable,
    /// Whether all members decide together, or in several bodies, one after the other.
    #[serde(default)]
    pub bodies: Bodies,
    /// Whether domains are bargained apart or on one table.
    #[serde(default)]
    pub linkage: Linkage,
    /// What members can give in return.
    #[serde(default)]
    pub side_payments: SidePayments,
    /// How surplus is shared.
    #[serde(default)]
    pub bargaining: BargainingTable,
    /// How breaches come to light.
    #[serde(default)]
    pub monitoring: MonitoringTable,
    /// What follows a reported breach.
    #[serde(default)]
    pub sanctions: SanctionTable,
    /// The court that fines go through, when decisions bind; left out, a fine falls due on
    /// detection.
    pub court: Option<CourtTable>,
    /// What must be ratified.
    #[serde(default)]
    pub ratification: RatificationTable,
    /// Who may come and go.
    #[serde(default)]
    pub membership: MembershipTable,
    /// For how long the treaty is made; left out, for good.
    pub term: Option<TermTable>,
    /// The organisation that this one becomes part of.
    pub merger: Option<MergerTable>,
    /// What outsiders give.
    #[serde(default)]
    pub donors: DonorTable,
    /// What the organisation costs.
    #[serde(default)]
    pub cost: CostTable,
}

/// What an organisation is called and where it comes from.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OrganisationHeader {
    /// Id: small letters, digits and hyphens.
    pub name: String,
    /// One line that says what it is.
    pub title: String,
    /// A paragraph for `show`.
    #[serde(default)]
    pub description: String,
    /// Where its facts come from.
    #[serde(default)]
    pub sources: Vec<String>,
    /// What the modelled organisation has and this file still lacks.
    #[serde(default)]
    pub lacks: Vec<String>,
}

/// Whether decisions bind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LegalForce {
    /// Decisions recommend: fines, audience multiplier, ratification of frameworks and sovereignty
    /// cost are inert, and whoever did not vote yes owes nothing.
    Recommendatory,
    /// Decisions bind whoever has ratified.
    Binding,
}

/// How long a decision stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DecisionMode {
    /// Approval fixes depth and sharing rule until collapse, or until a member whose consent is
    /// needed expects a loss.
    #[default]
    Standing,
    /// Every plan is voted anew.
    Yearly,
}

/// How decisions are taken.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct DecisionTable {
    /// How long a decision stands.
    pub mode: DecisionMode,
    /// What it takes to pass.
    pub rule: DecisionRule,
    /// What becomes of members that are neither for nor against.
    pub abstention: Abstention,
    /// Expected losses up to this many stakes lead to abstention rather than a no, where it is
    /// possible.
    #[schemars(range(min = 0, max = 10), extend("x-unit" = "stakes"))]
    pub abstention_band: f64,
    /// Whether members that voted against a binding decision may stay out of it.
    pub opt_out: bool,
    /// Bound states that a plan needs at least.
    #[schemars(range(min = 1, max = 16))]
    pub minimum_participation: u32,
    /// Years in which a member that is worse off keeps its dues back before its vote is suspended;
    /// left out, dues are always paid.
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

/// What becomes of members that are neither for nor against.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Abstention {
    /// There is only yes and no.
    #[default]
    None,
    /// Whoever abstains is left out of the count.
    Allowed,
    /// Whoever abstains counts as consenting.
    Consent,
}

/// What it takes to pass.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DecisionRule {
    /// Every member votes yes.
    Unanimity,
    /// One member may vote no.
    ConsensusMinusOne,
    /// A share of the members votes yes.
    Majority(Threshold),
    /// Members with a share of the weights vote yes.
    Weighted(WeightedThreshold),
    /// Members with a share of the weights vote yes, and so does a share of the members.
    DoubleMajority(DoubleThreshold),
}

/// A required share of weighted votes and of members.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DoubleThreshold {
    /// Required share of the weights.
    #[schemars(extend("exclusiveMinimum" = 0, "maximum" = 1))]
    pub threshold: f64,
    /// Required share of the members.
    #[schemars(extend("exclusiveMinimum" = 0, "maximum" = 1))]
    pub members_threshold: f64,
    /// Votes of each member.
    pub weights: IndexMap<String, f64>,
}

/// A required share of votes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Threshold {
    /// Required share of the votes.
    #[schemars(extend("exclusiveMinimum" = 0, "maximum" = 1))]
    pub threshold: f64,
}

/// A required share of weighted votes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WeightedThreshold {
    /// Required share of the weights.
    #[schemars(extend("exclusiveMinimum" = 0, "maximum" = 1))]
    pub threshold: f64,
    /// Votes of each member.
    pub weights: IndexMap<String, f64>,
}

/// Who proposes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Proposer {
    /// The chair, which rotates yearly among members; it seeks the cheapest winning coalition.
    #[default]
    ChairRotation,
    /// A member drawn every year, all alike.
    Random,
    /// A member drawn every year, in proportion to its votes.
    Weighted,
    /// A commission, which proposes the joint optimum that can pass.
    Commission,
    /// Any member: a coalition that can pass it on its own proposes what it gains most from.
    AnyMember,
}

/// What is left to the commission alone.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct DelegationTable {
    /// Kinds or names of the delegated domains: no vote, no ratification.
    pub domains: Vec<String>,
    /// Secretariat overhead per delegated domain, shared by members.
    #[schemars(range(min = 0, max = 1_000_000), extend("x-unit" = "MUSD/yr"))]
    pub overhead: f64,
}

impl OrganisationFile {
    /// Whether a state that is no founding member may become one.
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

/// The bodies in which an organisation decides.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Bodies {
    /// All members together.
    #[default]
    One,
    /// One body for each pair of states, in the order of the scenario.
    Network,
    /// These groups of states, in this order.
    Groups(Vec<Vec<String>>),
}

/// Whether domains are bargained apart or on one table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Linkage {
    /// Each domain stands alone.
    #[default]
    None,
    /// One vote and one bargain over all domains; a breach in one puts all at risk.
    Package,
}

/// What members can give in return.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SidePayments {
    /// Nothing: no fuel, no money.
    None,
    /// Fuel for water.
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
    /// Compensation up to half the Nash share only: every payment is a chance of breach.
    #[default]
    NashFrugal,
    /// Gains in proportion to what each could get at most.
    KalaiSmorodinsky,
    /// The same gain for everybody.
    EqualSplit,
    /// The Shapley value of the plan: what each adds on average to those who came before.
    Shapley,
    /// No compensation beyond what consent needs.
    None,
}

/// How surplus is shared.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct BargainingTable {
    /// The rule.
    pub solution: BargainingSolution,
    /// Propose only what would be kept in every state of the world.
    pub anticipate_compliance: bool,
    /// Share of payments that is paid in before the act and released on performance.
    #[schemars(range(min = 0, max = 1))]
    pub escrow: f64,
}

/// How breaches come to light.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct MonitoringTable {
    /// Chance that a breach is reported.
    #[schemars(range(min = 0, max = 1))]
    pub detection: f64,
    /// Chance that performance is reported as a breach.
    #[schemars(range(min = 0, max = 1))]
    pub false_alarm: f64,
    /// Whether all members hear of what is reported, not only those who were to benefit.
    pub transparency: bool,
    /// Confidence measures; left out, there are none.
    pub confidence: Option<ConfidenceTable>,
}

/// Confidence measures: visits, notifications, exchanges.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ConfidenceTable {
    /// What they add to the chance that a breach is reported.
    #[serde(default = "added_detection")]
    #[schemars(range(min = 0, max = 1))]
    pub detection: f64,
    /// Good pseudo-counts that they add to the trust of each member in each other, per year and
    /// domain.
    #[serde(default = "added_counts")]
    #[schemars(range(min = 0, max = 100), extend("x-unit" = "1/yr"))]
    pub counts: f64,
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

/// A fine for a reported breach, paid to the injured.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Fine {
    /// No fine.
    #[default]
    None,
    /// A multiple of the cost saved.
    Multiple(f64),
    /// An absolute sum, MUSD.
    Absolute(f64),
}

/// How long a suspended regime sleeps: years, or `"forever"`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SleepYears(pub f64);

impl Serialize for SleepYears {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.0.is_infinite() {
            serializer.serialize_str("forever")
        } else {
            serializer.serialize_f64(self.0)
        }
    }
}

impl<'de> Deserialize<'de> for SleepYears {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match serde_json::Value::deserialize(deserializer)? {
            serde_json::Value::String(word) if word == "forever" => Ok(SleepYears(f64::INFINITY)),
            serde_json::Value::Number(number) => {
                Ok(SleepYears(number.as_f64().unwrap_or(f64::NAN)))
            }
            other => Err(serde::de::Error::custom(format!(
                "expected years or \"forever\", found {other}"
            ))),
        }
    }
}

impl JsonSchema for SleepYears {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "SleepYears".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "description": "Whole years, or \"forever\".",
            "anyOf": [{"type": "integer", "minimum": 1, "maximum": 1000}, {"const": "forever"}],
            "x-unit": "years"
        })
    }
}

/// Suspension of the regime after a reported breach.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SuspensionTable {
    /// Chance π of collapse per reported breach.
    #[schemars(range(min = 0, max = 1))]
    pub chance: f64,
    /// Years T that the regime sleeps.
    pub years: SleepYears,
}

/// What follows a reported breach.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SanctionTable {
    /// Fine, effective when decisions bind.
    pub fine: Fine,
    /// Suspension of the regime; left out, a breach ends nothing.
    pub suspension: Option<SuspensionTable>,
    /// Factor on the audience cost of a breach when decisions bind.
    #[schemars(range(min = 0, max = 100))]
    pub audience_multiplier: f64,
    /// Years for which a reported breach suspends the vote of who committed it; 0 for none.
    #[schemars(range(min = 0, max = 100), extend("x-unit" = "years"))]
    pub vote_suspension_years: u32,
}

impl Default for SanctionTable {
    fn default() -> Self {
        SanctionTable {
            fine: Fine::None,
            suspension: None,
            audience_multiplier: 2.0,
            vote_suspension_years: 0,
        }
    }
}

/// What must be ratified.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RatificationTable {
    /// Whether the framework treaty of a new consortium needs ratification, when decisions bind.
    pub frameworks: bool,
    /// Chance per year that a willing state completes it.
    #[schemars(range(min = 0, max = 1), extend("x-unit" = "1/yr"))]
    pub hazard: f64,
    /// Ratifications needed for entry into force.
    #[schemars(range(min = 1, max = 16))]
    pub minimum: u32,
    /// The founding treaty; left out, it is in force from the start.
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
    /// Chance per year that a state ratifies.
    #[schemars(range(min = 0, max = 1), extend("x-unit" = "1/yr"))]
    pub hazard: f64,
    /// The same for single states.
    #[serde(default)]
    pub hazard_by_state: IndexMap<String, f64>,
    /// Whether the treaty is applied before it is ratified; dues wait in any case.
    pub provisional: bool,
}
