//! What all replications of a batch share in a negotiation: plans, stakes and appraisals, computed
//! for all lanes at once.
//!
//! Decisions are made in `negotiation_round`.

use super::appraisal::{Appraisals, Confidence, Participants, appraise};
use super::context::YearContext;
use super::offer_grids::Place;
use super::outside::forgone;
use super::prepared::ByState;
use super::{OfferGrids, Run, Worker};
use crate::behaviour::Trust;
use crate::draws::Draws;
use crate::ids::{MAX_DOMAINS, MAX_STATES, Members};
use crate::numeric::{LANES, add, any, lanes, vectorised};
use crate::organisation::{Appraisal, PayerTrust, SearchBuffers};
use crate::plan::{Lane, Parties, Plan, Plans};
use crate::scenario::types::Scenario;
use crate::scenario::types::design::Table;

/// Scratch buffers for the negotiation of a table.
#[derive(Debug, Clone)]
pub(super) struct Scratch {
    /// Appraisals in all lanes: `[position in the table's list of domains][level]`.
    pub(super) depths: Vec<Vec<Appraisals<LANES>>>,
    /// Those of the levels chosen, by position in the table's list of domains, and their plans.
    pub(super) chosen: Vec<Appraisals<LANES>>,
    pub(super) rows: Vec<Lane>,
    /// Appraisals in one lane.
    pub(super) options: Vec<Vec<Appraisal>>,
    /// Chances that obligors perform, in all lanes: `[domain][state]`.
    pub(super) chances: Vec<Lane>,
    pub(super) levels: Vec<Option<usize>>,
    pub(super) buffers: SearchBuffers,
    /// Trust in payers; complete where no money can be paid.
    pub(super) payer_trust: PayerTrust,
    /// Stakes of full cooperation on this year's agenda, MUSD: `[state][lane]`.
    pub(super) stakes: ByState,
}

impl Scratch {
    pub(super) fn new(scenario: &Scenario) -> Self {
        let domains = scenario.domains.len();
        Scratch {
            depths: vec![vec![Appraisals::default(); scenario.depth_levels]; domains],
            chosen: vec![Appraisals::default(); domains],
            rows: Vec::with_capacity(Plan::size(scenario.slots.len(), scenario.states.len())),
            options: vec![vec![Appraisal::default(); scenario.depth_levels]; domains],
            chances: vec![[1.0; LANES]; domains * scenario.states.len()],
            levels: vec![None; domains],
            buffers: SearchBuffers::new(domains, scenario.depth_levels),
            payer_trust: PayerTrust::CERTAIN,
            stakes: [[0.0; LANES]; MAX_STATES],
        }
    }
}

/// Number of depth levels that are appraised in one pass over the obligations.
const DEPTHS: usize = 4;

/// A negotiation: the inputs that one table has in one year, in all replications of a batch.
pub(super) struct Negotiation<'a> {
    pub(super) now: YearContext<'a>,
    pub(super) table: &'a Table,
    pub(super) index: usize,
    pub(super) draws: &'a Draws,
    pub(super) grids: &'a OfferGrids,
    pub(super) trust: &'a Trust,
    /// Members that act, by lane: those that have ratified the founding treaty, or all where it
    /// applies provisionally. Empty where fewer than two act.
    pub(super) participants: [Members; LANES],
    /// Places of the plans, by position in the table's list of domains.
    pub(super) plan_places: [PlanPlaces; MAX_DOMAINS],
}

/// Places of a domain's plans, each with the lanes that use it. The first holds plans made alone;
/// the second, plans on top of what earlier bodies have agreed.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct PlanPlaces([(Place, [bool; LANES]); 2]);

impl PlanPlaces {
    /// Iterates over the places that hold plans for at least one lane.
    fn places(&self) -> impl Iterator<Item = (Place, &[bool; LANES])> {
        self.0
            .iter()
            .filter(|(_, here)| any::<LANES>(|l| here[l]))
            .map(|(place, here)| (*place, here))
    }
}

