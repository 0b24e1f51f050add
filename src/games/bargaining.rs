//! Bargaining between two over a frontier, and bargaining by offers.

/// What the second can have when the first has u, concave and falling on [0, most]; the point of
/// disagreement is (0, 0).
pub struct Frontier<F: Fn(f64) -> f64> {
    /// The second's utility at the first's.
    pub second: F,
    /// The most that the first can have.
    pub most: f64,
}

impl<F: Fn(f64) -> f64> Frontier<F> {
    /// The Nash solution with the weight of the first in (0, 1): u₁^w · u₂^(1−w) is largest (Nash
    /// 1950).
    pub fn nash(&self, weight: f64) -> (f64, f64) {
        let value = |u: f64| weight * u.ln() + (1.0 - weight) * (self.second)(u).ln();
        // Golden section: the logarithm of the product is concave.
        let golden = 0.5 * (5.0f64.sqrt() - 1.0);
        let (mut low, mut high) = (0.0, self.most);
        for _ in 0..200 {
            let (a, b) = (high - golden * (high - low), low + golden * (high - low));
            if value(a) > value(b) {
                high = b;
            } else {
                low = a;
            }
        }
        let first = 0.5 * (low + high);
        (first, (self.second)(first))
    }

    /// The Kalai–Smorodinsky solution: gains in proportion to the most that each could have (1975).
    pub fn kalai_smorodinsky(&self) -> (f64, f64) {
        let slope = (self.second)(0.0) / self.most;
        let (mut low, mut high) = (0.0, self.most);
        for _ in 0..200 {
            let middle = 0.5 * (low + high);
            if (self.second)(middle) > slope * middle {
                low = middle;
            } else {
                high = middle;
            }
        }
        let first = 0.5 * (low + high);
        (first, (self.second)(first))
    }
}

/// Share of who offers first when offers alternate without end (Rubinstein 1982), by induction from
/// an ever later end. `first` and `second` are the discount factors, below 1.
pub fn rubinstein_first_share(first: f64, second: f64) -> f64 {
    let mut share = 1.0;
    loop {
        // The second accepts what it could have by offering next; so does then the first.
        let next = 1.0 - second * (1.0 - first * share);
        if (next - share).abs() < 1e-15 {
            return next;
        }
        share = next;
    }
}

/// Share of the proposer where one of `members` is drawn to propose, `quota` must agree and
/// discount is `discount` (Baron and Ferejohn 1989, closed rule): it buys the cheapest quota − 1
/// others at what waiting is worth to them.
pub fn baron_ferejohn_proposer(members: usize, quota: usize, discount: f64) -> f64 {
    let (n, bought) = (members as f64, quota as f64 - 1.0);
    let mut waiting = 0.0;
    loop {
        let own = 1.0 - bought * discount * waiting;
        // A member proposes with chance 1/n and is bought with chance (q − 1)/n.
        let next = (own + bought * discount * waiting) / n;
        if (next - waiting).abs() < 1e-15 {
            return 1.0 - bought * discount * next;
        }
        waiting = next;
    }
}
