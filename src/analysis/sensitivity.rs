//! How much of the variance of a result each parameter makes: Sobol' indices of a Saltelli design, and elementary effects
//! of a Morris design.

use super::Statistic;
use crate::numeric::TWO_SIDED_95;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// Sobol' indices of one parameter, with the half-widths of their 95 % bootstrap intervals.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SobolIndex {
    /// Share of the variance that the parameter makes by itself.
    pub first: f64,
    /// Half-width of its interval.
    pub first_half: f64,
    /// Share that it makes by itself and together with others.
    pub total: f64,
    /// Half-width of its interval.
    pub total_half: f64,
}

/// Sobol' indices of all parameters.
#[derive(Debug, Clone, PartialEq)]
pub struct SobolIndices {
    /// By parameter.
    pub parameters: Vec<SobolIndex>,
    /// Base rows that were used.
    pub rows: usize,
    /// Base rows left out because a point of theirs failed.
    pub left_out: usize,
}

/// Sums over base rows from which indices follow.
#[derive(Debug, Clone)]
struct Sums {
    first: Vec<f64>,
    total: Vec<f64>,
    sum: f64,
    squares: f64,
    count: f64,
}

impl Sums {
    /// First order after Saltelli et al. (2010), total order after Jansen (1999); results are centred on their mean.
    fn of<'a>(parameters: usize, rows: impl Iterator<Item = &'a [f64]>) -> Self {
        let mut sums =
            Sums { first: vec![0.0; parameters], total: vec![0.0; parameters], sum: 0.0, squares: 0.0, count: 0.0 };
        for row in rows {
            let (a, b) = (row[0], row[parameters + 1]);
            for (parameter, &mixed) in row[1..=parameters].iter().enumerate() {
                sums.first[parameter] += b * (mixed - a);
                sums.total[parameter] += (a - mixed) * (a - mixed);
            }
            sums.sum += a + b;
            sums.squares += a * a + b * b;
            sums.count += 1.0;
        }
        sums
    }

    fn indices(&self) -> impl Iterator<Item = (f64, f64)> + '_ {
        let mean = self.sum / (2.0 * self.count);
        let variance = self.squares / (2.0 * self.count) - mean * mean;
        let share = 1.0 / (self.count * variance);
        self.first.iter().zip(&self.total).map(move |(first, total)| (first * share, 0.5 * total * share))
    }
}

/// Sobol' indices from the results of a Saltelli design (`experiment::sampling::saltelli`), in its order: A, A with each
/// column from B, B. A base row with a result that is no number is left out whole. `resamples` bootstrap resamples of base
/// rows give the intervals. `None` without two rows, or where results do not vary.
pub fn sobol(results: &[f64], parameters: usize, resamples: usize, seed: u64) -> Option<SobolIndices> {
    let width = parameters + 2;
    let complete: Vec<&[f64]> = results.chunks_exact(width).filter(|row| row.iter().all(|x| x.is_finite())).collect();
    let (rows, all) = (complete.len(), results.len() / width);
    if rows < 2 {
        return None;
    }
    // Centred once: products of large means would drown the differences.
    let mean = complete.iter().map(|row| row.iter().sum::<f64>()).sum::<f64>() / (rows * width) as f64;
    let centred: Vec<f64> = complete.iter().flat_map(|row| row.iter().map(|x| x - mean)).collect();
    let row = |at: usize| &centred[at * width..(at + 1) * width];
    let whole = Sums::of(parameters, (0..rows).map(row));
    if whole.squares <= 0.0 || whole.total.iter().all(|total| *total <= 0.0) {
        return None;
    }
    let mut generator = ChaCha8Rng::seed_from_u64(seed);
    let mut first = vec![Vec::with_capacity(resamples); parameters];
    let mut total = first.clone();
    for _ in 0..resamples {
        let drawn = (0..rows).map(|_| row((generator.next_u64() % rows as u64) as usize));
        let sums = Sums::of(parameters, drawn);
        for (parameter, (one, all)) in sums.indices().enumerate() {
            first[parameter].push(one);
            total[parameter].push(all);
        }
    }
    let half = |values: &[f64]| {
        if values.len() < 2 { f64::NAN } else { TWO_SIDED_95 * Statistic::of(values).sd }
    };
    let parameters = whole
        .indices()
        .enumerate()
        .map(|(at, (one, all))| SobolIndex {
            first: one,
            first_half: half(&first[at]),
            total: all,
            total_half: half(&total[at]),
        })
        .collect();
    Some(SobolIndices { parameters, rows, left_out: all - rows })
}

