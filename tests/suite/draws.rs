//! Tests of the draws: the laws of ODD §3 in a large sample, and values that must not change
//! between versions.

#![allow(clippy::unwrap_used, reason = "a test may stop at what it did not expect")]

use consortia::draws::{ChoiceDraws, Decision, DrawLayout, Draws, SeasonDraw};
use consortia::ids::Members;
use consortia::numeric::LANES;
use consortia::scenario::load::{self, Override};
use consortia::scenario::raw::Season;
use consortia::scenario::types::{DomainSpec, Scenario};

const BATCHES: u64 = 250;

fn scenario(overrides: &[&str]) -> Scenario {
    let overrides: Vec<Override> = overrides.iter().map(|text| Override::new(*text)).collect();
    load::scenario("central-asia", &overrides)
        .unwrap_or_else(|bad| panic!("{}", bad.render(false)))
        .scenario
}

/// Returns the values of a row, as `[replication][year]`.
fn sample(scenario: &Scenario, row: impl Fn(&DrawLayout) -> usize) -> Vec<Vec<f64>> {
    let layout = DrawLayout::new(scenario);
    let mut draws = Draws::new(&layout, 99);
    let row = row(&layout);
    let mut all = Vec::new();
    for batch in 0..BATCHES {
        draws.draw(scenario, &layout, batch * LANES as u64);
        for lane in 0..LANES {
            all.push((0..scenario.horizon).map(|year| draws.at(year, row, lane)).collect());
        }
    }
    all
}

fn mean(values: impl Iterator<Item = f64> + Clone) -> f64 {
    values.clone().sum::<f64>() / values.count() as f64
}

fn moments(sample: &[Vec<f64>]) -> (f64, f64) {
    let all = sample.iter().flatten().copied();
    let m = mean(all.clone());
    (m, (mean(all.map(|x| (x - m) * (x - m)))).sqrt() / m)
}

fn correlation(pairs: impl Iterator<Item = (f64, f64)> + Clone) -> f64 {
    let (mx, my) = (mean(pairs.clone().map(|p| p.0)), mean(pairs.clone().map(|p| p.1)));
    let cov = mean(pairs.clone().map(|p| (p.0 - mx) * (p.1 - my)));
    cov / (mean(pairs.clone().map(|p| (p.0 - mx).powi(2)))
        * mean(pairs.map(|p| (p.1 - my).powi(2))))
    .sqrt()
}

fn lag_1(sample: &[Vec<f64>]) -> f64 {
    correlation(
        sample.iter().flat_map(|years| years.windows(2).map(|pair| (pair[0].ln(), pair[1].ln()))),
    )
}

fn logs<'a>(a: &'a [Vec<f64>], b: &'a [Vec<f64>]) -> impl Iterator<Item = (f64, f64)> + Clone + 'a {
    a.iter().flatten().zip(b.iter().flatten()).map(|(x, y)| (x.ln(), y.ln()))
}

fn close(found: f64, expected: f64, tolerance: f64, what: &str) {
    assert!((found - expected).abs() <= tolerance, "{what}: {found} against {expected}");
}

#[test]
fn inflows_have_the_mean_cv_lag_and_correlations_of_their_law() {
    let scenario = scenario(&[]);
    let DomainSpec::Basin(basin) = &scenario.domains[0].spec else { panic!("no basin") };
    let summers: Vec<_> =
        (0..2).map(|n| sample(&scenario, |layout| layout.inflow_summer(0, n))).collect();
    for (n, summer) in summers.iter().enumerate() {
        let (m, cv) = moments(summer);
        close(m / basin.nodes[n].inflow_summer.0, 1.0, 0.01, "summer mean");
        close(cv, basin.nodes[n].inflow_summer.1, 0.01, "summer cv");
        close(lag_1(summer), basin.ar1_summer, 0.02, "summer lag 1");
    }
    close(correlation(logs(&summers[0], &summers[1])), basin.common_factor_share, 0.02, "nodes");
    let winter = sample(&scenario, |layout| layout.inflow_winter(0, 0));
    let (m, cv) = moments(&winter);
    close(m / basin.nodes[0].inflow_winter.0, 1.0, 0.01, "winter mean");
    close(cv, basin.nodes[0].inflow_winter.1, 0.005, "winter cv");
    close(correlation(logs(&summers[0], &winter)), basin.winter_link, 0.02, "winter link");
    let amu = sample(&scenario, |layout| layout.inflow_summer(1, 0));
    close(correlation(logs(&summers[0], &amu)), 0.0, 0.02, "basins are independent");
}

