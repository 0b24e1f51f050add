//! Water for energy along a river (ODD §5.1): reference, joint optimum, plans and settlement of a
//! basin.

mod allocation;
mod irrigation;
mod joint;
mod line_search;
mod plans;
mod power;
mod river;
mod river_routing;
mod settle;
#[cfg(test)]
mod tests;

pub use allocation::AllocationWorld;
pub use river_routing::{NodeFlows, OperatorFlows};

use super::Memory;
use super::demand::Demand;
use crate::draws::{DrawLayout, Draws};
use crate::ids::{MAX_STATES, Members};
use crate::numeric::{LANES, add, any, lanes, power as raise, vectorised};
use crate::plan::{Lane, Physical};
use crate::scenario::types::{Basin, DomainSpec, RiverNode, Scenario, SlotKind};
use crate::units::EnergyPrice;
use joint::{Conditions, Joint, YearConstants, reservoir_of, summer_hydro, winter_hydro};
use power::{Operation, operate, schedule};

impl Basin {
    /// Returns the irrigation demand of each node in a year, km³.
    fn demands(&self, year: usize) -> Vec<f64> {
        let share = |node: &RiverNode| node.demand_share.get(year).copied().unwrap_or(1.0);
        let demand = |node: &RiverNode| node.demand * raise(1.0 + node.demand_growth, year);
        self.nodes.iter().map(|node| demand(node) * share(node)).collect()
    }
}

impl RiverNode {
    /// Returns the demand curve for irrigation water with satiation at `quantity` km³.
    #[inline(always)]
    fn irrigation(&self, quantity: f64) -> Demand {
        Demand::new(quantity, self.p_scarce, self.p_full)
    }
}

/// Obligor and kind of an obligation of the basin, by local slot.
#[derive(Debug, Clone, Copy)]
struct BasinSlot {
    obligor: usize,
    kind: SlotKind,
}

/// One year of the basin in a batch: constants, conditions (expected in spring and realised),
/// physical results of the reference, joint optimum and summer inflow.
#[derive(Debug, Clone)]
struct BasinYear {
    constants: YearConstants,
    expected: Conditions<LANES>,
    real: Conditions<LANES>,
    baseline: [Physical; LANES],
    optimum: Lane,
    inflow: Lane,
}

/// A basin prepared for a batch of replications.
#[derive(Debug, Clone)]
pub struct BasinWorld {
    basin: Basin,
    index: usize,
    states: usize,
    slots: Vec<BasinSlot>,
    fuel_cost: Vec<Option<f64>>,
    /// States with a cost of fuel: those that can deliver it.
    have_fuel: Members,
    /// States with an obligation to let water pass.
    requested: Members,
    years: Vec<BasinYear>,
    joint: Joint<LANES>,
    single: Joint<1>,
    single_conditions: Conditions<1>,
    on_base: Conditions<LANES>,
    irrigation: Vec<Lane>,
    irrigation_before: Vec<Lane>,
    shares: [Lane; MAX_STATES],
    storage: Vec<Lane>,
    operated: Vec<plans::Operated>,
}

