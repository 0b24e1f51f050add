//! Tests of the engine: gains of exactly 0 without a deal, the same bits for any number of threads,
//! and differences between designs.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test may stop at what it did not expect, and say what it found"
)]

use crate::harness::{Silent, summarise};
use consortia::analysis::river::{QUANTITIES, River, RiverRow};
use consortia::analysis::{PairedDifference, Statistic, Summary};
use consortia::experiment::{self, RunPlan};
use consortia::simulation::Engine;
use std::sync::atomic::{AtomicBool, Ordering};

fn engine(scenario: &str, changes: &[&str], designs: &[&str]) -> Engine {
    crate::harness::engine(scenario, changes, designs, 20_030_705)
}

fn collect(engine: &Engine, replications: u64, threads: usize) -> Vec<u64> {
    let mut bits = Vec::new();
    let plan = RunPlan { replications, threads };
    let done = experiment::run(engine, plan, &AtomicBool::new(false), &Silent, |outcome| {
        let (row, years) = outcome.result.unwrap_or_else(|failure| panic!("{failure:?}"));
        bits.extend([outcome.replication, outcome.design as u64]);
        bits.extend(row.iter().chain(years).map(|x| x.to_bits()));
        Ok::<(), std::fmt::Error>(())
    });
    assert!(done.is_ok());
    bits
}

#[test]
fn results_are_bit_identical_for_1_2_and_4_threads() {
    // The second case also ends at random: state left in reused buffers must not affect results.
    for set in [&[][..], &["scenario.end_hazard=0.05"]] {
        let engine = engine("central-asia", set, &["caco-2002", "ecsc-1951"]);
        let one = collect(&engine, 700, 1);
        assert!(one == collect(&engine, 700, 2) && one == collect(&engine, 700, 4), "{set:?}");
    }
}

#[test]
fn more_replications_and_more_designs_change_no_existing_number() {
    let alone = engine("central-asia", &[], &["caco-2002"]);
    let few = collect(&alone, 100, 2);
    let many = collect(&alone, 300, 2);
    assert_eq!(few[..], many[..few.len()]);
    let width = few.len() / 100;
    // The second design has several bodies and leaves the most state in buffers.
    for other in ["ecsc-1951", "network"] {
        let both = engine("central-asia", &[], &[other, "caco-2002"]);
        let with_another = collect(&both, 100, 2);
        for replication in 0..100 {
            let own = &with_another[(2 * replication + 1) * width..(2 * replication + 2) * width];
            // The first two columns are the replication and the position of the design.
            assert_eq!(
                own[2..],
                few[replication * width + 2..(replication + 1) * width],
                "{other}"
            );
        }
    }
}

#[test]
fn a_design_has_the_same_replications_and_numbers_wherever_it_stands_among_many() {
    // These are more designs than are simulated together; every third has a merger.
    let names: Vec<&str> =
        (0..35).map(|at| ["ucas-court", "none", "caco-2002-history"][at % 3]).collect();
    let many = collect(&engine("central-asia", &[], &names), 20, 1);
    let width = many.len() / (20 * names.len());
    let row = |replication: usize, design: usize| {
        let at = (replication * names.len() + design) * width;
        assert_eq!(many[at..at + 2], [replication as u64, design as u64]);
        &many[at + 2..at + width]
    };
    for replication in 0..20 {
        for design in 3..names.len() {
            assert_eq!(
                row(replication, design),
                row(replication, design % 3),
                "{replication} {design}"
            );
        }
    }
    for (first, name) in names[..3].iter().enumerate() {
        let alone = collect(&engine("central-asia", &[], &[name]), 20, 1);
        for replication in 0..20 {
            assert_eq!(
                row(replication, first),
                &alone[replication * width + 2..(replication + 1) * width],
                "{name}"
            );
        }
    }
}

#[test]
fn an_organisation_of_many_bodies_keeps_its_plans_among_many_designs() {
    // There are more sets of members than cached plans: the next body may replace the plans that a
    // body uses.
    let groups = r#"[["KAZ","KGZ","TJK","UZB"],["KGZ","UZB"],["KAZ","KGZ","UZB"],["KGZ","TJK"]]"#;
    let bodies = format!("organisation.bodies={{groups={groups}}}");
    let names = [
        "asean-like",
        "balance-of-interests",
        "caco-2002",
        "caec-1994",
        "cica-2002",
        "eurasec-2000",
        "ucas-court",
        "network",
    ];
    let collect = |names: &[&str]| collect(&engine("central-asia", &[&bodies], names), 32, 1);
    let many = collect(&names);
    let width = many.len() / (32 * names.len());
    for design in 4..names.len() {
        let alone = collect(&names[design..design + 1]);
        for replication in 0..32 {
            let at = (replication * names.len() + design) * width;
            assert_eq!(many[at..at + 2], [replication as u64, design as u64]);
            let own = &alone[replication * width + 2..(replication + 1) * width];
            assert_eq!(&many[at + 2..at + width], own, "{} {replication}", names[design]);
        }
    }
}

