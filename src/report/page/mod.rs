//! `report.html`: one page that needs no network, made from a folder's files alone.
//!
//! The template, the style and the scripts lie in `assets/report/`; the tables go into the page as
//! they are on disk, so that what is read on the page is what is in the files. What does not fit is
//! left out and said.

pub mod index;
mod render;
mod shown;
mod tables;

use crate::output::about::About;
use crate::output::{FolderError, RunFolder};
use std::path::Path;

/// The file.
pub const PAGE: &str = "report.html";

/// Writes the page of a folder that holds everything else. Errors: a file that cannot be read or
/// written.
pub fn write(folder: &RunFolder) -> Result<(), FolderError> {
    folder.write(PAGE, of(folder.place())?.as_bytes())
}

/// The page of a folder, as text.
pub fn of(folder: &Path) -> Result<String, FolderError> {
    let about = About::read(folder)?;
    let path = folder.join("manifest.json");
    let text = std::fs::read_to_string(&path).map_err(FolderError::io(&path))?;
    let manifest = serde_json::from_str(&text).map_err(|error: serde_json::Error| {
        FolderError::Read { path: path.clone(), reason: error.to_string() }
    })?;
    let (tables, left_out) = tables::gather(folder, &about)?;
    render::page(&about, &manifest, &tables, &left_out).map_err(|error| FolderError::Read {
        path: folder.join(PAGE),
        reason: format!("{error:#}"),
    })
}
