//! Members' expectations of plans, before any transfer (ODD §8–9).

use crate::ids::MAX_STATES;

/// Members' expectations of one domain at one depth level.
#[derive(Debug, Clone, Copy, Default)]
pub struct Appraisal {
    /// Expected net gain of each state, distrust included, MUSD.
    pub net: [f64; MAX_STATES],
    /// Gross costs and benefits of each state, MUSD.
    pub gross: [f64; MAX_STATES],
    /// Mean contribution of each state to those before it (Shapley value), MUSD; only set for
    /// designs that share by it.
    pub shapley: [f64; MAX_STATES],
    /// Members' weighted gain at full performance, MUSD.
    pub kept: f64,
    /// Members' weighted gain with distrust, MUSD.
    pub valued: f64,
}

impl Appraisal {
    /// Sets all values to 0.
    pub fn clear(&mut self) {
        // Whole arrays are cleared, so that the number of stores is known when the code is
        // compiled.
        self.net = [0.0; MAX_STATES];
        self.gross = [0.0; MAX_STATES];
        self.shapley = [0.0; MAX_STATES];
        (self.kept, self.valued) = (0.0, 0.0);
    }

    /// Adds another domain, for the first `states` states; the Shapley values only if `by_arrival`.
    pub fn add(&mut self, other: &Appraisal, states: usize, by_arrival: bool) {
        for state in 0..states {
            self.net[state] += other.net[state];
            self.gross[state] += other.gross[state];
        }
        if by_arrival {
            for state in 0..states {
                self.shapley[state] += other.shapley[state];
            }
        }
        self.kept += other.kept;
        self.valued += other.valued;
    }
}

/// Returns an array of the given values, filled up with zeros.
#[cfg(test)]
pub(super) fn filled(values: &[f64]) -> [f64; MAX_STATES] {
    let mut all = [0.0; MAX_STATES];
    all[..values.len()].copy_from_slice(values);
    all
}
