//! Grain (ODD §5.3): after the harvest, surplus states deliver to deficit states at a contract
//! price. In the reference every state trades on the market.
//!
//! On the market a buyer pays the spot price, and a seller receives it less the wedge of freight,
//! borders and traders. A contract saves that wedge. The temptation to break it is largest for the
//! seller in a bad year, when the spot price is far above the contract price.

use super::Settlement;
use crate::draws::{DrawLayout, Draws};
use crate::ids::MAX_STATES;
use crate::numeric::{LANES, add, any, lanes, vectorised};
use crate::plan::{Acts, Lane, NOTHING, OfferGrid, Physical, Plan};
use crate::scenario::types::{Food, GrainMarket, Scenario};

/// Price of grain to a buyer (`spot`) and to a seller on the market, MUSD/Mt, by lane.
#[derive(Debug, Clone, Copy)]
struct Prices<const L: usize> {
    spot: [f64; L],
    seller: [f64; L],
}

impl<const L: usize> Prices<L> {
    const NONE: Self = Prices { spot: [0.0; L], seller: [0.0; L] };
}

/// A market without deliveries under a plan: its demand at both prices, Mt, and the value of the
/// grain at hand, MUSD.
#[derive(Debug, Clone, Copy)]
struct Idle {
    demand: Prices<LANES>,
    value: Lane,
}

impl Idle {
    const NONE: Self = Idle { demand: Prices::NONE, value: [0.0; LANES] };
}

/// One number for each market in each replication: `[market][lane]`.
type Markets<const L: usize> = [[f64; L]; MAX_STATES];

impl GrainMarket {
    /// Returns the consumption at which the marginal value equals the price, Mt.
    #[inline(always)]
    fn demand_at(&self, price: f64) -> f64 {
        let within = self.demand * (self.p_scarce - price) / (self.p_scarce - self.p_full);
        let below = if price >= self.p_scarce { 0.0 } else { within };
        if price <= self.p_full { self.demand } else { below }
    }

    /// Returns the value of consumption (ODD §4), MUSD.
    #[inline(always)]
    fn value_of(&self, consumption: f64) -> f64 {
        let x = consumption.min(self.demand);
        self.p_scarce * x - (self.p_scarce - self.p_full) * x * x / (2.0 * self.demand)
    }

    /// Returns the value of grain at hand to a state that trades on the market, MUSD. The state
    /// buys up to `buying` and sells the grain above `selling`: its demand at the spot and the
    /// seller's price.
    #[inline(always)]
    fn value(&self, grain: f64, (spot, buying): (f64, f64), (seller, selling): (f64, f64)) -> f64 {
        let (buys, sells) = (grain < buying, grain > selling);
        let traded = if sells { seller * (grain - selling) } else { 0.0 };
        let traded = if buys { -(spot * (buying - grain)) } else { traded };
        let kept = if sells { selling } else { grain };
        self.value_of(if buys { buying } else { kept }) + traded
    }
}

/// Grain prepared for a batch.
#[derive(Debug, Clone)]
pub struct FoodWorld {
    spec: Food,
    states: usize,
    /// Realised prices by year; `expected` holds those expected in spring.
    prices: Vec<Prices<LANES>>,
    expected: Vec<Prices<LANES>>,
    /// Realised harvest: `harvest[year * markets + market]`, Mt.
    harvest: Vec<Lane>,
    optimum: Vec<Lane>,
    /// Scratch buffer for the markets without deliveries, by market.
    idle: Vec<Idle>,
}

impl FoodWorld {
    /// Creates the world of a scenario's grain.
    pub fn new(scenario: &Scenario, spec: &Food) -> Self {
        let years = scenario.horizon;
        FoodWorld {
            spec: spec.clone(),
            states: scenario.states.len(),
            prices: vec![Prices::NONE; years],
            expected: vec![Prices::NONE; years],
            harvest: vec![[0.0; LANES]; years * spec.markets.len()],
            optimum: vec![[0.0; LANES]; years],
            idle: vec![Idle::NONE; spec.markets.len()],
        }
    }

