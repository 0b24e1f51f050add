//! Finds and reads scenarios and organisations: a file, a folder with `scenario.toml` or
//! `organisation.toml`, or a built-in name.

use super::related::{Related, full_path, read_related};
use super::{resolve, schema};
use crate::scenario::builtin::{self, Folder};
use crate::scenario::diagnostics::{Diagnostic, Diagnostics, suggest};
use crate::scenario::raw::ScenarioFile;
use crate::scenario::raw::organisation::{OrganisationFile, OrganisationHeader};
use crate::scenario::read::document::{Node, Number, Origin, Source, Value, read_toml};
use crate::scenario::read::tables::{Figures, TableText, read_table, unknown_state};
pub use crate::scenario::resolve::scenario::domains_named;
use crate::scenario::resolve::schema_check::Check;
use crate::scenario::resolve::validator::Validator;
use crate::scenario::types::Scenario;
use crate::scenario::types::design::Design;
use serde::de::DeserializeOwned;
use std::path::Path;

/// A loaded scenario with its sources.
#[derive(Debug, Clone)]
pub struct LoadedScenario {
    /// The validated scenario.
    pub scenario: Scenario,
    /// The file as typed values, with defaults filled in.
    pub file: ScenarioFile,
    /// The document with base, data tables and overrides merged in.
    pub merged: Node,
    /// Provenance of figures by path.
    pub figures: Figures,
    /// Texts that were read.
    pub sources: Vec<Source>,
    folder: Folder,
}

impl LoadedScenario {
    /// Returns the organisation to run if none is named: a file in the scenario's folder if there
    /// is one of that name, else a built-in organisation.
    pub fn default_organisation(&self) -> String {
        let name = &self.scenario.organisation;
        match &self.folder {
            Folder::Disk(folder) if folder.join(name).is_file() => {
                folder.join(name).display().to_string()
            }
            Folder::Builtin(folder) => {
                builtin::beside(folder, name).unwrap_or_else(|| name.clone())
            }
            Folder::Disk(_) => name.clone(),
        }
    }
}

/// A loaded design with its sources.
#[derive(Debug, Clone)]
pub struct LoadedDesign {
    /// The validated design.
    pub design: Design,
    /// The file as typed values, with defaults filled in.
    pub file: OrganisationFile,
    /// The document with overrides applied.
    pub merged: Node,
    /// Texts that were read.
    pub sources: Vec<Source>,
}

/// An override `path=value`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Override {
    text: String,
}

impl Override {
    /// Creates an override as typed on the command line after `--set`.
    ///
    /// ```
    /// use consortia::scenario::load::{self, Override};
    ///
    /// let changes = ["scenario.horizon=10", "states.KGZ.lambda_vote=20"];
    /// let shorter = changes.map(Override::new);
    /// let loaded = load::scenario("central-asia", &shorter).map_err(|bad| bad.render(false))?;
    /// assert_eq!(loaded.scenario.horizon, 10);
    /// # Ok::<(), String>(())
    /// ```
    pub fn new(text: impl Into<String>) -> Self {
        Override { text: text.into() }
    }
    /// Returns the text as typed.
    pub fn text(&self) -> &str {
        &self.text
    }
}

const ORGANISATION: &str = "organisation.";

