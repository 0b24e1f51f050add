//! Behaviour of states: noisy votes, compliance, trust, experience, exit (ODD §9).
//!
//! It takes payoffs and returns choices; it computes no payoffs.

mod choice;
mod compliance;
mod exit;
mod trust;

pub use choice::{accepts, accepts_above};
pub use compliance::{Incentive, collapse_chance, continuation_factor, log_survival};
pub use exit::{Discontent, gives_notice};
pub use trust::{Reputation, Trust};

/// Exponentially weighted experience; the first value has full weight.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Experience {
    value: f64,
    started: bool,
}

impl Experience {
    /// Sets the first value; does nothing if there is one already.
    pub fn start(&mut self, value: f64) {
        if !self.started {
            *self = Experience { value, started: true };
        }
    }
    /// Moves the experience toward the value of a year by the share `weight`.
    pub fn learn(&mut self, value: f64, weight: f64) {
        if self.started {
            self.value += weight * (value - self.value);
        } else {
            self.start(value);
        }
    }
    /// Returns whether there is any experience.
    pub fn has_started(&self) -> bool {
        self.started
    }
    /// Returns the experience; 0 before the first value.
    pub fn value(&self) -> f64 {
        self.value
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn experience_starts_once_and_is_then_smoothed() {
        let mut experience = Experience::default();
        experience.start(10.0);
        experience.start(99.0);
        experience.learn(20.0, 0.3);
        assert!((experience.value() - 13.0).abs() < 1e-12);
    }
}
