//! Lower bound of the time of one replication of one design.
//!
//!     cargo bench --bench bound
//!
//! It counts uniform numbers, normal quantiles, exponentials, and floating-point operations of
//! physics and decisions that every implementation needs: one river routing for each quantity, no
//! search for an optimum. All domains have plans in force in every year. The rates are measured
//! here, in lanes, on this processor; memory, branches and bookkeeping are not counted.

#![allow(clippy::print_stdout)] // a program that prints what it measured

use consortia::draws::{DrawLayout, Draws};
use consortia::numeric::{LANES, exp, lanes, normal_quantiles, vectorised};
use consortia::scenario::load;
use consortia::scenario::types::{DomainSpec, Scenario, SlotKind};
use std::hint::black_box;
use std::time::Instant;

/// Floating-point operations of one node in one river routing. Summer: water at hand (4), water
/// still to come (3), claim (2), withdrawal (3), outflow (3), extra withdrawal of non-participants
/// (4). Winter: water at hand (2), small reservoir (2), outflow (1). Benefits: irrigation (6),
/// floods (6).
const NODE: f64 = 19.0 + 5.0 + 12.0;
/// Operations for the value of an operator's power in a year: turbines in both seasons (8), export
/// (5), fuel delivered and bought (12), benefits of both seasons (12), payment for fuel and the sum
/// (5).
const POWER: f64 = 42.0;
/// Operations for the best split of a release between seasons: finding twelve candidates (40 in
/// all), and for each the bounds, the value and the comparison.
const SPLIT: f64 = 12.0 * (2.0 + POWER + 3.0) + 40.0;
/// Operations for one obligation of a plan and one state: appraisal, weight by trust, sums of gains
/// and stakes.
const APPRAISED: f64 = 6.0;
/// Operations for one obligation that falls due: terms and incentive (25), performance (10),
/// finding and trust (15), accounts (10).
const DUE: f64 = 60.0;

/// Returns the seconds of one call: the least of 20 measurements of 50 calls.
fn seconds(mut work: impl FnMut()) -> f64 {
    (0..20)
        .map(|_| {
            let start = Instant::now();
            (0..50).for_each(|_| work());
            start.elapsed().as_secs_f64() / 50.0
        })
        .fold(f64::INFINITY, f64::min)
}

/// Measures additions and multiplications per second in lanes, in equal parts. Sixteen of each are
/// done before a number is stored, so that all registers are busy.
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

/// Counts for one replication of one design whose members act at all negotiating tables.
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
            // Passes: the expected year, the realised year, the joint optimum and the settlement;
            // and each obligation at each depth level.
            let passes = 4.0 + levels * moving;
            physics += passes * nodes * NODE;
            // Power alone and as settled, at the joint optimum and without it; as planned at each
            // depth level, with and without fuel.
            physics += operators * (SPLIT + POWER * (4.0 + 1.0 + 2.0 * levels));
        } else {
            // A linear or quadratic cost and benefit for each state.
            physics += levels * own * 4.0 * states;
        }
    }
    // One vote and one ratification for each state, five numbers for each obligation.
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
