//! What is expected of annotators: how often each knew, and what else he answered.

use libm::lgamma;

use crate::consensus::digamma::digamma;

/// Expected counts of an annotator's labels.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Habits {
    /// By annotator, the expected number of labels that he knew.
    pub(super) known: Vec<f64>,
    /// By annotator and category, the expected number of labels given by habit.
    pub(super) by_habit: Vec<f64>,
}

/// Weights of a variational step, `exp E[ln ·]`: they take the place of probabilities, and add up to less than 1.
#[derive(Clone, Debug)]
pub(super) struct Weights {
    /// By annotator, of knowing.
    pub(super) knows: Vec<f64>,
    /// By annotator and category, of not knowing and then answering this by habit.
    pub(super) by_habit: Vec<f64>,
}

impl Weights {
    /// Those of probabilities that are certain.
    pub(super) fn certain(knows: Vec<f64>, mut habits: Vec<f64>) -> Self {
        let classes = habits.len().checked_div(knows.len()).unwrap_or(1).max(1);
        for (row, knows) in habits.chunks_exact_mut(classes).zip(&knows) {
            row.iter_mut().for_each(|habit| *habit *= 1.0 - knows);
        }
        Self { knows, by_habit: habits }
    }

    /// Each annotator's and category's cell: the category, the weight of knowing and that of the habit.
    pub(super) fn cells(&self, classes: usize) -> impl Iterator<Item = (usize, f64, f64)> {
        self.by_habit.chunks_exact(classes).zip(&self.knows).flat_map(|(row, &knows)| {
            row.iter().enumerate().map(move |(category, &by_habit)| (category, knows, by_habit))
        })
    }
}

impl Habits {
    /// From the expected number of labels of each cell that are given to items of each class.
    pub(super) fn expected(classes: usize, weights: &Weights, labels: &[f64]) -> Self {
        let annotators = weights.knows.len();
        let mut habits = Self { known: vec![0.0; annotators], by_habit: Vec::with_capacity(weights.by_habit.len()) };
        for (cell, (category, knows, by_habit)) in weights.cells(classes).enumerate() {
            let row = &labels[cell * classes..][..classes];
            // Only a label that is right can have been known.
            let known = row[category] * (knows / (knows + by_habit));
            habits.known[cell / classes] += known;
            habits.by_habit.push(row.iter().sum::<f64>() - known);
        }
        habits
    }

    fn rows(&self) -> impl Iterator<Item = (f64, &[f64])> {
        let classes = self.by_habit.len().checked_div(self.known.len()).unwrap_or(1).max(1);
        self.known.iter().copied().zip(self.by_habit.chunks_exact(classes))
    }

    /// The weights that follow from these counts and priors.
    pub(super) fn weights(&self, competence_prior: f64, habit_prior: f64) -> Weights {
        let mut weights = Weights { knows: Vec::new(), by_habit: Vec::with_capacity(self.by_habit.len()) };
        for (known, row) in self.rows() {
            let [knows, not] = [known + competence_prior, row.iter().sum::<f64>() + competence_prior];
            let all = digamma(knows + not);
            weights.knows.push((digamma(knows) - all).exp());
            let habits = digamma(row.iter().map(|count| count + habit_prior).sum());
            let habit = |count: &f64| (digamma(not) - all + digamma(count + habit_prior) - habits).exp();
            weights.by_habit.extend(row.iter().map(habit));
        }
        weights
    }

    /// How far the posteriors of all competences and habits are from their priors: Kullback-Leibler, in nats.
    pub(super) fn divergence(&self, competence_prior: f64, habit_prior: f64) -> f64 {
        let of_annotator = |(known, row): (f64, &[f64])| {
            let not: f64 = row.iter().sum();
            dirichlet_divergence(&[known, not], competence_prior) + dirichlet_divergence(row, habit_prior)
        };
        self.rows().map(of_annotator).sum()
    }

    /// The posterior mean of each competence.
    pub(super) fn competence(&self, prior: f64) -> Vec<f64> {
        let mean = |(known, row): (f64, &[f64])| (known + prior) / (known + row.iter().sum::<f64>() + 2.0 * prior);
        self.rows().map(mean).collect()
    }

    /// The posterior mean of each habit.
    pub(super) fn shares(&self, prior: f64) -> Vec<f64> {
        let means = |(_, row): (f64, &[f64])| {
            let sum: f64 = row.iter().map(|count| count + prior).sum();
            row.iter().map(|count| (count + prior) / sum).collect::<Vec<f64>>()
        };
        self.rows().flat_map(means).collect()
    }
}

/// How far a Dirichlet distribution is from a symmetric prior that these counts are added to, in nats.
fn dirichlet_divergence(counts: &[f64], prior: f64) -> f64 {
    let sum: f64 = counts.iter().map(|count| count + prior).sum();
    let digamma_of_sum = digamma(sum);
    let term =
        |&count: &f64| count * (digamma(count + prior) - digamma_of_sum) - (lgamma(count + prior) - lgamma(prior));
    lgamma(sum) - lgamma(prior * counts.len() as f64) + counts.iter().map(term).sum::<f64>()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_count_is_no_divergence() {
        assert!(dirichlet_divergence(&[0.0, 0.0, 0.0], 10.0).abs() < 1e-12);
        assert!(dirichlet_divergence(&[3.0, 0.0], 0.5) > 0.1);
    }

    /// Beta(3, 1) from Beta(1, 1): `∫ 3x² ln 3x² dx = ln 3 − 2/3`.
    #[test]
    fn divergence_is_that_of_the_integral() {
        let expected = 3f64.ln() - 2.0 / 3.0;
        assert!((dirichlet_divergence(&[2.0, 0.0], 1.0) - expected).abs() < 1e-13);
    }
}
