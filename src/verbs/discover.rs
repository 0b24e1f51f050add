//! Scenario discovery: boxes in the parameter space that contain most cases of interest (ODD §11).

use super::VerbError;
use super::study::{
    analysis_folder, design_index, finish_page, finished, keep_table_analysis, kept, refuse_given,
};
use crate::analysis::prim::{Input, Patience, Prim, Step, choose};
use crate::output::columns::{self, Values};
use crate::output::hash_of;
use crate::output::sweep::{
    Axis, Discovery, FoundBox, SweepRecord, read_points, read_results, write_analysis_manifest,
    write_discovery,
};
use crate::report::{headline, plots};
use crate::scenario::load;
use crate::scenario::sweep::raw::Sampling;
use clap::Args;
use std::path::PathBuf;
use std::time::Instant;

/// Options of the verb `discover`.
#[derive(Debug, Args)]
pub struct Request {
    /// Folder of a finished sweep, or a CSV table with one column per parameter and one of results.
    pub path: PathBuf,
    /// Measure: gain for the region, gain.KGZ for a state (default: the first that the sweep
    /// keeps); for a table, the column of results.
    #[arg(long, value_name = "MEASURE")]
    pub measure: Option<String>,
    /// Take cases in which the measure is above X as cases of interest.
    #[arg(long, value_name = "X", allow_negative_numbers = true)]
    pub above: Option<f64>,
    /// Take cases in which the measure is below X as cases of interest.
    #[arg(long, value_name = "X", allow_negative_numbers = true, conflicts_with = "above")]
    pub below: Option<f64>,
    /// Analyse only this design (default: all, with the design as a parameter).
    #[arg(long, value_name = "NAME")]
    pub organisation: Option<String>,
    /// Analyse the difference: the design of --organisation less this one.
    #[arg(long, value_name = "NAME", requires = "organisation")]
    pub minus: Option<String>,
    /// Density that a box on the trajectory must reach; a tenth of it may be given up for fewer
    /// restrictions.
    #[arg(long, value_name = "SHARE", default_value_t = 0.8, value_parser = share)]
    pub density: f64,
    /// Largest number of boxes; each is found among the cases outside the earlier ones.
    #[arg(long, value_name = "N", default_value_t = 3,
        value_parser = clap::value_parser!(u64).range(1..=20))]
    pub boxes: u64,
    /// Share of the cases removed by a peel.
    #[arg(long, value_name = "SHARE", default_value_t = 0.05, value_parser = share)]
    pub peel: f64,
    /// Share of the cases outside that a paste adds.
    #[arg(long, value_name = "SHARE", default_value_t = 0.05, value_parser = share)]
    pub paste: f64,
    /// Smallest share of all cases that a box may contain.
    #[arg(long, value_name = "SHARE", default_value_t = 0.05, value_parser = share)]
    pub mass: f64,
    /// Quasi-p-value above which a restriction is dropped if the box stays dense enough; 1 keeps
    /// all.
    #[arg(long, value_name = "P", default_value_t = 0.05, value_parser = probability)]
    pub level: f64,
    /// Parameters of a table, separated by commas (default: all other columns).
    #[arg(long, value_name = "A,B,…", value_delimiter = ',')]
    pub parameters: Vec<String>,
    /// Folder for tables and figures (default: a folder inside the sweep's; for a table, none).
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// The command line, for the manifest.
    #[arg(skip)]
    pub command: Vec<String>,
}

impl Request {
    /// Options other than the cases that change the result, for the hash of the inputs.
    fn requested(&self) -> String {
        let Request { measure, density, boxes, peel, paste, mass, level, parameters, .. } = self;
        format!("{measure:?} {density} {boxes} {peel} {paste} {mass} {level} {parameters:?}")
    }
}

fn share(text: &str) -> Result<f64, String> {
    text.parse()
        .ok()
        .filter(|x| *x > 0.0 && *x < 1.0)
        .ok_or_else(|| "give a share above 0 and below 1".into())
}

