//! Simulates replications in fixed chunks over all threads. Results are received in replication
//! order (ODD §2).

use super::losses::LossSums;
use super::measure_columns::{columns, yearly_columns};
use super::totals::{replication_row, yearly_rows};
use crate::numeric::LANES;
use crate::simulation::{Engine, NoTrace, Trace, Worker, YearRecord};
use rayon::prelude::*;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

/// Number of replications in a chunk, the unit of work of a thread.
pub const CHUNK: usize = 256;

/// The size of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RunPlan {
    /// Number of replications, counted from 0.
    pub replications: u64,
    /// Number of threads; 0 for as many as the machine has.
    pub threads: usize,
}

/// A failed replication of a design. It does not end the run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// Number of the replication.
    pub replication: u64,
    /// Position of the design.
    pub design: usize,
    /// Stage at which it failed.
    pub stage: &'static str,
    /// Error message.
    pub message: String,
}

/// Outcome of one replication of one design.
#[derive(Debug, Clone)]
pub struct Outcome<'a> {
    /// Number of the replication.
    pub replication: u64,
    /// Position of the design.
    pub design: usize,
    /// Measures in the order of [`columns`], and yearly ones in the order of [`yearly_columns`], or
    /// the failure.
    pub result: Result<(&'a [f64], &'a [f64]), &'a Failure>,
    /// Account of losses, summed over the design's replications of a chunk; given with the last of
    /// them, `None` with the others.
    pub losses: Option<&'a LossSums>,
}

/// Receives the progress of a run.
pub trait Progress: Sync {
    /// Receives the number of replications done so far; in sweeps, of rows.
    fn done(&self, replications: u64);
}

/// Why a run stopped before its end.
#[derive(Debug, thiserror::Error)]
pub enum Stop {
    /// Interruption was requested.
    #[error("interrupted")]
    Interrupted,
    /// The receiver could not take a result.
    #[error("{0}")]
    Receiver(Box<dyn std::error::Error + Send + Sync>),
    /// Threads could not be started.
    #[error("threads cannot be started: {0}")]
    Threads(#[from] rayon::ThreadPoolBuildError),
}

/// Results of a chunk: rows by replication, then by design.
#[derive(Default)]
struct Chunk {
    rows: Vec<f64>,
    years: Vec<f64>,
    failures: Vec<Failure>,
    /// By design.
    losses: Vec<LossSums>,
    first: u64,
    count: usize,
}

/// Simulates all designs of an engine in all replications. `receive` is called in replication
/// order, designs in turn, whatever the number of threads.
///
/// # Errors
///
/// [`Stop::Interrupted`] if `interrupted` was raised, [`Stop::Receiver`] if `receive` failed,
/// [`Stop::Threads`] if threads cannot be started.
///
/// ```
/// use consortia::experiment::{self, Progress, RunPlan};
/// use consortia::scenario::load;
/// use consortia::simulation::Engine;
/// use std::sync::atomic::AtomicBool;
///
/// struct Silent;
/// impl Progress for Silent {
///     fn done(&self, _: u64) {}
/// }
///
/// let scenario = load::scenario("central-asia", &[]).map_err(|bad| bad.render(false))?.scenario;
/// let design = load::design("none", &scenario, &[]).map_err(|bad| bad.render(false))?.design;
/// let engine = Engine::new(scenario, vec![design], 1);
/// let mut seen = Vec::new();
/// let plan = RunPlan { replications: 20, threads: 2 };
/// experiment::run(&engine, plan, &AtomicBool::new(false), &Silent, |outcome| {
///     seen.push(outcome.replication);
///     Ok::<(), std::fmt::Error>(())
/// })
/// .map_err(|stop| stop.to_string())?;
/// assert_eq!(seen, (0..20).collect::<Vec<u64>>());
/// # Ok::<(), String>(())
/// ```
pub fn run<E: std::error::Error + Send + Sync + 'static>(
    engine: &Engine,
    plan: RunPlan,
    interrupted: &AtomicBool,
    progress: &impl Progress,
    mut receive: impl FnMut(Outcome<'_>) -> Result<(), E>,
) -> Result<(), Stop> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(plan.threads).build()?;
    let threads = pool.current_num_threads();
    // Workers, and chunks that have been received, for reuse.
    let idle: Mutex<Vec<Worker>> = Mutex::new(Vec::new());
    let received: Mutex<Vec<Chunk>> = Mutex::new(Vec::new());
    let chunks = plan.replications.div_ceil(CHUNK as u64);
    let Widths { row: width, years: yearly_width, .. } = Widths::of(engine);
    let designs = engine.designs.len();
    let mut next = 0;
    while next < chunks {
        let window = next..(next + 2 * threads as u64).min(chunks);
        let results: Vec<Option<Chunk>> = pool.install(|| {
            window
                .clone()
                .into_par_iter()
                .map(|chunk| {
                    if interrupted.load(Ordering::Relaxed) {
                        return None;
                    }
                    let mut worker = take(&idle).unwrap_or_else(|| Worker::new(engine));
                    let mut result = take(&received).unwrap_or_default();
                    let first = chunk * CHUNK as u64;
                    let count = (plan.replications - first).min(CHUNK as u64) as usize;
                    run_chunk(engine, &mut worker, first, count, &mut result);
                    put_back(&idle, worker);
                    Some(result)
                })
                .collect()
        });
        for chunk in results {
            let Some(chunk) = chunk else {
                return Err(Stop::Interrupted);
            };
            for at in 0..chunk.count * designs {
                let (replication, design) = (chunk.first + (at / designs) as u64, at % designs);
                let failed = chunk
                    .failures
                    .iter()
                    .find(|f| f.replication == replication && f.design == design);
                let result = match failed {
                    Some(failure) => Err(failure),
                    None => Ok((
                        &chunk.rows[at * width..(at + 1) * width],
                        &chunk.years[at * yearly_width..(at + 1) * yearly_width],
                    )),
                };
                let last = at / designs + 1 == chunk.count;
                let losses = last.then(|| &chunk.losses[design]);
                receive(Outcome { replication, design, result, losses })
                    .map_err(|error| Stop::Receiver(error.into()))?;
            }
            progress.done(chunk.first + chunk.count as u64);
            put_back(&received, chunk);
        }
        next = window.end;
    }
    Ok(())
}

