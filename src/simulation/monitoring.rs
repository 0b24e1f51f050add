//! Audits of a regime's seasons, the cases that they lead to, and what states learn from each
//! other's acts (ODD §6, steps 9 and 11).
//!
//! Obligors' choices are made in `performance`; what a case leaves behind is in `sanctions`.

use super::YearRecord;
use super::acts::Due;
use super::context::YearContext;
use super::deal::Deal;
use super::ledger::Account;
use super::reckoning::{Extent, certain_obedience, is_conditional, obedience_ratio, ruling};
use super::regime::Standing;
use super::sanctions::PendingFines;
use super::trace::{self, Event, Trace};
use crate::behaviour::{Trust, accepts, collapse_chance, log_survival};
use crate::draws::{ChoiceDraws, SeasonDraw};
use crate::ids::{MAX_STATES, Members};
use crate::organisation::Enforcement;
use crate::scenario::raw::Season;
use crate::scenario::raw::organisation::{Sanction, WithdrawnBy};
use crate::scenario::types::design::Table;

/// What states owed and did under a regime in a season, MUSD.
#[derive(Debug, Clone, Default)]
pub(super) struct SeasonLedger {
    /// States that owed something.
    pub(super) due: Members,
    /// States that meant not to perform some of it.
    broke: Members,
    /// Value to others of what was owed, performed, and meant not to be performed.
    owed: [f64; MAX_STATES],
    performed: [f64; MAX_STATES],
    broken: [f64; MAX_STATES],
    /// Cost of what was owed, and what breaches saved of it.
    cost: [f64; MAX_STATES],
    saved: [f64; MAX_STATES],
    /// Expected cost of the obligations that were broken.
    broken_plan: [f64; MAX_STATES],
    /// Share of its promised payments that was due from each state, and that it paid.
    payments_due: [f64; MAX_STATES],
    paid: [f64; MAX_STATES],
}

impl SeasonLedger {
    /// Empties the ledger for the first `states` states.
    pub(super) fn clear(&mut self, states: usize) {
        (self.due, self.broke) = (Members::NONE, Members::NONE);
        let SeasonLedger {
            owed,
            performed,
            broken,
            cost,
            saved,
            broken_plan,
            payments_due,
            paid,
            ..
        } = self;
        for row in [owed, performed, broken, cost, saved, broken_plan, payments_due, paid] {
            row[..states].fill(0.0);
        }
    }

    /// Enters an obligation of which the fraction `done` was performed; `meant` is whether its
    /// obligor meant to perform it.
    pub(super) fn enter(&mut self, due: &Due, meant: bool, done: f64) {
        let obligation = &due.obligation;
        let state = obligation.obligor;
        self.due = self.due.with(state);
        self.owed[state] += obligation.injury;
        self.performed[state] += obligation.injury * done;
        self.cost[state] += obligation.cost;
        if !meant {
            self.broke = self.broke.with(state);
            self.broken[state] += obligation.injury;
            self.saved[state] += obligation.cost;
            self.broken_plan[state] += obligation.promised;
        }
        if due.domain.is_none() {
            self.payments_due[state] += obligation.share;
            self.paid[state] += obligation.share * done;
        }
    }

    /// Returns the share of what a state owed that it meant not to perform, by value (by cost where
    /// nothing has a value).
    fn shortfall(&self, state: usize) -> f64 {
        if !self.broke.contains(state) {
            0.0
        } else if self.owed[state] > 0.0 {
            self.broken[state] / self.owed[state]
        } else if self.cost[state] > 0.0 {
            (self.saved[state] / self.cost[state]).clamp(0.0, 1.0)
        } else {
            1.0
        }
    }
}

/// Accounts that cases change: gains in MUSD, breaches, pending fines, and the states concerned.
pub(super) struct Accounts<'a> {
    pub(super) realised: &'a mut [f64; MAX_STATES],
    pub(super) standing: &'a mut Standing,
    pub(super) breaches: &'a mut (f64, f64),
    pub(super) pending_fines: &'a mut PendingFines,
    pub(super) vote_suspended_until: &'a mut [f64; MAX_STATES],
    pub(super) obliged: &'a mut Members,
    pub(super) accused: &'a mut Members,
}

/// Monitoring of a regime in one year of one replication.
pub(super) struct Monitor<'a, 'b, T: Trace> {
    pub(super) now: YearContext<'a>,
    pub(super) deal: &'a Deal<'b>,
    pub(super) table: &'a Table,
    pub(super) choices: ChoiceDraws<'a>,
    pub(super) record: &'a mut YearRecord,
    pub(super) trace: &'a mut T,
    /// Share of each act slot that was due, and the fraction of it that was performed: 0 where it
    /// was not.
    pub(super) share: &'a mut [f64],
    pub(super) done: &'a mut [f64],
}

