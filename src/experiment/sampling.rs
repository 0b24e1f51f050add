//! Samples of points in the unit cube: one row per point, one column per parameter.
//!
//! Points are converted to values of parameters in `sweep::points`.

use rand::distr::Open01;
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use sobol::Sobol;
use sobol::params::JoeKuoD6;

/// The largest number of columns of a Sobol' sequence.
pub const MOST_SOBOL: usize = 100;

/// The largest number of points.
pub const MOST_POINTS: u128 = 20_000_000;

/// Points in the unit cube: `rows[point][parameter]`.
pub type Points = Vec<Vec<f64>>;

/// Reason why a sample cannot be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SamplingError {
    /// No parameter, or no point.
    #[error("a sample needs a parameter and a point")]
    Empty,
    /// More points than memory should hold.
    #[error("{0} points are too many: {MOST_POINTS} are the most")]
    TooManyPoints(u128),
    /// More columns than direction numbers.
    #[error(
        "{0} columns are too many for a Sobol' sequence: up to {MOST_SOBOL} (half of them \
         parameters, for Saltelli)"
    )]
    TooManyColumns(usize),
    /// An odd number of levels, or fewer than two.
    #[error("{0} levels are no grid for Morris: it needs an even number, 2 or more")]
    Levels(usize),
    /// Group numbers with a gap: one below the largest belongs to no parameter.
    #[error(
        "groups are numbered up to {groups}, but a number below has none of the {parameters} parameters"
    )]
    Groups {
        /// Largest group number plus one.
        groups: usize,
        /// Number of parameters.
        parameters: usize,
    },
}

/// Returns a uniform number in (0, 1).
fn uniform(generator: &mut ChaCha8Rng) -> f64 {
    generator.sample(Open01)
}

/// Returns the numbers below `n` in random order.
fn shuffled(generator: &mut ChaCha8Rng, n: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..n).collect();
    order.shuffle(generator);
    order
}

fn sized(points: usize, parameters: usize) -> Result<(), SamplingError> {
    match points as u128 {
        0 => Err(SamplingError::Empty),
        _ if parameters == 0 => Err(SamplingError::Empty),
        points if points > MOST_POINTS => Err(SamplingError::TooManyPoints(points)),
        _ => Ok(()),
    }
}

/// Returns independent uniform points.
///
/// # Errors
///
/// Fails if there is no parameter, no point, or too many points.
pub fn random(points: usize, parameters: usize, seed: u64) -> Result<Points, SamplingError> {
    sized(points, parameters)?;
    let mut generator = ChaCha8Rng::seed_from_u64(seed);
    Ok((0..points).map(|_| (0..parameters).map(|_| uniform(&mut generator)).collect()).collect())
}

/// Returns a Latin hypercube: each parameter has one point in each of as many equal cells as there
/// are points.
///
/// # Errors
///
/// Fails if there is no parameter, no point, or too many points.
///
/// ```
/// use consortia::experiment::sampling::latin_hypercube;
///
/// let points = latin_hypercube(4, 2, 1)?;
/// let mut cells: Vec<usize> = points.iter().map(|x| (4.0 * x[0]) as usize).collect();
/// cells.sort_unstable();
/// assert_eq!(cells, [0, 1, 2, 3]);
/// # Ok::<(), consortia::experiment::sampling::SamplingError>(())
/// ```
pub fn latin_hypercube(
    points: usize,
    parameters: usize,
    seed: u64,
) -> Result<Points, SamplingError> {
    sized(points, parameters)?;
    let mut generator = ChaCha8Rng::seed_from_u64(seed);
    let mut rows = vec![vec![0.0; parameters]; points];
    for parameter in 0..parameters {
        for (row, cell) in rows.iter_mut().zip(shuffled(&mut generator, points)) {
            row[parameter] = (cell as f64 + uniform(&mut generator)) / points as f64;
        }
    }
    Ok(rows)
}

