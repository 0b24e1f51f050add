//! Routing of one season's water from source to mouth, for a batch of replications (ODD §5.1).
//!
//! Withdrawals are piecewise linear in the release. Each pass also computes their slope with
//! respect to a shift of release and the distance to the next kink, for the line search.

use crate::numeric::{add, any, lanes};
use crate::scenario::raw::WithdrawalRule;
use crate::scenario::types::Basin;

/// Results of routing a summer; arrays are `[node][lane]` or `[lane]`.
#[derive(Debug, Clone)]
pub struct Summer<const L: usize> {
    /// Flow at each node after losses, before withdrawal, km³.
    pub flow: Vec<[f64; L]>,
    /// Withdrawals, km³.
    pub withdrawal: Vec<[f64; L]>,
    /// Derivative of withdrawals with respect to the shift.
    pub slope: Vec<[f64; L]>,
    /// Water that reaches the sink, km³.
    pub sink: [f64; L],
    /// Water lost in the reaches, km³.
    pub lost: [f64; L],
    /// Distance by which the shift can grow before any slope changes, km³.
    pub kink: [f64; L],
    arriving: Vec<[f64; L]>,
    arriving_slope: Vec<[f64; L]>,
    upstream_supply: Vec<[f64; L]>,
}

impl<const L: usize> Summer<L> {
    /// Creates buffers for a number of nodes.
    pub fn new(nodes: usize) -> Self {
        let zeros = || vec![[0.0; L]; nodes];
        Summer {
            flow: zeros(),
            withdrawal: zeros(),
            slope: zeros(),
            sink: [0.0; L],
            lost: [0.0; L],
            kink: [f64::INFINITY; L],
            arriving: zeros(),
            arriving_slope: zeros(),
            upstream_supply: zeros(),
        }
    }
}

/// Flow and withdrawal by node in the summer without cooperation, km³.
pub type Reference<'a, const L: usize> = (&'a [[f64; L]], &'a [[f64; L]]);

/// Shifts of operators' releases from winter into summer.
#[derive(Debug, Clone, Copy)]
pub struct Shifts<'a, const L: usize> {
    /// Nodes of the operators.
    pub nodes: &'a [usize],
    /// Shift of each operator, km³.
    pub by: &'a [[f64; L]],
}

impl<const L: usize> Shifts<'_, L> {
    /// Returns the shift at a node; `None` if the node has no operator.
    #[inline(always)]
    fn at(&self, node: usize) -> Option<&[f64; L]> {
        self.nodes.iter().zip(self.by).find(|(at, _)| **at == node).map(|(_, by)| by)
    }
}

/// Input of a summer pass; by node, except for the shifts.
#[derive(Debug, Clone, Copy)]
pub struct SummerInput<'a, const L: usize> {
    /// Local inflow, or the outflow without the shift at an operated reservoir, km³.
    pub supply: &'a [[f64; L]],
    /// Shifts of releases from winter into summer.
    pub shifts: Shifts<'a, L>,
    /// Stock of the small reservoir carried over from winter, km³.
    pub stock: &'a [[f64; L]],
    /// Demand of the year, km³.
    pub demand: &'a [f64],
    /// Demand of the year by the nodes that are not upstream, km³.
    pub demand_not_upstream: &'a [f64],
    /// Share of the extra water that the node lets pass.
    pub pass: &'a [[f64; L]],
    /// The same summer without cooperation: water that exceeds it is extra water.
    pub reference: Option<Reference<'a, L>>,
    /// Node whose supply changes with the shift along which slopes are computed.
    pub along: usize,
}

/// Shortest distance to a kink. A kink is reached when a gap that closes at a given rate is closed.
/// Gap and rate of the nearest kink are kept, so that a pass needs one division. The distance is
/// infinite if there is no kink.
#[derive(Debug, Clone, Copy)]
pub(super) struct KinkDistance<const L: usize> {
    gap: [f64; L],
    rate: [f64; L],
}

impl<const L: usize> KinkDistance<L> {
    pub(super) const UNBOUNDED: Self = KinkDistance { gap: [1.0; L], rate: [0.0; L] };

    /// Adds a gap that closes at this rate. It is ignored if gap or rate is not above zero.
    #[inline(always)]
    pub(super) fn add_gap(&mut self, l: usize, gap: f64, rate: f64) {
        let closer = (gap > 0.0) & (rate > 0.0) & (gap * self.rate[l] < self.gap[l] * rate);
        self.gap[l] = if closer { gap } else { self.gap[l] };
        self.rate[l] = if closer { rate } else { self.rate[l] };
    }

