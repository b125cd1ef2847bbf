//! Figures that may be undefined.

use async_graphql::{Enum, SimpleObject};
use stele_agreement::{
    Confidence, Estimate, ReliabilityData, Undefined,
    interval::{bootstrap, jackknife},
};

/// A figure, or why it is undefined.
#[derive(SimpleObject)]
pub(super) struct Coefficient {
    /// The figure.
    value: Option<f64>,
    /// Why there is none.
    undefined_because: Option<String>,
}

impl<E: ToString> From<Result<f64, E>> for Coefficient {
    fn from(figure: Result<f64, E>) -> Self {
        match figure {
            Ok(value) => Self { value: Some(value), undefined_because: None },
            Err(reason) => Self { value: None, undefined_because: Some(reason.to_string()) },
        }
    }
}

/// A figure with the range in which that of all such units is believed to be, or why it is undefined.
#[derive(SimpleObject, Default)]
pub(super) struct EstimatedCoefficient {
    /// The figure.
    value: Option<f64>,
    /// The lower end of its 95 % interval.
    low: Option<f64>,
    /// The upper end.
    high: Option<f64>,
    /// How the interval was made.
    interval_by: Option<IntervalMethod>,
    /// Why there is no figure.
    undefined_because: Option<String>,
}

/// How an interval is made. All of them take units as the sample, and draw nothing from the clock or from chance: the same labels
/// give the same interval.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
enum IntervalMethod {
    /// Leaving out each unit in turn.
    Jackknife,
    /// 1,000 samples of units, drawn with a fixed seed; where units differ too much for the jackknife to be quick.
    Bootstrap,
}

/// Up to so many distinct units are left out in turn.
const FEW: usize = 500;

/// How many samples are drawn.
const DRAWS: u32 = 1_000;

/// Of what the samples are drawn; fixed, so that nobody can choose a better interval.
const SEED: [u8; 32] = *b"stele: intervals of coefficients";

impl EstimatedCoefficient {
    /// A figure of the data, with its interval.
    pub(super) fn of<C: Ord + Clone>(
        data: &ReliabilityData<C>,
        figure: impl Fn(&ReliabilityData<C>) -> Result<f64, Undefined>,
    ) -> Self {
        let value = match figure(data) {
            Ok(value) => value,
            Err(reason) => return Self::undefined(&reason),
        };
        let (interval, method) = if data.iter().count() <= FEW {
            let estimate =
                jackknife(data, figure).ok().filter(|estimate: &Estimate| estimate.standard_error.is_finite());
            (estimate.map(|estimate| estimate.interval(Confidence::NINETY_FIVE)), IntervalMethod::Jackknife)
        } else {
            let drawn = bootstrap(data, DRAWS, SEED, figure).ok();
            (drawn.map(|drawn| drawn.interval(Confidence::NINETY_FIVE)), IntervalMethod::Bootstrap)
        };
        let interval = interval.filter(|interval| interval.low.is_finite() && interval.high.is_finite());
        Self {
            value: Some(value),
            low: interval.map(|interval| interval.low),
            high: interval.map(|interval| interval.high),
            interval_by: interval.map(|_| method),
            undefined_because: None,
        }
    }

    pub(super) fn undefined(reason: &impl ToString) -> Self {
        Self { undefined_because: Some(reason.to_string()), ..Self::default() }
    }
}
