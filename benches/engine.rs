//! Benchmarks of the engine: the cost of a replication, and its growth with the size of the model.
//! Times are for a batch of 16 replications unless the name says otherwise.

use consortia::domain::World;
use consortia::draws::{DrawLayout, Draws};
use consortia::experiment::{self, RunPlan};
use consortia::numeric::LANES;
use consortia::plan::OfferGrid;
use consortia::scenario::load::{self, Override};
use consortia::scenario::types::Scenario;
use consortia::simulation::{Engine, NoTrace, Worker};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use std::hint::black_box;
use std::sync::atomic::AtomicBool;

const DESIGNS: [&str; 4] = ["none", "caco-2002", "ucas-2007", "ecsc-1951"];

fn scenario(overrides: &[String]) -> Scenario {
    let overrides: Vec<Override> = overrides.iter().map(Override::new).collect();
    load::scenario("central-asia", &overrides)
        .unwrap_or_else(|bad| panic!("{}", bad.render(false)))
        .scenario
}

fn engine(scenario: Scenario, names: &[&str]) -> Engine {
    let designs = names
        .iter()
        .map(|name| {
            load::design(name, &scenario, &[])
                .unwrap_or_else(|bad| panic!("{}", bad.render(false)))
                .design
        })
        .collect();
    Engine::new(scenario, designs, 1)
}

fn draws(c: &mut Criterion) {
    let scenario = scenario(&[]);
    let layout = DrawLayout::new(&scenario);
    let mut draws = Draws::new(&layout, 1);
    let mut group = c.benchmark_group("replications");
    group.throughput(Throughput::Elements((layout.draws_per_year * layout.years * LANES) as u64));
    group.bench_function("draw", |b| b.iter(|| draws.draw(black_box(&scenario), &layout, 0)));
    group.finish();
}

fn shared(c: &mut Criterion) {
    let engine = engine(scenario(&[]), &["caco-2002"]);
    let mut worker = Worker::new(&engine);
    let mut group = c.benchmark_group("shared");
    group.throughput(Throughput::Elements(LANES as u64));
    let mut batch = 0;
    group.bench_function("draws_reference_optimum", |b| {
        b.iter(|| {
            batch += LANES as u64;
            worker.open(&engine, black_box(batch));
        });
    });
    worker.open(&engine, 0);
    let scenario = &engine.scenario;
    let members = engine.designs[0].design.members;
    for (index, domain) in scenario.domains.iter().enumerate() {
        let mut grid = OfferGrid::new(
            scenario.horizon,
            scenario.depth_levels,
            domain.slots.len(),
            scenario.states.len(),
        );
        grid.reset(members, true);
        group.bench_function(BenchmarkId::new("plan_offer_grid", &domain.name), |b| {
            b.iter(|| {
                let world: &mut World = &mut worker.worlds()[index];
                for year in 0..scenario.horizon {
                    world.plan(year, &mut grid);
                }
            });
        });
    }
    group.finish();
}

fn design(c: &mut Criterion) {
    let engine = engine(scenario(&[]), &DESIGNS);
    let mut worker = Worker::new(&engine);
    worker.open(&engine, 0);
    let mut group = c.benchmark_group("design");
    group.throughput(Throughput::Elements(LANES as u64));
    for (index, name) in DESIGNS.iter().enumerate() {
        group.bench_function(*name, |b| {
            b.iter(|| {
                worker.run(&engine, index..index + 1, 0..LANES, &mut [NoTrace]);
                black_box(worker.records(index, 0));
            });
        });
    }
    group.finish();
}

struct Silent;
impl experiment::Progress for Silent {
    fn done(&self, _: u64) {}
}

fn whole(engine: &Engine) {
    let plan = RunPlan { replications: 256, threads: 1 };
    let done = experiment::run(engine, plan, &AtomicBool::new(false), &Silent, |_| {
        Ok::<(), std::fmt::Error>(())
    });
    assert!(done.is_ok());
}

/// Times whole runs of 256 replications on one thread, including chunking and measures.
fn scaling(c: &mut Criterion) {
    let mut group = c.benchmark_group("scaling");
    group.sample_size(10);
    group.throughput(Throughput::Elements(256));
    for designs in [1, 2, 4, 8] {
        let names: Vec<&str> = DESIGNS[1..].iter().cycle().take(designs).copied().collect();
        let engine = engine(scenario(&[]), &names);
        group.bench_function(BenchmarkId::new("designs", designs), |b| b.iter(|| whole(&engine)));
    }
    for years in [10, 30, 60] {
        let engine = engine(scenario(&[format!("scenario.horizon={years}")]), &["caco-2002"]);
        group.bench_function(BenchmarkId::new("years", years), |b| b.iter(|| whole(&engine)));
    }
    for states in [5, 8, 16] {
        // Added states trade with all others and have no share in the rivers.
        let more: Vec<String> = (5..states)
            .flat_map(|at| {
                [
                    format!("states.X{at}.name=\"X{at}\""),
                    format!("transport.border_rents.X{at}=10"),
                    format!("transport.imports.X{at}.KAZ=50"),
                ]
            })
            .collect();
        let scenario = scenario(&more);
        let ids: Vec<String> =
            scenario.states.iter().map(|state| format!("\"{}\"", state.id)).collect();
        let all = [Override::new(format!("organisation.members=[{}]", ids.join(",")))];
        let design = load::design("caco-2002", &scenario, &all)
            .unwrap_or_else(|bad| panic!("{}", bad.render(false)));
        let engine = Engine::new(scenario, vec![design.design], 1);
        group.bench_function(BenchmarkId::new("states", states), |b| b.iter(|| whole(&engine)));
    }
    group.finish();
}

criterion_group!(benches, draws, shared, design, scaling);
criterion_main!(benches);
