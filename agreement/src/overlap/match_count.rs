//! How many marks matched.

use crate::Undefined;

/// What became of the marks of two annotators, in any number of units.
///
/// Integers modulo 2⁶⁴: adding a unit's counts and taking them back are exact inverses, in any order, and a difference may
/// hold negative ones. Over several pairs of annotators the counts add up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MatchCount {
    /// Marks of one that match a mark of the other: so many pairs.
    pub matched: i64,
    /// Marks that only the first of the two has made.
    pub only_first: i64,
    /// Marks that only the second has made.
    pub only_second: i64,
    /// The sum of the overlaps of matched marks, each rounded to billionths.
    pub overlap_billionths: i64,
}

impl MatchCount {
    /// Adds a unit's counts, or those of another pair of annotators.
    pub fn add(&mut self, other: Self) {
        self.combine(other, i64::wrapping_add);
    }

    /// Takes counts back, as they were when they were added.
    pub fn retract(&mut self, other: Self) {
        self.combine(other, i64::wrapping_sub);
    }

    fn combine(&mut self, other: Self, operation: fn(i64, i64) -> i64) {
        self.matched = operation(self.matched, other.matched);
        self.only_first = operation(self.only_first, other.only_first);
        self.only_second = operation(self.only_second, other.only_second);
        self.overlap_billionths = operation(self.overlap_billionths, other.overlap_billionths);
    }

    /// The F measure of one annotator against the other, 0 to 1: the share of all marks that match one of the other's.
    ///
    /// Undefined where nobody marked anything.
    pub fn f1(self) -> Result<f64, Undefined> {
        let marks = self.marks()?;
        Ok((2 * i128::from(self.matched)) as f64 / marks as f64)
    }

    /// The mean overlap of matched marks, from the threshold to 1: how exactly the same things were marked.
    ///
    /// Undefined where nothing matched.
    pub fn mean_overlap(self) -> Result<f64, Undefined> {
        self.marks()?;
        if self.matched == 0 {
            return Err(Undefined::NoPairableValues);
        }
        Ok(self.overlap_billionths as f64 / 1e9 / self.matched as f64)
    }

    /// The mean over all marks of their overlap with the matched one, which is 0 for those without one; 0 to 1.
    ///
    /// The F measure with every match only as much as it overlaps. Undefined where nobody marked anything.
    pub fn soft_f1(self) -> Result<f64, Undefined> {
        let marks = self.marks()?;
        Ok((2 * i128::from(self.overlap_billionths)) as f64 / 1e9 / marks as f64)
    }

    /// The marks of both; at least 1.
    fn marks(self) -> Result<i128, Undefined> {
        let [matched, first, second, overlap] =
            [self.matched, self.only_first, self.only_second, self.overlap_billionths].map(i128::from);
        if matched < 0 || first < 0 || second < 0 || overlap < 0 || overlap > matched * 1_000_000_000 {
            return Err(Undefined::Impossible);
        }
        match 2 * matched + first + second {
            0 => Err(Undefined::NoPairableValues),
            marks => Ok(marks),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COUNT: MatchCount =
        MatchCount { matched: 3, only_first: 1, only_second: 3, overlap_billionths: 2_400_000_000 };

    #[test]
    fn figures_are_of_the_sums() {
        assert_eq!(COUNT.f1(), Ok(0.6));
        assert_eq!(COUNT.mean_overlap(), Ok(2.4 / 3.0));
        assert_eq!(COUNT.soft_f1(), Ok(0.48));
    }

    #[test]
    fn counts_are_taken_back_as_they_were_added() {
        let mut count = MatchCount::default();
        count.retract(COUNT);
        assert_eq!(count.f1(), Err(Undefined::Impossible));
        count.add(COUNT);
        assert_eq!(count, MatchCount::default());
    }

    #[test]
    fn without_marks_there_is_no_figure() {
        assert_eq!(MatchCount::default().f1(), Err(Undefined::NoPairableValues));
        let nothing_matched = MatchCount { only_first: 2, ..MatchCount::default() };
        assert_eq!(nothing_matched.f1(), Ok(0.0));
        assert_eq!(nothing_matched.soft_f1(), Ok(0.0));
        assert_eq!(nothing_matched.mean_overlap(), Err(Undefined::NoPairableValues));
        let damaged = MatchCount { overlap_billionths: 1, ..nothing_matched };
        assert_eq!(damaged.f1(), Err(Undefined::Impossible));
    }
}
