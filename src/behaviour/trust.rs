//! Trust as Beta pseudo-counts per ordered pair and domain, and the institution's reputation (ODD §9).

/// What is believed before any experience: pseudo-counts α₀ and α₀ + β₀.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Prior {
    good: f64,
    weight: f64,
}

impl Prior {
    fn new(mean: f64, weight: f64) -> Self {
        Prior { good: mean * weight, weight }
    }
    /// Mean of the posterior: (α₀ + r)/(α₀ + β₀ + r + s).
    #[inline(always)]
    fn mean(&self, evidence: &Evidence) -> f64 {
        (self.good + evidence.good) / (self.weight + evidence.good + evidence.bad)
    }
}

/// Good and bad experience, as far as it is kept: r and s.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Evidence {
    good: f64,
    bad: f64,
}

impl Evidence {
    /// Keeps a share of what there is, then adds counts.
    #[inline(always)]
    fn observe(&mut self, kept: f64, good: f64, bad: f64) {
        self.good = kept * self.good + good;
        self.bad = kept * self.bad + bad;
    }
}

/// A Beta reputation with forgetting toward its prior.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Reputation {
    prior: Prior,
    evidence: Evidence,
}

impl Reputation {
    /// A prior with this mean and weight (pseudo-counts).
    pub fn new(mean: f64, weight: f64) -> Self {
        Reputation { prior: Prior::new(mean, weight), evidence: Evidence::default() }
    }
    /// Keeps a share of the evidence so far, then adds counts.
    pub fn observe(&mut self, kept: f64, good: f64, bad: f64) {
        self.evidence.observe(kept, good, bad);
    }
    /// Mean of the posterior.
    pub fn mean(&self) -> f64 {
        self.prior.mean(&self.evidence)
    }
    /// Forgets all evidence.
    pub fn reset(&mut self) {
        self.evidence = Evidence::default();
    }
}

/// Trust of each state in each other, by domain.
#[derive(Debug, Clone)]
pub struct Trust {
    states: usize,
    /// By observer.
    priors: Vec<Prior>,
    /// By domain, observer and other; so are the rest.
    evidence: Vec<Evidence>,
    means: Vec<f64>,
    pending: Vec<Evidence>,
    /// Where something is pending, and who the observer is.
    heard: Vec<(u32, u32)>,
}

impl Trust {
    /// Priors: `prior(i)` is the mean with which state i starts to trust anybody; `weight` its pseudo-counts.
    pub fn new(domains: usize, states: usize, prior: impl Fn(usize) -> f64, weight: f64) -> Self {
        let pairs = domains * states * states;
        let mut trust = Trust {
            states,
            priors: (0..states).map(|state| Prior::new(prior(state), weight)).collect(),
            evidence: vec![Evidence::default(); pairs],
            means: vec![0.0; pairs],
            pending: vec![Evidence::default(); pairs],
            heard: Vec::with_capacity(pairs),
        };
        trust.reset();
        trust
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
        let (good, bad) = if reported_breach { (0.0, 1.0) } else { (1.0, 0.0) };
        self.hear((domain, observer, other), good, bad);
    }

    /// Adds good experience that no obligation stands for.
    #[inline(always)]
    pub fn reassure(&mut self, domain: usize, observer: usize, other: usize, counts: f64) {
        self.hear((domain, observer, other), counts, 0.0);
    }

    #[inline(always)]
    fn hear(&mut self, (domain, observer, other): (usize, usize, usize), good: f64, bad: f64) {
        if good + bad <= 0.0 {
            return;
        }
        let at = self.at(domain, observer, other);
        let pending = &mut self.pending[at];
        if *pending == Evidence::default() {
            self.heard.push((at as u32, observer as u32));
        }
        pending.good += good;
        pending.bad += bad;
    }

    /// Learns from the year's reports; pairs without a report keep their evidence. `kept(i)` is the share of evidence
    /// that observer i keeps.
    pub fn learn(&mut self, kept: impl Fn(usize) -> f64) {
        for index in 0..self.heard.len() {
            let (at, observer) = (self.heard[index].0 as usize, self.heard[index].1 as usize);
            let Evidence { good, bad } = std::mem::take(&mut self.pending[at]);
            self.change(at, observer, kept(observer), good, bad);
        }
        self.heard.clear();
    }

    #[inline(always)]
    fn change(&mut self, at: usize, observer: usize, kept: f64, good: f64, bad: f64) {
        self.evidence[at].observe(kept, good, bad);
        self.means[at] = self.priors[observer].mean(&self.evidence[at]);
    }

    /// A change of leadership: trust of and in the state decays toward the prior by `share`.
    pub fn decay(&mut self, state: usize, share: f64) {
        let domains = self.means.len() / (self.states * self.states);
        for domain in 0..domains {
            for other in 0..self.states {
                self.change(self.at(domain, state, other), state, 1.0 - share, 0.0, 0.0);
                if other != state {
                    self.change(self.at(domain, other, state), other, 1.0 - share, 0.0, 0.0);
                }
            }
        }
    }

    /// Back to the prior.
    pub fn reset(&mut self) {
        self.evidence.fill(Evidence::default());
        self.pending.fill(Evidence::default());
        self.heard.clear();
        for (rows, prior) in self.means.chunks_exact_mut(self.states).zip(self.priors.iter().cycle()) {
            rows.fill(prior.mean(&Evidence::default()));
        }
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
