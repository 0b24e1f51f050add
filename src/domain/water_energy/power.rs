//! The operator's power system (two seasons, an export line in summer, a thermal plant in winter)
//! and the operation of its reservoir without cooperation (ODD §5.1).

use crate::domain::demand::Demand;
use crate::numeric::lanes;
use crate::scenario::raw::Reservoir;

/// A power system in one year, after growth and severity.
#[derive(Debug, Clone, Copy)]
pub struct PowerYear {
    /// Summer demand, TWh.
    pub summer: Demand,
    /// Winter demand at the severity of the year, TWh.
    pub winter: Demand,
    /// Price of commercial fuel, MUSD/TWh; infinite where there is none.
    pub commercial: f64,
    /// Other generation in winter, including that from fuel agreed by earlier bodies, TWh.
    pub other_winter: f64,
    /// Remaining thermal capacity in winter, TWh.
    pub thermal: f64,
    /// Winter power up to which commercial fuel is worth its price, TWh.
    pub buys_to: f64,
}

/// The power system of an operator in one year, by lane.
#[derive(Debug, Clone, Copy)]
pub struct PowerYears<const L: usize> {
    summer: Demand,
    scarce: f64,
    full: f64,
    quantity: [f64; L],
    steepness: [f64; L],
    commercial: [f64; L],
    other_winter: [f64; L],
    thermal: [f64; L],
    buys_to: [f64; L],
}

impl<const L: usize> PowerYears<L> {
    /// Creates the systems of a reservoir. `severity` and `fuel_price` are by replication,
    /// `commercial` is the price at index 1 (MUSD/TWh), and `burning` the fuel agreed by earlier
    /// bodies (TWh).
    #[inline(always)]
    pub fn new(
        reservoir: &Reservoir,
        growth: f64,
        severity: &[f64; L],
        (commercial, fuel_price): (f64, &[f64; L]),
        burning: &[f64; L],
    ) -> Self {
        let zeros = [0.0; L];
        let mut years = PowerYears {
            summer: PowerYear::summer_demand(reservoir, growth),
            scarce: reservoir.power_p_scarce_winter,
            full: reservoir.power_p_full_winter,
            quantity: zeros,
            steepness: zeros,
            commercial: zeros,
            other_winter: zeros,
            thermal: zeros,
            buys_to: zeros,
        };
        for l in 0..L {
            let year = PowerYear::new(reservoir, growth, severity[l], commercial * fuel_price[l])
                .burning(burning[l]);
            years.quantity[l] = year.winter.quantity;
            years.steepness[l] = year.winter.steepness;
            years.commercial[l] = year.commercial;
            years.other_winter[l] = year.other_winter;
            years.thermal[l] = year.thermal;
            years.buys_to[l] = year.buys_to;
        }
        years
    }

    /// Returns the system of one replication as a batch of width 1.
    pub fn alone(&self, l: usize) -> PowerYears<1> {
        PowerYears {
            summer: self.summer,
            scarce: self.scarce,
            full: self.full,
            quantity: [self.quantity[l]],
            steepness: [self.steepness[l]],
            commercial: [self.commercial[l]],
            other_winter: [self.other_winter[l]],
            thermal: [self.thermal[l]],
            buys_to: [self.buys_to[l]],
        }
    }

    /// Returns the system of one replication.
    #[inline(always)]
    pub fn at(&self, l: usize) -> PowerYear {
        let (quantity, steepness) = (self.quantity[l], self.steepness[l]);
        PowerYear {
            summer: self.summer,
            winter: Demand { quantity, scarce: self.scarce, full: self.full, steepness },
            commercial: self.commercial[l],
            other_winter: self.other_winter[l],
            thermal: self.thermal[l],
            buys_to: self.buys_to[l],
        }
    }
}

/// Fuel burnt and power available in winter.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Dispatch {
    /// Fuel delivered under a plan, TWh.
    pub delivered: f64,
    /// Fuel bought commercially, TWh.
    pub bought: f64,
    /// Power available, TWh.
    pub power: f64,
}

impl PowerYear {
    #[inline(always)]
    fn summer_demand(reservoir: &Reservoir, growth: f64) -> Demand {
        let quantity = reservoir.power_demand_summer * growth;
        Demand::new(quantity, reservoir.power_p_scarce_summer, reservoir.power_p_full_summer)
    }

