//! The validated design of an organisation: all switches, as the simulation reads them (ODD §7).

use crate::ids::Members;
use crate::numeric::least_common_multiple;
use crate::scenario::raw::organisation::{
    Abstention, CourtTable, DecisionMode, EscapeTable, Fine, Proposer, Renewal, Sanction,
};
use crate::scenario::raw::sanctions as raw;

/// A design ready for simulation on one scenario.
#[derive(Debug, Clone)]
pub struct Design {
    /// Id.
    pub name: String,
    /// Title in one line.
    pub title: String,
    /// Whether decisions bind (the master switch).
    pub binding: bool,
    /// Founding members.
    pub members: Members,
    /// How long a decision stands.
    pub mode: DecisionMode,
    /// Votes required to adopt a proposal.
    pub rule: VotingRule,
    /// How members that are neither for nor against are counted.
    pub abstention: Abstention,
    /// Largest expected loss, in stakes, at which a member abstains where it can.
    pub abstention_band: f64,
    /// Whether members that voted against a binding decision stay out of it.
    pub opt_out: bool,
    /// Smallest number of bound states that a plan needs.
    pub minimum_participation: usize,
    /// Years in arrears after which a vote is suspended; `None` if dues are always paid.
    pub arrears_years: Option<u32>,
    /// Who makes proposals.
    pub proposer: Proposer,
    /// Negotiating tables.
    pub tables: Vec<Table>,
    /// Stages in which domains are opened.
    pub stages: Vec<Stage>,
    /// Whether fuel may be delivered as compensation.
    pub in_kind: bool,
    /// Whether money may be paid as compensation.
    pub money: bool,
    /// How surplus is shared.
    pub sharing: Sharing,
    /// Share of the Nash share up to which receivers are compensated (1 whole, ½ frugal, 0 none).
    pub nash_share: f64,
    /// Share of payments that is paid in before the act.
    pub escrow: f64,
    /// Share by which the weight of the participant with the largest gross domestic product is
    /// reduced until a decision has been adopted at a table, and that state; `None` if it is not.
    pub opening_concession: Option<(f64, usize)>,
    /// Whether only plans are proposed that would be kept in every state of the world.
    pub anticipate_compliance: bool,
    /// Probability that the audit of a season reports a breach, confidence measures included.
    pub detection: f64,
    /// Probability that the audit of a season without a breach reports one.
    pub false_alarm: f64,
    /// Whether members that were owed nothing receive reports.
    pub transparency: bool,
    /// Good pseudo-counts per year, domain and pair of members from organs.
    pub informed_counts: f64,
    /// The same from confidence measures, by domain.
    pub confidence_counts: Vec<f64>,
    /// Fine per case.
    pub fine: Fine,
    /// Response to an established shortfall, besides the fine.
    pub response: Response,
    /// Share of what a state owes in a season, by value, below which a shortfall is no case.
    pub materiality: f64,
    /// Escape clause, if any.
    pub escape: Option<EscapeTable>,
    /// Court that decides on reported shortfalls, if any.
    pub court: Option<CourtTable>,
    /// Factor on audience costs if decisions bind.
    pub audience_multiplier: f64,
    /// Whether framework treaties need ratification.
    pub ratify_frameworks: bool,
    /// Probability per year that a willing state completes ratification.
    pub ratification_hazard: f64,
    /// Reduction of the threshold of ratification by organs, stakes.
    pub ratification_ease: f64,
    /// Number of ratifications that entry into force requires.
    pub ratification_minimum: usize,
    /// Ratification of the founding treaty; `None` if it is in force from the start.
    pub founding: Option<Founding>,
    /// Rules of exit, entry and return.
    pub membership: Membership,
    /// Length of a treaty term in years, and how renewal is decided; `None` for a treaty without
    /// end.
    pub term: Option<(usize, Renewal)>,
    /// Year from the first, and the design that applies from then on; `None` without a merger.
    pub merger: Option<(usize, Box<Design>)>,
    /// Organisations that exist at the same time, in the order in which they decide.
    pub beside: Vec<Design>,
    /// Grant to each state for a year in which it owed something and no breach was reported, MUSD.
    pub grant: f64,
    /// Share by which aid of donors and organs reduce slippage.
    pub capacity_aid: f64,
    /// Share of defaulted payments that donors make good.
    pub guarantee: f64,
    /// Cost of secretariat, meetings and organs, MUSD per year.
    pub secretariat: f64,
    /// Share of the agenda that no other organisation serves: 1 − overlap.
    pub scope: f64,
    /// Overhead of delegation, MUSD per year and delegated domain.
    pub delegation_overhead: f64,
    /// Factor on the number of depth levels among which proposals choose.
    pub depth_factor: usize,
    /// Whether a rejected proposal may be voted on once more in its year, one depth level lower.
    pub reconciles: bool,
    /// Increase of the share of damage that agreed efforts for security avert.
    pub efficacy: f64,
}

