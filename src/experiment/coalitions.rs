//! Values of coalitions: what every coalition of states could gain in some domains, by replication.
//!
//! Convention: the members of a coalition carry out their joint plan of the year, made in spring,
//! at full depth and without a breach. Outsiders act alone in their best interest: they pass on no
//! water that they want, open their borders as far as it pays them, and deliver nothing. The value
//! of a coalition is what its members gain over acting alone, with the realised draws of the year.

use super::runner::{CHUNK, Progress, Stop};
use crate::domain::Memory;
use crate::ids::Members;
use crate::numeric::LANES;
use crate::plan::{OfferGrid, Parties};
use crate::simulation::{Engine, Worker};
use rayon::prelude::*;
use std::sync::atomic::{AtomicBool, Ordering};

/// The largest number of states whose coalitions are all simulated.
pub const MOST_PLAYERS: usize = 12;

/// Values by replication: `rows[replication][coalition]`, mean MUSD per year simulated. The bits of
/// a coalition's index are its players.
pub type CoalitionValues = Vec<Vec<f64>>;

/// Computes the values of all coalitions of `players` (states) in `domains`, on the engine's first
/// replications.
///
/// # Errors
///
/// [`Stop::Interrupted`] if `interrupted` was raised, [`Stop::Threads`] if threads cannot be
/// started.
pub fn coalition_values(
    engine: &Engine,
    domains: &[usize],
    players: &[usize],
    (replications, threads): (u64, usize),
    interrupted: &AtomicBool,
    progress: &impl Progress,
) -> Result<CoalitionValues, Stop> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build()?;
    // A quarter of a chunk at a time on each thread; results in their order.
    let chunks = replications.div_ceil(CHUNK as u64 / 4);
    let size = CHUNK as u64 / 4;
    let mut all = Vec::new();
    let width = pool.current_num_threads() as u64 * 2;
    let mut next = 0;
    while next < chunks {
        let window = next..(next + width).min(chunks);
        next = window.end;
        let parts: Vec<Option<CoalitionValues>> = pool.install(|| {
            let part = |chunk: u64| {
                let (first, end) = (chunk * size, ((chunk + 1) * size).min(replications));
                simulate(engine, domains, players, first..end, interrupted)
            };
            window.into_par_iter().map(part).collect()
        });
        for part in parts {
            all.extend(part.ok_or(Stop::Interrupted)?);
        }
        progress.done(all.len() as u64);
    }
    Ok(all)
}

fn simulate(
    engine: &Engine,
    domains: &[usize],
    players: &[usize],
    replications: std::ops::Range<u64>,
    interrupted: &AtomicBool,
) -> Option<CoalitionValues> {
    let scenario = &engine.scenario;
    let mut worker = Worker::new(engine);
    let most_slots =
        domains.iter().map(|domain| scenario.domains[*domain].slots.len()).max().unwrap_or(0);
    let mut performed = vec![0.0; most_slots];
    let mut grids: Vec<OfferGrid> = domains
        .iter()
        .map(|domain| {
            OfferGrid::new(1, 1, scenario.domains[*domain].slots.len(), scenario.states.len())
        })
        .collect();
    let mut rows = Vec::new();
    for first in replications.clone().step_by(LANES) {
        if interrupted.load(Ordering::Relaxed) {
            return None;
        }
        worker.open(engine, first);
        let lanes = ((replications.end - first) as usize).min(LANES);
        let years: [usize; LANES] = std::array::from_fn(|lane| worker.years_played(lane));
        let mut batch = vec![vec![0.0; 1 << players.len()]; lanes];
        for coalition in 1..1usize << players.len() {
            let members: Members = players
                .iter()
                .enumerate()
                .filter(|(at, _)| coalition >> at & 1 == 1)
                .map(|(_, state)| *state)
                .collect();
            if members.len() < 2 {
                // A single state has no partner: its value is 0.
                continue;
            }
            for (&domain, grid) in domains.iter().zip(&mut grids) {
                let slots = scenario.domains[domain].slots.clone();
                for (done, slot) in performed.iter_mut().zip(&scenario.slots[slots.clone()]) {
                    *done = f64::from(u8::from(members.contains(slot.obligor.index())));
                }
                let world = &mut worker.worlds()[domain];
                let mut memories: [Memory; LANES] = Default::default();
                memories
                    .iter_mut()
                    .enumerate()
                    .for_each(|(lane, memory)| world.start(lane, memory));
                let mut gained = [0.0; LANES];
                for year in 0..years.into_iter().max().unwrap_or(0) {
                    let parties = |lane: usize| {
                        let variant = world.variant(&memories[lane]);
                        (year < years[lane]).then_some(Parties { members, in_kind: true, variant })
                    };
                    grid.reset_for(std::array::from_fn(parties));
                    world.plan(year, grid);
                    for lane in (0..lanes).filter(|&lane| year < years[lane]) {
                        let acts = [(grid.plan(year, 0, lane), &performed[..slots.len()])];
                        let gain =
                            world.settle(scenario, year, lane, &acts, &mut memories[lane]).gain;
                        gained[lane] += members.iter().map(|state| gain[state]).sum::<f64>();
                    }
                }
                for (lane, row) in batch.iter_mut().enumerate() {
                    row[coalition] += gained[lane] / years[lane] as f64;
                }
            }
        }
        rows.extend(batch);
    }
    Some(rows)
}
