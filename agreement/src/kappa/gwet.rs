//! Gwet's AC1 and AC2: agreement beyond what guessing would give on the tasks that nobody can tell.

use super::{
    Scale, Weighting,
    chance_corrected::{Chance, Rated},
};
use crate::{Estimate, ReliabilityData, Undefined, sum::sum};

/// Gwet's AC1 (identity weights) or AC2 (any other): `(p_a − p_e) / (1 − p_e)` with
/// `p_e = T_w / (K (K − 1)) Σ π_c (1 − π_c)`, where `T_w` is the sum of all weights and `K` the number of categories.
///
/// It stays high where nearly all ratings are of one category, which takes a kappa to 0. `K` counts the categories of
/// the scale, chosen or not. Units may have any number of ratings: `p_a` is the mean over those with at least two,
/// `π_c` that over all. At most 1.
///
/// Undefined without two ratings of one unit, on a scale of fewer than two categories, and if a rating isn't on it.
///
/// Source: Gwet, "Computing inter-rater reliability and its variance in the presence of high agreement", *British
/// Journal of Mathematical and Statistical Psychology* 61(1), 2008; *Handbook of Inter-Rater Reliability* (4th edition
/// 2014), chapters 4 and 5.
pub fn gwet<C: Ord + Clone>(
    data: &ReliabilityData<C>,
    scale: &Scale<C>,
    weighting: Weighting,
) -> Result<f64, Undefined> {
    let rated = Rated::new(data, scale, weighting)?;
    Ok(rated.coefficient(&chance(&rated)?))
}

/// [`gwet`] with its standard error over units.
pub fn gwet_estimate<C: Ord + Clone>(
    data: &ReliabilityData<C>,
    scale: &Scale<C>,
    weighting: Weighting,
) -> Result<Estimate, Undefined> {
    let rated = Rated::new(data, scale, weighting)?;
    rated.estimate(&chance(&rated)?)
}

fn chance<C: Ord + Clone>(rated: &Rated<'_, C>) -> Result<Chance, Undefined> {
    let categories = rated.scale().len();
    if categories < 2 {
        return Err(Undefined::OneCategory);
    }
    let guessing = weights(rated.scale(), rated.weighting()) / (categories as f64 * (categories as f64 - 1.0));
    let shares = rated.category_shares();
    let agreement = guessing * sum(shares.iter().map(|share| share * (1.0 - share)));
    Ok(Chance { agreement, by_category: shares.iter().map(|share| guessing * (1.0 - share)).collect() })
}

/// `T_w`.
fn weights<C: Ord + Clone>(scale: &Scale<C>, weighting: Weighting) -> f64 {
    let places = 0..scale.len();
    if weighting == Weighting::Identity {
        return scale.len() as f64;
    }
    places.clone().flat_map(|first| places.clone().map(move |second| scale.weight(weighting, first, second))).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Unit;

    fn ac1(units: &[&str], categories: &str) -> Result<f64, Undefined> {
        let data = units.iter().map(|ratings| ratings.chars().collect::<Unit<_>>()).collect();
        gwet(&data, &Scale::evenly_spaced(categories.chars()).expect("distinct"), Weighting::Identity)
    }

    #[test]
    fn two_categories_by_hand() {
        // p_a is the mean of 1, 1/3 and 1; the shares are 5/9 and 4/9, so p_e is 2 · 20/81.
        let expected = (7.0 / 9.0 - 40.0 / 81.0) / (41.0 / 81.0);
        let coefficient = ac1(&["aaa", "aab", "bbb"], "ab").expect("defined");
        assert!((coefficient - expected).abs() < 1e-15, "{coefficient}");
    }

    #[test]
    fn a_category_that_nobody_chose_makes_chance_less_likely() {
        let expected = (7.0 / 9.0 - 20.0 / 81.0) / (61.0 / 81.0);
        let coefficient = ac1(&["aaa", "aab", "bbb"], "abc").expect("defined");
        assert!((coefficient - expected).abs() < 1e-15, "{coefficient}");
    }

    #[test]
    fn one_category_is_full_agreement_if_there_was_another() {
        assert_eq!(ac1(&["aaa", "aa"], "ab"), Ok(1.0));
        assert_eq!(ac1(&["aaa", "aa"], "a"), Err(Undefined::OneCategory));
        assert_eq!(ac1(&["a"], "ab"), Err(Undefined::NoPairableValues));
        assert_eq!(ac1(&["ac"], "ab"), Err(Undefined::OffScale));
    }
}
