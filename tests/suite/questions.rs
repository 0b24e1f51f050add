//! Tests of the questions: their commands work as written, and one command makes a page for
//! each.

#![allow(clippy::unwrap_used, reason = "a test may stop at what it did not expect")]

use crate::harness::consortia;
use std::fs;

#[test]
fn every_question_has_a_command_an_answer_and_what_would_change_it() {
    let folder = format!("{}/scenarios/questions", env!("CARGO_MANIFEST_DIR"));
    let texts: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .filter_map(|entry| fs::read_to_string(entry.unwrap().path().join("README.md")).ok())
        .collect();
    assert_eq!(texts.len(), 15);
    for text in texts {
        for part in ["## Command", "    consortia ", "## Answer", "## What would change it"] {
            assert!(text.contains(part), "{} lacks `{part}`", &text[..60]);
        }
    }
}

#[test]
fn one_command_plays_all_questions_and_writes_their_pages() {
    let dir = tempfile::tempdir().unwrap();
    let (code, out, err) = consortia(dir.path(), &["report", "--questions", "--replications", "8"]);
    assert_eq!(code, 0, "{err}");
    assert_eq!(out.trim(), "output/questions/index.html");
    let index = fs::read_to_string(dir.path().join("output/questions/index.html")).unwrap();
    assert_eq!(index.matches("<article>").count(), 15);
    let links: Vec<&str> =
        index.split("<a href=\"").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
    assert!(links.len() >= 14, "{links:?}");
    for link in links {
        let link = link.replace("&#x2f;", "/");
        let page = fs::read_to_string(dir.path().join("output/questions").join(&link)).unwrap();
        let title = page.split("<h1>").nth(1).unwrap().split("</h1>").next().unwrap();
        assert!(index.contains(title) && title.ends_with('?'), "{link}: {title}");
        assert!(page.contains("<ul class=\"answer\"><li>"), "{link} answers");
    }
}
