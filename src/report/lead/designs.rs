//! Leads of what designs come to: runs, comparisons, attributions; and of games between states.

use super::{chance, figures, measured, percent, scaled, side};
use crate::analysis::band::Band;
use crate::analysis::{PairedDifference, Statistic, Summary};
use crate::experiment::measures::{MEASURES, definition, unit_for_people};
use crate::numeric::TWO_SIDED_95;
use crate::output::FigureKinds;
use crate::output::about::Lead;
use crate::report::attribution::Attribution;
use crate::report::plots::{Contest, Divisions, Material};
use crate::report::sweep::list;
use crate::report::terminal::{in_sentence, rounded};
use crate::scenario::types::Scenario;
use std::cmp::Ordering;

fn of(summary: &Summary, design: usize, id: &str, state: Option<usize>) -> Statistic {
    Statistic::of(summary.column(design, id, state))
}

fn unit(id: &str) -> String {
    definition(id).map_or(String::new(), |measure| unit_for_people(measure.unit))
}

/// How deep deals are and whether they are kept.
fn depth(summary: &Summary, design: usize, name: &str) -> String {
    if of(summary, design, "adoption", None).mean == 0.0 {
        return format!("Under {name} no deal was ever in force: the region stays at the non-cooperative reference.");
    }
    let [promised, delivered, kept] =
        ["depth_promised", "depth_delivered", "compliance_count"].map(|id| of(summary, design, id, None));
    let kept = if kept.n > 0 { format!(", and {} of what falls due is kept", percent(&kept)) } else { String::new() };
    format!(
        "Under {name}, deals promise {} of what full cooperation could gain and deliver {}{kept}.",
        percent(&promised),
        percent(&delivered)
    )
}

/// Who gains and who pays, as far as it is told from nothing.
fn who(scenario: &Scenario, summary: &Summary, design: usize, name: &str) -> Option<String> {
    let states: Vec<(String, Statistic)> = scenario
        .states
        .iter()
        .enumerate()
        .map(|(at, state)| (state.name.clone(), of(summary, design, "gain_per_year", Some(at))))
        .filter(|(_, s)| s.n > 0 && s.mean != 0.0)
        .collect();
    let mut gainers: Vec<&(String, Statistic)> = states.iter().filter(|(_, s)| side(s) == Ordering::Greater).collect();
    let mut payers: Vec<&(String, Statistic)> = states.iter().filter(|(_, s)| side(s) == Ordering::Less).collect();
    gainers.sort_by(|a, b| b.1.mean.total_cmp(&a.1.mean));
    payers.sort_by(|a, b| a.1.mean.total_cmp(&b.1.mean));
    let unit = unit("gain_per_year");
    let each = |some: &[&(String, Statistic)]| {
        let words: Vec<String> = some.iter().map(|(name, s)| format!("{name} ({})", measured(s, &unit))).collect();
        list(&words.iter().map(String::as_str).collect::<Vec<_>>())
    };
    match (gainers.is_empty(), payers.is_empty()) {
        (true, true) => None,
        (false, true) => {
            Some(format!("Under {name} no state pays; {} gain most.", each(&gainers[..gainers.len().min(2)])))
                .map(|text| if gainers.len() == 1 { text.replace(" gain most.", " gains most.") } else { text })
        }
        (true, false) => Some(format!("Under {name} nobody gains, and {} pay.", each(&payers))),
        (false, false) => Some(format!(
            "Under {name}, {} {} most, and {} {}.",
            each(&gainers[..gainers.len().min(2)]),
            if gainers.len() > 1 { "gain" } else { "gains" },
            each(&payers),
            if payers.len() > 1 { "pay" } else { "pays" }
        )),
    }
}

/// How long the organisation lives, where that is counted.
fn life(summary: &Summary, design: usize, name: &str) -> Option<String> {
    let alive = of(summary, design, "alive", None);
    (alive.n > 0).then(|| format!("{name} is alive at the end in {} of fates.", percent(&alive)))
}

/// The lead of a run.
pub fn run(material: &Material<'_>, kinds: &FigureKinds) -> Lead {
    let (summary, name) = (material.summary, material.name);
    let gain = of(summary, 0, "gain_per_year", None);
    let mut answer = vec![depth(summary, 0, name)];
    answer.extend(who(material.scenario, summary, 0, name));
    answer.extend(life(summary, 0, name));
    let mut changes = Vec::new();
    if gain.n > 1 {
        changes.push(format!(
            "Luck: the region gains {} on average, and between {} and {} in nine of ten fates.",
            measured(&gain, &unit("gain_per_year")),
            rounded(gain.percentiles[0], gain.sd),
            rounded(gain.percentiles[4], gain.sd)
        ));
    }
    changes.push(
        "Other rules: one design alone does not say what rules are worth; compare sets designs side by side.".into(),
    );
    changes.extend(figures(kinds));
    Lead { question: format!("What comes of {name}?"), answer, changes }
}

