use consortia::numeric::LANES;
use consortia::scenario::load;
use consortia::simulation::*;
fn main() {
    let loaded = match load::scenario("central-asia", &[]) { Ok(l) => l, Err(d) => { eprintln!("{}", d.render(false)); return; } };
    let names = ["none", "caco-2002", "ucas-2007", "ecsc-1951"];
    let designs: Vec<_> = names.iter().map(|n| match load::design(n, &loaded.scenario, &[]) { Ok(d) => d.design, Err(d) => { eprintln!("{}", d.render(false)); std::process::exit(2) } }).collect();
    let engine = Engine::new(loaded.scenario, designs, 1);
    let mut worker = Worker::new(&engine);
    let n = 40;
    let t = std::time::Instant::now();
    let mut open = 0.0; let mut optimum = 0.0; let mut share=(0.0,0.0); let mut flood=0.0;
    let mut delivered = [0.0; 4]; let mut promised=[0.0;4]; let mut run=[0.0;4]; let mut comp=[(0u32,0u32);4]; let mut gains=[[0.0;5];4];
    for b in 0..n {
        let t = std::time::Instant::now();
        worker.open(&engine, b * LANES as u64);
        open += t.elapsed().as_secs_f64();
        for d in 0..4 { let t = std::time::Instant::now();
            for lane in 0..LANES {
                for r in worker.run(&engine, d, lane, &mut NoTrace) {
                    delivered[d] += r.gain.iter().sum::<f64>(); promised[d]+=r.promised; comp[d].0+=r.kept; comp[d].1+=r.due;
                    for i in 0..5 { gains[d][i]+=r.gain[i]; }
                    if d==0 { optimum += r.optimum; share.0+=r.physical.summer_release; share.1+=r.physical.annual_release; flood+=r.physical.flood_cost; }
                }
            }
            run[d] += t.elapsed().as_secs_f64();
        }
    }
    let reps = (n * LANES as u64) as f64;
    println!("total {:?}; open {:.1} us/rep; run {:?} us/rep", t.elapsed(), open/reps*1e6, run.map(|x| x/reps*1e6));
    println!("optimum/yr {:.2}; share {:.3}; flood {:.2}", optimum/reps/30.0, share.0/share.1, flood/reps/30.0);
    println!("delivered {:?} promised {:?}", delivered.map(|x| x/optimum), promised.map(|x| x/optimum));
    println!("compliance {:?}", comp.map(|c| c.0 as f64/c.1.max(1) as f64));
    println!("gains/yr {:.2?}", gains.map(|g| g.map(|x| x/reps/30.0)));
}