/// How surplus is shared if money can be paid (ODD §8).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sharing {
    /// The asymmetric Nash solution with receivers' distrust.
    Nash,
    /// Gains in proportion to the largest gain that each state could have.
    KalaiSmorodinsky,
    /// Equal gains for all states.
    EqualSplit,
    /// The Shapley value of the plan.
    Shapley,
}

/// Response to an established shortfall: the first case of a state takes the first step, its n-th
/// within `memory` years the n-th; the last step applies to all further cases. Without steps there
/// is no response.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Response {
    /// Steps, each graver than the one before.
    pub steps: Vec<Sanction>,
    /// Years in which a case counts, its own included.
    pub memory: u32,
}

impl Response {
    /// Returns the response of a file.
    pub fn of(file: &raw::Response) -> Self {
        let single = |step| Response { steps: vec![step], memory: 0 };
        match file {
            raw::Response::None => Response::default(),
            raw::Response::Reciprocity(table) => single(Sanction::Reciprocity(*table)),
            raw::Response::VoteSuspension(table) => single(Sanction::VoteSuspension(*table)),
            raw::Response::Collapse(table) => single(Sanction::Collapse(*table)),
            raw::Response::Graduated(table) => {
                Response { steps: table.steps.clone(), memory: table.memory }
            }
        }
    }

    /// Returns the step that a state's case takes, given the number of its cases before.
    pub fn step(&self, cases: u32) -> Sanction {
        let last = self.steps.len().saturating_sub(1);
        self.steps.get(last.min(cases as usize)).copied().unwrap_or(Sanction::None)
    }

    /// Returns whether any step satisfies a condition.
    pub fn has(&self, condition: impl Fn(&Sanction) -> bool) -> bool {
        self.steps.iter().any(condition)
    }
}

/// Longest delay of a court, years.
pub const MAX_DELAY: usize = 10;

/// Rules of exit, entry and return. Years count from the first simulated year, which is 0.
#[derive(Debug, Clone, PartialEq)]
pub struct Membership {
    /// Whether members can leave.
    pub exit: bool,
    /// Years from notice to exit.
    pub exit_notice: usize,
    /// Whether members suspend their membership instead of leaving.
    pub suspension: bool,
    /// Years before a return, and its probability per year; `None` if there is no return.
    pub rejoin: Option<(usize, f64)>,
    /// First year in which each state may join; `None` for states that may not.
    pub entry_year: Vec<Option<usize>>,
    /// Probability per year that a willing candidate joins.
    pub entry_hazard: f64,
    /// Prescribed moves, by year: year, state, whether the state joins.
    pub history: Vec<(usize, usize, bool)>,
    /// States that act without a vote.
    pub associates: Members,
    /// States that see reports only.
    pub observers: Members,
}

/// Ratification of the founding treaty.
#[derive(Debug, Clone)]
pub struct Founding {
    /// Probability of ratification per year, by state.
    pub hazard: Vec<f64>,
    /// Whether the treaty applies before it is ratified.
    pub provisional: bool,
}

/// A stage of the agenda.
#[derive(Debug, Clone, PartialEq)]
pub struct Stage {
    /// Positions of the domains that it opens.
    pub domains: Vec<usize>,
    /// First year, from the first simulated year.
    pub year: usize,
    /// Success that it requires, if any.
    pub after: Option<Success>,
    /// Largest depth that can be agreed on from then on.
    pub depth: f64,
}

/// Success in some domains: a delivered share of their joint optimum, for some years in a row.
#[derive(Debug, Clone, PartialEq)]
pub struct Success {
    /// Positions of the domains.
    pub domains: Vec<usize>,
    /// Delivered share.
    pub delivered: f64,
    /// Number of years in a row.
    pub years: u32,
}

/// A negotiating table: one domain, or several as a package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// Position in the layout of draws: the domain, or the number of domains for a package.
    pub layout_index: usize,
    /// Positions of its domains in the scenario.
    pub domains: Vec<usize>,
    /// Whether a commission decides alone.
    pub delegated: bool,
    /// Position of the body that negotiates here; 0 if there is only one.
    pub body: usize,
    /// Members of the body; empty if it consists of all members of the organisation.
    pub group: Members,
    /// States that take no part in its domains.
    pub excluded: Members,
    /// State that makes the proposals as long as it is a member; `None` for the design's rule.
    pub coordinator: Option<usize>,
}

impl Table {
    /// Returns the participants if the members `acting` act.
    pub fn participants(&self, acting: Members) -> Members {
        let own = if self.group.is_empty() { acting } else { acting.and(self.group) };
        Members(own.0 & !self.excluded.0)
    }
}

