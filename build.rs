//! Passes the commit of the build to the program as `CONSORTIA_COMMIT`; `+dirty` marks uncommitted
//! changes. Unset outside a Git repository.

use std::process::Command;

fn git(arguments: &[&str]) -> Option<String> {
    let output = Command::new("git").args(arguments).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_string())
}

fn main() {
    println!("cargo:rerun-if-changed=src");
    println!("cargo:rerun-if-changed=scenarios");
    println!("cargo:rerun-if-changed=.git/HEAD");
    println!("cargo:rerun-if-changed=.git/refs/heads");
    if let Some(commit) = git(&["rev-parse", "--short=12", "HEAD"]) {
        let dirty =
            git(&["status", "--porcelain", "--", "src", "scenarios", "Cargo.toml", "Cargo.lock"]);
        let mark = if dirty.is_some_and(|files| !files.is_empty()) { "+dirty" } else { "" };
        println!("cargo:rustc-env=CONSORTIA_COMMIT={commit}{mark}");
    }
}
