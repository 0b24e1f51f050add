//! Common security (ODD §5.4): effort against a common threat, over each state's unilateral best.

use super::Settlement;
use crate::fate::{FateLayout, Fates, Lane};
use crate::ids::{MAX_STATES, Members};
use crate::numeric::LANES;
use crate::plan::{Acts, Ladder, Physical};
use crate::scenario::raw::Technology;
use crate::scenario::types::{Scenario, Security};

/// Security laid out for a batch: the threat of each year, expected and realised.
#[derive(Debug, Clone)]
pub struct SecurityWorld {
    spec: Security,
    states: usize,
    expected: Vec<Lane>,
    realised: Vec<Lane>,
    optimum: Vec<Lane>,
}

impl SecurityWorld {
    /// Lays out the security of a scenario.
    pub fn new(scenario: &Scenario, spec: &Security) -> Self {
        SecurityWorld {
            spec: spec.clone(),
            states: scenario.states.len(),
            expected: vec![[0.0; LANES]; scenario.horizon],
            realised: vec![[0.0; LANES]; scenario.horizon],
            optimum: vec![[0.0; LANES]; scenario.horizon],
        }
    }

    pub(super) fn prepare(&mut self, scenario: &Scenario, layout: &FateLayout, fates: &Fates) {
        let everyone = scenario.everyone();
        for year in 0..scenario.horizon {
            self.expected[year] = *fates.row(year, layout.threat_expected());
            self.realised[year] = *fates.row(year, layout.threat());
            for lane in 0..LANES {
                let (expected, threat) = (self.expected[year][lane], self.realised[year][lane]);
                let alone = self.alone(expected);
                let joint = self.joint(threat, &alone, everyone);
                self.optimum[year][lane] = self.gains(threat, &alone, &joint).iter().sum::<f64>().max(0.0);
            }
        }
    }

    fn total_weight(&self) -> f64 {
        self.spec.exposed.iter().map(|state| state.weight).sum()
    }

    /// Share of damage averted by these efforts.
    fn averted(&self, effort: &[f64; MAX_STATES]) -> f64 {
        let count = self.spec.exposed.len();
        self.spec.efficacy
            * match self.spec.technology {
                Technology::Summation => {
                    let sum: f64 = self.spec.exposed.iter().zip(effort).map(|(state, e)| state.weight * e).sum();
                    sum / self.total_weight()
                }
                Technology::WeakestLink => effort[..count].iter().copied().fold(f64::INFINITY, f64::min),
            }
    }

    /// Unilateral best efforts at a threat; under the weakest link the best of the equilibria, in which all do as much
    /// as the least willing.
    fn alone(&self, threat: f64) -> [f64; MAX_STATES] {
        let mut effort = [0.0; MAX_STATES];
        let weight = self.total_weight();
        for (effort, state) in effort.iter_mut().zip(&self.spec.exposed) {
            let lever = match self.spec.technology {
                Technology::Summation => state.weight / weight,
                Technology::WeakestLink => 1.0,
            };
            *effort = (threat * state.exposure * self.spec.efficacy * lever / state.effort_cost).min(1.0);
        }
        if self.spec.technology == Technology::WeakestLink {
            let least = effort[..self.spec.exposed.len()].iter().copied().fold(f64::INFINITY, f64::min);
            effort[..self.spec.exposed.len()].fill(least);
        }
        effort
    }

    /// Efforts that maximise the members' joint gain at a threat; others do as they would alone.
    fn joint(&self, threat: f64, alone: &[f64; MAX_STATES], members: Members) -> [f64; MAX_STATES] {
        let mut effort = *alone;
        let inside = |state: usize| members.contains(state);
        let exposure: f64 =
            self.spec.exposed.iter().filter(|state| inside(state.state)).map(|state| state.exposure).sum();
        match self.spec.technology {
            Technology::Summation => {
                let weight = self.total_weight();
                for (effort, state) in effort.iter_mut().zip(&self.spec.exposed) {
                    if inside(state.state) {
                        let best = threat * exposure * self.spec.efficacy * state.weight / weight / state.effort_cost;
                        *effort = effort.max(best.min(1.0));
                    }
                }
            }
            Technology::WeakestLink => {
                // One state outside keeps the weakest link where it is.
                if self.spec.exposed.iter().all(|state| inside(state.state)) {
                    let cost: f64 = self.spec.exposed.iter().map(|state| state.effort_cost).sum();
                    let best = (threat * exposure * self.spec.efficacy / cost).min(1.0);
                    for effort in &mut effort[..self.spec.exposed.len()] {
                        *effort = effort.max(best);
                    }
                }
            }
        }
        effort
    }

    /// Gain of each state of the scenario from efforts over those alone, MUSD.
    fn gains(&self, threat: f64, alone: &[f64; MAX_STATES], effort: &[f64; MAX_STATES]) -> [f64; MAX_STATES] {
        let mut gain = [0.0; MAX_STATES];
        let more = self.averted(effort) - self.averted(alone);
        for (at, state) in self.spec.exposed.iter().enumerate() {
            gain[state.state] = threat * state.exposure * more
                - 0.5 * state.effort_cost * (effort[at] * effort[at] - alone[at] * alone[at]);
        }
        gain
    }

    pub(super) fn optimum(&self, year: usize, lane: usize) -> f64 {
        self.optimum[year][lane]
    }

