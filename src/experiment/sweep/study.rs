//! Inputs of a sweep, and the simulation of one shard.

use super::Layout;
use crate::draws::SlippageLaws;
use crate::experiment::measure_columns::columns;
use crate::experiment::measures::{MEASURES, needs_account};
use crate::experiment::runner::is_sound;
use crate::experiment::totals::replication_row;
use crate::numeric::LANES;
use crate::scenario::sweep::raw::DrawSharing;
use crate::scenario::sweep::{Kept, Variants};
use crate::simulation::{Engine, NoTrace, Worker};
use serde::{Deserialize, Serialize};
use std::sync::atomic::{AtomicBool, Ordering};

/// Everything that determines the results of a sweep.
///
/// Its JSON form omits the points: a machine that reads it receives the values of the points that
/// it simulates.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Study {
    /// The scenario and the designs of any point.
    pub variants: Variants,
    /// Values `[point][parameter]`.
    #[serde(skip)]
    pub points: Vec<Vec<f64>>,
    /// Division into shards.
    pub layout: Layout,
    /// Master seed.
    pub seed: u64,
    /// Whether points meet the same draws.
    pub draws: DrawSharing,
    /// Columns of the measures kept, among those of a replication.
    kept: Vec<usize>,
    /// Whether a measure kept needs the account of losses.
    account: bool,
}

/// A failed replication of a design at a point, or a failed point.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShardFailure {
    /// Number of the point.
    pub point: usize,
    /// Number of the replication; `None` where the point itself cannot be simulated.
    pub replication: Option<u64>,
    /// Position of the design; `None` where the point itself cannot be simulated.
    pub design: Option<usize>,
    /// Stage at which it failed.
    pub stage: &'static str,
    /// Error message.
    pub message: String,
}

/// The rows of a shard: by point, then replication, then design.
#[derive(Debug, Clone, PartialEq)]
pub struct ShardRows {
    /// Points, in their order.
    pub points: Vec<usize>,
    /// First replication.
    pub first: u64,
    /// Number of replications.
    pub replications: usize,
    /// Number of designs.
    pub designs: usize,
    /// Number of measures kept.
    pub width: usize,
    /// `width` values for every row, in the unit of the measure; NaN where empty or failed.
    pub values: Vec<f64>,
    /// Failures, by point, replication and design.
    pub failures: Vec<ShardFailure>,
}

impl ShardRows {
    /// Returns the number of rows.
    pub fn len(&self) -> usize {
        self.points.len() * self.replications * self.designs
    }

    /// Returns whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns point, replication and design of a row.
    pub fn key(&self, row: usize) -> (usize, u64, usize) {
        let per_point = self.replications * self.designs;
        let replication = self.first + (row % per_point / self.designs) as u64;
        (self.points[row / per_point], replication, row % self.designs)
    }

    /// Returns the values of a row.
    pub fn row(&self, row: usize) -> &[f64] {
        &self.values[row * self.width..(row + 1) * self.width]
    }

    /// Returns the number of rows that failed.
    pub fn failed(&self) -> usize {
        let all = self.replications * self.designs;
        self.failures
            .iter()
            .map(|failure| if failure.replication.is_none() { all } else { 1 })
            .sum()
    }
}

/// Scratch buffers of one thread.
#[derive(Debug, Default)]
pub struct Scratch {
    worker: Option<Worker>,
    laws: SlippageLaws,
}

impl Study {
    /// Creates a study of these points. `states` is the number of states of the scenario.
    pub fn new(
        variants: Variants,
        points: Vec<Vec<f64>>,
        layout: Layout,
        seed: u64,
        draws: DrawSharing,
        kept: &[Kept],
        states: usize,
    ) -> Self {
        let all = columns(states);
        let place = |kept: &Kept| {
            all.iter().position(|column| {
                MEASURES[column.measure].id == kept.measure && column.state == kept.state
            })
        };
        Study {
            variants,
            points,
            layout,
            seed,
            draws,
            account: kept.iter().any(|kept| needs_account(&kept.measure)),
            kept: kept.iter().filter_map(place).collect(),
        }
    }

    /// Returns the number of measures kept of every replication.
    pub fn width(&self) -> usize {
        self.kept.len()
    }

