//! Logit choice with a given draw (ODD §2).

use crate::numeric::{exp, ln};

/// Returns whether a state accepts an advantage `z` in stakes, given a draw u, uniform in (0, 1):
/// with probability σ(λ z).
///
/// u < σ(λ z) is evaluated without a division: u·(1 + e^(−λ z)) < 1. With λ infinite this is a best
/// reply, and ties accept.
#[inline(always)]
pub fn accepts(draw: f64, lambda: f64, z: f64) -> bool {
    if lambda.is_infinite() { z >= -1e-12 } else { draw * (1.0 + exp(-lambda * z)) < 1.0 }
}

/// Returns the least advantage that a state accepts, given a draw u, uniform in (0, 1): it accepts
/// z exactly if z is at least ln(u/(1 − u))/λ. With λ infinite it accepts ties.
///
/// Where one draw decides on many obligations, this saves an exponential for each.
#[inline(always)]
pub fn accepts_above(draw: f64, lambda: f64) -> f64 {
    if lambda.is_infinite() {
        -1e-12
    } else if lambda > 0.0 {
        ln(draw / (1.0 - draw)) / lambda
    } else if draw < 0.5 {
        f64::NEG_INFINITY
    } else {
        f64::INFINITY
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::numeric::logistic;

    #[test]
    fn the_least_accepted_advantage_is_where_acceptance_begins() {
        for lambda in [0.0, 0.5, 8.0, f64::INFINITY] {
            for draw in [0.01, 0.3, 0.7, 0.99] {
                let least = accepts_above(draw, lambda);
                for z in [-1.0, -0.5, -0.1, 0.0, 0.1, 0.5, 1.0] {
                    assert_eq!(z >= least, accepts(draw, lambda, z), "{lambda} {draw} {z}");
                }
            }
        }
    }

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
