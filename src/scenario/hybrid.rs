//! Designs between two designs: the switches in which these differ, and the designs that take some
//! switches from one and the others from the other.

use crate::scenario::diagnostics::Diagnostics;
use crate::scenario::load::LoadedDesign;
use crate::scenario::raw::organisation::OrganisationFile;
use crate::scenario::read::document::{Node, Origin};
use crate::scenario::resolve;
use crate::scenario::resolve::validator::Validator;
use crate::scenario::types::Scenario;
use crate::scenario::types::design::Design;
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// One switch, or several that are valid only together.
#[derive(Debug, Clone, PartialEq)]
pub struct Switch {
    /// Paths in the organisation file, such as `sanctions.fine`.
    pub paths: Vec<String>,
    /// Values in the first design, as JSON.
    pub from: String,
    /// Values in the second design, as JSON.
    pub to: String,
}

impl Switch {
    /// Returns the name used in tables.
    pub fn name(&self) -> String {
        self.paths.join(" + ")
    }
}

/// Largest number of switches that can be turned one by one: a set of them is a 64-bit mask.
pub const MOST: usize = 63;

/// Tables of an organisation file in which each key is a switch.
const TABLES: [&str; 9] = [
    "decision",
    "delegation",
    "bargaining",
    "monitoring",
    "sanctions",
    "ratification",
    "membership",
    "donors",
    "cost",
];

/// Tables of tables, each of which is a switch: it may be in one of the designs only.
const TABLES_BY_NAME: [&str; 1] = ["organs"];

/// Returns a file as JSON, with related organisations in the places of their names.
fn written(file: &OrganisationFile) -> Map<String, Value> {
    let Ok(Value::Object(mut map)) = serde_json::to_value(file) else {
        return Map::new();
    };
    if let Some(Value::Object(related)) = map.shift_remove("related") {
        let put = |name: &mut Value| {
            if let Some(file) = name.as_str().and_then(|name| related.get(name)) {
                *name = file.clone();
            }
        };
        map.get_mut("merger").and_then(|merger| merger.get_mut("into")).into_iter().for_each(put);
        map.get_mut("beside").and_then(Value::as_array_mut).into_iter().flatten().for_each(put);
    }
    map
}

fn at<'a>(file: &'a Map<String, Value>, path: &str) -> &'a Value {
    match path.split_once('.') {
        Some((table, key)) => {
            file.get(table).and_then(|table| table.get(key)).unwrap_or(&Value::Null)
        }
        None => file.get(path).unwrap_or(&Value::Null),
    }
}

/// Returns the paths at which two designs differ, in the order of the file, without the header.
fn differing_paths(a: &Map<String, Value>, b: &Map<String, Value>) -> Vec<String> {
    let mut paths = Vec::new();
    for key in a.keys().filter(|key| *key != "organisation") {
        let keys = |of: &Map<String, Value>| -> Vec<String> {
            of[key].as_object().into_iter().flat_map(Map::keys).cloned().collect()
        };
        if TABLES_BY_NAME.contains(&key.as_str()) {
            let mut names = keys(b);
            names.extend(keys(a).into_iter().filter(|name| !b[key][name].is_object()));
            paths.extend(names.iter().map(|inner| format!("{key}.{inner}")));
        } else if TABLES.contains(&key.as_str()) {
            paths.extend(keys(a).iter().map(|inner| format!("{key}.{inner}")));
        } else {
            paths.push(key.clone());
        }
    }
    paths.retain(|path| at(a, path) != at(b, path));
    paths
}

/// Returns a small set of paths around `i` that leaves no mistake, if one is found.
///
/// One more path is tried, then two more. After that, paths are added one by one, each time the one
/// that leaves the fewest mistakes.
fn companions(i: usize, count: usize, mistakes: impl Fn(&[usize]) -> usize) -> Vec<usize> {
    let mut set = vec![i];
    if mistakes(&set) == 0 {
        return set;
    }
    let others: Vec<usize> = (0..count).filter(|&at| at != i).collect();
    let pairs = others
        .iter()
        .flat_map(|&a| others.iter().filter(move |&&b| b > a).map(move |&b| vec![a, b]));
    if let Some(found) = others
        .iter()
        .map(|&a| vec![a])
        .chain(pairs)
        .find(|more| mistakes(&[&[i], &more[..]].concat()) == 0)
    {
        set.extend(found);
        return set;
    }
    let mut left = mistakes(&set);
    while left > 0 && set.len() < count {
        let outside = others.iter().filter(|at| !set.contains(at));
        let Some((fewest, at)) =
            outside.map(|&at| (mistakes(&[&set[..], &[at]].concat()), at)).min()
        else {
            break;
        };
        set.push(at);
        left = fewest;
    }
    set
}

/// Two designs and the switches in which they differ.
#[derive(Debug)]
pub struct Transition<'a> {
    scenario: &'a Scenario,
    designs: [&'a LoadedDesign; 2],
    files: [Map<String, Value>; 2],
    /// Switches in which the designs differ.
    pub switches: Vec<Switch>,
}

