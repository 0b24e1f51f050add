//! Parts of figures: fonts, titles, axes, points with intervals, lines with bands.

use super::raster::{SANS, SANS_BOLD};
use crate::report::palette::{DESIGNS, Rgb};
use plotters::coord::Shift;
use plotters::coord::types::RangedCoordf64;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{FontStyle, register_font};
use std::sync::Once;

pub(super) type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;
pub(super) type Drawn<T = ()> = Result<T, Box<dyn std::error::Error>>;

pub(super) const INK: RGBColor = RGBColor(0x22, 0x22, 0x22);
pub(super) const GREY: RGBColor = RGBColor(0x77, 0x77, 0x77);
pub(super) const GRID: RGBColor = RGBColor(0xdd, 0xdd, 0xdd);
const fn plain((red, green, blue): Rgb) -> RGBColor {
    RGBColor(red, green, blue)
}
pub(super) const BLUE: RGBColor = plain(DESIGNS[0].0);
pub(super) const ORANGE: RGBColor = plain(DESIGNS[1].0);

/// Font families named in the SVG; the embedded one is first.
const FAMILY: &str = "DejaVu Sans, Verdana, sans-serif";

fn register_fonts() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // The fonts are part of the binary, so registering them does not fail.
        let _ = register_font(FAMILY, FontStyle::Normal, SANS);
        let _ = register_font(FAMILY, FontStyle::Bold, SANS_BOLD);
    });
}

/// A font of a size in pixels (the SVG backend divides by 1.24).
pub(super) fn font(px: f64) -> FontDesc<'static> {
    FontDesc::new(FontFamily::Name(FAMILY), px * 1.24, FontStyle::Normal)
}
pub(super) fn bold(px: f64) -> FontDesc<'static> {
    FontDesc::new(FontFamily::Name(FAMILY), px * 1.24, FontStyle::Bold)
}

/// Width of a text as drawn, pixels.
pub(super) fn width(text: &str, font: &FontDesc<'_>) -> i32 {
    let estimate = font.box_size(text).map_or(0.0, |size| f64::from(size.0));
    (estimate * 1.164 / 1.24).ceil() as i32 + 1
}

pub(super) fn wrap(text: &str, font: &FontDesc<'_>, room: i32) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if width(&format!("{line} {word}"), font) <= room => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_string()),
        }
    }
    lines
}

/// Draws a figure with title, subtitle and footnote around a body. Returns the SVG.
pub(super) fn figure(
    size: (u32, u32),
    title: &str,
    subtitle: &str,
    foot: &str,
    body: impl FnOnce(&Area<'_>) -> Drawn,
) -> Result<String, String> {
    register_fonts();
    let mut svg = String::new();
    let draw = || -> Drawn {
        let root = SVGBackend::with_string(&mut svg, size).into_drawing_area();
        root.fill(&WHITE)?;
        let left = |font: FontDesc<'static>, ink: &RGBColor| {
            font.color(ink).pos(Pos::new(HPos::Left, VPos::Top))
        };
        let room = size.0 as i32 - 32;
        let mut y = 14;
        for (text, face, ink, height) in
            [(title, bold(20.0), INK, 27), (subtitle, font(13.5), GREY, 19)]
        {
            for line in wrap(text, &face, room) {
                root.draw_text(&line, &left(face.clone(), &ink), (16, y))?;
                y += height;
            }
        }
        let foot_lines = wrap(foot, &font(11.0), room);
        let foot_height = 15 * foot_lines.len() as i32 + 12;
        for (at, line) in foot_lines.iter().enumerate() {
            let y = size.1 as i32 - foot_height + 4 + 15 * at as i32;
            root.draw_text(line, &left(font(11.0), &GREY), (16, y))?;
        }
        let (_, rest) = root.split_vertically(y + 6);
        let (middle, _) = rest.split_vertically(size.1 as i32 - y - 6 - foot_height);
        body(&middle)?;
        root.present()?;
        Ok(())
    };
    draw().map_err(|error| error.to_string())?;
    Ok(svg)
}

/// Draws the title of a panel. Returns the height used, pixels.
pub(super) fn panel_title(area: &Area<'_>, text: &str) -> Drawn<i32> {
    let style = bold(14.0);
    let mut y = 6;
    for line in wrap(text, &style, area.dim_in_pixel().0 as i32 - 24) {
        let at = style.color(&INK).pos(Pos::new(HPos::Left, VPos::Top));
        area.draw_text(&line, &at, (12, y))?;
        y += 19;
    }
    Ok(y + 4)
}

