//! Wilcoxon's signed-rank test, exact where values tie.

use super::OutOfRange;

/// The most observations for which the exact distribution is computed; its cost grows as their cube.
pub const MOST_OBSERVATIONS: usize = 200;

/// The p-value of the hypothesis that values lie symmetrically about `bound` or higher, against that they lie lower.
///
/// Exact: all signs of the ranks are counted, given the ranks that occur, so ties need no approximation. Values equal
/// to `bound` say nothing of a side and are left out; if none is left the p-value is 1. At most
/// [`MOST_OBSERVATIONS`], all finite.
///
/// Differences that differ only by rounding would not tie; they are ranked as equal if within 1e-12 of their size.
///
/// Source: Wilcoxon (1945); exact with ties as in Streitberg & Röhmel (1986).
pub fn signed_rank_test_below(observations: &[f64], bound: f64) -> Result<f64, OutOfRange> {
    if observations.len() > MOST_OBSERVATIONS {
        return Err(OutOfRange("the exact signed-rank test is of at most 200 observations"));
    }
    if !bound.is_finite() || !observations.iter().all(|observation| observation.is_finite()) {
        return Err(OutOfRange("the observations of a signed-rank test and its bound are finite"));
    }
    let mut differences: Vec<f64> =
        observations.iter().map(|observation| observation - bound).filter(|&difference| difference != 0.0).collect();
    differences.sort_by(|one, other| one.abs().total_cmp(&other.abs()));
    let ranks = doubled_ranks(&differences);
    let above: usize =
        ranks.iter().zip(&differences).filter(|(_, difference)| **difference > 0.0).map(|(&rank, _)| rank).sum();
    Ok(share_of_signs(&ranks, above))
}

/// Twice the mid-rank of each difference by size: integers, where tied values share the mean of their places.
fn doubled_ranks(by_size: &[f64]) -> Vec<usize> {
    let mut ranks = Vec::with_capacity(by_size.len());
    while let Some(first) = by_size.get(ranks.len()) {
        let start = ranks.len();
        let tied = by_size[start..].iter().take_while(|value| value.abs() <= first.abs() * (1.0 + 1e-12)).count();
        ranks.extend(std::iter::repeat_n(2 * start + tied + 1, tied));
    }
    ranks
}

/// The share of all assignments of signs whose positive ranks add up to at most `sum`.
fn share_of_signs(ranks: &[usize], sum: usize) -> f64 {
    let mut shares = vec![0.0; ranks.iter().sum::<usize>() + 1];
    shares[0] = 1.0;
    for &rank in ranks {
        for total in (0..shares.len()).rev() {
            let with = if total >= rank { shares[total - rank] } else { 0.0 };
            shares[total] = f64::midpoint(shares[total], with);
        }
    }
    shares[..=sum].iter().sum::<f64>().min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn assert_p(observations: &[f64], bound: f64, expected: f64) {
        let p = signed_rank_test_below(observations, bound).expect("finite");
        assert!((p - expected).abs() < 1e-14, "{p} isn't {expected}");
    }

    #[test]
    fn without_ties_the_signs_can_be_counted_by_hand() {
        // Of the eight assignments of signs to the ranks 1, 2, 3 one has no positive rank, and five a sum of at most
        // 3.
        assert_p(&[-1.0, -2.0, -3.0], 0.0, 1.0 / 8.0);
        assert_p(&[-1.0, -2.0, 3.0], 0.0, 5.0 / 8.0);
        assert_p(&[1.0, 2.0, 3.0], 0.0, 1.0);
    }

    #[test]
    fn tied_values_share_their_ranks() {
        // Ranks 1.5, 1.5, 3: sums of at most 1.5 are those of no positive rank and of one of the tied.
        assert_p(&[-1.0, 1.0, -3.0], 0.0, 3.0 / 8.0);
        // 0.3 − 0.1 and 0.5 − 0.3 differ in the last bit.
        assert_eq!(doubled_ranks(&[0.3 - 0.1, 0.5 - 0.3]), [3, 3]);
    }

    #[test]
    fn values_at_the_bound_are_left_out() {
        assert_p(&[0.5, -1.0, 0.5], 0.5, 1.0 / 2.0);
        assert_p(&[0.5, 0.5], 0.5, 1.0);
        assert_p(&[], 0.5, 1.0);
    }

    #[test]
    fn the_mirrored_test_has_the_other_tail() {
        let values = [0.3, -0.2, 0.7, 1.4, -0.9, 0.1];
        let below = signed_rank_test_below(&values, 0.0).expect("finite");
        let mirrored: Vec<f64> = values.iter().map(|value| -value).collect();
        let above = signed_rank_test_below(&mirrored, 0.0).expect("finite");
        // Both include the sum that was seen; its probability is that of 14 positive ranks out of 21.
        assert!(below + above > 1.0 && below > above);
    }

    #[test]
    fn too_many_or_infinite_values_are_refused() {
        assert!(signed_rank_test_below(&[1.0; 201], 0.0).is_err());
        assert!(signed_rank_test_below(&[f64::NAN], 0.0).is_err());
    }
}
