//! Consortia: a simulator of regional cooperation.
//!
//! A **scenario** describes a region: its states, the domains on which they can negotiate (water
//! for energy, transport, food, security, projects) and the shocks that affect them. A **design**
//! is the set of rules of an organisation, above all whether decisions bind. The **engine**
//! simulates designs over many **replications**; within a replication all designs face the same
//! random **draws**. **Measures** report which deals are made, how deep they are, whether they are
//! kept, and how gains are distributed.
//!
//! # Example
//!
//! ```
//! use consortia::analysis::{Statistic, Summary};
//! use consortia::experiment::{self, Progress, RunPlan};
//! use consortia::scenario::load::{self, Override};
//! use consortia::simulation::Engine;
//! use std::sync::atomic::AtomicBool;
//!
//! struct Silent;
//! impl Progress for Silent {
//!     fn done(&self, _: u64) {}
//! }
//!
//! // 1. Load a scenario and two designs; mistakes come with file, line and remedy.
//! let changes = [Override::new("scenario.horizon=10")];
//! let scenario = load::scenario("central-asia", &changes);
//! let scenario = scenario.map_err(|bad| bad.render(false))?.scenario;
//! let designs = ["caco-2002", "ecsc-1951"]
//!     .map(|name| load::design(name, &scenario, &[]).map(|loaded| loaded.design))
//!     .into_iter()
//!     .collect::<Result<Vec<_>, _>>()
//!     .map_err(|bad| bad.render(false))?;
//!
//! // 2. Simulate 64 replications of both.
//! let mut summary = Summary::new(designs.len(), scenario.states.len());
//! let engine = Engine::new(scenario, designs, 1);
//! let plan = RunPlan { replications: 64, threads: 1 };
//! experiment::run(&engine, plan, &AtomicBool::new(false), &Silent, |outcome| {
//!     summary.add(outcome.design, outcome.result.ok().map(|(row, _)| row));
//!     Ok::<(), std::fmt::Error>(())
//! })
//! .map_err(|stop| stop.to_string())?;
//!
//! // 3. Read a measure with its standard error.
//! let depth = |design| Statistic::of(summary.column(design, "depth_delivered", None));
//! assert!(depth(1).mean > depth(0).mean, "a high authority delivers more than recommendations");
//! assert!(depth(0).se > 0.0);
//! # Ok::<(), String>(())
//! ```
//!
//! # Where to start
//!
//! | to do this | start at |
//! |---|---|
//! | load and check files | [`scenario::load`], [`scenario::diagnostics`] |
//! | see what a design can set | [`scenario::types::design::Design`] |
//! | run simulations | [`simulation::Engine`], [`experiment::run`] |
//! | look up a measure and its unit | [`experiment::measures::MEASURES`] |
//! | compare designs | [`analysis::PairedDifference`], [`analysis::comparison`] |
//! | read a replication's random numbers | [`draws::ReplicationStream`] |
//! | trace one replication | [`simulation::Trace`], [`experiment::trace`] |
//! | solve a cooperative game | [`games::Game`], [`games::shapley`], [`games::nucleolus`] |
//! | run a verb of the program from code | [`verbs`] |
//!
//! The model is described in `docs/odd.md`, the code in `ARCHITECTURE.md`; `docs/glossary.md`
//! defines the terms.

#![forbid(unsafe_code)]

pub mod analysis;
pub mod behaviour;
pub mod cli;
pub mod domain;
pub mod draws;
pub mod experiment;
pub mod games;
pub mod ids;
pub mod numeric;
pub mod organisation;
pub mod output;
pub mod plan;
pub mod report;
pub mod scenario;
pub mod simulation;
pub mod units;
pub mod verbs;