#[test]
fn the_spring_forecast_is_unbiased_and_has_its_skill() {
    let scenario = scenario(&[]);
    let real = sample(&scenario, |layout| layout.inflow_summer(0, 0));
    let expected = sample(&scenario, |layout| layout.expected_summer(0, 0));
    close(moments(&expected).0 / moments(&real).0, 1.0, 0.01, "mean");
    close(correlation(logs(&real, &expected)), 0.8, 0.01, "skill");
    // Forecasts must be unbiased in the driest and the wettest third of forecasts.
    let mut pairs: Vec<(f64, f64)> =
        expected.iter().flatten().copied().zip(real.iter().flatten().copied()).collect();
    pairs.sort_by(|a, b| a.0.total_cmp(&b.0));
    let third = pairs.len() / 3;
    for part in [&pairs[..third], &pairs[2 * third..]] {
        let ratio = mean(part.iter().map(|p| p.1)) / mean(part.iter().map(|p| p.0));
        close(ratio, 1.0, 0.01, "conditional mean");
    }
    let winter = sample(&scenario, |layout| layout.inflow_winter(0, 0));
    let expected_winter = sample(&scenario, |layout| layout.expected_winter(0, 0));
    close(moments(&expected_winter).0 / moments(&winter).0, 1.0, 0.01, "winter mean");
    let perfect = scenario_with_skill("1");
    let real = sample(&perfect, |layout| layout.inflow_summer(0, 0));
    let expected = sample(&perfect, |layout| layout.expected_summer(0, 0));
    assert!(
        real.iter()
            .flatten()
            .zip(expected.iter().flatten())
            .all(|(a, b)| (a - b).abs() < 1e-12 * a)
    );
    let blind = scenario_with_skill("0");
    let expected = sample(&blind, |layout| layout.expected_summer(0, 0));
    assert!(expected.iter().flatten().all(|x| (x - 9.3).abs() < 1e-12));
}

fn scenario_with_skill(skill: &str) -> Scenario {
    scenario(&[&format!("basins.syr.forecast_skill={skill}")])
}

#[test]
fn a_trend_grows_mean_inflow_year_by_year() {
    let scenario = scenario(&[
        "basins.syr.inflow_trend=-0.01",
        "basins.syr.nodes.toktogul.inflow_summer_cv=0",
    ]);
    let summer = sample(&scenario, |layout| layout.inflow_summer(0, 0));
    close(summer[0][29], 9.3 * 0.99f64.powi(29), 1e-9, "last year");
}

#[test]
fn prices_have_the_mean_spread_and_lag_of_their_law() {
    let scenario = scenario(&["shocks.fuel_price.sd_dlog=0.2"]);
    let fuel = sample(&scenario, |layout| layout.fuel_price());
    close(moments(&fuel).0, 1.0, 0.02, "fuel mean");
    close(lag_1(&fuel), 0.8, 0.02, "fuel lag 1");
    let changes =
        fuel.iter().flat_map(|years| years.windows(2).map(|pair| (pair[1] / pair[0]).ln()));
    close(mean(changes.map(|d| d * d)).sqrt(), 0.2, 0.005, "sd of yearly log changes");
    let expected = sample(&scenario, |layout| layout.fuel_expected());
    close(mean(expected.iter().flatten().copied()), 1.0, 0.02, "expected mean");
    let errors =
        fuel.iter().zip(&expected).flat_map(|(f, e)| f.iter().zip(e).skip(1).map(|(f, e)| f / e));
    close(mean(errors.collect::<Vec<_>>().into_iter()), 1.0, 0.01, "unbiased given last year");
    let food = sample(&scenario, |layout| layout.food_price());
    close(lag_1(&food), 0.81, 0.02, "food lag 1");
    close(moments(&food).0, 1.0, 0.03, "food mean");
}

