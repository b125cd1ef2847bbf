//! Whether a machine could stand in for a person.

use std::collections::BTreeMap;

use async_graphql::SimpleObject;
use stele_agreement::stand_in::{Settings, StandIn, by_matches, stand_in_test};
use stele_domain::{ParticipantId, TaskId, form::Part};
use stele_projections::quality::{AnnotatorKind, Judgment};
use uuid::Uuid;

/// Whether a machine could stand in for a person: the alternative annotator test (Calderon, Reichart & Dror 2025). Each person is left
/// out in turn, and it is asked whether the machine or they agree more with the others.
#[derive(SimpleObject)]
#[graphql(name = "StandIn")]
pub(super) struct StandInObject {
    /// The machine.
    annotator_id: Uuid,
    /// Whether it wins against at least half of the people.
    passes: Option<bool>,
    /// The share of people whom it wins against, 0 to 1.
    winning_rate: Option<f64>,
    /// How often it is as close to the others as a person or closer, in the mean over people, 0 to 1: a figure to compare machines by.
    advantage: Option<f64>,
    /// The people it was held against.
    duels: Vec<DuelObject>,
    /// People with fewer than thirty units in common with others and with the machine.
    left_out: Vec<Uuid>,
    /// Why the test can't be made.
    undefined_because: Option<String>,
}

/// A machine against a person, before the others.
#[derive(SimpleObject)]
#[graphql(name = "StandInDuel")]
struct DuelObject {
    /// The person.
    annotator_id: Uuid,
    /// Units compared.
    units: u64,
    /// The share of them where the machine is as close to the others or closer, 0 to 1.
    advantage: f64,
    /// The share of them where the person is, 0 to 1.
    annotator_advantage: f64,
    /// The probability of such a lead by chance, adjusted for all people (Benjamini & Yekutieli).
    adjusted_p_value: f64,
    /// Whether the machine wins.
    won: bool,
}

type Answers<'a> = BTreeMap<(TaskId, Part), &'a str>;

pub(super) fn tested(judgments: &[Judgment], epsilon: f64) -> Vec<StandInObject> {
    let mut people: BTreeMap<ParticipantId, Answers<'_>> = BTreeMap::new();
    let mut machines: BTreeMap<ParticipantId, Answers<'_>> = BTreeMap::new();
    for judgment in judgments {
        let of_kind = match judgment.kind {
            AnnotatorKind::Human => &mut people,
            AnnotatorKind::Machine => &mut machines,
        };
        let answers = of_kind.entry(judgment.annotator()).or_default();
        answers.insert((judgment.task, judgment.part), judgment.category());
    }
    let settings = Settings { epsilon, ..Settings::default() };
    let test = |answers| stand_in_test(&people, answers, by_matches, settings);
    let tested = machines.iter().map(|(machine, answers)| match test(answers) {
        Ok(found) => StandInObject::new(*machine, found),
        Err(error) => StandInObject::undefined(*machine, &error),
    });
    tested.collect()
}

impl StandInObject {
    fn new(machine: ParticipantId, found: StandIn<ParticipantId>) -> Self {
        let duels = found.duels.into_iter().map(|duel| DuelObject {
            annotator_id: duel.annotator.uuid(),
            units: duel.instances as u64,
            advantage: duel.advantage,
            annotator_advantage: duel.annotator_advantage,
            adjusted_p_value: duel.adjusted,
            won: duel.won,
        });
        Self {
            annotator_id: machine.uuid(),
            passes: Some(found.passes),
            winning_rate: Some(found.winning_rate),
            advantage: Some(found.advantage),
            duels: duels.collect(),
            left_out: found.left_out.into_iter().map(ParticipantId::uuid).collect(),
            undefined_because: None,
        }
    }

    fn undefined(machine: ParticipantId, reason: &impl ToString) -> Self {
        Self {
            annotator_id: machine.uuid(),
            passes: None,
            winning_rate: None,
            advantage: None,
            duels: Vec::new(),
            left_out: Vec::new(),
            undefined_because: Some(reason.to_string()),
        }
    }
}
