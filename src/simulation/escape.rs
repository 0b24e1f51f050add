//! Escape clause: in which years a state may lawfully suspend its obligations (ODD §7).

use super::Engine;
use super::deal::Deal;
use super::prepared::{Costs, Escape, Pilot, Prepared, SlotInfo};
use crate::domain::{PILOT, Sample, World};
use crate::draws::Draws;
use crate::ids::{MAX_DOMAINS, MAX_STATES, Members};
use crate::plan::Plan;
use crate::scenario::raw::organisation::{EscapeTable, EscapeTrigger};
use crate::scenario::types::Scenario;
use crate::scenario::types::design::Design;

/// Adds the costs of a plan's obligations by season and obligor.
fn costs(plan: &Plan<'_>, slots: &[SlotInfo], mut owed: impl FnMut(usize) -> bool) -> Costs {
    let mut costs = [[0.0; MAX_STATES]; 2];
    for (slot, info) in slots.iter().enumerate() {
        if plan.amount(slot) > 0.0 && owed(slot) {
            costs[info.season as usize][info.obligor] += plan.cost(slot);
        }
    }
    costs
}

/// Returns the smallest value that at least the share `quantile` of the weight does not exceed.
fn quantile_of(mut values: Vec<(f64, f64)>, quantile: f64) -> f64 {
    values.sort_by(|a, b| a.0.total_cmp(&b.0));
    let total: f64 = values.iter().map(|(_, weight)| weight).sum();
    let mut below = 0.0;
    for (value, weight) in &values {
        below += weight;
        if below >= (quantile - 1e-12) * total {
            return *value;
        }
    }
    f64::INFINITY
}

impl Escape {
    /// Prepares the clause of a design. Quantiles are taken over the states of the world of stage
    /// games, elsewhere over the pilot replications.
    pub(super) fn of(
        scenario: &Scenario,
        design: &Design,
        pilot: &Pilot<'_>,
        samples: &[Sample],
        slots: &[Vec<SlotInfo>],
    ) -> Option<Self> {
        let EscapeTable { trigger, quantile, .. } = design.escape?;
        let years = || (0..scenario.horizon).flat_map(|y| (0..PILOT).map(move |l| (y, l)));
        let weighted = |values: &[f64]| values.iter().map(|value| (*value, 1.0)).collect();
        Some(match trigger {
            EscapeTrigger::Drought => {
                let inflow = |(year, lane)| inflow(pilot.worlds, year, lane);
                let inflows: Vec<f64> = years().map(inflow).collect();
                let low = quantile_of(weighted(&inflows), 1.0 - quantile);
                Escape::Drought(low, inflows.iter().map(|inflow| *inflow < low).collect())
            }
            EscapeTrigger::Price => {
                let row = pilot.layout.fuel_price();
                let prices: Vec<f64> =
                    years().map(|(year, lane)| pilot.draws.at(year, row, lane)).collect();
                let high = quantile_of(weighted(&prices), quantile);
                Escape::Price(high, prices.iter().map(|price| *price > high).collect())
            }
            EscapeTrigger::Cost => Escape::Cost(
                samples
                    .iter()
                    .zip(slots)
                    .map(|(sample, slots)| thresholds(scenario, sample, slots, quantile))
                    .collect(),
            ),
        })
    }

    /// Returns whether a natural condition is met in a year of a replication.
    pub(super) fn is_met(
        &self,
        engine: &Engine,
        worlds: &[World],
        draws: &Draws,
        (year, lane): (usize, usize),
    ) -> bool {
        match self {
            Escape::Cost(_) => false,
            Escape::Drought(low, _) => inflow(worlds, year, lane) < *low,
            Escape::Price(high, _) => draws.at(year, engine.layout.fuel_price(), lane) > *high,
        }
    }

    /// Returns whether a natural condition is met in a cell of the pilot.
    pub(super) fn is_met_in_pilot(&self, cell: usize) -> bool {
        match self {
            Escape::Cost(_) => false,
            Escape::Drought(_, years) | Escape::Price(_, years) => {
                years.get(cell).copied().unwrap_or(false)
            }
        }
    }

    /// Returns the states that may suspend their obligations, by position in the table's list of
    /// domains and season. `is_met` is whether a natural condition is met.
    pub(super) fn escapes(
        &self,
        prepared: &Prepared,
        deal: &Deal<'_>,
        levels: &[Option<usize>],
        is_met: bool,
    ) -> [[Members; 2]; MAX_DOMAINS] {
        let mut all = [[Members::NONE; 2]; MAX_DOMAINS];
        for (at, (&domain, level)) in deal.domains.iter().zip(levels).enumerate() {
            let (Some(plan), Some(level)) = (&deal.plans[at], level) else { continue };
            all[at] = match self {
                Escape::Cost(thresholds) => {
                    let slots = &prepared.slots[domain];
                    let owed = |slot| prepared.can_fall_due(domain, slot, deal.bound);
                    let own = costs(plan, slots, owed);
                    let high = &thresholds[domain][*level];
                    [0, 1].map(|season| {
                        let beyond = |state: &usize| {
                            own[season][*state] > high[season][*state] * (1.0 + 1e-9)
                        };
                        (0..prepared.states()).filter(beyond).collect()
                    })
                }
                Escape::Drought(..) | Escape::Price(..) if is_met => [deal.bound; 2],
                Escape::Drought(..) | Escape::Price(..) => [Members::NONE; 2],
            };
        }
        all
    }
}

/// Returns the summer inflow of all rivers, km³.
fn inflow(worlds: &[World], year: usize, lane: usize) -> f64 {
    worlds.iter().map(|world| world.summer_inflow(year, lane)).sum()
}

/// Returns the quantile of each state's cost in a domain, by depth level.
fn thresholds(
    scenario: &Scenario,
    sample: &Sample,
    slots: &[SlotInfo],
    quantile: f64,
) -> Vec<Costs> {
    let of_level = |level| {
        let mut high = [[0.0; MAX_STATES]; 2];
        let cells: Vec<(Costs, f64)> = sample
            .cells
            .iter()
            .map(|cell| {
                let plan = sample.grid.plan(cell.year, level, cell.lane);
                (costs(&plan, slots, |_| true), cell.probability)
            })
            .collect();
        for (season, high) in high.iter_mut().enumerate() {
            for (state, high) in high.iter_mut().enumerate().take(scenario.states.len()) {
                let own = cells.iter().map(|(costs, weight)| (costs[season][state], *weight));
                *high = quantile_of(own.collect(), quantile);
            }
        }
        high
    };
    (0..scenario.depth_levels).map(of_level).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quantile_is_the_smallest_value_with_enough_weight_at_or_below_it() {
        let values = || vec![(60.0, 0.2), (30.0, 0.8)];
        assert_eq!(quantile_of(values(), 0.8), 30.0);
        assert_eq!(quantile_of(values(), 0.81), 60.0);
        assert_eq!(quantile_of(values(), 0.5), 30.0);
    }
}
