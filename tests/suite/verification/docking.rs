//! Docking of the engine to closed forms, with the scenarios in `scenarios/docking`.
//!
//! They run through the same code as all scenarios. Thresholds are found by bisection over whole
//! runs of scenario, organisation and engine.

use super::{Checks, Known};
use consortia::analysis::{Statistic, Summary};

pub(super) fn simulate(folder: &str, changes: &[String], replications: u64) -> Summary {
    let path = format!("scenarios/docking/{folder}");
    let design = format!("{path}/organisation.toml");
    crate::harness::summarise(&crate::harness::engine(&path, changes, &[&design], 1), replications)
}

fn mean(folder: &str, changes: &[String], id: &str) -> f64 {
    Statistic::of(simulate(folder, changes, 8).column(0, id, None)).mean
}

pub(super) fn set(changes: &[&str]) -> Vec<String> {
    changes.iter().map(|text| (*text).to_string()).collect()
}

pub(super) fn with(
    mut changes: Vec<String>,
    more: impl IntoIterator<Item = String>,
) -> Vec<String> {
    changes.extend(more);
    changes
}

/// Returns changes that set the discount factor of these states.
pub(super) fn discount(states: &[&str], delta: f64) -> Vec<String> {
    states.iter().map(|state| format!("states.{state}.discount_factor={delta}")).collect()
}

pub(super) const PAIR: &[&str] = &["UP", "DOWN"];

/// Finds the value between two bounds at which deals at full depth begin (`rising`) or end.
pub(super) fn threshold(
    folder: &str,
    (low, high): (f64, f64),
    rising: bool,
    changes: impl Fn(f64) -> Vec<String>,
) -> f64 {
    let (mut low, mut high) = (low, high);
    let holds = |x: f64| {
        let summary = simulate(folder, &changes(x), 8);
        let deals = |summary: &Summary| {
            summary.column(0, "adoption", None).iter().all(|adoption| *adoption > 0.0)
        };
        // A fine below the threshold sustains a shallower swap. Other scenarios have one depth.
        // Where droughts are suspended, a swap that begins in one is agreed a year later.
        let suspends = changes(x).iter().any(|change| change.contains("escape"));
        let deep = |summary: &Summary| {
            folder != "season-swap"
                || suspends
                || summary.column(0, "depth_agreed", None).iter().all(|depth| *depth >= 1.0 - 1e-12)
        };
        let kept = |summary: &Summary| {
            summary.column(0, "compliance_count", None).iter().all(|kept| *kept >= 1.0)
        };
        deals(&summary) && deep(&summary) && kept(&summary)
    };
    assert!(
        holds(high) == rising && holds(low) != rising,
        "{folder}: no threshold between {low} and {high}"
    );
    while high - low > 1e-9 * (1.0 + high.abs()) {
        let middle = 0.5 * (low + high);
        if holds(middle) == rising { high = middle } else { low = middle }
    }
    0.5 * (low + high)
}

pub(super) fn patience(folder: &str, states: &[&str], changes: &[&str]) -> f64 {
    threshold(folder, (0.02, 0.98), true, |delta| with(set(changes), discount(states, delta)))
}

