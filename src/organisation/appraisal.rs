//! What members expect of plans, before any transfer (ODD §8–9).

use crate::ids::MAX_STATES;

/// What members expect of one domain at one depth.
#[derive(Debug, Clone, Copy, Default)]
pub struct Appraisal {
    /// Expected net gain of each state, distrust included, MUSD.
    pub net: [f64; MAX_STATES],
    /// Gross costs and benefits of each state, MUSD.
    pub gross: [f64; MAX_STATES],
    /// What each state adds on average to those who came before, MUSD; only for designs that share
    /// by it.
    pub shapley: [f64; MAX_STATES],
    /// Members' weighted gain if everybody performed, MUSD.
    pub kept: f64,
    /// Members' weighted gain with distrust, MUSD.
    pub valued: f64,
}

impl Appraisal {
    /// Back to nothing.
    pub fn clear(&mut self) {
        // Whole arrays: a fixed number of stores.
        self.net = [0.0; MAX_STATES];
        self.gross = [0.0; MAX_STATES];
        self.shapley = [0.0; MAX_STATES];
        (self.kept, self.valued) = (0.0, 0.0);
    }

    /// Adds another domain, for so many states; what each adds to those before only where somebody
    /// shares by it.
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

/// The first states' values, and zeros.
#[cfg(test)]
pub(super) fn filled(values: &[f64]) -> [f64; MAX_STATES] {
    let mut all = [0.0; MAX_STATES];
    all[..values.len()].copy_from_slice(values);
    all
}
