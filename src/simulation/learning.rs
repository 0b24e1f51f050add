//! Step 13 of the year: accounts are drawn up; trust, experience, collapse and discontent follow from them (ODD §6, §9).

use super::prepared::Prepared;
use super::trace::{Event, Step, Trace};
use super::{Engine, Run, Worker, YearRecord};
use crate::behaviour::wants_out;
use crate::ids::Members;
use crate::numeric::{LANES, lanes};

/// States learn from the year, and its books are closed.
pub(super) fn learn<T: Trace>(
    engine: &Engine,
    prepared: &Prepared,
    worker: &mut Worker,
    records: &mut [Vec<YearRecord>],
    played: &[bool; LANES],
    year: usize,
    trace: &mut T,
) {
    let played = || (0..LANES).filter(|&lane| played[lane]);
    for lane in played() {
        confide(prepared, worker, lane);
    }
    worker.trust.learn(|state| engine.scenario.states[state].trust_forgetting);
    for lane in played() {
        draw_up(engine, prepared, worker, &mut records[lane][year], year, lane, trace);
    }
    let members = lanes(|lane| worker.runs[lane].members);
    let trust = worker.trust.average(&members);
    for lane in played() {
        records[lane][year].trust = trust[lane];
    }
}

/// Accounts of a replication; what follows from them for its regimes and members.
fn draw_up<T: Trace>(
    engine: &Engine,
    prepared: &Prepared,
    worker: &mut Worker,
    record: &mut YearRecord,
    year: usize,
    lane: usize,
    trace: &mut T,
) {
    let Worker { fates, runs, worlds, scratch, .. } = worker;
    let run = &mut runs[lane];
    let (scenario, behaviour) = (&engine.scenario, &engine.scenario.behaviour);
    let (design, members) = (&prepared.design, run.members);
    run.reputation.observe(1.0, run.breaches.0, run.breaches.1);
    if design.vote_suspension_years > 0 {
        for state in run.accused.iter() {
            run.vote_suspended_until[state] = (year + 1) as f64 + f64::from(design.vote_suspension_years);
        }
    }
    let rewarded = if design.grant > 0.0 { Members(run.obliged.0 & !run.accused.0) } else { Members::NONE };
    for (index, table) in prepared.tables().iter().enumerate() {
        let regime = &mut run.regimes[index];
        if !regime.bound.is_empty() {
            for state in 0..scenario.states.len() {
                // What a regime is worth beside what it asks for: both without regard to what is done elsewhere already.
                let granted = if rewarded.contains(state) { design.grant } else { 0.0 };
                let worth = regime.realised[state] / design.scope + granted;
                regime.experience[state].learn(worth, behaviour.experience_weight);
            }
        }
        if regime.collapses {
            for &domain in &table.domains {
                worlds[domain].abandon(&mut run.memories[domain]);
            }
            regime.collapses = false;
            regime.active = false;
            regime.asleep_until = (year + 1) as f64 + design.sleep_years;
            if T::LISTENS {
                let (table, step) = (Some(table), Step::Learning);
                let (what, values) = ("collapse", &[("until", regime.asleep_until)]);
                trace.event(Event { year, step, table, state: None, slot: None, what, values });
            }
        }
    }
    account_for_gains(prepared, run, record, rewarded, year);
    charge(engine, prepared, run, fates, record, year, lane);
    let floor = behaviour.stake_floor * members.iter().map(|state| scratch.stakes[state][lane]).sum::<f64>()
        / members.len().max(1) as f64;
    for state in members.iter() {
        let own = &record.by_state[state];
        let net = own.net() - own.sovereignty_cost;
        run.satisfaction[state].learn(net, behaviour.experience_weight);
        let stake = design.scope * scratch.stakes[state][lane].max(floor);
        run.agenda_stake[state].learn(stake, behaviour.experience_weight);
        if design.membership.exit && run.leaving_at[state].is_infinite() {
            let luck = fates.luck(year, engine.layout.exit(state), lane);
            let exact = scenario.states[state].lambda_vote.is_infinite();
            let (mood, net) = (&mut run.discontent[state], run.satisfaction[state].value());
            if wants_out(mood, net, run.agenda_stake[state].value(), behaviour, exact, luck) {
                // Notice is given at the end of this year.
                run.leaving_at[state] = (year + 1 + design.membership.exit_notice) as f64;
                if T::LISTENS {
                    let (state, values) = (Some(state), &[("net_benefit", net)]);
                    let (step, what) = (Step::Learning, "gives notice");
                    trace.event(Event { year, step, table: None, state, slot: None, what, values });
                }
            }
        }
    }
    record.members = members.len() as u32;
}

/// Confidence measures add good experience among members in every domain on the agenda.
fn confide(prepared: &Prepared, worker: &mut Worker, lane: usize) {
    let counts = prepared.design.confidence_counts;
    if counts <= 0.0 {
        return;
    }
    let members = worker.runs[lane].members;
    for (domain, _) in prepared.on_agenda.iter().enumerate().filter(|(_, on)| **on) {
        for observer in members.iter() {
            for other in members.without(observer).iter() {
                worker.trust.reassure(domain, observer, other, lane, counts);
            }
        }
    }
}

/// Gains of the year: what every regime gave, which is physics, transfers and fines; fines that courts had put off; and
/// grants, which are kept apart.
fn account_for_gains(prepared: &Prepared, run: &mut Run, record: &mut YearRecord, rewarded: Members, year: usize) {
    let (late, fines) = run.docket.take(year);
    record.fines += fines;
    let regimes = &run.regimes[..prepared.tables().len()];
    for (state, late) in late.iter().enumerate().take(prepared.states()) {
        let given: f64 = regimes.iter().map(|regime| regime.realised[state]).sum();
        let own = &mut record.by_state[state];
        own.gain = given + late;
        if rewarded.contains(state) {
            own.donations += prepared.design.grant;
        }
    }
}

/// Organisation costs and the cost of sovereignty. Where arrears have consequences, a member that is worse off with the
/// organisation keeps its dues back, and the others bear them.
fn charge(
    engine: &Engine,
    prepared: &Prepared,
    run: &mut Run,
    fates: &crate::fate::Fates,
    record: &mut YearRecord,
    year: usize,
    lane: usize,
) {
    let design = &prepared.design;
    let owing = run.members.and(run.founding.ratified);
    let provisional = design.founding.as_ref().is_none_or(|founding| founding.provisional);
    let acting = if provisional { run.members } else { owing };
    let mut payers = owing;
    if design.arrears_years.is_some() {
        payers = owing.iter().filter(|&state| run.satisfaction[state].value() >= 0.0).collect();
        for state in owing.iter() {
            run.arrears[state] = if payers.contains(state) { 0 } else { run.arrears[state] + 1 };
        }
    }
    let delegated = prepared.tables().iter().filter(|table| table.delegated).count() as f64;
    let total = design.secretariat + delegated * design.delegation_overhead;
    let votes = design.rule.votes(payers);
    for state in payers.iter() {
        let share = if votes > 0.0 { design.rule.weights[state] / votes } else { 1.0 / payers.len() as f64 };
        record.by_state[state].organisation_cost += total * share;
    }
    for state in acting.iter() {
        let resolve = fates.at(year, engine.layout.resolve(state), lane);
        record.by_state[state].sovereignty_cost =
            engine.scenario.states[state].sovereignty_cost.get() * resolve * prepared.pooling;
    }
}
