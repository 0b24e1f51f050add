//! From the sweep file as written to the validated sweep: what its paths mean, and whether every value can be taken.

use super::raw::{ParameterTable, SweepFile};
use super::variants::written;
use super::{Change, Kept, Law, Parameter, Stop, Sweep, Target, list, raw};
use crate::scenario::builtin::Folder;
use crate::scenario::diagnostics::{Diagnostics, suggest};
use crate::scenario::judge::{Judge, is_id};
use crate::scenario::load::{self, LoadedDesign, LoadedScenario, Override};
use crate::scenario::roster;
use serde_json::Value;

const ORGANISATION: &str = "organisation.";

/// What a sweep varies.
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

/// Resolves a sweep. The result can be used only if no mistake was added.
pub(super) fn resolve(file: &SweepFile, base: &Base<'_>, judge: &mut Judge<'_>, listed: &mut Diagnostics) -> Sweep {
    let header = &file.sweep;
    if !is_id(&header.name) {
        let message = format!("`{}` cannot name a sweep", header.name);
        judge.mistake("sweep.name", message, "used as a folder name", "use letters, digits, `-` and `_`".into());
    }
    if header.name.chars().count() > 60 {
        let message = "the name of the sweep has more than 60 letters".to_string();
        judge.mistake("sweep.name", message, "used as a folder name", "shorten it; `title` has room for more".into());
    }
    let mut groups: Vec<String> = Vec::new();
    let mut parameters: Vec<Parameter> = Vec::new();
    for (name, table) in &file.parameters {
        let path = format!("parameters.{name}");
        if !is_id(name) || RESERVED.contains(&name.as_str()) {
            let help = format!("use letters, digits, `-` and `_`; {} are taken", RESERVED.join(", "));
            judge.wrong_key(&path, format!("`{name}` cannot name a parameter"), "used as a column", help);
        }
        if let Some(group) = table.group.as_ref().filter(|group| *group != name && file.parameters.contains_key(*group))
        {
            let message = format!("the group `{group}` has the name of a parameter");
            judge.mistake(&format!("{path}.group"), message, "taken", "choose another name for the group".into());
        }
        let group = table.group.clone().unwrap_or_else(|| name.clone());
        let group = groups.iter().position(|known| *known == group).unwrap_or_else(|| {
            groups.push(group);
            groups.len() - 1
        });
        if let Some(mut parameter) = resolve_parameter(name, table, base, judge) {
            parameter.group = group;
            try_extremes(&parameter, base, judge);
            parameters.push(parameter);
        }
    }
    twice(&parameters, base, judge);
    let kept = resolve_kept(&file.output.measures, base, judge);
    let stop = file.stop.as_ref().and_then(|stop| {
        let column = kept.iter().position(|kept| kept.column == stop.measure);
        if column.is_none() {
            let message = format!("`{}` is not kept, so nothing can stop by it", stop.measure);
            let help = suggest(&stop.measure, kept.iter().map(|kept| kept.column.as_str()));
            judge.mistake("stop.measure", message, "not among output.measures", help);
        }
        if stop.at_least > header.replications {
            let message =
                format!("every point gets {} replications, but {} is the most", stop.at_least, header.replications);
            let help = "raise sweep.replications, which is the most, or lower at_least".to_string();
            judge.mistake("stop.at_least", message, "more than the most", help);
        }
        column.map(|column| Stop { column, half_width: stop.half_width, at_least: stop.at_least })
    });
    let points = match &file.sampling {
        raw::Sampling::List(table) if !list::is_inside(&table.file) => {
            let message = format!("the list `{}` lies outside the sweep's folder", table.file);
            let help = "copy it into the folder, so that the sweep stands alone".to_string();
            judge.mistake("sampling.list.file", message, "outside", help);
            Vec::new()
        }
        raw::Sampling::List(table) if parameters.len() == file.parameters.len() => {
            list::points(base.folder, &table.file, &parameters, listed)
        }
        _ => Vec::new(),
    };
    if let raw::Sampling::Morris(table) = &file.sampling
        && !table.levels.is_multiple_of(2)
    {
        let message = format!("{} levels are no grid for Morris's design", table.levels);
        judge.mistake("sampling.morris.levels", message, "an odd number", "give an even number, such as 4".into());
    }
    Sweep {
        name: header.name.clone(),
        title: header.title.clone(),
        parameters,
        groups,
        sampling: file.sampling.clone(),
        listed: points,
        replications: header.replications,
        stop,
        fates: header.fates,
        kept,
        format: file.output.format,
        shard_rows: file.output.shard_rows,
        satisfactory: file.output.satisfactory,
        optimism: file.output.optimism,
    }
}

