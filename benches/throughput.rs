//! Measures replication-designs per second of the engine alone: no files, no figures.
//!
//!     cargo bench --bench throughput -- [--scenario S] [--org A,B] [--set PATH=VALUE]…
//!         [--replications N] [--threads T] [--rounds R] [--json]

#![allow(clippy::print_stdout, clippy::print_stderr)] // a program that prints what it measured

use clap::Parser;
use consortia::experiment::{self, RunPlan};
use consortia::scenario::diagnostics::Diagnostics;
use consortia::scenario::load::{self, Override};
use consortia::simulation::Engine;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

struct Silent;
impl experiment::Progress for Silent {
    fn done(&self, _: u64) {}
}

/// Replication-designs per second of the engine alone.
#[derive(Parser)]
struct Arguments {
    /// Scenario: a name or a file.
    #[arg(long, default_value = "central-asia")]
    scenario: String,
    /// Designs, simulated with common draws.
    #[arg(long, value_delimiter = ',', default_value = "ucas-court")]
    org: Vec<String>,
    /// Changed value of the scenario or the organisation.
    #[arg(long = "set", value_name = "PATH=VALUE")]
    set: Vec<String>,
    /// Number of replications of a round.
    #[arg(long, default_value_t = 2000, value_parser = clap::value_parser!(u64).range(1..))]
    replications: u64,
    /// Number of threads.
    #[arg(long, default_value_t = 1)]
    threads: usize,
    /// Number of rounds; the output is the median, slowest and fastest rate.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..))]
    rounds: u64,
    /// Print the rates of all rounds in order, as JSON.
    #[arg(long)]
    json: bool,
    /// Option that cargo passes; ignored.
    #[arg(long, hide = true)]
    bench: bool,
}

fn give_up(bad: &Diagnostics) -> ! {
    eprintln!("{}", bad.render(false));
    std::process::exit(2)
}

fn main() {
    let Arguments { scenario, org, set, replications, threads, rounds, json, bench: _ } =
        Arguments::parse();
    let overrides: Vec<Override> = set.iter().map(Override::new).collect();
    let scenario =
        load::scenario(&scenario, &overrides).unwrap_or_else(|bad| give_up(&bad)).scenario;
    let designs: Vec<_> = org
        .iter()
        .map(|name| {
            load::design(name, &scenario, &overrides).unwrap_or_else(|bad| give_up(&bad)).design
        })
        .collect();
    let played = replications as f64 * designs.len() as f64;
    let engine = Engine::new(scenario, designs, 1);
    let mut rates: Vec<f64> = (0..rounds)
        .map(|_| {
            let plan = RunPlan { replications, threads };
            let start = Instant::now();
            let done = experiment::run(&engine, plan, &AtomicBool::new(false), &Silent, |_| {
                Ok::<(), std::fmt::Error>(())
            });
            assert!(done.is_ok());
            played / start.elapsed().as_secs_f64()
        })
        .collect();
    if json {
        println!("{rates:?}");
        return;
    }
    rates.sort_by(f64::total_cmp);
    let (low, median, high) = (rates[0], rates[rates.len() / 2], rates[rates.len() - 1]);
    println!(
        "{} threads {threads}: {median:.0} replication-designs per second ({low:.0} to {high:.0} \
         in {rounds} rounds), {:.1} µs each",
        org.join(","),
        1e6 / median * threads as f64
    );
}
