//! What all verbs that simulate share: loading a scenario with its designs, simulating them, and
//! the files that every run folder contains.

use super::{Phase, ProgressObserver, Settings, Unobserved, VerbError};
use crate::analysis::replications::Watch;
use crate::analysis::{Summary, YearTable};
use crate::experiment::losses::LossSums;
use crate::experiment::measure_columns::columns;
use crate::experiment::measures::MEASURES;
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

/// A loaded scenario with its designs and settings.
#[derive(Clone)]
pub struct RunInputs {
    /// The scenario.
    pub loaded: LoadedScenario,
    /// Designs in the order in which they were named.
    pub designs: Vec<LoadedDesign>,
    /// Unique names of the designs for tables.
    pub names: Vec<String>,
    /// Number of replications.
    pub replications: u64,
    /// Master seed.
    pub seed: u64,
    /// Further files that were read.
    pub more: Vec<Source>,
    /// Settings as given.
    pub settings: Settings,
    started: Instant,
}

impl RunInputs {
    /// Loads a scenario and its designs; without any, the scenario's default organisation.
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

    /// Takes scenario and designs from a loaded sweep.
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

    /// Returns the hash of everything that determines the results of a verb.
    pub fn hash(&self, verb: &str, more: &str) -> String {
        let mut inputs =
            vec![env!("CARGO_PKG_VERSION").to_string(), self.loaded.merged.to_json().to_string()];
        inputs.extend(self.designs.iter().map(|design| design.merged.to_json().to_string()));
        inputs.push(format!("{} {} {verb} {more}", self.seed, self.replications));
        hash_of(inputs.iter().map(String::as_str))
    }

    /// Returns the path of the run folder: as requested, else `output/SCENARIO-HASH`.
    pub fn folder(&self, hash: &str) -> PathBuf {
        let default =
            || PathBuf::from("output").join(format!("{}-{hash}", self.loaded.scenario.name));
        self.settings.out.clone().unwrap_or_else(default)
    }

    /// Starts the run folder `out`, or the one given by [`RunInputs::folder`].
    pub fn start(&self, out: Option<PathBuf>, hash: &str) -> Result<RunFolder, FolderError> {
        RunFolder::start(out.unwrap_or_else(|| self.folder(hash)), hash)
    }

    /// Creates an engine of the designs, followed by the designs `more`.
    pub fn engine(&self, more: Vec<Design>) -> Engine {
        let designs = self.designs.iter().map(|loaded| loaded.design.clone()).chain(more).collect();
        Engine::new(self.loaded.scenario.clone(), designs, self.seed)
    }

    /// Counts the figures of the scenario by kind.
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

    /// Returns a caution about the figures behind a result; empty if all are sourced.
    pub fn caution(&self) -> String {
        self.figure_kinds().caution(&self.loaded.scenario.name)
    }

    /// Seconds since the inputs were loaded.
    fn seconds(&self) -> f64 {
        self.started.elapsed().as_secs_f64()
    }

    /// Returns the files that were read, each once; overrides are not files.
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

