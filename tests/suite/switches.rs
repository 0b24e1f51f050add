//! Tests of the switches of an organisation against the table in `docs/reference.md`.
//!
//! Each case checks which measures move over all years, in which direction and by how much at
//! least, and which measures keep their bytes in the first year.

#![allow(clippy::unwrap_used, reason = "a test may stop at what it did not expect")]

use consortia::analysis::{PairedDifference, Summary};

/// Change of a switch from `base` to `change`, both on top of `tests/designs/plain.toml`. Paths
/// without a table of the scenario have the prefix `organisation.`.
struct Case {
    switch: &'static str,
    base: &'static [&'static str],
    change: &'static [&'static str],
    /// Measures with the least rise (fall, if negative) of the mean; 0 if the measure changes in
    /// some replications, up or down.
    moves: &'static [(&'static str, f64)],
    /// Measures of the region that do not change in the first year.
    stays: &'static [&'static str],
}

const ALL: &[&str] = &[
    "gain",
    "adoption",
    "depth_agreed",
    "depth_delivered",
    "compliance_count",
    "organisation_cost",
];
const DEAL: &[&str] = &["adoption", "depth_agreed"];
const COST: &[&str] = &["organisation_cost"];
const MEMBERS: &[&str] = &["members"];

#[rustfmt::skip]
const CASES: &[Case] = &[
    Case { switch: "legal_force: recommendatory → binding", base: &["legal_force=recommendatory"], change: &["legal_force=binding"],
        moves: &[("compliance_count", 0.05), ("fines", 0.5)], stays: MEMBERS },
    Case { switch: "decision.mode: standing → yearly", base: &[], change: &["decision.mode=yearly"],
        moves: &[("adoption", -0.01)], stays: ALL },
    Case { switch: "decision.rule: unanimity → consensus_minus_one", base: &[], change: &["decision.rule=consensus_minus_one"],
        moves: &[("adoption", 0.02)], stays: COST },
    Case { switch: "decision.rule: unanimity → majority", base: &[], change: &["decision.rule={majority={threshold=0.6}}"],
        moves: &[("adoption", 0.02)], stays: COST },
    Case { switch: "decision.rule: weighted → double_majority",
        base: &["decision.rule={weighted={threshold=0.5, weights={KAZ=4, KGZ=1, TJK=1, UZB=4}}}"],
        change: &["decision.rule={double_majority={threshold=0.5, members_threshold=1, weights={KAZ=4, KGZ=1, TJK=1, UZB=4}}}"],
        moves: &[("adoption", -0.02)], stays: COST },
    Case { switch: "decision.abstention: none → consent", base: &[], change: &["decision.abstention=consent", "decision.abstention_band=0.3"],
        moves: &[("adoption", 0.01)], stays: COST },
    Case { switch: "decision.abstention: none → allowed", base: &[], change: &["decision.abstention=allowed", "decision.abstention_band=0.3"],
        moves: &[("adoption", 0.01)], stays: COST },
    Case { switch: "decision.opt_out: false → true", base: &["decision.rule={majority={threshold=0.5}}"], change: &["decision.opt_out=true"],
        moves: &[("disputes", -0.05)], stays: COST },
    Case { switch: "decision.minimum_participation: 2 → 4", base: &["legal_force=recommendatory", "decision.rule={majority={threshold=0.5}}"],
        change: &["decision.minimum_participation=4"], moves: &[("adoption", -0.02)], stays: COST },
    Case { switch: "decision.arrears_years: never → 2", base: &["cost.secretariat=60"], change: &["decision.arrears_years=2"],
        moves: &[("organisation_cost", -1.0)], stays: ALL },
    Case { switch: "proposer: chair_rotation → random", base: &["decision.rule={majority={threshold=0.5}}"], change: &["proposer=random"],
        moves: &[("transfers", 0.0)], stays: COST },
    Case { switch: "proposer: random → weighted", base: &["proposer=random", "decision.rule={weighted={threshold=0.5, weights={KAZ=8, KGZ=1, TJK=1, UZB=1}}}"],
        change: &["proposer=weighted"], moves: &[("transfers", 0.0)], stays: COST },
    Case { switch: "proposer: chair_rotation → commission", base: &["decision.rule={majority={threshold=0.5}}"], change: &["proposer=commission"],
        moves: &[("transfers", 0.0)], stays: COST },
    Case { switch: "proposer: chair_rotation → any_member", base: &["decision.rule={majority={threshold=0.5}}"], change: &["proposer=any_member"],
        moves: &[("transfers", 0.0)], stays: COST },
    Case { switch: "delegation.domains: none → transport", base: &["delegation.overhead=1"], change: &["delegation.domains=[\"transport\"]"],
        moves: &[("adoption", 0.005), ("organisation_cost", 0.99)], stays: &["irrigation_deficit", "summer_release_share"] },
    Case { switch: "bodies: one → network", base: &[], change: &["bodies=network"], moves: &[("adoption", 0.03), ("disputes", 0.0)], stays: COST },
    Case { switch: "bodies: network → two groups", base: &["bodies=network"], change: &["bodies={groups=[[\"KGZ\", \"UZB\"], [\"KAZ\", \"KGZ\", \"TJK\"]]}"],
        moves: &[("adoption", 0.0)], stays: COST },
    Case { switch: "linkage: none → package", base: &[], change: &["linkage=package"], moves: &[("transfers", 0.0)], stays: COST },
    Case { switch: "side_payments: in_kind → money", base: &["side_payments=in_kind"], change: &["side_payments=money"],
        moves: &[("transfers", 0.2)], stays: COST },
    Case { switch: "bargaining.solution: nash → kalai_smorodinsky", base: &["bargaining.solution=nash"], change: &["bargaining.solution=kalai_smorodinsky"],
        moves: &[("transfers", 0.0)], stays: COST },
    Case { switch: "bargaining.solution: nash → equal_split", base: &["bargaining.solution=nash"], change: &["bargaining.solution=equal_split"],
        moves: &[("transfers", 0.0)], stays: COST },
    Case { switch: "bargaining.solution: nash → shapley", base: &["bargaining.solution=nash"], change: &["bargaining.solution=shapley"],
        moves: &[("transfers", 0.0)], stays: COST },
    Case { switch: "bargaining.solution: none → nash", base: &["bargaining.solution=none"], change: &["bargaining.solution=nash"],
        moves: &[("transfers", 0.5)], stays: COST },
    Case { switch: "bargaining.escrow: 0 → 1", base: &[], change: &["bargaining.escrow=1"], moves: &[("transfers", 0.05)], stays: COST },
    Case { switch: "monitoring.detection: 0.3 → 0.9", base: &["monitoring.detection=0.3"], change: &["monitoring.detection=0.9"],
        moves: &[("compliance_count", 0.05)], stays: MEMBERS },
    Case { switch: "monitoring.false_alarm: 0 → 0.2", base: &["monitoring.false_alarm=0"], change: &["monitoring.false_alarm=0.2"],
        moves: &[("depth_delivered", -0.02)], stays: MEMBERS },
    Case { switch: "monitoring.transparency: false → true", base: &[], change: &["monitoring.transparency=true"],
        moves: &[("adoption", 0.0)], stays: ALL },
    Case { switch: "monitoring.confidence: none → detection 0, counts 2", base: &[], change: &["monitoring.confidence={detection=0, counts=2}"],
        moves: &[("adoption", 0.01)], stays: ALL },
    Case { switch: "monitoring.confidence: none → detection 0.2, counts 0", base: &[], change: &["monitoring.confidence={detection=0.2, counts=0}"],
        moves: &[("compliance_count", 0.02)], stays: MEMBERS },
    Case { switch: "coordinators: none → Uzbekistan for water_energy", base: &["decision.rule={majority={threshold=0.5}}"], change: &["coordinators={water_energy=\"UZB\"}"],
        moves: &[("transfers", 0.0)], stays: COST },
    Case { switch: "bargaining.opening_concession: 0 → 1", base: &["bargaining.solution=nash"], change: &["bargaining.opening_concession=1"],
        moves: &[("transfers", 0.0)], stays: COST },
    Case { switch: "monitoring.confidence.domains: all → transport", base: &["monitoring.confidence={detection=0, counts=2}"],
        change: &["monitoring.confidence.domains=[\"transport\"]"], moves: &[("adoption", -0.005)], stays: ALL },
    Case { switch: "sanctions.fine: none → multiple 2", base: &["sanctions.fine=none"], change: &["sanctions.fine={multiple=2}"],
        moves: &[("compliance_count", 0.05), ("fines", 0.5)], stays: MEMBERS },
    Case { switch: "sanctions.response: none → collapse, chance 0.5, 3 years", base: &[], change: &["sanctions.response={collapse={chance=0.5, years=3}}"],
        moves: &[("lost_resting", 0.005), ("compliance_value", 0.02)], stays: MEMBERS },
    Case { switch: "sanctions.response: none → vote_suspension, 1 year", base: &[], change: &["sanctions.response={vote_suspension={years=1}}"],
        moves: &[("adoption", 0.0)], stays: ALL },
    Case { switch: "sanctions.response: none → reciprocity, share 1, 1 year", base: &["sanctions.fine=none"], change: &["sanctions.response={reciprocity={share=1, years=1}}"],
        moves: &[("compliance_value", 0.02)], stays: COST },
    Case { switch: "sanctions.response: none → graduated, fine 2 from the second case", base: &["sanctions.fine=none"],
        change: &["sanctions.response={graduated={memory=5, steps=[\"none\", {fine={multiple=2}}]}}"], moves: &[("compliance_value", 0.02), ("fines", 0.02)], stays: COST },
    Case { switch: "sanctions.materiality: 0 → 1", base: &[], change: &["sanctions.materiality=1"], moves: &[("disputes", 0.0)], stays: DEAL },
    Case { switch: "sanctions.escape: none → cost, quantile 0.8", base: &[], change: &["sanctions.escape={trigger=\"cost\", quantile=0.8}"],
        moves: &[("compliance_value", 0.0)], stays: DEAL },
    Case { switch: "court.p_err: 0 → 0.8", base: &["monitoring.false_alarm=0.2", "court={p_win=0.8, p_err=0, delay=0, cost=0}"], change: &["court.p_err=0.8"],
        moves: &[("fines", 0.0)], stays: MEMBERS },
    Case { switch: "court.obedience: decided → never", base: &["court={p_win=0.8, delay=0, cost=0}", "sanctions={fine=\"none\", response={reciprocity={share=1, years=1}}}"], change: &["court.obedience=never"],
        moves: &[("fines", -0.02)], stays: COST },
    Case { switch: "sanctions.audience_multiplier: 0 → 10", base: &["sanctions.audience_multiplier=0"], change: &["sanctions.audience_multiplier=10"],
        moves: &[("compliance_count", 0.02)], stays: MEMBERS },
    Case { switch: "court: none → p_win 0.3", base: &[], change: &["court={p_win=0.3, delay=0, cost=0}"],
        moves: &[("compliance_count", -0.02), ("fines", -0.1)], stays: MEMBERS },
    Case { switch: "court.delay: 0 → 4 years", base: &["court={p_win=1, delay=0, cost=0}"], change: &["court.delay=4"],
        moves: &[("compliance_count", -0.01)], stays: MEMBERS },
    Case { switch: "court.cost: 0 → 2", base: &["court={p_win=1, delay=0, cost=0}"], change: &["court.cost=2"],
        moves: &[("organisation_cost", 0.2), ("compliance_count", 0.005)], stays: MEMBERS },
    Case { switch: "ratification.frameworks: false → true", base: &["ratification.hazard=0.3"], change: &["ratification.frameworks=true"],
        moves: &[("adoption", -0.02), ("ratification_failures", 1.0)], stays: COST },
    Case { switch: "ratification.hazard: 0.2 → 0.9", base: &["ratification.frameworks=true", "ratification.hazard=0.2"], change: &["ratification.hazard=0.9"],
        moves: &[("ratification_failures", -1.0)], stays: COST },
    Case { switch: "ratification.minimum: 2 → 4", base: &["ratification.frameworks=true", "ratification.hazard=0.2"], change: &["ratification.minimum=4"],
        moves: &[("adoption", -0.01)], stays: COST },
    Case { switch: "ratification.founding: in force → hazard 0.3, not provisional", base: &[], change: &["ratification.founding={hazard=0.3, provisional=false}"],
        moves: &[("organisation_cost", -0.01)], stays: &["members"] },
    Case { switch: "membership.exit: false → true", base: &["states.UZB.sovereignty_cost=300", "decision.rule={majority={threshold=0.5}}"], change: &["membership.exit=true", "membership.exit_notice=0"],
        moves: &[("members", -0.02)], stays: ALL },
    Case { switch: "membership.exit_notice: 0 → 3 years", base: &["states.UZB.sovereignty_cost=300", "decision.rule={majority={threshold=0.5}}", "membership.exit=true", "membership.exit_notice=0"],
        change: &["membership.exit_notice=3"], moves: &[("members", 0.02)], stays: ALL },
    Case { switch: "membership.rejoin: none → after 2 years, chance 1", base: &["states.UZB.sovereignty_cost=20", "behaviour.exit_threshold=-0.3", "decision.rule={majority={threshold=0.5}}", "membership.exit=true"],
        change: &["membership.rejoin={cool_down=2, hazard=1}"], moves: &[("members", 0.01)], stays: ALL },
    Case { switch: "membership.suspension: false → true", base: &["states.UZB.sovereignty_cost=20", "behaviour.exit_threshold=-0.3", "decision.rule={majority={threshold=0.5}}", "membership.exit=true"],
        change: &["membership.suspension=true"], moves: &[("members", 0.01)], stays: ALL },
    Case { switch: "membership.entry: closed → open", base: &["members=[\"KGZ\", \"UZB\"]"], change: &["membership.entry=open", "membership.entry_hazard=1"],
        moves: &[("members", 1.0)], stays: &["ratification_failures"] },
    Case { switch: "membership.entry: closed → staged", base: &["members=[\"KGZ\", \"UZB\"]"],
        change: &["membership.entry=staged", "membership.stages=[{year=2005, states=[\"KAZ\", \"TJK\"]}]"], moves: &[("members", 0.5)], stays: ALL },
    Case { switch: "membership.history: none → Uzbekistan leaves in 2010", base: &[], change: &["membership.history=[{year=2010, state=\"UZB\", change=\"leaves\"}]"],
        moves: &[("members", -0.5)], stays: ALL },
    Case { switch: "agenda_stages: none → water_energy from 2010", base: &[], change: &["agenda_stages=[{domains=[\"water_energy\"], year=2010}]"],
        moves: &[("lost_outside", 0.05), ("depth_delivered", -0.01)], stays: COST },
    Case { switch: "agenda_stages: none → water_energy after transport delivers 0.3 for 3 years", base: &[],
        change: &["agenda_stages=[{domains=[\"water_energy\"], after={domain=\"transport\", delivered=0.3, years=3}}]"],
        moves: &[("lost_outside", 0.05), ("depth_delivered", -0.005)], stays: COST },
    Case { switch: "agenda_stages: none → half of water_energy, all of it from 2012", base: &[],
        change: &["agenda_stages=[{domains=[\"water_energy\"], depth=0.5}, {domains=[\"water_energy\"], year=2012}]"], moves: &[("depth_agreed", 0.0)], stays: COST },
    Case { switch: "membership.associates: none → Tajikistan", base: &["members=[\"KAZ\", \"KGZ\", \"UZB\"]"], change: &["membership.associates=[\"TJK\"]"],
        moves: &[("depth_delivered", 0.001), ("lost_outside", -0.001)], stays: &["members", "organisation_cost"] },
    Case { switch: "membership.observers: none → Tajikistan, which joins", base: &["members=[\"KAZ\", \"KGZ\", \"UZB\"]", "membership.entry=staged", "membership.stages=[{year=2008, states=[\"TJK\"]}]"],
        change: &["membership.observers=[\"TJK\"]"], moves: &[("adoption", 0.0)], stays: ALL },
    Case { switch: "membership.opt_outs: none → Tajikistan from transport", base: &[], change: &["membership.opt_outs={TJK=[\"transport\"]}"],
        moves: &[("lost_outside", 0.0002)], stays: COST },
    Case { switch: "term: none → 5 years, renewed by the decision rule", base: &[], change: &["term={years=5}"], moves: &[("members", -0.02)], stays: ALL },
    Case { switch: "term.renewal: decision_rule → willing", base: &["term={years=5}"], change: &["term.renewal=willing"], moves: &[("members", 0.02)], stays: ALL },
    Case { switch: "merger: none → none of it left from 2006", base: &[], change: &["merger={year=2006, into=\"none\"}"], moves: &[("adoption", -0.05)], stays: ALL },
    Case { switch: "organs: none → one that costs 4", base: &[], change: &["organs={staff={title=\"Staff\", cost=4}}"], moves: &[("organisation_cost", 3.9), ("gain_per_year", -3.9)],
        stays: &["adoption", "depth_agreed", "depth_delivered", "compliance_count"] },
    Case { switch: "organs: none → prepares 2", base: &[], change: &["organs={drafters={title=\"Drafters\", effect={prepares=2}}}"],
        moves: &[("depth_agreed", 0.0)], stays: COST },
    Case { switch: "organs: none → supervises 0.2", base: &[], change: &["organs={coordinators={title=\"Coordinators\", effect={supervises=0.2}}}"],
        moves: &[("compliance_count", 0.02)], stays: MEMBERS },
    Case { switch: "organs: none → reconciles", base: &["decision.mode=yearly", "states.UZB.lambda_vote=1"], change: &["organs={coordinators={title=\"Coordinators\", effect=\"reconciles\"}}"],
        moves: &[("adoption", 0.01)], stays: COST },
    Case { switch: "organs: none → informs 2", base: &[], change: &["organs={ministers={title=\"Ministers\", effect={informs=2}}}"],
        moves: &[("adoption", 0.01)], stays: ALL },
    Case { switch: "organs: none → implements 1", base: &[], change: &["organs={offices={title=\"Offices\", effect={implements=1}}}"],
        moves: &[("compliance_value", 0.01)], stays: DEAL },
    Case { switch: "organs: none → ratifies, hazard × 4", base: &["ratification.frameworks=true", "ratification.hazard=0.2"],
        change: &["organs={assembly={title=\"Assembly\", effect={ratifies={hazard_factor=4}}}}"], moves: &[("ratification_failures", -1.0)], stays: COST },
    Case { switch: "organs: none → ratifies, threshold −0.5", base: &["ratification.frameworks=true", "states.UZB.ratification_threshold=0.5", "states.KGZ.ratification_threshold=0.5"],
        change: &["organs={assembly={title=\"Assembly\", effect={ratifies={threshold=0.5}}}}"], moves: &[("ratification_failures", -0.5)], stays: COST },
    Case { switch: "organs: none → exchanges 0.3", base: &["agenda=[\"security\"]"], change: &["organs={chiefs={title=\"Security chiefs\", effect={exchanges=0.3}}}"],
        moves: &[("depth_delivered", 0.001)], stays: COST },
    Case { switch: "beside: none → ucas-2007-fines", base: &[], change: &["beside=[\"ucas-2007-fines\"]"],
        moves: &[("organisation_cost", 0.5), ("depth_delivered", 0.02)], stays: MEMBERS },
    Case { switch: "donors.grant: 0 → 5", base: &["sanctions.fine=none"], change: &["donors.grant=5"],
        moves: &[("gain", 10.0), ("compliance_count", 0.02)], stays: MEMBERS },
    Case { switch: "donors.capacity: 0 → 1", base: &[], change: &["donors.capacity=1"], moves: &[("compliance_value", 0.01)], stays: DEAL },
    Case { switch: "donors.guarantee: 0 → 1", base: &[], change: &["donors.guarantee=1"], moves: &[("gain", 1.0)], stays: COST },
    Case { switch: "cost.secretariat: 1 → 5", base: &[], change: &["cost.secretariat=5"], moves: &[("organisation_cost", 3.9), ("gain_per_year", -3.9)],
        stays: &["adoption", "depth_agreed", "depth_delivered", "compliance_count"] },
    Case { switch: "cost.meetings: 0 → 10", base: &[], change: &["cost.meetings=10"], moves: &[("organisation_cost", 0.9)],
        stays: &["adoption", "depth_agreed", "depth_delivered", "compliance_count"] },
    Case { switch: "cost.overlap: 0 → 0.8", base: &[], change: &["cost.overlap=0.8"], moves: &[("depth_delivered", -0.02)], stays: &["adoption", "compliance_count"] },
];

