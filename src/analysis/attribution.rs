//! Attribution of the difference between two designs to the switches in which they differ: stepwise
//! in a stated order, and by Shapley values (ODD §11).
//!
//! The players of the game are the switches. The value of a set of switches is a measure of the
//! design in which these are changed. Shapley values add up to the whole difference, even if some
//! switches have an effect only together. The designs are simulated elsewhere.

use crate::experiment::measure_columns::Column;
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

/// Largest number of switches for which all sets are simulated; above it, orders are sampled.
pub const EXACT: usize = 10;
/// Number of sampled orders, each of which is used with its reverse.
const SAMPLED: usize = 60;

/// Sets of switches that must be simulated.
#[derive(Debug, Clone)]
pub struct AttributionPlan {
    switches: usize,
    /// Sets as bit masks, in the order in which [`Formulas`] expects their values. The empty set is
    /// first, the full one second.
    pub sets: Vec<u64>,
    /// Sampled orders; empty if all sets are simulated.
    orders: Vec<Vec<usize>>,
}

impl AttributionPlan {
    /// Creates the sets for a number of switches (at most 63). `seed` determines the sampled
    /// orders.
    pub fn new(switches: usize, seed: u64) -> Self {
        let full = (1 << switches) - 1;
        let mut attribution_plan =
            AttributionPlan { switches, sets: vec![0, full], orders: Vec::new() };
        let mut wanted: Vec<u64> = prefixes(&(0..switches).collect::<Vec<_>>()).collect();
        if switches <= EXACT {
            wanted.extend(0..=full);
        } else {
            let mut generator = ChaCha8Rng::seed_from_u64(seed);
            for _ in 0..SAMPLED {
                let mut order: Vec<usize> = (0..switches).collect();
                order.shuffle(&mut generator);
                let reverse: Vec<usize> = order.iter().rev().copied().collect();
                attribution_plan.orders.extend([order, reverse]);
            }
            wanted.extend(
                attribution_plan
                    .orders
                    .iter()
                    .flat_map(|order| prefixes(order).collect::<Vec<_>>()),
            );
        }
        for set in wanted {
            if !attribution_plan.sets.contains(&set) {
                attribution_plan.sets.push(set);
            }
        }
        attribution_plan
    }

    /// Returns whether the Shapley values are exact, that is, whether all sets are simulated.
    pub fn is_exact(&self) -> bool {
        self.orders.is_empty()
    }

    /// Computes which sets enter each effect, and with what weight. One call serves all
    /// replications.
    pub fn prepare(&self) -> Formulas {
        let place = |set: u64| self.sets.iter().position(|known| *known == set).unwrap_or_default();
        let mut shapley: Vec<Vec<(usize, usize, f64)>> = vec![Vec::new(); self.switches];
        if self.is_exact() {
            // A set of size s before i has weight s! (n − s − 1)! / n!.
            let n = self.switches;
            let weight = |size: usize| {
                let mut inverse = n as f64;
                for k in 0..size {
                    inverse *= (n - 1 - k) as f64 / (k + 1) as f64;
                }
                1.0 / inverse
            };
            for set in 0..1u64 << n {
                for (i, terms) in shapley.iter_mut().enumerate().filter(|(i, _)| set >> i & 1 == 0)
                {
                    terms.push((
                        place(set),
                        place(set | 1 << i),
                        weight(set.count_ones() as usize),
                    ));
                }
            }
        } else {
            let share = 1.0 / self.orders.len() as f64;
            for order in &self.orders {
                let mut set = 0u64;
                for &i in order {
                    shapley[i].push((place(set), place(set | 1 << i), share));
                    set |= 1 << i;
                }
            }
        }
        let mut set = 0u64;
        let stepwise = (0..self.switches)
            .map(|i| {
                let before = place(set);
                set |= 1 << i;
                (before, place(set))
            })
            .collect();
        Formulas { shapley, stepwise, sampled: !self.is_exact() }
    }
}

fn prefixes(order: &[usize]) -> impl Iterator<Item = u64> + '_ {
    order.iter().scan(0u64, |set, &i| {
        *set |= 1 << i;
        Some(*set)
    })
}

/// Weighted differences of the values of sets that make up each effect.
#[derive(Debug, Clone)]
pub struct Formulas {
    shapley: Vec<Vec<(usize, usize, f64)>>,
    stepwise: Vec<(usize, usize)>,
    sampled: bool,
}

