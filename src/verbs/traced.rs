//! What is told of single replications: one traced replication, and the rivers of some.

use super::VerbError;
use crate::analysis::Summary;
use crate::analysis::river::River;
use crate::experiment;
use crate::output::{Frame, traces};
use crate::scenario::load;
use crate::simulation::Engine;

/// Replications in which the rivers are watched.
const WATCHED: u64 = 256;

/// Refuses to trace a replication that there is not.
pub fn check_trace(trace: Option<u64>, replications: u64) -> Result<(), VerbError> {
    match trace.filter(|trace| *trace >= replications) {
        Some(trace) => Err(load::refuse(
            "trace",
            format!("--trace {trace}: there are only {replications} replications"),
            format!("they are numbered from 0 to {}", replications - 1),
        )
        .into()),
        None => Ok(()),
    }
}

/// The replication in which a measure of the first design is nearest to its median; 0 where it has
/// none.
fn typical(summary: &Summary, measure: &str) -> u64 {
    let values = summary.values(0, measure, None);
    let mut sorted: Vec<f64> = values.iter().copied().filter(|x| !x.is_nan()).collect();
    sorted.sort_by(f64::total_cmp);
    let Some(&median) = sorted.get(sorted.len() / 2) else { return 0 };
    let nearest =
        |a: &(usize, f64), b: &(usize, f64)| (a.1 - median).abs().total_cmp(&(b.1 - median).abs());
    values
        .into_iter()
        .enumerate()
        .filter(|(_, x)| !x.is_nan())
        .min_by(nearest)
        .map_or(0, |(at, _)| at as u64)
}

/// Every event of the replication asked for under each design, or of a typical one by a measure.
pub fn traced_events(
    engine: &Engine,
    names: &[String],
    requested: Option<u64>,
    (summary, measure): (&Summary, &str),
) -> Frame {
    let replication = requested.unwrap_or_else(|| typical(summary, measure));
    let mut table = traces::TraceTable::new(&engine.scenario, replication);
    for (design, name) in names.iter().enumerate() {
        table.under(name);
        experiment::trace(engine, design, replication, &mut table);
    }
    table.into_frame()
}

/// The rivers of some replications under each design.
pub fn river_flows(engine: &Engine, names: &[String], replications: u64) -> Frame {
    let mut rivers: Vec<River> = names.iter().map_while(|_| River::new(&engine.scenario)).collect();
    if !rivers.is_empty() {
        experiment::observe(engine, replications.min(WATCHED), &mut rivers);
    }
    traces::river(&engine.scenario, names, &rivers)
}
