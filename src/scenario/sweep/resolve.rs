//! Resolves a sweep file into the validated sweep: finds the targets of its paths and checks that
//! every value is valid there.

use super::raw::{ParameterTable, SweepFile};
use super::targets::{Base, find_targets};
use super::{Change, Kept, Law, Parameter, Stop, Sweep, list, raw};
use crate::scenario::designs;
use crate::scenario::diagnostics::{Diagnostics, suggest};
use crate::scenario::load::{self, Override};
use crate::scenario::resolve::validator::{Validator, is_id};

/// Resolves a sweep. The result is valid only if no mistake was added.
pub(super) fn resolve(
    file: &SweepFile,
    base: &Base<'_>,
    validator: &mut Validator<'_>,
    listed: &mut Diagnostics,
) -> Sweep {
    let header = &file.sweep;
    check_name(file, validator);
    let mut groups: Vec<String> = Vec::new();
    let mut parameters: Vec<Parameter> = Vec::new();
    for (name, table) in &file.parameters {
        check_parameter_name(name, table, file, validator);
        let group = table.group.clone().unwrap_or_else(|| name.clone());
        let group = groups.iter().position(|known| *known == group).unwrap_or_else(|| {
            groups.push(group);
            groups.len() - 1
        });
        if let Some(mut parameter) = resolve_parameter(name, table, base, validator) {
            parameter.group = group;
            try_extremes(&parameter, base, validator);
            parameters.push(parameter);
        }
    }
    twice(&parameters, base, validator);
    let kept = resolve_kept(&file.output.measures, base, validator);
    let stop = resolve_stop(file, &kept, validator);
    let points = match &file.sampling {
        raw::Sampling::List(table) if !list::is_inside(&table.file) => {
            let message = format!("the list `{}` lies outside the sweep's folder", table.file);
            let help = "copy it into the folder, so that the sweep stands alone".to_string();
            validator.mistake("sampling.list.file", message, "outside", help);
            Vec::new()
        }
        raw::Sampling::List(table) if parameters.len() == file.parameters.len() => {
            list::points(base.folder, &table.file, &parameters, listed)
        }
        _ => Vec::new(),
    };
    check_morris(file, validator);
    Sweep {
        name: header.name.clone(),
        title: header.title.clone(),
        parameters,
        groups,
        sampling: file.sampling.clone(),
        listed: points,
        replications: header.replications,
        stop,
        draws: header.draws,
        kept,
        format: file.output.format,
        shard_rows: file.output.shard_rows,
        satisfactory: file.output.satisfactory,
        optimism: file.output.optimism,
    }
}

/// Checks the name of the sweep.
fn check_name(file: &SweepFile, validator: &mut Validator<'_>) {
    let header = &file.sweep;
    if !is_id(&header.name) {
        let message = format!("`{}` cannot name a sweep", header.name);
        validator.mistake(
            "sweep.name",
            message,
            "used as a folder name",
            "use letters, digits, `-` and `_`".into(),
        );
    }
    if header.name.chars().count() > 60 {
        let message = "the name of the sweep has more than 60 letters".to_string();
        validator.mistake(
            "sweep.name",
            message,
            "used as a folder name",
            "shorten it; put details into `title`".into(),
        );
    }
}

/// Checks the names of a parameter and its group, which are columns of tables.
fn check_parameter_name(
    name: &str,
    table: &ParameterTable,
    file: &SweepFile,
    validator: &mut Validator<'_>,
) {
    let path = format!("parameters.{name}");
    if !is_id(name) || RESERVED.contains(&name) {
        let help = format!("use letters, digits, `-` and `_`; {} are taken", RESERVED.join(", "));
        validator.wrong_key(
            &path,
            format!("`{name}` cannot name a parameter"),
            "used as a column",
            help,
        );
    }
    if let Some(group) =
        table.group.as_ref().filter(|group| *group != name && file.parameters.contains_key(*group))
    {
        let message = format!("the group `{group}` has the name of a parameter");
        validator.mistake(
            &format!("{path}.group"),
            message,
            "taken",
            "choose another name for the group".into(),
        );
    }
}

/// Resolves the stopping rule. Its measure must be kept.
fn resolve_stop(file: &SweepFile, kept: &[Kept], validator: &mut Validator<'_>) -> Option<Stop> {
    file.stop.as_ref().and_then(|stop| {
        let column = kept.iter().position(|kept| kept.column == stop.measure);
        if column.is_none() {
            let message = format!("`{}` is not kept, so nothing can stop by it", stop.measure);
            let help = suggest(&stop.measure, kept.iter().map(|kept| kept.column.as_str()));
            validator.mistake("stop.measure", message, "not among output.measures", help);
        }
        if stop.at_least > file.sweep.replications {
            let message = format!(
                "every point gets {} replications, but {} is the most",
                stop.at_least, file.sweep.replications
            );
            let help = "raise sweep.replications, which is the most, or lower at_least".to_string();
            validator.mistake("stop.at_least", message, "more than the most", help);
        }
        column.map(|column| Stop { column, half_width: stop.half_width, at_least: stop.at_least })
    })
}

