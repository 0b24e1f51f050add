//! What all running verbs share: loading a scenario with its designs, playing them, and the files
//! that every run folder holds.

use super::{Phase, ProgressObserver, Settings, Unobserved, VerbError};
use crate::analysis::replications::Watch;
use crate::analysis::{Summary, YearTable};
use crate::experiment::measures::{MEASURES, columns};
use crate::experiment::{self, Failure, Outcome, RunPlan, Stop};
use crate::output::about::{About, Headline};
use crate::output::{FigureKinds, FileHash, FolderError, Host, Manifest, RunFolder, hash_of};
use crate::report::page;
use crate::scenario::designs;
use crate::scenario::diagnostics::suggest;
use crate::scenario::load::{self, LoadedDesign, LoadedScenario, Override};
use crate::scenario::read::document::Source;
use crate::scenario::sweep::LoadedSweep;
use crate::scenario::types::design::Design;
use crate::simulation::Engine;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// A scenario and the designs that were asked for.
#[derive(Clone)]
pub struct RunInputs {
    /// The scenario.
    pub loaded: LoadedScenario,
    /// The designs in the order in which they were named.
    pub designs: Vec<LoadedDesign>,
    /// Their names in tables: unlike each other.
    pub names: Vec<String>,
    /// Number of replications.
    pub replications: u64,
    /// Master seed.
    pub seed: u64,
    /// Further texts that were read.
    pub more: Vec<Source>,
    /// As asked.
    pub settings: Settings,
    started: Instant,
}

impl RunInputs {
    /// Loads a scenario and its designs; without any, the scenario's own.
    pub fn load(
        scenario: &str,
        organisations: &[String],
        settings: &Settings,
    ) -> Result<Self, VerbError> {
        let started = Instant::now();
        let overrides: Vec<Override> = settings.overrides.iter().map(Override::new).collect();
        let loaded = load::scenario(scenario, &overrides)?;
        let mut requested = organisations.to_vec();
        if requested.is_empty() {
            requested.push(loaded.default_organisation());
        }
        let (designs, names) = designs::designs(&requested, &loaded, &overrides)?;
        let replications = settings.replications.unwrap_or(loaded.scenario.replications);
        let seed = settings.seed.unwrap_or(loaded.scenario.seed);
        let settings = settings.clone();
        Ok(RunInputs {
            loaded,
            designs,
            names,
            replications,
            seed,
            more: Vec::new(),
            settings,
            started,
        })
    }

    /// The scenario and the designs of a sweep.
    pub fn of_sweep(sweep: &LoadedSweep, seed: u64, settings: &Settings, started: Instant) -> Self {
        RunInputs {
            loaded: sweep.scenario.clone(),
            designs: sweep.designs.clone(),
            names: sweep.names.clone(),
            replications: sweep.sweep.replications,
            seed,
            more: sweep.sources.clone(),
            settings: settings.clone(),
            started,
        }
    }

    /// Hash of everything that determines the results of a verb.
    pub fn hash(&self, verb: &str, more: &str) -> String {
        let mut inputs =
            vec![env!("CARGO_PKG_VERSION").to_string(), self.loaded.merged.to_json().to_string()];
        inputs.extend(self.designs.iter().map(|design| design.merged.to_json().to_string()));
        inputs.push(format!("{} {} {verb} {more}", self.seed, self.replications));
        hash_of(inputs.iter().map(String::as_str))
    }

    /// The run folder: what was asked for, or a name of its own.
    pub fn folder(&self, hash: &str) -> PathBuf {
        let default =
            || PathBuf::from("output").join(format!("{}-{hash}", self.loaded.scenario.name));
        self.settings.out.clone().unwrap_or_else(default)
    }

    /// Begins the run folder: this one, or where [`RunInputs::folder`] says.
    pub fn start(&self, out: Option<PathBuf>, hash: &str) -> Result<RunFolder, FolderError> {
        RunFolder::start(out.unwrap_or_else(|| self.folder(hash)), hash)
    }

    /// An engine of the designs, and more of them.
    pub fn engine(&self, more: Vec<Design>) -> Engine {
        let designs = self.designs.iter().map(|loaded| loaded.design.clone()).chain(more).collect();
        Engine::new(self.loaded.scenario.clone(), designs, self.seed)
    }

