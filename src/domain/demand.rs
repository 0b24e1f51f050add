//! Satiable demand (ODD §4): linear inverse demand from `scarce` at 0 to `full` at D, zero beyond.

/// Demand for water, power or grain of one buyer in one season.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Demand {
    /// Quantity D at which demand is satisfied: km³, TWh or Mt.
    pub quantity: f64,
    /// Marginal value of the first unit, MUSD per unit.
    pub scarce: f64,
    /// Marginal value just before satisfaction, MUSD per unit.
    pub full: f64,
    /// Slope −B'' below D, MUSD per unit².
    pub steepness: f64,
}

impl Demand {
    /// Creates a demand for `quantity` units, with marginal values `scarce` at 0 and `full` at D.
    #[inline(always)]
    pub fn new(quantity: f64, scarce: f64, full: f64) -> Self {
        let slope = (scarce - full) / quantity;
        Demand { quantity, scarce, full, steepness: if quantity > 0.0 { slope } else { 0.0 } }
    }
    /// Returns the benefit B(x), MUSD.
    #[inline(always)]
    pub fn benefit(&self, x: f64) -> f64 {
        let x = x.min(self.quantity);
        self.scarce * x - 0.5 * self.steepness * x * x
    }
    /// Returns the marginal benefit B'(x), MUSD per unit; 0 from D on.
    #[inline(always)]
    pub fn marginal(&self, x: f64) -> f64 {
        if x < self.quantity { self.scarce - self.steepness * x } else { 0.0 }
    }
    /// Returns the quantity bought at a price: where B' falls to the price.
    #[inline(always)]
    pub fn bought_at(&self, price: f64) -> f64 {
        let within = self.quantity * (self.scarce - price) / (self.scarce - self.full);
        let short_of_satisfied = if price >= self.scarce { 0.0 } else { within };
        if price <= self.full { self.quantity } else { short_of_satisfied }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEMAND: Demand = Demand { quantity: 4.0, scarce: 100.0, full: 20.0, steepness: 20.0 };

    #[test]
    fn the_slope_is_that_of_the_line() {
        assert_eq!(Demand::new(4.0, 100.0, 20.0), DEMAND);
        assert_eq!(Demand::new(0.0, 100.0, 20.0).steepness, 0.0);
    }

    #[test]
    fn benefit_is_the_area_under_the_demand_line_and_stops_at_satiation() {
        assert_eq!(DEMAND.benefit(4.0), 240.0);
        assert_eq!(DEMAND.benefit(9.0), 240.0);
        assert_eq!(DEMAND.marginal(2.0), 60.0);
        assert_eq!(DEMAND.marginal(4.0), 0.0);
    }

    #[test]
    fn the_quantity_bought_inverts_the_marginal_benefit() {
        assert_eq!(DEMAND.bought_at(60.0), 2.0);
        assert_eq!(DEMAND.bought_at(10.0), 4.0);
        assert_eq!(DEMAND.bought_at(f64::INFINITY), 0.0);
    }
}
