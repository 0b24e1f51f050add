//! Tests of the command line: verbs, files, exit codes, and failures of a disk or a pipe.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test may stop at what it did not expect, and say what it found"
)]

use crate::harness::consortia;
use std::fs;
use std::io::Read;
use std::path::Path;
use std::process::{Command as Process, Stdio};

fn files(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

fn scratch() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

#[test]
fn a_run_leaves_a_complete_folder_and_the_same_inputs_find_it_again() {
    let dir = scratch();
    let arguments = ["run", "central-asia", "--replications", "40", "--trace", "3", "--quiet"];
    let (code, out, err) = consortia(dir.path(), &arguments);
    assert_eq!(code, 0, "{err}");
    assert!(
        out.contains("Depth delivered") && out.contains("MUSD/yr") && out.contains("±"),
        "{out}"
    );
    let runs = files(&dir.path().join("output"));
    assert_eq!(runs.len(), 1);
    assert!(
        runs[0].starts_with("central-asia-") && runs[0].len() == "central-asia-".len() + 8,
        "{runs:?}"
    );
    let folder = dir.path().join("output").join(&runs[0]);
    assert_eq!(
        files(&folder),
        [
            "about.json",
            "dictionary.csv",
            "distributions.csv",
            "inputs",
            "losses.csv",
            "manifest.json",
            "plots",
            "replications.csv",
            "report.html",
            "river.csv",
            "summary.csv",
            "trace.csv",
            "years.csv"
        ]
    );
    assert_eq!(files(&folder.join("plots")).len(), 12);
    let manifest: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(folder.join("manifest.json")).unwrap()).unwrap();
    assert_eq!((manifest["done"].as_u64(), manifest["failed"].as_u64()), (Some(40), Some(0)));
    let replications = fs::read_to_string(folder.join("replications.csv")).unwrap();
    assert_eq!(replications.lines().count(), 41);
    let summary = fs::read_to_string(folder.join("summary.csv")).unwrap();
    assert!(
        summary.starts_with("organisation,measure,state,unit,mean,se,sd,p05,p25,p50,p75,p95,n\n")
    );
    for measure in consortia::experiment::measures::MEASURES {
        assert!(summary.contains(&format!("caco-2002,{},region,", measure.id)), "{}", measure.id);
    }
    let trace = fs::read_to_string(folder.join("trace.csv")).unwrap();
    assert!(trace.contains("advantage_share") && trace.contains("KGZ"));
    let again = consortia(dir.path(), &arguments);
    assert_eq!(again.0, 0);
    assert_eq!(files(&dir.path().join("output")), runs);
    assert_eq!(summary, fs::read_to_string(folder.join("summary.csv")).unwrap());
    // A run of the merged inputs must give the same numbers.
    let inputs = folder.join("inputs");
    let scenario = inputs.join("scenario.toml").display().to_string();
    let organisation = inputs.join("organisation.toml").display().to_string();
    let (code, _, err) = consortia(
        dir.path(),
        &[
            "run",
            &scenario,
            "--org",
            &organisation,
            "--replications",
            "40",
            "--out",
            "again",
            "--quiet",
        ],
    );
    assert_eq!(code, 0, "{err}");
    assert_eq!(summary, fs::read_to_string(dir.path().join("again/summary.csv")).unwrap());
}

#[test]
fn json_is_one_object_with_the_contract_s_keys_and_nothing_else() {
    let dir = scratch();
    let (code, out, _) =
        consortia(dir.path(), &["run", "central-asia", "--replications", "16", "--format", "json"]);
    assert_eq!(code, 0);
    let object: serde_json::Value = serde_json::from_str(&out).unwrap();
    for key in ["scenario", "organisation", "seed", "replications", "folder", "summary"] {
        assert!(!object[key].is_null(), "{key}");
    }
    assert_eq!(object["organisation"], "caco-2002");
}

