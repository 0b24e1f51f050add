//! Known answers for cooperative games and voting power, from the solvers of `consortia game` and
//! `consortia power`.

use super::{Checks, Known};
use consortia::games::{
    Body, Game, disruption, gately, least_core, nucleolus, shapley, tau, voting_power,
};

/// Creates a game from values in the order singles, pairs, triples, …, each in lexicographic order.
fn listed(values: &[f64]) -> Game {
    let n = (values.len() + 1).ilog2() as usize;
    let mut order: Vec<usize> = (1..1 << n).collect();
    let members = |bits: usize| (0..n).filter(|player| bits >> player & 1 == 1).collect::<Vec<_>>();
    order.sort_by_key(|&bits| (bits.count_ones(), members(bits)));
    let mut by_bits = vec![0.0; 1 << n];
    for (bits, value) in order.into_iter().zip(values) {
        by_bits[bits] = *value;
    }
    Game::new((1..=n).map(|player| player.to_string()).collect(), by_bits).unwrap()
}

fn from_fn(players: usize, value: impl Fn(usize) -> f64) -> Game {
    Game::from_fn((1..=players).map(|player| player.to_string()).collect(), value).unwrap()
}

fn nucleolus_of(game: &Game) -> Vec<f64> {
    let found = nucleolus(game).unwrap();
    assert!(found.verified, "the criterion of Kohlberg refutes {found:?}");
    found.division
}

/// Creates a bankruptcy game: the value of a coalition is the estate less the claims of the others,
/// at least 0.
fn bankruptcy(claims: [f64; 3], estate: f64) -> Game {
    from_fn(3, |bits| {
        let outside: f64 =
            (0..3).filter(|player| bits >> player & 1 == 0).map(|player| claims[player]).sum();
        (estate - outside).max(0.0)
    })
}

/// Creates a river game with benefits √x. A coalition that is not connected is the sum of connected
/// parts, each with its own inflow.
fn river() -> Game {
    let inflow = [9.0, 0.0, 0.0];
    let part = |from: usize, to: usize| -> f64 {
        // All inflow is at the head and water flows downstream, so an equal division is feasible.
        let (mut best, users) = (0.0f64, to - from);
        let total: f64 = inflow[from..to].iter().sum();
        if total > 0.0 {
            best = best.max(users as f64 * (total / users as f64).sqrt());
        }
        best
    };
    from_fn(3, move |bits| {
        let (mut value, mut at) = (0.0, 0);
        while at < 3 {
            if bits >> at & 1 == 0 {
                at += 1;
                continue;
            }
            let from = at;
            while at < 3 && bits >> at & 1 == 1 {
                at += 1;
            }
            value += part(from, at);
        }
        value
    })
}

pub fn games() -> Vec<Known> {
    let mut checks = Checks::new();
    published_games(&mut checks);
    derived_games(&mut checks);
    checks.done()
}

/// Checks games with published solutions.
fn published_games(checks: &mut Checks) {
    let lemaire = listed(&[46125.0, 17437.5, 5812.5, 69187.5, 53812.5, 30750.0, 90000.0]);
    checks.from(
        "Lemaire 1984, cooperation of insurers (P, D)",
        "games::{shapley, nucleolus, tau, gately, disruption}",
        1e-4,
    );
    checks.each("Shapley value, player", &[51750.0, 25875.0, 12375.0], &shapley(&lemaire));
    checks.each("nucleolus, player", &[52687.5, 24468.75, 12843.75], &nucleolus_of(&lemaire));
    checks.each("τ value, player", &[51900.0, 25687.5, 12412.5], &tau(&lemaire).unwrap());
    checks.each("Gately point, player", &[51900.0, 25687.5, 12412.5], &gately(&lemaire).unwrap());
    checks.each(
        "propensity to disrupt at the Shapley value, player",
        &[1.3333, 1.2222, 1.2857],
        &disruption(&lemaire, &shapley(&lemaire)),
    );
    checks.from(
        "Bankruptcy with claims 100, 200, 300 (Aumann and Maschler 1985, P)",
        "games::nucleolus",
        1e-6,
    );
    let claims = [100.0, 200.0, 300.0];
    for (estate, answer) in
        [(100.0, [100.0 / 3.0; 3]), (200.0, [50.0, 75.0, 75.0]), (300.0, [50.0, 100.0, 150.0])]
    {
        checks.each(
            &format!("estate {estate}: nucleolus, player"),
            &answer,
            &nucleolus_of(&bankruptcy(claims, estate)),
        );
    }
    let four =
        listed(&[0.0, 0.0, 0.0, 0.0, 5.0, 5.0, 8.0, 9.0, 10.0, 8.0, 13.0, 15.0, 16.0, 17.0, 21.0]);
    checks.from("A game of four players (P)", "games::nucleolus", 1e-6);
    checks.each("nucleolus, player", &[3.5, 4.5, 5.5, 7.5], &nucleolus_of(&four));
    let glove = from_fn(3, |bits| f64::from(u8::from(bits & 4 != 0 && bits & 3 != 0)));
    checks.from(
        "Gloves: two have a left one, one a right one (P)",
        "games::{shapley, nucleolus}",
        1e-6,
    );
    checks.each("Shapley value, player", &[1.0 / 6.0, 1.0 / 6.0, 2.0 / 3.0], &shapley(&glove));
    checks.each("nucleolus, player", &[0.0, 0.0, 1.0], &nucleolus_of(&glove));
    let india = listed(&[0.0, 0.0, 0.0, 1170.0, 770.0, 210.0, 1530.0]);
    checks.from(
        "Published: sharing the gains of joint electric power investment in Southern India (Gately \
         1974, International Economic Review 15(1); savings, million rupees) (P)",
        "games::{gately, disruption}",
        5e-5,
    );
    let shares = gately(&india).unwrap();
    checks.each(
        "equal propensities to disrupt: share of region",
        &[827.7049, 476.5574, 225.7377],
        &shares,
    );
    checks.each("propensity of region", &[910.0 / 1530.0; 3], &disruption(&india, &shares));
}

