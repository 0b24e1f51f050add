//! What states owe in a year, by season and by act, and what of it is performed (ODD §6, §9).

use super::deal::Deal;
use super::prepared::Prepared;
use crate::behaviour::collapse_chance;
use crate::ids::{MAX_STATES, Members};
use crate::scenario::raw::Season;
use crate::scenario::raw::organisation::Sanction;

/// Costs and obligations of a regime in the course of a year.
#[derive(Debug, Clone, Default)]
pub(super) struct Account {
    /// Expected cost of what each state owes, by season, MUSD.
    pub cost: [[f64; MAX_STATES]; 2],
    /// Value to others of what each state owes, by season, MUSD; of a payment, its sum.
    pub value: [[f64; MAX_STATES]; 2],
    /// Value of all that is owed in the year, MUSD.
    pub(super) all: f64,
    /// States that owe something, by season.
    pub(super) due: [Members; 2],
    /// What others owe to each state, MUSD; only where a response withdraws it.
    pub received: [f64; MAX_STATES],
    /// Chance of collapse if nothing is performed, by season and state; only where a response is
    /// collapse.
    pub collapse: [[f64; MAX_STATES]; 2],
    /// Chance that the regime survives the false cases of a year.
    pub survives: f64,
    /// Promised cost of each state's summer acts, MUSD.
    pub(super) summer_cost: [f64; MAX_STATES],
    /// Performed part of `summer_cost`, MUSD.
    pub(super) summer_done: [f64; MAX_STATES],
    /// Part of `summer_done` that could have been suspended lawfully, MUSD.
    pub(super) suspendable_done: [f64; MAX_STATES],
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
        self.suspendable_done[..states].fill(0.0);
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
    pub(super) fn enter(
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

impl Deal<'_> {
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
            if sum <= 0.0 {
                account.received[state] -= sum;
            } else if prepared.design.escrow < 1.0 {
                let owed = sum * (1.0 - prepared.design.escrow);
                account.cost[1][state] += owed;
                account.value[1][state] += owed;
                account.all += owed;
                account.due[1] = account.due[1].with(state);
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
}
