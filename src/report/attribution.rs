//! Text of an attribution: table of effects and a summary sentence.

use super::terminal::{rounded, style};
use super::words::in_sentence;
use crate::analysis::attribution::Part;
use crate::experiment::measures::{MEASURES, unit_for_people};
use crate::scenario::hybrid::Switch;
use crate::scenario::types::Scenario;
use comfy_table::{Cell, CellAlignment, ContentArrangement, Table};

/// An attribution with the data for its tables and figures.
#[derive(Debug, Clone, Copy)]
pub struct Attribution<'a> {
    /// The scenario.
    pub scenario: &'a Scenario,
    /// Names of the two designs.
    pub names: &'a [String],
    /// The switches in which they differ.
    pub switches: &'a [Switch],
    /// Position in [`MEASURES`] of the measure shown.
    pub by: usize,
    /// Whether all designs between the two were simulated.
    pub exact: bool,
    /// Effects of the switches on the measures; after the last switch the whole difference.
    pub parts: &'a [Part],
    /// Number of replications.
    pub replications: u64,
}

impl Attribution<'_> {
    /// Returns the name of a switch; `all` after the last one.
    pub fn switch_name(&self, switch: usize) -> String {
        self.switches.get(switch).map_or_else(|| "all".to_string(), Switch::name)
    }

    /// Returns the parts of a measure of the region: switches by decreasing size of the Shapley
    /// value, then the whole difference.
    pub fn shown(&self, measure: usize) -> Vec<&Part> {
        let of_region =
            |part: &&Part| part.column.measure == measure && part.column.state.is_none();
        let mut parts: Vec<&Part> = self.parts.iter().filter(of_region).collect();
        let last = self.switches.len();
        let place =
            |part: &Part| if part.switch == last { f64::NEG_INFINITY } else { part.shapley.abs() };
        parts.sort_by(|a, b| place(b).total_cmp(&place(a)));
        parts
    }
}

/// Shortens a value of a switch to 60 characters for a table.
fn brief(text: &str) -> String {
    const MOST: usize = 60;
    let plain = text.replace('"', "");
    if plain.chars().count() <= MOST {
        plain
    } else {
        plain.chars().take(MOST - 1).chain(['…']).collect()
    }
}

/// Returns the table of an attribution and a sentence with the result.
pub fn attribution_text(attribution: &Attribution<'_>) -> String {
    let definition = &MEASURES[attribution.by];
    let mut table = Table::new();
    style(&mut table).set_content_arrangement(ContentArrangement::Dynamic).set_width(150);
    table.set_header(["switch", "from", "to", "Shapley value", "± std. error", "stepwise"]);
    let right = |text: String| Cell::new(text).set_alignment(CellAlignment::Right);
    let parts = attribution.shown(attribution.by);
    for part in &parts {
        let (from, to) = attribution
            .switches
            .get(part.switch)
            .map_or((attribution.names[0].clone(), attribution.names[1].clone()), |s| {
                (brief(&s.from), brief(&s.to))
            });
        table.add_row([
            Cell::new(attribution.switch_name(part.switch)),
            Cell::new(from),
            Cell::new(to),
            right(rounded(part.shapley, part.se)),
            right(rounded(part.se, part.se)),
            right(rounded(part.stepwise, part.se)),
        ]);
    }
    let whole = parts.last().map_or(f64::NAN, |part| part.shapley);
    let sentence = match parts.first().filter(|part| part.switch < attribution.switches.len()) {
        Some(first) => format!(
            "In words: the whole difference in {2} is {0} {1}; the largest part of it comes from \
             {3} ({4}).",
            rounded(whole, parts.last().map_or(0.0, |part| part.se)),
            unit_for_people(definition.unit),
            in_sentence(definition.title),
            attribution.switch_name(first.switch),
            rounded(first.shapley, first.se)
        ),
        None => String::new(),
    };
    format!(
        "{}\nFrom {} to {}: {} of the region ({})\n\n{table}\n{sentence}",
        attribution.scenario.title,
        attribution.names[0],
        attribution.names[1],
        in_sentence(definition.title),
        unit_for_people(definition.unit)
    )
}
