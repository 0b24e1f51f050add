//! From an organisation file to a design for one scenario.

use super::bodies;
use super::design::{Court, Design, Founding, Membership, Sharing, Table, VotingRule};
use super::diagnostics::suggest;
use super::judge::{Judge, is_id};
use super::organisation_raw::{
    BargainingSolution, DecisionRule, Entry, Fine, LegalForce, Linkage, OrganisationFile, Passage, SidePayments,
};
use super::resolve::domains_named;
use super::types::Scenario;
use crate::ids::Members;
use indexmap::IndexMap;

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
    let tables = resolve_tables(file, scenario, members, judge);
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
    let confidence = file.monitoring.confidence.as_ref();
    if file.decision.minimum_participation as usize > members.len().max(2) {
        judge.mistake(
            "decision.minimum_participation",
            format!("{} states cannot be bound among {} members", file.decision.minimum_participation, members.len()),
            "never in force",
            format!("at most {}", members.len()),
        );
    }
    let (sharing, nash_share) = match file.bargaining.solution {
        BargainingSolution::Nash => (Sharing::Nash, 1.0),
        BargainingSolution::NashFrugal => (Sharing::Nash, 0.5),
        BargainingSolution::None => (Sharing::Nash, 0.0),
        BargainingSolution::KalaiSmorodinsky => (Sharing::KalaiSmorodinsky, 1.0),
        BargainingSolution::EqualSplit => (Sharing::EqualSplit, 1.0),
        BargainingSolution::Shapley => (Sharing::Shapley, 1.0),
    };
    if file.bargaining.escrow > 0.0 && file.side_payments != SidePayments::Money {
        judge.mistake(
            "bargaining.escrow",
            "there are no payments that could be paid in before".into(),
            "escrow without money",
            "set side_payments = \"money\", or leave escrow out".into(),
        );
    }
    if file.donors.guarantee > 0.0 && file.side_payments != SidePayments::Money {
        judge.mistake(
            "donors.guarantee",
            "there are no payments that could be made good".into(),
            "guarantee without money",
            "set side_payments = \"money\", or leave guarantee out".into(),
        );
    }
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
        in_kind: file.side_payments != SidePayments::None,
        money: file.side_payments == SidePayments::Money,
        sharing,
        nash_share,
        escrow: file.bargaining.escrow,
        anticipate_compliance: file.bargaining.anticipate_compliance,
        detection: (file.monitoring.detection + confidence.map_or(0.0, |measures| measures.detection)).min(1.0),
        false_alarm: file.monitoring.false_alarm,
        transparency: file.monitoring.transparency,
        confidence_counts: confidence.map_or(0.0, |measures| measures.counts),
        fine: file.sanctions.fine,
        court: file.court.as_ref().map(|court| Court {
            p_win: court.p_win,
            delay: court.delay as usize,
            cost: court.cost,
        }),
        vote_suspension_years: file.sanctions.vote_suspension_years,
        collapse_chance: suspension.map_or(0.0, |suspension| suspension.chance),
        sleep_years: suspension.map_or(0.0, |suspension| suspension.years.0),
        audience_multiplier: file.sanctions.audience_multiplier,
        ratify_frameworks: ratification.frameworks,
        ratification_hazard: ratification.hazard,
        ratification_minimum: ratification.minimum as usize,
        founding: resolve_founding(file, scenario, judge),
        membership: resolve_membership(file, scenario, members, judge),
        term: file.term.as_ref().map(|term| (term.years as usize, term.renewal)),
        merger: None,
        grant: file.donors.grant,
        capacity_aid: file.donors.capacity,
        guarantee: file.donors.guarantee,
        secretariat: file.cost.secretariat + file.cost.meetings * file.cost.meeting,
        scope: 1.0 - file.cost.overlap,
        delegation_overhead: file.delegation.overhead,
    }
}

fn ids(scenario: &Scenario) -> impl Iterator<Item = &str> {
    scenario.states.iter().map(|state| state.id.as_str())
}

