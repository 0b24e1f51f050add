//! All solution concepts of a game in one table, with measures of the stability of each division.

use super::{
    Division, Game, GameError, LeastCore, Nucleolus, banzhaf, disruption, equal_shares, gately,
    least_core, nash_harsanyi, nucleolus, power_and_stability, proportional_shares, received,
    shapley, tau,
};

/// A named division with measures of its stability.
#[derive(Debug, Clone, PartialEq)]
pub struct Solution {
    /// Id of the solution.
    pub id: String,
    /// Name for display.
    pub title: String,
    /// Amount of each player.
    pub division: Division,
    /// Largest excess of a coalition; at most 0 in the core.
    pub excess: f64,
    /// Coalition with the largest excess, by its bits; 0 if there is none.
    pub dissenters: usize,
    /// Whether the division is in the core.
    pub in_core: bool,
    /// Propensity to disrupt, by player.
    pub disruption: Vec<f64>,
    /// Share of the gains over being alone, by player; `None` where there are no gains.
    pub power: Option<Vec<f64>>,
    /// Coefficient of variation of power; smaller is more stable.
    pub stability: Option<f64>,
}

/// Solutions of a game.
#[derive(Debug, Clone, PartialEq)]
pub struct Solutions {
    /// Divisions, in display order.
    pub solutions: Vec<Solution>,
    /// Names of solutions that the game does not have, with the reason.
    pub missing: Vec<(&'static str, &'static str)>,
    /// Banzhaf values by player; they need not sum to the value of all players.
    pub banzhaf: Vec<f64>,
    /// The least core.
    pub least_core: LeastCore,
    /// The nucleolus.
    pub nucleolus: Nucleolus,
}

impl Solution {
    /// Measures a division. Violations of rounding size still count as in the core.
    pub fn measure(game: &Game, id: &str, title: &str, division: Division) -> Self {
        let sums = received(&division);
        let excess = |bits: usize| game.value(bits) - sums[bits];
        let dissenters =
            (1..game.all()).max_by(|&a, &b| excess(a).total_cmp(&excess(b))).unwrap_or(0);
        let most = if dissenters > 0 { excess(dissenters) } else { 0.0 };
        let gap = sums[game.all()] - game.whole();
        let (power, stability) = power_and_stability(game, &division).unzip();
        Solution {
            id: id.to_string(),
            title: title.to_string(),
            excess: most,
            dissenters,
            in_core: most <= 1e-7 * game.scale() && gap.abs() <= 1e-7 * game.scale(),
            disruption: disruption(game, &division),
            power,
            stability,
            division,
        }
    }
}

/// Computes all solutions of a game. Fails if the linear solver fails.
pub fn solutions(game: &Game) -> Result<Solutions, GameError> {
    let (nucleolus, least_core) = (nucleolus(game)?, least_core(game)?);
    let mut missing = Vec::new();
    let mut found = vec![
        Solution::measure(game, "shapley", "Shapley value", shapley(game)),
        Solution::measure(game, "nucleolus", "Nucleolus", nucleolus.division.clone()),
    ];
    let mut add = |id: &str, title: &'static str, division: Option<Division>, why: &'static str| {
        match division {
            Some(division) => found.push(Solution::measure(game, id, title, division)),
            None => missing.push((title, why)),
        }
    };
    add("tau", "τ value", tau(game), "the game is not quasi-balanced");
    add(
        "gately",
        "Gately point",
        gately(game),
        "the contributions to the others, less the single values, sum to 0",
    );
    add("nash_harsanyi", "Nash–Harsanyi", Some(nash_harsanyi(game)), "");
    add(
        "proportional",
        "Proportional shares",
        proportional_shares(game),
        "the values of single players sum to zero",
    );
    add("equal", "Equal shares", Some(equal_shares(game)), "");
    add("least_core", "A point of the least core", Some(least_core.division.clone()), "");
    Ok(Solutions { solutions: found, missing, banzhaf: banzhaf(game), least_core, nucleolus })
}
