//! Creates, opens and resumes the folder of a sweep, with its record and tables of points.
//!
//! Shards that are damaged are reported and count as not done. Simulations are run elsewhere.

use super::journal::{Journal, JournalError};
use super::lock::Lock;
use super::shards::ShardFiles;
use crate::experiment::sweep::{Layout, Part};
use crate::output::folder::{FolderError, RunFolder, read_error};
use crate::output::frame::{Column, Frame, cells};
use crate::output::manifest::FigureKinds;
use crate::scenario::sweep::Sweep;
use crate::scenario::sweep::raw::{DrawSharing, Sampling, ShardFormat};
use serde::{Deserialize, Serialize};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Uncertain parameter of a sweep, as stored for later analyses.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ParameterRecord {
    /// Name in tables.
    pub name: String,
    /// Short description.
    pub title: String,
    /// Unit.
    pub unit: String,
    /// Name of its law (distribution).
    pub law: String,
    /// Possible values, in words.
    pub range: String,
    /// Categories by position; empty for numeric parameters.
    pub categories: Vec<String>,
    /// Position of its group in a Morris design.
    pub group: usize,
    /// How it changes values, then the paths of these values.
    pub changes: Vec<String>,
    /// Source of its range.
    pub source: String,
}

/// Measure that the sweep keeps of every replication.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MeasureRecord {
    /// Heading of its column.
    pub column: String,
    /// Id of the measure.
    pub measure: String,
    /// Id of the state, or `region`.
    pub state: String,
    /// Unit.
    pub unit: String,
    /// Better direction: `higher`, `lower` or `neither`.
    pub better: String,
}

/// Content of `sweep.json`, which defines the sweep in a folder. The file has the same bytes on
/// every machine.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SweepRecord {
    /// Version of the program.
    pub version: String,
    /// Commit that the program was built from, with `+dirty` if files differed from it.
    pub build: Option<String>,
    /// Hash of everything that determines the results.
    pub inputs_hash: String,
    /// Hash of `points.csv`.
    pub points_hash: String,
    /// Name and hash of each file that was read.
    pub files: Vec<(String, String)>,
    /// Overrides (`--set`), in order.
    pub overrides: Vec<String>,
    /// Id of the sweep.
    pub name: String,
    /// Title, one line.
    pub title: String,
    /// Id of the scenario.
    pub scenario: String,
    /// Names of the designs.
    pub organisations: Vec<String>,
    /// Master seed.
    pub seed: u64,
    /// Whether points share their draws.
    pub draws: DrawSharing,
    /// Uncertain parameters.
    pub parameters: Vec<ParameterRecord>,
    /// Names of the groups of a Morris design.
    pub groups: Vec<String>,
    /// How points were chosen.
    pub sampling: Sampling,
    /// Number of points.
    pub points: usize,
    /// Replications of every design at every point; the maximum if points stop early.
    pub replications: u64,
    /// Number of replications in a block.
    pub block: u64,
    /// Number of points in a range.
    pub range: usize,
    /// Measure, half-width of its interval and least number of replications for stopping by
    /// precision; `None` if points do not stop early.
    pub stop: Option<(String, f64, u64)>,
    /// Measures kept.
    pub measures: Vec<MeasureRecord>,
    /// Format of the shards.
    pub format: ShardFormat,
    /// Value from which an outcome is good enough, for the measure by which the sweep chooses.
    pub satisfactory: Option<f64>,
    /// Weight of the best outcome in Hurwicz's criterion, as a share.
    pub optimism: f64,
    /// Number of input figures of the scenario, by kind.
    pub figures: FigureKinds,
    /// Part of the sweep in this folder, from 1, and number of parts.
    pub part: (usize, usize),
}

impl SweepRecord {
    /// Returns the size of the sweep, in words.
    pub fn extent(&self) -> String {
        let most = if self.stop.is_some() { "up to " } else { "" };
        let count = |number: usize, one: &str| {
            format!("{number} {one}{}", if number == 1 { "" } else { "s" })
        };
        format!(
            "{} of {}, {}, {most}{} replications each",
            count(self.points, "point"),
            count(self.parameters.len(), "parameter"),
            count(self.organisations.len(), "design"),
            self.replications
        )
    }

    /// Returns the division of the sweep into shards.
    pub fn layout(&self) -> Layout {
        Layout {
            points: self.points,
            designs: self.organisations.len(),
            replications: self.replications,
            block: self.block,
            range: self.range,
        }
    }

