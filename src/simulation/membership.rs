//! Steps 0 to 2 of the year: new leaderships, exits, entries, terms, mergers, and ratification of
//! the founding treaty (ODD §6, §7).

use super::context::YearContext;
use super::prepared::Prepared;
use super::trace::{Event, Step, Trace};
use super::{Engine, Run, Worker, YearRecord};
use crate::behaviour::accepts;
use crate::draws::Draws;
use crate::ids::Members;
use crate::numeric::{LANES, any, lanes};
use crate::organisation::{Attempt, Treaty};
use crate::scenario::raw::organisation::Renewal;

/// Steps 0 and 1: reduces the trust of and in each state that has a new leadership.
pub(super) fn apply_leadership_changes<T: Trace>(
    now: YearContext<'_>,
    worker: &mut Worker,
    played: &[bool; LANES],
    trace: &mut T,
) {
    let YearContext { engine, year, .. } = now;
    let kept = 1.0 - engine.scenario.behaviour.trust_decay_at_leadership_change;
    for state in 0..engine.scenario.states.len() {
        let leadership = worker.draws.row(year, engine.layout.leadership(state));
        let changes: [bool; LANES] = lanes(|lane| played[lane] && leadership[lane] == 1.0);
        if any::<LANES>(|lane| changes[lane]) {
            worker.trust.decay(state, &lanes(|lane| if changes[lane] { kept } else { 1.0 }));
        }
        if T::ENABLED {
            for lane in (0..LANES).filter(|&lane| changes[lane]) {
                let resolve = worker.draws.at(year, engine.layout.resolve(state), lane);
                let event = now.event(Step::Draws, "new leadership");
                let values = &[("resolve", resolve)];
                trace.event(Event { state: Some(state), values, ..event });
            }
        }
    }
}

/// Clears the records of the year.
pub(super) fn begin_records(
    now: YearContext<'_>,
    worker: &Worker,
    records: &mut [Vec<YearRecord>],
    played: &[bool; LANES],
) {
    let (states, account) = (now.engine.scenario.states.len(), now.engine.account);
    for lane in (0..LANES).filter(|&lane| played[lane]) {
        records[lane][now.year].begin(states, worker.dry[now.year][lane], account);
    }
}

/// Step 2: updates the members and the ratifications of the founding treaty. Returns the members
/// that act, by lane; `None` where the replication is not simulated.
pub(super) fn update_membership<T: Trace>(
    now: YearContext<'_>,
    worker: &mut Worker,
    records: &mut [Vec<YearRecord>],
    played: &[bool; LANES],
    trace: &mut T,
) -> [Option<Members>; LANES] {
    let mut acting = [None; LANES];
    let Worker { draws, runs, .. } = worker;
    for (lane, run) in runs.iter_mut().enumerate().filter(|(lane, _)| played[*lane]) {
        let record = &mut records[lane][now.year];
        let mut membership = MembershipStep { now, draws, run, trace, lane };
        membership.complete_exits();
        membership.follow_history();
        membership.renew();
        membership.admit();
        let members = membership.ratify_founding(record);
        acting[lane] = Some(Members(members.0 | membership.run.own.associates.0));
    }
    acting
}

/// The membership of one replication during step 2.
struct MembershipStep<'a, T: Trace> {
    now: YearContext<'a>,
    draws: &'a Draws,
    run: &'a mut Run,
    trace: &'a mut T,
    lane: usize,
}

/// Merges an organisation into its successor.
///
/// The members of both are united, treaties and regimes start anew, and notices of exit lapse.
/// Trust stays.
pub(super) fn merge(engine: &Engine, successor: &Prepared, run: &mut Run) {
    run.own.members = Members(run.own.members.0 | successor.design.members.0);
    run.own.associates = Members(successor.design.membership.associates.0 & !run.own.members.0);
    run.own.observers = Members(successor.design.membership.observers.0 & !run.own.members.0);
    run.own.founding = Treaty {
        signed: true,
        ratified: if successor.design.founding.is_some() {
            Members::NONE
        } else {
            engine.scenario.everyone()
        },
    };
    for regime in &mut run.own.regimes {
        regime.reset();
    }
    run.own.agenda.reset(&successor.design);
    run.own.leaving_at.fill(f64::INFINITY);
    for memory in &mut run.memories {
        memory.efficacy = successor.efficacy();
    }
    run.start_beside(engine, successor);
}