#[test]
fn without_an_organisation_every_gain_is_exactly_zero() {
    let engine = engine("central-asia", &[], &["none"]);
    let summary = summarise(&engine, 256);
    for state in [None, Some(0), Some(1), Some(2), Some(3), Some(4)] {
        assert!(summary.column(0, "gain", state).iter().all(|gain| *gain == 0.0));
    }
    assert!(summary.column(0, "depth_delivered", None).iter().all(|depth| *depth == 0.0));
    assert!(summary.column(0, "irrigation_deficit", None).iter().all(|deficit| *deficit > 0.0));
}

#[test]
fn the_first_designs_differ_by_more_than_5_standard_errors_and_none_is_stuck() {
    let engine = engine("central-asia", &[], &["caco-2002", "ucas-2007", "ecsc-1951"]);
    let summary = summarise(&engine, 2000);
    let depth = |design: usize| summary.column(design, "depth_delivered", None);
    for design in 0..3 {
        let statistic = Statistic::of(depth(design));
        println!(
            "{}: {:.4} ± {:.4}",
            engine.designs[design].design.name, statistic.mean, statistic.se
        );
        assert!(statistic.mean > 0.005 && statistic.mean < 0.98, "{statistic:?}");
        assert!(statistic.sd > 0.004, "{statistic:?}");
    }
    for (a, b) in [(0, 1), (0, 2), (1, 2)] {
        let difference = PairedDifference::of(depth(a), depth(b));
        println!(
            "{a} − {b}: {:.4} ± {:.4}, d_z {:.2}",
            difference.mean, difference.se, difference.d_z
        );
        assert!(difference.mean.abs() > 5.0 * difference.se, "{a} {b}: {difference:?}");
    }
}

#[test]
fn binding_only_rules_have_no_effect_without_legal_force() {
    let advisory = "organisation.legal_force=\"recommendatory\"";
    let plain = engine("central-asia", &[advisory], &["caco-2002"]);
    let loud = engine(
        "central-asia",
        &[
            advisory,
            "organisation.sanctions.fine={multiple=5}",
            "organisation.sanctions.audience_multiplier=9",
            "organisation.ratification.frameworks=true",
            "states.UZB.sovereignty_cost=80",
        ],
        &["caco-2002"],
    );
    assert_eq!(collect(&plain, 64, 2), collect(&loud, 64, 2));
}

#[test]
fn a_replication_that_fails_is_recorded_and_the_rest_is_kept() {
    // These values overflow in some replications only.
    let engine = engine(
        "central-asia",
        &[
            "basins.syr.nodes.fergana.p_scarce=1.4e307",
            "basins.syr.nodes.fergana.irrigation_demand_summer=60",
        ],
        &["caco-2002"],
    );
    let (mut failed, mut kept) = (0, 0);
    let plan = RunPlan { replications: 64, threads: 2 };
    let done = experiment::run(&engine, plan, &AtomicBool::new(false), &Silent, |outcome| {
        match outcome.result {
            Ok(_) => kept += 1,
            Err(failure) => {
                assert_eq!(
                    (failure.replication, failure.stage),
                    (outcome.replication, "settlement")
                );
                failed += 1;
            }
        }
        Ok::<(), std::fmt::Error>(())
    });
    assert!(done.is_ok());
    println!("{failed} failed, {kept} kept");
    assert!(failed > 0 && kept > 0);
    assert_eq!(failed + kept, 64);
}

#[test]
fn an_interrupted_run_returns_interrupted() {
    let engine = engine("central-asia", &[], &["caco-2002"]);
    let flag = AtomicBool::new(false);
    let plan = RunPlan { replications: 100_000, threads: 2 };
    let done = experiment::run(&engine, plan, &flag, &Silent, |_| {
        flag.store(true, Ordering::Relaxed);
        Ok::<(), std::fmt::Error>(())
    });
    assert!(matches!(done, Err(experiment::Stop::Interrupted)));
}

