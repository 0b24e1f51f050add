//! Tests of several organisations in one run.

#![allow(clippy::unwrap_used, reason = "a test may stop at what it did not expect")]

use crate::harness::summarise;
use consortia::analysis::Summary;
use consortia::scenario::load::{self, Override};
use consortia::scenario::types::Scenario;
use consortia::scenario::types::design::Design;
use consortia::simulation::Engine;

const REPLICATIONS: u64 = 64;

fn scenario(changes: &[&str]) -> Scenario {
    let changes: Vec<Override> = changes.iter().copied().map(Override::new).collect();
    load::scenario("central-asia", &changes).unwrap().scenario
}

fn plain(scenario: &Scenario, changes: &[&str]) -> Design {
    let changes: Vec<Override> =
        changes.iter().map(|text| Override::new(format!("organisation.{text}"))).collect();
    load::design("tests/designs/plain.toml", scenario, &changes).unwrap().design
}

/// Returns a design with another beside it.
fn beside(mut design: Design, other: Design) -> Design {
    design.stand_beside(vec![other]);
    design
}

fn run(scenario: &Scenario, design: Design) -> Summary {
    summarise(&Engine::new(scenario.clone(), vec![design], 9), REPLICATIONS)
}

fn close(a: &[f64], b: &[f64], what: &str) {
    for (a, b) in a.iter().zip(b) {
        assert!((a - b).abs() <= 1e-9 * (1.0 + a.abs()), "{what}: {a} {b}");
    }
}

#[test]
fn organisations_with_nothing_in_common_are_two_separate_runs() {
    let scenario = scenario(&[]);
    let water = ["members=[\"KGZ\", \"UZB\"]", "agenda=[\"syr\"]"];
    let food = ["members=[\"KAZ\", \"TJK\", \"TKM\"]", "agenda=[\"food\"]"];
    let alone =
        [water.as_slice(), food.as_slice()].map(|one| run(&scenario, plain(&scenario, one)));
    let both = run(&scenario, beside(plain(&scenario, &water), plain(&scenario, &food)));
    for id in ["gain", "organisation_cost", "transfers", "sovereignty_cost"] {
        for state in (0..scenario.states.len()).map(Some) {
            let sum =
                |at: usize| alone[0].column(0, id, state)[at] + alone[1].column(0, id, state)[at];
            let sums: Vec<f64> = (0..REPLICATIONS as usize).map(sum).collect();
            close(both.column(0, id, state), &sums, id);
        }
    }
    for id in ["disputes", "fines", "decisions_adopted", "depth_delivered", "depth_agreed"] {
        let sum = |at: usize| alone[0].column(0, id, None)[at] + alone[1].column(0, id, None)[at];
        let sums: Vec<f64> = (0..REPLICATIONS as usize).map(sum).collect();
        close(both.column(0, id, None), &sums, id);
    }
    assert!(both.column(0, "domains_treated_twice", None).iter().all(|share| *share == 0.0));
}

#[test]
fn an_organisation_listed_twice_treats_everything_once() {
    // With one depth level a plan is agreed on in full or not at all; without breaches and reports
    // both have the same reputation, so that neither is able to do what the other is not.
    let mut set = vec!["scenario.depth_levels=1".to_string()];
    for state in ["KAZ", "KGZ", "TJK", "TKM", "UZB"] {
        set.push(format!("states.{state}.lambda_comply=exact"));
        set.push(format!("states.{state}.slippage_mean=0"));
    }
    let scenario = scenario(&set.iter().map(String::as_str).collect::<Vec<_>>());
    let changes = [
        "agenda=[\"transport\", \"food\"]",
        "cost.secretariat=3",
        "monitoring={detection=1, false_alarm=0}",
        "sanctions.fine={multiple=6}",
    ];
    let once = run(&scenario, plain(&scenario, &changes));
    let twice = run(&scenario, beside(plain(&scenario, &changes), plain(&scenario, &changes)));
    for id in ["depth_delivered", "depth_agreed", "disputes", "fines", "adoption"] {
        close(once.column(0, id, None), twice.column(0, id, None), id);
    }
    let double: Vec<f64> =
        once.column(0, "organisation_cost", None).iter().map(|cost| 2.0 * cost).collect();
    close(twice.column(0, "organisation_cost", None), &double, "organisation_cost");
    assert!(twice.column(0, "domains_treated_twice", None).iter().all(|share| *share == 1.0));
}

#[test]
fn the_account_of_losses_sums_to_1_with_several_organisations() {
    let change = Override::new("organisation.beside=[\"ucas-2007-fines\", \"csto-2002\"]");
    let scenario = scenario(&[]);
    let design = load::design("caco-2002", &scenario, &[change]).unwrap().design;
    assert_eq!(design.beside.len(), 2);
    let summary = run(&scenario, design);
    let lost = consortia::experiment::measures::MEASURES.iter().map(|measure| measure.id);
    let lost: Vec<&str> = lost.filter(|id| id.starts_with("lost_")).collect();
    assert!(lost.len() > 8);
    for at in 0..REPLICATIONS as usize {
        let parts: f64 = lost.iter().map(|id| summary.column(0, id, None)[at]).sum();
        let delivered = summary.column(0, "depth_delivered", None)[at];
        assert!((parts + delivered - 1.0).abs() < 1e-9, "{parts} and {delivered}");
    }
    let twice = summary.column(0, "domains_treated_twice", None);
    assert!(twice.iter().all(|share| *share > 0.3), "{twice:?}");
}

