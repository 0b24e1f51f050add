//! Figures of a sweep: regret of each design, and the best design over two parameters.

use super::SweepMaterial;
use super::canvas::{Area, Axis, Drawn, GREY, INK, axes, figure, font, panel_title, range};
use super::charts::{color, legend};
use crate::analysis::robustness::Robustness;
use crate::output::sweep::{ParameterRecord, robust_choice};
use crate::report::terminal::short_number;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use std::collections::BTreeSet;

pub(super) fn footnote(material: &SweepMaterial<'_>) -> String {
    let record = material.record;
    format!(
        "{}: {}, seed {}. Most figures of the scenario are assumptions or derived: `show {}`.",
        record.title,
        record.extent(),
        record.seed,
        record.scenario
    )
}

/// Draws the distribution of each design's regret over the points.
pub(super) fn regret(material: &SweepMaterial<'_>, column: usize) -> Result<String, String> {
    let (record, found) =
        (material.record, robust_choice(material.record, material.results, column));
    if record.organisations.len() < 2 || found.points.is_empty() {
        return Ok(String::new());
    }
    let measure = &record.measures[column];
    figure(
        (1000, 620),
        "Regret of each design over the points",
        &format!(
            "Regret in {} ({}): shortfall from the best design at each point. A robust design has a small regret at most points.",
            measure.column, measure.unit
        ),
        &footnote(material),
        |area| {
            let (_, body) = area.split_vertically(legend(area, &record.organisations)?);
            let top = panel_title(&body, "")?;
            let x = range(found.regrets.iter().flatten().copied(), true);
            let x_title = format!("regret, {}", measure.unit);
            let mut chart = axes(
                &body,
                top,
                Axis::new(0.0..x.end, &x_title, 8),
                Axis::new(0.0..1.02, "share of points with at most this regret", 6),
            )?;
            for (design, regrets) in found.regrets.iter().enumerate() {
                let mut sorted = regrets.clone();
                sorted.sort_by(f64::total_cmp);
                let n = sorted.len() as f64;
                let mut line = vec![(0.0, 0.0)];
                for (at, regret) in sorted.iter().enumerate() {
                    line.extend([(*regret, at as f64 / n), (*regret, (at + 1) as f64 / n)]);
                }
                line.push((x.end, 1.0));
                chart.draw_series(LineSeries::new(line, color(design).stroke_width(2)))?;
            }
            let level = [(0.0, 0.9), (x.end, 0.9)];
            chart.draw_series(std::iter::once(PathElement::new(
                level.to_vec(),
                GREY.stroke_width(1),
            )))?;
            Ok(())
        },
    )
}

/// Cells of a parameter on an axis of a map.
pub(super) struct Cells {
    /// Labels of the cells: bounds or names.
    pub labels: Vec<String>,
    /// Cell of each point.
    pub of: Vec<usize>,
}

/// Divides a parameter into cells: its values if they are at most `most`, else equally filled parts
/// of its range.
pub(super) fn cells(parameter: &ParameterRecord, values: &[f64], most: usize) -> Cells {
    let mut distinct = values.to_vec();
    distinct.sort_by(f64::total_cmp);
    distinct.dedup();
    // Categories have no order, so each has its own cell.
    if distinct.len() <= most || !parameter.categories.is_empty() {
        let label = |x: &f64| {
            parameter.categories.get(*x as usize).cloned().unwrap_or_else(|| short_number(*x))
        };
        let of = values
            .iter()
            .map(|x| distinct.iter().position(|known| known == x).unwrap_or(0))
            .collect();
        return Cells { labels: distinct.iter().map(label).collect(), of };
    }
    // A value on an edge belongs to the upper cell.
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let mut edges: Vec<f64> = (1..most).map(|at| sorted[at * sorted.len() / most]).collect();
    edges.dedup();
    let of = values.iter().map(|x| edges.iter().filter(|edge| *x >= **edge).count()).collect();
    let mut bounds = vec![sorted[0]];
    bounds.extend(edges);
    bounds.push(sorted[sorted.len() - 1]);
    let labels = bounds
        .windows(2)
        .map(|pair| format!("{}–{}", short_number(pair[0]), short_number(pair[1])))
        .collect();
    Cells { labels, of }
}