    pub(super) fn prepare(&mut self, scenario: &Scenario, layout: &DrawLayout, draws: &Draws) {
        vectorised(
            #[inline(always)]
            || self.prepare_years(scenario.horizon, layout, draws),
        );
    }

    #[inline(always)]
    fn prepare_years(&mut self, years: usize, layout: &DrawLayout, draws: &Draws) {
        let count = self.spec.markets.len();
        let mean = self.mean_harvest();
        for year in 0..years {
            let mut harvest = [[0.0; LANES]; MAX_STATES];
            for (at, market) in self.spec.markets.iter().enumerate() {
                let factor = draws.row(year, layout.harvest(market.state));
                harvest[at] = lanes(|l| factor[l] * market.harvest);
                self.harvest[year * count + at] = harvest[at];
            }
            let prices = self.prices_at(draws.row(year, layout.food_price()), &harvest);
            self.expected[year] = self.prices_at(draws.row(year, layout.food_expected()), &mean);
            let moved = self.allocate(&harvest, &prices, &[[1.0; LANES]; MAX_STATES]);
            let mut optimum = [0.0; LANES];
            for at in 0..count {
                let gain = self.gains(at, &harvest[at], &moved[at], &prices);
                optimum = lanes(|l| optimum[l] + gain[l]);
            }
            (self.prices[year], self.optimum[year]) = (prices, optimum);
        }
    }

    #[inline(always)]
    fn mean_harvest<const L: usize>(&self) -> Markets<L> {
        let mut harvest = [[0.0; L]; MAX_STATES];
        for (harvest, market) in harvest.iter_mut().zip(&self.spec.markets) {
            *harvest = [market.harvest; L];
        }
        harvest
    }

    /// Returns the prices of a year. The spot price rises with the share of the region's demand
    /// that its harvests leave uncovered.
    #[inline(always)]
    fn prices_at<const L: usize>(&self, index: &[f64; L], harvest: &Markets<L>) -> Prices<L> {
        let demand: f64 = self.spec.markets.iter().map(|market| market.demand).sum();
        let mut all = [0.0; L];
        for harvest in &harvest[..self.spec.markets.len()] {
            all = lanes(|l| all[l] + harvest[l]);
        }
        let spot: [f64; L] = lanes(|l| {
            let uncovered = ((demand - all[l]) / demand).max(0.0);
            self.spec.mean_price * index[l] * (1.0 + self.spec.spot_slope * uncovered)
        });
        Prices { spot, seller: lanes(|l| spot[l] * (1.0 - self.spec.market_wedge)) }
    }

    /// Returns the value of grain at hand in a market whose demand at both prices is known, MUSD.
    #[inline(always)]
    fn value<const L: usize>(
        &self,
        at: usize,
        grain: &[f64; L],
        prices: &Prices<L>,
        demand: &Prices<L>,
    ) -> [f64; L] {
        let market = self.spec.markets[at];
        lanes(|l| {
            let (spot, seller) =
                ((prices.spot[l], demand.spot[l]), (prices.seller[l], demand.seller[l]));
            market.value(grain[l], spot, seller)
        })
    }

    /// Returns the demand of a market at each of both prices, Mt.
    #[inline(always)]
    fn demand_at<const L: usize>(&self, at: usize, prices: &Prices<L>) -> Prices<L> {
        let market = self.spec.markets[at];
        let demand = |price: &[f64; L]| lanes(|l| market.demand_at(price[l]));
        Prices { spot: demand(&prices.spot), seller: demand(&prices.seller) }
    }

