//! Anticipation of a deal: its expected gains, and whether all obligations would be performed, in
//! every state of the world (ODD §8, §9).

use super::acts::{Conduct, Due};
use super::appraisal::{Appraisals, Participants, appraise, expected_ballot};
use super::deal::Deal;
use super::ledger::{Account, SlotBook};
use super::prepared::Prepared;
use crate::domain::{Cell, Sample};
use crate::ids::{MAX_DOMAINS, MAX_SLOTS, MAX_STATES, Members};
use crate::numeric::power;
use crate::organisation::{Ballot, Terms, share};
use crate::plan::Plan;
use crate::scenario::raw::Season;
use crate::scenario::raw::organisation::DecisionMode;
use crate::scenario::types::Scenario;
use crate::scenario::types::design::Table;

/// A choice of depths at a table, evaluated over all states of the world.
pub(super) struct Outlook<'a> {
    pub scenario: &'a Scenario,
    pub prepared: &'a Prepared,
    pub table: &'a Table,
    pub members: Members,
    pub levels: &'a [Option<usize>],
}

/// The deal in one state of the world.
struct Prospect<'a> {
    weight: f64,
    /// States that owe; empty where the vote fails.
    bound: Members,
    plans: [Option<Plan<'a>>; MAX_DOMAINS],
    transfers: [f64; MAX_STATES],
    ballot: Ballot,
}

impl<'a> Outlook<'a> {
    /// Returns the number of states of the world: the product of those of the domains, up to 4096.
    ///
    /// Beyond that it is the largest of these, and all domains advance through their cells
    /// together.
    fn cells(&self) -> usize {
        const MOST: usize = 4096;
        let counts =
            self.table.domains.iter().map(|&domain| self.prepared.samples[domain].cells.len());
        let product = counts
            .clone()
            .try_fold(1usize, |all, count| all.checked_mul(count).filter(|all| *all <= MOST));
        product.unwrap_or_else(|| counts.max().unwrap_or(0))
    }

    /// Returns the cell of one domain in a state of the world.
    fn own_cell(&self, index: usize, at: usize) -> usize {
        let counts = |at: usize| self.prepared.samples[self.table.domains[at]].cells.len();
        let before: usize = (0..at).map(counts).product();
        let all: usize = (0..self.table.domains.len()).map(counts).product();
        if all == self.cells() { index / before % counts(at) } else { index % counts(at) }
    }

