//! Headlines of runs, comparisons, attributions and games between states. Every sentence is made
//! from numbers; it is left out if they do not support it.

use super::{chance, figures, is_share, measured, percent, scaled, side, stated};
use crate::analysis::attribution::Part;
use crate::analysis::band::Band;
use crate::analysis::comparison::Rank;
use crate::analysis::{PairedDifference, Statistic, Summary};
use crate::experiment::losses::LossSums;
use crate::experiment::measures::{Better, MEASURES, definition, unit_for_people};
use crate::numeric::TWO_SIDED_95;
use crate::output::FigureKinds;
use crate::output::about::Headline;
use crate::report::attribution::Attribution;
use crate::report::plots::{ComparisonMaterial, Divisions, Material};
use crate::report::terminal::rounded;
use crate::report::words::{in_sentence, list};
use crate::scenario::types::Scenario;
use std::cmp::Ordering;

fn of(summary: &Summary, design: usize, id: &str, state: Option<usize>) -> Statistic {
    Statistic::of(summary.column(design, id, state))
}

fn unit(id: &str) -> String {
    definition(id).map_or(String::new(), |measure| unit_for_people(measure.unit))
}

/// Sentences on where the gains are lost and on compliance.
fn account(summary: &Summary, losses: &LossSums, design: usize, name: &str) -> String {
    if of(summary, design, "adoption", None).mean == 0.0 {
        return format!(
            "Under {name} no deal was ever in force: the region stays at the non-cooperative \
             reference."
        );
    }
    let kept = of(summary, design, "compliance_count", None);
    let kept = if kept.n > 0 {
        format!(" States keep all they owe in {} of their seasons.", percent(&kept))
    } else {
        String::new()
    };
    let account = crate::report::losses::sentence(losses)
        .unwrap_or_else(|| "Full cooperation could gain nothing.".into());
    format!("{account}{kept}")
}

/// Sentence on the states whose gain or loss is distinguishable from zero.
fn who(scenario: &Scenario, summary: &Summary, design: usize, name: &str) -> Option<String> {
    let states: Vec<(String, Statistic)> = scenario
        .states
        .iter()
        .enumerate()
        .map(|(at, state)| (state.name.clone(), of(summary, design, "gain_per_year", Some(at))))
        .filter(|(_, s)| s.n > 0 && s.mean != 0.0)
        .collect();
    let mut gainers: Vec<&(String, Statistic)> =
        states.iter().filter(|(_, s)| side(s) == Ordering::Greater).collect();
    let mut payers: Vec<&(String, Statistic)> =
        states.iter().filter(|(_, s)| side(s) == Ordering::Less).collect();
    gainers.sort_by(|a, b| b.1.mean.total_cmp(&a.1.mean));
    payers.sort_by(|a, b| a.1.mean.total_cmp(&b.1.mean));
    let unit = unit("gain_per_year");
    let each = |some: &[&(String, Statistic)]| {
        let words: Vec<String> =
            some.iter().map(|(name, s)| format!("{name} ({})", measured(s, &unit))).collect();
        list(&words)
    };
    let (gain, pay) = (
        if gainers.len() > 1 { "gain" } else { "gains" },
        if payers.len() > 1 { "lose" } else { "loses" },
    );
    let most = &gainers[..gainers.len().min(2)];
    match (gainers.is_empty(), payers.is_empty()) {
        (true, true) => None,
        (false, true) => Some(format!(
            "Under {name}, {} {gain} most, and no state has a statistically significant loss.",
            each(most)
        )),
        (true, false) => Some(format!(
            "Under {name}, {} {pay}, and no state has a statistically significant gain.",
            each(&payers)
        )),
        (false, false) => {
            Some(format!("Under {name}, {} {gain} most, and {} {pay}.", each(most), each(&payers)))
        }
    }
}

/// Sentence on the share of replications in which the organisation survives, if that is measured.
fn survival(summary: &Summary, design: usize, name: &str) -> Option<String> {
    let alive = of(summary, design, "alive", None);
    (alive.n > 0).then(|| format!("{name} survives to the end in {}.", chance(alive.mean, alive.n)))
}