fn simulate(changes: &[&[&str]], horizon: usize, replications: u64) -> Summary {
    let change = |text: &&str| {
        let of_scenario =
            ["states.", "scenario.", "behaviour."].iter().any(|table| text.starts_with(table));
        if of_scenario { text.to_string() } else { format!("organisation.{text}") }
    };
    let mut changes: Vec<String> = changes.iter().copied().flatten().map(change).collect();
    changes.push(format!("scenario.horizon={horizon}"));
    crate::harness::summarise(
        &crate::harness::engine("central-asia", &changes, &["tests/designs/plain.toml"], 11),
        replications,
    )
}

/// Returns the line of a switch in the reference.
fn line(case: &Case) -> String {
    let moved: Vec<String> = case
        .moves
        .iter()
        .map(|&(measure, least)| match least {
            0.0 => format!("{measure} ↕"),
            least if least > 0.0 => format!("{measure} ↑ {least}"),
            least => format!("{measure} ↓ {}", -least),
        })
        .collect();
    let kept = case.stays.join(", ");
    format!("| `{}` | {} | {kept} |", case.switch, moved.join(", "))
}

#[test]
fn switch_table_matches_the_reference() {
    let reference = std::fs::read_to_string("docs/reference.md").unwrap();
    let missing: Vec<String> =
        CASES.iter().map(line).filter(|line| !reference.contains(line.as_str())).collect();
    assert!(missing.is_empty(), "docs/reference.md lacks:\n{}", missing.join("\n"));
}

