//! Headlines of sweeps and of analyses of sweeps.

use super::{figures, stated};
use crate::analysis::Statistic;
use crate::analysis::robustness::{Criterion, Robustness};
use crate::experiment::measures::unit_for_people;
use crate::output::about::Headline;
use crate::output::sweep::{
    Analysis, Discovery, Results, SweepRecord, chosen_measure, robust_choice,
};
use crate::report::discovery::box_in_words;
use crate::report::sensitivity::in_words;
use crate::report::sweep::{choice_in_words, noise};

/// Returns the headline of a robust choice by one measure.
pub fn robustness(
    record: &SweepRecord,
    column: usize,
    found: &Robustness,
    results: &Results,
) -> Headline {
    let measure = &record.measures[column];
    let mut changes: Vec<String> =
        noise(&unit_for_people(&measure.unit), results).lines().map(str::to_string).collect();
    if found.left_out > 0 {
        changes.push(format!(
            "{} points are left out: some design has no value there.",
            found.left_out
        ));
    }
    changes.extend(figures(&record.figures));
    Headline {
        question: format!(
            "Which design is robust by {} over the uncertain parameters?",
            measure.column
        ),
        answer: match found.points.is_empty() {
            true => {
                vec!["At no point do all designs have a value: no choice can be made.".into()]
            }
            false => [Some(choice_in_words(record, found)), means(record, column, found)]
                .into_iter()
                .flatten()
                .collect(),
        },
        changes,
        by: measure.column.clone(),
    }
}

/// The two designs with the best mean over points, with standard errors over points.
fn means(record: &SweepRecord, column: usize, found: &Robustness) -> Option<String> {
    let (_, scores) = found.scores.iter().find(|(criterion, _)| *criterion == Criterion::Mean)?;
    let mut order: Vec<usize> =
        (0..scores.len()).filter(|&design| scores[design].value.is_finite()).collect();
    order.sort_by_key(|&design| scores[design].rank);
    let unit = unit_for_people(&record.measures[column].unit);
    let stated = |&design: &usize| {
        let score = &scores[design];
        let s = Statistic { se: score.se, ..Statistic::of(&[score.value]) };
        format!("{} under {}", stated(&s, &unit), record.organisations[design])
    };
    let best: Vec<String> = order.iter().take(2).map(stated).collect();
    let extent = record.extent();
    (!best.is_empty())
        .then(|| format!("On average over points it is {} ({extent}).", best.join(", and ")))
}

/// Returns the headline of a sweep.
pub fn sweep(record: &SweepRecord, results: &[Results]) -> Headline {
    if let Some(column) = chosen_measure(record).filter(|_| record.organisations.len() > 1) {
        return robustness(
            record,
            column,
            &robust_choice(record, results, column),
            &results[column],
        );
    }
    let measure = &record.measures[0];
    let mut changes: Vec<String> =
        noise(&unit_for_people(&measure.unit), &results[0]).lines().map(str::to_string).collect();
    changes.extend(figures(&record.figures));
    let mean = stated(&Statistic::of(&results[0].means(0)), &unit_for_people(&measure.unit));
    Headline {
        question: format!("How does {} vary over the parameters?", measure.column),
        answer: vec![
            format!("{} is {mean} on average over points.", measure.column),
            format!("{}.", record.extent()),
        ],
        changes,
        by: measure.column.clone(),
    }
}

/// Returns the headline of a sensitivity analysis.
pub fn sensitivity(analysis: &Analysis) -> Headline {
    let answer = analysis.sets.first().map(|set| in_words(analysis, set)).into_iter().collect();
    let mut changes: Vec<String> = analysis
        .sets
        .iter()
        .skip(1)
        .filter(|set| !set.label.is_empty())
        .map(|set| in_words(analysis, set))
        .collect();
    changes.truncate(8);
    changes.push(format!("{}.", analysis.caption.trim_end_matches('.')));
    Headline {
        question: format!("Which parameters explain the variance of {}?", analysis.measure),
        answer,
        changes,
        by: analysis.measure.clone(),
    }
}

/// Returns the headline of a scenario discovery.
pub fn discovery(found: &Discovery) -> Headline {
    let hits = found.hits.iter().filter(|hit| **hit).count();
    let all = found.hits.len();
    let mut answer = vec![format!(
        "{}: {hits} of {all} cases ({:.0} %).",
        found.interest,
        100.0 * hits as f64 / all.max(1) as f64
    )];
    answer.extend((0..found.boxes.len().min(2)).map(|at| box_in_words(found, at)));
    if found.boxes.is_empty() {
        answer.push(
            "No box is dense enough: the parameters do not separate the cases of interest.".into(),
        );
    }
    let mut changes = vec![format!("{}.", found.caption.trim_end_matches('.'))];
    if found.left_out > 0 {
        changes.push(format!("{} cases are left out: a run failed there.", found.left_out));
    }
    Headline {
        question: format!("For which parameters: {}?", found.interest),
        answer,
        changes,
        by: String::new(),
    }
}
