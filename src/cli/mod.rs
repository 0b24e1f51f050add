//! The command line: one file per verb. The only room that prints.

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
mod session;
mod show;
mod status;
mod study;
mod sweep;
mod telling;
mod terminal;
mod validate;

use crate::output::FolderError;
use crate::scenario::diagnostics::Diagnostics;
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;
use std::process::ExitCode;

/// Simulator of regional cooperation: which design of an organisation gets deals made, kept and worth having.
#[derive(Debug, Parser)]
#[command(name = "consortia", version, arg_required_else_help = true, max_term_width = 100)]
pub struct Cli {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Built-in scenarios, organisations and sweeps, one line each.
    List(list::Arguments),
    /// One of them, with its sources.
    Show(show::Arguments),
    /// A commented scenario to start from.
    New(new::Arguments),
    /// Every mistake of every file, with line and remedy.
    Validate(validate::Arguments),
    /// Monte Carlo of one organisation.
    Run(run::Arguments),
    /// Paired comparison of organisations on the same fates.
    Compare(compare::Arguments),
    /// Which switch makes the difference between two organisations.
    Attribute(attribute::Arguments),
    /// Worth of every coalition of states, solutions, who would disrupt.
    Coalitions(coalitions::Arguments),
    /// Solutions of a cooperative game given as coalition,value.
    Game(game::Arguments),
    /// Designs at many points of a parameter space.
    Sweep(sweep::Arguments),
    /// Puts the parts of a sweep together that several machines have played.
    Merge(merge::Arguments),
    /// How far a sweep is, and how to go on.
    Status(status::Arguments),
    /// What decides a result: Sobol' or Morris indices of a finished sweep.
    Sensitivity(sensitivity::Arguments),
    /// Boxes in the space of parameters: where does a measure exceed a threshold?
    Discover(discover::Arguments),
    /// How many replications a statement needs.
    Replications(replications::Arguments),
    /// Which design is safe when nobody knows the parameters.
    Robustness(robustness::Arguments),
    /// One offline page of a folder's results.
    Report(report::Arguments),
    /// Voting power of a body of weighted votes.
    Power(power::Arguments),
    /// JSON Schema of the files.
    Schema(schema::Arguments),
    /// Completions for a shell.
    Completions(completions::Arguments),
}

/// How results are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum Format {
    /// Tables for people.
    #[default]
    Text,
    /// One JSON object.
    Json,
}

/// Options that all running verbs share.
#[derive(Debug, Clone, Args)]
pub struct Common {
    /// Number of fates (default: the scenario's).
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=100_000_000))]
    pub replications: Option<u64>,
    /// Master seed (default: the scenario's).
    #[arg(long, value_name = "S")]
    pub seed: Option<u64>,
    /// Threads (default: all processors).
    #[arg(long, value_name = "T", default_value_t = 0, hide_default_value = true, value_parser = threads)]
    pub threads: usize,
    /// Run folder (default: output/SCENARIO-HASH of the inputs).
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Override a value: path.to.key=value; organisation.… for the organisation. Repeatable.
    #[arg(long = "set", value_name = "PATH=VALUE")]
    pub overrides: Vec<String>,
    /// Output format.
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
    /// No progress.
    #[arg(long)]
    pub quiet: bool,
    /// Say how much there is to run and what it takes, and stop.
    #[arg(long)]
    pub dry_run: bool,
}

fn threads(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(threads) if threads <= 1024 => Ok(threads),
        _ => Err("give a number of threads up to 1024; 0 stands for all processors".into()),
    }
}

/// What a verb comes to if it does not succeed.
#[derive(Debug)]
pub enum Trouble {
    /// Bad input: exit code 2.
    Input(Box<Diagnostics>),
    /// Some runs failed, the rest is kept: exit code 1.
    SomeFailed,
    /// Interrupted: exit code 3.
    Interrupted(String),
    /// Internal fault or I/O: exit code 4.
    Fault(String),
    /// Standard output was closed before everything was printed; the work is done.
    ClosedPipe,
}

impl From<Diagnostics> for Trouble {
    fn from(diagnostics: Diagnostics) -> Self {
        Trouble::Input(Box::new(diagnostics))
    }
}

impl From<FolderError> for Trouble {
    fn from(error: FolderError) -> Self {
        match error {
            FolderError::Foreign(_) => {
                let mut diagnostics = Diagnostics::default();
                diagnostics.push(crate::scenario::diagnostics::Diagnostic::new("out", error.to_string()));
                diagnostics.into()
            }
            other => Trouble::Fault(other.to_string()),
        }
    }
}

impl From<std::io::Error> for Trouble {
    fn from(error: std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::BrokenPipe => Trouble::ClosedPipe,
            _ => Trouble::Fault(format!("cannot write to standard output: {error}")),
        }
    }
}

/// Parses, runs the verb, and turns what came of it into an exit code.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let done = match cli.verb {
        Verb::List(arguments) => list::run(&arguments),
        Verb::Show(arguments) => show::run(&arguments),
        Verb::New(arguments) => new::run(&arguments),
        Verb::Validate(arguments) => validate::run(&arguments),
        Verb::Run(arguments) => run::run(&arguments),
        Verb::Compare(arguments) => compare::run(&arguments),
        Verb::Attribute(arguments) => attribute::run(&arguments),
        Verb::Coalitions(arguments) => coalitions::run(&arguments),
        Verb::Game(arguments) => game::run(&arguments),
        Verb::Sweep(arguments) => sweep::run(&arguments),
        Verb::Merge(arguments) => merge::run(&arguments),
        Verb::Status(arguments) => status::run(&arguments),
        Verb::Sensitivity(arguments) => sensitivity::run(&arguments),
        Verb::Discover(arguments) => discover::run(&arguments),
        Verb::Robustness(arguments) => robustness::run(&arguments),
        Verb::Replications(arguments) => replications::run(&arguments),
        Verb::Report(arguments) => report::run(&arguments),
        Verb::Power(arguments) => power::run(&arguments),
        Verb::Schema(arguments) => schema::run(&arguments),
        Verb::Completions(arguments) => completions::run(&arguments),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(Trouble::ClosedPipe) => {
            terminal::complain("standard output was closed; what was written to files is complete");
            ExitCode::SUCCESS
        }
        Err(Trouble::SomeFailed) => ExitCode::from(1),
        Err(Trouble::Input(diagnostics)) => {
            terminal::report(&diagnostics);
            ExitCode::from(2)
        }
        Err(Trouble::Interrupted(message)) => {
            terminal::complain(&message);
            ExitCode::from(3)
        }
        Err(Trouble::Fault(message)) => {
            terminal::complain(&message);
            ExitCode::from(4)
        }
    }
}
