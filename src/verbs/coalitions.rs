//! Values of all coalitions of states, and solutions of the game: how the gains might be divided.

use super::game::solve;
use super::run_inputs::{self, RunInputs};
use super::{Phase, ProgressObserver, Settings, VerbError};
use crate::analysis::Statistic;
use crate::experiment::coalitions::{CoalitionValues, MOST_PLAYERS, coalition_values};
use crate::games::{Game, Solutions, solutions};
use crate::output::{FolderError, Frame, RunFolder, coalitions as tables};
use crate::report::{headline, plots};
use crate::scenario::diagnostics::suggest;
use crate::scenario::load;
use crate::scenario::read::rows;
use crate::scenario::read::rows::Published;
use crate::scenario::types::Scenario;
use crate::simulation::Engine;
use clap::Args;
use std::path::PathBuf;

/// Options of the verb `coalitions`.
#[derive(Debug, Args)]
pub struct Request {
    /// Scenario: a file, a folder with scenario.toml, or a built-in name.
    pub scenario: String,
    /// Domains in which coalitions cooperate: kinds or names, separated by commas.
    #[arg(long, value_name = "DOMAIN,…", default_value = "water_energy", value_delimiter = ',')]
    pub domains: Vec<String>,
    /// States that form coalitions (default: all).
    #[arg(long, value_name = "STATE,…", value_delimiter = ',')]
    pub players: Vec<String>,
    /// Published divisions to compare with: a CSV table with the columns solution,player,value
    /// (MUSD/yr).
    #[arg(long, value_name = "FILE")]
    pub published: Option<String>,
    /// Options shared by all verbs that simulate.
    #[command(flatten)]
    pub settings: Settings,
}

/// Number of blocks of replications from which standard errors of solutions are computed.
const BLOCKS: usize = 10;

fn players(requested: &Request, scenario: &Scenario) -> Result<Vec<usize>, VerbError> {
    let ids = || scenario.states.iter().map(|state| state.id.as_str());
    let mut found = Vec::new();
    for name in &requested.players {
        match scenario.state_index(name.trim()) {
            Some(state) if !found.contains(&state) => found.push(state),
            Some(_) => {
                return Err(load::refuse(
                    "players",
                    format!("--players: {name} is named twice"),
                    "name each once".into(),
                )
                .into());
            }
            None => {
                return Err(load::refuse(
                    "players",
                    format!("there is no state `{name}`"),
                    suggest(name, ids()),
                )
                .into());
            }
        }
    }
    if requested.players.is_empty() {
        found = (0..scenario.states.len()).collect();
    }
    if found.len() > MOST_PLAYERS {
        let message = format!(
            "{} states have too many coalitions: at most {MOST_PLAYERS} states can be analysed",
            found.len()
        );
        return Err(
            load::refuse("players", message, "choose some with --players A,B,…".into()).into()
        );
    }
    Ok(found)
}

fn domains(requested: &Request, scenario: &Scenario) -> Result<Vec<usize>, VerbError> {
    let mut found: Vec<usize> = Vec::new();
    for name in &requested.domains {
        let named = load::domains_named(scenario, name.trim())
            .map_err(|help| load::refuse("domains", format!("`{name}` is not a domain"), help))?;
        found
            .extend(named.into_iter().filter(|domain| !found.contains(domain)).collect::<Vec<_>>());
    }
    if found.is_empty() {
        let message =
            format!("the scenario has no domain of the kind {}", requested.domains.join(", "));
        let names = scenario.domains.iter().map(|domain| domain.name.as_str());
        return Err(load::refuse(
            "domains",
            message,
            format!("valid: {}", names.collect::<Vec<_>>().join(", ")),
        )
        .into());
    }
    Ok(found)
}

/// Game of the mean values of some replications.
fn game(names: &[String], values: &[Vec<f64>]) -> Result<Game, VerbError> {
    let n = values.len() as f64;
    let mean = |bits: usize| values.iter().map(|row| row[bits]).sum::<f64>() / n;
    Game::from_fn(names.to_vec(), mean).map_err(|error| VerbError::Fault(error.to_string()))
}

/// Standard error of every solution and player, from the solutions of blocks of replications; NaN
/// if there are fewer replications than blocks.
fn spreads(
    names: &[String],
    values: &CoalitionValues,
    found: &Solutions,
) -> Result<Vec<Vec<f64>>, VerbError> {
    let mut by_block: Vec<Solutions> = Vec::new();
    let size = values.len() / BLOCKS;
    if size > 0 {
        for block in values.chunks(size).take(BLOCKS) {
            let game = game(names, block)?;
            by_block.push(solutions(&game).map_err(|error| VerbError::Fault(error.to_string()))?);
        }
    }
    let of = |id: &str, player: usize| {
        let values: Vec<f64> = by_block
            .iter()
            .filter_map(|block| block.solutions.iter().find(|solution| solution.id == id))
            .map(|solution| solution.division[player])
            .collect();
        if values.len() == BLOCKS { Statistic::of(&values).se } else { f64::NAN }
    };
    Ok(found
        .solutions
        .iter()
        .map(|solution| (0..names.len()).map(|player| of(&solution.id, player)).collect())
        .collect())
}

/// Loaded coalitions, ready to be simulated.
pub struct Setup {
    inputs: RunInputs,
    engine: Engine,
    hash: String,
    players: Vec<usize>,
    domains: Vec<usize>,
    published: Vec<Published>,
    /// Content of the file of published divisions.
    published_file: Vec<u8>,
}

