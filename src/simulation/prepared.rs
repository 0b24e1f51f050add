//! Designs with everything that can be computed once for a scenario, before the replications of a
//! run.

use crate::behaviour::{Trust, log_survival};
use crate::domain::{Sample, World};
use crate::draws::{DrawLayout, Draws};
use crate::ids::{MAX_STATES, Members, SlotId};
use crate::numeric::{logistic, power};
use crate::organisation::Enforcement;
use crate::plan::{Lane, Plan};
use crate::scenario::raw::organisation::Sanction;
use crate::scenario::raw::{Continuation, Season};
use crate::scenario::types::design::{Design, Sharing, Table};
use crate::scenario::types::{Domain, DomainSpec, Scenario, Slot, State};
use std::ops::Range;

/// Costs of what each state owes in a domain, by season, MUSD.
pub(super) type Costs = [[f64; MAX_STATES]; 2];

/// Condition of an escape clause, with the quantiles that it refers to.
#[derive(Debug, Clone)]
pub(super) enum Escape {
    /// Own cost above the quantile, by domain and depth level.
    Cost(Vec<Vec<Costs>>),
    /// Summer inflow of all rivers below the quantile, km³.
    Drought(f64, PilotYears),
    /// Fuel price index above the quantile.
    Price(f64, PilotYears),
}

/// Whether the condition is met in the years of the pilot: `[year][replication]`.
pub(super) type PilotYears = Vec<bool>;

/// Obligation slot as the engine reads it.
#[derive(Debug, Clone, Copy)]
pub struct SlotInfo {
    /// State that owes the obligation.
    pub obligor: usize,
    /// Season in which it is due.
    pub season: Season,
    /// Slot that triggers it, by position in the domain.
    pub trigger: Option<usize>,
    /// States that must be bound for it to fall due: its obligor, and all obligors up the chain of
    /// triggers; all obligors where nothing is realised unless all perform.
    pub chain: Members,
}

/// Returns whether nothing is realised in a domain unless all perform.
fn is_joint(domain: &Domain) -> bool {
    matches!(&domain.spec, DomainSpec::StageGame(game) if game.joint)
}

/// Returns the obligations of a domain, each with the chain that triggers it.
fn slot_infos(scenario: &Scenario, domain: &Domain) -> Vec<SlotInfo> {
    let own = &scenario.slots[domain.slots.clone()];
    let local = |slot: SlotId| slot.index() - domain.slots.start;
    let everyone: Members = own.iter().map(|slot| slot.obligor.index()).collect();
    let chain = |slot: &Slot| {
        if is_joint(domain) {
            return everyone;
        }
        let up = std::iter::successors(Some(slot), |slot| {
            slot.trigger.map(|trigger| &own[local(trigger)])
        });
        up.map(|slot| slot.obligor.index()).collect()
    };
    let info = |slot: &Slot| SlotInfo {
        obligor: slot.obligor.index(),
        season: slot.season,
        trigger: slot.trigger.map(local),
        chain: chain(slot),
    };
    own.iter().map(info).collect()
}

/// How a state discounts sanctions, and how precisely it complies.
#[derive(Debug, Clone)]
pub(super) struct Patience {
    /// Discount factor δ per year, the chance that the run ends included.
    pub discount: f64,
    /// δ^delay of the court; 1 without a court.
    pub later: f64,
    /// Precision λ of compliance.
    pub lambda: f64,
    /// By step of the response: Σ δ^t over the years of a withdrawal, δ^T of a collapse, else 0.
    pub steps: Vec<f64>,
}

impl Patience {
    fn new(state: &State, end_hazard: f64, enforcement: &Enforcement) -> Self {
        let discount = state.discount_factor * (1.0 - end_hazard);
        let sum = |years: u32| (1..=years as usize).map(|year| power(discount, year)).sum::<f64>();
        let of_step = |step: &Sanction| match step {
            Sanction::None | Sanction::Fine(_) | Sanction::VoteSuspension(_) => 0.0,
            Sanction::Reciprocity(table) => sum(table.years),
            Sanction::Collapse(table) if table.years.0.is_infinite() => 0.0,
            Sanction::Collapse(table) => power(discount, table.years.0 as usize),
        };
        let delay = enforcement.court.as_ref().map_or(0, |court| court.delay as usize);
        Patience {
            discount,
            later: power(discount, delay),
            lambda: state.lambda_comply,
            steps: enforcement.response.steps.iter().map(of_step).collect(),
        }
    }
}

impl Patience {
    /// Returns the chance that the state performs an obligation with this advantage over its terms.
    pub(super) fn chance(&self, ratio: f64) -> f64 {
        if self.lambda.is_infinite() {
            f64::from(u8::from(ratio >= -1e-12))
        } else {
            logistic(self.lambda * ratio)
        }
    }
}

/// Batch of replications over which stationary expectations and quantiles are taken.
pub(super) struct Pilot<'a> {
    /// Worlds of the batch, by domain.
    pub worlds: &'a mut [World],
    /// Draws of the batch.
    pub draws: &'a Draws,
    /// Positions of the draws.
    pub layout: &'a DrawLayout,
}

