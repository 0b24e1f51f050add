//! `consortia sensitivity`.

use super::session::json_number;
use super::{Format, Trouble, terminal};
use crate::analysis::sensitivity::{Crossed, SobolIndices, morris, sobol};
use crate::experiment::sampling::{self, morris_step};
use crate::output::columns::{self, Values};
use crate::output::sweep::{
    Analysis, CollectError, Index, IndexSet, Journal, OpenError, ParameterRecord, Results, SweepFolder, SweepRecord,
    damaged_table, read_results, read_runs, seal_analysis, write_analysis,
};
use crate::output::{RunFolder, hash_of, safe_name};
use crate::report::{plots, sensitivity as words};
use crate::scenario::diagnostics::suggest;
use crate::scenario::load;
use crate::scenario::sweep::raw::Sampling;
use clap::{Args, ValueEnum};
use std::path::{Path, PathBuf};
use std::time::Instant;

/// Arguments of `sensitivity`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The folder of a finished sweep, or a CSV table of a Saltelli or Morris design with its results.
    path: PathBuf,
    /// The measure: gain for the region, gain.KGZ for a state (default: the first that the sweep keeps). For a table:
    /// the column of results.
    #[arg(long, value_name = "MEASURE")]
    measure: Option<String>,
    /// Only this design.
    #[arg(long, value_name = "NAME")]
    organisation: Option<String>,
    /// What decides the difference: the design of --organisation less this one.
    #[arg(long, value_name = "NAME", requires = "organisation")]
    minus: Option<String>,
    /// Average replications, or treat the fate as a factor of its own.
    #[arg(long, value_enum, default_value_t)]
    replications: Replications,
    /// What becomes of base rows and steps with a point that failed.
    #[arg(long, value_enum, default_value_t)]
    failed: Failed,
    /// Bootstrap resamples behind the intervals.
    #[arg(long, value_name = "N", default_value_t = 1000, value_parser = clap::value_parser!(u64).range(10..=100_000))]
    resamples: u64,
    /// Seed of the bootstrap.
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
    /// For a table: its design.
    #[arg(long, value_enum)]
    design: Option<TableDesign>,
    /// For a table: its parameters, separated by commas, in the order of the design (default: all other columns).
    #[arg(long, value_name = "A,B,…", value_delimiter = ',')]
    parameters: Vec<String>,
    /// For a table of a Morris design: levels of its grid.
    #[arg(long, value_name = "N", default_value_t = 4)]
    levels: u32,
    /// Where tables and figures go (default: a folder inside the sweep's; for a table: nowhere).
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Output format.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
enum Replications {
    /// The mean over replications is the result.
    #[default]
    Averaged,
    /// The fate is a factor: how much of the variance is luck?
    Factor,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
enum Failed {
    /// They are left out, and counted.
    #[default]
    LeaveOut,
    /// Nothing is analysed.
    Refuse,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum TableDesign {
    /// Saltelli's: A, A with each column from B in turn, B.
    Saltelli,
    /// Morris's trajectories.
    Morris,
}

/// Sobol' or Morris indices.
pub fn run(arguments: &Arguments) -> Result<(), Trouble> {
    let started = Instant::now();
    if !arguments.path.is_dir() {
        let analysis = of_table(arguments)?;
        if let Some(out) = &arguments.out {
            let text = std::fs::read(&arguments.path).unwrap_or_default();
            let hash = hash_of([blake3::hash(&text).to_hex().as_str(), &format!("{arguments:?}")]);
            let folder = RunFolder::start(out.clone(), &hash)?;
            write_analysis(&folder, &analysis)?;
            plots::write_sensitivity(&analysis, &folder)?;
            let manifest = serde_json::json!({ "version": env!("CARGO_PKG_VERSION"), "inputs_hash": hash });
            folder.write("manifest.json", format!("{manifest:#}\n").as_bytes())?;
            folder.finish()?;
        }
        return print(&analysis, arguments.format, arguments.out.as_deref());
    }
    let record = finished(&arguments.path)?;
    let analysis = of_sweep(arguments, &record)?;
    let minus = arguments.minus.as_ref().map_or(String::new(), |name| format!("-minus-{name}"));
    let own = arguments.organisation.as_ref().map_or(String::new(), |name| format!("-{name}{minus}"));
    let luck = if arguments.replications == Replications::Factor { "-with-luck" } else { "" };
    let default = || arguments.path.join("sensitivity").join(safe_name(&format!("{}{own}{luck}", analysis.measure)));
    let out = arguments.out.clone().unwrap_or_else(default);
    let asked =
        format!("{} {} {own} {luck} {} {}", record.inputs_hash, analysis.measure, arguments.resamples, arguments.seed);
    let hash = hash_of([asked.as_str()]);
    // Inside the sweep's own folder an earlier analysis of the same name gives way: it asked for other resamples.
    let folder = if arguments.out.is_some() { RunFolder::start(out, &hash)? } else { RunFolder::anew(out, &hash)? };
    write_analysis(&folder, &analysis)?;
    plots::write_sensitivity(&analysis, &folder)?;
    seal_analysis(&folder, &record, &hash, started)?;
    let path = folder.finish()?;
    print(&analysis, arguments.format, Some(&path))
}

/// The record of a sweep that is complete.
pub fn finished(folder: &Path) -> Result<SweepRecord, Trouble> {
    let record = SweepFolder::record_of(folder)?;
    if let Some(damage) = damaged_table(folder) {
        let help = "make it anew with the command of the sweep, with --resume".to_string();
        return Err(load::refuse("sweep", format!("{} cannot be trusted: {damage}", folder.display()), help).into());
    }
    if !folder.join("results.csv").is_file() || !RunFolder::is_run_of(folder, &record.inputs_hash) {
        let message = format!("{} is not a finished sweep", folder.display());
        let help = format!("see consortia status {}, and go on with it", folder.display());
        return Err(load::refuse("sweep", message, help).into());
    }
    Ok(record)
}

/// Position of a measure that a sweep keeps.
pub fn kept(record: &SweepRecord, measure: Option<&str>) -> Result<usize, Trouble> {
    let Some(name) = measure else { return Ok(0) };
    record.measures.iter().position(|known| known.column == name).ok_or_else(|| {
        let help = suggest(name, record.measures.iter().map(|known| known.column.as_str()));
        load::refuse("measure", format!("the sweep does not keep `{name}`"), help).into()
    })
}

/// Position of a design that plays in a sweep.
pub fn player(record: &SweepRecord, name: &str) -> Result<usize, Trouble> {
    record.organisations.iter().position(|known| known == name).ok_or_else(|| {
        let help = suggest(name, record.organisations.iter().map(String::as_str));
        load::refuse("organisation", format!("`{name}` does not play in the sweep"), help).into()
    })
}

impl From<crate::output::sweep::ShardError> for Trouble {
    fn from(error: crate::output::sweep::ShardError) -> Self {
        CollectError::from(error).into()
    }
}

/// Results at the points, by what they are results of.
enum Explained {
    /// All designs, the design as a factor.
    All,
    /// A design, or the difference to another.
    One(usize, Option<usize>),
}

fn of_sweep(arguments: &Arguments, record: &SweepRecord) -> Result<Analysis, Trouble> {
    let column = kept(record, arguments.measure.as_deref())?;
    let minus = arguments.minus.as_deref().map(|name| player(record, name)).transpose()?;
    let wanted = match &arguments.organisation {
        Some(name) => vec![Explained::One(player(record, name)?, minus)],
        None if record.organisations.len() == 1 => vec![Explained::One(0, None)],
        None => {
            let each = (0..record.organisations.len()).map(|design| Explained::One(design, None));
            std::iter::once(Explained::All).chain(each).collect()
        }
    };
    if record.stop.is_some() && arguments.replications == Replications::Factor {
        let message = "points of this sweep stop by precision: they have not met the same fates".to_string();
        let help = "average replications, or sweep without [stop]".to_string();
        return Err(load::refuse("replications", message, help).into());
    }
    let results = read_results(&arguments.path, record, column)?;
    refuse_failed(arguments, &results)?;
    let runs = match arguments.replications {
        Replications::Averaged => Vec::new(),
        Replications::Factor => {
            let (journal, _) = Journal::read(&arguments.path).map_err(OpenError::from)?;
            read_runs(record, &record.shelf(&arguments.path), &journal, column)?
        }
    };
    let label = |explained: &Explained| match explained {
        Explained::All => "all designs".to_string(),
        Explained::One(a, Some(b)) => format!("{} - {}", record.organisations[*a], record.organisations[*b]),
        Explained::One(a, None) => record.organisations[*a].clone(),
    };
    let mut sets = Vec::new();
    let method = match &record.sampling {
        Sampling::Saltelli(table) => {
            for explained in &wanted {
                let found = sobol_of(arguments, record, explained, table.base as usize, &results, &runs);
                let names = names(arguments, record, explained);
                sets.push(sobol_set(label(explained), found, &names));
            }
            "sobol"
        }
        Sampling::Morris(table) if arguments.replications == Replications::Averaged => {
            let groups: Vec<usize> = record.parameters.iter().map(|parameter| parameter.group).collect();
            let points = sampling::morris(table.trajectories as usize, table.levels as usize, &groups, table.seed)
                .map_err(|error| Trouble::Fault(error.to_string()))?;
            let step = morris_step(table.levels as usize);
            for explained in wanted.iter().filter(|explained| matches!(explained, Explained::One(..))) {
                let values: Vec<f64> = (0..record.points).map(|point| one(&results, explained, point)).collect();
                sets.push(morris_set(label(explained), &points, &values, &groups, step, &group_names(record)));
            }
            "morris"
        }
        Sampling::Morris(_) => {
            let help = "leave --replications out".to_string();
            let message = "Morris's design has no place for the fate as a factor".to_string();
            return Err(load::refuse("replications", message, help).into());
        }
        _ => {
            let message = "indices need a Saltelli or a Morris design; this sweep has another sampling".to_string();
            let help = "sweep with [sampling.saltelli] or [sampling.morris]; consortia discover takes any sampling"
                .to_string();
            return Err(load::refuse("sampling", message, help).into());
        }
    };
    Ok(Analysis {
        measure: record.measures[column].column.clone(),
        unit: record.measures[column].unit.clone(),
        method,
        sets,
        caption: format!(
            "{}: {} points of {} parameters, {} replications each, {}",
            record.title,
            record.points,
            record.parameters.len(),
            record.replications,
            if arguments.replications == Replications::Factor {
                "the fate as a factor"
            } else {
                "replications averaged"
            }
        ),
    })
}

fn refuse_failed(arguments: &Arguments, results: &Results) -> Result<(), Trouble> {
    let failed = results.cells.iter().filter(|cell| cell.failed > 0).count();
    if arguments.failed == Failed::Refuse && failed > 0 {
        let message = format!("something failed at {failed} of {} points and designs", results.cells.len());
        let help = "see failures.csv, or leave them out with --failed leave-out".to_string();
        return Err(load::refuse("failed", message, help).into());
    }
    Ok(())
}

/// The result at a point; none where any replication of it failed.
fn one(results: &Results, explained: &Explained, point: usize) -> f64 {
    let at = |design: usize| {
        let cell = results.at(point, design);
        if cell.failed > 0 { f64::NAN } else { cell.mean }
    };
    match explained {
        Explained::One(a, Some(b)) => at(*a) - at(*b),
        Explained::One(a, None) => at(*a),
        Explained::All => f64::NAN,
    }
}

fn sobol_of(
    arguments: &Arguments,
    record: &SweepRecord,
    explained: &Explained,
    base: usize,
    results: &Results,
    runs: &[f64],
) -> Option<SobolIndices> {
    let (parameters, designs) = (record.parameters.len(), record.organisations.len());
    let (resamples, seed) = (arguments.resamples as usize, arguments.seed);
    let fates = record.replications as usize;
    let run = |point: usize, fate: usize, design: usize| runs[(point * fates + fate) * designs + design];
    match (explained, arguments.replications) {
        (Explained::One(..), Replications::Averaged) => {
            let values: Vec<f64> = (0..record.points).map(|point| one(results, explained, point)).collect();
            sobol(&values, parameters, resamples, seed)
        }
        (Explained::All, Replications::Averaged) => {
            let value = |point: usize, at: &[usize]| one(results, &Explained::One(at[0], None), point);
            Crossed { parameters, base, levels: &[designs], value: &value }.sobol(resamples, seed)
        }
        (Explained::One(a, b), Replications::Factor) => {
            let value = |point: usize, at: &[usize]| run(point, at[0], *a) - b.map_or(0.0, |b| run(point, at[0], b));
            Crossed { parameters, base, levels: &[fates], value: &value }.sobol(resamples, seed)
        }
        (Explained::All, Replications::Factor) => {
            let value = |point: usize, at: &[usize]| run(point, at[1], at[0]);
            Crossed { parameters, base, levels: &[designs, fates], value: &value }.sobol(resamples, seed)
        }
    }
}

/// Names and titles of the parameters and of the factors that cross the design.
fn names(arguments: &Arguments, record: &SweepRecord, explained: &Explained) -> Vec<(String, String)> {
    let own = |parameter: &ParameterRecord| (parameter.name.clone(), parameter.title.clone());
    let mut names: Vec<(String, String)> = record.parameters.iter().map(own).collect();
    if matches!(explained, Explained::All) {
        names.push(("organisation".into(), "the design of the organisation".into()));
    }
    if arguments.replications == Replications::Factor {
        names.push(("fate".into(), "luck (the fate of a replication)".into()));
    }
    names
}

/// Names and titles of Morris's groups: those of the parameter where it is alone.
fn group_names(record: &SweepRecord) -> Vec<(String, String)> {
    let groups = record.groups.iter().enumerate();
    groups
        .map(|(group, name)| {
            let own: Vec<&ParameterRecord> =
                record.parameters.iter().filter(|parameter| parameter.group == group).collect();
            let title =
                if let [one] = own[..] { one.title.clone() } else { format!("{name} (group of {})", own.len()) };
            (name.clone(), title)
        })
        .collect()
}

fn sobol_set(label: String, found: Option<SobolIndices>, names: &[(String, String)]) -> IndexSet {
    // A result that does not vary has no indices.
    let rows = found.as_ref().map_or((0, 0), |found| (found.rows, found.left_out));
    let index = |(at, (name, title)): (usize, &(String, String))| {
        let found = found.as_ref().map(|found| found.parameters[at]);
        Index {
            name: name.clone(),
            title: title.clone(),
            first: found.map_or(f64::NAN, |index| index.first),
            first_ci: found.map_or(f64::NAN, |index| index.first_half),
            total: found.map_or(f64::NAN, |index| index.total),
            total_ci: found.map_or(f64::NAN, |index| index.total_half),
            spread: f64::NAN,
        }
    };
    IndexSet { label, indices: names.iter().enumerate().map(index).collect(), rows }
}

fn morris_set(
    label: String,
    points: &[Vec<f64>],
    values: &[f64],
    groups: &[usize],
    step: f64,
    names: &[(String, String)],
) -> IndexSet {
    let found = morris(points, values, groups, step);
    let all = points.len() / (names.len() + 1) * names.len();
    let used: usize = found.iter().map(|effect| effect.n).sum();
    let index = |((name, title), effect): (&(String, String), &crate::analysis::sensitivity::ElementaryEffect)| Index {
        name: name.clone(),
        title: title.clone(),
        first: effect.mean,
        first_ci: f64::NAN,
        total: effect.size,
        total_ci: effect.size_half,
        spread: effect.spread,
    };
    IndexSet { label, indices: names.iter().zip(&found).map(index).collect(), rows: (used, all - used) }
}

/// Indices of a table that another program made.
fn of_table(arguments: &Arguments) -> Result<Analysis, Trouble> {
    let path = &arguments.path;
    let refuse = |code: &'static str, message: String, help: &str| -> Trouble {
        load::refuse(code, message, help.to_string()).into()
    };
    let known = columns::headings(path)
        .map_err(|error| refuse("table", error.to_string(), "name the folder of a sweep, or a CSV table"))?;
    let Some(design) = arguments.design else {
        return Err(refuse(
            "design",
            format!("{} is a table: of which design?", path.display()),
            "say --design saltelli or --design morris",
        ));
    };
    let Some(measure) = arguments.measure.clone() else {
        return Err(refuse(
            "measure",
            "a table needs the column of results".into(),
            &format!("say --measure: {}", known.join(", ")),
        ));
    };
    let parameters = match arguments.parameters.is_empty() {
        true => known.iter().filter(|name| **name != measure).cloned().collect(),
        false => arguments.parameters.clone(),
    };
    if parameters.is_empty() {
        return Err(refuse(
            "parameters",
            format!("{} has no column of a parameter", path.display()),
            "see --parameters",
        ));
    }
    let wanted: Vec<String> = parameters.iter().chain(std::iter::once(&measure)).cloned().collect();
    let read = columns::read(path, &wanted)
        .map_err(|error| refuse("table", error.to_string(), "see --measure and --parameters"))?;
    let mut numbers = Vec::new();
    for (values, name) in read.into_iter().zip(&wanted) {
        match values {
            Values::Numbers(values) => numbers.push(values),
            Values::Words(words, _) => {
                let message = format!("the column `{name}` holds words, such as `{}`", words[0]);
                return Err(refuse("table", message, "leave it out with --parameters, or give it as numbers"));
            }
        }
    }
    let results = numbers.pop().unwrap_or_default();
    if arguments.failed == Failed::Refuse && results.iter().any(|x| !x.is_finite()) {
        return Err(refuse(
            "failed",
            format!("`{measure}` has gaps"),
            "fill them, or leave them out with --failed leave-out",
        ));
    }
    let names: Vec<(String, String)> = parameters.iter().map(|name| (name.clone(), name.clone())).collect();
    let caption = format!("{}: {} rows of {} parameters", path.display(), results.len(), parameters.len());
    let (method, set) = match design {
        TableDesign::Saltelli => {
            check_saltelli(&numbers, &parameters).map_err(|reason| {
                refuse(
                    "design",
                    format!("{} is no Saltelli design of these parameters: {reason}", path.display()),
                    "see --parameters; second-order designs (calc_second_order) have other rows",
                )
            })?;
            let found = sobol(&results, parameters.len(), arguments.resamples as usize, arguments.seed);
            ("sobol", sobol_set(String::new(), found, &names))
        }
        TableDesign::Morris => {
            let levels = arguments.levels as usize;
            let points = unit_points(&numbers);
            let groups: Vec<usize> = (0..parameters.len()).collect();
            check_morris(&points, &parameters).map_err(|reason| {
                refuse(
                    "design",
                    format!("{} is no Morris design of these parameters: {reason}", path.display()),
                    "see --parameters",
                )
            })?;
            ("morris", morris_set(String::new(), &points, &results, &groups, morris_step(levels), &names))
        }
    };
    Ok(Analysis { measure, unit: "as the column".into(), method, sets: vec![set], caption })
}

/// Whether rows are A, A with each column from B in turn, B.
fn check_saltelli(columns: &[Vec<f64>], names: &[String]) -> Result<(), String> {
    let (width, rows) = (columns.len() + 2, columns.first().map_or(0, Vec::len));
    if !rows.is_multiple_of(width) {
        return Err(format!("{rows} rows are no multiple of {width}, the number of parameters and two"));
    }
    for base in (0..rows).step_by(width) {
        for (own, column) in columns.iter().enumerate() {
            let (a, b) = (column[base], column[base + width - 1]);
            let wrong = (0..columns.len()).find(|&at| column[base + 1 + at] != if at == own { b } else { a });
            if let Some(at) = wrong {
                return Err(format!("row {} does not take `{}` as its block does", base + 2 + at, names[own]));
            }
        }
    }
    Ok(())
}

/// Columns scaled to the unit interval, as rows.
fn unit_points(columns: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let rows = columns.first().map_or(0, Vec::len);
    let ends: Vec<(f64, f64)> = columns
        .iter()
        .map(|column| {
            column.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), x| (low.min(*x), high.max(*x)))
        })
        .collect();
    let scaled =
        |at: usize, row: usize| (columns[at][row] - ends[at].0) / (ends[at].1 - ends[at].0).max(f64::MIN_POSITIVE);
    (0..rows).map(|row| (0..columns.len()).map(|at| scaled(at, row)).collect()).collect()
}

