//! Consequences of a breach: reports, fines, collapse (ODD §7).

use crate::ids::MAX_STATES;
use crate::scenario::raw::organisation::Fine;
use crate::scenario::types::design::Design;

/// Enforcement rules of a design. Each random event compares its chance with a draw in (0, 1).
#[derive(Debug, Clone, Copy)]
pub struct Enforcement {
    detection: f64,
    false_alarm: f64,
    collapse: f64,
    /// Increase in the chance of a report that a breach causes, p − ε (ODD §9).
    pub exposure: f64,
    fine: Fine,
    court: Option<(f64, usize, f64)>,
}

/// Consequences of a reported breach.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Penalty {
    /// Fine that must be paid, MUSD.
    pub fine: f64,
    /// Years until the fine is due.
    pub delay: usize,
    /// Cost of the case to each side, MUSD.
    pub cost: f64,
}

/// Injury of each state by a breach, MUSD.
pub type Injured = [f64; MAX_STATES];

impl Enforcement {
    /// Creates the enforcement of a design. Without legal force there are no fines and no court.
    pub fn new(design: &Design) -> Self {
        Enforcement {
            detection: design.detection,
            false_alarm: design.false_alarm,
            collapse: design.collapse_chance,
            exposure: design.detection - design.false_alarm,
            fine: if design.binding { design.fine } else { Fine::None },
            court: design
                .court
                .filter(|_| design.binding)
                .map(|court| (court.p_win, court.delay, court.cost)),
        }
    }

    /// Returns whether monitoring reports an obligation: with the chance of detection if it was
    /// breached, else with that of a false alarm.
    #[inline(always)]
    pub fn reports(&self, breach: bool, draw: f64) -> bool {
        draw < if breach { self.detection } else { self.false_alarm }
    }

    /// Returns whether a report makes the regime collapse.
    #[inline(always)]
    pub fn collapses_regime(&self, draw: f64) -> bool {
        draw < self.collapse
    }

    /// Returns the fine for a reported breach of an obligation that costs `saved`, MUSD.
    #[inline(always)]
    pub fn fine(&self, saved: f64) -> f64 {
        match self.fine {
            Fine::None => 0.0,
            Fine::Multiple(multiple) => multiple * saved.max(0.0),
            Fine::Absolute(sum) => sum,
        }
    }

    /// Returns the penalty for a claim, MUSD. Without a court the fine is due at once; with one it
    /// depends on the judgement, and only then is a draw used.
    #[inline(always)]
    pub fn penalty(&self, claim: f64, draw: impl FnOnce() -> f64) -> Penalty {
        match self.court {
            _ if claim <= 0.0 => Penalty::default(),
            None => Penalty { fine: claim, delay: 0, cost: 0.0 },
            Some((p_win, delay, cost)) => {
                Penalty { fine: if draw() < p_win { claim } else { 0.0 }, delay, cost }
            }
        }
    }

    /// Moves a fine from the obligor to the injured, in proportion to their injury, and returns the
    /// amount paid, MUSD; 0 if no state was injured.
    pub fn levy(
        fine: f64,
        obligor: usize,
        injured: &Injured,
        payments: &mut [f64; MAX_STATES],
    ) -> f64 {
        let total: f64 = injured.iter().map(|injury| injury.max(0.0)).sum();
        if fine <= 0.0 || total <= 0.0 {
            return 0.0;
        }
        payments[obligor] -= fine;
        for (payment, injury) in payments.iter_mut().zip(injured) {
            *payment += fine * injury.max(0.0) / total;
        }
        fine
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fines_go_to_the_injured_and_sum_to_zero() {
        let mut payments = [0.0; MAX_STATES];
        let mut injured = [0.0; MAX_STATES];
        injured[1] = 3.0;
        injured[2] = 1.0;
        assert_eq!(Enforcement::levy(8.0, 0, &injured, &mut payments), 8.0);
        assert_eq!(payments[..3], [-8.0, 6.0, 2.0]);
        assert_eq!(Enforcement::levy(8.0, 0, &[0.0; MAX_STATES], &mut payments), 0.0);
        assert_eq!(payments.iter().sum::<f64>(), 0.0);
    }
}