/// Applies the overrides for this document. Overrides for an organisation start with
/// `organisation.`.
fn apply(
    overrides: &[Override],
    of_organisation: bool,
    root: &mut Node,
    diagnostics: &mut Diagnostics,
) {
    for change in overrides {
        let for_organisation = change.text.starts_with(ORGANISATION);
        if for_organisation != of_organisation {
            continue;
        }
        let source = diagnostics.source("--set", "", change.text.clone());
        let whole = Origin::new(source, 0..change.text.len());
        let Some((path, value)) = change.text.split_once('=') else {
            let mistake =
                Diagnostic::new("override", format!("`{}` is not an override", change.text))
                    .at(whole, "no `=`")
                    .help("write `--set path.to.key=value`");
            diagnostics.push(mistake);
            continue;
        };
        let origin = Origin::new(source, path.len() + 1..change.text.len());
        let key = Origin::new(source, 0..path.len());
        let value = override_value(value.trim(), origin);
        let path = path.trim();
        let path = if of_organisation { &path[ORGANISATION.len()..] } else { path };
        let parts: Vec<&str> = path.split('.').collect();
        if parts.iter().any(|part| part.is_empty()) {
            let mistake = Diagnostic::new("override", format!("`{path}` is not a path"));
            diagnostics.push(mistake.at(key, "empty part").help("write `--set path.to.key=value`"));
        } else if let Some(mistake) = unknown_state(root, &parts, key) {
            diagnostics.push(mistake);
        } else if let Err(reason) = root.set(&parts, key, Node { value, origin }) {
            let mistake = Diagnostic::new("override", format!("`{path}` cannot be set: {reason}"));
            diagnostics.push(mistake.at(key, "this path"));
        }
    }
}

/// Parses the value of an override: TOML, or a bare word as text. All its parts have the origin of
/// the option.
fn override_value(text: &str, origin: Origin) -> Value {
    if let Some(number) = Number::parse(text) {
        return Value::Number(number);
    }
    let mut ignored = Diagnostics::default();
    let parsed = read_toml(&format!("v = {text}"), 0, &mut ignored);
    match parsed.and_then(|root| root.at("v").cloned()) {
        Some(node) => relocate(node, origin).value,
        None => Value::Text(text.to_string()),
    }
}

fn relocate(mut node: Node, origin: Origin) -> Node {
    node.origin = origin;
    match &mut node.value {
        Value::Table(table) => {
            for entry in table.values_mut() {
                entry.key = origin;
                entry.node = relocate(entry.node.clone(), origin);
            }
        }
        Value::Array(items) => {
            for item in items {
                *item = relocate(item.clone(), origin);
            }
        }
        _ => {}
    }
    node
}

/// Reads a text into the sources of the diagnostics. If it cannot be read, adds a mistake without
/// position and returns `None`.
pub(super) fn read(
    folder: &Folder,
    file: &str,
    diagnostics: &mut Diagnostics,
) -> Option<(usize, String)> {
    match folder.read(file) {
        Ok(text) => Some((diagnostics.source(folder.display(file), file, text.clone()), text)),
        Err(reason) => {
            let message = format!("cannot read {}: {reason}", folder.display(file));
            diagnostics.push(
                Diagnostic::new("io", message)
                    .help("check the name and that it is a readable text file in UTF-8"),
            );
            None
        }
    }
}

pub(super) fn typed<T: DeserializeOwned>(root: &Node, diagnostics: &mut Diagnostics) -> Option<T> {
    match serde_json::from_value(root.to_json()) {
        Ok(file) => Some(file),
        Err(error) => {
            if diagnostics.is_empty() {
                diagnostics
                    .push(Diagnostic::new("value", format!("the file cannot be read: {error}")));
            }
            None
        }
    }
}

