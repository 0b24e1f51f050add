//! Tests that choices on a page change its tables and figures to the numbers of the files.

use crate::Test;
use crate::evidence::{Row, rows};
use crate::pages::{Pages, Sheet};
use consortia::report::terminal::rounded;

pub const TESTS: &[Test] = &[
    ("the_tables_hold_every_number_of_the_files_to_the_last_digit", the_tables_hold_every_number),
    (
        "choosing_organisations_changes_tables_and_figures_to_the_numbers_of_the_csv",
        choosing_organisations,
    ),
    (
        "choosing_measure_and_state_changes_figures_to_the_numbers_of_the_csv",
        choosing_measure_and_state,
    ),
    ("differences_turn_their_sign_with_the_base", differences_turn_their_sign),
    ("tables_are_sorted_by_number_and_by_word", tables_are_sorted),
    ("tables_are_filtered", tables_are_filtered),
    ("tables_are_saved_as_they_are_on_disk", tables_are_saved),
];

fn open_tables(sheet: &Sheet) {
    sheet.run("document.querySelectorAll('.table details').forEach((d) => { d.open = true; })");
    sheet.run(
        "document.querySelectorAll('.table button').forEach((b) => { if (b.textContent === 'Show all') b.click(); })",
    );
    // The browser sends the toggle event of an opened table in a later task.
    std::thread::sleep(std::time::Duration::from_millis(300));
    sheet.run("document.querySelectorAll('.table button').forEach((b) => { if (b.textContent === 'Show all' && !b.hidden) b.click(); })");
}

/// Returns the cells of a table on the page by row: raw values, or text.
fn cells(sheet: &Sheet, id: &str, attribute: bool) -> Vec<Vec<String>> {
    let what = if attribute { "td.dataset.value" } else { "td.textContent" };
    let found = sheet.value(&format!(
        "[...document.querySelectorAll('#table-{id} tbody tr')].map((tr) => [...tr.children].map((td) => {what}))"
    ));
    serde_json::from_value(found).unwrap()
}

fn the_tables_hold_every_number(pages: &Pages) {
    for (folder, files) in [
        (
            "compare",
            &["summary.csv", "ranking.csv", "differences.csv", "lambda_band.csv", "river.csv"][..],
        ),
        ("attribute", &["attribution.csv"]),
        ("coalitions", &["coalitions.csv", "solutions.csv"]),
        ("sweep", &["robustness.csv", "points.csv", "results.csv"]),
        ("sensitivity", &["sensitivity.csv"]),
        ("discover", &["boxes.csv", "trajectory.csv"]),
    ] {
        let sheet = pages.open_plain(folder);
        open_tables(&sheet);
        for file in files {
            let found = cells(&sheet, &file.replace('.', "-"), true);
            let mut reader = csv::Reader::from_path(pages.folder(folder).join(file)).unwrap();
            let expected: Vec<Vec<String>> = reader
                .records()
                .map(|row| row.unwrap().iter().map(str::to_string).collect())
                .collect();
            assert!(
                found == expected,
                "{folder}/{file}: {} rows on the page, {} in the file",
                found.len(),
                expected.len()
            );
        }
        if folder == "compare" {
            let shown = cells(&sheet, "summary-csv", false);
            for (row, line) in rows(&pages.folder(folder).join("summary.csv")).iter().zip(&shown) {
                if let (Ok(mean), Ok(se)) = (row["mean"].parse::<f64>(), row["se"].parse::<f64>()) {
                    assert_eq!(
                        [&line[4], &line[5]],
                        [&rounded(mean, se), &rounded(se, se)],
                        "{row:?}"
                    );
                }
            }
        }
    }
}

fn check_box(sheet: &Sheet, value: &str) {
    sheet.run(&format!(
        "[...document.querySelectorAll('#choices input')].find((box) => box.value === '{value}').click()"
    ));
}

