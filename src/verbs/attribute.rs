//! Attribution of the difference between two designs to their switches (ODD §11).

use super::run_inputs::{self, RunInputs, measure, pilot_seconds, play_rows};
use super::{ProgressObserver, Settings, VerbError};
use crate::analysis::attribution::{AttributionPlan, Part};
use crate::experiment::RunPlan;
use crate::experiment::measure_columns::columns;
use crate::numeric::Running;
use crate::output::{FolderError, Frame, RunFolder, comparisons, tables};
use crate::report::{attribution as words, headline, plots};
use crate::scenario::hybrid::{self, Switch, Transition};
use crate::scenario::load;
use crate::simulation::Engine;
use clap::Args;
use std::path::PathBuf;

/// Limits for the default number of replications: replications times designs at most, and
/// replications at least.
const MOST_PLAYED: u64 = 500_000;
const LEAST_REPLICATIONS: u64 = 200;

/// Options of the verb `attribute`.
#[derive(Debug, Args)]
pub struct Request {
    /// Scenario: a file, a folder with scenario.toml, or a built-in name.
    pub scenario: String,
    /// Organisation to start from: a file or a built-in name, with changes as NAME@path=value.
    #[arg(long, value_name = "A")]
    pub from: String,
    /// Organisation to end with, given in the same way.
    #[arg(long, value_name = "B")]
    pub to: String,
    /// Measure of the region for the table and the figure.
    #[arg(long, value_name = "MEASURE", default_value = "gain")]
    pub by: String,
    /// Options shared by all verbs that simulate.
    #[command(flatten)]
    pub settings: Settings,
}

/// A loaded attribution, ready to be simulated.
pub struct Setup {
    inputs: RunInputs,
    engine: Engine,
    hash: String,
    by: usize,
    attribution_plan: AttributionPlan,
    switches: Vec<Switch>,
}

impl Request {
    /// Loads the scenario and both designs. Fails if they differ in no switch or in too many.
    pub fn setup(&self) -> Result<Setup, VerbError> {
        let by = measure(&self.by)?;
        let mut inputs =
            RunInputs::load(&self.scenario, &[self.from.clone(), self.to.clone()], &self.settings)?;
        let scenario = &inputs.loaded.scenario;
        let transition = Transition::new(scenario, &inputs.designs[0], &inputs.designs[1]);
        let count = transition.switches.len();
        if count == 0 || count > hybrid::MOST {
            let (message, help) = if count == 0 {
                ("the two organisations differ only in their names", "name two that differ")
            } else {
                (
                    "the two organisations differ in more than 63 switches",
                    "name two that are closer",
                )
            };
            return Err(load::refuse("attribute", message.into(), help.into()).into());
        }
        let attribution_plan = AttributionPlan::new(count, inputs.seed);
        let designs = attribution_plan
            .sets
            .iter()
            .map(|&set| transition.design(set))
            .collect::<Result<Vec<_>, _>>()?;
        let engine = Engine::new(scenario.clone(), designs, inputs.seed);
        let switches = transition.switches.clone();
        if self.settings.replications.is_none() {
            // Attributions have many designs, so the default number of replications is reduced.
            inputs.replications = inputs
                .replications
                .min((MOST_PLAYED / attribution_plan.sets.len() as u64).max(LEAST_REPLICATIONS));
        }
        let hash = inputs.hash("attribute", &self.by);
        Ok(Setup { inputs, engine, hash, by, attribution_plan, switches })
    }
}

impl Setup {
    /// Starts the folder for the results.
    pub fn folder(&self) -> Result<RunFolder, FolderError> {
        self.inputs.start(None, &self.hash)
    }

    /// Returns the numbers of switches, designs and replications, and the time measured on a pilot.
    pub fn forecast(&self) -> Result<String, VerbError> {
        let Setup { inputs, engine, hash, attribution_plan, switches, .. } = self;
        let threads = run_inputs::threads(inputs.settings.threads);
        Ok(format!(
            "{} switches, {} designs between {} and {}{}, {} replications\nabout {:.1} s on \
             {threads} threads\nfolder: {}\n",
            switches.len(),
            attribution_plan.sets.len(),
            inputs.names[0],
            inputs.names[1],
            if attribution_plan.is_exact() { "" } else { " (orders sampled)" },
            inputs.replications,
            pilot_seconds(engine, inputs.replications)? / threads as f64,
            inputs.folder(hash).display(),
        ))
    }

