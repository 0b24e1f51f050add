//! Water for energy along a river (ODD §5.1).

mod joint;
mod passage;
mod power;
mod river;
mod settle;
#[cfg(test)]
mod tests;

pub use passage::{NodePassage, OperatorPassage};

use super::Memory;
use super::demand::Demand;
use crate::fate::{FateLayout, Fates};
use crate::ids::{MAX_STATES, Members};
use crate::numeric::{LANES, power as raise};
use crate::plan::{Ladder, Lane, Physical};
use crate::scenario::types::{Basin, DomainSpec, RiverNode, Scenario, SlotKind};
use crate::units::EnergyPrice;
use joint::{Conditions, Joint, YearConstants, reservoir_of, summer_hydro, supply_shares, winter_hydro};
use power::{Operation, PowerYear, operate, schedule};

impl Basin {
    /// Irrigation demand of each node in a year, km³.
    fn demands(&self, year: usize) -> Vec<f64> {
        self.nodes.iter().map(|node| node.demand * raise(1.0 + node.demand_growth, year)).collect()
    }
}

impl RiverNode {
    /// Demand for irrigation water when `quantity` km³ are wanted.
    #[inline(always)]
    fn irrigation(&self, quantity: f64) -> Demand {
        Demand { quantity, scarce: self.p_scarce, full: self.p_full }
    }
}

/// What an obligation of the basin asks for, by local slot.
#[derive(Debug, Clone, Copy)]
struct BasinSlot {
    obligor: usize,
    kind: SlotKind,
}

/// One year of the basin for a batch of replications.
#[derive(Debug, Clone)]
struct BasinYear {
    constants: YearConstants,
    expected: Conditions<LANES>,
    real: Conditions<LANES>,
    baseline: [Physical; LANES],
    optimum: Lane,
    inflow: Lane,
}

/// A basin laid out for a batch of replications.
#[derive(Debug, Clone)]
pub struct BasinWorld {
    basin: Basin,
    index: usize,
    states: usize,
    slots: Vec<BasinSlot>,
    fuel_cost: Vec<Option<f64>>,
    years: Vec<BasinYear>,
    joint: Joint<LANES>,
    single: Joint<1>,
    single_conditions: Conditions<1>,
    on_top: Conditions<LANES>,
    land: Vec<Lane>,
    land_before: Vec<Lane>,
    shares: [Lane; MAX_STATES],
    operations: Vec<[Operation; LANES]>,
}

impl BasinWorld {
    /// Lays out domain `index` of a scenario.
    pub fn new(scenario: &Scenario, index: usize) -> Self {
        let domain = &scenario.domains[index];
        let DomainSpec::Basin(basin) = &domain.spec else { unreachable!("domain {index} is no basin") };
        let states = scenario.states.len();
        let fuel_cost: Vec<Option<f64>> =
            scenario.states.iter().map(|state| state.fuel_cost.map(EnergyPrice::get)).collect();
        let cheapest = fuel_cost.iter().flatten().copied().fold(f64::INFINITY, f64::min);
        let commercial = if scenario.fuel.commercial { cheapest * (1.0 + scenario.fuel.markup) } else { f64::INFINITY };
        let years = (0..scenario.horizon)
            .map(|year| BasinYear {
                constants: YearConstants {
                    demand: basin.demands(year),
                    demand_to_come: basin.not_upstream(&basin.demands(year)),
                    power_growth: (0..basin.operators.len())
                        .map(|k| raise(1.0 + reservoir_of(basin, k).demand_growth, year))
                        .collect(),
                    commercial,
                },
                expected: Conditions::new(basin, states),
                real: Conditions::new(basin, states),
                baseline: [Physical::default(); LANES],
                optimum: [0.0; LANES],
                inflow: [0.0; LANES],
            })
            .collect();
        BasinWorld {
            basin: basin.clone(),
            index,
            states,
            slots: domain
                .slots
                .clone()
                .map(|slot| BasinSlot {
                    obligor: scenario.slots[slot].obligor.index(),
                    kind: scenario.slots[slot].kind,
                })
                .collect(),
            fuel_cost,
            years,
            joint: Joint::new(basin),
            single: Joint::new(basin),
            single_conditions: Conditions::new(basin, states),
            on_top: Conditions::new(basin, states),
            land: vec![[0.0; LANES]; states],
            land_before: vec![[0.0; LANES]; states],
            shares: [[0.0; LANES]; MAX_STATES],
            operations: vec![[Operation::default(); LANES]; basin.operators.len()],
        }
    }

