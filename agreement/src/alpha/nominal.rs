//! Alpha where categories have no order: two ratings are the same, or they are not.

use crate::{ReliabilityData, Undefined, pairable::PairableValues};

/// Krippendorff's alpha for nominal data: `1 − D_o / D_e`.
///
/// `D_o` is the share of pairs that differ, `D_e` that expected by chance; in coincidences it is
/// `1 − (n − 1) Σ o_ck / Σ n_c n_k`, both sums over `c ≠ k`.
///
/// At most 1. Systematic disagreement makes it negative, but never less than `−1 + 2/n`. Units may have any number of
/// ratings, and those with one are left out.
///
/// `n`, `n_c` and `Σ n_c n_k` are integers. `Σ o_ck` is a sum of one quotient for each number of ratings that
/// occurs, in rising order, and after it only a product, a quotient and a difference are rounded. So the same
/// ratings give the same bits, whatever the order of events, of units or of annotators, and whatever the categories
/// are called.
///
/// Undefined without two ratings of one unit, and also where all pairable values are of one category: `D_e` is then
/// 0, and the ratings don't show whether the annotators could have told another category from it.
///
/// Source: Krippendorff, *Content Analysis* (2018), chapter 12; Hayes & Krippendorff (2007).
pub fn nominal<C: Ord + Clone>(data: &ReliabilityData<C>) -> Result<f64, Undefined> {
    let values = PairableValues::of(data)?;
    let expected = values.differing_by_chance();
    if expected == 0 {
        return Err(Undefined::OneCategory);
    }
    let others = values.total() - 1;
    Ok(1.0 - others as f64 * values.differing() / expected as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Unit;

    fn alpha(units: &[&str]) -> Result<f64, Undefined> {
        let data: ReliabilityData<char> = units.iter().map(|ratings| ratings.chars().collect::<Unit<_>>()).collect();
        nominal(&data)
    }

    #[test]
    fn full_agreement_on_two_categories_is_exactly_one() {
        assert_eq!(alpha(&["aa", "bbb"]), Ok(1.0));
    }

    #[test]
    fn full_disagreement_reaches_the_lower_bound() {
        assert_eq!(alpha(&["ab", "ab"]), Ok(-1.0 + 2.0 / 4.0));
        assert_eq!(alpha(&["ab", "ba", "ab", "ba"]), Ok(-1.0 + 2.0 / 8.0));
    }

    #[test]
    fn without_a_pair_it_is_undefined() {
        assert_eq!(alpha(&[]), Err(Undefined::NoPairableValues));
        assert_eq!(alpha(&["a", "b", "a"]), Err(Undefined::NoPairableValues));
    }

    #[test]
    fn with_one_category_it_is_undefined() {
        assert_eq!(alpha(&["aa", "aaa"]), Err(Undefined::OneCategory));
        // The only `b` has no partner, so it can't be paired and doesn't count.
        assert_eq!(alpha(&["aa", "b"]), Err(Undefined::OneCategory));
    }

    #[test]
    fn counts_that_no_ratings_led_to_are_refused() {
        let delta = ReliabilityData::delta(&Unit::from_iter(['a', 'a']), &Unit::from_iter(['a', 'b']));
        assert_eq!(nominal(&delta), Err(Undefined::Impossible));
    }
}