    /// Returns the gain of a market that receives `moved` Mt free of charge, MUSD.
    #[inline(always)]
    fn gains<const L: usize>(
        &self,
        at: usize,
        harvest: &[f64; L],
        moved: &[f64; L],
        prices: &Prices<L>,
    ) -> [f64; L] {
        let demand = self.demand_at(at, prices);
        let after = self.value(at, &lanes(|l| harvest[l] + moved[l]), prices, &demand);
        let before = self.value(at, harvest, prices, &demand);
        lanes(|l| after[l] - before[l])
    }

    /// Returns that gain in one replication, at the realised prices of a year.
    fn gain_of(&self, at: usize, harvest: f64, moved: f64, year: usize, lane: usize) -> f64 {
        let Prices { spot, seller } = &self.prices[year];
        let [gain] = self.gains(
            at,
            &[harvest],
            &[moved],
            &Prices { spot: [spot[lane]], seller: [seller[lane]] },
        );
        gain
    }

    /// Returns the sum of demand less harvest of the markets inside at a price, Mt.
    #[inline(always)]
    fn shortage<const L: usize>(
        &self,
        price: &[f64; L],
        harvest: &Markets<L>,
        inside: &Markets<L>,
    ) -> [f64; L] {
        self.shortage_of(|market| lanes(|l| market.demand_at(price[l])), harvest, inside)
    }

    /// Returns the sum of a given demand less harvest of the markets inside, Mt.
    #[inline(always)]
    fn shortage_of<const L: usize>(
        &self,
        demand: impl Fn(&GrainMarket) -> [f64; L],
        harvest: &Markets<L>,
        inside: &Markets<L>,
    ) -> [f64; L] {
        let mut shortage = [0.0; L];
        for (at, market) in self.spec.markets.iter().enumerate() {
            let (before, demand, harvest, inside) =
                (shortage, demand(market), &harvest[at], &inside[at]);
            shortage = lanes(|l| before[l] + inside[l] * (demand[l] - harvest[l]));
        }
        shortage
    }

    /// Returns the price between those of seller and buyer at which the markets inside have neither
    /// shortage nor surplus in sum, MUSD/Mt.
    ///
    /// The shortage falls with the price, linearly between the prices at which a market begins or
    /// ceases to buy. The loop narrows the bracket to the linear piece that holds the root. A test
    /// compares the result with a search.
    #[inline(always)]
    fn clearing<const L: usize>(
        &self,
        prices: &Prices<L>,
        harvest: &Markets<L>,
        inside: &Markets<L>,
    ) -> [f64; L] {
        let (mut low, mut high) = (prices.seller, prices.spot);
        for market in &self.spec.markets {
            for kink in [market.p_full, market.p_scarce] {
                // The price is the same in all lanes, so the demand at it is computed once.
                let shortage =
                    self.shortage_of(|market| [market.demand_at(kink); L], harvest, inside);
                let (below, above) = (low, high);
                let within = |l: usize| (kink > below[l]) & (kink < above[l]);
                low = lanes(|l| if within(l) & (shortage[l] > 0.0) { kink } else { below[l] });
                high = lanes(|l| if within(l) & (shortage[l] <= 0.0) { kink } else { above[l] });
            }
        }
        // Two interior points are used, because the shortage may jump at the ends of the piece.
        let third: [f64; L] = lanes(|l| (high[l] - low[l]) / 3.0);
        let (a, b) = (lanes(|l| low[l] + third[l]), lanes(|l| high[l] - third[l]));
        let (at_a, at_b) = (self.shortage(&a, harvest, inside), self.shortage(&b, harvest, inside));
        lanes(|l| {
            let crossing = a[l] + (b[l] - a[l]) * (at_a[l] / (at_a[l] - at_b[l]));
            let end = if at_a[l] > 0.0 { high[l] } else { low[l] };
            let price = if at_a[l] > at_b[l] { crossing } else { end };
            price.max(low[l]).min(high[l])
        })
    }