    /// Reference and joint optimum of every year.
    pub(super) fn prepare(&mut self, scenario: &Scenario, layout: &FateLayout, fates: &Fates) {
        let mut years = std::mem::take(&mut self.years);
        for k in 0..self.basin.operators.len() {
            let initial = reservoir_of(&self.basin, k).initial_storage;
            self.operations[k] = [Operation { storage: initial, ..Operation::default() }; LANES];
        }
        for year in 0..years.len() {
            let (past, rest) = years.split_at_mut(year);
            let now = &mut rest[0];
            for n in 0..self.basin.nodes.len() {
                now.real.stock[n] = match past.last() {
                    Some(_) => self.joint.winter.stored[n],
                    None => [self.basin.nodes[n].initial_stock; LANES],
                };
                now.expected.stock[n] = now.real.stock[n];
            }
            self.reference(year, now, layout, fates);
            // The joint optimum of everybody, with hindsight.
            let everyone = scenario.everyone();
            self.open_nodes(everyone);
            self.optimise(&now.real, &now.constants, everyone, true);
            now.optimum = self.joint_gain(&now.real, &now.constants);
            // The winter of the reference again: its stocks start the next year.
            self.joint.shift.fill([0.0; LANES]);
            self.joint.flow::<false>(&self.basin, &now.real, &now.constants, 0, false);
        }
        self.years = years;
    }

    /// The year without cooperation, as expected in spring and as it came to pass.
    fn reference(&mut self, year: usize, now: &mut BasinYear, layout: &FateLayout, fates: &Fates) {
        let basin = &self.basin;
        let trend = raise(1.0 + basin.inflow_trend, year);
        now.inflow = [0.0; LANES];
        for n in 0..basin.nodes.len() {
            now.expected.summer[n] = *fates.row(year, layout.expected_summer(self.index, n));
            now.expected.winter[n] = *fates.row(year, layout.expected_winter(self.index, n));
            now.real.summer[n] = *fates.row(year, layout.inflow_summer(self.index, n));
            now.real.winter[n] = *fates.row(year, layout.inflow_winter(self.index, n));
            for l in 0..LANES {
                now.inflow[l] += now.real.summer[n][l];
            }
        }
        now.expected.severity = [1.0; LANES];
        now.real.severity = *fates.row(year, layout.severity());
        now.expected.fuel_price = *fates.row(year, layout.fuel_expected());
        now.real.fuel_price = *fates.row(year, layout.fuel_price());
        for (k, &n) in basin.operators.iter().enumerate() {
            let reservoir = reservoir_of(basin, k);
            let node = &basin.nodes[n];
            let mean = (node.inflow_summer.0 + node.inflow_winter.0) * trend;
            for l in 0..LANES {
                let storage = self.operations[k][l].storage;
                let expected = (now.expected.summer[n][l], now.expected.winter[n][l]);
                let real = (now.real.summer[n][l], now.real.winter[n][l]);
                let commercial = now.constants.commercial * now.expected.fuel_price[l];
                let power = PowerYear::new(reservoir, now.constants.power_growth[k], 1.0, commercial);
                let plan = schedule(reservoir, &power, storage, expected, mean);
                for (conditions, inflow) in [(&mut now.expected, expected), (&mut now.real, real)] {
                    let operation = operate(reservoir, &plan, storage, inflow);
                    conditions.summer[n][l] = operation.summer;
                    conditions.winter[n][l] = operation.winter;
                    conditions.shift_limit[k][l] = operation.shift_limit;
                    conditions.forced[k][l] = operation.forced;
                    self.operations[k][l] = operation;
                }
            }
        }
        for conditions in [&mut now.expected, &mut now.real] {
            self.joint.shift.fill([0.0; LANES]);
            self.joint.flow::<false>(basin, conditions, &now.constants, 0, false);
            conditions.flow.copy_from_slice(&self.joint.summer.flow);
            conditions.withdrawal.copy_from_slice(&self.joint.summer.withdrawal);
            self.joint.land_value(basin, &now.constants, &mut conditions.land);
        }
        for l in 0..LANES {
            now.baseline[l] = settle::physical(basin, &now.constants, &now.real, &self.joint, l, |_| (0.0, 0.0));
        }
    }

    /// Lets water pass wherever the owner is a member or was never asked.
    fn open_nodes(&mut self, members: Members) {
        for (n, node) in self.basin.nodes.iter().enumerate() {
            let owner = node.owner.index();
            let asked =
                self.slots.iter().any(|slot| matches!(slot.kind, SlotKind::PassThrough) && slot.obligor == owner);
            self.joint.pass[n] = [if asked && !members.contains(owner) { 0.0 } else { 1.0 }; LANES];
        }
    }

