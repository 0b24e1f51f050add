//! Resolves river basins into trees in topological order, and their obligations.

use crate::ids::{MAX_STATES, StateId};
use crate::scenario::diagnostics::suggest;
use crate::scenario::raw::{
    BasinTable, NodeTable, Reservoir, Season, SeasonFlows, SeriesMode, SeriesTable, WithdrawalRule,
};
use crate::scenario::resolve::validator::{RawSlot, Validator, state_at};
use crate::scenario::types::{Basin, OutsideWithdrawal, RiverNode, Scenario, Series, SlotKind};
use indexmap::IndexMap;

/// Resolves a basin. Returns `None` if the river has a cycle or too many reservoirs.
pub(in crate::scenario) fn resolve_basin(
    table: &BasinTable,
    path: &str,
    (ids, calendar): (&[String], Calendar),
    validator: &mut Validator<'_>,
) -> Option<Basin> {
    let names: Vec<&str> = table.nodes.keys().map(String::as_str).collect();
    let (owners, downstream) = resolve_links(table, path, (&names, ids), validator);
    let order = order_nodes(&names, &downstream, path, validator)?;
    let links = (&names[..], &owners[..], &downstream[..]);
    let mut nodes = resolve_nodes(table, path, links, &order, validator);
    for (place, &n) in order.iter().enumerate() {
        let at = format!("{path}.nodes.{}.demand_path", names[n]);
        nodes[place].demand_share =
            calendar.path(&table.nodes[n].demand_path, (&at, 2.0, "share"), validator);
    }
    let outside = resolve_outside(table, path, &nodes, calendar, validator);
    let operators = resolve_operators(&nodes, path, validator)?;
    let mut basin = Basin {
        rule: table.withdrawal_rule,
        ar1_summer: table.ar1_summer,
        winter_link: table.winter_link,
        common_factor_share: table.common_factor_share,
        forecast_skill: table.forecast_skill,
        inflow_trend: table.inflow_trend,
        series: table
            .series
            .as_ref()
            .map(|series| resolve_series(series, table, path, &order, validator)),
        outside,
        operators,
        share_not_upstream: Vec::new(),
        guaranteed_not_upstream: Vec::new(),
        nodes,
    };
    let shares: Vec<f64> = basin.nodes.iter().map(|node| node.quota_share).collect();
    let to_come = basin.not_upstream(&shares);
    basin.share_not_upstream =
        to_come.iter().zip(&shares).map(|(others, own)| (others + own).max(1e-300)).collect();
    let guaranteed: Vec<f64> = basin.nodes.iter().map(|node| node.guaranteed_volume).collect();
    basin.guaranteed_not_upstream = basin.not_upstream(&guaranteed);
    Some(basin)
}

/// The simulated years.
#[derive(Debug, Clone, Copy)]
pub(in crate::scenario) struct Calendar {
    pub first_year: i32,
    pub horizon: usize,
}

impl Calendar {
    /// Returns numbers by simulated year from numbers by calendar year: 0 before the first,
    /// constant after the last, linear in between. Empty if none is given.
    fn path(
        &self,
        given: &IndexMap<String, f64>,
        (path, most, unit): (&str, f64, &str),
        validator: &mut Validator<'_>,
    ) -> Vec<f64> {
        let mut points: Vec<(f64, f64)> = Vec::new();
        for (name, &value) in given {
            let at = format!("{path}.{name}");
            match name.parse::<i32>() {
                Ok(year) => points.push((f64::from(year), value)),
                Err(_) => validator.wrong_key(
                    &at,
                    format!("`{name}` is not a year"),
                    "not a year",
                    "write a calendar year, such as 2028".into(),
                ),
            }
            if !(0.0..=most).contains(&value) {
                validator.mistake(
                    &at,
                    format!("a {unit} cannot be {value}"),
                    "out of range",
                    format!("it must be between 0 and {most}"),
                );
            }
        }
        if points.windows(2).any(|pair| pair[0].0 >= pair[1].0) {
            validator.mistake(
                path,
                "the years are not in order".into(),
                "not in order",
                "write them from the first to the last, each once".into(),
            );
        }
        let value = |year: f64| {
            let next = points.iter().position(|point| point.0 > year);
            match next {
                Some(0) => 0.0,
                None => points.last().map_or(0.0, |point| point.1),
                Some(next) => {
                    let (before, after) = (points[next - 1], points[next]);
                    let part = (year - before.0) / (after.0 - before.0);
                    before.1 + part * (after.1 - before.1)
                }
            }
        };
        if points.is_empty() {
            return Vec::new();
        }
        (0..self.horizon).map(|year| value(f64::from(self.first_year) + year as f64)).collect()
    }
}

