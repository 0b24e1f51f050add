//! The commands of the ten questions work as they are written.

#![allow(clippy::unwrap_used, reason = "a test may stop at what it did not expect")]

use std::fs;

/// Words of a command line; single quotes keep words together.
fn words(line: &str) -> Vec<String> {
    let (mut all, mut word, mut quoted) = (Vec::new(), String::new(), false);
    for c in line.chars() {
        match c {
            '\'' => quoted = !quoted,
            ' ' if !quoted => all.push(std::mem::take(&mut word)),
            other => word.push(other),
        }
    }
    all.push(word);
    all.retain(|word| !word.is_empty());
    all
}

#[test]
fn every_command_of_the_ten_questions_runs() {
    let mut questions = 0;
    let mut commands = 0;
    let folder = format!("{}/scenarios/questions", env!("CARGO_MANIFEST_DIR"));
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path().join("README.md");
        let Ok(text) = fs::read_to_string(&path) else {
            continue;
        };
        for part in ["## Command", "## Answer", "## What would change it"] {
            assert!(text.contains(part), "{} lacks `{part}`", path.display());
        }
        questions += 1;
        for line in text.lines().filter_map(|line| line.strip_prefix("    consortia ")) {
            let mut arguments = words(line);
            if let Some(at) = arguments.iter().position(|word| word == "--replications") {
                arguments.drain(at..at + 2);
            }
            arguments.extend(["--replications", "8", "--quiet", "--out", "run"].map(String::from));
            let dir = tempfile::tempdir().unwrap();
            let mut command = assert_cmd::Command::cargo_bin("consortia").unwrap();
            let done = command.current_dir(dir.path()).args(&arguments).output().unwrap();
            assert!(done.status.success(), "{line}: {}", String::from_utf8_lossy(&done.stderr));
            assert!(dir.path().join("run/manifest.json").is_file());
            commands += 1;
        }
    }
    assert_eq!(questions, 10);
    assert!(commands >= 14, "{commands}");
}