fn probability(text: &str) -> Result<f64, String> {
    text.parse()
        .ok()
        .filter(|x| (0.0..=1.0).contains(x))
        .ok_or_else(|| "give a probability from 0 to 1".into())
}

/// Finds the boxes and returns them with their folder, if one was written. Fails if no threshold is
/// given, the sweep is not finished, or the threshold selects no case, every case or too many.
pub fn discovery(arguments: &Request) -> Result<(Discovery, Option<PathBuf>), VerbError> {
    let started = Instant::now();
    let (threshold, above) = match (arguments.above, arguments.below) {
        (Some(x), _) => (x, true),
        (None, Some(x)) => (x, false),
        (None, None) => {
            let help = "say --above X or --below X".to_string();
            return Err(load::refuse("interest", "no threshold is given".into(), help).into());
        }
    };
    if !threshold.is_finite() {
        return Err(load::refuse(
            "interest",
            format!("{threshold} is no threshold"),
            "give a finite number".into(),
        )
        .into());
    }
    let is_hit = |x: f64| if above { x > threshold } else { x < threshold };
    let word = if above { "above" } else { "below" };
    if !arguments.path.is_dir() {
        let cases = of_table(arguments)?;
        let found = discover(arguments, cases, &is_hit, &format!("is {word} {threshold}"))?;
        let requested = format!("{word} {threshold} {}", arguments.requested());
        let headline = headline::discovery(&found);
        keep_table_analysis(
            &arguments.path,
            arguments.out.as_ref(),
            &requested,
            ("discover", headline),
            |folder| {
                write_discovery(folder, &found)?;
                plots::write_discovery(&found, folder)
            },
        )?;
        return Ok((found, arguments.out.clone()));
    }
    let record = finished(&arguments.path)?;
    let column = kept(&record, arguments.measure.as_deref())?;
    let cases = of_sweep(arguments, &record, column)?;
    let measure = &record.measures[column];
    let found =
        discover(arguments, cases, &is_hit, &format!("is {word} {threshold} {}", measure.unit))?;
    let own = arguments.organisation.as_ref().map_or(String::new(), |name| format!("-{name}"));
    let minus = arguments.minus.as_ref().map_or(String::new(), |name| format!("-minus-{name}"));
    let name = format!("{}{own}{minus}-{word}-{threshold}", measure.column);
    let hash = hash_of([record.inputs_hash.as_str(), &name, &arguments.requested()]);
    let folder =
        analysis_folder(arguments.out.as_ref(), &arguments.path, ("discovery", &name), &hash)?;
    write_discovery(&folder, &found)?;
    plots::write_discovery(&found, &folder)?;
    write_analysis_manifest(&folder, &record, &hash, started, &arguments.command)?;
    finish_page(&folder, &arguments.path, "discover", headline::discovery(&found))?;
    let path = folder.finish()?;
    Ok((found, Some(path)))
}

/// Cases with their results, before the threshold is applied.
struct Cases {
    what: String,
    caption: String,
    axes: Vec<Axis>,
    /// Values by parameter, then case.
    values: Vec<Vec<f64>>,
    results: Vec<f64>,
}