    fn cell(&self, index: usize, terms: Terms) -> Option<Prospect<'a>> {
        let mut plans = [None; MAX_DOMAINS];
        let mut weight = 1.0;
        for (at, &domain) in self.table.domains.iter().enumerate() {
            let Sample { grid, cells } = &self.prepared.samples[domain];
            let own = self.own_cell(index, at);
            let Cell { year, lane, probability } = cells[own];
            weight *= probability;
            plans[at] = self.levels[at].map(|level| grid.plan(year, level, lane));
        }
        if weight == 0.0 {
            return None;
        }
        let (transfers, ballot) = self.account_for(&plans, self.members, terms);
        let whole = Prospect { weight, bound: self.members, plans, transfers, ballot };
        let design = &self.prepared.design;
        if self.table.delegated || design.mode == DecisionMode::Standing {
            return Some(whole);
        }
        // Where each year decides anew, votes are best replies. If the vote passes, a binding
        // design binds all members and another those that vote yes; else no state is bound.
        let yes = whole.ballot.content(self.members);
        let bound = match (design.rule.passes(yes, self.members), design.binding) {
            (true, true) => self.members,
            (true, false) => yes,
            (false, _) => Members::NONE,
        };
        let (transfers, ballot) = self.account_for(&plans, bound, terms);
        Some(Prospect { bound, transfers, ballot, ..whole })
    }

    /// Returns transfers, expected gains and stakes when `bound` owe, MUSD.
    fn account_for(
        &self,
        plans: &[Option<Plan<'a>>; MAX_DOMAINS],
        bound: Members,
        terms: Terms,
    ) -> ([f64; MAX_STATES], Ballot) {
        let (prepared, certain) = (self.prepared, [1.0; MAX_STATES]);
        let mut alone = [Appraisals::default()];
        let participants = Participants { bound: [bound], members: [self.members] };
        for (plan, &domain) in plans.iter().zip(&self.table.domains) {
            if let Some(plan) = plan {
                appraise(&mut alone, prepared, domain, &[*plan], &participants, &|_, _, _| 1.0);
                // States of the world have no year: the option counts with its first value.
                for option in &self.scenario.outside_options[domain] {
                    alone[0].forgo(prepared, option.state, &[option.value], &[bound]);
                }
            }
        }
        let whole = alone[0].whole();
        let paid = if prepared.design.money {
            let sharing = terms.sharing.and(bound);
            let weights = prepared.bargaining_weights(terms.concedes);
            share(prepared.design.sharing, &whole, sharing, weights, terms.nash_share)
        } else {
            [0.0; MAX_STATES]
        };
        (paid, expected_ballot(self.scenario, &whole, &paid, &certain, self.members))
    }

    /// Returns the number of audits of each state in a state of the world: the seasons in which it
    /// owes something, payments included.
    fn audits(&self, cell: &Prospect<'_>) -> [u32; MAX_STATES] {
        let mut owing = [Members::NONE; 2];
        for (plan, &domain) in cell.plans.iter().zip(&self.table.domains) {
            let Some(plan) = plan else {
                continue;
            };
            for (slot, info) in self.prepared.slots[domain].iter().enumerate() {
                if self.prepared.is_due(plan, domain, slot, cell.bound) {
                    let season = &mut owing[info.season as usize];
                    *season = season.with(info.obligor);
                }
            }
        }
        for state in cell.bound.iter().filter(|&state| cell.transfers[state] < 0.0) {
            owing[1] = owing[1].with(state);
        }
        std::array::from_fn(|state| {
            owing.iter().map(|season| u32::from(season.contains(state))).sum()
        })
    }

    /// Returns the expected yearly gain of each state with full compliance, lawful suspensions and
    /// grants included, MUSD.
    pub(super) fn stationary_gain(&self, terms: Terms) -> [f64; MAX_STATES] {
        let (mut gain, mut total) = ([0.0; MAX_STATES], 0.0);
        let design = &self.prepared.design;
        for index in 0..self.cells() {
            if let Some(cell) = self.cell(index, terms) {
                total += cell.weight;
                let lawful = self.with_suspensions(&cell, index);
                for (gain, expected) in gain.iter_mut().zip(lawful.unwrap_or(cell.ballot.gain)) {
                    *gain += cell.weight * expected;
                }
                if design.grant > 0.0 {
                    // A grant is paid where something was due and no false case was established.
                    for (gain, count) in
                        gain.iter_mut().zip(self.audits(&cell)).filter(|(_, count)| *count > 0)
                    {
                        let none = 1.0 - self.prepared.enforcement.false_case;
                        *gain += cell.weight * design.grant * power(none, count as usize);
                    }
                }
            }
        }
        gain.map(|gain| if total > 0.0 { gain / total } else { 0.0 })
    }

    /// Returns the states' gains in a state of the world in which an escape clause applies and is
    /// used, MUSD; `None` where it does not apply.
    fn with_suspensions(&self, cell: &Prospect<'_>, index: usize) -> Option<[f64; MAX_STATES]> {
        let deal = self.deal(cell, index, [0.0; MAX_STATES], 0.0);
        if deal.escapes.iter().flatten().all(|states| states.is_empty()) {
            return None;
        }
        let mut gain = [0.0; MAX_STATES];
        let mut conduct = Lawful { expected: self.expected(&deal), gain: &mut gain };
        let (performed, account) = walk(&deal, self.prepared, &mut conduct);
        for (plan, &domain) in deal.plans.iter().zip(&self.table.domains) {
            let Some(plan) = plan else { continue };
            let first = self.prepared.first_slot[domain];
            let own = &performed[first..first + plan.slots()];
            let least = own.iter().copied().fold(1.0, f64::min);
            for (slot, info) in self.prepared.slots[domain].iter().enumerate() {
                let done = if self.prepared.joint[domain] { least } else { own[slot] };
                gain[info.obligor] -= plan.cost(slot) * done;
                for (state, gain) in gain.iter_mut().enumerate().take(self.prepared.states()) {
                    *gain += plan.benefit(slot, state) * done;
                }
            }
        }
        let earned = |state: usize| deal.transfers[state].max(0.0) * deal.earned(&account, state);
        let all: f64 = deal.bound.iter().map(earned).sum();
        let mut paid = 0.0;
        deal.walk_payments(self.prepared, &account, |due| {
            let suspended = due.obligation.lawful && due.incentive.ratio() < -1e-12;
            let part = if suspended { self.prepared.paid_if_suspended() } else { 1.0 };
            let (payer, share) = (due.obligation.obligor, due.obligation.share);
            let sum = -deal.transfers[payer] * share * part;
            gain[payer] -= sum;
            paid += sum;
        });
        if all > 0.0 {
            deal.bound.iter().for_each(|state| gain[state] += paid * earned(state) / all);
        }
        Some(gain)
    }

    /// Returns the deal in a state of the world.
    fn deal<'d>(
        &'d self,
        cell: &Prospect<'d>,
        index: usize,
        gain: [f64; MAX_STATES],
        reputation: f64,
    ) -> Deal<'d> {
        let mut deal = Deal {
            plans: cell.plans,
            domains: &self.table.domains,
            bound: cell.bound,
            transfers: cell.transfers,
            regime_gain: gain.map(|gain| gain.max(0.0)),
            audience: [0.0; MAX_STATES],
            trust_in_payers: [1.0; MAX_STATES],
            cases: [0; MAX_STATES],
            withdrawal: None,
            escapes: [[Members::NONE; 2]; MAX_DOMAINS],
        };
        for state in self.members.iter() {
            deal.audience[state] = self.scenario.states[state].audience_share
                * cell.ballot.stake[state]
                * self.prepared.audience_multiplier
                * reputation;
        }
        if let Some(escape) = &self.prepared.escape {
            // Natural conditions are those of the domain with the most cells: a river, if any.
            let cells = |at: usize| self.prepared.samples[self.table.domains[at]].cells.len();
            let most = (0..self.table.domains.len()).max_by_key(|&at| cells(at)).unwrap_or(0);
            let is_met = escape.is_met_in_pilot(self.own_cell(index, most));
            deal.escapes = escape.escapes(self.prepared, &deal, self.levels, is_met);
        }
        deal
    }

    fn expected<'d>(&self, deal: &'d Deal<'d>) -> Expected<'d>
    where
        'a: 'd,
    {
        Expected { prepared: self.prepared, deal, kept: true }
    }

    /// Returns the largest share of the Nash share, up to the given one, at which every obligation
    /// would be performed in every state of the world; `None` if there is none.
    pub(super) fn sustainable_share(&self, terms: Terms, reputation: f64) -> Option<f64> {
        let holds = |share: f64| self.holds(Terms { nash_share: share, ..terms }, reputation);
        if holds(terms.nash_share) {
            return Some(terms.nash_share);
        }
        if !self.prepared.design.money {
            // Without money nothing is shared, so a smaller share would not help.
            return None;
        }
        const STEPS: usize = 32;
        let lower = |step: usize| terms.nash_share * step as f64 / STEPS as f64;
        let step = (0..STEPS).rev().find(|&step| holds(lower(step)))?;
        let (mut low, mut high) = (lower(step), lower(step + 1));
        for _ in 0..40 {
            let middle = 0.5 * (low + high);
            if holds(middle) {
                low = middle;
            } else {
                high = middle;
            }
        }
        Some(low)
    }

    fn holds(&self, terms: Terms, reputation: f64) -> bool {
        let gain = self.stationary_gain(terms);
        (0..self.cells()).all(|index| {
            let Some(cell) = self.cell(index, terms) else { return true };
            let deal = self.deal(&cell, index, gain, reputation);
            let mut expected = self.expected(&deal);
            let (_, account) = walk(&deal, self.prepared, &mut expected);
            deal.walk_payments(self.prepared, &account, |due| {
                expected.perform(due);
            });
            expected.kept
        })
    }
}

