//! Treaties and their ratification (ODD §7). A ratification, once given, is not withdrawn here.

use crate::ids::Members;
use crate::numeric::logistic;

/// A treaty: that of a consortium's framework, or that of the organisation itself.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Treaty {
    /// Whether the treaty has been signed.
    pub signed: bool,
    /// States that have ratified.
    pub ratified: Members,
}

/// One state's attempt to ratify in one year.
#[derive(Debug, Clone, Copy)]
pub struct Attempt {
    /// Chance that a willing state completes the procedure.
    pub hazard: f64,
    /// Precision λ of the domestic choice; infinite for best replies.
    pub lambda: f64,
    /// Advantage in stakes: (ΔU − sovereignty)/S − ψ r.
    pub advantage: f64,
    /// Draw, uniform in (0, 1).
    pub draw: f64,
}

impl Attempt {
    /// Returns whether the state ratifies: whether the draw is below hazard × σ(λ advantage).
    pub fn succeeds(&self) -> bool {
        // The willingness is at most 1, so the logistic function need not be computed.
        if self.draw >= self.hazard {
            return false;
        }
        let willing = if self.lambda.is_infinite() {
            f64::from(self.advantage >= -1e-12)
        } else {
            logistic(self.lambda * self.advantage)
        };
        self.draw < self.hazard * willing
    }
}

impl Treaty {
    /// Returns whether the treaty is in force among these members: signed, and ratified by at least
    /// `minimum` of them (or by all, if they are fewer).
    pub fn in_force(&self, members: Members, minimum: usize) -> bool {
        self.signed && self.ratified.and(members).len() >= minimum.min(members.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_treaty_enters_into_force_with_its_minimum_of_ratifications() {
        let mut treaty = Treaty { signed: true, ratified: [0].into_iter().collect() };
        assert!(!treaty.in_force(Members::first(4), 2));
        treaty.ratified = treaty.ratified.with(3);
        assert!(treaty.in_force(Members::first(4), 2));
        assert!(!treaty.in_force(Members::first(3), 2), "state 3 has left");
    }

    #[test]
    fn the_chance_is_the_hazard_times_the_willingness() {
        let n = 10_000;
        let attempt = |draw| Attempt { hazard: 0.5, lambda: 8.0, advantage: 0.1, draw };
        let yes = (0..n).filter(|&i| attempt((i as f64 + 0.5) / n as f64).succeeds()).count();
        assert!((yes as f64 / n as f64 - 0.5 * logistic(0.8)).abs() < 1e-3);
        assert!(
            !Attempt { hazard: 1.0, lambda: f64::INFINITY, advantage: -0.1, draw: 1e-20 }
                .succeeds()
        );
    }
}