/// Whether every trajectory moves one parameter at a time, each once.
fn check_morris(points: &[Vec<f64>], names: &[String]) -> Result<(), String> {
    let width = names.len() + 1;
    if !points.len().is_multiple_of(width) {
        return Err(format!("{} rows are no multiple of {width}, the number of parameters and one", points.len()));
    }
    for (at, trajectory) in points.chunks(width).enumerate() {
        let mut moved = vec![false; names.len()];
        for pair in trajectory.windows(2) {
            let changed: Vec<usize> = (0..names.len()).filter(|&p| pair[0][p] != pair[1][p]).collect();
            match changed[..] {
                [one] if !moved[one] => moved[one] = true,
                _ => return Err(format!("trajectory {} does not move one parameter at a time, each once", at + 1)),
            }
        }
    }
    Ok(())
}

fn index_json(analysis: &Analysis, index: &Index) -> serde_json::Value {
    let value = json_number;
    match analysis.method {
        "morris" => serde_json::json!({
            "name": index.name, "mean": value(index.first), "size": value(index.total),
            "size_ci": value(index.total_ci), "spread": value(index.spread),
        }),
        _ => serde_json::json!({
            "name": index.name, "first": value(index.first), "first_ci": value(index.first_ci),
            "total": value(index.total), "total_ci": value(index.total_ci),
        }),
    }
}

