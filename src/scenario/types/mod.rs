//! The validated scenario: dense ids and numbers in known units, without names to look up.
//!
//! Values are checked before they get here; no reading and no checking takes place in this module.

pub mod design;

use crate::ids::{DomainId, Members, SlotId, StateId};
use crate::scenario::raw::{
    BehaviourTable, Curvature, Follows, FuelTable, Season, ShockTable, WithdrawalRule,
};
use crate::units::{EnergyPrice, Money};

/// A scenario ready for simulation.
#[derive(Debug, Clone)]
pub struct Scenario {
    /// Id, used in folder names.
    pub name: String,
    /// Title in one line.
    pub title: String,
    /// Name of the organisation that runs if none is named.
    pub organisation: String,
    /// Calendar year of the first simulated year.
    pub first_year: i32,
    /// Number of simulated years.
    pub horizon: usize,
    /// Probability that the game ends after a year (ODD §13).
    pub end_hazard: f64,
    /// Number of replications if the command line gives none.
    pub replications: u64,
    /// Master seed if the command line gives none.
    pub seed: u64,
    /// Discount rate of reported gains, per year.
    pub discount_rate: f64,
    /// Base year of constant prices.
    pub price_base_year: i32,
    /// Number of depth levels of the offer grid.
    pub depth_levels: usize,
    /// States, in the order of the file.
    pub states: Vec<State>,
    /// Behavioural constants that all states share.
    pub behaviour: BehaviourTable,
    /// Probability laws of the shocks (ODD §3).
    pub shocks: ShockTable,
    /// Fuel market of the reference.
    pub fuel: FuelTable,
    /// Domains that can be negotiated.
    pub domains: Vec<Domain>,
    /// All obligations that can be owed, each at its fixed position.
    pub slots: Vec<Slot>,
    /// Outside options by domain.
    pub outside_options: Vec<Vec<OutsideOption>>,
}

/// What a state gains elsewhere while it is bound by no deal in a domain.
#[derive(Debug, Clone, Copy)]
pub struct OutsideOption {
    /// Position of the state.
    pub state: usize,
    /// Gain in the first year, MUSD.
    pub value: f64,
    /// Growth, per year.
    pub growth: f64,
    /// Price index that it follows.
    pub follows: Follows,
}

/// Economy and behaviour of a state.
#[derive(Debug, Clone)]
pub struct State {
    /// ISO 3166 alpha-3 code or any other id.
    pub id: String,
    /// Display name.
    pub name: String,
    /// Gross domestic product, MUSD per year; `None` where the scenario gives none.
    pub gdp: Option<Money>,
    /// Fuel cost, MUSD per TWh of electricity; `None` for a state without hydrocarbons.
    pub fuel_cost: Option<EnergyPrice>,
    /// Sovereignty cost at full pooling, MUSD per year (ODD §7).
    pub sovereignty_cost: Money,
    /// Development index: scales gains from openness, and slippage inversely.
    pub development: f64,
    /// Discount factor δ per year.
    pub discount_factor: f64,
    /// Precision λ of votes, per stake; infinite for best replies.
    pub lambda_vote: f64,
    /// Precision λ of compliance, per stake; infinite for best replies.
    pub lambda_comply: f64,
    /// Audience cost as a share of the stake.
    pub audience_share: f64,
    /// Mean of the trust prior.
    pub trust_prior_mean: f64,
    /// Share of the evidence on trust that is kept in a year with an observation.
    pub trust_forgetting: f64,
    /// Mean slippage, share of an act.
    pub slippage_mean: f64,
    /// Weight in the Nash bargaining solution.
    pub nash_weight: f64,
    /// Probability of a change of leadership, per year.
    pub leadership_hazard: f64,
    /// Domestic threshold ψ of ratification, in stakes.
    pub ratification_threshold: f64,
}

/// Kinds of domain, as named in the agenda of an organisation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DomainKind {
    /// Water for energy along a river (ODD §5.1).
    WaterEnergy,
    /// Border facilitation (ODD §5.2).
    Transport,
    /// Tariffs of a free trade area (ODD §5.2).
    Tariffs,
    /// Common external tariff (ODD §5.2).
    CustomsUnion,
    /// Permits for workers (ODD §5.2).
    Labour,
    /// Grain (ODD §5.3).
    Food,
    /// Common security (ODD §5.4).
    Security,
    /// A joint project (ODD §5.5).
    Project,
    /// A stage game given as numbers (ODD §5.6).
    StageGame,
    /// Allocation of a river's water by another rule (ODD §5.7).
    Allocation,
}

