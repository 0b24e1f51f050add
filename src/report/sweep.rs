//! Text of a sweep: robust choice among several designs or the results of one, and the Monte Carlo
//! error of points.

use super::terminal::{rounded, style};
use super::words::list;
use crate::analysis::robustness::{Criterion, Robustness};
use crate::numeric::TWO_SIDED_95;
use crate::output::sweep::{Results, SweepRecord, chosen_measure, robust_choice};
use comfy_table::{Cell, CellAlignment, Table};

fn right(text: String) -> Cell {
    Cell::new(text).set_alignment(CellAlignment::Right)
}

/// Returns a duration, given in seconds, in words.
pub fn duration(seconds: f64) -> String {
    match seconds {
        s if s < 90.0 => format!("{s:.1} s"),
        s if s < 5400.0 => format!("{:.0} min", s / 60.0),
        s if s < 48.0 * 3600.0 => format!("{:.1} h", s / 3600.0),
        s => format!("{:.1} days", s / 86_400.0),
    }
}

/// Returns the table of robust choice: one row per design, one column per criterion.
pub fn robustness_table(record: &SweepRecord, found: &Robustness) -> String {
    let mut table = Table::new();
    style(&mut table);
    let header = found.scores.iter().map(|(criterion, _)| criterion.title().to_string());
    table.set_header(std::iter::once("organisation".to_string()).chain(header));
    for (design, name) in record.organisations.iter().enumerate() {
        let mut cells = vec![Cell::new(name)];
        for (criterion, scores) in &found.scores {
            let score = &scores[design];
            let spread = scores.iter().map(|score| score.value.abs()).fold(0.0, f64::max);
            let text = if criterion.is_share() {
                format!("{:.0} %", 100.0 * score.value)
            } else if score.se.is_finite() {
                format!("{} ± {}", rounded(score.value, score.se), rounded(score.se, score.se))
            } else {
                rounded(score.value, spread / 50.0)
            };
            cells.push(right(format!("{text} ({})", score.rank)));
        }
        table.add_row(cells);
    }
    table.to_string()
}

/// Returns a sentence on the design that each criterion ranks first.
pub fn choice_in_words(record: &SweepRecord, found: &Robustness) -> String {
    let mut said: Vec<(Vec<&str>, Vec<&str>)> = Vec::new();
    let ways = [
        (Criterion::Mean, "by the mean over points"),
        (Criterion::MaxRegret, "by the largest regret"),
        (Criterion::Regret90, "by regret at the 90th percentile"),
        (Criterion::Worst, "by the worst point"),
        (Criterion::Hurwicz, "by Hurwicz"),
        (Criterion::Satisficing, "by the share of satisfactory points"),
    ];
    for (criterion, way) in ways {
        let Some((_, scores)) = found.scores.iter().find(|(known, _)| *known == criterion) else {
            continue;
        };
        let first: Vec<&str> = scores
            .iter()
            .zip(&record.organisations)
            .filter(|(s, _)| s.rank == 1)
            .map(|(_, name)| name.as_str())
            .collect();
        match said.iter_mut().find(|(names, _)| *names == first) {
            Some((_, ways)) => ways.push(way),
            None => said.push((first, vec![way])),
        }
    }
    let sentences: Vec<String> =
        said.iter().map(|(names, ways)| format!("{} {}", list(names), list(ways))).collect();
    format!("Robust choice: {}.", sentences.join("; "))
}

/// Returns the text of a whole sweep.
pub fn sweep_text(record: &SweepRecord, results: &[Results]) -> String {
    let mut text =
        format!("{}\n{} — {}, seed {}\n", record.title, record.name, record.extent(), record.seed);
    if let Some(column) = chosen_measure(record).filter(|_| record.organisations.len() > 1) {
        let found = robust_choice(record, results, column);
        let measure = &record.measures[column];
        text.push_str(&format!(
            "\nRobust choice by {} ({}); ranks in brackets, standard errors over points\n{}\n{}\n",
            measure.column,
            measure.unit,
            robustness_table(record, &found),
            choice_in_words(record, &found)
        ));
        text.push_str(&noise(&measure.unit, &results[column]));
        if found.left_out > 0 {
            text.push_str(&format!(
                "{} points are left out: some design has no value there.\n",
                found.left_out
            ));
        }
    } else {
        let (measure, means) = (&record.measures[0], results[0].means(0));
        let s = crate::analysis::Statistic::of(&means);
        text.push_str(&format!(
            "\n{} over points: mean {} ± {} {}, 5 to 95 % of points {} to {}\n",
            measure.column,
            rounded(s.mean, s.se),
            rounded(s.se, s.se),
            measure.unit,
            rounded(s.percentiles[0], s.sd),
            rounded(s.percentiles[4], s.sd)
        ));
        text.push_str(&noise(&record.measures[0].unit, &results[0]));
    }
    if let Some(stop) = record.stop() {
        let wide = |point: usize| {
            let cells = (0..results[stop.column].designs)
                .map(|design| results[stop.column].at(point, design));
            cells.clone().any(|cell| TWO_SIDED_95 * cell.se > stop.half_width)
        };
        let open = (0..record.points).filter(|&point| wide(point)).count();
        if open > 0 {
            text.push_str(&format!(
                "{open} of {} points are less precise than [stop] requires: raise replications.\n",
                record.points
            ));
        }
    }
    text
}

/// Returns a sentence on the Monte Carlo error of single points.
pub fn noise(unit: &str, results: &Results) -> String {
    let mut errors: Vec<f64> =
        results.cells.iter().map(|cell| cell.se).filter(|se| se.is_finite()).collect();
    errors.sort_by(f64::total_cmp);
    if errors.is_empty() {
        return "The Monte Carlo error of a point is unknown: every point has one replication. Raise \
                replications.\n"
            .into();
    }
    let (middle, most) = (crate::analysis::quantile(&errors, 0.5), errors[errors.len() - 1]);
    format!(
        "Monte Carlo error of a point: median {} {}, at most {}; regrets of that size are within Monte Carlo error.\n\
         Points with common draws share their random variation, which errors over points \
         leave out: run again with another --seed to see it.\n",
        rounded(middle, middle),
        unit,
        rounded(most, most)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_well() {
        assert_eq!(
            [duration(12.34), duration(600.0), duration(7200.0)],
            ["12.3 s", "10 min", "2.0 h"]
        );
    }
}
