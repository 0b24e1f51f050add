//! The validated scenario: dense ids, numbers in known units, no strings to look up and nothing
//! optional that the engine would have to ask about again.

pub mod design;

use crate::ids::{DomainId, Members, SlotId, StateId};
use crate::scenario::raw::{
    BehaviourTable, Curvature, FuelTable, Season, ShockTable, WithdrawalRule,
};
use crate::units::{EnergyPrice, Money};

/// A scenario ready to be simulated.
#[derive(Debug, Clone)]
pub struct Scenario {
    /// Id, used in folder names.
    pub name: String,
    /// One line for people.
    pub title: String,
    /// Name of the organisation that runs when none is asked for.
    pub organisation: String,
    /// Calendar year of the first simulated year.
    pub first_year: i32,
    /// Simulated years.
    pub horizon: usize,
    /// Chance per year that the game ends after it.
    pub end_hazard: f64,
    /// Replications when the command line does not say.
    pub replications: u64,
    /// Master seed when the command line does not say.
    pub seed: u64,
    /// Yearly discount rate of reported gains.
    pub discount_rate: f64,
    /// Base year of constant prices.
    pub price_base_year: i32,
    /// Number of depths on an offer grid.
    pub depth_levels: usize,
    /// The states, in the order of the file.
    pub states: Vec<State>,
    /// Behavioural constants that all states share.
    pub behaviour: BehaviourTable,
    /// Laws of the shocks.
    pub shocks: ShockTable,
    /// The market for fuel in the reference.
    pub fuel: FuelTable,
    /// What can be negotiated.
    pub domains: Vec<Domain>,
    /// Every obligation that can ever be owed, with its stable place.
    pub slots: Vec<Slot>,
}

/// A state and how it behaves.
#[derive(Debug, Clone)]
pub struct State {
    /// ISO 3166 alpha-3 code or any other id.
    pub id: String,
    /// Name for people.
    pub name: String,
    /// Gross domestic product, MUSD per year; `None` where the scenario gives none.
    pub gdp: Option<Money>,
    /// Fuel cost, MUSD per TWh of electricity; `None` for a state without hydrocarbons.
    pub fuel_cost: Option<EnergyPrice>,
    /// Sovereignty cost at full pooling, MUSD per year (model §7).
    pub sovereignty_cost: Money,
    /// Discount factor δ per year.
    pub discount_factor: f64,
    /// Precision of votes, per stake; infinite for best replies.
    pub lambda_vote: f64,
    /// Precision of compliance, per stake; infinite for best replies.
    pub lambda_comply: f64,
    /// Audience cost as a share of the stake.
    pub audience_share: f64,
    /// Mean of the trust prior.
    pub trust_prior_mean: f64,
    /// Share of trust evidence kept per year with an observation.
    pub trust_forgetting: f64,
    /// Mean slippage.
    pub slippage_mean: f64,
    /// Weight in the Nash bargaining solution.
    pub nash_weight: f64,
    /// Probability of a change of leadership per year.
    pub leadership_hazard: f64,
    /// Domestic threshold ψ of ratification, in stakes.
    pub ratification_threshold: f64,
}

/// The kinds of domain, as an organisation's agenda names them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DomainKind {
    /// Water for energy along a river (§5.1).
    WaterEnergy,
    /// Border facilitation (§5.2).
    Transport,
    /// Grain (§5.3).
    Food,
    /// Common security (§5.4).
    Security,
    /// A joint project (§5.5).
    Project,
    /// A stage game given as numbers (§5.6).
    StageGame,
}

impl DomainKind {
    /// All kinds, in the order of the model.
    pub const ALL: [DomainKind; 6] = [
        DomainKind::WaterEnergy,
        DomainKind::Transport,
        DomainKind::Food,
        DomainKind::Security,
        DomainKind::Project,
        DomainKind::StageGame,
    ];

    /// Name in files.
    pub fn name(self) -> &'static str {
        match self {
            DomainKind::WaterEnergy => "water_energy",
            DomainKind::Transport => "transport",
            DomainKind::Food => "food",
            DomainKind::Security => "security",
            DomainKind::Project => "project",
            DomainKind::StageGame => "stage_game",
        }
    }
}

/// One domain of the scenario.
#[derive(Debug, Clone)]
pub struct Domain {
    /// Name of the basin, `transport`, or the name of the stage game.
    pub name: String,
    /// Its physics and payoffs.
    pub spec: DomainSpec,
    /// Its obligation slots.
    pub slots: std::ops::Range<usize>,
}

