//! Histograms with fixed bins, the same for every run, so that percentiles of any number of values
//! need little memory.

/// Number of bins in an octave.
const STEPS: u64 = 64;
const BITS: u32 = 6;
/// Exponent of the smallest magnitude that is distinguished from zero (2⁻²⁰), that magnitude, the
/// number of octaves above it, and the number of bins on either side of zero.
const LOWEST: i64 = -20;
const LOWEST_VALUE: f64 = 1.0 / 1_048_576.0;
const OCTAVES: u64 = 52;
const SIDE: usize = (OCTAVES * STEPS) as usize;

/// Counts in bins of relative width 1/64 over ±[2⁻²⁰, 2³²], with one bin for values nearer to zero.
///
/// Values on the edge of a bin (0, 1, whole numbers) are common. If all values of a bin are equal,
/// quantiles in it are exact. Octaves are allocated when the first value falls into them.
#[derive(Debug, Clone)]
pub struct Histogram {
    octaves: Vec<Option<Box<[Bin; STEPS as usize]>>>,
    total: u64,
}

/// Count of a bin, and its only value (NaN if its values differ).
#[derive(Debug, Clone, Copy, Default)]
struct Bin {
    count: u32,
    only: f64,
}

impl Default for Histogram {
    fn default() -> Self {
        Histogram { octaves: vec![None; 2 * OCTAVES as usize + 1], total: 0 }
    }
}

impl Histogram {
    fn bin(x: f64) -> usize {
        let magnitude = x.abs();
        if magnitude < LOWEST_VALUE {
            return SIDE;
        }
        let bits = magnitude.to_bits();
        let exponent = (bits >> 52) as i64 - 1023 - LOWEST;
        let step = bits >> (52 - BITS) & (STEPS - 1);
        let index = (exponent as u64 * STEPS + step).min(SIDE as u64 - 1) as usize;
        if x > 0.0 { SIDE + 1 + index } else { SIDE - 1 - index }
    }

    /// Counts a value; NaN is left out.
    pub fn add(&mut self, x: f64) {
        if x.is_nan() {
            return;
        }
        let at = Self::bin(x);
        let empty = || Box::new([Bin::default(); STEPS as usize]);
        let octave = self.octaves[at / STEPS as usize].get_or_insert_with(empty);
        let bin = &mut octave[at % STEPS as usize];
        if bin.count == 0 {
            bin.only = x;
        } else if bin.only != x {
            bin.only = f64::NAN;
        }
        bin.count = bin.count.saturating_add(1);
        self.total += 1;
    }

    fn occupied(&self) -> impl Iterator<Item = (usize, &Bin)> {
        self.octaves
            .iter()
            .enumerate()
            .filter_map(|(octave, bins)| bins.as_ref().map(|bins| (octave, bins)))
            .flat_map(|(octave, bins)| {
                bins.iter().enumerate().map(move |(at, bin)| (octave * STEPS as usize + at, bin))
            })
            .filter(|(_, bin)| bin.count > 0)
    }

    /// Returns the number of values.
    pub fn count(&self) -> u64 {
        self.total
    }

    fn edges(bin: usize) -> (f64, f64) {
        if bin == SIDE {
            return (0.0, 0.0);
        }
        let index = if bin > SIDE { bin - SIDE - 1 } else { SIDE - 1 - bin } as u64;
        let octave = LOWEST_VALUE * (1u64 << (index / STEPS)) as f64;
        let low = octave * (1.0 + (index % STEPS) as f64 / STEPS as f64);
        let high = low + octave / STEPS as f64;
        if bin > SIDE { (low, high) } else { (-high, -low) }
    }

    /// Returns the quantile `p` (a share), with a relative error of at most 1/64. Returns NaN if
    /// there are no values.
    pub fn quantile(&self, p: f64) -> f64 {
        if self.total == 0 {
            return f64::NAN;
        }
        let rank = p * (self.total - 1) as f64;
        let mut below = 0.0;
        for (at, bin) in self.occupied() {
            let count = f64::from(bin.count);
            if rank < below + count {
                if !bin.only.is_nan() {
                    return bin.only;
                }
                let (low, high) = Self::edges(at);
                return low + (high - low) * ((rank - below + 0.5) / count).min(1.0);
            }
            below += count;
        }
        f64::NAN
    }

    /// Returns the occupied bins, merged into eighths of an octave, as (low edge, high edge,
    /// count). The bin at zero is not merged.
    pub fn octave_parts(&self) -> Vec<(f64, f64, u64)> {
        let mut parts: Vec<(f64, f64, u64)> = Vec::new();
        let mut last = None;
        for (at, bin) in self.occupied() {
            let (low, high) = Self::edges(at);
            let part = if at == SIDE { None } else { Some((at > SIDE, Self::depth(at) / 8)) };
            match parts.last_mut() {
                Some(open) if part.is_some() && last == part => {
                    open.1 = high;
                    open.2 += u64::from(bin.count);
                }
                _ => parts.push((low, high, u64::from(bin.count))),
            }
            last = part;
        }
        parts
    }

    fn depth(bin: usize) -> usize {
        if bin > SIDE { bin - SIDE - 1 } else { SIDE - 1 - bin }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn quantiles_are_within_a_sixty_fourth_of_the_sorted_sample(
            mut sample in proptest::collection::vec(-1e6f64..1e6, 1..200), p in 0.0f64..1.0,
        ) {
            let mut histogram = Histogram::default();
            sample.iter().for_each(|x| histogram.add(*x));
            sample.sort_by(f64::total_cmp);
            let exact = sample[(p * (sample.len() - 1) as f64) as usize];
            let found = histogram.quantile(p);
            prop_assert!((found - exact).abs() <= exact.abs() / 64.0 + 1e-6, "{found} against \
                {exact}");
        }
    }

    #[test]
    fn repeated_values_come_back_exactly_and_nan_is_left_out() {
        let mut histogram = Histogram::default();
        for x in [1.0, 1.0, 1.0, 0.0, f64::NAN] {
            histogram.add(x);
        }
        assert_eq!(histogram.count(), 4);
        assert_eq!(histogram.quantile(0.5), 1.0);
        assert_eq!(histogram.quantile(0.0), 0.0);
    }
}
