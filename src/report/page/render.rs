//! Assembles the page from template, style, scripts and data.

use super::tables::PageTable;
use crate::output::about::About;
use crate::report::palette::{DESIGNS, hex};
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, Value, context};
use serde_json::Value as Json;

const TEMPLATE: &str = include_str!("../../../assets/report/page.html");
pub(super) const STYLE: &str = include_str!("../../../assets/report/page.css");

/// Libraries for charts; see `assets/report/vendor/README.md`.
const LIBRARIES: [&str; 2] = [
    include_str!("../../../assets/report/vendor/d3.min.js"),
    include_str!("../../../assets/report/vendor/plot.umd.min.js"),
];

/// Scripts of the project, in the order in which they are loaded.
const SCRIPTS: [&str; 9] = [
    include_str!("../../../assets/report/data.js"),
    include_str!("../../../assets/report/frame.js"),
    include_str!("../../../assets/report/tables.js"),
    include_str!("../../../assets/report/designs.js"),
    include_str!("../../../assets/report/losses.js"),
    include_str!("../../../assets/report/river.js"),
    include_str!("../../../assets/report/timeline.js"),
    include_str!("../../../assets/report/analyses.js"),
    include_str!("../../../assets/report/main.js"),
];

/// Formats a value as JSON for use inside a script element: no character in it can end the element
/// or start another.
fn json(value: &Json) -> String {
    value
        .to_string()
        .replace('<', "\\u003c")
        .replace('>', "\\u003e")
        .replace('&', "\\u0026")
        .replace('\u{2028}', "\\u2028")
        .replace('\u{2029}', "\\u2029")
}

fn plural(count: usize, one: &str) -> String {
    format!("{count} {one}{}", if count == 1 { "" } else { "s" })
}

/// Returns the page as HTML. Fails if the template is invalid.
pub fn page(
    about: &About,
    manifest: &Json,
    tables: &[PageTable],
    left_out: &[String],
) -> Result<String, minijinja::Error> {
    let palette: Vec<(String, String)> =
        DESIGNS.iter().map(|(light, dark)| (hex(*light), hex(*dark))).collect();
    let data = json(&serde_json::json!({ "about": about, "manifest": manifest, "tables": tables }));
    // Scripts run only with this nonce. It depends on all data of the page, so the author of a
    // scenario cannot know it.
    let nonce = blake3::hash(data.as_bytes()).to_hex()[..32].to_string();
    let mut environment = Environment::new();
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    environment.add_function("plural", plural);
    environment.add_template("page", TEMPLATE)?;
    environment.get_template("page")?.render(context! {
        about => Value::from(Serde(about)),
        manifest => Value::from(Serde(manifest)),
        left_out => Value::from(Serde(left_out)),
        palette => Value::from(Serde(palette)),
        nonce,
        style => Value::from_safe_string(STYLE.to_string()),
        libraries => LIBRARIES.map(|text| Value::from_safe_string(text.to_string())),
        scripts => Value::from_safe_string(SCRIPTS.join("\n")),
        data => Value::from_safe_string(data),
        title => match about.scenario.title.as_str() { "" => "Consortia", title => title },
    })
}

#[cfg(test)]
mod tests {
    use super::json;

    #[test]
    fn data_cannot_end_their_script_element() {
        let text =
            json(&serde_json::json!({ "name": "</script><script>alert(1)</script> & <!--" }));
        assert!(!text.contains(['<', '>', '&']));
        let back: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(back["name"], "</script><script>alert(1)</script> & <!--");
    }
}
