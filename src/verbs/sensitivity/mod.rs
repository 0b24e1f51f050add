//! Global sensitivity analysis: Sobol' or Morris indices of a sweep or of a table (ODD §11).

mod table;

use super::VerbError;
use super::study::{
    analysis_folder, design_index, finish_page, finished, keep_table_analysis, kept, refuse_given,
};
use crate::analysis::sensitivity::{Crossed, SobolIndices, complete_rows, morris, sobol};
use crate::experiment::sampling::{self, morris_step};
use crate::output::hash_of;
use crate::output::sweep::{
    Analysis, CollectError, Index, IndexSet, Journal, OpenError, ParameterRecord, Results,
    SweepRecord, read_results, read_runs, write_analysis, write_analysis_manifest,
};
use crate::report::{headline, plots};
use crate::scenario::load;
use crate::scenario::sweep::raw::{MorrisTable, Sampling};
use clap::{Args, ValueEnum};
use std::path::PathBuf;
use std::time::Instant;

/// Options of the verb `sensitivity`.
#[derive(Debug, Args)]
pub struct Request {
    /// Folder of a finished sweep, or a CSV table of a Saltelli or Morris design with results.
    pub path: PathBuf,
    /// Measure: gain for the region, gain.KGZ for a state (default: the first that the sweep
    /// keeps); for a table, the column of results.
    #[arg(long, value_name = "MEASURE")]
    pub measure: Option<String>,
    /// Analyse only this design.
    #[arg(long, value_name = "NAME")]
    pub organisation: Option<String>,
    /// Analyse the difference: the design of --organisation less this one.
    #[arg(long, value_name = "NAME", requires = "organisation")]
    pub minus: Option<String>,
    /// Treatment of replications.
    #[arg(long, value_enum, default_value_t)]
    pub replications: Replications,
    /// Treatment of base rows and steps with a failed point.
    #[arg(long, value_enum, default_value_t)]
    pub failed: Failed,
    /// Number of bootstrap resamples for the intervals of Sobol' indices.
    #[arg(long, value_name = "N", default_value_t = 1000,
        value_parser = clap::value_parser!(u64).range(10..=100_000))]
    pub resamples: u64,
    /// Seed of the bootstrap of Sobol' indices.
    #[arg(long, value_name = "S", default_value_t = 1)]
    pub seed: u64,
    /// Design of a table.
    #[arg(long, value_enum)]
    pub design: Option<TableDesign>,
    /// Parameters of a table, separated by commas, in the order of its design (default: all other
    /// columns).
    #[arg(long, value_name = "A,B,…", value_delimiter = ',')]
    pub parameters: Vec<String>,
    /// Number of grid levels in a table of a Morris design (default: 4).
    #[arg(long, value_name = "N", value_parser = levels)]
    pub levels: Option<u32>,
    /// Folder for tables and figures (default: a folder inside the sweep's; for a table, none).
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// The command line, for the manifest.
    #[arg(skip)]
    pub command: Vec<String>,
}

fn levels(text: &str) -> Result<u32, String> {
    text.parse()
        .ok()
        .filter(|levels: &u32| *levels >= 2 && levels.is_multiple_of(2))
        .ok_or_else(|| "give an even number, 2 or more".into())
}

/// Treatment of replications in the analysis.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum Replications {
    /// Analyse the mean over replications.
    #[default]
    Averaged,
    /// Treat the replication as a factor, to measure the variance due to chance.
    Factor,
}

/// Treatment of points that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum Failed {
    /// Leave them out and report their number.
    #[default]
    LeaveOut,
    /// Refuse the analysis.
    Refuse,
}

/// Design of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum TableDesign {
    /// Saltelli design: A, A with each column from B in turn, B.
    Saltelli,
    /// Morris trajectories.
    Morris,
}

