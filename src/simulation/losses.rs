//! Account of where the gains of full cooperation are lost (ODD §10).
//!
//! The year is settled again with one cause removed after the other, in the order of [`Cause`].
//! What a cause costs is the difference that it makes. So the parts of a year sum to its joint
//! optimum exactly, and what causes have together goes to the first of them.

use super::context::YearContext;
use super::ledger::Counterfactual;
use super::offer_grids::Place;
use super::prepared::Prepared;
use super::{OfferGrids, Run, Worker};
use crate::domain::{Memory, World};
use crate::ids::{MAX_BODIES, MAX_STATES, Members};
use crate::numeric::{LANES, any, lanes};
use crate::plan::{Acts, Parties, Plan};

/// Why a part of the joint optimum is not gained, in the order in which causes apply; at the end
/// what is gained.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// Missed by a full-depth plan of all states that is made on the forecast of the spring.
    Unforeseen,
    /// The domain is not on the agenda, or states are no members.
    Outside,
    /// Members have not ratified: the founding treaty, or the framework treaty of the consortium.
    Unratified,
    /// States stay out of a decision that they voted against.
    OptedOut,
    /// The regime rests after a collapse.
    Resting,
    /// No proposal finds the consent that it needs.
    NotAgreed,
    /// What is agreed is less deep than possible.
    Shallow,
    /// Lawfully withheld: concessions withdrawn, obligations suspended under an escape clause.
    Withheld,
    /// Obligors do not mean to perform.
    Broken,
    /// Lack of capacity.
    Slippage,
    /// Other organisations do the same.
    Duplicated,
    /// Gained.
    Delivered,
}

impl Cause {
    /// All causes in order.
    pub const ALL: [Cause; 12] = [
        Cause::Unforeseen,
        Cause::Outside,
        Cause::Unratified,
        Cause::OptedOut,
        Cause::Resting,
        Cause::NotAgreed,
        Cause::Shallow,
        Cause::Withheld,
        Cause::Broken,
        Cause::Slippage,
        Cause::Duplicated,
        Cause::Delivered,
    ];

    /// Returns the identifier in files.
    pub fn id(self) -> &'static str {
        match self {
            Cause::Unforeseen => "unforeseen",
            Cause::Outside => "outside",
            Cause::Unratified => "unratified",
            Cause::OptedOut => "opted_out",
            Cause::Resting => "resting",
            Cause::NotAgreed => "not_agreed",
            Cause::Shallow => "shallow",
            Cause::Withheld => "withheld",
            Cause::Broken => "broken",
            Cause::Slippage => "slippage",
            Cause::Duplicated => "duplicated",
            Cause::Delivered => "delivered",
        }
    }
}

/// Gains by state, MUSD.
pub(super) type Gains = [f64; MAX_STATES];

/// Account of a year: by cause for the region and for each state, MUSD.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Losses {
    /// Parts of the joint optimum of the region.
    pub region: [f64; Cause::ALL.len()],
    /// Parts of each state's gain from a full-depth plan of all states, before transfers. The joint
    /// optimum is not divided among states, so that nothing of it is unforeseen here.
    pub by_state: [[f64; Cause::ALL.len()]; MAX_STATES],
}

impl Default for Losses {
    fn default() -> Self {
        let none = [0.0; Cause::ALL.len()];
        Losses { region: none, by_state: [none; MAX_STATES] }
    }
}

impl Losses {
    /// Clears the account for the first `states` states.
    pub(super) fn clear(&mut self, states: usize) {
        self.region = [0.0; Cause::ALL.len()];
        self.by_state[..states].fill([0.0; Cause::ALL.len()]);
    }

    /// Adds what a cause takes between two settlements of a domain.
    pub(super) fn add(&mut self, cause: Cause, states: usize, before: &Gains, after: &Gains) {
        for state in 0..states {
            let lost = before[state] - after[state];
            self.region[cause as usize] += lost;
            self.by_state[state][cause as usize] += lost;
        }
    }
}

/// Sets of states for which full-depth plans of a domain are settled, in order: all states, the
/// members, those that may act, those that have not opted out, the parties.
const SETS: usize = 5;

/// Gains from full-depth plans of a domain in one replication, by set of states.
#[derive(Debug, Clone, Copy)]
pub(super) struct Potential {
    pub(super) gains: [Gains; SETS],
}

impl Default for Potential {
    fn default() -> Self {
        Potential { gains: [[0.0; MAX_STATES]; SETS] }
    }
}

/// Gains from the full-depth plan of all states, which all designs share where nothing depends on
/// their own past.
#[derive(Debug, Clone, Default)]
pub(super) struct Shared {
    everyone: Vec<[Option<Gains>; LANES]>,
}

impl Shared {
    pub(super) fn new(domains: usize) -> Self {
        Shared { everyone: vec![[None; LANES]; domains] }
    }

    /// Forgets the gains of the year before.
    pub(super) fn clear(&mut self) {
        self.everyone.fill([None; LANES]);
    }
}