    /// Writes the inputs: merged files that can be run again, and every file as it was read.
    pub fn write_inputs(&self, folder: &RunFolder) -> Result<(), FolderError> {
        let merged = |value: serde_json::Value| {
            toml::to_string_pretty(&value)
                .unwrap_or_else(|error| format!("# cannot be written as TOML: {error}\n"))
        };
        let mut scenario = self.loaded.merged.to_json();
        if let Some(table) = scenario.as_object_mut() {
            // Data tables and base are merged into the file, which stands alone.
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

    /// Returns the description of scenario and designs for the folder's tables.
    pub fn about(&self, verb: &str) -> About {
        About::of(verb, &self.loaded, &self.designs, &self.names)
    }

    /// Writes inputs, manifest and page, and moves the folder to its final name. If interrupted, it
    /// fails and keeps no folder.
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

    /// Returns the last line of printed results: size, time and place of the run.
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

    /// Writes `manifest.json`: program, inputs, settings and counts of the run.
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

/// Returns the number of threads to use; 0 stands for all processors.
pub fn threads(requested: usize) -> usize {
    match requested {
        0 => std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
        threads => threads,
    }
}

/// Results of simulated designs.
pub struct Played {
    /// Measures by design and replication.
    pub summary: Summary,
    /// Measures by design and year.
    pub years: YearTable,
    /// Account of losses, by design.
    pub losses: Vec<LossSums>,
    /// Failures, with design and replication.
    pub failures: Vec<Failure>,
}

impl Played {
    fn new(engine: &Engine) -> Self {
        let (designs, states) = (engine.designs.len(), engine.scenario.states.len());
        Played {
            summary: Summary::new(designs, states),
            years: YearTable::new(designs, states, engine.scenario.horizon),
            losses: vec![LossSums::new(engine.scenario.horizon, states); designs],
            failures: Vec::new(),
        }
    }

    fn take(&mut self, outcome: &Outcome<'_>) {
        if let Some(losses) = outcome.losses {
            self.losses[outcome.design].merge(losses);
        }
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

/// Simulates all designs of an engine; `each` receives every outcome in order. Keeps no results.
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

/// Converts the reason why a run stopped into an error.
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

/// Returns the position in [`MEASURES`] of a measure by which designs can be ranked. Fails if there
/// is no such measure of single replications.
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

/// Options for stopping by precision before all replications are simulated.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Until {
    /// Stop when 95 % intervals have at most this half-width, in the unit of the measure.
    ///
    /// The intervals are that of the mean for `run`, and those of all paired differences for
    /// `compare`. --replications is then the largest number (default: a million).
    #[arg(long, value_name = "W", value_parser = positive)]
    pub until_half_width: Option<f64>,
    /// Measure of the region whose intervals are checked.
    #[arg(long, value_name = "MEASURE", default_value = "gain", requires = "until_half_width")]
    pub of: String,
}

/// Parses a number above 0.
pub fn positive(text: &str) -> Result<f64, String> {
    text.parse()
        .ok()
        .filter(|x: &f64| *x > 0.0 && x.is_finite())
        .ok_or_else(|| "give a number above 0".into())
}

/// Default for the largest number of replications if precision stops the run.
const MOST: u64 = 1_000_000;

impl Until {
    /// Sets the largest number of replications if precision stops the run and none is given.
    pub fn most(&self, inputs: &mut RunInputs) {
        if self.until_half_width.is_some() && inputs.settings.replications.is_none() {
            inputs.replications = MOST;
        }
    }

    /// Text for the hash of the inputs.
    pub fn hashed(&self) -> String {
        self.until_half_width
            .map_or(String::new(), |width| format!(" until {width} of {}", self.of))
    }

    /// Returns the position of the measure and the intervals of the first `designs` designs; `None`
    /// without stopping by precision.
    pub fn watch(&self, designs: usize) -> Result<Option<(usize, Watch)>, VerbError> {
        let Some(half_width) = self.until_half_width else { return Ok(None) };
        Ok(Some((measure(&self.of)?, Watch::new(designs, half_width))))
    }
}

/// Signals that intervals are narrow enough.
#[derive(Debug, thiserror::Error)]
#[error("intervals are narrow enough")]
struct Enough;

/// Simulates all designs until intervals are narrow enough. Returns the results and the number of
/// replications. Precision is checked after whole chunks, so the number of threads changes nothing.
pub fn play_until(
    engine: &Engine,
    plan: RunPlan,
    watched: Option<(usize, Watch)>,
    observer: &dyn ProgressObserver,
) -> Result<(Played, u64), VerbError> {
    let Some((measure, mut watch)) = watched else {
        return Ok((simulate(engine, plan, observer)?, plan.replications));
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

/// Simulates all designs of an engine and keeps their measures.
pub fn simulate(
    engine: &Engine,
    plan: RunPlan,
    observer: &dyn ProgressObserver,
) -> Result<Played, VerbError> {
    let mut played = Played::new(engine);
    play_rows(engine, plan, observer, |outcome| played.take(outcome))?;
    Ok(played)
}

/// Estimates the seconds that replications take on one thread, from at most 64 replications after a
/// warm-up.
pub fn pilot_seconds(engine: &Engine, replications: u64) -> Result<f64, VerbError> {
    let pilot = replications.min(64);
    let mut seconds = 0.0;
    for _ in 0..2 {
        let start = Instant::now();
        simulate(engine, RunPlan { replications: pilot, threads: 1 }, &Unobserved::default())?;
        seconds = start.elapsed().as_secs_f64();
    }
    Ok(seconds * replications as f64 / pilot as f64)
}

/// Fails if replications have failed.
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
