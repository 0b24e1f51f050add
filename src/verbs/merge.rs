//! Merging of the parts of a sweep that were simulated on several machines.

use super::study::{FinishedSweep, conclude, report_findings};
use super::{ProgressObserver, VerbError};
use crate::experiment::sweep::Rounds;
use crate::output::about::ABOUT;
use crate::output::sweep::{Journal, OpenError, SweepFolder, SweepRecord};
use crate::output::{FolderError, RunFolder};
use crate::scenario::load;
use clap::Args;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// Options of the verb `merge`.
#[derive(Debug, Args)]
pub struct Request {
    /// Folders of the parts of one sweep.
    #[arg(required = true)]
    pub folders: Vec<PathBuf>,
    /// Folder for the whole sweep (default: SWEEP-HASH beside the first part).
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// The command line, for the manifest.
    #[arg(skip)]
    pub command: Vec<String>,
}

/// Copies the parts into one folder, as if one machine had made it, and makes its tables and page.
/// Fails if the parts are damaged or of different sweeps; if shards are missing, the merged folder
/// is kept for `sweep --resume` or another merge.
pub fn merge(
    arguments: &Request,
    observer: &dyn ProgressObserver,
) -> Result<FinishedSweep, VerbError> {
    let started = Instant::now();
    let parts = read_parts(&arguments.folders)?;
    let Some((first, record, _)) = parts.first() else {
        return Err(load::refuse(
            "merge",
            "no parts are named".into(),
            "name the folders of the parts".into(),
        )
        .into());
    };
    let whole = SweepRecord { part: (1, 1), ..record.clone() };
    let default = || {
        let parent = first.parent().map_or(PathBuf::from("output"), Path::to_path_buf);
        parent.join(format!("{}-{}", whole.name, whole.inputs_hash))
    };
    let path = arguments.out.clone().unwrap_or_else(default);
    if arguments.folders.contains(&path) {
        return refuse(
            &path,
            "it is one of the parts, and also where the whole would go",
            "choose another --out",
        );
    }
    let mut folder = if path.join("sweep.json").is_file() {
        let (folder, findings) = SweepFolder::resume(&path, &whole)?;
        report_findings(&findings, observer);
        folder
    } else if fs::read_dir(&path).is_ok_and(|mut entries| entries.next().is_some()) {
        return Err(FolderError::Foreign(path).into());
    } else {
        SweepFolder::create(&path, &whole)?
    };
    adopt_shards(&parts, &whole, &mut folder, &path)?;
    folder.journal.close().map_err(|error| VerbError::Fault(error.to_string()))?;
    copy_inputs(first, &path)?;
    let stop = whole.stop();
    let left = Rounds::new(&whole.layout(), stop.as_ref(), whole.part())
        .next(&whole.store(&path), &folder.journal)
        .map_err(|error| VerbError::Fault(error.to_string()))?;
    if left.is_empty() {
        return conclude(&folder, super::run_inputs::threads(0), started, &arguments.command);
    }
    let (rows, _) = folder.journal.rows();
    Err(VerbError::SomeFailed(format!(
        "{rows} runs are put together in {}; {} shards are still missing (parts {}). Merge again \
         once they are there, \
         or simulate them here with the sweep command, without --shard, with --resume --out {}",
        path.display(),
        left.len(),
        missing_parts(&whole, &parts),
        path.display()
    )))
}

/// A part of a sweep: folder, record and journal.
type Part<'a> = (&'a Path, SweepRecord, Journal);

/// Reads the parts. Fails if one is damaged or they are not of one sweep.
fn read_parts(folders: &[PathBuf]) -> Result<Vec<Part<'_>>, VerbError> {
    let mut parts: Vec<Part<'_>> = Vec::new();
    for folder in folders {
        let record = SweepFolder::record_of(folder)?;
        let (journal, findings) = Journal::read(folder).map_err(OpenError::from)?;
        if let Some(finding) = findings.first() {
            return refuse(
                folder,
                finding,
                "repair the part first, with the command that made it and --resume",
            );
        }
        if let Some((other, known, _)) = parts.first()
            && !record.is_same_sweep(known)
        {
            let reason = format!("it is not a part of the same sweep as {}", other.display());
            return refuse(
                folder,
                &reason,
                "name the parts of one sweep, made from the same inputs",
            );
        }
        let points = folder.join("points.csv");
        let known = fs::read(&points).map_err(FolderError::io(&points))?;
        if blake3::hash(&known).to_hex().as_str() != record.points_hash {
            let reason = "its points.csv is not what was written";
            return refuse(
                folder,
                reason,
                "repair the part first, with the command that made it and --resume",
            );
        }
        let store = record.store(folder);
        if let Some(damage) = journal.lines.values().find_map(|line| store.damage(line)) {
            return refuse(
                folder,
                &damage,
                "repair the part first, with the command that made it and --resume",
            );
        }
        parts.push((folder, record, journal));
    }
    Ok(parts)
}

/// Copies the shards of all parts into the folder of the whole sweep.
fn adopt_shards(
    parts: &[Part<'_>],
    whole: &SweepRecord,
    folder: &mut SweepFolder,
    path: &Path,
) -> Result<(), VerbError> {
    let store = whole.store(path);
    for (from, _, journal) in parts {
        let other = whole.store(from);
        for (&shard, line) in &journal.lines {
            if let Some(known) = folder.journal.lines.get(&shard) {
                if known != line {
                    let reason = format!("its shard {shard} differs from that of another part");
                    return refuse(from, &reason, "simulate one of the two parts again");
                }
                continue;
            }
            let mut files = vec![store.file(shard)];
            if line.failed > 0 {
                files.push(store.failures_file(shard));
            }
            for file in files {
                let to = store.folder().join(&file);
                fs::copy(other.folder().join(&file), &to).map_err(FolderError::io(&to))?;
            }
            folder.journal.adopt(line.clone());
        }
    }
    Ok(())
}

/// Copies points, parameters and inputs, which are the same in every part.
fn copy_inputs(from: &Path, to: &Path) -> Result<(), FolderError> {
    let out = RunFolder::within(to.to_path_buf());
    let mut files: Vec<PathBuf> =
        ["points.csv", "parameters.csv", ABOUT, "inputs"].map(PathBuf::from).to_vec();
    while let Some(file) = files.pop() {
        let path = from.join(&file);
        if path.is_dir() {
            for entry in fs::read_dir(&path).map_err(FolderError::io(&path))? {
                files.push(file.join(entry.map_err(FolderError::io(&path))?.file_name()));
            }
        } else {
            out.write(&file.to_string_lossy(), &fs::read(&path).map_err(FolderError::io(&path))?)?;
        }
    }
    Ok(())
}

/// Lists the parts that were not named.
fn missing_parts(whole: &SweepRecord, parts: &[(&Path, SweepRecord, Journal)]) -> String {
    let of = parts.first().map_or(whole.part.1, |(_, record, _)| record.part.1);
    let missing: Vec<String> = (1..=of)
        .filter(|part| parts.iter().all(|(_, record, _)| record.part != (*part, of)))
        .map(|part| format!("{part}/{of}"))
        .collect();
    if missing.is_empty() { "named here, but not complete".into() } else { missing.join(", ") }
}

fn refuse<T>(folder: &Path, reason: &str, help: &str) -> Result<T, VerbError> {
    Err(load::refuse(
        "merge",
        format!("{} cannot be merged: {reason}", folder.display()),
        help.into(),
    )
    .into())
}
