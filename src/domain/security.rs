//! Common security (ODD §5.4): effort against a common threat, beyond each state's own best effort.

use super::{Memory, Settlement};
use crate::draws::{DrawLayout, Draws, Lane};
use crate::ids::MAX_STATES;
use crate::numeric::{LANES, lanes, vectorised};
use crate::plan::{Acts, OfferGrid, Physical};
use crate::scenario::raw::Technology;
use crate::scenario::types::{Scenario, Security};

/// Effort of each exposed state in each replication: `[state][lane]`.
type Efforts<const L: usize> = [[f64; L]; MAX_STATES];

/// Security of a batch: the threat of each year, expected and realised, and the joint optimum.
#[derive(Debug, Clone)]
pub struct SecurityWorld {
    spec: Security,
    expected: Vec<Lane>,
    realised: Vec<Lane>,
    /// Exposure as each exposed state perceives it, MUSD per year, by year.
    seen: Vec<Efforts<LANES>>,
    optimum: Vec<Lane>,
}

impl SecurityWorld {
    /// Creates the world of a scenario's security.
    pub fn new(scenario: &Scenario, spec: &Security) -> Self {
        SecurityWorld {
            spec: spec.clone(),
            expected: vec![[0.0; LANES]; scenario.horizon],
            realised: vec![[0.0; LANES]; scenario.horizon],
            seen: vec![[[0.0; LANES]; MAX_STATES]; scenario.horizon],
            optimum: vec![[0.0; LANES]; scenario.horizon],
        }
    }

    pub(super) fn prepare(&mut self, scenario: &Scenario, layout: &DrawLayout, draws: &Draws) {
        vectorised(
            #[inline(always)]
            || {
                for year in 0..scenario.horizon {
                    let threat = *draws.row(year, layout.threat());
                    self.expected[year] = *draws.row(year, layout.threat_expected());
                    self.perceive(year);
                    let alone = self.alone(&self.expected[year], &self.seen[year]);
                    let efficacy = [self.spec.efficacy; LANES];
                    let everyone = [[1.0; LANES]; MAX_STATES];
                    let real = self.exposures();
                    let joint = self.joint((&threat, &efficacy), &real, &alone, &everyone);
                    let gains = self.gains((&threat, &efficacy), &alone, &joint);
                    let mut optimum = [0.0; LANES];
                    for gain in &gains[..self.spec.exposed.len()] {
                        optimum = lanes(|l| optimum[l] + gain[l]);
                    }
                    self.realised[year] = threat;
                    self.optimum[year] = lanes(|l| optimum[l].max(0.0));
                }
            },
        );
    }

    /// Returns the exposures of the exposed states, MUSD per year.
    #[inline(always)]
    fn exposures<const L: usize>(&self) -> Efforts<L> {
        let mut all = [[0.0; L]; MAX_STATES];
        for (own, state) in all.iter_mut().zip(&self.spec.exposed) {
            *own = [state.exposure; L];
        }
        all
    }

    /// Computes the exposures that states perceive in a year, given the threat of the year before:
    /// the misperception falls by the share that is learnt.
    #[inline(always)]
    fn perceive(&mut self, year: usize) {
        for (at, state) in self.spec.exposed.iter().enumerate() {
            self.seen[year][at] = if year == 0 {
                [state.exposure * state.perception; LANES]
            } else {
                let (before, last) = (self.seen[year - 1][at], year - 1);
                let (threat, expected) = (&self.realised[last], &self.expected[last]);
                lanes(|l| {
                    let part = if expected[l] > 0.0 { threat[l] / expected[l] } else { 0.0 };
                    before[l] + state.learning * part.min(1.0) * (state.exposure - before[l])
                })
            };
        }
    }

    #[inline(always)]
    fn total_weight(&self) -> f64 {
        self.spec.exposed.iter().map(|state| state.weight).sum()
    }

    /// Returns the code of the plans under a design: the increase of efficacy by its organs, in
    /// thousandths.
    pub(super) fn variant(memory: &Memory) -> u16 {
        (1000.0 * memory.efficacy).round() as u16
    }

    /// Returns the efficacy of agreed efforts for a code of plans.
    #[inline(always)]
    fn efficacy(&self, variant: usize) -> f64 {
        (self.spec.efficacy + variant as f64 / 1000.0).min(1.0)
    }

