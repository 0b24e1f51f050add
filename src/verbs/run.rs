//! One organisation on many fates.

use super::fates::Setup;
use super::session::{self, Session, Until, pilot_seconds};
use super::telling::check_trace;
use super::{Attendant, Fates, Settings, Trouble};
use crate::experiment::measures::columns;
use crate::output::RunFolder;
use crate::report::{lead, plots};
use crate::scenario::load;
use clap::Args;
use std::path::PathBuf;

/// What can be asked of a run.
#[derive(Debug, Args)]
pub struct Request {
    /// A file, a folder with scenario.toml, or a built-in name.
    pub scenario: String,
    /// Organisation: a file or a built-in name (default: the scenario's).
    #[arg(long, value_name = "NAME|FILE")]
    pub org: Option<String>,
    /// The replication whose every event goes to trace.csv and into the page (default: one of median gain).
    #[arg(long, value_name = "R")]
    pub trace: Option<u64>,
    /// When to stop.
    #[command(flatten)]
    pub until: Until,
    /// What all verbs share.
    #[command(flatten)]
    pub settings: Settings,
}

impl Request {
    /// Loads what is to be played.
    pub fn setup(&self) -> Result<Setup, Trouble> {
        let organisations: Vec<String> = self.org.iter().cloned().collect();
        let mut session = Session::load(&self.scenario, &organisations, &self.settings)?;
        self.until.most(&mut session);
        check_trace(self.trace, session.replications)?;
        let hash = session.hash("run", &format!("{:?}{}", self.trace, self.until.hashed()));
        // The reference without an organisation runs along, for the pictures that show what cooperation changes.
        let reference = load::design("none", &session.loaded.scenario, &[])?.design;
        let mut names = session.names.clone();
        let along = if names[0] == reference.name { Vec::new() } else { vec![reference] };
        names.extend(along.iter().map(|design| design.name.clone()));
        let engine = session.engine(along);
        let by = session::measure("gain")?;
        Ok(Setup { session, engine, names, hash, by, trace: self.trace, until: self.until.clone() })
    }

    /// Counts, memory and time: measured on a few fates.
    pub fn forecast(&self, setup: &Setup) -> Result<String, Trouble> {
        let (session, engine) = (&setup.session, &setup.engine);
        let threads = session::threads(self.settings.threads);
        let columns = columns(session.loaded.scenario.states.len()).len() as u64;
        let kept = session.replications * columns * 8 * engine.designs.len() as u64;
        let disk = session.replications * columns * 18;
        Ok(format!(
            "{} fates of {} years, organisation {}{}\nabout {:.1} s on {threads} threads, {:.0} MB of memory for results, {:.0} MB on disk\nfolder: {}\n",
            session.replications,
            session.loaded.scenario.horizon,
            session.names[0],
            if engine.designs.len() > 1 { " and the reference without one" } else { "" },
            pilot_seconds(engine, session.replications)? / threads as f64,
            kept as f64 / 1e6,
            disk as f64 / 1e6,
            setup.path().display(),
        ))
    }

    /// Plays it.
    pub fn play(&self, setup: Setup, attendant: &dyn Attendant) -> Result<Run, Trouble> {
        Ok(Run { fates: setup.play(attendant)? })
    }
}

/// What a run came to.
pub struct Run {
    /// The fates played.
    pub fates: Fates,
}

impl Run {
    /// What plots and words are made from.
    fn material(&self) -> plots::Material<'_> {
        let Fates { session, engine, names, summary, years, .. } = &self.fates;
        plots::Material {
            scenario: &engine.scenario,
            name: &session.names[0],
            founders: session.designs[0].design.members,
            summary,
            years,
            reference: names.len() - 1,
        }
    }

    /// Writes tables, plots and page, and gives the folder its name.
    pub fn keep(&self, folder: RunFolder, attendant: &dyn Attendant) -> Result<PathBuf, Trouble> {
        self.fates.write(&folder)?;
        plots::write(&self.material(), &folder)?;
        let lead = lead::run(&self.material(), &self.fates.session.figure_kinds());
        let Fates { session, hash, .. } = &self.fates;
        session.conclude(folder, hash, self.fates.failed().0, attendant.interrupted(), ("run", lead))
    }
}
