//! What the verbs of sweeps share: loading, the record of a folder, final tables and page, command
//! to resume.

use super::run_inputs::RunInputs;
use super::{ProgressObserver, Settings, VerbError};
use crate::experiment::measures::{ACROSS, MEASURES};
use crate::experiment::sweep::{Layout, Part, Points, Study};
use crate::output::about::{About, Headline};
use crate::output::sweep::{
    CollectError, Journal, MeasureRecord, OpenError, ParameterRecord, Results, SweepFolder,
    SweepRecord, damaged_table, points_table, read_points, read_results, tabulate,
    write_sweep_manifest,
};
use crate::output::{FolderError, RunFolder, hash_of, safe_name, tables};
use crate::report::{headline, page, plots};
use crate::scenario::diagnostics::{Diagnostics, suggest};
use crate::scenario::load::{self, Override};
use crate::scenario::sweep::{Kept, LoadedSweep, Parameter, Sweep, Variants};
use crate::scenario::types::Scenario;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// A loaded sweep, ready to be simulated.
#[derive(Clone)]
pub struct Plan {
    /// The sweep as loaded.
    pub loaded: LoadedSweep,
    /// Its points.
    pub points: Points,
    /// Division of points and replications into shards.
    pub layout: Layout,
    /// Scenario, designs and settings for run folders.
    pub inputs: RunInputs,
    /// Record of the sweep in its folder.
    pub record: SweepRecord,
}

/// Returns the measures that a sweep can keep, and whether they exist by state.
pub fn measures() -> Vec<(&'static str, bool)> {
    MEASURES
        .iter()
        .filter(|measure| !ACROSS.contains(&measure.id))
        .map(|measure| (measure.id, measure.per_state))
        .collect()
}

/// Computes the points of a sweep. Fails if the sampling cannot produce them.
pub fn points_of(sweep: &Sweep) -> Result<Points, Diagnostics> {
    Points::of(sweep).map_err(|error| {
        load::refuse(
            "sampling",
            error.to_string(),
            "change [sampling], or vary fewer parameters".into(),
        )
    })
}

impl Plan {
    /// Loads a sweep by file, folder or built-in name. Fails if it is invalid or has fewer ranges
    /// of points than parts.
    pub fn load(name: &str, settings: &Settings, part: Part) -> Result<Plan, VerbError> {
        let started = Instant::now();
        let overrides: Vec<Override> = settings.overrides.iter().map(Override::new).collect();
        let mut loaded = crate::scenario::sweep::load(name, &overrides, &measures())?;
        let sweep = &mut loaded.sweep;
        if let Some(replications) = settings.replications {
            if let Some(stop) = sweep.stop.as_ref().filter(|stop| stop.at_least > replications) {
                let message = format!(
                    "every point gets {} replications, but {replications} is the most",
                    stop.at_least
                );
                return Err(
                    load::refuse("replications", message, "raise --replications".into()).into()
                );
            }
            sweep.replications = replications;
        }
        let points = points_of(sweep)?;
        let at_least = sweep.stop.as_ref().map(|stop| stop.at_least);
        let designs = loaded.designs.len();
        let layout = Layout::new(
            points.values.len(),
            designs,
            sweep.replications,
            at_least,
            sweep.shard_rows,
        );
        if part.of > layout.ranges() {
            let message = format!(
                "{} parts are more than the {} ranges of points that a sweep is cut into",
                part.of,
                layout.ranges()
            );
            let rows = layout.block * designs as u64 * (layout.points / part.of).max(1) as u64;
            let help =
                format!("take fewer parts, or set output.shard_rows = {rows} in the sweep file");
            return Err(load::refuse("shard", message, help).into());
        }
        let seed =
            settings.seed.or(loaded.file.sweep.seed).unwrap_or(loaded.scenario.scenario.seed);
        let inputs = RunInputs::of_sweep(&loaded, seed, settings, started);
        let written = serde_json::to_string(&loaded.file).unwrap_or_default();
        let listed = serde_json::to_string(&loaded.sweep.listed).unwrap_or_default();
        let build = option_env!("CONSORTIA_COMMIT").unwrap_or_default();
        let hash = inputs.hash("sweep", &format!("{written} {listed} {build}"));
        let table = points_table(&loaded.sweep, &points.values).unwrap_or_default();
        let hashes = (hash, blake3::hash(&table).to_hex().to_string());
        let record = record(&loaded, &inputs, &layout, hashes, part);
        Ok(Plan { loaded, points, layout, inputs, record })
    }

