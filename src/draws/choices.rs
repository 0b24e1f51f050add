//! Draws of the choices in one year of one replication, as one body reads them (ODD §2).

use super::{Decision, DrawLayout, Draws, SeasonDraw};
use crate::ids::Members;
use crate::scenario::raw::Season;

/// Draws of the choices of one body.
///
/// An organisation as a whole reads the numbers as drawn. Each of several bodies derives draws of
/// its own from the same numbers and its members, so that bodies neither share draws nor shift
/// those of others.
#[derive(Debug, Clone, Copy)]
pub struct ChoiceDraws<'a> {
    /// The draws of the batch.
    pub draws: &'a Draws,
    /// Positions of the draws.
    pub layout: &'a DrawLayout,
    /// Simulated year, from 0.
    pub year: usize,
    /// Lane of the replication.
    pub lane: usize,
    /// Members of the body; empty for the organisation as a whole.
    pub body: Members,
}

/// Mixes 64 bits (SplitMix64, Steele, Lea and Flood 2014).
fn mix(mut x: u64) -> u64 {
    x = x.wrapping_add(0x9E37_79B9_7F4A_7C15);
    x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    x ^ (x >> 31)
}

impl ChoiceDraws<'_> {
    /// Derives the uniform of the body from one drawn for all.
    fn of_body(&self, uniform: f64) -> f64 {
        let bits = mix(uniform.to_bits() ^ mix(u64::from(self.body.0)));
        ((bits >> 11) as f64 + 0.5) * (1.0 / 9_007_199_254_740_992.0)
    }

    fn at(&self, place: usize) -> f64 {
        let drawn = self.draws.choice(self.year, place, self.lane);
        if self.body.is_empty() { drawn } else { self.of_body(drawn) }
    }

    /// Returns the draw of a decision of a state at a table.
    pub fn decision(&self, decision: Decision, table: usize, state: usize) -> f64 {
        self.at(self.layout.decision(decision, table, state))
    }

    /// Returns a draw of a state's season at a table: a uniform, or for slippage the lost share
    /// itself.
    pub fn season(&self, table: usize, state: usize, season: Season, kind: SeasonDraw) -> f64 {
        let draw = self.at(self.layout.season(table, state, season, kind));
        match kind {
            SeasonDraw::Slippage => self.layout.slippage[state].at(draw),
            _ => draw,
        }
    }

    /// Returns the uniform that selects the proposer, where the proposer is drawn.
    pub fn proposer(&self) -> f64 {
        let drawn = self.draws.at(self.year, self.layout.proposer(), self.lane);
        if self.body.is_empty() { drawn } else { self.of_body(drawn) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::load;

    #[test]
    fn bodies_have_independent_draws_of_the_same_law() {
        let Ok(loaded) = load::scenario("central-asia", &[]) else {
            panic!("the built-in scenario is valid")
        };
        let layout = DrawLayout::new(&loaded.scenario);
        let mut draws = Draws::new(&layout, 5);
        let (mut sums, mut products, mut count) = ([0.0; 3], 0.0, 0.0);
        for batch in 0..40 {
            draws.draw(&loaded.scenario, &layout, batch * 8);
            for lane in 0..8 {
                for year in 0..loaded.scenario.horizon {
                    let draw = |bits: u16| {
                        let body = Members(bits);
                        let draw = ChoiceDraws { draws: &draws, layout: &layout, year, lane, body };
                        draw.decision(Decision::Vote, 0, 0)
                    };
                    let (a, b, whole) = (draw(0b011), draw(0b101), draw(0));
                    let place = layout.decision(Decision::Vote, 0, 0);
                    assert_eq!(whole.to_bits(), draws.choice(year, place, lane).to_bits());
                    let below = |x: f64, chance: f64| f64::from(u8::from(x < chance));
                    for (sum, chance) in sums.iter_mut().zip([0.25, 0.5, 0.75]) {
                        *sum += below(a, chance);
                    }
                    products += (below(a, 0.5) - 0.5) * (below(b, 0.5) - 0.5);
                    count += 1.0;
                }
            }
        }
        for (sum, expected) in sums.iter().zip([0.25, 0.5, 0.75]) {
            assert!((sum / count - expected).abs() < 0.02, "{} {expected}", sum / count);
        }
        assert!((products / count).abs() < 0.01, "{}", products / count);
    }
}
