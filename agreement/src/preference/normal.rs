//! Tails and quantiles of the normal distribution.

use std::f64::consts::SQRT_2;

use libm::erfc;

/// The probability of a standard normal variable at least as far from 0 as `z`, on either side.
pub(crate) fn two_sided(z: f64) -> f64 {
    erfc(z.abs() / SQRT_2)
}

/// The probability that a chi-squared variable of one degree of freedom is at least `statistic`; 1 below 0.
pub(crate) fn chi_squared_above(statistic: f64) -> f64 {
    two_sided(statistic.max(0.0).sqrt())
}

/// How many standard errors to each side hold a share `level` of the distribution: 1.96 for 0.95.
///
/// Nothing unless `0 < level < 1`.
pub(crate) fn half_width(level: f64) -> Option<f64> {
    if !(level > 0.0 && level < 1.0) {
        return None;
    }
    let (mut low, mut high) = (0.0, 40.0);
    // Halving until no number is left in between; a hundred times is more than doubles have bits.
    for _ in 0..100 {
        let middle = f64::midpoint(low, high);
        if two_sided(middle) > 1.0 - level {
            low = middle;
        } else {
            high = middle;
        }
    }
    Some(low)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_figures_of_every_table() {
        assert!((half_width(0.95).expect("a level") - 1.959_963_984_540_054).abs() < 1e-13);
        assert!((half_width(0.99).expect("a level") - 2.575_829_303_548_901).abs() < 1e-13);
        assert!((chi_squared_above(3.841_458_820_694_124) - 0.05).abs() < 1e-15);
        assert!((two_sided(-1.0) - 0.317_310_507_862_914_15).abs() < 1e-15);
        assert_eq!([half_width(0.0), half_width(1.0), half_width(f64::NAN)], [None; 3]);
        assert!((chi_squared_above(-1e-12) - 1.0).abs() < 1e-15);
    }
}
