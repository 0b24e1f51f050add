//! Step 2 of the year: who comes and goes, terms and mergers, and the ratifications of the founding treaty (ODD §6, §7).

use super::prepared::Prepared;
use super::trace::{Event, Step, Trace};
use super::{Engine, Run, Worker, YearRecord};
use crate::behaviour::accepts;
use crate::fate::Fates;
use crate::ids::Members;
use crate::organisation::{Attempt, Treaty};
use crate::scenario::organisation_raw::Renewal;

/// What the step needs of the engine, and who listens.
struct Assembly<'a, T: Trace> {
    engine: &'a Engine,
    prepared: &'a Prepared,
    fates: &'a Fates,
    run: &'a mut Run,
    trace: &'a mut T,
    year: usize,
    lane: usize,
}

/// Moves members and gathers ratifications. Returns the members that act.
pub(super) fn move_members<T: Trace>(
    engine: &Engine,
    prepared: &Prepared,
    worker: &mut Worker,
    record: &mut YearRecord,
    year: usize,
    lane: usize,
    trace: &mut T,
) -> Members {
    let Worker { fates, runs, .. } = worker;
    let run = &mut runs[lane];
    let mut assembly = Assembly { engine, prepared, fates, run, trace, year, lane };
    assembly.let_go();
    assembly.follow_history();
    assembly.renew();
    assembly.let_in();
    assembly.ratify_founding(record)
}

/// The organisation becomes part of another: its members belong to that one, whose treaties are to be made anew. Trust
/// stays.
pub(super) fn merge(engine: &Engine, successor: &Prepared, run: &mut Run) {
    run.members = Members(run.members.0 | successor.design.members.0);
    run.founding = Treaty {
        signed: true,
        ratified: if successor.design.founding.is_some() { Members::NONE } else { engine.scenario.everyone() },
    };
    for regime in &mut run.regimes {
        regime.reset();
    }
    run.leaving_at.fill(f64::INFINITY);
}

