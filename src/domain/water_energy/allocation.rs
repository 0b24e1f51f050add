//! Allocation of a river's water by another rule than that of the scenario (ODD §5.7): owners of
//! nodes leave in summer what the agreed rule does not leave them, and nodes downstream take it up
//! to what the agreed rule gives them.
//!
//! Gains are computed on the releases without cooperation: a shift of releases agreed in the basin
//! itself is not counted here, nor this one there.

use super::BasinWorld;
use super::joint::Conditions;
use crate::domain::Settlement;
use crate::draws::{DrawLayout, Draws};
use crate::ids::MAX_STATES;
use crate::numeric::{LANES, add, lanes};
use crate::plan::{Acts, Lane, OfferGrid, Physical};
use crate::scenario::types::{Allocation, Basin, Scenario};
use std::ops::Range;

/// Summer at the nodes of the basin under two rules, `[node][lane]`, km³.
#[derive(Debug, Clone)]
struct Rules {
    /// Flow under the rule of the scenario.
    flow: Vec<Lane>,
    /// Withdrawal under the rule of the scenario.
    withdrawal: Vec<Lane>,
    /// How much less the node withdraws under the agreed rule.
    less: Vec<Lane>,
    /// How much more it withdraws under the agreed rule.
    more: Vec<Lane>,
}

impl Rules {
    fn new(nodes: usize) -> Self {
        let zeros = || vec![[0.0; LANES]; nodes];
        Rules { flow: zeros(), withdrawal: zeros(), less: zeros(), more: zeros() }
    }
}

/// A year of the allocation in a batch, as expected in spring and as realised.
#[derive(Debug, Clone)]
struct AllocationYear {
    expected: Rules,
    real: Rules,
    optimum: Lane,
}

/// An allocation prepared for a batch of replications.
#[derive(Debug, Clone)]
pub struct AllocationWorld {
    /// The basin without cooperation, under the rule of the scenario.
    river: BasinWorld,
    /// The basin under the agreed rule.
    agreed: Basin,
    /// Obligor of each obligation.
    obligors: Vec<usize>,
    levels: usize,
    years: Vec<AllocationYear>,
    /// Scratch: withdrawals by node.
    taken: Vec<Lane>,
}

/// Share of what it leaves under the agreed rule that each obligor leaves, `[slot][lane]`.
type Shares = [Lane; MAX_STATES];

impl AllocationWorld {
    /// Creates the world of an allocation.
    pub fn new(scenario: &Scenario, spec: &Allocation) -> Self {
        let river = BasinWorld::new(scenario, spec.basin);
        let nodes = river.basin.nodes.len();
        let year = AllocationYear {
            expected: Rules::new(nodes),
            real: Rules::new(nodes),
            optimum: [0.0; LANES],
        };
        AllocationWorld {
            agreed: spec.agreed.clone(),
            obligors: spec.obligors.clone(),
            levels: scenario.depth_levels,
            years: vec![year; scenario.horizon],
            taken: vec![[0.0; LANES]; nodes],
            river,
        }
    }

    /// Computes the river under both rules, and the joint optimum of every year.
    pub(in crate::domain) fn prepare(&mut self, layout: &DrawLayout, draws: &Draws) {
        self.river.prepare_reference(layout, draws);
        for year in 0..self.years.len() {
            self.compare_rules(year, false);
            self.compare_rules(year, true);
            let mut optimum = [0.0; LANES];
            for level in 1..=self.levels {
                let depth = level as f64 / self.levels as f64;
                let gain = self.gains((year, true), 0..LANES, &[[depth; LANES]; MAX_STATES]);
                let mut total = [0.0; LANES];
                gain.iter().for_each(|own| add(&mut total, own));
                optimum = lanes(|l| f64::max(optimum[l], total[l]));
            }
            self.years[year].optimum = optimum;
        }
    }

    fn rules(&self, year: usize, real: bool) -> &Rules {
        let year = &self.years[year];
        if real { &year.real } else { &year.expected }
    }

