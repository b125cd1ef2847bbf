//! Sums of rounded numbers that don't depend on an order.

/// The sum of numbers, from the least to the greatest.
///
/// Rounding makes a sum depend on the order of its terms, and that of categories or of raters is one of names. The
/// order of magnitude is one of the terms alone.
pub(crate) fn sum(terms: impl IntoIterator<Item = f64>) -> f64 {
    let mut terms: Vec<f64> = terms.into_iter().collect();
    terms.sort_unstable_by(f64::total_cmp);
    terms.iter().sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_of_terms_does_not_matter() {
        let terms = [0.1, 1e16, -1e16, 0.2, 0.3, 7.0];
        let mut rotated = terms;
        for _ in &terms {
            rotated.rotate_left(1);
            assert_eq!(sum(rotated).to_bits(), sum(terms).to_bits());
        }
        assert!((sum([0.5, 0.25]) - 0.75).abs() < f64::EPSILON);
    }
}
