//! Resolves all domains except river basins into numbers by state.

use crate::scenario::diagnostics::suggest;
use crate::scenario::raw::{
    FoodStateTable, FoodTable, PreferenceTable, ProjectTable, SecurityTable, StageGameTable,
};
use crate::scenario::resolve::validator::{RawSlot, Validator, state_at};
use crate::scenario::types::{
    Exposed, Food, GoAlone, GrainMarket, Project, Security, SlotKind, StageGame, StageObligation,
};

/// Resolves grain (ODD §5.3).
pub(in crate::scenario) fn resolve_food(
    table: &FoodTable,
    ids: &[String],
    validator: &mut Validator<'_>,
) -> Food {
    let mut markets = Vec::new();
    for (name, grain) in &table.states {
        let path = format!("food.states.{name}");
        if grain.p_full > grain.p_scarce {
            validator.mistake(
                &format!("{path}.p_full"),
                "the marginal value of grain rises with supply".into(),
                "above p_scarce",
                "p_full must not exceed p_scarce".into(),
            );
        }
        if let Some(state) = state_at(name, &path, ids, validator, true) {
            let FoodStateTable { harvest_mean, demand, p_scarce, p_full } = *grain;
            markets.push(GrainMarket { state, harvest: harvest_mean, demand, p_scarce, p_full });
        }
    }
    markets.sort_by_key(|market| market.state);
    Food {
        mean_price: table.mean_price,
        spot_slope: table.spot_slope,
        market_wedge: table.market_wedge,
        contract_price: table.contract_price,
        markets,
    }
}

/// Resolves common security (ODD §5.4).
pub(in crate::scenario) fn resolve_security(
    table: &SecurityTable,
    ids: &[String],
    validator: &mut Validator<'_>,
) -> Security {
    let mut exposed = Vec::new();
    for (name, row) in &table.states {
        if let Some(state) =
            state_at(name, &format!("security.states.{name}"), ids, validator, true)
        {
            exposed.push(Exposed {
                state,
                exposure: row.exposure,
                effort_cost: row.effort_cost_k,
                weight: row.weight,
                perception: row.threat_perception,
                learning: row.perception_learning,
            });
        }
    }
    exposed.sort_by_key(|exposed| exposed.state);
    Security {
        efficacy: table.efficacy,
        technology: table.technology,
        exposure_growth: table.exposure_growth,
        exposed,
    }
}

/// Resolves a joint project (ODD §5.5).
pub(in crate::scenario) fn resolve_project(
    table: &ProjectTable,
    path: &str,
    (ids, first_year): (&[String], i32),
    validator: &mut Validator<'_>,
) -> Project {
    let mut shares = Vec::new();
    for (name, &share) in &table.shares {
        let at = format!("{path}.shares.{name}");
        if !(0.0..=1.0).contains(&share) {
            validator.mistake(
                &at,
                format!("a share cannot be {share}"),
                "out of range",
                "it must lie in [0, 1]".into(),
            );
        }
        if let Some(state) = state_at(name, &at, ids, validator, true) {
            shares.push((state, share));
        }
    }
    let sum: f64 = table.shares.values().sum();
    if (sum - 1.0).abs() > 1e-9 {
        validator.mistake(
            &format!("{path}.shares"),
            format!("the shares of the cost add up to {sum}"),
            "not 1",
            "they must add up to 1".into(),
        );
    }
    shares.retain(|(_, share)| *share > 0.0);
    shares.sort_by_key(|(state, _)| *state);
    let mut benefits = vec![0.0; ids.len()];
    for (name, &benefit) in &table.benefits {
        let at = format!("{path}.benefits.{name}");
        if !benefit.is_finite() || benefit.abs() > 1e9 {
            validator.mistake(
                &at,
                format!("a benefit cannot be {benefit}"),
                "out of range",
                "give MUSD per year".into(),
            );
        }
        if let Some(state) = state_at(name, &at, ids, validator, true) {
            benefits[state] = benefit;
        }
    }
    let go_alone = table.go_alone.as_ref().and_then(|alone| {
        let at = format!("{path}.go_alone.owner");
        let owner = state_at(&alone.owner, &at, ids, validator, false)?;
        let from = (alone.year - first_year).max(0) as usize;
        Some(GoAlone { owner, from, cost: alone.cost, years: alone.years as usize })
    });
    Project {
        go_alone,
        cost: table.cost,
        years: table.years as usize,
        lag: table.lag as usize,
        shares,
        benefits,
    }
}

/// Largest number n of states in a game of preferences, which has 2ⁿ states of the world.
const MOST_PREFERENCES: usize = 10;