    /// Returns the net receipts of each market at the joint optimum of the markets inside (1, else
    /// 0), Mt. Marginal values are equalised between the seller's and the buyer's price. Where that
    /// is impossible, the shorter side is served in full and the longer side in proportion. Amounts
    /// below a billionth of the demand count as none.
    #[inline(always)]
    fn allocate<const L: usize>(
        &self,
        harvest: &Markets<L>,
        prices: &Prices<L>,
        inside: &Markets<L>,
    ) -> Markets<L> {
        let count = self.spec.markets.len();
        let short_at_spot = self.shortage(&prices.spot, harvest, inside);
        let short_at_seller = self.shortage(&prices.seller, harvest, inside);
        let meets_between = any::<L>(|l| short_at_spot[l] < 0.0 && short_at_seller[l] > 0.0);
        let clearing =
            if meets_between { self.clearing(prices, harvest, inside) } else { prices.seller };
        let price: [f64; L] = lanes(|l| {
            let meets = if short_at_seller[l] <= 0.0 { prices.seller[l] } else { clearing[l] };
            if short_at_spot[l] >= 0.0 { prices.spot[l] } else { meets }
        });
        let mut moved = [[0.0; L]; MAX_STATES];
        let (mut need, mut surplus) = ([0.0; L], [0.0; L]);
        for (at, market) in self.spec.markets.iter().enumerate() {
            let (inside, harvest) = (&inside[at], &harvest[at]);
            let shortage: [f64; L] =
                lanes(|l| inside[l] * (market.demand_at(price[l]) - harvest[l]));
            add(&mut need, &lanes(|l| shortage[l].max(0.0)));
            add(&mut surplus, &lanes(|l| (-shortage[l]).max(0.0)));
            moved[at] = shortage;
        }
        for (at, moved) in moved.iter_mut().enumerate().take(count) {
            let least = NOTHING * self.spec.markets[at].demand;
            let shortage = *moved;
            *moved = lanes(|l| {
                let served = shortage[l] * need[l].min(surplus[l])
                    / if shortage[l] > 0.0 { need[l] } else { surplus[l] };
                if (need[l] > 0.0) & (surplus[l] > 0.0) & (served.abs() > least) {
                    served
                } else {
                    0.0
                }
            });
        }
        moved
    }

    pub(super) fn optimum(&self, year: usize, lane: usize) -> f64 {
        self.optimum[year][lane]
    }

    /// Makes the plans of a year: quantities are agreed in spring on mean harvests and the expected
    /// price.
    pub(super) fn plan(&mut self, year: usize, grid: &mut OfferGrid) {
        vectorised(
            #[inline(always)]
            || self.fill(year, grid),
        );
    }

    #[inline(always)]
    fn fill(&mut self, year: usize, grid: &mut OfferGrid) {
        let mut all_idle = std::mem::take(&mut self.idle);
        let prices = &self.expected[year];
        let count = self.spec.markets.len();
        let contract = self.spec.contract_price;
        let (mut harvest, mut inside) = (self.mean_harvest(), [[0.0; LANES]; MAX_STATES]);
        for (at, market) in self.spec.markets.iter().enumerate() {
            let agreed = grid.agreed(at);
            harvest[at] = lanes(|l| harvest[at][l] - agreed[l]);
            inside[at] = grid.mask(market.state);
        }
        let full = self.allocate(&harvest, prices, &inside);
        // The value of the grain without deliveries is the same at all depth levels.
        for (at, idle) in all_idle.iter_mut().enumerate() {
            idle.demand = self.demand_at(at, prices);
            idle.value = self.value(at, &harvest[at], prices, &idle.demand);
        }
        for level in 0..grid.levels() {
            let depth = grid.depth(level);
            // By market: gain from its delivery or receipt, including payment of the contract
            // price.
            let (mut gain, mut moved, mut bought) =
                ([[0.0; LANES]; MAX_STATES], [[0.0; LANES]; MAX_STATES], [0.0; LANES]);
            for at in 0..count {
                let (full, harvest, idle) = (&full[at], &harvest[at], &all_idle[at]);
                let own: Lane = lanes(|l| depth * full[l]);
                add(&mut bought, &lanes(|l| own[l].max(0.0)));
                let after = self.value(at, &lanes(|l| harvest[l] + own[l]), prices, &idle.demand);
                gain[at] = lanes(|l| after[l] - idle.value[l] - contract * own[l]);
                moved[at] = own;
            }
            for seller in 0..count {
                // A negative amount is a buyer's receipt: it is no obligation, but settlement reads
                // it.
                let (own, gained) = (&moved[seller], &gain[seller]);
                let amount: Lane = lanes(|l| 0.0 - own[l]);
                let share: Lane =
                    lanes(|l| if amount[l] > 0.0 { amount[l] / bought[l] } else { 0.0 });
                grid.set_amount(level, seller, &amount);
                grid.set_cost(
                    level,
                    seller,
                    &lanes(|l| if amount[l] > 0.0 { -gained[l] } else { 0.0 }),
                );
                for buyer in 0..count {
                    let (moved, gain) = (&moved[buyer], &gain[buyer]);
                    let benefit: Lane =
                        lanes(|l| if moved[l] > 0.0 { gain[l] * share[l] } else { 0.0 });
                    grid.set_benefit(level, seller, self.spec.markets[buyer].state, &benefit);
                }
            }
        }
        self.idle = all_idle;
    }

