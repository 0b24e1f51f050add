//! A regime: what a table has agreed, who is bound, and what states expect of it.

use crate::behaviour::Experience;
use crate::ids::{MAX_STATES, Members};
use crate::organisation::{Ballot, Terms, Treaty};

/// The regime of one table.
#[derive(Debug, Clone)]
pub struct Regime {
    /// Whether an approval stands.
    pub active: bool,
    /// Agreed depth level by position in the table's list of domains.
    pub levels: Vec<Option<usize>>,
    /// Agreed terms.
    pub terms: Terms,
    /// Who voted yes (recommendatory) or belongs to it (binding).
    pub parties: Members,
    /// Who stays out of a binding decision that it voted against.
    pub opted_out: Members,
    /// The framework treaty.
    pub treaty: Treaty,
    /// First year in which a collapsed regime may be renegotiated.
    pub asleep_until: f64,
    /// Whether a report has brought it down this year.
    pub collapses: bool,
    /// What each state has experienced from it, MUSD per year.
    pub experience: [Experience; MAX_STATES],
    /// Expected yearly gain with compliance forced, MUSD (designs that use it).
    pub stationary: [f64; MAX_STATES],
    /// Who owes this year; nobody where no plan is in force.
    pub bound: Members,
    /// What members expect this year.
    pub ballot: Ballot,
    /// Net transfers promised this year, MUSD.
    pub transfers: [f64; MAX_STATES],
    /// What it gave each state this year, MUSD.
    pub realised: [f64; MAX_STATES],
}

impl Regime {
    /// Room for a table of up to `domains` domains.
    pub fn new(domains: usize) -> Self {
        Regime {
            active: false,
            levels: vec![None; domains],
            terms: Terms { consent: Members::NONE, sharing: Members::NONE, nash_share: 0.0 },
            parties: Members::NONE,
            opted_out: Members::NONE,
            treaty: Treaty::default(),
            asleep_until: 0.0,
            collapses: false,
            experience: Default::default(),
            stationary: [0.0; MAX_STATES],
            bound: Members::NONE,
            ballot: Ballot { gain: [0.0; MAX_STATES], stake: [0.0; MAX_STATES] },
            transfers: [0.0; MAX_STATES],
            realised: [0.0; MAX_STATES],
        }
    }

    /// As before the first year.
    pub fn reset(&mut self) {
        self.active = false;
        self.levels.fill(None);
        self.parties = Members::NONE;
        self.opted_out = Members::NONE;
        self.treaty = Treaty::default();
        self.asleep_until = 0.0;
        self.collapses = false;
        self.experience = Default::default();
        self.bound = Members::NONE;
    }
}
