//! Figures of a scenario discovery: the peeling trajectory, and a box in the parameter space.

use super::canvas::{Area, Axis, Drawn, GREY, GRID, INK, axes, figure, font, panel_title, width};
use crate::analysis::prim::{Side, Step};
use crate::output::sweep::Discovery;
use crate::report::discovery::{box_in_words, restriction};
use crate::report::terminal::short_number;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

const HIT: RGBColor = RGBColor(0xd5, 0x5e, 0x00);
const MISS: RGBColor = RGBColor(0x99, 0xbb, 0xcc);
const BOX: RGBColor = RGBColor(0x00, 0x72, 0xb2);

/// Shade for a number of restricted parameters, from none to many.
fn shade(dimensions: usize) -> RGBColor {
    const SHADES: [RGBColor; 6] = [
        RGBColor(0xbb, 0xbb, 0xbb),
        RGBColor(0x56, 0xb4, 0xe9),
        RGBColor(0x00, 0x72, 0xb2),
        RGBColor(0x00, 0x9e, 0x73),
        RGBColor(0xd5, 0x5e, 0x00),
        RGBColor(0x8a, 0x5a, 0x00),
    ];
    SHADES[dimensions.min(SHADES.len() - 1)]
}

/// Text with a capital first letter.
fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}

/// Draws coverage against density along the trajectory of the first box.
pub(super) fn trajectory(found: &Discovery) -> Result<String, String> {
    let Some(first) = found.boxes.first() else { return Ok(String::new()) };
    let most = first.trajectory.iter().map(Step::dimensions).max().unwrap_or(0);
    figure(
        (1000, 700),
        "Coverage and density of boxes",
        &format!(
            "{}. From right to left: peels; back to the right: pastes. Chosen box: circled; a \
             diamond marks it after insignificant restrictions were dropped.",
            capital(&found.interest)
        ),
        &found.caption,
        |area| {
            let (key, body) = area.split_vertically(28);
            let mut x = 12;
            for dimensions in 0..=most.min(5) {
                let more = if dimensions == 5 && most > 5 { " or more" } else { "" };
                let name = format!("{dimensions}{more} restricted");
                key.draw(&Circle::new((x + 5, 12), 5, shade(dimensions).filled()))?;
                let at = font(12.5).color(&INK).pos(Pos::new(HPos::Left, VPos::Center));
                key.draw_text(&name, &at, (x + 16, 12))?;
                x += width(&name, &font(12.5)) + 40;
            }
            let top = panel_title(&body, "")?;
            let x = Axis::new(0.0..1.03, "coverage: share of all cases of interest inside", 8);
            let y =
                Axis::new(0.0..1.03, "density: share of the cases inside that is of interest", 8);
            let mut chart = axes(&body, top, x, y)?;
            let line = first.trajectory.iter().map(|step| (step.coverage, step.density));
            chart.draw_series(LineSeries::new(line, GRID.stroke_width(2)))?;
            for step in &first.trajectory {
                let dot = Circle::new(
                    (step.coverage, step.density),
                    4,
                    shade(step.dimensions()).filled(),
                );
                chart.draw_series(std::iter::once(dot))?;
            }
            let chosen = &first.trajectory[first.chosen];
            let ring = Circle::new((chosen.coverage, chosen.density), 9, INK.stroke_width(2));
            chart.draw_series(std::iter::once(ring))?;
            if first.step != *chosen {
                let (x, y) = (first.step.coverage, first.step.density);
                let diamond = EmptyElement::at((x, y))
                    + Polygon::new(
                        vec![(-7, 0), (0, -7), (7, 0), (0, 7)],
                        shade(first.step.dimensions()).filled(),
                    );
                chart.draw_series(std::iter::once(diamond))?;
            }
            Ok(())
        },
    )
}

/// Restricted parameters of the first box, those with the strictest restriction first.
fn restricted(found: &Discovery) -> Vec<usize> {
    let step = &found.boxes[0].step;
    let share = |at: usize| match (&step.sides[at], &found.whole[at]) {
        (Side::Range(low, high), Side::Range(least, most)) => (high - low) / (most - least),
        (Side::Among(inside), Side::Among(all)) => {
            let count = |of: &[bool]| of.iter().filter(|x| **x).count() as f64;
            count(inside) / count(all)
        }
        _ => 1.0,
    };
    let mut order: Vec<usize> = (0..found.axes.len()).filter(|at| step.restricted[*at]).collect();
    order.sort_by(|a, b| share(*a).total_cmp(&share(*b)));
    order
}

/// Draws the first box in the parameter space: its sides on the range of each parameter, and the
/// cases over the two strictest.
pub(super) fn space(found: &Discovery) -> Result<String, String> {
    if found.boxes.is_empty() || restricted(found).is_empty() {
        return Ok(String::new());
    }
    let order = restricted(found);
    let sides_height = 70 + 40 * order.len() as i32;
    let scatter = order.len() >= 2;
    let height = 190 + sides_height + if scatter { 480 } else { 0 };
    figure(
        (1000, height as u32),
        "The first box in the space of parameters",
        &capital(&box_in_words(found, 0)),
        &found.caption,
        |area| {
            let (above, below) = area.split_vertically(sides_height);
            sides(&above, found, &order)?;
            if scatter { cases(&below, found, order[0], order[1]) } else { Ok(()) }
        },
    )
}