/// Names of other columns of the tables in which parameters are columns.
const RESERVED: [&str; 4] = ["point", "replication", "organisation", "fate"];

/// Measures that are kept: `gain`, `gain.KGZ`, `gain.*`.
fn resolve_kept(asked: &[String], base: &Base<'_>, judge: &mut Judge<'_>) -> Vec<Kept> {
    let states = &base.scenario.scenario.states;
    let mut kept: Vec<Kept> = Vec::new();
    if asked.is_empty() {
        judge.mistake("output.measures", "no measure is kept".into(), "empty", "name one, such as `gain`".into());
    }
    for (at, text) in asked.iter().enumerate() {
        let path = format!("output.measures.{at}");
        let (id, state) = text.split_once('.').map_or((text.as_str(), None), |(id, state)| (id, Some(state)));
        let Some((_, per_state)) = base.measures.iter().find(|(known, _)| *known == id) else {
            let help = suggest(id, base.measures.iter().map(|(known, _)| *known));
            judge.mistake(&path, format!("there is no measure `{id}` of single fates"), "unknown measure", help);
            continue;
        };
        let found: Vec<Option<usize>> = match state {
            None => vec![None],
            Some("*") => (0..states.len()).map(Some).collect(),
            Some(name) => match states.iter().position(|state| state.id == name) {
                Some(state) => vec![Some(state)],
                None => {
                    let help = suggest(name, states.iter().map(|state| state.id.as_str()));
                    judge.mistake(&path, format!("there is no state `{name}`"), "unknown state", help);
                    continue;
                }
            },
        };
        if state.is_some() && !per_state {
            let help = format!("write `{id}`, for the region");
            judge.mistake(&path, format!("`{id}` does not exist by state"), "no states here", help);
            continue;
        }
        for state in found {
            let column = state.map_or(id.to_string(), |state| format!("{id}.{}", states[state].id));
            if kept.iter().any(|known| known.column == column) {
                judge.mistake(&path, format!("`{column}` is named twice"), "the second time", "name it once".into());
                continue;
            }
            kept.push(Kept { measure: id.to_string(), state, column });
        }
    }
    kept
}

fn resolve_parameter(name: &str, table: &ParameterTable, base: &Base<'_>, judge: &mut Judge<'_>) -> Option<Parameter> {
    let path = format!("parameters.{name}");
    let mistakes = judge.diagnostics.mistakes().len();
    let law = match Law::new(&table.law) {
        Ok(law) => Some(law),
        Err((message, help)) => {
            judge.mistake(&format!("{path}.law"), message, "this law", help);
            None
        }
    };
    let given: Vec<(Change, &str, &Vec<String>)> =
        [(Change::Set, "set", &table.set), (Change::Scale, "scale", &table.scale), (Change::Add, "add", &table.add)]
            .into_iter()
            .filter(|(_, _, paths)| !paths.is_empty())
            .collect();
    let [(change, key, paths)] = given[..] else {
        let count = if given.is_empty() { "nothing".to_string() } else { "several things at once".to_string() };
        let help =
            "give exactly one of `set`, `scale` and `add`: a list of paths such as [\"states.*.trust_prior_mean\"]";
        judge.wrong_key(&path, format!("`{name}` changes {count}"), "this parameter", help.into());
        return None;
    };
    let only = resolve_only(name, table, base, judge);
    if change != Change::Set && law.as_ref().is_some_and(Law::is_categorical) {
        let message = format!("`{name}` is a choice of words, which cannot {key} anything");
        judge.mistake(&format!("{path}.{key}"), message, "needs numbers", "use `set`".into());
    }
    let mut targets = Vec::new();
    for (at, text) in paths.iter().enumerate() {
        let place = format!("{path}.{key}.{at}");
        let found = find_targets(text, change, base, &only, !table.only.is_empty() || only.len() == 1);
        match found {
            Ok(found) => targets.extend(found),
            Err((message, help)) => judge.mistake(&place, message, "this path", help),
        }
    }
    if judge.diagnostics.mistakes().len() > mistakes {
        return None;
    }
    for (key, text, most) in [("title", &table.title, 60), ("unit", &table.unit, 20)] {
        if text.chars().count() > most {
            let message = format!("the {key} of `{name}` has more than {most} letters: it labels figures");
            judge.mistake(
                &format!("{path}.{key}"),
                message,
                "too long",
                "shorten it; `source` has room for more".into(),
            );
        }
    }
    let title = if table.title.is_empty() { name.replace('_', " ") } else { table.title.clone() };
    Some(Parameter { name: name.into(), title, unit: table.unit.clone(), law: law?, change, targets, group: 0 })
}

