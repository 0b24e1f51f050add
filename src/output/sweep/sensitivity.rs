//! Results of a sensitivity analysis and their table in long format; the indices are computed in
//! `analysis::sensitivity`.

use crate::output::folder::{FolderError, RunFolder};
use crate::output::frame::{Frame, cells};

/// Indices of one parameter.
#[derive(Debug, Clone, PartialEq)]
pub struct Index {
    /// Name of the parameter, of a group, or of a factor that crosses the design.
    pub name: String,
    /// Short description.
    pub title: String,
    /// Sobol': first order. Morris: mean of the effects, μ.
    pub first: f64,
    /// Half-width of its 95 % interval; NaN if there is none.
    pub first_ci: f64,
    /// Sobol': total order. Morris: mean of their sizes, μ*.
    pub total: f64,
    /// Half-width of its 95 % interval.
    pub total_ci: f64,
    /// Morris: standard deviation of the effects, σ.
    pub spread: f64,
}

/// Indices of one result.
#[derive(Debug, Clone, PartialEq)]
pub struct IndexSet {
    /// Name of the result: a design, a difference of two, or all designs with the design as a
    /// factor.
    pub label: String,
    /// Indices in the order of the parameters.
    pub indices: Vec<Index>,
    /// Base rows (Sobol') or steps of trajectories (Morris) that were used, and that were left out
    /// because something failed.
    pub rows: (usize, usize),
}

/// Results of a sensitivity analysis.
#[derive(Debug, Clone, PartialEq)]
pub struct Analysis {
    /// Heading of the measure.
    pub measure: String,
    /// Unit of the measure.
    pub unit: String,
    /// `sobol` or `morris`.
    pub method: &'static str,
    /// Indices by result.
    pub sets: Vec<IndexSet>,
    /// Description of the analysis, for captions.
    pub caption: String,
}

impl Analysis {
    /// Returns the names of the indices in files, and their definitions.
    pub fn indices(&self) -> &'static [(&'static str, &'static str)] {
        match self.method {
            "morris" => &[
                (
                    "mu",
                    "Mean of the elementary effects over the range of the parameter; they can \
                     cancel.",
                ),
                ("mu_star", "Mean size of the elementary effects over the range of the parameter."),
                (
                    "sigma",
                    "Standard deviation of the elementary effects: interactions and curvature.",
                ),
            ],
            _ => &[
                ("first", "First-order index: share of the variance due to the parameter alone."),
                (
                    "total",
                    "Total-order index: share of the variance due to the parameter and its interactions.",
                ),
            ],
        }
    }
}

impl Analysis {
    /// Builds `sensitivity.csv`: every index of every result.
    pub fn frame(&self) -> Frame {
        let mut frame =
            Frame::new("result measure unit method parameter index value:n ci:n rows:c left_out:c");
        for set in &self.sets {
            for index in &set.indices {
                let values = [
                    (index.first, index.first_ci),
                    (index.total, index.total_ci),
                    (index.spread, f64::NAN),
                ];
                for ((name, _), (value, ci)) in self.indices().iter().zip(values) {
                    let unit = if self.method == "morris" {
                        self.unit.as_str()
                    } else {
                        "share of variance"
                    };
                    let ids =
                        cells![&set.label, &self.measure, unit, self.method, &index.name, *name];
                    frame.row(ids.into_iter().chain(cells![value, ci, set.rows.0, set.rows.1]));
                }
            }
        }
        frame
    }
}

/// Writes `sensitivity.csv` and its dictionary.
pub fn write_analysis(folder: &RunFolder, analysis: &Analysis) -> Result<(), FolderError> {
    analysis.frame().write(folder, "sensitivity.csv")?;
    dictionary(analysis).write(folder, "dictionary.csv")
}

fn dictionary(analysis: &Analysis) -> Frame {
    let mut frame = Frame::new("name definition");
    for (name, definition) in analysis.indices() {
        frame.row(cells![*name, *definition]);
    }
    for (name, definition) in [
        (
            "result",
            "The design whose result is explained; `a - b` for a difference; `all designs` where \
             the design is a factor.",
        ),
        (
            "ci",
            "Half-width of the 95 % interval: bootstrap over base rows (Sobol'), or over \
             trajectories (Morris).",
        ),
        ("rows", "Base rows (Sobol'), or steps of trajectories (Morris), that were used."),
        ("left_out", "Those that were left out because a point of theirs failed."),
    ] {
        frame.row(cells![name, definition]);
    }
    frame
}