    /// Returns the part of the sweep in this folder.
    pub fn part(&self) -> Part {
        Part { part: self.part.0, of: self.part.1 }
    }

    /// Returns the shard store of the sweep in a folder.
    pub fn store(&self, folder: &Path) -> ShardFiles {
        let columns: Vec<String> =
            self.measures.iter().map(|measure| measure.column.clone()).collect();
        ShardFiles::new(folder, self.format, &self.organisations, &columns)
    }

    /// Returns the precision at which points stop; `None` if they do not stop early.
    pub fn stop(&self) -> Option<crate::scenario::sweep::Stop> {
        let (measure, half_width, at_least) = self.stop.clone()?;
        let column = self.measures.iter().position(|kept| kept.column == measure)?;
        Some(crate::scenario::sweep::Stop { column, half_width, at_least })
    }

    /// Returns the number of shards of this part if no point stops early.
    pub fn shards(&self) -> usize {
        let layout = self.layout();
        (0..layout.ranges()).filter(|&range| self.part().holds(range)).count() * layout.blocks()
    }

    /// Returns whether another record is of the same sweep: same hash of inputs and same layout.
    /// The part may differ, and the paths of the inputs too.
    pub fn is_same_sweep(&self, other: &SweepRecord) -> bool {
        (&self.inputs_hash, self.layout()) == (&other.inputs_hash, other.layout())
    }
}

/// Progress of a sweep.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// All shards and the tables made from them are present.
    Complete,
    /// All shards are present, but not yet the tables made from them.
    Played,
    /// Shards are missing.
    Partial,
}

/// Errors of opening the folder of a sweep.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The folder has no `sweep.json`.
    #[error("{0} is not the folder of a sweep: it has no sweep.json")]
    NoSweep(PathBuf),
    /// `sweep.json` cannot be read.
    #[error("{path} cannot be read: {reason}")]
    Record {
        /// Path of the file.
        path: PathBuf,
        /// Reason, in words.
        reason: String,
    },
    /// The folder holds a sweep of other inputs.
    #[error("{folder} is a sweep of other inputs: {differences}")]
    Changed {
        /// Path of the folder.
        folder: PathBuf,
        /// Differences, in words.
        differences: String,
    },
    /// Another process holds the lock of the folder.
    #[error("another process is running this sweep in {0}")]
    Busy(PathBuf),
    /// The folder cannot be read or written.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// The journal cannot be used.
    #[error(transparent)]
    Journal(#[from] JournalError),
}

/// A fault found on opening a folder, in words.
pub type Finding = String;

/// Folder of a sweep, locked by this process.
#[derive(Debug)]
pub struct SweepFolder {
    /// Path of the folder.
    pub path: PathBuf,
    /// Record of the sweep.
    pub record: SweepRecord,
    /// Journal of the shards that are done.
    pub journal: Journal,
    _lock: Lock,
}

const RECORD: &str = "sweep.json";

