//! Tests of the water balance, of slopes, and of the joint optimum against a grid.

use super::power::PowerYear;
use super::river::{Shifts, Summer, SummerInput, Winter, summer, winter};
use super::*;
use crate::ids::StateId;
use crate::plan::OfferGrid;
use crate::scenario::load::{self, Override};
use crate::scenario::raw::WithdrawalRule;
use proptest::prelude::*;

const RULES: [WithdrawalRule; 4] = [
    WithdrawalRule::UpstreamFirst,
    WithdrawalRule::Proportional,
    WithdrawalRule::FixedUpstream,
    WithdrawalRule::FixedDownstream,
];

prop_compose! {
    /// A random tree of up to eight nodes, upstream before downstream; the shift is at node 0, the
    /// head.
    fn any_basin(chain: bool)(
        rule in 0usize..4,
        nodes in proptest::collection::vec(
            (0.0f64..1.0, 0.0f64..5.0, 0.0f64..0.2, 0.0f64..0.4, 0.0f64..2.0, 0.0f64..6.0,
                0.01f64..1.0), 2..9),
    ) -> Basin {
        let count = nodes.len();
        let shares: f64 = nodes.iter().map(|node| node.6).sum();
        let mut all: Vec<RiverNode> = nodes.iter().enumerate().map(|(n, node)| RiverNode {
            name: format!("n{n}"), owner: StateId::at(n),
            downstream: (n + 1 < count).then(|| {
                let beyond = (node.0 * (count - n - 1) as f64) as usize;
                if chain { n + 1 } else { n + 1 + beyond }
            }),
            upstream_mask: 0, inflow_summer: (1.0, 0.2), inflow_winter: (1.0, 0.2),
            demand: if node.1 >= 0.5 { node.1 } else if chain { 0.5 } else { 0.0 },
                demand_growth: 0.0, demand_share: Vec::new(), p_scarce: 100.0, p_full: 10.0,
            quota_share: node.6 / shares, guaranteed_volume: 0.5 * node.1, loss: node.2,
                return_flow: node.3,
            winter_fill: node.4, initial_stock: node.4, winter_channel: node.5, flood_phi: 1.0,
                reservoir: None,
        }).collect();
        for n in 0..count {
            let mut mask = 1u64 << n;
            for m in 0..n {
                if all[m].downstream == Some(n) { mask |= all[m].upstream_mask; }
            }
            all[n].upstream_mask = mask;
        }
        let mut basin = Basin {
            rule: RULES[rule], ar1_summer: 0.0, winter_link: 0.0, common_factor_share: 0.0,
                forecast_skill: 1.0,
            inflow_trend: 0.0,
            series: None, operators: vec![0],
            share_not_upstream: Vec::new(), guaranteed_not_upstream: Vec::new(), nodes: all,
            outside: Vec::new(),
        };
        let shares: Vec<f64> = basin.nodes.iter().map(|node| node.quota_share).collect();
        basin.share_not_upstream = basin.not_upstream(&shares).iter().zip(&shares).map(|(a,
            b)| a + b).collect();
        let guaranteed: Vec<f64> = basin.nodes.iter().map(|node| node.guaranteed_volume).collect();
        basin.guaranteed_not_upstream = basin.not_upstream(&guaranteed);
        basin
    }
}

struct Passed {
    summer: Summer<1>,
    winter: Winter<1>,
}

fn pass(
    basin: &Basin,
    supply: &[f64],
    shift: f64,
    open: f64,
    reference: Option<&Passed>,
) -> Passed {
    let count = basin.nodes.len();
    let mut passed = Passed { summer: Summer::new(count), winter: Winter::new(count) };
    let lane =
        |values: &dyn Fn(usize) -> f64| (0..count).map(|n| [values(n)]).collect::<Vec<[f64; 1]>>();
    let supply = lane(&|n| supply[n]);
    let shifts = Shifts { nodes: &[0], by: &[[shift]] };
    let stock = lane(&|n| basin.nodes[n].initial_stock);
    let demand: Vec<f64> = basin.nodes.iter().map(|node| node.demand).collect();
    let open = lane(&|_| open);
    let input = SummerInput {
        supply: &supply,
        shifts,
        stock: &stock,
        demand: &demand,
        demand_not_upstream: &basin.not_upstream(&demand),
        pass: &open,
        reference: reference.map(|passed| (&passed.summer.flow[..], &passed.summer.withdrawal[..])),
        along: 0,
    };
    summer::<1, true>(basin, input, &mut passed.summer);
    winter::<1, true>(basin, (&supply, shifts), 0, &mut passed.winter);
    passed
}