    /// Returns the share of damage averted by these efforts at an efficacy.
    #[inline(always)]
    fn averted<const L: usize>(&self, efficacy: &[f64; L], effort: &Efforts<L>) -> [f64; L] {
        let together = match self.spec.technology {
            Technology::Summation => {
                let mut sum = [0.0; L];
                for (state, effort) in self.spec.exposed.iter().zip(effort) {
                    sum = lanes(|l| sum[l] + state.weight * effort[l]);
                }
                let weight = self.total_weight();
                lanes(|l| sum[l] / weight)
            }
            Technology::WeakestLink => self.weakest(effort),
        };
        lanes(|l| efficacy[l] * together[l])
    }

    #[inline(always)]
    fn weakest<const L: usize>(&self, effort: &Efforts<L>) -> [f64; L] {
        let mut least = [f64::INFINITY; L];
        for effort in &effort[..self.spec.exposed.len()] {
            least = lanes(|l| least[l].min(effort[l]));
        }
        least
    }

    /// Returns the unilateral best efforts at a threat and exposures. With the weakest link it is
    /// the best of the equilibria, in which all states match the least willing.
    #[inline(always)]
    fn alone<const L: usize>(&self, threat: &[f64; L], exposure: &Efforts<L>) -> Efforts<L> {
        let mut effort = [[0.0; L]; MAX_STATES];
        let weight = self.total_weight();
        for ((effort, state), exposure) in effort.iter_mut().zip(&self.spec.exposed).zip(exposure) {
            let lever = match self.spec.technology {
                Technology::Summation => state.weight / weight,
                Technology::WeakestLink => 1.0,
            };
            *effort = lanes(|l| {
                (threat[l] * exposure[l] * self.spec.efficacy * lever / state.effort_cost).min(1.0)
            });
        }
        if self.spec.technology == Technology::WeakestLink {
            let least = self.weakest(&effort);
            effort[..self.spec.exposed.len()].fill(least);
        }
        effort
    }

    /// Returns the efforts that maximise the joint gain of the states inside (1, else 0; by exposed
    /// state) at a threat, an efficacy and exposures. Others keep their unilateral effort.
    #[inline(always)]
    fn joint<const L: usize>(
        &self,
        (threat, efficacy): (&[f64; L], &[f64; L]),
        exposures: &Efforts<L>,
        alone: &Efforts<L>,
        inside: &Efforts<L>,
    ) -> Efforts<L> {
        let mut effort = *alone;
        let (mut exposure, mut all) = ([0.0; L], [1.0; L]);
        for (own, inside) in exposures.iter().zip(inside).take(self.spec.exposed.len()) {
            exposure = lanes(|l| exposure[l] + inside[l] * own[l]);
            all = lanes(|l| all[l] * inside[l]);
        }
        match self.spec.technology {
            Technology::Summation => {
                let weight = self.total_weight();
                for ((effort, state), inside) in
                    effort.iter_mut().zip(&self.spec.exposed).zip(inside)
                {
                    *effort = lanes(|l| {
                        let best = threat[l] * exposure[l] * efficacy[l] * state.weight
                            / weight
                            / state.effort_cost;
                        let willing = effort[l].max(best.min(1.0));
                        if inside[l] == 1.0 { willing } else { effort[l] }
                    });
                }
            }
            Technology::WeakestLink => {
                // With one state outside, the least effort cannot rise.
                let cost: f64 = self.spec.exposed.iter().map(|state| state.effort_cost).sum();
                for effort in &mut effort[..self.spec.exposed.len()] {
                    *effort = lanes(|l| {
                        let best = (threat[l] * exposure[l] * efficacy[l] / cost).min(1.0);
                        if all[l] == 1.0 { effort[l].max(best) } else { effort[l] }
                    });
                }
            }
        }
        effort
    }

    /// Returns the gain of each exposed state from efforts over those alone, at an efficacy, MUSD.
    #[inline(always)]
    fn gains<const L: usize>(
        &self,
        (threat, efficacy): (&[f64; L], &[f64; L]),
        alone: &Efforts<L>,
        effort: &Efforts<L>,
    ) -> Efforts<L> {
        let mut gain = [[0.0; L]; MAX_STATES];
        let (with, without) = (self.averted(efficacy, effort), self.averted(efficacy, alone));
        for (at, state) in self.spec.exposed.iter().enumerate() {
            let (effort, alone) = (&effort[at], &alone[at]);
            gain[at] = lanes(|l| {
                threat[l] * state.exposure * (with[l] - without[l])
                    - 0.5 * state.effort_cost * (effort[l] * effort[l] - alone[l] * alone[l])
            });
        }
        gain
    }

