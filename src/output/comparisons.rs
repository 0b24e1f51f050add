//! The tables of a comparison: differences, ranking, bands.

use super::folder::{FolderError, RunFolder};
use super::tables::{number, state_id};
use crate::analysis::attribution::Part;
use crate::analysis::band::Band;
use crate::analysis::comparison::{Difference, Rank};
use crate::experiment::measures::MEASURES;
use crate::scenario::hybrid::Switch;
use crate::scenario::types::Scenario;

/// `differences.csv`: a less b for every pair, measure and state.
pub fn differences(
    folder: &RunFolder,
    scenario: &Scenario,
    names: &[String],
    rows: &[Difference],
) -> Result<(), FolderError> {
    let mut table = folder.table("differences.csv")?;
    table.row(["measure", "state", "unit", "a", "b", "mean", "se", "ci_low", "ci_high", "d_z", "p_a_better", "n"])?;
    for row in rows {
        let definition = &MEASURES[row.measure];
        let (low, high) = row.interval();
        let paired = &row.paired;
        let mut fields = vec![
            definition.id.to_string(),
            state_id(scenario, row.state).to_string(),
            definition.unit.to_string(),
            names[row.a].clone(),
            names[row.b].clone(),
        ];
        fields.extend([paired.mean, paired.se, low, high, paired.d_z, row.p_a_better()].map(number));
        fields.push(paired.n.to_string());
        table.row(fields)?;
    }
    table.close()
}

const RANKING: [&str; 10] = [
    "measure",
    "rank",
    "organisation",
    "mean",
    "se",
    "regret",
    "regret_se",
    "best_share",
    "told_from_previous",
    "more_replications",
];

fn ranking_row(names: &[String], by: usize, rank: &Rank) -> Vec<String> {
    let told = match (&rank.to_previous, rank.more_needed) {
        (None, _) => "",
        (Some(_), Some(0)) => "yes",
        (Some(_), Some(_)) => "no",
        (Some(_), None) => "identical",
    };
    vec![
        MEASURES[by].id.to_string(),
        rank.rank.to_string(),
        names[rank.design].clone(),
        number(rank.statistic.mean),
        number(rank.statistic.se),
        number(rank.regret.0),
        number(rank.regret.1),
        number(rank.best_share),
        told.to_string(),
        rank.more_needed.map_or(String::new(), |more| more.to_string()),
    ]
}

/// `ranking.csv`: the order of designs with ties.
pub fn ranking(folder: &RunFolder, names: &[String], by: usize, ranks: &[Rank]) -> Result<(), FolderError> {
    let mut table = folder.table("ranking.csv")?;
    table.row(RANKING)?;
    for rank in ranks {
        table.row(ranking_row(names, by, rank))?;
    }
    table.close()
}

/// `lambda_band.csv`, `structure_band.csv`: the ranking under every setting.
pub fn band(folder: &RunFolder, file: &str, names: &[String], by: usize, band: &Band) -> Result<(), FolderError> {
    let mut table = folder.table(file)?;
    table.row(["setting"].into_iter().chain(RANKING).chain(["replications"]))?;
    for (setting, ranks) in &band.rankings {
        for rank in ranks {
            let mut fields = vec![setting.name.clone()];
            fields.extend(ranking_row(names, by, rank));
            fields.push(band.replications.to_string());
            table.row(fields)?;
        }
    }
    table.close()
}

/// `attribution.csv`: what each switch does to each measure, and the whole difference as the switch `all`.
pub fn attribution(
    folder: &RunFolder,
    scenario: &Scenario,
    switches: &[Switch],
    names: &[String],
    parts: &[Part],
) -> Result<(), FolderError> {
    let mut table = folder.table("attribution.csv")?;
    table.row(["measure", "state", "switch", "from", "to", "stepwise", "shapley", "se"])?;
    for part in parts {
        let (name, from, to) = match switches.get(part.switch) {
            Some(switch) => (switch.name(), switch.from.clone(), switch.to.clone()),
            None => ("all".to_string(), names[0].clone(), names[1].clone()),
        };
        let mut fields = vec![
            MEASURES[part.column.measure].id.to_string(),
            state_id(scenario, part.column.state).to_string(),
            name,
            from,
            to,
        ];
        fields.extend([part.stepwise, part.shapley, part.se].map(number));
        table.row(fields)?;
    }
    table.close()
}
