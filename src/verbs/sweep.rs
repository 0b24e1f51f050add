//! Simulation of a sweep: designs on common draws at many points, written shard by shard, so that
//! an interrupted sweep can be resumed.

use super::run_inputs::{self, stopped};
use super::study::{FinishedSweep, Plan, conclude, how_to_resume, report_findings};
use super::{Phase, ProgressObserver, Settings, VerbError};
use crate::experiment::Stop;
use crate::experiment::sweep::{Orders, Part, Rounds, ShardJournal, Task, simulate};
use crate::numeric::LANES;
use crate::output::sweep::{
    Line, ShardFiles, State, SweepFolder, damaged_table, parameters_table, points_table,
    remove_partial_files,
};
use crate::output::{FolderError, RunFolder};
use crate::report::sweep as words;
use crate::scenario::load;
use clap::{Args, ValueEnum};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::time::Instant;

/// Options of the verb `sweep`.
#[derive(Debug, Args)]
pub struct Request {
    /// Sweep: a file, a folder with sweep.toml, or a built-in name.
    pub sweep: String,
    /// Resume an interrupted sweep: finished shards are checked and kept.
    #[arg(long)]
    pub resume: bool,
    /// Simulate only part I of N, on one of several machines; `consortia merge` joins the parts.
    #[arg(long, value_name = "I/N", value_parser = part)]
    pub shard: Option<Part>,
    /// What to do when a run fails.
    #[arg(long, value_enum, default_value_t)]
    pub on_error: OnError,
    /// Options shared by all verbs that simulate.
    #[command(flatten)]
    pub settings: Settings,
}

/// Reaction to a failed run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum OnError {
    /// Record the failure and continue.
    #[default]
    Continue,
    /// Stop after the shard in which the failure occurred.
    Stop,
}

fn part(text: &str) -> Result<Part, String> {
    let wrong = || "write it like 2/4: the second of four parts".to_string();
    let (part, of) = text.split_once('/').ok_or_else(wrong)?;
    let (part, of) = (part.parse().map_err(|_| wrong())?, of.parse().map_err(|_| wrong())?);
    if (1..=100_000).contains(&of) && (1..=of).contains(&part) {
        Ok(Part { part, of })
    } else {
        Err(wrong())
    }
}

impl Request {
    /// Returns the part to simulate.
    pub fn part(&self) -> Part {
        self.shard.unwrap_or(Part::WHOLE)
    }

    /// Loads the sweep. Fails if it is invalid.
    pub fn plan(&self) -> Result<Plan, VerbError> {
        Plan::load(&self.sweep, &self.settings, self.part())
    }

    /// Returns the path of the folder: as requested, else `output/SWEEP-HASH`, with the part if
    /// there is one.
    pub fn path(&self, plan: &Plan) -> PathBuf {
        let part = self.part();
        let name = format!("{}-{}", plan.record.name, plan.record.inputs_hash);
        let name =
            if part == Part::WHOLE { name } else { format!("{name}.{}of{}", part.part, part.of) };
        self.settings.out.clone().unwrap_or_else(|| PathBuf::from("output").join(name))
    }

    /// Opens the folder, new or to be resumed; [`SweepStart::Done`] if everything is done already.
    /// Fails if the folder holds other files, or if resuming was not requested or is not possible.
    pub fn begin(
        &self,
        plan: Plan,
        observer: &dyn ProgressObserver,
    ) -> Result<SweepStart, VerbError> {
        let started = Instant::now();
        let path = self.path(&plan);
        let Some(mut folder) = self.open(&plan, &path, observer)? else {
            return Ok(SweepStart::Done(path, Box::new(plan)));
        };
        let out = RunFolder::within(path.clone());
        let points = points_table(&plan.loaded.sweep, &plan.points.values)
            .map_err(|source| FolderError::Csv { path: path.join("points.csv"), source })?;
        out.write("points.csv", &points)?;
        parameters_table(&plan.record).write(&out, "parameters.csv")?;
        plan.inputs.write_inputs(&out)?;
        plan.inputs.about("sweep").write(&out)?;
        folder.journal.stop_on_failure = self.on_error == OnError::Stop;
        let how_to_resume = how_to_resume(&self.sweep, &path, &self.settings, self.part());
        let store = plan.record.store(&path);
        let rounds = Rounds::new(&plan.layout, plan.loaded.sweep.stop.as_ref(), self.part());
        Ok(SweepStart::Open(Box::new(SweepInProgress {
            plan,
            folder,
            store,
            rounds,
            how_to_resume,
            started,
        })))
    }

