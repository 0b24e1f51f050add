//! `consortia compare`.

use super::run::summary_json;
use super::session::{self, Played, Session, Until, check_failures, json_number, measure, play, play_until};
use super::telling::{check_trace, tell};
use super::{Common, Format, Trouble, terminal};
use crate::analysis::band::{self, Band, Setting};
use crate::analysis::comparison::{self, Difference};
use crate::analysis::river;
use crate::experiment::RunPlan;
use crate::experiment::measures::{MEASURES, columns};
use crate::output::{RunFolder, comparisons, tables};
use crate::report::{comparison as words, lead, plots};
use crate::scenario::load;
use crate::simulation::Engine;
use clap::Args;
use std::sync::atomic::AtomicBool;

/// Arguments of `compare`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// A file, a folder with scenario.toml, or a built-in name.
    scenario: String,
    /// Organisations, separated by commas: files or built-in names, each with changes of its own as
    /// NAME@path=value. Repeatable.
    #[arg(long, value_name = "A,B,…", required = true)]
    org: Vec<String>,
    /// Measure of the region by which designs are ranked.
    #[arg(long, value_name = "MEASURE", default_value = "gain")]
    by: String,
    /// Leave the band of behavioural precision λ out.
    #[arg(long)]
    no_band: bool,
    /// Also rank under other structural choices: bargaining rule, rungs, standing or yearly decisions, commercial fuel.
    #[arg(long)]
    structure: bool,
    /// The replication whose every event under each organisation goes to trace.csv and into the page (default: one in
    /// which the first organisation has its median).
    #[arg(long, value_name = "R")]
    trace: Option<u64>,
    #[command(flatten)]
    until: Until,
    #[command(flatten)]
    common: Common,
}

/// Splits a list at commas that stand outside brackets and quotes.
pub fn list(texts: &[String]) -> Vec<String> {
    let mut items = Vec::new();
    for text in texts {
        let (mut depth, mut quoted, mut item) = (0i32, false, String::new());
        for c in text.chars() {
            match c {
                '"' => quoted = !quoted,
                '{' | '[' if !quoted => depth += 1,
                '}' | ']' if !quoted => depth -= 1,
                _ => {}
            }
            if c == ',' && depth == 0 && !quoted {
                items.push(std::mem::take(&mut item));
            } else {
                item.push(c);
            }
        }
        items.push(item);
    }
    items.into_iter().map(|item| item.trim().to_string()).filter(|item| !item.is_empty()).collect()
}

/// Compares designs on the same fates.
pub fn run(arguments: &Arguments) -> Result<(), Trouble> {
    let common = &arguments.common;
    let by = measure(&arguments.by)?;
    let organisations = list(&arguments.org);
    if organisations.len() < 2 {
        let help = "name two organisations or more: --org caco-2002,ucas-2007".to_string();
        return Err(load::refuse("org", "one organisation cannot be compared".into(), help).into());
    }
    let mut session = Session::load(&arguments.scenario, &organisations, common)?;
    arguments.until.most(&mut session, common);
    check_trace(arguments.trace, session.replications)?;
    let until = arguments.until.hashed();
    let Arguments { by: measured, no_band, structure, trace, .. } = arguments;
    let options = format!("{measured} {no_band} {structure} {trace:?}{until}");
    let hash = session.hash("compare", &options);
    let engine = session.engine(Vec::new());
    if common.dry_run {
        return dry_run(&session, &engine, arguments, &hash);
    }
    let interrupted = session::interruptible();
    let folder = RunFolder::start(session.folder(common, &hash), &hash)?;
    let scenario = &engine.scenario;
    let states = scenario.states.len();
    let mut rows = tables::Replications::open(&folder, scenario, &session.names)?;
    let plan = RunPlan { replications: session.replications, threads: common.threads };
    let watched = arguments.until.watch(session.names.len())?;
    let (Played { summary, years, failures }, count) =
        play_until(&engine, plan, watched, &interrupted, common.quiet, |outcome| match outcome.result {
            Ok((row, _)) => rows.add(outcome.replication, outcome.design, row),
            Err(_) => Ok(()),
        })?;
    session.replications = count;
    rows.close()?;
    let designs = session.names.len();
    let differences = comparison::differences(&summary, designs, states);
    let ranking = comparison::ranking(&summary, designs, by);
    let lambda = if arguments.no_band {
        None
    } else {
        Some(rank_under(&session, &band::lambdas(), by, common.threads, &interrupted)?)
    };
    let structure = if arguments.structure {
        Some(rank_under(&session, &band::structures(), by, common.threads, &interrupted)?)
    } else {
        None
    };
    tables::summary(&folder, scenario, &session.names, &summary)?;
    tables::years(&folder, scenario, &session.names, &years)?;
    tables::distributions(&folder, scenario, &session.names, &summary)?;
    tables::dictionary_with(&folder, &river::definitions())?;
    tables::failures(&folder, &session.names, &failures)?;
    comparisons::differences(&folder, scenario, &session.names, &differences)?;
    comparisons::ranking(&folder, &session.names, by, &ranking)?;
    for (file, band) in [("lambda_band.csv", &lambda), ("structure_band.csv", &structure)] {
        if let Some(band) = band {
            comparisons::band(&folder, file, &session.names, by, band)?;
        }
    }
    let material = plots::Contest {
        scenario,
        names: &session.names,
        by,
        summary: &summary,
        years: &years,
        ranking: &ranking,
        lambda: lambda.as_ref(),
        structure: structure.as_ref(),
    };
    plots::write_contest(&material, &folder)?;
    let watched = (&summary, MEASURES[by].id);
    tell(&folder, &engine, &session.names, arguments.trace, watched, session.replications)?;
    let failed = failures.len() as u64;
    let lead = lead::comparison(&material, &session.figure_kinds());
    let path = session.conclude(folder, common, &hash, failed, &interrupted, ("compare", lead))?;
    match common.format {
        Format::Json => {
            let object = serde_json::json!({
                "scenario": scenario.name, "organisations": session.names, "seed": session.seed,
                "replications": session.replications, "folder": path.display().to_string(),
                "summary": summary_json(&session, &summary),
                "differences": differences.iter().map(|row| difference_json(&session, row)).collect::<Vec<_>>(),
            });
            terminal::print(&format!("{object:#}\n"))?;
        }
        Format::Text => {
            let text = words::compare_text(&material);
            terminal::print(&format!("{text}{}\n{}", session.caution(), session.footer(&path)))?;
        }
    }
    check_failures(failed, session.replications * designs as u64, &path)
}

