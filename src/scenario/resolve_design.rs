//! From an organisation file to a design for one scenario.

use super::design::{Design, Founding, Table, VotingRule};
use super::diagnostics::suggest;
use super::judge::{Judge, is_id};
use super::organisation_raw::{
    BargainingSolution, DecisionRule, Fine, LegalForce, Linkage, OrganisationFile, SidePayments,
};
use super::resolve::domains_named;
use super::types::Scenario;
use crate::ids::Members;

/// Resolves a design. The result can be used only if no mistake was added.
pub(super) fn resolve(file: &OrganisationFile, scenario: &Scenario, judge: &mut Judge<'_>) -> Design {
    if !is_id(&file.organisation.name) {
        judge.mistake(
            "organisation.name",
            format!("`{}` cannot name an organisation", file.organisation.name),
            "used in tables",
            "use letters, digits, `-` and `_`".into(),
        );
    }
    let members = resolve_members(file, scenario, judge);
    let rule = resolve_rule(file, scenario, members, judge);
    let tables = resolve_tables(file, scenario, judge);
    if !tables.is_empty() && members.len() < 2 {
        judge.mistake(
            "members",
            "an organisation with an agenda needs at least two members".into(),
            "too few",
            "name two states or more, or leave `members` out for all".into(),
        );
    }
    check_fine(file.sanctions.fine, judge);
    let ratification = &file.ratification;
    if ratification.frameworks
        && file.legal_force == LegalForce::Binding
        && ratification.minimum as usize > members.len().max(1)
    {
        judge.mistake(
            "ratification.minimum",
            format!("{} ratifications cannot be reached by {} members", ratification.minimum, members.len()),
            "never in force",
            format!("at most {}", members.len()),
        );
    }
    if file.monitoring.false_alarm > file.monitoring.detection {
        judge.mistake(
            "monitoring.false_alarm",
            "performance would be reported more often than a breach".into(),
            "above detection",
            "false_alarm must not exceed detection".into(),
        );
    }
    let suspension = file.sanctions.suspension.as_ref();
    Design {
        name: file.organisation.name.clone(),
        title: file.organisation.title.clone(),
        binding: file.legal_force == LegalForce::Binding,
        members,
        mode: file.decision.mode,
        rule,
        proposer: file.proposer,
        tables,
        in_kind: file.side_payments != SidePayments::None,
        money: file.side_payments == SidePayments::Money,
        nash_share: match file.bargaining.solution {
            BargainingSolution::Nash => 1.0,
            BargainingSolution::NashFrugal => 0.5,
            BargainingSolution::None => 0.0,
        },
        anticipate_compliance: file.bargaining.anticipate_compliance,
        detection: file.monitoring.detection,
        false_alarm: file.monitoring.false_alarm,
        fine: file.sanctions.fine,
        collapse_chance: suspension.map_or(0.0, |suspension| suspension.chance),
        sleep_years: suspension.map_or(0.0, |suspension| suspension.years.0),
        audience_multiplier: file.sanctions.audience_multiplier,
        ratify_frameworks: ratification.frameworks,
        ratification_hazard: ratification.hazard,
        ratification_minimum: ratification.minimum as usize,
        founding: resolve_founding(file, scenario, judge),
        exit: file.membership.exit,
        secretariat: file.cost.secretariat,
        delegation_overhead: file.delegation.overhead,
    }
}

fn ids(scenario: &Scenario) -> impl Iterator<Item = &str> {
    scenario.states.iter().map(|state| state.id.as_str())
}

fn resolve_members(file: &OrganisationFile, scenario: &Scenario, judge: &mut Judge<'_>) -> Members {
    let Some(names) = &file.members else {
        return scenario.everyone();
    };
    let mut members = Members::NONE;
    for (index, name) in names.iter().enumerate() {
        let path = format!("members.{index}");
        match scenario.state_index(name) {
            Some(state) if members.contains(state) => {
                judge.mistake(&path, format!("{name} is named twice"), "the second time", "remove it".into());
            }
            Some(state) => members = members.with(state),
            None => {
                judge.mistake(
                    &path,
                    format!("there is no state `{name}` in the scenario `{}`", scenario.name),
                    "unknown state",
                    suggest(name, ids(scenario)),
                );
            }
        }
    }
    members
}

