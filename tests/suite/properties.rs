//! Tests of properties that hold for all inputs (ODD §12).

#![allow(clippy::unwrap_used, reason = "a test may stop at what it did not expect")]

use consortia::analysis::Summary;
use consortia::experiment::measure_columns::columns;
use consortia::experiment::measures::MEASURES;
use consortia::scenario::builtin;
use consortia::scenario::load;
use proptest::prelude::*;

fn summarise(scenario: &str, changes: &[String], design: &str, replications: u64) -> Summary {
    crate::harness::summarise(
        &crate::harness::engine(scenario, changes, &[design], 7),
        replications,
    )
}

#[test]
fn scaling_all_payoffs_and_costs_changes_no_choice() {
    const FACTOR: f64 = 4.0;
    let plain = load::scenario("central-asia", &[]).unwrap();
    let scaled: Vec<String> = plain
        .figures
        .iter()
        .filter(|(_, figure)| figure.unit.starts_with("MUSD") || figure.unit.starts_with("USD"))
        .map(|(path, figure)| format!("{path}={}", FACTOR * figure.value.parse::<f64>().unwrap()))
        .collect();
    assert!(scaled.len() > 60, "{}", scaled.len());
    for design in ["caco-2002", "ecsc-1951", "ucas-court", "carec-speca", "cica-2002"] {
        let mut own = scaled.clone();
        let file = load::design(design, &plain.scenario, &[]).unwrap().file;
        own.push(format!("organisation.delegation.overhead={}", FACTOR * file.delegation.overhead));
        own.push(format!("organisation.cost.secretariat={}", FACTOR * file.cost.secretariat));
        own.push(format!("organisation.cost.meeting={}", FACTOR * file.cost.meeting));
        own.push(format!("organisation.donors.grant={}", FACTOR * file.donors.grant));
        for (name, organ) in &file.organs {
            own.push(format!("organisation.organs.{name}.cost={}", FACTOR * organ.cost));
        }
        if let Some(court) = file.court {
            own.push(format!("organisation.court.cost={}", FACTOR * court.cost));
        }
        let (one, four) = (
            summarise("central-asia", &[], design, 64),
            summarise("central-asia", &own, design, 64),
        );
        for column in columns(plain.scenario.states.len()) {
            let definition = &MEASURES[column.measure];
            let factor = if definition.unit.starts_with("MUSD") { FACTOR } else { 1.0 };
            let values =
                |summary: &Summary| summary.column(0, definition.id, column.state).to_vec();
            for (a, b) in values(&one).into_iter().zip(values(&four)) {
                let same =
                    a.is_nan() && b.is_nan() || (b - factor * a).abs() <= 1e-9 * (1.0 + b.abs());
                assert!(same, "{design} {}: {a} against {b}", definition.id);
            }
        }
    }
}

/// Writes the built-in scenario into a new folder, with its states in another order.
fn relabelled(order: &[usize]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (path, content) in builtin::files("central-asia") {
        let target = folder.path().join(&path);
        std::fs::create_dir_all(target.parent().unwrap()).unwrap();
        let text = String::from_utf8(content.to_vec()).unwrap();
        let text = if path.as_os_str() == "scenario.toml" { reorder(&text, order) } else { text };
        std::fs::write(target, text).unwrap();
    }
    folder
}

fn reorder(text: &str, order: &[usize]) -> String {
    let mut parts = text.split("[states.");
    let head = parts.next().unwrap();
    let blocks: Vec<String> =
        parts.map(|block| format!("[states.{}\n", block.trim_end())).collect();
    assert_eq!(blocks.len(), order.len());
    order.iter().fold(head.to_string(), |text, &at| text + &blocks[at] + "\n")
}

