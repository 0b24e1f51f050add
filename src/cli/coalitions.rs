//! Command line of `consortia coalitions`: options and output. The computation is in
//! `verbs::coalitions`.

use super::game::solutions_json;
use super::{Format, Printing, VerbError, json_number, terminal};
use crate::analysis::Statistic;
use crate::games::{Game, Solutions};
use crate::report::games as words;
use crate::verbs::coalitions::{Coalitions, Request};
use crate::verbs::run_inputs::RunInputs;
use clap::Args;
use std::path::Path;

/// Arguments of `coalitions`.
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(flatten)]
    request: Request,
    #[command(flatten)]
    printing: Printing,
}

/// Computes the value of every coalition, solves the game, writes the run folder and prints the
/// result.
pub fn run(mut arguments: Arguments) -> Result<(), VerbError> {
    arguments.request.settings.command = std::env::args().collect();
    let (request, printing) = (&arguments.request, arguments.printing);
    let setup = request.setup()?;
    if printing.dry_run {
        return printing.forecast(&setup.forecast());
    }
    let observer = printing.observer();
    let folder = setup.folder()?;
    let played = setup.simulate(&observer)?;
    let path = played.keep(folder, &observer)?;
    let Coalitions { game, values, found, .. } = &played;
    match printing.format {
        Format::Json => print_json(played.inputs(), game, values, found, &path)?,
        Format::Text => {
            let material = played.material();
            let title = format!(
                "{}\nCoalition values in {}: members carry out their joint plan, outsiders act \
                 alone; MUSD per year.\n",
                material.scenario.title,
                material.domains.join(", ")
            );
            let values = words::coalition_values(game, values);
            let beside = words::published(game, found, played.published());
            terminal::print(&format!(
                "{title}\n{values}\n\n{}{beside}{}\n{}",
                words::solutions(game, found, "MUSD/yr", 4),
                played.inputs().caution(),
                played.inputs().footer(&path)
            ))?;
        }
    }
    Ok(())
}

fn print_json(
    inputs: &RunInputs,
    game: &Game,
    values: &[(usize, Statistic)],
    found: &Solutions,
    path: &Path,
) -> Result<(), VerbError> {
    let members = |bits: usize| -> Vec<&String> {
        (0..game.count()).filter(|at| bits >> at & 1 == 1).map(|at| &game.players[at]).collect()
    };
    let rows: Vec<serde_json::Value> = values
        .iter()
        .map(|(bits, s)| {
            serde_json::json!({"coalition": members(*bits),
            "value": json_number(s.mean), "se": json_number(s.se)})
        })
        .collect();
    let object = serde_json::json!({
        "scenario": inputs.loaded.scenario.name, "seed": inputs.seed,
        "replications": inputs.replications,
        "folder": path.display().to_string(), "unit": "MUSD/yr", "players": game.players,
        "values": rows,
        "solutions": solutions_json(found), "core_nonempty": found.least_core.core_nonempty,
        "excess": json_number(found.nucleolus.excess),
    });
    terminal::print(&format!("{object:#}\n"))?;
    Ok(())
}
