//! Tables in memory: named columns of one kind each. The same frame is written as CSV and handed to
//! other programs. Frames hold values and calculate nothing.

use super::folder::{FolderError, RunFolder, Table};
use std::borrow::Cow;

/// The values of a column.
#[derive(Debug, Clone, PartialEq)]
pub enum Column {
    /// Words; empty without a value.
    Words(Vec<String>),
    /// Whole numbers.
    Counts(Vec<i64>),
    /// Numbers; NaN without a value.
    Numbers(Vec<f64>),
    /// Yes or no.
    Truths(Vec<bool>),
}

impl Column {
    /// Returns the number of values.
    pub fn len(&self) -> usize {
        match self {
            Column::Words(values) => values.len(),
            Column::Counts(values) => values.len(),
            Column::Numbers(values) => values.len(),
            Column::Truths(values) => values.len(),
        }
    }

    /// Returns whether there are no values.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns a value as written to files.
    fn text(&self, row: usize) -> Cow<'_, str> {
        match self {
            Column::Words(values) => Cow::Borrowed(&values[row]),
            Column::Counts(values) => Cow::Owned(values[row].to_string()),
            Column::Numbers(values) => Cow::Owned(number(values[row])),
            Column::Truths(values) => Cow::Borrowed(if values[row] { "true" } else { "false" }),
        }
    }
}

/// Returns a number as written to files: the shortest form that reads back the same, empty for NaN.
pub fn number(x: f64) -> String {
    if x.is_nan() { String::new() } else { format!("{x}") }
}

/// A value for a row of a frame.
#[derive(Debug, Clone)]
pub enum Cell<'a> {
    /// A word.
    Word(Cow<'a, str>),
    /// A whole number.
    Count(i64),
    /// A number; NaN without a value.
    Number(f64),
    /// Yes or no.
    Truth(bool),
}

impl<'a> From<&'a str> for Cell<'a> {
    fn from(word: &'a str) -> Self {
        Cell::Word(Cow::Borrowed(word))
    }
}
impl<'a> From<&'a String> for Cell<'a> {
    fn from(word: &'a String) -> Self {
        Cell::Word(Cow::Borrowed(word))
    }
}
impl From<String> for Cell<'_> {
    fn from(word: String) -> Self {
        Cell::Word(Cow::Owned(word))
    }
}
impl From<f64> for Cell<'_> {
    fn from(number: f64) -> Self {
        Cell::Number(number)
    }
}
impl From<bool> for Cell<'_> {
    fn from(truth: bool) -> Self {
        Cell::Truth(truth)
    }
}
macro_rules! counts {
    ($($whole:ty),*) => { $(impl From<$whole> for Cell<'_> {
        fn from(count: $whole) -> Self {
            Cell::Count(count as i64)
        }
    })* };
}
counts!(i32, i64, u32, u64, usize);

/// Converts values of any kind to the cells of a row.
macro_rules! cells {
    ($($value:expr),* $(,)?) => { [$($crate::output::frame::Cell::from($value)),*] };
}
pub(crate) use cells;

/// Kind of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Words.
    Words,
    /// Whole numbers.
    Counts,
    /// Numbers.
    Numbers,
    /// Yes or no.
    Truths,
}

/// Named columns of equal length.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Frame {
    names: Vec<String>,
    columns: Vec<Column>,
}

impl Frame {
    /// Creates a frame without rows. Headings are separated by spaces and written `name` for words,
    /// `name:n` for numbers, `name:c` for counts and `name:t` for truths.
    pub fn new(headings: &str) -> Self {
        let mut frame = Frame::default();
        for heading in headings.split_whitespace() {
            let (name, kind) = match heading.split_once(':') {
                None => (heading, Kind::Words),
                Some((name, "c")) => (name, Kind::Counts),
                Some((name, "t")) => (name, Kind::Truths),
                Some((name, _)) => (name, Kind::Numbers),
            };
            frame.add_column(name, kind);
        }
        frame
    }

