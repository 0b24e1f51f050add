//! Ladders by member set: made on first use, shared by all designs and replications of a batch.

use crate::domain::World;
use crate::ids::Members;
use crate::plan::Ladder;
use crate::scenario::types::Scenario;

/// How many member sets of a domain are kept at once; further ones take the place of the oldest.
const KEPT: usize = 8;

/// The ladders of all domains: the shared ones first, then those that come on top of what other bodies have agreed,
/// one for each body.
#[derive(Debug, Clone)]
pub struct LadderPool {
    ladders: Vec<Vec<Ladder>>,
    shared: usize,
    next: Vec<usize>,
}

impl LadderPool {
    /// Room for a scenario's domains and designs of up to so many bodies: nothing is allocated afterwards.
    pub fn new(scenario: &Scenario, bodies: usize) -> Self {
        let states = scenario.states.len();
        let shared = KEPT.max(bodies + 1).min(1 << states);
        let on_top = if bodies > 1 { bodies } else { 0 };
        LadderPool {
            ladders: scenario
                .domains
                .iter()
                .map(|domain| {
                    let ladder = |years| Ladder::new(years, scenario.rungs, domain.slots.len(), states);
                    let mut ladders = vec![ladder(scenario.horizon); shared];
                    ladders.extend((0..on_top).map(|_| {
                        let mut ladder = ladder(1);
                        ladder.reserve_base(bodies);
                        ladder
                    }));
                    ladders
                })
                .collect(),
            shared,
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
        let ladders = &mut self.ladders[domain][..self.shared];
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

    /// Makes the plans of a year of one body on top of what bodies before have agreed: amounts by slot for each.
    #[allow(clippy::too_many_arguments)]
    pub fn put_on_top<'a>(
        &mut self,
        scenario: &Scenario,
        world: &mut World,
        domain: usize,
        body: usize,
        members: Members,
        (in_kind, variant): (bool, u16),
        year: usize,
        agreed: impl Iterator<Item = &'a [f64]>,
    ) -> usize {
        let at = self.shared + body;
        let ladder = &mut self.ladders[domain][at];
        ladder.reset_for(members, in_kind, variant);
        for amounts in agreed {
            ladder.push_base(amounts.iter().copied());
        }
        world.plan(scenario, year, ladder);
        at
    }

    /// A ladder found before.
    pub fn get(&self, domain: usize, at: usize) -> &Ladder {
        &self.ladders[domain][at]
    }
}
