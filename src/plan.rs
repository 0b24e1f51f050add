//! Plans: the interface between domains, organisation and behaviour (ODD §1).
//!
//! A plan is a set of obligations, each in a fixed slot: cost to its obligor, physical amount, and
//! benefit to every state. An offer grid holds the plans of one domain for sets of members, at
//! every depth level, in every year, for every replication of a batch. Plans contain neither votes
//! nor physics; [`Physical`] holds the physical results of a year.

use crate::ids::Members;
use crate::numeric::{LANES, lanes};

/// Share of a whole below which an obligation counts as none. Smaller amounts come from rounding,
/// and an obligation however small could be broken, reported and sanctioned.
pub const NOTHING: f64 = 1e-9;

/// One number for each replication of a batch.
pub type Lane = [f64; LANES];

/// Parties of a plan: its members, whether fuel is delivered in kind, and the plan's variant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Parties {
    /// Members for whom the plans are made.
    pub members: Members,
    /// Whether fuel may be delivered under them.
    pub in_kind: bool,
    /// Variant of the domain's plans where they depend on a design's own past; 0 elsewhere.
    pub variant: u32,
}

/// Plans of one domain, in pages. A page holds the plans of one set of members in each replication;
/// sets may differ between replications. All plans needed in a year are made in one pass.
#[derive(Debug, Clone)]
pub struct OfferGrid {
    states: usize,
    slots: usize,
    levels: usize,
    years: usize,
    /// By page and replication; no members where no plans are needed.
    parties: Vec<[Parties; LANES]>,
    /// Whether plans are made, by page and year.
    ready: Vec<bool>,
    /// Parties whose plans the rows hold, by page, year and replication. Plans for the same parties
    /// fill the same rows, which then need no clearing.
    written: Vec<[Parties; LANES]>,
    /// Page that is reassigned next.
    next: usize,
    /// Plans being made: parties by replication (no members where none are needed), page, first
    /// row.
    wanted: [Parties; LANES],
    page: usize,
    at: usize,
    /// Amounts agreed by earlier bodies, body by body and then by slot. New plans are added to
    /// them.
    base: Vec<Lane>,
    /// By page, year, depth level, slot and field.
    rows: Vec<Lane>,
}

const COST: usize = 0;
const AMOUNT: usize = 1;
const BENEFIT: usize = 2;

impl OfferGrid {
    /// Creates a grid with one page: `years` years, `levels` depth levels, `slots` obligations.
    pub fn new(years: usize, levels: usize, slots: usize, states: usize) -> Self {
        Self::with_pages(1, years, levels, slots, states)
    }

    /// Creates a grid with a number of pages.
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

    /// Discards all plans and the amounts agreed by earlier bodies.
    pub fn clear(&mut self) {
        self.parties.fill(Default::default());
        self.ready.fill(false);
        self.next = 0;
        self.base.clear();
    }

    /// Discards all plans and marks all rows for clearing. Needed before plans of another scenario
    /// are made.
    pub fn clear_all(&mut self) {
        self.clear();
        self.written.fill(Default::default());
    }

    /// Discards all plans and selects those of one set of members in every replication.
    pub fn reset(&mut self, members: Members, in_kind: bool) {
        self.reset_for([Some(Parties { members, in_kind, variant: 0 }); LANES]);
    }

    /// Does the same as [`OfferGrid::reset`] for sets that differ by replication.
    pub fn reset_for(&mut self, parties: [Option<Parties>; LANES]) {
        self.clear();
        self.select(parties, 0);
    }

    /// Selects the page of these parties, one by replication, and returns it. If no page holds
    /// them, the oldest page is reassigned, so plans that are read later must be copied. Their
    /// plans of the year are made next unless they exist already.
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

    /// Returns whether any plans of the selected page have to be made.
    pub fn is_wanted(&self) -> bool {
        self.wanted.iter().any(|parties| !parties.members.is_empty())
    }

    /// Returns the members for whom plans are made, by replication; none where none are needed.
    pub fn members(&self) -> [Members; LANES] {
        lanes(|l| self.wanted[l].members)
    }

    /// Returns whether fuel may be delivered in any replication.
    pub fn in_kind(&self) -> bool {
        self.wanted.iter().any(|parties| parties.in_kind)
    }