/// Designs to which a parameter applies.
fn resolve_only(name: &str, table: &ParameterTable, base: &Base<'_>, judge: &mut Judge<'_>) -> Vec<usize> {
    if table.only.is_empty() {
        return (0..base.designs.len()).collect();
    }
    let mut only = Vec::new();
    for (at, design) in table.only.iter().enumerate() {
        match base.names.iter().position(|known| known == design) {
            Some(design) => only.push(design),
            None => {
                let help = suggest(design, base.names.iter().map(String::as_str));
                let path = format!("parameters.{name}.only.{at}");
                judge.mistake(&path, format!("`{design}` does not play in this sweep"), "unknown design", help);
            }
        }
    }
    only
}

/// What a path aims at: places of the scenario, or of each design that has them.
fn find_targets(
    text: &str,
    change: Change,
    base: &Base<'_>,
    only: &[usize],
    named: bool,
) -> Result<Vec<Target>, (String, String)> {
    let nothing = |help: &str| (format!("`{text}` leads to nothing that could be changed"), help.to_string());
    let files: Vec<(Option<usize>, Value)> = match text.strip_prefix(ORGANISATION) {
        Some(_) => only.iter().map(|&design| (Some(design), written(&base.designs[design].file))).collect(),
        None => vec![(None, written(&base.scenario.file))],
    };
    let path: Vec<&str> = text.strip_prefix(ORGANISATION).unwrap_or(text).split('.').collect();
    if path.iter().any(|part| part.is_empty()) {
        return Err((format!("`{text}` is not a path"), "write it like `states.*.trust_prior_mean`".into()));
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
                let whose = design.map_or(String::new(), |design| format!(" of {}", base.names[design]));
                return Err((
                    format!("`{what}`{whose} is no number, so it cannot be scaled or added to"),
                    "use `set`, name other paths, or leave designs out with `only`".into(),
                ));
            }
            targets.push(Target { design: *design, path, base: number.unwrap_or(f64::NAN) });
        }
    }
    match (targets.is_empty(), path[0]) {
        (true, "scenario" | "data" | "base") => Err(nothing("only figures of the scenario can vary")),
        (true, _) => {
            let roots: Vec<&Value> = files.iter().map(|(_, file)| file).collect();
            Err(nothing(&format!("see consortia show; {}", astray(&roots, &path))))
        }
        (false, _) if targets.iter().any(|target| target.design.is_none() && is_fixed(&target.path)) => Err((
            format!("`{text}` cannot vary within a sweep: points would no longer share their fates and columns"),
            "set it for all points under `sweep.set`".into(),
        )),
        (false, _) => Ok(targets),
    }
}

/// Whether a place of the scenario is the same at all points.
fn is_fixed(path: &[String]) -> bool {
    let varies = ["discount_rate", "end_hazard"];
    match path {
        [table, key, ..] if table == "scenario" => !varies.contains(&key.as_str()),
        [table, ..] => matches!(table.as_str(), "scenario" | "data" | "base"),
        [] => true,
    }
}