#[test]
fn an_override_changes_the_result_and_the_folder() {
    let dir = scratch();
    let base = ["run", "central-asia", "--replications", "64", "--quiet", "--format", "json"];
    let delivered = |more: &[&str]| {
        let (code, out, err) = consortia(dir.path(), &[&base[..], more].concat());
        assert_eq!(code, 0, "{err}");
        let object: serde_json::Value = serde_json::from_str(&out).unwrap();
        let rows = object["summary"].as_array().unwrap();
        rows.iter().find(|row| row["measure"] == "depth_delivered").unwrap()["mean"]
            .as_f64()
            .unwrap()
    };
    let plain = delivered(&[]);
    let trusting = delivered(&[
        "--set",
        "states.UZB.lambda_comply=40",
        "--set",
        "states.UZB.trust_prior_mean=0.9",
    ]);
    assert_ne!(trusting, plain);
    assert_eq!(files(&dir.path().join("output")).len(), 2);
}

#[test]
fn invalid_input_exits_with_code_2_and_writes_nothing() {
    let dir = scratch();
    fs::create_dir(dir.path().join("folder")).unwrap();
    fs::write(dir.path().join("latin.toml"), b"[scenario]\ntitle = \"\xe9\"\n").unwrap();
    fs::write(dir.path().join("large.toml"), vec![b'#'; 10 * 1024 * 1024]).unwrap();
    #[cfg(unix)]
    std::os::unix::fs::symlink("nowhere.toml", dir.path().join("dangling.toml")).unwrap();
    let cases: &[(&[&str], &str)] = &[
        (&["run", "central-asi"], "did you mean `central-asia`"),
        (&["run", "folder"], "is a folder without scenario.toml"),
        (&["run", "dangling.toml"], "a broken link"),
        (&["run", "latin.toml"], "not UTF-8"),
        (&["run", "large.toml"], "10 MB is the limit"),
        (&["run", "central-asia", "--org", "caco-2003"], "did you mean `caco-2002`"),
        (&["run", "central-asia", "--org", "folder"], "is a folder without organisation.toml"),
        (&["run", "central-asia", "--set", "scenario.horizn=3"], "did you mean `horizon`"),
        (&["run", "central-asia", "--set", "states.UBZ.lambda_comply=20"], "did you mean `UZB`"),
        (&["run", "central-asia", "--set", "basins.syrr.forecast_skill=1"], "did you mean `syr`"),
        (&["run", "central-asia", "--set", "organisation.bodies=networks"], "cannot be `networks`"),
        (&["run", "central-asia", "--replications", "0"], "0 is not in 1.."),
        (
            &["run", "central-asia", "--replications", "5", "--trace", "5"],
            "there are only 5 replications",
        ),
        (&["show", "central-asa"], "central-asia"),
        (&["new", "folder"], "exists already"),
        (&["new", "fresh", "--from", "mars"], "no built-in scenario"),
        (&["validate", "latin.toml"], "not UTF-8"),
    ];
    for (arguments, message) in cases {
        let (code, out, err) = consortia(dir.path(), arguments);
        assert_eq!(code, 2, "{arguments:?}\n{out}\n{err}");
        assert!(
            err.replace('\n', " ").contains(message),
            "{arguments:?} should say `{message}`:\n{err}"
        );
    }
    assert!(!dir.path().join("output").exists());
    assert!(!dir.path().join("fresh").exists());
}

#[test]
fn a_foreign_folder_is_never_written_into() {
    let dir = scratch();
    fs::create_dir(dir.path().join("mine")).unwrap();
    fs::write(dir.path().join("mine/thesis.txt"), "years of work").unwrap();
    let (code, _, err) =
        consortia(dir.path(), &["run", "central-asia", "--replications", "8", "--out", "mine"]);
    assert_eq!(code, 2);
    assert!(err.contains("holds other files"), "{err}");
    assert_eq!(files(&dir.path().join("mine")), ["thesis.txt"]);
    assert_eq!(files(dir.path()), ["mine"]);
}

