//! What can be asked of the program, one file per verb: a request is checked, played and kept in a
//! folder. The command line prints what comes of it, other programs take its tables; a request is
//! parsed from the same options for both.

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

/// Settings that all running verbs share.
#[derive(Debug, Clone, Default, Args)]
pub struct Settings {
    /// Number of replications (default: the scenario's).
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=100_000_000))]
    pub replications: Option<u64>,
    /// Master seed (default: the scenario's).
    #[arg(long, value_name = "S")]
    pub seed: Option<u64>,
    /// Threads (default: all processors).
    #[arg(long, value_name = "T", default_value_t = 0, hide_default_value = true,
        value_parser = threads)]
    pub threads: usize,
    /// Run folder (default: output/SCENARIO-HASH of the inputs).
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Override a value: path.to.key=value; organisation.… for the organisation. Repeatable.
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

/// What a verb comes to if it does not succeed.
#[derive(Debug)]
pub enum VerbError {
    /// Bad input.
    Input(Box<Diagnostics>),
    /// Some runs failed, the rest is kept: what to say of it.
    SomeFailed(String),
    /// Interrupted.
    Interrupted(String),
    /// Internal fault or I/O.
    Fault(String),
    /// Standard output was closed before everything was printed; the work is done.
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

/// Whoever waits for the work: hears how far it is and what was noticed, and may ask it to stop.
pub trait ProgressObserver: Sync {
    /// Raised to stop the work.
    fn interrupted(&self) -> &AtomicBool;
    /// A stretch of work begins: so much of this.
    fn begin(&self, total: u64, unit: &'static str);
    /// So much of the stretch is done.
    fn done(&self, count: u64);
    /// The stretch is over.
    fn end(&self);
    /// Something that the user should know.
    fn note(&self, message: &str);
}

/// Nobody waits.
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

/// Whoever waits, but hears nothing of the progress.
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

/// A stretch of work that somebody attends; it ends when it is dropped.
pub struct Phase<'a>(&'a dyn ProgressObserver);

impl<'a> Phase<'a> {
    /// Begins a stretch.
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