/// The two parameters along which the best design changes most: those whose cells agree most on the
/// best design.
fn decisive_parameters(material: &SweepMaterial<'_>, found: &Robustness) -> Vec<usize> {
    let designs = material.record.organisations.len();
    let mut gains: Vec<(usize, f64)> = (0..material.record.parameters.len())
        .map(|parameter| {
            let values: Vec<f64> =
                found.points.iter().map(|&point| material.points[point][parameter]).collect();
            let cells = cells(&material.record.parameters[parameter], &values, 5);
            let mut counts = vec![vec![0.0f64; designs]; cells.labels.len()];
            for (cell, best) in cells.of.iter().zip(&found.best) {
                counts[*cell][*best] += 1.0;
            }
            // Σ over cells of Σ p² weighted by size: the chance that two points of a cell agree.
            let agreement: f64 = counts
                .iter()
                .map(|cell| {
                    cell.iter().map(|count| count * count).sum::<f64>()
                        / cell.iter().sum::<f64>().max(1.0)
                })
                .sum();
            (parameter, agreement)
        })
        .collect();
    gains.sort_by(|a, b| b.1.total_cmp(&a.1));
    gains.into_iter().map(|(parameter, _)| parameter).take(2).collect()
}

/// Draws a map of the best design over two parameters: those in `over`, else the two along which it
/// changes most.
pub(super) fn best_design(
    material: &SweepMaterial<'_>,
    column: usize,
    over: Option<(usize, usize)>,
) -> Result<String, String> {
    let (record, found) =
        (material.record, robust_choice(material.record, material.results, column));
    if record.organisations.len() < 2 || record.parameters.len() < 2 || found.points.is_empty() {
        return Ok(String::new());
    }
    let chosen = decisive_parameters(material, &found);
    let (across, up) = over.unwrap_or((chosen[0], chosen[1]));
    let values = |parameter: usize| -> Vec<f64> {
        found.points.iter().map(|&point| material.points[point][parameter]).collect()
    };
    // At least six points per cell on average.
    let most = ((found.points.len() as f64 / 6.0).sqrt() as usize).clamp(2, 7);
    let x = cells(&record.parameters[across], &values(across), most);
    let y = cells(&record.parameters[up], &values(up), most);
    let measure = &record.measures[column];
    let why = if over.is_some() {
        ""
    } else {
        " Shown: the two parameters over which the best design changes most."
    };
    figure(
        (1000, 760),
        "Best design over two parameters",
        &format!(
            "By {} ({}). Each cell: the design that is best at most of its points, and its share of them; all other parameters vary within a cell.{why}",
            measure.column, measure.unit
        ),
        &footnote(material),
        |area| {
            let mut winners = winners(record.organisations.len(), &found.best, &x, &y);
            // The legend shows the designs that are best in a cell, so that their colours differ.
            let shown: BTreeSet<usize> =
                winners.iter().flatten().map(|&(design, _)| design).collect();
            let shown: Vec<usize> = shown.into_iter().collect();
            for (design, _) in winners.iter_mut().flatten() {
                *design = shown.iter().position(|own| own == design).unwrap_or(0);
            }
            let names: Vec<String> =
                shown.iter().map(|&design| record.organisations[design].clone()).collect();
            let (_, body) = area.split_vertically(legend(area, &names)?);
            let (across, up) = (&record.parameters[across], &record.parameters[up]);
            map(&body, &winners, (&title(across), &x), (&title(up), &y))
        },
    )
}

