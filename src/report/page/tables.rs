//! Tables of a page: those of the folder, reduced until they fit.

use super::shown;
use crate::output::FolderError;
use crate::output::about::About;
use crate::report::terminal::short_number;
use csv::StringRecord;
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::Path;

/// A table of the page.
#[derive(Debug, Clone, Serialize)]
pub struct PageTable {
    /// Name of the file in the folder.
    pub file: &'static str,
    /// Title of the table.
    pub title: &'static str,
    /// Header and rows as in the file; fewer rows if `left_out` says so.
    pub csv: String,
    /// Rounded numbers, by column.
    pub shown: BTreeMap<String, Vec<String>>,
    /// Description of what the page leaves out; empty if nothing.
    pub left_out: String,
}

/// Size limit of tables and notes in the page, bytes.
const MAX_TABLE_BYTES: usize = 1_380_000;

/// Files shown in the page, in this order, with their titles.
const FILES: &[(&str, &str)] = &[
    ("ranking.csv", "Order of the organisations"),
    ("attribution.csv", "Effect of each switch"),
    ("coalitions.csv", "Values of coalitions"),
    ("solutions.csv", "Divisions of the joint gain"),
    ("published.csv", "Comparison with published divisions"),
    ("robustness.csv", "Robust choice"),
    ("sensitivity.csv", "Sensitivity indices"),
    ("boxes.csv", "Boxes"),
    ("trajectory.csv", "Peeling trajectory"),
    ("summary.csv", "All measures"),
    ("differences.csv", "Paired differences"),
    ("lambda_band.csv", "Order over the precision of choices"),
    ("structure_band.csv", "Order under other structural choices"),
    ("river.csv", "Rivers by node and season"),
    ("trace.csv", "One replication, event by event"),
    ("years.csv", "Measures by year"),
    ("distributions.csv", "Distributions over replications"),
    ("parameters.csv", "Uncertain parameters"),
    ("points.csv", "Points of the sweep"),
    ("results.csv", "Results at the points"),
    ("failures.csv", "Failed runs"),
    ("dictionary.csv", "Dictionary of columns and measures"),
];

/// Points of a sweep that are read at most, spread evenly over its design.
const MOST_POINTS: usize = 1_500;

/// Failures that are read at most.
const MOST_FAILURES: usize = 2_000;

/// Replications whose single results are shown at most, and rows of them at most.
const REPLICATIONS: usize = 250;
const REPLICATION_ROWS: usize = 2_000;

struct Raw {
    file: &'static str,
    title: &'static str,
    header: StringRecord,
    rows: Vec<StringRecord>,
    left_out: Vec<String>,
}

impl Raw {
    fn column(&self, name: &str) -> Option<usize> {
        self.header.iter().position(|known| known == name)
    }

    fn size(&self) -> usize {
        let width = |row: &StringRecord| row.as_slice().len() + row.len();
        // The page also contains each number rounded if the table is shown: half as much again.
        let rounded = if shown::is_shown(self.file) { 3 } else { 2 };
        width(&self.header) + self.rows.iter().map(width).sum::<usize>() * rounded / 2
    }

    /// Keeps the rows whose value in a column passes `keep`; `why` describes the rows left out.
    fn keep(&mut self, column: &str, why: &str, keep: impl Fn(&str) -> bool) {
        let Some(at) = self.column(column) else { return };
        let before = self.rows.len();
        self.rows.retain(|row| keep(&row[at]));
        if self.rows.len() < before {
            self.left_out.push(why.to_string());
        }
    }

    /// Reduces the points of a sweep to about `most` at most, the same points in all tables.
    fn thin_points(&mut self, points: usize, most: usize) {
        let Some(at) = self.column("point") else { return };
        let number = |row: &StringRecord| row[at].parse::<usize>().unwrap_or(0);
        let step = spacing(points, most);
        if step > 1 {
            self.rows.retain(|row| is_kept(number(row), step));
            self.left_out = vec![part_of_points(step)];
        }
    }

