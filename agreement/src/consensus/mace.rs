//! The model MACE: each annotator either knows an item's category, or answers by habit.

mod habits;
#[cfg(test)]
mod naive;

use chacha20::{
    ChaCha20Rng,
    rand_core::{Rng, SeedableRng},
};
use habits::{Habits, Weights};

use super::{
    Labels, Posterior,
    expectation::{LatentClass, expect},
};

/// How a fit of the model MACE is made: multi-annotator competence estimation.
///
/// An annotator `j` gives an item's true category with probability `θ_j`, his competence; else he answers by habit, and
/// gives category `a` with probability `ξ_ja`. Categories are equally frequent beforehand. With two parameters an
/// annotator and category, and priors, it needs far fewer labels an annotator than confusion matrices do.
///
/// Estimated by variational expectation maximisation, from several random starts, of which the one with the greatest
/// evidence lower bound is kept.
///
/// Source: Hovy, Berg-Kirkpatrick, Vaswani & Hovy, "Learning whom to trust with MACE", NAACL-HLT 2013, sections 2 and 3;
/// the bound: Beal, *Variational algorithms for approximate Bayesian inference* (2003), section 2.3.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mace {
    /// How many random starts are tried, at least 1.
    pub restarts: u32,
    /// The most steps from each, at least 1. Each costs a time proportional to labels × categories.
    pub iterations: u32,
    /// A start has converged once a step gains no more than this a label in the bound; 0 or more.
    pub tolerance: f64,
    /// What the random starts are drawn from.
    pub seed: u64,
    /// Both parameters of the Beta prior of `θ_j`; at least 0.01 and finite. Below 1, most annotators are expected to be
    /// very competent or not at all.
    pub competence_prior: f64,
    /// Every parameter of the Dirichlet prior of `ξ_j`; at least 0.01 and finite. Above 1, habits are expected to be mild.
    pub habit_prior: f64,
}

impl Default for Mace {
    /// The paper's: 10 starts of 50 steps, with priors of 0.5 and 10; seed 0 and a tolerance of 10⁻⁹.
    fn default() -> Self {
        Self { restarts: 10, iterations: 50, tolerance: 1e-9, seed: 0, competence_prior: 0.5, habit_prior: 10.0 }
    }
}

/// Why there is no estimate.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum MaceError {
    /// There is no item.
    #[error("there is no item")]
    NoItem,
    /// No start or no step may be made.
    #[error("at least one start and one iteration are needed")]
    NoIteration,
    /// A tolerance that is negative or not a number.
    #[error("the tolerance {0} is not 0 or more")]
    Tolerance(f64),
    /// A parameter of a prior that is too small or not finite.
    #[error("the prior {0} is not finite and at least 0.01")]
    Prior(f64),
}

/// Competences, habits, and the category of each item.
#[derive(Clone, Debug, PartialEq)]
pub struct MaceEstimate {
    posterior: Posterior,
    competence: Vec<f64>,
    habits: Vec<f64>,
    bound: Vec<f64>,
    converged: bool,
}

/// What a start led to.
struct Run {
    habits: Habits,
    bound: Vec<f64>,
    converged: bool,
}

impl Mace {
    /// Fits the model.
    ///
    /// The posterior and the last bound are those of the returned competences and habits.
    pub fn fit(&self, labels: &Labels) -> Result<MaceEstimate, MaceError> {
        self.check(labels)?;
        let mut best = self.run(labels, 0);
        for start in 1..self.restarts {
            let run = self.run(labels, start);
            if run.bound.last() > best.bound.last() {
                best = run;
            }
        }
        let mut rows = Vec::with_capacity(labels.shape().items as usize * labels.classes());
        expect(labels, &model(labels.classes(), &self.weights(&best.habits)), |row| rows.extend_from_slice(row));
        Ok(MaceEstimate {
            posterior: Posterior::new(labels.classes(), rows),
            competence: best.habits.competence(self.competence_prior),
            habits: best.habits.shares(self.habit_prior),
            bound: best.bound,
            converged: best.converged,
        })
    }