impl Domain {
    /// The kind that agendas name.
    pub fn kind(&self) -> DomainKind {
        match self.spec {
            DomainSpec::Basin(_) => DomainKind::WaterEnergy,
            DomainSpec::Transport(_) => DomainKind::Transport,
            DomainSpec::Food(_) => DomainKind::Food,
            DomainSpec::Security(_) => DomainKind::Security,
            DomainSpec::Project(_) => DomainKind::Project,
            DomainSpec::StageGame(_) => DomainKind::StageGame,
        }
    }
}

/// Physics and payoffs of a domain.
#[derive(Debug, Clone)]
pub enum DomainSpec {
    /// A river basin.
    Basin(Basin),
    /// Trade across borders.
    Transport(Transport),
    /// Grain.
    Food(Food),
    /// Common security.
    Security(Security),
    /// A joint project.
    Project(Project),
    /// A stage game.
    StageGame(StageGame),
}

/// What an obligation asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SlotKind {
    /// The operator of reservoir `k` of the basin releases in summer.
    Release(usize),
    /// The obligor lets the extra water pass its nodes.
    PassThrough,
    /// The obligor delivers fuel to the operator of reservoir `k`.
    Fuel(usize),
    /// The obligor facilitates its borders.
    Border,
    /// The obligor delivers grain.
    Grain,
    /// The obligor makes an effort for common security.
    Effort,
    /// The obligor pays its contribution.
    Contribution,
    /// Obligation `k` of the stage game.
    Stage(usize),
}

/// The stable place of one obligation: its draws are keyed by it.
#[derive(Debug, Clone)]
pub struct Slot {
    /// Who owes it.
    pub obligor: StateId,
    /// The domain it belongs to.
    pub domain: DomainId,
    /// What it asks for.
    pub kind: SlotKind,
    /// When it is due.
    pub season: Season,
    /// The obligation whose performance it answers, if any: it is due in proportion.
    pub trigger: Option<SlotId>,
}

/// A river basin: a tree of nodes, ordered so that upstream comes before downstream.
#[derive(Debug, Clone)]
pub struct Basin {
    /// Nodes in topological order.
    pub nodes: Vec<RiverNode>,
    /// Who may take what.
    pub rule: WithdrawalRule,
    /// Lag-1 autocorrelation of summer inflow.
    pub ar1_summer: f64,
    /// Correlation of the winter with the preceding summer.
    pub winter_link: f64,
    /// Share of variance common to all nodes.
    pub common_factor_share: f64,
    /// Skill k of the spring forecast.
    pub forecast_skill: f64,
    /// Growth of mean inflow per year.
    pub inflow_trend: f64,
    /// Observed flows in place of the law.
    pub series: Option<Series>,
    /// Positions of the nodes whose reservoir is decided, each at the head of its branch.
    pub operators: Vec<usize>,
    /// Shares Σ s_m of all nodes that are not strictly upstream of a node.
    pub share_to_come: Vec<f64>,
    /// Guaranteed volumes of those nodes, km³ (for `fixed_downstream`).
    pub guaranteed_to_come: Vec<f64>,
}

/// Observed flows of some nodes.
#[derive(Debug, Clone)]
pub struct Series {
    /// Length of a random block in years; `None` replays the years in order.
    pub block: Option<usize>,
    /// Summer and winter flow, km³, by observed year, then node; `None` where a node follows the
    /// law.
    pub years: Vec<Vec<Option<(f64, f64)>>>,
}

impl Basin {
    /// For each node the sum of a value over all nodes that are not upstream of it, itself left
    /// out.
    pub fn not_upstream(&self, value: &[f64]) -> Vec<f64> {
        let outside = |n: usize, m: usize| self.nodes[n].upstream_mask >> m & 1 == 0;
        (0..value.len())
            .map(|n| (0..value.len()).filter(|&m| outside(n, m)).map(|m| value[m]).sum())
            .collect()
    }
}

/// A reach of the river.
#[derive(Debug, Clone)]
pub struct RiverNode {
    /// Name in files.
    pub name: String,
    /// The state that owns it.
    pub owner: StateId,
    /// The next node, or `None` for the sink.
    pub downstream: Option<usize>,
    /// Nodes upstream of it, itself included, as a bit mask by position.
    pub upstream_mask: u64,
    /// Mean and coefficient of variation of the local inflow, km³: summer.
    pub inflow_summer: (f64, f64),
    /// The same for winter.
    pub inflow_winter: (f64, f64),
    /// Summer demand for irrigation, km³.
    pub demand: f64,
    /// Growth of demand per year.
    pub demand_growth: f64,
    /// Marginal value of the first unit of water, MUSD/km³.
    pub p_scarce: f64,
    /// Marginal value at full supply, MUSD/km³.
    pub p_full: f64,
    /// Quota share.
    pub quota_share: f64,
    /// Volume guaranteed under the fixed rules, km³ per summer.
    pub guaranteed_volume: f64,
    /// Share of the flow lost in the reach.
    pub loss: f64,
    /// Share of withdrawals that returns below the node.
    pub return_flow: f64,
    /// Volume that a small reservoir carries from winter into summer at most, km³.
    pub winter_fill: f64,
    /// Its stock in the first spring, km³.
    pub initial_stock: f64,
    /// Winter flow without flood, km³; infinite where none is given.
    pub winter_channel: f64,
    /// Flood cost, MUSD per km⁶ of excess squared.
    pub flood_phi: f64,
    /// The decided reservoir, if any.
    pub reservoir: Option<crate::scenario::raw::Reservoir>,
}

