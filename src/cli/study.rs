//! What the verbs of sweeps share: loading, the record of a folder, concluding, telling.

use super::session::{Session, json_number};
use super::{Common, Format, Trouble, terminal};
use crate::experiment::measures::{ACROSS, MEASURES};
use crate::experiment::sweep::{Layout, Part, Points, Study};
use crate::output::about::{About, Lead};
use crate::output::sweep::{
    CollectError, MeasureRecord, OpenError, ParameterRecord, Results, SweepFolder, SweepRecord, chosen_measure,
    points_table, read_points, robust_choice, seal, tabulate,
};
use crate::output::{FolderError, RunFolder, hash_of, safe_name, tables};
use crate::report::{lead, page, plots, sweep as words};
use crate::scenario::diagnostics::Diagnostics;
use crate::scenario::load::{self, Override};
use crate::scenario::sweep::{LoadedSweep, Sweep, Variants};
use std::path::{Path, PathBuf};
use std::time::Instant;

/// A sweep, ready to be played.
pub struct Plan {
    /// The sweep as loaded.
    pub loaded: LoadedSweep,
    /// Its points.
    pub points: Points,
    /// How it is cut.
    pub layout: Layout,
    /// What run folders need to know.
    pub session: Session,
    /// What its folder is a sweep of.
    pub record: SweepRecord,
}

/// Measures that can be kept, and whether they exist by state.
pub fn measures() -> Vec<(&'static str, bool)> {
    MEASURES
        .iter()
        .filter(|measure| !ACROSS.contains(&measure.id))
        .map(|measure| (measure.id, measure.per_state))
        .collect()
}

/// The points of a sweep, or why there are none.
pub fn points_of(sweep: &Sweep) -> Result<Points, Diagnostics> {
    Points::of(sweep).map_err(|error| {
        load::refuse("sampling", error.to_string(), "change [sampling], or vary fewer parameters".into())
    })
}

impl Plan {
    /// Loads a sweep by file, folder or built-in name.
    pub fn load(name: &str, common: &Common, part: Part) -> Result<Plan, Trouble> {
        let started = Instant::now();
        let overrides: Vec<Override> = common.overrides.iter().map(Override::new).collect();
        let mut loaded = crate::scenario::sweep::load(name, &overrides, &measures())?;
        let sweep = &mut loaded.sweep;
        if let Some(replications) = common.replications {
            if let Some(stop) = sweep.stop.as_ref().filter(|stop| stop.at_least > replications) {
                let message =
                    format!("every point gets {} replications, but {replications} is the most", stop.at_least);
                return Err(load::refuse("replications", message, "raise --replications".into()).into());
            }
            sweep.replications = replications;
        }
        let points = points_of(sweep)?;
        let at_least = sweep.stop.as_ref().map(|stop| stop.at_least);
        let designs = loaded.designs.len();
        let layout = Layout::new(points.values.len(), designs, sweep.replications, at_least, sweep.shard_rows);
        if part.of > layout.ranges() {
            let message = format!(
                "{} parts are more than the {} ranges of points that a sweep is cut into",
                part.of,
                layout.ranges()
            );
            let rows = layout.block * designs as u64 * (layout.points / part.of).max(1) as u64;
            let help = format!("take fewer parts, or set output.shard_rows = {rows} in the sweep file");
            return Err(load::refuse("shard", message, help).into());
        }
        let seed = common.seed.or(loaded.file.sweep.seed).unwrap_or(loaded.scenario.scenario.seed);
        let session = Session::of_sweep(&loaded, seed, started);
        let written = serde_json::to_string(&loaded.file).unwrap_or_default();
        let listed = serde_json::to_string(&loaded.sweep.listed).unwrap_or_default();
        let build = option_env!("CONSORTIA_COMMIT").unwrap_or_default();
        let hash = session.hash("sweep", &format!("{written} {listed} {build}"));
        let table = points_table(&loaded.sweep, &points.values).unwrap_or_default();
        let hashes = (hash, blake3::hash(&table).to_hex().to_string());
        let record = record(&loaded, &session, &layout, hashes, common, part);
        Ok(Plan { loaded, points, layout, session, record })
    }

    /// What is played.
    pub fn study(&self) -> Study {
        let Sweep { fates, kept, .. } = &self.loaded.sweep;
        let variants = Variants::new(&self.loaded.sweep, &self.loaded.scenario, &self.loaded.designs);
        let states = self.loaded.scenario.scenario.states.len();
        Study::new(variants, self.points.values.clone(), self.layout, self.session.seed, *fates, kept, states)
    }
}

