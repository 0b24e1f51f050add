//! Replication-designs per second of the engine alone: no files, no figures.
//!
//!     cargo bench --bench throughput -- [--scenario S] [--org A,B] [--set PATH=VALUE]… [--replications N] [--threads T] [--rounds R] [--json]

#![allow(clippy::print_stdout)] // a program that prints what it measured

use consortia::experiment::{self, RunPlan};
use consortia::scenario::load::{self, Override};
use consortia::simulation::Engine;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

struct Silent;
impl experiment::Progress for Silent {
    fn done(&self, _: u64) {}
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let all = |name: &str| -> Vec<&str> {
        arguments.windows(2).filter(|pair| pair[0] == name).map(|pair| pair[1].as_str()).collect()
    };
    let one = |name: &str, default: &str| all(name).last().map_or(default.to_string(), |value| (*value).to_string());
    let number = |name: &str, default: &str| -> u64 {
        one(name, default).parse().unwrap_or_else(|_| panic!("{name} takes a number"))
    };
    let overrides: Vec<Override> = all("--set").into_iter().map(Override::new).collect();
    let scenario = load::scenario(&one("--scenario", "central-asia"), &overrides)
        .unwrap_or_else(|bad| panic!("{}", bad.render(false)))
        .scenario;
    let organisations = one("--org", "ucas-court");
    let designs: Vec<_> = organisations
        .split(',')
        .map(|name| {
            load::design(name, &scenario, &overrides).unwrap_or_else(|bad| panic!("{}", bad.render(false))).design
        })
        .collect();
    let (replications, threads, rounds) =
        (number("--replications", "2000"), number("--threads", "1"), number("--rounds", "5"));
    let played = replications as f64 * designs.len() as f64;
    let engine = Engine::new(scenario, designs, 1);
    let mut rates: Vec<f64> = (0..rounds)
        .map(|_| {
            let plan = RunPlan { replications, threads: threads as usize };
            let start = Instant::now();
            let done =
                experiment::run(&engine, plan, &AtomicBool::new(false), &Silent, |_| Ok::<(), std::fmt::Error>(()));
            assert!(done.is_ok());
            played / start.elapsed().as_secs_f64()
        })
        .collect();
    if arguments.iter().any(|argument| argument == "--json") {
        println!("{rates:?}");
        return;
    }
    rates.sort_by(f64::total_cmp);
    let (low, median, high) = (rates[0], rates[rates.len() / 2], rates[rates.len() - 1]);
    println!(
        "{organisations} threads {threads}: {median:.0} replication-designs per second ({low:.0} to {high:.0} in {rounds} rounds), {:.1} µs each",
        1e6 / median * threads as f64
    );
}
