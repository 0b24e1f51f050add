//! Simulation engine: the draws and the reference of a batch, then the years of each design on them
//! (ODD §6).
//!
//! It computes no measures and writes no files: see `experiment` and `output`.

mod acts;
mod agenda;
mod anticipation;
mod appraisal;
mod chances;
mod context;
mod deal;
mod decision;
mod escape;
#[cfg(test)]
mod granularity;
mod learning;
mod ledger;
mod losses;
mod membership;
mod monitoring;
mod negotiation;
mod negotiation_round;
mod offer_grids;
mod organisations;
mod outside;
mod performance;
mod prepared;
mod proposals;
mod reckoning;
mod record;
mod regime;
mod sanctions;
mod settlement;
mod trace;
mod year;

pub use losses::{Cause, Losses};
pub use prepared::Prepared;
pub use record::{StateYear, YearRecord};
pub use trace::{Event, NoTrace, RoutedYear, Step, Trace};

use crate::behaviour::Trust;
use crate::domain::{Memory, World};
use crate::draws::{DrawLayout, Draws, SlippageLaws};
use crate::ids::MAX_STATES;
use crate::numeric::{LANES, least_common_multiple};
use crate::plan::Plan;
use crate::scenario::types::Scenario;
use crate::scenario::types::design::Design;
use context::YearContext;
use offer_grids::OfferGrids;
use regime::Regime;
use std::ops::Range;

/// Number of designs that are simulated together on a batch. With more, their data would displace
/// each other from the cache.
const GROUP: usize = 8;

/// A scenario and its designs, prepared once and shared by all workers.
#[derive(Debug)]
pub struct Engine {
    /// The scenario.
    pub scenario: Scenario,
    /// The designs, with what can be computed before any replication.
    pub designs: Vec<Prepared>,
    /// Positions of the draws.
    pub layout: DrawLayout,
    /// Master seed.
    pub seed: u64,
    /// Whether the account of losses is kept (ODD §10). Without it a simulation is faster, and
    /// measures that need it are empty.
    pub account: bool,
}

impl Engine {
    /// Prepares a scenario and its designs for simulation, with the account of losses. `seed`
    /// is the master seed.
    ///
    /// ```
    /// use consortia::scenario::load;
    /// use consortia::simulation::{Engine, NoTrace, Worker};
    ///
    /// let loaded = load::scenario("central-asia", &[]).map_err(|bad| bad.render(false))?;
    /// let scenario = loaded.scenario;
    /// let design = load::design("none", &scenario, &[]).map_err(|bad| bad.render(false))?.design;
    /// let engine = Engine::new(scenario, vec![design], 1);
    /// let mut worker = Worker::new(&engine);
    /// worker.open(&engine, 0); // draws and reference of replications 0 to 15
    /// worker.run(&engine, 0..1, 0..1, &mut [NoTrace]);
    /// let gains: f64 = worker.records(0, 0).iter().map(|year| year.by_state[0].gain).sum();
    /// assert_eq!(gains, 0.0, "without an organisation the reference is what happens");
    /// # Ok::<(), String>(())
    /// ```
    pub fn new(scenario: Scenario, designs: Vec<Design>, seed: u64) -> Self {
        Self::with_laws(scenario, designs, seed, &mut SlippageLaws::default())
    }

    /// Like [`Engine::new`], with a cache of slippage laws that several scenarios share.
    pub fn with_laws(
        scenario: Scenario,
        designs: Vec<Design>,
        seed: u64,
        laws: &mut SlippageLaws,
    ) -> Self {
        let mut scenario = scenario;
        // The offer grid has the depth levels of all designs; each chooses among its own.
        let factor = designs.iter().map(Design::depth_factor).fold(1, least_common_multiple);
        scenario.depth_levels *= factor;
        let layout = DrawLayout::with_laws(&scenario, laws);
        let mut engine = Engine { scenario, designs: Vec::new(), layout, seed, account: true };
        let needs_pilot =
            designs.iter().any(|design| Prepared::needs_pilot(&engine.scenario, design));
        let mut pilot = needs_pilot.then(|| {
            let mut worker = Worker::new(&engine);
            worker.open(&engine, 0);
            worker
        });
        let layout = &engine.layout;
        let mut pilot = pilot.as_mut().map(|Worker { worlds, draws, .. }| prepared::Pilot {
            worlds,
            draws,
            layout,
        });
        let prepare = |design| Prepared::new(&engine.scenario, factor, design, pilot.as_mut());
        engine.designs = designs.into_iter().map(prepare).collect();
        engine
    }

