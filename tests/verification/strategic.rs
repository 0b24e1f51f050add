//! Bargaining, treaties, behaviour and statistics.

use super::{Checks, Known};
use consortia::games::{Collusion, EmissionGame, Frontier, baron_ferejohn_proposer, rubinstein_first_share};

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
        checks.add(format!("proposer's share, 5 members, δ = 0.9, quota {quota}"), share, baron_ferejohn_proposer(5, quota, 0.9));
    }
    checks.done()
}

pub fn treaties() -> Vec<Known> {
    let mut checks = Checks::new();
    checks.from("Coalition size (Barrett 1994, recomputed, D)", "games::EmissionGame", 5e-4);
    let linear = EmissionGame::Linear { players: 10, benefit: 1.0, cost: 1.0 }.stable().unwrap();
    checks.add("linear benefit, quadratic cost, N = 10: members", 3.0, linear.members as f64);
    for (ratio, members, gap) in [(0.05, 8.0, 0.511), (0.1, 6.0, 0.199), (0.25, 4.0, 0.115), (1.0, 3.0, 0.222)] {
        let stable = EmissionGame::Quadratic { players: 10, satiation: 100.0, ratio }.stable().unwrap();
        checks.add(format!("quadratic, leading coalition, γ = {ratio}: members"), members, stable.members as f64);
        checks.add(format!("γ = {ratio}: gap closed"), gap, stable.gap_closed);
    }
    for (benefit, cost) in [(1.0f64, 2.5f64), (1.0, 4.0), (0.7, 3.0)] {
        let stable = EmissionGame::Binary { players: 12, benefit, cost }.stable().unwrap();
        checks.add(format!("act or not, b = {benefit}, c = {cost}: members ⌈c/b⌉"), (cost / benefit).ceil(), stable.members as f64);
    }
    let game = Collusion { bad_signal: 0.1, discount: 0.9, profit: 1.0 };
    checks.from("Imperfect monitoring (Green and Porter 1984 in Tirole's form, α = 0.1, δ = 0.9, Π = 1, D)", "games::Collusion", 1e-6);
    checks.add("shortest punishment", 2.0, f64::from(game.shortest(50).unwrap()));
    for (periods, value) in [(2, 3.842_869), (3, 3.617_654), (10, 2.836_988)] {
        checks.add(format!("value with T = {periods}"), value, game.value(periods));
    }
    checks.done()
}

pub fn behaviour() -> Vec<Known> {
    Checks::new().done()
}
