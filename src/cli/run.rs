//! Command line of `consortia run`: options and output. The simulation is in `verbs::run`.

use super::{Format, Printing, VerbError, json_number, terminal};
use crate::analysis::Summary;
use crate::experiment::measures::MEASURES;
use crate::output::tables;
use crate::report::terminal as tables_for_people;
use crate::verbs::Outcomes;
use crate::verbs::run::Request;
use crate::verbs::run_inputs::{RunInputs, check_failures};
use clap::Args;
use std::path::Path;

/// Arguments of `run`.
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(flatten)]
    request: Request,
    #[command(flatten)]
    printing: Printing,
}

/// Simulates one organisation, writes the run folder and prints the results. Fails if inputs are
/// invalid or replications failed.
pub fn run(mut arguments: Arguments) -> Result<(), VerbError> {
    arguments.request.settings.command = std::env::args().collect();
    let (request, printing) = (&arguments.request, arguments.printing);
    let setup = request.setup()?;
    if printing.dry_run {
        return printing.forecast(&request.forecast(&setup)?);
    }
    let observer = printing.observer();
    let folder = setup.folder()?;
    let played = request.simulate(setup, &observer)?;
    let path = played.keep(folder, &observer)?;
    print_result(&played.outcomes, &path, printing.format)?;
    let (failed, of) = played.outcomes.failed();
    check_failures(failed, of, &path)
}

fn print_result(outcomes: &Outcomes, path: &Path, format: Format) -> Result<(), VerbError> {
    let Outcomes { inputs, summary, .. } = outcomes;
    let scenario = &inputs.loaded.scenario;
    match format {
        Format::Json => {
            let object = serde_json::json!({
                "scenario": scenario.name, "organisation": inputs.names[0], "seed": inputs.seed,
                "replications": inputs.replications, "folder": path.display().to_string(),
                "summary": summary_json(inputs, summary),
            });
            terminal::print(&format!("{object:#}\n"))?;
        }
        Format::Text => {
            let title = format!(
                "{}\n{} — {}\n",
                scenario.title, inputs.names[0], inputs.designs[0].design.title
            );
            let table = tables_for_people::run_table(scenario, summary, 0, &title);
            terminal::print(&format!(
                "{table}\n{}{}\n{}",
                tables_for_people::in_words(summary, &outcomes.losses[0], 0),
                inputs.caution(),
                inputs.footer(path)
            ))?;
        }
    }
    Ok(())
}

/// The rows of `summary.csv` as JSON.
pub fn summary_json(inputs: &RunInputs, summary: &Summary) -> Vec<serde_json::Value> {
    let scenario = &inputs.loaded.scenario;
    let rows =
        (0..inputs.names.len()).flat_map(|design| summary.rows(design, scenario.states.len()));
    rows.map(|row| {
        let (definition, s) = (&MEASURES[row.measure], row.statistic);
        let value = json_number;
        serde_json::json!({
            "organisation": inputs.names[row.design], "measure": definition.id,
            "state": tables::state_id(scenario, row.state), "unit": definition.unit,
            "mean": value(s.mean), "se": value(s.se), "sd": value(s.sd),
            "p05": value(s.percentiles[0]), "p25": value(s.percentiles[1]),
            "p50": value(s.percentiles[2]),
            "p75": value(s.percentiles[3]), "p95": value(s.percentiles[4]), "n": s.n,
        })
    })
    .collect()
}
