//! Strengths where annotators are more or less reliable.

use super::{judgments::Judgments, minorisation::Meetings};
use crate::log_product::LogProduct;

/// How a fit of Bradley and Terry's model with unreliable annotators is made.
///
/// With probability `s_w`, his skill, annotator `w` prefers item `i` to `j` with probability `p_i / (p_i + p_j)`; else he
/// answers in another way, which [`Noise`] says. Ties count as half a preference for either item. Estimated by expectation
/// maximisation: what is hidden is which judgments were made with skill, and among those expected to be, strengths are
/// moved by minorisation and maximisation.
///
/// The likelihood may have several maxima; the one is found that is reached from equal strengths and a skill of 0.8.
///
/// Sources: Chen, Bennett, Collins-Thompson & Horvitz, "Pairwise ranking aggregation in a crowdsourced setting", WSDM 2013;
/// Bugakova, Fedorova, Gusev & Drutsa, "Aggregation of pairwise comparisons with reduction of biases" (2019).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NoisyBradleyTerry {
    /// What annotators do when they don't judge.
    pub noise: Noise,
    /// The most steps, at least 1. Each costs a time proportional to judgments.
    pub iterations: u32,
    /// The fit has converged once a step gains no more than this a judgment in the objective; 0 or more.
    pub tolerance: f64,
    /// So many ties of each item with an imaginary one of strength 1 are added; above 0. They keep strengths finite.
    pub prior_ties: f64,
    /// So many judgments with skill, and as many without, are added to each annotator's; 0 or more. Likewise so many
    /// preferences without skill for either side.
    pub annotator_prior: f64,
}

/// What an annotator does when he doesn't judge by strengths.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Noise {
    /// He takes the left item with a probability of his own (Bugakova et al. 2019).
    Side,
    /// He prefers the weaker item with the probability that the stronger one should have had, out of malice or having
    /// misread the question (Chen et al. 2013, where the skill is `η`).
    Reversal,
}

impl Default for NoisyBradleyTerry {
    /// Sides, at most 10,000 steps, a tolerance of 10⁻⁹, a tenth of a tie, and one judgment of each kind.
    fn default() -> Self {
        Self { noise: Noise::Side, iterations: 10_000, tolerance: 1e-9, prior_ties: 0.1, annotator_prior: 1.0 }
    }
}

/// A setting out of its range.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[error("{0:?} has a setting out of its range")]
pub struct NoisyBradleyTerryError(NoisyBradleyTerry);

/// Strengths, and what each annotator is worth.
#[derive(Clone, Debug, PartialEq)]
pub struct NoisyBradleyTerryEstimate {
    strengths: Vec<f64>,
    annotators: Vec<Reliability>,
    log_likelihood: f64,
    objective: Vec<f64>,
    converged: bool,
}

/// How far an annotator can be relied on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reliability {
    /// The probability that he judges by strengths, 0 to 1.
    pub skill: f64,
    /// The probability that he takes the left item when he doesn't, 0 to 1; ½ where that isn't the [`Noise`].
    pub left: f64,
}

/// What is expected of one annotator's judgments.
#[derive(Clone, Copy, Debug, Default)]
struct Expected {
    skilled: f64,
    /// Not skilled, of the right item and of the left.
    otherwise: [f64; 2],
}

impl NoisyBradleyTerry {
    /// Fits the model.
    pub fn fit(&self, judgments: &Judgments) -> Result<NoisyBradleyTerryEstimate, NoisyBradleyTerryError> {
        self.check()?;
        let mut meetings = Meetings::new(judgments.items(), judgments.pairs(), self.prior_ties);
        let mut annotators = vec![Reliability { skill: 0.8, left: 0.5 }; judgments.annotators()];
        let mut objective: Vec<f64> = Vec::new();
        loop {
            let (likelihood, expected) = self.expect(judgments, &mut meetings, &annotators);
            let value = likelihood + meetings.log_prior() + self.log_prior(&annotators);
            let gain = objective.last().map(|before| value - before);
            objective.push(value);
            let converged = gain.is_some_and(|gain| gain <= self.tolerance * judgments.count() as f64);
            if converged || objective.len() > self.iterations as usize {
                return Ok(NoisyBradleyTerryEstimate {
                    strengths: meetings.scaled_strengths(),
                    annotators,
                    log_likelihood: likelihood,
                    objective,
                    converged,
                });
            }
            meetings.maximise();
            annotators = expected.into_iter().map(|expected| self.maximise(expected)).collect();
        }
    }

