//! Search for the best combination of depth levels that can be agreed on (ODD §8).
//!
//! Branch and bound for up to 20,000 combinations, coordinate ascent beyond.

use super::appraisal::Appraisal;
use super::bargaining::{Bargain, BargainingProblem, Terms, agree};
use super::refusal::{ByState, Refusal, is_short, larger};
use super::voting::consent_needed;
use crate::ids::{MAX_DOMAINS, MAX_STATES};
use crate::numeric::{add, lanes};
use crate::scenario::types::design::Sharing;

/// Depth level of each domain; `None` leaves the domain out.
type Choice = [Option<usize>; MAX_DOMAINS];

/// Largest number of combinations for which the search is exact.
const EXHAUSTIVE: usize = 20_000;

/// Scratch buffers of the search.
#[derive(Debug, Clone)]
pub struct SearchBuffers {
    open: Vec<OpenDomains>,
    /// Margins for consent that each domain adds at each depth, MUSD.
    margins: Vec<ByState>,
    whole: Appraisal,
}

/// Bounds while the first `d` domains are open, stored at index `d`.
#[derive(Debug, Clone, Copy, Default)]
struct OpenDomains {
    /// Most that the open domains can add to the objective, MUSD.
    most: f64,
    /// Most that the open domains can add to each state's margin for consent, MUSD.
    most_margins: ByState,
    /// Margin of each state from the other domains, whose depths are chosen, MUSD.
    margins: ByState,
    /// Depth level of the domain at this index with the largest objective, the deepest of equals;
    /// `None` leaves the domain out.
    preferred: Option<usize>,
}

impl SearchBuffers {
    /// Creates buffers for tables of `domains` domains with `levels` depth levels each.
    pub fn new(domains: usize, levels: usize) -> Self {
        SearchBuffers {
            open: vec![OpenDomains::default(); domains + 1],
            margins: Vec::with_capacity(domains * levels),
            whole: Appraisal::default(),
        }
    }
}

/// Returns the best proposal for a table, with the members' expectations of it before transfers;
/// `None` if no combination has a positive objective and can be agreed on (ODD §8).
///
/// `options[d][r]` appraises domain d at depth level r. `levels[d]` receives the chosen depth
/// level, or `None` for a domain left out. `sustainable` returns the Nash share up to which a
/// choice would be kept (`None`: at none); designs that do not anticipate compliance return the
/// share they are given.
pub fn propose(
    problem: &BargainingProblem<'_>,
    options: &[&[Appraisal]],
    states: usize,
    nash_share: f64,
    levels: &mut [Option<usize>],
    buffers: &mut SearchBuffers,
    sustainable: impl FnMut(&[Option<usize>], Terms) -> Option<f64>,
) -> Option<(Bargain, Appraisal)> {
    let combinations = options.iter().try_fold(1usize, |all, grid| all.checked_mul(grid.len() + 1));
    let mut search = Search {
        problem,
        options,
        states,
        nash_share,
        sustainable,
        // One domain has few choices: bounds would cost more than they save.
        refusal: if options.len() > 1 { Refusal::of(problem, nash_share) } else { None },
        most_gross: 0.0,
        least: [0.0; MAX_STATES],
        order: std::array::from_fn(|domain| domain),
        first: [0; MAX_DOMAINS],
        buffers,
        best: None,
    };
    let mut choice = [None; MAX_DOMAINS];
    if combinations.is_some_and(|count| count <= EXHAUSTIVE) {
        search.compute_bounds();
        search.descend(options.len(), &mut choice, 0.0);
    } else {
        search.refusal = None;
        search.ascend(&mut choice);
    }
    let (_, bargain, best) = search.best?;
    levels.copy_from_slice(&best[..options.len()]);
    search.add_up(&best);
    Some((bargain, search.buffers.whole))
}

struct Search<'a, F> {
    problem: &'a BargainingProblem<'a>,
    options: &'a [&'a [Appraisal]],
    states: usize,
    nash_share: f64,
    sustainable: F,
    refusal: Option<Refusal>,
    /// Upper bound of the gross stakes of any combination, MUSD.
    most_gross: f64,
    /// Least margin of each state at which consent is not certain to be missing, MUSD.
    least: ByState,
    /// Order in which domains are opened; the last is chosen first.
    order: [usize; MAX_DOMAINS],
    /// Place of each domain's margins.
    first: [usize; MAX_DOMAINS],
    buffers: &'a mut SearchBuffers,
    best: Option<(f64, Bargain, Choice)>,
}

