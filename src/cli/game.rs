//! Command line of `consortia game`: options and output. The solvers are in `games`.

use super::{Format, VerbError, json_number, terminal};
use crate::games::{Game, Solutions};
use crate::report::games as words;
use crate::verbs::game::{Request, Solved};
use clap::Args;
use serde_json::{Map, Value, json};

/// Arguments of `game`.
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(flatten)]
    request: Request,
    /// Output format.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// Solves a game and prints its solutions.
pub fn run(arguments: &Arguments) -> Result<(), VerbError> {
    let Solved { game, found } = arguments.request.solve()?;
    match arguments.format {
        Format::Json => terminal::print(&format!("{:#}\n", game_json(&game, &found)))?,
        Format::Text => terminal::print(&words::solutions(&game, &found, "", 7))?,
    }
    Ok(())
}

fn numbers(values: &[f64]) -> Value {
    values.iter().map(|x| json_number(*x)).collect()
}

/// Returns the solutions as JSON by id: division, largest excess, and measures of stability.
pub fn solutions_json(found: &Solutions) -> Value {
    let entry = |solution: &crate::games::Solution| {
        let value = json!({
            "division": numbers(&solution.division), "in_core": solution.in_core,
            "excess": solution.excess,
            "propensity_to_disrupt": numbers(&solution.disruption),
            "loehman_power": solution.power.as_ref().map(|power| numbers(power)),
            "loehman_stability": solution.stability,
        });
        (solution.id.clone(), value)
    };
    Value::Object(found.solutions.iter().map(entry).collect())
}

fn game_json(game: &Game, found: &Solutions) -> Value {
    let division = |id: &str| {
        let solution = found.solutions.iter().find(|solution| solution.id == id);
        solution.map_or(Value::Null, |solution| numbers(&solution.division))
    };
    let disrupt: Map<String, Value> = found
        .solutions
        .iter()
        .map(|solution| (solution.id.clone(), numbers(&solution.disruption)))
        .collect();
    json!({
        "players": game.players, "shapley": division("shapley"), "nucleolus": division("nucleolus"),
        "banzhaf": numbers(&found.banzhaf), "tau": division("tau"), "gately": division("gately"),
        "core_nonempty": found.least_core.core_nonempty, "excess": found.nucleolus.excess,
        "propensity_to_disrupt": disrupt, "nucleolus_verified": found.nucleolus.verified,
        "solutions": solutions_json(found),
        "individually_rational": found.nucleolus.individually_rational,
        "missing": found.missing.iter().map(|(title, why)| json!({"solution": title,
        "reason": why})).collect::<Vec<_>>(),
    })
}
