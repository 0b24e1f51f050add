//! What established cases leave behind in a regime: cases on record, concessions withdrawn,
//! collapses (ODD §7).

use super::deal::{Deal, Withdrawal};
use super::prepared::Prepared;
use super::regime::Standing;
use crate::ids::{MAX_STATES, Members};
use crate::organisation::Enforcement;
use crate::scenario::raw::Season;
use crate::scenario::types::design::MAX_DELAY;

impl Standing {
    /// Removes all cases and their consequences.
    pub(super) fn reset(&mut self) {
        self.cases = [[0; 2]; MAX_STATES];
        self.collapses = [false; MAX_DELAY + 1];
        self.restore();
    }

    /// Ends all withdrawals.
    fn restore(&mut self) {
        if std::mem::take(&mut self.withholds) {
            self.withheld.fill((0.0, Members::NONE));
        }
    }

    /// Lets a year pass for the cases on record.
    pub(super) fn begin_year(&mut self) {
        for cases in &mut self.cases[..self.states] {
            *cases = cases.map(|season| season << 1);
        }
    }

    /// Returns the number of a state's cases in the last `memory` years, this one included.
    pub(super) fn remembered(&self, state: usize, memory: u32) -> u32 {
        let window = (1u64 << memory.min(63)) - 1;
        self.cases[state].iter().map(|season| (season & window).count_ones()).sum()
    }

    /// Enters an established case of this year.
    pub(super) fn record(&mut self, state: usize, season: Season) {
        self.cases[state][season as usize] |= 1;
    }

    /// Withdraws a benefit of `amount` MUSD from a state in each of some years.
    pub(super) fn withdraw(
        &mut self,
        years: std::ops::Range<usize>,
        state: usize,
        amount: f64,
        by: Members,
    ) {
        for year in years {
            if let Some(own) = self.withheld.get_mut(year * self.states + state) {
                *own = (own.0 + amount, Members(own.1.0 | by.0));
                self.withholds = true;
            }
        }
    }

    /// Makes the regime collapse at the end of a year.
    pub(super) fn collapse_in(&mut self, year: usize) {
        self.collapses[year % (MAX_DELAY + 1)] = true;
    }

    /// Returns whether the regime collapses at the end of this year. A collapse ends all
    /// withdrawals and all collapses that were to come.
    pub(super) fn take_collapse(&mut self, year: usize) -> bool {
        let collapses = self.collapses[year % (MAX_DELAY + 1)];
        if collapses {
            self.collapses = [false; MAX_DELAY + 1];
            self.restore();
        }
        collapses
    }

    /// Enters what is withheld this year from each state in `into`. Returns whether anything is.
    ///
    /// An obligation is cut the more, the larger the violator's part of its benefits is; so that
    /// the violator's benefit falls by the amount due, and what others receive by as little as
    /// possible. It falls by less where an obligation cannot be cut further.
    pub(super) fn withdrawal(
        &self,
        prepared: &Prepared,
        deal: &Deal<'_>,
        year: usize,
        into: &mut Withdrawal,
    ) -> bool {
        if !self.withholds {
            return false;
        }
        let mut any = false;
        for state in deal.bound.iter() {
            let (amount, by) = self.withheld[year * self.states + state];
            if amount <= 0.0 {
                continue;
            }
            if !std::mem::replace(&mut any, true) {
                into.acts.fill(0.0);
                into.payments = [0.0; MAX_STATES];
            }
            withhold(prepared, deal, (state, amount, by), into);
        }
        any
    }
}

