//! Tables of a concluded sweep other than `results.csv`: summary, robustness and dictionary.

use super::collect::Results;
use super::folder::SweepRecord;
use crate::analysis::Statistic;
use crate::analysis::robustness::{Robustness, robustness};
use crate::experiment::measures::Better;
use crate::output::frame::{Frame, cells};
use crate::output::tables;

/// Returns which direction of a measure is better.
pub fn better(record: &SweepRecord, column: usize) -> Better {
    let word = record.measures[column].better.as_str();
    [Better::Higher, Better::Lower]
        .into_iter()
        .find(|better| better.name() == word)
        .unwrap_or(Better::Neither)
}

/// Returns the position of the measure by which a sweep chooses: the first of which a direction is
/// better.
pub fn chosen_measure(record: &SweepRecord) -> Option<usize> {
    (0..record.measures.len()).find(|&column| better(record, column) != Better::Neither)
}

/// Computes robust choice by one of the measures kept. The satisficing criterion is included only
/// for the measure by which the sweep chooses.
pub fn robust_choice(record: &SweepRecord, results: &[Results], column: usize) -> Robustness {
    let means: Vec<Vec<f64>> =
        (0..results[column].designs).map(|design| results[column].means(design)).collect();
    let satisfactory = record.satisfactory.filter(|_| chosen_measure(record) == Some(column));
    robustness(&means, better(record, column), satisfactory, record.optimism)
}

/// Builds `summary.csv`: statistics over points of the means at points.
pub fn summary(record: &SweepRecord, results: &[Results]) -> Frame {
    let mut frame = tables::empty_summary();
    for (design, name) in record.organisations.iter().enumerate() {
        for (measure, results) in record.measures.iter().zip(results) {
            let ids = [name.as_str(), &measure.measure, &measure.state, &measure.unit];
            tables::summary_row(&mut frame, ids, &Statistic::of(&results.means(design)));
        }
    }
    frame
}

/// Builds `robustness.csv`: every criterion for every design and every measure of which a direction
/// is better.
pub fn robustness_table(record: &SweepRecord, results: &[Results]) -> Frame {
    let columns =
        (0..record.measures.len()).filter(|&column| better(record, column) != Better::Neither);
    let found: Vec<(usize, Robustness)> =
        columns.map(|column| (column, robust_choice(record, results, column))).collect();
    robustness_rows(
        record,
        &found.iter().map(|(column, found)| (*column, found)).collect::<Vec<_>>(),
    )
}

/// Builds `robustness.csv` for the given measures.
pub fn robustness_rows(record: &SweepRecord, found: &[(usize, &Robustness)]) -> Frame {
    let mut frame = Frame::new("measure state unit criterion organisation value:n se:n rank:c n:c");
    for (column, found) in found {
        let measure = &record.measures[*column];
        for (criterion, scores) in &found.scores {
            let unit = if criterion.is_share() { "share of points" } else { measure.unit.as_str() };
            for (score, name) in scores.iter().zip(&record.organisations) {
                let ids = cells![&measure.measure, &measure.state, unit, criterion.id(), name];
                let numbers = cells![score.value, score.se, score.rank, found.points.len()];
                frame.row(ids.into_iter().chain(numbers));
            }
        }
    }
    frame
}

/// Name, definition and unit of the columns of a sweep's own tables.
const COLUMNS: [(&str, &str, &str); 14] = [
    ("point", "Number of the point; its parameters are in points.csv.", "-"),
    (
        "mean",
        "In results.csv: mean over the replications of a point. In summary.csv: mean of these \
         means over points.",
        "as the measure",
    ),
    (
        "se",
        "Standard error of the mean: over replications in results.csv, over points in summary.csv \
         and robustness.csv.",
        "as the measure",
    ),
    (
        "sd",
        "Standard deviation over replications, or over points in summary.csv.",
        "as the measure",
    ),
    ("n", "Replications with a value; points in summary.csv and robustness.csv.", "count"),
    ("failed", "Replications that failed.", "count"),
    ("worst", "Criterion: the outcome at the worst point (Wald's maximin).", "as the measure"),
    (
        "hurwicz",
        "Criterion: optimism times the best plus (1 − optimism) times the worst outcome over \
         points.",
        "as the measure",
    ),
    (
        "mean_regret",
        "Criterion: mean over points of how much better the best design does there.",
        "as the measure",
    ),
    ("p90_regret", "Criterion: 90th percentile over points of regret.", "as the measure"),
    (
        "max_regret",
        "Criterion: largest regret over points (Savage's minimax regret).",
        "as the measure",
    ),
    ("best_share", "Criterion: share of points at which no design does better.", "share"),
    (
        "satisficing",
        "Criterion: share of points at which the outcome is at least what output.satisfactory \
         says.",
        "share",
    ),
    ("rank", "Rank of a design by a criterion, from 1; equal values share it.", "count"),
];

/// Builds `dictionary.csv`: every measure and every column.
pub fn dictionary() -> Frame {
    tables::dictionary_with(&COLUMNS, &[])
}
