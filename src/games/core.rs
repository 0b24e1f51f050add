//! The core and the least core, by linear programmes with constraint generation.

use super::linear::{Optimum, Programme};
use super::{Division, Game, GameError, received};

/// The least core: divisions with the smallest ε at which every coalition but the whole gets at
/// least its value less ε (Maschler, Peleg and Shapley 1979).
#[derive(Debug, Clone, PartialEq)]
pub struct LeastCore {
    /// Smallest attainable largest excess ε, in units of the game; at most 0 where the core is not
    /// empty.
    pub excess: f64,
    /// A division in the least core.
    pub division: Division,
    /// Whether the core is not empty.
    pub core_nonempty: bool,
}

/// Returns the row of a coalition: 1 for members, 0 for others, then `more`.
pub(super) fn row(coalition: usize, players: usize, more: &[f64]) -> Vec<f64> {
    let member = |player: usize| f64::from(u8::from(coalition >> player & 1 == 1));
    (0..players).map(member).chain(more.iter().copied()).collect()
}

/// Largest violation of a constraint that is accepted, relative to the largest value.
pub(super) const TOLERANCE: f64 = 1e-9;

/// Solves a programme over divisions in which x(S) + ε ≥ v(S) is required of the coalitions in
/// `wanted`. Violated constraints are added until there are none. ε is `subsidy`, or, if that is
/// `None`, the variable after the players.
pub(super) fn with_all_constraints(
    programme: &mut Programme,
    value: impl Fn(usize) -> f64,
    players: usize,
    wanted: &[usize],
    in_use: &mut [bool],
    subsidy: Option<f64>,
) -> Result<Optimum, GameError> {
    const AT_ONCE: usize = 40;
    loop {
        let optimum = programme.solve()?;
        let sums = received(&optimum.point[..players]);
        let level = subsidy.unwrap_or_else(|| optimum.point[players]);
        let violation = |bits: usize| value(bits) - level - sums[bits];
        let mut violated: Vec<usize> = wanted
            .iter()
            .copied()
            .filter(|&bits| !in_use[bits] && violation(bits) > TOLERANCE)
            .collect();
        if violated.is_empty() {
            return Ok(optimum);
        }
        violated.sort_by(|&a, &b| violation(b).total_cmp(&violation(a)).then(a.cmp(&b)));
        for &bits in violated.iter().take(AT_ONCE) {
            in_use[bits] = true;
            match subsidy {
                Some(level) => programme.at_least(&row(bits, players, &[]), value(bits) - level),
                None => programme.at_least(&row(bits, players, &[1.0]), value(bits)),
            }
        }
    }
}

/// Computes the least core: a division that minimises the largest excess of a coalition.
///
/// # Errors
///
/// Fails if the linear solver fails.
///
/// ```
/// use consortia::games::{Game, least_core};
///
/// let players = (1..=3).map(|player| player.to_string()).collect();
/// let majority = Game::from_fn(players, |bits| f64::from(u8::from(bits.count_ones() >= 2)))?;
/// let found = least_core(&majority)?;
/// assert!(!found.core_nonempty);
/// assert!((found.excess - 1.0 / 3.0).abs() < 1e-9);
/// # Ok::<(), consortia::games::GameError>(())
/// ```
pub fn least_core(game: &Game) -> Result<LeastCore, GameError> {
    let (n, scale) = (game.count(), game.scale());
    if n == 1 {
        return Ok(LeastCore { excess: 0.0, division: vec![game.whole()], core_nonempty: true });
    }
    let free = (f64::NEG_INFINITY, f64::INFINITY);
    let mut objective = vec![0.0; n];
    objective.push(1.0);
    let mut programme = Programme::minimise("least core", &objective, |_| free);
    programme.equal(&row(game.all(), n, &[0.0]), game.whole() / scale);
    let mut in_use = vec![false; game.all() + 1];
    let value = |bits: usize| game.value(bits) / scale;
    for player in 0..n {
        for bits in [1 << player, game.all() & !(1 << player)] {
            if !in_use[bits] {
                in_use[bits] = true;
                programme.at_least(&row(bits, n, &[1.0]), value(bits));
            }
        }
    }
    let wanted: Vec<usize> = (1..game.all()).collect();
    let optimum = with_all_constraints(&mut programme, value, n, &wanted, &mut in_use, None)?;
    Ok(LeastCore {
        excess: optimum.value * scale,
        division: optimum.point[..n].iter().map(|x| x * scale).collect(),
        core_nonempty: optimum.value <= 1e-7,
    })
}
