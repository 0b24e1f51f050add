//! Tests of the robustness of sweeps: kills at random moments, Ctrl-C, full disks, damaged files,
//! changed inputs. Parts on several machines must give the same bytes as one.

#![allow(clippy::unwrap_used, reason = "a test may stop at what it did not expect")]

use crate::harness::consortia;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command as Process, Stdio};
use std::time::Duration;

/// Returns the file of a sweep of two numeric parameters and a categorical one over two designs;
/// `more` is appended.
fn sweep(sampling: &str, more: &str) -> String {
    format!(
        r#"
[sweep]
name = "small"
title = "A small sweep"
scenario = "central-asia"
organisations = ["caco-2002", "ecsc-1951"]
set = ["scenario.horizon=8"]
replications = 20

{sampling}

[parameters.precision]
set = ["states.*.lambda_vote", "states.*.lambda_comply"]
law.log_uniform = {{ min = 3, max = 40 }}

[parameters.trust]
set = ["states.*.trust_prior_mean"]
law.uniform = {{ min = 0.3, max = 0.9 }}

[parameters.linkage]
set = ["organisation.linkage"]
law.choice = ["none", "package"]

[output]
measures = ["gain", "gain.*", "depth_delivered"]
shard_rows = 64
{more}
"#
    )
}

const HYPERCUBE: &str = "[sampling.latin_hypercube]\npoints = 18";

fn written(folder: &Path, text: &str) {
    fs::write(folder.join("sweep.toml"), text).unwrap();
}

/// Returns the contents of all files of a sweep that hold no times and hosts. The page is left out,
/// since it repeats the manifest.
fn content(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut open = vec![PathBuf::new()];
    while let Some(next) = open.pop() {
        for entry in fs::read_dir(folder.join(&next)).unwrap() {
            let path = next.join(entry.unwrap().file_name());
            let name = path.to_string_lossy().into_owned();
            if folder.join(&path).is_dir() {
                open.push(path);
            } else if !["manifest.json", "report.html", ".lock"].contains(&name.as_str()) {
                found.insert(name, fs::read(folder.join(&path)).unwrap());
            }
        }
    }
    found
}

fn assert_same(a: &Path, b: &Path) {
    let (a, b) = (content(a), content(b));
    assert_eq!(a.keys().collect::<Vec<_>>(), b.keys().collect::<Vec<_>>());
    for (name, bytes) in &a {
        assert!(*bytes == b[name], "{name} differs");
    }
}

fn played(dir: &Path, out: &str, more: &[&str]) -> (i32, String, String) {
    let arguments: Vec<&str> = ["sweep", "sweep.toml", "--quiet", "--out", out]
        .into_iter()
        .chain(more.iter().copied())
        .collect();
    consortia(dir, &arguments)
}

#[test]
fn a_sweep_killed_at_random_moments_ends_with_the_bytes_of_one_that_was_not() {
    let dir = tempfile::tempdir().unwrap();
    for format in ["csv", "parquet"] {
        written(dir.path(), &sweep(HYPERCUBE, &format!("format = \"{format}\"")));
        let whole = format!("whole-{format}");
        let (code, out, err) = played(dir.path(), &whole, &["--threads", "2"]);
        assert_eq!(code, 0, "{err}");
        assert!(out.contains("Robust choice by gain") && out.contains("largest regret"), "{out}");
        let journal = fs::read_to_string(dir.path().join(&whole).join("journal.csv")).unwrap();
        let shards = journal.lines().count() - 1;
        assert!(shards >= 12, "{shards}");
        let killed = format!("killed-{format}");
        let (mut kills, mut kept) = (0, Vec::new());
        // The load of the machine makes the moments of these kills (in milliseconds) random.
        for pause in [35, 120, 60, 210, 90, 150] {
            let resume = dir.path().join(&killed).join("sweep.json").exists();
            let mut command = Process::new(assert_cmd::cargo::cargo_bin!("consortia"));
            command.current_dir(dir.path()).args([
                "sweep",
                "sweep.toml",
                "--quiet",
                "--threads",
                "2",
                "--out",
                &killed,
            ]);
            if resume {
                command.arg("--resume");
            }
            let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
            std::thread::sleep(Duration::from_millis(pause));
            if child.try_wait().unwrap().is_none() {
                child.kill().unwrap();
                kills += 1;
            }
            child.wait().unwrap();
            let lines = fs::read_to_string(dir.path().join(&killed).join("journal.csv"))
                .map_or(0, |text| text.lines().count());
            kept.push(lines);
        }
        assert!(kills > 0, "no kill hit");
        assert!(
            kept.windows(2).all(|pair| pair[0] <= pair[1]),
            "what is done stays done: {kept:?}"
        );
        let resume = if dir.path().join(&killed).join("sweep.json").exists() {
            &["--resume"][..]
        } else {
            &[]
        };
        let (code, _, err) = played(dir.path(), &killed, resume);
        assert_eq!(code, 0, "{err}");
        assert_same(&dir.path().join(&whole), &dir.path().join(&killed));
    }
}