/// What one design does better than another, with interval and chance.
fn lead_over(contest: &Contest<'_>, a: usize, b: usize) -> String {
    let measure = &MEASURES[contest.by];
    let paired = PairedDifference::of(
        &contest.summary.values(a, measure.id, None),
        &contest.summary.values(b, measure.id, None),
    );
    let half = TWO_SIDED_95 * paired.se;
    let better = match measure.better {
        crate::experiment::measures::Better::Lower => 1.0 - paired.p_a_above,
        _ => paired.p_a_above,
    };
    let (size, more) = (paired.mean.abs(), if paired.mean < 0.0 { "less" } else { "more" });
    format!(
        "{} {} {more} than {} (95 % interval {} to {}) and better in {} of fates",
        rounded(size, paired.se),
        unit_for_people(measure.unit),
        contest.names[b],
        rounded(size - half, paired.se),
        rounded(size + half, paired.se),
        chance(better, paired.n),
    )
}

fn turning_points(contest: &Contest<'_>, band: &Band, what: &str, ordered: bool) -> Vec<String> {
    let designs = contest.names.len();
    let first = contest.ranking[0].design;
    let turns = if ordered { band.turns(designs) } else { band.departures(designs) };
    let concerned: Vec<String> = turns
        .iter()
        .filter(|turn| turn.before == first || turn.after == first)
        .map(|turn| {
            let setting = |at: usize| &band.rankings[at].0.name;
            let (before, after) = (&contest.names[turn.before], &contest.names[turn.after]);
            format!("{before} leads {after} at {} and trails it at {}", setting(turn.last), setting(turn.first))
        })
        .collect();
    match concerned.is_empty() {
        true => vec![format!("Not {what}: {} leads throughout.", contest.names[first])],
        false => vec![format!("{what}: {}.", concerned[..concerned.len().min(3)].join("; "))],
    }
}

fn upper(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}

/// The lead of a comparison.
pub fn comparison(contest: &Contest<'_>, kinds: &FigureKinds) -> Lead {
    let measure = &MEASURES[contest.by];
    let ranking = contest.ranking;
    let first = &ranking[0];
    let name = &contest.names[first.design];
    let tied: Vec<&str> =
        ranking.iter().filter(|rank| rank.rank == first.rank).map(|rank| contest.names[rank.design].as_str()).collect();
    let by = in_sentence(measure.title);
    let mut answer = Vec::new();
    let value = measured(&first.statistic, &unit_for_people(measure.unit));
    if tied.len() > 1 {
        answer.push(format!("By {by}, {} come first and cannot be told apart ({value} under {name}).", list(&tied)));
    } else {
        let second = ranking
            .get(1)
            .map_or(String::new(), |second| format!(": {}", lead_over(contest, first.design, second.design)));
        answer.push(format!("By {by}, {name} comes first with {value}{second}."));
    }
    let last = &contest.names[ranking[ranking.len() - 1].design];
    let share = |design: usize| of(contest.summary, design, "depth_delivered", None);
    let (best, worst) = (share(first.design), share(ranking[ranking.len() - 1].design));
    if best.n > 0 && worst.n > 0 {
        answer.push(format!(
            "{name} delivers {} of what full cooperation could gain, {last}, which comes last, {}.",
            percent(&best),
            percent(&worst)
        ));
    }
    answer.extend(who(contest.scenario, contest.summary, first.design, name));
    let mut changes = Vec::new();
    if let Some(band) = contest.lambda {
        changes.extend(turning_points(contest, band, "how precisely states choose (λ)", true));
    }
    if let Some(band) = contest.structure {
        changes.extend(turning_points(contest, band, "how the model is built", false));
    }
    let ties = ranking.iter().filter(|rank| matches!(rank.more_needed, Some(more) if more > 0)).count();
    if ties > 0 {
        changes.push(format!(
            "More fates: {ties} {} of the ranking cannot be told from the one before at {} fates.",
            if ties > 1 { "places" } else { "place" },
            first.statistic.n
        ));
    }
    changes.extend(figures(kinds));
    let changes = changes.iter().map(|text| upper(text)).collect();
    Lead { question: format!("Which of {} organisations does best by {by}?", contest.names.len()), answer, changes }
}

