//! The nucleolus (Schmeidler 1969): the division that minimises the largest excess, then the second
//! largest, and so on.
//!
//! It is computed by a sequence of linear programmes (Maschler, Peleg and Shapley 1979) and checked
//! by Kohlberg's criterion (1971).

use super::core::{TOLERANCE, row, with_all_constraints};
use super::linear::{Programme, Span, solve};
use super::{Division, Game, GameError, received};

/// The nucleolus and its properties.
#[derive(Debug, Clone, PartialEq)]
pub struct Nucleolus {
    /// Amount of each player.
    pub division: Division,
    /// Largest excess of a coalition but the whole, in units of the game; at most 0 if the core is
    /// not empty.
    pub excess: f64,
    /// Whether every player gets at least its value alone. Where that is impossible, the division
    /// is the prenucleolus.
    pub individually_rational: bool,
    /// Whether Kohlberg's criterion confirms the division.
    pub verified: bool,
}

/// Distance below which a constraint counts as tight, relative to the largest value.
const TIGHT: f64 = 1e-7;

/// Computes the nucleolus of a game (Schmeidler 1969) by a sequence of linear programmes.
///
/// # Errors
///
/// Fails if the linear solver fails or no coalition is found to be tight.
///
/// ```
/// use consortia::games::{Game, nucleolus};
///
/// let players = ["a", "b"].map(String::from).to_vec();
/// let game = Game::new(players, vec![0.0, 10.0, 0.0, 30.0])?;
/// let found = nucleolus(&game)?;
/// assert!((found.division[0] - 20.0).abs() < 1e-6);
/// # Ok::<(), consortia::games::GameError>(())
/// ```
pub fn nucleolus(game: &Game) -> Result<Nucleolus, GameError> {
    let (n, scale) = (game.count(), game.scale());
    let value = |bits: usize| game.value(bits) / scale;
    let rational = game.surplus() >= -TOLERANCE * scale;
    if n == 1 {
        return Ok(Nucleolus {
            division: vec![game.whole()],
            excess: 0.0,
            individually_rational: true,
            verified: true,
        });
    }
    let floor = |player: usize| if rational { value(1 << player) } else { f64::NEG_INFINITY };
    let mut span = Span::new();
    span.insert(&row(game.all(), n, &[]));
    // Coalitions whose excess is fixed, with the stage at which it was; and the excess of each
    // stage.
    let mut settled: Vec<(usize, usize)> = Vec::new();
    let mut levels: Vec<f64> = Vec::new();
    let mut point = vec![value(game.all()) / n as f64; n];
    while span.rank() < n {
        let open: Vec<usize> =
            (1..game.all()).filter(|&bits| !span.contains(&row(bits, n, &[]))).collect();
        let Some((level, at)) = lower(game, &value, &floor, &settled, &levels, &open)? else {
            break;
        };
        // The solver's level may be off by more than the tolerance. Then no coalition seems tight,
        // and a wider tolerance is tried.
        let mut tight = Vec::new();
        for tolerance in [TIGHT, 10.0 * TIGHT, 100.0 * TIGHT] {
            tight =
                held(game, &value, &floor, (&settled, &levels), &open, (level, &at), tolerance)?;
            if !tight.is_empty() {
                break;
            }
        }
        if tight.is_empty() {
            return Err(GameError::Solver("nucleolus", "no coalition is tight".into()));
        }
        point = at;
        let stage = levels.len();
        levels.push(level);
        for &bits in &tight {
            span.insert(&row(bits, n, &[]));
            settled.push((bits, stage));
        }
    }
    let division: Division = polish(game, &value, &settled, levels.len(), &point, rational)
        .unwrap_or(point)
        .into_iter()
        .map(|x| x * scale)
        .collect();
    let sums = received(&division);
    let excess =
        (1..game.all()).map(|bits| game.value(bits) - sums[bits]).fold(f64::NEG_INFINITY, f64::max);
    let verified = is_nucleolus(game, &division)?;
    Ok(Nucleolus { division, excess, individually_rational: rational, verified })
}

