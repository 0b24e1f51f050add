//! `consortia coalitions`.

use super::game::{solutions_json, solve};
use super::session::{self, Session, json_number};
use super::{Common, Format, Trouble, terminal};
use crate::analysis::Statistic;
use crate::experiment::coalitions::{MOST_PLAYERS, Worths, coalition_worths};
use crate::games::{Game, Solutions, solutions};
use crate::output::{RunFolder, coalitions as tables};
use crate::report::games as words;
use crate::report::{lead, plots};
use crate::scenario::diagnostics::suggest;
use crate::scenario::types::Scenario;
use crate::scenario::{load, rows};
use clap::Args;
use std::path::Path;

/// Arguments of `coalitions`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// A file, a folder with scenario.toml, or a built-in name.
    scenario: String,
    /// Domains that coalitions cooperate in: kinds or names, separated by commas.
    #[arg(long, value_name = "DOMAIN,…", default_value = "water_energy", value_delimiter = ',')]
    domains: Vec<String>,
    /// States that form coalitions (default: all).
    #[arg(long, value_name = "STATE,…", value_delimiter = ',')]
    players: Vec<String>,
    /// Divisions to compare with: CSV with the columns solution,player,value (MUSD/yr).
    #[arg(long, value_name = "FILE")]
    published: Option<String>,
    #[command(flatten)]
    common: Common,
}

/// Blocks of fates from which the spread of solutions is told.
const BLOCKS: usize = 10;

fn players(arguments: &Arguments, scenario: &Scenario) -> Result<Vec<usize>, Trouble> {
    let ids = || scenario.states.iter().map(|state| state.id.as_str());
    let mut found = Vec::new();
    for name in &arguments.players {
        match scenario.state_index(name.trim()) {
            Some(state) if !found.contains(&state) => found.push(state),
            Some(_) => {
                return Err(load::refuse(
                    "players",
                    format!("--players: {name} is named twice"),
                    "name each once".into(),
                )
                .into());
            }
            None => {
                return Err(load::refuse("players", format!("there is no state `{name}`"), suggest(name, ids())).into());
            }
        }
    }
    if arguments.players.is_empty() {
        found = (0..scenario.states.len()).collect();
    }
    if found.len() > MOST_PLAYERS {
        let message =
            format!("{} states have too many coalitions: all of up to {MOST_PLAYERS} states are played", found.len());
        return Err(load::refuse("players", message, "choose some with --players A,B,…".into()).into());
    }
    Ok(found)
}

fn domains(arguments: &Arguments, scenario: &Scenario) -> Result<Vec<usize>, Trouble> {
    let mut found: Vec<usize> = Vec::new();
    for name in &arguments.domains {
        let named = load::domains_named(scenario, name.trim())
            .map_err(|help| load::refuse("domains", format!("`{name}` is not a domain"), help))?;
        found.extend(named.into_iter().filter(|domain| !found.contains(domain)).collect::<Vec<_>>());
    }
    if found.is_empty() {
        let message = format!("the scenario has no domain of the kind {}", arguments.domains.join(", "));
        let names = scenario.domains.iter().map(|domain| domain.name.as_str());
        return Err(load::refuse("domains", message, format!("valid: {}", names.collect::<Vec<_>>().join(", "))).into());
    }
    Ok(found)
}

/// Mean worths of some replications as a game.
fn game(names: &[String], worths: &[Vec<f64>]) -> Result<Game, Trouble> {
    let n = worths.len() as f64;
    let mean = |bits: usize| worths.iter().map(|row| row[bits]).sum::<f64>() / n;
    Game::from_fn(names.to_vec(), mean).map_err(|error| Trouble::Fault(error.to_string()))
}

/// Standard error of every solution and player, from solutions of blocks of fates; NaN where there are too few.
fn spreads(names: &[String], worths: &Worths, found: &Solutions) -> Result<Vec<Vec<f64>>, Trouble> {
    let mut by_block: Vec<Solutions> = Vec::new();
    let size = worths.len() / BLOCKS;
    if size > 0 {
        for block in worths.chunks(size).take(BLOCKS) {
            let game = game(names, block)?;
            by_block.push(solutions(&game).map_err(|error| Trouble::Fault(error.to_string()))?);
        }
    }
    let of = |id: &str, player: usize| {
        let values: Vec<f64> = by_block
            .iter()
            .filter_map(|block| block.solutions.iter().find(|solution| solution.id == id))
            .map(|solution| solution.division[player])
            .collect();
        if values.len() == BLOCKS { Statistic::of(&values).se } else { f64::NAN }
    };
    Ok(found
        .solutions
        .iter()
        .map(|solution| (0..names.len()).map(|player| of(&solution.id, player)).collect())
        .collect())
}

