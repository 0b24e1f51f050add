//! One pass of water from source to mouth, for a batch of replications (ODD §5.1).
//!
//! Withdrawals are piecewise linear in the release, so each pass also carries the slope with respect to a shift of
//! release: the joint optimum is then found piece by piece, without a search.

use crate::scenario::raw::WithdrawalRule;
use crate::scenario::types::Basin;

/// A summer as it passed the nodes.
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
    /// How far the shift can grow before any slope changes.
    pub kink: [f64; L],
    arriving: Vec<[f64; L]>,
    arriving_slope: Vec<[f64; L]>,
    upstream_supply: Vec<[f64; L]>,
}

impl<const L: usize> Summer<L> {
    /// Room for a basin.
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

/// Flow and withdrawal by node in the summer without cooperation.
pub type Reference<'a, const L: usize> = (&'a [[f64; L]], &'a [[f64; L]]);

/// What a summer pass starts from; all by node.
#[derive(Debug, Clone, Copy)]
pub struct SummerInput<'a, const L: usize> {
    /// Local inflow, or the operator's outflow at a decided reservoir, km³.
    pub supply: &'a [[f64; L]],
    /// Stock of the small reservoir carried over from winter, km³.
    pub stock: &'a [[f64; L]],
    /// Demand of the year, km³.
    pub demand: &'a [f64],
    /// Demand of the year by the nodes that are not upstream, km³.
    pub demand_to_come: &'a [f64],
    /// Share of the extra water that the node lets pass.
    pub pass: &'a [[f64; L]],
    /// The same summer without cooperation: what exceeds it is extra water.
    pub reference: Option<Reference<'a, L>>,
    /// Derivative of each node's supply with respect to the shift.
    pub direction: &'a [f64],
}

/// The distance after which something that closes a gap at this rate has closed it; infinite if it never does.
#[inline(always)]
pub(super) fn until_met(gap: f64, closing: f64) -> f64 {
    if gap > 0.0 && closing > 0.0 { gap / closing } else { f64::INFINITY }
}

/// The distance after which a value that moves at this rate is zero; infinite if it moves away from it.
#[inline(always)]
fn crosses(value: f64, rate: f64) -> f64 {
    if value > 0.0 { until_met(value, -rate) } else { until_met(-value, rate) }
}

/// Sends a summer's water down the river; slopes and kinks only when `SLOPES`.
pub fn summer<const L: usize, const SLOPES: bool>(basin: &Basin, input: SummerInput<'_, L>, out: &mut Summer<L>) {
    let count = basin.nodes.len();
    let mut total = [0.0; L];
    let mut total_direction = 0.0;
    for n in 0..count {
        out.arriving[n] = [0.0; L];
        out.arriving_slope[n] = [0.0; L];
        out.upstream_supply[n] = [0.0; L];
        for l in 0..L {
            total[l] += input.supply[n][l] + input.stock[n][l];
        }
        total_direction += input.direction[n];
    }
    out.sink = [0.0; L];
    out.lost = [0.0; L];
    out.kink = [f64::INFINITY; L];
    for n in 0..count {
        let node = &basin.nodes[n];
        let keep = 1.0 - node.loss;
        let (mut flow, mut flow_slope, mut upstream) = ([0.0; L], [0.0; L], [0.0; L]);
        let direction_upstream: f64 =
            (0..=n).filter(|m| node.upstream_mask >> m & 1 == 1).map(|m| input.direction[m]).sum();
        let direction_to_come = total_direction - direction_upstream;
        for l in 0..L {
            let entering = out.arriving[n][l] + input.supply[n][l];
            flow[l] = entering * keep + input.stock[n][l];
            flow_slope[l] = (out.arriving_slope[n][l] + input.direction[n]) * keep;
            out.lost[l] += entering * node.loss;
            upstream[l] = out.upstream_supply[n][l] + input.supply[n][l] + input.stock[n][l];
        }
        let demand = input.demand[n];
        let (mut taken, mut slope) = ([0.0; L], [0.0; L]);
        if demand > 0.0 {
            for l in 0..L {
                let to_come = total[l] - upstream[l];
                let (entitled, entitled_slope) = match basin.rule {
                    WithdrawalRule::UpstreamFirst => (f64::INFINITY, 0.0),
                    WithdrawalRule::Proportional => {
                        let share = node.quota_share / basin.share_to_come[n];
                        ((flow[l] + to_come) * share, (flow_slope[l] + direction_to_come) * share)
                    }
                    WithdrawalRule::FixedUpstream => floor(
                        node.guaranteed_volume,
                        flow[l] + to_come - input.demand_to_come[n],
                        flow_slope[l] + direction_to_come,
                    ),
                    WithdrawalRule::FixedDownstream => {
                        floor(0.0, flow[l] + to_come - basin.guaranteed_to_come[n], flow_slope[l] + direction_to_come)
                    }
                };
                let limit = flow[l].min(demand);
                taken[l] = entitled.min(limit).max(0.0);
                if SLOPES {
                    let limit_slope = if flow[l] < demand { flow_slope[l] } else { 0.0 };
                    slope[l] = if entitled < limit { entitled_slope } else { limit_slope };
                    let crossing = if entitled < limit {
                        until_met(limit - entitled, entitled_slope - limit_slope)
                    } else {
                        until_met(entitled - limit, limit_slope - entitled_slope)
                    };
                    let claim_slope = flow_slope[l] + direction_to_come;
                    let idle = match basin.rule {
                        WithdrawalRule::FixedUpstream => {
                            crosses(flow[l] + to_come - input.demand_to_come[n] - node.guaranteed_volume, claim_slope)
                        }
                        WithdrawalRule::FixedDownstream => {
                            crosses(flow[l] + to_come - basin.guaranteed_to_come[n], claim_slope)
                        }
                        _ => f64::INFINITY,
                    };
                    out.kink[l] = out.kink[l].min(crossing).min(idle).min(crosses(flow[l] - demand, flow_slope[l]));
                }
            }
            if let Some((reference_flow, reference_taken)) = input.reference {
                for l in 0..L {
                    let extra = (flow[l] - taken[l]) - (reference_flow[n][l] - reference_taken[n][l]);
                    let want = demand - taken[l];
                    let grab = want.min(extra).max(0.0);
                    let share = 1.0 - input.pass[n][l];
                    taken[l] += share * grab;
                    if SLOPES && share > 0.0 {
                        let extra_slope = flow_slope[l] - slope[l];
                        let nothing = 1e-13 * (1.0 + flow[l]);
                        let (grab_slope, crossing) = if extra < -nothing || (extra <= nothing && extra_slope <= 0.0) {
                            (0.0, until_met(-extra, extra_slope))
                        } else if extra < want {
                            let filled = until_met(want - extra, flow_slope[l]);
                            (extra_slope, filled.min(until_met(extra - nothing, -extra_slope)))
                        } else {
                            (-slope[l], until_met(extra - want, -flow_slope[l]))
                        };
                        out.kink[l] = out.kink[l].min(crossing);
                        slope[l] += share * grab_slope;
                    }
                }
            }
        }
        let consumed = 1.0 - node.return_flow;
        for l in 0..L {
            let onward = flow[l] - taken[l] * consumed;
            let onward_slope = flow_slope[l] - slope[l] * consumed;
            match node.downstream {
                Some(next) => {
                    out.arriving[next][l] += onward;
                    out.arriving_slope[next][l] += onward_slope;
                    out.upstream_supply[next][l] += upstream[l];
                }
                None => out.sink[l] += onward,
            }
        }
        out.flow[n] = flow;
        out.withdrawal[n] = taken;
        out.slope[n] = slope;
    }
}

