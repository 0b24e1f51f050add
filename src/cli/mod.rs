//! The command line: one file per verb. Only this module prints; the work of a verb is in `verbs`.

mod attribute;
mod coalitions;
mod compare;
mod completions;
mod discover;
mod game;
mod list;
mod merge;
mod new;
mod power;
mod questions;
mod replications;
mod report;
mod robustness;
mod run;
mod schema;
mod sensitivity;
mod show;
mod status;
mod sweep;
mod terminal;
mod validate;

use crate::verbs::VerbError;
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::process::ExitCode;
use terminal::TerminalObserver;

/// Simulate how states make, keep or break deals, and compare designs of their organisations.
#[derive(Debug, Parser)]
#[command(name = "consortia", version, arg_required_else_help = true, max_term_width = 100)]
pub struct Cli {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// List built-in scenarios, organisations and sweeps.
    List(list::Arguments),
    /// Show a scenario, organisation or sweep, with its sources.
    Show(show::Arguments),
    /// Write a commented scenario to start from.
    New(new::Arguments),
    /// Check files and report every mistake with its line and a remedy.
    Validate(validate::Arguments),
    /// Simulate one organisation.
    Run(run::Arguments),
    /// Compare organisations, paired on the same random draws.
    Compare(compare::Arguments),
    /// Attribute the difference between two organisations to their switches.
    Attribute(attribute::Arguments),
    /// Compute the value of every coalition of states, with solutions and propensities to disrupt.
    Coalitions(coalitions::Arguments),
    /// Solve a cooperative game given as a table of coalition values.
    Game(game::Arguments),
    /// Simulate designs at many points of a parameter space.
    Sweep(sweep::Arguments),
    /// Merge the parts of a sweep from several machines.
    Merge(merge::Arguments),
    /// Show the state of a sweep or run folder, and how to resume a sweep.
    Status(status::Arguments),
    /// Compute Sobol' or Morris indices of a finished sweep.
    Sensitivity(sensitivity::Arguments),
    /// Find boxes of parameters in which a measure exceeds a threshold.
    Discover(discover::Arguments),
    /// Compute the number of replications needed for a precision or a power.
    Replications(replications::Arguments),
    /// Rank designs by criteria of robust choice over a finished sweep.
    Robustness(robustness::Arguments),
    /// Write the offline report page of a folder again.
    Report(report::Arguments),
    /// Compute voting power in a body of weighted votes.
    Power(power::Arguments),
    /// Print the JSON Schema of a kind of file.
    Schema(schema::Arguments),
    /// Print completions for a shell.
    Completions(completions::Arguments),
}

/// Output format of results.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum Format {
    /// Tables as text.
    #[default]
    Text,
    /// One JSON object.
    Json,
}

/// Output options of verbs that simulate.
#[derive(Debug, Clone, Copy, Args)]
pub struct Printing {
    /// Output format.
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
    /// Do not show progress.
    #[arg(long)]
    pub quiet: bool,
    /// Print the size of the run and an estimate of its cost, without running it.
    #[arg(long)]
    pub dry_run: bool,
}

impl Printing {
    /// Returns the progress observer of the terminal.
    fn observer(self) -> TerminalObserver {
        TerminalObserver::new(self.quiet)
    }

    /// Prints the size and cost of a run, as text or as one JSON object.
    fn forecast(self, text: &str) -> Result<(), VerbError> {
        match self.format {
            Format::Text => terminal::print(text)?,
            Format::Json => {
                let lines: Vec<&str> = text.lines().collect();
                terminal::print(&format!("{:#}\n", serde_json::json!({ "dry_run": lines })))?;
            }
        }
        Ok(())
    }
}

/// A number as JSON; null if it is not finite.
fn json_number(x: f64) -> serde_json::Value {
    if x.is_finite() { x.into() } else { serde_json::Value::Null }
}

impl From<std::io::Error> for VerbError {
    fn from(error: std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::BrokenPipe => VerbError::ClosedPipe,
            _ => VerbError::Fault(format!("cannot write to standard output: {error}")),
        }
    }
}

/// Parses the command line, runs the verb and returns the exit code: 0 for success, 1 if runs
/// failed, 2 for invalid input, 3 if interrupted, 4 for faults.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let done = match cli.verb {
        Verb::List(arguments) => list::run(&arguments),
        Verb::Show(arguments) => show::run(&arguments),
        Verb::New(arguments) => new::run(&arguments),
        Verb::Validate(arguments) => validate::run(&arguments),
        Verb::Run(arguments) => run::run(arguments),
        Verb::Compare(arguments) => compare::run(arguments),
        Verb::Attribute(arguments) => attribute::run(arguments),
        Verb::Coalitions(arguments) => coalitions::run(arguments),
        Verb::Game(arguments) => game::run(&arguments),
        Verb::Sweep(arguments) => sweep::run(arguments),
        Verb::Merge(arguments) => merge::run(arguments),
        Verb::Status(arguments) => status::run(&arguments),
        Verb::Sensitivity(arguments) => sensitivity::run(arguments),
        Verb::Discover(arguments) => discover::run(arguments),
        Verb::Robustness(arguments) => robustness::run(&arguments),
        Verb::Replications(arguments) => replications::run(&arguments),
        Verb::Report(arguments) => report::run(&arguments),
        Verb::Power(arguments) => power::run(&arguments),
        Verb::Schema(arguments) => schema::run(&arguments),
        Verb::Completions(arguments) => completions::run(&arguments),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(VerbError::ClosedPipe) => {
            terminal::print_message(
                "standard output was closed; what was written to files is complete",
            );
            ExitCode::SUCCESS
        }
        Err(VerbError::SomeFailed(message)) => {
            terminal::print_message(&message);
            ExitCode::from(1)
        }
        Err(VerbError::Input(diagnostics)) => {
            terminal::report(&diagnostics);
            ExitCode::from(2)
        }
        Err(VerbError::Interrupted(message)) => {
            terminal::print_message(&message);
            ExitCode::from(3)
        }
        Err(VerbError::Fault(message)) => {
            terminal::print_message(&message);
            ExitCode::from(4)
        }
    }
}
