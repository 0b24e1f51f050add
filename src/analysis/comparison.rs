//! Comparison of designs on common draws: paired differences with intervals, regret, and a ranking
//! with ties (ODD §11).
//!
//! The input is a `Summary`; nothing is simulated here.

use super::paired::PairedDifference;
use super::replications::for_effect;
use super::summary::{Statistic, Summary};
use crate::experiment::measures::{ACROSS, Better, MEASURES};
use crate::numeric::TWO_SIDED_95;

/// A row of `differences.csv`: design a less design b.
#[derive(Debug, Clone, Copy)]
pub struct Difference {
    /// Position in the list of measures.
    pub measure: usize,
    /// Position of the state; `None` for the region.
    pub state: Option<usize>,
    /// Position of design a.
    pub a: usize,
    /// Position of design b, which is subtracted.
    pub b: usize,
    /// Paired difference a − b, in the unit of the measure.
    pub paired: PairedDifference,
}

impl Difference {
    /// Returns the 95 % interval of the mean difference.
    pub fn interval(&self) -> (f64, f64) {
        let half = TWO_SIDED_95 * self.paired.se;
        (self.paired.mean - half, self.paired.mean + half)
    }

    /// Returns the probability that a does better in a replication (ties count half). Returns NaN
    /// if neither direction of the measure is better.
    pub fn p_a_better(&self) -> f64 {
        match MEASURES[self.measure].better {
            Better::Higher => self.paired.p_a_above,
            Better::Lower => 1.0 - self.paired.p_a_above,
            Better::Neither => f64::NAN,
        }
    }
}

/// Returns the differences of all pairs of designs in one measure of the region or of a state.
pub fn differences_of(
    summary: &Summary,
    designs: usize,
    measure: usize,
    state: Option<usize>,
) -> Vec<Difference> {
    let id = MEASURES[measure].id;
    let mut rows = Vec::new();
    for a in 0..designs {
        for b in a + 1..designs {
            let paired =
                PairedDifference::of(&summary.values(a, id, state), &summary.values(b, id, state));
            rows.push(Difference { measure, state, a, b, paired });
        }
    }
    rows
}

/// Returns all differences: every measure that exists in single replications, the region and every
/// state, every pair of designs.
pub fn differences(summary: &Summary, designs: usize, states: usize) -> Vec<Difference> {
    let mut rows = Vec::new();
    for (measure, definition) in MEASURES.iter().enumerate() {
        if ACROSS.contains(&definition.id) && definition.id != "loss_probability" {
            continue;
        }
        rows.extend(differences_of(summary, designs, measure, None));
        if definition.per_state {
            for state in 0..states {
                rows.extend(differences_of(summary, designs, measure, Some(state)));
            }
        }
    }
    rows
}

/// Returns the state that loses most often under a design, with the share of replications in which
/// its gain is below zero; `None` if no state ever loses.
pub fn most_at_risk(summary: &Summary, design: usize, states: usize) -> Option<(usize, f64)> {
    let chance = |state: usize| {
        let lost = summary.values(design, "loss_probability", Some(state));
        (state, Statistic::of(&lost).mean)
    };
    (0..states).map(chance).filter(|(_, chance)| *chance > 0.0).max_by(|a, b| a.1.total_cmp(&b.1))
}

/// A row of `ranking.csv`.
#[derive(Debug, Clone, Copy)]
pub struct Rank {
    /// Position of the design ranked.
    pub design: usize,
    /// Rank from 1; designs that are not distinguishable share it.
    pub rank: usize,
    /// Statistics of the measure.
    pub statistic: Statistic,
    /// Mean regret, the shortfall from the best design of each replication, and its standard error.
    pub regret: (f64, f64),
    /// Share of replications in which no design did better.
    pub best_share: f64,
    /// Paired difference of the previous design less this one; `None` for the first.
    pub to_previous: Option<PairedDifference>,
    /// Further replications needed to distinguish it from the previous design with a power of 80 %.
    /// 0 if they are distinguishable already; `None` for the first design, for designs that are the
    /// same in every replication, and without values.
    pub more_needed: Option<u64>,
}

/// Power with which differences are to be detected.
const POWER: f64 = 0.8;