fn resolve_rule(file: &OrganisationFile, scenario: &Scenario, members: Members, judge: &mut Judge<'_>) -> VotingRule {
    let equal = || (0..scenario.states.len()).map(|state| f64::from(u8::from(members.contains(state)))).collect();
    match &file.decision.rule {
        DecisionRule::Unanimity => VotingRule { weights: equal(), required: 1.0 },
        DecisionRule::Majority(majority) => VotingRule { weights: equal(), required: majority.threshold },
        DecisionRule::Weighted(weighted) => {
            let mut weights = vec![0.0; scenario.states.len()];
            for (name, &weight) in &weighted.weights {
                let path = format!("decision.rule.weighted.weights.{name}");
                match scenario.state_index(name) {
                    Some(state) if members.contains(state) => weights[state] = weight,
                    Some(_) => judge.wrong_key(
                        &path,
                        format!("{name} has votes, but is no member"),
                        "not a member",
                        "remove its weight, or add it to `members`".into(),
                    ),
                    None => judge.wrong_key(
                        &path,
                        format!("there is no state `{name}`"),
                        "unknown state",
                        suggest(name, ids(scenario)),
                    ),
                }
                if weight.is_nan() || weight < 0.0 {
                    judge.mistake(
                        &path,
                        format!("a weight cannot be {weight}"),
                        "negative",
                        "weights are 0 or more".into(),
                    );
                }
            }
            let missing: Vec<&str> = members
                .iter()
                .map(|state| scenario.states[state].id.as_str())
                .filter(|id| !weighted.weights.contains_key(*id))
                .collect();
            if !missing.is_empty() {
                judge.mistake(
                    "decision.rule.weighted.weights",
                    format!("no weight is given for {}", missing.join(", ")),
                    "incomplete",
                    "give every member a weight; 0 for no vote".into(),
                );
            } else if weights.iter().sum::<f64>() <= 0.0 {
                judge.mistake(
                    "decision.rule.weighted.weights",
                    "nobody has a vote".into(),
                    "all zero",
                    "give some member a positive weight".into(),
                );
            }
            VotingRule { weights, required: weighted.threshold }
        }
    }
}

/// Delegated domains stand alone; the rest stands alone or on one table.
fn resolve_tables(file: &OrganisationFile, scenario: &Scenario, judge: &mut Judge<'_>) -> Vec<Table> {
    let mut named = |names: &[String], key: &str| {
        let mut domains: Vec<usize> = Vec::new();
        for (index, name) in names.iter().enumerate() {
            match domains_named(scenario, name) {
                Ok(found) => {
                    domains.extend(found.into_iter().filter(|domain| !domains.contains(domain)).collect::<Vec<_>>())
                }
                Err(help) => judge.mistake(
                    &format!("{key}.{index}"),
                    format!("`{name}` is not a domain"),
                    "unknown domain",
                    help,
                ),
            }
        }
        domains.sort_unstable();
        domains
    };
    let agenda = named(&file.agenda, "agenda");
    let delegated = named(&file.delegation.domains, "delegation.domains");
    if let Some(stray) = delegated.iter().find(|domain| !agenda.contains(domain)) {
        let name = scenario.domains[*stray].name.clone();
        judge.mistake(
            "delegation.domains",
            format!("`{name}` is delegated, but not on the agenda"),
            "not on the agenda",
            "add it to `agenda`".into(),
        );
    }
    if !delegated.is_empty() && file.legal_force == LegalForce::Recommendatory {
        judge.mistake(
            "delegation.domains",
            "a commission whose decisions only recommend cannot be given domains to decide alone".into(),
            "delegated without legal force",
            "set legal_force = \"binding\", or delegate nothing".into(),
        );
    }
    let rest: Vec<usize> = agenda.iter().copied().filter(|domain| !delegated.contains(domain)).collect();
    let mut tables: Vec<Table> =
        delegated.iter().map(|&domain| Table { luck: domain, domains: vec![domain], delegated: true }).collect();
    match file.linkage {
        Linkage::Package if !rest.is_empty() => {
            tables.push(Table { luck: scenario.domains.len(), domains: rest, delegated: false });
        }
        _ => tables.extend(rest.iter().map(|&domain| Table { luck: domain, domains: vec![domain], delegated: false })),
    }
    tables
}

fn check_fine(fine: Fine, judge: &mut Judge<'_>) {
    let (path, value) = match fine {
        Fine::None => return,
        Fine::Multiple(value) => ("sanctions.fine.multiple", value),
        Fine::Absolute(value) => ("sanctions.fine.absolute", value),
    };
    if value.is_nan() || !(0.0..=1e9).contains(&value) {
        judge.mistake(path, format!("a fine cannot be {value}"), "out of range", "it must be 0 or more".into());
    }
}

fn resolve_founding(file: &OrganisationFile, scenario: &Scenario, judge: &mut Judge<'_>) -> Option<Founding> {
    let table = file.ratification.founding.as_ref()?;
    let mut hazard = vec![table.hazard; scenario.states.len()];
    for (name, &value) in &table.hazard_by_state {
        let path = format!("ratification.founding.hazard_by_state.{name}");
        match scenario.state_index(name) {
            Some(state) => hazard[state] = value,
            None => judge.wrong_key(
                &path,
                format!("there is no state `{name}`"),
                "unknown state",
                suggest(name, ids(scenario)),
            ),
        }
        if !(0.0..=1.0).contains(&value) {
            judge.mistake(
                &path,
                format!("a hazard cannot be {value}"),
                "out of range",
                "it must be between 0 and 1 per year".into(),
            );
        }
    }
    Some(Founding { hazard, provisional: table.provisional })
}
