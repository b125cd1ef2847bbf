//! The counts that a question's answers add up to.

use std::collections::BTreeMap;

use stele_agreement::annotator::{Compared, GoldAnswer, Side};
use stele_domain::{
    form::{Part, PreferenceOutcome},
    task::ResponseIndex,
};
use uuid::Uuid;

use super::{
    counter::Counter,
    judgment::Judgment,
    task::{Label, Task, UnitKey},
};

/// Whose counts: a project's, for one of its questions.
pub(super) type Population = (Uuid, String);

/// Counts, or changes of counts, by population.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts(BTreeMap<Population, BTreeMap<Counter, i64>>);

impl Counts {
    /// Adds what a task adds to the counts, `times` times; −1 takes it back.
    pub(super) fn add(&mut self, task: &Task, times: i64) {
        let Some(traits) = task.traits.get(&()) else { return };
        let mut units: BTreeMap<&UnitKey, Vec<&Label>> = BTreeMap::new();
        for (key, label) in task.labels.present() {
            units.entry(&key.unit).or_default().push(label);
        }
        for (unit, labels) in units {
            let population = self.0.entry((traits.project, unit.question.clone())).or_default();
            let right = task.gold.get(unit).map(String::as_str);
            count(&traits.models, unit.part, &labels, right, |counter| {
                *population.entry(counter).or_default() += times;
            });
        }
    }

    /// What is left once what adds up to nothing is left out, by population.
    pub(super) fn changes(&self) -> impl Iterator<Item = (&Population, &Counter, i64)> {
        let changes = self.0.iter().flat_map(|(population, counts)| {
            counts.iter().map(move |(counter, change)| (population, counter, *change))
        });
        changes.filter(|(.., change)| *change != 0)
    }
}

/// What labels add up to, those of a unit being beside each other.
pub(super) fn tally(judgments: &[Judgment]) -> BTreeMap<Counter, i64> {
    let mut counts = BTreeMap::new();
    for unit in judgments.chunk_by(|one, next| (one.task, one.part) == (next.task, next.part)) {
        let [first, ..] = unit else { continue };
        let labels: Vec<&Label> = unit.iter().map(|judgment| &judgment.label).collect();
        count(&first.models, first.part, &labels, first.right.as_deref(), |counter| {
            *counts.entry(counter).or_default() += 1;
        });
    }
    counts
}

/// Everything that one unit adds to the counts.
fn count(models: &[String], part: Part, labels: &[&Label], right: Option<&str>, mut add: impl FnMut(Counter)) {
    let mut ratings: Vec<String> = labels.iter().map(|label| label.category.clone()).collect();
    ratings.sort_unstable();
    for (place, label) in labels.iter().enumerate() {
        let (annotator, category) = (label.annotator, label.category.clone());
        let others = labels[..place].iter().chain(&labels[place + 1..]).map(|other| &other.category);
        if let Some(Compared { others, agreeing }) = Compared::with(&category, others) {
            add(Counter::Alike { annotator, ratings: others + 1, alike: agreeing });
        }
        if let Some(right) = right {
            let answer = if category == right { GoldAnswer::Right } else { GoldAnswer::Wrong };
            add(Counter::Gold { annotator, answer });
        }
        match part {
            Part::Pair(left, right) => {
                let in_order = label.seen.in_order(left, right);
                add(Counter::Preferred { annotator, side: side(&category, in_order) });
                if let Some(models) = both(models, left, right) {
                    add(Counter::Compared { models, in_order, outcome: category.clone() });
                }
            }
            Part::Response(response) => {
                if let Some(model) = known(models, response.0.into()) {
                    add(Counter::Rated { model, category: category.clone() });
                }
            }
            Part::Task | Part::Step(..) => {}
        }
        add(Counter::Said { annotator, category });
    }
    for (second, b) in labels.iter().enumerate() {
        for a in &labels[..second] {
            let (a, b) = if a.annotator <= b.annotator { (a, b) } else { (b, a) };
            let categories = [a.category.clone(), b.category.clone()];
            add(Counter::Pair { annotators: [a.annotator, b.annotator], categories });
        }
    }
    add(Counter::Unit { ratings });
}

/// The side that was preferred, as it was seen.
pub(super) fn side(category: &str, in_order: bool) -> Side {
    match category.parse() {
        Ok(PreferenceOutcome::Left) if in_order => Side::Left,
        Ok(PreferenceOutcome::Right) if in_order => Side::Right,
        Ok(PreferenceOutcome::Left) => Side::Right,
        Ok(PreferenceOutcome::Right) => Side::Left,
        Ok(PreferenceOutcome::Tie | PreferenceOutcome::BothBad) | Err(_) => Side::Tie,
    }
}

fn known(models: &[String], response: usize) -> Option<String> {
    models.get(response).filter(|model| !model.is_empty()).cloned()
}

/// The models of two responses.
pub(super) fn both(models: &[String], left: ResponseIndex, right: ResponseIndex) -> Option<[String; 2]> {
    Some([known(models, left.0.into())?, known(models, right.0.into())?])
}
