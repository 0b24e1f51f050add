//! Sensitivity indices of a CSV table made by another program.

use super::{Failed, Replications, Request, TableDesign, VerbError, morris_set, sobol_set};
use crate::analysis::sensitivity::{complete_rows, sobol};
use crate::experiment::sampling::morris_step;
use crate::output::columns::{self, Values};
use crate::output::sweep::{Analysis, IndexSet};
use crate::scenario::load;
use crate::verbs::study::refuse_given;
use std::path::Path;

/// Computes the indices of a table. Fails if design, measure or parameters are missing or do not
/// fit.
pub(super) fn analysed(arguments: &Request) -> Result<Analysis, VerbError> {
    let given = [
        (arguments.organisation.is_some(), "--organisation"),
        (arguments.replications == Replications::Factor, "--replications factor"),
    ];
    refuse_given(&given, "a table has no designs and no replications")?;
    let path = &arguments.path;
    let known = columns::headings(path).map_err(|error| {
        refuse("table", error.to_string(), "name the folder of a sweep, or a CSV table")
    })?;
    let Some(design) = arguments.design else {
        return Err(refuse(
            "design",
            format!("the design of the table {} is not given", path.display()),
            "say --design saltelli or --design morris",
        ));
    };
    let Some(measure) = arguments.measure.clone() else {
        return Err(refuse(
            "measure",
            "a table needs the column of results".into(),
            &format!("say --measure: {}", known.join(", ")),
        ));
    };
    let parameters = match arguments.parameters.is_empty() {
        true => known.iter().filter(|name| **name != measure).cloned().collect(),
        false => arguments.parameters.clone(),
    };
    if parameters.is_empty() {
        return Err(refuse(
            "parameters",
            format!("{} has no column of a parameter", path.display()),
            "see --parameters",
        ));
    }
    let mut numbers = read_numbers(path, &parameters, &measure)?;
    let results = numbers.pop().unwrap_or_default();
    if arguments.failed == Failed::Refuse && results.iter().any(|x| !x.is_finite()) {
        return Err(refuse(
            "failed",
            format!("`{measure}` has gaps"),
            "fill them, or leave them out with --failed leave-out",
        ));
    }
    let caption =
        format!("{}: {} rows of {} parameters", path.display(), results.len(), parameters.len());
    let (method, set) = indices(arguments, design, (&numbers, &results), &parameters)?;
    Ok(Analysis { measure, unit: "as the column".into(), method, sets: vec![set], caption })
}

fn refuse(code: &'static str, message: String, help: &str) -> VerbError {
    load::refuse(code, message, help.to_string()).into()
}

/// Reads the columns of parameters, followed by that of the measure. Fails if one contains words.
fn read_numbers(
    path: &Path,
    parameters: &[String],
    measure: &String,
) -> Result<Vec<Vec<f64>>, VerbError> {
    let wanted: Vec<String> = parameters.iter().chain(std::iter::once(measure)).cloned().collect();
    let read = columns::read(path, &wanted)
        .map_err(|error| refuse("table", error.to_string(), "see --measure and --parameters"))?;
    let mut numbers = Vec::new();
    for (values, name) in read.into_iter().zip(&wanted) {
        match values {
            Values::Numbers(values) => numbers.push(values),
            Values::Words(words, _) => {
                let message = format!("the column `{name}` holds words, such as `{}`", words[0]);
                return Err(refuse(
                    "table",
                    message,
                    "leave it out with --parameters, or give it as numbers",
                ));
            }
        }
    }
    Ok(numbers)
}

