//! One year of one design in a batch of replications: the steps of ODD §6, in order.

use super::acts::{Account, Deal};
use super::deliberation::sit;
use super::hearing::{Books, Hearing, Notes};
use super::learning::learn;
use super::membership::move_members;
use super::prepared::{Prepared, of_lane};
use super::regime::Regime;
use super::settlement::settle;
use super::trace::{Event, Step, Trace};
use super::{Engine, Run, Worker, YearRecord};
use crate::behaviour::accepts;
use crate::fate::{Luck, SlotDraw};
use crate::ids::{MAX_DOMAINS, MAX_STATES, Members};
use crate::numeric::{LANES, any, lanes};
use crate::plan::Plan;
use crate::scenario::design::Table;
use crate::scenario::raw::{Continuation, Season};
use std::ops::Range;

/// Simulates a year of some replications: each table decides in all of them before the next one does, so that their plans
/// are made together.
pub(super) fn simulate<T: Trace>(
    engine: &Engine,
    prepared: &Prepared,
    worker: &mut Worker,
    year: usize,
    batch: Range<usize>,
    trace: &mut T,
) {
    let mut records = std::mem::take(&mut worker.records);
    let played = lanes(|lane| batch.contains(&lane) && year < worker.fates.years_played(lane));
    let played_lanes = || (0..LANES).filter(|&lane| played[lane]);
    read_fate(engine, worker, year, &played, trace);
    let mut acting: [Option<Members>; LANES] = [None; LANES];
    for lane in played_lanes() {
        let record = &mut records[lane][year];
        record.begin(engine.scenario.states.len(), worker.dry[year][lane]);
        acting[lane] = Some(move_members(engine, prepared, worker, record, year, lane, trace));
        worker.runs[lane].begin_year(prepared.several_bodies);
    }
    worker.scratch.stakes = [[0.0; LANES]; MAX_STATES];
    for (index, table) in prepared.tables().iter().enumerate() {
        let seats = lanes(|lane| acting[lane].map(|acting| table.seats(acting)));
        sit(engine, prepared, worker, index, seats, year, &mut records, trace);
    }
    // Step by step: the code of a step stays in the nearest cache while all replications take it.
    for (index, table) in prepared.tables().iter().enumerate() {
        let bound = lanes(|lane| if played[lane] { worker.runs[lane].regimes[index].bound } else { Members::NONE });
        let trust_in_payers = prepared.trust_in_payers(&worker.trust, table, &bound);
        for lane in played_lanes().filter(|&lane| !bound[lane].is_empty()) {
            let trust = of_lane(&trust_in_payers, lane);
            act(engine, prepared, worker, index, &mut records[lane][year], &trust, year, lane, trace);
        }
    }
    for lane in played_lanes() {
        settle(engine, prepared, worker, &mut records[lane][year], year, lane, trace);
    }
    learn(engine, prepared, worker, &mut records, &played, year, trace);
    worker.records = records;
}

impl Run {
    /// Nothing is agreed, done or breached yet.
    fn begin_year(&mut self, several_bodies: bool) {
        if several_bodies {
            self.agreed.fill(0.0);
            self.before.fill(0.0);
        }
        if std::mem::take(&mut self.acted) {
            self.performed.fill(0.0);
            self.answered.fill(0.0);
        }
        self.breaches = (0.0, 0.0);
        (self.obliged, self.accused) = (Members::NONE, Members::NONE);
    }
}

/// Steps 0–1. A new leadership is met with less of the old trust, and meets others so.
fn read_fate<T: Trace>(engine: &Engine, worker: &mut Worker, year: usize, played: &[bool; LANES], trace: &mut T) {
    let kept = 1.0 - engine.scenario.behaviour.trust_decay_at_leadership_change;
    for state in 0..engine.scenario.states.len() {
        let leadership = worker.fates.row(year, engine.layout.leadership(state));
        let changes: [bool; LANES] = lanes(|lane| played[lane] && leadership[lane] == 1.0);
        if any::<LANES>(|lane| changes[lane]) {
            worker.trust.decay(state, &lanes(|lane| if changes[lane] { kept } else { 1.0 }));
        }
        if T::LISTENS {
            for lane in (0..LANES).filter(|&lane| changes[lane]) {
                let resolve = worker.fates.at(year, engine.layout.resolve(state), lane);
                let values = &[("resolve", resolve)];
                let (state, what) = (Some(state), "new leadership");
                trace.event(Event { year, step: Step::Fate, table: None, state, slot: None, what, values });
            }
        }
    }
}

