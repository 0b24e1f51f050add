//! Domains: physics and payoffs of what is negotiated. They know nothing of votes.
//!
//! Each domain computes, for a batch of replications at once, what happens without cooperation, the
//! joint optimum, and offer grids of plans for sets of members; and it settles what the states did
//! against the realised world.

pub mod demand;
pub mod food;
pub mod project;
pub mod security;
pub mod stage_game;
#[cfg(test)]
mod tests;
pub mod transport;
pub mod water_energy;

use crate::draws::{DrawLayout, Draws};
use crate::ids::{MAX_STATES, Members};
use crate::numeric::LANES;
use crate::plan::{Acts, OfferGrid, Physical, Plan};
use crate::scenario::types::{Domain, DomainSpec, Scenario};
use water_energy::NodeFlows;

/// Replications over which a stationary expectation is taken.
const PILOT: usize = 8;
const _: () = assert!(PILOT <= LANES);

/// A domain laid out for a batch of replications.
#[derive(Debug, Clone)]
pub enum World {
    /// A river basin.
    Basin(Box<water_energy::BasinWorld>),
    /// Trade across borders.
    Transport(transport::TransportWorld),
    /// Grain.
    Food(food::FoodWorld),
    /// Common security.
    Security(security::SecurityWorld),
    /// A joint project.
    Project(project::ProjectWorld),
    /// A stage game.
    StageGame(stage_game::StageWorld),
}

/// What a design's own past has left in a domain: the stocks of small reservoirs, what is paid for
/// a project.
#[derive(Debug, Clone, Default)]
pub struct Memory {
    /// Stock by node, km³.
    pub stock: Vec<f64>,
    /// Whether it differs from the reference's.
    pub differs: bool,
    /// Progress of a project.
    pub project: project::Progress,
}

impl Memory {
    /// Takes another's values; asks for no memory where there is room.
    pub fn copy_from(&mut self, other: &Memory) {
        self.stock.clone_from(&other.stock);
        self.differs = other.differs;
        self.project = other.project;
    }
}

/// Realised gains over the reference, and what physics says of the year.
#[derive(Debug, Clone, Copy)]
pub struct Settlement {
    /// Gain of each state, MUSD.
    pub gain: [f64; MAX_STATES],
    /// The year in physical terms.
    pub physical: Physical,
}

impl World {
    /// Lays out a domain.
    pub fn new(scenario: &Scenario, index: usize) -> Self {
        match &scenario.domains[index].spec {
            DomainSpec::Basin(_) => {
                World::Basin(Box::new(water_energy::BasinWorld::new(scenario, index)))
            }
            DomainSpec::Transport(spec) => {
                World::Transport(transport::TransportWorld::new(scenario, spec))
            }
            DomainSpec::Food(spec) => World::Food(food::FoodWorld::new(scenario, spec)),
            DomainSpec::Security(spec) => {
                World::Security(security::SecurityWorld::new(scenario, spec))
            }
            DomainSpec::Project(spec) => World::Project(project::ProjectWorld::new(scenario, spec)),
            DomainSpec::StageGame(_) => {
                World::StageGame(stage_game::StageWorld::new(scenario, index))
            }
        }
    }

    /// Computes reference and joint optimum of every year for the replications drawn.
    pub fn prepare(&mut self, scenario: &Scenario, layout: &DrawLayout, draws: &Draws) {
        match self {
            World::Basin(world) => world.prepare(scenario, layout, draws),
            World::Transport(_) | World::Project(_) => {}
            World::Food(world) => world.prepare(scenario, layout, draws),
            World::Security(world) => world.prepare(scenario, layout, draws),
            World::StageGame(world) => world.prepare(scenario, layout, draws),
        }
    }

    /// Makes the plans of a year for those that the offer grid asks for.
    pub fn plan(&mut self, year: usize, grid: &mut OfferGrid) {
        grid.make(year, |grid| match self {
            World::Basin(world) => world.plan(year, grid),
            World::Transport(world) => world.plan(year, grid),
            World::Food(world) => world.plan(year, grid),
            World::Security(world) => world.plan(year, grid),
            World::Project(world) => world.plan(year, grid),
            World::StageGame(world) => world.plan(year, grid),
        });
    }

    /// The ex-post joint optimum of all states, MUSD.
    pub fn optimum(&self, year: usize, lane: usize) -> f64 {
        match self {
            World::Basin(world) => world.optimum(year, lane),
            World::Transport(world) => world.optimum(year),
            World::Food(world) => world.optimum(year, lane),
            World::Security(world) => world.optimum(year, lane),
            World::Project(world) => world.optimum(),
            World::StageGame(world) => world.optimum(year, lane),
        }
    }

