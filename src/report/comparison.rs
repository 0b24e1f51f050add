//! Text of a comparison: ranking, ties, gain from common draws, rankings under other settings.

use super::plots::Contest;
use super::terminal::{in_sentence, rounded, style};
use crate::analysis::Statistic;
use crate::analysis::band::Band;
use crate::analysis::comparison::{Rank, variance_gain};
use crate::experiment::measures::{MEASURES, unit_for_people};
use comfy_table::{Cell, CellAlignment, Table};

const COLUMNS: &[(&str, &str)] = &[
    ("depth_promised", "promised"),
    ("depth_delivered", "delivered"),
    ("compliance_count", "kept"),
    ("worst_off_gain", "worst off"),
    ("alive", "alive"),
];

fn right(text: String) -> Cell {
    Cell::new(text).set_alignment(CellAlignment::Right)
}

/// Table with rank, headline measures and regret of every design.
fn table(contest: &Contest<'_>) -> String {
    let definition = &MEASURES[contest.by];
    let mut table = Table::new();
    style(&mut table);
    let mut header = vec![
        "rank".to_string(),
        "organisation".to_string(),
        format!("{} ({})", definition.title, unit_for_people(definition.unit)),
        "± std. error".to_string(),
    ];
    header.extend(COLUMNS.iter().map(|(_, label)| (*label).to_string()));
    header.extend(["regret".to_string(), "best in".to_string()]);
    table.set_header(header);
    for rank in contest.ranking {
        let tied = contest.ranking.iter().filter(|other| other.rank == rank.rank).count() > 1;
        let mut cells = vec![
            right(format!("{}{}", if tied { "=" } else { "" }, rank.rank)),
            Cell::new(&contest.names[rank.design]),
            right(rounded(rank.statistic.mean, rank.statistic.se)),
            right(rounded(rank.statistic.se, rank.statistic.se)),
        ];
        for (id, _) in COLUMNS {
            let s = Statistic::of(contest.summary.column(rank.design, id, None));
            cells.push(right(rounded(s.mean, s.se)));
        }
        cells.push(right(rounded(rank.regret.0, rank.regret.1)));
        cells.push(right(format!("{:.0} %", 100.0 * rank.best_share)));
        table.add_row(cells);
    }
    table.to_string()
}

/// Ties in words, with the number of replications that would separate the designs.
fn ties(contest: &Contest<'_>) -> String {
    let mut text = String::new();
    for (at, rank) in contest.ranking.iter().enumerate().skip(1) {
        let (previous, own) =
            (&contest.names[contest.ranking[at - 1].design], &contest.names[rank.design]);
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
fn common_draws(contest: &Contest<'_>) -> String {
    let id = MEASURES[contest.by].id;
    let values: Vec<Vec<f64>> =
        (0..contest.names.len()).map(|design| contest.summary.values(design, id, None)).collect();
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
    let name = |design: usize| &contest.names[design];
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

fn order(contest: &Contest<'_>, ranks: &[Rank]) -> String {
    let mut text = String::new();
    for (at, rank) in ranks.iter().enumerate() {
        if at > 0 {
            text.push_str(if rank.rank == ranks[at - 1].rank { " = " } else { " > " });
        }
        text.push_str(&contest.names[rank.design]);
    }
    text
}

/// Ranking under each setting of a band, and the pairs of designs whose order changes.
fn band(contest: &Contest<'_>, band: &Band, heading: &str, ordered: bool) -> String {
    let mut table = Table::new();
    style(&mut table);
    table.set_header([heading, "order (= not distinguishable)"]);
    for (setting, ranks) in &band.rankings {
        table.add_row([setting.name.clone(), order(contest, ranks)]);
    }
    let designs = contest.names.len();
    let turns = if ordered { band.turns(designs) } else { band.departures(designs) };
    let mut text = format!("{table}\n");
    if turns.is_empty() {
        text.push_str("No pair of organisations changes its order significantly.\n");
    }
    for turn in turns {
        let setting = |at: usize| &band.rankings[at].0.name;
        text.push_str(&format!(
            "{} ranks above {} at `{}` and below it at `{}`.\n",
            contest.names[turn.before],
            contest.names[turn.after],
            setting(turn.last),
            setting(turn.first)
        ));
    }
    text
}

/// Returns the whole text of a comparison.
pub fn compare_text(contest: &Contest<'_>) -> String {
    let mut text = format!("{}\n\n{}\n", contest.scenario.title, table(contest));
    text.push_str(
        "regret: mean shortfall from the best organisation of each replication; best in: share of \
         replications in which no organisation did better.\n\n",
    );
    let first = &contest.ranking[0];
    let leaders: Vec<&str> = contest
        .ranking
        .iter()
        .take_while(|rank| rank.rank == first.rank)
        .map(|rank| contest.names[rank.design].as_str())
        .collect();
    text.push_str(&format!(
        "In words: by {}, {} {} first.\n",
        in_sentence(MEASURES[contest.by].title),
        leaders.join(" and "),
        if leaders.len() > 1 { "rank" } else { "ranks" }
    ));
    text.push_str(&ties(contest));
    text.push_str(&common_draws(contest));
    if let Some(found) = contest.lambda {
        text.push_str(&format!(
            "\nThe ranking over the precision of choices λ ({} replications each):\n",
            found.replications
        ));
        text.push_str(&band(contest, found, "λ", true));
    }
    if let Some(found) = contest.structure {
        text.push_str(&format!(
            "\nThe ranking under other structural choices ({} replications each):\n",
            found.replications
        ));
        text.push_str(&band(contest, found, "choice", false));
    }
    text
}
