//! Ladders by sets of members: made on first use, shared by all designs of a batch.

use crate::domain::World;
use crate::numeric::LANES;
use crate::plan::{Ladder, Lane, Parties, Plans};
use crate::scenario::types::Scenario;

/// For how many sets of members, one for each replication, the plans of a domain are kept at once; further ones take the place of
/// the oldest.
const KEPT: usize = 16;

/// Where the plans of a domain are that hold for a body this year.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Place {
    /// Whether they come on top of what other bodies have agreed.
    on_top: bool,
    page: usize,
}

/// The ladders of all domains: the shared one of each, and those that come on top of what other bodies have agreed, one
/// for each body.
#[derive(Debug, Clone)]
pub struct LadderPool {
    shared: Vec<Ladder>,
    on_top: Vec<Vec<Ladder>>,
}

impl LadderPool {
    /// Room for a scenario's domains and designs of up to so many bodies: nothing is allocated afterwards.
    pub fn new(scenario: &Scenario, bodies: usize) -> Self {
        let states = scenario.states.len();
        let pages = KEPT.max(bodies);
        let on_top = if bodies > 1 { bodies } else { 0 };
        // One year at a time: it stays in the cache until all designs have read it.
        let ladder = |domain: usize, pages: usize| {
            Ladder::with_pages(pages, 1, scenario.rungs, scenario.domains[domain].slots.len(), states)
        };
        let domains = 0..scenario.domains.len();
        LadderPool {
            shared: domains.clone().map(|domain| ladder(domain, pages)).collect(),
            on_top: domains
                .map(|domain| {
                    let mut ladders = vec![ladder(domain, 1); on_top];
                    ladders.iter_mut().for_each(|ladder| ladder.reserve_base(bodies));
                    ladders
                })
                .collect(),
        }
    }

    /// Another year begins, or other fates: plans are to be made again.
    pub fn clear(&mut self) {
        self.shared.iter_mut().for_each(Ladder::clear);
    }

    /// Forgets also what its rows hold: before plans of another scenario.
    pub fn wipe(&mut self) {
        self.shared.iter_mut().for_each(Ladder::wipe);
        self.on_top.iter_mut().flatten().for_each(Ladder::wipe);
    }

    /// Finds the plans of a domain for a set of members in each replication, and makes those of the year that are not
    /// there.
    pub(super) fn ensure(
        &mut self,
        world: &mut World,
        domain: usize,
        parties: [Option<Parties>; LANES],
        year: usize,
    ) -> Place {
        let ladder = &mut self.shared[domain];
        let page = ladder.turn_to(parties, year);
        if ladder.is_wanted() {
            world.plan(year, ladder);
        }
        Place { on_top: false, page }
    }

    /// Makes the plans of a year of one body on top of what bodies before have agreed: amounts by slot for each.
    pub(super) fn put_on_top(
        &mut self,
        world: &mut World,
        (domain, body): (usize, usize),
        parties: [Option<Parties>; LANES],
        year: usize,
        agreed: impl Iterator<Item = impl Iterator<Item = Lane>>,
    ) -> Place {
        let ladder = &mut self.on_top[domain][body];
        ladder.reset_for(parties);
        for amounts in agreed {
            ladder.push_base(amounts);
        }
        world.plan(year, ladder);
        Place { on_top: true, page: 0 }
    }

    /// Plans of a body in a place found before.
    #[inline(always)]
    pub(super) fn plans(&self, (domain, body): (usize, usize), place: Place, year: usize, rung: usize) -> Plans<'_> {
        let ladder = if place.on_top { &self.on_top[domain][body] } else { &self.shared[domain] };
        ladder.plans(place.page, year, rung)
    }
}
