//! Resolves a scenario file into the validated scenario, with the checks that involve several
//! values.

use crate::ids::{DomainId, MAX_DOMAINS, MAX_SLOTS, MAX_STATES, SlotId, StateId};
use crate::scenario::diagnostics::suggest;
use crate::scenario::raw::{DataTable, OutsideOptionTable, ScenarioFile, Season};
use crate::scenario::resolve::allocation::resolve_allocation;
use crate::scenario::resolve::basin::{Calendar, basin_slots, resolve_basin};
use crate::scenario::resolve::domains::{
    resolve_food, resolve_project, resolve_security, resolve_stage_game,
};
use crate::scenario::resolve::openness::{self, Place};
use crate::scenario::resolve::validator::{RawSlot, Validator, is_id};
use crate::scenario::types::{
    Domain, DomainKind, DomainSpec, Openness, OutsideOption, Scenario, Slot, SlotKind, State,
};
use crate::units::{EnergyPrice, Money};

/// Resolves a scenario. The result is valid only if no mistake was added.
pub(in crate::scenario) fn resolve(file: &ScenarioFile, validator: &mut Validator<'_>) -> Scenario {
    let header = &file.scenario;
    check_header(file, validator);
    let states = resolve_states(file, validator);
    let ids: Vec<String> = states.iter().map(|state| state.id.clone()).collect();
    let mut scenario = Scenario {
        name: header.name.clone(),
        title: header.title.clone(),
        organisation: header.organisation.clone(),
        first_year: header.first_year,
        horizon: header.horizon as usize,
        end_hazard: header.end_hazard,
        replications: header.replications,
        seed: header.seed,
        discount_rate: header.discount_rate,
        price_base_year: header.price_base_year,
        depth_levels: header.depth_levels as usize,
        states,
        behaviour: file.behaviour.clone(),
        shocks: file.shocks.clone(),
        fuel: file.fuel.clone(),
        domains: Vec::new(),
        slots: Vec::new(),
        outside_options: Vec::new(),
    };
    resolve_domains(file, &ids, &mut scenario, validator);
    resolve_outside_options(file, &mut scenario, validator);
    check_domains(&scenario, validator);
    scenario
}

/// Checks the name of the scenario, and that each data table has a file.
fn check_header(file: &ScenarioFile, validator: &mut Validator<'_>) {
    let header = &file.scenario;
    if !is_id(&header.name) {
        validator.mistake(
            "scenario.name",
            format!("`{}` cannot name a scenario", header.name),
            "used as a folder name",
            "use letters, digits, `-` and `_`".into(),
        );
    }
    for (index, DataTable { file: name, .. }) in file.data.iter().enumerate() {
        if name.is_empty() {
            validator.mistake(
                &format!("data.{index}.file"),
                "a data table needs a file".into(),
                "empty",
                "name a CSV file".into(),
            );
        }
    }
}

/// Adds the domains of every kind with their obligations.
fn resolve_domains(
    file: &ScenarioFile,
    ids: &[String],
    scenario: &mut Scenario,
    validator: &mut Validator<'_>,
) {
    let calendar = Calendar { first_year: scenario.first_year, horizon: scenario.horizon };
    for (name, table) in &file.basins {
        let path = format!("basins.{name}");
        if let Some(basin) = resolve_basin(table, &path, (ids, calendar), validator) {
            let slots = basin_slots(&basin, scenario, scenario.domains.len());
            push_domain(scenario, name, DomainSpec::Basin(basin), slots);
        }
    }
    if let Some(table) = &file.transport {
        let place = Place { ids, states: &scenario.states, path: "transport" };
        let spec = openness::transport(table, &place, validator);
        push_openness(scenario, "transport", spec);
    }
    if let Some(table) = &file.food {
        let spec = resolve_food(table, ids, validator);
        let slots =
            spec.markets.iter().map(|m| (m.state, SlotKind::Grain, Season::Winter, None)).collect();
        push_domain(scenario, "food", DomainSpec::Food(spec), slots);
    }
    if let Some(table) = &file.security {
        let spec = resolve_security(table, ids, validator);
        let slots = spec
            .exposed
            .iter()
            .map(|e| (e.state, SlotKind::Effort, Season::Winter, None))
            .collect();
        push_domain(scenario, "security", DomainSpec::Security(spec), slots);
    }
    for (name, table) in &file.projects {
        let calendar = (ids, scenario.first_year);
        let spec = resolve_project(table, &format!("projects.{name}"), calendar, validator);
        let slots = spec
            .shares
            .iter()
            .map(|&(state, _)| (state, SlotKind::Contribution, Season::Summer, None))
            .collect();
        push_domain(scenario, name, DomainSpec::Project(spec), slots);
    }
    for (name, table) in &file.stage_games {
        let (game, slots) =
            resolve_stage_game(table, &format!("stage_games.{name}"), ids, validator);
        push_domain(scenario, name, DomainSpec::StageGame(game), slots);
    }
    for (name, table) in &file.transports {
        let path = format!("transports.{name}");
        let place = Place { ids, states: &scenario.states, path: &path };
        let spec = openness::transport(table, &place, validator);
        push_openness(scenario, name, spec);
    }
    resolve_integration(file, ids, scenario, validator);
    for (name, table) in &file.allocations {
        let path = format!("allocations.{name}");
        if let Some(spec) = resolve_allocation(table, &path, scenario, validator) {
            let slots = spec.obligors.iter();
            let slots =
                slots.map(|&state| (state, SlotKind::Leave, Season::Summer, None)).collect();
            push_domain(scenario, name, DomainSpec::Allocation(spec), slots);
        }
    }
}

