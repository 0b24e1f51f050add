//! Statistics of flows, withdrawals and deficits by node under a design, over years and
//! replications.
//!
//! The simulation routes the water and passes it on through `Trace`; nothing is routed here.

use super::Histogram;
use crate::domain::water_energy::NodeFlows;
use crate::experiment::measures::definition;
use crate::numeric::Running;
use crate::scenario::types::{DomainSpec, Scenario};
use crate::simulation::{Event, RoutedYear, Trace};

/// A quantity that is recorded at a node in one season.
pub struct Quantity {
    /// Id in files.
    pub id: &'static str,
    /// `summer` or `winter`.
    pub season: &'static str,
    /// Unit in files.
    pub unit: &'static str,
    /// Definition in words.
    pub definition: &'static str,
    read: fn(&NodeFlows) -> Option<f64>,
}

/// All quantities, in the order of the files. Releases, fuel and the winter power deficit exist
/// only at nodes with an operator.
pub const QUANTITIES: &[Quantity] = &[
    Quantity {
        id: "flow",
        season: "summer",
        unit: "km3",
        definition: "river.csv, a node's season: water that leaves the node, after withdrawal.",
        read: |node| Some(node.summer_flow),
    },
    Quantity {
        id: "flow",
        season: "winter",
        unit: "km3",
        definition: "river.csv, a node's season: water that leaves the node, after withdrawal.",
        read: |node| Some(node.winter_flow),
    },
    Quantity {
        id: "withdrawal",
        season: "summer",
        unit: "km3",
        definition: "river.csv, a node's season: water taken for irrigation.",
        read: |node| Some(node.withdrawal),
    },
    Quantity {
        id: "irrigation_deficit",
        season: "summer",
        unit: "km3",
        definition: "Unmet demand for irrigation.",
        read: |node| Some(node.irrigation_deficit),
    },
    Quantity {
        id: "excess",
        season: "winter",
        unit: "km3",
        definition: "river.csv, a node's season: flow above what the winter channel holds.",
        read: |node| Some(node.winter_excess),
    },
    Quantity {
        id: "release",
        season: "summer",
        unit: "km3",
        definition: "river.csv, a node's season: outflow of the decided reservoir.",
        read: |node| node.operator.map(|operator| operator.summer_release),
    },
    Quantity {
        id: "release",
        season: "winter",
        unit: "km3",
        definition: "river.csv, a node's season: outflow of the decided reservoir.",
        read: |node| node.operator.map(|operator| operator.winter_release),
    },
    Quantity {
        id: "winter_power_deficit",
        season: "winter",
        unit: "TWh",
        definition: "Unmet winter demand for power of the operator.",
        read: |node| node.operator.map(|operator| operator.winter_power_deficit),
    },
    Quantity {
        id: "fuel_delivered",
        season: "winter",
        unit: "TWh",
        definition: "Fuel that the operator received under plans.",
        read: |node| node.operator.map(|operator| operator.fuel_delivered),
    },
];

/// Returns id, definition and unit of the quantities that are not also measures of the region, each
/// id once, for `dictionary.csv`.
pub fn definitions() -> Vec<(&'static str, &'static str, &'static str)> {
    let mut found: Vec<(&str, &str, &str)> = Vec::new();
    for quantity in QUANTITIES.iter().filter(|quantity| definition(quantity.id).is_none()) {
        if found.iter().all(|known| known.0 != quantity.id) {
            found.push((quantity.id, quantity.definition, quantity.unit));
        }
    }
    found
}

/// Statistics of a quantity at a node over years and replications.
#[derive(Debug, Clone)]
pub struct RiverRow {
    /// Position of the domain in the scenario.
    pub domain: usize,
    /// Position of the node in its basin.
    pub node: usize,
    /// Position in [`QUANTITIES`].
    pub quantity: usize,
    /// Mean over years and replications, in the unit of the quantity.
    pub mean: f64,
    /// 5th and 95th percentile over years and replications.
    pub percentiles: [f64; 2],
    /// Mean on the same draws without cooperation.
    pub reference: f64,
    /// Number of values: simulated years of all replications.
    pub n: u64,
}

#[derive(Debug, Clone, Default)]
struct Cell {
    with: Running,
    without: Running,
    histogram: Histogram,
}

/// Collects statistics of the rivers of a scenario under one design.
#[derive(Debug, Clone)]
pub struct River {
    /// `[domain][node × number of quantities + quantity]`; empty for domains without a basin.
    cells: Vec<Vec<Cell>>,
}

impl River {
    /// Creates empty statistics for the basins of a scenario. Returns `None` if it has none.
    pub fn new(scenario: &Scenario) -> Option<Self> {
        let cells: Vec<Vec<Cell>> = scenario
            .domains
            .iter()
            .map(|domain| match &domain.spec {
                DomainSpec::Basin(basin) => {
                    vec![Cell::default(); basin.nodes.len() * QUANTITIES.len()]
                }
                _ => Vec::new(),
            })
            .collect();
        cells.iter().any(|cells| !cells.is_empty()).then_some(River { cells })
    }

    /// Returns the statistics by domain, node and quantity. Quantities without values are left out.
    pub fn rows(&self) -> Vec<RiverRow> {
        let mut rows = Vec::new();
        for (domain, cells) in self.cells.iter().enumerate() {
            for (at, cell) in cells.iter().enumerate().filter(|(_, cell)| cell.with.n > 0) {
                rows.push(RiverRow {
                    domain,
                    node: at / QUANTITIES.len(),
                    quantity: at % QUANTITIES.len(),
                    mean: cell.with.mean(),
                    percentiles: [0.05, 0.95].map(|p| cell.histogram.quantile(p)),
                    reference: cell.without.mean(),
                    n: cell.with.n,
                });
            }
        }
        rows
    }
}

impl Trace for River {
    const ENABLED: bool = true;

    fn event(&mut self, _: Event<'_>) {}

    fn river(&mut self, routed: RoutedYear<'_>) {
        let cells = &mut self.cells[routed.domain];
        for (node, (with, without)) in routed.nodes.iter().zip(routed.reference).enumerate() {
            for (at, quantity) in QUANTITIES.iter().enumerate() {
                if let (Some(with), Some(without)) =
                    ((quantity.read)(with), (quantity.read)(without))
                {
                    let cell = &mut cells[node * QUANTITIES.len() + at];
                    cell.with.add(with);
                    cell.without.add(without);
                    cell.histogram.add(with);
                }
            }
        }
    }
}