    /// Adds the zero of a value that changes at this rate. It is ignored if the value moves away
    /// from zero.
    #[inline(always)]
    pub(super) fn add_zero_crossing(&mut self, l: usize, value: f64, rate: f64) {
        let above = value > 0.0;
        self.add_gap(l, if above { value } else { -value }, if above { -rate } else { rate });
    }

    /// Returns the distance to the nearest kink.
    #[inline(always)]
    pub(super) fn distance(&self, l: usize) -> f64 {
        self.gap[l] / self.rate[l]
    }
}

/// Volume to which the withdrawal rule entitles a node, km³, and its slope, by replication. There
/// is a kink where a floor begins or ceases to bind.
struct Claim<const L: usize> {
    volume: [f64; L],
    slope: [f64; L],
}

impl<const L: usize> Claim<L> {
    /// Returns the claim of a node on `water`: its flow and the supply of the nodes not upstream.
    #[inline(always)]
    fn of<const SLOPES: bool>(
        basin: &Basin,
        n: usize,
        demand_not_upstream: f64,
        (water, water_slope): (&[f64; L], &[f64; L]),
        kinks: &mut KinkDistance<L>,
    ) -> Self {
        let node = &basin.nodes[n];
        let mut claim = Claim { volume: [f64::INFINITY; L], slope: [0.0; L] };
        let (others, least) = match basin.rule {
            WithdrawalRule::UpstreamFirst => return claim,
            WithdrawalRule::Proportional => {
                let share = node.quota_share / basin.share_not_upstream[n];
                for l in 0..L {
                    claim.volume[l] = water[l] * share;
                    claim.slope[l] = water_slope[l] * share;
                }
                return claim;
            }
            WithdrawalRule::FixedUpstream => (demand_not_upstream, node.guaranteed_volume),
            WithdrawalRule::FixedDownstream => (basin.guaranteed_not_upstream[n], 0.0),
        };
        for l in 0..L {
            let rest = water[l] - others;
            let binds = rest > least;
            claim.volume[l] = if binds { rest } else { least };
            claim.slope[l] = if binds { water_slope[l] } else { 0.0 };
            if SLOPES {
                kinks.add_zero_crossing(l, rest - least, water_slope[l]);
            }
        }
        claim
    }
}

/// Returns whether a node lets less than all extra water pass in some replication.
#[inline(always)]
fn withholds<const L: usize>(pass: &[f64; L]) -> bool {
    any::<L>(|l| pass[l] != 1.0)
}

impl<const L: usize> SummerInput<'_, L> {
    /// Returns the supply that enters at a node in addition to the arriving water, km³.
    #[inline(always)]
    fn entering(&self, node: usize) -> [f64; L] {
        let supply = &self.supply[node];
        match self.shifts.at(node) {
            Some(shift) => lanes(|l| supply[l] + shift[l]),
            None => *supply,
        }
    }
}

/// Returns the summer withdrawal of a node, km³, and its slope: the rule's claim, limited by flow
/// and demand, plus the part of the extra water that the node does not let pass.
/// `supply_not_upstream` is the supply of the nodes that are not upstream, km³.
#[inline(always)]
fn withdraw<const L: usize, const SLOPES: bool>(
    (basin, n): (&Basin, usize),
    input: &SummerInput<'_, L>,
    (flow, flow_slope): (&[f64; L], &[f64; L]),
    supply_not_upstream: &[f64; L],
    kinks: &mut KinkDistance<L>,
) -> ([f64; L], [f64; L]) {
    let (node, demand) = (&basin.nodes[n], input.demand[n]);
    let (mut taken, mut slope) = ([0.0; L], [0.0; L]);
    if demand <= 0.0 {
        return (taken, slope);
    }
    let (mut water, mut water_slope) = ([0.0; L], [0.0; L]);
    for l in 0..L {
        water[l] = flow[l] + supply_not_upstream[l];
    }
    if SLOPES {
        // Shifted water is still to come, unless its source is upstream.
        let supply_not_upstream =
            if node.upstream_mask >> input.along & 1 == 1 { 0.0 } else { 1.0 };
        for l in 0..L {
            water_slope[l] = flow_slope[l] + supply_not_upstream;
        }
    }
    let ahead = input.demand_not_upstream[n];
    let claim = Claim::of::<SLOPES>(basin, n, ahead, (&water, &water_slope), kinks);
    for l in 0..L {
        taken[l] = claim.volume[l].min(flow[l].min(demand)).max(0.0);
    }
    if SLOPES {
        for l in 0..L {
            let (entitled, entitled_slope) = (claim.volume[l], claim.slope[l]);
            let limit = flow[l].min(demand);
            let limit_slope = if flow[l] < demand { flow_slope[l] } else { 0.0 };
            let held = entitled < limit;
            slope[l] = if held { entitled_slope } else { limit_slope };
            let (gap, closing) = (limit - entitled, entitled_slope - limit_slope);
            kinks.add_gap(l, if held { gap } else { -gap }, if held { closing } else { -closing });
            kinks.add_zero_crossing(l, flow[l] - demand, flow_slope[l]);
        }
    }
    if let Some((reference_flow, reference_taken)) = input.reference
        && withholds(&input.pass[n])
    {
        let reference = (&reference_flow[n], &reference_taken[n]);
        let (flow, taken, pass) = ((flow, flow_slope), (&mut taken, &mut slope), &input.pass[n]);
        withdraw_extra::<L, SLOPES>(demand, pass, flow, reference, taken, kinks);
    }
    (taken, slope)
}

