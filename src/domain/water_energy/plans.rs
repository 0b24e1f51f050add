//! Plans of a basin. Cost and benefits of an obligation are what it adds to those before it:
//! releases first, then passing through from source to mouth, then fuel. They sum exactly to the
//! gain of the whole plan (ODD §5.1, §8).

use super::joint::{Conditions, YearConstants, reservoir_of};
use super::{BasinSlot, BasinWorld};
use crate::ids::{MAX_STATES, Members};
use crate::numeric::{LANES, lanes, vectorised};
use crate::plan::{Lane, NOTHING, OfferGrid};
use crate::scenario::types::SlotKind;

impl BasinWorld {
    /// Makes the plans of a year for the members selected in the offer grid, which may differ
    /// between replications.
    pub(in crate::domain) fn plan(&mut self, year: usize, grid: &mut OfferGrid) {
        // Members without an operator cannot move water.
        let operates = |members: Members| {
            self.basin
                .operators
                .iter()
                .any(|&node| members.contains(self.basin.nodes[node].owner.index()))
        };
        let requested = grid.members();
        let members: [Members; LANES] =
            lanes(|l| if operates(requested[l]) { requested[l] } else { Members::NONE });
        if members == [Members::NONE; LANES] {
            return;
        }
        let mut now = std::mem::replace(&mut self.years[year].expected, Conditions::new_empty());
        let constants = std::mem::replace(&mut self.years[year].constants, YearConstants::empty());
        if grid.base().next().is_none() {
            self.fill(&now, &constants, &members, grid);
        } else {
            let mut on_base = std::mem::replace(&mut self.on_base, Conditions::new_empty());
            self.fill_on_base(&now, &constants, grid, &mut on_base);
            self.fill(&on_base, &constants, &members, grid);
            std::mem::swap(&mut self.on_base, &mut on_base);
        }
        std::mem::swap(&mut self.years[year].expected, &mut now);
        self.years[year].constants = constants;
    }

    /// Computes the conditions expected once everything agreed by earlier bodies is done.
    fn fill_on_base(
        &mut self,
        now: &Conditions<LANES>,
        constants: &YearConstants,
        grid: &OfferGrid,
        to: &mut Conditions<LANES>,
    ) {
        to.copy_from(now);
        for amounts in grid.base() {
            self.open_nodes(&[Members::NONE; LANES]);
            self.joint.shift.fill([0.0; LANES]);
            for (slot, amount) in self.slots.iter().zip(amounts) {
                match slot.kind {
                    SlotKind::Release(k) => {
                        for l in 0..LANES {
                            self.joint.shift[k][l] = amount[l].min(to.shift_limit[k][l]);
                        }
                    }
                    SlotKind::Fuel(k) => {
                        for l in 0..LANES {
                            to.agreed_fuel[k][l] += amount[l];
                        }
                    }
                    SlotKind::PassThrough => {
                        for (n, node) in self.basin.nodes.iter().enumerate() {
                            if node.owner.index() == slot.obligor {
                                for l in 0..LANES {
                                    self.joint.pass[n][l] =
                                        if amount[l] > 0.0 { 1.0 } else { self.joint.pass[n][l] };
                                }
                            }
                        }
                    }
                    _ => {}
                }
            }
            self.joint.rebase(&self.basin, to, constants);
        }
        for k in 0..self.basin.operators.len() {
            to.figure_power(&self.basin, constants, k);
        }
    }

