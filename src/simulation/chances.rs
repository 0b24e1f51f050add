//! Chances that obligors perform, as others reckon them from the terms of a deal (ODD §8).

use super::acts::{Conduct, Due};
use super::deal::Deal;
use super::ledger::{Account, SlotBook};
use super::prepared::Prepared;
use super::reckoning::Obligation;
use super::regime::Chances;
use crate::ids::MAX_STATES;
use crate::plan::Plan;
use crate::scenario::raw::Season;

impl Chances {
    /// Copies the chances of another regime of the same design; allocates nothing.
    pub(super) fn copy_from(&mut self, other: &Chances) {
        (self.known, self.states, self.payments) = (other.known, other.states, other.payments);
        self.acts.clone_from(&other.acts);
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

impl Deal<'_> {
    /// Reckons the chances that obligors perform, at the terms of the deal and if all others
    /// perform (ODD §8). `trust` is that of an observer in another state in a domain.
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
            let payment = self.payment(prepared, payer, (sum, 1.0, false));
            let ratio = self.incentive(prepared, account, &payment).ratio();
            chances.payments[payer] = prepared.patience[payer].chance(ratio);
        }
    }
}
