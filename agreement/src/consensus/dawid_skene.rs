//! Dawid and Skene's model: each annotator has a confusion matrix.

use super::{
    Labels, Posterior,
    expectation::{Expected, LatentClass, expect},
    vote_shares,
};

/// How a fit of the model of Dawid and Skene is made.
///
/// An item of class `c` is put into category `l` by annotator `w` with probability `π_cl^(w)`, and a share `p_c` of items is
/// of class `c`. Estimated are these and each item's class, by expectation maximisation from the vote shares.
///
/// Source: Dawid & Skene, "Maximum likelihood estimation of observer error-rates using the EM algorithm", *Applied
/// Statistics* 28(1), 1979; equations 2.3 to 2.5.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DawidSkene {
    /// The most steps that are made, at least 1. Each costs a time proportional to labels × categories.
    pub iterations: u32,
    /// The fit has converged once a step gains no more than this a label in the objective; 0 or more.
    pub tolerance: f64,
    /// What is known of confusion matrices before there are labels.
    pub confusion_prior: ConfusionPrior,
}

impl Default for DawidSkene {
    /// A hundred steps, a tolerance of 10⁻⁹, and no prior.
    fn default() -> Self {
        Self { iterations: 100, tolerance: 1e-9, confusion_prior: ConfusionPrior::NONE }
    }
}

/// Labels that are added to every annotator's rows of confusion before they are divided: a Dirichlet prior.
///
/// The estimate is then that of maximum posterior density, with the Dirichlet parameters 1 more than these
/// pseudo-counts. Without a prior, an annotator of three labels has a matrix of zeros and ones, which is believed:
/// sparse annotators then make the model worse than a majority vote.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ConfusionPrior {
    /// Added to each class's own category; finite, 0 or more.
    pub same: f64,
    /// Added to each other category; finite, 0 or more.
    pub other: f64,
}

impl ConfusionPrior {
    /// No prior: maximum likelihood.
    pub const NONE: Self = Self { same: 0.0, other: 0.0 };

    fn is_valid(self) -> bool {
        [self.same, self.other].into_iter().all(|count| count.is_finite() && count >= 0.0)
    }
}

/// Why there is no estimate.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum DawidSkeneError {
    /// There is no item.
    #[error("there is no item")]
    NoItem,
    /// No step may be made.
    #[error("at least one iteration is needed")]
    NoIteration,
    /// A tolerance that is negative or not a number.
    #[error("the tolerance {0} is not 0 or more")]
    Tolerance(f64),
    /// A pseudo-count that is negative or not finite.
    #[error("{0:?} is not of finite counts of 0 or more")]
    Prior(ConfusionPrior),
}

/// Confusion matrices, frequencies of classes, and the class of each item.
#[derive(Clone, Debug, PartialEq)]
pub struct DawidSkeneEstimate {
    classes: usize,
    posterior: Posterior,
    prior: Vec<f64>,
    /// By annotator and category, the category's probability for each class.
    confusion: Vec<f64>,
    log_likelihood: f64,
    objective: Vec<f64>,
    converged: bool,
}

impl DawidSkene {
    /// Fits the model.
    ///
    /// The posterior, the log-likelihood and the last objective are those of the returned prior and confusion matrices.
    pub fn fit(&self, labels: &Labels) -> Result<DawidSkeneEstimate, DawidSkeneError> {
        self.check(labels)?;
        let mut rows = Vec::with_capacity(labels.shape().items as usize * labels.classes());
        let mut expected = vote(labels);
        let mut objective = Vec::new();
        loop {
            let model = self.maximise(labels, &expected);
            rows.clear();
            expected = expect(labels, &model, |row| rows.extend_from_slice(row));
            let value = expected.log_likelihood + self.log_prior(labels.classes(), &model);
            let converged =
                objective.last().is_some_and(|before| value - before <= self.tolerance * labels.len() as f64);
            objective.push(value);
            if converged || objective.len() >= self.iterations as usize {
                return Ok(DawidSkeneEstimate {
                    classes: labels.classes(),
                    posterior: Posterior::new(labels.classes(), rows),
                    prior: model.prior,
                    confusion: model.answers,
                    log_likelihood: expected.log_likelihood,
                    objective,
                    converged,
                });
            }
        }
    }