    /// Fills the offer grid with the obligations of these members at every depth level.
    fn fill(
        &mut self,
        now: &Conditions<LANES>,
        constants: &YearConstants,
        members: &[Members; LANES],
        grid: &mut OfferGrid,
    ) {
        self.open_nodes(members);
        self.optimise(now, constants, members, grid.in_kind());
        let mut inside = [[0.0; LANES]; MAX_STATES];
        for (state, inside) in inside.iter_mut().enumerate().take(self.states) {
            *inside = Members::mask(members, state);
        }
        let mut operated = std::mem::take(&mut self.operated);
        for (k, operated) in operated.iter_mut().enumerate() {
            let (least_shift, least_fuel) = (&now.shift_limit[k], self.least_fuel(k));
            let (shift, fuel) = (&self.joint.shift[k], &self.joint.fuel[k]);
            operated.shift =
                lanes(|l| if shift[l] > NOTHING * least_shift[l] { shift[l] } else { 0.0 });
            operated.fuel = lanes(|l| if fuel[l] > least_fuel { fuel[l] } else { 0.0 });
            operated.without = self.power_value(k, now, &[0.0; LANES], &[0.0; LANES]);
        }
        let mut rows = Rows { now, constants, inside: &inside, grid, operated: &mut operated };
        for level in 0..rows.grid.levels() {
            self.fill_level(&mut rows, level);
        }
        self.operated = operated;
    }

    /// Fills one depth level: each obligation is valued by what it adds to those before it.
    fn fill_level(&mut self, rows: &mut Rows<'_>, level: usize) {
        let depth = rows.grid.depth(level);
        self.open_nodes(&[Members::NONE; LANES]);
        self.joint.shift.fill([0.0; LANES]);
        self.irrigation_before.copy_from_slice(&rows.now.irrigation);
        for operated in rows.operated.iter_mut() {
            operated.with = operated.without;
        }
        // Operators for which the value of all fuel is already computed.
        let mut fuelled = Members::NONE;
        // The winter depends on the releases alone.
        let mut winter_is_known = false;
        for slot in 0..self.slots.len() {
            let BasinSlot { obligor, kind } = self.slots[slot];
            let inside = &rows.inside[obligor];
            if *inside == [0.0; LANES] {
                continue;
            }
            let release = match kind {
                SlotKind::Release(k) => {
                    let (to, full) = (&mut self.joint.shift[k], &rows.operated[k].shift);
                    *to = lanes(|l| inside[l] * (depth * full[l]));
                    winter_is_known = false;
                    let (shift, fuel) = (&self.joint.shift[k], &[0.0; LANES]);
                    rows.operated[k].with = self.power_value(k, rows.now, shift, fuel);
                    fuelled = fuelled.without(k);
                    Some(k)
                }
                SlotKind::PassThrough => {
                    for (n, node) in self.basin.nodes.iter().enumerate() {
                        if node.owner.index() == obligor {
                            let pass = self.joint.pass[n];
                            self.joint.pass[n] = lanes(|l| pass[l].max(inside[l]));
                        }
                    }
                    None
                }
                SlotKind::Fuel(k) => {
                    if rows.grid.in_kind() && self.owner(k) != obligor {
                        self.deliver_fuel(rows, (level, slot, k), obligor, &mut fuelled);
                    }
                    continue;
                }
                _ => unreachable!("not an obligation of a basin"),
            };
            let place = (level, slot, obligor);
            vectorised(
                #[inline(always)]
                || self.set_moving(rows, place, release, !winter_is_known),
            );
            winter_is_known = true;
            std::mem::swap(&mut self.irrigation, &mut self.irrigation_before);
        }
    }

    /// Fills the rows of a fuel delivery to operator `k`. `fuelled` holds the operators for which
    /// the value of all fuel is already computed.
    fn deliver_fuel(
        &mut self,
        rows: &mut Rows<'_>,
        (level, slot, k): (usize, usize, usize),
        supplier: usize,
        fuelled: &mut Members,
    ) {
        let depth = rows.grid.depth(level);
        let operated = &mut rows.operated[k];
        let delivered: Lane = lanes(|l| depth * operated.fuel[l]);
        if !fuelled.contains(k) {
            *fuelled = fuelled.with(k);
            let with_fuel = self.power_value(k, rows.now, &self.joint.shift[k], &delivered);
            operated.fuelled = lanes(|l| with_fuel[l] - operated.with[l]);
        }
        vectorised(
            #[inline(always)]
            || self.set_fuel(rows, (level, slot, k), supplier, &delivered),
        );
    }