/// Returns the states that an organisation holds in which a domain is open and which they do not
/// opt out of.
fn held_by_any(prepared: &Prepared, run: &Run, domain: usize) -> Members {
    let mut all = Members::NONE;
    for (place, table) in prepared.all_tables() {
        let open = run.agenda_of(place.organisation).depth(domain) > 0.0;
        if open && table.domains.contains(&domain) {
            all = Members(all.0 | (run.inside(place.organisation).0 & !table.excluded.0));
        }
    }
    all
}

/// Settles full-depth plans of each domain for the sets of states, before the acts of the year are
/// settled.
pub(super) fn settle_potentials(now: YearContext<'_>, worker: &mut Worker, played: &[bool; LANES]) {
    let YearContext { engine, prepared, .. } = now;
    let Worker { worlds, grids, runs, potentials, shared, .. } = worker;
    for (domain, world) in worlds.iter_mut().enumerate() {
        let table = prepared.tables().iter().position(|table| table.domains.contains(&domain));
        let sets = |run: &Run| -> [Members; SETS] {
            let everyone = engine.scenario.everyone();
            if !prepared.beside.is_empty() {
                let inside = held_by_any(prepared, run, domain);
                return [everyone, inside, inside, inside, inside];
            }
            let Some(index) = table.filter(|_| run.own.agenda.depth(domain) > 0.0) else {
                return [everyone, Members::NONE, Members::NONE, Members::NONE, Members::NONE];
            };
            let regime = &run.own.regimes[index];
            let excluded = prepared.tables()[index].excluded;
            let inside = Members((run.own.members.0 | run.own.associates.0) & !excluded.0);
            if prepared.several_bodies {
                return [everyone, inside, inside, inside, inside];
            }
            let acting = regime.participants;
            let content = Members(acting.0 & !regime.opted_out.0);
            let parties = if regime.active { regime.parties.and(content) } else { content };
            [everyone, inside, acting, content, parties]
        };
        let of_lane: [[Members; SETS]; LANES] =
            lanes(|l| if played[l] { sets(&runs[l]) } else { [Members::NONE; SETS] });
        for set in 0..SETS {
            // Only sets that differ from the one before are settled.
            let changes: [bool; LANES] =
                lanes(|l| played[l] && (set == 0 || of_lane[l][set] != of_lane[l][set - 1]));
            for (lane, own) in potentials[domain].iter_mut().enumerate() {
                if set > 0 && !changes[lane] {
                    own.gains[set] = own.gains[set - 1];
                }
            }
            let known = |l: usize| set == 0 && shared.everyone[domain][l].is_some();
            let is_fresh = |run: &Run| {
                let memory = &run.memories[domain];
                world.variant(memory) == 0 && !memory.differs
            };
            let fresh: [bool; LANES] = lanes(|l| played[l] && is_fresh(&runs[l]));
            let settles: [bool; LANES] = lanes(|l| changes[l] && !(known(l) && fresh[l]));
            let wanted = lanes(|l| {
                let members = of_lane[l][set];
                let variant = world.variant(&runs[l].memories[domain]);
                (settles[l] && members.len() >= 2).then_some(Parties {
                    members,
                    in_kind: true,
                    variant,
                })
            });
            let place = any::<LANES>(|l| wanted[l].is_some())
                .then(|| grids.ensure(world, domain, wanted, now.year));
            for lane in (0..LANES).filter(|&lane| changes[lane]) {
                if let (false, Some(gains)) = (settles[lane], shared.everyone[domain][lane]) {
                    potentials[domain][lane].gains[0] = gains;
                    continue;
                }
                let place = wanted[lane].and(place);
                let gains = full_depth(now, world, grids, (domain, lane), place, &mut runs[lane]);
                potentials[domain][lane].gains[set] = gains;
                if set == 0 && fresh[lane] {
                    shared.everyone[domain][lane] = Some(gains);
                }
            }
        }
    }
}

/// Returns the gains if everybody performs the full-depth plan of the year; without a place, those
/// without acts.
fn full_depth(
    now: YearContext<'_>,
    world: &mut World,
    grids: &OfferGrids,
    (domain, lane): (usize, usize),
    place: Option<Place>,
    run: &mut Run,
) -> Gains {
    let scenario = &now.engine.scenario;
    run.memory.copy_from(&run.memories[domain]);
    let plan = place.map(|place| {
        let level = scenario.depth_levels - 1;
        grids.plans((domain, 0), place, now.year, level).of(lane)
    });
    let slots = scenario.domains[domain].slots.len();
    run.book.share[..slots].fill(1.0);
    let acts = plan.map(|plan| (plan, &run.book.share[..slots]));
    world.settle(scenario, now.year, lane, acts.as_slice(), &mut run.memory).gain
}

