//! Designs played on fates: what `run` and `compare` share.

use super::session::{Played, Session, Until, play_until};
use super::telling::{heard, told};
use super::{Attendant, Trouble};
use crate::analysis::river;
use crate::experiment::RunPlan;
use crate::experiment::measures::MEASURES;
use crate::output::{FolderError, Frame, RunFolder, tables};
use crate::simulation::Engine;
use std::path::PathBuf;

/// What is to be played.
pub struct Setup {
    /// Scenario and designs.
    pub session: Session,
    /// The engine of the designs, and of what runs along.
    pub engine: Engine,
    /// Names of all that the engine plays.
    pub names: Vec<String>,
    /// Hash of everything that determines the results.
    pub hash: String,
    /// The measure that chooses the traced replication, and by which designs are ranked.
    pub by: usize,
    /// The traced replication, if it was asked for.
    pub trace: Option<u64>,
    /// When to stop.
    pub until: Until,
}

impl Setup {
    /// Where its folder goes.
    pub fn path(&self) -> PathBuf {
        self.session.folder(&self.hash)
    }

    /// The folder that the results will be in.
    pub fn folder(&self) -> Result<RunFolder, FolderError> {
        self.session.start(None, &self.hash)
    }

    /// Plays it.
    pub fn play(self, attendant: &dyn Attendant) -> Result<Fates, Trouble> {
        let plan = RunPlan { replications: self.session.replications, threads: self.session.settings.threads };
        let watched = self.until.watch(self.session.names.len())?;
        let (Played { summary, years, mut failures }, count) = play_until(&self.engine, plan, watched, attendant)?;
        let Setup { mut session, engine, names, hash, by, trace, .. } = self;
        session.replications = count;
        failures.retain(|failure| failure.design < session.names.len());
        Ok(Fates { session, engine, names, hash, by, trace, summary, years, failures })
    }
}

/// Designs played on fates, and what was measured. Every table of a folder is made here.
pub struct Fates {
    /// Scenario and designs.
    pub session: Session,
    /// The engine that has played.
    pub engine: Engine,
    /// Names of all that the engine has played: the designs asked for, then what ran along.
    pub names: Vec<String>,
    /// Hash of everything that determines the results.
    pub hash: String,
    /// The measure that chooses the traced replication, and by which designs are ranked.
    pub by: usize,
    trace: Option<u64>,
    /// Measures of every replication.
    pub summary: crate::analysis::Summary,
    /// Measures of every year.
    pub years: crate::analysis::YearTable,
    /// What failed of the designs asked for.
    pub failures: Vec<crate::experiment::Failure>,
}

impl Fates {
    /// Statistics of every measure, by organisation and state.
    pub fn summary(&self) -> Frame {
        tables::summary(&self.engine.scenario, &self.session.names, &self.summary)
    }

    /// A row for every replication and organisation, a column for every measure.
    pub fn replications(&self) -> Frame {
        tables::replications(&self.engine.scenario, &self.session.names, &self.summary, &self.failures)
    }

    /// Measures over the years.
    pub fn years(&self) -> Frame {
        tables::years(&self.engine.scenario, &self.names, &self.years)
    }

    /// Histograms.
    pub fn distributions(&self) -> Frame {
        tables::distributions(&self.engine.scenario, &self.session.names, &self.summary)
    }

    /// What failed.
    pub fn failures(&self) -> Frame {
        tables::failures(&self.session.names, &self.failures)
    }

    /// What each measure means.
    pub fn dictionary(&self) -> Frame {
        tables::dictionary_with(&river::definitions())
    }

    /// Every event of a replication: the one given, the one asked for before, or a typical one.
    pub fn trace(&self, replication: Option<u64>) -> Result<Frame, Trouble> {
        super::telling::check_trace(replication, self.session.replications)?;
        let by = (&self.summary, MEASURES[self.by].id);
        Ok(told(&self.engine, &self.session.names, replication.or(self.trace), by))
    }

    /// How water passes the nodes of rivers; no rows without a basin.
    pub fn river(&self) -> Frame {
        heard(&self.engine, &self.session.names, self.session.replications)
    }

    /// Fates of a design that failed, and fates in all.
    pub fn failed(&self) -> (u64, u64) {
        (self.failures.len() as u64, self.session.replications * self.session.names.len() as u64)
    }

    /// The folder that the results will be in: this one, or as asked before.
    pub fn folder(&self, out: Option<PathBuf>) -> Result<RunFolder, FolderError> {
        self.session.start(out, &self.hash)
    }

    /// Writes the tables.
    pub fn write(&self, folder: &RunFolder) -> Result<(), Trouble> {
        self.replications().write(folder, "replications.csv")?;
        self.summary().write(folder, "summary.csv")?;
        self.years().write(folder, "years.csv")?;
        self.distributions().write(folder, "distributions.csv")?;
        self.dictionary().write(folder, "dictionary.csv")?;
        if !self.failures.is_empty() {
            self.failures().write(folder, "failures.csv")?;
        }
        self.trace(None)?.write(folder, "trace.csv")?;
        let river = self.river();
        if !river.is_empty() {
            river.write(folder, "river.csv")?;
        }
        Ok(())
    }
}
