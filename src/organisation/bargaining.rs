//! Bargaining over depths and transfers (ODD §8).

use super::voting::{best_gainer, consent_needed};
use crate::ids::{MAX_DOMAINS, MAX_STATES, Members};
use crate::scenario::design::VotingRule;

/// What members expect of one domain at one depth.
#[derive(Debug, Clone, Copy, Default)]
pub struct Appraisal {
    /// Expected net gain of each state, distrust included, MUSD.
    pub net: [f64; MAX_STATES],
    /// Gross costs and benefits of each state, MUSD.
    pub gross: [f64; MAX_STATES],
    /// Members' weighted gain if everybody performed, MUSD.
    pub kept: f64,
    /// Members' weighted gain with distrust, MUSD.
    pub valued: f64,
}

impl Appraisal {
    /// Back to nothing for the first `states` states.
    pub fn clear(&mut self, states: usize) {
        self.net[..states].fill(0.0);
        self.gross[..states].fill(0.0);
        self.kept = 0.0;
        self.valued = 0.0;
    }

    /// Adds another domain.
    pub fn add(&mut self, other: &Appraisal, states: usize) {
        for state in 0..states {
            self.net[state] += other.net[state];
            self.gross[state] += other.gross[state];
        }
        self.kept += other.kept;
        self.valued += other.valued;
    }
}

/// Who bargains, and how.
#[derive(Debug, Clone, Copy)]
pub struct Chamber<'a> {
    /// The decision rule.
    pub rule: &'a VotingRule,
    /// Members at the table.
    pub members: Members,
    /// The proposing state; `None` for a commission, which proposes the joint optimum.
    pub proposer: Option<usize>,
    /// Whether a commission decides alone: nobody's consent is needed.
    pub delegated: bool,
    /// Whether money can be paid.
    pub money: bool,
    /// Bargaining weights by state.
    pub weights: &'a [f64],
    /// How far each state trusts those who would pay it.
    pub trust_in_payers: &'a [f64; MAX_STATES],
}

/// The agreed terms: a depth per domain of the table, who must be content, and how surplus is shared.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Terms {
    /// Whose consent it needs.
    pub consent: Members,
    /// Who takes part in transfers.
    pub sharing: Members,
    /// Share of the Nash share up to which receivers are compensated.
    pub nash_share: f64,
}

/// A proposal: rungs are left in the caller's array.
#[derive(Debug, Clone, Copy)]
pub struct Bargain {
    /// Its terms.
    pub terms: Terms,
    /// Net transfer to each state, MUSD.
    pub transfers: [f64; MAX_STATES],
}

/// Transfers of the asymmetric Nash solution with distrust, scaled: receivers are raised to `nash_share` of their
/// Nash share; payers pay in proportion to what they have above theirs. With `nash_share` 1 this is the Nash
/// solution τ_i = w_i S' − u_i/q_i (q_i = 1 for payers); with ½ it is frugal. Who would be a payer without distrust
/// and a receiver with it stays as it is. Transfers sum to zero; without a surplus there are none.
pub fn transfers(
    net: &[f64; MAX_STATES],
    sharing: Members,
    weights: &[f64],
    trust_in_payers: &[f64; MAX_STATES],
    nash_share: f64,
) -> [f64; MAX_STATES] {
    let mut paid = [0.0; MAX_STATES];
    // What a state would have as a receiver: its own gain in units of promises, which count as far as they are trusted.
    let mut own = [0.0; MAX_STATES];
    for state in sharing.iter() {
        let trusted = net[state] / trust_in_payers[state].max(1e-9);
        own[state] = if net[state] < 0.0 { trusted } else { trusted.max(net[state]) };
    }
    // What receivers lack and payers have above a surplus of μ per unit of weight, and the weights of both.
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
        paid[state] = if lack > 0.0 { lack * moved / need } else { -(net[state] - target).max(0.0) * moved / excess };
    }
    paid
}

/// Expected gain of a state with its transfer: what is promised to it counts as far as it trusts the payers.
pub(crate) fn with_transfer(net: f64, transfer: f64, trust_in_payers: f64) -> f64 {
    if transfer > 0.0 { net + transfer * trust_in_payers } else { net + transfer }
}

