//! Data tables: CSV files whose rows set values of the scenario, each with unit, year, source,
//! confidence and kind.

use crate::scenario::diagnostics::{Diagnostic, Diagnostics, suggest};
use crate::scenario::read::document::{Node, Number, Origin, Source, Value};
use std::collections::BTreeMap;
use std::ops::Range;

/// A value of a data table with its provenance.
#[derive(Debug, Clone)]
pub struct Figure {
    /// Value as written.
    pub value: String,
    /// Its unit.
    pub unit: String,
    /// Position where the unit was written.
    pub unit_origin: Origin,
    /// Year or period to which the value refers.
    pub year: String,
    /// Source of the value.
    pub source: String,
    /// Confidence: `H`, `M` or `L`.
    pub confidence: String,
    /// `sourced`, `derived` or `assumption`.
    pub kind: String,
}

/// Figures by the path that they set.
pub type Figures = BTreeMap<String, Figure>;

const COLUMNS: [&str; 6] = ["value", "unit", "year", "source", "confidence", "kind"];

/// A data table as named in a scenario file.
#[derive(Debug, Clone, Copy)]
pub struct TableText<'a> {
    /// Text of the CSV file.
    pub text: &'a str,
    /// Index of the text among the sources of the diagnostics.
    pub source: usize,
    /// Path that its rows set, with names of columns in braces.
    pub template: &'a str,
    /// Position where the template was written.
    pub template_origin: Origin,
}

/// Reads a data table into the document and records its figures. Rows with mistakes are reported.
pub fn read_table(
    root: &mut Node,
    figures: &mut Figures,
    table: TableText<'_>,
    diagnostics: &mut Diagnostics,
) {
    let TableText { text, source, template, template_origin } = table;
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text.as_bytes());
    let header = match reader.headers() {
        Ok(header) => header.clone(),
        Err(error) => {
            let mistake = Diagnostic::new("csv", format!("this is not a CSV table: {error}"));
            let whole = Origin::new(source, 0..first_line(text).end);
            diagnostics.push(mistake.at(whole, "the header"));
            return;
        }
    };
    let keys: Vec<&str> =
        template.split('{').skip(1).filter_map(|part| part.split('}').next()).collect();
    if keys.is_empty() {
        let mistake = Diagnostic::new("path", format!("the path `{template}` names no column"));
        let help = "write it like `states.{state}.{parameter}`";
        diagnostics.push(mistake.at(template_origin, "no `{column}` here").help(help));
        return;
    }
    let columns =
        find_columns(&header, COLUMNS.iter().chain(&keys).copied(), (source, text), diagnostics);
    if columns.len() < COLUMNS.len() + keys.len() {
        return;
    }
    let mut record = csv::StringRecord::new();
    loop {
        let start = reader.position().byte() as usize;
        match reader.read_record(&mut record) {
            Ok(false) => break,
            Ok(true) => {}
            Err(error) => {
                let line = line_at(text, start);
                let mistake = Diagnostic::new("csv", format!("this row cannot be read: {error}"));
                diagnostics.push(mistake.at(Origin::new(source, line), "this row"));
                break;
            }
        }
        let start = record.position().map_or(start, |position| position.byte() as usize);
        let line = line_at(text, start);
        if record.len() != header.len() {
            let (own, all) = (record.len(), header.len());
            let message = format!("this row has {own} fields, but the header has {all}");
            let mistake = Diagnostic::new("csv_row", message)
                .at(Origin::new(source, line), "this row")
                .help("put texts with commas in double quotes");
            diagnostics.push(mistake);
            continue;
        }
        let cells = cell_spans(text, start, record.len());
        let row = Row { record: &record, cells, line, source, columns: &columns };
        row.set(root, figures, (template, &keys), diagnostics);
    }
}

/// A row of a data table.
struct Row<'a> {
    record: &'a csv::StringRecord,
    cells: Vec<Range<usize>>,
    line: Range<usize>,
    source: usize,
    /// Positions of [`COLUMNS`], then of the keys of the template.
    columns: &'a [usize],
}

