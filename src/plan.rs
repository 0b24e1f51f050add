//! Plans: the narrow type in which domains, organisation and behaviour meet (ODD §1).
//!
//! A ladder holds the plans of one domain for one set of members, at every depth, in every year, for every
//! replication of a batch. A plan is a set of obligations, each in its stable slot: cost to its obligor, physical
//! amount, and benefit to every state.

use crate::ids::Members;
use crate::numeric::LANES;

/// One number for each replication of a batch.
pub type Lane = [f64; LANES];

/// Plans of one domain for one set of members.
#[derive(Debug, Clone)]
pub struct Ladder {
    /// For whom it was made.
    pub members: Members,
    /// Whether fuel may be delivered under it.
    pub in_kind: bool,
    /// Which of a domain's plans these are, where they depend on a design's own past; 0 elsewhere.
    pub variant: u16,
    states: usize,
    slots: usize,
    rungs: usize,
    years: usize,
    /// What earlier bodies have agreed, body by body: amounts by slot. Its plans come on top.
    base: Vec<f64>,
    /// By replication, year, rung, slot and field: a decision reads its plan from one place.
    cells: Vec<f64>,
    ready: Vec<bool>,
}

const COST: usize = 0;
const AMOUNT: usize = 1;
const BENEFIT: usize = 2;

impl Ladder {
    /// Room for `years` of plans with `slots` obligations at `rungs` depths.
    pub fn new(years: usize, rungs: usize, slots: usize, states: usize) -> Self {
        Ladder {
            members: Members::NONE,
            in_kind: false,
            variant: 0,
            states,
            slots,
            rungs,
            years,
            base: Vec::new(),
            cells: vec![0.0; LANES * years * rungs * slots * (BENEFIT + states)],
            ready: vec![false; years],
        }
    }

    /// Forgets its plans and takes them for another set of members.
    pub fn reset(&mut self, members: Members, in_kind: bool) {
        self.reset_for(members, in_kind, 0);
    }

    /// The same for one of several variants of a domain's plans.
    pub fn reset_for(&mut self, members: Members, in_kind: bool, variant: u16) {
        self.members = members;
        self.variant = variant;
        self.in_kind = in_kind;
        self.base.clear();
        self.ready.fill(false);
    }

    /// Room for what `bodies` earlier bodies have agreed.
    pub fn reserve_base(&mut self, bodies: usize) {
        self.base.reserve(bodies * self.slots);
    }

    /// Puts the plans on top of what another body has agreed: amounts by slot.
    pub fn push_base(&mut self, amounts: impl Iterator<Item = f64>) {
        self.base.extend(amounts);
        debug_assert_eq!(self.base.len() % self.slots.max(1), 0);
    }

    /// What earlier bodies have agreed, in their order: amounts by slot.
    pub fn base(&self) -> impl Iterator<Item = &[f64]> {
        self.base.chunks(self.slots.max(1))
    }

    /// What earlier bodies have agreed in sum on a slot.
    pub fn agreed(&self, slot: usize) -> f64 {
        self.base().map(|amounts| amounts[slot]).sum()
    }

    /// Whether the plans of a year are made. A ladder with room for one year holds the year that was asked for last.
    pub fn is_ready(&self, year: usize) -> bool {
        self.ready[year.min(self.years - 1)]
    }

    /// Number of depths: rung r (from 0) has depth (r + 1)/rungs.
    pub fn rungs(&self) -> usize {
        self.rungs
    }

    /// Depth of a rung.
    pub fn depth(&self, rung: usize) -> f64 {
        (rung + 1) as f64 / self.rungs as f64
    }

    /// First cell of a plan.
    #[inline(always)]
    fn start(&self, year: usize, rung: usize, lane: usize) -> usize {
        ((lane * self.years + year.min(self.years - 1)) * self.rungs + rung) * self.slots * (BENEFIT + self.states)
    }

    /// Clears a year before its plans are made.
    pub fn begin(&mut self, year: usize) {
        let width = self.rungs * self.slots * (BENEFIT + self.states);
        for lane in 0..LANES {
            let from = self.start(year, 0, lane);
            self.cells[from..from + width].fill(0.0);
        }
        let at = year.min(self.years - 1);
        self.ready[at] = true;
    }

    #[inline(always)]
    fn set(&mut self, year: usize, rung: usize, field: usize, values: &Lane) {
        for (lane, value) in values.iter().enumerate() {
            let at = self.start(year, rung, lane) + field;
            self.cells[at] = *value;
        }
    }

    /// Sets the cost of an obligation to its obligor, MUSD.
    pub fn set_cost(&mut self, year: usize, rung: usize, slot: usize, cost: &Lane) {
        self.set(year, rung, slot * (BENEFIT + self.states) + COST, cost);
    }
    /// Sets the physical amount of an obligation, in the unit of its kind; nothing is owed where it is not above zero.
    pub fn set_amount(&mut self, year: usize, rung: usize, slot: usize, amount: &Lane) {
        self.set(year, rung, slot * (BENEFIT + self.states) + AMOUNT, amount);
    }
    /// Sets the benefit of an obligation to a state, MUSD.
    pub fn set_benefit(&mut self, year: usize, rung: usize, slot: usize, state: usize, benefit: &Lane) {
        self.set(year, rung, slot * (BENEFIT + self.states) + BENEFIT + state, benefit);
    }

    /// The plan of a year, depth and replication.
    #[inline(always)]
    pub fn plan(&self, year: usize, rung: usize, lane: usize) -> Plan<'_> {
        let from = self.start(year, rung, lane);
        let stride = BENEFIT + self.states;
        Plan { cells: &self.cells[from..from + self.slots * stride], stride }
    }
}

/// The plan of one domain in one year of one replication at one depth.
#[derive(Debug, Clone, Copy, Default)]
pub struct Plan<'a> {
    cells: &'a [f64],
    stride: usize,
}

impl Plan<'_> {
    /// Expected cost of an obligation to its obligor at full performance, MUSD.
    #[inline(always)]
    pub fn cost(&self, slot: usize) -> f64 {
        self.cells[slot * self.stride + COST]
    }
    /// Physical amount of an obligation: nothing is owed where it is not above zero.
    #[inline(always)]
    pub fn amount(&self, slot: usize) -> f64 {
        self.cells[slot * self.stride + AMOUNT]
    }
    /// Expected benefit of an obligation to a state, MUSD.
    #[inline(always)]
    pub fn benefit(&self, slot: usize, state: usize) -> f64 {
        self.cells[slot * self.stride + BENEFIT + state]
    }
    /// What performing costs an obligor without whom nothing is realised: its cost less all that it would lose, MUSD.
    pub fn cost_of_joint(&self, slot: usize, obligor: usize) -> f64 {
        self.cost(slot) - (0..self.slots()).map(|other| self.benefit(other, obligor)).sum::<f64>()
    }
    /// Number of slots.
    pub fn slots(&self) -> usize {
        self.cells.len() / self.stride
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
    /// Adds another domain's year.
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