#[test]
fn what_cannot_be_written_is_exit_code_4_and_names_the_path() {
    let dir = scratch();
    fs::write(dir.path().join("output"), "a file where the folder should be").unwrap();
    let (code, _, err) =
        consortia(dir.path(), &["run", "central-asia", "--replications", "8", "--quiet"]);
    assert_eq!(code, 4, "{err}");
    assert!(err.contains("cannot write output"), "{err}");
    assert_eq!(files(dir.path()), ["output"]);
}

/// Fills a small memory disk; skipped with a message where it cannot be mounted.
#[test]
fn a_full_disk_is_exit_code_4_and_leaves_nothing_half_written() {
    let dir = scratch();
    let mount = |what: &str, arguments: &[&str]| {
        Process::new(what)
            .args(arguments)
            .arg(dir.path())
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|s| s.success())
    };
    if !mount("mount", &["-t", "tmpfs", "-o", "size=256k", "tmpfs"]) {
        eprintln!("a small tmpfs cannot be mounted here: the full disk is not tested");
        return;
    }
    let (code, _, err) =
        consortia(dir.path(), &["run", "central-asia", "--replications", "2000", "--quiet"]);
    let left = fs::read_dir(dir.path().join("output")).map_or(0, Iterator::count);
    assert!(mount("umount", &[]));
    assert_eq!(code, 4, "{err}");
    assert!(err.contains("cannot write") && err.contains("No space left"), "{err}");
    assert_eq!(left, 0);
}

#[test]
fn a_closed_output_pipe_exits_successfully() {
    let dir = scratch();
    let mut child = Process::new(env!("CARGO_BIN_EXE_consortia"))
        .current_dir(dir.path())
        .args(["run", "central-asia", "--replications", "8", "--quiet"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let mut err = String::new();
    child.stderr.take().unwrap().read_to_string(&mut err).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0), "{err}");
    assert!(err.contains("standard output was closed") && !err.contains("panicked"), "{err}");
    assert_eq!(files(&dir.path().join("output")).len(), 1);
}