impl Row<'_> {
    fn cell(&self, column: usize) -> Origin {
        let span = self.cells.get(column).unwrap_or(&self.line);
        Origin::new(self.source, span.clone())
    }

    fn field(&self, column: usize) -> String {
        self.record.get(column).unwrap_or("").trim().to_string()
    }

    /// Returns the path that the row sets; `None` if a name in it is empty or has a dot.
    fn path(
        &self,
        (template, keys): (&str, &[&str]),
        diagnostics: &mut Diagnostics,
    ) -> Option<String> {
        let (mut path, mut named) = (template.to_string(), true);
        for (key, &column) in keys.iter().zip(&self.columns[COLUMNS.len()..]) {
            let name = self.field(column);
            if name.is_empty() || name.contains('.') {
                let message = format!("the column `{key}` needs a name without dots");
                let mistake = Diagnostic::new("csv_row", message);
                diagnostics.push(mistake.at(self.cell(column), "here"));
                named = false;
            }
            path = path.replace(&format!("{{{key}}}"), &name);
        }
        named.then_some(path)
    }

    /// Sets the value of the row in the document and records its figure.
    fn set(
        &self,
        root: &mut Node,
        figures: &mut Figures,
        template: (&str, &[&str]),
        diagnostics: &mut Diagnostics,
    ) {
        let Some(path) = self.path(template, diagnostics) else { return };
        let (field, cell, columns) =
            (|at: usize| self.field(at), |at: usize| self.cell(at), self.columns);
        check_provenance(&field, &cell, columns, diagnostics);
        let value = field(columns[0]);
        let parsed = match value.as_str() {
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            other => {
                Number::parse(other).map_or_else(|| Value::Text(other.to_string()), Value::Number)
            }
        };
        let key_origin = cell(*columns.last().unwrap_or(&0));
        if let Some(earlier) = root.key_origin(&path) {
            let Source { name, text, .. } = &diagnostics.sources[earlier.source];
            let line = 1 + text[..earlier.start].matches('\n').count();
            let mistake = Diagnostic::new("twice", format!("`{path}` is given twice"))
                .at(key_origin, "the second time")
                .help(format!("the first time is in {name}, line {line}; keep one of the two"));
            diagnostics.push(mistake);
            return;
        }
        let parts: Vec<&str> = path.split('.').collect();
        // Data tables may introduce basins. The scenario file must introduce states.
        let unknown = unknown_state(root, &parts, key_origin).filter(|_| parts[0] == "states");
        if let Some(mistake) = unknown {
            diagnostics.push(mistake);
            return;
        }
        let node = Node { value: parsed, origin: cell(columns[0]) };
        if let Err(reason) = root.set(&parts, key_origin, node) {
            let mistake = Diagnostic::new("path", format!("`{path}` cannot be set: {reason}"));
            diagnostics.push(mistake.at(key_origin, "this row"));
            return;
        }
        let figure = Figure {
            value,
            unit: field(columns[1]),
            unit_origin: cell(columns[1]),
            year: field(columns[2]),
            source: field(columns[3]),
            confidence: field(columns[4]),
            kind: field(columns[5]),
        };
        figures.insert(path, figure);
    }
}

/// Returns a mistake if a path names a state or basin that the scenario does not introduce, so that
/// a mistyped id does not create a new one. A table of its own or a `name` introduces it.
pub(in crate::scenario) fn unknown_state(
    root: &Node,
    path: &[&str],
    at: Origin,
) -> Option<Diagnostic> {
    let [places @ ("states" | "basins"), id, key, ..] = path else { return None };
    let known = match root.at(places).map(|node| &node.value) {
        Some(Value::Table(table)) => table,
        _ => return None,
    };
    if known.contains_key(*id) || known.is_empty() || *key == "name" {
        return None;
    }
    let what = if *places == "states" { "state" } else { "basin" };
    let mistake = Diagnostic::new("value", format!("there is no {what} `{id}`"))
        .at(at, format!("unknown {what}"));
    let help = suggest(id, known.keys().map(String::as_str));
    Some(
        mistake
            .help(format!("{help}; a new one is introduced by a table [{places}.{id}] of its own")),
    )
}

fn check_provenance(
    field: &impl Fn(usize) -> String,
    cell: &impl Fn(usize) -> Origin,
    columns: &[usize],
    diagnostics: &mut Diagnostics,
) {
    let mut one_of = |column: usize, name: &str, words: &[&str]| {
        let word = field(column);
        if !words.contains(&word.as_str()) {
            let mistake = Diagnostic::new("csv_row", format!("`{name}` cannot be `{word}`"))
                .at(cell(column), "not a valid value")
                .help(suggest(&word, words.iter().copied()));
            diagnostics.push(mistake);
        }
    };
    one_of(columns[4], "confidence", &["H", "M", "L"]);
    one_of(columns[5], "kind", &["sourced", "derived", "assumption"]);
    if field(columns[3]).is_empty() {
        let mistake = Diagnostic::new("csv_row", "a figure needs a source")
            .at(cell(columns[3]), "empty")
            .help("name the publication, or write `assumption: …` and why");
        diagnostics.push(mistake);
    }
}

/// Returns the positions of columns in a header. Missing columns are reported.
pub(in crate::scenario) fn find_columns<'a>(
    header: &csv::StringRecord,
    names: impl Iterator<Item = &'a str>,
    (source, text): (usize, &str),
    diagnostics: &mut Diagnostics,
) -> Vec<usize> {
    let mut places = Vec::new();
    for name in names {
        match header.iter().position(|column| column.trim() == name) {
            Some(place) => places.push(place),
            None => diagnostics.push(
                Diagnostic::new("csv_column", format!("the table has no column `{name}`"))
                    .at(Origin::new(source, first_line(text)), "the header")
                    .help(suggest(name, header.iter())),
            ),
        }
    }
    places
}

pub(in crate::scenario) fn first_line(text: &str) -> Range<usize> {
    0..text.find('\n').unwrap_or(text.len())
}

pub(in crate::scenario) fn line_at(text: &str, start: usize) -> Range<usize> {
    let start = start.min(text.len());
    start..text[start..].find('\n').map_or(text.len(), |length| start + length)
}

/// Returns the byte ranges of the cells of a record that starts at `start`.
pub(in crate::scenario) fn cell_spans(text: &str, start: usize, count: usize) -> Vec<Range<usize>> {
    let bytes = text.as_bytes();
    let mut spans = Vec::with_capacity(count);
    let (mut from, mut at, mut quoted) = (start, start, false);
    while at < bytes.len() && spans.len() < count {
        match bytes[at] {
            b'"' => quoted = !quoted,
            b',' if !quoted => {
                spans.push(from..at);
                from = at + 1;
            }
            b'\n' | b'\r' if !quoted => break,
            _ => {}
        }
        at += 1;
    }
    spans.push(from..at);
    spans
}