impl<F: FnMut(&[Option<usize>], Terms) -> Option<f64>> Search<'_, F> {
    /// Computes the most that the open domains can add.
    fn compute_bounds(&mut self) {
        let mut most_margins = [[0.0; MAX_STATES]; MAX_DOMAINS];
        if let Some(refusal) = &self.refusal {
            self.buffers.margins.clear();
            let mut losses = [0.0; MAX_DOMAINS];
            let mut gross = 0.0;
            for (domain, grid) in self.options.iter().enumerate() {
                self.first[domain] = self.buffers.margins.len();
                let (mut most, mut least) = ([0.0; MAX_STATES], [0.0; MAX_STATES]);
                let mut most_gross = [0.0; MAX_STATES];
                for option in grid.iter() {
                    let margins = refusal.margins(option);
                    most = larger(&most, &margins);
                    least = larger(&least, &margins.map(|margin| -margin));
                    most_gross = larger(&most_gross, &option.gross);
                    self.buffers.margins.push(margins);
                }
                most_margins[domain] = most;
                losses[domain] = least.iter().copied().fold(0.0, f64::max);
                gross += self.problem.members.iter().map(|state| most_gross[state]).sum::<f64>();
            }
            // Domains that are most likely to be refused are chosen first, so that combinations
            // with them are excluded early.
            self.order[..self.options.len()].sort_by(|a, b| losses[*a].total_cmp(&losses[*b]));
            self.least = refusal.least(gross);
            self.most_gross = gross;
        }
        self.buffers.open[0].most = 0.0;
        self.buffers.open[0].most_margins = [0.0; MAX_STATES];
        self.buffers.open[self.options.len()].margins = [0.0; MAX_STATES];
        for domain in 0..self.options.len() {
            let place = self.order[domain];
            let (mut most, mut preferred) = (0.0, None);
            for (level, option) in self.options[place].iter().enumerate() {
                let value = self.objective(option);
                if value >= most {
                    (most, preferred) = (value, Some(level));
                }
            }
            let OpenDomains { most: before, most_margins: margins, .. } = self.buffers.open[domain];
            self.buffers.open[domain].preferred = preferred;
            let next = &mut self.buffers.open[domain + 1];
            // The gain of a coalition may exceed the gain of all members.
            next.most = if self.problem.open { f64::INFINITY } else { before + most };
            next.most_margins = lanes(|state| margins[state] + most_margins[place][state]);
        }
    }

    /// Returns the proposer's objective, MUSD: for a commission the joint gain at full performance,
    /// for a state the gain with distrust.
    fn objective(&self, option: &Appraisal) -> f64 {
        if self.problem.proposer.is_none() { option.kept } else { option.valued }
    }

    /// Returns the weighted gain of the states that can pass a combination on their own, MUSD.
    fn coalition_gain(&self, choice: &Choice) -> f64 {
        let mut net = [0.0; MAX_STATES];
        for (grid, level) in self.options.iter().zip(choice) {
            if let Some(level) = level {
                for (net, own) in net.iter_mut().zip(&grid[*level].net) {
                    *net += own;
                }
            }
        }
        let problem = self.problem;
        let coalition = consent_needed(problem.rule, problem.voters, None, &net);
        coalition.iter().map(|state| problem.weights[state] * net[state]).sum()
    }

    /// Keeps a combination if it is better than the best so far and can be agreed on. Returns
    /// whether it was kept.
    fn consider(&mut self, choice: &Choice) -> bool {
        let options = self.options;
        let chosen = || {
            options.iter().zip(choice).filter_map(|(grid, level)| level.map(|level| &grid[level]))
        };
        let objective: f64 = if self.problem.open {
            self.coalition_gain(choice)
        } else {
            chosen().map(|option| self.objective(option)).sum()
        };
        if objective <= 0.0 || self.best.as_ref().is_some_and(|(value, ..)| objective <= *value) {
            return false;
        }
        self.add_up(choice);
        let (whole, count, sustainable) =
            (&self.buffers.whole, options.len(), &mut self.sustainable);
        let Some(bargain) = agree(self.problem, whole, self.nash_share, |terms| {
            sustainable(&choice[..count], terms)
        }) else {
            return false;
        };
        self.best = Some((objective, bargain, *choice));
        true
    }

    /// Sums the members' expectations of a combination.
    fn add_up(&mut self, choice: &Choice) {
        let whole = &mut self.buffers.whole;
        whole.clear();
        for (grid, level) in self.options.iter().zip(choice) {
            if let Some(level) = level {
                whole.add(&grid[*level], self.states, self.problem.division == Sharing::Shapley);
            }
        }
    }

    /// Searches the combinations of the first `open` domains depth first: the preferred level of
    /// each domain, then the others from the deepest to none. Combinations are skipped if they
    /// cannot be better than the best so far, or would lack consent whatever the open domains add.
    /// If the preferred depths can be agreed on, they are the only ones examined.
    fn descend(&mut self, open: usize, choice: &mut Choice, value: f64) {
        let Some(domain) = open.checked_sub(1) else {
            if !self.is_refused_whole(choice) {
                self.consider(choice);
            }
            return;
        };
        let place = self.order[domain];
        let grid = self.options[place];
        let OpenDomains { preferred, most, .. } = self.buffers.open[domain];
        // Sums in another order may differ in their last digits.
        let slack =
            if self.problem.open { 0.0 } else { 1e-9 * self.buffers.open[self.options.len()].most };
        let others =
            (0..grid.len()).rev().map(Some).chain([None]).filter(|&level| level != preferred);
        for level in std::iter::once(preferred).chain(others) {
            let option = level.map(|level| &grid[level]);
            let value = value + option.map_or(0.0, |option| self.objective(option));
            let bound = value + most;
            let cannot_improve = self.best.as_ref().is_some_and(|(best, ..)| bound < best - slack);
            if !cannot_improve
                && (bound > -slack || self.problem.open)
                && !self.is_refused(domain, level)
            {
                choice[place] = level;
                self.descend(domain, choice, value);
            }
        }
        choice[place] = None;
    }

    /// Returns whether consent is certain to be missing if the domain at this index is agreed on at
    /// a depth level, at any depth of those before it. Stores the margins of the chosen domains.
    fn is_refused(&mut self, domain: usize, level: Option<usize>) -> bool {
        if self.refusal.is_none() {
            return false;
        }
        let (own, chosen) = self.buffers.open.split_at_mut(domain + 1);
        let (own, before) = (&mut own[domain], &chosen[0].margins);
        own.margins = match level {
            Some(level) => {
                let added = &self.buffers.margins[self.first[self.order[domain]] + level];
                lanes(|state| before[state] + added[state])
            }
            None => *before,
        };
        is_short(&own.margins, &own.most_margins, &self.least)
    }

    /// Returns whether a whole combination is certain to be refused.
    fn is_refused_whole(&self, choice: &Choice) -> bool {
        let Some(refusal) = &self.refusal else { return false };
        let mut net = [0.0; MAX_STATES];
        for (grid, level) in self.options.iter().zip(choice) {
            if let Some(level) = level {
                add(&mut net, &grid[*level].net);
            }
        }
        refusal.is_refused(self.problem, &net, self.most_gross)
    }

    /// Coordinate ascent over the domains, from no deal.
    fn ascend(&mut self, choice: &mut Choice) {
        for _ in 0..4 {
            let mut improved = false;
            for domain in 0..self.options.len() {
                let mut chosen = choice[domain];
                for level in 0..self.options[domain].len() {
                    choice[domain] = Some(level);
                    if self.consider(choice) {
                        chosen = Some(level);
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

#[cfg(test)]
mod tests {
    use super::super::appraisal::filled;
    use super::super::sharing::PayerTrust;
    use super::*;
    use crate::ids::Members;
    use crate::scenario::types::design::VotingRule;
    use proptest::prelude::*;

    #[test]
    fn a_majority_adopts_what_unanimity_adopts() {
        // The proposer loses 10. The cheapest pair of the three gains too little to compensate it;
        // all three together gain enough.
        let whole = Appraisal {
            net: filled(&[-10.0, 6.0, 5.0]),
            gross: filled(&[10.0, 6.0, 5.0]),
            kept: 1.0,
            valued: 1.0,
            ..Appraisal::default()
        };
        let trust = PayerTrust::CERTAIN;
        for required in [0.5, 2.0 / 3.0, 1.0] {
            let rule = VotingRule {
                weights: vec![1.0; 3],
                required,
                member_share: 0.0,
                allowed_dissents: 0,
            };
            let problem = BargainingProblem {
                rule: &rule,
                members: Members::first(3),
                voters: Members::first(3),
                free: Members::NONE,
                concedes: false,
                division: Sharing::Nash,
                proposer: Some(0),
                open: false,
                anticipates: false,
                delegated: false,
                money: true,
                weights: &[1.0; 3],
                payer_trust: &trust,
            };
            let found = propose(
                &problem,
                &[&[whole]],
                3,
                0.5,
                &mut [None],
                &mut SearchBuffers::new(1, 4),
                |_, terms| Some(terms.nash_share),
            );
            assert!(found.is_some(), "{required}");
        }
    }

    #[test]
    fn without_transfers_depth_alone_must_win_consent() {
        let rule = VotingRule {
            weights: vec![1.0; 2],
            required: 1.0,
            member_share: 0.0,
            allowed_dissents: 0,
        };
        let trust = PayerTrust::CERTAIN;
        let problem = BargainingProblem {
            rule: &rule,
            members: Members::first(2),
            voters: Members::first(2),
            free: Members::NONE,
            concedes: false,
            division: Sharing::Nash,
            proposer: Some(0),
            open: false,
            anticipates: false,
            delegated: false,
            money: false,
            weights: &[1.0, 1.0],
            payer_trust: &trust,
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
        let grid = [shallow, deep];
        let mut levels = [None];
        let found = propose(
            &problem,
            &[&grid],
            2,
            1.0,
            &mut levels,
            &mut SearchBuffers::new(1, 4),
            |_, terms| Some(terms.nash_share),
        );
        assert!(found.is_some());
        assert_eq!(levels, [Some(0)]);
        let money = BargainingProblem { money: true, ..problem };
        let _ = propose(
            &money,
            &[&grid],
            2,
            1.0,
            &mut levels,
            &mut SearchBuffers::new(1, 4),
            |_, terms| Some(terms.nash_share),
        );
        assert_eq!(levels, [Some(1)]);
    }

    proptest! {
        #[test]
        fn every_majority_rule_adopts_plans_that_unanimity_adopts(
            net in proptest::collection::vec(-20.0f64..30.0, 3..7), required in 0.3f64..1.0,
                allowed_dissents in proptest::bool::ANY,
            proposer in proptest::option::of(0usize..3), money in proptest::bool::ANY,
        ) {
            let n = net.len();
            let gross: Vec<f64> = net.iter().map(|x| x.abs()).collect();
            let whole =
                Appraisal { net: filled(&net), gross: filled(&gross), kept: 1.0, valued: 1.0,
                    ..Appraisal::default() };
            let trust = PayerTrust::CERTAIN;
            let adopted = |required: f64, allowed_dissents: usize| {
                let weights = vec![1.0; n];
                let rule = VotingRule { weights, required, member_share: 0.0, allowed_dissents };
                let problem = BargainingProblem {
                    rule: &rule,
                    members: Members::first(n),
                    voters: Members::first(n),
                    free: Members::NONE,
                    concedes: false,
                    division: Sharing::Nash,
                    proposer,
                    open: false,
                anticipates: false,
                    delegated: false,
                    money,
                    weights: &vec![1.0; n],
                    payer_trust: &trust,
                };
                let mut buffers = SearchBuffers::new(1, 1);
                propose(&problem, &[&[whole]], n, 0.5, &mut [None], &mut buffers, |_, terms| {
                    Some(terms.nash_share)
                })
                .is_some()
            };
            let other = if allowed_dissents { adopted(1.0, 1) } else { adopted(required, 0) };
            prop_assert!(!adopted(1.0, 0) || other);
        }
    }

    /// Returns the best objective that can be agreed on, by full enumeration.
    fn all_of_them(
        problem: &BargainingProblem<'_>,
        options: &[&[Appraisal]],
        states: usize,
    ) -> Option<f64> {
        let mut best: Option<f64> = None;
        let mut choice = vec![0; options.len()];
        loop {
            let chosen = || options.iter().zip(&choice).filter_map(|(grid, &at)| grid.get(at));
            let objective: f64 = chosen()
                .map(|option| if problem.proposer.is_none() { option.kept } else { option.valued })
                .sum();
            let mut whole = Appraisal::default();
            chosen().for_each(|option| whole.add(option, states, true));
            let better = objective > best.unwrap_or(0.0);
            if better && agree(problem, &whole, 0.7, |terms| Some(terms.nash_share)).is_some() {
                best = Some(objective);
            }
            // The choice is incremented like a number with one digit for each domain.
            let Some(turn) =
                (0..options.len()).find(|&domain| choice[domain] < options[domain].len())
            else {
                return best;
            };
            choice[turn] += 1;
            choice[..turn].fill(0);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]
        #[test]
        fn pruned_combinations_are_never_optimal(
            cells in proptest::collection::vec((-30.0f64..25.0, 0.0f64..20.0), 3 * 3 * 4),
            trust in proptest::collection::vec(prop_oneof![Just(0.0), Just(1.0), 0.05f64..1.0], 4),
                suspended in proptest::option::of(0usize..4),
            proposer in proptest::option::of(0usize..4), (money, majority) in (proptest::bool::ANY,
                proptest::bool::ANY),
            weights in proptest::collection::vec(0.2f64..2.0, 4),
            division in proptest::sample::select(vec![
                Sharing::Nash, Sharing::EqualSplit, Sharing::Shapley, Sharing::KalaiSmorodinsky,
            ]),
        ) {
            let option = |cells: &[(f64, f64)]| {
                let net: Vec<f64> = cells.iter().map(|cell| cell.0).collect();
                let gross: Vec<f64> = cells.iter().map(|cell| cell.0.abs() + cell.1).collect();
                let valued: f64 = net.iter().sum();
                let kept = valued + cells.iter().map(|cell| cell.1).sum::<f64>();
                let arrival = [net[1], net[2], net[3], net[0]];
                Appraisal { net: filled(&net), gross: filled(&gross), shapley: filled(&arrival),
                    kept, valued }
            };
            let grids: Vec<Vec<Appraisal>> =
                cells.chunks(12).map(|grid| grid.chunks(4).map(option).collect()).collect();
            let options: Vec<&[Appraisal]> = grids.iter().map(Vec::as_slice).collect();
            let members = Members::first(4);
            let rule =
                VotingRule { weights: vec![1.0; 4], required: if majority { 0.5 } else { 1.0 },
                    member_share: 0.0, allowed_dissents: 0 };
            let mut payer_trust = PayerTrust::CERTAIN;
            for pairs in &mut payer_trust.pairs {
                pairs[..4].copy_from_slice(&trust);
            }
            let problem = BargainingProblem {
                rule: &rule,
                members,
                voters: suspended.map_or(members, |state| members.without(state)),
                free: Members::NONE,
                concedes: false,
                proposer,
                open: false,
                anticipates: false,
                delegated: false,
                money,
                division,
                weights: &weights,
                payer_trust: &payer_trust,
            };
            let mut levels = [None; 3];
            let found =
                propose(&problem, &options, 4, 0.7, &mut levels, &mut SearchBuffers::new(3, 4), |_,
                    terms| Some(terms.nash_share));
            let chosen = options.iter().zip(levels).filter_map(|(grid,
                level)| level.map(|level| &grid[level]));
            let value: f64 =
                chosen
                    .map(|option| if proposer.is_none() { option.kept } else { option.valued })
                    .sum();
            let expected = all_of_them(&problem, &options, 4);
            prop_assert_eq!(found.is_some(), expected.is_some());
            if let Some(expected) = expected {
                prop_assert!((value - expected).abs() <= 1e-9 * expected.abs(), "{} instead of \
                    {}", value, expected);
            }
        }
    }
}