    /// Returns the engine with or without the account of losses.
    #[must_use]
    pub fn with_account(mut self, account: bool) -> Self {
        self.account = account;
        self
    }

    /// Returns the ranges of designs that are simulated together, in order.
    pub fn groups(&self) -> impl Iterator<Item = Range<usize>> + use<> {
        let all = self.designs.len();
        (0..all).step_by(GROUP).map(move |first| first..(first + GROUP).min(all))
    }
}

fn worlds(scenario: &Scenario) -> Vec<World> {
    (0..scenario.domains.len()).map(|index| World::new(scenario, index)).collect()
}

/// History of one design in one replication, as far as later steps depend on it.
#[derive(Debug, Clone)]
pub struct Run {
    /// What belongs to the organisation whose turn it is: the design, or one beside it.
    own: organisations::OrganisationState,
    /// What stood at a table before a stage of the agenda opened it again this year.
    stood: Regime,
    memories: Vec<Memory>,
    /// Whether a regime has acted since `performed` and `answered` were cleared.
    acted: bool,
    /// Performed fraction of each act slot this year, as settlement applies it: `[body][slot]`.
    performed: Vec<f64>,
    /// The same, as later obligations respond to it.
    answered: Vec<f64>,
    /// Scratch buffers for one body's acts.
    book: Book,
    /// This year's acts with fewer causes of loss, where an account is kept: `[body][slot]`.
    kept: ledger::Counterfactual,
    /// This year's plans at the agreed depths, copied from the offer grids: `[body][slot][field]`.
    taken: Vec<f64>,
    /// Amount agreed this year in each act slot: `[body][slot]`; only with several bodies.
    agreed: Vec<f64>,
    /// Amount performed this year by the bodies so far, by act slot; only with several bodies.
    before: Vec<f64>,
    /// What belongs to organisations beside the design.
    others: Vec<organisations::Apart>,
    /// Scratch buffer for a domain's memory while several bodies are settled.
    memory: Memory,
    /// A domain's memory at the start of the year, where an account is kept.
    start: Memory,
}

/// Numbers by act slot of one body, while its acts of a year are decided.
#[derive(Debug, Clone)]
struct Book {
    /// Value to others of the whole obligation, MUSD.
    value: Vec<f64>,
    /// Share that was due, and the fraction of it that was performed.
    share: Vec<f64>,
    done: Vec<f64>,
    withdrawal: deal::Withdrawal,
    account: ledger::Account,
    ledger: monitoring::SeasonLedger,
}

impl Book {
    fn new(slots: usize) -> Self {
        let acts = vec![0.0; slots];
        Book {
            value: acts.clone(),
            share: acts.clone(),
            done: acts.clone(),
            withdrawal: deal::Withdrawal { acts, payments: [0.0; MAX_STATES] },
            account: ledger::Account::default(),
            ledger: monitoring::SeasonLedger::default(),
        }
    }
}

/// Sizes of a worker's buffers.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Shape {
    years: usize,
    depth_levels: usize,
    states: usize,
    slots: Vec<usize>,
    draws: [usize; 3],
    bodies: usize,
    tables: usize,
    stages: usize,
    beside: usize,
    designs: usize,
}

impl Shape {
    fn of(engine: &Engine) -> Self {
        let (scenario, layout) = (&engine.scenario, &engine.layout);
        let most = |count: &dyn Fn(&Design) -> usize| {
            engine.designs.iter().map(|prepared| count(&prepared.design)).max()
        };
        Shape {
            years: scenario.horizon,
            depth_levels: scenario.depth_levels,
            states: scenario.states.len(),
            slots: scenario.domains.iter().map(|domain| domain.slots.len()).collect(),
            draws: [layout.draws_per_year, layout.rows_per_year, layout.choices_per_year],
            bodies: most(&Design::bodies).unwrap_or(1),
            tables: most(&Design::most_tables).unwrap_or(0),
            stages: most(&Design::most_stages).unwrap_or(0),
            beside: most(&Design::most_beside).unwrap_or(0),
            designs: engine.designs.len().min(GROUP),
        }
    }
}

