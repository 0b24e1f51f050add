//! Sobol' indices of a Saltelli design and elementary effects of a Morris design (ODD §11).
//!
//! The designs come from `experiment::sampling`; nothing is simulated here.

use super::Statistic;
use crate::numeric::TWO_SIDED_95;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

/// Sobol' indices of one parameter, with the half-widths of their 95 % bootstrap intervals.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SobolIndex {
    /// First order: share of the variance due to the parameter alone.
    pub first: f64,
    /// Half-width of the interval of `first`.
    pub first_half: f64,
    /// Total order: share due to the parameter alone and to its interactions.
    pub total: f64,
    /// Half-width of the interval of `total`.
    pub total_half: f64,
}

/// Sobol' indices of all parameters.
#[derive(Debug, Clone, PartialEq)]
pub struct SobolIndices {
    /// Indices in the order of the parameters.
    pub parameters: Vec<SobolIndex>,
    /// Number of base rows used.
    pub rows: usize,
    /// Number of base rows left out because one of their points failed.
    pub left_out: usize,
}

/// Sums from which indices are computed, in one row: first orders, total orders, sum, sum of
/// squares, count.
struct Sums(Vec<f64>);

impl Sums {
    fn new(parameters: usize) -> Self {
        Sums(vec![0.0; 2 * parameters + 3])
    }

    /// Adds a base row: first order after Saltelli et al. (2010), total order after Jansen (1999).
    fn add_row(&mut self, row: &[f64], centre: f64) {
        let parameters = row.len() - 2;
        let (a, b) = (row[0] - centre, row[parameters + 1] - centre);
        let (first, rest) = self.0.split_at_mut(parameters);
        let (total, rest) = rest.split_at_mut(parameters);
        for ((first, total), mixed) in first.iter_mut().zip(total).zip(&row[1..=parameters]) {
            let mixed = mixed - centre;
            *first += b * (mixed - a);
            *total += (a - mixed) * (a - mixed);
        }
        rest[0] += a + b;
        rest[1] += a * a + b * b;
        rest[2] += 1.0;
    }

    fn add(&mut self, other: &[f64]) {
        for (own, other) in self.0.iter_mut().zip(other) {
            *own += other;
        }
    }

    /// Returns the first and total order of every parameter.
    fn indices(&self) -> impl Iterator<Item = (f64, f64)> + '_ {
        let parameters = (self.0.len() - 3) / 2;
        let [sum, squares, count] = [0, 1, 2].map(|at| self.0[2 * parameters + at]);
        let mean = sum / (2.0 * count);
        let variance = squares / (2.0 * count) - mean * mean;
        let share = 1.0 / (count * variance);
        let (first, total) = self.0[..2 * parameters].split_at(parameters);
        first.iter().zip(total).map(move |(first, total)| (first * share, 0.5 * total * share))
    }
}

/// Returns the number of base rows of a Saltelli design whose results are all finite, and the
/// number of all base rows.
pub fn complete_rows(results: &[f64], parameters: usize) -> (usize, usize) {
    let rows = results.chunks_exact(parameters + 2);
    (rows.clone().filter(|row| row.iter().all(|x| x.is_finite())).count(), rows.len())
}

/// Computes Sobol' indices from the results of a Saltelli design
/// (`experiment::sampling::saltelli`), in its order: A, A with each column from B, B. A base row
/// with a result that is not finite is left out. `resamples` bootstrap resamples of base rows give
/// the intervals. Returns `None` with fewer than two complete rows, or if results do not vary.
///
/// ```
/// use consortia::analysis::sensitivity::sobol;
/// use consortia::experiment::sampling::saltelli;
///
/// let points = saltelli(1024, 2)?;
/// let results: Vec<f64> = points.iter().map(|x| 2.0 * x[0] + x[1]).collect();
/// let indices = sobol(&results, 2, 100, 1).ok_or("results vary")?.parameters;
/// assert!((indices[0].first - 0.8).abs() < 0.01 && (indices[1].total - 0.2).abs() < 0.01);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn sobol(
    results: &[f64],
    parameters: usize,
    resamples: usize,
    seed: u64,
) -> Option<SobolIndices> {
    sobol_of_clusters(results, parameters, 1, resamples, seed)
}

