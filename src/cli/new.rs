//! Command line of `consortia new`.

use super::{VerbError, terminal};
use crate::scenario::builtin;
use crate::scenario::diagnostics::{Diagnostic, Diagnostics, suggest};
use crate::scenario::{load, schema};
use clap::Args;
use std::path::{Path, PathBuf};

/// Arguments of `new`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Folder to create.
    dir: PathBuf,
    /// Built-in scenario or sweep to start from.
    #[arg(long, value_name = "NAME", default_value = "central-asia")]
    from: String,
}

fn refuse(message: String, help: String) -> VerbError {
    let mut diagnostics = Diagnostics::default();
    diagnostics.push(Diagnostic::new("new", message).help(help));
    diagnostics.into()
}

/// Copies a built-in scenario or sweep with its data and schemas into a new folder; with a scenario
/// also its organisation. Fails if the name is unknown or the folder exists.
pub fn run(arguments: &Arguments) -> Result<(), VerbError> {
    let (dir, from) = (&arguments.dir, arguments.from.as_str());
    let scenarios = builtin::scenarios();
    let is_sweep = builtin::sweeps().contains(&from);
    if !is_sweep && !scenarios.contains(&from) {
        let names = scenarios.into_iter().chain(builtin::sweeps());
        return Err(refuse(
            format!("there is no built-in scenario or sweep `{from}`"),
            suggest(from, names),
        ));
    }
    if dir.exists() {
        let help = "choose a name that is not taken; nothing was changed".to_string();
        return Err(refuse(format!("{} exists already", dir.display()), help));
    }
    let fault = |path: &Path, error: std::io::Error| {
        VerbError::Fault(format!("cannot write {}: {error}", path.display()))
    };
    let partial = dir.with_file_name(format!(
        ".{}.partial-{}",
        dir.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default(),
        std::process::id()
    ));
    let shown = dir.display();
    let mut files: Vec<(PathBuf, Vec<u8>)> =
        builtin::files(from).into_iter().map(|(path, content)| (path, content.to_vec())).collect();
    let described = if is_sweep {
        files.push((
            "schemas/sweep.schema.json".into(),
            schema::text(&schema::sweep()).into_bytes(),
        ));
        format!(
            "  sweep.toml  uncertain parameters, sampling, designs and measures\nTry it:  consortia \
             sweep {shown} --dry-run\n"
        )
    } else {
        let default = load::scenario(from, &[])?.scenario.organisation;
        let organisation = builtin::organisation_text(&default).unwrap_or_default();
        files.push(("organisation.toml".into(), organisation.as_bytes().to_vec()));
        files.push((
            "schemas/scenario.schema.json".into(),
            schema::text(&schema::scenario()).into_bytes(),
        ));
        files.push((
            "schemas/organisation.schema.json".into(),
            schema::text(&schema::organisation()).into_bytes(),
        ));
        format!(
            "  scenario.toml      the scenario; its figures are in data/*.csv\n  \
             organisation.toml  the rules ({default}): change them\nRun it:  consortia run {shown} \
             --org {shown}/organisation.toml\n"
        )
    };
    let write = || -> Result<(), VerbError> {
        for (file, content) in &files {
            let path = partial.join(file);
            if let Some(parent) = path.parent() {
                std::fs::create_dir_all(parent).map_err(|error| fault(parent, error))?;
            }
            // In the new folder the schemas are in the subfolder `schemas`.
            let text = String::from_utf8_lossy(content)
                .replace("../../../schemas/", "schemas/")
                .replace("../../schemas/", "schemas/");
            std::fs::write(&path, text).map_err(|error| fault(&path, error))?;
        }
        std::fs::rename(&partial, dir).map_err(|error| fault(dir, error))
    };
    if let Err(error) = write() {
        let _ = std::fs::remove_dir_all(&partial);
        return Err(error);
    }
    terminal::print(&format!("Made {shown} from {from}:\n{described}"))?;
    Ok(())
}