/// Resolves the withdrawals by states outside the scenario.
fn resolve_outside(
    table: &BasinTable,
    path: &str,
    nodes: &[RiverNode],
    calendar: Calendar,
    validator: &mut Validator<'_>,
) -> Vec<OutsideWithdrawal> {
    let mut all = Vec::new();
    for (name, withdrawal) in &table.outside_withdrawals {
        let at = format!("{path}.outside_withdrawals.{name}");
        let most = 1e6;
        let key = format!("{at}.summer");
        let summer = calendar.path(&withdrawal.summer, (&key, most, "withdrawal"), validator);
        let key = format!("{at}.winter");
        let winter = calendar.path(&withdrawal.winter, (&key, most, "withdrawal"), validator);
        let key = format!("{at}.node");
        match nodes.iter().position(|node| node.name == withdrawal.node) {
            Some(node) if nodes[node].reservoir.is_some() => validator.mistake(
                &key,
                format!("`{}` has a reservoir", withdrawal.node),
                "operated",
                "name a node without a reservoir".into(),
            ),
            Some(node) => {
                let winter = winter.into_iter().chain(std::iter::repeat(0.0));
                all.push(OutsideWithdrawal {
                    node,
                    years: summer.into_iter().zip(winter).collect(),
                })
            }
            None => validator.mistake(
                &key,
                format!("there is no node `{}`", withdrawal.node),
                "unknown node",
                suggest(&withdrawal.node, nodes.iter().map(|node| node.name.as_str())),
            ),
        }
    }
    all
}

/// Returns the owner of each node and the node downstream of it, by position in the file.
fn resolve_links(
    table: &BasinTable,
    path: &str,
    (names, ids): (&[&str], &[String]),
    validator: &mut Validator<'_>,
) -> (Vec<usize>, Vec<Option<usize>>) {
    let mut downstream = Vec::new();
    let mut owners = Vec::new();
    for (name, node) in &table.nodes {
        let at = format!("{path}.nodes.{name}");
        owners.push(
            state_at(&node.owner, &format!("{at}.owner"), ids, validator, false).unwrap_or(0),
        );
        check_node(name, node, &at, table.withdrawal_rule, validator);
        downstream.push(if node.downstream == "sink" {
            None
        } else {
            let found = names.iter().position(|other| *other == node.downstream);
            if found.is_none() {
                validator.mistake(
                    &format!("{at}.downstream"),
                    format!("there is no node `{}`", node.downstream),
                    "unknown node",
                    suggest(&node.downstream, names.iter().copied().chain(["sink"])),
                );
            }
            found
        });
    }
    (owners, downstream)
}

/// Returns the nodes, by position in the file, ordered upstream before downstream; `None` if the
/// river has a cycle.
fn order_nodes(
    names: &[&str],
    downstream: &[Option<usize>],
    path: &str,
    validator: &mut Validator<'_>,
) -> Option<Vec<usize>> {
    // A node that is never reached lies on a cycle.
    let count = names.len();
    let mut order: Vec<usize> = Vec::new();
    let mut waiting: Vec<usize> =
        (0..count).map(|n| downstream.iter().filter(|next| **next == Some(n)).count()).collect();
    while let Some(n) = (0..count).find(|&n| waiting[n] == 0 && !order.contains(&n)) {
        order.push(n);
        if let Some(next) = downstream[n] {
            waiting[next] -= 1;
        }
    }
    if let Some(stuck) = (0..count).find(|n| !order.contains(n)) {
        validator.mistake(
            &format!("{path}.nodes.{}.downstream", names[stuck]),
            format!("the river network has a cycle at `{}`", names[stuck]),
            "part of a cycle",
            "every chain of nodes must end in \"sink\"".into(),
        );
        return None;
    }
    Some(order)
}

/// Resolves the nodes, in the given order.
fn resolve_nodes(
    table: &BasinTable,
    path: &str,
    (names, owners, downstream): (&[&str], &[usize], &[Option<usize>]),
    order: &[usize],
    validator: &mut Validator<'_>,
) -> Vec<RiverNode> {
    let count = names.len();
    let quotas = quota_shares(table, path, validator);
    let position: Vec<usize> =
        (0..count).map(|n| order.iter().position(|o| *o == n).unwrap_or(0)).collect();
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
                demand_share: Vec::new(),
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
    nodes
}