    /// Opens the folder, new or to be resumed; `None` if everything is done already.
    fn open(
        &self,
        plan: &Plan,
        path: &Path,
        observer: &dyn ProgressObserver,
    ) -> Result<Option<SweepFolder>, VerbError> {
        let occupied = is_occupied(path)?;
        if !occupied {
            if self.resume {
                let message = format!("there is nothing to resume in {}", path.display());
                let help = format!("{}start it without --resume", others(plan, path));
                return Err(load::refuse("resume", message, help).into());
            }
            return Ok(Some(SweepFolder::create(path, &plan.record)?));
        }
        if !path.join("sweep.json").is_file() {
            return Err(FolderError::Foreign(path.to_path_buf()).into());
        }
        let (folder, mut findings) = SweepFolder::resume(path, &plan.record)?;
        findings.extend(damaged_table(path).map(|damage| format!("{damage}; it is made anew")));
        let points = std::fs::read(path.join("points.csv")).unwrap_or_default();
        let reported = findings.iter().any(|finding| finding.starts_with("points.csv"));
        if !reported && blake3::hash(&points).to_hex().as_str() != plan.record.points_hash {
            findings.push("points.csv was changed; it is written anew".into());
        }
        report_findings(&findings, observer);
        let store = plan.record.store(path);
        let left = Rounds::new(&plan.layout, plan.loaded.sweep.stop.as_ref(), plan.record.part())
            .next(&store, &folder.journal)
            .map_err(|error| VerbError::Fault(error.to_string()))?;
        let state = SweepFolder::state(path, &plan.record, left.len());
        // A foreign file among the shards is no reason to simulate again.
        let undamaged = findings.iter().all(|finding| finding.contains("is left alone"));
        let done = state == State::Complete
            || (state == State::Played && plan.record.part() != Part::WHOLE);
        if done && undamaged {
            return Ok(None);
        }
        if !self.resume {
            let message = format!("{} holds this sweep, begun but not complete", path.display());
            let help = "resume it with --resume, or choose another folder with --out".to_string();
            return Err(load::refuse("resume", message, help).into());
        }
        Ok(Some(folder))
    }

    /// Simulates the missing shards and makes the final tables and page.
    pub fn simulate(
        &self,
        plan: Plan,
        observer: &dyn ProgressObserver,
    ) -> Result<Outcome, VerbError> {
        let mut playing = match self.begin(plan, observer)? {
            SweepStart::Open(playing) => playing,
            SweepStart::Done(path, plan) if self.part() == Part::WHOLE => {
                return Ok(Outcome::Whole(Box::new(FinishedSweep::of(&path)?), Some(plan)));
            }
            SweepStart::Done(path, plan) => return Ok(Outcome::Part(path, plan)),
        };
        playing.simulate(run_inputs::threads(self.settings.threads), observer)?;
        playing.conclude(run_inputs::threads(self.settings.threads))
    }

    /// Simulates a few replications at a few points spread over the space, twice: the first round
    /// warms up, the second is timed.
    pub fn pilot(&self, plan: &Plan) -> Pilot {
        let (mut study, layout, part) = (plan.study(), &plan.layout, self.part());
        study.layout.block = study.layout.block.min(2 * LANES as u64);
        let own: Vec<usize> = (0..layout.ranges())
            .filter(|&range| part.holds(range))
            .flat_map(|range| layout.points_of(range))
            .collect();
        let points: Vec<usize> =
            own.iter().copied().step_by(own.len().div_ceil(8).max(1)).collect();
        let mut scratch = Default::default();
        let (own, count) = (own.len(), points.len());
        let mut pilot = Pilot {
            own,
            points: count,
            rows: 0,
            failed: 0,
            reason: String::new(),
            seconds_per_run: f64::NAN,
        };
        for _ in 0..2 {
            let start = Instant::now();
            if let Some(played) =
                study.shard(0, points.clone(), &mut scratch, &AtomicBool::new(false))
            {
                pilot.rows = played.len();
                pilot.seconds_per_run = start.elapsed().as_secs_f64() / pilot.rows.max(1) as f64;
                pilot.failed = played.failed();
                pilot.reason = played
                    .failures
                    .first()
                    .map_or(String::new(), |failure| failure.message.clone());
            }
        }
        pilot
    }

