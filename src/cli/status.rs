//! `consortia status`.

use super::{Format, Trouble, terminal};
use crate::experiment::sweep::missing;
use crate::output::RunFolder;
use crate::output::sweep::{Journal, State, SweepFolder, SweepRecord, damaged_table};
use crate::scenario::load;
use clap::Args;
use std::path::{Path, PathBuf};

/// Arguments of `status`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The folder of a sweep or of a run.
    folder: PathBuf,
    /// Also compare every shard with the hash that the journal has of it.
    #[arg(long)]
    verify: bool,
    /// Output format.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// Says what is done, failed and missing, and how to go on.
pub fn run(arguments: &Arguments) -> Result<(), Trouble> {
    let folder = &arguments.folder;
    if !folder.join("sweep.json").is_file() && folder.join("manifest.json").is_file() {
        return run_folder(arguments);
    }
    let record = SweepFolder::record_of(folder)?;
    let (journal, mut findings) =
        Journal::read(folder).map_err(|error| Trouble::from(crate::output::sweep::OpenError::from(error)))?;
    let shelf = record.shelf(folder);
    if arguments.verify {
        findings.extend(journal.lines.values().filter_map(|line| shelf.damage(line)));
    }
    if !arguments.verify {
        let gone = |shard: &&usize| !shelf.folder().join(shelf.file(**shard)).is_file();
        findings
            .extend(journal.lines.keys().filter(gone).map(|shard| format!("shards/{} is missing", shelf.file(*shard))));
    }
    findings.extend(damaged_table(folder));
    let stop = record.stop();
    let left = missing(&record.layout(), stop.as_ref(), record.part(), &shelf, &journal)
        .map_err(|error| Trouble::Fault(format!("{error}; consortia sweep --resume plays it again")))?;
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
    let way_on = match state {
        State::Complete if findings.is_empty() => String::new(),
        State::Played if part.of > 1 && findings.is_empty() => {
            format!("consortia merge {} and the other parts", folder.display())
        }
        _ => way_on(&record, folder),
    };
    match arguments.format {
        Format::Json => {
            let object = serde_json::json!({
                "sweep": record.name, "state": word, "part": part.part, "parts": part.of, "points": record.points,
                "organisations": record.organisations, "replications": record.replications,
                "shards_done": journal.lines.len(), "shards_missing": left.len(), "runs_done": rows, "runs_failed": failed,
                "findings": findings, "go_on_with": way_on,
            });
            terminal::print(&format!("{object:#}\n"))?;
        }
        Format::Text => {
            let of = if part.of > 1 { format!(", part {} of {}", part.part, part.of) } else { String::new() };
            let mut text = format!(
                "{} — {}{of}: {word}\n{}, seed {}\n{} shards done, {} missing{}; {rows} runs kept, {failed} of them failed\n",
                record.name,
                record.title,
                record.extent(),
                record.seed,
                journal.lines.len(),
                left.len(),
                if stop.is_some() && !left.is_empty() { " in this block" } else { "" },
            );
            for finding in &findings {
                text.push_str(&format!("found: {finding}\n"));
            }
            if !way_on.is_empty() {
                text.push_str(&format!("go on with: {way_on}\n"));
            }
            terminal::print(&text)?;
        }
    }
    Ok(())
}

/// The command that goes on with a sweep; where its file lies, only its user knows.
fn way_on(record: &SweepRecord, folder: &Path) -> String {
    let changes: String = record.overrides.iter().map(|change| format!(" --set '{change}'")).collect();
    let part = if record.part.1 > 1 { format!(" --shard {}/{}", record.part.0, record.part.1) } else { String::new() };
    format!(
        "consortia sweep {} --resume --replications {} --seed {}{changes}{part} --out {} (with the sweep's own file, if {} is not built in)",
        record.name,
        record.replications,
        record.seed,
        folder.display(),
        record.name
    )
}

/// A folder of `run`, `compare` and the like: it is complete, or it would not be there.
fn run_folder(arguments: &Arguments) -> Result<(), Trouble> {
    let path = arguments.folder.join("manifest.json");
    let manifest: Option<serde_json::Value> =
        std::fs::read_to_string(&path).ok().and_then(|text| serde_json::from_str(&text).ok());
    let Some(manifest) = manifest.filter(|manifest| manifest["inputs_hash"].is_string()) else {
        let help = "name the folder of a run or of a sweep".to_string();
        return Err(load::refuse("status", format!("{} cannot be read", path.display()), help).into());
    };
    let hash = manifest["inputs_hash"].as_str().unwrap_or("");
    let complete = RunFolder::is_run_of(&arguments.folder, hash);
    match arguments.format {
        Format::Json => {
            let object = serde_json::json!({
                "scenario": manifest["scenario"], "organisations": manifest["organisations"],
                "state": if complete { "complete" } else { "partial" }, "runs_done": manifest["done"],
                "runs_failed": manifest["failed"],
            });
            terminal::print(&format!("{object:#}\n"))?;
        }
        Format::Text => terminal::print(&format!(
            "a run of {}: complete; {} runs done, {} failed\n",
            manifest["scenario"].as_str().unwrap_or("?"),
            manifest["done"],
            manifest["failed"]
        ))?,
    }
    Ok(())
}