/// Adds the extra water that a node takes: water that arrives because of a shift and that the node
/// does not let pass, up to its demand.
#[inline(always)]
fn withdraw_extra<const L: usize, const SLOPES: bool>(
    demand: f64,
    pass: &[f64; L],
    (flow, flow_slope): (&[f64; L], &[f64; L]),
    (reference_flow, reference_taken): (&[f64; L], &[f64; L]),
    (taken, slope): (&mut [f64; L], &mut [f64; L]),
    kinks: &mut KinkDistance<L>,
) {
    for l in 0..L {
        let extra = (flow[l] - taken[l]) - (reference_flow[l] - reference_taken[l]);
        let want = demand - taken[l];
        let extra_withdrawal = want.min(extra).max(0.0);
        let share = 1.0 - pass[l];
        taken[l] += share * extra_withdrawal;
        if SLOPES {
            let extra_slope = flow_slope[l] - slope[l];
            let nothing = 1e-13 * (1.0 + flow[l]);
            let dry = (extra < -nothing) | ((extra <= nothing) & (extra_slope <= 0.0));
            let partly = extra < want;
            let some_slope = if partly { extra_slope } else { -slope[l] };
            let extra_withdrawal_slope = if dry { 0.0 } else { some_slope };
            let takes_share = share > 0.0;
            // Kinks: the node begins to take water; its demand is met; no extra water is left; the
            // extra water falls below its unmet demand.
            let rate = |when: bool, rate: f64| if takes_share & when { rate } else { 0.0 };
            kinks.add_gap(l, -extra, rate(dry, extra_slope));
            kinks.add_gap(l, want - extra, rate(!dry & partly, flow_slope[l]));
            kinks.add_gap(l, extra - nothing, rate(!dry & partly, -extra_slope));
            kinks.add_gap(l, extra - want, rate(!dry & !partly, -flow_slope[l]));
            slope[l] += if takes_share { share * extra_withdrawal_slope } else { 0.0 };
        }
    }
}

/// Routes a summer's water down the river. Slopes and kinks are computed only with `SLOPES`.
#[inline(always)]
pub fn summer<const L: usize, const SLOPES: bool>(
    basin: &Basin,
    input: SummerInput<'_, L>,
    out: &mut Summer<L>,
) {
    let count = basin.nodes.len();
    let mut total = [0.0; L];
    for n in 0..count {
        out.arriving[n] = [0.0; L];
        out.arriving_slope[n] = [0.0; L];
        out.upstream_supply[n] = [0.0; L];
        // Rows are borrowed before the loop over lanes, which avoids bounds checks within it.
        let (supply, stock) = (input.entering(n), &input.stock[n]);
        for l in 0..L {
            total[l] += supply[l] + stock[l];
        }
    }
    let (mut sink, mut lost, mut kinks) = ([0.0; L], [0.0; L], KinkDistance::<L>::UNBOUNDED);
    for n in 0..count {
        let node = &basin.nodes[n];
        let keep = 1.0 - node.loss;
        let moved = if n == input.along { 1.0 } else { 0.0 };
        let (mut flow, mut flow_slope, mut upstream) = ([0.0; L], [0.0; L], [0.0; L]);
        let (supply, stock) = (input.entering(n), &input.stock[n]);
        let (arriving, supplied) = (&out.arriving[n], &out.upstream_supply[n]);
        for l in 0..L {
            let entering = arriving[l] + supply[l];
            flow[l] = entering * keep + stock[l];
            lost[l] += entering * node.loss;
            upstream[l] = supplied[l] + supply[l] + stock[l];
        }
        if SLOPES {
            let arriving = &out.arriving_slope[n];
            for l in 0..L {
                flow_slope[l] = (arriving[l] + moved) * keep;
            }
        }
        let supply_not_upstream: [f64; L] = lanes(|l| total[l] - upstream[l]);
        let (taken, slope) = withdraw::<L, SLOPES>(
            (basin, n),
            &input,
            (&flow, &flow_slope),
            &supply_not_upstream,
            &mut kinks,
        );
        let consumed = 1.0 - node.return_flow;
        let mut onward = [0.0; L];
        for l in 0..L {
            onward[l] = flow[l] - taken[l] * consumed;
        }
        match node.downstream {
            Some(next) => {
                add(&mut out.arriving[next], &onward);
                add(&mut out.upstream_supply[next], &upstream);
                if SLOPES {
                    add(
                        &mut out.arriving_slope[next],
                        &lanes(|l| flow_slope[l] - slope[l] * consumed),
                    );
                }
            }
            None => {
                for l in 0..L {
                    sink[l] += onward[l];
                }
            }
        }
        out.flow[n] = flow;
        out.withdrawal[n] = taken;
        if SLOPES {
            out.slope[n] = slope;
        }
    }
    (out.sink, out.lost) = (sink, lost);
    if SLOPES {
        out.kink = lanes(|l| kinks.distance(l));
    }
}

