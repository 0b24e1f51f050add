//! Results of scenario discovery and their tables; the search itself is in `analysis::prim`.

use crate::analysis::prim::{Side, Step};
use crate::output::folder::{FolderError, RunFolder};
use crate::output::frame::{Frame, cells};

/// A parameter of a discovery.
#[derive(Debug, Clone, PartialEq)]
pub struct Axis {
    /// Name in tables.
    pub name: String,
    /// Short description.
    pub title: String,
    /// Unit.
    pub unit: String,
    /// Categories by position; empty for numeric parameters.
    pub categories: Vec<String>,
}

/// A box that the search found.
#[derive(Debug, Clone, PartialEq)]
pub struct FoundBox {
    /// The trajectory that led to it.
    pub trajectory: Vec<Step>,
    /// Position of the chosen box on the trajectory.
    pub chosen: usize,
    /// Chosen box without the restrictions that chance may explain.
    pub step: Step,
    /// Quasi-p-values of its lower and upper ends, by parameter.
    pub quasi_p: Vec<[Option<f64>; 2]>,
    /// Cases among which it was found: those outside earlier boxes.
    pub among: Vec<usize>,
}

/// Results of scenario discovery.
#[derive(Debug, Clone, PartialEq)]
pub struct Discovery {
    /// Condition for a case of interest, in words: `gain of ecsc-1951 is above 300 MUSD`.
    pub interest: String,
    /// Description of the search, for captions.
    pub caption: String,
    /// Parameters.
    pub axes: Vec<Axis>,
    /// Values `[parameter][case]`, with categories as positions.
    pub values: Vec<Vec<f64>>,
    /// Whether each case is of interest.
    pub hits: Vec<bool>,
    /// Sides of the box that holds all cases.
    pub whole: Vec<Side>,
    /// Boxes in the order in which they were found.
    pub boxes: Vec<FoundBox>,
    /// Number of cases left out because something failed or has no value.
    pub left_out: usize,
}

/// Returns the lower and upper end of a range, or the names of categories, separated by `|`.
fn ends(side: &Side, axis: &Axis) -> (f64, f64, String) {
    match side {
        Side::Range(low, high) => (*low, *high, String::new()),
        Side::Among(inside) => {
            let names = axis
                .categories
                .iter()
                .zip(inside)
                .filter(|(_, inside)| **inside)
                .map(|(name, _)| name.as_str());
            (f64::NAN, f64::NAN, names.collect::<Vec<_>>().join("|"))
        }
    }
}

impl Discovery {
    /// Builds `trajectory.csv`: every step of every box, with its restrictions.
    pub fn trajectories(&self) -> Frame {
        let mut frame = Frame::new(
            "box:c step:c coverage:n density:n mass:n restricted:c cases:c hits:c parameter low:n \
             high:n categories",
        );
        for (number_of, found_box) in self.boxes.iter().enumerate() {
            for (at, step) in found_box.trajectory.iter().enumerate() {
                let restricted = step.sides.iter().zip(&self.axes).zip(&step.restricted);
                let sides = restricted
                    .filter(|(_, restricted)| **restricted)
                    .map(|((side, axis), _)| (side, axis));
                let mut rows: Vec<(&str, (f64, f64, String))> =
                    sides.map(|(side, axis)| (axis.name.as_str(), ends(side, axis))).collect();
                if rows.is_empty() {
                    rows.push(("", (f64::NAN, f64::NAN, String::new())));
                }
                for (name, (low, high, categories)) in rows {
                    frame.row(cells![
                        number_of + 1,
                        at,
                        step.coverage,
                        step.density,
                        step.mass,
                        step.dimensions(),
                        step.cases,
                        step.hits,
                        name,
                        low,
                        high,
                        categories,
                    ]);
                }
            }
        }
        frame
    }

    /// Builds `boxes.csv`: the restrictions of the chosen boxes.
    pub fn chosen(&self) -> Frame {
        let mut frame = Frame::new(
            "box:c parameter unit low:n high:n categories least:n most:n quasi_p_low:n \
             quasi_p_high:n coverage:n density:n mass:n cases:c hits:c",
        );
        for (at, found_box) in self.boxes.iter().enumerate() {
            let step = &found_box.step;
            for (parameter, axis) in
                self.axes.iter().enumerate().filter(|(parameter, _)| step.restricted[*parameter])
            {
                let (low, high, categories) = ends(&step.sides[parameter], axis);
                let (least, most, _) = ends(&self.whole[parameter], axis);
                let [p_low, p_high] = found_box.quasi_p[parameter].map(|p| p.unwrap_or(f64::NAN));
                frame.row(cells![
                    at + 1,
                    &axis.name,
                    &axis.unit,
                    low,
                    high,
                    categories,
                    least,
                    most,
                    p_low,
                    p_high,
                    step.coverage,
                    step.density,
                    step.mass,
                    step.cases,
                    step.hits,
                ]);
            }
        }
        frame
    }
}

/// Writes `trajectory.csv`, `boxes.csv` and `dictionary.csv`.
pub fn write_discovery(folder: &RunFolder, found: &Discovery) -> Result<(), FolderError> {
    found.trajectories().write(folder, "trajectory.csv")?;
    found.chosen().write(folder, "boxes.csv")?;
    dictionary().write(folder, "dictionary.csv")
}

fn dictionary() -> Frame {
    let mut frame = Frame::new("name definition");
    for (name, definition) in [
        (
            "box",
            "Number of the box, in the order found; a later one is sought among the cases outside \
             earlier ones.",
        ),
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
            "Quasi-p-value of the lower end, or of the restriction to categories: the chance that \
             the box without it would hold as many cases of interest among so many by chance \
             (one-sided binomial test).",
        ),
        ("quasi_p_high", "The same of the upper end."),
    ] {
        frame.row(cells![name, definition]);
    }
    frame
}
