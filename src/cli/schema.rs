//! Command line of `consortia schema`.

use super::{VerbError, terminal};
use crate::scenario::schema;
use clap::{Args, ValueEnum};

/// Arguments of `schema`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Kind of file.
    kind: Kind,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Kind {
    /// Scenario files.
    Scenario,
    /// Organisation files.
    Organisation,
    /// Sweep files.
    Sweep,
}

/// Prints the JSON Schema of a kind of file.
pub fn run(arguments: &Arguments) -> Result<(), VerbError> {
    let schema = match arguments.kind {
        Kind::Scenario => schema::scenario(),
        Kind::Organisation => schema::organisation(),
        Kind::Sweep => schema::sweep(),
    };
    Ok(terminal::print(&schema::text(&schema))?)
}
