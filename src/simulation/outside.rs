//! Outside options: what states forgo while they are bound in a domain (ODD §9).

use super::context::YearContext;
use crate::draws::Draws;
use crate::numeric::{lanes, power};
use crate::plan::Lane;
use crate::scenario::raw::Follows;

/// Returns what each state with an outside option in a domain forgoes in a year if it is bound
/// there, MUSD: as expected in spring, or as it comes.
pub(super) fn forgone<'a>(
    now: YearContext<'a>,
    draws: &'a Draws,
    domain: usize,
    realised: bool,
) -> impl Iterator<Item = (usize, Lane)> + 'a {
    let YearContext { engine, year, .. } = now;
    engine.scenario.outside_options[domain].iter().map(move |option| {
        let value = option.value * power(1.0 + option.growth, year);
        let index = match (option.follows, realised) {
            (Follows::Nothing, _) => [1.0; crate::numeric::LANES],
            (Follows::FuelPrice, false) => *draws.row(year, engine.layout.fuel_expected()),
            (Follows::FuelPrice, true) => *draws.row(year, engine.layout.fuel_price()),
        };
        (option.state, lanes(|l| value * index[l]))
    })
}
