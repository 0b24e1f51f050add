//! `about.json`: descriptions of the scenario, organisations, measures and sources behind the
//! tables of a folder, so that a page can be made from the folder alone. It contains no results but
//! the headline.

use super::folder::read_error;
use super::{FolderError, RunFolder};
use crate::experiment::measures::{MEASURES, Measure, YEARLY, unit_for_people};
use crate::scenario::load::{LoadedDesign, LoadedScenario};
use crate::scenario::schema::{self, Deviation};
use crate::scenario::types::{Basin, DomainSpec, Scenario};
use serde::{Deserialize, Serialize};
use std::path::Path;

/// Name of the file.
pub const ABOUT: &str = "about.json";

/// Descriptions of what the tables of a folder refer to.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct About {
    /// The verb that made the folder.
    pub verb: String,
    /// Key findings.
    pub headline: Headline,
    /// The scenario.
    pub scenario: ScenarioNote,
    /// Organisations in the order of the tables.
    pub organisations: Vec<OrganisationNote>,
    /// Measures of replications and of years.
    pub measures: Vec<MeasureNote>,
    /// River basins.
    pub basins: Vec<BasinNote>,
    /// Input figures with their sources.
    pub figures: Vec<FigureNote>,
    /// Values that the scenario and the organisations set and that differ from the defaults.
    pub deviations: Vec<DeviationNote>,
}

/// Key findings, in sentences made from the results.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Headline {
    /// Question that the folder answers.
    pub question: String,
    /// Answer, in at most three sentences.
    pub answer: Vec<String>,
    /// What would change the answer.
    pub changes: Vec<String>,
    /// Measure that the answer refers to; empty if there is none.
    pub by: String,
}

/// Description of a scenario.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct ScenarioNote {
    /// Id.
    pub name: String,
    /// Title, one line.
    pub title: String,
    /// Description, one paragraph.
    pub description: String,
    /// First simulated year.
    pub first_year: i32,
    /// Number of simulated years.
    pub horizon: usize,
    /// Yearly discount rate of gains, as a share.
    pub discount_rate: f64,
    /// Base year of constant prices.
    pub price_base_year: i32,
    /// Id and name of each state.
    pub states: Vec<(String, String)>,
    /// Name and kind of each domain.
    pub domains: Vec<(String, String)>,
}

/// Description of an organisation.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct OrganisationNote {
    /// Name in the tables.
    pub name: String,
    /// Title, one line.
    pub title: String,
    /// Description, one paragraph.
    pub description: String,
    /// `binding` or `recommendatory`.
    pub force: String,
    /// Ids of the founding members.
    pub founders: Vec<String>,
    /// Sources of its rules.
    pub sources: Vec<String>,
    /// Rules of the modelled organisation that the file does not contain.
    pub lacks: Vec<String>,
}

/// Description of a measure.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct MeasureNote {
    /// Id in the tables.
    pub id: String,
    /// Name for people.
    pub title: String,
    /// Unit for people.
    pub unit: String,
    /// Definition.
    pub definition: String,
    /// Better direction: `higher`, `lower` or `neither`.
    pub better: String,
    /// Section of the model description (ODD).
    pub section: String,
    /// Whether it is also reported by year.
    pub by_year: bool,
}

/// Description of a river basin.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct BasinNote {
    /// Name of the domain.
    pub name: String,
    /// Nodes, from the sources downstream.
    pub nodes: Vec<NodeNote>,
}

/// Description of a node of a river.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct NodeNote {
    /// Name.
    pub name: String,
    /// Id of the state.
    pub state: String,
    /// Position of the next node; `None` at the sink.
    pub downstream: Option<usize>,
    /// Whether it has a reservoir with an operator.
    pub operator: bool,
    /// Irrigation demand in the first summer, km³.
    pub demand: f64,
}

/// An input figure and its source.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct FigureNote {
    /// Path of the key that it sets.
    pub path: String,
    /// Value as written.
    pub value: String,
    /// Unit.
    pub unit: String,
    /// Year or period.
    pub year: String,
    /// Confidence: `H`, `M` or `L`.
    pub confidence: String,
    /// `sourced`, `derived` or `assumption`.
    pub kind: String,
    /// Source.
    pub source: String,
}

/// A value that differs from its default, and the file that sets it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct DeviationNote {
    /// `scenario`, or the name of the organisation.
    pub of: String,
    /// Path, value and default.
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

    /// Returns all measures; those that exist only by year come last.
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
    /// Describes a scenario and its designs. `names` are the names of the designs in the tables.
    /// The headline stays empty.
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

    /// Reads the file of a folder. Fails if it is missing or has another format.
    pub fn read(folder: &Path) -> Result<Self, FolderError> {
        let path = folder.join(ABOUT);
        let text = std::fs::read_to_string(&path).map_err(FolderError::io(&path))?;
        serde_json::from_str(&text)
            .map_err(|error| FolderError::Read { path, reason: read_error(&text, "lead", &error) })
    }

    /// Writes the file into a folder.
    pub fn write(&self, folder: &RunFolder) -> Result<(), FolderError> {
        folder.write(ABOUT, serde_json::to_string(self).unwrap_or_default().as_bytes())
    }
}
