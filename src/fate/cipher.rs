//! ChaCha8 for a batch: one stream for each replication, all of them at once.
//!
//! The words are those of `rand_chacha::ChaCha8Rng` with `set_stream` (a test compares), which deals with one stream after
//! another. Source: D. J. Bernstein, "ChaCha, a variant of Salsa20" (2008), with a 64-bit counter and a 64-bit stream.

use crate::numeric::{LANES, vectorised};

/// A drawn number of each replication.
pub(super) type Words = [u64; LANES];

/// Numbers in a block of the cipher.
pub(super) const BLOCK: usize = 8;

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

/// Fills rows with the numbers of streams `first .. first + LANES` from their beginning; the rows must be whole blocks.
pub(super) fn fill(key: &[u8; 32], first: u64, rows: &mut [Words]) {
    debug_assert_eq!(rows.len() % BLOCK, 0);
    let mut start = [0u32; 16];
    start[..4].copy_from_slice(&[0x6170_7865, 0x3320_646e, 0x7962_2d32, 0x6b20_6574]); // "expand 32-byte k"
    for (word, bytes) in start[4..12].iter_mut().zip(key.as_chunks::<4>().0) {
        *word = u32::from_le_bytes(*bytes);
    }
    vectorised(
        #[inline(always)]
        || {
            for (counter, block) in rows.as_chunks_mut::<BLOCK>().0.iter_mut().enumerate() {
                (start[12], start[13]) = (counter as u32, (counter as u64 >> 32) as u32);
                for l in 0..LANES {
                    let stream = first.wrapping_add(l as u64);
                    let mut own = start;
                    (own[14], own[15]) = (stream as u32, (stream >> 32) as u32);
                    let mut s = own;
                    two_rounds(&mut s);
                    two_rounds(&mut s);
                    two_rounds(&mut s);
                    two_rounds(&mut s);
                    for (at, row) in block.iter_mut().enumerate() {
                        let low = s[2 * at].wrapping_add(own[2 * at]);
                        let high = s[2 * at + 1].wrapping_add(own[2 * at + 1]);
                        row[l] = u64::from(low) | u64::from(high) << 32;
                    }
                }
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
        let key: [u8; 32] = std::array::from_fn(|at| (7 * at + 3) as u8);
        for first in [0, 5, u64::from(u32::MAX) - 2] {
            let mut rows = vec![[0; LANES]; 40 * BLOCK];
            fill(&key, first, &mut rows);
            for lane in 0..LANES {
                let mut generator = ChaCha8Rng::from_seed(key);
                generator.set_stream(first + lane as u64);
                for (at, row) in rows.iter().enumerate() {
                    assert_eq!(row[lane], generator.next_u64(), "stream {first} + {lane}, word {at}");
                }
            }
        }
    }
}
