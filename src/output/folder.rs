//! Run folders, which are written under a temporary name and renamed when complete.
//!
//! A run under its final name is therefore never partial. Single files are written in the same way.

use std::fs;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

/// Errors of a run folder. Every message names the path.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// The folder holds files that this run did not make.
    #[error("{0} holds other files than this run's: choose an empty or new folder with --out")]
    Foreign(PathBuf),
    /// A file or folder cannot be read or written.
    #[error("cannot write {path}: {source}")]
    Io {
        /// Path of the file or folder.
        path: PathBuf,
        /// Underlying error.
        source: io::Error,
    },
    /// A table cannot be written.
    #[error("cannot write {path}: {source}")]
    Csv {
        /// Path of the file.
        path: PathBuf,
        /// Underlying error.
        source: csv::Error,
    },
    /// A file cannot be parsed.
    #[error("cannot understand {path}: {reason}")]
    Read {
        /// Path of the file.
        path: PathBuf,
        /// Reason, in words.
        reason: String,
    },
    /// A plot cannot be drawn.
    #[error("cannot draw {path}: {reason}")]
    Plot {
        /// Path of the file.
        path: PathBuf,
        /// Reason, in words.
        reason: String,
    },
}

/// Returns why a JSON file of a folder cannot be read. A file with the key `former` was written by
/// an earlier version.
pub(crate) fn read_error(text: &str, former: &str, error: &serde_json::Error) -> String {
    let value: serde_json::Value = serde_json::from_str(text).unwrap_or_default();
    if value.get(former).is_some() {
        "it was written by an earlier version of consortia; make the folder again with this one"
            .into()
    } else {
        error.to_string()
    }
}

impl FolderError {
    /// Returns a function that adds a path to an I/O error.
    pub fn io(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> FolderError {
        let path = path.into();
        move |source| FolderError::Io { path, source }
    }
}

/// Returns the first 8 hexadecimal digits of the BLAKE3 hash of the parts, which should be
/// everything that determines the results. The length of each part is hashed with it.
pub fn hash_of<'a>(parts: impl IntoIterator<Item = &'a str>) -> String {
    let mut hasher = blake3::Hasher::new();
    for part in parts {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part.as_bytes());
    }
    hasher.finalize().to_hex()[..8].to_string()
}

/// Returns a text as the name of a file or folder that is valid on any system. Names of more than
/// 120 characters are cut and end in a hash.
pub fn safe_name(text: &str) -> String {
    const MOST: usize = 120;
    let kept = |c: char| if c.is_alphanumeric() || matches!(c, '-' | '_' | '.') { c } else { '_' };
    let name: String = text.chars().map(kept).collect();
    if name.chars().count() <= MOST {
        return name;
    }
    // The hash distinguishes names that differ only in what is cut off.
    format!("{}-{}", name.chars().take(MOST).collect::<String>(), hash_of([text]))
}

/// Folder of a run while it is written. Unless [`RunFolder::finish`] is called, it is removed when
/// dropped, except for a folder of [`RunFolder::within`].
#[derive(Debug)]
pub struct RunFolder {
    target: PathBuf,
    partial: PathBuf,
    finished: bool,
}

/// Returns the path of a file while it is written.
fn partial_of(path: &Path) -> PathBuf {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    path.with_file_name(format!(".{name}.partial"))
}

/// Held while a folder is renamed: threads that write the same folder take turns.
static NAMING: Mutex<()> = Mutex::new(());

/// Returns a suffix that no other process and no other thread uses.
fn this_writing() -> String {
    static WRITINGS: AtomicU64 = AtomicU64::new(0);
    format!("{}-{}", std::process::id(), WRITINGS.fetch_add(1, Ordering::Relaxed))
}

/// Name of the manifest, whose hash shows of which inputs a folder is a run.
const MARK: &str = "manifest.json";

