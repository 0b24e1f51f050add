//! Linear algebra and linear programmes of the size that games need; not meant for large systems.

use super::GameError;
use microlp::{ComparisonOp, OptimizationDirection, Problem, Variable};

/// A set of linearly independent rows, kept in reduced form.
#[derive(Debug, Clone)]
pub struct Span {
    rows: Vec<Vec<f64>>,
    pivots: Vec<usize>,
}

const NIL: f64 = 1e-9;

impl Span {
    /// Creates an empty set.
    pub fn new() -> Self {
        Span { rows: Vec::new(), pivots: Vec::new() }
    }
    /// Returns the number of independent rows.
    pub fn rank(&self) -> usize {
        self.rows.len()
    }
    fn rest(&self, row: &[f64]) -> Vec<f64> {
        let mut rest = row.to_vec();
        for (known, &pivot) in self.rows.iter().zip(&self.pivots) {
            let factor = rest[pivot];
            if factor != 0.0 {
                for (rest, known) in rest.iter_mut().zip(known) {
                    *rest -= factor * known;
                }
            }
        }
        rest
    }
    /// Returns whether a row is a linear combination of those kept.
    pub fn contains(&self, row: &[f64]) -> bool {
        self.rest(row).iter().all(|x| x.abs() < NIL)
    }
    /// Adds a row; returns `false` if it depends on those kept.
    pub fn insert(&mut self, row: &[f64]) -> bool {
        let mut rest = self.rest(row);
        let width = rest.len();
        let pivot =
            (0..width).max_by(|&a, &b| rest[a].abs().total_cmp(&rest[b].abs())).unwrap_or(0);
        if width == 0 || rest[pivot].abs() < NIL {
            return false;
        }
        let by = rest[pivot];
        rest.iter_mut().for_each(|x| *x /= by);
        for known in &mut self.rows {
            let factor = known[pivot];
            if factor != 0.0 {
                for (known, rest) in known.iter_mut().zip(&rest) {
                    *known -= factor * rest;
                }
            }
        }
        self.rows.push(rest);
        self.pivots.push(pivot);
        true
    }
}

/// Solves equations `row · x = right`, some of which may be redundant. Returns `None` if they do
/// not determine every unknown.
pub fn solve(unknowns: usize, equations: &[(Vec<f64>, f64)]) -> Option<Vec<f64>> {
    let mut span = Span::new();
    for (row, right) in equations {
        // The right side is carried along as a last entry that is never a pivot.
        let mut whole = row.clone();
        whole.push(*right);
        let rest = span.rest(&whole);
        if rest[..unknowns].iter().all(|x| x.abs() < NIL) {
            continue;
        }
        let pivot = (0..unknowns).max_by(|&a, &b| rest[a].abs().total_cmp(&rest[b].abs()))?;
        let by = rest[pivot];
        let rest: Vec<f64> = rest.iter().map(|x| x / by).collect();
        for known in &mut span.rows {
            let factor = known[pivot];
            for (known, rest) in known.iter_mut().zip(&rest) {
                *known -= factor * rest;
            }
        }
        span.rows.push(rest);
        span.pivots.push(pivot);
    }
    if span.rank() < unknowns {
        return None;
    }
    let mut solution = vec![0.0; unknowns];
    for (row, &pivot) in span.rows.iter().zip(&span.pivots) {
        solution[pivot] = row[unknowns];
    }
    Some(solution)
}

/// A linear programme over variables with bounds. Constraints can be added one by one.
#[derive(Debug)]
pub struct Programme {
    what: &'static str,
    problem: Problem,
    variables: Vec<Variable>,
}

/// The optimal point and its objective value.
#[derive(Debug, Clone)]
pub struct Optimum {
    /// Value of each variable.
    pub point: Vec<f64>,
    /// Value of the objective.
    pub value: f64,
}

impl Programme {
    /// Creates a programme that minimises `objective · x`, with `bounds` by variable. `what` names
    /// it in errors.
    pub fn minimise(
        what: &'static str,
        objective: &[f64],
        bounds: impl Fn(usize) -> (f64, f64),
    ) -> Self {
        let mut problem = Problem::new(OptimizationDirection::Minimize);
        let variables = objective
            .iter()
            .enumerate()
            .map(|(at, weight)| problem.add_var(*weight, bounds(at)))
            .collect();
        Programme { what, problem, variables }
    }

    fn add(&mut self, row: &[f64], comparison: ComparisonOp, right: f64) {
        let terms: Vec<(Variable, f64)> = self
            .variables
            .iter()
            .zip(row)
            .filter(|(_, weight)| **weight != 0.0)
            .map(|(x, weight)| (*x, *weight))
            .collect();
        self.problem.add_constraint(&terms[..], comparison, right);
    }

    /// Requires `row · x = right`.
    pub fn equal(&mut self, row: &[f64], right: f64) {
        self.add(row, ComparisonOp::Eq, right);
    }

    /// Requires `row · x ≥ right`.
    pub fn at_least(&mut self, row: &[f64], right: f64) {
        self.add(row, ComparisonOp::Ge, right);
    }

    /// Returns the optimum. Fails if the solver fails or is interrupted.
    pub fn solve(&self) -> Result<Optimum, GameError> {
        let fault = |error: String| GameError::Solver(self.what, error);
        let outcome = self.problem.solve().map_err(|error| fault(error.to_string()))?;
        let solution = outcome.into_solution().map_err(|_| fault("interrupted".into()))?;
        let point = self.variables.iter().map(|x| solution.var_value(*x)).collect();
        Ok(Optimum { point, value: solution.objective() })
    }
}
