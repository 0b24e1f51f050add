//! Checks a document against the JSON Schema of its type and reports all mistakes.
//!
//! Mistakes are repaired in the document: unknown keys are dropped, numbers replaced, gaps filled.
//! Typed reading and the checks that involve several values can then run and report their own
//! mistakes.

use crate::scenario::diagnostics::{Diagnostic, Diagnostics, suggest};
use crate::scenario::read::document::{Entry, Node, Number, Origin, Value};
use crate::scenario::read::tables::Figures;
use indexmap::IndexMap;
use serde_json::{Map, Value as Json};
use std::collections::BTreeSet;

/// A check of a document against a schema.
pub struct Check<'a> {
    schema: &'a Json,
    figures: &'a Figures,
    diagnostics: &'a mut Diagnostics,
    /// Paths that were repaired. Their values must not be checked again.
    pub repaired: BTreeSet<String>,
}

impl<'a> Check<'a> {
    /// Creates a check against a root schema. `figures` holds the units in which data tables give
    /// values.
    pub fn new(schema: &'a Json, figures: &'a Figures, diagnostics: &'a mut Diagnostics) -> Self {
        Check { schema, figures, diagnostics, repaired: BTreeSet::new() }
    }

    /// Checks and repairs a whole document.
    pub fn document(&mut self, root: &mut Node) {
        let schema = self.schema;
        self.node(root, schema, "", root.origin);
    }

    fn resolve<'s>(&'s self, schema: &'s Json) -> &'s Json {
        let reference = schema.get("$ref").and_then(Json::as_str);
        match reference.and_then(|path| path.strip_prefix('#')) {
            // `#` is the schema of the whole document.
            Some(path) => {
                let parts = path.split('/').filter(|part| !part.is_empty());
                parts.fold(self.schema, |at, part| &at[part])
            }
            None => schema,
        }
    }

    fn node(&mut self, node: &mut Node, schema: &Json, path: &str, key: Origin) {
        let resolved = self.resolve(schema).clone();
        let unit = schema.get("x-unit").or_else(|| resolved.get("x-unit")).and_then(Json::as_str);
        let options =
            resolved.get("oneOf").or_else(|| resolved.get("anyOf")).and_then(Json::as_array);
        if let Some(options) = options {
            self.choice(node, &options.clone(), path, unit);
            return;
        }
        if let Some(words) = words_of(&resolved) {
            self.word(node, &words, path);
            return;
        }
        match resolved.get("type").and_then(Json::as_str) {
            Some("object") => self.table(node, &resolved, path, key, unit),
            Some("array") => self.array(node, &resolved, path),
            Some("string") if !matches!(node.value, Value::Text(_)) => {
                self.wrong_kind(node, "a text in quotes", path, Value::Text(String::new()));
            }
            Some("boolean") if !matches!(node.value, Value::Bool(_)) => {
                self.wrong_kind(node, "true or false", path, Value::Bool(false));
            }
            Some(kind @ ("number" | "integer")) => {
                self.number(node, &resolved, path, kind == "integer", unit)
            }
            _ => {}
        }
    }

    fn mistake(&mut self, path: &str, mistake: Diagnostic) {
        self.repaired.insert(path.to_string());
        self.diagnostics.push(mistake);
    }

    fn wrong_kind(&mut self, node: &mut Node, wanted: &str, path: &str, repair: Value) {
        let message = format!("`{path}` should be {wanted}, but is {}", node.kind());
        self.mistake(
            path,
            Diagnostic::new("type", message)
                .at(node.origin, format!("expected {wanted}"))
                .help(format!("replace it by {wanted}")),
        );
        node.value = repair;
    }

