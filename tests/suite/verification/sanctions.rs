//! Docking of responses to a breach, of the escape clause and of the court to closed forms.
//!
//! Expected values are computed from the closed forms, at the parameters of the literature and at
//! others.

use super::docking::{PAIR, discount, patience, set, simulate, threshold, with};
use super::{Checks, Known};
use consortia::analysis::Statistic;

pub fn sanctions() -> Vec<Known> {
    let mut checks = Checks::new();
    equivalent_concessions(&mut checks);
    escape_clause(&mut checks);
    court(&mut checks);
    granularity(&mut checks);
    checks.done()
}

/// Checks thresholds and value under the withdrawal of equivalent concessions.
fn equivalent_concessions(checks: &mut Checks) {
    checks.from(
        "Withdrawal of equivalent concessions: c ≤ δ(p − ε)·min(ρ·injury, benefit) (D)",
        "consortia run scenarios/docking/equivalent-concessions, bisection",
        1e-6,
    );
    let folder = "equivalent-concessions";
    checks.add("c = 1, B = 3: δ*", 1.0 / 3.0, patience(folder, PAIR, &[]));
    // The first state takes 6 and gives 3, so that more than its injury can be withdrawn from it.
    const LARGE: [&str; 4] = [
        "stage_games.exchange.obligations.1.cost=[0.1]",
        "stage_games.exchange.obligations.1.benefits.UP=[6.0]",
        "organisation.monitoring={detection=0.7, false_alarm=0.03}",
        "organisation.sanctions.response={reciprocity={share=1.5, years=1}}",
    ];
    checks.add("p = 0.7, ε = 0.03, ρ = 1.5: δ*", 0.331_675, patience(folder, PAIR, &LARGE));
    const SMALL: [&str; 2] = [
        "organisation.monitoring={detection=0.7, false_alarm=0.03}",
        "organisation.sanctions.response={reciprocity={share=1.5, years=1}}",
    ];
    checks.add(
        "the same where at most the benefit of 3 can be withdrawn: δ*",
        1.0 / (0.67 * 3.0),
        patience(folder, PAIR, &SMALL),
    );
    const LONG: [&str; 3] = [
        "stage_games.exchange.obligations.0.cost=[2.0]",
        "organisation.monitoring={detection=0.9, false_alarm=0.1}",
        "organisation.sanctions.response={reciprocity={share=0.8, years=2}}",
    ];
    // 2 = (δ + δ²)·0.8·0.8·3.
    let root = (-1.0 + (1.0f64 + 4.0 * 2.0 / (0.8 * 0.8 * 3.0)).sqrt()) / 2.0;
    checks.add("c = 2, p − ε = 0.8, ρ = 0.8, T = 2: δ*", root, patience(folder, PAIR, &LONG));
    checks.from(
        "The same by simulation: value of the year after, tolerance four standard errors",
        "consortia run scenarios/docking/equivalent-concessions --replications 4000",
        0.0,
    );
    for alarms in [0.1, 0.25] {
        let changes = with(
            discount(PAIR, 0.9),
            [
                "scenario.horizon=2".into(),
                format!("organisation.monitoring={{detection=1.0, false_alarm={alarms}}}"),
            ],
        );
        let gains: Vec<f64> = simulate(folder, &changes, 4000)
            .column(0, "gain_per_year", None)
            .iter()
            // Two years and two states; in the first year each has B − c = 2.
            .map(|gain| gain * 2.0 / 2.0 - 2.0)
            .collect();
        let found = Statistic::of(&gains);
        checks.tolerance(4.0 * found.se).add(
            format!("ε = {alarms}, ρ = 1: (1 − ε)(B − c)"),
            (1.0 - alarms) * 2.0,
            found.mean,
        );
    }
}