impl SweepFolder {
    /// Reads the record of a folder. Fails if there is no `sweep.json` or it cannot be read.
    pub fn record_of(folder: &Path) -> Result<SweepRecord, OpenError> {
        let path = folder.join(RECORD);
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound || !folder.is_dir() => {
                return Err(OpenError::NoSweep(folder.to_path_buf()));
            }
            Err(error) => return Err(OpenError::Record { path, reason: error.to_string() }),
        };
        serde_json::from_str(&text)
            .map_err(|error| OpenError::Record { path, reason: read_error(&text, "fates", &error) })
    }

    fn hold(folder: &Path) -> Result<Lock, OpenError> {
        match Lock::take(folder) {
            Ok(Some(lock)) => Ok(lock),
            Ok(None) => Err(OpenError::Busy(folder.to_path_buf())),
            Err(error) => Err(FolderError::io(folder)(error).into()),
        }
    }

    /// Creates the folder of a new sweep. Fails if another process holds its lock.
    pub fn create(folder: &Path, record: &SweepRecord) -> Result<SweepFolder, OpenError> {
        let shards = folder.join("shards");
        fs::create_dir_all(&shards).map_err(FolderError::io(&shards))?;
        let lock = Self::hold(folder)?;
        let text = serde_json::to_string_pretty(record).unwrap_or_default() + "\n";
        RunFolder::within(folder.to_path_buf()).write(RECORD, text.as_bytes())?;
        let (mut journal, _) = Journal::read(folder)?;
        journal.open()?;
        Ok(SweepFolder { path: folder.to_path_buf(), record: record.clone(), journal, _lock: lock })
    }

    /// Opens the folder of a sweep to resume it. The journal is checked against the files: shards
    /// that are missing, cut short or changed are reported and count as not done. Fails if the
    /// folder is of another sweep or part, or if another process holds its lock.
    pub fn resume(
        folder: &Path,
        record: &SweepRecord,
    ) -> Result<(SweepFolder, Vec<Finding>), OpenError> {
        let known = Self::record_of(folder)?;
        if !known.is_same_sweep(record) || known.part != record.part {
            return Err(OpenError::Changed {
                folder: folder.into(),
                differences: differences(&known, record),
            });
        }
        let lock = Self::hold(folder)?;
        let (mut journal, mut findings) = Journal::read(folder)?;
        let store = record.store(folder);
        let shards = store.folder().to_path_buf();
        fs::create_dir_all(&shards).map_err(FolderError::io(&shards))?;
        for finding in foreign(&store, record, &journal)? {
            findings.push(finding);
        }
        let (layout, part) = (record.layout(), record.part());
        let mut undone = Vec::new();
        for (&shard, line) in &journal.lines {
            if shard >= layout.shards() || !part.holds(layout.range_of(shard)) {
                findings.push(format!(
                    "journal.csv: shard {shard} is not a part of this sweep; its line is dropped"
                ));
                undone.push(shard);
            } else if let Some(damage) = store.damage(line) {
                findings.push(format!("{damage}; it is simulated again"));
                undone.push(shard);
            }
        }
        journal.forget(undone);
        journal.open()?;
        Ok((
            SweepFolder { path: folder.to_path_buf(), record: known, journal, _lock: lock },
            findings,
        ))
    }

    /// Returns the progress of a sweep of which `missing` shards are not done.
    pub fn state(folder: &Path, record: &SweepRecord, missing: usize) -> State {
        match (missing, RunFolder::is_run_of(folder, &record.inputs_hash)) {
            (0, true) => State::Complete,
            (0, false) => State::Played,
            _ => State::Partial,
        }
    }
}

/// Reports shard files that are not of this sweep or not in its journal, and removes partial files.
fn foreign(
    store: &ShardFiles,
    record: &SweepRecord,
    journal: &Journal,
) -> Result<Vec<Finding>, OpenError> {
    let mut findings = Vec::new();
    for name in remove_partial_files(store)? {
        let shard = name.split('.').next().and_then(|number| number.parse::<usize>().ok());
        let own =
            shard.filter(|&shard| name == store.file(shard) || name == store.failures_file(shard));
        match own.filter(|&shard| shard < record.layout().shards()) {
            None => findings.push(format!(
                "shards/{name} is no file of this sweep; it is left alone and not used"
            )),
            Some(shard) if !journal.lines.contains_key(&shard) && name == store.file(shard) => {
                findings.push(format!(
                    "shards/{name} is not in the journal; it is not used and is simulated again"
                ));
            }
            Some(_) => {}
        }
    }
    Ok(findings)
}

/// Removes partial files that killed processes have left among the shards, and returns the names of
/// all other files there, in order.
pub fn remove_partial_files(store: &ShardFiles) -> Result<Vec<String>, FolderError> {
    let folder = store.folder();
    let mut names: Vec<String> = Vec::new();
    for entry in fs::read_dir(folder).map_err(FolderError::io(folder))? {
        let name = entry.map_err(FolderError::io(folder))?.file_name();
        let name = name.to_string_lossy().into_owned();
        if !(name.starts_with('.') && name.ends_with(".partial")) {
            names.push(name);
            continue;
        }
        let path = folder.join(&name);
        match fs::remove_file(&path) {
            // Another process may have finished its file, or removed it.
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(FolderError::io(&path)(error));
            }
            _ => {}
        }
    }
    names.sort();
    Ok(names)
}

