//! Tests of `compare` and `attribute`: common draws, reported ties, and parts that add up to the
//! whole.

#![allow(clippy::unwrap_used, reason = "a test may stop at what it did not expect")]

use crate::harness::consortia;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// Returns the rows of a table, by column name.
fn table(path: &Path) -> Vec<BTreeMap<String, String>> {
    let mut reader = csv::Reader::from_path(path).unwrap();
    reader.deserialize().map(Result::unwrap).collect()
}

fn number(row: &BTreeMap<String, String>, column: &str) -> f64 {
    row[column].parse().unwrap()
}

#[test]
fn a_design_listed_twice_is_the_same_column_and_adding_one_changes_no_number_of_the_others() {
    let dir = tempfile::tempdir().unwrap();
    let run = |org: &str, out: &str| {
        let arguments = [
            "compare",
            "central-asia",
            "--org",
            org,
            "--replications",
            "64",
            "--no-band",
            "--quiet",
            "--out",
            out,
        ];
        let (code, text, err) = consortia(dir.path(), &arguments);
        assert_eq!(code, 0, "{err}");
        text
    };
    let text = run("caco-2002,ucas-2007,caco-2002", "three");
    assert!(text.contains("caco-2002#2 and caco-2002 are the same in every replication"), "{text}");
    run("ucas-2007,caco-2002", "two");
    let rows = |folder: &str, name: &str| -> Vec<BTreeMap<String, String>> {
        let mut rows = table(&dir.path().join(folder).join("replications.csv"));
        rows.retain(|row| row["organisation"] == name);
        rows.iter_mut().for_each(|row| drop(row.remove("organisation")));
        rows
    };
    assert_eq!(rows("three", "caco-2002").len(), 64);
    assert_eq!(rows("three", "caco-2002"), rows("three", "caco-2002#2"));
    assert_eq!(rows("three", "caco-2002"), rows("two", "caco-2002"));
    assert_eq!(rows("three", "ucas-2007"), rows("two", "ucas-2007"));
}

#[test]
fn differences_are_those_of_the_replications_and_every_comparison_has_its_band() {
    let dir = tempfile::tempdir().unwrap();
    let arguments = [
        "compare",
        "central-asia",
        "--org",
        "caco-2002",
        "--org",
        "ecsc-1951",
        "--replications",
        "80",
    ];
    let (code, text, err) =
        consortia(dir.path(), &[&arguments[..], &["--quiet", "--out", "run"]].concat());
    assert_eq!(code, 0, "{err}");
    assert!(
        text.contains("The ranking over the precision of choices") && text.contains("exact"),
        "{text}"
    );
    assert!(text.contains("Common draws: independent draws would need"), "{text}");
    let run = dir.path().join("run");
    let gains = |name: &str| -> Vec<f64> {
        let rows = table(&run.join("replications.csv"));
        rows.iter()
            .filter(|row| row["organisation"] == name)
            .map(|row| number(row, "gain.UZB"))
            .collect()
    };
    let (a, b) = (gains("caco-2002"), gains("ecsc-1951"));
    let mean = a.iter().zip(&b).map(|(a, b)| a - b).sum::<f64>() / 80.0;
    let rows = table(&run.join("differences.csv"));
    let row = rows.iter().find(|row| row["measure"] == "gain" && row["state"] == "UZB").unwrap();
    assert!((number(row, "mean") - mean).abs() < 1e-9, "{row:?} against {mean}");
    assert!((number(row, "ci_high") - number(row, "mean") - 1.96 * number(row, "se")).abs() < 1e-3);
    let better = a.iter().zip(&b).filter(|(a, b)| a > b).count() as f64 / 80.0;
    assert!((number(row, "p_a_better") - better).abs() < 1e-9);
    let settings: Vec<String> =
        table(&run.join("lambda_band.csv")).iter().map(|row| row["setting"].clone()).collect();
    assert_eq!(settings, ["3", "3", "8", "8", "20", "20", "exact", "exact"]);
    for file in [
        "ranking.csv",
        "summary.csv",
        "distributions.csv",
        "plots/lambda_band.png",
        "manifest.json",
    ] {
        assert!(run.join(file).is_file(), "{file}");
    }
}

#[test]
fn figures_of_comparisons_keep_their_labels_apart() {
    let dir = tempfile::tempdir().unwrap();
    let organisations = "none,caec-1994,caco-2002,ucas-2007,ucas-court,ecsc-1951,carec-speca,ucas-2007@sanctions.fine.multiple=2";
    let arguments =
        ["compare", "central-asia", "--org", organisations, "--structure", "--replications", "32"];
    let (code, _, err) =
        consortia(dir.path(), &[&arguments[..], &["--quiet", "--out", "run"]].concat());
    assert_eq!(code, 0, "{err}");
    let arguments = [
        "attribute",
        "central-asia",
        "--from",
        "ucas-2007",
        "--to",
        "ucas-court",
        "--replications",
        "16",
    ];
    let (code, _, err) =
        consortia(dir.path(), &[&arguments[..], &["--quiet", "--out", "parts"]].concat());
    assert_eq!(code, 0, "{err}");
    let mut figures = 0;
    for folder in ["run/plots", "parts/plots"] {
        for entry in fs::read_dir(dir.path().join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|extension| extension == "svg") {
                let found = consortia::report::plots::overlaps(&fs::read_to_string(&path).unwrap())
                    .unwrap();
                assert!(found.is_empty(), "{}: {found:?}", path.display());
                figures += 1;
            }
        }
    }
    assert_eq!(figures, 9);
}