/// Minimises the largest excess of the open coalitions. Returns it with a division that has it.
fn lower(
    game: &Game,
    value: &impl Fn(usize) -> f64,
    floor: &impl Fn(usize) -> f64,
    settled: &[(usize, usize)],
    levels: &[f64],
    open: &[usize],
) -> Result<Option<(f64, Vec<f64>)>, GameError> {
    let n = game.count();
    if open.is_empty() {
        return Ok(None);
    }
    let mut objective = vec![0.0; n];
    objective.push(1.0);
    let bounds = |at: usize| {
        if at < n { (floor(at), f64::INFINITY) } else { (f64::NEG_INFINITY, f64::INFINITY) }
    };
    let mut programme = Programme::minimise("nucleolus", &objective, bounds);
    fix(&mut programme, game, value, settled, levels, &[0.0]);
    let mut in_use = vec![false; game.all() + 1];
    // Each coalition is added with its complement: the excesses of both bound the level.
    for &bits in open
        .iter()
        .filter(|&&bits| bits.is_power_of_two() || (game.all() & !bits).is_power_of_two())
    {
        in_use[bits] = true;
        programme.at_least(&row(bits, n, &[1.0]), value(bits));
    }
    let first = open[0];
    for bits in [first, game.all() & !first] {
        if !in_use[bits] {
            in_use[bits] = true;
            programme.at_least(&row(bits, n, &[1.0]), value(bits));
        }
    }
    let optimum = with_all_constraints(&mut programme, value, n, open, &mut in_use, None)?;
    Ok(Some((optimum.point[n], optimum.point[..n].to_vec())))
}

/// Returns the coalitions that are tight everywhere on the optimal face, within a tolerance; all
/// others can be loosened at the same time.
fn held(
    game: &Game,
    value: &impl Fn(usize) -> f64,
    floor: &impl Fn(usize) -> f64,
    before: (&[(usize, usize)], &[f64]),
    open: &[usize],
    (level, at): (f64, &[f64]),
    tolerance: f64,
) -> Result<Vec<usize>, GameError> {
    let sums = received(at);
    let mut tight: Vec<usize> = open
        .iter()
        .copied()
        .filter(|&bits| (value(bits) - sums[bits] - level).abs() < tolerance)
        .collect();
    loop {
        let sums = received(&loosen(game, value, floor, before, open, level, &tight)?);
        let held: Vec<usize> = tight
            .iter()
            .copied()
            .filter(|&bits| sums[bits] - (value(bits) - level) < tolerance)
            .collect();
        if held.len() == tight.len() {
            return Ok(tight);
        }
        tight = held;
    }
}

/// Returns the division on the optimal face that maximises the sum over the tight coalitions.
fn loosen(
    game: &Game,
    value: &impl Fn(usize) -> f64,
    floor: &impl Fn(usize) -> f64,
    (settled, levels): (&[(usize, usize)], &[f64]),
    open: &[usize],
    level: f64,
    tight: &[usize],
) -> Result<Vec<f64>, GameError> {
    let n = game.count();
    let mut objective = vec![0.0; n];
    for &bits in tight {
        for (player, weight) in objective.iter_mut().enumerate() {
            *weight -= f64::from(u8::from(bits >> player & 1 == 1));
        }
    }
    let mut programme =
        Programme::minimise("nucleolus", &objective, |at| (floor(at), f64::INFINITY));
    fix(&mut programme, game, value, settled, levels, &[]);
    let mut in_use = vec![false; game.all() + 1];
    let singles = open.iter().filter(|bits| bits.is_power_of_two());
    for &bits in tight.iter().chain(singles) {
        if !in_use[bits] {
            in_use[bits] = true;
            programme.at_least(&row(bits, n, &[]), value(bits) - level);
        }
    }
    Ok(with_all_constraints(&mut programme, value, n, open, &mut in_use, Some(level))?.point)
}

