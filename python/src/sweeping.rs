//! Sweeps whose points or machines somebody else chooses.

use super::answer::{Answer, Found, command, parse};
use super::errors::{self, raise};
use super::progress::run_interruptibly;
use consortia::experiment::sweep::Scratch;
use consortia::output::sweep::Line;
use consortia::scenario::sweep::Law;
use consortia::verbs::evaluate::{Experiment as Evaluation, Job as Parcel};
use consortia::verbs::sweep::{Begun, Outcome, Playing as Open, Request};
use consortia::verbs::{VerbError, run_inputs};
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Mutex;

/// A sweep's scenario, designs and parameters, to be played at any points.
#[pyclass(frozen, module = "consortia._engine")]
pub struct Experiment {
    request: Request,
    evaluation: Evaluation,
}

fn law(law: &Law) -> Value {
    match law {
        Law::Uniform(min, max) => json!({ "law": "uniform", "min": min, "max": max }),
        Law::LogUniform(min, max) => json!({ "law": "log_uniform", "min": min, "max": max }),
        Law::Triangular(min, mode, max) => {
            json!({ "law": "triangular", "min": min, "mode": mode, "max": max })
        }
        Law::TruncatedNormal { mean, sd, ends, .. } => {
            json!({ "law": "truncated_normal", "mean": mean, "sd": sd, "min": ends.0,
                "max": ends.1 })
        }
        Law::Numbers(values) => json!({ "law": "steps", "values": values }),
        Law::Categories(values) => {
            json!({ "law": "choice",
                "values": values.iter().map(|value| value.text()).collect::<Vec<_>>() })
        }
    }
}

#[pymethods]
impl Experiment {
    /// From the options of `sweep`.
    #[new]
    fn new(py: Python<'_>, options: Vec<String>) -> PyResult<Self> {
        let mut request: Request = parse(py, &options)?;
        request.settings.command = command("sweep", &options);
        let plan = py.detach(|| request.plan()).map_err(|error| raise(py, error))?;
        Ok(Experiment { request, evaluation: Evaluation { plan } })
    }

    /// What it is, as JSON.
    fn about(&self) -> String {
        let (record, sweep) = (&self.evaluation.plan.record, &self.evaluation.plan.loaded.sweep);
        let parameters: Vec<Value> = sweep
            .parameters
            .iter()
            .map(|parameter| {
                json!({
                    "name": parameter.name, "title": parameter.title, "unit": parameter.unit,
                    "group": record.groups[parameter.group], "law": law(&parameter.law),
                })
            })
            .collect();
        let measures: Vec<Value> = record
            .measures
            .iter()
            .map(|kept| {
                json!({
                    "column": kept.column, "measure": kept.measure, "state": kept.state,
                    "unit": kept.unit,
                    "better": kept.better,
                })
            })
            .collect();
        json!({
            "name": record.name, "title": record.title, "scenario": record.scenario,
            "seed": record.seed,
            "organisations": record.organisations, "points": record.points,
            "replications": record.replications,
            "parameters": parameters, "measures": measures, "inputs_hash": record.inputs_hash,
            "folder": self.request.path(&self.evaluation.plan),
            "runs": record.points as u64 * record.replications * record.organisations.len() as u64,
        })
        .to_string()
    }

    /// The sweep's own points: values by point and parameter, as written in files.
    fn points(&self, py: Python<'_>) -> Vec<Vec<String>> {
        let parameters = &self.evaluation.plan.loaded.sweep.parameters;
        let text =
            |point: &Vec<f64>| parameters.iter().zip(point).map(|(law, x)| law.text(*x)).collect();
        py.detach(|| self.evaluation.plan.points.values.iter().map(text).collect())
    }

    /// Values of one parameter at numbers of the unit interval, as written in files.
    fn quantiles(&self, py: Python<'_>, parameter: &str, at: Vec<f64>) -> PyResult<Vec<String>> {
        let parameters = &self.evaluation.plan.loaded.sweep.parameters;
        let found = parameters.iter().find(|known| known.name == parameter);
        let found = found.ok_or_else(|| {
            errors::refuse(py, &format!("there is no parameter `{parameter}`"), "see parameters")
        })?;
        if at.iter().any(|u| !(0.0..=1.0).contains(u)) {
            return Err(errors::refuse(
                py,
                "a sample of the unit interval leaves it",
                "give numbers from 0 to 1",
            ));
        }
        Ok(at.iter().map(|u| found.text(found.law.at(*u))).collect())
    }