/// Returns the positions of the nodes with a reservoir. Each must be at the head of its branch.
fn resolve_operators(
    nodes: &[RiverNode],
    path: &str,
    validator: &mut Validator<'_>,
) -> Option<Vec<usize>> {
    let count = nodes.len();
    let operators: Vec<usize> = (0..count).filter(|&n| nodes[n].reservoir.is_some()).collect();
    for &n in &operators {
        if nodes[n].upstream_mask.count_ones() > 1 {
            validator.mistake(
                &format!("{path}.nodes.{}.reservoir", nodes[n].name),
                format!("the reservoir at `{}` has nodes upstream of it", nodes[n].name),
                "not at the head of its branch",
                "a reservoir that is decided stands at the head of its branch: move it up, or give \
                 this node `winter_fill_to_summer`".into(),
            );
        }
    }
    if operators.is_empty() {
        validator.wrong_key(
            path,
            "the basin has no reservoir to negotiate about".into(),
            "no reservoir",
            format!("give a node at the head of a branch its [{path}.nodes.….reservoir]"),
        );
    }
    if operators.len() > MAX_STATES {
        validator.wrong_key(
            path,
            format!("{} reservoirs are more than {MAX_STATES}", operators.len()),
            "too many",
            "leave some out".into(),
        );
        return None;
    }
    Some(operators)
}

fn check_node(
    name: &str,
    node: &NodeTable,
    at: &str,
    rule: WithdrawalRule,
    validator: &mut Validator<'_>,
) {
    if node.irrigation_demand_summer > 0.0 && node.p_scarce <= 0.0 {
        validator.mistake(
            &format!("{at}.irrigation_demand_summer"),
            format!("`{name}` has a demand for water, but no value of it"),
            "no price",
            format!("set `{at}.p_scarce` and `p_full` in MUSD/km3"),
        );
    }
    if node.p_full > node.p_scarce
        && node.p_scarce > 0.0
        && validator.as_written(&format!("{at}.p_scarce"))
    {
        validator.mistake(
            &format!("{at}.p_full"),
            format!(
                "water at `{name}` is worth more at full supply ({}) than when scarce ({})",
                node.p_full, node.p_scarce
            ),
            "above p_scarce",
            "p_full must not exceed p_scarce".into(),
        );
    }
    let fixed = matches!(rule, WithdrawalRule::FixedUpstream | WithdrawalRule::FixedDownstream);
    if fixed && node.irrigation_demand_summer > 0.0 && node.guaranteed_volume.is_none() {
        validator.wrong_key(
            at,
            format!("`{name}` has no guaranteed volume, but the withdrawal rule is fixed"),
            "incomplete",
            format!("set `{at}.guaranteed_volume` in km3, or choose another withdrawal_rule"),
        );
    }
    if let Some(reservoir) = &node.reservoir {
        check_reservoir(reservoir, &format!("{at}.reservoir"), validator);
    }
}

fn check_reservoir(r: &Reservoir, at: &str, validator: &mut Validator<'_>) {
    let pairs = [
        ("initial_storage", r.initial_storage, "active_capacity", r.active_capacity),
        ("target_storage", r.target_storage, "active_capacity", r.active_capacity),
        ("release_min_summer", r.release_min_summer, "release_max_summer", r.release_max_summer),
        ("release_min_winter", r.release_min_winter, "release_max_winter", r.release_max_winter),
        (
            "power_p_full_summer",
            r.power_p_full_summer,
            "power_p_scarce_summer",
            r.power_p_scarce_summer,
        ),
        (
            "power_p_full_winter",
            r.power_p_full_winter,
            "power_p_scarce_winter",
            r.power_p_scarce_winter,
        ),
        // Only surplus is sold. A higher export price would leave home demand unmet, and the joint
        // gain would not be concave.
        (
            "export_price_summer",
            r.export_price_summer,
            "power_p_full_summer",
            r.power_p_full_summer,
        ),
    ];
    for (low, low_value, high, high_value) in pairs {
        if low_value > high_value && validator.as_written(&format!("{at}.{high}")) {
            validator.mistake(
                &format!("{at}.{low}"),
                format!("`{low}` ({low_value}) is above `{high}` ({high_value})"),
                "too large",
                format!("`{low}` must not exceed `{high}`"),
            );
        }
    }
}

