//! A design with everything that can be computed before any replication is drawn.

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

/// A slot as the engine reads it.
#[derive(Debug, Clone, Copy)]
pub struct SlotInfo {
    /// Who owes it.
    pub obligor: usize,
    /// When it is due.
    pub season: Season,
    /// The slot it answers, by position in the domain.
    pub trigger: Option<usize>,
    /// Who must be bound for it to fall due: its obligor, and everyone up the chain that triggers
    /// it.
    pub chain: Members,
}

/// The obligations of a domain, each with the chain that triggers it.
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

/// A design laid out for a scenario.
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
    /// Whether surplus is shared by what each adds to those before.
    pub(super) by_arrival: bool,
    pub(super) pooling: f64,
    pub(super) audience_multiplier: f64,
    pub(super) on_agenda: Vec<bool>,
    /// Whether it decides in several bodies.
    pub(super) several_bodies: bool,
    /// By domain, whether nothing is realised unless all obligations are performed.
    pub(super) joint: Vec<bool>,
    /// For each state δ^delay · p_win and δ^delay · cost of a case: what a fine of 1 and a case
    /// mean to it today.
    pub(super) fine_today: Vec<(f64, f64)>,
    /// The design that holds from a year on.
    pub(super) successor: Option<(usize, Box<Prepared>)>,
    /// Plans with probabilities by domain, for designs that look at every state of the world.
    pub(super) samples: Vec<Sample>,
}

impl Prepared {
    /// Whether a design needs the sample of plans.
    pub fn needs_sample(scenario: &Scenario, design: &Design) -> bool {
        let further =
            design.merger.as_ref().is_some_and(|(_, next)| Self::needs_sample(scenario, next));
        design.anticipate_compliance
            || further
            || scenario.behaviour.continuation == Continuation::Stationary
    }

    /// Lays out a design; `worlds` hold the replications over which stationary expectations are
    /// taken, where needed.
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

    /// Whether an obligation can fall due when only `bound` owe: its obligor is bound, and so is
    /// everyone up the chain that triggers it.
    #[inline(always)]
    pub(super) fn can_fall_due(&self, domain: usize, slot: usize, bound: Members) -> bool {
        self.slots[domain][slot].chain.0 & !bound.0 == 0
    }

    /// Number of states of the scenario.
    #[inline(always)]
    pub(super) fn states(&self) -> usize {
        self.weights.len()
    }

    /// Whether an obligation of a plan is due when only `bound` owe.
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

    /// Where a body keeps the plan of a domain that it has taken.
    #[inline(always)]
    pub(super) fn taken(&self, body: usize, domain: usize) -> Range<usize> {
        let (states, slots) = (self.states(), self.slots[domain].len());
        let first = Plan::size(body * self.all_slots + self.first_slot[domain], states);
        first..first + Plan::size(slots, states)
    }

    /// This year's plan of a regime, as it was taken, in the domain at a position of its table's
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

    /// The tables of the design.
    pub(super) fn tables(&self) -> &[Table] {
        &self.design.tables
    }

    /// How far each state trusts those who would pay it at a table, one set of members by
    /// replication: the mean over other members and domains; 1 where nobody pays.
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
        // What lies in escrow, and what outsiders make good of the rest, needs no trust.
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

/// A number for each state and replication.
pub(super) type ByState = [Lane; MAX_STATES];

/// The numbers of one replication.
pub(super) fn of_lane(all: &ByState, lane: usize) -> [f64; MAX_STATES] {
    all.each_ref().map(|row| row[lane])
}
