//! Conclusion of a sweep: tables from the shards, then the manifest, which marks the folder as
//! complete.

use super::collect::{CollectError, Results, collect};
use super::folder::{SweepFolder, SweepRecord};
use super::tables;
use crate::output::folder::{FolderError, RunFolder};
use crate::output::manifest::{FileHash, Host, Manifest};
use std::path::Path;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// Writes the tables of a sweep whose shards are all done, and returns the results by measure.
pub fn tabulate(folder: &SweepFolder) -> Result<Vec<Results>, CollectError> {
    let (record, out) = (&folder.record, RunFolder::within(folder.path.clone()));
    let (results, _) = collect(&out, record, &record.store(&folder.path), &folder.journal)?;
    tables::summary(record, &results).write(&out, "summary.csv")?;
    tables::robustness_table(record, &results).write(&out, "robustness.csv")?;
    tables::dictionary().write(&out, "dictionary.csv")?;
    Ok(results)
}

/// Writes the manifest, which is the last file of a sweep. Fails if a table is missing.
pub fn write_sweep_manifest(
    folder: &SweepFolder,
    threads: usize,
    started: Instant,
    command: &[String],
) -> Result<(), FolderError> {
    let out = RunFolder::within(folder.path.clone());
    let hashed = |file: &&str| -> Result<FileHash, FolderError> {
        let path = folder.path.join(file);
        let bytes = std::fs::read(&path).map_err(FolderError::io(&path))?;
        Ok(FileHash {
            file: (*file).to_string(),
            blake3: blake3::hash(&bytes).to_hex().to_string(),
        })
    };
    let tables = TABLES.iter().map(hashed).collect::<Result<_, _>>()?;
    let hash = &folder.record.inputs_hash;
    write_manifest(
        &out,
        tables,
        &folder.record,
        hash,
        folder.journal.rows(),
        (threads, started, command),
    )
}

/// Writes the manifest of an analysis of a sweep. `hash` is that of the sweep and of the settings
/// of the analysis.
pub fn write_analysis_manifest(
    out: &RunFolder,
    record: &SweepRecord,
    hash: &str,
    started: Instant,
    command: &[String],
) -> Result<(), FolderError> {
    let all = record.points as u64 * record.replications * record.organisations.len() as u64;
    write_manifest(out, Vec::new(), record, hash, (all, 0), (1, started, command))
}

/// Tables on which later analyses are based.
const TABLES: [&str; 2] = ["points.csv", "results.csv"];

/// Describes the first table of a concluded sweep that is missing or was changed. Returns `None` if
/// all are as written, or if the sweep is not concluded.
pub fn damaged_table(folder: &Path) -> Option<String> {
    let text = std::fs::read_to_string(folder.join("manifest.json")).ok()?;
    let manifest: serde_json::Value = serde_json::from_str(&text).ok()?;
    manifest["tables"].as_array()?.iter().find_map(|table| {
        let (file, hash) = (table["file"].as_str()?, table["blake3"].as_str()?);
        match std::fs::read(folder.join(file)) {
            Ok(bytes) if blake3::hash(&bytes).to_hex().as_str() == hash => None,
            Ok(_) => Some(format!("{file} is not what was written")),
            Err(error) => Some(format!("{file} cannot be read: {error}")),
        }
    })
}

fn write_manifest(
    out: &RunFolder,
    tables: Vec<FileHash>,
    record: &SweepRecord,
    hash: &str,
    (rows, failed): (u64, u64),
    (threads, started, command): (usize, Instant, &[String]),
) -> Result<(), FolderError> {
    let SweepRecord {
        scenario, organisations, files, overrides, seed, replications, figures, ..
    } = record.clone();
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs());
    let manifest = Manifest {
        version: env!("CARGO_PKG_VERSION"),
        git: option_env!("CONSORTIA_COMMIT").map(str::to_string),
        scenario,
        organisations,
        inputs_hash: hash.to_string(),
        files: files.into_iter().map(|(file, blake3)| FileHash { file, blake3 }).collect(),
        tables,
        overrides,
        seed,
        replications,
        done: rows - failed,
        failed,
        figures,
        command: command.to_vec(),
        host: Host {
            platform: format!("{}-{}", std::env::consts::OS, std::env::consts::ARCH),
            threads,
        },
        started: now - started.elapsed().as_secs(),
        seconds: started.elapsed().as_secs_f64(),
    };
    let text = serde_json::to_string_pretty(&manifest).unwrap_or_default();
    out.write("manifest.json", text.as_bytes())
}
