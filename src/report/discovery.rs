//! Text of a scenario discovery: boxes in words and tables.

use super::terminal::{short_number, style};
use super::words::list;
use crate::analysis::prim::Side;
use crate::output::sweep::{Axis, Discovery, FoundBox};
use comfy_table::{Cell, CellAlignment, Table};

/// Returns a restriction in words, such as `trust < 0.3` or `linkage is package`.
pub fn restriction(side: &Side, whole: &Side, axis: &Axis) -> String {
    let unit = if matches!(axis.unit.as_str(), "" | "-") {
        String::new()
    } else {
        format!(" {}", axis.unit)
    };
    match (side, whole) {
        (Side::Range(low, high), Side::Range(least, most)) => match (low > least, high < most) {
            (true, true) => format!(
                "{} from {} to {}{unit}",
                axis.title,
                short_number(*low),
                short_number(*high)
            ),
            (true, false) => format!("{} > {}{unit}", axis.title, short_number(*low)),
            (false, _) => format!("{} < {}{unit}", axis.title, short_number(*high)),
        },
        (Side::Among(inside), Side::Among(all)) => {
            let of = |wanted: bool| -> Vec<&str> {
                let both = axis.categories.iter().zip(inside.iter().zip(all));
                both.filter(|(_, (inside, all))| **all && **inside == wanted)
                    .map(|(name, _)| name.as_str())
                    .collect()
            };
            let (inside, outside) = (of(true), of(false));
            if outside.len() < inside.len() {
                format!("{} is not {}", axis.title, list(&outside).replace(" and ", " or "))
            } else {
                format!("{} is {}", axis.title, list(&inside).replace(" and ", " or "))
            }
        }
        _ => axis.title.clone(),
    }
}

/// Returns the restrictions of a box in words.
pub fn conditions(found: &Discovery, found_box: &FoundBox) -> Vec<String> {
    let step = &found_box.step;
    let restricted = (0..found.axes.len()).filter(|at| step.restricted[*at]);
    restricted.map(|at| restriction(&step.sides[at], &found.whole[at], &found.axes[at])).collect()
}

/// Returns a sentence that describes a box.
pub fn box_in_words(found: &Discovery, at: usize) -> String {
    let found_box = &found.boxes[at];
    let (step, conditions) = (&found_box.step, conditions(found, found_box));
    let where_ = if conditions.is_empty() {
        return "No box: the parameters do not separate the cases of interest.".into();
    } else {
        list(&conditions)
    };
    let rest = if at > 0 { "Among the remaining cases: " } else { "" };
    format!(
        "{rest}{} where {where_}: density {:.0} %, coverage {:.0} % ({} cases, {:.0} % of all).",
        found.interest,
        100.0 * step.density,
        100.0 * step.coverage,
        step.cases,
        100.0 * step.mass
    )
}

fn percent(x: f64) -> Cell {
    Cell::new(format!("{:.0} %", 100.0 * x)).set_alignment(CellAlignment::Right)
}

/// Returns the tables and sentences of all boxes.
pub fn text(found: &Discovery) -> String {
    let hits = found.hits.iter().filter(|hit| **hit).count();
    let mut text = format!(
        "{}\n{}: {hits} of {} cases ({:.0} %)\n",
        found.caption,
        found.interest,
        found.hits.len(),
        100.0 * hits as f64 / found.hits.len() as f64
    );
    if found.left_out > 0 {
        text.push_str(&format!(
            "{} cases are left out: a run failed there, or there is no value.\n",
            found.left_out
        ));
    }
    for (at, found_box) in found.boxes.iter().enumerate() {
        let mut table = Table::new();
        style(&mut table);
        table.set_header([
            format!("box {}", at + 1),
            "coverage".into(),
            "density".into(),
            "mass".into(),
            "quasi-p".into(),
        ]);
        let step = &found_box.step;
        for (row, (parameter, words)) in (0..found.axes.len())
            .filter(|p| step.restricted[*p])
            .zip(conditions(found, found_box))
            .enumerate()
        {
            let p: Vec<String> =
                found_box.quasi_p[parameter].iter().flatten().map(|p| format!("{p:.1e}")).collect();
            let shares = match row {
                0 => [step.coverage, step.density, step.mass].map(percent),
                _ => [Cell::new(""), Cell::new(""), Cell::new("")],
            };
            let p = Cell::new(p.join(", ")).set_alignment(CellAlignment::Right);
            table
                .add_row(std::iter::once(Cell::new(words)).chain(shares).chain(std::iter::once(p)));
        }
        text.push_str(&format!("\n{table}\n{}\n", box_in_words(found, at)));
    }
    if found.boxes.is_empty() {
        text.push_str(
            "\nNo box is dense enough: the parameters do not separate the cases of interest. Lower \
             --density.\n",
        );
    }
    text
}
