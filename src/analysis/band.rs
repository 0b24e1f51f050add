//! Rankings of designs under other values of behavioural precision λ and under other structural
//! choices (ODD §11).
//!
//! This module defines the settings and compares their rankings; simulations are run elsewhere.

use super::comparison::Rank;
use crate::scenario::raw::organisation::{
    CollapseTable, DecisionMode, ReciprocityTable, RestYears, Sanction, WithdrawnBy,
};
use crate::scenario::types::Scenario;
use crate::scenario::types::design::{Design, Response, Sharing};

/// One setting under which designs are ranked again.
#[derive(Debug, Clone, PartialEq)]
pub struct Setting {
    /// Name in tables.
    pub name: String,
    change: Change,
}

#[derive(Debug, Clone, PartialEq)]
enum Change {
    Nothing,
    Lambda(f64),
    Bargaining(f64),
    DepthLevels(usize),
    Mode(DecisionMode),
    CommercialFuel(bool),
    /// Whether creditors reckon with the incentives of their debtors.
    ReckonsDebtors(bool),
    /// Response to established cases.
    Response(Response),
}

/// Returns the settings of the λ band: 3, 8, 20 and exact. Each λ holds for votes and compliance of
/// all states.
pub fn lambdas() -> Vec<Setting> {
    [3.0, 8.0, 20.0, f64::INFINITY]
        .into_iter()
        .map(|lambda| Setting {
            name: if lambda.is_infinite() { "exact".into() } else { format!("{lambda}") },
            change: Change::Lambda(lambda),
        })
        .collect()
}

/// Returns the settings of the structural band, responses included. The first leaves the files
/// unchanged.
pub fn structures() -> Vec<Setting> {
    let setting = |name: &str, change| Setting { name: name.into(), change };
    let mut settings = vec![
        setting("as given", Change::Nothing),
        setting("nash sharing", Change::Bargaining(1.0)),
        setting("no sharing", Change::Bargaining(0.0)),
        setting("10 depth levels", Change::DepthLevels(10)),
        setting("1 depth level", Change::DepthLevels(1)),
        setting("yearly decisions", Change::Mode(DecisionMode::Yearly)),
        setting("standing decisions", Change::Mode(DecisionMode::Standing)),
        setting("commercial fuel", Change::CommercialFuel(true)),
        setting("no commercial fuel", Change::CommercialFuel(false)),
        setting("debtors reckoned", Change::ReckonsDebtors(true)),
        setting("debtors trusted", Change::ReckonsDebtors(false)),
    ];
    settings.extend(responses().into_iter().skip(1));
    settings
}

/// Returns the settings of the band over responses to a breach: each holds for all designs, with
/// their own fines. The first leaves the files unchanged.
pub fn responses() -> Vec<Setting> {
    let reciprocity = |share, years| {
        Sanction::Reciprocity(ReciprocityTable { share, years, by: WithdrawnBy::All })
    };
    let collapse =
        |chance| Sanction::Collapse(CollapseTable { chance, years: RestYears(REST_YEARS) });
    let setting = |name: &str, steps, memory| Setting {
        name: name.into(),
        change: Change::Response(Response { steps, memory }),
    };
    vec![
        Setting { name: "as given".into(), change: Change::Nothing },
        setting("no response", Vec::new(), 0),
        setting("reciprocity", vec![reciprocity(1.0, 1)], 0),
        setting("graduated", vec![reciprocity(1.0, 1), reciprocity(1.0, 3), collapse(0.5)], 5),
        setting("collapse 0.1", vec![collapse(0.1)], 0),
        setting("collapse 0.5", vec![collapse(0.5)], 0),
    ]
}

/// Years for which a regime rests after a collapse in the band (assumption).
const REST_YEARS: f64 = 3.0;

/// Returns the number of replications of each setting, given those of the comparison: a quarter of
/// them, but at least 200 (or all, if there are fewer).
pub fn replications(of: u64) -> u64 {
    (of / 4).max(200).min(of)
}

impl Setting {
    /// Applies the setting to a scenario and its designs.
    pub fn apply(&self, scenario: &mut Scenario, designs: &mut [Design]) {
        match &self.change {
            Change::Nothing => {}
            Change::Lambda(lambda) => {
                for state in &mut scenario.states {
                    state.lambda_vote = *lambda;
                    state.lambda_comply = *lambda;
                }
            }
            Change::Bargaining(nash_share) => designs.iter_mut().for_each(|design| {
                design.sharing = Sharing::Nash;
                design.nash_share = *nash_share;
            }),
            Change::DepthLevels(levels) => scenario.depth_levels = *levels,
            Change::Mode(mode) => designs.iter_mut().for_each(|design| design.mode = *mode),
            Change::CommercialFuel(commercial) => scenario.fuel.commercial = *commercial,
            Change::ReckonsDebtors(reckons) => scenario.behaviour.reckons_debtors = *reckons,
            Change::Response(response) => {
                designs.iter_mut().for_each(|design| design.response = response.clone());
            }
        }
    }
}