impl<T: Trace> Assembly<'_, T> {
    fn tell(&mut self, state: Option<usize>, what: &'static str) {
        if T::LISTENS {
            let (year, step) = (self.year, Step::Membership);
            self.trace.event(Event { year, step, table: None, state, slot: None, what, values: &[] });
        }
    }

    fn leave(&mut self, state: usize, what: &'static str) {
        self.run.members = self.run.members.without(state);
        self.run.left_at[state] = self.year as f64;
        self.run.leaving_at[state] = f64::INFINITY;
        self.tell(Some(state), what);
    }

    fn join(&mut self, state: usize, what: &'static str) {
        let run = &mut *self.run;
        run.members = run.members.with(state);
        // Coming in is ratifying.
        run.founding.ratified = run.founding.ratified.with(state);
        run.discontent[state] = Default::default();
        run.satisfaction[state] = Default::default();
        run.agenda_stake[state] = Default::default();
        self.tell(Some(state), what);
    }

    /// Notices of exit take effect.
    fn let_go(&mut self) {
        for state in self.run.members.iter() {
            if self.run.leaving_at[state] <= self.year as f64 {
                self.leave(state, "is gone");
            }
        }
    }

    /// Moves that are given.
    fn follow_history(&mut self) {
        for &(year, state, joins) in &self.prepared.design.membership.history {
            if year == self.year && joins != self.run.members.contains(state) {
                if joins {
                    self.join(state, "joins, as given");
                } else {
                    self.leave(state, "leaves, as given");
                }
            }
        }
    }

    /// At the end of a term the treaty is renewed by the decision rule, or among those who wish.
    fn renew(&mut self) {
        let Some((term, renewal)) = self.prepared.design.term else {
            return;
        };
        if self.year == 0 || !self.year.is_multiple_of(term) || self.run.members.is_empty() {
            return;
        }
        let states = &self.engine.scenario.states;
        let wants = |state: usize| {
            let luck = self.fates.luck(self.year, self.engine.layout.renewal(state), self.lane);
            accepts(luck, states[state].lambda_vote, self.prospect(state))
        };
        let members = self.run.members;
        let yes: Members = members.iter().filter(|&state| wants(state)).collect();
        match renewal {
            Renewal::Willing => {
                for state in Members(members.0 & !yes.0).iter() {
                    self.leave(state, "does not renew");
                }
            }
            Renewal::DecisionRule if self.prepared.design.rule.passes(yes, members) => {
                self.tell(None, "the treaty is renewed");
            }
            Renewal::DecisionRule => {
                for state in members.iter() {
                    self.leave(state, "the treaty is not renewed");
                }
            }
        }
    }

    /// What membership promises a state, in stakes: its own experience if it is a member, else how members fare, less
    /// what sovereignty would cost it.
    fn prospect(&self, state: usize) -> f64 {
        let run = &*self.run;
        let in_stakes = |state: usize| {
            let stake = run.agenda_stake[state].value();
            if stake > 0.0 { run.satisfaction[state].value() / stake } else { 0.0 }
        };
        if run.members.contains(state) {
            return in_stakes(state);
        }
        let count = run.members.len().max(1) as f64;
        let fare = run.members.iter().map(in_stakes).sum::<f64>() / count;
        let stake = run.members.iter().map(|member| run.agenda_stake[member].value()).sum::<f64>() / count;
        let resolve = self.fates.at(self.year, self.engine.layout.resolve(state), self.lane);
        let sovereignty = self.engine.scenario.states[state].sovereignty_cost.get() * resolve * self.prepared.pooling;
        if stake > 0.0 { fare - sovereignty / stake } else { 0.0 }
    }

    /// Candidates come in, those who left come back: symmetric to leaving.
    fn let_in(&mut self) {
        let membership = &self.prepared.design.membership;
        let behaviour = &self.engine.scenario.behaviour;
        for state in 0..self.engine.scenario.states.len() {
            if self.run.members.contains(state) {
                continue;
            }
            let away = self.year as f64 - self.run.left_at[state];
            let hazard = if away.is_finite() {
                match membership.rejoin {
                    _ if membership.suspension && away >= 1.0 => membership.entry_hazard,
                    Some((cool_down, hazard)) if away >= cool_down as f64 => hazard,
                    _ => continue,
                }
            } else {
                match membership.entry_year[state] {
                    Some(first) if self.year >= first => membership.entry_hazard,
                    _ => continue,
                }
            };
            let exact = self.engine.scenario.states[state].lambda_vote.is_infinite();
            let attempt = Attempt {
                hazard,
                lambda: if exact { f64::INFINITY } else { behaviour.exit_steepness },
                advantage: self.prospect(state) - behaviour.exit_threshold,
                luck: self.fates.luck(self.year, self.engine.layout.entry(state), self.lane),
            };
            if attempt.succeeds() {
                self.join(state, "comes in");
            }
        }
    }

    /// The founding treaty gathers ratifications; where it is not applied before, only those who have ratified act.
    fn ratify_founding(&mut self, record: &mut YearRecord) -> Members {
        let Some(founding) = &self.prepared.design.founding else {
            return self.run.members;
        };
        for state in Members(self.run.members.0 & !self.run.founding.ratified.0).iter() {
            let luck = self.fates.luck(self.year, self.engine.layout.founding(state), self.lane);
            let attempt = Attempt { hazard: founding.hazard[state], lambda: f64::INFINITY, advantage: 0.0, luck };
            if attempt.succeeds() {
                self.run.founding.ratified = self.run.founding.ratified.with(state);
                self.tell(Some(state), "ratifies the founding treaty");
            } else {
                record.ratification_failures += 1;
                self.tell(Some(state), "does not ratify the founding treaty");
            }
        }
        if founding.provisional { self.run.members } else { self.run.members.and(self.run.founding.ratified) }
    }
}
