//! Simulation of one organisation on many replications.

use super::outcomes::Setup;
use super::run_inputs::{self, RunInputs, Until, pilot_seconds};
use super::traced::check_trace;
use super::{Outcomes, ProgressObserver, Settings, VerbError};
use crate::experiment::measure_columns::columns;
use crate::output::RunFolder;
use crate::report::{headline, plots};
use crate::scenario::load;
use clap::Args;
use std::path::PathBuf;

/// Options of the verb `run`.
#[derive(Debug, Args)]
pub struct Request {
    /// Scenario: a file, a folder with scenario.toml, or a built-in name.
    pub scenario: String,
    /// Organisation: a file or a built-in name (default: the scenario's).
    #[arg(long, value_name = "NAME|FILE")]
    pub org: Option<String>,
    /// Replication to trace: all its events go to trace.csv and into the page (default: one of
    /// median gain).
    #[arg(long, value_name = "R")]
    pub trace: Option<u64>,
    /// Stopping by precision.
    #[command(flatten)]
    pub until: Until,
    /// Options shared by all verbs that simulate.
    #[command(flatten)]
    pub settings: Settings,
}

impl Request {
    /// Loads scenario and organisation. Fails if an input is invalid or there is no replication to
    /// trace.
    pub fn setup(&self) -> Result<Setup, VerbError> {
        let organisations: Vec<String> = self.org.iter().cloned().collect();
        let mut inputs = RunInputs::load(&self.scenario, &organisations, &self.settings)?;
        self.until.most(&mut inputs);
        check_trace(self.trace, inputs.replications)?;
        let hash = inputs.hash("run", &format!("{:?}{}", self.trace, self.until.hashed()));
        // The reference without an organisation is simulated in addition, for the figures that show
        // the effect of cooperation.
        let reference = load::design("none", &inputs.loaded.scenario, &[])?.design;
        let mut names = inputs.names.clone();
        let along = if names[0] == reference.name { Vec::new() } else { vec![reference] };
        names.extend(along.iter().map(|design| design.name.clone()));
        let engine = inputs.engine(along);
        let by = run_inputs::measure("gain")?;
        Ok(Setup { inputs, engine, names, hash, by, trace: self.trace, until: self.until.clone() })
    }

    /// Returns the number of replications, memory, disk space and the time measured on a pilot.
    pub fn forecast(&self, setup: &Setup) -> Result<String, VerbError> {
        let (inputs, engine) = (&setup.inputs, &setup.engine);
        let threads = run_inputs::threads(self.settings.threads);
        let columns = columns(inputs.loaded.scenario.states.len()).len() as u64;
        let kept = inputs.replications * columns * 8 * engine.designs.len() as u64;
        let disk = inputs.replications * columns * 18;
        Ok(format!(
            "{} replications of {} years, organisation {}{}\nabout {:.1} s on {threads} threads, \
             {:.0} MB of memory for results, {:.0} MB on disk\nfolder: {}\n",
            inputs.replications,
            inputs.loaded.scenario.horizon,
            inputs.names[0],
            if engine.designs.len() > 1 { " and the reference without one" } else { "" },
            pilot_seconds(engine, inputs.replications)? / threads as f64,
            kept as f64 / 1e6,
            disk as f64 / 1e6,
            setup.path().display(),
        ))
    }

    /// Simulates the organisation.
    pub fn simulate(
        &self,
        setup: Setup,
        observer: &dyn ProgressObserver,
    ) -> Result<Run, VerbError> {
        Ok(Run { outcomes: setup.simulate(observer)? })
    }
}

/// Results of a run.
pub struct Run {
    /// Results by replication and year.
    pub outcomes: Outcomes,
}

impl Run {
    /// Data for plots and text.
    fn material(&self) -> plots::Material<'_> {
        let Outcomes { inputs, engine, names, summary, years, losses, .. } = &self.outcomes;
        plots::Material {
            scenario: &engine.scenario,
            name: &inputs.names[0],
            founders: inputs.designs[0].design.members,
            summary,
            years,
            losses,
            reference: names.len() - 1,
        }
    }

    /// Writes tables, plots and page, and moves the folder to its final name.
    pub fn keep(
        &self,
        folder: RunFolder,
        observer: &dyn ProgressObserver,
    ) -> Result<PathBuf, VerbError> {
        self.outcomes.write(&folder)?;
        plots::write(&self.material(), &folder)?;
        let headline = headline::run(&self.material(), &self.outcomes.inputs.figure_kinds());
        let Outcomes { inputs, hash, .. } = &self.outcomes;
        inputs.conclude(
            folder,
            hash,
            self.outcomes.failed().0,
            observer.interrupted(),
            ("run", headline),
        )
    }
}