fn of_sweep(arguments: &Request, record: &SweepRecord, column: usize) -> Result<Cases, VerbError> {
    refuse_given(
        &[(!arguments.parameters.is_empty(), "--parameters")],
        "all parameters of a sweep are searched",
    )?;
    let results = read_results(&arguments.path, record, column)?;
    let points = read_points(&arguments.path, record)?;
    let own =
        arguments.organisation.as_deref().map(|name| design_index(record, name)).transpose()?;
    let minus = arguments.minus.as_deref().map(|name| design_index(record, name)).transpose()?;
    let mut axes: Vec<Axis> = record
        .parameters
        .iter()
        .map(|parameter| Axis {
            name: parameter.name.clone(),
            title: parameter.title.clone(),
            unit: parameter.unit.clone(),
            categories: parameter.categories.clone(),
        })
        .collect();
    let designs = match own {
        None if record.organisations.len() > 1 => {
            axes.push(Axis {
                name: "organisation".into(),
                title: "the organisation".into(),
                unit: String::new(),
                categories: record.organisations.clone(),
            });
            (0..record.organisations.len()).collect()
        }
        own => vec![own.unwrap_or(0)],
    };
    let mut values = vec![Vec::new(); axes.len()];
    let mut found = Vec::new();
    for (at, point) in points.iter().enumerate() {
        for &design in &designs {
            point.iter().zip(&mut values).for_each(|(x, column)| column.push(*x));
            if designs.len() > 1 {
                values[record.parameters.len()].push(design as f64);
            }
            let cell = |design: usize| results.at(at, design).value();
            found.push(cell(design) - minus.map_or(0.0, cell));
        }
    }
    let measure = &record.measures[column].column;
    let what = match (own, minus) {
        (Some(a), Some(b)) => {
            format!(
                "{measure} of {} less that of {}",
                record.organisations[a], record.organisations[b]
            )
        }
        (Some(a), None) => format!("{measure} of {}", record.organisations[a]),
        (None, _) => measure.clone(),
    };
    let repeated = match record.sampling {
        Sampling::Saltelli(_) | Sampling::Morris(_) => {
            ". The design repeats values of parameters, so quasi-p-values are too small: a Latin \
             hypercube or a Sobol' sample suits better"
        }
        _ => "",
    };
    let caption = format!("{}: {}, their means{repeated}", record.title, record.extent());
    Ok(Cases { what, caption, axes, values, results: found })
}

fn of_table(arguments: &Request) -> Result<Cases, VerbError> {
    refuse_given(
        &[(arguments.organisation.is_some(), "--organisation")],
        "a table has no designs",
    )?;
    let path = &arguments.path;
    let refuse = |message: String, help: String| -> VerbError {
        load::refuse("table", message, help).into()
    };
    let known = columns::headings(path).map_err(|error| {
        refuse(error.to_string(), "name the folder of a sweep, or a CSV table".into())
    })?;
    let Some(measure) = arguments.measure.clone() else {
        return Err(refuse(
            "a table needs the column of results".into(),
            format!("say --measure: {}", known.join(", ")),
        ));
    };
    let parameters: Vec<String> = match arguments.parameters.is_empty() {
        true => known.iter().filter(|name| **name != measure).cloned().collect(),
        false => arguments.parameters.clone(),
    };
    if parameters.is_empty() {
        return Err(refuse(
            format!("{} has no column of a parameter", path.display()),
            "see --parameters".into(),
        ));
    }
    let wanted: Vec<String> = parameters.iter().chain(std::iter::once(&measure)).cloned().collect();
    let mut read = columns::read(path, &wanted)
        .map_err(|error| refuse(error.to_string(), "see --measure and --parameters".into()))?;
    let Some(Values::Numbers(results)) = read.pop() else {
        return Err(refuse(
            format!("the column `{measure}` holds words"),
            "name a column of numbers".into(),
        ));
    };
    let mut axes = Vec::new();
    let mut values = Vec::new();
    for (name, column) in parameters.iter().zip(read) {
        let (categories, column) = match column {
            Values::Numbers(column) => (Vec::new(), column),
            Values::Words(words, of) => (words, of.into_iter().map(|at| at as f64).collect()),
        };
        axes.push(Axis {
            name: name.clone(),
            title: name.clone(),
            unit: String::new(),
            categories,
        });
        values.push(column);
    }
    let caption =
        format!("{}: {} rows of {} parameters", path.display(), results.len(), parameters.len());
    Ok(Cases { what: measure, caption, axes, values, results })
}

