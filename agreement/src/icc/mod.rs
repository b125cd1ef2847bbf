//! Intraclass correlation: how much of the variance of numeric ratings is due to the units.

mod anova;

use statrs::distribution::{ContinuousCDF, FisherSnedecor};

use self::anova::Anova;
use crate::{Confidence, CrossedRatings, Interval, Undefined, Value};

/// Where annotators come from, and whether their levels count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Model {
    /// ICC(1,·): each unit has annotators of its own, so their levels are part of the error.
    OneWay,
    /// ICC(2,·), or ICC(A,·): a sample of annotators rates all units; they agree if they give the same numbers.
    TwoWayRandom,
    /// ICC(3,·), or ICC(C,·): these annotators and no others; they are consistent if they differ by a constant.
    TwoWayMixed,
}

/// What is to be relied on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reliance {
    /// ICC(·,1): one annotator's rating.
    Single,
    /// ICC(·,k): the mean of all annotators' ratings.
    Mean,
}

/// An intraclass correlation and the test that it is 0.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Icc {
    /// The correlation, at most 1; negative where units differ less than by chance.
    pub value: f64,
    /// The ratio of mean squares, of units to error; infinite without error.
    pub f: f64,
    /// Its degrees of freedom.
    pub freedom: (f64, f64),
    /// How often `f` would be as great if units didn't differ.
    pub p: f64,
    model: Model,
    reliance: Reliance,
    anova: Anova,
}

/// One of the six intraclass correlations of Shrout & Fleiss.
///
/// The order of units and of annotators doesn't matter to the bits. Undefined where all ratings are the same, and that of
/// means also where all units have the same mean.
///
/// Source: Shrout & Fleiss, "Intraclass correlations: uses in assessing rater reliability", *Psychological Bulletin*
/// 86(2), 1979; names by agreement and consistency: `McGraw` & Wong, "Forming inferences about some intraclass
/// correlation coefficients", *Psychological Methods* 1(1), 1996.
pub fn icc(ratings: &CrossedRatings<Value>, model: Model, reliance: Reliance) -> Result<Icc, Undefined> {
    let anova = Anova::of(ratings)?;
    let (units, error) = (anova.between_units, anova.error(model));
    if reliance == Reliance::Mean && units == 0.0 {
        return Err(Undefined::EqualUnits);
    }
    let single = (units - error) / (units + (anova.annotators - 1.0) * error + levels(&anova, model));
    let value = match reliance {
        Reliance::Single => single,
        Reliance::Mean => (units - error) / (units + levels(&anova, model) / anova.annotators),
    };
    let f = units / error;
    let freedom = (anova.units - 1.0, anova.freedom(model));
    let p = FisherSnedecor::new(freedom.0, freedom.1).map_or(f64::NAN, |distribution| tail(&distribution, f));
    Ok(Icc { value, f, freedom, p, model, reliance, anova })
}

/// What differing levels of annotators add to the variance, where they count.
fn levels(anova: &Anova, model: Model) -> f64 {
    match model {
        Model::TwoWayRandom => anova.annotators * (anova.between_annotators - anova.residual) / anova.units,
        Model::OneWay | Model::TwoWayMixed => 0.0,
    }
}

fn tail(distribution: &FisherSnedecor, f: f64) -> f64 {
    if f.is_infinite() { 0.0 } else { distribution.sf(f) }
}

impl Icc {
    /// The interval by the F distribution; for ICC(2,·) with Satterthwaite's degrees of freedom.
    ///
    /// Source: Shrout & Fleiss (1979), page 424 and following.
    #[must_use]
    pub fn interval(&self, confidence: Confidence) -> Interval {
        let Anova { annotators: k, .. } = self.anova;
        let (low, high) = match self.model {
            Model::OneWay | Model::TwoWayMixed => self.exact(confidence),
            Model::TwoWayRandom => self.approximate(confidence),
        };
        match self.reliance {
            Reliance::Single => Interval { low, high },
            // Spearman and Brown: how reliable a mean is, if one rating is so reliable.
            Reliance::Mean => {
                Interval { low: k * low / (1.0 + (k - 1.0) * low), high: k * high / (1.0 + (k - 1.0) * high) }
            }
        }
    }

    fn exact(&self, confidence: Confidence) -> (f64, f64) {
        let Anova { annotators: k, between_units: units, .. } = self.anova;
        let error = self.anova.error(self.model);
        let (d1, d2) = self.freedom;
        let (below, above) = (quantile(d1, d2, confidence), quantile(d2, d1, confidence));
        let low = (units - below * error) / (units + (k - 1.0) * below * error);
        (low, (above * units - error) / (above * units + (k - 1.0) * error))
    }

    fn approximate(&self, confidence: Confidence) -> (f64, f64) {
        let Anova { units: n, annotators: k, between_units, between_annotators, residual } = self.anova;
        let freedom = self.satterthwaite();
        let (below, above) = (quantile(n - 1.0, freedom, confidence), quantile(freedom, n - 1.0, confidence));
        let others = k * between_annotators + (k * n - k - n) * residual;
        let low = n * (between_units - below * residual) / (below * others + n * between_units);
        (low, n * (above * between_units - residual) / (others + n * above * between_units))
    }

    /// The degrees of freedom of the error of ICC(2,1), `v`; multiplied out so that there may be no residual.
    fn satterthwaite(&self) -> f64 {
        let Anova { units: n, annotators: k, between_units, between_annotators, residual } = self.anova;
        let single = (between_units - residual)
            / (between_units + (k - 1.0) * residual + k * (between_annotators - residual) / n);
        let of_annotators = k * single * between_annotators;
        let of_residual = (n * (1.0 + (k - 1.0) * single) - k * single) * residual;
        let freedom = (k - 1.0) * (n - 1.0) * (of_annotators + of_residual).powi(2)
            / ((n - 1.0) * of_annotators.powi(2) + of_residual.powi(2));
        // Without any error its degrees of freedom don't matter, but they have to be some.
        if freedom > 0.0 { freedom } else { self.freedom.1 }
    }
}

/// The F value that is exceeded as seldom as the confidence asks for at either end.
fn quantile(first: f64, second: f64, confidence: Confidence) -> f64 {
    FisherSnedecor::new(first, second).map_or(f64::NAN, |f| f.inverse_cdf(1.0 - confidence.below()))
}
