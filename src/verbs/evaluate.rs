//! Evaluation of designs at given points in memory, and of a sweep's shards on other machines.
//! Points use the scenario, designs and parameters of a sweep; nothing is written here.

use super::study::Plan;
use super::{Phase, ProgressObserver, VerbError};
use crate::experiment::sweep::{
    Layout, Orders, Part, Scratch, ShardJournal, ShardRows, ShardStore, Study, simulate,
};
use crate::numeric::Running;
use crate::output::Frame;
use crate::output::sweep::{
    Cell, Encoded, Results, ShardError, ShardFiles, SweepRecord, points_frame, results_frame,
};
use crate::scenario::diagnostics::{Diagnostic, Diagnostics};
use crate::scenario::load;
use crate::scenario::sweep::raw::ShardFormat;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::convert::Infallible;
use std::path::Path;
use std::sync::atomic::AtomicBool;

/// Largest number of invalid values that are reported one by one.
const MAX_REPORTED: usize = 8;

/// Scenario, designs and parameters of a sweep, to be simulated at any points.
pub struct Experiment {
    /// The sweep as loaded.
    pub plan: Plan,
}

/// Results of designs at points.
pub struct Evaluated {
    record: SweepRecord,
    points: Vec<Vec<f64>>,
    /// Results by measure, in the order in which the sweep keeps them.
    pub results: Vec<Results>,
    /// Messages of the failures.
    pub failures: Vec<String>,
}

impl Evaluated {
    /// Returns a row for every point, organisation and measure: mean, standard error, standard
    /// deviation, replications.
    pub fn results(&self) -> Frame {
        results_frame(&self.record, &self.results)
    }

    /// Returns the table of the points.
    pub fn points(&self) -> Frame {
        points_frame(&self.record, &self.points)
    }
}

impl Experiment {
    /// Parses points from columns of text as in files, one column per parameter. Fails with all
    /// mistakes of names, lengths and values.
    pub fn points(&self, columns: &[(String, Vec<String>)]) -> Result<Vec<Vec<f64>>, VerbError> {
        let parameters = &self.plan.loaded.sweep.parameters;
        let mut mistakes = Diagnostics::default();
        let mut refuse = |message: String, help: String| {
            mistakes.push(Diagnostic::new("points", message).help(help));
        };
        let names = || parameters.iter().map(|parameter| parameter.name.as_str());
        let unknown_column = columns.iter().find(|(name, _)| names().all(|known| known != name));
        if let Some((name, _)) = unknown_column {
            let help = crate::scenario::diagnostics::suggest(name, names());
            refuse(format!("the sweep has no parameter `{name}`"), help);
        }
        let rows = columns.first().map_or(0, |(_, column)| column.len());
        if rows == 0 {
            refuse(
                "there are no points".into(),
                "give a value of every parameter for each point".into(),
            );
        }
        let mut points = vec![Vec::with_capacity(parameters.len()); rows];
        let mut wrong = 0;
        for parameter in parameters {
            let Some((_, column)) = columns.iter().find(|(name, _)| *name == parameter.name) else {
                let help = format!("give it for every point: {}", parameter.law.words());
                refuse(format!("the parameter `{}` is missing", parameter.name), help);
                continue;
            };
            if column.len() != rows {
                let message =
                    format!("`{}` has {} values for {rows} points", parameter.name, column.len());
                refuse(message, "give as many of every parameter".into());
                continue;
            }
            for (at, (text, point)) in column.iter().zip(&mut points).enumerate() {
                match parameter.law.parse(text) {
                    Some(value) => point.push(value),
                    None => {
                        wrong += 1;
                        if wrong <= MAX_REPORTED {
                            let message =
                                format!("point {at}: `{}` cannot be {text}", parameter.name);
                            refuse(message, format!("it takes {}", parameter.law.words()));
                        }
                    }
                }
            }
        }
        if wrong > MAX_REPORTED {
            refuse(
                format!("{} more values are not possible", wrong - MAX_REPORTED),
                "see above".into(),
            );
        }
        if mistakes.is_empty() { Ok(points) } else { Err(mistakes.into()) }
    }