proptest! {
    #[test]
    fn routing_conserves_water_under_every_rule(
        basin in any_basin(false), supply in proptest::collection::vec(0.0f64..10.0, 8),
            shift in 0.0f64..1.0, open in 0.0f64..1.0,
    ) {
        let reference = pass(&basin, &supply, 0.0, 1.0, None);
        let shift = shift * supply[0];
        let passed = pass(&basin, &supply, shift, open, Some(&reference));
        let count = basin.nodes.len();
        let entering: f64 = supply[..count].iter().sum();
        let stock: f64 = basin.nodes.iter().map(|node| node.initial_stock).sum();
        let consumed: f64 =
            (0..count)
                .map(|n| passed.summer.withdrawal[n][0] * (1.0 - basin.nodes[n].return_flow))
                .sum();
        let summer_out = passed.summer.lost[0] + passed.summer.sink[0];
        let summer_balance = entering + shift + stock - consumed - summer_out;
        prop_assert!(summer_balance.abs() <= 1e-9 * (entering + stock + 1.0), "summer \
            {summer_balance}");
        let stored: f64 = passed.winter.stored.iter().map(|stored| stored[0]).sum();
        let winter_out = passed.winter.lost[0] + passed.winter.sink[0];
        let winter_balance = entering - shift - stored - winter_out;
        prop_assert!(winter_balance.abs() <= 1e-9 * (entering + 1.0), "winter {winter_balance}");
        for n in 0..count {
            let (taken, flow) = (passed.summer.withdrawal[n][0], passed.summer.flow[n][0]);
            prop_assert!(taken >= 0.0 && taken <= flow + 1e-12
                && taken <= basin.nodes[n].demand + 1e-12);
            prop_assert!(passed.winter.stored[n][0] <= basin.nodes[n].winter_fill);
        }
    }

    #[test]
    fn slopes_hold_up_to_the_next_kink(
        basin in any_basin(false), supply in proptest::collection::vec(0.0f64..10.0, 8),
            shift in 0.0f64..0.5, open in 0.0f64..1.0,
    ) {
        let reference = pass(&basin, &supply, 0.0, 1.0, None);
        // Slightly off the start, so that nothing is exactly at a kink.
        let shift = 1e-7 + shift * supply[0];
        let here = pass(&basin, &supply, shift, open, Some(&reference));
        let step = here.summer.kink[0].min(here.winter.kink[0]).min(1.0) * 0.999;
        let there = pass(&basin, &supply, shift + step, open, Some(&reference));
        for n in 0..basin.nodes.len() {
            let expected = here.summer.withdrawal[n][0] + step * here.summer.slope[n][0];
            prop_assert!((there.summer.withdrawal[n][0] - expected).abs() < 1e-6,
                "node {n} of {:?}: {} against {expected}, step {step}", basin.rule,
                there.summer.withdrawal[n][0]);
            let expected = here.winter.flow[n][0] + step * here.winter.slope[n][0];
            prop_assert!((there.winter.flow[n][0] - expected).abs() < 1e-6, "winter, node {n}");
        }
    }

    #[test]
    fn a_proportional_quota_lets_no_water_leave_while_a_node_is_short(
        basin in any_basin(true), supply in proptest::collection::vec(0.0f64..10.0, 8),
    ) {
        let basin = Basin { rule: WithdrawalRule::Proportional, ..basin };
        let passed = pass(&basin, &supply, 0.0, 1.0, None);
        let last = basin.nodes.len() - 1;
        let short = passed.summer.withdrawal[last][0] < basin.nodes[last].demand - 1e-9;
        let returned = passed.summer.withdrawal[last][0] * basin.nodes[last].return_flow;
        prop_assert!(!short || passed.summer.sink[0] <= returned + 1e-9);
    }
}

