//! From the file as written to the validated scenario: what needs to look at two places at once.

use super::check::planned;
use super::diagnostics::{Diagnostic, Diagnostics, suggest};
use super::document::Node;
use super::raw::{
    BasinTable, DataTable, NodeTable, Reservoir, ScenarioFile, Season, StageGameTable, TransportTable, WithdrawalRule,
};
use super::types::{
    Basin, Domain, DomainKind, DomainSpec, RiverNode, Scenario, Slot, SlotKind, StageGame, StageObligation, State,
    Transport,
};
use crate::ids::{DomainId, MAX_DOMAINS, MAX_SLOTS, MAX_STATES, SlotId, StateId};

use std::collections::BTreeSet;

/// Collects mistakes with their places.
pub(super) struct Judge<'a> {
    pub root: &'a Node,
    pub repaired: &'a BTreeSet<String>,
    pub diagnostics: &'a mut Diagnostics,
}

impl Judge<'_> {
    /// Whether what is at a path is as it was written, not a repair.
    fn as_written(&self, path: &str) -> bool {
        !self.repaired.contains(path)
    }

    /// Reports a mistake at a path, unless what is there was repaired and has been reported.
    pub(super) fn mistake(&mut self, path: &str, message: String, label: &str, help: String) {
        let judged = self.repaired.iter().any(|repaired| {
            path == repaired || path.starts_with(&format!("{repaired}.")) || repaired.starts_with(&format!("{path}."))
        });
        if !judged {
            let origin = self.root.origin_of(path);
            self.diagnostics.push(Diagnostic::new("value", message).at(origin, label).help(help));
        }
    }
    /// The same, pointing at the key.
    pub(super) fn wrong_key(&mut self, path: &str, message: String, label: &str, help: String) {
        if !self.repaired.contains(path) {
            let origin = self.root.key_origin(path).unwrap_or_else(|| self.root.origin_of(path));
            self.diagnostics.push(Diagnostic::new("value", message).at(origin, label).help(help));
        }
    }
}

/// Whether a name is made of letters, digits, `-` and `_`.
pub(super) fn is_id(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
}

/// Resolves a scenario. The result can be used only if no mistake was added.
pub(super) fn resolve(file: &ScenarioFile, judge: &mut Judge<'_>) -> Scenario {
    let header = &file.scenario;
    if !is_id(&header.name) {
        judge.mistake(
            "scenario.name",
            format!("`{}` cannot name a scenario", header.name),
            "used as a folder name",
            "use letters, digits, `-` and `_`".into(),
        );
    }
    for (index, DataTable { file: name, .. }) in file.data.iter().enumerate() {
        if name.is_empty() {
            judge.mistake(&format!("data.{index}.file"), "a data table needs a file".into(), "empty", "name a CSV file".into());
        }
    }
    let states = resolve_states(file, judge);
    let ids: Vec<String> = states.iter().map(|state| state.id.clone()).collect();
    let mut scenario = Scenario {
        name: header.name.clone(),
        title: header.title.clone(),
        organisation: header.organisation.clone(),
        first_year: header.first_year,
        horizon: header.horizon as usize,
        replications: header.replications,
        seed: header.seed,
        discount_rate: header.discount_rate,
        price_base_year: header.price_base_year,
        rungs: header.rungs as usize,
        states,
        behaviour: file.behaviour.clone(),
        shocks: file.shocks.clone(),
        fuel: file.fuel.clone(),
        domains: Vec::new(),
        slots: Vec::new(),
    };
    for (name, table) in &file.basins {
        let path = format!("basins.{name}");
        if let Some(basin) = resolve_basin(table, &path, &ids, judge) {
            let slots = basin_slots(&basin, &scenario, scenario.domains.len());
            push_domain(&mut scenario, name, DomainSpec::Basin(basin), slots);
        }
    }
    if let Some(table) = &file.transport {
        let spec = resolve_transport(table, &ids, judge);
        let slots = (0..ids.len())
            .filter(|&state| spec.rents[state].is_some())
            .map(|state| (state, SlotKind::Border, Season::Winter, None))
            .collect();
        push_domain(&mut scenario, "transport", DomainSpec::Transport(spec), slots);
    }
    for (name, table) in &file.stage_games {
        let (game, slots) = resolve_stage_game(table, &format!("stage_games.{name}"), &ids, judge);
        push_domain(&mut scenario, name, DomainSpec::StageGame(game), slots);
    }
    for (index, domain) in scenario.domains.iter().enumerate() {
        if scenario.domains[..index].iter().any(|other| other.name == domain.name) {
            judge.wrong_key(
                &format!("stage_games.{}", domain.name),
                format!("two domains are called `{}`", domain.name),
                "the second",
                "give each basin and game its own name".into(),
            );
        }
        if domain.slots.len() > 64 {
            judge.wrong_key(
                &format!("basins.{}", domain.name),
                format!("`{}` has {} obligations, but 64 is the most", domain.name, domain.slots.len()),
                "too large",
                "split it into several".into(),
            );
        }
    }
    if scenario.slots.len() > MAX_SLOTS {
        judge.mistake("states", format!("{} obligations are more than {MAX_SLOTS}", scenario.slots.len()), "too many", "leave out states or domains".into());
    }
    if scenario.domains.is_empty() {
        judge.mistake(
            "states",
            "there is nothing to negotiate".into(),
            "states, but no domain",
            "add at least one of [basins.…], [transport] and [stage_games.…]".into(),
        );
    }
    if scenario.domains.len() > MAX_DOMAINS {
        judge.mistake(
            "basins",
            format!("{} domains are more than {MAX_DOMAINS}", scenario.domains.len()),
            "too many",
            "leave some out".into(),
        );
    }
    scenario
}