#[test]
fn parts_on_several_machines_end_with_the_bytes_of_one() {
    let dir = tempfile::tempdir().unwrap();
    for stop in ["", "[stop]\nmeasure = \"gain\"\nhalf_width = 80\nat_least = 8\n"] {
        let name = if stop.is_empty() { "plain" } else { "stopping" };
        let text = sweep(HYPERCUBE, "").replace("[output]", &format!("{stop}\n[output]"));
        written(dir.path(), &text);
        let (code, _, err) = played(dir.path(), &format!("{name}-whole"), &[]);
        assert_eq!(code, 0, "{err}");
        for part in 1..=3 {
            let (code, out, err) = played(
                dir.path(),
                &format!("{name}-{part}"),
                &["--shard", &format!("{part}/3"), "--threads", "1"],
            );
            assert_eq!(code, 0, "{err}");
            assert!(
                out.contains(&format!("Part {part} of 3")) && out.contains("consortia merge"),
                "{out}"
            );
        }
        let parts = [1, 2, 3].map(|part| format!("{name}-{part}"));
        let merged = format!("{name}-merged");
        // If a part is missing, the others are merged and the message names it.
        let (code, _, err) =
            consortia(dir.path(), &["merge", &parts[2], &parts[0], "--out", &merged]);
        assert_eq!(code, 1);
        assert!(err.contains("still missing (parts 2/3)"), "{err}");
        // A part with edited points is refused, and no files are left.
        let points = dir.path().join(&parts[0]).join("points.csv");
        let sound = fs::read_to_string(&points).unwrap();
        fs::write(&points, sound.replacen("0.", "9.", 1)).unwrap();
        let (code, _, err) =
            consortia(dir.path(), &["merge", &parts[0], &parts[1], "--out", "elsewhere"]);
        assert!(code == 2 && err.contains("points.csv is not what was written"), "{err}");
        assert!(!dir.path().join("elsewhere").exists());
        fs::write(&points, sound).unwrap();
        let (code, out, err) =
            consortia(dir.path(), &["merge", &parts[2], &parts[1], &parts[0], "--out", &merged]);
        assert_eq!(code, 0, "{err}");
        assert!(out.contains("Robust choice"), "{out}");
        assert_same(&dir.path().join(format!("{name}-whole")), &dir.path().join(&merged));
    }
    // Stopping by precision must give fewer rows than points × replications × designs.
    let rows = |name: &str| {
        let text = fs::read_to_string(dir.path().join(name).join("journal.csv")).unwrap();
        text.lines()
            .skip(1)
            .map(|line| line.split(',').nth(1).unwrap().parse::<u64>().unwrap())
            .sum::<u64>()
    };
    assert_eq!(rows("plain-whole"), 18 * 20 * 2);
    assert!(rows("stopping-whole") < rows("plain-whole") && rows("stopping-whole") >= 18 * 8 * 2);
}

