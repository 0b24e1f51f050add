//! Charts of several designs in one frame: grouped dots, ridges, labelled points, lines over
//! settings.

use super::canvas::{Area, Axis, Drawn, GREY, INK, axes, bold, font, panel_title, range, width};
use crate::report::palette::DESIGNS;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

/// Colour of a design, the same in all figures.
pub(super) fn color(design: usize) -> RGBColor {
    let (red, green, blue) = DESIGNS[design % DESIGNS.len()].0;
    RGBColor(red, green, blue)
}

/// Shortens a long name by leaving out its middle.
pub(super) fn short(name: &str) -> String {
    const MOST: usize = 34;
    let letters: Vec<char> = name.chars().collect();
    if letters.len() <= MOST {
        return name.to_string();
    }
    let (head, tail): (String, String) = (
        letters[..MOST / 2].iter().collect(),
        letters[letters.len() - MOST / 2..].iter().collect(),
    );
    format!("{head}…{tail}")
}

/// Draws a legend in rows below the title. Returns the height used, pixels.
pub(super) fn legend(area: &Area<'_>, names: &[String]) -> Drawn<i32> {
    let (face, room) = (font(12.5), area.dim_in_pixel().0 as i32 - 24);
    let (mut x, mut y) = (12, 4);
    for (design, name) in names.iter().enumerate() {
        let name = short(name);
        let wide = 18 + width(&name, &face) + 22;
        if x > 12 && x + wide > room {
            (x, y) = (12, y + 19);
        }
        area.draw(&Circle::new((x + 5, y + 8), 5, color(design).filled()))?;
        let style = face.color(&INK).pos(Pos::new(HPos::Left, VPos::Top));
        area.draw_text(&name, &style, (x + 16, y))?;
        x += wide;
    }
    Ok(y + 24)
}

/// A mean with its interval: (mean, low, high).
pub(super) type Point = (f64, f64, f64);

/// Draws one row per group, with a dot and an interval for each design.
pub(super) fn grouped(
    area: &Area<'_>,
    title: &str,
    unit: &str,
    groups: &[(String, Vec<Point>)],
) -> Drawn {
    let top = panel_title(area, title)?;
    let label = font(13.0);
    let left = groups.iter().map(|(name, _)| width(name, &label)).max().unwrap_or(0) + 14;
    let x = range(
        groups.iter().flat_map(|(_, points)| points.iter().flat_map(|p| [p.0, p.1, p.2])),
        true,
    );
    let y = (groups.len() as f64 - 0.5)..-0.5;
    let mut chart = axes(area, top, Axis::new(x.clone(), unit, 6), Axis::rows(y, left))?;
    let zero = [(0.0, -0.5), (0.0, groups.len() as f64 - 0.5)];
    chart.draw_series(std::iter::once(PathElement::new(zero.to_vec(), GREY.stroke_width(1))))?;
    let (base_x, base_y) = area.get_base_pixel();
    let style = label.color(&INK).pos(Pos::new(HPos::Right, VPos::Center));
    for (row, (name, points)) in groups.iter().enumerate() {
        let (px, py) = chart.plotting_area().map_coordinate(&(x.start, row as f64));
        area.draw_text(name, &style, (px - base_x - 8, py - base_y))?;
        let step = 0.76 / points.len().max(1) as f64;
        for (design, &(mean, low, high)) in
            points.iter().enumerate().filter(|(_, point)| point.0.is_finite())
        {
            let y = row as f64 - 0.38 + step * (design as f64 + 0.5);
            let interval =
                PathElement::new(vec![(low, y), (high, y)], color(design).stroke_width(3));
            chart.draw_series(std::iter::once(interval))?;
            chart.draw_series(std::iter::once(Circle::new(
                (mean, y),
                4,
                color(design).filled(),
            )))?;
        }
    }
    Ok(())
}