    /// Computes what every node withdraws under the agreed rule.
    fn compare_rules(&mut self, year: usize, real: bool) {
        let now = &self.river.years[year];
        let conditions: &Conditions<LANES> = if real { &now.real } else { &now.expected };
        let own = &mut self.years[year];
        let rules = if real { &mut own.real } else { &mut own.expected };
        rules.flow.copy_from_slice(&conditions.flow);
        rules.withdrawal.copy_from_slice(&conditions.withdrawal);
        self.river.joint.shift.fill([0.0; LANES]);
        self.river.joint.flow(&self.agreed, conditions, &now.constants, false);
        for (n, agreed) in self.river.joint.summer.withdrawal.iter().enumerate() {
            let before = &rules.withdrawal[n];
            rules.less[n] = lanes(|l| (before[l] - agreed[l]).max(0.0));
            rules.more[n] = lanes(|l| (agreed[l] - before[l]).max(0.0));
        }
    }

    /// Routes a summer in some replications. Each obligor leaves a share of what it would under the
    /// agreed rule; a node takes more only where more water arrives than under the rule of the
    /// scenario. Returns the gain of each state, MUSD; `taken` receives the withdrawals.
    fn gains(
        &mut self,
        (year, real): (usize, bool),
        replications: Range<usize>,
        shares: &Shares,
    ) -> [Lane; MAX_STATES] {
        let mut taken = std::mem::take(&mut self.taken);
        let rules = self.rules(year, real);
        let constants = &self.river.years[year].constants;
        let mut gain = [[0.0; LANES]; MAX_STATES];
        taken.fill([0.0; LANES]);
        // Extra water that arrives at each node; until a node is routed, in its place.
        for (n, node) in self.river.basin.nodes.iter().enumerate() {
            let slot = self.obligors.iter().position(|&state| state == node.owner.index());
            let (demand, consumed) = (&constants.irrigation[n], 1.0 - node.return_flow);
            for l in replications.clone() {
                let share = slot.map_or(0.0, |slot| shares[slot][l]);
                let extra = taken[n][l] * (1.0 - node.loss);
                let change = rules.more[n][l].min(extra) - share * rules.less[n][l];
                if let Some(next) = node.downstream {
                    taken[next][l] += extra - change * consumed;
                }
                let before = rules.withdrawal[n][l];
                taken[n][l] = before + change;
                gain[node.owner.index()][l] += demand.benefit(taken[n][l]) - demand.benefit(before);
            }
        }
        self.taken = taken;
        gain
    }

    /// Returns the volume that each obligor leaves under the agreed rule, `[slot][lane]`, km³.
    fn volumes(&self, year: usize, real: bool) -> Shares {
        let rules = self.rules(year, real);
        let mut volumes = [[0.0; LANES]; MAX_STATES];
        for (volume, &state) in volumes.iter_mut().zip(&self.obligors) {
            for (node, less) in self.river.basin.nodes.iter().zip(&rules.less) {
                if node.owner.index() == state {
                    add(volume, less);
                }
            }
        }
        volumes
    }

    pub(in crate::domain) fn optimum(&self, year: usize, lane: usize) -> f64 {
        self.years[year].optimum[lane]
    }

    /// Makes the plans of a year. Gains are divided among obligations by volume.
    pub(in crate::domain) fn plan(&mut self, year: usize, grid: &mut OfferGrid) {
        let count = self.obligors.len();
        let volumes = self.volumes(year, false);
        let mut before = [[0.0; LANES]; MAX_STATES];
        let mut room = [[0.0; LANES]; MAX_STATES];
        for slot in 0..count {
            let (agreed, inside) = (grid.agreed(slot), grid.mask(self.obligors[slot]));
            let whole = &volumes[slot];
            before[slot] = lanes(|l| if whole[l] > 0.0 { agreed[l] / whole[l] } else { 0.0 });
            room[slot] = lanes(|l| inside[l] * (1.0 - before[slot][l]).max(0.0));
        }
        let reference = self.gains((year, false), 0..LANES, &before);
        for level in 0..grid.levels() {
            let depth = grid.depth(level);
            let mut shares = before;
            let mut left = [[0.0; LANES]; MAX_STATES];
            let mut total = [0.0; LANES];
            for slot in 0..count {
                let (room, whole) = (&room[slot], &volumes[slot]);
                shares[slot] = lanes(|l| before[slot][l] + depth * room[l]);
                left[slot] = lanes(|l| depth * room[l] * whole[l]);
                add(&mut total, &left[slot]);
            }
            // An obligor bears what its own nodes lose. What states gain from all the water that is
            // left comes from each obligation in proportion to its volume.
            let mut gains = self.gains((year, false), 0..LANES, &shares);
            let mut lost = [[0.0; LANES]; MAX_STATES];
            for (state, gain) in gains.iter_mut().enumerate().take(self.river.states) {
                *gain = lanes(|l| gain[l] - reference[state][l]);
            }
            for slot in 0..count {
                let state = self.obligors[slot];
                lost[slot] = self.lost(year, state, (&before[slot], &shares[slot]));
                add(&mut gains[state], &lost[slot]);
            }
            for slot in 0..count {
                let part: Lane =
                    lanes(|l| if total[l] > 0.0 { left[slot][l] / total[l] } else { 0.0 });
                let own = self.obligors[slot];
                let cost: Lane = lanes(|l| lost[slot][l] - part[l] * gains[own][l]);
                grid.set_cost(level, slot, &cost);
                grid.set_amount(level, slot, &left[slot]);
                for state in (0..self.river.states).filter(|&state| state != own) {
                    grid.set_benefit(level, slot, state, &lanes(|l| part[l] * gains[state][l]));
                }
            }
        }
    }

