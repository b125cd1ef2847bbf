//! The ratings of one unit, as counts: who gave them doesn't matter to an agreement over all annotators.

/// How often each category was chosen for one unit (task).
///
/// It holds at most 2³² − 1 ratings. Units are ordered by their least category, then by how often it was chosen, and
/// so on: any order would do that the ratings alone determine.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Unit<C> {
    /// `(c, n_uc)` by rising category, no count zero: two units with the same ratings are equal, whatever was removed
    /// on the way. A sorted list, because a unit has few ratings and there may be millions of units.
    counts: Vec<(C, u32)>,
}

/// A value was to be taken back that isn't among those counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a value that was not counted can't be removed")]
pub struct NotCounted;

impl<C: Ord + Clone> Unit<C> {
    /// A unit that nobody has rated.
    #[must_use]
    pub const fn new() -> Self {
        Self { counts: Vec::new() }
    }

    /// Counts one more rating.
    pub fn add(&mut self, category: &C) {
        match self.place_of(category) {
            Ok(place) => self.counts[place].1 += 1,
            Err(place) => self.counts.insert(place, (category.clone(), 1)),
        }
    }

    /// Takes one rating back; on an error nothing has changed.
    pub fn remove(&mut self, category: &C) -> Result<(), NotCounted> {
        let place = self.place_of(category).map_err(|_| NotCounted)?;
        self.counts[place].1 -= 1;
        if self.counts[place].1 == 0 {
            self.counts.remove(place);
        }
        Ok(())
    }

    /// `m_u`, the number of ratings.
    #[must_use]
    pub fn ratings(&self) -> u32 {
        self.counts.iter().map(|&(_, count)| count).sum()
    }

    /// Each category that was chosen and how often, `n_uc`, by rising category.
    #[must_use]
    pub fn counts(&self) -> impl ExactSizeIterator<Item = (&C, u32)> {
        self.counts.iter().map(|(category, count)| (category, *count))
    }

    /// The ratings by rising category: a category comes as often as it was chosen. Collected, they are the unit again.
    pub fn values(&self) -> impl Iterator<Item = &C> {
        self.counts().flat_map(|(category, count)| (0..count).map(move |_| category))
    }

    /// Where a category is, or else where it belongs.
    fn place_of(&self, category: &C) -> Result<usize, usize> {
        self.counts.binary_search_by(|(counted, _)| counted.cmp(category))
    }
}

impl<C: Ord + Clone> Default for Unit<C> {
    fn default() -> Self {
        Self::new()
    }
}

impl<C: Ord + Clone> FromIterator<C> for Unit<C> {
    /// The unit with these ratings, in any order.
    fn from_iter<I: IntoIterator<Item = C>>(ratings: I) -> Self {
        let mut counts: Vec<(C, u32)> = ratings.into_iter().map(|category| (category, 1)).collect();
        // Stable, so that nothing depends on what `Ord` leaves out of account.
        counts.sort_by(|(a, _), (b, _)| a.cmp(b));
        counts.dedup_by(|(next, count), (kept, of_kept)| {
            let same = next == kept;
            *of_kept += if same { *count } else { 0 };
            same
        });
        counts.shrink_to_fit();
        Self { counts }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unit(ratings: &str) -> Unit<char> {
        ratings.chars().collect()
    }

    #[test]
    fn adding_is_the_same_as_having_been_rated() {
        let mut added = Unit::default();
        for category in ['b', 'a', 'b'] {
            added.add(&category);
        }
        assert_eq!(added, unit("abb"));
        assert_eq!(added.ratings(), 3);
    }

    #[test]
    fn a_unit_gives_its_ratings_back_in_order() {
        let rated = unit("cabca");
        assert_eq!(rated.values().collect::<String>(), "aabcc");
        assert_eq!(rated.counts().collect::<Vec<_>>(), [(&'a', 2), (&'b', 1), (&'c', 2)]);
        assert_eq!(rated.values().copied().collect::<Unit<_>>(), rated);
    }

    #[test]
    fn a_removed_value_leaves_no_trace() {
        let mut left = unit("aab");
        left.remove(&'b').expect("counted");
        left.remove(&'a').expect("counted");
        assert_eq!(left, unit("a"));
        assert_eq!(left.ratings(), 1);
    }

    #[test]
    fn a_value_that_is_not_there_is_not_removed() {
        let mut left = unit("aa");
        assert_eq!(left.remove(&'b'), Err(NotCounted));
        left.remove(&'a').expect("counted");
        left.remove(&'a').expect("counted");
        assert_eq!(left.remove(&'a'), Err(NotCounted));
        assert_eq!(left, Unit::new());
    }
}
