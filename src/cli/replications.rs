//! Command line of `consortia replications`: computes from a pilot how many replications a
//! precision or a power needs. Writes no files.

use super::{Format, Printing, VerbError, json_number, terminal};
use crate::analysis::replications::{
    Required, for_difference, for_effect, for_half_width, for_half_width_of_difference,
};
use crate::analysis::{PairedDifference, Statistic};
use crate::experiment::RunPlan;
use crate::experiment::measures::MEASURES;
use crate::report::sweep::duration;
use crate::report::terminal::{rounded, style};
use crate::scenario::load;
use crate::verbs::Settings;
use crate::verbs::compare::list;
use crate::verbs::run_inputs::{self, RunInputs, measure, pilot_seconds, positive, simulate};
use clap::{ArgGroup, Args};
use comfy_table::{Cell, CellAlignment, Table};

/// Arguments of `replications`.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("aim").required(true).args(["half_width", "difference", "effect"]))]
pub struct Arguments {
    /// Scenario: a file, a folder with scenario.toml, or a built-in name.
    scenario: String,
    /// Organisations, separated by commas (default: the scenario's).
    #[arg(long, value_name = "A,B,…")]
    org: Vec<String>,
    /// Measure of the region.
    #[arg(long, value_name = "MEASURE", default_value = "gain")]
    measure: String,
    /// Largest half-width of the 95 % intervals of means and paired differences, in the unit of the
    /// measure.
    #[arg(long, value_name = "W", value_parser = positive)]
    half_width: Option<f64>,
    /// Paired difference to detect, in the unit of the measure.
    #[arg(long, value_name = "D", value_parser = positive)]
    difference: Option<f64>,
    /// Standardised paired difference (d_z) to detect: 0.2 is small, 0.5 medium.
    #[arg(long, value_name = "D_Z", value_parser = positive)]
    effect: Option<f64>,
    /// Probability of detecting the difference (power).
    #[arg(long, value_name = "P", default_value_t = 0.8, value_parser = power)]
    power: f64,
    /// Number of replications of the pilot.
    #[arg(long, value_name = "N", default_value_t = 256,
        value_parser = clap::value_parser!(u64).range(16..=1_000_000))]
    pilot: u64,
    #[command(flatten)]
    settings: Settings,
    #[command(flatten)]
    printing: Printing,
}

fn power(text: &str) -> Result<f64, String> {
    text.parse()
        .ok()
        .filter(|x| (0.5..1.0).contains(x))
        .ok_or_else(|| "give a chance from 0.5 up to, not including, 1".into())
}

/// A statement with the replications that it needs.
struct Answer {
    what: String,
    sd: f64,
    needed: Required,
}

/// Simulates a pilot and prints the number of replications that each statement needs.
pub fn run(arguments: &Arguments) -> Result<(), VerbError> {
    let (settings, printing) = (&arguments.settings, arguments.printing);
    let id = measure(&arguments.measure)?;
    if settings.replications.is_some() || settings.out.is_some() {
        let message =
            "no files are written, and the pilot determines the number of replications".to_string();
        let help = "leave --replications and --out away; --pilot N is the number of replications \
                    of the pilot"
            .to_string();
        return Err(load::refuse("options", message, help).into());
    }
    let organisations = list(&arguments.org);
    let mut inputs = RunInputs::load(&arguments.scenario, &organisations, settings)?;
    inputs.replications = arguments.pilot;
    if inputs.names.len() < 2 && arguments.difference.is_some() {
        let message = "a difference needs two organisations".to_string();
        let help = "name two organisations or more: --org caco-2002,ucas-2007".to_string();
        return Err(load::refuse("org", message, help).into());
    }
    let engine = inputs.engine(Vec::new());
    if printing.dry_run {
        let text = format!(
            "a pilot of {} replications, organisations {}\n",
            arguments.pilot,
            inputs.names.join(", ")
        );
        return printing.forecast(&text);
    }
    let plan = RunPlan { replications: arguments.pilot, threads: settings.threads };
    let played = simulate(&engine, plan, &printing.observer())?;
    let answers = answers(arguments, &inputs.names, id, &played.summary);
    if answers.iter().any(|answer| answer.sd.is_nan() && arguments.effect.is_none()) {
        let message =
            format!("`{}` has no value in the replications of the pilot", arguments.measure);
        let help = "choose another measure, or a larger --pilot".to_string();
        return Err(load::refuse("measure", message, help).into());
    }
    let most = answers.iter().map(|answer| answer.needed.n).max().unwrap_or(0);
    let seconds = pilot_seconds(&engine, most)? / run_inputs::threads(settings.threads) as f64;
    let found = Found { answers, aim: aim(arguments, MEASURES[id].unit), most, seconds };
    match printing.format {
        Format::Json => terminal::print(&format!("{:#}\n", found.json(arguments)))?,
        Format::Text => {
            let all = match organisations.is_empty() {
                true => inputs.names.join(","),
                false => organisations.join(","),
            };
            terminal::print(&found.text(arguments, MEASURES[id].unit, &all))?;
        }
    }
    Ok(())
}

