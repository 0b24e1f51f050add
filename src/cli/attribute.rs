//! `consortia attribute`.

use super::session::{self, Session, check_failures, json_number, measure, play_rows};
use super::{Common, Format, Trouble, terminal};
use crate::analysis::attribution::{Agenda, EXACT, Part};
use crate::experiment::RunPlan;
use crate::experiment::measures::{MEASURES, columns};
use crate::numeric::Running;
use crate::output::{RunFolder, comparisons, tables};
use crate::report::{attribution as words, lead, plots};
use crate::scenario::hybrid::{self, Transition};
use crate::scenario::load;
use crate::simulation::Engine;
use clap::Args;

/// Replication-designs that are played at most, and fates at least, where the command line does not say how many.
const MOST_PLAYED: u64 = 500_000;
const LEAST_FATES: u64 = 200;

/// Arguments of `attribute`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// A file, a folder with scenario.toml, or a built-in name.
    scenario: String,
    /// The organisation to start from: a file or a built-in name, with changes as NAME@path=value.
    #[arg(long, value_name = "A")]
    from: String,
    /// The organisation to arrive at.
    #[arg(long, value_name = "B")]
    to: String,
    /// Measure of the region that the table and the figure show.
    #[arg(long, value_name = "MEASURE", default_value = "gain")]
    by: String,
    #[command(flatten)]
    common: Common,
}

/// Takes the difference between two designs apart.
pub fn run(arguments: &Arguments) -> Result<(), Trouble> {
    let common = &arguments.common;
    let by = measure(&arguments.by)?;
    let mut session = Session::load(&arguments.scenario, &[arguments.from.clone(), arguments.to.clone()], common)?;
    let (loaded, designs) = (session.loaded.clone(), session.designs.clone());
    let scenario = &loaded.scenario;
    let transition = Transition::new(scenario, &designs[0], &designs[1]);
    let count = transition.switches.len();
    if count == 0 || count > hybrid::MOST {
        let (message, help) = if count == 0 {
            ("the two organisations differ in nothing but their names", "name two that differ")
        } else {
            ("the two organisations differ in more than 63 switches", "name two that are closer")
        };
        return Err(load::refuse("attribute", message.into(), help.into()).into());
    }
    let agenda = Agenda::new(count, session.seed);
    if common.replications.is_none() {
        // Many designs: fewer fates, unless they are asked for.
        session.replications = session.replications.min((MOST_PLAYED / agenda.sets.len() as u64).max(LEAST_FATES));
    }
    let designs = agenda.sets.iter().map(|&set| transition.design(set)).collect::<Result<Vec<_>, _>>()?;
    let engine = Engine::new(scenario.clone(), designs, session.seed);
    let hash = session.hash("attribute", &arguments.by);
    if common.dry_run {
        let threads = session::threads(common.threads);
        session::print_plan(
            common.format,
            &format!(
                "{count} switches, {} designs between {} and {}{}, {} fates\nabout {:.1} s on {threads} threads\nfolder: {}\n",
                agenda.sets.len(),
                session.names[0],
                session.names[1],
                if agenda.is_exact() { "" } else { " (orders sampled)" },
                session.replications,
                session::pilot_seconds(&engine, session.replications)? / threads as f64,
                session.folder(common, &hash).display(),
            ),
        )?;
        return Ok(());
    }
    let interrupted = session::interruptible();
    let folder = RunFolder::start(session.folder(common, &hash), &hash)?;
    let all = columns(scenario.states.len());
    let formulas = agenda.prepare();
    // Results by column: Shapley values, then the whole; and the same stepwise; and mean values of the sets.
    let mut shapley = vec![vec![Running::default(); count + 1]; all.len()];
    let mut stepwise = vec![vec![Running::default(); count + 1]; all.len()];
    let mut sets = vec![vec![Running::default(); agenda.sets.len()]; all.len()];
    let mut rows: Vec<Vec<f64>> = Vec::new();
    let mut failed = 0u64;
    let plan = RunPlan { replications: session.replications, threads: common.threads };
    play_rows(&engine, plan, &interrupted, common.quiet, |outcome| {
        rows.push(outcome.result.map_or_else(|_| Vec::new(), |(row, _)| row.to_vec()));
        if rows.len() < agenda.sets.len() {
            return Ok(());
        }
        // All sets of this replication are played.
        if rows.iter().any(Vec::is_empty) {
            failed += 1;
        } else {
            for column in 0..all.len() {
                let values: Vec<f64> = rows.iter().map(|row| row[column]).collect();
                let whole = formulas.whole(&values);
                for (running, x) in shapley[column].iter_mut().zip(formulas.shapley(&values).into_iter().chain([whole]))
                {
                    running.add(x);
                }
                for (running, x) in
                    stepwise[column].iter_mut().zip(formulas.stepwise(&values).into_iter().chain([whole]))
                {
                    running.add(x);
                }
                for (running, x) in sets[column].iter_mut().zip(values) {
                    running.add(x);
                }
            }
        }
        rows.clear();
        Ok(())
    })?;
    let mut parts = Vec::new();
    for (at, column) in all.iter().enumerate() {
        let means: Vec<f64> = sets[at].iter().map(Running::mean).collect();
        let sampling = formulas.sampling_errors(&means);
        for switch in 0..=count {
            parts.push(Part {
                column: *column,
                switch,
                stepwise: stepwise[at][switch].mean(),
                shapley: shapley[at][switch].mean(),
                se: shapley[at][switch].se().hypot(sampling.get(switch).copied().unwrap_or(0.0)),
            });
        }
    }
    let attribution = words::Attribution {
        scenario,
        names: &session.names,
        switches: &transition.switches,
        by,
        exact: agenda.is_exact(),
        parts: &parts,
        replications: session.replications,
    };
    tables::dictionary(&folder)?;
    comparisons::attribution(&folder, scenario, &transition.switches, &session.names, &parts)?;
    plots::write_attribution(&attribution, &folder)?;
    let lead = lead::attribution(&attribution, &session.figure_kinds());
    let path = session.conclude(folder, common, &hash, failed, &interrupted, ("attribute", lead))?;
    match common.format {
        Format::Json => {
            let rows: Vec<serde_json::Value> = parts
                .iter()
                .map(|part| {
                    serde_json::json!({
                        "measure": MEASURES[part.column.measure].id,
                        "state": tables::state_id(scenario, part.column.state),
                        "switch": attribution.switch_name(part.switch),
                        "stepwise": json_number(part.stepwise), "shapley": json_number(part.shapley),
                        "se": json_number(part.se),
                    })
                })
                .collect();
            let object = serde_json::json!({
                "scenario": scenario.name, "from": session.names[0], "to": session.names[1], "seed": session.seed,
                "replications": session.replications, "exact": agenda.is_exact(),
                "folder": path.display().to_string(), "attribution": rows,
            });
            terminal::print(&format!("{object:#}\n"))?;
        }
        Format::Text => {
            let how = if agenda.is_exact() {
                format!("all {} designs between the two", agenda.sets.len())
            } else {
                format!("{} designs in sampled orders, as there are more than {EXACT} switches", agenda.sets.len())
            };
            terminal::print(&format!(
                "{}\nShapley values over {how}; {}",
                words::attribution_text(&attribution),
                session.footer(&path)
            ))?;
        }
    }
    check_failures(failed, session.replications, &path)
}
