//! Plans of a basin: each obligation's cost and benefits are what it adds, in the order in which water meets the states,
//! so that they sum exactly to the gain of the whole plan (ODD §5.1, §8).

use super::joint::{Conditions, YearConstants, reservoir_of};
use super::{BasinSlot, BasinWorld};
use crate::ids::{MAX_STATES, Members};
use crate::numeric::{LANES, lanes};
use crate::plan::{Ladder, Lane, NOTHING};
use crate::scenario::types::SlotKind;

/// 1 in the replications in which a state is a member, else 0.
fn mask(members: &[Members; LANES], state: usize) -> Lane {
    lanes(|l| if members[l].contains(state) { 1.0 } else { 0.0 })
}

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
        let operators = self.basin.operators.len();
        let mut shift = [[0.0; LANES]; MAX_STATES];
        let mut fuel = [[0.0; LANES]; MAX_STATES];
        for k in 0..operators {
            let (least_shift, least_fuel) = (&now.shift_limit[k], self.least_fuel(k));
            let (found_shift, found_fuel) = (&self.joint.shift[k], &self.joint.fuel[k]);
            shift[k] = lanes(|l| if found_shift[l] > NOTHING * least_shift[l] { found_shift[l] } else { 0.0 });
            fuel[k] = lanes(|l| if found_fuel[l] > least_fuel { found_fuel[l] } else { 0.0 });
        }
        for rung in 0..ladder.rungs() {
            let depth = ladder.depth(rung);
            self.open_nodes(&[Members::NONE; LANES]);
            self.joint.shift.fill([0.0; LANES]);
            self.land_before.copy_from_slice(&now.land);
            // The winter follows the releases alone.
            let mut winter_is_known = false;
            for slot in 0..self.slots.len() {
                let BasinSlot { obligor, kind } = self.slots[slot];
                let inside = mask(members, obligor);
                if inside == [0.0; LANES] {
                    continue;
                }
                match kind {
                    SlotKind::Release(k) => {
                        for l in 0..LANES {
                            self.joint.shift[k][l] = inside[l] * (depth * shift[k][l]);
                        }
                        winter_is_known = false;
                    }
                    SlotKind::PassThrough => {
                        for (n, node) in self.basin.nodes.iter().enumerate() {
                            if node.owner.index() == obligor {
                                for l in 0..LANES {
                                    self.joint.pass[n][l] = self.joint.pass[n][l].max(inside[l]);
                                }
                            }
                        }
                    }
                    SlotKind::Fuel(k) => {
                        self.fuel_rows(now, constants, members, (rung, slot, k), obligor, &fuel[k], ladder);
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
                if winter_is_known {
                    self.joint.flow_in_summer(&self.basin, now, constants);
                } else {
                    self.joint.flow(&self.basin, now, constants, true);
                    winter_is_known = true;
                }
                self.joint.land_value(&self.basin, constants, &mut self.land);
                let mut cost = [0.0; LANES];
                if let SlotKind::Release(k) = kind {
                    let without = self.power_value(k, now, constants, &[0.0; LANES], &[0.0; LANES]);
                    let with = self.power_value(k, now, constants, &self.joint.shift[k], &[0.0; LANES]);
                    for l in 0..LANES {
                        cost[l] = without[l] - with[l];
                    }
                    ladder.set_amount(rung, slot, &self.joint.shift[k]);
                } else {
                    ladder.set_amount(rung, slot, &inside);
                }
                for state in 0..self.states {
                    let mut added = [0.0; LANES];
                    for l in 0..LANES {
                        added[l] = inside[l] * (self.land[state][l] - self.land_before[state][l]);
                    }
                    if state == obligor {
                        for l in 0..LANES {
                            cost[l] -= added[l];
                        }
                    } else {
                        ladder.set_benefit(rung, slot, state, &added);
                    }
                }
                ladder.set_cost(rung, slot, &cost);
                std::mem::swap(&mut self.land, &mut self.land_before);
            }
        }
    }

    /// Fuel that is nothing, TWh.
    fn least_fuel(&self, k: usize) -> f64 {
        NOTHING * reservoir_of(&self.basin, k).thermal_capacity_winter
    }

    /// One supplier's part of the fuel for an operator.
    #[allow(clippy::too_many_arguments)]
    fn fuel_rows(
        &self,
        now: &Conditions<LANES>,
        constants: &YearConstants,
        members: &[Members; LANES],
        (rung, slot, k): (usize, usize, usize),
        supplier: usize,
        fuel: &Lane,
        ladder: &mut Ladder,
    ) {
        let operator = self.basin.nodes[self.basin.operators[k]].owner.index();
        if supplier == operator || !ladder.in_kind() {
            return;
        }
        let (depth, unit_cost) = (ladder.depth(rung), self.fuel_cost[supplier].unwrap_or(0.0));
        let (supplies, receives) = (mask(members, supplier), mask(members, operator));
        let delivered: Lane = lanes(|l| depth * fuel[l]);
        let shift = &self.joint.shift[k];
        let with = self.power_value(k, now, constants, shift, &delivered);
        let without = self.power_value(k, now, constants, shift, &[0.0; LANES]);
        let least = self.least_fuel(k);
        let (mut amount, mut cost, mut benefit) = ([0.0; LANES], [0.0; LANES], [0.0; LANES]);
        for l in 0..LANES {
            let share = supplies[l] * receives[l] * self.share_of(supplier, k, l);
            let own = share * delivered[l];
            amount[l] = if own > least { own } else { 0.0 };
            cost[l] = amount[l] * unit_cost * now.fuel_price[l];
            benefit[l] = if amount[l] > 0.0 { share * (with[l] - without[l]) } else { 0.0 };
        }
        ladder.set_amount(rung, slot, &amount);
        ladder.set_cost(rung, slot, &cost);
        ladder.set_benefit(rung, slot, operator, &benefit);
    }
}
