//! `consortia run`.

use super::{Common, Format, Trouble, terminal};
use crate::analysis::{Summary, YearTable};
use crate::experiment::measures::{MEASURES, columns};
use crate::experiment::{self, Failure, RunPlan, Stop};
use crate::output::{FolderError, Manifest, RunFolder, hash_of, tables};
use crate::report::{plots, terminal as tables_for_people};
use crate::scenario::document::Source;
use crate::scenario::load::{self, LoadedDesign, LoadedScenario, Override};
use crate::simulation::Engine;
use clap::Args;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// Arguments of `run`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// A file, a folder with scenario.toml, or a built-in name.
    scenario: String,
    /// Organisation: a file or a built-in name (default: the scenario's).
    #[arg(long, value_name = "NAME|FILE")]
    org: Option<String>,
    /// Also write every event of this replication to trace.csv.
    #[arg(long, value_name = "R")]
    trace: Option<u64>,
    #[command(flatten)]
    common: Common,
}

/// The look of tables in the terminal.
pub fn style(table: &mut comfy_table::Table) -> &mut comfy_table::Table {
    tables_for_people::style(table)
}

struct Setup {
    loaded: LoadedScenario,
    design: LoadedDesign,
    engine: Engine,
    /// Names of the designs in the engine: the organisation, then the reference unless that is it.
    names: Vec<String>,
    replications: u64,
    seed: u64,
    hash: String,
    folder: PathBuf,
}

fn set_up(arguments: &Arguments) -> Result<Setup, Trouble> {
    let overrides: Vec<Override> = arguments.common.overrides.iter().map(Override::new).collect();
    let loaded = load::scenario(&arguments.scenario, &overrides)?;
    let organisation = arguments.org.clone().unwrap_or_else(|| loaded.default_organisation());
    let design = load::design(&organisation, &loaded.scenario, &overrides)?;
    let reference = load::design("none", &loaded.scenario, &[])?.design;
    let replications = arguments.common.replications.unwrap_or(loaded.scenario.replications);
    let seed = arguments.common.seed.unwrap_or(loaded.scenario.seed);
    if let Some(trace) = arguments.trace.filter(|trace| *trace >= replications) {
        return Err(load::refuse(
            "trace",
            format!("--trace {trace}: there are only {replications} replications"),
            format!("they are numbered from 0 to {}", replications - 1),
        )
        .into());
    }
    let inputs = [
        env!("CARGO_PKG_VERSION").to_string(),
        loaded.merged.to_json().to_string(),
        design.merged.to_json().to_string(),
        format!("{seed} {replications} {:?}", arguments.trace),
    ];
    let hash = hash_of(inputs.iter().map(String::as_str));
    let default = PathBuf::from("output").join(format!("{}-{hash}", loaded.scenario.name));
    let mut names = vec![design.design.name.clone()];
    let mut designs = vec![design.design.clone()];
    if names[0] != reference.name {
        names.push(reference.name.clone());
        designs.push(reference);
    }
    let engine = Engine::new(loaded.scenario.clone(), designs, seed);
    let folder = arguments.common.out.clone().unwrap_or(default);
    Ok(Setup { loaded, design, engine, names, replications, seed, hash, folder })
}

