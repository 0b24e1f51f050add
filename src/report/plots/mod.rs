//! Figures as SVG and PNG, drawn with embedded fonts so that they look the same on every machine.

mod canvas;
mod charts;
mod comparison;
mod discovery;
mod divisions;
mod figures;
mod losses;
mod raster;
mod sensitivity;
mod sweep;

pub use raster::{overlaps, png};

use super::attribution::Attribution;
use crate::analysis::band::Band;
use crate::analysis::comparison::Rank;
use crate::analysis::{Summary, YearTable};
use crate::experiment::losses::LossSums;
use crate::games::{Game, Solutions};
use crate::output::sweep::{Analysis, Discovery, IndexSet, Results, SweepRecord, chosen_measure};
use crate::output::{FolderError, RunFolder};
use crate::scenario::read::rows::Published;
use crate::scenario::types::Scenario;

/// Data for the figures of a run: design 0 is the organisation, the last one the reference.
#[derive(Debug, Clone, Copy)]
pub struct Material<'a> {
    /// The scenario.
    pub scenario: &'a Scenario,
    /// Name of the organisation.
    pub name: &'a str,
    /// Founding members.
    pub founders: crate::ids::Members,
    /// Measures by design and replication.
    pub summary: &'a Summary,
    /// Measures by design and year.
    pub years: &'a YearTable,
    /// Account of losses, by design.
    pub losses: &'a [LossSums],
    /// Position of the reference design in the tables.
    pub reference: usize,
}

/// Data for the figures of a comparison.
#[derive(Debug, Clone)]
pub struct ComparisonMaterial<'a> {
    /// The scenario.
    pub scenario: &'a Scenario,
    /// Names of the designs.
    pub names: &'a [String],
    /// Position of the ranking measure in [`MEASURES`](crate::experiment::measures::MEASURES).
    pub by: usize,
    /// Measures by design and replication.
    pub summary: &'a Summary,
    /// Measures by design and year.
    pub years: &'a YearTable,
    /// Account of losses, by design.
    pub losses: &'a [LossSums],
    /// Ranking of the designs.
    pub ranking: &'a [Rank],
    /// Rankings over the precision of choices λ.
    pub lambda: Option<&'a Band>,
    /// Rankings under other structural choices.
    pub structure: Option<&'a Band>,
}

/// Draws a figure of a run as SVG; an empty text means nothing to show.
type Draw = fn(&Material<'_>) -> Result<String, String>;

const FIGURES: &[(&str, Draw)] = &[
    ("losses", losses::waterfall),
    ("gain_by_state", figures::gain_by_state),
    ("depth", figures::depth),
    ("compliance_and_trust", figures::compliance_and_trust),
    ("alive_and_members", figures::alive_and_members),
    ("river", figures::river),
];

/// Draws all figures of a run, as (name, SVG). Fails with the name of a figure and the reason.
pub fn draw(material: &Material<'_>) -> Result<Vec<(&'static str, String)>, (String, String)> {
    FIGURES
        .iter()
        .map(|(name, draw)| {
            draw(material).map(|svg| (*name, svg)).map_err(|reason| ((*name).to_string(), reason))
        })
        .filter(|figure| !matches!(figure, Ok((_, svg)) if svg.is_empty()))
        .collect()
}

/// Data for the figure of a game.
pub struct Divisions<'a> {
    /// The scenario.
    pub scenario: &'a Scenario,
    /// Index of the state of each player.
    pub states: &'a [usize],
    /// Names of the domains in which they cooperate.
    pub domains: Vec<String>,
    /// The game.
    pub game: &'a Game,
    /// Its solutions.
    pub found: &'a Solutions,
    /// Standard errors, MUSD per year, by solution and player.
    pub errors: &'a [Vec<f64>],
    /// Divisions published elsewhere.
    pub published: &'a [Published],
    /// Number of replications.
    pub replications: u64,
}

/// Draws the figure of a game into a run folder, as SVG and PNG.
pub fn write_divisions(material: &Divisions<'_>, folder: &RunFolder) -> Result<(), FolderError> {
    let drawn =
        divisions::divisions_by_state(material).map(|svg| vec![("divisions_by_state", svg)]);
    save(drawn.map_err(|reason| ("divisions_by_state".to_string(), reason)), folder)
}

