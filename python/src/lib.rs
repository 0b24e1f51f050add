//! `consortia._engine`: the engine as Python sees it. The package around it (`python/consortia`)
//! says what things mean; here requests are parsed by the options of the command line, played
//! without the interpreter's lock, and handed back as Arrow tables.

mod answer;
mod errors;
mod progress;
mod scenario;
mod sweeping;
mod table;

use pyo3::prelude::*;

/// The engine of the package `consortia`.
#[pymodule]
mod _engine {
    #[pymodule_export]
    use super::answer::{Answer, ask, status, validate};
    #[pymodule_export]
    use super::scenario::{builtin, organisation, scenario};
    #[pymodule_export]
    use super::sweeping::{Experiment, Job, Playing};
    #[pymodule_export]
    use super::table::Table;
    use pyo3::prelude::*;

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        module.add("version", env!("CARGO_PKG_VERSION"))
    }
}
