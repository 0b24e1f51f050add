//! Tests of the messages for a corpus of invalid files: file, line, value, reason and remedy.
//!
//! The expected messages are in `tests/suite/snapshots`; review changes with `cargo insta review`.

#![allow(clippy::unwrap_used, reason = "a test may stop at what it did not expect")]

use consortia::scenario::load::{self, Override};
use consortia::scenario::read::rows;
use consortia::scenario::sweep;
use std::path::{Path, PathBuf};

fn corpus(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new("tests/invalid").join(folder);
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

fn name(path: &Path) -> String {
    path.file_stem().unwrap().to_string_lossy().into_owned()
}

/// Returns the messages, and asserts the parts that every message must have.
fn messages(
    path: &str,
    found: Result<(), consortia::scenario::diagnostics::Diagnostics>,
) -> String {
    let Err(diagnostics) = found else { panic!("{path} was accepted") };
    assert!(!diagnostics.mistakes().is_empty(), "{path}");
    diagnostics.render(false)
}

#[test]
fn the_files_that_the_corpus_is_made_from_are_valid() {
    let scenario = load::scenario("tests/invalid/valid-scenario.toml", &[]);
    let scenario = scenario.unwrap_or_else(|bad| panic!("{}", bad.render(false))).scenario;
    load::design("tests/invalid/valid-organisation.toml", &scenario, &[])
        .unwrap_or_else(|bad| panic!("{}", bad.render(false)));
}

#[test]
fn invalid_scenarios_get_their_reviewed_messages() {
    let files = corpus("scenario");
    assert!(files.len() >= 40, "{}", files.len());
    for path in files {
        let path_text = path.to_string_lossy().into_owned();
        let text = messages(&path_text, load::scenario(&path_text, &[]).map(|_| ()));
        insta::assert_snapshot!(format!("scenario_{}", name(&path)), text);
    }
}

#[test]
fn invalid_sweeps_get_their_reviewed_messages() {
    let names =
        ["worst_off_gain", "depth_delivered", "compliance_value", "adoption", "alive", "members"];
    let measures: Vec<(&str, bool)> = std::iter::once(("gain", true))
        .chain(names.into_iter().map(|name| (name, false)))
        .collect();
    let valid = sweep::load("tests/invalid/valid-sweep.toml", &[], &measures);
    assert!(valid.is_ok(), "{:?}", valid.map(|_| ()).map_err(|bad| bad.render(false)));
    let toml = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "toml");
    let files: Vec<PathBuf> = corpus("sweep").into_iter().filter(toml).collect();
    assert!(files.len() >= 20, "{}", files.len());
    for path in files {
        let path_text = path.to_string_lossy().into_owned();
        let text = messages(&path_text, sweep::load(&path_text, &[], &measures).map(|_| ()));
        insta::assert_snapshot!(format!("sweep_{}", name(&path)), text);
    }
}

#[test]
fn invalid_data_tables_get_their_reviewed_messages() {
    for path in corpus("csv") {
        let path_text = path.to_string_lossy().into_owned();
        let text = messages(&path_text, load::scenario(&path_text, &[]).map(|_| ()));
        insta::assert_snapshot!(format!("csv_{}", name(&path)), text);
    }
}

#[test]
fn invalid_organisations_get_their_reviewed_messages() {
    let scenario = load::scenario("tests/invalid/valid-scenario.toml", &[]).unwrap().scenario;
    for path in corpus("organisation") {
        let path_text = path.to_string_lossy().into_owned();
        let text = messages(&path_text, load::design(&path_text, &scenario, &[]).map(|_| ()));
        insta::assert_snapshot!(format!("organisation_{}", name(&path)), text);
    }
}

#[test]
fn invalid_games_get_their_reviewed_messages() {
    for path in corpus("game") {
        let path_text = path.to_string_lossy().into_owned();
        let text = messages(&path_text, rows::game(&path_text).map(|_| ()));
        insta::assert_snapshot!(format!("game_{}", name(&path)), text);
    }
}

#[test]
fn published_divisions_are_checked_too() {
    let players = ["A", "B"].map(String::from);
    for path in corpus("published") {
        let path_text = path.to_string_lossy().into_owned();
        let text = messages(&path_text, rows::published(&path_text, &players).map(|_| ()));
        insta::assert_snapshot!(format!("published_{}", name(&path)), text);
    }
}

#[test]
fn overrides_are_checked_like_files() {
    let cases = [
        "scenario.horizn=5",
        "scenario.horizon=0",
        "scenario.horizon",
        "scenario..horizon=5",
        "states.UP.lambda_vote=fast",
        "scenario.title.short=5",
        "stage_games.swap.obligations.7.cost=[1]",
    ];
    for case in cases {
        let found = load::scenario("tests/invalid/valid-scenario.toml", &[Override::new(case)]);
        let slug: String =
            case.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
        insta::assert_snapshot!(format!("override_{slug}"), messages(case, found.map(|_| ())));
    }
}
