//! Figure of a game: the share of each state under each solution.

use super::Divisions;
use super::canvas::figure;
use super::charts::{Point, grouped, legend};
use crate::numeric::TWO_SIDED_95;

/// Draws the share of each state under each solution.
pub(super) fn divisions_by_state(material: &Divisions<'_>) -> Result<String, String> {
    let shown: Vec<usize> = (0..material.found.solutions.len())
        .filter(|at| {
            !matches!(material.found.solutions[*at].id.as_str(), "least_core" | "proportional")
        })
        .filter(|at| {
            // If no state gains alone, several solutions are equal shares: show only the first of
            // them.
            let earlier = &material.found.solutions[..*at];
            !earlier.iter().any(|other| other.division == material.found.solutions[*at].division)
        })
        .collect();
    let mut names: Vec<String> = shown
        .iter()
        .map(|at| {
            let solution = &material.found.solutions[*at];
            let core = if solution.in_core { "" } else { " (not in the core)" };
            format!("{}{core}", solution.title)
        })
        .collect();
    names.extend(material.published.iter().map(|other| format!("published: {}", other.solution)));
    let groups: Vec<(String, Vec<Point>)> = material
        .states
        .iter()
        .enumerate()
        .map(|(player, state)| {
            let own = shown.iter().map(|at| {
                let mean = material.found.solutions[*at].division[player];
                let half = TWO_SIDED_95 * material.errors[*at][player];
                if half.is_finite() { (mean, mean - half, mean + half) } else { (mean, mean, mean) }
            });
            let others = material.published.iter().map(|other| {
                (other.division[player], other.division[player], other.division[player])
            });
            (material.scenario.states[*state].name.clone(), own.chain(others).collect())
        })
        .collect();
    let core = if material.found.least_core.core_nonempty { "not empty" } else { "empty" };
    figure(
        (1100, 280 + (groups.len() * (22 + 13 * names.len())) as u32),
        "Divisions of the joint gain of all states",
        &format!(
            "Divisions of {:.1} MUSD/yr that all states together gain in {}. Means with 95 % \
             intervals. The core is {core}.",
            material.game.whole(),
            material.domains.join(" and ")
        ),
        &format!(
            "{}: {} replications of {} years. A coalition carries out its joint plan, outsiders \
             act alone. Most figures are assumptions or derived: `show {}`.",
            material.scenario.title,
            material.replications,
            material.scenario.horizon,
            material.scenario.name
        ),
        |area| {
            let (_, body) = area.split_vertically(legend(area, &names)?);
            grouped(&body, "Share by state", "MUSD/yr", &groups)
        },
    )
}
