//! JSON Schemas, generated from the types of the files.

use crate::scenario::raw::ScenarioFile;
use crate::scenario::raw::organisation::OrganisationFile;
use crate::scenario::sweep::raw::SweepFile;
use schemars::generate::SchemaSettings;
use schemars::transform::RecursiveTransform;
use schemars::{JsonSchema, Schema};
use serde_json::Value;

/// Returns the schema of scenario files.
pub fn scenario() -> Value {
    generate::<ScenarioFile>()
}

/// Returns the schema of organisation files.
pub fn organisation() -> Value {
    generate::<OrganisationFile>()
}

/// Returns the schema of sweep files.
pub fn sweep() -> Value {
    generate::<SweepFile>()
}

/// Returns a schema as committed: indented, with a final newline.
pub fn text(schema: &Value) -> String {
    let mut text = serde_json::to_string_pretty(schema).unwrap_or_default();
    text.push('\n');
    text
}

fn generate<T: JsonSchema>() -> Value {
    let schema = SchemaSettings::draft2020_12()
        .with_transform(RecursiveTransform(without_null as fn(&mut Schema)))
        .into_generator()
        .into_root_schema_for::<T>();
    let mut value = schema.to_value();
    // Files name their schema for editors under this key.
    if let Some(properties) = value.get_mut("properties").and_then(Value::as_object_mut) {
        properties.insert(
            "$schema".into(),
            serde_json::json!({"type": "string", "description": "Path of this schema, for \
                editors."}),
        );
    }
    value
}

/// A value in a file that differs from the default of its schema.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Deviation {
    /// Path in the file.
    pub path: String,
    /// Value in the file, as JSON.
    pub value: String,
    /// Default of the schema, as JSON.
    pub default: String,
}

/// Returns all values of a document that differ from the defaults of its schema, in the order of
/// the document.
pub fn deviations(schema: &Value, document: &Value) -> Vec<Deviation> {
    let mut found = Vec::new();
    walk(schema, schema, document, None, "", &mut found);
    found
}

fn walk(
    root: &Value,
    schema: &Value,
    given: &Value,
    default: Option<&Value>,
    path: &str,
    found: &mut Vec<Deviation>,
) {
    let own = schema.get("default").or(default);
    let schema =
        match schema.get("$ref").and_then(Value::as_str).and_then(|path| path.strip_prefix("#/")) {
            Some(path) => path.split('/').fold(root, |at, part| &at[part]),
            None => schema,
        };
    match given {
        Value::Object(members) => {
            for (key, value) in members {
                let below =
                    schema["properties"].get(key).or_else(|| schema.get("additionalProperties"));
                let default = own.and_then(|own| own.get(key));
                let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                if let Some(below) = below {
                    walk(root, below, value, default, &path, found);
                }
            }
        }
        _ => {
            let Some(default) = own.or_else(|| schema.get("default")) else { return };
            let same = match (given.as_f64(), default.as_f64()) {
                (Some(a), Some(b)) => a == b,
                _ => given == default,
            };
            if !same && !default.is_object() && default.as_str() != Some("") {
                let (path, value) = (path.to_string(), given.to_string());
                found.push(Deviation { path, value, default: default.to_string() });
            }
        }
    }
}

/// Removes null from a schema: TOML has no null, and optional keys are left out.
fn without_null(schema: &mut Schema) {
    let Some(object) = schema.as_object_mut() else {
        return;
    };
    if object.get("default") == Some(&Value::Null) {
        object.remove("default");
    }
    if let Some(Value::Array(types)) = object.get_mut("type") {
        types.retain(|kind| kind != "null");
        if types.len() == 1 {
            let only = types.remove(0);
            object.insert("type".into(), only);
        }
    }
    if let Some(Value::Array(options)) = object.get_mut("anyOf") {
        options.retain(|option| option.get("type") != Some(&Value::from("null")));
        if options.len() == 1
            && let Value::Object(only) = options.remove(0)
        {
            object.remove("anyOf");
            for (key, value) in only {
                object.entry(key).or_insert(value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deviations_from_defaults_are_found_by_path() {
        let document = serde_json::json!({
            "behaviour": {"exit_patience": 4, "stake_floor": 0.05},
            "states": {"KGZ": {"lambda_vote": 8, "discount_factor": 0.8}},
            "shocks": {"fuel_price": {"ar1": 0.5, "mean_index": 1}},
        });
        let found = deviations(&scenario(), &document);
        let paths: Vec<(&str, &str)> =
            found.iter().map(|d| (d.path.as_str(), d.default.as_str())).collect();
        let expected = [
            ("behaviour.exit_patience", "3"),
            ("states.KGZ.discount_factor", "0.9"),
            ("shocks.fuel_price.ar1", "0.0"),
        ];
        assert_eq!(paths, expected);
    }
}