    pub(super) fn plan(&self, year: usize, ladder: &mut Ladder) {
        let (members, threat) = (ladder.members(), &self.expected[year]);
        let count = self.spec.exposed.len();
        let weight = self.total_weight();
        let mut alone: [[f64; MAX_STATES]; LANES] = threat.map(|threat| self.alone(threat));
        for slot in 0..count {
            let agreed = ladder.agreed(slot);
            for lane in 0..LANES {
                alone[lane][slot] += agreed[lane];
            }
        }
        let joint: [[f64; MAX_STATES]; LANES] =
            std::array::from_fn(|lane| self.joint(threat[lane], &alone[lane], members[lane]));
        let inside: Lane = members.map(|members| {
            self.spec.exposed.iter().filter(|state| members.contains(state.state)).count().max(1) as f64
        });
        for (slot, state) in self.spec.exposed.iter().enumerate() {
            let share: Lane = match self.spec.technology {
                Technology::Summation => [state.weight / weight; LANES],
                // All links together lift the weakest: each stands for an equal part.
                Technology::WeakestLink => inside.map(|inside| 1.0 / inside),
            };
            for rung in 0..ladder.rungs() {
                let depth = ladder.depth(rung);
                // Who is no member does what it does alone.
                let step: Lane = std::array::from_fn(|lane| depth * (joint[lane][slot] - alone[lane][slot]));
                // What this state's effort averts of the damage of one unit of exposure.
                let averted: Lane =
                    std::array::from_fn(|lane| threat[lane] * self.spec.efficacy * share[lane] * step[lane]);
                let cost = std::array::from_fn(|lane| {
                    let (from, to) = (alone[lane][slot], alone[lane][slot] + step[lane]);
                    0.5 * state.effort_cost * (to * to - from * from) - averted[lane] * state.exposure
                });
                ladder.set_cost(rung, slot, &cost);
                ladder.set_amount(rung, slot, &step);
                for other in self.spec.exposed.iter().filter(|other| other.state != state.state) {
                    ladder.set_benefit(rung, slot, other.state, &averted.map(|averted| averted * other.exposure));
                }
            }
        }
    }

    pub(super) fn settle(&self, year: usize, lane: usize, acts: &[Acts<'_>]) -> Settlement {
        if acts.is_empty() {
            return Settlement { gain: [0.0; MAX_STATES], physical: Physical::default() };
        }
        let alone = self.alone(self.expected[year][lane]);
        let mut effort = alone;
        for (slot, effort) in effort.iter_mut().enumerate().take(self.spec.exposed.len()) {
            *effort += acts.iter().map(|(plan, performed)| plan.amount(slot) * performed[slot]).sum::<f64>();
        }
        let gain = self.gains(self.realised[year][lane], &alone, &effort);
        debug_assert!(gain[self.states..].iter().all(|gain| *gain == 0.0));
        Settlement { gain, physical: Physical::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::types::Exposed;
    use proptest::prelude::*;

    fn world(technology: Technology, rows: &[(f64, f64, f64)]) -> SecurityWorld {
        let exposed = rows
            .iter()
            .enumerate()
            .map(|(state, &(exposure, effort_cost, weight))| Exposed { state, exposure, effort_cost, weight })
            .collect();
        let spec = Security { efficacy: 0.35, technology, exposed };
        SecurityWorld { spec, states: rows.len(), expected: Vec::new(), realised: Vec::new(), optimum: Vec::new() }
    }

    #[test]
    fn two_equal_states_double_their_effort_and_the_gain_is_computed_by_hand() {
        // Alone e = θ·80·0.35·½/30 = 7/30 at θ = 0.5; together twice that; gain 2·(½·80·0.35·7/30 − 15·3·(7/30)²).
        let world = world(Technology::Summation, &[(80.0, 30.0, 1.0), (80.0, 30.0, 1.0)]);
        let alone = world.alone(0.5);
        let joint = world.joint(0.5, &alone, Members::first(2));
        assert!((alone[0] - 7.0 / 30.0).abs() < 1e-12 && (joint[0] - 14.0 / 30.0).abs() < 1e-12);
        let gain: f64 = world.gains(0.5, &alone, &joint).iter().sum();
        let step: f64 = 7.0 / 30.0;
        assert!((gain - 2.0 * (0.5 * 80.0 * 0.35 * step - 15.0 * 3.0 * step * step)).abs() < 1e-12);
    }

    #[test]
    fn one_weak_link_outside_leaves_nothing_to_gain() {
        let world = world(Technology::WeakestLink, &[(80.0, 30.0, 1.0), (50.0, 12.0, 1.0), (30.0, 12.0, 1.0)]);
        let alone = world.alone(0.5);
        assert_eq!(world.joint(0.5, &alone, Members::first(2)), alone);
        let all = world.joint(0.5, &alone, Members::first(3));
        assert!(world.gains(0.5, &alone, &all).iter().sum::<f64>() > 0.0);
    }

    proptest! {
        #[test]
        fn no_other_effort_of_the_members_is_better_together(
            rows in proptest::collection::vec((1.0f64..100.0, 5.0f64..50.0, 0.1f64..1.0), 2..6),
            threat in 0.05f64..0.95, who in 0usize..6, other in 0.0f64..1.0, weakest in proptest::bool::ANY,
        ) {
            let technology = if weakest { Technology::WeakestLink } else { Technology::Summation };
            let world = world(technology, &rows);
            let alone = world.alone(threat);
            let best = world.joint(threat, &alone, Members::first(rows.len()));
            let total = |effort: &[f64; MAX_STATES]| world.gains(threat, &alone, effort).iter().sum::<f64>();
            prop_assert!(total(&best) >= -1e-9);
            let mut changed = best;
            if weakest {
                changed[..rows.len()].fill(other);
            } else {
                changed[who % rows.len()] = other;
            }
            prop_assert!(total(&changed) <= total(&best) + 1e-9);
        }
    }
}
