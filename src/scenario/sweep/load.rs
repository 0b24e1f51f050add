//! Loads a sweep: its file, the scenario that it varies, and its designs.

use super::raw::SweepFile;
use super::resolve::resolve;
use super::targets::Base;
use super::{Sweep, raw};
use crate::scenario::builtin::{self, Folder};
use crate::scenario::diagnostics::{Diagnostic, Diagnostics};
use crate::scenario::load::{self, LoadedDesign, LoadedScenario, Override};
use crate::scenario::read::document::{Node, Source, read_toml};
use crate::scenario::read::tables::Figures;
use crate::scenario::resolve::schema_check::Check;
use crate::scenario::resolve::validator::Validator;
use crate::scenario::{designs, schema};

/// A loaded sweep with its scenario, designs and sources.
#[derive(Debug, Clone)]
pub struct LoadedSweep {
    /// The validated sweep.
    pub sweep: Sweep,
    /// The file as typed values, with defaults filled in.
    pub file: SweepFile,
    /// Scenario that it varies.
    pub scenario: LoadedScenario,
    /// Designs that run at every point.
    pub designs: Vec<LoadedDesign>,
    /// Names of the designs in tables.
    pub names: Vec<String>,
    /// Texts of the sweep itself that were read.
    pub sources: Vec<Source>,
}

/// Returns the path of a name beside a file on disk if it exists, else the name itself.
fn beside(folder: &Folder, name: &str) -> String {
    match folder {
        Folder::Disk(folder) if folder.join(name).exists() => {
            folder.join(name).display().to_string()
        }
        _ => name.to_string(),
    }
}

/// Loads a sweep by file, folder or built-in name. `measures` lists the measures that can be kept,
/// and whether they exist by state; `overrides` are applied after those of the sweep.
///
/// Fails with all mistakes of the sweep, its scenario and its designs.
pub fn load(
    name: &str,
    overrides: &[Override],
    measures: &[(&str, bool)],
) -> Result<LoadedSweep, Diagnostics> {
    let mut diagnostics = Diagnostics::default();
    let (folder, file_name) = load::find(name, "sweep", "sweep.toml", &builtin::sweeps())?;
    let Some((source, text)) = load::read(&folder, &file_name, &mut diagnostics) else {
        return Err(diagnostics);
    };
    let Some(mut root) = read_toml(&text, source, &mut diagnostics) else {
        return Err(diagnostics);
    };
    let (schema, figures) = (schema::sweep(), Figures::new());
    let mut check = Check::new(&schema, &figures, &mut diagnostics);
    check.document(&mut root);
    let repaired = check.repaired;
    let Some(file) = load::typed::<SweepFile>(&load::without_schema_key(&root), &mut diagnostics)
    else {
        return Err(diagnostics);
    };
    let all: Vec<Override> =
        file.sweep.set.iter().map(Override::new).chain(overrides.iter().cloned()).collect();
    let scenario_name = beside(&folder, &file.sweep.scenario);
    let organisations: Vec<String> =
        file.sweep.organisations.iter().map(|text| organisation(&folder, text)).collect();
    // Mistakes of the base are reported with those of the sweep file. Without the base, parameters
    // cannot be checked.
    let base = load::scenario(&scenario_name, &all).and_then(|loaded| {
        designs::designs(&organisations, &loaded, &all)
            .map(|(designs, names)| (loaded, designs, names))
    });
    let (scenario, designs, names) = match base {
        Ok(base) => base,
        Err(mistakes) => {
            if !repaired.contains("sweep.scenario") && !repaired.contains("sweep.organisations") {
                locate(mistakes, &file, &root, &mut diagnostics);
            }
            return Err(diagnostics);
        }
    };
    let base = Base {
        folder: &folder,
        scenario_name: &scenario_name,
        overrides: &all,
        scenario: &scenario,
        organisations: &organisations,
        designs: &designs,
        names: &names,
        measures,
    };
    let mut listed = Diagnostics::default();
    let mut validator =
        Validator { root: &root, repaired: &repaired, diagnostics: &mut diagnostics };
    let sweep = resolve(&file, &base, &mut validator, &mut listed);
    let own = diagnostics.sources.len();
    diagnostics.absorb(listed);
    if diagnostics.is_empty() {
        let mut sources = diagnostics.sources;
        for (at, source) in sources.iter_mut().enumerate() {
            if at < own {
                source.relative = "sweep.toml".into();
            }
        }
        Ok(LoadedSweep { sweep, file, scenario, designs, names, sources })
    } else {
        Err(diagnostics)
    }
}

/// Returns the header of a built-in sweep. Fails if the sweep does not exist or cannot be read.
pub fn header(name: &str) -> Result<raw::SweepHeader, Diagnostics> {
    let mut diagnostics = Diagnostics::default();
    let (folder, file_name) = load::find(name, "sweep", "sweep.toml", &builtin::sweeps())?;
    let root = load::read(&folder, &file_name, &mut diagnostics)
        .and_then(|(source, text)| read_toml(&text, source, &mut diagnostics));
    let file = root.and_then(|root| {
        load::typed::<SweepFile>(&load::without_schema_key(&root), &mut diagnostics)
    });
    file.map(|file| file.sweep).ok_or(diagnostics)
}

/// Returns the name of an organisation in a sweep file, as a path if the file lies beside it.
fn organisation(folder: &Folder, text: &str) -> String {
    let (name, changes) =
        text.split_once('@').map_or((text, None), |(name, changes)| (name, Some(changes)));
    let name = beside(folder, name);
    changes.map_or(name.clone(), |changes| format!("{name}@{changes}"))
}

/// Takes over the mistakes of the base. Mistakes without position, such as an unknown name, are
/// shown where the sweep names the base.
fn locate(
    mistakes: Diagnostics,
    file: &raw::SweepFile,
    root: &Node,
    diagnostics: &mut Diagnostics,
) {
    if mistakes.mistakes().iter().any(|mistake| mistake.origin().is_some()) {
        diagnostics.absorb(mistakes);
        return;
    }
    for mistake in mistakes.mistakes() {
        let named = file.sweep.organisations.iter().position(|name| {
            let name = name.split('@').next().unwrap_or_default();
            mistake.message().contains(&format!("`{name}`"))
        });
        let path = named.map_or("sweep.scenario".into(), |at| format!("sweep.organisations.{at}"));
        let mut found =
            Diagnostic::new("base", mistake.message()).at(root.origin_of(&path), "named here");
        if let Some(help) = mistake.help_text() {
            found = found.help(help);
        }
        diagnostics.push(found);
    }
}