/// Acts of the bodies in a domain of one replication, as they would be under one cause less.
pub(super) struct Acted<'a> {
    /// Plan of each body that has agreed, with its position and the states that it binds.
    plans: [(usize, Plan<'a>, Members); MAX_BODIES],
    count: usize,
}

impl<'a> Acted<'a> {
    pub(super) fn new() -> Self {
        Acted { plans: [(0, Plan::default(), Members::NONE); MAX_BODIES], count: 0 }
    }

    pub(super) fn push(&mut self, body: usize, plan: Plan<'a>, states: Members) {
        self.plans[self.count] = (body, plan, states);
        self.count += 1;
    }

    pub(super) fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Iterates over the bodies: position, plan, states bound.
    pub(super) fn iter(&self) -> impl Iterator<Item = &(usize, Plan<'a>, Members)> {
        self.plans[..self.count].iter()
    }
}

/// What is needed to settle a domain again with one cause removed after the other.
pub(super) struct DealAccount<'a> {
    pub(super) now: YearContext<'a>,
    pub(super) domain: usize,
    /// Year and lane.
    pub(super) place: (usize, usize),
    pub(super) world: &'a mut World,
    /// Memory of the domain before the year, and a scratch one.
    pub(super) memory: (&'a Memory, &'a mut Memory),
    pub(super) kept: &'a mut Counterfactual,
    pub(super) losses: &'a mut Losses,
}

impl DealAccount<'_> {
    /// Enters what each cause takes, from the full-depth plan of the parties to what is gained.
    /// Returns the gains if all that is in force had been performed.
    pub(super) fn follow(
        mut self,
        parties: &Acted<'_>,
        bound: &Acted<'_>,
        potential: &Potential,
        actual: &Gains,
    ) -> Gains {
        let mut last = potential.gains[3];
        if !self.now.prepared.several_bodies {
            self.take(Cause::NotAgreed, &mut last, potential.gains[4]);
        }
        let by_parties = self.settle_due(parties);
        self.take(Cause::Shallow, &mut last, by_parties);
        let same = parties.iter().zip(bound.iter()).all(|(a, b)| a.2 == b.2);
        let mut agreed = if same { by_parties } else { self.settle_due(bound) };
        self.take(Cause::Unratified, &mut last, agreed);
        if bound.iter().any(|(.., states)| !states.is_empty()) {
            // Less is owed in return where nature leaves less to be moved.
            agreed = self.settle_unless_same(bound, agreed, |kept| (&kept.full, &kept.whole[0]));
            self.take(Cause::Shallow, &mut last, agreed);
            let lawful =
                self.settle_unless_same(bound, agreed, |kept| (&kept.whole[0], &kept.lawful[0]));
            self.take(Cause::Withheld, &mut last, lawful);
            let meant =
                self.settle_unless_same(bound, lawful, |kept| (&kept.lawful[0], &kept.meant[0]));
            self.take(Cause::Broken, &mut last, meant);
        }
        self.take(Cause::Slippage, &mut last, *actual);
        agreed
    }

    fn take(&mut self, cause: Cause, last: &mut Gains, next: Gains) {
        self.losses.add(cause, self.now.prepared.states(), last, &next);
        *last = next;
    }

    /// Settles with the second of two rows of fractions, or returns `before`, the gains with the
    /// first, where both are the same in the domain.
    fn settle_unless_same(
        &mut self,
        acted: &Acted<'_>,
        before: Gains,
        rows: impl Fn(&Counterfactual) -> (&[f64], &[f64]),
    ) -> Gains {
        let scenario = &self.now.engine.scenario;
        let slots = &scenario.domains[self.domain].slots;
        let (first, second) = rows(self.kept);
        let is_same = acted.iter().all(|(body, ..)| {
            let start = body * scenario.slots.len();
            let own = start + slots.start..start + slots.end;
            first[own.clone()] == second[own]
        });
        if is_same { before } else { self.settle(acted, |kept| rows(kept).1) }
    }

    /// Settles with everything performed that falls due between the states given with the plans.
    fn settle_due(&mut self, acted: &Acted<'_>) -> Gains {
        let YearContext { engine, prepared, .. } = self.now;
        let slots = engine.scenario.domains[self.domain].slots.clone();
        for (body, plan, states) in acted.iter() {
            let first = body * engine.scenario.slots.len() + slots.start;
            for slot in 0..slots.len() {
                let due = prepared.is_due(plan, self.domain, slot, *states);
                self.kept.full[first + slot] = f64::from(u8::from(due));
            }
        }
        self.settle(acted, |kept| &kept.full)
    }

    /// Settles with fractions by body and slot, from the memory before the year.
    fn settle(
        &mut self,
        acted: &Acted<'_>,
        fractions: impl Fn(&Counterfactual) -> &[f64],
    ) -> Gains {
        let (scenario, (year, lane)) = (&self.now.engine.scenario, self.place);
        let slots = scenario.domains[self.domain].slots.clone();
        let (start, scratch) = &mut self.memory;
        scratch.copy_from(start);
        let fractions = fractions(self.kept);
        let mut acts: [Acts<'_>; MAX_BODIES] = [Acts::default(); MAX_BODIES];
        for (at, (body, plan, _)) in acted.iter().enumerate() {
            let first = body * scenario.slots.len();
            acts[at] = (*plan, &fractions[first + slots.start..first + slots.end]);
        }
        self.world.settle(scenario, year, lane, &acts[..acted.count], scratch).gain
    }
}
