//! Figures of a comparison and of an attribution.

use super::super::attribution::Attribution;
use super::ComparisonMaterial;
use super::canvas::{BLUE, Category, INK, Line, ORANGE, categories, figure, lines};
use super::charts::{Point, color, dots, grouped, legend, over_settings, ridges, short};
use crate::analysis::band::Band;
use crate::analysis::{PairedDifference, Statistic};
use crate::experiment::measures::{MEASURES, definition, unit_for_people};
use crate::numeric::TWO_SIDED_95;

pub(super) fn foot(comparison: &ComparisonMaterial<'_>) -> String {
    let n = comparison.summary.column(0, "gain", None).len();
    format!(
        "{}: {n} replications of {} years from {}, the same for all organisations. Most figures \
         are assumptions or derived: `show {}`.",
        comparison.scenario.title,
        comparison.scenario.horizon,
        comparison.scenario.first_year,
        comparison.scenario.name
    )
}

fn height(rows: usize, each: u32) -> (u32, u32) {
    (1100, 300 + each * rows as u32)
}

fn unit(id: &str) -> String {
    definition(id).map_or(String::new(), |measure| unit_for_people(measure.unit))
}

fn title(id: &str) -> &str {
    definition(id).map_or(id, |measure| measure.title)
}

fn point(statistic: &Statistic) -> Point {
    let half = TWO_SIDED_95 * statistic.se;
    (statistic.mean, statistic.mean - half, statistic.mean + half)
}

impl ComparisonMaterial<'_> {
    fn statistic(&self, design: usize, id: &str, state: Option<usize>) -> Statistic {
        Statistic::of(&self.summary.values(design, id, state))
    }
    fn leader(&self) -> &str {
        &self.names[self.ranking[0].design]
    }
    fn criterion(&self) -> &'static str {
        MEASURES[self.by].id
    }
}

/// Draws the paired differences of all designs from the first.
pub(super) fn differences(comparison: &ComparisonMaterial<'_>) -> Result<String, String> {
    let first = &comparison.names[0];
    let panel = |id: &'static str| -> Vec<Category> {
        (1..comparison.names.len())
            .map(|design| {
                let (own, base) = (
                    comparison.summary.values(design, id, None),
                    comparison.summary.values(0, id, None),
                );
                let paired = PairedDifference::of(&own, &base);
                let gaps: Vec<f64> = own.iter().zip(&base).map(|(a, b)| a - b).collect();
                let spread = Statistic::of(&gaps).percentiles;
                let half = TWO_SIDED_95 * paired.se;
                Category {
                    name: short(&comparison.names[design]),
                    mean: paired.mean,
                    interval: (paired.mean - half, paired.mean + half),
                    spread: (spread[0], spread[4]),
                    color: color(design),
                }
            })
            .collect()
    };
    let second =
        if comparison.criterion() == "depth_delivered" { "gain" } else { "depth_delivered" };
    figure(
        height(comparison.names.len(), 44),
        &format!("Differences from {}", short(first)),
        "Paired differences on the same random draws. Dot and thick line: mean with 95 % interval; thin \
         line: 5–95 % of replications. Negative values: lower than under that design.",
        &foot(comparison),
        |area| {
            let panels = area.split_evenly((1, 2));
            for (panel_area, id) in panels.iter().zip([comparison.criterion(), second]) {
                let heading = format!("{}: difference from {}", title(id), short(first));
                categories(panel_area, &heading, &unit(id), &panel(id))?;
            }
            Ok(())
        },
    )
}

/// Draws the distributions of results over replications.
pub(super) fn distributions(comparison: &ComparisonMaterial<'_>) -> Result<String, String> {
    let rows = |id: &str| -> Vec<(String, Vec<f64>)> {
        let values = |design: usize| comparison.summary.values(design, id, None);
        comparison
            .names
            .iter()
            .enumerate()
            .map(|(design, name)| (name.clone(), values(design)))
            .collect()
    };
    figure(
        height(comparison.names.len(), 62),
        "Distribution over replications",
        "One density per organisation, scaled to its own peak; the thick mark is the mean. The \
         outermost half per cent of replications is left out.",
        &foot(comparison),
        |area| {
            let panels = area.split_evenly((1, 2));
            ridges(&panels[0], "Gain of the region, present value", "MUSD", &rows("gain"))?;
            ridges(
                &panels[1],
                "Depth delivered",
                "share of the joint optimum",
                &rows("depth_delivered"),
            )
        },
    )
}