    /// Merges the rows of an event into one, with its rounded terms in one cell.
    fn one_row_per_event(&mut self) {
        let (Some(term), Some(value), Some(event)) =
            (self.column("term"), self.column("value"), self.column("event"))
        else {
            return;
        };
        let organisation = self.column("organisation").unwrap_or(event);
        let mut rows: Vec<Vec<String>> = Vec::new();
        let mut last = None;
        for row in &self.rows {
            let number = row[value].parse().map_or_else(|_| row[value].to_string(), short_number);
            let entry = if row[term].is_empty() {
                String::new()
            } else {
                format!("{} {number}", &row[term])
            };
            let id = (row[organisation].to_string(), row[event].to_string());
            match rows.last_mut() {
                Some(open) if last.as_ref() == Some(&id) => {
                    open[term].push_str(&format!("; {entry}"))
                }
                _ => {
                    let mut fields: Vec<String> =
                        row.iter().take(term).map(str::to_string).collect();
                    fields.push(entry);
                    rows.push(fields);
                }
            }
            last = Some(id);
        }
        self.header = self.header.iter().take(term).chain(["terms"]).collect();
        self.rows = rows.into_iter().map(StringRecord::from).collect();
        self.left_out.push("digits after the third, and a row for each term".to_string());
    }

    fn csv(&self) -> String {
        let mut writer = csv::Writer::from_writer(Vec::new());
        let mut rows = std::iter::once(&self.header).chain(&self.rows);
        let written = rows.try_for_each(|row| writer.write_record(row));
        let bytes = written.ok().and_then(|()| writer.into_inner().ok()).unwrap_or_default();
        String::from_utf8(bytes).unwrap_or_default()
    }
}

/// Reads the rows of a table that pass `keep`; `why` describes the rows left out. `None` if there
/// is no such file.
fn read(
    folder: &Path,
    (file, title): (&'static str, &'static str),
    keep: impl Fn(usize, &StringRecord) -> bool,
    why: &str,
) -> Result<Option<Raw>, FolderError> {
    let path = folder.join(file);
    if !path.is_file() {
        return Ok(None);
    }
    let failed = |source| FolderError::Csv { path: path.clone(), source };
    let mut reader = csv::Reader::from_path(&path).map_err(failed)?;
    let header = reader.headers().map_err(failed)?.clone();
    let mut rows = Vec::new();
    let mut all = true;
    for (at, row) in reader.records().enumerate() {
        let row = row.map_err(failed)?;
        if keep(at, &row) {
            rows.push(row);
        } else {
            all = false;
        }
    }
    let left_out = if all { Vec::new() } else { vec![why.to_string()] };
    Ok(Some(Raw { file, title, header, rows, left_out }))
}

/// Factor by which points are thinned to about `most` at most. It is a power of two, so that
/// thinning twice keeps a subset.
fn spacing(points: usize, most: usize) -> usize {
    points.div_ceil(most).max(1).next_power_of_two()
}

/// Whether thinning keeps a point. A hash of its number decides, because every n-th point would
/// follow the levels of a grid.
fn is_kept(point: usize, spacing: usize) -> bool {
    let mixed = (point as u64).wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    ((mixed ^ mixed >> 29).wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 33).is_multiple_of(spacing as u64)
}

fn part_of_points(spacing: usize) -> String {
    format!("all points but one in {spacing}, taken by a hash of their number")
}

/// Number of points of a sweep; 0 without a table of points.
fn points(folder: &Path) -> usize {
    let path = folder.join("points.csv");
    let lines = || {
        csv::ReaderBuilder::new()
            .from_path(path)
            .ok()
            .map(|mut reader| reader.byte_records().count())
    };
    if folder.join("points.csv").is_file() { lines().unwrap_or(0) } else { 0 }
}

/// Results of the first replications, with few columns of `replications.csv`.
fn replications(folder: &Path, designs: usize) -> Result<Option<Raw>, FolderError> {
    let most = REPLICATIONS.min(REPLICATION_ROWS / designs.max(1));
    const COLUMNS: [&str; 7] = [
        "replication",
        "organisation",
        "depth_agreed",
        "depth_delivered",
        "compliance_count",
        "gain",
        "worst_off_gain",
    ];
    let path = folder.join("replications.csv");
    if !path.is_file() {
        return Ok(None);
    }
    let failed = |source| FolderError::Csv { path: path.clone(), source };
    let mut reader = csv::Reader::from_path(&path).map_err(failed)?;
    let header = reader.headers().map_err(failed)?.clone();
    let places: Vec<usize> =
        COLUMNS.iter().filter_map(|name| header.iter().position(|known| known == *name)).collect();
    let pick = |row: &StringRecord| places.iter().map(|&at| &row[at]).collect::<StringRecord>();
    let mut rows = Vec::new();
    let mut left_out = vec!["most columns".to_string()];
    for row in reader.records() {
        let row = row.map_err(failed)?;
        if row[0].parse().is_ok_and(|replication: usize| replication >= most) {
            left_out.push(format!("replications after the first {most}"));
            break;
        }
        rows.push(pick(&row));
    }
    Ok(Some(Raw {
        file: "replications.csv",
        title: "Single replications",
        header: pick(&header),
        rows,
        left_out,
    }))
}