    pub(super) fn optimum(&self, year: usize, lane: usize) -> f64 {
        self.optimum[year][lane]
    }

    pub(super) fn plan(&self, year: usize, grid: &mut OfferGrid) {
        vectorised(
            #[inline(always)]
            || self.fill(year, grid),
        );
    }

    #[inline(always)]
    fn fill(&self, year: usize, grid: &mut OfferGrid) {
        let (threat, seen) = (&self.expected[year], &self.seen[year]);
        let weight = self.total_weight();
        let (mut alone, mut inside, mut count) =
            (self.alone(threat, seen), [[0.0; LANES]; MAX_STATES], [0.0; LANES]);
        for (slot, state) in self.spec.exposed.iter().enumerate() {
            let agreed = grid.agreed(slot);
            alone[slot] = lanes(|l| alone[slot][l] + agreed[l]);
            inside[slot] = grid.mask(state.state);
            count = lanes(|l| count[l] + inside[slot][l]);
        }
        let efficacy: Lane = lanes(|l| self.efficacy(grid.variant(l)));
        let joint = self.joint((threat, &efficacy), seen, &alone, &inside);
        for (slot, state) in self.spec.exposed.iter().enumerate() {
            let share: Lane = match self.spec.technology {
                Technology::Summation => [state.weight / weight; LANES],
                // All members together raise the weakest link, so each accounts for an equal part.
                Technology::WeakestLink => lanes(|l| 1.0 / count[l].max(1.0)),
            };
            for level in 0..grid.levels() {
                let depth = grid.depth(level);
                // Non-members keep their unilateral effort: the step is 0.
                let step: Lane = lanes(|l| depth * (joint[slot][l] - alone[slot][l]));
                // Share of damage that the step of this state averts, times the threat.
                let averted: Lane = lanes(|l| threat[l] * efficacy[l] * share[l] * step[l]);
                let cost: Lane = lanes(|l| {
                    let (from, to) = (alone[slot][l], alone[slot][l] + step[l]);
                    0.5 * state.effort_cost * (to * to - from * from) - averted[l] * seen[slot][l]
                });
                grid.set_cost(level, slot, &cost);
                grid.set_amount(level, slot, &step);
                for (at, other) in self.spec.exposed.iter().enumerate() {
                    if at != slot {
                        let benefit = lanes(|l| averted[l] * seen[at][l]);
                        grid.set_benefit(level, slot, other.state, &benefit);
                    }
                }
            }
        }
    }