/// Returns changes that make draws by state irrelevant: best replies, perfect capacity and
/// monitoring, certain ratification.
fn without_chance_of_states(states: &[String]) -> Vec<String> {
    let mut all: Vec<String> = states
        .iter()
        .flat_map(|id| {
            [
                format!("states.{id}.lambda_vote=\"exact\""),
                format!("states.{id}.lambda_comply=\"exact\""),
                format!("states.{id}.slippage_mean=0"),
                format!("states.{id}.leadership_hazard=0"),
            ]
        })
        .collect();
    // Harvests are drawn by state; a common factor of 1 makes them equal.
    all.push("shocks.harvest.common=1".into());
    all.extend(
        [
            "monitoring.detection=1",
            "monitoring.false_alarm=0",
            "sanctions.response={collapse={chance=1, years=2}}",
            "ratification.hazard=1",
            "membership.entry_hazard=1",
            "court.p_win=1",
            "proposer=\"commission\"",
        ]
        .map(|change| format!("organisation.{change}")),
    );
    all
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(6))]
    #[test]
    fn relabelling_states_permutes_the_results(
        order in Just((0..5).collect::<Vec<usize>>()).prop_shuffle(),
        which in 0usize..2,
    ) {
        let design = ["ucas-2007", "ecsc-1951"][which];
        let ids: Vec<String> =
            load::scenario("central-asia",
                &[]).unwrap().scenario.states.iter().map(|state| state.id.clone()).collect();
        let changes = without_chance_of_states(&ids);
        let folder = relabelled(&order);
        let plain = summarise("central-asia", &changes, design, 32);
        let other = summarise(&folder.path().display().to_string(), &changes, design, 32);
        for column in columns(ids.len()) {
            let id = MEASURES[column.measure].id;
            let place = column.state.map(|state| order.iter().position(|&at| at == state).unwrap());
            for (a, b) in plain.column(0, id, column.state).iter().zip(other.column(0, id, place)) {
                let same = a.is_nan() && b.is_nan() || (a - b).abs() <= 1e-6 * (1.0 + a.abs());
                prop_assert!(same, "{design} {id} {:?}: {a} against {b}, order {order:?}",
                    column.state);
            }
        }
        prop_assert!(plain.column(0, "adoption", None).iter().any(|adoption| *adoption > 0.0));
    }
}