fn resolve_members(file: &OrganisationFile, scenario: &Scenario, judge: &mut Judge<'_>) -> Members {
    // Those that join later, by history or in stages, are no founders.
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
    // Whoever joins later has a vote like the others.
    let equal = || vec![1.0; scenario.states.len()];
    match &file.decision.rule {
        DecisionRule::Unanimity => VotingRule { weights: equal(), required: 1.0, heads: 0.0, spare: 0 },
        DecisionRule::ConsensusMinusOne => {
            if members.len() < 3 && !file.agenda.is_empty() {
                judge.mistake(
                    "decision.rule",
                    "consensus minus one needs three members: of two, one could decide alone".into(),
                    "too few members",
                    "use \"unanimity\", or name more members".into(),
                );
            }
            VotingRule { weights: equal(), required: 1.0, heads: 0.0, spare: 1 }
        }
        DecisionRule::Majority(majority) => {
            VotingRule { weights: equal(), required: majority.threshold, heads: 0.0, spare: 0 }
        }
        DecisionRule::Weighted(rule) => {
            let path = "decision.rule.weighted.weights";
            let weights = resolve_weights(&rule.weights, path, file, scenario, members, judge);
            VotingRule { weights, required: rule.threshold, heads: 0.0, spare: 0 }
        }
        DecisionRule::DoubleMajority(rule) => {
            let path = "decision.rule.double_majority.weights";
            let weights = resolve_weights(&rule.weights, path, file, scenario, members, judge);
            VotingRule { weights, required: rule.threshold, heads: rule.members_threshold, spare: 0 }
        }
    }
}

/// Votes by state: one for every member, none for others.
fn resolve_weights(
    given: &IndexMap<String, f64>,
    at: &str,
    file: &OrganisationFile,
    scenario: &Scenario,
    members: Members,
    judge: &mut Judge<'_>,
) -> Vec<f64> {
    let mut weights = vec![0.0; scenario.states.len()];
    for (name, &weight) in given {
        let path = format!("{at}.{name}");
        match scenario.state_index(name) {
            Some(state) if members.contains(state) || file.may_join(name) => weights[state] = weight,
            Some(_) => judge.wrong_key(
                &path,
                format!("{name} has votes, but is no member"),
                "not a member",
                "remove its weight, or add it to `members`".into(),
            ),
            None if file.outside_members.contains(name) => {}
            None => judge.wrong_key(
                &path,
                format!("there is no state `{name}`"),
                "unknown state",
                suggest(name, ids(scenario)),
            ),
        }
        if weight.is_nan() || weight < 0.0 {
            judge.mistake(&path, format!("a weight cannot be {weight}"), "negative", "weights are 0 or more".into());
        }
    }
    let missing: Vec<&str> =
        members.iter().map(|state| scenario.states[state].id.as_str()).filter(|id| !given.contains_key(*id)).collect();
    if !missing.is_empty() {
        judge.mistake(
            at,
            format!("no weight is given for {}", missing.join(", ")),
            "incomplete",
            "give every member a weight; 0 for no vote".into(),
        );
    } else if weights.iter().sum::<f64>() <= 0.0 {
        judge.mistake(at, "nobody has a vote".into(), "all zero", "give some member a positive weight".into());
    }
    weights
}