    /// Adds an empty column to a frame without rows.
    pub fn add_column(&mut self, name: impl Into<String>, kind: Kind) {
        debug_assert!(self.is_empty(), "columns come before rows");
        self.push_column(
            name,
            match kind {
                Kind::Words => Column::Words(Vec::new()),
                Kind::Counts => Column::Counts(Vec::new()),
                Kind::Numbers => Column::Numbers(Vec::new()),
                Kind::Truths => Column::Truths(Vec::new()),
            },
        );
    }

    /// Adds a column, which must be as long as the others.
    pub fn push_column(&mut self, name: impl Into<String>, column: Column) {
        debug_assert!(
            self.columns.iter().all(|other| other.len() == column.len()),
            "columns are equally long"
        );
        self.names.push(name.into());
        self.columns.push(column);
    }

    /// Adds a row with a cell for every column. A count may be given for a column of numbers. Any
    /// other mismatch is a programming error: debug builds panic, release builds drop the cell.
    pub fn row<'a>(&mut self, cells: impl IntoIterator<Item = Cell<'a>>) {
        let mut columns = self.columns.iter_mut();
        for cell in cells {
            let column = columns.next();
            debug_assert!(column.is_some(), "more cells than columns");
            match (column, cell) {
                (Some(Column::Words(values)), Cell::Word(word)) => values.push(word.into_owned()),
                (Some(Column::Counts(values)), Cell::Count(count)) => values.push(count),
                (Some(Column::Numbers(values)), Cell::Number(number)) => values.push(number),
                (Some(Column::Numbers(values)), Cell::Count(count)) => values.push(count as f64),
                (Some(Column::Truths(values)), Cell::Truth(truth)) => values.push(truth),
                (column, cell) => {
                    debug_assert!(false, "{cell:?} does not fit {column:?}");
                }
            }
        }
        debug_assert!(columns.next().is_none(), "fewer cells than columns");
    }

    /// Returns the number of rows.
    pub fn len(&self) -> usize {
        self.columns.first().map_or(0, Column::len)
    }

    /// Returns whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the headings.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Returns the column with a heading; `None` if there is none.
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.names.iter().position(|known| known == name).map(|at| &self.columns[at])
    }

    /// Returns the columns with their headings.
    pub fn into_columns(self) -> impl Iterator<Item = (String, Column)> {
        self.names.into_iter().zip(self.columns)
    }

    /// Writes the frame into a folder as CSV.
    pub fn write(&self, folder: &RunFolder, file: &str) -> Result<(), FolderError> {
        let mut table = folder.table(file)?;
        table.headings(self)?;
        table.rows(self)?;
        table.close()
    }
}

impl Table {
    /// Writes the headings of a frame.
    pub fn headings(&mut self, frame: &Frame) -> Result<(), FolderError> {
        self.row(&frame.names)
    }

    /// Writes the rows of a frame.
    pub fn rows(&mut self, frame: &Frame) -> Result<(), FolderError> {
        for row in 0..frame.len() {
            self.row(frame.columns.iter().map(|column| column.text(row).into_owned()))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_is_written_as_it_is() {
        let dir = tempfile::tempdir().unwrap();
        let folder = RunFolder::within(dir.path().to_path_buf());
        let mut frame = Frame::new("name n:c mean:n in_core:t");
        frame.row(cells!["a,b", 3u64, 0.1 + 0.2, true]);
        frame.row(cells![String::from("c"), -1i64, f64::NAN, false]);
        frame.row(cells!["d", 0usize, 7u64, false]);
        frame.write(&folder, "t.csv").unwrap();
        let text = std::fs::read_to_string(dir.path().join("t.csv")).unwrap();
        assert_eq!(
            text,
            "name,n,mean,in_core\n\"a,b\",3,0.30000000000000004,true\nc,-1,,false\nd,0,7,false\n"
        );
        assert_eq!(frame.len(), 3);
        assert_eq!(frame.column("n"), Some(&Column::Counts(vec![3, -1, 0])));
        assert_eq!(frame.column("x"), None);
    }
}
