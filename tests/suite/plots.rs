//! Tests of figures: labels inside the figure and without overlap, and reproducible pictures.

#![allow(clippy::unwrap_used, reason = "a test may stop at what it did not expect")]

use std::fs;

#[test]
fn no_label_of_a_figure_leaves_it_or_lies_on_another() {
    for (scenario, organisation) in [
        ("central-asia", "ecsc-1951"),
        ("central-asia", "none"),
        ("tigris-euphrates", "tigris-euphrates/four-states.toml"),
    ] {
        let dir = tempfile::tempdir().unwrap();
        let done = assert_cmd::Command::cargo_bin("consortia")
            .unwrap()
            .current_dir(dir.path())
            .args([
                "run",
                scenario,
                "--org",
                organisation,
                "--replications",
                "64",
                "--out",
                "run",
                "--quiet",
            ])
            .output()
            .unwrap();
        assert!(done.status.success());
        let mut figures = 0;
        for entry in fs::read_dir(dir.path().join("run/plots")).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|extension| extension == "svg") {
                let svg = fs::read_to_string(&path).unwrap();
                let found = consortia::report::plots::overlaps(&svg).unwrap();
                assert!(found.is_empty(), "{} of {organisation}: {found:?}", path.display());
                let png = fs::read(path.with_extension("png")).unwrap();
                assert!(png.starts_with(b"\x89PNG") && png.len() > 10_000);
                figures += 1;
            }
        }
        assert_eq!(figures, 6);
    }
}
