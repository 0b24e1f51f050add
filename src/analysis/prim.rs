//! The patient rule induction method (Friedman and Fisher 1999) for scenario discovery (Bryant and
//! Lempert 2010; ODD §11): boxes in the space of parameters that hold most cases of interest and
//! few others.
//!
//! A cut of a numeric parameter lies midway between the neighbouring distinct values at the
//! quantile. Peels are compared by the gain in density per case lost, which treats categories and
//! numbers alike (Kwakkel and Jaxa-Rozen 2016).

use statrs::distribution::{Binomial, DiscreteCDF};

/// Values of one parameter in all cases.
#[derive(Debug, Clone, PartialEq)]
pub enum Input {
    /// Numeric value of each case.
    Numbers(Vec<f64>),
    /// Category of each case, by position, and the number of categories.
    Categories(Vec<usize>, usize),
}

/// Restriction of a box along one parameter.
#[derive(Debug, Clone, PartialEq)]
pub enum Side {
    /// Least and largest value, both inside.
    Range(f64, f64),
    /// Whether each category is inside.
    Among(Vec<bool>),
}

/// A box of the trajectory with its statistics.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// Sides by parameter.
    pub sides: Vec<Side>,
    /// Number of cases inside.
    pub cases: usize,
    /// Number of cases of interest inside.
    pub hits: usize,
    /// Share of all cases of interest that is inside.
    pub coverage: f64,
    /// Share of the cases inside that is of interest.
    pub density: f64,
    /// Share of all cases that is inside.
    pub mass: f64,
    /// Whether each parameter is restricted.
    pub restricted: Vec<bool>,
}

impl Step {
    /// Returns the number of restricted parameters.
    pub fn dimensions(&self) -> usize {
        self.restricted.iter().filter(|restricted| **restricted).count()
    }
}

/// Sizes of peels and pastes, and the least size of a box.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Patience {
    /// Share of the cases inside that a peel removes.
    pub peel: f64,
    /// Share of the cases beyond a side that a paste adds.
    pub paste: f64,
    /// Least share of all cases that a box holds.
    pub least_mass: f64,
}

impl Default for Patience {
    fn default() -> Self {
        Patience { peel: 0.05, paste: 0.05, least_mass: 0.05 }
    }
}

/// Cases in which boxes are sought.
#[derive(Debug, Clone)]
pub struct Prim {
    inputs: Vec<Input>,
    interest: Vec<bool>,
    patience: Patience,
    whole: Vec<Side>,
}

/// A candidate for the next box.
struct Candidate {
    parameter: usize,
    side: Side,
    cases: usize,
    hits: usize,
}

/// Returns the cut at a quantile of sorted values, midway between neighbours. If these are equal,
/// it moves to the next distinct value: upwards for quantiles up to ½, downwards above.
fn cut(sorted: &[f64], quantile: f64) -> f64 {
    let at = (sorted.len() - 1) as f64 * quantile;
    let (mut low, mut high) = (at.floor() as usize, at.ceil() as usize);
    if quantile > 0.5 {
        while sorted[low] == sorted[high] && low > 0 {
            low -= 1;
        }
    } else {
        while sorted[low] == sorted[high] && high < sorted.len() - 1 {
            high += 1;
        }
    }
    (sorted[low] + sorted[high]) / 2.0
}

fn contains(side: &Side, input: &Input, case: usize) -> bool {
    match (side, input) {
        (Side::Range(low, high), Input::Numbers(values)) => (*low..=*high).contains(&values[case]),
        (Side::Among(inside), Input::Categories(of, _)) => inside[of[case]],
        _ => false,
    }
}

