//! Openness (ODD §5.2): states open borders, markets or labour markets to each other beyond their
//! unilateral optimum, at a quadratic cost.

use super::Settlement;
use crate::ids::MAX_STATES;
use crate::numeric::{LANES, lanes, vectorised};
use crate::plan::{Acts, Lane, OfferGrid, Physical};
use crate::scenario::types::{Openness, Scenario};

/// Openness in all replications: the domain has no shocks, and gains grow at a fixed rate, so one
/// table is enough.
#[derive(Debug, Clone)]
pub struct OpennessWorld {
    states: usize,
    costs: Vec<Option<f64>>,
    slots: Vec<usize>,
    /// Gain to state j per unit of opening of i in the first year, MUSD per year: `spillover[i
    /// * states + j]`.
    spillover: Vec<f64>,
    growth: Vec<f64>,
    optimum: Vec<f64>,
}

impl OpennessWorld {
    /// Creates the world of an openness.
    pub fn new(scenario: &Scenario, spec: &Openness) -> Self {
        let n = scenario.states.len();
        let growth = (0..scenario.horizon)
            .map(|year| crate::numeric::power(1.0 + spec.growth, year))
            .collect();
        let slots = (0..n).filter(|&i| spec.costs[i].is_some()).collect();
        let mut world = OpennessWorld {
            states: n,
            costs: spec.costs.clone(),
            slots,
            spillover: spec.spillover.clone(),
            growth,
            optimum: Vec::new(),
        };
        world.optimum = (0..scenario.horizon)
            .map(|year| {
                world
                    .slots
                    .iter()
                    .map(|&i| {
                        let (alone, joint) = world.levels(year, i);
                        let benefit: f64 = (0..n).map(|j| world.spillover(year, i, j)).sum();
                        benefit * (joint - alone) - world.cost(i, alone, joint)
                    })
                    .sum()
            })
            .collect();
        world
    }

    #[inline(always)]
    fn spillover(&self, year: usize, i: usize, j: usize) -> f64 {
        self.spillover[i * self.states + j] * self.growth[year]
    }
    #[inline(always)]
    fn cost_of_all(&self, i: usize) -> f64 {
        self.costs[i].unwrap_or(f64::INFINITY)
    }
    #[inline(always)]
    fn cost(&self, i: usize, from: f64, to: f64) -> f64 {
        0.5 * self.cost_of_all(i) * (to * to - from * from)
    }
    /// Returns the unilateral optimum of opening and the joint optimum of all states, in [0,
    /// 1].
    fn levels(&self, year: usize, i: usize) -> (f64, f64) {
        let own = self.spillover(year, i, i);
        let others: f64 =
            (0..self.states).filter(|&j| j != i).map(|j| self.spillover(year, i, j)).sum();
        let level = |gain: f64| (gain / self.cost_of_all(i)).clamp(0.0, 1.0);
        (level(own), level(own + others).max(level(own)))
    }

    pub(super) fn optimum(&self, year: usize) -> f64 {
        self.optimum[year]
    }

    pub(super) fn plan(&self, year: usize, grid: &mut OfferGrid) {
        vectorised(
            #[inline(always)]
            || self.fill(year, grid),
        );
    }

    #[inline(always)]
    fn fill(&self, year: usize, grid: &mut OfferGrid) {
        let mut inside = [[0.0; LANES]; MAX_STATES];
        for (state, inside) in inside.iter_mut().enumerate().take(self.states) {
            *inside = grid.mask(state);
        }
        for (slot, &i) in self.slots.iter().enumerate() {
            let agreed = grid.agreed(slot);
            let own = self.spillover(year, i, i);
            let alone = (own / self.cost_of_all(i)).clamp(0.0, 1.0);
            let mut others = [0.0; LANES];
            for j in (0..self.states).filter(|&j| j != i) {
                let spillover = self.spillover(year, i, j);
                others = lanes(|l| others[l] + inside[j][l] * spillover);
            }
            let from: Lane = lanes(|l| alone + agreed[l]);
            let max_step: Lane = lanes(|l| {
                let joint = ((own + others[l]) / self.cost_of_all(i)).min(1.0);
                inside[i][l] * (joint - from[l]).max(0.0)
            });
            for level in 0..grid.levels() {
                let depth = grid.depth(level);
                let step: Lane = lanes(|l| depth * max_step[l]);
                let cost: Lane =
                    lanes(|l| self.cost(i, from[l], from[l] + step[l]) - own * step[l]);
                grid.set_cost(level, slot, &cost);
                grid.set_amount(level, slot, &step);
                for j in (0..self.states).filter(|&j| j != i) {
                    let spillover = self.spillover(year, i, j);
                    grid.set_benefit(level, slot, j, &lanes(|l| spillover * step[l]));
                }
            }
        }
    }

