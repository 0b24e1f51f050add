//! Grain (ODD §5.3): after the harvest surplus states deliver to deficit states at a contract price, over a reference
//! in which everybody trades on the market.
//!
//! On the market a buyer pays the spot price and a seller receives it less the wedge of freight, borders and traders.
//! A contract saves that wedge; who is tempted to break it is the seller in a bad year, when the spot price is far
//! above the contract price.

use super::Settlement;
use crate::fate::{FateLayout, Fates, Lane};
use crate::ids::{MAX_STATES, Members};
use crate::numeric::LANES;
use crate::plan::{Acts, Ladder, Physical, Plan};
use crate::scenario::types::{Food, GrainMarket, Scenario};

/// What grain costs a buyer and brings a seller on the market, MUSD/Mt.
#[derive(Debug, Clone, Copy, Default)]
struct Prices {
    spot: f64,
    seller: f64,
}

impl GrainMarket {
    /// Consumption at which a further tonne is worth the price, Mt.
    fn demand_at(&self, price: f64) -> f64 {
        if price <= self.p_full {
            self.demand
        } else if price >= self.p_scarce {
            0.0
        } else {
            self.demand * (self.p_scarce - price) / (self.p_scarce - self.p_full)
        }
    }

    /// Value of consumption (ODD §4), MUSD.
    fn value_of(&self, consumption: f64) -> f64 {
        let x = consumption.min(self.demand);
        self.p_scarce * x - (self.p_scarce - self.p_full) * x * x / (2.0 * self.demand)
    }

    /// Value of grain at hand to a state that trades on the market, MUSD.
    fn worth(&self, grain: f64, prices: &Prices) -> f64 {
        let (buying, selling) = (self.demand_at(prices.spot), self.demand_at(prices.seller));
        if grain < buying {
            self.value_of(buying) - prices.spot * (buying - grain)
        } else if grain > selling {
            self.value_of(selling) + prices.seller * (grain - selling)
        } else {
            self.value_of(grain)
        }
    }
}

/// Grain laid out for a batch.
#[derive(Debug, Clone)]
pub struct FoodWorld {
    spec: Food,
    states: usize,
    /// Realised and expected prices by year.
    prices: Vec<[Prices; LANES]>,
    expected: Vec<[Prices; LANES]>,
    /// Realised harvest: `harvest[year * markets + market]`, Mt.
    harvest: Vec<Lane>,
    optimum: Vec<Lane>,
}

impl FoodWorld {
    /// Lays out the grain of a scenario.
    pub fn new(scenario: &Scenario, spec: &Food) -> Self {
        let years = scenario.horizon;
        FoodWorld {
            spec: spec.clone(),
            states: scenario.states.len(),
            prices: vec![[Prices::default(); LANES]; years],
            expected: vec![[Prices::default(); LANES]; years],
            harvest: vec![[0.0; LANES]; years * spec.markets.len()],
            optimum: vec![[0.0; LANES]; years],
        }
    }

    pub(super) fn prepare(&mut self, scenario: &Scenario, layout: &FateLayout, fates: &Fates) {
        let count = self.spec.markets.len();
        let everyone = scenario.everyone();
        for year in 0..scenario.horizon {
            for (at, market) in self.spec.markets.iter().enumerate() {
                self.harvest[year * count + at] =
                    fates.row(year, layout.harvest(market.state)).map(|factor| factor * market.harvest);
            }
            for lane in 0..LANES {
                let harvest = self.harvest_of(year, lane);
                let mean = self.mean_harvest();
                self.prices[year][lane] = self.prices_at(fates.at(year, layout.food_price(), lane), &harvest);
                self.expected[year][lane] = self.prices_at(fates.at(year, layout.food_expected(), lane), &mean);
                let moved = self.allocate(&harvest, &self.prices[year][lane], everyone);
                self.optimum[year][lane] =
                    (0..count).map(|at| self.gain_of(at, harvest[at], moved[at], &self.prices[year][lane])).sum();
            }
        }
    }