    /// Simulates all designs between the two and computes the effects of the switches.
    pub fn simulate(self, observer: &dyn ProgressObserver) -> Result<Attribution, VerbError> {
        let Setup { inputs, engine, hash, by, attribution_plan, switches } = self;
        let all = columns(engine.scenario.states.len());
        let count = switches.len();
        let formulas = attribution_plan.prepare();
        // Results by column of measures: Shapley values, then the whole difference; the same
        // stepwise; and means of the sets of switches.
        let mut shapley = vec![vec![Running::default(); count + 1]; all.len()];
        let mut stepwise = vec![vec![Running::default(); count + 1]; all.len()];
        let mut sets = vec![vec![Running::default(); attribution_plan.sets.len()]; all.len()];
        let mut rows: Vec<Vec<f64>> = Vec::new();
        let mut failed = 0u64;
        let plan = RunPlan { replications: inputs.replications, threads: inputs.settings.threads };
        play_rows(&engine, plan, observer, |outcome| {
            rows.push(outcome.result.map_or_else(|_| Vec::new(), |(row, _)| row.to_vec()));
            if rows.len() < attribution_plan.sets.len() {
                return;
            }
            // All sets of this replication have been simulated.
            if rows.iter().any(Vec::is_empty) {
                failed += 1;
            } else {
                for column in 0..all.len() {
                    let values: Vec<f64> = rows.iter().map(|row| row[column]).collect();
                    let whole = formulas.whole(&values);
                    let add = |running: &mut [Running], parts: Vec<f64>| {
                        running
                            .iter_mut()
                            .zip(parts.into_iter().chain([whole]))
                            .for_each(|(r, x)| r.add(x));
                    };
                    add(&mut shapley[column], formulas.shapley(&values));
                    add(&mut stepwise[column], formulas.stepwise(&values));
                    sets[column].iter_mut().zip(values).for_each(|(running, x)| running.add(x));
                }
            }
            rows.clear();
        })?;
        let mut parts = Vec::new();
        for (at, column) in all.iter().enumerate() {
            let means: Vec<f64> = sets[at].iter().map(Running::mean).collect();
            let sampling = formulas.sampling_errors(&means);
            for switch in 0..=count {
                parts.push(Part {
                    column: *column,
                    switch,
                    stepwise: stepwise[at][switch].mean(),
                    shapley: shapley[at][switch].mean(),
                    se: shapley[at][switch]
                        .se()
                        .hypot(sampling.get(switch).copied().unwrap_or(0.0)),
                });
            }
        }
        let (exact, designs) = (attribution_plan.is_exact(), attribution_plan.sets.len());
        Ok(Attribution { inputs, hash, by, exact, designs, switches, parts, failed })
    }
}

/// Results of an attribution.
pub struct Attribution {
    /// Scenario and designs.
    pub inputs: RunInputs,
    /// Hash of everything that determines the results.
    pub hash: String,
    by: usize,
    /// Whether all designs between the two were simulated.
    pub exact: bool,
    /// Number of designs simulated.
    pub designs: usize,
    /// Switches in which the two differ.
    pub switches: Vec<Switch>,
    /// Effects of the switches, by measure and state, then switch; the last is the whole
    /// difference.
    pub parts: Vec<Part>,
    /// Number of replications in which a design failed.
    pub failed: u64,
}

impl Attribution {
    /// Returns the data for plots and text.
    pub fn material(&self) -> words::Attribution<'_> {
        words::Attribution {
            scenario: &self.inputs.loaded.scenario,
            names: &self.inputs.names,
            switches: &self.switches,
            by: self.by,
            exact: self.exact,
            parts: &self.parts,
            replications: self.inputs.replications,
        }
    }

    /// Returns the table `attribution.csv`: the effect of each switch on each measure.
    pub fn parts(&self) -> Frame {
        comparisons::attribution(
            &self.inputs.loaded.scenario,
            &self.switches,
            &self.inputs.names,
            &self.parts,
        )
    }

    /// Starts the folder for the results: `out`, or the one given by the options.
    pub fn folder(&self, out: Option<PathBuf>) -> Result<RunFolder, FolderError> {
        self.inputs.start(out, &self.hash)
    }

    /// Writes tables, plots and page, and moves the folder to its final name.
    pub fn keep(
        &self,
        folder: RunFolder,
        observer: &dyn ProgressObserver,
    ) -> Result<PathBuf, VerbError> {
        tables::dictionary().write(&folder, "dictionary.csv")?;
        self.parts().write(&folder, "attribution.csv")?;
        let material = self.material();
        plots::write_attribution(&material, &folder)?;
        let headline = headline::attribution(&material, &self.inputs.figure_kinds());
        self.inputs.conclude(
            folder,
            &self.hash,
            self.failed,
            observer.interrupted(),
            ("attribute", headline),
        )
    }
}
