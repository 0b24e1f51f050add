//! Command line of `consortia power`: options and output. The computation is in `games`.

use super::{Format, VerbError, terminal};
use crate::report::games as words;
use crate::verbs::power::{Power, Request};
use clap::Args;
use num_rational::BigRational;
use serde_json::{Value, json};

/// Arguments of `power`.
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(flatten)]
    request: Request,
    /// Output format.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// Computes voting power and prints it.
pub fn run(arguments: &Arguments) -> Result<(), VerbError> {
    let Power { weights, quota, power } = arguments.request.count()?;
    let (text, total): (&str, BigRational) = (arguments.request.quota.trim(), weights.iter().sum());
    let shown: Vec<String> =
        weights.iter().map(|weight| words::short(words::real(weight), 15)).collect();
    match arguments.format {
        Format::Json => {
            let reals =
                |values: &[BigRational]| -> Value { values.iter().map(words::real).collect() };
            let exact = |values: &[BigRational]| -> Value {
                values.iter().map(ToString::to_string).collect()
            };
            let object = json!({
                "weights": reals(&weights), "quota": words::real(&quota),
                "banzhaf": reals(&power.banzhaf),
                "shapley_shubik": reals(&power.shapley_shubik),
                "winning_coalitions": power.winning.to_string(),
                "power_to_act": words::real(&power.power_to_act), "penrose": reals(&power.penrose),
                "penrose_exact": exact(&power.penrose),
                "banzhaf_exact": exact(&power.banzhaf),
                "shapley_shubik_exact": exact(&power.shapley_shubik),
                "power_to_act_exact": power.power_to_act.to_string(),
            });
            terminal::print(&format!("{object:#}\n"))?;
        }
        Format::Text => terminal::print(&words::power(
            &shown,
            text,
            (words::real(&quota), words::real(&total)),
            &power,
        ))?,
    }
    Ok(())
}
