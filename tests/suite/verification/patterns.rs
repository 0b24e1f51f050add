//! Signs of effects from the literature, and whether the full model of Central Asia shows them.

use consortia::analysis::{PairedDifference, Statistic, Summary};
use consortia::numeric::TWO_SIDED_95;

/// Effect with its interval, as one check of a sign.
pub struct Effect {
    /// Description of the comparison.
    pub what: String,
    /// Unit of the effect.
    pub unit: &'static str,
    /// Mean of the effect over replications.
    pub mean: f64,
    /// Half-width of the 95 % interval.
    pub half: f64,
    /// Expected sign: 1 for a rise, −1 for a fall, 0 for an effect that is shown but not checked.
    pub sign: f64,
}

/// Published sign of an effect.
pub struct Pattern {
    /// Description of the sign.
    pub sign: &'static str,
    /// Source of the sign.
    pub source: &'static str,
    /// Effects that are checked.
    pub effects: Vec<Effect>,
}

const REPLICATIONS: u64 = 400;

fn simulate(design: &str, changes: &[&str]) -> Summary {
    crate::harness::summarise(
        &crate::harness::engine("central-asia", changes, &[design], 20_030_705),
        REPLICATIONS,
    )
}

fn column(summary: &Summary, id: &str) -> Vec<f64> {
    summary.column(0, id, None).to_vec()
}

fn effect(what: impl Into<String>, unit: &'static str, sign: f64, a: &[f64], b: &[f64]) -> Effect {
    let paired = PairedDifference::of(a, b);
    Effect { what: what.into(), unit, mean: paired.mean, half: TWO_SIDED_95 * paired.se, sign }
}

fn enforcement() -> Pattern {
    let (with, without) = (
        simulate("ucas-2007", &["organisation.sanctions.fine.multiple=3"]),
        simulate("ucas-2007", &[]),
    );
    let of = |id: &str| {
        effect(
            format!("`ucas-2007` with a fine of 3 less without: {id}"),
            "share",
            1.0,
            &column(&with, id),
            &column(&without, id),
        )
    };
    Pattern {
        sign: "Treaties are deeper where they are enforced.",
        source: "Downs, Rocke and Barsoom 1996, International Organization 50(3)",
        effects: vec![of("depth_agreed"), of("depth_delivered")],
    }
}

fn exits() -> Pattern {
    let base = [
        "organisation.decision.rule={majority={threshold=0.5}}",
        "organisation.membership.exit=true",
        "organisation.cost.secretariat=1",
    ];
    let (binding, advisory) = (
        simulate("tests/designs/plain.toml", &base),
        simulate(
            "tests/designs/plain.toml",
            &[&base[..], &["organisation.legal_force=recommendatory"]].concat(),
        ),
    );
    let costly: Vec<String> = ["KAZ", "KGZ", "TJK", "TKM", "UZB"]
        .iter()
        .map(|state| format!("states.{state}.sovereignty_cost=60"))
        .collect();
    let dear: Vec<&str> = base.iter().copied().chain(costly.iter().map(String::as_str)).collect();
    let dear_binding = simulate("tests/designs/plain.toml", &dear);
    let members = |summary: &Summary| column(summary, "members");
    Pattern {
        sign: "Binding force without enforcement of participation drives members out.",
        source: "Barrett 2003, Environment and Statecraft",
        effects: vec![
            effect(
                "majority design, binding less recommendatory: members",
                "states",
                -1.0,
                &members(&binding),
                &members(&advisory),
            ),
            effect(
                "the same with sovereignty costs of 60 MUSD/yr: members",
                "states",
                -1.0,
                &members(&dear_binding),
                &members(&advisory),
            ),
        ],
    }
}

fn delegation() -> Pattern {
    let run = |changes: &[&str], delta: f64| {
        let patience: Vec<String> = ["KAZ", "KGZ", "TJK", "TKM", "UZB"]
            .iter()
            .map(|state| format!("states.{state}.discount_factor={delta}"))
            .collect();
        let all: Vec<&str> =
            changes.iter().copied().chain(patience.iter().map(String::as_str)).collect();
        simulate("tests/designs/plain.toml", &all)
    };
    let suspension = "organisation.sanctions.response={collapse={chance=0.5, years=3}}";
    let own = [suspension, "organisation.sanctions.fine=none"];
    let given = [
        suspension,
        "organisation.sanctions.fine={multiple=3}",
        "organisation.delegation={domains=[\"water_energy\", \"transport\"], overhead=1}",
    ];
    let depth = |changes: &[&str], delta: f64| column(&run(changes, delta), "depth_delivered");
    let rise = |changes: &[&str]| -> Vec<f64> {
        depth(changes, 0.97)
            .iter()
            .zip(depth(changes, 0.8))
            .map(|(patient, hasty)| patient - hasty)
            .collect()
    };
    let (kept_by_states, kept_by_commission) = (rise(&own), rise(&given));
    let cost = |changes: &[&str]| column(&run(changes, 0.9), "organisation_cost");
    let nothing = vec![0.0; kept_by_states.len()];
    Pattern {
        sign: "Where a commission decides and fines, cooperation depends less on patience, but \
            costs more.",
        source: "after Majone 2001 and Moravcsik 1998 on credible commitment by delegation",
        effects: vec![
            effect(
                "depth delivered at δ = 0.97 less 0.8: delegated with a fine of 3, less states \
                 alone without",
                "share",
                -1.0,
                &kept_by_commission,
                &kept_by_states,
            ),
            effect("the same rise, states alone", "share", 0.0, &kept_by_states, &nothing),
            effect(
                "organisation costs, delegated less not",
                "MUSD/yr",
                1.0,
                &cost(&given),
                &cost(&own),
            ),
        ],
    }
}

