//! Figures of a sensitivity analysis: bars of indices with intervals, indices by design, and
//! Morris's plane.

use super::canvas::{Axis, Drawn, GREY, INK, axes, figure, font, panel_title, range, width};
use super::charts::{Point, color, grouped, legend};
use crate::output::sweep::{Analysis, Index, IndexSet};
use crate::report::sensitivity::{in_words, ordered};
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

fn heading(analysis: &Analysis, set: &IndexSet) -> String {
    match set.label.as_str() {
        "" => format!("Sensitivity of {}", analysis.measure),
        "all designs" => {
            format!("Sensitivity of {}, with the design as a factor", analysis.measure)
        }
        label => format!("Sensitivity of {} under {label}", analysis.measure),
    }
}

/// Draws indices as bars with their intervals.
pub(super) fn bars(analysis: &Analysis, set: &IndexSet) -> Result<String, String> {
    let order = ordered(set);
    let morris = analysis.method == "morris";
    let (unit, series): (String, Vec<String>) = match morris {
        true => (
            format!("mean size of effect over the range, {}", analysis.unit),
            vec!["mean size of effect μ*".into()],
        ),
        false => ("share of variance".into(), vec!["first order".into(), "total order".into()]),
    };
    figure(
        (1000, 250 + 34 * order.len() as u32),
        &heading(analysis, set),
        &format!("{} Bars: indices, lines: 95 % intervals.", in_words(analysis, set)),
        &analysis.caption,
        |area| {
            let (_, body) = area.split_vertically(legend(area, &series)?);
            let top = panel_title(&body, "")?;
            let label = font(13.0);
            let left =
                order.iter().map(|index| width(&index.title, &label)).max().unwrap_or(0) + 14;
            let extent = |index: &Index| {
                [index.total + index.total_ci, index.first - index.first_ci, index.total]
            };
            let x = range(order.iter().flat_map(|index| extent(index)), true);
            let rows = (order.len() as f64 - 0.5)..-0.5;
            let mut chart =
                axes(&body, top, Axis::new(x.clone(), &unit, 8), Axis::rows(rows, left))?;
            let (base_x, base_y) = body.get_base_pixel();
            let name = label.color(&INK).pos(Pos::new(HPos::Right, VPos::Center));
            for (row, index) in order.iter().enumerate() {
                let y = row as f64;
                let (px, py) = chart.plotting_area().map_coordinate(&(x.start, y));
                body.draw_text(&index.title, &name, (px - base_x - 8, py - base_y))?;
                let pairs = match morris {
                    true => vec![(index.total, index.total_ci, 0, -0.25, 0.25)],
                    false => {
                        vec![
                            (index.first, index.first_ci, 0, -0.36, -0.02),
                            (index.total, index.total_ci, 1, 0.02, 0.36),
                        ]
                    }
                };
                for (value, ci, series, low, high) in
                    pairs.into_iter().filter(|pair| pair.0.is_finite())
                {
                    let bar = Rectangle::new(
                        [(0.0, y + low), (value, y + high)],
                        color(series).mix(0.75).filled(),
                    );
                    chart.draw_series(std::iter::once(bar))?;
                    if ci.is_finite() {
                        let middle = y + 0.5 * (low + high);
                        let line = vec![(value - ci, middle), (value + ci, middle)];
                        chart.draw_series(std::iter::once(PathElement::new(
                            line,
                            INK.stroke_width(2),
                        )))?;
                    }
                }
            }
            let zero = [(0.0, -0.5), (0.0, order.len() as f64 - 0.5)];
            chart.draw_series(std::iter::once(PathElement::new(
                zero.to_vec(),
                GREY.stroke_width(1),
            )))?;
            Ok(())
        },
    )
}

/// Largest number of parameters shown by design.
const MOST: usize = 10;

