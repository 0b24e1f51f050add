//! Where each draw and each derived number stands: positions by meaning, the same for every design.

use super::slippage::{BetaQuantile, SlippageLaws};
use crate::scenario::types::{DomainSpec, Scenario};
use std::sync::Arc;

/// A decision of a state that chance enters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Vote on the plan of a table.
    Vote,
    /// Ratification of the framework treaty of a table.
    Ratify,
}

/// The draws of an obligation slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SlotDraw {
    /// Whether the obligor performs.
    Comply,
    /// Whether monitoring reports what happened.
    Detect,
    /// Whether a reported breach brings the regime down.
    Collapse,
    /// The share lost to lack of capacity.
    Slippage,
    /// Whether the court finds for the injured.
    Court,
}

const SLOT_DRAWS: usize = 5;

/// Shocks that all domains share, before those by state.
const COMMON_ROWS: usize = 8;
const COMMON_DRAWS: usize = 6;
/// Choices of a state that belong to no table: leaving, ratifying the founding treaty, coming in,
/// renewing.
const STATE_CHOICES: usize = 4;

/// Positions of shocks and choices within a year.
#[derive(Debug, Clone)]
pub struct DrawLayout {
    /// Simulated years.
    pub years: usize,
    /// Uniforms per year.
    pub draws_per_year: usize,
    /// Rows of shocks per year.
    pub rows_per_year: usize,
    /// Choices per year.
    pub choices_per_year: usize,
    pub(super) first_choice_draw: usize,
    pub(super) slippage: Vec<Arc<BetaQuantile>>,
    states: usize,
    tables: usize,
    act_slots: usize,
    /// First row and first draw of each basin, by domain (unused for other kinds).
    basins: Vec<usize>,
    pub(super) basin_draws: Vec<usize>,
    nodes: Vec<usize>,
    /// Row of the state of the world of each stage game, by domain.
    worlds: Vec<usize>,
    pub(super) world_draws: Vec<usize>,
    common: usize,
    pub(super) common_draw: usize,
}

impl DrawLayout {
    /// The layout of a scenario.
    pub fn new(scenario: &Scenario) -> Self {
        Self::with_laws(scenario, &mut SlippageLaws::default())
    }

    /// The same; `laws` remembers what was tabulated for other scenarios.
    pub fn with_laws(scenario: &Scenario, laws: &mut SlippageLaws) -> Self {
        let states = scenario.states.len();
        let (mut rows, mut draws) = (0, 0);
        let (mut basins, mut basin_draws, mut nodes) = (Vec::new(), Vec::new(), Vec::new());
        let (mut worlds, mut world_draws) = (Vec::new(), Vec::new());
        for domain in &scenario.domains {
            basins.push(rows);
            basin_draws.push(draws);
            worlds.push(rows);
            world_draws.push(draws);
            let count = match &domain.spec {
                DomainSpec::Basin(basin) => basin.nodes.len(),
                DomainSpec::StageGame(_) => {
                    rows += 1;
                    draws += 1;
                    0
                }
                DomainSpec::Transport(_)
                | DomainSpec::Food(_)
                | DomainSpec::Security(_)
                | DomainSpec::Project(_) => 0,
            };
            nodes.push(count);
            if count > 0 {
                rows += 4 * count;
                draws += 2 + 3 * count;
            }
        }
        let (common, common_draw) = (rows, draws);
        rows += COMMON_ROWS + 3 * states;
        draws += COMMON_DRAWS + 3 * states;
        let first_choice_draw = draws;
        let tables = scenario.domains.len() + 1;
        let slots = scenario.slots.len() + tables * states;
        let choices = 2 * tables * states + STATE_CHOICES * states + SLOT_DRAWS * slots;
        let slippage = scenario
            .slots
            .iter()
            .map(|slot| {
                let mean = scenario.states[slot.obligor.index()].slippage_mean;
                laws.law(mean, scenario.behaviour.slippage_concentration)
            })
            .collect();
        DrawLayout {
            years: scenario.horizon,
            draws_per_year: draws + choices,
            rows_per_year: rows,
            choices_per_year: choices,
            first_choice_draw,
            slippage,
            states,
            tables,
            act_slots: scenario.slots.len(),
            basins,
            basin_draws,
            nodes,
            worlds,
            world_draws,
            common,
            common_draw,
        }
    }