    /// Returns points, runs, shards, time and disk space, estimated from a pilot.
    pub fn forecast(&self, plan: &Plan) -> String {
        let (path, part, layout) = (self.path(plan), self.part(), &plan.layout);
        let threads = run_inputs::threads(self.settings.threads);
        let Pilot { own, points, rows, failed, reason, seconds_per_run: per_run } =
            self.pilot(plan);
        let runs = own as f64 * layout.replications as f64 * layout.designs as f64;
        let width = plan.record.measures.len() as f64;
        let per_row = match plan.record.format {
            crate::scenario::sweep::raw::ShardFormat::Parquet => 8.5 * width + 4.0,
            crate::scenario::sweep::raw::ShardFormat::Csv => 18.5 * width + 24.0,
        };
        let results = own as f64 * layout.designs as f64 * width * 110.0;
        let most = if plan.record.stop.is_some() { "at most " } else { "" };
        let here = if own < plan.record.points {
            format!("; here {own} of the points")
        } else {
            String::new()
        };
        let mut text = format!(
            "{}{here}: {most}{} runs in {} shards of about {} rows\n\
             {most}about {} on {threads} threads ({:.2} ms a run on one), {most}{:.0} MB on \
             disk\nfolder: {}\n",
            plan.record.extent(),
            runs,
            (0..layout.ranges()).filter(|&range| part.holds(range)).count() * layout.blocks(),
            layout.range as u64 * layout.block.min(layout.replications) * layout.designs as u64,
            words::duration(per_run * runs / threads as f64),
            1e3 * per_run,
            (runs * per_row + results) / 1e6,
            path.display(),
        );
        if failed > 0 {
            text.push_str(&format!(
                "of {rows} runs tried at {points} points, {failed} failed: {reason}\n"
            ));
        }
        if !layout.replications.is_multiple_of(LANES as u64) {
            let next = layout.replications.div_ceil(LANES as u64) * LANES as u64;
            text.push_str(&format!(
                "replications are simulated {LANES} at a time: {next} would take the same time\n"
            ));
        }
        text
    }
}

/// Timing of a few runs of a sweep.
pub struct Pilot {
    /// Number of points of the requested part.
    own: usize,
    /// Numbers of points, runs and failed runs, with the message of the first failure.
    points: usize,
    rows: usize,
    failed: usize,
    reason: String,
    /// Seconds per run on one thread.
    pub seconds_per_run: f64,
}

/// A sweep whose folder is open, or that was complete before.
pub enum SweepStart {
    /// To be simulated.
    Open(Box<SweepInProgress>),
    /// Done already, in this folder.
    Done(PathBuf, Box<Plan>),
}

/// Results of simulating a sweep.
pub enum Outcome {
    /// The whole sweep; with the plan if it was complete before and nothing was simulated.
    Whole(Box<FinishedSweep>, Option<Box<Plan>>),
    /// A part of it, in this folder.
    Part(PathBuf, Box<Plan>),
}

/// A sweep in progress: shards simulated here or elsewhere are recorded in its journal.
pub struct SweepInProgress {
    /// The sweep as loaded.
    pub plan: Plan,
    /// Its folder with the journal.
    pub folder: SweepFolder,
    store: ShardFiles,
    rounds: Rounds,
    how_to_resume: String,
    started: Instant,
}

impl SweepInProgress {
    /// Returns the shards to simulate next, with their points; none if all are done.
    pub fn tasks(&mut self) -> Result<Vec<Task>, VerbError> {
        self.rounds
            .next(&self.store, &self.folder.journal)
            .map_err(|error| VerbError::Fault(error.to_string()))
    }

    /// Records in the journal that a shard has been written. Returns `false` if no further shards
    /// are to be simulated.
    pub fn note(&mut self, line: Line) -> Result<bool, VerbError> {
        self.folder
            .journal
            .record(line.shard, line)
            .map_err(|error| VerbError::Fault(error.to_string()))
    }

