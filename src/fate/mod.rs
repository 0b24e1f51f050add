//! Fate: everything random about a replication, drawn up front from (master seed, replication) alone.
//!
//! One ChaCha8 generator per replication (key = hash of the seed, stream = replication) yields one uniform per
//! number at a fixed position, year by year (ODD §2). Designs never enter the key and never shift a draw, so every
//! design meets the same fate. Tables are laid out with the replication as the innermost index.

mod layout;
mod shocks;
mod slippage;

pub use layout::{Decision, FateLayout, SlotDraw};
pub use slippage::BetaQuantile;

use crate::numeric::{LANES, logit};
use crate::scenario::types::Scenario;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// One number for each replication of a batch.
pub type Lane = [f64; LANES];

/// The fates of a batch of replications.
#[derive(Debug, Clone)]
pub struct Fates {
    key: [u8; 32],
    /// Uniforms as drawn: rows of a year, then years.
    uniforms: Vec<Lane>,
    /// Shocks and choices: `tables[year * rows + row][lane]`.
    tables: Vec<Lane>,
    rows: usize,
}

impl Fates {
    /// Empty tables for a scenario; `seed` is the master seed.
    pub fn new(layout: &FateLayout, seed: u64) -> Self {
        let mut hasher = blake3::Hasher::new();
        hasher.update(b"consortia fate v1");
        hasher.update(&seed.to_le_bytes());
        Fates {
            key: *hasher.finalize().as_bytes(),
            uniforms: vec![[0.0; LANES]; layout.draws_per_year * layout.years],
            tables: vec![[0.0; LANES]; layout.rows_per_year * layout.years],
            rows: layout.rows_per_year,
        }
    }

    /// Draws the fates of replications `first .. first + LANES`.
    pub fn draw(&mut self, scenario: &Scenario, layout: &FateLayout, first: u64) {
        for lane in 0..LANES {
            let mut generator = ChaCha8Rng::from_seed(self.key);
            generator.set_stream(first + lane as u64);
            for row in &mut self.uniforms {
                // 53 random bits, centred in their cell: never 0, never 1.
                row[lane] = ((generator.next_u64() >> 11) as f64 + 0.5) * (1.0 / 9_007_199_254_740_992.0);
            }
        }
        shocks::derive(scenario, layout, &self.uniforms, &mut self.tables);
        let (draws, rows) = (layout.draws_per_year, layout.rows_per_year);
        for year in 0..layout.years {
            let from = &self.uniforms[year * draws + layout.first_choice_draw..(year + 1) * draws];
            let to = &mut self.tables[year * rows + layout.first_choice_row..(year + 1) * rows];
            for (choice, uniform) in to.iter_mut().zip(from) {
                for lane in 0..LANES {
                    choice[lane] = logit(uniform[lane]);
                }
            }
            for (slot, quantile) in layout.slippage.iter().enumerate() {
                let row = layout.slot(slot, SlotDraw::Slippage) - layout.first_choice_row;
                for lane in 0..LANES {
                    to[row][lane] = quantile.at(from[row][lane]);
                }
            }
        }
    }

    /// A row of the tables for every replication of the batch.
    #[inline(always)]
    pub fn row(&self, year: usize, row: usize) -> &Lane {
        &self.tables[year * self.rows + row]
    }

    /// One number of the tables.
    #[inline(always)]
    pub fn at(&self, year: usize, row: usize, lane: usize) -> f64 {
        self.tables[year * self.rows + row][lane]
    }
}
