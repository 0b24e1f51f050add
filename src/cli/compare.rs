//! `consortia compare`.

use super::run::summary_json;
use super::{Format, Printing, Trouble, json_number, terminal};
use crate::analysis::comparison::Difference;
use crate::experiment::measures::MEASURES;
use crate::output::tables;
use crate::report::comparison as words;
use crate::verbs::Fates;
use crate::verbs::compare::Request;
use crate::verbs::session::{Session, check_failures};
use clap::Args;

/// Arguments of `compare`.
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(flatten)]
    request: Request,
    #[command(flatten)]
    printing: Printing,
}

/// Compares designs on the same fates.
pub fn run(mut arguments: Arguments) -> Result<(), Trouble> {
    arguments.request.settings.command = std::env::args().collect();
    let (request, printing) = (&arguments.request, arguments.printing);
    let setup = request.setup()?;
    if printing.dry_run {
        return printing.forecast(&request.forecast(&setup)?);
    }
    let audience = printing.audience();
    let folder = setup.folder()?;
    let played = request.play(setup, &audience)?;
    let path = played.keep(folder, &audience)?;
    let Fates { session, summary, .. } = &played.fates;
    match printing.format {
        Format::Json => {
            let object = serde_json::json!({
                "scenario": session.loaded.scenario.name, "organisations": session.names, "seed": session.seed,
                "replications": session.replications, "folder": path.display().to_string(),
                "summary": summary_json(session, summary),
                "differences": played.differences.iter().map(|row| difference_json(session, row)).collect::<Vec<_>>(),
            });
            terminal::print(&format!("{object:#}\n"))?;
        }
        Format::Text => {
            let text = words::compare_text(&played.material());
            terminal::print(&format!("{text}{}\n{}", session.caution(), session.footer(&path)))?;
        }
    }
    let (failed, of) = played.fates.failed();
    check_failures(failed, of, &path)
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