fn print(analysis: &Analysis, format: Format, path: Option<&Path>) -> Result<(), Trouble> {
    match format {
        Format::Text => {
            let folder = path.map_or(String::new(), |path| format!("Tables and plots: {}\n", path.display()));
            terminal::print(&format!("{}{folder}", words::text(analysis)))?;
        }
        Format::Json => {
            let set = |set: &IndexSet| set.indices.iter().map(|index| index_json(analysis, index)).collect::<Vec<_>>();
            let mut object = serde_json::json!({
                "measure": analysis.measure, "method": analysis.method,
                "parameters": analysis.sets.first().map(set).unwrap_or_default(),
            });
            if let Some(table) = object.as_object_mut() {
                if let Some(first) = analysis.sets.first() {
                    table.insert("result".into(), first.label.clone().into());
                    table.insert("rows".into(), first.rows.0.into());
                    table.insert("left_out".into(), first.rows.1.into());
                }
                let rest: Vec<serde_json::Value> = analysis
                    .sets
                    .iter()
                    .skip(1)
                    .map(|other| serde_json::json!({ "result": other.label, "parameters": set(other) }))
                    .collect();
                if !rest.is_empty() {
                    table.insert("by_organisation".into(), rest.into());
                }
                if let Some(path) = path {
                    table.insert("folder".into(), path.display().to_string().into());
                }
            }
            terminal::print(&format!("{object:#}\n"))?;
        }
    }
    Ok(())
}