/// Divides the fuel among several suppliers in proportion to their gain before fuel; equally where
/// none gains. `supplies` and `count` give the suppliers of each replication and their number;
/// `irrigation` and `before` are the irrigation benefits by state with and without the shift.
/// Returns whether any share has changed.
///
/// In a replication whose shares have converged they are kept, so that its solution does not depend
/// on how many rounds the other lanes of the batch need.
#[inline(always)]
fn divide_supply(
    anywhere: Members,
    (supplies, count): (&[Lane; MAX_STATES], &Lane),
    (irrigation, before): (&[Lane], &[Lane]),
    shares: &mut [Lane; MAX_STATES],
) -> bool {
    let (mut gain, mut total) = ([[0.0; LANES]; MAX_STATES], [0.0; LANES]);
    for state in anywhere.iter() {
        let (irrigation, before, supplies) = (&irrigation[state], &before[state], &supplies[state]);
        gain[state] =
            lanes(|l| if supplies[l] == 1.0 { (irrigation[l] - before[l]).max(0.0) } else { 0.0 });
        add(&mut total, &gain[state]);
    }
    // The arrays of gains are reused for the new shares.
    let mut moved = [0.0; LANES];
    for state in anywhere.iter() {
        let (share, supplies, gained) = (&shares[state], &supplies[state], gain[state]);
        let due: Lane = lanes(|l| {
            let (part, even) = (gained[l] / total[l], 1.0 / count[l]);
            if total[l] > 0.0 { part } else { even }
        });
        for l in 0..LANES {
            let away = (supplies[l] == 1.0) & (count[l] > 1.0) & ((due[l] - share[l]).abs() > 1e-6);
            moved[l] = if away { 1.0 } else { moved[l] };
        }
        gain[state] = due;
    }
    for state in anywhere.iter() {
        let (share, supplies, due) = (shares[state], &supplies[state], gain[state]);
        shares[state] =
            lanes(|l| if (moved[l] == 1.0) & (supplies[l] == 1.0) { due[l] } else { share[l] });
    }
    any::<LANES>(|l| moved[l] == 1.0)
}

