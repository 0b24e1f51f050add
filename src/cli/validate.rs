//! Command line of `consortia validate`: output. The checks are in `verbs::validate`.

use super::{VerbError, terminal};
pub use crate::verbs::validate::Request as Arguments;
use crate::verbs::validate::validate;

/// Prints the valid files. Fails with all mistakes of all other files.
pub fn run(arguments: &Arguments) -> Result<(), VerbError> {
    let (sound, mistakes) = validate(arguments);
    let text: String =
        sound.iter().map(|(path, what)| format!("{path}: valid ({what})\n")).collect();
    terminal::print(&text)?;
    if mistakes.is_empty() { Ok(()) } else { Err(mistakes.into()) }
}
