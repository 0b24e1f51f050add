//! Steps 4 and 5 of the year at one table in one replication: proposal and vote (ODD §6, §8).

use super::anticipation::Outlook;
use super::negotiation::Scratch;
use super::negotiation_round::NegotiationRound;
use super::trace::{Step, Trace};
use crate::draws::Decision;
use crate::ids::{MAX_DOMAINS, MAX_STATES, Members};
use crate::organisation::{Appraisal, BargainingProblem, PayerTrust, chair, drawn, propose, vote};
use crate::scenario::raw::Continuation;
use crate::scenario::raw::organisation::{Abstention, Proposer, Sanction};

/// Attempt at a proposal in one year.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Attempt {
    First,
    /// With the chances that obligors perform, reckoned at the terms of the first proposal: at
    /// other depths, or in a package without some of the domains.
    Second,
}

/// What becomes of a proposal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Prospect {
    /// A vote is to be held on it.
    Vote,
    /// A state whose consent is needed expects a loss.
    Refused,
}

impl<'a, T: Trace> NegotiationRound<'a, T> {
    /// Makes a proposal, enters its levels, terms and amounts in the regime, and reckons the
    /// chances that obligors perform it. Returns whether anything can be agreed on.
    pub(super) fn propose(&mut self, scratch: &mut Scratch, attempt: Attempt) -> bool {
        let (prepared, scenario) = (self.now.prepared, &self.now.engine.scenario);
        let (design, table) = (&prepared.design, self.negotiation.table);
        let (count, states) = (table.domains.len(), scenario.states.len());
        // In a second attempt a package is proposed at the depths chosen first.
        let same_depths = attempt == Attempt::Second && count > 1;
        let reckons = scenario.behaviour.reckons_debtors;
        let Scratch { depths, chosen, options, levels, buffers, payer_trust, .. } = scratch;
        let (mut first, mut count_of) = ([0; MAX_DOMAINS], [0; MAX_DOMAINS]);
        let mut views: [&[Appraisal]; MAX_DOMAINS] = [&[]; MAX_DOMAINS];
        for (at, options) in options[..count].iter_mut().enumerate() {
            let level = self.run.own.regimes[self.negotiation.index].levels[at];
            let step = prepared.level_step;
            let most = self.run.own.agenda.depth(table.domains[at]) * options.len() as f64 + 1e-9;
            // Levels are proposed in steps of the design.
            (first[at], count_of[at]) = match level {
                _ if !same_depths => (step - 1, most as usize / step),
                Some(level) => (level, 1),
                None => (0, 0),
            };
            for (place, option) in options[..count_of[at]].iter_mut().enumerate() {
                let level = first[at] + place * step;
                let appraised =
                    if same_depths && reckons { &chosen[at] } else { &depths[at][level] };
                appraised.read(self.lane, states, prepared.by_arrival, option);
            }
            views[at] = &options[..count_of[at]];
        }
        let proposer = self.proposer();
        let reputation = self.run.own.reputation.mean();
        let levels = &mut levels[..count];
        if design.money {
            self.fill_payer_trust(attempt, payer_trust);
        }
        let trust = if design.money { &*payer_trust } else { &PayerTrust::CERTAIN };
        let problem = self.problem(proposer, trust);
        let level_of = |at: usize, place: usize| first[at] + place * prepared.level_step;
        let sustainable = |places: &[Option<usize>], terms| {
            if !design.anticipate_compliance {
                return Some(design.nash_share);
            }
            let mut levels = [None; MAX_DOMAINS];
            for (at, place) in places.iter().enumerate() {
                levels[at] = place.map(|place| level_of(at, place));
            }
            self.outlook(&levels[..places.len()]).sustainable_share(terms, reputation)
        };
        levels.fill(None);
        let share = design.nash_share;
        let found = propose(&problem, &views[..count], states, share, levels, buffers, sustainable);
        let regime = &mut self.run.own.regimes[self.negotiation.index];
        regime.active = false;
        let Some((bargain, whole)) = found else {
            self.event(Step::Bargaining, proposer, "no proposal", &[]);
            return false;
        };
        for (at, level) in levels.iter_mut().enumerate() {
            *level = level.map(|place| level_of(at, place));
        }
        regime.levels[..count].copy_from_slice(levels);
        regime.terms = bargain.terms;
        // The vote is on the amounts of the bargain.
        regime.transfers = bargain.transfers;
        if scenario.behaviour.continuation == Continuation::Stationary {
            let gain = self.outlook(levels).stationary_gain(bargain.terms);
            self.run.own.regimes[self.negotiation.index].stationary = gain;
        }
        self.expect(&whole);
        true
    }

    /// Enters the trust of each member in each other as a payer, given the chances that payers pay.
    fn fill_payer_trust(&self, attempt: Attempt, into: &mut PayerTrust) {
        let reckoned = self.run.own.regimes[self.negotiation.index].chances.payments;
        let chances = if attempt == Attempt::First { [1.0; MAX_STATES] } else { reckoned };
        let (prepared, table) = (self.now.prepared, self.negotiation.table);
        let trust = (self.negotiation.trust, self.lane);
        for receiver in self.members.iter() {
            for payer in self.members.without(receiver).iter() {
                into.pairs[receiver][payer] =
                    prepared.payer_trust(trust, table, (receiver, payer), chances[payer]);
            }
        }
    }