/// Computes the indices like [`sobol()`], where `per` successive rows belong to one base row. They
/// are resampled together and left out together.
pub fn sobol_of_clusters(
    results: &[f64],
    parameters: usize,
    per: usize,
    resamples: usize,
    seed: u64,
) -> Option<SobolIndices> {
    let width = parameters + 2;
    let complete = |cluster: &&[f64]| cluster.iter().all(|x| x.is_finite());
    let (mut sum, mut count) = (0.0, 0);
    for cluster in results.chunks_exact(width * per).filter(complete) {
        sum += cluster.iter().sum::<f64>();
        count += cluster.len();
    }
    // Centred once, because products of large means would hide the differences in rounding errors.
    let centre = sum / count as f64;
    let size = 2 * parameters + 3;
    let mut clusters: Vec<f64> = Vec::with_capacity(results.len() / (width * per) * size);
    for cluster in results.chunks_exact(width * per) {
        // A base row is used whole or not at all: the part that did not fail is a biased sample.
        if cluster.iter().all(|x| x.is_finite()) {
            let mut sums = Sums::new(parameters);
            cluster.chunks_exact(width).for_each(|row| sums.add_row(row, centre));
            clusters.extend(sums.0);
        }
    }
    let (rows, all) = (clusters.len() / size, results.len() / (width * per));
    if rows < 2 {
        return None;
    }
    let mut whole = Sums::new(parameters);
    clusters.chunks_exact(size).for_each(|cluster| whole.add(cluster));
    if whole.0[size - 2] <= 0.0
        || whole.0[parameters..2 * parameters].iter().all(|total| *total <= 0.0)
    {
        return None;
    }
    // Every resample has its own stream, so that the number of threads does not change the result.
    let drawn: Vec<Vec<(f64, f64)>> = (0..resamples)
        .into_par_iter()
        .map(|resample| {
            let mut generator = ChaCha8Rng::seed_from_u64(seed);
            generator.set_stream(resample as u64);
            let mut sums = Sums::new(parameters);
            for _ in 0..rows {
                let at = generator.random_range(0..rows);
                sums.add(&clusters[at * size..(at + 1) * size]);
            }
            sums.indices().collect()
        })
        .collect();
    let half = |values: Vec<f64>| {
        if values.len() < 2 { f64::NAN } else { TWO_SIDED_95 * Statistic::of(&values).sd }
    };
    let parameters = whole
        .indices()
        .enumerate()
        .map(|(at, (first, total))| SobolIndex {
            first,
            first_half: half(drawn.iter().map(|resample| resample[at].0).collect()),
            total,
            total_half: half(drawn.iter().map(|resample| resample[at].1).collect()),
        })
        .collect();
    Some(SobolIndices { parameters, rows, left_out: all - rows })
}

/// Results of a Saltelli design crossed with further factors (designs, replications). All levels of
/// these are simulated at every point, so that their indices need no further runs.
pub struct Crossed<'a> {
    /// Number of parameters of the Saltelli design.
    pub parameters: usize,
    /// Number of base rows of the Saltelli design.
    pub base: usize,
    /// Number of levels of each further factor.
    pub levels: &'a [usize],
    /// Returns the result at a point under a level of each further factor.
    pub value: &'a dyn Fn(usize, &[usize]) -> f64,
}

/// Largest number of pairs of levels that are combined with each base row.
const PAIRS: usize = 64;

impl Crossed<'_> {
    /// Computes the indices of the parameters, then of the further factors. Each base row is
    /// combined with pairs of levels (one for A, one for B): with all of them if there are at most
    /// 64, else with 64 random ones. Returns `None` in the cases of [`sobol()`].
    pub fn sobol(&self, resamples: usize, seed: u64) -> Option<SobolIndices> {
        let (parameters, extra) = (self.parameters, self.levels.len());
        let all: usize = self.levels.iter().map(|levels| levels * levels).product();
        let every = all <= PAIRS;
        let per = if every { all } else { PAIRS };
        // A stream that no resample of the bootstrap has.
        let mut generator = ChaCha8Rng::seed_from_u64(seed);
        generator.set_stream(u64::MAX);
        let mut draw = |levels: usize| generator.random_range(0..levels);
        let mut results = Vec::with_capacity(self.base * per * (parameters + extra + 2));
        for row in 0..self.base {
            let point = |at: usize| row * (parameters + 2) + at;
            for pair in 0..per {
                let (mut a, mut b, mut rest) = (Vec::new(), Vec::new(), pair);
                for &levels in self.levels {
                    if every {
                        a.push(rest % levels);
                        b.push(rest / levels % levels);
                        rest /= levels * levels;
                    } else {
                        a.push(draw(levels));
                        b.push(draw(levels));
                    }
                }
                results.extend((0..=parameters).map(|at| (self.value)(point(at), &a)));
                for factor in 0..extra {
                    let mut mixed = a.clone();
                    mixed[factor] = b[factor];
                    results.push((self.value)(point(0), &mixed));
                }
                results.push((self.value)(point(parameters + 1), &b));
            }
        }
        sobol_of_clusters(&results, parameters + extra, per, resamples, seed)
    }
}

