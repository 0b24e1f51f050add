//! Appraisal of plans: the gains and stakes that members expect (ODD §8, §9).

use super::prepared::Prepared;
use crate::behaviour::Trust;
use crate::ids::{MAX_STATES, Members};
use crate::numeric::{LANES, add, any, lanes};
use crate::organisation::{Appraisal, Ballot};
use crate::plan::{Plan, Plans};
use crate::scenario::types::Scenario;

/// R plans of a domain that are appraised together: those of all lanes, or a single one.
pub(super) trait PlanBatch<const R: usize> {
    /// Returns the amounts of an obligation, in the unit of its act.
    fn amount(&self, slot: usize) -> [f64; R];
    /// Returns its expected costs to the obligor, MUSD.
    fn cost(&self, slot: usize) -> [f64; R];
    /// Returns its expected benefits to a state, MUSD.
    fn benefit(&self, slot: usize, state: usize) -> [f64; R];
}

impl PlanBatch<1> for Plan<'_> {
    #[inline(always)]
    fn amount(&self, slot: usize) -> [f64; 1] {
        [Plan::amount(self, slot)]
    }
    #[inline(always)]
    fn cost(&self, slot: usize) -> [f64; 1] {
        [Plan::cost(self, slot)]
    }
    #[inline(always)]
    fn benefit(&self, slot: usize, state: usize) -> [f64; 1] {
        [Plan::benefit(self, slot, state)]
    }
}

impl PlanBatch<LANES> for Plans<'_> {
    #[inline(always)]
    fn amount(&self, slot: usize) -> [f64; LANES] {
        *Plans::amount(self, slot)
    }
    #[inline(always)]
    fn cost(&self, slot: usize) -> [f64; LANES] {
        *Plans::cost(self, slot)
    }
    #[inline(always)]
    fn benefit(&self, slot: usize, state: usize) -> [f64; LANES] {
        *Plans::benefit(self, slot, state)
    }
}

/// Trust P̂ of an observer in another state in a domain, for R plans together.
pub(super) trait Confidence<const R: usize> {
    fn of(&self, domain: usize, observer: usize, other: usize) -> [f64; R];
}

impl Confidence<LANES> for Trust {
    #[inline(always)]
    fn of(&self, domain: usize, observer: usize, other: usize) -> [f64; LANES] {
        *self.means(domain, observer, other)
    }
}

impl<F: Fn(usize, usize, usize) -> f64> Confidence<1> for F {
    #[inline(always)]
    fn of(&self, domain: usize, observer: usize, other: usize) -> [f64; 1] {
        [self(domain, observer, other)]
    }
}

/// Participants of each plan.
#[derive(Debug, Clone, Copy)]
pub(super) struct Participants<const R: usize> {
    /// States whose obligations count.
    pub(super) bound: [Members; R],
    /// States whose benefits count.
    pub(super) members: [Members; R],
}

/// What members expect of R plans, MUSD.
#[derive(Debug, Clone, Copy)]
pub(super) struct Appraisals<const R: usize> {
    expected: [Expected<R>; MAX_STATES],
    shapley: [[f64; R]; MAX_STATES],
    kept: [f64; R],
    valued: [f64; R],
}

/// What a state expects of R plans, MUSD.
#[derive(Debug, Clone, Copy)]
struct Expected<const R: usize> {
    net: [f64; R],
    gross: [f64; R],
}

impl<const R: usize> Expected<R> {
    const NOTHING: Self = Expected { net: [0.0; R], gross: [0.0; R] };
}

impl<const R: usize> Default for Appraisals<R> {
    fn default() -> Self {
        let (expected, shapley) = ([Expected::NOTHING; MAX_STATES], [[0.0; R]; MAX_STATES]);
        Appraisals { expected, shapley, kept: [0.0; R], valued: [0.0; R] }
    }
}

impl Appraisals<1> {
    /// Returns the appraisal of the single plan.
    pub(super) fn whole(&self) -> Appraisal {
        let mut whole = Appraisal::default();
        self.read(0, MAX_STATES, true, &mut whole);
        whole
    }
}

impl<const R: usize> Appraisals<R> {
    /// Resets the first `states` states; Shapley values only if `by_arrival` is set.
    #[inline(always)]
    pub(super) fn clear(&mut self, states: usize, by_arrival: bool) {
        self.expected[..states].fill(Expected::NOTHING);
        if by_arrival {
            self.shapley[..states].fill([0.0; R]);
        }
        (self.kept, self.valued) = ([0.0; R], [0.0; R]);
    }

    /// Copies the appraisal of one plan for the first `states` states; Shapley values only if
    /// `by_arrival` is set. Other entries of `into` stay as they are.
    pub(super) fn read(&self, at: usize, states: usize, by_arrival: bool, into: &mut Appraisal) {
        for state in 0..states {
            into.net[state] = self.expected[state].net[at];
            into.gross[state] = self.expected[state].gross[at];
        }
        if by_arrival {
            for state in 0..states {
                into.shapley[state] = self.shapley[state][at];
            }
        }
        (into.kept, into.valued) = (self.kept[at], self.valued[at]);
    }