    fn number(
        &mut self,
        node: &mut Node,
        schema: &Json,
        path: &str,
        whole: bool,
        unit: Option<&str>,
    ) {
        let Value::Number(number) = node.value else {
            let wanted = if whole { "a whole number" } else { "a number" };
            self.wrong_kind(node, wanted, path, placeholder_number(schema, whole));
            return;
        };
        let x = number.as_f64();
        if !x.is_finite() {
            let help = match unit {
                Some(unit) => format!("give a finite number in {unit}"),
                None => "give a finite number".to_string(),
            };
            let mistake = Diagnostic::new("number", format!("`{path}` is not a finite number"));
            self.mistake(path, mistake.at(node.origin, "not finite").help(help));
            node.value = placeholder_number(schema, whole);
            return;
        }
        if whole && matches!(number, Number::Real(_)) {
            let mistake =
                Diagnostic::new("type", format!("`{path}` should be a whole number, but is {x}"));
            self.mistake(
                path,
                mistake
                    .at(node.origin, "expected a whole number")
                    .help(format!("write {}", x.round())),
            );
            node.value = placeholder_number(schema, whole);
            return;
        }
        let limit = |name: &str| schema.get(name).and_then(Json::as_f64);
        let (minimum, maximum) = (limit("minimum"), limit("maximum"));
        let above = limit("exclusiveMinimum");
        let outside = minimum.is_some_and(|m| x < m)
            || maximum.is_some_and(|m| x > m)
            || above.is_some_and(|m| x <= m);
        if outside {
            let mut range = match (above, minimum, maximum) {
                (Some(low), _, Some(high)) => format!("above {low}, up to {high}"),
                (Some(low), _, None) => format!("above {low}"),
                (None, Some(low), Some(high)) => format!("between {low} and {high}"),
                (None, Some(low), None) => format!("{low} or more"),
                (None, None, Some(high)) => format!("{high} or less"),
                (None, None, None) => "within range".into(),
            };
            if let Some(unit) = unit {
                range.push(' ');
                range.push_str(unit);
            }
            let mistake =
                Diagnostic::new("range", format!("`{path}` is {x}, which is out of range"));
            self.mistake(
                path,
                mistake.at(node.origin, "out of range").help(format!("it must be {range}")),
            );
            node.value = placeholder_number(schema, whole);
        }
        if let Some(figure) = self.figures.get(path) {
            let wanted = unit.unwrap_or("-");
            let given = if figure.unit.is_empty() { "-" } else { figure.unit.as_str() };
            if given != wanted {
                let mistake = Diagnostic::new(
                    "unit",
                    format!("`{path}` is given in `{given}`, but is read in `{wanted}`"),
                )
                .at(figure.unit_origin, "this unit")
                .help(format!("convert the value and write `{wanted}` as its unit"));
                self.mistake(path, mistake);
            }
        }
    }

    fn word(&mut self, node: &mut Node, words: &[String], path: &str) {
        let first = Value::Text(words[0].clone());
        match &node.value {
            Value::Text(word) if words.contains(word) => {}
            Value::Text(word) => {
                let word = word.clone();
                self.unknown_word(node, &word, words.iter().map(String::as_str), path);
                node.value = first;
            }
            _ => self.wrong_kind(
                node,
                &format!("one of {}", quoted(words.iter().map(String::as_str))),
                path,
                first,
            ),
        }
    }