    /// Total summer inflow of the year, km³; 0 outside river basins.
    pub fn summer_inflow(&self, year: usize, lane: usize) -> f64 {
        match self {
            World::Basin(world) => world.summer_inflow(year, lane),
            _ => 0.0,
        }
    }

    /// What full performance of an obligation costs its obligor when it falls due, MUSD; `before`
    /// is what it has done for other bodies.
    pub fn cost_when_due(
        &self,
        plan: &Plan<'_>,
        slot: usize,
        year: usize,
        lane: usize,
        before: f64,
    ) -> f64 {
        match self {
            World::Basin(world) => plan.cost(slot) * world.due_factor(slot, year, lane),
            World::Food(world) => world.cost_when_due(plan, slot, year, lane, before),
            World::StageGame(world) => world.cost_when_due(plan, slot),
            _ => plan.cost(slot),
        }
    }

    /// Which of its plans the domain needs, given a design's own past.
    pub fn variant(&self, memory: &Memory) -> u16 {
        match self {
            World::Project(world) => world.variant(&memory.project),
            _ => 0,
        }
    }

    /// What a collapse of the regime destroys.
    pub fn abandon(&self, memory: &mut Memory) {
        if let World::Project(_) = self {
            project::ProjectWorld::abandon(memory);
        }
    }

    /// The part of an act that takes effect, after `before` was done for other bodies: what nature
    /// forced anyway, or did not allow, answers to nobody.
    pub fn effect(&self, slot: usize, year: usize, lane: usize, before: f64, amount: f64) -> f64 {
        match self {
            World::Basin(world) => world.moved(slot, year, lane, before, amount),
            _ => 1.0,
        }
    }

    /// The memory of a design at the start of a replication.
    pub fn start(&self, lane: usize, memory: &mut Memory) {
        memory.project = project::Progress::default();
        if let World::Basin(world) = self {
            world.start(lane, memory);
        }
    }

    /// Settles a year on what was done: one plan with its performed fractions for each body, in
    /// their order; none without cooperation.
    pub fn settle(
        &mut self,
        scenario: &Scenario,
        year: usize,
        lane: usize,
        acts: &[Acts<'_>],
        memory: &mut Memory,
    ) -> Settlement {
        match self {
            World::Basin(world) => world.settle(scenario, year, lane, acts, memory),
            World::Transport(world) => world.settle(year, acts),
            World::Food(world) => world.settle(year, lane, acts),
            World::Security(world) => world.settle(year, lane, acts),
            World::Project(world) => world.settle(year, acts, memory),
            World::StageGame(world) => world.settle(acts),
        }
    }

    /// How a year's water passed the nodes of a basin, with what was done and without; `None` for
    /// other domains.
    pub fn routed(
        &mut self,
        year: usize,
        lane: usize,
        acts: &[Acts<'_>],
        memory: &Memory,
    ) -> Option<(Vec<NodeFlows>, Vec<NodeFlows>)> {
        let World::Basin(world) = self else { return None };
        let reference = world.reference_memory(year, lane);
        Some((world.routed(year, lane, acts, memory), world.routed(year, lane, &[], &reference)))
    }

    /// The plans over which a stationary expectation is taken: rows of an offer grid and the weight
    /// of each (year, replication) cell. Exact for stage games, the replications at hand elsewhere.
    pub fn sample(
        &mut self,
        scenario: &Scenario,
        domain: &Domain,
        members: Members,
        in_kind: bool,
    ) -> Sample {
        match self {
            World::StageGame(world) => world.sample(scenario, members),
            _ => {
                let states = scenario.states.len();
                let mut grid = OfferGrid::new(
                    scenario.horizon,
                    scenario.depth_levels,
                    domain.slots.len(),
                    states,
                );
                grid.reset(members, in_kind);
                for year in 0..scenario.horizon {
                    self.plan(year, &mut grid);
                }
                // The first replications of the batch, however many are computed at once.
                let probability = 1.0 / (scenario.horizon * PILOT) as f64;
                let cell = |at: usize| Cell { year: at / PILOT, lane: at % PILOT, probability };
                Sample { grid, cells: (0..scenario.horizon * PILOT).map(cell).collect() }
            }
        }
    }
}

/// Plans with probabilities.
#[derive(Debug, Clone)]
pub struct Sample {
    /// The plans.
    pub grid: OfferGrid,
    /// Where they are.
    pub cells: Vec<Cell>,
}

/// A state of the world in a sample: year and replication of its plans in the offer grid, and how
/// likely it is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cell {
    /// Year, or number of the state of the world.
    pub year: usize,
    /// Replication.
    pub lane: usize,
    /// How likely it is.
    pub probability: f64,
}
