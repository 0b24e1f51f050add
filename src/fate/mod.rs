//! Fate: everything random about a replication, drawn up front from (master seed, replication) alone.
//!
//! One ChaCha8 generator per replication (key = hash of the seed, stream = replication) yields one uniform per
//! number at a fixed position, year by year (ODD §2). Designs never enter the key and never shift a draw, so every
//! design meets the same fate. Tables are laid out with the replication as the innermost index.

mod layout;
mod luck;
mod shocks;
mod slippage;

pub use layout::{Decision, FateLayout, SlotDraw};
pub use luck::Luck;
pub use slippage::{BetaQuantile, SlippageLaws};

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
    /// Shocks: `tables[year * rows + row][lane]`.
    tables: Vec<Lane>,
    rows: usize,
    /// Choices by replication, year and place: a decision reads its luck from one place.
    choices: Vec<f64>,
    choices_per_year: usize,
    years: usize,
    ends: [usize; LANES],
}

fn key_of(seed: u64) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new();
    hasher.update(b"consortia fate v1");
    hasher.update(&seed.to_le_bytes());
    *hasher.finalize().as_bytes()
}

impl Fates {
    /// Empty tables for a scenario; `seed` is the master seed.
    pub fn new(layout: &FateLayout, seed: u64) -> Self {
        Fates {
            key: key_of(seed),
            // One more at the end of all years: when the game ends.
            uniforms: vec![[0.0; LANES]; layout.draws_per_year * layout.years + 1],
            tables: vec![[0.0; LANES]; layout.rows_per_year * layout.years],
            rows: layout.rows_per_year,
            choices: vec![0.0; layout.choices_per_year * layout.years * LANES],
            choices_per_year: layout.choices_per_year,
            years: layout.years,
            ends: [layout.years; LANES],
        }
    }

    /// The same tables for another seed; the layout must be of the same shape.
    #[must_use]
    pub fn reseeded(self, seed: u64) -> Self {
        Fates { key: key_of(seed), ..self }
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
        let last = self.uniforms[layout.draws_per_year * layout.years];
        self.ends = last.map(|u| shocks::years_played(u, scenario.end_hazard, layout.years));
        for year in 0..layout.years {
            let first = year * layout.draws_per_year + layout.first_choice_draw;
            let uniforms = &self.uniforms[first..first + layout.choices_per_year];
            for (place, uniform) in uniforms.iter().enumerate() {
                let luck = uniform.map(logit);
                for (lane, luck) in luck.iter().enumerate() {
                    self.choices[(lane * layout.years + year) * layout.choices_per_year + place] = *luck;
                }
            }
            for (slot, quantile) in layout.slippage.iter().enumerate() {
                let place = layout.slot(slot, SlotDraw::Slippage);
                for (lane, u) in uniforms[place].iter().enumerate() {
                    self.choices[(lane * layout.years + year) * layout.choices_per_year + place] = quantile.at(*u);
                }
            }
        }
    }

    /// A row of the tables for every replication of the batch.
    #[inline(always)]
    pub fn row(&self, year: usize, row: usize) -> &Lane {
        &self.tables[year * self.rows + row]
    }

    /// The luck of a choice: log-odds, but the lost share itself for slippage.
    #[inline(always)]
    pub fn luck(&self, year: usize, place: usize, lane: usize) -> f64 {
        self.choices[(lane * self.years + year) * self.choices_per_year + place]
    }

    /// The uniform from which the luck of a choice was made.
    #[inline(always)]
    fn uniform(&self, layout: &FateLayout, year: usize, place: usize, lane: usize) -> f64 {
        self.uniforms[year * layout.draws_per_year + layout.first_choice_draw + place][lane]
    }

    /// Years that are played in a replication: the horizon, or fewer where the game ends at random.
    #[inline(always)]
    pub fn years_played(&self, lane: usize) -> usize {
        self.ends[lane]
    }

    /// One number of the shock tables.
    #[inline(always)]
    pub fn at(&self, year: usize, row: usize, lane: usize) -> f64 {
        self.tables[year * self.rows + row][lane]
    }
}
