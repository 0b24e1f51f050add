//! The verbs of the program, one file each: a request is checked, simulated and its results kept in
//! a folder. The command line and other programs parse requests from the same options. Nothing here
//! prints: the command line prints the results, other programs take the tables.

pub mod attribute;
pub mod coalitions;
pub mod compare;
pub mod discover;
pub mod evaluate;

pub mod game;
pub mod merge;
mod outcomes;
pub mod power;
pub mod run;
pub mod run_inputs;
pub mod sensitivity;
pub mod status;
pub mod study;
pub mod sweep;
mod traced;
pub mod validate;

pub use outcomes::Outcomes;

use crate::experiment::Progress;
use crate::output::FolderError;
use crate::scenario::diagnostics::{Diagnostic, Diagnostics};
use clap::Args;
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;

/// Options shared by all verbs that simulate.
#[derive(Debug, Clone, Default, Args)]
pub struct Settings {
    /// Number of replications (default: the scenario's).
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=100_000_000))]
    pub replications: Option<u64>,
    /// Master seed (default: the scenario's).
    #[arg(long, value_name = "S")]
    pub seed: Option<u64>,
    /// Number of threads (default: all processors).
    #[arg(long, value_name = "T", default_value_t = 0, hide_default_value = true,
        value_parser = threads)]
    pub threads: usize,
    /// Run folder (default: output/SCENARIO-HASH of the inputs).
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Override a value: path.to.key=value, or organisation.path=value for the organisation.
    /// Repeatable.
    #[arg(long = "set", value_name = "PATH=VALUE")]
    pub overrides: Vec<String>,
    /// The command line, for the manifest.
    #[arg(skip)]
    pub command: Vec<String>,
}

fn threads(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(threads) if threads <= 1024 => Ok(threads),
        _ => Err("give a number of threads up to 1024; 0 stands for all processors".into()),
    }
}

/// Reason why a verb did not succeed.
#[derive(Debug)]
pub enum VerbError {
    /// Invalid input, with all mistakes.
    Input(Box<Diagnostics>),
    /// Some runs failed and the others are kept; the message to print.
    SomeFailed(String),
    /// Interrupted by the user; the message to print.
    Interrupted(String),
    /// Internal fault or I/O error; the message to print.
    Fault(String),
    /// Standard output was closed before everything was printed; all files are written.
    ClosedPipe,
}

impl From<Diagnostics> for VerbError {
    fn from(diagnostics: Diagnostics) -> Self {
        VerbError::Input(Box::new(diagnostics))
    }
}

impl From<FolderError> for VerbError {
    fn from(error: FolderError) -> Self {
        match error {
            FolderError::Foreign(_) => {
                let mut diagnostics = Diagnostics::default();
                diagnostics.push(Diagnostic::new("out", error.to_string()));
                diagnostics.into()
            }
            other => VerbError::Fault(other.to_string()),
        }
    }
}

/// Receives progress and notes from a verb, and can interrupt it.
pub trait ProgressObserver: Sync {
    /// Flag that stops the work when it is set.
    fn interrupted(&self) -> &AtomicBool;
    /// A phase of work begins, with `total` units named `unit`.
    fn begin(&self, total: u64, unit: &'static str);
    /// `count` units of the phase are done so far.
    fn done(&self, count: u64);
    /// The phase has ended.
    fn end(&self);
    /// Receives a message for the user.
    fn note(&self, message: &str);
}

/// Progress observer that ignores everything and never interrupts.
#[derive(Debug, Default)]
pub struct Unobserved {
    interrupted: AtomicBool,
}

impl ProgressObserver for Unobserved {
    fn interrupted(&self) -> &AtomicBool {
        &self.interrupted
    }
    fn begin(&self, _: u64, _: &'static str) {}
    fn done(&self, _: u64) {}
    fn end(&self) {}
    fn note(&self, _: &str) {}
}

/// Passes notes and interruption on to another observer, but no progress.
pub struct WithoutProgress<'a>(pub &'a dyn ProgressObserver);

impl ProgressObserver for WithoutProgress<'_> {
    fn interrupted(&self) -> &AtomicBool {
        self.0.interrupted()
    }
    fn begin(&self, _: u64, _: &'static str) {}
    fn done(&self, _: u64) {}
    fn end(&self) {}
    fn note(&self, message: &str) {
        self.0.note(message);
    }
}

/// A phase of work shown to an observer; it ends when dropped.
pub struct Phase<'a>(&'a dyn ProgressObserver);

impl<'a> Phase<'a> {
    /// Begins a phase with `total` units named `unit`.
    pub fn begin(observer: &'a dyn ProgressObserver, total: u64, unit: &'static str) -> Self {
        observer.begin(total, unit);
        Phase(observer)
    }
}

impl Progress for Phase<'_> {
    fn done(&self, count: u64) {
        self.0.done(count);
    }
}

impl Drop for Phase<'_> {
    fn drop(&mut self) {
        self.0.end();
    }
}
