//! The validated design of an organisation: every switch in the form that the engine reads.

use crate::ids::Members;
use crate::scenario::raw::organisation::{Abstention, DecisionMode, Fine, Proposer, Renewal};

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
    /// What becomes of members that are neither for nor against.
    pub abstention: Abstention,
    /// Expected losses, in stakes, up to which members abstain where they can.
    pub abstention_band: f64,
    /// Whether those who voted against a binding decision stay out of it.
    pub opt_out: bool,
    /// Bound states that a plan needs at least.
    pub minimum_participation: usize,
    /// Years in arrears after which a vote is suspended; `None` where dues are always paid.
    pub arrears_years: Option<u32>,
    /// Who proposes.
    pub proposer: Proposer,
    /// The tables at which plans are bargained.
    pub tables: Vec<Table>,
    /// Whether fuel may be delivered in return.
    pub in_kind: bool,
    /// Whether money may be paid.
    pub money: bool,
    /// How surplus is shared.
    pub sharing: Sharing,
    /// Share of it up to which receivers are compensated (1 whole, ½ frugal, 0 none).
    pub nash_share: f64,
    /// Share of payments in escrow.
    pub escrow: f64,
    /// Propose only what would be kept in every state of the world.
    pub anticipate_compliance: bool,
    /// Chance that a breach is reported, confidence measures included.
    pub detection: f64,
    /// Chance that performance is reported as a breach.
    pub false_alarm: f64,
    /// Whether all members hear of what is reported.
    pub transparency: bool,
    /// Good pseudo-counts per year and pair from confidence measures.
    pub confidence_counts: f64,
    /// Fine for a reported breach.
    pub fine: Fine,
    /// The court that fines go through.
    pub court: Option<Court>,
    /// Years for which a reported breach suspends a vote.
    pub vote_suspension_years: u32,
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
    /// Chance per year of ratifying the founding treaty, by state; `None` if it is in force from
    /// the start.
    pub founding: Option<Founding>,
    /// Who may come and go.
    pub membership: Membership,
    /// Years of a treaty term, and who decides on renewal; `None` for a treaty without end.
    pub term: Option<(usize, Renewal)>,
    /// The year from which on another design holds, and that design.
    pub merger: Option<(usize, Box<Design>)>,
    /// Grant to each state and year without a reported breach, MUSD.
    pub grant: f64,
    /// Share by which outsiders' help lowers slippage.
    pub capacity_aid: f64,
    /// Share of defaulted payments that outsiders make good.
    pub guarantee: f64,
    /// Secretariat and meetings, MUSD per year.
    pub secretariat: f64,
    /// Share of what is done that is not done elsewhere already: 1 − overlap.
    pub scope: f64,
    /// Overhead of delegation, MUSD per year and delegated domain.
    pub delegation_overhead: f64,
}

/// How surplus is shared when money can be paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sharing {
    /// The asymmetric Nash solution with distrust.
    Nash,
    /// Gains in proportion to what each could get at most.
    KalaiSmorodinsky,
    /// The same gain for everybody.
    EqualSplit,
    /// The Shapley value of the plan.
    Shapley,
}

/// A court.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Court {
    /// Chance that it finds for the injured.
    pub p_win: f64,
    /// Years until a fine is paid.
    pub delay: usize,
    /// Cost of a case to each side, MUSD.
    pub cost: f64,
}

/// The longest delay of a court, years.
pub const MAX_DELAY: usize = 10;

/// Who may come and go, in years from the first.
#[derive(Debug, Clone, PartialEq)]
pub struct Membership {
    /// Whether members can leave.
    pub exit: bool,
    /// Years between notice and effect.
    pub exit_notice: usize,
    /// Whether they suspend their membership rather than leave.
    pub suspension: bool,
    /// Years that must pass before a return, and its chance per year.
    pub rejoin: Option<(usize, f64)>,
    /// First year in which each state may come in; `None` for those that may not.
    pub entry_year: Vec<Option<usize>>,
    /// Chance per year that a willing candidate comes in.
    pub entry_hazard: f64,
    /// Given moves: year, state, whether it comes in.
    pub history: Vec<(usize, usize, bool)>,
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
    /// Position among the tables in the layout of draws: the domain,
    /// or the number of domains for the package.
    pub layout_index: usize,
    /// The domains on it.
    pub domains: Vec<usize>,
    /// Whether the commission alone decides.
    pub delegated: bool,
    /// Which of the organisation's bodies bargains here: 0 where there is one.
    pub body: usize,
    /// The body's members; nobody where all members of the organisation are.
    pub group: Members,
}

