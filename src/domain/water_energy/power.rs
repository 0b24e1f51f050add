//! The operator's power system: two seasons, an export line in summer, thermal plant in winter, and the
//! non-cooperative operation of the reservoir (ODD §5.1).

use crate::domain::demand::Demand;
use crate::scenario::raw::Reservoir;

/// A power system in one year: growth and severity applied.
#[derive(Debug, Clone, Copy)]
pub struct PowerYear {
    /// Summer demand.
    pub summer: Demand,
    /// Winter demand of this severity.
    pub winter: Demand,
    /// Price of commercial fuel, MUSD/TWh; infinite where there is none.
    pub commercial: f64,
    /// Other generation in winter, and what is burnt of fuel agreed on before, TWh.
    pub other_winter: f64,
    /// Thermal capacity that is left in winter, TWh.
    pub thermal: f64,
}

/// What is burnt in winter.
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
    /// The system of a reservoir: `growth` multiplies both demands, `severity` winter's.
    pub fn new(reservoir: &Reservoir, growth: f64, severity: f64, commercial: f64) -> Self {
        PowerYear {
            summer: Demand {
                quantity: reservoir.power_demand_summer * growth,
                scarce: reservoir.power_p_scarce_summer,
                full: reservoir.power_p_full_summer,
            },
            winter: Demand {
                quantity: reservoir.power_demand_winter * growth * severity,
                scarce: reservoir.power_p_scarce_winter,
                full: reservoir.power_p_full_winter,
            },
            commercial,
            other_winter: reservoir.other_generation_winter,
            thermal: reservoir.thermal_capacity_winter,
        }
    }

    /// The system when `fuel` TWh that were agreed on before are burnt in winter.
    #[must_use]
    pub fn burning(mut self, fuel: f64) -> Self {
        let burnt = fuel.min(self.thermal);
        self.other_winter += burnt;
        self.thermal -= burnt;
        self
    }

    /// Value of summer power, MUSD: own use first, then export of the surplus up to the line's capacity.
    #[inline(always)]
    pub fn summer_value(&self, reservoir: &Reservoir, power: f64) -> f64 {
        let surplus = (power - self.summer.quantity).clamp(0.0, reservoir.export_line_capacity_summer);
        self.summer.benefit(power) + reservoir.export_price_summer * surplus
    }

    /// Marginal value of summer power and −its derivative.
    #[inline(always)]
    pub fn summer_marginal(&self, reservoir: &Reservoir, power: f64) -> (f64, f64) {
        if power < self.summer.quantity {
            (self.summer.marginal(power), self.summer.steepness())
        } else if power < self.summer.quantity + reservoir.export_line_capacity_summer {
            (reservoir.export_price_summer, 0.0)
        } else {
            (0.0, 0.0)
        }
    }

    /// Winter dispatch when up to `offered` TWh of fuel can be had at `cost` and the rest of the thermal plant burns
    /// commercial fuel: each is burnt while power is worth more than it costs.
    #[inline(always)]
    pub fn dispatch(&self, hydro: f64, offered: f64, cost: f64) -> Dispatch {
        let own = hydro + self.other_winter;
        let delivered = if cost <= self.commercial {
            (self.winter.bought_at(cost) - own).clamp(0.0, offered.min(self.thermal))
        } else {
            0.0
        };
        self.with_delivered(hydro, delivered)
    }

    /// Winter dispatch when `delivered` TWh of fuel are there.
    #[inline(always)]
    pub fn with_delivered(&self, hydro: f64, delivered: f64) -> Dispatch {
        let thermal = self.thermal;
        let delivered = delivered.min(thermal);
        let own = hydro + self.other_winter + delivered;
        let bought = (self.winter.bought_at(self.commercial) - own).clamp(0.0, thermal - delivered);
        Dispatch { delivered, bought, power: own + bought }
    }

    /// Value of winter power net of commercial fuel, MUSD.
    #[inline(always)]
    pub fn winter_value(&self, dispatch: &Dispatch) -> f64 {
        let paid = if dispatch.bought > 0.0 { dispatch.bought * self.commercial } else { 0.0 };
        self.winter.benefit(dispatch.power) - paid
    }

    /// Value of a summer release R out of an annual release A to an operator alone, MUSD.
    #[inline(always)]
    fn alone(&self, reservoir: &Reservoir, summer: f64, annual: f64) -> f64 {
        let kappa = reservoir.productivity;
        let winter = self.with_delivered(kappa * (annual - summer), 0.0);
        self.summer_value(reservoir, kappa * summer + reservoir.other_generation_summer) + self.winter_value(&winter)
    }

    /// The summer release that an operator alone prefers, in [low, high]: the best of all kinks and interior points.
    /// On a tie the larger release.
    pub fn split(&self, reservoir: &Reservoir, annual: f64, low: f64, high: f64) -> f64 {
        let kappa = reservoir.productivity;
        if kappa <= 0.0 {
            return high;
        }
        let (summer, winter) = (&self.summer, &self.winter);
        let thermal = reservoir.thermal_capacity_winter;
        let from_summer = |power: f64| (power - reservoir.other_generation_summer) / kappa;
        let from_winter = |power: f64| annual - (power - reservoir.other_generation_winter) / kappa;
        // Interior: marginal values equal on the two sloping pieces, with `burnt` TWh of fuel.
        let equal = |burnt: f64| {
            let (a, b) = (summer.steepness(), winter.steepness());
            let total = kappa * annual + reservoir.other_generation_summer + reservoir.other_generation_winter + burnt;
            if a + b > 0.0 {
                from_summer((summer.scarce - winter.scarce + b * total) / (a + b))
            } else if summer.scarce >= winter.scarce {
                high
            } else {
                low
            }
        };
        let buys = winter.bought_at(self.commercial);
        let exports = winter.bought_at(reservoir.export_price_summer);
        let candidates = [
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
        ];
        let mut best = low;
        let mut value = self.alone(reservoir, low, annual);
        for candidate in candidates {
            let candidate = candidate.clamp(low, high);
            let gain = self.alone(reservoir, candidate, annual) - value;
            let tie = 1e-12 * (1.0 + value.abs());
            if gain > tie || (gain.abs() <= tie && candidate > best) {
                best = candidate;
                value += gain;
            }
        }
        best
    }
}

