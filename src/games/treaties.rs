//! Models of self-enforcing treaties with a structure other than that of the simulator: the size of
//! stable coalitions (Barrett 1994), and collusion under imperfect monitoring (Green and Porter
//! 1984, in Tirole's form).

/// Abatement game of identical `players`: benefits go to all, costs to the player that abates.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum EmissionGame {
    /// Each player gains b per unit; abating q costs c·q²/2. Signatories maximise their joint gain.
    Linear {
        /// Number of players.
        players: usize,
        /// Gain of each per unit, b.
        benefit: f64,
        /// Slope of marginal cost, c.
        cost: f64,
    },
    /// All players together gain b(aQ − Q²/2); abating q costs c·q²/2. Signatories move first.
    Quadratic {
        /// Number of players.
        players: usize,
        /// Abatement at which the benefit no longer grows, a.
        satiation: f64,
        /// Ratio of the slopes of marginal cost and of the marginal benefit of all, γ = c/b.
        ratio: f64,
    },
    /// Emissions instead of abatement: emitting e gains e − e²/2, and all emissions E cost each
    /// player γE²/2. Signatories maximise their joint gain, either before the others move
    /// (leadership) or at the same time.
    Emissions {
        /// Number of players.
        players: usize,
        /// Ratio of the slopes of marginal harm and of the marginal gain from emitting, γ.
        ratio: f64,
        /// Whether signatories move first.
        leads: bool,
    },
    /// Each player abates or not: every player gains b from each act; an act costs c.
    Binary {
        /// Number of players.
        players: usize,
        /// Gain of each player per act, b.
        benefit: f64,
        /// Cost of the act, c.
        cost: f64,
    },
}

/// A coalition that no member wants to leave and no outsider wants to join.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StableCoalition {
    /// Number of signatories.
    pub members: usize,
    /// Share of the gain from no cooperation to full cooperation that the coalition achieves.
    pub gap_closed: f64,
}

impl EmissionGame {
    fn players(&self) -> usize {
        match *self {
            EmissionGame::Linear { players, .. }
            | EmissionGame::Quadratic { players, .. }
            | EmissionGame::Emissions { players, .. }
            | EmissionGame::Binary { players, .. } => players,
        }
    }

    /// Returns the payoffs of a member and of an outsider when `members` have signed.
    pub fn payoffs(&self, members: usize) -> (f64, f64) {
        let (n, k) = (self.players() as f64, members as f64);
        match *self {
            EmissionGame::Linear { benefit, cost, .. } => {
                let (own, other) = (k * benefit / cost, benefit / cost);
                let total = k * own + (n - k) * other;
                let payoff = |abated: f64| benefit * total - 0.5 * cost * abated * abated;
                (payoff(own), payoff(other))
            }
            EmissionGame::Quadratic { satiation, ratio, .. } => {
                // Outsiders: (a − Q)/n = γ q. With m of them Q = (Q_s + m·a/(γn)) / (1 + m/(γn)).
                let reaction = (n - k) / (ratio * n);
                let passes = 1.0 / (1.0 + reaction);
                // Members: k (a − Q)/n · dQ/dQ_s = γ Q_s/k, with a − Q = (a − Q_s)·passes.
                let push = k * k * passes * passes / n;
                let signed = if members == 0 { 0.0 } else { push * satiation / (ratio + push) };
                let total = (signed + reaction * satiation) * passes;
                let outside = (satiation - total) / (ratio * n);
                let inside = if members == 0 { 0.0 } else { signed / k };
                let payoff = |abated: f64| {
                    (satiation * total - 0.5 * total * total) / n - 0.5 * ratio * abated * abated
                };
                (payoff(inside), payoff(outside))
            }
            EmissionGame::Emissions { ratio, leads, .. } => {
                // Outsiders: 1 − e = γE. Members: 1 − e = γkE·dE/dE_s, with dE/dE_s = 1/(1 + γ(n −
                // k)) if they lead.
                let reaction = if leads { 1.0 / (1.0 + ratio * (n - k)) } else { 1.0 };
                let all = n / (1.0 + ratio * (k * k * reaction + n - k));
                let payoff =
                    |emitted: f64| emitted - 0.5 * emitted * emitted - 0.5 * ratio * all * all;
                (payoff(1.0 - ratio * k * reaction * all), payoff(1.0 - ratio * all))
            }
            EmissionGame::Binary { benefit, cost, .. } => {
                // Members act if that pays for them together.
                let acts = if k * benefit >= cost { k } else { 0.0 };
                (benefit * acts - if acts > 0.0 { cost } else { 0.0 }, benefit * acts)
            }
        }
    }

    fn total(&self, members: usize) -> f64 {
        let (inside, outside) = self.payoffs(members);
        members as f64 * inside + (self.players() - members) as f64 * outside
    }

    /// Returns the largest stable coalition of at least two members, which no member wants to leave
    /// and no outsider wants to join; `None` if there is none.
    pub fn stable(&self) -> Option<StableCoalition> {
        let n = self.players();
        // A member that is indifferent stays; the threshold keeps rounding from deciding.
        let gains = |inside: f64, outside: f64| {
            (inside - outside) / inside.abs().max(outside.abs()).max(1e-300)
        };
        let stays = |k: usize| gains(self.payoffs(k).0, self.payoffs(k - 1).1) >= -1e-14;
        let tempts = |k: usize| k < n && gains(self.payoffs(k + 1).0, self.payoffs(k).1) > 1e-14;
        let members = (2..=n).rev().find(|&k| stays(k) && !tempts(k))?;
        let (none, all) = (self.total(0), self.total(n));
        Some(StableCoalition { members, gap_closed: (self.total(members) - none) / (all - none) })
    }
}

/// Two firms that keep a price up, observe only whether demand is bad, and punish for `periods`
/// periods when it is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Collusion {
    /// Chance of a bad signal although both firms have kept the price up, α.
    pub bad_signal: f64,
    /// Discount factor, δ.
    pub discount: f64,
    /// Profit of both firms together, Π.
    pub profit: f64,
}

impl Collusion {
    /// Returns the value of collusion to each firm: V = (1 − α)(Π/2 + δV) + αδ^(T+1) V.
    pub fn value(&self, periods: u32) -> f64 {
        let (good, delta) = (1.0 - self.bad_signal, self.discount);
        good * 0.5 * self.profit
            / (1.0 - good * delta - self.bad_signal * delta.powi(periods as i32 + 1))
    }

    /// Returns whether undercutting once does not pay: V ≥ (1 − α)Π + δ^(T+1) V.
    pub fn sustains(&self, periods: u32) -> bool {
        let value = self.value(periods);
        value
            >= (1.0 - self.bad_signal) * self.profit
                + self.discount.powi(periods as i32 + 1) * value
                - 1e-12 * value
    }

    /// Returns the shortest punishment, up to `most` periods, that sustains collusion.
    pub fn shortest(&self, most: u32) -> Option<u32> {
        (0..=most).find(|&periods| self.sustains(periods))
    }
}
