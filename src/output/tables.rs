//! Tables of a run folder: summary, years, replications, failures, distributions, dictionary.

use super::frame::{Cell, Column, Frame, cells};
use crate::analysis::{Histogram, Statistic, Summary, YearTable};
use crate::experiment::Failure;
use crate::experiment::losses::LossSums;
use crate::experiment::measure_columns::{Column as Place, columns};
use crate::experiment::measures::{MEASURES, Measure, YEARLY};
use crate::scenario::types::Scenario;
use crate::simulation::Cause;
use std::collections::BTreeSet;

/// Returns the id of a state, or `region` for `None`.
pub fn state_id(scenario: &Scenario, state: Option<usize>) -> &str {
    state.map_or("region", |state| &scenario.states[state].id)
}

/// Returns a summary without rows.
pub fn empty_summary() -> Frame {
    Frame::new("organisation measure state unit mean:n se:n sd:n p05:n p25:n p50:n p75:n p95:n n:c")
}

/// Adds a row to a summary: organisation, measure, state and unit, then the statistics.
pub fn summary_row(frame: &mut Frame, ids: [&str; 4], s: &Statistic) {
    let numbers = [s.mean, s.se, s.sd].into_iter().chain(s.percentiles);
    frame.row(ids.map(Cell::from).into_iter().chain(numbers.map(Cell::from)).chain([s.n.into()]));
}

/// Builds `summary.csv`: statistics of every measure over replications, by design and state.
pub fn summary(scenario: &Scenario, names: &[String], summary: &Summary) -> Frame {
    let mut frame = empty_summary();
    for (design, name) in names.iter().enumerate() {
        for row in summary.rows(design, scenario.states.len()) {
            let definition = &MEASURES[row.measure];
            let ids = [name, definition.id, state_id(scenario, row.state), definition.unit];
            summary_row(&mut frame, ids, &row.statistic);
        }
    }
    frame
}

/// Builds `years.csv`: mean and percentiles of every yearly measure, by design, year and state.
pub fn years(scenario: &Scenario, names: &[String], years: &YearTable) -> Frame {
    let mut frame = Frame::new("organisation year:c measure state unit mean:n p05:n p50:n p95:n");
    for (design, name) in names.iter().enumerate() {
        for row in years.rows(design) {
            let definition = &YEARLY[row.measure];
            let (year, state) =
                (scenario.first_year + row.year as i32, state_id(scenario, row.state));
            let [low, middle, high] = row.percentiles;
            frame.row(cells![
                name,
                year,
                definition.id,
                state,
                definition.unit,
                row.mean,
                low,
                middle,
                high
            ]);
        }
    }
    frame
}

/// Builds `losses.csv`: the account of losses, by design, year, state and cause, MUSD. The joint
/// optimum is not divided among states, so that nothing is unforeseen for them.
pub fn losses(scenario: &Scenario, names: &[String], losses: &[LossSums]) -> Frame {
    let mut frame = Frame::new("organisation year:c state cause unit mean:n share:n");
    let places = || std::iter::once(None).chain((0..scenario.states.len()).map(Some));
    for (name, own) in names.iter().zip(losses) {
        for year in 0..own.years() {
            let all = |state| Cause::ALL.iter().map(|cause| own.mean(year, state, *cause)).sum();
            for state in places() {
                let whole: f64 = all(state);
                for cause in Cause::ALL {
                    if state.is_some() && cause == Cause::Unforeseen {
                        continue;
                    }
                    let mean = own.mean(year, state, cause);
                    let share = if whole > 0.0 { mean / whole } else { f64::NAN };
                    let calendar = scenario.first_year + year as i32;
                    let place = state_id(scenario, state);
                    frame.row(cells![name, calendar, place, cause.id(), "MUSD/yr", mean, share]);
                }
            }
        }
    }
    frame
}