impl DomainKind {
    /// All kinds, in the order of ODD §5.
    pub const ALL: [DomainKind; 10] = [
        DomainKind::WaterEnergy,
        DomainKind::Transport,
        DomainKind::Tariffs,
        DomainKind::CustomsUnion,
        DomainKind::Labour,
        DomainKind::Food,
        DomainKind::Security,
        DomainKind::Project,
        DomainKind::StageGame,
        DomainKind::Allocation,
    ];

    /// Returns the name used in files.
    pub fn name(self) -> &'static str {
        match self {
            DomainKind::WaterEnergy => "water_energy",
            DomainKind::Transport => "transport",
            DomainKind::Tariffs => "tariffs",
            DomainKind::CustomsUnion => "customs_union",
            DomainKind::Labour => "labour",
            DomainKind::Food => "food",
            DomainKind::Security => "security",
            DomainKind::Project => "project",
            DomainKind::StageGame => "stage_game",
            DomainKind::Allocation => "allocation",
        }
    }
}

/// A domain of the scenario.
#[derive(Debug, Clone)]
pub struct Domain {
    /// Name of the basin, transport, project or stage game; that of the kind for the others.
    pub name: String,
    /// Physics and payoffs.
    pub spec: DomainSpec,
    /// Positions of its obligations in [`Scenario::slots`].
    pub slots: std::ops::Range<usize>,
}

impl Domain {
    /// Returns the kind of the domain.
    pub fn kind(&self) -> DomainKind {
        match &self.spec {
            DomainSpec::Basin(_) => DomainKind::WaterEnergy,
            DomainSpec::Openness(openness) => openness.kind,
            DomainSpec::Food(_) => DomainKind::Food,
            DomainSpec::Security(_) => DomainKind::Security,
            DomainSpec::Project(_) => DomainKind::Project,
            DomainSpec::StageGame(_) => DomainKind::StageGame,
            DomainSpec::Allocation(_) => DomainKind::Allocation,
        }
    }
}

/// Physics and payoffs of a domain.
#[derive(Debug, Clone)]
pub enum DomainSpec {
    /// A river basin.
    Basin(Basin),
    /// Transport, tariffs, customs union or labour.
    Openness(Openness),
    /// Grain.
    Food(Food),
    /// Common security.
    Security(Security),
    /// A joint project.
    Project(Project),
    /// A stage game.
    StageGame(StageGame),
    /// Allocation of a river's water by another rule.
    Allocation(Allocation),
}

/// The act that an obligation requires.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SlotKind {
    /// The operator of reservoir `k` of the basin releases water in summer.
    Release(usize),
    /// The obligor lets the extra water pass its nodes.
    PassThrough,
    /// The obligor leaves water in the river that the agreed rule does not give it.
    Leave,
    /// The obligor delivers fuel to the operator of reservoir `k`.
    Fuel(usize),
    /// The obligor opens its borders, market or labour market.
    Opening,
    /// The obligor delivers grain.
    Grain,
    /// The obligor makes an effort for common security.
    Effort,
    /// The obligor pays its contribution.
    Contribution,
    /// Obligation `k` of the stage game.
    Stage(usize),
}

/// An obligation at its fixed position, which identifies its draws.
#[derive(Debug, Clone)]
pub struct Slot {
    /// State that owes it.
    pub obligor: StateId,
    /// Domain that it belongs to.
    pub domain: DomainId,
    /// Act that it requires.
    pub kind: SlotKind,
    /// Season in which it is due.
    pub season: Season,
    /// Obligation that triggers it, if any; it is due in proportion to the performance of that one.
    pub trigger: Option<SlotId>,
}

/// A river basin: a tree of nodes, upstream before downstream (ODD §5.1).
#[derive(Debug, Clone)]
pub struct Basin {
    /// Nodes in topological order.
    pub nodes: Vec<RiverNode>,
    /// Rule by which nodes withdraw water.
    pub rule: WithdrawalRule,
    /// Lag-1 autocorrelation of summer inflow.
    pub ar1_summer: f64,
    /// Correlation of the winter with the preceding summer.
    pub winter_link: f64,
    /// Share of the variance of inflow that is common to all nodes.
    pub common_factor_share: f64,
    /// Skill k of the spring forecast.
    pub forecast_skill: f64,
    /// Growth of mean inflow, per year.
    pub inflow_trend: f64,
    /// Observed flows that replace the law, if any.
    pub series: Option<Series>,
    /// Withdrawals by states outside the scenario.
    pub outside: Vec<OutsideWithdrawal>,
    /// Positions of the nodes with a reservoir in operation, each at the head of its branch.
    pub operators: Vec<usize>,
    /// Sum of the quota shares Σ s_m of all nodes that are not strictly upstream, by node.
    pub share_not_upstream: Vec<f64>,
    /// Sum of the guaranteed volumes of all nodes that are not upstream, by node, km³ (for
    /// `fixed_downstream`).
    pub guaranteed_not_upstream: Vec<f64>,
}

