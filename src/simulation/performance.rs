//! Steps 8 to 11 of the year: obligations of a regime are performed or broken, monitored, paid and
//! sanctioned (ODD §6, §9).
//!
//! Incentives are computed in `acts`, findings in `monitoring`.

use super::acts::{Account, Conduct, Deal, Due, Performed};
use super::context::YearContext;
use super::monitoring::{Accounts, Finding, Monitor, Reports};
use super::prepared::of_lane;
use super::regime::Regime;
use super::trace::Trace;
use super::{Run, Worker, YearRecord};
use crate::behaviour::{Trust, accepts};
use crate::domain::World;
use crate::draws::{ChoiceDraws, SlotDraw};
use crate::ids::{MAX_DOMAINS, MAX_STATES, Members};
use crate::numeric::{LANES, lanes};
use crate::plan::Plan;
use crate::scenario::raw::{Continuation, Season};
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
    let table = &now.prepared.tables()[index];
    let bound =
        lanes(
            |lane| {
                if played[lane] { worker.runs[lane].regimes[index].bound } else { Members::NONE }
            },
        );
    let trust_in_payers = now.prepared.trust_in_payers(&worker.trust, table, &bound);
    for lane in (0..LANES).filter(|&lane| !bound[lane].is_empty()) {
        let trust = of_lane(&trust_in_payers, lane);
        let record = &mut records[lane][now.year];
        perform_in(now, worker, (index, lane), &trust, record, trace);
    }
}

/// Performs the obligations of a table in one replication.
fn perform_in<T: Trace>(
    now: YearContext<'_>,
    worker: &mut Worker,
    (index, lane): (usize, usize),
    trust_in_payers: &[f64; MAX_STATES],
    record: &mut YearRecord,
    trace: &mut T,
) {
    let YearContext { engine, prepared, year } = now;
    let Worker { draws, worlds, runs, trust, .. } = worker;
    let table = &prepared.tables()[index];
    let slots = engine.scenario.slots.len();
    let own = table.body * slots..(table.body + 1) * slots;
    let Run {
        regimes,
        acted,
        performed,
        answered,
        before,
        breaches,
        pending_fines,
        obliged,
        accused,
        members,
        taken,
        reputation,
        ..
    } = &mut runs[lane];
    *acted = true;
    let regime = &mut regimes[index];
    let deal = deal(now, table, (regime, taken), reputation.mean(), trust_in_payers);
    let mut account = deal.account(prepared);
    let mut performed =
        Performed { performed: &mut performed[own.clone()], answered: &mut answered[own] };
    let Regime { realised, collapses, .. } = regime;
    let mut conduct = YearConduct {
        monitor: Monitor { now, deal: &deal, table, record, trace },
        accounts: Accounts { realised, collapses, breaches, pending_fines, obliged, accused },
        choices: ChoiceDraws { draws, layout: &engine.layout, year, lane, body: table.group },
        worlds,
        trust,
        before,
        members: *members,
        season: Season::Summer,
        reports: Reports::default(),
    };
    for season in [Season::Summer, Season::Winter] {
        conduct.season = season;
        deal.walk_acts(prepared, season, &mut account, &mut performed, &mut conduct);
        conduct.share_reports();
    }
    let payments = conduct.pay(&account);
    conduct.share_reports();
    let YearConduct { accounts, monitor, before, .. } = conduct;
    payments.distribute(&deal, &account, accounts.realised, monitor.record);
    if prepared.several_bodies {
        add_to_earlier_bodies(now, &deal, performed.performed, before);
    }
}

/// Returns the deal of a regime this year.
fn deal<'a>(
    now: YearContext<'a>,
    table: &'a Table,
    (regime, taken): (&Regime, &'a [f64]),
    reputation: f64,
    trust_in_payers: &[f64; MAX_STATES],
) -> Deal<'a> {
    let YearContext { engine, prepared, .. } = now;
    let mut plans: [Option<Plan<'a>>; MAX_DOMAINS] = [None; MAX_DOMAINS];
    for (at, plan) in plans.iter_mut().enumerate().take(table.domains.len()) {
        *plan = prepared.plan_of(table, at, regime, taken);
    }
    let stationary = engine.scenario.behaviour.continuation == Continuation::Stationary;
    let mut deal = Deal {
        plans,
        domains: &table.domains,
        bound: regime.bound,
        transfers: regime.transfers,
        stake: regime.ballot.stake,
        regime_gain: [0.0; MAX_STATES],
        audience: [0.0; MAX_STATES],
        trust_in_payers: *trust_in_payers,
    };
    for state in regime.bound.iter() {
        let expected =
            if stationary { regime.stationary[state] } else { regime.experience[state].value() };
        deal.regime_gain[state] = expected.max(0.0);
        deal.audience[state] = engine.scenario.states[state].audience_share
            * deal.stake[state]
            * prepared.audience_multiplier
            * reputation;
    }
    deal
}

