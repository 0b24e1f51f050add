//! Sweeps at given points, and sweeps whose shards other machines simulate.
//!
//! This module does not distribute work: `consortia.dask` does.

use super::answer::{Answer, Found, command, parse};
use super::errors::{self, raise};
use super::progress::run_interruptibly;
use consortia::experiment::sweep::Scratch;
use consortia::output::sweep::Line;
use consortia::scenario::sweep::Law;
use consortia::verbs::evaluate::{Experiment as Evaluation, Job as EngineJob};
use consortia::verbs::sweep::{Outcome, Request, SweepInProgress as Open, SweepStart};
use consortia::verbs::{VerbError, run_inputs};
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Mutex;

/// Scenario, designs and parameters of a sweep, for simulation at any points.
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
    /// Creates an experiment from options of the verb `sweep`. Raises `InputError` for mistakes.
    #[new]
    fn new(py: Python<'_>, options: Vec<String>) -> PyResult<Self> {
        let mut request: Request = parse(py, &options)?;
        request.settings.command = command("sweep", &options);
        let plan = py.detach(|| request.plan()).map_err(|error| raise(py, error))?;
        Ok(Experiment { request, evaluation: Evaluation { plan } })
    }

    /// Returns a description of the sweep as a JSON object.
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

    /// Returns the points of the sweep, as `[point][parameter]`, with values as text in files.
    fn points(&self, py: Python<'_>) -> Vec<Vec<String>> {
        let parameters = &self.evaluation.plan.loaded.sweep.parameters;
        let text =
            |point: &Vec<f64>| parameters.iter().zip(point).map(|(law, x)| law.text(*x)).collect();
        py.detach(|| self.evaluation.plan.points.values.iter().map(text).collect())
    }

    /// Returns the quantiles of a parameter at numbers from 0 to 1, as text in files. Raises
    /// `InputError` for an unknown parameter and for numbers outside [0, 1].
    fn quantiles(&self, py: Python<'_>, parameter: &str, at: Vec<f64>) -> PyResult<Vec<String>> {
        let parameters = &self.evaluation.plan.loaded.sweep.parameters;
        let found = parameters.iter().find(|known| known.name == parameter);
        let found = found.ok_or_else(|| {
            errors::refuse(py, &format!("there is no parameter `{parameter}`"), "see parameters")
        })?;
        if at.iter().any(|u| !(0.0..=1.0).contains(u)) {
            return Err(errors::refuse(
                py,
                "a sample value lies outside the unit interval",
                "give numbers from 0 to 1",
            ));
        }
        Ok(at.iter().map(|u| found.text(found.law.at(*u))).collect())
    }

    /// Simulates all designs at points, given as columns of text as in files. Raises `InputError`
    /// for missing or unknown columns and invalid values.
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

    /// Returns the text from which another machine creates a `Job`.
    fn job(&self, py: Python<'_>) -> PyResult<String> {
        py.detach(|| self.evaluation.job().text()).map_err(|error| raise(py, error))
    }

    /// Measures the seconds of a run on one thread of this machine, over a few runs.
    fn seconds_per_run(&self, py: Python<'_>) -> f64 {
        py.detach(|| self.request.pilot(&self.evaluation.plan).seconds_per_run)
    }

    /// Opens the folder for shards that other machines simulate; returns None if the sweep is
    /// complete. The reporter receives notes on the state of the folder.
    #[pyo3(signature = (reporter=None))]
    fn begin(
        &self,
        py: Python<'_>,
        reporter: Option<Py<PyAny>>,
    ) -> PyResult<Option<SweepInProgress>> {
        let begun = run_interruptibly(py, reporter.as_ref(), |observer| {
            self.request.begin(self.evaluation.plan.clone(), observer)
        })?;
        Ok(match begun {
            SweepStart::Open(open) => Some(SweepInProgress {
                held: Mutex::new(Some(Held { open, waiting: BTreeMap::new() })),
            }),
            SweepStart::Done(..) => None,
        })
    }
}

/// Open folder of a sweep whose shards other machines simulate. Its mutex is locked without the
/// interpreter's lock.
#[pyclass(frozen, module = "consortia._engine")]
pub struct SweepInProgress {
    held: Mutex<Option<Held>>,
}

/// Folder of a sweep, and the points of the shards of this round by shard.
struct Held {
    open: Box<Open>,
    waiting: BTreeMap<usize, Vec<usize>>,
}

impl SweepInProgress {
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
impl SweepInProgress {
    /// Returns the shards of the next round with their numbers of runs; an empty list at the end.
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

    /// Returns the points of a shard of this round, and the parameter values at them: little-endian
    /// 64-bit floats, as `[point][parameter]`. Raises `EngineError` for another shard.
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

    /// Adds the line that `Job.simulate` returned to the journal. Raises `EngineError` for other
    /// text.
    fn note(&self, py: Python<'_>, line: &str) -> PyResult<()> {
        self.with(py, |held| {
            let parsed = Line::parse(line);
            let parsed = parsed
                .ok_or_else(|| VerbError::Fault(format!("`{line}` is no line of a journal")))?;
            held.open.note(parsed).map(|_| ())
        })
    }

    /// Returns the path of the folder.
    fn folder(&self, py: Python<'_>) -> PyResult<PathBuf> {
        self.with(py, |held| Ok(held.open.folder.path.clone()))
    }

    /// Returns the number of runs done, and the largest number of runs.
    fn progress(&self, py: Python<'_>) -> PyResult<(u64, u64)> {
        self.with(py, |held| Ok((held.open.rows(), held.open.total())))
    }

    /// Returns the command that resumes the sweep.
    fn how_to_resume(&self, py: Python<'_>) -> PyResult<String> {
        self.with(py, |held| Ok(held.open.how_to_resume().to_string()))
    }

    /// Sorts the journal, makes tables, plots and page from all shards, and closes the folder.
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

    /// Closes the folder, so that another process can open it.
    fn close(&self, py: Python<'_>) {
        py.detach(|| {
            if let Ok(mut held) = self.held.lock() {
                *held = None;
            }
        });
    }
}

/// Inputs of a sweep that a worker needs to simulate shards.
#[pyclass(frozen, module = "consortia._engine")]
pub struct Job {
    parcel: EngineJob,
    /// Scratch buffers of threads that are idle.
    idle: Mutex<Vec<Scratch>>,
}

#[pymethods]
impl Job {
    /// Creates a job from the text of `Experiment.job`. Raises `InputError` for another build.
    #[new]
    fn new(py: Python<'_>, text: &str) -> PyResult<Self> {
        let parcel = py.detach(|| EngineJob::parse(text)).map_err(|error| raise(py, error))?;
        Ok(Job { parcel, idle: Mutex::new(Vec::new()) })
    }

    /// Simulates a shard with the points and values of `SweepInProgress.task`. Returns the names
    /// and contents of its files, and its line of the journal.
    #[allow(clippy::type_complexity)]
    fn simulate<'py>(
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
            let played = self.parcel.simulate(shard, &points, &values, &mut scratch);
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
