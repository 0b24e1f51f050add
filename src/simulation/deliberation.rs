//! Agenda, bargaining, vote and ratification of one table (ODD §6, steps 3–6).

use super::anticipation::Outlook;
use super::appraisal::{Appraisals, Seats, appraise, weigh};
use super::prepared::{ByState, Prepared, of_lane};
use super::sitting::{Sitting, lay_out_plans};
use super::trace::{Event, Step, Trace};
use super::{Engine, Run, Worker, YearRecord};
use crate::fate::{Decision, Luck};
use crate::ids::{MAX_DOMAINS, MAX_STATES, Members};
use crate::numeric::{LANES, any, lanes};
use crate::organisation::{Appraisal, Attempt, Chamber, Room, chair, drawn, propose, share, vote};
use crate::plan::Plan;
use crate::scenario::organisation_raw::{Abstention, DecisionMode, Proposer};
use crate::scenario::raw::Continuation;
use crate::scenario::types::Scenario;

/// Room for what a table looks at.
#[derive(Debug, Clone)]
pub(super) struct Scratch {
    /// By position in the table's list of domains and rung, in all replications; and those of one.
    depths: Vec<Vec<Appraisals<LANES>>>,
    options: Vec<Vec<Appraisal>>,
    rungs: Vec<Option<usize>>,
    room: Room,
    /// This year's stakes of full cooperation on the agenda, MUSD.
    pub(super) stakes: ByState,
}

impl Scratch {
    pub(super) fn new(scenario: &Scenario) -> Self {
        let domains = scenario.domains.len();
        Scratch {
            depths: vec![vec![Appraisals::default(); scenario.rungs]; domains],
            options: vec![vec![Appraisal::default(); scenario.rungs]; domains],
            rungs: vec![None; domains],
            room: Room::new(domains),
            stakes: [[0.0; LANES]; MAX_STATES],
        }
    }
}

/// What a session has to do after it was opened.
#[derive(Debug, Clone, Copy)]
enum Course {
    /// Nothing.
    Over,
    /// The regime sleeps, but its treaty is still to be ratified.
    Ratifies,
    /// What was decided stands; its amounts are figured for these.
    Stands(Members),
    /// A proposal is made and voted on.
    Decides,
}

/// One table in one year of one replication.
struct Session<'a, T: Trace> {
    sitting: &'a Sitting<'a>,
    run: &'a mut Run,
    record: &'a mut YearRecord,
    trace: &'a mut T,
    /// Members that act; nobody where fewer than two do.
    members: Members,
    /// For whom this year's amounts are figured out, at the agreed depths; nobody at first.
    figured: Members,
    /// Whether this year's plans at the agreed depths are taken.
    taken: bool,
    lane: usize,
}

/// Holds the session of a table in every replication in which it has seats.
#[allow(clippy::too_many_arguments)] // what is read and written of the worker is told apart
pub(super) fn sit<T: Trace>(
    engine: &Engine,
    prepared: &Prepared,
    worker: &mut Worker,
    index: usize,
    seats: [Option<Members>; LANES],
    year: usize,
    records: &mut [Vec<YearRecord>],
    trace: &mut T,
) {
    let table = &prepared.tables()[index];
    let laid_out = lay_out_plans(engine, prepared, worker, table, seats, year);
    let Worker { fates, ladders, scratch, runs, trust, .. } = worker;
    let seats: [Members; LANES] = lanes(|lane| seats[lane].unwrap_or_default());
    let sitting = Sitting {
        trust_in_payers: prepared.trust_in_payers(trust, table, &seats),
        seats: lanes(|lane| if seats[lane].len() < 2 { Members::NONE } else { seats[lane] }),
        engine,
        prepared,
        table,
        index,
        fates,
        ladders,
        trust,
        year,
        laid_out,
    };
    if prepared.design.membership.exit {
        sitting.add_stakes(&mut scratch.stakes);
    }
    let mut courses = [Course::Over; LANES];
    for (lane, run) in runs.iter_mut().enumerate() {
        courses[lane] = Session::of(&sitting, lane, run, &mut records[lane][year], trace).open();
    }
    let decides = |lane: usize| matches!(courses[lane], Course::Decides);
    if any::<LANES>(decides) {
        let deciding = lanes(|lane| if decides(lane) { sitting.seats[lane] } else { Members::NONE });
        sitting.appraise(deciding, &mut scratch.depths);
    }
    for (lane, run) in runs.iter_mut().enumerate() {
        Session::of(&sitting, lane, run, &mut records[lane][year], trace).conclude(courses[lane], scratch);
    }
    if prepared.several_bodies {
        for run in runs {
            sitting.note_agreed(run);
        }
    }
}