/// Loads a scenario by file, folder or built-in name, with overrides.
///
/// # Errors
///
/// Returns all mistakes of all files that were read, each with file, line and remedy.
///
/// ```
/// use consortia::scenario::load::{self, Override};
///
/// let loaded = load::scenario("central-asia", &[]).map_err(|bad| bad.render(false))?;
/// assert_eq!(loaded.scenario.states.len(), 5);
///
/// let mistyped = load::scenario("central-asia", &[Override::new("scenario.horizn=10")]);
/// let text = mistyped.err().map(|bad| bad.render(false)).unwrap_or_default();
/// assert!(text.contains("did you mean `horizon`"));
/// # Ok::<(), String>(())
/// ```
pub fn scenario(name: &str, overrides: &[Override]) -> Result<LoadedScenario, Diagnostics> {
    let mut diagnostics = Diagnostics::default();
    let (folder, file) = find(name, "scenario", "scenario.toml", &builtin::scenarios())?;
    let Some((source, text)) = read(&folder, &file, &mut diagnostics) else {
        return Err(diagnostics);
    };
    let Some(mut root) = read_toml(&text, source, &mut diagnostics) else {
        return Err(diagnostics);
    };
    let mut figures = Figures::new();
    read_tables(&folder, &mut root, &mut figures, &mut diagnostics);
    let mut base_figures = Figures::new();
    match base_of(&root, &mut base_figures, &mut diagnostics) {
        Ok(Some(mut base)) => {
            // A value that this file replaces loses the provenance that it has in the base.
            base_figures.retain(|path, _| root.at(path).is_none());
            figures.extend(base_figures);
            base.overlay(root);
            root = base;
        }
        Ok(None) => {}
        Err(()) => return Err(diagnostics),
    }
    apply(overrides, false, &mut root, &mut diagnostics);
    let schema = schema::scenario();
    let mut check = Check::new(&schema, &figures, &mut diagnostics);
    check.document(&mut root);
    let repaired = check.repaired;
    let Some(file) = typed::<ScenarioFile>(&without_schema_key(&root), &mut diagnostics) else {
        return Err(diagnostics);
    };
    let mut validator =
        Validator { root: &root, repaired: &repaired, diagnostics: &mut diagnostics };
    let scenario = resolve::scenario::resolve(&file, &mut validator);
    if diagnostics.is_empty() {
        Ok(LoadedScenario {
            scenario,
            file,
            merged: root,
            figures,
            sources: diagnostics.sources,
            folder,
        })
    } else {
        Err(diagnostics)
    }
}

/// Returns the document of the base that a file names, with its data tables read; `None` if it
/// names no base.
fn base_of(
    own: &Node,
    figures: &mut Figures,
    diagnostics: &mut Diagnostics,
) -> Result<Option<Node>, ()> {
    let Some(Node { value: Value::Text(name), origin }) = own.at("base") else {
        return Ok(None);
    };
    let refuse = |diagnostics: &mut Diagnostics, message: String, help: String| {
        diagnostics.push(Diagnostic::new("base", message).at(*origin, "the base").help(help));
        Err(())
    };
    if !builtin::scenarios().contains(&name.as_str()) {
        let help = suggest(name, builtin::scenarios());
        return refuse(diagnostics, format!("there is no built-in scenario `{name}`"), help);
    }
    let (folder, file) = builtin::find("scenario", name);
    let Some((source, text)) = read(&folder, &file, diagnostics) else {
        return Err(());
    };
    let Some(mut base) = read_toml(&text, source, diagnostics) else {
        return Err(());
    };
    read_tables(&folder, &mut base, figures, diagnostics);
    let mut before = Figures::new();
    if let Some(mut first) = base_of(&base, &mut before, diagnostics)? {
        before.retain(|path, _| base.at(path).is_none());
        figures.extend(before);
        first.overlay(base);
        base = first;
    }
    // The tables of the base are read already; the merged document names only those of the file.
    if let Value::Table(table) = &mut base.value {
        table.shift_remove("data");
    }
    Ok(Some(base))
}

/// Loads an organisation by file, folder or built-in name for a scenario, with overrides.
///
/// # Errors
///
/// Returns all mistakes of the files that were read, and all rules that do not fit the scenario.
///
/// ```
/// use consortia::scenario::load;
///
/// let scenario = load::scenario("central-asia", &[]).map_err(|bad| bad.render(false))?.scenario;
/// let union = load::design("ucas-2007", &scenario, &[]).map_err(|bad| bad.render(false))?.design;
/// assert!(union.binding, "decisions of the union of 2007 bind");
/// # Ok::<(), String>(())
/// ```
pub fn design(
    name: &str,
    scenario: &Scenario,
    overrides: &[Override],
) -> Result<LoadedDesign, Diagnostics> {
    let mut diagnostics = Diagnostics::default();
    let (folder, file) =
        find(name, "organisation", "organisation.toml", &builtin::organisations())?;
    let Some((source, text)) = read(&folder, &file, &mut diagnostics) else {
        return Err(diagnostics);
    };
    let Some(mut root) = read_toml(&text, source, &mut diagnostics) else {
        return Err(diagnostics);
    };
    apply(overrides, true, &mut root, &mut diagnostics);
    let mut chain = vec![full_path(Path::new(&folder.display(&file)))];
    read_related(&folder, &mut root, &mut chain, &mut diagnostics);
    let (schema, figures) = (schema::organisation(), Figures::new());
    let mut check = Check::new(&schema, &figures, &mut diagnostics);
    check.document(&mut root);
    let repaired = check.repaired;
    let Some(file) = typed::<OrganisationFile>(&without_schema_key(&root), &mut diagnostics) else {
        return Err(diagnostics);
    };
    let mut validator =
        Validator { root: &root, repaired: &repaired, diagnostics: &mut diagnostics };
    let design = validated_design(&file, scenario, &mut validator);
    if diagnostics.is_empty() {
        Ok(LoadedDesign { design, file, merged: root, sources: diagnostics.sources })
    } else {
        Err(diagnostics)
    }
}

