//! Quantities with units, for values read from a scenario file.
//!
//! Energy is in TWh, money in million USD (MUSD) at constant prices of the scenario's base year. 1
//! USD/m³ = 1 USD/kWh = 1000 MUSD per km³ or TWh. The types check units while files are loaded; the
//! engine itself works on flat arrays of `f64` whose names carry the unit.

use std::ops::{Add, Mul, Sub};

macro_rules! quantity {
    ($(#[$doc:meta])* $name:ident, $unit:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Default)]
        pub struct $name(f64);
        impl $name {
            /// Unit as printed in tables.
            pub const UNIT: &'static str = $unit;
            /// Creates a quantity from a finite number in this unit.
            pub fn new(value: f64) -> Self {
                debug_assert!(value.is_finite());
                Self(value)
            }
            /// Returns the number in this unit.
            #[inline(always)]
            pub fn get(self) -> f64 {
                self.0
            }
        }
        impl Add for $name {
            type Output = Self;
            fn add(self, other: Self) -> Self {
                Self(self.0 + other.0)
            }
        }
        impl Sub for $name {
            type Output = Self;
            fn sub(self, other: Self) -> Self {
                Self(self.0 - other.0)
            }
        }
        impl Mul<f64> for $name {
            type Output = Self;
            fn mul(self, factor: f64) -> Self {
                Self(self.0 * factor)
            }
        }
    };
}

quantity!(
    /// Energy.
    Energy, "TWh"
);
quantity!(
    /// Money at constant prices.
    Money, "MUSD"
);
quantity!(
    /// Price of energy.
    EnergyPrice, "MUSD/TWh"
);

impl Mul<Energy> for EnergyPrice {
    type Output = Money;
    fn mul(self, energy: Energy) -> Money {
        Money(self.0 * energy.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prices_times_quantities_are_money() {
        assert_eq!(EnergyPrice::new(10.0) * Energy::new(2.0), Money::new(20.0));
    }
}
