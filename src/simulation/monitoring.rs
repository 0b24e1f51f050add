//! Monitoring and sanctions of a regime's year, and the distribution of reports (ODD §6, steps 9
//! and 11).
//!
//! Obligors' choices are made in `performance`.

use super::YearRecord;
use super::acts::{Deal, Due};
use super::context::YearContext;
use super::prepared::Prepared;
use super::trace::{Event, Step, Trace};
use crate::behaviour::Trust;
use crate::draws::SlotDraw;
use crate::ids::{MAX_DOMAINS, MAX_STATES, Members};
use crate::organisation::{Enforcement, Penalty};
use crate::scenario::raw::Season;
use crate::scenario::types::design::{MAX_DELAY, Table};

/// Outcome of monitoring for one obligation.
#[derive(Debug, Clone, Copy)]
pub(super) struct Finding {
    breach: bool,
    reported: bool,
    collapse: bool,
    penalty: Penalty,
}

/// Accounts that findings change: gains in MUSD, breaches, pending fines, and the states concerned.
pub(super) struct Accounts<'a> {
    pub(super) realised: &'a mut [f64; MAX_STATES],
    pub(super) collapses: &'a mut bool,
    pub(super) breaches: &'a mut (f64, f64),
    pub(super) pending_fines: &'a mut PendingFines,
    pub(super) obliged: &'a mut Members,
    pub(super) accused: &'a mut Members,
}

/// Fines that a court has put off, and the payments they lead to, MUSD. Indexed by the year in
/// which they fall due, modulo `MAX_DELAY + 1`.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct PendingFines {
    /// Whether anything falls due in the year.
    pending: [bool; MAX_DELAY + 1],
    fines: [f64; MAX_DELAY + 1],
    payments: [[f64; MAX_STATES]; MAX_DELAY + 1],
}

