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
mod show;
mod status;
mod sweep;
mod terminal;
mod validate;

use crate::verbs::Trouble;
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::process::ExitCode;
use terminal::Audience;

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

/// How running verbs speak.
#[derive(Debug, Clone, Copy, Args)]
pub struct Printing {
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

impl Printing {
    /// Whoever reads the terminal.
    fn audience(self) -> Audience {
        Audience::new(self.quiet)
    }

    /// What would be run, in words or as an object with the words in it.
    fn forecast(self, text: &str) -> Result<(), Trouble> {
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

/// A number as JSON; null where there is none.
fn json_number(x: f64) -> serde_json::Value {
    if x.is_finite() { x.into() } else { serde_json::Value::Null }
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
        Err(Trouble::ClosedPipe) => {
            terminal::complain("standard output was closed; what was written to files is complete");
            ExitCode::SUCCESS
        }
        Err(Trouble::SomeFailed(message)) => {
            terminal::complain(&message);
            ExitCode::from(1)
        }
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