type RawSlot = (usize, SlotKind, Season, Option<usize>);

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

fn resolve_states(file: &ScenarioFile, judge: &mut Judge<'_>) -> Vec<State> {
    if file.states.len() > MAX_STATES {
        judge.mistake(
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
            judge.wrong_key(&path, format!("`{id}` cannot name a state"), "not an id", "use letters, digits, `-` and `_`; `region` and `sink` are taken".into());
        }
        let fuel_cost = match (table.has_hydrocarbons, table.fuel_cost) {
            (true, Some(cost)) => Some(cost),
            (false, None) => None,
            (true, None) => {
                judge.mistake(&path, format!("{id} has hydrocarbons, but no `fuel_cost`"), "incomplete", format!("set `{path}.fuel_cost` in MUSD/TWh"));
                None
            }
            (false, Some(_)) if !judge.as_written(&format!("{path}.has_hydrocarbons")) => None,
            (false, Some(_)) => {
                judge.mistake(&format!("{path}.fuel_cost"), format!("{id} has a `fuel_cost`, but no hydrocarbons"), "contradiction", format!("set `{path}.has_hydrocarbons = true`, or remove the cost"));
                None
            }
        };
        states.push(State {
            id: id.clone(),
            name: if table.name.is_empty() { id.clone() } else { table.name.clone() },
            gdp: table.gdp,
            fuel_cost,
            sovereignty_cost: table.sovereignty_cost,
            discount_factor: table.discount_factor,
            lambda_vote: table.lambda_vote.0,
            lambda_comply: table.lambda_comply.0,
            audience_share: table.audience_share,
            trust_prior_mean: table.trust_prior_mean,
            trust_forgetting: table.trust_forgetting,
            slippage_mean: table.slippage_mean,
            nash_weight: table.nash_weight,
            leadership_hazard: table.leadership_hazard,
            ratification_threshold: table.ratification_threshold,
        });
    }
    states
}

/// The position of a state, or a mistake at the path that names it.
fn state_at(name: &str, path: &str, ids: &[String], judge: &mut Judge<'_>, at_key: bool) -> Option<usize> {
    let found = ids.iter().position(|id| id == name);
    if found.is_none() {
        let message = format!("there is no state `{name}`");
        let help = suggest(name, ids.iter().map(String::as_str));
        if at_key {
            judge.wrong_key(path, message, "unknown state", help);
        } else {
            judge.mistake(path, message, "unknown state", help);
        }
    }
    found
}