/// Conduct of obligors in a simulated year: noisy choices, limited capacity, and monitoring of
/// every act.
struct YearConduct<'a, 'b, T: Trace> {
    monitor: Monitor<'a, 'b, T>,
    accounts: Accounts<'a>,
    choices: ChoiceDraws<'a>,
    worlds: &'a [World],
    trust: &'a mut Trust,
    /// Amounts performed by earlier bodies this year, by act slot.
    before: &'a mut [f64],
    members: Members,
    season: Season,
    /// Reports of the season; trust is updated only in step 13.
    reports: Reports,
}

impl<T: Trace> YearConduct<'_, '_, T> {
    /// Monitors an obligation and applies the finding. Returns the performed fraction `done`.
    fn account_for(
        &mut self,
        due: &Due,
        intends: bool,
        done: f64,
        draw: impl Fn(SlotDraw) -> f64,
    ) -> f64 {
        let finding: Finding = self.monitor.assess(self.season, due, intends, done, draw);
        self.reports.push(due.domain, due.slot, due.obligor, finding);
        finding.apply(&mut self.monitor, due, &mut self.accounts);
        done
    }

    /// Passes on the reports of the season, once all states have acted.
    fn share_reports(&mut self) {
        let Monitor { now, deal, table, .. } = self.monitor;
        let reports = std::mem::take(&mut self.reports);
        let trust = (&mut *self.trust, self.choices.lane);
        reports.share(deal, now.prepared, trust, table, self.members);
    }

    /// Decides the payments at the end of winter. Returns what is paid.
    fn pay(&mut self, account: &Account) -> Payments {
        let Monitor { now, deal, table, .. } = self.monitor;
        let design = &now.prepared.design;
        let (states, choices) = (&now.engine.scenario.states, self.choices);
        let mut payments = Payments { paid: [0.0; MAX_STATES], guaranteed: 0.0 };
        deal.walk_payments(now.prepared, account, |due| {
            let slot = now.engine.layout.payment_slot(table.layout_index, due.obligor);
            let draw = |kind| choices.slot(slot, kind);
            let lambda = states[due.obligor].lambda_comply;
            let pays = accepts(draw(SlotDraw::Comply), lambda, due.advantage);
            let done = self.account_for(&due, pays, if pays { 1.0 } else { 0.0 }, draw);
            // The part in escrow is paid in any case; outsiders guarantee a part of the rest.
            let sum = due.share * -deal.transfers[due.obligor] * design.scope;
            let from_payer = if pays { 1.0 } else { design.escrow };
            payments.paid[due.obligor] = sum * from_payer;
            payments.guaranteed += sum * (1.0 - from_payer) * design.guarantee;
            done
        });
        payments
    }
}

impl<T: Trace> Conduct for YearConduct<'_, '_, T> {
    #[inline(always)]
    fn trust(&self, domain: usize, observer: usize, other: usize) -> f64 {
        self.trust.mean(domain, observer, other, self.choices.lane)
    }

    #[inline(always)]
    fn cost_when_due(&self, domain: usize, plan: &Plan<'_>, slot: usize) -> f64 {
        let ChoiceDraws { year, lane, .. } = self.choices;
        let before = self.before[self.monitor.now.prepared.first_slot[domain] + slot];
        self.worlds[domain].cost_when_due(plan, slot, year, lane, before)
    }

    #[inline(always)]
    fn effect(&self, domain: usize, slot: usize, amount: f64) -> f64 {
        let ChoiceDraws { year, lane, .. } = self.choices;
        let before = self.before[self.monitor.now.prepared.first_slot[domain] + slot];
        self.worlds[domain].effect(slot, year, lane, before, amount)
    }

    #[inline(always)]
    fn perform(&mut self, due: Due) -> f64 {
        let YearContext { engine, prepared, .. } = self.monitor.now;
        let (choices, deal) = (self.choices, self.monitor.deal);
        let first = prepared.first_slot[deal.domains[due.domain.unwrap_or(0)]];
        let draw = |kind| choices.slot(first + due.slot, kind);
        let lambda = engine.scenario.states[due.obligor].lambda_comply;
        let intends = accepts(draw(SlotDraw::Comply), lambda, due.advantage);
        let limits = 1.0 - prepared.design.capacity_aid;
        let done = if intends { 1.0 - limits * draw(SlotDraw::Slippage) } else { 0.0 };
        self.account_for(&due, intends, done, draw)
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