/// Checks that the grid of Morris's design has an even number of levels.
fn check_morris(file: &SweepFile, validator: &mut Validator<'_>) {
    if let raw::Sampling::Morris(table) = &file.sampling
        && !table.levels.is_multiple_of(2)
    {
        let message = format!("{} levels are no grid for Morris's design", table.levels);
        validator.mistake(
            "sampling.morris.levels",
            message,
            "an odd number",
            "give an even number, such as 4".into(),
        );
    }
}

/// Names of other columns in tables with one column per parameter.
const RESERVED: [&str; 3] = ["point", "replication", "organisation"];

/// Resolves the measures that are kept: `gain`, `gain.KGZ`, `gain.*`.
fn resolve_kept(requested: &[String], base: &Base<'_>, validator: &mut Validator<'_>) -> Vec<Kept> {
    let states = &base.scenario.scenario.states;
    let mut kept: Vec<Kept> = Vec::new();
    if requested.is_empty() {
        validator.mistake(
            "output.measures",
            "no measure is kept".into(),
            "empty",
            "name one, such as `gain`".into(),
        );
    }
    for (at, text) in requested.iter().enumerate() {
        let path = format!("output.measures.{at}");
        let (id, state) =
            text.split_once('.').map_or((text.as_str(), None), |(id, state)| (id, Some(state)));
        let Some((_, per_state)) = base.measures.iter().find(|(known, _)| *known == id) else {
            let help = suggest(id, base.measures.iter().map(|(known, _)| *known));
            validator.mistake(
                &path,
                format!("there is no measure `{id}` of single replications"),
                "unknown measure",
                help,
            );
            continue;
        };
        let found: Vec<Option<usize>> = match state {
            None => vec![None],
            Some("*") => (0..states.len()).map(Some).collect(),
            Some(name) => match states.iter().position(|state| state.id == name) {
                Some(state) => vec![Some(state)],
                None => {
                    let help = suggest(name, states.iter().map(|state| state.id.as_str()));
                    validator.mistake(
                        &path,
                        format!("there is no state `{name}`"),
                        "unknown state",
                        help,
                    );
                    continue;
                }
            },
        };
        if state.is_some() && !per_state {
            let help = format!("write `{id}`, for the region");
            validator.mistake(
                &path,
                format!("`{id}` does not exist by state"),
                "no states here",
                help,
            );
            continue;
        }
        for state in found {
            let column = state.map_or(id.to_string(), |state| format!("{id}.{}", states[state].id));
            if kept.iter().any(|known| known.column == column) {
                validator.mistake(
                    &path,
                    format!("`{column}` is named twice"),
                    "the second time",
                    "name it once".into(),
                );
                continue;
            }
            kept.push(Kept { measure: id.to_string(), state, column });
        }
    }
    kept
}

/// Resolves a parameter, without its group; `None` if it has a mistake.
fn resolve_parameter(
    name: &str,
    table: &ParameterTable,
    base: &Base<'_>,
    validator: &mut Validator<'_>,
) -> Option<Parameter> {
    let path = format!("parameters.{name}");
    let mistakes = validator.diagnostics.mistakes().len();
    let law = match Law::new(&table.law) {
        Ok(law) => Some(law),
        Err((message, help)) => {
            validator.mistake(&format!("{path}.law"), message, "this law", help);
            None
        }
    };
    let given: Vec<(Change, &str, &Vec<String>)> = [
        (Change::Set, "set", &table.set),
        (Change::Scale, "scale", &table.scale),
        (Change::Add, "add", &table.add),
    ]
    .into_iter()
    .filter(|(_, _, paths)| !paths.is_empty())
    .collect();
    let [(change, key, paths)] = given[..] else {
        let count = if given.is_empty() {
            "nothing".to_string()
        } else {
            "several things at once".to_string()
        };
        let help = "give exactly one of `set`, `scale` and `add`: a list of paths such as \
            [\"states.*.trust_prior_mean\"]";
        validator.wrong_key(
            &path,
            format!("`{name}` changes {count}"),
            "this parameter",
            help.into(),
        );
        return None;
    };
    let only = resolve_only(name, table, base, validator);
    if change != Change::Set && law.as_ref().is_some_and(Law::is_categorical) {
        let message = format!("`{name}` is a choice of words, which cannot {key} anything");
        validator.mistake(&format!("{path}.{key}"), message, "needs numbers", "use `set`".into());
    }
    let mut targets = Vec::new();
    for (at, text) in paths.iter().enumerate() {
        let place = format!("{path}.{key}.{at}");
        let found =
            find_targets(text, change, base, &only, !table.only.is_empty() || only.len() == 1);
        match found {
            Ok(found) => targets.extend(found),
            Err((message, help)) => validator.mistake(&place, message, "this path", help),
        }
    }
    if validator.diagnostics.mistakes().len() > mistakes {
        return None;
    }
    for (key, text, most) in [("title", &table.title, 60), ("unit", &table.unit, 20)] {
        if text.chars().count() > most {
            let message =
                format!("the {key} of `{name}` has more than {most} letters: it labels figures");
            validator.mistake(
                &format!("{path}.{key}"),
                message,
                "too long",
                "shorten it; put details into `source`".into(),
            );
        }
    }
    let title = if table.title.is_empty() { name.replace('_', " ") } else { table.title.clone() };
    Some(Parameter {
        name: name.into(),
        title,
        unit: table.unit.clone(),
        law: law?,
        change,
        targets,
        group: 0,
    })
}

