//! Irrigation benefit of the members along the shift of one operator (ODD §5.1), kept piece by
//! piece during a line search. Power and fuel are not included.

use crate::numeric::{any, lanes};

/// Largest number of pieces in a line search, which ends there. Each step reaches at most one new
/// piece.
pub(super) const PIECES: usize = 96;

/// Irrigation benefit of the members along the shift of one operator, as far as it has been
/// computed: piecewise quadratic and independent of the cost of fuel. The pieces of each
/// replication are in ascending order from shift 0.
#[derive(Debug, Clone)]
pub(super) struct IrrigationBenefit<const L: usize> {
    pieces: Vec<BenefitPiece<L>>,
    /// Number of pieces computed in each replication.
    count: [u64; L],
}

/// One piece in each replication: shift at which it was computed (`from`), end of the piece, slope
/// at `from`, and −curvature.
#[derive(Debug, Clone, Copy)]
struct BenefitPiece<const L: usize> {
    from: [f64; L],
    end: [f64; L],
    slope: [f64; L],
    neg_curvature: [f64; L],
}

/// Number and values of the piece at which the line search is, in each replication.
#[derive(Debug, Clone, Copy)]
pub(super) struct BenefitAt<const L: usize> {
    number: [u64; L],
    piece: BenefitPiece<L>,
}

impl<const L: usize> BenefitAt<L> {
    /// Returns slope and −curvature at a shift within the piece, and the distance to its end.
    #[inline(always)]
    pub(super) fn value(&self, l: usize, shift: f64) -> (f64, f64, f64) {
        let BenefitPiece { from, end, slope, neg_curvature } = &self.piece;
        (
            slope[l] - neg_curvature[l] * (shift - from[l]),
            neg_curvature[l],
            (end[l] - shift).max(0.0),
        )
    }
}

impl<const L: usize> IrrigationBenefit<L> {
    /// Creates an empty benefit with memory for all pieces of a line search.
    pub(super) fn new() -> Self {
        let zeros = [0.0; L];
        IrrigationBenefit {
            pieces: vec![
                BenefitPiece {
                    from: zeros,
                    end: zeros,
                    slope: zeros,
                    neg_curvature: zeros
                };
                PIECES
            ],
            count: [0; L],
        }
    }

    /// Discards all pieces.
    pub(super) fn forget(&mut self) {
        self.count = [0; L];
    }

    /// Returns the position at shift 0.
    #[inline(always)]
    pub(super) fn start(&self) -> BenefitAt<L> {
        BenefitAt { number: [0; L], piece: self.pieces[0] }
    }

    /// Returns 1 where an unfinished line search is at a piece that is not yet computed, else 0.
    #[inline(always)]
    pub(super) fn unknown(&self, at: &BenefitAt<L>, done: &[f64; L]) -> [f64; L] {
        lanes(|l| if (done[l] == 0.0) & (at.number[l] == self.count[l]) { 1.0 } else { 0.0 })
    }

    /// Adds the pieces computed at these shifts, where they were missing.
    #[inline(always)]
    pub(super) fn add(
        &mut self,
        at: &mut BenefitAt<L>,
        unknown: &[f64; L],
        shift: &[f64; L],
        (slope, neg_curvature): (&[f64; L], &[f64; L]),
        kink: &[f64; L],
    ) {
        let piece = &mut at.piece;
        for l in 0..L {
            let new = unknown[l] == 1.0;
            piece.from[l] = if new { shift[l] } else { piece.from[l] };
            piece.end[l] = if new { shift[l] + kink[l] } else { piece.end[l] };
            piece.slope[l] = if new { slope[l] } else { piece.slope[l] };
            piece.neg_curvature[l] = if new { neg_curvature[l] } else { piece.neg_curvature[l] };
        }
        for l in 0..L {
            if unknown[l] == 1.0 {
                let place = &mut self.pieces[at.number[l] as usize];
                place.from[l] = piece.from[l];
                place.end[l] = piece.end[l];
                place.slope[l] = piece.slope[l];
                place.neg_curvature[l] = piece.neg_curvature[l];
                self.count[l] += 1;
            }
        }
    }

    /// Moves on to the next piece where the current one ends before the shift.
    #[inline(always)]
    pub(super) fn advance_to(&self, at: &mut BenefitAt<L>, shift: &[f64; L]) {
        let ended: [u64; L] = lanes(|l| u64::from(shift[l] > at.piece.end[l]));
        at.number = lanes(|l| at.number[l] + ended[l]);
        // Pieces that are not yet computed are left to `add`.
        if !any::<L>(|l| (ended[l] == 1) & (at.number[l] < self.count[l])) {
            return;
        }
        for l in 0..L {
            if ended[l] == 1 && at.number[l] < self.count[l] {
                let place = &self.pieces[at.number[l] as usize];
                at.piece.from[l] = place.from[l];
                at.piece.end[l] = place.end[l];
                at.piece.slope[l] = place.slope[l];
                at.piece.neg_curvature[l] = place.neg_curvature[l];
            }
        }
    }
}
