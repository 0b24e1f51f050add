//! Resolves the rules of membership: candidates, stages, prescribed entries and exits, suspension.

use crate::ids::Members;
use crate::scenario::diagnostics::suggest;
use crate::scenario::raw::organisation::{Entry, MembershipChange, OrganisationFile};
use crate::scenario::resolve::agenda;
use crate::scenario::resolve::validator::{Validator, ids};
use crate::scenario::types::Scenario;
use crate::scenario::types::design::Membership;

/// Resolves the rules of membership. Calendar years become years from the first simulated year.
pub(in crate::scenario) fn resolve_membership(
    file: &OrganisationFile,
    scenario: &Scenario,
    members: Members,
    validator: &mut Validator<'_>,
) -> Membership {
    let table = &file.membership;
    let mut entry_year = resolve_candidates(file, scenario, members, validator);
    resolve_stages(file, scenario, members, &mut entry_year, validator);
    let history = resolve_history(file, scenario, validator);
    let (associates, observers) = resolve_ladder(file, scenario, members, validator);
    check_suspension(file, validator);
    Membership {
        exit: table.exit,
        exit_notice: table.exit_notice as usize,
        suspension: table.suspension,
        rejoin: table.rejoin.as_ref().map(|rejoin| (rejoin.cool_down as usize, rejoin.hazard)),
        entry_year,
        entry_hazard: table.entry_hazard,
        history,
        associates,
        observers,
    }
}

/// Returns the associates and the observers. A state has one status.
fn resolve_ladder(
    file: &OrganisationFile,
    scenario: &Scenario,
    members: Members,
    validator: &mut Validator<'_>,
) -> (Members, Members) {
    let (mut all, mut found) = (members, [Members::NONE; 2]);
    let lists =
        [("associates", &file.membership.associates), ("observers", &file.membership.observers)];
    for ((key, names), found) in lists.into_iter().zip(&mut found) {
        for (index, name) in names.iter().enumerate() {
            let path = format!("membership.{key}.{index}");
            let Some(state) = find(file, scenario, name, &path, validator) else { continue };
            if all.contains(state) {
                validator.mistake(
                    &path,
                    format!("{name} has a status already: member, associate or observer"),
                    "a second status",
                    "name each state once".into(),
                );
            }
            (all, *found) = (all.with(state), found.with(state));
        }
    }
    (found[0], found[1])
}

/// Returns the states that take no part in each domain of the scenario.
pub(in crate::scenario) fn resolve_opt_outs(
    file: &OrganisationFile,
    scenario: &Scenario,
    members: Members,
    agenda: &[usize],
    validator: &mut Validator<'_>,
) -> Vec<Members> {
    let mut out = vec![Members::NONE; scenario.domains.len()];
    for (name, names) in &file.membership.opt_outs {
        let path = format!("membership.opt_outs.{name}");
        let associate = file.membership.associates.contains(name);
        let own = agenda::domains(names, &path, scenario, validator);
        let state = scenario.state_index(name);
        match state {
            Some(state) if !members.contains(state) && !associate && !file.may_join(name) => {
                validator.wrong_key(
                    &path,
                    format!("{name} is no member and cannot become one"),
                    "not a member",
                    "remove it, or add the state to `members`".into(),
                )
            }
            None if !file.outside_members.contains(name) => validator.wrong_key(
                &path,
                format!("there is no state `{name}`"),
                "unknown state",
                suggest(name, ids(scenario)),
            ),
            _ => {}
        }
        if let Some(stray) = own.iter().find(|domain| !agenda.contains(domain)) {
            validator.mistake(
                &path,
                format!("`{}` is not on the agenda", scenario.domains[*stray].name),
                "without effect",
                "add it to `agenda`, or leave it out here".into(),
            );
        }
        for domain in own {
            out[domain] = state.map_or(out[domain], |state| out[domain].with(state));
        }
    }
    out
}

/// Returns the position of a state that a rule of membership names. Outside members that the
/// scenario lacks are ignored; other unknown states are mistakes.
fn find(
    file: &OrganisationFile,
    scenario: &Scenario,
    name: &str,
    path: &str,
    validator: &mut Validator<'_>,
) -> Option<usize> {
    let found = scenario.state_index(name);
    if found.is_none() && !file.outside_members.iter().any(|outside| outside == name) {
        validator.mistake(
            path,
            format!("there is no state `{name}`"),
            "unknown state",
            suggest(name, ids(scenario)),
        );
    }
    found
}

