//! Reads points that are listed in a CSV file.

use super::Parameter;
use crate::scenario::builtin::Folder;
use crate::scenario::diagnostics::{Diagnostic, Diagnostics};
use crate::scenario::read::rows;

/// Whether a file lies in the folder of the sweep, so that the folder can be copied as a whole.
pub(super) fn is_inside(file: &str) -> bool {
    !std::path::Path::new(file).is_absolute() && file.split(['/', '\\']).all(|part| part != "..")
}

/// Reads points, `[point][parameter]`: one column per parameter. Values that the law of a parameter
/// does not allow are reported and become NaN.
pub(super) fn points(
    folder: &Folder,
    file: &str,
    parameters: &[Parameter],
    diagnostics: &mut Diagnostics,
) -> Vec<Vec<f64>> {
    let names: Vec<&str> = parameters.iter().map(|parameter| parameter.name.as_str()).collect();
    let rows = rows::read_in(folder, file, &names, diagnostics);
    let mut points = Vec::with_capacity(rows.len());
    for row in &rows {
        let mut point = Vec::with_capacity(row.len());
        for (cell, parameter) in row.iter().zip(parameters) {
            point.push(parameter.law.parse(&cell.text).unwrap_or_else(|| {
                let mistake = Diagnostic::new(
                    "value",
                    format!("`{}` cannot be `{}`", parameter.name, cell.text),
                );
                let help = format!("its law allows {}", parameter.law.words());
                diagnostics.push(mistake.at(cell.origin, "not allowed").help(help));
                f64::NAN
            }));
        }
        points.push(point);
    }
    if rows.is_empty() && diagnostics.is_empty() {
        let mistake = Diagnostic::new("empty", format!("{} lists no point", folder.display(file)));
        diagnostics.push(mistake.help("give one row for every point"));
    }
    points
}