impl RunFolder {
    /// Starts a folder that will be `target`. Fails if `target` exists, unless it is empty or an
    /// earlier run of the same inputs (`hash`).
    pub fn start(target: PathBuf, hash: &str) -> Result<Self, FolderError> {
        // Not while another thread replaces the folder: it would seem to hold foreign files.
        let turn = NAMING.lock();
        if target.exists() {
            let empty = target.is_dir()
                && fs::read_dir(&target).map_err(FolderError::io(&target))?.next().is_none();
            if !empty && !Self::is_run_of(&target, hash) {
                return Err(FolderError::Foreign(target));
            }
        }
        drop(turn);
        let name =
            target.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let partial = target.with_file_name(format!(".{name}.partial-{}", this_writing()));
        fs::create_dir_all(&partial).map_err(FolderError::io(&partial))?;
        Ok(RunFolder { target, partial, finished: false })
    }

    /// Starts a folder that may also replace a run of other inputs, recognised by its manifest.
    /// Otherwise fails like [`RunFolder::start`].
    pub fn anew(target: PathBuf, hash: &str) -> Result<Self, FolderError> {
        match fs::read_to_string(target.join(MARK))
            .ok()
            .and_then(|text| serde_json::from_str::<serde_json::Value>(&text).ok())
        {
            Some(manifest) => Self::start(target, manifest["inputs_hash"].as_str().unwrap_or(hash)),
            None => Self::start(target, hash),
        }
    }

    /// Opens an existing folder for writing single files directly into it. Each file is written
    /// under a temporary name and renamed.
    pub fn within(target: PathBuf) -> Self {
        RunFolder { partial: target.clone(), target, finished: true }
    }

    /// Returns whether a folder holds a complete run of these inputs, according to its manifest.
    pub fn is_run_of(folder: &Path, hash: &str) -> bool {
        fs::read_to_string(folder.join(MARK))
            .ok()
            .and_then(|text| serde_json::from_str::<serde_json::Value>(&text).ok())
            .is_some_and(|manifest| manifest["inputs_hash"] == hash)
    }

    /// Returns the path of a file while the folder is written, and creates its parent folder.
    pub fn path(&self, file: &str) -> Result<PathBuf, FolderError> {
        let path = self.partial.join(file);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(FolderError::io(parent))?;
        }
        Ok(path)
    }

    /// Returns the present path of the folder.
    pub fn place(&self) -> &Path {
        &self.partial
    }

    /// Writes a file under a temporary name, flushes it to disk and renames it.
    pub fn write(&self, file: &str, content: &[u8]) -> Result<(), FolderError> {
        let path = self.path(file)?;
        let partial = partial_of(&path);
        let mut out = BufWriter::new(fs::File::create(&partial).map_err(FolderError::io(&path))?);
        out.write_all(content).map_err(FolderError::io(&path))?;
        let file = out.into_inner().map_err(|error| FolderError::io(&path)(error.into_error()))?;
        file.sync_all().map_err(FolderError::io(&path))?;
        fs::rename(&partial, &path).map_err(FolderError::io(&path))
    }

    /// Opens a CSV table, which gets its final name when it is closed.
    pub fn table(&self, file: &str) -> Result<Table, FolderError> {
        let path = self.path(file)?;
        let csv_failed = |source| FolderError::Csv { path: path.clone(), source };
        let writer = csv::Writer::from_path(partial_of(&path)).map_err(csv_failed)?;
        Ok(Table { path, writer })
    }

    /// Renames the folder to its target, replaces an earlier run there, and returns the path.
    pub fn finish(mut self) -> Result<PathBuf, FolderError> {
        if self.partial == self.target {
            return Ok(self.target.clone());
        }
        let _turn = NAMING.lock();
        if self.target.exists() {
            let name = self
                .target
                .file_name()
                .map(|name| name.to_string_lossy().into_owned())
                .unwrap_or_default();
            let old = self.target.with_file_name(format!(".{name}.old-{}", this_writing()));
            fs::rename(&self.target, &old).map_err(FolderError::io(&self.target))?;
            fs::rename(&self.partial, &self.target).map_err(FolderError::io(&self.target))?;
            fs::remove_dir_all(&old).map_err(FolderError::io(&old))?;
        } else {
            fs::rename(&self.partial, &self.target).map_err(FolderError::io(&self.target))?;
        }
        self.finished = true;
        Ok(self.target.clone())
    }
}