    /// Creates the system of a reservoir. `growth` multiplies both demands, `severity` the winter
    /// demand; `commercial` is the price of fuel, MUSD/TWh.
    #[inline(always)]
    pub fn new(reservoir: &Reservoir, growth: f64, severity: f64, commercial: f64) -> Self {
        let quantity = reservoir.power_demand_winter * growth * severity;
        let winter =
            Demand::new(quantity, reservoir.power_p_scarce_winter, reservoir.power_p_full_winter);
        PowerYear {
            summer: Self::summer_demand(reservoir, growth),
            winter,
            commercial,
            other_winter: reservoir.other_generation_winter,
            thermal: reservoir.thermal_capacity_winter,
            buys_to: winter.bought_at(commercial),
        }
    }

    /// Returns the system when `fuel` TWh agreed by earlier bodies are burnt in winter.
    #[inline(always)]
    #[must_use]
    pub fn burning(mut self, fuel: f64) -> Self {
        let burnt = fuel.min(self.thermal);
        self.other_winter += burnt;
        self.thermal -= burnt;
        self
    }

    /// Returns the winter power up to which fuel at this cost is worth burning, TWh; 0 where
    /// commercial fuel is cheaper.
    #[inline(always)]
    pub fn wanted(&self, cost: f64) -> f64 {
        let wanted = self.winter.bought_at(cost);
        if cost <= self.commercial { wanted } else { 0.0 }
    }

    /// Returns the value of summer power, MUSD: own use first, then export of the surplus up to the
    /// line's capacity.
    #[inline(always)]
    pub fn summer_value(&self, reservoir: &Reservoir, power: f64) -> f64 {
        let surplus =
            (power - self.summer.quantity).max(0.0).min(reservoir.export_line_capacity_summer);
        self.summer.benefit(power) + reservoir.export_price_summer * surplus
    }

    /// Returns the marginal value of summer power, MUSD/TWh, and −its derivative.
    #[inline(always)]
    pub fn summer_marginal(&self, reservoir: &Reservoir, power: f64) -> (f64, f64) {
        let exported = power < self.summer.quantity + reservoir.export_line_capacity_summer;
        let beyond = if exported { reservoir.export_price_summer } else { 0.0 };
        let own = power < self.summer.quantity;
        (
            if own { self.summer.marginal(power) } else { beyond },
            if own { self.summer.steepness } else { 0.0 },
        )
    }

    /// Returns the winter dispatch with up to `offered` TWh of delivered fuel, burnt up to `wanted`
    /// TWh of power. The rest of the thermal plant burns commercial fuel while the value of power
    /// exceeds its price.
    #[inline(always)]
    pub fn dispatch(&self, hydro: f64, offered: f64, wanted: f64) -> Dispatch {
        let own = hydro + self.other_winter;
        let delivered = (wanted - own).max(0.0).min(offered.min(self.thermal));
        self.with_delivered(hydro, delivered)
    }

    /// Returns the winter dispatch with `delivered` TWh of fuel.
    #[inline(always)]
    pub fn with_delivered(&self, hydro: f64, delivered: f64) -> Dispatch {
        let thermal = self.thermal;
        let delivered = delivered.min(thermal);
        let own = hydro + self.other_winter + delivered;
        let bought = (self.buys_to - own).max(0.0).min(thermal - delivered);
        Dispatch { delivered, bought, power: own + bought }
    }

    /// Returns the value of winter power net of commercial fuel, MUSD.
    #[inline(always)]
    pub fn winter_value(&self, dispatch: &Dispatch) -> f64 {
        let paid = if dispatch.bought > 0.0 { dispatch.bought * self.commercial } else { 0.0 };
        self.winter.benefit(dispatch.power) - paid
    }

    /// Returns the value to an operator without cooperation of a summer release out of an annual
    /// release (km³), MUSD.
    #[inline(always)]
    fn alone(&self, reservoir: &Reservoir, summer: f64, annual: f64) -> f64 {
        let kappa = reservoir.productivity;
        let winter = self.with_delivered(kappa * (annual - summer), 0.0);
        self.summer_value(reservoir, kappa * summer + reservoir.other_generation_summer)
            + self.winter_value(&winter)
    }