/// A reported shortfall.
struct Case {
    season: Season,
    violator: usize,
    /// Whether there is a breach; else it is a false alarm.
    is_true: bool,
    /// Shortfall that is reported, share of what was owed.
    shortfall: f64,
    extent: Extent,
    injured: [f64; MAX_STATES],
}

impl<T: Trace> Monitor<'_, '_, T> {
    fn draw(&self, state: usize, season: Season, kind: SeasonDraw) -> f64 {
        self.choices.season(self.table.layout_index, state, season, kind)
    }

    /// Audits each state that owed something in a season, hears the cases and applies the
    /// sanctions. Returns the shortfall that is established against each state.
    pub(super) fn audit(
        &mut self,
        season: Season,
        account: &Account,
        ledger: &SeasonLedger,
        accounts: &mut Accounts<'_>,
    ) -> [f64; MAX_STATES] {
        let enforcement = &self.now.prepared.enforcement;
        let mut established = [0.0; MAX_STATES];
        for state in ledger.due.iter() {
            *accounts.obliged = accounts.obliged.with(state);
            let shortfall = ledger.shortfall(state);
            let breach = shortfall > 0.0 && shortfall >= enforcement.materiality;
            let broke = ledger.broke.contains(state);
            self.record.due += 1;
            self.record.kept += u32::from(!broke);
            self.record.value_due += ledger.owed[state];
            self.record.value_kept += ledger.performed[state];
            let mut sanctioned = false;
            if enforcement.reports(breach, self.draw(state, season, SeasonDraw::Detect)) {
                self.record.disputes += 1;
                let case = self.case(season, state, account, ledger, breach);
                self.litigate(&case);
                let court = || self.draw(state, season, SeasonDraw::Court);
                let upheld = enforcement.upholds(breach, court);
                if upheld {
                    established[state] = case.shortfall;
                    *accounts.accused = accounts.accused.with(state);
                    sanctioned = self.sanction(&case, account, accounts);
                }
                self.trace_case(&case, upheld);
            }
            if broke {
                let weight =
                    if sanctioned { &mut accounts.breaches.0 } else { &mut accounts.breaches.1 };
                *weight += shortfall;
            }
        }
        established
    }

    /// Returns the case against a state: about what it broke, or in a false alarm about all that it
    /// owed.
    fn case(
        &self,
        season: Season,
        violator: usize,
        account: &Account,
        ledger: &SeasonLedger,
        is_true: bool,
    ) -> Case {
        let planned = account.cost[season as usize][violator];
        let (shortfall, value, saved, plan) = if is_true {
            let shortfall = ledger.shortfall(violator);
            (
                shortfall,
                ledger.broken[violator],
                ledger.saved[violator],
                ledger.broken_plan[violator],
            )
        } else {
            (1.0, ledger.owed[violator], ledger.cost[violator], planned)
        };
        let mut injured = [0.0; MAX_STATES];
        self.each_due(season, violator, |_, slot, state, value| {
            if !is_true || self.done[slot] == 0.0 {
                injured[state] += value;
            }
        });
        let due = ledger.payments_due[violator];
        let unpaid = if is_true { due - ledger.paid[violator] } else { due };
        self.each_payment(account, violator, unpaid, |state, sum| injured[state] += sum);
        let extent = Extent {
            part: if planned > 0.0 { plan / planned } else { 0.0 },
            saved,
            injury: injured.iter().sum(),
            of_all: account.share_of_all(value, season, violator, shortfall),
            weight: 1.0,
        };
        Case { season, violator, is_true, shortfall, extent, injured }
    }

    /// Visits what was due from a state in a season to each state that would benefit: domain
    /// position, slot of the body, state, value of what was due.
    fn each_due(
        &self,
        season: Season,
        obligor: usize,
        mut visit: impl FnMut(usize, usize, usize, f64),
    ) {
        let (deal, prepared) = (self.deal, self.now.prepared);
        for (at, &domain) in deal.domains.iter().enumerate() {
            let Some(plan) = &deal.plans[at] else { continue };
            let first = prepared.first_slot[domain];
            for (slot, info) in prepared.slots[domain].iter().enumerate() {
                let share = self.share[first + slot];
                if info.obligor != obligor || info.season != season || share <= 0.0 {
                    continue;
                }
                for state in deal.bound.without(obligor).iter() {
                    let benefit = plan.benefit(slot, state);
                    if benefit > 0.0 {
                        visit(at, first + slot, state, benefit * share);
                    }
                }
            }
        }
    }

