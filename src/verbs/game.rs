//! Solutions of a game that somebody gives.

use super::VerbError;
use crate::games::{Game, Solutions, solutions};
use crate::output::{Frame, coalitions as tables};
use crate::scenario::read::rows;
use clap::Args;

/// What can be asked of a game.
#[derive(Debug, Args)]
pub struct Request {
    /// CSV with the columns coalition,value: members joined by `+`, every coalition but the empty
    /// one.
    pub file: String,
}

/// A game and its solutions.
pub struct Solved {
    /// The game.
    pub game: Game,
    /// Its solutions.
    pub found: Solutions,
}

impl Request {
    /// Solves the game of the file.
    pub fn solve(&self) -> Result<Solved, VerbError> {
        let game = rows::game(&self.file)?;
        let found = solve(&game)?;
        Ok(Solved { game, found })
    }
}

impl Solved {
    /// What each player gets under each solution, and how that would hold.
    pub fn solutions(&self) -> Frame {
        let none = vec![vec![f64::NAN; self.game.count()]; self.found.solutions.len()];
        tables::solutions(&self.game, &self.found, &none, "")
    }
}

/// All solutions; a fault if the solver gives up.
pub fn solve(game: &Game) -> Result<Solutions, VerbError> {
    solutions(game).map_err(|error| VerbError::Fault(error.to_string()))
}