    /// How many figures of the scenario are of each kind.
    pub fn figure_kinds(&self) -> FigureKinds {
        let mut kinds = FigureKinds::default();
        for figure in self.loaded.figures.values() {
            match figure.kind.as_str() {
                "sourced" => kinds.sourced += 1,
                "derived" => kinds.derived += 1,
                _ => kinds.assumption += 1,
            }
        }
        kinds
    }

    /// What a reader must know of the figures behind a result; empty where all are sourced.
    pub fn caution(&self) -> String {
        self.figure_kinds().caution(&self.loaded.scenario.name)
    }

    /// Seconds since the session was loaded.
    fn seconds(&self) -> f64 {
        self.started.elapsed().as_secs_f64()
    }

    /// Files that were read, options left out.
    pub fn read_files(&self) -> Vec<&Source> {
        let designs = self.designs.iter().flat_map(|design| &design.sources);
        let mut files: Vec<&Source> = Vec::new();
        for source in self
            .loaded
            .sources
            .iter()
            .chain(designs)
            .chain(&self.more)
            .filter(|source| !source.relative.is_empty())
        {
            if !files.iter().any(|known| known.name == source.name) {
                files.push(source);
            }
        }
        files
    }

    /// The inputs: merged files that can be run again, and every file as it was read.
    pub fn write_inputs(&self, folder: &RunFolder) -> Result<(), FolderError> {
        let merged = |value: serde_json::Value| {
            toml::to_string_pretty(&value)
                .unwrap_or_else(|error| format!("# cannot be written as TOML: {error}\n"))
        };
        let mut scenario = self.loaded.merged.to_json();
        if let Some(table) = scenario.as_object_mut() {
            // The tables are merged in: the file stands alone.
            table.remove("data");
            table.remove("base");
        }
        folder.write("inputs/scenario.toml", merged(scenario).as_bytes())?;
        for (at, design) in self.designs.iter().enumerate() {
            let file = match self.designs.len() {
                1 => "inputs/organisation.toml".to_string(),
                _ => format!("inputs/organisation-{}-{}.toml", at + 1, design.design.name),
            };
            folder.write(&file, merged(design.merged.to_json()).as_bytes())?;
        }
        for Source { relative, text, .. } in self.read_files() {
            folder.write(&format!("inputs/as-read/{relative}"), text.as_bytes())?;
        }
        Ok(())
    }

    /// What the tables of the session speak of.
    pub fn about(&self, verb: &str) -> About {
        About::of(verb, &self.loaded, &self.designs, &self.names)
    }

    /// Writes what every run folder holds beside its results, and gives the folder its name.
    pub fn conclude(
        &self,
        folder: RunFolder,
        hash: &str,
        failed: u64,
        interrupted: &AtomicBool,
        (verb, headline): (&str, Headline),
    ) -> Result<PathBuf, VerbError> {
        self.write_inputs(&folder)?;
        About { headline, ..self.about(verb) }.write(&folder)?;
        self.write_manifest(&folder, hash, failed)?;
        page::write(&folder)?;
        if interrupted.load(Ordering::Relaxed) {
            return Err(VerbError::Interrupted("interrupted; nothing was written".into()));
        }
        Ok(folder.finish()?)
    }

    /// The last line of a run for people: how much was played, and where it is.
    pub fn footer(&self, folder: &Path) -> String {
        format!(
            "{} replications of {} years, seed {}, {:.1} s. Page, tables and plots: {}\n",
            self.replications,
            self.loaded.scenario.horizon,
            self.seed,
            self.seconds(),
            folder.join(page::PAGE).display()
        )
    }

