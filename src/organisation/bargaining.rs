//! Bargaining over depths and transfers (ODD §8).

use super::appraisal::Appraisal;
use super::sharing::{share, with_transfer};
use super::voting::{best_gainer, consent_needed};
use crate::ids::{MAX_DOMAINS, MAX_STATES, Members};
use crate::scenario::design::{Sharing, VotingRule};

/// Who bargains, and how.
#[derive(Debug, Clone, Copy)]
pub struct Chamber<'a> {
    /// The decision rule.
    pub rule: &'a VotingRule,
    /// Members at the table.
    pub members: Members,
    /// Those of them whose votes count.
    pub voters: Members,
    /// The proposing state; `None` for a commission, which proposes the joint optimum.
    pub proposer: Option<usize>,
    /// Whether any member may propose: then a coalition that can pass it on its own seeks its own gain.
    pub open: bool,
    /// Whether a commission decides alone: nobody's consent is needed.
    pub delegated: bool,
    /// Whether money can be paid.
    pub money: bool,
    /// How surplus is shared.
    pub division: Sharing,
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
    sustainable: impl FnMut(&[Option<usize>], Terms) -> Option<f64>,
) -> Option<Bargain> {
    const EXHAUSTIVE: usize = 20_000;
    let combinations = options.iter().try_fold(1usize, |all, ladder| all.checked_mul(ladder.len() + 1));
    let mut search = Search::new(chamber, options, states, nash_share, sustainable);
    let mut choice = [None; MAX_DOMAINS];
    if combinations.is_some_and(|count| count <= EXHAUSTIVE) {
        search.descend(options.len(), &mut choice, 0.0, &[0.0; MAX_STATES]);
    } else {
        search.ascend(&mut choice);
    }
    let (_, bargain, best) = search.best?;
    rungs.copy_from_slice(&best[..options.len()]);
    Some(bargain)
}

/// The search for the best combination of depths that can be agreed on.
struct Search<'a, F> {
    chamber: &'a Chamber<'a>,
    options: &'a [&'a [Appraisal]],
    states: usize,
    nash_share: f64,
    sustainable: F,
    best: Option<(f64, Bargain, [Option<usize>; MAX_DOMAINS])>,
    /// The most that the first domains can add: to the objective, and to each state's net gain and gross stakes.
    most: [f64; MAX_DOMAINS + 1],
    most_net: [[f64; MAX_STATES]; MAX_DOMAINS + 1],
    most_gross: f64,
    /// The rung of each domain that is wanted most, the deepest of those wanted alike; `None` leaves it out.
    preferred: [Option<usize>; MAX_DOMAINS],
    /// Whether every member must gain of itself: nobody can be compensated, and everybody's consent is needed.
    all_must_gain: bool,
}

