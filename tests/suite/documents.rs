//! Tests of `docs/documents.md`: every name in it exists, and the counts are those of the table.

#![allow(clippy::unwrap_used, reason = "a test may stop at what it did not expect")]

use consortia::experiment::measures::MEASURES;
use consortia::scenario::builtin;
use serde_json::Value;

fn page() -> String {
    std::fs::read_to_string("docs/documents.md").unwrap()
}

fn rows(page: &str) -> Vec<Vec<&str>> {
    let lines = page.lines().filter(|line| line.starts_with("| ")).skip(1);
    lines.map(|line| line.trim_matches('|').split(" | ").map(str::trim).collect()).collect()
}

/// Returns whether a schema has a path of keys; tables by name are passed through.
fn has_path(root: &Value, node: &Value, path: &[&str]) -> bool {
    let Some((key, rest)) = path.split_first() else { return true };
    if let Some(name) = node.get("$ref").and_then(Value::as_str) {
        let target = root.pointer(name.trim_start_matches('#')).unwrap();
        return has_path(root, target, path);
    }
    let branches = ["anyOf", "oneOf", "allOf"].into_iter().filter_map(|list| node.get(list));
    if branches.flat_map(|list| list.as_array().unwrap()).any(|next| has_path(root, next, path)) {
        return true;
    }
    if let Some(next) = node.get("properties").and_then(|keys| keys.get(*key)) {
        return has_path(root, next, rest);
    }
    node.get("additionalProperties")
        .is_some_and(|next| next.is_object() && has_path(root, next, path))
}

fn schema(name: &str) -> Value {
    let path = format!("schemas/{name}.schema.json");
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

#[test]
fn every_name_on_the_page_of_documents_exists() {
    let page = page();
    let schemas = [schema("organisation"), schema("scenario")];
    let mut unknown = Vec::new();
    for row in rows(&page) {
        let place = row[3];
        for name in place.split('`').skip(1).step_by(2) {
            let path: Vec<&str> = name.split('.').collect();
            let known = builtin::organisations().contains(&name)
                || builtin::scenarios().contains(&name)
                || MEASURES.iter().any(|measure| measure.id == name)
                || schemas.iter().any(|schema| has_path(schema, schema, &path));
            if !known {
                unknown.push(name.to_string());
            }
        }
        for link in place.split("](").skip(1) {
            let file = link.split(')').next().unwrap();
            assert!(std::path::Path::new("docs").join(file).exists(), "{file}");
        }
        assert!(!place.is_empty(), "{row:?}");
    }
    assert!(unknown.is_empty(), "{unknown:?}");
}

#[test]
fn the_counts_of_the_page_of_documents_are_those_of_its_table() {
    let page = page();
    let rows = rows(&page);
    let count = |status: &str| rows.iter().filter(|row| row[2] == status).count();
    assert_eq!(rows.len(), 84);
    let text: String = page.split_whitespace().collect::<Vec<_>>().join(" ");
    let said = format!(
        "Of the 84 rows {} are modelled, {} in part, and {} are out of scope",
        count("modelled"),
        count("in part"),
        count("out of scope")
    );
    assert_eq!(count("modelled") + count("in part") + count("out of scope"), 84);
    assert!(text.contains(&said), "{said}");
}
