//! Tests for every domain: plans made on top of each other add up to the settlement.

use super::*;
use crate::numeric::LANES;
use crate::plan::Parties;
use crate::scenario::load::{self, Override};

#[test]
fn plans_of_several_bodies_add_up_when_everything_comes_as_expected() {
    // No shocks between spring and winter.
    let calm = [
        "shocks.harvest.cv=0",
        "shocks.food_price.sd_dlog=0",
        "shocks.threat.s=0",
        "basins.amu.forecast_skill=1",
        "basins.amu.withdrawal_rule=\"upstream_first\"",
        "allocations.treaty={basin=\"amu\", rule=\"proportional\"}",
        "stage_games.swap={probabilities=[1.0], obligations=[{name=\"a\", obligor=\"KGZ\", \
         season=\"summer\", cost=[30.0], \
         cost_curvature=\"quadratic\", benefits={UZB=[60.0], KAZ=[20.0]}}]}",
    ];
    let changes: Vec<Override> = calm.iter().map(|text| Override::new(*text)).collect();
    let scenario = load::scenario("central-asia", &changes)
        .unwrap_or_else(|bad| panic!("{}", bad.render(false)))
        .scenario;
    let layout = DrawLayout::new(&scenario);
    let mut draws = Draws::new(&layout, 11);
    draws.draw(&scenario, &layout, 0);
    let states = scenario.states.len();
    let bodies = [[0, 1], [1, 4], [0, 4], [1, 2], [2, 4]]
        .map(|pair| Members::NONE.with(pair[0]).with(pair[1]));
    let mut on_base = Vec::new();
    for (index, domain) in scenario.domains.iter().enumerate() {
        if matches!(domain.spec, DomainSpec::Basin(_)) {
            continue;
        }
        let mut world = World::new(&scenario, index);
        world.prepare(&scenario, &layout, &draws);
        let slots = domain.slots.len();
        let (year, lane) = (6, 3);
        let mut grids: Vec<OfferGrid> = Vec::new();
        for members in bodies {
            let mut grid = OfferGrid::new(1, 2, slots, states);
            grid.reset(members, true);
            for earlier in &grids {
                let plan = earlier.plan(year, 0, lane);
                grid.push_base((0..slots).map(|slot| [plan.amount(slot); LANES]));
            }
            world.plan(year, &mut grid);
            grids.push(grid);
        }
        let performed = vec![1.0; slots];
        let acts: Vec<Acts<'_>> =
            grids.iter().map(|grid| (grid.plan(year, 0, lane), &performed[..])).collect();
        let mut said = vec![0.0; states];
        for (plan, _) in &acts {
            for slot in 0..slots {
                said[scenario.slots[domain.slots.start + slot].obligor.index()] -= plan.cost(slot);
                for (state, said) in said.iter_mut().enumerate() {
                    *said += plan.benefit(slot, state);
                }
            }
        }
        let busy =
            acts.iter().filter(|(plan, _)| (0..slots).any(|slot| plan.amount(slot) > 0.0)).count();
        on_base.push((domain.name.as_str(), busy));
        let mut memory = Memory::default();
        world.start(lane, &mut memory);
        let gain = world.settle(&scenario, year, lane, &acts, &mut memory).gain;
        for state in 0..states {
            let (found, said) = (gain[state], said[state]);
            assert!(
                (found - said).abs() < 1e-6 * (1.0 + said.abs()),
                "{} {state}: {found} against {said}",
                domain.name
            );
        }
    }
    assert!(on_base.iter().filter(|(_, busy)| *busy > 1).count() >= 3, "{on_base:?}");
}

#[test]
fn plans_of_a_replication_do_not_depend_on_its_neighbours_in_the_batch() {
    let changes = [
        Override::new("basins.amu.withdrawal_rule=\"upstream_first\""),
        Override::new("allocations.treaty={basin=\"amu\", rule=\"proportional\"}"),
    ];
    let scenario = load::scenario("central-asia", &changes)
        .unwrap_or_else(|bad| panic!("{}", bad.render(false)))
        .scenario;
    let layout = DrawLayout::new(&scenario);
    let mut draws = Draws::new(&layout, 3);
    draws.draw(&scenario, &layout, 0);
    let everyone = scenario.everyone();
    let sets = [everyone, everyone.without(0), everyone.without(1), everyone.without(3).without(4)];
    let parties = |members| Some(Parties { members, in_kind: true, variant: 0 });
    for (index, domain) in scenario.domains.iter().enumerate() {
        let mut world = World::new(&scenario, index);
        world.prepare(&scenario, &layout, &draws);
        let (slots, states) = (domain.slots.len(), scenario.states.len());
        let mut mixed = OfferGrid::new(1, scenario.depth_levels, slots, states);
        mixed.reset_for(std::array::from_fn(|lane| {
            (lane % 5 < 4).then(|| parties(sets[lane % 5])).flatten()
        }));
        let mut alike = OfferGrid::new(1, scenario.depth_levels, slots, states);
        for year in 0..scenario.horizon {
            world.plan(year, &mut mixed);
            for (at, members) in sets.iter().enumerate() {
                alike.reset(*members, true);
                world.plan(year, &mut alike);
                for (lane, level) in (at..LANES)
                    .step_by(5)
                    .flat_map(|lane| (0..scenario.depth_levels).map(move |r| (lane, r)))
                {
                    let (a, b) = (mixed.plan(year, level, lane), alike.plan(year, level, lane));
                    for slot in 0..slots {
                        let case = format!("{} {year} {lane} {level} {slot}", domain.name);
                        assert_eq!(
                            (a.cost(slot), a.amount(slot)),
                            (b.cost(slot), b.amount(slot)),
                            "{case}"
                        );
                        for state in 0..states {
                            assert_eq!(
                                a.benefit(slot, state),
                                b.benefit(slot, state),
                                "{case} {state}"
                            );
                        }
                    }
                }
            }
        }
    }
}
