//! Fleiss's kappa: agreement of any annotators, beyond that of drawing from the shares of the categories.

use super::{
    Scale, Weighting,
    chance_corrected::{Chance, Rated},
};
use crate::{Estimate, ReliabilityData, Undefined, sum::sum};

/// Fleiss's kappa: `(p_a − p_e) / (1 − p_e)` with `p_e = Σ π_c²`.
///
/// Units may have any number of ratings. `p_a` is the mean over the units with at least two of the share of agreeing
/// pairs; `π_c` is the mean over all units of the category's share: so every unit weighs the same. Where all have as
/// many ratings it is Fleiss's own. At most 1; the same bits whatever the categories are called.
///
/// Undefined without two ratings of one unit, and where all ratings are of one category.
///
/// Source: Fleiss, "Measuring nominal scale agreement among many raters", *Psychological Bulletin* 76(5), 1971; with
/// missing ratings Gwet, *Handbook of Inter-Rater Reliability* (4th edition 2014), chapter 2.
pub fn fleiss<C: Ord + Clone>(data: &ReliabilityData<C>) -> Result<f64, Undefined> {
    weighted_fleiss(data, &Scale::of(data), Weighting::Identity)
}

/// [`fleiss`] with its standard error over units, conditional on nothing: Gwet's, not Fleiss's of no agreement.
pub fn fleiss_estimate<C: Ord + Clone>(data: &ReliabilityData<C>) -> Result<Estimate, Undefined> {
    weighted_fleiss_estimate(data, &Scale::of(data), Weighting::Identity)
}

/// Fleiss's kappa where ratings may agree in part: `p_e = Σ w_ck π_c π_k`.
///
/// Undefined as [`fleiss`] is, and if a rating isn't on the scale. Source: Gwet (2014), chapter 3.
pub fn weighted_fleiss<C: Ord + Clone>(
    data: &ReliabilityData<C>,
    scale: &Scale<C>,
    weighting: Weighting,
) -> Result<f64, Undefined> {
    let rated = Rated::new(data, scale, weighting)?;
    Ok(rated.coefficient(&chance(&rated)?))
}

/// [`weighted_fleiss`] with its standard error over units.
pub fn weighted_fleiss_estimate<C: Ord + Clone>(
    data: &ReliabilityData<C>,
    scale: &Scale<C>,
    weighting: Weighting,
) -> Result<Estimate, Undefined> {
    let rated = Rated::new(data, scale, weighting)?;
    rated.estimate(&chance(&rated)?)
}

fn chance<C: Ord + Clone>(rated: &Rated<'_, C>) -> Result<Chance, Undefined> {
    let shares = rated.category_shares();
    let by_category: Vec<f64> = if rated.weighting() == Weighting::Identity {
        shares.to_vec()
    } else {
        let weight = |first, second| rated.scale().weight(rated.weighting(), first, second);
        let meeting = |first| shares.iter().enumerate().map(|(second, share)| weight(first, second) * share).sum();
        (0..shares.len()).map(meeting).collect()
    };
    let agreement = sum(shares.iter().zip(&by_category).map(|(share, meeting)| share * meeting));
    // One category alone has a share of exactly 1.
    if agreement < 1.0 { Ok(Chance { agreement, by_category }) } else { Err(Undefined::OneCategory) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Unit;

    fn data(units: &[&str]) -> ReliabilityData<char> {
        units.iter().map(|ratings| ratings.chars().collect::<Unit<_>>()).collect()
    }

    #[test]
    fn two_categories_by_hand() {
        // p_a is the mean of 1, 1/3 and 1; the shares are 5/9 and 4/9.
        let expected = (7.0 / 9.0 - 41.0 / 81.0) / (40.0 / 81.0);
        let kappa = fleiss(&data(&["aaa", "aab", "bbb"])).expect("defined");
        assert!((kappa - expected).abs() < 1e-15, "{kappa}");
    }

    #[test]
    fn units_of_any_size_weigh_the_same() {
        // p_a is the mean of 1 and 0; the shares of `a` are 1, 1/2 and 0, the last in a unit that can't be paired.
        let kappa = fleiss(&data(&["aaaa", "ab", "b"])).expect("defined");
        assert!(kappa.abs() < 1e-15, "{kappa}");
    }

    #[test]
    fn full_agreement_is_exactly_one_and_no_variation_undefined() {
        assert_eq!(fleiss(&data(&["aaa", "bb", "cccc"])), Ok(1.0));
        assert_eq!(fleiss(&data(&["aaa", "aa", "a"])), Err(Undefined::OneCategory));
        assert_eq!(fleiss(&data(&["a", "b"])), Err(Undefined::NoPairableValues));
        let scale = Scale::evenly_spaced(['a', 'b']).expect("distinct");
        assert_eq!(weighted_fleiss(&data(&["ac"]), &scale, Weighting::Linear), Err(Undefined::OffScale));
    }
}