fn resolve_basin(table: &BasinTable, path: &str, ids: &[String], judge: &mut Judge<'_>) -> Option<Basin> {
    let names: Vec<&str> = table.nodes.keys().map(String::as_str).collect();
    let mut downstream = Vec::new();
    let mut owners = Vec::new();
    for (name, node) in &table.nodes {
        let at = format!("{path}.nodes.{name}");
        owners.push(state_at(&node.owner, &format!("{at}.owner"), ids, judge, false).unwrap_or(0));
        check_node(name, node, &at, table.withdrawal_rule, judge);
        downstream.push(if node.downstream == "sink" {
            None
        } else {
            let found = names.iter().position(|other| *other == node.downstream);
            if found.is_none() {
                judge.mistake(&format!("{at}.downstream"), format!("there is no node `{}`", node.downstream), "unknown node", suggest(&node.downstream, names.iter().copied().chain(["sink"])));
            }
            found
        });
    }
    // Order upstream before downstream; a node that is never reached lies on a cycle.
    let count = names.len();
    let mut order: Vec<usize> = Vec::new();
    let mut waiting: Vec<usize> = (0..count).map(|n| downstream.iter().filter(|next| **next == Some(n)).count()).collect();
    while let Some(n) = (0..count).find(|&n| waiting[n] == 0 && !order.contains(&n)) {
        order.push(n);
        if let Some(next) = downstream[n] {
            waiting[next] -= 1;
        }
    }
    if let Some(stuck) = (0..count).find(|n| !order.contains(n)) {
        judge.mistake(
            &format!("{path}.nodes.{}.downstream", names[stuck]),
            format!("the river runs in a circle at `{}`", names[stuck]),
            "part of a cycle",
            "every chain of nodes must end in \"sink\"".into(),
        );
        return None;
    }
    let quotas = quota_shares(table, path, judge);
    let position: Vec<usize> = (0..count).map(|n| order.iter().position(|o| *o == n).unwrap_or(0)).collect();
    let mut nodes: Vec<RiverNode> = order
        .iter()
        .map(|&n| {
            let node = &table.nodes[n];
            RiverNode {
                name: names[n].to_string(),
                owner: StateId::at(owners[n]),
                downstream: downstream[n].map(|next| position[next]),
                upstream_mask: 0,
                inflow_summer: (node.inflow_summer_mean, node.inflow_summer_cv),
                inflow_winter: (node.inflow_winter_mean, node.inflow_winter_cv),
                demand: node.irrigation_demand_summer,
                demand_growth: node.demand_growth,
                p_scarce: node.p_scarce,
                p_full: node.p_full,
                quota_share: quotas[n],
                guaranteed_volume: node.guaranteed_volume.unwrap_or(0.0),
                loss: node.loss,
                return_flow: node.return_flow,
                winter_fill: node.winter_fill_to_summer,
                initial_stock: node.initial_fill * node.winter_fill_to_summer,
                winter_channel: node.winter_channel_capacity.unwrap_or(f64::INFINITY),
                flood_phi: node.flood_phi,
                reservoir: node.reservoir.clone(),
            }
        })
        .collect();
    for n in 0..count {
        let mut mask = 1u64 << n;
        for m in 0..n {
            if nodes[m].downstream == Some(n) {
                mask |= nodes[m].upstream_mask;
            }
        }
        nodes[n].upstream_mask = mask;
    }
    let operators: Vec<usize> = (0..count).filter(|&n| nodes[n].reservoir.is_some()).collect();
    for &n in &operators {
        if nodes[n].upstream_mask.count_ones() > 1 {
            judge.mistake(
                &format!("{path}.nodes.{}.reservoir", nodes[n].name),
                format!("the reservoir at `{}` has nodes upstream of it", nodes[n].name),
                "not at the head of its branch",
                "a reservoir that is decided stands at the head of its branch: move it up, or give this node `winter_fill_to_summer`".into(),
            );
        }
    }
    if operators.is_empty() {
        judge.wrong_key(path, "the basin has no reservoir to negotiate about".into(), "no reservoir", format!("give a node at the head of a branch its [{path}.nodes.….reservoir]"));
    }
    if operators.len() > MAX_STATES {
        judge.wrong_key(path, format!("{} reservoirs are more than {MAX_STATES}", operators.len()), "too many", "leave some out".into());
        return None;
    }
    let mut basin = Basin {
        rule: table.withdrawal_rule,
        ar1_summer: table.ar1_summer,
        winter_link: table.winter_link,
        common_factor_share: table.common_factor_share,
        forecast_skill: table.forecast_skill,
        inflow_trend: table.inflow_trend,
        operators,
        share_to_come: Vec::new(),
        guaranteed_to_come: Vec::new(),
        nodes,
    };
    let shares: Vec<f64> = basin.nodes.iter().map(|node| node.quota_share).collect();
    let to_come = basin.not_upstream(&shares);
    basin.share_to_come = to_come.iter().zip(&shares).map(|(others, own)| (others + own).max(1e-300)).collect();
    let guaranteed: Vec<f64> = basin.nodes.iter().map(|node| node.guaranteed_volume).collect();
    basin.guaranteed_to_come = basin.not_upstream(&guaranteed);
    Some(basin)
}

