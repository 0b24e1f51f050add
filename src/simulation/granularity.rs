//! Tests that nothing above the plan depends on how finely a plan is cut (ODD §12).

use super::{Engine, NoTrace, StateYear, Worker};
use crate::domain::split::split;
use crate::numeric::LANES;
use crate::scenario::load::{self, Override};
use crate::scenario::types::Scenario;
use proptest::prelude::*;

/// Every number that a run of one design leaves behind.
fn outcome(
    scenario: &Scenario,
    (design, changes): (&str, &[&str]),
    cut: Option<(usize, usize, usize)>,
) -> Vec<f64> {
    let changes: Vec<Override> = changes.iter().map(|change| Override::new(*change)).collect();
    let Ok(design) = load::design(design, scenario, &changes) else { panic!("a valid design") };
    let (cut_scenario, worlds) = match cut {
        Some((domain, slot, parts)) => {
            let (scenario, worlds) = split(scenario, domain, slot, parts);
            (scenario, Some(worlds))
        }
        None => (scenario.clone(), None),
    };
    let states = scenario.states.len();
    let engine = Engine::new(cut_scenario, vec![design.design], 20_030_705);
    let mut worker = Worker::new(&engine);
    if let Some(worlds) = worlds {
        worker.worlds = worlds;
    }
    worker.open(&engine, 0);
    worker.run(&engine, 0..1, 0..LANES, &mut [NoTrace]);
    let mut all = Vec::new();
    for lane in 0..LANES {
        for record in worker.records(0, lane) {
            let counts = [record.due, record.kept, record.disputes, record.plans, record.members];
            all.extend(counts.map(f64::from));
            all.extend([record.agreed, record.value_due, record.value_kept, record.fines]);
            all.extend([record.trust, record.physical.sink_inflow, record.physical.fuel_delivered]);
            for own in &record.by_state[..states] {
                let StateYear { gain, organisation_cost, donations, transfers, .. } = own;
                all.extend([gain, organisation_cost, donations, transfers]);
            }
        }
        let played = &worker.played[0];
        for run in &played.runs[lane..=lane] {
            all.push(run.own.reputation.mean());
            for regime in &run.own.regimes {
                all.extend(regime.experience[..states].iter().map(|own| own.value()));
                all.extend(&regime.ballot.gain[..states]);
                all.extend(&regime.chances.payments[..states]);
                all.extend((0..states).map(|s| f64::from(regime.standing.remembered(s, 10))));
            }
        }
        for domain in 0..scenario.domains.len() {
            for observer in 0..states {
                let trust = |other| played.trust.mean(domain, observer, other, lane);
                all.extend((0..states).map(trust));
            }
        }
    }
    all
}

const DESIGNS: [&str; 9] = [
    "caco-2002",
    "caec-1994",
    "ucas-2007",
    "ucas-2007-fines",
    "ucas-2007-graduated",
    "ucas-court",
    "ecsc-1951",
    "balance-of-interests",
    "network",
];

/// Extra changes: responses and a domain that no preset has.
const CHANGES: [&[&str]; 5] = [
    &[],
    &["organisation.agenda=[\"allocation\", \"water_energy\", \"transport\", \"security\"]"],
    &["organisation.sanctions.response={collapse={chance=0.3, years=2}}"],
    &["organisation.sanctions.materiality=0.3", "organisation.sanctions.fine={absolute=5}"],
    &["organisation.sanctions.escape={trigger=\"drought\", quantile=0.7}"],
];

fn scenario() -> Scenario {
    let changes = [
        Override::new("scenario.horizon=8"),
        Override::new("basins.amu.withdrawal_rule=\"upstream_first\""),
        Override::new("allocations.treaty={basin=\"amu\", rule=\"proportional\"}"),
    ];
    let Ok(loaded) = load::scenario("central-asia", &changes) else { panic!("a valid scenario") };
    loaded.scenario
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]
    #[test]
    fn cutting_an_obligation_into_equal_parts_changes_nothing(
        design in proptest::sample::select(DESIGNS.to_vec()),
        change in 0usize..CHANGES.len(),
        place in any::<proptest::sample::Index>(),
        parts in 2usize..=20,
    ) {
        let scenario = scenario();
        let slot = place.index(scenario.slots.len());
        let domain = scenario.slots[slot].domain.index();
        let local = slot - scenario.domains[domain].slots.start;
        let whole = outcome(&scenario, (design, CHANGES[change]), None);
        let cut = outcome(&scenario, (design, CHANGES[change]), Some((domain, local, parts)));
        prop_assert_eq!(whole.len(), cut.len());
        for (at, (a, b)) in whole.iter().zip(&cut).enumerate() {
            let same = (a - b).abs() <= 1e-9 * (1.0 + a.abs());
            prop_assert!(same, "{}, slot {} of domain {} in {} parts: number {} is {} instead of {}",
                design, local, domain, parts, at, b, a);
        }
    }
}