#[test]
fn severity_threat_harvest_and_leadership_follow_their_laws() {
    let scenario = scenario(&[]);
    let severity = sample(&scenario, |layout| layout.severity());
    let (m, cv) = moments(&severity);
    close(m, 1.0, 0.002, "severity mean");
    close(cv, 0.08, 0.002, "severity cv");
    assert!(severity.iter().flatten().all(|x| (0.7..=1.3).contains(x)));
    let threat = sample(&scenario, |layout| layout.threat());
    let logits: Vec<Vec<f64>> =
        threat.iter().map(|years| years.iter().map(|p| (p / (1.0 - p)).ln()).collect()).collect();
    let all = logits.iter().flatten().copied();
    close(mean(all.clone()), -0.5, 0.02, "threat location");
    close(mean(all.map(|x| (x + 0.5).powi(2))).sqrt(), 1.0, 0.02, "threat scale");
    close(
        correlation(logits.iter().flat_map(|years| years.windows(2).map(|p| (p[0], p[1])))),
        0.7,
        0.02,
        "threat lag 1",
    );
    let harvests: Vec<_> =
        [0, 1].map(|state| sample(&scenario, |layout| layout.harvest(state))).into();
    close(moments(&harvests[0]).0, 1.0, 0.01, "harvest mean");
    close(moments(&harvests[0]).1, 0.2, 0.005, "harvest cv");
    close(correlation(logs(&harvests[0], &harvests[1])), 0.4, 0.02, "harvest common factor");
    let changes = sample(&scenario, |layout| layout.leadership(1));
    close(mean(changes.iter().flatten().copied()), 0.12, 0.005, "Kyrgyz leadership hazard");
    let resolve = sample(&scenario, |layout| layout.resolve(1));
    for (years, changed) in resolve.iter().zip(&changes) {
        for year in 0..years.len() {
            let before = if year == 0 { 1.0 } else { years[year - 1] };
            assert!(
                changed[year] == 1.0 || years[year] == before,
                "resolve moves only with the leadership"
            );
        }
    }
    let redrawn = resolve
        .iter()
        .zip(&changes)
        .flat_map(|(r, c)| r.iter().zip(c).filter(|(_, c)| **c == 1.0).map(|(r, _)| *r));
    close(mean(redrawn.collect::<Vec<_>>().into_iter()), 1.0, 0.01, "redrawn resolve");
}

#[test]
fn choices_are_uniform_independent_and_shared_by_nobody() {
    let scenario = scenario(&[]);
    let layout = DrawLayout::new(&scenario);
    let mut draws = Draws::new(&layout, 5);
    let places = [
        layout.decision(Decision::Vote, 0, 0),
        layout.decision(Decision::Vote, 2, 0),
        layout.decision(Decision::Ratify, 0, 0),
        layout.exit(0),
        layout.season(0, 0, Season::Summer, SeasonDraw::Comply),
        layout.season(0, 0, Season::Winter, SeasonDraw::Comply),
        layout.season(0, 1, Season::Winter, SeasonDraw::Obey),
    ];
    let mut values = vec![Vec::new(); places.len()];
    for batch in 0..40 {
        draws.draw(&scenario, &layout, batch * LANES as u64);
        for lane in 0..LANES {
            for year in 0..scenario.horizon {
                for (at, &place) in places.iter().enumerate() {
                    values[at].push(draws.choice(year, place, lane));
                }
            }
        }
    }
    for (at, own) in values.iter().enumerate() {
        close(mean(own.iter().copied()), 0.5, 0.01, "mean");
        close(mean(own.iter().map(|u| (u - 0.5).powi(2))), 1.0 / 12.0, 0.002, "variance");
        for other in &values[..at] {
            let pairs: Vec<(f64, f64)> = own.iter().copied().zip(other.iter().copied()).collect();
            close(correlation(pairs.into_iter()), 0.0, 0.04, "correlation");
        }
    }
}

#[test]
fn a_replication_is_the_same_in_any_batch_and_another_seed_is_another_replication() {
    let scenario = scenario(&[]);
    let layout = DrawLayout::new(&scenario);
    let draw = |seed: u64, first: u64, lane: usize| {
        let mut draws = Draws::new(&layout, seed);
        draws.draw(&scenario, &layout, first);
        (draws.at(7, layout.inflow_summer(0, 0), lane), draws.choice(7, layout.exit(2), lane))
    };
    assert_eq!(draw(1, 8, 3), draw(1, 11, 0));
    assert_ne!(draw(1, 8, 3), draw(2, 8, 3));
}

