//! Verbs that return tables: parsing of options, simulation, and access to the results.
//!
//! Tables are made on request; this module does not compute results.

use super::errors::{self, raise};
use super::progress::run_interruptibly;
use super::table::Table;
use clap::{Args, Parser};
use consortia::output::Frame;
use consortia::output::sweep::{
    Analysis, Discovery, parameters_table, points_frame, results_frame, robustness_table, summary,
};
use consortia::verbs::study::FinishedSweep;
use consortia::verbs::{
    Outcomes, ProgressObserver, VerbError, attribute, coalitions, compare, discover, evaluate,
    game, merge, power, run, sensitivity, status as status_verb, sweep, validate as validate_verb,
};
use pyo3::exceptions::PyKeyError;
use pyo3::prelude::*;
use serde_json::json;
use std::path::PathBuf;

#[derive(Parser)]
#[command(
    name = "consortia",
    no_binary_name = true,
    disable_help_flag = true,
    disable_version_flag = true
)]
struct Requested<R: Args> {
    #[command(flatten)]
    request: R,
}

/// Parses the options of a verb as the command line does. Raises `InputError` if they are invalid.
pub fn parse<R: Args>(py: Python<'_>, options: &[String]) -> PyResult<R> {
    Requested::<R>::try_parse_from(options).map(|requested| requested.request).map_err(|error| {
        let text = error.render().to_string();
        let message = text
            .trim()
            .trim_start_matches("error: ")
            .split("\n\nUsage")
            .next()
            .unwrap_or("")
            .to_string();
        errors::refuse(py, &message, "see the documentation of the function")
    })
}

/// Returns the equivalent command line, for manifests.
pub fn command(verb: &str, options: &[String]) -> Vec<String> {
    ["consortia", verb].into_iter().map(str::to_string).chain(options.iter().cloned()).collect()
}

/// Result of a verb; paths are folders that have been written.
pub enum Found {
    Run(Box<run::Run>),
    Comparison(Box<compare::Comparison>),
    Attribution(Box<attribute::Attribution>),
    Coalitions(Box<coalitions::Coalitions>),
    Game(Box<game::Solved>),
    Power(Box<power::Power>),
    Sweep(Box<FinishedSweep>),
    Part(PathBuf),
    Sensitivity(Box<Analysis>, Option<PathBuf>),
    Discovery(Box<Discovery>, Option<PathBuf>),
    Evaluated(Box<evaluate::Evaluated>),
}

/// Runs a request, and writes its folder if it names one.
fn played(
    verb: &str,
    request: Request,
    observer: &dyn ProgressObserver,
) -> Result<Found, VerbError> {
    Ok(match request {
        Request::Run(request) => {
            Found::Run(Box::new(request.simulate(request.setup()?, observer)?))
        }
        Request::Compare(request) => {
            Found::Comparison(Box::new(request.simulate(request.setup()?, observer)?))
        }
        Request::Attribute(request) => {
            Found::Attribution(Box::new(request.setup()?.simulate(observer)?))
        }
        Request::Coalitions(request) => {
            Found::Coalitions(Box::new(request.setup()?.simulate(observer)?))
        }
        Request::Game(request) => Found::Game(Box::new(request.solve()?)),
        Request::Power(request) => Found::Power(Box::new(request.count()?)),
        Request::Sweep(request) => match request.simulate(request.plan()?, observer)? {
            sweep::Outcome::Whole(done, _) => Found::Sweep(done),
            sweep::Outcome::Part(path, _) => Found::Part(path),
        },
        Request::Merge(request) => Found::Sweep(Box::new(merge::merge(&request, observer)?)),
        Request::Open(folder) => Found::Sweep(Box::new(FinishedSweep::of(&folder)?)),
        Request::Sensitivity(request) => {
            let (analysis, path) = sensitivity::sensitivity(&request)?;
            Found::Sensitivity(Box::new(analysis), path)
        }
        Request::Discover(request) => {
            let (discovery, path) = discover::discovery(&request)?;
            Found::Discovery(Box::new(discovery), path)
        }
        Request::Unknown => return Err(VerbError::Fault(format!("there is no verb `{verb}`"))),
    })
}

