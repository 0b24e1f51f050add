//! The designs of a study: each named by a file or a built-in name, with changes of its own, and names unlike each other.

use super::diagnostics::Diagnostics;
use super::load::{self, LoadedDesign, LoadedScenario, Override};
use std::path::Path;

/// `NAME@path=value@…`: an organisation with some of its values changed.
fn design(text: &str, loaded: &LoadedScenario, common: &[Override]) -> Result<LoadedDesign, Diagnostics> {
    // The path of a file may hold an `@` itself.
    let ends = text.match_indices('@').map(|(at, _)| at).chain([text.len()]);
    let file = ends.clone().find(|&end| Path::new(&text[..end]).is_file());
    let (name, changes) = text.split_at(file.or_else(|| ends.min()).unwrap_or(text.len()));
    let own = changes.split('@').skip(1).map(|change| Override::new(format!("organisation.{change}")));
    let overrides: Vec<Override> = common.iter().cloned().chain(own).collect();
    load::design(name, &loaded.scenario, &overrides)
}

/// Loads the designs that texts name, and what they are called in tables.
pub fn designs(
    asked: &[String],
    loaded: &LoadedScenario,
    common: &[Override],
) -> Result<(Vec<LoadedDesign>, Vec<String>), Diagnostics> {
    let designs: Vec<LoadedDesign> = asked.iter().map(|text| design(text, loaded, common)).collect::<Result<_, _>>()?;
    let mut names: Vec<String> = Vec::new();
    for (text, design) in asked.iter().zip(&designs) {
        let changes: String = text.split_once('@').map_or(String::new(), |(_, changes)| format!("@{changes}"));
        let name = format!("{}{changes}", design.design.name);
        let again = 1 + names.iter().filter(|other| other.split('#').next() == Some(&name)).count();
        names.push(if again > 1 { format!("{name}#{again}") } else { name });
    }
    Ok((designs, names))
}
