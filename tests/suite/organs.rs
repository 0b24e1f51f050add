//! Tests of organs: what is free and idle changes nothing, effects add up, and a design does not
//! notice what another design's organs do.

#![allow(clippy::unwrap_used, reason = "a test may stop at what it did not expect")]

use crate::harness::summarise;
use consortia::scenario::hybrid::Transition;
use consortia::scenario::load::{self, LoadedDesign, Override};
use consortia::simulation::Engine;

const REPLICATIONS: u64 = 48;

fn scenario() -> consortia::scenario::types::Scenario {
    load::scenario("central-asia", &[Override::new("scenario.horizon=15")]).unwrap().scenario
}

fn design(name: &str, organs: &str) -> LoadedDesign {
    // The organs of a preset are replaced.
    let changes = [Override::new(format!("organisation.organs={{{organs}}}"))];
    load::design(name, &scenario(), &changes).unwrap_or_else(|bad| panic!("{}", bad.render(false)))
}

/// Returns the bytes of all measures of the first design.
fn bytes(designs: &[(&str, &str)]) -> Vec<u64> {
    let designs = designs.iter().map(|&(name, organs)| design(name, organs).design).collect();
    let summary = summarise(&Engine::new(scenario(), designs, 5), REPLICATIONS);
    let measures = consortia::experiment::measures::MEASURES;
    let columns = measures.iter().flat_map(|measure| summary.column(0, measure.id, None));
    columns.map(|value| value.to_bits()).collect()
}

#[test]
fn an_organ_that_costs_and_does_nothing_changes_no_byte() {
    for name in ["ucas-2007-fines", "caco-2002", "ucas-court"] {
        let idle = bytes(&[(name, "council={title=\"Council\"}")]);
        assert_eq!(bytes(&[(name, "")]), idle, "{name}");
    }
}

#[test]
fn a_design_does_not_notice_the_depth_levels_of_another() {
    // The offer grid then has 12 levels instead of 4.
    let other = ("ucas-2007-graduated", "drafters={title=\"Drafters\", effect={prepares=3}}");
    for name in ["ucas-2007-fines", "ucas-court", "ecsc-1951"] {
        assert_eq!(bytes(&[(name, "")]), bytes(&[(name, ""), other]), "{name}");
    }
}

#[test]
fn a_design_that_prepares_is_one_with_as_many_depth_levels() {
    let organs = "drafters={title=\"Drafters\", effect={prepares=2}}";
    let with_organ = bytes(&[("ucas-2007-fines", organs)]);
    let changes = ["scenario.horizon=15", "scenario.depth_levels=8"].map(Override::new);
    let scenario = load::scenario("central-asia", &changes).unwrap().scenario;
    let without = [Override::new("organisation.organs={}")];
    let plain = load::design("ucas-2007-fines", &scenario, &without).unwrap().design;
    let summary = summarise(&Engine::new(scenario, vec![plain], 5), REPLICATIONS);
    let measures = consortia::experiment::measures::MEASURES;
    let columns = measures.iter().flat_map(|measure| summary.column(0, measure.id, None));
    assert_eq!(with_organ, columns.map(|value| value.to_bits()).collect::<Vec<_>>());
}

#[test]
fn effects_of_several_organs_add_up() {
    let organs = "a={title=\"A\", cost=1, effect={supervises=0.1}}, \
        b={title=\"B\", cost=2, effect={supervises=0.05}}, \
        c={title=\"C\", effect={implements=0.5}}, d={title=\"D\", effect={implements=0.5}}, \
        e={title=\"E\", effect={informs=1.5}}, f={title=\"F\", effect={informs=0.5}}";
    let (plain, found) = (design("csto-2002", "").design, design("csto-2002", organs).design);
    let close = |a: f64, b: f64| assert!((a - b).abs() < 1e-12, "{a} {b}");
    close(found.detection, plain.detection + 0.15);
    close(found.secretariat, plain.secretariat + 3.0);
    close(found.capacity_aid, 1.0 - (1.0 - plain.capacity_aid) * 0.25);
    close(found.informed_counts, plain.informed_counts + 2.0);
}

#[test]
fn each_organ_is_a_switch_of_attribution() {
    let scenario = scenario();
    let organs = "a={title=\"A\", cost=1, effect={supervises=0.1}}, b={title=\"B\", cost=2}";
    let (from, to) = (design("ucas-2007", ""), design("ucas-2007", organs));
    for (from, to) in [(&from, &to), (&to, &from)] {
        let transition = Transition::new(&scenario, from, to);
        let names: Vec<String> = transition.switches.iter().map(|one| one.name()).collect();
        assert_eq!(names, ["organs.a", "organs.b"]);
        let all = transition.design(0b11).unwrap();
        assert_eq!(all.secretariat.to_bits(), to.design.secretariat.to_bits());
        assert_eq!(all.detection.to_bits(), to.design.detection.to_bits());
    }
}
