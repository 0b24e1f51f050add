//! Means by point and design from the shards of a sweep.
//!
//! The tables are written range by range, so that the rows of all shards are never in memory
//! together.

use super::folder::SweepRecord;
use super::journal::Journal;
use super::shards::{ShardError, ShardFiles};
use crate::experiment::sweep::ShardStore;
use crate::numeric::Running;
use crate::output::folder::{FolderError, RunFolder};
use crate::output::frame::{Frame, cells};
use std::path::{Path, PathBuf};

/// Statistics of a measure at a point under a design.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cell {
    /// Mean over replications; NaN if none has a value.
    pub mean: f64,
    /// Monte Carlo standard error of the mean.
    pub se: f64,
    /// Standard deviation over replications.
    pub sd: f64,
    /// Number of replications with a value.
    pub n: u64,
    /// Number of replications that failed.
    pub failed: u64,
}

impl Cell {
    /// Returns the mean, or NaN if a replication failed: the mean of the others would be over other
    /// replications than those of the other designs.
    pub fn value(&self) -> f64 {
        if self.failed > 0 { f64::NAN } else { self.mean }
    }
}

/// Results of one measure of a sweep.
#[derive(Debug, Clone)]
pub struct Results {
    /// Number of designs.
    pub designs: usize,
    /// Cells by point, then design (`[point × designs + design]`).
    pub cells: Vec<Cell>,
}

impl Results {
    /// Returns the cell of a design at a point.
    pub fn at(&self, point: usize, design: usize) -> &Cell {
        &self.cells[point * self.designs + design]
    }

    /// Returns the number of points.
    pub fn points(&self) -> usize {
        self.cells.len() / self.designs
    }

    /// Returns the means of a design by point; NaN if a replication failed.
    pub fn means(&self, design: usize) -> Vec<f64> {
        self.cells.iter().skip(design).step_by(self.designs).map(Cell::value).collect()
    }
}