    /// Realised summer inflow of a node, km³.
    pub fn inflow_summer(&self, domain: usize, node: usize) -> usize {
        self.basins[domain] + node
    }
    /// Realised winter inflow of a node, km³.
    pub fn inflow_winter(&self, domain: usize, node: usize) -> usize {
        self.basins[domain] + self.nodes[domain] + node
    }
    /// Summer inflow of a node as expected in spring, km³.
    pub fn expected_summer(&self, domain: usize, node: usize) -> usize {
        self.basins[domain] + 2 * self.nodes[domain] + node
    }
    /// Winter inflow of a node as expected in spring, km³.
    pub fn expected_winter(&self, domain: usize, node: usize) -> usize {
        self.basins[domain] + 3 * self.nodes[domain] + node
    }
    /// Index of the state of the world of a stage game.
    pub fn world(&self, domain: usize) -> usize {
        self.worlds[domain]
    }
    /// Realised fuel price index.
    pub fn fuel_price(&self) -> usize {
        self.common
    }
    /// Fuel price index as expected in spring.
    pub fn fuel_expected(&self) -> usize {
        self.common + 1
    }
    /// Realised food price index.
    pub fn food_price(&self) -> usize {
        self.common + 2
    }
    /// Severity of winter.
    pub fn severity(&self) -> usize {
        self.common + 3
    }
    /// Common threat θ.
    pub fn threat(&self) -> usize {
        self.common + 4
    }
    /// Uniform of the proposer, for protocols that draw one.
    pub fn proposer(&self) -> usize {
        self.common + 5
    }
    /// Food price index as expected in spring.
    pub fn food_expected(&self) -> usize {
        self.common + 6
    }
    /// Common threat θ as expected in spring.
    pub fn threat_expected(&self) -> usize {
        self.common + 7
    }
    /// Harvest of a state relative to its mean.
    pub fn harvest(&self, state: usize) -> usize {
        self.common + COMMON_ROWS + state
    }
    /// 1 in the year of a change of leadership, else 0.
    pub fn leadership(&self, state: usize) -> usize {
        self.common + COMMON_ROWS + self.states + state
    }
    /// Resolve r of the leadership in office.
    pub fn resolve(&self, state: usize) -> usize {
        self.common + COMMON_ROWS + 2 * self.states + state
    }
    /// Number of tables that can bargain: each domain, and the package of all.
    pub fn tables(&self) -> usize {
        self.tables
    }
    /// Chance of a decision of a state at a table.
    pub fn decision(&self, decision: Decision, table: usize, state: usize) -> usize {
        (decision as usize * self.tables + table) * self.states + state
    }
    /// Chance of a state's leaving.
    pub fn exit(&self, state: usize) -> usize {
        2 * self.tables * self.states + state
    }
    /// Chance of a state's ratifying the founding treaty.
    pub fn founding(&self, state: usize) -> usize {
        (2 * self.tables + 1) * self.states + state
    }
    /// Chance of a state's coming in: accession, return.
    pub fn entry(&self, state: usize) -> usize {
        (2 * self.tables + 2) * self.states + state
    }
    /// Chance of a state's wish to renew the treaty.
    pub fn renewal(&self, state: usize) -> usize {
        (2 * self.tables + 3) * self.states + state
    }
    /// A draw of an obligation slot.
    pub fn slot(&self, slot: usize, draw: SlotDraw) -> usize {
        (2 * self.tables + STATE_CHOICES) * self.states + slot * SLOT_DRAWS + draw as usize
    }
    /// The slot of a state's payment at a table.
    pub fn payment_slot(&self, table: usize, state: usize) -> usize {
        self.act_slots + table * self.states + state
    }
}
