//! Plans: the narrow type in which domains, organisation and behaviour meet (ODD §1).
//!
//! A offer grid holds the plans of one domain for sets of members, at every depth, in every year,
//! for every replication of a batch. A plan is a set of obligations, each in its stable slot: cost
//! to its obligor, physical amount, and benefit to every state.

use crate::ids::Members;
use crate::numeric::{LANES, lanes};

/// What part of the whole is nothing: an obligation that is smaller comes from rounding, and would
/// be owed, and broken, with all that follows.
pub const NOTHING: f64 = 1e-9;

/// One number for each replication of a batch.
pub type Lane = [f64; LANES];

/// Whose plans they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Parties {
    /// For whom they are made.
    pub members: Members,
    /// Whether fuel may be delivered under them.
    pub in_kind: bool,
    /// Which of a domain's plans these are, where they depend on a design's own past; 0 elsewhere.
    pub variant: u16,
}

/// Plans of one domain. A page holds those of one set of members in each replication: sets may
/// differ between replications, and all that are wanted in a year are made at once.
#[derive(Debug, Clone)]
pub struct OfferGrid {
    states: usize,
    slots: usize,
    levels: usize,
    years: usize,
    /// By page and replication; nobody where nothing was asked for.
    parties: Vec<[Parties; LANES]>,
    /// By page and year.
    ready: Vec<bool>,
    /// Whose plans the rows hold, by page, year and replication: the same parties fill the same
    /// rows again.
    written: Vec<[Parties; LANES]>,
    /// The page that is given away next.
    next: usize,
    /// What is being made: for whom (nobody where nothing is wanted), on which page, and where its
    /// rows begin.
    wanted: [Parties; LANES],
    page: usize,
    at: usize,
    /// What earlier bodies have agreed, body by body: amounts by slot. Its plans come on top.
    base: Vec<Lane>,
    /// By page, year, depth level, slot and field.
    rows: Vec<Lane>,
}

const COST: usize = 0;
const AMOUNT: usize = 1;
const BENEFIT: usize = 2;

impl OfferGrid {
    /// Room for one page of `years` of plans with `slots` obligations at `levels` depths.
    pub fn new(years: usize, levels: usize, slots: usize, states: usize) -> Self {
        Self::with_pages(1, years, levels, slots, states)
    }

    /// Room for so many pages.
    pub fn with_pages(
        pages: usize,
        years: usize,
        levels: usize,
        slots: usize,
        states: usize,
    ) -> Self {
        let year = levels * slots * (BENEFIT + states);
        OfferGrid {
            states,
            slots,
            levels,
            years,
            parties: vec![Default::default(); pages],
            ready: vec![false; pages * years],
            written: vec![Default::default(); pages * years],
            next: 0,
            wanted: Default::default(),
            page: 0,
            at: 0,
            base: Vec::new(),
            rows: vec![[0.0; LANES]; pages * years * year],
        }
    }

    /// Forgets all plans.
    pub fn clear(&mut self) {
        self.parties.fill(Default::default());
        self.ready.fill(false);
        self.next = 0;
        self.base.clear();
    }

    /// Forgets also what its rows hold, so that they are cleared before plans of another scenario
    /// are made.
    pub fn wipe(&mut self) {
        self.clear();
        self.written.fill(Default::default());
    }

    /// Forgets all plans and takes those of one set of members in every replication.
    pub fn reset(&mut self, members: Members, in_kind: bool) {
        self.reset_for([Some(Parties { members, in_kind, variant: 0 }); LANES]);
    }

    /// The same for a set by replication.
    pub fn reset_for(&mut self, parties: [Option<Parties>; LANES]) {
        self.clear();
        self.select(parties, 0);
    }

    /// Turns to the page of these sets, one by replication; where there is none, the oldest is
    /// given to them: who reads plans later copies them. Wanted are their plans of the year unless
    /// they are made already. Returns the page.
    pub fn select(&mut self, parties: [Option<Parties>; LANES], year: usize) -> usize {
        let year = year.min(self.years - 1);
        let holds = |page: &[Parties; LANES]| {
            page.iter()
                .zip(&parties)
                .all(|(own, wanted)| wanted.is_none_or(|wanted| *own == wanted))
        };
        self.page = self.parties.iter().position(holds).unwrap_or_else(|| {
            let page = self.next;
            self.next = (page + 1) % self.parties.len();
            self.parties[page] = parties.map(Option::unwrap_or_default);
            self.ready[page * self.years..(page + 1) * self.years].fill(false);
            page
        });
        let made = self.ready[self.page * self.years + year];
        self.wanted = if made { Default::default() } else { self.parties[self.page] };
        self.page
    }

