//! Monitoring and sanctions of a regime's year, and who hears of them (ODD §6, steps 9 and 11).

use super::Engine;
use super::YearRecord;
use super::acts::{Deal, Due};
use super::prepared::Prepared;
use super::trace::{Event, Step, Trace};
use crate::behaviour::Trust;
use crate::fate::SlotDraw;
use crate::ids::{MAX_DOMAINS, MAX_STATES, Members};
use crate::organisation::{Enforcement, Sentence};
use crate::scenario::design::{MAX_DELAY, Table};
use crate::scenario::raw::Season;

/// What monitoring made of an obligation.
#[derive(Debug, Clone, Copy)]
pub(super) struct Verdict {
    breach: bool,
    reported: bool,
    pub(super) collapse: bool,
    sentence: Sentence,
}

/// Where verdicts are entered: what they cost now and later, and who is concerned.
pub(super) struct Books<'a> {
    pub(super) realised: &'a mut [f64; MAX_STATES],
    pub(super) breaches: &'a mut (f64, f64),
    pub(super) docket: &'a mut Docket,
    pub(super) obliged: &'a mut Members,
    pub(super) accused: &'a mut Members,
}

/// Fines and receipts that a court has put off, by year modulo the longest delay, MUSD.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Docket {
    /// Whether anything has been put off to the year.
    pending: [bool; MAX_DELAY + 1],
    fines: [f64; MAX_DELAY + 1],
    payments: [[f64; MAX_STATES]; MAX_DELAY + 1],
}

impl Docket {
    /// Puts off to a year what `levy` enters; it returns the fine.
    fn put_off(&mut self, year: usize, levy: impl FnOnce(&mut [f64; MAX_STATES]) -> f64) {
        let at = year % (MAX_DELAY + 1);
        self.pending[at] = true;
        self.fines[at] += levy(&mut self.payments[at]);
    }

    /// What falls due this year: payments by state, and the sum of fines.
    pub(super) fn take(&mut self, year: usize) -> ([f64; MAX_STATES], f64) {
        let at = year % (MAX_DELAY + 1);
        if !std::mem::take(&mut self.pending[at]) {
            return ([0.0; MAX_STATES], 0.0);
        }
        (std::mem::take(&mut self.payments[at]), std::mem::take(&mut self.fines[at]))
    }
}

impl Verdict {
    /// Levies the fine, now or when the court's delay is over, and notes a breach as sanctioned or not.
    pub(super) fn execute<T: Trace>(&self, hearing: &mut Hearing<'_, '_, T>, due: &Due, books: &mut Books<'_>) {
        *books.obliged = books.obliged.with(due.obligor);
        if self.reported {
            *books.accused = books.accused.with(due.obligor);
        }
        let Sentence { fine, delay, cost } = self.sentence;
        if fine > 0.0 || cost > 0.0 {
            let mut injured = [0.0; MAX_STATES];
            hearing.injuries(due).for_each(|(state, injury)| injured[state] = injury);
            // What is done twice counts for nothing, and so do the fines about it.
            let fine = fine * hearing.prepared.design.scope;
            if delay == 0 {
                hearing.record.fines += Enforcement::levy(fine, due.obligor, &injured, books.realised);
            } else {
                books
                    .docket
                    .put_off(hearing.year + delay, |payments| Enforcement::levy(fine, due.obligor, &injured, payments));
            }
            let total: f64 = injured.iter().map(|injury| injury.max(0.0)).sum();
            hearing.record.by_state[due.obligor].organisation_cost += cost;
            for (state, injury) in hearing.record.by_state.iter_mut().zip(&injured).take(hearing.prepared.states()) {
                state.organisation_cost += cost * injury.max(0.0) / total;
            }
        }
        if self.breach {
            let sanctioned = f64::from(fine > 0.0 || self.collapse);
            books.breaches.0 += sanctioned;
            books.breaches.1 += 1.0 - sanctioned;
        }
    }
}

/// Monitoring and sanctions of a regime's year.
pub(super) struct Hearing<'a, 'b, T: Trace> {
    pub(super) engine: &'a Engine,
    pub(super) prepared: &'a Prepared,
    pub(super) deal: &'a Deal<'b>,
    pub(super) table: &'a Table,
    pub(super) year: usize,
    pub(super) record: &'a mut YearRecord,
    pub(super) trace: &'a mut T,
}

