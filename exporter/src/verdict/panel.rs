//! All judgments of a question by numbers, as the statistics take them.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use stele_agreement::{
    annotator::{
        Compared, LeaveOneOut, Pool,
        flag::{Profile, Rules, flags},
    },
    consensus::{ConfusionPrior, DawidSkene, Label, Labels, Posterior, Shape},
};
use stele_domain::{ParticipantId, form::Part};
use stele_recipe::FlagRule;
use uuid::Uuid;

use super::VerdictError;
use crate::replay::{Given, Judgment};

/// What the model of Dawid and Skene takes a confusion matrix for, before it has seen an answer: two right answers to one of each
/// other kind. It is that of `SMOOTHED_DAWID_SKENE` in the API.
const PRIOR: ConfusionPrior = ConfusionPrior { same: 2.0, other: 1.0 };

/// The most steps of that model, as in the API.
const ROUNDS: u32 = 50;

/// All judgments of a question, part by part of each task.
pub(super) struct Panel {
    annotators: Vec<ParticipantId>,
    categories: Vec<String>,
    units: Vec<(Uuid, Part)>,
    labels: Vec<Label>,
}

impl Panel {
    /// The judgments of tasks, in the order of the tasks' ids.
    pub(super) fn of<'a>(judged: impl Iterator<Item = (Uuid, &'a [Judgment])>) -> Self {
        let (mut annotators, mut categories) = (Numbers::default(), Numbers::default());
        let (mut units, mut labels) = (Vec::new(), Vec::new());
        for (task, judgments) in judged {
            let mut parts: BTreeMap<Part, Vec<(u32, u32)>> = BTreeMap::new();
            for judgment in judgments {
                let annotator = annotators.of(judgment.annotator);
                for (part, category) in said(&judgment.given) {
                    parts.entry(part).or_default().push((annotator, categories.of(category)));
                }
            }
            for (part, given) in parts {
                let item = number(units.len());
                units.push((task, part));
                labels.extend(given.into_iter().map(|(annotator, category)| Label { item, annotator, category }));
            }
        }
        Self { annotators: annotators.all, categories: categories.all, units, labels }
    }

    /// How much each annotator's judgments weigh: the mean of what is known of how often others agree, drawn towards that of
    /// all annotators where there are few judgments.
    pub(super) fn weights(&self) -> Result<HashMap<ParticipantId, f64>, VerdictError> {
        let agreement = self.agreement();
        let pool = Pool::of_agreement(&agreement)?;
        let mut weights = HashMap::new();
        for (annotator, counts) in self.annotators.iter().zip(&agreement) {
            let known = if counts.is_empty() { pool.prior().beta() } else { pool.posterior(counts.observed()?)? };
            let weight = known.mean();
            weights.insert(*annotator, weight);
        }
        Ok(weights)
    }

    /// The annotators that one of these rules flags.
    pub(super) fn flagged(&self, by: &BTreeSet<FlagRule>) -> Result<BTreeSet<ParticipantId>, VerdictError> {
        let mut profiles: Vec<Profile<ParticipantId, u32>> =
            self.annotators.iter().map(|annotator| Profile::new(*annotator)).collect();
        for label in &self.labels {
            profiles[label.annotator as usize].answers.add(label.category);
        }
        for (profile, agreement) in profiles.iter_mut().zip(self.agreement()) {
            profile.agreement = agreement;
        }
        let flags = flags(&profiles, &Rules::default())?.into_iter();
        let is_asked = |name: &str| by.iter().any(|rule| rule.as_str() == name);
        Ok(flags.filter(|flag| is_asked(flag.rule.name())).map(|flag| flag.annotator).collect())
    }

    /// What the model of Dawid and Skene finds of each part.
    pub(super) fn posteriors(self) -> Result<Posteriors, VerdictError> {
        let categories = self.ordered();
        let shape = Shape {
            items: number(self.units.len()),
            annotators: number(self.annotators.len()),
            categories: number(categories.len().max(1)),
        };
        let places: HashMap<&str, u32> = categories.iter().map(String::as_str).zip(0..).collect();
        let place = |label: &Label| places[self.categories[label.category as usize].as_str()];
        let labels: Vec<Label> = self.labels.iter().map(|label| Label { category: place(label), ..*label }).collect();
        let model = DawidSkene { iterations: ROUNDS, confusion_prior: PRIOR, ..DawidSkene::default() };
        let posterior = if self.units.is_empty() {
            None
        } else {
            Some(model.fit(&Labels::new(shape, &labels)?)?.posterior().clone())
        };
        let items = self.units.into_iter().zip(0..).collect();
        Ok(Posteriors { items, categories, posterior })
    }

    /// The categories in the order of their names, so that it does not matter which was chosen first.
    fn ordered(&self) -> Vec<String> {
        let mut ordered = self.categories.clone();
        ordered.sort_unstable();
        ordered
    }

    /// How often the others agreed with each annotator.
    fn agreement(&self) -> Vec<LeaveOneOut> {
        let mut agreement = vec![LeaveOneOut::new(); self.annotators.len()];
        for unit in self.labels.chunk_by(|one, next| one.item == next.item) {
            let categories: Vec<u32> = unit.iter().map(|label| label.category).collect();
            for (label, compared) in unit.iter().zip(Compared::each(&categories)) {
                agreement[label.annotator as usize].add(compared);
            }
        }
        agreement
    }
}

/// What a model finds of each part of each task.
pub(crate) struct Posteriors {
    items: HashMap<(Uuid, Part), u32>,
    categories: Vec<String>,
    posterior: Option<Posterior>,
}

impl Posteriors {
    /// How probable each category is; nothing of what nobody judged.
    pub(super) fn of(&self, task: Uuid, part: Part) -> impl Iterator<Item = (&str, f64)> {
        let item = self.items.get(&(task, part));
        let row = item.zip(self.posterior.as_ref()).and_then(|(item, posterior)| posterior.of(*item));
        self.categories.iter().map(String::as_str).zip(row.unwrap_or_default().iter().copied())
    }
}

/// What somebody said of each part of a task.
fn said(given: &Given) -> Vec<(Part, String)> {
    match given {
        Given::Comparisons(comparisons) => {
            comparisons.iter().map(|of| (Part::Pair(of.left, of.right), of.outcome.as_str().to_owned())).collect()
        }
        Given::Answer { answer, .. } => {
            answer.labels().into_iter().map(|label| (label.part, label.category)).collect()
        }
    }
}

/// Numbers for distinct things, in the order in which they come.
struct Numbers<T> {
    all: Vec<T>,
    numbers: HashMap<T, u32>,
}

impl<T> Default for Numbers<T> {
    fn default() -> Self {
        Self { all: Vec::new(), numbers: HashMap::new() }
    }
}

impl<T: Clone + Eq + std::hash::Hash> Numbers<T> {
    fn of(&mut self, thing: T) -> u32 {
        let next = number(self.all.len());
        *self.numbers.entry(thing).or_insert_with_key(|thing| {
            self.all.push(thing.clone());
            next
        })
    }
}

fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