/// Makes the plans of the year for the participants of a table, by lane. Where earlier bodies have
/// agreed on acts, the plans come on top of these.
pub(super) fn make_plans(
    now: YearContext<'_>,
    worker: &mut Worker,
    table: &Table,
    participants: [Option<Members>; LANES],
) -> [PlanPlaces; MAX_DOMAINS] {
    let YearContext { engine, prepared, year, .. } = now;
    let Worker { worlds, grids, runs, .. } = worker;
    let (scenario, in_kind) = (&engine.scenario, prepared.design.in_kind);
    let all = scenario.slots.len();
    let mut plan_places = [PlanPlaces::default(); MAX_DOMAINS];
    for (plan_places, &domain) in plan_places.iter_mut().zip(&table.domains) {
        let world = &mut worlds[domain];
        let slots = scenario.domains[domain].slots.clone();
        let earlier =
            |run: &Run, body: usize, slot: usize| run.agreed[body * all + slots.start + slot];
        let (mut alone, mut on_base) = ([None; LANES], [None; LANES]);
        for (lane, members) in participants.iter().enumerate() {
            let Some(members) = members.filter(|members| members.len() >= 2) else { continue };
            let run = &runs[lane];
            let parties =
                Parties { members, in_kind, variant: world.variant(&run.memories[domain]) };
            let agreed = (0..table.body)
                .any(|body| (0..slots.len()).any(|slot| earlier(run, body, slot) != 0.0));
            (if agreed { &mut on_base } else { &mut alone })[lane] = Some(parties);
        }
        let found = grids.ensure(world, domain, alone, year);
        let place = on_base.iter().any(Option::is_some).then(|| {
            // Amounts agreed in each lane, by slot of a body.
            let agreed = |body: usize| {
                let runs = &*runs;
                (0..slots.len()).map(move |slot| lanes(|lane| earlier(&runs[lane], body, slot)))
            };
            grids.fill_on_base(
                world,
                (domain, table.body),
                on_base,
                year,
                (0..table.body).map(agreed),
            )
        });
        let place = place.unwrap_or_default();
        *plan_places = PlanPlaces([
            (found, lanes(|l| alone[l].is_some())),
            (place, lanes(|l| on_base[l].is_some())),
        ]);
    }
    plan_places
}