/// Results of routing a winter; arrays are `[node][lane]` or `[lane]`.
#[derive(Debug, Clone)]
pub struct Winter<const L: usize> {
    /// Outflow of each node, km³.
    pub flow: Vec<[f64; L]>,
    /// Derivative of the outflow with respect to the shift.
    pub slope: Vec<[f64; L]>,
    /// Volume that small reservoirs carry into summer, km³.
    pub stored: Vec<[f64; L]>,
    /// Water that reaches the sink, km³.
    pub sink: [f64; L],
    /// Water lost in the reaches, km³.
    pub lost: [f64; L],
    /// Distance by which the shift can grow before any slope changes, km³.
    pub kink: [f64; L],
    arriving: Vec<[f64; L]>,
    arriving_slope: Vec<[f64; L]>,
}

impl<const L: usize> Winter<L> {
    /// Creates buffers for a number of nodes.
    pub fn new(nodes: usize) -> Self {
        let zeros = || vec![[0.0; L]; nodes];
        Winter {
            flow: zeros(),
            slope: zeros(),
            stored: zeros(),
            sink: [0.0; L],
            lost: [0.0; L],
            kink: [f64::INFINITY; L],
            arriving: zeros(),
            arriving_slope: zeros(),
        }
    }
}

/// Routes a winter's water down the river; small reservoirs fill first. Slopes and kinks are
/// computed only with `SLOPES`.
#[inline(always)]
pub fn winter<const L: usize, const SLOPES: bool>(
    basin: &Basin,
    (supply, shifts): (&[[f64; L]], Shifts<'_, L>),
    along: usize,
    out: &mut Winter<L>,
) {
    let count = basin.nodes.len();
    out.arriving[..count].fill([0.0; L]);
    if SLOPES {
        out.arriving_slope[..count].fill([0.0; L]);
    }
    let (mut sink, mut lost, mut kinks) = ([0.0; L], [0.0; L], KinkDistance::<L>::UNBOUNDED);
    for n in 0..count {
        let node = &basin.nodes[n];
        let keep = 1.0 - node.loss;
        // Water shifted into summer is missing in winter.
        let moved = if n == along { -1.0 } else { 0.0 };
        let (mut flow, mut stored, mut onward, mut slope) =
            ([0.0; L], [0.0; L], [0.0; L], [0.0; L]);
        let (arriving, supply) = (&out.arriving[n], &supply[n]);
        let supply = match shifts.at(n) {
            Some(shift) => lanes(|l| supply[l] - shift[l]),
            None => *supply,
        };
        for l in 0..L {
            let entering = arriving[l] + supply[l];
            flow[l] = entering * keep;
            stored[l] = node.winter_fill.min(flow[l]);
            lost[l] += entering * node.loss;
            onward[l] = flow[l] - stored[l];
        }
        if SLOPES {
            let arriving = &out.arriving_slope[n];
            for l in 0..L {
                let flow_slope = (arriving[l] + moved) * keep;
                slope[l] = if flow[l] > node.winter_fill { flow_slope } else { 0.0 };
                kinks.add_gap(l, flow[l] - node.winter_fill, -flow_slope);
                kinks.add_gap(l, onward[l] - node.winter_channel, -slope[l]);
            }
        }
        out.stored[n] = stored;
        match node.downstream {
            Some(next) => {
                add(&mut out.arriving[next], &onward);
                if SLOPES {
                    add(&mut out.arriving_slope[next], &slope);
                }
            }
            None => {
                for l in 0..L {
                    sink[l] += onward[l];
                }
            }
        }
        out.flow[n] = onward;
        if SLOPES {
            out.slope[n] = slope;
        }
    }
    (out.sink, out.lost) = (sink, lost);
    if SLOPES {
        out.kink = lanes(|l| kinks.distance(l));
    }
}
