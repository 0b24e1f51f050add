//! What can be asked of the program, one file per verb: a request is checked, played and kept in a folder. The command
//! line prints what comes of it, other programs take its tables; a request is parsed from the same options for both.

pub mod attribute;
pub mod coalitions;
pub mod compare;
pub mod discover;
pub mod evaluate;

mod fates;
pub mod game;
pub mod merge;
pub mod power;
pub mod run;
pub mod sensitivity;
pub mod session;
pub mod status;
pub mod study;
pub mod sweep;
mod telling;
pub mod validate;

pub use fates::Fates;

use crate::experiment::Progress;
use crate::output::FolderError;
use crate::scenario::diagnostics::{Diagnostic, Diagnostics};
use clap::Args;
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;

/// Settings that all running verbs share.
#[derive(Debug, Clone, Default, Args)]
pub struct Settings {
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
pub enum Trouble {
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
                diagnostics.push(Diagnostic::new("out", error.to_string()));
                diagnostics.into()
            }
            other => Trouble::Fault(other.to_string()),
        }
    }
}

/// Whoever waits for the work: hears how far it is and what was noticed, and may ask it to stop.
pub trait Attendant: Sync {
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
pub struct Alone {
    interrupted: AtomicBool,
}

impl Attendant for Alone {
    fn interrupted(&self) -> &AtomicBool {
        &self.interrupted
    }
    fn begin(&self, _: u64, _: &'static str) {}
    fn done(&self, _: u64) {}
    fn end(&self) {}
    fn note(&self, _: &str) {}
}

/// Whoever waits, but hears nothing of the progress.
pub struct Unheard<'a>(pub &'a dyn Attendant);

impl Attendant for Unheard<'_> {
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
pub struct Stretch<'a>(&'a dyn Attendant);

impl<'a> Stretch<'a> {
    /// Begins a stretch.
    pub fn begin(attendant: &'a dyn Attendant, total: u64, unit: &'static str) -> Self {
        attendant.begin(total, unit);
        Stretch(attendant)
    }
}

impl Progress for Stretch<'_> {
    fn done(&self, count: u64) {
        self.0.done(count);
    }
}

impl Drop for Stretch<'_> {
    fn drop(&mut self) {
        self.0.end();
    }
}
