//! Consent that is certain to be missing from combinations of depths, whatever is chosen in the
//! domains that are still open (ODD §8).
//!
//! A state's conditions for consent that hold for any transfers are linear in the gains of all
//! states. Each domain at each depth thus adds a *margin* for each state, and so does the best
//! depth of a domain that is open. A combination whose margin is below 0 for a state is refused.

use super::appraisal::Appraisal;
use super::bargaining::{BargainingProblem, TOLERANCE};
use crate::ids::MAX_STATES;
use crate::numeric::lanes;
use crate::scenario::types::design::Sharing;

/// One number for each state; 0 for states whose consent is not needed.
pub(super) type ByState = [f64; MAX_STATES];

/// What is certain to be refused under the rules of a bargaining problem.
///
/// Without money every voter must gain on its own: its margin is its net gain u. With money a loser
/// must be compensated. It counts a promise as far as it trusts the payers, at most q, so it needs
/// (1 − q)·u + q·s·Σu ≥ 0, where s is the largest share of the joint gain Σu to which it can be
/// raised. Its margin is s·Σu + (1/q − 1)·u.
#[derive(Debug, Clone)]
pub(super) struct Refusal {
    /// Part of the joint gain and of its own gain in each state's margin.
    of_all: ByState,
    of_own: ByState,
    /// Margin below 0 that a state tolerates, over the tolerated loss.
    tolerated: ByState,
    /// Share of the joint gain to which the Nash solution raises each state, if no other is tried.
    shares: Option<ByState>,
}

impl Refusal {
    /// Returns what is certain to be refused; `None` if nothing is, because unanimity is not
    /// required or a state without a vote may be made to pay.
    pub(super) fn of(problem: &BargainingProblem<'_>, nash_share: f64) -> Option<Self> {
        if problem.delegated || !problem.rule.is_unanimity() {
            return None;
        }
        let mut refusal = Refusal {
            of_all: [0.0; MAX_STATES],
            of_own: [0.0; MAX_STATES],
            tolerated: [0.0; MAX_STATES],
            shares: None,
        };
        if !problem.money {
            for state in problem.voters.iter() {
                (refusal.of_own[state], refusal.tolerated[state]) = (1.0, 1.0);
            }
            return Some(refusal);
        }
        if problem.voters != problem.members {
            return None;
        }
        let weight: f64 = problem.members.iter().map(|state| problem.weights[state]).sum();
        let count = problem.members.len() as f64;
        for state in problem.members.iter() {
            let pairs = &problem.payer_trust.pairs[state];
            let others = problem.members.without(state).iter();
            let most = others.map(|payer| pairs[payer]).fold(0.0, f64::max);
            let promised = 1.0 / most.max(1e-9);
            refusal.of_own[state] = promised - 1.0;
            refusal.of_all[state] = match problem.division {
                Sharing::Nash => nash_share * problem.weights[state] / weight,
                _ => 1.0,
            };
            refusal.tolerated[state] = promised + count;
        }
        if problem.division == Sharing::Nash && !problem.anticipates {
            refusal.shares = Some(refusal.of_all);
        }
        Some(refusal)
    }

    /// Returns the margins that a domain at one depth adds, MUSD.
    #[inline(always)]
    pub(super) fn margins(&self, option: &Appraisal) -> ByState {
        let all = sum(&option.net);
        lanes(|state| self.of_all[state] * all + self.of_own[state] * option.net[state])
    }

    /// Returns the least margin of each state at which nothing is certain, given an upper bound of
    /// the gross stakes of any combination, MUSD.
    pub(super) fn least(&self, most_gross: f64) -> ByState {
        lanes(|state| -TOLERANCE * most_gross * self.tolerated[state])
    }

    /// Returns whether a receiver refuses the Nash solution of a whole combination: the payers owe
    /// in proportion to what they have above their shares, and it trusts each as far as it does.
    /// `false` where another solution may be proposed.
    pub(super) fn is_refused(
        &self,
        problem: &BargainingProblem<'_>,
        net: &ByState,
        most_gross: f64,
    ) -> bool {
        let Some(shares) = &self.shares else { return false };
        let surplus = sum(net);
        if surplus <= 0.0 {
            return false;
        }
        let excess: ByState = lanes(|state| (net[state] - shares[state] * surplus).max(0.0));
        let owed = sum(&excess);
        problem.members.iter().filter(|&state| net[state] < 0.0).any(|state| {
            let pairs = &problem.payer_trust.pairs[state];
            let trusted = sum(&lanes(|payer| excess[payer] * pairs[payer]));
            let received = shares[state] * surplus - net[state];
            // A little more is tolerated than in the exact test, for rounding.
            (net[state] + 2.0 * TOLERANCE * most_gross) * owed + trusted * received < 0.0
        })
    }
}

/// Returns the sum over states, in an order that does not depend on the width of vectors.
#[inline(always)]
fn sum(of: &ByState) -> f64 {
    let eight: [f64; 8] = lanes(|at| of[at] + of[at + 8]);
    let four: [f64; 4] = lanes(|at| eight[at] + eight[at + 4]);
    (four[0] + four[2]) + (four[1] + four[3])
}

/// Returns the largest of two numbers for each state.
#[inline(always)]
pub(super) fn larger(a: &ByState, b: &ByState) -> ByState {
    lanes(|state| if b[state] > a[state] { b[state] } else { a[state] })
}

/// Returns whether the sum of two margins is below the least for any state.
#[inline(always)]
pub(super) fn is_short(chosen: &ByState, open: &ByState, least: &ByState) -> bool {
    let mut short = [0.0; 4];
    for first in (0..MAX_STATES).step_by(4) {
        for l in 0..4 {
            let state = first + l;
            let below = chosen[state] + open[state] < least[state];
            short[l] = if below { 1.0 } else { short[l] };
        }
    }
    short != [0.0; 4]
}
