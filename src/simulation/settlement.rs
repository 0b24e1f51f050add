//! Step 12 of the year: physics settles what was done, as far as it is not done elsewhere already (ODD §6).

use super::prepared::Prepared;
use super::trace::{Passage, Trace};
use super::{Engine, Run, Worker, YearRecord};
use crate::domain::{Memory, World};
use crate::ids::{MAX_BODIES, MAX_STATES};
use crate::plan::Acts;
use crate::scenario::design::Table;

/// Settles all domains: gains go to the regimes under which they came about.
pub(super) fn settle<T: Trace>(
    engine: &Engine,
    prepared: &Prepared,
    worker: &mut Worker,
    record: &mut YearRecord,
    year: usize,
    lane: usize,
    trace: &mut T,
) {
    if prepared.design.scope < 1.0 {
        for performed in &mut worker.runs[lane].performed {
            *performed *= prepared.design.scope;
        }
    }
    if prepared.several_bodies {
        for domain in (0..prepared.on_agenda.len()).filter(|&domain| prepared.on_agenda[domain]) {
            settle_bodies(engine, prepared, worker, record, domain, year, lane, trace);
        }
    } else {
        for (index, table) in prepared.tables().iter().enumerate() {
            for at in 0..table.domains.len() {
                settle_alone(engine, prepared, worker, table, record, (index, at), year, lane, trace);
            }
        }
    }
    let Worker { worlds, runs, .. } = worker;
    let run = &mut runs[lane];
    for (domain, world) in worlds.iter_mut().enumerate() {
        if !prepared.on_agenda[domain] {
            tell_passage(world, domain, year, lane, &[], &run.memories[domain], trace);
            let settlement = world.settle(&engine.scenario, year, lane, &[], &mut run.memories[domain]);
            record.physical.add(&settlement.physical);
        }
        record.optimum += world.optimum(year, lane);
    }
}

/// What was done under the regime of a table in one of its domains; `None` where nothing was owed.
fn acts<'a>(
    engine: &Engine,
    prepared: &Prepared,
    run: &'a Run,
    table: &Table,
    (index, at): (usize, usize),
) -> Option<Acts<'a>> {
    let regime = &run.regimes[index];
    let plan = prepared.plan_of(table, at, regime, &run.taken).filter(|_| !regime.bound.is_empty())?;
    let slots = engine.scenario.domains[table.domains[at]].slots.clone();
    let first = table.body * engine.scenario.slots.len();
    Some((plan, &run.performed[first + slots.start..first + slots.end]))
}

/// Tells how the water passed, where somebody listens.
fn tell_passage<T: Trace>(
    world: &mut World,
    domain: usize,
    year: usize,
    lane: usize,
    acts: &[Acts<'_>],
    memory: &Memory,
    trace: &mut T,
) {
    if T::LISTENS
        && let Some((nodes, reference)) = world.passage(year, lane, acts, memory)
    {
        trace.passage(Passage { year, domain, nodes: &nodes, reference: &reference });
    }
}

/// One table for the domain: its regime has all the gain.
#[allow(clippy::too_many_arguments)] // what is read and written of the worker is told apart
fn settle_alone<T: Trace>(
    engine: &Engine,
    prepared: &Prepared,
    worker: &mut Worker,
    table: &Table,
    record: &mut YearRecord,
    (index, at): (usize, usize),
    year: usize,
    lane: usize,
    trace: &mut T,
) {
    let Worker { worlds, runs, .. } = worker;
    let run = &mut runs[lane];
    let domain = table.domains[at];
    let mut memory = std::mem::take(&mut run.memories[domain]);
    let done = acts(engine, prepared, run, table, (index, at));
    tell_passage(&mut worlds[domain], domain, year, lane, done.as_slice(), &memory, trace);
    let settlement = worlds[domain].settle(&engine.scenario, year, lane, done.as_slice(), &mut memory);
    run.memories[domain] = memory;
    let realised = &mut run.regimes[index].realised;
    for (realised, gain) in realised.iter_mut().zip(&settlement.gain).take(prepared.states()) {
        *realised += gain;
    }
    record.physical.add(&settlement.physical);
}

/// Several bodies on the domain: each has what its acts add to those of the bodies before; the first also what comes
/// without any.
#[allow(clippy::too_many_arguments)] // as above
fn settle_bodies<T: Trace>(
    engine: &Engine,
    prepared: &Prepared,
    worker: &mut Worker,
    record: &mut YearRecord,
    domain: usize,
    year: usize,
    lane: usize,
    trace: &mut T,
) {
    let Worker { worlds, runs, .. } = worker;
    let run = &mut runs[lane];
    let place = |table: &Table| table.domains.iter().position(|other| *other == domain);
    let start = std::mem::take(&mut run.memories[domain]);
    let mut memory = std::mem::take(&mut run.memory);
    memory.copy_from(&start);
    let world = &mut worlds[domain];
    let mut settlement = world.settle(&engine.scenario, year, lane, &[], &mut memory);
    // What comes without any body, then what each adds; and whose regime has it.
    let mut gains = [[0.0; MAX_STATES]; MAX_BODIES + 1];
    let mut who = [0; MAX_BODIES + 1];
    let mut count = 0;
    {
        // Room for the acts of all bodies without asking for memory.
        let mut done: [Acts<'_>; MAX_BODIES] = [Acts::default(); MAX_BODIES];
        let mut first = true;
        for (other, table) in prepared.tables().iter().enumerate() {
            let Some(at) = place(table) else {
                continue;
            };
            if first {
                (who[0], gains[0], count, first) = (other, settlement.gain, 1, false);
            }
            let Some(act) = acts(engine, prepared, run, table, (other, at)) else {
                continue;
            };
            done[count - 1] = act;
            memory.copy_from(&start);
            let all = world.settle(&engine.scenario, year, lane, &done[..count], &mut memory);
            for state in 0..all.gain.len() {
                gains[count][state] = all.gain[state] - settlement.gain[state];
            }
            who[count] = other;
            count += 1;
            settlement = all;
        }
        tell_passage(world, domain, year, lane, &done[..count.saturating_sub(1)], &start, trace);
    }
    for (who, gains) in who.iter().zip(&gains).take(count) {
        for (realised, gain) in run.regimes[*who].realised.iter_mut().zip(gains).take(prepared.states()) {
            *realised += gain;
        }
    }
    (run.memories[domain], run.memory) = (memory, start);
    record.physical.add(&settlement.physical);
}