/// Describes the differences between two sweeps.
fn differences(known: &SweepRecord, now: &SweepRecord) -> String {
    let mut found: Vec<String> = Vec::new();
    if known.version != now.version {
        found.push(format!("it was started by version {}, this is {}", known.version, now.version));
    } else if known.build != now.build {
        let name =
            |build: &Option<String>| build.clone().unwrap_or_else(|| "an unknown commit".into());
        found.push(format!(
            "it was started by a build of {}, this is one of {}",
            name(&known.build),
            name(&now.build)
        ));
    }
    for (file, hash) in &now.files {
        match known.files.iter().find(|(name, _)| name == file) {
            Some((_, before)) if before != hash => found.push(format!("{file} has changed since")),
            Some(_) => {}
            None => found.push(format!("{file} was not read then")),
        }
    }
    for (file, _) in
        known.files.iter().filter(|(file, _)| now.files.iter().all(|(name, _)| name != file))
    {
        found.push(format!("{file} is not read any more"));
    }
    let mut differs = |what: &str, before: String, after: String| {
        if before != after {
            found.push(format!("{what} was {before} and is {after}"));
        }
    };
    differs("the sweep", known.name.clone(), now.name.clone());
    differs("--set", known.overrides.join(" "), now.overrides.join(" "));
    differs(
        "the number of replications",
        known.replications.to_string(),
        now.replications.to_string(),
    );
    differs("the seed", known.seed.to_string(), now.seed.to_string());
    differs(
        "the part",
        format!("{}/{}", known.part.0, known.part.1),
        format!("{}/{}", now.part.0, now.part.1),
    );
    if found.is_empty() {
        found.push("sweep.json differs".into());
    }
    found.join("; ")
}

/// Builds `points.csv`: the parameter values of every point.
pub fn points_table(sweep: &Sweep, points: &[Vec<f64>]) -> Result<Vec<u8>, csv::Error> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let names = sweep.parameters.iter().map(|parameter| parameter.name.as_str());
    writer.write_record(std::iter::once("point").chain(names))?;
    for (at, point) in points.iter().enumerate() {
        let values =
            sweep.parameters.iter().zip(point).map(|(parameter, value)| parameter.text(*value));
        writer.write_record(std::iter::once(at.to_string()).chain(values))?;
    }
    writer.into_inner().map_err(|error| csv::Error::from(error.into_error()))
}

/// Reads `points.csv` as `[point][parameter]`, with categories as positions. Fails if its columns
/// or its number of points are not those of the record.
pub fn read_points(folder: &Path, record: &SweepRecord) -> Result<Vec<Vec<f64>>, OpenError> {
    let path = folder.join("points.csv");
    let broken = |reason: String| OpenError::Record { path: path.clone(), reason };
    let mut reader = csv::Reader::from_path(&path).map_err(|error| broken(error.to_string()))?;
    let header = reader.headers().map_err(|error| broken(error.to_string()))?.clone();
    let wanted = std::iter::once("point")
        .chain(record.parameters.iter().map(|parameter| parameter.name.as_str()));
    if !header.iter().eq(wanted) {
        return Err(broken("its columns are not the parameters of the sweep".into()));
    }
    let mut points = Vec::with_capacity(record.points);
    for row in reader.records() {
        let row = row.map_err(|error| broken(error.to_string()))?;
        let value =
            |(text, parameter): (&str, &ParameterRecord)| match parameter.categories.is_empty() {
                true => text.parse().ok(),
                false => {
                    parameter.categories.iter().position(|known| known == text).map(|at| at as f64)
                }
            };
        let point: Option<Vec<f64>> =
            row.iter().skip(1).zip(&record.parameters).map(value).collect();
        points.push(point.ok_or_else(|| broken(format!("point {} cannot be read", points.len())))?);
    }
    if points.len() != record.points {
        return Err(broken(format!(
            "it holds {} points instead of {}",
            points.len(),
            record.points
        )));
    }
    Ok(points)
}

/// Builds `points.csv` as a frame for other programs, with categories as words.
pub fn points_frame(record: &SweepRecord, points: &[Vec<f64>]) -> Frame {
    let mut frame = Frame::default();
    frame.push_column("point", Column::Counts((0..points.len() as i64).collect()));
    for (at, parameter) in record.parameters.iter().enumerate() {
        let values = points.iter().map(|point| point[at]);
        let column = match parameter.categories.is_empty() {
            true => Column::Numbers(values.collect()),
            false => {
                Column::Words(values.map(|x| parameter.categories[x as usize].clone()).collect())
            }
        };
        frame.push_column(&parameter.name, column);
    }
    frame
}

/// Builds `parameters.csv`: parameters with their laws, ranges and sources.
pub fn parameters_table(record: &SweepRecord) -> Frame {
    let mut frame = Frame::new("parameter title unit law values group changes source");
    for parameter in &record.parameters {
        let ParameterRecord { name, title, unit, law, range, group, changes, source, .. } =
            parameter;
        frame.row(cells![
            name,
            title,
            unit,
            law,
            range,
            &record.groups[*group],
            changes.join("; "),
            source
        ]);
    }
    frame
}