/// Makes the folder of a sweep of which about half is done.
fn half_done(dir: &Path) -> PathBuf {
    written(dir, &sweep(HYPERCUBE, "format = \"csv\""));
    assert_eq!(played(dir, "whole", &[]).0, 0);
    let half = dir.join("half");
    fs::create_dir_all(half.join("shards")).unwrap();
    for file in ["sweep.json", "points.csv", "parameters.csv"] {
        fs::copy(dir.join("whole").join(file), half.join(file)).unwrap();
    }
    let journal = fs::read_to_string(dir.join("whole/journal.csv")).unwrap();
    let lines: Vec<&str> = journal.lines().take(9).collect();
    fs::write(half.join("journal.csv"), lines.join("\n") + "\n").unwrap();
    for shard in 0..8 {
        let file = format!("shards/{shard:06}.csv");
        fs::copy(dir.join("whole").join(&file), half.join(&file)).unwrap();
    }
    half
}

#[test]
fn damaged_shards_are_reported_and_simulated_again() {
    let dir = tempfile::tempdir().unwrap();
    let half = half_done(dir.path());
    let damage = |file: &str, change: &dyn Fn(String) -> String| {
        let text = fs::read_to_string(half.join(file)).unwrap();
        fs::write(half.join(file), change(text)).unwrap();
    };
    damage("shards/000002.csv", &|text| text[..text.len() / 2].to_string());
    damage("shards/000003.csv", &|text| text.replacen('1', "2", 1));
    fs::remove_file(half.join("shards/000004.csv")).unwrap();
    damage("journal.csv", &|text| text.replacen("\n5,", "\n6,", 1));
    damage("journal.csv", &|text| text[..text.len() - 4].to_string());
    fs::write(half.join("shards/notes.txt"), "mine").unwrap();
    fs::write(half.join("shards/000011.csv"), "point,replication\n").unwrap();
    fs::write(half.join("shards/.000012.csv.partial"), "half").unwrap();
    damage("points.csv", &|text| text.replacen("0.", "9.", 1));
    let (code, out, _) = consortia(dir.path(), &["status", "half", "--verify"]);
    assert_eq!(code, 0);
    for part in [
        "partial",
        "shards/000002.csv is not what was written",
        "shards/000004.csv is missing",
        "line 7 is damaged",
        "--resume",
    ] {
        assert!(out.contains(part), "{part}: {out}");
    }
    let (code, _, err) = played(dir.path(), "half", &["--resume"]);
    assert_eq!(code, 0, "{err}");
    for part in [
        "shards/000002.csv is not what was written",
        "shards/000003.csv is not what was written",
        "shards/000004.csv is missing",
        "journal.csv: line 7 is damaged",
        "journal.csv: line 9 ends in the middle",
        "shards/notes.txt is no file of this sweep",
        "shards/000011.csv is not in the journal",
        "points.csv was changed",
    ] {
        assert!(err.contains(part), "{part}: {err}");
    }
    fs::remove_file(half.join("shards/notes.txt")).unwrap();
    assert_same(&dir.path().join("whole"), &half);
}