/// Elementary effects of one group of parameters.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ElementaryEffect {
    /// Mean of the effects, μ, in which opposite signs cancel. NaN for a group of several
    /// parameters, because these move up and down together.
    pub mean: f64,
    /// Mean absolute effect, μ*.
    pub size: f64,
    /// Half-width of the 95 % interval of `size`.
    pub size_half: f64,
    /// Standard deviation of the effects, σ, due to interactions and curvature. NaN for a group of
    /// several parameters.
    pub spread: f64,
    /// Number of effects used.
    pub n: usize,
}

/// Computes elementary effects from the results of a Morris design
/// (`experiment::sampling::morris`), in its order. `groups` holds the group of each parameter,
/// `step` the step of the design. Effects that are not finite are left out.
pub fn morris(
    points: &[Vec<f64>],
    results: &[f64],
    groups: &[usize],
    step: f64,
) -> Vec<ElementaryEffect> {
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
        assert_eq!(complete_rows(&results, 2), (4095, 4096));
        let fewer = sobol(&results, 2, 50, 1);
        let (Some(all), Some(fewer)) = (all, fewer) else { panic!("both are there") };
        assert_eq!((all.left_out, fewer.left_out, fewer.rows), (0, 1, 4095));
        assert!((all.parameters[1].first - 0.9).abs() < 0.01, "{all:?}");
        assert!((fewer.parameters[1].first - 0.9).abs() < 0.02);
        assert!(all.parameters[0].total_half > 0.0 && all.parameters[0].total_half < 0.1);
    }

    #[test]
    fn a_factor_that_crosses_the_design_has_the_indices_of_its_share() {
        // y = x₁ + 2·level·x₂ + chance: variances 1/12, E[4 l²]/12 + …, known in closed form for
        // levels 0 and 1.
        let points = sampling::saltelli(4096, 2).unwrap_or_default();
        let draw = [-0.5, 0.25, 0.0, 0.25];
        let value = |point: usize, at: &[usize]| {
            points[point][0] + 2.0 * at[0] as f64 * points[point][1] + draw[at[1]]
        };
        let crossed = Crossed { parameters: 2, base: 4096, levels: &[2, 4], value: &value };
        let found = crossed.sobol(50, 1).unwrap_or(SobolIndices {
            parameters: Vec::new(),
            rows: 0,
            left_out: 0,
        });
        // Var: x₁ 1/12; x₂ alone Var(x₂·E[2l]) = 1/12; level alone Var(2l·½) = 1/4; both 1/12;
        // chance 0.09375.
        let whole = 1.0 / 12.0 * 3.0 + 0.25 + 0.09375;
        let expected = [
            (1.0 / 12.0, 1.0 / 12.0),
            (1.0 / 12.0, 2.0 / 12.0),
            (0.25, 0.25 + 1.0 / 12.0),
            (0.09375, 0.09375),
        ];
        assert_eq!(found.parameters.len(), 4);
        for (index, (first, total)) in found.parameters.iter().zip(expected) {
            assert!((index.first - first / whole).abs() < 0.01, "{index:?} {}", first / whole);
            assert!((index.total - total / whole).abs() < 0.01, "{index:?} {}", total / whole);
        }
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
        let results: Vec<f64> =
            points.iter().map(|x| 2.0 * x[0] - 5.0 * x[1] + x[0] * x[2]).collect();
        let effects = morris(&points, &results, &groups, sampling::morris_step(4));
        assert!((effects[1].mean + 5.0).abs() < 1e-9 && (effects[1].size - 5.0).abs() < 1e-9);
        assert!(effects[1].spread < 1e-9 && effects[0].spread > 0.1 && effects[0].n == 30);
        let groups = [0, 0, 1];
        let points = sampling::morris(30, 4, &groups, 7).unwrap_or_default();
        let results: Vec<f64> = points.iter().map(|x| x[0] + x[1] + 10.0 * x[2]).collect();
        let effects = morris(&points, &results, &groups, sampling::morris_step(4));
        assert!(
            effects[0].mean.is_nan()
                && effects[0].size <= 2.0 + 1e-9
                && (effects[1].size - 10.0).abs() < 1e-9
        );
    }
}
