//! Tests that what a state reckons with is what it loses: the sanction in the terms of a breach
//! against the present value of what then happens, for each response (ODD §9).
//!
//! Two states serve each other every year. A grant from outsiders makes performance worthwhile in
//! itself, except in rare years in which the service of the first state costs more than grant and
//! sanction together. Each replication is simulated with and without the sanction; the difference
//! in the net gains of the first state from the breach on is what the sanction cost it.

use consortia::analysis::Statistic;
use consortia::experiment;
use consortia::simulation::{Engine, Event, NoTrace, Trace, Worker};

const DISCOUNT: f64 = 0.5;
const YEARS: usize = 24;
/// Year up to which the only breach must have happened, so that the rest of the run shows all of
/// its consequences that matter.
const LATEST: usize = 8;

/// Breaches of the first state: year and reckoned sanction, MUSD.
#[derive(Default)]
struct Breaches(Vec<(usize, f64)>);

impl Trace for Breaches {
    const ENABLED: bool = true;
    fn event(&mut self, event: Event<'_>) {
        if event.what == "breaks" {
            assert_eq!(event.state, Some(0), "the second state has no reason to break");
            let value = |name| {
                let of = event.values.iter().find(|(own, _)| *own == name);
                of.expect("breaches are reported with what was reckoned").1
            };
            self.0.push((event.year, value("exposure") * value("sanction")));
        }
    }
}

fn engine(sanctions: &[&str]) -> Engine {
    let scenario = [
        "scenario.horizon=24",
        "stage_games.exchange.probabilities=[0.92, 0.08]",
        "stage_games.exchange.obligations.0.cost=[1.0, 18.0]",
        "stage_games.exchange.obligations.0.benefits.DOWN=[3.0, 3.0]",
        "stage_games.exchange.obligations.1.cost=[1.0, 1.0]",
        "stage_games.exchange.obligations.1.benefits.UP=[3.0, 20.0]",
        "states.UP.discount_factor=0.5",
        "states.DOWN.discount_factor=0.5",
        "organisation.bargaining.anticipate_compliance=false",
        "organisation.donors.grant=4",
    ];
    let all = [&scenario[..], sanctions].concat();
    let folder = "scenarios/docking/equivalent-concessions";
    crate::harness::engine(folder, &all, &[&format!("{folder}/organisation.toml")], 1)
}

/// Returns the net gains of the first state by year, MUSD.
fn gains(engine: &Engine, replication: u64) -> Vec<f64> {
    const LANES: u64 = consortia::numeric::LANES as u64;
    let mut worker = Worker::new(engine);
    let lane = (replication % LANES) as usize;
    worker.open(engine, replication - lane as u64);
    worker.run(engine, 0..1, lane..lane + 1, &mut [NoTrace]);
    worker.records(0, lane)[..YEARS].iter().map(|year| year.by_state[0].net()).collect()
}

/// What breaches cost the first state in one replication, MUSD at the time of the first breach.
struct Loss {
    /// Reckoned at the first breach.
    reckoned: f64,
    realised: f64,
}

/// Simulates replications with and without sanctions. Returns the losses of those in which the
/// first state breaks in `count` successive years, early and never else.
fn losses(detection: f64, sanctions: &[&str], replications: u64, count: usize) -> Vec<Loss> {
    let audit = format!("organisation.monitoring={{detection={detection}, false_alarm=0}}");
    let none = engine(&[&audit, "organisation.sanctions.response=none"]);
    let with = engine(&[&[audit.as_str()], sanctions].concat());
    let mut found = Vec::new();
    for replication in 0..replications {
        let breaches = |engine: &Engine| {
            let mut breaches = Breaches::default();
            experiment::trace(engine, 0, replication, &mut breaches);
            breaches.0
        };
        let years: Vec<usize> = breaches(&none).iter().map(|(year, _)| *year).collect();
        let first = years.first().copied().unwrap_or(0);
        let wanted: Vec<usize> = (first..first + count).collect();
        if years != wanted || !(1..=LATEST).contains(&first) {
            continue;
        }
        let sanctioned = breaches(&with);
        assert!(sanctioned.iter().map(|(year, _)| *year).eq(wanted), "{sanctions:?}");
        let (without, with) = (gains(&none, replication), gains(&with, replication));
        let lost = |t: usize| (without[t] - with[t]) * DISCOUNT.powi((t - first) as i32);
        let realised = (first..YEARS).map(lost).sum();
        found.push(Loss { reckoned: sanctioned[0].1, realised });
    }
    found
}