impl PendingFines {
    /// Puts off a fine to a year. `levy` enters the payments by state and returns the fine, MUSD.
    fn put_off(&mut self, year: usize, levy: impl FnOnce(&mut [f64; MAX_STATES]) -> f64) {
        let at = year % (MAX_DELAY + 1);
        self.pending[at] = true;
        self.fines[at] += levy(&mut self.payments[at]);
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

impl Finding {
    /// Applies the finding to the accounts: levies the fine, now or after the court's delay,
    /// charges the cost of the case, and counts a breach as sanctioned or not.
    pub(super) fn apply<T: Trace>(
        &self,
        monitor: &mut Monitor<'_, '_, T>,
        due: &Due,
        accounts: &mut Accounts<'_>,
    ) {
        *accounts.collapses |= self.collapse;
        *accounts.obliged = accounts.obliged.with(due.obligor);
        if self.reported {
            *accounts.accused = accounts.accused.with(due.obligor);
        }
        let Penalty { fine, delay, cost } = self.penalty;
        if fine > 0.0 || cost > 0.0 {
            let mut injured = [0.0; MAX_STATES];
            monitor.injuries(due).for_each(|(state, injury)| injured[state] = injury);
            // Acts count only as far as they do not overlap with other organisations, and so do
            // their fines.
            let fine = fine * monitor.now.prepared.design.scope;
            if delay == 0 {
                monitor.record.fines +=
                    Enforcement::levy(fine, due.obligor, &injured, accounts.realised);
            } else {
                accounts.pending_fines.put_off(monitor.now.year + delay, |payments| {
                    Enforcement::levy(fine, due.obligor, &injured, payments)
                });
            }
            let total: f64 = injured.iter().map(|injury| injury.max(0.0)).sum();
            monitor.record.by_state[due.obligor].organisation_cost += cost;
            for (state, injury) in
                monitor.record.by_state.iter_mut().zip(&injured).take(monitor.now.prepared.states())
            {
                state.organisation_cost += cost * injury.max(0.0) / total;
            }
        }
        if self.breach {
            let sanctioned = f64::from(fine > 0.0 || self.collapse);
            accounts.breaches.0 += sanctioned;
            accounts.breaches.1 += 1.0 - sanctioned;
        }
    }
}

/// Monitoring of a regime's obligations in one year of one replication.
pub(super) struct Monitor<'a, 'b, T: Trace> {
    pub(super) now: YearContext<'a>,
    pub(super) deal: &'a Deal<'b>,
    pub(super) table: &'a Table,
    pub(super) record: &'a mut YearRecord,
    pub(super) trace: &'a mut T,
}

impl<T: Trace> Monitor<'_, '_, T> {
    /// Returns the benefits lost to others when the obligation is not performed, by state, MUSD.
    fn injuries(&self, due: &Due) -> impl Iterator<Item = (usize, f64)> {
        let (deal, plan) = (self.deal, due.domain.and_then(|at| self.deal.plans[at]));
        let (slot, paid) = (due.slot, due.domain.is_none());
        deal.bound.without(due.obligor).iter().map(move |state| {
            let benefit = || plan.map_or(0.0, |plan| plan.benefit(slot, state));
            (state, if paid { deal.transfers[state].max(0.0) } else { benefit() })
        })
    }

    /// Draws report, penalty and collapse of an obligation, and enters it in the year record.
    pub(super) fn assess(
        &mut self,
        season: Season,
        due: &Due,
        intends: bool,
        done: f64,
        draw: impl Fn(SlotDraw) -> f64,
    ) -> Finding {
        let tolerance = self.now.engine.scenario.behaviour.breach_tolerance;
        let breach = !intends || done < 1.0 - tolerance;
        let enforcement = &self.now.prepared.enforcement;
        let reported = enforcement.reports(breach, draw(SlotDraw::Detect));
        let injured: f64 = self.injuries(due).map(|(_, injury)| injury.max(0.0)).sum();
        let claim = if reported && injured > 0.0 { due.incentive.due_fine } else { 0.0 };
        let penalty = enforcement.penalty(claim, || draw(SlotDraw::Court));
        let collapse = reported && enforcement.collapses_regime(draw(SlotDraw::Collapse));
        let record = &mut *self.record;
        record.due += 1;
        record.kept += u32::from(!breach);
        // The value of a payment is what the payer owes; that of an act is what others lose without
        // it.
        let value = if due.domain.is_some() { injured } else { -self.deal.transfers[due.obligor] };
        record.value_due += value * due.share;
        record.value_kept += value * due.share * done;
        record.disputes += u32::from(reported);
        let finding = Finding { breach, reported, collapse, penalty };
        if T::ENABLED {
            self.trace_finding(season, due, (intends, done), claim, &finding);
        }
        finding
    }

    /// Traces the act with the terms of its decision, and the report if there is one.
    fn trace_finding(
        &mut self,
        season: Season,
        due: &Due,
        (intends, done): (bool, f64),
        claim: f64,
        finding: &Finding,
    ) {
        let (act, monitoring) = match season {
            Season::Summer => (Step::SummerAct, Step::SummerMonitoring),
            Season::Winter => (Step::WinterAct, Step::WinterMonitoring),
        };
        let first = |at: usize| self.now.prepared.first_slot[self.deal.domains[at]];
        let (table, state) = (Some(self.table), Some(due.obligor));
        let slot = due.domain.map(|at| first(at) + due.slot);
        let incentive = &due.incentive;
        let values = [
            ("due", due.share),
            ("performed", done),
            ("cost", incentive.cost),
            ("reciprocity", incentive.reciprocity),
            ("exposure", incentive.exposure),
            ("fine", incentive.fine),
            ("audience", incentive.audience),
            ("grant", incentive.grant),
            ("continuation", incentive.continuation),
            ("advantage_in_stakes", due.advantage),
        ];
        let what = if intends { "performs" } else { "breaks" };
        let event = self.now.event(act, what);
        self.trace.event(Event { table, state, slot, values: &values, ..event });
        if finding.reported {
            let what = if finding.breach { "breach reported" } else { "false alarm" };
            let values = [
                ("claim", claim),
                ("fine", finding.penalty.fine),
                ("delay", finding.penalty.delay as f64),
                ("collapse", f64::from(finding.collapse)),
            ];
            let event = self.now.event(monitoring, what);
            self.trace.event(Event { table, state, slot, values: &values, ..event });
        }
    }
}

/// Reports of a season, passed on once all states have acted. Bits are slots, or paying states.
#[derive(Debug, Default)]
pub(super) struct Reports {
    reported: [u64; MAX_DOMAINS],
    assessed: [u64; MAX_DOMAINS],
    payments: (u16, u16),
}

impl Reports {
    /// Adds the finding of an obligation.
    pub(super) fn push(
        &mut self,
        domain: Option<usize>,
        slot: usize,
        obligor: usize,
        finding: Finding,
    ) {
        match domain {
            Some(at) => {
                self.assessed[at] |= 1 << slot;
                self.reported[at] |= u64::from(finding.reported) << slot;
            }
            None => {
                self.payments.0 |= 1 << obligor;
                self.payments.1 |= u16::from(finding.reported) << obligor;
            }
        }
    }

    /// Passes the reports to the trust of the bound states that were to benefit; with transparency,
    /// to that of all bound states and members.
    pub(super) fn share(
        &self,
        deal: &Deal<'_>,
        prepared: &Prepared,
        (trust, lane): (&mut Trust, usize),
        table: &Table,
        public: Members,
    ) {
        let all = if prepared.design.transparency {
            Members(public.0 | deal.bound.0)
        } else {
            deal.bound
        };
        let open = prepared.design.transparency;
        for (at, &domain) in table.domains.iter().enumerate() {
            let Some(plan) = &deal.plans[at] else {
                continue;
            };
            for (slot, info) in prepared.slots[domain].iter().enumerate() {
                if self.assessed[at] >> slot & 1 == 0 {
                    continue;
                }
                let reported = self.reported[at] >> slot & 1 == 1;
                for observer in all.without(info.obligor).iter() {
                    if open || plan.benefit(slot, observer) > 0.0 {
                        trust.note(domain, observer, info.obligor, lane, reported);
                    }
                }
            }
        }
        for payer in Members(self.payments.0).iter() {
            let reported = self.payments.1 >> payer & 1 == 1;
            for observer in all.without(payer).iter() {
                if open || deal.transfers[observer] > 0.0 {
                    for &domain in &table.domains {
                        trust.note(domain, observer, payer, lane, reported);
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deferred_fines_fall_due_once_in_their_year() {
        let mut pending_fines = PendingFines::default();
        let (nothing, mut payments) = (([0.0; MAX_STATES], 0.0), [0.0; MAX_STATES]);
        payments[1] = 4.0;
        pending_fines.put_off(2 + MAX_DELAY, |own| {
            own.copy_from_slice(&payments);
            5.0
        });
        assert_eq!(pending_fines.take(2), nothing);
        assert_eq!(pending_fines.take(2 + MAX_DELAY), (payments, 5.0));
        assert_eq!(pending_fines.take(2 + MAX_DELAY), nothing);
        // One cycle later the place is empty.
        assert_eq!(pending_fines.take(3 + 2 * MAX_DELAY), nothing);
    }
}
