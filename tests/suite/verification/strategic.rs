//! Known answers for bargaining, treaties, behaviour and statistics.

use super::{Checks, Known};
use consortia::analysis::replications::for_effect;
use consortia::analysis::sensitivity;
use consortia::behaviour::{Trust, accepts};
use consortia::experiment::sampling;
use consortia::games::{
    Collusion, EmissionGame, Frontier, baron_ferejohn_proposer, rubinstein_first_share,
};
use std::f64::consts::PI;

pub fn bargaining() -> Vec<Known> {
    let mut checks = Checks::new();
    let frontier = Frontier { second: |u: f64| 1.0 - u * u, most: 1.0 };
    checks.from("Frontier u₂ = 1 − u₁² (D)", "games::Frontier", 1e-6);
    let (first, second) = frontier.nash(0.5);
    checks.each("Nash solution, u", &[0.577_350, 0.666_667], &[first, second]);
    let (first, second) = frontier.nash(0.7);
    checks.each("with weights 0.7 and 0.3, u", &[0.733_799, 0.461_538], &[first, second]);
    checks.add("Kalai–Smorodinsky solution, u 1", 0.618_034, frontier.kalai_smorodinsky().0);
    checks.from("Rubinstein 1982 (D)", "games::rubinstein_first_share", 1e-6);
    checks.add("share of the first, δ = 0.9 and 0.9", 0.526_316, rubinstein_first_share(0.9, 0.9));
    checks.from("Baron and Ferejohn 1989, closed rule (D)", "games::baron_ferejohn_proposer", 1e-6);
    for (quota, share) in [(3, 0.64), (4, 0.46), (5, 0.28)] {
        checks.add(
            format!("proposer's share, 5 members, δ = 0.9, quota {quota}"),
            share,
            baron_ferejohn_proposer(5, quota, 0.9),
        );
    }
    checks.done()
}

pub fn treaties() -> Vec<Known> {
    let mut checks = Checks::new();
    checks.from("Coalition size (Barrett 1994, recomputed, D)", "games::EmissionGame", 5e-4);
    let linear = EmissionGame::Linear { players: 10, benefit: 1.0, cost: 1.0 }.stable().unwrap();
    checks.add("linear benefit, quadratic cost, N = 10: members", 3.0, linear.members as f64);
    for (ratio, members, gap) in
        [(0.05, 8.0, 0.511), (0.1, 6.0, 0.199), (0.25, 4.0, 0.115), (1.0, 3.0, 0.222)]
    {
        let stable =
            EmissionGame::Quadratic { players: 10, satiation: 100.0, ratio }.stable().unwrap();
        checks.add(
            format!("quadratic, leading coalition, γ = {ratio}: members"),
            members,
            stable.members as f64,
        );
        checks.add(format!("γ = {ratio}: gap closed"), gap, stable.gap_closed);
    }
    for (benefit, cost) in [(1.0f64, 2.5f64), (1.0, 4.0), (0.7, 3.0)] {
        let stable = EmissionGame::Binary { players: 12, benefit, cost }.stable().unwrap();
        checks.add(
            format!("act or not, b = {benefit}, c = {cost}: members ⌈c/b⌉"),
            (cost / benefit).ceil(),
            stable.members as f64,
        );
    }
    checks.from(
        "Published: stable agreements have 2, 3 or 4 members under leadership (Diamantoudi and \
         Sartzetakis 2006, J. Public Economic Theory 8(2)), of which 4 is not found and \
         the size falls from 3 to 2 as countries are more (Journal of Systems Science and \
         Complexity 2008, doi 10.1007/s11424-008-9102-1); without leadership at most 2 \
         (Rubio and Ulph 2002, Southampton discussion paper 0211) (P)",
        "games::EmissionGame::Emissions, γ in 199 steps up to 4/(n(n − 4)), where emissions stay \
         above 0",
        0.0,
    );
    let sizes = |players: usize, leads: bool| -> (usize, usize) {
        let bound = 4.0 / (players * (players - 4)) as f64;
        let stable = (1..200).map(|step| EmissionGame::Emissions {
            players,
            ratio: bound * f64::from(step) / 200.0,
            leads,
        });
        let found: Vec<usize> =
            stable.map(|game| game.stable().map_or(1, |found| found.members)).collect();
        (*found.iter().min().unwrap(), *found.iter().max().unwrap())
    };
    for (players, most) in
        [(5, 3.0), (6, 3.0), (8, 3.0), (10, 3.0), (20, 3.0), (50, 2.0), (100, 2.0)]
    {
        let (least, largest) = sizes(players, true);
        checks.add(format!("leadership, n = {players}: smallest stable size"), 2.0, least as f64);
        checks.add(format!("leadership, n = {players}: largest stable size"), most, largest as f64);
    }
    for players in [5, 10, 50] {
        let most = sizes(players, false).1;
        checks.add(
            format!("no leadership, n = {players}: sizes above 2"),
            0.0,
            f64::from(u8::from(most > 2)),
        );
    }
    let game = Collusion { bad_signal: 0.1, discount: 0.9, profit: 1.0 };
    checks.from(
        "Imperfect monitoring (Green and Porter 1984 in Tirole's form, α = 0.1, δ = 0.9, Π = 1, D)",
        "games::Collusion",
        1e-6,
    );
    checks.add("shortest punishment", 2.0, f64::from(game.shortest(50).unwrap()));
    for (periods, value) in [(2, 3.842_869), (3, 3.617_654), (10, 2.836_988)] {
        checks.add(format!("value with T = {periods}"), value, game.value(periods));
    }
    checks.done()
}

