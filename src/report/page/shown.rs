//! Rounded numbers for the tables of a page. They are rounded as in the tables of the terminal, so
//! that both show the same digits.

use crate::report::terminal::{rounded, short_number};
use csv::StringRecord;
use std::collections::BTreeMap;

/// Tables whose numbers are only drawn or not shown at all.
const DRAWN: [&str; 5] =
    ["years.csv", "distributions.csv", "replications.csv", "points.csv", "dictionary.csv"];

/// Columns of words or whole numbers, shown unchanged.
const AS_THEY_ARE: [&str; 14] = [
    "from",
    "to",
    "n",
    "rank",
    "replication",
    "replications",
    "year",
    "step",
    "event",
    "more_replications",
    "size",
    "box",
    "point",
    "setting",
];

/// Whether the page shows rounded numbers of a table.
pub fn is_shown(file: &str) -> bool {
    !DRAWN.contains(&file)
}

/// Column with the error or spread that determines the digits of a column.
fn error_of(file: &str, column: &str) -> Option<&'static str> {
    match (file, column) {
        (_, "regret" | "regret_se") => Some("regret_se"),
        (_, "p05" | "p25" | "p50" | "p75" | "p95" | "sd") => Some("sd"),
        (_, "mean" | "se" | "ci_low" | "ci_high" | "value" | "shapley" | "stepwise") => Some("se"),
        _ => None,
    }
}

/// Returns the rounded numbers of a table by column; columns without numbers are left out.
pub fn shown(
    file: &str,
    header: &StringRecord,
    rows: &[StringRecord],
) -> BTreeMap<String, Vec<String>> {
    let mut columns = BTreeMap::new();
    if !is_shown(file) {
        return columns;
    }
    let place = |name: &str| header.iter().position(|known| known == name);
    for (at, name) in header.iter().enumerate().filter(|(_, name)| !AS_THEY_ARE.contains(name)) {
        let error = error_of(file, name).and_then(place);
        let number = |text: &str| text.parse::<f64>().ok();
        if !rows.iter().any(|row| number(&row[at]).is_some()) {
            continue;
        }
        let text = |row: &StringRecord| match number(&row[at]) {
            Some(x) => match error.and_then(|error| number(&row[error])) {
                Some(se) => rounded(x, se),
                None if error.is_some() => rounded(x, f64::NAN),
                None => short_number(x),
            },
            None if row[at].is_empty() => "–".to_string(),
            None => row[at].to_string(),
        };
        columns.insert(name.to_string(), rows.iter().map(text).collect());
    }
    columns
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_rounded_as_in_the_terminal_and_gaps_and_words_stay() {
        let header = StringRecord::from(vec!["organisation", "mean", "se", "p05", "sd", "n"]);
        let rows = [
            StringRecord::from(vec!["caco", "12.3456", "0.21", "-3.21987", "21", "100"]),
            StringRecord::from(vec!["none", "", "", "", "", "0"]),
        ];
        let shown = shown("summary.csv", &header, &rows);
        assert_eq!(shown["mean"], [rounded(12.3456, 0.21), "–".into()]);
        assert_eq!(shown["p05"], ["-3", "–"]);
        assert!(!shown.contains_key("n") && !shown.contains_key("organisation"));
    }
}
