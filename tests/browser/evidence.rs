//! Tests of the evidence on a page (sources, inputs, cautions), and that text of a scenario cannot
//! inject markup or scripts.

use crate::Test;
use crate::pages::{HOSTILE, Pages};
use std::collections::BTreeMap;
use std::path::Path;

pub const TESTS: &[Test] = &[
    ("markup_in_scenario_text_is_escaped", markup_in_scenario_text_is_escaped),
    ("the_record_is_that_of_the_manifest", the_record_is_that_of_the_manifest),
    ("every_figure_has_its_source_and_confidence", every_figure_has_its_source),
    ("what_differs_from_the_defaults_is_listed", what_differs_from_the_defaults),
    ("omitted_rows_are_listed", omitted_rows_are_listed),
    ("key_findings_are_readable_without_scripts", key_findings_are_readable_without_scripts),
];

/// Row of a table, by column.
pub type Row = BTreeMap<String, String>;

/// Returns all rows of a CSV file.
pub fn rows(path: &Path) -> Vec<Row> {
    csv::Reader::from_path(path).unwrap().deserialize().map(|row| row.unwrap()).collect()
}

fn markup_in_scenario_text_is_escaped(pages: &Pages) {
    let sheet = pages.open_plain("hostile");
    sheet.run("document.querySelectorAll('details').forEach((d) => { d.open = true; })");
    std::thread::sleep(std::time::Duration::from_millis(300));
    assert_eq!(sheet.text("typeof window.hacked"), "undefined");
    assert_eq!(
        sheet
            .value("document.querySelectorAll('main img, main b b, header b, main script').length"),
        0
    );
    assert!(sheet.text("document.querySelector('.kicker').textContent").contains(HOSTILE));
    let body = sheet.text("document.body.innerText");
    assert!(body.matches(HOSTILE).count() >= 5, "names stand there as they were written");
    assert!(!body.contains("<b>49</b>"), "a template is not run twice");
    assert!(sheet.messages().is_empty(), "{:?}", sheet.messages());
    // Tooltips and saved figures must be safe too.
    let svg = sheet.text(
        "frames.map((frame) => frame.plot.querySelector('svg') ? standalone(frame) : '').join('')",
    );
    assert!(!svg.contains("<img"));
    // The content security policy must stop a script that is injected in spite of this.
    sheet.run(
        "document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=\"window.hacked=1\">')",
    );
    sheet.run("{ const script = document.createElement('script'); script.textContent = 'window.hacked=2'; document.body.append(script); }");
    std::thread::sleep(std::time::Duration::from_millis(200));
    assert_eq!(sheet.text("typeof window.hacked"), "undefined");
}

fn the_record_is_that_of_the_manifest(pages: &Pages) {
    for name in ["run", "compare", "sweep", "sensitivity"] {
        let sheet = pages.open_plain(name);
        let text = std::fs::read_to_string(pages.folder(name).join("manifest.json")).unwrap();
        let manifest: serde_json::Value = serde_json::from_str(&text).unwrap();
        let record = sheet.text("document.querySelector('.record').innerText");
        for key in ["version", "inputs_hash", "seed", "replications"] {
            let value =
                manifest[key].as_str().map_or_else(|| manifest[key].to_string(), str::to_string);
            assert!(record.contains(&value), "{name}: {key} = {value} is not in {record}");
        }
        assert_eq!(
            sheet.text("document.getElementById('failed').textContent"),
            manifest["failed"].to_string()
        );
    }
}

fn every_figure_has_its_source(pages: &Pages) {
    let sheet = pages.open_plain("run");
    let found =
        sheet.value("about.figures.map((f) => [f.path, f.value, f.kind, f.confidence, f.source])");
    let figures: Vec<[String; 5]> = serde_json::from_value(found).unwrap();
    assert!(
        figures.len() > 200
            && figures.iter().all(|figure| figure.iter().all(|part| !part.is_empty()))
    );
    sheet.run("document.querySelector('#table-sources').closest('details').open = true");
    std::thread::sleep(std::time::Duration::from_millis(300));
    assert!(
        sheet.text("document.querySelector('#table-sources').innerText").contains("assumption")
    );
}

fn what_differs_from_the_defaults(pages: &Pages) {
    let sheet = pages.open_plain("compare");
    let found = sheet.texts("about.deviations.map((d) => `${d.of} ${d.what.path}`)");
    assert!(found.iter().any(|line| line.starts_with("scenario ")), "{found:?}");
    assert!(found.iter().any(|line| line.starts_with("ucas-court ")), "{found:?}");
    assert!(sheet.value("document.querySelectorAll('#table-deviations').length") == 1);
}

fn omitted_rows_are_listed(pages: &Pages) {
    let sheet = pages.open_plain("compare");
    let said =
        sheet.texts("[...document.querySelectorAll('#left-out li')].map((li) => li.textContent)");
    let thinned = sheet.texts("page.tables.filter((t) => t.left_out).map((t) => t.file)");
    assert_eq!(said.len(), thinned.len());
    for (line, file) in said.iter().zip(&thinned) {
        assert!(line.starts_with(file.as_str()), "{line}");
    }
    assert!(thinned.iter().any(|file| file == "replications.csv"));
}

fn key_findings_are_readable_without_scripts(pages: &Pages) {
    // The sentences and the record must be in the HTML, not made by a script.
    let page = std::fs::read_to_string(pages.folder("compare").join("report.html")).unwrap();
    let about = std::fs::read_to_string(pages.folder("compare").join("about.json")).unwrap();
    let about: serde_json::Value = serde_json::from_str(&about).unwrap();
    let (before, _) = page.split_once("<script").unwrap();
    let plain = before
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&#x27;", "'")
        .replace("&#x2f;", "/")
        .replace("&quot;", "\"")
        .replace("&amp;", "&");
    let answer = about["headline"]["answer"].as_array().unwrap();
    assert!(!answer.is_empty() && answer.len() <= 3);
    for sentence in answer {
        assert!(plain.contains(sentence.as_str().unwrap()), "{sentence}");
    }
    assert!(before.contains("<noscript>"));
}
