//! Stopping by precision: running means by point and design, with their 95 % intervals (ODD §11).

use super::ShardRows;
use crate::numeric::{Running, TWO_SIDED_95};
use crate::scenario::sweep::Stop;

/// Running means by point and design.
#[derive(Debug, Clone)]
pub struct Precision {
    stop: Stop,
    designs: usize,
    seen: Vec<u64>,
    running: Vec<Running>,
}

impl Precision {
    /// Creates the means without any rows.
    pub fn new(stop: Stop, points: usize, designs: usize) -> Self {
        Precision {
            stop,
            designs,
            seen: vec![0; points],
            running: vec![Running::default(); points * designs],
        }
    }

    /// Adds the rows of a shard. Blocks must be added in their order.
    pub fn add(&mut self, rows: &ShardRows) {
        for row in 0..rows.len() {
            let (point, _, design) = rows.key(row);
            let x = rows.row(row)[self.stop.column];
            if design == 0 {
                self.seen[point] += 1;
            }
            self.running[point * self.designs + design].add(x);
        }
    }

    /// Returns whether a point is precise enough: it has the least number of replications, and the
    /// interval of every design's mean is narrow enough. A point at which nothing can be simulated
    /// is not tried again.
    pub fn is_known(&self, point: usize) -> bool {
        let designs = &self.running[point * self.designs..(point + 1) * self.designs];
        let narrow = |running: &Running| TWO_SIDED_95 * running.se() <= self.stop.half_width;
        let none = designs.iter().all(|running| running.n == 0);
        self.seen[point] >= self.stop.at_least
            && (none || designs.iter().all(|running| running.n == 0 || narrow(running)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(first: u64, values: Vec<f64>) -> ShardRows {
        ShardRows {
            points: vec![0, 1],
            first,
            replications: values.len() / 2,
            designs: 1,
            width: 1,
            values,
            failures: Vec::new(),
        }
    }

    #[test]
    fn a_point_is_precise_once_its_interval_is_narrow_after_the_minimum() {
        let stop = Stop { column: 0, half_width: 0.5, at_least: 8 };
        let mut precision = Precision::new(stop, 2, 1);
        precision.add(&rows(0, vec![1.0, 1.0, 1.0, 1.0, 0.0, 9.0, 0.0, 9.0]));
        assert!(!precision.is_known(0), "four replications are fewer than eight");
        precision.add(&rows(4, vec![1.0, 1.1, 1.0, 1.1, 0.0, 9.0, 0.0, 9.0]));
        assert!(precision.is_known(0) && !precision.is_known(1));
    }

    #[test]
    fn a_point_without_valid_runs_is_not_retried() {
        let mut precision = Precision::new(Stop { column: 0, half_width: 0.5, at_least: 2 }, 2, 1);
        precision.add(&rows(0, vec![f64::NAN, f64::NAN, 3.0, 3.0]));
        assert!(precision.is_known(0) && precision.is_known(1));
    }
}
