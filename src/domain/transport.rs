//! Transport and trade (ODD §5.2): border facilitation beyond each state's unilateral optimum.

use super::Settlement;
use crate::ids::MAX_STATES;
use crate::numeric::{LANES, lanes, vectorised};
use crate::plan::{Acts, Lane, OfferGrid, Physical};
use crate::scenario::types::{Scenario, Transport};

/// Trade of all replications: the domain has no shocks, and gains grow with trade, so one table is
/// enough.
#[derive(Debug, Clone)]
pub struct TransportWorld {
    states: usize,
    rents: Vec<Option<f64>>,
    slots: Vec<usize>,
    /// Gain to state j per unit of facilitation of i in the first year, MUSD per year: `spillover[i
    /// * states + j]`.
    spillover: Vec<f64>,
    growth: Vec<f64>,
    optimum: Vec<f64>,
}

impl TransportWorld {
    /// Creates the world of a scenario's trade.
    pub fn new(scenario: &Scenario, spec: &Transport) -> Self {
        let n = scenario.states.len();
        let mut spillover = vec![0.0; n * n];
        for i in 0..n {
            for j in 0..n {
                let imports = spec.imports[i * n + j];
                let exports = spec.imports[j * n + i];
                spillover[i * n + i] += spec.consumer_weight * imports * spec.cost_cut;
                if i != j {
                    spillover[i * n + j] = spec.consumer_weight * exports * spec.cost_cut
                        + imports * spec.cost_cut * spec.elasticity * spec.margin;
                }
            }
        }
        let growth = (0..scenario.horizon)
            .map(|year| crate::numeric::power(1.0 + spec.growth, year))
            .collect();
        let slots = (0..n).filter(|&i| spec.rents[i].is_some()).collect();
        let mut world = TransportWorld {
            states: n,
            rents: spec.rents.clone(),
            slots,
            spillover,
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
    fn rent(&self, i: usize) -> f64 {
        self.rents[i].unwrap_or(f64::INFINITY)
    }
    #[inline(always)]
    fn cost(&self, i: usize, from: f64, to: f64) -> f64 {
        0.5 * self.rent(i) * (to * to - from * from)
    }
    /// Returns the unilateral optimum of facilitation and the joint optimum of all states, in [0,
    /// 1].
    fn levels(&self, year: usize, i: usize) -> (f64, f64) {
        let own = self.spillover(year, i, i);
        let others: f64 =
            (0..self.states).filter(|&j| j != i).map(|j| self.spillover(year, i, j)).sum();
        ((own / self.rent(i)).min(1.0), ((own + others) / self.rent(i)).min(1.0))
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
            let alone = (own / self.rent(i)).min(1.0);
            let mut others = [0.0; LANES];
            for j in (0..self.states).filter(|&j| j != i) {
                let spillover = self.spillover(year, i, j);
                others = lanes(|l| others[l] + inside[j][l] * spillover);
            }
            let from: Lane = lanes(|l| alone + agreed[l]);
            let max_step: Lane = lanes(|l| {
                let joint = ((own + others[l]) / self.rent(i)).min(1.0);
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
                let alone = (self.spillover(year, i, i) / self.rent(i)).min(1.0);
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