    /// Simulates all designs at `points`, indexed `[point][parameter]`, with the replications of
    /// the sweep and without stopping by precision.
    pub fn evaluate(
        &self,
        points: Vec<Vec<f64>>,
        threads: usize,
        observer: &dyn ProgressObserver,
    ) -> Result<Evaluated, VerbError> {
        let mut study = self.plan.study();
        let designs = study.layout.designs;
        let replications = study.layout.replications;
        study.layout = Layout::new(
            points.len(),
            designs,
            replications,
            None,
            self.plan.loaded.sweep.shard_rows,
        );
        study.points = points;
        let layout = study.layout;
        let total = layout.points as u64 * replications * designs as u64;
        let phase = Phase::begin(observer, total, "runs");
        let width = study.width();
        let mut tally = Tally {
            designs,
            width,
            running: vec![Running::default(); layout.points * designs * width],
            lost: vec![0; layout.points * designs],
            failures: BTreeSet::new(),
            done: BTreeSet::new(),
        };
        let orders = Orders { stop: None, part: Part::WHOLE, threads };
        simulate(&study, orders, observer.interrupted(), &phase, &InMemory, &mut tally)
            .map_err(super::run_inputs::stopped)?;
        drop(phase);
        let mut results = vec![Results { designs, cells: Vec::new() }; width];
        for place in 0..layout.points * designs {
            for (at, results) in results.iter_mut().enumerate() {
                let r = tally.running[place * width + at];
                let failed = tally.lost[place];
                results.cells.push(Cell { mean: r.mean(), se: r.se(), sd: r.sd(), n: r.n, failed });
            }
        }
        let record = SweepRecord { points: layout.points, ..self.plan.record.clone() };
        let failures = tally.failures.into_iter().collect();
        Ok(Evaluated { record, points: study.points, results, failures })
    }

    /// Returns the job that another machine needs to simulate shards, without the points.
    pub fn job(&self) -> Job {
        let (record, mut study) = (&self.plan.record, self.plan.study());
        study.points = Vec::new();
        Job {
            built: built(),
            study,
            format: record.format,
            names: record.organisations.clone(),
            measures: record.measures.iter().map(|measure| measure.column.clone()).collect(),
        }
    }
}

/// Shard store that passes rows straight to the tally.
struct InMemory;

impl ShardStore for InMemory {
    type Line = ShardRows;
    type Error = Infallible;
    fn write(&self, _: usize, rows: &ShardRows) -> Result<ShardRows, Infallible> {
        Ok(rows.clone())
    }
    fn read(&self, _: usize) -> Result<ShardRows, Infallible> {
        unreachable!("only sweeps that stop by precision read what they have written")
    }
}

/// Means by point, design and measure. Shards arrive in order: for each point, by replication.
struct Tally {
    designs: usize,
    width: usize,
    running: Vec<Running>,
    lost: Vec<u64>,
    failures: BTreeSet<String>,
    done: BTreeSet<usize>,
}

impl ShardJournal for Tally {
    type Line = ShardRows;
    type Error = Infallible;

    fn record(&mut self, shard: usize, rows: ShardRows) -> Result<bool, Infallible> {
        let (designs, width) = (self.designs, self.width);
        for at in 0..rows.len() {
            let (point, _, design) = rows.key(at);
            let place = (point * designs + design) * width;
            self.running[place..place + width]
                .iter_mut()
                .zip(rows.row(at))
                .for_each(|(running, x)| running.add(*x));
        }
        for failure in &rows.failures {
            let which = match failure.design {
                Some(design) => design..design + 1,
                None => 0..designs,
            };
            let each = if failure.replication.is_some() { 1 } else { rows.replications as u64 };
            which.for_each(|design| self.lost[failure.point * designs + design] += each);
            self.failures
                .insert(format!("point {}: {}: {}", failure.point, failure.stage, failure.message));
        }
        self.done.insert(shard);
        Ok(true)
    }

    fn has(&self, shard: usize) -> bool {
        self.done.contains(&shard)
    }
}

/// Version and commit of this build.
fn built() -> (String, Option<String>) {
    (env!("CARGO_PKG_VERSION").to_string(), option_env!("CONSORTIA_COMMIT").map(str::to_string))
}

/// Data needed to simulate shards of a sweep on any machine.
#[derive(Debug, Serialize, Deserialize)]
pub struct Job {
    /// Version and commit of the build; another build may give other results.
    built: (String, Option<String>),
    study: Study,
    format: ShardFormat,
    names: Vec<String>,
    measures: Vec<String>,
}

impl Job {
    /// Serialises the job as text.
    pub fn text(&self) -> Result<String, VerbError> {
        serde_json::to_string(self).map_err(|error| VerbError::Fault(error.to_string()))
    }

    /// Reads a job from text. Fails if the text is invalid or another build made it.
    pub fn parse(text: &str) -> Result<Self, VerbError> {
        let refuse = |reason: String| -> VerbError {
            let help = "install the same build of consortia on every machine".to_string();
            load::refuse("job", format!("this job is not of this build: {reason}"), help).into()
        };
        let job: Job = serde_json::from_str(text).map_err(|error| refuse(error.to_string()))?;
        if job.built != built() {
            let name = |(version, commit): &(String, Option<String>)| {
                format!("version {version}, commit {}", commit.as_deref().unwrap_or("unknown"))
            };
            return Err(refuse(format!(
                "it was made by {}, this is {}",
                name(&job.built),
                name(&built())
            )));
        }
        Ok(job)
    }

