//! The report page `report.html`: one file that needs no network, made only from the files of a
//! folder.
//!
//! Template, style and scripts are in `assets/report/`. Tables go into the page as they are on
//! disk, so that page and files agree. Rows beyond the size limit are left out; the page lists
//! them.

pub mod index;
mod render;
mod shown;
mod tables;

use crate::output::about::About;
use crate::output::{FolderError, RunFolder};
use std::path::Path;

/// File name of the page.
pub const PAGE: &str = "report.html";

/// Writes the page of a folder in which all other files are complete. Fails if a file cannot be
/// read or written.
pub fn write(folder: &RunFolder) -> Result<(), FolderError> {
    folder.write(PAGE, of(folder.place())?.as_bytes())
}

/// Returns the page of a folder as HTML.
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
