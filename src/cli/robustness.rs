//! `consortia robustness`.

use super::{Format, Trouble, json_number, terminal};
use crate::analysis::robustness::robustness;
use crate::experiment::measures::Better;
use crate::output::hash_of;
use crate::output::sweep::{better, chosen_measure, read_points, read_results, robustness_rows, seal_analysis};
use crate::report::{lead, plots, sweep as words};
use crate::scenario::diagnostics::suggest;
use crate::scenario::load;
use crate::verbs::study::{analysis_folder, finish_page, finished, kept};
use clap::Args;
use std::path::PathBuf;
use std::time::Instant;

/// Arguments of `robustness`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The folder of a finished sweep of several designs.
    folder: PathBuf,
    /// The measure: gain for the region, gain.KGZ for a state (default: the first that the sweep keeps).
    #[arg(long, value_name = "MEASURE")]
    measure: Option<String>,
    /// An outcome is good enough from this value on (up to it, where less is better).
    #[arg(long, value_name = "X", allow_negative_numbers = true, value_parser = finite)]
    satisfactory: Option<f64>,
    /// Hurwicz's optimism, from 0 (only the worst point counts) to 1 (only the best); default: the sweep's.
    #[arg(long, value_name = "A", value_parser = optimism)]
    optimism: Option<f64>,
    /// The two parameters of the map of the best design (default: those along which it changes most).
    #[arg(long, value_name = "A,B", value_delimiter = ',')]
    over: Vec<String>,
    /// Where tables and figures go (default: a folder inside the sweep's).
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Output format.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

fn finite(text: &str) -> Result<f64, String> {
    text.parse().ok().filter(|x: &f64| x.is_finite()).ok_or_else(|| "give a finite number".into())
}

fn optimism(text: &str) -> Result<f64, String> {
    text.parse().ok().filter(|x| (0.0..=1.0).contains(x)).ok_or_else(|| "give a number from 0 to 1".into())
}

/// Which design is safe when nobody knows the parameters.
pub fn run(arguments: &Arguments) -> Result<(), Trouble> {
    let started = Instant::now();
    let mut record = finished(&arguments.folder)?;
    let column = kept(&record, arguments.measure.as_deref())?;
    let refuse =
        |code: &'static str, message: String, help: String| -> Trouble { load::refuse(code, message, help).into() };
    if record.organisations.len() < 2 {
        return Err(refuse("organisation", "one design leaves no choice".into(), "sweep several designs".into()));
    }
    if better(&record, column) == Better::Neither {
        let message = format!("neither more nor less of `{}` is better", record.measures[column].column);
        return Err(refuse("measure", message, "choose by a measure that has a better end, such as gain".into()));
    }
    let mut over = Vec::new();
    for name in &arguments.over {
        let names = || record.parameters.iter().map(|parameter| parameter.name.as_str());
        match names().position(|known| known == name) {
            Some(at) => over.push(at),
            None => return Err(refuse("over", format!("the sweep varies no `{name}`"), suggest(name, names()))),
        }
    }
    let over = match over[..] {
        [] => None,
        [a, b] if a != b => Some((a, b)),
        _ => {
            return Err(refuse(
                "over",
                "a map has two axes".into(),
                "name two parameters: --over trust,patience".into(),
            ));
        }
    };
    record.optimism = arguments.optimism.unwrap_or(record.optimism);
    let own = record.satisfactory.filter(|_| chosen_measure(&record) == Some(column));
    let satisfactory = arguments.satisfactory.or(own);
    let results = (0..record.measures.len())
        .map(|at| read_results(&arguments.folder, &record, at))
        .collect::<Result<Vec<_>, _>>()?;
    let points = read_points(&arguments.folder, &record)?;
    let means: Vec<Vec<f64>> = (0..record.organisations.len()).map(|design| results[column].means(design)).collect();
    let found = robustness(&means, better(&record, column), satisfactory, record.optimism);
    let hash =
        hash_of([record.inputs_hash.as_str(), &format!("{column} {satisfactory:?} {} {over:?}", record.optimism)]);
    let name = &record.measures[column].column;
    let folder = analysis_folder(arguments.out.as_ref(), &arguments.folder, ("robustness", name), &hash)?;
    robustness_rows(&record, &[(column, &found)]).write(&folder, "robustness.csv")?;
    let material = plots::SweepMaterial { record: &record, points: &points, results: &results };
    plots::write_robustness(&material, column, over, &folder)?;
    let command: Vec<String> = std::env::args().collect();
    seal_analysis(&folder, &record, &hash, started, &command)?;
    let lead = lead::robustness(&record, column, &found, &results[column]);
    finish_page(&folder, &arguments.folder, "robustness", lead)?;
    let path = folder.finish()?;
    match arguments.format {
        Format::Text => {
            let measure = &record.measures[column];
            let left_out = match found.left_out {
                0 => String::new(),
                more => format!("{more} points are left out: some design has no value there.\n"),
            };
            terminal::print(&format!(
                "{}\nRobust choice by {} ({}) over {} points; ranks in brackets, standard errors over points\n{}\n{}\n{}{left_out}Tables and plots: {}\n",
                record.title,
                measure.column,
                measure.unit,
                found.points.len(),
                words::robustness_table(&record, &found),
                words::choice_in_words(&record, &found),
                words::noise(&measure.unit, &results[column]),
                path.display()
            ))?;
        }
        Format::Json => {
            let mut rows = Vec::new();
            for (criterion, scores) in &found.scores {
                for (score, name) in scores.iter().zip(&record.organisations) {
                    rows.push(serde_json::json!({
                        "organisation": name, "criterion": criterion.id(), "value": json_number(score.value),
                        "se": json_number(score.se), "rank": score.rank,
                    }));
                }
            }
            let object = serde_json::json!({
                "measure": record.measures[column].column, "points": found.points.len(), "left_out": found.left_out,
                "scores": rows, "folder": path.display().to_string(),
            });
            terminal::print(&format!("{object:#}\n"))?;
        }
    }
    Ok(())
}
