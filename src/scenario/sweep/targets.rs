//! Finds the targets of a parameter's path: the values of the scenario and of the designs that it
//! changes.

use super::variants::written;
use super::{Change, Target};
use crate::scenario::builtin::Folder;
use crate::scenario::diagnostics::suggest;
use crate::scenario::load::{LoadedDesign, LoadedScenario, Override};
use serde_json::Value;

/// Prefix of paths in an organisation.
pub(super) const ORGANISATION: &str = "organisation.";

/// The scenario and the designs that a sweep varies.
pub(super) struct Base<'a> {
    pub folder: &'a Folder,
    pub scenario_name: &'a str,
    pub overrides: &'a [Override],
    pub scenario: &'a LoadedScenario,
    pub organisations: &'a [String],
    pub designs: &'a [LoadedDesign],
    pub names: &'a [String],
    pub measures: &'a [(&'a str, bool)],
}

/// Returns the targets of a path: places of the scenario, or of each design that has them.
///
/// Fails with the mistake and its remedy in words.
pub(super) fn find_targets(
    text: &str,
    change: Change,
    base: &Base<'_>,
    only: &[usize],
    named: bool,
) -> Result<Vec<Target>, (String, String)> {
    let nothing =
        |help: &str| (format!("`{text}` matches no value that can vary"), help.to_string());
    let files: Vec<(Option<usize>, Value)> = match text.strip_prefix(ORGANISATION) {
        Some(_) => {
            only.iter().map(|&design| (Some(design), written(&base.designs[design].file))).collect()
        }
        None => vec![(None, written(&base.scenario.file))],
    };
    let path: Vec<&str> = text.strip_prefix(ORGANISATION).unwrap_or(text).split('.').collect();
    if path.iter().any(|part| part.is_empty()) {
        return Err((
            format!("`{text}` is not a path"),
            "write it like `states.*.trust_prior_mean`".into(),
        ));
    }
    let mut targets = Vec::new();
    for (design, file) in &files {
        let mut found = Vec::new();
        let through_words = design.is_none() || named;
        expand(file, &path, &mut Vec::new(), Passing { starred: false, through_words }, &mut found);
        for (path, value) in found {
            let number = value.as_f64();
            if change != Change::Set && number.is_none() {
                let what = path.join(".");
                let whose =
                    design.map_or(String::new(), |design| format!(" of {}", base.names[design]));
                return Err((
                    format!("`{what}`{whose} is no number, so it cannot be scaled or added to"),
                    "use `set`, name other paths, or leave designs out with `only`".into(),
                ));
            }
            targets.push(Target { design: *design, path, base: number.unwrap_or(f64::NAN) });
        }
    }
    match (targets.is_empty(), path[0]) {
        (true, "scenario" | "data" | "base") => {
            Err(nothing("only figures of the scenario can vary"))
        }
        (true, _) => {
            let roots: Vec<&Value> = files.iter().map(|(_, file)| file).collect();
            Err(nothing(&format!("see consortia show; {}", unknown_part(&roots, &path))))
        }
        (false, _)
            if targets.iter().any(|target| target.design.is_none() && is_fixed(&target.path)) =>
        {
            Err((
                format!(
                    "`{text}` cannot vary within a sweep: points would no longer share their \
                     replications and columns"
                ),
                "set it for all points under `sweep.set`".into(),
            ))
        }
        (false, _) => Ok(targets),
    }
}

/// Whether a value of the scenario must be the same at all points.
fn is_fixed(path: &[String]) -> bool {
    let varies = ["discount_rate", "end_hazard"];
    match path {
        [table, key, ..] if table == "scenario" => !varies.contains(&key.as_str()),
        [table, ..] => matches!(table.as_str(), "scenario" | "data" | "base"),
        [] => true,
    }
}

/// Describes the first part of a path that does not exist, with the names that do.
fn unknown_part(roots: &[&Value], path: &[&str]) -> String {
    let mut at: Vec<&Value> = roots.to_vec();
    for part in path {
        let tables = || at.iter().filter_map(|value| value.as_object());
        let next: Vec<&Value> = match *part {
            "*" => tables().flat_map(|table| table.values()).collect(),
            name => tables().filter_map(|table| table.get(name)).collect(),
        };
        if next.iter().all(|value| value.is_null()) {
            let mut names: Vec<&str> =
                tables().flat_map(|table| table.keys()).map(String::as_str).collect();
            names.sort_unstable();
            names.dedup();
            return format!("at `{part}`: {}", choices(part, names));
        }
        at = next;
    }
    "nothing there has a value".into()
}

/// Describes the names to choose from, if there are any.
fn choices(part: &str, names: Vec<&str>) -> String {
    match names.is_empty() {
        true => "the value there is a word; name the designs with `only` to replace it by a table"
            .into(),
        false => suggest(part, names),
    }
}

/// State of the walk along a path.
#[derive(Debug, Clone, Copy)]
struct Passing {
    /// Whether a `*` was followed.
    starred: bool,
    /// Whether a word may be replaced by a table.
    through_words: bool,
}

/// Follows a path into a file and collects the values at its end. `*` stands for every name; places
/// without a value that a `*` led to are left out.
fn expand(
    at: &Value,
    path: &[&str],
    so_far: &mut Vec<String>,
    passing: Passing,
    found: &mut Vec<(Vec<String>, Value)>,
) {
    let Some((first, rest)) = path.split_first() else {
        if !(passing.starred && at.is_null()) {
            found.push((so_far.clone(), at.clone()));
        }
        return;
    };
    let mut follow = |name: &str, next: &Value, starred: bool| {
        so_far.push(name.to_string());
        expand(next, rest, so_far, Passing { starred, ..passing }, found);
        so_far.pop();
    };
    match at {
        Value::Object(table) if *first == "*" => {
            for (name, next) in table {
                follow(name, next, true);
            }
        }
        Value::Array(items) if *first == "*" => {
            for (index, next) in items.iter().enumerate() {
                follow(&index.to_string(), next, true);
            }
        }
        // Optional keys may be missing. An invalid key is found when the extremes are tried.
        Value::Object(table) => {
            follow(first, table.get(*first).unwrap_or(&Value::Null), passing.starred)
        }
        Value::Array(items) => {
            if let Some(next) = first.parse::<usize>().ok().and_then(|index| items.get(index)) {
                follow(first, next, passing.starred);
            }
        }
        // A table replaces a word, as with --set; among several designs only if these are named.
        Value::String(_) if passing.through_words && !passing.starred && rest.is_empty() => {
            follow(first, &Value::Null, false);
        }
        _ => {}
    }
}