/// Draws total-order indices, or mean sizes of effect, by parameter and design.
pub(super) fn by_design(analysis: &Analysis, sets: &[&IndexSet]) -> Result<String, String> {
    if sets.len() < 2 {
        return Ok(String::new());
    }
    let mut sums: Vec<(usize, f64)> = (0..sets[0].indices.len())
        .map(|at| {
            (
                at,
                sets.iter()
                    .map(|set| set.indices[at].total)
                    .filter(|total| total.is_finite())
                    .sum(),
            )
        })
        .collect();
    sums.sort_by(|a, b| b.1.total_cmp(&a.1));
    let more = match sums.len().saturating_sub(MOST) {
        0 => String::new(),
        rest => format!(" {rest} parameters of less weight are left out."),
    };
    sums.truncate(MOST);
    let groups: Vec<(String, Vec<Point>)> = sums
        .iter()
        .map(|(at, _)| {
            let point = |set: &&IndexSet| {
                let index = &set.indices[*at];
                let ci = if index.total_ci.is_finite() { index.total_ci } else { 0.0 };
                (index.total, index.total - ci, index.total + ci)
            };
            (sets[0].indices[*at].title.clone(), sets.iter().map(point).collect())
        })
        .collect();
    let names: Vec<String> = sets.iter().map(|set| set.label.clone()).collect();
    let (what, unit) = match analysis.method {
        "morris" => (
            "mean size of effect μ*",
            format!("mean size of effect over the range, {}", analysis.unit),
        ),
        _ => ("total order", "share of variance, with interactions".to_string()),
    };
    figure(
        (1000, 230 + (groups.len() * (10 + 9 * names.len())) as u32),
        &format!("Sensitivity of {} under each design", analysis.measure),
        &format!("Sensitivity ({what}) by parameter, with 95 % intervals.{more}"),
        &analysis.caption,
        |area| {
            let (_, body) = area.split_vertically(legend(area, &names)?);
            grouped(&body, "", &unit, &groups)
        },
    )
}

/// Draws Morris's plane: the size of effects against their spread.
pub(super) fn plane(analysis: &Analysis, set: &IndexSet) -> Result<String, String> {
    let shown: Vec<&Index> =
        ordered(set).into_iter().filter(|index| index.spread.is_finite()).collect();
    if analysis.method != "morris" || shown.is_empty() {
        return Ok(String::new());
    }
    figure(
        (1000, 700),
        &heading(analysis, set),
        "Right: large effect. Up: the effect varies over the space, by curvature or interaction. Below the line σ = μ* effects vary little. Parameters near the origin are not named: see sensitivity.csv.",
        &analysis.caption,
        |area| {
            let top = panel_title(area, "")?;
            let x = range(shown.iter().map(|index| index.total + index.total_ci.max(0.0)), true);
            let y = range(shown.iter().map(|index| index.spread), true);
            let (x_title, y_title) = (
                format!("mean size of effect μ*, {}", analysis.unit),
                format!("spread of effects σ, {}", analysis.unit),
            );
            let x = 0.0..x.end * 1.12;
            let mut chart = axes(
                area,
                top,
                Axis::new(x.clone(), &x_title, 8),
                Axis::new(0.0..y.end, &y_title, 8),
            )?;
            let extent = x.end.min(y.end);
            let line = vec![(0.0, 0.0), (extent, extent)];
            chart.draw_series(std::iter::once(PathElement::new(line, GREY.stroke_width(1))))?;
            for index in &shown {
                let interval = vec![
                    (index.total - index.total_ci, index.spread),
                    (index.total + index.total_ci, index.spread),
                ];
                chart.draw_series(std::iter::once(PathElement::new(
                    interval,
                    color(0).stroke_width(1),
                )))?;
                chart.draw_series(std::iter::once(Circle::new(
                    (index.total, index.spread),
                    5,
                    color(0).filled(),
                )))?;
            }
            names(area, &chart, &shown)
        },
    )
}

/// Draws names beside the points, moved up or down where they would overlap.
fn names(
    area: &super::canvas::Area<'_>,
    chart: &super::canvas::Frame<'_>,
    shown: &[&Index],
) -> Drawn {
    let label = font(12.0);
    let (base_x, base_y) = area.get_base_pixel();
    let edge = area.dim_in_pixel().0 as i32 - 8;
    // The axis and its labels need this space below.
    let floor = area.dim_in_pixel().1 as i32 - 58;
    let mut taken: Vec<[i32; 4]> = Vec::new();
    for index in shown {
        let (px, py) = chart.plotting_area().map_coordinate(&(index.total, index.spread));
        let (px, py) = (px - base_x, py - base_y);
        let wide = width(&index.title, &label);
        let place = (0..9)
            .flat_map(|step: i32| {
                let y = py - 11 + if step % 2 == 0 { -(step / 2) * 9 } else { (step + 1) / 2 * 9 };
                [(px + 9, y), (px - 9 - wide, y)]
            })
            .map(|(x, y)| [x, y - 8, x + wide, y + 8])
            .find(|spot| {
                let free = taken.iter().all(|other| {
                    spot[2] < other[0]
                        || other[2] < spot[0]
                        || spot[3] < other[1]
                        || other[3] < spot[1]
                });
                free && spot[2] < edge && spot[0] > 70 && spot[1] > 8 && spot[3] < floor
            });
        if let Some(spot) = place {
            taken.push(spot);
            let at = label.color(&INK).pos(Pos::new(HPos::Left, VPos::Center));
            area.draw_text(&index.title, &at, (spot[0], (spot[1] + spot[3]) / 2))?;
        }
    }
    Ok(())
}
