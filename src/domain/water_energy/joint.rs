//! The members' joint optimum of a basin-year: the shift ΔR of each operator and the fuel delivered for it.
//!
//! The joint gain is concave and piecewise quadratic in the shift, so the optimum is found exactly by walking from
//! kink to kink and stepping to the vertex of the piece that holds it (ODD §5.1). A test compares with a fine grid.

use super::power::PowerYear;
use super::river::{self, Summer, SummerInput, Winter, until_met};
use crate::ids::{MAX_STATES, Members};
use crate::scenario::raw::{Reservoir, WithdrawalRule};
use crate::scenario::types::Basin;

/// What a basin-year starts from, without cooperation: expected in spring, or as it came to pass.
#[derive(Debug, Clone)]
pub struct Conditions<const L: usize> {
    /// Summer supply by node: local inflow, or the operator's outflow, km³.
    pub summer: Vec<[f64; L]>,
    /// Winter supply by node, km³.
    pub winter: Vec<[f64; L]>,
    /// Stock of the small reservoirs by node, km³.
    pub stock: Vec<[f64; L]>,
    /// Flow of the summer without cooperation, by node, km³.
    pub flow: Vec<[f64; L]>,
    /// Withdrawal of the summer without cooperation, by node, km³.
    pub withdrawal: Vec<[f64; L]>,
    /// Value of land (irrigation less flood) without cooperation, by state, MUSD.
    pub land: Vec<[f64; L]>,
    /// By operator: largest shift, km³.
    pub shift_limit: Vec<[f64; L]>,
    /// By operator: water forced out in summer beyond the schedule, km³.
    pub forced: Vec<[f64; L]>,
    /// Severity of winter.
    pub severity: [f64; L],
    /// Fuel price index.
    pub fuel_price: [f64; L],
    /// By operator: fuel that bodies before have agreed on, TWh.
    pub agreed_fuel: Vec<[f64; L]>,
}

impl<const L: usize> Conditions<L> {
    /// No room: what stands in while the conditions of a year are lent out.
    pub(super) fn new_empty() -> Self {
        Conditions {
            summer: Vec::new(),
            winter: Vec::new(),
            stock: Vec::new(),
            flow: Vec::new(),
            withdrawal: Vec::new(),
            land: Vec::new(),
            shift_limit: Vec::new(),
            forced: Vec::new(),
            severity: [1.0; L],
            fuel_price: [1.0; L],
            agreed_fuel: Vec::new(),
        }
    }

    /// Takes another year's values without asking for memory.
    pub(super) fn copy_from(&mut self, other: &Self) {
        let Conditions { summer, winter, stock, flow, withdrawal, land, shift_limit, forced, agreed_fuel, .. } = self;
        for (to, from) in [
            (summer, &other.summer),
            (winter, &other.winter),
            (stock, &other.stock),
            (flow, &other.flow),
            (withdrawal, &other.withdrawal),
            (land, &other.land),
            (shift_limit, &other.shift_limit),
            (forced, &other.forced),
            (agreed_fuel, &other.agreed_fuel),
        ] {
            to.copy_from_slice(from);
        }
        self.severity = other.severity;
        self.fuel_price = other.fuel_price;
    }

    /// Room for a basin.
    pub fn new(basin: &Basin, states: usize) -> Self {
        let nodes = || vec![[0.0; L]; basin.nodes.len()];
        let operators = || vec![[0.0; L]; basin.operators.len()];
        Conditions {
            summer: nodes(),
            winter: nodes(),
            stock: nodes(),
            flow: nodes(),
            withdrawal: nodes(),
            land: vec![[0.0; L]; states],
            shift_limit: operators(),
            forced: operators(),
            severity: [1.0; L],
            fuel_price: [1.0; L],
            agreed_fuel: operators(),
        }
    }
}

/// What does not vary over replications: demands of the year and prices before the index.
#[derive(Debug, Clone)]
pub struct YearConstants {
    /// Irrigation demand by node, km³.
    pub demand: Vec<f64>,
    /// Demand of the nodes that are not upstream of a node, km³ (for `fixed_upstream`).
    pub demand_to_come: Vec<f64>,
    /// Growth of power demand by operator.
    pub power_growth: Vec<f64>,
    /// Price of commercial fuel at index 1, MUSD/TWh; infinite where there is none.
    pub commercial: f64,
}

impl YearConstants {
    pub(super) fn empty() -> Self {
        YearConstants {
            demand: Vec::new(),
            demand_to_come: Vec::new(),
            power_growth: Vec::new(),
            commercial: f64::INFINITY,
        }
    }
}

