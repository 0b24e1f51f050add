//! `about.json`: what the tables of a folder speak of, so that a page can be made from the folder
//! alone.

use super::{FolderError, RunFolder};
use crate::experiment::measures::{MEASURES, Measure, YEARLY, unit_for_people};
use crate::scenario::load::{LoadedDesign, LoadedScenario};
use crate::scenario::schema::{self, Deviation};
use crate::scenario::types::{Basin, DomainSpec, Scenario};
use serde::{Deserialize, Serialize};
use std::path::Path;

/// The file.
pub const ABOUT: &str = "about.json";

/// What the tables of a folder speak of.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct About {
    /// The verb that made the folder.
    pub verb: String,
    /// What came out, in sentences.
    pub headline: Headline,
    /// The scenario.
    pub scenario: ScenarioNote,
    /// Organisations in the order of the tables.
    pub organisations: Vec<OrganisationNote>,
    /// Measures of replications and of years.
    pub measures: Vec<MeasureNote>,
    /// River basins.
    pub basins: Vec<BasinNote>,
    /// Every figure with its source.
    pub figures: Vec<FigureNote>,
    /// What the scenario and the organisations set other than by default.
    pub deviations: Vec<DeviationNote>,
}

/// What came out, in sentences made from the numbers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Headline {
    /// What the folder asks.
    pub question: String,
    /// The answer: at most three sentences.
    pub answer: Vec<String>,
    /// What would change it.
    pub changes: Vec<String>,
    /// The measure that it speaks of, if it is one.
    pub by: String,
}

/// A scenario.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct ScenarioNote {
    /// Id.
    pub name: String,
    /// One line.
    pub title: String,
    /// A paragraph.
    pub description: String,
    /// First simulated year.
    pub first_year: i32,
    /// Simulated years.
    pub horizon: usize,
    /// Yearly discount rate of gains.
    pub discount_rate: f64,
    /// Base year of constant prices.
    pub price_base_year: i32,
    /// Id and name of each state.
    pub states: Vec<(String, String)>,
    /// Name and kind of each domain.
    pub domains: Vec<(String, String)>,
}

/// An organisation.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct OrganisationNote {
    /// Name in the tables.
    pub name: String,
    /// One line.
    pub title: String,
    /// A paragraph.
    pub description: String,
    /// `binding` or `recommendatory`.
    pub force: String,
    /// Ids of the founding members.
    pub founders: Vec<String>,
    /// Sources of its rules.
    pub sources: Vec<String>,
    /// What the file still lacks of it.
    pub lacks: Vec<String>,
}

/// A measure.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct MeasureNote {
    /// Id in the tables.
    pub id: String,
    /// Its name for people.
    pub title: String,
    /// Unit for people.
    pub unit: String,
    /// What it is.
    pub definition: String,
    /// `higher`, `lower` or `neither` is better.
    pub better: String,
    /// Section of the ODD page.
    pub section: String,
    /// Whether it is also told by year.
    pub by_year: bool,
}

/// A basin.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct BasinNote {
    /// Name of the domain.
    pub name: String,
    /// Nodes from the sources down.
    pub nodes: Vec<NodeNote>,
}

/// A node of a river.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct NodeNote {
    /// Name.
    pub name: String,
    /// Id of the state.
    pub state: String,
    /// Position of the next node; none at the sink.
    pub downstream: Option<usize>,
    /// Whether its reservoir is decided.
    pub operator: bool,
    /// Irrigation demand in the first summer, km³.
    pub demand: f64,
}

/// A figure and its source.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct FigureNote {
    /// The path that it sets.
    pub path: String,
    /// As written.
    pub value: String,
    /// Unit.
    pub unit: String,
    /// Year or period.
    pub year: String,
    /// H, M or L.
    pub confidence: String,
    /// `sourced`, `derived` or `assumption`.
    pub kind: String,
    /// Where it comes from.
    pub source: String,
}

/// A value other than by default, and in which file.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct DeviationNote {
    /// `scenario`, or the name of the organisation.
    pub of: String,
    /// The value.
    pub what: Deviation,
}

impl MeasureNote {
    fn of(measure: &Measure) -> Self {
        MeasureNote {
            id: measure.id.into(),
            title: measure.title.into(),
            unit: unit_for_people(measure.unit),
            definition: measure.definition.into(),
            better: measure.better.name().into(),
            section: measure.section.into(),
            by_year: YEARLY.iter().any(|yearly| yearly.id == measure.id),
        }
    }

