//! Helpers of the tests: loading with changes, simulation to a summary, and calls of the program.

#![allow(dead_code, reason = "each test file uses what it needs")]
#![allow(clippy::unwrap_used, reason = "a test may stop at what it did not expect")]

use consortia::analysis::Summary;
use consortia::experiment::{self, Outcome, Progress, RunPlan};
use consortia::scenario::load::{self, Override};
use consortia::simulation::Engine;
use std::path::Path;
use std::sync::atomic::AtomicBool;

/// Progress observer that ignores everything.
pub struct Silent;
impl Progress for Silent {
    fn done(&self, _: u64) {}
}

/// Creates an engine of designs on a scenario, with changes as on the command line. Panics if the
/// inputs are invalid.
pub fn engine<T: AsRef<str>>(scenario: &str, changes: &[T], designs: &[&str], seed: u64) -> Engine {
    let changes: Vec<Override> = changes.iter().map(|text| Override::new(text.as_ref())).collect();
    let scenario = load::scenario(scenario, &changes)
        .unwrap_or_else(|bad| panic!("{}", bad.render(false)))
        .scenario;
    let load = |name: &&str| {
        load::design(name, &scenario, &changes)
            .unwrap_or_else(|bad| panic!("{}", bad.render(false)))
            .design
    };
    let designs = designs.iter().map(load).collect();
    Engine::new(scenario, designs, seed)
}

/// Simulates the first replications and returns the measures of all designs.
pub fn summarise(engine: &Engine, replications: u64) -> Summary {
    let mut summary = Summary::new(engine.designs.len(), engine.scenario.states.len());
    let plan = RunPlan { replications, threads: 2 };
    let done = experiment::run(
        engine,
        plan,
        &AtomicBool::new(false),
        &Silent,
        |Outcome { design, result, .. }| {
            summary.add(design, result.ok().map(|(row, _)| row));
            Ok::<(), std::fmt::Error>(())
        },
    );
    assert!(done.is_ok());
    summary
}

/// Runs the program in a folder, and returns exit code, standard output and standard error.
pub fn consortia(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    let mut command = assert_cmd::Command::new(assert_cmd::cargo::cargo_bin!("consortia"));
    let output = command.current_dir(folder).args(arguments).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap_or(-1), text(output.stdout), text(output.stderr))
}