    fn check(&self, labels: &Labels) -> Result<(), MaceError> {
        let priors = [self.competence_prior, self.habit_prior];
        if labels.is_empty() {
            Err(MaceError::NoItem)
        } else if self.restarts == 0 || self.iterations == 0 {
            Err(MaceError::NoIteration)
        } else if self.tolerance.is_nan() || self.tolerance < 0.0 {
            Err(MaceError::Tolerance(self.tolerance))
        } else if let Some(&prior) = priors.iter().find(|prior| !(prior.is_finite() && **prior >= 0.01)) {
            Err(MaceError::Prior(prior))
        } else {
            Ok(())
        }
    }

    /// Steps from one random start to where they end.
    fn run(&self, labels: &Labels, start: u32) -> Run {
        let mut weights = self.start(labels, start);
        let mut bound: Vec<f64> = Vec::new();
        let mut habits = step(labels, &weights).0;
        loop {
            weights = self.weights(&habits);
            let (next, log_likelihood) = step(labels, &weights);
            let value = log_likelihood - habits.divergence(self.competence_prior, self.habit_prior);
            let converged = bound.last().is_some_and(|before| value - before <= self.tolerance * labels.len() as f64);
            bound.push(value);
            if converged || bound.len() >= self.iterations as usize {
                return Run { habits, bound, converged };
            }
            habits = next;
        }
    }

    /// Competences near a half and habits near even, as far from it as 1 is from 1.5.
    fn start(&self, labels: &Labels, start: u32) -> Weights {
        let mut seed = [0; 32];
        seed[..8].copy_from_slice(&self.seed.to_le_bytes());
        seed[8..12].copy_from_slice(&start.to_le_bytes());
        let mut generator = ChaCha20Rng::from_seed(seed);
        // 53 random bits are a uniform number from 0 to 1.
        let mut draw = || 1.0 + 0.5 * ((generator.next_u64() >> 11) as f64 / (1u64 << 53) as f64);
        let annotators = labels.shape().annotators;
        let knows = (0..annotators).map(|_| [draw(), draw()]).map(|[knows, not]| knows / (knows + not)).collect();
        let mut habits: Vec<f64> = (0..labels.cells()).map(|_| draw()).collect();
        for row in habits.chunks_exact_mut(labels.classes()) {
            let sum: f64 = row.iter().sum();
            row.iter_mut().for_each(|weight| *weight /= sum);
        }
        Weights::certain(knows, habits)
    }

    fn weights(&self, habits: &Habits) -> Weights {
        habits.weights(self.competence_prior, self.habit_prior)
    }
}

/// What is expected of annotators under these weights, and the logarithm of the labels' weight.
fn step(labels: &Labels, weights: &Weights) -> (Habits, f64) {
    let expected = expect(labels, &model(labels.classes(), weights), |_| {});
    (Habits::expected(labels.classes(), weights, &expected.labels), expected.log_likelihood)
}

/// The latent-class model that weights amount to: a confusion matrix of few parameters.
fn model(classes: usize, weights: &Weights) -> LatentClass {
    let cells = weights.cells(classes);
    let answers = cells
        .flat_map(|(category, knows, by_habit)| {
            (0..classes).map(move |class| if class == category { knows + by_habit } else { by_habit })
        })
        .collect();
    LatentClass { prior: vec![1.0 / classes as f64; classes], answers }
}

impl MaceEstimate {
    /// How probable each category is for each item.
    #[must_use]
    pub fn posterior(&self) -> &Posterior {
        &self.posterior
    }

    /// The posterior mean of `θ_j`, 0 to 1, by annotator; one without labels has the prior's, a half.
    #[must_use]
    pub fn competence(&self) -> &[f64] {
        &self.competence
    }

    /// The posterior mean of `ξ_ja`, the probability of a category among an annotator's answers by habit; nothing if there
    /// is no such annotator or category.
    #[must_use]
    pub fn habit(&self, annotator: u32, category: u32) -> Option<f64> {
        let classes = self.habits.len().checked_div(self.competence.len())?;
        let row = self.habits.chunks_exact(classes.max(1)).nth(annotator as usize)?;
        row.get(category as usize).copied()
    }

    /// The evidence lower bound, in nats, at each step of the start that was kept; it never falls but by rounding.
    #[must_use]
    pub fn bound(&self) -> &[f64] {
        &self.bound
    }

    /// Whether the last step gained no more than the tolerance.
    #[must_use]
    pub fn converged(&self) -> bool {
        self.converged
    }
}