    /// Plays all designs at points, given by columns as they are written in files.
    #[pyo3(signature = (columns, reporter=None))]
    fn evaluate(
        &self,
        py: Python<'_>,
        columns: Vec<(String, Vec<String>)>,
        reporter: Option<Py<PyAny>>,
    ) -> PyResult<Answer> {
        let threads = run_inputs::threads(self.request.settings.threads);
        let found = run_interruptibly(py, reporter.as_ref(), |observer| {
            let points = self.evaluation.points(&columns)?;
            self.evaluation.evaluate(points, threads, observer)
        })?;
        Ok(Answer { found: Found::Evaluated(Box::new(found)) })
    }

    /// What another machine needs to play shards of it, as text.
    fn job(&self, py: Python<'_>) -> PyResult<String> {
        py.detach(|| self.evaluation.job().text()).map_err(|error| raise(py, error))
    }

    /// Seconds that a run takes on one thread here: measured on a few.
    fn seconds_per_run(&self, py: Python<'_>) -> f64 {
        py.detach(|| self.request.pilot(&self.evaluation.plan).seconds_per_run)
    }

    /// Opens the folder, to play shards somewhere else; None where all is done already. What was
    /// found goes to the reporter.
    #[pyo3(signature = (reporter=None))]
    fn begin(&self, py: Python<'_>, reporter: Option<Py<PyAny>>) -> PyResult<Option<Playing>> {
        let begun = run_interruptibly(py, reporter.as_ref(), |observer| {
            self.request.begin(self.evaluation.plan.clone(), observer)
        })?;
        Ok(match begun {
            Begun::Open(open) => {
                Some(Playing { held: Mutex::new(Some(Held { open, waiting: BTreeMap::new() })) })
            }
            Begun::Done(..) => None,
        })
    }
}

/// The folder of a sweep, held while its shards are played somewhere else. Its lock is taken
/// without the interpreter's.
#[pyclass(frozen, module = "consortia._engine")]
pub struct Playing {
    held: Mutex<Option<Held>>,
}

/// A folder, and the points of the shards of this round.
struct Held {
    open: Box<Open>,
    waiting: BTreeMap<usize, Vec<usize>>,
}

impl Playing {
    fn with<T: Send>(
        &self,
        py: Python<'_>,
        act: impl FnOnce(&mut Held) -> Result<T, VerbError> + Send,
    ) -> PyResult<T> {
        let done = py.detach(|| {
            let closed = || VerbError::Fault("the folder of the sweep is closed".into());
            let mut held = self.held.lock().map_err(|_| closed())?;
            act(held.as_mut().ok_or_else(closed)?)
        });
        done.map_err(|error| raise(py, error))
    }
}

#[pymethods]
impl Playing {
    /// Shards that are to be played next, and how many runs each has; none at the end.
    fn tasks(&self, py: Python<'_>) -> PyResult<Vec<(usize, u64)>> {
        self.with(py, |Held { open, waiting }| {
            *waiting = open.tasks()?.into_iter().collect();
            let layout = &open.plan.layout;
            let runs = |shard: usize, points: &Vec<usize>| {
                let replications = layout.replications_of(layout.block_of(shard));
                points.len() as u64
                    * (replications.end - replications.start)
                    * layout.designs as u64
            };
            Ok(waiting.iter().map(|(&shard, points)| (shard, runs(shard, points))).collect())
        })
    }

