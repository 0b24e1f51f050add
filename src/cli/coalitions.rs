//! `consortia coalitions`.

use super::game::solutions_json;
use super::{Format, Printing, Trouble, json_number, terminal};
use crate::analysis::Statistic;
use crate::games::{Game, Solutions};
use crate::report::games as words;
use crate::verbs::coalitions::{Coalitions, Request};
use crate::verbs::session::Session;
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

/// Plays all coalitions, solves the game, and writes the run folder.
pub fn run(mut arguments: Arguments) -> Result<(), Trouble> {
    arguments.request.settings.command = std::env::args().collect();
    let (request, printing) = (&arguments.request, arguments.printing);
    let setup = request.setup()?;
    if printing.dry_run {
        return printing.forecast(&setup.forecast());
    }
    let audience = printing.audience();
    let folder = setup.folder()?;
    let played = setup.play(&audience)?;
    let path = played.keep(folder, &audience)?;
    let Coalitions { game, values, found, .. } = &played;
    match printing.format {
        Format::Json => print_json(played.session(), game, values, found, &path)?,
        Format::Text => {
            let material = played.material();
            let title = format!(
                "{}\nWhat coalitions gain in {}: members carry out their joint plan, outsiders act alone; MUSD per year.\n",
                material.scenario.title,
                material.domains.join(", ")
            );
            let worths = words::worths(game, values);
            let beside = words::published(game, found, played.published());
            terminal::print(&format!(
                "{title}\n{worths}\n\n{}{beside}{}\n{}",
                words::solutions(game, found, "MUSD/yr", 4),
                played.session().caution(),
                played.session().footer(&path)
            ))?;
        }
    }
    Ok(())
}

fn print_json(
    session: &Session,
    game: &Game,
    values: &[(usize, Statistic)],
    found: &Solutions,
    path: &Path,
) -> Result<(), Trouble> {
    let members = |bits: usize| -> Vec<&String> {
        (0..game.count()).filter(|at| bits >> at & 1 == 1).map(|at| &game.players[at]).collect()
    };
    let rows: Vec<serde_json::Value> = values
        .iter()
        .map(|(bits, s)| serde_json::json!({"coalition": members(*bits), "value": json_number(s.mean), "se": json_number(s.se)}))
        .collect();
    let object = serde_json::json!({
        "scenario": session.loaded.scenario.name, "seed": session.seed, "replications": session.replications,
        "folder": path.display().to_string(), "unit": "MUSD/yr", "players": game.players, "values": rows,
        "solutions": solutions_json(found), "core_nonempty": found.least_core.core_nonempty,
        "excess": json_number(found.nucleolus.excess),
    });
    terminal::print(&format!("{object:#}\n"))?;
    Ok(())
}