/// Returns the Sobol' sequence (Joe and Kuo 2008) from its second point on: the first is a corner
/// of the cube.
///
/// # Errors
///
/// Fails as [`random`], or if there are more than [`MOST_SOBOL`] parameters.
pub fn sobol(points: usize, parameters: usize) -> Result<Points, SamplingError> {
    sized(points, parameters)?;
    if parameters > MOST_SOBOL {
        return Err(SamplingError::TooManyColumns(parameters));
    }
    Ok(Sobol::<f64>::new(parameters, &JoeKuoD6::minimal()).skip(1).take(points).collect())
}

/// Returns Saltelli's design for Sobol' indices (Saltelli et al. 2010).
///
/// For each of `base` rows A and B, in turn: A, A with each column from B, and B. These are `base ×
/// (parameters + 2)` points.
///
/// # Errors
///
/// Fails as [`sobol()`], with twice as many columns as parameters.
pub fn saltelli(base: usize, parameters: usize) -> Result<Points, SamplingError> {
    sized(base.saturating_mul(parameters + 2), parameters)?;
    let both = sobol(base, 2 * parameters)?;
    let mut rows = Vec::with_capacity(base * (parameters + 2));
    for row in both {
        let (a, b) = row.split_at(parameters);
        rows.push(a.to_vec());
        for parameter in 0..parameters {
            let mut mixed = a.to_vec();
            mixed[parameter] = b[parameter];
            rows.push(mixed);
        }
        rows.push(b.to_vec());
    }
    Ok(rows)
}

/// Returns Morris's design (Morris 1991; groups after Campolongo et al. 2007).
///
/// Each of `trajectories` starts on a grid of `levels` and moves one group of parameters at a time,
/// each once, by [`morris_step`]: `trajectories × (groups + 1)` points. `groups[i]` is the group of
/// parameter i, from 0.
///
/// # Errors
///
/// Fails as [`random`], if `levels` is odd or below 2, or if group numbers have a gap.
pub fn morris(
    trajectories: usize,
    levels: usize,
    groups: &[usize],
    seed: u64,
) -> Result<Points, SamplingError> {
    let parameters = groups.len();
    sized(trajectories, parameters)?;
    if levels < 2 || !levels.is_multiple_of(2) {
        return Err(SamplingError::Levels(levels));
    }
    let count = groups.iter().max().map_or(0, |most| most + 1);
    sized(trajectories.saturating_mul(count + 1), parameters)?;
    if (0..count).any(|group| !groups.contains(&group)) {
        return Err(SamplingError::Groups { groups: count, parameters });
    }
    let mut generator = ChaCha8Rng::seed_from_u64(seed);
    let mut rows = Vec::with_capacity(trajectories * (count + 1));
    for _ in 0..trajectories {
        let mut point: Vec<f64> = (0..parameters)
            .map(|_| generator.random_range(0..levels) as f64 / (levels - 1) as f64)
            .collect();
        rows.push(point.clone());
        for group in shuffled(&mut generator, count) {
            for (x, _) in point.iter_mut().zip(groups).filter(|(_, own)| **own == group) {
                // Up where there is room, else down.
                let step = morris_step(levels);
                *x = if *x + step <= 1.0 + 1e-12 { *x + step } else { *x - step };
            }
            rows.push(point.clone());
        }
    }
    Ok(rows)
}

/// Returns the step of Morris's design on a grid of `levels` levels, share of the range.
pub fn morris_step(levels: usize) -> f64 {
    levels as f64 / (2.0 * (levels - 1) as f64)
}