/// Draws one ridge per design: the distribution of a measure over replications.
pub(super) fn ridges(
    area: &Area<'_>,
    title: &str,
    unit: &str,
    rows: &[(String, Vec<f64>)],
) -> Drawn {
    const BINS: usize = 60;
    let top = panel_title(area, title)?;
    let label = font(13.0);
    let left = rows.iter().map(|(name, _)| width(&short(name), &label)).max().unwrap_or(0) + 14;
    // The outermost half per cent at each end is left out, as it would compress the rest.
    let core = |values: &[f64]| {
        let mut sorted: Vec<f64> = values.iter().copied().filter(|x| x.is_finite()).collect();
        sorted.sort_by(f64::total_cmp);
        [crate::analysis::quantile(&sorted, 0.005), crate::analysis::quantile(&sorted, 0.995)]
    };
    let x = range(rows.iter().flat_map(|(_, values)| core(values)), false);
    let y = (rows.len() as f64 - 0.85)..-0.9;
    let mut chart = axes(area, top, Axis::new(x.clone(), unit, 6), Axis::rows(y, left))?;
    let (base_x, base_y) = area.get_base_pixel();
    let style = label.color(&INK).pos(Pos::new(HPos::Right, VPos::Center));
    for (row, (name, values)) in rows.iter().enumerate() {
        let base = row as f64;
        let mut counts = [0.0f64; BINS];
        for value in values.iter().filter(|value| value.is_finite()) {
            let at = (value - x.start) / (x.end - x.start) * BINS as f64;
            if (0.0..BINS as f64).contains(&at) {
                counts[at as usize] += 1.0;
            }
        }
        let tallest = counts.iter().copied().fold(1.0, f64::max);
        let edge = |bin: usize| x.start + (x.end - x.start) * bin as f64 / BINS as f64;
        let mut outline = vec![(x.start, base)];
        for (bin, count) in counts.iter().enumerate() {
            let height = base - 0.82 * count / tallest;
            outline.extend([(edge(bin), height), (edge(bin + 1), height)]);
        }
        outline.push((x.end, base));
        chart.draw_series(std::iter::once(Polygon::new(
            outline.clone(),
            color(row).mix(0.3).filled(),
        )))?;
        chart
            .draw_series(std::iter::once(PathElement::new(outline, color(row).stroke_width(1))))?;
        let mean = crate::analysis::Statistic::of(values).mean;
        if mean.is_finite() {
            let mark = PathElement::new(
                vec![(mean, base), (mean, base - 0.82)],
                color(row).stroke_width(3),
            );
            chart.draw_series(std::iter::once(mark))?;
        }
        let (px, py) = chart.plotting_area().map_coordinate(&(x.start, base));
        area.draw_text(&short(name), &style, (px - base_x - 8, py - base_y - 12))?;
    }
    Ok(())
}

/// Draws one dot per design, with intervals in both directions.
pub(super) fn dots(
    area: &Area<'_>,
    title: &str,
    units: (&str, &str),
    points: &[(Point, Point)],
) -> Drawn {
    let top = panel_title(area, title)?;
    let x = range(points.iter().flat_map(|(x, _)| [x.0, x.1, x.2]), false);
    let y = range(points.iter().flat_map(|(_, y)| [y.0, y.1, y.2]), true);
    let mut chart = axes(area, top, Axis::new(x, units.0, 6), Axis::new(y, units.1, 6))?;
    for (design, (x, y)) in
        points.iter().enumerate().filter(|(_, (x, y))| x.0.is_finite() && y.0.is_finite())
    {
        let ink = color(design);
        chart.draw_series([
            PathElement::new(vec![(x.1, y.0), (x.2, y.0)], ink.stroke_width(2)),
            PathElement::new(vec![(x.0, y.1), (x.0, y.2)], ink.stroke_width(2)),
        ])?;
        chart.draw_series(std::iter::once(Circle::new((x.0, y.0), 7, ink.filled())))?;
    }
    Ok(())
}

/// Draws one dot per design and setting, joined by lines.
pub(super) fn over_settings(
    area: &Area<'_>,
    title: &str,
    names: (&str, &str),
    settings: &[String],
    rows: &[Vec<Point>],
) -> Drawn {
    let top = panel_title(area, title)?;
    let y = range(rows.iter().flatten().flat_map(|p| [p.0, p.1, p.2]), true);
    let x = -0.4..settings.len() as f64 - 0.6;
    let mut chart = axes(area, top, Axis::places(x, names.0), Axis::new(y.clone(), names.1, 6))?;
    let zero = [(-0.4, 0.0), (settings.len() as f64 - 0.6, 0.0)];
    chart.draw_series(std::iter::once(PathElement::new(zero.to_vec(), GREY.stroke_width(1))))?;
    for (design, points) in rows.iter().enumerate() {
        let ink = color(design);
        // A small offset, so that intervals of similar designs do not hide each other.
        let aside = (design as f64 - (rows.len() as f64 - 1.0) / 2.0) * 0.025;
        let line: Vec<(f64, f64)> =
            points.iter().enumerate().map(|(at, p)| (at as f64 + aside, p.0)).collect();
        let joined = PathElement::new(line.clone(), ink.stroke_width(2));
        chart.draw_series(std::iter::once(joined))?;
        for ((x, mean), point) in line.into_iter().zip(points) {
            let interval = PathElement::new(vec![(x, point.1), (x, point.2)], ink.stroke_width(3));
            chart.draw_series(std::iter::once(interval))?;
            chart.draw_series(std::iter::once(Circle::new((x, mean), 4, ink.filled())))?;
        }
    }
    let (base_x, base_y) = area.get_base_pixel();
    let style = bold(12.0).color(&INK).pos(Pos::new(HPos::Center, VPos::Top));
    let room = (area.dim_in_pixel().0 as i32 - 90) / settings.len().max(1) as i32;
    for (at, setting) in settings.iter().enumerate() {
        let (px, py) = chart.plotting_area().map_coordinate(&(at as f64, y.start));
        for (line, part) in
            super::canvas::wrap(setting, &bold(12.0), room - 6).into_iter().enumerate()
        {
            area.draw_text(&part, &style, (px - base_x, py - base_y + 6 + 15 * line as i32))?;
        }
    }
    Ok(())
}
