//! Step 3 of the year: which domains are open, and how deep they may be agreed on (ODD §6, §7).

use super::context::YearContext;
use super::trace::{Event, Step, Trace};
use crate::scenario::types::Scenario;
use crate::scenario::types::design::Design;

/// State of the agenda in one replication.
#[derive(Debug, Clone)]
pub(super) struct Agenda {
    /// Largest depth that can be agreed on, by domain; 0 where a domain is closed.
    depths: Vec<f64>,
    /// Domains whose depth has risen this year, one bit each.
    raised: u32,
    /// Number of years in a row in which the condition of each stage was met.
    years_met: Vec<u32>,
    /// Whether each stage has been reached.
    reached: Vec<bool>,
    /// Gain and joint optimum of the last year by domain, MUSD.
    last: Vec<(f64, f64)>,
}

impl Agenda {
    /// Creates the agenda of a scenario, for designs with up to `stages` stages.
    pub(super) fn new(scenario: &Scenario, stages: usize) -> Self {
        let domains = scenario.domains.len();
        Agenda {
            depths: vec![1.0; domains],
            raised: 0,
            years_met: Vec::with_capacity(stages),
            reached: Vec::with_capacity(stages),
            last: vec![(0.0, 0.0); domains],
        }
    }

    /// Resets the agenda to that of a design before its first year.
    pub(super) fn reset(&mut self, design: &Design) {
        self.raised = 0;
        self.depths.fill(1.0);
        for domain in design.stages.iter().flat_map(|stage| &stage.domains) {
            self.depths[*domain] = 0.0;
        }
        self.years_met.clear();
        self.years_met.resize(design.stages.len(), 0);
        self.reached.clear();
        self.reached.resize(design.stages.len(), false);
        self.last.fill((0.0, 0.0));
    }

    /// Returns the largest depth that can be agreed on in a domain; 0 if it is closed.
    #[inline(always)]
    pub(super) fn depth(&self, domain: usize) -> f64 {
        self.depths[domain]
    }

    /// Returns whether any of these domains may be agreed on more deeply than last year.
    #[inline(always)]
    pub(super) fn is_raised(&self, domains: &[usize]) -> bool {
        self.raised != 0 && domains.iter().any(|domain| self.raised >> domain & 1 == 1)
    }

    /// Records what was gained in a domain this year, and what could have been, MUSD.
    pub(super) fn record(&mut self, domain: usize, gain: f64, optimum: f64) {
        self.last[domain] = (gain, optimum);
    }

    /// Takes the stages whose year has come and whose condition was met last year.
    pub(super) fn take_stages<T: Trace>(&mut self, now: YearContext<'_>, trace: &mut T) {
        self.raised = 0;
        for (index, stage) in now.prepared.design.stages.iter().enumerate() {
            if let Some(success) = &stage.after
                && now.year > 0
            {
                let sum = |of: fn(&(f64, f64)) -> f64| -> f64 {
                    success.domains.iter().map(|&domain| of(&self.last[domain])).sum()
                };
                let (gain, optimum) = (sum(|last| last.0), sum(|last| last.1));
                let met = optimum > 0.0 && gain >= success.delivered * optimum;
                self.years_met[index] = if met { self.years_met[index] + 1 } else { 0 };
            }
            let needed = stage.after.as_ref().map_or(0, |success| success.years);
            if self.reached[index] || now.year < stage.year || self.years_met[index] < needed {
                continue;
            }
            self.reached[index] = true;
            for &domain in &stage.domains {
                if stage.depth > self.depths[domain] {
                    self.depths[domain] = stage.depth;
                    self.raised |= 1 << domain;
                    if T::ENABLED {
                        let values = &[("domain", domain as f64), ("depth", stage.depth)];
                        trace.event(Event { values, ..now.event(Step::Bargaining, "opened") });
                    }
                }
            }
        }
    }
}