    /// All measures, those that exist by year only at the end.
    pub fn all() -> Vec<Self> {
        let only_yearly =
            YEARLY.iter().filter(|yearly| MEASURES.iter().all(|measure| measure.id != yearly.id));
        MEASURES.iter().chain(only_yearly).map(Self::of).collect()
    }
}

fn basin(scenario: &Scenario, name: &str, basin: &Basin) -> BasinNote {
    let nodes = basin.nodes.iter().enumerate().map(|(at, node)| NodeNote {
        name: node.name.clone(),
        state: scenario.states[node.owner.index()].id.clone(),
        downstream: node.downstream,
        operator: basin.operators.contains(&at),
        demand: node.demand,
    });
    BasinNote { name: name.to_string(), nodes: nodes.collect() }
}

impl ScenarioNote {
    fn of(loaded: &LoadedScenario) -> Self {
        let scenario = &loaded.scenario;
        ScenarioNote {
            name: scenario.name.clone(),
            title: scenario.title.clone(),
            description: loaded.file.scenario.description.trim().to_string(),
            first_year: scenario.first_year,
            horizon: scenario.horizon,
            discount_rate: scenario.discount_rate,
            price_base_year: scenario.price_base_year,
            states: scenario
                .states
                .iter()
                .map(|state| (state.id.clone(), state.name.clone()))
                .collect(),
            domains: scenario
                .domains
                .iter()
                .map(|domain| (domain.name.clone(), domain.kind().name().to_string()))
                .collect(),
        }
    }
}

impl OrganisationNote {
    fn of(scenario: &Scenario, name: &str, design: &LoadedDesign) -> Self {
        OrganisationNote {
            name: name.to_string(),
            title: design.design.title.clone(),
            description: design.file.organisation.description.trim().to_string(),
            force: if design.design.binding { "binding" } else { "recommendatory" }.into(),
            founders: design
                .design
                .members
                .iter()
                .map(|state| scenario.states[state].id.clone())
                .collect(),
            sources: design.file.organisation.sources.clone(),
            lacks: design.file.organisation.lacks.clone(),
        }
    }
}

impl About {
    /// What tables of a scenario and designs speak of; `names` are those in the tables.
    pub fn of(
        verb: &str,
        loaded: &LoadedScenario,
        designs: &[LoadedDesign],
        names: &[String],
    ) -> Self {
        let scenario = &loaded.scenario;
        let of_scenario = schema::deviations(&schema::scenario(), &loaded.merged.to_json());
        let mut deviations: Vec<DeviationNote> = of_scenario
            .into_iter()
            .map(|what| DeviationNote { of: "scenario".into(), what })
            .collect();
        let organisation_schema = schema::organisation();
        for (name, design) in names.iter().zip(designs) {
            let own = schema::deviations(&organisation_schema, &design.merged.to_json());
            deviations.extend(own.into_iter().map(|what| DeviationNote { of: name.clone(), what }));
        }
        About {
            verb: verb.to_string(),
            headline: Headline::default(),
            scenario: ScenarioNote::of(loaded),
            organisations: names
                .iter()
                .zip(designs)
                .map(|(name, design)| OrganisationNote::of(scenario, name, design))
                .collect(),
            measures: MeasureNote::all(),
            basins: scenario
                .domains
                .iter()
                .filter_map(|domain| match &domain.spec {
                    DomainSpec::Basin(spec) => Some(basin(scenario, &domain.name, spec)),
                    _ => None,
                })
                .collect(),
            figures: loaded
                .figures
                .iter()
                .map(|(path, figure)| FigureNote {
                    path: path.clone(),
                    value: figure.value.clone(),
                    unit: figure.unit.clone(),
                    year: figure.year.clone(),
                    confidence: figure.confidence.clone(),
                    kind: figure.kind.clone(),
                    source: figure.source.clone(),
                })
                .collect(),
            deviations,
        }
    }

    /// Reads the file of a folder. Errors: it is not there, or of another make.
    pub fn read(folder: &Path) -> Result<Self, FolderError> {
        let path = folder.join(ABOUT);
        let text = std::fs::read_to_string(&path).map_err(FolderError::io(&path))?;
        serde_json::from_str(&text)
            .map_err(|error| FolderError::Read { path, reason: error.to_string() })
    }

    /// Writes the file.
    pub fn write(&self, folder: &RunFolder) -> Result<(), FolderError> {
        folder.write(ABOUT, serde_json::to_string(self).unwrap_or_default().as_bytes())
    }
}
