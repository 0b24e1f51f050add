//! `consortia replications`.

use super::{Format, Printing, Trouble, json_number, terminal};
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
use crate::verbs::session::{self, Session, measure, pilot_seconds, play, positive};
use clap::{ArgGroup, Args};
use comfy_table::{Cell, CellAlignment, Table};

/// Arguments of `replications`.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("aim").required(true).args(["half_width", "difference", "effect"]))]
pub struct Arguments {
    /// A file, a folder with scenario.toml, or a built-in name.
    scenario: String,
    /// Organisations, separated by commas (default: the scenario's).
    #[arg(long, value_name = "A,B,…")]
    org: Vec<String>,
    /// The measure of the region.
    #[arg(long, value_name = "MEASURE", default_value = "gain")]
    measure: String,
    /// Half-width that 95 % intervals of means and of paired differences may have, in the unit of the measure.
    #[arg(long, value_name = "W", value_parser = positive)]
    half_width: Option<f64>,
    /// Paired difference that is to be told from none, in the unit of the measure.
    #[arg(long, value_name = "D", value_parser = positive)]
    difference: Option<f64>,
    /// Standardised paired difference (d_z) that is to be told from none: 0.2 is small, 0.5 middling.
    #[arg(long, value_name = "D_Z", value_parser = positive)]
    effect: Option<f64>,
    /// Chance with which a difference is to be told.
    #[arg(long, value_name = "P", default_value_t = 0.8, value_parser = power)]
    power: f64,
    /// Fates of the pilot.
    #[arg(long, value_name = "N", default_value_t = 256, value_parser = clap::value_parser!(u64).range(16..=1_000_000))]
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

/// A line of the answer.
struct Answer {
    what: String,
    sd: f64,
    needed: Required,
}

/// Plays a pilot and says how many replications a statement needs.
pub fn run(arguments: &Arguments) -> Result<(), Trouble> {
    let (settings, printing) = (&arguments.settings, arguments.printing);
    let id = measure(&arguments.measure)?;
    if settings.replications.is_some() || settings.out.is_some() {
        let message = "nothing is written, and the pilot says how many replications are needed".to_string();
        let help = "leave --replications and --out away; --pilot N is the number of fates of the pilot".to_string();
        return Err(load::refuse("options", message, help).into());
    }
    let organisations = list(&arguments.org);
    let mut session = Session::load(&arguments.scenario, &organisations, settings)?;
    session.replications = arguments.pilot;
    let designs = session.names.len();
    if designs < 2 && arguments.difference.is_some() {
        let help = "name two organisations or more: --org caco-2002,ucas-2007".to_string();
        return Err(load::refuse("org", "one organisation has no difference to others".into(), help).into());
    }
    let engine = session.engine(Vec::new());
    if printing.dry_run {
        let text = format!("a pilot of {} fates, organisations {}\n", arguments.pilot, session.names.join(", "));
        return printing.forecast(&text);
    }
    let plan = RunPlan { replications: arguments.pilot, threads: settings.threads };
    let played = play(&engine, plan, &printing.audience())?;
    let column = |design: usize| played.summary.values(design, MEASURES[id].id, None);
    let mut answers = Vec::new();
    if let Some(half_width) = arguments.half_width {
        for design in 0..designs {
            let pilot = Statistic::of(&column(design));
            let needed = for_half_width(&pilot, half_width);
            answers.push(Answer { what: format!("mean of {}", session.names[design]), sd: pilot.sd, needed });
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
            answers.push(Answer { what: format!("{} − {}", session.names[a], session.names[b]), sd, needed });
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
    if answers.iter().any(|answer| answer.sd.is_nan() && arguments.effect.is_none()) {
        let message = format!("`{}` has no value in the fates of the pilot", arguments.measure);
        let help = "choose another measure, or a larger --pilot".to_string();
        return Err(load::refuse("measure", message, help).into());
    }
    let most = answers.iter().map(|answer| answer.needed.n).max().unwrap_or(0);
    let seconds = pilot_seconds(&engine, most)? / session::threads(settings.threads) as f64;
    let unit = MEASURES[id].unit;
    let aim = match (arguments.half_width, arguments.difference, arguments.effect) {
        (Some(w), _, _) => format!("95 % intervals of {} within ± {w} {unit}", arguments.measure),
        (_, Some(d), _) => format!(
            "a paired difference of {d} {unit} in {}, told with a power of {}",
            arguments.measure, arguments.power
        ),
        (_, _, d) => format!(
            "a standardised paired difference of {}, told with a power of {}",
            d.unwrap_or(0.0),
            arguments.power
        ),
    };
    match printing.format {
        Format::Json => {
            let rows: Vec<serde_json::Value> = answers
                .iter()
                .map(|answer| {
                    serde_json::json!({
                        "statement": answer.what, "sd": json_number(answer.sd), "replications": answer.needed.n,
                        "low": answer.needed.range.0, "high": answer.needed.range.1,
                    })
                })
                .collect();
            let object = serde_json::json!({
                "measure": arguments.measure, "aim": aim, "pilot": arguments.pilot, "replications": most,
                "seconds": json_number(seconds), "statements": rows,
            });
            terminal::print(&format!("{object:#}\n"))?;
        }
        Format::Text => {
            let mut table = Table::new();
            style(&mut table);
            table.set_header([
                "statement",
                &format!("spread between fates ({unit})"),
                "replications",
                "given the pilot, between",
            ]);
            let right = |text: String| Cell::new(text).set_alignment(CellAlignment::Right);
            for Answer { what, sd, needed } in &answers {
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
            let all = if organisations.is_empty() { session.names.join(",") } else { organisations.join(",") };
            let mut more: String = settings.overrides.iter().map(|change| format!(" --set '{change}'")).collect();
            if let Some(seed) = settings.seed {
                more.push_str(&format!(" --seed {seed}"));
            }
            let verb = if designs > 1 { "compare" } else { "run" };
            terminal::print(&format!(
                "For {aim}, from a pilot of {} fates:\n{table}\nAll of them: --replications {most}, about {} for consortia {verb} {} --org {all}{more}\n",
                arguments.pilot,
                duration(seconds),
                arguments.scenario
            ))?;
        }
    }
    Ok(())
}