/// Returns the headline of a run.
pub fn run(material: &Material<'_>, kinds: &FigureKinds) -> Headline {
    let (summary, name) = (material.summary, material.name);
    let gain = of(summary, 0, "gain_per_year", None);
    let mut answer = vec![account(summary, &material.losses[0], 0, name)];
    answer.extend(who(material.scenario, summary, 0, name));
    answer.extend(survival(summary, 0, name));
    let mut changes = Vec::new();
    if gain.n > 1 {
        changes.push(format!(
            "Variation: the region gains {} on average, and between {} and {} in nine of ten \
             replications.",
            measured(&gain, &unit("gain_per_year")),
            rounded(gain.percentiles[0], gain.sd),
            rounded(gain.percentiles[4], gain.sd)
        ));
    }
    changes.push(
        "Other rules: a single run does not show the effect of the rules; `consortia compare` sets \
         designs side by side."
            .into(),
    );
    changes.extend(figures(kinds));
    Headline { question: format!("What does {name} achieve?"), answer, changes, by: "gain".into() }
}

/// Sentence on the difference between two designs with its interval; `None` if it has no standard
/// error.
fn difference_to_second(comparison: &ComparisonMaterial<'_>, a: usize, b: usize) -> Option<String> {
    let measure = &MEASURES[comparison.by];
    let values = |design: usize| comparison.summary.values(design, measure.id, None);
    let paired = PairedDifference::of(&values(a), &values(b));
    if !(paired.mean.is_finite() && paired.se.is_finite()) {
        return None;
    }
    let by = if is_share(measure.unit) { 100.0 } else { 1.0 };
    let unit = if is_share(measure.unit) {
        "percentage points".into()
    } else {
        unit_for_people(measure.unit)
    };
    let (size, se, more) =
        (by * paired.mean.abs(), by * paired.se, if paired.mean < 0.0 { "less" } else { "more" });
    let half = TWO_SIDED_95 * se;
    let better = match measure.better {
        Better::Higher => format!(" and better in {}", chance(paired.p_a_above, paired.n)),
        Better::Lower => format!(" and better in {}", chance(1.0 - paired.p_a_above, paired.n)),
        Better::Neither => String::new(),
    };
    Some(format!(
        "{} {unit} {more} than {} (95 % interval {} to {}){better}",
        rounded(size, se),
        comparison.names[b],
        rounded(size - half, se),
        rounded(size + half, se),
    ))
}

/// Sentence on whether the first design of the ranking stays first under other settings.
fn rank_under_settings(
    comparison: &ComparisonMaterial<'_>,
    band: &Band,
    what: &str,
    ordered: bool,
) -> String {
    let first = comparison.ranking[0].design;
    let name = &comparison.names[first];
    let rank =
        |ranks: &[Rank]| ranks.iter().find(|rank| rank.design == first).map_or(0, |rank| rank.rank);
    let named = |wanted: &dyn Fn(&[Rank]) -> bool| {
        let found: Vec<&str> = band
            .rankings
            .iter()
            .filter(|(_, ranks)| wanted(ranks))
            .map(|(setting, _)| setting.name.as_str())
            .collect();
        let more = found.len().saturating_sub(4);
        let some = list(&found[..found.len().min(4)]);
        (found.len(), if more > 0 { format!("{some} and {more} more") } else { some })
    };
    let behind = named(&|ranks| rank(ranks) != 1);
    let shared =
        named(&|ranks| rank(ranks) == 1 && ranks.iter().filter(|rank| rank.rank == 1).count() > 1);
    let others = pairs_that_change_places(band, comparison.names.len(), first, ordered);
    match (behind.0, shared.0) {
        (0, 0) => format!(
            "{}: {name} ranks first at all {} settings, with {}{others}.",
            upper(what),
            band.rankings.len(),
            range_over_settings(comparison, band, first)
        ),
        (0, _) => format!(
            "Little dependence on {what}: no design ranks above {name}, but others share rank 1 with it at {}{others}.",
            shared.1
        ),
        _ => format!("{}: {name} does not rank first at {}{others}.", upper(what), behind.1),
    }
}

/// Returns the least and the largest mean of a design over the settings of a band, with the unit.
fn range_over_settings(comparison: &ComparisonMaterial<'_>, band: &Band, design: usize) -> String {
    let means = || {
        let ranks = band.rankings.iter().flat_map(|(_, ranks)| ranks);
        ranks.filter(|rank| rank.design == design).map(|rank| rank.statistic.mean)
    };
    let (least, most) =
        (means().fold(f64::INFINITY, f64::min), means().fold(f64::NEG_INFINITY, f64::max));
    let unit = unit_for_people(MEASURES[comparison.by].unit);
    format!("{} to {} {unit}", rounded(least, least.abs()), rounded(most, most.abs()))
}

