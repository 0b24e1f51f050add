//! Command line of `consortia discover`: options and output. The computation is in
//! `verbs::discover`.

use super::{Format, VerbError, json_number, terminal};
use crate::analysis::prim::{Side, Step};
use crate::output::sweep::{Axis, Discovery};
use crate::report::discovery as words;
use crate::verbs::discover::{self as verb, Request};
use clap::Args;
use std::path::Path;

/// Arguments of `discover`.
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(flatten)]
    request: Request,
    /// Output format.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// Finds boxes of parameters that contain most cases of interest, and prints them (ODD §11).
pub fn run(mut arguments: Arguments) -> Result<(), VerbError> {
    arguments.request.command = std::env::args().collect();
    let (found, path) = verb::discovery(&arguments.request)?;
    print(&found, arguments.format, path.as_deref())
}

fn side_json(side: &Side, axis: &Axis) -> serde_json::Value {
    match side {
        Side::Range(low, high) => {
            serde_json::json!({ "name": axis.name, "low": low, "high": high })
        }
        Side::Among(inside) => {
            let names: Vec<&String> = axis
                .categories
                .iter()
                .zip(inside)
                .filter(|(_, x)| **x)
                .map(|(name, _)| name)
                .collect();
            serde_json::json!({ "name": axis.name, "categories": names })
        }
    }
}

fn print(found: &Discovery, format: Format, path: Option<&Path>) -> Result<(), VerbError> {
    match format {
        Format::Text => {
            let folder = path
                .map_or(String::new(), |path| format!("Tables and plots: {}\n", path.display()));
            terminal::print(&format!("{}{folder}", words::text(found)))?;
        }
        Format::Json => {
            let step = |step: &Step| {
                let restricted = (0..found.axes.len()).filter(|at| step.restricted[*at]);
                let sides: Vec<serde_json::Value> =
                    restricted.map(|at| side_json(&step.sides[at], &found.axes[at])).collect();
                serde_json::json!({
                    "coverage": json_number(step.coverage), "density": json_number(step.density),
                    "mass": json_number(step.mass), "cases": step.cases, "hits": step.hits,
                    "restrictions": sides,
                })
            };
            let boxes: Vec<serde_json::Value> = found
                .boxes
                .iter()
                .enumerate()
                .map(|(at, found_box)| {
                    let quasi_p: Vec<serde_json::Value> = found
                        .axes
                        .iter()
                        .zip(&found_box.quasi_p)
                        .zip(&found_box.step.restricted)
                        .filter(|(_, restricted)| **restricted)
                        .map(|((axis, p), _)| {
                            serde_json::json!({ "name": axis.name, "low": p[0],
                            "high": p[1] })
                        })
                        .collect();
                    serde_json::json!({
                        "box": step(&found_box.step), "quasi_p": quasi_p,
                        "words": words::box_in_words(found, at),
                        "trajectory": found_box.trajectory.iter().map(step).collect::<Vec<_>>(),
                    })
                })
                .collect();
            let object = serde_json::json!({
                "interest": found.interest, "cases": found.hits.len(),
                "hits": found.hits.iter().filter(|hit| **hit).count(), "left_out": found.left_out,
                "boxes": boxes,
                "folder": path.map(|path| path.display().to_string()),
            });
            terminal::print(&format!("{object:#}\n"))?;
        }
    }
    Ok(())
}
