//! Monitoring, court and fines: which cases are established, and what they cost (ODD §7).

use crate::ids::MAX_STATES;
use crate::scenario::raw::organisation::{CourtTable, Fine, Sanction};
use crate::scenario::types::design::{Design, Response};

/// Enforcement rules of a design. Each random event compares its chance with a draw in (0, 1).
#[derive(Debug, Clone)]
pub struct Enforcement {
    detection: f64,
    false_alarm: f64,
    fine: Fine,
    /// Whether decisions bind, so that fines can be imposed.
    binding: bool,
    /// Court that hears reported cases, where decisions bind.
    pub court: Option<CourtTable>,
    /// Response to established cases.
    pub response: Response,
    /// Share of what is owed below which a shortfall is no case.
    pub materiality: f64,
    /// Increase in the chance of an established case that a breach causes (ODD §9).
    pub exposure: f64,
    /// Increase in the chance of a reported case that a breach causes, p − ε.
    pub case_exposure: f64,
    /// Chance that an audit of full performance ends in an established case.
    pub false_case: f64,
}

/// Injury of each state by a breach, MUSD.
pub type Injured = [f64; MAX_STATES];

impl Enforcement {
    /// Creates the enforcement of a design. Without legal force there are no fines and no court.
    pub fn new(design: &Design) -> Self {
        let court = design.court.clone().filter(|_| design.binding);
        let (p_win, p_err) = court.as_ref().map_or((1.0, 1.0), |court| (court.p_win, court.p_err));
        Enforcement {
            detection: design.detection,
            false_alarm: design.false_alarm,
            fine: if design.binding { design.fine } else { Fine::None },
            binding: design.binding,
            court,
            response: design.response.clone(),
            materiality: design.materiality,
            exposure: design.detection * p_win - design.false_alarm * p_err,
            case_exposure: design.detection - design.false_alarm,
            false_case: design.false_alarm * p_err,
        }
    }

    /// Returns whether the audit of a season reports a shortfall: with the chance of detection
    /// after a breach, else with that of a false alarm.
    #[inline(always)]
    pub fn reports(&self, breach: bool, draw: f64) -> bool {
        draw < if breach { self.detection } else { self.false_alarm }
    }

    /// Returns whether a reported case is established: upheld by the court, where there is one.
    /// Only then is a draw used.
    #[inline(always)]
    pub fn upholds(&self, breach: bool, draw: impl FnOnce() -> f64) -> bool {
        self.court
            .as_ref()
            .is_none_or(|court| draw() < if breach { court.p_win } else { court.p_err })
    }

    /// Returns the fine for breaches that saved `saved` MUSD and are the share `part` of a case,
    /// with that of a step of the response, MUSD.
    #[inline(always)]
    pub fn fine(&self, step: Sanction, saved: f64, part: f64) -> f64 {
        let sum = |fine| match fine {
            Fine::None => 0.0,
            Fine::Multiple(multiple) => multiple * saved.max(0.0),
            Fine::Absolute(sum) => sum * part,
        };
        let further = match step {
            Sanction::Fine(fine) if self.binding => sum(fine),
            _ => 0.0,
        };
        sum(self.fine) + further
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