/// Resolves a design from its file. The result is valid only if no mistake was added.
pub(super) fn validated_design(
    file: &OrganisationFile,
    scenario: &Scenario,
    validator: &mut Validator<'_>,
) -> Design {
    let mut design = resolve::design::resolve(file, scenario, validator);
    let load = |name: &str| self::design(name, scenario, &[]).map(|loaded| loaded.design);
    let resolve = |file: &OrganisationFile, validator: &mut Validator<'_>| {
        validated_design(file, scenario, validator)
    };
    let related = Related {
        load: &load,
        merges_into: &merges_into,
        resolve: &resolve,
        own: &file.related,
        scenario,
    };
    related.refer(file, &mut design, validator);
    design
}

/// Returns the organisation that a built-in organisation merges into, if any.
fn merges_into(name: &str) -> Option<String> {
    let mut ignored = Diagnostics::default();
    if !builtin::organisations().contains(&name) {
        return None;
    }
    let (folder, file) = builtin::find("organisation", name);
    let (source, text) = read(&folder, &file, &mut ignored)?;
    match &read_toml(&text, source, &mut ignored)?.at("merger.into")?.value {
        Value::Text(into) => Some(into.clone()),
        _ => None,
    }
}

/// Returns diagnostics with one mistake that has no position in a file.
pub fn refuse(code: &'static str, message: String, help: String) -> Diagnostics {
    let mut diagnostics = Diagnostics::default();
    diagnostics.push(Diagnostic::new(code, message).help(help));
    diagnostics
}

/// Returns the header of a built-in organisation, for any scenario.
///
/// Fails if the organisation does not exist or its file cannot be read.
pub fn organisation_header(name: &str) -> Result<OrganisationHeader, Diagnostics> {
    let mut diagnostics = Diagnostics::default();
    let (folder, file) =
        find(name, "organisation", "organisation.toml", &builtin::organisations())?;
    let Some((source, text)) = read(&folder, &file, &mut diagnostics) else {
        return Err(diagnostics);
    };
    let Some(root) = read_toml(&text, source, &mut diagnostics) else {
        return Err(diagnostics);
    };
    typed::<OrganisationFile>(&without_schema_key(&root), &mut diagnostics)
        .map(|file| file.organisation)
        .ok_or(diagnostics)
}

/// The kind of file that a path or built-in name stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A scenario.
    Scenario,
    /// An organisation.
    Organisation,
    /// A sweep.
    Sweep,
}

/// Returns the kind of a path or built-in name. Files are distinguished by their tables.
pub fn kind_of(name: &str) -> Kind {
    let path = Path::new(name);
    if path.is_file() {
        let text = std::fs::read_to_string(path).unwrap_or_default();
        let mut ignored = Diagnostics::default();
        let (organisation, sweep) = match read_toml(&text, 0, &mut ignored) {
            Some(root) => {
                let has = |key: &str| root.at(key).is_some();
                (has("organisation") || has("legal_force"), has("sweep") || has("sampling"))
            }
            None => (text.contains("[organisation]"), text.contains("[sweep]")),
        };
        return match (organisation, sweep) {
            (true, _) => Kind::Organisation,
            (false, true) => Kind::Sweep,
            (false, false) => Kind::Scenario,
        };
    }
    let holds = |file: &str| path.join(file).is_file();
    if (path.is_dir() && holds("sweep.toml") && !holds("scenario.toml"))
        || (!path.exists() && builtin::sweeps().contains(&name))
    {
        return Kind::Sweep;
    }
    if !path.exists() && builtin::organisations().contains(&name) {
        Kind::Organisation
    } else {
        Kind::Scenario
    }
}

