//! Drift: whether an annotator's answers leave the others' in the course of time.

use crate::probability::OutOfRange;

/// How a drift is looked for, in the unit of the residuals.
///
/// Of [`agreement_residual`] the target is 0 and `sigma` the standard deviation of all annotators' residuals; of the
/// values of [`Residual`](super::Residual) the target is the annotator's own leniency, if only its change is of
/// interest.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Chart {
    /// The residual to expect of an annotator who stays as before.
    pub target: f64,
    /// The standard deviation of such an annotator's residuals; more than 0.
    pub sigma: f64,
    /// `k` in standard deviations, at least 0: half of the shift to be found soon. ½ finds one of a standard
    /// deviation.
    pub allowance: f64,
    /// `h` in standard deviations, more than 0: how far a sum may go.
    ///
    /// With `k` = ½ and normal residuals an `h` of 4 gives a false alarm once in 168 answers on average, one of 5
    /// once in 465; they find a shift of one deviation after 8.4 and 10.4 (Markov chain of Brook & Evans 1972, 400
    /// states).
    pub interval: f64,
}

impl Chart {
    /// The chart with `k` = ½ and `h` = 5.
    #[must_use]
    pub const fn new(target: f64, sigma: f64) -> Self {
        Self { target, sigma, allowance: 0.5, interval: 5.0 }
    }

    fn checked(self) -> Result<Self, OutOfRange> {
        let finite = [self.target, self.sigma, self.allowance, self.interval].iter().all(|value| value.is_finite());
        if finite && self.sigma > 0.0 && self.allowance >= 0.0 && self.interval > 0.0 {
            Ok(self)
        } else {
            Err(OutOfRange("a chart has a finite target, a sigma and an h above 0, and a k of at least 0"))
        }
    }
}

/// The cumulative sums of a series of residuals, in standard deviations.
#[derive(Clone, Debug, PartialEq)]
pub struct Drift {
    /// After each answer, how far residuals have gone above the target beyond the allowance; at least 0.
    pub above: Vec<f64>,
    /// The same below the target; at least 0.
    pub below: Vec<f64>,
    /// The first answer after which a sum exceeds the interval.
    pub alarm: Option<Alarm>,
}

/// Where a drift showed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Alarm {
    /// The answer after which a sum first exceeded the interval, counted from 0.
    pub at: usize,
    /// The answer that the sum has grown since, counted from 0: about where the shift began.
    pub since: usize,
    /// Whether residuals went above the target, or below.
    pub upwards: bool,
}

/// Looks for a lasting shift in residuals that are given in the order of their events.
///
/// Two cumulative sums, `C⁺ = max(0, C⁺ + z − k)` and `C⁻ = max(0, C⁻ − z − k)` of `z = (residual − target) / sigma`,
/// and an alarm when one exceeds `h`. The order is part of the figure, so it is made of the series again and not
/// kept. Residuals are finite. An alarm says that something changed: the annotator, the tasks or the others.
///
/// Source: Page (1954), *Biometrika* 41(1–2).
pub fn drift(residuals: &[f64], chart: Chart) -> Result<Drift, OutOfRange> {
    let chart = chart.checked()?;
    if !residuals.iter().all(|residual| residual.is_finite()) {
        return Err(OutOfRange("residuals are finite"));
    }
    let z: Vec<f64> = residuals.iter().map(|residual| (residual - chart.target) / chart.sigma).collect();
    let above = sums(z.iter().copied(), chart.allowance);
    let below = sums(z.iter().map(|z| -z), chart.allowance);
    let at = above.iter().zip(&below).position(|(above, below)| above.max(*below) > chart.interval);
    let alarm = at.map(|at| {
        let upwards = above[at] > chart.interval;
        let sums = if upwards { &above } else { &below };
        let since = sums[..at].iter().rposition(|&sum| sum <= 0.0).map_or(0, |zero| zero + 1);
        Alarm { at, since, upwards }
    });
    Ok(Drift { above, below, alarm })
}

