//! Resolves an organisation file into a design for one scenario.

use crate::ids::Members;
use crate::scenario::diagnostics::suggest;
use crate::scenario::raw::organisation::{
    BargainingSolution, DecisionRule, LegalForce, Linkage, OrganisationFile, SidePayments,
};
use crate::scenario::resolve::agenda;
use crate::scenario::resolve::bodies;
use crate::scenario::resolve::membership::{resolve_membership, resolve_opt_outs};
use crate::scenario::resolve::organs::Organs;
use crate::scenario::resolve::sanctions;
use crate::scenario::resolve::scenario::domains_named;
use crate::scenario::resolve::validator::{Validator, ids, is_id};
use crate::scenario::types::Scenario;
use crate::scenario::types::design::{Design, Founding, Response, Sharing, Table, VotingRule};
use indexmap::IndexMap;

/// Resolves a design. The result is valid only if no mistake was added.
pub(in crate::scenario) fn resolve(
    file: &OrganisationFile,
    scenario: &Scenario,
    validator: &mut Validator<'_>,
) -> Design {
    let members = resolve_members(file, scenario, validator);
    let rule = resolve_rule(file, scenario, members, validator);
    let tables = resolve_tables(file, scenario, members, validator);
    let on_agenda: Vec<usize> =
        tables.iter().flat_map(|table| table.domains.iter().copied()).collect();
    let stages = agenda::stages(file, &on_agenda, scenario, validator);
    check_identity(file, members, !tables.is_empty(), validator);
    check_thresholds(file, members, validator);
    sanctions::check(file, scenario, validator);
    check_payments(file, validator);
    let organs = Organs::of(file, validator);
    let ratification = &file.ratification;
    let confidence = file.monitoring.confidence.as_ref();
    let (sharing, nash_share) = sharing_of(file.bargaining.solution);
    Design {
        name: file.organisation.name.clone(),
        title: file.organisation.title.clone(),
        binding: file.legal_force == LegalForce::Binding,
        members,
        mode: file.decision.mode,
        rule,
        abstention: file.decision.abstention,
        abstention_band: file.decision.abstention_band,
        opt_out: file.decision.opt_out,
        minimum_participation: file.decision.minimum_participation as usize,
        arrears_years: file.decision.arrears_years,
        proposer: file.proposer,
        tables,
        stages,
        in_kind: file.side_payments != SidePayments::None,
        money: file.side_payments == SidePayments::Money,
        sharing,
        nash_share,
        escrow: file.bargaining.escrow,
        anticipate_compliance: file.bargaining.anticipate_compliance,
        detection: (file.monitoring.detection
            + confidence.map_or(0.0, |measures| measures.detection)
            + organs.detection)
            .min(1.0),
        false_alarm: file.monitoring.false_alarm,
        transparency: file.monitoring.transparency,
        informed_counts: organs.counts,
        confidence_counts: resolve_confidence(file, &on_agenda, scenario, validator),
        opening_concession: resolve_concession(file, scenario, members, validator),
        fine: file.sanctions.fine,
        response: Response::of(&file.sanctions.response),
        materiality: file.sanctions.materiality,
        escape: file.sanctions.escape,
        court: file.court.clone(),
        audience_multiplier: file.sanctions.audience_multiplier,
        ratify_frameworks: ratification.frameworks,
        ratification_hazard: (ratification.hazard * organs.hazard_factor).min(1.0),
        ratification_ease: organs.threshold,
        ratification_minimum: ratification.minimum as usize,
        founding: resolve_founding(file, scenario, organs.hazard_factor, validator),
        membership: resolve_membership(file, scenario, members, validator),
        term: file.term.as_ref().map(|term| (term.years as usize, term.renewal)),
        merger: None,
        beside: Vec::new(),
        grant: file.donors.grant,
        capacity_aid: file.donors.capacity + (1.0 - file.donors.capacity) * organs.implementation,
        guarantee: file.donors.guarantee,
        secretariat: file.cost.secretariat + file.cost.meetings * file.cost.meeting + organs.cost,
        depth_factor: organs.depth_factor,
        reconciles: organs.reconciles,
        efficacy: organs.efficacy,
        scope: 1.0 - file.cost.overlap,
        delegation_overhead: file.delegation.overhead,
    }
}

