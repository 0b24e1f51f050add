//! Tests of what lies outside deals: options that bound states forgo, and exposure that grows with
//! the damage let through.

#![allow(clippy::unwrap_used, reason = "a test may stop at what it did not expect")]

use crate::harness::{engine, summarise};
use consortia::analysis::{PairedDifference, Summary};
use consortia::numeric::LANES;
use consortia::simulation::{NoTrace, Worker};

const FOOD: &str = "organisation.agenda=[\"food\"]";

fn run(option: &str) -> Summary {
    let option = format!("states.UZB.outside_options={option}");
    let changes = [FOOD, option.as_str()];
    summarise(&engine("central-asia", &changes, &["tests/designs/plain.toml"], 4), 128)
}

#[test]
fn an_option_worth_nothing_changes_no_byte() {
    let bits = |summary: &Summary, id: &str| -> Vec<u64> {
        summary.column(0, id, None).iter().map(|value| value.to_bits()).collect()
    };
    let (without, nothing) = (run("{}"), run("{food={value=0}}"));
    for id in ["gain", "adoption", "depth_delivered", "compliance_value", "transfers", "disputes"] {
        assert_eq!(bits(&without, id), bits(&nothing, id), "{id}");
    }
}

#[test]
fn a_better_option_makes_fewer_deals() {
    let runs = ["{}", "{food={value=2}}", "{food={value=8}}"].map(run);
    for pair in runs.windows(2) {
        for (id, least) in [("adoption", 0.005), ("depth_delivered", 0.0005), ("gain", 1.0)] {
            let of = |summary: &Summary| summary.column(0, id, None).to_vec();
            let fall = PairedDifference::of(&of(&pair[0]), &of(&pair[1]));
            assert!(fall.mean > least && fall.mean > 2.0 * fall.se, "{id}: {}", fall.mean);
        }
    }
}

#[test]
fn a_bound_state_forgoes_its_option_with_its_growth_and_price() {
    let changes = [
        FOOD,
        "states.UZB.outside_options={food={value=0.5, growth=0.1}}",
        "states.KAZ.outside_options={food={value=0.25, follows=\"fuel_price\"}}",
        "states.TKM.outside_options={food={value=9}}",
    ];
    let engine = engine("central-asia", &changes, &["tests/designs/plain.toml"], 4);
    let mut worker = Worker::new(&engine);
    worker.open(&engine, 0);
    worker.run(&engine, 0..1, 0..LANES, &mut [NoTrace]);
    let (mut grown, mut priced) = (0, std::collections::BTreeSet::new());
    for lane in 0..LANES {
        for (year, record) in worker.records(0, lane).iter().enumerate() {
            let forgone =
                |id: &str| record.by_state[engine.scenario.state_index(id).unwrap()].forgone;
            assert_eq!(forgone("TKM"), 0.0, "no member is bound to nothing");
            if forgone("UZB") > 0.0 {
                let expected = 0.5 * 1.1f64.powi(year as i32);
                assert!((forgone("UZB") - expected).abs() < 1e-12, "{year}");
                assert!(record.plans != 0);
                grown += 1;
            }
            if forgone("KAZ") > 0.0 {
                priced.insert(forgone("KAZ").to_bits());
            }
        }
    }
    assert!(grown > 20 && priced.len() > 20, "{grown} {}", priced.len());
}

#[test]
fn exposure_that_grows_makes_security_worth_more_and_leaves_the_first_year() {
    let run = |growth: &str, agenda: &str| {
        let changes = [format!("security.exposure_growth={growth}"), agenda.to_string()];
        let changes: Vec<&str> = changes.iter().map(String::as_str).collect();
        summarise(&engine("central-asia", &changes, &["tests/designs/plain.toml"], 4), 128)
    };
    let security = "organisation.agenda=[\"security\"]";
    let runs = ["0", "0.05", "0.2"].map(|growth| run(growth, security));
    for pair in runs.windows(2) {
        let of = |summary: &Summary| summary.column(0, "gain", None).to_vec();
        let rise = PairedDifference::of(&of(&pair[1]), &of(&pair[0]));
        assert!(rise.mean > 1.0 && rise.mean > 2.0 * rise.se, "{} {}", rise.mean, rise.se);
    }
    // No other domain knows of it.
    let (without, with) = (run("0", FOOD), run("0.2", FOOD));
    for id in ["gain", "adoption", "transfers", "compliance_value"] {
        assert_eq!(without.column(0, id, None), with.column(0, id, None), "{id}");
    }
}