/// Range of the finite values with a margin; never empty or infinite.
pub(super) fn range(values: impl Iterator<Item = f64>, with_zero: bool) -> std::ops::Range<f64> {
    let start = if with_zero { (0.0, 0.0) } else { (f64::INFINITY, f64::NEG_INFINITY) };
    let (low, high) =
        values.filter(|x| x.is_finite()).fold(start, |(low, high), x| (low.min(x), high.max(x)));
    if !(low.is_finite() && high.is_finite()) || high - low < 1e-9 {
        let middle = if low.is_finite() { low } else { 0.0 };
        return middle - 1.0..middle + 1.0;
    }
    let margin = 0.06 * (high - low);
    (if with_zero && low == 0.0 { 0.0 } else { low - margin })..high + margin
}

/// Tick labels with as many decimals as the range needs.
pub(super) fn ticks(range: &std::ops::Range<f64>) -> impl Fn(&f64) -> String + use<> {
    let span = range.end - range.start;
    let digits = if span >= 20.0 {
        0
    } else if span >= 2.0 {
        1
    } else if span >= 0.2 {
        2
    } else {
        (1.0 - span.log10().floor()).clamp(2.0, 9.0) as usize
    };
    move |x: &f64| {
        let text = format!("{x:.digits$}");
        if text.trim_start_matches(['-', '0', '.']).is_empty() { "0".into() } else { text }
    }
}

/// An axis: its range, its title and its largest number of labels.
pub(super) struct Axis<'a> {
    range: std::ops::Range<f64>,
    title: &'a str,
    labels: usize,
    room: Option<i32>,
}

impl<'a> Axis<'a> {
    pub(super) fn new(range: std::ops::Range<f64>, title: &'a str, labels: usize) -> Self {
        Axis { range, title, labels, room: None }
    }
    /// Axis of table rows, labelled by the caller; `room` is the space for the labels, pixels.
    pub(super) fn rows(range: std::ops::Range<f64>, room: i32) -> Self {
        Axis { range, title: "", labels: 0, room: Some(room) }
    }
    /// Axis of categories side by side, labelled by the caller.
    pub(super) fn places(range: std::ops::Range<f64>, title: &'a str) -> Self {
        Axis { range, title, labels: 0, room: Some(74) }
    }
}

pub(super) type Frame<'a> =
    ChartContext<'a, SVGBackend<'a>, Cartesian2d<RangedCoordf64, RangedCoordf64>>;

/// Draws axes, grid and axis titles below a panel title of height `top`.
pub(super) fn axes<'a>(area: &Area<'a>, top: i32, x: Axis<'_>, y: Axis<'_>) -> Drawn<Frame<'a>> {
    let label = font(13.0);
    let (format_x, format_y) = (ticks(&x.range), ticks(&y.range));
    let widest =
        width(&format_y(&y.range.end), &label).max(width(&format_y(&y.range.start), &label));
    let left = y.room.unwrap_or(widest + 36);
    let mut chart = ChartBuilder::on(area)
        .margin_top(top)
        .margin_right(24)
        .margin_bottom(6)
        .margin_left(10)
        .x_label_area_size(x.room.unwrap_or(46))
        .y_label_area_size(left)
        .build_cartesian_2d(x.range.clone(), y.range.clone())?;
    let mut mesh = chart.configure_mesh();
    if y.labels == 0 {
        mesh.disable_y_mesh();
    }
    if x.labels == 0 {
        mesh.disable_x_mesh();
    }
    mesh.x_labels(x.labels)
        .y_labels(y.labels)
        .max_light_lines(0)
        .bold_line_style(GRID)
        .axis_style(GREY)
        .label_style(label.color(&INK))
        .axis_desc_style(font(13.0).color(&INK))
        .x_desc(x.title)
        .y_desc(y.title)
        .x_label_formatter(&format_x)
        .y_label_formatter(&format_y)
        .draw()?;
    Ok(chart)
}

/// A category with a mean, its 95 % interval, and the 5–95 % range of replications.
pub(super) struct Category {
    pub name: String,
    pub mean: f64,
    pub interval: (f64, f64),
    pub spread: (f64, f64),
    pub color: RGBColor,
}

