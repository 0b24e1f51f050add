//! Documents: trees of values with their origins, from files or options.

use indexmap::IndexMap;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::scenario::diagnostics::{Diagnostic, Diagnostics};
pub use crate::scenario::origin::{Origin, Source};

/// A value and its origin.
#[derive(Debug, Clone)]
pub struct Node {
    /// The value.
    pub value: Value,
    /// Position where it was written.
    pub origin: Origin,
}

/// A value of a document.
#[derive(Debug, Clone)]
pub enum Value {
    /// A table, in the order of the file.
    Table(IndexMap<String, Entry>),
    /// An array.
    Array(Vec<Node>),
    /// A text.
    Text(String),
    /// A number, whole or real as written.
    Number(Number),
    /// A truth value.
    Bool(bool),
}

/// A number as written.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Number {
    /// A whole number.
    Whole(i64),
    /// A real number, possibly not finite.
    Real(f64),
}

impl Number {
    /// Returns the number as a real number.
    pub fn as_f64(self) -> f64 {
        match self {
            Number::Whole(n) => n as f64,
            Number::Real(x) => x,
        }
    }
    /// Parses a plain number, whole if possible.
    pub fn parse(text: &str) -> Option<Number> {
        text.parse().map(Number::Whole).or_else(|_| text.parse().map(Number::Real)).ok()
    }
}

/// A key with its value.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Position where the key was written.
    pub key: Origin,
    /// The value.
    pub node: Node,
}

impl Node {
    /// Creates an empty table.
    pub fn table(origin: Origin) -> Self {
        Node { value: Value::Table(IndexMap::new()), origin }
    }

    /// Returns the kind of the value in words.
    pub fn kind(&self) -> &'static str {
        match &self.value {
            Value::Table(_) => "a table",
            Value::Array(_) => "an array",
            Value::Text(_) => "a text",
            Value::Number(Number::Whole(_)) => "a whole number",
            Value::Number(Number::Real(_)) => "a number",
            Value::Bool(_) => "true or false",
        }
    }

    /// Returns the value at a dotted path, if it exists.
    pub fn at(&self, path: &str) -> Option<&Node> {
        path.split('.').try_fold(self, |node, part| match &node.value {
            Value::Table(table) => table.get(part).map(|entry| &entry.node),
            Value::Array(items) => part.parse::<usize>().ok().and_then(|index| items.get(index)),
            _ => None,
        })
    }

    /// Returns the origin of the deepest existing value on a dotted path.
    pub fn origin_of(&self, path: &str) -> Origin {
        let mut node = self;
        for part in path.split('.') {
            match &node.value {
                Value::Table(table) if table.contains_key(part) => node = &table[part].node,
                Value::Array(items) => {
                    match part.parse::<usize>().ok().and_then(|index| items.get(index)) {
                        Some(item) => node = item,
                        None => break,
                    }
                }
                _ => break,
            }
        }
        node.origin
    }

    /// Returns the origin of the last key of a dotted path, if it exists.
    pub fn key_origin(&self, path: &str) -> Option<Origin> {
        let (parent, last) =
            path.rsplit_once('.').map_or((None, path), |(parent, last)| (Some(parent), last));
        let parent = parent.map_or(Some(self), |parent| self.at(parent))?;
        match &parent.value {
            Value::Table(table) => table.get(last).map(|entry| entry.key),
            _ => None,
        }
    }

    /// Sets the value at a path and returns the old one. Missing tables are created; a word on the
    /// path (`fine = "none"`) is replaced by a table.
    ///
    /// Fails if the path is empty, leads through another kind of value, or names no item of an
    /// array.
    pub fn set(&mut self, path: &[&str], key: Origin, node: Node) -> Result<Option<Node>, String> {
        let Some((first, rest)) = path.split_first() else {
            return Err("the path is empty".into());
        };
        if matches!(self.value, Value::Text(_)) {
            *self = Node::table(key);
        }
        match &mut self.value {
            Value::Table(table) => {
                if rest.is_empty() {
                    return Ok(table
                        .insert((*first).into(), Entry { key, node })
                        .map(|old| old.node));
                }
                let next = table
                    .entry((*first).into())
                    .or_insert_with(|| Entry { key, node: Node::table(key) });
                next.node.set(rest, key, node)
            }
            Value::Array(items) => {
                let count = items.len();
                let item =
                    first.parse::<usize>().ok().and_then(|index| items.get_mut(index)).ok_or_else(
                        || format!("`{first}` is not the index of one of its {count} items"),
                    )?;
                if rest.is_empty() {
                    Ok(Some(std::mem::replace(item, node)))
                } else {
                    item.set(rest, key, node)
                }
            }
            _ => Err(format!("`{first}` lies inside {}, not in a table", self.kind())),
        }
    }

    /// Lays another document over this one: tables are merged, other values are replaced.
    pub fn overlay(&mut self, over: Node) {
        match (&mut self.value, over.value) {
            (Value::Table(own), Value::Table(others)) => {
                for (name, entry) in others {
                    match own.get_mut(&name) {
                        Some(known) => {
                            known.key = entry.key;
                            known.node.overlay(entry.node);
                        }
                        None => {
                            own.insert(name, entry);
                        }
                    }
                }
            }
            (own, value) => *own = value,
        }
        self.origin = over.origin;
    }

    /// Converts the value to JSON, for typed reading.
    pub fn to_json(&self) -> serde_json::Value {
        match &self.value {
            Value::Table(table) => serde_json::Value::Object(
                table.iter().map(|(key, entry)| (key.clone(), entry.node.to_json())).collect(),
            ),
            Value::Array(items) => {
                serde_json::Value::Array(items.iter().map(Node::to_json).collect())
            }
            Value::Text(text) => serde_json::Value::String(text.clone()),
            Value::Number(Number::Whole(n)) => serde_json::Value::from(*n),
            Value::Number(Number::Real(x)) => serde_json::Value::from(*x),
            Value::Bool(b) => serde_json::Value::Bool(*b),
        }
    }
}

