//! Alpha where categories have an order and no distances.

use std::collections::BTreeMap;

use crate::{ReliabilityData, Undefined, pairable::PairableValues};

/// Krippendorff's alpha for ordinal data: `δ_ck = (Σ_{g=c..k} n_g − (n_c + n_k)/2)²`.
///
/// The order of the categories is that of `C`; where that isn't the order of the scale, as it isn't among the texts
/// `"9"` and `"10"`, turn them first into what is ordered ([`ReliabilityData::try_map`]).
///
/// `δ_ck` is the squared distance of two mean ranks, if all pairable values are ranked together and equal ones share
/// the mean of their ranks. Doubled ranks are integers, so every sum is one too and exact; what is rounded is one
/// quotient for each number of ratings that occurs, in rising order, their sum, a product, a quotient and a
/// difference. Any renaming of the categories that keeps their order gives the same bits.
///
/// Undefined as [`nominal`](super::nominal()) is. Source: Krippendorff, *Content Analysis* (2018), chapter 12.
pub fn ordinal<C: Ord + Clone>(data: &ReliabilityData<C>) -> Result<f64, Undefined> {
    let values = PairableValues::of(data)?;
    let ranks = centred_ranks(&values);
    let spread: i128 = values.categories().map(|(category, count)| count * ranks[category].pow(2)).sum();
    if spread == 0 {
        return Err(Undefined::OneCategory);
    }
    let others = values.total() - 1;
    Ok(1.0 - others as f64 * observed(data, &ranks) / (values.total() * spread) as f64)
}

/// Twice the distance of each category's mean rank from the middle of all ranks.
///
/// Times `n_c` they add up to 0, which leaves of `Σ n_c n_k δ_ck` only `2 n Σ n_c r_c²`. With `n < 2³²` that is less
/// than `2¹²⁷`.
fn centred_ranks<'a, C: Ord>(values: &PairableValues<'a, C>) -> BTreeMap<&'a C, i128> {
    let total = values.total();
    let mut below = 0;
    let mut ranks = BTreeMap::new();
    for (category, count) in values.categories() {
        ranks.insert(category, 2 * below + count - total);
        below += count;
    }
    ranks
}

/// Half of `Σ o_ck δ_ck`, by units: `(m Σ n_uc r_c² − (Σ n_uc r_c)²) / (m − 1)`.
fn observed<C: Ord + Clone>(data: &ReliabilityData<C>, ranks: &BTreeMap<&C, i128>) -> f64 {
    let mut sums: BTreeMap<u32, i128> = BTreeMap::new();
    for (unit, units) in data {
        let ratings = unit.ratings();
        // Without a partner, a value has perhaps no rank.
        if ratings < 2 {
            continue;
        }
        let (mut sum, mut squares) = (0, 0);
        for (category, count) in unit.counts() {
            let rank = ranks[category];
            sum += i128::from(count) * rank;
            squares += i128::from(count) * rank.pow(2);
        }
        *sums.entry(ratings).or_default() += i128::from(units) * (i128::from(ratings) * squares - sum.pow(2));
    }
    sums.iter().map(|(&ratings, &sum)| sum as f64 / (f64::from(ratings) - 1.0)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Unit;

    fn alpha(units: &[&str]) -> Result<f64, Undefined> {
        ordinal(&units.iter().map(|ratings| ratings.chars().collect::<Unit<_>>()).collect())
    }

    #[test]
    fn with_two_categories_it_is_nominal_alpha() {
        let data: ReliabilityData<char> =
            ["ab", "aa", "bba", "a"].map(|unit| unit.chars().collect::<Unit<_>>()).into_iter().collect();
        assert_eq!(ordinal(&data), crate::alpha::nominal(&data));
    }

    #[test]
    fn neighbours_are_closer_than_the_ends() {
        // Ranks of a, a, b, b, c, c are 1.5, 3.5 and 5.5: D_o is 4 for neighbours and 16 for ends.
        assert_eq!(alpha(&["aa", "bc", "bc"]), Ok(1.0 - 5.0 * (2.0 * 2.0 * 4.0) / (6.0 * 2.0 * 16.0)));
        assert!(alpha(&["ac", "bb", "ca"]).expect("defined") < alpha(&["ab", "cc", "ba"]).expect("defined"));
    }

    #[test]
    fn full_agreement_is_exactly_one_and_no_variation_undefined() {
        assert_eq!(alpha(&["aa", "bbb", "c"]), Ok(1.0));
        assert_eq!(alpha(&["aa", "b"]), Err(Undefined::OneCategory));
        assert_eq!(alpha(&["a", "b"]), Err(Undefined::NoPairableValues));
    }

    #[test]
    fn the_most_ratings_still_fit() {
        let most = i64::from(u32::MAX / 4);
        let rows = [("aa", most), ("bb", most)].map(|(unit, count)| (unit.chars().collect::<Unit<_>>(), count));
        assert_eq!(ordinal(&rows.into_iter().collect()), Ok(1.0));
        let row = ("ab".chars().collect::<Unit<_>>(), 2 * most);
        let alpha = ordinal(&[row].into_iter().collect()).expect("defined");
        assert!((alpha + 1.0).abs() < 1e-9, "{alpha}");
    }
}