pub fn swap() -> Vec<Known> {
    const TWO: [&str; 3] = [
        "stage_games.swap.probabilities=[0.8,0.2]",
        "stage_games.swap.obligations.0.cost=[30.0,60.0]",
        "stage_games.swap.obligations.0.benefits.DOWN=[60.0,80.0]",
    ];
    let mut checks = Checks::new();
    checks.from(
        "The season swap (D)",
        "consortia run scenarios/docking/season-swap, bisection",
        1e-6,
    );
    checks.add("c = 30, B = 60: δ*", 0.5, patience("season-swap", PAIR, &[]));
    checks.add("two states of the world: δ*", 0.681_818, patience("season-swap", PAIR, &TWO));
    let at_half = |more: &[&str]| with(set(&[&TWO[..], more].concat()), discount(PAIR, 0.5));
    let fine = |more: &'static [&'static str]| {
        threshold("season-swap", (1.0, 300.0), true, |fine| {
            with(at_half(more), [format!("organisation.sanctions.fine.absolute={fine}")])
        })
    };
    checks.add("there, δ = 0.5: smallest fine", 32.0, fine(&[]));
    checks.add(
        "half as many breaches detected: smallest fine",
        92.0,
        fine(&["organisation.monitoring.detection=0.5"]),
    );
    let advisory = [
        "organisation.legal_force=\"recommendatory\"",
        "organisation.sanctions.fine.absolute=1000",
    ];
    checks.add("a fine without legal force: δ*", 0.5, patience("season-swap", PAIR, &advisory));
    checks.add(
        "escrow of a half: δ*",
        1.0 / 3.0,
        patience("season-swap", PAIR, &["organisation.bargaining.escrow=0.5"]),
    );
    checks.add(
        "a grant of 10 a year: δ*",
        1.0 / 3.0,
        patience("season-swap", PAIR, &["organisation.donors.grant=10"]),
    );
    let second = "stage_games.again={probabilities=[1.0], obligations=[{name=\"release\", obligor=\"UP\", season=\"summer\", \
                  cost=[30.0], benefits={DOWN=[60.0]}}]}";
    checks.add(
        "two identical swaps linked: δ*",
        0.5,
        patience("season-swap", PAIR, &[second, "organisation.linkage=package"]),
    );
    // The price is 60δ, the most with which downstream complies. 10 of it is paid in advance, which
    // upstream could take without performing.
    let prepaid = |delta: f64| {
        let rest = 60.0 * delta - 10.0;
        let game = format!(
            "stage_games.swap={{probabilities=[1.0], obligations=[\
             {{name=\"release\", obligor=\"UP\", season=\"summer\", cost=[30.0], \
             benefits={{DOWN=[60.0]}}}}, \
             {{name=\"before\", obligor=\"DOWN\", season=\"summer\", cost=[10.0], \
             benefits={{UP=[10.0]}}}}, \
             {{name=\"rest\", obligor=\"DOWN\", season=\"winter\", trigger=\"release\", \
             cost=[{rest}], benefits={{UP=[{rest}]}}}}]}}"
        );
        with(vec![game, "organisation.side_payments=none".into()], discount(PAIR, delta))
    };
    checks.add(
        "10 of the price paid before (not below ½): δ*",
        4.0 / 7.0,
        threshold("season-swap", (0.3, 0.9), true, prepaid),
    );
    checks.done()
}

pub fn voting() -> Vec<Known> {
    const FIVE: &[&str] = &["A", "B", "C", "D", "E"];
    let short = "scenario.horizon=8";
    let rule = |q: usize| match q {
        5 => "organisation.decision.rule=unanimity".to_string(),
        q => format!("organisation.decision.rule={{majority={{threshold={}}}}}", q as f64 / 5.0),
    };
    let mut checks = Checks::new();
    checks.from(
        "Voting that must enforce itself, n = 5, p = 0.7, L = 1 (after Maggi and Morelli 2006, D)",
        "consortia run scenarios/docking/voting --set organisation.decision.rule=…, bisection",
        1e-6,
    );
    let delta = |q: usize| {
        threshold("voting", (0.3, 0.98), true, |delta| {
            with(vec![short.into(), rule(q)], discount(FIVE, delta))
        })
    };
    checks.add("q = 3: δ*", 0.691_611, delta(3));
    // An outvoted member performs if δ/(1 − δ)·V ≥ L, so the threshold gives V.
    for (q, value) in [(1, 0.402_43), (2, 0.419_44), (3, 0.445_90), (4, 0.384_16)] {
        let found = delta(q);
        checks.tolerance(5e-6).add(
            format!("value of the rule q = {q}, from its threshold"),
            value,
            (1.0 - found) / found,
        );
    }
    let fine = threshold("voting", (0.01, 3.0), true, |fine| {
        let fine = format!("organisation.sanctions.fine.absolute={fine}");
        with(vec![short.into(), rule(3), fine], discount(FIVE, 0.5))
    });
    checks.tolerance(5e-5).add("δ = 0.5, q = 3: smallest expected fine", 0.5541, fine);
    checks.from(
        "The same by simulation: mean yearly gain per member, tolerance four standard errors",
        "consortia run scenarios/docking/voting --replications 2000",
        0.0,
    );
    let simulated = |changes: Vec<String>| {
        let gains: Vec<f64> = simulate("voting", &changes, 2000)
            .column(0, "gain_per_year", None)
            .iter()
            .map(|x| x / 5.0)
            .collect();
        Statistic::of(&gains)
    };
    let advisory = "organisation.legal_force=\"recommendatory\"".to_string();
    let fined = "organisation.sanctions.fine.absolute=0.7".to_string();
    for (what, value, changes) in [
        ("unanimity, δ = 0.5", 0.168_07, vec![rule(5)]),
        ("recommendatory with q = 3, δ = 0.5", 0.168_07, vec![rule(3), advisory]),
        ("q = 3 with a fine of 0.7, δ = 0.5", 0.445_90, vec![rule(3), fined]),
        ("q = 3 without a fine, δ = 0.5", 0.0, vec![rule(3)]),
    ] {
        let found = simulated(with(changes, discount(FIVE, 0.5)));
        checks.tolerance(4.0 * found.se).add(what, value, found.mean);
    }
    checks.done()
}

