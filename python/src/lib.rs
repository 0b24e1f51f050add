//! `consortia._engine`: extension module with the engine for Python.
//!
//! It parses requests as options of the command line, runs them without the interpreter's lock, and
//! returns Arrow tables. The package `python/consortia` wraps and documents it; this crate contains
//! no model code.

mod answer;
mod errors;
mod progress;
mod scenario;
mod sweeping;
mod table;

use pyo3::prelude::*;

/// Engine of the package `consortia`.
#[pymodule]
mod _engine {
    #[pymodule_export]
    use super::answer::{Answer, call_verb, status, validate};
    #[pymodule_export]
    use super::scenario::{builtin, organisation, scenario};
    #[pymodule_export]
    use super::sweeping::{Experiment, Job, SweepInProgress};
    #[pymodule_export]
    use super::table::Table;
    use pyo3::prelude::*;

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        module.add("version", env!("CARGO_PKG_VERSION"))
    }
}