    /// Enters in the regime what members expect of the proposal with the chances that they reckon,
    /// if they do, and returns what becomes of it.
    pub(super) fn weigh(&mut self, scratch: &Scratch, attempt: Attempt) -> Prospect {
        let index = self.negotiation.index;
        let count = self.negotiation.table.domains.len();
        if self.now.engine.scenario.behaviour.reckons_debtors {
            let (states, by_arrival) = (self.now.prepared.states(), self.now.prepared.by_arrival);
            let (mut whole, mut domain) = (Appraisal::default(), Appraisal::default());
            for (at, level) in self.run.own.regimes[index].levels[..count].iter().enumerate() {
                if let Some(level) = level {
                    let single = &scratch.depths[at][*level];
                    let appraised = if count > 1 { &scratch.chosen[at] } else { single };
                    appraised.read(self.lane, states, by_arrival, &mut domain);
                    whole.add(&domain, states, by_arrival);
                }
            }
            self.enter_ballot(&whole);
        }
        let regime = &self.run.own.regimes[index];
        let consent = regime.terms.consent;
        let content = regime.ballot.content(self.members).and(consent) == consent;
        let beneficiaries = if consent.is_empty() { self.members } else { consent };
        let worthwhile = regime.ballot.anyone_gains(beneficiaries);
        if worthwhile && (content || attempt == Attempt::Second) {
            if T::ENABLED {
                let levels = regime.levels.clone();
                self.trace_proposal(&levels[..count]);
            }
            return Prospect::Vote;
        }
        if attempt == Attempt::Second {
            self.event(Step::Bargaining, self.proposer(), "no proposal", &[]);
        }
        Prospect::Refused
    }

    /// Holds the vote on the proposal. If it passes, it is adopted. If it fails and an organ
    /// reconciles, a second vote is held at lower depths.
    pub(super) fn decide(&mut self) {
        let mut votes = self.hold_vote();
        if votes.is_none() && self.now.prepared.design.reconciles && self.lower_depths() {
            votes = self.hold_vote();
        }
        if let Some((yes, against)) = votes {
            self.adopt(yes, against);
        }
    }

    /// Lowers the proposal by one depth level in every domain that is not at its lowest, with the
    /// same sharing rule. Returns whether it could be lowered.
    fn lower_depths(&mut self) -> bool {
        let step = self.now.prepared.level_step;
        let count = self.negotiation.table.domains.len();
        let regime = &mut self.run.own.regimes[self.negotiation.index];
        let mut lowered = false;
        for level in regime.levels[..count].iter_mut().flatten() {
            if *level >= step {
                (*level, lowered) = (*level - step, true);
            }
        }
        if !lowered {
            return false;
        }
        let (mut levels, terms) = ([None; MAX_DOMAINS], regime.terms);
        levels[..count].copy_from_slice(&regime.levels[..count]);
        if self.now.engine.scenario.behaviour.continuation == Continuation::Stationary {
            let gain = self.outlook(&levels[..count]).stationary_gain(terms);
            self.run.own.regimes[self.negotiation.index].stationary = gain;
        }
        self.compute_anew();
        if T::ENABLED {
            self.trace_proposal(&levels[..count]);
        }
        true
    }

