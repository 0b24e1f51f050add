//! Resolves allocations of rivers' water by other rules (ODD §5.7).

use crate::scenario::diagnostics::suggest;
use crate::scenario::raw::{AllocationTable, WithdrawalRule};
use crate::scenario::resolve::validator::Validator;
use crate::scenario::types::{Allocation, Basin, DomainSpec, Scenario};

/// Resolves an allocation. Returns `None` if there is no such basin.
pub(in crate::scenario) fn resolve_allocation(
    table: &AllocationTable,
    path: &str,
    scenario: &Scenario,
    validator: &mut Validator<'_>,
) -> Option<Allocation> {
    let basins = || {
        scenario.domains.iter().enumerate().filter_map(|(at, domain)| match &domain.spec {
            DomainSpec::Basin(basin) => Some((at, domain.name.as_str(), basin)),
            _ => None,
        })
    };
    let Some((at, _, basin)) = basins().find(|(_, name, _)| *name == table.basin) else {
        let help = suggest(&table.basin, basins().map(|(_, name, _)| name));
        let message = format!("there is no basin `{}`", table.basin);
        validator.mistake(&format!("{path}.basin"), message, "unknown basin", help);
        return None;
    };
    let mut agreed = Basin { rule: table.rule, ..basin.clone() };
    for (name, &volume) in &table.guaranteed_volumes {
        match agreed.nodes.iter_mut().find(|node| node.name == *name) {
            Some(node) => node.guaranteed_volume = volume,
            None => validator.wrong_key(
                &format!("{path}.guaranteed_volumes.{name}"),
                format!("`{}` has no node `{name}`", table.basin),
                "unknown node",
                suggest(name, basin.nodes.iter().map(|node| node.name.as_str())),
            ),
        }
    }
    let volumes: Vec<f64> = agreed.nodes.iter().map(|node| node.guaranteed_volume).collect();
    agreed.guaranteed_not_upstream = agreed.not_upstream(&volumes);
    check_rule(table, path, (basin, &agreed), validator);
    let mut obligors: Vec<usize> = agreed
        .nodes
        .iter()
        .filter(|node| node.demand > 0.0 && node.downstream.is_some())
        .map(|node| node.owner.index())
        .collect();
    obligors.sort_unstable();
    obligors.dedup();
    Some(Allocation { basin: at, agreed, obligors })
}

/// Checks that the rule differs from that of the basin and has what it needs.
fn check_rule(
    table: &AllocationTable,
    path: &str,
    (basin, agreed): (&Basin, &Basin),
    validator: &mut Validator<'_>,
) {
    let mut refuse = |key: &str, message: String, label: &str, help: &str| {
        validator.mistake(&format!("{path}.{key}"), message, label, help.into());
    };
    let fixed =
        matches!(table.rule, WithdrawalRule::FixedUpstream | WithdrawalRule::FixedDownstream);
    if table.rule == WithdrawalRule::UpstreamFirst {
        let message = "this rule asks nobody to leave water".to_string();
        refuse("rule", message, "nothing to negotiate", "choose another rule");
    }
    if basin.rule == table.rule && table.guaranteed_volumes.is_empty() {
        let message = format!("`{}` is shared by this rule already", table.basin);
        refuse("rule", message, "nothing to negotiate", "choose another rule");
    }
    if !fixed && !table.guaranteed_volumes.is_empty() {
        refuse(
            "guaranteed_volumes",
            "this rule guarantees no volumes".into(),
            "without effect",
            "choose \"fixed_upstream\" or \"fixed_downstream\", or remove them",
        );
    }
    if fixed
        && table.guaranteed_volumes.is_empty()
        && agreed.nodes.iter().all(|node| node.guaranteed_volume == 0.0)
    {
        refuse(
            "rule",
            "this rule guarantees no volume to any node".into(),
            "incomplete",
            "set `guaranteed_volumes` in km3 per summer, by node",
        );
    }
    let shares: f64 = agreed.nodes.iter().map(|node| node.quota_share).sum();
    if table.rule == WithdrawalRule::Proportional && (shares - 1.0).abs() > 1e-6 {
        refuse(
            "rule",
            "the nodes of this basin have no quotas that add up to 1".into(),
            "incomplete",
            "set `quota_share` at the nodes",
        );
    }
}
