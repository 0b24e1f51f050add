//! What members expect of a plan (ODD §9).

use super::prepared::Prepared;
use crate::ids::{MAX_STATES, Members};
use crate::organisation::{Appraisal, Ballot};
use crate::plan::Plan;
use crate::scenario::design::Sharing;
use crate::scenario::types::Scenario;

/// Adds what members expect of a plan: benefits as far as they trust the obligors, own costs as far as they trust
/// the trigger. `bound` are those whose obligations count.
pub(super) fn appraise(
    prepared: &Prepared,
    domain: usize,
    plan: &Plan<'_>,
    bound: Members,
    members: Members,
    trust: impl Fn(usize, usize, usize) -> f64,
    appraisal: &mut Appraisal,
) {
    let slots = &prepared.slots[domain];
    let joint = prepared.joint[domain];
    if joint && slots.iter().any(|info| !bound.contains(info.obligor)) {
        return;
    }
    let shapley = prepared.design.sharing == Sharing::Shapley;
    for (slot, info) in slots.iter().enumerate() {
        let obligor = info.obligor;
        if plan.amount(slot) <= 0.0 || !prepared.can_fall_due(domain, slot, bound) {
            continue;
        }
        if joint {
            // Where nothing is realised unless all perform, all must be trusted.
            let all = |state: usize| -> f64 {
                let others = slots.iter().filter(|info| info.obligor != state);
                others.map(|info| trust(domain, state, info.obligor)).product()
            };
            add_obligation(prepared, plan, (domain, slot), members, all(obligor), |state, _| all(state), appraisal);
            continue;
        }
        let triggered = match info.trigger {
            Some(trigger) if slots[trigger].obligor != obligor => trust(domain, obligor, slots[trigger].obligor),
            _ => 1.0,
        };
        let trusted = |state: usize, obligor: usize| if state == obligor { 1.0 } else { trust(domain, state, obligor) };
        add_obligation(prepared, plan, (domain, slot), members, triggered, trusted, appraisal);
        if shapley {
            split_by_arrival(prepared, domain, slot, plan.cost(slot) * triggered, &mut appraisal.shapley, |state| {
                if members.contains(state) { plan.benefit(slot, state) * trusted(state, obligor) } else { 0.0 }
            });
        }
    }
}

/// Adds one obligation: `triggered` is how far its obligor expects to owe it, `trusted` how far a state trusts an obligor.
#[inline(always)]
fn add_obligation(
    prepared: &Prepared,
    plan: &Plan<'_>,
    (domain, slot): (usize, usize),
    members: Members,
    triggered: f64,
    trusted: impl Fn(usize, usize) -> f64,
    appraisal: &mut Appraisal,
) {
    let obligor = prepared.slots[domain][slot].obligor;
    let cost = plan.cost(slot);
    let weight = prepared.weights[obligor];
    appraisal.net[obligor] -= cost * triggered;
    appraisal.gross[obligor] += cost.abs();
    appraisal.kept -= weight * cost;
    appraisal.valued -= weight * cost * triggered;
    for state in members.iter() {
        let benefit = plan.benefit(slot, state);
        if benefit != 0.0 {
            let expected = benefit * trusted(state, obligor);
            appraisal.net[state] += expected;
            appraisal.gross[state] += benefit.abs();
            appraisal.kept += prepared.weights[state] * benefit;
            appraisal.valued += prepared.weights[state] * expected;
        }
    }
}

/// The Shapley value of one obligation: it is there once all up the chain that triggers it are there, and of use to a
/// state once that is there too; so everyone on the chain has an equal part in its cost, and in each benefit together
/// with who receives it.
fn split_by_arrival(
    prepared: &Prepared,
    domain: usize,
    slot: usize,
    cost: f64,
    shapley: &mut [f64; MAX_STATES],
    benefit: impl Fn(usize) -> f64,
) {
    let chain = prepared.slots[domain][slot].chain;
    let mut divide = |among: Members, value: f64| {
        for state in among.iter() {
            shapley[state] += value / among.len() as f64;
        }
    };
    divide(chain, -cost);
    for state in 0..prepared.weights.len() {
        let value = benefit(state);
        if value != 0.0 {
            divide(chain.with(state), value);
        }
    }
}

/// Expected gains and stakes with transfers.
pub(super) fn weigh(
    scenario: &Scenario,
    whole: &Appraisal,
    paid: &[f64; MAX_STATES],
    trust_in_payers: &[f64; MAX_STATES],
    members: Members,
) -> Ballot {
    let mut ballot = Ballot { gain: [0.0; MAX_STATES], stake: [1.0; MAX_STATES] };
    for state in members.iter() {
        let trusted = if paid[state] > 0.0 { trust_in_payers[state] } else { 1.0 };
        ballot.gain[state] = whole.net[state] + paid[state] * trusted;
        ballot.stake[state] = whole.gross[state] + paid[state].abs();
    }
    ballot.floor_stakes(members, scenario.behaviour.stake_floor);
    for state in members.iter() {
        if ballot.stake[state] <= 0.0 {
            ballot.stake[state] = 1.0;
        }
    }
    ballot
}
