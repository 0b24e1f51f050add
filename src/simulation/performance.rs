//! Steps 8 to 11 of the year: obligations of a regime are performed or broken, monitored, paid and
//! sanctioned (ODD §6, §9).
//!
//! Incentives are computed in `acts` and `reckoning`, cases in `monitoring`.

use super::acts::{Conduct, Due};
use super::context::YearContext;
use super::deal::Deal;
use super::ledger::{Account, SlotBook};
use super::monitoring::{Accounts, Monitor, SeasonLedger};
use super::organisations::OrganisationState;
use super::regime::{Chances, Regime};
use super::trace::Trace;
use super::{Run, Worker, YearRecord};
use crate::behaviour::{Trust, accepts_above};
use crate::domain::World;
use crate::draws::{ChoiceDraws, Draws, SeasonDraw};
use crate::ids::{MAX_STATES, Members};
use crate::numeric::LANES;
use crate::plan::Plan;
use crate::scenario::raw::Season;
use crate::scenario::types::design::Table;

/// Performs the obligations of a table in every replication in which its regime binds a state.
pub(super) fn perform<T: Trace>(
    now: YearContext<'_>,
    worker: &mut Worker,
    index: usize,
    records: &mut [Vec<YearRecord>],
    played: &[bool; LANES],
    trace: &mut T,
) {
    for lane in (0..LANES).filter(|&lane| played[lane]) {
        if worker.runs[lane].own.regimes[index].bound.is_empty() {
            continue;
        }
        let record = &mut records[lane][now.year];
        perform_in(now, worker, (index, lane), record, trace);
    }
}

/// Performs the obligations of a table in one replication.
fn perform_in<T: Trace>(
    now: YearContext<'_>,
    worker: &mut Worker,
    (index, lane): (usize, usize),
    record: &mut YearRecord,
    trace: &mut T,
) {
    let YearContext { engine, prepared, year, .. } = now;
    let Worker { draws, worlds, runs, trust, .. } = worker;
    let table = &prepared.tables()[index];
    let slots = engine.scenario.slots.len();
    let own = table.body * slots..(table.body + 1) * slots;
    let Run { own: organisation, acted, performed, answered, book, kept, before, taken, .. } =
        &mut runs[lane];
    let OrganisationState {
        regimes,
        breaches,
        pending_fines,
        vote_suspended_until,
        obliged,
        accused,
        members,
        observers,
        reputation,
        ..
    } = organisation;
    *acted = true;
    let regime = &mut regimes[index];
    let terms = (&*regime, taken.as_slice());
    let mut deal = year_deal(now, (worlds, draws), table, terms, (trust, lane), reputation.mean());
    if regime.standing.withdrawal(prepared, &deal, year, &mut book.withdrawal) {
        deal.withdrawal = Some(&book.withdrawal);
    }
    kept.first = own.start;
    let mut slot_book = SlotBook {
        performed: &mut performed[own.clone()],
        answered: &mut answered[own],
        value: &mut book.value,
        account: engine.account.then_some(kept),
    };
    let account = &mut book.account;
    deal.open_account(prepared, slot_book.value, account);
    let Regime { realised, standing, chances, unperformed, .. } = regime;
    let performed_before = record.value_kept;
    let choices = ChoiceDraws { draws, layout: &engine.layout, year, lane, body: table.group };
    book.share.fill(0.0);
    let (share, done) = (&mut book.share[..], &mut book.done[..]);
    let mut conduct = YearConduct {
        monitor: Monitor { now, deal: &deal, table, choices, record, trace, share, done },
        accounts: Accounts {
            realised,
            standing,
            breaches,
            pending_fines,
            vote_suspended_until,
            obliged,
            accused,
        },
        worlds,
        trust,
        chances,
        before,
        members: *members,
        observers: *observers,
        ledger: &mut book.ledger,
        decisions: [SeasonDecision::default(); MAX_STATES],
    };
    conduct.decide(Season::Summer, account);
    deal.walk_acts(prepared, Season::Summer, account, &mut slot_book, &mut conduct);
    conduct.conclude(Season::Summer, account);
    conduct.decide(Season::Winter, account);
    deal.walk_acts(prepared, Season::Winter, account, &mut slot_book, &mut conduct);
    let payments = conduct.pay(account);
    conduct.conclude(Season::Winter, account);
    let YearConduct { accounts, monitor, before, .. } = conduct;
    note_performance(monitor.record, performed_before, unperformed);
    payments.distribute(&deal, account, accounts.realised, monitor.record);
    if prepared.several_bodies {
        add_to_earlier_bodies(now, &deal, slot_book.performed, before);
    }
}