/// Checks that the reckoned loss from a single breach is the realised one; on the average, within
/// four standard errors, if a breach has random consequences.
fn agrees(detection: f64, sanctions: &[&str], random: bool) {
    let found = losses(detection, sanctions, if random { 2000 } else { 250 }, 1);
    let difference: Vec<f64> = found.iter().map(|loss| loss.reckoned - loss.realised).collect();
    let difference = Statistic::of(&difference);
    assert!(difference.n >= 20, "{sanctions:?}: {} replications", difference.n);
    let tolerance = if random { 4.0 * difference.se } else { 1e-3 };
    assert!(
        difference.mean.abs() < tolerance,
        "{sanctions:?}: reckons with {} where it loses {}",
        found[0].reckoned,
        found[0].realised
    );
}

#[test]
fn a_state_reckons_with_the_fine_that_it_pays() {
    for fine in ["{multiple=0.5}", "{absolute=7}"] {
        let fine = format!("organisation.sanctions.fine={fine}");
        agrees(1.0, &[&fine, "organisation.sanctions.response=none"], false);
    }
}

#[test]
fn a_state_reckons_with_the_concessions_that_it_loses() {
    for (share, years) in [(1.0, 1), (0.6, 3)] {
        let response = format!(
            "organisation.sanctions.response={{reciprocity={{share={share}, years={years}}}}}"
        );
        agrees(1.0, &[&response], false);
    }
}

#[test]
fn a_state_reckons_with_the_collapse_that_it_risks() {
    for (chance, years, random) in
        [("1.0", "3", false), ("1.0", "\"forever\"", false), ("0.5", "4", true)]
    {
        let response = format!(
            "organisation.sanctions.response={{collapse={{chance={chance}, years={years}}}}}"
        );
        agrees(1.0, &[&response], random);
    }
}

#[test]
fn a_state_reckons_with_a_suspension_of_votes_that_costs_it_nothing() {
    agrees(1.0, &["organisation.sanctions.response={vote_suspension={years=2}}"], false);
}

#[test]
fn a_state_reckons_with_the_graver_step_that_its_next_breach_would_meet() {
    // What the first of two breaches in successive years costs is what both cost, less what the
    // second would have cost alone: the first step, a year later.
    const STEPS: &str = "organisation.sanctions.response={graduated={memory=3, \
        steps=[{reciprocity={share=1, years=1}}, {collapse={chance=1, years=5}}]}}";
    let both = losses(1.0, &[STEPS], 2500, 2);
    let alone = losses(1.0, &[STEPS], 250, 1);
    assert!(both.len() >= 6, "{} replications", both.len());
    for loss in both {
        let first = loss.realised - DISCOUNT * alone[0].realised;
        assert!((loss.reckoned - first).abs() < 1e-3, "{} and {first}", loss.reckoned);
    }
}

#[test]
fn a_state_reckons_with_half_of_the_loss_where_half_of_the_breaches_are_detected() {
    agrees(0.5, &[], true);
}

#[test]
fn a_state_reckons_with_the_ruling_or_the_response_whichever_it_chooses() {
    for obedience in ["decided", "always", "never"] {
        for fine in ["none", "{absolute=2}", "{absolute=5}"] {
            let court = format!(
                "organisation.court={{p_win=1, p_err=0, delay=1, cost=0, obedience=\"{obedience}\"}}"
            );
            let fine = format!("organisation.sanctions.fine={fine}");
            agrees(1.0, &[&court, &fine], false);
        }
    }
}