/// Elementary effects of one group of parameters.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ElementaryEffect {
    /// Mean of the effects; it can cancel, and is NaN for a group of several parameters, which move up and down together.
    pub mean: f64,
    /// Mean of their sizes, μ*.
    pub size: f64,
    /// Half-width of its 95 % interval.
    pub size_half: f64,
    /// Their standard deviation: interactions and curvature.
    pub spread: f64,
    /// Effects that were used.
    pub n: usize,
}

/// Elementary effects from the results of a Morris design, in its order. Steps with a result that is no number are left
/// out.
pub fn morris(points: &[Vec<f64>], results: &[f64], groups: &[usize], step: f64) -> Vec<ElementaryEffect> {
    let count = groups.iter().max().map_or(0, |most| most + 1);
    let mut effects: Vec<Vec<f64>> = vec![Vec::new(); count];
    for (points, results) in points.chunks(count + 1).zip(results.chunks(count + 1)) {
        for (pair, result) in points.windows(2).zip(results.windows(2)) {
            let Some(at) = (0..groups.len()).find(|&at| pair[0][at] != pair[1][at]) else {
                continue;
            };
            let effect = (result[1] - result[0]) / step * (pair[1][at] - pair[0][at]).signum();
            if effect.is_finite() {
                effects[groups[at]].push(effect);
            }
        }
    }
    effects
        .iter()
        .enumerate()
        .map(|(group, effects)| {
            let sizes: Vec<f64> = effects.iter().map(|effect| effect.abs()).collect();
            let (own, size) = (Statistic::of(effects), Statistic::of(&sizes));
            let alone = groups.iter().filter(|of| **of == group).count() == 1;
            ElementaryEffect {
                mean: if alone { own.mean } else { f64::NAN },
                size: size.mean,
                size_half: TWO_SIDED_95 * size.se,
                spread: if alone { own.sd } else { f64::NAN },
                n: effects.len(),
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::sampling;

    #[test]
    fn rows_with_a_failure_are_left_out_and_counted() {
        let points = sampling::saltelli(4096, 2).unwrap_or_default();
        let mut results: Vec<f64> = points.iter().map(|x| x[0] + 3.0 * x[1]).collect();
        let all = sobol(&results, 2, 50, 1);
        results[5] = f64::NAN;
        let fewer = sobol(&results, 2, 50, 1);
        let (Some(all), Some(fewer)) = (all, fewer) else { panic!("both are there") };
        assert_eq!((all.left_out, fewer.left_out, fewer.rows), (0, 1, 4095));
        assert!((all.parameters[1].first - 0.9).abs() < 0.01, "{all:?}");
        assert!((fewer.parameters[1].first - 0.9).abs() < 0.02);
        assert!(all.parameters[0].total_half > 0.0 && all.parameters[0].total_half < 0.1);
    }

    #[test]
    fn results_that_do_not_vary_have_no_indices() {
        assert_eq!(sobol(&[2.0; 40], 2, 10, 1), None);
        assert_eq!(sobol(&[1.0, 2.0, 3.0, 4.0], 2, 10, 1), None);
    }

    #[test]
    fn elementary_effects_of_a_line_are_its_slopes_and_a_group_moves_together() {
        let groups = [0, 1, 2];
        let points = sampling::morris(30, 4, &groups, 7).unwrap_or_default();
        let results: Vec<f64> = points.iter().map(|x| 2.0 * x[0] - 5.0 * x[1] + x[0] * x[2]).collect();
        let effects = morris(&points, &results, &groups, sampling::morris_step(4));
        assert!((effects[1].mean + 5.0).abs() < 1e-9 && (effects[1].size - 5.0).abs() < 1e-9);
        assert!(effects[1].spread < 1e-9 && effects[0].spread > 0.1 && effects[0].n == 30);
        let groups = [0, 0, 1];
        let points = sampling::morris(30, 4, &groups, 7).unwrap_or_default();
        let results: Vec<f64> = points.iter().map(|x| x[0] + x[1] + 10.0 * x[2]).collect();
        let effects = morris(&points, &results, &groups, sampling::morris_step(4));
        assert!(effects[0].mean.is_nan() && effects[0].size <= 2.0 + 1e-9 && (effects[1].size - 10.0).abs() < 1e-9);
    }
}