    fn check(&self) -> Result<(), NoisyBradleyTerryError> {
        let valid = self.iterations > 0
            && self.tolerance >= 0.0
            && self.prior_ties > 0.0
            && self.prior_ties.is_finite()
            && self.annotator_prior >= 0.0
            && self.annotator_prior.is_finite();
        if valid { Ok(()) } else { Err(NoisyBradleyTerryError(*self)) }
    }

    /// The log-likelihood, what is expected of annotators, and into the meetings the preferences expected to be skilled.
    fn expect(
        &self,
        judgments: &Judgments,
        meetings: &mut Meetings,
        annotators: &[Reliability],
    ) -> (f64, Vec<Expected>) {
        let shares = meetings.take_shares();
        let mut likelihood = LogProduct::ONE;
        let mut log_likelihood = 0.0;
        let mut all = Vec::with_capacity(annotators.len());
        for (rows, reliability) in judgments.by_annotator().zip(annotators) {
            let mut expected = Expected::default();
            let sides = [1.0 - reliability.left, reliability.left];
            for row in rows {
                // Which item was preferred is hard to foresee: indices cost less than branches.
                let winner = usize::from(!row.first_preferred);
                let side = usize::from(row.left_preferred);
                let shares = shares[row.pair as usize];
                let otherwise = if self.noise == Noise::Side { sides[side] } else { shares[1 - winner] };
                let [skilled, not] = [reliability.skill * shares[winner], (1.0 - reliability.skill) * otherwise];
                let probability = skilled + not;
                let weight = f64::from(row.halves) / 2.0;
                let by_skill = weight * (skilled / probability);
                expected.skilled += by_skill;
                expected.otherwise[side] += weight - by_skill;
                let preferred = &mut meetings.pairs[row.pair as usize].preferred;
                preferred[winner] += by_skill;
                if self.noise == Noise::Reversal {
                    preferred[1 - winner] += weight - by_skill;
                }
                if row.halves == 2 {
                    likelihood.multiply(probability);
                } else {
                    log_likelihood += weight * probability.ln();
                }
            }
            all.push(expected);
        }
        (log_likelihood + likelihood.ln(), all)
    }

    fn maximise(&self, expected: Expected) -> Reliability {
        let prior = self.annotator_prior;
        let share = |yes: f64, no: f64| if yes + no > 0.0 { yes / (yes + no) } else { 0.5 };
        let [right, left] = expected.otherwise;
        let skill = share(expected.skilled + prior, left + right + prior);
        let left = match self.noise {
            Noise::Side => share(left + prior, right + prior),
            Noise::Reversal => 0.5,
        };
        Reliability { skill, left }
    }

    /// The logarithm of the annotators' prior density, but for a constant.
    fn log_prior(&self, annotators: &[Reliability]) -> f64 {
        if self.annotator_prior <= 0.0 {
            return 0.0;
        }
        let even = |share: f64| self.annotator_prior * (share * (1.0 - share)).ln();
        annotators.iter().map(|annotator| even(annotator.skill) + even(annotator.left)).sum()
    }
}

impl NoisyBradleyTerryEstimate {
    /// The strength of each item: above 0, with a geometric mean of 1.
    #[must_use]
    pub fn strengths(&self) -> &[f64] {
        &self.strengths
    }

    /// What each annotator is worth; one without judgments has the prior's.
    #[must_use]
    pub fn annotators(&self) -> &[Reliability] {
        &self.annotators
    }

    /// The natural logarithm of the judgments' likelihood, without priors: ties count as half of each preference.
    #[must_use]
    pub fn log_likelihood(&self) -> f64 {
        self.log_likelihood
    }

    /// The objective before the first step and after each, which never falls but by rounding: the log-likelihood and the
    /// logarithm of the priors' density, but for a constant.
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
