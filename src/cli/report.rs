//! `consortia report`.

use super::{VerbError, terminal};
use crate::output::RunFolder;
use crate::output::about::ABOUT;
use crate::report::page;
use crate::scenario::load;
use clap::Args;
use std::path::PathBuf;

/// Arguments of `report`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// A folder that run, compare, attribute, coalitions, sweep, sensitivity, discover or
    /// robustness has made.
    #[arg(required_unless_present = "questions")]
    folder: Option<PathBuf>,
    /// Play the ten questions about Central Asia and write a page for each (minutes), and one that
    /// leads to them.
    #[arg(long, conflicts_with = "folder")]
    questions: bool,
    /// Where the questions go.
    #[arg(long, value_name = "DIR", default_value = "output/questions", requires = "questions")]
    out: PathBuf,
    /// Replications of every question (default: as its page says).
    #[arg(long, value_name = "N", requires = "questions",
        value_parser = clap::value_parser!(u64).range(1..=100_000_000))]
    replications: Option<u64>,
}

/// Writes the page of a folder anew, or the pages of the questions.
pub fn run(arguments: &Arguments) -> Result<(), VerbError> {
    let Some(folder) = &arguments.folder else {
        return super::questions::run(&arguments.out, arguments.replications);
    };
    let refuse = |message: String, help: &str| load::refuse("folder", message, help.into());
    if !folder.is_dir() {
        let message = format!("{} is not a folder", folder.display());
        return Err(refuse(
            message,
            "name the folder that a run has made, such as output/central-asia-…",
        )
        .into());
    }
    for file in ["manifest.json", ABOUT] {
        if !folder.join(file).is_file() {
            let message = format!("{} holds no {file}", folder.display());
            let help = if file == ABOUT && folder.join("manifest.json").is_file() {
                "an earlier version made this folder: run the command in its manifest.json again"
            } else {
                "name the folder of a finished run, comparison, sweep or analysis"
            };
            return Err(refuse(message, help).into());
        }
    }
    page::write(&RunFolder::within(folder.clone()))?;
    terminal::print(&format!("{}\n", folder.join(page::PAGE).display()))?;
    Ok(())
}
