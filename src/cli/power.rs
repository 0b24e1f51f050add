//! `consortia power`.

use super::{Format, Trouble, terminal};
use crate::games::{Body, voting_power};
use crate::report::games as words;
use crate::scenario::load;
use clap::Args;
use num_bigint::BigInt;
use num_rational::BigRational;
use serde_json::{Value, json};

/// Arguments of `power`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Votes of each member, separated by commas; `WxN` stands for N members with W votes.
    #[arg(long, value_name = "W,…", required = true, value_delimiter = ',')]
    weights: Vec<String>,
    /// Votes needed: a number, a percentage of all votes (67%), or a fraction of them (2/3).
    #[arg(long, value_name = "Q")]
    quota: String,
    /// Output format.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

fn refuse(option: &'static str, message: String, help: &str) -> Trouble {
    load::refuse(option, message, help.into()).into()
}

/// A decimal number as a fraction.
fn decimal(text: &str) -> Option<BigRational> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let digits = |text: &str| text.chars().all(|c| c.is_ascii_digit());
    if whole.is_empty() && part.is_empty() || !digits(whole) || !digits(part) || part.len() > 12 || whole.len() > 15 {
        return None;
    }
    let all: BigInt = format!("0{whole}{part}").parse().ok()?;
    Some(BigRational::new(all, BigInt::from(10).pow(part.len() as u32)))
}

/// The votes of the members, `WxN` written out.
fn weights(arguments: &Arguments) -> Result<Vec<BigRational>, Trouble> {
    let mut all = Vec::new();
    for text in &arguments.weights {
        let (one, times) = text.trim().split_once('x').unwrap_or((text.trim(), "1"));
        match (decimal(one), times.parse::<usize>()) {
            (Some(weight), Ok(times @ 1..=1000)) => all.extend(std::iter::repeat_n(weight, times)),
            _ => {
                let message = format!("--weights: `{text}` is no number of votes");
                return Err(refuse("weights", message, "write votes like 4,4,2.5 or 1x10"));
            }
        }
    }
    Ok(all)
}

/// Counts voting power and prints it.
pub fn run(arguments: &Arguments) -> Result<(), Trouble> {
    let weights = weights(arguments)?;
    let total: BigRational = weights.iter().sum();
    let text = arguments.quota.trim();
    let quota = if let Some(percent) = text.strip_suffix('%') {
        decimal(percent).map(|percent| percent * &total / BigInt::from(100))
    } else if let Some((up, down)) = text.split_once('/') {
        match (decimal(up), decimal(down)) {
            (Some(up), Some(down)) if down > BigRational::from_integer(0.into()) => Some(up / down * &total),
            _ => None,
        }
    } else {
        decimal(text)
    };
    let Some(quota) = quota else {
        let message = format!("--quota: `{text}` is no quota");
        return Err(refuse("quota", message, "write a number of votes, a percentage like 67%, or a fraction like 2/3"));
    };
    // Whole votes: everything times the common denominator; a quota between two numbers of votes is the upper one.
    let common = weights.iter().fold(BigInt::from(1), |common, weight| {
        let denominator = weight.denom();
        let both = BigRational::new(common.clone(), denominator.clone());
        common * both.denom()
    });
    let whole = |x: &BigRational| -> Option<u64> { (x * &common).ceil().to_integer().to_string().parse().ok() };
    let counts: Option<Vec<u64>> = weights.iter().map(&whole).collect();
    let (Some(counts), Some(needed)) = (counts, whole(&quota)) else {
        return Err(refuse("weights", "the votes are too large to count".into(), "divide them by a common factor"));
    };
    let power = voting_power(&Body { weights: counts, quota: needed })
        .map_err(|error| refuse("power", error.to_string(), "see consortia power --help"))?;
    let shown: Vec<String> = weights.iter().map(|weight| words::short(words::real(weight), 15)).collect();
    match arguments.format {
        Format::Json => {
            let reals = |values: &[BigRational]| -> Value { values.iter().map(words::real).collect() };
            let exact = |values: &[BigRational]| -> Value { values.iter().map(ToString::to_string).collect() };
            let object = json!({
                "weights": reals(&weights), "quota": words::real(&quota), "banzhaf": reals(&power.banzhaf),
                "shapley_shubik": reals(&power.shapley_shubik), "winning_coalitions": power.winning.to_string(),
                "power_to_act": words::real(&power.power_to_act), "penrose": reals(&power.penrose), "penrose_exact": exact(&power.penrose),
                "banzhaf_exact": exact(&power.banzhaf), "shapley_shubik_exact": exact(&power.shapley_shubik),
                "power_to_act_exact": power.power_to_act.to_string(),
            });
            terminal::print(&format!("{object:#}\n"))?;
        }
        Format::Text => {
            terminal::print(&words::power(&shown, text, (words::real(&quota), words::real(&total)), &power))?
        }
    }
    Ok(())
}
