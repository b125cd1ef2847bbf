//! Leniency and severity: whether an annotator rates higher or lower than the others who rate the same.

use std::collections::BTreeMap;

use super::NoFigure;

/// One rating against the mean of the other ratings of its unit, as an integer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Residual {
    /// `m_u − 1`, the ratings of the unit by others; at least 1.
    pub others: u32,
    /// `others` times the rating, minus the sum of the others: the residual is this divided by `others`.
    pub scaled: i64,
}

impl Residual {
    /// A rating against those of the others; nothing if there are none, or if a product doesn't fit an `i64`.
    ///
    /// Ratings are whole numbers; those of a real scale are given in its smallest step.
    #[must_use]
    pub fn against(own: i64, others: &[i64]) -> Option<Self> {
        let count = u32::try_from(others.len()).ok().filter(|&count| count > 0)?;
        let sum = others.iter().try_fold(0_i64, |sum, &other| sum.checked_add(other))?;
        let scaled = own.checked_mul(i64::from(count))?.checked_sub(sum)?;
        Some(Self { others: count, scaled })
    }

    /// Each rating of a unit against the others, in the order given; none if there are fewer than two.
    ///
    /// Nothing if a product doesn't fit an `i64`.
    #[must_use]
    pub fn each(ratings: &[i64]) -> Option<Vec<Self>> {
        let count = i64::try_from(ratings.len()).ok()?;
        let others = u32::try_from(count - 1).unwrap_or_default();
        if others == 0 {
            return Some(Vec::new());
        }
        let sum = ratings.iter().try_fold(0_i64, |sum, &rating| sum.checked_add(rating))?;
        // (m − 1) x − (sum − x) = m x − sum
        let scaled = |rating: &i64| rating.checked_mul(count)?.checked_sub(sum);
        ratings.iter().map(|rating| Some(Self { others, scaled: scaled(rating)? })).collect()
    }

    /// The rating minus the mean of the others, in steps of the scale; nothing if there are no others.
    #[must_use]
    pub fn value(self) -> Option<f64> {
        (self.others > 0).then(|| self.scaled as f64 / f64::from(self.others))
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Sum {
    ratings: i64,
    scaled: i128,
}

/// The sum of an annotator's residuals, apart for each number of others.
///
/// Against the mean of the others and not of all, because one's own rating would draw the mean along: by half in a
/// unit of two, and by a fifth in one of five. Against raw means it would be the luck of which tasks one was given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Leniency {
    /// Never two zeros: equal sums are equal values, however they came about.
    by_others: BTreeMap<u32, Sum>,
}

impl Leniency {
    /// Nothing yet.
    #[must_use]
    pub const fn new() -> Self {
        Self { by_others: BTreeMap::new() }
    }

    /// Counts a rating.
    pub fn add(&mut self, residual: Residual) {
        self.count(residual.others, 1, i128::from(residual.scaled));
    }

    /// Takes a rating back, with the residual that it was counted with.
    pub fn remove(&mut self, residual: Residual) {
        self.count(residual.others, -1, -i128::from(residual.scaled));
    }

    /// Adds a stored row: so many ratings beside so many others, and the sum of their scaled residuals.
    pub fn count(&mut self, others: u32, ratings: i64, scaled: i128) {
        let sum = self.by_others.entry(others).or_default();
        sum.ratings = sum.ratings.saturating_add(ratings);
        sum.scaled = sum.scaled.saturating_add(scaled);
        if *sum == Sum::default() {
            self.by_others.remove(&others);
        }
    }

    /// The rows to store, by rising number of others: others, ratings, sum of scaled residuals.
    #[must_use]
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (u32, i64, i128)> {
        self.by_others.iter().map(|(&others, sum)| (others, sum.ratings, sum.scaled))
    }

    /// Adds the sums of `other`.
    pub fn merge(&mut self, other: &Self) {
        for (others, ratings, scaled) in other.iter() {
            self.count(others, ratings, scaled);
        }
    }

    /// The ratings that could be compared; at least 1.
    pub fn ratings(&self) -> Result<u64, NoFigure> {
        let mut ratings = 0_u64;
        for sum in self.by_others.values() {
            let number = u64::try_from(sum.ratings).map_err(|_| NoFigure::Impossible)?;
            ratings = ratings.checked_add(number).ok_or(NoFigure::Impossible)?;
        }
        if ratings == 0 { Err(NoFigure::NothingCounted) } else { Ok(ratings) }
    }

    /// The mean residual in steps of the scale: above 0 if the annotator rates higher than the others.
    ///
    /// One division for each number of others, by rising number: the same bits in any order of events.
    pub fn mean(&self) -> Result<f64, NoFigure> {
        if self.by_others.contains_key(&0) {
            return Err(NoFigure::Impossible);
        }
        let ratings = self.ratings()? as f64;
        let sum: f64 = self.by_others.iter().map(|(&others, sum)| sum.scaled as f64 / f64::from(others)).sum();
        Ok(sum / ratings)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn residual(own: i64, others: &[i64]) -> Residual {
        Residual::against(own, others).expect("compared")
    }

    #[test]
    fn a_residual_is_against_the_mean_of_the_others() {
        let mut leniency = Leniency::new();
        leniency.add(residual(5, &[3, 4]));
        assert_eq!(residual(5, &[3, 4]).value(), Some(1.5));
        let each = Residual::each(&[5, 3, 4]).expect("small");
        assert_eq!(each, [residual(5, &[3, 4]), residual(3, &[5, 4]), residual(4, &[5, 3])]);
        assert_eq!(Residual::each(&[5]), Some(vec![]));
        assert_eq!(Residual::each(&[]), Some(vec![]));
        assert_eq!(Residual::each(&[i64::MAX, 1]), None);
        assert_eq!(leniency.mean(), Ok(1.5));
        leniency.add(residual(1, &[4]));
        assert_eq!(leniency.mean(), Ok(-0.75));
        assert_eq!(leniency.ratings(), Ok(2));
    }

    #[test]
    fn what_is_removed_leaves_no_trace() {
        let mut leniency = Leniency::new();
        leniency.remove(residual(5, &[3, 4]));
        assert_eq!(leniency.mean(), Err(NoFigure::Impossible));
        leniency.add(residual(5, &[3, 4]));
        assert_eq!(leniency, Leniency::default());
        assert_eq!(leniency.mean(), Err(NoFigure::NothingCounted));
    }

    #[test]
    fn rows_come_back_as_they_were_stored() {
        let mut leniency = Leniency::new();
        leniency.add(residual(5, &[3, 4]));
        leniency.add(residual(2, &[4]));
        let mut loaded = Leniency::new();
        for (others, ratings, scaled) in leniency.iter() {
            loaded.count(others, ratings, scaled);
        }
        assert_eq!(loaded, leniency);
        loaded.merge(&leniency);
        assert_eq!(loaded.ratings(), Ok(4));
    }

    #[test]
    fn what_cannot_be_compared_is_no_residual() {
        assert_eq!(Residual::against(1, &[]), None);
        assert_eq!(Residual::against(i64::MAX, &[1, 2]), None);
        let mut leniency = Leniency::new();
        leniency.count(0, 1, 1);
        assert_eq!(leniency.mean(), Err(NoFigure::Impossible));
    }
}
