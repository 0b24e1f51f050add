//! Who bargains, and what they can agree on (ODD §8).

use super::appraisal::Appraisal;
use super::sharing::{share, with_transfer};
use super::voting::{best_gainer, consent_needed};
use crate::ids::{MAX_STATES, Members};
use crate::scenario::types::design::{Sharing, VotingRule};

/// What part of the mean gross stakes a state may lose and be content all the same.
pub(super) const TOLERANCE: f64 = 1e-6;

/// Who bargains, and how.
#[derive(Debug, Clone, Copy)]
pub struct Chamber<'a> {
    /// The decision rule.
    pub rule: &'a VotingRule,
    /// Members at the table.
    pub members: Members,
    /// Those of them whose votes count.
    pub voters: Members,
    /// The proposing state; `None` for a commission, which proposes the joint optimum.
    pub proposer: Option<usize>,
    /// Whether any member may propose: then a coalition that can pass it on its own seeks its own
    /// gain.
    pub open: bool,
    /// Whether a commission decides alone: nobody's consent is needed.
    pub delegated: bool,
    /// Whether money can be paid.
    pub money: bool,
    /// How surplus is shared.
    pub division: Sharing,
    /// Bargaining weights by state.
    pub weights: &'a [f64],
    /// How far each state trusts those who would pay it.
    pub trust_in_payers: &'a [f64; MAX_STATES],
}

/// The agreed terms: a depth per domain of the table, who must be content, and how surplus is
/// shared.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Terms {
    /// Whose consent it needs.
    pub consent: Members,
    /// Who takes part in transfers.
    pub sharing: Members,
    /// Share of the Nash share up to which receivers are compensated.
    pub nash_share: f64,
}

/// A proposal: depth levels are left in the caller's array.
#[derive(Debug, Clone, Copy)]
pub struct Bargain {
    /// Its terms.
    pub terms: Terms,
    /// Net transfer to each state, MUSD.
    pub transfers: [f64; MAX_STATES],
}

/// Whether those whose consent is needed can be made content with a choice, and how.
pub(super) fn agree(
    chamber: &Chamber<'_>,
    whole: &Appraisal,
    nash_share: f64,
    mut sustainable: impl FnMut(Terms) -> Option<f64>,
) -> Option<Bargain> {
    if chamber.delegated {
        return content(
            chamber,
            whole,
            Members::NONE,
            chamber.members,
            nash_share,
            &mut sustainable,
        );
    }
    // The cheapest winning coalition first; if its own surplus cannot content it, the next best
    // gainer joins it.
    let mut consent = consent_needed(chamber.rule, chamber.voters, chamber.proposer, &whole.net);
    loop {
        let sharing =
            if chamber.proposer.is_none() && !chamber.open { chamber.members } else { consent };
        let found = content(chamber, whole, consent, sharing, nash_share, &mut sustainable);
        if found.is_some() || !chamber.money {
            return found;
        }
        consent = consent.with(best_gainer(chamber.voters, consent, &whole.net)?);
    }
}

/// The bargain if everybody whose consent it needs can be made content by transfers among those who
/// share.
fn content(
    chamber: &Chamber<'_>,
    whole: &Appraisal,
    consent: Members,
    sharing: Members,
    nash_share: f64,
    sustainable: &mut impl FnMut(Terms) -> Option<f64>,
) -> Option<Bargain> {
    let mut terms = Terms { consent, sharing, nash_share };
    terms.nash_share = sustainable(terms)?;
    let paid = if chamber.money {
        share(
            chamber.division,
            whole,
            sharing,
            chamber.weights,
            chamber.trust_in_payers,
            terms.nash_share,
        )
    } else {
        [0.0; MAX_STATES]
    };
    let scale = chamber.members.iter().map(|state| whole.gross[state]).sum::<f64>()
        / chamber.members.len().max(1) as f64;
    let content = consent.iter().all(|state| {
        with_transfer(whole.net[state], paid[state], chamber.trust_in_payers[state])
            >= -TOLERANCE * scale
    });
    content.then_some(Bargain { terms, transfers: paid })
}
