//! Numbers of replications needed for a precision or a power: planned from a pilot, or found while
//! a run proceeds (ODD §11).

use super::paired::PairedDifference;
use super::summary::Statistic;
use crate::numeric::{Running, TWO_SIDED_95, normal_quantile};

/// Required number of replications, with its uncertainty from the pilot.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Required {
    /// Number of replications.
    pub n: u64,
    /// Ends of its 95 % interval, from the sampling error of the variance of the pilot.
    pub range: (u64, u64),
}

fn whole(n: f64) -> u64 {
    n.ceil().clamp(2.0, 1e15) as u64
}

fn from_pilot(n: f64, pilot: usize) -> Required {
    // The variance of m normal values has the relative standard error √(2/(m − 1)).
    let spread = TWO_SIDED_95 * (2.0 / (pilot.max(2) - 1) as f64).sqrt();
    Required { n: whole(n), range: (whole(n * (1.0 - spread).max(0.0)), whole(n * (1.0 + spread))) }
}

/// Returns the number of replications that detects a paired difference of this standardised size
/// (d_z) in a two-sided test at 5 % with this power (a share).
///
/// ```
/// use consortia::analysis::replications::for_effect;
///
/// assert_eq!(for_effect(0.1, 0.8), 785);
/// ```
pub fn for_effect(standardised: f64, power: f64) -> u64 {
    whole(((TWO_SIDED_95 + normal_quantile(power)) / standardised).powi(2))
}

/// Returns the number of replications at which the 95 % interval of a mean has this half-width, in
/// the unit of the measure.
pub fn for_half_width(pilot: &Statistic, half_width: f64) -> Required {
    from_pilot((TWO_SIDED_95 * pilot.sd / half_width).powi(2), pilot.n)
}

/// Returns the number of replications at which the 95 % interval of a paired difference has this
/// half-width, in the unit of the measure.
pub fn for_half_width_of_difference(pilot: &PairedDifference, half_width: f64) -> Required {
    let sd = pilot.se * (pilot.n as f64).sqrt();
    from_pilot((TWO_SIDED_95 * sd / half_width).powi(2), pilot.n)
}

/// Returns the number of replications that detects a paired difference of this size (in the unit of
/// the measure) in a two-sided test at 5 % with this power (a share).
pub fn for_difference(pilot: &PairedDifference, difference: f64, power: f64) -> Required {
    let sd = pilot.se * (pilot.n as f64).sqrt();
    from_pilot(((TWO_SIDED_95 + normal_quantile(power)) * sd / difference).powi(2), pilot.n)
}

/// Sequential intervals of means, updated as replications are completed (Chow and Robbins 1965).
#[derive(Debug, Clone)]
pub struct Watch {
    half_width: f64,
    /// Pairs of designs whose difference is followed; without a second design, the mean is.
    pairs: Vec<(usize, Option<usize>)>,
    running: Vec<Running>,
    row: Vec<f64>,
}

impl Watch {
    /// Follows the mean of a single design, or all paired differences of several.
    pub fn new(designs: usize, half_width: f64) -> Self {
        let pairs: Vec<(usize, Option<usize>)> = match designs {
            1 => vec![(0, None)],
            _ => (0..designs).flat_map(|a| (a + 1..designs).map(move |b| (a, Some(b)))).collect(),
        };
        Watch {
            half_width,
            running: vec![Running::default(); pairs.len()],
            pairs,
            row: vec![f64::NAN; designs],
        }
    }

    /// Returns the number of designs.
    pub fn designs(&self) -> usize {
        self.row.len()
    }

    /// Adds the value of a design in a replication. The designs of a replication must follow in
    /// order; differences with NaN are left out.
    pub fn add(&mut self, design: usize, value: f64) {
        self.row[design] = value;
        if design + 1 < self.row.len() {
            return;
        }
        for (&(a, b), running) in self.pairs.iter().zip(&mut self.running) {
            running.add(self.row[a] - b.map_or(0.0, |b| self.row[b]));
        }
    }

    /// Returns the half-width of the widest interval; infinite if an interval has fewer than two
    /// values.
    pub fn widest(&self) -> f64 {
        let half = |running: &Running| {
            if running.n < 2 { f64::INFINITY } else { TWO_SIDED_95 * running.se() }
        };
        self.running.iter().map(half).fold(0.0, f64::max)
    }

    /// Returns whether no interval is wider than required.
    pub fn is_enough(&self) -> bool {
        self.widest() <= self.half_width
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_effect_needs_as_many_replications_as_the_tables_say() {
        // Two-sided 5 %, power 80 %: 785 for d_z = 0.1; power 90 %: 1,051.
        assert_eq!((for_effect(0.1, 0.8), for_effect(0.1, 0.9)), (785, 1051));
    }

    #[test]
    fn an_interval_shrinks_with_the_root_of_replications() {
        let values: Vec<f64> = (0..400).map(|at| f64::from(at % 20)).collect();
        let pilot = Statistic::of(&values);
        let needed = for_half_width(&pilot, TWO_SIDED_95 * pilot.se);
        assert!((399..=401).contains(&needed.n), "{needed:?}");
        assert!(needed.range.0 < 400 && needed.range.1 > 400);
        assert!((1599..=1601).contains(&for_half_width(&pilot, 0.5 * TWO_SIDED_95 * pilot.se).n));
    }

    #[test]
    fn differences_are_watched_pair_by_pair() {
        let mut watch = Watch::new(3, 0.01);
        for at in 0..100 {
            let draw = f64::from(at % 10);
            [draw, draw + 1.0, 0.5 * draw]
                .into_iter()
                .enumerate()
                .for_each(|(design, x)| watch.add(design, x));
        }
        // a − b never varies, a − c and b − c do.
        assert!(!watch.is_enough() && watch.widest() > 0.1);
        let mut pair = Watch::new(2, 0.01);
        (0..100).for_each(|at| {
            pair.add(0, f64::from(at % 10));
            pair.add(1, f64::from(at % 10) + 1.0);
        });
        assert!(pair.is_enough());
    }
}
