//! Solutions of a cooperative game read from a file.

use super::VerbError;
use crate::games::{Game, Solutions, solutions};
use crate::output::{Frame, coalitions as tables};
use crate::scenario::read::rows;
use clap::Args;

/// Options of the verb `game`.
#[derive(Debug, Args)]
pub struct Request {
    /// CSV table with the columns coalition,value: members joined by `+`, every coalition but the
    /// empty one.
    pub file: String,
}

/// A game with its solutions.
pub struct Solved {
    /// The game.
    pub game: Game,
    /// Its solutions.
    pub found: Solutions,
}

impl Request {
    /// Reads the game and solves it. Fails if the file is invalid or a solver fails.
    pub fn solve(&self) -> Result<Solved, VerbError> {
        let game = rows::game(&self.file)?;
        let found = solve(&game)?;
        Ok(Solved { game, found })
    }
}

impl Solved {
    /// Returns the table of solutions: what each player receives, and measures of stability.
    pub fn solutions(&self) -> Frame {
        let none = vec![vec![f64::NAN; self.game.count()]; self.found.solutions.len()];
        tables::solutions(&self.game, &self.found, &none, "")
    }
}

/// Computes all solutions. Fails with a fault if a solver gives up.
pub fn solve(game: &Game) -> Result<Solutions, VerbError> {
    solutions(game).map_err(|error| VerbError::Fault(error.to_string()))
}
