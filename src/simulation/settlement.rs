//! Step 12 of the year: settles what was done, less the overlap with other organisations (ODD §6,
//! §7).
//!
//! Physics and payoffs are computed in `domain`.

use super::context::YearContext;
use super::trace::{RoutedYear, Trace};
use super::{Run, Worker, YearRecord};
use crate::domain::{Memory, World};
use crate::ids::{MAX_BODIES, MAX_STATES};
use crate::numeric::LANES;
use crate::plan::Acts;
use crate::scenario::types::design::Table;

/// Settles all domains in every replication simulated, and credits gains to the regimes that caused
/// them.
pub(super) fn settle<T: Trace>(
    now: YearContext<'_>,
    worker: &mut Worker,
    records: &mut [Vec<YearRecord>],
    played: &[bool; LANES],
    trace: &mut T,
) {
    let Worker { worlds, runs, .. } = worker;
    for (lane, run) in runs.iter_mut().enumerate().filter(|(lane, _)| played[*lane]) {
        let record = &mut records[lane][now.year];
        Settlement { now, lane, worlds, run, record, trace }.settle();
    }
}

/// Returns the acts done under the regime of a table in one of its domains; `None` where nothing
/// was owed.
fn acts<'a>(
    now: YearContext<'_>,
    run: &'a Run,
    table: &Table,
    (index, at): (usize, usize),
) -> Option<Acts<'a>> {
    let YearContext { engine, prepared, .. } = now;
    let regime = &run.regimes[index];
    let plan = prepared.plan_of(table, at, regime, &run.taken);
    let plan = plan.filter(|_| !regime.bound.is_empty())?;
    let slots = engine.scenario.domains[table.domains[at]].slots.clone();
    let first = table.body * engine.scenario.slots.len();
    Some((plan, &run.performed[first + slots.start..first + slots.end]))
}

/// The settlement of one replication.
struct Settlement<'a, T: Trace> {
    now: YearContext<'a>,
    lane: usize,
    worlds: &'a mut [World],
    run: &'a mut Run,
    record: &'a mut YearRecord,
    trace: &'a mut T,
}

impl<T: Trace> Settlement<'_, T> {
    fn settle(&mut self) {
        let YearContext { engine, prepared, year } = self.now;
        if prepared.several_bodies {
            for domain in (0..prepared.on_agenda.len()).filter(|&at| prepared.on_agenda[at]) {
                self.settle_bodies(domain);
            }
        } else {
            for (index, table) in prepared.tables().iter().enumerate() {
                for at in 0..table.domains.len() {
                    self.settle_table(table, (index, at));
                }
            }
        }
        for domain in 0..self.worlds.len() {
            let world = &mut self.worlds[domain];
            if !prepared.on_agenda[domain] {
                let memory = &mut self.run.memories[domain];
                trace_routing(world, (domain, year, self.lane), &[], memory, self.trace);
                let settled = world.settle(&engine.scenario, year, self.lane, &[], memory);
                self.record.physical.add(&settled.physical);
            }
            self.record.optimum += world.optimum(year, self.lane);
        }
    }

    /// Settles a domain that one table decides on. Its regime receives the whole gain.
    fn settle_table(&mut self, table: &Table, (index, at): (usize, usize)) {
        let YearContext { engine, prepared, year } = self.now;
        let (run, domain) = (&mut *self.run, table.domains[at]);
        let world = &mut self.worlds[domain];
        let mut memory = std::mem::take(&mut run.memories[domain]);
        let done = acts(self.now, run, table, (index, at));
        let place = (domain, year, self.lane);
        trace_routing(world, place, done.as_slice(), &memory, self.trace);
        let settled = world.settle(&engine.scenario, year, self.lane, done.as_slice(), &mut memory);
        run.memories[domain] = memory;
        let realised = &mut run.regimes[index].realised;
        for (realised, gain) in realised.iter_mut().zip(&settled.gain).take(prepared.states()) {
            *realised += gain;
        }
        self.record.physical.add(&settled.physical);
    }

    /// Settles a domain that several bodies decide on.
    ///
    /// Each body's regime receives what its acts add to those of the bodies before; the first also
    /// receives the gain that arises without any act.
    fn settle_bodies(&mut self, domain: usize) {
        let YearContext { engine, prepared, year } = self.now;
        let (scenario, lane, run) = (&engine.scenario, self.lane, &mut *self.run);
        let world = &mut self.worlds[domain];
        let place = |table: &Table| table.domains.iter().position(|other| *other == domain);
        let start = std::mem::take(&mut run.memories[domain]);
        let mut memory = std::mem::take(&mut run.memory);
        memory.copy_from(&start);
        let mut settled = world.settle(scenario, year, lane, &[], &mut memory);
        // Gain without any act, then what each body adds, and the regime that receives it.
        let mut gains = [[0.0; MAX_STATES]; MAX_BODIES + 1];
        let mut who = [0; MAX_BODIES + 1];
        let mut count = 0;
        {
            // On the stack, because settlement must not allocate.
            let mut done: [Acts<'_>; MAX_BODIES] = [Acts::default(); MAX_BODIES];
            let mut first = true;
            for (other, table) in prepared.tables().iter().enumerate() {
                let Some(at) = place(table) else {
                    continue;
                };
                if first {
                    (who[0], gains[0], count, first) = (other, settled.gain, 1, false);
                }
                let Some(act) = acts(self.now, run, table, (other, at)) else {
                    continue;
                };
                done[count - 1] = act;
                memory.copy_from(&start);
                let all = world.settle(scenario, year, lane, &done[..count], &mut memory);
                for state in 0..all.gain.len() {
                    gains[count][state] = all.gain[state] - settled.gain[state];
                }
                who[count] = other;
                count += 1;
                settled = all;
            }
            let done = &done[..count.saturating_sub(1)];
            trace_routing(world, (domain, year, lane), done, &start, self.trace);
        }
        for (who, gains) in who.iter().zip(&gains).take(count) {
            let realised = &mut run.regimes[*who].realised;
            for (realised, gain) in realised.iter_mut().zip(gains).take(prepared.states()) {
                *realised += gain;
            }
        }
        (run.memories[domain], run.memory) = (memory, start);
        self.record.physical.add(&settled.physical);
    }
}

/// Traces the river routing of a domain in a year and lane, where a trace is kept.
fn trace_routing<T: Trace>(
    world: &mut World,
    (domain, year, lane): (usize, usize, usize),
    acts: &[Acts<'_>],
    memory: &Memory,
    trace: &mut T,
) {
    if T::ENABLED
        && let Some((nodes, reference)) = world.routed(year, lane, acts, memory)
    {
        trace.river(RoutedYear { year, domain, nodes: &nodes, reference: &reference });
    }
}
