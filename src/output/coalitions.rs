//! Tables of a coalition game whose values were simulated.

use super::frame::{Frame, cells};
use crate::analysis::Statistic;
use crate::games::{Game, Solutions};
use crate::scenario::read::rows::Published;

/// Builds `coalitions.csv`: the value of every coalition, MUSD per year.
pub fn coalitions(game: &Game, values: &[(usize, Statistic)]) -> Frame {
    let mut frame = Frame::new("coalition members:c value:n se:n unit n:c");
    for (bits, s) in values {
        frame.row(cells![game.name(*bits), bits.count_ones(), s.mean, s.se, "MUSD/yr", s.n]);
    }
    frame
}

/// Builds `solutions.csv`: the division under each solution, in `unit`, with measures of its
/// stability. `errors` are standard errors `[solution][player]`.
pub fn solutions(game: &Game, found: &Solutions, errors: &[Vec<f64>], unit: &str) -> Frame {
    let mut frame = Frame::new(
        "solution title state unit value:n se:n propensity_to_disrupt:n loehman_power:n in_core:t \
         largest_excess:n dissenters loehman_stability:n",
    );
    for (solution, errors) in found.solutions.iter().zip(errors) {
        for (player, name) in game.players.iter().enumerate() {
            let power = solution.power.as_ref().map_or(f64::NAN, |power| power[player]);
            frame.row(cells![
                &solution.id,
                &solution.title,
                name,
                unit,
                solution.division[player],
                errors[player],
                solution.disruption[player],
                power,
                solution.in_core,
                solution.excess,
                game.name(solution.dissenters),
                solution.stability.unwrap_or(f64::NAN),
            ]);
        }
    }
    frame
}

/// Builds `published.csv`: published divisions beside those of the solution with the same id, MUSD
/// per year.
pub fn published(game: &Game, found: &Solutions, published: &[Published]) -> Frame {
    let mut frame = Frame::new("solution state unit published:n ours:n difference:n");
    for other in published {
        let own = found.solutions.iter().find(|solution| solution.id == other.solution);
        for (player, name) in game.players.iter().enumerate() {
            let (theirs, ours) =
                (other.division[player], own.map_or(f64::NAN, |own| own.division[player]));
            frame.row(cells![&other.solution, name, "MUSD/yr", theirs, ours, ours - theirs]);
        }
    }
    frame
}

const DEFINITIONS: [(&str, &str, &str, &str); 9] = [
    (
        "value",
        "MUSD/yr",
        "higher",
        "coalitions.csv: what the members gain over acting alone. solutions.csv: what the state \
         gets.",
    ),
    (
        "se",
        "MUSD/yr",
        "lower",
        "Standard error: of values over replications, of solutions over ten blocks of \
         replications.",
    ),
    (
        "in_core",
        "",
        "neither",
        "Whether no coalition has a value above its payoff (the division is in the core).",
    ),
    (
        "largest_excess",
        "MUSD/yr",
        "lower",
        "Largest excess: the value of a coalition less its payoff, at its maximum.",
    ),
    ("dissenters", "", "neither", "The coalition that has the largest excess."),
    (
        "propensity_to_disrupt",
        "ratio",
        "lower",
        "Propensity to disrupt: loss of the others over the state's own loss if it left (Gately 1974).",
    ),
    (
        "loehman_power",
        "share",
        "neither",
        "Share of the state in the sum of gains over single values (Loehman et al. 1979).",
    ),
    (
        "loehman_stability",
        "ratio",
        "lower",
        "Coefficient of variation of power over states: smaller is more stable.",
    ),
    ("difference", "MUSD/yr", "neither", "published.csv: computed less published value."),
];

/// Builds `dictionary.csv` for the tables of a game.
pub fn dictionary() -> Frame {
    let mut frame = Frame::new("measure definition unit better section");
    for (id, unit, better, definition) in DEFINITIONS {
        frame.row(cells![id, definition, unit, better, "docs/games.md"]);
    }
    frame
}
