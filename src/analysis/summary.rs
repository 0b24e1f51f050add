//! Summaries of measures over replications: means with standard errors, percentiles and tails, in
//! total and by year.
//!
//! Designs are summarised one by one; `comparison` compares them.

use super::histogram::Histogram;
use crate::experiment::measure_columns::{Column, columns, yearly_columns};
use crate::experiment::measures::{ACROSS, MEASURES, YEARLY};

/// Mean, spread and percentiles of a column.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Statistic {
    /// Mean.
    pub mean: f64,
    /// Monte Carlo standard error of the mean.
    pub se: f64,
    /// Standard deviation.
    pub sd: f64,
    /// 5th, 25th, 50th, 75th and 95th percentile.
    pub percentiles: [f64; 5],
    /// Number of values; NaN is left out.
    pub n: usize,
}

/// Returns the quantile `p` (a share) of values in ascending order, interpolated linearly. Returns
/// NaN if there are no values.
pub fn quantile(sorted: &[f64], p: f64) -> f64 {
    match sorted.len() {
        0 => f64::NAN,
        count => {
            let at = p * (count - 1) as f64;
            let low = at as usize;
            let high = (low + 1).min(count - 1);
            sorted[low] + (sorted[high] - sorted[low]) * (at - low as f64)
        }
    }
}

impl Statistic {
    /// Computes the statistics of a column; NaN counts as empty.
    ///
    /// ```
    /// use consortia::analysis::Statistic;
    ///
    /// let s = Statistic::of(&[1.0, 2.0, 3.0, f64::NAN]);
    /// assert_eq!((s.mean, s.n), (2.0, 3));
    /// assert!((s.se - 1.0 / 3.0_f64.sqrt()).abs() < 1e-12);
    /// ```
    pub fn of(values: &[f64]) -> Self {
        let mut sorted: Vec<f64> = values.iter().copied().filter(|x| !x.is_nan()).collect();
        let n = sorted.len();
        let mean = sorted.iter().sum::<f64>() / n as f64;
        let squares: f64 = sorted.iter().map(|x| (x - mean) * (x - mean)).sum();
        let sd = if n > 1 { (squares / (n - 1) as f64).sqrt() } else { f64::NAN };
        sorted.sort_by(f64::total_cmp);
        let percentiles = [0.05, 0.25, 0.5, 0.75, 0.95].map(|p| quantile(&sorted, p));
        Statistic { mean, se: sd / (n as f64).sqrt(), sd, percentiles, n }
    }

    /// Computes the mean of the lowest 5 % (expected shortfall) and its standard error. The
    /// uncertainty of the threshold q is included through the values (x − q)₋ / 0.05 over the whole
    /// sample. Standard deviation and percentiles are NaN.
    fn worst_twentieth(values: &[f64]) -> Self {
        let mut sorted: Vec<f64> = values.iter().copied().filter(|x| !x.is_nan()).collect();
        sorted.sort_by(f64::total_cmp);
        let count = sorted.len().div_ceil(20);
        if count == 0 {
            return Statistic::of(&[]);
        }
        let threshold = sorted[count - 1];
        let influence: Vec<f64> = sorted
            .iter()
            .map(|x| threshold - (threshold - x).max(0.0) * sorted.len() as f64 / count as f64)
            .collect();
        Statistic { percentiles: [f64::NAN; 5], sd: f64::NAN, ..Statistic::of(&influence) }
    }
}

/// A row of `summary.csv`.
#[derive(Debug, Clone)]
pub struct SummaryRow {
    /// Position of the design.
    pub design: usize,
    /// Position in the list of measures.
    pub measure: usize,
    /// Position of the state; `None` for the region.
    pub state: Option<usize>,
    /// Statistics over replications, in the unit of the measure.
    pub statistic: Statistic,
}

/// Values of all measures, by design and replication.
#[derive(Debug, Clone)]
pub struct Summary {
    columns: Vec<Column>,
    /// `[design][column][replication]`; NaN if empty or failed.
    values: Vec<Vec<Vec<f64>>>,
}

impl Summary {
    /// Creates an empty summary for `designs` designs and a scenario with `states` states.
    ///
    /// ```
    /// use consortia::analysis::Summary;
    ///
    /// let summary = Summary::new(2, 5);
    /// assert!(summary.column(0, "gain", None).is_empty(), "no replication has been added");
    /// ```
    pub fn new(designs: usize, states: usize) -> Self {
        let columns = columns(states);
        Summary { values: vec![vec![Vec::new(); columns.len()]; designs], columns }
    }

    /// Adds the row of the next replication of a design; `None` if it failed.
    pub fn add(&mut self, design: usize, row: Option<&[f64]>) {
        for (at, column) in self.values[design].iter_mut().enumerate() {
            column.push(row.map_or(f64::NAN, |row| row[at]));
        }
    }

    /// Returns the number of replications added.
    pub fn replications(&self) -> usize {
        self.values.first().and_then(|design| design.first()).map_or(0, Vec::len)
    }

    /// Returns the value of a column (by position) in one replication, in the unit of the measure.
    pub fn cell(&self, design: usize, column: usize, replication: usize) -> f64 {
        self.values[design][column][replication]
    }

