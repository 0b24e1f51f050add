//! The random stream of one replication as a generator of `rand`.
//!
//! The engine reads the streams of a batch in parallel and at fixed positions ([`super::Draws`]).
//! This generator gives users of the library the numbers of one replication in order, for any
//! distribution. Both read the same words.

use super::{cipher, key_of};
use rand::{TryRng, rand_core};
use std::convert::Infallible;

/// Words of 32 bits in a block of the cipher.
const WORDS: u64 = 2 * cipher::BLOCK as u64;

/// The random stream of a replication: a generator of `rand` whose words are those of
/// `rand_chacha::ChaCha8Rng` with the key of the seed and the replication as stream.
///
/// The engine turns the n-th number of 64 bits into the n-th uniform draw of the replication.
///
/// ```
/// use consortia::draws::ReplicationStream;
/// use rand::RngExt;
/// use rand::distr::Open01;
///
/// let mut stream = ReplicationStream::new(20_030_705, 7);
/// let first: f64 = stream.sample(Open01);
/// assert!(0.0 < first && first < 1.0);
/// assert_eq!(first, ReplicationStream::new(20_030_705, 7).sample::<f64, _>(Open01));
/// ```
#[derive(Debug, Clone)]
pub struct ReplicationStream {
    numbers: cipher::Numbers,
    key: [u8; 32],
    replication: u64,
    /// Position of the next word, from the beginning of the stream.
    next: u64,
    /// The block that `numbers` holds; none at first.
    block: Option<u64>,
}

impl ReplicationStream {
    /// Returns the stream of `replication` (from 0) under a master `seed`, at its beginning.
    pub fn new(seed: u64, replication: u64) -> Self {
        let numbers = cipher::Numbers::new(cipher::BLOCK);
        ReplicationStream { numbers, key: key_of(seed), replication, next: 0, block: None }
    }

    /// Returns the next word of 32 bits.
    fn word(&mut self) -> u32 {
        let (block, at) = (self.next / WORDS, self.next % WORDS);
        if self.block != Some(block) {
            self.numbers.fill_block(&self.key, self.replication, block);
            self.block = Some(block);
        }
        self.next += 1;
        let number = self.numbers.at(at as usize / 2, 0);
        if at % 2 == 0 { number as u32 } else { (number >> 32) as u32 }
    }
}

impl TryRng for ReplicationStream {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(self.word())
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let (low, high) = (self.word(), self.word());
        Ok(u64::from(low) | u64::from(high) << 32)
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        rand_core::utils::fill_bytes_via_next_word(bytes, || self.try_next_u32())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::draws::{DrawLayout, Draws, to_uniform};
    use crate::scenario::load;
    use proptest::prelude::*;
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;
    use rand_distr::{Distribution, Normal};

    proptest! {
        #[test]
        fn words_of_any_length_are_those_of_rand_chacha(
            seed in 0u64..1000,
            replication in 0u64..1 << 40,
            reads in proptest::collection::vec(0usize..40, 1..80),
        ) {
            let mut own = ReplicationStream::new(seed, replication);
            let mut known = ChaCha8Rng::from_seed(key_of(seed));
            known.set_stream(replication);
            for read in reads {
                match read {
                    0..10 => prop_assert_eq!(own.next_u32(), known.next_u32()),
                    10..20 => prop_assert_eq!(own.next_u64(), known.next_u64()),
                    bytes => {
                        let (mut a, mut b) = (vec![0; bytes], vec![0; bytes]);
                        own.fill_bytes(&mut a);
                        known.fill_bytes(&mut b);
                        prop_assert_eq!(a, b);
                    }
                }
            }
        }
    }

    #[test]
    fn a_stream_holds_the_draws_that_the_engine_reads() {
        let Ok(loaded) = load::scenario("central-asia", &[]) else { panic!("a built-in is valid") };
        let layout = DrawLayout::new(&loaded.scenario);
        let mut draws = Draws::new(&layout, 11);
        draws.draw(&loaded.scenario, &layout, 32);
        let mut stream = ReplicationStream::new(11, 37);
        for year in 0..3 {
            let numbers: Vec<u64> = (0..layout.draws_per_year).map(|_| stream.next_u64()).collect();
            let place = layout.exit(2);
            let own = to_uniform(numbers[layout.first_choice_draw + place]);
            assert_eq!(own.to_bits(), draws.choice(year, place, 5).to_bits());
        }
    }

    #[test]
    fn distributions_of_rand_distr_can_be_drawn_from_a_stream() {
        let Ok(normal) = Normal::new(3.0, 2.0) else { panic!("a normal law") };
        let mut stream = ReplicationStream::new(5, 0);
        let n = 20_000;
        let values: Vec<f64> = (0..n).map(|_| normal.sample(&mut stream)).collect();
        let mean = values.iter().sum::<f64>() / f64::from(n);
        let variance = values.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / f64::from(n);
        assert!((mean - 3.0).abs() < 0.06, "{mean}");
        assert!((variance.sqrt() - 2.0).abs() < 0.05, "{}", variance.sqrt());
    }
}
