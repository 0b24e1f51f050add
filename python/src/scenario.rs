//! Reading of scenarios and organisations: their values as JSON and TOML, and their figures.

use super::errors::bad_input;
use super::table::Table;
use consortia::output::Frame;
use consortia::output::frame::Cell;
use consortia::scenario::builtin as inside;
use consortia::scenario::load::{self, LoadedScenario, Override};
use pyo3::prelude::*;
use serde_json::json;

fn loaded(py: Python<'_>, name: &str, changes: &[String]) -> PyResult<LoadedScenario> {
    let changes: Vec<Override> = changes.iter().map(Override::new).collect();
    py.detach(|| load::scenario(name, &changes)).map_err(|mistakes| bad_input(py, &mistakes))
}

fn figures(loaded: &LoadedScenario) -> Frame {
    let mut frame = Frame::new("figure value unit year confidence kind source");
    for (path, figure) in &loaded.figures {
        let consortia::scenario::read::tables::Figure {
            value,
            unit,
            year,
            confidence,
            kind,
            source,
            ..
        } = figure;
        frame.row([path, value, unit, year, confidence, kind, source].map(Cell::from));
    }
    frame
}

/// Reads a scenario: description and values as JSON, values as TOML, and the table of figures.
/// Raises `InputError` for mistakes.
#[pyfunction]
pub fn scenario(
    py: Python<'_>,
    name: &str,
    changes: Vec<String>,
) -> PyResult<(String, String, Table)> {
    let loaded = loaded(py, name, &changes)?;
    let scenario = &loaded.scenario;
    let mut values = loaded.merged.to_json();
    if let Some(table) = values.as_object_mut() {
        // The tables and the base scenario are merged: the TOML must not refer to them again.
        table.remove("data");
        table.remove("base");
    }
    let text = toml(&values);
    let about = json!({
        "name": scenario.name, "title": scenario.title, "horizon": scenario.horizon,
        "first_year": scenario.first_year,
        "replications": scenario.replications, "seed": scenario.seed,
        "price_base_year": scenario.price_base_year,
        "organisation": loaded.default_organisation(),
        "states": scenario.states.iter().map(|state| &state.id).collect::<Vec<_>>(),
        "domains": scenario.domains.iter().map(|domain| &domain.name).collect::<Vec<_>>(),
        "values": values,
    });
    Ok((about.to_string(), text, Table::new(py, figures(&loaded))?))
}

fn toml(values: &serde_json::Value) -> String {
    toml::to_string_pretty(values)
        .unwrap_or_else(|error| format!("# cannot be written as TOML: {error}\n"))
}

/// Reads an organisation and checks it against a scenario: description and values as JSON, values
/// as TOML. Raises `InputError` for mistakes.
#[pyfunction]
pub fn organisation(
    py: Python<'_>,
    name: &str,
    changes: Vec<String>,
    scenario: &str,
    scenario_changes: Vec<String>,
) -> PyResult<(String, String)> {
    let scenario = loaded(py, scenario, &scenario_changes)?;
    let changes: Vec<Override> = changes.iter().map(Override::new).collect();
    let found = py
        .detach(|| load::design(name, &scenario.scenario, &changes))
        .map_err(|mistakes| bad_input(py, &mistakes))?;
    let values = found.merged.to_json();
    let about = json!({ "name": found.design.name, "title": found.design.title, "values": values });
    Ok((about.to_string(), toml(&values)))
}

/// Returns the names of the built-in scenarios, organisations and sweeps.
#[pyfunction]
pub fn builtin() -> (Vec<&'static str>, Vec<&'static str>, Vec<&'static str>) {
    (inside::scenarios(), inside::organisations(), inside::sweeps())
}
