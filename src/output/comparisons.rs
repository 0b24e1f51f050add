//! Tables of a comparison of designs: differences, ranking, bands and attribution.

use super::frame::{Cell, Frame, cells};
use super::tables::state_id;
use crate::analysis::Summary;
use crate::analysis::attribution::Part;
use crate::analysis::band::Band;
use crate::analysis::comparison::{Difference, Rank, most_at_risk};
use crate::experiment::measures::MEASURES;
use crate::scenario::hybrid::Switch;
use crate::scenario::types::Scenario;

/// Builds `differences.csv`: a less b for every pair, measure and state.
pub fn differences(scenario: &Scenario, names: &[String], rows: &[Difference]) -> Frame {
    let mut frame =
        Frame::new("measure state unit a b mean:n se:n ci_low:n ci_high:n d_z:n p_a_better:n n:c");
    for row in rows {
        let (definition, state) = (&MEASURES[row.measure], state_id(scenario, row.state));
        let ((low, high), paired) = (row.interval(), &row.paired);
        let ids = cells![definition.id, state, definition.unit, &names[row.a], &names[row.b]];
        let numbers =
            [paired.mean, paired.se, low, high, paired.d_z, row.p_a_better()].map(Cell::from);
        frame.row(ids.into_iter().chain(numbers).chain([paired.n.into()]));
    }
    frame
}

const RANKING: &str = "measure rank:c organisation mean:n se:n regret:n regret_se:n best_share:n \
    distinguishable_from_previous more_replications:n";

fn ranking_row<'a>(names: &'a [String], by: usize, rank: &Rank) -> [Cell<'a>; 10] {
    let distinguishable = match (&rank.to_previous, rank.more_needed) {
        (None, _) => "",
        (Some(_), Some(0)) => "yes",
        (Some(_), Some(_)) => "no",
        (Some(_), None) => "identical",
    };
    cells![
        MEASURES[by].id,
        rank.rank,
        &names[rank.design],
        rank.statistic.mean,
        rank.statistic.se,
        rank.regret.0,
        rank.regret.1,
        rank.best_share,
        distinguishable,
        rank.more_needed.map_or(f64::NAN, |more| more as f64),
    ]
}

/// Builds `ranking.csv`: the order of designs, with ties, and the state that loses most often under
/// each.
pub fn ranking(
    scenario: &Scenario,
    names: &[String],
    by: usize,
    ranks: &[Rank],
    summary: &Summary,
) -> Frame {
    let mut frame = Frame::new(&format!("{RANKING} loses_most_often loss_probability:n"));
    for rank in ranks {
        let risk = most_at_risk(summary, rank.design, scenario.states.len());
        let (state, chance) =
            risk.map_or(("", 0.0), |(state, chance)| (scenario.states[state].id.as_str(), chance));
        frame.row(ranking_row(names, by, rank).into_iter().chain(cells![state, chance]));
    }
    frame
}

/// Builds `lambda_band.csv` or `structure_band.csv`: the ranking under every setting.
pub fn band(names: &[String], by: usize, band: &Band) -> Frame {
    let mut frame = Frame::new(&format!("setting {RANKING} replications:c"));
    for (setting, ranks) in &band.rankings {
        for rank in ranks {
            let cells = ranking_row(names, by, rank).into_iter();
            frame.row(
                [Cell::from(&setting.name)]
                    .into_iter()
                    .chain(cells)
                    .chain([band.replications.into()]),
            );
        }
    }
    frame
}

/// Builds `attribution.csv`: the effect of each switch on each measure; the switch `all` is the
/// whole difference.
pub fn attribution(
    scenario: &Scenario,
    switches: &[Switch],
    names: &[String],
    parts: &[Part],
) -> Frame {
    let mut frame = Frame::new("measure state switch from to stepwise:n shapley:n se:n");
    for part in parts {
        let (name, from, to) = match switches.get(part.switch) {
            Some(switch) => (switch.name(), switch.from.clone(), switch.to.clone()),
            None => ("all".to_string(), names[0].clone(), names[1].clone()),
        };
        let (measure, state) =
            (MEASURES[part.column.measure].id, state_id(scenario, part.column.state));
        frame.row(cells![measure, state, name, from, to, part.stepwise, part.shapley, part.se]);
    }
    frame
}
