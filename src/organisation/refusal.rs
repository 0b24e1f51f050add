//! Consent that is certain to be missing from combinations of depths, whatever is chosen in the
//! domains that are still open (ODD §8).
//!
//! Gains of states lie side by side, so that a combination costs a few vector operations.

use super::bargaining::{BargainingProblem, TOLERANCE};
use crate::ids::MAX_STATES;
use crate::scenario::types::design::Sharing;

/// One number for each state; 0 for states that are not members.
pub(super) type ByState = [f64; MAX_STATES];

/// Width of a group of states.
const GROUP: usize = 4;

/// What is certain to be refused under the rules of a bargaining problem.
#[derive(Debug, Clone)]
pub(super) enum Refusal {
    /// Unanimity is not required: no combination is excluded.
    None,
    /// Without money every voter must gain without compensation.
    Each,
    /// With money the gainers must be able to make good the losses of the others.
    Together(Box<Compensation>),
}

/// Compensation of losers under unanimity, at most at the Nash solution's terms.
///
/// A receiver counts a promise as far as it trusts the payers: a loss u needs u/q.
#[derive(Debug, Clone)]
pub(super) struct Compensation {
    /// Number of groups that hold the states.
    groups: usize,
    /// 1/q by state, q its largest trust in any payer.
    promised: ByState,
    /// Sum of `promised`.
    promised_in_all: f64,
    /// Share of the surplus to which the Nash solution raises a state; `None` with other solutions.
    shares: Option<ByState>,
    /// Whether these shares are the ones proposed: no smaller share is tried.
    is_fixed: bool,
}

/// Returns the sum over states, in an order that does not depend on the width of vectors.
#[inline(always)]
fn sum(groups: [f64; GROUP]) -> f64 {
    (groups[0] + groups[1]) + (groups[2] + groups[3])
}

impl Refusal {
    /// Returns what is certain to be refused under these rules.
    pub(super) fn of(problem: &BargainingProblem<'_>, states: usize, nash_share: f64) -> Self {
        if problem.delegated || !problem.rule.is_unanimity() {
            return Refusal::None;
        }
        if !problem.money {
            return Refusal::Each;
        }
        if problem.voters != problem.members {
            return Refusal::None; // a state without a vote may be made to pay
        }
        let (mut promised, mut shares) = ([0.0; MAX_STATES], [0.0; MAX_STATES]);
        let weight: f64 = problem.members.iter().map(|state| problem.weights[state]).sum();
        for state in problem.members.iter() {
            let pairs = &problem.payer_trust.pairs[state];
            let others = problem.members.without(state).iter();
            let most = others.map(|payer| pairs[payer]).fold(0.0, f64::max);
            promised[state] = 1.0 / most.max(1e-9);
            shares[state] = nash_share * problem.weights[state] / weight;
        }
        Refusal::Together(Box::new(Compensation {
            groups: states.div_ceil(GROUP),
            promised,
            promised_in_all: promised.iter().sum(),
            shares: (problem.division == Sharing::Nash).then_some(shares),
            is_fixed: !problem.anticipates,
        }))
    }

    /// Returns whether nothing is ever refused for certain.
    pub(super) fn is_none(&self) -> bool {
        matches!(self, Refusal::None)
    }

    /// Returns whether a combination is certain to be refused in which no state gains more than
    /// `net` and `most` together, MUSD. `most_gross` bounds the gross stakes of any combination.
    #[inline(always)]
    pub(super) fn is_certain(
        &self,
        problem: &BargainingProblem<'_>,
        (net, most): (&ByState, &ByState),
        most_gross: f64,
    ) -> bool {
        let tolerated = TOLERANCE * most_gross;
        match self {
            Refusal::None => false,
            Refusal::Each => {
                problem.voters.iter().any(|state| net[state] + most[state] < -tolerated)
            }
            Refusal::Together(compensation) => compensation.is_short(net, most, tolerated),
        }
    }

    /// Returns whether a whole combination with these gains is certain to be refused, MUSD.
    #[inline(always)]
    pub(super) fn is_certain_of(
        &self,
        problem: &BargainingProblem<'_>,
        net: &ByState,
        most_gross: f64,
    ) -> bool {
        match self {
            Refusal::Together(compensation) => {
                compensation.is_refused(problem, net, TOLERANCE * most_gross)
            }
            _ => false,
        }
    }
}

impl Compensation {
    /// Returns whether gainers cannot compensate losers, or a loser is certain to refuse its share
    /// of the surplus: the Nash solution gives it at most its part of the surplus beyond its loss,
    /// and it counts the whole as far as it trusts the payers.
    fn is_short(&self, net: &ByState, most: &ByState, tolerated: f64) -> bool {
        let groups = self.groups * GROUP;
        let (mut given, mut total) = ([0.0; GROUP], [0.0; GROUP]);
        for first in (0..groups).step_by(GROUP) {
            for l in 0..GROUP {
                let bound = net[first + l] + most[first + l];
                let loss = bound.min(0.0);
                given[l] += loss * self.promised[first + l] + (bound - loss);
                total[l] += bound;
            }
        }
        if sum(given) < -tolerated * self.promised_in_all {
            return true;
        }
        let Some(shares) = &self.shares else { return false };
        let surplus = sum(total).max(0.0);
        // With net + q·τ ≥ −tolerated and τ ≤ part − net: part ≥ −net·(1/q − 1) − tolerated/q.
        let mut refused = [false; GROUP];
        for first in (0..groups).step_by(GROUP) {
            for l in 0..GROUP {
                let bound = net[first + l] + most[first + l];
                let promised = self.promised[first + l];
                let least = -bound * (promised - 1.0) - tolerated * promised;
                refused[l] |= (bound < 0.0) & (shares[first + l] * surplus < least);
            }
        }
        refused.iter().any(|refused| *refused)
    }

    /// Returns whether a receiver refuses the Nash solution of a whole combination: the payers owe
    /// in proportion to what they have above their shares, and it trusts each as far as it does.
    fn is_refused(&self, problem: &BargainingProblem<'_>, net: &ByState, tolerated: f64) -> bool {
        let Some(shares) = self.shares.as_ref().filter(|_| self.is_fixed) else { return false };
        let groups = self.groups * GROUP;
        let (mut total, mut excess) = ([0.0; GROUP], [0.0; MAX_STATES]);
        for first in (0..groups).step_by(GROUP) {
            for l in 0..GROUP {
                total[l] += net[first + l];
            }
        }
        let surplus = sum(total);
        if surplus <= 0.0 {
            return false;
        }
        let mut owed = [0.0; GROUP];
        for first in (0..groups).step_by(GROUP) {
            for l in 0..GROUP {
                excess[first + l] = (net[first + l] - shares[first + l] * surplus).max(0.0);
                owed[l] += excess[first + l];
            }
        }
        let owed = sum(owed);
        problem.members.iter().filter(|&state| net[state] < 0.0).any(|state| {
            let pairs = &problem.payer_trust.pairs[state];
            let mut trusted = [0.0; GROUP];
            for first in (0..groups).step_by(GROUP) {
                for l in 0..GROUP {
                    trusted[l] += excess[first + l] * pairs[first + l];
                }
            }
            let received = shares[state] * surplus - net[state];
            // A little more is tolerated than in the exact test, for rounding.
            (net[state] + 2.0 * tolerated) * owed + sum(trusted) * received < 0.0
        })
    }
}
