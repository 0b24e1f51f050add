//! The tables of a page: those of the folder, as far as they fit.

use super::shown;
use crate::output::FolderError;
use crate::output::about::About;
use csv::StringRecord;
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::Path;

/// A table as the page has it.
#[derive(Debug, Clone, Serialize)]
pub struct PageTable {
    /// File in the folder.
    pub file: &'static str,
    /// What it holds, for people.
    pub title: &'static str,
    /// Header and rows as in the file; fewer rows where `left_out` says so.
    pub csv: String,
    /// Numbers as people read them, by column.
    pub shown: BTreeMap<String, Vec<String>>,
    /// What the page leaves out of it; empty where it has everything.
    pub left_out: String,
}

/// How much of the page tables may take, bytes.
const ROOM: usize = 1_200_000;

/// Files that pages show, in their order.
const FILES: &[(&str, &str)] = &[
    ("ranking.csv", "Order of the organisations"),
    ("attribution.csv", "What each switch does"),
    ("coalitions.csv", "What coalitions gain"),
    ("solutions.csv", "Divisions of what all gain"),
    ("published.csv", "Beside published divisions"),
    ("robustness.csv", "Robust choice"),
    ("sensitivity.csv", "Indices of sensitivity"),
    ("boxes.csv", "Boxes"),
    ("trajectory.csv", "Peeling trajectory"),
    ("summary.csv", "All measures"),
    ("differences.csv", "Paired differences"),
    ("lambda_band.csv", "Order over the precision of choices"),
    ("structure_band.csv", "Order under other structural choices"),
    ("river.csv", "Rivers by node and season"),
    ("trace.csv", "One replication, event by event"),
    ("years.csv", "Measures by year"),
    ("distributions.csv", "Distributions over fates"),
    ("parameters.csv", "Uncertain parameters"),
    ("points.csv", "Points of the sweep"),
    ("results.csv", "Results at the points"),
    ("failures.csv", "Failed runs"),
    ("dictionary.csv", "Dictionary of columns and measures"),
];

/// Rows that are read at most of tables that grow with the number of points or failures.
const MOST_ROWS: usize = 6_000;

/// Fates of which single results are shown.
const FATES: u64 = 250;

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
        // Beside each number the page has it rounded.
        let rounded = if shown::is_shown(self.file) { 3 } else { 2 };
        width(&self.header) + self.rows.iter().map(width).sum::<usize>() * rounded / 2
    }

    /// Keeps rows by what a column says; `why` names what is left out.
    fn keep(&mut self, column: &str, why: &str, keep: impl Fn(&str) -> bool) {
        let Some(at) = self.column(column) else { return };
        let before = self.rows.len();
        self.rows.retain(|row| keep(&row[at]));
        if self.rows.len() < before {
            self.left_out.push(why.to_string());
        }
    }

    /// Keeps every so many-th row.
    fn thin(&mut self, most: usize) {
        let step = self.rows.len().div_ceil(most.max(1));
        if step > 1 {
            let mut at = 0;
            self.rows.retain(|_| {
                at += 1;
                (at - 1) % step == 0
            });
            self.left_out.push(format!("all but every {step}th row"));
        }
    }

    fn csv(&self) -> String {
        let mut writer = csv::Writer::from_writer(Vec::new());
        let mut rows = std::iter::once(&self.header).chain(&self.rows);
        let written = rows.try_for_each(|row| writer.write_record(row));
        let bytes = written.ok().and_then(|()| writer.into_inner().ok()).unwrap_or_default();
        String::from_utf8(bytes).unwrap_or_default()
    }
}

fn read(folder: &Path, file: &'static str, title: &'static str, most: usize) -> Result<Option<Raw>, FolderError> {
    let path = folder.join(file);
    if !path.is_file() {
        return Ok(None);
    }
    let failed = |source| FolderError::Csv { path: path.clone(), source };
    let mut reader = csv::Reader::from_path(&path).map_err(failed)?;
    let header = reader.headers().map_err(failed)?.clone();
    let mut rows = Vec::new();
    let mut left_out = Vec::new();
    for row in reader.records() {
        if rows.len() == most {
            left_out.push(format!("rows after the first {most}"));
            break;
        }
        rows.push(row.map_err(failed)?);
    }
    Ok(Some(Raw { file, title, header, rows, left_out }))
}