/// Counts a decision as performed once something under it has been performed by value.
fn note_performance(record: &mut YearRecord, performed_before: f64, unperformed: &mut bool) {
    if *unperformed && record.value_kept > performed_before {
        *unperformed = false;
        record.decisions_unperformed -= 1;
    }
}

/// Returns the deal of a regime this year, with the states that may suspend their obligations.
fn year_deal<'a>(
    now: YearContext<'a>,
    (worlds, draws): (&[World], &Draws),
    table: &'a Table,
    (regime, taken): (&Regime, &'a [f64]),
    (trust, lane): (&Trust, usize),
    reputation: f64,
) -> Deal<'a> {
    let YearContext { engine, prepared, year, .. } = now;
    let payers = (regime.bound, &regime.chances.payments);
    let trusted = prepared.trust_in_payers((trust, lane), table, &regime.transfers, payers);
    let mut deal = Deal::of(now, table, (regime, taken), regime.bound, reputation, trusted);
    if let Some(escape) = &prepared.escape {
        let is_met = escape.is_met(engine, worlds, draws, (year, lane));
        deal.escapes = escape.escapes(prepared, &deal, &regime.levels, is_met);
    }
    deal
}

/// Decision of a state for one season: obligations of which the advantage, over the sum of the
/// absolute values of its terms, is above `least` are performed.
#[derive(Debug, Clone, Copy, Default)]
struct SeasonDecision {
    least: f64,
    /// Share of an act that lack of capacity prevents.
    lost: f64,
}

/// Conduct of obligors in a simulated year: one noisy decision of each state a season, limited
/// capacity, and an audit at its end.
struct YearConduct<'a, 'b, T: Trace> {
    monitor: Monitor<'a, 'b, T>,
    accounts: Accounts<'a>,
    worlds: &'a [World],
    trust: &'a mut Trust,
    /// Chances that others perform, as reckoned at the terms of the year.
    chances: &'a Chances,
    /// Amounts performed by earlier bodies this year, by act slot.
    before: &'a mut [f64],
    members: Members,
    observers: Members,
    ledger: &'a mut SeasonLedger,
    decisions: [SeasonDecision; MAX_STATES],
}

impl<T: Trace> YearConduct<'_, '_, T> {
    /// Takes the decision of each state that owes something in a season.
    fn decide(&mut self, season: Season, account: &Account) {
        self.ledger.clear(self.monitor.now.prepared.states());
        let Monitor { now, table, choices, .. } = &self.monitor;
        let limits = 1.0 - now.prepared.design.capacity_aid;
        for state in account.due_in(season).iter() {
            let draw = |kind| choices.season(table.layout_index, state, season, kind);
            let lambda = now.engine.scenario.states[state].lambda_comply;
            self.decisions[state] = SeasonDecision {
                least: accepts_above(draw(SeasonDraw::Comply), lambda),
                lost: limits * draw(SeasonDraw::Slippage),
            };
        }
    }

    /// Audits the season once all states have acted, and lets them learn from it.
    fn conclude(&mut self, season: Season, account: &Account) {
        let ledger = &*self.ledger;
        let established = self.monitor.audit(season, account, ledger, &mut self.accounts);
        let trust = (&mut *self.trust, self.monitor.choices.lane);
        let public = (self.members, self.observers);
        self.monitor.inform(season, (account, ledger), &established, trust, public);
    }

