//! The validated design of an organisation: every switch in the form that the engine reads.

use super::organisation_raw::{DecisionMode, Fine, Proposer};
use crate::ids::Members;

/// A design ready to be simulated on one scenario.
#[derive(Debug, Clone)]
pub struct Design {
    /// Id.
    pub name: String,
    /// One line for people.
    pub title: String,
    /// The master switch.
    pub binding: bool,
    /// Founding members.
    pub members: Members,
    /// How long a decision stands.
    pub mode: DecisionMode,
    /// What it takes to pass.
    pub rule: VotingRule,
    /// Who proposes.
    pub proposer: Proposer,
    /// The tables at which plans are bargained.
    pub tables: Vec<Table>,
    /// Whether fuel may be delivered in return.
    pub in_kind: bool,
    /// Whether money may be paid.
    pub money: bool,
    /// Share of the Nash share up to which receivers are compensated (1 Nash, ½ frugal, 0 none).
    pub nash_share: f64,
    /// Propose only what would be kept in every state of the world.
    pub anticipate_compliance: bool,
    /// Chance that a breach is reported.
    pub detection: f64,
    /// Chance that performance is reported as a breach.
    pub false_alarm: f64,
    /// Fine for a reported breach.
    pub fine: Fine,
    /// Chance of collapse per reported breach; 0 without suspension.
    pub collapse_chance: f64,
    /// Years that a collapsed regime sleeps.
    pub sleep_years: f64,
    /// Factor on audience costs when decisions bind.
    pub audience_multiplier: f64,
    /// Whether frameworks need ratification.
    pub ratify_frameworks: bool,
    /// Chance per year that a willing state completes it.
    pub ratification_hazard: f64,
    /// Ratifications for entry into force.
    pub ratification_minimum: usize,
    /// Chance per year of ratifying the founding treaty, by state; `None` if it is in force from the start.
    pub founding: Option<Founding>,
    /// Whether members can leave.
    pub exit: bool,
    /// Secretariat, MUSD per year.
    pub secretariat: f64,
    /// Overhead of delegation, MUSD per year and delegated domain.
    pub delegation_overhead: f64,
}

/// Ratification of the founding treaty.
#[derive(Debug, Clone)]
pub struct Founding {
    /// Chance per year, by state.
    pub hazard: Vec<f64>,
    /// Whether the treaty is applied before.
    pub provisional: bool,
}

/// One bargain: a domain alone, or several as a package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// Position in the fate tables: the domain, or the number of domains for the package.
    pub luck: usize,
    /// The domains on it.
    pub domains: Vec<usize>,
    /// Whether the commission alone decides.
    pub delegated: bool,
}

/// Votes and what it takes to pass.
#[derive(Debug, Clone, PartialEq)]
pub struct VotingRule {
    /// Votes of each state.
    pub weights: Vec<f64>,
    /// Required share of the members' votes; 1 is unanimity.
    pub required: f64,
}

impl VotingRule {
    /// Votes of a set of states.
    pub fn votes(&self, of: Members) -> f64 {
        of.iter().map(|state| self.weights[state]).sum()
    }
    /// Whether the yes votes of these members pass.
    pub fn passes(&self, yes: Members, members: Members) -> bool {
        self.votes(yes.and(members)) >= self.required * self.votes(members) * (1.0 - 1e-12)
    }
    /// Whether everybody's consent is needed.
    pub fn is_unanimity(&self) -> bool {
        self.required >= 1.0
    }
}

impl Design {
    /// Pooling of sovereignty by one domain of a table: binding × (1 − required share of votes); 1 if delegated.
    fn domain_pooling(&self, table: &Table) -> f64 {
        match (self.binding, table.delegated) {
            (false, _) => 0.0,
            (true, true) => 1.0,
            (true, false) => 1.0 - self.rule.required,
        }
    }

    /// What the treaty of one table pools: its domains' share of the organisation's [`Design::pooling`]. The
    /// treaties of all tables add up to it, so that no sovereignty is counted twice (ODD §7).
    pub fn table_pooling(&self, table: &Table) -> f64 {
        let domains: usize = self.tables.iter().map(|table| table.domains.len()).sum();
        self.domain_pooling(table) * table.domains.len() as f64 / domains.max(1) as f64
    }

    /// Pooling of sovereignty (ODD §7): averaged over the domains on the agenda.
    pub fn pooling(&self) -> f64 {
        self.tables.iter().map(|table| self.table_pooling(table)).sum()
    }
}
