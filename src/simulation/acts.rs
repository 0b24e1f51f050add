//! The acts of a regime in a year, in the order in which they fall due (ODD §6, steps 8 and 10;
//! §9).
//!
//! One walk over the obligations serves both the simulated year and its anticipation. What is
//! performed is decided by the caller's [`Conduct`].

use super::prepared::Prepared;
use crate::behaviour::Incentive;
use crate::ids::{MAX_DOMAINS, MAX_STATES, Members};
use crate::plan::Plan;
use crate::scenario::raw::Season;

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
    /// Stake of each state, MUSD.
    pub stake: [f64; MAX_STATES],
    /// Expected gain max(G, 0) by state, MUSD per year.
    pub regime_gain: [f64; MAX_STATES],
    /// Audience cost by state, MUSD.
    pub audience: [f64; MAX_STATES],
    /// Trust of each state in the states that pay it, share.
    pub trust_in_payers: [f64; MAX_STATES],
}

/// An obligation as it falls due.
#[derive(Debug, Clone, Copy)]
pub(super) struct Due {
    /// Position in the table's list of domains; `None` for a payment.
    pub domain: Option<usize>,
    /// Slot within the domain (acts) or the paying state (payments).
    pub slot: usize,
    /// State that owes it.
    pub obligor: usize,
    /// Share of the plan's amount that is due.
    pub share: f64,
    /// Terms of the decision to perform it.
    pub incentive: Incentive,
    /// Net advantage of performing, in stakes.
    pub advantage: f64,
}

/// Costs and obligations of a regime in the course of a year.
#[derive(Debug, Clone)]
pub(super) struct Account {
    /// Cost of all that each state still owes this year, as of the start of the season, MUSD.
    pub owed: [f64; MAX_STATES],
    /// Cost of the current season's acts, MUSD; summer's is taken from `owed` when the season ends.
    season: [f64; MAX_STATES],
    /// Promised cost of each state's summer acts, MUSD.
    pub summer_cost: [f64; MAX_STATES],
    /// Performed part of `summer_cost`, MUSD.
    pub summer_done: [f64; MAX_STATES],
    /// Number of monitored obligations this year.
    pub obligations: usize,
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

/// Performed fractions by act slot.
pub(super) struct Performed<'a> {
    /// Fraction that settlement applies to the plan's amount.
    pub performed: &'a mut [f64],
    /// Fraction to which later obligations respond. It differs from `performed` where an earlier
    /// act of the same season has scaled the amount already: a state that lets all arriving water
    /// pass has performed fully, however little arrives.
    pub answered: &'a mut [f64],
}

