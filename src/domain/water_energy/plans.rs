//! Plans of a basin: each obligation's cost and benefits are what it adds, in the order in which water meets the states,
//! so that they sum exactly to the gain of the whole plan (ODD §5.1, §8).

use super::joint::{Conditions, YearConstants, reservoir_of};
use super::{BasinSlot, BasinWorld};
use crate::ids::{MAX_STATES, Members};
use crate::numeric::{LANES, lanes, vectorised};
use crate::plan::{Ladder, Lane, NOTHING};
use crate::scenario::types::SlotKind;

impl BasinWorld {
    /// Makes the plans of a year for the members that the ladder asks for, which may differ between replications.
    pub(in crate::domain) fn plan(&mut self, year: usize, ladder: &mut Ladder) {
        // Without an operator there is no water to move.
        let operates = |members: Members| {
            self.basin.operators.iter().any(|&node| members.contains(self.basin.nodes[node].owner.index()))
        };
        let asked = ladder.members();
        let members: [Members; LANES] = lanes(|l| if operates(asked[l]) { asked[l] } else { Members::NONE });
        if members == [Members::NONE; LANES] {
            return;
        }
        let mut now = std::mem::replace(&mut self.years[year].expected, Conditions::new_empty());
        let constants = std::mem::replace(&mut self.years[year].constants, YearConstants::empty());
        if ladder.base().next().is_none() {
            self.fill(&now, &constants, &members, ladder);
        } else {
            let mut on_top = std::mem::replace(&mut self.on_top, Conditions::new_empty());
            self.put_on_top(&now, &constants, ladder, &mut on_top);
            self.fill(&on_top, &constants, &members, ladder);
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
                                    self.joint.pass[n][l] = if amount[l] > 0.0 { 1.0 } else { self.joint.pass[n][l] };
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

    fn fill(
        &mut self,
        now: &Conditions<LANES>,
        constants: &YearConstants,
        members: &[Members; LANES],
        ladder: &mut Ladder,
    ) {
        self.open_nodes(members);
        self.optimise(now, constants, members, ladder.in_kind());
        let mut inside = [[0.0; LANES]; MAX_STATES];
        for (state, inside) in inside.iter_mut().enumerate().take(self.states) {
            *inside = Members::mask(members, state);
        }
        let mut operated = std::mem::take(&mut self.operated);
        for (k, operated) in operated.iter_mut().enumerate() {
            let (least_shift, least_fuel) = (&now.shift_limit[k], self.least_fuel(k));
            let (shift, fuel) = (&self.joint.shift[k], &self.joint.fuel[k]);
            operated.shift = lanes(|l| if shift[l] > NOTHING * least_shift[l] { shift[l] } else { 0.0 });
            operated.fuel = lanes(|l| if fuel[l] > least_fuel { fuel[l] } else { 0.0 });
            operated.without = self.power_value(k, now, &[0.0; LANES], &[0.0; LANES]);
        }
        let mut rows = Rows { now, constants, inside: &inside, ladder, operated: &mut operated };
        for rung in 0..rows.ladder.rungs() {
            let depth = rows.ladder.depth(rung);
            self.open_nodes(&[Members::NONE; LANES]);
            self.joint.shift.fill([0.0; LANES]);
            self.land_before.copy_from_slice(&now.land);
            for operated in rows.operated.iter_mut() {
                operated.with = operated.without;
            }
            // Operators for which it is known what all fuel adds.
            let mut fuelled = Members::NONE;
            // The winter follows the releases alone.
            let mut winter_is_known = false;
            for slot in 0..self.slots.len() {
                let BasinSlot { obligor, kind } = self.slots[slot];
                let inside = &inside[obligor];
                if *inside == [0.0; LANES] {
                    continue;
                }
                match kind {
                    SlotKind::Release(k) => {
                        let (to, full) = (&mut self.joint.shift[k], &rows.operated[k].shift);
                        *to = lanes(|l| inside[l] * (depth * full[l]));
                        winter_is_known = false;
                        rows.operated[k].with = self.power_value(k, now, &self.joint.shift[k], &[0.0; LANES]);
                        fuelled = fuelled.without(k);
                    }
                    SlotKind::PassThrough => {
                        for (n, node) in self.basin.nodes.iter().enumerate() {
                            if node.owner.index() == obligor {
                                let pass = self.joint.pass[n];
                                self.joint.pass[n] = lanes(|l| pass[l].max(inside[l]));
                            }
                        }
                    }
                    SlotKind::Fuel(k) if !rows.ladder.in_kind() || self.owner(k) == obligor => continue,
                    SlotKind::Fuel(k) => {
                        let operated = &mut rows.operated[k];
                        let delivered: Lane = lanes(|l| depth * operated.fuel[l]);
                        if !fuelled.contains(k) {
                            fuelled = fuelled.with(k);
                            let fuelled = self.power_value(k, now, &self.joint.shift[k], &delivered);
                            operated.fuelled = lanes(|l| fuelled[l] - operated.with[l]);
                        }
                        vectorised(
                            #[inline(always)]
                            || self.set_fuel(&mut rows, (rung, slot, k), obligor, &delivered),
                        );
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
                let release = if let SlotKind::Release(k) = kind { Some(k) } else { None };
                vectorised(
                    #[inline(always)]
                    || self.set_moving(&mut rows, (rung, slot, obligor), release, !winter_is_known),
                );
                winter_is_known = true;
                std::mem::swap(&mut self.land, &mut self.land_before);
            }
        }
        self.operated = operated;
    }

    /// The rows of an obligation that moves water: it is sent down the river, and what the land gains is what it adds. `release` is
    /// the operator, if it is one.
    #[inline(always)]
    fn set_moving(
        &mut self,
        rows: &mut Rows<'_>,
        (rung, slot, obligor): (usize, usize, usize),
        release: Option<usize>,
        winter_too: bool,
    ) {
        let Rows { now, constants, inside, ladder, operated } = rows;
        let inside = &inside[obligor];
        self.joint.pass::<false>(&self.basin, now, constants, 0, true);
        if winter_too {
            self.joint.pass_winter::<false>(&self.basin, now, 0);
        }
        self.joint.value_land(&self.basin, constants, &mut self.land);
        let mut cost = [0.0; LANES];
        match release {
            Some(k) => {
                let Operated { without, with, .. } = &operated[k];
                cost = lanes(|l| without[l] - with[l]);
                ladder.set_amount(rung, slot, &self.joint.shift[k]);
            }
            None => ladder.set_amount(rung, slot, inside),
        }
        for state in 0..self.states {
            let (land, before) = (&self.land[state], &self.land_before[state]);
            let added: Lane = lanes(|l| inside[l] * (land[l] - before[l]));
            if state == obligor {
                cost = lanes(|l| cost[l] - added[l]);
            } else {
                ladder.set_benefit(rung, slot, state, &added);
            }
        }
        ladder.set_cost(rung, slot, &cost);
    }

    /// Fuel that is nothing, TWh.
    fn least_fuel(&self, k: usize) -> f64 {
        NOTHING * reservoir_of(&self.basin, k).thermal_capacity_winter
    }

    /// One supplier's part of the fuel that is delivered to an operator.
    #[inline(always)]
    fn set_fuel(&self, rows: &mut Rows<'_>, (rung, slot, k): (usize, usize, usize), supplier: usize, delivered: &Lane) {
        let operator = self.owner(k);
        let unit_cost = self.fuel_cost[supplier].unwrap_or(0.0);
        let Rows { now, inside, ladder, operated, .. } = rows;
        let (supplies, receives, added) = (&inside[supplier], &inside[operator], &operated[k].fuelled);
        let least = self.least_fuel(k);
        let part = self.share_of(supplier, k);
        let share: Lane = lanes(|l| supplies[l] * receives[l] * part[l]);
        let amount: Lane = lanes(|l| {
            let own = share[l] * delivered[l];
            if own > least { own } else { 0.0 }
        });
        ladder.set_amount(rung, slot, &amount);
        ladder.set_cost(rung, slot, &lanes(|l| amount[l] * unit_cost * now.fuel_price[l]));
        ladder.set_benefit(rung, slot, operator, &lanes(|l| if amount[l] > 0.0 { share[l] * added[l] } else { 0.0 }));
    }
}

/// What the rows of a year's plans are made of.
struct Rows<'a> {
    now: &'a Conditions<LANES>,
    constants: &'a YearConstants,
    /// By state: 1 where it is a member, else 0.
    inside: &'a [Lane; MAX_STATES],
    ladder: &'a mut Ladder,
    /// By operator.
    operated: &'a mut [Operated],
}

/// What an operator may agree to, and what its power is worth.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Operated {
    /// Shift at full depth, km³.
    shift: Lane,
    /// Fuel delivered at full depth, TWh.
    fuel: Lane,
    /// Value of power where nothing is agreed, MUSD.
    without: Lane,
    /// The same with what is released at a depth.
    with: Lane,
    /// What the fuel of that depth adds.
    fuelled: Lane,
}
