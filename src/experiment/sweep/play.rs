//! Playing the shards of a sweep on all threads: written by whoever played them, taken in their
//! order.

use super::study::Scratch;
use super::{Layout, Part, Precision, ShardRows, Study};
use crate::experiment::{Progress, Stop};
use crate::scenario::sweep;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc;

/// Where shards lie; any thread writes to it.
pub trait ShardStore: Sync {
    /// What a written shard is remembered by.
    type Line: Send;
    /// What can go wrong.
    type Error: std::error::Error + Send + Sync + 'static;
    /// Writes a shard under its name.
    fn write(&self, shard: usize, rows: &ShardRows) -> Result<Self::Line, Self::Error>;
    /// Reads a shard that is done.
    fn read(&self, shard: usize) -> Result<ShardRows, Self::Error>;
}

/// Remembers which shards are done.
pub trait ShardJournal {
    /// What a written shard is remembered by.
    type Line;
    /// What can go wrong.
    type Error: std::error::Error + Send + Sync + 'static;
    /// Notes that a shard is done, in the order of shards; `false` to play no further ones.
    fn record(&mut self, shard: usize, line: Self::Line) -> Result<bool, Self::Error>;
    /// Whether a shard is done.
    fn has(&self, shard: usize) -> bool;
}

/// What is to be played, and how.
#[derive(Debug, Clone, Copy)]
pub struct Orders<'a> {
    /// When a point has been played often enough.
    pub stop: Option<&'a sweep::Stop>,
    /// The part of the sweep.
    pub part: Part,
    /// Threads.
    pub threads: usize,
}

fn receiver<E: std::error::Error + Send + Sync + 'static>(error: E) -> Stop {
    Stop::Receiver(Box::new(error))
}

/// A shard to be played: its number and its points.
pub type Task = (usize, Vec<usize>);

/// The rounds of a part of a sweep: all that is missing at once, or, where points stop by
/// precision, block after block at the points that are not known well enough.
#[derive(Debug)]
pub struct Rounds {
    layout: Layout,
    part: Part,
    precision: Option<Precision>,
    block: usize,
    /// Shards whose rows have been seen.
    seen: BTreeSet<usize>,
}

impl Rounds {
    /// Of a part of a sweep that is cut so.
    pub fn new(layout: &Layout, stop: Option<&sweep::Stop>, part: Part) -> Self {
        let precision =
            stop.map(|stop| Precision::new(stop.clone(), layout.points, layout.designs));
        Rounds { layout: *layout, part, precision, block: 0, seen: BTreeSet::new() }
    }

    /// What is to be played now, given what is noted as done; nothing at the end.
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

    /// Takes the rows of a shard that was played just now, so that they need not be read.
    fn see(&mut self, shard: usize, rows: &ShardRows) {
        if let Some(precision) = &mut self.precision
            && self.seen.insert(shard)
        {
            precision.add(rows);
        }
    }

    /// Whether it wants to see rows.
    fn looks(&self) -> bool {
        self.precision.is_some()
    }
}

/// Plays what is missing of a part of a sweep. Returns whether it is complete.
pub fn play<S: ShardStore, N: ShardJournal<Line = S::Line>>(
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
        if !round.play(&tasks, journal, &mut rounds)? {
            return Ok(false);
        }
    }
}

/// Shards of a block that are to be played at points not known well enough, and those that are
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

/// Shards that threads play together.
struct Round<'a, S, P> {
    study: &'a Study,
    threads: usize,
    interrupted: &'a AtomicBool,
    progress: &'a P,
    store: &'a S,
    rows: u64,
}

/// A shard that a thread is through with: its number of rows, themselves where somebody wants to
/// see them, and the line it is noted by.
struct Done<L> {
    rows: u64,
    seen: Option<ShardRows>,
    line: L,
}

impl<S: ShardStore, P: Progress> Round<'_, S, P> {
    /// Plays some shards; they are noted, and seen, in their order.
    fn play<N: ShardJournal<Line = S::Line>>(
        &mut self,
        tasks: &[Task],
        journal: &mut N,
        rounds: &mut Rounds,
    ) -> Result<bool, Stop> {
        let threads = self.threads.clamp(1, tasks.len().max(1));
        let (next, halt, keep) = (AtomicUsize::new(0), AtomicBool::new(false), rounds.looks());
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
                // Also after a failure: what was finished before it in the order is noted.
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