impl<'a, F: FnMut(&[Option<usize>], Terms) -> Option<f64>> Search<'a, F> {
    fn new(
        chamber: &'a Chamber<'a>,
        options: &'a [&'a [Appraisal]],
        states: usize,
        nash_share: f64,
        sustainable: F,
    ) -> Self {
        let all_must_gain = !chamber.money && !chamber.delegated && chamber.rule.is_unanimity();
        let mut search = Search {
            chamber,
            options,
            states,
            nash_share,
            sustainable,
            best: None,
            most: [0.0; MAX_DOMAINS + 1],
            most_net: [[0.0; MAX_STATES]; MAX_DOMAINS + 1],
            most_gross: 0.0,
            preferred: [None; MAX_DOMAINS],
            all_must_gain,
        };
        for (domain, ladder) in options.iter().enumerate() {
            let largest = |value: &dyn Fn(&Appraisal) -> f64| ladder.iter().map(value).fold(0.0, f64::max);
            let most = largest(&|option| search.objective(option));
            search.preferred[domain] = (0..ladder.len()).rev().find(|&rung| search.objective(&ladder[rung]) >= most);
            // What a coalition of some gains may exceed what all do.
            search.most[domain + 1] = if chamber.open { f64::INFINITY } else { search.most[domain] + most };
            if all_must_gain {
                for state in chamber.members.iter() {
                    search.most_net[domain + 1][state] =
                        search.most_net[domain][state] + largest(&|option| option.net[state]);
                    search.most_gross += largest(&|option| option.gross[state]);
                }
            }
        }
        search
    }

    /// What a proposer wants: a commission the joint gain if all is kept, a state what it trusts to be kept.
    fn objective(&self, option: &Appraisal) -> f64 {
        if self.chamber.proposer.is_none() { option.kept } else { option.valued }
    }

    /// What those gain who can pass a combination on their own.
    fn coalition_gain(&self, choice: &[Option<usize>; MAX_DOMAINS]) -> f64 {
        let mut net = [0.0; MAX_STATES];
        for (ladder, rung) in self.options.iter().zip(choice) {
            if let Some(rung) = rung {
                for (net, own) in net.iter_mut().zip(&ladder[*rung].net) {
                    *net += own;
                }
            }
        }
        let chamber = self.chamber;
        let coalition = consent_needed(chamber.rule, chamber.voters, None, &net);
        coalition.iter().map(|state| chamber.weights[state] * net[state]).sum()
    }

    /// Takes a combination if it is better than the best so far and can be agreed on.
    fn consider(&mut self, choice: &[Option<usize>; MAX_DOMAINS]) -> bool {
        let options = self.options;
        let chosen = || options.iter().zip(choice).filter_map(|(ladder, rung)| rung.map(|rung| &ladder[rung]));
        let objective: f64 = if self.chamber.open {
            self.coalition_gain(choice)
        } else {
            chosen().map(|option| self.objective(option)).sum()
        };
        if objective <= 0.0 || self.best.as_ref().is_some_and(|(value, ..)| objective <= *value) {
            return false;
        }
        let mut whole = Appraisal::default();
        for option in chosen() {
            whole.add(option, self.states);
        }
        let (count, sustainable) = (options.len(), &mut self.sustainable);
        let Some(bargain) = agree(self.chamber, &whole, self.nash_share, |terms| sustainable(&choice[..count], terms))
        else {
            return false;
        };
        self.best = Some((objective, bargain, *choice));
        true
    }

    /// All combinations, the first domain fastest: what is wanted most, then from the deepest down …, 1, 0, none; but none of
    /// those that cannot be better than the best so far, or under which a member loses whatever the domains still open
    /// bring. Where the most wanted depths can be agreed on, nothing else is looked at.
    fn descend(&mut self, open: usize, choice: &mut [Option<usize>; MAX_DOMAINS], value: f64, net: &[f64; MAX_STATES]) {
        let Some(domain) = open.checked_sub(1) else {
            self.consider(choice);
            return;
        };
        let ladder = self.options[domain];
        let preferred = self.preferred[domain];
        let others = (0..ladder.len()).rev().map(Some).chain([None]).filter(|&rung| rung != preferred);
        for rung in std::iter::once(preferred).chain(others) {
            let (mut value, mut net) = (value, *net);
            if let Some(option) = rung.map(|rung| &ladder[rung]) {
                value += self.objective(option);
                if self.all_must_gain {
                    for state in self.chamber.members.iter() {
                        net[state] += option.net[state];
                    }
                }
            }
            let reach = value + self.most[domain];
            // Sums in another order may differ in their last digits.
            let slack = if self.chamber.open { 0.0 } else { 1e-9 * self.most[self.options.len()] };
            let hopeless = self.best.as_ref().is_some_and(|(best, ..)| reach < best - slack);
            let vetoed = self.all_must_gain
                && self
                    .chamber
                    .members
                    .iter()
                    .any(|state| net[state] + self.most_net[domain][state] < -1e-6 * self.most_gross);
            if !hopeless && !vetoed && (reach > -slack || self.chamber.open) {
                choice[domain] = rung;
                self.descend(domain, choice, value, &net);
            }
        }
        choice[domain] = None;
    }

    /// Coordinate ascent over the domains, from no deal.
    fn ascend(&mut self, choice: &mut [Option<usize>; MAX_DOMAINS]) {
        for _ in 0..4 {
            let mut improved = false;
            for domain in 0..self.options.len() {
                let mut chosen = choice[domain];
                for rung in 0..self.options[domain].len() {
                    choice[domain] = Some(rung);
                    if self.consider(choice) {
                        chosen = Some(rung);
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
    let mut consent = consent_needed(chamber.rule, chamber.voters, chamber.proposer, &whole.net);
    loop {
        let sharing = if chamber.proposer.is_none() && !chamber.open { chamber.members } else { consent };
        let found = content(chamber, whole, consent, sharing, nash_share, &mut sustainable);
        if found.is_some() || !chamber.money {
            return found;
        }
        consent = consent.with(best_gainer(chamber.voters, consent, &whole.net)?);
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
        share(chamber.division, whole, sharing, chamber.weights, chamber.trust_in_payers, terms.nash_share)
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
    use super::super::appraisal::filled;
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_majority_adopts_what_unanimity_adopts() {
        // The proposer loses 10; the cheapest pair of three gains too little to compensate it, all three do not.
        let whole = Appraisal {
            net: filled(&[-10.0, 6.0, 5.0]),
            gross: filled(&[10.0, 6.0, 5.0]),
            kept: 1.0,
            valued: 1.0,
            ..Appraisal::default()
        };
        let trust = [1.0; MAX_STATES];
        for required in [0.5, 2.0 / 3.0, 1.0] {
            let rule = VotingRule { weights: vec![1.0; 3], required, heads: 0.0, spare: 0 };
            let chamber = Chamber {
                rule: &rule,
                members: Members::first(3),
                voters: Members::first(3),
                division: Sharing::Nash,
                proposer: Some(0),
                open: false,
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
    fn without_transfers_depth_alone_must_win_consent() {
        let rule = VotingRule { weights: vec![1.0; 2], required: 1.0, heads: 0.0, spare: 0 };
        let trust = [1.0; MAX_STATES];
        let chamber = Chamber {
            rule: &rule,
            members: Members::first(2),
            voters: Members::first(2),
            division: Sharing::Nash,
            proposer: Some(0),
            open: false,
            delegated: false,
            money: false,
            weights: &[1.0, 1.0],
            trust_in_payers: &trust,
        };
        let shallow = Appraisal {
            net: filled(&[1.0, 5.0]),
            gross: filled(&[3.0, 5.0]),
            kept: 6.0,
            valued: 6.0,
            ..Appraisal::default()
        };
        let deep = Appraisal {
            net: filled(&[-2.0, 20.0]),
            gross: filled(&[8.0, 20.0]),
            kept: 18.0,
            valued: 18.0,
            ..Appraisal::default()
        };
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
        fn plan_by_plan_any_majority_adopts_what_unanimity_adopts(
            net in proptest::collection::vec(-20.0f64..30.0, 3..7), required in 0.3f64..1.0, spare in proptest::bool::ANY,
            proposer in proptest::option::of(0usize..3), money in proptest::bool::ANY,
        ) {
            let n = net.len();
            let gross: Vec<f64> = net.iter().map(|x| x.abs()).collect();
            let whole =
                Appraisal { net: filled(&net), gross: filled(&gross), kept: 1.0, valued: 1.0, ..Appraisal::default() };
            let trust = [1.0; MAX_STATES];
            let adopted = |required: f64, spare: usize| {
                let rule = VotingRule { weights: vec![1.0; n], required, heads: 0.0, spare };
                let chamber = Chamber {
                    rule: &rule,
                    members: Members::first(n),
                    voters: Members::first(n),
                    division: Sharing::Nash,
                    proposer,
                    open: false,
                    delegated: false,
                    money,
                    weights: &vec![1.0; n],
                    trust_in_payers: &trust,
                };
                propose(&chamber, &[&[whole]], n, 0.5, &mut [None], |_, terms| Some(terms.nash_share)).is_some()
            };
            let other = if spare { adopted(1.0, 1) } else { adopted(required, 0) };
            prop_assert!(!adopted(1.0, 0) || other);
        }
    }
}
