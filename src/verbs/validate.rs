//! Validation of scenario, organisation and sweep files.

use super::study::{measures, points_of};
use crate::scenario::diagnostics::Diagnostics;
use crate::scenario::load::{self, Kind, Override};
use crate::scenario::sweep;
use clap::Args;

/// Options of the verb `validate`.
#[derive(Debug, Args)]
pub struct Request {
    /// Scenario, organisation or sweep files, folders with scenario.toml or sweep.toml, or built-in
    /// names.
    #[arg(required = true)]
    pub paths: Vec<String>,
    /// Scenario against which organisations are checked.
    #[arg(long, value_name = "SCENARIO", default_value = "central-asia")]
    pub scenario: String,
    /// Override a value: path.to.key=value. Repeatable.
    #[arg(long = "set", value_name = "PATH=VALUE")]
    pub overrides: Vec<String>,
}

/// Returns the valid paths with a description, and the mistakes of all others.
pub fn validate(arguments: &Request) -> (Vec<(String, String)>, Diagnostics) {
    let overrides: Vec<Override> = arguments.overrides.iter().map(Override::new).collect();
    let mut all = Diagnostics::default();
    let mut sound = Vec::new();
    for path in &arguments.paths {
        let checked = match load::kind_of(path) {
            Kind::Scenario => load::scenario(path, &overrides)
                .map(|loaded| format!("scenario {}", loaded.scenario.name)),
            Kind::Organisation => {
                load::scenario(&arguments.scenario, &overrides).and_then(|scenario| {
                    let design = load::design(path, &scenario.scenario, &overrides)?.design;
                    Ok(format!(
                        "organisation {}, for the scenario {}",
                        design.name, scenario.scenario.name
                    ))
                })
            }
            Kind::Sweep => sweep::load(path, &overrides, &measures()).and_then(|loaded| {
                let (parameters, designs) = (loaded.sweep.parameters.len(), loaded.designs.len());
                let points = points_of(&loaded.sweep)?.values.len();
                Ok(format!(
                    "sweep {}: {parameters} parameters, {points} points, {designs} designs",
                    loaded.sweep.name
                ))
            }),
        };
        match checked {
            Ok(what) => sound.push((path.clone(), what)),
            Err(diagnostics) => all.absorb(diagnostics),
        }
    }
    (sound, all)
}