impl Deal<'_> {
    /// Returns the expected cost of an obligation to its obligor, MUSD.
    pub(super) fn planned_cost(
        &self,
        prepared: &Prepared,
        plan: &Plan<'_>,
        domain: usize,
        slot: usize,
    ) -> f64 {
        if prepared.joint[domain] {
            plan.cost_of_joint(slot, prepared.slots[domain][slot].obligor)
        } else {
            plan.cost(slot)
        }
    }

    /// Returns the obligations and costs of the year before any act.
    pub(super) fn account(&self, prepared: &Prepared) -> Account {
        let mut account = Account {
            owed: [0.0; MAX_STATES],
            season: [0.0; MAX_STATES],
            summer_cost: [0.0; MAX_STATES],
            summer_done: [0.0; MAX_STATES],
            obligations: 0,
        };
        for (at, &domain) in self.domains.iter().enumerate() {
            let Some(plan) = &self.plans[at] else {
                continue;
            };
            for (slot, info) in prepared.slots[domain].iter().enumerate() {
                if prepared.is_due(plan, domain, slot, self.bound) {
                    let cost = self.planned_cost(prepared, plan, domain, slot).max(0.0);
                    account.owed[info.obligor] += cost;
                    account.obligations += 1;
                    if info.season == Season::Summer {
                        account.summer_cost[info.obligor] += cost;
                    }
                }
            }
        }
        for state in self.bound.iter() {
            if self.transfers[state] < 0.0 {
                account.owed[state] -= self.transfers[state];
                account.obligations += 1;
            }
        }
        account
    }

    /// Walks the acts of a season in the order in which they fall due.
    pub(super) fn walk_acts(
        &self,
        prepared: &Prepared,
        season: Season,
        account: &mut Account,
        acts: &mut Performed<'_>,
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
                let share = info.trigger.map_or(1.0, |trigger| acts.answered[first + trigger]);
                let promised = self.planned_cost(prepared, plan, domain, slot).max(0.0);
                account.season[obligor] += promised;
                if share <= 0.0 {
                    continue;
                }
                let cost = conduct.cost_when_due(domain, plan, slot) * share;
                let reciprocity = if season == Season::Summer {
                    self.reciprocity(prepared, (plan, domain, slot), account, conduct)
                } else {
                    0.0
                };
                let incentive =
                    self.incentive(prepared, account, obligor, (cost, cost), promised, reciprocity);
                let advantage = incentive.advantage() / self.stake[obligor];
                let done = conduct.perform(Due {
                    domain: Some(at),
                    slot,
                    obligor,
                    share,
                    incentive,
                    advantage,
                });
                let same_season = info
                    .trigger
                    .is_some_and(|trigger| prepared.slots[domain][trigger].season == season);
                acts.performed[first + slot] = if same_season { done } else { done * share };
                let effect = conduct.effect(domain, slot, plan.amount(slot) * done * share);
                acts.answered[first + slot] = done * share * effect;
                if season == Season::Summer {
                    account.summer_done[obligor] += promised * acts.answered[first + slot];
                }
            }
        }
        if season == Season::Summer {
            for state in self.bound.iter() {
                account.owed[state] -= account.season[state];
                account.season[state] = 0.0;
            }
        }
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
        for state in self.bound.iter() {
            let sum = -self.transfers[state];
            if sum <= 0.0 {
                continue;
            }
            if share > 0.0 {
                let at_stake = sum * share * (1.0 - prepared.design.escrow);
                let incentive =
                    self.incentive(prepared, account, state, (sum * share, at_stake), sum, 0.0);
                let advantage = incentive.advantage() / self.stake[state];
                decide(Due {
                    domain: None,
                    slot: state,
                    obligor: state,
                    share,
                    incentive,
                    advantage,
                });
            }
        }
    }

    /// Returns the share of its promised transfer that a receiver has earned by its summer acts; 1
    /// if it had no costly ones.
    pub(super) fn earned(&self, account: &Account, state: usize) -> f64 {
        if account.summer_cost[state] > 0.0 {
            account.summer_done[state] / account.summer_cost[state]
        } else {
            1.0
        }
    }

    /// Returns the reciprocity R of an act: benefits and payments that it triggers later in the
    /// year, as far as its obligor trusts in them, MUSD.
    fn reciprocity(
        &self,
        prepared: &Prepared,
        (plan, domain, slot): (&Plan<'_>, usize, usize),
        account: &Account,
        conduct: &impl Conduct,
    ) -> f64 {
        let info = &prepared.slots[domain][slot];
        let mut expected = 0.0;
        for (later, other) in prepared.slots[domain].iter().enumerate() {
            if other.trigger == Some(slot)
                && other.season > info.season
                && self.bound.contains(other.obligor)
            {
                let trust = conduct.trust(domain, info.obligor, other.obligor);
                expected += trust * plan.benefit(later, info.obligor);
            }
        }
        let received = self.transfers[info.obligor];
        if received > 0.0 && account.summer_cost[info.obligor] > 0.0 {
            let part = plan.cost(slot).max(0.0) / account.summer_cost[info.obligor];
            expected += received * part * self.trust_in_payers[info.obligor];
        }
        expected
    }

    /// Returns the terms of one obligation: its cost outside escrow, against fine, audience cost,
    /// grant and continuation (ODD §9).
    fn incentive(
        &self,
        prepared: &Prepared,
        account: &Account,
        obligor: usize,
        (cost, at_stake): (f64, f64),
        promised: f64,
        reciprocity: f64,
    ) -> Incentive {
        let owed = account.owed[obligor].max(promised);
        let part = if owed > 0.0 { promised / owed } else { 0.0 };
        let fine = prepared.enforcement.fine(cost);
        let (chance, case) = prepared.fine_today[obligor];
        Incentive {
            cost: at_stake,
            reciprocity,
            exposure: prepared.enforcement.exposure,
            fine: if fine > 0.0 { fine * chance + case } else { 0.0 },
            due_fine: fine,
            grant: prepared.design.grant,
            audience: self.audience[obligor],
            continuation: part
                * prepared.gamma[obligor][account.obligations]
                * self.regime_gain[obligor],
        }
    }
}