impl Negotiation<'_> {
    /// Returns this year's plans at a depth level, for the domain at position `at` of the table's
    /// list, from the place that holds the plans of `lane`.
    pub(super) fn plans(&self, at: usize, level: usize, lane: usize) -> Plans<'_> {
        let [(alone, _), (on_base, here)] = self.plan_places[at].0;
        let place = if here[lane] { on_base } else { alone };
        self.grids.plans((self.table.domains[at], self.table.body), place, self.now.year, level)
    }

    /// Adds to `stakes` what full cooperation on the table's domains puts at stake for each member,
    /// MUSD (ODD §9).
    pub(super) fn add_stakes(&self, stakes: &mut ByState) {
        let deepest = self.now.engine.scenario.depth_levels - 1;
        vectorised(
            #[inline(always)]
            || {
                for (plan_places, &domain) in self.plan_places.iter().zip(&self.table.domains) {
                    for (place, here) in plan_places.places() {
                        let plans = self.grids.plans(
                            (domain, self.table.body),
                            place,
                            self.now.year,
                            deepest,
                        );
                        let planned: Lane = lanes(|l| if here[l] { 1.0 } else { 0.0 });
                        for (state, stake) in
                            stakes.iter_mut().enumerate().take(self.now.prepared.states())
                        {
                            let participating = Members::mask(&self.participants, state);
                            let counted: Lane = lanes(|l| planned[l] * participating[l]);
                            for (slot, info) in self.now.prepared.slots[domain].iter().enumerate() {
                                let (cost, benefit) =
                                    (plans.cost(slot), plans.benefit(slot, state));
                                if info.obligor == state {
                                    add(
                                        stake,
                                        &lanes(
                                            |l| if planned[l] > 0.0 { cost[l].abs() } else { 0.0 },
                                        ),
                                    );
                                }
                                add(
                                    stake,
                                    &lanes(
                                        |l| if counted[l] > 0.0 { benefit[l].abs() } else { 0.0 },
                                    ),
                                );
                            }
                        }
                    }
                }
            },
        );
    }

    /// Appraises each domain at each depth for the members that decide. Results are ordered
    /// `[position in the table's list of domains][level]`.
    pub(super) fn appraise(
        &self,
        deciding: [Members; LANES],
        trust: &impl Confidence<LANES>,
        depths: &mut [Vec<Appraisals<LANES>>],
    ) {
        let states = self.now.prepared.states();
        vectorised(
            #[inline(always)]
            || {
                for (at, (&domain, depths)) in self.table.domains.iter().zip(depths).enumerate() {
                    for (block, depths) in depths.chunks_mut(DEPTHS).enumerate() {
                        depths
                            .iter_mut()
                            .for_each(|depth| depth.clear(states, self.now.prepared.by_arrival));
                        for (place, here) in self.plan_places[at].places() {
                            let plans = |level| {
                                self.grids.plans(
                                    (domain, self.table.body),
                                    place,
                                    self.now.year,
                                    level,
                                )
                            };
                            let mut at_depths = [Plans::default(); DEPTHS];
                            for (level, at_depth) in
                                at_depths.iter_mut().enumerate().take(depths.len())
                            {
                                *at_depth = plans(block * DEPTHS + level);
                            }
                            let members =
                                lanes(|l| if here[l] { deciding[l] } else { Members::NONE });
                            let participants = Participants { bound: members, members };
                            let at_depths = &at_depths[..depths.len()];
                            appraise(
                                depths,
                                self.now.prepared,
                                domain,
                                at_depths,
                                &participants,
                                trust,
                            );
                            for (state, value) in forgone(self.now, self.draws, domain, false) {
                                depths.iter_mut().for_each(|depth| {
                                    depth.forgo(self.now.prepared, state, &value, &members)
                                });
                            }
                        }
                    }
                }
            },
        );
    }

    /// Appraises the depth levels that are entered in the regimes of the replications in which
    /// `open` is set. Results are ordered by position in the table's list of domains; those of
    /// domains that are left out are 0.
    pub(super) fn appraise_chosen(
        &self,
        (runs, open): (&[Run], &[bool; LANES]),
        trust: &impl Confidence<LANES>,
        chosen: &mut [Appraisals<LANES>],
        rows: &mut Vec<Lane>,
    ) {
        let prepared = self.now.prepared;
        for (at, (&domain, chosen)) in self.table.domains.iter().zip(chosen).enumerate() {
            rows.resize(Plan::size(prepared.slots[domain].len(), prepared.states()), [0.0; LANES]);
            let mut members = [Members::NONE; LANES];
            for lane in (0..LANES).filter(|&lane| open[lane]) {
                if let Some(level) = runs[lane].own.regimes[self.index].levels[at] {
                    self.plans(at, level, lane).copy_lane(lane, rows);
                    members[lane] = self.participants[lane];
                }
            }
            let participants = Participants { bound: members, members };
            let plans = [Plans::copied(rows, prepared.states())];
            vectorised(
                #[inline(always)]
                || {
                    chosen.clear(prepared.states(), prepared.by_arrival);
                    let chosen = std::slice::from_mut(chosen);
                    appraise(chosen, prepared, domain, &plans, &participants, trust);
                },
            );
            for (state, value) in forgone(self.now, self.draws, domain, false) {
                chosen.forgo(prepared, state, &value, &members);
            }
        }
    }

    /// Records the amounts that a body has agreed on this year, so that plans of later bodies come
    /// on top.
    pub(super) fn record_agreed(&self, run: &mut Run) {
        let Run { own, taken, agreed, .. } = run;
        let regime = &own.regimes[self.index];
        if regime.bound.is_empty() {
            return;
        }
        let all = self.now.engine.scenario.slots.len();
        for (at, &domain) in self.table.domains.iter().enumerate() {
            let Some(plan) = regime.plan(self.now.prepared, self.table, at, taken) else {
                continue;
            };
            for slot in 0..plan.slots() {
                // A negative amount is grain that a buyer is to receive: no state owes it, but it
                // is agreed.
                if plan.amount(slot) < 0.0
                    || self.now.prepared.is_due(&plan, domain, slot, regime.bound)
                {
                    agreed[self.table.body * all + self.now.prepared.first_slot[domain] + slot] =
                        plan.amount(slot);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Engine;
    use super::*;
    use crate::scenario::load::{self, Override};

    #[test]
    fn non_participants_have_no_stake() {
        let Ok(scenario) = load::scenario("central-asia", &[]) else {
            panic!("the built-in scenario is valid")
        };
        // Two states have ratified and act; the others are members but not participants.
        let founding = "{hazard=0, hazard_by_state={KAZ=1, KGZ=1}, provisional=false}";
        let changed = [
            Override::new(format!("organisation.ratification.founding={founding}")),
            Override::new("organisation.membership.exit=true"),
        ];
        let Ok(design) = load::design("caco-2002", &scenario.scenario, &changed) else {
            panic!("a valid design")
        };
        let engine = Engine::new(scenario.scenario, vec![design.design], 1);
        let mut worker = Worker::new(&engine);
        worker.open(&engine, 0);
        worker.run(&engine, 0..1, 0..LANES, &mut [crate::simulation::NoTrace]);
        let states = engine.scenario.states.len();
        for (lane, run) in worker.played[0].runs.iter().enumerate() {
            let participating: Members =
                (0..states).filter(|&state| worker.scratch.stakes[state][lane] > 0.0).collect();
            assert!(run.own.members.len() > 2, "{:?} are members", run.own.members);
            assert_eq!(participating, Members::first(2));
        }
    }
}