    /// Returns the study that is simulated.
    pub fn study(&self) -> Study {
        let Sweep { draws, kept, .. } = &self.loaded.sweep;
        let variants =
            Variants::new(&self.loaded.sweep, &self.loaded.scenario, &self.loaded.designs);
        let states = self.loaded.scenario.scenario.states.len();
        Study::new(
            variants,
            self.points.values.clone(),
            self.layout,
            self.inputs.seed,
            *draws,
            kept,
            states,
        )
    }
}

fn record(
    loaded: &LoadedSweep,
    inputs: &RunInputs,
    layout: &Layout,
    (inputs_hash, points_hash): (String, String),
    part: Part,
) -> SweepRecord {
    let LoadedSweep { sweep, scenario, names, .. } = loaded;
    let parameters = sweep.parameters.iter().map(|parameter| parameter_record(loaded, parameter));
    let measures = sweep.kept.iter().map(|kept| measure_record(&scenario.scenario, kept));
    SweepRecord {
        version: env!("CARGO_PKG_VERSION").to_string(),
        build: option_env!("CONSORTIA_COMMIT").map(str::to_string),
        inputs_hash,
        points_hash,
        files: inputs
            .read_files()
            .into_iter()
            .map(|source| {
                (source.relative.clone(), blake3::hash(source.text.as_bytes()).to_hex().to_string())
            })
            .collect(),
        overrides: inputs.settings.overrides.clone(),
        name: sweep.name.clone(),
        title: sweep.title.clone(),
        scenario: scenario.scenario.name.clone(),
        organisations: names.clone(),
        seed: inputs.seed,
        draws: sweep.draws,
        parameters: parameters.collect(),
        groups: sweep.groups.clone(),
        sampling: sweep.sampling.clone(),
        points: layout.points,
        replications: layout.replications,
        block: layout.block,
        range: layout.range,
        stop: sweep
            .stop
            .as_ref()
            .map(|stop| (sweep.kept[stop.column].column.clone(), stop.half_width, stop.at_least)),
        measures: measures.collect(),
        format: sweep.format,
        satisfactory: sweep.satisfactory,
        optimism: sweep.optimism,
        figures: inputs.figure_kinds(),
        part: (part.part, part.of),
    }
}

fn parameter_record(loaded: &LoadedSweep, parameter: &Parameter) -> ParameterRecord {
    let LoadedSweep { file, names, .. } = loaded;
    let mut changes: Vec<String> = parameter
        .targets
        .iter()
        .map(|target| {
            let path = target.path.join(".");
            target.design.map_or(path.clone(), |design| format!("{}: {path}", names[design]))
        })
        .collect();
    changes.insert(0, format!("{:?}", parameter.change).to_lowercase());
    ParameterRecord {
        name: parameter.name.clone(),
        title: parameter.title.clone(),
        unit: parameter.unit.clone(),
        law: parameter.law.name().to_string(),
        range: parameter.law.words(),
        categories: match parameter.law.count() {
            Some(count) if parameter.law.is_categorical() => {
                (0..count).map(|at| parameter.text(at as f64)).collect()
            }
            _ => Vec::new(),
        },
        group: parameter.group,
        changes,
        source: file
            .parameters
            .get(&parameter.name)
            .map_or(String::new(), |table| table.source.clone()),
    }
}

fn measure_record(scenario: &Scenario, kept: &Kept) -> MeasureRecord {
    let definition = MEASURES.iter().find(|measure| measure.id == kept.measure);
    MeasureRecord {
        column: kept.column.clone(),
        measure: kept.measure.clone(),
        state: tables::state_id(scenario, kept.state).to_string(),
        unit: definition.map_or(String::new(), |definition| definition.unit.to_string()),
        better: definition.map_or(String::new(), |definition| definition.better.name().to_string()),
    }
}

