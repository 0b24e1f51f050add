//! Monitoring and sanctions of a regime's year, and who hears of them (ODD §6, steps 9 and 11).

use super::Engine;
use super::YearRecord;
use super::acts::{Deal, Due};
use super::prepared::Prepared;
use super::trace::{Event, Step, Trace};
use crate::behaviour::Trust;
use crate::ids::{MAX_DOMAINS, MAX_STATES, Members};
use crate::organisation::Enforcement;
use crate::scenario::design::Table;
use crate::scenario::raw::Season;

/// What monitoring made of an obligation.
#[derive(Debug, Clone, Copy)]
pub(super) struct Verdict {
    breach: bool,
    reported: bool,
    pub(super) collapse: bool,
    fine: f64,
}

impl Verdict {
    /// Levies the fine, and notes a breach as sanctioned or not.
    pub(super) fn execute<T: Trace>(
        &self,
        payments: &mut [f64; MAX_STATES],
        hearing: &Hearing<'_, '_, T>,
        due: &Due,
        breaches: &mut (f64, f64),
    ) {
        if self.fine > 0.0 {
            let injured = hearing.injured(due);
            Enforcement::levy(self.fine, due.obligor, &injured, payments);
        }
        if self.breach {
            let sanctioned = f64::from(self.fine > 0.0 || self.collapse);
            breaches.0 += sanctioned;
            breaches.1 += 1.0 - sanctioned;
        }
    }
}

/// Monitoring and sanctions of a regime's year.
pub(super) struct Hearing<'a, 'b, T: Trace> {
    pub(super) engine: &'a Engine,
    pub(super) prepared: &'a Prepared,
    pub(super) deal: &'a Deal<'b>,
    pub(super) table: usize,
    pub(super) year: usize,
    pub(super) record: &'a mut YearRecord,
    pub(super) trace: &'a mut T,
}

impl<T: Trace> Hearing<'_, '_, T> {
    /// Benefits lost to others when the obligation is not performed, MUSD.
    fn injured(&self, due: &Due) -> [f64; MAX_STATES] {
        let mut injured = [0.0; MAX_STATES];
        for state in self.deal.bound.iter().filter(|&state| state != due.obligor) {
            injured[state] = match due.domain {
                Some(at) => self.deal.plans[at].map_or(0.0, |plan| plan.benefit(due.slot, state)),
                None => self.deal.transfers[state].max(0.0),
            };
        }
        injured
    }

    pub(super) fn judge(
        &mut self,
        season: Season,
        due: &Due,
        intends: bool,
        done: f64,
        detect: f64,
        collapse: f64,
    ) -> Verdict {
        let tolerance = self.engine.scenario.behaviour.breach_tolerance;
        let breach = !intends || done < 1.0 - tolerance;
        let enforcement = &self.prepared.enforcement;
        let reported = enforcement.reports(breach, detect);
        let injured: f64 = self.injured(due).iter().map(|injury| injury.max(0.0)).sum();
        let fine = if reported && injured > 0.0 { due.incentive.fine } else { 0.0 };
        let collapse = reported && enforcement.brings_down(collapse);
        let record = &mut *self.record;
        record.due += 1;
        record.kept += u32::from(!breach);
        // A payment is worth what the payer owes; an act what others lose without it.
        let worth = if due.domain.is_some() { injured } else { -self.deal.transfers[due.obligor] };
        record.value_due += worth * due.share;
        record.value_kept += worth * due.share * done;
        record.disputes += u32::from(reported);
        record.fines += fine;
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
                ("continuation", incentive.continuation),
                ("advantage_in_stakes", due.advantage),
            ];
            let (year, table, state) = (self.year, Some(self.table), Some(due.obligor));
            let what = if intends { "performs" } else { "breaks" };
            self.trace.event(Event { year, step: act, table, state, slot, what, values: &values });
            if reported {
                let what = if breach { "breach reported" } else { "false alarm" };
                let values = [("fine", fine), ("collapse", f64::from(collapse))];
                self.trace.event(Event { year, step: monitoring, table, state, slot, what, values: &values });
            }
        }
        Verdict { breach, reported, collapse, fine }
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

    /// Those who were to benefit hear whether performance was reported.
    pub(super) fn tell(&self, deal: &Deal<'_>, prepared: &Prepared, trust: &mut Trust, table: &Table) {
        for (at, &domain) in table.domains.iter().enumerate() {
            let Some(plan) = &deal.plans[at] else {
                continue;
            };
            for (slot, info) in prepared.slots[domain].iter().enumerate() {
                if self.judged[at] >> slot & 1 == 0 {
                    continue;
                }
                let reported = self.reported[at] >> slot & 1 == 1;
                for observer in deal.bound.without(info.obligor).iter() {
                    if plan.benefit(slot, observer) > 0.0 {
                        trust.note(domain, observer, info.obligor, reported);
                    }
                }
            }
        }
        for payer in Members(self.payments.0).iter() {
            let reported = self.payments.1 >> payer & 1 == 1;
            for observer in deal.bound.without(payer).iter() {
                if deal.transfers[observer] > 0.0 {
                    for &domain in &table.domains {
                        trust.note(domain, observer, payer, reported);
                    }
                }
            }
        }
    }
}