    /// The points of such a shard, and the values there: numbers of eight bytes, point after point.
    fn task<'py>(
        &self,
        py: Python<'py>,
        shard: usize,
    ) -> PyResult<(Vec<usize>, Bound<'py, PyBytes>)> {
        let (points, bytes) = self.with(py, |Held { open, waiting }| {
            let points = waiting.get(&shard).cloned();
            let points = points
                .ok_or_else(|| VerbError::Fault(format!("shard {shard} is not to be played")))?;
            let values = points.iter().flat_map(|&point| &open.plan.points.values[point]);
            let bytes: Vec<u8> = values.flat_map(|x| x.to_le_bytes()).collect();
            Ok((points, bytes))
        })?;
        Ok((points, PyBytes::new(py, &bytes)))
    }

    /// Notes that a shard is done, by the line that its player gave.
    fn note(&self, py: Python<'_>, line: &str) -> PyResult<()> {
        self.with(py, |held| {
            let parsed = Line::parse(line);
            let parsed = parsed
                .ok_or_else(|| VerbError::Fault(format!("`{line}` is no line of a journal")))?;
            held.open.note(parsed).map(|_| ())
        })
    }

    /// Where the folder is.
    fn folder(&self, py: Python<'_>) -> PyResult<PathBuf> {
        self.with(py, |held| Ok(held.open.folder.path.clone()))
    }

    /// Runs kept, and runs at most.
    fn progress(&self, py: Python<'_>) -> PyResult<(u64, u64)> {
        self.with(py, |held| Ok((held.open.rows(), held.open.total())))
    }

    /// The command that goes on with it.
    fn how_to_resume(&self, py: Python<'_>) -> PyResult<String> {
        self.with(py, |held| Ok(held.open.how_to_resume().to_string()))
    }

    /// Puts the journal in order and makes tables, plots and page of all shards. The folder is
    /// closed then.
    #[pyo3(signature = (threads, reporter=None))]
    fn conclude(
        &self,
        py: Python<'_>,
        threads: usize,
        reporter: Option<Py<PyAny>>,
    ) -> PyResult<Answer> {
        let held = py.detach(|| self.held.lock().ok().and_then(|mut held| held.take()));
        let Held { open, .. } =
            held.ok_or_else(|| errors::fault(py, "the folder of the sweep is closed"))?;
        let outcome = run_interruptibly(py, reporter.as_ref(), |_| open.conclude(threads))?;
        Ok(Answer {
            found: match outcome {
                Outcome::Whole(done, _) => Found::Sweep(done),
                Outcome::Part(path, _) => Found::Part(path),
            },
        })
    }

    /// Lets go of the folder: another process may go on with it.
    fn close(&self, py: Python<'_>) {
        py.detach(|| {
            if let Ok(mut held) = self.held.lock() {
                *held = None;
            }
        });
    }
}

/// What is needed to play shards of a sweep anywhere.
#[pyclass(frozen, module = "consortia._engine")]
pub struct Job {
    parcel: Parcel,
    /// Scratch space of threads that are not playing.
    idle: Mutex<Vec<Scratch>>,
}

#[pymethods]
impl Job {
    /// From the text of `Experiment.job`.
    #[new]
    fn new(py: Python<'_>, text: &str) -> PyResult<Self> {
        let parcel = py.detach(|| Parcel::parse(text)).map_err(|error| raise(py, error))?;
        Ok(Job { parcel, idle: Mutex::new(Vec::new()) })
    }

    /// Plays a shard at these points: names and contents of its files, and the line that it is
    /// noted by.
    #[allow(clippy::type_complexity)]
    fn play<'py>(
        &self,
        py: Python<'py>,
        shard: usize,
        points: Vec<usize>,
        values: &[u8],
    ) -> PyResult<(Vec<(String, Bound<'py, PyBytes>)>, String)> {
        let width = if points.is_empty() { 1 } else { (values.len() / 8 / points.len()).max(1) };
        let number = |bytes: &[u8]| bytes.try_into().map_or(f64::NAN, f64::from_le_bytes);
        let numbers: Vec<f64> = values.chunks(8).map(number).collect();
        let values: Vec<Vec<f64>> = numbers.chunks(width).map(<[f64]>::to_vec).collect();
        let played = run_interruptibly(py, None, |_| {
            let mut scratch =
                self.idle.lock().ok().and_then(|mut idle| idle.pop()).unwrap_or_default();
            let played = self.parcel.play(shard, &points, &values, &mut scratch);
            if let Ok(mut idle) = self.idle.lock() {
                idle.push(scratch);
            }
            played
        })?;
        let files = played
            .files
            .into_iter()
            .map(|(name, bytes)| (name, PyBytes::new(py, &bytes)))
            .collect();
        Ok((files, played.line.text()))
    }
}
