//! Tests of the account of losses: what full cooperation could gain is divided among causes,
//! exactly (ODD §10).

use consortia::numeric::LANES;
use consortia::scenario::builtin;
use consortia::simulation::{Cause, Engine, NoTrace, Worker, YearRecord};

/// Calls `check` with every year of 16 replications of a design.
fn each_year(engine: &Engine, mut check: impl FnMut(&YearRecord)) {
    let mut worker = Worker::new(engine);
    worker.open(engine, 0);
    worker.run(engine, 0..1, 0..LANES, &mut [NoTrace]);
    (0..LANES).for_each(|lane| worker.records(0, lane).iter().for_each(&mut check));
}

fn engine(changes: &[&str], design: &str) -> Engine {
    crate::harness::engine("central-asia", changes, &[design], 11)
}

/// Returns the sums of the causes over all years, MUSD.
fn sums(changes: &[&str], design: &str) -> [f64; Cause::ALL.len()] {
    let mut sums = [0.0; Cause::ALL.len()];
    each_year(&engine(changes, design), |year| {
        sums.iter_mut().zip(&year.losses.region).for_each(|(sum, part)| *sum += part);
    });
    sums
}

#[test]
fn the_parts_of_every_year_of_every_preset_sum_to_the_joint_optimum() {
    let mut presets = 0;
    for design in builtin::organisations() {
        // Replays of history need a scenario that begins early enough.
        let scenario = match design {
            "caec-1994-history" => "history-1994",
            "csto-1992" => "security-1992",
            "caco-eurasec" => "eurasia-2000",
            _ => "central-asia",
        };
        let engine = crate::harness::engine::<&str>(scenario, &[], &[design], 11);
        let states = engine.scenario.states.len();
        each_year(&engine, |year| {
            let sum: f64 = year.losses.region.iter().sum();
            let scale = 1e-9 * year.optimum.max(1.0);
            assert!((sum - year.optimum).abs() <= scale, "{design}: {sum} of {}", year.optimum);
            // What is delivered is what the states gain; transfers and fines sum to zero.
            let gained: f64 = year.by_state[..states].iter().map(|own| own.gain).sum();
            let delivered = year.losses.region[Cause::Delivered as usize];
            assert!((gained - delivered).abs() <= scale, "{design}: {gained} and {delivered}");
            for cause in &Cause::ALL[1..] {
                let of_states: f64 =
                    year.losses.by_state[..states].iter().map(|own| own[*cause as usize]).sum();
                let region = year.losses.region[*cause as usize];
                assert!((of_states - region).abs() <= scale, "{design} {}", cause.id());
            }
        });
        presets += 1;
    }
    assert!(presets >= 21, "{presets}");
}

#[test]
fn parts_react_to_the_rules_that_cause_them() {
    let part = |changes: &[&str], design: &str, cause: Cause| sums(changes, design)[cause as usize];
    let frameworks = "organisation.ratification.frameworks=false";
    let assembly = "organisation.organs.assembly.effect=\"none\"";
    assert!(part(&[], "ucas-2007-fines", Cause::Unratified) > 100.0);
    assert_eq!(part(&[frameworks, assembly], "ucas-2007-fines", Cause::Unratified), 0.0);
    let collapse = "organisation.sanctions.response={collapse={chance=0.5, years=3}}";
    assert!(part(&[collapse], "ucas-2007-fines", Cause::Resting) > 100.0);
    assert_eq!(part(&[], "ucas-2007-fines", Cause::Resting), 0.0);
    let fines = "organisation.sanctions.fine={multiple=1.5}";
    let reciprocity = "organisation.sanctions.response={reciprocity={share=1, years=1}}";
    assert!(part(&[fines, reciprocity], "ucas-2007-fines", Cause::Withheld) > 100.0);
    assert_eq!(part(&[fines], "ucas-2007-fines", Cause::Withheld), 0.0);
    assert!(part(&[], "caco-2002", Cause::Duplicated) > 10.0);
    assert_eq!(part(&["organisation.cost.overlap=0"], "caco-2002", Cause::Duplicated), 0.0);
    let able: Vec<String> = ["KAZ", "KGZ", "TJK", "TKM", "UZB"]
        .iter()
        .map(|state| format!("states.{state}.slippage_mean=0"))
        .collect();
    let able: Vec<&str> = able.iter().map(String::as_str).collect();
    assert!(part(&[], "ecsc-1951", Cause::Slippage) > 100.0);
    assert!(part(&able, "ecsc-1951", Cause::Slippage).abs() < 1e-6);
    // Without an organisation all but the forecast's error is outside.
    let none = sums(&[], "none");
    let rest: f64 = none[2..].iter().map(|part| part.abs()).sum();
    assert!(none[0] > 0.0 && none[1] > 0.0 && rest < 1e-6, "{none:?}");
}

#[test]
fn without_the_account_measures_that_need_it_are_empty_and_the_others_the_same() {
    let with = crate::harness::summarise(&engine(&[], "ucas-2007-fines"), 32);
    let without =
        crate::harness::summarise(&engine(&[], "ucas-2007-fines").with_account(false), 32);
    for id in ["depth_agreed", "lost_broken", "lost_not_agreed"] {
        assert!(with.column(0, id, None).iter().all(|x| x.is_finite()), "{id}");
        assert!(without.column(0, id, None).iter().all(|x| x.is_nan()), "{id}");
    }
    for id in ["gain", "depth_delivered", "compliance_value", "transfers"] {
        assert_eq!(with.column(0, id, None), without.column(0, id, None), "{id}");
    }
}