impl<'a> Transition<'a> {
    /// Finds the switches from `a` to `b`. Switches are joined where one without the other makes a
    /// file that is refused.
    pub fn new(scenario: &'a Scenario, a: &'a LoadedDesign, b: &'a LoadedDesign) -> Self {
        let files = [written(&a.file), written(&b.file)];
        let paths = differing_paths(&files[0], &files[1]);
        let mut transition = Transition { scenario, designs: [a, b], files, switches: Vec::new() };
        let mut group: Vec<usize> = (0..paths.len()).collect();
        // Number of mistakes if only the chosen paths are turned, or all but these.
        let mistakes = |chosen: &[usize], turned: bool| {
            let mut take = vec![!turned; paths.len()];
            chosen.iter().for_each(|&at| take[at] = turned);
            transition.resolve(&paths, &take).err().map_or(0, |mistakes| mistakes.mistakes().len())
        };
        for i in 0..paths.len() {
            for turned in [true, false] {
                let set = companions(i, paths.len(), |chosen| mistakes(chosen, turned));
                let leader = set.iter().map(|&at| group[at]).min().unwrap_or(i);
                let old: Vec<usize> = set.iter().map(|&at| group[at]).collect();
                group.iter_mut().filter(|g| old.contains(g)).for_each(|g| *g = leader);
            }
        }
        let [from, to] = &transition.files;
        let mut switches = Vec::new();
        for leader in 0..paths.len() {
            let members: Vec<&String> =
                (0..paths.len()).filter(|&at| group[at] == leader).map(|at| &paths[at]).collect();
            if members.is_empty() {
                continue;
            }
            let say = |file: &Map<String, Value>| {
                members
                    .iter()
                    .map(|path| at(file, path).to_string())
                    .collect::<Vec<_>>()
                    .join(" + ")
            };
            switches.push(Switch {
                from: say(from),
                to: say(to),
                paths: members.into_iter().cloned().collect(),
            });
        }
        transition.switches = switches;
        if transition.switches.len() > MOST {
            return transition;
        }
        let kept: Vec<bool> =
            (0..transition.switches.len()).map(|at| transition.matters(at)).collect();
        let mut kept = kept.into_iter();
        transition.switches.retain(|_| kept.next().unwrap_or(true));
        transition
    }

    fn resolve(&self, paths: &[String], take: &[bool]) -> Result<Design, Diagnostics> {
        let mut file = self.files[0].clone();
        for (path, _) in paths.iter().zip(take).filter(|(_, take)| **take) {
            let value = at(&self.files[1], path).clone();
            match path.split_once('.') {
                Some((table, key)) => {
                    let by_name = TABLES_BY_NAME.contains(&table);
                    if let Some(Value::Object(table)) = file.get_mut(table) {
                        if by_name && value.is_null() {
                            table.shift_remove(key);
                        } else {
                            table.insert(key.into(), value);
                        }
                    }
                }
                None => {
                    file.insert(path.clone(), value);
                }
            }
        }
        let merges = |which: usize| at(&self.files[which], "merger") == at(&file, "merger");
        let merger =
            if merges(0) { &self.designs[0].design.merger } else { &self.designs[1].design.merger };
        let others = if at(&self.files[0], "beside") == at(&file, "beside") { 0 } else { 1 };
        // The designs that these name are those of the two designs.
        file.insert("merger".into(), Value::Null);
        file.insert("beside".into(), Value::Array(Vec::new()));
        let mut diagnostics = Diagnostics::default();
        let file: OrganisationFile = match serde_json::from_value(Value::Object(file)) {
            Ok(file) => file,
            Err(error) => {
                return Err(crate::scenario::load::refuse(
                    "hybrid",
                    error.to_string(),
                    "compare designs that are closer".into(),
                ));
            }
        };
        let (root, repaired) = (Node::table(Origin::new(0, 0..0)), BTreeSet::new());
        diagnostics.source("a design between the two", "", "");
        let mut validator =
            Validator { root: &root, repaired: &repaired, diagnostics: &mut diagnostics };
        let mut design = resolve::design::resolve(&file, self.scenario, &mut validator);
        design.merger = merger.clone();
        design.stand_beside(self.designs[others].design.beside.clone());
        if diagnostics.is_empty() { Ok(design) } else { Err(diagnostics) }
    }

    /// Whether a switch changes the first or the second design. A switch that only names states
    /// outside the scenario does not.
    fn matters(&self, switch: usize) -> bool {
        let full = (1u64 << self.switches.len()) - 1;
        let same = |a: u64, b: u64| match (self.design(a), self.design(b)) {
            (Ok(mut a), Ok(mut b)) => {
                (a.name, b.name) = (String::new(), String::new());
                format!("{a:?}") == format!("{b:?}")
            }
            _ => false,
        };
        let bit = 1u64 << switch;
        !(same(0, bit) && same(full, full & !bit))
    }

    /// Returns the design that takes the switches of a bit mask from the second design, and all
    /// others from the first.
    ///
    /// Fails with the mistakes of a combination that is not valid.
    pub fn design(&self, turned: u64) -> Result<Design, Diagnostics> {
        let mut paths = Vec::new();
        let mut take = Vec::new();
        for (at, switch) in self.switches.iter().enumerate() {
            for path in &switch.paths {
                paths.push(path.clone());
                take.push(turned >> at & 1 == 1);
            }
        }
        let mut design = self.resolve(&paths, &take)?;
        design.name = format!("{}…{turned:b}", self.designs[0].design.name);
        Ok(design)
    }
}
