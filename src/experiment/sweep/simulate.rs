//! Simulation of a sweep's shards on all threads. Each thread writes the shards that it has
//! simulated; the journal records them in order.

use super::study::Scratch;
use super::{Layout, Part, Precision, ShardRows, Study};
use crate::experiment::{Progress, Stop};
use crate::scenario::sweep;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc;

/// Storage of shards. Any thread may write to it.
pub trait ShardStore: Sync {
    /// Journal entry of a written shard.
    type Line: Send;
    /// Error of the store.
    type Error: std::error::Error + Send + Sync + 'static;
    /// Writes a shard and returns its journal entry.
    fn write(&self, shard: usize, rows: &ShardRows) -> Result<Self::Line, Self::Error>;
    /// Reads a shard that is done.
    fn read(&self, shard: usize) -> Result<ShardRows, Self::Error>;
}

/// List of the shards that are done.
pub trait ShardJournal {
    /// Journal entry of a written shard.
    type Line;
    /// Error of the journal.
    type Error: std::error::Error + Send + Sync + 'static;
    /// Records that a shard is done, in shard order. Returns `false` to stop before further shards.
    fn record(&mut self, shard: usize, line: Self::Line) -> Result<bool, Self::Error>;
    /// Returns whether a shard is done.
    fn has(&self, shard: usize) -> bool;
}

/// What to simulate of a sweep, and how.
#[derive(Debug, Clone, Copy)]
pub struct Orders<'a> {
    /// Precision at which points stop; `None` to simulate all replications.
    pub stop: Option<&'a sweep::Stop>,
    /// The part of the sweep.
    pub part: Part,
    /// Number of threads.
    pub threads: usize,
}

fn receiver<E: std::error::Error + Send + Sync + 'static>(error: E) -> Stop {
    Stop::Receiver(Box::new(error))
}

/// A shard to simulate: its number and its points.
pub type Task = (usize, Vec<usize>);

/// Rounds of a part of a sweep.
///
/// Without a precision, one round holds all missing shards. With one, each round holds one block at
/// the points that are not yet precise enough.
#[derive(Debug)]
pub struct Rounds {
    layout: Layout,
    part: Part,
    precision: Option<Precision>,
    block: usize,
    /// Shards whose rows have been added to `precision`.
    seen: BTreeSet<usize>,
}

impl Rounds {
    /// Creates the rounds of a part of a sweep.
    pub fn new(layout: &Layout, stop: Option<&sweep::Stop>, part: Part) -> Self {
        let precision =
            stop.map(|stop| Precision::new(stop.clone(), layout.points, layout.designs));
        Rounds { layout: *layout, part, precision, block: 0, seen: BTreeSet::new() }
    }

    /// Returns the shards to simulate now, given those in the journal; empty at the end.
    ///
    /// # Errors
    ///
    /// Fails if the store cannot read a shard.
    pub fn next<S: ShardStore, N: ShardJournal>(
        &mut self,
        store: &S,
        journal: &N,
    ) -> Result<Vec<Task>, S::Error> {
        let Rounds { layout, part, precision, block, seen } = self;
        let Some(precision) = precision else {
            let missing =
                (0..layout.shards()).filter(|&s| part.holds(layout.range_of(s)) && !journal.has(s));
            return Ok(missing
                .map(|shard| (shard, layout.points_of(layout.range_of(shard)).collect()))
                .collect());
        };
        while *block < layout.blocks() {
            let (tasks, done) = tasks_of(layout, *block, *part, precision, journal);
            if !tasks.is_empty() {
                return Ok(tasks);
            }
            if done.is_empty() {
                break;
            }
            for shard in done {
                if seen.insert(shard) {
                    precision.add(&store.read(shard)?);
                }
            }
            *block += 1;
        }
        Ok(Vec::new())
    }

    /// Adds the rows of a shard that was just simulated, so that they need not be read.
    fn see(&mut self, shard: usize, rows: &ShardRows) {
        if let Some(precision) = &mut self.precision
            && self.seen.insert(shard)
        {
            precision.add(rows);
        }
    }

    /// Returns whether rows are needed to decide when points stop.
    fn needs_rows(&self) -> bool {
        self.precision.is_some()
    }
}

