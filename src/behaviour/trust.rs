//! Trust as Beta pseudo-counts per ordered pair and domain, and the institution's reputation (ODD
//! §9).

use crate::ids::Members;
use crate::numeric::{LANES, add, any, lanes, vectorised};
use crate::plan::Lane;

/// Prior belief: pseudo-counts α₀ and α₀ + β₀.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Prior {
    good: f64,
    weight: f64,
}

impl Prior {
    fn new(mean: f64, weight: f64) -> Self {
        Prior { good: mean * weight, weight }
    }
    /// Returns the posterior mean: (α₀ + r)/(α₀ + β₀ + r + s).
    #[inline(always)]
    fn mean(&self, evidence: &Evidence) -> f64 {
        (self.good + evidence.good) / (self.weight + evidence.good + evidence.bad)
    }
}

/// Good and bad experience after forgetting: r and s.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Evidence {
    good: f64,
    bad: f64,
}

/// Returns the share `kept` of earlier counts plus new counts.
#[inline(always)]
fn observed(kept: f64, before: f64, counts: f64) -> f64 {
    kept * before + counts
}

impl Evidence {
    #[inline(always)]
    fn observe(&mut self, kept: f64, good: f64, bad: f64) {
        self.good = observed(kept, self.good, good);
        self.bad = observed(kept, self.bad, bad);
    }
}

/// A Beta reputation with forgetting toward its prior.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Reputation {
    prior: Prior,
    evidence: Evidence,
}

impl Reputation {
    /// Creates a reputation with a prior of this mean and weight (pseudo-counts).
    pub fn new(mean: f64, weight: f64) -> Self {
        Reputation { prior: Prior::new(mean, weight), evidence: Evidence::default() }
    }
    /// Keeps the share `kept` of the evidence, then adds counts.
    pub fn observe(&mut self, kept: f64, good: f64, bad: f64) {
        self.evidence.observe(kept, good, bad);
    }
    /// Returns the posterior mean, share.
    pub fn mean(&self) -> f64 {
        self.prior.mean(&self.evidence)
    }
    /// Discards all evidence.
    pub fn reset(&mut self) {
        self.evidence = Evidence::default();
    }
}

/// Trust of each state in each other state, by domain, in all lanes.
#[derive(Debug, Clone, Default)]
pub struct Trust {
    states: usize,
    /// Priors by observer.
    priors: Vec<Prior>,
    /// Good experience: `[domain][observer][other]`; the vectors below have the same order.
    good: Vec<Lane>,
    bad: Vec<Lane>,
    means: Vec<Lane>,
    /// Reports of this year.
    reports: Vec<Report>,
    /// Whether there are reports this year, by pair.
    has_report: Vec<bool>,
    /// Whether there are reports this year of any pair.
    any_report: bool,
}

/// Counts from this year's reports to one observer about one other state.
#[derive(Debug, Clone, Copy, Default)]
struct Report {
    good: Lane,
    bad: Lane,
}

impl Trust {
    /// Creates trust at its priors. `prior(i)` is the mean with which state i starts to trust any
    /// other; `weight` is its number of pseudo-counts.
    pub fn new(domains: usize, states: usize, prior: impl Fn(usize) -> f64, weight: f64) -> Self {
        let pairs = domains * states * states;
        let mut trust = Trust {
            states,
            priors: (0..states).map(|state| Prior::new(prior(state), weight)).collect(),
            good: vec![[0.0; LANES]; pairs],
            bad: vec![[0.0; LANES]; pairs],
            means: vec![[0.0; LANES]; pairs],
            reports: vec![Report::default(); pairs],
            has_report: vec![false; pairs],
            any_report: false,
        };
        trust.reset();
        trust
    }

    /// Iterates over observer and other in storage order, domain by domain.
    #[inline(always)]
    fn pairs(&self) -> impl Iterator<Item = (usize, (usize, usize))> + Clone + use<> {
        let states = self.states;
        let pairs =
            (0..states).flat_map(move |observer| (0..states).map(move |other| (observer, other)));
        (0..self.means.len()).zip(pairs.cycle())
    }

    #[inline(always)]
    fn at(&self, domain: usize, observer: usize, other: usize) -> usize {
        (domain * self.states + observer) * self.states + other
    }

    /// Returns P̂: how likely the observer believes the other to perform in a domain, in one lane.
    #[inline(always)]
    pub fn mean(&self, domain: usize, observer: usize, other: usize, lane: usize) -> f64 {
        self.means[self.at(domain, observer, other)][lane]
    }

