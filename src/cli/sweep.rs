//! `consortia sweep`.

use super::session::{self, stopped};
use super::study::{Plan, complain_of_failures, conclude, print_results, tell, way_on};
use super::{Common, Format, Trouble, terminal};
use crate::experiment::Stop;
use crate::experiment::sweep::{Orders, Part, missing, play};
use crate::numeric::LANES;
use crate::output::sweep::{
    Journal, OpenError, Results, State, SweepFolder, damaged_table, parameters_table, points_table,
};
use crate::output::{FolderError, RunFolder};
use crate::report::sweep as words;
use crate::scenario::load;
use clap::{Args, ValueEnum};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::time::Instant;

/// Arguments of `sweep`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// A sweep file, a folder with sweep.toml, or a built-in name.
    sweep: String,
    /// Go on with a sweep that was interrupted: what is done is checked and kept.
    #[arg(long)]
    resume: bool,
    /// Play only part I of N, on one of several machines; `consortia merge` puts parts together.
    #[arg(long, value_name = "I/N", value_parser = part)]
    shard: Option<Part>,
    /// Whether to go on after a failure.
    #[arg(long, value_enum, default_value_t)]
    on_error: OnError,
    #[command(flatten)]
    common: Common,
}

/// What a failure does to a sweep.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
enum OnError {
    /// It is kept as a failure; the sweep goes on.
    #[default]
    Continue,
    /// The sweep stops after the shard in which it happened.
    Stop,
}

fn part(text: &str) -> Result<Part, String> {
    let wrong = || "write it like 2/4: the second of four parts".to_string();
    let (part, of) = text.split_once('/').ok_or_else(wrong)?;
    let (part, of) = (part.parse().map_err(|_| wrong())?, of.parse().map_err(|_| wrong())?);
    if (1..=100_000).contains(&of) && (1..=of).contains(&part) { Ok(Part { part, of }) } else { Err(wrong()) }
}

/// Plays a sweep and writes its folder.
pub fn run(arguments: &Arguments) -> Result<(), Trouble> {
    let (common, started) = (&arguments.common, Instant::now());
    let part = arguments.shard.unwrap_or(Part::WHOLE);
    let plan = Plan::load(&arguments.sweep, common, part)?;
    let path = folder_of(&plan, common, part);
    if common.dry_run {
        return dry_run(&plan, &path, common, part);
    }
    let interrupted = session::interruptible();
    let Some(mut folder) = open(&plan, &path, arguments)? else {
        return print_done(&plan, &path, common, part);
    };
    let out = RunFolder::within(path.clone());
    let points = points_table(&plan.loaded.sweep, &plan.points.values)
        .map_err(|source| FolderError::Csv { path: path.join("points.csv"), source })?;
    out.write("points.csv", &points)?;
    parameters_table(&out, &plan.record)?;
    plan.session.write_inputs(&out)?;
    plan.session.about("sweep").write(&out)?;
    folder.journal.stop_on_failure = arguments.on_error == OnError::Stop;
    let complete = play_missing(&plan, &mut folder, common, part, &interrupted, &arguments.sweep)?;
    let way_on = way_on(&arguments.sweep, &path, common, part);
    let (rows, failed) = folder.journal.rows();
    if !complete {
        terminal::complain(&format!(
            "stopped after a failure: {rows} rows are kept, {failed} of them failed (see {}). Go on with: {way_on}",
            path.join("shards").display()
        ));
        return Err(Trouble::SomeFailed);
    }
    folder.journal.close().map_err(|error| Trouble::Fault(error.to_string()))?;
    if part == Part::WHOLE {
        return conclude(&folder, session::threads(common.threads), started, common.format);
    }
    print_part(&plan, &path, common, part)?;
    if failed > 0 {
        terminal::complain(&format!("{failed} of {rows} runs failed: see shards/*.failures.csv in {}", path.display()));
        return Err(Trouble::SomeFailed);
    }
    Ok(())
}

/// The folder: what was asked for, or a name of its own.
pub fn folder_of(plan: &Plan, common: &Common, part: Part) -> PathBuf {
    let name = format!("{}-{}", plan.record.name, plan.record.inputs_hash);
    let name = if part == Part::WHOLE { name } else { format!("{name}.{}of{}", part.part, part.of) };
    common.out.clone().unwrap_or_else(|| PathBuf::from("output").join(name))
}