    /// Returns the largest number of runs of this part.
    pub fn total(&self) -> u64 {
        let (layout, part) = (&self.plan.layout, self.plan.record.part());
        let own = (0..layout.ranges()).filter(|&range| part.holds(range));
        let own: usize = own.map(|range| layout.points_of(range).len()).sum();
        own as u64 * layout.replications * layout.designs as u64
    }

    /// Returns the number of runs kept so far.
    pub fn rows(&self) -> u64 {
        self.folder.journal.rows().0
    }

    /// Returns the command that resumes the sweep.
    pub fn how_to_resume(&self) -> &str {
        &self.how_to_resume
    }

    /// Simulates the missing shards on threads of this machine. Fails if interrupted, or if a run
    /// failed and the sweep is to stop then.
    pub fn simulate(
        &mut self,
        threads: usize,
        observer: &dyn ProgressObserver,
    ) -> Result<(), VerbError> {
        let study = self.plan.study();
        let (total, before) = (self.total(), self.rows());
        let phase = Phase::begin(observer, total.saturating_sub(before), "runs");
        let orders = Orders {
            stop: self.plan.loaded.sweep.stop.as_ref(),
            part: self.plan.record.part(),
            threads,
        };
        let interrupted = observer.interrupted();
        let done =
            simulate(&study, orders, interrupted, &phase, &self.store, &mut self.folder.journal);
        drop(phase);
        let ((rows, failed), how_to_resume) = (self.folder.journal.rows(), &self.how_to_resume);
        match done {
            Ok(true) => Ok(()),
            Ok(false) => Err(VerbError::SomeFailed(format!(
                "stopped after a failure: {rows} rows are kept, {failed} of them failed (see {}). \
                 Go on with: {how_to_resume}",
                self.store.folder().display()
            ))),
            Err(Stop::Interrupted) => Err(VerbError::Interrupted(format!(
                "interrupted; {rows} of {total} runs are kept. Go on with: {how_to_resume}"
            ))),
            Err(other) => Err(match stopped(other) {
                VerbError::Fault(reason) => VerbError::Fault(format!(
                    "{reason}. {rows} of {total} runs are kept; go on with: {how_to_resume}"
                )),
                error => error,
            }),
        }
    }

    /// Closes the journal and, for a whole sweep, makes tables, figures and page.
    pub fn conclude(mut self, threads: usize) -> Result<Outcome, VerbError> {
        self.folder.journal.close().map_err(|error| VerbError::Fault(error.to_string()))?;
        remove_partial_files(&self.store)?;
        if self.plan.record.part() == Part::WHOLE {
            let command = &self.plan.inputs.settings.command;
            return Ok(Outcome::Whole(
                Box::new(conclude(&self.folder, threads, self.started, command)?),
                None,
            ));
        }
        Ok(Outcome::Part(self.folder.path, Box::new(self.plan)))
    }
}

/// Whether a folder contains more than the traces of a sweep that was killed before it began. Fails
/// if the path is a file.
fn is_occupied(path: &Path) -> Result<bool, FolderError> {
    if path.is_file() {
        return Err(FolderError::Foreign(path.to_path_buf()));
    }
    let entries = match std::fs::read_dir(path) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(FolderError::io(path)(error)),
    };
    for entry in entries {
        let name = entry.map_err(FolderError::io(path))?.file_name();
        let empty = |folder: &Path| {
            std::fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_none())
        };
        if name != ".lock"
            && name != ".sweep.json.partial"
            && !(name == "shards" && empty(&path.join("shards")))
        {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Hint at sweeps of the same name with other inputs, for an attempt to resume.
fn others(plan: &Plan, path: &Path) -> String {
    let parent =
        path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut found: Vec<String> = Vec::new();
    for entry in std::fs::read_dir(parent).into_iter().flatten().flatten() {
        if let Ok(record) = SweepFolder::record_of(&entry.path())
            && record.name == plan.record.name
            && !record.is_same_sweep(&plan.record)
        {
            found.push(entry.path().display().to_string());
        }
    }
    found.sort();
    match found.len() {
        0 => String::new(),
        _ => format!(
            "{} holds a sweep of this name, but of other inputs: restore them to go on with it, \
             or ",
            found.join(", ")
        ),
    }
}
