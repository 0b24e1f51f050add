//! What is known of the members' land along the shift of one operator (ODD §5.1).

/// Pieces after which a walk ends, wherever it is: it comes to a new piece of land at each at most.
pub(super) const PIECES: usize = 96;

/// The value of the members' land along the shift of one operator, as far as it has been looked at: piecewise quadratic, and the
/// same whatever fuel costs. Pieces of each replication from zero onwards.
#[derive(Debug, Clone)]
pub(super) struct LandValue<const L: usize> {
    pieces: Vec<LandPiece<L>>,
    /// Pieces known in each replication.
    pub(super) count: [usize; L],
}

/// A piece in each replication: where it was looked at and where it ends, the slope there and the −curvature.
#[derive(Debug, Clone, Copy)]
struct LandPiece<const L: usize> {
    from: [f64; L],
    end: [f64; L],
    slope: [f64; L],
    bend: [f64; L],
}

impl<const L: usize> LandValue<L> {
    /// Nothing is known. There is room for as many pieces as a walk has.
    pub(super) fn new() -> Self {
        let zeros = [0.0; L];
        LandValue {
            pieces: vec![LandPiece { from: zeros, end: zeros, slope: zeros, bend: zeros }; PIECES],
            count: [0; L],
        }
    }

    /// Whether a walk has come to a piece that is not known yet.
    #[inline(always)]
    pub(super) fn lacks(&self, piece: &[usize; L], done: &[f64; L], l: usize) -> bool {
        done[l] == 0.0 && piece[l] == self.count[l]
    }

    /// Adds what a pass has found at these shifts where it was lacking.
    #[inline(always)]
    pub(super) fn add(
        &mut self,
        at: &[usize; L],
        done: &[f64; L],
        shift: &[f64; L],
        (slope, bend): (&[f64; L], &[f64; L]),
        kink: &[f64; L],
    ) {
        for l in 0..L {
            if self.lacks(at, done, l) {
                let piece = &mut self.pieces[at[l]];
                piece.from[l] = shift[l];
                piece.end[l] = shift[l] + kink[l];
                piece.slope[l] = slope[l];
                piece.bend[l] = bend[l];
                self.count[l] += 1;
            }
        }
    }

    /// Whether a piece ends before a shift.
    #[inline(always)]
    pub(super) fn ends_before(&self, piece: usize, l: usize, shift: f64) -> bool {
        shift > self.pieces[piece].end[l]
    }

    /// Slope and −curvature at a shift within a piece, and how far it goes from there.
    #[inline(always)]
    pub(super) fn at(&self, piece: usize, l: usize, shift: f64) -> (f64, f64, f64) {
        let piece = &self.pieces[piece];
        let (slope, bend) = (piece.slope[l], piece.bend[l]);
        (slope - bend * (shift - piece.from[l]), bend, (piece.end[l] - shift).max(0.0))
    }
}
