//! Division of a sweep into shards. A shard holds a block of replications at a range of points.
//! Shards are ordered block by block, so that an interrupted sweep has simulated all points about
//! equally often.

use crate::numeric::LANES;
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// Least number of ranges, where there are as many points.
const LEAST_RANGES: usize = 16;

/// Layout of a sweep. Shard b·ranges + k holds block b of range k.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Layout {
    /// Number of points.
    pub points: usize,
    /// Number of designs at every point.
    pub designs: usize,
    /// Number of replications of every design at every point; the maximum if points stop by
    /// precision.
    pub replications: u64,
    /// Number of replications in a block.
    pub block: u64,
    /// Number of points in a range.
    pub range: usize,
}

impl Layout {
    /// Divides a sweep into shards of about `shard_rows` rows. `at_least` is the first block of a
    /// sweep that stops by precision.
    pub fn new(
        points: usize,
        designs: usize,
        replications: u64,
        at_least: Option<u64>,
        shard_rows: u64,
    ) -> Self {
        let whole = |x: u64| x.div_ceil(LANES as u64) * LANES as u64;
        let block =
            at_least.map_or_else(|| whole(replications.div_ceil(8)).clamp(LANES as u64, 64), whole);
        // At least 16 ranges, so that several machines can share a sweep.
        let most = points.div_ceil(LEAST_RANGES).max(1) as u64;
        let range = (shard_rows / (block * designs as u64).max(1)).clamp(1, most) as usize;
        Layout { points, designs, replications, block, range }
    }

    /// Returns the number of blocks of replications.
    pub fn blocks(&self) -> usize {
        self.replications.div_ceil(self.block) as usize
    }

    /// Returns the number of ranges of points.
    pub fn ranges(&self) -> usize {
        self.points.div_ceil(self.range)
    }

    /// Returns the number of shards, if no point stops early.
    pub fn shards(&self) -> usize {
        self.blocks() * self.ranges()
    }

    /// Returns the block of a shard.
    pub fn block_of(&self, shard: usize) -> usize {
        shard / self.ranges()
    }

    /// Returns the range of a shard.
    pub fn range_of(&self, shard: usize) -> usize {
        shard % self.ranges()
    }

    /// Returns the replications of a block.
    pub fn replications_of(&self, block: usize) -> Range<u64> {
        let first = block as u64 * self.block;
        first..(first + self.block).min(self.replications)
    }

    /// Returns the points of a range.
    pub fn points_of(&self, range: usize) -> Range<usize> {
        range * self.range..((range + 1) * self.range).min(self.points)
    }
}

/// The part of a sweep that one machine simulates: every `of`-th range of points, from the
/// `part`-th on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    /// Number of this part, from 1.
    pub part: usize,
    /// Number of parts.
    pub of: usize,
}

impl Part {
    /// The whole sweep.
    pub const WHOLE: Part = Part { part: 1, of: 1 };

    /// Returns whether a range is in this part.
    pub fn holds(&self, range: usize) -> bool {
        range % self.of == self.part - 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_replication_of_every_point_is_in_one_shard(
            points in 1usize..200, designs in 1usize..9, replications in 1u64..300,
                rows in 1u64..5000, at_least in 8u64..99,
        ) {
            for at_least in [None, Some(at_least)] {
                let layout = Layout::new(points, designs, replications, at_least, rows);
                let mut seen = vec![0u64; points];
                for shard in 0..layout.shards() {
                    let replications = layout.replications_of(layout.block_of(shard));
                    prop_assert!(replications.start.is_multiple_of(LANES as u64)
                        && !replications.is_empty());
                    for point in layout.points_of(layout.range_of(shard)) {
                        prop_assert_eq!(seen[point], replications.start);
                        seen[point] = replications.end;
                    }
                }
                prop_assert!(seen.iter().all(|seen| *seen == replications));
            }
        }
    }

    #[test]
    fn parts_share_the_ranges() {
        for range in 0..20 {
            assert_eq!((1..=3).filter(|&part| Part { part, of: 3 }.holds(range)).count(), 1);
        }
        assert!(Part::WHOLE.holds(7));
    }
}