/// The proposal for a table. `options[d][r]` appraises domain d at rung r; `rungs[d]` receives the chosen rung or
/// `None` for a domain left out. `sustainable` says up to which Nash share a choice would be kept (`None`: at none);
/// designs that do not anticipate compliance return the share they are given. Returns `None` if nothing is worth
/// proposing.
pub fn propose(
    chamber: &Chamber<'_>,
    options: &[&[Appraisal]],
    states: usize,
    nash_share: f64,
    rungs: &mut [Option<usize>],
    mut sustainable: impl FnMut(&[Option<usize>], Terms) -> Option<f64>,
) -> Option<Bargain> {
    const EXHAUSTIVE: usize = 20_000;
    let combinations = options.iter().try_fold(1usize, |all, ladder| all.checked_mul(ladder.len() + 1));
    let mut best: Option<(f64, Bargain)> = None;
    let mut consider = |choice: &[Option<usize>], best: &mut Option<(f64, Bargain)>| -> bool {
        let chosen = || options.iter().zip(choice).filter_map(|(ladder, rung)| rung.map(|rung| &ladder[rung]));
        let objective: f64 =
            chosen().map(|option| if chamber.proposer.is_none() { option.kept } else { option.valued }).sum();
        if objective <= 0.0 || best.as_ref().is_some_and(|(value, _)| objective <= *value) {
            return false;
        }
        let mut whole = Appraisal::default();
        for option in chosen() {
            whole.add(option, states);
        }
        let Some(bargain) = agree(chamber, &whole, nash_share, |terms| sustainable(choice, terms)) else {
            return false;
        };
        *best = Some((objective, bargain));
        true
    };
    if combinations.is_some_and(|count| count <= EXHAUSTIVE) {
        // From the deepest combination down, in each domain: …, 1, 0, none. The best is usually met first.
        let mut choice = [None; MAX_DOMAINS];
        let choice = &mut choice[..options.len()];
        let deepest = |domain: usize| options[domain].len().checked_sub(1);
        for (domain, rung) in choice.iter_mut().enumerate() {
            *rung = deepest(domain);
        }
        loop {
            if consider(choice, &mut best) {
                rungs.copy_from_slice(choice);
            }
            let Some(domain) = choice.iter().position(Option::is_some) else {
                break;
            };
            choice[domain] = choice[domain].and_then(|rung| rung.checked_sub(1));
            for (before, rung) in choice[..domain].iter_mut().enumerate() {
                *rung = deepest(before);
            }
        }
    } else {
        // Coordinate ascent over the domains, from no deal.
        let mut choice = [None; MAX_DOMAINS];
        let choice = &mut choice[..options.len()];
        for _ in 0..4 {
            let mut improved = false;
            for domain in 0..options.len() {
                let kept = choice[domain];
                let mut chosen = kept;
                for rung in 0..options[domain].len() {
                    choice[domain] = Some(rung);
                    if consider(choice, &mut best) {
                        chosen = Some(rung);
                        rungs.copy_from_slice(choice);
                        improved = true;
                    }
                }
                choice[domain] = chosen;
            }
            if !improved {
                break;
            }
        }
    }
    best.map(|(_, bargain)| bargain)
}

/// Whether those whose consent is needed can be made content with a choice, and how.
fn agree(
    chamber: &Chamber<'_>,
    whole: &Appraisal,
    nash_share: f64,
    mut sustainable: impl FnMut(Terms) -> Option<f64>,
) -> Option<Bargain> {
    if chamber.delegated {
        return content(chamber, whole, Members::NONE, chamber.members, nash_share, &mut sustainable);
    }
    // The cheapest winning coalition first; if its own surplus cannot content it, the next best gainer joins it.
    let mut consent = consent_needed(chamber.rule, chamber.members, chamber.proposer, &whole.net);
    loop {
        let sharing = if chamber.proposer.is_none() { chamber.members } else { consent };
        let found = content(chamber, whole, consent, sharing, nash_share, &mut sustainable);
        if found.is_some() || !chamber.money {
            return found;
        }
        consent = consent.with(best_gainer(chamber.members, consent, &whole.net)?);
    }
}

