//! Figures of a run.

use super::Material;
use super::canvas::{
    Axis, BLUE, Category, Drawn, GREY, INK, Line, ORANGE, axes, bold, categories, figure, lines,
    panel_title, range,
};
use crate::analysis::{Statistic, YearRow};
use plotters::prelude::*;

const SIZE: (u32, u32) = (1100, 560);

pub(super) fn foot(material: &Material<'_>) -> String {
    let n = material.summary.column(0, "gain", None).iter().filter(|gain| !gain.is_nan()).count();
    format!(
        "{}, organisation {}: {n} replications of {} years from {}. Most figures are assumptions \
         or derived: `show {}`.",
        material.scenario.title,
        material.name,
        material.scenario.horizon,
        material.scenario.first_year,
        material.scenario.name
    )
}

fn statistic(material: &Material<'_>, design: usize, id: &str, state: Option<usize>) -> Statistic {
    Statistic::of(material.summary.column(design, id, state))
}

fn category(name: &str, s: &Statistic, color: RGBColor) -> Category {
    Category {
        name: name.to_string(),
        mean: s.mean,
        interval: (s.mean - 1.96 * s.se, s.mean + 1.96 * s.se),
        spread: (s.percentiles[0], s.percentiles[4]),
        color,
    }
}

/// Draws the gain of each state; states with a significant loss are marked by colour.
pub(super) fn gain_by_state(material: &Material<'_>) -> Result<String, String> {
    let items: Vec<Category> = (0..material.scenario.states.len())
        .map(|state| {
            let s = statistic(material, 0, "gain_per_year", Some(state));
            let color = if s.mean + 1.96 * s.se < 0.0 { ORANGE } else { BLUE };
            let entry = &material.scenario.states[state];
            let outside = if material.founders.contains(state) { "" } else { " (not a member)" };
            category(&format!("{}{outside}", entry.name), &s, color)
        })
        .collect();
    figure(
        SIZE,
        &format!("Gain by state under {}", material.name),
        "Gain over the non-cooperative reference, net of organisation costs. Dot and thick line: \
         mean with 95 % interval; thin line: 5–95 % of replications.",
        &foot(material),
        |area| categories(area, "Gain by state", "MUSD/yr", &items),
    )
}

/// Draws agreed against delivered depth, by replication and as means.
pub(super) fn depth(material: &Material<'_>) -> Result<String, String> {
    let promised = material.summary.column(0, "depth_agreed", None);
    let delivered = material.summary.column(0, "depth_delivered", None);
    let points: Vec<(f64, f64)> = promised
        .iter()
        .zip(delivered)
        .filter(|(x, y)| x.is_finite() && y.is_finite())
        .map(|(x, y)| (*x, *y))
        .take(1500)
        .collect();
    let (p, d) = (
        statistic(material, 0, "depth_agreed", None),
        statistic(material, 0, "depth_delivered", None),
    );
    let title = format!(
        "{} agrees on {:.0} % of the joint optimum and delivers {:.0} %",
        material.name,
        100.0 * p.mean,
        100.0 * d.mean
    );
    let foot = foot(material);
    figure(
        SIZE,
        &title,
        "Share of the joint optimum of all states and domains over the whole horizon, one grey dot \
         for each of up to 1,500 replications.",
        &foot,
        |area| {
            let (left, right) = area.split_horizontally(560);
            scatter(&left, &points, (p.mean, d.mean))?;
            let items = [category("agreed", &p, BLUE), category("delivered", &d, ORANGE)];
            categories(
                &right,
                "Means with 95 % interval, and 5–95 % of replications",
                "share of the joint optimum",
                &items,
            )
        },
    )
}

fn scatter(area: &super::canvas::Area<'_>, points: &[(f64, f64)], mean: (f64, f64)) -> Drawn {
    let top =
        panel_title(area, "Each replication: the further below the line, the more is broken")?;
    let x = range(points.iter().map(|point| point.0).chain([mean.0]), true);
    let y = range(points.iter().map(|point| point.1).chain([mean.1]), true);
    let (across, up) =
        (Axis::new(x.clone(), "depth agreed", 6), Axis::new(y.clone(), "depth delivered", 6));
    let mut chart = axes(area, top, across, up)?;
    let (low, high) = (x.start.max(y.start), x.end.min(y.end));
    chart.draw_series(std::iter::once(PathElement::new(
        vec![(low, low), (high, high)],
        INK.stroke_width(1),
    )))?;
    chart
        .draw_series(points.iter().map(|&point| Circle::new(point, 2, GREY.mix(0.35).filled())))?;
    chart.draw_series(std::iter::once(Circle::new(mean, 6, ORANGE.filled())))?;
    let style = bold(12.0).color(&ORANGE);
    chart.draw_series(std::iter::once(
        EmptyElement::at(mean) + Text::new("mean", (10, -16), style),
    ))?;
    Ok(())
}

