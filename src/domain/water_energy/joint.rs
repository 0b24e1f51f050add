//! A basin-year with a shift of water from winter into summer: its initial conditions and the
//! routing of both seasons (ODD §5.1), for a batch of replications or for one.

use super::irrigation::IrrigationBenefit;
use super::power::PowerYears;
use super::river::{self, Shifts, Summer, SummerInput, Winter};
use crate::domain::demand::Demand;
use crate::numeric::{add, lanes, vectorised};
use crate::scenario::raw::Reservoir;
use crate::scenario::types::Basin;

/// Initial conditions of a basin-year and its reference without cooperation: as expected in spring,
/// or as realised. Arrays are `[node][lane]`, `[state][lane]` or `[operator][lane]`.
#[derive(Debug, Clone)]
pub struct Conditions<const L: usize> {
    /// Summer supply by node: local inflow, or the operator's outflow, km³.
    pub summer: Vec<[f64; L]>,
    /// Winter supply by node, km³.
    pub winter: Vec<[f64; L]>,
    /// Stock of the small reservoirs by node, km³.
    pub stock: Vec<[f64; L]>,
    /// Flow of the summer without cooperation, by node, km³.
    pub flow: Vec<[f64; L]>,
    /// Withdrawal of the summer without cooperation, by node, km³.
    pub withdrawal: Vec<[f64; L]>,
    /// Irrigation benefit (less flood damage) without cooperation, by state, MUSD.
    pub irrigation: Vec<[f64; L]>,
    /// Largest shift by operator, km³.
    pub shift_limit: Vec<[f64; L]>,
    /// Water forced out in summer beyond the schedule, by operator, km³.
    pub forced: Vec<[f64; L]>,
    /// Severity of winter, a factor of power demand.
    pub severity: [f64; L],
    /// Fuel price index.
    pub fuel_price: [f64; L],
    /// Fuel agreed by earlier bodies, by operator, TWh.
    pub agreed_fuel: Vec<[f64; L]>,
    /// Power system by operator. `figure_power` computes it from the severity, the fuel price, the
    /// agreed fuel and the constants of the year.
    pub power: Vec<PowerYears<L>>,
}

impl<const L: usize> Conditions<L> {
    /// Creates conditions without memory, as a placeholder while those of a year are borrowed.
    pub(super) fn new_empty() -> Self {
        Conditions {
            summer: Vec::new(),
            winter: Vec::new(),
            stock: Vec::new(),
            flow: Vec::new(),
            withdrawal: Vec::new(),
            irrigation: Vec::new(),
            shift_limit: Vec::new(),
            forced: Vec::new(),
            severity: [1.0; L],
            fuel_price: [1.0; L],
            agreed_fuel: Vec::new(),
            power: Vec::new(),
        }
    }

    /// Copies the values of another year without allocating; `power` must be computed again.
    pub(super) fn copy_from(&mut self, other: &Self) {
        let Conditions {
            summer,
            winter,
            stock,
            flow,
            withdrawal,
            irrigation,
            shift_limit,
            forced,
            agreed_fuel,
            ..
        } = self;
        for (to, from) in [
            (summer, &other.summer),
            (winter, &other.winter),
            (stock, &other.stock),
            (flow, &other.flow),
            (withdrawal, &other.withdrawal),
            (irrigation, &other.irrigation),
            (shift_limit, &other.shift_limit),
            (forced, &other.forced),
            (agreed_fuel, &other.agreed_fuel),
        ] {
            to.copy_from_slice(from);
        }
        self.severity = other.severity;
        self.fuel_price = other.fuel_price;
    }

    /// Computes the operator's power system of the year, once for all uses.
    #[inline(always)]
    pub(super) fn figure_power(&mut self, basin: &Basin, constants: &YearConstants, k: usize) {
        let fuel = (constants.commercial, &self.fuel_price);
        let (reservoir, growth) = (reservoir_of(basin, k), constants.power_growth[k]);
        self.power[k] =
            PowerYears::new(reservoir, growth, &self.severity, fuel, &self.agreed_fuel[k]);
    }

