//! Logit choice on luck that was drawn up front.

/// Whether a state accepts an advantage `z` in stakes, given the log-odds of its luck: probability σ(λ z).
///
/// With λ infinite this is a best reply, and ties accept.
#[inline(always)]
pub fn accepts(luck: f64, lambda: f64, z: f64) -> bool {
    if lambda.is_infinite() { z >= -1e-12 } else { luck < lambda * z }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::numeric::{logistic, logit};

    #[test]
    fn frequencies_are_logistic_in_the_advantage() {
        let n = 100_000;
        for z in [-0.3, 0.0, 0.2] {
            let yes = (0..n).filter(|i| accepts(logit((*i as f64 + 0.5) / n as f64), 8.0, z)).count();
            assert!((yes as f64 / n as f64 - logistic(8.0 * z)).abs() < 1e-4, "{z}");
        }
    }

    #[test]
    fn exact_behaviour_ignores_luck_and_accepts_ties() {
        assert!(accepts(50.0, f64::INFINITY, 0.0));
        assert!(accepts(50.0, f64::INFINITY, 1e-9));
        assert!(!accepts(-50.0, f64::INFINITY, -1e-9));
    }
}
