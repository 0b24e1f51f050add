//! Criteria of robust choice between designs over the points of a sweep (ODD §11).
//!
//! Points are states of the world and have equal weight. The regret of a design at a point is its
//! shortfall from the best design there (Savage 1951). Further criteria follow Wald (1950: the
//! worst outcome), Hurwicz (1951: a weighted mean of worst and best), Simon (1956: the share of
//! good enough outcomes) and Herman et al. (2015: regret at the 90th percentile).

use super::summary::{Statistic, quantile};
use crate::experiment::measures::Better;

/// A criterion of choice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Criterion {
    /// Mean over points, with equal weights.
    Mean,
    /// Outcome at the worst point.
    Worst,
    /// Optimism × best + (1 − optimism) × worst outcome.
    Hurwicz,
    /// Mean regret.
    MeanRegret,
    /// 90th percentile of regret.
    Regret90,
    /// Largest regret.
    MaxRegret,
    /// Share of points at which no design does better.
    BestShare,
    /// Share of points at which the outcome is good enough.
    Satisficing,
}

impl Criterion {
    /// All criteria, in the order of tables.
    pub const ALL: [Criterion; 8] = [
        Criterion::Mean,
        Criterion::Worst,
        Criterion::Hurwicz,
        Criterion::MeanRegret,
        Criterion::Regret90,
        Criterion::MaxRegret,
        Criterion::BestShare,
        Criterion::Satisficing,
    ];

    /// Returns the id in files.
    pub fn id(self) -> &'static str {
        match self {
            Criterion::Mean => "mean",
            Criterion::Worst => "worst",
            Criterion::Hurwicz => "hurwicz",
            Criterion::MeanRegret => "mean_regret",
            Criterion::Regret90 => "p90_regret",
            Criterion::MaxRegret => "max_regret",
            Criterion::BestShare => "best_share",
            Criterion::Satisficing => "satisficing",
        }
    }

    /// Returns the name for people.
    pub fn title(self) -> &'static str {
        match self {
            Criterion::Mean => "mean",
            Criterion::Worst => "worst point (maximin)",
            Criterion::Hurwicz => "Hurwicz",
            Criterion::MeanRegret => "mean regret",
            Criterion::Regret90 => "regret, 90th percentile",
            Criterion::MaxRegret => "largest regret (minimax)",
            Criterion::BestShare => "best at",
            Criterion::Satisficing => "satisfactory at",
        }
    }

    /// Returns whether the value is a share of points.
    pub fn is_share(self) -> bool {
        matches!(self, Criterion::BestShare | Criterion::Satisficing)
    }

    /// Returns whether lower values are better, whatever the measure.
    fn is_regret(self) -> bool {
        matches!(self, Criterion::MeanRegret | Criterion::Regret90 | Criterion::MaxRegret)
    }
}

/// Value of a criterion for one design.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Score {
    /// Value, in the unit of the measure or as a share of points.
    pub value: f64,
    /// Standard error over points; NaN except for means and shares.
    pub se: f64,
    /// Rank from 1; equal values share it.
    pub rank: usize,
}

/// Scores and regrets of designs by one measure.
#[derive(Debug, Clone, PartialEq)]
pub struct Robustness {
    /// Scores by criterion, then design; empty without points. The satisficing share is present
    /// only if a threshold is given.
    pub scores: Vec<(Criterion, Vec<Score>)>,
    /// Regrets `[design][point used]`, in the unit of the measure.
    pub regrets: Vec<Vec<f64>>,
    /// Best design at each point used; the first of equal ones.
    pub best: Vec<usize>,
    /// Points used: those at which every design has a value.
    pub points: Vec<usize>,
    /// Number of points left out.
    pub left_out: usize,
}