    /// Returns P̂ in all lanes.
    #[inline(always)]
    pub fn means(&self, domain: usize, observer: usize, other: usize) -> &Lane {
        &self.means[self.at(domain, observer, other)]
    }

    /// Records an observation of this year in a lane: good and bad pseudo-counts. It takes effect
    /// with [`Trust::learn`].
    #[inline(always)]
    pub fn note(
        &mut self,
        domain: usize,
        observer: usize,
        other: usize,
        lane: usize,
        (good, bad): (f64, f64),
    ) {
        self.add_report((domain, observer, other), lane, good, bad);
    }

    /// Adds good pseudo-counts that no obligation has caused.
    #[inline(always)]
    pub fn add_confidence(
        &mut self,
        domain: usize,
        observer: usize,
        other: usize,
        lane: usize,
        counts: f64,
    ) {
        self.add_report((domain, observer, other), lane, counts, 0.0);
    }

    #[inline(always)]
    fn add_report(
        &mut self,
        (domain, observer, other): (usize, usize, usize),
        lane: usize,
        good: f64,
        bad: f64,
    ) {
        let at = self.at(domain, observer, other);
        let reports = &mut self.reports[at];
        reports.good[lane] += good;
        reports.bad[lane] += bad;
        self.has_report[at] = true;
        self.any_report = true;
    }

    /// Adds to this year's counts in each domain a share of those in every other domain, pair by
    /// pair.
    pub fn spill_over(&mut self, share: f64) {
        if !self.any_report {
            return;
        }
        let pairs = self.states * self.states;
        for pair in 0..pairs {
            let domains = || (pair..self.means.len()).step_by(pairs);
            let mut all = Report::default();
            for at in domains().filter(|&at| self.has_report[at]) {
                add(&mut all.good, &self.reports[at].good);
                add(&mut all.bad, &self.reports[at].bad);
            }
            if !domains().any(|at| self.has_report[at]) {
                continue;
            }
            for at in domains() {
                let own = &mut self.reports[at];
                own.good = lanes(|l| own.good[l] + share * (all.good[l] - own.good[l]));
                own.bad = lanes(|l| own.bad[l] + share * (all.bad[l] - own.bad[l]));
                self.has_report[at] = true;
            }
        }
    }

    /// Updates trust with the year's reports; pairs without a report keep their evidence. `kept(i)`
    /// is the share of evidence that observer i keeps.
    pub fn learn(&mut self, kept: impl Fn(usize) -> f64) {
        if !std::mem::take(&mut self.any_report) {
            return;
        }
        vectorised(
            #[inline(always)]
            || {
                for (at, (observer, _)) in self.pairs() {
                    if std::mem::take(&mut self.has_report[at]) {
                        let reports = std::mem::take(&mut self.reports[at]);
                        let kept = kept(observer);
                        let counts: Lane = lanes(|l| reports.good[l] + reports.bad[l]);
                        self.change(
                            at,
                            observer,
                            &lanes(|l| if counts[l] > 0.0 { kept } else { 1.0 }),
                            &reports,
                        );
                    }
                }
            },
        );
    }

    /// Keeps the share `kept` of the evidence, adds counts, and updates the mean.
    #[inline(always)]
    fn change(&mut self, at: usize, observer: usize, kept: &Lane, reports: &Report) {
        let (prior, good, bad) = (self.priors[observer], self.good[at], self.bad[at]);
        let good: Lane = lanes(|l| observed(kept[l], good[l], reports.good[l]));
        let bad: Lane = lanes(|l| observed(kept[l], bad[l], reports.bad[l]));
        self.means[at] = lanes(|l| prior.mean(&Evidence { good: good[l], bad: bad[l] }));
        (self.good[at], self.bad[at]) = (good, bad);
    }

    /// Reduces the evidence of and about a state to the share `kept` by lane, after a change of
    /// leadership; 1 where there is none.
    pub fn decay(&mut self, state: usize, kept: &Lane) {
        vectorised(
            #[inline(always)]
            || {
                for (at, (observer, other)) in self.pairs() {
                    if observer == state || other == state {
                        self.change(at, observer, kept, &Report::default());
                    }
                }
            },
        );
    }

    /// Resets all trust to the priors.
    pub fn reset(&mut self) {
        self.good.fill([0.0; LANES]);
        self.bad.fill([0.0; LANES]);
        self.reports.fill(Report::default());
        self.has_report.fill(false);
        self.any_report = false;
        for (at, (observer, _)) in self.pairs() {
            self.means[at] = [self.priors[observer].mean(&Evidence::default()); LANES];
        }
    }