fn world(overrides: &[&str]) -> (Scenario, Vec<World>) {
    let overrides: Vec<Override> = overrides.iter().map(|text| Override::new(*text)).collect();
    let scenario = load::scenario("central-asia", &overrides)
        .unwrap_or_else(|bad| panic!("{}", bad.render(false)))
        .scenario;
    let layout = DrawLayout::new(&scenario);
    let mut draws = Draws::new(&layout, 11);
    draws.draw(&scenario, &layout, 0);
    let mut worlds: Vec<World> = (0..2).map(|index| World::new(&scenario, index)).collect();
    for world in &mut worlds {
        world.prepare(&scenario, &layout, &draws);
    }
    (scenario, worlds)
}
use crate::domain::World;

/// Settings with perfect forecasts and no shocks between spring and winter: expected and realised
/// years are equal.
const CALM: [&str; 6] = [
    "basins.syr.forecast_skill=1",
    "basins.amu.forecast_skill=1",
    "basins.syr.winter_link=1",
    "basins.amu.winter_link=1",
    "shocks.winter_demand.cv=0",
    "shocks.fuel_price.sd_dlog=0",
];

#[test]
fn cached_irrigation_benefit_is_valid_for_other_fuel_costs() {
    let (scenario, mut worlds) = world(&[]);
    let everyone = [scenario.everyone(); LANES];
    let mut moved = 0;
    for world in &mut worlds {
        let World::Basin(world) = world else { panic!("the first domains are basins") };
        for year in 0..scenario.horizon {
            let now = world.years[year].clone();
            world.open_nodes(&everyone);
            let mut solve = |cost: f64, again: bool| {
                let BasinWorld { joint, basin, .. } = &mut **world;
                joint.solve(basin, &now.real, &now.constants, &everyone, &[[cost; LANES]], again);
                (joint.shift[0], joint.fuel[0])
            };
            // The second solution reuses the pieces computed by the first.
            let dear = solve(40.0, false);
            let again = solve(8.0, true);
            let fresh = solve(8.0, false);
            for l in 0..LANES {
                let close = |a: f64, b: f64| (a - b).abs() < 1e-9 * (1.0 + b.abs());
                assert!(
                    close(again.0[l], fresh.0[l]) && close(again.1[l], fresh.1[l]),
                    "{year} {l}: {again:?} {fresh:?}"
                );
                moved += usize::from(!close(dear.0[l], fresh.0[l]));
            }
        }
    }
    assert!(moved > 100, "the cost of fuel hardly matters: {moved}");
}

/// Returns the joint gain of all states at a shift, with the best fuel at the price that the
/// solution used.
fn joint_at(
    world: &mut BasinWorld,
    conditions: &Conditions<LANES>,
    constants: &YearConstants,
    shift: &Lane,
    cost: &Lane,
) -> Lane {
    world.joint.shift[0] = *shift;
    let reservoir = reservoir_of(&world.basin, 0).clone();
    let node = world.basin.operators[0];
    let mut fuel = [0.0; LANES];
    for l in 0..LANES {
        let commercial = constants.commercial * conditions.fuel_price[l];
        let power = PowerYear::new(
            &reservoir,
            constants.power_growth[0],
            conditions.severity[l],
            commercial,
        );
        let hydro = winter_hydro(&reservoir, conditions.winter[node][l], shift[l]);
        fuel[l] = power
            .dispatch(hydro, reservoir.productivity * shift[l], power.wanted(cost[l]))
            .delivered;
    }
    world.joint.fuel[0] = fuel;
    world.joint_gain(conditions, constants)
}

