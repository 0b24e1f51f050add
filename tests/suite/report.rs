//! Tests of the report page as a file: made from the folder alone, small, without network access.

#![allow(clippy::unwrap_used, reason = "a test may stop at what it did not expect")]

use crate::harness::consortia;
use std::fs;
use std::path::Path;

fn page(folder: &Path) -> String {
    fs::read_to_string(folder.join("report.html")).unwrap()
}

#[test]
fn a_page_is_made_again_from_its_folder_alone() {
    let dir = tempfile::tempdir().unwrap();
    let run = ["run", "central-asia", "--replications", "16", "--quiet", "--out", "one"];
    assert_eq!(consortia(dir.path(), &run).0, 0);
    let folder = dir.path().join("one");
    let first = page(&folder);
    fs::remove_file(folder.join("report.html")).unwrap();
    let (code, out, err) = consortia(dir.path(), &["report", "one"]);
    assert_eq!((code, out.as_str()), (0, "one/report.html\n"), "{err}");
    assert!(page(&folder) == first);
    // The folder can be moved, since only its files are read.
    fs::rename(&folder, dir.path().join("moved")).unwrap();
    assert_eq!(consortia(dir.path(), &["report", "moved"]).0, 0);
    assert!(page(&dir.path().join("moved")) == first);
}

#[test]
fn report_rejects_other_folders_with_a_remedy() {
    let dir = tempfile::tempdir().unwrap();
    let refused = |folder: &str, word: &str| {
        let (code, _, err) = consortia(dir.path(), &["report", folder]);
        assert!(code == 2 && err.contains(word), "{folder}: {code} {err}");
    };
    refused("nowhere", "is not a folder");
    fs::create_dir(dir.path().join("empty")).unwrap();
    refused("empty", "holds no manifest.json");
    fs::write(dir.path().join("empty/manifest.json"), "{}").unwrap();
    refused("empty", "an earlier version made this folder");
    for (text, word) in [("{", "cannot understand"), ("[]", "cannot understand")] {
        fs::write(dir.path().join("empty/about.json"), text).unwrap();
        let (code, _, err) = consortia(dir.path(), &["report", "empty"]);
        assert!(code == 4 && err.contains(word) && err.contains("about.json"), "{code} {err}");
    }
    let (code, _, err) = consortia(dir.path(), &["report"]);
    assert!(code == 2 && err.contains("FOLDER"), "{err}");
}

const EIGHT: &str =
    "caco-2002,ucas-2007,ucas-court,ecsc-1951,none,cau-key-spheres,asean-like,caec-1994";

#[test]
fn pages_are_small_and_say_what_they_leave_out() {
    let dir = tempfile::tempdir().unwrap();
    let variants: Vec<String> =
        (1..=24).map(|at| format!("ucas-court@sanctions.fine.multiple={at}")).collect();
    for (designs, out) in [(EIGHT.to_string(), "eight"), (variants.join(","), "many")] {
        let (code, _, err) = consortia(
            dir.path(),
            &[
                "compare",
                "central-asia",
                "--org",
                &designs,
                "--structure",
                "--replications",
                "48",
                "--quiet",
                "--out",
                out,
            ],
        );
        assert_eq!(code, 0, "{err}");
        let page = page(&dir.path().join(out));
        assert!(page.len() < 2_000_000, "{out}: {} bytes", page.len());
        assert!(page.contains("What this page leaves out"));
        if out == "many" {
            assert!(page.contains("<li>differences.csv: "), "pairs of 24 designs do not fit");
            assert!(
                !page.contains("<li>years.csv: everything"),
                "the course over the years stays longest"
            );
        } else {
            assert!(
                page.contains("caec-1994,gain,region,MUSD"),
                "eight designs fit with all their measures"
            );
        }
    }
}

#[test]
fn a_page_loads_nothing_and_runs_only_its_own_scripts() {
    let dir = tempfile::tempdir().unwrap();
    let run = ["run", "central-asia", "--replications", "16", "--quiet", "--out", "one"];
    assert_eq!(consortia(dir.path(), &run).0, 0);
    let page = page(&dir.path().join("one"));
    for way in [" src=", "<link", "@import", "url(", "<iframe", "<object"] {
        // Libraries are left out: their code names interfaces that they do not use here.
        let own: String = page.split("<script").filter(|part| part.len() < 100_000).collect();
        assert!(!own.contains(way), "{way}");
    }
    assert!(page.contains("default-src 'none'"));
    let nonce = page.split("'nonce-").nth(1).unwrap().split('\'').next().unwrap();
    let scripts =
        page.matches("<script").count() - page.matches("<script type=\"application/json\"").count();
    assert_eq!(page.matches(&format!("<script nonce=\"{nonce}\"")).count(), scripts);
}

#[test]
fn terminal_plots_and_page_are_consistent() {
    let dir = tempfile::tempdir().unwrap();
    let run = [
        "compare",
        "central-asia",
        "--org",
        "caco-2002,ecsc-1951",
        "--replications",
        "64",
        "--quiet",
        "--out",
        "two",
    ];
    let (code, out, _) = consortia(dir.path(), &run);
    assert_eq!(code, 0);
    let (page, svg) = (
        page(&dir.path().join("two")),
        fs::read_to_string(dir.path().join("two/plots/gains_by_state.svg")).unwrap(),
    );
    // Plots and page must use one palette.
    for colour in ["#0072b2", "#d55e00"] {
        assert!(page.contains(colour) && svg.to_lowercase().contains(colour), "{colour}");
    }
    // They must use one name and one unit for the measure.
    for text in [&out, &page] {
        assert!(text.contains("Present value of gains"));
    }
    assert!(svg.contains("MUSD/yr") && page.contains("MUSD/yr"));
    // The terminal and the page must show the same digits.
    let row = out.lines().find(|line| line.contains("ecsc-1951")).unwrap();
    let numbers: Vec<&str> =
        row.split_whitespace().filter(|word| word.parse::<f64>().is_ok()).collect();
    assert!(page.contains(&format!("{} ± {} MUSD", numbers[1], numbers[2])), "{row}");
}