impl Table {
    /// Who sits at the table when `acting` members act.
    pub fn participants(&self, acting: Members) -> Members {
        if self.group.is_empty() { acting } else { acting.and(self.group) }
    }
}

/// Votes and what it takes to pass.
#[derive(Debug, Clone, PartialEq)]
pub struct VotingRule {
    /// Votes of each state.
    pub weights: Vec<f64>,
    /// Required share of the voters' votes; 1 is unanimity.
    pub required: f64,
    /// Required share of the voters by head, beside that of votes; 0 where only votes count.
    pub heads: f64,
    /// Noes that do not matter: 1 for consensus minus one, else 0.
    pub spare: usize,
}

impl VotingRule {
    /// Votes of a set of states.
    pub fn votes(&self, of: Members) -> f64 {
        of.iter().map(|state| self.weights[state]).sum()
    }
    /// Whether the yes votes among these voters pass. Without voters nothing does.
    pub fn passes(&self, yes: Members, voters: Members) -> bool {
        let yes = yes.and(voters);
        if voters.is_empty() {
            return false;
        }
        if self.spare > 0 {
            return yes.len() + self.spare >= voters.len() && yes.len() >= 2.min(voters.len());
        }
        self.votes(yes) >= self.required * self.votes(voters) * (1.0 - 1e-12)
            && yes.len() as f64 >= self.heads * voters.len() as f64 * (1.0 - 1e-12)
    }
    /// Whether everybody's consent is needed.
    pub fn is_unanimity(&self) -> bool {
        self.required >= 1.0 && self.spare == 0
    }
    /// The share of votes that a decision needs among this many members.
    pub fn share_needed(&self, members: usize) -> f64 {
        match self.spare {
            0 => self.required.max(self.heads),
            spare => 1.0 - spare as f64 / members.max(1) as f64,
        }
    }
}

impl Design {
    /// Bodies in which the organisation decides, one after the other.
    pub fn bodies(&self) -> usize {
        let own = self.tables.iter().map(|table| table.body + 1).max().unwrap_or(1);
        self.merger.as_ref().map_or(own, |(_, next)| own.max(next.bodies()))
    }

    /// Tables of the organisation, or of one that it merges into if that has more.
    pub fn most_tables(&self) -> usize {
        self.merger
            .as_ref()
            .map_or(self.tables.len(), |(_, next)| self.tables.len().max(next.most_tables()))
    }

    /// Pooling of sovereignty by one domain of a table: binding × (1 − required share of votes); 1
    /// if delegated.
    fn domain_pooling(&self, table: &Table) -> f64 {
        match (self.binding, table.delegated) {
            (false, _) => 0.0,
            (true, true) => 1.0,
            (true, false) => 1.0 - self.rule.share_needed(self.members.len()),
        }
    }

    /// What the treaty of one table pools: its domains' share of the organisation's
    /// [`Design::pooling`]. The treaties of all tables add up to it, so that no sovereignty is
    /// counted twice (ODD §7).
    pub fn table_pooling(&self, table: &Table) -> f64 {
        let domains: usize = self.tables.iter().map(|table| table.domains.len()).sum();
        self.domain_pooling(table) * table.domains.len() as f64 / domains.max(1) as f64
    }

    /// Pooling of sovereignty (ODD §7): averaged over the domains on the agenda.
    pub fn pooling(&self) -> f64 {
        self.tables.iter().map(|table| self.table_pooling(table)).sum()
    }
}
