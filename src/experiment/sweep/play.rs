//! Playing the shards of a sweep on all threads: written by whoever played them, taken in their order.

use super::study::Scratch;
use super::{Layout, Part, Precision, ShardRows, Study};
use crate::experiment::{Progress, Stop};
use crate::scenario::sweep;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc;

/// Where shards lie; any thread writes to it.
pub trait Shelf: Sync {
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
pub trait Notes {
    /// What a written shard is remembered by.
    type Line;
    /// What can go wrong.
    type Error: std::error::Error + Send + Sync + 'static;
    /// Notes that a shard is done, in the order of shards; `false` to play no further ones.
    fn note(&mut self, shard: usize, line: Self::Line) -> Result<bool, Self::Error>;
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

/// Plays what is missing of a part of a sweep. Returns whether it is complete.
pub fn play<S: Shelf, N: Notes<Line = S::Line>>(
    study: &Study,
    orders: Orders<'_>,
    interrupted: &AtomicBool,
    progress: &impl Progress,
    shelf: &S,
    notes: &mut N,
) -> Result<bool, Stop> {
    let layout = &study.layout;
    let mut round = Round { study, threads: orders.threads, interrupted, progress, shelf, rows: 0 };
    let Some(stop) = orders.stop else {
        let missing =
            (0..layout.shards()).filter(|&shard| orders.part.holds(layout.range_of(shard)) && !notes.has(shard));
        let tasks: Vec<Task> = missing.map(|shard| (shard, all_points(layout, shard))).collect();
        return round.play(&tasks, notes, None);
    };
    let mut precision = Precision::new(stop.clone(), layout.points, layout.designs);
    for block in 0..layout.blocks() {
        let (tasks, done) = tasks_of(layout, block, orders.part, &precision, notes);
        if tasks.is_empty() && done.is_empty() {
            break;
        }
        for shard in done {
            precision.add(&shelf.read(shard).map_err(receiver)?);
        }
        if !round.play(&tasks, notes, Some(&mut precision))? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// A shard to be played: its number and its points.
type Task = (usize, Vec<usize>);

fn all_points(layout: &Layout, shard: usize) -> Vec<usize> {
    layout.points_of(layout.range_of(shard)).collect()
}

/// Shards of a block that are to be played at points not known well enough, and those that are done.
fn tasks_of(
    layout: &Layout,
    block: usize,
    part: Part,
    precision: &Precision,
    notes: &impl Notes,
) -> (Vec<Task>, Vec<usize>) {
    let (mut tasks, mut done) = (Vec::new(), Vec::new());
    for shard in (block * layout.ranges()..(block + 1) * layout.ranges()).filter(|s| part.holds(layout.range_of(*s))) {
        if notes.has(shard) {
            done.push(shard);
            continue;
        }
        let points: Vec<usize> =
            all_points(layout, shard).into_iter().filter(|&point| !precision.is_known(point)).collect();
        if !points.is_empty() {
            tasks.push((shard, points));
        }
    }
    (tasks, done)
}

/// Shards that are missing: all of them, or, where points stop by precision, those of the first block that lacks any.
pub fn missing<S: Shelf, N: Notes>(
    layout: &Layout,
    stop: Option<&sweep::Stop>,
    part: Part,
    shelf: &S,
    notes: &N,
) -> Result<Vec<usize>, S::Error> {
    let Some(stop) = stop else {
        return Ok((0..layout.shards()).filter(|&s| part.holds(layout.range_of(s)) && !notes.has(s)).collect());
    };
    let mut precision = Precision::new(stop.clone(), layout.points, layout.designs);
    for block in 0..layout.blocks() {
        let (tasks, done) = tasks_of(layout, block, part, &precision, notes);
        if !tasks.is_empty() || done.is_empty() {
            return Ok(tasks.into_iter().map(|(shard, _)| shard).collect());
        }
        for shard in done {
            precision.add(&shelf.read(shard)?);
        }
    }
    Ok(Vec::new())
}

/// Shards that threads play together.
struct Round<'a, S, P> {
    study: &'a Study,
    threads: usize,
    interrupted: &'a AtomicBool,
    progress: &'a P,
    shelf: &'a S,
    rows: u64,
}

/// A shard that a thread is through with: its number of rows, themselves where somebody wants to see them, and the line
/// it is noted by.
struct Done<L> {
    rows: u64,
    seen: Option<ShardRows>,
    line: L,
}

impl<S: Shelf, P: Progress> Round<'_, S, P> {
    /// Plays some shards; they are noted, and seen, in their order.
    fn play<N: Notes<Line = S::Line>>(
        &mut self,
        tasks: &[Task],
        notes: &mut N,
        mut see: Option<&mut Precision>,
    ) -> Result<bool, Stop> {
        let threads = self.threads.clamp(1, tasks.len().max(1));
        let (next, halt, keep) = (AtomicUsize::new(0), AtomicBool::new(false), see.is_some());
        let (send, receive) = mpsc::channel::<(usize, Result<Done<S::Line>, Stop>)>();
        let (study, shelf, interrupted) = (self.study, self.shelf, self.interrupted);
        std::thread::scope(|scope| {
            for _ in 0..threads {
                let (send, next, halt) = (send.clone(), &next, &halt);
                scope.spawn(move || {
                    let mut scratch = Scratch::default();
                    while !halt.load(Ordering::Relaxed) {
                        let Some((shard, points)) = tasks.get(next.fetch_add(1, Ordering::Relaxed)) else {
                            break;
                        };
                        let block = study.layout.block_of(*shard);
                        let played = study.shard(block, points.clone(), &mut scratch, interrupted);
                        let result = played.ok_or(Stop::Interrupted).and_then(|rows| {
                            let line = shelf.write(*shard, &rows).map_err(receiver)?;
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
                while let Some(done) = tasks.get(turn).and_then(|(shard, _)| waiting.remove(shard)) {
                    let shard = tasks[turn].0;
                    turn += 1;
                    if let (Some(precision), Some(rows)) = (&mut see, &done.seen) {
                        precision.add(rows);
                    }
                    self.rows += done.rows;
                    self.progress.done(self.rows);
                    match notes.note(shard, done.line).map_err(receiver) {
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