impl From<OpenError> for VerbError {
    fn from(error: OpenError) -> Self {
        let help = match &error {
            OpenError::Journal(crate::output::sweep::JournalError::Foreign(_)) => {
                "then consortia sweep … --resume"
            }
            OpenError::NoSweep(_) => "name the folder that consortia sweep has made",
            OpenError::Record { .. } => {
                "restore the file, or run the sweep again into another folder with --out"
            }
            OpenError::Changed { .. } => {
                "restore the inputs to resume, or run the changed sweep into another folder with \
                 --out"
            }
            OpenError::Busy(_) => "wait for it, or stop it first",
            OpenError::Folder(_) | OpenError::Journal(_) => {
                return VerbError::Fault(error.to_string());
            }
        };
        load::refuse("sweep", error.to_string(), help.into()).into()
    }
}

impl From<CollectError> for VerbError {
    fn from(error: CollectError) -> Self {
        match error {
            CollectError::Folder(error) => error.into(),
            other => VerbError::Fault(format!(
                "{other}. consortia sweep --resume finds damaged shards and simulates them again"
            )),
        }
    }
}

/// A complete sweep.
pub struct FinishedSweep {
    /// Record of the sweep.
    pub record: SweepRecord,
    /// Results by measure, in the order in which the sweep keeps them.
    pub results: Vec<Results>,
    /// Folder of the sweep.
    pub path: PathBuf,
    /// Number of runs kept, and of those among them that failed.
    pub rows: (u64, u64),
}

impl FinishedSweep {
    /// Reads a sweep that was completed before. Fails if the folder is not of a finished sweep.
    pub fn of(path: &Path) -> Result<Self, VerbError> {
        let record = finished(path)?;
        let results = (0..record.measures.len())
            .map(|column| read_results(path, &record, column))
            .collect::<Result<_, _>>()?;
        Ok(FinishedSweep { rows: Self::rows_of(path)?, path: path.to_path_buf(), record, results })
    }

    /// Returns the number of runs kept in a folder, and of those among them that failed.
    pub fn rows_of(path: &Path) -> Result<(u64, u64), VerbError> {
        let (journal, _) =
            Journal::read(path).map_err(|error| VerbError::from(OpenError::from(error)))?;
        Ok(journal.rows())
    }

    /// Reads the values of the points, `[point][parameter]`.
    pub fn points(&self) -> Result<Vec<Vec<f64>>, VerbError> {
        Ok(read_points(&self.path, &self.record)?)
    }

    /// Fails if runs have failed.
    pub fn check(&self) -> Result<(), VerbError> {
        let (rows, failed) = self.rows;
        if failed > 0 {
            let message = format!(
                "{failed} of {rows} runs failed: see failures.csv in {}",
                self.path.display()
            );
            return Err(VerbError::SomeFailed(message));
        }
        Ok(())
    }
}

/// Makes tables, figures, manifest and page, in this order, of a sweep whose shards are complete.
pub fn conclude(
    folder: &SweepFolder,
    threads: usize,
    started: Instant,
    command: &[String],
) -> Result<FinishedSweep, VerbError> {
    let (record, path) = (&folder.record, &folder.path);
    let results = tabulate(folder)?;
    let points = read_points(path, record)?;
    let material = plots::SweepMaterial { record, points: &points, results: &results };
    plots::write_sweep(&material, &RunFolder::within(path.clone()))?;
    write_sweep_manifest(folder, threads, started, command)?;
    finish_page(
        &RunFolder::within(path.clone()),
        path,
        "sweep",
        headline::sweep(record, &results),
    )?;
    Ok(FinishedSweep {
        record: record.clone(),
        results,
        path: path.clone(),
        rows: folder.journal.rows(),
    })
}

/// Reads the record of a sweep. Fails if the sweep is not finished or a table is damaged.
pub fn finished(folder: &Path) -> Result<SweepRecord, VerbError> {
    let record = SweepFolder::record_of(folder)?;
    if let Some(damage) = damaged_table(folder) {
        let help = "make it anew with the command of the sweep, with --resume".to_string();
        return Err(load::refuse(
            "sweep",
            format!("{} cannot be trusted: {damage}", folder.display()),
            help,
        )
        .into());
    }
    if !folder.join("results.csv").is_file() || !RunFolder::is_run_of(folder, &record.inputs_hash) {
        let message = format!("{} is not a finished sweep", folder.display());
        let help = format!("see consortia status {}, and go on with it", folder.display());
        return Err(load::refuse("sweep", message, help).into());
    }
    Ok(record)
}

