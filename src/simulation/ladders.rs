//! Ladders by member set: made on first use, shared by all designs and replications of a batch.

use crate::domain::World;
use crate::ids::Members;
use crate::plan::Ladder;
use crate::scenario::types::Scenario;

/// How many member sets of a domain are kept at once; further ones take the place of the oldest.
const KEPT: usize = 8;

/// The ladders of all domains.
#[derive(Debug, Clone)]
pub struct LadderPool {
    ladders: Vec<Vec<Ladder>>,
    next: Vec<usize>,
}

impl LadderPool {
    /// Room for a scenario's domains: nothing is allocated afterwards.
    pub fn new(scenario: &Scenario) -> Self {
        let states = scenario.states.len();
        let kept = KEPT.min(1 << states);
        LadderPool {
            ladders: scenario
                .domains
                .iter()
                .map(|domain| vec![Ladder::new(scenario.horizon, scenario.rungs, domain.slots.len(), states); kept])
                .collect(),
            next: vec![0; scenario.domains.len()],
        }
    }

    /// Forgets all plans, for new fates.
    pub fn clear(&mut self) {
        for ladder in self.ladders.iter_mut().flatten() {
            ladder.reset(Members::NONE, false);
        }
        self.next.fill(0);
    }

    /// Finds the ladder of a domain for a set of members and makes the plans of the year if they are not there.
    pub fn ensure(
        &mut self,
        scenario: &Scenario,
        world: &mut World,
        domain: usize,
        members: Members,
        in_kind: bool,
        variant: u16,
        year: usize,
    ) -> usize {
        let ladders = &mut self.ladders[domain];
        let found = ladders
            .iter()
            .position(|ladder| ladder.members == members && ladder.in_kind == in_kind && ladder.variant == variant);
        let at = found.unwrap_or_else(|| {
            let at = self.next[domain];
            self.next[domain] = (at + 1) % ladders.len();
            ladders[at].reset_for(members, in_kind, variant);
            at
        });
        if !ladders[at].is_ready(year) {
            world.plan(scenario, year, &mut ladders[at]);
        }
        at
    }

    /// A ladder found before.
    pub fn get(&self, domain: usize, at: usize) -> &Ladder {
        &self.ladders[domain][at]
    }
}
