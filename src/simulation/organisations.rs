//! Several organisations in one run: each takes its turn in the year with what belongs to it (ODD
//! §7). What they share is left in the run: physics, trust, and what has been agreed and performed.

use super::agenda::Agenda;
use super::context::YearContext;
use super::prepared::{ByState, Prepared};
use super::regime::Regime;
use super::sanctions::PendingFines;
use super::{Engine, Run, Shape, StateYear, Worker, YearRecord};
use crate::behaviour::{Discontent, Experience, Reputation};
use crate::ids::{MAX_STATES, Members};
use crate::numeric::LANES;
use crate::organisation::Treaty;
use crate::scenario::types::Scenario;
use crate::scenario::types::design::{Design, Table};

/// Position of a table: the organisation (0 is the design's own) and its table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TablePlace {
    pub organisation: usize,
    pub index: usize,
}

/// What belongs to one organisation in a run.
#[derive(Debug, Clone)]
pub(super) struct OrganisationState {
    pub members: Members,
    /// States that act without a vote.
    pub associates: Members,
    /// States that see reports only.
    pub observers: Members,
    /// Year in which a notice of exit takes effect; infinite where none was given.
    pub leaving_at: [f64; MAX_STATES],
    /// Year in which a state left; −∞ if it never did.
    pub left_at: [f64; MAX_STATES],
    /// First year in which a suspended vote counts again.
    pub vote_suspended_until: [f64; MAX_STATES],
    /// Number of years in a row for which dues were withheld.
    pub arrears: [u32; MAX_STATES],
    pub pending_fines: PendingFines,
    /// States that owed something this year.
    pub obliged: Members,
    /// States with a report against them this year, false alarms included.
    pub accused: Members,
    pub founding: Treaty,
    pub agenda: Agenda,
    pub regimes: Vec<Regime>,
    pub reputation: Reputation,
    pub discontent: [Discontent; MAX_STATES],
    pub satisfaction: [Experience; MAX_STATES],
    /// Smoothed stakes of full cooperation on the agenda, MUSD.
    pub agenda_stake: [Experience; MAX_STATES],
    /// Sanctioned and unsanctioned breaches of the year; the reputation is updated at its end.
    pub breaches: (f64, f64),
}

impl OrganisationState {
    /// Allocates the buffers of an organisation. [`OrganisationState::start`] gives it its members.
    pub(super) fn new(scenario: &Scenario, shape: &Shape) -> Self {
        let behaviour = &scenario.behaviour;
        let regime = || Regime::new(scenario.domains.len(), shape.years, shape.states);
        OrganisationState {
            members: Members::NONE,
            associates: Members::NONE,
            observers: Members::NONE,
            leaving_at: [f64::INFINITY; MAX_STATES],
            left_at: [f64::NEG_INFINITY; MAX_STATES],
            vote_suspended_until: [0.0; MAX_STATES],
            arrears: [0; MAX_STATES],
            pending_fines: PendingFines::default(),
            obliged: Members::NONE,
            accused: Members::NONE,
            founding: Treaty::default(),
            agenda: Agenda::new(scenario, shape.stages),
            regimes: (0..shape.tables).map(|_| regime()).collect(),
            reputation: Reputation::new(
                behaviour.reputation_prior_mean,
                behaviour.reputation_prior_weight,
            ),
            discontent: Default::default(),
            satisfaction: Default::default(),
            agenda_stake: Default::default(),
            breaches: (0.0, 0.0),
        }
    }

    /// Starts the organisation before its first year.
    pub(super) fn start(&mut self, scenario: &Scenario, design: &Design) {
        self.members = design.members;
        self.associates = design.membership.associates;
        self.observers = design.membership.observers;
        self.leaving_at = [f64::INFINITY; MAX_STATES];
        self.left_at = [f64::NEG_INFINITY; MAX_STATES];
        self.vote_suspended_until = [0.0; MAX_STATES];
        self.arrears = [0; MAX_STATES];
        self.pending_fines = PendingFines::default();
        let ratified = if design.founding.is_some() { Members::NONE } else { scenario.everyone() };
        self.founding = Treaty { signed: true, ratified };
        self.agenda.reset(design);
        self.regimes.iter_mut().for_each(Regime::reset);
        self.reputation.reset();
        self.discontent = Default::default();
        self.satisfaction = Default::default();
        self.agenda_stake = Default::default();
    }

    /// Clears what the previous year has left.
    pub(super) fn begin_year(&mut self, prepared: &Prepared) {
        if prepared.enforcement.response.memory > 0 {
            self.regimes.iter_mut().for_each(|regime| regime.standing.begin_year());
        }
        self.breaches = (0.0, 0.0);
        (self.obliged, self.accused) = (Members::NONE, Members::NONE);
    }

    /// Returns the states that the organisation holds: members and associates.
    fn inside(&self) -> Members {
        Members(self.members.0 | self.associates.0)
    }
}

/// An organisation beside the design, while it is not its turn.
#[derive(Debug, Clone)]
pub(super) struct Apart {
    state: OrganisationState,
    /// Its part of the year's results by state.
    by_state: [StateYear; MAX_STATES],
}

impl Apart {
    pub(super) fn new(scenario: &Scenario, shape: &Shape) -> Self {
        Apart {
            state: OrganisationState::new(scenario, shape),
            by_state: [StateYear::default(); MAX_STATES],
        }
    }
}

impl Run {
    /// Starts the organisations beside a design.
    pub(super) fn start_beside(&mut self, engine: &Engine, prepared: &Prepared) {
        for (apart, other) in self.others.iter_mut().zip(&prepared.beside) {
            apart.state.start(&engine.scenario, &other.design);
        }
    }