/// The operator's plan for the year, made in spring.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Schedule {
    /// Annual release A, km³.
    pub annual: f64,
    /// Summer release R_S, km³.
    pub summer: f64,
}

/// Non-cooperative operation: the annual release follows inflow and storage, its split the operator's own power.
/// `expected` is (summer, winter) inflow as forecast in spring, `mean_inflow` the mean of the year, all km³.
pub fn schedule(
    reservoir: &Reservoir,
    power: &PowerYear,
    storage: f64,
    expected: (f64, f64),
    mean_inflow: f64,
) -> Schedule {
    let inflow = expected.0 + expected.1;
    let at_hand = storage + inflow;
    let wanted = mean_inflow
        + reservoir.omega_inflow * (inflow - mean_inflow)
        + reservoir.omega_storage * (storage - reservoir.target_storage);
    let annual = wanted
        .max(reservoir.release_min_summer + reservoir.release_min_winter)
        .min(reservoir.release_max_summer + reservoir.release_max_winter)
        .max(at_hand - reservoir.active_capacity)
        .min(at_hand)
        .max(0.0);
    let summer_at_hand = storage + expected.0;
    let low = reservoir
        .release_min_summer
        .max(summer_at_hand - reservoir.active_capacity)
        .max(annual - reservoir.release_max_winter);
    let high = reservoir.release_max_summer.min(summer_at_hand).min(annual - reservoir.release_min_winter);
    let summer = if low <= high {
        power.split(reservoir, annual, low, high)
    } else {
        low.min(reservoir.release_max_summer).min(summer_at_hand).min(annual).max(0.0)
    };
    Schedule { annual, summer }
}

/// A year at the reservoir without cooperation; all km³.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Operation {
    /// Outflow in summer: release and what the full reservoir forces through.
    pub summer: f64,
    /// Outflow in winter.
    pub winter: f64,
    /// Largest shift from winter into summer that water, turbines and winter's least release allow.
    pub shift_limit: f64,
    /// Water forced out in summer beyond the schedule.
    pub forced: f64,
    /// Storage at the end of the year.
    pub storage: f64,
}

