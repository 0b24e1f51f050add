//! Distributions of uncertain parameters: from a number in the unit interval to a value.

use super::raw;
use crate::numeric::{exp, ln, normal_quantile};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use std::str::FromStr;

/// Largest number of values of a law of decimal steps.
const MOST_VALUES: usize = 10_000;

/// A value as files take it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Setting {
    /// A number.
    Number(f64),
    /// A word.
    Word(String),
    /// A truth value.
    Truth(bool),
}

impl Setting {
    /// Returns the value as written in files.
    pub fn text(&self) -> String {
        match self {
            Setting::Number(x) => format!("{x}"),
            Setting::Word(word) => word.clone(),
            Setting::Truth(truth) => truth.to_string(),
        }
    }
}

/// A validated distribution.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Law {
    /// Uniform on [min, max].
    Uniform(f64, f64),
    /// Uniform in the logarithm on [min, max].
    LogUniform(f64, f64),
    /// Triangular with (min, mode, max).
    Triangular(f64, f64, f64),
    /// Normal, truncated at both ends.
    TruncatedNormal {
        /// Mean before truncation.
        mean: f64,
        /// Standard deviation before truncation.
        sd: f64,
        /// Smallest and largest value.
        ends: (f64, f64),
        /// Probabilities below the ends before truncation.
        below: (f64, f64),
    },
    /// Numbers in ascending order with equal probabilities.
    Numbers(Vec<f64>),
    /// Words, truth values and numbers with equal probabilities, as categories.
    Categories(Vec<Setting>),
}

/// Returns the standard normal distribution function at z, by bisection of its quantile. This is
/// portable, and used at set-up only.
fn normal_below(z: f64) -> f64 {
    let (mut low, mut high) = (1e-15, 1.0 - 1e-15);
    for _ in 0..80 {
        let middle = 0.5 * (low + high);
        if normal_quantile(middle) < z {
            low = middle;
        } else {
            high = middle;
        }
    }
    0.5 * (low + high)
}

/// Returns decimal steps from one value to another, each the nearest number to the exact decimal.
///
/// Fails with the mistake and its remedy.
fn steps(steps: &raw::Steps) -> Result<Vec<f64>, (String, String)> {
    let decimal = |x: f64| {
        let failed = || {
            (
                format!("{x} is no decimal number of up to 28 digits"),
                "write it like 0.05".to_string(),
            )
        };
        Decimal::from_str(&format!("{x}")).map_err(|_| failed())
    };
    let (from, to, step) = (decimal(steps.from)?, decimal(steps.to)?, decimal(steps.step)?);
    let refuse = |message: String, help: String| Err((message, help));
    if to < from {
        return refuse(
            format!("the steps end at {to}, before they start at {from}"),
            "swap `from` and `to`".into(),
        );
    }
    let count = to
        .checked_sub(from)
        .and_then(|range| range.checked_div(step))
        .filter(|count| *count < Decimal::from(MOST_VALUES));
    let Some(count) = count else {
        return refuse(
            format!("there are more than {MOST_VALUES} steps of {step} from {from} to {to}"),
            "take larger steps, or a uniform law".into(),
        );
    };
    if !count.fract().is_zero() {
        let end = count.trunc().checked_mul(step).and_then(|range| range.checked_add(from));
        let ends = end.and_then(|end| Some((end, end.checked_add(step)?)));
        let help = ends
            .map_or("take another end".into(), |(end, next)| format!("end at {end} or at {next}"));
        return refuse(format!("{to} is no whole number of steps of {step} from {from}"), help);
    }
    let count = usize::try_from(count.trunc()).unwrap_or(0);
    let value = |at: usize| {
        (from + step * Decimal::from(at)).normalize().to_string().parse().unwrap_or(f64::NAN)
    };
    Ok((0..=count).map(value).collect())
}

impl Law {
    /// Validates a law. Fails with the mistake and its remedy in words.
    pub fn new(law: &raw::Law) -> Result<Law, (String, String)> {
        let refuse = |message: String, help: &str| Err((message, help.to_string()));
        let ordered = |min: f64, max: f64| {
            if min < max {
                Ok(())
            } else {
                Err((
                    format!("the range from {min} to {max} is empty"),
                    "give `min` below `max`".to_string(),
                ))
            }
        };
        match law {
            raw::Law::Uniform(range) => {
                ordered(range.min, range.max).map(|()| Law::Uniform(range.min, range.max))
            }
            raw::Law::LogUniform(range) => {
                ordered(range.min, range.max)?;
                if range.min <= 0.0 {
                    return refuse(
                        format!("a log-uniform law cannot start at {}", range.min),
                        "give a `min` above 0, or use `uniform`",
                    );
                }
                Ok(Law::LogUniform(range.min, range.max))
            }
            raw::Law::Triangular(law) => {
                ordered(law.min, law.max)?;
                if !(law.min..=law.max).contains(&law.mode) {
                    return refuse(
                        format!("the mode {} lies outside {} to {}", law.mode, law.min, law.max),
                        "give a mode between `min` and `max`",
                    );
                }
                Ok(Law::Triangular(law.min, law.mode, law.max))
            }
            raw::Law::TruncatedNormal(law) => {
                ordered(law.min, law.max)?;
                let below = |x: f64| normal_below((x - law.mean) / law.sd);
                let below = (below(law.min), below(law.max));
                if below.1 - below.0 < 1e-6 {
                    return refuse(
                        format!(
                            "nearly nothing of the normal law lies between {} and {}",
                            law.min, law.max
                        ),
                        "move the ends toward the mean, or use `uniform`",
                    );
                }
                Ok(Law::TruncatedNormal {
                    mean: law.mean,
                    sd: law.sd,
                    ends: (law.min, law.max),
                    below,
                })
            }
            raw::Law::Steps(law) => steps(law).map(Law::Numbers),
            raw::Law::Choice(values) => choice(values),
        }
    }