fn discover(
    arguments: &Request,
    cases: Cases,
    is_hit: &dyn Fn(f64) -> bool,
    interest: &str,
) -> Result<Discovery, VerbError> {
    let Cases { what, caption, axes, mut values, results } = cases;
    let whole: Vec<usize> = (0..results.len())
        .filter(|&case| {
            results[case].is_finite() && values.iter().all(|column| column[case].is_finite())
        })
        .collect();
    for column in &mut values {
        *column = whole.iter().map(|&case| column[case]).collect();
    }
    let hits: Vec<bool> = whole.iter().map(|&case| is_hit(results[case])).collect();
    check_interest(arguments, &hits, (&what, interest), whole.iter().map(|&case| results[case]))?;
    let inputs = axes
        .iter()
        .zip(&values)
        .map(|(axis, column)| match axis.categories.len() {
            0 => Input::Numbers(column.clone()),
            count => Input::Categories(column.iter().map(|x| *x as usize).collect(), count),
        })
        .collect();
    let patience =
        Patience { peel: arguments.peel, paste: arguments.paste, least_mass: arguments.mass };
    let prim = Prim::new(inputs, hits.clone(), patience);
    let boxes = find_boxes(arguments, &prim, &hits);
    Ok(Discovery {
        interest: format!("{what} {interest}"),
        caption,
        axes,
        left_out: results.len() - whole.len(),
        values,
        hits,
        whole: prim.whole().to_vec(),
        boxes,
    })
}

/// Fails if no case or every case is of interest, or if so many are that the box of all cases is
/// dense enough.
fn check_interest(
    arguments: &Request,
    hits: &[bool],
    (what, interest): (&str, &str),
    all: impl Iterator<Item = f64>,
) -> Result<(), VerbError> {
    let count = hits.iter().filter(|hit| **hit).count();
    if count == 0 || count == hits.len() {
        let (low, high) =
            all.fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), x: f64| (a.min(x), b.max(x)));
        let how = if count == 0 { "no case" } else { "every case" };
        let help = format!("it lies between {low} and {high}: take a threshold in between");
        return Err(load::refuse(
            "interest",
            format!("{how} is of interest: {what} {interest}"),
            help,
        )
        .into());
    }
    let base = count as f64 / hits.len() as f64;
    if base >= arguments.density {
        let message = format!(
            "{:.0} % of all cases are of interest already: the box of all is dense enough",
            100.0 * base
        );
        let help = format!("raise --density above {base:.3}, or take another threshold");
        return Err(load::refuse("interest", message, help).into());
    }
    Ok(())
}

/// Finds boxes in turn, each among the cases outside the earlier ones.
fn find_boxes(arguments: &Request, prim: &Prim, hits: &[bool]) -> Vec<FoundBox> {
    let mut among: Vec<usize> = (0..hits.len()).collect();
    let mut boxes: Vec<FoundBox> = Vec::new();
    for _ in 0..arguments.boxes {
        if !among.iter().any(|case| hits[*case]) {
            break;
        }
        let trajectory = prim.trajectory(&among);
        let chosen = choose(&trajectory, arguments.density);
        // A simpler box may lose a tenth of the density.
        let floor = 0.9 * arguments.density.min(trajectory[chosen].density);
        let step: Step = prim.simplified(&trajectory[chosen], &among, arguments.level, floor);
        // The first box is always shown; further ones must reach the requested density.
        let restricts = step.dimensions() > 0;
        if !boxes.is_empty() && (trajectory[chosen].density < arguments.density || !restricts) {
            break;
        }
        let inside = prim.inside(&step.sides, &among);
        let quasi_p = prim.quasi_p(&step, &among);
        let left =
            among.iter().copied().filter(|case| inside.binary_search(case).is_err()).collect();
        boxes.push(FoundBox {
            trajectory,
            chosen,
            step,
            quasi_p,
            among: std::mem::replace(&mut among, left),
        });
        if !restricts {
            break;
        }
    }
    boxes
}