/// Draws survival and number of members over years.
pub(super) fn survival(comparison: &ComparisonMaterial<'_>) -> Result<String, String> {
    let series = |id: &str| -> Vec<Line> {
        (0..comparison.names.len())
            .map(|design| Line {
                name: short(&comparison.names[design]),
                color: color(design),
                points: comparison
                    .years
                    .series(design, id, None)
                    .into_iter()
                    .map(|row| {
                        let year = f64::from(comparison.scenario.first_year) + row.year as f64;
                        (year, row.mean, row.mean, row.mean)
                    })
                    .collect(),
            })
            .collect()
    };
    let states = comparison.scenario.states.len() as f64;
    figure(
        (1100, 600),
        "Survival and membership of organisations",
        "Alive (Kaplan–Meier, all replications observed to the end): not yet five years in a row \
         with less than 5 % of the joint optimum delivered.",
        &foot(comparison),
        |area| {
            let (head, body) = area.split_vertically(legend(area, comparison.names)?);
            let _ = head;
            let panels = body.split_evenly((1, 2));
            lines(
                &panels[0],
                "Organisations alive",
                "share of replications",
                Some(0.0..1.05),
                &unnamed(series("alive")),
            )?;
            let members = unnamed(series("members"));
            lines(
                &panels[1],
                "Members, mean over replications",
                "states",
                Some(0.0..states + 0.5),
                &members,
            )
        },
    )
}

/// Removes the names of lines, because the legend above both panels has them.
fn unnamed(mut all: Vec<Line>) -> Vec<Line> {
    all.iter_mut().for_each(|line| line.name.clear());
    all
}

/// Draws the gain of each state under each design.
pub(super) fn gains_by_state(comparison: &ComparisonMaterial<'_>) -> Result<String, String> {
    let groups: Vec<(String, Vec<Point>)> = (0..comparison.scenario.states.len())
        .map(|state| {
            let points = (0..comparison.names.len())
                .map(|design| point(&comparison.statistic(design, "gain_per_year", Some(state))))
                .collect();
            (comparison.scenario.states[state].name.clone(), points)
        })
        .collect();
    figure(
        (1100, 280 + (groups.len() * (22 + 13 * comparison.names.len())) as u32),
        "Gain by state and organisation",
        "Gain over the non-cooperative reference, net of organisation costs: means with 95 % \
         intervals. Negative values are losses.",
        &foot(comparison),
        |area| {
            let (_, body) = area.split_vertically(legend(area, comparison.names)?);
            grouped(&body, "Gain by state", "MUSD/yr", &groups)
        },
    )
}

/// Draws delivered depth against compliance and against agreed depth.
pub(super) fn depth_and_compliance(comparison: &ComparisonMaterial<'_>) -> Result<String, String> {
    let pairs = |x: &str, y: &str| -> Vec<(Point, Point)> {
        (0..comparison.names.len())
            .map(|design| {
                (
                    point(&comparison.statistic(design, x, None)),
                    point(&comparison.statistic(design, y, None)),
                )
            })
            .collect()
    };
    figure(
        (1100, 600),
        "Depth and compliance",
        "One dot per organisation: means with 95 % intervals. Designs with both deep deals and high compliance lie at the top right.",
        &foot(comparison),
        |area| {
            let (_, body) = area.split_vertically(legend(area, comparison.names)?);
            let panels = body.split_evenly((1, 2));
            let kept = ("obligations kept, share", "depth delivered, share");
            dots(
                &panels[0],
                "Compliance and depth",
                kept,
                &pairs("compliance_count", "depth_delivered"),
            )?;
            let promised = ("depth agreed, share", "depth delivered, share");
            dots(
                &panels[1],
                "Promised and delivered",
                promised,
                &pairs("depth_agreed", "depth_delivered"),
            )
        },
    )
}

/// Returns means and intervals of a band, `[design][setting]`.
fn band_points(comparison: &ComparisonMaterial<'_>, band: &Band) -> Vec<Vec<Point>> {
    let of = |design: usize, ranks: &[crate::analysis::comparison::Rank]| {
        ranks
            .iter()
            .find(|rank| rank.design == design)
            .map_or((f64::NAN, f64::NAN, f64::NAN), |rank| point(&rank.statistic))
    };
    (0..comparison.names.len())
        .map(|design| band.rankings.iter().map(|(_, ranks)| of(design, ranks)).collect())
        .collect()
}