/// Checks the season swap with a drought year that may be lawfully suspended.
fn escape_clause(checks: &mut Checks) {
    checks.from(
        "Escape clause (D, after Rosendorff and Milner 2001)",
        "consortia run scenarios/docking/season-swap --set \
         'organisation.sanctions.escape={trigger=\"cost\", quantile=0.8}', bisection",
        1e-6,
    );
    let worlds = |dry: f64, cost: f64, benefit: f64| {
        set(&[
            &format!("stage_games.swap.probabilities=[{},{dry}]", 1.0 - dry),
            &format!("stage_games.swap.obligations.0.cost=[30.0,{cost}]"),
            &format!("stage_games.swap.obligations.0.benefits.DOWN=[60.0,{benefit}]"),
            &format!("organisation.sanctions.escape={{trigger=\"cost\", quantile={}}}", 1.0 - dry),
        ])
    };
    for (dry, cost, benefit) in [(0.2, 60.0, 80.0), (0.3, 90.0, 95.0)] {
        // The drought year neither binds nor brings a gain: 30 ≤ δ/(1 − δ)·(1 − dry)·30.
        let expected = 1.0 / (2.0 - dry);
        let found = threshold("season-swap", (0.02, 0.98), true, |delta| {
            with(worlds(dry, cost, benefit), discount(PAIR, delta))
        });
        checks.add(format!("drought with chance {dry}, cost {cost}: δ*"), expected, found);
    }
    checks.from(
        "The same by simulation: share of the gain, tolerance four standard errors",
        "consortia run scenarios/docking/season-swap --replications 4000",
        0.0,
    );
    let changes = with(worlds(0.2, 60.0, 80.0), discount(PAIR, 0.6));
    let summary = simulate("season-swap", &changes, 4000);
    let found = Statistic::of(summary.column(0, "gain_per_year", None));
    checks.tolerance(4.0 * found.se).add("δ = 0.6: gain a year, of 28", 24.0, found.mean);
}

/// Checks that a court that is never obeyed acts as a filter of reports.
fn court(checks: &mut Checks) {
    checks.from(
        "Court as a filter: what takes the place of δ/(1 − δ), with p·p_win and ε·p_err (D)",
        "consortia run scenarios/docking/false-alarms --set organisation.court=…, bisection on b",
        5e-5,
    );
    for (detection, alarms, p_win, p_err, delta, years) in
        [(1.0, 0.1, 0.8, 0.5, 0.8, 4), (0.9, 0.2, 0.7, 0.1, 0.85, 6)]
    {
        let changes = [
            format!("organisation.monitoring={{detection={detection}, false_alarm={alarms}}}"),
            format!(
                "organisation.court={{p_win={p_win}, p_err={p_err}, delay=0, cost=0, \
                 obedience=\"never\"}}"
            ),
            format!("organisation.sanctions.response={{collapse={{chance=1.0, years={years}}}}}"),
        ];
        let value = threshold("false-alarms", (31.0, 900.0), true, |b| {
            let cost = format!("stage_games.watch.obligations.0.cost=[30.0, {}]", -b);
            with(with(changes.to_vec(), discount(PAIR, delta)), [cost])
        });
        let (hit, miss) = (detection * p_win, alarms * p_err);
        let rest = f64::powi(delta, years);
        let expected = (hit - miss) * delta * (1.0 - rest)
            / (1.0 - (1.0 - miss) * delta - miss * delta * rest);
        checks.add(
            format!("p = {detection}, ε = {alarms}, p_win = {p_win}, p_err = {p_err}, T = {years}"),
            expected,
            60.0 / (value - 30.0),
        );
    }
}

/// Checks that thresholds do not depend on how finely an obligation is cut.
fn granularity(checks: &mut Checks) {
    checks.from(
        "Granularity: an obligation cut into equal parts (D)",
        "consortia run scenarios/docking/… with n obligations for each, bisection",
        1e-6,
    );
    let cut = |name: &str, obligor: &str, other: &str, parts: usize, cost: f64, benefit: f64| {
        let part = |at: usize| {
            format!(
                "{{name=\"{name}_{at}\", obligor=\"{obligor}\", season=\"summer\", cost=[{}], \
                 benefits={{{other}=[{}]}}}}",
                cost / parts as f64,
                benefit / parts as f64
            )
        };
        (0..parts).map(part).collect::<Vec<_>>().join(", ")
    };
    for parts in [2, 5, 20] {
        let release = cut("release", "UP", "DOWN", parts, 30.0, 60.0);
        let swap = format!("stage_games.swap={{probabilities=[1.0], obligations=[{release}]}}");
        checks.add(
            format!("season swap in {parts} parts: δ*"),
            0.5,
            patience("season-swap", PAIR, &[&swap]),
        );
        let (first, second) =
            (cut("a", "UP", "DOWN", parts, 1.0, 3.0), cut("b", "DOWN", "UP", parts, 1.0, 3.0));
        let exchange = format!(
            "stage_games.exchange={{probabilities=[1.0], obligations=[{first}, {second}]}}"
        );
        checks.add(
            format!("equivalent concessions in {parts} parts: δ*"),
            1.0 / 3.0,
            patience("equivalent-concessions", PAIR, &[&exchange]),
        );
    }
}