prop_compose! {
    /// Switches of a design without legal force.
    fn any_advisory_design()(
        rule in prop::sample::select(vec!["unanimity", "consensus_minus_one",
            "{majority={threshold=0.6}}"]),
        mode in prop::sample::select(vec!["standing", "yearly"]),
        proposer in prop::sample::select(vec!["chair_rotation", "random", "commission"]),
        linkage in prop::sample::select(vec!["none", "package"]),
        pay in prop::sample::select(vec!["none", "in_kind", "money"]),
        solution in prop::sample::select(vec!["nash", "nash_frugal", "equal_split", "shapley",
            "kalai_smorodinsky"]),
        abstention in prop::sample::select(vec!["none", "allowed", "consent"]),
        response in prop::sample::select(vec![
            "",
            "sanctions.response={collapse={chance=0.5, years=2}}",
            "sanctions.response={reciprocity={share=1, years=1}}",
        ]),
        transparency in proptest::bool::ANY,
        detection in 0.3f64..0.9,
        grant in 0.0f64..3.0,
    ) -> Vec<String> {
        let mut all = vec![
            "legal_force=recommendatory".to_string(),
            format!("decision.rule={rule}"),
            format!("decision.mode={mode}"),
            format!("decision.abstention={abstention}"),
            format!("proposer={proposer}"),
            format!("linkage={linkage}"),
            format!("side_payments={pay}"),
            format!("bargaining.solution={solution}"),
            format!("monitoring.transparency={transparency}"),
            format!("monitoring.detection={detection}"),
            format!("donors.grant={grant}"),
            response.to_string(),
        ];
        all.retain(|change| !change.is_empty());
        all.into_iter().map(|change| format!("organisation.{change}")).collect()
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn binding_only_rules_have_no_effect_on_advisory_designs(
        design in any_advisory_design(), fine in 0.1f64..5.0, multiplier in 0.0f64..9.0,
            sovereignty in 0.0f64..200.0,
        delay in 0u32..4, hazard in 0.0f64..1.0,
    ) {
        let mut loud = design.clone();
        loud.extend([
            format!("organisation.sanctions.fine={{multiple={fine}}}"),
            format!("organisation.sanctions.audience_multiplier={multiplier}"),
            format!("organisation.court={{p_win=0.7, delay={delay}, cost=3}}"),
            "organisation.ratification.frameworks=true".to_string(),
            format!("organisation.ratification.hazard={hazard}"),
            format!("states.UZB.sovereignty_cost={sovereignty}"),
            format!("states.KGZ.sovereignty_cost={sovereignty}"),
        ]);
        let (plain, loud) =
            (summarise("central-asia", &design, "tests/designs/plain.toml", 16),
                summarise("central-asia", &loud, "tests/designs/plain.toml", 16));
        for column in columns(5) {
            let bits = |summary: &Summary| -> Vec<u64> {
                summary.column(0, MEASURES[column.measure].id,
                    column.state).iter().map(|x| x.to_bits()).collect()
            };
            prop_assert_eq!(bits(&plain), bits(&loud), "{}", MEASURES[column.measure].id);
        }
    }
}

#[test]
fn another_domain_never_lowers_the_joint_optimum() {
    // With one more domain in the scenario the promised depth of the same plan can only fall, since
    // its denominator grows.
    let only = |domain: &str| vec![format!("organisation.agenda=[\"{domain}\"]")];
    let whole = summarise("central-asia", &only("transport"), "tests/designs/plain.toml", 16);
    let folder = tempfile::tempdir().unwrap();
    for (path, content) in builtin::files("central-asia") {
        let target = folder.path().join(&path);
        std::fs::create_dir_all(target.parent().unwrap()).unwrap();
        let mut text = String::from_utf8(content.to_vec()).unwrap();
        if path.as_os_str() == "scenario.toml" {
            for file in ["security.csv", "exposure.csv"] {
                let start = text.find(&format!("[[data]]\nfile = \"data/{file}\"")).unwrap();
                let end = start + text[start + 1..].find("[").map_or(0, |at| at + 1);
                text.replace_range(start..end.max(start), "");
                let rest = text[start..].find("[[data]]").unwrap();
                text.replace_range(start..start + rest, "");
            }
        }
        std::fs::write(target, text).unwrap();
    }
    let without = summarise(
        &folder.path().display().to_string(),
        &only("transport"),
        "tests/designs/plain.toml",
        16,
    );
    let depth = |summary: &Summary| {
        consortia::analysis::Statistic::of(summary.column(0, "depth_agreed", None)).mean
    };
    assert!(
        depth(&without) > depth(&whole) && depth(&whole) > 0.0,
        "{} {}",
        depth(&without),
        depth(&whole)
    );
}

#[test]
fn one_group_of_all_members_equals_one_body() {
    // Without chance in votes, acts and monitoring one group of all members must equal no groups.
    let ids = ["KAZ", "KGZ", "TJK", "TKM", "UZB"].map(String::from);
    let mut changes = without_chance_of_states(&ids);
    let whole = summarise("central-asia", &changes, "ucas-court", 32);
    changes.push(
        "organisation.bodies={groups=[[\"KAZ\", \"KGZ\", \"TJK\", \"TKM\", \"UZB\"]]}".into(),
    );
    let group = summarise("central-asia", &changes, "ucas-court", 32);
    for column in columns(5) {
        let id = MEASURES[column.measure].id;
        let bits = |summary: &Summary| -> Vec<u64> {
            summary.column(0, id, column.state).iter().map(|x| x.to_bits()).collect()
        };
        assert_eq!(bits(&whole), bits(&group), "{id} {:?}", column.state);
    }
    assert!(whole.column(0, "adoption", None).iter().any(|adoption| *adoption > 0.0));
}

#[test]
fn in_a_network_money_stays_within_the_region_and_gains_are_those_of_its_bodies() {
    let changes =
        ["organisation.side_payments=money", "organisation.linkage=none"].map(String::from);
    let network = summarise("central-asia", &changes, "network", 64);
    for replication in 0..64 {
        let sum: f64 =
            (0..5).map(|state| network.column(0, "transfers", Some(state))[replication]).sum();
        assert!(sum.abs() < 1e-9, "{sum}");
        let gain: f64 =
            (0..5).map(|state| network.column(0, "gain", Some(state))[replication]).sum();
        let whole = network.column(0, "gain", None)[replication];
        assert!((gain - whole).abs() < 1e-6 * (1.0 + whole.abs()), "{gain} {whole}");
    }
    assert!(network.column(0, "adoption", None).iter().all(|adoption| *adoption <= 1.0));
    assert!(network.column(0, "fuel_delivered", None).iter().any(|fuel| *fuel > 0.0));
}