/// Scratch space for river passes and the solution of the joint problem.
#[derive(Debug, Clone)]
pub struct Joint<const L: usize> {
    /// The last summer computed.
    pub summer: Summer<L>,
    /// The last winter computed.
    pub winter: Winter<L>,
    /// Share of the extra water that each node lets pass.
    pub pass: Vec<[f64; L]>,
    /// Shift of each operator, km³.
    pub shift: Vec<[f64; L]>,
    /// Fuel delivered to each operator, TWh.
    pub fuel: Vec<[f64; L]>,
    supply_summer: Vec<[f64; L]>,
    supply_winter: Vec<[f64; L]>,
    direction: Vec<f64>,
}

/// The operator's reservoir at a position of the basin's operators.
pub(super) fn reservoir_of(basin: &Basin, operator: usize) -> &Reservoir {
    match &basin.nodes[basin.operators[operator]].reservoir {
        Some(reservoir) => reservoir,
        None => unreachable!("operators are the nodes with a reservoir"),
    }
}

impl<const L: usize> Joint<L> {
    /// Room for a basin.
    pub fn new(basin: &Basin) -> Self {
        let nodes = basin.nodes.len();
        let zeros = || vec![[0.0; L]; nodes];
        Joint {
            summer: Summer::new(nodes),
            winter: Winter::new(nodes),
            pass: vec![[1.0; L]; nodes],
            shift: vec![[0.0; L]; basin.operators.len()],
            fuel: vec![[0.0; L]; basin.operators.len()],
            supply_summer: zeros(),
            supply_winter: zeros(),
            direction: vec![0.0; nodes],
        }
    }

    /// Sends both seasons down the river with the shifts of `self.shift`; slopes with respect to operator `along`.
    pub fn flow<const SLOPES: bool>(
        &mut self,
        basin: &Basin,
        conditions: &Conditions<L>,
        constants: &YearConstants,
        along: usize,
        against_reference: bool,
    ) {
        self.supply_summer.copy_from_slice(&conditions.summer);
        self.supply_winter.copy_from_slice(&conditions.winter);
        for (k, &node) in basin.operators.iter().enumerate() {
            for l in 0..L {
                self.supply_summer[node][l] += self.shift[k][l];
                self.supply_winter[node][l] -= self.shift[k][l];
            }
        }
        self.direction.fill(0.0);
        if SLOPES {
            self.direction[basin.operators[along]] = 1.0;
        }
        let input = SummerInput {
            supply: &self.supply_summer,
            stock: &conditions.stock,
            demand: &constants.demand,
            demand_to_come: &constants.demand_to_come,
            pass: &self.pass,
            reference: against_reference.then_some((&conditions.flow[..], &conditions.withdrawal[..])),
            direction: &self.direction,
        };
        river::summer::<L, SLOPES>(basin, input, &mut self.summer);
        if SLOPES {
            self.direction[basin.operators[along]] = -1.0;
        }
        river::winter::<L, SLOPES>(basin, &self.supply_winter, &self.direction, &mut self.winter);
    }

    /// Makes what is done with `self.shift` and `self.pass` the reference of what comes on top.
    pub fn rebase(&mut self, basin: &Basin, conditions: &mut Conditions<L>, constants: &YearConstants) {
        self.flow::<false>(basin, conditions, constants, 0, true);
        conditions.flow.copy_from_slice(&self.summer.flow);
        conditions.withdrawal.copy_from_slice(&self.summer.withdrawal);
        self.land_value(basin, constants, &mut conditions.land);
        for (k, &node) in basin.operators.iter().enumerate() {
            for l in 0..L {
                conditions.summer[node][l] += self.shift[k][l];
                conditions.winter[node][l] -= self.shift[k][l];
                conditions.shift_limit[k][l] = (conditions.shift_limit[k][l] - self.shift[k][l]).max(0.0);
            }
        }
    }

    /// Value of irrigation less flood cost of each state in the seasons last computed, MUSD.
    pub fn land_value(&self, basin: &Basin, constants: &YearConstants, out: &mut [[f64; L]]) {
        out.fill([0.0; L]);
        for (n, node) in basin.nodes.iter().enumerate() {
            let demand = node.irrigation(constants.demand[n]);
            let owner = &mut out[node.owner.index()];
            for l in 0..L {
                let excess = (self.winter.flow[n][l] - node.winter_channel).max(0.0);
                owner[l] += demand.benefit(self.summer.withdrawal[n][l]) - node.flood_phi * excess * excess;
            }
        }
    }

