//! State of a folder, and the command that resumes its sweep. Changes no file.

use super::VerbError;
use crate::experiment::sweep::Rounds;
use crate::output::sweep::{Journal, State, SweepFolder, SweepRecord, damaged_table};
use crate::scenario::load;
use clap::Args;
use std::path::{Path, PathBuf};

/// Options of the verb `status`.
#[derive(Debug, Args)]
pub struct Request {
    /// Folder of a sweep or of a run.
    pub folder: PathBuf,
    /// Also compare every shard with its hash in the journal.
    #[arg(long)]
    pub verify: bool,
}

/// Returns the state of a folder. Fails if it is neither of a sweep nor of a run.
pub fn status(arguments: &Request) -> Result<Status, VerbError> {
    let folder = &arguments.folder;
    if !folder.join("sweep.json").is_file() && folder.join("manifest.json").is_file() {
        return run_folder(arguments);
    }
    let record = SweepFolder::record_of(folder)?;
    let (journal, mut findings) = Journal::read(folder)
        .map_err(|error| VerbError::from(crate::output::sweep::OpenError::from(error)))?;
    let store = record.store(folder);
    if arguments.verify {
        findings.extend(journal.lines.values().filter_map(|line| store.damage(line)));
    }
    if !arguments.verify {
        let gone = |shard: &&usize| !store.folder().join(store.file(**shard)).is_file();
        findings.extend(
            journal
                .lines
                .keys()
                .filter(gone)
                .map(|shard| format!("shards/{} is missing", store.file(*shard))),
        );
    }
    findings.extend(damaged_table(folder));
    let stop = record.stop();
    let left = Rounds::new(&record.layout(), stop.as_ref(), record.part())
        .next(&store, &journal)
        .map_err(|error| {
        VerbError::Fault(format!("{error}; consortia sweep --resume simulates it again"))
    })?;
    let state = SweepFolder::state(folder, &record, left.len());
    let (rows, failed) = journal.rows();
    let part = record.part();
    let word = match state {
        State::Complete | State::Played if !findings.is_empty() => "damaged",
        State::Complete => "complete",
        State::Played if part.of > 1 => "complete part",
        State::Played => "played, but not concluded",
        State::Partial => "partial",
    };
    let how_to_resume = match state {
        State::Complete if findings.is_empty() => String::new(),
        State::Played if part.of > 1 && findings.is_empty() => {
            format!("consortia merge {} and the other parts", folder.display())
        }
        _ => how_to_resume(&record, folder),
    };
    Ok(Status::Sweep(Box::new(SweepStatus {
        record,
        state: word,
        done: journal.lines.len(),
        left: left.len(),
        rows,
        failed,
        findings,
        how_to_resume,
    })))
}

/// State of a folder.
pub enum Status {
    /// State of a sweep.
    Sweep(Box<SweepStatus>),
    /// Manifest of a complete run.
    Run(serde_json::Value),
}

/// State of a sweep.
pub struct SweepStatus {
    /// Record of the sweep.
    pub record: SweepRecord,
    /// State in one or a few words.
    pub state: &'static str,
    /// Number of shards done.
    pub done: usize,
    /// Number of shards to be simulated next.
    pub left: usize,
    /// Number of runs done.
    pub rows: u64,
    /// Number of runs that failed.
    pub failed: u64,
    /// Descriptions of damaged or missing files.
    pub findings: Vec<String>,
    /// Command that continues the sweep; empty if there is nothing to do.
    pub how_to_resume: String,
}

impl Status {
    /// Returns the state as one JSON object.
    pub fn json(&self) -> serde_json::Value {
        match self {
            Status::Sweep(status) => {
                let SweepStatus {
                    record,
                    state,
                    done,
                    left,
                    rows,
                    failed,
                    findings,
                    how_to_resume,
                } = &**status;
                let part = record.part();
                serde_json::json!({
                    "sweep": record.name, "state": state, "part": part.part, "parts": part.of,
                    "points": record.points,
                    "organisations": record.organisations, "replications": record.replications,
                    "shards_done": done, "shards_missing": left, "runs_done": rows,
                    "runs_failed": failed,
                    "findings": findings, "go_on_with": how_to_resume,
                })
            }
            Status::Run(manifest) => serde_json::json!({
                "scenario": manifest["scenario"], "organisations": manifest["organisations"],
                "state": "complete",
                "runs_done": manifest["done"], "runs_failed": manifest["failed"],
            }),
        }
    }
}

/// Command that resumes a sweep. The path of the sweep file is not recorded, so its name is given.
fn how_to_resume(record: &SweepRecord, folder: &Path) -> String {
    let changes: String =
        record.overrides.iter().map(|change| format!(" --set '{change}'")).collect();
    let part = if record.part.1 > 1 {
        format!(" --shard {}/{}", record.part.0, record.part.1)
    } else {
        String::new()
    };
    format!(
        "consortia sweep {} --resume --replications {} --seed {}{changes}{part} --out {} (with the \
         sweep's own file, if {} is not built in)",
        record.name,
        record.replications,
        record.seed,
        folder.display(),
        record.name
    )
}

/// State of a folder of `run`, `compare` and the like: complete, because folders get their name
/// last.
fn run_folder(arguments: &Request) -> Result<Status, VerbError> {
    let path = arguments.folder.join("manifest.json");
    let manifest: Option<serde_json::Value> =
        std::fs::read_to_string(&path).ok().and_then(|text| serde_json::from_str(&text).ok());
    let Some(manifest) = manifest.filter(|manifest| manifest["inputs_hash"].is_string()) else {
        let help = "name the folder of a run or of a sweep".to_string();
        return Err(
            load::refuse("status", format!("{} cannot be read", path.display()), help).into()
        );
    };
    Ok(Status::Run(manifest))
}