/// Draws each restricted parameter as a bar on its whole range.
fn sides(area: &Area<'_>, found: &Discovery, order: &[usize]) -> Drawn {
    let label = font(13.0);
    let title = |at: &usize| {
        restriction(&found.boxes[0].step.sides[*at], &found.whole[*at], &found.axes[*at])
    };
    let left = order.iter().map(|at| width(&title(at), &label)).max().unwrap_or(0) + 24;
    let right = area.dim_in_pixel().0 as i32 - 90;
    let least = |at: &usize| match &found.whole[*at] {
        Side::Range(low, _) => width(&short_number(*low), &font(11.0)),
        Side::Among(_) => 0,
    };
    let start = left + order.iter().map(least).max().unwrap_or(0) + 8;
    for (row, at) in order.iter().enumerate() {
        let y = 34 + 40 * row as i32;
        area.draw_text(
            &title(at),
            &label.color(&INK).pos(Pos::new(HPos::Right, VPos::Center)),
            (left - 12, y),
        )?;
        let small = font(11.0).color(&GREY);
        match (&found.boxes[0].step.sides[*at], &found.whole[*at]) {
            (Side::Range(low, high), Side::Range(least, most)) => {
                let place = |x: f64| {
                    start + ((x - least) / (most - least) * f64::from(right - start)) as i32
                };
                area.draw(&Rectangle::new([(start, y - 4), (right, y + 4)], GRID.filled()))?;
                area.draw(&Rectangle::new(
                    [(place(*low), y - 9), (place(*high), y + 9)],
                    BOX.mix(0.75).filled(),
                ))?;
                area.draw_text(
                    &short_number(*least),
                    &small.pos(Pos::new(HPos::Right, VPos::Center)),
                    (start - 6, y),
                )?;
                area.draw_text(
                    &short_number(*most),
                    &small.pos(Pos::new(HPos::Left, VPos::Center)),
                    (right + 6, y),
                )?;
            }
            (Side::Among(inside), Side::Among(all)) => {
                let shown: Vec<usize> = (0..all.len()).filter(|category| all[*category]).collect();
                let mut x = start;
                for category in shown {
                    let name = &found.axes[*at].categories[category];
                    let wide = width(name, &font(11.0)) + 14;
                    let (fill, ink) = if inside[category] {
                        (BOX.mix(0.75), &WHITE)
                    } else {
                        (GRID.mix(1.0), &GREY)
                    };
                    area.draw(&Rectangle::new([(x, y - 10), (x + wide, y + 10)], fill.filled()))?;
                    let style = font(11.0).color(ink).pos(Pos::new(HPos::Center, VPos::Center));
                    area.draw_text(name, &style, (x + wide / 2, y))?;
                    x += wide + 6;
                }
            }
            _ => {}
        }
    }
    Ok(())
}

/// Draws the cases over two parameters, with the box.
fn cases(area: &Area<'_>, found: &Discovery, across: usize, up: usize) -> Drawn {
    const MOST: usize = 4000;
    let (key, body) = area.split_vertically(28);
    let mut x = 12;
    for (name, ink) in [("of interest", HIT), ("others", MISS)] {
        key.draw(&Circle::new((x + 5, 12), 5, ink.filled()))?;
        key.draw_text(
            name,
            &font(12.5).color(&INK).pos(Pos::new(HPos::Left, VPos::Center)),
            (x + 16, 12),
        )?;
        x += width(name, &font(12.5)) + 40;
    }
    let ends = |at: usize| match &found.whole[at] {
        Side::Range(low, high) => (*low, *high),
        Side::Among(all) => (-0.5, all.len() as f64 - 0.5),
    };
    let ((x0, x1), (y0, y1)) = (ends(across), ends(up));
    let title = |at: usize| {
        let axis = &found.axes[at];
        let names = axis
            .categories
            .iter()
            .enumerate()
            .map(|(at, name)| format!("{at} {name}"))
            .collect::<Vec<_>>();
        match (axis.unit.as_str(), names.is_empty()) {
            (_, false) => format!("{} ({})", axis.title, names.join(", ")),
            ("" | "-", _) => axis.title.clone(),
            (unit, _) => format!("{}, {unit}", axis.title),
        }
    };
    let (x_title, y_title) = (title(across), title(up));
    let mut chart = axes(&body, 8, Axis::new(x0..x1, &x_title, 7), Axis::new(y0..y1, &y_title, 7))?;
    let step = found.hits.len().div_ceil(MOST).max(1);
    for wanted in [false, true] {
        // Cases are chosen by a hash, because they are ordered by design.
        let drawn = |case: &usize| (case.wrapping_mul(2_654_435_761) >> 7).is_multiple_of(step);
        let dots = (0..found.hits.len()).filter(drawn).filter(|case| found.hits[*case] == wanted);
        let ink = if wanted { HIT } else { MISS };
        chart.draw_series(dots.map(|case| {
            Circle::new(
                (found.values[across][case], found.values[up][case]),
                2,
                ink.mix(0.7).filled(),
            )
        }))?;
    }
    let bounds = |at: usize| match (&found.boxes[0].step.sides[at], ends(at)) {
        (Side::Range(low, high), _) => (*low, *high),
        (Side::Among(inside), whole) => {
            let first = inside.iter().position(|x| *x).map_or(whole.0, |at| at as f64 - 0.45);
            let last = inside.iter().rposition(|x| *x).map_or(whole.1, |at| at as f64 + 0.45);
            (first, last)
        }
    };
    let ((a, b), (c, d)) = (bounds(across), bounds(up));
    let frame = vec![(a, c), (b, c), (b, d), (a, d), (a, c)];
    chart.draw_series(std::iter::once(PathElement::new(frame, BOX.stroke_width(3))))?;
    Ok(())
}
