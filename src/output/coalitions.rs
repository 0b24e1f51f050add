//! The tables of a game that the simulator has played.

use super::folder::{FolderError, RunFolder};
use super::tables::number;
use crate::analysis::Statistic;
use crate::games::{Game, Solutions};
use crate::scenario::rows::Published;

/// `coalitions.csv`: what every coalition gains, MUSD per year.
pub fn coalitions(folder: &RunFolder, game: &Game, values: &[(usize, Statistic)]) -> Result<(), FolderError> {
    let mut table = folder.table("coalitions.csv")?;
    table.row(["coalition", "members", "value", "se", "unit", "n"])?;
    for (bits, statistic) in values {
        table.row([
            game.name(*bits),
            bits.count_ones().to_string(),
            number(statistic.mean),
            number(statistic.se),
            "MUSD/yr".to_string(),
            statistic.n.to_string(),
        ])?;
    }
    table.close()
}

/// `solutions.csv`: what each state gets under each solution, and how that would hold.
pub fn solutions(folder: &RunFolder, game: &Game, found: &Solutions, errors: &[Vec<f64>]) -> Result<(), FolderError> {
    let mut table = folder.table("solutions.csv")?;
    table.row([
        "solution",
        "title",
        "state",
        "unit",
        "value",
        "se",
        "propensity_to_disrupt",
        "loehman_power",
        "in_core",
        "largest_excess",
        "dissenters",
        "loehman_stability",
    ])?;
    for (solution, errors) in found.solutions.iter().zip(errors) {
        for (player, name) in game.players.iter().enumerate() {
            let power = solution.power.as_ref().map_or(f64::NAN, |power| power[player]);
            table.row([
                solution.id.clone(),
                solution.title.clone(),
                name.clone(),
                "MUSD/yr".to_string(),
                number(solution.division[player]),
                number(errors[player]),
                number(solution.disruption[player]),
                number(power),
                solution.in_core.to_string(),
                number(solution.excess),
                game.name(solution.dissenters),
                number(solution.stability.unwrap_or(f64::NAN)),
            ])?;
        }
    }
    table.close()
}

/// `published.csv`: divisions that somebody has published beside ours of the same name.
pub fn published(
    folder: &RunFolder,
    game: &Game,
    found: &Solutions,
    published: &[Published],
) -> Result<(), FolderError> {
    let mut table = folder.table("published.csv")?;
    table.row(["solution", "state", "unit", "published", "ours", "difference"])?;
    for other in published {
        let own = found.solutions.iter().find(|solution| solution.id == other.solution);
        for (player, name) in game.players.iter().enumerate() {
            let ours = own.map_or(f64::NAN, |own| own.division[player]);
            table.row([
                other.solution.clone(),
                name.clone(),
                "MUSD/yr".to_string(),
                number(other.division[player]),
                number(ours),
                number(ours - other.division[player]),
            ])?;
        }
    }
    table.close()
}

const DEFINITIONS: [(&str, &str, &str, &str); 9] = [
    (
        "value",
        "MUSD/yr",
        "higher",
        "coalitions.csv: what the members gain over acting alone. solutions.csv: what the state gets.",
    ),
    ("se", "MUSD/yr", "lower", "Standard error: of worths over fates, of solutions over ten blocks of fates."),
    ("in_core", "", "neither", "Whether no coalition could have more on its own than it is given."),
    ("largest_excess", "MUSD/yr", "lower", "The most that a coalition could have on its own beyond what it is given."),
    ("dissenters", "", "neither", "The coalition that has the largest excess."),
    (
        "propensity_to_disrupt",
        "ratio",
        "lower",
        "What the others would lose over what the state would lose if it left (Gately 1974).",
    ),
    ("loehman_power", "share", "neither", "The state's part of all gains over being alone (Loehman et al. 1979)."),
    ("loehman_stability", "ratio", "lower", "Coefficient of variation of power over states: smaller is more stable."),
    ("difference", "MUSD/yr", "neither", "published.csv: ours less what is published."),
];

/// `dictionary.csv` of the tables of a game.
pub fn dictionary(folder: &RunFolder) -> Result<(), FolderError> {
    let mut table = folder.table("dictionary.csv")?;
    table.row(["measure", "definition", "unit", "better", "section"])?;
    for (id, unit, better, definition) in DEFINITIONS {
        table.row([id, definition, unit, better, "docs/games.md"])?;
    }
    table.close()
}
