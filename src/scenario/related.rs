//! Organisations that a design refers to: what it merges into, and what exists beside it.

use super::builtin::{self, Folder};
use super::diagnostics::{Diagnostic, Diagnostics, suggest};
use super::raw::organisation::{MergerTable, OrganisationFile};
use super::read::document::{Entry, Node, Value, read_toml};
use super::resolve::validator::Validator;
use super::types::Scenario;
use super::types::design::Design;
use crate::ids::MAX_BODIES;
use indexmap::IndexMap;
use std::path::{Path, PathBuf};

/// Reads the files that `merger.into` and `beside` name by their paths into the table `related`.
/// Replaces the paths by the names of the organisations. `chain` holds the paths of the files that
/// have led here, this one last.
pub(super) fn read_related(
    folder: &Folder,
    root: &mut Node,
    chain: &mut Vec<PathBuf>,
    diagnostics: &mut Diagnostics,
) {
    let mut places = vec!["merger.into".to_string()];
    if let Some(Node { value: Value::Array(beside), .. }) = root.at("beside") {
        places.extend((0..beside.len()).map(|at| format!("beside.{at}")));
    }
    for place in places {
        let Some(Node { value: Value::Text(path), origin }) = root.at(&place).cloned() else {
            continue;
        };
        if !is_path(&path) {
            continue;
        }
        let read = read_file(folder, &path, chain, diagnostics).and_then(|(id, other)| {
            let known = root.at("related").and_then(|related| related.at(&id));
            match known.is_some_and(|known| known.to_json() != other.to_json()) {
                true => Err((
                    format!("two related organisations are called `{id}`"),
                    "rename one of them: `organisation.name` in its file",
                )),
                false => Ok((id, other)),
            }
        });
        match read {
            Ok((id, other)) => put(root, &place, &id, other),
            // The file has mistakes, which are reported there.
            Err((message, _)) if message.is_empty() => {}
            Err((message, help)) => {
                let mistake = Diagnostic::new("related", message);
                diagnostics.push(mistake.at(origin, "named here").help(help));
            }
        }
    }
}

/// Whether a name is the path of a file.
fn is_path(name: &str) -> bool {
    name.ends_with(".toml")
}

/// Reads the file of an organisation, with the files that it names, and returns its name and
/// content. Fails with a message and a remedy. The message is empty if the file has mistakes.
fn read_file(
    folder: &Folder,
    path: &str,
    chain: &mut Vec<PathBuf>,
    diagnostics: &mut Diagnostics,
) -> Result<(String, Node), (String, &'static str)> {
    // A built-in file has no folder on disk: paths in options are relative to the current one.
    let file = match folder {
        Folder::Disk(folder) => folder.join(path),
        Folder::Builtin(_) => PathBuf::from(path),
    };
    let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let own = Folder::Disk(file.parent().unwrap_or(Path::new("")).to_path_buf());
    let shown = own.display(&name);
    let full = full_path(&file);
    if chain.contains(&full) {
        return Err((format!("{shown} leads back to itself"), "end the chain somewhere"));
    }
    let text = own.read(&name).map_err(|reason| {
        let help = "name a file relative to this one, or a built-in organisation";
        (format!("cannot read {shown}: {reason}"), help)
    })?;
    let source = diagnostics.source(shown.clone(), &name, text.clone());
    let mut other = read_toml(&text, source, diagnostics).ok_or((String::new(), ""))?;
    chain.push(full);
    read_related(&own, &mut other, chain, diagnostics);
    chain.pop();
    match other.at("organisation.name") {
        Some(Node { value: Value::Text(id), .. }) => Ok((id.clone(), other)),
        _ => Err((
            format!("{shown} has no `organisation.name`"),
            "name the file of an organisation, with a table [organisation]",
        )),
    }
}

/// Returns the full path of a file, for comparisons.
pub(super) fn full_path(file: &Path) -> PathBuf {
    file.canonicalize().unwrap_or_else(|_| file.to_path_buf())
}

/// Puts an organisation into the table `related`, and its name where the path of its file was.
fn put(root: &mut Node, place: &str, id: &str, other: Node) {
    let origin = root.origin_of(place);
    let key = other.origin;
    let named = Node { value: Value::Text(id.to_string()), origin };
    let parts: Vec<&str> = place.split('.').collect();
    // The place was read above, so that both can be set.
    let _ = root.set(&parts, origin, named);
    if let Value::Table(table) = &mut root.value {
        let related =
            table.entry("related".into()).or_insert_with(|| Entry { key, node: Node::table(key) });
        let _ = related.node.set(&[id], key, other);
    }
}

/// Access to the organisations that a design may refer to.
pub(super) struct Related<'a> {
    /// Loads a built-in organisation.
    pub load: &'a dyn Fn(&str) -> Result<Design, Diagnostics>,
    /// Returns what a built-in organisation merges into.
    pub merges_into: &'a dyn Fn(&str) -> Option<String>,
    /// Resolves a design from a file. It is valid only if no mistake was added.
    pub resolve: &'a dyn Fn(&OrganisationFile, &mut Validator<'_>) -> Design,
    /// Organisations of the file itself.
    pub own: &'a IndexMap<String, OrganisationFile>,
    pub scenario: &'a Scenario,
}

