//! Steps 3 to 6 of the year at one table in one replication: the regime in force, its amounts, and
//! the states that it binds (ODD §6).
//!
//! Proposal and vote are in `proposals` and `decision`.

use super::appraisal::{Appraisals, Participants, appraise, expected_ballot};
use super::context::YearContext;
use super::deal::Deal;
use super::ledger::SlotBook;
use super::negotiation::{Negotiation, make_plans};
use super::outside::forgone;
use super::trace::{Event, Step, Trace};
use super::{Run, Worker, YearRecord};
use crate::draws::{ChoiceDraws, Decision};
use crate::ids::{MAX_STATES, Members};
use crate::numeric::{LANES, lanes};
use crate::organisation::{Appraisal, Attempt as Ratification, share};
use crate::plan::Plan;
use crate::scenario::raw::Continuation;
use crate::scenario::raw::organisation::DecisionMode;

/// What is computed of a regime's agreed depths in a year.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Computed {
    /// Members for which amounts are computed; empty at first.
    amounts_for: Members,
    /// Whether plans have been copied.
    taken: bool,
}

/// Next step of a negotiation round, given the regime in force.
#[derive(Debug, Clone, Copy)]
pub(super) enum NextStep {
    /// There is nothing to decide.
    Nothing,
    /// Nothing is in force, but the treaty may still have to be ratified.
    Ratify(Computed),
    /// The standing decision is kept.
    Keep(Computed),
    /// A proposal is to be made.
    Propose,
    /// A proposal is to be voted on.
    Vote(Computed),
}

/// A negotiation round: one table in one year of one replication.
pub(super) struct NegotiationRound<'a, T: Trace> {
    pub(super) now: YearContext<'a>,
    pub(super) negotiation: &'a Negotiation<'a>,
    pub(super) run: &'a mut Run,
    pub(super) record: &'a mut YearRecord,
    trace: &'a mut T,
    /// Participants; empty where fewer than two members act.
    pub(super) members: Members,
    pub(super) computed: Computed,
    pub(super) lane: usize,
}

/// Negotiates at a table in every replication in which it has participants: agenda, bargaining,
/// vote and ratification. `acting` are the members that act, by lane.
pub(super) fn negotiate<T: Trace>(
    now: YearContext<'_>,
    worker: &mut Worker,
    index: usize,
    acting: &[Option<Members>; LANES],
    records: &mut [Vec<YearRecord>],
    trace: &mut T,
) {
    let prepared = now.prepared;
    let table = &prepared.tables()[index];
    let participants = lanes(|lane| acting[lane].map(|acting| table.participants(acting)));
    let plan_places = make_plans(now, worker, table, participants);
    let Worker { draws, grids, scratch, runs, trust, .. } = worker;
    let participants: [Members; LANES] = lanes(|lane| participants[lane].unwrap_or_default());
    let participants =
        lanes(|lane| if participants[lane].len() < 2 { Members::NONE } else { participants[lane] });
    let negotiation =
        Negotiation { now, table, index, draws, grids, trust, participants, plan_places };
    if prepared.design.membership.exit {
        negotiation.add_stakes(&mut scratch.stakes);
    }
    let mut next_steps = [NextStep::Nothing; LANES];
    for (lane, run) in runs.iter_mut().enumerate() {
        let record = &mut records[lane][now.year];
        next_steps[lane] = NegotiationRound::of(&negotiation, lane, run, record, trace).open();
    }
    negotiation.propose(runs, records, trace, &mut next_steps, scratch);
    for (lane, run) in runs.iter_mut().enumerate() {
        let record = &mut records[lane][now.year];
        let round = NegotiationRound::of(&negotiation, lane, run, record, trace);
        round.conclude(next_steps[lane]);
    }
    if prepared.several_bodies {
        for run in runs {
            negotiation.record_agreed(run);
        }
    }
}