/// Adds the stages of economic integration.
fn resolve_integration(
    file: &ScenarioFile,
    ids: &[String],
    scenario: &mut Scenario,
    validator: &mut Validator<'_>,
) {
    if let Some(table) = &file.tariffs {
        let place = Place { ids, states: &scenario.states, path: "tariffs" };
        let spec = openness::tariffs(table, &place, validator);
        push_openness(scenario, "tariffs", spec);
    }
    if let Some(table) = &file.customs_union {
        let place = Place { ids, states: &scenario.states, path: "customs_union" };
        let spec = openness::customs_union(table, &place, validator);
        push_openness(scenario, "customs_union", spec);
    }
    if let Some(table) = &file.labour {
        let place = Place { ids, states: &scenario.states, path: "labour" };
        let spec = openness::labour(table, &place, validator);
        push_openness(scenario, "labour", spec);
    }
}

/// Adds an openness with one obligation for each state that has something to open.
fn push_openness(scenario: &mut Scenario, name: &str, spec: Openness) {
    let opens = |state: &usize| spec.costs[*state].is_some();
    let slots = (0..spec.costs.len()).filter(opens);
    let slots = slots.map(|state| (state, SlotKind::Opening, Season::Winter, None)).collect();
    push_domain(scenario, name, DomainSpec::Openness(spec), slots);
}

/// Returns the key of a domain's table in the file.
fn key_of(domain: &Domain) -> String {
    let kind = domain.kind();
    let tables = match kind {
        DomainKind::WaterEnergy => "basins",
        DomainKind::Transport => "transports",
        DomainKind::Project => "projects",
        DomainKind::StageGame => "stage_games",
        DomainKind::Allocation => "allocations",
        _ => return domain.name.clone(),
    };
    if domain.name == kind.name() {
        domain.name.clone()
    } else {
        format!("{tables}.{}", domain.name)
    }
}

/// Checks that names of domains are unique, and the numbers of domains and obligations.
fn check_domains(scenario: &Scenario, validator: &mut Validator<'_>) {
    for (index, domain) in scenario.domains.iter().enumerate() {
        if scenario.domains[..index].iter().any(|other| other.name == domain.name) {
            validator.wrong_key(
                &key_of(domain),
                format!("two domains are called `{}`", domain.name),
                "the second",
                "give each domain its own name".into(),
            );
        }
        if domain.slots.len() > 64 {
            validator.wrong_key(
                &key_of(domain),
                format!(
                    "`{}` has {} obligations, but 64 is the most",
                    domain.name,
                    domain.slots.len()
                ),
                "too large",
                "split it into several".into(),
            );
        }
    }
    if scenario.slots.len() > MAX_SLOTS {
        validator.mistake(
            "states",
            format!("{} obligations are more than {MAX_SLOTS}", scenario.slots.len()),
            "too many",
            "leave out states or domains".into(),
        );
    }
    if scenario.domains.is_empty() {
        validator.mistake(
            "states",
            "there is nothing to negotiate".into(),
            "states, but no domain",
            "add at least one of [basins.…], [transport], [transports.…], [food], [security], \
             [projects.…], [stage_games.…], [tariffs], [customs_union], [labour] and \
             [allocations.…]"
                .into(),
        );
    }
    if scenario.domains.len() > MAX_DOMAINS {
        validator.mistake(
            "basins",
            format!("{} domains are more than {MAX_DOMAINS}", scenario.domains.len()),
            "too many",
            "leave some out".into(),
        );
    }
}

fn push_domain(scenario: &mut Scenario, name: &str, spec: DomainSpec, slots: Vec<RawSlot>) {
    let first = scenario.slots.len();
    let domain = DomainId::at(scenario.domains.len());
    for (obligor, kind, season, trigger) in slots {
        let trigger = trigger.map(|local| SlotId::at(first + local));
        scenario.slots.push(Slot { obligor: StateId::at(obligor), domain, kind, season, trigger });
    }
    let slots = first..scenario.slots.len();
    scenario.domains.push(Domain { name: name.to_string(), spec, slots });
}