/// Where a path leads astray: the first part that nothing has, with the names that are there.
fn astray(roots: &[&Value], path: &[&str]) -> String {
    let mut at: Vec<&Value> = roots.to_vec();
    for part in path {
        let tables = || at.iter().filter_map(|value| value.as_object());
        let next: Vec<&Value> = match *part {
            "*" => tables().flat_map(|table| table.values()).collect(),
            name => tables().filter_map(|table| table.get(name)).collect(),
        };
        if next.iter().all(|value| value.is_null()) {
            let mut names: Vec<&str> = tables().flat_map(|table| table.keys()).map(String::as_str).collect();
            names.sort_unstable();
            names.dedup();
            return format!("at `{part}`: {}", choices(part, names));
        }
        at = next;
    }
    "nothing there has a value".into()
}

/// Names to choose from, if there are any.
fn choices(part: &str, names: Vec<&str>) -> String {
    match names.is_empty() {
        true => "a word stands there; name the designs with `only` to put a table in its place".into(),
        false => suggest(part, names),
    }
}

/// What a path passes on its way.
#[derive(Debug, Clone, Copy)]
struct Passing {
    /// Whether a `*` has led here.
    starred: bool,
    /// Whether a word gives way to a table.
    through_words: bool,
}

/// Follows a path into a file; `*` stands for every name. Where a `*` led, places without a value are passed over.
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
        // What is optional may be missing; whether there is such a key is found when its ends are tried.
        Value::Object(table) => follow(first, table.get(*first).unwrap_or(&Value::Null), passing.starred),
        Value::Array(items) => {
            if let Some(next) = first.parse::<usize>().ok().and_then(|index| items.get(index)) {
                follow(first, next, passing.starred);
            }
        }
        // A word gives way to a table, as with --set; among several designs only where they are named.
        Value::String(_) if passing.through_words && !passing.starred && rest.is_empty() => {
            follow(first, &Value::Null, false);
        }
        _ => {}
    }
}

/// Two parameters must not give a value to the same place.
fn twice(parameters: &[Parameter], base: &Base<'_>, judge: &mut Judge<'_>) {
    for (at, parameter) in parameters.iter().enumerate() {
        for other in &parameters[..at] {
            let shared = parameter.targets.iter().find(|target| {
                let within = |a: &[String], b: &[String]| a.starts_with(b) || b.starts_with(a);
                other.targets.iter().any(|known| known.design == target.design && within(&known.path, &target.path))
            });
            if let Some(target) = shared {
                let whose = target.design.map_or(String::new(), |design| format!(" of {}", base.names[design]));
                let message = format!(
                    "`{}` and `{}` both change `{}`{whose}: only the later would count",
                    other.name,
                    parameter.name,
                    target.path.join(".")
                );
                let help = "leave the path out of one of them, or make them one parameter".to_string();
                judge.wrong_key(&format!("parameters.{}", parameter.name), message, "this parameter", help);
            }
        }
    }
}

/// Tries a parameter at the ends of its law, everything else as it is: a value out of range is found before anything is
/// played.
fn try_extremes(parameter: &Parameter, base: &Base<'_>, judge: &mut Judge<'_>) {
    for value in parameter.law.extremes() {
        let changes = parameter.targets.iter().filter(|target| target.design.is_none()).map(|target| {
            Override::new(format!("{}={}", target.path.join("."), parameter.value_at(target, value).text()))
        });
        let changes: Vec<Override> = base.overrides.iter().cloned().chain(changes).collect();
        let organisations: Vec<String> = base
            .organisations
            .iter()
            .enumerate()
            .map(|(design, name)| {
                let own = parameter.targets.iter().filter(|target| target.design == Some(design));
                own.fold(name.clone(), |text, target| {
                    format!("{text}@{}={}", target.path.join("."), parameter.value_at(target, value).text())
                })
            })
            .collect();
        let tried = load::scenario(base.scenario_name, &changes)
            .and_then(|scenario| roster::designs(&organisations, &scenario, &changes).map(|_| ()));
        if let Err(mistakes) = tried {
            let first = mistakes.mistakes().first();
            let reason = first.map_or("it is refused", |mistake| mistake.message());
            let message = format!("`{}` cannot be {}: {reason}", parameter.name, parameter.text(value));
            let help = first.and_then(|mistake| mistake.help_text()).unwrap_or("narrow its law").to_string();
            judge.mistake(&format!("parameters.{}.law", parameter.name), message, "reaches this value", help);
            return;
        }
    }
}