    fn harvest_of(&self, year: usize, lane: usize) -> [f64; MAX_STATES] {
        let mut harvest = [0.0; MAX_STATES];
        let count = self.spec.markets.len();
        for (at, harvest) in harvest.iter_mut().enumerate().take(count) {
            *harvest = self.harvest[year * count + at][lane];
        }
        harvest
    }

    fn mean_harvest(&self) -> [f64; MAX_STATES] {
        let mut harvest = [0.0; MAX_STATES];
        for (harvest, market) in harvest.iter_mut().zip(&self.spec.markets) {
            *harvest = market.harvest;
        }
        harvest
    }

    /// The market in a year: the spot price rises with what the region's harvests leave uncovered.
    fn prices_at(&self, index: f64, harvest: &[f64; MAX_STATES]) -> Prices {
        let demand: f64 = self.spec.markets.iter().map(|market| market.demand).sum();
        let uncovered = ((demand - harvest.iter().sum::<f64>()) / demand).max(0.0);
        let spot = self.spec.mean_price * index * (1.0 + self.spec.spot_slope * uncovered);
        Prices { spot, seller: spot * (1.0 - self.spec.market_wedge) }
    }

    /// What a market gains if it receives `moved` Mt free of charge.
    fn gain_of(&self, at: usize, harvest: f64, moved: f64, prices: &Prices) -> f64 {
        let market = &self.spec.markets[at];
        market.worth(harvest + moved, prices) - market.worth(harvest, prices)
    }

    /// Net receipts of each market at the members' joint optimum, Mt: marginal values meet between what a seller gets
    /// and what a buyer pays on the market; where they cannot, the shorter side is served whole and the longer side
    /// shares in proportion.
    fn allocate(&self, harvest: &[f64; MAX_STATES], prices: &Prices, members: Members) -> [f64; MAX_STATES] {
        let mut moved = [0.0; MAX_STATES];
        let inside = |at: usize| members.contains(self.spec.markets[at].state);
        let lack = |at: usize, price: f64| self.spec.markets[at].demand_at(price) - harvest[at];
        let count = self.spec.markets.len();
        let total = |price: f64| (0..count).filter(|&at| inside(at)).map(|at| lack(at, price)).sum::<f64>();
        let (mut low, mut high) = (prices.seller, prices.spot);
        let (short_at_spot, short_at_seller) = (total(high), total(low));
        let price = if short_at_spot >= 0.0 {
            high
        } else if short_at_seller <= 0.0 {
            low
        } else {
            // Total lack falls piecewise linearly with the price.
            for _ in 0..60 {
                let middle = 0.5 * (low + high);
                if total(middle) > 0.0 {
                    low = middle;
                } else {
                    high = middle;
                }
            }
            0.5 * (low + high)
        };
        let sum = |sign: f64| (0..count).filter(|&at| inside(at)).map(|at| (sign * lack(at, price)).max(0.0)).sum();
        let (need, surplus): (f64, f64) = (sum(1.0), sum(-1.0));
        let traded = need.min(surplus);
        if traded <= 0.0 {
            return moved;
        }
        for (at, moved) in moved.iter_mut().enumerate().take(count).filter(|&(at, _)| inside(at)) {
            let lack = lack(at, price);
            *moved = lack * traded / if lack > 0.0 { need } else { surplus };
        }
        moved
    }

    pub(super) fn optimum(&self, year: usize, lane: usize) -> f64 {
        self.optimum[year][lane]
    }

