//! Reliability data from many ratings at once.

use std::{
    collections::HashMap,
    hash::{BuildHasherDefault, DefaultHasher, Hash},
    iter,
    ops::Range,
};

use super::ReliabilityData;
use crate::Unit;

/// Why ratings could not be counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Uncountable {
    /// A rating of a unit that is beyond the number of units.
    #[error("a rating of a unit beyond the number of units")]
    NoSuchUnit,
    /// More than 2³² − 1 ratings.
    #[error("more than 2^32 - 1 ratings")]
    TooMany,
}

/// Units with the same ratings, counted by hashes without a key of their own: the same on every machine.
type Counts<'a, C> = HashMap<&'a [C], i64, BuildHasherDefault<DefaultHasher>>;

impl<C: Ord + Hash + Copy> ReliabilityData<C> {
    /// Counts ratings in any order, each given as the unit's index, below `units`, and the category.
    ///
    /// The iterator is walked twice, to find how many ratings each unit has and then to put them side by side: so a
    /// rating takes the memory of a `C`, and a unit takes 4 bytes. A unit without ratings is not counted.
    pub fn from_dense(units: u32, ratings: impl Iterator<Item = (u32, C)> + Clone) -> Result<Self, Uncountable> {
        let mut ends = starts(units, ratings.clone().map(|(unit, _)| unit))?;
        let mut sorted: Vec<C> = Vec::new();
        if let Some((_, any)) = ratings.clone().next() {
            sorted.resize(ends.last().map_or(0, |&end| end as usize), any);
        }
        for (unit, category) in ratings {
            // Where the unit's next rating belongs; after the last one, where the unit ends.
            let next = ends.get_mut(unit as usize).ok_or(Uncountable::NoSuchUnit)?;
            *sorted.get_mut(*next as usize).ok_or(Uncountable::NoSuchUnit)? = category;
            *next += 1;
        }
        ends.pop();
        Ok(counted(&mut sorted, &ends))
    }
}

/// Where the ratings of each unit start if they lie side by side, and at last where all end.
fn starts(units: u32, ratings: impl Iterator<Item = u32>) -> Result<Vec<u32>, Uncountable> {
    let mut starts = vec![0u32; units as usize + 1];
    for unit in ratings {
        let count = starts[..units as usize].get_mut(unit as usize).ok_or(Uncountable::NoSuchUnit)?;
        *count = count.checked_add(1).ok_or(Uncountable::TooMany)?;
    }
    let mut start = 0u32;
    for entry in &mut starts {
        let count = std::mem::replace(entry, start);
        start = start.checked_add(count).ok_or(Uncountable::TooMany)?;
    }
    Ok(starts)
}

/// Counts units that lie side by side and end here.
fn counted<C: Ord + Hash + Copy>(sorted: &mut [C], ends: &[u32]) -> ReliabilityData<C> {
    for unit in ranges(ends) {
        sorted.get_mut(unit).unwrap_or_default().sort_unstable();
    }
    let mut counts = Counts::default();
    for unit in ranges(ends) {
        *counts.entry(sorted.get(unit).unwrap_or_default()).or_default() += 1;
    }
    // The order of hashes ends here, where units are put in order.
    counts.into_iter().map(|(ratings, count)| (ratings.iter().copied().collect::<Unit<_>>(), count)).collect()
}

/// Where each unit lies.
fn ranges(ends: &[u32]) -> impl Iterator<Item = Range<usize>> {
    let starts = iter::once(&0).chain(ends);
    starts.zip(ends).map(|(&start, &end)| start as usize..end as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dense(units: u32, ratings: &[(u32, u8)]) -> Result<ReliabilityData<u8>, Uncountable> {
        ReliabilityData::from_dense(units, ratings.iter().copied())
    }

    #[test]
    fn ratings_in_any_order_are_the_same_units() {
        let rated = dense(5, &[(4, 2), (0, 1), (4, 1), (2, 7), (0, 2), (4, 1), (3, 7)]);
        let units = [Unit::from_iter([1, 2]), Unit::from_iter([7]), Unit::from_iter([7]), Unit::from_iter([1, 1, 2])];
        assert_eq!(rated, Ok(ReliabilityData::from_iter(units)));
    }

    #[test]
    fn no_rating_is_no_data_and_a_unit_beyond_the_number_is_refused() {
        assert_eq!(dense(0, &[]), Ok(ReliabilityData::new()));
        assert_eq!(dense(3, &[]), Ok(ReliabilityData::new()));
        assert_eq!(dense(3, &[(2, 1), (3, 1)]), Err(Uncountable::NoSuchUnit));
    }
}
