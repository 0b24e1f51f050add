//! A domain some of whose obligations are cut into equal parts, for tests: nothing above the plan
//! may depend on how finely a plan is cut (ODD §12).

use super::{Memory, Settlement, World};
use crate::ids::SlotId;
use crate::numeric::{LANES, lanes};
use crate::plan::{Acts, Lane, OfferGrid, Parties, Plan};
use crate::scenario::types::{Scenario, Slot};

/// A world whose plans have several slots for some obligations of another world.
#[derive(Debug, Clone)]
pub struct SplitWorld {
    inner: World,
    /// Slot of the inner world by slot of this one.
    origin: Vec<usize>,
    /// Number of parts by slot of the inner world.
    parts: Vec<usize>,
    states: usize,
    years: usize,
}

/// Cuts an obligation of a domain, and all that it triggers, into `parts` equal parts. Returns the
/// scenario with the slots of the parts, and the worlds that make plans with them.
pub fn split(
    scenario: &Scenario,
    domain: usize,
    cut: usize,
    parts: usize,
) -> (Scenario, Vec<World>) {
    let own = scenario.domains[domain].slots.clone();
    let slots = &scenario.slots[own.clone()];
    let local = |slot: SlotId| slot.index() - own.start;
    let follows = |slot: usize| {
        std::iter::successors(Some(slot), |at| slots[*at].trigger.map(local)).any(|at| at == cut)
    };
    let counts: Vec<usize> =
        (0..slots.len()).map(|slot| if follows(slot) { parts } else { 1 }).collect();
    let first = |slot: usize| counts[..slot].iter().sum::<usize>();
    let (mut origin, mut fine) = (Vec::new(), Vec::new());
    for (slot, info) in slots.iter().enumerate() {
        for part in 0..counts[slot] {
            origin.push(slot);
            let trigger = info.trigger.map(|trigger| {
                let trigger = local(trigger);
                let part = if counts[trigger] > 1 { part } else { 0 };
                SlotId::at(own.start + first(trigger) + part)
            });
            fine.push(Slot { trigger, ..info.clone() });
        }
    }
    let added = fine.len() - slots.len();
    let mut cut_scenario = scenario.clone();
    cut_scenario.slots.splice(own.clone(), fine);
    for (other, place) in cut_scenario.domains.iter_mut().enumerate() {
        if other == domain {
            place.slots.end += added;
        } else if place.slots.start >= own.end {
            place.slots = place.slots.start + added..place.slots.end + added;
        }
    }
    for slot in &mut cut_scenario.slots[own.end + added..] {
        slot.trigger = slot.trigger.map(|trigger| SlotId::at(trigger.index() + added));
    }
    let worlds = (0..scenario.domains.len())
        .map(|index| {
            let inner = World::new(scenario, index);
            if index != domain {
                return inner;
            }
            let (states, years) = (scenario.states.len(), scenario.horizon);
            let (origin, parts) = (origin.clone(), counts.clone());
            World::Split(Box::new(SplitWorld { inner, origin, parts, states, years }))
        })
        .collect();
    (cut_scenario, worlds)
}

impl SplitWorld {
    pub(super) fn inner(&self) -> &World {
        &self.inner
    }

    pub(super) fn inner_mut(&mut self) -> &mut World {
        &mut self.inner
    }

    fn count(&self, slot: usize) -> f64 {
        self.parts[self.origin[slot]] as f64
    }

    /// Adds up a number of this world's slots by slot of the inner world.
    fn sum(&self, of: impl Fn(usize) -> f64) -> Vec<f64> {
        let mut sums = vec![0.0; self.parts.len()];
        for (slot, &origin) in self.origin.iter().enumerate() {
            sums[origin] += of(slot);
        }
        sums
    }

    /// Returns the values of the inner world's plan.
    fn whole(&self, plan: &Plan<'_>) -> Vec<f64> {
        let (cost, amount) = (self.sum(|slot| plan.cost(slot)), self.sum(|slot| plan.amount(slot)));
        let benefits: Vec<Vec<f64>> =
            (0..self.states).map(|state| self.sum(|slot| plan.benefit(slot, state))).collect();
        (0..self.parts.len())
            .flat_map(|slot| {
                let benefits = benefits.iter().map(move |own| own[slot]);
                [cost[slot], amount[slot]].into_iter().chain(benefits)
            })
            .collect()
    }

    pub(super) fn plan(&mut self, year: usize, grid: &mut OfferGrid) {
        let (levels, members) = (grid.levels(), grid.members());
        let mut own = OfferGrid::new(self.years, levels, self.parts.len(), self.states);
        own.reset_for(lanes(|l| {
            let variant = grid.variant(l) as u32;
            Some(Parties { members: members[l], in_kind: grid.in_kind(), variant })
        }));
        for amounts in grid.base() {
            let sums: Vec<Vec<f64>> =
                (0..LANES).map(|l| self.sum(|slot| amounts[slot][l])).collect();
            own.push_base((0..self.parts.len()).map(|slot| lanes(|l| sums[l][slot])));
        }
        self.inner.plan(year, &mut own);
        for level in 0..levels {
            let plans = own.plans(0, year, level);
            for (slot, &origin) in self.origin.iter().enumerate() {
                let parts = self.count(slot);
                let part = |row: &Lane| -> Lane { lanes(|l| row[l] / parts) };
                grid.set_cost(level, slot, &part(plans.cost(origin)));
                grid.set_amount(level, slot, &part(plans.amount(origin)));
                for state in 0..self.states {
                    grid.set_benefit(level, slot, state, &part(plans.benefit(origin, state)));
                }
            }
        }
    }

    pub(super) fn cost_when_due(
        &self,
        plan: &Plan<'_>,
        slot: usize,
        (year, lane): (usize, usize),
        before: f64,
    ) -> f64 {
        let whole = self.whole(plan);
        let plan = Plan::copied(&whole, self.states);
        let parts = self.count(slot);
        self.inner.cost_when_due(&plan, self.origin[slot], year, lane, before * parts) / parts
    }

    pub(super) fn effect(
        &self,
        slot: usize,
        (year, lane): (usize, usize),
        before: f64,
        amount: f64,
    ) -> f64 {
        let parts = self.count(slot);
        self.inner.effect(self.origin[slot], year, lane, before * parts, amount * parts)
    }

    pub(super) fn settle(
        &mut self,
        scenario: &Scenario,
        (year, lane): (usize, usize),
        acts: &[Acts<'_>],
        memory: &mut Memory,
    ) -> Settlement {
        let whole: Vec<(Vec<f64>, Vec<f64>)> = acts
            .iter()
            .map(|(plan, performed)| {
                (self.whole(plan), self.sum(|slot| performed[slot] / self.count(slot)))
            })
            .collect();
        let acts: Vec<Acts<'_>> = whole
            .iter()
            .map(|(cells, performed)| (Plan::copied(cells, self.states), performed.as_slice()))
            .collect();
        self.inner.settle(scenario, year, lane, &acts, memory)
    }
}
