//! The incentive to comply with one obligation (ODD §9).

use crate::numeric::power;

/// Terms of the decision to perform an obligation, MUSD unless noted.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Incentive {
    /// Cost g·a at the performed fraction of its trigger, less the part in escrow.
    pub cost: f64,
    /// Reciprocity R: expected return later in the year that this obligation triggers.
    pub reciprocity: f64,
    /// p_detect − ε: how much more likely a report is after a breach than after performance.
    pub exposure: f64,
    /// Present value of the fine F when reported, with the court's probability, delay and cost.
    pub fine: f64,
    /// Fine that is claimed when reported.
    pub due_fine: f64,
    /// Grant from outsiders, lost when reported.
    pub grant: f64,
    /// Audience cost when reported.
    pub audience: f64,
    /// Continuation: share_i · Γ_i · max(G_i, 0).
    pub continuation: f64,
}

impl Incentive {
    /// Returns the net advantage C of performing, MUSD.
    #[inline(always)]
    pub fn advantage(&self) -> f64 {
        -self.cost
            + self.reciprocity
            + self.exposure * (self.fine + self.audience + self.grant + self.continuation)
    }
}

/// Returns Γ: the expected loss of future value from a reported breach, per unit of yearly gain
/// from the regime.
///
/// `chance` is the probability π of collapse per reported breach, `false_alarm` is ε, `obligations`
/// is K, the number monitored a year, `sleep` is T, the years after a collapse (may be infinite),
/// and `discount` is δ. With π = K = 1, ε = 0 and T = ∞ it is δ/(1−δ).
pub fn continuation_factor(
    chance: f64,
    false_alarm: f64,
    obligations: usize,
    sleep: f64,
    discount: f64,
) -> f64 {
    if chance == 0.0 || obligations == 0 {
        return 0.0;
    }
    let survives_one = 1.0 - false_alarm * chance;
    let others_survive = power(survives_one, obligations - 1);
    let survives = others_survive * survives_one;
    let asleep = if sleep.is_infinite() { 0.0 } else { power(discount, sleep as usize) };
    chance * others_survive * discount * (1.0 - asleep)
        / (1.0 - discount * survives - (1.0 - survives) * discount * asleep)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grim_regime_without_false_alarms_is_worth_delta_over_one_minus_delta() {
        assert!((continuation_factor(1.0, 0.0, 1, f64::INFINITY, 0.8) - 4.0).abs() < 1e-12);
    }

    #[test]
    fn false_alarms_and_a_suspension_of_four_years_match_the_closed_form() {
        // (1−ε)·δ(1−δ^T)/(1 − (1−ε)δ − εδ^{T+1}) = 1.7194 at δ = 0.8, T = 4, ε = 0.1.
        let value = 0.9 * continuation_factor(1.0, 0.1, 1, 4.0, 0.8);
        assert!((value - 1.7194).abs() < 5e-5, "{value}");
        // T = ∞ acts as a discount factor δ(1−ε).
        let grim = 0.9 * continuation_factor(1.0, 0.1, 1, f64::INFINITY, 0.8);
        assert!((grim - 0.72 / 0.28).abs() < 1e-12);
    }

    #[test]
    fn more_monitored_obligations_make_a_regime_with_false_alarms_worth_less() {
        let one = continuation_factor(0.5, 0.05, 1, 3.0, 0.9);
        assert!(continuation_factor(0.5, 0.05, 10, 3.0, 0.9) < one);
        assert_eq!(continuation_factor(0.0, 0.05, 1, 3.0, 0.9), 0.0);
    }
}
