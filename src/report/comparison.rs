//! Text of a comparison: ranking, ties, gain from common draws, rankings under other settings.

use super::plots::ComparisonMaterial;
use super::terminal::{rounded, style};
use super::words::{in_sentence, list};
use crate::analysis::Statistic;
use crate::analysis::band::{Band, RankReversal};
use crate::analysis::comparison::{Rank, most_at_risk, variance_gain};
use crate::experiment::measures::{MEASURES, unit_for_people};
use comfy_table::{Cell, CellAlignment, Table};

const COLUMNS: &[(&str, &str)] = &[
    ("depth_agreed", "agreed"),
    ("depth_delivered", "delivered"),
    ("compliance_count", "kept"),
    ("worst_off_gain", "worst off"),
    ("alive", "alive"),
];

fn right(text: String) -> Cell {
    Cell::new(text).set_alignment(CellAlignment::Right)
}

/// Table with rank, headline measures and regret of every design.
fn table(comparison: &ComparisonMaterial<'_>) -> String {
    let definition = &MEASURES[comparison.by];
    let mut table = Table::new();
    style(&mut table);
    let mut header = vec![
        "rank".to_string(),
        "organisation".to_string(),
        format!("{} ({})", definition.title, unit_for_people(definition.unit)),
        "± std. error".to_string(),
    ];
    header.extend(COLUMNS.iter().map(|(_, label)| (*label).to_string()));
    header.extend(["loses most often", "regret", "best in"].map(str::to_string));
    table.set_header(header);
    for rank in comparison.ranking {
        let tied = comparison.ranking.iter().filter(|other| other.rank == rank.rank).count() > 1;
        let mut cells = vec![
            right(format!("{}{}", if tied { "=" } else { "" }, rank.rank)),
            Cell::new(&comparison.names[rank.design]),
            right(rounded(rank.statistic.mean, rank.statistic.se)),
            right(rounded(rank.statistic.se, rank.statistic.se)),
        ];
        for (id, _) in COLUMNS {
            let s = Statistic::of(comparison.summary.column(rank.design, id, None));
            cells.push(right(rounded(s.mean, s.se)));
        }
        let states = &comparison.scenario.states;
        let risk = most_at_risk(comparison.summary, rank.design, states.len());
        cells.push(right(risk.map_or("–".into(), |(state, chance)| {
            format!("{} {:.0} %", states[state].id, 100.0 * chance)
        })));
        cells.push(right(rounded(rank.regret.0, rank.regret.1)));
        cells.push(right(format!("{:.0} %", 100.0 * rank.best_share)));
        table.add_row(cells);
    }
    table.to_string()
}

/// Where the gains are lost under each design, in words.
fn losses(comparison: &ComparisonMaterial<'_>) -> String {
    let of_design = |rank: &Rank| {
        let account = super::losses::sentence(&comparison.losses[rank.design])?;
        let twice = treated_twice(comparison, rank.design);
        Some(format!("{}: {account}{twice}\n", comparison.names[rank.design]))
    };
    comparison.ranking.iter().filter_map(of_design).collect()
}

/// Share of duplication between organisations in a run, in words; empty without any.
fn treated_twice(comparison: &ComparisonMaterial<'_>, design: usize) -> String {
    let values = comparison.summary.column(design, "domains_treated_twice", None);
    let share = Statistic::of(values).mean;
    if share > 0.0 {
        format!(" Several organisations treat {:.0} % of the domains at once.", 100.0 * share)
    } else {
        String::new()
    }
}

/// Ties in words, with the number of replications that would separate the designs.
fn ties(comparison: &ComparisonMaterial<'_>) -> String {
    let mut text = String::new();
    for (at, rank) in comparison.ranking.iter().enumerate().skip(1) {
        let (previous, own) =
            (&comparison.names[comparison.ranking[at - 1].design], &comparison.names[rank.design]);
        match (&rank.to_previous, rank.more_needed) {
            (Some(_), None) => text.push_str(&format!(
                "{own} and {previous} are the same in every \
                replication.\n"
            )),
            (Some(_), Some(more)) if more > 0 => text.push_str(&format!(
                "{own} and {previous} are not distinguishable (n = {}); about {more} more replications \
                 would separate them.\n",
                rank.statistic.n
            )),
            _ => {}
        }
    }
    text
}

