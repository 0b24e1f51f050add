//! Quantiles of the Beta law of slippage, tabulated once.

use crate::numeric::{exp, ln};
use std::sync::Arc;

const CELLS: usize = 2048;

/// The quantile function of Beta(m·c, (1−m)·c), by linear interpolation between 2,049 knots that
/// are equally spaced in probability; the last cell ends at the 1 − 10⁻⁶ quantile. A mean of 0
/// gives 0 throughout.
#[derive(Debug, Clone)]
pub struct BetaQuantile {
    knots: Vec<f64>,
}

impl BetaQuantile {
    /// Tabulates a law with a mean in [0, ½] and a concentration of at least 2.
    pub fn new(mean: f64, concentration: f64) -> Self {
        if mean <= 0.0 {
            return BetaQuantile { knots: vec![0.0; CELLS + 1] };
        }
        let (a, b) = (mean * concentration, (1.0 - mean) * concentration);
        // With t = x^e, e = min(a, 1), the density becomes t^(a/e − 1)·(1 − t^(1/e))^(b−1):
        // bounded, because b ≥ 1.
        const STEPS: usize = 1 << 14;
        let e = a.min(1.0);
        let raise = |base: f64, exponent: f64| {
            if base > 0.0 { exp(exponent * ln(base)) } else { f64::from(u8::from(exponent == 0.0)) }
        };
        let density = |t: f64| raise(t, a / e - 1.0) * raise(1.0 - raise(t, 1.0 / e), b - 1.0);
        let mut cumulative = Vec::with_capacity(STEPS + 1);
        cumulative.push(0.0);
        let h = 1.0 / STEPS as f64;
        let mut sum = 0.0;
        for step in 0..STEPS {
            let t = step as f64 * h;
            sum += h / 6.0 * (density(t) + 4.0 * density(t + 0.5 * h) + density(t + h));
            cumulative.push(sum);
        }
        let mut position = 0;
        let knots = (0..=CELLS)
            .map(|knot| {
                let target = sum * (knot as f64 / CELLS as f64).min(1.0 - 1e-6);
                while position + 1 < STEPS && cumulative[position + 1] < target {
                    position += 1;
                }
                let width = cumulative[position + 1] - cumulative[position];
                let t = h
                    * (position as f64
                        + if width > 0.0 { (target - cumulative[position]) / width } else { 0.0 });
                raise(t, 1.0 / e)
            })
            .collect();
        BetaQuantile { knots }
    }

    /// Returns the quantile at u ∈ [0, 1]: a share lost.
    #[inline]
    pub fn at(&self, u: f64) -> f64 {
        let position = u * CELLS as f64;
        let cell = (position as usize).min(CELLS - 1);
        let (low, high) = (self.knots[cell], self.knots[cell + 1]);
        low + (high - low) * (position - cell as f64)
    }
}

/// Cache of tabulated laws, which many scenarios of a sweep share.
#[derive(Debug, Clone, Default)]
pub struct SlippageLaws {
    known: Vec<((f64, f64), Arc<BetaQuantile>)>,
}

/// Largest number of cached laws. It limits the cache where slippage itself varies.
const REMEMBERED: usize = 64;

impl SlippageLaws {
    /// Returns the law with a mean and a concentration, tabulated on first use.
    pub fn law(&mut self, mean: f64, concentration: f64) -> Arc<BetaQuantile> {
        if let Some((_, law)) = self.known.iter().find(|(known, _)| *known == (mean, concentration))
        {
            return Arc::clone(law);
        }
        if self.known.len() >= REMEMBERED {
            self.known.clear();
        }
        let law = Arc::new(BetaQuantile::new(mean, concentration));
        self.known.push(((mean, concentration), Arc::clone(&law)));
        law
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use statrs::distribution::{Beta, ContinuousCDF};

    #[test]
    fn quantiles_agree_with_an_independent_distribution_function() {
        for (mean, concentration) in
            [(0.05, 20.0), (0.01, 20.0), (0.2, 20.0), (0.5, 2.0), (0.3, 100.0)]
        {
            let quantile = BetaQuantile::new(mean, concentration);
            let law = Beta::new(mean * concentration, (1.0 - mean) * concentration).unwrap();
            for i in 1..100 {
                let u = i as f64 / 100.0;
                assert!((law.cdf(quantile.at(u)) - u).abs() < 2e-3, "mean {mean}, u {u}");
            }
            let n = 100_000;
            let sample = (0..n).map(|i| quantile.at((i as f64 + 0.5) / n as f64));
            assert!(
                (sample.sum::<f64>() / n as f64 - mean).abs() < 2e-4 + 1e-3 * mean,
                "mean {mean}"
            );
        }
    }

    #[test]
    fn a_mean_of_zero_never_slips() {
        assert_eq!(BetaQuantile::new(0.0, 20.0).at(0.999), 0.0);
    }
}
