//! The designs of a study: files or built-in names, each with changes of its own. Their names in
//! tables are unique.

use crate::scenario::diagnostics::Diagnostics;
use crate::scenario::load::{self, LoadedDesign, LoadedScenario, Override};
use std::path::Path;

/// Splits `NAME@path=value@…` into the name and the changes. A file path may contain an `@` itself.
fn parts(text: &str) -> (&str, &str) {
    let ends = text.match_indices('@').map(|(at, _)| at).chain([text.len()]);
    let file = ends.clone().find(|&end| Path::new(&text[..end]).is_file());
    text.split_at(file.or_else(|| ends.min()).unwrap_or(text.len()))
}

/// Loads an organisation with changed values.
fn design(
    text: &str,
    loaded: &LoadedScenario,
    common: &[Override],
) -> Result<LoadedDesign, Diagnostics> {
    let (name, changes) = parts(text);
    let own =
        changes.split('@').skip(1).map(|change| Override::new(format!("organisation.{change}")));
    let overrides: Vec<Override> = common.iter().cloned().chain(own).collect();
    load::design(name, &loaded.scenario, &overrides)
}

/// Loads the requested designs and returns them with their unique names in tables.
///
/// Fails with the mistakes of the first design that cannot be loaded.
pub fn designs(
    requested: &[String],
    loaded: &LoadedScenario,
    common: &[Override],
) -> Result<(Vec<LoadedDesign>, Vec<String>), Diagnostics> {
    let designs: Vec<LoadedDesign> =
        requested.iter().map(|text| design(text, loaded, common)).collect::<Result<_, _>>()?;
    let mut names: Vec<String> = Vec::new();
    for (text, design) in requested.iter().zip(&designs) {
        let name = format!("{}{}", design.design.name, parts(text).1);
        let again = 1 + names.iter().filter(|other| other.split('#').next() == Some(&name)).count();
        names.push(if again > 1 { format!("{name}#{again}") } else { name });
    }
    Ok((designs, names))
}