/// Returns the share of uniform numbers at which [`accepts`] accepts an advantage.
fn chance(lambda: f64, advantage: f64) -> f64 {
    let n = 200_000;
    let accepted =
        (0..n).filter(|i| accepts((f64::from(*i) + 0.5) / f64::from(n), lambda, advantage)).count();
    accepted as f64 / f64::from(n)
}

pub fn behaviour() -> Vec<Known> {
    let mut checks = Checks::new();
    trust_and_choice(&mut checks);
    indices_of_test_functions(&mut checks);
    sample_size(&mut checks);
    checks.done()
}

/// Checks trust and logit choice.
fn trust_and_choice(checks: &mut Checks) {
    checks.from(
        "Beta reputation with forgetting 0.9 on 1, 1, 0, 1, 1, uniform prior (D)",
        "behaviour::Trust",
        1e-6,
    );
    let mut trust = Trust::new(1, 2, |_| 0.5, 2.0);
    let means: Vec<f64> = [true, true, false, true, true]
        .into_iter()
        .map(|kept| {
            trust.note(0, 0, 1, 0, if kept { (1.0, 0.0) } else { (0.0, 1.0) });
            trust.learn(|_| 0.9);
            trust.mean(0, 0, 1, 0)
        })
        .collect();
    checks.each(
        "mean after report",
        &[0.666_667, 0.743_590, 0.575_372, 0.650_671, 0.703_040],
        &means,
    );
    // Payoffs of matching pennies, four to one, as in McKelvey and Palfrey: 1.1141 and 0.278525 for
    // the row player, 1.1141 for the column player.
    checks.from(
        "Logit equilibrium of the Ochs game, λ = 1 (McKelvey and Palfrey 1995, D)",
        "behaviour::accepts, iterated to its fixed point",
        2e-5,
    );
    let (mut row, mut column) = (0.5, 0.5);
    for _ in 0..400 {
        let better_row = 1.1141 * column - 0.278_525 * (1.0 - column);
        let better_column = 1.1141 * (1.0 - row) - 1.1141 * row;
        row += 0.2 * (chance(1.0, better_row) - row);
        column += 0.2 * (chance(1.0, better_column) - column);
    }
    checks.each("chance of player", &[0.586_78, 0.451_81], &[row, column]);
}

/// Checks sensitivity indices of functions with closed forms.
fn indices_of_test_functions(checks: &mut Checks) {
    let indices = |parameters: usize, base: usize, f: &dyn Fn(&[f64]) -> f64| {
        let results: Vec<f64> =
            sampling::saltelli(base, parameters).unwrap().iter().map(|x| f(x)).collect();
        sensitivity::sobol(&results, parameters, 0, 1).unwrap().parameters
    };
    checks.from(
        "Ishigami function, a = 7, b = 0.1: Sobol' indices (Ishigami and Homma 1990, P)",
        "experiment::sampling::saltelli with 16,384 base rows, analysis::sensitivity::sobol",
        2e-3,
    );
    let ishigami = |u: &[f64]| {
        let x: Vec<f64> = u.iter().map(|u| PI * (2.0 * u - 1.0)).collect();
        x[0].sin() + 7.0 * x[1].sin() * x[1].sin() + 0.1 * x[2].powi(4) * x[0].sin()
    };
    let found = indices(3, 16_384, &ishigami);
    checks.each(
        "first order, parameter",
        &[0.3139, 0.4424, 0.0],
        &found.iter().map(|index| index.first).collect::<Vec<_>>(),
    );
    checks.each(
        "total order, parameter",
        &[0.5576, 0.4424, 0.2437],
        &found.iter().map(|index| index.total).collect::<Vec<_>>(),
    );
    checks.from(
        "Sobol's g-function, a = 0, 1, 4.5, 9, 99, 99: closed form (Sobol' 1993, D)",
        "experiment::sampling::saltelli with 16,384 base rows, analysis::sensitivity::sobol",
        2e-3,
    );
    let shape = [0.0, 1.0, 4.5, 9.0, 99.0, 99.0];
    let own = shape.map(|a: f64| 1.0 / (3.0 * (1.0 + a) * (1.0 + a)));
    let variance = own.iter().map(|v| 1.0 + v).product::<f64>() - 1.0;
    let first = own.map(|v| v / variance);
    let total: Vec<f64> = own.iter().map(|v| v * (variance + 1.0) / (1.0 + v) / variance).collect();
    let g = |u: &[f64]| {
        u.iter().zip(shape).map(|(u, a)| ((4.0 * u - 2.0).abs() + a) / (1.0 + a)).product::<f64>()
    };
    let found = indices(6, 16_384, &g);
    checks.each(
        "first order, parameter",
        &first,
        &found.iter().map(|index| index.first).collect::<Vec<_>>(),
    );
    checks.each(
        "total order, parameter",
        &total,
        &found.iter().map(|index| index.total).collect::<Vec<_>>(),
    );
}

/// Checks numbers of replications.
fn sample_size(checks: &mut Checks) {
    checks.from(
        "Paired sample size, d_z = 0.1, α = 0.05, power 0.8 (D)",
        "analysis::replications::for_effect",
        0.0,
    );
    checks.add("replications", 785.0, for_effect(0.1, 0.8) as f64);
}