impl Related<'_> {
    /// Resolves what a design merges into and what exists beside it.
    pub(super) fn refer(
        &self,
        file: &OrganisationFile,
        design: &mut Design,
        validator: &mut Validator<'_>,
    ) {
        for (name, other) in self.own {
            if other.organisation.name != *name {
                let message = format!("`{name}` is called `{}`", other.organisation.name);
                let path = format!("related.{name}");
                let help = "write the same name as key and as `organisation.name`".to_string();
                validator.wrong_key(&path, message, "another name", help);
            }
            let named = file.merger.as_ref().is_some_and(|merger| merger.into == *name);
            if !named && !file.beside.contains(name) {
                let message = format!("nothing refers to the organisation `{name}`");
                let help = "name it in `merger.into` or `beside`, or remove it".to_string();
                validator.wrong_key(&format!("related.{name}"), message, "not used", help);
            }
        }
        if let Some(merger) = &file.merger {
            self.merge(merger, design, validator);
        }
        self.stand_beside(&file.beside, design, validator);
    }

    fn is_known(&self, name: &str) -> bool {
        self.own.contains_key(name) || builtin::organisations().contains(&name)
    }

    /// Returns the message and remedy for a name that is not known.
    fn unknown(&self, name: &str) -> (String, String) {
        let names = builtin::organisations().into_iter().chain(self.own.keys().map(String::as_str));
        let help = format!("{}; or name a file that ends in .toml", suggest(name, names));
        (format!("there is no built-in organisation `{name}`"), help)
    }

    /// Returns the design of a name that is known. Mistakes in a `related` organisation are
    /// reported at their own place; `None` if there are any.
    fn design(&self, name: &str, place: &str, validator: &mut Validator<'_>) -> Option<Design> {
        if let Some(file) = self.own.get(name) {
            let path = format!("related.{name}");
            let before = validator.diagnostics.mistakes().len();
            let prefix = format!("{path}.");
            let repaired = validator.repaired.iter();
            let repaired =
                repaired.filter_map(|path| path.strip_prefix(&prefix)).map(str::to_string);
            let repaired = repaired.collect();
            let root = validator.root.at(&path).unwrap_or(validator.root);
            let mut inner =
                Validator { root, repaired: &repaired, diagnostics: validator.diagnostics };
            let design = (self.resolve)(file, &mut inner);
            let is_valid = validator.diagnostics.mistakes().len() == before;
            return is_valid.then_some(design);
        }
        match (self.load)(name) {
            Ok(design) => Some(design),
            Err(mistakes) => {
                let first = mistakes.mistakes().first();
                let reason = first.map_or("", |mistake| mistake.message()).to_string();
                validator.mistake(
                    place,
                    format!(
                        "`{name}` does not fit the scenario `{}`: {reason}",
                        self.scenario.name
                    ),
                    "does not fit",
                    "name an organisation that does".into(),
                );
                None
            }
        }
    }

    /// Resolves the design that applies after a merger.
    fn merge(&self, merger: &MergerTable, design: &mut Design, validator: &mut Validator<'_>) {
        let (into, place) = (merger.into.as_str(), "merger.into");
        let mut refuse = |message: String, help: String| {
            validator.mistake(place, message, "merges into this", help)
        };
        if into == design.name {
            let help = "name another organisation, or remove [merger]".to_string();
            return refuse(format!("`{into}` cannot merge into itself"), help);
        }
        if is_path(into) {
            return; // It could not be read, which is reported.
        }
        if !self.is_known(into) {
            let (message, help) = self.unknown(into);
            return refuse(message, help);
        }
        // A chain of mergers must not contain a cycle.
        let mut chain = vec![design.name.clone(), into.to_string()];
        let next = |name: &String| match self.own.get(name) {
            Some(file) => file.merger.as_ref().map(|merger| merger.into.clone()),
            None => (self.merges_into)(name),
        };
        while let Some(next) = chain.last().and_then(next) {
            if chain.contains(&next) {
                let help = "end the chain of mergers somewhere".to_string();
                return refuse(format!("`{into}` leads back to `{next}`"), help);
            }
            chain.push(next);
        }
        if let Some(other) = self.design(into, place, validator) {
            // A merger before the first year takes effect at the start.
            let year = (merger.year - self.scenario.first_year).max(0) as usize;
            design.merger = Some((year, Box::new(other)));
        }
    }

    /// Resolves the organisations that exist beside a design.
    fn stand_beside(&self, names: &[String], design: &mut Design, validator: &mut Validator<'_>) {
        let mut found = Vec::new();
        for (index, name) in names.iter().enumerate() {
            let place = format!("beside.{index}");
            let mut refuse = |message: String, help: String| {
                validator.mistake(&place, message, "beside this", help)
            };
            if *name == design.name || names[..index].contains(name) {
                let help = "name each organisation once".to_string();
                refuse(format!("`{name}` is there already"), help);
                continue;
            }
            if is_path(name) {
                continue; // It could not be read, which is reported.
            }
            if !self.is_known(name) {
                let (message, help) = self.unknown(name);
                refuse(message, help);
                continue;
            }
            match self.design(name, &place, validator) {
                Some(other) if other.merger.is_some() || !other.beside.is_empty() => validator
                    .mistake(
                        &place,
                        format!(
                            "`{name}` merges into another organisation or has others beside it"
                        ),
                        "beside this",
                        "name an organisation that stands alone".into(),
                    ),
                Some(other) => found.push(other),
                None => {}
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