    /// Returns the mean trust among the members of a set, one set by lane, over all domains; 1
    /// where there is no pair.
    pub fn average(&self, members: &[Members; LANES]) -> Lane {
        let (mut sum, mut count) = ([0.0; LANES], [0.0; LANES]);
        if !any::<LANES>(|l| members[l].len() > 1) {
            return [1.0; LANES];
        }
        vectorised(
            #[inline(always)]
            || {
                for (at, (observer, other)) in self.pairs() {
                    if observer != other {
                        let mean = &self.means[at];
                        let pair = Members::NONE.with(observer).with(other);
                        let both = pair.within(members);
                        add(&mut sum, &lanes(|l| both[l] * mean[l]));
                        add(&mut count, &both);
                    }
                }
            },
        );
        lanes(|l| if count[l] > 0.0 { sum[l] / count[l] } else { 1.0 })
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
            assert!(
                (reputation.mean() - expected).abs() < 1e-6,
                "{} {expected}",
                reputation.mean()
            );
        }
    }

    #[test]
    fn unobserved_pairs_keep_evidence_and_leadership_change_halves_it() {
        let mut trust = Trust::new(1, 2, |_| 0.5, 2.0);
        trust.note(0, 0, 1, 3, (0.0, 1.0));
        trust.learn(|_| 0.9);
        let after = trust.mean(0, 0, 1, 3);
        assert!((after - 1.0 / 3.0).abs() < 1e-12);
        trust.learn(|_| 0.9);
        assert_eq!(trust.mean(0, 0, 1, 3), after);
        assert_eq!(trust.mean(0, 1, 0, 3), 0.5);
        trust.decay(1, &lanes(|l| if l == 3 { 0.5 } else { 1.0 }));
        assert!((trust.mean(0, 0, 1, 3) - 1.0 / 2.5).abs() < 1e-12);
    }

    #[test]
    fn a_change_of_leadership_touches_its_own_pairs_and_replications_only() {
        let pairs = [(0, 1), (1, 0), (1, 2), (2, 1), (0, 2), (2, 0)];
        let mut trust = Trust::new(2, 3, |state| 0.3 + 0.1 * state as f64, 2.0);
        for (number, (observer, other)) in pairs.into_iter().enumerate() {
            for lane in [2, 5, 9] {
                let bad = f64::from(number % 2 == 0);
                trust.note(1, observer, other, lane, (1.0 - bad, bad));
            }
        }
        trust.learn(|_| 0.9);
        let mean = |trust: &Trust, (i, j): (usize, usize), lane: usize| trust.mean(1, i, j, lane);
        let before = trust.clone();
        trust.decay(1, &lanes(|l| [1.0, 0.5][usize::from(l == 2 || l == 5)]));
        for pair in pairs {
            let prior = 0.3 + 0.1 * pair.0 as f64;
            for lane in [2, 5] {
                let (old, new) = (mean(&before, pair, lane), mean(&trust, pair, lane));
                if pair.0 == 1 || pair.1 == 1 {
                    assert!(
                        (new - prior).abs() < (old - prior).abs() - 0.01,
                        "{pair:?} {lane}: {old} to {new}"
                    );
                } else {
                    assert_eq!(old.to_bits(), new.to_bits(), "{pair:?} {lane}");
                }
            }
            for lane in [0, 9] {
                assert_eq!(
                    mean(&before, pair, lane).to_bits(),
                    mean(&trust, pair, lane).to_bits(),
                    "{pair:?} {lane}"
                );
            }
        }
    }

    #[test]
    fn a_share_of_what_is_learnt_counts_in_other_domains() {
        let mut trust = Trust::new(3, 2, |_| 0.5, 2.0);
        trust.note(0, 0, 1, 3, (1.0, 0.0));
        trust.note(2, 0, 1, 3, (0.0, 0.5));
        trust.spill_over(0.2);
        trust.learn(|_| 1.0);
        let mean = |domain| trust.mean(domain, 0, 1, 3);
        // Good and bad counts: (1, 0.1), (0.2, 0.1), (0.2, 0.5), on a prior of (1, 1).
        for (domain, good, bad) in [(0, 1.0, 0.1), (1, 0.2, 0.1), (2, 0.2, 0.5)] {
            let expected = (1.0 + good) / (2.0 + good + bad);
            assert!((mean(domain) - expected).abs() < 1e-12, "{domain}");
        }
        assert_eq!(trust.mean(1, 1, 0, 3), 0.5, "another pair");
    }
}
