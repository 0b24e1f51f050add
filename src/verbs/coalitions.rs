//! What every coalition of states could gain, and how it might be shared.

use super::game::solve;
use super::session::{self, Session};
use super::{Attendant, Settings, Stretch, Trouble};
use crate::analysis::Statistic;
use crate::experiment::coalitions::{MOST_PLAYERS, Worths, coalition_worths};
use crate::games::{Game, Solutions, solutions};
use crate::output::{FolderError, Frame, RunFolder, coalitions as tables};
use crate::report::{lead, plots};
use crate::scenario::diagnostics::suggest;
use crate::scenario::rows::Published;
use crate::scenario::types::Scenario;
use crate::scenario::{load, rows};
use crate::simulation::Engine;
use clap::Args;
use std::path::PathBuf;

/// What can be asked of coalitions.
#[derive(Debug, Args)]
pub struct Request {
    /// A file, a folder with scenario.toml, or a built-in name.
    pub scenario: String,
    /// Domains that coalitions cooperate in: kinds or names, separated by commas.
    #[arg(long, value_name = "DOMAIN,…", default_value = "water_energy", value_delimiter = ',')]
    pub domains: Vec<String>,
    /// States that form coalitions (default: all).
    #[arg(long, value_name = "STATE,…", value_delimiter = ',')]
    pub players: Vec<String>,
    /// Divisions to compare with: CSV with the columns solution,player,value (MUSD/yr).
    #[arg(long, value_name = "FILE")]
    pub published: Option<String>,
    /// What all verbs share.
    #[command(flatten)]
    pub settings: Settings,
}

/// Blocks of fates from which the spread of solutions is told.
const BLOCKS: usize = 10;

fn players(asked: &Request, scenario: &Scenario) -> Result<Vec<usize>, Trouble> {
    let ids = || scenario.states.iter().map(|state| state.id.as_str());
    let mut found = Vec::new();
    for name in &asked.players {
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
                return Err(load::refuse("players", format!("there is no state `{name}`"), suggest(name, ids())).into());
            }
        }
    }
    if asked.players.is_empty() {
        found = (0..scenario.states.len()).collect();
    }
    if found.len() > MOST_PLAYERS {
        let message =
            format!("{} states have too many coalitions: all of up to {MOST_PLAYERS} states are played", found.len());
        return Err(load::refuse("players", message, "choose some with --players A,B,…".into()).into());
    }
    Ok(found)
}

fn domains(asked: &Request, scenario: &Scenario) -> Result<Vec<usize>, Trouble> {
    let mut found: Vec<usize> = Vec::new();
    for name in &asked.domains {
        let named = load::domains_named(scenario, name.trim())
            .map_err(|help| load::refuse("domains", format!("`{name}` is not a domain"), help))?;
        found.extend(named.into_iter().filter(|domain| !found.contains(domain)).collect::<Vec<_>>());
    }
    if found.is_empty() {
        let message = format!("the scenario has no domain of the kind {}", asked.domains.join(", "));
        let names = scenario.domains.iter().map(|domain| domain.name.as_str());
        return Err(load::refuse("domains", message, format!("valid: {}", names.collect::<Vec<_>>().join(", "))).into());
    }
    Ok(found)
}

/// Mean worths of some replications as a game.
fn game(names: &[String], worths: &[Vec<f64>]) -> Result<Game, Trouble> {
    let n = worths.len() as f64;
    let mean = |bits: usize| worths.iter().map(|row| row[bits]).sum::<f64>() / n;
    Game::from_fn(names.to_vec(), mean).map_err(|error| Trouble::Fault(error.to_string()))
}

