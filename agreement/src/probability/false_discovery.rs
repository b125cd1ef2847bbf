//! Many tests at once: which p-values count when one is made for each annotator.

use super::{OutOfRange, checked_share};

/// The p-values adjusted by Benjamini & Hochberg: those at most `q` are discoveries with a false discovery rate of
/// `q`.
///
/// In the order given. It holds for independent tests and for those that depend positively, such as one test for each
/// of many annotators.
///
/// Source: Benjamini & Hochberg (1995), *J. R. Stat. Soc. B* 57(1); the adjusted form of Yekutieli & Benjamini
/// (1999).
pub fn benjamini_hochberg(p_values: &[f64]) -> Result<Vec<f64>, OutOfRange> {
    step_up(p_values, 1.0)
}

/// The p-values adjusted by Benjamini & Yekutieli: as [`benjamini_hochberg`], but for tests that depend in any way.
///
/// Larger by the factor `1 + 1/2 + … + 1/n`, and at most 1.
///
/// Source: Benjamini & Yekutieli (2001), *Annals of Statistics* 29(4), theorem 1.3.
pub fn benjamini_yekutieli(p_values: &[f64]) -> Result<Vec<f64>, OutOfRange> {
    let harmonic = (1..=p_values.len()).map(|rank| 1.0 / rank as f64).sum();
    step_up(p_values, harmonic)
}

/// `min over j ≥ i of p_(j) n factor / j`, at most 1.
fn step_up(p_values: &[f64], factor: f64) -> Result<Vec<f64>, OutOfRange> {
    for &p in p_values {
        checked_share(p, "a p-value is between 0 and 1")?;
    }
    let mut by_size: Vec<usize> = (0..p_values.len()).collect();
    by_size.sort_by(|&one, &other| p_values[one].total_cmp(&p_values[other]));
    let mut adjusted = vec![1.0; p_values.len()];
    let mut smallest = 1.0_f64;
    for (rank, &test) in by_size.iter().enumerate().rev() {
        smallest = smallest.min(p_values[test] * p_values.len() as f64 * factor / (rank as f64 + 1.0));
        adjusted[test] = smallest;
    }
    Ok(adjusted)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The 15 p-values of Benjamini & Hochberg (1995), section 3.2, which rejects four at .05.
    const PUBLISHED: [f64; 15] = [
        0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719, 0.6528,
        0.7590, 1.0,
    ];

    fn discoveries(adjusted: &[f64]) -> usize {
        adjusted.iter().filter(|&&p| p <= 0.05).count()
    }

    #[test]
    fn the_published_example_has_four_discoveries() {
        let adjusted = benjamini_hochberg(&PUBLISHED).expect("p-values");
        assert_eq!(discoveries(&adjusted), 4);
        assert!((adjusted[3] - 0.0095 * 15.0 / 4.0).abs() < 1e-15);
    }

    #[test]
    fn dependent_tests_have_fewer() {
        let harmonic: f64 = (1..=15).map(|rank| 1.0 / f64::from(rank)).sum();
        let adjusted = benjamini_yekutieli(&PUBLISHED).expect("p-values");
        assert_eq!(discoveries(&adjusted), 3);
        assert!((adjusted[2] - 0.0019 * 5.0 * harmonic).abs() < 1e-15);
    }

    #[test]
    fn figures_stay_in_the_order_of_the_tests() {
        assert_eq!(benjamini_hochberg(&[0.9, 0.01, 0.02]), Ok(vec![0.9, 0.03, 0.03]));
        // 3 · .015 would be more than the next one's 3/2 · .02.
        assert_eq!(benjamini_hochberg(&[0.02, 0.9, 0.015]), Ok(vec![0.03, 0.9, 0.03]));
        assert_eq!(benjamini_hochberg(&[]), Ok(vec![]));
        assert!(benjamini_hochberg(&[0.5, f64::NAN]).is_err());
        assert!(benjamini_yekutieli(&[-0.1]).is_err());
    }
}