enum Request {
    Run(run::Request),
    Compare(compare::Request),
    Attribute(attribute::Request),
    Coalitions(coalitions::Request),
    Game(game::Request),
    Power(power::Request),
    Sweep(sweep::Request),
    Merge(merge::Request),
    Open(PathBuf),
    Sensitivity(sensitivity::Request),
    Discover(discover::Request),
    Unknown,
}

/// Parses the options of a verb, and adds the command line for the manifest.
fn request(py: Python<'_>, verb: &str, options: &[String]) -> PyResult<Request> {
    macro_rules! with_settings {
        ($variant:ident, $request:ty) => {{
            let mut request: $request = parse(py, options)?;
            request.settings.command = command(verb, options);
            Request::$variant(request)
        }};
    }
    macro_rules! with_command {
        ($variant:ident, $request:ty) => {{
            let mut request: $request = parse(py, options)?;
            request.command = command(verb, options);
            Request::$variant(request)
        }};
    }
    Ok(match verb {
        "run" => with_settings!(Run, run::Request),
        "compare" => with_settings!(Compare, compare::Request),
        "attribute" => with_settings!(Attribute, attribute::Request),
        "coalitions" => with_settings!(Coalitions, coalitions::Request),
        "sweep" => with_settings!(Sweep, sweep::Request),
        "merge" => with_command!(Merge, merge::Request),
        "sensitivity" => with_command!(Sensitivity, sensitivity::Request),
        "discover" => with_command!(Discover, discover::Request),
        "game" => Request::Game(parse(py, options)?),
        "power" => Request::Power(parse(py, options)?),
        "open" => Request::Open(options.first().map(PathBuf::from).unwrap_or_default()),
        _ => Request::Unknown,
    })
}

/// Runs a verb with the options of the command line. `reporter` receives progress and notes.
/// Raises the exceptions of `consortia.errors`.
#[pyfunction]
#[pyo3(signature = (verb, options, reporter=None))]
pub fn call_verb(
    py: Python<'_>,
    verb: &str,
    options: Vec<String>,
    reporter: Option<Py<PyAny>>,
) -> PyResult<Answer> {
    let request = request(py, verb, &options)?;
    let found =
        run_interruptibly(py, reporter.as_ref(), |observer| played(verb, request, observer))?;
    Ok(Answer { found })
}

/// Results of a verb as tables.
#[pyclass(frozen, module = "consortia._engine")]
pub struct Answer {
    /// Result of the verb.
    pub found: Found,
}

fn of_outcomes(outcomes: &Outcomes, name: &str) -> Option<Frame> {
    Some(match name {
        "summary" => outcomes.summary(),
        "years" => outcomes.years(),
        "replications" => outcomes.replications(),
        "distributions" => outcomes.distributions(),
        "losses" => outcomes.losses(),
        "failures" => outcomes.failures(),
        "dictionary" => outcomes.dictionary(),
        "river" => outcomes.river(),
        _ => return None,
    })
}

fn of_sweep(done: &FinishedSweep, name: &str) -> Result<Option<Frame>, VerbError> {
    Ok(Some(match name {
        "results" => results_frame(&done.record, &done.results),
        "points" => points_frame(&done.record, &done.points()?),
        "parameters" => parameters_table(&done.record),
        "summary" => summary(&done.record, &done.results),
        "robustness" => robustness_table(&done.record, &done.results),
        _ => return Ok(None),
    }))
}