/// Checks games whose solutions are derived by hand.
fn derived_games(checks: &mut Checks) {
    let majority = from_fn(3, |bits| f64::from(u8::from(bits.count_ones() >= 2)));
    checks.from("Majority of three (D)", "games::least_core", 1e-6);
    let least = least_core(&majority).unwrap();
    checks.add("core is non-empty (1 yes, 0 no)", 0.0, f64::from(u8::from(least.core_nonempty)));
    checks.add("excess of the least core", 1.0 / 3.0, least.excess);
    let river = river();
    checks.from(
        "River, benefits √x, inflows 9, 0, 0 (after Ambec and Sprumont 2002, D)",
        "games::{shapley, nucleolus}",
        1e-6,
    );
    let order = [0b001, 0b010, 0b100, 0b011, 0b101, 0b110, 0b111];
    let values: Vec<f64> = order.iter().map(|&bits| river.value(bits)).collect();
    checks.each("value of coalition", &[3.0, 0.0, 0.0, 4.242_641, 3.0, 0.0, 5.196_152], &values);
    let incremental: Vec<f64> = (0..3)
        .map(|player| river.value((2 << player) - 1) - river.value((1 << player) - 1))
        .collect();
    checks.each("downstream incremental value, player", &[3.0, 1.242_641, 0.953_512], &incremental);
    checks.each("Shapley value, player", &[3.939_158, 0.939_158, 0.317_837], &shapley(&river));
    checks.each("nucleolus, player", &[3.859_698, 0.859_698, 0.476_756], &nucleolus_of(&river));
    // The first player, Kyrgyzstan, bears 30 if any other takes part; those gain 40, 15 and 6 with
    // it.
    let swap = from_fn(4, |bits| {
        let gains: f64 = [(1, 40.0), (2, 15.0), (3, 6.0)]
            .iter()
            .filter(|(at, _)| bits >> at & 1 == 1)
            .map(|(_, gain)| gain)
            .sum();
        if bits & 1 == 1 { (gains - 30.0).max(0.0) } else { 0.0 }
    });
    checks.from(
        "Season swap of four states, cost 30, gains 40, 15, 6 (D)",
        "games::{shapley, nucleolus, least_core}",
        1e-6,
    );
    checks.add("value of the grand coalition", 31.0, swap.whole());
    checks.each("Shapley value, player", &[12.0, 12.0, 5.0, 2.0], &shapley(&swap));
    checks.each("nucleolus, player", &[10.25, 10.25, 7.5, 3.0], &nucleolus_of(&swap));
    checks.add(
        "core is non-empty (1 yes, 0 no)",
        1.0,
        f64::from(u8::from(least_core(&swap).unwrap().core_nonempty)),
    );
}

pub fn power() -> Vec<Known> {
    let mut checks = Checks::new();
    let mut body =
        |source, weights: &[u64], quota: u64, tolerance: f64, indices: &[(usize, [f64; 2])]| {
            let listed: Vec<String> = weights.iter().map(u64::to_string).collect();
            let command = format!("consortia power --weights {} --quota {quota}", listed.join(","));
            let power = voting_power(&Body { weights: weights.to_vec(), quota }).unwrap();
            let real = |fraction: &num_rational::BigRational| {
                fraction.numer().to_string().parse::<f64>().unwrap()
                    / fraction.denom().to_string().parse::<f64>().unwrap()
            };
            checks.from(source, command, tolerance);
            for &(member, [index, orders]) in indices {
                checks.add(
                    format!("Banzhaf index, {} votes", weights[member]),
                    index,
                    real(&power.banzhaf[member]),
                );
                checks.add(
                    format!("Shapley–Shubik index, {} votes", weights[member]),
                    orders,
                    real(&power.shapley_shubik[member]),
                );
            }
        };
    let part = |a: f64, b: f64| a / b;
    body(
        "European Economic Community, 1958 (P)",
        &[4, 4, 4, 2, 2, 1],
        12,
        1e-12,
        &[
            (0, [part(5.0, 21.0), part(7.0, 30.0)]),
            (3, [part(1.0, 7.0), part(3.0, 20.0)]),
            (5, [0.0, 0.0]),
        ],
    );
    let council: Vec<u64> = [7; 5].into_iter().chain([1; 10]).collect();
    body(
        "Security Council of the United Nations (P)",
        &council,
        39,
        5e-7,
        &[(0, [0.166_929, part(421.0, 2145.0)]), (5, [0.016_535, part(4.0, 2145.0)])],
    );
    body(
        "Eurasian Economic Community, 2000, two thirds of 100 (D; weights from secondary sources)",
        &[40, 20, 20, 10, 10],
        67,
        1e-12,
        &[
            (0, [part(5.0, 11.0), part(17.0, 30.0)]),
            (1, [part(2.0, 11.0), part(3.0, 20.0)]),
            (3, [part(1.0, 11.0), part(1.0, 15.0)]),
        ],
    );
    body(
        "50, 49 and 1 vote, 51 needed (P)",
        &[50, 49, 1],
        51,
        1e-12,
        &[
            (0, [part(3.0, 5.0), part(2.0, 3.0)]),
            (1, [part(1.0, 5.0), part(1.0, 6.0)]),
            (2, [part(1.0, 5.0), part(1.0, 6.0)]),
        ],
    );
    checks.done()
}