/// Draws the ranking measure over the precision of choices λ; empty without this band.
pub(super) fn lambda_band(comparison: &ComparisonMaterial<'_>) -> Result<String, String> {
    let Some(found) = comparison.lambda else {
        return Ok(String::new());
    };
    let subtitle = format!(
        "Means with 95 % intervals, {} replications each, λ the same for votes and compliance of \
         all states: 3 is close to random choice, exact is best reply.",
        found.replications
    );
    let title =
        format!("Ranking over the precision of choices λ (first: {})", short(comparison.leader()));
    let settings: Vec<String> =
        found.rankings.iter().map(|(setting, _)| setting.name.clone()).collect();
    let id = comparison.criterion();
    figure((1100, 600), &title, &subtitle, &foot(comparison), |area| {
        let (_, body) = area.split_vertically(legend(area, comparison.names)?);
        let panel = format!("{}: the region", self::title(id));
        let names = ("precision λ of choices, per stake", &*unit(id));
        over_settings(&body, &panel, names, &settings, &band_points(comparison, found))
    })
}

/// Draws the ranking measure under other structural choices, one row each; empty without this band.
pub(super) fn structure_band(comparison: &ComparisonMaterial<'_>) -> Result<String, String> {
    let Some(found) = comparison.structure else {
        return Ok(String::new());
    };
    let subtitle = format!("Means with 95 % intervals, {} replications each.", found.replications);
    let title =
        format!("Ranking under other structural choices (first: {})", short(comparison.leader()));
    let points = band_points(comparison, found);
    let groups: Vec<(String, Vec<Point>)> = found
        .rankings
        .iter()
        .enumerate()
        .map(|(at, (setting, _))| {
            (setting.name.clone(), points.iter().map(|of_design| of_design[at]).collect())
        })
        .collect();
    let id = comparison.criterion();
    let rows = 10 * comparison.names.len().max(2) as u32 + 14;
    let height = 220 + rows * groups.len() as u32;
    figure((1100, height), &title, &subtitle, &foot(comparison), |area| {
        let (_, body) = area.split_vertically(legend(area, comparison.names)?);
        let panel = format!("{}: the region", self::title(id));
        grouped(&body, &panel, &unit(id), &groups)
    })
}

/// Draws the Shapley values of the switches.
pub(super) fn attribution(attribution: &Attribution<'_>) -> Result<String, String> {
    let panel = |measure: usize| -> Vec<Category> {
        attribution
            .shown(measure)
            .into_iter()
            .map(|part| {
                let half = TWO_SIDED_95 * part.se;
                let interval = (part.shapley - half, part.shapley + half);
                let whole = part.switch == attribution.switches.len();
                let color = if whole {
                    INK
                } else if part.shapley < 0.0 {
                    ORANGE
                } else {
                    BLUE
                };
                let name = if whole {
                    "all together".to_string()
                } else {
                    attribution.switch_name(part.switch)
                };
                Category {
                    name: short(&name),
                    mean: part.shapley,
                    interval,
                    spread: (0.0, part.shapley),
                    color,
                }
            })
            .collect()
    };
    let depth = MEASURES
        .iter()
        .position(|measure| measure.id == "depth_delivered")
        .unwrap_or(attribution.by);
    let gain = MEASURES.iter().position(|measure| measure.id == "gain").unwrap_or(attribution.by);
    let second = if attribution.by == depth { gain } else { depth };
    let foot = format!(
        "{}: {} replications of {} years. Shapley values add up to the whole difference; {}.",
        attribution.scenario.title,
        attribution.replications,
        attribution.scenario.horizon,
        if attribution.exact {
            "all designs between the two were simulated"
        } else {
            "orders of switches were sampled"
        }
    );
    figure(
        height(attribution.switches.len() + 1, 34),
        &format!(
            "Contribution of each switch: {} less {}",
            short(&attribution.names[1]),
            short(&attribution.names[0])
        ),
        "Shapley value of each switch over the designs between the two, with 95 % interval.",
        &foot,
        |area| {
            let panels = area.split_evenly((1, 2));
            for (panel_area, measure) in panels.iter().zip([attribution.by, second]) {
                let definition = &MEASURES[measure];
                let title = format!("Change of: {}", definition.title);
                categories(panel_area, &title, &unit_for_people(definition.unit), &panel(measure))?;
            }
            Ok(())
        },
    )
}