/// Cuts what the states `by` owe to a state, so that its benefit falls by `amount`.
fn withhold(
    prepared: &Prepared,
    deal: &Deal<'_>,
    (state, amount, by): (usize, f64, Members),
    into: &mut Withdrawal,
) {
    // The violator's part of the benefits of each obligation that can be cut.
    let visit = |each: &mut dyn FnMut(usize, f64, f64)| {
        for (at, &domain) in deal.domains.iter().enumerate() {
            let Some(plan) = &deal.plans[at] else { continue };
            for (slot, info) in prepared.slots[domain].iter().enumerate() {
                let own = plan.benefit(slot, state);
                if own > 0.0
                    && by.contains(info.obligor)
                    && prepared.is_due(plan, domain, slot, deal.bound)
                {
                    let others = deal.bound.without(info.obligor).iter();
                    let all: f64 = others.map(|other| plan.benefit(slot, other).max(0.0)).sum();
                    each(prepared.first_slot[domain] + slot, own, own / all);
                }
            }
        }
    };
    let payment = deal.transfers[state].max(0.0);
    let paid = |of: Members| of.iter().map(|payer| (-deal.transfers[payer]).max(0.0)).sum::<f64>();
    let payers = if payment > 0.0 { paid(by.and(deal.bound)) / paid(deal.bound) } else { 0.0 };
    let mut reach = payment * payers;
    visit(&mut |_, own, part| reach += own * part);
    if reach <= 0.0 {
        return;
    }
    let cut = amount / reach;
    visit(&mut |slot, _, part| {
        let left = 1.0 - into.acts[slot];
        into.acts[slot] = 1.0 - left * (1.0 - (cut * part).min(1.0));
    });
    into.payments[state] = cut.min(1.0) * payers;
}

/// Sums that courts have ordered to pay later, MUSD. Indexed by the year in which they fall due,
/// modulo `MAX_DELAY + 1`.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct PendingFines {
    /// Whether anything falls due in the year.
    pending: [bool; MAX_DELAY + 1],
    fines: [f64; MAX_DELAY + 1],
    payments: [[f64; MAX_STATES]; MAX_DELAY + 1],
}

impl PendingFines {
    /// Puts off a fine to a year.
    pub(super) fn put_off(
        &mut self,
        year: usize,
        fine: f64,
        violator: usize,
        injured: &[f64; MAX_STATES],
    ) {
        let at = year % (MAX_DELAY + 1);
        self.pending[at] = true;
        self.fines[at] += Enforcement::levy(fine, violator, injured, &mut self.payments[at]);
    }

    /// Removes and returns what falls due this year: payments by state and the sum of fines, MUSD.
    pub(super) fn take(&mut self, year: usize) -> ([f64; MAX_STATES], f64) {
        let at = year % (MAX_DELAY + 1);
        if !std::mem::take(&mut self.pending[at]) {
            return ([0.0; MAX_STATES], 0.0);
        }
        (std::mem::take(&mut self.payments[at]), std::mem::take(&mut self.fines[at]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deferred_fines_fall_due_once_in_their_year() {
        let mut pending_fines = PendingFines::default();
        let nothing = ([0.0; MAX_STATES], 0.0);
        let mut injured = [0.0; MAX_STATES];
        injured[1] = 4.0;
        pending_fines.put_off(2 + MAX_DELAY, 5.0, 0, &injured);
        assert_eq!(pending_fines.take(2), nothing);
        let (payments, fines) = pending_fines.take(2 + MAX_DELAY);
        assert_eq!((payments[0], payments[1], fines), (-5.0, 5.0, 5.0));
        assert_eq!(pending_fines.take(2 + MAX_DELAY), nothing);
        // One cycle later the place is empty.
        assert_eq!(pending_fines.take(3 + 2 * MAX_DELAY), nothing);
    }

    #[test]
    fn cases_are_remembered_for_the_years_of_memory() {
        let mut standing = Standing::new(10, 2);
        standing.record(1, Season::Summer);
        standing.record(1, Season::Winter);
        assert_eq!((standing.remembered(1, 2), standing.remembered(0, 2)), (2, 0));
        standing.begin_year();
        assert_eq!(standing.remembered(1, 2), 2);
        standing.begin_year();
        assert_eq!(standing.remembered(1, 2), 0);
    }

    #[test]
    fn a_collapse_falls_in_its_year_and_ends_what_was_withheld() {
        let mut standing = Standing::new(10, 2);
        standing.withdraw(3..20, 0, 7.0, Members::first(2));
        standing.collapse_in(4);
        assert!(standing.withholds && !standing.take_collapse(3));
        assert!(standing.take_collapse(4) && !standing.withholds);
        assert!(!standing.take_collapse(4));
    }
}