/// Resolves a joint act that each state favours or not. There is one state of the world for each
/// set of states that favour it.
fn resolve_preferences(
    preferences: &PreferenceTable,
    path: &str,
    ids: &[String],
    validator: &mut Validator<'_>,
) -> (StageGame, Vec<RawSlot>) {
    if ids.len() > MOST_PREFERENCES {
        validator.wrong_key(
            &format!("{path}.preferences"),
            format!("preferences of {} states make too many states of the world", ids.len()),
            "too many states",
            format!("at most {MOST_PREFERENCES} states"),
        );
        let nothing = StageGame {
            probabilities: vec![1.0],
            obligations: Vec::new(),
            joint: true,
            binary: true,
        };
        return (nothing, Vec::new());
    }
    let n = ids.len();
    let favours = |world: usize, state: usize| world >> state & 1 == 1;
    let value =
        |world, state| if favours(world, state) { preferences.gain } else { -preferences.loss };
    let probabilities = (0..1usize << n)
        .map(|world| {
            let chance = |state| {
                if favours(world, state) { preferences.favours } else { 1.0 - preferences.favours }
            };
            (0..n).map(chance).product()
        })
        .collect();
    // The value of the act to a state comes in equal parts from all others. The game is joint, so
    // the whole value is lost if one of them is missing.
    let obligations = (0..n)
        .map(|obligor| {
            let mut benefit = vec![0.0; n << n];
            for (at, benefit) in benefit.iter_mut().enumerate() {
                let (world, state) = (at / n, at % n);
                if state != obligor {
                    *benefit = value(world, state) / (n - 1) as f64;
                }
            }
            StageObligation { cost: vec![0.0; 1 << n], benefit, curvature: Default::default() }
        })
        .collect();
    let slots =
        (0..n).map(|state| (state, SlotKind::Stage(state), preferences.season, None)).collect();
    (StageGame { probabilities, obligations, joint: true, binary: true }, slots)
}

/// Resolves a stage game and its obligations (ODD §5.6).
pub(in crate::scenario) fn resolve_stage_game(
    table: &StageGameTable,
    path: &str,
    ids: &[String],
    validator: &mut Validator<'_>,
) -> (StageGame, Vec<RawSlot>) {
    if let Some(preferences) = &table.preferences {
        if !table.obligations.is_empty() || table.probabilities != [1.0] {
            validator.wrong_key(
                &format!("{path}.preferences"),
                "a game of preferences has neither obligations nor probabilities of its own".into(),
                "beside others",
                "remove `obligations` and `probabilities`, or `preferences`".into(),
            );
        }
        return resolve_preferences(preferences, path, ids, validator);
    }
    check_stage_game(table, path, validator);
    let (mut slots, mut obligations): (Vec<RawSlot>, _) = (Vec::new(), Vec::new());
    for index in 0..table.obligations.len() {
        let (slot, obligation) = resolve_obligation(table, path, index, ids, validator);
        slots.push(slot);
        obligations.push(obligation);
    }
    let probabilities = table.probabilities.clone();
    (StageGame { probabilities, obligations, joint: table.joint, binary: false }, slots)
}

/// Checks that a game has obligations and that its probabilities are a distribution.
fn check_stage_game(table: &StageGameTable, path: &str, validator: &mut Validator<'_>) {
    if table.obligations.is_empty() {
        validator.wrong_key(
            path,
            "the game has no obligations".into(),
            "nothing to owe",
            "add [[stage_games.NAME.obligations]], or `preferences`".into(),
        );
    }
    let sum: f64 = table.probabilities.iter().sum();
    if table.probabilities.iter().any(|p| !(0.0..=1.0).contains(p)) || (sum - 1.0).abs() > 1e-9 {
        validator.mistake(
            &format!("{path}.probabilities"),
            format!("the probabilities add up to {sum}"),
            "not a distribution",
            "each must lie in [0, 1] and they must add up to 1".into(),
        );
    }
}

/// Resolves one obligation of a stage game and its slot.
fn resolve_obligation(
    table: &StageGameTable,
    path: &str,
    index: usize,
    ids: &[String],
    validator: &mut Validator<'_>,
) -> (RawSlot, StageObligation) {
    let (obligation, worlds) = (&table.obligations[index], table.probabilities.len());
    let at = format!("{path}.obligations.{index}");
    if table.obligations[..index].iter().any(|other| other.name == obligation.name) {
        validator.mistake(
            &format!("{at}.name"),
            format!("two obligations are called `{}`", obligation.name),
            "the second",
            "give each its own name".into(),
        );
    }
    let obligor =
        state_at(&obligation.obligor, &format!("{at}.obligor"), ids, validator, false).unwrap_or(0);
    let mut per_world = |values: &[f64], at: &str| {
        if values.len() != worlds {
            validator.mistake(
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
        if let Some(state) = state_at(name, &format!("{at}.benefits.{name}"), ids, validator, true)
        {
            for (world, value) in values.into_iter().enumerate() {
                benefit[world * ids.len() + state] = value;
            }
        }
    }
    let trigger = obligation.trigger.as_ref().and_then(|name| {
        let earlier = table.obligations[..index].iter().position(|other| other.name == *name);
        match earlier {
            Some(trigger) if table.obligations[trigger].season <= obligation.season => {
                Some(trigger)
            }
            _ => {
                validator.mistake(
                    &format!("{at}.trigger"),
                    format!("`{name}` is not an earlier obligation"),
                    "not earlier",
                    suggest(name, table.obligations[..index].iter().map(|o| o.name.as_str())),
                );
                None
            }
        }
    });
    let slot = (obligor, SlotKind::Stage(index), obligation.season, trigger);
    let curvature = (obligation.cost_curvature, obligation.benefit_curvature);
    (slot, StageObligation { cost, benefit, curvature })
}