/// Name of the method and the indices. Fails if the rows are not of the given design.
fn indices(
    arguments: &Request,
    design: TableDesign,
    (numbers, results): (&[Vec<f64>], &[f64]),
    parameters: &[String],
) -> Result<(&'static str, IndexSet), VerbError> {
    let path = &arguments.path;
    let names: Vec<(String, String)> =
        parameters.iter().map(|name| (name.clone(), name.clone())).collect();
    Ok(match design {
        TableDesign::Saltelli => {
            check_saltelli(numbers, parameters).map_err(|reason| {
                refuse(
                    "design",
                    format!(
                        "{} is no Saltelli design of these parameters: {reason}",
                        path.display()
                    ),
                    "see --parameters; second-order designs (calc_second_order) have other rows",
                )
            })?;
            let found =
                sobol(results, parameters.len(), arguments.resamples as usize, arguments.seed);
            (
                "sobol",
                sobol_set(String::new(), found, complete_rows(results, parameters.len()), &names),
            )
        }
        TableDesign::Morris => {
            let levels = arguments.levels.unwrap_or(4) as usize;
            let points = unit_points(numbers);
            let groups: Vec<usize> = (0..parameters.len()).collect();
            check_morris(&points, parameters, morris_step(levels)).map_err(|reason| {
                refuse(
                    "design",
                    format!("{} is no Morris design of these parameters: {reason}", path.display()),
                    "see --parameters",
                )
            })?;
            (
                "morris",
                morris_set(String::new(), &points, results, &groups, morris_step(levels), &names),
            )
        }
    })
}

/// Checks that the rows are A, A with each column from B in turn, B.
fn check_saltelli(columns: &[Vec<f64>], names: &[String]) -> Result<(), String> {
    let (width, rows) = (columns.len() + 2, columns.first().map_or(0, Vec::len));
    if !rows.is_multiple_of(width) {
        return Err(format!(
            "{rows} rows are no multiple of {width}, the number of parameters and two"
        ));
    }
    for base in (0..rows).step_by(width) {
        for (own, column) in columns.iter().enumerate() {
            let (a, b) = (column[base], column[base + width - 1]);
            let wrong = (0..columns.len())
                .find(|&at| column[base + 1 + at] != if at == own { b } else { a });
            if let Some(at) = wrong {
                return Err(format!(
                    "row {} does not take `{}` as its block does",
                    base + 2 + at,
                    names[own]
                ));
            }
        }
    }
    Ok(())
}

/// Points `[row][parameter]`, with each column scaled to the unit interval.
fn unit_points(columns: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let rows = columns.first().map_or(0, Vec::len);
    let ends: Vec<(f64, f64)> = columns
        .iter()
        .map(|column| {
            column.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), x| {
                (low.min(*x), high.max(*x))
            })
        })
        .collect();
    let scaled = |at: usize, row: usize| {
        (columns[at][row] - ends[at].0) / (ends[at].1 - ends[at].0).max(f64::MIN_POSITIVE)
    };
    (0..rows).map(|row| (0..columns.len()).map(|at| scaled(at, row)).collect()).collect()
}

/// Checks that every trajectory changes one parameter at a time, each once.
fn check_morris(points: &[Vec<f64>], names: &[String], step: f64) -> Result<(), String> {
    let width = names.len() + 1;
    if !points.len().is_multiple_of(width) {
        return Err(format!(
            "{} rows are no multiple of {width}, the number of parameters and one",
            points.len()
        ));
    }
    for (at, trajectory) in points.chunks(width).enumerate() {
        let mut moved = vec![false; names.len()];
        for pair in trajectory.windows(2) {
            let changed: Vec<usize> =
                (0..names.len()).filter(|&p| pair[0][p] != pair[1][p]).collect();
            match changed[..] {
                [one] if !moved[one] => {
                    moved[one] = true;
                    let own = (pair[1][one] - pair[0][one]).abs();
                    if (own - step).abs() > 1e-6 {
                        return Err(format!(
                            "`{}` moves by {own:.4} of its range, not by {step:.4}",
                            names[one]
                        ));
                    }
                }
                _ => {
                    return Err(format!(
                        "trajectory {} does not move one parameter at a time, each once",
                        at + 1
                    ));
                }
            }
        }
    }
    Ok(())
}