    /// Simulates a shard at points with the given values; returns its files and its journal line.
    /// Fails if the sweep has no such shard or the numbers of points and values differ.
    pub fn simulate(
        &self,
        shard: usize,
        points: &[usize],
        values: &[Vec<f64>],
        scratch: &mut Scratch,
    ) -> Result<Encoded, VerbError> {
        if shard >= self.study.layout.shards() || points.len() != values.len() {
            return Err(VerbError::Fault(format!("shard {shard} is not one of the sweep")));
        }
        let values: Vec<&[f64]> = values.iter().map(Vec::as_slice).collect();
        let block = self.study.layout.block_of(shard);
        let rows =
            self.study.shard_at(block, points.to_vec(), &values, scratch, &AtomicBool::new(false));
        let rows = rows.ok_or_else(|| VerbError::Interrupted("interrupted".into()))?;
        let store = ShardFiles::new(Path::new(""), self.format, &self.names, &self.measures);
        store.encode(shard, &rows).map_err(|error: ShardError| error.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verbs::{Settings, Unobserved};

    const SWEEP: &str = "[sweep]\nname = \"small\"\ntitle = \"A small sweep\"\nscenario = \
        \"central-asia\"\n\
        organisations = [\"caco-2002\", \"ucas-2007\"]\nreplications = \
        20\n[sampling.sobol]\npoints = 6\n\
        [parameters.trust]\nset = [\"states.*.trust_prior_mean\"]\nlaw.uniform = \
        { min = 0.3, max = 0.9 }\n\
        [parameters.linkage]\nset = [\"organisation.linkage\"]\nlaw.choice = [\"none\", \
        \"package\"]\n";

    fn experiment() -> (tempfile::TempDir, Experiment) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("sweep.toml");
        std::fs::write(&path, SWEEP).unwrap();
        let name = path.display().to_string();
        let plan = Plan::load(&name, &Settings::default(), Part::WHOLE)
            .unwrap_or_else(|error| panic!("{error:?}"));
        (dir, Experiment { plan })
    }

    #[test]
    fn a_job_that_was_sent_as_text_writes_the_same_bytes() {
        let (_dir, experiment) = experiment();
        let study = experiment.plan.study();
        let store = experiment.plan.record.store(Path::new(""));
        let text = experiment.job().text().unwrap();
        let job = Job::parse(&text).unwrap();
        for shard in 0..study.layout.shards() {
            let points: Vec<usize> = study.layout.points_of(study.layout.range_of(shard)).collect();
            let values: Vec<Vec<f64>> =
                points.iter().map(|&point| study.points[point].clone()).collect();
            let block = study.layout.block_of(shard);
            let none = AtomicBool::new(false);
            let here = study.shard(block, points.clone(), &mut Scratch::default(), &none).unwrap();
            let here = store.encode(shard, &here).unwrap();
            let there = job.simulate(shard, &points, &values, &mut Scratch::default()).unwrap();
            assert_eq!((here.files, here.line), (there.files, there.line));
        }
        assert!(job.simulate(study.layout.shards(), &[], &[], &mut Scratch::default()).is_err());
        assert!(
            Job::parse(&text.replacen("\"built\":[\"", "\"built\":[\"9", 1)).is_err(),
            "another build is refused"
        );
    }

    #[test]
    fn points_are_read_as_they_are_written_and_played_as_in_a_sweep() {
        let (_dir, experiment) = experiment();
        let written = |trust: &str, linkage: &str| {
            let column = |name: &str, text: &str| (name.to_string(), vec![text.to_string()]);
            [column("linkage", linkage), column("trust", trust)]
        };
        assert_eq!(experiment.points(&written("0.5", "package")).unwrap(), [[0.5, 1.0]]);
        for (trust, linkage) in
            [("0.2", "package"), ("nan", "none"), ("0.5", "packge"), ("", "none")]
        {
            assert!(
                matches!(experiment.points(&written(trust, linkage)), Err(VerbError::Input(_))),
                "{trust} {linkage}"
            );
        }
        assert!(experiment.points(&written("0.5", "none")[..1]).is_err(), "a parameter is missing");
        assert!(experiment.points(&[]).is_err());
        let points = experiment.plan.points.values.clone();
        let all = experiment.evaluate(points.clone(), 2, &Unobserved::default()).unwrap();
        let one = experiment.evaluate(points[3..4].to_vec(), 1, &Unobserved::default()).unwrap();
        for (all, one) in all.results.iter().zip(&one.results) {
            for design in 0..2 {
                let (own, other) = (all.at(3, design), one.at(0, design));
                assert_eq!(
                    (own.mean.to_bits(), own.n, own.failed),
                    (other.mean.to_bits(), other.n, other.failed)
                );
            }
        }
        assert!(all.results[0].means(0).iter().all(|mean| mean.is_finite()));
    }
}