#[inline(always)]
fn floor(least: f64, value: f64, slope: f64) -> (f64, f64) {
    if value > least { (value, slope) } else { (least, 0.0) }
}

/// A winter as it passed the nodes.
#[derive(Debug, Clone)]
pub struct Winter<const L: usize> {
    /// Outflow of each node, km³.
    pub flow: Vec<[f64; L]>,
    /// Its derivative with respect to the supply direction.
    pub slope: Vec<[f64; L]>,
    /// Volume that small reservoirs carry into summer, km³.
    pub stored: Vec<[f64; L]>,
    /// Water that reaches the sink, km³.
    pub sink: [f64; L],
    /// Water lost in the reaches, km³.
    pub lost: [f64; L],
    /// How far the shift can grow before any slope changes.
    pub kink: [f64; L],
    arriving: Vec<[f64; L]>,
    arriving_slope: Vec<[f64; L]>,
}

impl<const L: usize> Winter<L> {
    /// Room for a basin.
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

/// Sends a winter's water down the river; small reservoirs fill first.
pub fn winter<const L: usize, const SLOPES: bool>(
    basin: &Basin,
    supply: &[[f64; L]],
    direction: &[f64],
    out: &mut Winter<L>,
) {
    let count = basin.nodes.len();
    out.arriving[..count].fill([0.0; L]);
    out.arriving_slope[..count].fill([0.0; L]);
    out.sink = [0.0; L];
    out.lost = [0.0; L];
    out.kink = [f64::INFINITY; L];
    for n in 0..count {
        let node = &basin.nodes[n];
        let keep = 1.0 - node.loss;
        for l in 0..L {
            let entering = out.arriving[n][l] + supply[n][l];
            let flow = entering * keep;
            let stored = node.winter_fill.min(flow);
            out.lost[l] += entering * node.loss;
            out.stored[n][l] = stored;
            out.flow[n][l] = flow - stored;
            if SLOPES {
                let slope = (out.arriving_slope[n][l] + direction[n]) * keep;
                out.slope[n][l] = if flow > node.winter_fill { slope } else { 0.0 };
                out.kink[l] = out.kink[l]
                    .min(until_met(flow - node.winter_fill, -slope))
                    .min(until_met(out.flow[n][l] - node.winter_channel, -out.slope[n][l]));
            }
            match node.downstream {
                Some(next) => {
                    out.arriving[next][l] += out.flow[n][l];
                    out.arriving_slope[next][l] += out.slope[n][l];
                }
                None => out.sink[l] += out.flow[n][l],
            }
        }
    }
}
