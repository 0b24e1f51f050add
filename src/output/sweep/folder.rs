//! Opening the folder of a sweep: whose it is, what is done, what was damaged, how to go on.

use super::journal::{Journal, JournalError};
use super::lock::Lock;
use super::shards::ShardFiles;
use crate::experiment::sweep::{Layout, Part};
use crate::output::folder::{FolderError, RunFolder};
use crate::output::frame::{Column, Frame, cells};
use crate::output::manifest::FigureKinds;
use crate::scenario::sweep::Sweep;
use crate::scenario::sweep::raw::{DrawSharing, Sampling, ShardFormat};
use serde::{Deserialize, Serialize};
use std::fs;
use std::path::{Path, PathBuf};

/// A parameter as later analyses need it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ParameterRecord {
    /// Name in tables.
    pub name: String,
    /// What it is, in a few words.
    pub title: String,
    /// Its unit.
    pub unit: String,
    /// Name of its law.
    pub law: String,
    /// The values that it can take, in words.
    pub range: String,
    /// Its values by position, where they have no order.
    pub categories: Vec<String>,
    /// Group that it moves with in Morris's design.
    pub group: usize,
    /// The values that it changes.
    pub changes: Vec<String>,
    /// Where its range comes from.
    pub source: String,
}

/// A measure that is kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MeasureRecord {
    /// Heading of its column.
    pub column: String,
    /// Id of the measure.
    pub measure: String,
    /// The state, or `region`.
    pub state: String,
    /// Its unit.
    pub unit: String,
    /// `higher`, `lower` or `neither`.
    pub better: String,
}

/// `sweep.json`: what the folder is a sweep of. The same bytes on every machine.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SweepRecord {
    /// Version of the program.
    pub version: String,
    /// Commit that the program was built from, with `+dirty` where files differ from it.
    pub build: Option<String>,
    /// Hash of everything that determines the results.
    pub inputs_hash: String,
    /// Hash of `points.csv`.
    pub points_hash: String,
    /// Hash of each file that was read.
    pub files: Vec<(String, String)>,
    /// Overrides in order.
    pub overrides: Vec<String>,
    /// Id of the sweep.
    pub name: String,
    /// One line.
    pub title: String,
    /// Id of the scenario.
    pub scenario: String,
    /// Names of the designs.
    pub organisations: Vec<String>,
    /// Master seed.
    pub seed: u64,
    /// Whether points meet the same draws.
    pub draws: DrawSharing,
    /// Uncertain parameters.
    pub parameters: Vec<ParameterRecord>,
    /// Names of the groups of Morris's design.
    pub groups: Vec<String>,
    /// How points were chosen.
    pub sampling: Sampling,
    /// Number of points.
    pub points: usize,
    /// Replications of every design at every point, or the most of them.
    pub replications: u64,
    /// Replications of a block.
    pub block: u64,
    /// Points of a range.
    pub range: usize,
    /// The measure, half-width and least replications by which points stop.
    pub stop: Option<(String, f64, u64)>,
    /// Measures kept.
    pub measures: Vec<MeasureRecord>,
    /// Format of the shards.
    pub format: ShardFormat,
    /// From which value of the first measure an outcome is good enough.
    pub satisfactory: Option<f64>,
    /// Hurwicz's optimism.
    pub optimism: f64,
    /// How many figures of the scenario are of each kind.
    pub figures: FigureKinds,
    /// The part of the sweep that is played here, and of how many.
    pub part: (usize, usize),
}

impl SweepRecord {
    /// How large the sweep is, in words.
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

    /// How the sweep is cut.
    pub fn layout(&self) -> Layout {
        Layout {
            points: self.points,
            designs: self.organisations.len(),
            replications: self.replications,
            block: self.block,
            range: self.range,
        }
    }

    /// The part that is played here.
    pub fn part(&self) -> Part {
        Part { part: self.part.0, of: self.part.1 }
    }

    /// Where its shards lie in a folder.
    pub fn store(&self, folder: &Path) -> ShardFiles {
        let columns: Vec<String> =
            self.measures.iter().map(|measure| measure.column.clone()).collect();
        ShardFiles::new(folder, self.format, &self.organisations, &columns)
    }

    /// By which precision points stop.
    pub fn stop(&self) -> Option<crate::scenario::sweep::Stop> {
        let (measure, half_width, at_least) = self.stop.clone()?;
        let column = self.measures.iter().position(|kept| kept.column == measure)?;
        Some(crate::scenario::sweep::Stop { column, half_width, at_least })
    }

