//! Shocks from uniforms, by the laws of ODD §3.

use super::Lane;
use super::layout::DrawLayout;
use crate::ids::{MAX_NODES, MAX_STATES};
use crate::numeric::{LANES, exp, lanes, ln, logistic, normal_quantiles};
use crate::scenario::raw::{PriceTable, ThreatTable};
use crate::scenario::types::{Basin, DomainKind, DomainSpec, Scenario, Series};

/// Returns the standard normal quantiles of a row of uniforms.
#[inline(always)]
fn normals(uniforms: &Lane) -> Lane {
    normal_quantiles(uniforms)
}

/// Returns σ of a lognormal law with this coefficient of variation.
fn lognormal_sigma(cv: f64) -> f64 {
    ln(1.0 + cv * cv).sqrt()
}

/// Returns the next value of a stationary AR(1) with unit variance; in the first year, the
/// innovation.
#[inline(always)]
fn step(previous: Option<&Lane>, rho: f64, innovation: &Lane) -> Lane {
    let Some(previous) = previous else {
        return *innovation;
    };
    let scale = (1.0 - rho * rho).sqrt();
    let mut next = [0.0; LANES];
    for lane in 0..LANES {
        next[lane] = rho * previous[lane] + scale * innovation[lane];
    }
    next
}

/// Returns the years simulated if the game ends after each with probability `hazard`: geometric, at
/// most the horizon.
pub(super) fn years_played(uniform: f64, hazard: f64, horizon: usize) -> usize {
    if hazard <= 0.0 {
        return horizon;
    }
    let years = 1.0 + (ln(uniform) / ln(1.0 - hazard)).floor();
    if years < horizon as f64 { years as usize } else { horizon }
}

/// Fills the shock rows of every year.
#[inline(always)]
pub(super) fn derive(
    scenario: &Scenario,
    layout: &DrawLayout,
    uniforms: &[Lane],
    tables: &mut [Lane],
) {
    let (draws, rows) = (layout.first_choice_draw, layout.rows_per_year);
    derive_domains(scenario, layout, uniforms, tables);
    let shocks = &scenario.shocks;
    let (mut fuel, mut food, mut threat): (Option<Lane>, Option<Lane>, Option<Lane>) =
        (None, None, None);
    let mut resolve = [[1.0; LANES]; MAX_STATES];
    // Shocks that no domain uses are not derived.
    let has = |kind: DomainKind| scenario.domains.iter().any(|domain| domain.kind() == kind);
    let (rivers, markets, threats) =
        (has(DomainKind::WaterEnergy), has(DomainKind::Food), has(DomainKind::Security));
    for year in 0..layout.years {
        let draw = |offset: usize| &uniforms[year * draws + layout.common_draw + offset];
        let table = &mut tables[year * rows..(year + 1) * rows];
        if rivers {
            let (index, next) = price(&shocks.fuel_price, fuel.as_ref(), &normals(draw(0)));
            table[layout.fuel_expected()] = expected_price(&shocks.fuel_price, fuel.as_ref());
            table[layout.fuel_price()] = index;
            fuel = Some(next);
            let winter = normals(draw(2));
            table[layout.severity()] =
                lanes(|l| (1.0 + shocks.winter_demand.cv * winter[l]).clamp(0.7, 1.3));
        }
        if markets {
            table[layout.food_expected()] = expected_price(&shocks.food_price, food.as_ref());
            let (index, next) = price(&shocks.food_price, food.as_ref(), &normals(draw(1)));
            table[layout.food_price()] = index;
            food = Some(next);
            derive_harvests(scenario, layout, draw, table);
        }
        if threats {
            table[layout.threat_expected()] = expected_threat(&shocks.threat, threat.as_ref());
            let x = step(threat.as_ref(), shocks.threat.ar1, &normals(draw(3)));
            table[layout.threat()] = lanes(|l| logistic(shocks.threat.mu + shocks.threat.s * x[l]));
            threat = Some(x);
        }
        table[layout.proposer()] = *draw(4);
        derive_leaderships(scenario, layout, draw, &mut resolve, table);
    }
}

/// Fills the rows of the domains' own shocks: inflows of basins, states of the world of stage
/// games.
#[inline(always)]
fn derive_domains(
    scenario: &Scenario,
    layout: &DrawLayout,
    uniforms: &[Lane],
    tables: &mut [Lane],
) {
    let (draws, rows) = (layout.first_choice_draw, layout.rows_per_year);
    for (domain, entry) in scenario.domains.iter().enumerate() {
        match &entry.spec {
            DomainSpec::Basin(basin) => inflows(basin, domain, layout, uniforms, tables),
            DomainSpec::StageGame(game) => {
                for year in 0..layout.years {
                    let uniform = &uniforms[year * draws + layout.world_draws[domain]];
                    tables[year * rows + layout.world(domain)] =
                        lanes(|l| world_of(&game.probabilities, uniform[l]) as f64);
                }
            }
            // The other domains have no draws of their own.
            _ => {}
        }
    }
}