/// Errors of making or reading results.
#[derive(Debug, thiserror::Error)]
pub enum CollectError {
    /// A shard cannot be read.
    #[error(transparent)]
    Shard(#[from] ShardError),
    /// A table cannot be written.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// `results.csv` cannot be used.
    #[error("{path} cannot be used: {reason}")]
    Results {
        /// Path of the file.
        path: PathBuf,
        /// Reason, in words.
        reason: String,
    },
}

/// Builds `results.csv` of these measures of a sweep, in memory.
pub fn results_frame(record: &SweepRecord, results: &[Results]) -> Frame {
    let mut frame = Frame::new(RESULTS);
    let (points, designs) = (record.points, record.organisations.len());
    for (point, design) in
        (0..points).flat_map(|point| (0..designs).map(move |design| (point, design)))
    {
        for (measure, results) in results.iter().enumerate() {
            result_row(&mut frame, record, (point, design, measure), results.at(point, design));
        }
    }
    frame
}

/// Columns of `results.csv`.
const RESULTS: &str = "point:c organisation measure state unit mean:n se:n sd:n n:c failed:c";

fn result_row(
    frame: &mut Frame,
    record: &SweepRecord,
    (point, design, measure): (usize, usize, usize),
    cell: &Cell,
) {
    let (name, measure) = (&record.organisations[design], &record.measures[measure]);
    let ids = cells![point, name, &measure.measure, &measure.state, &measure.unit];
    frame.row(ids.into_iter().chain(cells![cell.mean, cell.se, cell.sd, cell.n, cell.failed]));
}

/// Reads all shards that are done, range by range, and writes `results.csv` and, if rows failed,
/// `failures.csv`. Returns the results by measure kept, and the number of rows that failed.
pub fn collect(
    folder: &RunFolder,
    record: &SweepRecord,
    store: &ShardFiles,
    journal: &Journal,
) -> Result<(Vec<Results>, u64), CollectError> {
    let (layout, designs, width) =
        (record.layout(), record.organisations.len(), record.measures.len());
    let mut table = folder.table("results.csv")?;
    table.headings(&Frame::new(RESULTS))?;
    let mut results =
        vec![Results { designs, cells: Vec::with_capacity(layout.points * designs) }; width];
    let mut failures = Vec::new();
    let mut failed = 0;
    for range in 0..layout.ranges() {
        let points = layout.points_of(range);
        let mut running = vec![Running::default(); points.len() * designs * width];
        let mut lost = vec![0u64; points.len() * designs];
        for block in 0..layout.blocks() {
            let shard = block * layout.ranges() + range;
            let Some(line) = journal.lines.get(&shard) else { continue };
            let rows = store.read(shard)?;
            for at in 0..rows.len() {
                let (point, _, design) = rows.key(at);
                let place = (point - points.start) * designs + design;
                for (running, &x) in
                    running[place * width..(place + 1) * width].iter_mut().zip(rows.row(at))
                {
                    running.add(x);
                }
            }
            if line.failed > 0 {
                failed += line.failed;
                for failure in store.read_failures(shard)? {
                    let point = failure[0].parse::<usize>().unwrap_or(points.start) - points.start;
                    match record.organisations.iter().position(|name| *name == failure[2]) {
                        Some(design) => lost[point * designs + design] += 1,
                        None => lost[point * designs..(point + 1) * designs]
                            .iter_mut()
                            .for_each(|lost| *lost += rows.replications as u64),
                    }
                    failures.push(failure);
                }
            }
        }
        let mut frame = Frame::new(RESULTS);
        for point in points.clone() {
            for design in 0..designs {
                let place = (point - points.start) * designs + design;
                for (at, results) in results.iter_mut().enumerate() {
                    let r = running[place * width + at];
                    let found = Cell {
                        mean: r.mean(),
                        se: r.se(),
                        sd: r.sd(),
                        n: r.n,
                        failed: lost[place],
                    };
                    results.cells.push(found);
                    result_row(&mut frame, record, (point, design, at), &found);
                }
            }
        }
        table.rows(&frame)?;
    }
    table.close()?;
    if !failures.is_empty() {
        // A point that cannot be simulated fails in every block with the same message.
        failures.sort_by(|a, b| a[0].parse::<usize>().ok().cmp(&b[0].parse::<usize>().ok()));
        failures.dedup();
        let mut table = folder.table("failures.csv")?;
        table.row(["point", "replication", "organisation", "stage", "message"])?;
        for failure in &failures {
            table.row(failure)?;
        }
        table.close()?;
    }
    Ok((results, failed))
}

/// Reads one measure of all rows, by point, then replication, then design; NaN without a value.
/// Fails if a shard is damaged.
pub fn read_runs(
    record: &SweepRecord,
    store: &ShardFiles,
    journal: &Journal,
    column: usize,
) -> Result<Vec<f64>, ShardError> {
    let (designs, replications) = (record.organisations.len(), record.replications as usize);
    let mut values = vec![f64::NAN; record.points * replications * designs];
    for (&shard, line) in &journal.lines {
        if let Some(damage) = store.damage(line) {
            return Err(ShardError::Content {
                path: store.folder().join(store.file(shard)),
                reason: damage,
            });
        }
        let rows = store.read(shard)?;
        for at in 0..rows.len() {
            let (point, replication, design) = rows.key(at);
            if point >= record.points || replication as usize >= replications {
                let reason = format!("it holds point {point}, replication {replication}");
                return Err(ShardError::Content {
                    path: store.folder().join(store.file(shard)),
                    reason,
                });
            }
            values[(point * replications + replication as usize) * designs + design] =
                rows.row(at)[column];
        }
    }
    Ok(values)
}

/// Reads one measure of `results.csv`. Fails if its rows are not those of the record.
pub fn read_results(
    folder: &Path,
    record: &SweepRecord,
    column: usize,
) -> Result<Results, CollectError> {
    let path = folder.join("results.csv");
    let broken = |reason: String| CollectError::Results { path: path.clone(), reason };
    let mut reader = csv::Reader::from_path(&path).map_err(|error| broken(error.to_string()))?;
    let designs = record.organisations.len();
    let (wanted, width) = (&record.measures[column], record.measures.len());
    let mut results = Results { designs, cells: Vec::with_capacity(record.points * designs) };
    let mut row = csv::StringRecord::new();
    let mut at = 0;
    while reader.read_record(&mut row).map_err(|error| broken(error.to_string()))? {
        let (place, measure) = (at / width, at % width);
        at += 1;
        if measure != column {
            continue;
        }
        let (point, design) = (place / designs, place % designs);
        let expected = [Some(point.to_string()), record.organisations.get(design).cloned()];
        if [row.get(0), row.get(1)] != expected.each_ref().map(Option::as_deref)
            || row.get(2) != Some(&wanted.measure)
            || row.get(3) != Some(&wanted.state)
        {
            return Err(broken(format!(
                "row {at} is not that of point {point}, `{}`",
                wanted.column
            )));
        }
        let number = |place: usize| match row.get(place) {
            Some("") => Ok(f64::NAN),
            Some(text) => text
                .parse::<f64>()
                .map_err(|_| broken(format!("`{text}` in row {at} is no number"))),
            None => Err(broken(format!("row {at} is too short"))),
        };
        let count = |place: usize| number(place).map(|x| x as u64);
        results.cells.push(Cell {
            mean: number(5)?,
            se: number(6)?,
            sd: number(7)?,
            n: count(8)?,
            failed: count(9)?,
        });
    }
    if results.cells.len() != record.points * designs {
        let found = results.cells.len();
        return Err(broken(format!(
            "it holds {found} rows of `{}` instead of {}",
            wanted.column,
            record.points * designs
        )));
    }
    Ok(results)
}