fn record(
    loaded: &LoadedSweep,
    session: &Session,
    layout: &Layout,
    (inputs_hash, points_hash): (String, String),
    common: &Common,
    part: Part,
) -> SweepRecord {
    let LoadedSweep { sweep, file, scenario, names, .. } = loaded;
    let parameters = sweep.parameters.iter().map(|parameter| {
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
            source: file.parameters.get(&parameter.name).map_or(String::new(), |table| table.source.clone()),
        }
    });
    let measure = |kept: &crate::scenario::sweep::Kept| {
        let definition = MEASURES.iter().find(|measure| measure.id == kept.measure);
        MeasureRecord {
            column: kept.column.clone(),
            measure: kept.measure.clone(),
            state: tables::state_id(&scenario.scenario, kept.state).to_string(),
            unit: definition.map_or(String::new(), |definition| definition.unit.to_string()),
            better: definition.map_or(String::new(), |definition| definition.better.name().to_string()),
        }
    };
    SweepRecord {
        version: env!("CARGO_PKG_VERSION").to_string(),
        build: option_env!("CONSORTIA_COMMIT").map(str::to_string),
        inputs_hash,
        points_hash,
        files: session
            .read_files()
            .into_iter()
            .map(|source| (source.relative.clone(), blake3::hash(source.text.as_bytes()).to_hex().to_string()))
            .collect(),
        overrides: common.overrides.clone(),
        name: sweep.name.clone(),
        title: sweep.title.clone(),
        scenario: scenario.scenario.name.clone(),
        organisations: names.clone(),
        seed: session.seed,
        fates: sweep.fates,
        parameters: parameters.collect(),
        groups: sweep.groups.clone(),
        sampling: sweep.sampling.clone(),
        points: layout.points,
        replications: layout.replications,
        block: layout.block,
        range: layout.range,
        stop: sweep.stop.as_ref().map(|stop| (sweep.kept[stop.column].column.clone(), stop.half_width, stop.at_least)),
        measures: sweep.kept.iter().map(measure).collect(),
        format: sweep.format,
        satisfactory: sweep.satisfactory,
        optimism: sweep.optimism,
        figures: session.figure_kinds(),
        part: (part.part, part.of),
    }
}

impl From<OpenError> for Trouble {
    fn from(error: OpenError) -> Self {
        let help = match &error {
            OpenError::Journal(crate::output::sweep::JournalError::Foreign(_)) => "then consortia sweep … --resume",
            OpenError::NoSweep(_) => "name the folder that consortia sweep has made",
            OpenError::Record { .. } => "restore the file, or play the sweep anew into another folder with --out",
            OpenError::Changed { .. } => {
                "restore the inputs to go on, or play the changed sweep into another folder with --out"
            }
            OpenError::Busy(_) => "wait for it, or stop it first",
            OpenError::Folder(_) | OpenError::Journal(_) => return Trouble::Fault(error.to_string()),
        };
        load::refuse("sweep", error.to_string(), help.into()).into()
    }
}

impl From<CollectError> for Trouble {
    fn from(error: CollectError) -> Self {
        match error {
            CollectError::Folder(error) => error.into(),
            other => {
                Trouble::Fault(format!("{other}. consortia sweep --resume finds what is damaged and plays it again"))
            }
        }
    }
}

/// Makes the tables and figures of a sweep whose shards are all there, prints what came of it; the manifest comes last.
pub fn conclude(folder: &SweepFolder, threads: usize, started: Instant, format: Format) -> Result<(), Trouble> {
    let (record, path) = (&folder.record, &folder.path);
    let results = tabulate(folder)?;
    let points = read_points(path, record)?;
    let material = plots::SweepMaterial { record, points: &points, results: &results };
    plots::write_sweep(&material, &RunFolder::within(path.clone()))?;
    seal(folder, threads, started)?;
    finish_page(&RunFolder::within(path.clone()), path, "sweep", lead::sweep(record, &results))?;
    print_results(record, &results, path, format)?;
    let (rows, failed) = folder.journal.rows();
    complain_of_failures(rows, failed, path)
}

