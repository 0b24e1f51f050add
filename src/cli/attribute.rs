//! Command line of `consortia attribute`: options and output. The computation is in
//! `verbs::attribute`.

use super::{Format, Printing, VerbError, json_number, terminal};
use crate::analysis::attribution::EXACT;
use crate::experiment::measures::MEASURES;
use crate::output::tables;
use crate::report::attribution as words;
use crate::verbs::attribute::Request;
use crate::verbs::run_inputs::check_failures;
use clap::Args;

/// Arguments of `attribute`.
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(flatten)]
    request: Request,
    #[command(flatten)]
    printing: Printing,
}

/// Attributes the difference between two designs to their switches, writes the run folder and
/// prints the effects (ODD §11). Fails if inputs are invalid or replications failed.
pub fn run(mut arguments: Arguments) -> Result<(), VerbError> {
    arguments.request.settings.command = std::env::args().collect();
    let printing = arguments.printing;
    let setup = arguments.request.setup()?;
    if printing.dry_run {
        return printing.forecast(&setup.forecast()?);
    }
    let observer = printing.observer();
    let folder = setup.folder()?;
    let played = setup.simulate(&observer)?;
    let path = played.keep(folder, &observer)?;
    let (inputs, material) = (&played.inputs, played.material());
    match printing.format {
        Format::Json => {
            let rows: Vec<serde_json::Value> = played
                .parts
                .iter()
                .map(|part| {
                    serde_json::json!({
                        "measure": MEASURES[part.column.measure].id,
                        "state": tables::state_id(&inputs.loaded.scenario, part.column.state),
                        "switch": material.switch_name(part.switch),
                        "stepwise": json_number(part.stepwise),
                        "shapley": json_number(part.shapley),
                        "se": json_number(part.se),
                    })
                })
                .collect();
            let object = serde_json::json!({
                "scenario": inputs.loaded.scenario.name, "from": inputs.names[0],
                "to": inputs.names[1], "seed": inputs.seed,
                "replications": inputs.replications, "exact": played.exact,
                "folder": path.display().to_string(), "attribution": rows,
            });
            terminal::print(&format!("{object:#}\n"))?;
        }
        Format::Text => {
            let how = if played.exact {
                format!("all {} designs between the two", played.designs)
            } else {
                format!(
                    "{} designs in sampled orders, as there are more than {EXACT} switches",
                    played.designs
                )
            };
            terminal::print(&format!(
                "{}\nShapley values over {how}; {}",
                words::attribution_text(&material),
                inputs.footer(&path)
            ))?;
        }
    }
    check_failures(played.failed, inputs.replications, &path)
}
