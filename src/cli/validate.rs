//! `consortia validate`.

use super::{VerbError, terminal};
pub use crate::verbs::validate::Request as Arguments;
use crate::verbs::validate::validate;

/// Reports every mistake of every file.
pub fn run(arguments: &Arguments) -> Result<(), VerbError> {
    let (sound, mistakes) = validate(arguments);
    let text: String =
        sound.iter().map(|(path, what)| format!("{path}: valid ({what})\n")).collect();
    terminal::print(&text)?;
    if mistakes.is_empty() { Ok(()) } else { Err(mistakes.into()) }
}
