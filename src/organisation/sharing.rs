//! Sharing of surplus by transfers (ODD §8).

use super::appraisal::Appraisal;
use crate::ids::{MAX_STATES, Members};
use crate::scenario::types::design::Sharing;

/// Returns the net transfer to each state, MUSD. Transfers sum to zero among the states that share,
/// and are zero without a surplus.
///
/// `nash_share` is the part of the Nash share up to which receivers are compensated; the other
/// solutions do not use it.
pub fn share(
    division: Sharing,
    whole: &Appraisal,
    sharing: Members,
    weights: &[f64],
    trust_in_payers: &[f64; MAX_STATES],
    nash_share: f64,
) -> [f64; MAX_STATES] {
    match division {
        Sharing::Nash => transfers(&whole.net, sharing, weights, trust_in_payers, nash_share),
        Sharing::EqualSplit => to_targets(&whole.net, sharing, |_, surplus, count| surplus / count),
        Sharing::Shapley => {
            let missing =
                sharing.iter().map(|state| whole.net[state] - whole.shapley[state]).sum::<f64>();
            to_targets(&whole.net, sharing, |state, _, count| {
                whole.shapley[state] + missing / count
            })
        }
        Sharing::KalaiSmorodinsky => proportional(&whole.net, sharing, trust_in_payers),
    }
}

