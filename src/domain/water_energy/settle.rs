//! Settlement of a basin-year: the physics again, with the actions taken and the prices realised (ODD §5.1).

use super::joint::{Conditions, Joint, YearConstants, reservoir_of, winter_hydro};
use super::power::PowerYear;
use super::{BasinWorld, Memory};
use crate::domain::Settlement;
use crate::ids::MAX_STATES;
use crate::plan::{Physical, Plan};
use crate::scenario::types::{Basin, Scenario, SlotKind};

impl BasinWorld {
    pub(in crate::domain) fn settle(
        &mut self,
        _: &Scenario,
        year: usize,
        lane: usize,
        plan: Option<(Plan<'_>, &[f64])>,
        memory: &mut Memory,
    ) -> Settlement {
        let mut gain = [0.0; MAX_STATES];
        let now = &self.years[year];
        let mut shift = [0.0; MAX_STATES];
        let mut fuel = [0.0; MAX_STATES];
        let mut acted = false;
        if let Some((plan, performed)) = plan {
            for (slot, entry) in self.slots.iter().enumerate() {
                let done = plan.amount(slot) * performed[slot];
                match entry.kind {
                    SlotKind::Release(k) => {
                        // Water forced out anyway is no shift; water and turbines set the limit.
                        let net = self.net_shift(k, year, lane, done);
                        shift[k] = net;
                        acted |= net > 0.0;
                    }
                    SlotKind::Fuel(k) => {
                        fuel[k] += done;
                        gain[entry.obligor] -=
                            done * self.fuel_cost[entry.obligor].unwrap_or(0.0) * now.real.fuel_price[lane];
                        acted |= done > 0.0;
                    }
                    _ => {}
                }
            }
        }
        if !acted && !memory.differs {
            self.keep_reference_stock(year, lane, memory);
            return Settlement { gain, physical: self.years[year].baseline[lane] };
        }
        self.gather(year, lane, memory, &shift);
        let performed = plan.map(|(_, performed)| performed);
        for (n, node) in self.basin.nodes.iter().enumerate() {
            let owner = node.owner.index();
            let slot =
                self.slots.iter().position(|slot| matches!(slot.kind, SlotKind::PassThrough) && slot.obligor == owner);
            self.single.pass[n] = [match (slot, performed) {
                (Some(slot), Some(performed)) => performed[slot],
                (Some(_), None) => 0.0,
                (None, _) => 1.0,
            }];
        }
        let constants = &self.years[year].constants;
        self.single.flow::<false>(&self.basin, &self.single_conditions, constants, 0, true);
        let mut land = [[0.0; 1]; MAX_STATES];
        self.single.land_value(&self.basin, constants, &mut land[..self.states]);
        for state in 0..self.states {
            gain[state] += land[state][0] - self.years[year].real.land[state][lane];
        }
        for (k, &node) in self.basin.operators.iter().enumerate() {
            let operator = self.basin.nodes[node].owner.index();
            gain[operator] += self.power_value(k, &self.single_conditions, constants, 0, shift[k], fuel[k])
                - self.power_value(k, &self.single_conditions, constants, 0, 0.0, 0.0);
        }
        let physical =
            physical(&self.basin, constants, &self.single_conditions, &self.single, 0, |k| (shift[k], fuel[k]));
        memory.differs = false;
        for n in 0..self.basin.nodes.len() {
            memory.stock[n] = self.single.winter.stored[n][0];
            let reference = self.years.get(year + 1).map_or(memory.stock[n], |next| next.real.stock[n][lane]);
            memory.differs |= memory.stock[n] != reference;
        }
        Settlement { gain, physical }
    }

    fn keep_reference_stock(&self, year: usize, lane: usize, memory: &mut Memory) {
        if let Some(next) = self.years.get(year + 1) {
            for (stock, reference) in memory.stock.iter_mut().zip(&next.real.stock) {
                *stock = reference[lane];
            }
        }
    }

    /// Takes one replication of the realised year into the scratch space of width 1.
    fn gather(&mut self, year: usize, lane: usize, memory: &Memory, shift: &[f64; MAX_STATES]) {
        let (from, to) = (&self.years[year].real, &mut self.single_conditions);
        for n in 0..self.basin.nodes.len() {
            to.summer[n] = [from.summer[n][lane]];
            to.winter[n] = [from.winter[n][lane]];
            to.flow[n] = [from.flow[n][lane]];
            to.withdrawal[n] = [from.withdrawal[n][lane]];
            to.stock[n] = [memory.stock[n]];
        }
        for k in 0..self.basin.operators.len() {
            self.single.shift[k] = [shift[k]];
        }
        to.severity = [from.severity[lane]];
        to.fuel_price = [from.fuel_price[lane]];
    }
}

/// The year in physical terms, from the seasons last computed; `extra` is each operator's (shift, delivered fuel).
pub(super) fn physical<const L: usize>(
    basin: &Basin,
    constants: &YearConstants,
    conditions: &Conditions<L>,
    seasons: &Joint<L>,
    l: usize,
    extra: impl Fn(usize) -> (f64, f64),
) -> Physical {
    let mut year = Physical { sink_inflow: seasons.summer.sink[l] + seasons.winter.sink[l], ..Physical::default() };
    for (n, node) in basin.nodes.iter().enumerate() {
        year.irrigation_deficit += (constants.demand[n] - seasons.summer.withdrawal[n][l]).max(0.0);
        let excess = (seasons.winter.flow[n][l] - node.winter_channel).max(0.0);
        year.flood_cost += node.flood_phi * excess * excess;
    }
    for (k, &node) in basin.operators.iter().enumerate() {
        let reservoir = reservoir_of(basin, k);
        let (shift, fuel) = extra(k);
        let (summer, winter) = (conditions.summer[node][l], conditions.winter[node][l]);
        let power = PowerYear::new(
            reservoir,
            constants.power_growth[k],
            conditions.severity[l],
            constants.commercial * conditions.fuel_price[l],
        );
        let dispatch = power.with_delivered(reservoir, winter_hydro(reservoir, winter, shift), fuel);
        year.winter_power_deficit += (power.winter.quantity - dispatch.power).max(0.0);
        year.summer_release += summer + shift;
        year.annual_release += summer + winter;
        year.fuel_delivered += fuel;
    }
    year
}
