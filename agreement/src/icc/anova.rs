//! The analysis of variance that intraclass correlations are made of.

use super::Model;
use crate::{CrossedRatings, Undefined, Value, range::Range, sum::sum};

/// Mean squares, as parts of the squared range of all ratings.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Anova {
    /// `n`, at least 2.
    pub(super) units: f64,
    /// `k`, at least 2.
    pub(super) annotators: f64,
    /// `MSB`, of units.
    pub(super) between_units: f64,
    /// `MSJ`, of annotators.
    pub(super) between_annotators: f64,
    /// `MSE`, of what units and annotators leave.
    pub(super) residual: f64,
}

impl Anova {
    pub(super) fn of(ratings: &CrossedRatings<Value>) -> Result<Self, Undefined> {
        let parts = parts(ratings)?;
        let (n, k) = (parts.units() as f64, parts.annotators() as f64);
        let of_units: Vec<f64> = parts.by_unit().map(|unit| sum(unit.iter().copied()) / k).collect();
        let of_annotators: Vec<f64> =
            (0..parts.annotators()).map(|annotator| sum(parts.of_annotator(annotator).copied()) / n).collect();
        let mean = sum(of_units.iter().copied()) / n;
        let squares = |means: &[f64]| sum(means.iter().map(|value| (value - mean).powi(2)));
        let residuals = parts.by_unit().zip(&of_units).flat_map(|(unit, of_unit)| {
            unit.iter().zip(&of_annotators).map(move |(value, of_annotator)| value - of_unit - (of_annotator - mean))
        });
        Ok(Self {
            units: n,
            annotators: k,
            between_units: k * squares(&of_units) / (n - 1.0),
            between_annotators: n * squares(&of_annotators) / (k - 1.0),
            residual: sum(residuals.map(|residual| residual.powi(2))) / ((n - 1.0) * (k - 1.0)),
        })
    }

    /// The mean square that units are compared with.
    pub(super) fn error(&self, model: Model) -> f64 {
        match model {
            // What annotators and the residual make together, `MSW`.
            Model::OneWay => (self.between_annotators + (self.units - 1.0) * self.residual) / self.units,
            Model::TwoWayRandom | Model::TwoWayMixed => self.residual,
        }
    }

    /// The degrees of freedom of that.
    pub(super) fn freedom(&self, model: Model) -> f64 {
        match model {
            Model::OneWay => self.units * (self.annotators - 1.0),
            Model::TwoWayRandom | Model::TwoWayMixed => (self.units - 1.0) * (self.annotators - 1.0),
        }
    }
}

/// The ratings as parts of their range.
fn parts(ratings: &CrossedRatings<Value>) -> Result<CrossedRatings<f64>, Undefined> {
    let all = || ratings.by_unit().flatten().map(|value| value.get());
    let least = all().fold(f64::INFINITY, f64::min);
    let range = Range::new(least, all().fold(f64::NEG_INFINITY, f64::max))?;
    let units = ratings.by_unit().map(|unit| unit.iter().map(move |value| range.part(range.least(), value.get())));
    // It has the same shape.
    CrossedRatings::from_units(units).map_err(|_| Undefined::Impossible)
}
