//! The tables of a run folder.

use super::folder::{FolderError, RunFolder, Table};
use crate::analysis::{Histogram, Statistic, Summary, YearTable};
use crate::experiment::Failure;
use crate::experiment::measures::{Column, MEASURES, Measure, YEARLY, columns};
use crate::scenario::types::Scenario;

/// A number as written to files: shortest form that reads back the same; empty where there is none.
pub fn number(x: f64) -> String {
    if x.is_nan() { String::new() } else { format!("{x}") }
}

/// The id of a state, or `region`.
pub fn state_id(scenario: &Scenario, state: Option<usize>) -> &str {
    state.map_or("region", |state| &scenario.states[state].id)
}

/// Columns of `summary.csv`.
pub const SUMMARY: [&str; 13] =
    ["organisation", "measure", "state", "unit", "mean", "se", "sd", "p05", "p25", "p50", "p75", "p95", "n"];

/// A row of `summary.csv`: organisation, measure, state and unit, then the statistics.
pub fn summary_row(ids: [&str; 4], s: &Statistic) -> Vec<String> {
    let mut fields = ids.map(str::to_string).to_vec();
    fields.extend([s.mean, s.se, s.sd].map(number));
    fields.extend(s.percentiles.map(number));
    fields.push(s.n.to_string());
    fields
}

/// `summary.csv`.
pub fn summary(
    folder: &RunFolder,
    scenario: &Scenario,
    names: &[String],
    summary: &Summary,
) -> Result<(), FolderError> {
    let mut table = folder.table("summary.csv")?;
    table.row(SUMMARY)?;
    for (design, name) in names.iter().enumerate() {
        for row in summary.rows(design, scenario.states.len()) {
            let (definition, s) = (&MEASURES[row.measure], row.statistic);
            let ids = [name, definition.id, state_id(scenario, row.state), definition.unit];
            table.row(summary_row(ids, &s))?;
        }
    }
    table.close()
}

/// `years.csv`.
pub fn years(folder: &RunFolder, scenario: &Scenario, names: &[String], years: &YearTable) -> Result<(), FolderError> {
    let mut table = folder.table("years.csv")?;
    table.row(["organisation", "year", "measure", "state", "unit", "mean", "p05", "p50", "p95"])?;
    for (design, name) in names.iter().enumerate() {
        for row in years.rows(design) {
            let definition = &YEARLY[row.measure];
            let year = scenario.first_year + row.year as i32;
            let mut fields = vec![
                name.clone(),
                year.to_string(),
                definition.id.into(),
                state_id(scenario, row.state).into(),
                definition.unit.into(),
                number(row.mean),
            ];
            fields.extend(row.percentiles.map(number));
            table.row(fields)?;
        }
    }
    table.close()
}

/// `replications.csv`, written as results come.
#[derive(Debug)]
pub struct Replications {
    table: Table,
    names: Vec<String>,
}

impl Replications {
    /// Opens the table.
    pub fn open(folder: &RunFolder, scenario: &Scenario, names: &[String]) -> Result<Self, FolderError> {
        let mut table = folder.table("replications.csv")?;
        let mut header = vec!["replication".to_string(), "organisation".to_string()];
        header.extend(columns(scenario.states.len()).into_iter().map(|Column { measure, state }| {
            let id = MEASURES[measure].id;
            match state {
                Some(state) => format!("{id}.{}", scenario.states[state].id),
                None => id.to_string(),
            }
        }));
        table.row(header)?;
        Ok(Replications { table, names: names.to_vec() })
    }

    /// Writes a row.
    pub fn add(&mut self, replication: u64, design: usize, row: &[f64]) -> Result<(), FolderError> {
        let ids = [replication.to_string(), self.names[design].clone()];
        self.table.row(ids.into_iter().chain(row.iter().copied().map(number)))
    }

    /// Closes the table.
    pub fn close(self) -> Result<(), FolderError> {
        self.table.close()
    }
}

/// `failures.csv`: only where there are any.
pub fn failures(folder: &RunFolder, names: &[String], failures: &[Failure]) -> Result<(), FolderError> {
    if failures.is_empty() {
        return Ok(());
    }
    let mut table = folder.table("failures.csv")?;
    table.row(["replication", "organisation", "stage", "message"])?;
    for failure in failures {
        table.row([&failure.replication.to_string(), &names[failure.design], failure.stage, &failure.message])?;
    }
    table.close()
}

/// `distributions.csv`: histograms per measure, state and organisation, with fixed bins.
pub fn distributions(
    folder: &RunFolder,
    scenario: &Scenario,
    names: &[String],
    summary: &Summary,
) -> Result<(), FolderError> {
    let mut table = folder.table("distributions.csv")?;
    table.row(["organisation", "measure", "state", "unit", "low", "high", "count"])?;
    for (design, name) in names.iter().enumerate() {
        for Column { measure, state } in columns(scenario.states.len()) {
            let definition = &MEASURES[measure];
            let mut histogram = Histogram::default();
            summary.column(design, definition.id, state).iter().for_each(|x| histogram.add(*x));
            for (low, high, count) in histogram.octave_parts() {
                let state = state_id(scenario, state);
                let ends = [number(low), number(high), count.to_string()];
                table.row([name.as_str(), definition.id, state, definition.unit, &ends[0], &ends[1], &ends[2]])?;
            }
        }
    }
    table.close()
}

/// `dictionary.csv`: every measure of every table.
pub fn dictionary(folder: &RunFolder) -> Result<(), FolderError> {
    dictionary_with(folder, &[])
}

/// The same with further columns: name, meaning, unit.
pub fn dictionary_with(folder: &RunFolder, more: &[(&str, &str, &str)]) -> Result<(), FolderError> {
    let mut table = folder.table("dictionary.csv")?;
    table.row(["measure", "definition", "unit", "better", "section"])?;
    let only_yearly = YEARLY.iter().filter(|yearly| MEASURES.iter().all(|measure| measure.id != yearly.id));
    for Measure { id, definition, unit, better, section, .. } in MEASURES.iter().chain(only_yearly) {
        table.row([id, *definition, unit, better.name(), section])?;
    }
    for (name, definition, unit) in more {
        table.row([*name, definition, unit, "neither", "12"])?;
    }
    table.close()
}
