//! A joint project (ODD §5.5): yearly contributions, then a yearly flow of benefits to the horizon.
//!
//! The amount paid depends on a design's own past, so plans are made for the progress reached.

use super::{Memory, Settlement};
use crate::ids::MAX_STATES;
use crate::numeric::{lanes, power};
use crate::plan::{Acts, Lane, OfferGrid, Physical};
use crate::scenario::types::{Project, Scenario};

/// Number of steps of progress that plans distinguish.
const STEPS: usize = 256;

/// Payments for a project, and the year of its completion.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Progress {
    /// Sum paid so far, MUSD.
    pub paid: f64,
    /// Year in which the cost was fully paid; `None` before.
    pub completed: Option<usize>,
    /// Year in which the owner began alone, if it did.
    pub alone: Option<usize>,
}

/// A project with its horizon and the discount factors of the states.
#[derive(Debug, Clone)]
pub struct ProjectWorld {
    spec: Project,
    horizon: usize,
    discount: Vec<f64>,
}

impl ProjectWorld {
    /// Creates the world of a project of a scenario.
    pub fn new(scenario: &Scenario, spec: &Project) -> Self {
        let discount = scenario
            .states
            .iter()
            .map(|state| state.discount_factor * (1.0 - scenario.end_hazard))
            .collect();
        ProjectWorld { spec: spec.clone(), horizon: scenario.horizon, discount }
    }

    /// Returns the joint optimum of all states, spread evenly over the years, MUSD per year: the
    /// undiscounted net benefit to the horizon of building at once at full speed, or 0.
    pub(super) fn optimum(&self) -> f64 {
        let flowing = (self.horizon + 1).saturating_sub(self.spec.years + self.spec.lag);
        let mut total = flowing as f64 * self.spec.benefits.iter().sum::<f64>() - self.spec.cost;
        if let Some(alone) = &self.spec.go_alone {
            let years = || (0..self.horizon).map(|year| (year, alone.from));
            let states = 0..self.spec.benefits.len();
            let flows =
                states.flat_map(|state| years().map(move |(year, from)| (state, year, from)));
            total -= flows.map(|(state, year, from)| self.alone(state, year, from)).sum::<f64>();
        }
        total.max(0.0) / self.horizon as f64
    }

    /// Returns what a state gains in a year if the owner has begun alone in the year `from`, MUSD.
    fn alone(&self, state: usize, year: usize, from: usize) -> f64 {
        let Some(alone) = &self.spec.go_alone else { return 0.0 };
        if year < from {
            return 0.0;
        }
        let pays = state == alone.owner && year < from + alone.years;
        let cost = if pays { alone.cost / alone.years as f64 } else { 0.0 };
        let flows = year + 1 >= from + alone.years + self.spec.lag;
        (if flows { self.spec.benefits[state] } else { 0.0 }) - cost
    }

    /// Returns the variant of the plans for a progress.
    pub(super) fn variant(&self, progress: &Progress) -> u32 {
        match progress.completed.or(progress.alone) {
            Some(_) => STEPS as u32,
            None => {
                ((progress.paid / self.spec.cost * STEPS as f64) as usize).min(STEPS - 1) as u32
            }
        }
    }

