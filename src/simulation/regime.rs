//! Regimes: what a table has agreed, which states are bound, and what states expect of it.
//!
//! The rules by which a regime changes are in `decision`, `negotiation_round` and `learning`.

use super::prepared::Prepared;
use crate::behaviour::Experience;
use crate::ids::{MAX_STATES, Members};
use crate::organisation::{Ballot, Terms, Treaty};
use crate::plan::Plan;
use crate::scenario::types::design::{MAX_DELAY, Table};

/// What established cases have left behind in one regime.
#[derive(Debug, Clone)]
pub(super) struct Standing {
    pub(super) states: usize,
    /// Established cases by state and season: bit t stands for the year t years ago.
    pub(super) cases: [[u64; 2]; MAX_STATES],
    /// Benefit that is to be withheld: `[year][state]`, MUSD, and the states that withhold it.
    pub(super) withheld: Vec<(f64, Members)>,
    /// Whether anything is to be withheld in any year.
    pub(super) withholds: bool,
    /// Whether the regime collapses at the end of a year, by year modulo `MAX_DELAY + 1`.
    pub(super) collapses: [bool; MAX_DELAY + 1],
}

impl Standing {
    /// Creates the record of a regime without cases.
    pub(super) fn new(years: usize, states: usize) -> Self {
        Standing {
            states,
            cases: [[0; 2]; MAX_STATES],
            withheld: vec![(0.0, Members::NONE); years * states],
            withholds: false,
            collapses: [false; MAX_DELAY + 1],
        }
    }
}

/// Chances that states perform, as others reckon them from the terms of a deal; 1 where they do not
/// reckon.
#[derive(Debug, Clone)]
pub(super) struct Chances {
    /// Whether anything is reckoned.
    pub(super) known: bool,
    pub(super) states: usize,
    /// Of what a state owes in a domain, by value: `[domain][state]`.
    pub(super) acts: Vec<f64>,
    /// Of its payments, by state.
    pub payments: [f64; MAX_STATES],
    /// Value of what each state owes in a domain, MUSD; scratch.
    pub(super) values: Vec<f64>,
}

impl Default for Chances {
    fn default() -> Self {
        Chances::new(0, 0)
    }
}

impl Chances {
    /// Creates chances for a number of domains and states; nothing is reckoned.
    pub(super) fn new(domains: usize, states: usize) -> Self {
        let acts = vec![1.0; domains * states];
        Chances { known: false, states, values: acts.clone(), acts, payments: [1.0; MAX_STATES] }
    }
}

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
    /// Returns this year's copied plan, for the domain at position `at` of the table's list; `None`
    /// where the domain is left out.
    #[inline(always)]
    pub(super) fn plan<'a>(
        &self,
        prepared: &Prepared,
        table: &Table,
        at: usize,
        taken: &'a [f64],
    ) -> Option<Plan<'a>> {
        self.levels[at]?;
        let place = prepared.taken(table.body, table.domains[at]);
        Some(Plan::copied(&taken[place], prepared.states()))
    }

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
