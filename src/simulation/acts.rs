//! The acts of a regime in a year, in the order in which they fall due (ODD §6, steps 8 and 10;
//! §9).
//!
//! Terms of the decisions are computed in `reckoning`. One walk over the obligations serves both the simulated year and its anticipation. What is
//! performed is decided by the caller's [`Conduct`].

use super::context::YearContext;
use super::prepared::Prepared;
use super::reckoning::Obligation;
use super::regime::Regime;
use crate::behaviour::{Incentive, collapse_chance};
use crate::ids::{MAX_DOMAINS, MAX_STATES, Members};
use crate::organisation::Enforcement;
use crate::plan::Plan;
use crate::scenario::raw::organisation::Sanction;
use crate::scenario::raw::{Continuation, Season};
use crate::scenario::types::design::Table;

/// The obligations and payments of a regime in a year.
#[derive(Debug, Clone, Copy)]
pub(super) struct Deal<'a> {
    /// Plans, by position in the table's list of domains.
    pub plans: [Option<Plan<'a>>; MAX_DOMAINS],
    /// The domains at those positions.
    pub domains: &'a [usize],
    /// States that owe.
    pub bound: Members,
    /// Promised net transfer to each state, MUSD.
    pub transfers: [f64; MAX_STATES],
    /// Expected gain max(G, 0) by state, MUSD per year.
    pub regime_gain: [f64; MAX_STATES],
    /// Audience cost by state, MUSD.
    pub audience: [f64; MAX_STATES],
    /// Trust of each state in the states that pay it, share.
    pub trust_in_payers: [f64; MAX_STATES],
    /// Number of each state's cases that are remembered.
    pub cases: [u32; MAX_STATES],
    /// Withdrawal of concessions in force this year, if any.
    pub withdrawal: Option<&'a Withdrawal>,
    /// States that may lawfully suspend their obligations, by position in the table's list of
    /// domains and season.
    pub escapes: [[Members; 2]; MAX_DOMAINS],
}

/// Withdrawal of concessions in a year.
#[derive(Debug, Clone, Default)]
pub(super) struct Withdrawal {
    /// Share withheld of each act slot of the body.
    pub acts: Vec<f64>,
    /// Share withheld of the money that each state is to receive.
    pub payments: [f64; MAX_STATES],
}

/// An obligation as it falls due.
#[derive(Debug, Clone, Copy)]
pub(super) struct Due {
    /// Position in the table's list of domains; `None` for a payment.
    pub domain: Option<usize>,
    /// Slot within the domain (acts) or the paying state (payments).
    pub slot: usize,
    /// The obligation.
    pub obligation: Obligation,
    /// Terms of the decision to perform it.
    pub incentive: Incentive,
}

/// Costs and obligations of a regime in the course of a year.
#[derive(Debug, Clone, Default)]
pub(super) struct Account {
    /// Expected cost of what each state owes, by season, MUSD.
    pub cost: [[f64; MAX_STATES]; 2],
    /// Value to others of what each state owes, by season, MUSD; of a payment, its sum.
    pub value: [[f64; MAX_STATES]; 2],
    /// Value of all that is owed in the year, MUSD.
    all: f64,
    /// States that owe something, by season.
    due: [Members; 2],
    /// What others owe to each state, MUSD; only where a response withdraws it.
    pub received: [f64; MAX_STATES],
    /// Chance of collapse if nothing is performed, by season and state; only where a response is
    /// collapse.
    pub collapse: [[f64; MAX_STATES]; 2],
    /// Chance that the regime survives the false cases of a year.
    pub survives: f64,
    /// Promised cost of each state's summer acts, MUSD.
    summer_cost: [f64; MAX_STATES],
    /// Performed part of `summer_cost`, MUSD.
    summer_done: [f64; MAX_STATES],
}

impl Account {
    /// Sets everything to 0 for the first `states` states.
    fn clear(&mut self, states: usize) {
        let Account { cost, value, all, due, received, collapse, survives, .. } = self;
        (*all, *due, *survives) = (0.0, [Members::NONE; 2], 1.0);
        for row in cost.iter_mut().chain(value).chain(collapse) {
            row[..states].fill(0.0);
        }
        received[..states].fill(0.0);
        self.summer_cost[..states].fill(0.0);
        self.summer_done[..states].fill(0.0);
    }