impl Request {
    /// Loads scenario, players, domains and published divisions. Fails if one is invalid, or if an
    /// option changes an organisation.
    pub fn setup(&self) -> Result<Setup, VerbError> {
        if let Some(change) =
            self.settings.overrides.iter().find(|change| change.starts_with("organisation."))
        {
            let message =
                format!("--set {change}: coalitions are simulated without an organisation");
            return Err(load::refuse(
                "set",
                message,
                "leave it out, or change the scenario".into(),
            )
            .into());
        }
        let inputs = RunInputs::load(&self.scenario, &["none".to_string()], &self.settings)?;
        let scenario = &inputs.loaded.scenario;
        let (players, domains) = (players(self, scenario)?, domains(self, scenario)?);
        let (mut published, mut published_file) = (Vec::new(), Vec::new());
        if let Some(file) = &self.published {
            published = rows::published(file, &names(scenario, &players))?;
            published_file = std::fs::read(file)
                .map_err(|error| VerbError::Fault(format!("{file}: {error}")))?;
        }
        let hash = inputs.hash("coalitions", &format!("{players:?} {domains:?} {published:?}"));
        let engine = inputs.engine(Vec::new());
        Ok(Setup { inputs, engine, hash, players, domains, published, published_file })
    }
}

/// Ids of the states that are players.
fn names(scenario: &Scenario, players: &[usize]) -> Vec<String> {
    players.iter().map(|state| scenario.states[*state].id.clone()).collect()
}

impl Setup {
    /// Starts the folder for the results.
    pub fn folder(&self) -> Result<RunFolder, FolderError> {
        self.inputs.start(None, &self.hash)
    }

    /// Returns the numbers of coalitions and replications, and the folder.
    pub fn forecast(&self) -> String {
        format!(
            "{} coalitions of {} states on {} replications\nfolder: {}\n",
            (1u64 << self.players.len()) - 1,
            self.players.len(),
            self.inputs.replications,
            self.inputs.folder(&self.hash).display(),
        )
    }

    /// Computes the values of all coalitions and solves the game.
    pub fn simulate(self, observer: &dyn ProgressObserver) -> Result<Coalitions, VerbError> {
        let names = names(&self.inputs.loaded.scenario, &self.players);
        let phase = Phase::begin(observer, self.inputs.replications, "replications");
        let plan = (self.inputs.replications, self.inputs.settings.threads);
        let interrupted = observer.interrupted();
        let values =
            coalition_values(&self.engine, &self.domains, &self.players, plan, interrupted, &phase)
                .map_err(run_inputs::stopped)?;
        let game = game(&names, &values)?;
        let found = solve(&game)?;
        let errors = spreads(&names, &values, &found)?;
        let column =
            |bits: usize| Statistic::of(&values.iter().map(|row| row[bits]).collect::<Vec<f64>>());
        let values = (1..=game.all()).map(|bits| (bits, column(bits))).collect();
        Ok(Coalitions { setup: self, game, found, errors, values })
    }
}

/// Results of the verb `coalitions`.
pub struct Coalitions {
    setup: Setup,
    /// Game of the mean values, MUSD per year.
    pub game: Game,
    /// Its solutions.
    pub found: Solutions,
    /// Standard errors, MUSD per year, by solution and player.
    pub errors: Vec<Vec<f64>>,
    /// Value of each coalition, MUSD per year, with the bits of its members.
    pub values: Vec<(usize, Statistic)>,
}

impl Coalitions {
    /// Returns scenario and settings.
    pub fn inputs(&self) -> &RunInputs {
        &self.setup.inputs
    }

    /// Returns the divisions published elsewhere.
    pub fn published(&self) -> &[Published] {
        &self.setup.published
    }

    /// Starts the folder for the results: `out`, or the one given by the options.
    pub fn folder(&self, out: Option<PathBuf>) -> Result<RunFolder, FolderError> {
        self.setup.inputs.start(out, &self.setup.hash)
    }

    /// Returns the data for plots and text.
    pub fn material(&self) -> plots::Divisions<'_> {
        let Setup { inputs, players, domains, published, .. } = &self.setup;
        let scenario = &inputs.loaded.scenario;
        plots::Divisions {
            scenario,
            states: players,
            domains: domains.iter().map(|domain| scenario.domains[*domain].name.clone()).collect(),
            game: &self.game,
            found: &self.found,
            errors: &self.errors,
            published,
            replications: inputs.replications,
        }
    }

    /// Returns the table `coalitions.csv`: the value of every coalition.
    pub fn values(&self) -> Frame {
        tables::coalitions(&self.game, &self.values)
    }

    /// Returns the table `solutions.csv`: what each state receives under each solution.
    pub fn solutions(&self) -> Frame {
        tables::solutions(&self.game, &self.found, &self.errors, "MUSD/yr")
    }

    /// Writes tables, plots and page, and moves the folder to its final name.
    pub fn keep(
        &self,
        folder: RunFolder,
        observer: &dyn ProgressObserver,
    ) -> Result<PathBuf, VerbError> {
        let Setup { inputs, hash, published, published_file, .. } = &self.setup;
        tables::dictionary().write(&folder, "dictionary.csv")?;
        self.values().write(&folder, "coalitions.csv")?;
        self.solutions().write(&folder, "solutions.csv")?;
        if !published_file.is_empty() {
            folder.write("inputs/published.csv", published_file)?;
            tables::published(&self.game, &self.found, published)
                .write(&folder, "published.csv")?;
        }
        let material = self.material();
        plots::write_divisions(&material, &folder)?;
        let all = self.values.last().map_or_else(|| Statistic::of(&[]), |(_, whole)| *whole);
        let headline = headline::coalitions(&material, &all, &inputs.figure_kinds());
        inputs.conclude(folder, hash, 0, observer.interrupted(), ("coalitions", headline))
    }
}
