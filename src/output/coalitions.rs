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
