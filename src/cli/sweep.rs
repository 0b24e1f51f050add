//! Command line of `consortia sweep`: options and output. The simulation is in `verbs::sweep`.

use super::{Format, Printing, VerbError, json_number, terminal};
use crate::output::sweep::{chosen_measure, robust_choice};
use crate::report::{page, sweep as words};
use crate::verbs::study::{FinishedSweep, Plan};
use crate::verbs::sweep::{Outcome, Request};
use clap::Args;
use std::path::Path;

/// Arguments of `sweep`.
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(flatten)]
    request: Request,
    #[command(flatten)]
    printing: Printing,
}

/// Simulates a sweep and writes its folder.
pub fn run(mut arguments: Arguments) -> Result<(), VerbError> {
    arguments.request.settings.command = std::env::args().collect();
    let (request, printing) = (&arguments.request, arguments.printing);
    let plan = request.plan()?;
    if printing.dry_run {
        return printing.forecast(&request.forecast(&plan));
    }
    match request.simulate(plan, &printing.observer())? {
        Outcome::Whole(done, before) => {
            if before.is_some() && !printing.quiet {
                terminal::note(&format!(
                    "{} is complete already: nothing was simulated.",
                    done.path.display()
                ));
            }
            print_results(&done, printing.format)?;
            done.check()
        }
        Outcome::Part(path, plan) => {
            print_part(&plan, &path, printing.format)?;
            let (rows, failed) = FinishedSweep::rows_of(&path)?;
            if failed > 0 {
                return Err(VerbError::SomeFailed(format!(
                    "{failed} of {rows} runs failed: see shards/*.failures.csv in {}",
                    path.display()
                )));
            }
            Ok(())
        }
    }
}

fn print_part(plan: &Plan, path: &Path, format: Format) -> Result<(), VerbError> {
    let part = plan.record.part();
    let text = format!(
        "Part {} of {} of {} is complete: {}\nPut all parts together with: consortia merge {} …\n",
        part.part,
        part.of,
        plan.record.name,
        path.display(),
        path.display()
    );
    match format {
        Format::Text => terminal::print(&text)?,
        Format::Json => {
            let object = serde_json::json!({
                "sweep": plan.record.name, "folder": path.display().to_string(), "part": part.part,
                "parts": part.of,
            });
            terminal::print(&format!("{object:#}\n"))?;
        }
    }
    Ok(())
}

/// Prints the results of a sweep.
pub fn print_results(done: &FinishedSweep, format: Format) -> Result<(), VerbError> {
    let FinishedSweep { record, results, path, .. } = done;
    match format {
        Format::Text => terminal::print(&format!(
            "{}{}\nPage, tables and plots: {}\n",
            words::sweep_text(record, results),
            record.figures.caution(&record.scenario),
            path.join(page::PAGE).display()
        ))?,
        Format::Json => {
            let mut rows = Vec::new();
            let found = chosen_measure(record)
                .map(|column| (column, robust_choice(record, results, column).scores));
            let (column, scores) = found.unwrap_or_default();
            for (criterion, scores) in scores {
                for (score, name) in scores.iter().zip(&record.organisations) {
                    rows.push(serde_json::json!({
                        "measure": record.measures[column].column, "organisation": name,
                        "criterion": criterion.id(),
                        "value": json_number(score.value), "se": json_number(score.se),
                        "rank": score.rank,
                    }));
                }
            }
            let object = serde_json::json!({
                "sweep": record.name, "scenario": record.scenario,
                "organisations": record.organisations,
                "seed": record.seed, "points": record.points, "replications": record.replications,
                "folder": path.display().to_string(), "robustness": rows,
            });
            terminal::print(&format!("{object:#}\n"))?;
        }
    }
    Ok(())
}