/// Simulates the missing shards of a part of a sweep. Returns whether the part is complete.
///
/// # Errors
///
/// [`Stop::Interrupted`] if `interrupted` was raised, [`Stop::Receiver`] if store or journal
/// failed.
pub fn simulate<S: ShardStore, N: ShardJournal<Line = S::Line>>(
    study: &Study,
    orders: Orders<'_>,
    interrupted: &AtomicBool,
    progress: &impl Progress,
    store: &S,
    journal: &mut N,
) -> Result<bool, Stop> {
    let mut rounds = Rounds::new(&study.layout, orders.stop, orders.part);
    let mut round = Round { study, threads: orders.threads, interrupted, progress, store, rows: 0 };
    loop {
        let tasks = rounds.next(store, journal).map_err(receiver)?;
        if tasks.is_empty() {
            return Ok(true);
        }
        if !round.simulate(&tasks, journal, &mut rounds)? {
            return Ok(false);
        }
    }
}

/// Returns the shards of a block to simulate, at points not yet precise enough, and those that are
/// done.
fn tasks_of(
    layout: &Layout,
    block: usize,
    part: Part,
    precision: &Precision,
    journal: &impl ShardJournal,
) -> (Vec<Task>, Vec<usize>) {
    let (mut tasks, mut done) = (Vec::new(), Vec::new());
    for shard in (block * layout.ranges()..(block + 1) * layout.ranges())
        .filter(|s| part.holds(layout.range_of(*s)))
    {
        if journal.has(shard) {
            done.push(shard);
            continue;
        }
        let points: Vec<usize> = layout
            .points_of(layout.range_of(shard))
            .filter(|&point| !precision.is_known(point))
            .collect();
        if !points.is_empty() {
            tasks.push((shard, points));
        }
    }
    (tasks, done)
}

/// One round of shards, simulated on several threads.
struct Round<'a, S, P> {
    study: &'a Study,
    threads: usize,
    interrupted: &'a AtomicBool,
    progress: &'a P,
    store: &'a S,
    rows: u64,
}

/// A simulated shard: its number of rows, the rows where they are needed, and its journal entry.
struct Done<L> {
    rows: u64,
    seen: Option<ShardRows>,
    line: L,
}

impl<S: ShardStore, P: Progress> Round<'_, S, P> {
    /// Simulates shards and records them in their order. Returns `false` if the journal stopped it.
    fn simulate<N: ShardJournal<Line = S::Line>>(
        &mut self,
        tasks: &[Task],
        journal: &mut N,
        rounds: &mut Rounds,
    ) -> Result<bool, Stop> {
        let threads = self.threads.clamp(1, tasks.len().max(1));
        let (next, halt, keep) = (AtomicUsize::new(0), AtomicBool::new(false), rounds.needs_rows());
        let (send, receive) = mpsc::channel::<(usize, Result<Done<S::Line>, Stop>)>();
        let (study, store, interrupted) = (self.study, self.store, self.interrupted);
        std::thread::scope(|scope| {
            for _ in 0..threads {
                let (send, next, halt) = (send.clone(), &next, &halt);
                scope.spawn(move || {
                    let mut scratch = Scratch::default();
                    while !halt.load(Ordering::Relaxed) {
                        let Some((shard, points)) = tasks.get(next.fetch_add(1, Ordering::Relaxed))
                        else {
                            break;
                        };
                        let block = study.layout.block_of(*shard);
                        let played = study.shard(block, points.clone(), &mut scratch, interrupted);
                        let result = played.ok_or(Stop::Interrupted).and_then(|rows| {
                            let line = store.write(*shard, &rows).map_err(receiver)?;
                            Ok(Done { rows: rows.len() as u64, seen: keep.then_some(rows), line })
                        });
                        let failed = result.is_err();
                        if send.send((*shard, result)).is_err() || failed {
                            break;
                        }
                    }
                });
            }
            drop(send);
            let mut waiting: BTreeMap<usize, Done<S::Line>> = BTreeMap::new();
            let mut turn = 0;
            let mut outcome = Ok(true);
            for (shard, result) in receive {
                match result {
                    Ok(done) => {
                        waiting.insert(shard, done);
                    }
                    Err(stop) => {
                        halt.store(true, Ordering::Relaxed);
                        outcome = outcome.and(Err(stop));
                    }
                }
                // Also after a failure, so that shards finished before it in the order are
                // recorded.
                while let Some(done) = tasks.get(turn).and_then(|(shard, _)| waiting.remove(shard))
                {
                    let shard = tasks[turn].0;
                    turn += 1;
                    if let Some(rows) = &done.seen {
                        rounds.see(shard, rows);
                    }
                    self.rows += done.rows;
                    self.progress.done(self.rows);
                    match journal.record(shard, done.line).map_err(receiver) {
                        Ok(true) => {}
                        Ok(false) => {
                            halt.store(true, Ordering::Relaxed);
                            outcome = outcome.map(|_| false);
                        }
                        Err(stop) => {
                            halt.store(true, Ordering::Relaxed);
                            outcome = outcome.and(Err(stop));
                        }
                    }
                }
            }
            outcome
        })
    }
}
