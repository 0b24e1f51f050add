//! The parties to a bargain and the consent that it needs (ODD §8).

use super::appraisal::Appraisal;
use super::sharing::{PayerTrust, share, with_transfer};
use super::voting::{best_gainer, consent_needed};
use crate::ids::{MAX_STATES, Members};
use crate::scenario::types::design::{Sharing, VotingRule};

/// Loss that a state accepts, as a share of the mean gross stake.
pub(super) const TOLERANCE: f64 = 1e-6;

/// The participants at a table and the rules under which they bargain.
#[derive(Debug, Clone, Copy)]
pub struct BargainingProblem<'a> {
    /// Decision rule.
    pub rule: &'a VotingRule,
    /// Members that take part.
    pub members: Members,
    /// Members whose votes count.
    pub voters: Members,
    /// Participants without a vote that stay out of what they do not agree with.
    pub free: Members,
    /// The proposing state; `None` for a commission, which proposes the joint optimum.
    pub proposer: Option<usize>,
    /// Whether any member may propose. Then a coalition that can pass a proposal on its own
    /// maximises its own gain.
    pub open: bool,
    /// Whether the share of the Nash solution is lowered until all obligations would be performed.
    pub anticipates: bool,
    /// Whether a commission decides alone, so that no state's consent is needed.
    pub delegated: bool,
    /// Whether money can be paid.
    pub money: bool,
    /// How surplus is shared.
    pub division: Sharing,
    /// Bargaining weights by state.
    pub weights: &'a [f64],
    /// Whether these are reduced by an opening concession.
    pub concedes: bool,
    /// Trust of each state in each other as a payer.
    pub payer_trust: &'a PayerTrust,
}

/// Terms of a bargain: the consent it needs, and how surplus is shared.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Terms {
    /// States whose consent is needed.
    pub consent: Members,
    /// States that take part in transfers.
    pub sharing: Members,
    /// Share of the Nash share up to which receivers are compensated.
    pub nash_share: f64,
    /// Whether weights are reduced by an opening concession.
    pub concedes: bool,
}

/// A proposal. The depth levels are left in the caller's array.
#[derive(Debug, Clone, Copy)]
pub struct Bargain {
    /// Terms of the proposal.
    pub terms: Terms,
    /// Net transfer to each state, MUSD.
    pub transfers: [f64; MAX_STATES],
}

/// Returns the bargain under which all states whose consent is needed accept a combination of
/// depths; `None` if there is none.
pub(super) fn agree(
    problem: &BargainingProblem<'_>,
    whole: &Appraisal,
    nash_share: f64,
    mut sustainable: impl FnMut(Terms) -> Option<f64>,
) -> Option<Bargain> {
    if problem.delegated {
        return content(
            problem,
            whole,
            Members::NONE,
            problem.members,
            nash_share,
            &mut sustainable,
        );
    }
    // The cheapest winning coalition is tried first. If its own surplus cannot compensate its
    // losers, the next best gainer joins it.
    let mut consent = consent_needed(problem.rule, problem.voters, problem.proposer, &whole.net);
    loop {
        let sharing =
            if problem.proposer.is_none() && !problem.open { problem.members } else { consent };
        let sharing = Members(sharing.0 | problem.free.0);
        let found = content(problem, whole, consent, sharing, nash_share, &mut sustainable);
        if found.is_some() || !problem.money {
            return found;
        }
        consent = consent.with(best_gainer(problem.voters, consent, &whole.net)?);
    }
}

/// Returns the bargain if transfers among `sharing` leave no state in `consent` with a loss.
fn content(
    problem: &BargainingProblem<'_>,
    whole: &Appraisal,
    consent: Members,
    sharing: Members,
    nash_share: f64,
    sustainable: &mut impl FnMut(Terms) -> Option<f64>,
) -> Option<Bargain> {
    let mut terms = Terms { consent, sharing, nash_share, concedes: problem.concedes };
    terms.nash_share = sustainable(terms)?;
    let paid = if problem.money {
        share(problem.division, whole, sharing, problem.weights, terms.nash_share)
    } else {
        [0.0; MAX_STATES]
    };
    let scale = problem.members.iter().map(|state| whole.gross[state]).sum::<f64>()
        / problem.members.len().max(1) as f64;
    let trust = problem.payer_trust.in_payers(&paid, problem.members);
    let content = consent.iter().all(|state| {
        with_transfer(whole.net[state], paid[state], trust[state]) >= -TOLERANCE * scale
    });
    content.then_some(Bargain { terms, transfers: paid })
}