/// Runs one organisation on many fates and writes the run folder.
pub fn run(arguments: &Arguments) -> Result<(), Trouble> {
    let started = Instant::now();
    let setup = set_up(arguments)?;
    if arguments.common.dry_run {
        return dry_run(&setup, arguments.common.threads);
    }
    let interrupted = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&interrupted);
    // Without a handler Ctrl-C ends the process at once: then only a partial folder could stay, under its partial name.
    let _ = ctrlc::set_handler(move || flag.store(true, Ordering::Relaxed));
    let folder = RunFolder::start(setup.folder.clone(), &setup.hash)?;
    let scenario = &setup.engine.scenario;
    let states = scenario.states.len();
    let mut summary = Summary::new(setup.names.len(), states);
    let mut years = YearTable::new(setup.names.len(), states, scenario.horizon);
    let mut failures: Vec<Failure> = Vec::new();
    let mut rows = tables::Replications::open(&folder, scenario, &setup.names[..1])?;
    let meter = terminal::Meter::new(setup.replications, arguments.common.quiet);
    let plan = RunPlan { replications: setup.replications, threads: arguments.common.threads };
    let done = experiment::run(&setup.engine, plan, &interrupted, &meter, |outcome| {
        match outcome.result {
            Ok((row, by_year)) => {
                summary.add(outcome.design, Some(row));
                years.add(outcome.design, by_year);
                if outcome.design == 0 {
                    rows.add(outcome.replication, 0, row)?;
                }
            }
            Err(failure) => {
                summary.add(outcome.design, None);
                failures.push(failure.clone());
            }
        }
        Ok::<(), FolderError>(())
    });
    meter.clear();
    done.map_err(|stop| match stop {
        Stop::Interrupted => Trouble::Interrupted(
            "interrupted; nothing was written. The same command starts the run again from its beginning".into(),
        ),
        other => Trouble::Fault(other.to_string()),
    })?;
    rows.close()?;
    let names = &setup.names[..1];
    tables::summary(&folder, scenario, names, &summary)?;
    tables::years(&folder, scenario, &setup.names, &years)?;
    tables::dictionary(&folder)?;
    tables::failures(&folder, names, &failures.iter().filter(|f| f.design == 0).cloned().collect::<Vec<_>>())?;
    if let Some(replication) = arguments.trace {
        let mut table = tables::TraceTable::open(&folder, scenario)?;
        experiment::trace(&setup.engine, 0, replication, &mut table);
        table.close()?;
    }
    let founders = setup.design.design.members;
    let reference = setup.names.len() - 1;
    let material =
        plots::Material { scenario, name: &setup.names[0], founders, summary: &summary, years: &years, reference };
    plots::write(&material, &folder)?;
    write_inputs(&folder, &setup)?;
    let failed = failures.iter().filter(|failure| failure.design == 0).count() as u64;
    write_manifest(&folder, &setup, arguments, failed, started)?;
    if interrupted.load(Ordering::Relaxed) {
        return Err(Trouble::Interrupted("interrupted; nothing was written".into()));
    }
    let path = folder.finish()?;
    print_result(&setup, &summary, &path, arguments, failed, started)
}

fn print_result(
    setup: &Setup,
    summary: &Summary,
    path: &std::path::Path,
    arguments: &Arguments,
    failed: u64,
    started: Instant,
) -> Result<(), Trouble> {
    let scenario = &setup.engine.scenario;
    match arguments.common.format {
        Format::Json => {
            let value = |x: f64| {
                if x.is_nan() { serde_json::Value::Null } else { x.into() }
            };
            let rows: Vec<serde_json::Value> = summary
                .rows(0, scenario.states.len())
                .into_iter()
                .map(|row| {
                    let (definition, s) = (&MEASURES[row.measure], row.statistic);
                    serde_json::json!({
                        "organisation": setup.names[0], "measure": definition.id,
                        "state": tables::state_id(scenario, row.state), "unit": definition.unit,
                        "mean": value(s.mean), "se": value(s.se), "sd": value(s.sd),
                        "p05": value(s.percentiles[0]), "p25": value(s.percentiles[1]), "p50": value(s.percentiles[2]),
                        "p75": value(s.percentiles[3]), "p95": value(s.percentiles[4]), "n": s.n,
                    })
                })
                .collect();
            let object = serde_json::json!({
                "scenario": scenario.name, "organisation": setup.names[0], "seed": setup.seed,
                "replications": setup.replications, "folder": path.display().to_string(), "summary": rows,
            });
            terminal::print(&format!("{object:#}\n"))?;
        }
        Format::Text => {
            let title = format!("{}\n{} — {}\n", scenario.title, setup.names[0], setup.design.design.title);
            let table = tables_for_people::run_table(scenario, summary, 0, &title);
            let kinds = figure_kinds(&setup.loaded);
            let caution = if kinds.assumption > 0 {
                format!(
                    "\nOf {} figures behind this, {} are assumptions, {} derived, {} sourced: consortia show {}.",
                    setup.loaded.figures.len(),
                    kinds.assumption,
                    kinds.derived,
                    kinds.sourced,
                    scenario.name
                )
            } else {
                String::new()
            };
            terminal::print(&format!(
                "{table}\n{}{caution}\n{} fates of {} years, seed {}, {:.1} s. Tables, plots and the manifest: {}\n",
                tables_for_people::verdict(summary, 0),
                setup.replications,
                scenario.horizon,
                setup.seed,
                started.elapsed().as_secs_f64(),
                path.display()
            ))?;
        }
    }
    if failed > 0 {
        terminal::complain(&format!(
            "{failed} of {} fates failed: see failures.csv in {}",
            setup.replications,
            path.display()
        ));
        return Err(Trouble::SomeFailed);
    }
    Ok(())
}

