//! What members expect of a plan (ODD §9).

use super::prepared::Prepared;
use crate::ids::{MAX_STATES, Members};
use crate::numeric::lanes;
use crate::organisation::{Appraisal, Ballot};
use crate::plan::{Obligation, Plan};
use crate::scenario::design::Sharing;
use crate::scenario::types::Scenario;

/// Plans of a domain that are appraised side by side: at several depths, or one alone. What is trusted is read once for all.
pub(super) const DEPTHS: usize = 4;

/// What members expect of R plans, side by side.
#[derive(Debug, Clone, Copy)]
pub(super) struct Appraisals<const R: usize> {
    net: [[f64; R]; MAX_STATES],
    gross: [[f64; R]; MAX_STATES],
    shapley: [[f64; R]; MAX_STATES],
    kept: [f64; R],
    valued: [f64; R],
}

impl<const R: usize> Default for Appraisals<R> {
    fn default() -> Self {
        let zeros = [[0.0; R]; MAX_STATES];
        Appraisals { net: zeros, gross: zeros, shapley: zeros, kept: [0.0; R], valued: [0.0; R] }
    }
}

impl Appraisals<1> {
    /// The appraisal of the one.
    pub(super) fn whole(&self) -> Appraisal {
        let mut whole = Appraisal::default();
        self.read(0, MAX_STATES, &mut whole);
        whole
    }
}

impl<const R: usize> Appraisals<R> {
    /// Back to nothing, for so many states.
    pub(super) fn clear(&mut self, states: usize) {
        for state in 0..states {
            self.net[state] = [0.0; R];
            self.gross[state] = [0.0; R];
            self.shapley[state] = [0.0; R];
        }
        (self.kept, self.valued) = ([0.0; R], [0.0; R]);
    }

    /// Reads out one of them, for so many states; the others' places are left as they are.
    pub(super) fn read(&self, at: usize, states: usize, into: &mut Appraisal) {
        for state in 0..states {
            into.net[state] = self.net[state][at];
            into.gross[state] = self.gross[state][at];
            into.shapley[state] = self.shapley[state][at];
        }
        (into.kept, into.valued) = (self.kept[at], self.valued[at]);
    }

    /// Adds what members expect of plans: benefits as far as they trust the obligors, own costs as far as they trust
    /// the trigger. `bound` are those whose obligations count.
    #[inline]
    pub(super) fn add(
        &mut self,
        prepared: &Prepared,
        domain: usize,
        plans: &[Plan<'_>; R],
        (bound, members): (Members, Members),
        trust: impl Fn(usize, usize, usize) -> f64,
    ) {
        let slots = &prepared.slots[domain];
        let joint = prepared.joint[domain];
        if joint && slots.iter().any(|info| !bound.contains(info.obligor)) {
            return;
        }
        let shapley = prepared.design.sharing == Sharing::Shapley;
        let mut rows: [_; R] = std::array::from_fn(|r| plans[r].obligations());
        for (slot, info) in slots.iter().enumerate() {
            let obligor = info.obligor;
            let terms: [Obligation<'_>; R] = std::array::from_fn(|r| rows[r].next().unwrap_or_default());
            // Only what is owed counts.
            let owed: [f64; R] = lanes(|r| if terms[r].amount > 0.0 { 1.0 } else { 0.0 });
            if owed == [0.0; R] || !prepared.can_fall_due(domain, slot, bound) {
                continue;
            }
            if joint {
                // Where nothing is realised unless all perform, all must be trusted.
                let all = |state: usize| -> f64 {
                    let others = slots.iter().filter(|info| info.obligor != state);
                    others.map(|info| trust(domain, state, info.obligor)).product()
                };
                self.add_obligation(prepared, &terms, &owed, obligor, members, all(obligor), all);
                continue;
            }
            let triggered = match info.trigger {
                Some(trigger) if slots[trigger].obligor != obligor => trust(domain, obligor, slots[trigger].obligor),
                _ => 1.0,
            };
            let trusted = |state: usize| if state == obligor { 1.0 } else { trust(domain, state, obligor) };
            self.add_obligation(prepared, &terms, &owed, obligor, members, triggered, trusted);
            if shapley {
                for (at, terms) in terms.iter().enumerate().filter(|(at, _)| owed[*at] > 0.0) {
                    let benefit = |state: usize| {
                        if members.contains(state) { terms.benefits[state] * trusted(state) } else { 0.0 }
                    };
                    let shapley = &mut self.shapley;
                    let divide = |state: usize, part: f64| shapley[state][at] += part;
                    split_by_arrival(prepared, info.chain, terms.cost * triggered, benefit, divide);
                }
            }
        }
    }

    /// Adds one obligation, where it is owed (1; else 0): `triggered` is how far its obligor expects to owe it, `trusted` how
    /// far a state trusts that.
    #[inline(always)]
    #[allow(clippy::too_many_arguments)] // an obligation, and how it is seen
    fn add_obligation(
        &mut self,
        prepared: &Prepared,
        terms: &[Obligation<'_>; R],
        owed: &[f64; R],
        obligor: usize,
        members: Members,
        triggered: f64,
        trusted: impl Fn(usize) -> f64,
    ) {
        let (mut kept, mut valued) = (self.kept, self.valued);
        let weight = prepared.weights[obligor];
        let (net, gross) = (&mut self.net[obligor], &mut self.gross[obligor]);
        for r in 0..R {
            let cost = owed[r] * terms[r].cost;
            net[r] -= cost * triggered;
            gross[r] += cost.abs();
            kept[r] -= weight * cost;
            valued[r] -= weight * cost * triggered;
        }
        // Of one length, by which no place needs to be checked.
        let weights = &prepared.weights[..];
        let benefits: [&[f64]; R] = lanes(|r| &terms[r].benefits[..weights.len()]);
        for (state, (net, gross)) in self.net.iter_mut().zip(&mut self.gross).enumerate().take(weights.len()) {
            if !members.contains(state) {
                continue;
            }
            let benefit: [f64; R] = lanes(|r| owed[r] * benefits[r][state]);
            if R == 1 && benefit[0] == 0.0 {
                continue; // side by side it costs more to ask than to add nothing
            }
            let (weight, trusted) = (weights[state], trusted(state));
            for r in 0..R {
                let expected = benefit[r] * trusted;
                net[r] += expected;
                gross[r] += benefit[r].abs();
                kept[r] += weight * benefit[r];
                valued[r] += weight * expected;
            }
        }
        (self.kept, self.valued) = (kept, valued);
    }
}

/// The Shapley value of one obligation: it is there once all up the chain that triggers it are there, and of use to a
/// state once that is there too; so everyone on the chain has an equal part in its cost, and in each benefit together
/// with who receives it.
fn split_by_arrival(
    prepared: &Prepared,
    chain: Members,
    cost: f64,
    benefit: impl Fn(usize) -> f64,
    mut add: impl FnMut(usize, f64),
) {
    let mut divide = |among: Members, value: f64| {
        for state in among.iter() {
            add(state, value / among.len() as f64);
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
