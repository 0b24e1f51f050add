//! What the model itself needs for one replication of one design, and the time it would take alone:
//! a lower bound.
//!
//!     cargo bench --bench bound
//!
//! Counted are numbers drawn, normal quantiles, exponentials and the floating-point operations of
//! physics and decisions, for what any way of computing them needs: one pass of the river for each
//! thing that must be known, no search for an optimum. It is counted as if plans of all domains
//! were made and in force in every year. Their rates are measured here, in lanes, on the processor
//! at hand; the rest (memory, branches, bookkeeping) is free.

#![allow(clippy::print_stdout)] // a program that prints what it measured

use consortia::draws::{DrawLayout, Draws};
use consortia::numeric::{LANES, exp, lanes, normal_quantiles, vectorised};
use consortia::scenario::load;
use consortia::scenario::types::{DomainSpec, Scenario, SlotKind};
use std::hint::black_box;
use std::time::Instant;

/// Floating-point operations of one node in one pass. Summer: what is at hand (4), what is still to
/// come (3), the claim (2), the withdrawal (3), what flows on (3), what those who were not asked
/// may take (4). Winter: what is at hand (2), the small reservoir (2), what flows on (1). The value
/// of its land: irrigation (6), floods (6).
const NODE: f64 = 19.0 + 5.0 + 12.0;
/// The value of an operator's power in a year: water through turbines in both seasons (8), export
/// (5), fuel delivered and bought (12), benefits of both seasons (12), fuel paid and all summed
/// (5).
const POWER: f64 = 42.0;
/// The best split of a release: twelve candidates, found (40 in all), each within bounds, valued
/// and compared.
const SPLIT: f64 = 12.0 * (2.0 + POWER + 3.0) + 40.0;
/// One obligation of a plan, for each state: appraised, weighed by trust, summed into gains and
/// stakes.
const APPRAISED: f64 = 6.0;
/// One obligation that falls due: its terms and the incentive (25), performance (10), verdict and
/// what it means for trust (15), books.
const DUE: f64 = 60.0;

/// The best of several measurements, seconds for one call.
fn seconds(mut work: impl FnMut()) -> f64 {
    (0..20)
        .map(|_| {
            let start = Instant::now();
            (0..50).for_each(|_| work());
            start.elapsed().as_secs_f64() / 50.0
        })
        .fold(f64::INFINITY, f64::min)
}

/// Operations per second of additions and multiplications in lanes, in equal parts: sixteen of each
/// on a number before it goes back, as much as keeps all registers busy.
fn arithmetic() -> f64 {
    const WIDTH: usize = 4 * LANES;
    const STEPS: usize = 1000;
    const CHAIN: usize = 16;
    let mut all = [1.0; WIDTH];
    let (scale, shift) = (black_box(0.999_999), black_box(1e-9));
    let time = seconds(|| {
        vectorised(
            #[inline(always)]
            || {
                for _ in 0..STEPS {
                    for x in &mut all {
                        let mut y = *x;
                        for _ in 0..CHAIN {
                            y = y * scale + shift;
                        }
                        *x = y;
                    }
                }
            },
        );
        black_box(&all);
    });
    (2 * CHAIN * WIDTH * STEPS) as f64 / time
}

fn normals() -> f64 {
    let mut uniforms: [f64; LANES] = lanes(|l| (l as f64 + 0.5) / LANES as f64);
    let time = seconds(|| {
        vectorised(
            #[inline(always)]
            || {
                for _ in 0..100 {
                    let all = normal_quantiles(&uniforms);
                    uniforms = lanes(|l| (uniforms[l] + 1e-3 * all[l]).clamp(0.01, 0.99));
                }
            },
        );
        black_box(&uniforms);
    });
    (100 * LANES) as f64 / time
}

fn exponentials() -> f64 {
    let mut x: [f64; LANES] = lanes(|l| l as f64 * 0.1);
    let time = seconds(|| {
        vectorised(
            #[inline(always)]
            || {
                for _ in 0..100 {
                    x = lanes(|l| 0.3 * exp(-x[l]));
                }
            },
        );
        black_box(&x);
    });
    (100 * LANES) as f64 / time
}

/// Counts for one replication of one design whose members sit at all tables.
struct Needs {
    drawn: f64,
    normals: f64,
    exponentials: f64,
    physics: f64,
    decisions: f64,
}

fn needs(scenario: &Scenario) -> Needs {
    let (years, states, levels) =
        (scenario.horizon as f64, scenario.states.len() as f64, scenario.depth_levels as f64);
    let slots = scenario.slots.len() as f64;
    let (mut normals, mut exponentials, mut physics) =
        (6.0 + 2.0 * states, 8.0 + 2.0 * states, 0.0);
    for domain in &scenario.domains {
        let own = domain.slots.len() as f64;
        if let DomainSpec::Basin(basin) = &domain.spec {
            let (nodes, operators) = (basin.nodes.len() as f64, basin.operators.len() as f64);
            normals += 1.0 + 3.0 * nodes;
            exponentials += 4.0 * nodes;
            let moves =
                |slot: &SlotKind| matches!(slot, SlotKind::Release(_) | SlotKind::PassThrough);
            let moving = scenario.slots[domain.slots.clone()]
                .iter()
                .filter(|slot| moves(&slot.kind))
                .count() as f64;
            // The year as expected and as it came, the joint optimum, what was done; and each
            // obligation at each depth.
            let passes = 4.0 + levels * moving;
            physics += passes * nodes * NODE;
            // Power alone and as done, at the optimum and without; as agreed at each depth, with
            // fuel and without.
            physics += operators * (SPLIT + POWER * (4.0 + 1.0 + 2.0 * levels));
        } else {
            // A linear or quadratic cost and benefit for each state.
            physics += levels * own * 4.0 * states;
        }
    }
    // One vote and one ratification a state, five numbers an obligation.
    let choices = 2.0 * states + 5.0 * slots;
    Needs {
        drawn: years * (normals + states + choices),
        normals: years * normals,
        exponentials: years * (exponentials + slots + 2.0 * states),
        physics: years * physics,
        decisions: years * (slots * (2.0 * APPRAISED * states + DUE)),
    }
}

fn main() {
    let scenario = load::scenario("central-asia", &[])
        .unwrap_or_else(|bad| panic!("{}", bad.render(false)))
        .scenario;
    let layout = DrawLayout::new(&scenario);
    let mut draws = Draws::new(&layout, 1);
    let all = (layout.draws_per_year * layout.years * LANES) as f64;
    let drawn = all / seconds(|| draws.draw_numbers(black_box(0)));
    let need = needs(&scenario);
    let flops = arithmetic();
    let rows = [
        ("numbers drawn", need.drawn, drawn),
        ("normal quantiles", need.normals, normals()),
        ("exponentials", need.exponentials, exponentials()),
        ("operations of physics", need.physics, flops),
        ("operations of decisions", need.decisions, flops),
    ];
    println!("{:<26}{:>12}{:>16}{:>10}", "", "count", "per second", "µs");
    let mut total = 0.0;
    for (name, count, rate) in rows {
        let micros = 1e6 * count / rate;
        total += micros;
        println!("{name:<26}{count:>12.0}{rate:>16.3e}{micros:>10.2}");
    }
    println!("{:<26}{:>12}{:>16}{total:>10.2}", "lower bound", "", "");
}
