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
    states: usize,
    slots: usize,
    rungs: usize,
    rows: Vec<Lane>,
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
            states,
            slots,
            rungs,
            rows: vec![[0.0; LANES]; years * rungs * slots * (BENEFIT + states)],
            ready: vec![false; years],
        }
    }

    /// Forgets its plans and takes them for another set of members.
    pub fn reset(&mut self, members: Members, in_kind: bool) {
        self.members = members;
        self.in_kind = in_kind;
        self.ready.fill(false);
    }

    /// Whether the plans of a year are made.
    pub fn is_ready(&self, year: usize) -> bool {
        self.ready[year]
    }

    /// Number of depths: rung r (from 0) has depth (r + 1)/rungs.
    pub fn rungs(&self) -> usize {
        self.rungs
    }

    /// Depth of a rung.
    pub fn depth(&self, rung: usize) -> f64 {
        (rung + 1) as f64 / self.rungs as f64
    }

    #[inline(always)]
    fn start(&self, year: usize, rung: usize, slot: usize) -> usize {
        ((year * self.rungs + rung) * self.slots + slot) * (BENEFIT + self.states)
    }

    /// Clears a year before its plans are made.
    pub fn begin(&mut self, year: usize) {
        let (from, to) = (self.start(year, 0, 0), self.start(year + 1, 0, 0));
        self.rows[from..to].fill([0.0; LANES]);
        self.ready[year] = true;
    }

    /// Cost of an obligation to its obligor, MUSD.
    pub fn cost_mut(&mut self, year: usize, rung: usize, slot: usize) -> &mut Lane {
        let at = self.start(year, rung, slot) + COST;
        &mut self.rows[at]
    }
    /// Physical amount of an obligation, in the unit of its kind.
    pub fn amount_mut(&mut self, year: usize, rung: usize, slot: usize) -> &mut Lane {
        let at = self.start(year, rung, slot) + AMOUNT;
        &mut self.rows[at]
    }
    /// Benefit of an obligation to a state, MUSD.
    pub fn benefit_mut(&mut self, year: usize, rung: usize, slot: usize, state: usize) -> &mut Lane {
        let at = self.start(year, rung, slot) + BENEFIT + state;
        &mut self.rows[at]
    }

    /// The plan of a year, depth and replication.
    #[inline(always)]
    pub fn plan(&self, year: usize, rung: usize, lane: usize) -> Plan<'_> {
        Plan {
            rows: &self.rows[self.start(year, rung, 0)..self.start(year, rung, self.slots)],
            lane,
            stride: BENEFIT + self.states,
        }
    }
}

/// The plan of one domain in one year of one replication at one depth.
#[derive(Debug, Clone, Copy)]
pub struct Plan<'a> {
    rows: &'a [Lane],
    lane: usize,
    stride: usize,
}

impl Plan<'_> {
    /// Expected cost of an obligation to its obligor at full performance, MUSD.
    #[inline(always)]
    pub fn cost(&self, slot: usize) -> f64 {
        self.rows[slot * self.stride + COST][self.lane]
    }
    /// Physical amount of an obligation.
    #[inline(always)]
    pub fn amount(&self, slot: usize) -> f64 {
        self.rows[slot * self.stride + AMOUNT][self.lane]
    }
    /// Expected benefit of an obligation to a state, MUSD.
    #[inline(always)]
    pub fn benefit(&self, slot: usize, state: usize) -> f64 {
        self.rows[slot * self.stride + BENEFIT + state][self.lane]
    }
    /// Number of slots.
    pub fn slots(&self) -> usize {
        self.rows.len() / self.stride
    }
}

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