pub(super) fn without_schema_key(root: &Node) -> Node {
    let mut root = root.clone();
    if let Value::Table(table) = &mut root.value {
        table.shift_remove("$schema");
    }
    root
}

/// Reads the data tables that the document names, before any check: they are part of it.
fn read_tables(
    folder: &Folder,
    root: &mut Node,
    figures: &mut Figures,
    diagnostics: &mut Diagnostics,
) {
    let Some(Node { value: Value::Array(tables), .. }) = root.at("data").cloned() else {
        return;
    };
    for table in tables {
        let text_at = |key: &str| match table.at(key) {
            Some(Node { value: Value::Text(text), origin }) => Some((text.clone(), *origin)),
            _ => None,
        };
        let (Some((file, origin)), Some((path, path_origin))) = (text_at("file"), text_at("path"))
        else {
            continue;
        };
        if file.is_empty() {
            continue;
        }
        if Path::new(&file).is_absolute() || file.split(['/', '\\']).any(|part| part == "..") {
            let mistake = Diagnostic::new(
                "path",
                format!("the data file `{file}` lies outside the scenario's folder"),
            );
            diagnostics.push(
                mistake
                    .at(origin, "outside")
                    .help("copy it into the folder, so that the scenario stands alone"),
            );
            continue;
        }
        match folder.read(&file) {
            Ok(text) => {
                let source = diagnostics.source(folder.display(&file), &file, text.clone());
                let table = TableText {
                    text: &text,
                    source,
                    template: &path,
                    template_origin: path_origin,
                };
                read_table(root, figures, table, diagnostics);
            }
            Err(reason) => {
                let message = format!("cannot read {}: {reason}", folder.display(&file));
                diagnostics.push(Diagnostic::new("io", message).at(origin, "named here"));
            }
        }
    }
}

/// Returns the folder and file of a name: a path on disk, or else a built-in name. Fails if there
/// is neither.
pub(super) fn find(
    name: &str,
    what: &str,
    in_folder: &str,
    builtins: &[&'static str],
) -> Result<(Folder, String), Diagnostics> {
    let path = Path::new(name);
    let refuse = |message: String, help: String| Err(refuse("not_found", message, help));
    let split = |path: &Path| {
        let file =
            path.file_name().map(|file| file.to_string_lossy().into_owned()).unwrap_or_default();
        (Folder::Disk(path.parent().map(Path::to_path_buf).unwrap_or_default()), file)
    };
    match path.metadata() {
        Ok(data) if data.is_dir() => {
            if path.join(in_folder).is_file() {
                return Ok((Folder::Disk(path.to_path_buf()), in_folder.to_string()));
            }
            if !builtins.contains(&name) {
                return refuse(
                    format!("{name} is a folder without {in_folder}"),
                    format!("name the {what} file itself, or a folder that holds {in_folder}"),
                );
            }
        }
        Ok(_) => return Ok(split(path)),
        Err(error) if path.symlink_metadata().is_ok() => {
            return refuse(
                format!("{name} is a broken link, or cannot be read: {error}"),
                "repair the link, or name another file".into(),
            );
        }
        Err(_) => {}
    }
    if let Some(found) = builtin::organisation_of_scenario(name).filter(|_| what == "organisation")
    {
        return Ok(found);
    }
    if let Some(builtin) = builtins.iter().find(|builtin| **builtin == name) {
        return Ok(builtin::find(what, builtin));
    }
    refuse(
        format!("there is no {what} `{name}`: neither a file, nor a folder, nor built in"),
        format!("built in: {}", suggest(name, builtins.iter().copied())),
    )
}