/// Checks the name of the organisation, and that its members can decide on something.
fn check_identity(
    file: &OrganisationFile,
    members: Members,
    has_tables: bool,
    validator: &mut Validator<'_>,
) {
    if !is_id(&file.organisation.name) {
        validator.mistake(
            "organisation.name",
            format!("`{}` cannot name an organisation", file.organisation.name),
            "used in tables",
            "use letters, digits, `-` and `_`".into(),
        );
    }
    if has_tables && members.len() < 2 {
        validator.mistake(
            "members",
            "an organisation with an agenda needs at least two members".into(),
            "too few",
            "name two states or more, or leave `members` out for all".into(),
        );
    }
}

/// Returns how a solution shares the surplus, and the part of the Nash share up to which it
/// compensates.
fn sharing_of(solution: BargainingSolution) -> (Sharing, f64) {
    match solution {
        BargainingSolution::Nash => (Sharing::Nash, 1.0),
        BargainingSolution::NashFrugal => (Sharing::Nash, 0.5),
        BargainingSolution::None => (Sharing::Nash, 0.0),
        BargainingSolution::KalaiSmorodinsky => (Sharing::KalaiSmorodinsky, 1.0),
        BargainingSolution::EqualSplit => (Sharing::EqualSplit, 1.0),
        BargainingSolution::Shapley => (Sharing::Shapley, 1.0),
    }
}

/// Checks numbers of states that the members must be able to reach.
fn check_thresholds(file: &OrganisationFile, members: Members, validator: &mut Validator<'_>) {
    let ratification = &file.ratification;
    if ratification.frameworks
        && file.legal_force == LegalForce::Binding
        && ratification.minimum as usize > members.len().max(1)
    {
        validator.mistake(
            "ratification.minimum",
            format!(
                "{} ratifications cannot be reached by {} members",
                ratification.minimum,
                members.len()
            ),
            "never in force",
            format!("at most {}", members.len()),
        );
    }
    if file.decision.minimum_participation as usize > members.len().max(2) {
        validator.mistake(
            "decision.minimum_participation",
            format!(
                "{} states cannot be bound among {} members",
                file.decision.minimum_participation,
                members.len()
            ),
            "never in force",
            format!("at most {}", members.len()),
        );
    }
}

/// Checks switches that have a meaning only if money can be paid.
fn check_payments(file: &OrganisationFile, validator: &mut Validator<'_>) {
    if file.bargaining.escrow > 0.0 && file.side_payments != SidePayments::Money {
        validator.mistake(
            "bargaining.escrow",
            "escrow requires payments in money".into(),
            "escrow without money",
            "set side_payments = \"money\", or leave escrow out".into(),
        );
    }
    if file.donors.guarantee > 0.0 && file.side_payments != SidePayments::Money {
        validator.mistake(
            "donors.guarantee",
            "a guarantee requires payments in money".into(),
            "guarantee without money",
            "set side_payments = \"money\", or leave guarantee out".into(),
        );
    }
}

