//! The members' joint optimum of a basin-year: the shift ΔR of each operator and the fuel delivered
//! for it (ODD §5.1).
//!
//! The joint gain is piecewise quadratic in the shift. The optimum is found exactly by a line
//! search from kink to kink and a step to the vertex of the piece that holds it. A test compares
//! with a grid.

use super::irrigation::PIECES;
use super::joint::{Conditions, Joint, YearConstants, reservoir_of, summer_hydro, winter_hydro};
use super::power::{PowerYear, PowerYears};
use super::river::KinkDistance;
use crate::ids::Members;
use crate::numeric::{any, lanes, vectorised};
use crate::scenario::raw::{Reservoir, WithdrawalRule};
use crate::scenario::types::Basin;

/// Quantities that are constant during the line search along the shift of one operator.
struct SearchInputs<const L: usize> {
    power: PowerYears<L>,
    /// Winter power up to which delivered fuel is worth its cost, TWh; `cost` is that cost,
    /// MUSD/TWh.
    wanted: [f64; L],
    cost: [f64; L],
    /// Largest shift, km³.
    limit: [f64; L],
    /// 1 where the first maximum is the global one, else 0; `all_concave`: whether it is 1 in all
    /// replications.
    concave: [f64; L],
    all_concave: bool,
}

/// State of a line search: the gain at the current shift, and the best gain and shift so far.
struct Found<const L: usize> {
    value: [f64; L],
    best_value: [f64; L],
    best_shift: [f64; L],
    /// 1 where the line search is finished, else 0.
    done: [f64; L],
}

impl<const L: usize> Joint<L> {
    /// Finds the shifts and the fuel that maximise the members' joint gain. `pass` must be set
    /// before. `fuel_cost` is the mean cost of delivered fuel by operator, MUSD/TWh, infinite
    /// without suppliers; `again` is set if only `fuel_cost` has changed since the last call.
    pub fn solve(
        &mut self,
        basin: &Basin,
        conditions: &Conditions<L>,
        constants: &YearConstants,
        members: &[Members; L],
        fuel_cost: &[[f64; L]],
        again: bool,
    ) {
        for k in 0..basin.operators.len() {
            self.shift[k] = [0.0; L];
            self.fuel[k] = [0.0; L];
        }
        let owner = |k: usize| basin.nodes[basin.operators[k]].owner.index();
        let active = |k: &usize| members.iter().any(|members| members.contains(owner(*k)));
        let several = members.iter().any(|members| {
            (0..basin.operators.len()).filter(|&k| members.contains(owner(k))).count() > 1
        });
        // Coordinate ascent with a fixed number of rounds. In a replication in which only one
        // operator moves, every round gives the same result.
        const ROUNDS: usize = 6;
        // With several operators the irrigation benefit along one depends on the shifts of the
        // others.
        let still_known = again && (0..basin.operators.len()).filter(active).count() == 1;
        for _round in 0..if several { ROUNDS } else { 1 } {
            for k in (0..basin.operators.len()).filter(active) {
                if !still_known {
                    self.known.forget();
                }
                vectorised(
                    #[inline(always)]
                    || {
                        let search_inputs =
                            self.search_inputs(basin, conditions, members, k, &fuel_cost[k]);
                        self.line_search(basin, conditions, constants, k, &search_inputs);
                    },
                );
            }
        }
    }

