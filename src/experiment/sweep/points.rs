//! Points of a sweep: its sample in the unit cube, converted to values by the laws of its
//! parameters.

use crate::experiment::sampling::{self, SamplingError};
use crate::scenario::sweep::Sweep;
use crate::scenario::sweep::raw::Sampling;

/// The points of a sweep.
#[derive(Debug, Clone, PartialEq)]
pub struct Points {
    /// Values `[point][parameter]`, in the unit of the parameter; positions for categories.
    pub values: Vec<Vec<f64>>,
}

impl Points {
    /// Returns the points of a sweep; the same file always gives the same points.
    ///
    /// # Errors
    ///
    /// Fails if the sample cannot be made: see [`SamplingError`].
    pub fn of(sweep: &Sweep) -> Result<Points, SamplingError> {
        let parameters = sweep.parameters.len();
        let unit = match &sweep.sampling {
            Sampling::List(_) => return Ok(Points { values: sweep.listed.clone() }),
            Sampling::Grid(table) => {
                let count = |law: &crate::scenario::sweep::Law| {
                    law.count().unwrap_or(table.levels as usize)
                };
                let counts: Vec<usize> =
                    sweep.parameters.iter().map(|parameter| count(&parameter.law)).collect();
                sampling::grid(&counts)?
            }
            Sampling::LatinHypercube(table) => {
                sampling::latin_hypercube(table.points as usize, parameters, table.seed)?
            }
            Sampling::Random(table) => {
                sampling::random(table.points as usize, parameters, table.seed)?
            }
            Sampling::Sobol(table) => sampling::sobol(table.points as usize, parameters)?,
            Sampling::Saltelli(table) => sampling::saltelli(table.base as usize, parameters)?,
            Sampling::Morris(table) => {
                let groups: Vec<usize> =
                    sweep.parameters.iter().map(|parameter| parameter.group).collect();
                sampling::morris(
                    table.trajectories as usize,
                    table.levels as usize,
                    &groups,
                    table.seed,
                )?
            }
        };
        let at = |point: &Vec<f64>| {
            sweep
                .parameters
                .iter()
                .zip(point)
                .map(|(parameter, u)| parameter.law.at(*u))
                .collect::<Vec<f64>>()
        };
        Ok(Points { values: unit.iter().map(at).collect() })
    }
}