    fn unknown_word<'w>(
        &mut self,
        node: &Node,
        word: &str,
        words: impl Iterator<Item = &'w str>,
        path: &str,
    ) {
        let mistake = Diagnostic::new("value", format!("`{path}` cannot be `{word}`"))
            .at(node.origin, "not a valid value")
            .help(suggest(word, words));
        self.mistake(path, mistake);
    }

    /// Checks a choice between words, numbers and tables with one key.
    fn choice(&mut self, node: &mut Node, options: &[Json], path: &str, unit: Option<&str>) {
        let mut words: Vec<String> = Vec::new();
        let mut number = None;
        let mut tagged: Vec<(String, Json)> = Vec::new();
        for option in options {
            let option = self.resolve(option);
            if let Some(more) = words_of(option) {
                words.extend(more);
            } else if let Some(properties) = option.get("properties").and_then(Json::as_object) {
                tagged.extend(properties.iter().map(|(key, schema)| (key.clone(), schema.clone())));
            } else if option.get("type").is_some() {
                number = Some(option.clone());
            }
        }
        let repair = match (&number, words.first()) {
            (_, Some(word)) => Value::Text(word.clone()),
            (Some(schema), None) => placeholder_number(schema, false),
            _ => Value::Table(Default::default()),
        };
        let names =
            words.iter().map(String::as_str).chain(tagged.iter().map(|(key, _)| key.as_str()));
        match &mut node.value {
            Value::Number(_) if number.is_some() => {
                if let Some(schema) = number {
                    let whole = schema.get("type").and_then(Json::as_str) == Some("integer");
                    self.number(node, &schema, path, whole, unit);
                }
            }
            Value::Text(word) if words.contains(word) => {}
            Value::Text(word) => {
                let word = word.clone();
                if tagged.iter().any(|(key, _)| *key == word) {
                    let mistake = Diagnostic::new("value", format!("`{word}` needs a value"))
                        .at(node.origin, "only the name is given")
                        .help(format!("write `{path}.{word} = …`"));
                    self.mistake(path, mistake);
                } else {
                    self.unknown_word(node, &word, names, path);
                }
                node.value = repair;
            }
            Value::Table(table) if !tagged.is_empty() && table.len() == 1 => {
                let Some((key, entry)) = table.iter_mut().next() else {
                    return;
                };
                let key = key.clone();
                match tagged.iter().find(|(name, _)| *name == key) {
                    Some((_, schema)) => {
                        let key_origin = entry.key;
                        let mut inner = std::mem::replace(&mut entry.node, Node::table(key_origin));
                        self.node(&mut inner, schema, &format!("{path}.{key}"), key_origin);
                        if let Value::Table(table) = &mut node.value
                            && let Some(entry) = table.get_mut(&key)
                        {
                            entry.node = inner;
                        }
                    }
                    None => {
                        let at = Node { value: Value::Bool(true), origin: entry.key };
                        self.unknown_word(&at, &key, names, path);
                        node.value = repair;
                    }
                }
            }
            _ => {
                let mut wanted: Vec<String> =
                    words.iter().map(|word| format!("\"{word}\"")).collect();
                wanted.extend(
                    tagged.iter().map(|(key, _)| format!("a table with the one key `{key}`")),
                );
                wanted.extend(number.map(|_| "a number".to_string()));
                self.wrong_kind(node, &wanted.join(" or "), path, repair);
            }
        }
    }

    fn array(&mut self, node: &mut Node, schema: &Json, path: &str) {
        let least = schema.get("minItems").and_then(Json::as_u64).unwrap_or(0) as usize;
        let items_schema = schema.get("items").cloned().unwrap_or(Json::Bool(true));
        let Value::Array(items) = &mut node.value else {
            self.wrong_kind(node, "an array in brackets", path, self.placeholder(schema));
            return;
        };
        let mut items = std::mem::take(items);
        if items.len() < least {
            let mistake = Diagnostic::new("empty", format!("`{path}` needs at least {least} item"));
            self.mistake(path, mistake.at(node.origin, "too few items"));
            items.push(Node { value: self.placeholder(&items_schema), origin: node.origin });
        }
        for (index, item) in items.iter_mut().enumerate() {
            let origin = item.origin;
            self.node(item, &items_schema, &format!("{path}.{index}"), origin);
        }
        node.value = Value::Array(items);
    }

    fn table(
        &mut self,
        node: &mut Node,
        schema: &Json,
        path: &str,
        key: Origin,
        unit: Option<&str>,
    ) {
        let Value::Table(table) = &mut node.value else {
            self.wrong_kind(node, "a table", path, self.placeholder(schema));
            return;
        };
        let mut table = std::mem::take(table);
        let none = Map::new();
        let properties = schema.get("properties").and_then(Json::as_object).unwrap_or(&none);
        let additional =
            schema.get("additionalProperties").filter(|additional| additional.is_object());
        let names: Vec<String> = table.keys().cloned().collect();
        for name in names {
            let Some(entry) = table.get_mut(&name) else {
                continue;
            };
            let (key, inner) = (entry.key, join(path, &name));
            match (properties.get(&name), additional) {
                (Some(schema), _) => self.node(&mut entry.node, schema, &inner, key),
                (None, Some(values)) => {
                    let mut values = values.clone();
                    if let (Some(object), Some(extra)) =
                        (values.as_object_mut(), schema.get("x-values"))
                    {
                        object.extend(extra.as_object().cloned().unwrap_or_default());
                    } else if let (Some(object), Some(unit)) = (values.as_object_mut(), unit) {
                        object.entry("x-unit").or_insert_with(|| unit.into());
                    }
                    self.node(&mut entry.node, &values, &inner, key);
                }
                (None, None) => self.unknown_key(&mut table, (path, &name), key, schema),
            }
        }
        let origin = if path.is_empty() { node.origin } else { key };
        self.require(&mut table, schema, path, origin);
        let least = schema.get("minProperties").and_then(Json::as_u64).unwrap_or(0) as usize;
        if table.len() < least && !self.repaired.contains(path) {
            let mistake = Diagnostic::new(
                "empty",
                format!("`{path}` needs at least {least} entries, but has {}", table.len()),
            );
            self.mistake(path, mistake.at(origin, "too few entries"));
        }
        node.value = Value::Table(table);
    }

    /// Handles a key that the schema lacks: a former name, a key that others have replaced, or a
    /// mistake.
    ///
    /// A value under a former name is checked under its present name, so that other mistakes in it
    /// are reported too.
    fn unknown_key(
        &mut self,
        table: &mut IndexMap<String, Entry>,
        (path, name): (&str, &str),
        key: Origin,
        schema: &Json,
    ) {
        let none = Map::new();
        let properties = schema.get("properties").and_then(Json::as_object).unwrap_or(&none);
        let (place, inner) = (place(path), join(path, name));
        if let Some(remedy) = schema["x-replaced"].get(name).and_then(Json::as_str) {
            let message = format!("`{name}` in {place} is no longer used");
            let mistake = Diagnostic::new("replaced_key", message).at(key, "former key");
            self.mistake(&inner, mistake.help(remedy.to_string()));
            table.shift_remove(name);
            return;
        }
        let Some(now) = renamed(properties, name) else {
            let message = format!("there is no `{name}` in {place}");
            let help = suggest(name, properties.keys().map(String::as_str));
            let mistake = Diagnostic::new("unknown_key", message).at(key, "unknown key");
            self.mistake(&inner, mistake.help(help));
            table.shift_remove(name);
            return;
        };
        let message = format!("`{name}` in {place} is now called `{now}`");
        let mistake = Diagnostic::new("renamed_key", message).at(key, "former name");
        self.mistake(&inner, mistake.help(format!("write `{now}`; its values are the same")));
        if let Some(mut entry) = table.shift_remove(name)
            && !table.contains_key(now)
        {
            self.node(&mut entry.node, &properties[now], &join(path, now), key);
            table.insert(now.to_string(), entry);
        }
    }

    /// Reports missing required keys and fills them with placeholders.
    fn require(
        &mut self,
        table: &mut IndexMap<String, Entry>,
        schema: &Json,
        path: &str,
        origin: Origin,
    ) {
        let properties = &schema["properties"];
        let required = schema.get("required").and_then(Json::as_array).into_iter().flatten();
        for name in required.filter_map(Json::as_str) {
            if table.contains_key(name) {
                continue;
            }
            let what = properties[name].get("description").and_then(Json::as_str).unwrap_or("");
            let message = format!("`{name}` is missing in {}", place(path));
            let mistake = Diagnostic::new("missing", message)
                .at(origin, "it belongs here")
                .help(format!("{name}: {what}"));
            self.mistake(&join(path, name), mistake);
            let node = Node { value: self.placeholder(&properties[name]), origin };
            table.insert(name.to_string(), Entry { key: origin, node });
        }
    }

    /// Returns a valid value with which checks can continue.
    fn placeholder(&self, schema: &Json) -> Value {
        let schema = self.resolve(schema);
        if let Some(words) = words_of(schema) {
            return Value::Text(words[0].clone());
        }
        if let Some(options) =
            schema.get("oneOf").or_else(|| schema.get("anyOf")).and_then(Json::as_array)
        {
            return self.placeholder(&options[0]);
        }
        match schema.get("type").and_then(Json::as_str) {
            Some("number") => placeholder_number(schema, false),
            Some("integer") => placeholder_number(schema, true),
            Some("string") => Value::Text(String::new()),
            Some("boolean") => Value::Bool(false),
            Some("array") => Value::Array(Vec::new()),
            _ => {
                let origin = Origin { source: 0, start: 0, end: 0 };
                let required =
                    schema.get("required").and_then(Json::as_array).into_iter().flatten();
                Value::Table(
                    required
                        .filter_map(Json::as_str)
                        .map(|name| {
                            let node = Node {
                                value: self.placeholder(&schema["properties"][name]),
                                origin,
                            };
                            (name.to_string(), Entry { key: origin, node })
                        })
                        .collect(),
                )
            }
        }
    }
}