/// Rankings under all settings of a band.
#[derive(Debug, Clone)]
pub struct Band {
    /// Number of replications of each setting.
    pub replications: u64,
    /// Settings and their rankings, in the order of the settings.
    pub rankings: Vec<(Setting, Vec<Rank>)>,
}

/// Two designs whose order is distinguishable under two settings and differs between them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RankReversal {
    /// Design that leads under the setting `last`.
    pub before: usize,
    /// Design that leads under the setting `first`.
    pub after: usize,
    /// Position of the last setting with the old order.
    pub last: usize,
    /// Position of the first setting with the new order.
    pub first: usize,
}

impl Band {
    /// Returns whether a leads b under a setting. Designs that are not distinguishable share a
    /// rank, so neither leads.
    fn leads(&self, setting: usize, a: usize, b: usize) -> bool {
        let rank = |design: usize| {
            self.rankings[setting]
                .1
                .iter()
                .find(|rank| rank.design == design)
                .map_or(usize::MAX, |rank| rank.rank)
        };
        rank(a) < rank(b)
    }

    /// Returns the reversals along settings that are ordered (the λ band), sorted by `first`.
    pub fn reversals(&self, designs: usize) -> Vec<RankReversal> {
        let mut reversals = Vec::new();
        for a in 0..designs {
            for b in (0..designs).filter(|&b| b != a) {
                let mut led: Option<usize> = None;
                for setting in 0..self.rankings.len() {
                    if self.leads(setting, a, b) {
                        led = Some(setting);
                    } else if self.leads(setting, b, a)
                        && let Some(at) = led.take()
                    {
                        reversals.push(RankReversal {
                            before: a,
                            after: b,
                            last: at,
                            first: setting,
                        });
                    }
                }
            }
        }
        reversals.sort_by_key(|turn| turn.first);
        reversals
    }

    /// Returns the reversals from the first setting to each of the others, for settings without an
    /// order (the structural band).
    pub fn reversals_from_first(&self, designs: usize) -> Vec<RankReversal> {
        let mut reversals = Vec::new();
        for setting in 1..self.rankings.len() {
            for a in 0..designs {
                for b in (0..designs).filter(|&b| self.leads(0, a, b) && self.leads(setting, b, a))
                {
                    reversals.push(RankReversal { before: a, after: b, last: 0, first: setting });
                }
            }
        }
        reversals
    }
}

#[cfg(test)]
mod tests {
    use super::super::summary::Statistic;
    use super::*;

    fn ranks(places: &[usize]) -> Vec<Rank> {
        let statistic = Statistic::of(&[1.0, 2.0]);
        let rank = |(design, &rank)| Rank {
            design,
            rank,
            statistic,
            regret: (0.0, 0.0),
            best_share: 0.0,
            to_previous: None,
            more_needed: None,
        };
        places.iter().enumerate().map(rank).collect()
    }

    #[test]
    fn a_rank_reversal_is_found_across_ties() {
        let settings = lambdas();
        let places = [[1, 2], [1, 1], [2, 1], [2, 1]];
        let rankings = settings.into_iter().zip(places.map(|places| ranks(&places))).collect();
        let band = Band { replications: 1, rankings };
        assert_eq!(band.reversals(2), [RankReversal { before: 0, after: 1, last: 0, first: 2 }]);
        assert_eq!(band.reversals_from_first(2).len(), 2);
    }

    #[test]
    fn a_bargaining_rule_replaces_whatever_a_design_shares_by() {
        let scenario =
            crate::scenario::load::scenario("central-asia", &[]).map(|loaded| loaded.scenario);
        let Ok(mut scenario) = scenario else { panic!("the built-in scenario is valid") };
        let change =
            [crate::scenario::load::Override::new("organisation.bargaining.solution=equal_split")];
        let Ok(loaded) = crate::scenario::load::design("ucas-2007", &scenario, &change) else {
            panic!("valid")
        };
        for setting in structures().iter().filter(|setting| setting.name.ends_with("sharing")) {
            let mut designs = [loaded.design.clone()];
            setting.apply(&mut scenario, &mut designs);
            assert_eq!(designs[0].sharing, Sharing::Nash, "{}", setting.name);
        }
    }
}
