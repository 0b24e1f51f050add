//! Designs played on replications: what `run` and `compare` share.

use super::run_inputs::{Played, RunInputs, Until, play_until};
use super::traced::{river_flows, traced_events};
use super::{ProgressObserver, VerbError};
use crate::analysis::river;
use crate::experiment::RunPlan;
use crate::experiment::measures::MEASURES;
use crate::output::{FolderError, Frame, RunFolder, tables};
use crate::simulation::Engine;
use std::path::PathBuf;

/// What is to be played.
pub struct Setup {
    /// Scenario and designs.
    pub inputs: RunInputs,
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
        self.inputs.folder(&self.hash)
    }

    /// The folder that the results will be in.
    pub fn folder(&self) -> Result<RunFolder, FolderError> {
        self.inputs.start(None, &self.hash)
    }

    /// Plays it.
    pub fn play(self, observer: &dyn ProgressObserver) -> Result<Outcomes, VerbError> {
        let plan = RunPlan {
            replications: self.inputs.replications,
            threads: self.inputs.settings.threads,
        };
        let watched = self.until.watch(self.inputs.names.len())?;
        let (Played { summary, years, mut failures }, count) =
            play_until(&self.engine, plan, watched, observer)?;
        let Setup { mut inputs, engine, names, hash, by, trace, .. } = self;
        inputs.replications = count;
        failures.retain(|failure| failure.design < inputs.names.len());
        Ok(Outcomes { inputs, engine, names, hash, by, trace, summary, years, failures })
    }
}

/// Designs played on replications, and what was measured. Every table of a folder is made here.
pub struct Outcomes {
    /// Scenario and designs.
    pub inputs: RunInputs,
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

impl Outcomes {
    /// Statistics of every measure, by organisation and state.
    pub fn summary(&self) -> Frame {
        tables::summary(&self.engine.scenario, &self.inputs.names, &self.summary)
    }

    /// A row for every replication and organisation, a column for every measure.
    pub fn replications(&self) -> Frame {
        tables::replications(
            &self.engine.scenario,
            &self.inputs.names,
            &self.summary,
            &self.failures,
        )
    }

    /// Measures over the years.
    pub fn years(&self) -> Frame {
        tables::years(&self.engine.scenario, &self.names, &self.years)
    }

    /// Histograms.
    pub fn distributions(&self) -> Frame {
        tables::distributions(&self.engine.scenario, &self.inputs.names, &self.summary)
    }

    /// What failed.
    pub fn failures(&self) -> Frame {
        tables::failures(&self.inputs.names, &self.failures)
    }

    /// What each measure means.
    pub fn dictionary(&self) -> Frame {
        tables::dictionary_with(&river::definitions())
    }

    /// Every event of a replication: the one given, the one asked for before, or a typical one.
    pub fn trace(&self, replication: Option<u64>) -> Result<Frame, VerbError> {
        super::traced::check_trace(replication, self.inputs.replications)?;
        let by = (&self.summary, MEASURES[self.by].id);
        Ok(traced_events(&self.engine, &self.inputs.names, replication.or(self.trace), by))
    }

    /// How water passes the nodes of rivers; no rows without a basin.
    pub fn river(&self) -> Frame {
        river_flows(&self.engine, &self.inputs.names, self.inputs.replications)
    }

    /// Replications of a design that failed, and replications in all.
    pub fn failed(&self) -> (u64, u64) {
        (self.failures.len() as u64, self.inputs.replications * self.inputs.names.len() as u64)
    }

    /// The folder that the results will be in: this one, or as asked before.
    pub fn folder(&self, out: Option<PathBuf>) -> Result<RunFolder, FolderError> {
        self.inputs.start(out, &self.hash)
    }

    /// Writes the tables.
    pub fn write(&self, folder: &RunFolder) -> Result<(), VerbError> {
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