fn compare_with_grid(overrides: &[&str]) {
    let (scenario, mut worlds) = world(overrides);
    let everyone = scenario.everyone();
    for world in &mut worlds {
        let World::Basin(world) = world else { panic!("the first domains are basins") };
        let (mut best_total, mut grid_total) = (0.0, 0.0);
        for year in 0..scenario.horizon {
            let now = world.years[year].clone();
            world.open_nodes(&[everyone; LANES]);
            world.optimise(&now.real, &now.constants, &[everyone; LANES], true);
            let limit = now.real.shift_limit[0];
            let mut cost = [0.0; LANES];
            for l in 0..LANES {
                for state in 0..world.states {
                    cost[l] += world.shares[state][l]
                        * world.fuel_cost[state].unwrap_or(0.0)
                        * now.real.fuel_price[l];
                }
            }
            let found = world.joint_gain(&now.real, &now.constants);
            let mut grid = [f64::NEG_INFINITY; LANES];
            const STEPS: usize = 400;
            for step in 0..=STEPS {
                let shift = limit.map(|limit| limit * step as f64 / STEPS as f64);
                let gain = joint_at(world, &now.real, &now.constants, &shift, &cost);
                for l in 0..LANES {
                    grid[l] = grid[l].max(gain[l]);
                }
            }
            for l in 0..LANES {
                assert!(
                    found[l] >= grid[l] - 1e-6 * (1.0 + grid[l].abs()),
                    "year {year} lane {l}: {} < {}",
                    found[l],
                    grid[l]
                );
                assert!((found[l] - now.optimum[l]).abs() < 1e-9 * (1.0 + found[l].abs()));
                best_total += found[l];
                grid_total += grid[l];
            }
        }
        assert!(
            best_total >= grid_total && best_total < grid_total * 1.05 + 1.0,
            "{best_total} against {grid_total}"
        );
    }
}

#[test]
fn the_joint_optimum_is_never_below_a_fine_grid() {
    compare_with_grid(&[]);
    compare_with_grid(&["fuel.commercial=false"]);
    compare_with_grid(&[
        "basins.syr.withdrawal_rule=\"upstream_first\"",
        "shocks.winter_demand.cv=0.3",
    ]);
    compare_with_grid(&[
        "basins.syr.nodes.toktogul.reservoir.thermal_capacity_winter=0.4",
        "fuel.markup=0",
    ]);
    compare_with_grid(&[
        "basins.syr.nodes.toktogul.reservoir.export_price_summer=11.5",
        "states.TJK.has_hydrocarbons=true",
        "states.TJK.fuel_cost=30",
    ]);
}

#[test]
fn the_obligations_of_a_plan_add_up_to_its_settlement_when_everything_comes_as_expected() {
    let (scenario, mut worlds) = world(&CALM);
    for (index, world) in worlds.iter_mut().enumerate() {
        let slots = scenario.domains[index].slots.len();
        let states = scenario.states.len();
        for members in [scenario.everyone(), scenario.everyone().without(3)] {
            let mut grid = OfferGrid::new(scenario.horizon, scenario.depth_levels, slots, states);
            grid.reset(members, true);
            (0..scenario.horizon).for_each(|year| world.plan(year, &mut grid));
            let mut active = 0;
            for lane in 0..LANES {
                for year in 0..scenario.horizon {
                    for level in 0..scenario.depth_levels {
                        let mut memory = Memory::default();
                        world.start(lane, &mut memory);
                        let World::Basin(basin) = &*world else { panic!("no basin") };
                        memory.stock =
                            basin.years[year].real.stock.iter().map(|stock| stock[lane]).collect();
                        let plan = grid.plan(year, level, lane);
                        let mut expected = vec![0.0; states];
                        for slot in 0..slots {
                            let obligor = scenario.slots
                                [scenario.domains[index].slots.start + slot]
                                .obligor
                                .index();
                            expected[obligor] -= plan.cost(slot);
                            for (state, gain) in expected.iter_mut().enumerate() {
                                *gain += plan.benefit(slot, state);
                            }
                            active += usize::from(plan.amount(slot) > 0.0);
                        }
                        let performed: Vec<f64> = (0..slots)
                            .map(|slot| {
                                let obligor = scenario.slots
                                    [scenario.domains[index].slots.start + slot]
                                    .obligor
                                    .index();
                                f64::from(u8::from(members.contains(obligor)))
                            })
                            .collect();
                        let settled =
                            world.settle(&scenario, year, lane, &[(plan, &performed)], &mut memory);
                        for state in 0..states {
                            assert!(
                                (settled.gain[state] - expected[state]).abs()
                                    < 1e-6 * (1.0 + expected[state].abs()),
                                "{} year {year} depth level {level} state {state}: {} against {}",
                                scenario.domains[index].name,
                                settled.gain[state],
                                expected[state]
                            );
                        }
                    }
                }
            }
            assert!(active > 0, "no plan in {}", scenario.domains[index].name);
        }
    }
}