impl Formulas {
    /// Returns the Shapley value of each switch. `values` are in the order of
    /// [`AttributionPlan::sets`].
    pub fn shapley(&self, values: &[f64]) -> Vec<f64> {
        let of = |terms: &Vec<(usize, usize, f64)>| {
            terms
                .iter()
                .map(|&(without, with, weight)| weight * (values[with] - values[without]))
                .sum()
        };
        self.shapley.iter().map(of).collect()
    }

    /// Returns the effect of each switch if they are changed one after another in the stated order.
    pub fn stepwise(&self, values: &[f64]) -> Vec<f64> {
        self.stepwise.iter().map(|&(before, after)| values[after] - values[before]).collect()
    }

    /// Returns the whole difference: the value of the full set less that of the empty one.
    pub fn whole(&self, values: &[f64]) -> f64 {
        values[1] - values[0]
    }

    /// Returns the standard errors of the Shapley values from sampling orders, given mean values of
    /// the sets; 0 if all sets are simulated. An order and its reverse count as one draw.
    pub fn sampling_errors(&self, values: &[f64]) -> Vec<f64> {
        if !self.sampled {
            return vec![0.0; self.shapley.len()];
        }
        let of = |terms: &Vec<(usize, usize, f64)>| {
            let step = |&(without, with, _): &(usize, usize, f64)| values[with] - values[without];
            let pairs: Vec<f64> =
                terms.chunks(2).map(|pair| pair.iter().map(step).sum::<f64>() / 2.0).collect();
            super::Statistic::of(&pairs).se
        };
        self.shapley.iter().map(of).collect()
    }
}

/// Effect of one switch on one measure.
#[derive(Debug, Clone)]
pub struct Part {
    /// Measure and state.
    pub column: Column,
    /// Position of the switch; one past the last stands for the whole difference.
    pub switch: usize,
    /// Effect in the stated order, in the unit of the measure.
    pub stepwise: f64,
    /// Shapley value, in the unit of the measure.
    pub shapley: f64,
    /// Standard error of the Shapley value, over replications and sampled orders.
    pub se: f64,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn simulate(attribution_plan: &AttributionPlan, value: impl Fn(u64) -> f64) -> Vec<f64> {
        attribution_plan.sets.iter().map(|&set| value(set)).collect()
    }

    #[test]
    fn shapley_splits_an_interaction_that_stepwise_assigns_to_the_last_switch() {
        let attribution_plan = AttributionPlan::new(3, 1);
        let values =
            simulate(&attribution_plan, |set| if set & 0b011 == 0b011 { 10.0 } else { 0.0 });
        let shapley = attribution_plan.prepare().shapley(&values);
        for (found, expected) in shapley.iter().zip([5.0, 5.0, 0.0]) {
            assert!((found - expected).abs() < 1e-12, "{shapley:?}");
        }
        assert_eq!(attribution_plan.prepare().stepwise(&values), [0.0, 10.0, 0.0]);
    }

    #[test]
    fn sampled_shapley_values_agree_within_their_errors() {
        // Twelve switches, the first two work only together, the rest add up.
        let value = |set: u64| {
            let pair = if set & 0b11 == 0b11 { 10.0 } else { 0.0 };
            pair + (2..12).map(|i| f64::from((set >> i & 1) as u32) * i as f64).sum::<f64>()
        };
        let attribution_plan = AttributionPlan::new(12, 3);
        assert!(!attribution_plan.is_exact());
        let values = simulate(&attribution_plan, value);
        let formulas = attribution_plan.prepare();
        let (shapley, errors) = (formulas.shapley(&values), formulas.sampling_errors(&values));
        assert!((shapley[0] - 5.0).abs() <= 4.0 * errors[0] + 1e-9, "{shapley:?} {errors:?}");
        assert!((shapley[7] - 7.0).abs() < 1e-9);
        assert!((shapley.iter().sum::<f64>() - formulas.whole(&values)).abs() < 1e-9);
    }

    proptest! {
        #[test]
        fn shapley_values_and_steps_add_up_to_the_whole_difference(
            n in 1usize..6, table in proptest::collection::vec(-10.0f64..10.0, 64),
        ) {
            let attribution_plan = AttributionPlan::new(n, 1);
            let values = simulate(&attribution_plan, |set| table[set as usize]);
            let formulas = attribution_plan.prepare();
            let whole = formulas.whole(&values);
            prop_assert!((formulas.shapley(&values).iter().sum::<f64>() - whole).abs() < 1e-9);
            prop_assert!((formulas.stepwise(&values).iter().sum::<f64>() - whole).abs() < 1e-9);
        }
    }
}
