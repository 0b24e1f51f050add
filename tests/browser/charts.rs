//! Tests that every page loads without errors or requests, and that every chart is drawn.

use crate::Test;
use crate::pages::Pages;

pub const TESTS: &[Test] = &[
    (
        "pages_load_without_errors_or_network_requests",
        pages_load_without_errors_or_network_requests,
    ),
    ("every_chart_draws_marks_inside_its_frame_at_both_widths", every_chart_draws),
    ("a_figure_can_be_saved_with_title_legend_and_plain_colours", a_figure_can_be_saved),
    ("every_page_has_the_figures_that_its_verb_promises", every_page_has_its_figures),
    (
        "the_timeline_lists_events_with_decision_terms",
        the_timeline_lists_events_with_decision_terms,
    ),
    ("the_river_shows_each_season_with_and_without_cooperation", the_river_shows_each_season),
];

fn pages_load_without_errors_or_network_requests(pages: &Pages) {
    pages.each(|name, sheet| {
        // Opened details may load or draw more.
        sheet.run("document.querySelectorAll('details').forEach((d) => { d.open = true; })");
        assert_eq!(sheet.messages(), Vec::<String>::new(), "{name}");
        assert_eq!(sheet.value("document.getElementById('fault').hidden"), true, "{name}");
    });
}

/// Script that lists the faults of the charts of a page.
const FAULTS: &str = r#"[...document.querySelectorAll("figure")].flatMap((figure) => {
  const svg = figure.querySelector(".plot > svg, .plot > figure > svg"), faults = [];
  const say = (what) => faults.push(`${figure.id}: ${what}`);
  if (!svg) return [`${figure.id}: no drawing: ${figure.querySelector(".plot").textContent}`];
  if (!svg.querySelector("circle, path, rect, line")) say("no marks");
  if (/NaN|undefined|Infinity/.test(svg.outerHTML)) say("a number is none");
  if (svg.getAttribute("role") !== "img" || svg.getAttribute("aria-label").length < 10) say("no words for it");
  const box = figure.getBoundingClientRect();
  for (const text of svg.querySelectorAll("text, text tspan")) {
    if (text.closest("[aria-label=tip]") || !text.textContent.trim()) continue;
    const own = text.getBoundingClientRect();
    if (own.width > 0 && (own.left < box.left - 1 || own.right > box.right + 1 || own.bottom > box.bottom + 1)) say(`"${text.textContent}" is outside`);
  }
  const ticks = [...svg.querySelectorAll("g[aria-label*='axis tick label'] > text")].map((text) => text.getBoundingClientRect());
  for (let a = 0; a < ticks.length; a++) for (let b = a + 1; b < ticks.length; b++) {
    const [p, q] = [ticks[a], ticks[b]];
    const tilted = svg.querySelector("g[aria-label='x-axis tick label'] > text[transform*='rotate']");
    if (!tilted && p.left < q.right - 1 && q.left < p.right - 1 && p.top < q.bottom - 3 && q.top < p.bottom - 3) { say("labels of ticks overlap"); a = b = ticks.length; }
  }
  return faults;
})"#;

fn every_chart_draws(pages: &Pages) {
    pages.each(|name, sheet| {
        assert!(
            sheet.value("document.querySelectorAll('figure').length").as_u64().unwrap() > 0,
            "{name}"
        );
        for width in [390, 1280] {
            sheet.resize(width);
            std::thread::sleep(std::time::Duration::from_millis(60));
            sheet.run("frames.forEach((frame) => frame.redraw())");
            assert_eq!(sheet.texts(FAULTS), Vec::<String>::new(), "{name} at {width}");
        }
    });
}

fn every_page_has_its_figures(pages: &Pages) {
    let expected: [(&str, &[&str]); 8] = [
        (
            "run",
            &[
                "depth",
                "states",
                "measure",
                "chances",
                "survival",
                "years",
                "compliance",
                "promises",
                "timeline",
                "river-syr",
                "river-amu",
            ],
        ),
        (
            "compare",
            &[
                "ranking",
                "states",
                "lambda_band",
                "structure_band",
                "measure",
                "differences",
                "chances",
                "survival",
                "years",
                "compliance",
                "promises",
                "timeline",
                "river-syr",
                "river-amu",
            ],
        ),
        ("attribute", &["attribution", "attribution-depth_delivered"]),
        ("coalitions", &["divisions", "coalitions"]),
        ("sweep", &["robustness", "points"]),
        ("sensitivity", &["indices"]),
        ("discover", &["boxes", "trajectory"]),
        ("robustness", &["robustness"]),
    ];
    for (name, figures) in expected {
        let sheet = pages.open_plain(name);
        let found = sheet.texts(
            "[...document.querySelectorAll('figure')].map((f) => f.id.replace('figure-', ''))",
        );
        for figure in figures {
            assert!(found.iter().any(|id| id == figure), "{name} has no {figure}: {found:?}");
        }
    }
}