/// Fills a year's harvests relative to their means: lognormal, with a common factor.
#[inline(always)]
fn derive_harvests<'a>(
    scenario: &Scenario,
    layout: &DrawLayout,
    draw: impl Fn(usize) -> &'a Lane,
    table: &mut [Lane],
) {
    let law = &scenario.shocks.harvest;
    let (sigma, common) = (lognormal_sigma(law.cv), law.common);
    let harvest_common = normals(draw(5));
    for state in 0..scenario.states.len() {
        let own = normals(draw(6 + state));
        let mut harvest = [0.0; LANES];
        for lane in 0..LANES {
            let x = common.sqrt() * harvest_common[lane] + (1.0 - common).sqrt() * own[lane];
            harvest[lane] = exp(sigma * x - 0.5 * sigma * sigma);
        }
        table[layout.harvest(state)] = harvest;
    }
}

/// Fills a year's changes of leadership and the resolve of the leaderships in office. `resolve`
/// keeps it from year to year.
#[inline(always)]
fn derive_leaderships<'a>(
    scenario: &Scenario,
    layout: &DrawLayout,
    draw: impl Fn(usize) -> &'a Lane,
    resolve: &mut [Lane; MAX_STATES],
    table: &mut [Lane],
) {
    let states = scenario.states.len();
    let sigma = lognormal_sigma(scenario.shocks.resolve.cv);
    for state in 0..states {
        let hazard = scenario.states[state].leadership_hazard;
        let uniform = draw(6 + states + state);
        let changes: Lane = lanes(|l| if uniform[l] < hazard { 1.0 } else { 0.0 });
        let redrawn = normals(draw(6 + 2 * states + state));
        for lane in 0..LANES {
            let new = exp(sigma * redrawn[lane] - 0.5 * sigma * sigma);
            resolve[state][lane] = if changes[lane] == 1.0 { new } else { resolve[state][lane] };
        }
        table[layout.leadership(state)] = changes;
        table[layout.resolve(state)] = resolve[state];
    }
}

/// Returns the mean threat given last year's, by Gauss–Hermite quadrature with three points.
#[inline(always)]
fn expected_threat(law: &ThreatTable, previous: Option<&Lane>) -> Lane {
    let (known, spread) = match previous {
        Some(previous) => (lanes(|l| law.ar1 * previous[l]), (1.0 - law.ar1 * law.ar1).sqrt()),
        None => ([0.0; LANES], 1.0),
    };
    let at = |x: f64| logistic(law.mu + law.s * x);
    let away = spread * 3f64.sqrt();
    lanes(|l| (4.0 * at(known[l]) + at(known[l] - away) + at(known[l] + away)) / 6.0)
}

#[inline(always)]
fn world_of(probabilities: &[f64], u: f64) -> usize {
    let mut sum = 0.0;
    for (world, probability) in probabilities.iter().enumerate() {
        sum += probability;
        if u < sum {
            return world;
        }
    }
    probabilities.len() - 1
}

