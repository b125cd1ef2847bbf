//! Ratings of every unit by every annotator.

/// A complete block: each of the annotators has rated each of the units.
///
/// What compares annotators' levels or rankings needs it; a missing rating has no place here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CrossedRatings<V> {
    annotators: usize,
    /// Unit by unit, each with its annotators in the same order.
    values: Vec<V>,
}

/// Why ratings are no complete block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotCrossed {
    /// Some units have more ratings than others.
    #[error("not every unit has as many ratings as the first")]
    Ragged,
    /// There is nothing to compare.
    #[error("fewer than two units or fewer than two annotators")]
    TooFew,
}

impl<V> CrossedRatings<V> {
    /// Takes units, each with its ratings in the order of the annotators; at least two of either.
    pub fn from_units<U: IntoIterator<Item = V>>(units: impl IntoIterator<Item = U>) -> Result<Self, NotCrossed> {
        let mut values = Vec::new();
        let mut annotators = None;
        for unit in units {
            let start = values.len();
            values.extend(unit);
            let ratings = values.len() - start;
            if *annotators.get_or_insert(ratings) != ratings {
                return Err(NotCrossed::Ragged);
            }
        }
        let annotators = annotators.unwrap_or(0);
        // No units of no ratings either.
        if annotators < 2 || values.len() < 2 * annotators {
            Err(NotCrossed::TooFew)
        } else {
            Ok(Self { annotators, values })
        }
    }

    /// How many annotators there are, at least 2.
    #[must_use]
    pub const fn annotators(&self) -> usize {
        self.annotators
    }

    /// How many units there are, at least 2.
    #[must_use]
    pub fn units(&self) -> usize {
        self.values.len() / self.annotators
    }

    /// Each unit's ratings, in the order of the annotators.
    pub fn by_unit(&self) -> std::slice::ChunksExact<'_, V> {
        self.values.chunks_exact(self.annotators)
    }

    /// An annotator's ratings, in the order of the units; the index is below [`annotators`](Self::annotators).
    pub(crate) fn of_annotator(&self, annotator: usize) -> impl Iterator<Item = &V> {
        self.values.iter().skip(annotator).step_by(self.annotators)
    }
}

impl<V: Clone> CrossedRatings<V> {
    /// Takes annotators, each with their ratings in the order of the units; at least two of either.
    pub fn from_annotators<A: IntoIterator<Item = V>>(
        annotators: impl IntoIterator<Item = A>,
    ) -> Result<Self, NotCrossed> {
        let turned = Self::from_units(annotators)?;
        let values = (0..turned.annotators).flat_map(|unit| turned.of_annotator(unit).cloned()).collect();
        Ok(Self { annotators: turned.units(), values })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn either_side_may_come_first() {
        let by_unit = CrossedRatings::from_units([[1, 2], [3, 4], [5, 6]]).expect("complete");
        assert_eq!(CrossedRatings::from_annotators([[1, 3, 5], [2, 4, 6]]), Ok(by_unit.clone()));
        assert_eq!((by_unit.units(), by_unit.annotators()), (3, 2));
        assert_eq!(by_unit.of_annotator(1).collect::<Vec<_>>(), [&2, &4, &6]);
    }

    #[test]
    fn what_is_missing_is_not_made_up() {
        assert_eq!(CrossedRatings::from_units([vec![1, 2], vec![3]]), Err(NotCrossed::Ragged));
        assert_eq!(CrossedRatings::from_annotators([vec![1, 2], vec![3]]), Err(NotCrossed::Ragged));
        assert_eq!(CrossedRatings::<u8>::from_units([[]; 3]), Err(NotCrossed::TooFew));
        assert_eq!(CrossedRatings::from_units([[1, 2]]), Err(NotCrossed::TooFew));
        assert_eq!(CrossedRatings::from_units([[1], [2]]), Err(NotCrossed::TooFew));
        assert_eq!(CrossedRatings::<u8>::from_units::<Vec<u8>>([]), Err(NotCrossed::TooFew));
    }
}
