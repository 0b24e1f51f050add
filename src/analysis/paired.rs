//! Paired differences between designs on common draws (ODD §11).

/// Mean and spread of the differences a − b over replications.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PairedDifference {
    /// Mean of the differences.
    pub mean: f64,
    /// Monte Carlo standard error of the mean.
    pub se: f64,
    /// Standardised effect: mean over standard deviation; 0 if this is 0 or undefined.
    pub d_z: f64,
    /// Share of replications in which a is above b; ties count half.
    pub p_a_above: f64,
    /// Number of pairs.
    pub n: usize,
}

impl PairedDifference {
    /// Computes the differences a − b of two columns over the same draws; pairs with an empty value
    /// (NaN) are left out.
    ///
    /// ```
    /// use consortia::analysis::PairedDifference;
    ///
    /// let difference = PairedDifference::of(&[3.0, 5.0, 4.0], &[1.0, 2.0, 3.0]);
    /// assert_eq!((difference.mean, difference.n), (2.0, 3));
    /// assert_eq!(difference.p_a_above, 1.0);
    /// ```
    pub fn of(a: &[f64], b: &[f64]) -> Self {
        let (mut n, mut mean, mut squares, mut above) = (0usize, 0.0, 0.0, 0.0);
        for (a, b) in a.iter().zip(b).filter(|(a, b)| !a.is_nan() && !b.is_nan()) {
            let d = a - b;
            n += 1;
            let step = d - mean;
            mean += step / n as f64;
            squares += step * (d - mean);
            above += if d > 0.0 {
                1.0
            } else if d == 0.0 {
                0.5
            } else {
                0.0
            };
        }
        let sd = if n > 1 { (squares / (n - 1) as f64).sqrt() } else { f64::NAN };
        let d_z = if sd > 0.0 { mean / sd } else { 0.0 };
        PairedDifference { mean, se: sd / (n as f64).sqrt(), d_z, p_a_above: above / n as f64, n }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_paired_difference_is_computed_by_hand() {
        let difference = PairedDifference::of(&[3.0, 5.0, 4.0, f64::NAN], &[1.0, 5.0, 1.0, 2.0]);
        assert_eq!(difference.n, 3);
        assert!((difference.mean - 5.0 / 3.0).abs() < 1e-12);
        let sd = (((2.0f64 - 5.0 / 3.0).powi(2)
            + (5.0f64 / 3.0).powi(2)
            + (3.0f64 - 5.0 / 3.0).powi(2))
            / 2.0)
            .sqrt();
        assert!((difference.se - sd / 3f64.sqrt()).abs() < 1e-12);
        assert!((difference.p_a_above - 2.5 / 3.0).abs() < 1e-12);
    }
}