    /// Returns the value of what a state owes in a season as a share of all that is owed in the
    /// year; equal shares where nothing has a value.
    pub(super) fn of_all(&self, season: Season, state: usize) -> f64 {
        if self.all > 0.0 {
            self.value[season as usize][state] / self.all
        } else {
            1.0 / (self.due[0].len() + self.due[1].len()).max(1) as f64
        }
    }

    /// Returns a value as a share of all that is owed in the year.
    pub(super) fn share_of_all(&self, value: f64, season: Season, state: usize, v: f64) -> f64 {
        if self.all > 0.0 { value / self.all } else { v * self.of_all(season, state) }
    }

    /// Returns the states that owe something in a season.
    pub(super) fn due_in(&self, season: Season) -> Members {
        self.due[season as usize]
    }
}

/// Chances that states perform, as others reckon them from the terms of a deal; 1 where they do not
/// reckon.
#[derive(Debug, Clone)]
pub(super) struct Chances {
    /// Whether anything is reckoned.
    known: bool,
    states: usize,
    /// Of what a state owes in a domain, by value: `[domain][state]`.
    acts: Vec<f64>,
    /// Of its payments, by state.
    pub payments: [f64; MAX_STATES],
    /// Value of what each state owes in a domain, MUSD; scratch.
    values: Vec<f64>,
}

impl Default for Chances {
    fn default() -> Self {
        Chances::new(0, 0)
    }
}

impl Chances {
    /// Creates chances for a number of domains and states; nothing is reckoned.
    pub(super) fn new(domains: usize, states: usize) -> Self {
        let acts = vec![1.0; domains * states];
        Chances { known: false, states, values: acts.clone(), acts, payments: [1.0; MAX_STATES] }
    }

    /// Sets all chances to 1.
    pub(super) fn forget(&mut self) {
        self.known = false;
        self.payments = [1.0; MAX_STATES];
    }

    /// Returns the chance that a state performs what it owes in a domain.
    #[inline(always)]
    pub(super) fn acts(&self, domain: usize, state: usize) -> f64 {
        if self.known { self.acts[domain * self.states + state] } else { 1.0 }
    }
}

/// Conduct of obligors by which others reckon their chances: all perform as planned.
struct Reckoned<'d, F> {
    prepared: &'d Prepared,
    deal: &'d Deal<'d>,
    trust: F,
    /// Value of what is expected and of what is owed, MUSD.
    chances: &'d mut Chances,
}

impl<F: Fn(usize, usize, usize) -> f64> Conduct for Reckoned<'_, F> {
    fn trust(&self, domain: usize, observer: usize, other: usize) -> f64 {
        (self.trust)(domain, observer, other)
    }
    fn cost_when_due(&self, domain: usize, plan: &Plan<'_>, slot: usize) -> f64 {
        self.deal.planned_cost(self.prepared, plan, domain, slot)
    }
    fn effect(&self, _: usize, _: usize, _: f64) -> f64 {
        1.0
    }
    fn perform(&mut self, due: Due) -> f64 {
        if let Some(at) = due.domain {
            let Obligation { obligor, injury, .. } = due.obligation;
            let chance = self.prepared.patience[obligor].chance(due.incentive.ratio());
            let place = self.deal.domains[at] * self.chances.states + obligor;
            self.chances.values[place] += injury;
            self.chances.acts[place] += injury * chance;
        }
        1.0
    }
}

