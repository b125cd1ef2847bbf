//! How probable each category is for each item.

/// A distribution over categories for each item.
#[derive(Clone, Debug, PartialEq)]
pub struct Posterior {
    categories: usize,
    /// Item by item, a probability for each category.
    probabilities: Vec<f64>,
}

impl Posterior {
    /// Of a table with a row for each item and a column for each of the `categories`, at least one.
    pub(crate) fn new(categories: usize, probabilities: Vec<f64>) -> Self {
        debug_assert!(categories > 0 && probabilities.len().is_multiple_of(categories));
        Self { categories, probabilities }
    }

    /// The number of items.
    #[must_use]
    pub fn items(&self) -> usize {
        self.probabilities.len() / self.categories
    }

    /// The probability of each category for an item, 0 to 1 each and 1 in all; nothing if there is no such item.
    #[must_use]
    pub fn of(&self, item: u32) -> Option<&[f64]> {
        let start = usize::try_from(item).ok()?.checked_mul(self.categories)?;
        self.probabilities.get(start..start + self.categories)
    }

    /// The most probable category of an item and its probability; the lowest category of several that are equally
    /// probable.
    #[must_use]
    pub fn most_likely(&self, item: u32) -> Option<(u32, f64)> {
        self.of(item).map(first_greatest)
    }

    /// The entropy of an item's distribution in bits: 0 where one category is certain, `log₂ K` where all `K` are
    /// equally probable.
    #[must_use]
    pub fn entropy(&self, item: u32) -> Option<f64> {
        let bits = |&probability: &f64| if probability > 0.0 { -probability * probability.log2() } else { 0.0 };
        self.of(item).map(|row| row.iter().map(bits).sum())
    }

    /// Each item's distribution, in the order of items.
    pub fn iter(&self) -> impl Iterator<Item = &[f64]> {
        self.probabilities.chunks_exact(self.categories)
    }
}

/// The first of the greatest values, and where it is; there must be one.
fn first_greatest(values: &[f64]) -> (u32, f64) {
    let first = (0, values.first().copied().unwrap_or(f64::NAN));
    (0..).zip(values).fold(first, |best, (category, &value)| if value > best.1 { (category, value) } else { best })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lowest_of_equally_probable_categories_is_taken() {
        let posterior = Posterior::new(3, vec![0.2, 0.4, 0.4, 1.0, 0.0, 0.0]);
        assert_eq!(posterior.items(), 2);
        assert_eq!(posterior.most_likely(0), Some((1, 0.4)));
        assert_eq!(posterior.most_likely(1), Some((0, 1.0)));
        assert_eq!(posterior.most_likely(2), None);
        assert_eq!(posterior.iter().count(), 2);
    }

    #[test]
    fn entropy_is_in_bits() {
        let posterior = Posterior::new(4, vec![0.25, 0.25, 0.25, 0.25, 0.5, 0.5, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0]);
        assert_eq!([0, 1, 2, 3].map(|item| posterior.entropy(item)), [Some(2.0), Some(1.0), Some(0.0), None]);
    }
}
