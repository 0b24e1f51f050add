//! The `consortia` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    consortia::cli::main()
}
