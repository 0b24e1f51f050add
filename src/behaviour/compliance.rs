//! The incentive to comply with one obligation (ODD §9).

use crate::numeric::{exp, ln};

/// Terms of the decision to perform an obligation, MUSD unless noted.
///
/// Each is proportional to the size of the obligation, so that cutting an obligation in parts
/// leaves [`Incentive::ratio`] as it is.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Incentive {
    /// Cost g·a at the performed fraction of its trigger, less the part in escrow.
    pub cost: f64,
    /// Reciprocity R: expected return later in the year that this obligation triggers.
    pub reciprocity: f64,
    /// Compensation that a state owes if it lawfully suspends the obligation under an escape
    /// clause.
    pub compensation: f64,
    /// How much more likely an established case is after a breach than after performance: p − ε,
    /// with a court p·p_win − ε·p_err.
    pub exposure: f64,
    /// Present value of fine and response once a case is established.
    pub sanction: f64,
    /// Expected cost of the case before a court.
    pub litigation: f64,
    /// Grant from outsiders, lost once a case is established.
    pub grant: f64,
    /// Audience cost once a case is established.
    pub audience: f64,
}

impl Incentive {
    fn terms(&self) -> [f64; 7] {
        [
            -self.cost,
            self.reciprocity,
            self.compensation,
            self.exposure * self.sanction,
            self.litigation,
            self.exposure * self.grant,
            self.exposure * self.audience,
        ]
    }

    /// Returns the net advantage C of performing, MUSD.
    #[inline(always)]
    pub fn advantage(&self) -> f64 {
        self.terms().iter().sum()
    }

    /// Returns the advantage over the sum s of the absolute values of its terms, in [−1, 1]; 0
    /// where nothing is at stake.
    #[inline(always)]
    pub fn ratio(&self) -> f64 {
        let scale: f64 = self.terms().iter().map(|term| term.abs()).sum();
        if scale > 0.0 { self.advantage() / scale } else { 0.0 }
    }
}

/// Returns Γ: the expected loss of future value from an established case, per unit of yearly gain
/// from the regime.
///
/// `chance` is the probability that the case ends the regime. The regime survives a year's false
/// cases with probability `survives`, those of others alone with `others`. `rest` is δ^T after a
/// collapse that lasts T years (0 if it lasts for ever) and `discount` is δ. With certain collapse
/// for ever and no false cases Γ is δ/(1−δ).
#[inline(always)]
pub fn continuation_factor(
    chance: f64,
    (others, survives): (f64, f64),
    rest: f64,
    discount: f64,
) -> f64 {
    chance * others * discount * (1.0 - rest)
        / (1.0 - discount * survives - (1.0 - survives) * discount * rest)
}

/// Returns ln(1 − π) of a chance of collapse π; −∞ where it is certain.
pub fn log_survival(chance: f64) -> f64 {
    if chance < 1.0 { ln(1.0 - chance) } else { f64::NEG_INFINITY }
}

/// Returns the chance that an established case ends a regime whose collapse has the chance π where
/// nothing is performed; `log_survival` is ln(1 − π), `share` the part of all that is owed, by
/// value.
///
/// Chances of parts combine to that of the whole: (1 − π)^a·(1 − π)^b = (1 − π)^(a+b).
#[inline(always)]
pub fn collapse_chance(log_survival: f64, share: f64) -> f64 {
    if share <= 0.0 {
        0.0
    } else if log_survival == f64::NEG_INFINITY {
        1.0
    } else {
        1.0 - exp(log_survival * share)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grim_regime_without_false_alarms_is_worth_delta_over_one_minus_delta() {
        assert!((continuation_factor(1.0, (1.0, 1.0), 0.0, 0.8) - 4.0).abs() < 1e-12);
    }

    #[test]
    fn false_alarms_and_a_rest_of_four_years_match_the_closed_form() {
        // (1−ε)·δ(1−δ^T)/(1 − (1−ε)δ − εδ^{T+1}) = 1.7194 at δ = 0.8, T = 4, ε = 0.1.
        let value = 0.9 * continuation_factor(1.0, (1.0, 0.9), 0.8f64.powi(4), 0.8);
        assert!((value - 1.7194).abs() < 5e-5, "{value}");
        // T = ∞ acts as a discount factor δ(1−ε).
        let grim = 0.9 * continuation_factor(1.0, (1.0, 0.9), 0.0, 0.8);
        assert!((grim - 0.72 / 0.28).abs() < 1e-12);
    }

    #[test]
    fn the_chance_of_collapse_grows_with_the_shortfall_and_combines_over_parts() {
        let chance = |share| collapse_chance(log_survival(0.5), share);
        assert!((chance(1.0) - 0.5).abs() < 1e-12 && chance(0.0) == 0.0);
        assert!((1.0 - (1.0 - chance(0.3)) * (1.0 - chance(0.7)) - 0.5).abs() < 1e-12);
        assert_eq!(collapse_chance(log_survival(1.0), 1e-6), 1.0);
    }

    #[test]
    fn cutting_an_obligation_leaves_the_ratio_as_it_is() {
        let whole = Incentive {
            cost: 3.0,
            reciprocity: 1.0,
            compensation: 0.5,
            exposure: 0.6,
            sanction: 2.0,
            litigation: 0.1,
            grant: 0.3,
            audience: 0.2,
        };
        let part = Incentive {
            cost: 1.0,
            reciprocity: 1.0 / 3.0,
            compensation: 0.5 / 3.0,
            sanction: 2.0 / 3.0,
            litigation: 0.1 / 3.0,
            grant: 0.1,
            audience: 0.2 / 3.0,
            ..whole
        };
        assert!((whole.ratio() - part.ratio()).abs() < 1e-15);
        assert_eq!(Incentive { cost: 2.0, ..Incentive::default() }.ratio(), -1.0);
        assert_eq!(Incentive::default().ratio(), 0.0);
    }
}
