//! Stage games given as numbers (ODD §5.6): obligations with cost and benefits for each state of
//! the world, linear or quadratic in depth. They contain no physics; the engine is tested against
//! closed forms with them.

use super::{Cell, Sample, Settlement};
use crate::draws::{DrawLayout, Draws};
use crate::ids::{MAX_STATES, Members};
use crate::numeric::{LANES, lanes};
use crate::plan::{Acts, Lane, OfferGrid, Physical, Plan};
use crate::scenario::raw::Curvature;
use crate::scenario::types::{DomainSpec, Scenario, StageGame};

/// A stage game prepared for a batch: the state of the world in each year of each replication.
#[derive(Debug, Clone)]
pub struct StageWorld {
    game: StageGame,
    index: usize,
    obligors: Vec<usize>,
    states: usize,
    world: Vec<[u16; LANES]>,
    optimum: Vec<f64>,
}

impl StageWorld {
    /// Creates the world of domain `index` of a scenario, which must be a stage game.
    pub fn new(scenario: &Scenario, index: usize) -> Self {
        let domain = &scenario.domains[index];
        let DomainSpec::StageGame(game) = &domain.spec else {
            unreachable!("domain {index} is no stage game")
        };
        let states = scenario.states.len();
        let optimum = (0..game.probabilities.len())
            .map(|world| {
                // Gain at depth d: linear·d − quadratic·d², maximised over [0, 1].
                let (mut linear, mut quadratic) = (0.0, 0.0);
                for o in &game.obligations {
                    let benefit: f64 = o.benefit[world * states..(world + 1) * states].iter().sum();
                    for (value, curvature) in
                        [(benefit, o.curvature.1), (-o.cost[world], o.curvature.0)]
                    {
                        match curvature {
                            Curvature::Linear => linear += value,
                            Curvature::Quadratic => quadratic -= value,
                        }
                    }
                }
                let gain = |depth: f64| linear * depth - quadratic * depth * depth;
                let inner = if quadratic > 0.0 {
                    (linear / (2.0 * quadratic)).clamp(0.0, 1.0)
                } else {
                    1.0
                };
                let inner = if game.binary { 1.0 } else { inner };
                gain(inner).max(0.0)
            })
            .collect();
        StageWorld {
            game: game.clone(),
            index,
            obligors: domain
                .slots
                .clone()
                .map(|slot| scenario.slots[slot].obligor.index())
                .collect(),
            states,
            world: vec![[0; LANES]; scenario.horizon],
            optimum,
        }
    }

    pub(super) fn prepare(&mut self, scenario: &Scenario, layout: &DrawLayout, draws: &Draws) {
        for year in 0..scenario.horizon {
            self.world[year] = draws.row(year, layout.world(self.index)).map(|world| world as u16);
        }
    }

    pub(super) fn optimum(&self, year: usize, lane: usize) -> f64 {
        self.optimum[self.world[year][lane] as usize]
    }

    pub(super) fn plan(&mut self, year: usize, grid: &mut OfferGrid) {
        let world = self.world[year];
        self.fill(&world, grid);
    }

    fn fill(&self, world: &[u16; LANES], grid: &mut OfferGrid) {
        for (slot, obligation) in self.game.obligations.iter().enumerate() {
            let inside = grid.mask(self.obligors[slot]);
            // The depth agreed by earlier bodies is already owed.
            let agreed = grid.agreed(slot);
            for level in 0..grid.levels() {
                let whole = if self.game.binary { 1.0 } else { grid.depth(level) };
                let depth: Lane = lanes(|l| inside[l] * whole * (1.0 - agreed[l]));
                let grown = |l: usize, curvature| match curvature {
                    Curvature::Quadratic => {
                        (agreed[l] + depth[l]) * (agreed[l] + depth[l]) - agreed[l] * agreed[l]
                    }
                    Curvature::Linear => depth[l],
                };
                let (cost, benefit) = obligation.curvature;
                let cost = lanes(|l| grown(l, cost) * obligation.cost[world[l] as usize]);
                grid.set_cost(level, slot, &cost);
                grid.set_amount(level, slot, &depth);
                for state in 0..self.states {
                    let at = |l: usize| world[l] as usize * self.states + state;
                    let benefit = lanes(|l| grown(l, benefit) * obligation.benefit[at(l)]);
                    grid.set_benefit(level, slot, state, &benefit);
                }
            }
        }
    }

    pub(super) fn cost_when_due(&self, plan: &Plan<'_>, slot: usize) -> f64 {
        if self.game.joint {
            plan.cost_of_joint(slot, |slot| self.obligors[slot])
        } else {
            plan.cost(slot)
        }
    }

    pub(super) fn settle(&self, acts: &[Acts<'_>]) -> Settlement {
        let mut gain = [0.0; MAX_STATES];
        for (plan, performed) in acts {
            let least = performed.iter().copied().fold(1.0, f64::min);
            for (slot, &obligor) in self.obligors.iter().enumerate() {
                let performed = if self.game.joint { least } else { performed[slot] };
                gain[obligor] -= plan.cost(slot) * performed;
                for (state, gain) in gain.iter_mut().enumerate().take(self.states) {
                    *gain += plan.benefit(slot, state) * performed;
                }
            }
        }
        Settlement { gain, physical: Physical::default() }
    }

    pub(super) fn sample(&self, scenario: &Scenario, members: Members) -> Sample {
        let worlds = self.game.probabilities.len();
        let mut grid =
            OfferGrid::new(worlds, scenario.depth_levels, self.obligors.len(), self.states);
        grid.reset(members, true);
        let mut cells = Vec::with_capacity(worlds);
        for world in 0..worlds {
            grid.make(world, |grid| self.fill(&[world as u16; LANES], grid));
            cells.push(Cell { year: world, lane: 0, probability: self.game.probabilities[world] });
        }
        Sample { grid, cells }
    }
}