#[cfg(unix)]
#[test]
fn ctrl_c_in_the_middle_is_exit_code_3_and_leaves_nothing() {
    let dir = scratch();
    let mut child = Process::new(env!("CARGO_BIN_EXE_consortia"))
        .current_dir(dir.path())
        .args(["run", "central-asia", "--replications", "5000000", "--quiet"])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // Interrupt the run only after it has begun to write.
    for _ in 0..600 {
        if fs::read_dir(dir.path().join("output")).is_ok_and(|mut entries| entries.next().is_some())
        {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    assert!(
        Process::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success()
    );
    let mut err = String::new();
    child.stderr.take().unwrap().read_to_string(&mut err).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(3), "{err}");
    assert!(err.contains("interrupted; nothing was written"), "{err}");
    assert!(files(&dir.path().join("output")).is_empty());
}

#[test]
fn some_failed_replications_are_exit_code_1_and_are_listed() {
    let dir = scratch();
    let (code, _, err) = consortia(
        dir.path(),
        &[
            "run",
            "central-asia",
            "--replications",
            "16",
            "--quiet",
            "--set",
            "basins.syr.nodes.fergana.p_scarce=1e308",
        ],
    );
    assert_eq!(code, 1, "{err}");
    let run = dir.path().join("output").join(&files(&dir.path().join("output"))[0]);
    assert!(fs::read_to_string(run.join("failures.csv")).unwrap().contains("settlement"));
    assert!(err.contains("failures.csv"), "{err}");
}

#[test]
fn a_new_scenario_is_valid_and_runs() {
    let dir = scratch();
    let (code, out, err) = consortia(dir.path(), &["new", "mine"]);
    assert_eq!(code, 0, "{err}");
    assert!(out.contains("consortia run mine"), "{out}");
    let (code, out, err) = consortia(dir.path(), &["validate", "mine", "mine/organisation.toml"]);
    assert_eq!(code, 0, "{err}");
    assert!(out.contains("mine: valid (scenario central-asia)"), "{out}");
    assert!(dir.path().join("mine/schemas/scenario.schema.json").exists());
    let run = ["run", "mine", "--org", "mine/organisation.toml", "--replications", "8", "--quiet"];
    assert_eq!(consortia(dir.path(), &run).0, 0);
}

#[test]
fn list_and_show_print_builtins_with_sources_and_missing_features() {
    let dir = scratch();
    let (_, out, _) = consortia(dir.path(), &["list"]);
    for name in ["central-asia", "tigris-euphrates", "none", "caco-2002", "ucas-2007", "ecsc-1951"]
    {
        assert!(out.contains(name), "{out}");
    }
    let (code, out, _) = consortia(dir.path(), &["show", "central-asia"]);
    assert_eq!(code, 0);
    for part in ["states.KGZ.gdp", "sourced", "assumption", "World Bank", "MUSD"] {
        assert!(out.contains(part), "{part}");
    }
    let (_, out, _) = consortia(dir.path(), &["show", "caco-2002"]);
    assert!(out.contains("not modelled yet") && out.contains("merger into the Eurasian"), "{out}");
}

#[test]
fn committed_schemas_are_those_that_the_types_generate() {
    let dir = scratch();
    for kind in ["scenario", "organisation", "sweep"] {
        let (code, out, _) = consortia(dir.path(), &["schema", kind]);
        assert_eq!(code, 0);
        let file = format!("{}/schemas/{kind}.schema.json", env!("CARGO_MANIFEST_DIR"));
        let same = out == fs::read_to_string(&file).unwrap();
        assert!(same, "run: consortia schema {kind} > schemas/{kind}.schema.json");
    }
}

#[test]
fn completions_and_dry_run_answer() {
    let dir = scratch();
    let (code, out, _) = consortia(dir.path(), &["completions", "bash"]);
    assert!(code == 0 && out.contains("consortia"));
    let (code, out, _) =
        consortia(dir.path(), &["run", "central-asia", "--dry-run", "--replications", "100000"]);
    assert_eq!(code, 0);
    assert!(out.contains("100000 replications") && out.contains("MB"), "{out}");
    assert!(files(dir.path()).is_empty());
}

#[test]
fn every_shipped_scenario_and_organisation_is_valid() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let dir = scratch();
    let path = |part: &str| root.join("scenarios").join(part).display().to_string();
    let shipped =
        ["central-asia", "tigris-euphrates", "docking/season-swap", "organisations/none.toml"];
    let paths: Vec<String> = shipped.iter().map(|part| path(part)).collect();
    let arguments: Vec<&str> =
        std::iter::once("validate").chain(paths.iter().map(String::as_str)).collect();
    let (code, _, err) = consortia(dir.path(), &arguments);
    assert_eq!(code, 0, "{err}");
    for (file, scenario) in [
        ("tigris-euphrates/joint-commission.toml", "tigris-euphrates"),
        ("tigris-euphrates/four-states.toml", "tigris-euphrates"),
        ("docking/season-swap/organisation.toml", "docking/season-swap"),
    ] {
        let (code, _, err) =
            consortia(dir.path(), &["validate", &path(file), "--scenario", &path(scenario)]);
        assert_eq!(code, 0, "{file}: {err}");
    }
}

#[test]
fn an_override_can_turn_a_word_into_a_table() {
    let dir = scratch();
    let set = "organisation.sanctions.fine.multiple=1.5";
    let arguments = [
        "run",
        "central-asia",
        "--org",
        "ucas-2007",
        "--set",
        set,
        "--replications",
        "8",
        "--quiet",
    ];
    let (code, _, err) = consortia(dir.path(), &arguments);
    assert_eq!(code, 0, "{err}");
}