impl<'a, T: Trace> NegotiationRound<'a, T> {
    pub(super) fn of(
        negotiation: &'a Negotiation<'a>,
        lane: usize,
        run: &'a mut Run,
        record: &'a mut YearRecord,
        trace: &'a mut T,
    ) -> Self {
        let members = negotiation.participants[lane];
        NegotiationRound {
            now: negotiation.now,
            negotiation,
            run,
            record,
            trace,
            members,
            computed: Computed::default(),
            lane,
        }
    }
}

impl<T: Trace> NegotiationRound<'_, T> {
    pub(super) fn event(
        &mut self,
        step: Step,
        state: Option<usize>,
        what: &'static str,
        values: &[(&'static str, f64)],
    ) {
        if T::ENABLED {
            let event = self.now.event(step, what);
            let table = Some(self.negotiation.table);
            self.trace.event(Event { table, state, values, ..event });
        }
    }

    /// Copies this year's plans at the agreed depths from the offer grids, once, so that later
    /// reads are contiguous.
    fn take_plans(&mut self) {
        if std::mem::replace(&mut self.computed.taken, true) {
            return;
        }
        let Negotiation { table, index, .. } = *self.negotiation;
        let Run { own, taken, .. } = &mut *self.run;
        for (at, &domain) in table.domains.iter().enumerate() {
            if let Some(level) = own.regimes[index].levels[at] {
                let plans = self.negotiation.plans(at, level, self.lane);
                plans.copy(self.lane, &mut taken[self.now.prepared.taken(table.body, domain)]);
            }
        }
    }

    /// Returns this year's copied plan for the domain at position `at` of the table's list.
    fn plan(&self, at: usize) -> Option<Plan<'_>> {
        let Negotiation { table, index, .. } = *self.negotiation;
        self.run.own.regimes[index].plan(self.now.prepared, table, at, &self.run.taken)
    }

    /// Enters in the regime what members expect of a proposal at face value, and the chances that
    /// obligors perform that they reckon at its terms.
    pub(super) fn expect(&mut self, whole: &Appraisal) {
        let index = self.negotiation.index;
        self.computed = Computed { amounts_for: self.members, taken: false };
        self.run.own.regimes[index].chances.forget();
        self.enter_ballot(whole);
        if self.now.engine.scenario.behaviour.reckons_debtors {
            self.reckon();
        }
    }

    /// Computes amounts, chances and ballot anew, after the depths of a proposal have changed.
    pub(super) fn compute_anew(&mut self) {
        self.computed = Computed::default();
        self.run.own.regimes[self.negotiation.index].chances.forget();
        self.amounts(self.members);
        if self.now.engine.scenario.behaviour.reckons_debtors {
            self.reckon();
            let whole = self.appraise_choice(self.members);
            self.enter_ballot(&whole);
        }
    }

    /// Enters gains and stakes of the members in the regime, with its transfers and chances.
    pub(super) fn enter_ballot(&mut self, whole: &Appraisal) {
        let (scenario, members) = (&self.now.engine.scenario, self.members);
        let trusted = self.trust_in_payers();
        let regime = &mut self.run.own.regimes[self.negotiation.index];
        regime.ballot = expected_ballot(scenario, whole, &regime.transfers, &trusted, members);
    }

    /// Returns the trust of each receiver of money in those that pay, at the regime's terms.
    fn trust_in_payers(&self) -> [f64; MAX_STATES] {
        let regime = &self.run.own.regimes[self.negotiation.index];
        let trust = (self.negotiation.trust, self.lane);
        let payers = (self.members, &regime.chances.payments);
        let table = self.negotiation.table;
        self.now.prepared.trust_in_payers(trust, table, &regime.transfers, payers)
    }

    /// Reckons the chances that obligors perform at the terms entered in the regime.
    fn reckon(&mut self) {
        self.take_plans();
        let Negotiation { index, table, trust, .. } = *self.negotiation;
        let (reputation, lane) = (self.run.own.reputation.mean(), self.lane);
        let trusted = self.trust_in_payers();
        let Run { own, taken, book, .. } = &mut *self.run;
        let regime = &mut own.regimes[index];
        let mut chances = std::mem::take(&mut regime.chances);
        let (terms, bound) = ((&*regime, taken.as_slice()), self.members);
        let deal = Deal::of(self.now, table, terms, bound, reputation, trusted);
        let mut slot_book = SlotBook {
            performed: &mut book.share,
            answered: &mut book.done,
            value: &mut book.value,
            account: None,
        };
        let trust = |domain, i, j| trust.mean(domain, i, j, lane);
        let books = (&mut slot_book, &mut book.account);
        deal.reckon(self.now.prepared, books, &mut chances, trust);
        regime.chances = chances;
    }

    /// Returns the draws of the body's choices this year.
    pub(super) fn choices(&self) -> ChoiceDraws<'_> {
        let (YearContext { engine, year, .. }, table) = (self.now, self.negotiation.table);
        let draws = self.negotiation.draws;
        ChoiceDraws { draws, layout: &engine.layout, year, lane: self.lane, body: table.group }
    }

    /// Updates the parties of the regime in force and returns the next step.
    fn open(mut self) -> NextStep {
        let regime = &mut self.run.own.regimes[self.negotiation.index];
        regime.bound = Members::NONE;
        regime.participants = self.members;
        regime.realised[..self.now.prepared.states()].fill(0.0);
        regime.forgone[..self.now.prepared.states()].fill(0.0);
        if self.members.is_empty() {
            regime.active = false;
            return NextStep::Nothing;
        }
        if self.now.prepared.design.binding {
            // A state that has joined since the decision, by ratifying the founding treaty, has
            // accepted it.
            regime.opted_out = regime.opted_out.and(self.members);
            let parties = Members(self.members.0 & !regime.opted_out.0);
            regime.terms.sharing =
                Members(regime.terms.sharing.0 | (parties.0 & !regime.parties.0));
            regime.parties = parties;
        } else {
            regime.parties = regime.parties.and(self.members);
        }
        if (self.now.year as f64) < regime.suspended_until {
            self.event(Step::Bargaining, None, "asleep", &[]);
            return if self.awaits_ratification() {
                NextStep::Ratify(self.computed)
            } else {
                NextStep::Nothing
            };
        }
        let stands = self.run.own.regimes[self.negotiation.index].active
            && self.now.prepared.design.mode == DecisionMode::Standing
            && self.still_passes();
        if !stands {
            return NextStep::Propose;
        }
        if self.run.own.agenda.is_raised(&self.negotiation.table.domains) {
            // A stage of the agenda opens the table again. What stands is kept if nothing else is
            // agreed.
            let Run { stood, own, .. } = &mut *self.run;
            stood.copy_deal(&own.regimes[self.negotiation.index]);
            return NextStep::Propose;
        }
        self.take_plans();
        NextStep::Keep(self.computed)
    }

    /// Takes the next step: votes, ratifies, and fixes which states are bound this year.
    fn conclude(mut self, next_step: NextStep) {
        let next_step = self.keep_what_stood(next_step);
        match next_step {
            NextStep::Nothing | NextStep::Propose => return,
            NextStep::Ratify(computed) => {
                self.computed = computed;
                self.ratify();
                return;
            }
            NextStep::Keep(computed) => self.computed = computed,
            NextStep::Vote(computed) => {
                self.computed = computed;
                self.decide();
            }
        }
        self.ratify();
        if self.run.own.regimes[self.negotiation.index].active {
            self.bind();
        }
    }

    /// Holds the vote where a stage of the agenda has opened the table again. If nothing new is
    /// agreed, what stood is kept.
    fn keep_what_stood(&mut self, next_step: NextStep) -> NextStep {
        if !std::mem::take(&mut self.run.stood.active) {
            return next_step;
        }
        if let NextStep::Vote(computed) = next_step {
            self.computed = computed;
            self.decide();
        }
        if !self.run.own.regimes[self.negotiation.index].active {
            let Run { stood, own, .. } = &mut *self.run;
            own.regimes[self.negotiation.index].copy_deal(stood);
            own.regimes[self.negotiation.index].active = true;
            self.computed = Computed::default();
        }
        self.take_plans();
        NextStep::Keep(self.computed)
    }

    /// Returns what a member expects another to perform in a domain: the smaller of its trust and
    /// the chance that it reckons.
    fn trusted(&self, domain: usize, observer: usize, other: usize) -> f64 {
        let trust = self.negotiation.trust.mean(domain, observer, other, self.lane);
        trust.min(self.run.own.regimes[self.negotiation.index].chances.acts(domain, other))
    }

    fn appraise_choice(&self, bound: Members) -> Appraisal {
        let mut alone = [Appraisals::default()];
        for (at, &domain) in self.negotiation.table.domains.iter().enumerate() {
            if let Some(plan) = self.plan(at) {
                let trust = |domain, i, j| self.trusted(domain, i, j);
                let participants = Participants { bound: [bound], members: [self.members] };
                appraise(&mut alone, self.now.prepared, domain, &[plan], &participants, &trust);
                for (state, value) in forgone(self.now, self.negotiation.draws, domain, false) {
                    let value = [value[self.lane]];
                    alone[0].forgo(self.now.prepared, state, &value, &[bound]);
                }
            }
        }
        alone[0].whole()
    }

    /// Computes this year's transfers and ballot under the agreed depths and sharing rule, unless
    /// they are computed for `bound` already.
    fn amounts(&mut self, bound: Members) {
        if std::mem::replace(&mut self.computed.amounts_for, bound) == bound {
            return;
        }
        self.take_plans();
        let whole = self.appraise_choice(bound);
        let regime = &mut self.run.own.regimes[self.negotiation.index];
        let sharing = regime.terms.sharing.and(bound);
        regime.transfers = if self.now.prepared.design.money {
            let (division, nash_share) =
                (self.now.prepared.design.sharing, regime.terms.nash_share);
            let weights = self.now.prepared.bargaining_weights(regime.terms.concedes);
            share(division, &whole, sharing, weights, nash_share)
        } else {
            [0.0; MAX_STATES]
        };
        self.enter_ballot(&whole);
    }

    /// Returns whether the standing decision would pass if the members that expect no loss voted
    /// for it.
    fn still_passes(&mut self) -> bool {
        let bound = self.bound_now();
        if bound.is_empty() || self.negotiation.table.delegated {
            return true;
        }
        self.amounts(bound);
        let regime = &self.run.own.regimes[self.negotiation.index];
        let mut ballot = regime.ballot;
        if self.now.engine.scenario.behaviour.continuation == Continuation::Stationary {
            // Stationary expectations cover all states of the world: one bad year does not end the
            // decision.
            ballot.gain = regime.stationary;
        }
        let content = ballot.content(self.members);
        let wanted = self.now.prepared.design.rule.passes(content, self.voters());
        if !wanted {
            self.event(Step::Bargaining, None, "consent lost", &[]);
        }
        wanted
    }

    /// Returns the states that are bound if the regime stays as it is.
    fn bound_now(&self) -> Members {
        let regime = &self.run.own.regimes[self.negotiation.index];
        let design = &self.now.prepared.design;
        if design.binding && design.ratify_frameworks && !self.negotiation.table.delegated {
            if regime.treaty.in_force(self.members, design.ratification_minimum) {
                regime.treaty.ratified.and(regime.parties)
            } else {
                Members::NONE
            }
        } else {
            regime.parties
        }
    }

    fn unratified_members(&self) -> Members {
        Members(self.members.0 & !self.run.own.regimes[self.negotiation.index].treaty.ratified.0)
    }

    fn awaits_ratification(&self) -> bool {
        let design = &self.now.prepared.design;
        let signed = self.run.own.regimes[self.negotiation.index].treaty.signed;
        design.binding
            && design.ratify_frameworks
            && !self.negotiation.table.delegated
            && signed
            && !self.unratified_members().is_empty()
    }

    /// Attempts each ratification that a signed framework treaty lacks.
    ///
    /// States judge what the agreed depths would give this year if all members were bound, whether
    /// or not a plan passes.
    fn ratify(&mut self) {
        if !self.awaits_ratification() {
            return;
        }
        let design = &self.now.prepared.design;
        let missing = self.unratified_members();
        self.amounts(self.members);
        for state in missing.iter() {
            let regime = &self.run.own.regimes[self.negotiation.index];
            let traits = &self.now.engine.scenario.states[state];
            let resolve = self.negotiation.draws.at(
                self.now.year,
                self.now.engine.layout.resolve(state),
                self.lane,
            );
            let sovereignty = traits.sovereignty_cost.get()
                * resolve
                * design.table_pooling(self.negotiation.table);
            let advantage = (regime.ballot.gain[state] - sovereignty) / regime.ballot.stake[state]
                - (traits.ratification_threshold - design.ratification_ease).max(0.0) * resolve;
            let attempt = Ratification {
                hazard: design.ratification_hazard,
                lambda: traits.lambda_vote,
                advantage,
                draw: self.choices().decision(
                    Decision::Ratify,
                    self.negotiation.table.layout_index,
                    state,
                ),
            };
            let ratifies = attempt.succeeds();
            let treaty = &mut self.run.own.regimes[self.negotiation.index].treaty;
            if ratifies {
                treaty.ratified = treaty.ratified.with(state);
            } else {
                self.record.ratification_failures += 1;
            }
            let what = if ratifies { "ratifies" } else { "does not ratify" };
            self.event(Step::Ratification, Some(state), what, &[("advantage", advantage)]);
        }
    }

    /// Returns the domains in which an act falls due this year, one bit each.
    fn domains_with_acts_due(&self, bound: Members) -> u32 {
        let mut due = 0;
        for (at, &domain) in self.negotiation.table.domains.iter().enumerate() {
            if let Some(plan) = self.plan(at) {
                let mut slots = 0..plan.slots();
                let any = slots.any(|slot| self.now.prepared.is_due(&plan, domain, slot, bound));
                due |= u32::from(any) << domain;
            }
        }
        due
    }

    /// Returns whether any act that has been agreed on could fall due in some year if only these
    /// states were bound.
    fn can_fall_due(&self, bound: Members) -> bool {
        let (prepared, regime) = (self.now.prepared, &self.run.own.regimes[self.negotiation.index]);
        let agreed = self.negotiation.table.domains.iter().zip(&regime.levels);
        agreed.filter(|(_, level)| level.is_some()).any(|(&domain, _)| {
            (0..prepared.slots[domain].len()).any(|slot| prepared.can_fall_due(domain, slot, bound))
        })
    }

    /// Fixes which states are bound this year and records the plans in force.
    fn bind(&mut self) {
        self.take_plans();
        let bound = self.bound_now();
        if bound.len() < self.now.prepared.design.minimum_participation {
            return;
        }
        let due = self.domains_with_acts_due(bound);
        if due == 0 {
            // Nothing falls due. If nothing can between these parties, the table stays open.
            let parties = self.run.own.regimes[self.negotiation.index].parties;
            if !self.can_fall_due(parties) {
                self.run.own.regimes[self.negotiation.index].active = false;
            }
            self.event(Step::Ratification, None, "nothing falls due", &[]);
            return;
        }
        self.amounts(bound);
        self.record.plans |= due;
        self.run.own.regimes[self.negotiation.index].bound = bound;
    }
}