#[test]
fn a_sweep_resumes_only_with_unchanged_inputs() {
    let dir = tempfile::tempdir().unwrap();
    let half = half_done(dir.path());
    let before = content(&half);
    let refused = |more: &[&str], part: &str| {
        let (code, _, err) = played(dir.path(), "half", more);
        assert_eq!(code, 2, "{err}");
        assert!(err.contains(part), "{part}: {err}");
        assert!(content(&half) == before, "nothing is touched");
    };
    refused(&[], "begun but not complete");
    refused(&["--resume", "--seed", "5"], "the seed was 20030705 and is 5");
    refused(&["--resume", "--set", "states.KGZ.discount_factor=0.8"], "--set");
    let text = fs::read_to_string(dir.path().join("sweep.toml")).unwrap();
    written(dir.path(), &text.replace("max = 40", "max = 41"));
    refused(&["--resume"], "sweep.toml has changed since");
    written(dir.path(), &text);
    // The same inputs by another path must be accepted.
    let sub = dir.path().join("sub");
    fs::create_dir(&sub).unwrap();
    let (code, _, err) =
        consortia(&sub, &["sweep", "../sweep.toml", "--quiet", "--resume", "--out", "../half"]);
    assert_eq!(code, 0, "{err}");
    assert_same(&dir.path().join("whole"), &half);
    fs::write(half.join("journal.csv"), "something else\n").unwrap();
    let (code, _, err) = played(dir.path(), "half", &["--resume"]);
    assert!(code == 2 && err.contains("is not the journal of a sweep"), "{err}");
    fs::write(half.join("sweep.json"), "{").unwrap();
    let (code, _, err) = played(dir.path(), "half", &["--resume"]);
    assert!(code == 2 && err.contains("sweep.json"), "{err}");
    // A folder of a sweep that was killed before its first file must be usable.
    fs::create_dir_all(dir.path().join("early/shards")).unwrap();
    fs::write(dir.path().join("early/.lock"), "").unwrap();
    assert_eq!(played(dir.path(), "early", &[]).0, 0);
    let (code, _, err) = played(dir.path(), "nowhere", &["--resume"]);
    assert!(code == 2 && err.contains("nothing to resume"), "{err}");
    fs::create_dir(dir.path().join("mine")).unwrap();
    fs::write(dir.path().join("mine/letter.txt"), "dear").unwrap();
    let (code, _, err) = played(dir.path(), "mine", &[]);
    assert!(code == 2 && err.contains("other files"), "{err}");
    let (code, _, err) = played(dir.path(), "mine/letter.txt", &[]);
    assert!(code == 2 && err.contains("--out"), "{err}");
}

#[test]
fn a_complete_sweep_is_not_simulated_again() {
    let dir = tempfile::tempdir().unwrap();
    written(dir.path(), &sweep(HYPERCUBE, ""));
    let first = played(dir.path(), "once", &[]);
    let stamp = fs::metadata(dir.path().join("once/manifest.json")).unwrap().modified().unwrap();
    let again = consortia(dir.path(), &["sweep", "sweep.toml", "--out", "once"]);
    assert_eq!((first.0, again.0), (0, 0));
    assert_eq!(first.1, again.1, "the same answer");
    assert!(again.2.contains("complete already"), "{}", again.2);
    assert_eq!(
        fs::metadata(dir.path().join("once/manifest.json")).unwrap().modified().unwrap(),
        stamp
    );
    let (code, out, _) = consortia(dir.path(), &["status", "once", "--format", "json"]);
    let status: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert!(code == 0 && status["state"] == "complete" && status["shards_missing"] == 0, "{out}");
    // An edited table must be refused.
    let results = dir.path().join("once/results.csv");
    let text = fs::read_to_string(&results).unwrap();
    fs::write(&results, text.replacen('1', "2", 5)).unwrap();
    for verb in [&["discover", "once", "--above", "30"][..], &["robustness", "once"]] {
        let (code, _, err) = consortia(dir.path(), verb);
        assert!(
            code == 2
                && err.contains("results.csv is not what was written")
                && err.contains("--resume"),
            "{err}"
        );
    }
    let (code, _, err) = played(dir.path(), "once", &["--resume"]);
    assert!(
        code == 0 && err.contains("results.csv is not what was written; it is made anew"),
        "{err}"
    );
    assert_eq!(fs::read_to_string(&results).unwrap(), text);
    // Missing tables must be made again from the shards.
    let before = content(&dir.path().join("once"));
    fs::remove_file(dir.path().join("once/manifest.json")).unwrap();
    fs::remove_file(dir.path().join("once/results.csv")).unwrap();
    assert_eq!(played(dir.path(), "once", &["--resume"]).0, 0);
    assert!(content(&dir.path().join("once")) == before);
}