/// Returns the design that is best at most points of each cell, with its share of them, row by row
/// from below; `None` for cells without points.
fn winners(designs: usize, best: &[usize], x: &Cells, y: &Cells) -> Vec<Option<(usize, f64)>> {
    let columns = x.labels.len();
    let mut counts = vec![vec![0usize; designs]; columns * y.labels.len()];
    for (at, best) in best.iter().enumerate() {
        counts[y.of[at] * columns + x.of[at]][*best] += 1;
    }
    let winner = |cell: &Vec<usize>| {
        let all: usize = cell.iter().sum();
        let ranked = cell.iter().copied().enumerate();
        let (design, hits) = ranked.max_by_key(|(at, hits)| (*hits, designs - at))?;
        (all > 0).then(|| (design, hits as f64 / all as f64))
    };
    counts.iter().map(winner).collect()
}

/// Title of a parameter with its unit.
pub(super) fn title(parameter: &ParameterRecord) -> String {
    match parameter.unit.as_str() {
        "" | "-" => parameter.title.clone(),
        unit => format!("{}, {unit}", parameter.title),
    }
}

fn map(
    area: &Area<'_>,
    winners: &[Option<(usize, f64)>],
    x: (&str, &Cells),
    y: (&str, &Cells),
) -> Drawn {
    let (columns, rows) = (x.1.labels.len(), y.1.labels.len());
    let label = font(12.0);
    let widest =
        y.1.labels.iter().map(|text| super::canvas::width(text, &label)).max().unwrap_or(0);
    let mut chart = ChartBuilder::on(area)
        .margin_top(8)
        .margin_right(24)
        .margin_bottom(6)
        .margin_left(34)
        .x_label_area_size(58)
        .y_label_area_size(widest + 14)
        .build_cartesian_2d(0.0..columns as f64, 0.0..rows as f64)?;
    chart.configure_mesh().disable_mesh().x_labels(0).y_labels(0).axis_style(GREY).draw()?;
    let middle = Pos::new(HPos::Center, VPos::Center);
    let (base_x, base_y) = area.get_base_pixel();
    let place = |chart: &super::canvas::Frame<'_>, x: f64, y: f64| {
        let (px, py) = chart.plotting_area().map_coordinate(&(x, y));
        (px - base_x, py - base_y)
    };
    for row in 0..rows {
        for column in 0..columns {
            let Some((design, share)) = winners[row * columns + column] else { continue };
            let corners = [(column as f64, row as f64), (column as f64 + 1.0, row as f64 + 1.0)];
            let fill = color(design).mix(0.25 + 0.5 * share).filled();
            chart.draw_series(std::iter::once(Rectangle::new(corners, fill)))?;
            chart.draw_series(std::iter::once(Rectangle::new(corners, WHITE.stroke_width(2))))?;
            let text = format!("{:.0} %", 100.0 * share);
            let at = place(&chart, column as f64 + 0.5, row as f64 + 0.5);
            area.draw_text(&text, &label.color(&INK).pos(middle), at)?;
        }
    }
    for (column, text) in x.1.labels.iter().enumerate() {
        let (px, py) = place(&chart, column as f64 + 0.5, 0.0);
        area.draw_text(
            text,
            &label.color(&INK).pos(Pos::new(HPos::Center, VPos::Top)),
            (px, py + 6),
        )?;
    }
    for (row, text) in y.1.labels.iter().enumerate() {
        let (px, py) = place(&chart, 0.0, row as f64 + 0.5);
        area.draw_text(
            text,
            &label.color(&INK).pos(Pos::new(HPos::Right, VPos::Center)),
            (px - 6, py),
        )?;
    }
    let (wide, tall) = area.dim_in_pixel();
    let name = font(13.0).color(&INK);
    area.draw_text(
        x.0,
        &name.pos(Pos::new(HPos::Center, VPos::Bottom)),
        (wide as i32 / 2, tall as i32 - 8),
    )?;
    let turned = font(13.0).transform(FontTransform::Rotate270).color(&INK);
    area.draw_text(y.0, &turned.pos(Pos::new(HPos::Center, VPos::Top)), (10, tall as i32 / 2))?;
    Ok(())
}