    /// Members that can deliver fuel to an operator.
    fn suppliers(&self, operator: usize, members: Members, in_kind: bool) -> Members {
        let owner = self.basin.nodes[self.basin.operators[operator]].owner.index();
        if !in_kind {
            return Members::NONE;
        }
        members.iter().filter(|&state| state != owner && self.fuel_cost[state].is_some()).collect()
    }

    /// Share of a supplier in the fuel for one operator: an operator does not supply itself.
    fn share_of(&self, state: usize, operator: usize, l: usize) -> f64 {
        let owner = self.basin.nodes[self.basin.operators[operator]].owner.index();
        let others = 1.0 - self.shares[owner][l];
        if state == owner || others <= 0.0 { 0.0 } else { self.shares[state][l] / others }
    }

    /// Solves the members' joint problem; suppliers deliver in proportion to their gain before fuel, so the mean cost
    /// of fuel and the solution are found in turn.
    fn optimise(&mut self, conditions: &Conditions<LANES>, constants: &YearConstants, members: Members, in_kind: bool) {
        let operators = self.basin.operators.len();
        let suppliers: Members =
            (0..operators).fold(Members::NONE, |all, k| Members(all.0 | self.suppliers(k, members, in_kind).0));
        self.shares = [[0.0; LANES]; MAX_STATES];
        for state in suppliers.iter() {
            self.shares[state] = [1.0 / suppliers.len() as f64; LANES];
        }
        let mut fuel_cost = [[f64::INFINITY; LANES]; MAX_STATES];
        const ROUNDS: usize = 3;
        for round in 0..ROUNDS {
            for (k, cost) in fuel_cost.iter_mut().enumerate().take(operators) {
                let supplying = self.suppliers(k, members, in_kind);
                for l in 0..LANES {
                    let (mut paid, mut share) = (0.0, 0.0);
                    for state in supplying.iter() {
                        paid += self.shares[state][l] * self.fuel_cost[state].unwrap_or(0.0);
                        share += self.shares[state][l];
                    }
                    cost[l] = if share > 0.0 { paid / share * conditions.fuel_price[l] } else { f64::INFINITY };
                }
            }
            self.joint.solve(&self.basin, conditions, constants, members, &fuel_cost[..operators]);
            if suppliers.len() < 2 || round + 1 == ROUNDS {
                break;
            }
            self.joint.flow::<false>(&self.basin, conditions, constants, 0, true);
            self.joint.land_value(&self.basin, constants, &mut self.land);
            let mut settled = true;
            for l in 0..LANES {
                let mut shares = [0.0; MAX_STATES];
                supply_shares(suppliers, |state| self.land[state][l] - conditions.land[state][l], &mut shares);
                // A replication whose shares have settled keeps them: the next round gives it the same solution again,
                // whatever its neighbours in the batch still need.
                let moved = suppliers.iter().any(|state| (shares[state] - self.shares[state][l]).abs() > 1e-6);
                if moved {
                    settled = false;
                    for state in suppliers.iter() {
                        self.shares[state][l] = shares[state];
                    }
                }
            }
            if settled {
                break;
            }
        }
    }

    /// Gain of everybody at the solution last found, MUSD.
    fn joint_gain(&mut self, conditions: &Conditions<LANES>, constants: &YearConstants) -> Lane {
        self.joint.flow::<false>(&self.basin, conditions, constants, 0, true);
        self.joint.land_value(&self.basin, constants, &mut self.land);
        let mut total = [0.0; LANES];
        for l in 0..LANES {
            for state in 0..self.states {
                total[l] += self.land[state][l] - conditions.land[state][l];
                for k in 0..self.basin.operators.len() {
                    let cost = self.fuel_cost[state].unwrap_or(0.0) * conditions.fuel_price[l];
                    total[l] -= self.share_of(state, k, l) * self.joint.fuel[k][l] * cost;
                }
            }
            for k in 0..self.basin.operators.len() {
                let (shift, fuel) = (self.joint.shift[k][l], self.joint.fuel[k][l]);
                total[l] += self.power_value(k, conditions, constants, l, shift, fuel)
                    - self.power_value(k, conditions, constants, l, 0.0, 0.0);
            }
        }
        total
    }

