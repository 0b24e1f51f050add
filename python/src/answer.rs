//! Verbs that end with tables.

use super::attending::attend;
use super::table::Table;
use super::trouble::{self, raise};
use clap::{Args, Parser};
use consortia::output::Frame;
use consortia::output::sweep::{
    Analysis, Discovery, parameters_table, points_frame, results_frame, robustness_table, summary,
};
use consortia::verbs::study::Concluded;
use consortia::verbs::{
    Attendant, Fates, Trouble, attribute, coalitions, compare, discover, evaluate, game, merge, power, run,
    sensitivity, status as status_verb, sweep, validate as validate_verb,
};
use pyo3::exceptions::PyKeyError;
use pyo3::prelude::*;
use serde_json::json;
use std::path::PathBuf;

#[derive(Parser)]
#[command(name = "consortia", no_binary_name = true, disable_help_flag = true, disable_version_flag = true)]
struct Asked<R: Args> {
    #[command(flatten)]
    request: R,
}

/// A request from the options of the command line.
pub fn parse<R: Args>(py: Python<'_>, options: &[String]) -> PyResult<R> {
    Asked::<R>::try_parse_from(options).map(|asked| asked.request).map_err(|error| {
        let text = error.render().to_string();
        let message = text.trim().trim_start_matches("error: ").split("\n\nUsage").next().unwrap_or("").to_string();
        trouble::refuse(py, &message, "see the documentation of the function")
    })
}

/// The command line that asks the same, for manifests.
pub fn command(verb: &str, options: &[String]) -> Vec<String> {
    ["consortia", verb].into_iter().map(str::to_string).chain(options.iter().cloned()).collect()
}

/// What a verb came to.
pub enum Found {
    Run(Box<run::Run>),
    Comparison(Box<compare::Comparison>),
    Attribution(Box<attribute::Attribution>),
    Coalitions(Box<coalitions::Coalitions>),
    Game(Box<game::Solved>),
    Power(Box<power::Power>),
    Sweep(Box<Concluded>),
    Part(PathBuf),
    Sensitivity(Box<Analysis>, Option<PathBuf>),
    Discovery(Box<Discovery>, Option<PathBuf>),
    Evaluated(Box<evaluate::Evaluated>),
}