    /// What ran, on what, with which result.
    fn write_manifest(
        &self,
        folder: &RunFolder,
        hash: &str,
        failed: u64,
    ) -> Result<(), FolderError> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs());
        let manifest = Manifest {
            version: env!("CARGO_PKG_VERSION"),
            git: option_env!("CONSORTIA_COMMIT").map(str::to_string),
            scenario: self.loaded.scenario.name.clone(),
            organisations: self.names.clone(),
            inputs_hash: hash.to_string(),
            files: self
                .read_files()
                .into_iter()
                .map(|source| FileHash {
                    file: source.name.clone(),
                    blake3: blake3::hash(source.text.as_bytes()).to_hex().to_string(),
                })
                .collect(),
            tables: Vec::new(),
            overrides: self.settings.overrides.clone(),
            seed: self.seed,
            replications: self.replications,
            done: self.replications * self.designs.len() as u64 - failed,
            failed,
            figures: self.figure_kinds(),
            command: self.settings.command.clone(),
            host: Host {
                platform: format!("{}-{}", std::env::consts::OS, std::env::consts::ARCH),
                threads: threads(self.settings.threads),
            },
            started: now - self.started.elapsed().as_secs(),
            seconds: self.seconds(),
        };
        let text = serde_json::to_string_pretty(&manifest).unwrap_or_default();
        folder.write("manifest.json", text.as_bytes())
    }
}

/// Threads that a number stands for.
pub fn threads(requested: usize) -> usize {
    match requested {
        0 => std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
        threads => threads,
    }
}

/// What came of playing designs on replications.
pub struct Played {
    /// Measures of every replication.
    pub summary: Summary,
    /// Measures of every year.
    pub years: YearTable,
    /// What failed.
    pub failures: Vec<Failure>,
}

impl Played {
    fn new(engine: &Engine) -> Self {
        let (designs, states) = (engine.designs.len(), engine.scenario.states.len());
        Played {
            summary: Summary::new(designs, states),
            years: YearTable::new(designs, states, engine.scenario.horizon),
            failures: Vec::new(),
        }
    }

    fn take(&mut self, outcome: &Outcome<'_>) {
        match outcome.result {
            Ok((row, by_year)) => {
                self.summary.add(outcome.design, Some(row));
                self.years.add(outcome.design, by_year);
            }
            Err(failure) => {
                self.summary.add(outcome.design, None);
                self.failures.push(failure.clone());
            }
        }
    }
}

/// Plays all designs of an engine; `each` takes every outcome in order, and nothing else is kept.
pub fn play_rows(
    engine: &Engine,
    plan: RunPlan,
    observer: &dyn ProgressObserver,
    mut each: impl FnMut(&Outcome<'_>),
) -> Result<(), VerbError> {
    let phase = Phase::begin(observer, plan.replications, "replications");
    let take = |outcome: Outcome<'_>| {
        each(&outcome);
        Ok::<(), std::convert::Infallible>(())
    };
    experiment::run(engine, plan, observer.interrupted(), &phase, take).map_err(stopped)
}

/// Why a run stopped, as trouble.
pub fn stopped(stop: Stop) -> VerbError {
    match stop {
        Stop::Interrupted => VerbError::Interrupted(
            "interrupted; nothing was written. The same command starts the run again from its \
             beginning"
                .into(),
        ),
        other => VerbError::Fault(other.to_string()),
    }
}

/// The position of a measure by which designs can be ranked.
pub fn measure(id: &str) -> Result<usize, VerbError> {
    let single = |at: &usize| !crate::experiment::measures::ACROSS.contains(&MEASURES[*at].id);
    match (0..MEASURES.len()).filter(single).find(|at| MEASURES[*at].id == id) {
        Some(at) => Ok(at),
        None => {
            let names = (0..MEASURES.len()).filter(single).map(|at| MEASURES[at].id);
            Err(load::refuse(
                "measure",
                format!("there is no measure `{id}` of single replications"),
                suggest(id, names),
            )
            .into())
        }
    }
}

/// When to stop before all replications are played.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Until {
    /// Stop as soon as 95 % intervals are this narrow to either side, in the unit of the measure:
    /// that of the mean for `run`, those of all paired differences for `compare`. Then
    /// --replications is the most (default: a million).
    #[arg(long, value_name = "W", value_parser = positive)]
    pub until_half_width: Option<f64>,
    /// The measure of the region whose intervals are watched.
    #[arg(long, value_name = "MEASURE", default_value = "gain", requires = "until_half_width")]
    pub of: String,
}

