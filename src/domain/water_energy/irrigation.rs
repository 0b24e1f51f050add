//! What is known of the members' land along the shift of one operator (ODD §5.1).

use crate::numeric::{any, lanes};

/// Pieces after which a walk ends, wherever it is: it comes to a new piece of land at each at most.
pub(super) const PIECES: usize = 96;

/// The value of the members' land along the shift of one operator, as far as it has been looked at:
/// piecewise quadratic, and the same whatever fuel costs. Pieces of each replication from zero
/// onwards.
#[derive(Debug, Clone)]
pub(super) struct IrrigationBenefit<const L: usize> {
    pieces: Vec<BenefitPiece<L>>,
    /// Pieces known in each replication.
    count: [u64; L],
}

/// A piece in each replication: where it was looked at and where it ends, the slope there and the
/// −curvature.
#[derive(Debug, Clone, Copy)]
struct BenefitPiece<const L: usize> {
    from: [f64; L],
    end: [f64; L],
    slope: [f64; L],
    bend: [f64; L],
}

/// The piece that each walk has come to, and its number.
#[derive(Debug, Clone, Copy)]
pub(super) struct BenefitAt<const L: usize> {
    number: [u64; L],
    piece: BenefitPiece<L>,
}

impl<const L: usize> BenefitAt<L> {
    /// Slope and −curvature at a shift within the piece, and how far it goes from there.
    #[inline(always)]
    pub(super) fn value(&self, l: usize, shift: f64) -> (f64, f64, f64) {
        let BenefitPiece { from, end, slope, bend } = &self.piece;
        (slope[l] - bend[l] * (shift - from[l]), bend[l], (end[l] - shift).max(0.0))
    }
}

impl<const L: usize> IrrigationBenefit<L> {
    /// Nothing is known. There is room for as many pieces as a walk has.
    pub(super) fn new() -> Self {
        let zeros = [0.0; L];
        IrrigationBenefit {
            pieces: vec![
                BenefitPiece { from: zeros, end: zeros, slope: zeros, bend: zeros };
                PIECES
            ],
            count: [0; L],
        }
    }

    /// What was known does not hold any more.
    pub(super) fn forget(&mut self) {
        self.count = [0; L];
    }

    /// Where walks begin.
    #[inline(always)]
    pub(super) fn start(&self) -> BenefitAt<L> {
        BenefitAt { number: [0; L], piece: self.pieces[0] }
    }

    /// 1 where a walk that is not over has come to a piece that is not known yet, else 0.
    #[inline(always)]
    pub(super) fn unknown(&self, at: &BenefitAt<L>, done: &[f64; L]) -> [f64; L] {
        lanes(|l| if (done[l] == 0.0) & (at.number[l] == self.count[l]) { 1.0 } else { 0.0 })
    }

    /// Adds what a pass has found at these shifts where it was lacking.
    #[inline(always)]
    pub(super) fn add(
        &mut self,
        at: &mut BenefitAt<L>,
        unknown: &[f64; L],
        shift: &[f64; L],
        (slope, bend): (&[f64; L], &[f64; L]),
        kink: &[f64; L],
    ) {
        let piece = &mut at.piece;
        for l in 0..L {
            let new = unknown[l] == 1.0;
            piece.from[l] = if new { shift[l] } else { piece.from[l] };
            piece.end[l] = if new { shift[l] + kink[l] } else { piece.end[l] };
            piece.slope[l] = if new { slope[l] } else { piece.slope[l] };
            piece.bend[l] = if new { bend[l] } else { piece.bend[l] };
        }
        for l in 0..L {
            if unknown[l] == 1.0 {
                let place = &mut self.pieces[at.number[l] as usize];
                place.from[l] = piece.from[l];
                place.end[l] = piece.end[l];
                place.slope[l] = piece.slope[l];
                place.bend[l] = piece.bend[l];
                self.count[l] += 1;
            }
        }
    }

    /// Goes on to the next piece where the one at hand ends before the shift.
    #[inline(always)]
    pub(super) fn go_on(&self, at: &mut BenefitAt<L>, shift: &[f64; L]) {
        let ended: [u64; L] = lanes(|l| u64::from(shift[l] > at.piece.end[l]));
        at.number = lanes(|l| at.number[l] + ended[l]);
        // What is not known yet is looked at when it is wanted.
        if !any::<L>(|l| (ended[l] == 1) & (at.number[l] < self.count[l])) {
            return;
        }
        for l in 0..L {
            if ended[l] == 1 && at.number[l] < self.count[l] {
                let place = &self.pieces[at.number[l] as usize];
                at.piece.from[l] = place.from[l];
                at.piece.end[l] = place.end[l];
                at.piece.slope[l] = place.slope[l];
                at.piece.bend[l] = place.bend[l];
            }
        }
    }
}