/// Draws categories from top to bottom: thin line for the range of replications, thick line for the
/// interval, dot for the mean.
pub(super) fn categories(area: &Area<'_>, title: &str, unit: &str, items: &[Category]) -> Drawn {
    let top = panel_title(area, title)?;
    let label = font(13.0);
    let left = items.iter().map(|item| width(&item.name, &label)).max().unwrap_or(0) + 14;
    let x = range(
        items
            .iter()
            .flat_map(|item| [item.spread.0, item.spread.1, item.interval.0, item.interval.1]),
        true,
    );
    let rows = (items.len() as f64 - 0.5)..-0.5;
    let mut chart = axes(area, top, Axis::new(x.clone(), unit, 6), Axis::rows(rows, left))?;
    let zero = [(0.0, -0.5), (0.0, items.len() as f64 - 0.5)];
    chart.draw_series(std::iter::once(PathElement::new(zero.to_vec(), GREY.stroke_width(1))))?;
    let (base_x, base_y) = area.get_base_pixel();
    let style = label.color(&INK).pos(Pos::new(HPos::Right, VPos::Center));
    for (at, item) in items.iter().enumerate() {
        let y = at as f64;
        let (px, py) = chart.plotting_area().map_coordinate(&(x.start, y));
        area.draw_text(&item.name, &style, (px - base_x - 8, py - base_y))?;
        if item.mean.is_finite() {
            let line = |from: f64, to: f64, width: u32| {
                PathElement::new(vec![(from, y), (to, y)], item.color.stroke_width(width))
            };
            chart.draw_series([
                line(item.spread.0, item.spread.1, 1),
                line(item.interval.0, item.interval.1, 5),
            ])?;
            chart.draw_series(std::iter::once(Circle::new(
                (item.mean, y),
                5,
                item.color.filled(),
            )))?;
        }
    }
    Ok(())
}

/// A line over years with a band: (year, middle, low, high).
pub(super) struct Line {
    pub name: String,
    pub color: RGBColor,
    pub points: Vec<(f64, f64, f64, f64)>,
}

/// Splits a series where values are missing.
fn pieces(points: &[(f64, f64, f64, f64)]) -> Vec<Vec<(f64, f64, f64, f64)>> {
    points
        .split(|point| !(point.1.is_finite() && point.2.is_finite() && point.3.is_finite()))
        .filter(|piece| !piece.is_empty())
        .map(<[_]>::to_vec)
        .collect()
}

/// Draws lines over years, with a legend if there are several.
pub(super) fn lines(
    area: &Area<'_>,
    title: &str,
    unit: &str,
    y: Option<std::ops::Range<f64>>,
    all: &[Line],
) -> Drawn {
    let top = panel_title(area, title)?;
    let label = font(13.0);
    let points = || all.iter().flat_map(|line| line.points.iter());
    let x = range(points().map(|point| point.0), false);
    let x = x.start.ceil()..x.end.floor();
    let y = y.unwrap_or_else(|| {
        let fitted = range(points().flat_map(|point| [point.2, point.3, point.1]), true);
        fitted.start..fitted.end + 0.22 * (fitted.end - fitted.start)
    });
    let (format, year) = (ticks(&y), |x: &f64| format!("{x:.0}"));
    let left = width(&format(&y.end), &label).max(width(&format(&y.start), &label)) + 36;
    let mut chart = ChartBuilder::on(area)
        .margin_top(top)
        .margin_right(24)
        .margin_bottom(6)
        .margin_left(8)
        .x_label_area_size(46)
        .y_label_area_size(left)
        .build_cartesian_2d(x, y.clone())?;
    chart
        .configure_mesh()
        .x_labels(7)
        .y_labels(6)
        .max_light_lines(0)
        .bold_line_style(GRID)
        .axis_style(GREY)
        .label_style(label.color(&INK))
        .axis_desc_style(font(13.0).color(&INK))
        .x_desc("year")
        .y_desc(unit)
        .x_label_formatter(&year)
        .y_label_formatter(&format)
        .draw()?;
    let clamp = |v: f64| v.clamp(y.start, y.end);
    for line in all {
        for piece in pieces(&line.points) {
            let upper = piece.iter().map(|p| (p.0, clamp(p.3)));
            let band: Vec<(f64, f64)> =
                upper.chain(piece.iter().rev().map(|p| (p.0, clamp(p.2)))).collect();
            chart
                .draw_series(std::iter::once(Polygon::new(band, line.color.mix(0.16).filled())))?;
        }
    }
    for line in all {
        let color = line.color;
        let mut first = true;
        for piece in pieces(&line.points) {
            let drawn = chart.draw_series(LineSeries::new(
                piece.iter().map(|p| (p.0, clamp(p.1))),
                color.stroke_width(2),
            ))?;
            if std::mem::take(&mut first) {
                drawn.label(line.name.clone()).legend(move |(x, y)| {
                    EmptyElement::at((x, y))
                        + Rectangle::new([(0, -6), (24, 6)], color.mix(0.16).filled())
                        + PathElement::new(vec![(0, 0), (24, 0)], color.stroke_width(2))
                });
            }
        }
    }
    if all.iter().filter(|line| !line.name.is_empty()).count() > 1 {
        chart
            .configure_series_labels()
            .position(SeriesLabelPosition::UpperRight)
            .legend_area_size(32)
            .margin(8)
            .background_style(WHITE.mix(0.85))
            .border_style(GRID)
            .label_font(label.color(&INK))
            .draw()?;
    }
    Ok(())
}