    /// Shards of this part, if no point stops early.
    pub fn shards(&self) -> usize {
        let layout = self.layout();
        (0..layout.ranges()).filter(|&range| self.part().holds(range)).count() * layout.blocks()
    }

    /// Whether another folder holds a part of the same sweep: wherever its inputs lay, they were
    /// the same.
    pub fn is_same_sweep(&self, other: &SweepRecord) -> bool {
        (&self.inputs_hash, self.layout()) == (&other.inputs_hash, other.layout())
    }
}

/// How far a sweep is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// All rows are there, and what is made of them.
    Complete,
    /// All shards are there, but not yet what is made of them.
    Played,
    /// Shards are missing.
    Partial,
}

/// Why a folder cannot be opened for a sweep.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Nothing there is a sweep.
    #[error("{0} is not the folder of a sweep: it has no sweep.json")]
    NoSweep(PathBuf),
    /// `sweep.json` cannot be read.
    #[error("{path} cannot be read: {reason}")]
    Record {
        /// Which file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// It is a sweep of other inputs.
    #[error("{folder} is a sweep of other inputs: {differences}")]
    Changed {
        /// Which folder.
        folder: PathBuf,
        /// What differs, in words.
        differences: String,
    },
    /// Another process writes there.
    #[error("another process is playing this sweep in {0}")]
    Busy(PathBuf),
    /// It cannot be read or written.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// The journal cannot be used.
    #[error(transparent)]
    Journal(#[from] JournalError),
}

/// Something that was found on opening, in words.
pub type Finding = String;

/// The folder of a sweep, held by this process.
#[derive(Debug)]
pub struct SweepFolder {
    /// Where it is.
    pub path: PathBuf,
    /// What it is a sweep of.
    pub record: SweepRecord,
    /// Which shards are done.
    pub journal: Journal,
    _lock: Lock,
}

const RECORD: &str = "sweep.json";

impl SweepFolder {
    /// What a folder is a sweep of.
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
            .map_err(|error| OpenError::Record { path, reason: error.to_string() })
    }

    fn hold(folder: &Path) -> Result<Lock, OpenError> {
        match Lock::take(folder) {
            Ok(Some(lock)) => Ok(lock),
            Ok(None) => Err(OpenError::Busy(folder.to_path_buf())),
            Err(error) => Err(FolderError::io(folder)(error).into()),
        }
    }

    /// Makes the folder of a new sweep.
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

    /// Opens the folder of a sweep to go on with it. What the journal says is checked against the
    /// files: what is missing, cut short or not what was written is told, and counts as not done.
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
                findings.push(format!("{damage}; it is played again"));
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

    /// How far a sweep is when so many shards are missing.
    pub fn state(folder: &Path, record: &SweepRecord, missing: usize) -> State {
        match (missing, RunFolder::is_run_of(folder, &record.inputs_hash)) {
            (0, true) => State::Complete,
            (0, false) => State::Played,
            _ => State::Partial,
        }
    }
}

/// Files among the shards that are not those of this sweep; what was left half-written is removed.
fn foreign(
    store: &ShardFiles,
    record: &SweepRecord,
    journal: &Journal,
) -> Result<Vec<Finding>, OpenError> {
    let mut names: Vec<String> = Vec::new();
    for entry in fs::read_dir(store.folder()).map_err(FolderError::io(store.folder()))? {
        let entry = entry.map_err(FolderError::io(store.folder()))?;
        names.push(entry.file_name().to_string_lossy().into_owned());
    }
    names.sort();
    let mut findings = Vec::new();
    for name in names {
        if name.starts_with('.') && name.ends_with(".partial") {
            let path = store.folder().join(&name);
            fs::remove_file(&path).map_err(FolderError::io(&path))?;
            continue;
        }
        let shard = name.split('.').next().and_then(|number| number.parse::<usize>().ok());
        let own =
            shard.filter(|&shard| name == store.file(shard) || name == store.failures_file(shard));
        match own.filter(|&shard| shard < record.layout().shards()) {
            None => findings.push(format!(
                "shards/{name} is no file of this sweep; it is left alone and not used"
            )),
            Some(shard) if !journal.lines.contains_key(&shard) && name == store.file(shard) => {
                findings.push(format!(
                    "shards/{name} is not in the journal; it is not used, and played again"
                ));
            }
            Some(_) => {}
        }
    }
    Ok(findings)
}

/// What differs between two sweeps, in words.
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

/// `points.csv`: the values of every point.
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

/// Reads `points.csv`: values by point and parameter, positions of categories.
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

/// `points.csv` as read, for other programs: positions of categories as their words.
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

/// `parameters.csv`: what varies, how, and where its range comes from.
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