    /// Returns the seed of a point's replications.
    fn seed_of(&self, point: usize) -> u64 {
        match self.draws {
            DrawSharing::Shared => self.seed,
            DrawSharing::Own => {
                let mut hasher = blake3::Hasher::new();
                hasher.update(b"consortia point v1");
                hasher.update(&self.seed.to_le_bytes());
                hasher.update(&(point as u64).to_le_bytes());
                let mut first = [0; 8];
                first.copy_from_slice(&hasher.finalize().as_bytes()[..8]);
                u64::from_le_bytes(first)
            }
        }
    }

    /// Simulates a block of replications at some points; `None` if interrupted.
    pub fn shard(
        &self,
        block: usize,
        points: Vec<usize>,
        scratch: &mut Scratch,
        interrupted: &AtomicBool,
    ) -> Option<ShardRows> {
        let values: Vec<&[f64]> =
            points.iter().map(|&point| self.points[point].as_slice()).collect();
        self.shard_at(block, points, &values, scratch, interrupted)
    }

    /// Like [`Study::shard`], with the values of these points given in their order.
    pub fn shard_at(
        &self,
        block: usize,
        points: Vec<usize>,
        values: &[&[f64]],
        scratch: &mut Scratch,
        interrupted: &AtomicBool,
    ) -> Option<ShardRows> {
        let replications = self.layout.replications_of(block);
        let count = (replications.end - replications.start) as usize;
        let (designs, width) = (self.layout.designs, self.width());
        let mut rows = ShardRows {
            values: Vec::with_capacity(points.len() * count * designs * width),
            first: replications.start,
            replications: count,
            designs,
            width,
            failures: Vec::new(),
            points,
        };
        for at in 0..rows.points.len() {
            let point = rows.points[at];
            let (scenario, played) = match self.variants.at(values[at]) {
                Ok(variant) => variant,
                Err(message) => {
                    rows.values.resize(rows.values.len() + count * designs * width, f64::NAN);
                    let failure = ShardFailure {
                        point,
                        replication: None,
                        design: None,
                        stage: "scenario",
                        message,
                    };
                    rows.failures.push(failure);
                    continue;
                }
            };
            let engine =
                Engine::with_laws(scenario, played, self.seed_of(point), &mut scratch.laws)
                    .with_account(self.account);
            let mut worker = match scratch.worker.take() {
                Some(worker) => worker.fit(&engine),
                None => Worker::new(&engine),
            };
            for batch in replications.clone().step_by(LANES) {
                if interrupted.load(Ordering::Relaxed) {
                    return None;
                }
                let lanes = LANES.min((replications.end - batch) as usize);
                self.simulate_batch(&engine, &mut worker, (point, batch, lanes), &mut rows);
            }
            scratch.worker = Some(worker);
        }
        Some(rows)
    }

    /// Simulates a batch of `lanes` replications at a point and appends their rows.
    fn simulate_batch(
        &self,
        engine: &Engine,
        worker: &mut Worker,
        (point, batch, lanes): (usize, u64, usize),
        rows: &mut ShardRows,
    ) {
        let (designs, width) = (rows.designs, rows.width);
        worker.open(engine, batch);
        let (first, failed) = (rows.values.len(), rows.failures.len());
        rows.values.resize(first + lanes * designs * width, f64::NAN);
        let mut row = Vec::new();
        for group in engine.groups() {
            worker.run(engine, group.clone(), 0..lanes, &mut vec![NoTrace; group.len()]);
            let places = group.flat_map(|design| (0..lanes).map(move |lane| (design, lane)));
            for (design, lane) in places {
                let records = worker.records(design, lane);
                if let Err(message) = is_sound(records, engine.scenario.states.len()) {
                    rows.failures.push(ShardFailure {
                        point,
                        replication: Some(batch + lane as u64),
                        design: Some(design),
                        stage: "settlement",
                        message,
                    });
                    continue;
                }
                row.clear();
                let members = engine.designs[design].design.members;
                replication_row(&engine.scenario, members, records, &mut row);
                let place = first + (lane * designs + design) * width;
                let values = &mut rows.values[place..place + width];
                for (value, &column) in values.iter_mut().zip(&self.kept) {
                    *value = row[column];
                }
            }
        }
        rows.failures[failed..].sort_by_key(|failure| (failure.replication, failure.design));
    }
}