    /// Returns the summer releases that can be optimal for an operator without cooperation, km³:
    /// all kinks and interior points.
    #[inline(always)]
    fn candidates(
        &self,
        reservoir: &Reservoir,
        annual: f64,
        low: f64,
        high: f64,
    ) -> [f64; CANDIDATES] {
        let kappa = reservoir.productivity;
        let (summer, winter) = (&self.summer, &self.winter);
        let thermal = reservoir.thermal_capacity_winter;
        let from_summer = |power: f64| (power - reservoir.other_generation_summer) / kappa;
        let from_winter = |power: f64| annual - (power - reservoir.other_generation_winter) / kappa;
        // Interior: marginal values equal on the two sloping pieces, with `burnt` TWh of fuel.
        let equal = |burnt: f64| {
            let (a, b) = (summer.steepness, winter.steepness);
            let total = kappa * annual
                + reservoir.other_generation_summer
                + reservoir.other_generation_winter
                + burnt;
            let inner = from_summer((summer.scarce - winter.scarce + b * total) / (a + b));
            let corner = if summer.scarce >= winter.scarce { high } else { low };
            if a + b > 0.0 { inner } else { corner }
        };
        let buys = self.buys_to;
        let exports = winter.bought_at(reservoir.export_price_summer);
        [
            low,
            high,
            from_summer(summer.quantity),
            from_summer(summer.quantity + reservoir.export_line_capacity_summer),
            from_winter(winter.quantity),
            from_winter(buys),
            from_winter(buys - thermal),
            from_winter(exports),
            from_winter(exports - thermal),
            from_summer(summer.bought_at(self.commercial)),
            equal(0.0),
            equal(thermal),
        ]
    }
}

const CANDIDATES: usize = 12;

/// Returns the summer release in [low, high] that an operator prefers without cooperation, km³, by
/// replication: the best of all candidates; on a tie the larger release.
#[inline(always)]
pub fn split<const L: usize>(
    power: &PowerYears<L>,
    reservoir: &Reservoir,
    annual: &[f64; L],
    low: &[f64; L],
    high: &[f64; L],
) -> [f64; L] {
    if reservoir.productivity <= 0.0 {
        return *high;
    }
    let mut candidates = [[0.0; L]; CANDIDATES];
    let (mut best, mut value) = (*low, [0.0; L]);
    for l in 0..L {
        let all = power.at(l).candidates(reservoir, annual[l], low[l], high[l]);
        for (place, candidate) in candidates.iter_mut().zip(all) {
            place[l] = candidate;
        }
        value[l] = power.at(l).alone(reservoir, low[l], annual[l]);
    }
    for candidates in &candidates {
        for l in 0..L {
            let candidate = candidates[l].max(low[l]).min(high[l]);
            let gain = power.at(l).alone(reservoir, candidate, annual[l]) - value[l];
            let tie = 1e-12 * (1.0 + value[l].abs());
            let better = (gain > tie) | ((gain.abs() <= tie) & (candidate > best[l]));
            best[l] = if better { candidate } else { best[l] };
            value[l] = if better { value[l] + gain } else { value[l] };
        }
    }
    best
}

/// An operator's schedule for the year, made in spring.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Schedule {
    /// Annual release A, km³.
    pub annual: f64,
    /// Summer release R_S, km³.
    pub summer: f64,
}

/// Returns the schedules without cooperation. The annual release follows inflow and storage; its
/// split between seasons maximises the operator's own power value. `expected` is the forecast
/// inflow in summer and winter, `mean_inflow` the mean of the year, all km³.
#[inline(always)]
pub fn schedule<const L: usize>(
    reservoir: &Reservoir,
    power: &PowerYears<L>,
    storage: &[f64; L],
    expected: (&[f64; L], &[f64; L]),
    mean_inflow: f64,
) -> [Schedule; L] {
    let (mut annual, mut low, mut high) = ([0.0; L], [0.0; L], [0.0; L]);
    for l in 0..L {
        let inflow = expected.0[l] + expected.1[l];
        let at_hand = storage[l] + inflow;
        let wanted = mean_inflow
            + reservoir.omega_inflow * (inflow - mean_inflow)
            + reservoir.omega_storage * (storage[l] - reservoir.target_storage);
        annual[l] = wanted
            .max(reservoir.release_min_summer + reservoir.release_min_winter)
            .min(reservoir.release_max_summer + reservoir.release_max_winter)
            .max(at_hand - reservoir.active_capacity)
            .min(at_hand)
            .max(0.0);
        let summer_at_hand = storage[l] + expected.0[l];
        low[l] = reservoir
            .release_min_summer
            .max(summer_at_hand - reservoir.active_capacity)
            .max(annual[l] - reservoir.release_max_winter);
        high[l] = reservoir
            .release_max_summer
            .min(summer_at_hand)
            .min(annual[l] - reservoir.release_min_winter);
    }
    let preferred = split(power, reservoir, &annual, &low, &high);
    lanes(|l| {
        let summer_at_hand = storage[l] + expected.0[l];
        let least =
            low[l].min(reservoir.release_max_summer).min(summer_at_hand).min(annual[l]).max(0.0);
        Schedule { annual: annual[l], summer: if low[l] <= high[l] { preferred[l] } else { least } }
    })
}