/// Computes all criteria from the means `means[design][point]`. `satisfactory` is the value from
/// which an outcome is good enough; `optimism` is the weight of the best outcome (a share).
pub fn robustness(
    means: &[Vec<f64>],
    better: Better,
    satisfactory: Option<f64>,
    optimism: f64,
) -> Robustness {
    let sign = if better == Better::Lower { -1.0 } else { 1.0 };
    let all = means.first().map_or(0, Vec::len);
    let points: Vec<usize> =
        (0..all).filter(|&point| means.iter().all(|design| design[point].is_finite())).collect();
    let good: Vec<Vec<f64>> = means
        .iter()
        .map(|design| points.iter().map(|&point| sign * design[point]).collect())
        .collect();
    let top: Vec<f64> = (0..points.len())
        .map(|at| good.iter().map(|design| design[at]).fold(f64::NEG_INFINITY, f64::max))
        .collect();
    let regrets: Vec<Vec<f64>> = good
        .iter()
        .map(|design| design.iter().zip(&top).map(|(x, top)| top - x).collect())
        .collect();
    let best: Vec<usize> = (0..points.len())
        .map(|at| (0..good.len()).find(|&design| regrets[design][at] <= 0.0).unwrap_or(0))
        .collect();
    let share = |hits: usize| {
        let n = points.len() as f64;
        let p = hits as f64 / n;
        (p, (p * (1.0 - p) / n).sqrt())
    };
    let value = |criterion: Criterion, design: usize| -> (f64, f64) {
        let (values, regret) = (&good[design], &regrets[design]);
        let low = values.iter().copied().fold(f64::INFINITY, f64::min);
        let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let mut sorted = regret.clone();
        sorted.sort_by(f64::total_cmp);
        match criterion {
            Criterion::Mean => {
                let s = Statistic::of(values);
                (sign * s.mean, s.se)
            }
            Criterion::Worst => (sign * low, f64::NAN),
            Criterion::Hurwicz => (sign * (optimism * high + (1.0 - optimism) * low), f64::NAN),
            Criterion::MeanRegret => {
                let s = Statistic::of(regret);
                (s.mean, s.se)
            }
            Criterion::Regret90 => (quantile(&sorted, 0.9), f64::NAN),
            Criterion::MaxRegret => (sorted.last().copied().unwrap_or(f64::NAN), f64::NAN),
            Criterion::BestShare => share(regret.iter().filter(|regret| **regret <= 0.0).count()),
            Criterion::Satisficing => match satisfactory {
                Some(threshold) => share(values.iter().filter(|x| **x >= sign * threshold).count()),
                None => (f64::NAN, f64::NAN),
            },
        }
    };
    let wanted = Criterion::ALL
        .into_iter()
        .filter(|c| *c != Criterion::Satisficing || satisfactory.is_some());
    let scores = wanted
        .filter(|_| !points.is_empty())
        .map(|criterion| {
            let values: Vec<(f64, f64)> =
                (0..means.len()).map(|design| value(criterion, design)).collect();
            let direction = match criterion {
                _ if criterion.is_regret() => -1.0,
                _ if criterion.is_share() => 1.0,
                _ => sign,
            };
            let rank = |x: f64| {
                1 + values.iter().filter(|(other, _)| direction * other > direction * x).count()
            };
            let scores =
                values.iter().map(|&(value, se)| Score { value, se, rank: rank(value) }).collect();
            (criterion, scores)
        })
        .collect();
    Robustness { scores, regrets, best, left_out: all - points.len(), points }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scores(found: &Robustness, criterion: Criterion) -> Vec<(f64, usize)> {
        let (_, scores) = found.scores.iter().find(|(known, _)| *known == criterion).unwrap();
        scores.iter().map(|score| (score.value, score.rank)).collect()
    }

    /// Three designs at four points: a risky one, a safe one, and one that the safe one dominates.
    fn table() -> Vec<Vec<f64>> {
        vec![vec![10.0, 10.0, 0.0, -4.0], vec![6.0, 5.0, 4.0, 3.0], vec![5.0, 5.0, 3.0, 2.0]]
    }

    #[test]
    fn criteria_are_those_of_a_table_worked_by_hand() {
        let found = robustness(&table(), Better::Higher, Some(4.0), 0.25);
        assert_eq!(found.regrets[0], [0.0, 0.0, 4.0, 7.0]);
        assert_eq!(found.regrets[1], [4.0, 5.0, 0.0, 0.0]);
        assert_eq!(scores(&found, Criterion::Worst), [(-4.0, 3), (3.0, 1), (2.0, 2)]);
        assert_eq!(scores(&found, Criterion::MaxRegret), [(7.0, 3), (5.0, 1), (5.0, 1)]);
        assert_eq!(scores(&found, Criterion::Hurwicz), [(-0.5, 3), (3.75, 1), (2.75, 2)]);
        assert_eq!(scores(&found, Criterion::BestShare), [(0.5, 1), (0.5, 1), (0.0, 3)]);
        assert_eq!(scores(&found, Criterion::Satisficing), [(0.5, 2), (0.75, 1), (0.5, 2)]);
        assert_eq!(scores(&found, Criterion::Mean), [(4.0, 2), (4.5, 1), (3.75, 3)]);
        assert_eq!(found.best, [0, 0, 1, 1]);
        assert!((scores(&found, Criterion::Regret90)[0].0 - 6.1).abs() < 1e-12);
    }

    #[test]
    fn less_is_better_where_the_measure_says_so_and_points_with_gaps_are_left_out() {
        let mut means = table();
        means[2][0] = f64::NAN;
        let found = robustness(&means, Better::Lower, None, 0.5);
        assert_eq!((found.left_out, &found.points[..]), (1, &[1, 2, 3][..]));
        assert_eq!(found.regrets[0], [5.0, 0.0, 0.0]);
        assert_eq!(scores(&found, Criterion::Worst), [(10.0, 3), (5.0, 1), (5.0, 1)]);
        assert!(found.scores.iter().all(|(criterion, _)| *criterion != Criterion::Satisficing));
        assert!(robustness(&[vec![f64::NAN]], Better::Higher, None, 0.5).scores.is_empty());
    }
}