    /// Searches along the shift of one operator, from kink to kink of the joint gain.
    #[inline(always)]
    fn line_search(
        &mut self,
        basin: &Basin,
        conditions: &Conditions<L>,
        constants: &YearConstants,
        k: usize,
        search_inputs: &SearchInputs<L>,
    ) {
        let reservoir = reservoir_of(basin, k);
        let operator = basin.operators[k];
        let (mut shift, zeros) = ([0.0; L], [0.0; L]);
        let mut found = Found { value: zeros, best_value: zeros, best_shift: zeros, done: zeros };
        let mut at = self.known.start();
        let (summer, winter) = (&conditions.summer[operator], &conditions.winter[operator]);
        for _ in 0..PIECES {
            let unknown = self.known.unknown(&at, &found.done);
            if any::<L>(|l| unknown[l] == 1.0) {
                self.shift[k] = shift;
                self.pass::<true>(basin, conditions, constants, k, true);
                self.pass_winter::<true>(basin, conditions, k);
                let (slope, neg_curvature) = self.irrigation_slope(basin, constants);
                let kink = lanes(|l| self.summer.kink[l].min(self.winter.kink[l]));
                self.known.add(&mut at, &unknown, &shift, (&slope, &neg_curvature), &kink);
            }
            let (mut slope, mut neg_curvature, mut kink) = (zeros, zeros, zeros);
            let mut kinks = KinkDistance::<L>::UNBOUNDED;
            for l in 0..L {
                let (irrigation, irrigation_bend, irrigation_kink) = at.value(l, shift[l]);
                let (terms, power) =
                    ((search_inputs.wanted[l], search_inputs.cost[l]), search_inputs.power.at(l));
                let outflow = (summer[l], winter[l]);
                let (own, own_bend) =
                    power_piece(reservoir, &power, outflow, shift[l], terms, (l, &mut kinks));
                slope[l] = irrigation + own;
                neg_curvature[l] = irrigation_bend + own_bend;
                kink[l] = irrigation_kink.min(kinks.distance(l));
            }
            if search_inputs.all_concave {
                advance::<L, true>(
                    search_inputs,
                    &mut found,
                    &mut shift,
                    &slope,
                    &neg_curvature,
                    &kink,
                );
            } else {
                advance::<L, false>(
                    search_inputs,
                    &mut found,
                    &mut shift,
                    &slope,
                    &neg_curvature,
                    &kink,
                );
            }
            self.known.advance_to(&mut at, &shift);
            if !any::<L>(|l| found.done[l] != 1.0) {
                break;
            }
        }
        let fuel = &mut self.fuel[k];
        for l in 0..L {
            let power = search_inputs.power.at(l);
            let hydro = winter_hydro(reservoir, winter[l], shift[l]);
            let replaced = reservoir.productivity * shift[l];
            fuel[l] = power.dispatch(hydro, replaced, search_inputs.wanted[l]).delivered;
        }
        self.shift[k] = shift;
    }

    /// Computes the constants of a line search and marks the members' nodes.
    #[inline(always)]
    fn search_inputs(
        &mut self,
        basin: &Basin,
        conditions: &Conditions<L>,
        members: &[Members; L],
        k: usize,
        fuel_cost: &[f64; L],
    ) -> SearchInputs<L> {
        let operator = basin.operators[k];
        let mut search_inputs = SearchInputs {
            power: conditions.power[k],
            wanted: [0.0; L],
            cost: *fuel_cost,
            limit: [0.0; L],
            // Under the proportional rule the joint gain is concave where all states let water
            // pass, so the first maximum is the global one. Otherwise water may serve a low value
            // upstream before a high one downstream, or fill outsiders first, and the search
            // continues to the end.
            concave: [f64::from(u8::from(basin.rule == WithdrawalRule::Proportional)); L],
            all_concave: false,
        };
        for (n, node) in basin.nodes.iter().enumerate() {
            let owner = node.owner.index();
            self.inside[n] = Members::mask(members, owner);
            let (pass, concave) = (&self.pass[n], search_inputs.concave);
            search_inputs.concave = lanes(|l| if pass[l] == 1.0 { concave[l] } else { 0.0 });
        }
        search_inputs.all_concave = !any::<L>(|l| search_inputs.concave[l] != 1.0);
        let (inside, limit) = (&self.inside[operator], &conditions.shift_limit[k]);
        for l in 0..L {
            search_inputs.wanted[l] = search_inputs.power.at(l).wanted(fuel_cost[l]);
            search_inputs.limit[l] = inside[l] * limit[l];
        }
        search_inputs
    }

