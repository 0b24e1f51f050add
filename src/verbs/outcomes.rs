//! Designs simulated on replications: what the verbs `run` and `compare` share.

use super::run_inputs::{Played, RunInputs, Until, play_until};
use super::traced::{river_flows, traced_events};
use super::{ProgressObserver, VerbError};
use crate::analysis::river;
use crate::experiment::RunPlan;
use crate::experiment::measures::MEASURES;
use crate::output::{FolderError, Frame, RunFolder, tables};
use crate::simulation::Engine;
use std::path::PathBuf;

/// Loaded designs, ready to be simulated.
pub struct Setup {
    /// Scenario and designs.
    pub inputs: RunInputs,
    /// Engine of the requested designs and of those simulated in addition.
    pub engine: Engine,
    /// Names of all designs of the engine.
    pub names: Vec<String>,
    /// Hash of everything that determines the results.
    pub hash: String,
    /// Position of the measure by which designs are ranked and the traced replication is chosen.
    pub by: usize,
    /// Replication to trace, if one was requested.
    pub trace: Option<u64>,
    /// Stopping by precision.
    pub until: Until,
}

impl Setup {
    /// Returns the path of the folder for the results.
    pub fn path(&self) -> PathBuf {
        self.inputs.folder(&self.hash)
    }

    /// Starts the folder for the results.
    pub fn folder(&self) -> Result<RunFolder, FolderError> {
        self.inputs.start(None, &self.hash)
    }

    /// Simulates all designs. If precision stops the run, `replications` becomes the number
    /// simulated.
    pub fn simulate(self, observer: &dyn ProgressObserver) -> Result<Outcomes, VerbError> {
        let plan = RunPlan {
            replications: self.inputs.replications,
            threads: self.inputs.settings.threads,
        };
        let watched = self.until.watch(self.inputs.names.len())?;
        let (Played { summary, years, losses, mut failures }, count) =
            play_until(&self.engine, plan, watched, observer)?;
        let Setup { mut inputs, engine, names, hash, by, trace, .. } = self;
        inputs.replications = count;
        failures.retain(|failure| failure.design < inputs.names.len());
        Ok(Outcomes { inputs, engine, names, hash, by, trace, summary, years, losses, failures })
    }
}

/// Results of designs on replications, and the tables of a run folder.
pub struct Outcomes {
    /// Scenario and designs.
    pub inputs: RunInputs,
    /// Engine with which they were simulated.
    pub engine: Engine,
    /// Names of all designs of the engine: those requested, then those simulated in addition.
    pub names: Vec<String>,
    /// Hash of everything that determines the results.
    pub hash: String,
    /// Position of the measure by which designs are ranked and the traced replication is chosen.
    pub by: usize,
    trace: Option<u64>,
    /// Measures by design and replication.
    pub summary: crate::analysis::Summary,
    /// Measures by design and year.
    pub years: crate::analysis::YearTable,
    /// Account of losses, by design.
    pub losses: Vec<crate::experiment::losses::LossSums>,
    /// Failures of the requested designs.
    pub failures: Vec<crate::experiment::Failure>,
}

impl Outcomes {
    /// Returns the table `summary.csv`: statistics of every measure by organisation and state.
    pub fn summary(&self) -> Frame {
        tables::summary(&self.engine.scenario, &self.inputs.names, &self.summary)
    }

    /// Returns the table `replications.csv`: one row per replication and organisation, one column
    /// per measure.
    pub fn replications(&self) -> Frame {
        tables::replications(
            &self.engine.scenario,
            &self.inputs.names,
            &self.summary,
            &self.failures,
        )
    }

    /// Returns the table `years.csv`: measures over the years, for all designs of the engine.
    pub fn years(&self) -> Frame {
        tables::years(&self.engine.scenario, &self.names, &self.years)
    }

    /// Returns the table `losses.csv`: where the gains of full cooperation are lost, by organisation,
    /// year, state and cause.
    pub fn losses(&self) -> Frame {
        tables::losses(&self.engine.scenario, &self.inputs.names, &self.losses)
    }

    /// Returns the table `distributions.csv`: histograms of measures.
    pub fn distributions(&self) -> Frame {
        tables::distributions(&self.engine.scenario, &self.inputs.names, &self.summary)
    }

    /// Returns the table `failures.csv`.
    pub fn failures(&self) -> Frame {
        tables::failures(&self.inputs.names, &self.failures)
    }

    /// Returns the table `dictionary.csv`: definitions of the measures.
    pub fn dictionary(&self) -> Frame {
        tables::dictionary_with(&river::definitions(), &tables::loss_definitions())
    }

    /// Returns the events of a replication: the one given, else the one requested, else a typical
    /// one. Fails if there is no such replication.
    pub fn trace(&self, replication: Option<u64>) -> Result<Frame, VerbError> {
        super::traced::check_trace(replication, self.inputs.replications)?;
        let by = (&self.summary, MEASURES[self.by].id);
        Ok(traced_events(&self.engine, &self.inputs.names, replication.or(self.trace), by))
    }

    /// Returns the table `river.csv`: flows at the nodes of rivers; without rows if there is no
    /// basin.
    pub fn river(&self) -> Frame {
        river_flows(&self.engine, &self.inputs.names, self.inputs.replications)
    }

    /// Returns the number of failed replications of designs, and the number of all.
    pub fn failed(&self) -> (u64, u64) {
        (self.failures.len() as u64, self.inputs.replications * self.inputs.names.len() as u64)
    }

    /// Starts the folder for the results: `out`, or the one given by the options.
    pub fn folder(&self, out: Option<PathBuf>) -> Result<RunFolder, FolderError> {
        self.inputs.start(out, &self.hash)
    }

    /// Writes the tables into a folder.
    pub fn write(&self, folder: &RunFolder) -> Result<(), VerbError> {
        self.replications().write(folder, "replications.csv")?;
        self.summary().write(folder, "summary.csv")?;
        self.years().write(folder, "years.csv")?;
        self.losses().write(folder, "losses.csv")?;
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
