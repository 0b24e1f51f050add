//! Command line of `consortia show`.

use super::{VerbError, terminal};
use crate::scenario::diagnostics::{Diagnostic, Diagnostics, suggest};
use crate::scenario::load::LoadedScenario;
use crate::scenario::{builtin, load, sweep};
use clap::Args;
use comfy_table::{ContentArrangement, Table};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

/// Arguments of `show`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Built-in scenario, organisation or sweep, or the file or folder of a scenario.
    name: String,
    /// Width of the table of figures, characters.
    #[arg(long, default_value_t = 140, hide = true)]
    width: u16,
}

/// Prints a scenario with its figures and their sources, or the file of an organisation or sweep.
pub fn run(arguments: &Arguments) -> Result<(), VerbError> {
    let name = arguments.name.as_str();
    if let Some(text) = builtin::organisation_text(name) {
        let header = load::organisation_header(name)?;
        let mut out = format!("{} — {}\n\n{}\n", header.name, header.title, header.description);
        for (title, list) in
            [("Sources", &header.sources), ("Features not modelled yet", &header.lacks)]
        {
            if !list.is_empty() {
                let _ = write!(
                    out,
                    "\n{title}\n{}",
                    list.iter().map(|line| format!("  – {line}\n")).collect::<String>()
                );
            }
        }
        let _ = write!(out, "\nThe file\n\n{text}");
        return Ok(terminal::print(&out)?);
    }
    if let Some(text) = builtin::sweep_text(name) {
        let header = sweep::header(name)?;
        let description = header.description.trim();
        let out =
            format!("{} — {}\n\n{description}\n\nThe file\n\n{text}", header.name, header.title);
        return Ok(terminal::print(&out)?);
    }
    if builtin::scenarios().contains(&name) || Path::new(name).exists() {
        let loaded = load::scenario(name, &[])?;
        return Ok(terminal::print(&scenario(&loaded, arguments.width))?);
    }
    let mut diagnostics = Diagnostics::default();
    let names: Vec<&str> = builtin::scenarios()
        .into_iter()
        .chain(builtin::organisations())
        .chain(builtin::sweeps())
        .collect();
    diagnostics.push(
        Diagnostic::new("not_found", format!("there is no `{name}`")).help(suggest(name, names)),
    );
    Err(diagnostics.into())
}

fn scenario(loaded: &LoadedScenario, width: u16) -> String {
    let scenario = &loaded.scenario;
    let mut out = format!(
        "{} — {}\n\n{}\n\n",
        scenario.name,
        scenario.title,
        loaded.file.scenario.description.trim()
    );
    let _ = writeln!(
        out,
        "{} states, {} years from {}, {} replications, seed {}, prices of {}, default organisation \
         {}",
        scenario.states.len(),
        scenario.horizon,
        scenario.first_year,
        scenario.replications,
        scenario.seed,
        scenario.price_base_year,
        scenario.organisation
    );
    for domain in &scenario.domains {
        let _ = writeln!(
            out,
            "  {} ({}): {} obligations",
            domain.name,
            domain.kind().name(),
            domain.slots.len()
        );
    }
    if loaded.figures.is_empty() {
        return out;
    }
    let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
    for figure in loaded.figures.values() {
        *kinds.entry(figure.kind.as_str()).or_default() += 1;
    }
    let counts: Vec<String> = kinds.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
    let _ = writeln!(
        out,
        "\n{} figures: {}. Confidence: H high, M middle, L low.\n",
        loaded.figures.len(),
        counts.join(", ")
    );
    let mut table = Table::new();
    crate::report::terminal::style(&mut table)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(width);
    table.set_header(["figure", "value", "unit", "year", "conf.", "kind", "source"]);
    for (path, figure) in &loaded.figures {
        table.add_row([
            path,
            &figure.value,
            &figure.unit,
            &figure.year,
            &figure.confidence,
            &figure.kind,
            &figure.source,
        ]);
    }
    let _ = writeln!(out, "{table}");
    out
}