/// Position of a measure that a sweep keeps; without a name, the first. Fails if it is not kept.
pub fn kept(record: &SweepRecord, measure: Option<&str>) -> Result<usize, VerbError> {
    let Some(name) = measure else { return Ok(0) };
    record.measures.iter().position(|known| known.column == name).ok_or_else(|| {
        let help = suggest(name, record.measures.iter().map(|known| known.column.as_str()));
        load::refuse("measure", format!("the sweep does not keep `{name}`"), help).into()
    })
}

/// Position of a design in a sweep. Fails if there is no such design.
pub fn design_index(record: &SweepRecord, name: &str) -> Result<usize, VerbError> {
    record.organisations.iter().position(|known| known == name).ok_or_else(|| {
        let help = suggest(name, record.organisations.iter().map(String::as_str));
        load::refuse("organisation", format!("`{name}` is not a design of the sweep"), help).into()
    })
}

/// Fails if an option is given that has no effect; `why` explains it.
pub fn refuse_given(given: &[(bool, &str)], why: &str) -> Result<(), VerbError> {
    match given.iter().find(|(given, _)| *given) {
        Some((_, option)) => Err(load::refuse(
            "options",
            format!("{option} has no effect here: {why}"),
            "leave it out".into(),
        )
        .into()),
        None => Ok(()),
    }
}

/// Starts the folder of an analysis: `out`, or a named folder inside the sweep's, where it replaces
/// an earlier one.
pub fn analysis_folder(
    out: Option<&PathBuf>,
    sweep: &Path,
    (verb, name): (&str, &str),
    hash: &str,
) -> Result<RunFolder, VerbError> {
    Ok(match out {
        Some(out) => RunFolder::start(out.clone(), hash)?,
        None => RunFolder::anew(sweep.join(verb).join(safe_name(name)), hash)?,
    })
}

/// Writes the description of the tables with the headline, and the page; `sweep` is the folder of
/// the sweep.
pub fn finish_page(
    folder: &RunFolder,
    sweep: &Path,
    verb: &str,
    headline: Headline,
) -> Result<(), VerbError> {
    let about = About::read(sweep)?;
    About { verb: verb.to_string(), headline, ..about }.write(folder)?;
    Ok(page::write(folder)?)
}

/// Keeps the analysis of a table made by another program, if `out` is given; `requested` contains
/// the options that change the result.
pub fn keep_table_analysis(
    table: &Path,
    out: Option<&PathBuf>,
    requested: &str,
    (verb, headline): (&str, Headline),
    write: impl Fn(&RunFolder) -> Result<(), FolderError>,
) -> Result<(), VerbError> {
    let Some(out) = out else { return Ok(()) };
    let bytes = std::fs::read(table).map_err(FolderError::io(table))?;
    let hash = hash_of([blake3::hash(&bytes).to_hex().as_str(), requested]);
    let folder = RunFolder::start(out.clone(), &hash)?;
    write(&folder)?;
    let manifest = serde_json::json!({ "version": env!("CARGO_PKG_VERSION"), "inputs_hash": hash });
    folder.write("manifest.json", format!("{manifest:#}\n").as_bytes())?;
    About { verb: verb.to_string(), headline, ..About::default() }.write(&folder)?;
    page::write(&folder)?;
    folder.finish()?;
    Ok(())
}

/// Passes the findings of opening a folder to the observer.
pub fn report_findings(findings: &[String], observer: &dyn ProgressObserver) {
    for finding in findings {
        observer.note(finding);
    }
}

/// Returns the command that resumes a sweep.
pub fn how_to_resume(sweep: &str, folder: &Path, settings: &Settings, part: Part) -> String {
    let mut command = format!("consortia sweep {sweep} --resume");
    for change in &settings.overrides {
        command.push_str(&format!(" --set '{change}'"));
    }
    if let Some(replications) = settings.replications {
        command.push_str(&format!(" --replications {replications}"));
    }
    if let Some(seed) = settings.seed {
        command.push_str(&format!(" --seed {seed}"));
    }
    if part != Part::WHOLE {
        command.push_str(&format!(" --shard {}/{}", part.part, part.of));
    }
    if settings.out.is_some() {
        command.push_str(&format!(" --out {}", folder.display()));
    }
    command
}
