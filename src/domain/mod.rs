//! Domains: physics and payoffs of the subjects of negotiation (ODD §5). They contain no votes.
//!
//! Each domain computes, for all replications of a batch at once, the reference without
//! cooperation, the joint optimum, and offer grids of plans for sets of members. It settles the
//! performed acts under the realised shocks.

pub mod demand;
pub mod food;
pub mod openness;
pub mod project;
pub mod security;
#[cfg(test)]
pub mod split;
pub mod stage_game;
#[cfg(test)]
mod tests;
pub mod water_energy;

use crate::draws::{DrawLayout, Draws};
use crate::ids::{MAX_STATES, Members};
use crate::numeric::LANES;
use crate::plan::{Acts, OfferGrid, Physical, Plan};
use crate::scenario::types::{Domain, DomainSpec, Scenario};
use water_energy::NodeFlows;

/// Number of replications over which a stationary expectation is taken.
pub const PILOT: usize = 8;
const _: () = assert!(PILOT <= LANES);

/// A domain prepared for a batch of replications.
#[derive(Debug, Clone)]
pub enum World {
    /// Water and energy in a river basin (ODD §5.1).
    Basin(Box<water_energy::BasinWorld>),
    /// Allocation of a river's water by another rule (ODD §5.7).
    Allocation(Box<water_energy::AllocationWorld>),
    /// Transport, tariffs, customs union or labour (ODD §5.2).
    Openness(openness::OpennessWorld),
    /// Grain (ODD §5.3).
    Food(food::FoodWorld),
    /// Common security (ODD §5.4).
    Security(security::SecurityWorld),
    /// A joint project (ODD §5.5).
    Project(project::ProjectWorld),
    /// A stage game (ODD §5.6).
    StageGame(stage_game::StageWorld),
    /// A domain with some obligations cut into parts, for tests.
    #[cfg(test)]
    Split(Box<split::SplitWorld>),
}

/// State of a domain that depends on a design: stocks of small reservoirs, payments for a project,
/// what organs do.
#[derive(Debug, Clone, Default)]
pub struct Memory {
    /// Stock by node, km³.
    pub stock: Vec<f64>,
    /// Whether the stocks differ from those of the reference.
    pub differs: bool,
    /// Progress of a project.
    pub project: project::Progress,
    /// Increase of the share of damage that agreed efforts for security avert, by organs.
    pub efficacy: f64,
    /// Share by which exposure to the common threat is lower than without cooperation, because of
    /// damage averted in earlier years.
    pub avoided: f64,
}

impl Memory {
    /// Copies the values of another memory; allocates nothing where there is capacity.
    pub fn copy_from(&mut self, other: &Memory) {
        self.stock.clone_from(&other.stock);
        self.differs = other.differs;
        self.project = other.project;
        self.efficacy = other.efficacy;
        self.avoided = other.avoided;
    }
}

/// Realised gains over the reference, and the physical results of a year.
#[derive(Debug, Clone, Copy)]
pub struct Settlement {
    /// Gain of each state, MUSD.
    pub gain: [f64; MAX_STATES],
    /// Physical results of the year.
    pub physical: Physical,
}