/// How many times as many replications independent draws would need, for the pairs with the least
/// and the largest gain from common draws.
fn common_draws(comparison: &ComparisonMaterial<'_>) -> String {
    let id = MEASURES[comparison.by].id;
    let values: Vec<Vec<f64>> = (0..comparison.names.len())
        .map(|design| comparison.summary.values(design, id, None))
        .collect();
    let mut gains: Vec<(f64, usize, usize)> = Vec::new();
    for a in 0..values.len() {
        for b in a + 1..values.len() {
            let gain = variance_gain(&values[a], &values[b]);
            if gain.is_finite() && gain > 0.0 {
                gains.push((gain, a, b));
            }
        }
    }
    gains.sort_by(|a, b| a.0.total_cmp(&b.0));
    let name = |design: usize| &comparison.names[design];
    match (gains.first(), gains.last()) {
        (Some(low), Some(high)) if gains.len() > 1 => format!(
            "Common draws: independent draws would need {:.1} ({} and {}) to {:.1} times \
             ({} and {}) as many replications.\n",
            low.0,
            name(low.1),
            name(low.2),
            high.0,
            name(high.1),
            name(high.2)
        ),
        (Some(only), _) => {
            format!(
                "Common draws: independent draws would need {:.1} times as many \
                 replications.\n",
                only.0
            )
        }
        _ => String::new(),
    }
}

fn order(comparison: &ComparisonMaterial<'_>, ranks: &[Rank]) -> String {
    let mut text = String::new();
    for (at, rank) in ranks.iter().enumerate() {
        if at > 0 {
            text.push_str(if rank.rank == ranks[at - 1].rank { " = " } else { " > " });
        }
        text.push_str(&comparison.names[rank.design]);
    }
    text
}

/// Ranking under each setting of a band, and the pairs of designs whose order changes.
fn band(comparison: &ComparisonMaterial<'_>, band: &Band, heading: &str, ordered: bool) -> String {
    let mut table = Table::new();
    style(&mut table);
    table.set_header([heading, "order (= not distinguishable)"]);
    for (setting, ranks) in &band.rankings {
        table.add_row([setting.name.clone(), order(comparison, ranks)]);
    }
    let designs = comparison.names.len();
    let reversals =
        if ordered { band.reversals(designs) } else { band.reversals_from_first(designs) };
    let mut text = format!("{table}\n");
    if reversals.is_empty() {
        text.push_str("No pair of organisations changes its order significantly.\n");
    }
    // A pair whose order changes under several settings takes one line.
    let mut pairs: Vec<(RankReversal, Vec<usize>)> = Vec::new();
    for turn in reversals {
        let key = |turn: &RankReversal| (turn.before, turn.after, turn.last);
        match pairs.iter_mut().find(|(known, _)| key(known) == key(&turn)) {
            Some((_, settings)) => settings.push(turn.first),
            None => pairs.push((turn, vec![turn.first])),
        }
    }
    for (turn, below) in pairs {
        let setting = |at: usize| format!("`{}`", band.rankings[at].0.name);
        let below: Vec<String> = below.into_iter().map(setting).collect();
        text.push_str(&format!(
            "{} ranks above {} at {} and below it at {}.\n",
            comparison.names[turn.before],
            comparison.names[turn.after],
            setting(turn.last),
            list(&below)
        ));
    }
    text
}

/// Returns the whole text of a comparison.
pub fn compare_text(comparison: &ComparisonMaterial<'_>) -> String {
    let mut text = format!("{}\n\n{}\n", comparison.scenario.title, table(comparison));
    text.push_str(
        "loses most often: the state that does, with the share of replications; regret: mean \
         shortfall from the best organisation of each replication; best in: share of \
         replications in which no organisation did better.\n\n",
    );
    let first = &comparison.ranking[0];
    let leaders: Vec<&str> = comparison
        .ranking
        .iter()
        .take_while(|rank| rank.rank == first.rank)
        .map(|rank| comparison.names[rank.design].as_str())
        .collect();
    text.push_str(&format!(
        "In words: by {}, {} {} first.\n",
        in_sentence(MEASURES[comparison.by].title),
        list(&leaders),
        if leaders.len() > 1 { "rank" } else { "ranks" }
    ));
    text.push_str(&losses(comparison));
    text.push_str(&ties(comparison));
    text.push_str(&common_draws(comparison));
    if let Some(found) = comparison.lambda {
        text.push_str(&format!(
            "\nThe ranking over the precision of choices λ ({} replications each):\n",
            found.replications
        ));
        text.push_str(&band(comparison, found, "λ", true));
    }
    if let Some(found) = comparison.structure {
        text.push_str(&format!(
            "\nThe ranking under other structural choices ({} replications each):\n",
            found.replications
        ));
        text.push_str(&band(comparison, found, "choice", false));
    }
    text
}
