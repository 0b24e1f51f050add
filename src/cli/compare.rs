//! Command line of `consortia compare`: options and output. The computation is in `verbs::compare`.

use super::run::summary_json;
use super::{Format, Printing, VerbError, json_number, terminal};
use crate::analysis::comparison::Difference;
use crate::experiment::measures::MEASURES;
use crate::output::tables;
use crate::report::comparison as words;
use crate::verbs::Outcomes;
use crate::verbs::compare::Request;
use crate::verbs::run_inputs::{RunInputs, check_failures};
use clap::Args;

/// Arguments of `compare`.
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(flatten)]
    request: Request,
    #[command(flatten)]
    printing: Printing,
}

/// Compares designs on common draws, writes the run folder and prints the ranking (ODD §11). Fails
/// if inputs are invalid or replications failed.
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
    let Outcomes { inputs, summary, .. } = &played.outcomes;
    match printing.format {
        Format::Json => {
            let object = serde_json::json!({
                "scenario": inputs.loaded.scenario.name, "organisations": inputs.names,
                "seed": inputs.seed,
                "replications": inputs.replications, "folder": path.display().to_string(),
                "summary": summary_json(inputs, summary),
                "differences": played.differences.iter().map(|row| difference_json(inputs,
                row)).collect::<Vec<_>>(),
            });
            terminal::print(&format!("{object:#}\n"))?;
        }
        Format::Text => {
            let text = words::compare_text(&played.material());
            terminal::print(&format!("{text}{}\n{}", inputs.caution(), inputs.footer(&path)))?;
        }
    }
    let (failed, of) = played.outcomes.failed();
    check_failures(failed, of, &path)
}

fn difference_json(inputs: &RunInputs, row: &Difference) -> serde_json::Value {
    let definition = &MEASURES[row.measure];
    let (low, high) = row.interval();
    let value = json_number;
    serde_json::json!({
        "measure": definition.id, "state": tables::state_id(&inputs.loaded.scenario, row.state),
        "unit": definition.unit, "a": inputs.names[row.a], "b": inputs.names[row.b],
        "mean": value(row.paired.mean), "se": value(row.paired.se), "ci_low": value(low),
        "ci_high": value(high),
        "d_z": value(row.paired.d_z), "p_a_better": value(row.p_a_better()), "n": row.paired.n,
    })
}
