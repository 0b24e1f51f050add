//! Proposals at one table in one year, in all replications together: made, weighed, and made once
//! more where a state whose consent is needed expects a loss (ODD §6).

use super::appraisal::Confidence;
use super::decision::{Attempt, Prospect};
use super::negotiation::{Negotiation, Scratch};
use super::negotiation_round::{NegotiationRound, NextStep};
use super::trace::Trace;
use super::{Run, YearRecord};
use crate::behaviour::Trust;
use crate::ids::Members;
use crate::numeric::{LANES, any, lanes};
use crate::plan::Lane;

impl Negotiation<'_> {
    /// Makes proposals in the replications that are to decide, all of them at once. Where a state
    /// whose consent is needed expects a loss at the chances that it reckons, a second proposal
    /// takes these into account. What can be voted on is entered in `next_steps`.
    pub(super) fn propose<T: Trace>(
        &self,
        runs: &mut [Run],
        records: &mut [Vec<YearRecord>],
        trace: &mut T,
        next_steps: &mut [NextStep; LANES],
        scratch: &mut Scratch,
    ) {
        let mut open = lanes(|lane| matches!(next_steps[lane], NextStep::Propose));
        if !any::<LANES>(|lane| open[lane]) {
            return;
        }
        let deciding = |open: &[bool; LANES]| {
            lanes(|lane| if open[lane] { self.participants[lane] } else { Members::NONE })
        };
        self.appraise(deciding(&open), self.trust, &mut scratch.depths);
        let reckons = self.now.engine.scenario.behaviour.reckons_debtors;
        for attempt in [Attempt::First, Attempt::Second] {
            for lane in 0..LANES {
                if !open[lane] {
                    continue;
                }
                let record = &mut records[lane][self.now.year];
                let mut round = NegotiationRound::of(self, lane, &mut runs[lane], record, trace);
                open[lane] = round.propose(scratch, attempt);
                if open[lane] || attempt == Attempt::First {
                    next_steps[lane] = NextStep::Ratify(round.computed);
                }
            }
            if !any::<LANES>(|lane| open[lane]) {
                return;
            }
            if reckons {
                let Scratch { chances, depths, chosen, rows, .. } = scratch;
                let trust = self.reckoned_trust(runs, &open, chances);
                if self.table.domains.len() > 1 {
                    self.appraise_chosen((runs, &open), &trust, chosen, rows);
                } else {
                    self.appraise(deciding(&open), &trust, depths);
                }
            }
            for lane in 0..LANES {
                if !open[lane] {
                    continue;
                }
                let record = &mut records[lane][self.now.year];
                let mut round = NegotiationRound::of(self, lane, &mut runs[lane], record, trace);
                if let (Prospect::Vote, NextStep::Ratify(computed)) =
                    (round.weigh(scratch, attempt), next_steps[lane])
                {
                    (open[lane], next_steps[lane]) = (false, NextStep::Vote(computed));
                }
            }
        }
    }

    /// Returns what members expect others to perform: the smaller of trust and the chances entered
    /// in the regimes of these replications.
    fn reckoned_trust<'t>(
        &'t self,
        runs: &[Run],
        open: &[bool; LANES],
        chances: &'t mut [Lane],
    ) -> ReckonedTrust<'t> {
        let states = self.now.prepared.states();
        for &domain in &self.table.domains {
            for state in 0..states {
                let of =
                    |lane: usize| runs[lane].own.regimes[self.index].chances.acts(domain, state);
                chances[domain * states + state] =
                    lanes(|lane| if open[lane] { of(lane) } else { 1.0 });
            }
        }
        ReckonedTrust { trust: self.trust, chances, states }
    }
}

/// The smaller of trust and reckoned chances, in all replications.
struct ReckonedTrust<'a> {
    trust: &'a Trust,
    /// Chances that obligors perform: `[domain][state]`.
    chances: &'a [Lane],
    states: usize,
}

impl Confidence<LANES> for ReckonedTrust<'_> {
    #[inline(always)]
    fn of(&self, domain: usize, observer: usize, other: usize) -> Lane {
        let trust = self.trust.means(domain, observer, other);
        let chances = &self.chances[domain * self.states + other];
        lanes(|l| trust[l].min(chances[l]))
    }
}