impl Found {
    fn table(&self, name: &str) -> Result<Option<Frame>, VerbError> {
        Ok(match (self, name) {
            (Found::Run(run), name) => of_outcomes(&run.outcomes, name),
            (Found::Comparison(comparison), "differences") => Some(comparison.differences()),
            (Found::Comparison(comparison), "ranking") => Some(comparison.ranking()),
            (Found::Comparison(comparison), "lambda_band" | "structure_band") => {
                comparison.bands().into_iter().find(|band| band.0 == name).map(|band| band.1)
            }
            (Found::Comparison(comparison), name) => of_outcomes(&comparison.outcomes, name),
            (Found::Attribution(attribution), "parts") => Some(attribution.parts()),
            (Found::Coalitions(coalitions), "values") => Some(coalitions.values()),
            (Found::Coalitions(coalitions), "solutions") => Some(coalitions.solutions()),
            (Found::Game(game), "solutions") => Some(game.solutions()),
            (Found::Power(power), "members") => Some(power.members()),
            (Found::Sweep(done), name) => return of_sweep(done, name),
            (Found::Sensitivity(analysis, _), "indices") => Some(analysis.frame()),
            (Found::Discovery(discovery, _), "boxes") => Some(discovery.chosen()),
            (Found::Discovery(discovery, _), "trajectories") => Some(discovery.trajectories()),
            (Found::Evaluated(evaluated), "results") => Some(evaluated.results()),
            (Found::Evaluated(evaluated), "points") => Some(evaluated.points()),
            _ => None,
        })
    }

    fn keep(
        &self,
        out: Option<PathBuf>,
        observer: &dyn ProgressObserver,
    ) -> Result<PathBuf, VerbError> {
        match self {
            Found::Run(run) => run.keep(run.outcomes.folder(out)?, observer),
            Found::Comparison(comparison) => {
                comparison.keep(comparison.outcomes.folder(out)?, observer)
            }
            Found::Attribution(attribution) => attribution.keep(attribution.folder(out)?, observer),
            Found::Coalitions(coalitions) => coalitions.keep(coalitions.folder(out)?, observer),
            _ => Err(VerbError::Fault("there is no folder of this".into())),
        }
    }

    fn about(&self) -> serde_json::Value {
        let of_outcomes = |outcomes: &Outcomes| {
            let inputs = &outcomes.inputs;
            json!({
                "scenario": inputs.loaded.scenario.name, "organisations": inputs.names,
                "seed": inputs.seed,
                "replications": inputs.replications, "failed": outcomes.failed().0,
                "caution": inputs.caution(),
                "first_year": inputs.loaded.scenario.first_year,
                "states": inputs.loaded.scenario.states.iter().map(|state| &state.id).collect::<Vec<_>>(),
            })
        };
        match self {
            Found::Run(run) => of_outcomes(&run.outcomes),
            Found::Comparison(comparison) => of_outcomes(&comparison.outcomes),
            Found::Attribution(attribution) => {
                let inputs = &attribution.inputs;
                json!({
                    "scenario": inputs.loaded.scenario.name, "organisations": inputs.names,
                    "seed": inputs.seed,
                    "replications": inputs.replications, "failed": attribution.failed,
                    "caution": inputs.caution(),
                    "exact": attribution.exact, "designs": attribution.designs,
                })
            }
            Found::Coalitions(coalitions) => {
                let inputs = coalitions.inputs();
                json!({
                    "scenario": inputs.loaded.scenario.name, "seed": inputs.seed,
                    "caution": inputs.caution(),
                    "replications": inputs.replications, "players": coalitions.game.players,
                    "core_nonempty": coalitions.found.least_core.core_nonempty,
                    "excess": coalitions.found.nucleolus.excess,
                })
            }
            Found::Game(game) => json!({
                "players": game.game.players, "core_nonempty": game.found.least_core.core_nonempty,
                "excess": game.found.nucleolus.excess,
                "missing": game.found.missing.iter().map(|(title, why)| (title.to_string(),
                why.to_string())).collect::<Vec<_>>(),
            }),
            Found::Power(power) => json!({
                "quota": consortia::report::games::real(&power.quota),
                "winning_coalitions": power.power.winning.to_string(),
                "power_to_act": consortia::report::games::real(&power.power.power_to_act),
                "power_to_act_exact": power.power.power_to_act.to_string(),
            }),
            Found::Sweep(done) => {
                let record = &done.record;
                json!({
                    "name": record.name, "title": record.title, "scenario": record.scenario,
                    "folder": done.path,
                    "organisations": record.organisations, "seed": record.seed,
                    "points": record.points,
                    "replications": record.replications, "runs": done.rows.0, "failed": done.rows.1,
                    "measures": record.measures.iter().map(|measure| &measure.column).collect::<Vec<_>>(),
                    "caution": record.figures.caution(&record.scenario),
                })
            }
            Found::Part(path) => json!({ "folder": path }),
            Found::Sensitivity(analysis, path) => json!({
                "measure": analysis.measure, "unit": analysis.unit, "method": analysis.method,
                "caption": analysis.caption, "folder": path,
            }),
            Found::Discovery(discovery, path) => json!({
                "interest": discovery.interest, "caption": discovery.caption,
                "cases": discovery.hits.len(),
                "hits": discovery.hits.iter().filter(|hit| **hit).count(),
                "left_out": discovery.left_out,
                "words": (0..discovery.boxes.len())
                    .map(|at| consortia::report::discovery::box_in_words(discovery,
                        at)).collect::<Vec<_>>(),
                "folder": path,
            }),
            Found::Evaluated(evaluated) => json!({ "failures": evaluated.failures }),
        }
    }
}