/// Walks the acts of both seasons. Returns the performed fractions by act slot, and the account.
fn walk(
    deal: &Deal<'_>,
    prepared: &Prepared,
    conduct: &mut impl Conduct,
) -> ([f64; MAX_SLOTS], Account) {
    let (mut performed, mut answered) = ([0.0; MAX_SLOTS], [0.0; MAX_SLOTS]);
    let mut value = [0.0; MAX_SLOTS];
    let mut book = SlotBook {
        performed: &mut performed,
        answered: &mut answered,
        value: &mut value,
        account: None,
    };
    let mut account = Account::default();
    deal.open_account(prepared, book.value, &mut account);
    for season in [Season::Summer, Season::Winter] {
        deal.walk_acts(prepared, season, &mut account, &mut book, conduct);
    }
    (performed, account)
}

/// Conduct that members expect of obligors: everything is performed as planned, except what is to
/// be suspended lawfully. Records whether performing would be to each obligor's advantage.
struct Expected<'d> {
    prepared: &'d Prepared,
    deal: &'d Deal<'d>,
    /// Whether performing has been to the advantage of every obligor so far.
    kept: bool,
}

impl Conduct for Expected<'_> {
    fn trust(&self, _: usize, _: usize, _: usize) -> f64 {
        1.0
    }
    fn cost_when_due(&self, domain: usize, plan: &Plan<'_>, slot: usize) -> f64 {
        self.deal.planned_cost(self.prepared, plan, domain, slot)
    }
    fn effect(&self, _: usize, _: usize, _: f64) -> f64 {
        1.0
    }
    fn perform(&mut self, due: Due) -> f64 {
        let performs = due.incentive.ratio() >= -1e-12;
        if due.obligation.lawful {
            return f64::from(u8::from(performs));
        }
        self.kept &= performs;
        1.0
    }
}

/// The same conduct, with the compensation for lawful suspensions entered in `gain`, MUSD.
struct Lawful<'d, 'g> {
    expected: Expected<'d>,
    gain: &'g mut [f64; MAX_STATES],
}

impl Conduct for Lawful<'_, '_> {
    fn trust(&self, domain: usize, observer: usize, other: usize) -> f64 {
        self.expected.trust(domain, observer, other)
    }
    fn cost_when_due(&self, domain: usize, plan: &Plan<'_>, slot: usize) -> f64 {
        self.expected.cost_when_due(domain, plan, slot)
    }
    fn effect(&self, domain: usize, slot: usize, amount: f64) -> f64 {
        self.expected.effect(domain, slot, amount)
    }
    fn perform(&mut self, due: Due) -> f64 {
        let done = self.expected.perform(due);
        if due.obligation.lawful && done == 0.0 {
            self.expected.deal.compensate(&due, self.gain);
        }
        done
    }
}