impl World {
    /// Creates the world of domain `index` of a scenario.
    pub fn new(scenario: &Scenario, index: usize) -> Self {
        match &scenario.domains[index].spec {
            DomainSpec::Basin(_) => {
                World::Basin(Box::new(water_energy::BasinWorld::new(scenario, index)))
            }
            DomainSpec::Allocation(spec) => {
                World::Allocation(Box::new(water_energy::AllocationWorld::new(scenario, spec)))
            }
            DomainSpec::Openness(spec) => {
                World::Openness(openness::OpennessWorld::new(scenario, spec))
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

    /// Computes the reference and the joint optimum of every year for the given draws.
    pub fn prepare(&mut self, scenario: &Scenario, layout: &DrawLayout, draws: &Draws) {
        match self {
            World::Basin(world) => world.prepare(scenario, layout, draws),
            World::Allocation(world) => world.prepare(layout, draws),
            World::Openness(_) | World::Project(_) => {}
            World::Food(world) => world.prepare(scenario, layout, draws),
            World::Security(world) => world.prepare(scenario, layout, draws),
            World::StageGame(world) => world.prepare(scenario, layout, draws),
            #[cfg(test)]
            World::Split(world) => world.inner_mut().prepare(scenario, layout, draws),
        }
    }

    /// Makes the plans of a year for the parties selected in the offer grid.
    pub fn plan(&mut self, year: usize, grid: &mut OfferGrid) {
        grid.make(year, |grid| match self {
            World::Basin(world) => world.plan(year, grid),
            World::Allocation(world) => world.plan(year, grid),
            World::Openness(world) => world.plan(year, grid),
            World::Food(world) => world.plan(year, grid),
            World::Security(world) => world.plan(year, grid),
            World::Project(world) => world.plan(year, grid),
            World::StageGame(world) => world.plan(year, grid),
            #[cfg(test)]
            World::Split(world) => world.plan(year, grid),
        });
    }

    /// Returns the ex-post joint optimum of all states, MUSD.
    pub fn optimum(&self, year: usize, lane: usize) -> f64 {
        match self {
            World::Basin(world) => world.optimum(year, lane),
            World::Allocation(world) => world.optimum(year, lane),
            World::Openness(world) => world.optimum(year),
            World::Food(world) => world.optimum(year, lane),
            World::Security(world) => world.optimum(year, lane),
            World::Project(world) => world.optimum(),
            World::StageGame(world) => world.optimum(year, lane),
            #[cfg(test)]
            World::Split(world) => world.inner().optimum(year, lane),
        }
    }

    /// Returns the total summer inflow of the year, km³; 0 outside river basins.
    pub fn summer_inflow(&self, year: usize, lane: usize) -> f64 {
        match self {
            World::Basin(world) => world.summer_inflow(year, lane),
            #[cfg(test)]
            World::Split(world) => world.inner().summer_inflow(year, lane),
            _ => 0.0,
        }
    }

    /// Returns the cost of full performance to the obligor when an obligation falls due, MUSD;
    /// `before` is the amount performed for other bodies.
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
            #[cfg(test)]
            World::Split(world) => world.cost_when_due(plan, slot, (year, lane), before),
            _ => plan.cost(slot),
        }
    }

    /// Returns the variant of the plans that a design's own past or organs require.
    pub fn variant(&self, memory: &Memory) -> u32 {
        match self {
            World::Project(world) => world.variant(&memory.project),
            World::Security(_) => security::SecurityWorld::variant(memory),
            #[cfg(test)]
            World::Split(world) => world.inner().variant(memory),
            _ => 0,
        }
    }

    /// Removes what a collapse of the regime destroys.
    pub fn abandon(&self, memory: &mut Memory) {
        match self {
            World::Project(_) => project::ProjectWorld::abandon(memory),
            #[cfg(test)]
            World::Split(world) => world.inner().abandon(memory),
            _ => {}
        }
    }

    /// Returns the share of an act that takes effect, after the amount `before` for other bodies.
    /// Water that a full reservoir forces out, or that is missing, is not counted.
    pub fn effect(&self, slot: usize, year: usize, lane: usize, before: f64, amount: f64) -> f64 {
        match self {
            World::Basin(world) => world.moved(slot, year, lane, before, amount),
            #[cfg(test)]
            World::Split(world) => world.effect(slot, (year, lane), before, amount),
            _ => 1.0,
        }
    }

    /// Sets the memory of a design to its state at the start of a replication.
    pub fn start(&self, lane: usize, memory: &mut Memory) {
        memory.project = project::Progress::default();
        memory.avoided = 0.0;
        match self {
            World::Basin(world) => world.start(lane, memory),
            #[cfg(test)]
            World::Split(world) => world.inner().start(lane, memory),
            _ => {}
        }
    }

    /// Settles a year: `acts` holds one plan with its performed shares for each body, in their
    /// order; it is empty without cooperation.
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
            World::Allocation(world) => world.settle(year, lane, acts),
            World::Openness(world) => world.settle(year, acts),
            World::Food(world) => world.settle(year, lane, acts),
            World::Security(world) => world.settle(year, lane, acts, memory),
            World::Project(world) => world.settle(year, acts, memory),
            World::StageGame(world) => world.settle(acts),
            #[cfg(test)]
            World::Split(world) => world.settle(scenario, (year, lane), acts, memory),
        }
    }

    /// Returns the node flows of a year in a basin, with the given acts and without cooperation;
    /// `None` for other domains.
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

    /// Returns the plans over which a stationary expectation is taken, with the probability of each
    /// (year, replication) cell. Exact for stage games; elsewhere over the first replications of
    /// the batch.
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
                // The number is fixed, so that results do not depend on the number of lanes.
                let probability = 1.0 / (scenario.horizon * PILOT) as f64;
                let cell = |at: usize| Cell { year: at / PILOT, lane: at % PILOT, probability };
                Sample { grid, cells: (0..scenario.horizon * PILOT).map(cell).collect() }
            }
        }
    }
}

/// Plans with the probabilities of their cells.
#[derive(Debug, Clone)]
pub struct Sample {
    /// Plans, on the first page of the grid.
    pub grid: OfferGrid,
    /// Cells of the sample; their probabilities sum to 1.
    pub cells: Vec<Cell>,
}

/// Position of a plan in a sample's offer grid, with its probability.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cell {
    /// Year, or number of the state of the world in a stage game.
    pub year: usize,
    /// Replication.
    pub lane: usize,
    /// Probability of the cell.
    pub probability: f64,
}
