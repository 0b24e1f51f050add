//! What is told of single fates and of rivers: `trace.csv`, `river.csv`.

use super::folder::{FolderError, RunFolder, Table};
use super::tables::number;
use crate::analysis::river::{QUANTITIES, River};
use crate::scenario::types::{DomainSpec, Scenario};
use crate::simulation::{Event, Trace};

/// `trace.csv`: every event of one replication under each design, one row per named value.
pub struct TraceTable<'a> {
    table: Table,
    scenario: &'a Scenario,
    error: Option<FolderError>,
    replication: u64,
    organisation: String,
    number: u64,
}

impl<'a> TraceTable<'a> {
    /// Opens the table for a replication.
    pub fn open(folder: &RunFolder, scenario: &'a Scenario, replication: u64) -> Result<Self, FolderError> {
        let mut table = folder.table("trace.csv")?;
        table.row([
            "replication",
            "organisation",
            "event",
            "year",
            "step",
            "table",
            "state",
            "obligation",
            "what",
            "term",
            "value",
        ])?;
        Ok(TraceTable { table, scenario, error: None, replication, organisation: String::new(), number: 0 })
    }

    /// What comes next happens under this organisation.
    pub fn under(&mut self, organisation: &str) {
        self.organisation = organisation.to_string();
        self.number = 0;
    }

    /// Closes the table; an error met on the way comes out here.
    pub fn close(self) -> Result<(), FolderError> {
        match self.error {
            Some(error) => Err(error),
            None => self.table.close(),
        }
    }
}

impl Trace for TraceTable<'_> {
    const LISTENS: bool = true;

    fn event(&mut self, event: Event<'_>) {
        let scenario = self.scenario;
        let place = match event.table {
            Some(table) => {
                let what = scenario.domains.get(table.luck).map_or("package", |domain| domain.name.as_str());
                let body: Vec<&str> = table.group.iter().map(|state| scenario.states[state].id.as_str()).collect();
                if body.is_empty() { what.to_string() } else { format!("{}:{what}", body.join("+")) }
            }
            None => String::new(),
        };
        let obligation = event.slot.map_or(String::new(), |slot| {
            let slot = &scenario.slots[slot];
            let domain = &scenario.domains[slot.domain.index()].name;
            format!("{domain}:{:?}", slot.kind).to_lowercase()
        });
        let ids = [
            self.replication.to_string(),
            self.organisation.clone(),
            self.number.to_string(),
            (scenario.first_year + event.year as i32).to_string(),
            event.step.number().to_string(),
            place,
            event.state.map_or(String::new(), |state| scenario.states[state].id.clone()),
            obligation,
            event.what.to_string(),
        ];
        self.number += 1;
        let nothing = [("", f64::NAN)];
        let values = if event.values.is_empty() { &nothing[..] } else { event.values };
        for (term, value) in values {
            let row = ids.iter().cloned().chain([(*term).to_string(), number(*value)]);
            if let Err(error) = self.table.row(row) {
                self.error.get_or_insert(error);
                return;
            }
        }
    }
}

/// `river.csv`: how water passes the nodes of the basins under each design; nothing without basins.
pub fn river(folder: &RunFolder, scenario: &Scenario, names: &[String], heard: &[River]) -> Result<(), FolderError> {
    if heard.is_empty() {
        return Ok(());
    }
    let mut table = folder.table("river.csv")?;
    table.row([
        "organisation",
        "basin",
        "node",
        "state",
        "season",
        "quantity",
        "unit",
        "mean",
        "p05",
        "p95",
        "reference",
        "n",
    ])?;
    for (name, river) in names.iter().zip(heard) {
        for row in river.rows() {
            let domain = &scenario.domains[row.domain];
            let DomainSpec::Basin(basin) = &domain.spec else { continue };
            let (node, quantity) = (&basin.nodes[row.node], &QUANTITIES[row.quantity]);
            let state = &scenario.states[node.owner.index()].id;
            let mut fields: Vec<String> =
                [name, &domain.name, &node.name, state, quantity.season, quantity.id, quantity.unit]
                    .map(str::to_string)
                    .to_vec();
            fields.extend([row.mean, row.percentiles[0], row.percentiles[1], row.reference].map(number));
            fields.push(row.n.to_string());
            table.row(fields)?;
        }
    }
    table.close()
}