/// Returns, by state, the first year in which it may join an open organisation.
fn resolve_candidates(
    file: &OrganisationFile,
    scenario: &Scenario,
    members: Members,
    validator: &mut Validator<'_>,
) -> Vec<Option<usize>> {
    let (table, states) = (&file.membership, scenario.states.len());
    let mut entry_year = vec![None; states];
    match (table.entry, &table.candidates) {
        (Entry::Open, None) => {
            let outside = |state| (!members.contains(state)).then_some(0);
            entry_year = (0..states).map(outside).collect();
        }
        (Entry::Open, Some(names)) => {
            for (index, name) in names.iter().enumerate() {
                let path = format!("membership.candidates.{index}");
                if let Some(state) = find(file, scenario, name, &path, validator) {
                    if members.contains(state) {
                        let help = "remove it here, or from `members`".to_string();
                        validator.mistake(
                            &path,
                            format!("{name} is a founding member already"),
                            "a member",
                            help,
                        );
                    }
                    entry_year[state] = Some(0);
                }
            }
        }
        (Entry::Closed | Entry::Staged, Some(_)) => validator.wrong_key(
            "membership.candidates",
            "candidates are for organisations that are open".into(),
            "without effect",
            "set membership.entry = \"open\", or give stages".into(),
        ),
        (Entry::Closed | Entry::Staged, None) => {}
    }
    entry_year
}

/// Sets, by state, the first year in which it may join a staged organisation.
fn resolve_stages(
    file: &OrganisationFile,
    scenario: &Scenario,
    members: Members,
    entry_year: &mut [Option<usize>],
    validator: &mut Validator<'_>,
) {
    let table = &file.membership;
    if table.entry != Entry::Staged && !table.stages.is_empty() {
        validator.wrong_key(
            "membership.stages",
            "stages are for organisations that are staged".into(),
            "without effect",
            "set membership.entry = \"staged\", or remove the stages".into(),
        );
    }
    if table.entry == Entry::Staged && table.stages.is_empty() {
        validator.mistake(
            "membership.entry",
            "a staged organisation needs stages".into(),
            "no state can join",
            "add membership.stages = [{ year = …, states = […] }]".into(),
        );
    }
    for (index, stage) in table.stages.iter().enumerate() {
        for (at, name) in stage.states.iter().enumerate() {
            let path = format!("membership.stages.{index}.states.{at}");
            if let Some(state) = find(file, scenario, name, &path, validator) {
                if members.contains(state) || entry_year[state].is_some() {
                    let help = "name each candidate once, and no founding member".to_string();
                    validator.mistake(
                        &path,
                        format!("{name} is a member or candidate already"),
                        "twice",
                        help,
                    );
                }
                entry_year[state] = Some((stage.year - scenario.first_year).max(0) as usize);
            }
        }
    }
}

/// Returns the prescribed entries and exits in order of years: year, state, whether it joins.
fn resolve_history(
    file: &OrganisationFile,
    scenario: &Scenario,
    validator: &mut Validator<'_>,
) -> Vec<(usize, usize, bool)> {
    let table = &file.membership;
    let mut history = Vec::new();
    for (index, entry) in table.history.iter().enumerate() {
        let path = format!("membership.history.{index}");
        if entry.year < scenario.first_year {
            validator.mistake(
                &format!("{path}.year"),
                format!("{} lies before the first year, {}", entry.year, scenario.first_year),
                "too early",
                "make the state a founding member, or not".into(),
            );
        } else if let Some(state) =
            find(file, scenario, &entry.state, &format!("{path}.state"), validator)
        {
            let year = (entry.year - scenario.first_year) as usize;
            history.push((year, state, entry.change == MembershipChange::Joins));
        }
    }
    history.sort_by_key(|(year, ..)| *year);
    history
}

/// Checks the switches that suspension of membership requires or excludes.
fn check_suspension(file: &OrganisationFile, validator: &mut Validator<'_>) {
    let table = &file.membership;
    if table.suspension && !table.exit {
        validator.wrong_key(
            "membership.suspension",
            "members that cannot leave cannot suspend their membership either".into(),
            "without effect",
            "set membership.exit = true, or leave suspension out".into(),
        );
    }
    if table.suspension && table.rejoin.is_some() {
        validator.wrong_key(
            "membership.rejoin",
            "members that suspend their membership take it up again with chance entry_hazard after \
             a year".into(),
            "without effect",
            "leave rejoin out, or set membership.suspension = false".into(),
        );
    }
}