/// Votes of the states, and the votes required to adopt a proposal.
#[derive(Debug, Clone, PartialEq)]
pub struct VotingRule {
    /// Votes by state.
    pub weights: Vec<f64>,
    /// Required share of the votes of all voters; 1 is unanimity.
    pub required: f64,
    /// Required share of the number of voters, in addition to that of votes; 0 if only votes count.
    pub member_share: f64,
    /// Number of noes without effect: 1 for consensus minus one, else 0.
    pub allowed_dissents: usize,
}

impl VotingRule {
    /// Returns the votes of a set of states.
    pub fn votes(&self, of: Members) -> f64 {
        of.iter().map(|state| self.weights[state]).sum()
    }
    /// Whether the yes votes among these voters adopt a proposal. Without voters nothing is
    /// adopted.
    pub fn passes(&self, yes: Members, voters: Members) -> bool {
        let yes = yes.and(voters);
        if voters.is_empty() {
            return false;
        }
        if self.allowed_dissents > 0 {
            return yes.len() + self.allowed_dissents >= voters.len()
                && yes.len() >= 2.min(voters.len());
        }
        self.votes(yes) >= self.required * self.votes(voters) * (1.0 - 1e-12)
            && yes.len() as f64 >= self.member_share * voters.len() as f64 * (1.0 - 1e-12)
    }
    /// Whether the consent of all is needed.
    pub fn is_unanimity(&self) -> bool {
        self.required >= 1.0 && self.allowed_dissents == 0
    }
    /// Returns the share of votes that a decision needs among so many members.
    pub fn share_needed(&self, members: usize) -> f64 {
        match self.allowed_dissents {
            0 => self.required.max(self.member_share),
            allowed_dissents => 1.0 - allowed_dissents as f64 / members.max(1) as f64,
        }
    }
}

impl Design {
    /// Returns the number of bodies, or that of an organisation that it merges into if larger.
    pub fn bodies(&self) -> usize {
        let own = self.tables.iter().map(|table| table.body + 1).max().unwrap_or(1);
        let all = self.beside.iter().map(Design::bodies).fold(own, usize::max);
        self.merger.as_ref().map_or(all, |(_, next)| all.max(next.bodies()))
    }

    /// Returns a number of which the factors on depth levels of this design and of those that it
    /// merges into are divisors.
    pub fn depth_factor(&self) -> usize {
        let next = self.merger.as_ref().map_or(1, |(_, next)| next.depth_factor());
        let all = self.beside.iter().map(Design::depth_factor).fold(next, least_common_multiple);
        least_common_multiple(self.depth_factor, all)
    }

    /// Returns the number of stages of the agenda, or that of an organisation that it merges into
    /// if larger.
    pub fn most_stages(&self) -> usize {
        let next = self.merger.as_ref().map_or(0, |(_, next)| next.most_stages());
        let all = self.beside.iter().map(Design::most_stages).fold(next, usize::max);
        self.stages.len().max(all)
    }

    /// Places organisations beside this one: their bodies decide after its own, in the given order.
    /// What others do too then follows from the run, so that overlap is 0.
    pub fn stand_beside(&mut self, others: Vec<Design>) {
        self.beside.clear();
        for mut other in others {
            let (first, own) = (self.bodies(), other.tables.iter().map(|table| table.body).min());
            for table in &mut other.tables {
                table.body = table.body - own.unwrap_or(0) + first;
            }
            other.scope = 1.0;
            self.beside.push(other);
            self.scope = 1.0;
        }
    }

    /// Returns the number of organisations beside it, or that of an organisation that it merges
    /// into if larger.
    pub fn most_beside(&self) -> usize {
        let next = self.merger.as_ref().map_or(0, |(_, next)| next.most_beside());
        self.beside.len().max(next)
    }

    /// Returns the number of tables, or that of an organisation that it merges into if larger.
    pub fn most_tables(&self) -> usize {
        let all = self.beside.iter().map(Design::most_tables).fold(self.tables.len(), usize::max);
        self.merger.as_ref().map_or(all, |(_, next)| all.max(next.most_tables()))
    }

    /// Returns the pooling by one domain of a table: binding × (1 − required share of votes); 1 if
    /// delegated.
    fn domain_pooling(&self, table: &Table) -> f64 {
        match (self.binding, table.delegated) {
            (false, _) => 0.0,
            (true, true) => 1.0,
            (true, false) => 1.0 - self.rule.share_needed(self.members.len()),
        }
    }

    /// Returns the share of [`Design::pooling`] that the treaty of one table pools. The shares of
    /// all tables add up to the whole, so that no sovereignty is counted twice (ODD §7).
    pub fn table_pooling(&self, table: &Table) -> f64 {
        let domains: usize = self.tables.iter().map(|table| table.domains.len()).sum();
        self.domain_pooling(table) * table.domains.len() as f64 / domains.max(1) as f64
    }

    /// Returns the pooling of sovereignty, averaged over the domains on the agenda (ODD §7).
    pub fn pooling(&self) -> f64 {
        self.tables.iter().map(|table| self.table_pooling(table)).sum()
    }
}