    /// Value of an operator's power in both seasons, commercial fuel paid, MUSD.
    fn power_value<const L: usize>(
        &self,
        k: usize,
        conditions: &Conditions<L>,
        constants: &YearConstants,
        l: usize,
        shift: f64,
        delivered: f64,
    ) -> f64 {
        let reservoir = reservoir_of(&self.basin, k);
        let node = self.basin.operators[k];
        let power = PowerYear::new(
            reservoir,
            constants.power_growth[k],
            conditions.severity[l],
            constants.commercial * conditions.fuel_price[l],
        )
        .burning(conditions.agreed_fuel[k][l]);
        let summer = summer_hydro(reservoir, conditions.summer[node][l], shift) + reservoir.other_generation_summer;
        let winter = power.with_delivered(winter_hydro(reservoir, conditions.winter[node][l], shift), delivered);
        power.summer_value(reservoir, summer) + power.winter_value(&winter)
    }

    /// Makes the plans of a year: each obligation's cost and benefits are what it adds, in the order in which water
    /// meets the states, so that they sum exactly to the gain of the whole plan.
    pub(super) fn plan(&mut self, _: &Scenario, year: usize, ladder: &mut Ladder) {
        let operates = |&node: &usize| ladder.members.contains(self.basin.nodes[node].owner.index());
        if !self.basin.operators.iter().any(operates) {
            // Without an operator there is no water to move.
            return;
        }
        let mut now = std::mem::replace(&mut self.years[year].expected, Conditions::new_empty());
        let constants = std::mem::replace(&mut self.years[year].constants, YearConstants::empty());
        if ladder.base().next().is_none() {
            self.fill(&now, &constants, year, ladder);
        } else {
            let mut on_top = std::mem::replace(&mut self.on_top, Conditions::new_empty());
            self.put_on_top(&now, &constants, ladder, &mut on_top);
            self.fill(&on_top, &constants, year, ladder);
            std::mem::swap(&mut self.on_top, &mut on_top);
        }
        std::mem::swap(&mut self.years[year].expected, &mut now);
        self.years[year].constants = constants;
    }

    /// What the year is expected to be once all that earlier bodies have agreed is done.
    fn put_on_top(
        &mut self,
        now: &Conditions<LANES>,
        constants: &YearConstants,
        ladder: &Ladder,
        to: &mut Conditions<LANES>,
    ) {
        to.copy_from(now);
        for amounts in ladder.base() {
            self.open_nodes(Members::NONE);
            self.joint.shift.fill([0.0; LANES]);
            for (slot, &amount) in self.slots.iter().zip(amounts) {
                match slot.kind {
                    SlotKind::Release(k) => {
                        for l in 0..LANES {
                            self.joint.shift[k][l] = amount.min(to.shift_limit[k][l]);
                        }
                    }
                    SlotKind::Fuel(k) => to.agreed_fuel[k].iter_mut().for_each(|fuel| *fuel += amount),
                    SlotKind::PassThrough if amount > 0.0 => {
                        for (n, node) in self.basin.nodes.iter().enumerate() {
                            if node.owner.index() == slot.obligor {
                                self.joint.pass[n] = [1.0; LANES];
                            }
                        }
                    }
                    _ => {}
                }
            }
            self.joint.rebase(&self.basin, to, constants);
        }
    }