/// Reads TOML into a document. Returns `None` if there was a syntax error or a number that cannot
/// be read.
///
/// Up to 20 syntax errors are reported. No further checks are made on such a text.
pub fn read_toml(text: &str, source: usize, diagnostics: &mut Diagnostics) -> Option<Node> {
    let (root, mut errors) = DeTable::parse_recoverable(text);
    if errors.is_empty() {
        let mut clean = true;
        let origin = Origin::new(source, 0..0);
        let table = read_table(root.get_ref(), source, diagnostics, &mut clean);
        return clean.then_some(Node { value: table, origin });
    }
    errors.sort_by_key(|error| error.span().map_or(0, |span| span.start));
    errors.dedup_by(|a, b| a.span() == b.span() && a.message() == b.message());
    for error in errors.iter().take(20) {
        let span = error.span().unwrap_or(0..0);
        diagnostics.push(
            Diagnostic::new("syntax", format!("this is not valid TOML: {}", error.message()))
                .at(Origin::new(source, span), "here")
                .help(
                    "tables are `[name]`, values `key = 1.5`, `key = \"text\"`, `key = [1, 2]` \
                    or `key = true`",
                ),
        );
    }
    None
}

fn read_table(
    table: &DeTable<'_>,
    source: usize,
    diagnostics: &mut Diagnostics,
    clean: &mut bool,
) -> Value {
    let mut entries: Vec<_> = table.iter().collect();
    entries.sort_by_key(|(key, _)| key.span().start);
    Value::Table(
        entries
            .into_iter()
            .map(|(key, value)| {
                let entry = Entry {
                    key: Origin::new(source, key.span()),
                    node: read_value(value, source, diagnostics, clean),
                };
                (key.get_ref().to_string(), entry)
            })
            .collect(),
    )
}

fn read_value(
    value: &Spanned<DeValue<'_>>,
    source: usize,
    diagnostics: &mut Diagnostics,
    clean: &mut bool,
) -> Node {
    let origin = Origin::new(source, value.span());
    let mut refuse = |message: &str| {
        *clean = false;
        let mistake = Diagnostic::new("number", message.to_string()).at(origin, "this value");
        diagnostics.push(mistake.help("write a plain number, such as 42 or 0.5"));
        Value::Number(Number::Real(0.0))
    };
    let value = match value.get_ref() {
        DeValue::String(text) => Value::Text(text.to_string()),
        DeValue::Integer(n) => match i64::from_str_radix(n.as_str(), n.radix()) {
            Ok(n) => Value::Number(Number::Whole(n)),
            Err(_) => refuse("this whole number does not fit into 64 bits"),
        },
        DeValue::Float(x) => match x.as_str().parse::<f64>() {
            Ok(x) => Value::Number(Number::Real(x)),
            Err(_) => refuse("this is not a number"),
        },
        DeValue::Boolean(b) => Value::Bool(*b),
        DeValue::Datetime(date) => Value::Text(date.to_string()),
        DeValue::Array(items) => Value::Array(
            items.iter().map(|item| read_value(item, source, diagnostics, clean)).collect(),
        ),
        DeValue::Table(table) => read_table(table, source, diagnostics, clean),
    };
    Node { value, origin }
}
