//! Step 13 of the year: closes the accounts and updates trust, reputation, experience, collapses
//! and discontent (ODD §6, §9).

use super::context::YearContext;
use super::outside::forgone;
use super::prepared::of_lane;
use super::trace::{Event, Step, Trace};
use super::{Run, Worker, YearRecord};
use crate::behaviour::gives_notice;
use crate::domain::World;
use crate::draws::Draws;
use crate::ids::{MAX_STATES, Members};
use crate::numeric::{LANES, lanes};

/// Updates trust with the year's observations.
pub(super) fn learn_trust(now: YearContext<'_>, worker: &mut Worker) {
    let spillover = now.engine.scenario.behaviour.trust_spillover;
    if spillover > 0.0 {
        worker.trust.spill_over(spillover);
    }
    worker.trust.learn(|state| now.engine.scenario.states[state].trust_forgetting);
}

/// Closes the accounts of the year, and updates regimes and members.
pub(super) fn close_accounts<T: Trace>(
    now: YearContext<'_>,
    worker: &mut Worker,
    records: &mut [Vec<YearRecord>],
    played: &[bool; LANES],
    trace: &mut T,
) {
    for lane in (0..LANES).filter(|&lane| played[lane]) {
        let record = &mut records[lane][now.year];
        let Worker { draws, runs, worlds, scratch, .. } = worker;
        let run = &mut runs[lane];
        let design = &now.prepared.design;
        run.own.reputation.observe(1.0, run.own.breaches.0, run.own.breaches.1);
        let rewarded = if design.grant > 0.0 {
            Members(run.own.obliged.0 & !run.own.accused.0)
        } else {
            Members::NONE
        };
        forgo_outside_options(now, run, draws, record, lane);
        learn_from_regimes(now, run, worlds, rewarded, trace);
        account_for_gains(now, run, record, rewarded);
        charge_dues(now, run, draws, record, lane);
        let stakes = of_lane(&scratch.stakes, lane);
        learn_from_membership(now, run, draws, record, (lane, &stakes), trace);
    }
}

/// Records the number of members and their mean trust at the end of the year.
pub(super) fn record_membership(
    now: YearContext<'_>,
    worker: &Worker,
    records: &mut [Vec<YearRecord>],
    played: &[bool; LANES],
) {
    let members = lanes(|lane| worker.runs[lane].own.members);
    let trust = worker.trust.average(&members);
    for lane in (0..LANES).filter(|&lane| played[lane]) {
        let record = &mut records[lane][now.year];
        (record.members, record.trust) = (members[lane].len() as u32, trust[lane]);
    }
}

/// Updates each state's experience of the regimes, and applies the collapses that reports have
/// caused.
fn learn_from_regimes<T: Trace>(
    now: YearContext<'_>,
    run: &mut Run,
    worlds: &mut [World],
    rewarded: Members,
    trace: &mut T,
) {
    let YearContext { engine, prepared, year, .. } = now;
    let (design, behaviour) = (&prepared.design, &engine.scenario.behaviour);
    for (index, table) in prepared.tables().iter().enumerate() {
        let regime = &mut run.own.regimes[index];
        if !regime.bound.is_empty() {
            for state in 0..engine.scenario.states.len() {
                // Overlap changes neither experience nor choices, only the gains that are counted.
                let granted = if rewarded.contains(state) { design.grant } else { 0.0 };
                let value = regime.realised[state] + granted - regime.forgone[state];
                regime.experience[state].learn(value, behaviour.experience_weight);
            }
        }
        if regime.standing.take_collapse(year) {
            for &domain in &table.domains {
                worlds[domain].abandon(&mut run.memories[domain]);
            }
            regime.active = false;
            regime.suspended_until = (year + 1) as f64 + prepared.rest_years;
            if T::ENABLED {
                let values = &[("until", regime.suspended_until)];
                let event = now.event(Step::Learning, "collapse");
                trace.event(Event { table: Some(table), values, ..event });
            }
        }
    }
}

/// Records what states forgo elsewhere because they are bound, and subtracts it from what they
/// realise of the regime.
fn forgo_outside_options(
    now: YearContext<'_>,
    run: &mut Run,
    draws: &Draws,
    record: &mut YearRecord,
    lane: usize,
) {
    for (index, table) in now.prepared.tables().iter().enumerate() {
        let regime = &mut run.own.regimes[index];
        for (at, &domain) in table.domains.iter().enumerate() {
            if regime.bound.is_empty() || regime.levels[at].is_none() {
                continue;
            }
            for (state, value) in forgone(now, draws, domain, true) {
                if regime.bound.contains(state) {
                    record.by_state[state].forgone += value[lane];
                    regime.forgone[state] += value[lane];
                }
            }
        }
    }
}

