//! Exit of members (ODD §9).

use super::choice::accepts;
use crate::scenario::raw::BehaviourTable;

/// Number of years in a row for which a member has been discontent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Discontent {
    years: u32,
}

/// Returns whether a member gives notice after a year.
///
/// Its smoothed net benefit must have stayed below the threshold (in stakes) for `exit_patience`
/// years, and `draw` (a uniform) must fall below the logistic of the gap.
pub fn gives_notice(
    discontent: &mut Discontent,
    net_benefit: f64,
    stake: f64,
    behaviour: &BehaviourTable,
    lambda_exact: bool,
    draw: f64,
) -> bool {
    let z = if stake > 0.0 { net_benefit / stake } else { 0.0 };
    if z >= behaviour.exit_threshold {
        discontent.years = 0;
        return false;
    }
    discontent.years += 1;
    let steepness = if lambda_exact { f64::INFINITY } else { behaviour.exit_steepness };
    discontent.years >= behaviour.exit_patience
        && accepts(draw, steepness, behaviour.exit_threshold - z)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exit_requires_consecutive_years_below_the_threshold() {
        let behaviour = BehaviourTable { exit_patience: 2, ..BehaviourTable::default() };
        let mut discontent = Discontent::default();
        let mut year = |net| gives_notice(&mut discontent, net, 1.0, &behaviour, true, 0.0);
        assert!(!year(-2.0));
        assert!(!year(0.0));
        assert!(!year(-2.0));
        assert!(year(-2.0));
    }
}