/// Computes Sobol' or Morris indices and returns them with their folder, if one was written. Fails
/// if the sweep is not finished or its sampling has no such indices.
pub fn sensitivity(arguments: &Request) -> Result<(Analysis, Option<PathBuf>), VerbError> {
    let started = Instant::now();
    if !arguments.path.is_dir() {
        let analysis = table::analysed(arguments)?;
        let Request { measure, design, parameters, levels, resamples, seed, .. } = arguments;
        let requested =
            format!("{measure:?} {design:?} {parameters:?} {levels:?} {resamples} {seed}");
        let headline = headline::sensitivity(&analysis);
        keep_table_analysis(
            &arguments.path,
            arguments.out.as_ref(),
            &requested,
            ("sensitivity", headline),
            |folder| {
                write_analysis(folder, &analysis)?;
                plots::write_sensitivity(&analysis, folder)
            },
        )?;
        return Ok((analysis, arguments.out.clone()));
    }
    let record = finished(&arguments.path)?;
    let analysis = of_sweep(arguments, &record)?;
    let minus = arguments.minus.as_ref().map_or(String::new(), |name| format!("-minus-{name}"));
    let own =
        arguments.organisation.as_ref().map_or(String::new(), |name| format!("-{name}{minus}"));
    let draw =
        if arguments.replications == Replications::Factor { "-with-replication" } else { "" };
    let name = format!("{}{own}{draw}", analysis.measure);
    let requested = format!("{name} {} {}", arguments.resamples, arguments.seed);
    let hash = hash_of([record.inputs_hash.as_str(), &requested]);
    let folder =
        analysis_folder(arguments.out.as_ref(), &arguments.path, ("sensitivity", &name), &hash)?;
    write_analysis(&folder, &analysis)?;
    plots::write_sensitivity(&analysis, &folder)?;
    write_analysis_manifest(&folder, &record, &hash, started, &arguments.command)?;
    finish_page(&folder, &arguments.path, "sensitivity", headline::sensitivity(&analysis))?;
    let path = folder.finish()?;
    Ok((analysis, Some(path)))
}

impl From<crate::output::sweep::ShardError> for VerbError {
    fn from(error: crate::output::sweep::ShardError) -> Self {
        CollectError::from(error).into()
    }
}

/// Fails if options are given that apply only to tables.
fn refuse_options_of_tables(arguments: &Request) -> Result<(), VerbError> {
    let given = [
        (arguments.design.is_some(), "--design"),
        (!arguments.parameters.is_empty(), "--parameters"),
        (arguments.levels.is_some(), "--levels"),
    ];
    refuse_given(&given, "the folder of the sweep records design, parameters and levels")
}

/// The quantity whose variation is explained.
enum Explained {
    /// All designs that have a value at some point, with the design as a factor.
    All(Vec<usize>),
    /// One design, or its difference to another.
    One(usize, Option<usize>),
}

fn of_sweep(arguments: &Request, record: &SweepRecord) -> Result<Analysis, VerbError> {
    refuse_options_of_tables(arguments)?;
    let column = kept(record, arguments.measure.as_deref())?;
    let results = read_results(&arguments.path, record, column)?;
    let playing: Vec<usize> = (0..record.organisations.len())
        .filter(|&design| results.means(design).iter().any(|mean| mean.is_finite()))
        .collect();
    let minus = arguments.minus.as_deref().map(|name| design_index(record, name)).transpose()?;
    let wanted = match &arguments.organisation {
        Some(name) => vec![Explained::One(design_index(record, name)?, minus)],
        None if record.organisations.len() == 1 => vec![Explained::One(0, None)],
        None => {
            let each = (0..record.organisations.len()).map(|design| Explained::One(design, None));
            std::iter::once(Explained::All(playing.clone())).chain(each).collect()
        }
    };
    check_replications(arguments, record)?;
    refuse_failed(arguments, &results)?;
    let runs = match arguments.replications {
        Replications::Averaged => Vec::new(),
        Replications::Factor => {
            let (journal, _) = Journal::read(&arguments.path).map_err(OpenError::from)?;
            read_runs(record, &record.store(&arguments.path), &journal, column)?
        }
    };
    let mut sets = Vec::new();
    let method = match &record.sampling {
        Sampling::Saltelli(table) => {
            for explained in &wanted {
                let found =
                    sobol_of(arguments, record, explained, table.base as usize, &results, &runs);
                let names = names(arguments, record, explained);
                let complete = complete_of(record, explained, &results);
                sets.push(sobol_set(label(record, explained), found, complete, &names));
            }
            "sobol"
        }
        Sampling::Morris(table) if arguments.replications == Replications::Averaged => {
            sets = morris_sets(record, table, &wanted, &results)?;
            "morris"
        }
        Sampling::Morris(_) => {
            let help = "leave --replications out".to_string();
            let message = "a Morris design cannot include the replication as a factor".to_string();
            return Err(load::refuse("replications", message, help).into());
        }
        _ => {
            let message =
                "indices need a Saltelli or a Morris design; this sweep has another sampling"
                    .to_string();
            let help = "sweep with [sampling.saltelli] or [sampling.morris]; consortia discover \
                takes any sampling"
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
            "{}: {}, {}{}",
            record.title,
            record.extent(),
            if arguments.replications == Replications::Factor {
                "the replication as a factor"
            } else {
                "replications averaged"
            },
            match record.organisations.len() - playing.len() {
                0 => String::new(),
                more => format!(
                    ". {more} designs have no value of this measure anywhere and are left out"
                ),
            }
        ),
    })
}