/// Reports failed runs, if there are any.
pub fn complain_of_failures(rows: u64, failed: u64, path: &Path) -> Result<(), Trouble> {
    if failed > 0 {
        terminal::complain(&format!("{failed} of {rows} runs failed: see failures.csv in {}", path.display()));
        return Err(Trouble::SomeFailed);
    }
    Ok(())
}

/// What came of a sweep.
pub fn print_results(record: &SweepRecord, results: &[Results], path: &Path, format: Format) -> Result<(), Trouble> {
    match format {
        Format::Text => terminal::print(&format!(
            "{}{}\nPage, tables and plots: {}\n",
            words::sweep_text(record, results),
            record.figures.caution(&record.scenario),
            path.join(page::PAGE).display()
        ))?,
        Format::Json => {
            let mut rows = Vec::new();
            let found = chosen_measure(record).map(|column| (column, robust_choice(record, results, column).scores));
            let (column, scores) = found.unwrap_or_default();
            for (criterion, scores) in scores {
                for (score, name) in scores.iter().zip(&record.organisations) {
                    rows.push(serde_json::json!({
                        "measure": record.measures[column].column, "organisation": name, "criterion": criterion.id(),
                        "value": json_number(score.value), "se": json_number(score.se), "rank": score.rank,
                    }));
                }
            }
            let object = serde_json::json!({
                "sweep": record.name, "scenario": record.scenario, "organisations": record.organisations,
                "seed": record.seed, "points": record.points, "replications": record.replications,
                "folder": path.display().to_string(), "robustness": rows,
            });
            terminal::print(&format!("{object:#}\n"))?;
        }
    }
    Ok(())
}

/// Where an analysis goes: as asked, or to a name of its own inside the sweep's folder, where an earlier one of that name
/// gives way.
pub fn analysis_folder(
    out: Option<&PathBuf>,
    sweep: &Path,
    (verb, name): (&str, &str),
    hash: &str,
) -> Result<RunFolder, Trouble> {
    Ok(match out {
        Some(out) => RunFolder::start(out.clone(), hash)?,
        None => RunFolder::anew(sweep.join(verb).join(safe_name(name)), hash)?,
    })
}

/// Writes what the tables of a folder speak of, with the answer, and the page; `sweep` is the folder of the sweep.
pub fn finish_page(folder: &RunFolder, sweep: &Path, verb: &str, lead: Lead) -> Result<(), Trouble> {
    let about = About::read(sweep)?;
    About { verb: verb.to_string(), lead, ..about }.write(folder)?;
    Ok(page::write(folder)?)
}

/// Keeps the analysis of a table that another program made, if it is asked where; `asked` is whatever changes the answer.
pub fn keep_table_analysis(
    table: &Path,
    out: Option<&PathBuf>,
    asked: &str,
    (verb, lead): (&str, Lead),
    write: impl Fn(&RunFolder) -> Result<(), FolderError>,
) -> Result<(), Trouble> {
    let Some(out) = out else { return Ok(()) };
    let bytes = std::fs::read(table).map_err(FolderError::io(table))?;
    let hash = hash_of([blake3::hash(&bytes).to_hex().as_str(), asked]);
    let folder = RunFolder::start(out.clone(), &hash)?;
    write(&folder)?;
    let manifest = serde_json::json!({ "version": env!("CARGO_PKG_VERSION"), "inputs_hash": hash });
    folder.write("manifest.json", format!("{manifest:#}\n").as_bytes())?;
    About { verb: verb.to_string(), lead, ..About::default() }.write(&folder)?;
    page::write(&folder)?;
    folder.finish()?;
    Ok(())
}

/// Tells what was found on opening a folder.
pub fn tell(findings: &[String]) {
    for finding in findings {
        terminal::complain(finding);
    }
}

/// The command that goes on with a sweep.
pub fn way_on(sweep: &str, folder: &Path, common: &Common, part: Part) -> String {
    let mut command = format!("consortia sweep {sweep} --resume");
    for change in &common.overrides {
        command.push_str(&format!(" --set '{change}'"));
    }
    if let Some(replications) = common.replications {
        command.push_str(&format!(" --replications {replications}"));
    }
    if let Some(seed) = common.seed {
        command.push_str(&format!(" --seed {seed}"));
    }
    if part != Part::WHOLE {
        command.push_str(&format!(" --shard {}/{}", part.part, part.of));
    }
    if common.out.is_some() {
        command.push_str(&format!(" --out {}", folder.display()));
    }
    command
}