/// Results of the first fates, few columns of `replications.csv`.
fn fates(folder: &Path) -> Result<Option<Raw>, FolderError> {
    const COLUMNS: [&str; 7] = [
        "replication",
        "organisation",
        "depth_promised",
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
    let places: Vec<usize> = COLUMNS.iter().filter_map(|name| header.iter().position(|known| known == *name)).collect();
    let pick = |row: &StringRecord| places.iter().map(|&at| &row[at]).collect::<StringRecord>();
    let mut rows = Vec::new();
    let mut left_out = vec!["most columns".to_string()];
    for row in reader.records() {
        let row = row.map_err(failed)?;
        if row[0].parse().is_ok_and(|replication: u64| replication >= FATES) {
            left_out.push(format!("fates after the first {FATES}"));
            break;
        }
        rows.push(pick(&row));
    }
    Ok(Some(Raw { file: "replications.csv", title: "Single fates", header: pick(&header), rows, left_out }))
}

/// One way to make a page smaller.
type Thinning = fn(&mut [Raw], &About);

fn with<'a>(tables: &'a mut [Raw], file: &str) -> Option<&'a mut Raw> {
    tables.iter_mut().find(|table| table.file == file)
}

/// Ways to make a page smaller, those that cost least first.
const THINNINGS: &[Thinning] = &[
    |tables, _| {
        if let Some(table) = with(tables, "distributions.csv") {
            let kept = ["gain", "gain_per_year", "worst_off_gain", "depth_delivered", "compliance_count"];
            table.keep("measure", "measures but gains, depth delivered and obligations kept", |m| kept.contains(&m));
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
    |tables, _| {
        for file in ["points.csv", "results.csv", "trajectory.csv"] {
            if let Some(table) = with(tables, file) {
                table.thin(1_500);
            }
        }
    },
    |tables, about| {
        if let Some(table) = with(tables, "trace.csv") {
            let kept: Vec<&str> = about.organisations.iter().take(2).map(|note| note.name.as_str()).collect();
            table.keep("organisation", "organisations after the second", |name| kept.contains(&name));
        }
    },
    |tables, _| {
        if let Some(table) = with(tables, "differences.csv") {
            table.keep("state", "single states", |state| state == "region");
        }
    },
    |tables, _| {
        for table in tables.iter_mut() {
            table.thin(1_500);
        }
    },
    |tables, _| {
        for table in tables.iter_mut() {
            table.thin(300);
        }
    },
];

/// The tables of a folder that fit a page, and what is left out of which.
pub fn gather(folder: &Path, about: &About) -> Result<(Vec<PageTable>, Vec<String>), FolderError> {
    let mut tables = Vec::new();
    for &(file, title) in FILES {
        let grows = matches!(file, "points.csv" | "results.csv" | "failures.csv");
        tables.extend(read(folder, file, title, if grows { MOST_ROWS } else { usize::MAX })?);
    }
    tables.extend(fates(folder)?);
    for thinning in THINNINGS {
        if tables.iter().map(Raw::size).sum::<usize>() <= ROOM {
            break;
        }
        thinning(&mut tables, about);
    }
    let mut left_out = Vec::new();
    let tables = tables
        .into_iter()
        .filter(|table| !table.rows.is_empty())
        .map(|table| {
            let missing = table.left_out.join(", ");
            if !missing.is_empty() {
                left_out.push(format!("{}: {missing}", table.file));
            }
            PageTable {
                file: table.file,
                title: table.title,
                csv: table.csv(),
                shown: shown::shown(table.file, &table.header, &table.rows),
                left_out: missing,
            }
        })
        .collect();
    Ok((tables, left_out))
}
