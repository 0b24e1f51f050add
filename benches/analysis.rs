//! Benchmarks of sweeps and their analysis: changing points, shards, Sobol' indices, PRIM.

use consortia::analysis::prim::{Input, Patience, Prim};
use consortia::analysis::sensitivity::sobol;
use consortia::experiment::measures::MEASURES;
use consortia::experiment::sampling;
use consortia::experiment::sweep::{Layout, Points, Scratch, Study};
use consortia::scenario::sweep::{self, Variants};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use std::hint::black_box;
use std::sync::atomic::AtomicBool;

/// Returns the study of `binding-or-not`, in which a shard is one point with all its replications.
fn study(replications: u64) -> Study {
    let measures: Vec<(&str, bool)> =
        MEASURES.iter().map(|measure| (measure.id, measure.per_state)).collect();
    let loaded = sweep::load("binding-or-not", &[], &measures)
        .unwrap_or_else(|bad| panic!("{}", bad.render(false)));
    let points = Points::of(&loaded.sweep).unwrap_or_else(|error| panic!("{error}"));
    let layout =
        Layout::new(points.values.len(), loaded.designs.len(), replications, Some(replications), 1);
    let variants = Variants::new(&loaded.sweep, &loaded.scenario, &loaded.designs);
    let states = loaded.scenario.scenario.states.len();
    Study::new(variants, points.values, layout, 1, loaded.sweep.draws, &loaded.sweep.kept, states)
}

/// Times the construction of a point with its designs, and 8 and 64 replications of it.
fn points(c: &mut Criterion) {
    let mut group = c.benchmark_group("point");
    group.sample_size(20);
    let one = study(8);
    group.bench_function("made", |b| b.iter(|| black_box(one.variants.at(&one.points[3]).is_ok())));
    for replications in [8, 64] {
        let study = study(replications);
        let mut scratch = Scratch::default();
        group.throughput(Throughput::Elements(replications * study.layout.designs as u64));
        group.bench_function(format!("played {replications} times"), |b| {
            let mut point = 0;
            b.iter(|| {
                point = (point + 1) % 16;
                black_box(study.shard(0, vec![point], &mut scratch, &AtomicBool::new(false)))
            });
        });
    }
    group.finish();
}

/// Times the indices of ten parameters with 100 bootstrap resamples, and boxes in ten parameters.
fn analyses(c: &mut Criterion) {
    let mut group = c.benchmark_group("analysis");
    group.sample_size(10);
    let sample = sampling::saltelli(16_384, 10).unwrap_or_default();
    let results: Vec<f64> =
        sample.iter().map(|x| x.iter().enumerate().map(|(at, x)| x * at as f64).sum()).collect();
    group.throughput(Throughput::Elements(results.len() as u64));
    group.bench_function("sobol, N = 16384", |b| b.iter(|| black_box(sobol(&results, 10, 100, 1))));
    let rows = sampling::random(20_000, 10, 1).unwrap_or_default();
    let interest: Vec<bool> = rows.iter().map(|x| x[0] > 0.6 && x[1] < 0.5).collect();
    let inputs =
        (0..10).map(|at| Input::Numbers(rows.iter().map(|row| row[at]).collect())).collect();
    let prim = Prim::new(inputs, interest, Patience::default());
    let cases: Vec<usize> = (0..rows.len()).collect();
    group.throughput(Throughput::Elements(rows.len() as u64));
    group.bench_function("PRIM, 20000 cases", |b| b.iter(|| black_box(prim.trajectory(&cases))));
    group.finish();
}

criterion_group!(benches, points, analyses);
criterion_main!(benches);