/// Ranks the designs by a measure of the region. A design shares the rank of those before it if the
/// 95 % interval of its paired difference to the first of them contains 0. Regret and best share
/// use the replications in which every design has a value.
pub fn ranking(summary: &Summary, designs: usize, measure: usize) -> Vec<Rank> {
    let definition = &MEASURES[measure];
    let columns: Vec<Vec<f64>> =
        (0..designs).map(|design| summary.values(design, definition.id, None)).collect();
    let statistics: Vec<Statistic> = columns.iter().map(|column| Statistic::of(column)).collect();
    let sign = if definition.better == Better::Lower { -1.0 } else { 1.0 };
    let mut order: Vec<usize> = (0..designs).collect();
    // The sort is stable: designs with equal means keep the order in which they were named. Designs
    // without a value come last.
    let place = |design: usize| (statistics[design].mean.is_nan(), -sign * statistics[design].mean);
    order.sort_by(|&a, &b| place(a).0.cmp(&place(b).0).then(place(a).1.total_cmp(&place(b).1)));
    let count = columns.first().map_or(0, Vec::len);
    let complete: Vec<usize> =
        (0..count).filter(|&at| columns.iter().all(|column| !column[at].is_nan())).collect();
    let best = |at: usize| {
        columns.iter().map(|column| sign * column[at]).fold(f64::NEG_INFINITY, f64::max)
    };
    let mut ranks: Vec<Rank> = Vec::new();
    for (place, &design) in order.iter().enumerate() {
        let regrets: Vec<f64> =
            complete.iter().map(|&at| best(at) - sign * columns[design][at]).collect();
        let regret = Statistic::of(&regrets);
        let to_previous = place
            .checked_sub(1)
            .map(|before| PairedDifference::of(&columns[order[before]], &columns[design]));
        let more_needed = match &to_previous {
            Some(d) if d.mean == 0.0 && (d.se == 0.0 || d.se.is_nan()) => None,
            Some(d) if d.mean.is_nan() => None,
            Some(d) if d.mean.abs() > TWO_SIDED_95 * d.se => Some(0),
            Some(d) => {
                let needed = for_effect(d.mean / (d.se * (d.n as f64).sqrt()), POWER) as f64;
                Some((needed - d.n as f64).clamp(1.0, 1e15) as u64)
            }
            None => None,
        };
        // Compared with the first design of the tie, so that a chain of small differences is not a
        // tie.
        let leader = place.checked_sub(1).map(|before| ranks[before].rank - 1);
        let tied = leader.is_some_and(|leader| {
            let gap = PairedDifference::of(&columns[order[leader]], &columns[design]);
            gap.mean == 0.0 || gap.mean.abs() <= TWO_SIDED_95 * gap.se
        });
        let rank = match leader {
            Some(leader) if tied => leader + 1,
            _ => place + 1,
        };
        let best_share = regrets.iter().filter(|regret| **regret <= 0.0).count() as f64
            / regrets.len().max(1) as f64;
        ranks.push(Rank {
            design,
            rank,
            statistic: statistics[design],
            regret: (regret.mean, regret.se),
            best_share,
            to_previous,
            more_needed,
        });
    }
    ranks
}

/// Returns the gain from common draws for two designs: (Var a + Var b)/Var(a − b) over pairs
/// without NaN. With independent draws, this many times more replications would be needed for the
/// same precision.
pub fn variance_gain(a: &[f64], b: &[f64]) -> f64 {
    let pairs: Vec<(f64, f64)> = a
        .iter()
        .zip(b)
        .filter(|(a, b)| !a.is_nan() && !b.is_nan())
        .map(|(a, b)| (*a, *b))
        .collect();
    let variance = |values: Vec<f64>| Statistic::of(&values).sd.powi(2);
    let apart = variance(pairs.iter().map(|pair| pair.0).collect())
        + variance(pairs.iter().map(|pair| pair.1).collect());
    apart / variance(pairs.iter().map(|(a, b)| a - b).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variance_gain_is_the_ratio_of_independent_to_paired_variance() {
        // b = a + small: the difference varies little.
        let a: Vec<f64> = (0..100).map(f64::from).collect();
        let b: Vec<f64> = a.iter().enumerate().map(|(at, x)| x + (at % 2) as f64).collect();
        let gain = variance_gain(&a, &b);
        let expected = 2.0 * Statistic::of(&a).sd.powi(2) / 0.2525;
        assert!((gain / expected - 1.0).abs() < 0.02, "{gain} {expected}");
    }
}
