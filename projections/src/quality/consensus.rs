//! What annotators say together, by the models of the statistics.

use std::collections::BTreeMap;

use stele_agreement::consensus::{
    DawidSkene, DawidSkeneError, DawidSkeneEstimate, Label, Labels, LabelsError, Mace, MaceError, MaceEstimate,
    Shape, TiePolicy, majority, vote_shares,
};
use stele_domain::{ParticipantId, TaskId, form::Part};

use super::judgment::Judgment;

/// The labels of a question by numbers, as the models take them, and what the numbers stand for.
#[derive(Clone, Debug)]
pub struct Numbered {
    labels: Labels,
    /// The units, in the order of their tasks and parts.
    pub units: Vec<NumberedUnit>,
    /// The annotators, in order.
    pub annotators: Vec<ParticipantId>,
    /// The categories that somebody chose, in order.
    pub categories: Vec<String>,
}

/// A unit of a question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NumberedUnit {
    /// The task.
    pub task: TaskId,
    /// What of the task it is.
    pub part: Part,
    /// How many labels it has.
    pub labels: usize,
    /// The right answer, where it is known.
    pub right: Option<String>,
}

impl Numbered {
    /// Numbers labels, those of a unit being beside each other, in the order in which they were recorded.
    pub fn new(judgments: &[Judgment]) -> Result<Self, LabelsError> {
        let annotators = numbers(judgments.iter().map(Judgment::annotator));
        let categories = numbers(judgments.iter().map(Judgment::category));
        let (mut units, mut labels) = (Vec::new(), Vec::with_capacity(judgments.len()));
        let by_unit = judgments.chunk_by(|one, next| (one.task, one.part) == (next.task, next.part));
        for (item, unit) in (0..).zip(by_unit) {
            labels.extend(unit.iter().map(|judgment| Label {
                item,
                annotator: annotators[&judgment.annotator()],
                category: categories[judgment.category()],
            }));
            units.extend(unit.first().map(|first| NumberedUnit {
                task: first.task,
                part: first.part,
                labels: unit.len(),
                right: first.right.clone(),
            }));
        }
        let count = |length: usize| u32::try_from(length).unwrap_or(u32::MAX);
        let shape = Shape {
            items: count(units.len()),
            annotators: count(annotators.len()),
            categories: count(categories.len().max(1)),
        };
        Ok(Self {
            labels: Labels::new(shape, &labels)?,
            units,
            annotators: annotators.into_keys().collect(),
            categories: categories.into_keys().map(str::to_owned).collect(),
        })
    }

    /// What most say of each unit; of several categories that have as many votes, the one that was recorded first.
    #[must_use]
    pub fn first_majority(&self) -> Vec<Option<&str>> {
        let named = |category: Option<u32>| Some(self.categories.get(category? as usize)?.as_str());
        majority(&self.labels, TiePolicy::First).into_iter().map(named).collect()
    }

    /// What most say of each unit: one category, or several that have as many votes.
    #[must_use]
    pub fn majority(&self) -> Vec<Vec<&str>> {
        let shares = vote_shares(&self.labels);
        let leading = |shares: &[f64]| {
            let most = shares.iter().copied().fold(0.0, f64::max);
            // equal counts of one number of votes are equal shares, to the bit
            let leading = shares.iter().zip(&self.categories).filter(|(share, _)| share.to_bits() == most.to_bits());
            leading.map(|(_, category)| category.as_str()).collect()
        };
        shares.iter().map(leading).collect()
    }

    /// Dawid & Skene's model of the labels.
    pub fn dawid_skene(&self, settings: &DawidSkene) -> Result<DawidSkeneEstimate, DawidSkeneError> {
        settings.fit(&self.labels)
    }

    /// The model MACE of the labels.
    pub fn mace(&self, settings: &Mace) -> Result<MaceEstimate, MaceError> {
        settings.fit(&self.labels)
    }
}

/// Numbers for distinct things, from 0 in their order.
pub fn numbers<T: Ord>(things: impl Iterator<Item = T>) -> BTreeMap<T, u32> {
    let mut numbers: BTreeMap<T, u32> = things.map(|thing| (thing, 0)).collect();
    numbers.values_mut().zip(0..).for_each(|(number, place)| *number = place);
    numbers
}