    pub(super) fn settle(
        &self,
        year: usize,
        lane: usize,
        acts: &[Acts<'_>],
        memory: &Memory,
    ) -> Settlement {
        if acts.is_empty() {
            return Settlement { gain: [0.0; MAX_STATES], physical: Physical::default() };
        }
        let seen = self.seen[year].map(|own| [own[lane]]);
        let alone = self.alone(&[self.expected[year][lane]], &seen);
        let mut effort = alone;
        for (slot, effort) in effort.iter_mut().enumerate().take(self.spec.exposed.len()) {
            effort[0] += acts
                .iter()
                .map(|(plan, performed)| plan.amount(slot) * performed[slot])
                .sum::<f64>();
        }
        let efficacy = [self.efficacy(Self::variant(memory) as usize)];
        let gains = self.gains((&[self.realised[year][lane]], &efficacy), &alone, &effort);
        let mut gain = [0.0; MAX_STATES];
        for (state, [own]) in self.spec.exposed.iter().zip(gains) {
            gain[state.state] = own;
        }
        Settlement { gain, physical: Physical::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::types::Exposed;
    use proptest::prelude::*;

    /// Returns the inside flags of the first `count` states.
    fn first(count: usize) -> Efforts<1> {
        std::array::from_fn(|at| [f64::from(u8::from(at < count))])
    }

    fn world(technology: Technology, rows: &[(f64, f64, f64)]) -> SecurityWorld {
        let exposed = rows
            .iter()
            .enumerate()
            .map(|(state, &(exposure, effort_cost, weight))| Exposed {
                state,
                exposure,
                effort_cost,
                weight,
                perception: 1.0,
                learning: 0.0,
            })
            .collect();
        let spec = Security { efficacy: 0.35, technology, exposed };
        let none = Vec::new;
        SecurityWorld {
            spec,
            expected: none(),
            realised: none(),
            seen: Vec::new(),
            optimum: none(),
        }
    }

    #[test]
    fn misperception_changes_decisions_and_is_unlearnt() {
        let mut world = world(Technology::Summation, &[(10.0, 20.0, 1.0), (10.0, 20.0, 1.0)]);
        world.spec.exposed[0].perception = 0.5;
        world.spec.exposed[0].learning = 0.4;
        let years = 3;
        world.expected = vec![[0.5; LANES]; years];
        world.realised = vec![[0.25; LANES]; years];
        world.seen = vec![[[0.0; LANES]; MAX_STATES]; years];
        world.optimum = vec![[0.0; LANES]; years];
        (0..years).for_each(|year| world.perceive(year));
        let seen = |year: usize, state: usize| world.seen[year][state][0];
        assert_eq!([seen(0, 0), seen(0, 1)], [5.0, 10.0]);
        // Half of the expected threat came, so that half of 0.4 of the misperception goes.
        assert!((seen(1, 0) - 6.0).abs() < 1e-12 && (seen(2, 0) - 6.8).abs() < 1e-12);
        // Alone the misled state makes half the effort of the other; damage is as it is.
        let alone = world.alone(&[0.5], &world.seen[0].map(|own| [own[0]]));
        assert!((2.0 * alone[0][0] - alone[1][0]).abs() < 1e-12);
        let gain = world.settle(0, 0, &[], &Memory::default()).gain;
        assert_eq!(gain[..2], [0.0, 0.0]);
    }

    #[test]
    fn two_equal_states_double_their_effort_and_the_gain_is_computed_by_hand() {
        // Alone e = θ·80·0.35·½/30 = 7/30 at θ = 0.5; together twice that; gain 2·(½·80·0.35·7/30 −
        // 15·3·(7/30)²).
        let world = world(Technology::Summation, &[(80.0, 30.0, 1.0), (80.0, 30.0, 1.0)]);
        let alone = world.alone(&[0.5], &world.exposures());
        let joint =
            world.joint((&[0.5], &[world.spec.efficacy]), &world.exposures(), &alone, &first(2));
        assert!(
            (alone[0][0] - 7.0 / 30.0).abs() < 1e-12 && (joint[0][0] - 14.0 / 30.0).abs() < 1e-12
        );
        let gain: f64 =
            world.gains((&[0.5], &[world.spec.efficacy]), &alone, &joint).iter().flatten().sum();
        let step: f64 = 7.0 / 30.0;
        assert!((gain - 2.0 * (0.5 * 80.0 * 0.35 * step - 15.0 * 3.0 * step * step)).abs() < 1e-12);
    }

    #[test]
    fn one_weak_link_outside_leaves_nothing_to_gain() {
        let world = world(
            Technology::WeakestLink,
            &[(80.0, 30.0, 1.0), (50.0, 12.0, 1.0), (30.0, 12.0, 1.0)],
        );
        let alone = world.alone(&[0.5], &world.exposures());
        assert_eq!(
            world.joint((&[0.5], &[world.spec.efficacy]), &world.exposures(), &alone, &first(2)),
            alone
        );
        let all =
            world.joint((&[0.5], &[world.spec.efficacy]), &world.exposures(), &alone, &first(3));
        assert!(
            world
                .gains((&[0.5], &[world.spec.efficacy]), &alone, &all)
                .iter()
                .flatten()
                .sum::<f64>()
                > 0.0
        );
    }

    proptest! {
        #[test]
        fn joint_effort_maximises_the_joint_gain(
            rows in proptest::collection::vec((1.0f64..100.0, 5.0f64..50.0, 0.1f64..1.0), 2..6),
            threat in 0.05f64..0.95, who in 0usize..6, other in 0.0f64..1.0,
                weakest in proptest::bool::ANY,
        ) {
            let technology = if weakest { Technology::WeakestLink } else { Technology::Summation };
            let world = world(technology, &rows);
            let alone = world.alone(&[threat], &world.exposures());
            let at = (&[threat], &[world.spec.efficacy]);
            let best = world.joint(at, &world.exposures(), &alone, &first(rows.len()));
            let gains = |effort: &Efforts<1>| world.gains(at, &alone, effort);
            let total = |effort: &Efforts<1>| gains(effort).iter().flatten().sum::<f64>();
            prop_assert!(total(&best) >= -1e-9);
            let mut changed = best;
            if weakest {
                changed[..rows.len()].fill([other]);
            } else {
                changed[who % rows.len()] = [other];
            }
            prop_assert!(total(&changed) <= total(&best) + 1e-9);
        }
    }
}
