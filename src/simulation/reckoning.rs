//! What a state reckons with if it breaks an obligation: fine, response of the organisation, court
//! (ODD §9).
//!
//! The same amounts decide whether it obeys a ruling. What then happens is in `sanctions`.

use super::deal::Deal;
use super::ledger::Account;
use super::prepared::Prepared;
use crate::behaviour::{Incentive, collapse_chance, continuation_factor};
use crate::scenario::raw::Season;
use crate::scenario::raw::organisation::{CourtTable, Obedience, Sanction};

/// An obligation as a state decides on it, MUSD unless noted.
#[derive(Debug, Clone, Copy)]
pub(super) struct Obligation {
    /// State that owes it.
    pub obligor: usize,
    pub season: Season,
    /// Cost of performing what is due.
    pub cost: f64,
    /// Expected cost of the whole obligation in the plan.
    pub promised: f64,
    /// Share of the whole obligation that is due.
    pub share: f64,
    /// What others lose if it is not performed.
    pub injury: f64,
    /// What it triggers later in the year.
    pub reciprocity: f64,
    /// Whether an escape clause covers it.
    pub lawful: bool,
}

/// Extent of a breach: of one obligation, or of all that a case is about.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Extent {
    /// Share of what the state owes in the season, by cost.
    pub part: f64,
    /// Cost saved, MUSD.
    pub saved: f64,
    /// Loss of others, MUSD.
    pub injury: f64,
    /// Share of all that is owed in the year, by value, to which `weight` applies.
    pub of_all: f64,
    /// Part of the chance of collapse that is due to this extent.
    pub weight: f64,
}

impl Deal<'_> {
    /// Returns the terms of the decision on an obligation (ODD §9).
    pub(super) fn incentive(
        &self,
        prepared: &Prepared,
        account: &Account,
        due: &Obligation,
    ) -> Incentive {
        let (state, season) = (due.obligor, due.season);
        let Obligation { reciprocity, injury, .. } = *due;
        if due.lawful {
            let compensation = prepared.compensation() * injury;
            let cost = due.cost;
            return Incentive { cost, reciprocity, compensation, ..Incentive::default() };
        }
        let of =
            |whole: f64| if whole > 0.0 { due.promised / whole.max(due.promised) } else { 0.0 };
        // Shares of what the state owes in the season, and of what it still owes in the year.
        let part = of(account.cost[season as usize][state]);
        let still = match season {
            Season::Summer => of(account.cost[0][state] + account.cost[1][state]),
            Season::Winter => part,
        };
        let extent = Extent {
            part,
            saved: due.cost,
            injury,
            of_all: account.of_all(season, state) * due.share,
            weight: part,
        };
        let enforcement = &prepared.enforcement;
        let litigation = enforcement
            .court
            .as_ref()
            .map_or(0.0, |court| enforcement.case_exposure * court.cost * part);
        Incentive {
            cost: due.cost,
            reciprocity,
            compensation: 0.0,
            exposure: enforcement.exposure,
            sanction: self.sanction(prepared, account, (season, state), &extent),
            litigation,
            grant: prepared.design.grant * still,
            audience: self.audience[state] * still,
        }
    }

    /// Returns the present value of what an established case of this extent costs the state, MUSD:
    /// fine and response of the step that comes next, and the expected worsening of later steps,
    /// one year ahead.
    ///
    /// After a case the state either performs or bears a graver sanction, whichever costs less.
    fn sanction(
        &self,
        prepared: &Prepared,
        account: &Account,
        place: (Season, usize),
        extent: &Extent,
    ) -> f64 {
        let (enforcement, state) = (&prepared.enforcement, place.1);
        let cases = self.cases[state];
        let now = self.case_cost(prepared, account, place, cases, extent);
        if enforcement.response.steps.len() <= 1 + cases as usize {
            return now;
        }
        let next = self.case_cost(prepared, account, place, cases + 1, extent);
        let borne = |cost: f64| (enforcement.exposure * cost).min(extent.saved.max(0.0));
        now + prepared.patience[state].discount * (borne(next) - borne(now)).max(0.0)
    }

    /// Returns the present value of fine and response in a state's next case, given the number of
    /// its cases before, MUSD. A court's ruling may avert the response.
    fn case_cost(
        &self,
        prepared: &Prepared,
        account: &Account,
        place: (Season, usize),
        cases: u32,
        extent: &Extent,
    ) -> f64 {
        let (enforcement, patience) = (&prepared.enforcement, &prepared.patience[place.1]);
        let step = enforcement.response.step(cases);
        let fine = enforcement.fine(step, extent.saved, extent.part);
        if !is_conditional(step) {
            return patience.later * fine;
        }
        let loss = self.step_loss(prepared, account, place, cases, extent);
        let Some(court) = &enforcement.court else { return fine + loss };
        let ruling = ruling(fine, extent);
        let obeys = match certain_obedience(court, ruling) {
            Some(obeys) => f64::from(u8::from(obeys)),
            None => patience.chance(obedience_ratio(ruling, loss)),
        };
        patience.later * (fine + obeys * ruling + (1.0 - obeys) * loss)
    }

    /// Returns what the response to a state's next case costs it, given the number of its cases
    /// before, MUSD.
    pub(super) fn step_loss(
        &self,
        prepared: &Prepared,
        account: &Account,
        (season, state): (Season, usize),
        cases: u32,
        extent: &Extent,
    ) -> f64 {
        let response = &prepared.enforcement.response;
        let Some(last) = response.steps.len().checked_sub(1) else { return 0.0 };
        let at = last.min(cases as usize);
        let patience = &prepared.patience[state];
        let factor = patience.steps[at];
        match response.steps[at] {
            Sanction::None | Sanction::VoteSuspension(_) => 0.0,
            step @ Sanction::Fine(_) => prepared.enforcement.fine(step, extent.saved, extent.part),
            Sanction::Reciprocity(table) => {
                factor * (table.share * extent.injury).min(account.received[state] * extent.part)
            }
            Sanction::Collapse(_) => {
                let log_survival = prepared.log_survival[at];
                let chance = extent.weight * collapse_chance(log_survival, extent.of_all);
                let own = 1.0
                    - prepared.enforcement.false_case * account.collapse[season as usize][state];
                let survives = account.survives;
                continuation_factor(chance, (survives / own, survives), factor, patience.discount)
                    * self.regime_gain[state]
            }
        }
    }
}

/// Returns whether a step of the response follows only if a ruling is not obeyed, where there is a
/// court.
pub(super) fn is_conditional(step: Sanction) -> bool {
    matches!(step, Sanction::Reciprocity(_) | Sanction::VoteSuspension(_) | Sanction::Collapse(_))
}

/// Returns what a ruling orders to pay to the injured besides the fine: the part of the injury that
/// the fine leaves uncompensated, MUSD.
pub(super) fn ruling(fine: f64, extent: &Extent) -> f64 {
    (extent.injury - fine).max(0.0)
}

/// Returns whether a ruling is obeyed where this needs no choice: nothing is ordered besides the
/// fine, or obedience is given.
pub(super) fn certain_obedience(court: &CourtTable, ruling: f64) -> Option<bool> {
    match court.obedience {
        _ if ruling <= 0.0 => Some(true),
        Obedience::Never => Some(false),
        Obedience::Always => Some(true),
        Obedience::Decided => None,
    }
}

/// Returns the advantage of obeying a ruling over its terms, in [−1, 1].
pub(super) fn obedience_ratio(ruling: f64, loss: f64) -> f64 {
    let scale = ruling + loss;
    if scale > 0.0 { (loss - ruling) / scale } else { 0.0 }
}
