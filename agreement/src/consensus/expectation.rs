//! The expectation step that latent-class models share.
#![expect(clippy::inline_always, reason = "the number of classes has to be seen as a constant inside")]

use super::Labels;
use crate::log_product::LogProduct;

/// After so many labels an item's products are scaled back to about 1.
const STRIDE: usize = 16;
/// The least product that is trusted: below it, so much may have underflowed that logarithms are needed.
const LEAST: f64 = 1e-250;

/// What a latent-class model says: how frequent the classes are, and how each annotator answers to each.
///
/// Entries are probabilities, or weights of a variational approximation, which add up to less than 1.
#[derive(Clone, Debug)]
pub(crate) struct LatentClass {
    /// A probability for each class.
    pub(crate) prior: Vec<f64>,
    /// By cell (annotator and category), the probability of the cell's category for each class.
    pub(crate) answers: Vec<f64>,
}

impl LatentClass {
    /// The probability of a cell's category for each class.
    fn answers(&self, cell: u32) -> &[f64] {
        let classes = self.prior.len();
        &self.answers[cell as usize * classes..][..classes]
    }
}

/// What is expected of the hidden classes.
#[derive(Clone, Debug)]
pub(crate) struct Expected {
    /// The expected number of items of each class.
    pub(crate) items: Vec<f64>,
    /// By cell, the expected number of its labels given to items of each class.
    pub(crate) labels: Vec<f64>,
    /// The logarithm of the labels' probability, classes unknown.
    pub(crate) log_likelihood: f64,
}

impl Expected {
    /// Nothing, for the shape of these labels.
    pub(crate) fn nothing(labels: &Labels) -> Self {
        let classes = labels.classes();
        Self { items: vec![0.0; classes], labels: vec![0.0; labels.cells() * classes], log_likelihood: 0.0 }
    }

    /// Adds an item with these cells and this distribution over classes.
    pub(crate) fn count(&mut self, posterior: &[f64], cells: &[u32]) {
        for (items, probability) in self.items.iter_mut().zip(posterior) {
            *items += probability;
        }
        for &cell in cells {
            let row = &mut self.labels[cell as usize * posterior.len()..][..posterior.len()];
            for (labels, probability) in row.iter_mut().zip(posterior) {
                *labels += probability;
            }
        }
    }
}

/// What is expected under a model; each item's distribution over classes is also written to `row`, item by item.
pub(crate) fn expect(labels: &Labels, model: &LatentClass, row: impl FnMut(&[f64])) -> Expected {
    // A few classes are most of what is met. The compiler unrolls their loops, which makes a step twice as fast.
    match labels.classes() {
        2 => expect_classes(2, labels, model, row),
        3 => expect_classes(3, labels, model, row),
        4 => expect_classes(4, labels, model, row),
        5 => expect_classes(5, labels, model, row),
        classes => expect_classes(classes, labels, model, row),
    }
}

#[inline(always)]
fn expect_classes(classes: usize, labels: &Labels, model: &LatentClass, mut row: impl FnMut(&[f64])) -> Expected {
    let mut expected = Expected::nothing(labels);
    let mut likelihood = LogProduct::ONE;
    let mut logarithms = 0.0;
    let mut posterior = vec![0.0; classes];
    let posterior = &mut posterior[..classes];
    for cells in labels.cells_by_item() {
        match multiply(classes, posterior, model, cells) {
            Some((scale, sum)) => {
                logarithms += scale;
                likelihood.multiply(sum);
            }
            None => logarithms += add_logarithms(posterior, model, cells),
        }
        count(classes, &mut expected, posterior, cells);
        row(posterior);
    }
    expected.log_likelihood = logarithms + likelihood.ln();
    expected
}

/// Sets the posterior of an item with these cells by multiplying; gives a logarithm and a factor of its likelihood.
///
/// Nothing if the products became too small to tell.
#[inline(always)]
fn multiply(classes: usize, posterior: &mut [f64], model: &LatentClass, cells: &[u32]) -> Option<(f64, f64)> {
    let mut scale = 0.0;
    posterior[..classes].copy_from_slice(&model.prior[..classes]);
    for (stride, cells) in cells.chunks(STRIDE).enumerate() {
        if stride > 0 {
            scale += rescale(posterior)?.ln();
        }
        for &cell in cells {
            let answers = &model.answers[cell as usize * classes..][..classes];
            for (product, answer) in posterior[..classes].iter_mut().zip(answers) {
                *product *= answer;
            }
        }
    }
    Some((scale, rescale(&mut posterior[..classes])?))
}

/// Adds an item's distribution to what is expected.
#[inline(always)]
fn count(classes: usize, expected: &mut Expected, posterior: &[f64], cells: &[u32]) {
    for (items, probability) in expected.items[..classes].iter_mut().zip(&posterior[..classes]) {
        *items += probability;
    }
    for &cell in cells {
        let row = &mut expected.labels[cell as usize * classes..][..classes];
        for (labels, probability) in row.iter_mut().zip(&posterior[..classes]) {
            *labels += probability;
        }
    }
}

/// Divides the products by their sum, and gives the sum.
#[inline(always)]
fn rescale(products: &mut [f64]) -> Option<f64> {
    let sum: f64 = products.iter().sum();
    if sum < LEAST {
        return None;
    }
    let factor = 1.0 / sum;
    products.iter_mut().for_each(|product| *product *= factor);
    Some(sum)
}

/// Sets the posterior of an item by adding logarithms, which never underflow; gives its log-likelihood.
fn add_logarithms(posterior: &mut [f64], model: &LatentClass, cells: &[u32]) -> f64 {
    for (logarithm, prior) in posterior.iter_mut().zip(&model.prior) {
        *logarithm = prior.ln();
    }
    for &cell in cells {
        for (logarithm, answer) in posterior.iter_mut().zip(model.answers(cell)) {
            *logarithm += answer.ln();
        }
    }
    let greatest = posterior.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    posterior.iter_mut().for_each(|logarithm| *logarithm = (*logarithm - greatest).exp());
    let sum: f64 = posterior.iter().sum();
    posterior.iter_mut().for_each(|product| *product /= sum);
    greatest + sum.ln()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::consensus::{Label, Shape};

    /// One item, whose labels are each of a probability so small that their product is below any double.
    #[test]
    fn where_products_underflow_logarithms_are_added() {
        let shape = Shape { items: 1, annotators: 20, categories: 2 };
        let rows: Vec<Label> = (0..20).map(|annotator| Label { item: 0, annotator, category: 1 }).collect();
        let labels = Labels::new(shape, &rows).expect("inside");
        let answers = (0..20).flat_map(|_| [0.5, 0.5, 1e-30, 1.1e-30]).collect();
        let model = LatentClass { prior: vec![0.75, 0.25], answers };
        let mut posterior = Vec::new();
        let expected = expect(&labels, &model, |row| posterior.extend_from_slice(row));
        // The odds are 1 to 1/3 of 1.1²⁰.
        let odds = 1.1f64.powi(20) / 3.0;
        assert!((posterior[1] / posterior[0] / odds - 1.0).abs() < 1e-10, "{posterior:?}");
        let likelihood = 20.0 * 1e-30f64.ln() + (0.75 + 0.25 * 1.1f64.powi(20)).ln();
        assert!((expected.log_likelihood / likelihood - 1.0).abs() < 1e-13, "{}", expected.log_likelihood);
        assert!((expected.labels[2..4].iter().sum::<f64>() - 1.0).abs() < 1e-12);
    }
}