/// Returns the first three columns of the table of numbers of a figure.
fn numbers(sheet: &Sheet, figure: &str) -> Vec<(String, String, String)> {
    let found = sheet.value(&format!("[...document.querySelectorAll('#figure-{figure} details tbody tr')].map((tr) => [...tr.children].map((td) => td.textContent))"));
    let rows: Vec<Vec<String>> = serde_json::from_value(found).unwrap();
    rows.into_iter().map(|row| (row[0].clone(), row[1].clone(), row[2].clone())).collect()
}

fn expected(rows: &[Row], keep: impl Fn(&Row) -> bool) -> Vec<(String, String, String)> {
    let number = |row: &Row, column: &str| row[column].parse::<f64>().unwrap_or(f64::NAN);
    rows.iter()
        .filter(|row| keep(row) && !row["mean"].is_empty())
        .map(|row| {
            let (mean, se) = (number(row, "mean"), number(row, "se"));
            (row["organisation"].clone(), rounded(mean, se), rounded(se, se))
        })
        .collect()
}

fn choosing_organisations(pages: &Pages) {
    let sheet = pages.open_plain("compare");
    let summary = rows(&pages.folder("compare").join("summary.csv"));
    let of_gain = |row: &Row| row["measure"] == "gain" && row["state"] == "region";
    assert_eq!(numbers(&sheet, "measure"), expected(&summary, of_gain));
    check_box(&sheet, "ucas-2007");
    check_box(&sheet, "caco-2002");
    let kept = |row: &Row| !["ucas-2007", "caco-2002"].contains(&row["organisation"].as_str());
    assert_eq!(numbers(&sheet, "measure"), expected(&summary, |row| of_gain(row) && kept(row)));
    open_tables(&sheet);
    let found = cells(&sheet, "summary-csv", true);
    assert_eq!(found.len(), summary.iter().filter(|row| kept(row)).count());
    assert!(found.iter().all(|row| ["ucas-court", "ecsc-1951"].contains(&row[0].as_str())));
    // Restoring the choices must restore the numbers.
    check_box(&sheet, "ucas-2007");
    check_box(&sheet, "caco-2002");
    assert_eq!(numbers(&sheet, "measure"), expected(&summary, of_gain));
    // Without a choice the figure must say that there is nothing to show.
    sheet.run("[...document.querySelectorAll('#choices button')].find((b) => b.textContent === 'none').click()");
    assert!(
        sheet
            .text("document.querySelector('#figure-measure .plot').textContent")
            .contains("Nothing to show")
    );
    assert_eq!(sheet.messages(), Vec::<String>::new());
}

fn choose(sheet: &Sheet, at: usize, value: &str) {
    sheet.run(&format!("{{ const list = document.querySelectorAll('#choices select')[{at}]; list.value = '{value}'; list.dispatchEvent(new Event('change')); }}"));
}

fn choosing_measure_and_state(pages: &Pages) {
    let sheet = pages.open_plain("compare");
    let summary = rows(&pages.folder("compare").join("summary.csv"));
    choose(&sheet, 0, "gain_per_year");
    choose(&sheet, 1, "KGZ");
    let kept = |row: &Row| row["measure"] == "gain_per_year" && row["state"] == "KGZ";
    assert_eq!(numbers(&sheet, "measure"), expected(&summary, kept));
    assert!(
        sheet
            .text("document.querySelector('#figure-measure h3').textContent")
            .contains("Kyrgyzstan")
    );
    choose(&sheet, 0, "depth_delivered");
    choose(&sheet, 1, "region");
    let kept = |row: &Row| row["measure"] == "depth_delivered" && row["state"] == "region";
    assert_eq!(numbers(&sheet, "measure"), expected(&summary, kept));
}

fn differences_turn_their_sign(pages: &Pages) {
    let sheet = pages.open_plain("compare");
    let differences = rows(&pages.folder("compare").join("differences.csv"));
    for base in ["caco-2002", "ucas-court", "ecsc-1951"] {
        sheet.run(&format!("{{ const list = document.querySelector('#figure-differences select'); list.value = '{base}'; list.dispatchEvent(new Event('change')); }}"));
        let shown = numbers(&sheet, "differences");
        assert_eq!(shown.len(), 3, "{shown:?}");
        for (name, mean, se) in shown {
            let row = differences
                .iter()
                .find(|row| {
                    row["measure"] == "gain"
                        && row["state"] == "region"
                        && ((row["a"] == base && row["b"] == name)
                            || (row["b"] == base && row["a"] == name))
                })
                .unwrap();
            let sign = if row["b"] == base { 1.0 } else { -1.0 };
            let (exact, error): (f64, f64) =
                (row["mean"].parse().unwrap(), row["se"].parse().unwrap());
            assert_eq!(
                [mean, se],
                [rounded(sign * exact, error), rounded(error, error)],
                "{name} against {base}"
            );
        }
    }
}