/// The bargain if everybody whose consent it needs can be made content by transfers among those who share.
fn content(
    chamber: &Chamber<'_>,
    whole: &Appraisal,
    consent: Members,
    sharing: Members,
    nash_share: f64,
    sustainable: &mut impl FnMut(Terms) -> Option<f64>,
) -> Option<Bargain> {
    let mut terms = Terms { consent, sharing, nash_share };
    terms.nash_share = sustainable(terms)?;
    let paid = if chamber.money {
        transfers(&whole.net, sharing, chamber.weights, chamber.trust_in_payers, terms.nash_share)
    } else {
        [0.0; MAX_STATES]
    };
    let scale =
        chamber.members.iter().map(|state| whole.gross[state]).sum::<f64>() / chamber.members.len().max(1) as f64;
    let content = consent
        .iter()
        .all(|state| with_transfer(whole.net[state], paid[state], chamber.trust_in_payers[state]) >= -1e-6 * scale);
    content.then_some(Bargain { terms, transfers: paid })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn filled(values: &[f64]) -> [f64; MAX_STATES] {
        let mut all = [0.0; MAX_STATES];
        all[..values.len()].copy_from_slice(values);
        all
    }

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
    fn a_majority_adopts_what_unanimity_adopts() {
        // The proposer loses 10; the cheapest pair of three gains too little to compensate it, all three do not.
        let whole =
            Appraisal { net: filled(&[-10.0, 6.0, 5.0]), gross: filled(&[10.0, 6.0, 5.0]), kept: 1.0, valued: 1.0 };
        let trust = [1.0; MAX_STATES];
        for required in [0.5, 2.0 / 3.0, 1.0] {
            let rule = VotingRule { weights: vec![1.0; 3], required };
            let chamber = Chamber {
                rule: &rule,
                members: Members::first(3),
                proposer: Some(0),
                delegated: false,
                money: true,
                weights: &[1.0; 3],
                trust_in_payers: &trust,
            };
            let found = propose(&chamber, &[&[whole]], 3, 0.5, &mut [None], |_, terms| Some(terms.nash_share));
            assert!(found.is_some(), "{required}");
        }
    }

    #[test]
    fn distrust_raises_what_a_receiver_must_be_promised() {
        // τ = w S' − u/q with S' = Σ u/q over receivers (q = ½) and payers (q = 1): S' = −20 + 50 = 30, τ = 15 + 20.
        let net = filled(&[-10.0, 50.0]);
        let mut trust = [1.0; MAX_STATES];
        trust[0] = 0.5;
        let paid = transfers(&net, Members::first(2), &[1.0, 1.0], &trust, 1.0);
        assert!((paid[0] - 35.0).abs() < 1e-12, "{paid:?}");
    }

    #[test]
    fn weights_of_seven_to_three_share_the_surplus_so() {
        let paid = transfers(&filled(&[0.0, 100.0]), Members::first(2), &[0.7, 0.3], &[1.0; MAX_STATES], 1.0);
        assert!((paid[0] - 70.0).abs() < 1e-12);
    }

    #[test]
    fn without_transfers_depth_alone_must_win_consent() {
        let rule = VotingRule { weights: vec![1.0; 2], required: 1.0 };
        let trust = [1.0; MAX_STATES];
        let chamber = Chamber {
            rule: &rule,
            members: Members::first(2),
            proposer: Some(0),
            delegated: false,
            money: false,
            weights: &[1.0, 1.0],
            trust_in_payers: &trust,
        };
        let shallow = Appraisal { net: filled(&[1.0, 5.0]), gross: filled(&[3.0, 5.0]), kept: 6.0, valued: 6.0 };
        let deep = Appraisal { net: filled(&[-2.0, 20.0]), gross: filled(&[8.0, 20.0]), kept: 18.0, valued: 18.0 };
        let ladder = [shallow, deep];
        let mut rungs = [None];
        let found = propose(&chamber, &[&ladder], 2, 1.0, &mut rungs, |_, terms| Some(terms.nash_share));
        assert!(found.is_some());
        assert_eq!(rungs, [Some(0)]);
        let money = Chamber { money: true, ..chamber };
        let _ = propose(&money, &[&ladder], 2, 1.0, &mut rungs, |_, terms| Some(terms.nash_share));
        assert_eq!(rungs, [Some(1)]);
    }

    proptest! {
        #[test]
        fn transfers_sum_to_zero_and_leave_nobody_in_the_bargain_below_zero(
            net in proptest::collection::vec(-50.0f64..80.0, 2..8), share in 0.0f64..1.0, trust in 0.3f64..1.0,
        ) {
            let n = net.len();
            let paid = transfers(&filled(&net), Members::first(n), &vec![1.0; n], &[trust; MAX_STATES], share);
            prop_assert!(paid.iter().sum::<f64>().abs() < 1e-9);
            if paid.iter().any(|p| *p != 0.0) {
                for state in 0..n {
                    let gain = with_transfer(net[state], paid[state], trust);
                    prop_assert!(gain >= -1e-9 * 80.0, "state {state} ends at {gain}: {net:?} {paid:?}");
                }
            }
        }
    }
}