/// Returns half a sentence on the pairs of designs behind the first that change places within a
/// band; empty if there are none. `ordered` tells whether the settings have an order.
fn pairs_that_change_places(band: &Band, designs: usize, first: usize, ordered: bool) -> String {
    let reversals =
        if ordered { band.reversals(designs) } else { band.reversals_from_first(designs) };
    let pairs: std::collections::BTreeSet<(usize, usize)> = reversals
        .iter()
        .filter(|reversal| reversal.before != first && reversal.after != first)
        .map(|r| (r.before.min(r.after), r.before.max(r.after)))
        .collect();
    match pairs.len() {
        0 => String::new(),
        1 => "; one pair of other designs changes places".into(),
        more => format!("; {more} pairs of other designs change places"),
    }
}

fn upper(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}

/// Returns the headline of a comparison.
pub fn comparison(comparison: &ComparisonMaterial<'_>, kinds: &FigureKinds) -> Headline {
    let measure = &MEASURES[comparison.by];
    let ranking = comparison.ranking;
    let first = &ranking[0];
    let name = &comparison.names[first.design];
    let tied: Vec<&str> = ranking
        .iter()
        .filter(|rank| rank.rank == first.rank)
        .map(|rank| comparison.names[rank.design].as_str())
        .collect();
    let by = in_sentence(measure.title);
    let mut answer = Vec::new();
    let value = stated(&first.statistic, &unit_for_people(measure.unit));
    let does = if measure.better == Better::Neither { "is highest" } else { "ranks first" };
    if first.statistic.n < 2 {
        answer
            .push(format!("Designs are not distinguishable by {by} (n = {}).", first.statistic.n));
    } else if tied.len() > 1 {
        answer.push(format!(
            "By {by}, {} rank first and are not distinguishable ({value} under {name}; n = {}).",
            list(&tied),
            first.statistic.n
        ));
    } else {
        let second = ranking
            .get(1)
            .and_then(|second| difference_to_second(comparison, first.design, second.design));
        let second = second.map_or(String::new(), |words| format!(": {words}"));
        answer.push(format!("By {by}, {name} {does} with {value}{second}."));
    }
    let end = &ranking[ranking.len() - 1];
    let share = |design: usize| of(comparison.summary, design, "depth_delivered", None);
    let (best, worst) = (share(first.design), share(end.design));
    if best.n > 0 && worst.n > 0 && end.rank > first.rank {
        answer.push(format!(
            "{name} delivers {} of the gain from full cooperation; {}, which ranks last, delivers {}.",
            percent(&best),
            comparison.names[end.design],
            percent(&worst)
        ));
    }
    answer.extend(who(comparison.scenario, comparison.summary, first.design, name));
    let mut changes = Vec::new();
    if let Some(band) = comparison.lambda {
        changes.push(rank_under_settings(comparison, band, "the precision of choices (λ)", true));
    }
    if let Some(band) = comparison.structure {
        changes.push(rank_under_settings(
            comparison,
            band,
            "structural choices of the model",
            false,
        ));
    }
    let ties =
        ranking.iter().filter(|rank| matches!(rank.more_needed, Some(more) if more > 0)).count();
    if ties > 0 {
        changes.push(format!(
            "More replications: {ties} {} not distinguishable from the design ranked before (n = {}).",
            if ties > 1 { "designs are" } else { "design is" },
            first.statistic.n
        ));
    }
    changes.extend(figures(kinds));
    let best = if measure.better == Better::Neither { "is highest" } else { "ranks first" };
    let question = format!("Which of {} organisations {best} by {by}?", comparison.names.len());
    Headline { question, answer, changes, by: measure.id.to_string() }
}