    /// Visits what the share `share` of a state's promised payments is for each receiver, MUSD.
    /// What lies in escrow is not owed.
    fn each_payment(
        &self,
        account: &Account,
        payer: usize,
        share: f64,
        mut visit: impl FnMut(usize, f64),
    ) {
        let deal = self.deal;
        let sum = -deal.transfers[payer] * share * (1.0 - self.now.prepared.design.escrow);
        if sum <= 0.0 {
            return;
        }
        let earned = |state: usize| deal.transfers[state].max(0.0) * deal.earned(account, state);
        let all: f64 = deal.bound.iter().map(earned).sum();
        for state in deal.bound.iter() {
            let own = earned(state);
            if own > 0.0 {
                visit(state, sum * own / all);
            }
        }
    }

    /// Charges the cost of a case before a court to both sides.
    fn litigate(&mut self, case: &Case) {
        let Some(court) = &self.now.prepared.enforcement.court else { return };
        self.record.by_state[case.violator].organisation_cost += court.cost;
        let all = case.extent.injury;
        if all > 0.0 {
            for (state, injury) in self.record.by_state.iter_mut().zip(&case.injured) {
                state.organisation_cost += court.cost * injury / all;
            }
        }
    }

    /// Applies fine and response to an established case. Returns whether anything follows from it.
    fn sanction(&mut self, case: &Case, account: &Account, accounts: &mut Accounts<'_>) -> bool {
        let prepared = self.now.prepared;
        let enforcement = &prepared.enforcement;
        let cases = self.deal.cases[case.violator];
        let step = enforcement.response.step(cases);
        accounts.standing.record(case.violator, case.season);
        let fine = enforcement.fine(step, case.extent.saved, case.extent.part);
        let delay = enforcement.court.as_ref().map_or(0, |court| court.delay as usize);
        self.levy(case, fine, delay, accounts);
        if !is_conditional(step) {
            return fine > 0.0;
        }
        let Some(court) = &enforcement.court else {
            return self.respond(case, step, 0, accounts) || fine > 0.0;
        };
        let place = (case.season, case.violator);
        let ruling = ruling(fine, &case.extent);
        let loss = self.deal.step_loss(prepared, account, place, cases, &case.extent);
        let obeys = certain_obedience(court, ruling).unwrap_or_else(|| {
            let lambda = prepared.patience[case.violator].lambda;
            let draw = self.draw(case.violator, case.season, SeasonDraw::Obey);
            accepts(draw, lambda, obedience_ratio(ruling, loss))
        });
        if T::ENABLED {
            let values = [("ruling", ruling), ("loss", loss)];
            let what = if obeys { "obeys the ruling" } else { "disobeys the ruling" };
            self.event(case, what, &values);
        }
        if obeys {
            self.levy(case, ruling, delay, accounts);
            return true;
        }
        self.respond(case, step, delay, accounts) || fine > 0.0
    }

    /// Makes the violator pay the injured, at once or after the court's delay.
    fn levy(&mut self, case: &Case, sum: f64, delay: usize, accounts: &mut Accounts<'_>) {
        if sum <= 0.0 {
            return;
        }
        if delay == 0 {
            self.record.fines +=
                Enforcement::levy(sum, case.violator, &case.injured, accounts.realised);
        } else {
            let year = self.now.year + delay;
            accounts.pending_fines.put_off(year, sum, case.violator, &case.injured);
        }
    }

    /// Applies a step of the response, which takes effect after `delay` years. Returns whether it
    /// does anything.
    fn respond(
        &mut self,
        case: &Case,
        step: Sanction,
        delay: usize,
        accounts: &mut Accounts<'_>,
    ) -> bool {
        let year = self.now.year + delay;
        match step {
            Sanction::None | Sanction::Fine(_) => false,
            Sanction::Reciprocity(table) => {
                let amount = table.share * case.extent.injury;
                let injured = case.injured.iter().enumerate().filter(|(_, injury)| **injury > 0.0);
                let by = match table.by {
                    WithdrawnBy::All => self.deal.bound,
                    WithdrawnBy::Injured => injured.map(|(state, _)| state).collect(),
                };
                let years = year + 1..year + 1 + table.years as usize;
                accounts.standing.withdraw(years, case.violator, amount, by.without(case.violator));
                amount > 0.0
            }
            Sanction::VoteSuspension(table) => {
                let until = (year + 1) as f64 + f64::from(table.years);
                let own = &mut accounts.vote_suspended_until[case.violator];
                *own = own.max(until);
                true
            }
            Sanction::Collapse(table) => {
                let chance = collapse_chance(log_survival(table.chance), case.extent.of_all);
                let collapses =
                    self.draw(case.violator, case.season, SeasonDraw::Collapse) < chance;
                if collapses {
                    accounts.standing.collapse_in(year);
                }
                collapses
            }
        }
    }