impl<T: Trace> Hearing<'_, '_, T> {
    /// Benefits lost to others when the obligation is not performed, by state, MUSD.
    fn injuries(&self, due: &Due) -> impl Iterator<Item = (usize, f64)> {
        let (deal, plan) = (self.deal, due.domain.and_then(|at| self.deal.plans[at]));
        let (slot, paid) = (due.slot, due.domain.is_none());
        deal.bound.without(due.obligor).iter().map(move |state| {
            let benefit = || plan.map_or(0.0, |plan| plan.benefit(slot, state));
            (state, if paid { deal.transfers[state].max(0.0) } else { benefit() })
        })
    }

    pub(super) fn judge(
        &mut self,
        season: Season,
        due: &Due,
        intends: bool,
        done: f64,
        luck: impl Fn(SlotDraw) -> f64,
    ) -> Verdict {
        let tolerance = self.engine.scenario.behaviour.breach_tolerance;
        let breach = !intends || done < 1.0 - tolerance;
        let enforcement = &self.prepared.enforcement;
        let reported = enforcement.reports(breach, luck(SlotDraw::Detect));
        let injured: f64 = self.injuries(due).map(|(_, injury)| injury.max(0.0)).sum();
        let claim = if reported && injured > 0.0 { due.incentive.due_fine } else { 0.0 };
        let sentence = enforcement.sentence(claim, || luck(SlotDraw::Court));
        let collapse = reported && enforcement.brings_down(luck(SlotDraw::Collapse));
        let record = &mut *self.record;
        record.due += 1;
        record.kept += u32::from(!breach);
        // A payment is worth what the payer owes; an act what others lose without it.
        let worth = if due.domain.is_some() { injured } else { -self.deal.transfers[due.obligor] };
        record.value_due += worth * due.share;
        record.value_kept += worth * due.share * done;
        record.disputes += u32::from(reported);
        if T::LISTENS {
            let (act, monitoring) = match season {
                Season::Summer => (Step::SummerAct, Step::SummerMonitoring),
                Season::Winter => (Step::WinterAct, Step::WinterMonitoring),
            };
            let slot = due.domain.map(|at| self.prepared.first_slot[self.deal.domains[at]] + due.slot);
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
            let (year, table, state) = (self.year, Some(self.table), Some(due.obligor));
            let what = if intends { "performs" } else { "breaks" };
            self.trace.event(Event { year, step: act, table, state, slot, what, values: &values });
            if reported {
                let what = if breach { "breach reported" } else { "false alarm" };
                let delay = sentence.delay as f64;
                let values =
                    [("claim", claim), ("fine", sentence.fine), ("delay", delay), ("collapse", f64::from(collapse))];
                self.trace.event(Event { year, step: monitoring, table, state, slot, what, values: &values });
            }
        }
        Verdict { breach, reported, collapse, sentence }
    }
}

/// Reports of a season, told to those they concern once everybody has acted.
#[derive(Debug, Default)]
pub(super) struct Notes {
    reported: [u64; MAX_DOMAINS],
    judged: [u64; MAX_DOMAINS],
    payments: (u16, u16),
}

impl Notes {
    pub(super) fn push(&mut self, domain: Option<usize>, slot: usize, obligor: usize, verdict: Verdict) {
        match domain {
            Some(at) => {
                self.judged[at] |= 1 << slot;
                self.reported[at] |= u64::from(verdict.reported) << slot;
            }
            None => {
                self.payments.0 |= 1 << obligor;
                self.payments.1 |= u16::from(verdict.reported) << obligor;
            }
        }
    }

    /// Those who were to benefit hear whether performance was reported; with transparency everybody else does too.
    pub(super) fn tell(
        &self,
        deal: &Deal<'_>,
        prepared: &Prepared,
        (trust, lane): (&mut Trust, usize),
        table: &Table,
        public: Members,
    ) {
        let all = if prepared.design.transparency { Members(public.0 | deal.bound.0) } else { deal.bound };
        let open = prepared.design.transparency;
        for (at, &domain) in table.domains.iter().enumerate() {
            let Some(plan) = &deal.plans[at] else {
                continue;
            };
            for (slot, info) in prepared.slots[domain].iter().enumerate() {
                if self.judged[at] >> slot & 1 == 0 {
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
    fn what_a_court_has_put_off_is_taken_once_in_its_year() {
        let mut docket = Docket::default();
        let (nothing, mut payments) = (([0.0; MAX_STATES], 0.0), [0.0; MAX_STATES]);
        payments[1] = 4.0;
        docket.put_off(2 + MAX_DELAY, |own| {
            own.copy_from_slice(&payments);
            5.0
        });
        assert_eq!(docket.take(2), nothing);
        assert_eq!(docket.take(2 + MAX_DELAY), (payments, 5.0));
        assert_eq!(docket.take(2 + MAX_DELAY), nothing);
        // The next time round the place is empty.
        assert_eq!(docket.take(3 + 2 * MAX_DELAY), nothing);
    }
}