#[test]
fn ctrl_c_keeps_what_is_done_and_says_how_to_resume() {
    let dir = tempfile::tempdir().unwrap();
    written(dir.path(), &sweep("[sampling.random]\npoints = 4000", ""));
    let child = Process::new(assert_cmd::cargo::cargo_bin!("consortia"))
        .current_dir(dir.path())
        .args(["sweep", "sweep.toml", "--quiet", "--out", "stopped"])
        .stderr(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let lines = || {
        fs::read_to_string(dir.path().join("stopped/journal.csv"))
            .map_or(0, |text| text.lines().count())
    };
    while lines() < 4 {
        std::thread::sleep(Duration::from_millis(20));
    }
    Process::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    let output = child.wait_with_output().unwrap();
    let err = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(3), "{err}");
    assert!(
        err.contains("consortia sweep sweep.toml --resume --out stopped")
            && err.contains("are kept"),
        "{err}"
    );
    let (code, out, _) = consortia(dir.path(), &["status", "stopped"]);
    assert!(code == 0 && out.contains(": partial"), "{out}");
}

#[test]
fn a_full_disk_keeps_what_is_done() {
    let dir = tempfile::tempdir().unwrap();
    let half = half_done(dir.path());
    // A folder with the name of a shard makes the write fail, as on a full disk.
    fs::create_dir_all(half.join("shards/000010.csv/x")).unwrap();
    let (code, _, err) = played(dir.path(), "half", &["--resume", "--threads", "1"]);
    assert_eq!(code, 4, "{err}");
    assert!(
        err.contains("000010.csv")
            && err.contains("are kept; go on with: consortia sweep sweep.toml --resume"),
        "{err}"
    );
    fs::remove_dir_all(half.join("shards/000010.csv")).unwrap();
    assert_eq!(played(dir.path(), "half", &["--resume"]).0, 0);
    assert_same(&dir.path().join("whole"), &half);
}

/// Returns a sweep in which points fail where the price of power is higher at full supply than in
/// scarcity. Both ends of each law alone are valid.
fn failing() -> String {
    sweep("[sampling.grid]\nlevels = 2", "").replace(
        "[parameters.linkage]",
        "[parameters.full]\nscale = \
         [\"basins.syr.nodes.toktogul.reservoir.power_p_full_winter\"]\nlaw.uniform = \
         { min = 1, max = 4 }\n\n\
         [parameters.scarce]\nscale = \
         [\"basins.syr.nodes.toktogul.reservoir.power_p_scarce_winter\"]\nlaw.uniform = \
         { min = 0.5, max = 1 }\n\n\
         [parameters.linkage]",
    )
}

#[test]
fn invalid_points_are_recorded_as_failures_or_stop_the_sweep() {
    let dir = tempfile::tempdir().unwrap();
    written(dir.path(), &failing());
    let (code, _, err) = played(dir.path(), "failing", &[]);
    assert_eq!(code, 1, "{err}");
    assert!(err.contains("runs failed") && err.contains("failures.csv"), "{err}");
    assert_eq!(played(dir.path(), "failing", &[]).0, 1, "asked again, it says so again");
    let failures = fs::read_to_string(dir.path().join("failing/failures.csv")).unwrap();
    assert_eq!(failures.lines().count(), 1 + 8, "a quarter of 32 points: {failures}");
    assert!(failures.lines().nth(1).unwrap().contains(",scenario,"), "{failures}");
    let results = fs::read_to_string(dir.path().join("failing/results.csv")).unwrap();
    let failed = results.lines().filter(|line| line.ends_with(",0,20")).count();
    assert_eq!(failed, 8 * 2 * 7, "all designs and measures of these points");
    let (code, _, err) = played(dir.path(), "stopped", &["--on-error", "stop", "--threads", "1"]);
    assert_eq!(code, 1, "{err}");
    assert!(err.contains("stopped after a failure") && err.contains("--resume"), "{err}");
    assert_eq!(played(dir.path(), "stopped", &["--resume"]).0, 1);
    assert_same(&dir.path().join("failing"), &dir.path().join("stopped"));
}

