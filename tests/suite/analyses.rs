//! Tests of the analyses of sweeps through the program: sensitivity, discovery, robust choice,
//! numbers of replications.

#![allow(clippy::unwrap_used, reason = "a test may stop at what it did not expect")]

use crate::harness::consortia;
use std::fs;
use std::path::Path;

fn json(folder: &Path, arguments: &[&str]) -> serde_json::Value {
    let all: Vec<&str> = arguments.iter().copied().chain(["--format", "json"]).collect();
    let (code, out, err) = consortia(folder, &all);
    assert_eq!(code, 0, "{err}");
    serde_json::from_str(&out).unwrap()
}

/// Runs a sweep of λ, trust (in one group with δ) and linkage under two designs, into `swept`.
fn swept(folder: &Path, sampling: &str, replications: u32) {
    let text = format!(
        r#"
[sweep]
name = "small"
title = "A small sweep"
scenario = "central-asia"
organisations = ["caco-2002", "ecsc-1951"]
set = ["scenario.horizon=8"]
replications = {replications}

{sampling}

[parameters.precision]
title = "precision of choices λ"
set = ["states.*.lambda_vote", "states.*.lambda_comply"]
law.log_uniform = {{ min = 3, max = 40 }}

[parameters.trust]
set = ["states.*.trust_prior_mean"]
law.uniform = {{ min = 0.3, max = 0.9 }}
group = "people"

[parameters.patience]
set = ["states.*.discount_factor"]
law.uniform = {{ min = 0.8, max = 0.97 }}
group = "people"

[parameters.linkage]
set = ["organisation.linkage"]
law.choice = ["none", "package"]

[output]
measures = ["gain", "gain.*", "depth_delivered", "members"]
satisfactory = 30
"#
    );
    fs::write(folder.join("sweep.toml"), text).unwrap();
    let (code, _, err) = consortia(folder, &["sweep", "sweep.toml", "--quiet", "--out", "swept"]);
    assert_eq!(code, 0, "{err}");
}

/// Asserts that no label of a figure leaves the figure or overlaps another label.
fn assert_readable(folder: &Path, expected: &[&str]) {
    let mut found: Vec<String> = Vec::new();
    for entry in fs::read_dir(folder.join("plots")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "svg") {
            let wrong =
                consortia::report::plots::overlaps(&fs::read_to_string(&path).unwrap()).unwrap();
            assert!(wrong.is_empty(), "{}: {wrong:?}", path.display());
            assert!(fs::read(path.with_extension("png")).unwrap().len() > 10_000);
            found.push(path.file_stem().unwrap().to_string_lossy().into_owned());
        }
    }
    found.sort();
    assert_eq!(found, expected);
}