/// Delegated domains stand alone; the rest stands alone or on one table.
fn resolve_tables(file: &OrganisationFile, scenario: &Scenario, members: Members, judge: &mut Judge<'_>) -> Vec<Table> {
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
    let mut tables: Vec<Table> = delegated
        .iter()
        .map(|&domain| Table { luck: domain, domains: vec![domain], delegated: true, body: 0, group: Members::NONE })
        .collect();
    let groups = bodies::resolve(file, scenario, members, judge);
    for (body, group) in groups.into_iter().enumerate() {
        let table = |luck, domains| Table { luck, domains, delegated: false, body, group };
        match file.linkage {
            Linkage::Package if !rest.is_empty() => tables.push(table(scenario.domains.len(), rest.clone())),
            _ => tables.extend(rest.iter().map(|&domain| table(domain, vec![domain]))),
        }
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

/// Who may come and go: calendar years become years from the first.
fn resolve_membership(
    file: &OrganisationFile,
    scenario: &Scenario,
    members: Members,
    judge: &mut Judge<'_>,
) -> Membership {
    let table = &file.membership;
    let states = scenario.states.len();
    let find = |name: &str, path: &str, judge: &mut Judge<'_>| {
        let found = scenario.state_index(name);
        if found.is_none() && !file.outside_members.iter().any(|outside| outside == name) {
            judge.mistake(path, format!("there is no state `{name}`"), "unknown state", suggest(name, ids(scenario)));
        }
        found
    };
    let mut entry_year = vec![None; states];
    match (table.entry, &table.candidates) {
        (Entry::Open, None) => {
            entry_year = (0..states).map(|state| (!members.contains(state)).then_some(0)).collect();
        }
        (Entry::Open, Some(names)) => {
            for (index, name) in names.iter().enumerate() {
                let path = format!("membership.candidates.{index}");
                if let Some(state) = find(name, &path, judge) {
                    if members.contains(state) {
                        let help = "remove it here, or from `members`".to_string();
                        judge.mistake(&path, format!("{name} is a founding member already"), "a member", help);
                    }
                    entry_year[state] = Some(0);
                }
            }
        }
        (Entry::Closed | Entry::Staged, Some(_)) => judge.wrong_key(
            "membership.candidates",
            "candidates are for organisations that are open".into(),
            "without effect",
            "set membership.entry = \"open\", or give stages".into(),
        ),
        (Entry::Closed | Entry::Staged, None) => {}
    }
    if table.entry != Entry::Staged && !table.stages.is_empty() {
        judge.wrong_key(
            "membership.stages",
            "stages are for organisations that are staged".into(),
            "without effect",
            "set membership.entry = \"staged\", or remove the stages".into(),
        );
    }
    if table.entry == Entry::Staged && table.stages.is_empty() {
        judge.mistake(
            "membership.entry",
            "a staged organisation needs stages".into(),
            "nobody can come in",
            "add membership.stages = [{ year = …, states = […] }]".into(),
        );
    }
    for (index, stage) in table.stages.iter().enumerate() {
        for (at, name) in stage.states.iter().enumerate() {
            let path = format!("membership.stages.{index}.states.{at}");
            if let Some(state) = find(name, &path, judge) {
                if members.contains(state) || entry_year[state].is_some() {
                    let help = "name each candidate once, and no founding member".to_string();
                    judge.mistake(&path, format!("{name} is a member or candidate already"), "twice", help);
                }
                entry_year[state] = Some((stage.year - scenario.first_year).max(0) as usize);
            }
        }
    }
    let mut history = Vec::new();
    for (index, entry) in table.history.iter().enumerate() {
        let path = format!("membership.history.{index}");
        if entry.year < scenario.first_year {
            judge.mistake(
                &format!("{path}.year"),
                format!("{} lies before the first year, {}", entry.year, scenario.first_year),
                "too early",
                "make the state a founding member, or not".into(),
            );
        } else if let Some(state) = find(&entry.state, &format!("{path}.state"), judge) {
            let year = (entry.year - scenario.first_year) as usize;
            history.push((year, state, entry.passage == Passage::Joins));
        }
    }
    history.sort_by_key(|(year, ..)| *year);
    if table.suspension && !table.exit {
        judge.wrong_key(
            "membership.suspension",
            "members that cannot leave cannot suspend their membership either".into(),
            "without effect",
            "set membership.exit = true, or leave suspension out".into(),
        );
    }
    if table.suspension && table.rejoin.is_some() {
        judge.wrong_key(
            "membership.rejoin",
            "members that suspend their membership take it up again with chance entry_hazard after a year".into(),
            "without effect",
            "leave rejoin out, or set membership.suspension = false".into(),
        );
    }
    Membership {
        exit: table.exit,
        exit_notice: table.exit_notice as usize,
        suspension: table.suspension,
        rejoin: table.rejoin.as_ref().map(|rejoin| (rejoin.cool_down as usize, rejoin.hazard)),
        entry_year,
        entry_hazard: table.entry_hazard,
        history,
    }
}