    /// Subtracts what a state forgoes where it is bound, MUSD.
    pub(super) fn forgo(
        &mut self,
        prepared: &Prepared,
        state: usize,
        value: &[f64; R],
        bound: &[Members; R],
    ) {
        let mask = Members::mask(bound, state);
        let lost: [f64; R] = lanes(|r| mask[r] * value[r]);
        let weight = prepared.weights[state];
        add(&mut self.expected[state].net, &lanes(|r| -lost[r]));
        add(&mut self.expected[state].gross, &lost);
        if prepared.by_arrival {
            add(&mut self.shapley[state], &lanes(|r| -lost[r]));
        }
        add(&mut self.kept, &lanes(|r| -(weight * lost[r])));
        add(&mut self.valued, &lanes(|r| -(weight * lost[r])));
    }

    /// Adds the obligation of `slot`. `owed` is 1 where it is owed, else 0. `triggered` is the
    /// obligor's trust in the trigger, `trusted` a state's trust in performance.
    #[inline(always)]
    fn add(
        &mut self,
        prepared: &Prepared,
        (plans, slot, obligor): (&impl PlanBatch<R>, usize, usize),
        (owed, triggered): (&[f64; R], &[f64; R]),
        members: &[Members; R],
        trusted: impl Fn(usize) -> [f64; R],
    ) {
        let (weight, terms) = (prepared.weights[obligor], plans.cost(slot));
        let cost: [f64; R] = lanes(|r| owed[r] * terms[r]);
        let expected: [f64; R] = lanes(|r| cost[r] * triggered[r]);
        add(&mut self.expected[obligor].net, &lanes(|r| -expected[r]));
        add(&mut self.expected[obligor].gross, &lanes(|r| cost[r].abs()));
        add(&mut self.kept, &lanes(|r| -(weight * cost[r])));
        add(&mut self.valued, &lanes(|r| -(weight * cost[r] * triggered[r])));
        for (state, &weight) in prepared.weights.iter().enumerate() {
            let (terms, member) = (plans.benefit(slot, state), Members::mask(members, state));
            let benefit: [f64; R] = lanes(|r| owed[r] * member[r] * terms[r]);
            if !any::<R>(|r| benefit[r] != 0.0) {
                continue;
            }
            let trusted = trusted(state);
            let expected: [f64; R] = lanes(|r| benefit[r] * trusted[r]);
            add(&mut self.expected[state].net, &expected);
            add(&mut self.expected[state].gross, &lanes(|r| benefit[r].abs()));
            add(&mut self.kept, &lanes(|r| weight * benefit[r]));
            add(&mut self.valued, &lanes(|r| weight * expected[r]));
        }
    }
}

/// Adds what members expect of plans at several depths: benefits weighted by trust in the obligors,
/// own costs weighted by trust in the trigger.
#[inline(always)]
pub(super) fn appraise<const R: usize>(
    depths: &mut [Appraisals<R>],
    prepared: &Prepared,
    domain: usize,
    plans: &[impl PlanBatch<R>],
    participants: &Participants<R>,
    trust: &impl Confidence<R>,
) {
    let slots = &prepared.slots[domain];
    let joint = prepared.joint[domain];
    // Where nothing is realised unless all perform, all must be trusted.
    let all_needed: Members =
        if joint { slots.iter().map(|info| info.obligor).collect() } else { Members::NONE };
    for (slot, info) in slots.iter().enumerate() {
        let obligor = info.obligor;
        let due = info.chain.within(&participants.bound);
        if !any::<R>(|r| due[r] > 0.0) {
            continue;
        }
        let all = |state: usize| {
            let mut product = [1.0; R];
            for other in all_needed.without(state).iter() {
                let (before, own) = (product, trust.of(domain, state, other));
                product = lanes(|r| before[r] * own[r]);
            }
            product
        };
        let triggered = match info.trigger {
            _ if joint => all(obligor),
            Some(trigger) if slots[trigger].obligor != obligor => {
                trust.of(domain, obligor, slots[trigger].obligor)
            }
            _ => [1.0; R],
        };
        let trusted = |state: usize| match state {
            _ if joint => all(state),
            _ if state == obligor => [1.0; R],
            _ => trust.of(domain, state, obligor),
        };
        for (depth, plans) in depths.iter_mut().zip(plans) {
            // Nothing is owed where the amount is not above zero.
            let amount = plans.amount(slot);
            let owed: [f64; R] = lanes(|r| if amount[r] > 0.0 { due[r] } else { 0.0 });
            if !any::<R>(|r| owed[r] > 0.0) {
                continue;
            }
            depth.add(
                prepared,
                (plans, slot, obligor),
                (&owed, &triggered),
                &participants.members,
                trusted,
            );
            if prepared.by_arrival && !joint {
                let (cost, by_arrival) = (plans.cost(slot), &mut depth.shapley);
                for r in (0..R).filter(|&r| owed[r] > 0.0) {
                    let benefit = |state: usize| {
                        let counts = participants.members[r].contains(state);
                        if counts { plans.benefit(slot, state)[r] * trusted(state)[r] } else { 0.0 }
                    };
                    let divide = |state: usize, part: f64| by_arrival[state][r] += part;
                    split_by_arrival(prepared, info.chain, cost[r] * triggered[r], benefit, divide);
                }
            }
        }
    }
}

/// Adds the Shapley value of one obligation.
///
/// An obligation arises once all states of its chain of triggers are present, and benefits a state
/// once that state is present too. So the chain shares its cost equally, and shares each benefit
/// equally with the state that receives it.
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
    for state in 0..prepared.states() {
        let value = benefit(state);
        if value != 0.0 {
            divide(chain.with(state), value);
        }
    }
}

/// Returns the members' expected gains and stakes, transfers included, MUSD.
pub(super) fn expected_ballot(
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
