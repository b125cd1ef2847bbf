//! What annotators say together of each unit.

use async_graphql::{Enum, Object, SimpleObject};
use stele_agreement::consensus::{ConfusionPrior, DawidSkene, DawidSkeneEstimate, Mace, MaceEstimate, Posterior};
use stele_projections::quality::{Judgment, Numbered};
use uuid::Uuid;

/// How annotators' labels become one.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
pub(super) enum ConsensusMethod {
    /// What most of them say.
    Majority,
    /// Dawid & Skene's model: each annotator mistakes each category for others with probabilities of their own.
    DawidSkene,
    /// The same, where each annotator is supposed to be right more often than not until their labels say otherwise; for annotators
    /// with few labels.
    SmoothedDawidSkene,
    /// Hovy and others' model MACE: an annotator either knows a unit's category, or answers by habit; for annotators with few labels
    /// too.
    Mace,
}

/// What becomes of a unit for which several categories have the most votes.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(name = "TiePolicy")]
pub(super) enum TiePolicyEnum {
    /// They share it: it has no category, and is as often right as if one of them was drawn by lot.
    Shared,
    /// It goes to the one of them that was recorded first.
    First,
}

/// What annotators say together.
pub(super) struct ConsensusObject {
    units: Vec<ConsensusUnit>,
    accuracies: Vec<AnnotatorAccuracy>,
    gold: Gold,
    log_likelihood: Option<f64>,
    undefined_because: Option<String>,
}

/// How what is said together compares with right answers.
#[derive(Clone, Copy, Default)]
struct Gold {
    right: f64,
    units: u64,
}

/// What annotators say together of a unit.
#[derive(SimpleObject, Clone)]
struct ConsensusUnit {
    /// The task.
    task_id: Uuid,
    /// What of the task it is: `task`, the number of a response, those of two (`0:1`), or of a response and its step (`0.3`).
    part: String,
    /// Its labels.
    labels: u64,
    /// The category; null where several share it.
    category: Option<String>,
    /// How probable it is by the model; null for a majority.
    posterior: Option<f64>,
}

/// How often an annotator is right, by the model.
#[derive(SimpleObject, Clone)]
struct AnnotatorAccuracy {
    /// Who.
    annotator_id: Uuid,
    /// The probability that a label of theirs is the unit's category, 0 to 1.
    accuracy: f64,
    /// The probability that they know the category rather than answer by habit, 0 to 1, by MACE; null for other models.
    competence: Option<f64>,
    /// How often they say what of a unit of which category, where that was ever expected.
    confusion: Vec<Confusion>,
}

/// How probable it is that an annotator says one thing where another is right.
#[derive(SimpleObject, Clone)]
struct Confusion {
    /// What is right.
    category: String,
    /// What is said.
    said: String,
    /// How probable that is, 0 to 1.
    probability: f64,
}

/// A model of the labels that has been fitted. Annotators and categories are given by their numbers.
trait Model {
    fn posterior(&self) -> &Posterior;
    /// How probable it is that an annotator says one category where another is right.
    fn says(&self, annotator: u32, right: u32, said: u32) -> Option<f64>;
    /// How probable it is that what an annotator says is right, where categories are as frequent as expected.
    fn accuracy(&self, annotator: u32, expected: &[f64]) -> Option<f64>;
    fn competence(&self, annotator: u32) -> Option<f64>;
    fn log_likelihood(&self) -> Option<f64>;
}

impl Model for DawidSkeneEstimate {
    fn posterior(&self) -> &Posterior {
        self.posterior()
    }

    fn says(&self, annotator: u32, right: u32, said: u32) -> Option<f64> {
        self.confusion(annotator, right, said)
    }

    fn accuracy(&self, annotator: u32, _: &[f64]) -> Option<f64> {
        self.accuracy(annotator)
    }

    fn competence(&self, _: u32) -> Option<f64> {
        None
    }

    fn log_likelihood(&self) -> Option<f64> {
        Some(self.log_likelihood())
    }
}

impl Model for MaceEstimate {
    fn posterior(&self) -> &Posterior {
        self.posterior()
    }

