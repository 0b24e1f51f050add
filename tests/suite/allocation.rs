//! Tests of the withdrawal rule of a basin as something negotiated.

#![allow(clippy::unwrap_used, reason = "a test may stop at what it did not expect")]

use crate::harness::{engine, summarise};
use consortia::analysis::{PairedDifference, Summary};

const UPSTREAM_FIRST: &str = "basins.amu.withdrawal_rule=\"upstream_first\"";
const TREATY: &str = "allocations.treaty={basin=\"amu\", rule=\"fixed_downstream\", \
    guaranteed_volumes={tkm_lower=5.0, uzb_khorezm_karakalpakstan=6.0}}";

fn run(changes: &[&str]) -> Summary {
    let mut all = vec![UPSTREAM_FIRST];
    all.extend(changes);
    summarise(&engine("central-asia", &all, &["tests/designs/plain.toml"], 4), 128)
}

#[test]
fn a_treaty_that_is_on_no_agenda_changes_no_byte_of_what_states_do() {
    let agenda = "organisation.agenda=[\"food\", \"transport\"]";
    let other = TREATY.replace("5.0", "1.0");
    let (without, with) = (run(&[agenda, &other]), run(&[agenda, TREATY]));
    for id in ["gain", "transfers", "compliance_value", "disputes", "irrigation_deficit"] {
        assert_eq!(without.column(0, id, None), with.column(0, id, None), "{id}");
    }
}

#[test]
fn a_treaty_brings_water_to_those_downstream() {
    let agenda = "organisation.agenda=[\"allocation\"]";
    let with = run(&[agenda, TREATY]);
    let few = run(&[agenda, TREATY, "organisation.members=[\"KAZ\", \"KGZ\"]"]);
    let change = |id: &str| {
        let of = |summary: &Summary| summary.column(0, id, None).to_vec();
        PairedDifference::of(&of(&with), &of(&few))
    };
    // The state upstream and those downstream are members in the first run only. More water is lost
    // on the way and less returns, so that more demand is unmet, at a smaller loss of value.
    for (id, least) in [("gain", 5.0), ("irrigation_deficit", 0.02)] {
        let found = change(id);
        assert!(found.mean > least && found.mean > 2.0 * found.se, "{id}: {}", found.mean);
    }
    assert!(few.column(0, "depth_delivered", None).iter().all(|depth| *depth == 0.0));
}
