//! Runs the program as a user does, for the tests of its pages.
//!
//! This module does not build the program: `cargo test` at the root of the repository does so
//! before these tests run.

use std::path::{Path, PathBuf};
use std::process::Command;

/// Returns the path of the program, beside the folder of this test.
fn program() -> PathBuf {
    let test = std::env::current_exe().unwrap_or_default();
    let folder = test.parent().and_then(Path::parent).unwrap_or(Path::new("."));
    folder.join(format!("consortia{}", std::env::consts::EXE_SUFFIX))
}

/// Runs the program in a folder, and returns exit code, standard output and standard error.
///
/// # Panics
///
/// If the program does not exist: run `cargo test` at the root of the repository, or `cargo build`.
pub fn consortia(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    let program = program();
    assert!(program.is_file(), "{} is not built: cargo build", program.display());
    let output = Command::new(&program).current_dir(folder).args(arguments).output();
    let output = output.unwrap_or_else(|error| panic!("{}: {error}", program.display()));
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    (output.status.code().unwrap_or(-1), text(output.stdout), text(output.stderr))
}

/// Returns the root of the repository.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}