#[inline(always)]
fn inflows(
    basin: &Basin,
    domain: usize,
    layout: &DrawLayout,
    uniforms: &[Lane],
    tables: &mut [Lane],
) {
    let (draws, rows) = (layout.first_choice_draw, layout.rows_per_year);
    let k = basin.forecast_skill;
    let chi = basin.winter_link;
    let (weight_common, weight_own) =
        (basin.common_factor_share.sqrt(), (1.0 - basin.common_factor_share).sqrt());
    let mut x: [Option<Lane>; MAX_NODES] = [None; MAX_NODES];
    let mut growth = 1.0;
    let mut observed = [0; LANES];
    for year in 0..layout.years {
        let draw = |offset: usize| &uniforms[year * draws + layout.basin_draws[domain] + offset];
        let shared = normals(draw(0));
        if let Some(series) = &basin.series {
            next_observed(series, year, draw(1 + 3 * basin.nodes.len()), &mut observed);
        }
        for (n, node) in basin.nodes.iter().enumerate() {
            let (own, winter, forecast) =
                (normals(draw(1 + 3 * n)), normals(draw(2 + 3 * n)), normals(draw(3 + 3 * n)));
            let mut innovation = [0.0; LANES];
            for lane in 0..LANES {
                innovation[lane] = weight_common * shared[lane] + weight_own * own[lane];
            }
            let mut state = step(x[n].as_ref(), basin.ar1_summer, &innovation);
            let (mean_s, sigma_s) =
                (node.inflow_summer.0 * growth, lognormal_sigma(node.inflow_summer.1));
            let (mean_w, sigma_w) =
                (node.inflow_winter.0 * growth, lognormal_sigma(node.inflow_winter.1));
            let flows = |series: &Series, lane: usize| series.years[observed[lane]][n];
            if let Some(series) = &basin.series {
                for (lane, state) in state.iter_mut().enumerate() {
                    if let Some((flow, _)) = flows(series, lane) {
                        // The deviate that the law would have needed for this flow, so that
                        // forecasts stay consistent.
                        let deviation = ln(flow / node.inflow_summer.0) + 0.5 * sigma_s * sigma_s;
                        *state = if sigma_s > 0.0 { deviation / sigma_s } else { 0.0 };
                    }
                }
            }
            // Loops without branches, one for each quantity, so that each becomes vector code.
            let (apart, beyond) = ((1.0 - chi * chi).sqrt(), k * (1.0 - k * k).sqrt());
            let seen: Lane = lanes(|l| k * k * state[l] + beyond * forecast[l]);
            let y: Lane = lanes(|l| chi * state[l] + apart * winter[l]);
            let mut summer: Lane =
                lanes(|l| mean_s * exp(sigma_s * state[l] - 0.5 * sigma_s * sigma_s));
            let mut winter_flow: Lane =
                lanes(|l| mean_w * exp(sigma_w * y[l] - 0.5 * sigma_w * sigma_w));
            if let Some(series) = &basin.series {
                for lane in 0..LANES {
                    if let Some(flow) = flows(series, lane) {
                        (summer[lane], winter_flow[lane]) = (flow.0 * growth, flow.1 * growth);
                    }
                }
            }
            let mut expected_s: Lane =
                lanes(|l| mean_s * exp(sigma_s * seen[l] - 0.5 * sigma_s * sigma_s * k * k));
            let mut expected_w: Lane = lanes(|l| {
                mean_w * exp(sigma_w * chi * seen[l] - 0.5 * sigma_w * sigma_w * chi * chi * k * k)
            });
            for outside in basin.outside.iter().filter(|outside| outside.node == n) {
                let (in_summer, in_winter) = outside.years[year];
                for flow in [&mut summer, &mut expected_s] {
                    *flow = lanes(|l| (flow[l] - in_summer).max(0.0));
                }
                for flow in [&mut winter_flow, &mut expected_w] {
                    *flow = lanes(|l| (flow[l] - in_winter).max(0.0));
                }
            }
            tables[year * rows + layout.inflow_summer(domain, n)] = summer;
            tables[year * rows + layout.inflow_winter(domain, n)] = winter_flow;
            tables[year * rows + layout.expected_summer(domain, n)] = expected_s;
            tables[year * rows + layout.expected_winter(domain, n)] = expected_w;
            x[n] = Some(state);
        }
        growth *= 1.0 + basin.inflow_trend;
    }
}

/// Sets the observed year of each lane: the next one, or a random one where a block begins.
#[inline(always)]
fn next_observed(series: &Series, year: usize, uniforms: &Lane, observed: &mut [usize; LANES]) {
    let count = series.years.len();
    for (observed, u) in observed.iter_mut().zip(uniforms) {
        *observed = match series.block {
            Some(block) if year.is_multiple_of(block) => {
                ((u * count as f64) as usize).min(count - 1)
            }
            Some(_) => (*observed + 1) % count,
            None => year % count,
        };
    }
}

fn price_sigma(law: &PriceTable) -> f64 {
    law.sd_dlog / (2.0 * (1.0 - law.ar1)).sqrt()
}

/// Returns the index and the AR(1) state of a year.
#[inline(always)]
fn price(law: &PriceTable, previous: Option<&Lane>, innovation: &Lane) -> (Lane, Lane) {
    let sigma = price_sigma(law);
    let x = step(previous, law.ar1, innovation);
    (lanes(|l| law.mean_index * exp(sigma * x[l] - 0.5 * sigma * sigma)), x)
}

/// Returns the mean of the index given last year's; the stationary mean in the first year.
#[inline(always)]
fn expected_price(law: &PriceTable, previous: Option<&Lane>) -> Lane {
    let Some(previous) = previous else {
        return [law.mean_index; LANES];
    };
    let known = price_sigma(law) * law.ar1;
    lanes(|l| law.mean_index * exp(known * previous[l] - 0.5 * known * known))
}
