//! `consortia run`.

use super::session::{self, Played, Session, Until, check_failures, json_number, play_until};
use super::telling::{check_trace, tell};
use super::{Common, Format, Trouble, terminal};
use crate::analysis::{Summary, river};
use crate::experiment::RunPlan;
use crate::experiment::measures::{MEASURES, columns};
use crate::output::{RunFolder, tables};
use crate::report::{lead, plots, terminal as tables_for_people};
use crate::scenario::load;
use clap::Args;
use std::path::Path;

/// Arguments of `run`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// A file, a folder with scenario.toml, or a built-in name.
    scenario: String,
    /// Organisation: a file or a built-in name (default: the scenario's).
    #[arg(long, value_name = "NAME|FILE")]
    org: Option<String>,
    /// The replication whose every event goes to trace.csv and into the page (default: one of median gain).
    #[arg(long, value_name = "R")]
    trace: Option<u64>,
    #[command(flatten)]
    until: Until,
    #[command(flatten)]
    common: Common,
}

/// Runs one organisation on many fates and writes the run folder.
pub fn run(arguments: &Arguments) -> Result<(), Trouble> {
    let common = &arguments.common;
    let organisations: Vec<String> = arguments.org.iter().cloned().collect();
    let mut session = Session::load(&arguments.scenario, &organisations, common)?;
    arguments.until.most(&mut session, common);
    check_trace(arguments.trace, session.replications)?;
    let hash = session.hash("run", &format!("{:?}{}", arguments.trace, arguments.until.hashed()));
    // The reference without an organisation runs along, for the pictures that show what cooperation changes.
    let reference = load::design("none", &session.loaded.scenario, &[])?.design;
    let alone = session.names[0] == reference.name;
    let engine = session.engine(if alone { Vec::new() } else { vec![reference] });
    if common.dry_run {
        return dry_run(&session, &engine, arguments, &hash);
    }
    let interrupted = session::interruptible();
    let folder = RunFolder::start(session.folder(common, &hash), &hash)?;
    let scenario = &engine.scenario;
    let mut rows = tables::Replications::open(&folder, scenario, &session.names)?;
    let plan = RunPlan { replications: session.replications, threads: common.threads };
    let watched = arguments.until.watch(1)?;
    let (Played { summary, years, mut failures }, count) =
        play_until(&engine, plan, watched, &interrupted, common.quiet, |outcome| match outcome.result {
            Ok((row, _)) if outcome.design == 0 => rows.add(outcome.replication, 0, row),
            _ => Ok(()),
        })?;
    session.replications = count;
    rows.close()?;
    failures.retain(|failure| failure.design == 0);
    let mut names = session.names.clone();
    if !alone {
        names.push("none".into());
    }
    tables::summary(&folder, scenario, &session.names, &summary)?;
    tables::years(&folder, scenario, &names, &years)?;
    tables::distributions(&folder, scenario, &session.names, &summary)?;
    tables::dictionary_with(&folder, &river::definitions())?;
    tables::failures(&folder, &session.names, &failures)?;
    tell(&folder, &engine, &session.names, arguments.trace, (&summary, "gain"), session.replications)?;
    let material = plots::Material {
        scenario,
        name: &session.names[0],
        founders: session.designs[0].design.members,
        summary: &summary,
        years: &years,
        reference: names.len() - 1,
    };
    plots::write(&material, &folder)?;
    let failed = failures.len() as u64;
    let lead = lead::run(&material, &session.figure_kinds());
    let path = session.conclude(folder, common, &hash, failed, &interrupted, ("run", lead))?;
    print_result(&session, &summary, &path, common.format)?;
    check_failures(failed, session.replications, &path)
}

fn print_result(session: &Session, summary: &Summary, path: &Path, format: Format) -> Result<(), Trouble> {
    let scenario = &session.loaded.scenario;
    match format {
        Format::Json => {
            let object = serde_json::json!({
                "scenario": scenario.name, "organisation": session.names[0], "seed": session.seed,
                "replications": session.replications, "folder": path.display().to_string(),
                "summary": summary_json(session, summary),
            });
            terminal::print(&format!("{object:#}\n"))?;
        }
        Format::Text => {
            let title = format!("{}\n{} — {}\n", scenario.title, session.names[0], session.designs[0].design.title);
            let table = tables_for_people::run_table(scenario, summary, 0, &title);
            terminal::print(&format!(
                "{table}\n{}{}\n{}",
                tables_for_people::verdict(summary, 0),
                session.caution(),
                session.footer(path)
            ))?;
        }
    }
    Ok(())
}

/// The rows of `summary.csv` as JSON.
pub fn summary_json(session: &Session, summary: &Summary) -> Vec<serde_json::Value> {
    let scenario = &session.loaded.scenario;
    let rows = (0..session.names.len()).flat_map(|design| summary.rows(design, scenario.states.len()));
    rows.map(|row| {
        let (definition, s) = (&MEASURES[row.measure], row.statistic);
        let value = json_number;
        serde_json::json!({
            "organisation": session.names[row.design], "measure": definition.id,
            "state": tables::state_id(scenario, row.state), "unit": definition.unit,
            "mean": value(s.mean), "se": value(s.se), "sd": value(s.sd),
            "p05": value(s.percentiles[0]), "p25": value(s.percentiles[1]), "p50": value(s.percentiles[2]),
            "p75": value(s.percentiles[3]), "p95": value(s.percentiles[4]), "n": s.n,
        })
    })
    .collect()
}

/// Counts, memory and time: measured on a few fates.
fn dry_run(
    session: &Session,
    engine: &crate::simulation::Engine,
    arguments: &Arguments,
    hash: &str,
) -> Result<(), Trouble> {
    let threads = session::threads(arguments.common.threads);
    let columns = columns(session.loaded.scenario.states.len()).len() as u64;
    let kept = session.replications * columns * 8 * engine.designs.len() as u64;
    let disk = session.replications * columns * 18;
    session::print_plan(
        arguments.common.format,
        &format!(
            "{} fates of {} years, organisation {}{}\nabout {:.1} s on {threads} threads, {:.0} MB of memory for results, {:.0} MB on disk\nfolder: {}\n",
            session.replications,
            session.loaded.scenario.horizon,
            session.names[0],
            if engine.designs.len() > 1 { " and the reference without one" } else { "" },
            session::pilot_seconds(engine, session.replications)? / threads as f64,
            kept as f64 / 1e6,
            disk as f64 / 1e6,
            session.folder(&arguments.common, hash).display(),
        ),
    )?;
    Ok(())
}
