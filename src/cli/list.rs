//! Command line of `consortia list`.

use super::{VerbError, terminal};
use crate::scenario::{builtin, load, sweep};
use clap::Args;
use std::fmt::Write;

/// Arguments of `list`.
#[derive(Debug, Args)]
pub struct Arguments {}

/// Prints built-in scenarios, organisations and sweeps, one line each.
pub fn run(_: &Arguments) -> Result<(), VerbError> {
    let mut text = String::from("Scenarios\n");
    for name in builtin::scenarios() {
        let scenario = load::scenario(name, &[])?.scenario;
        let _ = writeln!(text, "  {name:<20} {}", scenario.title);
    }
    text.push_str("\nOrganisations\n");
    for name in builtin::organisations() {
        let title = load::organisation_header(name)?.title;
        let _ = writeln!(text, "  {name:<20} {title}");
    }
    text.push_str("\nSweeps\n");
    for name in builtin::sweeps() {
        let title = sweep::header(name)?.title;
        let _ = writeln!(text, "  {name:<20} {title}");
    }
    text.push_str(
        "\nDetails: consortia show NAME. Simulate: consortia run SCENARIO --org ORGANISATION, \
         consortia sweep SWEEP.\n",
    );
    terminal::print(&text)?;
    Ok(())
}