impl<'a, T: Trace> Session<'a, T> {
    fn of(
        sitting: &'a Sitting<'a>,
        lane: usize,
        run: &'a mut Run,
        record: &'a mut YearRecord,
        trace: &'a mut T,
    ) -> Self {
        let (members, figured) = (sitting.seats[lane], Members::NONE);
        Session { sitting, run, record, trace, members, figured, taken: false, lane }
    }
}

impl<T: Trace> Session<'_, T> {
    fn event(&mut self, step: Step, state: Option<usize>, what: &'static str, values: &[(&'static str, f64)]) {
        if T::LISTENS {
            let (year, table) = (self.sitting.year, Some(self.sitting.table));
            self.trace.event(Event { year, step, table, state, slot: None, what, values });
        }
    }

    /// Copies this year's plans at the agreed depths from the ladders, once: from now on they are read side by side.
    fn take_plans(&mut self) {
        if self.taken {
            return;
        }
        self.taken = true;
        let Sitting { prepared, table, index, .. } = *self.sitting;
        let Run { regimes, taken, .. } = &mut *self.run;
        for (at, &domain) in table.domains.iter().enumerate() {
            if let Some(rung) = regimes[index].rungs[at] {
                let plans = self.sitting.plans(at, rung, self.lane);
                plans.copy(self.lane, &mut taken[prepared.taken(table.body, domain)]);
            }
        }
    }

    /// This year's plan, as it was taken, in the domain at a position of the table's list.
    fn plan(&self, at: usize) -> Option<Plan<'_>> {
        let Sitting { prepared, table, index, .. } = *self.sitting;
        prepared.plan_of(table, at, &self.run.regimes[index], &self.run.taken)
    }

    /// How far each state trusts those who would pay it.
    fn trust_in_payers(&self) -> [f64; MAX_STATES] {
        of_lane(&self.sitting.trust_in_payers, self.lane)
    }

    /// The body's luck this year.
    fn luck(&self) -> Luck<'_> {
        let Sitting { engine, table, fates, year, .. } = *self.sitting;
        Luck { fates, layout: &engine.layout, year, lane: self.lane, body: table.group }
    }

    /// Looks at what stands.
    fn open(mut self) -> Course {
        let regime = &mut self.run.regimes[self.sitting.index];
        regime.bound = Members::NONE;
        regime.realised[..self.sitting.prepared.states()].fill(0.0);
        if self.members.is_empty() {
            regime.active = false;
            return Course::Over;
        }
        if self.sitting.prepared.design.binding {
            // Who has joined since the decision, by ratifying the founding treaty, has accepted what stands.
            regime.opted_out = regime.opted_out.and(self.members);
            let parties = Members(self.members.0 & !regime.opted_out.0);
            regime.terms.sharing = Members(regime.terms.sharing.0 | (parties.0 & !regime.parties.0));
            regime.parties = parties;
        } else {
            regime.parties = regime.parties.and(self.members);
        }
        if (self.sitting.year as f64) < regime.asleep_until {
            self.event(Step::Bargaining, None, "asleep", &[]);
            return if self.awaits_ratification() { Course::Ratifies } else { Course::Over };
        }
        let stands = self.run.regimes[self.sitting.index].active
            && self.sitting.prepared.design.mode == DecisionMode::Standing
            && self.still_wanted();
        if !stands {
            return Course::Decides;
        }
        self.take_plans();
        Course::Stands(self.figured)
    }

    /// Decides what the table's regime asks for this year and whom it binds.
    fn conclude(mut self, course: Course, scratch: &mut Scratch) {
        match course {
            Course::Over => return,
            Course::Ratifies => {
                self.ratify();
                return;
            }
            Course::Stands(figured) => (self.figured, self.taken) = (figured, true),
            Course::Decides => self.decide(scratch),
        }
        self.ratify();
        if self.run.regimes[self.sitting.index].active {
            self.bind();
        }
    }

    fn appraise_choice(&self, bound: Members) -> Appraisal {
        let mut alone = [Appraisals::default()];
        for (at, &domain) in self.sitting.table.domains.iter().enumerate() {
            if let Some(plan) = self.plan(at) {
                let trust = |domain: usize, i: usize, j: usize| self.sitting.trust.mean(domain, i, j, self.lane);
                let seats = Seats { bound: [bound], members: [self.members] };
                appraise(&mut alone, self.sitting.prepared, domain, &[plan], &seats, &trust);
            }
        }
        alone[0].whole()
    }

    /// This year's amounts under the agreed depths and sharing rule.
    fn amounts(&mut self, bound: Members) {
        if self.figured == bound {
            return;
        }
        self.figured = bound;
        self.take_plans();
        let (whole, trust) = (self.appraise_choice(bound), self.trust_in_payers());
        let regime = &mut self.run.regimes[self.sitting.index];
        let sharing = regime.terms.sharing.and(bound);
        regime.transfers = if self.sitting.prepared.design.money {
            let (division, nash_share) = (self.sitting.prepared.design.sharing, regime.terms.nash_share);
            share(division, &whole, sharing, &self.sitting.prepared.weights, &trust, nash_share)
        } else {
            [0.0; MAX_STATES]
        };
        regime.ballot = weigh(&self.sitting.engine.scenario, &whole, &regime.transfers, &trust, self.members);
    }

    /// Expected gain of all states, members or not, if those who are bound perform everything, MUSD.
    fn promised(&self, bound: Members) -> f64 {
        let states = self.sitting.engine.scenario.states.len();
        let mut total = 0.0;
        for (at, &domain) in self.sitting.table.domains.iter().enumerate() {
            let Some(plan) = self.plan(at) else {
                continue;
            };
            for slot in (0..plan.slots()).filter(|&slot| self.sitting.prepared.can_fall_due(domain, slot, bound)) {
                total += (0..states).map(|state| plan.benefit(slot, state)).sum::<f64>() - plan.cost(slot);
            }
        }
        total
    }

    /// Whether nobody whose consent the standing decision needs expects a loss.
    fn still_wanted(&mut self) -> bool {
        let bound = self.bound_now();
        if bound.is_empty() || self.sitting.table.delegated {
            return true;
        }
        self.amounts(bound);
        let regime = &self.run.regimes[self.sitting.index];
        let mut ballot = regime.ballot;
        if self.sitting.engine.scenario.behaviour.continuation == Continuation::Stationary {
            // Who looks at all states of the world does not leave for one bad year.
            ballot.gain = regime.stationary;
        }
        let wanted = self.sitting.prepared.design.rule.passes(ballot.content(self.members), self.voters());
        if !wanted {
            self.event(Step::Bargaining, None, "consent lost", &[]);
        }
        wanted
    }

    /// Who is bound if the regime stands as it does.
    fn bound_now(&self) -> Members {
        let regime = &self.run.regimes[self.sitting.index];
        let design = &self.sitting.prepared.design;
        if design.binding && design.ratify_frameworks && !self.sitting.table.delegated {
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
    fn decide(&mut self, scratch: &mut Scratch) {
        let design = &self.sitting.prepared.design;
        let states = self.sitting.engine.scenario.states.len();
        for (options, depths) in scratch.options.iter_mut().zip(&scratch.depths).take(self.sitting.table.domains.len())
        {
            for (option, depths) in options.iter_mut().zip(depths) {
                depths.read(self.lane, states, self.sitting.prepared.by_arrival, option);
            }
        }
        let proposer = match design.proposer {
            _ if self.sitting.table.delegated => None,
            Proposer::ChairRotation => chair(self.members, self.sitting.year),
            Proposer::Random => drawn(self.members, |_| 1.0, self.luck().proposer()),
            Proposer::Weighted => drawn(self.members, |state| design.rule.weights[state], self.luck().proposer()),
            Proposer::Commission | Proposer::AnyMember => None,
        };
        let trust_in_payers = self.trust_in_payers();
        let chamber = Chamber {
            rule: &design.rule,
            members: self.members,
            voters: self.voters(),
            proposer,
            open: design.proposer == Proposer::AnyMember && !self.sitting.table.delegated,
            delegated: self.sitting.table.delegated,
            money: design.money,
            division: design.sharing,
            weights: &self.sitting.prepared.weights,
            trust_in_payers: &trust_in_payers,
        };
        let count = self.sitting.table.domains.len();
        let Scratch { options, rungs, room, .. } = scratch;
        let mut views: [&[Appraisal]; MAX_DOMAINS] = [&[]; MAX_DOMAINS];
        for (view, options) in views.iter_mut().zip(&options[..count]) {
            *view = options;
        }
        let reputation = self.run.reputation.mean();
        let outlook = |rungs: &[Option<usize>], terms| {
            if !design.anticipate_compliance {
                return Some(design.nash_share);
            }
            let outlook = Outlook {
                scenario: &self.sitting.engine.scenario,
                prepared: self.sitting.prepared,
                table: self.sitting.table,
                members: self.members,
                rungs,
            };
            outlook.sustainable_share(terms, reputation)
        };
        let rungs = &mut rungs[..count];
        rungs.fill(None);
        let found = propose(&chamber, &views[..count], states, design.nash_share, rungs, room, outlook);
        let regime = &mut self.run.regimes[self.sitting.index];
        regime.active = false;
        let Some((bargain, whole)) = found else {
            self.event(Step::Bargaining, proposer, "no proposal", &[]);
            return;
        };
        regime.rungs[..count].copy_from_slice(rungs);
        regime.terms = bargain.terms;
        self.taken = false;
        // What is voted on are the amounts of the bargain.
        regime.transfers = bargain.transfers;
        let scenario = &self.sitting.engine.scenario;
        regime.ballot = weigh(scenario, &whole, &bargain.transfers, &trust_in_payers, self.members);
        self.figured = self.members;
        if T::LISTENS {
            for at in 0..count {
                if let Some(rung) = rungs[at] {
                    let depth = (rung + 1) as f64 / self.sitting.engine.scenario.rungs as f64;
                    let domain = self.sitting.table.domains[at] as f64;
                    self.event(Step::Bargaining, proposer, "proposal", &[("domain", domain), ("depth", depth)]);
                }
            }
        }
        let design = &self.sitting.prepared.design;
        let (yes, against) =
            if self.sitting.table.delegated { (self.members, Members::NONE) } else { self.count_votes() };
        let voters = self.voters();
        // Whoever neither agrees nor objects is left out of the count, or counts as consenting.
        let abstaining = Members(self.members.0 & !yes.0 & !against.0);
        let passed = self.sitting.table.delegated
            || match design.abstention {
                Abstention::Consent => design.rule.passes(Members(yes.0 | abstaining.0), voters),
                _ => design.rule.passes(yes, Members(voters.0 & !abstaining.0)),
            };
        self.event(Step::Vote, None, if passed { "adopted" } else { "rejected" }, &[("yes", yes.len() as f64)]);
        if !passed {
            return;
        }
        let stationary = (self.sitting.engine.scenario.behaviour.continuation == Continuation::Stationary).then(|| {
            let outlook = Outlook {
                scenario: &self.sitting.engine.scenario,
                prepared: self.sitting.prepared,
                table: self.sitting.table,
                members: self.members,
                rungs,
            };
            outlook.stationary_gain(bargain.terms)
        });
        let regime = &mut self.run.regimes[self.sitting.index];
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
        let design = &self.sitting.prepared.design;
        if design.vote_suspension_years == 0 && design.arrears_years.is_none() {
            return self.members;
        }
        let suspended = |state: usize| {
            self.run.vote_suspended_until[state] > self.sitting.year as f64
                || design.arrears_years.is_some_and(|years| self.run.arrears[state] >= years)
        };
        let voters: Members = self.members.iter().filter(|&state| !suspended(state)).collect();
        // Where all are suspended, nobody is.
        if voters.is_empty() { self.members } else { voters }
    }

    /// Members that vote yes, and those that vote no.
    fn count_votes(&mut self) -> (Members, Members) {
        let (own, table) = (self.luck(), self.sitting.table.luck);
        let ballot = self.run.regimes[self.sitting.index].ballot;
        let states = &self.sitting.engine.scenario.states;
        let (lambda, luck) =
            (|state: usize| states[state].lambda_vote, |state| own.decision(Decision::Vote, table, state));
        let design = &self.sitting.prepared.design;
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
        Members(self.members.0 & !self.run.regimes[self.sitting.index].treaty.ratified.0)
    }

    fn awaits_ratification(&self) -> bool {
        let design = &self.sitting.prepared.design;
        let signed = self.run.regimes[self.sitting.index].treaty.signed;
        design.binding
            && design.ratify_frameworks
            && !self.sitting.table.delegated
            && signed
            && !self.yet_to_ratify().is_empty()
    }

    /// Domestic ratification of the framework treaty, wherever it is missing, once it is signed: judged on what the
    /// agreed depths would give this year if all members were bound, whether or not a plan passes.
    fn ratify(&mut self) {
        if !self.awaits_ratification() {
            return;
        }
        let design = &self.sitting.prepared.design;
        let missing = self.yet_to_ratify();
        self.amounts(self.members);
        for state in missing.iter() {
            let regime = &self.run.regimes[self.sitting.index];
            let traits = &self.sitting.engine.scenario.states[state];
            let resolve =
                self.sitting.fates.at(self.sitting.year, self.sitting.engine.layout.resolve(state), self.lane);
            let sovereignty = traits.sovereignty_cost.get() * resolve * design.table_pooling(self.sitting.table);
            let scope = design.scope;
            let advantage = (scope * regime.ballot.gain[state] - sovereignty) / (scope * regime.ballot.stake[state])
                - traits.ratification_threshold * resolve;
            let attempt = Attempt {
                hazard: design.ratification_hazard,
                lambda: traits.lambda_vote,
                advantage,
                luck: self.luck().decision(Decision::Ratify, self.sitting.table.luck, state),
            };
            let ratifies = attempt.succeeds();
            let treaty = &mut self.run.regimes[self.sitting.index].treaty;
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
    fn bind(&mut self) {
        let bound = self.bound_now();
        if bound.len() < self.sitting.prepared.design.minimum_participation {
            return;
        }
        self.take_plans();
        self.amounts(bound);
        self.record.promised += self.promised(bound) * self.sitting.prepared.design.scope;
        let regime = &mut self.run.regimes[self.sitting.index];
        regime.bound = bound;
        for (domain, _) in self.sitting.table.domains.iter().zip(&regime.rungs).filter(|(_, rung)| rung.is_some()) {
            self.record.plans |= 1 << domain;
        }
    }
}
