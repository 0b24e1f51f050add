//! Scenario discovery as found, and its tables.

use crate::analysis::prim::{Side, Step};
use crate::output::folder::{FolderError, RunFolder};
use crate::output::tables::number;

/// A parameter of a discovery.
#[derive(Debug, Clone, PartialEq)]
pub struct Axis {
    /// Name in tables.
    pub name: String,
    /// What it is, in a few words.
    pub title: String,
    /// Its unit.
    pub unit: String,
    /// Its categories, where its values have no order.
    pub categories: Vec<String>,
}

/// A box that explains.
#[derive(Debug, Clone, PartialEq)]
pub struct FoundBox {
    /// The trajectory that led to it.
    pub trajectory: Vec<Step>,
    /// Position on the trajectory.
    pub chosen: usize,
    /// The chosen box without restrictions that luck explains.
    pub step: Step,
    /// Quasi-p-values of its ends, by parameter.
    pub quasi_p: Vec<[Option<f64>; 2]>,
    /// Cases among which it was found: those that earlier boxes had left.
    pub among: Vec<usize>,
}

/// Everything that a discovery found.
#[derive(Debug, Clone, PartialEq)]
pub struct Discovery {
    /// What makes a case one of interest, in words: `gain of ecsc-1951 is above 300 MUSD`.
    pub interest: String,
    /// What was searched, for captions.
    pub caption: String,
    /// Parameters.
    pub axes: Vec<Axis>,
    /// Values by parameter, then case; positions of categories.
    pub values: Vec<Vec<f64>>,
    /// Whether each case is of interest.
    pub hits: Vec<bool>,
    /// The box of all cases.
    pub whole: Vec<Side>,
    /// Boxes in the order in which they were found.
    pub boxes: Vec<FoundBox>,
    /// Cases left out, because something failed or nothing was measured.
    pub left_out: usize,
}

/// The ends of a side as text: a lower and an upper one, or categories.
fn ends(side: &Side, axis: &Axis) -> [String; 3] {
    match side {
        Side::Range(low, high) => [number(*low), number(*high), String::new()],
        Side::Among(inside) => {
            let names =
                axis.categories.iter().zip(inside).filter(|(_, inside)| **inside).map(|(name, _)| name.as_str());
            [String::new(), String::new(), names.collect::<Vec<_>>().join("|")]
        }
    }
}

/// `trajectory.csv`, `boxes.csv` and `dictionary.csv`.
pub fn write_discovery(folder: &RunFolder, found: &Discovery) -> Result<(), FolderError> {
    let mut table = folder.table("trajectory.csv")?;
    table.row([
        "box",
        "step",
        "coverage",
        "density",
        "mass",
        "restricted",
        "cases",
        "hits",
        "parameter",
        "low",
        "high",
        "categories",
    ])?;
    for (number_of, found_box) in found.boxes.iter().enumerate() {
        for (at, step) in found_box.trajectory.iter().enumerate() {
            let shares = [step.coverage, step.density, step.mass].map(number);
            let counts = [step.dimensions(), step.cases, step.hits].map(|count| count.to_string());
            let sides = step.sides.iter().zip(&found.axes).zip(&step.restricted).filter(|(_, restricted)| **restricted);
            let rows: Vec<[String; 4]> = sides
                .map(|((side, axis), _)| {
                    let [low, high, categories] = ends(side, axis);
                    [axis.name.clone(), low, high, categories]
                })
                .collect();
            let rows = if rows.is_empty() { vec![Default::default()] } else { rows };
            for row in rows {
                let ids = [(number_of + 1).to_string(), at.to_string()];
                table.row(ids.iter().chain(&shares).chain(&counts).chain(&row))?;
            }
        }
    }
    table.close()?;
    let mut table = folder.table("boxes.csv")?;
    table.row([
        "box",
        "parameter",
        "unit",
        "low",
        "high",
        "categories",
        "least",
        "most",
        "quasi_p_low",
        "quasi_p_high",
        "coverage",
        "density",
        "mass",
        "cases",
        "hits",
    ])?;
    for (at, found_box) in found.boxes.iter().enumerate() {
        let step = &found_box.step;
        for (parameter, axis) in found.axes.iter().enumerate().filter(|(parameter, _)| step.restricted[*parameter]) {
            let [low, high, categories] = ends(&step.sides[parameter], axis);
            let p = found_box.quasi_p[parameter].map(|p| p.map_or(String::new(), number));
            let shares = [step.coverage, step.density, step.mass].map(number);
            let counts = [step.cases, step.hits].map(|count| count.to_string());
            let [least, most, _] = ends(&found.whole[parameter], axis);
            let ids = [(at + 1).to_string(), axis.name.clone(), axis.unit.clone(), low, high, categories, least, most];
            table.row(ids.iter().chain(&p).chain(&shares).chain(&counts))?;
        }
    }
    table.close()?;
    let mut table = folder.table("dictionary.csv")?;
    table.row(["name", "definition"])?;
    for (name, definition) in [
        ("box", "Number of the box, in the order found; a later one is sought among the cases outside earlier ones."),
        ("step", "Step of the peeling and pasting trajectory; 0 is the box of all cases."),
        ("coverage", "Share of all cases of interest that lies in the box."),
        ("density", "Share of the cases in the box that is of interest."),
        ("mass", "Share of all cases that lies in the box."),
        ("restricted", "Number of parameters that the box restricts."),
        ("cases", "Cases in the box."),
        ("hits", "Cases of interest in the box."),
        ("low", "Least value inside."),
        ("high", "Largest value inside."),
        ("categories", "Categories inside, separated by |."),
        ("least", "Least value of all cases."),
        ("most", "Largest value of all cases."),
        (
            "quasi_p_low",
            "Quasi-p-value of the lower end, or of the restriction to categories: the chance that the box without it would hold as many cases of interest among so many by luck (one-sided binomial test).",
        ),
        ("quasi_p_high", "The same of the upper end."),
    ] {
        table.row([name, definition])?;
    }
    table.close()
}