/// Takes an unused item, if there is one.
fn take<T>(unused: &Mutex<Vec<T>>) -> Option<T> {
    unused.lock().ok().and_then(|mut unused| unused.pop())
}

/// Keeps an item for reuse.
fn put_back<T>(unused: &Mutex<Vec<T>>, value: T) {
    if let Ok(mut unused) = unused.lock() {
        unused.push(value);
    }
}

/// Number of values in a row of measures, in a year of yearly measures, and in all years of a
/// replication.
struct Widths {
    row: usize,
    year: usize,
    years: usize,
}

impl Widths {
    fn of(engine: &Engine) -> Self {
        let states = engine.scenario.states.len();
        let year = yearly_columns(states).len();
        Widths { row: columns(states).len(), year, years: year * engine.scenario.horizon }
    }
}

fn run_chunk(engine: &Engine, worker: &mut Worker, first: u64, count: usize, chunk: &mut Chunk) {
    let designs = engine.designs.len();
    let Widths { row: width, year: year_width, years } = Widths::of(engine);
    (chunk.first, chunk.count) = (first, count);
    chunk.failures.clear();
    // Every number is overwritten below, so a reused chunk needs no clearing.
    chunk.rows.resize(count * designs * width, 0.0);
    chunk.years.resize(count * designs * years, 0.0);
    let (horizon, states) = (engine.scenario.horizon, engine.scenario.states.len());
    chunk.losses.clear();
    chunk.losses.resize(designs, LossSums::new(horizon, states));
    let mut scratch = Vec::with_capacity(width);
    let mut done = 0;
    while done < count {
        let batch = first + done as u64;
        worker.open(engine, batch);
        let lanes = LANES.min(count - done);
        for group in engine.groups() {
            worker.run(engine, group.clone(), 0..lanes, &mut vec![NoTrace; group.len()]);
            for (design, lane) in
                group.flat_map(|design| (0..lanes).map(move |lane| (design, lane)))
            {
                let prepared = &engine.designs[design];
                let records = worker.records(design, lane);
                if let Err(message) = is_sound(records, engine.scenario.states.len()) {
                    let replication = batch + lane as u64;
                    chunk.failures.push(Failure {
                        replication,
                        design,
                        stage: "settlement",
                        message,
                    });
                } else if engine.account {
                    chunk.losses[design].add(records);
                }
                let at = (done + lane) * designs + design;
                scratch.clear();
                replication_row(&engine.scenario, prepared.design.members, records, &mut scratch);
                chunk.rows[at * width..(at + 1) * width].copy_from_slice(&scratch);
                let own = &mut chunk.years[at * years..(at + 1) * years];
                yearly_rows(&engine.scenario, records, year_width, own);
            }
        }
        done += LANES;
    }
}

/// Checks that optima and gains of all years are finite. The error names the first year
/// in which they are not.
pub(super) fn is_sound(records: &[YearRecord], states: usize) -> Result<(), String> {
    let finite = |record: &YearRecord| {
        record.optimum.is_finite()
            && record.by_state[..states].iter().all(|state| state.gain.is_finite())
    };
    match records.iter().position(|record| !finite(record)) {
        None => Ok(()),
        Some(year) => {
            Err(format!("year {year}: a gain or the joint optimum is not a finite number"))
        }
    }
}

/// Simulates one replication of one design again and records its events in `trace`.
///
/// ```
/// use consortia::experiment;
/// use consortia::scenario::load;
/// use consortia::simulation::{Engine, Event, Trace};
///
/// /// Counts what happens.
/// struct Count(usize);
/// impl Trace for Count {
///     const ENABLED: bool = true;
///     fn event(&mut self, _: Event<'_>) {
///         self.0 += 1;
///     }
/// }
///
/// let scenario = load::scenario("central-asia", &[]).map_err(|bad| bad.render(false))?.scenario;
/// let design = load::design("ucas-2007", &scenario, &[]).map_err(|bad| bad.render(false))?.design;
/// let engine = Engine::new(scenario, vec![design], 1);
/// let mut count = Count(0);
/// experiment::trace(&engine, 0, 7, &mut count);
/// assert!(count.0 > 30, "something happens in thirty years");
/// # Ok::<(), String>(())
/// ```
pub fn trace(engine: &Engine, design: usize, replication: u64, trace: &mut impl Trace) {
    let mut worker = Worker::new(engine);
    let lane = (replication % LANES as u64) as usize;
    worker.open(engine, replication - lane as u64);
    worker.run(engine, design..design + 1, lane..lane + 1, std::slice::from_mut(trace));
}

/// Simulates the first replications of the first designs again and records their events, one trace
/// for each design.
pub fn observe<T: Trace>(engine: &Engine, replications: u64, traces: &mut [T]) {
    let mut worker = Worker::new(engine);
    for batch in (0..replications).step_by(LANES) {
        worker.open(engine, batch);
        let lanes = LANES.min((replications - batch) as usize);
        for group in engine.groups() {
            let group = group.start.min(traces.len())..group.end.min(traces.len());
            worker.run(engine, group.clone(), 0..lanes, &mut traces[group]);
        }
    }
}