/// Updates the members' experience of membership. Members that have been discontent long enough
/// give notice.
fn learn_from_membership<T: Trace>(
    now: YearContext<'_>,
    run: &mut Run,
    draws: &Draws,
    record: &YearRecord,
    (lane, stakes): (usize, &[f64; MAX_STATES]),
    trace: &mut T,
) {
    let YearContext { engine, prepared, year, .. } = now;
    let (scenario, behaviour) = (&engine.scenario, &engine.scenario.behaviour);
    let (design, members) = (&prepared.design, run.own.members);
    let floor = behaviour.stake_floor * members.iter().map(|state| stakes[state]).sum::<f64>()
        / members.len().max(1) as f64;
    for state in members.iter() {
        let own = &record.by_state[state];
        // Overlap leaves choices as they are.
        let net = own.gain / design.scope + own.donations
            - own.organisation_cost
            - own.sovereignty_cost
            - own.forgone;
        run.own.satisfaction[state].learn(net, behaviour.experience_weight);
        let stake = stakes[state].max(floor);
        run.own.agenda_stake[state].learn(stake, behaviour.experience_weight);
        if design.membership.exit && run.own.leaving_at[state].is_infinite() {
            let draw = draws.choice(year, engine.layout.exit(state), lane);
            let exact = scenario.states[state].lambda_vote.is_infinite();
            let (discontent, net) =
                (&mut run.own.discontent[state], run.own.satisfaction[state].value());
            if gives_notice(
                discontent,
                net,
                run.own.agenda_stake[state].value(),
                behaviour,
                exact,
                draw,
            ) {
                // Notice counts from the end of this year (ODD §7).
                run.own.leaving_at[state] = (year + 1 + design.membership.exit_notice) as f64;
                if T::ENABLED {
                    let values = &[("net_benefit", net)];
                    let event = now.event(Step::Learning, "gives notice");
                    trace.event(Event { state: Some(state), values, ..event });
                }
            }
        }
    }
}

/// Adds the good experience of confidence measures among members, in every domain on the agenda.
pub(super) fn apply_confidence_measures(
    now: YearContext<'_>,
    worker: &mut Worker,
    played: &[bool; LANES],
) {
    let prepared = now.prepared;
    let informed = prepared.design.informed_counts;
    let by_domain = &prepared.design.confidence_counts;
    if informed <= 0.0 && by_domain.iter().all(|counts| *counts <= 0.0) {
        return;
    }
    for lane in (0..LANES).filter(|&lane| played[lane]) {
        let members = worker.runs[lane].own.members;
        for (domain, _) in prepared.on_agenda.iter().enumerate().filter(|(_, on)| **on) {
            let counts = by_domain[domain] + informed;
            if counts <= 0.0 {
                continue;
            }
            for observer in members.iter() {
                for other in members.without(observer).iter() {
                    worker.trust.add_confidence(domain, observer, other, lane, counts);
                }
            }
        }
    }
}

/// Records the gains of the year: those from all regimes (physics, transfers and fines), fines that
/// courts had put off, and, kept apart, grants.
fn account_for_gains(
    now: YearContext<'_>,
    run: &mut Run,
    record: &mut YearRecord,
    rewarded: Members,
) {
    let YearContext { prepared, year, .. } = now;
    let (late, fines) = run.own.pending_fines.take(year);
    record.fines += fines;
    let regimes = &run.own.regimes[..prepared.tables().len()];
    for (state, late) in late.iter().enumerate().take(prepared.states()) {
        let given: f64 = regimes.iter().map(|regime| regime.realised[state]).sum();
        let own = &mut record.by_state[state];
        // What other organisations also do is counted there.
        own.gain = prepared.design.scope * (given + late);
        if rewarded.contains(state) {
            own.donations += prepared.design.grant;
        }
    }
}

/// Charges organisation costs and the cost of sovereignty.
///
/// Where arrears have consequences, members that are worse off with the organisation withhold their
/// dues, and the others bear them.
fn charge_dues(
    now: YearContext<'_>,
    run: &mut Run,
    draws: &Draws,
    record: &mut YearRecord,
    lane: usize,
) {
    let YearContext { engine, prepared, year, .. } = now;
    let design = &prepared.design;
    let owing = run.own.members.and(run.own.founding.ratified);
    let provisional = design.founding.as_ref().is_none_or(|founding| founding.provisional);
    let acting = if provisional { run.own.members } else { owing };
    let mut payers = owing;
    if design.arrears_years.is_some() {
        payers = owing.iter().filter(|&state| run.own.satisfaction[state].value() >= 0.0).collect();
        for state in owing.iter() {
            run.own.arrears[state] =
                if payers.contains(state) { 0 } else { run.own.arrears[state] + 1 };
        }
    }
    let delegated = prepared.tables().iter().filter(|table| table.delegated).count() as f64;
    let total = design.secretariat + delegated * design.delegation_overhead;
    let votes = design.rule.votes(payers);
    for state in payers.iter() {
        let share = if votes > 0.0 {
            design.rule.weights[state] / votes
        } else {
            1.0 / payers.len() as f64
        };
        record.by_state[state].organisation_cost += total * share;
    }
    for state in acting.iter() {
        let resolve = draws.at(year, engine.layout.resolve(state), lane);
        record.by_state[state].sovereignty_cost =
            engine.scenario.states[state].sovereignty_cost.get() * resolve * prepared.pooling;
    }
}
