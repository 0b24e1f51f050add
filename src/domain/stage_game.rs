//! Stage games given as numbers (ODD §5.6): obligations with cost and benefits per state of the world, linear in
//! depth. The engine is docked to closed forms through them.

use super::{Sample, Settlement};
use crate::fate::{FateLayout, Fates};
use crate::ids::{MAX_STATES, Members};
use crate::numeric::LANES;
use crate::plan::{Ladder, Physical, Plan};
use crate::scenario::types::{DomainSpec, Scenario, StageGame};

/// A stage game laid out: which state of the world holds in each year of each replication.
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
    /// Lays out domain `index` of a scenario.
    pub fn new(scenario: &Scenario, index: usize) -> Self {
        let domain = &scenario.domains[index];
        let DomainSpec::StageGame(game) = &domain.spec else { unreachable!("domain {index} is no stage game") };
        let states = scenario.states.len();
        let optimum = (0..game.probabilities.len())
            .map(|world| {
                let total: f64 = game
                    .obligations
                    .iter()
                    .map(|o| o.benefit[world * states..(world + 1) * states].iter().sum::<f64>() - o.cost[world])
                    .sum();
                total.max(0.0)
            })
            .collect();
        StageWorld {
            game: game.clone(),
            index,
            obligors: domain.slots.clone().map(|slot| scenario.slots[slot].obligor.index()).collect(),
            states,
            world: vec![[0; LANES]; scenario.horizon],
            optimum,
        }
    }

    pub(super) fn prepare(&mut self, scenario: &Scenario, layout: &FateLayout, fates: &Fates) {
        for year in 0..scenario.horizon {
            self.world[year] = fates.row(year, layout.world(self.index)).map(|world| world as u16);
        }
    }

    pub(super) fn optimum(&self, year: usize, lane: usize) -> f64 {
        self.optimum[self.world[year][lane] as usize]
    }

    pub(super) fn plan(&mut self, _: &Scenario, year: usize, ladder: &mut Ladder) {
        let world = self.world[year];
        self.fill(year, &world, ladder);
    }

    fn fill(&self, year: usize, world: &[u16; LANES], ladder: &mut Ladder) {
        let members = ladder.members;
        for rung in 0..ladder.rungs() {
            let depth = ladder.depth(rung);
            for (slot, obligation) in self.game.obligations.iter().enumerate() {
                if !members.contains(self.obligors[slot]) {
                    continue;
                }
                ladder.set_cost(year, rung, slot, &world.map(|w| depth * obligation.cost[w as usize]));
                ladder.set_amount(year, rung, slot, &[depth; LANES]);
                for state in 0..self.states {
                    ladder.set_benefit(
                        year,
                        rung,
                        slot,
                        state,
                        &world.map(|w| depth * obligation.benefit[w as usize * self.states + state]),
                    );
                }
            }
        }
    }

    pub(super) fn settle(&self, plan: Option<(Plan<'_>, &[f64])>) -> Settlement {
        let mut gain = [0.0; MAX_STATES];
        if let Some((plan, performed)) = plan {
            for (slot, &obligor) in self.obligors.iter().enumerate() {
                gain[obligor] -= plan.cost(slot) * performed[slot];
                for (state, gain) in gain.iter_mut().enumerate().take(self.states) {
                    *gain += plan.benefit(slot, state) * performed[slot];
                }
            }
        }
        Settlement { gain, physical: Physical::default() }
    }

    pub(super) fn sample(&self, scenario: &Scenario, members: Members) -> Sample {
        let worlds = self.game.probabilities.len();
        let mut ladder = Ladder::new(worlds, scenario.rungs, self.obligors.len(), self.states);
        ladder.reset(members, true);
        let mut weights = vec![0.0; worlds * LANES];
        for world in 0..worlds {
            ladder.begin(world);
            self.fill(world, &[world as u16; LANES], &mut ladder);
            weights[world * LANES] = self.game.probabilities[world];
        }
        Sample { ladder, weights }
    }
}
