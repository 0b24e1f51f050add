//! Trade and stage games: from tables to numbers by state.

use super::diagnostics::suggest;
use super::judge::{Judge, RawSlot, state_at};
use super::raw::{StageGameTable, TransportTable};
use super::types::{SlotKind, StageGame, StageObligation, Transport};

pub(super) fn resolve_transport(table: &TransportTable, ids: &[String], judge: &mut Judge<'_>) -> Transport {
    let n = ids.len();
    let mut rents = vec![None; n];
    for (name, &rent) in &table.border_rents {
        if let Some(state) = state_at(name, &format!("transport.border_rents.{name}"), ids, judge, true) {
            rents[state] = Some(rent);
        }
    }
    let mut imports = vec![0.0; n * n];
    for (importer, row) in &table.imports {
        let Some(i) = state_at(importer, &format!("transport.imports.{importer}"), ids, judge, true) else {
            continue;
        };
        for (exporter, &value) in row {
            let path = format!("transport.imports.{importer}.{exporter}");
            let Some(j) = state_at(exporter, &path, ids, judge, true) else {
                continue;
            };
            if i == j {
                judge.mistake(
                    &path,
                    format!("{importer} cannot import from itself"),
                    "same state twice",
                    "remove it".into(),
                );
            }
            if value.is_nan() || value < 0.0 {
                judge.mistake(
                    &path,
                    format!("imports cannot be {value}"),
                    "out of range",
                    "they must be 0 or more MUSD/yr".into(),
                );
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

pub(super) fn resolve_stage_game(
    table: &StageGameTable,
    path: &str,
    ids: &[String],
    judge: &mut Judge<'_>,
) -> (StageGame, Vec<RawSlot>) {
    let sum: f64 = table.probabilities.iter().sum();
    if table.probabilities.iter().any(|p| !(0.0..=1.0).contains(p)) || (sum - 1.0).abs() > 1e-9 {
        judge.mistake(
            &format!("{path}.probabilities"),
            format!("the probabilities add up to {sum}"),
            "not a distribution",
            "each must lie in [0, 1] and they must add up to 1".into(),
        );
    }
    let worlds = table.probabilities.len();
    let mut slots: Vec<RawSlot> = Vec::new();
    let mut obligations = Vec::new();
    for (index, obligation) in table.obligations.iter().enumerate() {
        let at = format!("{path}.obligations.{index}");
        if table.obligations[..index].iter().any(|other| other.name == obligation.name) {
            judge.mistake(
                &format!("{at}.name"),
                format!("two obligations are called `{}`", obligation.name),
                "the second",
                "give each its own name".into(),
            );
        }
        let obligor = state_at(&obligation.obligor, &format!("{at}.obligor"), ids, judge, false).unwrap_or(0);
        let mut per_world = |values: &[f64], at: &str| {
            if values.len() != worlds {
                judge.mistake(
                    at,
                    format!("there are {} values for {worlds} states of the world", values.len()),
                    "wrong number",
                    "give one value for each probability".into(),
                );
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
                    judge.mistake(
                        &format!("{at}.trigger"),
                        format!("`{name}` is not an earlier obligation"),
                        "not earlier",
                        suggest(name, table.obligations[..index].iter().map(|o| o.name.as_str())),
                    );
                    None
                }
            }
        });
        slots.push((obligor, SlotKind::Stage(index), obligation.season, trigger));
        obligations.push(StageObligation { cost, benefit });
    }
    (StageGame { probabilities: table.probabilities.clone(), obligations }, slots)
}