fn figure_kinds(loaded: &LoadedScenario) -> crate::output::FigureKinds {
    let mut kinds = crate::output::FigureKinds::default();
    for figure in loaded.figures.values() {
        match figure.kind.as_str() {
            "sourced" => kinds.sourced += 1,
            "derived" => kinds.derived += 1,
            _ => kinds.assumption += 1,
        }
    }
    kinds
}

/// The inputs: merged files that can be run again, and every file as it was read.
fn write_inputs(folder: &RunFolder, setup: &Setup) -> Result<(), FolderError> {
    let merged = |value: serde_json::Value| {
        toml::to_string_pretty(&value).unwrap_or_else(|error| format!("# cannot be written as TOML: {error}\n"))
    };
    let mut scenario = setup.loaded.merged.to_json();
    if let Some(table) = scenario.as_object_mut() {
        // The tables are merged in: the file stands alone.
        table.remove("data");
    }
    folder.write("inputs/scenario.toml", merged(scenario).as_bytes())?;
    folder.write("inputs/organisation.toml", merged(setup.design.merged.to_json()).as_bytes())?;
    for Source { relative, text, .. } in read_files(setup) {
        folder.write(&format!("inputs/as-read/{relative}"), text.as_bytes())?;
    }
    Ok(())
}

/// Files that were read, options left out.
fn read_files(setup: &Setup) -> impl Iterator<Item = &Source> {
    setup.loaded.sources.iter().chain(&setup.design.sources).filter(|source| !source.relative.is_empty())
}

fn write_manifest(
    folder: &RunFolder,
    setup: &Setup,
    arguments: &Arguments,
    failed: u64,
    started: Instant,
) -> Result<(), FolderError> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs());
    let threads = match arguments.common.threads {
        0 => std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
        threads => threads,
    };
    let manifest = Manifest {
        version: env!("CARGO_PKG_VERSION"),
        git: option_env!("CONSORTIA_COMMIT").map(str::to_string),
        scenario: setup.engine.scenario.name.clone(),
        organisations: setup.names[..1].to_vec(),
        inputs_hash: setup.hash.clone(),
        files: read_files(setup)
            .map(|source| crate::output::FileHash {
                file: source.name.clone(),
                blake3: blake3::hash(source.text.as_bytes()).to_hex().to_string(),
            })
            .collect(),
        overrides: arguments.common.overrides.clone(),
        seed: setup.seed,
        replications: setup.replications,
        done: setup.replications - failed,
        failed,
        figures: figure_kinds(&setup.loaded),
        command: std::env::args().collect(),
        host: crate::output::Host { platform: format!("{}-{}", std::env::consts::OS, std::env::consts::ARCH), threads },
        started: now - started.elapsed().as_secs(),
        seconds: started.elapsed().as_secs_f64(),
    };
    let text = serde_json::to_string_pretty(&manifest).unwrap_or_default();
    folder.write("manifest.json", text.as_bytes())
}

/// Counts, memory and time: measured on a few fates.
fn dry_run(setup: &Setup, threads: usize) -> Result<(), Trouble> {
    struct Silent;
    impl experiment::Progress for Silent {
        fn done(&self, _: u64) {}
    }
    let pilot = setup.replications.min(64);
    let never = AtomicBool::new(false);
    let plan = RunPlan { replications: pilot, threads: 1 };
    // Once to warm up and make room, once to measure.
    let mut seconds = 0.0;
    for _ in 0..2 {
        let start = Instant::now();
        experiment::run(&setup.engine, plan, &never, &Silent, |_| Ok::<(), FolderError>(()))
            .map_err(|stop| Trouble::Fault(stop.to_string()))?;
        seconds = start.elapsed().as_secs_f64();
    }
    let threads = match threads {
        0 => std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
        threads => threads,
    };
    let states = setup.engine.scenario.states.len();
    let columns = columns(states).len() as u64;
    let kept = setup.replications * columns * 8 * setup.names.len() as u64;
    let disk = setup.replications * columns * 18;
    terminal::print(&format!(
        "{} fates of {} years, organisation {}{}\nabout {:.1} s on {threads} threads, {:.0} MB of memory for results, {:.0} MB on disk\nfolder: {}\n",
        setup.replications,
        setup.engine.scenario.horizon,
        setup.names[0],
        if setup.names.len() > 1 { " and the reference without one" } else { "" },
        seconds * setup.replications as f64 / pilot as f64 / threads as f64,
        kept as f64 / 1e6,
        disk as f64 / 1e6,
        setup.folder.display(),
    ))?;
    Ok(())
}