fn line(material: &Material<'_>, design: usize, id: &str, name: &str, color: RGBColor) -> Line {
    let point = |row: YearRow| {
        let year = f64::from(material.scenario.first_year) + row.year as f64;
        (year, row.mean, row.percentiles[0], row.percentiles[2])
    };
    Line {
        name: name.to_string(),
        color,
        points: material.years.series(design, id, None).into_iter().map(point).collect(),
    }
}

/// Draws compliance and trust over years.
pub(super) fn compliance_and_trust(material: &Material<'_>) -> Result<String, String> {
    figure(
        SIZE,
        &format!("Compliance and trust under {}", material.name),
        "Lines: means over replications; bands: 5–95 % of replications. Years in which nothing is \
         due have no compliance.",
        &foot(material),
        |area| {
            let panels = area.split_evenly((1, 2));
            let unit = Some(0.0..1.05);
            let kept = [line(material, 0, "compliance_count", "obligations kept", BLUE)];
            lines(&panels[0], "Obligations kept", "share of those due", unit.clone(), &kept)?;
            let trust = [line(material, 0, "trust", "trust", ORANGE)];
            lines(&panels[1], "Trust among members", "expected share kept", unit, &trust)
        },
    )
}

/// Draws survival of the organisation and number of members over years.
pub(super) fn alive_and_members(material: &Material<'_>) -> Result<String, String> {
    let states = material.scenario.states.len() as f64;
    figure(
        SIZE,
        &format!("Survival and membership of {}", material.name),
        "Alive: not yet five years in a row with less than 5 % of the joint optimum delivered. \
         Lines: means; band: 5–95 % of replications.",
        &foot(material),
        |area| {
            let panels = area.split_evenly((1, 2));
            let mut alive = line(material, 0, "alive", "alive", BLUE);
            for point in &mut alive.points {
                (point.2, point.3) = (point.1, point.1);
            }
            lines(
                &panels[0],
                "Organisations alive",
                "share of replications",
                Some(0.0..1.05),
                &[alive],
            )?;
            let members = [line(material, 0, "members", "members", ORANGE)];
            lines(&panels[1], "Members", "states", Some(0.0..states + 0.5), &members)
        },
    )
}

/// Draws river flows and deficits with and without the organisation; empty if no replication has a
/// summer release.
pub(super) fn river(material: &Material<'_>) -> Result<String, String> {
    let share = statistic(material, 0, "summer_release_share", None);
    if share.n == 0 {
        return Ok(String::new());
    }
    let mean = |design: usize, id: &str, color: RGBColor, name: &str| {
        let series = material.years.series(design, id, None);
        let average = |pick: &dyn Fn(&YearRow) -> f64| {
            series.iter().map(pick).sum::<f64>() / series.len() as f64
        };
        let mean = average(&|row| row.mean);
        Category {
            name: name.to_string(),
            mean,
            interval: (mean, mean),
            spread: (average(&|row| row.percentiles[0]), average(&|row| row.percentiles[2])),
            color,
        }
    };
    let pair = |id: &str, what: &str| {
        let without = mean(material.reference, id, GREY, &format!("{what} without"));
        [without, mean(0, id, BLUE, &format!("{what} with"))]
    };
    figure(
        (1100, 640),
        "The river through the seasons, with and without the organisation",
        &format!(
            "Blue: {}; grey: non-cooperative reference on the same draws. Dot: mean; line: 5–95 % \
             of replications in an average year.",
            material.name
        ),
        &foot(material),
        |area| {
            let panels = area.split_evenly((2, 2));
            let mut release: Vec<Category> = pair("summer_release", "summer").into_iter().collect();
            release.extend(pair("winter_release", "winter"));
            categories(&panels[0], "Outflow of the decided reservoirs", "km³/yr", &release)?;
            categories(
                &panels[1],
                "Irrigation deficit in summer",
                "km³/yr",
                &pair("irrigation_deficit", "deficit"),
            )?;
            categories(
                &panels[2],
                "Power deficit of the operators in winter",
                "TWh/yr",
                &pair("winter_power_deficit", "deficit"),
            )?;
            categories(
                &panels[3],
                "Cost of winter floods",
                "MUSD/yr",
                &pair("flood_cost", "floods"),
            )
        },
    )
}
