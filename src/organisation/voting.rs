//! Votes under a decision rule, and the choice of the proposer (ODD §8–9).

use crate::behaviour::accepts;
use crate::ids::{MAX_STATES, Members};
use crate::scenario::types::design::VotingRule;

/// Members' expectations of a proposal.
#[derive(Debug, Clone, Copy)]
pub struct Ballot {
    /// Expected gain ΔU of each state, MUSD.
    pub gain: [f64; MAX_STATES],
    /// Stake S of each state, MUSD.
    pub stake: [f64; MAX_STATES],
}

impl Ballot {
    /// Returns the mean stake of a set of members, MUSD.
    pub fn mean_stake(&self, members: Members) -> f64 {
        members.iter().map(|state| self.stake[state]).sum::<f64>() / members.len().max(1) as f64
    }
    /// Returns the gain or loss up to which a member is indifferent: 10⁻⁶ of the members' mean
    /// stake, MUSD.
    fn indifference(&self, members: Members) -> f64 {
        1e-6 * self.mean_stake(members)
    }
    /// Returns the members that expect no loss, including the indifferent.
    pub fn content(&self, members: Members) -> Members {
        let indifference = self.indifference(members);
        let losing: Members =
            members.iter().filter(|&state| self.gain[state] < -indifference).collect();
        Members(members.0 & !losing.0)
    }
    /// Returns whether any of these members expects a gain.
    pub fn anyone_gains(&self, members: Members) -> bool {
        let indifference = self.indifference(members);
        members.iter().any(|state| self.gain[state] > indifference)
    }
    /// Raises stakes below `floor` (a share of the members' mean stake) to that value.
    pub fn floor_stakes(&mut self, members: Members, floor: f64) {
        let least = floor * self.mean_stake(members);
        for state in members.iter() {
            self.stake[state] = self.stake[state].max(least);
        }
    }
}

/// Returns the members that vote yes; `lambda` and `draw` are by state. An indifferent state votes
/// yes. With a `band` above 0 (in stakes), the members that would vote yes if their gain were
/// larger by `band` are returned: those that do not object.
pub fn vote(
    ballot: &Ballot,
    members: Members,
    band: f64,
    lambda: impl Fn(usize) -> f64,
    draw: impl Fn(usize) -> f64,
) -> Members {
    let indifference = ballot.indifference(members);
    members
        .iter()
        .filter(|&state| {
            ballot.gain[state].abs() <= indifference
                || accepts(
                    draw(state),
                    lambda(state),
                    ballot.gain[state] / ballot.stake[state] + band,
                )
        })
        .collect()
}

/// Returns the state in the chair, which rotates yearly among members in the order of the scenario;
/// `None` without members.
pub fn chair(members: Members, year: usize) -> Option<usize> {
    members.iter().nth(year % members.len().max(1))
}

/// Returns a state drawn in proportion to its weight; `draw` is uniform in (0, 1).
pub fn drawn(members: Members, weight: impl Fn(usize) -> f64, draw: f64) -> Option<usize> {
    let mut left = draw * members.iter().map(&weight).sum::<f64>();
    members.iter().find(|&state| {
        left -= weight(state);
        left < 0.0
    })
}

/// Returns the states whose consent a proposal needs, given each state's gain from it before
/// compensation (`value`).
///
/// Unanimity needs all members. A majority needs the cheapest winning coalition: the proposer, if
/// any, then the largest gainers until their votes suffice.
pub(super) fn consent_needed(
    rule: &VotingRule,
    members: Members,
    proposer: Option<usize>,
    value: &[f64; MAX_STATES],
) -> Members {
    if rule.is_unanimity() {
        return members;
    }
    let mut coalition: Members =
        proposer.into_iter().filter(|&state| members.contains(state)).collect();
    while !rule.passes(coalition, members) {
        match best_gainer(members, coalition, value) {
            Some(state) => coalition = coalition.with(state),
            None => break,
        }
    }
    coalition
}

/// Returns the member outside a coalition with the largest gain; `None` if there is none.
pub(super) fn best_gainer(
    members: Members,
    coalition: Members,
    value: &[f64; MAX_STATES],
) -> Option<usize> {
    members
        .iter()
        .filter(|&state| !coalition.contains(state))
        .reduce(|best, state| if value[state] > value[best] { state } else { best })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(required: f64, weights: &[f64]) -> VotingRule {
        VotingRule { weights: weights.to_vec(), required, member_share: 0.0, allowed_dissents: 0 }
    }

    #[test]
    fn weighted_votes_pass_at_their_threshold_and_not_below() {
        let eurasec = rule(2.0 / 3.0, &[40.0, 20.0, 20.0, 10.0, 10.0]);
        let members = Members::first(5);
        assert!(eurasec.passes([0, 1, 3].into_iter().collect(), members));
        assert!(!eurasec.passes([1, 2, 3, 4].into_iter().collect(), members));
        let minus_one = VotingRule { allowed_dissents: 1, ..rule(1.0, &[1.0; 4]) };
        assert!(minus_one.passes([0, 1, 3].into_iter().collect(), Members::first(4)));
        assert!(!minus_one.passes([0, 3].into_iter().collect(), Members::first(4)));
        let double = VotingRule { member_share: 0.5, ..eurasec.clone() };
        assert!(eurasec.passes([0, 1, 2].into_iter().collect(), members));
        assert!(
            !VotingRule { member_share: 0.8, ..double }
                .passes([0, 1, 2].into_iter().collect(), members)
        );
        assert!(rule(2.0 / 3.0, &[1.0; 3]).passes([0, 1].into_iter().collect(), Members::first(3)));
    }

    #[test]
    fn the_cheapest_winning_coalition_holds_the_proposer_and_those_who_gain_most() {
        let mut value = [0.0; MAX_STATES];
        value[..4].copy_from_slice(&[-5.0, 1.0, 9.0, 3.0]);
        let needed = consent_needed(&rule(0.75, &[1.0; 4]), Members::first(4), Some(0), &value);
        assert_eq!(needed, [0, 2, 3].into_iter().collect());
        assert_eq!(
            consent_needed(&rule(1.0, &[1.0; 4]), Members::first(4), Some(0), &value),
            Members::first(4)
        );
    }

    #[test]
    fn an_indifferent_state_consents_and_a_loser_with_exact_behaviour_does_not() {
        let mut ballot = Ballot { gain: [0.0; MAX_STATES], stake: [1.0; MAX_STATES] };
        ballot.gain[..3].copy_from_slice(&[1e-9, -0.5, 0.5]);
        let yes = vote(&ballot, Members::first(3), 0.0, |_| f64::INFINITY, |_| 100.0);
        assert_eq!(yes, [0, 2].into_iter().collect());
    }

    #[test]
    fn a_proposer_is_drawn_in_proportion_to_its_weight() {
        let members: Members = [0, 2].into_iter().collect();
        let weight = |state| if state == 0 { 1.0 } else { 3.0 };
        let first = (0..1000)
            .filter(|i| drawn(members, weight, (*i as f64 + 0.5) / 1000.0) == Some(0))
            .count();
        assert_eq!(first, 250);
    }

    #[test]
    fn the_chair_rotates_and_skips_those_who_left() {
        let members: Members = [0, 2, 3].into_iter().collect();
        assert_eq!(
            (0..4).map(|year| chair(members, year)).collect::<Vec<_>>(),
            [Some(0), Some(2), Some(3), Some(0)]
        );
        assert_eq!(chair(Members::NONE, 3), None);
    }
}