/// Returns the offer grids of bodies, each made on top of the agreements of the bodies before: at
/// half, three quarters and full depth.
fn grids_on_base(
    world: &mut World,
    bodies: &[Members],
    (slots, states): (usize, usize),
    (year, lane): (usize, usize),
) -> Vec<OfferGrid> {
    let mut grids: Vec<OfferGrid> = Vec::new();
    for members in bodies {
        let mut grid = OfferGrid::new(1, 4, slots, states);
        grid.reset(*members, true);
        for (earlier, done) in grids.iter().enumerate() {
            let plan = done.plan(year, (1 + earlier).min(3), lane);
            grid.push_base((0..slots).map(|slot| [plan.amount(slot); LANES]));
        }
        world.plan(year, &mut grid);
        grids.push(grid);
    }
    grids
}

#[test]
fn plans_of_several_bodies_add_up_within_one_shift_limit() {
    let (scenario, mut worlds) = world(&CALM);
    let states = scenario.states.len();
    for (index, world) in worlds.iter_mut().enumerate() {
        let first = scenario.domains[index].slots.start;
        let slots = scenario.domains[index].slots.len();
        let World::Basin(basin) = &*world else { panic!("no basin") };
        let operator = basin.basin.nodes[basin.basin.operators[0]].owner.index();
        let others: Vec<usize> = scenario.everyone().without(operator).iter().collect();
        let bodies: Vec<Members> = others
            .windows(2)
            .map(|pair| Members::NONE.with(operator).with(pair[0]).with(pair[1]))
            .collect();
        let (mut stacked, mut full) = (0, 0);
        let sampled = (0..10).map(|at| (3 * at, (5 * at) % 16));
        for (year, lane) in sampled {
            let grids = grids_on_base(world, &bodies, (slots, states), (year, lane));
            let releases = |grid: &OfferGrid| grid.plan(year, 3, lane).amount(0);
            stacked += grids.iter().skip(1).filter(|grid| releases(grid) > 0.0).count();
            let World::Basin(basin) = &*world else { panic!("no basin") };
            let limit = basin.years[year].real.shift_limit[0][lane];
            let mut memory = Memory::default();
            world.start(lane, &mut memory);
            let World::Basin(basin) = &*world else { panic!("no basin") };
            memory.stock = basin.years[year].real.stock.iter().map(|stock| stock[lane]).collect();
            let mut expected = vec![0.0; states];
            let mut performed = Vec::new();
            let mut released = 0.0;
            for (at, grid) in grids.iter().enumerate() {
                let plan = grid.plan(year, (1 + at).min(3), lane);
                released += plan.amount(0);
                for slot in 0..slots {
                    let obligor = scenario.slots[first + slot].obligor.index();
                    expected[obligor] -= plan.cost(slot);
                    for (state, gain) in expected.iter_mut().enumerate() {
                        *gain += plan.benefit(slot, state);
                    }
                }
                let inside =
                    |slot: usize| bodies[at].contains(scenario.slots[first + slot].obligor.index());
                performed.push(
                    (0..slots).map(|slot| f64::from(u8::from(inside(slot)))).collect::<Vec<f64>>(),
                );
            }
            assert!(released <= limit * (1.0 + 1e-9), "{released} above {limit}");
            full += usize::from(released > 0.9 * limit);
            let acts: Vec<_> = grids
                .iter()
                .zip(&performed)
                .enumerate()
                .map(|(at, (grid, performed))| {
                    (grid.plan(year, (1 + at).min(3), lane), &performed[..])
                })
                .collect();
            let settled = world.settle(&scenario, year, lane, &acts, &mut memory);
            for state in 0..states {
                assert!(
                    (settled.gain[state] - expected[state]).abs()
                        < 1e-6 * (1.0 + expected[state].abs()),
                    "{} year {year} state {state}: {} against {}",
                    scenario.domains[index].name,
                    settled.gain[state],
                    expected[state]
                );
            }
        }
        assert!(
            stacked > 0,
            "{}: nobody adds to what others agreed ({full} at the limit)",
            scenario.domains[index].name
        );
    }
}