    fn says(&self, annotator: u32, right: u32, said: u32) -> Option<f64> {
        let knows = Model::competence(self, annotator)?;
        let by_habit = (1.0 - knows) * self.habit(annotator, said)?;
        Some(if right == said { knows + by_habit } else { by_habit })
    }

    fn accuracy(&self, annotator: u32, expected: &[f64]) -> Option<f64> {
        let right = |(category, share): (u32, &f64)| Some(share * self.says(annotator, category, category)?);
        (0..).zip(expected).map(right).sum()
    }

    fn competence(&self, annotator: u32) -> Option<f64> {
        self.competence().get(annotator as usize).copied()
    }

    /// It has a bound of it only.
    fn log_likelihood(&self) -> Option<f64> {
        None
    }
}

impl ConsensusObject {
    pub(super) fn of(judgments: &[Judgment], method: ConsensusMethod, ties: TiePolicyEnum, rounds: u32) -> Self {
        let numbered = match Numbered::new(judgments) {
            Ok(numbered) => numbered,
            Err(error) => return Self::undefined(&error),
        };
        let dawid_skene = |confusion_prior| {
            let settings = DawidSkene { iterations: rounds, tolerance: 0.0, confusion_prior };
            let fitted = numbered.dawid_skene(&settings);
            fitted.map_or_else(|error| Self::undefined(&error), |fitted| Self::by_model(&numbered, &fitted))
        };
        match method {
            ConsensusMethod::Majority => match ties {
                TiePolicyEnum::Shared => Self::by_shared_majority(&numbered),
                TiePolicyEnum::First => Self::by_first_majority(&numbered),
            },
            ConsensusMethod::DawidSkene => dawid_skene(ConfusionPrior::NONE),
            ConsensusMethod::SmoothedDawidSkene => dawid_skene(ConfusionPrior { same: 2.0, other: 1.0 }),
            ConsensusMethod::Mace => {
                let fitted = numbered.mace(&Mace { iterations: rounds, ..Mace::default() });
                fitted.map_or_else(|error| Self::undefined(&error), |fitted| Self::by_model(&numbered, &fitted))
            }
        }
    }

    fn by_shared_majority(numbered: &Numbered) -> Self {
        let leading = numbered.majority();
        let chosen = leading.iter().map(|leading| match leading.as_slice() {
            [category] => (Some(*category), None),
            _ => (None, None),
        });
        // of several that lead, a lot would be right as often as this
        let by_lot = |right: &str, leading: &[&str]| {
            let share = if leading.contains(&right) { 1.0 } else { 0.0 };
            share / leading.len().max(1) as f64
        };
        let known =
            numbered.units.iter().zip(&leading).filter_map(|(unit, leading)| Some((unit.right.as_deref()?, leading)));
        let gold = known.fold(Gold::default(), |gold, (right, leading)| gold.with(by_lot(right, leading)));
        Self { gold, ..Self::new(numbered, &chosen.collect::<Vec<_>>()) }
    }

    fn by_first_majority(numbered: &Numbered) -> Self {
        let chosen: Vec<_> = numbered.first_majority().into_iter().map(|category| (category, None)).collect();
        Self::new(numbered, &chosen)
    }

    fn by_model(numbered: &Numbered, fitted: &impl Model) -> Self {
        let named = |category: u32| numbered.categories.get(category as usize).map(String::as_str);
        let chosen = (0..).zip(&numbered.units).map(|(item, _)| match fitted.posterior().most_likely(item) {
            Some((category, posterior)) => (named(category), Some(posterior)),
            None => (None, None),
        });
        let mut consensus = Self::new(numbered, &chosen.collect::<Vec<_>>());
        let categories = || (0..).zip(&numbered.categories);
        let mut expected = vec![0.0; numbered.categories.len()];
        for posterior in fitted.posterior().iter() {
            expected.iter_mut().zip(posterior).for_each(|(share, of_unit)| *share += of_unit);
        }
        expected.iter_mut().for_each(|share| *share /= numbered.units.len() as f64);
        let accuracies = (0..).zip(&numbered.annotators).filter_map(|(number, annotator)| {
            let confusion = categories().flat_map(|(class, category)| {
                categories().filter_map(move |(other, said)| {
                    let probability = fitted.says(number, class, other)?;
                    Some(Confusion { category: category.clone(), said: said.clone(), probability })
                })
            });
            let (confusion, competence) = (confusion.collect(), fitted.competence(number));
            Some(AnnotatorAccuracy {
                annotator_id: annotator.uuid(),
                accuracy: fitted.accuracy(number, &expected)?,
                competence,
                confusion,
            })
        });
        consensus.accuracies = accuracies.collect();
        consensus.log_likelihood = fitted.log_likelihood();
        consensus
    }