impl<T: Trace> MembershipStep<'_, T> {
    fn trace_change(&mut self, state: Option<usize>, what: &'static str) {
        if T::ENABLED {
            let event = self.now.event(Step::Membership, what);
            self.trace.event(Event { state, ..event });
        }
    }

    fn leave(&mut self, state: usize, what: &'static str) {
        self.run.own.members = self.run.own.members.without(state);
        self.run.own.left_at[state] = self.now.year as f64;
        self.run.own.leaving_at[state] = f64::INFINITY;
        self.trace_change(Some(state), what);
    }

    fn join(&mut self, state: usize, what: &'static str) {
        let run = &mut *self.run;
        run.own.members = run.own.members.with(state);
        run.own.associates = run.own.associates.without(state);
        run.own.observers = run.own.observers.without(state);
        // Entry includes ratification of the founding treaty.
        run.own.founding.ratified = run.own.founding.ratified.with(state);
        run.own.discontent[state] = Default::default();
        run.own.satisfaction[state] = Default::default();
        run.own.agenda_stake[state] = Default::default();
        self.trace_change(Some(state), what);
    }

    /// Completes the exits whose notice has ended.
    fn complete_exits(&mut self) {
        for state in self.run.own.members.iter() {
            if self.run.own.leaving_at[state] <= self.now.year as f64 {
                self.leave(state, "is gone");
            }
        }
    }

    /// Carries out the exits and entries that the design fixes in advance.
    fn follow_history(&mut self) {
        for &(year, state, joins) in &self.now.prepared.design.membership.history {
            if year == self.now.year && joins != self.run.own.members.contains(state) {
                if joins {
                    self.join(state, "joins, as given");
                } else {
                    self.leave(state, "leaves, as given");
                }
            }
        }
    }

    /// Renews the treaty at the end of a term, by the decision rule or among the willing members.
    fn renew(&mut self) {
        let Some((term, renewal)) = self.now.prepared.design.term else {
            return;
        };
        if self.now.year == 0
            || !self.now.year.is_multiple_of(term)
            || self.run.own.members.is_empty()
        {
            return;
        }
        let states = &self.now.engine.scenario.states;
        let wants = |state: usize| {
            let draw =
                self.draws.choice(self.now.year, self.now.engine.layout.renewal(state), self.lane);
            accepts(draw, states[state].lambda_vote, self.prospect(state))
        };
        let members = self.run.own.members;
        let yes: Members = members.iter().filter(|&state| wants(state)).collect();
        match renewal {
            Renewal::Willing => {
                for state in Members(members.0 & !yes.0).iter() {
                    self.leave(state, "does not renew");
                }
            }
            Renewal::DecisionRule if self.now.prepared.design.rule.passes(yes, members) => {
                self.trace_change(None, "the treaty is renewed");
            }
            Renewal::DecisionRule => {
                for state in members.iter() {
                    self.leave(state, "the treaty is not renewed");
                }
            }
        }
    }

    /// Returns what a state expects of membership, in stakes: its own experience if it is a member,
    /// else the members' mean experience less its cost of sovereignty.
    fn prospect(&self, state: usize) -> f64 {
        let run = &*self.run;
        let in_stakes = |state: usize| {
            let stake = run.own.agenda_stake[state].value();
            if stake > 0.0 { run.own.satisfaction[state].value() / stake } else { 0.0 }
        };
        if run.own.members.contains(state) {
            return in_stakes(state);
        }
        let count = run.own.members.len().max(1) as f64;
        let mean_experience = run.own.members.iter().map(in_stakes).sum::<f64>() / count;
        let stake =
            run.own.members.iter().map(|member| run.own.agenda_stake[member].value()).sum::<f64>()
                / count;
        let resolve =
            self.draws.at(self.now.year, self.now.engine.layout.resolve(state), self.lane);
        let sovereignty = self.now.engine.scenario.states[state].sovereignty_cost.get()
            * resolve
            * self.now.prepared.pooling;
        if stake > 0.0 { mean_experience - sovereignty / stake } else { 0.0 }
    }

    /// Admits candidates and readmits former members. The choice is symmetric to exit.
    fn admit(&mut self) {
        let membership = &self.now.prepared.design.membership;
        let behaviour = &self.now.engine.scenario.behaviour;
        for state in 0..self.now.engine.scenario.states.len() {
            if self.run.own.members.contains(state) {
                continue;
            }
            let years_since_exit = self.now.year as f64 - self.run.own.left_at[state];
            let hazard = if years_since_exit.is_finite() {
                match membership.rejoin {
                    _ if membership.suspension && years_since_exit >= 1.0 => {
                        membership.entry_hazard
                    }
                    Some((cool_down, hazard)) if years_since_exit >= cool_down as f64 => hazard,
                    _ => continue,
                }
            } else {
                match membership.entry_year[state] {
                    Some(first) if self.now.year >= first => membership.entry_hazard,
                    _ => continue,
                }
            };
            let exact = self.now.engine.scenario.states[state].lambda_vote.is_infinite();
            let attempt = Attempt {
                hazard,
                lambda: if exact { f64::INFINITY } else { behaviour.exit_steepness },
                advantage: self.prospect(state) - behaviour.exit_threshold,
                draw: self.draws.choice(
                    self.now.year,
                    self.now.engine.layout.entry(state),
                    self.lane,
                ),
            };
            if attempt.succeeds() {
                self.join(state, "comes in");
            }
        }
    }

    /// Attempts the ratifications that the founding treaty lacks. Returns the members that act: all
    /// where it applies provisionally, else those that have ratified.
    fn ratify_founding(&mut self, record: &mut YearRecord) -> Members {
        let Some(founding) = &self.now.prepared.design.founding else {
            return self.run.own.members;
        };
        for state in Members(self.run.own.members.0 & !self.run.own.founding.ratified.0).iter() {
            let draw =
                self.draws.choice(self.now.year, self.now.engine.layout.founding(state), self.lane);
            let attempt = Attempt {
                hazard: founding.hazard[state],
                lambda: f64::INFINITY,
                advantage: 0.0,
                draw,
            };
            if attempt.succeeds() {
                self.run.own.founding.ratified = self.run.own.founding.ratified.with(state);
                self.trace_change(Some(state), "ratifies the founding treaty");
            } else {
                record.ratification_failures += 1;
                self.trace_change(Some(state), "does not ratify the founding treaty");
            }
        }
        if founding.provisional {
            self.run.own.members
        } else {
            self.run.own.members.and(self.run.own.founding.ratified)
        }
    }
}