/// Returns the headline of an attribution.
pub fn attribution(attribution: &Attribution<'_>, kinds: &FigureKinds) -> Headline {
    let measure = &MEASURES[attribution.by];
    let (unit, title) = (unit_for_people(measure.unit), in_sentence(measure.title));
    let parts = attribution.shown(attribution.by);
    let (from, to) = (&attribution.names[0], &attribution.names[1]);
    let amount = |mean: f64, se: f64| stated(&Statistic { se, ..Statistic::of(&[mean]) }, &unit);
    let mut answer = Vec::new();
    let whole = parts.last().filter(|whole| whole.shapley.is_finite());
    match whole {
        Some(whole) => {
            let more = if whole.shapley < 0.0 { "less" } else { "more" };
            answer.push(format!(
                "{to} has {} {more} in {title} than {from}.",
                amount(whole.shapley.abs(), whole.se)
            ));
        }
        None => answer.push(format!(
            "One of the two designs has no value of {title}: there is no difference to attribute."
        )),
    }
    let is_significant = |part: &Part| part.shapley.abs() > TWO_SIDED_95 * part.se;
    let switches: Vec<&Part> = parts
        .iter()
        .copied()
        .filter(|part| {
            part.switch < attribution.switches.len()
                && part.shapley.is_finite()
                && is_significant(part)
        })
        .collect();
    if let Some(first) = switches.first() {
        let name = attribution.switch_name(first.switch);
        answer.push(format!(
            "The switch with the largest significant effect is {name}: {}.",
            amount(first.shapley, first.se)
        ));
        let against: Vec<String> = switches
            .iter()
            .filter(|part| part.shapley * first.shapley < 0.0)
            .take(2)
            .map(|part| {
                format!(
                    "{} ({})",
                    attribution.switch_name(part.switch),
                    amount(part.shapley, part.se)
                )
            })
            .collect();
        if !against.is_empty() {
            let words: Vec<&str> = against.iter().map(String::as_str).collect();
            answer.push(format!("The opposite effect: {}.", list(&words)));
        }
    } else if whole.is_some() {
        answer.push("No switch has a significant effect at this number of replications.".into());
    }
    let mut changes = vec![format!(
        "The order: a Shapley value is a mean over all orders of applying the switches; the column \
         “stepwise” applies them in the order of the file{}.",
        if attribution.exact { "" } else { ". Orders were sampled" }
    )];
    changes.extend(figures(kinds));
    Headline {
        question: format!("Which rules make {to} differ from {from}?"),
        answer,
        changes,
        by: measure.id.to_string(),
    }
}

/// Returns the headline of a game between states.
pub fn coalitions(material: &Divisions<'_>, whole: &Statistic, kinds: &FigureKinds) -> Headline {
    let (game, found) = (material.game, material.found);
    let names = |player: usize| material.scenario.states[material.states[player]].name.clone();
    let mut answer = vec![format!(
        "All {} states together gain {} in {}.",
        game.count(),
        measured(whole, "MUSD/yr"),
        list(&material.domains)
    )];
    let excess = found.least_core.excess;
    answer.push(match found.least_core.core_nonempty {
        true => format!(
            "The core is not empty: every group can receive what it can gain by itself, and {} \
             MUSD/yr more.",
            rounded(-excess, f64::NAN)
        ),
        false => format!(
            "The core is empty: in every division some group receives at least {} MUSD/yr less than it can gain by \
             itself.",
            rounded(excess, f64::NAN)
        ),
    });
    if let Some(at) = found
        .solutions
        .iter()
        .position(|solution| solution.id == "shapley")
        .filter(|_| game.whole() != 0.0)
    {
        let solution = &found.solutions[at];
        let most = (0..game.count())
            .max_by(|a, b| solution.division[*a].total_cmp(&solution.division[*b]))
            .unwrap_or(0);
        let s = Statistic {
            se: material.errors[at][most],
            ..Statistic::of(&[solution.division[most]])
        };
        let share = scaled(&Statistic::of(&[solution.division[most] / game.whole()]), 100.0);
        answer.push(format!(
            "{} has the largest Shapley value: {}, {:.0} % of the whole.",
            names(most),
            measured(&s, "MUSD/yr"),
            share.mean
        ));
    }
    let mut changes = vec![
        "The concept of fairness: the solutions differ; the figure compares them.".to_string(),
    ];
    if material.replications < 10 {
        changes.push("More replications: with fewer than ten no standard error is given.".into());
    }
    changes.extend(figures(kinds));
    Headline {
        question: "What can each group of states gain together, and how can the gain be divided?"
            .into(),
        answer,
        changes,
        by: String::new(),
    }
}