/// Trade across borders (§5.2).
#[derive(Debug, Clone)]
pub struct Transport {
    /// Imports of `i` from `j`, MUSD per year: `imports[i * states + j]`.
    pub imports: Vec<f64>,
    /// Border rents of each state, MUSD per year; `None` for a state that has no border to
    /// facilitate.
    pub rents: Vec<Option<f64>>,
    /// Largest ad-valorem cost cut.
    pub cost_cut: f64,
    /// Trade elasticity.
    pub elasticity: f64,
    /// Exporters' margin.
    pub margin: f64,
    /// Weight of consumers in policy.
    pub consumer_weight: f64,
    /// Growth of trade per year.
    pub growth: f64,
}

/// Grain (§5.3); USD per tonne is MUSD per Mt.
#[derive(Debug, Clone)]
pub struct Food {
    /// Mean price, MUSD/Mt.
    pub mean_price: f64,
    /// Relative rise of the spot price per share of demand that harvests leave uncovered.
    pub spot_slope: f64,
    /// Share of the spot price lost between seller and buyer on the market.
    pub market_wedge: f64,
    /// Contract price, MUSD/Mt.
    pub contract_price: f64,
    /// Grain of each state, in the order of its obligations.
    pub markets: Vec<GrainMarket>,
}

/// Grain of a state.
#[derive(Debug, Clone, Copy)]
pub struct GrainMarket {
    /// Position of the state.
    pub state: usize,
    /// Mean harvest, Mt.
    pub harvest: f64,
    /// Demand, Mt.
    pub demand: f64,
    /// Marginal value of the first unit, MUSD/Mt.
    pub p_scarce: f64,
    /// Marginal value at full supply, MUSD/Mt.
    pub p_full: f64,
}

/// Common security (§5.4).
#[derive(Debug, Clone)]
pub struct Security {
    /// Share of damage that full effort averts.
    pub efficacy: f64,
    /// How efforts add up.
    pub technology: crate::scenario::raw::Technology,
    /// States that are exposed, in the order of their obligations.
    pub exposed: Vec<Exposed>,
}

/// Exposure and effort of a state.
#[derive(Debug, Clone, Copy)]
pub struct Exposed {
    /// Position of the state.
    pub state: usize,
    /// Damage at a threat of 1, MUSD per year.
    pub exposure: f64,
    /// Cost k of effort, MUSD per year.
    pub effort_cost: f64,
    /// Weight of its effort.
    pub weight: f64,
}

/// A joint project (§5.5).
#[derive(Debug, Clone)]
pub struct Project {
    /// Cost, MUSD.
    pub cost: f64,
    /// Years of construction at full speed.
    pub years: usize,
    /// Years from the last payment to the first benefit.
    pub lag: usize,
    /// Contributors and their shares, in the order of their obligations.
    pub shares: Vec<(usize, f64)>,
    /// Benefit to each state, MUSD per year.
    pub benefits: Vec<f64>,
}

/// A stage game given as numbers (§5.6).
#[derive(Debug, Clone)]
pub struct StageGame {
    /// Probability of each state of the world.
    pub probabilities: Vec<f64>,
    /// Its obligations.
    pub obligations: Vec<StageObligation>,
    /// Whether nothing is realised unless all are performed.
    pub joint: bool,
    /// Whether an obligation is owed whole or not at all: then every depth level has full depth.
    pub binary: bool,
}

/// An obligation of a stage game.
#[derive(Debug, Clone)]
pub struct StageObligation {
    /// Cost to the obligor at full depth in each state of the world, MUSD.
    pub cost: Vec<f64>,
    /// How cost and benefits grow with depth.
    pub curvature: (Curvature, Curvature),
    /// Benefit to each state: `benefit[world * states + state]`, MUSD.
    pub benefit: Vec<f64>,
}

impl Scenario {
    /// All states as a set.
    pub fn everyone(&self) -> Members {
        Members::first(self.states.len())
    }
    /// Position of a state by its id.
    pub fn state_index(&self, id: &str) -> Option<usize> {
        self.states.iter().position(|state| state.id == id)
    }
}
