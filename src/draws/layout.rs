//! Positions of draws and shocks by their meaning. They depend on the scenario only, so they are
//! the same for every design (ODD §2).

use super::slippage::{BetaQuantile, SlippageLaws};
use crate::scenario::raw::Season;
use crate::scenario::types::{DomainSpec, Scenario};
use std::sync::Arc;

/// A decision of a state that depends on a draw.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Vote on the plan of a table.
    Vote,
    /// Ratification of the framework treaty of a table.
    Ratify,
}

/// A draw of a state's season in the regime of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SeasonDraw {
    /// Which of the obligations due the state performs.
    Comply,
    /// Whether the audit reports a shortfall.
    Detect,
    /// Whether an established shortfall makes the regime collapse.
    Collapse,
    /// The share lost to lack of capacity.
    Slippage,
    /// Whether the court upholds the case.
    Court,
    /// Whether the state obeys the ruling.
    Obey,
}

const SEASON_DRAWS: usize = 6;
const SEASONS: usize = 2;

/// Number of shock rows that all domains share, before those by state.
const COMMON_ROWS: usize = 8;
const COMMON_DRAWS: usize = 6;
/// Number of choices of a state that belong to no table: exit, ratification of the founding treaty,
/// entry, renewal.
const STATE_CHOICES: usize = 4;

/// Positions of shocks and choices within a year.
#[derive(Debug, Clone)]
pub struct DrawLayout {
    /// Number of simulated years.
    pub years: usize,
    /// Number of uniforms per year.
    pub draws_per_year: usize,
    /// Number of shock rows per year.
    pub rows_per_year: usize,
    /// Number of choices per year.
    pub choices_per_year: usize,
    pub(super) first_choice_draw: usize,
    pub(super) slippage: Vec<Arc<BetaQuantile>>,
    states: usize,
    tables: usize,
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
    /// Lays out the draws of a scenario.
    pub fn new(scenario: &Scenario) -> Self {
        Self::with_laws(scenario, &mut SlippageLaws::default())
    }

    /// Like [`DrawLayout::new`], with a cache of slippage laws that several scenarios share.
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
                // The other domains have no draws of their own.
                _ => 0,
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
        let choices = (2 + SEASONS * SEASON_DRAWS) * tables * states + STATE_CHOICES * states;
        let concentration = scenario.behaviour.slippage_concentration;
        let slippage =
            scenario.states.iter().map(|state| laws.law(state.slippage_mean, concentration));
        let slippage = slippage.collect();
        DrawLayout {
            years: scenario.horizon,
            draws_per_year: draws + choices,
            rows_per_year: rows,
            choices_per_year: choices,
            first_choice_draw,
            slippage,
            states,
            tables,
            basins,
            basin_draws,
            nodes,
            worlds,
            world_draws,
            common,
            common_draw,
        }
    }

    /// Returns the row of the realised summer inflow of a node, km³.
    pub fn inflow_summer(&self, domain: usize, node: usize) -> usize {
        self.basins[domain] + node
    }
    /// Returns the row of the realised winter inflow of a node, km³.
    pub fn inflow_winter(&self, domain: usize, node: usize) -> usize {
        self.basins[domain] + self.nodes[domain] + node
    }
    /// Returns the row of a node's summer inflow as expected in spring, km³.
    pub fn expected_summer(&self, domain: usize, node: usize) -> usize {
        self.basins[domain] + 2 * self.nodes[domain] + node
    }
    /// Returns the row of a node's winter inflow as expected in spring, km³.
    pub fn expected_winter(&self, domain: usize, node: usize) -> usize {
        self.basins[domain] + 3 * self.nodes[domain] + node
    }
    /// Returns the row of the number of a stage game's state of the world.
    pub fn world(&self, domain: usize) -> usize {
        self.worlds[domain]
    }
    /// Returns the row of the realised fuel price index.
    pub fn fuel_price(&self) -> usize {
        self.common
    }
    /// Returns the row of the fuel price index as expected in spring.
    pub fn fuel_expected(&self) -> usize {
        self.common + 1
    }
    /// Returns the row of the realised food price index.
    pub fn food_price(&self) -> usize {
        self.common + 2
    }
    /// Returns the row of the severity of winter, 1 on average.
    pub fn severity(&self) -> usize {
        self.common + 3
    }
    /// Returns the row of the common threat θ.
    pub fn threat(&self) -> usize {
        self.common + 4
    }
    /// Returns the row of the uniform that selects the proposer, where the proposer is drawn.
    pub fn proposer(&self) -> usize {
        self.common + 5
    }
    /// Returns the row of the food price index as expected in spring.
    pub fn food_expected(&self) -> usize {
        self.common + 6
    }
    /// Returns the row of the common threat θ as expected in spring.
    pub fn threat_expected(&self) -> usize {
        self.common + 7
    }
    /// Returns the row of a state's harvest relative to its mean.
    pub fn harvest(&self, state: usize) -> usize {
        self.common + COMMON_ROWS + state
    }
    /// Returns the row that is 1 in the year of a change of leadership, else 0.
    pub fn leadership(&self, state: usize) -> usize {
        self.common + COMMON_ROWS + self.states + state
    }
    /// Returns the row of the resolve r of the leadership in office.
    pub fn resolve(&self, state: usize) -> usize {
        self.common + COMMON_ROWS + 2 * self.states + state
    }
    /// Returns the number of tables that can bargain: each domain, and the package of all.
    pub fn tables(&self) -> usize {
        self.tables
    }
    /// Returns the position of a decision of a state at a table, among the year's choices.
    pub fn decision(&self, decision: Decision, table: usize, state: usize) -> usize {
        (decision as usize * self.tables + table) * self.states + state
    }
    /// Returns the position of a state's exit, among the year's choices.
    pub fn exit(&self, state: usize) -> usize {
        2 * self.tables * self.states + state
    }
    /// Returns the position of a state's ratification of the founding treaty.
    pub fn founding(&self, state: usize) -> usize {
        (2 * self.tables + 1) * self.states + state
    }
    /// Returns the position of a state's entry: accession or return.
    pub fn entry(&self, state: usize) -> usize {
        (2 * self.tables + 2) * self.states + state
    }
    /// Returns the position of a state's choice to renew the treaty.
    pub fn renewal(&self, state: usize) -> usize {
        (2 * self.tables + 3) * self.states + state
    }
    /// Returns the position of a draw of a state's season at a table.
    pub fn season(&self, table: usize, state: usize, season: Season, draw: SeasonDraw) -> usize {
        let place = (table * self.states + state) * SEASONS + season as usize;
        (2 * self.tables + STATE_CHOICES) * self.states + place * SEASON_DRAWS + draw as usize
    }
}
