//! Designs with everything that can be computed once for a scenario, before the replications of a
//! run.

use super::regime::Regime;
use crate::behaviour::{Trust, continuation_factor};
use crate::domain::{Sample, World};
use crate::ids::{MAX_STATES, Members, SlotId};
use crate::numeric::{LANES, add, any, lanes, power, vectorised};
use crate::organisation::Enforcement;
use crate::plan::{Lane, Plan};
use crate::scenario::raw::{Continuation, Season};
use crate::scenario::types::design::{Design, Sharing, Table};
use crate::scenario::types::{Domain, DomainSpec, Scenario, Slot};
use std::ops::Range;

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
    /// triggers.
    pub chain: Members,
}

/// Returns the obligations of a domain, each with the chain that triggers it.
fn slot_infos(scenario: &Scenario, domain: &Domain) -> Vec<SlotInfo> {
    let own = &scenario.slots[domain.slots.clone()];
    let local = |slot: SlotId| slot.index() - domain.slots.start;
    let chain = |slot: &Slot| {
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

/// A design prepared for a scenario.
#[derive(Debug, Clone)]
pub struct Prepared {
    /// The design.
    pub design: Design,
    pub(super) enforcement: Enforcement,
    /// Γ by state and number of monitored obligations: `gamma[state][obligations]`.
    pub(super) gamma: Vec<Vec<f64>>,
    pub(super) slots: Vec<Vec<SlotInfo>>,
    pub(super) first_slot: Vec<usize>,
    all_slots: usize,
    pub(super) weights: Vec<f64>,
    /// Whether surplus is shared by Shapley values (ODD §8).
    pub(super) by_arrival: bool,
    pub(super) pooling: f64,
    pub(super) audience_multiplier: f64,
    pub(super) on_agenda: Vec<bool>,
    /// Whether the design decides in several bodies.
    pub(super) several_bodies: bool,
    /// By domain, whether nothing is realised unless all obligations are performed.
    pub(super) joint: Vec<bool>,
    /// Present value of a fine of 1 and of a court case, by state: δ^delay · p_win and δ^delay ·
    /// cost, MUSD.
    pub(super) fine_today: Vec<(f64, f64)>,
    /// Year of a merger, and the design that holds from then on.
    pub(super) successor: Option<(usize, Box<Prepared>)>,
    /// Sampled plans with probabilities, by domain; only for designs that need them.
    pub(super) samples: Vec<Sample>,
}

impl Prepared {
    /// Returns whether a design, or one that it merges into, needs the sample of plans: to
    /// anticipate compliance, or for stationary expectations.
    pub fn needs_sample(scenario: &Scenario, design: &Design) -> bool {
        let further =
            design.merger.as_ref().is_some_and(|(_, next)| Self::needs_sample(scenario, next));
        design.anticipate_compliance
            || further
            || scenario.behaviour.continuation == Continuation::Stationary
    }

    /// Prepares a design. `worlds` hold the replications over which stationary expectations are
    /// taken, where these are needed.
    pub fn new(scenario: &Scenario, design: Design, mut worlds: Option<&mut Vec<World>>) -> Self {
        let successor = design.merger.as_ref().map(|(year, next)| {
            (*year, Box::new(Self::new(scenario, (**next).clone(), worlds.as_deref_mut())))
        });
        let fine_today = scenario
            .states
            .iter()
            .map(|state| match &design.court {
                Some(court) if design.binding => {
                    let later =
                        power(state.discount_factor * (1.0 - scenario.end_hazard), court.delay);
                    (later * court.p_win, later * court.cost)
                }
                _ => (1.0, 0.0),
            })
            .collect();
        let obligations = scenario.slots.len() + scenario.states.len();
        let gamma = scenario
            .states
            .iter()
            .map(|state| {
                (0..=obligations)
                    .map(|count| {
                        continuation_factor(
                            design.collapse_chance,
                            design.false_alarm,
                            count,
                            design.sleep_years,
                            state.discount_factor * (1.0 - scenario.end_hazard),
                        )
                    })
                    .collect()
            })
            .collect();
        let slots = scenario.domains.iter().map(|domain| slot_infos(scenario, domain)).collect();
        let samples = match worlds {
            Some(worlds) if Self::needs_sample(scenario, &design) => worlds
                .iter_mut()
                .zip(&scenario.domains)
                .map(|(world, domain)| {
                    world.sample(scenario, domain, design.members, design.in_kind)
                })
                .collect(),
            _ => Vec::new(),
        };
        let mut on_agenda = vec![false; scenario.domains.len()];
        for domain in design.tables.iter().flat_map(|table| &table.domains) {
            on_agenda[*domain] = true;
        }
        Prepared {
            enforcement: Enforcement::new(&design),
            gamma,
            slots,
            all_slots: scenario.slots.len(),
            first_slot: scenario.domains.iter().map(|domain| domain.slots.start).collect(),
            weights: scenario.states.iter().map(|state| state.nash_weight).collect(),
            by_arrival: design.sharing == Sharing::Shapley,
            pooling: design.pooling(),
            audience_multiplier: if design.binding { design.audience_multiplier } else { 1.0 },
            on_agenda,
            several_bodies: design.tables.iter().any(|table| table.body > 0),
            joint: scenario
                .domains
                .iter()
                .map(|domain| matches!(&domain.spec, DomainSpec::StageGame(game) if game.joint))
                .collect(),
            fine_today,
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

    /// Returns this year's copied plan of a regime, for the domain at position `at` of its table's
    /// list; `None` where the domain is left out.
    #[inline(always)]
    pub(super) fn plan_of<'a>(
        &self,
        table: &Table,
        at: usize,
        regime: &Regime,
        taken: &'a [f64],
    ) -> Option<Plan<'a>> {
        regime.levels[at]?;
        Some(Plan::copied(&taken[self.taken(table.body, table.domains[at])], self.states()))
    }

    /// Returns the tables of the design.
    pub(super) fn tables(&self) -> &[Table] {
        &self.design.tables
    }

    /// Returns the trust of each state in the states that would pay it at a table, share, for one
    /// set of members by lane.
    ///
    /// It is the mean over other members and domains, and 1 where no state pays.
    pub(super) fn trust_in_payers(
        &self,
        trust: &Trust,
        table: &Table,
        members: &[Members; LANES],
    ) -> ByState {
        let mut means = [[1.0; LANES]; MAX_STATES];
        if !self.design.money || !any::<LANES>(|l| members[l].len() > 1) {
            return means;
        }
        // Payments in escrow, and the part of the rest that outsiders guarantee, need no trust.
        let safe = 1.0 - (1.0 - self.design.escrow) * (1.0 - self.design.guarantee);
        let states = self.states();
        vectorised(
            #[inline(always)]
            || {
                for (state, means) in means.iter_mut().enumerate().take(states) {
                    let (mut sum, mut count) = ([0.0; LANES], [0.0; LANES]);
                    for other in (0..states).filter(|&other| other != state) {
                        let both = Members::NONE.with(state).with(other).within(members);
                        for &domain in &table.domains {
                            let trust = trust.means(domain, state, other);
                            add(&mut sum, &lanes(|l| both[l] * trust[l]));
                            add(&mut count, &both);
                        }
                    }
                    *means = lanes(|l| {
                        if count[l] > 0.0 { safe + (1.0 - safe) * (sum[l] / count[l]) } else { 1.0 }
                    });
                }
            },
        );
        means
    }
}

/// One number for each state and lane: `[state][lane]`.
pub(super) type ByState = [Lane; MAX_STATES];

/// Returns the numbers of one lane, by state.
pub(super) fn of_lane(all: &ByState, lane: usize) -> [f64; MAX_STATES] {
    all.each_ref().map(|row| row[lane])
}
