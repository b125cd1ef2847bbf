//! How far a figure lies from the others, where the others' own outliers must not widen the scale.

use super::OutOfRange;

/// The middle of these values, or the mean of the two in the middle; nothing without a value.
///
/// Values must not be NaN; they are sorted by [`f64::total_cmp`].
#[must_use]
pub fn median(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let upper = *sorted.get(sorted.len() / 2)?;
    if sorted.len() % 2 == 1 { Some(upper) } else { Some(f64::midpoint(sorted[sorted.len() / 2 - 1], upper)) }
}

/// The median of some figures and the unit in which the distance from it is a z-score.
///
/// The unit is MAD / 0.6745, with MAD the median absolute deviation from the median: for normal figures the standard
/// deviation. Where the MAD is 0, because more than half of the figures are the same, it is 1.2533 times the mean
/// absolute deviation; where that is 0 too nothing is an outlier, and every z is 0.
///
/// Source: Iglewicz & Hoaglin, *How to Detect and Handle Outliers* (1993), chapter 3, whose bound is |z| > 3.5.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RobustScale {
    median: f64,
    unit: f64,
}

impl RobustScale {
    /// The scale of these figures, of which there is at least one and all are finite.
    pub fn of(figures: &[f64]) -> Result<Self, OutOfRange> {
        if !figures.iter().all(|figure| figure.is_finite()) {
            return Err(OutOfRange("the figures of a scale are finite"));
        }
        let none = OutOfRange("a scale needs a figure");
        let centre = median(figures).ok_or(none)?;
        let mut deviations: Vec<f64> = figures.iter().map(|figure| (figure - centre).abs()).collect();
        // Sorted, so that the sum has the same bits in whatever order the figures came.
        deviations.sort_by(f64::total_cmp);
        let mad = median(&deviations).ok_or(none)?;
        let mean = deviations.iter().sum::<f64>() / deviations.len() as f64;
        Ok(Self { median: centre, unit: if mad > 0.0 { mad / 0.6745 } else { 1.2533 * mean } })
    }

    /// The median of the figures.
    #[must_use]
    pub const fn median(self) -> f64 {
        self.median
    }

    /// How many units `figure` lies above the median, or below it if negative; 0 if the figures don't vary.
    #[must_use]
    pub fn z(self, figure: f64) -> f64 {
        if self.unit > 0.0 { (figure - self.median) / self.unit } else { 0.0 }
    }

    /// The figure that lies `z` units above the median.
    #[must_use]
    pub fn at(self, z: f64) -> f64 {
        self.median + z * self.unit
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle_or_between_two() {
        assert_eq!(median(&[3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(&[4.0, 1.0, 2.0, 3.0]), Some(2.5));
        assert_eq!(median(&[]), None);
    }

    #[test]
    fn one_outlier_does_not_hide_itself() {
        let scale = RobustScale::of(&[1.0, 2.0, 3.0, 4.0, 100.0]).expect("figures");
        assert_eq!((scale.median(), scale.z(3.0)), (3.0, 0.0));
        assert!((scale.z(100.0) - 0.6745 * 97.0).abs() < 1e-12);
        assert!((scale.z(1.0) + 0.6745 * 2.0).abs() < 1e-12);
        assert!((scale.at(scale.z(100.0)) - 100.0).abs() < 1e-12);
    }

    #[test]
    fn where_most_are_the_same_the_mean_deviation_serves() {
        let scale = RobustScale::of(&[5.0, 5.0, 5.0, 5.0, 15.0]).expect("figures");
        assert!((scale.z(15.0) - 10.0 / (1.2533 * 2.0)).abs() < 1e-12);
    }

    #[test]
    fn where_all_are_the_same_nothing_is_far() {
        let scale = RobustScale::of(&[5.0, 5.0]).expect("figures");
        assert!(scale.z(1000.0).abs() < f64::MIN_POSITIVE);
    }

    #[test]
    fn no_figure_gives_no_scale() {
        assert!(RobustScale::of(&[]).is_err());
        assert!(RobustScale::of(&[1.0, f64::INFINITY]).is_err());
        assert!(RobustScale::of(&[f64::NAN]).is_err());
    }
}
