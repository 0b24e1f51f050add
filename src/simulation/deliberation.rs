//! Agenda, bargaining, vote and ratification of one table (ODD §6, steps 3–6).

use super::anticipation::Outlook;
use super::appraisal::{Appraisals, DEPTHS, weigh};
use super::prepared::Prepared;
use super::trace::{Event, Step, Trace};
use super::{Engine, LadderPool, Run};
use crate::fate::{Decision, Fates, Luck};
use crate::ids::{MAX_STATES, Members};
use crate::numeric::lanes;
use crate::organisation::{Appraisal, Attempt, Chamber, Room, chair, drawn, propose, share, vote};
use crate::plan::Plan;
use crate::scenario::design::Table;
use crate::scenario::organisation_raw::{Abstention, DecisionMode, Proposer};
use crate::scenario::raw::Continuation;
use crate::scenario::types::Scenario;

/// Room for the appraisals of a table's options.
#[derive(Debug, Clone)]
pub(super) struct Scratch {
    options: Vec<Vec<Appraisal>>,
    depths: Appraisals<DEPTHS>,
    rungs: Vec<Option<usize>>,
    room: Room,
}

impl Scratch {
    pub(super) fn new(scenario: &Scenario) -> Self {
        let domains = scenario.domains.len();
        Scratch {
            options: vec![vec![Appraisal::default(); scenario.rungs]; domains],
            depths: Appraisals::default(),
            rungs: vec![None; domains],
            room: Room::new(domains),
        }
    }
}

/// One table in one year.
pub(super) struct Session<'a, T: Trace> {
    pub engine: &'a Engine,
    pub prepared: &'a Prepared,
    pub table: &'a Table,
    pub index: usize,
    pub fates: &'a Fates,
    pub ladders: &'a LadderPool,
    pub scratch: &'a mut Scratch,
    pub run: &'a mut Run,
    pub record: &'a mut super::YearRecord,
    pub trace: &'a mut T,
    /// Members that act: those who have ratified the founding treaty, or all where it applies provisionally.
    pub members: Members,
    /// For whom this year's amounts are figured out, at the agreed depths; nobody at first.
    pub figured: Members,
    pub year: usize,
    pub lane: usize,
}