/// Computes from the pilot the number of replications that each statement needs.
fn answers(
    arguments: &Arguments,
    names: &[String],
    id: usize,
    summary: &crate::analysis::Summary,
) -> Vec<Answer> {
    let designs = names.len();
    let column = |design: usize| summary.values(design, MEASURES[id].id, None);
    let mut answers = Vec::new();
    if let Some(half_width) = arguments.half_width {
        for (design, name) in names.iter().enumerate() {
            let pilot = Statistic::of(&column(design));
            let needed = for_half_width(&pilot, half_width);
            answers.push(Answer { what: format!("mean of {name}"), sd: pilot.sd, needed });
        }
    }
    for a in 0..designs {
        for b in a + 1..designs {
            let pilot = PairedDifference::of(&column(a), &column(b));
            let needed = match (arguments.half_width, arguments.difference, arguments.effect) {
                (Some(half_width), _, _) => for_half_width_of_difference(&pilot, half_width),
                (_, Some(difference), _) => for_difference(&pilot, difference, arguments.power),
                (_, _, effect) => {
                    let n = for_effect(effect.unwrap_or(f64::NAN), arguments.power);
                    Required { n, range: (n, n) }
                }
            };
            let sd = pilot.se * (pilot.n as f64).sqrt();
            answers.push(Answer { what: format!("{} − {}", names[a], names[b]), sd, needed });
        }
    }
    if let (true, Some(effect)) = (designs == 1, arguments.effect) {
        let n = for_effect(effect, arguments.power);
        answers.push(Answer {
            what: "any paired difference".into(),
            sd: f64::NAN,
            needed: Required { n, range: (n, n) },
        });
    }
    answers
}

/// Aim of the replications, in words.
fn aim(arguments: &Arguments, unit: &str) -> String {
    let Arguments { measure, power, .. } = arguments;
    match (arguments.half_width, arguments.difference, arguments.effect) {
        (Some(w), _, _) => format!("95 % intervals of {measure} within ± {w} {unit}"),
        (_, Some(d), _) => {
            format!("a paired difference of {d} {unit} in {measure}, detected with power {power}")
        }
        (_, _, d) => format!(
            "a standardised paired difference of {}, detected with power {power}",
            d.unwrap_or(0.0)
        ),
    }
}

/// All statements of the output.
struct Found {
    answers: Vec<Answer>,
    aim: String,
    /// Largest number of replications that a statement needs, and their time in seconds.
    most: u64,
    seconds: f64,
}

impl Found {
    fn json(&self, arguments: &Arguments) -> serde_json::Value {
        let rows: Vec<serde_json::Value> = self
            .answers
            .iter()
            .map(|Answer { what, sd, needed }| {
                serde_json::json!({
                    "statement": what, "sd": json_number(*sd), "replications": needed.n,
                    "low": needed.range.0, "high": needed.range.1,
                })
            })
            .collect();
        serde_json::json!({
            "measure": arguments.measure, "aim": self.aim, "pilot": arguments.pilot,
            "replications": self.most, "seconds": json_number(self.seconds), "statements": rows,
        })
    }

    /// The statements as a table, and the command that simulates the replications; `all` lists the
    /// organisations, separated by commas.
    fn text(&self, arguments: &Arguments, unit: &str, all: &str) -> String {
        let settings = &arguments.settings;
        let mut table = Table::new();
        style(&mut table);
        table.set_header([
            "statement",
            &format!("standard deviation over replications ({unit})"),
            "replications",
            "given the pilot, between",
        ]);
        let right = |text: String| Cell::new(text).set_alignment(CellAlignment::Right);
        for Answer { what, sd, needed } in &self.answers {
            let range = if needed.range.0 == needed.range.1 {
                "–".into()
            } else {
                format!("{} and {}", needed.range.0, needed.range.1)
            };
            table.add_row([
                Cell::new(what),
                right(rounded(*sd, sd / 50.0)),
                right(needed.n.to_string()),
                right(range),
            ]);
        }
        let mut more: String =
            settings.overrides.iter().map(|change| format!(" --set '{change}'")).collect();
        if let Some(seed) = settings.seed {
            more.push_str(&format!(" --seed {seed}"));
        }
        let verb = if all.contains(',') { "compare" } else { "run" };
        format!(
            "For {}, from a pilot of {} replications:\n{table}\nAll of them: --replications {}, \
             about {} for consortia {verb} {} --org {all}{more}\n",
            self.aim,
            arguments.pilot,
            self.most,
            duration(self.seconds),
            arguments.scenario
        )
    }
}
