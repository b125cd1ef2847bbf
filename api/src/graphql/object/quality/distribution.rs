//! How often what was said.

use std::{cmp::Reverse, collections::BTreeMap};

use async_graphql::SimpleObject;
use stele_projections::quality::Tally;

/// How often a category was chosen.
#[derive(SimpleObject)]
pub(super) struct CategoryCount {
    /// The category.
    category: String,
    /// Labels of it.
    labels: u64,
    /// Their share of all labels, 0 to 1.
    share: f64,
}

/// How the responses of a model were rated.
#[derive(SimpleObject)]
pub(super) struct ModelRatings {
    /// The model.
    model: String,
    /// Labels of its responses.
    labels: u64,
    /// Their mean, where they are numbers.
    mean: Option<f64>,
    /// How often each category was chosen, the most frequent first.
    distribution: Vec<CategoryCount>,
}

pub(super) fn by_category(tally: &Tally) -> Vec<CategoryCount> {
    counts(tally.distribution())
}

pub(super) fn by_model(tally: &Tally) -> Vec<ModelRatings> {
    let rated = tally.rated().into_iter();
    rated
        .map(|(model, rated)| ModelRatings {
            model,
            labels: rated.values().sum(),
            mean: mean(&rated),
            distribution: counts(rated),
        })
        .collect()
}

fn counts(labels: BTreeMap<String, u64>) -> Vec<CategoryCount> {
    let all: u64 = labels.values().sum();
    let counted = labels.into_iter().map(|(category, labels)| {
        let share = labels as f64 / all as f64;
        CategoryCount { category, labels, share }
    });
    let mut counted: Vec<_> = counted.collect();
    counted.sort_by_key(|count| Reverse(count.labels));
    counted
}

fn mean(rated: &BTreeMap<String, u64>) -> Option<f64> {
    let mut numbers = Vec::with_capacity(rated.len());
    for (category, labels) in rated {
        numbers.push((category.parse::<f64>().ok()?, *labels as f64));
    }
    numbers.sort_by(|one, next| one.0.total_cmp(&next.0));
    let sum: f64 = numbers.iter().map(|(number, labels)| number * labels).sum();
    Some(sum / rated.values().sum::<u64>() as f64)
}
