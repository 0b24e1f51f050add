//! Consortia: a simulator of regional cooperation.
//!
//! A scenario describes a region: its states, what they can negotiate and the shocks that hit them. A design describes
//! an organisation: its rules, above all whether decisions bind. The engine plays both on many fates. Fates are drawn
//! from (seed, replication) alone, so that every design meets the same ones.
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
//! let changes = [Override::new("scenario.horizon=10")];
//! let scenario = load::scenario("central-asia", &changes).map_err(|bad| bad.render(false))?.scenario;
//! let designs = ["caco-2002", "ecsc-1951"]
//!     .map(|name| load::design(name, &scenario, &[]).map(|loaded| loaded.design))
//!     .into_iter()
//!     .collect::<Result<Vec<_>, _>>()
//!     .map_err(|bad| bad.render(false))?;
//! let mut summary = Summary::new(designs.len(), scenario.states.len());
//! let engine = Engine::new(scenario, designs, 1);
//! let plan = RunPlan { replications: 64, threads: 1 };
//! experiment::run(&engine, plan, &AtomicBool::new(false), &Silent, |outcome| {
//!     summary.add(outcome.design, outcome.result.ok().map(|(row, _)| row));
//!     Ok::<(), std::fmt::Error>(())
//! })
//! .map_err(|stop| stop.to_string())?;
//! let depth = |design| Statistic::of(summary.column(design, "depth_delivered", None)).mean;
//! assert!(depth(1) > depth(0), "a high authority delivers more than recommendations");
//! # Ok::<(), String>(())
//! ```
//!
//! `ARCHITECTURE.md` is the plan of the house, `docs/odd.md` the model.

#![forbid(unsafe_code)]

pub mod analysis;
pub mod behaviour;
pub mod cli;
pub mod domain;
pub mod experiment;
pub mod fate;
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