impl BasinWorld {
    /// Creates the world of domain `index` of a scenario, which must be a river basin.
    pub fn new(scenario: &Scenario, index: usize) -> Self {
        let domain = &scenario.domains[index];
        let DomainSpec::Basin(basin) = &domain.spec else {
            unreachable!("domain {index} is no basin")
        };
        let states = scenario.states.len();
        let fuel_cost: Vec<Option<f64>> =
            scenario.states.iter().map(|state| state.fuel_cost.map(EnergyPrice::get)).collect();
        let cheapest = fuel_cost.iter().flatten().copied().fold(f64::INFINITY, f64::min);
        let commercial = if scenario.fuel.commercial {
            cheapest * (1.0 + scenario.fuel.markup)
        } else {
            f64::INFINITY
        };
        let years = (0..scenario.horizon)
            .map(|year| BasinYear {
                constants: YearConstants {
                    demand: basin.demands(year),
                    irrigation: basin
                        .nodes
                        .iter()
                        .zip(basin.demands(year))
                        .map(|(node, demand)| node.irrigation(demand))
                        .collect(),
                    demand_not_upstream: basin.not_upstream(&basin.demands(year)),
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
            have_fuel: (0..states).filter(|&state| fuel_cost[state].is_some()).collect(),
            requested: scenario.slots[domain.slots.clone()]
                .iter()
                .filter(|slot| matches!(slot.kind, SlotKind::PassThrough))
                .map(|slot| slot.obligor.index())
                .collect(),
            fuel_cost,
            years,
            joint: Joint::new(basin, states),
            single: Joint::new(basin, states),
            single_conditions: Conditions::new(basin, states),
            on_base: Conditions::new(basin, states),
            irrigation: vec![[0.0; LANES]; states],
            irrigation_before: vec![[0.0; LANES]; states],
            shares: [[0.0; LANES]; MAX_STATES],
            storage: vec![[0.0; LANES]; basin.operators.len()],
            operated: vec![plans::Operated::default(); basin.operators.len()],
        }
    }

    /// Computes the reference and the joint optimum of every year.
    pub(super) fn prepare(&mut self, scenario: &Scenario, layout: &DrawLayout, draws: &Draws) {
        let mut years = std::mem::take(&mut self.years);
        self.begin();
        // The optimum is that of all states, at the realised shocks.
        let everyone = [scenario.everyone(); LANES];
        for year in 0..years.len() {
            let (past, rest) = years.split_at_mut(year);
            let now = &mut rest[0];
            self.begin_year(past.is_empty(), now);
            self.reference(year, now, layout, draws);
            self.open_nodes(&everyone);
            self.optimise(&now.real, &now.constants, &everyone, true);
            now.optimum = self.joint_gain(&now.real, &now.constants);
            // The reference is routed again: its winter stocks are the initial stocks of the next
            // year.
            self.joint.shift.fill([0.0; LANES]);
            self.joint.flow(&self.basin, &now.real, &now.constants, false);
        }
        self.years = years;
    }

    /// Computes the reference of every year alone.
    fn prepare_reference(&mut self, layout: &DrawLayout, draws: &Draws) {
        let mut years = std::mem::take(&mut self.years);
        self.begin();
        for year in 0..years.len() {
            let (past, rest) = years.split_at_mut(year);
            self.begin_year(past.is_empty(), &mut rest[0]);
            self.reference(year, &mut rest[0], layout, draws);
        }
        self.years = years;
    }

    /// Fills the reservoirs to their initial storage.
    fn begin(&mut self) {
        for k in 0..self.basin.operators.len() {
            self.storage[k] = [reservoir_of(&self.basin, k).initial_storage; LANES];
        }
    }

    /// Sets the stocks of the small reservoirs at the start of a year: those that the reference,
    /// routed last, has left, or the initial ones.
    fn begin_year(&self, is_first: bool, now: &mut BasinYear) {
        for n in 0..self.basin.nodes.len() {
            now.real.stock[n] = match is_first {
                true => [self.basin.nodes[n].initial_stock; LANES],
                false => self.joint.winter.stored[n],
            };
            now.expected.stock[n] = now.real.stock[n];
        }
    }

    /// Computes the year without cooperation, as expected in spring and as realised.
    fn reference(&mut self, year: usize, now: &mut BasinYear, layout: &DrawLayout, draws: &Draws) {
        let basin = &self.basin;
        let trend = raise(1.0 + basin.inflow_trend, year);
        now.inflow = [0.0; LANES];
        for n in 0..basin.nodes.len() {
            now.expected.summer[n] = *draws.row(year, layout.expected_summer(self.index, n));
            now.expected.winter[n] = *draws.row(year, layout.expected_winter(self.index, n));
            now.real.summer[n] = *draws.row(year, layout.inflow_summer(self.index, n));
            now.real.winter[n] = *draws.row(year, layout.inflow_winter(self.index, n));
            for l in 0..LANES {
                now.inflow[l] += now.real.summer[n][l];
            }
        }
        now.expected.severity = [1.0; LANES];
        now.real.severity = *draws.row(year, layout.severity());
        now.expected.fuel_price = *draws.row(year, layout.fuel_expected());
        now.real.fuel_price = *draws.row(year, layout.fuel_price());
        for (k, &n) in basin.operators.iter().enumerate() {
            let reservoir = reservoir_of(basin, k);
            let node = &basin.nodes[n];
            let mean = (node.inflow_summer.0 + node.inflow_winter.0) * trend;
            let storage = &mut self.storage[k];
            let BasinYear { constants, expected, real, .. } = now;
            vectorised(
                #[inline(always)]
                || {
                    expected.figure_power(basin, constants, k);
                    real.figure_power(basin, constants, k);
                    let inflows = (&expected.summer[n], &expected.winter[n]);
                    let plan = schedule(reservoir, &expected.power[k], storage, inflows, mean);
                    let before = *storage;
                    for conditions in [&mut *expected, &mut *real] {
                        for l in 0..LANES {
                            let inflow = (conditions.summer[n][l], conditions.winter[n][l]);
                            let Operation { summer, winter, shift_limit, forced, storage: left } =
                                operate(reservoir, &plan[l], before[l], inflow);
                            conditions.summer[n][l] = summer;
                            conditions.winter[n][l] = winter;
                            conditions.shift_limit[k][l] = shift_limit;
                            conditions.forced[k][l] = forced;
                            storage[l] = left;
                        }
                    }
                },
            );
        }
        for conditions in [&mut now.expected, &mut now.real] {
            self.joint.shift.fill([0.0; LANES]);
            self.joint.flow(basin, conditions, &now.constants, false);
            conditions.flow.copy_from_slice(&self.joint.summer.flow);
            conditions.withdrawal.copy_from_slice(&self.joint.summer.withdrawal);
            self.joint.irrigation_benefit(basin, &now.constants, &mut conditions.irrigation);
        }
        let nothing = |_| ([0.0; LANES], [0.0; LANES]);
        now.baseline = vectorised(
            #[inline(always)]
            || settle::physical(basin, &now.constants, &now.real, &self.joint, nothing),
        );
    }

    /// Opens the nodes whose owner is a member or has no obligation to let water pass.
    fn open_nodes(&mut self, members: &[Members; LANES]) {
        for (n, node) in self.basin.nodes.iter().enumerate() {
            let owner = node.owner.index();
            self.joint.pass[n] = match self.requested.contains(owner) {
                true => Members::mask(members, owner),
                false => [1.0; LANES],
            };
        }
    }

    /// Returns the members that can deliver fuel to an operator.
    fn suppliers(&self, operator: usize, members: Members, in_kind: bool) -> Members {
        if !in_kind {
            return Members::NONE;
        }
        members.and(self.have_fuel).without(self.owner(operator))
    }

    /// Returns the state that owns an operator.
    #[inline(always)]
    fn owner(&self, operator: usize) -> usize {
        self.basin.nodes[self.basin.operators[operator]].owner.index()
    }

    /// Returns the share of a supplier in the fuel for one operator, by lane. An operator does not
    /// supply itself.
    #[inline(always)]
    fn share_of(&self, state: usize, operator: usize) -> Lane {
        let owner = self.owner(operator);
        if state == owner {
            return [0.0; LANES];
        }
        let (own, others) = (&self.shares[state], &self.shares[owner]);
        lanes(|l| {
            let others = 1.0 - others[l];
            let share = own[l] / others;
            if others <= 0.0 { 0.0 } else { share }
        })
    }

    /// Solves the members' joint problem. Suppliers deliver in proportion to their gain before
    /// fuel, so the mean cost of fuel and the solution are computed in turn, for at most three
    /// rounds.
    fn optimise(
        &mut self,
        conditions: &Conditions<LANES>,
        constants: &YearConstants,
        members: &[Members; LANES],
        in_kind: bool,
    ) {
        let operators = self.basin.operators.len();
        let mut suppliers = [Members::NONE; LANES];
        for k in 0..operators {
            suppliers =
                lanes(|l| Members(suppliers[l].0 | self.suppliers(k, members[l], in_kind).0));
        }
        let anywhere =
            suppliers.iter().fold(Members::NONE, |all, suppliers| Members(all.0 | suppliers.0));
        let count: Lane = lanes(|l| suppliers[l].len() as f64);
        let mut supplies = [[0.0; LANES]; MAX_STATES];
        self.shares = [[0.0; LANES]; MAX_STATES];
        for state in anywhere.iter() {
            supplies[state] = Members::mask(&suppliers, state);
            self.shares[state] =
                lanes(|l| if supplies[state][l] == 1.0 { 1.0 / count[l] } else { 0.0 });
        }
        let mut fuel_cost = [[f64::INFINITY; LANES]; MAX_STATES];
        const ROUNDS: usize = 3;
        for round in 0..ROUNDS {
            for (k, cost) in fuel_cost.iter_mut().enumerate().take(operators) {
                let (mut paid, mut share) = ([0.0; LANES], [0.0; LANES]);
                // All suppliers but the operator itself deliver to it.
                for state in anywhere.without(self.owner(k)).iter() {
                    let unit = self.fuel_cost[state].unwrap_or(0.0);
                    let own = &self.shares[state];
                    paid = lanes(|l| paid[l] + own[l] * unit);
                    share = lanes(|l| share[l] + own[l]);
                }
                *cost = lanes(|l| {
                    let mean = paid[l] / share[l] * conditions.fuel_price[l];
                    if share[l] > 0.0 { mean } else { f64::INFINITY }
                });
            }
            self.joint.solve(
                &self.basin,
                conditions,
                constants,
                members,
                &fuel_cost[..operators],
                round > 0,
            );
            if suppliers.iter().all(|suppliers| suppliers.len() < 2) || round + 1 == ROUNDS {
                break;
            }
            self.joint.flow(&self.basin, conditions, constants, true);
            self.joint.irrigation_benefit(&self.basin, constants, &mut self.irrigation);
            let shares = &mut self.shares;
            let (irrigation, before) = (&self.irrigation, &conditions.irrigation);
            let moved = vectorised(
                #[inline(always)]
                || divide_supply(anywhere, (&supplies, &count), (irrigation, before), shares),
            );
            if !moved {
                break;
            }
        }
    }

    /// Returns the gain of all states at the last solution, MUSD.
    fn joint_gain(&mut self, conditions: &Conditions<LANES>, constants: &YearConstants) -> Lane {
        self.joint.flow(&self.basin, conditions, constants, true);
        self.joint.irrigation_benefit(&self.basin, constants, &mut self.irrigation);
        let mut total = vectorised(
            #[inline(always)]
            || self.irrigation_gain(conditions),
        );
        for k in 0..self.basin.operators.len() {
            let with = self.power_value(k, conditions, &self.joint.shift[k], &self.joint.fuel[k]);
            let without = self.power_value(k, conditions, &[0.0; LANES], &[0.0; LANES]);
            for l in 0..LANES {
                total[l] += with[l] - without[l];
            }
        }
        total
    }

    /// Returns the irrigation gain of all states at the last solution, less the cost of delivered
    /// fuel, MUSD.
    #[inline(always)]
    fn irrigation_gain(&self, conditions: &Conditions<LANES>) -> Lane {
        let mut total = [0.0; LANES];
        for state in 0..self.states {
            let (irrigation, before) = (&self.irrigation[state], &conditions.irrigation[state]);
            total = lanes(|l| total[l] + (irrigation[l] - before[l]));
            let unit_cost = self.fuel_cost[state].unwrap_or(0.0);
            for k in 0..self.basin.operators.len() {
                let (share, fuel, price) =
                    (self.share_of(state, k), &self.joint.fuel[k], &conditions.fuel_price);
                total = lanes(|l| total[l] - share[l] * fuel[l] * (unit_cost * price[l]));
            }
        }
        total
    }

    /// Returns the value of an operator's power in both seasons, net of commercial fuel, MUSD.
    fn power_value<const L: usize>(
        &self,
        k: usize,
        conditions: &Conditions<L>,
        shift: &[f64; L],
        delivered: &[f64; L],
    ) -> [f64; L] {
        if L == 1 {
            self.value_power(k, conditions, shift, delivered)
        } else {
            vectorised(
                #[inline(always)]
                || self.value_power(k, conditions, shift, delivered),
            )
        }
    }

    #[inline(always)]
    fn value_power<const L: usize>(
        &self,
        k: usize,
        conditions: &Conditions<L>,
        shift: &[f64; L],
        delivered: &[f64; L],
    ) -> [f64; L] {
        let (reservoir, power) = (reservoir_of(&self.basin, k), &conditions.power[k]);
        let node = self.basin.operators[k];
        let (summer, winter) = (&conditions.summer[node], &conditions.winter[node]);
        let mut value = [0.0; L];
        for l in 0..L {
            let power = power.at(l);
            let hydro =
                summer_hydro(reservoir, summer[l], shift[l]) + reservoir.other_generation_summer;
            let dispatch =
                power.with_delivered(winter_hydro(reservoir, winter[l], shift[l]), delivered[l]);
            value[l] = power.summer_value(reservoir, hydro) + power.winter_value(&dispatch);
        }
        value
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
    /// Returns the share of a release of `amount` that moves water beyond the forced release, after
    /// `before` for other bodies; 1 for other obligations.
    pub(super) fn moved(
        &self,
        slot: usize,
        year: usize,
        lane: usize,
        before: f64,
        amount: f64,
    ) -> f64 {
        match self.slots[slot].kind {
            SlotKind::Release(k) if amount > 0.0 => {
                (self.net_shift(k, year, lane, before + amount)
                    - self.net_shift(k, year, lane, before))
                    / amount
            }
            _ => 1.0,
        }
    }
    /// Returns the shift that an attempted one achieves, km³: less the forced release, and within
    /// the limit of water, turbines and least winter release.
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