    /// Creates conditions for a basin.
    pub fn new(basin: &Basin, states: usize) -> Self {
        let nodes = || vec![[0.0; L]; basin.nodes.len()];
        let operators = || vec![[0.0; L]; basin.operators.len()];
        Conditions {
            summer: nodes(),
            winter: nodes(),
            stock: nodes(),
            flow: nodes(),
            withdrawal: nodes(),
            irrigation: vec![[0.0; L]; states],
            shift_limit: operators(),
            forced: operators(),
            severity: [1.0; L],
            fuel_price: [1.0; L],
            agreed_fuel: operators(),
            power: (0..basin.operators.len())
                .map(|k| {
                    PowerYears::new(
                        reservoir_of(basin, k),
                        1.0,
                        &[1.0; L],
                        (f64::INFINITY, &[1.0; L]),
                        &[0.0; L],
                    )
                })
                .collect(),
        }
    }
}

/// Constants of a year in all replications: demands, and prices before the index.
#[derive(Debug, Clone)]
pub struct YearConstants {
    /// Irrigation demand by node, km³.
    pub demand: Vec<f64>,
    /// Demand curve for irrigation water by node.
    pub irrigation: Vec<Demand>,
    /// Demand of the nodes that are not upstream of a node, km³ (for `fixed_upstream`).
    pub demand_not_upstream: Vec<f64>,
    /// Growth factor of power demand by operator.
    pub power_growth: Vec<f64>,
    /// Price of commercial fuel at index 1, MUSD/TWh; infinite where there is none.
    pub commercial: f64,
}

impl YearConstants {
    pub(super) fn empty() -> Self {
        YearConstants {
            demand: Vec::new(),
            irrigation: Vec::new(),
            demand_not_upstream: Vec::new(),
            power_growth: Vec::new(),
            commercial: f64::INFINITY,
        }
    }
}

/// Scratch buffers for routing and for the joint problem, with its last solution.
#[derive(Debug, Clone)]
pub struct Joint<const L: usize> {
    /// The last summer computed.
    pub summer: Summer<L>,
    /// The last winter computed.
    pub winter: Winter<L>,
    /// Share of the extra water that each node lets pass.
    pub pass: Vec<[f64; L]>,
    /// Shift of each operator, km³.
    pub shift: Vec<[f64; L]>,
    /// Fuel delivered to each operator, TWh.
    pub fuel: Vec<[f64; L]>,
    /// 1 where the owner of a node is among the members, else 0.
    pub(super) inside: Vec<[f64; L]>,
    /// Irrigation benefit of the members along the shift of the current line search.
    pub(super) known: IrrigationBenefit<L>,
    irrigation: Vec<[f64; L]>,
}

/// Returns the reservoir of an operator, by its position among the basin's operators.
pub(super) fn reservoir_of(basin: &Basin, operator: usize) -> &Reservoir {
    match &basin.nodes[basin.operators[operator]].reservoir {
        Some(reservoir) => reservoir,
        None => unreachable!("operators are the nodes with a reservoir"),
    }
}

impl<const L: usize> Joint<L> {
    /// Creates buffers for a basin.
    pub fn new(basin: &Basin, states: usize) -> Self {
        let nodes = basin.nodes.len();
        let zeros = || vec![[0.0; L]; nodes];
        Joint {
            summer: Summer::new(nodes),
            winter: Winter::new(nodes),
            pass: vec![[1.0; L]; nodes],
            shift: vec![[0.0; L]; basin.operators.len()],
            fuel: vec![[0.0; L]; basin.operators.len()],
            inside: zeros(),
            known: IrrigationBenefit::new(),
            irrigation: vec![[0.0; L]; states],
        }
    }

    /// Routes both seasons with the shifts of `self.shift`.
    pub fn flow(
        &mut self,
        basin: &Basin,
        conditions: &Conditions<L>,
        constants: &YearConstants,
        against_reference: bool,
    ) {
        if L == 1 {
            self.pass::<false>(basin, conditions, constants, 0, against_reference);
            self.pass_winter::<false>(basin, conditions, 0);
        } else {
            vectorised(
                #[inline(always)]
                || {
                    self.pass::<false>(basin, conditions, constants, 0, against_reference);
                    self.pass_winter::<false>(basin, conditions, 0);
                },
            );
        }
    }

