//! Tests of cooperative games and voting power: the verbs `game`, `power` and `coalitions`,
//! degenerate games, and properties of the solutions.

#![allow(clippy::unwrap_used, reason = "a test may stop at what it did not expect")]

use assert_cmd::Command;
use consortia::games::{
    Game, banzhaf, gately, is_nucleolus, least_core, nucleolus, shapley, solutions, tau,
};
use proptest::prelude::*;
use serde_json::Value;

fn consortia(arguments: &[&str]) -> Command {
    let mut command = Command::cargo_bin("consortia").unwrap();
    command.args(arguments);
    command
}

fn json(arguments: &[&str]) -> Value {
    let output = consortia(arguments).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Asserts exit code 2 and a message that contains `word`.
fn refused(arguments: &[&str], word: &str) {
    let output = consortia(arguments).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{arguments:?}");
    assert!(said.contains(word), "{arguments:?}: {said}");
}

fn near(found: &Value, expected: &[f64]) {
    let found: Vec<f64> = found.as_array().unwrap().iter().map(|x| x.as_f64().unwrap()).collect();
    assert_eq!(found.len(), expected.len());
    for (a, b) in found.iter().zip(expected) {
        assert!((a - b).abs() < 1e-6, "{found:?} {expected:?}");
    }
}

#[test]
fn game_prints_what_the_contract_names() {
    let found = json(&["game", "scenarios/games/lemaire.csv", "--format", "json"]);
    assert_eq!(found["players"], serde_json::json!(["A", "B", "C"]));
    near(&found["shapley"], &[51750.0, 25875.0, 12375.0]);
    near(&found["nucleolus"], &[52687.5, 24468.75, 12843.75]);
    near(&found["tau"], &[51900.0, 25687.5, 12412.5]);
    near(&found["gately"], &[51900.0, 25687.5, 12412.5]);
    near(&found["banzhaf"], &[51281.25, 25406.25, 11906.25]);
    assert_eq!(found["core_nonempty"], true);
    assert!((found["excess"].as_f64().unwrap() + 6562.5).abs() < 1e-6);
    near(&found["propensity_to_disrupt"]["shapley"], &[4.0 / 3.0, 11.0 / 9.0, 9.0 / 7.0]);
}

#[test]
fn power_prints_what_the_contract_names_and_exact_fractions() {
    let found = json(&["power", "--weights", "4x3,2x2,1", "--quota", "12", "--format", "json"]);
    near(&found["weights"], &[4.0, 4.0, 4.0, 2.0, 2.0, 1.0]);
    assert_eq!(
        found["banzhaf_exact"],
        serde_json::json!(["5/21", "5/21", "5/21", "1/7", "1/7", "0"])
    );
    assert_eq!(found["shapley_shubik_exact"][0], "7/30");
    assert_eq!(found["winning_coalitions"], "14");
    assert!((found["power_to_act"].as_f64().unwrap() - 14.0 / 64.0).abs() < 1e-12);
    // A fraction of all votes, a percentage, and a decimal must give the same power.
    let same = |weights: &str, quota: &str| {
        json(&["power", "--weights", weights, "--quota", quota, "--format",
            "json"])["banzhaf_exact"].clone()
    };
    assert_eq!(same("40,20,20,10,10", "2/3"), same("40,20,20,10,10", "67"));
    assert_eq!(same("40,20,20,10,10", "66.7%"), same("4,2,2,1,1", "6.67"));
    assert_eq!(same("0.4,0.2,0.2,0.1,0.1", "0.67"), same("40,20,20,10,10", "67"));
}

#[test]
fn invalid_weights_and_quotas_exit_with_code_2() {
    for (arguments, word) in [
        (["power", "--weights", "4,x", "--quota", "3"], "is no number of votes"),
        (["power", "--weights", "4,2", "--quota", "many"], "is no quota"),
        (["power", "--weights", "4,2", "--quota", "7"], "cannot be reached"),
        (["power", "--weights", "4,2", "--quota", "0"], "must be above 0"),
        (["power", "--weights", "4,2", "--quota", "1/0"], "is no quota"),
        (["power", "--weights", "1x500", "--quota", "250"], "too many"),
        (["power", "--weights", "4,-2", "--quota", "3"], "is no number of votes"),
    ] {
        refused(&arguments, word);
    }
}

#[test]
fn coalitions_of_the_syr_darya_and_what_is_published_beside_them() {
    let folder = tempfile::tempdir().unwrap();
    // These figures are synthetic.
    let synthetic = folder.path().join("synthetic.csv");
    std::fs::write(
        &synthetic,
        "solution,player,value\nshapley,KAZ,1\nshapley,KGZ,2\nshapley,UZB,3\n",
    )
    .unwrap();
    let out = folder.path().join("run");
    let found = json(&[
        "coalitions",
        "central-asia",
        "--domains",
        "syr",
        "--players",
        "KAZ,KGZ,UZB",
        "--replications",
        "60",
        "--published",
        synthetic.to_str().unwrap(),
        "--out",
        out.to_str().unwrap(),
        "--quiet",
        "--format",
        "json",
    ]);
    assert_eq!(found["players"], serde_json::json!(["KAZ", "KGZ", "UZB"]));
    let value = |names: &[&str]| -> f64 {
        let rows = found["values"].as_array().unwrap();
        let row = rows.iter().find(|row| row["coalition"] == serde_json::json!(names)).unwrap();
        row["value"].as_f64().unwrap()
    };
    // A coalition without the operator has the value 0; larger coalitions have larger values.
    assert_eq!(value(&["KGZ"]), 0.0);
    assert_eq!(value(&["KAZ", "UZB"]), 0.0);
    assert!(value(&["KGZ", "UZB"]) > value(&["KAZ", "KGZ"]) && value(&["KAZ", "KGZ"]) > 0.0);
    assert!(value(&["KAZ", "KGZ", "UZB"]) > value(&["KGZ", "UZB"]));
    let shares = found["solutions"]["shapley"]["division"].as_array().unwrap();
    let sum: f64 = shares.iter().map(|x| x.as_f64().unwrap()).sum();
    assert!((sum - value(&["KAZ", "KGZ", "UZB"])).abs() < 1e-9);
    let published = std::fs::read_to_string(out.join("published.csv")).unwrap();
    assert!(published.contains("shapley,KGZ,MUSD/yr,2,"), "{published}");
    for file in [
        "coalitions.csv",
        "solutions.csv",
        "manifest.json",
        "inputs/published.csv",
        "about.json",
        "report.html",
        "plots/divisions_by_state.svg",
        "plots/divisions_by_state.png",
    ] {
        assert!(out.join(file).exists(), "{file}");
    }
    let svg = std::fs::read_to_string(out.join("plots/divisions_by_state.svg")).unwrap();
    for word in ["Shapley value", "Nucleolus", "published: shapley", "Kyrgyzstan", "MUSD/yr"] {
        assert!(svg.contains(word), "{word}");
    }
}

#[test]
fn a_dry_run_in_json_is_one_object() {
    for verb in ["run", "coalitions"] {
        let found =
            json(&[verb, "central-asia", "--replications", "16", "--dry-run", "--format", "json"]);
        assert!(
            found["dry_run"]
                .as_array()
                .unwrap()
                .iter()
                .any(|line| line.as_str().unwrap().starts_with("folder:")),
            "{found}"
        );
    }
}

#[test]
fn coalitions_rejects_invalid_options() {
    for (arguments, word) in [
        (vec!["coalitions", "central-asia", "--players", "KAZ,XYZ"], "no state `XYZ`"),
        (vec!["coalitions", "central-asia", "--players", "KAZ,KAZ"], "named twice"),
        (vec!["coalitions", "central-asia", "--domains", "fishing"], "is not a domain"),
        (vec!["coalitions", "scenarios/docking/voting"], "no domain of the kind"),
        (
            vec!["coalitions", "central-asia", "--set", "organisation.legal_force=binding"],
            "without an organisation",
        ),
    ] {
        refused(&arguments, word);
    }
}

fn game(values: &[f64]) -> Game {
    let n = values.len().ilog2() as usize;
    Game::new((0..n).map(|player| format!("P{player}")).collect(), values.to_vec()).unwrap()
}

#[test]
fn degenerate_games_have_right_answers() {
    // One player.
    let one = solutions(&game(&[0.0, 7.0])).unwrap();
    assert!(
        one.solutions.iter().all(|solution| (solution.division[0] - 7.0).abs() < 1e-12),
        "{one:?}"
    );
    // In an additive game all players get their own value, and no player can disrupt.
    let additive = game(&[0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0]);
    let found = solutions(&additive).unwrap();
    for solution in found
        .solutions
        .iter()
        .filter(|solution| !matches!(solution.id.as_str(), "equal" | "proportional"))
    {
        for (x, alone) in solution.division.iter().zip([1.0, 2.0, 4.0]) {
            assert!((x - alone).abs() < 1e-7, "{solution:?}");
        }
    }
    assert!(gately(&additive).is_none() && found.nucleolus.verified);
    // All values are 0.
    let nothing = solutions(&game(&[0.0; 8])).unwrap();
    assert!(
        nothing.nucleolus.division.iter().all(|x| x.abs() < 1e-12)
            && nothing.least_core.core_nonempty
    );
    // The value of the grand coalition is less than the sum of single values, so there is no
    // imputation and the prenucleolus is returned.
    let costly = game(&[0.0, 1.0, 1.0, 1.0]);
    let found = nucleolus(&costly).unwrap();
    assert!(
        !found.individually_rational && found.verified && (found.division[0] - 0.5).abs() < 1e-9,
        "{found:?}"
    );
    assert!(!least_core(&costly).unwrap().core_nonempty);
    // Values may be costs.
    let burden = game(&[0.0, -4.0, -6.0, -8.0]);
    let found = nucleolus(&burden).unwrap();
    assert!(
        (found.division[0] + 3.0).abs() < 1e-9 && (found.division[1] + 5.0).abs() < 1e-9,
        "{found:?}"
    );
    // A game that is not quasi-balanced has no τ value.
    assert!(tau(&game(&[0.0, 0.0, 0.0, 1.0, 0.0, 1.0, 1.0, 1.0])).is_none());
}

prop_compose! {
    fn any_game()(n in 2usize..6)(values in proptest::collection::vec(-20.0f64..100.0,
        (1 << n) - 1)) -> Game {
        let all: Vec<f64> = std::iter::once(0.0).chain(values).collect();
        game(&all)
    }
}

prop_compose! {
    /// Games with ties and zeros: values from a small set of whole numbers.
    fn any_coarse_game()(n in 2usize..6)(values in proptest::collection::vec(0u8..4,
        (1 << n) - 1)) -> Game {
        let all: Vec<f64> = std::iter::once(0.0).chain(values.into_iter().map(f64::from)).collect();
        game(&all)
    }
}

fn check(game: &Game) -> Result<(), TestCaseError> {
    let whole = game.whole();
    let found = nucleolus(game).unwrap();
    prop_assert!(found.verified, "{found:?}");
    for division in
        [shapley(game), found.division.clone()].into_iter().chain(tau(game)).chain(gately(game))
    {
        prop_assert!(
            (division.iter().sum::<f64>() - whole).abs() < 1e-6 * (1.0 + whole.abs()),
            "{division:?}"
        );
    }
    // The nucleolus lies in a non-empty core and has the least largest excess.
    let least = least_core(game).unwrap();
    prop_assert!(found.excess >= least.excess - 1e-5);
    if found.individually_rational && least.core_nonempty {
        prop_assert!(found.excess <= 1e-5, "{found:?} {least:?}");
    }
    // The check must reject another division.
    let mut other = found.division.clone();
    other[0] += 0.01 * game.scale();
    other[1] -= 0.01 * game.scale();
    prop_assert!(!is_nucleolus(game, &other).unwrap());
    // Solutions must be covariant: values times three plus 5 for each player.
    let moved = Game::from_fn(game.players.clone(), |bits| {
        3.0 * game.value(bits) + 5.0 * f64::from(bits.count_ones())
    })
    .unwrap();
    for (a, b) in [
        (shapley(game), shapley(&moved)),
        (found.division, nucleolus(&moved).unwrap().division),
        (banzhaf(game), banzhaf(&moved)),
    ] {
        for (a, b) in a.iter().zip(&b) {
            prop_assert!((3.0 * a + 5.0 - b).abs() < 1e-5 * (1.0 + b.abs()), "{a} {b}");
        }
    }
    Ok(())
}

proptest! {
    #[test]
    fn solutions_are_efficient_covariant_and_confirmed(game in any_game()) {
        check(&game)?;
    }

    #[test]
    fn solutions_are_valid_with_ties_and_zeros(game in any_coarse_game()) {
        check(&game)?;
    }
}