/// Runs a schedule against inflows.
pub fn operate(reservoir: &Reservoir, schedule: &Schedule, storage: f64, inflow: (f64, f64)) -> Operation {
    let capacity = reservoir.active_capacity;
    let at_hand = storage + inflow.0;
    let released = schedule.summer.min(at_hand);
    let forced = (at_hand - released - capacity).max(0.0);
    let summer = released + forced;
    let middle = at_hand - summer;
    let at_hand = middle + inflow.1;
    let released = (schedule.annual - schedule.summer).clamp(0.0, at_hand);
    let winter = released + (at_hand - released - capacity).max(0.0);
    let shift_limit =
        (reservoir.release_max_summer - summer).min(middle).min(released - reservoir.release_min_winter).max(0.0);
    Operation { summer, winter, shift_limit, forced, storage: at_hand - winter }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use proptest::prelude::*;

    prop_compose! {
        pub fn any_reservoir()(
            capacity in 0.5f64..20.0, storage in 0.0f64..1.0, kappa in 0.05f64..1.5, other in (0.0f64..4.0, 0.0f64..4.0),
            demand in (0.5f64..8.0, 0.5f64..10.0), scarce in (10.0f64..80.0, 10.0f64..80.0), full in (0.0f64..1.0, 0.0f64..1.0),
            export in (0.0f64..30.0, 0.0f64..4.0), minimum in (0.0f64..2.0, 0.0f64..2.0), thermal in 0.0f64..3.0,
        ) -> Reservoir {
            Reservoir {
                active_capacity: capacity, initial_storage: storage * capacity, target_storage: 0.4 * capacity,
                productivity: kappa, other_generation_summer: other.0, other_generation_winter: other.1,
                power_demand_summer: demand.0, power_demand_winter: demand.1, demand_growth: 0.0,
                power_p_scarce_summer: scarce.0, power_p_full_summer: full.0 * scarce.0,
                power_p_scarce_winter: scarce.1, power_p_full_winter: full.1 * scarce.1,
                export_price_summer: export.0, export_line_capacity_summer: export.1,
                release_min_summer: minimum.0, release_max_summer: 14.0, release_min_winter: minimum.1,
                release_max_winter: 9.0, omega_inflow: 0.3, omega_storage: 0.3, thermal_capacity_winter: thermal,
            }
        }
    }

    proptest! {
        #[test]
        fn the_split_is_never_worse_than_any_point_of_a_fine_grid(
            reservoir in any_reservoir(), annual in 0.5f64..20.0, commercial in 5.0f64..60.0, severity in 0.7f64..1.3,
        ) {
            let power = PowerYear::new(&reservoir, 1.0, severity, commercial);
            let best = power.alone(&reservoir, power.split(&reservoir, annual, 0.0, annual), annual);
            for step in 0..=2000 {
                let grid = power.alone(&reservoir, annual * step as f64 / 2000.0, annual);
                prop_assert!(best >= grid - 1e-9 * (1.0 + grid.abs()), "{best} < {grid} at step {step}");
            }
        }

        #[test]
        fn water_at_the_reservoir_is_neither_made_nor_lost(
            reservoir in any_reservoir(), inflow in (0.0f64..20.0, 0.0f64..8.0), surprise in 0.3f64..2.0,
        ) {
            let storage = reservoir.initial_storage;
            let power = PowerYear::new(&reservoir, 1.0, 1.0, 20.0);
            let schedule = schedule(&reservoir, &power, storage, inflow, 12.0);
            let real = (inflow.0 * surprise, inflow.1);
            let year = operate(&reservoir, &schedule, storage, real);
            prop_assert!(year.summer >= 0.0 && year.winter >= 0.0 && year.shift_limit >= 0.0);
            prop_assert!(year.storage >= -1e-12 && year.storage <= reservoir.active_capacity + 1e-9);
            let balance = storage + real.0 + real.1 - year.summer - year.winter - year.storage;
            prop_assert!(balance.abs() < 1e-9 * (1.0 + storage + real.0 + real.1));
        }
    }
}
