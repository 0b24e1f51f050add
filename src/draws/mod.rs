//! Random inputs of replications, fixed by (master seed, replication) before anything is decided.
//!
//! One ChaCha8 generator per replication (key = hash of the seed, stream = replication) yields one
//! uniform per number at a fixed position, year by year (ODD §2). Designs never enter the key and
//! never shift a draw, so every design meets the same draws. The lane is the innermost index of all
//! tables.

mod choices;
mod cipher;
mod layout;
mod shocks;
mod slippage;
mod stream;

pub use choices::ChoiceDraws;
pub use layout::{Decision, DrawLayout, SeasonDraw};
pub use slippage::{BetaQuantile, SlippageLaws};
pub use stream::ReplicationStream;

use crate::numeric::{LANES, lanes, vectorised};
use crate::scenario::types::Scenario;

/// One number for each replication of a batch.
pub type Lane = [f64; LANES];

/// The draws of a batch of replications.
#[derive(Debug, Clone)]
pub struct Draws {
    key: [u8; 32],
    /// Numbers of the generator, year by year; converted to uniforms when they are read.
    numbers: cipher::Numbers,
    /// Uniforms of the shocks: `[year][draw][lane]`.
    uniforms: Vec<Lane>,
    /// Shocks: `tables[year * rows + row][lane]`.
    tables: Vec<Lane>,
    rows: usize,
    draws_per_year: usize,
    first_choice: usize,
    ends: [usize; LANES],
}

/// Converts 53 random bits to the centre of their cell: above 0, and below 1 except for rounding of
/// the last cell, which gives 1.
#[inline(always)]
fn to_uniform(word: u64) -> f64 {
    ((word >> 11) as f64 + 0.5) * (1.0 / 9_007_199_254_740_992.0)
}

fn key_of(seed: u64) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new();
    hasher.update(b"consortia replication v1");
    hasher.update(&seed.to_le_bytes());
    *hasher.finalize().as_bytes()
}

impl Draws {
    /// Allocates the tables for a layout. `seed` is the master seed.
    pub fn new(layout: &DrawLayout, seed: u64) -> Self {
        // One more after all years, for the year in which the game ends.
        let draws = layout.draws_per_year * layout.years + 1;
        Draws {
            key: key_of(seed),
            numbers: cipher::Numbers::new(draws),
            uniforms: vec![[0.0; LANES]; layout.first_choice_draw * layout.years],
            tables: vec![[0.0; LANES]; layout.rows_per_year * layout.years],
            rows: layout.rows_per_year,
            draws_per_year: layout.draws_per_year,
            first_choice: layout.first_choice_draw,
            ends: [layout.years; LANES],
        }
    }

    /// Reuses the tables for another seed. The layout must be of the same shape.
    #[must_use]
    pub fn reseeded(self, seed: u64) -> Self {
        Draws { key: key_of(seed), ..self }
    }

    /// Draws replications `first .. first + LANES`.
    pub fn draw(&mut self, scenario: &Scenario, layout: &DrawLayout, first: u64) {
        self.numbers.select(&self.key, first);
        let (numbers, uniforms, tables) = (&self.numbers, &mut self.uniforms, &mut self.tables);
        let shocks = |year: usize| {
            let start = year * layout.draws_per_year;
            numbers.rows(start..start + layout.first_choice_draw)
        };
        vectorised(
            #[inline(always)]
            || {
                for (year, uniforms) in
                    uniforms.chunks_exact_mut(layout.first_choice_draw).enumerate()
                {
                    for (words, uniforms) in shocks(year).iter().zip(uniforms) {
                        let words: [u64; LANES] = lanes(|l| words[l].get());
                        *uniforms = lanes(|l| to_uniform(words[l]));
                    }
                }
                shocks::derive(scenario, layout, uniforms, tables);
            },
        );
        let last = layout.draws_per_year * layout.years;
        self.ends = std::array::from_fn(|lane| {
            shocks::years_played(self.drawn(last, lane), scenario.end_hazard, layout.years)
        });
    }

    /// Computes only the numbers, to measure their cost.
    pub fn draw_numbers(&mut self, first: u64) {
        self.numbers.select(&self.key, first);
        self.numbers.all();
    }

    /// Returns a number of a lane as a uniform.
    #[inline(always)]
    fn drawn(&self, at: usize, lane: usize) -> f64 {
        to_uniform(self.numbers.at(at, lane))
    }

    /// Returns a row of the shock tables, for all lanes.
    #[inline(always)]
    pub fn row(&self, year: usize, row: usize) -> &Lane {
        &self.tables[year * self.rows + row]
    }

    /// Returns the draw of a choice, uniform in (0, 1).
    #[inline(always)]
    pub fn choice(&self, year: usize, place: usize, lane: usize) -> f64 {
        self.drawn(year * self.draws_per_year + self.first_choice + place, lane)
    }

    /// Returns the number of years simulated in a lane: the horizon, or fewer where the game ends
    /// at random (ODD §13).
    #[inline(always)]
    pub fn years_played(&self, lane: usize) -> usize {
        self.ends[lane]
    }

    /// Returns one number of the shock tables.
    #[inline(always)]
    pub fn at(&self, year: usize, row: usize, lane: usize) -> f64 {
        self.tables[year * self.rows + row][lane]
    }
}