    /// The shifts and the fuel that maximise the members' joint gain. `pass` must say which nodes let water through;
    /// `fuel_cost` is the mean cost of delivered fuel by operator, MUSD/TWh, infinite where nobody delivers.
    pub fn solve(
        &mut self,
        basin: &Basin,
        conditions: &Conditions<L>,
        constants: &YearConstants,
        members: Members,
        fuel_cost: &[[f64; L]],
    ) {
        for k in 0..basin.operators.len() {
            self.shift[k] = [0.0; L];
            self.fuel[k] = [0.0; L];
        }
        let active = |k: &usize| members.contains(basin.nodes[basin.operators[*k]].owner.index());
        let several = (0..basin.operators.len()).filter(active).count() > 1;
        // A fixed number of rounds, so that a replication does not depend on its neighbours in the batch.
        const ROUNDS: usize = 6;
        for _round in 0..if several { ROUNDS } else { 1 } {
            for k in (0..basin.operators.len()).filter(active) {
                self.climb(basin, conditions, constants, members, k, &fuel_cost[k]);
            }
        }
    }

    /// Walks the joint gain from kink to kink along the shift of one operator.
    fn climb(
        &mut self,
        basin: &Basin,
        conditions: &Conditions<L>,
        constants: &YearConstants,
        members: Members,
        k: usize,
        fuel_cost: &[f64; L],
    ) {
        let limit = conditions.shift_limit[k];
        let reservoir = reservoir_of(basin, k);
        self.shift[k] = [0.0; L];
        // Under the proportional rule the joint gain is concave where everybody lets water pass, so the first summit
        // is the highest. Else water may serve a low value upstream before a high one downstream, or fill outsiders
        // first: then the walk goes on to the end.
        let concave = basin.rule == WithdrawalRule::Proportional && self.pass.iter().flatten().all(|pass| *pass == 1.0);
        let (mut value, mut best_value, mut best_shift) = ([0.0; L], [0.0; L], [0.0; L]);
        let mut done = [false; L];
        const PIECES: usize = 96;
        for _ in 0..PIECES {
            self.flow::<true>(basin, conditions, constants, k, true);
            let (mut slope, mut bend) = ([0.0; L], [0.0; L]);
            for (n, node) in basin.nodes.iter().enumerate() {
                if !members.contains(node.owner.index()) {
                    continue;
                }
                let demand = node.irrigation(constants.demand[n]);
                for l in 0..L {
                    let (taken, change) = (self.summer.withdrawal[n][l], self.summer.slope[n][l]);
                    slope[l] += demand.marginal(taken) * change;
                    bend[l] += if taken < demand.quantity { demand.steepness() * change * change } else { 0.0 };
                }
                if node.flood_phi > 0.0 {
                    for l in 0..L {
                        let excess = (self.winter.flow[n][l] - node.winter_channel).max(0.0);
                        let change = if excess > 0.0 { self.winter.slope[n][l] } else { 0.0 };
                        slope[l] -= 2.0 * node.flood_phi * excess * change;
                        bend[l] += 2.0 * node.flood_phi * change * change;
                    }
                }
            }
            let mut all_done = true;
            for l in 0..L {
                if done[l] {
                    continue;
                }
                let power = PowerYear::new(
                    reservoir,
                    constants.power_growth[k],
                    conditions.severity[l],
                    constants.commercial * conditions.fuel_price[l],
                )
                .burning(conditions.agreed_fuel[k][l]);
                let node = basin.operators[k];
                let seasons = (conditions.summer[node][l], conditions.winter[node][l]);
                let piece = power_piece(reservoir, &power, seasons, self.shift[k][l], fuel_cost[l]);
                let slope = slope[l] + piece.slope;
                let bend = bend[l] + piece.bend;
                let room = limit[l] - self.shift[k][l];
                let kink = self.summer.kink[l].min(self.winter.kink[l]).min(piece.kink);
                let vertex = if bend > 0.0 { slope / bend } else { f64::INFINITY };
                let tolerance = 1e-11 * (1.0 + limit[l]);
                if concave && (slope <= 0.0 || room <= 0.0) {
                    done[l] = true;
                } else if concave && vertex <= kink && vertex <= room {
                    self.shift[k][l] += vertex;
                    done[l] = true;
                } else if concave && kink + tolerance >= room {
                    self.shift[k][l] = limit[l];
                    done[l] = true;
                } else if concave {
                    self.shift[k][l] += kink + tolerance;
                    all_done = false;
                } else {
                    let length = kink.min(room).max(0.0);
                    for stop in [if slope > 0.0 { vertex.min(length) } else { 0.0 }, length] {
                        let gain = value[l] + stop * (slope - 0.5 * bend * stop);
                        if gain > best_value[l] {
                            (best_value[l], best_shift[l]) = (gain, self.shift[k][l] + stop);
                        }
                    }
                    value[l] += length * (slope - 0.5 * bend * length);
                    done[l] = kink + tolerance >= room;
                    self.shift[k][l] = if done[l] { best_shift[l] } else { self.shift[k][l] + kink + tolerance };
                    all_done &= done[l];
                }
            }
            if all_done {
                break;
            }
        }
        for l in 0..L {
            let power = PowerYear::new(
                reservoir,
                constants.power_growth[k],
                conditions.severity[l],
                constants.commercial * conditions.fuel_price[l],
            )
            .burning(conditions.agreed_fuel[k][l]);
            let hydro = winter_hydro(reservoir, conditions.winter[basin.operators[k]][l], self.shift[k][l]);
            let replaced = reservoir.productivity * self.shift[k][l];
            self.fuel[k][l] = power.dispatch(hydro, replaced, fuel_cost[l]).delivered;
        }
    }
}

