//! Headline of a folder: key findings in sentences made from its numbers, with standard errors. A
//! finding that the numbers do not support is left out.

mod analyses;
mod designs;

pub use analyses::{discovery, robustness, sensitivity, sweep};
pub use designs::{attribution, coalitions, comparison, run};

use super::terminal::{rounded, short_number};
use crate::analysis::Statistic;
use crate::numeric::TWO_SIDED_95;
use crate::output::FigureKinds;

/// A mean with its standard error, such as `12.3 ± 0.2 MUSD/yr`; without the error if nothing
/// varies.
fn measured(s: &Statistic, unit: &str) -> String {
    let gap = if unit.is_empty() { "" } else { " " };
    match s.se {
        se if se == 0.0 || (s.mean == 0.0 && se.is_nan()) => {
            format!("{}{gap}{unit}", short_number(s.mean))
        }
        se if se.is_finite() => format!("{} ± {}{gap}{unit}", rounded(s.mean, se), rounded(se, se)),
        _ => format!("{}{gap}{unit}", rounded(s.mean, s.se)),
    }
}

/// The same for a measure; shares are given in per cent.
fn stated(s: &Statistic, unit: &str) -> String {
    if is_share(unit) { percent(s) } else { measured(s, unit) }
}

fn is_share(unit: &str) -> bool {
    matches!(unit, "share" | "probability")
}

/// A share in per cent with its standard error.
fn percent(s: &Statistic) -> String {
    measured(&scaled(s, 100.0), "%")
}

fn scaled(s: &Statistic, by: f64) -> Statistic {
    Statistic {
        mean: by * s.mean,
        se: by * s.se,
        sd: by * s.sd,
        percentiles: s.percentiles.map(|x| by * x),
        n: s.n,
    }
}

/// The share `p` of `n` replications, in per cent with its binomial standard error.
fn chance(p: f64, n: usize) -> String {
    match p {
        1.0 => format!("all {n} replications"),
        0.0 => format!("none of {n} replications"),
        p => {
            format!(
                "{} of replications",
                percent(&Statistic {
                    se: (p * (1.0 - p) / n as f64).sqrt(),
                    ..Statistic::of(&[p])
                })
            )
        }
    }
}

/// `Greater` or `Less` if a mean is distinguishable from zero, else `Equal`.
fn side(s: &Statistic) -> std::cmp::Ordering {
    let half = TWO_SIDED_95 * s.se;
    match s.mean {
        mean if mean - half > 0.0 => std::cmp::Ordering::Greater,
        mean if mean + half < 0.0 => std::cmp::Ordering::Less,
        _ => std::cmp::Ordering::Equal,
    }
}

/// Sentence on the kinds of figures behind a result; none if no figure is an assumption.
fn figures(kinds: &FigureKinds) -> Vec<String> {
    let FigureKinds { sourced, derived, assumption } = kinds;
    let all = sourced + derived + assumption;
    match *assumption {
        0 => Vec::new(),
        _ => vec![format!(
            "Other figures: of {all} behind this, {assumption} are assumptions, {derived} are \
             derived and {sourced} sourced; standard errors measure Monte Carlo error only."
        )],
    }
}