/// Standard error of every solution and player, from solutions of blocks of fates; NaN where there are too few.
fn spreads(names: &[String], worths: &Worths, found: &Solutions) -> Result<Vec<Vec<f64>>, Trouble> {
    let mut by_block: Vec<Solutions> = Vec::new();
    let size = worths.len() / BLOCKS;
    if size > 0 {
        for block in worths.chunks(size).take(BLOCKS) {
            let game = game(names, block)?;
            by_block.push(solutions(&game).map_err(|error| Trouble::Fault(error.to_string()))?);
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

/// What is to be played.
pub struct Setup {
    session: Session,
    engine: Engine,
    hash: String,
    players: Vec<usize>,
    domains: Vec<usize>,
    published: Vec<Published>,
    /// The file of published divisions, as it is.
    published_file: Vec<u8>,
}

impl Request {
    /// Loads what is to be played.
    pub fn setup(&self) -> Result<Setup, Trouble> {
        if let Some(change) = self.settings.overrides.iter().find(|change| change.starts_with("organisation.")) {
            let message = format!("--set {change}: coalitions are played without an organisation");
            return Err(load::refuse("set", message, "leave it out, or change the scenario".into()).into());
        }
        let session = Session::load(&self.scenario, &["none".to_string()], &self.settings)?;
        let scenario = &session.loaded.scenario;
        let (players, domains) = (players(self, scenario)?, domains(self, scenario)?);
        let (mut published, mut published_file) = (Vec::new(), Vec::new());
        if let Some(file) = &self.published {
            published = rows::published(file, &names(scenario, &players))?;
            published_file = std::fs::read(file).map_err(|error| Trouble::Fault(format!("{file}: {error}")))?;
        }
        let hash = session.hash("coalitions", &format!("{players:?} {domains:?} {published:?}"));
        let engine = session.engine(Vec::new());
        Ok(Setup { session, engine, hash, players, domains, published, published_file })
    }
}

/// Ids of the states that play.
fn names(scenario: &Scenario, players: &[usize]) -> Vec<String> {
    players.iter().map(|state| scenario.states[*state].id.clone()).collect()
}

impl Setup {
    /// The folder that the results will be in.
    pub fn folder(&self) -> Result<RunFolder, FolderError> {
        self.session.start(None, &self.hash)
    }

    /// How much there is to play.
    pub fn forecast(&self) -> String {
        format!(
            "{} coalitions of {} states on {} fates\nfolder: {}\n",
            (1u64 << self.players.len()) - 1,
            self.players.len(),
            self.session.replications,
            self.session.folder(&self.hash).display(),
        )
    }

    /// Plays all coalitions and solves the game.
    pub fn play(self, attendant: &dyn Attendant) -> Result<Coalitions, Trouble> {
        let names = names(&self.session.loaded.scenario, &self.players);
        let stretch = Stretch::begin(attendant, self.session.replications, "fates");
        let plan = (self.session.replications, self.session.settings.threads);
        let interrupted = attendant.interrupted();
        let worths = coalition_worths(&self.engine, &self.domains, &self.players, plan, interrupted, &stretch)
            .map_err(session::stopped)?;
        let game = game(&names, &worths)?;
        let found = solve(&game)?;
        let errors = spreads(&names, &worths, &found)?;
        let column = |bits: usize| Statistic::of(&worths.iter().map(|row| row[bits]).collect::<Vec<f64>>());
        let values = (1..=game.all()).map(|bits| (bits, column(bits))).collect();
        Ok(Coalitions { setup: self, game, found, errors, values })
    }
}

/// What coalitions came to.
pub struct Coalitions {
    setup: Setup,
    /// The game of mean worths, MUSD per year.
    pub game: Game,
    /// Its solutions.
    pub found: Solutions,
    /// Standard errors by solution and player.
    pub errors: Vec<Vec<f64>>,
    /// Worths by coalition.
    pub values: Vec<(usize, Statistic)>,
}

impl Coalitions {
    /// Scenario and settings.
    pub fn session(&self) -> &Session {
        &self.setup.session
    }

    /// Divisions published elsewhere.
    pub fn published(&self) -> &[Published] {
        &self.setup.published
    }

    /// The folder that the results will be in: this one, or as asked before.
    pub fn folder(&self, out: Option<PathBuf>) -> Result<RunFolder, FolderError> {
        self.setup.session.start(out, &self.setup.hash)
    }

    /// What plots and words are made from.
    pub fn material(&self) -> plots::Divisions<'_> {
        let Setup { session, players, domains, published, .. } = &self.setup;
        let scenario = &session.loaded.scenario;
        plots::Divisions {
            scenario,
            states: players,
            domains: domains.iter().map(|domain| scenario.domains[*domain].name.clone()).collect(),
            game: &self.game,
            found: &self.found,
            errors: &self.errors,
            published,
            replications: session.replications,
        }
    }

    /// What every coalition gains.
    pub fn values(&self) -> Frame {
        tables::coalitions(&self.game, &self.values)
    }

    /// What each state gets under each solution.
    pub fn solutions(&self) -> Frame {
        tables::solutions(&self.game, &self.found, &self.errors, "MUSD/yr")
    }

    /// Writes tables, plots and page, and gives the folder its name.
    pub fn keep(&self, folder: RunFolder, attendant: &dyn Attendant) -> Result<PathBuf, Trouble> {
        let Setup { session, hash, published, published_file, .. } = &self.setup;
        tables::dictionary().write(&folder, "dictionary.csv")?;
        self.values().write(&folder, "coalitions.csv")?;
        self.solutions().write(&folder, "solutions.csv")?;
        if !published_file.is_empty() {
            folder.write("inputs/published.csv", published_file)?;
            tables::published(&self.game, &self.found, published).write(&folder, "published.csv")?;
        }
        let material = self.material();
        plots::write_divisions(&material, &folder)?;
        let all = self.values.last().map_or_else(|| Statistic::of(&[]), |(_, whole)| *whole);
        let lead = lead::coalitions(&material, &all, &session.figure_kinds());
        session.conclude(folder, hash, 0, attendant.interrupted(), ("coalitions", lead))
    }
}