/// A withdrawal by a state outside the scenario.
#[derive(Debug, Clone)]
pub struct OutsideWithdrawal {
    /// Position of the node whose local inflow it reduces.
    pub node: usize,
    /// Withdrawal in summer and winter by simulated year, km³.
    pub years: Vec<(f64, f64)>,
}

/// Observed flows of some nodes.
#[derive(Debug, Clone)]
pub struct Series {
    /// Length of a random block, years; `None` replays the years in order.
    pub block: Option<usize>,
    /// Summer and winter flow, km³, `[year][node]`; `None` if the node follows the law.
    pub years: Vec<Vec<Option<(f64, f64)>>>,
}

impl Basin {
    /// Returns for each node the sum of a value over all nodes that are neither upstream nor the
    /// node itself.
    pub fn not_upstream(&self, value: &[f64]) -> Vec<f64> {
        let outside = |n: usize, m: usize| self.nodes[n].upstream_mask >> m & 1 == 0;
        (0..value.len())
            .map(|n| (0..value.len()).filter(|&m| outside(n, m)).map(|m| value[m]).sum())
            .collect()
    }
}

/// A node of the river with the reach that leads to it.
#[derive(Debug, Clone)]
pub struct RiverNode {
    /// Name in files.
    pub name: String,
    /// State that owns the node.
    pub owner: StateId,
    /// Position of the next node, or `None` for the sink.
    pub downstream: Option<usize>,
    /// Bit mask of the nodes upstream by position, including the node itself.
    pub upstream_mask: u64,
    /// Mean (km³) and coefficient of variation of the local summer inflow.
    pub inflow_summer: (f64, f64),
    /// Mean (km³) and coefficient of variation of the local winter inflow.
    pub inflow_winter: (f64, f64),
    /// Irrigation demand in summer, km³.
    pub demand: f64,
    /// Growth of demand, per year.
    pub demand_growth: f64,
    /// Share of demand by simulated year; empty for the whole demand.
    pub demand_share: Vec<f64>,
    /// Marginal value of the first unit of water, MUSD/km³.
    pub p_scarce: f64,
    /// Marginal value at full supply, MUSD/km³.
    pub p_full: f64,
    /// Quota share under the proportional rule.
    pub quota_share: f64,
    /// Volume guaranteed in summer under the fixed rules, km³.
    pub guaranteed_volume: f64,
    /// Share of the flow that is lost in the reach.
    pub loss: f64,
    /// Share of withdrawals that returns to the river below the node.
    pub return_flow: f64,
    /// Largest volume that a small reservoir stores in winter for the next summer, km³.
    pub winter_fill: f64,
    /// Stock of the small reservoir in the first spring, km³.
    pub initial_stock: f64,
    /// Largest winter outflow without flood, km³; infinite if none is given.
    pub winter_channel: f64,
    /// Flood cost φ per squared excess, MUSD/(km³)².
    pub flood_phi: f64,
    /// Reservoir that the owner operates, if any.
    pub reservoir: Option<crate::scenario::raw::Reservoir>,
}

/// States open to each other at a quadratic cost (ODD §5.2).
#[derive(Debug, Clone)]
pub struct Openness {
    /// What is opened: borders, tariffs, the customs territory or the labour market.
    pub kind: DomainKind,
    /// Cost of full opening by state, MUSD per year: an opening m costs cost·m²/2. `None` for a
    /// state that has nothing to open.
    pub costs: Vec<Option<f64>>,
    /// Gain to state j from full opening of i in the first year, MUSD per year: `spillover[i *
    /// states + j]`. That to i itself may be negative.
    pub spillover: Vec<f64>,
    /// Growth of gains, per year.
    pub growth: f64,
}

