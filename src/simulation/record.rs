//! What is kept of a simulated year: everything the measures need (ODD §10).

use crate::ids::MAX_STATES;
use crate::plan::Physical;

/// One year of one design in one replication.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct YearRecord {
    /// Gain of each state over the reference: domains, transfers and fines, before organisation costs, MUSD.
    pub gain: [f64; MAX_STATES],
    /// Organisation costs of each state, MUSD.
    pub organisation_cost: [f64; MAX_STATES],
    /// Sovereignty cost of each state, MUSD.
    pub sovereignty_cost: [f64; MAX_STATES],
    /// What outsiders gave each state: grants, and payments that they made good, MUSD.
    pub donations: [f64; MAX_STATES],
    /// Net transfers to each state, MUSD.
    pub transfers: [f64; MAX_STATES],
    /// Ex-post joint optimum of all states and domains, MUSD.
    pub optimum: f64,
    /// Expected joint gain of the plans in force if everybody performed, MUSD.
    pub promised: f64,
    /// Domains with a plan in force, a bit each.
    pub plans: u32,
    /// Obligations due, and kept.
    pub due: u32,
    /// Obligations kept.
    pub kept: u32,
    /// Value of the obligations due and of what was performed, MUSD.
    pub value_due: f64,
    /// Value performed.
    pub value_kept: f64,
    /// Whether the year is in the driest fifth.
    pub dry: bool,
    /// Reported breaches.
    pub disputes: u32,
    /// Fines paid, MUSD.
    pub fines: f64,
    /// Ratifications that were open and failed.
    pub ratification_failures: u32,
    /// Members at the end of the year.
    pub members: u32,
    /// Mean trust among the members.
    pub trust: f64,
    /// The year in physical terms, summed over domains.
    pub physical: Physical,
}

impl YearRecord {
    /// Gain of a state with what outsiders gave, net of organisation costs, MUSD.
    pub fn net(&self, state: usize) -> f64 {
        self.gain[state] + self.donations[state] - self.organisation_cost[state]
    }
}
