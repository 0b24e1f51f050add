//! Bargaining solutions for two players on a frontier, and bargaining by alternating offers.

/// Utility frontier of two players: the second player's largest utility as a function of the first
/// player's, concave and decreasing on [0, most]. The disagreement point is (0, 0).
pub struct Frontier<F: Fn(f64) -> f64> {
    /// Utility of the second player, given that of the first.
    pub second: F,
    /// Largest utility of the first player.
    pub most: f64,
}

impl<F: Fn(f64) -> f64> Frontier<F> {
    /// Returns the Nash solution (Nash 1950): the pair that maximises u₁^w · u₂^(1−w), where w in
    /// (0, 1) is the weight of the first player.
    pub fn nash(&self, weight: f64) -> (f64, f64) {
        let value = |u: f64| weight * u.ln() + (1.0 - weight) * (self.second)(u).ln();
        // Golden-section search: the logarithm of the product is concave.
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

    /// Returns the Kalai–Smorodinsky solution (1975): gains in proportion to each player's maximum.
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

/// Returns the share of the first proposer when offers alternate without end (Rubinstein 1982), by
/// backward induction from an ever later end. `first` and `second` are the discount factors, below
/// 1.
pub fn rubinstein_first_share(first: f64, second: f64) -> f64 {
    let mut share = 1.0;
    loop {
        // Each player accepts the discounted share that it would get by proposing next.
        let next = 1.0 - second * (1.0 - first * share);
        if (next - share).abs() < 1e-15 {
            return next;
        }
        share = next;
    }
}

/// Returns the proposer's share when one of `members` is drawn to propose, `quota` must agree and
/// the discount factor is `discount` (Baron and Ferejohn 1989, closed rule). The proposer pays the
/// quota − 1 cheapest other members their discounted continuation value.
pub fn baron_ferejohn_proposer(members: usize, quota: usize, discount: f64) -> f64 {
    let (n, bought) = (members as f64, quota as f64 - 1.0);
    let mut waiting = 0.0;
    loop {
        let own = 1.0 - bought * discount * waiting;
        // A member proposes with chance 1/n and is paid with chance (q − 1)/n.
        let next = (own + bought * discount * waiting) / n;
        if (next - waiting).abs() < 1e-15 {
            return 1.0 - bought * discount * next;
        }
        waiting = next;
    }
}
