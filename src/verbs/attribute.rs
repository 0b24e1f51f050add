//! The difference between two designs taken apart, switch by switch.

use super::session::{self, Session, measure, pilot_seconds, play_rows};
use super::{Attendant, Settings, Trouble};
use crate::analysis::attribution::{Agenda, Part};
use crate::experiment::RunPlan;
use crate::experiment::measures::columns;
use crate::numeric::Running;
use crate::output::{FolderError, Frame, RunFolder, comparisons, tables};
use crate::report::{attribution as words, lead, plots};
use crate::scenario::hybrid::{self, Switch, Transition};
use crate::scenario::load;
use crate::simulation::Engine;
use clap::Args;
use std::path::PathBuf;

/// Replication-designs that are played at most, and fates at least, where nobody says how many.
const MOST_PLAYED: u64 = 500_000;
const LEAST_FATES: u64 = 200;

/// What can be asked of an attribution.
#[derive(Debug, Args)]
pub struct Request {
    /// A file, a folder with scenario.toml, or a built-in name.
    pub scenario: String,
    /// The organisation to start from: a file or a built-in name, with changes as NAME@path=value.
    #[arg(long, value_name = "A")]
    pub from: String,
    /// The organisation to arrive at.
    #[arg(long, value_name = "B")]
    pub to: String,
    /// Measure of the region that the table and the figure show.
    #[arg(long, value_name = "MEASURE", default_value = "gain")]
    pub by: String,
    /// What all verbs share.
    #[command(flatten)]
    pub settings: Settings,
}

/// What is to be played.
pub struct Setup {
    session: Session,
    engine: Engine,
    hash: String,
    by: usize,
    agenda: Agenda,
    switches: Vec<Switch>,
}

impl Request {
    /// Loads what is to be played.
    pub fn setup(&self) -> Result<Setup, Trouble> {
        let by = measure(&self.by)?;
        let mut session = Session::load(&self.scenario, &[self.from.clone(), self.to.clone()], &self.settings)?;
        let scenario = &session.loaded.scenario;
        let transition = Transition::new(scenario, &session.designs[0], &session.designs[1]);
        let count = transition.switches.len();
        if count == 0 || count > hybrid::MOST {
            let (message, help) = if count == 0 {
                ("the two organisations differ in nothing but their names", "name two that differ")
            } else {
                ("the two organisations differ in more than 63 switches", "name two that are closer")
            };
            return Err(load::refuse("attribute", message.into(), help.into()).into());
        }
        let agenda = Agenda::new(count, session.seed);
        let designs = agenda.sets.iter().map(|&set| transition.design(set)).collect::<Result<Vec<_>, _>>()?;
        let engine = Engine::new(scenario.clone(), designs, session.seed);
        let switches = transition.switches.clone();
        if self.settings.replications.is_none() {
            // Many designs: fewer fates, unless they are asked for.
            session.replications = session.replications.min((MOST_PLAYED / agenda.sets.len() as u64).max(LEAST_FATES));
        }
        let hash = session.hash("attribute", &self.by);
        Ok(Setup { session, engine, hash, by, agenda, switches })
    }
}

impl Setup {
    /// The folder that the results will be in.
    pub fn folder(&self) -> Result<RunFolder, FolderError> {
        self.session.start(None, &self.hash)
    }

    /// Counts and time: measured on a few fates.
    pub fn forecast(&self) -> Result<String, Trouble> {
        let Setup { session, engine, hash, agenda, switches, .. } = self;
        let threads = session::threads(session.settings.threads);
        Ok(format!(
            "{} switches, {} designs between {} and {}{}, {} fates\nabout {:.1} s on {threads} threads\nfolder: {}\n",
            switches.len(),
            agenda.sets.len(),
            session.names[0],
            session.names[1],
            if agenda.is_exact() { "" } else { " (orders sampled)" },
            session.replications,
            pilot_seconds(engine, session.replications)? / threads as f64,
            session.folder(hash).display(),
        ))
    }

    /// Plays all designs between the two.
    pub fn play(self, attendant: &dyn Attendant) -> Result<Attribution, Trouble> {
        let Setup { session, engine, hash, by, agenda, switches } = self;
        let all = columns(engine.scenario.states.len());
        let count = switches.len();
        let formulas = agenda.prepare();
        // Results by column: Shapley values, then the whole; and the same stepwise; and mean values of the sets.
        let mut shapley = vec![vec![Running::default(); count + 1]; all.len()];
        let mut stepwise = vec![vec![Running::default(); count + 1]; all.len()];
        let mut sets = vec![vec![Running::default(); agenda.sets.len()]; all.len()];
        let mut rows: Vec<Vec<f64>> = Vec::new();
        let mut failed = 0u64;
        let plan = RunPlan { replications: session.replications, threads: session.settings.threads };
        play_rows(&engine, plan, attendant, |outcome| {
            rows.push(outcome.result.map_or_else(|_| Vec::new(), |(row, _)| row.to_vec()));
            if rows.len() < agenda.sets.len() {
                return;
            }
            // All sets of this replication are played.
            if rows.iter().any(Vec::is_empty) {
                failed += 1;
            } else {
                for column in 0..all.len() {
                    let values: Vec<f64> = rows.iter().map(|row| row[column]).collect();
                    let whole = formulas.whole(&values);
                    let add = |running: &mut [Running], parts: Vec<f64>| {
                        running.iter_mut().zip(parts.into_iter().chain([whole])).for_each(|(r, x)| r.add(x));
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
                    se: shapley[at][switch].se().hypot(sampling.get(switch).copied().unwrap_or(0.0)),
                });
            }
        }
        let (exact, designs) = (agenda.is_exact(), agenda.sets.len());
        Ok(Attribution { session, hash, by, exact, designs, switches, parts, failed })
    }
}

/// What an attribution came to.
pub struct Attribution {
    /// Scenario and designs.
    pub session: Session,
    /// Hash of everything that determines the results.
    pub hash: String,
    by: usize,
    /// Whether all designs between the two were played.
    pub exact: bool,
    /// Designs that were played.
    pub designs: usize,
    /// Switches in which the two differ.
    pub switches: Vec<Switch>,
    /// Parts of the difference, by measure, state and switch.
    pub parts: Vec<Part>,
    /// Fates that failed.
    pub failed: u64,
}

impl Attribution {
    /// What plots and words are made from.
    pub fn material(&self) -> words::Attribution<'_> {
        words::Attribution {
            scenario: &self.session.loaded.scenario,
            names: &self.session.names,
            switches: &self.switches,
            by: self.by,
            exact: self.exact,
            parts: &self.parts,
            replications: self.session.replications,
        }
    }

    /// What each switch does to each measure.
    pub fn parts(&self) -> Frame {
        comparisons::attribution(&self.session.loaded.scenario, &self.switches, &self.session.names, &self.parts)
    }

    /// The folder that the results will be in: this one, or as asked before.
    pub fn folder(&self, out: Option<PathBuf>) -> Result<RunFolder, FolderError> {
        self.session.start(out, &self.hash)
    }

    /// Writes tables, plots and page, and gives the folder its name.
    pub fn keep(&self, folder: RunFolder, attendant: &dyn Attendant) -> Result<PathBuf, Trouble> {
        tables::dictionary().write(&folder, "dictionary.csv")?;
        self.parts().write(&folder, "attribution.csv")?;
        let material = self.material();
        plots::write_attribution(&material, &folder)?;
        let lead = lead::attribution(&material, &self.session.figure_kinds());
        self.session.conclude(folder, &self.hash, self.failed, attendant.interrupted(), ("attribute", lead))
    }
}