/// The lead of an attribution.
pub fn attribution(attribution: &Attribution<'_>, kinds: &FigureKinds) -> Lead {
    let measure = &MEASURES[attribution.by];
    let (unit, title) = (unit_for_people(measure.unit), in_sentence(measure.title));
    let parts = attribution.shown(attribution.by);
    let (from, to) = (&attribution.names[0], &attribution.names[1]);
    let amount = |mean: f64, se: f64| {
        let mut s = Statistic::of(&[mean]);
        s.se = se;
        measured(&s, &unit)
    };
    let mut answer = Vec::new();
    if let Some(whole) = parts.last() {
        let more = if whole.shapley < 0.0 { "less" } else { "more" };
        answer.push(format!("{to} has {} {more} in {title} than {from}.", amount(whole.shapley.abs(), whole.se)));
    }
    let own = |part: &&&crate::analysis::attribution::Part| part.switch < attribution.switches.len();
    let told = |part: &crate::analysis::attribution::Part| part.shapley.abs() > TWO_SIDED_95 * part.se;
    let switches: Vec<&&crate::analysis::attribution::Part> = parts.iter().filter(own).collect();
    if let Some(first) = switches.first().filter(|part| told(part)) {
        let name = attribution.switch_name(first.switch);
        answer.push(format!("The switch that matters most is {name}: {}.", amount(first.shapley, first.se)));
        let against: Vec<String> = switches
            .iter()
            .filter(|part| told(part) && part.shapley * first.shapley < 0.0)
            .take(2)
            .map(|part| format!("{} ({})", attribution.switch_name(part.switch), amount(part.shapley, part.se)))
            .collect();
        if !against.is_empty() {
            let against: Vec<&str> = against.iter().map(String::as_str).collect();
            answer.push(format!("Against it works {}.", list(&against)));
        }
    } else {
        answer.push("No single switch is told from nothing at this number of fates.".into());
    }
    let mut changes = vec![format!(
        "The order: a Shapley value is a mean over all orders in which switches are turned; turned one after the other in the order of the file, they give the column “stepwise”{}.",
        if attribution.exact { "" } else { ", and orders were sampled" }
    )];
    changes.extend(figures(kinds));
    Lead { question: format!("Which rule makes {to} differ from {from}?"), answer, changes }
}

/// The lead of a game between states.
pub fn coalitions(material: &Divisions<'_>, whole: &Statistic, kinds: &FigureKinds) -> Lead {
    let (game, found) = (material.game, material.found);
    let names = |player: usize| material.scenario.states[material.states[player]].name.clone();
    let mut answer = vec![format!(
        "All {} states together gain {} in {}.",
        game.count(),
        measured(whole, "MUSD/yr"),
        list(&material.domains.iter().map(String::as_str).collect::<Vec<_>>())
    )];
    let excess = found.least_core.excess;
    answer.push(match found.least_core.core_nonempty {
        true => format!(
            "The core is not empty: every group can be given what it could gain by itself, and {} MUSD/yr more.",
            rounded(-excess, f64::NAN)
        ),
        false => format!(
            "The core is empty: some group always lacks {} MUSD/yr of what it could gain by itself.",
            rounded(excess, f64::NAN)
        ),
    });
    if let Some(at) = found.solutions.iter().position(|solution| solution.id == "shapley") {
        let solution = &found.solutions[at];
        let most =
            (0..game.count()).max_by(|a, b| solution.division[*a].total_cmp(&solution.division[*b])).unwrap_or(0);
        let s = Statistic { se: material.errors[at][most], ..Statistic::of(&[solution.division[most]]) };
        let share = scaled(&Statistic::of(&[solution.division[most] / game.whole()]), 100.0);
        answer.push(format!(
            "By its contributions (Shapley value) {} has most: {}, {:.0} % of the whole.",
            names(most),
            measured(&s, "MUSD/yr"),
            share.mean
        ));
    }
    let mut changes =
        vec!["The idea of a fair division: solutions differ, and the figure sets them side by side.".to_string()];
    if material.replications < 10 {
        changes.push("More fates: from fewer than ten nothing is said of the spread.".into());
    }
    changes.extend(figures(kinds));
    Lead {
        question: "What could each group of states gain together, and who should have how much of it?".into(),
        answer,
        changes,
    }
}
