//! Tables of a run on the terminal, and the format of numbers in all texts.

use crate::analysis::{Statistic, Summary};
use crate::experiment::losses::LossSums;
use crate::experiment::measures::{MEASURES, unit_for_people};
use crate::scenario::types::Scenario;
use comfy_table::{Cell, CellAlignment, Table, presets};

/// Measures in the short table.
const HEADLINES: &[&str] = &[
    "adoption",
    "depth_agreed",
    "depth_delivered",
    "compliance_count",
    "dry_year_breach",
    "gain_per_year",
    "worst_off_gain",
    "summer_release_share",
    "irrigation_deficit",
    "winter_power_deficit",
    "members",
    "alive",
];

/// Formats a number with as many digits as its standard error supports.
pub fn rounded(x: f64, se: f64) -> String {
    if x.is_nan() {
        return "–".into();
    }
    let digits = if se > 0.0 { (1.0 - se.log10().floor()).clamp(0.0, 6.0) as usize } else { 3 };
    let digits = if x != 0.0 && x.abs() < 1e-3 { digits.max(4) } else { digits.min(4) };
    let text = format!("{x:.digits$}");
    match text.strip_prefix('-') {
        Some(rest) if rest.trim_matches(['0', '.']).is_empty() => rest.to_string(),
        _ => text,
    }
}

/// Formats a number with three significant digits.
pub fn short_number(x: f64) -> String {
    if x == 0.0 {
        return "0".into();
    }
    let digits = (2.0 - x.abs().log10().floor()).clamp(0.0, 6.0) as usize;
    let text = format!("{x:.digits$}");
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.').to_string()
    } else {
        text
    }
}

fn row(label: &str, s: &Statistic, unit: &str) -> Vec<Cell> {
    let right = |text: String| Cell::new(text).set_alignment(CellAlignment::Right);
    let range = if s.n == 0 {
        "–".to_string()
    } else {
        format!("{} … {}", rounded(s.percentiles[0], s.sd), rounded(s.percentiles[4], s.sd))
    };
    vec![
        Cell::new(label),
        right(rounded(s.mean, s.se)),
        right(if s.se.is_nan() { "–".into() } else { format!("± {}", rounded(s.se, s.se)) }),
        right(range),
        Cell::new(unit),
    ]
}

/// Sets the style of all tables: horizontal lines only.
pub fn style(table: &mut Table) -> &mut Table {
    table.load_style(presets::UTF8_HORIZONTAL_ONLY)
}

fn table() -> Table {
    let mut table = Table::new();
    style(&mut table);
    table
}

/// Returns the results of a design: headline measures, then gains by state.
pub fn run_table(scenario: &Scenario, summary: &Summary, design: usize, title: &str) -> String {
    let rows = summary.rows(design, scenario.states.len());
    let find = |id: &str, state: Option<usize>| {
        rows.iter().find(|row| MEASURES[row.measure].id == id && row.state == state)
    };
    let mut headlines = table();
    headlines.set_header(["", "mean", "std. error", "5 … 95 % of replications", "unit"]);
    for id in HEADLINES {
        if let Some(found) = find(id, None).filter(|found| found.statistic.n > 0) {
            let definition = &MEASURES[found.measure];
            headlines.add_row(row(
                definition.title,
                &found.statistic,
                &unit_for_people(definition.unit),
            ));
        }
    }
    let mut states = table();
    states.set_header([
        "Gain by state",
        "mean",
        "std. error",
        "5 … 95 % of replications",
        "unit",
        "probability of a loss",
    ]);
    for (state, entry) in scenario.states.iter().enumerate() {
        if let Some(gain) = find("gain_per_year", Some(state)) {
            let mut cells =
                row(&entry.name, &gain.statistic, &unit_for_people(MEASURES[gain.measure].unit));
            let loss =
                find("loss_probability", Some(state)).map_or(f64::NAN, |row| row.statistic.mean);
            cells.push(
                Cell::new(format!("{:.0} %", 100.0 * loss)).set_alignment(CellAlignment::Right),
            );
            states.add_row(cells);
        }
    }
    format!("{title}\n{headlines}\n\n{states}\n")
}

/// Returns the result of a design in words: where the gains are lost, and what is kept.
pub fn in_words(summary: &Summary, losses: &LossSums, design: usize) -> String {
    let mean = |id: &str| Statistic::of(summary.column(design, id, None)).mean;
    if mean("adoption") == 0.0 {
        return "No deal was ever in force: the region stays at the non-cooperative reference."
            .into();
    }
    let account = super::losses::sentence(losses)
        .unwrap_or_else(|| "Full cooperation could gain nothing.".into());
    format!(
        "In words: {account} States keep all their obligations in {:.0} % of the seasons in which \
         they have any.",
        100.0 * mean("compliance_count")
    )
}

#[cfg(test)]
mod tests {
    use super::rounded;

    #[test]
    fn numbers_carry_the_digits_that_their_standard_error_warrants() {
        assert_eq!(rounded(12.3456, 0.21), "12.35");
        assert_eq!(rounded(12.3456, 2.1), "12.3");
        assert_eq!(rounded(123.456, 21.0), "123");
        assert_eq!(rounded(f64::NAN, 1.0), "–");
        assert_eq!(rounded(0.0, 0.0), "0.000");
        assert_eq!(
            [rounded(-0.02, 1.0), rounded(-0.2, 1.0)],
            ["0.0", "-0.2"],
            "nothing has no sign"
        );
    }
}