    /// Returns the values of a measure of the region (`state` is `None`) or of a state, in
    /// replication order and in the unit of the measure. Returns an empty slice for an unknown
    /// measure.
    pub fn column(&self, design: usize, measure: &str, state: Option<usize>) -> &[f64] {
        let found =
            self.columns.iter().position(|c| MEASURES[c.measure].id == measure && c.state == state);
        found.map_or(&[], |at| &self.values[design][at])
    }

    /// Returns the values of a measure in replication order. For `loss_probability` they are 1 in
    /// replications with a negative gain and 0 in the others.
    pub fn values(&self, design: usize, measure: &str, state: Option<usize>) -> Vec<f64> {
        if measure != "loss_probability" {
            return self.column(design, measure, state).to_vec();
        }
        let lost =
            |gain: &f64| if gain.is_nan() { f64::NAN } else { f64::from(u8::from(*gain < 0.0)) };
        self.column(design, "gain", state).iter().map(lost).collect()
    }

    /// Returns all rows of a design, by measure: the region, then the states.
    pub fn rows(&self, design: usize, states: usize) -> Vec<SummaryRow> {
        let mut rows = Vec::new();
        for (measure, definition) in MEASURES.iter().enumerate() {
            let mut each = vec![None];
            if definition.per_state {
                each.extend((0..states).map(Some));
            }
            for state in each {
                let statistic = match definition.id {
                    "worst_5_percent" => {
                        Statistic::worst_twentieth(self.column(design, "gain", state))
                    }
                    id => Statistic::of(&self.values(design, id, state)),
                };
                debug_assert!(
                    ACROSS.contains(&definition.id)
                        || !self.column(design, definition.id, state).is_empty()
                );
                rows.push(SummaryRow { design, measure, state, statistic });
            }
        }
        rows
    }
}

/// Yearly measures of all designs: sums in replication order, and histograms, both
/// `[design][year][column]`.
#[derive(Debug, Clone)]
pub struct YearTable {
    columns: Vec<Column>,
    years: usize,
    sums: Vec<(f64, u64)>,
    histograms: Vec<Histogram>,
}

/// A row of `years.csv`.
#[derive(Debug, Clone, Copy)]
pub struct YearRow {
    /// Position of the design.
    pub design: usize,
    /// Year from 0.
    pub year: usize,
    /// Position in the list of yearly measures.
    pub measure: usize,
    /// Position of the state; `None` for the region.
    pub state: Option<usize>,
    /// Mean over replications, in the unit of the measure.
    pub mean: f64,
    /// 5th, 50th and 95th percentile over replications, each within 1/64.
    pub percentiles: [f64; 3],
}

impl YearTable {
    /// Creates an empty table for numbers of designs, states and years.
    pub fn new(designs: usize, states: usize, years: usize) -> Self {
        let columns = yearly_columns(states);
        let cells = designs * years * columns.len();
        YearTable {
            columns,
            years,
            sums: vec![(0.0, 0); cells],
            histograms: vec![Histogram::default(); cells],
        }
    }

    /// Adds the yearly rows of a replication, `[year][column]`. NaN is left out.
    pub fn add(&mut self, design: usize, rows: &[f64]) {
        let start = design * rows.len();
        for (at, &x) in rows.iter().enumerate() {
            if !x.is_nan() {
                let (sum, count) = &mut self.sums[start + at];
                *sum += x;
                *count += 1;
                self.histograms[start + at].add(x);
            }
        }
    }

    /// Returns the rows of a measure of the region or of a state, year by year.
    pub fn series(&self, design: usize, measure: &str, state: Option<usize>) -> Vec<YearRow> {
        self.rows(design)
            .into_iter()
            .filter(|row| YEARLY[row.measure].id == measure && row.state == state)
            .collect()
    }

    /// Returns all rows of a design, year by year.
    pub fn rows(&self, design: usize) -> Vec<YearRow> {
        let width = self.columns.len();
        let mut rows = Vec::new();
        for year in 0..self.years {
            for (at, column) in self.columns.iter().enumerate() {
                let cell = (design * self.years + year) * width + at;
                let (sum, count) = self.sums[cell];
                rows.push(YearRow {
                    design,
                    year,
                    measure: column.measure,
                    state: column.state,
                    mean: if count > 0 { sum / count as f64 } else { f64::NAN },
                    percentiles: [0.05, 0.5, 0.95].map(|p| self.histograms[cell].quantile(p)),
                });
            }
        }
        rows
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statistic_is_computed_by_hand_and_leaves_out_what_is_empty() {
        let statistic = Statistic::of(&[1.0, 2.0, 3.0, 4.0, f64::NAN]);
        assert_eq!((statistic.mean, statistic.n), (2.5, 4));
        assert!((statistic.sd - (5.0f64 / 3.0).sqrt()).abs() < 1e-12);
        assert_eq!(statistic.percentiles[2], 2.5);
        assert!(Statistic::of(&[]).mean.is_nan());
    }

    #[test]
    fn the_worst_twentieth_is_the_mean_of_the_lowest_values() {
        let values: Vec<f64> = (0..100).map(f64::from).collect();
        let worst = Statistic::worst_twentieth(&values);
        assert!((worst.mean - 2.0).abs() < 1e-9, "{}", worst.mean);
        assert!(worst.se > 0.0);
    }
}
