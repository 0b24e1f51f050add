//! The obligations and payments of a regime in a year, as the steps of the year read them.

use crate::ids::{MAX_DOMAINS, MAX_STATES, Members};
use crate::plan::Plan;

/// The obligations and payments of a regime in a year.
#[derive(Debug, Clone, Copy)]
pub(super) struct Deal<'a> {
    /// Plans, by position in the table's list of domains.
    pub plans: [Option<Plan<'a>>; MAX_DOMAINS],
    /// The domains at those positions.
    pub domains: &'a [usize],
    /// States that owe.
    pub bound: Members,
    /// Promised net transfer to each state, MUSD.
    pub transfers: [f64; MAX_STATES],
    /// Expected gain max(G, 0) by state, MUSD per year.
    pub regime_gain: [f64; MAX_STATES],
    /// Audience cost by state, MUSD.
    pub audience: [f64; MAX_STATES],
    /// Trust of each state in the states that pay it, share.
    pub trust_in_payers: [f64; MAX_STATES],
    /// Number of each state's cases that are remembered.
    pub cases: [u32; MAX_STATES],
    /// Withdrawal of concessions in force this year, if any.
    pub withdrawal: Option<&'a Withdrawal>,
    /// States that may lawfully suspend their obligations, by position in the table's list of
    /// domains and season.
    pub escapes: [[Members; 2]; MAX_DOMAINS],
}

/// Withdrawal of concessions in a year.
#[derive(Debug, Clone, Default)]
pub(super) struct Withdrawal {
    /// Share withheld of each act slot of the body.
    pub acts: Vec<f64>,
    /// Share withheld of the money that each state is to receive.
    pub payments: [f64; MAX_STATES],
}