    /// Lets states learn from the season. Who was owed something learns from what it received. With
    /// transparency the others, members included, learn from what is established, and so do
    /// observers in any case.
    pub(super) fn inform(
        &self,
        season: Season,
        (account, ledger): (&Account, &SeasonLedger),
        established: &[f64; MAX_STATES],
        (trust, lane): (&mut Trust, usize),
        (members, observers): (Members, Members),
    ) {
        let deal = self.deal;
        let public = Members(members.0 | observers.0 | deal.bound.0);
        let transparency = self.now.prepared.design.transparency;
        for obligor in ledger.due.iter() {
            let mut payments = [0.0; MAX_STATES];
            let due = ledger.payments_due[obligor];
            self.each_payment(account, obligor, due, |state, sum| payments[state] = sum);
            let paid = if due > 0.0 { ledger.paid[obligor] / due } else { 0.0 };
            let count = deal.plans.iter().flatten().count().max(1) as f64;
            for (at, &domain) in deal.domains.iter().enumerate() {
                if deal.plans[at].is_none() {
                    continue;
                }
                let (mut owed, mut received) = ([0.0; MAX_STATES], [0.0; MAX_STATES]);
                let any = self.received(at, (season, obligor), &mut owed, &mut received);
                let money = deal.transfers[obligor] < 0.0 && season == Season::Winter;
                if !any && !money {
                    continue;
                }
                for state in public.without(obligor).iter() {
                    let sum = payments[state] / count;
                    let (owed, received) = (owed[state] + sum, received[state] + sum * paid);
                    if owed > 0.0 {
                        let good = received / owed;
                        trust.note(domain, state, obligor, lane, (good, 1.0 - good));
                    } else if transparency || observers.contains(state) {
                        let bad = established[obligor];
                        trust.note(domain, state, obligor, lane, (1.0 - bad, bad));
                    }
                }
            }
        }
    }

    /// Adds up what an obligor's acts in one domain owed to each state and gave it. Returns whether
    /// it owed anything.
    fn received(
        &self,
        at: usize,
        (season, obligor): (Season, usize),
        owed: &mut [f64; MAX_STATES],
        received: &mut [f64; MAX_STATES],
    ) -> bool {
        let (deal, prepared) = (self.deal, self.now.prepared);
        let domain = deal.domains[at];
        let Some(plan) = &deal.plans[at] else { return false };
        let first = prepared.first_slot[domain];
        let mut any = false;
        for (slot, info) in prepared.slots[domain].iter().enumerate() {
            let share = self.share[first + slot];
            if info.obligor != obligor || info.season != season || share <= 0.0 {
                continue;
            }
            any = true;
            let done = self.done[first + slot];
            for state in deal.bound.without(obligor).iter() {
                let benefit = plan.benefit(slot, state).max(0.0) * share;
                owed[state] += benefit;
                received[state] += benefit * done;
            }
        }
        any
    }

    fn event(&mut self, case: &Case, what: &'static str, values: &[(&'static str, f64)]) {
        let step = match case.season {
            Season::Summer => trace::Step::SummerMonitoring,
            Season::Winter => trace::Step::WinterMonitoring,
        };
        let event = self.now.event(step, what);
        let (table, state) = (Some(self.table), Some(case.violator));
        self.trace.event(Event { table, state, values, ..event });
    }

    fn trace_case(&mut self, case: &Case, upheld: bool) {
        if !T::ENABLED {
            return;
        }
        let what = if case.is_true { "breach reported" } else { "false alarm" };
        let values = [
            ("shortfall", case.shortfall),
            ("saved", case.extent.saved),
            ("injury", case.extent.injury),
            ("upheld", f64::from(u8::from(upheld))),
        ];
        self.event(case, what, &values);
    }

    /// Traces an act with the terms of its decision.
    pub(super) fn trace_act(&mut self, due: &Due, meant: bool, done: f64) {
        if !T::ENABLED {
            return;
        }
        let obligation = &due.obligation;
        let act = match obligation.season {
            Season::Summer => trace::Step::SummerAct,
            Season::Winter => trace::Step::WinterAct,
        };
        let first = |at: usize| self.now.prepared.first_slot[self.deal.domains[at]];
        let (table, state) = (Some(self.table), Some(obligation.obligor));
        let slot = due.domain.map(|at| first(at) + due.slot);
        let incentive = &due.incentive;
        let values = [
            ("due", obligation.share),
            ("performed", done),
            ("cost", incentive.cost),
            ("reciprocity", incentive.reciprocity),
            ("exposure", incentive.exposure),
            ("sanction", incentive.sanction),
            ("audience", incentive.audience),
            ("grant", incentive.grant),
            ("advantage_share", incentive.ratio()),
        ];
        let what = match (meant, obligation.lawful) {
            (true, _) => "performs",
            (false, false) => "breaks",
            (false, true) => "suspends lawfully",
        };
        let event = self.now.event(act, what);
        self.trace.event(Event { table, state, slot, values: &values, ..event });
    }
}