fn placeholder_number(schema: &Json, whole: bool) -> Value {
    let limit = |name: &str| schema.get(name).and_then(Json::as_f64);
    let x =
        limit("minimum").or_else(|| limit("exclusiveMinimum").map(|low| low + 1.0)).unwrap_or(0.0);
    let x = limit("maximum").map_or(x, |high| x.min(high));
    Value::Number(if whole { Number::Whole(x as i64) } else { Number::Real(x) })
}

/// Returns the path of a key in the table at a path.
fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_string() } else { format!("{path}.{name}") }
}

/// Returns the words for the table at a path.
fn place(path: &str) -> String {
    if path.is_empty() { "this file".to_string() } else { format!("`{path}`") }
}

/// Returns the present name of a key that an earlier version called otherwise.
fn renamed<'s>(properties: &'s Map<String, Json>, name: &str) -> Option<&'s str> {
    let former = |schema: &Json| schema.get("x-former-name").and_then(Json::as_str) == Some(name);
    properties.iter().find(|(_, schema)| former(schema)).map(|(now, _)| now.as_str())
}

/// Returns the words of an enumeration; `None` for any other schema.
fn words_of(schema: &Json) -> Option<Vec<String>> {
    if let Some(word) = schema.get("const").and_then(Json::as_str) {
        return Some(vec![word.to_string()]);
    }
    let words = schema.get("enum")?.as_array()?;
    Some(words.iter().filter_map(Json::as_str).map(str::to_string).collect())
}

fn quoted<'a>(words: impl Iterator<Item = &'a str>) -> String {
    words.map(|word| format!("\"{word}\"")).collect::<Vec<_>>().join(", ")
}
