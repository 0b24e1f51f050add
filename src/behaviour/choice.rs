//! Logit choice with a given draw (ODD §2).

use crate::numeric::exp;

/// Returns whether a state accepts an advantage `z` in stakes, given a draw u, uniform in (0, 1):
/// with probability σ(λ z).
///
/// u < σ(λ z) is evaluated without a division: u·(1 + e^(−λ z)) < 1. With λ infinite this is a best
/// reply, and ties accept.
#[inline(always)]
pub fn accepts(draw: f64, lambda: f64, z: f64) -> bool {
    if lambda.is_infinite() { z >= -1e-12 } else { draw * (1.0 + exp(-lambda * z)) < 1.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::numeric::logistic;

    #[test]
    fn frequencies_are_logistic_in_the_advantage() {
        let n = 100_000;
        for z in [-0.3, 0.0, 0.2] {
            let yes = (0..n).filter(|i| accepts((*i as f64 + 0.5) / n as f64, 8.0, z)).count();
            assert!((yes as f64 / n as f64 - logistic(8.0 * z)).abs() < 1e-4, "{z}");
        }
    }

    #[test]
    fn exact_behaviour_ignores_chance_and_accepts_ties() {
        assert!(accepts(1.0, f64::INFINITY, 0.0));
        assert!(accepts(1.0, f64::INFINITY, 1e-9));
        assert!(!accepts(0.0, f64::INFINITY, -1e-9));
    }
}