/// Returns the trust q, kept above 0 for division. Promises count as far as they are trusted: a
/// lack of u needs a promise of u/q.
#[inline(always)]
pub(super) fn trusted(trust_in_payers: f64) -> f64 {
    trust_in_payers.max(1e-9)
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

/// Returns the transfers of the Kalai–Smorodinsky solution: gains in proportion to what each state
/// could get if all others were held at 0, with promises at their trusted value.
fn proportional(
    net: &[f64; MAX_STATES],
    sharing: Members,
    trust_in_payers: &[f64; MAX_STATES],
) -> [f64; MAX_STATES] {
    let mut paid = [0.0; MAX_STATES];
    let trust = |state: usize| trusted(trust_in_payers[state]);
    // Amount that a state can give up, or must be promised, to end at 0.
    let free = |state: usize| if net[state] < 0.0 { net[state] / trust(state) } else { net[state] };
    let pool: f64 = sharing.iter().map(free).sum();
    if pool <= 0.0 {
        return paid;
    }
    let mut ideal = [0.0; MAX_STATES];
    for state in sharing.iter() {
        let others = pool - free(state);
        ideal[state] = net[state] + if others > 0.0 { trust(state) * others } else { others };
    }
    let transfer = |state: usize, level: f64| {
        let wanted = level * ideal[state].max(0.0) - net[state];
        if wanted > 0.0 { wanted / trust(state) } else { wanted }
    };
    // The sum of transfers grows with the level, so bisection finds the root.
    let (mut low, mut high) = (0.0, 1.0);
    for _ in 0..60 {
        let level = 0.5 * (low + high);
        if sharing.iter().map(|state| transfer(state, level)).sum::<f64>() > 0.0 {
            high = level;
        } else {
            low = level;
        }
    }
    for state in sharing.iter() {
        paid[state] = transfer(state, low);
    }
    let rest = sharing.iter().map(|state| paid[state]).sum::<f64>() / sharing.len() as f64;
    for state in sharing.iter() {
        paid[state] -= rest;
    }
    paid
}

/// Returns the transfers of the asymmetric Nash solution with distrust, scaled, MUSD. Receivers are
/// raised to `nash_share` of their Nash share; payers pay in proportion to what they have above
/// theirs. With `nash_share` 1 this is the Nash solution τ_i = w_i S' − u_i/q_i (q_i = 1 for
/// payers); ½ gives `nash_frugal`. A state that would pay without distrust and receive with it
/// neither pays nor receives. Transfers sum to zero; without a surplus there are none.
pub fn transfers(
    net: &[f64; MAX_STATES],
    sharing: Members,
    weights: &[f64],
    trust_in_payers: &[f64; MAX_STATES],
    nash_share: f64,
) -> [f64; MAX_STATES] {
    let mut paid = [0.0; MAX_STATES];
    // Position of a state as a receiver: its own gain in units of promises, which count as far as
    // they are trusted.
    let mut own = [0.0; MAX_STATES];
    for state in sharing.iter() {
        let promised = net[state] / trusted(trust_in_payers[state]);
        own[state] = if net[state] < 0.0 { promised } else { promised.max(net[state]) };
    }
    // Lack of receivers and excess of payers at a surplus of μ per unit of weight, and the weights
    // of both.
    let gaps = |level: f64| {
        let (mut need, mut excess, mut slope) = (0.0, 0.0, 0.0);
        for state in sharing.iter() {
            let target = weights[state] * level;
            let lack = target - own[state];
            if lack > 0.0 {
                need += lack;
                slope += weights[state];
            } else if net[state] > target {
                excess += net[state] - target;
                slope += weights[state];
            }
        }
        (need, excess, slope)
    };
    let (need, excess, _) = gaps(0.0);
    if need >= excess {
        return paid;
    }
    // need − excess grows piecewise linearly with μ: Newton steps inside a bracket.
    let (mut low, mut high) = (0.0, f64::INFINITY);
    let mut level = 0.0;
    for _ in 0..64 {
        let (need, excess, slope) = gaps(level);
        let missing = need - excess;
        if missing.abs() <= 1e-13 * (need + excess) || slope <= 0.0 {
            break;
        }
        if missing < 0.0 {
            low = level
        } else {
            high = level
        }
        let next = level - missing / slope;
        level = if next > low && next < high { next } else { 0.5 * (low + high) };
    }
    let level = nash_share * level;
    let (need, excess, _) = gaps(level);
    if need <= 0.0 || excess <= 0.0 {
        return paid;
    }
    let moved = need.min(excess);
    for state in sharing.iter() {
        let target = weights[state] * level;
        let lack = target - own[state];
        paid[state] = if lack > 0.0 {
            lack * moved / need
        } else {
            -(net[state] - target).max(0.0) * moved / excess
        };
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
        let trust = [1.0; MAX_STATES];
        let full = transfers(&net, Members::first(2), &[1.0, 1.0], &trust, 1.0);
        assert!((full[0] - 30.0).abs() < 1e-12 && (full[1] + 30.0).abs() < 1e-12);
        let frugal = transfers(&net, Members::first(2), &[1.0, 1.0], &trust, 0.5);
        assert!((frugal[0] - 20.0).abs() < 1e-12);
        let bare = transfers(&net, Members::first(2), &[1.0, 1.0], &trust, 0.0);
        assert!((bare[0] - 10.0).abs() < 1e-12, "the cost alone: {bare:?}");
    }

    #[test]
    fn distrust_raises_the_promised_transfer() {
        // τ = w S' − u/q with S' = Σ u/q over receivers (q = ½) and payers (q = 1): S' = −20 + 50 =
        // 30, τ = 15 + 20.
        let net = filled(&[-10.0, 50.0]);
        let mut trust = [1.0; MAX_STATES];
        trust[0] = 0.5;
        let paid = transfers(&net, Members::first(2), &[1.0, 1.0], &trust, 1.0);
        assert!((paid[0] - 35.0).abs() < 1e-12, "{paid:?}");
    }

    #[test]
    fn surplus_is_shared_in_proportion_to_weights() {
        let paid = transfers(
            &filled(&[0.0, 100.0]),
            Members::first(2),
            &[0.7, 0.3],
            &[1.0; MAX_STATES],
            1.0,
        );
        assert!((paid[0] - 70.0).abs() < 1e-12);
    }

    #[test]
    fn the_other_solutions_take_the_values_computed_by_hand() {
        let trust = [1.0; MAX_STATES];
        let whole = Appraisal {
            net: filled(&[-10.0, 50.0, 5.0]),
            shapley: filled(&[20.0, 22.5, 2.5]),
            ..Appraisal::default()
        };
        let paid = |division| share(division, &whole, Members::first(3), &[1.0; 3], &trust, 1.0);
        for (division, gains) in [
            (Sharing::EqualSplit, [15.0, 15.0, 15.0]),
            (Sharing::Shapley, [20.0, 22.5, 2.5]),
            // With trust, each could get all: the proportions are equal.
            (Sharing::KalaiSmorodinsky, [15.0, 15.0, 15.0]),
        ] {
            let paid = paid(division);
            for state in 0..3 {
                assert!(
                    (whole.net[state] + paid[state] - gains[state]).abs() < 1e-9,
                    "{division:?}: {paid:?}"
                );
            }
        }
        // With half trust in those who pay it, state 0 could get −10 + ½·55 = 17.5; state 1 at most
        // 35, state 2 at most 5 + 50 − 20 = 35: gains are in these proportions.
        let mut half = trust;
        half[0] = 0.5;
        let paid =
            share(Sharing::KalaiSmorodinsky, &whole, Members::first(3), &[1.0; 3], &half, 1.0);
        let gain: Vec<f64> =
            (0..3).map(|state| with_transfer(whole.net[state], paid[state], half[state])).collect();
        assert!(
            (gain[0] / 17.5 - gain[1] / 35.0).abs() < 1e-9 && (gain[1] - gain[2]).abs() < 1e-9,
            "{gain:?}"
        );
    }

    proptest! {
        #[test]
        fn transfers_sum_to_zero_and_are_individually_rational(
            net in proptest::collection::vec(-50.0f64..80.0, 2..8), share in 0.0f64..1.0,
                trust in 0.3f64..1.0,
        ) {
            let n = net.len();
            let paid = transfers(&filled(&net), Members::first(n), &vec![1.0; n],
                &[trust; MAX_STATES], share);
            prop_assert!(paid.iter().sum::<f64>().abs() < 1e-9);
            if paid.iter().any(|p| *p != 0.0) {
                for state in 0..n {
                    let gain = with_transfer(net[state], paid[state], trust);
                    prop_assert!(gain >= -1e-9 * 80.0, "state {state} ends at {gain}: {net:?} \
                        {paid:?}");
                }
            }
        }
    }
}
