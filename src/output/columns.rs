//! Reads columns of a CSV table that another program made, as numbers or words.

use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

/// Values of a column.
#[derive(Debug, Clone, PartialEq)]
pub enum Values {
    /// Numbers; NaN for an empty cell.
    Numbers(Vec<f64>),
    /// Words: the sorted list of different words, and the position in it for each row.
    Words(Vec<String>, Vec<usize>),
}

/// Errors of reading columns.
#[derive(Debug, thiserror::Error)]
pub enum ColumnsError {
    /// The table cannot be read.
    #[error("cannot read {path}: {source}")]
    Csv {
        /// Path of the file.
        path: PathBuf,
        /// Underlying error.
        source: csv::Error,
    },
    /// A column is missing.
    #[error("{path} has no column `{column}`; it has {known}")]
    Missing {
        /// Path of the file.
        path: PathBuf,
        /// Heading of the missing column.
        column: String,
        /// The columns that it has.
        known: String,
    },
    /// The table holds no rows.
    #[error("{0} holds no rows")]
    Empty(PathBuf),
}

/// Returns the headings of a table, trimmed.
pub fn headings(path: &Path) -> Result<Vec<String>, ColumnsError> {
    let broken = |source| ColumnsError::Csv { path: path.to_path_buf(), source };
    let mut reader = csv::Reader::from_path(path).map_err(broken)?;
    Ok(reader.headers().map_err(broken)?.iter().map(|name| name.trim().to_string()).collect())
}

/// A column while it is read: numbers, until a cell is not a number.
enum Reading {
    Numbers(Vec<f64>),
    Words(indexmap::IndexMap<String, ()>, Vec<usize>),
}

/// Reads columns by their headings. A column with a cell that is neither empty nor a number is read
/// as words. Fails if a heading is missing or there are no rows.
pub fn read(path: &Path, wanted: &[String]) -> Result<Vec<Values>, ColumnsError> {
    let known = headings(path)?;
    let place = |name: &String| {
        known.iter().position(|known| known == name).ok_or_else(|| ColumnsError::Missing {
            path: path.to_path_buf(),
            column: name.clone(),
            known: known.join(", "),
        })
    };
    let places: Vec<usize> = wanted.iter().map(place).collect::<Result<_, _>>()?;
    let broken = |source| ColumnsError::Csv { path: path.to_path_buf(), source };
    let file = File::open(path).map_err(|error| broken(error.into()))?;
    let columns = places.iter().map(|_| Reading::Numbers(Vec::new()));
    let mut columns: Vec<Reading> = columns.collect();
    let mut again = Vec::new();
    let mut reader = csv::Reader::from_reader(BufReader::with_capacity(1 << 20, file));
    let mut row = csv::ByteRecord::new();
    while reader.read_byte_record(&mut row).map_err(broken)? {
        for (at, (column, &place)) in columns.iter_mut().zip(&places).enumerate() {
            let text = std::str::from_utf8(row.get(place).unwrap_or_default())
                .unwrap_or("\u{fffd}")
                .trim();
            match column {
                Reading::Numbers(numbers) => match text.parse::<f64>() {
                    Ok(number) => numbers.push(number),
                    Err(_) if text.is_empty() => numbers.push(f64::NAN),
                    Err(_) => {
                        // The column holds words, so that its earlier cells must be read again as
                        // such.
                        again.push(at);
                        *column = Reading::Words(Default::default(), Vec::new());
                    }
                },
                Reading::Words(..) => {}
            }
        }
    }
    if !again.is_empty() {
        let mut reader = csv::Reader::from_path(path).map_err(broken)?;
        while reader.read_byte_record(&mut row).map_err(broken)? {
            for &at in &again {
                let text = String::from_utf8_lossy(row.get(places[at]).unwrap_or_default())
                    .trim()
                    .to_string();
                if let Reading::Words(words, of) = &mut columns[at] {
                    let next = words.insert_full(text, ()).0;
                    of.push(next);
                }
            }
        }
    }
    let found: Vec<Values> = columns
        .into_iter()
        .map(|column| match column {
            Reading::Numbers(numbers) => Values::Numbers(numbers),
            Reading::Words(words, of) => {
                let mut sorted: Vec<&String> = words.keys().collect();
                sorted.sort();
                let place: Vec<usize> = words
                    .keys()
                    .map(|word| sorted.iter().position(|known| *known == word).unwrap_or(0))
                    .collect();
                let sorted = sorted.into_iter().cloned().collect();
                Values::Words(sorted, of.into_iter().map(|at| place[at]).collect())
            }
        })
        .collect();
    let empty = |values: &Values| match values {
        Values::Numbers(numbers) => numbers.is_empty(),
        Values::Words(_, of) => of.is_empty(),
    };
    if found.iter().any(empty) { Err(ColumnsError::Empty(path.to_path_buf())) } else { Ok(found) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_read_as_numbers_or_words_with_gaps() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("table.csv");
        std::fs::write(&path, "a,b,c\n1,x,1\n,y,2\n3e2,x,no\n").unwrap();
        let names = ["a", "b", "c"].map(String::from);
        let found = read(&path, &names).unwrap();
        let Values::Numbers(a) = &found[0] else { panic!("numbers") };
        assert!(a[0] == 1.0 && a[1].is_nan() && a[2] == 300.0);
        assert_eq!(found[1], Values::Words(vec!["x".into(), "y".into()], vec![0, 1, 0]));
        assert_eq!(
            found[2],
            Values::Words(vec!["1".into(), "2".into(), "no".into()], vec![0, 1, 2])
        );
        let missing = read(&path, &["d".to_string()]).map_err(|error| error.to_string());
        assert!(missing.is_err_and(|error| error.contains("no column `d`; it has a, b, c")));
        std::fs::write(&path, "a,b\n1\n").unwrap();
        assert!(matches!(read(&path, &names[..1]), Err(ColumnsError::Csv { .. })));
        std::fs::write(&path, "a,b\n").unwrap();
        assert!(matches!(read(&path, &names[..1]), Err(ColumnsError::Empty(_))));
    }
}
