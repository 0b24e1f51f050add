//! Command line of `consortia merge`: options and output. The merge itself is in `verbs::merge`.

use super::sweep::print_results;
use super::{Format, TerminalObserver, VerbError};
use crate::verbs::merge::{Request, merge};
use clap::Args;

/// Arguments of `merge`.
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(flatten)]
    request: Request,
    /// Output format.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// Merges the parts of a sweep, and makes tables, figures and page of the whole. Fails if shards
/// are missing or runs failed.
pub fn run(mut arguments: Arguments) -> Result<(), VerbError> {
    arguments.request.command = std::env::args().collect();
    let done = merge(&arguments.request, &TerminalObserver::new(true))?;
    print_results(&done, arguments.format)?;
    done.check()
}
