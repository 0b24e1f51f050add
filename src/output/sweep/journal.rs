//! `journal.csv`: one line for every shard that is done.
//!
//! The journal alone decides: a shard without a sound line is not done, even if its file exists.

use crate::experiment::sweep::ShardJournal;
use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// A line of the journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Number of the shard.
    pub shard: usize,
    /// Number of rows.
    pub rows: u64,
    /// Number of rows that failed.
    pub failed: u64,
    /// Size of its file, bytes.
    pub bytes: u64,
    /// BLAKE3 hash of its file.
    pub blake3: String,
    /// BLAKE3 hash of the file of its failures; empty if there are none.
    pub failures_blake3: String,
}

const HEADER: &str = "shard,rows,failed,bytes,blake3,failures_blake3,check";

impl Line {
    /// Returns the line as written, with a checksum that reveals damage.
    pub fn text(&self) -> String {
        let Line { shard, rows, failed, bytes, blake3, failures_blake3 } = self;
        let content = format!("{shard},{rows},{failed},{bytes},{blake3},{failures_blake3}");
        let check = blake3::hash(content.as_bytes()).to_hex();
        format!("{content},{}", &check[..8])
    }

    /// Parses a line. Returns `None` if it is damaged.
    pub fn parse(text: &str) -> Option<Line> {
        let parts: Vec<&str> = text.split(',').collect();
        let [shard, rows, failed, bytes, blake3, failures_blake3, _] = parts[..] else {
            return None;
        };
        let line = Line {
            shard: shard.parse().ok()?,
            rows: rows.parse().ok()?,
            failed: failed.parse().ok()?,
            bytes: bytes.parse().ok()?,
            blake3: blake3.to_string(),
            failures_blake3: failures_blake3.to_string(),
        };
        (line.text() == text).then_some(line)
    }
}

/// Errors of a journal.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The journal cannot be read or written.
    #[error("cannot read or write {path}: {source}")]
    Io {
        /// Path of the file.
        path: PathBuf,
        /// Underlying error.
        source: io::Error,
    },
    /// The file is not a journal: its first line is not the header.
    #[error(
        "{0} is not the journal of a sweep: its first line is another. Move it away; its shards \
         are then simulated again"
    )]
    Foreign(PathBuf),
}

/// The journal of a sweep.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    /// Lines by shard.
    pub lines: BTreeMap<usize, Line>,
    file: Option<fs::File>,
    /// Whether to stop after the first shard with a failure.
    pub stop_on_failure: bool,
    in_order: bool,
}

impl Journal {
    /// Reads the journal of a folder; it is empty if there is no file. Damaged lines are left out
    /// and reported: their shards are not done. Fails if the file is not a journal.
    pub fn read(folder: &Path) -> Result<(Journal, Vec<String>), JournalError> {
        let path = folder.join("journal.csv");
        let failed = |source| JournalError::Io { path: path.clone(), source };
        let mut journal = Journal {
            path: path.clone(),
            lines: BTreeMap::new(),
            file: None,
            stop_on_failure: false,
            in_order: true,
        };
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Ok((journal, Vec::new()));
            }
            Err(error) => return Err(failed(error)),
        };
        let text = String::from_utf8_lossy(&bytes);
        let mut findings = Vec::new();
        let mut parts = text.split_inclusive('\n').enumerate();
        match parts.next() {
            None => return Ok((journal, findings)),
            Some((_, first)) if first.trim_end() == HEADER => {}
            Some((_, first)) if HEADER.starts_with(first) => return Ok((journal, findings)),
            Some(_) => return Err(JournalError::Foreign(path)),
        }
        let mut last = None;
        for (at, part) in parts {
            let whole = part.ends_with('\n');
            match Line::parse(part.trim_end_matches('\n')).filter(|_| whole) {
                Some(line) => {
                    journal.in_order &= last.is_none_or(|last| last < line.shard);
                    last = Some(line.shard);
                    journal.lines.insert(line.shard, line);
                }
                None => {
                    journal.in_order = false;
                    let what = if whole { "is damaged" } else { "ends in the middle" };
                    findings.push(format!(
                        "journal.csv: line {} {what}; its shard is simulated again",
                        at + 1
                    ));
                }
            }
        }
        Ok((journal, findings))
    }

    /// Removes the lines of shards that turned out not to be done.
    pub fn forget(&mut self, shards: impl IntoIterator<Item = usize>) {
        for shard in shards {
            self.in_order &= self.lines.remove(&shard).is_none();
        }
    }

    /// Adds a line that is written with the next [`Journal::settle`].
    pub fn adopt(&mut self, line: Line) {
        self.in_order = false;
        self.lines.insert(line.shard, line);
    }

    /// Opens the journal for appending. It is rewritten first if it is new or was repaired.
    pub fn open(&mut self) -> Result<(), JournalError> {
        let fresh = !self.path.exists()
            || self.path.metadata().is_ok_and(|data| data.len() <= HEADER.len() as u64);
        if fresh || !self.in_order {
            self.settle()?;
        }
        let failed = |source| JournalError::Io { path: self.path.clone(), source };
        self.file = Some(fs::OpenOptions::new().append(true).open(&self.path).map_err(failed)?);
        Ok(())
    }

    /// Rewrites all lines in the order of shards, under a temporary name that is then renamed.
    pub fn settle(&mut self) -> Result<(), JournalError> {
        let failed = |source| JournalError::Io { path: self.path.clone(), source };
        let partial = self.path.with_file_name(".journal.csv.partial");
        let lines = self.lines.values().map(Line::text);
        let text: String =
            std::iter::once(HEADER.to_string()).chain(lines).map(|line| line + "\n").collect();
        let mut out = fs::File::create(&partial).map_err(failed)?;
        out.write_all(text.as_bytes()).and_then(|()| out.sync_all()).map_err(failed)?;
        fs::rename(&partial, &self.path).map_err(failed)?;
        self.in_order = true;
        Ok(())
    }

    /// Closes the journal, and rewrites it if lines were written out of order.
    pub fn close(&mut self) -> Result<(), JournalError> {
        self.file = None;
        if self.in_order { Ok(()) } else { self.settle() }
    }

    /// Returns the number of rows, and of those that failed.
    pub fn rows(&self) -> (u64, u64) {
        self.lines
            .values()
            .fold((0, 0), |(rows, failed), line| (rows + line.rows, failed + line.failed))
    }
}