/// Buffers of one thread: draws and worlds of a batch, and the runs of the designs simulated on it.
#[derive(Debug, Clone)]
pub struct Worker {
    shape: Shape,
    draws: Draws,
    worlds: Vec<World>,
    grids: OfferGrids,
    dry: Vec<[bool; LANES]>,
    scratch: negotiation::Scratch,
    /// Stakes of full cooperation by organisation beside the design.
    stakes_beside: Vec<prepared::ByState>,
    /// Gains from full-depth plans of the year, for the account: `[domain][lane]`.
    potentials: Vec<[losses::Potential; LANES]>,
    shared: losses::Shared,
    /// Runs of the current design, by lane.
    runs: Vec<Run>,
    /// Year records of the current design: `[lane][year]`.
    records: Vec<Vec<YearRecord>>,
    /// Trust under the current design.
    trust: Trust,
    /// Results of the designs simulated together. Those of the current design are swapped into the
    /// fields above.
    played: Vec<Played>,
    inflows: Vec<f64>,
}

/// Runs, records and trust of one design in the batch.
#[derive(Debug, Clone)]
struct Played {
    runs: Vec<Run>,
    records: Vec<Vec<YearRecord>>,
    trust: Trust,
    /// Number of mergers that have taken effect.
    mergers: usize,
}

impl Played {
    /// Returns the position of a design in its group.
    fn place(design: usize) -> usize {
        design % GROUP
    }

    fn new(scenario: &Scenario, shape: &Shape) -> Self {
        Played {
            runs: (0..LANES).map(|_| Run::new(scenario, shape)).collect(),
            records: vec![vec![YearRecord::default(); scenario.horizon]; LANES],
            trust: Trust::new(
                scenario.domains.len(),
                shape.states,
                |state| scenario.states[state].trust_prior_mean,
                scenario.behaviour.trust_prior_weight,
            ),
            mergers: 0,
        }
    }
}

impl Run {
    fn new(scenario: &Scenario, shape: &Shape) -> Self {
        let domains = scenario.domains.len();
        let act_slots = shape.bodies * scenario.slots.len();
        let memory = || Memory { stock: Vec::with_capacity(64), ..Memory::default() };
        Run {
            own: organisations::OrganisationState::new(scenario, shape),
            stood: Regime::new(domains, shape.years, shape.states),
            memories: (0..domains).map(|_| memory()).collect(),
            acted: false,
            performed: vec![0.0; act_slots],
            answered: vec![0.0; act_slots],
            book: Book::new(scenario.slots.len()),
            kept: ledger::Counterfactual::new(act_slots),
            taken: vec![0.0; Plan::size(act_slots, shape.states)],
            agreed: vec![0.0; act_slots],
            before: vec![0.0; scenario.slots.len()],
            others: (0..shape.beside).map(|_| organisations::Apart::new(scenario, shape)).collect(),
            memory: memory(),
            start: memory(),
        }
    }
}

impl Worker {
    /// Allocates the buffers for an engine.
    pub fn new(engine: &Engine) -> Self {
        let (scenario, shape) = (&engine.scenario, Shape::of(engine));
        Worker {
            draws: Draws::new(&engine.layout, engine.seed),
            worlds: worlds(scenario),
            grids: OfferGrids::new(scenario, shape.bodies),
            dry: vec![[false; LANES]; scenario.horizon],
            scratch: negotiation::Scratch::new(scenario),
            stakes_beside: vec![organisations::nothing(); shape.beside],
            potentials: vec![Default::default(); scenario.domains.len()],
            shared: losses::Shared::new(scenario.domains.len()),
            runs: Vec::new(),
            records: Vec::new(),
            trust: Trust::default(),
            played: (0..shape.designs).map(|_| Played::new(scenario, &shape)).collect(),
            inflows: vec![0.0; scenario.horizon],
            shape,
        }
    }

    /// Prepares the worker for another engine. Buffers of the same size are reused.
    #[must_use]
    pub fn fit(mut self, engine: &Engine) -> Self {
        let shape = Shape::of(engine);
        if shape != self.shape {
            return Worker::new(engine);
        }
        self.grids.clear_all();
        Worker {
            draws: self.draws.reseeded(engine.seed),
            worlds: worlds(&engine.scenario),
            played: (0..shape.designs).map(|_| Played::new(&engine.scenario, &shape)).collect(),
            ..self
        }
    }

    /// Draws replications `first .. first + LANES` and computes what all designs share: the
    /// reference, the joint optimum and the dry years.
    pub fn open(&mut self, engine: &Engine, first: u64) {
        self.draws.draw(&engine.scenario, &engine.layout, first);
        for world in &mut self.worlds {
            world.prepare(&engine.scenario, &engine.layout, &self.draws);
        }
        self.mark_dry_years();
    }