fn column(sheet: &Sheet, id: &str, at: usize) -> Vec<String> {
    cells(sheet, id, true).into_iter().map(|row| row[at].clone()).collect()
}

fn tables_are_sorted(pages: &Pages) {
    let sheet = pages.open_plain("compare");
    open_tables(&sheet);
    let click = |at: usize| {
        sheet.run(&format!(
            "document.querySelectorAll('#table-summary-csv th button')[{at}].click()"
        ))
    };
    let sorted_as = |at: usize| {
        sheet.text(&format!(
            "document.querySelectorAll('#table-summary-csv th')[{at}].getAttribute('aria-sort')"
        ))
    };
    let numbers = || -> Vec<f64> {
        column(&sheet, "summary-csv", 4).iter().filter_map(|text| text.parse().ok()).collect()
    };
    click(4);
    assert_eq!(sorted_as(4), "descending");
    assert!(numbers().is_sorted_by(|a, b| a >= b) && numbers().len() > 100);
    let all = column(&sheet, "summary-csv", 4);
    let first_empty = all.iter().position(String::is_empty).unwrap_or(all.len());
    assert!(all[first_empty..].iter().all(String::is_empty), "what is empty comes last");
    click(4);
    assert_eq!(sorted_as(4), "ascending");
    assert!(numbers().is_sorted());
    click(0);
    assert_eq!([sorted_as(0), sorted_as(4)], ["ascending", "none"]);
    assert!(column(&sheet, "summary-csv", 0).is_sorted());
    // The keyboard must sort as the mouse does.
    sheet.run("document.querySelectorAll('#table-summary-csv th button')[4].focus()");
    sheet.tab.press_key("Enter").unwrap();
    assert_eq!(sorted_as(4), "descending");
}

fn tables_are_filtered(pages: &Pages) {
    let sheet = pages.open_plain("compare");
    open_tables(&sheet);
    sheet.run("{ const box = document.querySelector('#table-summary-csv').closest('.table').querySelector('input'); box.value = 'kyrgyzstan ecsc'; box.dispatchEvent(new Event('input')); }");
    let found = cells(&sheet, "summary-csv", true);
    assert!(
        !found.is_empty() && found.iter().all(|row| row[0] == "ecsc-1951" && row[2] == "KGZ"),
        "{found:?}"
    );
}

fn tables_are_saved(pages: &Pages) {
    let sheet = pages.open_plain("compare");
    for file in ["summary.csv", "differences.csv", "ranking.csv", "years.csv", "trace.csv"] {
        let on_disk = std::fs::read_to_string(pages.folder("compare").join(file)).unwrap();
        if sheet.text(&format!("tables.get('{file}').left_out")).is_empty() {
            assert!(sheet.text(&format!("tables.get('{file}').csv")) == on_disk, "{file}");
        }
    }
    sheet.run("window.saved = []; HTMLAnchorElement.prototype.click = function () { window.saved.push(this.download); }; URL.createObjectURL = ((old) => (blob) => { blob.text().then((text) => { window.text = text; }); return old.call(URL, blob); })(URL.createObjectURL)");
    sheet.run("[...document.querySelectorAll('#table-summary-csv')][0].closest('.table').querySelectorAll('.controls button')[1].click()");
    std::thread::sleep(std::time::Duration::from_millis(300));
    assert_eq!(sheet.texts("window.saved"), ["summary.csv"]);
    assert!(
        sheet.text("window.text")
            == std::fs::read_to_string(pages.folder("compare").join("summary.csv")).unwrap()
    );
}