/// Hydropower of a winter in which `shift` km³ of its outflow went in summer already, TWh.
#[inline(always)]
pub(super) fn winter_hydro(reservoir: &Reservoir, outflow: f64, shift: f64) -> f64 {
    reservoir.productivity * (outflow - shift).min(reservoir.release_max_winter).max(0.0)
}

/// Hydropower of a summer with `shift` km³ more than its outflow, TWh.
#[inline(always)]
pub(super) fn summer_hydro(reservoir: &Reservoir, outflow: f64, shift: f64) -> f64 {
    reservoir.productivity * (outflow + shift).min(reservoir.release_max_summer)
}

struct Piece {
    slope: f64,
    bend: f64,
    kink: f64,
}

/// Slope, curvature and range of the piece of the operator's power value (fuel paid) at a shift.
#[inline(always)]
fn power_piece(reservoir: &Reservoir, power: &PowerYear, outflow: (f64, f64), shift: f64, cost: f64) -> Piece {
    let kappa = reservoir.productivity;
    let mut kink = f64::INFINITY;
    let hydro = summer_hydro(reservoir, outflow.0, shift) + reservoir.other_generation_summer;
    let (marginal, steepness) = power.summer_marginal(reservoir, hydro);
    kink = kink
        .min(until_met(power.summer.quantity - hydro, kappa))
        .min(until_met(power.summer.quantity + reservoir.export_line_capacity_summer - hydro, kappa));
    let (mut slope, mut bend) = (kappa * marginal, kappa * kappa * steepness);

    let thermal = power.thermal;
    let hydro = winter_hydro(reservoir, outflow.1, shift);
    let spilling = outflow.1 - shift - reservoir.release_max_winter;
    let falls = if spilling > 0.0 { 0.0 } else { kappa };
    kink = kink.min(until_met(spilling, 1.0));
    let own = hydro + power.other_winter;
    let dispatch = power.dispatch(hydro, kappa * shift, cost);
    let (delivered, bought) = (dispatch.delivered, dispatch.bought);
    let wanted = if cost <= power.commercial { power.winter.bought_at(cost) } else { 0.0 };
    let replaces = own + kappa * shift < wanted;
    let fills = own <= wanted;
    let delivered_change = if wanted <= 0.0 || delivered >= thermal {
        0.0
    } else if replaces {
        kappa
    } else if fills {
        falls
    } else {
        0.0
    };
    let buys_to = power.winter.bought_at(power.commercial);
    let room = thermal - delivered - bought;
    let bought_change = if own + delivered <= buys_to && buys_to > 0.0 {
        if room > 0.0 { falls - delivered_change } else { -delivered_change }
    } else {
        0.0
    };
    let change = delivered_change + bought_change - falls;
    // Power falls along the shift, so at satiation the left-hand marginal value counts.
    let marginal = if dispatch.power <= power.winter.quantity {
        power.winter.scarce - power.winter.steepness() * dispatch.power
    } else {
        0.0
    };
    slope += marginal * change - if delivered_change > 0.0 { cost * delivered_change } else { 0.0 };
    if bought_change != 0.0 {
        slope -= power.commercial * bought_change;
    }
    if dispatch.power <= power.winter.quantity {
        bend += power.winter.steepness() * change * change;
    }
    kink = kink
        .min(until_met(own - power.winter.quantity, falls))
        .min(until_met(own - wanted, falls))
        .min(until_met(wanted - own - kappa * shift, falls - kappa))
        .min(until_met(own + kappa * shift - wanted, falls - kappa))
        .min(until_met(thermal - delivered, delivered_change))
        .min(until_met(own + delivered - buys_to, falls - delivered_change))
        .min(until_met(room, delivered_change + bought_change))
        .min(until_met(bought, -bought_change));
    Piece { slope, bend, kink }
}

/// Shares in which suppliers deliver: in proportion to their gain before fuel, equal where nobody gains.
pub(super) fn supply_shares(suppliers: Members, gain: impl Fn(usize) -> f64, out: &mut [f64; MAX_STATES]) {
    let total: f64 = suppliers.iter().map(|state| gain(state).max(0.0)).sum();
    for state in suppliers.iter() {
        out[state] = if total > 0.0 { gain(state).max(0.0) / total } else { 1.0 / suppliers.len() as f64 };
    }
}
