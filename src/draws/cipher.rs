//! ChaCha8 for a batch: the streams of all lanes, computed together.
//!
//! The words are those of `rand_chacha::ChaCha8Rng` with `set_stream` (a test compares), which
//! computes one stream at a time. Source: D. J. Bernstein, "ChaCha, a variant of Salsa20" (2008),
//! with a 64-bit counter and a 64-bit stream.

use crate::numeric::{LANES, vectorised};
use std::cell::Cell;
use std::ops::Range;

/// One number for each lane.
type Words = [Cell<u64>; LANES];

/// Numbers in a block of the cipher.
pub(super) const BLOCK: usize = 8;

/// The numbers of streams `first .. first + LANES`, by position.
///
/// A block is computed when one of its numbers is first read, because most choices are never read.
#[derive(Debug, Clone)]
pub(super) struct Numbers {
    key: [u8; 32],
    first: u64,
    words: Vec<Words>,
    /// Whether the words of each block are computed.
    there: Vec<Cell<bool>>,
}

impl Numbers {
    /// Allocates `count` numbers per stream. Call [`Numbers::select`] before reading them.
    pub(super) fn new(count: usize) -> Self {
        let blocks = count.div_ceil(BLOCK);
        let words = (0..blocks * BLOCK).map(|_| Default::default()).collect();
        Numbers { key: [0; 32], first: 0, words, there: vec![Cell::new(false); blocks] }
    }

    /// Selects the streams from `first` on under a key; blocks are computed anew.
    pub(super) fn select(&mut self, key: &[u8; 32], first: u64) {
        (self.key, self.first) = (*key, first);
        self.there.iter().for_each(|there| there.set(false));
    }

    /// Computes one block of the streams from `first` on under a key and stores it as the first
    /// block.
    pub(super) fn fill_block(&mut self, key: &[u8; 32], first: u64, block: u64) {
        fill(key, first, block, &self.words[..BLOCK]);
        self.there[0].set(true);
    }

    /// Returns the number of a lane's stream at a position.
    #[inline(always)]
    pub(super) fn at(&self, at: usize, lane: usize) -> u64 {
        if !self.there[at / BLOCK].get() {
            self.compute(at..at + 1);
        }
        self.words[at][lane].get()
    }

    /// Returns the numbers of all streams in a range of positions.
    #[inline(always)]
    pub(super) fn rows(&self, range: Range<usize>) -> &[Words] {
        if !range.is_empty() {
            self.compute(range.clone());
        }
        &self.words[range]
    }

    /// Returns all numbers of all streams.
    pub(super) fn all(&self) -> &[Words] {
        self.rows(0..self.words.len())
    }

    #[inline(never)]
    fn compute(&self, range: Range<usize>) {
        let blocks = range.start / BLOCK..(range.end - 1) / BLOCK + 1;
        fill(
            &self.key,
            self.first,
            blocks.start as u64,
            &self.words[blocks.start * BLOCK..blocks.end * BLOCK],
        );
        self.there[blocks].iter().for_each(|there| there.set(true));
    }
}

#[inline(always)]
fn quarter(s: &mut [u32; 16], a: usize, b: usize, c: usize, d: usize) {
    s[a] = s[a].wrapping_add(s[b]);
    s[d] = (s[d] ^ s[a]).rotate_left(16);
    s[c] = s[c].wrapping_add(s[d]);
    s[b] = (s[b] ^ s[c]).rotate_left(12);
    s[a] = s[a].wrapping_add(s[b]);
    s[d] = (s[d] ^ s[a]).rotate_left(8);
    s[c] = s[c].wrapping_add(s[d]);
    s[b] = (s[b] ^ s[c]).rotate_left(7);
}

#[inline(always)]
fn two_rounds(s: &mut [u32; 16]) {
    quarter(s, 0, 4, 8, 12);
    quarter(s, 1, 5, 9, 13);
    quarter(s, 2, 6, 10, 14);
    quarter(s, 3, 7, 11, 15);
    quarter(s, 0, 5, 10, 15);
    quarter(s, 1, 6, 11, 12);
    quarter(s, 2, 7, 8, 13);
    quarter(s, 3, 4, 9, 14);
}

/// Fills rows with the numbers of streams `first .. first + LANES` from block `from` on. The rows
/// must be whole blocks.
fn fill(key: &[u8; 32], first: u64, from: u64, rows: &[Words]) {
    debug_assert_eq!(rows.len() % BLOCK, 0);
    let mut start = [0u32; 16];
    // "expand 32-byte k".
    start[..4].copy_from_slice(&[0x6170_7865, 0x3320_646e, 0x7962_2d32, 0x6b20_6574]);
    for (word, bytes) in start[4..12].iter_mut().zip(key.as_chunks::<4>().0) {
        *word = u32::from_le_bytes(*bytes);
    }
    vectorised(
        #[inline(always)]
        || {
            for (counter, block) in rows.as_chunks::<BLOCK>().0.iter().enumerate() {
                let counter = from + counter as u64;
                (start[12], start[13]) = (counter as u32, (counter >> 32) as u32);
                // Two loops: a single one that also joins pairs of words would process half as many
                // streams at once.
                let mut words = [[0u32; LANES]; 16];
                for l in 0..LANES {
                    let stream = first.wrapping_add(l as u64);
                    let mut own = start;
                    (own[14], own[15]) = (stream as u32, (stream >> 32) as u32);
                    let mut s = own;
                    two_rounds(&mut s);
                    two_rounds(&mut s);
                    two_rounds(&mut s);
                    two_rounds(&mut s);
                    for at in 0..16 {
                        words[at][l] = s[at].wrapping_add(own[at]);
                    }
                }
                // Unrolled: the compiler interchanges a loop over rows and then gathers the words
                // one by one.
                let pair = |at: usize| {
                    let (low, high) = (&words[2 * at], &words[2 * at + 1]);
                    for l in 0..LANES {
                        block[at][l].set(u64::from(low[l]) | u64::from(high[l]) << 32);
                    }
                };
                pair(0);
                pair(1);
                pair(2);
                pair(3);
                pair(4);
                pair(5);
                pair(6);
                pair(7);
            }
        },
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_chacha::ChaCha8Rng;
    use rand_chacha::rand_core::{Rng, SeedableRng};

    #[test]
    fn the_words_are_those_of_the_published_generator() {
        let mut numbers = Numbers::new(40 * BLOCK - 3);
        for (first, start) in [(0, 3), (0, 4), (5, 3), (u64::from(u32::MAX) - 2, 3)] {
            let key: [u8; 32] = std::array::from_fn(|at| (7 * at + start) as u8);
            numbers.select(&key, first);
            // Some are read first, some as a range, the rest one by one.
            numbers.at(300, 2);
            numbers.rows(77..130);
            for lane in 0..LANES {
                let mut generator = ChaCha8Rng::from_seed(key);
                generator.set_stream(first + lane as u64);
                for at in 0..40 * BLOCK {
                    assert_eq!(
                        numbers.at(at, lane),
                        generator.next_u64(),
                        "stream {first} + {lane}, word {at}"
                    );
                }
            }
        }
    }
}