#[test]
fn points_share_their_replications_and_a_point_is_what_run_makes_of_its_values() {
    let dir = tempfile::tempdir().unwrap();
    written(dir.path(), &sweep("[sampling.grid]\nlevels = 2", "format = \"csv\""));
    assert_eq!(played(dir.path(), "grid", &[]).0, 0);
    let points = fs::read_to_string(dir.path().join("grid/points.csv")).unwrap();
    let last: Vec<&str> = points.lines().last().unwrap().split(',').collect();
    assert_eq!(last, ["7", "40", "0.9", "package"]);
    let sets = ["scenario.horizon=8".to_string(), "organisation.linkage=package".to_string()]
        .into_iter()
        .chain(["KAZ", "KGZ", "TJK", "TKM", "UZB"].iter().flat_map(|state| {
            [
                format!("states.{state}.lambda_vote=40"),
                format!("states.{state}.lambda_comply=40"),
                format!("states.{state}.trust_prior_mean=0.9"),
            ]
        }));
    let mut arguments: Vec<String> = [
        "run",
        "central-asia",
        "--org",
        "ecsc-1951",
        "--replications",
        "20",
        "--quiet",
        "--out",
        "run",
    ]
    .map(String::from)
    .to_vec();
    arguments.extend(sets.flat_map(|set| ["--set".to_string(), set]));
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let (code, _, err) = consortia(dir.path(), &arguments);
    assert_eq!(code, 0, "{err}");
    let gains = |text: String, keep: &dyn Fn(&[&str]) -> bool, column: &str| -> Vec<String> {
        let header: Vec<String> =
            text.lines().next().unwrap().split(',').map(String::from).collect();
        let at = header.iter().position(|name| name == column).unwrap();
        let rows = text.lines().skip(1).map(|line| line.split(',').collect::<Vec<_>>());
        rows.filter(|row| keep(row)).map(|row| row[at].to_string()).collect()
    };
    let run = gains(
        fs::read_to_string(dir.path().join("run/replications.csv")).unwrap(),
        &|_| true,
        "gain",
    );
    let mut swept = Vec::new();
    let mut shards: Vec<PathBuf> = fs::read_dir(dir.path().join("grid/shards"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    shards.sort();
    for shard in shards {
        let keep = |row: &[&str]| row[0] == "7" && row[2] == "ecsc-1951";
        swept.extend(gains(fs::read_to_string(shard).unwrap(), &keep, "gain"));
    }
    assert_eq!(run.len(), 20);
    assert_eq!(run, swept, "to the last digit");
}

#[test]
fn a_dry_run_says_points_runs_time_and_disk_and_writes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    written(dir.path(), &sweep("[sampling.saltelli]\nbase = 16", ""));
    let (code, out, err) = consortia(dir.path(), &["sweep", "sweep.toml", "--dry-run"]);
    assert_eq!(code, 0, "{err}");
    for part in [
        "80 points of 3 parameters, 2 designs",
        "3200 runs",
        "MB on disk",
        "folder: output/small-",
        "on ",
    ] {
        assert!(out.contains(part), "{part}: {out}");
    }
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1, "only the sweep file is there");
    let (code, out, _) =
        consortia(dir.path(), &["sweep", "sweep.toml", "--dry-run", "--format", "json"]);
    assert!(
        code == 0 && serde_json::from_str::<serde_json::Value>(&out).unwrap()["dry_run"].is_array()
    );
}

#[test]
fn two_processes_do_not_write_into_one_sweep() {
    let dir = tempfile::tempdir().unwrap();
    written(dir.path(), &sweep("[sampling.random]\npoints = 4000", ""));
    let mut child = Process::new(assert_cmd::cargo::cargo_bin!("consortia"))
        .current_dir(dir.path())
        .args(["sweep", "sweep.toml", "--quiet", "--out", "busy"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    while !dir.path().join("busy/journal.csv").exists() {
        std::thread::sleep(Duration::from_millis(10));
    }
    let (code, _, err) = played(dir.path(), "busy", &["--resume"]);
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(code == 2 && err.contains("another process is running this sweep"), "{err}");
}