    /// Quantities are agreed in spring on mean harvests and the expected price.
    pub(super) fn plan(&self, year: usize, ladder: &mut Ladder) {
        let (members, prices) = (ladder.members(), &self.expected[year]);
        let count = self.spec.markets.len();
        let contract = self.spec.contract_price;
        let mut harvest = [self.mean_harvest(); LANES];
        for market in 0..count {
            let agreed = ladder.agreed(market);
            for lane in 0..LANES {
                harvest[lane][market] -= agreed[lane];
            }
        }
        let full: [[f64; MAX_STATES]; LANES] =
            std::array::from_fn(|lane| self.allocate(&harvest[lane], &prices[lane], members[lane]));
        let alone: [[f64; MAX_STATES]; LANES] = std::array::from_fn(|lane| {
            let mut worth = [0.0; MAX_STATES];
            for ((worth, market), harvest) in worth.iter_mut().zip(&self.spec.markets).zip(&harvest[lane]) {
                *worth = market.worth(*harvest, &prices[lane]);
            }
            worth
        });
        for rung in 0..ladder.rungs() {
            let depth = ladder.depth(rung);
            // By market: what it gains from what it is to get or to give, the contract's price paid.
            let (mut gain, mut moved) = ([[0.0; LANES]; MAX_STATES], [[0.0; LANES]; MAX_STATES]);
            let bought: Lane = full.map(|moved| moved.iter().map(|moved| moved.max(0.0)).sum::<f64>() * depth);
            for (at, market) in self.spec.markets.iter().enumerate() {
                for lane in 0..LANES {
                    let received = depth * full[lane][at];
                    moved[at][lane] = received;
                    gain[at][lane] = market.worth(harvest[lane][at] + received, &prices[lane]) - alone[lane][at];
                }
            }
            for (seller, given) in moved.iter().enumerate().take(count) {
                // A negative amount is what a buyer is to get: nothing that it owes, but settlement reads it.
                let amount: Lane = given.map(|moved| 0.0 - moved);
                let sold: Lane = amount.map(|amount| amount.max(0.0));
                let cost = std::array::from_fn(|lane| {
                    if sold[lane] > 0.0 { -gain[seller][lane] - contract * sold[lane] } else { 0.0 }
                });
                ladder.set_amount(rung, seller, &amount);
                ladder.set_cost(rung, seller, &cost);
                for buyer in 0..count {
                    let benefit: Lane = std::array::from_fn(|lane| {
                        let received = moved[buyer][lane].max(0.0);
                        if sold[lane] <= 0.0 || received <= 0.0 {
                            return 0.0;
                        }
                        (gain[buyer][lane] - contract * received) * sold[lane] / bought[lane]
                    });
                    ladder.set_benefit(rung, seller, self.spec.markets[buyer].state, &benefit);
                }
            }
        }
    }

    /// What delivering costs a seller once harvest and price are known, MUSD.
    pub(super) fn cost_when_due(&self, plan: &Plan<'_>, slot: usize, year: usize, lane: usize, before: f64) -> f64 {
        let sold = plan.amount(slot);
        let harvest = self.harvest[year * self.spec.markets.len() + slot][lane] - before;
        -self.gain_of(slot, harvest, -sold, &self.prices[year][lane]) - self.spec.contract_price * sold
    }

