//! Offer grids by set of members. They are made on first use and shared by all designs of a batch.

use crate::domain::World;
use crate::numeric::LANES;
use crate::plan::{Lane, OfferGrid, Parties, Plans};
use crate::scenario::types::Scenario;

/// Number of pages per domain. A page holds plans for one set of members in each lane; when all
/// pages are in use, the oldest is replaced.
const KEPT: usize = 16;

/// Location of the plans of a domain that hold for a body this year.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Place {
    /// Whether the plans come on top of what other bodies have agreed.
    on_base: bool,
    page: usize,
}

/// The offer grids of all domains: a shared one for each, and, for plans on top of what other
/// bodies have agreed, one for each domain and body.
#[derive(Debug, Clone)]
pub struct OfferGrids {
    shared: Vec<OfferGrid>,
    on_base: Vec<Vec<OfferGrid>>,
}

impl OfferGrids {
    /// Allocates grids for a scenario and designs of up to `bodies` bodies. Nothing is allocated
    /// later.
    pub fn new(scenario: &Scenario, bodies: usize) -> Self {
        let states = scenario.states.len();
        let pages = KEPT.max(bodies);
        let on_base = if bodies > 1 { bodies } else { 0 };
        // One year at a time, so that it stays in the cache until all designs have read it.
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

    /// Discards the shared plans. Call it before another year or other replications.
    pub fn clear(&mut self) {
        self.shared.iter_mut().for_each(OfferGrid::clear);
    }

    /// Discards all plans and clears their rows. Call it before plans of another scenario.
    pub fn clear_all(&mut self) {
        self.shared.iter_mut().for_each(OfferGrid::clear_all);
        self.on_base.iter_mut().flatten().for_each(OfferGrid::clear_all);
    }

    /// Returns the place of a domain's plans for one set of members by lane. Makes the plans of the
    /// year that are missing.
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

    /// Makes the plans of one body and year on top of what earlier bodies have agreed. `agreed`
    /// gives amounts by slot for each of these.
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

    /// Returns the plans of a body at a place and depth level.
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