/// Draws a figure of a comparison as SVG; an empty text means nothing to show.
type DrawComparison = fn(&ComparisonMaterial<'_>) -> Result<String, String>;

const COMPARISON_FIGURES: &[(&str, DrawComparison)] = &[
    ("losses", losses::stacked),
    ("differences", comparison::differences),
    ("distributions", comparison::distributions),
    ("survival", comparison::survival),
    ("gains_by_state", comparison::gains_by_state),
    ("depth_and_compliance", comparison::depth_and_compliance),
    ("lambda_band", comparison::lambda_band),
    ("structure_band", comparison::structure_band),
];

/// Draws all figures of a comparison into a run folder, as SVG and PNG.
pub fn write_comparison(
    material: &ComparisonMaterial<'_>,
    folder: &RunFolder,
) -> Result<(), FolderError> {
    save_all(
        COMPARISON_FIGURES.iter().map(|(name, draw)| (*name, draw(material))).collect(),
        folder,
    )
}

/// Data for the figures of a sweep.
#[derive(Debug, Clone, Copy)]
pub struct SweepMaterial<'a> {
    /// Record of the sweep.
    pub record: &'a SweepRecord,
    /// Values of the parameters, `[point][parameter]`.
    pub points: &'a [Vec<f64>],
    /// Results by measure kept.
    pub results: &'a [Results],
}

/// Draws the figures of a sweep, as SVG and PNG, by the first measure with a better direction.
pub fn write_sweep(material: &SweepMaterial<'_>, folder: &RunFolder) -> Result<(), FolderError> {
    match chosen_measure(material.record) {
        Some(column) => write_robustness(material, column, None, folder),
        None => Ok(()),
    }
}

/// Draws the figures of robust choice by one measure. `over` names the two parameters of the map;
/// without it they are those along which the best design changes most.
pub fn write_robustness(
    material: &SweepMaterial<'_>,
    column: usize,
    over: Option<(usize, usize)>,
    folder: &RunFolder,
) -> Result<(), FolderError> {
    let drawn = vec![
        ("regret", sweep::regret(material, column)),
        ("best_design", sweep::best_design(material, column, over)),
    ];
    save_all(drawn, folder)
}

/// Draws the figures of a sensitivity analysis, as SVG and PNG: those of the first result, and one
/// of all designs.
pub fn write_sensitivity(analysis: &Analysis, folder: &RunFolder) -> Result<(), FolderError> {
    let Some(first) = analysis.sets.first() else { return Ok(()) };
    let designs: Vec<&IndexSet> =
        analysis.sets.iter().filter(|set| set.label != "all designs").collect();
    save_all(
        vec![
            ("indices", sensitivity::bars(analysis, first)),
            ("indices_by_design", sensitivity::by_design(analysis, &designs)),
            ("morris_plane", sensitivity::plane(analysis, first)),
        ],
        folder,
    )
}

/// Draws the figures of a scenario discovery, as SVG and PNG.
pub fn write_discovery(found: &Discovery, folder: &RunFolder) -> Result<(), FolderError> {
    save_all(
        vec![
            ("peeling_trajectory", discovery::trajectory(found)),
            ("box", discovery::space(found)),
        ],
        folder,
    )
}

/// Saves figures as SVG and PNG; those with nothing to show are left out.
fn save_all(
    drawn: Vec<(&'static str, Result<String, String>)>,
    folder: &RunFolder,
) -> Result<(), FolderError> {
    let drawn = drawn
        .into_iter()
        .map(|(name, svg)| svg.map(|svg| (name, svg)).map_err(|reason| (name.to_string(), reason)))
        .filter(|figure| !matches!(figure, Ok((_, svg)) if svg.is_empty()))
        .collect();
    save(drawn, folder)
}

/// Draws the figure of an attribution into a run folder, as SVG and PNG.
pub fn write_attribution(
    attribution: &Attribution<'_>,
    folder: &RunFolder,
) -> Result<(), FolderError> {
    let drawn = comparison::attribution(attribution).map(|svg| vec![("attribution", svg)]);
    save(drawn.map_err(|reason| ("attribution".to_string(), reason)), folder)
}

/// Draws all figures of a run into its folder, as SVG and PNG.
pub fn write(material: &Material<'_>, folder: &RunFolder) -> Result<(), FolderError> {
    save(draw(material), folder)
}

fn save(
    figures: Result<Vec<(&'static str, String)>, (String, String)>,
    folder: &RunFolder,
) -> Result<(), FolderError> {
    let failed = |(name, reason): (String, String)| FolderError::Plot {
        path: format!("plots/{name}.svg").into(),
        reason,
    };
    for (name, svg) in figures.map_err(failed)? {
        folder.write(&format!("plots/{name}.svg"), svg.as_bytes())?;
        let image = png(&svg, 2.0).map_err(|reason| failed((name.to_string(), reason)))?;
        folder.write(&format!("plots/{name}.png"), &image)?;
    }
    Ok(())
}
