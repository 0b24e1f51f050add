//! Built-in organisations that a design refers to: what it merges into, and what exists beside it.

use super::builtin;
use super::diagnostics::{Diagnostics, suggest};
use super::raw::organisation::MergerTable;
use super::resolve::validator::Validator;
use super::types::Scenario;
use super::types::design::Design;
use crate::ids::MAX_BODIES;

/// Access to built-in organisations on a scenario.
pub(super) struct Builtin<'a> {
    /// Loads an organisation.
    pub load: &'a dyn Fn(&str) -> Result<Design, Diagnostics>,
    /// Returns what an organisation merges into.
    pub merges_into: &'a dyn Fn(&str) -> Option<String>,
    pub scenario: &'a Scenario,
}

impl Builtin<'_> {
    /// Resolves the design that applies after a merger. It must be built in.
    pub(super) fn merge(
        &self,
        merger: &MergerTable,
        design: &mut Design,
        validator: &mut Validator<'_>,
    ) {
        let scenario = self.scenario;
        let into = merger.into.as_str();
        let mut refuse = |message: String, help: String| {
            validator.mistake("merger.into", message, "merges into this", help)
        };
        if into == design.name {
            let help = "name another organisation, or remove [merger]".to_string();
            return refuse(format!("`{into}` cannot merge into itself"), help);
        }
        if !builtin::organisations().contains(&into) {
            let help = suggest(into, builtin::organisations());
            return refuse(format!("there is no built-in organisation `{into}`"), help);
        }
        // A chain of mergers must not contain a cycle.
        let mut chain = vec![design.name.clone(), into.to_string()];
        while let Some(next) = chain.last().and_then(|name| (self.merges_into)(name)) {
            if chain.contains(&next) {
                let help = "end the chain of mergers somewhere".to_string();
                return refuse(format!("`{into}` leads back to `{next}`"), help);
            }
            chain.push(next);
        }
        match (self.load)(into) {
            Ok(other) => {
                // A merger before the first year takes effect at the start.
                let year = (merger.year - scenario.first_year).max(0) as usize;
                design.merger = Some((year, Box::new(other)));
            }
            Err(mistakes) => {
                let reason =
                    mistakes.mistakes().first().map_or("", |mistake| mistake.message()).to_string();
                refuse(
                    format!("`{into}` does not fit the scenario `{}`: {reason}", scenario.name),
                    "name an organisation that does".into(),
                );
            }
        }
    }

    /// Resolves the organisations that exist beside a design. They must be built in.
    pub(super) fn stand_beside(
        &self,
        names: &[String],
        design: &mut Design,
        validator: &mut Validator<'_>,
    ) {
        let scenario = self.scenario;
        let mut found = Vec::new();
        for (index, name) in names.iter().enumerate() {
            let mut refuse = |message: String, help: String| {
                validator.mistake(&format!("beside.{index}"), message, "beside this", help)
            };
            if *name == design.name || names[..index].contains(name) {
                let help = "name each organisation once".to_string();
                refuse(format!("`{name}` is there already"), help);
                continue;
            }
            if !builtin::organisations().contains(&name.as_str()) {
                let help = suggest(name, builtin::organisations());
                refuse(format!("there is no built-in organisation `{name}`"), help);
                continue;
            }
            match (self.load)(name) {
                Ok(other) if other.merger.is_some() || !other.beside.is_empty() => refuse(
                    format!("`{name}` merges into another organisation or has others beside it"),
                    "name an organisation that stands alone".into(),
                ),
                Ok(other) => found.push(other),
                Err(mistakes) => {
                    let mistakes = mistakes.mistakes();
                    let reason =
                        mistakes.first().map_or("", |mistake| mistake.message()).to_string();
                    refuse(
                        format!("`{name}` does not fit the scenario `{}`: {reason}", scenario.name),
                        "name an organisation that does".into(),
                    );
                }
            }
        }
        design.stand_beside(found);
        if design.bodies() > MAX_BODIES {
            validator.mistake(
                "beside",
                format!("{} bodies are more than {MAX_BODIES}", design.bodies()),
                "too many",
                "name fewer organisations".into(),
            );
        }
    }
}