pub fn depth_and_linkage() -> Vec<Known> {
    let mut checks = Checks::new();
    checks.from(
        "Depth and enforcement, b = c = 1, δ = 0.25 (after Downs, Rocke and Barsoom 1996, D)",
        "consortia run scenarios/docking/depth --set organisation.sanctions.fine.absolute=F, \
         bisection on the depth of one depth level",
        1e-6,
    );
    for (fine, depth) in [(0.0, 0.5), (0.05, 0.620_810), (0.25, 0.911_438)] {
        let fine = format!("organisation.sanctions.fine.absolute={fine}");
        let found = threshold("depth", (0.1, 0.999), false, |x| {
            let each = |at: usize, to: &str| {
                [
                    format!("stage_games.deep.obligations.{at}.cost=[{}]", 0.5 * x * x),
                    format!("stage_games.deep.obligations.{at}.benefits.{to}=[{x}]"),
                ]
            };
            let game = each(0, "DOWN").into_iter().chain(each(1, "UP"));
            let linear = ["cost_curvature=linear"; 2].iter().enumerate();
            let linear =
                linear.map(|(at, change)| format!("stage_games.deep.obligations.{at}.{change}"));
            with(vec!["scenario.depth_levels=1".into(), fine.clone()], game.chain(linear))
        });
        checks.add(format!("deepest treaty, {fine}"), depth, found);
    }
    checks.from(
        "The same on an offer grid of 1,000 depth levels",
        "consortia run scenarios/docking/depth",
        1e-3,
    );
    for (fine, depth) in [(0.0, 0.5f64), (0.05, 0.620_810), (0.25, 0.911_438)] {
        // The benefit at depth x is x − x²/2, and at full depth 1/2.
        let delivered = mean(
            "depth",
            &set(&[&format!("organisation.sanctions.fine.absolute={fine}")]),
            "depth_delivered",
        );
        checks.add(format!("depth delivered, fine {fine}"), 2.0 * depth - depth * depth, delivered);
    }
    checks.from("Issue linkage (D)", "consortia run scenarios/docking/linkage, bisection", 1e-6);
    checks.add("linked: δ*", 1.0 / 3.0, patience("linkage", PAIR, &[]));
    let apart = |delta: f64| {
        mean(
            "linkage",
            &with(set(&["organisation.linkage=none"]), discount(PAIR, delta)),
            "adoption",
        )
    };
    checks.add("apart, δ = 0.99: deals", 0.0, apart(0.99));
    checks.done()
}

pub fn alarms_and_rivers() -> Vec<Known> {
    let mut checks = Checks::new();
    false_alarms(&mut checks);
    river_sharing(&mut checks);
    quadratic_river(&mut checks);
    syr_darya_experiment(&mut checks);
    checks.done()
}

/// Checks the thresholds under false alarms.
fn false_alarms(checks: &mut Checks) {
    checks.from(
        "False alarms: what takes the place of δ/(1 − δ) (D)",
        "consortia run scenarios/docking/false-alarms --set \
         'stage_games.watch.obligations.0.cost=[30.0, -b]', bisection on b",
        5e-5,
    );
    // The act costs 30 or brings b, with probability 1/2 each: kept if M·(b − 30)/2 ≥ 30.
    let factor = |changes: &[&str]| {
        let value = threshold("false-alarms", (31.0, 900.0), true, |b| {
            with(set(changes), [format!("stage_games.watch.obligations.0.cost=[30.0, {}]", -b)])
        });
        60.0 / (value - 30.0)
    };
    checks.add("δ = 0.8, T = 4, ε = 0.1", 1.7194, factor(&[]));
    let forever = "organisation.sanctions.response={collapse={chance=1.0, years=\"forever\"}}";
    checks.add("T = ∞ acts as δ(1 − ε)", 0.72 / 0.28, factor(&[forever]));
    checks.add(
        "without false alarms, T = ∞",
        4.0,
        factor(&[forever, "organisation.monitoring.false_alarm=0"]),
    );
}