    /// Makes the plans of a year. A depth level is a speed of construction. The value of a
    /// contribution is its part of the present value of the remaining cost in that of the benefits,
    /// at this speed.
    pub(super) fn plan(&self, year: usize, grid: &mut OfferGrid) {
        let members = grid.members();
        let slots = self.spec.shares.len();
        // Cost left in each replication; 0 unless all contributors are members (no state takes over
        // a share) and no other body builds the project.
        let left: Lane = lanes(|l| {
            let paying = self.spec.shares.iter().filter(|(state, _)| members[l].contains(*state));
            let complete = paying.map(|(_, share)| share).sum::<f64>() >= 1.0 - 1e-9;
            let elsewhere = (0..slots).any(|slot| grid.agreed(slot)[l] > 0.0);
            let variant = grid.variant(l).min(STEPS) as f64;
            if complete && !elsewhere {
                self.spec.cost * (1.0 - variant / STEPS as f64)
            } else {
                0.0
            }
        });
        for level in 0..grid.levels() {
            let speed = grid.depth(level) * self.spec.cost / self.spec.years as f64;
            let yearly = left.map(|left| speed.min(left));
            let value: [Lane; MAX_STATES] = std::array::from_fn(|state| {
                let known = state < self.spec.benefits.len();
                lanes(|l| {
                    if known && left[l] > 0.0 {
                        self.value(state, year, left[l], yearly[l])
                    } else {
                        0.0
                    }
                })
            });
            for (slot, &(obligor, share)) in self.spec.shares.iter().enumerate() {
                let amount = yearly.map(|yearly| share * yearly);
                grid.set_amount(level, slot, &amount);
                let times = |value: &Lane| -> Lane { lanes(|l| amount[l] * value[l]) };
                let back = times(&value[obligor]);
                grid.set_cost(level, slot, &lanes(|l| amount[l] - back[l]));
                for state in (0..self.spec.benefits.len()).filter(|&state| state != obligor) {
                    grid.set_benefit(level, slot, state, &times(&value[state]));
                }
            }
        }
    }

    /// Returns the value of a unit paid now to a state: the present value of its benefits over that
    /// of the remaining payments.
    fn value(&self, state: usize, year: usize, left: f64, yearly: f64) -> f64 {
        let first = year + (left / yearly - 1e-9).ceil() as usize - 1 + self.spec.lag;
        let delta = self.discount[state];
        let flow: f64 = (first..self.horizon).map(|at| power(delta, at - year)).sum();
        let (mut to_pay, mut rest, mut weight) = (0.0, left, 1.0);
        while rest > 1e-9 * left {
            to_pay += weight * yearly.min(rest);
            rest -= yearly.min(rest);
            weight *= delta;
        }
        // Without the consortium the owner would begin this year, or later as planned.
        let instead = self.spec.go_alone.map_or(0.0, |alone| {
            let begun = alone.from.max(year);
            let flow = |at| power(delta, at - year) * self.alone(state, at, begun);
            (year..self.horizon).map(flow).sum()
        });
        (self.spec.benefits[state] * flow - instead) / to_pay
    }