    /// Returns the number of values of a discrete law; `None` for other laws.
    pub fn count(&self) -> Option<usize> {
        match self {
            Law::Numbers(values) => Some(values.len()),
            Law::Categories(values) => Some(values.len()),
            _ => None,
        }
    }

    /// Whether the values have no order.
    pub fn is_categorical(&self) -> bool {
        matches!(self, Law::Categories(_))
    }

    /// Returns the quantile at u ∈ [0, 1]; the position of the category if the law is categorical.
    pub fn at(&self, u: f64) -> f64 {
        let place = |count: usize| ((u * count as f64) as usize).min(count - 1);
        match self {
            Law::Uniform(min, max) => (min + (max - min) * u).clamp(*min, *max),
            Law::LogUniform(min, max) => {
                exp(ln(*min) + (ln(*max) - ln(*min)) * u).clamp(*min, *max)
            }
            Law::Triangular(min, mode, max) => {
                let turn = (mode - min) / (max - min);
                if u < turn {
                    min + ((max - min) * (mode - min) * u).sqrt()
                } else {
                    max - ((max - min) * (max - mode) * (1.0 - u)).sqrt()
                }
            }
            Law::TruncatedNormal { mean, sd, ends, below } => {
                let p = below.0 + (below.1 - below.0) * u;
                (mean + sd * normal_quantile(p.clamp(1e-15, 1.0 - 1e-15))).clamp(ends.0, ends.1)
            }
            Law::Numbers(values) => values[place(values.len())],
            Law::Categories(values) => place(values.len()) as f64,
        }
    }

    /// Returns the values to try before a run: both ends and a value between, or values of a
    /// discrete law. Of more than 16 numbers only the first, the last and the second are tried.
    pub fn extremes(&self) -> Vec<f64> {
        match self {
            // A value between the ends shows whether the target takes numbers that are not whole.
            Law::Uniform(min, max) | Law::LogUniform(min, max) | Law::Triangular(min, _, max) => {
                vec![*min, *max, self.at(0.381_966)]
            }
            Law::TruncatedNormal { ends, .. } => vec![ends.0, ends.1, self.at(0.381_966)],
            Law::Numbers(values) => match values[..] {
                [first, second, .., last] if values.len() > 16 => vec![first, last, second],
                _ => values.clone(),
            },
            Law::Categories(values) => (0..values.len()).map(|at| at as f64).collect(),
        }
    }

    /// Returns the setting for a value. The value of a categorical law is the position of a
    /// category.
    pub fn setting(&self, value: f64) -> Setting {
        match self {
            Law::Categories(values) => values[value as usize].clone(),
            _ => Setting::Number(value),
        }
    }

    /// Parses a text as a value of this law; `None` if it is not one.
    pub fn parse(&self, text: &str) -> Option<f64> {
        match self {
            Law::Categories(values) => {
                values.iter().position(|value| value.text() == text).map(|at| at as f64)
            }
            Law::Numbers(values) => text.parse().ok().filter(|x| values.contains(x)),
            _ => {
                let ends = self.extremes();
                text.parse().ok().filter(|x| (ends[0]..=ends[1]).contains(x))
            }
        }
    }

    /// Returns the values of the law in words.
    pub fn words(&self) -> String {
        match self {
            Law::Numbers(values) if values.len() > 8 => {
                format!("{}, {}, … {}", values[0], values[1], values[values.len() - 1])
            }
            Law::Numbers(values) => {
                values.iter().map(f64::to_string).collect::<Vec<_>>().join(", ")
            }
            Law::Categories(values) => {
                values.iter().map(Setting::text).collect::<Vec<_>>().join(", ")
            }
            _ => {
                let ends = self.extremes();
                format!("{} to {}", ends[0], ends[1])
            }
        }
    }

    /// Returns the name of the law.
    pub fn name(&self) -> &'static str {
        match self {
            Law::Uniform(..) => "uniform",
            Law::LogUniform(..) => "log_uniform",
            Law::Triangular(..) => "triangular",
            Law::TruncatedNormal { .. } => "truncated_normal",
            Law::Numbers(_) => "steps",
            Law::Categories(_) => "choice",
        }
    }
}