/// Checks rules for sharing a river under random flow.
fn river_sharing(checks: &mut Checks) {
    checks.from(
        "River sharing under random flow (signs P: Ansink and Ruijs 2008; values D)",
        "consortia run scenarios/docking/river-sharing --set 'organisation.agenda=[\"…\"]', \
         bisection",
        5e-5,
    );
    let rule = |name: &str| {
        patience("river-sharing", PAIR, &[&format!("organisation.agenda=[\"{name}\"]")])
    };
    let (proportional, upstream, downstream) =
        (rule("proportional"), rule("fixed_upstream"), rule("fixed_downstream"));
    checks.each("δ* of rule", &[0.7018, 0.7059, 0.7458], &[proportional, upstream, downstream]);
    let least_stable = downstream > proportional.max(upstream);
    checks.add("fixed downstream is least stable (1 yes)", 1.0, f64::from(u8::from(least_stable)));
    // A drier river: flows of 5, 9 and 13 instead of 6, 10 and 14, with costs and benefits of each
    // rule computed again.
    for (name, share) in [
        ("proportional", (|flow: f64| flow / 2.0) as fn(f64) -> f64),
        ("fixed_upstream", |_| 4.5),
        ("fixed_downstream", |flow| flow - 4.5),
    ] {
        let value = |x: f64| 10.0 * x - 0.5 * x * x;
        let flows = [5.0, 9.0, 13.0];
        let loss = flows.map(|flow: f64| value(flow.min(10.0)) - value(share(flow)));
        let gain = flows.map(|flow: f64| value(flow - share(flow)) - value((flow - 10.0).max(0.0)));
        let expected = |x: &[f64; 3]| 0.25 * x[0] + 0.5 * x[1] + 0.25 * x[2];
        let paid = expected(&loss) + 0.5 * (expected(&gain) - expected(&loss));
        let at = format!("stage_games.{name}.obligations");
        let changes = [
            format!("organisation.agenda=[\"{name}\"]"),
            format!("{at}.0.cost={loss:?}"),
            format!("{at}.0.benefits.DOWN={gain:?}"),
            format!("{at}.1.cost={:?}", [paid; 3]),
            format!("{at}.1.benefits.UP={:?}", [paid; 3]),
        ];
        let changes: Vec<&str> = changes.iter().map(String::as_str).collect();
        let drier = patience("river-sharing", PAIR, &changes);
        checks.add(
            format!("less flow makes {name} less stable (1 yes)"),
            1.0,
            f64::from(u8::from(drier > rule(name))),
        );
    }
}

/// Checks two states on a river with quadratic benefits.
fn quadratic_river(checks: &mut Checks) {
    checks.from(
        "Two-state quadratic river, 10x − x²/2, 8 km³ all upstream (D)",
        "consortia run scenarios/docking/river-quadratic",
        1e-6,
    );
    let river = simulate("river-quadratic", &[], 8);
    let of = |id: &str, state: Option<usize>| Statistic::of(river.column(0, id, state)).mean;
    checks.add("gain of both", 16.0, of("gain_per_year", None));
    checks.add("transfer to upstream", 24.0, of("transfers", Some(0)));
    checks.add(
        "δ* = 16/(16 + 16), upstream paid what it loses",
        0.5,
        patience("river-quadratic", PAIR, &[]),
    );
}

/// Checks the experiment on the Syr Darya.
fn syr_darya_experiment(checks: &mut Checks) {
    checks.from(
        "Experiment on the Syr Darya (Abbink, Moller and O'Hara 2010; qualitative results only, P)",
        "consortia run scenarios/docking/syr-darya-experiment",
        0.0,
    );
    checks.add(
        "best replies, contracts that do not bind: deals",
        0.0,
        mean("syr-darya-experiment", &[], "adoption"),
    );
    // Subjects of a laboratory learn from what they receive; they do not reckon with incentives.
    let mut calibrated = set(&[
        "organisation.bargaining.anticipate_compliance=false",
        "behaviour.reckons_debtors=false",
    ]);
    for state in ["KGZ", "UZB", "KAZ"] {
        calibrated.extend(
            ["lambda_vote=8", "lambda_comply=8", "trust_prior_mean=0.6", "audience_share=0.05"]
                .map(|change| format!("states.{state}.{change}")),
        );
    }
    let kept = Statistic::of(simulate("syr-darya-experiment", &calibrated, 400).column(
        0,
        "depth_delivered",
        None,
    ))
    .mean;
    checks.add(
        "calibrated behaviour: less than a fifth of what could be gained (1 yes)",
        1.0,
        f64::from(u8::from(kept < 0.2)),
    );
    checks.add("calibrated behaviour: but something (1 yes)", 1.0, f64::from(u8::from(kept > 0.0)));
}
