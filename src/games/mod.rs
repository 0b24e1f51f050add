//! Cooperative games, voting power and closed forms of treaty theory: independent of the simulator.
//!
//! A game gives the value of every coalition of up to [`MAX_PLAYERS`] players. Coalitions are bit
//! sets of player positions. A value assumes that outsiders act alone; games in which it depends on
//! how outsiders group (partition-function games) are not covered; see `docs/games.md`.

mod bargaining;
mod core;
mod linear;
mod nucleolus;
mod point;
mod power;
mod solutions;
mod treaties;

pub use bargaining::{Frontier, baron_ferejohn_proposer, rubinstein_first_share};
pub use core::{LeastCore, least_core};
pub use nucleolus::{Nucleolus, is_nucleolus, nucleolus};
pub use point::{
    Division, banzhaf, disruption, equal_shares, gately, nash_harsanyi, power_and_stability,
    proportional_shares, shapley, tau,
};
pub use power::{Body, PowerError, VotingPower, voting_power};
pub use solutions::{Solution, Solutions, solutions};
pub use treaties::{Collusion, EmissionGame, StableCoalition};

/// Largest number of players of a game.
pub const MAX_PLAYERS: usize = 20;

/// A cooperative game in characteristic-function form.
#[derive(Debug, Clone, PartialEq)]
pub struct Game {
    /// Names of the players.
    pub players: Vec<String>,
    /// Value of every coalition: `values[bits]`; the empty one has value 0.
    values: Vec<f64>,
}

/// Reasons why a game is invalid or cannot be solved.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum GameError {
    /// There are no players.
    #[error("a game needs a player")]
    NoPlayers,
    /// There are too many players to list all coalitions.
    #[error(
        "{0} players are too many: all their coalitions are listed, up to {MAX_PLAYERS} players"
    )]
    TooMany(usize),
    /// The number of values is not 2ⁿ.
    #[error("{players} players have {} coalitions, but {values} values are given", 1u64 << players)]
    CoalitionValues {
        /// Number of players.
        players: usize,
        /// Number of values.
        values: usize,
    },
    /// A value is not finite.
    #[error("the value of coalition {0:#b} is not a finite number")]
    NotFinite(usize),
    /// The empty coalition has a value other than 0.
    #[error("the empty coalition has the value 0, not {0}")]
    Empty(f64),
    /// The linear solver failed.
    #[error("the linear programme of the {0} could not be solved: {1}")]
    Solver(&'static str, String),
}

impl Game {
    /// Creates a game from the values of all coalitions, by their bits (the first player is the
    /// lowest bit).
    ///
    /// # Errors
    ///
    /// Fails if the number of values does not fit the players, if a value is not finite, or if the
    /// empty coalition has a value other than 0.
    ///
    /// ```
    /// use consortia::games::{Game, shapley};
    ///
    /// let players = ["up", "down"].map(String::from).to_vec();
    /// let game = Game::new(players, vec![0.0, 10.0, 0.0, 30.0])?;
    /// assert_eq!(shapley(&game), [20.0, 10.0]);
    /// # Ok::<(), consortia::games::GameError>(())
    /// ```
    pub fn new(players: Vec<String>, values: Vec<f64>) -> Result<Self, GameError> {
        let count = players.len();
        match count {
            0 => return Err(GameError::NoPlayers),
            count if count > MAX_PLAYERS => return Err(GameError::TooMany(count)),
            _ => {}
        }
        if values.len() != 1 << count {
            return Err(GameError::CoalitionValues { players: count, values: values.len() });
        }
        if let Some(at) = values.iter().position(|value| !value.is_finite()) {
            return Err(GameError::NotFinite(at));
        }
        if values[0] != 0.0 {
            return Err(GameError::Empty(values[0]));
        }
        Ok(Game { players, values })
    }

    /// Creates a game whose values are computed from the bits of each coalition.
    ///
    /// # Errors
    ///
    /// Fails as [`Game::new`] does.
    ///
    /// ```
    /// use consortia::games::Game;
    ///
    /// let players = (1..=3).map(|player| player.to_string()).collect();
    /// let majority = Game::from_fn(players, |bits| f64::from(u8::from(bits.count_ones() >= 2)))?;
    /// assert_eq!(majority.whole(), 1.0);
    /// # Ok::<(), consortia::games::GameError>(())
    /// ```
    pub fn from_fn(players: Vec<String>, value: impl Fn(usize) -> f64) -> Result<Self, GameError> {
        if players.len() > MAX_PLAYERS {
            return Err(GameError::TooMany(players.len()));
        }
        let values = (0..1usize << players.len())
            .map(|bits| if bits == 0 { 0.0 } else { value(bits) })
            .collect();
        Game::new(players, values)
    }

    /// Returns the number of players.
    pub fn count(&self) -> usize {
        self.players.len()
    }
    /// Returns the coalition of all players.
    pub fn all(&self) -> usize {
        self.values.len() - 1
    }
    /// Returns the value of a coalition, by its bits.
    pub fn value(&self, coalition: usize) -> f64 {
        self.values[coalition]
    }
    /// Returns the value of the coalition of all players.
    pub fn whole(&self) -> f64 {
        self.values[self.all()]
    }
    /// Returns the value of a player alone.
    pub fn alone(&self, player: usize) -> f64 {
        self.values[1 << player]
    }
    /// Returns the contribution of a player to the coalition of all others.
    pub fn marginal(&self, player: usize) -> f64 {
        self.whole() - self.values[self.all() & !(1 << player)]
    }
    /// Returns the gain of all players together over being alone.
    pub fn surplus(&self) -> f64 {
        self.whole() - (0..self.count()).map(|player| self.alone(player)).sum::<f64>()
    }
    /// Returns the largest absolute value of a coalition; 1 where all are 0.
    pub fn scale(&self) -> f64 {
        let largest = self.values.iter().fold(0.0f64, |largest, value| largest.max(value.abs()));
        if largest > 0.0 { largest } else { 1.0 }
    }
    /// Returns the names of a coalition's members, joined by `+`.
    pub fn name(&self, coalition: usize) -> String {
        let members = (0..self.count()).filter(|player| coalition >> player & 1 == 1);
        members.map(|player| self.players[player].as_str()).collect::<Vec<_>>().join("+")
    }
}

/// Returns the sum that every coalition gets under a division, by its bits.
fn received(division: &[f64]) -> Vec<f64> {
    let mut sums = vec![0.0; 1 << division.len()];
    for bits in 1..sums.len() {
        let lowest = bits.trailing_zeros() as usize;
        sums[bits] = sums[bits & (bits - 1)] + division[lowest];
    }
    sums
}