fn sums(z: impl Iterator<Item = f64>, allowance: f64) -> Vec<f64> {
    z.scan(0.0, |sum: &mut f64, z| {
        *sum = (*sum + z - allowance).max(0.0);
        Some(*sum)
    })
    .collect()
}

/// How much the others agree with an answer beyond how much they agree with each other, −1 to 1; of two others or
/// more.
///
/// The share of others that agree minus the share of pairs of others that do: 0 on average of someone who is like the
/// others, also in a unit that is hard.
#[must_use]
pub fn agreement_residual<C: PartialEq>(own: &C, others: &[C]) -> Option<f64> {
    if others.len() < 2 {
        return None;
    }
    let agreeing = |one: &C| others.iter().filter(|other| *other == one).count();
    let pairs: usize = others.iter().map(|other| agreeing(other) - 1).sum();
    let (own, count) = (agreeing(own) as f64, others.len() as f64);
    Some(own / count - pairs as f64 / (count * (count - 1.0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Small enough sums to follow by hand, with k = ½ and h = 2.
    const CHART: Chart = Chart { target: 1.0, sigma: 2.0, allowance: 0.5, interval: 2.0 };

    #[test]
    fn sums_grow_with_a_shift_and_raise_one_alarm() {
        // z = 0, 1, −1, 2, 2, 2
        let found = drift(&[1.0, 3.0, -1.0, 5.0, 5.0, 5.0], CHART).expect("finite");
        assert_eq!(found.above, [0.0, 0.5, 0.0, 1.5, 3.0, 4.5]);
        assert_eq!(found.below, [0.0, 0.0, 0.5, 0.0, 0.0, 0.0]);
        assert_eq!(found.alarm, Some(Alarm { at: 4, since: 3, upwards: true }));
    }

    #[test]
    fn a_shift_downwards_is_found_as_well() {
        let found = drift(&[-5.0, -5.0], CHART).expect("finite");
        assert_eq!(found.alarm, Some(Alarm { at: 0, since: 0, upwards: false }));
    }

    #[test]
    fn what_stays_within_the_allowance_never_alarms() {
        let found = drift(&[2.0; 1000], CHART).expect("finite");
        assert_eq!(found.alarm, None);
        assert!(found.above.iter().all(|&sum| sum <= 0.0));
    }

    /// The example of Montgomery, *Introduction to Statistical Quality Control*, chapter 9: ten of the thirty values
    /// are one deviation higher, and the sum of 5.28 at the 29th is the seventh above 0.
    #[test]
    fn the_published_example_alarms_at_the_29th_value() {
        let values = [
            9.45, 7.99, 9.29, 11.66, 12.16, 10.18, 8.04, 11.46, 9.20, 10.34, 9.03, 11.47, 10.51, 9.40, 10.08, 9.37,
            10.62, 10.31, 8.52, 10.84, 10.90, 9.33, 12.29, 11.50, 10.60, 11.08, 10.38, 11.62, 11.31, 10.52,
        ];
        let found = drift(&values, Chart::new(10.0, 1.0)).expect("finite");
        assert!((found.above[28] - 5.28).abs() < 1e-9, "{}", found.above[28]);
        assert_eq!(found.alarm, Some(Alarm { at: 28, since: 22, upwards: true }));
    }

    #[test]
    fn what_is_no_chart_or_no_number_is_refused() {
        assert!(drift(&[f64::NAN], CHART).is_err());
        assert!(drift(&[], Chart::new(0.0, 0.0)).is_err());
        assert!(drift(&[], Chart { allowance: -1.0, ..CHART }).is_err());
        assert!(drift(&[], Chart { interval: f64::NAN, ..CHART }).is_err());
        assert_eq!(drift(&[], CHART).expect("a chart").alarm, None);
    }

    #[test]
    fn a_residual_is_beyond_the_agreement_of_the_others() {
        assert_eq!(agreement_residual(&'a', &['a', 'a']), Some(0.0));
        assert_eq!(agreement_residual(&'b', &['a', 'a']), Some(-1.0));
        assert_eq!(agreement_residual(&'a', &['a', 'b']), Some(0.5));
        assert_eq!(agreement_residual(&'a', &['a']), None);
    }
}