/// Fails if the replication is to be a factor but points have not faced the same draws.
fn check_replications(arguments: &Request, record: &SweepRecord) -> Result<(), VerbError> {
    if record.stop.is_some() && arguments.replications == Replications::Factor {
        let message =
            "points of this sweep stop by precision: they have not met the same draws".to_string();
        let help = "average replications, or sweep without [stop]".to_string();
        return Err(load::refuse("replications", message, help).into());
    }
    Ok(())
}

/// Label of a set of indices.
fn label(record: &SweepRecord, explained: &Explained) -> String {
    match explained {
        Explained::All(_) => "all designs".to_string(),
        Explained::One(a, Some(b)) => {
            format!("{} - {}", record.organisations[*a], record.organisations[*b])
        }
        Explained::One(a, None) => record.organisations[*a].clone(),
    }
}

/// Elementary effects of every design, or of a difference.
fn morris_sets(
    record: &SweepRecord,
    table: &MorrisTable,
    wanted: &[Explained],
    results: &Results,
) -> Result<Vec<IndexSet>, VerbError> {
    let mut sets = Vec::new();
    let groups: Vec<usize> = record.parameters.iter().map(|parameter| parameter.group).collect();
    let points =
        sampling::morris(table.trajectories as usize, table.levels as usize, &groups, table.seed)
            .map_err(|error| VerbError::Fault(error.to_string()))?;
    let step = morris_step(table.levels as usize);
    for explained in wanted.iter().filter(|explained| matches!(explained, Explained::One(..))) {
        let values: Vec<f64> =
            (0..record.points).map(|point| one(results, explained, point)).collect();
        sets.push(morris_set(
            label(record, explained),
            &points,
            &values,
            &groups,
            step,
            &group_names(record),
        ));
    }
    Ok(sets)
}

fn refuse_failed(arguments: &Request, results: &Results) -> Result<(), VerbError> {
    let failed = results.cells.iter().filter(|cell| cell.failed > 0).count();
    if arguments.failed == Failed::Refuse && failed > 0 {
        let message =
            format!("something failed at {failed} of {} points and designs", results.cells.len());
        let help = "see failures.csv, or leave them out with --failed leave-out".to_string();
        return Err(load::refuse("failed", message, help).into());
    }
    Ok(())
}

/// Result at a point; NaN if any of its replications failed.
fn one(results: &Results, explained: &Explained, point: usize) -> f64 {
    let at = |design: usize| results.at(point, design).value();
    match explained {
        Explained::One(a, Some(b)) => at(*a) - at(*b),
        Explained::One(a, None) => at(*a),
        Explained::All(_) => f64::NAN,
    }
}

