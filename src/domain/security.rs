//! Common security (ODD §5.4): effort against a common threat, beyond each state's own best effort.

use super::{Memory, Settlement};
use crate::draws::{DrawLayout, Draws, Lane};
use crate::ids::MAX_STATES;
use crate::numeric::{LANES, lanes, vectorised};
use crate::plan::{Acts, OfferGrid, Physical};
use crate::scenario::raw::Technology;
use crate::scenario::types::{Scenario, Security};

/// Factor of the second number in the code of plans.
const CODE: u32 = 1024;

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
    /// Exposure without cooperation, as a multiple of that of the first year, by year.
    growth: Vec<Lane>,
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
            growth: vec![[1.0; LANES]; scenario.horizon],
            optimum: vec![[0.0; LANES]; scenario.horizon],
        }
    }

    pub(super) fn prepare(&mut self, scenario: &Scenario, layout: &DrawLayout, draws: &Draws) {
        vectorised(
            #[inline(always)]
            || {
                let mut perception = [[0.0; LANES]; MAX_STATES];
                for (own, state) in perception.iter_mut().zip(&self.spec.exposed) {
                    *own = [state.perception; LANES];
                }
                for year in 0..scenario.horizon {
                    let threat = *draws.row(year, layout.threat());
                    self.expected[year] = *draws.row(year, layout.threat_expected());
                    self.perceive(year, &mut perception);
                    let alone = self.alone(&self.expected[year], &self.seen[year]);
                    let efficacy = [self.spec.efficacy; LANES];
                    let everyone = [[1.0; LANES]; MAX_STATES];
                    let real = self.exposures(&self.growth[year]);
                    let joint = self.joint((&threat, &efficacy), &real, &alone, &everyone);
                    let gains = self.gains((&threat, &efficacy), &real, &alone, &joint);
                    if self.spec.exposure_growth > 0.0 && year + 1 < scenario.horizon {
                        let averted = self.averted(&efficacy, &alone);
                        let (before, rate) = (self.growth[year], self.spec.exposure_growth);
                        self.growth[year + 1] =
                            lanes(|l| before[l] * (1.0 + rate * threat[l] * (1.0 - averted[l])));
                    }
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

    /// Returns the exposures of the exposed states, MUSD per year, for a multiple of those of the
    /// first year.
    #[inline(always)]
    fn exposures<const L: usize>(&self, multiple: &[f64; L]) -> Efforts<L> {
        let mut all = [[0.0; L]; MAX_STATES];
        for (own, state) in all.iter_mut().zip(&self.spec.exposed) {
            *own = lanes(|l| state.exposure * multiple[l]);
        }
        all
    }

    /// Computes the exposures that states perceive in a year. `perception` holds the share of the
    /// threat that each perceived in the year before; the misperception falls by the share that is
    /// learnt.
    #[inline(always)]
    fn perceive(&mut self, year: usize, perception: &mut Efforts<LANES>) {
        for (at, state) in self.spec.exposed.iter().enumerate() {
            if year > 0 && state.learning > 0.0 {
                let (before, last) = (perception[at], year - 1);
                let (threat, expected) = (&self.realised[last], &self.expected[last]);
                perception[at] = lanes(|l| {
                    let part = if expected[l] > 0.0 { threat[l] / expected[l] } else { 0.0 };
                    before[l] + state.learning * part.min(1.0) * (1.0 - before[l])
                });
            }
            let (share, growth) = (&perception[at], &self.growth[year]);
            self.seen[year][at] = lanes(|l| state.exposure * growth[l] * share[l]);
        }
    }

    #[inline(always)]
    fn total_weight(&self) -> f64 {
        self.spec.exposed.iter().map(|state| state.weight).sum()
    }

    /// Returns the code of the plans under a design: the increase of efficacy by organs, in
    /// thousandths, and the share of exposure that was avoided, in millionths, rounded up.
    pub(super) fn variant(memory: &Memory) -> u32 {
        let efficacy = (1000.0 * memory.efficacy).round().min(1000.0) as u32;
        efficacy + CODE * (1e6 * memory.avoided).ceil() as u32
    }

    /// Returns the efficacy of agreed efforts for a code of plans.
    #[inline(always)]
    fn efficacy(&self, variant: usize) -> f64 {
        (self.spec.efficacy + (variant % CODE as usize) as f64 / 1000.0).min(1.0)
    }

    /// Returns the share of exposure that is left for a code of plans.
    #[inline(always)]
    fn left(variant: usize) -> f64 {
        1.0 - (variant / CODE as usize) as f64 / 1e6
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

    /// Returns the gain of each exposed state from efforts over those alone, at an efficacy and
    /// exposures, MUSD.
    #[inline(always)]
    fn gains<const L: usize>(
        &self,
        (threat, efficacy): (&[f64; L], &[f64; L]),
        exposures: &Efforts<L>,
        alone: &Efforts<L>,
        effort: &Efforts<L>,
    ) -> Efforts<L> {
        let mut gain = [[0.0; L]; MAX_STATES];
        let (with, without) = (self.averted(efficacy, effort), self.averted(efficacy, alone));
        for (at, state) in self.spec.exposed.iter().enumerate() {
            let (effort, alone, exposure) = (&effort[at], &alone[at], &exposures[at]);
            gain[at] = lanes(|l| {
                threat[l] * exposure[l] * (with[l] - without[l])
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
        let (threat, mut seen) = (&self.expected[year], self.seen[year]);
        if self.spec.exposure_growth > 0.0 {
            let left: Lane = lanes(|l| Self::left(grid.variant(l)));
            seen = seen.map(|own| lanes(|l| own[l] * left[l]));
        }
        let (seen, weight) = (&seen, self.total_weight());
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
        memory: &mut Memory,
    ) -> Settlement {
        let grows = self.spec.exposure_growth > 0.0;
        if acts.is_empty() && !grows {
            return Settlement { gain: [0.0; MAX_STATES], physical: Physical::default() };
        }
        let (expected, realised) = ([self.expected[year][lane]], [self.realised[year][lane]]);
        let left = 1.0 - memory.avoided;
        let seen = self.seen[year].map(|own| [own[lane] * left]);
        let alone = self.alone(&expected, &seen);
        let mut effort = alone;
        for (slot, effort) in effort.iter_mut().enumerate().take(self.spec.exposed.len()) {
            effort[0] += acts
                .iter()
                .map(|(plan, performed)| plan.amount(slot) * performed[slot])
                .sum::<f64>();
        }
        let efficacy = [self.efficacy(Self::variant(memory) as usize)];
        let exposures = self.exposures(&[self.growth[year][lane] * left]);
        let mut gains = self.gains((&realised, &efficacy), &exposures, &alone, &effort);
        if grows {
            let past =
                self.gain_from_avoided_exposure((year, lane), &efficacy, (&alone, &effort), memory);
            for (gain, past) in gains.iter_mut().zip(past) {
                gain[0] += past[0];
            }
        }
        let mut gain = [0.0; MAX_STATES];
        for (state, [own]) in self.spec.exposed.iter().zip(gains) {
            gain[state.state] = own;
        }
        Settlement { gain, physical: Physical::default() }
    }

    /// Returns what each exposed state gains in a year from damage averted before it, MUSD: the
    /// damage and the unilateral effort that a smaller exposure spares. Updates the share of
    /// exposure that is avoided, given the efforts alone and with the acts of the year.
    fn gain_from_avoided_exposure(
        &self,
        (year, lane): (usize, usize),
        efficacy: &[f64; 1],
        (alone, effort): (&Efforts<1>, &Efforts<1>),
        memory: &mut Memory,
    ) -> Efforts<1> {
        let (threat, left) = (self.realised[year][lane], 1.0 - memory.avoided);
        let reference =
            self.alone(&[self.expected[year][lane]], &self.seen[year].map(|own| [own[lane]]));
        let through = |effort: &Efforts<1>| 1.0 - self.averted(efficacy, effort)[0];
        let mut past = [[0.0]; MAX_STATES];
        for (at, state) in self.spec.exposed.iter().enumerate() {
            let exposure = state.exposure * self.growth[year][lane];
            let (before, now) = (reference[at][0], alone[at][0]);
            let damage = exposure * (through(&reference) - left * through(alone));
            past[at][0] = threat * damage + 0.5 * state.effort_cost * (before * before - now * now);
        }
        let grown = |effort| 1.0 + self.spec.exposure_growth * threat * through(effort);
        memory.avoided = (1.0 - left * grown(effort) / grown(&reference)).max(0.0);
        past
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
        let spec = Security { efficacy: 0.35, technology, exposure_growth: 0.0, exposed };
        let none = Vec::new;
        SecurityWorld {
            spec,
            expected: none(),
            realised: none(),
            seen: Vec::new(),
            growth: none(),
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
        world.growth = vec![[1.0; LANES]; years];
        let mut perception = [[1.0; LANES]; MAX_STATES];
        perception[0] = [0.5; LANES];
        (0..years).for_each(|year| world.perceive(year, &mut perception));
        let seen = |year: usize, state: usize| world.seen[year][state][0];
        assert_eq!([seen(0, 0), seen(0, 1)], [5.0, 10.0]);
        // Half of the expected threat came, so that half of 0.4 of the misperception goes.
        assert!((seen(1, 0) - 6.0).abs() < 1e-12 && (seen(2, 0) - 6.8).abs() < 1e-12);
        // Alone the misled state makes half the effort of the other; damage is as it is.
        let alone = world.alone(&[0.5], &world.seen[0].map(|own| [own[0]]));
        assert!((2.0 * alone[0][0] - alone[1][0]).abs() < 1e-12);
        let gain = world.settle(0, 0, &[], &mut Memory::default()).gain;
        assert_eq!(gain[..2], [0.0, 0.0]);
    }

    #[test]
    fn damage_averted_in_one_year_spares_exposure_in_the_next() {
        // Two equal states, exposure 80, efficacy 0.35, cost 30, threat 0.5, growth 0.2 a year.
        // Alone e = 7/30 and damage of 1 − 0.35·7/30 is let through; full effort lets 0.65 through.
        let mut world = world(Technology::Summation, &[(80.0, 30.0, 1.0), (80.0, 30.0, 1.0)]);
        world.spec.exposure_growth = 0.2;
        let grown = |through: f64| 1.0 + 0.2 * 0.5 * through;
        let reference = grown(1.0 - 0.35 * 7.0 / 30.0);
        world.expected = vec![[0.5; LANES]; 2];
        world.realised = vec![[0.5; LANES]; 2];
        world.growth = vec![[1.0; LANES], [reference; LANES]];
        world.seen = world.growth.iter().map(|multiple| world.exposures(multiple)).collect();
        let mut memory = Memory::default();
        assert_eq!(world.settle(0, 0, &[], &mut memory).gain[0], 0.0);
        assert_eq!(memory.avoided, 0.0);
        let grid = {
            let mut grid = OfferGrid::new(1, 1, 2, 2);
            grid.reset(crate::ids::Members(0b11), false);
            for slot in 0..2 {
                grid.set_amount(0, slot, &[23.0 / 30.0; LANES]);
            }
            grid
        };
        let plan = grid.plan(0, 0, 0);
        let first = world.settle(0, 0, &[(plan, &[1.0, 1.0])], &mut memory).gain[0];
        assert!(
            (first - (14.0 * 23.0 / 30.0 - 15.0 * (1.0 - 49.0 / 900.0))).abs() < 1e-9,
            "{first}"
        );
        let exposure = 80.0 * grown(0.65);
        assert!((memory.avoided - (1.0 - grown(0.65) / reference)).abs() < 1e-12);
        // In the second year nothing is agreed: each gains what a smaller exposure spares it.
        let cost = |exposure: f64| {
            let effort = 0.5 * exposure * 0.35 * 0.5 / 30.0;
            0.5 * exposure * (1.0 - 0.35 * effort) + 15.0 * effort * effort
        };
        let second = world.settle(1, 0, &[], &mut memory).gain[0];
        let spared = cost(80.0 * reference) - cost(exposure);
        assert!(spared > 0.5 && (second - spared).abs() < 1e-9, "{second} {spared}");
        // Plans follow the exposure that is left.
        let code = SecurityWorld::variant(&memory) as usize;
        assert!((SecurityWorld::left(code) - (1.0 - memory.avoided)).abs() <= 1e-6);
        assert_eq!(world.efficacy(code), 0.35);
    }

    #[test]
    fn two_equal_states_double_their_effort_and_the_gain_is_computed_by_hand() {
        // Alone e = θ·80·0.35·½/30 = 7/30 at θ = 0.5; together twice that; gain 2·(½·80·0.35·7/30 −
        // 15·3·(7/30)²).
        let world = world(Technology::Summation, &[(80.0, 30.0, 1.0), (80.0, 30.0, 1.0)]);
        let alone = world.alone(&[0.5], &world.exposures(&[1.0]));
        let joint = world.joint(
            (&[0.5], &[world.spec.efficacy]),
            &world.exposures(&[1.0]),
            &alone,
            &first(2),
        );
        assert!(
            (alone[0][0] - 7.0 / 30.0).abs() < 1e-12 && (joint[0][0] - 14.0 / 30.0).abs() < 1e-12
        );
        let gain: f64 = world
            .gains((&[0.5], &[world.spec.efficacy]), &world.exposures(&[1.0]), &alone, &joint)
            .iter()
            .flatten()
            .sum();
        let step: f64 = 7.0 / 30.0;
        assert!((gain - 2.0 * (0.5 * 80.0 * 0.35 * step - 15.0 * 3.0 * step * step)).abs() < 1e-12);
    }

    #[test]
    fn one_weak_link_outside_leaves_nothing_to_gain() {
        let world = world(
            Technology::WeakestLink,
            &[(80.0, 30.0, 1.0), (50.0, 12.0, 1.0), (30.0, 12.0, 1.0)],
        );
        let alone = world.alone(&[0.5], &world.exposures(&[1.0]));
        assert_eq!(
            world.joint(
                (&[0.5], &[world.spec.efficacy]),
                &world.exposures(&[1.0]),
                &alone,
                &first(2)
            ),
            alone
        );
        let all = world.joint(
            (&[0.5], &[world.spec.efficacy]),
            &world.exposures(&[1.0]),
            &alone,
            &first(3),
        );
        assert!(
            world
                .gains((&[0.5], &[world.spec.efficacy]), &world.exposures(&[1.0]), &alone, &all)
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
            let alone = world.alone(&[threat], &world.exposures(&[1.0]));
            let at = (&[threat], &[world.spec.efficacy]);
            let best = world.joint(at, &world.exposures(&[1.0]), &alone, &first(rows.len()));
            let exposures = world.exposures(&[1.0]);
            let gains = |effort: &Efforts<1>| world.gains(at, &exposures, &alone, effort);
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