impl ShardJournal for Journal {
    type Line = Line;
    type Error = JournalError;

    fn record(&mut self, shard: usize, line: Line) -> Result<bool, JournalError> {
        let text = line.text() + "\n";
        if let Some(file) = &mut self.file {
            let failed = |source| JournalError::Io { path: self.path.clone(), source };
            file.write_all(text.as_bytes()).and_then(|()| file.sync_data()).map_err(failed)?;
        }
        self.in_order &= self.lines.keys().next_back().is_none_or(|last| *last < shard);
        let go_on = !(self.stop_on_failure && line.failed > 0);
        self.lines.insert(shard, line);
        Ok(go_on)
    }

    fn has(&self, shard: usize) -> bool {
        self.lines.contains_key(&shard)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(shard: usize) -> Line {
        Line {
            shard,
            rows: 10,
            failed: 0,
            bytes: 99,
            blake3: "ab".into(),
            failures_blake3: String::new(),
        }
    }

    #[test]
    fn a_single_changed_character_invalidates_a_line() {
        let text = line(7).text();
        assert_eq!(Line::parse(&text), Some(line(7)));
        for at in 0..text.len() {
            let mut bytes = text.clone().into_bytes();
            bytes[at] = if bytes[at] == b'3' { b'4' } else { b'3' };
            assert_ne!(Line::parse(&String::from_utf8(bytes).unwrap()), Some(line(7)), "{at}");
            assert_eq!(Line::parse(&text[..at]), None);
        }
    }

    #[test]
    fn truncated_and_damaged_lines_are_reported_and_dropped() {
        let dir = tempfile::tempdir().unwrap();
        let (mut journal, findings) = Journal::read(dir.path()).unwrap();
        assert!(findings.is_empty());
        journal.open().unwrap();
        for shard in 0..4 {
            assert!(journal.record(shard, line(shard)).unwrap());
        }
        let path = dir.path().join("journal.csv");
        let whole = fs::read_to_string(&path).unwrap();
        let damaged = whole.replacen("\n1,10", "\n1,11", 1);
        fs::write(&path, &damaged[..damaged.len() - 3]).unwrap();
        let (mut journal, findings) = Journal::read(dir.path()).unwrap();
        assert_eq!(findings.len(), 2);
        assert!(
            findings[0].contains("line 3 is damaged")
                && findings[1].contains("line 5 ends in the middle")
        );
        assert_eq!(journal.lines.keys().copied().collect::<Vec<_>>(), [0, 2]);
        journal.open().unwrap();
        for shard in [1, 3] {
            journal.record(shard, line(shard)).unwrap();
        }
        journal.close().unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), whole, "the same bytes in the end");
        fs::write(&path, "something else\n").unwrap();
        assert!(matches!(Journal::read(dir.path()), Err(JournalError::Foreign(_))));
    }
}