    /// Decides the payments at the end of winter. Returns what is paid.
    fn pay(&mut self, account: &Account) -> Payments {
        let Monitor { now, deal, .. } = self.monitor;
        let design = &now.prepared.design;
        let mut payments = Payments { paid: [0.0; MAX_STATES], guaranteed: 0.0 };
        let escrow = design.escrow;
        deal.walk_payments(now.prepared, account, |due| {
            let payer = due.obligation.obligor;
            let sum = -deal.transfers[payer] * due.obligation.share;
            if escrow >= 1.0 {
                payments.paid[payer] += sum;
                return;
            }
            let pays = due.incentive.ratio() >= self.decisions[payer].least;
            let done = f64::from(u8::from(pays));
            self.monitor.trace_act(&due, pays, done);
            if due.obligation.lawful && !pays {
                // A lawful suspension is neither owed nor broken; compensation is paid.
                payments.paid[payer] += sum * now.prepared.paid_if_suspended();
                return;
            }
            self.ledger.enter(&due, pays, done);
            // The part in escrow is paid in any case; outsiders guarantee a part of the rest.
            let from_payer = if pays { 1.0 } else { escrow };
            payments.paid[payer] += sum * from_payer;
            payments.guaranteed += sum * (1.0 - from_payer) * design.guarantee;
        });
        payments
    }
}

impl<T: Trace> Conduct for YearConduct<'_, '_, T> {
    #[inline(always)]
    fn trust(&self, domain: usize, observer: usize, other: usize) -> f64 {
        let trust = self.trust.mean(domain, observer, other, self.monitor.choices.lane);
        trust.min(self.chances.acts(domain, other))
    }

    #[inline(always)]
    fn cost_when_due(&self, domain: usize, plan: &Plan<'_>, slot: usize) -> f64 {
        let ChoiceDraws { year, lane, .. } = self.monitor.choices;
        let before = self.before[self.monitor.now.prepared.first_slot[domain] + slot];
        self.worlds[domain].cost_when_due(plan, slot, year, lane, before)
    }

    #[inline(always)]
    fn effect(&self, domain: usize, slot: usize, amount: f64) -> f64 {
        let ChoiceDraws { year, lane, .. } = self.monitor.choices;
        let before = self.before[self.monitor.now.prepared.first_slot[domain] + slot];
        self.worlds[domain].effect(slot, year, lane, before, amount)
    }

    #[inline(always)]
    fn perform(&mut self, due: Due) -> f64 {
        let obligation = &due.obligation;
        let SeasonDecision { least, lost } = self.decisions[obligation.obligor];
        let performs = due.incentive.ratio() >= least;
        let done = if performs { 1.0 - lost } else { 0.0 };
        self.monitor.trace_act(&due, performs, done);
        if obligation.lawful && !performs {
            // A lawful suspension is neither owed nor broken.
            self.monitor.deal.compensate(&due, self.accounts.realised);
            return 0.0;
        }
        self.ledger.enter(&due, performs, done);
        if let Some(at) = due.domain {
            let slot =
                self.monitor.now.prepared.first_slot[self.monitor.deal.domains[at]] + due.slot;
            (self.monitor.share[slot], self.monitor.done[slot]) = (obligation.share, done);
        }
        done
    }
}

/// Payments of a year, MUSD.
struct Payments {
    /// Paid by each state.
    paid: [f64; MAX_STATES],
    /// Paid by outsiders that guarantee what payers owe.
    guaranteed: f64,
}

impl Payments {
    /// Divides the payments among the receivers, in proportion to what each has earned.
    fn distribute(
        &self,
        deal: &Deal<'_>,
        account: &Account,
        realised: &mut [f64; MAX_STATES],
        record: &mut YearRecord,
    ) {
        let total: f64 = self.paid.iter().sum();
        let earned = |state: usize| {
            if deal.bound.contains(state) {
                deal.transfers[state].max(0.0) * deal.earned(account, state)
            } else {
                0.0
            }
        };
        let all_earned: f64 = deal.bound.iter().map(earned).sum();
        for state in deal.bound.iter() {
            let part = if all_earned > 0.0 { earned(state) / all_earned } else { 0.0 };
            record.by_state[state].donations += self.guaranteed * part;
            let net = total * part - self.paid[state];
            record.by_state[state].transfers += net;
            realised[state] += net;
        }
    }
}

/// Adds the amounts performed under a deal to those of earlier bodies this year, by act slot.
fn add_to_earlier_bodies(
    now: YearContext<'_>,
    deal: &Deal<'_>,
    performed: &[f64],
    before: &mut [f64],
) {
    for (at, &domain) in deal.domains.iter().enumerate() {
        let first = now.prepared.first_slot[domain];
        if let Some(plan) = &deal.plans[at] {
            for slot in 0..plan.slots() {
                before[first + slot] += plan.amount(slot) * performed[first + slot];
            }
        }
    }
}
