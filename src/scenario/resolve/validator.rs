//! Collects mistakes in values that are checked together, with their positions.

use crate::scenario::diagnostics::{Diagnostic, Diagnostics, suggest};
use crate::scenario::raw::Season;
use crate::scenario::read::document::Node;
use crate::scenario::types::{Scenario, SlotKind};
use std::collections::BTreeSet;

/// Collects mistakes with their positions in a document.
pub(in crate::scenario) struct Validator<'a> {
    pub root: &'a Node,
    pub repaired: &'a BTreeSet<String>,
    pub diagnostics: &'a mut Diagnostics,
}

impl Validator<'_> {
    /// Whether the value at a path is as written, not repaired.
    pub(in crate::scenario) fn as_written(&self, path: &str) -> bool {
        !self.repaired.contains(path)
    }

    /// Reports a mistake at the value of a path, unless it was repaired and thus reported already.
    pub(in crate::scenario) fn mistake(
        &mut self,
        path: &str,
        message: String,
        label: &str,
        help: String,
    ) {
        let reported = self.repaired.iter().any(|repaired| {
            path == repaired
                || path.starts_with(&format!("{repaired}."))
                || repaired.starts_with(&format!("{path}."))
        });
        if !reported {
            let origin = self.root.origin_of(path);
            self.diagnostics.push(Diagnostic::new("value", message).at(origin, label).help(help));
        }
    }
    /// Reports a mistake at the key of a path, unless it was repaired and thus reported already.
    pub(in crate::scenario) fn wrong_key(
        &mut self,
        path: &str,
        message: String,
        label: &str,
        help: String,
    ) {
        if !self.repaired.contains(path) {
            let origin = self.root.key_origin(path).unwrap_or_else(|| self.root.origin_of(path));
            self.diagnostics.push(Diagnostic::new("value", message).at(origin, label).help(help));
        }
    }
}

/// Whether a name is not empty and consists of ASCII letters, digits, `-` and `_`.
pub(in crate::scenario) fn is_id(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
}

/// Returns the ids of all states.
pub(in crate::scenario) fn ids(scenario: &Scenario) -> impl Iterator<Item = &str> {
    scenario.states.iter().map(|state| state.id.as_str())
}

/// Obligor, kind, season, and the position of the trigger in the domain.
pub(in crate::scenario) type RawSlot = (usize, SlotKind, Season, Option<usize>);

/// Returns the position of a state. Reports a mistake at the path that names it if it is unknown.
pub(in crate::scenario) fn state_at(
    name: &str,
    path: &str,
    ids: &[String],
    validator: &mut Validator<'_>,
    at_key: bool,
) -> Option<usize> {
    let found = ids.iter().position(|id| id == name);
    if found.is_none() {
        let message = format!("there is no state `{name}`");
        let help = suggest(name, ids.iter().map(String::as_str));
        if at_key {
            validator.wrong_key(path, message, "unknown state", help);
        } else {
            validator.mistake(path, message, "unknown state", help);
        }
    }
    found
}