#[test]
fn every_switch_moves_what_it_should_and_leaves_the_rest() {
    let mut wrong = Vec::new();
    for case in CASES {
        let (before, after) =
            (simulate(&[case.base], 20, 160), simulate(&[case.base, case.change], 20, 160));
        for &(measure, least) in case.moves {
            let (a, b) = (after.column(0, measure, None), before.column(0, measure, None));
            let difference = PairedDifference::of(a, b);
            let moved = if least == 0.0 {
                a.iter().zip(b).any(|(a, b)| a != b)
            } else {
                difference.mean * least.signum() >= least.abs()
                    && difference.mean.abs() > 2.0 * difference.se
            };
            if !moved {
                wrong.push(format!(
                    "{}: {measure} moves by {:.4} ± {:.4}, not by {least}",
                    case.switch, difference.mean, difference.se
                ));
            }
        }
        let (before, after) =
            (simulate(&[case.base], 1, 64), simulate(&[case.base, case.change], 1, 64));
        for measure in case.stays {
            let bits = |summary: &Summary| -> Vec<u64> {
                summary.column(0, measure, None).iter().map(|x| x.to_bits()).collect()
            };
            if bits(&before) != bits(&after) {
                wrong.push(format!("{}: {measure} does not stay in the first year", case.switch));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
