//! Node flows of a year in a basin, for traces: computed with the routing that settles the year,
//! and only when a trace is recorded.

use super::joint::{YearConstants, reservoir_of, winter_hydro};
use super::{BasinWorld, Memory};
use crate::ids::MAX_STATES;
use crate::plan::Acts;

/// Flows and withdrawals of a node in a year, km³ per season.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NodeFlows {
    /// Flow below the withdrawal in summer, without return flow.
    pub summer_flow: f64,
    /// Flow that leaves the node in winter.
    pub winter_flow: f64,
    /// Withdrawal for irrigation in summer.
    pub withdrawal: f64,
    /// Unmet demand for irrigation.
    pub irrigation_deficit: f64,
    /// Winter flow above the capacity of the channel.
    pub winter_excess: f64,
    /// Releases and power of the node's operator; `None` elsewhere.
    pub operator: Option<OperatorFlows>,
}

/// Releases and power of an operator in a year.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct OperatorFlows {
    /// Outflow of the reservoir in summer, km³.
    pub summer_release: f64,
    /// Outflow in winter, km³.
    pub winter_release: f64,
    /// Fuel received under plans, TWh.
    pub fuel_delivered: f64,
    /// Unmet winter demand for power, TWh.
    pub winter_power_deficit: f64,
}

impl BasinWorld {
    /// Returns the node flows of a year with the given acts. Without acts and with the reference's
    /// memory they are those of the reference.
    pub(in crate::domain) fn routed(
        &mut self,
        year: usize,
        lane: usize,
        acts: &[Acts<'_>],
        memory: &Memory,
    ) -> Vec<NodeFlows> {
        let (attempted, fuel) = self.performed_acts(acts, |_, _| {});
        let mut shift = [0.0; MAX_STATES];
        for k in 0..self.basin.operators.len() {
            shift[k] = self.net_shift(k, year, lane, attempted[k]);
        }
        self.gather(year, lane, memory);
        // Outflows without cooperation are copied first, because routing changes them body by body.
        let mut outflow = [(0.0, 0.0); MAX_STATES];
        for (outflow, &node) in outflow.iter_mut().zip(&self.basin.operators) {
            *outflow =
                (self.single_conditions.summer[node][0], self.single_conditions.winter[node][0]);
        }
        let constants = std::mem::replace(&mut self.years[year].constants, YearConstants::empty());
        self.route_bodies(year, lane, acts, &constants);
        let (seasons, conditions) = (&self.single, &self.single_conditions);
        let nodes = self.basin.nodes.iter().enumerate().map(|(n, node)| {
            let operator = self.basin.operators.iter().position(|&at| at == n).map(|k| {
                let reservoir = reservoir_of(&self.basin, k);
                let (summer, winter) = outflow[k];
                let power = conditions.power[k].at(0);
                let dispatch =
                    power.with_delivered(winter_hydro(reservoir, winter, shift[k]), fuel[k]);
                OperatorFlows {
                    summer_release: summer + shift[k],
                    winter_release: winter - shift[k],
                    fuel_delivered: fuel[k],
                    winter_power_deficit: (power.winter.quantity - dispatch.power).max(0.0),
                }
            });
            let withdrawal = seasons.summer.withdrawal[n][0];
            NodeFlows {
                summer_flow: seasons.summer.flow[n][0] - withdrawal,
                winter_flow: seasons.winter.flow[n][0],
                withdrawal,
                irrigation_deficit: (constants.demand[n] - withdrawal).max(0.0),
                winter_excess: (seasons.winter.flow[n][0] - node.winter_channel).max(0.0),
                operator,
            }
        });
        let nodes = nodes.collect();
        self.years[year].constants = constants;
        nodes
    }

    /// Returns the memory of the reference at the start of a year.
    pub(in crate::domain) fn reference_memory(&self, year: usize, lane: usize) -> Memory {
        let stock = self.years[year].real.stock.iter().map(|stock| stock[lane]).collect();
        Memory { stock, ..Memory::default() }
    }
}