#[test]
fn exact_behaviour_needs_no_chance_and_still_runs() {
    let exact: Vec<String> = ["KAZ", "KGZ", "TJK", "TKM", "UZB"]
        .iter()
        .flat_map(|state| {
            ["vote", "comply"].map(|what| format!("states.{state}.lambda_{what}=\"exact\""))
        })
        .collect();
    let exact: Vec<&str> = exact.iter().map(String::as_str).collect();
    let engine = engine("central-asia", &exact, &["ecsc-1951"]);
    let summary = summarise(&engine, 128);
    let kept = Statistic::of(summary.column(0, "compliance_count", None)).mean;
    println!("kept {kept}");
    assert!(kept > 0.0 && kept <= 1.0);
}

#[test]
fn another_river_topology_needs_no_code_change() {
    let two = engine("tigris-euphrates", &[], &["tigris-euphrates/joint-commission.toml"]);
    let four = engine("tigris-euphrates", &[], &["tigris-euphrates/four-states.toml"]);
    let (two, four) = (summarise(&two, 256), summarise(&four, 256));
    let depth = |summary: &Summary| Statistic::of(summary.column(0, "depth_delivered", None)).mean;
    assert!(depth(&two) > 0.05 && depth(&four) > 0.05);
    // As non-members Syria and Iran receive no payments; as members they gain more.
    for state in [1, 3] {
        let gain =
            |summary: &Summary| Statistic::of(summary.column(0, "gain_per_year", Some(state))).mean;
        assert!(gain(&four) > gain(&two), "{state}");
        assert!(two.column(0, "transfers", Some(state)).iter().all(|transfer| *transfer == 0.0));
    }
}

#[test]
fn transfers_sum_to_zero_in_every_replication() {
    let engine = engine("central-asia", &[], &["ecsc-1951"]);
    let summary = summarise(&engine, 128);
    let columns: Vec<&[f64]> =
        (0..5).map(|state| summary.column(0, "transfers", Some(state))).collect();
    for replication in 0..128 {
        let sum: f64 = columns.iter().map(|column| column[replication]).sum();
        assert!(sum.abs() < 1e-9, "{sum}");
    }
    assert!(summary.column(0, "transfers", None).iter().any(|paid| *paid > 0.0));
}

#[test]
fn a_game_that_may_end_is_shorter_and_its_future_weighs_less() {
    let certain = summarise(&engine("central-asia", &[], &["ecsc-1951"]), 256);
    let ending =
        summarise(&engine("central-asia", &["scenario.end_hazard=0.05"], &["ecsc-1951"]), 256);
    let mean = |summary: &Summary, id: &str| Statistic::of(summary.column(0, id, None)).mean;
    assert!(mean(&ending, "gain") < 0.8 * mean(&certain, "gain"));
    assert!(mean(&ending, "compliance_count") < mean(&certain, "compliance_count"));
}

#[test]
fn river_table_totals_equal_settlement_totals() {
    // Several bodies, one package, and no deals take three different paths in the settlement.
    let engine = crate::harness::engine(
        "central-asia",
        // States that reckon with each other's incentives deliver no fuel in pairs.
        &["behaviour.reckons_debtors=false"],
        &["network", "ecsc-1951", "none"],
        5,
    );
    let replications = 16;
    let summary = summarise(&engine, replications);
    let mut rivers: Vec<River> = (0..3).map(|_| River::new(&engine.scenario).unwrap()).collect();
    experiment::observe(&engine, replications, &mut rivers);
    let settled = |design: usize, id: &str| Statistic::of(summary.column(design, id, None)).mean;
    for (design, river) in rivers.iter().enumerate() {
        let rows = river.rows();
        let traced = |id: &str, season: &str, pick: fn(&RiverRow) -> f64| -> f64 {
            let of = |row: &&RiverRow| {
                QUANTITIES[row.quantity].id == id && QUANTITIES[row.quantity].season == season
            };
            rows.iter().filter(of).map(pick).sum()
        };
        for (id, season) in [
            ("irrigation_deficit", "summer"),
            ("winter_power_deficit", "winter"),
            ("fuel_delivered", "winter"),
        ] {
            let (with, without) =
                (traced(id, season, |row| row.mean), traced(id, season, |row| row.reference));
            let (expected, alone) = (settled(design, id), settled(2, id));
            assert!(
                (with - expected).abs() < 1e-9 * (1.0 + expected),
                "{design} {id}: {with} {expected}"
            );
            assert!(
                (without - alone).abs() < 1e-9 * (1.0 + alone),
                "{design} {id} alone: {without} {alone}"
            );
        }
        let released = traced("release", "summer", |row| row.mean)
            + traced("release", "winter", |row| row.mean);
        assert!(
            released > 1.0
                && rows.iter().all(|row| row.n == replications * engine.scenario.horizon as u64)
        );
    }
    assert!(
        settled(1, "fuel_delivered") > 0.1 && settled(0, "fuel_delivered") > 0.0,
        "something was delivered"
    );
}