/// Steps 8–11 of one regime: acts, monitoring, payments, sanctions.
#[allow(clippy::too_many_arguments)]
fn act<T: Trace>(
    engine: &Engine,
    prepared: &Prepared,
    worker: &mut Worker,
    index: usize,
    record: &mut YearRecord,
    trust_in_payers: &[f64; MAX_STATES],
    year: usize,
    lane: usize,
    trace: &mut T,
) {
    let Worker { fates, worlds, runs, trust, .. } = worker;
    let scenario = &engine.scenario;
    let table = &prepared.tables()[index];
    let own = table.body * scenario.slots.len()..(table.body + 1) * scenario.slots.len();
    let Run {
        regimes,
        acted,
        performed,
        answered,
        before,
        breaches,
        docket,
        obliged,
        accused,
        members,
        taken,
        reputation,
        ..
    } = &mut runs[lane];
    *acted = true;
    let (performed, answered) = (&mut performed[own.clone()], &mut answered[own]);
    let (regime, members) = (&mut regimes[index], *members);
    let deal = deal(engine, prepared, table, (regime, taken), reputation.mean(), trust_in_payers);
    let mut account = deal.account(prepared);
    let chance = Luck { fates, layout: &engine.layout, year, lane, body: table.group };
    let able = 1.0 - prepared.design.capacity_aid;
    let mut hearing = Hearing { engine, prepared, deal: &deal, table, year, record, trace };
    for season in [Season::Summer, Season::Winter] {
        // Trust moves only when the year is learnt: what is noted now does not show in the means.
        let mut noted = Notes::default();
        deal.walk_acts(
            prepared,
            season,
            &mut account,
            performed,
            answered,
            |domain, i, j| trust.mean(domain, i, j, lane),
            |domain, plan, slot| {
                let before = before[prepared.first_slot[domain] + slot];
                worlds[domain].cost_when_due(plan, slot, year, lane, before)
            },
            |domain, slot, amount| {
                worlds[domain].effect(slot, year, lane, before[prepared.first_slot[domain] + slot], amount)
            },
            |due| {
                let at = due.domain.unwrap_or(0);
                let luck = |draw| chance.slot(prepared.first_slot[deal.domains[at]] + due.slot, draw);
                let state = &scenario.states[due.obligor];
                let intends = accepts(luck(SlotDraw::Comply), state.lambda_comply, due.advantage);
                let done = if intends { 1.0 - able * luck(SlotDraw::Slippage) } else { 0.0 };
                let verdict = hearing.judge(season, &due, intends, done, luck);
                noted.push(due.domain, due.slot, due.obligor, verdict);
                regime.collapses |= verdict.collapse;
                let realised = &mut regime.realised;
                verdict.execute(&mut hearing, &due, &mut Books { realised, breaches, docket, obliged, accused });
                done
            },
        );
        noted.tell(&deal, prepared, (trust, lane), table, members);
    }
    let (mut paid, mut guaranteed) = ([0.0; MAX_STATES], 0.0);
    let mut notes = Notes::default();
    deal.walk_payments(prepared, &account, |due| {
        let slot = engine.layout.payment_slot(table.luck, due.obligor);
        let luck = |draw| chance.slot(slot, draw);
        let pays = accepts(luck(SlotDraw::Comply), scenario.states[due.obligor].lambda_comply, due.advantage);
        let done = if pays { 1.0 } else { 0.0 };
        let verdict = hearing.judge(Season::Winter, &due, pays, done, luck);
        notes.push(None, due.slot, due.obligor, verdict);
        regime.collapses |= verdict.collapse;
        let realised = &mut regime.realised;
        verdict.execute(&mut hearing, &due, &mut Books { realised, breaches, docket, obliged, accused });
        // What is in escrow is paid in any case; of the rest that is not, outsiders make a part good.
        let sum = due.share * -deal.transfers[due.obligor] * prepared.design.scope;
        let from_payer = if pays { 1.0 } else { prepared.design.escrow };
        paid[due.obligor] = sum * from_payer;
        guaranteed += sum * (1.0 - from_payer) * prepared.design.guarantee;
        done
    });
    notes.tell(&deal, prepared, (trust, lane), table, members);
    hand_over(&deal, &account, &paid, guaranteed, regime, hearing.record);
    if prepared.several_bodies {
        for (at, &domain) in table.domains.iter().enumerate() {
            let first = prepared.first_slot[domain];
            if let Some(plan) = &deal.plans[at] {
                for slot in 0..plan.slots() {
                    before[first + slot] += plan.amount(slot) * performed[first + slot];
                }
            }
        }
    }
}

/// The deal of a regime this year.
fn deal<'a>(
    engine: &'a Engine,
    prepared: &'a Prepared,
    table: &'a Table,
    (regime, taken): (&Regime, &'a [f64]),
    reputation: f64,
    trust_in_payers: &[f64; MAX_STATES],
) -> Deal<'a> {
    let mut plans: [Option<Plan<'a>>; MAX_DOMAINS] = [None; MAX_DOMAINS];
    for (at, plan) in plans.iter_mut().enumerate().take(table.domains.len()) {
        *plan = prepared.plan_of(table, at, regime, taken);
    }
    let stationary = engine.scenario.behaviour.continuation == Continuation::Stationary;
    let mut deal = Deal {
        plans,
        domains: &table.domains,
        bound: regime.bound,
        transfers: regime.transfers,
        stake: regime.ballot.stake,
        regime_gain: [0.0; MAX_STATES],
        audience: [0.0; MAX_STATES],
        trust_in_payers: *trust_in_payers,
    };
    for state in regime.bound.iter() {
        let expected = if stationary { regime.stationary[state] } else { regime.experience[state].value() };
        deal.regime_gain[state] = expected.max(0.0);
        deal.audience[state] = engine.scenario.states[state].audience_share
            * deal.stake[state]
            * prepared.audience_multiplier
            * reputation;
    }
    deal
}

/// Money changes hands: receivers share what was paid in proportion to what each has earned.
fn hand_over(
    deal: &Deal<'_>,
    account: &Account,
    paid: &[f64; MAX_STATES],
    guaranteed: f64,
    regime: &mut Regime,
    record: &mut YearRecord,
) {
    let total: f64 = paid.iter().sum();
    let earned = |state: usize| {
        if deal.bound.contains(state) { deal.transfers[state].max(0.0) * deal.earned(account, state) } else { 0.0 }
    };
    let all_earned: f64 = deal.bound.iter().map(earned).sum();
    for state in deal.bound.iter() {
        let part = if all_earned > 0.0 { earned(state) / all_earned } else { 0.0 };
        record.by_state[state].donations += guaranteed * part;
        let net = total * part - paid[state];
        record.by_state[state].transfers += net;
        regime.realised[state] += net;
    }
}