/// Plays all coalitions, solves the game, and writes the run folder.
pub fn run(arguments: &Arguments) -> Result<(), Trouble> {
    let common = &arguments.common;
    if let Some(change) = common.overrides.iter().find(|change| change.starts_with("organisation.")) {
        let message = format!("--set {change}: coalitions are played without an organisation");
        return Err(load::refuse("set", message, "leave it out, or change the scenario".into()).into());
    }
    let session = Session::load(&arguments.scenario, &["none".to_string()], common)?;
    let scenario = &session.loaded.scenario;
    let (players, domains) = (players(arguments, scenario)?, domains(arguments, scenario)?);
    let names: Vec<String> = players.iter().map(|state| scenario.states[*state].id.clone()).collect();
    let published = match &arguments.published {
        Some(file) => rows::published(file, &names)?,
        None => Vec::new(),
    };
    let hash = session.hash("coalitions", &format!("{players:?} {domains:?} {published:?}"));
    let engine = session.engine(Vec::new());
    if common.dry_run {
        return dry_run(&session, players.len(), common, &hash);
    }
    let interrupted = session::interruptible();
    let folder = RunFolder::start(session.folder(common, &hash), &hash)?;
    let meter = terminal::Meter::new(session.replications, common.quiet);
    let plan = (session.replications, common.threads);
    let played = coalition_worths(&engine, &domains, &players, plan, &interrupted, &meter);
    meter.clear();
    let worths = played.map_err(session::stopped)?;
    let game = game(&names, &worths)?;
    let found = solve(&game)?;
    let errors = spreads(&names, &worths, &found)?;
    let column = |bits: usize| Statistic::of(&worths.iter().map(|row| row[bits]).collect::<Vec<f64>>());
    let values: Vec<(usize, Statistic)> = (1..=game.all()).map(|bits| (bits, column(bits))).collect();
    tables::dictionary(&folder)?;
    tables::coalitions(&folder, &game, &values)?;
    tables::solutions(&folder, &game, &found, &errors)?;
    if let Some(file) = &arguments.published {
        let text = std::fs::read(file).map_err(|error| Trouble::Fault(format!("{file}: {error}")))?;
        folder.write("inputs/published.csv", &text)?;
        tables::published(&folder, &game, &found, &published)?;
    }
    let material = plots::Divisions {
        scenario,
        states: &players,
        domains: domains.iter().map(|domain| scenario.domains[*domain].name.clone()).collect(),
        game: &game,
        found: &found,
        errors: &errors,
        published: &published,
        replications: session.replications,
    };
    plots::write_divisions(&material, &folder)?;
    let lead = lead::coalitions(&material, &column(game.all()), &session.figure_kinds());
    let path = session.conclude(folder, common, &hash, 0, &interrupted, ("coalitions", lead))?;
    match common.format {
        Format::Json => print_json(&session, &game, &values, &found, &path)?,
        Format::Text => {
            let title = format!(
                "{}\nWhat coalitions gain in {}: members carry out their joint plan, outsiders act alone; MUSD per year.\n",
                scenario.title,
                material.domains.join(", ")
            );
            let worths = words::worths(&game, &values);
            let beside = words::published(&game, &found, &published);
            terminal::print(&format!(
                "{title}\n{worths}\n\n{}{beside}{}\n{}",
                words::solutions(&game, &found, "MUSD/yr", 4),
                session.caution(),
                session.footer(&path)
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

fn dry_run(session: &Session, players: usize, common: &Common, hash: &str) -> Result<(), Trouble> {
    session::print_plan(
        common.format,
        &format!(
            "{} coalitions of {players} states on {} fates\nfolder: {}\n",
            (1u64 << players) - 1,
            session.replications,
            session.folder(common, hash).display(),
        ),
    )?;
    Ok(())
}