impl Drop for RunFolder {
    fn drop(&mut self) {
        if !self.finished {
            // If the folder cannot be removed, its name shows that it is partial.
            let _ = fs::remove_dir_all(&self.partial);
        }
    }
}

/// CSV table while it is written.
#[derive(Debug)]
pub struct Table {
    path: PathBuf,
    writer: csv::Writer<fs::File>,
}

impl Table {
    /// Writes a row.
    pub fn row<I, T>(&mut self, fields: I) -> Result<(), FolderError>
    where
        I: IntoIterator<Item = T>,
        T: AsRef<[u8]>,
    {
        let Table { path, writer } = self;
        writer
            .write_record(fields)
            .map_err(|source| FolderError::Csv { path: path.clone(), source })
    }

    /// Flushes the table to disk and renames it to its final name.
    pub fn close(mut self) -> Result<(), FolderError> {
        self.writer.flush().map_err(FolderError::io(&self.path))?;
        let file = self
            .writer
            .into_inner()
            .map_err(|error| FolderError::io(&self.path)(io::Error::other(error.to_string())))?;
        file.sync_all().map_err(FolderError::io(&self.path))?;
        fs::rename(partial_of(&self.path), &self.path).map_err(FolderError::io(&self.path))
    }
}

#[cfg(test)]
mod tests {
    use super::{MARK, RunFolder, read_error, safe_name};

    #[test]
    fn safe_names_are_valid_and_unique() {
        assert_eq!(
            safe_name("gain.KGZ-ucas@fine={multiple=1.5}/x"),
            "gain.KGZ-ucas_fine__multiple_1.5__x"
        );
        let (a, b) = (safe_name(&"a".repeat(300)), safe_name(&"a".repeat(301)));
        assert!(a.len() < 140 && a != b);
    }

    #[test]
    fn threads_replace_the_same_folder_in_turn() {
        let place = std::env::temp_dir().join(format!("consortia-turn-{}", std::process::id()));
        let target = place.join("same");
        let save = |_: usize| {
            let folder = RunFolder::start(target.clone(), "h").map_err(|bad| bad.to_string())?;
            let manifest = br#"{"inputs_hash": "h"}"#;
            folder.write(MARK, manifest).map_err(|bad| bad.to_string())?;
            folder.finish().map_err(|bad| bad.to_string()).map(drop)
        };
        let done: Result<(), String> = std::thread::scope(|threads| {
            let run = || threads.spawn(|| (0..100).try_for_each(save));
            let all: Vec<_> = (0..4).map(|_| run()).collect();
            all.into_iter().try_for_each(|thread| thread.join().unwrap_or(Err("panic".into())))
        });
        let left = std::fs::read_dir(&place).map_or(0, Iterator::count);
        let _ = std::fs::remove_dir_all(&place);
        assert_eq!((done, left), (Ok(()), 1), "one complete folder and no partial one");
    }

    #[test]
    fn files_of_earlier_versions_are_named_as_such() {
        let reason = |text: &str| match serde_json::from_str::<u64>(text) {
            Ok(_) => panic!("not a number"),
            Err(error) => read_error(text, "lead", &error),
        };
        assert!(reason("{\"lead\": 1}").contains("earlier version"));
        assert!(!reason("{\"headline\": 1}").contains("earlier version"));
        assert!(!reason("{\"lead\": ").contains("earlier version"), "it is not JSON");
    }
}