    pub(super) fn settle(&self, year: usize, lane: usize, acts: &[Acts<'_>]) -> Settlement {
        let mut gain = [0.0; MAX_STATES];
        let count = self.spec.markets.len();
        let mut moved = [0.0; MAX_STATES];
        for (plan, performed) in acts {
            let promised: f64 = (0..count).map(|slot| plan.amount(slot).max(0.0)).sum();
            let sold: f64 = (0..count).map(|slot| plan.amount(slot).max(0.0) * performed[slot]).sum();
            // Buyers share what comes in proportion to what they were to get.
            let share = if promised > 0.0 { sold / promised } else { 0.0 };
            for (slot, moved) in moved.iter_mut().enumerate().take(count) {
                let amount = plan.amount(slot);
                *moved -= amount * if amount > 0.0 { performed[slot] } else { share };
            }
        }
        let harvest = self.harvest_of(year, lane);
        for (at, market) in self.spec.markets.iter().enumerate() {
            if moved[at] != 0.0 {
                gain[market.state] += self.gain_of(at, harvest[at], moved[at], &self.prices[year][lane])
                    - self.spec.contract_price * moved[at];
            }
        }
        debug_assert!(gain[self.states..].iter().all(|gain| *gain == 0.0));
        Settlement { gain, physical: Physical::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    prop_compose! {
        fn any_world()(
            rows in proptest::collection::vec((0.1f64..10.0, 0.5f64..8.0, 100.0f64..500.0, 10.0f64..90.0), 2..6),
            wedge in 0.0f64..0.6, slope in 0.0f64..3.0, index in 0.5f64..2.0,
        ) -> (FoodWorld, Prices) {
            let markets = rows.iter().enumerate().map(|(state, row)| GrainMarket {
                state, harvest: row.0, demand: row.1, p_scarce: row.2, p_full: row.3,
            }).collect();
            let spec = Food { mean_price: 100.0, spot_slope: slope, market_wedge: wedge, contract_price: 90.0, markets };
            let world = FoodWorld {
                states: spec.markets.len(), spec, prices: Vec::new(), expected: Vec::new(), harvest: Vec::new(),
                optimum: Vec::new(),
            };
            let prices = world.prices_at(index, &world.mean_harvest());
            (world, prices)
        }
    }

    proptest! {
        #[test]
        fn grain_is_neither_made_nor_lost_and_nobody_can_do_better((world, prices) in any_world(), nudge in 0.0f64..0.2) {
            let count = world.spec.markets.len();
            let harvest = world.mean_harvest();
            let moved = world.allocate(&harvest, &prices, Members::first(count));
            prop_assert!(moved.iter().sum::<f64>().abs() < 1e-9);
            let joint = |moved: &[f64; MAX_STATES]| {
                (0..count).map(|at| world.gain_of(at, harvest[at], moved[at], &prices)).sum::<f64>()
            };
            let best = joint(&moved);
            prop_assert!(best >= -1e-9);
            for i in 0..count {
                for j in 0..count {
                    let mut other = moved;
                    other[i] += nudge;
                    other[j] -= nudge;
                    if harvest[j] + other[j] >= 0.0 {
                        prop_assert!(joint(&other) <= best + 1e-6 * (1.0 + best), "{i} {j}: {} > {best}", joint(&other));
                    }
                }
            }
        }

        #[test]
        fn without_a_wedge_there_is_nothing_to_gain((world, prices) in any_world()) {
            let prices = Prices { spot: prices.spot, seller: prices.spot };
            let harvest = world.mean_harvest();
            let moved = world.allocate(&harvest, &prices, Members::first(world.spec.markets.len()));
            let joint: f64 =
                (0..world.spec.markets.len()).map(|at| world.gain_of(at, harvest[at], moved[at], &prices)).sum();
            prop_assert!(joint.abs() < 1e-6);
        }

        #[test]
        fn a_year_as_expected_gives_what_the_plan_says((mut world, prices) in any_world(), rungs in 1usize..5) {
            let count = world.spec.markets.len();
            world.expected = vec![[prices; LANES]];
            world.prices = vec![[prices; LANES]];
            world.harvest = world.spec.markets.iter().map(|market| [market.harvest; LANES]).collect();
            let mut ladder = Ladder::new(1, rungs, count, count);
            ladder.reset(Members::first(count), false);
            ladder.begin(0);
            world.plan(0, &mut ladder);
            for rung in 0..rungs {
                let plan = ladder.plan(0, rung, 0);
                let gain = world.settle(0, 0, &[(plan, &vec![1.0; count])]).gain;
                for (state, gain) in gain.iter().enumerate().take(count) {
                    let said = (0..count).map(|slot| plan.benefit(slot, state)).sum::<f64>() - plan.cost(state);
                    prop_assert!((gain - said).abs() < 1e-6 * (1.0 + said.abs()), "{state}: {gain} {said}");
                }
            }
        }
    }
}