    /// Returns the bargaining problem of the table.
    fn problem<'p>(
        &self,
        proposer: Option<usize>,
        payer_trust: &'p PayerTrust,
    ) -> BargainingProblem<'p>
    where
        'a: 'p,
    {
        let (prepared, table) = (self.now.prepared, self.negotiation.table);
        let design = &prepared.design;
        let concedes = prepared.concedes(self.run.own.regimes[self.negotiation.index].has_adopted);
        BargainingProblem {
            rule: &design.rule,
            members: self.members,
            voters: self.voters(),
            free: self.members.and(self.run.own.associates),
            proposer,
            open: design.proposer == Proposer::AnyMember && proposer.is_none() && !table.delegated,
            anticipates: design.anticipate_compliance,
            delegated: table.delegated,
            money: design.money,
            division: design.sharing,
            weights: prepared.bargaining_weights(concedes),
            concedes,
            payer_trust,
        }
    }

    /// Returns the proposing state; `None` for a commission, or where any member may propose.
    fn proposer(&self) -> Option<usize> {
        let design = &self.now.prepared.design;
        let named = self.negotiation.table.coordinator;
        let coordinator = named.filter(|&state| self.full_members().contains(state));
        match design.proposer {
            _ if self.negotiation.table.delegated => None,
            _ if coordinator.is_some() => coordinator,
            Proposer::ChairRotation => chair(self.full_members(), self.now.year),
            Proposer::Random => drawn(self.full_members(), |_| 1.0, self.choices().proposer()),
            Proposer::Weighted => {
                let weight = |state: usize| design.rule.weights[state];
                drawn(self.full_members(), weight, self.choices().proposer())
            }
            Proposer::Commission | Proposer::AnyMember => None,
        }
    }

    /// Returns the outlook on a choice of depths over all states of the world.
    fn outlook<'l>(&self, levels: &'l [Option<usize>]) -> Outlook<'l>
    where
        'a: 'l,
    {
        Outlook {
            scenario: &self.now.engine.scenario,
            prepared: self.now.prepared,
            table: self.negotiation.table,
            members: self.members,
            levels,
        }
    }

    fn trace_proposal(&mut self, levels: &[Option<usize>]) {
        let proposer = self.proposer();
        let depths = self.now.engine.scenario.depth_levels as f64;
        for (&domain, level) in self.negotiation.table.domains.iter().zip(levels) {
            if let Some(level) = level {
                let values = [("domain", domain as f64), ("depth", (level + 1) as f64 / depths)];
                self.event(Step::Bargaining, proposer, "proposal", &values);
            }
        }
    }

    /// Holds the vote. Returns the members that vote yes and those that vote no; `None` if the
    /// proposal fails.
    fn hold_vote(&mut self) -> Option<(Members, Members)> {
        let (design, delegated) = (&self.now.prepared.design, self.negotiation.table.delegated);
        let (yes, against) =
            if delegated { (self.members, Members::NONE) } else { self.count_votes() };
        let voters = self.voters();
        // Abstaining members are left out of the count, or count as consenting, by the design's
        // rule.
        let abstaining = Members(self.members.0 & !yes.0 & !against.0);
        let passed = delegated
            || match design.abstention {
                Abstention::Consent => design.rule.passes(Members(yes.0 | abstaining.0), voters),
                _ => design.rule.passes(yes, Members(voters.0 & !abstaining.0)),
            };
        let what = if passed { "adopted" } else { "rejected" };
        self.event(Step::Vote, None, what, &[("yes", yes.len() as f64)]);
        passed.then_some((yes, against))
    }

    /// Adopts the proposal: sets the parties of the regime and what states expect of it.
    fn adopt(&mut self, yes: Members, against: Members) {
        let design = &self.now.prepared.design;
        let regime = &mut self.run.own.regimes[self.negotiation.index];
        (regime.active, regime.unperformed, regime.has_adopted) = (true, true, true);
        self.record.decisions_adopted += 1;
        self.record.decisions_unperformed += 1;
        regime.treaty.signed = true;
        // Associates stay out of what they do not agree with.
        let free = if design.opt_out { self.members } else { self.run.own.associates };
        regime.opted_out = against.and(free);
        regime.parties =
            if design.binding { Members(self.members.0 & !regime.opted_out.0) } else { yes };
        for state in self.members.iter() {
            regime.experience[state].start(regime.ballot.gain[state]);
        }
    }

    /// Returns the participants that are members, not associates.
    fn full_members(&self) -> Members {
        Members(self.members.0 & !self.run.own.associates.0)
    }

    /// Returns the members whose votes count: neither suspended for a breach nor in arrears.
    pub(super) fn voters(&self) -> Members {
        let (design, members) = (&self.now.prepared.design, self.full_members());
        let suspends = design.response.has(|step| matches!(step, Sanction::VoteSuspension(_)));
        if !suspends && design.arrears_years.is_none() {
            return members;
        }
        let suspended = |state: usize| {
            self.run.own.vote_suspended_until[state] > self.now.year as f64
                || design.arrears_years.is_some_and(|years| self.run.own.arrears[state] >= years)
        };
        let voters: Members = members.iter().filter(|&state| !suspended(state)).collect();
        // If all members are suspended, all may vote.
        if voters.is_empty() { members } else { voters }
    }

    /// Returns the members that vote yes and those that vote no.
    fn count_votes(&mut self) -> (Members, Members) {
        let (choices, table) = (self.choices(), self.negotiation.table.layout_index);
        let ballot = self.run.own.regimes[self.negotiation.index].ballot;
        let states = &self.now.engine.scenario.states;
        let lambda = |state: usize| states[state].lambda_vote;
        let draw = |state| choices.decision(Decision::Vote, table, state);
        let design = &self.now.prepared.design;
        let yes = vote(&ballot, self.members, 0.0, lambda, draw);
        let not_against = match design.abstention {
            Abstention::None => yes,
            _ => vote(&ballot, self.members, design.abstention_band, lambda, draw),
        };
        let against = Members(self.members.0 & !not_against.0);
        if T::ENABLED {
            for state in self.members.iter() {
                let what = match (yes.contains(state), against.contains(state)) {
                    (true, _) => "yes",
                    (false, true) => "no",
                    (false, false) => "abstains",
                };
                let values = [("gain", ballot.gain[state]), ("stake", ballot.stake[state])];
                self.event(Step::Vote, Some(state), what, &values);
            }
        }
        (yes, against)
    }
}