#[test]
fn sensitivity_separates_designs_parameters_and_chance() {
    let dir = tempfile::tempdir().unwrap();
    swept(dir.path(), "[sampling.saltelli]\nbase = 32", 16);
    assert_readable(&dir.path().join("swept"), &["best_design", "regret"]);
    let found = json(dir.path(), &["sensitivity", "swept"]);
    assert_eq!((&found["measure"], &found["method"]), (&"gain".into(), &"sobol".into()));
    let parameters = found["parameters"].as_array().unwrap();
    let names: Vec<&str> = parameters.iter().map(|row| row["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["precision", "trust", "patience", "linkage", "organisation"]);
    for row in parameters {
        for key in ["first", "first_ci", "total", "total_ci"] {
            assert!(row[key].is_number(), "{row}");
        }
    }
    let total = |row: &serde_json::Value| row["total"].as_f64().unwrap();
    assert!(total(&parameters[4]) > 0.3, "the design matters: {}", parameters[4]);
    assert!(total(&parameters[4]) > total(&parameters[2]), "more than patience");
    assert_eq!(found["by_organisation"].as_array().unwrap().len(), 2);
    let folder = dir.path().join("swept/sensitivity/gain");
    assert_readable(&folder, &["indices", "indices_by_design"]);
    let table = fs::read_to_string(folder.join("sensitivity.csv")).unwrap();
    assert!(table.lines().count() == 1 + 2 * (5 + 4 + 4), "{table}");
    assert!(fs::read_to_string(folder.join("dictionary.csv")).unwrap().contains("total"));
    // With the replication as a factor there is one name more, with a share of the variance.
    let noisy = json(
        dir.path(),
        &["sensitivity", "swept", "--organisation", "caco-2002", "--replications", "factor"],
    );
    let replication = noisy["parameters"].as_array().unwrap().last().unwrap();
    assert!(replication["name"] == "replication" && total(replication) > 0.2, "{replication}");
    let shard = dir.path().join("swept/shards/000000.parquet");
    let bytes = fs::read(&shard).unwrap();
    fs::write(&shard, &bytes[..bytes.len() - 1]).unwrap();
    let (code, _, err) =
        consortia(dir.path(), &["sensitivity", "swept", "--replications", "factor"]);
    assert!(
        code == 4 && err.contains("is not what was written") && err.contains("--resume"),
        "{err}"
    );
    fs::write(&shard, bytes).unwrap();
    let difference = json(
        dir.path(),
        &["sensitivity", "swept", "--organisation", "ecsc-1951", "--minus", "caco-2002"],
    );
    assert_eq!(difference["result"], "ecsc-1951 - caco-2002");
    // The same analysis must give the same numbers again.
    assert_eq!(found, json(dir.path(), &["sensitivity", "swept"]));
    let (code, _, err) = consortia(dir.path(), &["sensitivity", "swept", "--measure", "gian"]);
    assert!(code == 2 && err.contains("did you mean `gain`"), "{err}");
    let (code, _, err) =
        consortia(dir.path(), &["sensitivity", "swept", "--organisation", "ucas-2007"]);
    assert!(code == 2 && err.contains("is not a design of the sweep"), "{err}");
}

#[test]
fn morris_screens_groups_and_other_samplings_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    swept(dir.path(), "[sampling.morris]\ntrajectories = 12", 8);
    let found = json(dir.path(), &["sensitivity", "swept"]);
    assert_eq!(found["method"], "morris");
    let parameters = found["parameters"].as_array().unwrap();
    let names: Vec<&str> = parameters.iter().map(|row| row["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["precision", "people", "linkage"]);
    assert!(
        parameters[0]["mean"].is_number() && parameters[1]["mean"].is_null(),
        "a group moves both ways"
    );
    assert!(parameters.iter().all(|row| row["size"].as_f64().unwrap() >= 0.0));
    assert_readable(
        &dir.path().join("swept/sensitivity/gain"),
        &["indices", "indices_by_design", "morris_plane"],
    );
    let (code, out, _) =
        consortia(dir.path(), &["sensitivity", "swept", "--organisation", "ecsc-1951"]);
    assert!(
        code == 0 && out.contains("mean size μ*") && out.contains("people (group of 2)"),
        "{out}"
    );
    let other = tempfile::tempdir().unwrap();
    swept(other.path(), "[sampling.sobol]\npoints = 8", 8);
    let (code, _, err) = consortia(other.path(), &["sensitivity", "swept"]);
    assert!(code == 2 && err.contains("need a Saltelli or a Morris design"), "{err}");
    let (code, _, err) = consortia(other.path(), &["sensitivity", "nowhere"]);
    assert_eq!(code, 2, "{err}");
}

#[test]
fn discovery_describes_boxes_in_words() {
    let dir = tempfile::tempdir().unwrap();
    swept(dir.path(), "[sampling.sobol]\npoints = 96", 8);
    let found = json(dir.path(), &["discover", "swept", "--above", "60"]);
    let first = &found["boxes"][0];
    assert!(
        found["hits"].as_u64().unwrap() > 0 && first["box"]["density"].as_f64().unwrap() >= 0.72,
        "a tenth less than 0.8 at most: {first}"
    );
    // The design is a parameter of the search, so a box may restrict it.
    let words = first["words"].as_str().unwrap();
    assert!(
        words.starts_with("gain is above 60 MUSD where ") && words.contains("ecsc-1951"),
        "{words}"
    );
    let trajectory = first["trajectory"].as_array().unwrap();
    assert!(trajectory.len() > 1 && trajectory[0]["coverage"] == 1.0);
    let folder = dir.path().join("swept/discovery/gain-above-60");
    assert_readable(&folder, &["box", "peeling_trajectory"]);
    for file in ["trajectory.csv", "boxes.csv", "dictionary.csv", "manifest.json"] {
        assert!(folder.join(file).is_file(), "{file}");
    }
    let (code, out, err) = consortia(
        dir.path(),
        &[
            "discover",
            "swept",
            "--organisation",
            "ecsc-1951",
            "--minus",
            "caco-2002",
            "--below",
            "340",
        ],
    );
    assert!(
        code == 0 && out.contains("gain of ecsc-1951 less that of caco-2002 is below 340 MUSD"),
        "{out}{err}"
    );
    let (code, _, err) = consortia(dir.path(), &["discover", "swept", "--above", "1e9"]);
    assert!(
        code == 2 && err.contains("no case is of interest") && err.contains("it lies between"),
        "{err}"
    );
    let (code, _, err) = consortia(dir.path(), &["discover", "swept", "--above", "-1e9"]);
    assert!(code == 2 && err.contains("every case is of interest"), "{err}");
    let (code, _, err) =
        consortia(dir.path(), &["discover", "swept", "--above", "5", "--density", "0.5"]);
    assert!(
        code == 2 && err.contains("are of interest already") && err.contains("raise --density"),
        "{err}"
    );
    let (code, _, err) =
        consortia(dir.path(), &["discover", "swept", "--above", "60", "--parameters", "trust"]);
    assert!(code == 2 && err.contains("--parameters has no effect here"), "{err}");
    let (code, _, err) = consortia(dir.path(), &["discover", "swept"]);
    assert!(code == 2 && err.contains("--above X or --below X"), "{err}");
}

#[test]
fn robust_choice_by_any_measure_and_over_any_two_parameters() {
    let dir = tempfile::tempdir().unwrap();
    swept(dir.path(), "[sampling.latin_hypercube]\npoints = 40", 8);
    let table = fs::read_to_string(dir.path().join("swept/robustness.csv")).unwrap();
    for part in [
        "gain,region,MUSD,max_regret,",
        "gain,region,share of points,satisficing,",
        "depth_delivered,region,share,worst,",
    ] {
        assert!(table.contains(part), "{part}: {table}");
    }
    assert!(!table.contains("members,"), "neither more nor fewer members are better");
    let over = [
        "robustness",
        "swept",
        "--measure",
        "depth_delivered",
        "--satisfactory",
        "0.2",
        "--over",
        "precision,linkage",
    ];
    let found = json(dir.path(), &over);
    let scores = found["scores"].as_array().unwrap();
    let satisficing: Vec<f64> = scores
        .iter()
        .filter(|row| row["criterion"] == "satisficing")
        .map(|row| row["value"].as_f64().unwrap())
        .collect();
    assert!(satisficing.len() == 2 && satisficing[1] > satisficing[0], "{satisficing:?}");
    assert_readable(
        &dir.path().join("swept/robustness/depth_delivered"),
        &["best_design", "regret"],
    );
    let (code, _, err) = consortia(dir.path(), &["robustness", "swept", "--measure", "members"]);
    assert!(code == 2 && err.contains("no preferred direction"), "{err}");
    let (code, _, err) =
        consortia(dir.path(), &["robustness", "swept", "--over", "precision,tryst"]);
    assert!(code == 2 && err.contains("did you mean `trust`"), "{err}");
}

fn ishigami(x: &[f64]) -> f64 {
    let x: Vec<f64> = x.iter().map(|u| std::f64::consts::PI * (2.0 * u - 1.0)).collect();
    x[0].sin() + 7.0 * x[1].sin().powi(2) + 0.1 * x[2].powi(4) * x[0].sin()
}

/// Writes a Saltelli design of the Ishigami function as another program would; the row `gap` has no
/// result.
fn table_of_ishigami(dir: &std::path::Path, gap: Option<usize>) {
    let points = consortia::experiment::sampling::saltelli(4096, 3).unwrap();
    let row = |(at, x): (usize, &Vec<f64>)| {
        let y = if gap == Some(at) { String::new() } else { ishigami(x).to_string() };
        format!("{},{},{},{y}\n", x[0], x[1], x[2])
    };
    let rows = points.iter().enumerate().map(row);
    let text: String = std::iter::once("a,b,c,y\n".to_string()).chain(rows).collect();
    fs::write(dir.join("table.csv"), text).unwrap();
}

const SALTELLI: [&str; 6] = ["sensitivity", "table.csv", "--design", "saltelli", "--measure", "y"];

#[test]
fn tables_of_other_programs_are_analysed() {
    let dir = tempfile::tempdir().unwrap();
    table_of_ishigami(dir.path(), None);
    let found = json(dir.path(), &[&SALTELLI[..], &["--out", "found"]].concat());
    for (index, (first, total)) in
        [(0.3139, 0.5576), (0.4424, 0.4424), (0.0, 0.2437)].iter().enumerate()
    {
        let row = &found["parameters"][index];
        assert!((row["first"].as_f64().unwrap() - first).abs() < 0.01, "{row}");
        assert!((row["total"].as_f64().unwrap() - total).abs() < 0.01, "{row}");
    }
    assert!(dir.path().join("found/sensitivity.csv").is_file());
    let cases = json(dir.path(), &["discover", "table.csv", "--measure", "y", "--above", "8"]);
    assert!(cases["boxes"][0]["box"]["coverage"].as_f64().unwrap() > 0.1, "{}", cases["boxes"][0]);
}

#[test]
fn tables_of_other_programs_are_checked() {
    let dir = tempfile::tempdir().unwrap();
    table_of_ishigami(dir.path(), None);
    let refused = |arguments: &[&str], part: &str| {
        let (code, _, err) = consortia(dir.path(), arguments);
        assert!(code == 2 && err.contains(part), "{part}: {err}");
    };
    let table = |more: &[&'static str]| [&["sensitivity", "table.csv"], more].concat();
    refused(&table(&["--measure", "y"]), "is not given");
    refused(&table(&["--design", "saltelli"]), "a table needs the column of results");
    refused(&table(&["--design", "saltelli", "--measure", "z"]), "no column `z`");
    let swapped = [&SALTELLI[..], &["--parameters", "b,a,c"]].concat();
    refused(&swapped, "is no Saltelli design of these parameters: row ");
    refused(&table(&["--design", "morris", "--measure", "y"]), "is no Morris design");
    refused(&[&SALTELLI[..], &["--organisation", "x"]].concat(), "has no effect here");
    refused(&["discover", "table.csv", "--above", "1"], "a table needs the column of results");
    // A missing result leaves out its base row; `--failed refuse` rejects the table.
    table_of_ishigami(dir.path(), Some(2));
    let found = json(dir.path(), &SALTELLI);
    assert_eq!((&found["rows"], &found["left_out"]), (&4095.into(), &1.into()));
    refused(&[&SALTELLI[..], &["--failed", "refuse"]].concat(), "has gaps");
}

#[test]
fn replications_are_planned_or_found_on_the_way() {
    let dir = tempfile::tempdir().unwrap();
    let planned = json(
        dir.path(),
        &[
            "replications",
            "central-asia",
            "--org",
            "caco-2002,ecsc-1951",
            "--effect",
            "0.1",
            "--quiet",
        ],
    );
    assert_eq!(planned["replications"], 785);
    let width = ["replications", "central-asia", "--half-width", "4", "--quiet", "--pilot", "512"];
    let planned = json(dir.path(), &width);
    let (n, low, high) = (
        &planned["statements"][0]["replications"],
        &planned["statements"][0]["low"],
        &planned["statements"][0]["high"],
    );
    let (n, low, high) = (n.as_u64().unwrap(), low.as_u64().unwrap(), high.as_u64().unwrap());
    assert!(low < n && n < high, "{planned}");
    // Stopping by precision ends near this number, at the same replication for any threads.
    let run = |threads: &str, out: &str| {
        json(
            dir.path(),
            &[
                "run",
                "central-asia",
                "--until-half-width",
                "4",
                "--quiet",
                "--threads",
                threads,
                "--out",
                out,
            ],
        )
    };
    let (one, two) = (run("1", "one"), run("2", "two"));
    let played = one["replications"].as_u64().unwrap();
    assert_eq!(played, two["replications"].as_u64().unwrap());
    assert!(
        played.is_multiple_of(256) && played >= low && played < high + 512,
        "{played} {planned}"
    );
    let gain = one["summary"]
        .as_array()
        .unwrap()
        .iter()
        .find(|row| row["measure"] == "gain" && row["state"] == "region");
    assert!(1.96 * gain.unwrap()["se"].as_f64().unwrap() <= 4.0);
    let files = |name: &str| fs::read(dir.path().join(name).join("replications.csv")).unwrap();
    assert_eq!(files("one"), files("two"));
    assert_eq!(String::from_utf8(files("one")).unwrap().lines().count() as u64, 1 + played);
    let (code, _, err) =
        consortia(dir.path(), &["replications", "central-asia", "--difference", "5", "--quiet"]);
    assert!(code == 2 && err.contains("a difference needs two organisations"), "{err}");
    let (code, _, err) = consortia(dir.path(), &["replications", "central-asia"]);
    assert!(code == 2 && err.contains("--half-width"), "{err}");
}
