//! The categories that could be chosen, and how far apart they are.

use std::collections::BTreeMap;

use crate::{ReliabilityData, Value};

/// All categories of a question in order, each at a position.
///
/// A coefficient that counts the categories, or weighs their distances, needs those that nobody chose as well.
#[derive(Clone, Debug, PartialEq)]
pub struct Scale<C> {
    /// The place of each category in the order, from 0.
    places: BTreeMap<C, usize>,
    /// By place, rising.
    positions: Vec<f64>,
}

/// A category that is twice on a scale.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a category is twice on the scale")]
pub struct Repeated;

/// How much two ratings agree, from 1 for the same category down to 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Weighting {
    /// 1 if they are the same, else 0.
    Identity,
    /// `1 − |x − y| / (max − min)` of their positions.
    Linear,
    /// `1 − (x − y)² / (max − min)²` of their positions.
    Quadratic,
    /// `1 − d (d + 1) / (K (K − 1))`, if they are `d` places apart on a scale of `K`: positions don't matter.
    Ordinal,
}

impl<C: Ord + Clone> Scale<C> {
    /// Categories in this order, one step apart.
    pub fn evenly_spaced(categories: impl IntoIterator<Item = C>) -> Result<Self, Repeated> {
        let mut places = BTreeMap::new();
        let mut positions = Vec::new();
        for (place, category) in categories.into_iter().enumerate() {
            if places.insert(category, place).is_some() {
                return Err(Repeated);
            }
            positions.push(place as f64);
        }
        Ok(Self { places, positions })
    }

    /// The categories that occur in the data, in their order, one step apart.
    #[must_use]
    pub fn of(data: &ReliabilityData<C>) -> Self {
        let places: BTreeMap<C, usize> =
            data.categories().into_iter().enumerate().map(|(place, category)| (category.clone(), place)).collect();
        let positions = (0..places.len()).map(|place| place as f64).collect();
        Self { places, positions }
    }

    /// `K`, the number of categories.
    #[must_use]
    pub fn len(&self) -> usize {
        self.positions.len()
    }

    /// Whether there is no category.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.positions.is_empty()
    }

    pub(crate) fn place(&self, category: &C) -> Option<usize> {
        self.places.get(category).copied()
    }

    /// How much ratings at two places, both below [`len`](Self::len), agree.
    pub(crate) fn weight(&self, weighting: Weighting, first: usize, second: usize) -> f64 {
        if first == second {
            return 1.0;
        }
        let last = self.positions.len() - 1;
        let distance = (self.positions[first] - self.positions[second]).abs();
        let part = distance / (self.positions[last] - self.positions[0]);
        let steps = first.abs_diff(second) as f64;
        match weighting {
            Weighting::Identity => 0.0,
            Weighting::Linear => 1.0 - part,
            Weighting::Quadratic => 1.0 - part.powi(2),
            Weighting::Ordinal => 1.0 - steps * (steps + 1.0) / ((last + 1) as f64 * last as f64),
        }
    }
}

impl Scale<Value> {
    /// Numbers in any order, each at the position that it says.
    pub fn of_numbers(numbers: impl IntoIterator<Item = Value>) -> Result<Self, Repeated> {
        let mut numbers: Vec<Value> = numbers.into_iter().collect();
        numbers.sort_unstable();
        let mut scale = Self::evenly_spaced(numbers.iter().copied())?;
        // Halved, so that the distance of any two is finite.
        scale.positions = numbers.iter().map(|number| number.get() / 2.0).collect();
        Ok(scale)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn weights<C: Ord + Clone>(scale: &Scale<C>, weighting: Weighting) -> Vec<f64> {
        (0..scale.len()).map(|place| scale.weight(weighting, 0, place)).collect()
    }

    #[test]
    fn weights_fall_with_distance() {
        let scale = Scale::evenly_spaced(["poor", "fair", "good"]).expect("distinct");
        assert_eq!(weights(&scale, Weighting::Identity), [1.0, 0.0, 0.0]);
        assert_eq!(weights(&scale, Weighting::Linear), [1.0, 0.5, 0.0]);
        assert_eq!(weights(&scale, Weighting::Quadratic), [1.0, 0.75, 0.0]);
        assert_eq!(weights(&scale, Weighting::Ordinal), [1.0, 1.0 - 2.0 / 6.0, 0.0]);
    }

    #[test]
    fn numbers_are_where_they_say() {
        let scale = Scale::of_numbers([5, 1, 2].map(Value::from)).expect("distinct");
        assert_eq!(weights(&scale, Weighting::Linear), [1.0, 0.75, 0.0]);
        let widest = Scale::of_numbers([f64::MIN, 0.0, f64::MAX].map(|x| Value::new(x).expect("finite")));
        assert_eq!(weights(&widest.expect("distinct"), Weighting::Linear), [1.0, 0.5, 0.0]);
    }

    #[test]
    fn a_category_is_on_a_scale_once() {
        assert_eq!(Scale::evenly_spaced(["a", "b", "a"]), Err(Repeated));
        assert_eq!(Scale::of_numbers([1, 1].map(Value::from)), Err(Repeated));
    }
}
