//! `consortia game`.

use super::{Format, Trouble, terminal};
use crate::games::{Game, Solutions, solutions};
use crate::report::games as words;
use crate::scenario::rows;
use clap::Args;
use serde_json::{Map, Value, json};

/// Arguments of `game`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// CSV with the columns coalition,value: members joined by `+`, every coalition but the empty one.
    file: String,
    /// Output format.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// Solves a game and prints its solutions.
pub fn run(arguments: &Arguments) -> Result<(), Trouble> {
    let game = rows::game(&arguments.file)?;
    let found = solve(&game)?;
    match arguments.format {
        Format::Json => terminal::print(&format!("{:#}\n", game_json(&game, &found)))?,
        Format::Text => terminal::print(&words::solutions(&game, &found, "", 7))?,
    }
    Ok(())
}

/// All solutions; a fault if the solver gives up.
pub fn solve(game: &Game) -> Result<Solutions, Trouble> {
    solutions(game).map_err(|error| Trouble::Fault(error.to_string()))
}

fn numbers(values: &[f64]) -> Value {
    values.iter().map(|x| super::session::json_number(*x)).collect()
}

/// One entry per solution: what each player gets, and how it would hold.
pub fn solutions_json(found: &Solutions) -> Value {
    let entry = |solution: &crate::games::Solution| {
        let value = json!({
            "division": numbers(&solution.division), "in_core": solution.in_core, "excess": solution.excess,
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
    let disrupt: Map<String, Value> =
        found.solutions.iter().map(|solution| (solution.id.clone(), numbers(&solution.disruption))).collect();
    json!({
        "players": game.players, "shapley": division("shapley"), "nucleolus": division("nucleolus"),
        "banzhaf": numbers(&found.banzhaf), "tau": division("tau"), "gately": division("gately"),
        "core_nonempty": found.least_core.core_nonempty, "excess": found.nucleolus.excess,
        "propensity_to_disrupt": disrupt, "nucleolus_verified": found.nucleolus.verified,
        "solutions": solutions_json(found), "individually_rational": found.nucleolus.individually_rational,
        "missing": found.missing.iter().map(|(title, why)| json!({"solution": title, "reason": why})).collect::<Vec<_>>(),
    })
}