fn check_node(name: &str, node: &NodeTable, at: &str, rule: WithdrawalRule, judge: &mut Judge<'_>) {
    if node.irrigation_demand_summer > 0.0 && node.p_scarce <= 0.0 {
        judge.mistake(&format!("{at}.irrigation_demand_summer"), format!("`{name}` has a demand for water, but no value of it"), "no price", format!("set `{at}.p_scarce` and `p_full` in MUSD/km3"));
    }
    if node.p_full > node.p_scarce && node.p_scarce > 0.0 && judge.as_written(&format!("{at}.p_scarce")) {
        judge.mistake(&format!("{at}.p_full"), format!("water at `{name}` is worth more at full supply ({}) than when scarce ({})", node.p_full, node.p_scarce), "above p_scarce", "p_full must not exceed p_scarce".into());
    }
    let fixed = matches!(rule, WithdrawalRule::FixedUpstream | WithdrawalRule::FixedDownstream);
    if fixed && node.irrigation_demand_summer > 0.0 && node.guaranteed_volume.is_none() {
        judge.wrong_key(at, format!("`{name}` has no guaranteed volume, but the withdrawal rule is fixed"), "incomplete", format!("set `{at}.guaranteed_volume` in km3, or choose another withdrawal_rule"));
    }
    if let Some(reservoir) = &node.reservoir {
        check_reservoir(reservoir, &format!("{at}.reservoir"), judge);
    }
}

fn check_reservoir(r: &Reservoir, at: &str, judge: &mut Judge<'_>) {
    let pairs = [
        ("initial_storage", r.initial_storage, "active_capacity", r.active_capacity),
        ("target_storage", r.target_storage, "active_capacity", r.active_capacity),
        ("release_min_summer", r.release_min_summer, "release_max_summer", r.release_max_summer),
        ("release_min_winter", r.release_min_winter, "release_max_winter", r.release_max_winter),
        ("power_p_full_summer", r.power_p_full_summer, "power_p_scarce_summer", r.power_p_scarce_summer),
        ("power_p_full_winter", r.power_p_full_winter, "power_p_scarce_winter", r.power_p_scarce_winter),
        // Only surplus is sold: dearer exports would leave home demand unmet, and the joint gain would not be concave.
        ("export_price_summer", r.export_price_summer, "power_p_full_summer", r.power_p_full_summer),
    ];
    for (low, low_value, high, high_value) in pairs {
        if low_value > high_value && judge.as_written(&format!("{at}.{high}")) {
            judge.mistake(&format!("{at}.{low}"), format!("`{low}` ({low_value}) is above `{high}` ({high_value})"), "too large", format!("`{low}` must not exceed `{high}`"));
        }
    }
}

