//! Figures of the account of losses.

use super::canvas::{Area, Axis, Drawn, INK, axes, figure, font, panel_title, width};
use super::charts::short;
use super::{ComparisonMaterial, Material};
use crate::experiment::losses::LossSums;
use crate::report::losses::{color, words};
use crate::simulation::Cause;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

const NOTE: &str = "Share of the joint optimum of all states and domains, mean over years and \
                    replications. The year is settled again with one cause removed after the \
                    other, in the order shown; a cause may be negative.";

fn fill(cause: Cause) -> RGBColor {
    let (red, green, blue) = color(cause);
    RGBColor(red, green, blue)
}

/// Draws what each cause takes from the joint optimum, one below the other.
pub(super) fn waterfall(material: &Material<'_>) -> Result<String, String> {
    let losses = &material.losses[0];
    let delivered = 100.0 * losses.share(Cause::Delivered);
    if delivered.is_nan() {
        return Ok(String::new());
    }
    let title = format!(
        "{} delivers {delivered:.0} of 100 that full cooperation could gain",
        material.name
    );
    figure((1100, 560), &title, NOTE, &super::figures::foot(material), |area| steps(area, losses))
}

fn steps(area: &Area<'_>, losses: &LossSums) -> Drawn {
    let shown: Vec<Cause> = Cause::ALL
        .into_iter()
        .filter(|cause| *cause == Cause::Delivered || losses.share(*cause).abs() >= 0.0005)
        .collect();
    let label = font(13.0);
    let left = shown.iter().map(|cause| width(words(*cause), &label)).max().unwrap_or(0) + 14;
    let rows = (shown.len() as f64 - 0.5)..-0.5;
    let top = panel_title(area, "From full cooperation to what is delivered")?;
    let x = Axis::new(0.0..108.0, "per cent of what full cooperation could gain", 11);
    let mut chart = axes(area, top, x, Axis::rows(rows, left))?;
    let (base_x, base_y) = area.get_base_pixel();
    let right = label.color(&INK).pos(Pos::new(HPos::Right, VPos::Center));
    let beside = label.color(&INK).pos(Pos::new(HPos::Left, VPos::Center));
    let mut rest = 100.0;
    for (row, cause) in shown.iter().enumerate() {
        let y = row as f64;
        let share = 100.0 * losses.share(*cause);
        let (from, to) =
            if *cause == Cause::Delivered { (0.0, share) } else { (rest - share, rest) };
        rest -= share;
        let bar = Rectangle::new(
            [(from.min(to), y - 0.36), (from.max(to), y + 0.36)],
            fill(*cause).filled(),
        );
        chart.draw_series(std::iter::once(bar))?;
        let (px, py) = chart.plotting_area().map_coordinate(&(0.0, y));
        area.draw_text(words(*cause), &right, (px - base_x - 8, py - base_y))?;
        let (px, py) = chart.plotting_area().map_coordinate(&(from.max(to), y));
        area.draw_text(&format!("{share:.1}"), &beside, (px - base_x + 6, py - base_y))?;
    }
    Ok(())
}

/// Draws the account of every design as a bar.
pub(super) fn stacked(comparison: &ComparisonMaterial<'_>) -> Result<String, String> {
    let delivered = |design: &usize| comparison.losses[*design].share(Cause::Delivered);
    let Some(best) = (0..comparison.names.len())
        .filter(|design| delivered(design).is_finite())
        .max_by(|a, b| delivered(a).total_cmp(&delivered(b)))
    else {
        return Ok(String::new());
    };
    let title = format!(
        "Most is delivered under {}: {:.0} of 100 that full cooperation could gain",
        short(&comparison.names[best]),
        100.0 * delivered(&best)
    );
    let height = 330 + 34 * comparison.names.len() as u32;
    figure((1100, height), &title, NOTE, &super::comparison::foot(comparison), |area| {
        bars(area, comparison)
    })
}

fn bars(area: &Area<'_>, comparison: &ComparisonMaterial<'_>) -> Drawn {
    let label = font(13.0);
    let share = |design: usize, cause: Cause| 100.0 * comparison.losses[design].share(cause);
    let designs = 0..comparison.names.len();
    let shown: Vec<Cause> = Cause::ALL
        .into_iter()
        .rev()
        .filter(|cause| designs.clone().any(|design| share(design, *cause).abs() >= 0.5))
        .collect();
    let used = legend(area, &shown)?;
    let left = comparison.names.iter().map(|name| width(&short(name), &label)).max();
    let rows = (comparison.names.len() as f64 - 0.5)..-0.5;
    let x = Axis::new(0.0..100.0, "per cent of what full cooperation could gain", 11);
    let mut chart = axes(area, used + 8, x, Axis::rows(rows, left.unwrap_or(0) + 14))?;
    let (base_x, base_y) = area.get_base_pixel();
    let right = label.color(&INK).pos(Pos::new(HPos::Right, VPos::Center));
    for (row, rank) in comparison.ranking.iter().enumerate() {
        let y = row as f64;
        let mut from = 0.0;
        // A negative part is left out: the parts after it start where it would have started.
        for cause in &shown {
            let part = share(rank.design, *cause).max(0.0);
            let to = (from + part).min(100.0);
            let bar = Rectangle::new([(from, y - 0.36), (to, y + 0.36)], fill(*cause).filled());
            chart.draw_series(std::iter::once(bar))?;
            from = to;
        }
        let (px, py) = chart.plotting_area().map_coordinate(&(0.0, y));
        let name = short(&comparison.names[rank.design]);
        area.draw_text(&name, &right, (px - base_x - 8, py - base_y))?;
    }
    Ok(())
}

/// Draws a legend of causes in rows. Returns the height used, pixels.
fn legend(area: &Area<'_>, causes: &[Cause]) -> Drawn<i32> {
    let (face, room) = (font(12.5), area.dim_in_pixel().0 as i32 - 24);
    let (mut x, mut y) = (12, 4);
    for cause in causes {
        let wide = 18 + width(words(*cause), &face) + 22;
        if x > 12 && x + wide > room {
            (x, y) = (12, y + 19);
        }
        area.draw(&Rectangle::new([(x, y + 2), (x + 11, y + 13)], fill(*cause).filled()))?;
        let style = face.color(&INK).pos(Pos::new(HPos::Left, VPos::Top));
        area.draw_text(words(*cause), &style, (x + 16, y))?;
        x += wide;
    }
    Ok(y + 24)
}