/// A new version may change these values only if its notes say so: results of different versions
/// would not be comparable.
#[test]
fn values_are_stable() {
    let scenario = scenario(&[]);
    let layout = DrawLayout::new(&scenario);
    let mut draws = Draws::new(&layout, 20_030_705);
    draws.draw(&scenario, &layout, 0);
    let draw =
        ChoiceDraws { draws: &draws, layout: &layout, year: 12, lane: 2, body: Members::NONE };
    let rows = [
        draws.at(0, layout.inflow_summer(0, 0), 0),
        draws.at(29, layout.inflow_winter(1, 2), 7),
        draws.at(3, layout.fuel_price(), 4),
        draw.season(0, 1, Season::Summer, SeasonDraw::Slippage),
        draw.decision(Decision::Vote, 3, 4),
    ];
    insta::assert_debug_snapshot!(rows.map(f64::to_bits));
    insta::assert_debug_snapshot!(rows);
}

const SERIES: [&str; 2] = [
    "basins.syr.series.years={ 1951 = { toktogul = { summer = 8.0, winter = 2.5 } }, 1952 = { toktogul = { summer = 12.0, winter = 3.5 } }, 1953 = { toktogul = { summer = 7.0, winter = 2.0 } } }",
    "basins.syr.series.block_years=2",
];

#[test]
fn an_observed_series_is_replayed_in_order_in_every_replication() {
    let scenario = scenario(&["basins.syr.series.mode=replay", SERIES[0], SERIES[1]]);
    let summer = sample(&scenario, |layout| layout.inflow_summer(0, 0));
    let winter = sample(&scenario, |layout| layout.inflow_winter(0, 0));
    for (summer, winter) in summer.iter().zip(&winter) {
        for year in 0..scenario.horizon {
            assert_eq!(
                (summer[year], winter[year]),
                [(8.0, 2.5), (12.0, 3.5), (7.0, 2.0)][year % 3]
            );
        }
    }
    // Other nodes must follow their law, and the forecast must keep its skill.
    let other = sample(&scenario, |layout| layout.inflow_summer(0, 1));
    assert!(other[0][0] != other[1][0]);
    let expected = sample(&scenario, |layout| layout.expected_summer(0, 0));
    let mean_at = |year: usize| mean(expected.iter().map(|years| years[year]));
    assert!(mean_at(1) > 10.0 && mean_at(2) < 8.5, "{} {}", mean_at(1), mean_at(2));
}

#[test]
fn a_bootstrap_draws_blocks_of_consecutive_observed_years() {
    let scenario = scenario(&["basins.syr.series.mode=block_bootstrap", SERIES[0], SERIES[1]]);
    let summer = sample(&scenario, |layout| layout.inflow_summer(0, 0));
    let after = |flow: f64| {
        if flow == 8.0 {
            12.0
        } else if flow == 12.0 {
            7.0
        } else {
            8.0
        }
    };
    for years in &summer {
        for block in years.chunks(2) {
            assert_eq!(block[1], after(block[0]));
        }
    }
    close(mean(summer.iter().flatten().copied()), 9.0, 0.05, "all years are as likely");
}

#[test]
fn a_random_end_is_geometric_and_moves_no_other_draw() {
    let (plain, ending) = (scenario(&[]), scenario(&["scenario.end_hazard=0.05"]));
    let (layout, mut a) = (DrawLayout::new(&plain), Draws::new(&DrawLayout::new(&plain), 99));
    let mut b = Draws::new(&layout, 99);
    let mut lengths = Vec::new();
    for batch in 0..BATCHES {
        a.draw(&plain, &layout, batch * LANES as u64);
        b.draw(&ending, &layout, batch * LANES as u64);
        for lane in 0..LANES {
            assert_eq!(a.years_played(lane), plain.horizon);
            assert_eq!(a.at(7, layout.fuel_price(), lane), b.at(7, layout.fuel_price(), lane));
            lengths.push(b.years_played(lane) as f64);
        }
    }
    // E[min(T, 30)] = (1 − 0.95³⁰)/0.05.
    let expected = (1.0 - 0.95f64.powi(30)) / 0.05;
    close(mean(lengths.iter().copied()), expected, 0.6, "years played");
    close(
        lengths.iter().filter(|years| **years == 1.0).count() as f64 / lengths.len() as f64,
        0.05,
        0.015,
        "one year",
    );
}