    /// Routes the summer; slopes are with respect to operator `along`.
    #[inline(always)]
    pub(super) fn pass<const SLOPES: bool>(
        &mut self,
        basin: &Basin,
        conditions: &Conditions<L>,
        constants: &YearConstants,
        along: usize,
        against_reference: bool,
    ) {
        let input = SummerInput {
            supply: &conditions.summer,
            shifts: Shifts { nodes: &basin.operators, by: &self.shift },
            stock: &conditions.stock,
            demand: &constants.demand,
            demand_not_upstream: &constants.demand_not_upstream,
            pass: &self.pass,
            reference: against_reference
                .then_some((&conditions.flow[..], &conditions.withdrawal[..])),
            along: basin.operators.get(along).copied().unwrap_or(0),
        };
        river::summer::<L, SLOPES>(basin, input, &mut self.summer);
    }

    /// Routes the winter; slopes are with respect to operator `along`.
    #[inline(always)]
    pub(super) fn pass_winter<const SLOPES: bool>(
        &mut self,
        basin: &Basin,
        conditions: &Conditions<L>,
        along: usize,
    ) {
        let shifts = Shifts { nodes: &basin.operators, by: &self.shift };
        let along = basin.operators.get(along).copied().unwrap_or(0);
        river::winter::<L, SLOPES>(basin, (&conditions.winter, shifts), along, &mut self.winter);
    }

    /// Makes the result of `self.shift` and `self.pass` the reference for further acts. In
    /// replications without a shift the reference does not change.
    pub fn rebase(
        &mut self,
        basin: &Basin,
        conditions: &mut Conditions<L>,
        constants: &YearConstants,
    ) {
        let moved: [bool; L] =
            std::array::from_fn(|l| self.shift.iter().any(|shift| shift[l] != 0.0));
        if moved == [false; L] {
            return;
        }
        self.flow(basin, conditions, constants, true);
        let mut irrigation = std::mem::take(&mut self.irrigation);
        self.irrigation_benefit(basin, constants, &mut irrigation);
        let replace = |to: &mut [[f64; L]], from: &[[f64; L]]| {
            for (to, from) in to.iter_mut().zip(from) {
                for l in 0..L {
                    to[l] = if moved[l] { from[l] } else { to[l] };
                }
            }
        };
        replace(&mut conditions.flow, &self.summer.flow);
        replace(&mut conditions.withdrawal, &self.summer.withdrawal);
        replace(&mut conditions.irrigation, &irrigation);
        self.irrigation = irrigation;
        for (k, &node) in basin.operators.iter().enumerate() {
            for l in 0..L {
                conditions.summer[node][l] += self.shift[k][l];
                conditions.winter[node][l] -= self.shift[k][l];
                conditions.shift_limit[k][l] =
                    (conditions.shift_limit[k][l] - self.shift[k][l]).max(0.0);
            }
        }
    }

    /// Computes the irrigation benefit (less flood damage) of each state in the seasons last
    /// computed, MUSD.
    pub fn irrigation_benefit(
        &self,
        basin: &Basin,
        constants: &YearConstants,
        out: &mut [[f64; L]],
    ) {
        if L == 1 {
            self.add_irrigation_benefit(basin, constants, out)
        } else {
            vectorised(
                #[inline(always)]
                || self.add_irrigation_benefit(basin, constants, out),
            )
        }
    }

    #[inline(always)]
    pub(super) fn add_irrigation_benefit(
        &self,
        basin: &Basin,
        constants: &YearConstants,
        out: &mut [[f64; L]],
    ) {
        out.fill([0.0; L]);
        for (n, node) in basin.nodes.iter().enumerate() {
            let demand = constants.irrigation[n];
            let (flow, taken) = (&self.winter.flow[n], &self.summer.withdrawal[n]);
            let value = lanes(|l| {
                let excess = (flow[l] - node.winter_channel).max(0.0);
                demand.benefit(taken[l]) - node.flood_phi * excess * excess
            });
            add(&mut out[node.owner.index()], &value);
        }
    }
}

/// Returns the hydropower of a winter with its outflow (km³) reduced by `shift` km³, TWh.
#[inline(always)]
pub(super) fn winter_hydro(reservoir: &Reservoir, outflow: f64, shift: f64) -> f64 {
    reservoir.productivity * (outflow - shift).min(reservoir.release_max_winter).max(0.0)
}

/// Returns the hydropower of a summer with its outflow (km³) raised by `shift` km³, TWh.
#[inline(always)]
pub(super) fn summer_hydro(reservoir: &Reservoir, outflow: f64, shift: f64) -> f64 {
    reservoir.productivity * (outflow + shift).min(reservoir.release_max_summer)
}