/// Conduct of obligors: in a simulated year, or as members expect it of each other.
pub(super) trait Conduct {
    /// Returns the trust of an observer in another state in a domain, share.
    fn trust(&self, domain: usize, observer: usize, other: usize) -> f64;
    /// Returns the cost of full performance of an obligation when it falls due, MUSD.
    fn cost_when_due(&self, domain: usize, plan: &Plan<'_>, slot: usize) -> f64;
    /// Returns the part of an act that takes effect under this year's natural conditions, share.
    fn effect(&self, domain: usize, slot: usize, amount: f64) -> f64;
    /// Decides on an obligation that is due. Returns the performed fraction.
    fn perform(&mut self, due: Due) -> f64;
}

/// Numbers by act slot of a body.
pub(super) struct SlotBook<'a> {
    /// Fraction that settlement applies to the plan's amount.
    pub performed: &'a mut [f64],
    /// Fraction to which later obligations respond. It differs from `performed` where an earlier
    /// act of the same season has scaled the amount already (a state that lets all arriving water
    /// pass has performed fully, however little arrives), and where a part is lawfully withheld.
    pub answered: &'a mut [f64],
    /// Value to others of the whole obligation, MUSD.
    pub value: &'a mut [f64],
    /// The same year with fewer causes of loss, where an account is kept.
    pub account: Option<&'a mut Counterfactual>,
}

/// Fractions by act slot if everything in force was performed (`whole`), if only lawful withholding
/// cut performance (`lawful`), and if breaches did too but not lack of capacity (`meant`): first as
/// settlement applies them, then as later obligations respond to them.
#[derive(Debug, Clone, Default)]
pub(super) struct Counterfactual {
    pub whole: [Vec<f64>; 2],
    pub lawful: [Vec<f64>; 2],
    pub meant: [Vec<f64>; 2],
    /// Position of the first slot of the body that acts.
    pub first: usize,
    /// Scratch: 1 where an obligation falls due.
    pub full: Vec<f64>,
}

impl Counterfactual {
    pub(super) fn new(slots: usize) -> Self {
        let rows = || [vec![0.0; slots], vec![0.0; slots]];
        Counterfactual {
            whole: rows(),
            lawful: rows(),
            meant: rows(),
            first: 0,
            full: vec![0.0; slots],
        }
    }

    /// Sets all fractions to 0.
    pub(super) fn clear(&mut self) {
        let Counterfactual { whole, lawful, meant, .. } = self;
        whole.iter_mut().chain(lawful).chain(meant).for_each(|row| row.fill(0.0));
    }

    /// Enters an obligation: `done` are the fractions performed under both. `effect` gives the part
    /// of a fraction that takes effect.
    fn enter(
        &mut self,
        slot: usize,
        (trigger, same_season): (Option<usize>, bool),
        withheld: f64,
        done: [f64; 2],
        effect: impl Fn(f64) -> f64,
    ) {
        let rows = [
            (&mut self.whole, 1.0, 0.0),
            (&mut self.lawful, done[0], withheld),
            (&mut self.meant, done[1], withheld),
        ];
        for ([performed, answered], done, withheld) in rows {
            let triggered = trigger.map_or(1.0, |trigger| answered[self.first + trigger]);
            let share = triggered * (1.0 - withheld);
            let at = self.first + slot;
            performed[at] = done * if same_season { 1.0 - withheld } else { share };
            answered[at] = done * share * effect(done * share) + triggered * withheld;
        }
    }
}