fn sobol_of(
    arguments: &Request,
    record: &SweepRecord,
    explained: &Explained,
    base: usize,
    results: &Results,
    runs: &[f64],
) -> Option<SobolIndices> {
    let (parameters, designs) = (record.parameters.len(), record.organisations.len());
    let (resamples, seed) = (arguments.resamples as usize, arguments.seed);
    let replications = record.replications as usize;
    let run = |point: usize, replication: usize, design: usize| {
        runs[(point * replications + replication) * designs + design]
    };
    match (explained, arguments.replications) {
        (Explained::One(..), Replications::Averaged) => {
            let values: Vec<f64> =
                (0..record.points).map(|point| one(results, explained, point)).collect();
            sobol(&values, parameters, resamples, seed)
        }
        (Explained::All(playing), Replications::Averaged) => {
            let value = |point: usize, at: &[usize]| {
                one(results, &Explained::One(playing[at[0]], None), point)
            };
            Crossed { parameters, base, levels: &[playing.len()], value: &value }
                .sobol(resamples, seed)
        }
        (Explained::One(a, b), Replications::Factor) => {
            let value = |point: usize, at: &[usize]| {
                run(point, at[0], *a) - b.map_or(0.0, |b| run(point, at[0], b))
            };
            Crossed { parameters, base, levels: &[replications], value: &value }
                .sobol(resamples, seed)
        }
        (Explained::All(playing), Replications::Factor) => {
            let value = |point: usize, at: &[usize]| run(point, at[1], playing[at[0]]);
            Crossed { parameters, base, levels: &[playing.len(), replications], value: &value }
                .sobol(resamples, seed)
        }
    }
}

/// Names and titles of the parameters and of the crossed factors.
fn names(
    arguments: &Request,
    record: &SweepRecord,
    explained: &Explained,
) -> Vec<(String, String)> {
    let own = |parameter: &ParameterRecord| (parameter.name.clone(), parameter.title.clone());
    let mut names: Vec<(String, String)> = record.parameters.iter().map(own).collect();
    if matches!(explained, Explained::All(_)) {
        names.push(("organisation".into(), "the design of the organisation".into()));
    }
    if arguments.replications == Replications::Factor {
        names.push(("replication".into(), "the draws of a replication".into()));
    }
    names
}

/// Names and titles of Morris groups; a group of one parameter has its title.
fn group_names(record: &SweepRecord) -> Vec<(String, String)> {
    let groups = record.groups.iter().enumerate();
    groups
        .map(|(group, name)| {
            let own: Vec<&ParameterRecord> =
                record.parameters.iter().filter(|parameter| parameter.group == group).collect();
            let title = if let [one] = own[..] {
                one.title.clone()
            } else {
                format!("{name} (group of {})", own.len())
            };
            (name.clone(), title)
        })
        .collect()
}

/// Number of base rows without failures in any design explained, and number of all base rows.
fn complete_of(record: &SweepRecord, explained: &Explained, results: &Results) -> (usize, usize) {
    let of = |explained: &Explained| -> Vec<f64> {
        (0..record.points).map(|point| one(results, explained, point)).collect()
    };
    let values = match explained {
        Explained::One(..) => of(explained),
        Explained::All(playing) => {
            let mut sums = vec![0.0; record.points];
            for &design in playing {
                sums.iter_mut()
                    .zip(of(&Explained::One(design, None)))
                    .for_each(|(sum, x)| *sum += x);
            }
            sums
        }
    };
    complete_rows(&values, record.parameters.len())
}

fn sobol_set(
    label: String,
    found: Option<SobolIndices>,
    (complete, all): (usize, usize),
    names: &[(String, String)],
) -> IndexSet {
    // A result that does not vary, or has no complete base row, has no indices.
    let rows =
        found.as_ref().map_or((complete, all - complete), |found| (found.rows, found.left_out));
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
    let index = |((name, title), effect): (
        &(String, String),
        &crate::analysis::sensitivity::ElementaryEffect,
    )| Index {
        name: name.clone(),
        title: title.clone(),
        first: effect.mean,
        first_ci: f64::NAN,
        total: effect.size,
        total_ci: effect.size_half,
        spread: effect.spread,
    };
    IndexSet {
        label,
        indices: names.iter().zip(&found).map(index).collect(),
        rows: (used, all - used),
    }
}
