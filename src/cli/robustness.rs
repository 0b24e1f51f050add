//! Command line of `consortia robustness`: ranks the designs of a finished sweep by criteria of
//! robust choice and writes tables, figures and page. Simulates nothing.

use super::{Format, VerbError, json_number, terminal};
use crate::analysis::robustness::{Robustness, robustness};
use crate::experiment::measures::Better;
use crate::output::hash_of;
use crate::output::sweep::{
    Results, SweepRecord, better, chosen_measure, read_points, read_results, robustness_rows,
    write_analysis_manifest,
};
use crate::report::{headline, plots, sweep as words};
use crate::scenario::diagnostics::suggest;
use crate::scenario::load;
use crate::verbs::study::{analysis_folder, finish_page, finished, kept};
use clap::Args;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// Arguments of `robustness`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Folder of a finished sweep of several designs.
    folder: PathBuf,
    /// Measure: gain for the region, gain.KGZ for a state (default: the first that the sweep
    /// keeps).
    #[arg(long, value_name = "MEASURE")]
    measure: Option<String>,
    /// Smallest satisfactory value of the measure (largest, if less is better).
    #[arg(long, value_name = "X", allow_negative_numbers = true, value_parser = finite)]
    satisfactory: Option<f64>,
    /// Hurwicz's optimism: 0 counts only the worst point, 1 only the best (default: the sweep's).
    #[arg(long, value_name = "A", value_parser = optimism)]
    optimism: Option<f64>,
    /// Two parameters for the map of the best design (default: those along which it changes most).
    #[arg(long, value_name = "A,B", value_delimiter = ',')]
    over: Vec<String>,
    /// Folder for tables and figures (default: a folder inside the sweep's).
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
    text.parse()
        .ok()
        .filter(|x| (0.0..=1.0).contains(x))
        .ok_or_else(|| "give a number from 0 to 1".into())
}

/// Ranks designs by criteria of robust choice over the points of a finished sweep (ODD §11).
pub fn run(arguments: &Arguments) -> Result<(), VerbError> {
    let started = Instant::now();
    let mut record = finished(&arguments.folder)?;
    let column = kept(&record, arguments.measure.as_deref())?;
    check_choice(&record, column)?;
    let over = axes(&record, &arguments.over)?;
    record.optimism = arguments.optimism.unwrap_or(record.optimism);
    let own = record.satisfactory.filter(|_| chosen_measure(&record) == Some(column));
    let satisfactory = arguments.satisfactory.or(own);
    let results = (0..record.measures.len())
        .map(|at| read_results(&arguments.folder, &record, at))
        .collect::<Result<Vec<_>, _>>()?;
    let points = read_points(&arguments.folder, &record)?;
    let means: Vec<Vec<f64>> =
        (0..record.organisations.len()).map(|design| results[column].means(design)).collect();
    let found = robustness(&means, better(&record, column), satisfactory, record.optimism);
    let hash = hash_of([
        record.inputs_hash.as_str(),
        &format!("{column} {satisfactory:?} {} {over:?}", record.optimism),
    ]);
    let name = &record.measures[column].column;
    let folder =
        analysis_folder(arguments.out.as_ref(), &arguments.folder, ("robustness", name), &hash)?;
    robustness_rows(&record, &[(column, &found)]).write(&folder, "robustness.csv")?;
    let material = plots::SweepMaterial { record: &record, points: &points, results: &results };
    plots::write_robustness(&material, column, over, &folder)?;
    let command: Vec<String> = std::env::args().collect();
    write_analysis_manifest(&folder, &record, &hash, started, &command)?;
    let headline = headline::robustness(&record, column, &found, &results[column]);
    finish_page(&folder, &arguments.folder, "robustness", headline)?;
    let path = folder.finish()?;
    match arguments.format {
        Format::Text => {
            terminal::print(&text(&record, column, &found, &results[column], &path))?;
        }
        Format::Json => {
            terminal::print(&format!("{:#}\n", json(&record, column, &found, &path)))?;
        }
    }
    Ok(())
}

/// Fails if the sweep has one design, or if neither more nor less of the measure is better.
fn check_choice(record: &SweepRecord, column: usize) -> Result<(), VerbError> {
    if record.organisations.len() < 2 {
        let message = "a robust choice needs at least two designs".to_string();
        return Err(load::refuse("organisation", message, "sweep several designs".into()).into());
    }
    if better(record, column) == Better::Neither {
        let name = &record.measures[column].column;
        let message = format!("`{name}` has no preferred direction");
        let help = "choose by a measure that has a better end, such as gain".to_string();
        return Err(load::refuse("measure", message, help).into());
    }
    Ok(())
}

/// Positions of the two parameters of the map; `None` if none are named. Fails if they are unknown,
/// equal or not two.
fn axes(record: &SweepRecord, over: &[String]) -> Result<Option<(usize, usize)>, VerbError> {
    let names = || record.parameters.iter().map(|parameter| parameter.name.as_str());
    let mut found = Vec::new();
    for name in over {
        let Some(at) = names().position(|known| known == name) else {
            let message = format!("the sweep varies no `{name}`");
            return Err(load::refuse("over", message, suggest(name, names())).into());
        };
        found.push(at);
    }
    match found[..] {
        [] => Ok(None),
        [a, b] if a != b => Ok(Some((a, b))),
        _ => {
            let help = "name two parameters: --over trust,patience".to_string();
            Err(load::refuse("over", "the map needs two different parameters".into(), help).into())
        }
    }
}

fn text(
    record: &SweepRecord,
    column: usize,
    found: &Robustness,
    results: &Results,
    path: &Path,
) -> String {
    let measure = &record.measures[column];
    let left_out = match found.left_out {
        0 => String::new(),
        more => format!("{more} points are left out: some design has no value there.\n"),
    };
    format!(
        "{}\nRobust choice by {} ({}) over {} points; ranks in brackets, standard errors over \
         points\n{}\n{}\n{}{left_out}Tables and plots: {}\n",
        record.title,
        measure.column,
        measure.unit,
        found.points.len(),
        words::robustness_table(record, found),
        words::choice_in_words(record, found),
        words::noise(&measure.unit, results),
        path.display()
    )
}

fn json(record: &SweepRecord, column: usize, found: &Robustness, path: &Path) -> serde_json::Value {
    let mut rows = Vec::new();
    for (criterion, scores) in &found.scores {
        for (score, name) in scores.iter().zip(&record.organisations) {
            rows.push(serde_json::json!({
                "organisation": name, "criterion": criterion.id(),
                "value": json_number(score.value), "se": json_number(score.se),
                "rank": score.rank,
            }));
        }
    }
    serde_json::json!({
        "measure": record.measures[column].column, "points": found.points.len(),
        "left_out": found.left_out, "scores": rows, "folder": path.display().to_string(),
    })
}