/// Resolves observed flows, by node in the order of the basin.
fn resolve_series(
    series: &SeriesTable,
    table: &BasinTable,
    path: &str,
    order: &[usize],
    validator: &mut Validator<'_>,
) -> Series {
    let first: Vec<&String> =
        series.years.values().next().into_iter().flat_map(|nodes| nodes.keys()).collect();
    for (year, nodes) in &series.years {
        let at = format!("{path}.series.years.{year}");
        for name in nodes.keys() {
            match table.nodes.get(name) {
                None => validator.wrong_key(
                    &format!("{at}.{name}"),
                    format!("there is no node `{name}`"),
                    "unknown node",
                    suggest(name, table.nodes.keys().map(String::as_str)),
                ),
                Some(node) if node.inflow_summer_mean <= 0.0 || node.inflow_winter_mean <= 0.0 => {
                    validator.wrong_key(
                        &format!("{at}.{name}"),
                        format!(
                            "`{name}` has observed flows, but no mean inflow to compare them with"
                        ),
                        "mean inflow is 0",
                        "set its inflow means and CVs to those of the series".into(),
                    )
                }
                Some(_) => {}
            }
        }
        if let Some(missing) = first.iter().find(|name| !nodes.contains_key(**name)) {
            validator.wrong_key(
                &at,
                format!("the year {year} has no flow for `{missing}`"),
                "incomplete year",
                "give every year the same nodes".into(),
            );
        }
    }
    let block = (series.mode == SeriesMode::BlockBootstrap).then_some(series.block_years as usize);
    let flows = |nodes: &IndexMap<String, SeasonFlows>| {
        let flow = |&n: &usize| table.nodes.get_index(n).and_then(|(name, _)| nodes.get(name));
        order.iter().map(|n| flow(n).map(|flows| (flows.summer, flows.winter))).collect()
    };
    Series { block, years: series.years.values().map(flows).collect() }
}

/// Returns the quota shares, in proportion to demand if none is given.
fn quota_shares(table: &BasinTable, path: &str, validator: &mut Validator<'_>) -> Vec<f64> {
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
            validator.wrong_key(
                &format!("{path}.nodes.{name}"),
                format!("`{name}` has no quota share, but other nodes have"),
                "incomplete",
                "give a `quota_share` to every node with demand, or to none (then shares follow \
                 demand)"
                    .into(),
            );
        }
    }
    let sum: f64 = table.nodes.values().filter_map(|node| node.quota_share).sum();
    if given == table.nodes.len() || sum > 1.0 {
        let last = table.nodes.iter().rfind(|(_, node)| node.quota_share.is_some());
        if (sum - 1.0).abs() > 1e-6
            && let Some((name, _)) = last
        {
            validator.mistake(
                &format!("{path}.nodes.{name}.quota_share"),
                format!("the quota shares of the basin add up to {sum}, not to 1"),
                "the last of them",
                "change them so that they add up to 1".into(),
            );
        }
    }
    table.nodes.values().map(|node| node.quota_share.unwrap_or(0.0)).collect()
}

/// Returns the obligations of a basin: releases first, then passing through from source to mouth,
/// then fuel. Costs and benefits are attributed in this order (ODD §5.1).
pub(in crate::scenario) fn basin_slots(
    basin: &Basin,
    scenario: &Scenario,
    _: usize,
) -> Vec<RawSlot> {
    let mut slots: Vec<RawSlot> = basin
        .operators
        .iter()
        .enumerate()
        .map(|(k, &n)| (basin.nodes[n].owner.index(), SlotKind::Release(k), Season::Summer, None))
        .collect();
    let releases_to = |n: usize, state: usize| {
        (0..basin.operators.len()).find(|&k| {
            let head = basin.operators[k];
            head != n
                && basin.nodes[n].upstream_mask >> head & 1 == 1
                && basin.nodes[head].owner.index() != state
        })
    };
    let mut queue: Vec<usize> = Vec::new();
    for (n, node) in basin.nodes.iter().enumerate() {
        let owner = node.owner.index();
        let below = basin.nodes.iter().enumerate().any(|(m, other)| {
            m != n
                && other.upstream_mask >> n & 1 == 1
                && other.owner != node.owner
                && other.demand > 0.0
        });
        if let Some(k) = releases_to(n, owner)
            && node.demand > 0.0
            && below
            && !queue.contains(&owner)
        {
            queue.push(owner);
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