#[pymethods]
impl Answer {
    /// Returns a table by its name. Raises `KeyError` if the verb has no such table.
    fn table(&self, py: Python<'_>, name: &str) -> PyResult<Table> {
        let frame = py.detach(|| self.found.table(name)).map_err(|error| raise(py, error))?;
        Table::new(
            py,
            frame.ok_or_else(|| PyKeyError::new_err(format!("there is no table `{name}`")))?,
        )
    }

    /// Returns the events of a replication (default: the traced one) under each design. Raises
    /// `KeyError` for verbs other than `run` and `compare`.
    #[pyo3(signature = (replication=None))]
    fn trace(&self, py: Python<'_>, replication: Option<u64>) -> PyResult<Table> {
        let outcomes = match &self.found {
            Found::Run(run) => &run.outcomes,
            Found::Comparison(comparison) => &comparison.outcomes,
            _ => return Err(PyKeyError::new_err("there is no trace of this")),
        };
        let frame = py.detach(|| outcomes.trace(replication)).map_err(|error| raise(py, error))?;
        Table::new(py, frame)
    }

    /// Returns a description of the result as a JSON object.
    fn about(&self) -> String {
        self.found.about().to_string()
    }

    /// Writes the run folder of the command line (default: the one of `--out`), and returns its
    /// path. Raises `EngineError` for verbs without a run folder.
    #[pyo3(signature = (out=None, reporter=None))]
    fn save(
        &self,
        py: Python<'_>,
        out: Option<PathBuf>,
        reporter: Option<Py<PyAny>>,
    ) -> PyResult<PathBuf> {
        run_interruptibly(py, reporter.as_ref(), |observer| self.found.keep(out, observer))
    }
}

/// Returns the state of the folder of a sweep or a run as a JSON object.
#[pyfunction]
pub fn status(py: Python<'_>, options: Vec<String>) -> PyResult<String> {
    let request: status_verb::Request = parse(py, &options)?;
    py.detach(|| status_verb::status(&request))
        .map(|found| found.json().to_string())
        .map_err(|error| raise(py, error))
}

/// Returns each path with a description of its contents. Raises one `InputError` with all mistakes.
#[pyfunction]
pub fn validate(py: Python<'_>, options: Vec<String>) -> PyResult<Vec<(String, String)>> {
    let request: validate_verb::Request = parse(py, &options)?;
    let (sound, mistakes) = py.detach(|| validate_verb::validate(&request));
    if mistakes.is_empty() { Ok(sound) } else { Err(errors::bad_input(py, &mistakes)) }
}