    /// Whether any plans are wanted of those that were turned to.
    pub fn is_wanted(&self) -> bool {
        self.wanted.iter().any(|parties| !parties.members.is_empty())
    }

    /// For whom plans are made; nobody where none are wanted.
    pub fn members(&self) -> [Members; LANES] {
        lanes(|l| self.wanted[l].members)
    }

    /// Whether fuel may be delivered.
    pub fn in_kind(&self) -> bool {
        self.wanted.iter().any(|parties| parties.in_kind)
    }

    /// Which of a domain's plans are made in a replication.
    pub fn variant(&self, lane: usize) -> usize {
        self.wanted[lane].variant as usize
    }

    /// 1 in the replications in which a state is among those for whom plans are made, else 0.
    #[inline]
    pub fn mask(&self, state: usize) -> Lane {
        Members::mask(&self.members(), state)
    }

    /// Room for what `bodies` earlier bodies have agreed.
    pub fn reserve_base(&mut self, bodies: usize) {
        self.base.reserve(bodies * self.slots);
    }

    /// Puts the plans on top of what another body has agreed: amounts by slot.
    pub fn push_base(&mut self, amounts: impl Iterator<Item = Lane>) {
        self.base.extend(amounts);
        debug_assert_eq!(self.base.len() % self.slots.max(1), 0);
    }

    /// What earlier bodies have agreed, in their order: amounts by slot.
    pub fn base(&self) -> impl Iterator<Item = &[Lane]> {
        self.base.chunks(self.slots.max(1))
    }

    /// What earlier bodies have agreed in sum on a slot.
    #[inline]
    pub fn agreed(&self, slot: usize) -> Lane {
        let mut sum = [0.0; LANES];
        for amounts in self.base() {
            for lane in 0..LANES {
                sum[lane] += amounts[slot][lane];
            }
        }
        sum
    }

    /// Number of depths: depth level r (from 0) has depth (r + 1)/depth levels.
    pub fn levels(&self) -> usize {
        self.levels
    }

    /// Depth of a depth level.
    pub fn depth(&self, level: usize) -> f64 {
        (level + 1) as f64 / self.levels as f64
    }

    /// Rows of an obligation.
    #[inline(always)]
    fn stride(&self) -> usize {
        BENEFIT + self.states
    }

    /// Rows of the plans of one depth.
    #[inline(always)]
    fn width(&self) -> usize {
        self.slots * self.stride()
    }

    /// First row of a year.
    #[inline(always)]
    fn start(&self, page: usize, year: usize) -> usize {
        (page * self.years + year.min(self.years - 1)) * self.levels * self.width()
    }

    /// Makes the plans of a year that are wanted; what `set` never sets for some parties is
    /// nothing.
    pub fn make(&mut self, year: usize, set: impl FnOnce(&mut Self)) {
        self.begin(year);
        set(self);
    }

    /// Clears a year before its plans are made, unless they are those of the same parties as
    /// before.
    fn begin(&mut self, year: usize) {
        let place = self.page * self.years + year.min(self.years - 1);
        self.at = self.start(self.page, year);
        if self.written[place] != self.wanted {
            self.written[place] = self.wanted;
            let all = self.levels * self.width();
            self.rows[self.at..self.at + all].fill([0.0; LANES]);
        }
        self.ready[place] = true;
    }

    #[inline(always)]
    fn set(&mut self, level: usize, slot: usize, field: usize, values: &Lane) {
        let row = self.at + level * self.width() + slot * self.stride() + field;
        self.rows[row] = *values;
    }

    /// Sets the cost of an obligation to its obligor, MUSD.
    #[inline]
    pub fn set_cost(&mut self, level: usize, slot: usize, cost: &Lane) {
        self.set(level, slot, COST, cost);
    }
    /// Sets the physical amount of an obligation, in the unit of its kind; nothing is owed where it
    /// is not above zero.
    #[inline]
    pub fn set_amount(&mut self, level: usize, slot: usize, amount: &Lane) {
        self.set(level, slot, AMOUNT, amount);
    }
    /// Sets the benefit of an obligation to a state, MUSD.
    #[inline]
    pub fn set_benefit(&mut self, level: usize, slot: usize, state: usize, benefit: &Lane) {
        self.set(level, slot, BENEFIT + state, benefit);
    }

    /// The plans of a year and depth on a page, of all replications.
    #[inline(always)]
    pub fn plans(&self, page: usize, year: usize, level: usize) -> Plans<'_> {
        let from = self.start(page, year) + level * self.width();
        Plans { rows: &self.rows[from..from + self.width()], stride: self.stride() }
    }

    /// The plan of a year, depth and replication on the first page.
    pub fn plan(&self, year: usize, level: usize, lane: usize) -> Plan<'_> {
        self.plans(0, year, level).of(lane)
    }
}

