//! Tests that the hot loop allocates no memory: once a worker exists, drawing replications and
//! running designs request none.

#![allow(clippy::unwrap_used, reason = "a test may stop at what it did not expect")]

use consortia::numeric::LANES;
use consortia::scenario::load::{self, Override};
use consortia::simulation::{Engine, NoTrace, Worker};
use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicU64, Ordering};

struct Counting;
static ALLOCATIONS: AtomicU64 = AtomicU64::new(0);

#[allow(unsafe_code, reason = "an allocator cannot be written without; it only counts")]
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        unsafe { System.alloc(layout) }
    }
    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        unsafe { System.dealloc(pointer, layout) }
    }
    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

#[test]
fn simulation_does_not_allocate_after_worker_creation() {
    let changes = [Override::new(
        "projects.dam={cost=100, years=3, shares={KGZ=1}, benefits={KGZ=40, UZB=40}}",
    )];
    let scenario = load::scenario("central-asia", &changes).unwrap().scenario;
    let designs = [
        "none",
        "caco-2002-history",
        "ucas-court",
        "ecsc-1951",
        "cica-2002",
        "csto-2002",
        "network",
    ]
    .map(|name| load::design(name, &scenario, &[]).unwrap().design)
    .to_vec();
    let mut several = load::design("caco-2002", &scenario, &[]).unwrap().design;
    several.stand_beside(vec![designs[3].clone(), designs[5].clone()]);
    let designs = [designs, vec![several]].concat();
    let engine = Engine::new(scenario, designs, 3);
    let mut worker = Worker::new(&engine);
    let designs = engine.designs.len();
    let mut silence = vec![NoTrace; designs];
    let before = ALLOCATIONS.load(Ordering::Relaxed);
    for batch in 0..20 {
        worker.open(&engine, batch * LANES as u64);
        worker.run(&engine, 0..designs, 0..LANES, &mut silence);
    }
    let requested = ALLOCATIONS.load(Ordering::Relaxed) - before;
    assert_eq!(requested, 0, "{requested} allocations once a worker exists");
}