    /// Fills the rows of an obligation that moves water, from the change of the irrigation benefits
    /// after routing. `release` is the operator if the obligation is a release.
    #[inline(always)]
    fn set_moving(
        &mut self,
        rows: &mut Rows<'_>,
        (level, slot, obligor): (usize, usize, usize),
        release: Option<usize>,
        winter_too: bool,
    ) {
        let Rows { now, constants, inside, grid, operated } = rows;
        let inside = &inside[obligor];
        self.joint.pass::<false>(&self.basin, now, constants, 0, true);
        if winter_too {
            self.joint.pass_winter::<false>(&self.basin, now, 0);
        }
        self.joint.add_irrigation_benefit(&self.basin, constants, &mut self.irrigation);
        let mut cost = [0.0; LANES];
        match release {
            Some(k) => {
                let Operated { without, with, .. } = &operated[k];
                cost = lanes(|l| without[l] - with[l]);
                grid.set_amount(level, slot, &self.joint.shift[k]);
            }
            None => grid.set_amount(level, slot, inside),
        }
        for state in 0..self.states {
            let (irrigation, before) = (&self.irrigation[state], &self.irrigation_before[state]);
            let added: Lane = lanes(|l| inside[l] * (irrigation[l] - before[l]));
            if state == obligor {
                cost = lanes(|l| cost[l] - added[l]);
            } else {
                grid.set_benefit(level, slot, state, &added);
            }
        }
        grid.set_cost(level, slot, &cost);
    }

    /// Returns the amount of fuel below which a delivery counts as none, TWh.
    fn least_fuel(&self, k: usize) -> f64 {
        NOTHING * reservoir_of(&self.basin, k).thermal_capacity_winter
    }

    /// Fills the rows of one supplier's part of the fuel delivered to an operator.
    #[inline(always)]
    fn set_fuel(
        &self,
        rows: &mut Rows<'_>,
        (level, slot, k): (usize, usize, usize),
        supplier: usize,
        delivered: &Lane,
    ) {
        let operator = self.owner(k);
        let unit_cost = self.fuel_cost[supplier].unwrap_or(0.0);
        let Rows { now, inside, grid, operated, .. } = rows;
        let (supplies, receives, added) =
            (&inside[supplier], &inside[operator], &operated[k].fuelled);
        let least = self.least_fuel(k);
        let part = self.share_of(supplier, k);
        let share: Lane = lanes(|l| supplies[l] * receives[l] * part[l]);
        let amount: Lane = lanes(|l| {
            let own = share[l] * delivered[l];
            if own > least { own } else { 0.0 }
        });
        grid.set_amount(level, slot, &amount);
        grid.set_cost(level, slot, &lanes(|l| amount[l] * unit_cost * now.fuel_price[l]));
        grid.set_benefit(
            level,
            slot,
            operator,
            &lanes(|l| if amount[l] > 0.0 { share[l] * added[l] } else { 0.0 }),
        );
    }
}

/// Inputs and outputs of filling the plans of a year.
struct Rows<'a> {
    now: &'a Conditions<LANES>,
    constants: &'a YearConstants,
    /// By state: 1 where it is a member, else 0.
    inside: &'a [Lane; MAX_STATES],
    grid: &'a mut OfferGrid,
    /// By operator.
    operated: &'a mut [Operated],
}

/// Shift, fuel and power value of an operator.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Operated {
    /// Shift at full depth, km³.
    shift: Lane,
    /// Fuel delivered at full depth, TWh.
    fuel: Lane,
    /// Value of power without an agreement, MUSD.
    without: Lane,
    /// Value of power with the release at the current depth level, MUSD.
    with: Lane,
    /// Value added by the fuel of that depth level, MUSD.
    fuelled: Lane,
}