/// The plans of one domain in one year at one depth, a row for each of their numbers.
#[derive(Debug, Clone, Copy, Default)]
pub struct Plans<'a> {
    rows: &'a [Lane],
    stride: usize,
}

impl<'a> Plans<'a> {
    /// Expected cost of an obligation to its obligor at full performance, MUSD.
    #[inline(always)]
    pub fn cost(&self, slot: usize) -> &'a Lane {
        &self.rows[slot * self.stride + COST]
    }
    /// Physical amount of an obligation: nothing is owed where it is not above zero.
    #[inline(always)]
    pub fn amount(&self, slot: usize) -> &'a Lane {
        &self.rows[slot * self.stride + AMOUNT]
    }
    /// Expected benefit of an obligation to a state, MUSD.
    #[inline(always)]
    pub fn benefit(&self, slot: usize, state: usize) -> &'a Lane {
        &self.rows[slot * self.stride + BENEFIT + state]
    }
    /// The plan of one replication.
    #[inline(always)]
    pub fn of(self, lane: usize) -> Plan<'a> {
        let cells = self.rows.as_flattened();
        Plan {
            cells: cells.get(lane..).unwrap_or_default(),
            step: LANES,
            stride: self.stride * LANES,
        }
    }
    /// Copies the plan of one replication to a place of its own: fields side by side.
    #[inline(always)]
    pub fn copy(&self, lane: usize, to: &mut [f64]) {
        for (to, row) in to.iter_mut().zip(self.rows) {
            *to = row[lane];
        }
    }
}

/// The plan of one domain in one year of one replication at one depth.
#[derive(Debug, Clone, Copy, Default)]
pub struct Plan<'a> {
    cells: &'a [f64],
    /// From field to field, and from obligation to obligation.
    step: usize,
    stride: usize,
}

impl<'a> Plan<'a> {
    /// Numbers of a plan of so many obligations.
    pub fn size(slots: usize, states: usize) -> usize {
        slots * (BENEFIT + states)
    }
    /// A plan that was copied to a place of its own.
    #[inline(always)]
    pub fn copied(cells: &'a [f64], states: usize) -> Self {
        Plan { cells, step: 1, stride: BENEFIT + states }
    }
    /// Expected cost of an obligation to its obligor at full performance, MUSD.
    #[inline(always)]
    pub fn cost(&self, slot: usize) -> f64 {
        self.cells[slot * self.stride + COST * self.step]
    }
    /// Physical amount of an obligation: nothing is owed where it is not above zero.
    #[inline(always)]
    pub fn amount(&self, slot: usize) -> f64 {
        self.cells[slot * self.stride + AMOUNT * self.step]
    }
    /// Expected benefit of an obligation to a state, MUSD.
    #[inline(always)]
    pub fn benefit(&self, slot: usize, state: usize) -> f64 {
        self.cells[slot * self.stride + (BENEFIT + state) * self.step]
    }
    /// What performing costs an obligor without whom nothing is realised: its cost less all that it
    /// would lose, MUSD.
    pub fn cost_of_joint(&self, slot: usize, obligor: usize) -> f64 {
        self.cost(slot) - (0..self.slots()).map(|other| self.benefit(other, obligor)).sum::<f64>()
    }
    /// Number of slots.
    pub fn slots(&self) -> usize {
        self.cells.len().div_ceil(self.stride.max(1))
    }
}

/// A plan and the performed fraction of each of its slots.
pub type Acts<'a> = (Plan<'a>, &'a [f64]);

/// What physics says of a year in one domain.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Physical {
    /// Unmet irrigation demand, km³.
    pub irrigation_deficit: f64,
    /// Unmet winter demand for power, TWh.
    pub winter_power_deficit: f64,
    /// Cost of winter floods, MUSD.
    pub flood_cost: f64,
    /// Outflow of the decided reservoirs in summer, km³.
    pub summer_release: f64,
    /// Their outflow in the year, km³.
    pub annual_release: f64,
    /// Water that reached the sink, km³.
    pub sink_inflow: f64,
    /// Fuel delivered under plans, TWh.
    pub fuel_delivered: f64,
}

impl Physical {
    /// Adds what another domain, or another year, came to.
    pub fn add(&mut self, other: &Physical) {
        self.irrigation_deficit += other.irrigation_deficit;
        self.winter_power_deficit += other.winter_power_deficit;
        self.flood_cost += other.flood_cost;
        self.summer_release += other.summer_release;
        self.annual_release += other.annual_release;
        self.sink_inflow += other.sink_inflow;
        self.fuel_delivered += other.fuel_delivered;
    }
}
