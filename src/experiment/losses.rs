//! Sums of the account of losses over replications, by design, year, state and cause (ODD §10).

use crate::simulation::{Cause, YearRecord};

/// Number of causes.
const CAUSES: usize = Cause::ALL.len();

/// Sums over replications of one design, and the number of replications that reach each year.
#[derive(Debug, Clone, Default)]
pub struct LossSums {
    /// `[year][place][cause]`, MUSD; the first place is the region, then come the states.
    sums: Vec<f64>,
    counts: Vec<f64>,
    places: usize,
}

impl LossSums {
    /// Creates sums for runs of `years` years in a scenario with `states` states.
    pub fn new(years: usize, states: usize) -> Self {
        let places = states + 1;
        LossSums { sums: vec![0.0; years * places * CAUSES], counts: vec![0.0; years], places }
    }

    /// Adds a replication.
    pub fn add(&mut self, records: &[YearRecord]) {
        for (year, record) in records.iter().enumerate() {
            self.counts[year] += 1.0;
            let width = self.places * CAUSES;
            let own = &mut self.sums[year * width..(year + 1) * width];
            let (region, states) = own.split_at_mut(CAUSES);
            let add = |sums: &mut [f64], values: &[f64; CAUSES]| {
                sums.iter_mut().zip(values).for_each(|(sum, value)| *sum += value);
            };
            add(region, &record.losses.region);
            for (sums, values) in states.chunks_exact_mut(CAUSES).zip(&record.losses.by_state) {
                add(sums, values);
            }
        }
    }

    /// Adds the sums of further replications.
    pub fn merge(&mut self, other: &LossSums) {
        self.sums.iter_mut().zip(&other.sums).for_each(|(sum, more)| *sum += more);
        self.counts.iter_mut().zip(&other.counts).for_each(|(count, more)| *count += more);
    }

    /// Returns the number of years.
    pub fn years(&self) -> usize {
        self.counts.len()
    }

    /// Returns the mean of a year over the replications that reach it, MUSD; NaN if none does.
    /// `state` is `None` for the region.
    pub fn mean(&self, year: usize, state: Option<usize>, cause: Cause) -> f64 {
        let place = state.map_or(0, |state| state + 1);
        let at = (year * self.places + place) * CAUSES + cause as usize;
        if self.counts[year] > 0.0 { self.sums[at] / self.counts[year] } else { f64::NAN }
    }

    /// Returns the mean over all years and replications, MUSD per year.
    pub fn total(&self, state: Option<usize>, cause: Cause) -> f64 {
        let years = 0..self.years();
        let weighted = |year: usize| match self.counts[year] {
            0.0 => 0.0,
            count => count * self.mean(year, state, cause),
        };
        years.map(weighted).sum::<f64>() / self.counts.iter().sum::<f64>().max(1.0)
    }

    /// Returns the share of the region's joint optimum that a cause takes.
    pub fn share(&self, cause: Cause) -> f64 {
        let all: f64 = Cause::ALL.iter().map(|cause| self.total(None, *cause)).sum();
        if all > 0.0 { self.total(None, cause) / all } else { f64::NAN }
    }
}