/// Returns the law of a list of values: sorted numbers, or categories if any value is not a number.
///
/// Fails with the mistake and its remedy.
fn choice(values: &[serde_json::Value]) -> Result<Law, (String, String)> {
    let refuse = |message: String, help: &str| Err((message, help.to_string()));
    let mut settings = Vec::new();
    for value in values {
        let setting = match value {
            serde_json::Value::Number(x) => Setting::Number(x.as_f64().unwrap_or(f64::NAN)),
            serde_json::Value::String(word) => Setting::Word(word.clone()),
            serde_json::Value::Bool(truth) => Setting::Truth(*truth),
            _ => {
                return refuse(
                    "a choice is made of numbers, words and truth values".into(),
                    "write [1, 2] or [\"a\"]",
                );
            }
        };
        if settings.iter().any(|known: &Setting| known.text() == setting.text()) {
            return refuse(format!("`{}` is named twice", setting.text()), "name each value once");
        }
        settings.push(setting);
    }
    if settings.len() < 2 {
        return refuse(
            "a choice needs two values or more".into(),
            "add a value, or set it under `sweep.set`",
        );
    }
    if settings.iter().any(|setting| matches!(setting, Setting::Number(x) if !x.is_finite())) {
        return refuse("a choice holds a number that is not finite".into(), "give finite numbers");
    }
    let numbers: Vec<f64> = settings
        .iter()
        .filter_map(|setting| if let Setting::Number(x) = setting { Some(*x) } else { None })
        .collect();
    if numbers.len() < settings.len() {
        return Ok(Law::Categories(settings));
    }
    let mut sorted = numbers;
    sorted.sort_by(f64::total_cmp);
    Ok(Law::Numbers(sorted))
}

#[cfg(test)]
mod tests {
    use super::*;
    use statrs::distribution::{ContinuousCDF, Normal};

    #[test]
    fn decimal_steps_are_exact() {
        let tenths = steps(&raw::Steps { from: 0.1, to: 1.0, step: 0.1 }).unwrap_or_default();
        assert_eq!(tenths, [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0]);
        assert_eq!(tenths.iter().map(f64::to_string).collect::<Vec<_>>()[2], "0.3");
        let odd = steps(&raw::Steps { from: 0.0, to: 1.0, step: 0.3 });
        assert_eq!(odd.map_err(|(_, help)| help), Err("end at 0.9 or at 1.2".to_string()));
        assert!(steps(&raw::Steps { from: 0.0, to: 1.0, step: 1e-9 }).is_err());
        assert!(steps(&raw::Steps { from: 2.0, to: 1.0, step: 0.5 }).is_err());
        assert!(
            steps(&raw::Steps { from: -7e28, to: 7e28, step: 1e28 }).is_err(),
            "refused, not overflowing"
        );
    }

    #[test]
    fn laws_meet_their_quantiles() {
        let range = raw::Range { min: 2.0, max: 8.0 };
        let law = |law: raw::Law| Law::new(&law).unwrap_or(Law::Numbers(Vec::new()));
        assert_eq!(law(raw::Law::Uniform(range.clone())).at(0.5), 5.0);
        assert!((law(raw::Law::LogUniform(range)).at(0.5) - 4.0).abs() < 1e-12);
        let triangle = law(raw::Law::Triangular(raw::Triangular { min: 0.0, mode: 1.0, max: 4.0 }));
        assert!(
            (triangle.at(0.25) - 1.0).abs() < 1e-12
                && triangle.at(1.0) == 4.0
                && triangle.at(0.0) == 0.0
        );
        let bell = law(raw::Law::TruncatedNormal(raw::TruncatedNormal {
            mean: 1.0,
            sd: 2.0,
            min: 0.0,
            max: 4.0,
        }));
        let normal = Normal::new(1.0, 2.0).unwrap();
        for u in [0.01, 0.3, 0.5, 0.99] {
            let expected = normal.cdf(0.0) + u * (normal.cdf(4.0) - normal.cdf(0.0));
            assert!((normal.cdf(bell.at(u)) - expected).abs() < 1e-7, "{u}");
        }
    }

    #[test]
    fn words_and_truth_values_are_categories_and_numbers_are_sorted() {
        let words = choice(&["package".into(), "none".into()]);
        assert!(words.as_ref().is_ok_and(Law::is_categorical));
        assert_eq!(
            words.map(|law| (law.at(0.49), law.at(0.5), law.parse("none"))),
            Ok((0.0, 1.0, Some(1.0)))
        );
        assert_eq!(choice(&[3.into(), 1.into()]), Ok(Law::Numbers(vec![1.0, 3.0])));
        assert!(choice(&["a".into(), "a".into()]).is_err() && choice(&[1.into()]).is_err());
        assert!(choice(&[serde_json::Value::Null, 1.into()]).is_err());
    }
}
