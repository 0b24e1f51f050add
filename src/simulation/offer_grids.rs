//! Offer grids by sets of members: made on first use, shared by all designs of a batch.

use crate::domain::World;
use crate::numeric::LANES;
use crate::plan::{Lane, OfferGrid, Parties, Plans};
use crate::scenario::types::Scenario;

/// For how many sets of members, one for each replication, the plans of a domain are kept at once;
/// further ones take the place of the oldest.
const KEPT: usize = 16;

/// Where the plans of a domain are that hold for a body this year.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Place {
    /// Whether they come on top of what other bodies have agreed.
    on_base: bool,
    page: usize,
}

/// The offer grids of all domains: the shared one of each, and those that come on top of what other
/// bodies have agreed, one for each body.
#[derive(Debug, Clone)]
pub struct OfferGrids {
    shared: Vec<OfferGrid>,
    on_base: Vec<Vec<OfferGrid>>,
}

impl OfferGrids {
    /// Room for a scenario's domains and designs of up to so many bodies: nothing is allocated
    /// afterwards.
    pub fn new(scenario: &Scenario, bodies: usize) -> Self {
        let states = scenario.states.len();
        let pages = KEPT.max(bodies);
        let on_base = if bodies > 1 { bodies } else { 0 };
        // One year at a time: it stays in the cache until all designs have read it.
        let grid = |domain: usize, pages: usize| {
            OfferGrid::with_pages(
                pages,
                1,
                scenario.depth_levels,
                scenario.domains[domain].slots.len(),
                states,
            )
        };
        let domains = 0..scenario.domains.len();
        OfferGrids {
            shared: domains.clone().map(|domain| grid(domain, pages)).collect(),
            on_base: domains
                .map(|domain| {
                    let mut grids = vec![grid(domain, 1); on_base];
                    grids.iter_mut().for_each(|grid| grid.reserve_base(bodies));
                    grids
                })
                .collect(),
        }
    }

    /// Another year begins, or other replications: plans are to be made again.
    pub fn clear(&mut self) {
        self.shared.iter_mut().for_each(OfferGrid::clear);
    }

    /// Forgets also what its rows hold: before plans of another scenario.
    pub fn wipe(&mut self) {
        self.shared.iter_mut().for_each(OfferGrid::wipe);
        self.on_base.iter_mut().flatten().for_each(OfferGrid::wipe);
    }

    /// Finds the plans of a domain for a set of members in each replication, and makes those of the
    /// year that are not there.
    pub(super) fn ensure(
        &mut self,
        world: &mut World,
        domain: usize,
        parties: [Option<Parties>; LANES],
        year: usize,
    ) -> Place {
        let grid = &mut self.shared[domain];
        let page = grid.select(parties, year);
        if grid.is_wanted() {
            world.plan(year, grid);
        }
        Place { on_base: false, page }
    }

    /// Makes the plans of a year of one body on top of what bodies before have agreed: amounts by
    /// slot for each.
    pub(super) fn fill_on_base(
        &mut self,
        world: &mut World,
        (domain, body): (usize, usize),
        parties: [Option<Parties>; LANES],
        year: usize,
        agreed: impl Iterator<Item = impl Iterator<Item = Lane>>,
    ) -> Place {
        let grid = &mut self.on_base[domain][body];
        grid.reset_for(parties);
        for amounts in agreed {
            grid.push_base(amounts);
        }
        world.plan(year, grid);
        Place { on_base: true, page: 0 }
    }

    /// Plans of a body in a place found before.
    #[inline(always)]
    pub(super) fn plans(
        &self,
        (domain, body): (usize, usize),
        place: Place,
        year: usize,
        level: usize,
    ) -> Plans<'_> {
        let grid = if place.on_base { &self.on_base[domain][body] } else { &self.shared[domain] };
        grid.plans(place.page, year, level)
    }
}
