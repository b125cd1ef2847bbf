//! Student's t-test of one sample.

use super::{Beta, OutOfRange};

/// The p-value of the hypothesis that the mean is at least `bound`, against that it is less: a one-sided t-test.
///
/// At least two observations, all finite. If all are the same there is no spread to compare with: then 0 below the
/// bound, else 1.
///
/// Source: Student (1908); its tail is an incomplete beta function, DLMF 8.17.
pub fn t_test_below(observations: &[f64], bound: f64) -> Result<f64, OutOfRange> {
    if observations.len() < 2 {
        return Err(OutOfRange("a t-test needs two observations"));
    }
    if !bound.is_finite() || !observations.iter().all(|observation| observation.is_finite()) {
        return Err(OutOfRange("the observations of a t-test and its bound are finite"));
    }
    let n = observations.len() as f64;
    let mean = observations.iter().sum::<f64>() / n;
    let squares: f64 = observations.iter().map(|observation| (observation - mean).powi(2)).sum();
    if squares == 0.0 {
        return Ok(if mean < bound { 0.0 } else { 1.0 });
    }
    let t = (mean - bound) / (squares / (n - 1.0) / n).sqrt();
    lower_tail(t, n - 1.0)
}

/// The probability of a value below `t` in Student's distribution.
fn lower_tail(t: f64, degrees: f64) -> Result<f64, OutOfRange> {
    let outside = Beta::new(degrees / 2.0, 0.5)?.below(degrees / (degrees + t * t)) / 2.0;
    Ok(if t < 0.0 { outside } else { 1.0 - outside })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_degree_of_freedom_is_the_arc_tangent() {
        for t in [-3.0, -0.5, 0.0, 2.0_f64] {
            let expected = 0.5 + t.atan() / std::f64::consts::PI;
            assert!((lower_tail(t, 1.0).expect("finite") - expected).abs() < 1e-14, "{t}");
        }
    }

    /// Of scipy 1.17.1, `stats.ttest_1samp(…, alternative="less")`.
    #[test]
    fn p_values_are_those_of_scipy() {
        for (observations, bound, expected) in [
            (&[1.0, -1.0, 0.0, 0.0, 1.0, -1.0, -1.0][..], 0.2, 0.176_136_203_704_660_65),
            (&[2.5, 3.25, 1.0, 4.0, 2.0], 2.0, 0.827_238_064_713_741_7),
            (&[0.1, 0.11, 0.09, 0.1, 0.12, 0.08], 0.2, 5.876_030_044_116_187e-6),
        ] {
            let p = t_test_below(observations, bound).expect("finite");
            assert!((p - expected).abs() <= 1e-12 * expected, "{p} isn't {expected}");
        }
    }

    #[test]
    fn without_spread_the_mean_decides() {
        assert_eq!(t_test_below(&[0.0, 0.0, 0.0], 0.1), Ok(0.0));
        assert_eq!(t_test_below(&[0.5, 0.5], 0.5), Ok(1.0));
        assert_eq!(t_test_below(&[1.0, 1.0], 0.1), Ok(1.0));
    }

    #[test]
    fn too_little_is_refused() {
        assert!(t_test_below(&[1.0], 0.0).is_err());
        assert!(t_test_below(&[1.0, f64::NAN], 0.0).is_err());
        assert!(t_test_below(&[1.0, 2.0], f64::INFINITY).is_err());
    }
}
