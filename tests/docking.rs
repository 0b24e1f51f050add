//! The engine against theory: thresholds found by bisection through scenario, organisation and engine.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test may stop at what it did not expect, and say what it found"
)]

use consortia::experiment::measures::{columns, replication_row};
use consortia::scenario::load::{self, Override};
use consortia::simulation::{Engine, NoTrace, Worker};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios/docking/season-swap");

const TWO_WORLDS: [&str; 3] = [
    "stage_games.swap.probabilities=[0.8,0.2]",
    "stage_games.swap.obligations.0.cost=[30.0,60.0]",
    "stage_games.swap.obligations.0.benefits.DOWN=[60.0,80.0]",
];

/// (adoption, depth delivered) of the swap under these overrides.
fn swap(overrides: &[String]) -> (f64, f64) {
    let overrides: Vec<Override> = overrides.iter().map(Override::new).collect();
    let scenario = load::scenario(FOLDER, &overrides).unwrap_or_else(|bad| panic!("{}", bad.render(false))).scenario;
    let design = load::design(&format!("{FOLDER}/organisation.toml"), &scenario, &overrides)
        .unwrap_or_else(|bad| panic!("{}", bad.render(false)))
        .design;
    let members = design.members;
    let engine = Engine::new(scenario, vec![design], 1);
    let mut worker = Worker::new(&engine);
    worker.open(&engine, 0);
    let mut row = Vec::new();
    replication_row(&engine.scenario, members, worker.run(&engine, 0, 0, &mut NoTrace), &mut row);
    let at = |id: &str| {
        let columns = columns(engine.scenario.states.len());
        let at = columns.iter().position(|c| consortia::experiment::measures::MEASURES[c.measure].id == id).unwrap();
        row[at]
    };
    (at("adoption"), at("depth_delivered"))
}

fn overrides(fixed: &[&str], more: &[String]) -> Vec<String> {
    fixed.iter().map(|text| (*text).to_string()).chain(more.iter().cloned()).collect()
}

/// The smallest value in (low, high) at which the swap is carried out at full depth.
fn threshold(mut low: f64, mut high: f64, at: impl Fn(f64) -> Vec<String>) -> f64 {
    assert!(swap(&at(low)).1 < 1.0, "there is a full deal at {low}");
    assert_eq!(swap(&at(high)).1, 1.0, "there is no full deal at {high}");
    while high - low > 1e-9 {
        let middle = 0.5 * (low + high);
        if swap(&at(middle)).1 > 1.0 - 1e-12 { high = middle } else { low = middle }
    }
    0.5 * (low + high)
}

fn patience(fixed: &[&str]) -> impl Fn(f64) -> Vec<String> {
    move |delta| {
        let both = ["UP", "DOWN"].map(|state| format!("states.{state}.discount_factor={delta}"));
        overrides(fixed, &both)
    }
}

#[test]
fn a_swap_of_cost_30_and_benefit_60_is_self_enforcing_from_one_half_on() {
    let found = threshold(0.1, 0.9, patience(&[]));
    println!("δ* = {found:.9}");
    assert!((found - 0.5).abs() < 1e-6, "{found}");
}

#[test]
fn the_worst_drought_year_decides() {
    let found = threshold(0.1, 0.95, patience(&TWO_WORLDS));
    println!("δ* = {found:.9}");
    assert!((found - 0.681_818_181_8).abs() < 1e-6, "{found}");
}

#[test]
fn at_one_half_the_smallest_expected_fine_for_full_cooperation_is_32() {
    let fixed = [&TWO_WORLDS[..], &["states.UP.discount_factor=0.5", "states.DOWN.discount_factor=0.5"]].concat();
    let found =
        threshold(1.0, 100.0, |fine| overrides(&fixed, &[format!("organisation.sanctions.fine.absolute={fine}")]));
    println!("fine = {found:.9}");
    assert!((found - 32.0).abs() < 1e-6, "{found}");
}

#[test]
fn a_fine_counts_as_far_as_a_breach_is_detected() {
    let fixed = [
        &TWO_WORLDS[..],
        &["states.UP.discount_factor=0.5", "states.DOWN.discount_factor=0.5", "organisation.monitoring.detection=0.5"],
    ]
    .concat();
    // Half the detection halves both the fine and the continuation: 60 = 0.5 · (28 + F).
    let found =
        threshold(1.0, 200.0, |fine| overrides(&fixed, &[format!("organisation.sanctions.fine.absolute={fine}")]));
    assert!((found - 92.0).abs() < 1e-6, "{found}");
}

#[test]
fn what_is_sustained_is_full_cooperation_and_what_is_not_is_nothing() {
    assert_eq!(swap(&patience(&[])(0.6)), (1.0, 1.0));
    assert_eq!(swap(&patience(&[])(0.4)), (0.0, 0.0));
}

#[test]
fn a_fine_is_inert_without_legal_force() {
    let fixed = ["organisation.legal_force=\"recommendatory\"", "organisation.sanctions.fine.absolute=1000"];
    let found = threshold(0.1, 0.9, patience(&fixed));
    assert!((found - 0.5).abs() < 1e-6, "{found}");
}
