//! The end of a sweep: tables from the shards, and the manifest that says that all is there.

use super::collect::{CollectError, Results, collect};
use super::folder::{SweepFolder, SweepRecord};
use super::tables;
use crate::output::folder::{FolderError, RunFolder};
use crate::output::manifest::{FileHash, Host, Manifest};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// Makes the tables of a sweep whose shards are all there.
pub fn tabulate(folder: &SweepFolder) -> Result<Vec<Results>, CollectError> {
    let (record, out) = (&folder.record, RunFolder::within(folder.path.clone()));
    let (results, _) = collect(&out, record, &record.shelf(&folder.path), &folder.journal)?;
    tables::summary(&out, record, &results)?;
    tables::robustness_table(&out, record, &results)?;
    tables::dictionary(&out)?;
    Ok(results)
}

/// Writes the manifest, the last file of a sweep.
pub fn seal(folder: &SweepFolder, threads: usize, started: Instant) -> Result<(), FolderError> {
    let out = RunFolder::within(folder.path.clone());
    write_manifest(&out, &folder.record, &folder.record.inputs_hash, folder.journal.rows(), threads, started)
}

/// Writes the manifest of an analysis of a sweep; `hash` is that of the sweep and of what was asked.
pub fn seal_analysis(out: &RunFolder, record: &SweepRecord, hash: &str, started: Instant) -> Result<(), FolderError> {
    let all = record.points as u64 * record.replications * record.organisations.len() as u64;
    write_manifest(out, record, hash, (all, 0), 1, started)
}

fn write_manifest(
    out: &RunFolder,
    record: &SweepRecord,
    hash: &str,
    (rows, failed): (u64, u64),
    threads: usize,
    started: Instant,
) -> Result<(), FolderError> {
    let SweepRecord { scenario, organisations, files, overrides, seed, replications, figures, .. } = record.clone();
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs());
    let manifest = Manifest {
        version: env!("CARGO_PKG_VERSION"),
        git: option_env!("CONSORTIA_COMMIT").map(str::to_string),
        scenario,
        organisations,
        inputs_hash: hash.to_string(),
        files: files.into_iter().map(|(file, blake3)| FileHash { file, blake3 }).collect(),
        overrides,
        seed,
        replications,
        done: rows - failed,
        failed,
        figures,
        command: std::env::args().collect(),
        host: Host { platform: format!("{}-{}", std::env::consts::OS, std::env::consts::ARCH), threads },
        started: now - started.elapsed().as_secs(),
        seconds: started.elapsed().as_secs_f64(),
    };
    let text = serde_json::to_string_pretty(&manifest).unwrap_or_default();
    out.write("manifest.json", text.as_bytes())
}