/// Quota shares as given, or in proportion to demand where none is given.
fn quota_shares(table: &BasinTable, path: &str, judge: &mut Judge<'_>) -> Vec<f64> {
    let given = table.nodes.values().filter(|node| node.quota_share.is_some()).count();
    let demand: f64 = table.nodes.values().map(|node| node.irrigation_demand_summer).sum();
    if given == 0 {
        return table
            .nodes
            .values()
            .map(|node| if demand > 0.0 { node.irrigation_demand_summer / demand } else { 0.0 })
            .collect();
    }
    for (name, node) in &table.nodes {
        if node.quota_share.is_none() && node.irrigation_demand_summer > 0.0 {
            judge.wrong_key(&format!("{path}.nodes.{name}"), format!("`{name}` has no quota share, but other nodes have"), "incomplete", "give a `quota_share` to every node with demand, or to none (then shares follow demand)".into());
        }
    }
    let sum: f64 = table.nodes.values().filter_map(|node| node.quota_share).sum();
    if given == table.nodes.len() || sum > 1.0 {
        let last = table.nodes.iter().filter(|(_, node)| node.quota_share.is_some()).next_back();
        if (sum - 1.0).abs() > 1e-6 && let Some((name, _)) = last {
            judge.mistake(&format!("{path}.nodes.{name}.quota_share"), format!("the quota shares of the basin add up to {sum}, not to 1"), "the last of them", "change them so that they add up to 1".into());
        }
    }
    table.nodes.values().map(|node| node.quota_share.unwrap_or(0.0)).collect()
}

/// Releases first, then passing through from source to mouth, then fuel: the order in which water and its price meet
/// the states.
fn basin_slots(basin: &Basin, scenario: &Scenario, _: usize) -> Vec<RawSlot> {
    let mut slots: Vec<RawSlot> = basin
        .operators
        .iter()
        .enumerate()
        .map(|(k, &n)| (basin.nodes[n].owner.index(), SlotKind::Release(k), Season::Summer, None))
        .collect();
    let releases_to = |n: usize, state: usize| {
        (0..basin.operators.len()).find(|&k| {
            let head = basin.operators[k];
            head != n && basin.nodes[n].upstream_mask >> head & 1 == 1 && basin.nodes[head].owner.index() != state
        })
    };
    let mut asked: Vec<usize> = Vec::new();
    for (n, node) in basin.nodes.iter().enumerate() {
        let owner = node.owner.index();
        let below = basin
            .nodes
            .iter()
            .enumerate()
            .any(|(m, other)| m != n && other.upstream_mask >> n & 1 == 1 && other.owner != node.owner && other.demand > 0.0);
        if let Some(k) = releases_to(n, owner)
            && node.demand > 0.0
            && below
            && !asked.contains(&owner)
        {
            asked.push(owner);
            slots.push((owner, SlotKind::PassThrough, Season::Summer, Some(k)));
        }
    }
    for (k, &n) in basin.operators.iter().enumerate() {
        let operator = basin.nodes[n].owner.index();
        for (state, entry) in scenario.states.iter().enumerate() {
            if state != operator && entry.fuel_cost.is_some() {
                slots.push((state, SlotKind::Fuel(k), Season::Winter, Some(k)));
            }
        }
    }
    slots
}

fn resolve_transport(table: &TransportTable, ids: &[String], judge: &mut Judge<'_>) -> Transport {
    let n = ids.len();
    let mut rents = vec![None; n];
    for (name, &rent) in &table.border_rents {
        if let Some(state) = state_at(name, &format!("transport.border_rents.{name}"), ids, judge, true) {
            rents[state] = Some(rent);
        }
    }
    let mut imports = vec![0.0; n * n];
    for (importer, row) in &table.imports {
        let Some(i) = state_at(importer, &format!("transport.imports.{importer}"), ids, judge, true) else { continue };
        for (exporter, &value) in row {
            let path = format!("transport.imports.{importer}.{exporter}");
            let Some(j) = state_at(exporter, &path, ids, judge, true) else { continue };
            if i == j {
                judge.mistake(&path, format!("{importer} cannot import from itself"), "same state twice", "remove it".into());
            }
            if value.is_nan() || value < 0.0 {
                judge.mistake(&path, format!("imports cannot be {value}"), "out of range", "they must be 0 or more MUSD/yr".into());
            }
            imports[i * n + j] = value;
        }
    }
    Transport {
        imports,
        rents,
        cost_cut: table.cost_cut,
        elasticity: table.elasticity,
        margin: table.margin,
        consumer_weight: table.consumer_weight,
        growth: table.growth,
    }
}

