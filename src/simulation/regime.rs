//! Regimes: what a table has agreed, which states are bound, and what states expect of it.
//!
//! The rules by which a regime changes are in `decision`, `negotiation_round` and `learning`.

use super::chances::Chances;
use super::sanctions::Standing;
use crate::behaviour::Experience;
use crate::ids::{MAX_STATES, Members};
use crate::organisation::{Ballot, Terms, Treaty};

/// The regime of one table.
#[derive(Debug, Clone)]
pub struct Regime {
    /// Whether an adopted decision stands.
    pub active: bool,
    /// Whether the table has ever adopted a decision.
    pub has_adopted: bool,
    /// Whether nothing has been performed under the decision.
    pub unperformed: bool,
    /// Agreed depth level by position in the table's list of domains; `None` where a domain is left
    /// out.
    pub levels: Vec<Option<usize>>,
    /// Agreed terms.
    pub terms: Terms,
    /// Members that voted yes (recommendatory) or belong to the regime (binding).
    pub parties: Members,
    /// Members that stay out of a binding decision that they voted against.
    pub opted_out: Members,
    /// Members that may act this year.
    pub participants: Members,
    /// The framework treaty.
    pub treaty: Treaty,
    /// First year in which a collapsed regime may be renegotiated.
    pub suspended_until: f64,
    /// What established cases have left behind.
    pub(super) standing: Standing,
    /// Experience of each state with the regime, MUSD per year.
    pub experience: [Experience; MAX_STATES],
    /// Expected gain with full compliance, MUSD per year; only where expectations are stationary.
    pub stationary: [f64; MAX_STATES],
    /// States that are bound this year; empty where no plan is in force.
    pub bound: Members,
    /// Expected gains and stakes of members this year.
    pub ballot: Ballot,
    /// Chances that states perform, as others reckoned them at the terms proposed.
    pub(super) chances: Chances,
    /// Net transfers promised this year, MUSD.
    pub transfers: [f64; MAX_STATES],
    /// Realised gain of each state from the regime this year, MUSD.
    pub realised: [f64; MAX_STATES],
    /// What each state forwent elsewhere this year because it was bound, MUSD.
    pub forgone: [f64; MAX_STATES],
}

impl Regime {
    /// Creates the regime of a table of up to `domains` domains, for runs of `years` years.
    pub fn new(domains: usize, years: usize, states: usize) -> Self {
        Regime {
            active: false,
            has_adopted: false,
            unperformed: false,
            levels: vec![None; domains],
            terms: Terms {
                consent: Members::NONE,
                sharing: Members::NONE,
                nash_share: 0.0,
                concedes: false,
            },
            parties: Members::NONE,
            opted_out: Members::NONE,
            participants: Members::NONE,
            treaty: Treaty::default(),
            suspended_until: 0.0,
            standing: Standing::new(years, states),
            experience: Default::default(),
            stationary: [0.0; MAX_STATES],
            bound: Members::NONE,
            ballot: Ballot { gain: [0.0; MAX_STATES], stake: [0.0; MAX_STATES] },
            chances: Chances::new(domains, states),
            transfers: [0.0; MAX_STATES],
            realised: [0.0; MAX_STATES],
            forgone: [0.0; MAX_STATES],
        }
    }

    /// Copies what a proposal changes: depths, terms, parties and expectations; allocates nothing.
    pub fn copy_deal(&mut self, other: &Regime) {
        (self.active, self.unperformed) = (other.active, other.unperformed);
        self.levels.clone_from(&other.levels);
        self.terms = other.terms;
        (self.parties, self.opted_out) = (other.parties, other.opted_out);
        (self.treaty, self.experience) = (other.treaty, other.experience);
        (self.stationary, self.ballot) = (other.stationary, other.ballot);
        self.chances.copy_from(&other.chances);
        self.transfers = other.transfers;
    }

    /// Resets the regime to its state before the first year.
    pub fn reset(&mut self) {
        self.active = false;
        (self.unperformed, self.has_adopted) = (false, false);
        self.levels.fill(None);
        self.parties = Members::NONE;
        self.opted_out = Members::NONE;
        self.treaty = Treaty::default();
        self.suspended_until = 0.0;
        self.standing.reset();
        self.chances.forget();
        self.experience = Default::default();
        self.bound = Members::NONE;
    }
}