    /// Returns slope and −curvature of the members' irrigation benefit in the seasons last
    /// computed.
    #[inline(always)]
    fn irrigation_slope(&self, basin: &Basin, constants: &YearConstants) -> ([f64; L], [f64; L]) {
        let (mut slope, mut neg_curvature) = ([0.0; L], [0.0; L]);
        for (n, node) in basin.nodes.iter().enumerate() {
            let (inside, demand) = (&self.inside[n], constants.irrigation[n]);
            if demand.quantity > 0.0 {
                let (taken, change) = (&self.summer.withdrawal[n], &self.summer.slope[n]);
                for l in 0..L {
                    let steepness = if taken[l] < demand.quantity { demand.steepness } else { 0.0 };
                    slope[l] += inside[l] * (demand.marginal(taken[l]) * change[l]);
                    neg_curvature[l] += inside[l] * (steepness * change[l] * change[l]);
                }
            }
            if node.flood_phi > 0.0 {
                let (flow, change) = (&self.winter.flow[n], &self.winter.slope[n]);
                for l in 0..L {
                    let excess = (flow[l] - node.winter_channel).max(0.0);
                    let change = if excess > 0.0 { change[l] } else { 0.0 };
                    slope[l] -= inside[l] * (2.0 * node.flood_phi * excess * change);
                    neg_curvature[l] += inside[l] * (2.0 * node.flood_phi * change * change);
                }
            }
        }
        (slope, neg_curvature)
    }
}

/// Makes one step of every unfinished line search: to the vertex, to the limit, or just beyond the
/// next kink. `CONCAVE` means that every search may stop at its first maximum.
#[inline(always)]
fn advance<const L: usize, const CONCAVE: bool>(
    search_inputs: &SearchInputs<L>,
    found: &mut Found<L>,
    shift: &mut [f64; L],
    slope: &[f64; L],
    neg_curvature: &[f64; L],
    kink: &[f64; L],
) {
    let mut over = [0.0; L];
    for l in 0..L {
        let remaining = search_inputs.limit[l] - shift[l];
        let ratio = slope[l] / neg_curvature[l];
        let vertex = if neg_curvature[l] > 0.0 { ratio } else { f64::INFINITY };
        let tolerance = 1e-11 * (1.0 + search_inputs.limit[l]);
        let last = kink[l] + tolerance >= remaining;
        // At a slope that is not positive the first maximum is reached.
        let at_top = (slope[l] <= 0.0) | (remaining <= 0.0);
        let at_vertex = (vertex <= kink[l]) & (vertex <= remaining);
        let onwards = if last { search_inputs.limit[l] } else { shift[l] + (kink[l] + tolerance) };
        let stepped = if at_vertex { shift[l] + vertex } else { onwards };
        let moved = if at_top { shift[l] } else { stepped };
        let moving = found.done[l] == 0.0;
        if CONCAVE {
            over[l] = if moving & !(at_top | at_vertex | last) { 0.0 } else { 1.0 };
            shift[l] = if moving { moved } else { shift[l] };
            continue;
        }
        // Here the first maximum may not be the global one: the best so far is kept, and the search
        // continues.
        let length = kink[l].min(remaining).max(0.0);
        let stop = if slope[l] > 0.0 { vertex.min(length) } else { 0.0 };
        let (mut best_value, mut best_shift) = (found.best_value[l], found.best_shift[l]);
        for stop in [stop, length] {
            let gain = found.value[l] + stop * (slope[l] - 0.5 * neg_curvature[l] * stop);
            let better = gain > best_value;
            best_value = if better { gain } else { best_value };
            best_shift = if better { shift[l] + stop } else { best_shift };
        }
        let walked = if last { best_shift } else { shift[l] + kink[l] + tolerance };
        let value = found.value[l] + length * (slope[l] - 0.5 * neg_curvature[l] * length);
        let concave = search_inputs.concave[l] == 1.0;
        let next = if concave { moved } else { walked };
        let ends = if concave { at_top | at_vertex | last } else { last };
        over[l] = if moving & !ends { 0.0 } else { 1.0 };
        shift[l] = if moving { next } else { shift[l] };
        found.value[l] = if moving { value } else { found.value[l] };
        found.best_value[l] = if moving { best_value } else { found.best_value[l] };
        found.best_shift[l] = if moving { best_shift } else { found.best_shift[l] };
    }
    found.done = over;
}

