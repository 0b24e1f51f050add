//! The acts of a regime in a year, in the order in which they fall due (ODD §6, steps 8 and 10;
//! §9).
//!
//! Terms of the decisions are computed in `reckoning`. One walk over the obligations serves both the
//! simulated year and its anticipation. What is performed is decided by the caller's [`Conduct`].

use super::context::YearContext;
use super::deal::Deal;
use super::ledger::{Account, SlotBook};
use super::prepared::Prepared;
use super::reckoning::Obligation;
use super::regime::Regime;
use crate::behaviour::Incentive;
use crate::ids::{MAX_DOMAINS, MAX_STATES, Members};
use crate::organisation::Enforcement;
use crate::plan::Plan;
use crate::scenario::raw::{Continuation, Season};
use crate::scenario::types::design::Table;

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
            *plan = regime.plan(prepared, table, at, taken);
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

    /// Returns the obligation to pay the share `share` of a promised sum, MUSD. What lies in escrow
    /// is paid already and no longer owed.
    pub(super) fn payment(
        &self,
        prepared: &Prepared,
        payer: usize,
        (sum, share, lawful): (f64, f64, bool),
    ) -> Obligation {
        let promised = sum * (1.0 - prepared.design.escrow);
        let cost = promised * share;
        Obligation {
            obligor: payer,
            season: Season::Winter,
            cost,
            promised,
            share,
            injury: cost,
            reciprocity: 0.0,
            lawful,
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
                    let done = promised * book.answered[first + slot];
                    account.summer_done[obligor] += done;
                    if lawful {
                        account.suspendable_done[obligor] += done;
                    }
                }
            }
        }
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
        mut decide: impl FnMut(Due),
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
        // Payments may be suspended as far as the acts that they reward could be.
        let reward =
            |state: usize| self.transfers[state].max(0.0) * self.suspendable(account, state);
        let suspendable: f64 = self.bound.iter().map(reward).sum();
        let lawful = share * (suspendable / earned).min(1.0);
        for state in self.bound.iter() {
            let sum = -self.transfers[state];
            for (share, lawful) in [(share - lawful, false), (lawful, true)] {
                if sum > 0.0 && share > 0.0 {
                    let obligation = self.payment(prepared, state, (sum, share, lawful));
                    let incentive = self.incentive(prepared, account, &obligation);
                    decide(Due { domain: None, slot: state, obligation, incentive });
                }
            }
        }
    }

    /// Returns the share of its promised transfer that a receiver has earned by acts that it could
    /// have suspended lawfully.
    fn suspendable(&self, account: &Account, state: usize) -> f64 {
        let done = account.suspendable_done[state];
        if done > 0.0 { self.owed_to(state) * done / account.summer_cost[state] } else { 0.0 }
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
            let suspendable = self.escapes[at][Season::Summer as usize].contains(info.obligor);
            let trust = if suspendable {
                prepared.paid_if_suspended()
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
