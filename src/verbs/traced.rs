//! Details of single replications: the events of one, and the river flows of some.

use super::VerbError;
use crate::analysis::Summary;
use crate::analysis::river::River;
use crate::experiment;
use crate::output::{Frame, traces};
use crate::scenario::load;
use crate::simulation::Engine;

/// Number of replications whose river flows are recorded.
const WATCHED: u64 = 256;

/// Fails if there is no replication of this number.
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

/// Replication in which a measure of the first design is nearest to its median; 0 if it has no
/// value.
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

/// Returns the events of a replication under each design: the one requested, else the one in which
/// `measure` of the first design is nearest to its median.
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

/// Returns the river flows of the first replications under each design; no rows without a basin.
pub fn river_flows(engine: &Engine, names: &[String], replications: u64) -> Frame {
    let mut rivers: Vec<River> = names.iter().map_while(|_| River::new(&engine.scenario)).collect();
    if !rivers.is_empty() {
        experiment::observe(engine, replications.min(WATCHED), &mut rivers);
    }
    traces::river(&engine.scenario, names, &rivers)
}