    /// Returns the variant of the domain's plans that is made in a replication.
    pub fn variant(&self, lane: usize) -> usize {
        self.wanted[lane].variant as usize
    }

    /// Returns, by replication, 1 where a state is among those for whom plans are made, else 0.
    #[inline]
    pub fn mask(&self, state: usize) -> Lane {
        Members::mask(&self.members(), state)
    }

    /// Reserves memory for the amounts agreed by `bodies` earlier bodies.
    pub fn reserve_base(&mut self, bodies: usize) {
        self.base.reserve(bodies * self.slots);
    }

    /// Adds the amounts that another body has agreed, by slot. New plans are made on top of them.
    pub fn push_base(&mut self, amounts: impl Iterator<Item = Lane>) {
        self.base.extend(amounts);
        debug_assert_eq!(self.base.len() % self.slots.max(1), 0);
    }

    /// Iterates over the amounts agreed by earlier bodies, in their order: amounts by slot.
    pub fn base(&self) -> impl Iterator<Item = &[Lane]> {
        self.base.chunks(self.slots.max(1))
    }

    /// Returns the sum of the amounts that earlier bodies have agreed on a slot.
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

    /// Returns the number of depth levels R. The level at position r (from 0) has depth (r + 1)/R.
    pub fn levels(&self) -> usize {
        self.levels
    }

    /// Returns the depth of the level at a position (from 0), as a share of the joint optimum.
    pub fn depth(&self, level: usize) -> f64 {
        (level + 1) as f64 / self.levels as f64
    }

    /// Returns the number of rows of an obligation.
    #[inline(always)]
    fn stride(&self) -> usize {
        BENEFIT + self.states
    }

    /// Returns the number of rows of the plans of one depth level.
    #[inline(always)]
    fn width(&self) -> usize {
        self.slots * self.stride()
    }

    /// Returns the first row of a year on a page.
    #[inline(always)]
    fn start(&self, page: usize, year: usize) -> usize {
        (page * self.years + year.min(self.years - 1)) * self.levels * self.width()
    }

    /// Makes the plans of a year that are needed. What `set` does not set for some parties is 0.
    pub fn make(&mut self, year: usize, set: impl FnOnce(&mut Self)) {
        self.begin(year);
        set(self);
    }

    /// Prepares the rows of a year: clears them unless they hold plans of the same parties.
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
    /// Sets the physical amount of an obligation, in the unit of its act. Nothing is owed where it
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

    /// Returns the plans of a page, year and depth level, in all replications.
    #[inline(always)]
    pub fn plans(&self, page: usize, year: usize, level: usize) -> Plans<'_> {
        let from = self.start(page, year) + level * self.width();
        Plans { rows: &self.rows[from..from + self.width()], stride: self.stride() }
    }

    /// Returns the plan of a year, depth level and replication on the first page.
    pub fn plan(&self, year: usize, level: usize, lane: usize) -> Plan<'_> {
        self.plans(0, year, level).of(lane)
    }
}

/// Plans of one domain in one year at one depth level: a row of lanes for each number.
#[derive(Debug, Clone, Copy, Default)]
pub struct Plans<'a> {
    rows: &'a [Lane],
    stride: usize,
}

