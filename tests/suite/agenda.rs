//! Tests of the agenda by year and condition, and of the status of states.

#![allow(clippy::unwrap_used, reason = "a test may stop at what it did not expect")]

use crate::harness::engine;
use consortia::numeric::LANES;
use consortia::simulation::{Engine, NoTrace, Worker, YearRecord};

/// Returns the year records of the first 16 replications of one design.
fn records(design: &str, changes: &[&str]) -> (Engine, Vec<Vec<YearRecord>>) {
    let engine = engine("central-asia", changes, &[design], 20_030_705);
    let mut worker = Worker::new(&engine);
    worker.open(&engine, 0);
    worker.run(&engine, 0..1, 0..LANES, &mut [NoTrace]);
    let records = (0..LANES).map(|lane| worker.records(0, lane).to_vec()).collect();
    (engine, records)
}

fn domain(engine: &Engine, name: &str) -> usize {
    engine.scenario.domains.iter().position(|domain| domain.name == name).unwrap()
}

#[test]
fn a_domain_is_closed_until_its_year() {
    let stage = "organisation.agenda_stages=[{domains=[\"food\"], year=2012}]";
    let (engine, records) = records("ucas-2007-fines", &[stage]);
    let food = domain(&engine, "food");
    let opens = (2012 - engine.scenario.first_year) as usize;
    let in_force = |years: std::ops::Range<usize>| {
        let count = |run: &Vec<YearRecord>| {
            run[years.clone()].iter().filter(|year| year.plans >> food & 1 == 1).count()
        };
        records.iter().map(count).sum::<usize>()
    };
    assert_eq!(in_force(0..opens), 0);
    assert!(in_force(opens..engine.scenario.horizon) > LANES);
}

#[test]
fn a_domain_is_closed_until_another_succeeds() {
    let stage = |delivered: f64| {
        format!(
            "organisation.agenda_stages=[{{domains=[\"food\"], \
             after={{domain=\"security\", delivered={delivered}, years=2}}}}]"
        )
    };
    let (engine, never) = records("ucas-2007", &[&stage(1.0)]);
    let food = domain(&engine, "food");
    let in_force = |run: &YearRecord| run.plans >> food & 1 == 1;
    assert!(!never.iter().flatten().any(in_force), "security never delivers everything");
    let (_, soon) = records("ucas-2007-fines", &[&stage(0.1)]);
    assert!(soon.iter().all(|run| !run[..2].iter().any(in_force)), "two years are needed");
    assert!(soon.iter().flatten().any(in_force));
}

#[test]
fn a_raised_depth_does_not_end_what_stands() {
    // Best replies, and water alone: without the stage the decision stands in all years, so it
    // must stand when the stage opens the table again.
    let exact: Vec<String> = ["KAZ", "KGZ", "TJK", "TKM", "UZB"]
        .iter()
        .flat_map(|state| ["vote", "comply"].map(|what| (state, what)))
        .map(|(state, what)| format!("states.{state}.lambda_{what}=exact"))
        .collect();
    let stages = "organisation.agenda_stages=[{domains=[\"security\"], depth=0.5}, \
        {domains=[\"security\"], year=2015}]";
    let mut changes: Vec<&str> = exact.iter().map(String::as_str).collect();
    changes.extend(["organisation.agenda=[\"security\"]", "organisation.membership.exit=false"]);
    changes.push("organisation.sanctions.fine={multiple=6}");
    let (engine, plain) = records("tests/designs/plain.toml", &changes);
    changes.push(stages);
    let (_, staged) = records("tests/designs/plain.toml", &changes);
    let security = domain(&engine, "security");
    let opens = (2015 - engine.scenario.first_year) as usize;
    let in_force = |run: &YearRecord| run.plans >> security & 1 == 1;
    let (mut kept, mut changed) = (0, 0);
    for (plain, staged) in plain.iter().zip(&staged) {
        if plain.iter().all(in_force) && staged[opens - 1].plans != 0 {
            assert!(in_force(&staged[opens]));
            kept += 1;
            changed += usize::from(staged[opens].agreed != plain[opens].agreed);
        }
    }
    assert!(kept > 3 && changed > 3, "{kept} {changed}");
}

#[test]
fn a_state_that_opts_out_owes_and_pays_nothing_in_the_domain() {
    let changes = ["organisation.agenda=[\"transport\"]"];
    let opt_out = "organisation.membership.opt_outs={UZB=[\"transport\"]}";
    let (_, plain) = records("tests/designs/plain.toml", &changes);
    let (_, without) = records("tests/designs/plain.toml", &[changes[0], opt_out]);
    let received = |runs: &[Vec<YearRecord>]| -> f64 {
        runs.iter().flatten().map(|year| year.by_state[4].transfers.abs()).sum()
    };
    assert!(received(&plain) > 0.0);
    assert_eq!(received(&without), 0.0);
}

#[test]
fn associates_act_without_dues() {
    let changes = [
        "organisation.members=[\"KAZ\", \"KGZ\", \"UZB\"]",
        "organisation.membership.associates=[\"TJK\"]",
    ];
    let (engine, runs) = records("tests/designs/plain.toml", &changes);
    let tajikistan = engine.scenario.state_index("TJK").unwrap();
    let own = |year: &YearRecord| year.by_state[tajikistan];
    assert!(runs.iter().flatten().all(|year| own(year).organisation_cost == 0.0));
    assert!(runs.iter().flatten().any(|year| own(year).transfers != 0.0), "it acts");
    assert!(runs.iter().flatten().all(|year| year.members == 3));
}

#[test]
fn decisions_never_performed_are_counted_until_something_is_done() {
    let (_, runs) = records("ucas-2007", &[]);
    for run in &runs {
        let adopted: u32 = run.iter().map(|year| year.decisions_adopted).sum();
        let unperformed: i32 = run.iter().map(|year| year.decisions_unperformed).sum();
        assert!(unperformed >= 0 && unperformed as u32 <= adopted, "{unperformed} of {adopted}");
    }
    let all = |of: fn(&YearRecord) -> i64| runs.iter().flatten().map(of).sum::<i64>();
    let adopted = all(|year| i64::from(year.decisions_adopted));
    let unperformed = all(|year| i64::from(year.decisions_unperformed));
    assert!(adopted > 0 && unperformed > 0 && unperformed < adopted, "{unperformed} of {adopted}");
}