    fn fill(&mut self, now: &Conditions<LANES>, constants: &YearConstants, year: usize, ladder: &mut Ladder) {
        let members = ladder.members;
        self.open_nodes(members);
        self.optimise(now, constants, members, ladder.in_kind);
        let operators = self.basin.operators.len();
        let mut shift = [[0.0; LANES]; MAX_STATES];
        let mut fuel = [[0.0; LANES]; MAX_STATES];
        shift[..operators].copy_from_slice(&self.joint.shift);
        fuel[..operators].copy_from_slice(&self.joint.fuel);
        for rung in 0..ladder.rungs() {
            let depth = ladder.depth(rung);
            self.open_nodes(Members::NONE);
            self.joint.shift.fill([0.0; LANES]);
            self.land_before.copy_from_slice(&now.land);
            for slot in 0..self.slots.len() {
                let BasinSlot { obligor, kind } = self.slots[slot];
                if !members.contains(obligor) {
                    continue;
                }
                match kind {
                    SlotKind::Release(k) => self.joint.shift[k] = shift[k].map(|shift| depth * shift),
                    SlotKind::PassThrough => {
                        for (n, node) in self.basin.nodes.iter().enumerate() {
                            if node.owner.index() == obligor {
                                self.joint.pass[n] = [1.0; LANES];
                            }
                        }
                    }
                    SlotKind::Fuel(k) => {
                        self.fuel_rows(now, constants, year, rung, slot, obligor, k, &fuel[k], depth, ladder);
                        continue;
                    }
                    SlotKind::Border
                    | SlotKind::Grain
                    | SlotKind::Effort
                    | SlotKind::Contribution
                    | SlotKind::Stage(_) => {
                        unreachable!("not an obligation of a basin")
                    }
                }
                self.joint.flow::<false>(&self.basin, now, constants, 0, true);
                self.joint.land_value(&self.basin, constants, &mut self.land);
                let mut cost = [0.0; LANES];
                if let SlotKind::Release(k) = kind {
                    for (l, cost) in cost.iter_mut().enumerate() {
                        *cost = self.power_value(k, now, constants, l, 0.0, 0.0)
                            - self.power_value(k, now, constants, l, self.joint.shift[k][l], 0.0);
                    }
                    ladder.set_amount(year, rung, slot, &self.joint.shift[k]);
                } else {
                    ladder.set_amount(year, rung, slot, &[1.0; LANES]);
                }
                for state in 0..self.states {
                    let mut added = [0.0; LANES];
                    for l in 0..LANES {
                        added[l] = self.land[state][l] - self.land_before[state][l];
                    }
                    if state == obligor {
                        for l in 0..LANES {
                            cost[l] -= added[l];
                        }
                    } else {
                        ladder.set_benefit(year, rung, slot, state, &added);
                    }
                }
                ladder.set_cost(year, rung, slot, &cost);
                std::mem::swap(&mut self.land, &mut self.land_before);
            }
        }
    }

    #[allow(clippy::too_many_arguments)]
    fn fuel_rows(
        &self,
        now: &Conditions<LANES>,
        constants: &YearConstants,
        year: usize,
        rung: usize,
        slot: usize,
        supplier: usize,
        k: usize,
        fuel: &Lane,
        depth: f64,
        ladder: &mut Ladder,
    ) {
        let operator = self.basin.nodes[self.basin.operators[k]].owner.index();
        if supplier == operator || !ladder.in_kind || !ladder.members.contains(operator) {
            return;
        }
        let unit_cost = self.fuel_cost[supplier].unwrap_or(0.0);
        let (mut amount, mut cost, mut benefit) = ([0.0; LANES], [0.0; LANES], [0.0; LANES]);
        for l in 0..LANES {
            let delivered = depth * fuel[l];
            let share = self.share_of(supplier, k, l);
            amount[l] = share * delivered;
            cost[l] = amount[l] * unit_cost * now.fuel_price[l];
            if amount[l] > 0.0 {
                let shift = self.joint.shift[k][l];
                benefit[l] = share
                    * (self.power_value(k, now, constants, l, shift, delivered)
                        - self.power_value(k, now, constants, l, shift, 0.0));
            }
        }
        ladder.set_amount(year, rung, slot, &amount);
        ladder.set_cost(year, rung, slot, &cost);
        ladder.set_benefit(year, rung, slot, operator, &benefit);
    }

    pub(super) fn optimum(&self, year: usize, lane: usize) -> f64 {
        self.years[year].optimum[lane]
    }
    pub(super) fn summer_inflow(&self, year: usize, lane: usize) -> f64 {
        self.years[year].inflow[lane]
    }
    pub(super) fn due_factor(&self, slot: usize, year: usize, lane: usize) -> f64 {
        match self.slots[slot].kind {
            SlotKind::Fuel(_) => {
                let now = &self.years[year];
                now.real.fuel_price[lane] / now.expected.fuel_price[lane]
            }
            _ => 1.0,
        }
    }
    /// How much of an act on `amount` moved water beyond what was forced through anyway: 1 for other obligations.
    pub(super) fn moved(&self, slot: usize, year: usize, lane: usize, before: f64, amount: f64) -> f64 {
        match self.slots[slot].kind {
            SlotKind::Release(k) if amount > 0.0 => {
                (self.net_shift(k, year, lane, before + amount) - self.net_shift(k, year, lane, before)) / amount
            }
            _ => 1.0,
        }
    }
    /// Shift that water, turbines and winter's least release allow out of an attempted one, km³.
    fn net_shift(&self, k: usize, year: usize, lane: usize, attempted: f64) -> f64 {
        let real = &self.years[year].real;
        (attempted - real.forced[k][lane]).clamp(0.0, real.shift_limit[k][lane])
    }
    pub(super) fn start(&self, lane: usize, memory: &mut Memory) {
        memory.stock.clear();
        memory.stock.extend(self.years[0].real.stock.iter().map(|stock| stock[lane]));
        memory.differs = false;
    }
}