/// Results of a year at the reservoir without cooperation, all km³.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Operation {
    /// Outflow in summer: release and forced release.
    pub summer: f64,
    /// Outflow in winter.
    pub winter: f64,
    /// Largest shift from winter into summer, limited by water, turbines and least winter release.
    pub shift_limit: f64,
    /// Water forced out by a full reservoir in summer, beyond the schedule.
    pub forced: f64,
    /// Storage at the end of the year.
    pub storage: f64,
}

/// Runs a schedule with the given inflows (summer, winter; km³).
#[inline(always)]
pub fn operate(
    reservoir: &Reservoir,
    schedule: &Schedule,
    storage: f64,
    inflow: (f64, f64),
) -> Operation {
    let capacity = reservoir.active_capacity;
    let at_hand = storage + inflow.0;
    let released = schedule.summer.min(at_hand);
    let forced = (at_hand - released - capacity).max(0.0);
    let summer = released + forced;
    let middle = at_hand - summer;
    let at_hand = middle + inflow.1;
    let released = (schedule.annual - schedule.summer).max(0.0).min(at_hand);
    let winter = released + (at_hand - released - capacity).max(0.0);
    let shift_limit = (reservoir.release_max_summer - summer)
        .min(middle)
        .min(released - reservoir.release_min_winter)
        .max(0.0);
    Operation { summer, winter, shift_limit, forced, storage: at_hand - winter }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use proptest::prelude::*;

    prop_compose! {
        pub fn any_reservoir()(
            capacity in 0.5f64..20.0, storage in 0.0f64..1.0, kappa in 0.05f64..1.5,
                other in (0.0f64..4.0, 0.0f64..4.0),
            demand in (0.5f64..8.0, 0.5f64..10.0), scarce in (10.0f64..80.0, 10.0f64..80.0),
                full in (0.0f64..1.0, 0.0f64..1.0),
            export in (0.0f64..30.0, 0.0f64..4.0), minimum in (0.0f64..2.0, 0.0f64..2.0),
                thermal in 0.0f64..3.0,
        ) -> Reservoir {
            Reservoir {
                active_capacity: capacity, initial_storage: storage * capacity,
                target_storage: 0.4 * capacity,
                productivity: kappa, other_generation_summer: other.0,
                other_generation_winter: other.1,
                power_demand_summer: demand.0, power_demand_winter: demand.1, demand_growth: 0.0,
                power_p_scarce_summer: scarce.0, power_p_full_summer: full.0 * scarce.0,
                power_p_scarce_winter: scarce.1, power_p_full_winter: full.1 * scarce.1,
                export_price_summer: export.0, export_line_capacity_summer: export.1,
                release_min_summer: minimum.0, release_max_summer: 14.0,
                release_min_winter: minimum.1,
                release_max_winter: 9.0, omega_inflow: 0.3, omega_storage: 0.3,
                thermal_capacity_winter: thermal,
            }
        }
    }

    proptest! {
        #[test]
        fn the_split_is_never_worse_than_any_point_of_a_fine_grid(
            reservoir in any_reservoir(), annual in 0.5f64..20.0, commercial in 5.0f64..60.0,
            severity in 0.7f64..1.3,
        ) {
            let power = PowerYear::new(&reservoir, 1.0, severity, commercial);
            let years = PowerYears::new(&reservoir, 1.0, &[severity], (commercial, &[1.0]), &[0.0]);
            let [summer] = split(&years, &reservoir, &[annual], &[0.0], &[annual]);
            let best = power.alone(&reservoir, summer, annual);
            for step in 0..=2000 {
                let grid = power.alone(&reservoir, annual * step as f64 / 2000.0, annual);
                prop_assert!(best >= grid - 1e-9 * (1.0 + grid.abs()), "{best} < {grid} at step \
                    {step}");
            }
        }

        #[test]
        fn reservoir_operation_conserves_water(
            reservoir in any_reservoir(), inflow in (0.0f64..20.0, 0.0f64..8.0),
            surprise in 0.3f64..2.0,
        ) {
            let storage = reservoir.initial_storage;
            let power = PowerYears::new(&reservoir, 1.0, &[1.0], (20.0, &[1.0]), &[0.0]);
            let [schedule] = schedule(&reservoir, &power, &[storage], (&[inflow.0], &[inflow.1]),
                12.0);
            let real = (inflow.0 * surprise, inflow.1);
            let year = operate(&reservoir, &schedule, storage, real);
            prop_assert!(year.summer >= 0.0 && year.winter >= 0.0 && year.shift_limit >= 0.0);
            prop_assert!(year.storage >= -1e-12
                && year.storage <= reservoir.active_capacity + 1e-9);
            let balance = storage + real.0 + real.1 - year.summer - year.winter - year.storage;
            prop_assert!(balance.abs() < 1e-9 * (1.0 + storage + real.0 + real.1));
        }
    }
}
