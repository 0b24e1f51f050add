//! Voting power of the members of a body with weighted votes.

use super::VerbError;
use crate::games::{Body, VotingPower, voting_power};
use crate::output::Frame;
use crate::output::frame::{Cell, cells};
use crate::report::games::real;
use crate::scenario::load;
use clap::Args;
use num_bigint::BigInt;
use num_rational::BigRational;

/// Options of the verb `power`.
#[derive(Debug, Args)]
pub struct Request {
    /// Votes of each member, separated by commas; `WxN` stands for N members with W votes.
    #[arg(long, value_name = "W,…", required = true, value_delimiter = ',')]
    pub weights: Vec<String>,
    /// Votes needed: a number, a percentage of all votes (67%), or a fraction of them (2/3).
    #[arg(long, value_name = "Q")]
    pub quota: String,
}

fn refuse(option: &'static str, message: String, help: &str) -> VerbError {
    load::refuse(option, message, help.into()).into()
}

/// Reads a decimal number as a fraction.
fn decimal(text: &str) -> Option<BigRational> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let digits = |text: &str| text.chars().all(|c| c.is_ascii_digit());
    if whole.is_empty() && part.is_empty()
        || !digits(whole)
        || !digits(part)
        || part.len() > 12
        || whole.len() > 15
    {
        return None;
    }
    let all: BigInt = format!("0{whole}{part}").parse().ok()?;
    Some(BigRational::new(all, BigInt::from(10).pow(part.len() as u32)))
}

/// Votes of the members, with `WxN` expanded. Fails if one is not a number of votes.
fn weights(requested: &Request) -> Result<Vec<BigRational>, VerbError> {
    let mut all = Vec::new();
    for text in &requested.weights {
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

/// Votes and voting power of the members of a body.
pub struct Power {
    /// Votes by member.
    pub weights: Vec<BigRational>,
    /// Votes needed.
    pub quota: BigRational,
    /// Power by member.
    pub power: VotingPower,
}

impl Request {
    /// Computes voting power. Fails if votes or quota are invalid, or the votes are too large to
    /// count.
    pub fn count(&self) -> Result<Power, VerbError> {
        let weights = weights(self)?;
        let total: BigRational = weights.iter().sum();
        let text = self.quota.trim();
        let quota = if let Some(percent) = text.strip_suffix('%') {
            decimal(percent).map(|percent| percent * &total / BigInt::from(100))
        } else if let Some((up, down)) = text.split_once('/') {
            match (decimal(up), decimal(down)) {
                (Some(up), Some(down)) if down > BigRational::from_integer(0.into()) => {
                    Some(up / down * &total)
                }
                _ => None,
            }
        } else {
            decimal(text)
        };
        let Some(quota) = quota else {
            let message = format!("--quota: `{text}` is no quota");
            return Err(refuse(
                "quota",
                message,
                "write a number of votes, a percentage like 67%, or a fraction like 2/3",
            ));
        };
        // Multiply by the common denominator to count in whole votes; a quota between two whole
        // numbers is rounded up.
        let common = weights.iter().fold(BigInt::from(1), |common, weight| {
            let denominator = weight.denom();
            let both = BigRational::new(common.clone(), denominator.clone());
            common * both.denom()
        });
        let whole = |x: &BigRational| -> Option<u64> {
            (x * &common).ceil().to_integer().to_string().parse().ok()
        };
        let counts: Option<Vec<u64>> = weights.iter().map(&whole).collect();
        let (Some(counts), Some(needed)) = (counts, whole(&quota)) else {
            return Err(refuse(
                "weights",
                "the votes are too large to count".into(),
                "divide them by a common factor",
            ));
        };
        let power = voting_power(&Body { weights: counts, quota: needed })
            .map_err(|error| refuse("power", error.to_string(), "see consortia power --help"))?;
        Ok(Power { weights, quota, power })
    }
}

impl Power {
    /// Returns the table of the members' voting power, as numbers and as exact fractions.
    pub fn members(&self) -> Frame {
        let mut frame = Frame::new(
            "member:c weight:n banzhaf:n shapley_shubik:n penrose:n banzhaf_exact \
             shapley_shubik_exact penrose_exact",
        );
        let VotingPower { banzhaf, shapley_shubik, penrose, .. } = &self.power;
        for (at, weight) in self.weights.iter().enumerate() {
            let powers = [&banzhaf[at], &shapley_shubik[at], &penrose[at]];
            let reals = powers.map(|power| Cell::from(real(power)));
            let exact = powers.map(|power| Cell::from(power.to_string()));
            frame.row(cells![at + 1, real(weight)].into_iter().chain(reals).chain(exact));
        }
        frame
    }
}