impl Prim {
    /// Creates a search over these inputs; `interest` marks the cases of interest. All inputs must
    /// have as many cases as `interest`, and all numbers must be finite.
    pub fn new(inputs: Vec<Input>, interest: Vec<bool>, patience: Patience) -> Self {
        let whole = inputs
            .iter()
            .map(|input| match input {
                Input::Numbers(values) => {
                    let ends =
                        values.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), x| {
                            (a.min(*x), b.max(*x))
                        });
                    Side::Range(ends.0, ends.1)
                }
                Input::Categories(of, count) => {
                    let mut there = vec![false; *count];
                    of.iter().for_each(|at| there[*at] = true);
                    Side::Among(there)
                }
            })
            .collect();
        Prim { inputs, interest, patience, whole }
    }

    /// Returns the number of cases of interest.
    pub fn hits(&self) -> usize {
        self.interest.iter().filter(|interest| **interest).count()
    }

    /// Returns the sides of the box that holds all cases.
    pub fn whole(&self) -> &[Side] {
        &self.whole
    }

    /// Returns those of the given cases that a box holds.
    pub fn inside(&self, sides: &[Side], cases: &[usize]) -> Vec<usize> {
        let holds = |case: &&usize| {
            sides.iter().zip(&self.inputs).all(|(side, input)| contains(side, input, **case))
        };
        cases.iter().filter(holds).copied().collect()
    }

    /// Returns a box with its statistics among the given cases. Coverage and mass refer to all
    /// cases.
    pub fn step(&self, sides: Vec<Side>, cases: &[usize]) -> Step {
        let inside = self.inside(&sides, cases);
        let hits = inside.iter().filter(|case| self.interest[**case]).count();
        self.described(sides, inside.len(), hits)
    }

    fn described(&self, sides: Vec<Side>, cases: usize, hits: usize) -> Step {
        let restricted = sides.iter().zip(&self.whole).map(|(side, whole)| side != whole).collect();
        Step {
            restricted,
            coverage: hits as f64 / self.hits() as f64,
            density: hits as f64 / cases as f64,
            mass: cases as f64 / self.interest.len() as f64,
            sides,
            cases,
            hits,
        }
    }

    /// Returns the trajectory of boxes among the given cases, from the box of all cases on: first
    /// peels, then pastes. Every step increases the density.
    pub fn trajectory(&self, cases: &[usize]) -> Vec<Step> {
        let mut steps = vec![self.step(self.whole.clone(), cases)];
        // Cases inside, sorted by every numeric parameter. Peels keep the order, so one sort is
        // enough.
        let mut inside: Vec<usize> = cases.to_vec();
        let mut sorted: Vec<Vec<usize>> = self
            .inputs
            .iter()
            .map(|input| match input {
                Input::Numbers(values) => {
                    let mut order = cases.to_vec();
                    order.sort_by(|a, b| values[*a].total_cmp(&values[*b]));
                    order
                }
                Input::Categories(..) => Vec::new(),
            })
            .collect();
        let mut keep = vec![false; self.interest.len()];
        while let Some(next) = self
            .best(&steps[steps.len() - 1], self.peels(&steps[steps.len() - 1], &inside, &sorted))
        {
            let last = &steps[steps.len() - 1];
            let mass = next.cases as f64 / self.interest.len() as f64;
            if mass < self.patience.least_mass || next.cases >= last.cases {
                break;
            }
            let input = &self.inputs[next.parameter];
            inside.retain(|case| {
                keep[*case] = contains(&next.side, input, *case);
                keep[*case]
            });
            sorted.iter_mut().for_each(|order| order.retain(|case| keep[*case]));
            steps.push(self.stepped(last, next));
        }
        while let Some(next) =
            self.best(&steps[steps.len() - 1], self.pastes(&steps[steps.len() - 1], cases))
        {
            let last = &steps[steps.len() - 1];
            let density = next.hits as f64 / next.cases as f64;
            if next.cases <= last.cases || density <= last.density {
                break;
            }
            steps.push(self.stepped(last, next));
        }
        steps
    }

    fn stepped(&self, last: &Step, next: Candidate) -> Step {
        let mut sides = last.sides.clone();
        sides[next.parameter] = next.side;
        self.described(sides, next.cases, next.hits)
    }

    /// Returns the candidate with the largest gain in density per case; of equal ones that with the
    /// fewest restricted parameters, then the first. Returns `None` if no candidate gains.
    fn best(&self, last: &Step, candidates: Vec<Candidate>) -> Option<Candidate> {
        let mut best: Option<(f64, usize, Candidate)> = None;
        for candidate in candidates {
            let density = if candidate.cases > 0 {
                candidate.hits as f64 / candidate.cases as f64
            } else {
                0.0
            };
            let gain = match density == last.density {
                true => 0.0,
                false => (density - last.density) / last.cases.abs_diff(candidate.cases) as f64,
            };
            let own = usize::from(candidate.side != self.whole[candidate.parameter]);
            let others = last.dimensions() - usize::from(last.restricted[candidate.parameter]);
            let free = self.inputs.len() - others - own;
            if best
                .as_ref()
                .is_none_or(|(score, most, _)| gain > *score || (gain == *score && free > *most))
            {
                best = Some((gain, free, candidate));
            }
        }
        best.filter(|(gain, _, _)| *gain > 0.0).map(|(_, _, candidate)| candidate)
    }

    /// Returns the positions of the parameters, numeric ones first.
    fn order(&self) -> impl Iterator<Item = usize> + '_ {
        let numeric = |at: &usize| matches!(self.inputs[*at], Input::Numbers(_));
        let all = 0..self.inputs.len();
        all.clone().filter(numeric).chain(all.filter(move |at| !numeric(at)))
    }

    fn peels(&self, last: &Step, inside: &[usize], sorted: &[Vec<usize>]) -> Vec<Candidate> {
        let mut candidates = Vec::new();
        for parameter in self.order() {
            match (&self.inputs[parameter], &last.sides[parameter]) {
                (Input::Numbers(values), Side::Range(low, high)) => {
                    let order = &sorted[parameter];
                    let column: Vec<f64> = order.iter().map(|case| values[*case]).collect();
                    let upper = cut(&column, 1.0 - self.patience.peel);
                    let lower = cut(&column, self.patience.peel);
                    // The cases that a peel removes are at one end of the order.
                    let above = column.partition_point(|x| *x <= upper);
                    let below = column.partition_point(|x| *x < lower);
                    let hits =
                        |cases: &[usize]| cases.iter().filter(|case| self.interest[**case]).count();
                    for (side, cases, lost) in [
                        (Side::Range(*low, upper), above, &order[above..]),
                        (Side::Range(lower, *high), order.len() - below, &order[..below]),
                    ] {
                        candidates.push(Candidate {
                            parameter,
                            side,
                            cases,
                            hits: last.hits - hits(lost),
                        });
                    }
                }
                (Input::Categories(of, count), Side::Among(within)) => {
                    let (mut cases, mut hits) = (vec![0; *count], vec![0; *count]);
                    for case in inside {
                        cases[of[*case]] += 1;
                        hits[of[*case]] += usize::from(self.interest[*case]);
                    }
                    let left = within.iter().filter(|inside| **inside).count();
                    for category in (0..*count).filter(|category| within[*category] && left > 1) {
                        let mut side = within.clone();
                        side[category] = false;
                        let (cases, hits) =
                            (last.cases - cases[category], last.hits - hits[category]);
                        candidates.push(Candidate {
                            parameter,
                            side: Side::Among(side),
                            cases,
                            hits,
                        });
                    }
                }
                _ => {}
            }
        }
        candidates
    }

    fn pastes(&self, last: &Step, cases: &[usize]) -> Vec<Candidate> {
        let mut candidates = Vec::new();
        for parameter in self.order().filter(|parameter| last.restricted[*parameter]) {
            let mut open = last.sides.clone();
            open[parameter] = self.whole[parameter].clone();
            // Cases inside all other sides, from which a paste can add.
            let near = self.inside(&open, cases);
            let candidate = |side: Side| {
                let within: Vec<&usize> = near
                    .iter()
                    .filter(|case| contains(&side, &self.inputs[parameter], **case))
                    .collect();
                let hits = within.iter().filter(|case| self.interest[***case]).count();
                Candidate { parameter, cases: within.len(), hits, side }
            };
            match (&self.inputs[parameter], &last.sides[parameter], &self.whole[parameter]) {
                (Input::Numbers(values), Side::Range(low, high), Side::Range(least, most)) => {
                    let sorted = |keep: &dyn Fn(f64) -> bool| {
                        let mut column: Vec<f64> =
                            near.iter().map(|case| values[*case]).filter(|x| keep(*x)).collect();
                        column.sort_by(f64::total_cmp);
                        column
                    };
                    let (below, above) = (sorted(&|x| x <= *low), sorted(&|x| x >= *high));
                    let lower = if below.is_empty() {
                        *least
                    } else {
                        cut(&below, 1.0 - self.patience.paste)
                    };
                    let upper =
                        if above.is_empty() { *most } else { cut(&above, self.patience.paste) };
                    candidates.push(candidate(Side::Range(lower, *high)));
                    candidates.push(candidate(Side::Range(*low, upper)));
                }
                (_, Side::Among(within), Side::Among(all)) => {
                    for category in
                        (0..within.len()).filter(|category| all[*category] && !within[*category])
                    {
                        let mut side = within.clone();
                        side[category] = true;
                        candidates.push(candidate(Side::Among(side)));
                    }
                }
                _ => {}
            }
        }
        candidates
    }

    /// Returns the quasi-p-values of a box by parameter. For each restriction it is the probability
    /// that the box without it would hold at least as many cases of interest among as many cases by
    /// chance (one-sided binomial test). A range has one value for its lower and one for its upper
    /// end; ends without a restriction have none.
    pub fn quasi_p(&self, step: &Step, cases: &[usize]) -> Vec<[Option<f64>; 2]> {
        let without = |parameter: usize, side: Side| {
            let mut sides = step.sides.clone();
            sides[parameter] = side;
            let wider = self.step(sides, cases);
            let p = wider.hits as f64 / wider.cases as f64;
            match Binomial::new(p, step.cases as u64) {
                Ok(law) if step.hits > 0 => law.sf(step.hits as u64 - 1),
                _ => 1.0,
            }
        };
        let both = step.sides.iter().zip(&self.whole).enumerate();
        both.map(|(parameter, sides)| match sides {
            (Side::Range(low, high), Side::Range(least, most)) => [
                (low != least).then(|| without(parameter, Side::Range(*least, *high))),
                (high != most).then(|| without(parameter, Side::Range(*low, *most))),
            ],
            (side, whole) => [(side != whole).then(|| without(parameter, whole.clone())), None],
        })
        .collect()
    }

    /// Returns a box without the restrictions that chance may explain. The restriction with the
    /// largest quasi-p-value above `level` is removed, repeatedly, as long as the density of the
    /// box is at least `density`.
    pub fn simplified(&self, step: &Step, cases: &[usize], level: f64, density: f64) -> Step {
        let mut step = step.clone();
        loop {
            let found = self.quasi_p(&step, cases);
            let mut worst: Option<(f64, usize, usize)> = None;
            for (parameter, ends) in found.iter().enumerate() {
                for (end, p) in ends.iter().enumerate() {
                    if let Some(p) =
                        p.filter(|p| *p > level && worst.is_none_or(|(known, _, _)| *p > known))
                    {
                        worst = Some((p, parameter, end));
                    }
                }
            }
            let Some((_, parameter, end)) = worst else { return step };
            let mut sides = step.sides.clone();
            sides[parameter] = match (&sides[parameter], &self.whole[parameter]) {
                (Side::Range(_, high), Side::Range(least, _)) if end == 0 => {
                    Side::Range(*least, *high)
                }
                (Side::Range(low, _), Side::Range(_, most)) => Side::Range(*low, *most),
                (_, whole) => whole.clone(),
            };
            let wider = self.step(sides, cases);
            if wider.density < density {
                return step;
            }
            step = wider;
        }
    }
}

