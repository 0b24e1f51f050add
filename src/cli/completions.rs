//! Command line of `consortia completions`.

use super::{Cli, VerbError, terminal};
use clap::{Args, CommandFactory};
use clap_complete::Shell;

/// Arguments of `completions`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Shell to complete for.
    shell: Shell,
}

/// Prints a completion script.
pub fn run(arguments: &Arguments) -> Result<(), VerbError> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut Cli::command(), "consortia", &mut script);
    Ok(terminal::print(&String::from_utf8_lossy(&script))?)
}
