//! Settlement of a basin-year: routing and payoffs with the performed acts and the realised prices
//! (ODD §5.1).

use super::joint::{Conditions, Joint, YearConstants, reservoir_of, winter_hydro};
use super::{BasinSlot, BasinWorld, Memory};
use crate::domain::Settlement;
use crate::ids::MAX_STATES;
use crate::numeric::lanes;
use crate::plan::{Acts, Physical};
use crate::scenario::types::{Basin, Scenario, SlotKind};

impl BasinWorld {
    pub(in crate::domain) fn settle(
        &mut self,
        _: &Scenario,
        year: usize,
        lane: usize,
        acts: &[Acts<'_>],
        memory: &mut Memory,
    ) -> Settlement {
        let mut gain = [0.0; MAX_STATES];
        let now = &self.years[year];
        let fuel_price = now.real.fuel_price[lane];
        let (attempted, fuel) = self.performed_acts(acts, |obligor, done| {
            gain[obligor] -= done * self.fuel_cost[obligor].unwrap_or(0.0) * fuel_price;
        });
        // Forced releases do not count as shifts; water and turbines limit the shift.
        let mut shift = [0.0; MAX_STATES];
        let mut acted = false;
        for k in 0..self.basin.operators.len() {
            shift[k] = self.net_shift(k, year, lane, attempted[k]);
            acted |= shift[k] > 0.0 || fuel[k] > 0.0;
        }
        if !acted && !memory.differs {
            self.keep_reference_stock(year, lane, memory);
            return Settlement { gain, physical: self.years[year].baseline[lane] };
        }
        self.gather(year, lane, memory);
        let mut constants =
            std::mem::replace(&mut self.years[year].constants, YearConstants::empty());
        for (k, &node) in self.basin.operators.iter().enumerate() {
            let operator = self.basin.nodes[node].owner.index();
            let [with] = self.power_value(k, &self.single_conditions, &[shift[k]], &[fuel[k]]);
            let [without] = self.power_value(k, &self.single_conditions, &[0.0], &[0.0]);
            gain[operator] += with - without;
        }
        self.route_bodies(year, lane, acts, &constants);
        let mut irrigation = [[0.0; 1]; MAX_STATES];
        self.single.irrigation_benefit(&self.basin, &constants, &mut irrigation[..self.states]);
        for state in 0..self.states {
            gain[state] += irrigation[state][0] - self.years[year].real.irrigation[state][lane];
        }
        let last = &self.single.shift;
        let [physical] =
            physical(&self.basin, &constants, &self.single_conditions, &self.single, |k| {
                (last[k], [fuel[k]])
            });
        std::mem::swap(&mut self.years[year].constants, &mut constants);
        memory.differs = false;
        for n in 0..self.basin.nodes.len() {
            memory.stock[n] = self.single.winter.stored[n][0];
            let reference =
                self.years.get(year + 1).map_or(memory.stock[n], |next| next.real.stock[n][lane]);
            memory.differs |= memory.stock[n] != reference;
        }
        Settlement { gain, physical }
    }

    /// Returns the attempted shift (km³) and the delivered fuel (TWh) by operator. `delivered` is
    /// called with obligor and amount of each delivery.
    pub(super) fn performed_acts(
        &self,
        acts: &[Acts<'_>],
        mut delivered: impl FnMut(usize, f64),
    ) -> ([f64; MAX_STATES], [f64; MAX_STATES]) {
        let (mut attempted, mut fuel) = ([0.0; MAX_STATES], [0.0; MAX_STATES]);
        for (plan, performed) in acts {
            for (slot, entry) in self.slots.iter().enumerate() {
                let done = plan.amount(slot) * performed[slot];
                match entry.kind {
                    SlotKind::Release(k) => attempted[k] += done,
                    SlotKind::Fuel(k) => {
                        fuel[k] += done;
                        delivered(entry.obligor, done);
                    }
                    _ => {}
                }
            }
        }
        (attempted, fuel)
    }

    /// Routes both seasons, body by body. Water moved by one body is extra water on top of the
    /// bodies before it, and passes where the body's own members let it.
    pub(super) fn route_bodies(
        &mut self,
        year: usize,
        lane: usize,
        acts: &[Acts<'_>],
        constants: &YearConstants,
    ) {
        let mut before = [0.0; MAX_STATES];
        for at in 0..acts.len().max(1) {
            let act = acts.get(at);
            if at > 0 {
                self.single.rebase(&self.basin, &mut self.single_conditions, constants);
            }
            self.single.shift.fill([0.0; 1]);
            for (n, node) in self.basin.nodes.iter().enumerate() {
                let owner = node.owner.index();
                let requested = |slot: &BasinSlot| {
                    matches!(slot.kind, SlotKind::PassThrough) && slot.obligor == owner
                };
                self.single.pass[n] = [match (self.slots.iter().position(requested), act) {
                    (Some(slot), Some((_, performed))) => performed[slot],
                    (Some(_), None) => 0.0,
                    (None, _) => 1.0,
                }];
            }
            if let Some((plan, performed)) = act {
                for (slot, entry) in self.slots.iter().enumerate() {
                    if let SlotKind::Release(k) = entry.kind {
                        let all = before[k] + plan.amount(slot) * performed[slot];
                        let more = self.net_shift(k, year, lane, all)
                            - self.net_shift(k, year, lane, before[k]);
                        self.single.shift[k] = [more];
                        before[k] = all;
                    }
                }
            }
        }
        self.single.flow(&self.basin, &self.single_conditions, constants, true);
    }

    fn keep_reference_stock(&self, year: usize, lane: usize, memory: &mut Memory) {
        if let Some(next) = self.years.get(year + 1) {
            for (stock, reference) in memory.stock.iter_mut().zip(&next.real.stock) {
                *stock = reference[lane];
            }
        }
    }

    /// Copies one replication of the realised year into the buffers of width 1.
    pub(super) fn gather(&mut self, year: usize, lane: usize, memory: &Memory) {
        let (from, to) = (&self.years[year].real, &mut self.single_conditions);
        for n in 0..self.basin.nodes.len() {
            to.summer[n] = [from.summer[n][lane]];
            to.winter[n] = [from.winter[n][lane]];
            to.flow[n] = [from.flow[n][lane]];
            to.withdrawal[n] = [from.withdrawal[n][lane]];
            to.stock[n] = [memory.stock[n]];
        }
        for (to, from) in to.power.iter_mut().zip(&from.power) {
            *to = from.alone(lane);
        }
    }
}

/// Returns the physical results of a year from the seasons last computed. `extra` gives each
/// operator's shift and delivered fuel.
#[inline(always)]
pub(super) fn physical<const L: usize>(
    basin: &Basin,
    constants: &YearConstants,
    conditions: &Conditions<L>,
    seasons: &Joint<L>,
    extra: impl Fn(usize) -> ([f64; L], [f64; L]),
) -> [Physical; L] {
    let zeros = [0.0; L];
    let (mut irrigation, mut floods, mut power_deficit) = (zeros, zeros, zeros);
    let (mut in_summer, mut in_year, mut delivered) = (zeros, zeros, zeros);
    for (n, node) in basin.nodes.iter().enumerate() {
        let (demand, taken, flow) =
            (constants.demand[n], &seasons.summer.withdrawal[n], &seasons.winter.flow[n]);
        for l in 0..L {
            irrigation[l] += (demand - taken[l]).max(0.0);
            let excess = (flow[l] - node.winter_channel).max(0.0);
            floods[l] += node.flood_phi * excess * excess;
        }
    }
    for (k, &node) in basin.operators.iter().enumerate() {
        let (reservoir, power) = (reservoir_of(basin, k), &conditions.power[k]);
        let (shift, fuel) = extra(k);
        let (summer, winter) = (&conditions.summer[node], &conditions.winter[node]);
        for l in 0..L {
            let system = power.at(l);
            let dispatch =
                system.with_delivered(winter_hydro(reservoir, winter[l], shift[l]), fuel[l]);
            power_deficit[l] += (system.winter.quantity - dispatch.power).max(0.0);
            in_summer[l] += summer[l] + shift[l];
            in_year[l] += summer[l] + winter[l];
            delivered[l] += fuel[l];
        }
    }
    let sink: [f64; L] = lanes(|l| seasons.summer.sink[l] + seasons.winter.sink[l]);
    lanes(|l| Physical {
        irrigation_deficit: irrigation[l],
        winter_power_deficit: power_deficit[l],
        flood_cost: floods[l],
        summer_release: in_summer[l],
        annual_release: in_year[l],
        sink_inflow: sink[l],
        fuel_delivered: delivered[l],
    })
}