    /// Returns what the nodes of a state lose by leaving water, MUSD, from one share to another.
    fn lost(&self, year: usize, state: usize, (from, to): (&Lane, &Lane)) -> Lane {
        let (rules, now) = (self.rules(year, false), &self.river.years[year]);
        let mut lost = [0.0; LANES];
        for (n, node) in self.river.basin.nodes.iter().enumerate() {
            if node.owner.index() == state {
                let (demand, less) = (&now.constants.irrigation[n], &rules.less[n]);
                let before = &rules.withdrawal[n];
                let at = |share: f64, l: usize| demand.benefit(before[l] - share * less[l]);
                add(&mut lost, &lanes(|l| at(from[l], l) - at(to[l], l)));
            }
        }
        lost
    }

    /// Settles a year: each obligor leaves the share of the volume that it performs.
    pub(in crate::domain) fn settle(
        &mut self,
        year: usize,
        lane: usize,
        acts: &[Acts<'_>],
    ) -> Settlement {
        let mut settled = Settlement { gain: [0.0; MAX_STATES], physical: Physical::default() };
        if acts.is_empty() {
            return settled;
        }
        let volumes = self.volumes(year, false);
        let mut shares = [[0.0; LANES]; MAX_STATES];
        for (slot, share) in shares.iter_mut().enumerate().take(self.obligors.len()) {
            let left: f64 =
                acts.iter().map(|(plan, performed)| plan.amount(slot) * performed[slot]).sum();
            if volumes[slot][lane] > 0.0 {
                share[lane] = (left / volumes[slot][lane]).min(1.0);
            }
        }
        let gains = self.gains((year, true), lane..lane + 1, &shares);
        for (gain, own) in settled.gain.iter_mut().zip(&gains) {
            *gain = own[lane];
        }
        let constants = &self.river.years[year].constants;
        let before = &self.rules(year, true).withdrawal;
        for (n, demand) in constants.demand.iter().enumerate() {
            let unmet = |taken: f64| (demand - taken).max(0.0);
            settled.physical.irrigation_deficit +=
                unmet(self.taken[n][lane]) - unmet(before[n][lane]);
        }
        settled
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Memory, World};
    use crate::ids::Members;
    use crate::scenario::load::{self, Override};
    use crate::scenario::types::DomainKind;

    /// Returns the world of an allocation between two states: benefits 10x − x²/2, all water comes
    /// from upstream.
    fn world(flow: f64, rule: &str) -> (Scenario, World) {
        let field = |owner: &str, next: &str| {
            format!(
                "{{owner=\"{owner}\", downstream=\"{next}\", inflow_summer_mean=0.0, \
                 inflow_summer_cv=0, inflow_winter_mean=0.0, inflow_winter_cv=0, \
                 irrigation_demand_summer=10.0, p_scarce=10.0, p_full=0.0, quota_share=0.5}}"
            )
        };
        let head = "basins.river.nodes.head";
        let changes = [
            "basins.river.withdrawal_rule=\"upstream_first\"".to_string(),
            format!("basins.river.nodes.field={}", field("UP", "mouth")),
            format!("basins.river.nodes.mouth={}", field("DOWN", "sink")),
            format!("{head}.downstream=\"field\""),
            format!("{head}.inflow_summer_mean={flow}"),
            format!("{head}.inflow_summer_cv=0"),
            format!("{head}.inflow_winter_cv=0"),
            format!("{head}.reservoir.release_min_summer={flow}"),
            format!("{head}.reservoir.release_max_summer={flow}"),
            format!("allocations.treaty={{basin=\"river\", {rule}}}"),
        ];
        let changes: Vec<Override> = changes.iter().map(Override::new).collect();
        let scenario = load::scenario("tests/invalid/valid-scenario.toml", &changes)
            .unwrap_or_else(|bad| panic!("{}", bad.render(false)))
            .scenario;
        let layout = DrawLayout::new(&scenario);
        let mut draws = Draws::new(&layout, 1);
        draws.draw(&scenario, &layout, 0);
        let kinds = scenario.domains.iter().map(|domain| domain.kind());
        let index = kinds.clone().position(|kind| kind == DomainKind::Allocation);
        let mut world = World::new(&scenario, index.unwrap_or_else(|| unreachable!("a treaty")));
        world.prepare(&scenario, &layout, &draws);
        (scenario, world)
    }

    /// Returns cost to the state upstream, benefit to the one downstream, and volume, of a plan at
    /// full depth.
    fn terms(world: &mut World) -> (f64, f64, f64) {
        let mut grid = OfferGrid::new(1, 1, 1, 2);
        grid.reset(Members(0b11), false);
        world.plan(0, &mut grid);
        let plan = grid.plan(0, 0, 0);
        (plan.cost(0), plan.benefit(0, 1), plan.amount(0))
    }

    fn close(a: f64, b: f64) {
        assert!((a - b).abs() < 1e-9, "{a} against {b}");
    }

    #[test]
    fn sharing_in_proportion_costs_and_gives_what_theory_says() {
        // Ansink and Ruijs 2008: flows of 6, 10 and 14 with half for each state.
        for (flow, cost, benefit) in [(6.0, 16.5, 25.5), (10.0, 12.5, 37.5), (14.0, 4.5, 13.5)] {
            let (scenario, mut world) = world(flow, "rule=\"proportional\"");
            let found = terms(&mut world);
            close(found.0, cost);
            close(found.1, benefit);
            close(found.2, f64::min(flow, 10.0) - flow / 2.0);
            // The cost rises more than in proportion to what is left: half of the volume
            // brings more than half of the joint gain.
            let mut grid = OfferGrid::new(1, 1, 1, 2);
            grid.reset(Members(0b11), false);
            world.plan(0, &mut grid);
            let mut settle = |share: f64| {
                let acts = [(grid.plan(0, 0, 0), &[share][..])];
                world.settle(&scenario, 0, 0, &acts, &mut Memory::default()).gain
            };
            let (whole, half, none) = (settle(1.0), settle(0.5), settle(0.0));
            close(whole[0], -cost);
            close(whole[1], benefit);
            assert!(half[0] + half[1] > 0.5 * (benefit - cost));
            assert_eq!(none[..2], [0.0, 0.0]);
            close(world.optimum(0, 0), benefit - cost);
        }
    }

    #[test]
    fn a_guaranteed_volume_is_left_and_what_exceeds_it_is_not() {
        // Of a flow of 10 the state upstream leaves 3, and 1 of a flow of 14 beyond the 4 it leaves
        // anyway: nothing, as 4 are guaranteed already.
        let rule = "rule=\"fixed_downstream\", guaranteed_volumes={mouth=3.0}";
        let (_, mut wet) = world(14.0, rule);
        let (_, mut dry) = world(10.0, rule);
        let (cost, benefit, volume) = terms(&mut dry);
        close(volume, 3.0);
        close(cost, 4.5);
        close(benefit, 25.5);
        assert_eq!(terms(&mut wet), (0.0, 0.0, 0.0));
    }

    #[test]
    fn a_state_that_is_not_a_party_leaves_nothing() {
        let (_, mut world) = world(10.0, "rule=\"proportional\"");
        let mut grid = OfferGrid::new(1, 1, 1, 2);
        grid.reset(Members(0b10), false);
        world.plan(0, &mut grid);
        assert_eq!(grid.plan(0, 0, 0).amount(0), 0.0);
    }
}