fn resolve_states(file: &ScenarioFile, validator: &mut Validator<'_>) -> Vec<State> {
    if file.states.len() > MAX_STATES {
        validator.mistake(
            "states",
            format!("{} states are more than {MAX_STATES}", file.states.len()),
            "too many",
            "leave some out, or take several together".into(),
        );
    }
    let mut states = Vec::new();
    for (id, table) in file.states.iter().take(MAX_STATES) {
        let path = format!("states.{id}");
        if !is_id(id) || id == "region" || id == "sink" {
            validator.wrong_key(
                &path,
                format!("`{id}` cannot name a state"),
                "not an id",
                "use letters, digits, `-` and `_`; `region` and `sink` are taken".into(),
            );
        }
        let fuel_cost = match (table.has_hydrocarbons, table.fuel_cost) {
            (true, Some(cost)) => Some(cost),
            (false, None) => None,
            (true, None) => {
                validator.mistake(
                    &path,
                    format!("{id} has hydrocarbons, but no `fuel_cost`"),
                    "incomplete",
                    format!("set `{path}.fuel_cost` in MUSD/TWh"),
                );
                None
            }
            (false, Some(_)) if !validator.as_written(&format!("{path}.has_hydrocarbons")) => None,
            (false, Some(_)) => {
                validator.mistake(
                    &format!("{path}.fuel_cost"),
                    format!("{id} has a `fuel_cost`, but no hydrocarbons"),
                    "contradiction",
                    format!("set `{path}.has_hydrocarbons = true`, or remove the cost"),
                );
                None
            }
        };
        states.push(State {
            id: id.clone(),
            name: if table.name.is_empty() { id.clone() } else { table.name.clone() },
            gdp: table.gdp.map(Money::new),
            fuel_cost: fuel_cost.map(EnergyPrice::new),
            sovereignty_cost: Money::new(table.sovereignty_cost),
            development: table.development,
            discount_factor: table.discount_factor,
            lambda_vote: table.lambda_vote.0,
            lambda_comply: table.lambda_comply.0,
            audience_share: table.audience_share,
            trust_prior_mean: table.trust_prior_mean,
            trust_forgetting: table.trust_forgetting,
            slippage_mean: (table.slippage_mean / table.development).min(0.5),
            nash_weight: table.nash_weight,
            leadership_hazard: table.leadership_hazard,
            ratification_threshold: table.ratification_threshold,
        });
    }
    states
}

/// Enters the outside options of the states.
fn resolve_outside_options(
    file: &ScenarioFile,
    scenario: &mut Scenario,
    validator: &mut Validator<'_>,
) {
    scenario.outside_options = vec![Vec::new(); scenario.domains.len()];
    for (state, (id, table)) in file.states.iter().take(MAX_STATES).enumerate() {
        for (name, option) in &table.outside_options {
            let path = format!("states.{id}.outside_options.{name}");
            match domains_named(scenario, name) {
                Ok(found) if found.len() == 1 => {
                    let OutsideOptionTable { value, growth, follows } = *option;
                    let option = OutsideOption { state, value, growth, follows };
                    scenario.outside_options[found[0]].push(option);
                }
                Ok(found) => validator.wrong_key(
                    &path,
                    format!("`{name}` stands for {} domains", found.len()),
                    "not one domain",
                    "name one domain of the scenario".into(),
                ),
                Err(help) => validator.wrong_key(
                    &path,
                    format!("`{name}` is not a domain"),
                    "unknown domain",
                    help,
                ),
            }
        }
    }
}

/// Returns the positions of the domains that a name in an agenda stands for: a kind, or the name of
/// a domain. A kind may stand for none.
///
/// Fails with the valid names if there is neither.
pub fn domains_named(scenario: &Scenario, name: &str) -> Result<Vec<usize>, String> {
    let by = |test: &dyn Fn(&Domain) -> bool| -> Vec<usize> {
        (0..scenario.domains.len()).filter(|&at| test(&scenario.domains[at])).collect()
    };
    if let Some(kind) = DomainKind::ALL.iter().find(|kind| kind.name() == name) {
        return Ok(by(&|domain| domain.kind() == *kind));
    }
    let named = by(&|domain| domain.name == name);
    if !named.is_empty() {
        return Ok(named);
    }
    let mut valid: Vec<&str> = DomainKind::ALL.iter().map(|kind| kind.name()).collect();
    for domain in &scenario.domains {
        if !valid.contains(&domain.name.as_str()) {
            valid.push(&domain.name);
        }
    }
    Err(suggest(name, valid))
}
