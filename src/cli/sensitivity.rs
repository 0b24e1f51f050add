//! Command line of `consortia sensitivity`: options and output. The computation is in
//! `verbs::sensitivity`.

use super::{Format, VerbError, json_number, terminal};
use crate::output::sweep::{Analysis, Index, IndexSet};
use crate::report::sensitivity as words;
use crate::verbs::sensitivity::{self as verb, Request};
use clap::Args;
use std::path::Path;

/// Arguments of `sensitivity`.
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(flatten)]
    request: Request,
    /// Output format.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// Computes Sobol' or Morris indices and prints them (ODD §11).
pub fn run(mut arguments: Arguments) -> Result<(), VerbError> {
    arguments.request.command = std::env::args().collect();
    let (found, path) = verb::sensitivity(&arguments.request)?;
    print(&found, arguments.format, path.as_deref())
}

fn index_json(analysis: &Analysis, index: &Index) -> serde_json::Value {
    let value = json_number;
    match analysis.method {
        "morris" => serde_json::json!({
            "name": index.name, "mean": value(index.first), "size": value(index.total),
            "size_ci": value(index.total_ci), "spread": value(index.spread),
        }),
        _ => serde_json::json!({
            "name": index.name, "first": value(index.first), "first_ci": value(index.first_ci),
            "total": value(index.total), "total_ci": value(index.total_ci),
        }),
    }
}

fn print(analysis: &Analysis, format: Format, path: Option<&Path>) -> Result<(), VerbError> {
    match format {
        Format::Text => {
            let folder = path
                .map_or(String::new(), |path| format!("Tables and plots: {}\n", path.display()));
            terminal::print(&format!("{}{folder}", words::text(analysis)))?;
        }
        Format::Json => {
            let set = |set: &IndexSet| {
                set.indices.iter().map(|index| index_json(analysis, index)).collect::<Vec<_>>()
            };
            let mut object = serde_json::json!({
                "measure": analysis.measure, "method": analysis.method,
                "parameters": analysis.sets.first().map(set).unwrap_or_default(),
            });
            if let Some(table) = object.as_object_mut() {
                if let Some(first) = analysis.sets.first() {
                    table.insert("result".into(), first.label.clone().into());
                    table.insert("rows".into(), first.rows.0.into());
                    table.insert("left_out".into(), first.rows.1.into());
                }
                let rest: Vec<serde_json::Value> = analysis
                    .sets
                    .iter()
                    .skip(1)
                    .map(|other| {
                        serde_json::json!({ "result": other.label,
                        "parameters": set(other) })
                    })
                    .collect();
                if !rest.is_empty() {
                    table.insert("by_organisation".into(), rest.into());
                }
                if let Some(path) = path {
                    table.insert("folder".into(), path.display().to_string().into());
                }
            }
            terminal::print(&format!("{object:#}\n"))?;
        }
    }
    Ok(())
}