/// A design prepared for a scenario.
#[derive(Debug, Clone)]
pub struct Prepared {
    /// The design.
    pub design: Design,
    pub(super) enforcement: Enforcement,
    /// How each state discounts sanctions.
    pub(super) patience: Vec<Patience>,
    /// ln(1 − π) of each step of the response that is a collapse.
    pub(super) log_survival: Vec<f64>,
    /// Years for which a regime rests after a collapse; infinite for ever.
    pub(super) rest_years: f64,
    /// Distance between the depth levels among which proposals choose.
    pub(super) level_step: usize,
    /// Escape clause, if any.
    pub(super) escape: Option<Escape>,
    pub(super) slots: Vec<Vec<SlotInfo>>,
    pub(super) first_slot: Vec<usize>,
    all_slots: usize,
    pub(super) weights: Vec<f64>,
    /// Weights under an opening concession, if the design has one.
    conceding: Option<Vec<f64>>,
    /// Whether surplus is shared by Shapley values (ODD §8).
    pub(super) by_arrival: bool,
    pub(super) pooling: f64,
    pub(super) audience_multiplier: f64,
    pub(super) on_agenda: Vec<bool>,
    /// By domain, whether this organisation or one beside it decides on it.
    pub(super) treated: Vec<bool>,
    /// Organisations that exist at the same time.
    pub(super) beside: Vec<Prepared>,
    /// Whether several bodies decide, of this organisation or others.
    pub(super) several_bodies: bool,
    /// By domain, whether nothing is realised unless all obligations are performed.
    pub(super) joint: Vec<bool>,
    /// Year of a merger, and the design that holds from then on.
    pub(super) successor: Option<(usize, Box<Prepared>)>,
    /// Sampled plans with probabilities, by domain; only for designs that need them.
    pub(super) samples: Vec<Sample>,
}

impl Prepared {
    /// Returns whether a design, or one that it merges into, needs the pilot: to anticipate
    /// compliance, for stationary expectations, or for an escape clause.
    pub fn needs_pilot(scenario: &Scenario, design: &Design) -> bool {
        let further =
            design.merger.as_ref().is_some_and(|(_, next)| Self::needs_pilot(scenario, next))
                || design.beside.iter().any(|other| Self::needs_pilot(scenario, other));
        design.anticipate_compliance
            || design.escape.is_some()
            || further
            || scenario.behaviour.continuation == Continuation::Stationary
    }

    /// Prepares a design. `factor` is that by which the depth levels of the scenario are more than
    /// those of its file. The pilot is given where it is needed.
    pub(super) fn new(
        scenario: &Scenario,
        factor: usize,
        design: Design,
        mut pilot: Option<&mut Pilot<'_>>,
    ) -> Self {
        let successor = design.merger.as_ref().map(|(year, next)| {
            (*year, Box::new(Self::new(scenario, factor, (**next).clone(), pilot.as_deref_mut())))
        });
        let others = design.beside.iter().cloned();
        let beside: Vec<Prepared> =
            others.map(|other| Self::new(scenario, factor, other, pilot.as_deref_mut())).collect();
        let enforcement = Enforcement::new(&design);
        let patience = scenario
            .states
            .iter()
            .map(|state| Patience::new(state, scenario.end_hazard, &enforcement))
            .collect();
        let log_survival = enforcement
            .response
            .steps
            .iter()
            .map(|step| match step {
                Sanction::Collapse(table) => log_survival(table.chance),
                _ => 0.0,
            })
            .collect();
        let rest = |step: &Sanction| match step {
            Sanction::Collapse(table) => table.years.0,
            _ => 0.0,
        };
        let rest_years = enforcement.response.steps.iter().map(rest).fold(0.0, f64::max);
        let slots: Vec<Vec<SlotInfo>> =
            scenario.domains.iter().map(|domain| slot_infos(scenario, domain)).collect();
        let (mut samples, mut escape) = (Vec::new(), None);
        if let Some(pilot) = pilot.filter(|_| Self::needs_pilot(scenario, &design)) {
            samples = pilot
                .worlds
                .iter_mut()
                .zip(&scenario.domains)
                .map(|(world, domain)| {
                    world.sample(scenario, domain, design.members, design.in_kind)
                })
                .collect();
            escape = Escape::of(scenario, &design, pilot, &samples, &slots);
        }
        let mut on_agenda = vec![false; scenario.domains.len()];
        for domain in design.tables.iter().flat_map(|table| &table.domains) {
            on_agenda[*domain] = true;
        }
        let treats =
            |domain: usize| on_agenda[domain] || beside.iter().any(|other| other.treated[domain]);
        let treated = (0..on_agenda.len()).map(treats).collect();
        Prepared {
            enforcement,
            patience,
            log_survival,
            rest_years,
            level_step: factor / design.depth_factor,
            escape,
            slots,
            all_slots: scenario.slots.len(),
            first_slot: scenario.domains.iter().map(|domain| domain.slots.start).collect(),
            conceding: design.opening_concession.map(|(share, richest)| {
                let factor = |state| if state == richest { 1.0 - share } else { 1.0 };
                let weight = |(at, state): (usize, &State)| factor(at) * state.nash_weight;
                scenario.states.iter().enumerate().map(weight).collect()
            }),
            weights: scenario.states.iter().map(|state| state.nash_weight).collect(),
            by_arrival: design.sharing == Sharing::Shapley,
            pooling: design.pooling(),
            audience_multiplier: if design.binding { design.audience_multiplier } else { 1.0 },
            on_agenda,
            several_bodies: !beside.is_empty() || design.tables.iter().any(|table| table.body > 0),
            treated,
            beside,
            joint: scenario.domains.iter().map(is_joint).collect(),
            successor,
            samples,
            design,
        }
    }