/// Plays a request and keeps it where it says, if it says so.
fn played(verb: &str, request: Request, attendant: &dyn Attendant) -> Result<Found, Trouble> {
    Ok(match request {
        Request::Run(request) => Found::Run(Box::new(request.play(request.setup()?, attendant)?)),
        Request::Compare(request) => Found::Comparison(Box::new(request.play(request.setup()?, attendant)?)),
        Request::Attribute(request) => Found::Attribution(Box::new(request.setup()?.play(attendant)?)),
        Request::Coalitions(request) => Found::Coalitions(Box::new(request.setup()?.play(attendant)?)),
        Request::Game(request) => Found::Game(Box::new(request.solve()?)),
        Request::Power(request) => Found::Power(Box::new(request.count()?)),
        Request::Sweep(request) => match request.play(request.plan()?, attendant)? {
            sweep::Outcome::Whole(done, _) => Found::Sweep(done),
            sweep::Outcome::Part(path, _) => Found::Part(path),
        },
        Request::Merge(request) => Found::Sweep(Box::new(merge::merge(&request, attendant)?)),
        Request::Open(folder) => Found::Sweep(Box::new(Concluded::of(&folder)?)),
        Request::Sensitivity(request) => {
            let (analysis, path) = sensitivity::sensitivity(&request)?;
            Found::Sensitivity(Box::new(analysis), path)
        }
        Request::Discover(request) => {
            let (discovery, path) = discover::discovery(&request)?;
            Found::Discovery(Box::new(discovery), path)
        }
        Request::Unknown => return Err(Trouble::Fault(format!("there is no verb `{verb}`"))),
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

/// Parses the options of a verb; with settings, the command goes into them.
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

/// Plays a verb with the options of the command line. The listener is told how far the work is.
#[pyfunction]
#[pyo3(signature = (verb, options, listener=None))]
pub fn ask(py: Python<'_>, verb: &str, options: Vec<String>, listener: Option<Py<PyAny>>) -> PyResult<Answer> {
    let request = request(py, verb, &options)?;
    let found = attend(py, listener.as_ref(), |attendant| played(verb, request, attendant))?;
    Ok(Answer { found })
}

/// Tables of a verb's results.
#[pyclass(frozen, module = "consortia._engine")]
pub struct Answer {
    /// What was found.
    pub found: Found,
}

fn of_fates(fates: &Fates, name: &str) -> Option<Frame> {
    Some(match name {
        "summary" => fates.summary(),
        "years" => fates.years(),
        "replications" => fates.replications(),
        "distributions" => fates.distributions(),
        "failures" => fates.failures(),
        "dictionary" => fates.dictionary(),
        "river" => fates.river(),
        _ => return None,
    })
}

fn of_sweep(done: &Concluded, name: &str) -> Result<Option<Frame>, Trouble> {
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
    fn table(&self, name: &str) -> Result<Option<Frame>, Trouble> {
        Ok(match (self, name) {
            (Found::Run(run), name) => of_fates(&run.fates, name),
            (Found::Comparison(comparison), "differences") => Some(comparison.differences()),
            (Found::Comparison(comparison), "ranking") => Some(comparison.ranking()),
            (Found::Comparison(comparison), "lambda_band" | "structure_band") => {
                comparison.bands().into_iter().find(|band| band.0 == name).map(|band| band.1)
            }
            (Found::Comparison(comparison), name) => of_fates(&comparison.fates, name),
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

    fn keep(&self, out: Option<PathBuf>, attendant: &dyn Attendant) -> Result<PathBuf, Trouble> {
        match self {
            Found::Run(run) => run.keep(run.fates.folder(out)?, attendant),
            Found::Comparison(comparison) => comparison.keep(comparison.fates.folder(out)?, attendant),
            Found::Attribution(attribution) => attribution.keep(attribution.folder(out)?, attendant),
            Found::Coalitions(coalitions) => coalitions.keep(coalitions.folder(out)?, attendant),
            _ => Err(Trouble::Fault("there is no folder of this".into())),
        }
    }

    fn about(&self) -> serde_json::Value {
        let of_fates = |fates: &Fates| {
            let session = &fates.session;
            json!({
                "scenario": session.loaded.scenario.name, "organisations": session.names, "seed": session.seed,
                "replications": session.replications, "failed": fates.failed().0, "caution": session.caution(),
                "first_year": session.loaded.scenario.first_year,
                "states": session.loaded.scenario.states.iter().map(|state| &state.id).collect::<Vec<_>>(),
            })
        };
        match self {
            Found::Run(run) => of_fates(&run.fates),
            Found::Comparison(comparison) => of_fates(&comparison.fates),
            Found::Attribution(attribution) => {
                let session = &attribution.session;
                json!({
                    "scenario": session.loaded.scenario.name, "organisations": session.names, "seed": session.seed,
                    "replications": session.replications, "failed": attribution.failed, "caution": session.caution(),
                    "exact": attribution.exact, "designs": attribution.designs,
                })
            }
            Found::Coalitions(coalitions) => {
                let session = coalitions.session();
                json!({
                    "scenario": session.loaded.scenario.name, "seed": session.seed, "caution": session.caution(),
                    "replications": session.replications, "players": coalitions.game.players,
                    "core_nonempty": coalitions.found.least_core.core_nonempty,
                    "excess": coalitions.found.nucleolus.excess,
                })
            }
            Found::Game(game) => json!({
                "players": game.game.players, "core_nonempty": game.found.least_core.core_nonempty,
                "excess": game.found.nucleolus.excess,
                "missing": game.found.missing.iter().map(|(title, why)| (title.to_string(), why.to_string())).collect::<Vec<_>>(),
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
                    "name": record.name, "title": record.title, "scenario": record.scenario, "folder": done.path,
                    "organisations": record.organisations, "seed": record.seed, "points": record.points,
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
                "interest": discovery.interest, "caption": discovery.caption, "cases": discovery.hits.len(),
                "hits": discovery.hits.iter().filter(|hit| **hit).count(), "left_out": discovery.left_out,
                "words": (0..discovery.boxes.len())
                    .map(|at| consortia::report::discovery::box_in_words(discovery, at)).collect::<Vec<_>>(),
                "folder": path,
            }),
            Found::Evaluated(evaluated) => json!({ "failures": evaluated.failures }),
        }
    }
}

#[pymethods]
impl Answer {
    /// A table by its name.
    fn table(&self, py: Python<'_>, name: &str) -> PyResult<Table> {
        let frame = py.detach(|| self.found.table(name)).map_err(|trouble| raise(py, trouble))?;
        Table::new(py, frame.ok_or_else(|| PyKeyError::new_err(format!("there is no table `{name}`")))?)
    }

    /// Every event of a replication.
    #[pyo3(signature = (replication=None))]
    fn trace(&self, py: Python<'_>, replication: Option<u64>) -> PyResult<Table> {
        let fates = match &self.found {
            Found::Run(run) => &run.fates,
            Found::Comparison(comparison) => &comparison.fates,
            _ => return Err(PyKeyError::new_err("there is no trace of this")),
        };
        let frame = py.detach(|| fates.trace(replication)).map_err(|trouble| raise(py, trouble))?;
        Table::new(py, frame)
    }

    /// What it is, as JSON.
    fn about(&self) -> String {
        self.found.about().to_string()
    }

    /// Writes the folder that the command line would have written; returns where it is.
    #[pyo3(signature = (out=None, listener=None))]
    fn save(&self, py: Python<'_>, out: Option<PathBuf>, listener: Option<Py<PyAny>>) -> PyResult<PathBuf> {
        attend(py, listener.as_ref(), |attendant| self.found.keep(out, attendant))
    }
}

/// How far a folder is, as JSON.
#[pyfunction]
pub fn status(py: Python<'_>, options: Vec<String>) -> PyResult<String> {
    let request: status_verb::Request = parse(py, &options)?;
    py.detach(|| status_verb::status(&request))
        .map(|found| found.json().to_string())
        .map_err(|trouble| raise(py, trouble))
}

/// What is valid, path by path; mistakes of any are raised together.
#[pyfunction]
pub fn validate(py: Python<'_>, options: Vec<String>) -> PyResult<Vec<(String, String)>> {
    let request: validate_verb::Request = parse(py, &options)?;
    let (sound, mistakes) = py.detach(|| validate_verb::validate(&request));
    if mistakes.is_empty() { Ok(sound) } else { Err(trouble::bad_input(py, &mistakes)) }
}
