//! Step 12 of the year: settles what was done, less the overlap with other organisations (ODD §6,
//! §7).
//!
//! Physics and payoffs are computed in `domain`.

use super::context::YearContext;
use super::losses::{Acted, Cause, DealAccount, Gains, Potential};
use super::organisations::{TablePlace, regime_in};
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
    let Worker { worlds, runs, potentials, .. } = worker;
    for (lane, run) in runs.iter_mut().enumerate().filter(|(lane, _)| played[*lane]) {
        let record = &mut records[lane][now.year];
        Settlement { now, lane, worlds, run, potentials, record, trace }.settle();
    }
}

/// Returns the acts done under the regime of a table in one of its domains; `None` where nothing
/// was owed.
fn acts<'a>(
    now: YearContext<'_>,
    run: &'a Run,
    table: &Table,
    (place, at): (TablePlace, usize),
) -> Option<Acts<'a>> {
    let YearContext { engine, prepared, .. } = now;
    let regime = run.regime(place);
    let plan = regime.plan(prepared, table, at, &run.taken);
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
    potentials: &'a [[Potential; LANES]],
    record: &'a mut YearRecord,
    trace: &'a mut T,
}

impl<T: Trace> Settlement<'_, T> {
    fn settle(&mut self) {
        let YearContext { engine, prepared, year, .. } = self.now;
        if prepared.several_bodies {
            for domain in (0..prepared.treated.len()).filter(|&at| prepared.treated[at]) {
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
            if !prepared.treated[domain] {
                let memory = &mut self.run.memories[domain];
                trace_routing(world, (domain, year, self.lane), &[], memory, self.trace);
                let settled = world.settle(&engine.scenario, year, self.lane, &[], memory);
                self.record.physical.add(&settled.physical);
                if engine.account {
                    self.account(domain, None, &settled.gain);
                }
            }
            if !prepared.beside.is_empty() {
                self.count_treatment(domain);
            }
            let optimum = self.worlds[domain].optimum(year, self.lane);
            self.record.optimum += optimum;

            if engine.account {
                let everyone = &self.potentials[domain][self.lane].gains[0];
                self.record.losses.region[Cause::Unforeseen as usize] +=
                    optimum - everyone[..prepared.states()].iter().sum::<f64>();
            }
        }
    }

    /// Counts whether a domain is treated by an organisation, and whether by several: whether it is
    /// open there and two states or more take part.
    fn count_treatment(&mut self, domain: usize) {
        let prepared = self.now.prepared;
        let treats = |organisation: &usize| {
            let open = self.run.agenda_of(*organisation).depth(domain) > 0.0;
            let mut tables = prepared.of(*organisation).tables().iter().enumerate();
            open && tables.any(|(index, table)| {
                let place = TablePlace { organisation: *organisation, index };
                table.domains.contains(&domain) && self.run.regime(place).participants.len() > 1
            })
        };
        let count = (0..=prepared.beside.len()).filter(treats).count();
        self.record.treated.0 += u32::from(count > 0);
        self.record.treated.1 += u32::from(count > 1);
    }

    /// Records what was gained in a domain, for stages of the agenda that require success there.
    fn record_success(&mut self, domain: usize, gain: &Gains) {
        let YearContext { prepared, year, .. } = self.now;
        for organisation in 0..=prepared.beside.len() {
            if !prepared.of(organisation).design.stages.is_empty() {
                let optimum = self.worlds[domain].optimum(year, self.lane);
                let gain = gain[..prepared.states()].iter().sum();
                self.run.agenda_of_mut(organisation).record(domain, gain, optimum);
            }
        }
    }

    /// Enters a domain in the account of losses: what each cause takes, from the full-depth plan of
    /// all states to what is gained. `start` is the memory before the year; without one the domain
    /// is not on the agenda.
    fn account(&mut self, domain: usize, start: Option<&Memory>, actual: &Gains) {
        let prepared = self.now.prepared;
        let states = prepared.states();
        let potential = &self.potentials[domain][self.lane].gains;
        let losses = &mut self.record.losses;
        for (cause, set) in [(Cause::Outside, 1), (Cause::Unratified, 2), (Cause::OptedOut, 3)] {
            losses.add(cause, states, &potential[set - 1], &potential[set]);
        }
        let agreed = match start {
            Some(start) => self.account_for_deals(domain, start, actual),
            None => {
                losses.add(Cause::Outside, states, &potential[3], actual);
                *actual
            }
        };
        let losses = &mut self.record.losses;
        let scope = prepared.design.scope;
        let counted = actual.map(|gain| scope * gain);
        losses.add(Cause::Duplicated, states, actual, &counted);
        losses.add(Cause::Delivered, states, &counted, &[0.0; MAX_STATES]);
        self.record.agreed += scope * agreed[..states].iter().sum::<f64>();
    }

    /// Enters what is lost from the full-depth plan of the members to the acts in a domain. Returns
    /// the gains if all that is in force had been performed.
    fn account_for_deals(&mut self, domain: usize, start: &Memory, actual: &Gains) -> Gains {
        let YearContext { prepared, year, .. } = self.now;
        let tables = || {
            prepared.all_tables().filter_map(|(place, table)| {
                let at = table.domains.iter().position(|other| *other == domain)?;
                Some((place, at, table))
            })
        };
        let Run { own, others, taken, kept, memory, .. } = &mut *self.run;
        let regime_of = |place: TablePlace| regime_in(&own.regimes, others, place);
        let (mut parties, mut bound) = (Acted::new(), Acted::new());
        for (place, at, table) in tables() {
            let regime = regime_of(place);
            let plan = regime.plan(prepared, table, at, taken);
            if let Some(plan) = plan.filter(|_| regime.active) {
                parties.push(table.body, plan, regime.parties.and(regime.participants));
                bound.push(table.body, plan, regime.bound);
            }
        }
        let potential = &self.potentials[domain][self.lane];
        let losses = &mut self.record.losses;
        if parties.is_empty() {
            let rests = |place| (year as f64) < regime_of(place).suspended_until;
            let resting = tables().all(|(place, ..)| rests(place));
            let cause = if resting { Cause::Resting } else { Cause::NotAgreed };
            losses.add(cause, prepared.states(), &potential.gains[3], actual);
            return *actual;
        }
        let (world, place) = (&mut self.worlds[domain], (year, self.lane));
        let memory = (start, memory);
        DealAccount { now: self.now, domain, place, world, memory, kept, losses }
            .follow(&parties, &bound, potential, actual)
    }

    /// Settles a domain that one table decides on. Its regime receives the whole gain.
    fn settle_table(&mut self, table: &Table, (index, at): (usize, usize)) {
        let YearContext { engine, prepared, year, .. } = self.now;
        let (run, domain) = (&mut *self.run, table.domains[at]);
        let world = &mut self.worlds[domain];
        let mut memory = std::mem::take(&mut run.memories[domain]);
        let start = engine.account.then(|| {
            let mut start = std::mem::take(&mut run.start);
            start.copy_from(&memory);
            start
        });
        let done = acts(self.now, run, table, (TablePlace { organisation: 0, index }, at));
        let place = (domain, year, self.lane);
        trace_routing(world, place, done.as_slice(), &memory, self.trace);
        let settled = world.settle(&engine.scenario, year, self.lane, done.as_slice(), &mut memory);
        run.memories[domain] = memory;
        let realised = &mut run.own.regimes[index].realised;
        for (realised, gain) in realised.iter_mut().zip(&settled.gain).take(prepared.states()) {
            *realised += gain;
        }
        self.record.physical.add(&settled.physical);
        self.record_success(domain, &settled.gain);
        if let Some(start) = start {
            self.account(domain, Some(&start), &settled.gain);
            self.run.start = start;
        }
    }

    /// Settles a domain that several bodies decide on.
    ///
    /// Each body's regime receives what its acts add to those of the bodies before; the first also
    /// receives the gain that arises without any act.
    fn settle_bodies(&mut self, domain: usize) {
        let YearContext { engine, prepared, year, .. } = self.now;
        let (scenario, lane, run) = (&engine.scenario, self.lane, &mut *self.run);
        let world = &mut self.worlds[domain];
        let place = |table: &Table| table.domains.iter().position(|other| *other == domain);
        let start = std::mem::take(&mut run.memories[domain]);
        let mut memory = std::mem::take(&mut run.memory);
        memory.copy_from(&start);
        let mut settled = world.settle(scenario, year, lane, &[], &mut memory);
        // Gain without any act, then what each body adds, and the regime that receives it.
        let mut gains = [[0.0; MAX_STATES]; MAX_BODIES + 1];
        let mut who = [TablePlace { organisation: 0, index: 0 }; MAX_BODIES + 1];
        let mut count = 0;
        {
            // On the stack, because settlement must not allocate.
            let mut done: [Acts<'_>; MAX_BODIES] = [Acts::default(); MAX_BODIES];
            let mut first = true;
            for (other, table) in prepared.all_tables() {
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
            let realised = &mut run.regime_mut(*who).realised;
            for (realised, gain) in realised.iter_mut().zip(gains).take(prepared.states()) {
                *realised += gain;
            }
        }
        self.record.physical.add(&settled.physical);
        self.record_success(domain, &settled.gain);
        // The memory of the year's end goes to its place; that of its start becomes scratch.
        self.run.memories[domain] = memory;
        if engine.account {
            self.run.memory = std::mem::take(&mut self.run.start);
            self.account(domain, Some(&start), &settled.gain);
            self.run.start = std::mem::replace(&mut self.run.memory, start);
        } else {
            self.run.memory = start;
        }
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
