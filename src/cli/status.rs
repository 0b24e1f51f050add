//! Command line of `consortia status`: options and output. The folder is examined in
//! `verbs::status`.

use super::{Format, VerbError, terminal};
use crate::verbs::status::{Request, Status, SweepStatus, status};
use clap::Args;

/// Arguments of `status`.
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(flatten)]
    request: Request,
    /// Output format.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// Prints what is done, failed and missing, and the command that resumes a sweep.
pub fn run(arguments: &Arguments) -> Result<(), VerbError> {
    let found = status(&arguments.request)?;
    match (arguments.format, &found) {
        (Format::Json, found) => terminal::print(&format!("{:#}\n", found.json()))?,
        (Format::Text, Status::Sweep(found)) => terminal::print(&text(found))?,
        (Format::Text, Status::Run(manifest)) => terminal::print(&format!(
            "a run of {}: complete; {} runs done, {} failed\n",
            manifest["scenario"].as_str().unwrap_or("?"),
            manifest["done"],
            manifest["failed"]
        ))?,
    }
    Ok(())
}

fn text(found: &SweepStatus) -> String {
    let SweepStatus { record, state, done, left, rows, failed, findings, how_to_resume } = found;
    let part = record.part();
    let of =
        if part.of > 1 { format!(", part {} of {}", part.part, part.of) } else { String::new() };
    let mut text = format!(
        "{} — {}{of}: {state}\n{}, seed {}\n{} shards done, {} missing{}; {rows} runs kept, \
         {failed} of them failed\n",
        record.name,
        record.title,
        record.extent(),
        record.seed,
        done,
        left,
        if record.stop.is_some() && *left > 0 { " in this block" } else { "" },
    );
    for finding in findings {
        text.push_str(&format!("found: {finding}\n"));
    }
    if !how_to_resume.is_empty() {
        text.push_str(&format!("go on with: {how_to_resume}\n"));
    }
    text
}
