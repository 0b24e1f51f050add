//! Scenario and designs of a point: the base with the values of the point put in.
//!
//! Ranges of single values were checked at the extremes of every law when the sweep was loaded.
//! Checks that involve several values are repeated at every point.

use super::{Parameter, Setting, Sweep};
use crate::scenario::diagnostics::Diagnostics;
use crate::scenario::load::{self, LoadedDesign, LoadedScenario};
use crate::scenario::raw::ScenarioFile;
use crate::scenario::raw::organisation::OrganisationFile;
use crate::scenario::read::document::{Node, Origin};
use crate::scenario::resolve;
use crate::scenario::resolve::validator::Validator;
use crate::scenario::types::Scenario;
use crate::scenario::types::design::Design;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// The files of a sweep as typed, with defaults filled in, to be varied.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Variants {
    parameters: Vec<Parameter>,
    scenario: Value,
    designs: Vec<Value>,
}

/// Returns a file as typed, with its defaults, as JSON.
pub(super) fn written<T: serde::Serialize>(file: &T) -> Value {
    serde_json::to_value(file).unwrap_or(Value::Null)
}

fn json(setting: Setting) -> Value {
    match setting {
        // Whole numbers stay whole, because some keys take only these.
        Setting::Number(x) if x.fract() == 0.0 && x.abs() < 9e15 => (x as i64).into(),
        Setting::Number(x) => x.into(),
        Setting::Word(word) => word.into(),
        Setting::Truth(truth) => truth.into(),
    }
}

fn put(root: &mut Value, path: &[String], value: Value) {
    let Some((last, before)) = path.split_last() else {
        return;
    };
    let mut at = root;
    for name in before {
        at = match at {
            Value::Array(items) => {
                match name.parse::<usize>().ok().and_then(|index| items.get_mut(index)) {
                    Some(item) => item,
                    None => return,
                }
            }
            other => {
                // A table replaces a word, as with --set.
                if !other.is_object() {
                    *other = Value::Object(Map::new());
                }
                let Value::Object(table) = other else { return };
                table.entry(name.clone()).or_insert(Value::Null)
            }
        };
    }
    match at {
        Value::Array(items) => {
            if let Some(item) = last.parse::<usize>().ok().and_then(|index| items.get_mut(index)) {
                *item = value;
            }
        }
        other => {
            if !other.is_object() {
                *other = Value::Object(Map::new());
            }
            if let Value::Object(table) = other {
                table.insert(last.clone(), value);
            }
        }
    }
}

impl Variants {
    /// Creates the variants of a sweep.
    pub fn new(sweep: &Sweep, scenario: &LoadedScenario, designs: &[LoadedDesign]) -> Self {
        Variants {
            parameters: sweep.parameters.clone(),
            scenario: written(&scenario.file),
            designs: designs.iter().map(|design| written(&design.file)).collect(),
        }
    }

    /// Returns the scenario and the designs at given values of the parameters. Fails with the first
    /// mistake in words.
    pub fn at(&self, values: &[f64]) -> Result<(Scenario, Vec<Design>), String> {
        let (mut scenario, mut designs) = (self.scenario.clone(), self.designs.clone());
        for (parameter, &value) in self.parameters.iter().zip(values) {
            for target in &parameter.targets {
                let root = target.design.map_or(&mut scenario, |design| &mut designs[design]);
                put(root, &target.path, json(parameter.value_at(target, value)));
            }
        }
        let file: ScenarioFile =
            serde_json::from_value(scenario).map_err(|error| error.to_string())?;
        let scenario = reported(|validator| resolve::scenario::resolve(&file, validator))?;
        let designs = designs
            .into_iter()
            .map(|design| {
                let file: OrganisationFile =
                    serde_json::from_value(design).map_err(|error| error.to_string())?;
                reported(|validator| load::validated_design(&file, &scenario, validator))
                    .map_err(|reason| format!("{}: {reason}", file.organisation.name))
            })
            .collect::<Result<_, _>>()?;
        Ok((scenario, designs))
    }
}

/// Runs a check and returns its result, or its first mistake.
fn reported<T>(resolve: impl FnOnce(&mut Validator<'_>) -> T) -> Result<T, String> {
    let root = Node::table(Origin::new(0, 0..0));
    let (repaired, mut diagnostics) = (BTreeSet::new(), Diagnostics::default());
    let mut validator =
        Validator { root: &root, repaired: &repaired, diagnostics: &mut diagnostics };
    let value = resolve(&mut validator);
    match diagnostics.mistakes().first() {
        None => Ok(value),
        Some(mistake) => Err(mistake.message().to_string()),
    }
}