/// Grain (ODD §5.3). 1 USD/t is 1 MUSD/Mt.
#[derive(Debug, Clone)]
pub struct Food {
    /// Mean market price, MUSD/Mt.
    pub mean_price: f64,
    /// Relative rise of the spot price per share of regional demand that harvests leave uncovered.
    pub spot_slope: f64,
    /// Share of the spot price that is lost between seller and buyer on the market.
    pub market_wedge: f64,
    /// Contract price, MUSD/Mt.
    pub contract_price: f64,
    /// Grain of each state with a market, in the order of its obligations.
    pub markets: Vec<GrainMarket>,
}

/// Harvest, demand and value of grain in a state.
#[derive(Debug, Clone, Copy)]
pub struct GrainMarket {
    /// Position of the state.
    pub state: usize,
    /// Mean yearly harvest, Mt.
    pub harvest: f64,
    /// Yearly demand, Mt.
    pub demand: f64,
    /// Marginal value of the first unit, MUSD/Mt.
    pub p_scarce: f64,
    /// Marginal value at full supply, MUSD/Mt.
    pub p_full: f64,
}

/// Common security (ODD §5.4).
#[derive(Debug, Clone)]
pub struct Security {
    /// Share of the damage that full effort of all averts.
    pub efficacy: f64,
    /// How efforts combine.
    pub technology: crate::scenario::raw::Technology,
    /// Growth of exposure per year and unit of threat that is let through.
    pub exposure_growth: f64,
    /// Exposed states, in the order of their obligations.
    pub exposed: Vec<Exposed>,
}

/// Exposure and effort of a state.
#[derive(Debug, Clone, Copy)]
pub struct Exposed {
    /// Position of the state.
    pub state: usize,
    /// Damage at a threat of 1, MUSD per year.
    pub exposure: f64,
    /// Cost parameter k, MUSD per year: an effort e costs k·e²/2.
    pub effort_cost: f64,
    /// Weight of the state's effort.
    pub weight: f64,
    /// Share of the threat that it perceives in the first year.
    pub perception: f64,
    /// Share of the misperception that a year with at least the expected threat removes.
    pub learning: f64,
}

/// Allocation of a river's water by another rule (ODD §5.7).
#[derive(Debug, Clone)]
pub struct Allocation {
    /// Position of the basin's domain.
    pub basin: usize,
    /// The basin under the rule that is negotiated.
    pub agreed: Basin,
    /// States that own nodes with a demand, in the order of their obligations.
    pub obligors: Vec<usize>,
}

/// A joint project (ODD §5.5).
#[derive(Debug, Clone)]
pub struct Project {
    /// Total cost, MUSD.
    pub cost: f64,
    /// Years of construction at full speed.
    pub years: usize,
    /// Years from the last payment to the first benefit.
    pub lag: usize,
    /// Position and share of the cost of each contributor, in the order of their obligations.
    pub shares: Vec<(usize, f64)>,
    /// Benefit to each state, MUSD per year.
    pub benefits: Vec<f64>,
    /// What the owner does if no consortium has begun.
    pub go_alone: Option<GoAlone>,
}

/// A project that its owner builds alone.
#[derive(Debug, Clone, Copy)]
pub struct GoAlone {
    /// Position of the owner.
    pub owner: usize,
    /// Year in which it begins, from the first simulated year.
    pub from: usize,
    /// Total cost, MUSD.
    pub cost: f64,
    /// Years of construction.
    pub years: usize,
}

/// A stage game with payoffs given as numbers (ODD §5.6).
#[derive(Debug, Clone)]
pub struct StageGame {
    /// Probability of each state of the world.
    pub probabilities: Vec<f64>,
    /// Obligations of the game.
    pub obligations: Vec<StageObligation>,
    /// Whether nothing is realised unless all obligations are performed.
    pub joint: bool,
    /// Whether an obligation is owed in full or not at all; every depth level then has full depth.
    pub binary: bool,
}

/// An obligation of a stage game.
#[derive(Debug, Clone)]
pub struct StageObligation {
    /// Cost to the obligor at full depth, MUSD, by state of the world.
    pub cost: Vec<f64>,
    /// How cost and benefits grow with depth, in this order.
    pub curvature: (Curvature, Curvature),
    /// Benefit to each state at full depth, MUSD: `benefit[world * states + state]`.
    pub benefit: Vec<f64>,
}

impl Scenario {
    /// Returns the set of all states.
    pub fn everyone(&self) -> Members {
        Members::first(self.states.len())
    }
    /// Returns the position of a state by its id.
    pub fn state_index(&self, id: &str) -> Option<usize> {
        self.states.iter().position(|state| state.id == id)
    }
}