impl<'a> Deal<'a> {
    /// Returns the deal of a regime this year, with the terms entered in the regime.
    pub(super) fn of(
        now: YearContext<'a>,
        table: &'a Table,
        (regime, taken): (&Regime, &'a [f64]),
        bound: Members,
        reputation: f64,
        trust_in_payers: [f64; MAX_STATES],
    ) -> Deal<'a> {
        let YearContext { engine, prepared, .. } = now;
        let mut plans: [Option<Plan<'a>>; MAX_DOMAINS] = [None; MAX_DOMAINS];
        for (at, plan) in plans.iter_mut().enumerate().take(table.domains.len()) {
            *plan = prepared.plan_of(table, at, regime, taken);
        }
        let stationary = engine.scenario.behaviour.continuation == Continuation::Stationary;
        let mut deal = Deal {
            plans,
            domains: &table.domains,
            bound,
            transfers: regime.transfers,
            regime_gain: [0.0; MAX_STATES],
            audience: [0.0; MAX_STATES],
            trust_in_payers,
            cases: [0; MAX_STATES],
            withdrawal: None,
            escapes: [[Members::NONE; 2]; MAX_DOMAINS],
        };
        let memory = prepared.enforcement.response.memory;
        for state in bound.iter() {
            // Before the first year of a regime, its gain is what the state expects.
            let experience = &regime.experience[state];
            let expected = match (stationary, experience.has_started()) {
                (true, _) => regime.stationary[state],
                (false, true) => experience.value(),
                (false, false) => regime.ballot.gain[state],
            };
            deal.regime_gain[state] = expected.max(0.0);
            deal.audience[state] = engine.scenario.states[state].audience_share
                * regime.ballot.stake[state]
                * prepared.audience_multiplier
                * reputation;
            if memory > 0 {
                deal.cases[state] = regime.standing.remembered(state, memory);
            }
        }
        deal
    }

    /// Reckons the chances that obligors perform, at the terms of the deal and if all others perform
    /// (ODD §8). `trust` is that of an observer in another state in a domain.
    pub(super) fn reckon(
        &self,
        prepared: &Prepared,
        (book, account): (&mut SlotBook<'_>, &mut Account),
        chances: &mut Chances,
        trust: impl Fn(usize, usize, usize) -> f64,
    ) {
        self.open_account(prepared, book.value, account);
        chances.known = true;
        let states = chances.states;
        for &domain in self.domains {
            let own = domain * states..(domain + 1) * states;
            chances.acts[own.clone()].fill(0.0);
            chances.values[own].fill(0.0);
        }
        let mut conduct = Reckoned { prepared, deal: self, trust, chances };
        for season in [Season::Summer, Season::Winter] {
            self.walk_acts(prepared, season, account, book, &mut conduct);
        }
        for &domain in self.domains {
            let own = domain * states..(domain + 1) * states;
            let values = &chances.values[own.clone()];
            for (chance, value) in chances.acts[own].iter_mut().zip(values) {
                *chance = if *value > 0.0 { *chance / value } else { 1.0 };
            }
        }
        chances.payments = [1.0; MAX_STATES];
        for payer in self.bound.iter().filter(|&state| self.transfers[state] < 0.0) {
            let sum = -self.transfers[payer];
            let payment = self.payment(prepared, payer, sum, 1.0);
            let ratio = self.incentive(prepared, account, &payment).ratio();
            chances.payments[payer] = prepared.patience[payer].chance(ratio);
        }
    }

    /// Returns the obligation to pay the share `share` of a promised sum, MUSD.
    fn payment(&self, prepared: &Prepared, payer: usize, sum: f64, share: f64) -> Obligation {
        Obligation {
            obligor: payer,
            season: Season::Winter,
            cost: sum * share,
            at_stake: sum * share * (1.0 - prepared.design.escrow),
            promised: sum,
            share,
            injury: sum * share,
            reciprocity: 0.0,
            lawful: self.suspends_payments(),
        }
    }

    /// Returns the expected cost of an obligation to its obligor, MUSD.
    pub(super) fn planned_cost(
        &self,
        prepared: &Prepared,
        plan: &Plan<'_>,
        domain: usize,
        slot: usize,
    ) -> f64 {
        if prepared.joint[domain] {
            plan.cost_of_joint(slot, |slot| prepared.slots[domain][slot].obligor)
        } else {
            plan.cost(slot)
        }
    }

    /// Fills the account with the obligations and costs of the year before any act, and enters the
    /// value of each obligation in `values`, by act slot.
    pub(super) fn open_account(
        &self,
        prepared: &Prepared,
        values: &mut [f64],
        account: &mut Account,
    ) {
        account.clear(prepared.states());
        for (at, &domain) in self.domains.iter().enumerate() {
            let Some(plan) = &self.plans[at] else {
                continue;
            };
            let first = prepared.first_slot[domain];
            for (slot, info) in prepared.slots[domain].iter().enumerate() {
                if !prepared.is_due(plan, domain, slot, self.bound) {
                    continue;
                }
                let (season, obligor) = (info.season as usize, info.obligor);
                let cost = self.planned_cost(prepared, plan, domain, slot).max(0.0);
                let mut value = 0.0;
                for state in self.bound.without(obligor).iter() {
                    let benefit = plan.benefit(slot, state).max(0.0);
                    value += benefit;
                    account.received[state] += benefit;
                }
                values[first + slot] = value;
                account.cost[season][obligor] += cost;
                account.value[season][obligor] += value;
                account.all += value;
                account.due[season] = account.due[season].with(obligor);
                if info.season == Season::Summer {
                    account.summer_cost[obligor] += cost;
                }
            }
        }
        for state in self.bound.iter() {
            let sum = -self.transfers[state];
            if sum > 0.0 {
                account.cost[1][state] += sum;
                account.value[1][state] += sum;
                account.all += sum;
                account.due[1] = account.due[1].with(state);
            } else {
                account.received[state] -= sum;
            }
        }
        self.expect_collapse(prepared, account);
    }

    /// Enters the chances of collapse in the account. Graduated responses come to it only after
    /// several cases, so false cases then leave the regime as it is (to first order).
    fn expect_collapse(&self, prepared: &Prepared, account: &mut Account) {
        let [Sanction::Collapse(_)] = prepared.enforcement.response.steps[..] else { return };
        for season in [Season::Summer, Season::Winter] {
            for state in account.due[season as usize].iter() {
                let share = account.of_all(season, state);
                let chance = collapse_chance(prepared.log_survival[0], share);
                account.collapse[season as usize][state] = chance;
                account.survives *= 1.0 - prepared.enforcement.false_case * chance;
            }
        }
    }

    /// Walks the acts of a season in the order in which they fall due.
    pub(super) fn walk_acts(
        &self,
        prepared: &Prepared,
        season: Season,
        account: &mut Account,
        book: &mut SlotBook<'_>,
        conduct: &mut impl Conduct,
    ) {
        for (at, &domain) in self.domains.iter().enumerate() {
            let Some(plan) = &self.plans[at] else {
                continue;
            };
            let first = prepared.first_slot[domain];
            for (slot, info) in prepared.slots[domain].iter().enumerate() {
                if info.season != season || !prepared.is_due(plan, domain, slot, self.bound) {
                    continue;
                }
                let obligor = info.obligor;
                let triggered = info.trigger.map_or(1.0, |trigger| book.answered[first + trigger]);
                let withheld =
                    self.withdrawal.map_or(0.0, |withdrawal| withdrawal.acts[first + slot]);
                let share = triggered * (1.0 - withheld);
                let promised = self.planned_cost(prepared, plan, domain, slot).max(0.0);
                let lawful = self.escapes[at][season as usize].contains(obligor);
                let mut done = 0.0;
                if share > 0.0 {
                    let cost = conduct.cost_when_due(domain, plan, slot) * share;
                    let reciprocity = if season == Season::Summer {
                        self.reciprocity(prepared, (at, plan, slot), account, conduct)
                    } else {
                        0.0
                    };
                    let obligation = Obligation {
                        obligor,
                        season,
                        cost,
                        at_stake: cost,
                        promised,
                        share,
                        injury: book.value[first + slot] * share,
                        reciprocity,
                        lawful,
                    };
                    let incentive = self.incentive(prepared, account, &obligation);
                    done = conduct.perform(Due { domain: Some(at), slot, obligation, incentive });
                }
                let same_season = info
                    .trigger
                    .is_some_and(|trigger| prepared.slots[domain][trigger].season == season);
                book.performed[first + slot] =
                    if same_season { done * (1.0 - withheld) } else { done * share };
                // What is lawfully withheld counts as performed: the violator goes on performing.
                let effect = conduct.effect(domain, slot, plan.amount(slot) * done * share);
                book.answered[first + slot] = done * share * effect + triggered * withheld;
                if let Some(kept) = &mut book.account {
                    let meant = f64::from(u8::from(done > 0.0));
                    let trigger = info.trigger.map(|trigger| first + trigger);
                    let counterfactual = [if lawful { meant } else { 1.0 }, meant];
                    let effect = |part: f64| conduct.effect(domain, slot, plan.amount(slot) * part);
                    let place = (trigger, same_season);
                    kept.enter(first + slot, place, withheld, counterfactual, effect);
                }
                if season == Season::Summer {
                    account.summer_done[obligor] += promised * book.answered[first + slot];
                }
            }
        }
    }

    /// Returns whether payments may lawfully be suspended: the acts that they reward may.
    fn suspends_payments(&self) -> bool {
        self.escapes.iter().any(|seasons| !seasons[Season::Summer as usize].is_empty())
    }

    /// Returns the share of a receiver's payment that is not withheld.
    fn owed_to(&self, state: usize) -> f64 {
        1.0 - self.withdrawal.map_or(0.0, |withdrawal| withdrawal.payments[state])
    }

    /// Walks the payments: each payer owes each receiver in proportion to what the receiver did in
    /// summer.
    pub(super) fn walk_payments(
        &self,
        prepared: &Prepared,
        account: &Account,
        mut decide: impl FnMut(Due) -> f64,
    ) {
        let promised: f64 = self.bound.iter().map(|state| self.transfers[state].max(0.0)).sum();
        if promised <= 0.0 {
            return;
        }
        let earned: f64 = self
            .bound
            .iter()
            .map(|state| self.transfers[state].max(0.0) * self.earned(account, state))
            .sum();
        let share = earned / promised;
        if share <= 0.0 {
            return;
        }
        for state in self.bound.iter() {
            let sum = -self.transfers[state];
            if sum <= 0.0 {
                continue;
            }
            let obligation = self.payment(prepared, state, sum, share);
            let incentive = self.incentive(prepared, account, &obligation);
            decide(Due { domain: None, slot: state, obligation, incentive });
        }
    }

    /// Returns the share of its promised transfer that a receiver has earned by its summer acts (1
    /// if it had no costly ones), less what is withheld.
    pub(super) fn earned(&self, account: &Account, state: usize) -> f64 {
        let owed = self.owed_to(state);
        if account.summer_cost[state] > 0.0 {
            owed * account.summer_done[state] / account.summer_cost[state]
        } else {
            owed
        }
    }

    /// Returns the reciprocity R of an act: benefits and payments that it triggers later in the
    /// year, as far as its obligor trusts in them, MUSD.
    fn reciprocity(
        &self,
        prepared: &Prepared,
        (at, plan, slot): (usize, &Plan<'_>, usize),
        account: &Account,
        conduct: &impl Conduct,
    ) -> f64 {
        let domain = self.domains[at];
        let info = &prepared.slots[domain][slot];
        let first = prepared.first_slot[domain];
        let mut expected = 0.0;
        for (later, other) in prepared.slots[domain].iter().enumerate() {
            if other.trigger == Some(slot)
                && other.season > info.season
                && self.bound.contains(other.obligor)
            {
                let (benefit, escape) =
                    (plan.benefit(later, info.obligor), prepared.compensation());
                if self.escapes[at][other.season as usize].contains(other.obligor)
                    && escape * benefit < plan.cost(later)
                {
                    // Who owes it will rather compensate.
                    expected += escape * benefit;
                    continue;
                }
                let trust = conduct.trust(domain, info.obligor, other.obligor);
                let owed =
                    1.0 - self.withdrawal.map_or(0.0, |withdrawal| withdrawal.acts[first + later]);
                expected += owed * trust * benefit;
            }
        }
        let received = self.transfers[info.obligor];
        if received > 0.0 && account.summer_cost[info.obligor] > 0.0 {
            let part = plan.cost(slot).max(0.0) / account.summer_cost[info.obligor];
            let trust = if self.suspends_payments() {
                prepared.compensation()
            } else {
                self.trust_in_payers[info.obligor]
            };
            expected += self.owed_to(info.obligor) * received * part * trust;
        }
        expected
    }

    /// Pays the compensation of a state that suspends an obligation under an escape clause, MUSD.
    pub(super) fn compensate(&self, due: &Due, payments: &mut [f64; MAX_STATES]) {
        let Some(plan) = due.domain.and_then(|at| self.plans[at]) else { return };
        let obligor = due.obligation.obligor;
        let mut injured = [0.0; MAX_STATES];
        for state in self.bound.without(obligor).iter() {
            injured[state] = plan.benefit(due.slot, state).max(0.0);
        }
        Enforcement::levy(due.incentive.compensation, obligor, &injured, payments);
    }
}
