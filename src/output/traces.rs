//! Tables of single replications and of rivers: `trace.csv`, `river.csv`.

use super::frame::{Cell, Frame, cells};
use crate::analysis::river::{QUANTITIES, River};
use crate::scenario::types::{DomainSpec, Scenario};
use crate::simulation::{Event, Trace};

/// `trace.csv`: every event of one replication under each design, one row per named value.
pub struct TraceTable<'a> {
    frame: Frame,
    scenario: &'a Scenario,
    replication: u64,
    organisation: String,
    number: u64,
}

impl<'a> TraceTable<'a> {
    /// Creates an empty table for a replication.
    pub fn new(scenario: &'a Scenario, replication: u64) -> Self {
        let frame = Frame::new(
            "replication:c organisation event:c year:c step:c table state obligation what term \
             value:n",
        );
        TraceTable { frame, scenario, replication, organisation: String::new(), number: 0 }
    }

    /// Starts the events of an organisation; they are numbered from 0.
    pub fn under(&mut self, organisation: &str) {
        self.organisation = organisation.to_string();
        self.number = 0;
    }

    /// Returns the recorded events.
    pub fn into_frame(self) -> Frame {
        self.frame
    }
}

impl Trace for TraceTable<'_> {
    const ENABLED: bool = true;

    fn event(&mut self, event: Event<'_>) {
        let scenario = self.scenario;
        let place = match event.table {
            Some(table) => {
                let what = scenario
                    .domains
                    .get(table.layout_index)
                    .map_or("package", |domain| domain.name.as_str());
                let body: Vec<&str> =
                    table.group.iter().map(|state| scenario.states[state].id.as_str()).collect();
                if body.is_empty() {
                    what.to_string()
                } else {
                    format!("{}:{what}", body.join("+"))
                }
            }
            None => String::new(),
        };
        // Organisations beside the design are named.
        let place = match event.organisation {
            Some(name) if place.is_empty() => name.to_string(),
            Some(name) => format!("{name}:{place}"),
            None => place,
        };
        let obligation = event.slot.map_or(String::new(), |slot| {
            let slot = &scenario.slots[slot];
            let domain = &scenario.domains[slot.domain.index()].name;
            format!("{domain}:{:?}", slot.kind).to_lowercase()
        });
        let year = scenario.first_year + event.year as i32;
        let state = event.state.map_or("", |state| scenario.states[state].id.as_str());
        let nothing = [("", f64::NAN)];
        let values = if event.values.is_empty() { &nothing[..] } else { event.values };
        for (term, value) in values {
            self.frame.row(cells![
                self.replication,
                &self.organisation,
                self.number,
                year,
                i64::from(event.step.number()),
                &place,
                state,
                &obligation,
                event.what,
                *term,
                *value,
            ]);
        }
        self.number += 1;
    }
}

/// Builds `river.csv`: flows at the nodes of the basins under each design. It has no rows without
/// basins.
pub fn river(scenario: &Scenario, names: &[String], rivers: &[River]) -> Frame {
    let mut frame = Frame::new(
        "organisation basin node state season quantity unit mean:n p05:n p95:n reference:n n:c",
    );
    for (name, river) in names.iter().zip(rivers) {
        for row in river.rows() {
            let domain = &scenario.domains[row.domain];
            let DomainSpec::Basin(basin) = &domain.spec else { continue };
            let (node, quantity) = (&basin.nodes[row.node], &QUANTITIES[row.quantity]);
            let state = &scenario.states[node.owner.index()].id;
            let ids = cells![
                name,
                &domain.name,
                &node.name,
                state,
                quantity.season,
                quantity.id,
                quantity.unit
            ];
            let numbers =
                [row.mean, row.percentiles[0], row.percentiles[1], row.reference].map(Cell::from);
            frame.row(ids.into_iter().chain(numbers).chain([row.n.into()]));
        }
    }
    frame
}