    fn check(&self, labels: &Labels) -> Result<(), DawidSkeneError> {
        if labels.is_empty() {
            Err(DawidSkeneError::NoItem)
        } else if self.iterations == 0 {
            Err(DawidSkeneError::NoIteration)
        } else if self.tolerance.is_nan() || self.tolerance < 0.0 {
            Err(DawidSkeneError::Tolerance(self.tolerance))
        } else if self.confusion_prior.is_valid() {
            Ok(())
        } else {
            Err(DawidSkeneError::Prior(self.confusion_prior))
        }
    }

    /// The model that makes what is expected most probable.
    fn maximise(&self, labels: &Labels, expected: &Expected) -> LatentClass {
        let classes = labels.classes();
        let items = f64::from(labels.shape().items);
        let prior = expected.items.iter().map(|count| count / items).collect();
        let mut answers = expected.labels.clone();
        for matrix in answers.chunks_exact_mut(classes * classes) {
            for (index, count) in matrix.iter_mut().enumerate() {
                *count += self.pseudo_count(index / classes == index % classes);
            }
            normalise_columns(matrix, classes);
        }
        LatentClass { prior, answers }
    }

    /// The logarithm of the prior's density, but for a constant; 0 without a prior.
    fn log_prior(&self, classes: usize, model: &LatentClass) -> f64 {
        if self.confusion_prior == ConfusionPrior::NONE {
            return 0.0;
        }
        let density = |(index, probability): (usize, &f64)| {
            let count = self.pseudo_count(index / classes == index % classes);
            if count > 0.0 { count * probability.ln() } else { 0.0 }
        };
        model.answers.chunks_exact(classes * classes).flat_map(|matrix| matrix.iter().enumerate()).map(density).sum()
    }

    fn pseudo_count(&self, same: bool) -> f64 {
        if same { self.confusion_prior.same } else { self.confusion_prior.other }
    }
}

/// What the vote shares would have one expect.
fn vote(labels: &Labels) -> Expected {
    let mut expected = Expected::nothing(labels);
    for (row, cells) in vote_shares(labels).iter().zip(labels.cells_by_item()) {
        expected.count(row, cells);
    }
    expected
}

/// Makes each column of a matrix (category by class) add up to 1; a column of zeros, of a class whose items the
/// annotator never had, says nothing, so that its categories become equally probable.
fn normalise_columns(matrix: &mut [f64], classes: usize) {
    for class in 0..classes {
        let sum: f64 = matrix.iter().skip(class).step_by(classes).sum();
        for count in matrix.iter_mut().skip(class).step_by(classes) {
            *count = if sum > 0.0 { *count / sum } else { 1.0 / classes as f64 };
        }
    }
}

impl DawidSkeneEstimate {
    /// How probable each class is for each item.
    #[must_use]
    pub fn posterior(&self) -> &Posterior {
        &self.posterior
    }

    /// `p_c`, the share of items of each class.
    #[must_use]
    pub fn prior(&self) -> &[f64] {
        &self.prior
    }

    /// `π_cl`, the probability that an annotator puts an item of a class into a category; nothing if there is no such
    /// annotator, class or category.
    #[must_use]
    pub fn confusion(&self, annotator: u32, class: u32, category: u32) -> Option<f64> {
        let [annotator, class, category] = [annotator as usize, class as usize, category as usize];
        let inside = class < self.classes && category < self.classes;
        let row = annotator.checked_mul(self.classes)?.checked_add(category)?.checked_mul(self.classes)?;
        if inside { self.confusion.get(row + class).copied() } else { None }
    }

    /// The probability that an annotator puts an item of unknown class into its class, `Σ p_c π_cc`; nothing if there is
    /// no such annotator.
    #[must_use]
    pub fn accuracy(&self, annotator: u32) -> Option<f64> {
        (0..).zip(&self.prior).map(|(class, share)| Some(share * self.confusion(annotator, class, class)?)).sum()
    }

    /// The natural logarithm of the labels' probability.
    #[must_use]
    pub fn log_likelihood(&self) -> f64 {
        self.log_likelihood
    }

    /// The objective at each step, which never falls but by rounding: the log-likelihood and, with a prior, the
    /// logarithm of its density but for a constant.
    #[must_use]
    pub fn objective(&self) -> &[f64] {
        &self.objective
    }

    /// Whether the last step gained no more than the tolerance.
    #[must_use]
    pub fn converged(&self) -> bool {
        self.converged
    }
}
