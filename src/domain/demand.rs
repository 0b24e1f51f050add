//! Satiable demand (ODD §4): linear inverse demand from `scarce` at 0 to `full` at D, zero beyond.

/// Demand for water, power or grain of one buyer in one season.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Demand {
    /// Quantity D at which demand is satisfied.
    pub quantity: f64,
    /// Marginal value of the first unit, MUSD per unit.
    pub scarce: f64,
    /// Marginal value just before satisfaction, MUSD per unit.
    pub full: f64,
}

impl Demand {
    /// Benefit B(x), MUSD.
    #[inline(always)]
    pub fn benefit(&self, x: f64) -> f64 {
        let x = x.min(self.quantity);
        self.scarce * x - 0.5 * self.steepness() * x * x
    }
    /// Marginal benefit B'(x); from the right at D.
    #[inline(always)]
    pub fn marginal(&self, x: f64) -> f64 {
        if x < self.quantity { self.scarce - self.steepness() * x } else { 0.0 }
    }
    /// −B'' below D.
    #[inline(always)]
    pub fn steepness(&self) -> f64 {
        if self.quantity > 0.0 { (self.scarce - self.full) / self.quantity } else { 0.0 }
    }
    /// The quantity bought at a price: where B' falls to it.
    #[inline(always)]
    pub fn bought_at(&self, price: f64) -> f64 {
        if price <= self.full {
            self.quantity
        } else if price >= self.scarce {
            0.0
        } else {
            self.quantity * (self.scarce - price) / (self.scarce - self.full)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEMAND: Demand = Demand { quantity: 4.0, scarce: 100.0, full: 20.0 };

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