    /// Returns the cost of delivery to a seller once harvest and price are known, MUSD.
    pub(super) fn cost_when_due(
        &self,
        plan: &Plan<'_>,
        slot: usize,
        year: usize,
        lane: usize,
        before: f64,
    ) -> f64 {
        let sold = plan.amount(slot);
        let harvest = self.harvest[year * self.spec.markets.len() + slot][lane] - before;
        -self.gain_of(slot, harvest, -sold, year, lane) - self.spec.contract_price * sold
    }

    pub(super) fn settle(&self, year: usize, lane: usize, acts: &[Acts<'_>]) -> Settlement {
        let mut gain = [0.0; MAX_STATES];
        let count = self.spec.markets.len();
        let mut moved = [0.0; MAX_STATES];
        for (plan, performed) in acts {
            let promised: f64 = (0..count).map(|slot| plan.amount(slot).max(0.0)).sum();
            let sold: f64 =
                (0..count).map(|slot| plan.amount(slot).max(0.0) * performed[slot]).sum();
            // Buyers share deliveries in proportion to their agreed receipts.
            let share = if promised > 0.0 { sold / promised } else { 0.0 };
            for (slot, moved) in moved.iter_mut().enumerate().take(count) {
                let amount = plan.amount(slot);
                *moved -= amount * if amount > 0.0 { performed[slot] } else { share };
            }
        }
        for (at, market) in self.spec.markets.iter().enumerate() {
            if moved[at] != 0.0 {
                let harvest = self.harvest[year * count + at][lane];
                gain[market.state] += self.gain_of(at, harvest, moved[at], year, lane)
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
    use crate::ids::Members;
    use proptest::prelude::*;

    const EVERYBODY: Markets<1> = [[1.0]; MAX_STATES];

    prop_compose! {
        fn any_world()(
            rows in proptest::collection::vec((0.1f64..10.0, 0.5f64..8.0, 100.0f64..500.0,
                10.0f64..90.0), 2..6),
            wedge in 0.0f64..0.6, slope in 0.0f64..3.0, index in 0.5f64..2.0,
        ) -> (FoodWorld, Prices<1>) {
            let markets = rows.iter().enumerate().map(|(state, row)| GrainMarket {
                state, harvest: row.0, demand: row.1, p_scarce: row.2, p_full: row.3,
            }).collect();
            let spec = Food { mean_price: 100.0, spot_slope: slope, market_wedge: wedge,
                contract_price: 90.0, markets };
            let world = FoodWorld {
                states: spec.markets.len(), spec, prices: Vec::new(), expected: Vec::new(),
                    harvest: Vec::new(),
                optimum: Vec::new(), idle: vec![Idle::NONE; rows.len()],
            };
            let prices = world.prices_at(&[index], &world.mean_harvest());
            (world, prices)
        }
    }

    proptest! {
        #[test]
        fn the_clearing_price_is_what_a_search_finds((world, _) in any_world()) {
            // The prices range from one at which all want grain to one at which none does.
            let prices = Prices { spot: [600.0], seller: [1.0] };
            let harvest = world.mean_harvest();
            let shortage = |price: f64| world.shortage(&[price], &harvest, &EVERYBODY)[0];
            let (mut low, mut high) = (prices.seller[0], prices.spot[0]);
            if shortage(low) <= 0.0 {
                return Ok(());
            }
            for _ in 0..60 {
                let middle = 0.5 * (low + high);
                *(if shortage(middle) > 0.0 { &mut low } else { &mut high }) = middle;
            }
            let [found] = world.clearing(&prices, &harvest, &EVERYBODY);
            // Where no market's demand changes with the price, any price in a range clears.
            let same = (found - low).abs() < 1e-6 * low;
            prop_assert!(same || shortage(found).abs() < 1e-9, "{found} {low}");
        }

        #[test]
        fn allocation_conserves_grain_and_is_optimal((world, prices) in any_world(),
            nudge in 0.0f64..0.2) {
            let count = world.spec.markets.len();
            let harvest = world.mean_harvest();
            let moved = world.allocate(&harvest, &prices, &EVERYBODY);
            prop_assert!(moved.iter().map(|[moved]| moved).sum::<f64>().abs() < 1e-7);
            let joint = |moved: &Markets<1>| {
                (0..count).map(|at| world.gains(at, &harvest[at], &moved[at],
                    &prices)[0]).sum::<f64>()
            };
            let best = joint(&moved);
            prop_assert!(best >= -1e-9);
            for i in 0..count {
                for j in 0..count {
                    let mut other = moved;
                    other[i][0] += nudge;
                    other[j][0] -= nudge;
                    if harvest[j][0] + other[j][0] >= 0.0 {
                        prop_assert!(joint(&other) <= best + 1e-6 * (1.0 + best), "{i} {j}: {} > \
                            {best}", joint(&other));
                    }
                }
            }
        }

        #[test]
        fn no_market_wedge_means_no_gain((world, prices) in any_world()) {
            let prices = Prices { spot: prices.spot, seller: prices.spot };
            let harvest = world.mean_harvest();
            let moved = world.allocate(&harvest, &prices, &EVERYBODY);
            let joint: f64 =
                (0..world.spec.markets.len()).map(|at| world.gains(at, &harvest[at], &moved[at],
                    &prices)[0]).sum();
            prop_assert!(joint.abs() < 1e-6);
        }

        #[test]
        fn settlement_of_an_expected_year_equals_the_plan((mut world, prices) in any_world(),
            levels in 1usize..5) {
            let count = world.spec.markets.len();
            let prices = Prices { spot: [prices.spot[0]; LANES],
                seller: [prices.seller[0]; LANES] };
            (world.expected, world.prices) = (vec![prices], vec![prices]);
            let markets = world.spec.markets.iter();
            world.harvest = markets.map(|market| [market.harvest; LANES]).collect();
            let mut grid = OfferGrid::new(1, levels, count, count);
            grid.reset(Members::first(count), false);
            grid.make(0, |grid| world.plan(0, grid));
            for level in 0..levels {
                let plan = grid.plan(0, level, 0);
                let gain = world.settle(0, 0, &[(plan, &vec![1.0; count])]).gain;
                for (state, gain) in gain.iter().enumerate().take(count) {
                    let said = (0..count).map(|slot| plan.benefit(slot,
                        state)).sum::<f64>() - plan.cost(state);
                    prop_assert!((gain - said).abs() < 1e-6 * (1.0 + said.abs()), "{state}: {gain} \
                        {said}");
                }
            }
        }
    }
}
