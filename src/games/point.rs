//! Divisions of the value of all players in closed form, and measures of their stability.

use super::Game;

/// Amount of each player.
pub type Division = Vec<f64>;

/// Returns the Shapley value: the mean contribution of a player to those before it, over all orders
/// (Shapley 1953).
///
/// ```
/// use consortia::games::{Game, shapley};
///
/// // Two players own a left glove, one a right glove; a pair has the value 1.
/// let players = ["left", "left too", "right"].map(String::from).to_vec();
/// let pairs = |bits| f64::from(u8::from(bits & 4 != 0 && bits & 3 != 0));
/// let gloves = Game::from_fn(players, pairs)?;
/// let division = shapley(&gloves);
/// assert!((division[2] - 2.0 / 3.0).abs() < 1e-12);
/// # Ok::<(), consortia::games::GameError>(())
/// ```
pub fn shapley(game: &Game) -> Division {
    let n = game.count();
    // A coalition of size s before i has weight s! (n − s − 1)! / n!.
    let mut weight = vec![0.0; n];
    weight[0] = 1.0 / n as f64;
    for size in 1..n {
        weight[size] = weight[size - 1] * size as f64 / (n - size) as f64;
    }
    by_marginals(game, |size| weight[size])
}

/// Returns the Banzhaf value: a player's contribution to the others, averaged over all coalitions.
/// It need not add up to the value of all players.
pub fn banzhaf(game: &Game) -> Division {
    let share = 0.5f64.powi(game.count() as i32 - 1);
    by_marginals(game, |_| share)
}

fn by_marginals(game: &Game, weight: impl Fn(usize) -> f64) -> Division {
    let mut values = vec![0.0; game.count()];
    for bits in 0..=game.all() {
        let (value_without, share) =
            (game.value(bits), weight((bits.count_ones() as usize).min(game.count() - 1)));
        for (player, value) in
            values.iter_mut().enumerate().filter(|(player, _)| bits >> player & 1 == 0)
        {
            *value += share * (game.value(bits | 1 << player) - value_without);
        }
    }
    values
}

/// Divides the value of all players equally.
pub fn equal_shares(game: &Game) -> Division {
    vec![game.whole() / game.count() as f64; game.count()]
}

/// Divides in proportion to each player's value alone; `None` where these values sum to 0.
pub fn proportional_shares(game: &Game) -> Option<Division> {
    let alone: f64 = (0..game.count()).map(|player| game.alone(player)).sum();
    (alone.abs() > 1e-12 * game.scale()).then(|| {
        (0..game.count()).map(|player| game.whole() * game.alone(player) / alone).collect()
    })
}

/// Returns the Nash–Harsanyi division. It maximises the product of gains over being alone, so every
/// player has the same gain.
pub fn nash_harsanyi(game: &Game) -> Division {
    let each = game.surplus() / game.count() as f64;
    (0..game.count()).map(|player| game.alone(player) + each).collect()
}

/// Returns the τ value: the compromise between each player's least and largest claim (Tijs 1981);
/// `None` where the game is not quasi-balanced.
pub fn tau(game: &Game) -> Option<Division> {
    let n = game.count();
    let most: Vec<f64> = (0..n).map(|player| game.marginal(player)).collect();
    let given = super::received(&most);
    let least: Vec<f64> = (0..n)
        .map(|player| {
            let inside = (1..=game.all()).filter(|bits| bits >> player & 1 == 1);
            inside
                .map(|bits| game.value(bits) - (given[bits] - most[player]))
                .fold(f64::NEG_INFINITY, f64::max)
        })
        .collect();
    let (low, high): (f64, f64) = (least.iter().sum(), most.iter().sum());
    let slack = 1e-9 * game.scale();
    let ordered = least.iter().zip(&most).all(|(low, high)| *low <= high + slack);
    if !ordered || low > game.whole() + slack || high < game.whole() - slack {
        return None;
    }
    let part = if high - low > slack { (game.whole() - low) / (high - low) } else { 0.0 };
    Some(least.iter().zip(&most).map(|(low, high)| low + part * (high - low)).collect())
}

/// Returns the Gately point, at which all players have the same propensity to disrupt (Gately
/// 1974); `None` where the contributions to the others, less the values alone, sum to 0.
pub fn gately(game: &Game) -> Option<Division> {
    let n = game.count();
    let claims: Vec<f64> =
        (0..n).map(|player| game.marginal(player) - game.alone(player)).collect();
    let all: f64 = claims.iter().sum();
    (all.abs() > 1e-12 * game.scale()).then(|| {
        (0..n).map(|player| game.alone(player) + claims[player] * game.surplus() / all).collect()
    })
}

/// Returns the propensity to disrupt, by player: the loss of the others over its own loss if the
/// player left (Gately 1974). It is infinite for a player that loses nothing while others do, and
/// NaN where neither loses.
pub fn disruption(game: &Game, division: &[f64]) -> Vec<f64> {
    let whole: f64 = division.iter().sum();
    (0..game.count())
        .map(|player| {
            let others = whole - division[player] - game.value(game.all() & !(1 << player));
            let own = division[player] - game.alone(player);
            let nil = 1e-12 * game.scale();
            match (others.abs() <= nil, own.abs() <= nil) {
                (true, true) => f64::NAN,
                (false, true) => f64::INFINITY,
                _ => others / own,
            }
        })
        .collect()
}

/// Returns the power of each player, which is its share of all gains over being alone, and the
/// stability of the division: the coefficient of variation of power (Loehman et al. 1979; smaller
/// is more stable). `None` where there are no gains.
pub fn power_and_stability(game: &Game, division: &[f64]) -> Option<(Vec<f64>, f64)> {
    let gains: Vec<f64> =
        (0..game.count()).map(|player| division[player] - game.alone(player)).collect();
    let all: f64 = gains.iter().sum();
    if all.abs() <= 1e-12 * game.scale() {
        return None;
    }
    let power: Vec<f64> = gains.iter().map(|gain| gain / all).collect();
    let n = power.len() as f64;
    let mean = 1.0 / n;
    let spread = if power.len() > 1 {
        (power.iter().map(|power| (power - mean) * (power - mean)).sum::<f64>() / (n - 1.0)).sqrt()
    } else {
        0.0
    };
    Some((power, spread / mean))
}