#[test]
fn the_band_over_responses_covers_all_of_them_and_the_structural_band_includes_it() {
    let dir = tempfile::tempdir().unwrap();
    let arguments = ["compare", "central-asia", "--org", "ucas-2007,ucas-2007-fines,caco-2002"];
    let band = |option: &str| {
        let name = option.trim_start_matches('-');
        let options = [option, "--replications", "200", "--no-band", "--quiet", "--out", name];
        let (code, _, err) = consortia(dir.path(), &[&arguments[..], &options[..]].concat());
        assert_eq!(code, 0, "{err}");
        table(&dir.path().join(name).join("structure_band.csv"))
    };
    let (responses, structures) = (band("--responses"), band("--structure"));
    let gain = |setting: &str, design: &str| {
        let wanted = |row: &&BTreeMap<String, String>| {
            row["setting"] == setting && row["organisation"] == design
        };
        number(responses.iter().find(wanted).unwrap(), "mean")
    };
    // Without fines and without a response nothing deters; each response does.
    for setting in ["reciprocity", "collapse 0.1", "collapse 0.5"] {
        assert!(gain(setting, "ucas-2007") > gain("no response", "ucas-2007") + 5.0, "{setting}");
    }
    assert_eq!(gain("no response", "ucas-2007"), gain("as given", "ucas-2007"));
    let same = |row: &&BTreeMap<String, String>| structures.contains(row);
    assert_eq!(responses.iter().filter(same).count(), responses.len());
}

#[test]
fn two_switches_that_only_work_together_share_the_difference() {
    // A breach saves upstream 30. At δ = 0.4 the future (30 a year with weight 2/3) and a fine of
    // 12 or more outweigh it, but only if decisions bind: the gain is 30 MUSD in each of 10 years
    // with both switches, and nothing with either alone.
    let dir = tempfile::tempdir().unwrap();
    let season_swap = format!("{}/scenarios/docking/season-swap", env!("CARGO_MANIFEST_DIR"));
    let design = format!("{season_swap}/organisation.toml");
    let (from, to) = (
        format!("{design}@legal_force=recommendatory"),
        format!("{design}@sanctions.fine.absolute=12"),
    );
    let arguments =
        ["attribute", &season_swap, "--from", &from, "--to", &to, "--quiet", "--out", "run"];
    let patience =
        ["--set", "states.UP.discount_factor=0.4", "--set", "states.DOWN.discount_factor=0.4"];
    let (code, text, err) = consortia(dir.path(), &[&arguments[..], &patience].concat());
    assert_eq!(code, 0, "{err}");
    assert!(text.contains("all 4 designs"), "{text}");
    let rows = table(&dir.path().join("run/attribution.csv"));
    let parts = |switch: &str| {
        let found = |row: &&BTreeMap<String, String>| {
            row["measure"] == "gain" && row["state"] == "region" && row["switch"] == switch
        };
        let row = rows.iter().find(found).unwrap();
        (number(row, "stepwise"), number(row, "shapley"))
    };
    assert_eq!(parts("all"), (300.0, 300.0));
    assert_eq!(parts("legal_force"), (0.0, 150.0));
    assert_eq!(parts("sanctions.fine"), (300.0, 150.0));
}

#[test]
fn compare_and_attribute_reject_single_or_equal_organisations() {
    let dir = tempfile::tempdir().unwrap();
    for (arguments, message) in [
        (
            &["compare", "central-asia", "--org", "caco-2002"][..],
            "one organisation cannot be compared",
        ),
        (
            &["compare", "central-asia", "--org", "caco-2002,cacoo"],
            "there is no organisation `cacoo`",
        ),
        (
            &["compare", "central-asia", "--org", "caco-2002,none", "--by", "gains"],
            "did you mean `gain`",
        ),
        (
            &["compare", "central-asia", "--org", "none,caco-2002@sanctions.fin=none"],
            "did you mean `fine`",
        ),
        (
            &["attribute", "central-asia", "--from", "caco-2002", "--to", "caco-2002"],
            "differ only in their names",
        ),
    ] {
        let (code, _, err) = consortia(dir.path(), arguments);
        assert_eq!(code, 2, "{arguments:?}: {err}");
        assert!(
            err.replace('\n', " ").contains(message),
            "{arguments:?} should say `{message}`: {err}"
        );
    }
    assert!(!dir.path().join("output").exists());
}