/// Data on which thinning depends.
struct Extent<'a> {
    about: &'a About,
    /// Number of points of the sweep.
    points: usize,
}

/// One way to make a page smaller.
type Thinning = fn(&mut [Raw], &Extent<'_>);

fn with<'a>(tables: &'a mut [Raw], file: &str) -> Option<&'a mut Raw> {
    tables.iter_mut().find(|table| table.file == file)
}

fn drop_all(tables: &mut [Raw], files: &[&str]) {
    for table in tables.iter_mut().filter(|table| files.contains(&table.file)) {
        table.rows.clear();
        table.left_out = vec!["everything".to_string()];
    }
}

/// Ways to make a page smaller, in order of application; those that lose least come first.
const THINNINGS: &[Thinning] = &[
    |tables, _| {
        if let Some(table) = with(tables, "trace.csv") {
            table.one_row_per_event();
        }
    },
    |tables, _| {
        let kept =
            ["gain", "gain_per_year", "worst_off_gain", "depth_delivered", "compliance_count"];
        if let Some(table) = with(tables, "distributions.csv") {
            table.keep(
                "measure",
                "measures but gains, depth delivered and obligations kept",
                |m| kept.contains(&m),
            );
        }
    },
    |tables, _| {
        if let Some(table) = with(tables, "trace.csv") {
            table.keep("what", "obligations that were performed", |what| what != "performs");
        }
    },
    |tables, _| {
        if let Some(table) = with(tables, "years.csv") {
            table.keep("state", "single states", |state| state == "region");
        }
    },
    |tables, _| {
        if let Some(table) = with(tables, "distributions.csv") {
            table.keep("state", "single states", |state| state == "region");
        }
    },
    |tables, _| {
        let first = with(tables, "ranking.csv")
            .and_then(|table| Some(table.rows.first()?[table.column("organisation")?].to_string()));
        if let (Some(first), Some(table)) = (first, with(tables, "differences.csv"))
            && let (Some(a), Some(b)) = (table.column("a"), table.column("b"))
        {
            table.rows.retain(|row| row[a] == first || row[b] == first);
            table.left_out.push(format!("pairs without {first}"));
        }
    },
    |tables, extent| {
        for file in ["points.csv", "results.csv"] {
            if let Some(table) = with(tables, file) {
                table.thin_points(extent.points, 700);
            }
        }
    },
    |tables, _| {
        let kept =
            ["depth_delivered", "alive", "members", "gain_per_year", "compliance_count", "trust"];
        if let Some(table) = with(tables, "years.csv") {
            table.keep("measure", "measures but six", |m| kept.contains(&m));
        }
    },
    |tables, extent| {
        if let Some(table) = with(tables, "trace.csv") {
            let kept: Vec<&str> =
                extent.about.organisations.iter().take(2).map(|note| note.name.as_str()).collect();
            table.keep("organisation", "organisations after the second", |name| {
                kept.contains(&name)
            });
        }
    },
    |tables, _| {
        if let Some(table) = with(tables, "differences.csv") {
            table.keep("state", "single states", |state| state == "region");
        }
    },
    |tables, extent| {
        for file in ["points.csv", "results.csv"] {
            if let Some(table) = with(tables, file) {
                table.thin_points(extent.points, 150);
            }
        }
    },
    |tables, extent| {
        if let Some(table) = with(tables, "river.csv") {
            let kept: Vec<&str> =
                extent.about.organisations.iter().take(4).map(|note| note.name.as_str()).collect();
            table.keep("organisation", "organisations after the fourth", |name| {
                kept.contains(&name)
            });
        }
    },
    |tables, _| drop_all(tables, &["distributions.csv", "failures.csv"]),
    |tables, _| drop_all(tables, &["trace.csv", "replications.csv"]),
    |tables, _| drop_all(tables, &["trajectory.csv", "points.csv", "results.csv"]),
    |tables, _| drop_all(tables, &["differences.csv"]),
    |tables, _| drop_all(tables, &["years.csv", "river.csv"]),
];

