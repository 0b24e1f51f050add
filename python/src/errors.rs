//! Conversion of errors of the engine to exceptions of `consortia.errors`.

use consortia::scenario::diagnostics::Diagnostics;
use consortia::verbs::VerbError;
use pyo3::call::PyCallArgs;
use pyo3::exceptions::PyKeyboardInterrupt;
use pyo3::prelude::*;

/// Creates an exception of `consortia.errors` with these arguments; returns the error of Python if
/// that fails.
fn exception<'py>(py: Python<'py>, class: &str, arguments: impl PyCallArgs<'py>) -> PyErr {
    let made = move || -> PyResult<Bound<'py, PyAny>> {
        py.import("consortia.errors")?.getattr(class)?.call1(arguments)
    };
    match made() {
        Ok(exception) => PyErr::from_value(exception),
        Err(error) => error,
    }
}

/// Returns an `InputError` with a `Mistake` for each mistake of the input.
pub fn bad_input(py: Python<'_>, diagnostics: &Diagnostics) -> PyErr {
    type MistakeFields<'a> =
        (&'a str, Option<&'a str>, Option<usize>, Option<usize>, Option<&'a str>, &'a str);
    let mistakes: Vec<MistakeFields<'_>> = diagnostics
        .mistakes()
        .iter()
        .map(|mistake| {
            let place = diagnostics.place(mistake);
            let (line, column) = (place.map(|place| place.1), place.map(|place| place.2));
            (
                mistake.message(),
                place.map(|place| place.0),
                line,
                column,
                mistake.help_text(),
                mistake.code(),
            )
        })
        .collect();
    exception(py, "InputError", (diagnostics.render(false), mistakes))
}

/// Returns an `InputError` for an input that is in no file.
pub fn refuse(py: Python<'_>, message: &str, help: &str) -> PyErr {
    bad_input(py, &consortia::scenario::load::refuse("input", message.into(), help.into()))
}

/// Converts any error of a verb to an exception; an interrupt becomes `KeyboardInterrupt`.
pub fn raise(py: Python<'_>, error: VerbError) -> PyErr {
    match error {
        VerbError::Input(diagnostics) => bad_input(py, &diagnostics),
        VerbError::SomeFailed(message) => exception(py, "IncompleteError", (message,)),
        VerbError::Interrupted(message) => PyKeyboardInterrupt::new_err(message),
        VerbError::Fault(message) => exception(py, "EngineError", (message,)),
        VerbError::ClosedPipe => exception(py, "EngineError", ("standard output was closed",)),
    }
}

/// Returns an `EngineError` for an internal error.
pub fn fault(py: Python<'_>, message: &str) -> PyErr {
    raise(py, VerbError::Fault(message.into()))
}
