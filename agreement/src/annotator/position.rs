//! Position bias: whether a response is preferred for the side it was shown on.

use super::{NoFigure, Tally};
use crate::probability::binomial;

/// Which of two responses shown side by side was preferred.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Side {
    /// The one on the left, or shown first.
    Left,
    /// The one on the right, or shown second.
    Right,
    /// Neither.
    Tie,
}

/// How often each side was preferred, by an annotator or by all.
pub type Position = Tally<Side>;

impl Tally<Side> {
    /// The preferences for the left and for the right.
    pub fn decisive(&self) -> Result<(u64, u64), NoFigure> {
        let count = |side| u64::try_from(self.of(&side)).map_err(|_| NoFigure::Impossible);
        Ok((count(Side::Left)?, count(Side::Right)?))
    }

    /// The share of the left among preferences, 0 to 1; ties say nothing of a side.
    pub fn left_share(&self) -> Result<f64, NoFigure> {
        match self.decisive()? {
            (0, 0) => Err(NoFigure::NothingCounted),
            (left, right) => Ok(left as f64 / (left + right) as f64),
        }
    }

    /// The shares of the left that these preferences are not unlikely under, at the level .95 (Clopper & Pearson).
    pub fn interval(&self) -> Result<(f64, f64), NoFigure> {
        let (left, right) = self.decisive()?;
        binomial::interval(left, left.saturating_add(right), 0.95).map_err(|_| NoFigure::Impossible)
    }

    /// The exact two-sided p-value of no preference for a side: 1 if there is no preference at all.
    ///
    /// It supposes that which response is on which side was left to chance. Source: the sign test.
    pub fn p_value(&self) -> Result<f64, NoFigure> {
        self.decisive().map(|(left, right)| binomial::even_odds(left, right))
    }
}

/// What became of a comparison that was shown again with its sides swapped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Swap {
    /// The same response was preferred on either side, or none both times.
    Consistent,
    /// The left was preferred both times, so each response once.
    LeftTwice,
    /// The right was preferred both times, so each response once.
    RightTwice,
    /// A preference became a tie, or a tie a preference.
    Undecided,
}

impl Swap {
    /// The outcome of a comparison and of the same with its sides swapped.
    #[must_use]
    pub fn of(first: Side, swapped: Side) -> Self {
        match (first, swapped) {
            (Side::Left, Side::Left) => Self::LeftTwice,
            (Side::Right, Side::Right) => Self::RightTwice,
            (Side::Left, Side::Right) | (Side::Right, Side::Left) | (Side::Tie, Side::Tie) => Self::Consistent,
            (Side::Tie, _) | (_, Side::Tie) => Self::Undecided,
        }
    }
}

/// What became of comparisons that were shown again with their sides swapped.
pub type Swaps = Tally<Swap>;

impl Tally<Swap> {
    /// The exact p-value of no preference for a side, of the comparisons that changed with the sides: 1 if none did.
    ///
    /// Unlike [`Position`]'s it holds for any assignment of sides, because each comparison is its own control.
    ///
    /// Source: `McNemar` (1947), *Psychometrika* 12(2), exact by the binomial distribution.
    pub fn p_value(&self) -> Result<f64, NoFigure> {
        let count = |swap| u64::try_from(self.of(&swap)).map_err(|_| NoFigure::Impossible);
        Ok(binomial::even_odds(count(Swap::LeftTwice)?, count(Swap::RightTwice)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn position(left: i64, right: i64, tie: i64) -> Position {
        Tally::from_rows([(Side::Left, left), (Side::Right, right), (Side::Tie, tie)])
    }

    #[test]
    fn ties_say_nothing_of_a_side() {
        assert_eq!(position(3, 1, 90).left_share(), Ok(0.75));
        assert_eq!(position(3, 1, 90).interval(), position(3, 1, 0).interval());
        assert_eq!(position(3, 1, 90).p_value(), position(3, 1, 0).p_value());
        assert_eq!(position(0, 0, 5).left_share(), Err(NoFigure::NothingCounted));
        assert_eq!(position(0, 0, 5).p_value(), Ok(1.0));
    }

    #[test]
    fn the_p_value_is_that_of_a_coin() {
        let p = position(9, 1, 0).p_value().expect("counted");
        assert!((p - 2.0 * 11.0 / 1024.0).abs() < 1e-14, "{p}");
        assert_eq!(position(-1, 1, 0).p_value(), Err(NoFigure::Impossible));
    }

    #[test]
    fn a_swap_follows_the_response_or_the_side() {
        assert_eq!(Swap::of(Side::Left, Side::Right), Swap::Consistent);
        assert_eq!(Swap::of(Side::Left, Side::Left), Swap::LeftTwice);
        assert_eq!(Swap::of(Side::Right, Side::Right), Swap::RightTwice);
        assert_eq!(Swap::of(Side::Right, Side::Tie), Swap::Undecided);
        assert_eq!(Swap::of(Side::Tie, Side::Tie), Swap::Consistent);
    }

    #[test]
    fn only_swaps_that_followed_a_side_count() {
        let swaps = Swaps::from_rows([(Swap::LeftTwice, 6), (Swap::Consistent, 50), (Swap::Undecided, 7)]);
        let p = swaps.p_value().expect("counted");
        assert!((p - 2.0 / 64.0).abs() < 1e-15, "{p}");
        assert_eq!(Swaps::new().p_value(), Ok(1.0));
    }
}