    /// Swaps what belongs to the design with what belongs to an organisation beside it.
    fn swap(&mut self, at: usize) {
        std::mem::swap(&mut self.own, &mut self.others[at].state);
    }

    /// Returns the regime of a table, in the design's own turn.
    #[inline(always)]
    pub(super) fn regime(&self, place: TablePlace) -> &Regime {
        regime_in(&self.own.regimes, &self.others, place)
    }

    /// Returns the regime of a table for changes, in the design's own turn.
    #[inline(always)]
    pub(super) fn regime_mut(&mut self, place: TablePlace) -> &mut Regime {
        match place.organisation {
            0 => &mut self.own.regimes[place.index],
            other => &mut self.others[other - 1].state.regimes[place.index],
        }
    }

    /// Returns the states that an organisation holds: members and associates.
    pub(super) fn inside(&self, organisation: usize) -> Members {
        match organisation {
            0 => self.own.inside(),
            other => self.others[other - 1].state.inside(),
        }
    }

    /// Returns the agenda of an organisation.
    pub(super) fn agenda_of(&self, organisation: usize) -> &Agenda {
        match organisation {
            0 => &self.own.agenda,
            other => &self.others[other - 1].state.agenda,
        }
    }

    /// Returns the agenda of an organisation for changes.
    pub(super) fn agenda_of_mut(&mut self, organisation: usize) -> &mut Agenda {
        match organisation {
            0 => &mut self.own.agenda,
            other => &mut self.others[other - 1].state.agenda,
        }
    }
}

/// Returns the regime of a table, given those of the design and of the organisations beside it.
#[inline(always)]
pub(super) fn regime_in<'a>(
    own: &'a [Regime],
    others: &'a [Apart],
    place: TablePlace,
) -> &'a Regime {
    match place.organisation {
        0 => &own[place.index],
        other => &others[other - 1].state.regimes[place.index],
    }
}

impl Prepared {
    /// Returns the rules of an organisation: 0 is the design's own.
    pub(super) fn of(&self, organisation: usize) -> &Prepared {
        if organisation == 0 { self } else { &self.beside[organisation - 1] }
    }

    /// Returns the increase of the efficacy of agreed efforts for security: the sum over the organs
    /// of all organisations.
    pub(super) fn efficacy(&self) -> f64 {
        self.design.efficacy + self.beside.iter().map(|other| other.design.efficacy).sum::<f64>()
    }

    /// Iterates over the tables of all organisations, in the order in which they decide.
    pub(super) fn all_tables(&self) -> impl Iterator<Item = (TablePlace, &Table)> {
        (0..=self.beside.len()).flat_map(|organisation| {
            let tables = self.of(organisation).tables().iter().enumerate();
            tables.map(move |(index, table)| (TablePlace { organisation, index }, table))
        })
    }
}

/// Takes a step of the year for every organisation in turn. `step` receives the rules of the
/// organisation and its number.
pub(super) fn take_turns<'a>(
    now: YearContext<'a>,
    worker: &mut Worker,
    records: &mut [Vec<YearRecord>],
    played: &[bool; LANES],
    mut step: impl FnMut(YearContext<'a>, &mut Worker, &mut [Vec<YearRecord>], usize),
) {
    step(now, worker, records, 0);
    for (at, prepared) in now.prepared.beside.iter().enumerate() {
        swap_all(now.year, worker, records, played, at);
        step(YearContext { prepared, is_beside: true, ..now }, worker, records, at + 1);
        swap_all(now.year, worker, records, played, at);
    }
}

/// Swaps what belongs to the design with what belongs to an organisation beside it, in all
/// replications.
fn swap_all(
    year: usize,
    worker: &mut Worker,
    records: &mut [Vec<YearRecord>],
    played: &[bool; LANES],
    at: usize,
) {
    std::mem::swap(&mut worker.scratch.stakes, &mut worker.stakes_beside[at]);
    for lane in (0..LANES).filter(|&lane| played[lane]) {
        let run = &mut worker.runs[lane];
        run.swap(at);
        std::mem::swap(&mut records[lane][year].by_state, &mut run.others[at].by_state);
    }
}

/// Begins the year of the organisations beside the design.
pub(super) fn begin_beside(
    now: YearContext<'_>,
    worker: &mut Worker,
    records: &mut [Vec<YearRecord>],
    played: &[bool; LANES],
) {
    for (at, prepared) in now.prepared.beside.iter().enumerate() {
        swap_all(now.year, worker, records, played, at);
        worker.scratch.stakes = nothing();
        for lane in (0..LANES).filter(|&lane| played[lane]) {
            worker.runs[lane].own.begin_year(prepared);
            records[lane][now.year].by_state = [StateYear::default(); MAX_STATES];
        }
        swap_all(now.year, worker, records, played, at);
    }
}

/// Returns no stakes.
pub(super) fn nothing() -> ByState {
    [[0.0; LANES]; MAX_STATES]
}

/// Adds the results by state of the organisations beside the design to those of the design.
pub(super) fn add_results(
    now: YearContext<'_>,
    worker: &mut Worker,
    records: &mut [Vec<YearRecord>],
    played: &[bool; LANES],
) {
    for at in 0..now.prepared.beside.len() {
        for lane in (0..LANES).filter(|&lane| played[lane]) {
            let other = &worker.runs[lane].others[at].by_state;
            for (all, own) in records[lane][now.year].by_state.iter_mut().zip(other) {
                all.add(own);
            }
        }
    }
}