    pub(super) fn settle(&self, year: usize, acts: &[Acts<'_>]) -> Settlement {
        let mut gain = [0.0; MAX_STATES];
        if !acts.is_empty() {
            for (slot, &i) in self.slots.iter().enumerate() {
                let step: f64 =
                    acts.iter().map(|(plan, performed)| plan.amount(slot) * performed[slot]).sum();
                if step == 0.0 {
                    continue;
                }
                let alone = (self.spillover(year, i, i) / self.cost_of_all(i)).clamp(0.0, 1.0);
                gain[i] += self.spillover(year, i, i) * step - self.cost(i, alone, alone + step);
                for (j, gain) in
                    gain.iter_mut().enumerate().take(self.states).filter(|&(j, _)| j != i)
                {
                    *gain += self.spillover(year, i, j) * step;
                }
            }
        }
        Settlement { gain, physical: Physical::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::load::{self, Override};
    use crate::scenario::types::DomainSpec;

    /// Returns the last domain of two states with a table of openness.
    fn world(table: &str) -> OpennessWorld {
        let changes =
            [table.to_string(), "basins={}".into(), "stage_games={}".into()].map(Override::new);
        let scenario = load::scenario("tests/invalid/valid-scenario.toml", &changes)
            .unwrap_or_else(|bad| panic!("{}", bad.render(false)))
            .scenario;
        let domain = scenario.domains.last().unwrap();
        let DomainSpec::Openness(spec) = &domain.spec else { unreachable!() };
        OpennessWorld::new(&scenario, spec)
    }

    #[test]
    fn labour_gains_the_square_of_remittances_over_twice_the_cost() {
        // 10 thousand workers: the receiver gains 5 from all permits, the sender 8, at a cost of
        // 20 m²/2. Alone the receiver issues a quarter, together they issue 13/20.
        let labour = "labour={workers={DOWN={UP=10}}, political_cost={DOWN=20}, \
            receiver_gain=0.5, remittances=0.8}";
        let world = world(labour);
        assert_eq!(world.levels(0, 1), (0.25, 0.65));
        assert!((world.optimum(0) - 8.0 * 8.0 / (2.0 * 20.0)).abs() < 1e-12);
    }

    #[test]
    fn a_customs_union_divides_its_saving_equally_and_its_own_costs_not() {
        // Trade of 80 + 20, a saving of 4 in all: each side opens for a gain of 1 to itself and 1
        // to the other; DOWN bears 1.5 of its own.
        let union = "customs_union={saving=0.04, imports={UP={DOWN=80}, DOWN={UP=20}}, \
            states={UP={political_cost=4}, DOWN={political_cost=4, wto_cost=1.5}}}";
        let world = world(union);
        assert_eq!(world.levels(0, 0), (0.25, 0.5));
        assert_eq!(world.levels(0, 1), (0.0, 0.125));
        let (up, down) = (0.25 - 2.0 * (0.25 - 0.0625), 0.5 * 0.125 - 2.0 * 0.125 * 0.125);
        assert!((world.optimum(0) - (up + 0.25 + down)).abs() < 1e-12);
    }

    #[test]
    fn a_tariff_that_costs_more_revenue_than_it_gains_is_not_cut_alone() {
        let tariffs = "tariffs={rates={UP=0.1}, imports={UP={DOWN=100}}, \
            political_cost={UP=2}, elasticity=5, margin=0.2, consumer_weight=0.5}";
        // A full cut of 10 loses 5 and gives the exporter 10.
        let world = world(tariffs);
        assert_eq!(world.levels(0, 0), (0.0, 1.0));
        assert!((world.optimum(0) - (10.0 - 5.0 - 1.0)).abs() < 1e-12);
    }

    #[test]
    fn development_scales_gains_and_divides_slippage() {
        let changes = ["states.DOWN.development=0.5", "states.DOWN.slippage_mean=0.1"];
        let scenario =
            load::scenario("tests/invalid/valid-scenario.toml", &changes.map(Override::new))
                .unwrap()
                .scenario;
        let state = &scenario.states[1];
        assert_eq!((state.development, state.slippage_mean), (0.5, 0.2));
        let labour = "labour={workers={UP={DOWN=10}}, political_cost={UP=20}, receiver_gain=0, \
            remittances=0.8}";
        let whole = world(labour).spillover[1];
        let changes = [changes[0], labour, "basins={}", "stage_games={}"].map(Override::new);
        let scenario =
            load::scenario("tests/invalid/valid-scenario.toml", &changes).unwrap().scenario;
        let domain = scenario.domains.last().unwrap();
        let DomainSpec::Openness(spec) = &domain.spec else { unreachable!() };
        assert_eq!(spec.spillover[1], 0.5 * whole);
    }
}
