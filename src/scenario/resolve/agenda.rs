//! Resolves the agenda of an organisation: the domains that it names, and the stages in which they
//! are opened.

use crate::scenario::raw::organisation::{AgendaStage, OrganisationFile};
use crate::scenario::resolve::scenario::domains_named;
use crate::scenario::resolve::validator::Validator;
use crate::scenario::types::Scenario;
use crate::scenario::types::design::{Stage, Success};

/// Returns the positions of the domains that a list of the file names, in the order of the
/// scenario.
pub(in crate::scenario) fn domains(
    names: &[String],
    key: &str,
    scenario: &Scenario,
    validator: &mut Validator<'_>,
) -> Vec<usize> {
    let mut domains: Vec<usize> = Vec::new();
    for (index, name) in names.iter().enumerate() {
        let path = format!("{key}.{index}");
        for domain in found(name, &path, scenario, validator) {
            if !domains.contains(&domain) {
                domains.push(domain);
            }
        }
    }
    domains.sort_unstable();
    domains
}

fn found(name: &str, path: &str, scenario: &Scenario, validator: &mut Validator<'_>) -> Vec<usize> {
    domains_named(scenario, name).unwrap_or_else(|help| {
        validator.mistake(path, format!("`{name}` is not a domain"), "unknown domain", help);
        Vec::new()
    })
}

/// Resolves the stages of the agenda. Calendar years become years from the first simulated year.
pub(in crate::scenario) fn stages(
    file: &OrganisationFile,
    agenda: &[usize],
    scenario: &Scenario,
    validator: &mut Validator<'_>,
) -> Vec<Stage> {
    let stage = |(index, stage): (usize, &AgendaStage)| {
        let path = format!("agenda_stages.{index}");
        let own = domains(&stage.domains, &format!("{path}.domains"), scenario, validator);
        if let Some(stray) = own.iter().find(|domain| !agenda.contains(domain)) {
            validator.mistake(
                &format!("{path}.domains"),
                format!(
                    "`{}` is opened in stages, but not on the agenda",
                    scenario.domains[*stray].name
                ),
                "not on the agenda",
                "add it to `agenda`".into(),
            );
        }
        if stage.year.is_none() && stage.after.is_none() && stage.depth >= 1.0 {
            validator.mistake(
                &path,
                "this stage has no condition: it opens its domains at once".into(),
                "without effect",
                "state `year`, `after` or `depth`, or remove the stage".into(),
            );
        }
        let after = stage.after.as_ref().map(|after| {
            let key = format!("{path}.after.domain");
            let needed = found(&after.domain, &key, scenario, validator);
            let mut refuse = |message: String, help: &str| {
                validator.mistake(&key, message, "never met", help.into());
            };
            if needed.iter().any(|domain| !agenda.contains(domain)) {
                refuse(
                    format!("`{}` is not on the agenda, so it cannot succeed", after.domain),
                    "add it to `agenda`, or name a domain that is there",
                );
            } else if needed.iter().any(|domain| own.contains(domain)) && is_first(file, index) {
                refuse(
                    format!("`{}` is closed until it succeeds", after.domain),
                    "name another domain, or open it in an earlier stage",
                );
            }
            Success { domains: needed, delivered: after.delivered, years: after.years }
        });
        let year = stage.year.map_or(0, |year| (year - scenario.first_year).max(0) as usize);
        Stage { domains: own, year, after, depth: stage.depth }
    };
    file.agenda_stages.iter().enumerate().map(stage).collect()
}

/// Returns whether no earlier stage names a domain of this one.
fn is_first(file: &OrganisationFile, index: usize) -> bool {
    let own = &file.agenda_stages[index].domains;
    !file.agenda_stages[..index]
        .iter()
        .any(|stage| stage.domains.iter().any(|name| own.contains(name)))
}
