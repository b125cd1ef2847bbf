//! Kendall's coefficient of concordance: how far annotators put the same units in the same order.

use statrs::distribution::{ChiSquared, ContinuousCDF};

use crate::{CrossedRatings, Undefined};

/// Kendall's W, with the test of no concordance.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Concordance {
    /// W corrected for ties, 0 to 1.
    pub w: f64,
    /// W as if there were no ties, at most `w`.
    pub uncorrected: f64,
    /// `m (n − 1) W` for `m` annotators and `n` units: Friedman's statistic.
    pub chi_squared: f64,
    /// `n − 1`, the degrees of freedom.
    pub freedom: usize,
    /// How often annotators who rank at random would get as far; approximate below some seven units.
    pub p: f64,
}

/// Kendall's W: `12 S / (m² (n³ − n) − m Σ T)`, where `S` is the sum of squares of the units' rank sums about their mean
/// and `T` the sum of `t³ − t` over the groups of `t` units that an annotator ranks equal.
///
/// Equal values share the mean of their ranks. Ranks are doubled, so that all sums are integers and exact, and only
/// the quotients are rounded: the order of units and of annotators doesn't matter to the bits, nor does anything about
/// the values but their order.
///
/// Undefined where no annotator tells any two units apart.
///
/// Source: Kendall & Babington Smith, "The problem of m rankings", *Annals of Mathematical Statistics* 10(3), 1939;
/// Siegel & Castellan, *Nonparametric Statistics for the Behavioral Sciences* (2nd edition 1988), section 9.7.
pub fn kendall<V: Ord>(ratings: &CrossedRatings<V>) -> Result<Concordance, Undefined> {
    let (units, annotators) = (ratings.units(), ratings.annotators());
    let (n, m) = (units as i128, annotators as i128);
    let mut sums = vec![0; units];
    let mut ties = 0;
    for annotator in 0..annotators {
        let values: Vec<&V> = ratings.of_annotator(annotator).collect();
        ties += rank(&values, &mut sums);
    }
    // Doubled ranks make four times the squares.
    let squares: i128 = sums.iter().map(|sum| (sum - m * (n + 1)).pow(2)).sum();
    let most = m * m * (n.pow(3) - n);
    if most == m * ties {
        return Err(Undefined::OneCategory);
    }
    let w = (3 * squares) as f64 / (most - m * ties) as f64;
    let freedom = units - 1;
    let chi_squared = (annotators * freedom) as f64 * w;
    let p = ChiSquared::new(freedom as f64).map_or(f64::NAN, |distribution| distribution.sf(chi_squared));
    Ok(Concordance { w, uncorrected: (3 * squares) as f64 / most as f64, chi_squared, freedom, p })
}

/// Adds twice the rank of each value to the sum of its unit; gives the sum of `t³ − t` over groups of equal values.
fn rank<V: Ord>(values: &[&V], sums: &mut [i128]) -> i128 {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_unstable_by_key(|&unit| values[unit]);
    let mut below = 0;
    let mut ties = 0;
    for group in order.chunk_by(|&unit, &next| values[unit] == values[next]) {
        let equal = group.len() as i128;
        for &unit in group {
            sums[unit] += 2 * below + equal + 1;
        }
        below += equal;
        ties += equal.pow(3) - equal;
    }
    ties
}

#[cfg(test)]
mod tests {
    use super::*;

    fn w(annotators: [&[u8]; 3]) -> Result<f64, Undefined> {
        let ratings = CrossedRatings::from_annotators(annotators.map(<[u8]>::to_vec)).expect("complete");
        kendall(&ratings).map(|concordance| concordance.w)
    }

    #[test]
    fn the_same_order_is_exactly_one() {
        assert_eq!(w([&[1, 2, 3], &[10, 20, 30], &[4, 5, 9]]), Ok(1.0));
        assert_eq!(w([&[1, 2, 2, 3], &[1, 7, 7, 9], &[4, 5, 5, 9]]), Ok(1.0));
    }

    #[test]
    fn orders_that_cancel_out_are_exactly_none() {
        assert_eq!(w([&[1, 2, 3], &[2, 3, 1], &[3, 1, 2]]), Ok(0.0));
    }

    #[test]
    fn ranks_by_hand() {
        // Rank sums 4, 6 and 8 about 6: S is 8 of at most 18.
        assert_eq!(w([&[1, 2, 3], &[1, 3, 2], &[2, 1, 3]]), Ok(12.0 * 8.0 / (9.0 * 24.0)));
        // Two annotators tie two of three: rank sums 3, 7 and 8, S is 14, and T is 6 each.
        assert_eq!(w([&[1, 2, 2], &[1, 2, 2], &[1, 2, 3]]), Ok(12.0 * 14.0 / (9.0 * 24.0 - 3.0 * 12.0)));
    }

    #[test]
    fn without_any_order_it_is_undefined() {
        assert_eq!(w([&[1, 1], &[2, 2], &[3, 3]]), Err(Undefined::OneCategory));
    }
}