/// Whether a folder holds anything but what a sweep leaves that was killed before it began.
fn is_occupied(path: &Path) -> Result<bool, FolderError> {
    if path.is_file() {
        return Err(FolderError::Foreign(path.to_path_buf()));
    }
    let entries = match std::fs::read_dir(path) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(FolderError::io(path)(error)),
    };
    for entry in entries {
        let name = entry.map_err(FolderError::io(path))?.file_name();
        let empty = |folder: &Path| std::fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_none());
        if name != ".lock" && name != ".sweep.json.partial" && !(name == "shards" && empty(&path.join("shards"))) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Opens the folder, new or to go on with; nothing where everything is done already.
fn open(plan: &Plan, path: &Path, arguments: &Arguments) -> Result<Option<SweepFolder>, Trouble> {
    let occupied = is_occupied(path)?;
    if !occupied {
        if arguments.resume {
            let message = format!("there is nothing to resume in {}", path.display());
            let help = format!("{}start it without --resume", others(plan, path));
            return Err(load::refuse("resume", message, help).into());
        }
        return Ok(Some(SweepFolder::create(path, &plan.record)?));
    }
    if !path.join("sweep.json").is_file() {
        return Err(FolderError::Foreign(path.to_path_buf()).into());
    }
    let (folder, mut findings) = SweepFolder::resume(path, &plan.record)?;
    findings.extend(damaged_table(path).map(|damage| format!("{damage}; it is made anew")));
    let points = std::fs::read(path.join("points.csv")).unwrap_or_default();
    let told = findings.iter().any(|finding| finding.starts_with("points.csv"));
    if !told && blake3::hash(&points).to_hex().as_str() != plan.record.points_hash {
        findings.push("points.csv was changed; it is written anew".into());
    }
    tell(&findings);
    let shelf = plan.record.shelf(path);
    let left = missing(&plan.layout, plan.loaded.sweep.stop.as_ref(), plan.record.part(), &shelf, &folder.journal)
        .map_err(|error| Trouble::Fault(error.to_string()))?;
    let state = SweepFolder::state(path, &plan.record, left.len());
    // A file of somebody else's among the shards is no reason to play again.
    let undamaged = findings.iter().all(|finding| finding.contains("is left alone"));
    let done = state == State::Complete || (state == State::Played && plan.record.part() != Part::WHOLE);
    if done && undamaged {
        return Ok(None);
    }
    if !arguments.resume {
        let message = format!("{} holds this sweep, begun but not complete", path.display());
        let help = "go on with it by --resume, or choose another folder with --out".to_string();
        return Err(load::refuse("resume", message, help).into());
    }
    Ok(Some(folder))
}

/// Sweeps of the same name with other inputs, for whoever looks for one to resume.
fn others(plan: &Plan, path: &Path) -> String {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut found: Vec<String> = Vec::new();
    for entry in std::fs::read_dir(parent).into_iter().flatten().flatten() {
        if let Ok(record) = SweepFolder::record_of(&entry.path())
            && record.name == plan.record.name
            && !record.is_same_sweep(&plan.record)
        {
            found.push(entry.path().display().to_string());
        }
    }
    found.sort();
    match found.len() {
        0 => String::new(),
        _ => format!(
            "{} holds a sweep of this name, but of other inputs: restore them to go on with it, or ",
            found.join(", ")
        ),
    }
}

/// Plays what is missing.
fn play_missing(
    plan: &Plan,
    folder: &mut SweepFolder,
    common: &Common,
    part: Part,
    interrupted: &AtomicBool,
    sweep: &str,
) -> Result<bool, Trouble> {
    let study = plan.study();
    let layout = &plan.layout;
    let own: usize = (0..layout.ranges()).filter(|&r| part.holds(r)).map(|range| layout.points_of(range).len()).sum();
    let total = own as u64 * layout.replications * layout.designs as u64;
    let before = folder.journal.rows().0;
    let meter = terminal::Meter::of(total.saturating_sub(before), "runs", common.quiet);
    let orders = Orders { stop: plan.loaded.sweep.stop.as_ref(), part, threads: session::threads(common.threads) };
    let shelf = plan.record.shelf(&folder.path);
    let done = play(&study, orders, interrupted, &meter, &shelf, &mut folder.journal);
    meter.clear();
    done.map_err(|stop| {
        let (rows, _) = folder.journal.rows();
        let way_on = way_on(sweep, &folder.path, common, part);
        match stop {
            Stop::Interrupted => {
                Trouble::Interrupted(format!("interrupted; {rows} of {total} runs are kept. Go on with: {way_on}"))
            }
            other => match stopped(other) {
                Trouble::Fault(reason) => {
                    Trouble::Fault(format!("{reason}. {rows} of {total} runs are kept; go on with: {way_on}"))
                }
                trouble => trouble,
            },
        }
    })
}

