//! One year of one design in a batch of replications: the steps of ODD §6, one call each.
//!
//! Every step is taken in all replications of the batch before the next step begins, so that plans
//! are made together. No step is implemented here.

use super::context::YearContext;
use super::learning::{apply_confidence_measures, close_accounts, learn_trust, record_membership};
use super::losses::settle_potentials;
use super::membership::{apply_leadership_changes, begin_records, update_membership};
use super::negotiation_round::negotiate;
use super::organisations::{add_results, begin_beside, nothing, take_turns};
use super::performance::perform;
use super::settlement::settle;
use super::trace::Trace;
use super::{Prepared, Run, Worker};
use crate::numeric::{LANES, lanes};
use std::ops::Range;

/// Simulates a year in the lanes of `batch`, except replications that have ended.
pub(super) fn simulate<T: Trace>(
    now: YearContext<'_>,
    worker: &mut Worker,
    batch: Range<usize>,
    trace: &mut T,
) {
    let mut records = std::mem::take(&mut worker.records);
    let played = lanes(|lane| batch.contains(&lane) && now.year < worker.draws.years_played(lane));
    begin_year(now, worker, &played);
    begin_beside(now, worker, &mut records, &played);
    // Steps 0 and 1: draws, forecasts, new leaderships.
    apply_leadership_changes(now, worker, &played, trace);
    take_turns(now, worker, &mut records, &played, |now, worker, records, organisation| {
        // Step 2: membership.
        if organisation == 0 {
            begin_records(now, worker, records, &played);
        }
        let acting = update_membership(now, worker, records, &played, trace);
        // Step 3: agenda.
        open_domains(now, worker, &played, trace);
        // Steps 4 to 6: bargaining, vote, ratification.
        for table in 0..now.prepared.tables().len() {
            negotiate(now, worker, table, &acting, records, trace);
        }
    });
    // Steps 8 to 11: acts, payments, monitoring, sanctions.
    take_turns(now, worker, &mut records, &played, |now, worker, records, _| {
        for table in 0..now.prepared.tables().len() {
            perform(now, worker, table, records, &played, trace);
        }
    });
    // Step 12: settlement.
    if now.engine.account {
        settle_potentials(now, worker, &played);
    }
    settle(now, worker, &mut records, &played, trace);
    // Step 13: learning.
    take_turns(now, worker, &mut records, &played, |now, worker, _, _| {
        apply_confidence_measures(now, worker, &played);
    });
    learn_trust(now, worker);
    take_turns(now, worker, &mut records, &played, |now, worker, records, _| {
        close_accounts(now, worker, records, &played, trace);
    });
    add_results(now, worker, &mut records, &played);
    record_membership(now, worker, &mut records, &played);
    worker.records = records;
}

/// Takes the stages of the agenda that are due.
fn open_domains<T: Trace>(
    now: YearContext<'_>,
    worker: &mut Worker,
    played: &[bool; LANES],
    trace: &mut T,
) {
    if now.prepared.design.stages.is_empty() {
        return;
    }
    for lane in (0..LANES).filter(|&lane| played[lane]) {
        worker.runs[lane].own.agenda.take_stages(now, trace);
    }
}

/// Clears what the previous year agreed, performed and breached.
fn begin_year(now: YearContext<'_>, worker: &mut Worker, played: &[bool; LANES]) {
    for lane in (0..LANES).filter(|&lane| played[lane]) {
        worker.runs[lane].begin_year(now.prepared);
    }
    worker.scratch.stakes = nothing();
}

impl Run {
    fn begin_year(&mut self, prepared: &Prepared) {
        self.own.begin_year(prepared);
        if prepared.several_bodies {
            self.agreed.fill(0.0);
            self.before.fill(0.0);
        }
        if std::mem::take(&mut self.acted) {
            self.kept.clear();
            self.performed.fill(0.0);
            self.answered.fill(0.0);
        }
    }
}
