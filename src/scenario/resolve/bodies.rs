//! Resolves the bodies in which an organisation decides.

use crate::ids::{MAX_BODIES, Members};
use crate::scenario::diagnostics::suggest;
use crate::scenario::raw::Continuation;
use crate::scenario::raw::organisation::{Bodies, DecisionRule, LegalForce, OrganisationFile};
use crate::scenario::resolve::validator::Validator;
use crate::scenario::types::Scenario;

/// Returns the groups of states that decide, in their order. One empty group stands for all members
/// together.
pub(in crate::scenario) fn resolve(
    file: &OrganisationFile,
    scenario: &Scenario,
    founders: Members,
    validator: &mut Validator<'_>,
) -> Vec<Members> {
    let groups = match &file.bodies {
        Bodies::One => return vec![Members::NONE],
        Bodies::Network => pairs(scenario.states.len()),
        Bodies::Groups(groups) => named(groups, file, scenario, founders, validator),
    };
    let mut refuse = |path: &str, message: &str, help: &str| {
        validator.mistake(path, message.into(), "with several bodies", help.into());
    };
    if !file.delegation.domains.is_empty() {
        refuse(
            "delegation.domains",
            "several bodies have no commission that could decide alone",
            "delegate nothing, or set bodies = \"one\"",
        );
    }
    if file.bargaining.anticipate_compliance {
        refuse(
            "bargaining.anticipate_compliance",
            "compliance cannot be anticipated where several bodies decide",
            "leave it out, or set bodies = \"one\"",
        );
    }
    if scenario.behaviour.continuation == Continuation::Stationary {
        refuse(
            "bodies",
            "stationary expectations require one body of all members",
            "set behaviour.continuation = \"experience\" in the scenario, or bodies = \"one\"",
        );
    }
    let least = groups.iter().map(|group| group.len()).min().unwrap_or(2);
    if file.decision.rule == DecisionRule::ConsensusMinusOne && least < 3 && founders.len() >= 3 {
        refuse(
            "decision.rule",
            "consensus minus one needs three members: of two, one could decide alone",
            "use \"unanimity\"",
        );
    }
    // Numbers that all founders together cannot reach are refused elsewhere.
    let out_of_reach = |count: u32| (least + 1..=founders.len()).contains(&(count as usize));
    if out_of_reach(file.decision.minimum_participation) {
        let message = format!(
            "{} states cannot be bound by a body of {least}",
            file.decision.minimum_participation
        );
        refuse("decision.minimum_participation", &message, &format!("at most {least}"));
    }
    let ratification = &file.ratification;
    let ratifies = ratification.frameworks && file.legal_force == LegalForce::Binding;
    if ratifies && out_of_reach(ratification.minimum) {
        let message = format!(
            "{} ratifications cannot be reached by a body of {least}",
            ratification.minimum
        );
        refuse("ratification.minimum", &message, &format!("at most {least}"));
    }
    groups
}

/// Returns every pair of states, in the order of the scenario.
fn pairs(states: usize) -> Vec<Members> {
    (0..states).flat_map(|a| (a + 1..states).map(move |b| Members::NONE.with(a).with(b))).collect()
}

fn named(
    groups: &[Vec<String>],
    file: &OrganisationFile,
    scenario: &Scenario,
    founders: Members,
    validator: &mut Validator<'_>,
) -> Vec<Members> {
    if groups.is_empty() || groups.len() > MAX_BODIES {
        validator.mistake(
            "bodies.groups",
            format!("there can be 1 to {MAX_BODIES} bodies, not {}", groups.len()),
            "number of bodies",
            "name groups of states, or set bodies = \"one\"".into(),
        );
    }
    let mut found: Vec<Members> = Vec::new();
    for (index, group) in groups.iter().enumerate() {
        let mut members = Members::NONE;
        for (at, name) in group.iter().enumerate() {
            let path = format!("bodies.groups.{index}.{at}");
            match scenario.state_index(name) {
                Some(state) if members.contains(state) => {
                    validator.mistake(
                        &path,
                        format!("{name} is named twice"),
                        "the second time",
                        "remove it".into(),
                    );
                }
                Some(state) => {
                    if !founders.contains(state) && !file.may_join(name) {
                        let help = "add it to `members`, or take it out of the group".to_string();
                        validator.mistake(
                            &path,
                            format!("{name} is no member and cannot become one"),
                            "not a member",
                            help,
                        );
                    }
                    members = members.with(state);
                }
                None if file.outside_members.contains(name) => {}
                None => validator.mistake(
                    &path,
                    format!("there is no state `{name}` in the scenario `{}`", scenario.name),
                    "unknown state",
                    suggest(name, scenario.states.iter().map(|state| state.id.as_str())),
                ),
            }
        }
        let path = format!("bodies.groups.{index}");
        if group.len() < 2 {
            validator.mistake(
                &path,
                "a body needs two members".into(),
                "too few",
                "name two states or more".into(),
            );
        } else if members.len() >= 2 && found.contains(&members) {
            validator.mistake(
                &path,
                "these states have a body already".into(),
                "the second",
                "remove it".into(),
            );
        }
        found.push(members);
    }
    found.retain(|members| members.len() >= 2);
    found.truncate(MAX_BODIES);
    found
}