/// Adds the constraints that the whole is divided and that fixed excesses stay fixed.
fn fix(
    programme: &mut Programme,
    game: &Game,
    value: &impl Fn(usize) -> f64,
    settled: &[(usize, usize)],
    levels: &[f64],
    more: &[f64],
) {
    let n = game.count();
    let mut span = Span::new();
    span.insert(&row(game.all(), n, &[]));
    programme.equal(&row(game.all(), n, more), value(game.all()));
    for &(bits, stage) in settled {
        if span.insert(&row(bits, n, &[])) {
            programme.equal(&row(bits, n, more), value(bits) - levels[stage]);
        }
    }
}

/// Refines the division by solving the equations that hold at it. Returns `None` if they do not
/// determine it.
fn polish(
    game: &Game,
    value: &impl Fn(usize) -> f64,
    settled: &[(usize, usize)],
    stages: usize,
    near: &[f64],
    rational: bool,
) -> Option<Vec<f64>> {
    let n = game.count();
    let mut equations = vec![(row(game.all(), n, &vec![0.0; stages]), value(game.all()))];
    if rational {
        for player in (0..n).filter(|&player| (near[player] - value(1 << player)).abs() < TIGHT) {
            equations.push((row(1 << player, n, &vec![0.0; stages]), value(1 << player)));
        }
    }
    for &(bits, stage) in settled {
        let mut levels = vec![0.0; stages];
        levels[stage] = 1.0;
        equations.push((row(bits, n, &levels), value(bits)));
    }
    let found = solve(n + stages, &equations)?;
    let near_enough = found[..n].iter().zip(near).all(|(found, near)| (found - near).abs() < 1e-5);
    near_enough.then(|| found[..n].to_vec())
}

/// Returns whether a division is the nucleolus, by Kohlberg's criterion: at every level, no change
/// gives the coalitions of at least that excess no less and one of them more, without taking from
/// players who have only their value alone. Fails if the linear solver fails.
pub fn is_nucleolus(game: &Game, division: &[f64]) -> Result<bool, GameError> {
    let (n, scale) = (game.count(), game.scale());
    let sums = received(division);
    if (sums[game.all()] - game.whole()).abs() > TIGHT * scale {
        return Ok(false);
    }
    let rational = game.surplus() >= -TOLERANCE * scale;
    let at_floor =
        |player: usize| rational && division[player] <= game.alone(player) + TIGHT * scale;
    if rational && (0..n).any(|player| division[player] < game.alone(player) - TIGHT * scale) {
        return Ok(false);
    }
    let excess = |bits: usize| (game.value(bits) - sums[bits]) / scale;
    let mut order: Vec<usize> = (1..game.all()).collect();
    order.sort_by(|&a, &b| excess(b).total_cmp(&excess(a)));
    let mut span = Span::new();
    span.insert(&row(game.all(), n, &[]));
    let mut level = 0;
    while level < order.len() && span.rank() < n {
        let mut end = level + 1;
        while end < order.len() && excess(order[level]) - excess(order[end]) < TIGHT {
            end += 1;
        }
        let rank = span.rank();
        for &bits in &order[level..end] {
            span.insert(&row(bits, n, &[]));
        }
        level = end;
        if span.rank() > rank && can_improve(n, game.all(), &order[..end], at_floor)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Returns whether some change y with y(N) = 0 gives none of these coalitions less and one of them
/// more.
fn can_improve(
    n: usize,
    all: usize,
    coalitions: &[usize],
    at_floor: impl Fn(usize) -> bool,
) -> Result<bool, GameError> {
    let mut objective = vec![0.0; n];
    for &bits in coalitions {
        for (player, weight) in objective.iter_mut().enumerate() {
            *weight -= f64::from(u8::from(bits >> player & 1 == 1)) / coalitions.len() as f64;
        }
    }
    let bounds = |player: usize| (if at_floor(player) { 0.0 } else { -1.0 }, 1.0);
    let mut programme = Programme::minimise("criterion of Kohlberg", &objective, bounds);
    programme.equal(&row(all, n, &[]), 0.0);
    let mut in_use = vec![false; all + 1];
    let optimum =
        with_all_constraints(&mut programme, |_| 0.0, n, coalitions, &mut in_use, Some(0.0))?;
    Ok(-optimum.value * coalitions.len() as f64 > 1e-6)
}