/// Returns a full factorial grid: `counts[i]` equally spaced values of parameter i, ends included;
/// the last varies fastest. A parameter with one value has 0.5.
///
/// # Errors
///
/// Fails as [`random`].
pub fn grid(counts: &[usize]) -> Result<Points, SamplingError> {
    let points = counts.iter().fold(1usize, |points, count| points.saturating_mul(*count));
    sized(points, counts.len())?;
    Ok((0..points)
        .map(|mut at: usize| {
            let mut row = vec![0.5; counts.len()];
            for (x, &count) in row.iter_mut().zip(counts).rev() {
                if count > 1 {
                    *x = (at % count) as f64 / (count - 1) as f64;
                }
                at /= count;
            }
            row
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_latin_hypercube_has_one_point_in_every_cell(points in 1usize..40,
            parameters in 1usize..6, seed in 0u64..99) {
            let rows = latin_hypercube(points, parameters, seed).unwrap_or_default();
            for parameter in 0..parameters {
                let mut cells: Vec<usize> =
                    rows.iter().map(|row| (row[parameter] * points as f64) as usize).collect();
                cells.sort_unstable();
                prop_assert_eq!(cells, (0..points).collect::<Vec<_>>());
            }
        }

        #[test]
        fn a_trajectory_moves_every_group_once_by_the_step(
            trajectories in 1usize..6, half in 1usize..5, groups in 1usize..5, more in 0usize..4,
                seed in 0u64..99,
        ) {
            let of: Vec<usize> = (0..groups + more).map(|parameter| parameter % groups).collect();
            let rows = morris(trajectories, 2 * half, &of, seed).unwrap_or_default();
            prop_assert_eq!(rows.len(), trajectories * (groups + 1));
            for trajectory in rows.chunks(groups + 1) {
                let mut moved = Vec::new();
                for pair in trajectory.windows(2) {
                    let changed: Vec<usize> =
                        (0..of.len()).filter(|&at| pair[0][at] != pair[1][at]).collect();
                    for &at in &changed {
                        let moved = (pair[0][at] - pair[1][at]).abs();
                        prop_assert!((moved - morris_step(2 * half)).abs() < 1e-12);
                        prop_assert!((-1e-12..=1.0 + 1e-12).contains(&pair[1][at]));
                    }
                    moved.push(of[changed[0]]);
                    prop_assert!(changed.iter().all(|&at| of[at] == of[changed[0]]));
                }
                moved.sort_unstable();
                prop_assert_eq!(moved, (0..groups).collect::<Vec<_>>());
            }
        }
    }

    #[test]
    fn the_sequence_of_sobol_is_that_of_joe_and_kuo() {
        let rows = sobol(4, 3).unwrap_or_default();
        assert_eq!(
            rows,
            [[0.5, 0.5, 0.5], [0.75, 0.25, 0.25], [0.25, 0.75, 0.75], [0.375, 0.375, 0.625]]
        );
    }

    #[test]
    fn saltelli_takes_one_column_after_the_other_from_the_second_matrix() {
        let rows = saltelli(2, 2).unwrap_or_default();
        assert_eq!(rows.len(), 8);
        for block in rows.chunks(4) {
            assert_eq!((block[1][0], block[1][1]), (block[3][0], block[0][1]));
            assert_eq!((block[2][0], block[2][1]), (block[0][0], block[3][1]));
        }
    }

    #[test]
    fn a_grid_holds_every_combination_and_samples_that_cannot_be_are_refused() {
        assert_eq!(grid(&[2, 3]).unwrap_or_default().len(), 6);
        assert_eq!(grid(&[2, 3]).unwrap_or_default()[4], [1.0, 0.5]);
        assert_eq!(grid(&[]), Err(SamplingError::Empty));
        assert!(matches!(grid(&[1000; 30]), Err(SamplingError::TooManyPoints(_))));
        assert_eq!(random(0, 3, 1), Err(SamplingError::Empty));
        assert_eq!(saltelli(8, 51), Err(SamplingError::TooManyColumns(102)));
        assert_eq!(morris(3, 5, &[0, 1], 1), Err(SamplingError::Levels(5)));
        assert_eq!(
            morris(3, 4, &[0, 2], 1),
            Err(SamplingError::Groups { groups: 3, parameters: 2 })
        );
    }
}