    /// Returns whether an obligation can fall due when only `bound` are bound: its obligor and all
    /// obligors up its chain of triggers must be.
    #[inline(always)]
    pub(super) fn can_fall_due(&self, domain: usize, slot: usize, bound: Members) -> bool {
        self.slots[domain][slot].chain.0 & !bound.0 == 0
    }

    /// Returns the share of an injury that the escape clause makes good; 0 without one.
    pub(super) fn compensation(&self) -> f64 {
        self.design.escape.map_or(0.0, |escape| escape.compensation)
    }

    /// Returns the share of a lawfully suspended payment that is paid all the same: what lies in
    /// escrow, and compensation for the rest.
    pub(super) fn paid_if_suspended(&self) -> f64 {
        let escrow = self.design.escrow;
        escrow + (1.0 - escrow) * self.compensation()
    }

    /// Returns whether a table makes an opening concession, given whether it has adopted any
    /// decision.
    pub(super) fn concedes(&self, has_adopted: bool) -> bool {
        self.conceding.is_some() && !has_adopted
    }

    /// Returns the bargaining weights, with or without an opening concession.
    pub(super) fn bargaining_weights(&self, concedes: bool) -> &[f64] {
        self.conceding.as_ref().filter(|_| concedes).unwrap_or(&self.weights)
    }

    /// Returns the number of states of the scenario.
    #[inline(always)]
    pub(super) fn states(&self) -> usize {
        self.weights.len()
    }

    /// Returns whether an obligation of a plan has an amount and can fall due when only `bound` are
    /// bound.
    #[inline(always)]
    pub(super) fn is_due(
        &self,
        plan: &Plan<'_>,
        domain: usize,
        slot: usize,
        bound: Members,
    ) -> bool {
        plan.amount(slot) > 0.0 && self.can_fall_due(domain, slot, bound)
    }

    /// Returns the range of `Run::taken` that holds a body's plan of a domain.
    #[inline(always)]
    pub(super) fn taken(&self, body: usize, domain: usize) -> Range<usize> {
        let (states, slots) = (self.states(), self.slots[domain].len());
        let first = Plan::size(body * self.all_slots + self.first_slot[domain], states);
        first..first + Plan::size(slots, states)
    }

    /// Returns the tables of the design.
    pub(super) fn tables(&self) -> &[Table] {
        &self.design.tables
    }

    /// Returns what a receiver of money expects of one payer at a table in one lane, share: the
    /// mean of its trust over the domains, or the payer's own chance of paying if that is smaller.
    /// What lies in escrow or is guaranteed by outsiders needs no trust.
    pub(super) fn payer_trust(
        &self,
        (trust, lane): (&Trust, usize),
        table: &Table,
        (receiver, payer): (usize, usize),
        chance: f64,
    ) -> f64 {
        let safe = 1.0 - (1.0 - self.design.escrow) * (1.0 - self.design.guarantee);
        let sum: f64 =
            table.domains.iter().map(|&domain| trust.mean(domain, receiver, payer, lane)).sum();
        safe + (1.0 - safe) * (sum / table.domains.len() as f64).min(chance)
    }

    /// Returns the trust of each receiver of money in those that pay, weighted by what they owe.
    pub(super) fn trust_in_payers(
        &self,
        trust: (&Trust, usize),
        table: &Table,
        transfers: &[f64; MAX_STATES],
        (members, chances): (Members, &[f64; MAX_STATES]),
    ) -> [f64; MAX_STATES] {
        let mut means = [1.0; MAX_STATES];
        let owed = |payer: usize| (-transfers[payer]).max(0.0);
        let all: f64 = members.iter().map(owed).sum();
        if all > 0.0 {
            for state in members.iter().filter(|&state| transfers[state] > 0.0) {
                let payers = members.iter().filter(|&payer| transfers[payer] < 0.0);
                let trusted = payers.map(|payer| {
                    owed(payer) * self.payer_trust(trust, table, (state, payer), chances[payer])
                });
                means[state] = trusted.sum::<f64>() / all;
            }
        }
        means
    }
}

/// One number for each state and lane: `[state][lane]`.
pub(super) type ByState = [Lane; MAX_STATES];

/// Returns the numbers of one lane, by state.
pub(super) fn of_lane(all: &ByState, lane: usize) -> [f64; MAX_STATES] {
    all.each_ref().map(|row| row[lane])
}