impl<'a> Plans<'a> {
    /// Returns the expected cost of an obligation to its obligor at full performance, MUSD.
    #[inline(always)]
    pub fn cost(&self, slot: usize) -> &'a Lane {
        &self.rows[slot * self.stride + COST]
    }
    /// Returns the physical amount of an obligation; nothing is owed where it is not above zero.
    #[inline(always)]
    pub fn amount(&self, slot: usize) -> &'a Lane {
        &self.rows[slot * self.stride + AMOUNT]
    }
    /// Returns the expected benefit of an obligation to a state, MUSD.
    #[inline(always)]
    pub fn benefit(&self, slot: usize, state: usize) -> &'a Lane {
        &self.rows[slot * self.stride + BENEFIT + state]
    }
    /// Returns plans that are copied from others, for `states` states ([`Plans::copy_lane`]).
    #[inline(always)]
    pub fn copied(rows: &'a [Lane], states: usize) -> Self {
        Plans { rows, stride: BENEFIT + states }
    }
    /// Copies the plan of one replication to its place among other plans.
    #[inline(always)]
    pub fn copy_lane(&self, lane: usize, to: &mut [Lane]) {
        for (to, row) in to.iter_mut().zip(self.rows) {
            to[lane] = row[lane];
        }
    }
    /// Returns the plan of one replication.
    #[inline(always)]
    pub fn of(self, lane: usize) -> Plan<'a> {
        let cells = self.rows.as_flattened();
        Plan {
            cells: cells.get(lane..).unwrap_or_default(),
            step: LANES,
            stride: self.stride * LANES,
        }
    }
    /// Copies the plan of one replication to a slice of its own, field after field.
    #[inline(always)]
    pub fn copy(&self, lane: usize, to: &mut [f64]) {
        for (to, row) in to.iter_mut().zip(self.rows) {
            *to = row[lane];
        }
    }
}

/// Plan of one domain in one year of one replication at one depth level.
#[derive(Debug, Clone, Copy, Default)]
pub struct Plan<'a> {
    cells: &'a [f64],
    /// Distance from field to field, and from obligation to obligation.
    step: usize,
    stride: usize,
}

impl<'a> Plan<'a> {
    /// Returns the number of values in a plan of `slots` obligations.
    pub fn size(slots: usize, states: usize) -> usize {
        slots * (BENEFIT + states)
    }
    /// Returns the plan held in a slice that [`Plans::copy`] has filled.
    #[inline(always)]
    pub fn copied(cells: &'a [f64], states: usize) -> Self {
        Plan { cells, step: 1, stride: BENEFIT + states }
    }
    /// Returns the expected cost of an obligation to its obligor at full performance, MUSD.
    #[inline(always)]
    pub fn cost(&self, slot: usize) -> f64 {
        self.cells[slot * self.stride + COST * self.step]
    }
    /// Returns the physical amount of an obligation; nothing is owed where it is not above zero.
    #[inline(always)]
    pub fn amount(&self, slot: usize) -> f64 {
        self.cells[slot * self.stride + AMOUNT * self.step]
    }
    /// Returns the expected benefit of an obligation to a state, MUSD.
    #[inline(always)]
    pub fn benefit(&self, slot: usize, state: usize) -> f64 {
        self.cells[slot * self.stride + (BENEFIT + state) * self.step]
    }
    /// Returns the cost of performing, MUSD, where nothing is realised without the obligor: its
    /// cost less its own benefits from all obligations, of which each of its obligations bears its
    /// part by cost (equal parts where none has a cost).
    pub fn cost_of_joint(&self, slot: usize, obligor: impl Fn(usize) -> usize) -> f64 {
        let state = obligor(slot);
        let (mut own_cost, mut count, mut benefits) = (0.0, 0.0, 0.0);
        for other in 0..self.slots() {
            benefits += self.benefit(other, state);
            if obligor(other) == state {
                own_cost += self.cost(other);
                count += 1.0;
            }
        }
        let part = if own_cost > 0.0 { self.cost(slot) / own_cost } else { 1.0 / count };
        self.cost(slot) - benefits * part
    }
    /// Returns the number of slots.
    pub fn slots(&self) -> usize {
        self.cells.len().div_ceil(self.stride.max(1))
    }
}

/// A plan and the performed share of the obligation in each slot.
pub type Acts<'a> = (Plan<'a>, &'a [f64]);

/// Physical results of a year in one domain.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Physical {
    /// Unmet irrigation demand, km³.
    pub irrigation_deficit: f64,
    /// Unmet winter demand for power, TWh.
    pub winter_power_deficit: f64,
    /// Cost of winter floods, MUSD.
    pub flood_cost: f64,
    /// Outflow of the operated reservoirs in summer, km³.
    pub summer_release: f64,
    /// Outflow of the operated reservoirs in the year, km³.
    pub annual_release: f64,
    /// Water that reached the sink, km³.
    pub sink_inflow: f64,
    /// Fuel delivered under plans, TWh.
    pub fuel_delivered: f64,
}

impl Physical {
    /// Adds the results of another domain or year.
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
