//! Trust as Beta pseudo-counts per ordered pair and domain, and the institution's reputation (ODD §9).

/// A Beta reputation with forgetting toward its prior: the mean is (α₀ + r)/(α₀ + β₀ + r + s).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Reputation {
    prior_good: f64,
    prior_weight: f64,
    good: f64,
    bad: f64,
}

impl Reputation {
    /// A prior with this mean and weight (pseudo-counts).
    pub fn new(mean: f64, weight: f64) -> Self {
        Reputation { prior_good: mean * weight, prior_weight: weight, good: 0.0, bad: 0.0 }
    }
    /// Keeps a share of the evidence so far, then adds counts.
    #[inline(always)]
    pub fn observe(&mut self, kept: f64, good: f64, bad: f64) {
        self.good = kept * self.good + good;
        self.bad = kept * self.bad + bad;
    }
    /// Mean of the posterior.
    #[inline(always)]
    pub fn mean(&self) -> f64 {
        (self.prior_good + self.good) / (self.prior_weight + self.good + self.bad)
    }
    /// Forgets all evidence.
    pub fn reset(&mut self) {
        self.good = 0.0;
        self.bad = 0.0;
    }
}

/// Trust of each state in each other, by domain.
#[derive(Debug, Clone)]
pub struct Trust {
    states: usize,
    pairs: Vec<Reputation>,
    means: Vec<f64>,
    pending: Vec<(f64, f64)>,
}

impl Trust {
    /// Priors: `prior(i)` is the mean with which state i starts to trust anybody; `weight` its pseudo-counts.
    pub fn new(domains: usize, states: usize, prior: impl Fn(usize) -> f64, weight: f64) -> Self {
        let pairs: Vec<Reputation> =
            (0..domains * states * states).map(|at| Reputation::new(prior(at / states % states), weight)).collect();
        let means = pairs.iter().map(Reputation::mean).collect();
        let pending = vec![(0.0, 0.0); pairs.len()];
        Trust { states, pairs, means, pending }
    }

    #[inline(always)]
    fn at(&self, domain: usize, observer: usize, other: usize) -> usize {
        (domain * self.states + observer) * self.states + other
    }

    /// P̂: how likely the observer thinks the other is to perform in a domain.
    #[inline(always)]
    pub fn mean(&self, domain: usize, observer: usize, other: usize) -> f64 {
        self.means[self.at(domain, observer, other)]
    }

    /// Notes what monitoring reported this year; it counts when the year is learnt.
    #[inline(always)]
    pub fn note(&mut self, domain: usize, observer: usize, other: usize, reported_breach: bool) {
        let at = self.at(domain, observer, other);
        let pending = &mut self.pending[at];
        if reported_breach { pending.1 += 1.0 } else { pending.0 += 1.0 }
    }

    /// Adds good experience that no obligation stands for.
    #[inline(always)]
    pub fn reassure(&mut self, domain: usize, observer: usize, other: usize, counts: f64) {
        let at = self.at(domain, observer, other);
        self.pending[at].0 += counts;
    }

    /// Learns from the year's reports; pairs without a report keep their evidence. `kept(i)` is the share of evidence
    /// that observer i keeps.
    pub fn learn(&mut self, kept: impl Fn(usize) -> f64) {
        for at in 0..self.pairs.len() {
            let (good, bad) = self.pending[at];
            if good + bad > 0.0 {
                self.pairs[at].observe(kept(at / self.states % self.states), good, bad);
                self.means[at] = self.pairs[at].mean();
                self.pending[at] = (0.0, 0.0);
            }
        }
    }

    /// A change of leadership: trust of and in the state decays toward the prior by `share`.
    pub fn decay(&mut self, state: usize, share: f64) {
        for at in 0..self.pairs.len() {
            if at % self.states == state || at / self.states % self.states == state {
                self.pairs[at].observe(1.0 - share, 0.0, 0.0);
                self.means[at] = self.pairs[at].mean();
            }
        }
    }

    /// Back to the prior.
    pub fn reset(&mut self) {
        for (pair, mean) in self.pairs.iter_mut().zip(&mut self.means) {
            pair.reset();
            *mean = pair.mean();
        }
        self.pending.fill((0.0, 0.0));
    }

    /// Mean trust among the members of a set over all domains; 1 where there is no pair.
    pub fn average(&self, domains: usize, members: crate::ids::Members) -> f64 {
        let (mut sum, mut count) = (0.0, 0);
        for domain in 0..domains {
            for observer in members.iter() {
                for other in members.without(observer).iter() {
                    sum += self.mean(domain, observer, other);
                    count += 1;
                }
            }
        }
        if count > 0 { sum / count as f64 } else { 1.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_beta_reputation_with_forgetting_takes_the_known_values() {
        // Prior Beta(1, 1), forgetting 0.9, outcomes 1, 1, 0, 1, 1.
        let mut reputation = Reputation::new(0.5, 2.0);
        let expected = [0.666_667, 0.743_590, 0.575_372, 0.650_671, 0.703_040];
        for (good, expected) in [1.0, 1.0, 0.0, 1.0, 1.0].into_iter().zip(expected) {
            reputation.observe(0.9, good, 1.0 - good);
            assert!((reputation.mean() - expected).abs() < 1e-6, "{} {expected}", reputation.mean());
        }
    }

    #[test]
    fn idle_pairs_keep_their_evidence_and_a_new_leader_is_met_with_half_of_it() {
        let mut trust = Trust::new(1, 2, |_| 0.5, 2.0);
        trust.note(0, 0, 1, true);
        trust.learn(|_| 0.9);
        let after = trust.mean(0, 0, 1);
        assert!((after - 1.0 / 3.0).abs() < 1e-12);
        trust.learn(|_| 0.9);
        assert_eq!(trust.mean(0, 0, 1), after);
        assert_eq!(trust.mean(0, 1, 0), 0.5);
        trust.decay(1, 0.5);
        assert!((trust.mean(0, 0, 1) - 1.0 / 2.5).abs() < 1e-12);
    }
}