fn a_figure_can_be_saved(pages: &Pages) {
    let sheet = pages.open_plain("compare");
    let svg = sheet.text("standalone(frames.find((frame) => frame.id === 'lambda_band'))");
    let tree = resvg::usvg::roxmltree::Document::parse(&svg).unwrap();
    let words: Vec<&str> = tree.descendants().filter_map(|node| node.text()).collect();
    for word in ["caco-2002", "ecsc-1951", "choices"] {
        assert!(words.iter().any(|text| text.contains(word)), "{word} in {words:?}");
    }
    assert!(!svg.contains("var("), "colours that only the page knows");
    // The page makes the PNG from the SVG; the replaced function records the bytes of the button.
    sheet.run("window.saved = null; URL.createObjectURL = ((old) => (blob) => { window.saved = [blob.type, blob.size]; return old.call(URL, blob); })(URL.createObjectURL)");
    sheet.run("document.querySelectorAll('#figure-ranking .actions button')[1].click()");
    for _ in 0..100 {
        if sheet.text("window.saved?.[0] ?? ''") == "image/png" {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    assert_eq!(sheet.text("window.saved[0]"), "image/png");
    assert!(sheet.value("window.saved[1]").as_u64().unwrap() > 5_000);
    assert_eq!(sheet.messages(), Vec::<String>::new());
}

fn the_timeline_lists_events_with_decision_terms(pages: &Pages) {
    let sheet = pages.open_plain("run");
    let marks = sheet.value("document.querySelectorAll('#figure-timeline .plot > svg g[aria-label=dot] path, #figure-timeline .plot > svg g[aria-label=dot] circle').length");
    assert!(marks.as_u64().unwrap() > 5, "{marks}");
    // Select the first year with a vote.
    let trace = std::fs::read_to_string(pages.folder("run").join("trace.csv")).unwrap();
    let of = |line: &str, at: usize| line.split(',').nth(at).unwrap().to_string();
    let year = trace.lines().find(|line| line.contains(",yes,")).map(|line| of(line, 3)).unwrap();
    sheet.run(&format!("{{ const list = document.querySelectorAll('#figure-timeline select')[1]; list.value = '{year}'; list.dispatchEvent(new Event('change')); }}"));
    let listed = sheet.texts(
        "[...document.querySelectorAll('#figure-timeline .events li')].map((li) => li.textContent)",
    );
    // The timeline must show the events of trace.csv, with the terms of the decisions.
    let mut events: Vec<String> =
        trace.lines().skip(1).filter(|line| of(line, 3) == year).map(|line| of(line, 2)).collect();
    events.dedup();
    assert_eq!(listed.len(), events.len(), "{listed:?}");
    assert!(
        listed.iter().any(|line| line.contains("gain") && line.contains("stake")),
        "{listed:?}"
    );
}

fn the_river_shows_each_season(pages: &Pages) {
    let sheet = pages.open_plain("run");
    let read = || {
        sheet.texts(
            "[...document.querySelectorAll('#figure-river-syr tbody tr')].map((tr) => tr.children[2].textContent)",
        )
    };
    let choose = |at: usize, value: &str| {
        sheet.run(&format!("{{ const list = document.querySelectorAll('#figure-river-syr select')[{at}]; list.value = '{value}'; list.dispatchEvent(new Event('change')); }}"));
    };
    let summer = read();
    choose(1, " without cooperation");
    let alone = read();
    choose(0, "winter");
    let winter = read();
    assert!(summer != alone && alone != winter, "{summer:?} {alone:?} {winter:?}");
    let rows = crate::evidence::rows(&pages.folder("run").join("river.csv"));
    let reference: Vec<String> = rows
        .iter()
        .filter(|row| {
            row["basin"] == "syr" && row["season"] == "winter" && row["quantity"] == "flow"
        })
        .map(|row| row["reference"].clone())
        .collect();
    assert_eq!(winter.len(), reference.len());
    for (shown, exact) in winter.iter().zip(&reference) {
        let (shown, exact): (f64, f64) = (shown.parse().unwrap(), exact.parse().unwrap());
        assert!((shown - exact).abs() <= 0.006 * exact.abs(), "{shown} {exact}");
    }
}