    pub(super) fn settle(&self, year: usize, acts: &[Acts<'_>], memory: &mut Memory) -> Settlement {
        let mut gain = [0.0; MAX_STATES];
        let progress = &mut memory.project;
        for (plan, performed) in acts {
            if progress.completed.is_some() {
                break;
            }
            let count = self.spec.shares.len();
            let offered: f64 = (0..count).map(|slot| plan.amount(slot) * performed[slot]).sum();
            // Payments stop at the cost.
            let taken = if offered > 0.0 {
                ((self.spec.cost - progress.paid) / offered).min(1.0)
            } else {
                0.0
            };
            for (slot, &(obligor, _)) in self.spec.shares.iter().enumerate() {
                let contribution = plan.amount(slot) * performed[slot] * taken;
                gain[obligor] -= contribution;
                progress.paid += contribution;
            }
            if progress.paid >= self.spec.cost * (1.0 - 1e-9) {
                progress.completed = Some(year);
            }
        }
        if progress.completed.is_some_and(|completed| year >= completed + self.spec.lag) {
            for (gain, benefit) in gain.iter_mut().zip(&self.spec.benefits) {
                *gain += benefit;
            }
        }
        if let Some(alone) = &self.spec.go_alone {
            let unbegun = progress.completed.is_none() && progress.paid == 0.0;
            if unbegun && progress.alone.is_none() && year >= alone.from {
                progress.alone = Some(year);
            }
            for (state, gain) in gain.iter_mut().enumerate().take(self.spec.benefits.len()) {
                let own = progress.alone.map_or(0.0, |from| self.alone(state, year, from));
                *gain += own - self.alone(state, year, alone.from);
            }
        }
        Settlement { gain, physical: Physical::default() }
    }

    /// Discards the payments for an unfinished project, after a collapse of the regime that builds
    /// it.
    pub(super) fn abandon(memory: &mut Memory) {
        if memory.project.completed.is_none() {
            memory.project.paid = 0.0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::Members;
    use crate::numeric::LANES;
    use crate::plan::Parties;
    use crate::scenario::types::GoAlone;

    fn world() -> ProjectWorld {
        let spec = Project {
            cost: 100.0,
            years: 4,
            lag: 1,
            shares: vec![(0, 0.5), (1, 0.5)],
            benefits: vec![20.0, 10.0],
            go_alone: None,
        };
        ProjectWorld { spec, horizon: 10, discount: vec![0.9, 0.9] }
    }

    fn grid(variant: u32) -> OfferGrid {
        let mut grid = OfferGrid::new(10, 1, 2, 2);
        grid.reset_for(
            [Some(Parties { members: Members::first(2), in_kind: false, variant }); LANES],
        );
        grid
    }

    #[test]
    fn a_project_paid_in_four_years_pays_back_from_the_fifth_on() {
        let world = world();
        let mut memory = Memory::default();
        let mut gains = Vec::new();
        for year in 0..10 {
            let mut grid = grid(world.variant(&memory.project));
            grid.make(year, |grid| world.plan(year, grid));
            let plan = grid.plan(year, 0, 0);
            gains.push(world.settle(year, &[(plan, &[1.0, 1.0])], &mut memory).gain[0]);
        }
        assert_eq!(gains, [-12.5, -12.5, -12.5, -12.5, 20.0, 20.0, 20.0, 20.0, 20.0, 20.0]);
        // Benefits of six years, 30 each, less 100, over ten years.
        assert!((world.optimum() - 8.0).abs() < 1e-12);
    }

    #[test]
    fn a_contribution_is_worth_its_part_of_the_discounted_benefits() {
        let world = world();
        let mut grid = grid(0);
        grid.make(0, |grid| world.plan(0, grid));
        let plan = grid.plan(0, 0, 0);
        let flow: f64 = (4..10).map(|year| 0.9f64.powi(year)).sum();
        let part = 12.5 / (25.0 * (1.0 + 0.9 + 0.81 + 0.729));
        assert!((plan.amount(0) - 12.5).abs() < 1e-12);
        assert!((plan.cost(0) - (12.5 - part * 20.0 * flow)).abs() < 1e-9);
        assert!((plan.benefit(0, 1) - part * 10.0 * flow).abs() < 1e-9);
    }

    #[test]
    fn gains_of_a_consortium_are_those_over_building_alone() {
        let mut world = world();
        world.spec.go_alone = Some(GoAlone { owner: 0, from: 2, cost: 120.0, years: 5 });
        // Alone: 24 a year from year 2 to 6, benefits from year 7 on.
        let flows: Vec<f64> = (0..10).map(|year| world.alone(0, year, 2)).collect();
        assert_eq!(flows, [0.0, 0.0, -24.0, -24.0, -24.0, -24.0, -24.0, 20.0, 20.0, 20.0]);
        // Nobody acts: the owner builds, and nothing is gained over that.
        let mut memory = Memory::default();
        for year in 0..10 {
            assert_eq!(world.settle(year, &[], &mut memory).gain[..2], [0.0, 0.0], "{year}");
        }
        assert_eq!(memory.project.alone, Some(2));
        assert_eq!(world.variant(&memory.project), STEPS as u32, "nothing is left to build");
        // The consortium builds in the first four years.
        let mut memory = Memory::default();
        let mut total = [0.0; 2];
        for year in 0..10 {
            let mut grid = grid(world.variant(&memory.project));
            grid.make(year, |grid| world.plan(year, grid));
            let plan = grid.plan(year, 0, 0);
            let gain = world.settle(year, &[(plan, &[1.0, 1.0])], &mut memory).gain;
            total = [total[0] + gain[0], total[1] + gain[1]];
        }
        assert_eq!(memory.project.alone, None);
        // 6 years of benefits less half the cost each, less 3 years of benefits and 120 alone.
        assert_eq!(total, [6.0 * 20.0 - 50.0 - (3.0 * 20.0 - 120.0), 6.0 * 10.0 - 50.0 - 30.0]);
        assert!((10.0 * world.optimum() - (total[0] + total[1])).abs() < 1e-12);
        // What the owner saves by not building alone counts in the value of its contribution.
        let mut grid = grid(0);
        grid.make(0, |grid| world.plan(0, grid));
        let plan = grid.plan(0, 0, 0);
        let present = |flow: &dyn Fn(usize) -> f64| -> f64 {
            (0..10).map(|year| 0.9f64.powi(year) * flow(year as usize)).sum()
        };
        let value =
            present(&|year| if year >= 4 { 20.0 } else { 0.0 }) - present(&|year| flows[year]);
        let part = 12.5 / (25.0 * (1.0 + 0.9 + 0.81 + 0.729));
        assert!((plan.cost(0) - (12.5 - part * value)).abs() < 1e-9);
    }

    #[test]
    fn collapse_forfeits_payments_unless_the_project_is_complete() {
        let mut memory = Memory::default();
        memory.project.paid = 40.0;
        ProjectWorld::abandon(&mut memory);
        assert_eq!(memory.project.paid, 0.0);
        memory.project = Progress { paid: 100.0, completed: Some(3), alone: None };
        ProjectWorld::abandon(&mut memory);
        assert_eq!(memory.project.paid, 100.0);
    }

    proptest::proptest! {
        #[test]
        fn payments_stop_at_the_cost_and_benefits_follow_completion(
            cost in 1.0f64..5000.0, years in 1usize..8, lag in 0usize..4, split in 0.05f64..0.95,
            benefits in proptest::collection::vec(0.0f64..500.0, 2),
            kept in proptest::collection::vec((0.0f64..=1.0, 0.0f64..=1.0), 20),
                levels in 1usize..5,
        ) {
            let spec = Project { cost, years, lag, shares: vec![(0, split), (1, 1.0 - split)],
                benefits: benefits.clone(), go_alone: None };
            let world = ProjectWorld { spec, horizon: 20, discount: vec![0.9, 0.8] };
            let mut memory = Memory::default();
            let mut balance = 0.0;
            for (year, &(first, second)) in kept.iter().enumerate() {
                let mut grid = OfferGrid::new(20, levels, 2, 2);
                let variant = world.variant(&memory.project);
                grid.reset_for([Some(Parties { members: Members::first(2), in_kind: false,
                    variant }); LANES]);
                grid.make(year, |grid| world.plan(year, grid));
                let before = memory.project;
                let plan = grid.plan(year, levels - 1, 0);
                let gain: f64 = world.settle(year, &[(plan, &[first, second])],
                    &mut memory).gain.iter().sum();
                let flows = memory.project.completed.is_some_and(|done| year >= done + lag);
                let flow = if flows { benefits.iter().sum() } else { 0.0 };
                let contributed = memory.project.paid - before.paid;
                proptest::prop_assert!(memory.project.paid <= cost * (1.0 + 1e-9));
                proptest::prop_assert!(contributed >= 0.0);
                proptest::prop_assert!((gain - (flow - contributed)).abs() < 1e-6 * (1.0 + cost));
                balance += gain;
            }
            let most = 20.0 * world.optimum();
            proptest::prop_assert!(balance <= most.max(0.0) + 1e-6 * cost, "{balance} above the \
                optimum {most}");
        }
    }
}