/// A number above 0.
pub fn positive(text: &str) -> Result<f64, String> {
    text.parse()
        .ok()
        .filter(|x: &f64| *x > 0.0 && x.is_finite())
        .ok_or_else(|| "give a number above 0".into())
}

/// The most replications where precision stops a run, and nobody says.
const MOST: u64 = 1_000_000;

impl Until {
    /// The most replications to play: as asked, or as usual.
    pub fn most(&self, inputs: &mut RunInputs) {
        if self.until_half_width.is_some() && inputs.settings.replications.is_none() {
            inputs.replications = MOST;
        }
    }

    /// As part of what determines results.
    pub fn hashed(&self) -> String {
        self.until_half_width
            .map_or(String::new(), |width| format!(" until {width} of {}", self.of))
    }

    /// What is watched: the measure, and the intervals of the first `designs` designs.
    pub fn watch(&self, designs: usize) -> Result<Option<(usize, Watch)>, VerbError> {
        let Some(half_width) = self.until_half_width else { return Ok(None) };
        Ok(Some((measure(&self.of)?, Watch::new(designs, half_width))))
    }
}

/// Why replications stop coming before the last.
#[derive(Debug, thiserror::Error)]
#[error("intervals are narrow enough")]
struct Enough;

/// Plays all designs until intervals are narrow enough, looked at after every chunk: threads change
/// nothing. Returns what was played and the number of replications.
pub fn play_until(
    engine: &Engine,
    plan: RunPlan,
    watched: Option<(usize, Watch)>,
    observer: &dyn ProgressObserver,
) -> Result<(Played, u64), VerbError> {
    let Some((measure, mut watch)) = watched else {
        return Ok((play(engine, plan, observer)?, plan.replications));
    };
    let mut played = Played::new(engine);
    let all = columns(engine.scenario.states.len());
    let place = all
        .iter()
        .position(|column| column.measure == measure && column.state.is_none())
        .unwrap_or(0);
    let (watching, designs) = (watch.designs(), engine.designs.len());
    let phase = Phase::begin(observer, plan.replications, "replications");
    let mut count = 0;
    let done = experiment::run(engine, plan, observer.interrupted(), &phase, |outcome| {
        if outcome.design < watching {
            watch.add(outcome.design, outcome.result.map_or(f64::NAN, |(row, _)| row[place]));
        }
        played.take(&outcome);
        if outcome.design + 1 == designs {
            count = outcome.replication + 1;
            if count.is_multiple_of(experiment::CHUNK as u64) && watch.is_enough() {
                return Err(Enough);
            }
        }
        Ok(())
    });
    drop(phase);
    match done {
        Ok(()) => {
            observer.note(&format!(
                "{count} replications were not enough: the widest interval is ± {:.3}",
                watch.widest()
            ));
        }
        Err(Stop::Receiver(halt)) if halt.is::<Enough>() => {}
        Err(stop) => return Err(stopped(stop)),
    }
    Ok((played, count))
}

/// Plays all designs of an engine and keeps their measures.
pub fn play(
    engine: &Engine,
    plan: RunPlan,
    observer: &dyn ProgressObserver,
) -> Result<Played, VerbError> {
    let mut played = Played::new(engine);
    play_rows(engine, plan, observer, |outcome| played.take(outcome))?;
    Ok(played)
}

/// Seconds that a number of replications would take on one thread, measured on a few after a
/// warm-up.
pub fn pilot_seconds(engine: &Engine, replications: u64) -> Result<f64, VerbError> {
    let pilot = replications.min(64);
    let mut seconds = 0.0;
    for _ in 0..2 {
        let start = Instant::now();
        play(engine, RunPlan { replications: pilot, threads: 1 }, &Unobserved::default())?;
        seconds = start.elapsed().as_secs_f64();
    }
    Ok(seconds * replications as f64 / pilot as f64)
}

/// Trouble if replications have failed.
pub fn check_failures(failed: u64, of: u64, folder: &Path) -> Result<(), VerbError> {
    if failed > 0 {
        let message = format!(
            "{failed} of {of} replications failed: see failures.csv in {}",
            folder.display()
        );
        return Err(VerbError::SomeFailed(message));
    }
    Ok(())
}