fn resolve_stage_game(
    table: &StageGameTable,
    path: &str,
    ids: &[String],
    judge: &mut Judge<'_>,
) -> (StageGame, Vec<RawSlot>) {
    let sum: f64 = table.probabilities.iter().sum();
    if table.probabilities.iter().any(|p| !(0.0..=1.0).contains(p)) || (sum - 1.0).abs() > 1e-9 {
        judge.mistake(&format!("{path}.probabilities"), format!("the probabilities add up to {sum}"), "not a distribution", "each must lie in [0, 1] and they must add up to 1".into());
    }
    let worlds = table.probabilities.len();
    let mut slots: Vec<RawSlot> = Vec::new();
    let mut obligations = Vec::new();
    for (index, obligation) in table.obligations.iter().enumerate() {
        let at = format!("{path}.obligations.{index}");
        if table.obligations[..index].iter().any(|other| other.name == obligation.name) {
            judge.mistake(&format!("{at}.name"), format!("two obligations are called `{}`", obligation.name), "the second", "give each its own name".into());
        }
        let obligor = state_at(&obligation.obligor, &format!("{at}.obligor"), ids, judge, false).unwrap_or(0);
        let mut per_world = |values: &[f64], at: &str| {
            if values.len() != worlds {
                judge.mistake(at, format!("there are {} values for {worlds} states of the world", values.len()), "wrong number", "give one value for each probability".into());
            }
            values.iter().copied().chain(std::iter::repeat(0.0)).take(worlds).collect::<Vec<f64>>()
        };
        let cost = per_world(&obligation.cost, &format!("{at}.cost"));
        let mut benefit = vec![0.0; worlds * ids.len()];
        let mut rows = Vec::new();
        for (name, values) in &obligation.benefits {
            rows.push((name, per_world(values, &format!("{at}.benefits.{name}"))));
        }
        for (name, values) in rows {
            if let Some(state) = state_at(name, &format!("{at}.benefits.{name}"), ids, judge, true) {
                for (world, value) in values.into_iter().enumerate() {
                    benefit[world * ids.len() + state] = value;
                }
            }
        }
        let trigger = obligation.trigger.as_ref().and_then(|name| {
            let earlier = table.obligations[..index].iter().position(|other| other.name == *name);
            match earlier {
                Some(trigger) if table.obligations[trigger].season <= obligation.season => Some(trigger),
                _ => {
                    judge.mistake(&format!("{at}.trigger"), format!("`{name}` is not an earlier obligation"), "not earlier", suggest(name, table.obligations[..index].iter().map(|o| o.name.as_str())));
                    None
                }
            }
        });
        slots.push((obligor, SlotKind::Stage(index), obligation.season, trigger));
        obligations.push(StageObligation { cost, benefit });
    }
    (StageGame { probabilities: table.probabilities.clone(), obligations }, slots)
}

/// The domains that a name of an agenda means: a kind, or a domain by its own name.
pub(super) fn domains_named(scenario: &Scenario, name: &str) -> Result<Vec<usize>, String> {
    const KINDS: [DomainKind; 3] = [DomainKind::WaterEnergy, DomainKind::Transport, DomainKind::StageGame];
    let by = |test: &dyn Fn(&Domain) -> bool| -> Vec<usize> {
        (0..scenario.domains.len()).filter(|&at| test(&scenario.domains[at])).collect()
    };
    if let Some(kind) = KINDS.iter().find(|kind| kind.name() == name) {
        return Ok(by(&|domain| domain.kind() == *kind));
    }
    let named = by(&|domain| domain.name == name);
    if !named.is_empty() {
        return Ok(named);
    }
    Err(match planned(name) {
        Some(what) => format!("this version does not support {what}; remove it"),
        None => suggest(name, KINDS.iter().map(|kind| kind.name()).chain(scenario.domains.iter().map(|d| d.name.as_str()))),
    })
}
