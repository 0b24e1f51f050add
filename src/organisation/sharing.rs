//! Sharing of surplus by transfers (ODD §8).

use super::appraisal::Appraisal;
use crate::ids::{MAX_STATES, Members};
use crate::scenario::types::design::Sharing;

/// Returns the net transfer to each state, MUSD, at face value. Transfers sum to zero among the
/// states that share, and are zero without a surplus.
///
/// Distrust does not enlarge a promise, which would cost nothing to a payer who does not pay; it
/// enters each state's own expected gain and so its consent ([`PayerTrust`]).
///
/// `nash_share` is the part of the Nash share up to which receivers are compensated; the other
/// solutions do not use it.
pub fn share(
    division: Sharing,
    whole: &Appraisal,
    sharing: Members,
    weights: &[f64],
    nash_share: f64,
) -> [f64; MAX_STATES] {
    match division {
        Sharing::Nash => transfers(&whole.net, sharing, weights, nash_share),
        // With money each state could get the whole surplus if all others were held at 0, so the
        // proportions of Kalai and Smorodinsky are equal.
        Sharing::EqualSplit | Sharing::KalaiSmorodinsky => {
            to_targets(&whole.net, sharing, |_, surplus, count| surplus / count)
        }
        Sharing::Shapley => {
            let missing =
                sharing.iter().map(|state| whole.net[state] - whole.shapley[state]).sum::<f64>();
            to_targets(&whole.net, sharing, |state, _, count| {
                whole.shapley[state] + missing / count
            })
        }
    }
}

/// Trust of each state in each other as a payer, share: what it expects to receive of a promise.
#[derive(Debug, Clone, PartialEq)]
pub struct PayerTrust {
    /// `pairs[receiver][payer]`.
    pub pairs: [[f64; MAX_STATES]; MAX_STATES],
}

impl PayerTrust {
    /// Complete trust.
    pub const CERTAIN: PayerTrust = PayerTrust { pairs: [[1.0; MAX_STATES]; MAX_STATES] };

    /// Returns the trust of each receiver in those that pay, weighted by what they owe; 1 for
    /// states that receive nothing.
    pub fn in_payers(&self, transfers: &[f64; MAX_STATES], members: Members) -> [f64; MAX_STATES] {
        let mut trust = [1.0; MAX_STATES];
        let owed = |payer: usize| (-transfers[payer]).max(0.0);
        let all: f64 = members.iter().map(owed).sum();
        if all > 0.0 {
            for state in members.iter().filter(|&state| transfers[state] > 0.0) {
                let trusted = |payer| owed(payer) * self.pairs[state][payer];
                trust[state] = members.iter().map(trusted).sum::<f64>() / all;
            }
        }
        trust
    }
}

/// Returns the transfers that bring each state to a target, which depends on the state, the joint
/// surplus and the number of states that share it.
fn to_targets(
    net: &[f64; MAX_STATES],
    sharing: Members,
    target: impl Fn(usize, f64, f64) -> f64,
) -> [f64; MAX_STATES] {
    let mut paid = [0.0; MAX_STATES];
    let surplus: f64 = sharing.iter().map(|state| net[state]).sum();
    if surplus <= 0.0 {
        return paid;
    }
    for state in sharing.iter() {
        paid[state] = target(state, surplus, sharing.len() as f64) - net[state];
    }
    paid
}

/// Returns the transfers of the asymmetric Nash solution, scaled, MUSD. Receivers are raised to
/// `nash_share` of their Nash share; payers pay in proportion to what they have above theirs. With
/// `nash_share` 1 this is the Nash solution τ_i = w_i S − u_i; ½ gives `nash_frugal`. Transfers sum
/// to zero; without a surplus there are none.
pub fn transfers(
    net: &[f64; MAX_STATES],
    sharing: Members,
    weights: &[f64],
    nash_share: f64,
) -> [f64; MAX_STATES] {
    let mut paid = [0.0; MAX_STATES];
    let surplus: f64 = sharing.iter().map(|state| net[state]).sum();
    let weight: f64 = sharing.iter().map(|state| weights[state]).sum();
    if surplus <= 0.0 || weight <= 0.0 {
        return paid;
    }
    let target = |state: usize| nash_share * weights[state] / weight * surplus;
    let (mut need, mut excess) = (0.0, 0.0);
    for state in sharing.iter() {
        let lack = target(state) - net[state];
        *(if lack > 0.0 { &mut need } else { &mut excess }) += lack.abs();
    }
    if need <= 0.0 || excess <= 0.0 {
        return paid;
    }
    let moved = need.min(excess);
    for state in sharing.iter() {
        let lack = target(state) - net[state];
        paid[state] = lack * moved / if lack > 0.0 { need } else { excess };
    }
    paid
}