impl<T: Trace> Session<'_, T> {
    fn event(&mut self, step: Step, state: Option<usize>, what: &'static str, values: &[(&'static str, f64)]) {
        if T::LISTENS {
            let (year, table) = (self.year, Some(self.table));
            self.trace.event(Event { year, step, table, state, slot: None, what, values });
        }
    }

    /// This year's plan of a domain at a depth, as this body has it.
    fn plan(&self, domain: usize, rung: usize) -> Plan<'_> {
        let body = self.table.body;
        let place = self.run.places[body * self.prepared.slots.len() + domain];
        self.ladders.plan((domain, body), place, self.year, rung, self.lane)
    }

    /// The body's luck this year.
    fn luck(&self) -> Luck<'_> {
        let body = self.table.group;
        Luck { fates: self.fates, layout: &self.engine.layout, year: self.year, lane: self.lane, body }
    }

    /// Stakes that the table holds for each member if its domains were cooperated on at full depth, MUSD.
    fn add_table_stakes(&mut self) {
        for &domain in &self.table.domains {
            let (ladders, place) =
                (self.ladders, self.run.places[self.table.body * self.prepared.slots.len() + domain]);
            let deepest = self.engine.scenario.rungs - 1;
            let plan = ladders.plan((domain, self.table.body), place, self.year, deepest, self.lane);
            for (info, terms) in self.prepared.slots[domain].iter().zip(plan.obligations()) {
                self.run.table_stake[info.obligor] += terms.cost.abs();
                for state in self.members.iter() {
                    self.run.table_stake[state] += terms.benefits[state].abs();
                }
            }
        }
    }

    /// Decides what the table's regime asks for this year and whom it binds.
    pub(super) fn hold(mut self) {
        if self.prepared.design.membership.exit && self.members.len() >= 2 {
            self.add_table_stakes();
        }
        let regime = &mut self.run.regimes[self.index];
        regime.bound = Members::NONE;
        regime.realised = [0.0; MAX_STATES];
        if self.members.len() < 2 {
            regime.active = false;
            return;
        }
        if self.prepared.design.binding {
            // Who has joined since the decision, by ratifying the founding treaty, has accepted what stands.
            regime.opted_out = regime.opted_out.and(self.members);
            let parties = Members(self.members.0 & !regime.opted_out.0);
            regime.terms.sharing = Members(regime.terms.sharing.0 | (parties.0 & !regime.parties.0));
            regime.parties = parties;
        } else {
            regime.parties = regime.parties.and(self.members);
        }
        let asleep = (self.year as f64) < regime.asleep_until;
        if asleep {
            self.event(Step::Bargaining, None, "asleep", &[]);
            if !self.awaits_ratification() {
                return;
            }
        }
        let trust_in_payers = self.prepared.trust_in_payers(&self.run.trust, self.table, self.members);
        if asleep {
            self.ratify(&trust_in_payers);
            return;
        }
        let stands = self.run.regimes[self.index].active
            && self.prepared.design.mode == DecisionMode::Standing
            && self.still_wanted(&trust_in_payers);
        if !stands {
            self.decide(&trust_in_payers);
        }
        self.ratify(&trust_in_payers);
        if self.run.regimes[self.index].active {
            self.bind(&trust_in_payers);
        }
    }

    fn appraise_choice(&self, bound: Members) -> Appraisal {
        let mut alone = Appraisals::default();
        for (at, &domain) in self.table.domains.iter().enumerate() {
            if let Some(rung) = self.run.regimes[self.index].rungs[at] {
                let plan = self.plan(domain, rung);
                let trust = |domain: usize, i: usize, j: usize| self.run.trust.mean(domain, i, j);
                alone.add(self.prepared, domain, &[plan], (bound, self.members), trust);
            }
        }
        alone.whole()
    }

    /// This year's amounts under the agreed depths and sharing rule.
    fn amounts(&mut self, bound: Members, trust_in_payers: &[f64; MAX_STATES]) {
        if self.figured == bound {
            return;
        }
        self.figured = bound;
        let whole = self.appraise_choice(bound);
        let regime = &mut self.run.regimes[self.index];
        let sharing = regime.terms.sharing.and(bound);
        regime.transfers = if self.prepared.design.money {
            let (division, nash_share) = (self.prepared.design.sharing, regime.terms.nash_share);
            share(division, &whole, sharing, &self.prepared.weights, trust_in_payers, nash_share)
        } else {
            [0.0; MAX_STATES]
        };
        regime.ballot = weigh(&self.engine.scenario, &whole, &regime.transfers, trust_in_payers, self.members);
    }

    /// Expected gain of all states, members or not, if those who are bound perform everything, MUSD.
    fn promised(&self, bound: Members) -> f64 {
        let states = self.engine.scenario.states.len();
        let mut total = 0.0;
        for (at, &domain) in self.table.domains.iter().enumerate() {
            let Some(rung) = self.run.regimes[self.index].rungs[at] else {
                continue;
            };
            let plan = self.plan(domain, rung);
            for slot in (0..plan.slots()).filter(|&slot| self.prepared.can_fall_due(domain, slot, bound)) {
                total += (0..states).map(|state| plan.benefit(slot, state)).sum::<f64>() - plan.cost(slot);
            }
        }
        total
    }

    /// Whether nobody whose consent the standing decision needs expects a loss.
    fn still_wanted(&mut self, trust_in_payers: &[f64; MAX_STATES]) -> bool {
        let bound = self.bound_now();
        if bound.is_empty() || self.table.delegated {
            return true;
        }
        self.amounts(bound, trust_in_payers);
        let regime = &self.run.regimes[self.index];
        let mut ballot = regime.ballot;
        if self.engine.scenario.behaviour.continuation == Continuation::Stationary {
            // Who looks at all states of the world does not leave for one bad year.
            ballot.gain = regime.stationary;
        }
        let wanted = self.prepared.design.rule.passes(ballot.content(self.members), self.voters());
        if !wanted {
            self.event(Step::Bargaining, None, "consent lost", &[]);
        }
        wanted
    }

    /// Who is bound if the regime stands as it does.
    fn bound_now(&self) -> Members {
        let regime = &self.run.regimes[self.index];
        let design = &self.prepared.design;
        if design.binding && design.ratify_frameworks && !self.table.delegated {
            if regime.treaty.in_force(self.members, design.ratification_minimum) {
                regime.treaty.ratified.and(regime.parties)
            } else {
                Members::NONE
            }
        } else {
            regime.parties
        }
    }

    /// Proposal and vote.
    fn decide(&mut self, trust_in_payers: &[f64; MAX_STATES]) {
        let design = &self.prepared.design;
        for (at, &domain) in self.table.domains.iter().enumerate() {
            let (ladders, place) =
                (self.ladders, self.run.places[self.table.body * self.prepared.slots.len() + domain]);
            let (rungs, states) = (self.engine.scenario.rungs, self.engine.scenario.states.len());
            let depths = &mut self.scratch.depths;
            for (block, options) in self.scratch.options[at].chunks_mut(DEPTHS).enumerate() {
                let first = block * DEPTHS;
                // Where rungs come to an end, the last is read again.
                let plan = |rung: usize| {
                    ladders.plan((domain, self.table.body), place, self.year, rung.min(rungs - 1), self.lane)
                };
                let trust = |domain: usize, i: usize, j: usize| self.run.trust.mean(domain, i, j);
                depths.clear(states);
                let plans = lanes(|r| plan(first + r));
                depths.add(self.prepared, domain, &plans, (self.members, self.members), trust);
                for (r, option) in options.iter_mut().enumerate() {
                    depths.read(r, states, option);
                }
            }
        }
        let proposer = match design.proposer {
            _ if self.table.delegated => None,
            Proposer::ChairRotation => chair(self.members, self.year),
            Proposer::Random => drawn(self.members, |_| 1.0, self.luck().proposer()),
            Proposer::Weighted => drawn(self.members, |state| design.rule.weights[state], self.luck().proposer()),
            Proposer::Commission | Proposer::AnyMember => None,
        };
        let chamber = Chamber {
            rule: &design.rule,
            members: self.members,
            voters: self.voters(),
            proposer,
            open: design.proposer == Proposer::AnyMember && !self.table.delegated,
            delegated: self.table.delegated,
            money: design.money,
            division: design.sharing,
            weights: &self.prepared.weights,
            trust_in_payers,
        };
        let count = self.table.domains.len();
        let Scratch { options, rungs, room, .. } = &mut *self.scratch;
        let mut views: [&[Appraisal]; crate::ids::MAX_DOMAINS] = [&[]; crate::ids::MAX_DOMAINS];
        for (view, options) in views.iter_mut().zip(&options[..count]) {
            *view = options;
        }
        let reputation = self.run.reputation.mean();
        let outlook = |rungs: &[Option<usize>], terms| {
            if !design.anticipate_compliance {
                return Some(design.nash_share);
            }
            let outlook = Outlook {
                scenario: &self.engine.scenario,
                prepared: self.prepared,
                table: self.table,
                members: self.members,
                rungs,
            };
            outlook.sustainable_share(terms, reputation)
        };
        let (rungs, states) = (&mut rungs[..count], self.engine.scenario.states.len());
        rungs.fill(None);
        let found = propose(&chamber, &views[..count], states, design.nash_share, rungs, room, outlook);
        let regime = &mut self.run.regimes[self.index];
        regime.active = false;
        let Some(bargain) = found else {
            self.event(Step::Bargaining, proposer, "no proposal", &[]);
            return;
        };
        regime.rungs[..count].copy_from_slice(&self.scratch.rungs[..count]);
        regime.terms = bargain.terms;
        self.figured = Members::NONE;
        self.amounts(self.members, trust_in_payers);
        if T::LISTENS {
            for at in 0..count {
                if let Some(rung) = self.scratch.rungs[at] {
                    let depth = (rung + 1) as f64 / self.engine.scenario.rungs as f64;
                    let domain = self.table.domains[at] as f64;
                    self.event(Step::Bargaining, proposer, "proposal", &[("domain", domain), ("depth", depth)]);
                }
            }
        }
        let design = &self.prepared.design;
        let (yes, against) = if self.table.delegated { (self.members, Members::NONE) } else { self.count_votes() };
        let voters = self.voters();
        // Whoever neither agrees nor objects is left out of the count, or counts as consenting.
        let abstaining = Members(self.members.0 & !yes.0 & !against.0);
        let passed = self.table.delegated
            || match design.abstention {
                Abstention::Consent => design.rule.passes(Members(yes.0 | abstaining.0), voters),
                _ => design.rule.passes(yes, Members(voters.0 & !abstaining.0)),
            };
        self.event(Step::Vote, None, if passed { "adopted" } else { "rejected" }, &[("yes", yes.len() as f64)]);
        if !passed {
            return;
        }
        let stationary = (self.engine.scenario.behaviour.continuation == Continuation::Stationary).then(|| {
            let outlook = Outlook {
                scenario: &self.engine.scenario,
                prepared: self.prepared,
                table: self.table,
                members: self.members,
                rungs: &self.scratch.rungs[..count],
            };
            outlook.stationary_gain(bargain.terms)
        });
        let regime = &mut self.run.regimes[self.index];
        regime.active = true;
        regime.treaty.signed = true;
        regime.opted_out = if design.opt_out { against } else { Members::NONE };
        regime.parties = if design.binding { Members(self.members.0 & !regime.opted_out.0) } else { yes };
        if let Some(gain) = stationary {
            regime.stationary = gain;
        }
        for state in self.members.iter() {
            regime.experience[state].start(regime.ballot.gain[state]);
        }
    }

    /// Members whose votes count: neither suspended for a breach nor in arrears.
    fn voters(&self) -> Members {
        let design = &self.prepared.design;
        if design.vote_suspension_years == 0 && design.arrears_years.is_none() {
            return self.members;
        }
        let suspended = |state: usize| {
            self.run.vote_suspended_until[state] > self.year as f64
                || design.arrears_years.is_some_and(|years| self.run.arrears[state] >= years)
        };
        let voters: Members = self.members.iter().filter(|&state| !suspended(state)).collect();
        // Where all are suspended, nobody is.
        if voters.is_empty() { self.members } else { voters }
    }

    /// Members that vote yes, and those that vote no.
    fn count_votes(&mut self) -> (Members, Members) {
        let (own, table) = (self.luck(), self.table.luck);
        let ballot = self.run.regimes[self.index].ballot;
        let states = &self.engine.scenario.states;
        let (lambda, luck) =
            (|state: usize| states[state].lambda_vote, |state| own.decision(Decision::Vote, table, state));
        let design = &self.prepared.design;
        let yes = vote(&ballot, self.members, 0.0, lambda, luck);
        let not_against = match design.abstention {
            Abstention::None => yes,
            _ => vote(&ballot, self.members, design.abstention_band, lambda, luck),
        };
        let against = Members(self.members.0 & !not_against.0);
        if T::LISTENS {
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

    fn yet_to_ratify(&self) -> Members {
        Members(self.members.0 & !self.run.regimes[self.index].treaty.ratified.0)
    }

    fn awaits_ratification(&self) -> bool {
        let design = &self.prepared.design;
        let signed = self.run.regimes[self.index].treaty.signed;
        design.binding
            && design.ratify_frameworks
            && !self.table.delegated
            && signed
            && !self.yet_to_ratify().is_empty()
    }

    /// Domestic ratification of the framework treaty, wherever it is missing, once it is signed: judged on what the
    /// agreed depths would give this year if all members were bound, whether or not a plan passes.
    fn ratify(&mut self, trust_in_payers: &[f64; MAX_STATES]) {
        if !self.awaits_ratification() {
            return;
        }
        let design = &self.prepared.design;
        let missing = self.yet_to_ratify();
        self.amounts(self.members, trust_in_payers);
        for state in missing.iter() {
            let regime = &self.run.regimes[self.index];
            let traits = &self.engine.scenario.states[state];
            let resolve = self.fates.at(self.year, self.engine.layout.resolve(state), self.lane);
            let sovereignty = traits.sovereignty_cost.get() * resolve * design.table_pooling(self.table);
            let scope = design.scope;
            let advantage = (scope * regime.ballot.gain[state] - sovereignty) / (scope * regime.ballot.stake[state])
                - traits.ratification_threshold * resolve;
            let attempt = Attempt {
                hazard: design.ratification_hazard,
                lambda: traits.lambda_vote,
                advantage,
                luck: self.luck().decision(Decision::Ratify, self.table.luck, state),
            };
            let ratifies = attempt.succeeds();
            let treaty = &mut self.run.regimes[self.index].treaty;
            if ratifies {
                treaty.ratified = treaty.ratified.with(state);
            } else {
                self.record.ratification_failures += 1;
            }
            let what = if ratifies { "ratifies" } else { "does not ratify" };
            self.event(Step::Ratification, Some(state), what, &[("advantage", advantage)]);
        }
    }

    /// Fixes who owes what this year.
    fn bind(&mut self, trust_in_payers: &[f64; MAX_STATES]) {
        let bound = self.bound_now();
        if bound.len() < self.prepared.design.minimum_participation {
            return;
        }
        self.amounts(bound, trust_in_payers);
        self.record.promised += self.promised(bound) * self.prepared.design.scope;
        let regime = &mut self.run.regimes[self.index];
        regime.bound = bound;
        for (domain, _) in self.table.domains.iter().zip(&regime.rungs).filter(|(_, rung)| rung.is_some()) {
            self.record.plans |= 1 << domain;
        }
    }
}