    fn new(numbered: &Numbered, chosen: &[(Option<&str>, Option<f64>)]) -> Self {
        let units = numbered.units.iter().zip(chosen);
        let known = units.clone().filter_map(|(unit, (category, _))| Some((unit.right.as_deref()?, *category)));
        let right = |(right, found)| if found == Some(right) { 1.0 } else { 0.0 };
        let gold = known.fold(Gold::default(), |gold, unit| gold.with(right(unit)));
        let units = units.map(|(unit, (category, posterior))| ConsensusUnit {
            task_id: unit.task.uuid(),
            part: unit.part.to_string(),
            labels: unit.labels as u64,
            category: category.map(str::to_owned),
            posterior: *posterior,
        });
        let units = units.collect();
        Self { units, accuracies: Vec::new(), gold, log_likelihood: None, undefined_because: None }
    }

    fn undefined(reason: &impl ToString) -> Self {
        let undefined_because = Some(reason.to_string());
        Self {
            units: Vec::new(),
            accuracies: Vec::new(),
            gold: Gold::default(),
            log_likelihood: None,
            undefined_because,
        }
    }
}

impl Gold {
    const fn with(self, right: f64) -> Self {
        Self { right: self.right + right, units: self.units + 1 }
    }
}

/// What annotators say together.
#[Object(name = "Consensus")]
impl ConsensusObject {
    /// Why there is none.
    async fn undefined_because(&self) -> Option<&str> {
        self.undefined_because.as_deref()
    }

    /// The natural logarithm of the labels' likelihood by the model.
    async fn log_likelihood(&self) -> Option<f64> {
        self.log_likelihood
    }

    /// Units whose right answer is known.
    async fn gold_units(&self) -> u64 {
        self.gold.units
    }

    /// The share of them where what is said together is right, 0 to 1; null where there are none.
    async fn gold_accuracy(&self) -> Option<f64> {
        (self.gold.units > 0).then(|| self.gold.right / self.gold.units as f64)
    }

    /// How many units there are.
    async fn unit_count(&self) -> usize {
        self.units.len()
    }

    /// The units, in the order of their tasks' ids: some, from the one at a place on, counted from 0.
    #[graphql(complexity = "usize::try_from(first).unwrap_or(0) * child_complexity")]
    async fn units(
        &self,
        #[graphql(default = 0, validator(minimum = 0))] from: i32,
        #[graphql(default = 20, validator(minimum = 1, maximum = 100))] first: i32,
    ) -> Vec<ConsensusUnit> {
        let (from, first) = (usize::try_from(from).unwrap_or(0), usize::try_from(first).unwrap_or(0));
        self.units.iter().skip(from).take(first).cloned().collect()
    }

    /// How often each annotator is right by the model, in the order of their ids: some, from the one at a place on, counted from 0.
    #[graphql(complexity = "usize::try_from(first).unwrap_or(0) * child_complexity")]
    async fn annotators(
        &self,
        #[graphql(default = 0, validator(minimum = 0))] from: i32,
        #[graphql(default = 20, validator(minimum = 1, maximum = 100))] first: i32,
    ) -> Vec<AnnotatorAccuracy> {
        let (from, first) = (usize::try_from(from).unwrap_or(0), usize::try_from(first).unwrap_or(0));
        self.accuracies.iter().skip(from).take(first).cloned().collect()
    }
}