/// Definitions of the causes in `losses.csv`: name, definition, unit.
pub fn loss_definitions() -> Vec<(&'static str, &'static str, &'static str)> {
    Cause::ALL
        .iter()
        .map(|cause| {
            let id = format!("lost_{}", cause.id());
            let known = MEASURES.iter().find(|measure| measure.id == id);
            let definition = known
                .map_or("Part of the joint optimum that is gained, before transfers.", |measure| {
                    measure.definition
                });
            (cause.id(), definition, "MUSD/yr")
        })
        .collect()
}

/// Builds `replications.csv`: a row for every replication and design that did not fail.
pub fn replications(
    scenario: &Scenario,
    names: &[String],
    summary: &Summary,
    failures: &[Failure],
) -> Frame {
    let failed: BTreeSet<(u64, usize)> =
        failures.iter().map(|failed| (failed.replication, failed.design)).collect();
    let count = summary.replications();
    let order = (0..count as u64)
        .flat_map(|replication| (0..names.len()).map(move |design| (replication, design)));
    let rows: Vec<(u64, usize)> = order.filter(|row| !failed.contains(row)).collect();
    let mut frame = Frame::default();
    frame.push_column("replication", Column::Counts(rows.iter().map(|row| row.0 as i64).collect()));
    frame.push_column(
        "organisation",
        Column::Words(rows.iter().map(|row| names[row.1].clone()).collect()),
    );
    for (at, Place { measure, state }) in columns(scenario.states.len()).into_iter().enumerate() {
        let id = MEASURES[measure].id;
        let name =
            state.map_or(id.to_string(), |state| format!("{id}.{}", scenario.states[state].id));
        let values = rows
            .iter()
            .map(|&(replication, design)| summary.cell(design, at, replication as usize));
        frame.push_column(name, Column::Numbers(values.collect()));
    }
    frame
}

/// Builds `failures.csv`: a row for every replication of a design that failed.
pub fn failures(names: &[String], failures: &[Failure]) -> Frame {
    let mut frame = Frame::new("replication:c organisation stage message");
    for failure in failures {
        frame.row(cells![
            failure.replication,
            &names[failure.design],
            failure.stage,
            &failure.message
        ]);
    }
    frame
}

/// Builds `distributions.csv`: histograms by organisation, measure and state, with fixed bins.
pub fn distributions(scenario: &Scenario, names: &[String], summary: &Summary) -> Frame {
    let mut frame = Frame::new("organisation measure state unit low:n high:n count:c");
    for (design, name) in names.iter().enumerate() {
        for Place { measure, state } in columns(scenario.states.len()) {
            let definition = &MEASURES[measure];
            let mut histogram = Histogram::default();
            summary.column(design, definition.id, state).iter().for_each(|x| histogram.add(*x));
            for (low, high, count) in histogram.octave_parts() {
                let state = state_id(scenario, state);
                frame.row(cells![name, definition.id, state, definition.unit, low, high, count]);
            }
        }
    }
    frame
}

/// Builds `dictionary.csv`: every measure of every table.
pub fn dictionary() -> Frame {
    dictionary_with(&[], &[])
}

/// Builds `dictionary.csv` with further columns, each as (name, definition, unit): those of rivers,
/// and causes of loss.
pub fn dictionary_with(rivers: &[(&str, &str, &str)], losses: &[(&str, &str, &str)]) -> Frame {
    let mut frame = Frame::new("measure definition unit better section");
    let only_yearly =
        YEARLY.iter().filter(|yearly| MEASURES.iter().all(|measure| measure.id != yearly.id));
    for Measure { id, definition, unit, better, section, .. } in MEASURES.iter().chain(only_yearly)
    {
        frame.row(cells![*id, *definition, *unit, better.name(), *section]);
    }
    for (name, definition, unit) in rivers {
        frame.row(cells![*name, *definition, *unit, "neither", "12"]);
    }
    for (name, definition, unit) in losses {
        frame.row(cells![*name, *definition, *unit, "neither", "10"]);
    }
    frame
}