/// Returns the position of the box with the largest coverage among those with at least this
/// density, or of the densest box if there is none.
pub fn choose(trajectory: &[Step], density: f64) -> usize {
    let enough = (0..trajectory.len()).filter(|at| trajectory[*at].density >= density);
    let by_coverage = |a: &usize, b: &usize| {
        trajectory[*a]
            .coverage
            .total_cmp(&trajectory[*b].coverage)
            .then(trajectory[*b].dimensions().cmp(&trajectory[*a].dimensions()))
    };
    let by_density = |a: &usize, b: &usize| {
        trajectory[*a].density.total_cmp(&trajectory[*b].density).then(b.cmp(a))
    };
    enough.max_by(by_coverage).or_else(|| (0..trajectory.len()).max_by(by_density)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::sampling;
    use proptest::prelude::*;

    /// Cases of interest: x₀ > 0.7, x₁ < 0.4 and, if `category`, the second of three categories.
    fn corner(points: usize, category: bool) -> Prim {
        let rows = sampling::latin_hypercube(points, 4, 5).unwrap_or_default();
        let kind: Vec<usize> = rows.iter().map(|row| (row[3] * 3.0) as usize).collect();
        let interest = rows
            .iter()
            .zip(&kind)
            .map(|(row, kind)| row[0] > 0.7 && row[1] < 0.4 && (!category || *kind == 1))
            .collect();
        let column = |at: usize| Input::Numbers(rows.iter().map(|row| row[at]).collect());
        Prim::new(
            vec![column(0), column(1), column(2), Input::Categories(kind, 3)],
            interest,
            Patience::default(),
        )
    }

    fn all(prim: &Prim) -> Vec<usize> {
        (0..prim.interest.len()).collect()
    }

    #[test]
    fn a_corner_is_found_with_its_sides_and_nothing_else() {
        let prim = corner(2000, false);
        let cases = all(&prim);
        let trajectory = prim.trajectory(&cases);
        let chosen = prim.simplified(&trajectory[choose(&trajectory, 0.9)], &cases, 0.05, 0.8);
        assert!(chosen.coverage > 0.9 && chosen.density >= 0.85, "{chosen:?}");
        assert_eq!(chosen.restricted, [true, true, false, false]);
        let (Side::Range(low, _), Side::Range(_, high)) = (&chosen.sides[0], &chosen.sides[1])
        else {
            panic!("ranges")
        };
        assert!((low - 0.7).abs() < 0.05 && (high - 0.4).abs() < 0.05, "{low} {high}");
    }

    #[test]
    fn a_category_is_found_and_its_quasi_p_says_that_it_is_not_chance() {
        let prim = corner(3000, true);
        let cases = all(&prim);
        let trajectory = prim.trajectory(&cases);
        let last = &trajectory[choose(&trajectory, 0.9)];
        assert_eq!(last.sides[3], Side::Among(vec![false, true, false]));
        let p = prim.quasi_p(last, &cases);
        assert!(p[3][0].is_some_and(|p| p < 1e-6) && p[3][1].is_none());
        assert!(p[0][0].is_some_and(|p| p < 1e-6) && p[0][1].is_none(), "{p:?}");
    }

    #[test]
    fn quasi_p_is_a_binomial_tail() {
        // Ten cases, five of interest; the box x ≥ 4.5 holds five, all of them of interest: chance
        // (5/10)^5 without it.
        let values: Vec<f64> = (0..10).map(f64::from).collect();
        let interest = (0..10).map(|at| at >= 5).collect();
        let prim = Prim::new(vec![Input::Numbers(values)], interest, Patience::default());
        let cases = all(&prim);
        let step = prim.step(vec![Side::Range(4.5, 9.0)], &cases);
        let p = prim.quasi_p(&step, &cases);
        assert!(p[0][0].is_some_and(|p| (p - 1.0 / 32.0).abs() < 1e-9), "{p:?}");
    }

    #[test]
    fn cuts_lie_between_neighbours_and_step_over_ties() {
        assert_eq!(cut(&[1.0, 2.0, 3.0, 4.0, 5.0], 0.3), 2.5);
        assert_eq!(cut(&[1.0, 1.0, 1.0, 4.0, 5.0], 0.05), 2.5);
        assert_eq!(cut(&[1.0, 2.0, 5.0, 5.0, 5.0], 0.95), 3.5);
        assert_eq!(cut(&[3.0], 0.05), 3.0);
    }

    proptest! {
        #[test]
        fn counts_on_the_trajectory_are_those_of_its_boxes(seed in 0u64..500,
            points in 30usize..200, ties in 2u32..40) {
            let rows = sampling::random(points, 3, seed).unwrap_or_default();
            let rough = |x: f64| (x * f64::from(ties)).floor() / f64::from(ties);
            let interest: Vec<bool> = rows.iter().map(|row| row[0] + 0.5 * row[2] > 0.8).collect();
            prop_assume!(interest.iter().any(|x| *x));
            let kind = rows.iter().map(|row| (row[2] * 4.0) as usize).collect();
            let inputs = vec![
                Input::Numbers(rows.iter().map(|row| rough(row[0])).collect()),
                Input::Numbers(rows.iter().map(|row| row[1]).collect()),
                Input::Categories(kind, 4),
            ];
            let prim = Prim::new(inputs, interest, Patience::default());
            let cases = all(&prim);
            let trajectory = prim.trajectory(&cases);
            for step in &trajectory {
                prop_assert_eq!(step, &prim.step(step.sides.clone(), &cases));
            }
            for pair in trajectory.windows(2) {
                prop_assert!(pair[1].density > pair[0].density);
            }
        }
    }
}