/// Returns the positions of the designs to which a parameter applies.
fn resolve_only(
    name: &str,
    table: &ParameterTable,
    base: &Base<'_>,
    validator: &mut Validator<'_>,
) -> Vec<usize> {
    if table.only.is_empty() {
        return (0..base.designs.len()).collect();
    }
    let mut only = Vec::new();
    for (at, design) in table.only.iter().enumerate() {
        match base.names.iter().position(|known| known == design) {
            Some(design) => only.push(design),
            None => {
                let help = suggest(design, base.names.iter().map(String::as_str));
                let path = format!("parameters.{name}.only.{at}");
                validator.mistake(
                    &path,
                    format!("`{design}` is not a design of this sweep"),
                    "unknown design",
                    help,
                );
            }
        }
    }
    only
}

/// Reports parameters that change the same value.
fn twice(parameters: &[Parameter], base: &Base<'_>, validator: &mut Validator<'_>) {
    for (at, parameter) in parameters.iter().enumerate() {
        for other in &parameters[..at] {
            let shared = parameter.targets.iter().find(|target| {
                let within = |a: &[String], b: &[String]| a.starts_with(b) || b.starts_with(a);
                other
                    .targets
                    .iter()
                    .any(|known| known.design == target.design && within(&known.path, &target.path))
            });
            if let Some(target) = shared {
                let whose = target
                    .design
                    .map_or(String::new(), |design| format!(" of {}", base.names[design]));
                let message = format!(
                    "`{}` and `{}` both change `{}`{whose}: only the later would count",
                    other.name,
                    parameter.name,
                    target.path.join(".")
                );
                let help =
                    "leave the path out of one of them, or make them one parameter".to_string();
                validator.wrong_key(
                    &format!("parameters.{}", parameter.name),
                    message,
                    "this parameter",
                    help,
                );
            }
        }
    }
}

/// Loads the base with a parameter at the extremes of its law, all else unchanged, so that values
/// out of range are found before a run.
fn try_extremes(parameter: &Parameter, base: &Base<'_>, validator: &mut Validator<'_>) {
    for value in parameter.law.extremes() {
        let changes =
            parameter.targets.iter().filter(|target| target.design.is_none()).map(|target| {
                Override::new(format!(
                    "{}={}",
                    target.path.join("."),
                    parameter.value_at(target, value).text()
                ))
            });
        let changes: Vec<Override> = base.overrides.iter().cloned().chain(changes).collect();
        let organisations: Vec<String> = base
            .organisations
            .iter()
            .enumerate()
            .map(|(design, name)| {
                let own = parameter.targets.iter().filter(|target| target.design == Some(design));
                own.fold(name.clone(), |text, target| {
                    format!(
                        "{text}@{}={}",
                        target.path.join("."),
                        parameter.value_at(target, value).text()
                    )
                })
            })
            .collect();
        let tried = load::scenario(base.scenario_name, &changes)
            .and_then(|scenario| designs::designs(&organisations, &scenario, &changes).map(|_| ()));
        if let Err(mistakes) = tried {
            let first = mistakes.mistakes().first();
            let reason = first.map_or("it is refused", |mistake| mistake.message());
            let message =
                format!("`{}` cannot be {}: {reason}", parameter.name, parameter.text(value));
            let help = first
                .and_then(|mistake| mistake.help_text())
                .unwrap_or("narrow its law")
                .to_string();
            validator.mistake(
                &format!("parameters.{}.law", parameter.name),
                message,
                "reaches this value",
                help,
            );
            return;
        }
    }
}