/// Returns the tables of a folder that fit a page, and what is left out of each. Fails if a file
/// cannot be read.
pub fn gather(folder: &Path, about: &About) -> Result<(Vec<PageTable>, Vec<String>), FolderError> {
    let mut tables = Vec::new();
    let extent = Extent { about, points: points(folder) };
    let step = spacing(extent.points, MOST_POINTS);
    for &(file, title) in FILES {
        let found = match file {
            // Both tables have the number of the point in their first column.
            "points.csv" | "results.csv" => {
                let kept =
                    |row: &StringRecord| row[0].parse().is_ok_and(|point| is_kept(point, step));
                read(folder, (file, title), |_, row| kept(row), &part_of_points(step))
            }
            "failures.csv" => read(
                folder,
                (file, title),
                |at, _| at < MOST_FAILURES,
                &format!("failures after the first {MOST_FAILURES}"),
            ),
            _ => read(folder, (file, title), |_, _| true, ""),
        };
        tables.extend(found?);
    }
    tables.extend(replications(folder, about.organisations.len())?);
    let notes = serde_json::to_string(about).map_or(0, |text| text.len());
    for thinning in THINNINGS {
        if notes + tables.iter().map(Raw::size).sum::<usize>() <= MAX_TABLE_BYTES {
            break;
        }
        thinning(&mut tables, &extent);
    }
    let mut left_out = Vec::new();
    let tables = tables
        .into_iter()
        .filter_map(|table| {
            let missing = table.left_out.join(", ");
            if !missing.is_empty() {
                left_out.push(format!("{}: {missing}", table.file));
            }
            (!table.rows.is_empty()).then(|| PageTable {
                file: table.file,
                title: table.title,
                csv: table.csv(),
                shown: shown::shown(table.file, &table.header, &table.rows),
                left_out: missing,
            })
        })
        .collect();
    Ok((tables, left_out))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(file: &'static str, header: &[&str], rows: &[&[&str]]) -> Raw {
        let record = |fields: &[&str]| StringRecord::from(fields.to_vec());
        Raw {
            file,
            title: "",
            header: record(header),
            rows: rows.iter().map(|row| record(row)).collect(),
            left_out: Vec::new(),
        }
    }

    #[test]
    fn rows_of_an_event_are_taken_together_with_rounded_terms() {
        let mut trace = raw(
            "trace.csv",
            &["organisation", "event", "what", "term", "value"],
            &[
                &["a", "0", "votes", "gain", "1.23456"],
                &["a", "0", "votes", "stake", "-0.5"],
                &["a", "1", "leaves", "", ""],
                &["b", "1", "votes", "gain", "2"],
            ],
        );
        trace.one_row_per_event();
        assert_eq!(
            trace.csv(),
            "organisation,event,what,terms\na,0,votes,gain 1.23; stake \
             -0.5\na,1,leaves,\nb,1,votes,gain 2\n"
        );
        assert_eq!(trace.left_out.len(), 1);
    }

    #[test]
    fn points_are_thinned_alike_in_all_tables_and_twice_to_a_part_of_a_part() {
        assert_eq!(
            [spacing(0, 10), spacing(10, 10), spacing(11, 10), spacing(95, 10)],
            [1, 1, 2, 16]
        );
        let numbers: Vec<String> = (0..4096).map(|at| at.to_string()).collect();
        let rows: Vec<[&str; 1]> = numbers.iter().map(|at| [at.as_str()]).collect();
        let rows: Vec<&[&str]> = rows.iter().map(<[&str; 1]>::as_slice).collect();
        let mut once = raw("points.csv", &["point"], &rows);
        once.thin_points(4096, 256);
        let mut twice = raw("results.csv", &["point"], &rows);
        twice.thin_points(4096, 1024);
        assert!((800..1250).contains(&twice.rows.len()), "{}", twice.rows.len());
        twice.thin_points(4096, 256);
        assert_eq!(once.csv(), twice.csv());
        // Both levels of a grid are there.
        assert!((0..2).all(|level| {
            once.rows.iter().filter(|row| row[0].parse::<usize>().unwrap() % 2 == level).count()
                > 80
        }));
        assert_eq!(once.left_out, ["all points but one in 16, taken by a hash of their number"]);
    }
}
