//! Run folders: complete under their name, or not there at all.

use std::fs;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

/// What can go wrong with a run folder; every message names the path.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// The folder holds something that this run did not make.
    #[error("{0} holds other files than this run's: choose an empty or new folder with --out")]
    Foreign(PathBuf),
    /// It cannot be written.
    #[error("cannot write {path}: {source}")]
    Io {
        /// Which file or folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A table cannot be written.
    #[error("cannot write {path}: {source}")]
    Csv {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: csv::Error,
    },
    /// A file is not what it should be.
    #[error("cannot understand {path}: {reason}")]
    Read {
        /// Which file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// A plot cannot be drawn.
    #[error("cannot draw {path}: {reason}")]
    Plot {
        /// Which file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
}

impl FolderError {
    /// An I/O error at a path.
    pub fn io(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> FolderError {
        let path = path.into();
        move |source| FolderError::Io { path, source }
    }
}

/// First 8 hexadecimal digits of the hash of everything that determines the results.
pub fn hash_of<'a>(parts: impl IntoIterator<Item = &'a str>) -> String {
    let mut hasher = blake3::Hasher::new();
    for part in parts {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part.as_bytes());
    }
    hasher.finalize().to_hex()[..8].to_string()
}

/// A text as the name of a file or folder, on any system.
pub fn safe_name(text: &str) -> String {
    const MOST: usize = 120;
    let kept = |c: char| if c.is_alphanumeric() || matches!(c, '-' | '_' | '.') { c } else { '_' };
    let name: String = text.chars().map(kept).collect();
    if name.chars().count() <= MOST {
        return name;
    }
    // What is cut off still tells names apart.
    format!("{}-{}", name.chars().take(MOST).collect::<String>(), hash_of([text]))
}

/// A folder being written. Dropped before [`RunFolder::finish`], it leaves nothing behind.
#[derive(Debug)]
pub struct RunFolder {
    target: PathBuf,
    partial: PathBuf,
    finished: bool,
}

/// The name of a file while it is written.
fn partial_of(path: &Path) -> PathBuf {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    path.with_file_name(format!(".{name}.partial"))
}

/// Taken while a folder is given its name.
static NAMING: Mutex<()> = Mutex::new(());

/// A name that no other process, and no other thread of this one, has.
fn this_writing() -> String {
    static WRITINGS: AtomicU64 = AtomicU64::new(0);
    format!("{}-{}", std::process::id(), WRITINGS.fetch_add(1, Ordering::Relaxed))
}

/// The file that marks a folder as a run of these inputs.
const MARK: &str = "manifest.json";

impl RunFolder {
    /// Starts a folder that will be `target`. An existing one is accepted only if it is empty or an
    /// earlier run of the same inputs (`hash`).
    pub fn start(target: PathBuf, hash: &str) -> Result<Self, FolderError> {
        if target.exists() {
            let empty = target.is_dir()
                && fs::read_dir(&target).map_err(FolderError::io(&target))?.next().is_none();
            if !empty && !Self::is_run_of(&target, hash) {
                return Err(FolderError::Foreign(target));
            }
        }
        let name =
            target.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let partial = target.with_file_name(format!(".{name}.partial-{}", this_writing()));
        fs::create_dir_all(&partial).map_err(FolderError::io(&partial))?;
        Ok(RunFolder { target, partial, finished: false })
    }

    /// Starts a folder that may also take the place of an earlier one, if that holds a manifest.
    pub fn anew(target: PathBuf, hash: &str) -> Result<Self, FolderError> {
        match fs::read_to_string(target.join(MARK))
            .ok()
            .and_then(|text| serde_json::from_str::<serde_json::Value>(&text).ok())
        {
            Some(manifest) => Self::start(target, manifest["inputs_hash"].as_str().unwrap_or(hash)),
            None => Self::start(target, hash),
        }
    }

    /// Files that go straight into an existing folder, each of them whole or not at all.
    pub fn within(target: PathBuf) -> Self {
        RunFolder { partial: target.clone(), target, finished: true }
    }

    /// Whether a folder holds a complete run of these inputs.
    pub fn is_run_of(folder: &Path, hash: &str) -> bool {
        fs::read_to_string(folder.join(MARK))
            .ok()
            .and_then(|text| serde_json::from_str::<serde_json::Value>(&text).ok())
            .is_some_and(|manifest| manifest["inputs_hash"] == hash)
    }

    /// Where a file is written for now; its folder is made.
    pub fn path(&self, file: &str) -> Result<PathBuf, FolderError> {
        let path = self.partial.join(file);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(FolderError::io(parent))?;
        }
        Ok(path)
    }

    /// The folder as it is on disk for now.
    pub fn place(&self) -> &Path {
        &self.partial
    }

    /// Writes a whole file.
    pub fn write(&self, file: &str, content: &[u8]) -> Result<(), FolderError> {
        let path = self.path(file)?;
        let partial = partial_of(&path);
        let mut out = BufWriter::new(fs::File::create(&partial).map_err(FolderError::io(&path))?);
        out.write_all(content).map_err(FolderError::io(&path))?;
        let file = out.into_inner().map_err(|error| FolderError::io(&path)(error.into_error()))?;
        file.sync_all().map_err(FolderError::io(&path))?;
        fs::rename(&partial, &path).map_err(FolderError::io(&path))
    }

    /// Opens a table.
    pub fn table(&self, file: &str) -> Result<Table, FolderError> {
        let path = self.path(file)?;
        let csv_failed = |source| FolderError::Csv { path: path.clone(), source };
        let writer = csv::Writer::from_path(partial_of(&path)).map_err(csv_failed)?;
        Ok(Table { path, writer })
    }

    /// Gives the folder its name. An earlier run of the same inputs is replaced by its like.
    pub fn finish(mut self) -> Result<PathBuf, FolderError> {
        if self.partial == self.target {
            return Ok(self.target.clone());
        }
        // Threads that write the same folder take turns to name it.
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
            // Nothing half-written stays; what cannot be removed has a name that says it is
            // partial.
            let _ = fs::remove_dir_all(&self.partial);
        }
    }
}

/// A CSV table being written.
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

    /// Flushes to disk and gives the table its name.
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
    use super::safe_name;

    #[test]
    fn any_text_is_a_name_of_its_own() {
        assert_eq!(
            safe_name("gain.KGZ-ucas@fine={multiple=1.5}/x"),
            "gain.KGZ-ucas_fine__multiple_1.5__x"
        );
        let (a, b) = (safe_name(&"a".repeat(300)), safe_name(&"a".repeat(301)));
        assert!(a.len() < 140 && a != b);
    }
}