fn reservoirs() -> Pattern {
    // Compares runs with and without the small reservoirs downstream, in a dry and a wet climate.
    let summary = |keeps: bool, trend: f64| {
        let mut changes = vec![
            format!("basins.syr.inflow_trend={trend}"),
            format!("basins.amu.inflow_trend={trend}"),
        ];
        if !keeps {
            changes
                .extend(SMALL.iter().map(|node| format!("basins.{node}.winter_fill_to_summer=0")));
        }
        let changes: Vec<&str> = changes.iter().map(String::as_str).collect();
        simulate("ecsc-1951", &changes)
    };
    let gained = |trend: f64| -> Vec<f64> {
        let (with, without) = (
            column(&summary(true, trend), "irrigation_deficit"),
            column(&summary(false, trend), "irrigation_deficit"),
        );
        without.iter().zip(with).map(|(without, with)| without - with).collect()
    };
    let (dry, wet) = (gained(-0.015), gained(0.015));
    let nothing = vec![0.0; dry.len()];
    Pattern {
        sign: "Reservoirs downstream help weakly, and in dry years.",
        source: "Abbink, Moller and O'Hara 2010, Environmental and Resource Economics 45",
        effects: vec![
            effect(
                "irrigation deficit spared by the small reservoirs, inflows falling by 1.5 % a \
                 year",
                "km3/yr",
                1.0,
                &dry,
                &nothing,
            ),
            effect(
                "the same, less that with inflows rising by 1.5 % a year",
                "km3/yr",
                1.0,
                &dry,
                &wet,
            ),
        ],
    }
}

/// Nodes with a small reservoir that stores winter water.
const SMALL: &[&str] = &["syr.nodes.kairakkum_sughd", "syr.nodes.shardara_lower"];

fn coalitions() -> Pattern {
    // Compares the members over the years with the joint optimum, by replication.
    let open = [
        "organisation.decision.rule={majority={threshold=0.5}}",
        "organisation.membership.exit=true",
        "organisation.membership.entry=open",
        "organisation.members=[\"KAZ\", \"KGZ\", \"UZB\"]",
    ];
    let summary = simulate("tests/designs/plain.toml", &open);
    let (members, gain, depth) = (
        column(&summary, "members"),
        column(&summary, "gain_per_year"),
        column(&summary, "depth_delivered"),
    );
    let gap: Vec<f64> = gain.iter().zip(&depth).map(|(gain, depth)| gain / depth).collect();
    let sound: Vec<(f64, f64)> =
        members.iter().copied().zip(gap).filter(|(_, gap)| gap.is_finite() && *gap > 0.0).collect();
    let (a, b): (Vec<f64>, Vec<f64>) = sound.into_iter().unzip();
    let (sa, sb) = (Statistic::of(&a), Statistic::of(&b));
    let n = a.len() as f64;
    let products: Vec<f64> =
        a.iter().zip(&b).map(|(x, y)| (x - sa.mean) * (y - sb.mean) / (sa.sd * sb.sd)).collect();
    let correlation = Statistic::of(&products).mean;
    let half = TWO_SIDED_95 * (1.0 - correlation * correlation) / n.sqrt();
    Pattern {
        sign: "Large coalitions close small gaps: the more there is to gain, the fewer join.",
        source: "Barrett 1994, Oxford Economic Papers 46",
        effects: vec![Effect {
            what:
                "correlation over replications of members with what full cooperation could gain, \
                open membership"
                    .into(),
            unit: "correlation",
            mean: correlation,
            half,
            sign: -1.0,
        }],
    }
}

fn reviews() -> Pattern {
    let advisory = "organisation.legal_force=recommendatory";
    let look = |detection: f64| {
        simulate(
            "tests/designs/plain.toml",
            &[
                advisory,
                "organisation.monitoring.transparency=true",
                &format!("organisation.monitoring.detection={detection}"),
            ],
        )
    };
    let (reviewed, not) = (look(0.9), look(0.2));
    let change = |id: &str| -> Vec<f64> {
        column(&reviewed, id).iter().zip(column(&not, id)).map(|(a, b)| a - b).collect()
    };
    let (pledges, deeds) = (change("depth_agreed"), change("depth_delivered"));
    let nothing = vec![0.0; pledges.len()];
    // The direction is that of the mean change in deeds.
    let way = Statistic::of(&deeds).mean.signum();
    let moved = |change: &[f64]| -> Vec<f64> { change.iter().map(|change| way * change).collect() };
    Pattern {
        sign: "Reviews affect pledges more than actions.",
        source: "Barrett and Dannenberg 2016, Nature Climate Change 6",
        effects: vec![
            effect(
                "advisory design, detection 0.9 less 0.2, reports to all members: depth agreed",
                "share",
                0.0,
                &pledges,
                &nothing,
            ),
            effect("the same: depth delivered", "share", 0.0, &deeds, &nothing),
            effect(
                "effect on depth agreed less effect on depth delivered",
                "share",
                1.0,
                &moved(&pledges),
                &moved(&deeds),
            ),
        ],
    }
}

pub fn all() -> Vec<Pattern> {
    vec![enforcement(), exits(), delegation(), reservoirs(), coalitions(), reviews()]
}