#[test]
fn a_merger_ends_the_organisations_beside() {
    let scenario = scenario(&[]);
    let design = |merger: &str| {
        let changes = [
            "organisation.beside=[\"eurasec-2000\"]".to_string(),
            format!("organisation.merger={merger}"),
        ];
        let changes: Vec<Override> = changes.into_iter().map(Override::new).collect();
        load::design("caco-2002", &scenario, &changes).unwrap().design
    };
    let late = run(&scenario, design("{year=2031, into=\"eurasec-2000\"}"));
    let early = run(&scenario, design("{year=2006, into=\"eurasec-2000\"}"));
    let mean = |summary: &Summary, id: &str| {
        summary.column(0, id, None).iter().sum::<f64>() / REPLICATIONS as f64
    };
    assert!(mean(&late, "organisation_cost") > mean(&early, "organisation_cost") + 0.5);
    assert!(mean(&late, "domains_treated_twice") > 0.2);
}

#[test]
fn events_of_an_organisation_beside_name_it() {
    let dir = tempfile::tempdir().unwrap();
    let design = "caco-2002@beside=[\"eurasec-2000\"]";
    let (code, _, err) = crate::harness::consortia(
        dir.path(),
        &["run", "eurasia-2000", "--org", design, "--replications", "4", "--out", "folder"],
    );
    assert_eq!(code, 0, "{err}");
    let trace = std::fs::read_to_string(dir.path().join("folder/trace.csv")).unwrap();
    let named = trace.lines().filter(|line| line.contains("eurasec-2000:transport")).count();
    let own = trace.lines().filter(|line| line.contains(",transport,")).count();
    assert!(named > 0 && own > 0, "{named} {own}");
}

#[test]
fn a_file_of_an_organisation_stands_for_the_built_in_one() {
    let scenario = scenario(&[]);
    let folder = tempfile::tempdir().unwrap();
    let union = std::fs::read_to_string("scenarios/organisations/ucas-2007.toml").unwrap();
    std::fs::write(folder.path().join("union.toml"), union).unwrap();
    let network = std::fs::read_to_string("scenarios/organisations/network.toml").unwrap();
    let of = |name: &str, into: &str, key: &str| {
        let path = folder.path().join(format!("{name}.toml"));
        let text = match key {
            "merger" => format!("{network}\n[merger]\nyear = 2006\ninto = \"{into}\"\n"),
            _ => network.replacen(
                "[organisation]",
                &format!("beside = [\"{into}\"]\n[organisation]"),
                1,
            ),
        };
        std::fs::write(&path, text).unwrap();
        let loaded = load::design(path.to_str().unwrap(), &scenario, &[]);
        loaded.unwrap_or_else(|bad| panic!("{}", bad.render(false)))
    };
    for key in ["merger", "beside"] {
        let (file, name) = (of("by-file", "union.toml", key), of("by-name", "ucas-2007", key));
        let (by_file, by_name) = (run(&scenario, file.design), run(&scenario, name.design));
        for id in ["gain", "adoption", "members", "organisation_cost"] {
            assert_eq!(by_file.column(0, id, None), by_name.column(0, id, None), "{key} {id}");
        }
        // The merged file holds the other one, so that it stands alone.
        let merged = toml::to_string(&file.merged.to_json()).unwrap();
        std::fs::write(folder.path().join("alone.toml"), &merged).unwrap();
        std::fs::rename(folder.path().join("union.toml"), folder.path().join("away")).unwrap();
        let alone =
            load::design(folder.path().join("alone.toml").to_str().unwrap(), &scenario, &[]);
        let alone = run(&scenario, alone.unwrap().design);
        assert_eq!(alone.column(0, "gain", None), by_file.column(0, "gain", None), "{key}");
        std::fs::rename(folder.path().join("away"), folder.path().join("union.toml")).unwrap();
    }
}

#[test]
fn what_organs_exchange_adds_up_over_organisations() {
    let scenario = scenario(&[]);
    let security = "agenda=[\"security\"]";
    let chiefs = |share: &str| {
        format!("organs={{chiefs={{title=\"Security chiefs\", effect={{exchanges={share}}}}}}}")
    };
    let of = |own: &str, other: &str| {
        let (own, other) = (chiefs(own), chiefs(other));
        let other = plain(&scenario, &["organisation.name=\"other\"", security, &other]);
        run(&scenario, beside(plain(&scenario, &[security, &own]), other))
    };
    let (first, second, none) = (of("0.2", "0"), of("0", "0.2"), of("0", "0"));
    assert_eq!(first.column(0, "gain", None), second.column(0, "gain", None));
    assert_ne!(first.column(0, "gain", None), none.column(0, "gain", None));
}