fn difference_json(session: &Session, row: &Difference) -> serde_json::Value {
    let definition = &MEASURES[row.measure];
    let (low, high) = row.interval();
    let value = json_number;
    serde_json::json!({
        "measure": definition.id, "state": tables::state_id(&session.loaded.scenario, row.state),
        "unit": definition.unit, "a": session.names[row.a], "b": session.names[row.b],
        "mean": value(row.paired.mean), "se": value(row.paired.se), "ci_low": value(low), "ci_high": value(high),
        "d_z": value(row.paired.d_z), "p_a_better": value(row.p_a_better()), "n": row.paired.n,
    })
}

/// The ranking under other settings, on fewer fates.
fn rank_under(
    session: &Session,
    settings: &[Setting],
    by: usize,
    threads: usize,
    interrupted: &AtomicBool,
) -> Result<Band, Trouble> {
    let replications = band::replications(session.replications);
    let mut rankings = Vec::new();
    for setting in settings {
        let (mut scenario, mut designs) =
            (session.loaded.scenario.clone(), session.designs.iter().map(|d| d.design.clone()).collect::<Vec<_>>());
        setting.apply(&mut scenario, &mut designs);
        let engine = Engine::new(scenario, designs, session.seed);
        let played = play(&engine, RunPlan { replications, threads }, interrupted, true, |_| Ok(()))?;
        rankings.push((setting.clone(), comparison::ranking(&played.summary, session.names.len(), by)));
    }
    Ok(Band { replications, rankings })
}

/// Counts, memory and time: measured on a few fates.
fn dry_run(session: &Session, engine: &Engine, arguments: &Arguments, hash: &str) -> Result<(), Trouble> {
    let threads = session::threads(arguments.common.threads);
    let main = session::pilot_seconds(engine, session.replications)? / threads as f64;
    let part = band::replications(session.replications) as f64 / session.replications as f64;
    let settings = if arguments.no_band { 0 } else { band::lambdas().len() }
        + if arguments.structure { band::structures().len() } else { 0 };
    let cells = session.replications * columns(session.loaded.scenario.states.len()).len() as u64;
    let cells = cells * session.names.len() as u64;
    session::print_plan(
        arguments.common.format,
        &format!(
            "{} fates of {} years, organisations {}\nabout {:.1} s on {threads} threads, bands included, {:.0} MB of memory for results, {:.0} MB on disk\nfolder: {}\n",
            session.replications,
            session.loaded.scenario.horizon,
            session.names.join(", "),
            main * (1.0 + part * settings as f64),
            cells as f64 * 8.0 / 1e6,
            cells as f64 * 18.0 / 1e6,
            session.folder(&arguments.common, hash).display(),
        ),
    )?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::list;

    #[test]
    fn lists_are_split_at_commas_outside_brackets() {
        let texts = ["a,b@sanctions.fine={multiple=1.5, x=2}".to_string(), "c".to_string()];
        assert_eq!(list(&texts), ["a", "b@sanctions.fine={multiple=1.5, x=2}", "c"]);
    }
}
