//! Text of a sensitivity analysis: tables of indices and summary sentences.

use super::terminal::style;
use super::words::list;
use crate::output::sweep::{Analysis, Index, IndexSet};
use comfy_table::{Cell, CellAlignment, Table};

fn right(text: String) -> Cell {
    Cell::new(text).set_alignment(CellAlignment::Right)
}

fn with_ci(value: f64, ci: f64, digits: usize) -> String {
    match (value.is_finite(), ci.is_finite()) {
        (true, true) => format!("{value:.digits$} ± {ci:.digits$}"),
        (true, false) => format!("{value:.digits$}"),
        _ => "–".into(),
    }
}

/// Returns the parameters by total order, or mean size of effect, largest first.
pub fn ordered(set: &IndexSet) -> Vec<&Index> {
    let mut indices: Vec<&Index> = set.indices.iter().collect();
    indices.sort_by(|a, b| b.total.total_cmp(&a.total));
    indices
}

fn table(analysis: &Analysis, set: &IndexSet) -> String {
    let mut table = Table::new();
    style(&mut table);
    let morris = analysis.method == "morris";
    let header: [&str; 4] = match morris {
        true => ["parameter", "mean size μ*", "mean μ", "spread σ"],
        false => ["parameter", "total order", "first order", "interactions"],
    };
    table.set_header(header);
    let most = set.indices.iter().map(|index| index.total.abs()).fold(0.0, f64::max);
    let digits = if morris && most > 0.0 {
        (2.0 - most.log10().floor()).clamp(0.0, 6.0) as usize
    } else {
        3
    };
    for index in ordered(set) {
        let last = if morris { index.spread } else { index.total - index.first };
        table.add_row([
            Cell::new(&index.title),
            right(with_ci(index.total, index.total_ci, digits)),
            right(with_ci(index.first, index.first_ci, digits)),
            right(with_ci(last, f64::NAN, digits)),
        ]);
    }
    table.to_string()
}

/// Returns a sentence on the parameters with the largest total effects. Those whose interval
/// contains zero are marked as not significant.
pub fn in_words(analysis: &Analysis, set: &IndexSet) -> String {
    let order = ordered(set);
    let whole = match set.label.as_str() {
        "" | "all designs" => analysis.measure.clone(),
        label => format!("{} ({label})", analysis.measure),
    };
    let Some(first) = order.first().filter(|first| first.total.is_finite() && first.total > 0.0)
    else {
        return match set.rows {
            (used, left_out) if used < 2 && left_out > 0 => {
                format!(
                    "No sensitivity of {whole}: runs failed in {left_out} of {} base rows.",
                    used + left_out
                )
            }
            _ => format!("No sensitivity of {whole}: it does not vary."),
        };
    };
    let weighty: Vec<&&Index> =
        order.iter().filter(|index| index.total > 0.1 * first.total).take(5).collect();
    let stated = |index: &Index| index.total - index.total_ci > 0.0;
    let names: Vec<String> = weighty
        .iter()
        .map(|index| {
            if stated(index) {
                index.title.clone()
            } else {
                format!("{} (not significant)", index.title)
            }
        })
        .collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut text = format!("Parameters that explain {whole}, by total effect: {}.", list(&names));
    if analysis.method == "sobol" {
        let alone: f64 = set.indices.iter().map(|index| index.first).sum();
        let half =
            set.indices.iter().map(|index| index.first_ci * index.first_ci).sum::<f64>().sqrt();
        text.push_str(&format!(
            " First-order effects explain {:.0} ± {:.0} % of its variance.",
            100.0 * alone,
            100.0 * half
        ));
    }
    if weighty.iter().any(|index| index.total_ci > 0.5 * first.total) {
        let what = if analysis.method == "morris" { "trajectories" } else { "base rows" };
        text.push_str(&format!(" Intervals are wide: more {what} would separate the parameters."));
    }
    text
}

/// Returns the tables and sentences of all results.
pub fn text(analysis: &Analysis) -> String {
    let mut text = format!("{}\n", analysis.caption);
    for (at, set) in analysis.sets.iter().enumerate() {
        let label = if set.label.is_empty() { String::new() } else { format!(", {}", set.label) };
        // The tables of single designs are in sensitivity.csv.
        match at {
            0 => {
                text.push_str(&format!("\n{}{label}\n{}\n", analysis.measure, table(analysis, set)))
            }
            1 => text.push('\n'),
            _ => {}
        }
        text.push_str(&format!("{}\n", in_words(analysis, set)));
        if set.rows.1 > 0 {
            let what = if analysis.method == "morris" { "steps" } else { "base rows" };
            text.push_str(&format!(
                "{} of {} {what} are left out, because a run in them failed.\n",
                set.rows.1,
                set.rows.0 + set.rows.1
            ));
        }
    }
    text
}