    /// Simulates the designs of one group in some lanes of the batch.
    ///
    /// All designs complete a year before the next begins, so that the plans of a year are made
    /// once and stay in the cache. `traces` holds one trace for each design.
    ///
    /// # Panics
    ///
    /// Panics if `designs` is larger than a group or there are fewer traces than designs.
    pub fn run<T: Trace>(
        &mut self,
        engine: &Engine,
        designs: Range<usize>,
        lanes: Range<usize>,
        traces: &mut [T],
    ) {
        assert!(
            designs.len() <= GROUP && traces.len() >= designs.len(),
            "more designs than a group, or too few traces"
        );
        for design in designs.clone() {
            self.swap_state(design);
            self.trust.reset();
            for lane in lanes.clone() {
                self.start(engine, &engine.designs[design], lane);
            }
            self.swap_state(design);
            self.played[Played::place(design)].mergers = 0;
        }
        let years = lanes.clone().map(|lane| self.draws.years_played(lane)).max().unwrap_or(0);
        for year in 0..years {
            self.grids.clear();
            self.shared.clear();
            for (design, trace) in designs.clone().zip(&mut *traces) {
                self.swap_state(design);
                let rules = self.rules(engine, design, year, lanes.clone());
                let now = YearContext { engine, prepared: rules, year, is_beside: false };
                year::simulate(now, self, lanes.clone(), trace);
                self.swap_state(design);
            }
        }
    }

    /// Swaps the runs, records and trust of a design with those of the worker.
    fn swap_state(&mut self, design: usize) {
        let played = &mut self.played[Played::place(design)];
        std::mem::swap(&mut self.runs, &mut played.runs);
        std::mem::swap(&mut self.records, &mut played.records);
        std::mem::swap(&mut self.trust, &mut played.trust);
    }

    /// Returns the rules of a year: those of the design, or of its successor after a merger.
    /// Carries out mergers that are due.
    fn rules<'a>(
        &mut self,
        engine: &'a Engine,
        design: usize,
        year: usize,
        lanes: Range<usize>,
    ) -> &'a Prepared {
        let mut rules = &engine.designs[design];
        let mut behind = 0;
        while let Some((merger, successor)) = &rules.successor
            && year >= *merger
        {
            rules = successor;
            behind += 1;
            if behind > self.played[Played::place(design)].mergers {
                self.played[Played::place(design)].mergers = behind;
                for lane in lanes.clone() {
                    membership::merge(engine, successor, &mut self.runs[lane]);
                }
            }
        }
        rules
    }

    /// Returns the year records of a design in a lane.
    ///
    /// They are valid until designs of another group are simulated.
    pub fn records(&self, design: usize, lane: usize) -> &[YearRecord] {
        &self.played[Played::place(design)].records[lane][..self.draws.years_played(lane)]
    }

    /// Returns the worlds of the batch, by domain: physics, reference and joint optimum, for
    /// studies without an organisation.
    pub fn worlds(&mut self) -> &mut [World] {
        &mut self.worlds
    }

    /// Returns the number of years simulated in a lane.
    pub fn years_played(&self, lane: usize) -> usize {
        self.draws.years_played(lane)
    }

    fn start(&mut self, engine: &Engine, design: &Prepared, lane: usize) {
        let run = &mut self.runs[lane];
        run.own.start(&engine.scenario, &design.design);
        run.start_beside(engine, design);
        for (world, memory) in self.worlds.iter().zip(&mut run.memories) {
            world.start(lane, memory);
            memory.efficacy = design.efficacy();
        }
        run.agreed.fill(0.0);
        run.before.fill(0.0);
    }

    /// Marks the driest fifth of each replication's years by total summer inflow (ODD §10).
    fn mark_dry_years(&mut self) {
        for lane in 0..LANES {
            let inflows = &mut self.inflows[..self.draws.years_played(lane)];
            for (year, inflow) in inflows.iter_mut().enumerate() {
                *inflow = self.worlds.iter().map(|world| world.summer_inflow(year, lane)).sum();
            }
            for (year, own) in inflows.iter().enumerate() {
                if *own <= 0.0 {
                    self.dry[year][lane] = false; // no river
                    continue;
                }
                // Ranked by inflow, ties by year: a year is dry if fewer than a fifth of the years
                // are drier.
                let drier = inflows[..year].iter().filter(|inflow| *inflow <= own).count()
                    + inflows[year..].iter().filter(|inflow| *inflow < own).count();
                self.dry[year][lane] = drier * 5 < inflows.len();
            }
        }
    }
}
