//! Command line of `consortia report`: writes the page of a finished folder again. Simulates only
//! with `--questions`.

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
    /// Folder made by run, compare, attribute, coalitions, sweep, sensitivity, discover or
    /// robustness.
    #[arg(required_unless_present = "questions")]
    folder: Option<PathBuf>,
    /// Answer the questions about Central Asia, with a page for each and an index page (takes
    /// minutes).
    #[arg(long, conflicts_with = "folder")]
    questions: bool,
    /// Folder for the pages of the questions.
    #[arg(long, value_name = "DIR", default_value = "output/questions", requires = "questions")]
    out: PathBuf,
    /// Number of replications of every question (default: that of the question).
    #[arg(long, value_name = "N", requires = "questions",
        value_parser = clap::value_parser!(u64).range(1..=100_000_000))]
    replications: Option<u64>,
}

/// Writes the page of a folder again, or the pages of the questions. Fails if the folder is not
/// that of a finished run, sweep or analysis.
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