/// Returns the expected gain of a state with its transfer, MUSD: a promise counts as far as the
/// state trusts the payers.
pub(crate) fn with_transfer(net: f64, transfer: f64, trust_in_payers: f64) -> f64 {
    if transfer > 0.0 { net + transfer * trust_in_payers } else { net + transfer }
}

#[cfg(test)]
mod tests {
    use super::super::appraisal::filled;
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_nash_solution_splits_a_surplus_equally_and_the_frugal_one_compensates_half_of_it() {
        let net = filled(&[-10.0, 50.0]);
        let full = transfers(&net, Members::first(2), &[1.0, 1.0], 1.0);
        assert!((full[0] - 30.0).abs() < 1e-12 && (full[1] + 30.0).abs() < 1e-12);
        let frugal = transfers(&net, Members::first(2), &[1.0, 1.0], 0.5);
        assert!((frugal[0] - 20.0).abs() < 1e-12);
        let bare = transfers(&net, Members::first(2), &[1.0, 1.0], 0.0);
        assert!((bare[0] - 10.0).abs() < 1e-12, "the cost alone: {bare:?}");
    }

    #[test]
    fn trust_in_payers_is_weighted_by_what_they_owe() {
        let mut trust = PayerTrust::CERTAIN;
        (trust.pairs[0][1], trust.pairs[0][2], trust.pairs[0][3]) = (0.2, 0.8, 0.5);
        // State 3 owes nothing, so that trust in it does not count.
        let transfers = filled(&[40.0, -10.0, -30.0, 0.0]);
        let trusted = trust.in_payers(&transfers, Members::first(4));
        assert!((trusted[0] - (0.25 * 0.2 + 0.75 * 0.8)).abs() < 1e-12, "{trusted:?}");
        assert_eq!(trusted[1..4], [1.0; 3]);
    }

    #[test]
    fn surplus_is_shared_in_proportion_to_weights() {
        let paid = transfers(&filled(&[0.0, 100.0]), Members::first(2), &[0.7, 0.3], 1.0);
        assert!((paid[0] - 70.0).abs() < 1e-12);
    }

    #[test]
    fn the_other_solutions_take_the_values_computed_by_hand() {
        let whole = Appraisal {
            net: filled(&[-10.0, 50.0, 5.0]),
            shapley: filled(&[20.0, 22.5, 2.5]),
            ..Appraisal::default()
        };
        for (division, gains) in [
            (Sharing::EqualSplit, [15.0, 15.0, 15.0]),
            (Sharing::Shapley, [20.0, 22.5, 2.5]),
            (Sharing::KalaiSmorodinsky, [15.0, 15.0, 15.0]),
        ] {
            let paid = share(division, &whole, Members::first(3), &[1.0; 3], 1.0);
            for state in 0..3 {
                assert!(
                    (whole.net[state] + paid[state] - gains[state]).abs() < 1e-9,
                    "{division:?}: {paid:?}"
                );
            }
        }
    }

    proptest! {
        #[test]
        fn transfers_sum_to_zero_and_are_individually_rational(
            net in proptest::collection::vec(-50.0f64..80.0, 2..8), share in 0.0f64..1.0,
        ) {
            let n = net.len();
            let paid = transfers(&filled(&net), Members::first(n), &vec![1.0; n], share);
            prop_assert!(paid.iter().sum::<f64>().abs() < 1e-9);
            if net.iter().sum::<f64>() > 0.0 {
                for state in 0..n {
                    let gain = net[state] + paid[state];
                    prop_assert!(gain >= -1e-9 * 80.0, "state {state} ends at {gain}: {net:?} \
                        {paid:?}");
                }
            }
        }
    }
}