fn print_part(plan: &Plan, path: &Path, common: &Common, part: Part) -> Result<(), Trouble> {
    let text = format!(
        "Part {} of {} of {} is complete: {}\nPut all parts together with: consortia merge {} …\n",
        part.part,
        part.of,
        plan.record.name,
        path.display(),
        path.display()
    );
    match common.format {
        Format::Text => terminal::print(&text)?,
        Format::Json => {
            let object = serde_json::json!({
                "sweep": plan.record.name, "folder": path.display().to_string(), "part": part.part, "parts": part.of,
            });
            terminal::print(&format!("{object:#}\n"))?;
        }
    }
    Ok(())
}

/// A sweep that was complete before.
fn print_done(plan: &Plan, path: &Path, common: &Common, part: Part) -> Result<(), Trouble> {
    if part != Part::WHOLE {
        return print_part(plan, path, common, part);
    }
    let results = (0..plan.record.measures.len())
        .map(|column| crate::output::sweep::read_results(path, &plan.record, column))
        .collect::<Result<Vec<Results>, _>>()?;
    if !common.quiet {
        terminal::note(&format!("{} is complete already: nothing was played.", path.display()));
    }
    print_results(&plan.record, &results, path, common.format)?;
    let (journal, _) = Journal::read(path).map_err(|error| Trouble::from(OpenError::from(error)))?;
    let (rows, failed) = journal.rows();
    complain_of_failures(rows, failed, path)
}

/// Points, runs, time and disk, measured on a few points.
fn dry_run(plan: &Plan, path: &Path, common: &Common, part: Part) -> Result<(), Trouble> {
    let mut study = plan.study();
    let layout = &plan.layout;
    // A pilot of a few replications.
    study.layout.block = study.layout.block.min(2 * LANES as u64);
    let threads = session::threads(common.threads);
    let own: Vec<usize> =
        (0..layout.ranges()).filter(|&range| part.holds(range)).flat_map(|range| layout.points_of(range)).collect();
    // A few points spread over the space: the second round is timed, the first warms up.
    let pilot: Vec<usize> = own.iter().copied().step_by(own.len().div_ceil(8).max(1)).collect();
    let mut scratch = Default::default();
    let (mut seconds, mut rows, mut failed, mut reason) = (0.0, 0, 0, String::new());
    for _ in 0..2 {
        let start = Instant::now();
        if let Some(played) = study.shard(0, pilot.clone(), &mut scratch, &AtomicBool::new(false)) {
            seconds = start.elapsed().as_secs_f64();
            rows = played.len();
            failed = played.failed();
            reason = played.failures.first().map_or(String::new(), |failure| failure.message.clone());
        }
    }
    let runs = own.len() as f64 * layout.replications as f64 * layout.designs as f64;
    let per_run = seconds / rows.max(1) as f64;
    let width = plan.record.measures.len() as f64;
    let per_row = match plan.record.format {
        crate::scenario::sweep::raw::ShardFormat::Parquet => 8.5 * width + 4.0,
        crate::scenario::sweep::raw::ShardFormat::Csv => 18.5 * width + 24.0,
    };
    let results = own.len() as f64 * layout.designs as f64 * width * 110.0;
    let most = if plan.record.stop.is_some() { "at most " } else { "" };
    let here =
        if own.len() < plan.record.points { format!("; here {} of the points", own.len()) } else { String::new() };
    let mut text = format!(
        "{}{here}: {most}{} runs in {} shards of about {} rows\n\
         {most}about {} on {threads} threads ({:.2} ms a run on one), {most}{:.0} MB on disk\nfolder: {}\n",
        plan.record.extent(),
        runs,
        (0..layout.ranges()).filter(|&range| part.holds(range)).count() * layout.blocks(),
        layout.range as u64 * layout.block.min(layout.replications) * layout.designs as u64,
        words::duration(per_run * runs / threads as f64),
        1e3 * per_run,
        (runs * per_row + results) / 1e6,
        path.display(),
    );
    if failed > 0 {
        text.push_str(&format!("of {rows} runs tried at {} points, {failed} failed: {reason}\n", pilot.len()));
    }
    if !layout.replications.is_multiple_of(LANES as u64) {
        let next = layout.replications.div_ceil(LANES as u64) * LANES as u64;
        text.push_str(&format!("replications are played {LANES} at a time: {next} would take no longer\n"));
    }
    session::print_plan(common.format, &text)
}