fn resolve_members(
    file: &OrganisationFile,
    scenario: &Scenario,
    validator: &mut Validator<'_>,
) -> Members {
    // States that join later, by history or in stages, are not founding members.
    let founders = file.outside_members.iter().filter(|name| !file.may_join(name));
    let outside = founders.filter_map(|name| scenario.state_index(name));
    let mut members: Members = outside.collect();
    let Some(names) = &file.members else {
        return scenario.everyone();
    };
    for (index, name) in names.iter().enumerate() {
        let path = format!("members.{index}");
        match scenario.state_index(name) {
            Some(state) if members.contains(state) => {
                validator.mistake(
                    &path,
                    format!("{name} is named twice"),
                    "the second time",
                    "remove it".into(),
                );
            }
            Some(state) => members = members.with(state),
            None => {
                validator.mistake(
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

fn resolve_rule(
    file: &OrganisationFile,
    scenario: &Scenario,
    members: Members,
    validator: &mut Validator<'_>,
) -> VotingRule {
    // States that join later have the same vote as the others.
    let equal = || vec![1.0; scenario.states.len()];
    match &file.decision.rule {
        DecisionRule::Unanimity => {
            VotingRule { weights: equal(), required: 1.0, member_share: 0.0, allowed_dissents: 0 }
        }
        DecisionRule::ConsensusMinusOne => {
            if members.len() < 3 && !file.agenda.is_empty() {
                validator.mistake(
                    "decision.rule",
                    "consensus minus one needs three members: of two, one could decide alone"
                        .into(),
                    "too few members",
                    "use \"unanimity\", or name more members".into(),
                );
            }
            VotingRule { weights: equal(), required: 1.0, member_share: 0.0, allowed_dissents: 1 }
        }
        DecisionRule::Majority(majority) => VotingRule {
            weights: equal(),
            required: majority.threshold,
            member_share: 0.0,
            allowed_dissents: 0,
        },
        DecisionRule::Weighted(rule) => {
            let path = "decision.rule.weighted.weights";
            let weights = resolve_weights(&rule.weights, path, file, scenario, members, validator);
            VotingRule { weights, required: rule.threshold, member_share: 0.0, allowed_dissents: 0 }
        }
        DecisionRule::DoubleMajority(rule) => {
            let path = "decision.rule.double_majority.weights";
            let weights = resolve_weights(&rule.weights, path, file, scenario, members, validator);
            VotingRule {
                weights,
                required: rule.threshold,
                member_share: rule.members_threshold,
                allowed_dissents: 0,
            }
        }
    }
}

/// Returns the votes by state. Every member must have a weight; states that cannot join must not.
fn resolve_weights(
    given: &IndexMap<String, f64>,
    at: &str,
    file: &OrganisationFile,
    scenario: &Scenario,
    members: Members,
    validator: &mut Validator<'_>,
) -> Vec<f64> {
    let mut weights = vec![0.0; scenario.states.len()];
    for (name, &weight) in given {
        let path = format!("{at}.{name}");
        match scenario.state_index(name) {
            Some(state) if members.contains(state) || file.may_join(name) => {
                weights[state] = weight
            }
            Some(_) => validator.wrong_key(
                &path,
                format!("{name} has votes, but is no member"),
                "not a member",
                "remove its weight, or add it to `members`".into(),
            ),
            None if file.outside_members.contains(name) => {}
            None => validator.wrong_key(
                &path,
                format!("there is no state `{name}`"),
                "unknown state",
                suggest(name, ids(scenario)),
            ),
        }
        if weight.is_nan() || weight < 0.0 {
            validator.mistake(
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
        .filter(|id| !given.contains_key(*id))
        .collect();
    if !missing.is_empty() {
        validator.mistake(
            at,
            format!("no weight is given for {}", missing.join(", ")),
            "incomplete",
            "give every member a weight; 0 for no vote".into(),
        );
    } else if weights.iter().sum::<f64>() <= 0.0 {
        validator.mistake(
            at,
            "nobody has a vote".into(),
            "all zero",
            "give some member a positive weight".into(),
        );
    }
    weights
}

/// Resolves the negotiating tables. A delegated domain has its own table. Each body has one table
/// per remaining domain, or one for all of them as a package.
fn resolve_tables(
    file: &OrganisationFile,
    scenario: &Scenario,
    members: Members,
    validator: &mut Validator<'_>,
) -> Vec<Table> {
    let agenda = agenda::domains(&file.agenda, "agenda", scenario, validator);
    let delegated =
        agenda::domains(&file.delegation.domains, "delegation.domains", scenario, validator);
    if let Some(stray) = delegated.iter().find(|domain| !agenda.contains(domain)) {
        let name = scenario.domains[*stray].name.clone();
        validator.mistake(
            "delegation.domains",
            format!("`{name}` is delegated, but not on the agenda"),
            "not on the agenda",
            "add it to `agenda`".into(),
        );
    }
    if !delegated.is_empty() && file.legal_force == LegalForce::Recommendatory {
        validator.mistake(
            "delegation.domains",
            "domains cannot be delegated to a commission whose decisions do not bind".into(),
            "delegated without legal force",
            "set legal_force = \"binding\", or delegate nothing".into(),
        );
    }
    let out = resolve_opt_outs(file, scenario, members, &agenda, validator);
    let rest: Vec<usize> =
        agenda.iter().copied().filter(|domain| !delegated.contains(domain)).collect();
    let mut tables: Vec<Table> = delegated
        .iter()
        .map(|&domain| Table {
            layout_index: domain,
            domains: vec![domain],
            delegated: true,
            body: 0,
            group: Members::NONE,
            excluded: out[domain],
            coordinator: None,
        })
        .collect();
    if file.linkage == Linkage::Package && rest.iter().any(|&domain| out[domain] != out[rest[0]]) {
        validator.mistake(
            "membership.opt_outs",
            "a package is negotiated as a whole: nobody can opt out of a part of it".into(),
            "opts out of a part",
            "set linkage = \"none\", or name all domains of the package".into(),
        );
    }
    let coordinators = resolve_coordinators(file, scenario, members, &rest, validator);
    let groups = bodies::resolve(file, scenario, members, validator);
    for (body, group) in groups.into_iter().enumerate() {
        let table = |layout_index, domains: Vec<usize>| {
            let excluded = domains.first().map_or(Members::NONE, |&domain| out[domain]);
            let coordinator = domains.first().and_then(|&domain| coordinators[domain]);
            Table { layout_index, domains, delegated: false, body, group, excluded, coordinator }
        };
        match file.linkage {
            Linkage::Package if !rest.is_empty() => {
                tables.push(table(scenario.domains.len(), rest.clone()))
            }
            _ => tables.extend(rest.iter().map(|&domain| table(domain, vec![domain]))),
        }
    }
    tables
}

/// Returns the state that makes the proposals on each domain, if one is named.
fn resolve_coordinators(
    file: &OrganisationFile,
    scenario: &Scenario,
    members: Members,
    tabled: &[usize],
    validator: &mut Validator<'_>,
) -> Vec<Option<usize>> {
    let mut found = vec![None; scenario.domains.len()];
    for (name, id) in &file.coordinators {
        let path = format!("coordinators.{name}");
        let own = match domains_named(scenario, name) {
            Ok(own) => own,
            Err(help) => {
                let message = format!("`{name}` is not a domain");
                validator.wrong_key(&path, message, "unknown domain", help);
                continue;
            }
        };
        if own.iter().any(|domain| !tabled.contains(domain)) {
            validator.wrong_key(
                &path,
                format!("nothing is proposed on `{name}`: it is delegated, or not on the agenda"),
                "without effect",
                "name a domain that the members decide on".into(),
            );
        }
        let state = scenario.state_index(id);
        match state {
            Some(state) if !members.contains(state) && !file.may_join(id) => validator.mistake(
                &path,
                format!("{id} is no member and cannot become one"),
                "not a member",
                "name a member".into(),
            ),
            None if !file.outside_members.contains(id) => validator.mistake(
                &path,
                format!("there is no state `{id}`"),
                "unknown state",
                suggest(id, ids(scenario)),
            ),
            _ => {}
        }
        own.into_iter().for_each(|domain| found[domain] = state);
    }
    if file.linkage == Linkage::Package
        && tabled.iter().any(|&domain| found[domain] != found[tabled[0]])
    {
        validator.mistake(
            "coordinators",
            "a package has one coordinator".into(),
            "of a part of the package",
            "set linkage = \"none\", or name the same state for all domains".into(),
        );
    }
    found
}

/// Returns the good pseudo-counts of confidence measures by domain.
fn resolve_confidence(
    file: &OrganisationFile,
    agenda: &[usize],
    scenario: &Scenario,
    validator: &mut Validator<'_>,
) -> Vec<f64> {
    let mut counts = vec![0.0; scenario.domains.len()];
    let Some(measures) = &file.monitoring.confidence else { return counts };
    let path = "monitoring.confidence.domains";
    let domains = match &measures.domains {
        None => agenda.to_vec(),
        Some(names) => agenda::domains(names, path, scenario, validator),
    };
    if let Some(stray) = domains.iter().find(|domain| !agenda.contains(domain)) {
        validator.mistake(
            path,
            format!("`{}` is not on the agenda", scenario.domains[*stray].name),
            "without effect",
            "add it to `agenda`, or leave it out here".into(),
        );
    }
    if measures.domains.is_some() && measures.detection > 0.0 {
        validator.mistake(
            path,
            "an audit covers all domains of a regime, so measures in some domains cannot raise its \
             chance to report"
                .into(),
            "with detection",
            "set monitoring.confidence.detection = 0, or leave `domains` out".into(),
        );
    }
    domains.into_iter().for_each(|domain| counts[domain] = measures.counts);
    counts
}

/// Returns the opening concession and the state that makes it.
fn resolve_concession(
    file: &OrganisationFile,
    scenario: &Scenario,
    members: Members,
    validator: &mut Validator<'_>,
) -> Option<(f64, usize)> {
    let share = file.bargaining.opening_concession;
    if share <= 0.0 {
        return None;
    }
    let path = "bargaining.opening_concession";
    let mut refuse = |message: String, help: &str| {
        validator.mistake(path, message, "without effect", help.into());
    };
    if file.side_payments != SidePayments::Money {
        refuse("a concession is paid in money".into(), "set side_payments = \"money\"");
    }
    if file.bargaining.solution != BargainingSolution::Nash
        && file.bargaining.solution != BargainingSolution::NashFrugal
    {
        refuse(
            "only the Nash solutions have weights that could be conceded".into(),
            "set bargaining.solution = \"nash\" or \"nash_frugal\"",
        );
    }
    let gdp = |state: usize| scenario.states[state].gdp.map(|gdp| gdp.get());
    if let Some(poor) = members.iter().find(|&state| gdp(state).is_none()) {
        refuse(
            format!("the gross domestic product of {} is not given", scenario.states[poor].id),
            "give `gdp` for every member in the scenario",
        );
    }
    let richest =
        members.iter().max_by(|&a, &b| gdp(a).unwrap_or(0.0).total_cmp(&gdp(b).unwrap_or(0.0)))?;
    Some((share, richest))
}

fn resolve_founding(
    file: &OrganisationFile,
    scenario: &Scenario,
    hazard_factor: f64,
    validator: &mut Validator<'_>,
) -> Option<Founding> {
    let table = file.ratification.founding.as_ref()?;
    let mut hazard = vec![table.hazard; scenario.states.len()];
    for (name, &value) in &table.hazard_by_state {
        let path = format!("ratification.founding.hazard_by_state.{name}");
        match scenario.state_index(name) {
            Some(state) => hazard[state] = value,
            None => validator.wrong_key(
                &path,
                format!("there is no state `{name}`"),
                "unknown state",
                suggest(name, ids(scenario)),
            ),
        }
        if !(0.0..=1.0).contains(&value) {
            validator.mistake(
                &path,
                format!("a hazard cannot be {value}"),
                "out of range",
                "it must be between 0 and 1 per year".into(),
            );
        }
    }
    hazard.iter_mut().for_each(|hazard| *hazard = (*hazard * hazard_factor).min(1.0));
    Some(Founding { hazard, provisional: table.provisional })
}