/// Returns slope and −curvature of the operator's power value (net of fuel) at a shift, and adds
/// the distances to its next kinks to `kinks`. `wanted` is the winter power up to which delivered
/// fuel is worth its cost, TWh; `cost` is that cost.
#[inline(always)]
fn power_piece<const L: usize>(
    reservoir: &Reservoir,
    power: &PowerYear,
    outflow: (f64, f64),
    shift: f64,
    (wanted, cost): (f64, f64),
    (l, kinks): (usize, &mut KinkDistance<L>),
) -> (f64, f64) {
    let kappa = reservoir.productivity;
    let hydro = summer_hydro(reservoir, outflow.0, shift) + reservoir.other_generation_summer;
    let (marginal, steepness) = power.summer_marginal(reservoir, hydro);
    kinks.add_gap(l, power.summer.quantity - hydro, kappa);
    kinks.add_gap(l, power.summer.quantity + reservoir.export_line_capacity_summer - hydro, kappa);
    let (mut slope, mut neg_curvature) = (kappa * marginal, kappa * kappa * steepness);

    let thermal = power.thermal;
    let hydro = winter_hydro(reservoir, outflow.1, shift);
    let spilling = outflow.1 - shift - reservoir.release_max_winter;
    let falls = if spilling > 0.0 { 0.0 } else { kappa };
    let own = hydro + power.other_winter;
    let dispatch = power.dispatch(hydro, kappa * shift, wanted);
    let (delivered, bought) = (dispatch.delivered, dispatch.bought);
    // Changes along the shift of delivered fuel, then commercial fuel, then power.
    let fills = if own <= wanted { falls } else { 0.0 };
    let replaces = if own + kappa * shift < wanted { kappa } else { fills };
    let idle = (wanted <= 0.0) | (delivered >= thermal);
    let delivered_change = if idle { 0.0 } else { replaces };
    let buys_to = power.buys_to;
    let remaining = thermal - delivered - bought;
    let buys = (own + delivered <= buys_to) & (buys_to > 0.0);
    let grows = if remaining > 0.0 { falls - delivered_change } else { -delivered_change };
    let bought_change = if buys { grows } else { 0.0 };
    let change = delivered_change + bought_change - falls;
    // Power falls along the shift, so at satiation the left-hand marginal value applies.
    let short = dispatch.power <= power.winter.quantity;
    let marginal_value = power.winter.scarce - power.winter.steepness * dispatch.power;
    let marginal = if short { marginal_value } else { 0.0 };
    let paid = if delivered_change > 0.0 { cost * delivered_change } else { 0.0 };
    slope += marginal * change - paid;
    slope -= if bought_change != 0.0 { power.commercial * bought_change } else { 0.0 };
    neg_curvature += if short { power.winter.steepness * change * change } else { 0.0 };
    kinks.add_gap(l, spilling, 1.0);
    kinks.add_gap(l, own - power.winter.quantity, falls);
    kinks.add_gap(l, own - wanted, falls);
    kinks.add_gap(l, wanted - own - kappa * shift, falls - kappa);
    kinks.add_gap(l, own + kappa * shift - wanted, falls - kappa);
    kinks.add_gap(l, thermal - delivered, delivered_change);
    kinks.add_gap(l, own + delivered - buys_to, falls - delivered_change);
    kinks.add_gap(l, remaining, delivered_change + bought_change);
    kinks.add_gap(l, bought, -bought_change);
    (slope, neg_curvature)
}
