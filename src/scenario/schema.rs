//! JSON Schemas, generated from the types of the files.

use super::organisation_raw::OrganisationFile;
use super::raw::ScenarioFile;
use super::sweep::raw::SweepFile;
use schemars::generate::SchemaSettings;
use schemars::transform::RecursiveTransform;
use schemars::{JsonSchema, Schema};
use serde_json::Value;

/// Schema of scenario files.
pub fn scenario() -> Value {
    generate::<ScenarioFile>()
}

/// Schema of organisation files.
pub fn organisation() -> Value {
    generate::<OrganisationFile>()
}

/// Schema of sweep files.
pub fn sweep() -> Value {
    generate::<SweepFile>()
}

/// A schema as committed: indented, with a final newline.
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
    // The key by which files name their schema for editors.
    if let Some(properties) = value.get_mut("properties").and_then(Value::as_object_mut) {
        properties.insert(
            "$schema".into(),
            serde_json::json!({"type": "string", "description": "Path of this schema, for editors."}),
        );
    }
    value
}

/// TOML has no null: what is optional is left out.
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
