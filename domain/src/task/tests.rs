mod content;
mod revision;
mod settling;

use std::{collections::BTreeSet, sync::Arc};

use cqrs_es::test::TestFramework;
use uuid::Uuid;

use super::*;
use crate::{
    Personal, Skill,
    form::{
        Answer, AnswerError, AnswerValue, Form, PreferenceAnswer, PreferenceOutcome, PreferenceQuestion, Question,
        QuestionKind, TextQuestion,
    },
    project::Standards,
};

fn id<T: From<Uuid>>(number: u128) -> T {
    Uuid::from_u128(number).into()
}

fn at(minute: u32) -> Timestamp {
    format!("2026-01-01T00:{minute:02}:00Z").parse().expect("valid time")
}

fn form() -> Arc<Form> {
    let kind = QuestionKind::Preference(PreferenceQuestion { strengths: 2, tie: true, both_bad: false });
    let better = Question {
        key: "better".try_into().expect("valid key"),
        title: "Which is better?".into(),
        required: true,
        when: None,
        kind,
    };
    let reason = Question {
        key: "reason".try_into().expect("valid key"),
        title: "Why?".into(),
        required: false,
        when: None,
        kind: QuestionKind::Text(TextQuestion { max_length: 10 }),
    };
    Arc::new(Form::new(FormVersion::FIRST, vec![better, reason]).expect("valid form"))
}

fn created(redundancy: u16) -> TaskEvent {
    let text = |value: &str| Response::new(None, value);
    TaskCreated {
        project: id(1),
        external_key: None,
        content: vec![ContentField::new("prompt", ContentKind::Text, "Hi")],
        responses: vec![text("Hello"), text("Go away")],
        redundancy: redundancy.try_into().expect("in range"),
        starts_with: None,
        routing: Routing::default(),
    }
    .into()
}

fn claim(assignment: u128, annotator: u128, minute: u32) -> TaskCommand {
    TaskCommand::Claim {
        assignment: id(assignment),
        annotator: id(annotator),
        form_version: FormVersion::FIRST,
        guidelines_version: Some(GuidelinesVersion::FIRST),
        skills: BTreeSet::new(),
        shuffle: None,
        now: at(minute),
        lease_seconds: 600,
    }
}

fn claimed(assignment: u128, annotator: u128, minute: u32) -> TaskEvent {
    let expires_at = at(minute).plus_seconds(600);
    let (assignment, annotator, form_version) = (id(assignment), id(annotator), FormVersion::FIRST);
    let guidelines_version = Some(GuidelinesVersion::FIRST);
    let response_order = None;
    TaskClaimed {
        project: id(1),
        assignment,
        annotator,
        form_version,
        task_version: TaskVersion::FIRST,
        guidelines_version,
        expires_at,
        response_order,
    }
    .into()
}

fn ended(assignment: u128, annotator: u128, end: AssignmentEnd, reason: Option<Personal<String>>) -> TaskEvent {
    AssignmentEnded { project: id(1), assignment: id(assignment), annotator: id(annotator), end, reason }.into()
}

fn prefers(outcome: PreferenceOutcome) -> Vec<Answer> {
    let strength = outcome.is_decisive().then_some(1);
    let value = AnswerValue::Preference(PreferenceAnswer { outcome, strength });
    vec![Answer { question: "better".try_into().expect("valid key"), value }]
}

fn submission(annotation: u128, annotator: u128, answers: Vec<Answer>) -> Submission {
    Submission {
        annotation: id(annotation),
        annotator: id(annotator),
        form: form(),
        guidelines_version: None,
        answers,
        standards: Standards::default(),
        draw: 0,
    }
}

fn label(annotation: u128, annotator: u128, outcome: PreferenceOutcome) -> TaskEvent {
    PreferenceLabelled {
        project: id(1),
        annotation: id(annotation),
        annotator: id(annotator),
        question: "better".try_into().expect("valid key"),
        left: ResponseIndex::LEFT,
        right: ResponseIndex::RIGHT,
        outcome,
        strength: outcome.is_decisive().then_some(1),
    }
    .into()
}

fn submitted(annotation: u128, annotator: u128, assignment: Option<u128>) -> TaskEvent {
    AnnotationSubmitted {
        project: id(1),
        annotation: id(annotation),
        annotator: id(annotator),
        assignment: assignment.map(id),
        form_version: FormVersion::FIRST,
        task_version: TaskVersion::FIRST,
        // those of the lease
        guidelines_version: assignment.map(|_| GuidelinesVersion::FIRST),
        answers: prefers(PreferenceOutcome::Left),
    }
    .into()
}

fn task() -> TestFramework<Task> {
    TestFramework::with(())
}

#[test]
fn a_lease_is_answered_once_and_labels_the_preference() {
    let submit = TaskCommand::Submit {
        assignment: id(10),
        submission: submission(20, 2, prefers(PreferenceOutcome::Left)),
        now: at(5),
    };
    task()
        .given(vec![created(1), claimed(10, 2, 0)])
        .when(submit.clone())
        .then_expect_events(vec![submitted(20, 2, Some(10)), label(20, 2, PreferenceOutcome::Left)]);
    task()
        .given(vec![created(1), claimed(10, 2, 0), submitted(20, 2, Some(10))])
        .when(submit)
        .then_expect_error(TaskRefusal::NoSuchAssignment);
}

#[test]
fn redundancy_counts_leases_and_annotations() {
    task().given(vec![created(1), claimed(10, 2, 0)]).when(claim(11, 3, 1)).then_expect_error(TaskRefusal::Full);
    task().given(vec![created(1), submitted(20, 2, None)]).when(claim(11, 3, 1)).then_expect_error(TaskRefusal::Full);
    task()
        .given(vec![created(2), claimed(10, 2, 0)])
        .when(claim(11, 2, 1))
        .then_expect_error(TaskRefusal::AlreadyClaimed);
    task()
        .given(vec![created(2), submitted(20, 2, None)])
        .when(claim(11, 2, 1))
        .then_expect_error(TaskRefusal::AlreadyAnnotated);
}

#[test]
fn a_lapsed_lease_frees_its_place_and_answers_nothing() {
    let ended = ended(10, 2, AssignmentEnd::Expired, None);
    task()
        .given(vec![created(1), claimed(10, 2, 0)])
        .when(claim(11, 3, 10))
        .then_expect_events(vec![ended, claimed(11, 3, 10)]);
    let late = TaskCommand::Submit {
        assignment: id(10),
        submission: submission(20, 2, prefers(PreferenceOutcome::Left)),
        now: at(10),
    };
    task().given(vec![created(1), claimed(10, 2, 0)]).when(late).then_expect_error(TaskRefusal::AssignmentExpired);
}

#[test]
fn a_rejected_or_withdrawn_annotation_frees_its_place() {
    let reviewed = AnnotationReviewed {
        project: id(1),
        annotation: id(20),
        reviewer: id(9),
        verdict: Verdict::Rejected,
        comment: None,
        correction: None,
    };
    let withdrawn = AnnotationWithdrawn { project: id(1), annotation: id(20), annotator: id(2) };
    for gone in [TaskEvent::from(reviewed), withdrawn.into()] {
        task()
            .given(vec![created(1), submitted(20, 2, None), gone])
            .when(claim(11, 3, 0))
            .then_expect_events(vec![claimed(11, 3, 0)]);
    }
}

#[test]
fn nobody_touches_anothers_work_or_reviews_their_own() {
    let given = || vec![created(2), claimed(10, 2, 0), submitted(20, 3, None)];
    let release = TaskCommand::Release { assignment: id(10), annotator: id(3) };
    task().given(given()).when(release).then_expect_error(TaskRefusal::NotYours);
    let withdraw = TaskCommand::Withdraw { annotation: id(20), annotator: id(2), standards: Standards::default() };
    task().given(given()).when(withdraw).then_expect_error(TaskRefusal::NotYours);
    let review = |reviewer| TaskCommand::Review {
        annotation: id(20),
        reviewer: id(reviewer),
        verdict: Verdict::Approved,
        comment: None,
        correction: None,
        standards: Standards::default(),
    };
    task().given(given()).when(review(3)).then_expect_error(TaskRefusal::OwnWork);
    assert!(task().given(given()).when(review(2)).inspect_result().is_ok());
}

#[test]
fn an_approved_annotation_is_final() {
    let approved = AnnotationReviewed {
        project: id(1),
        annotation: id(20),
        reviewer: id(9),
        verdict: Verdict::Approved,
        comment: None,
        correction: None,
    };
    let revise = TaskCommand::Revise { submission: submission(20, 2, prefers(PreferenceOutcome::Tie)) };
    task()
        .given(vec![created(1), submitted(20, 2, None), approved.into()])
        .when(revise)
        .then_expect_error(TaskRefusal::Settled("approved"));
}

#[test]
fn a_second_imported_answer_of_one_annotator_is_a_revision() {
    let record = TaskCommand::Record { submission: submission(21, 2, prefers(PreferenceOutcome::Tie)) };
    let revised = AnnotationRevised {
        project: id(1),
        annotation: id(20),
        annotator: id(2),
        form_version: FormVersion::FIRST,
        task_version: TaskVersion::FIRST,
        guidelines_version: None,
        answers: prefers(PreferenceOutcome::Tie),
    };
    task()
        .given(vec![created(1), submitted(20, 2, None)])
        .when(record)
        .then_expect_events(vec![revised.into(), label(20, 2, PreferenceOutcome::Tie)]);
}

#[test]
fn answers_are_held_against_the_form() {
    let given = || vec![created(1), claimed(10, 2, 0)];
    let submit =
        |answers| TaskCommand::Submit { assignment: id(10), submission: submission(20, 2, answers), now: at(1) };
    let key = |text: &str| text.try_into().expect("valid key");
    task()
        .given(given())
        .when(submit(Vec::new()))
        .then_expect_error(AnswerError::Missing { question: key("better") }.into());
    let stranger = Answer { question: key("colour"), value: AnswerValue::Rating(1) };
    task()
        .given(given())
        .when(submit(vec![stranger]))
        .then_expect_error(AnswerError::NoSuchQuestion { question: key("colour") }.into());
    let both_bad = prefers(PreferenceOutcome::BothBad);
    task()
        .given(given())
        .when(submit(both_bad))
        .then_expect_error_message("question `better`: \"both bad\" is not an answer to it");
    let long = AnswerValue::Text(Personal::clear(id::<ParticipantId>(2), "eleven long".into()));
    let answers = [prefers(PreferenceOutcome::Tie), vec![Answer { question: key("reason"), value: long }]].concat();
    task()
        .given(given())
        .when(submit(answers))
        .then_expect_error_message("question `reason`: the text has 11 characters; at most 10 are allowed");
}

#[test]
fn a_closed_task_takes_no_more() {
    let given = || vec![created(2), claimed(10, 2, 0), TaskClosed { project: id(1) }.into()];
    task().given(given()).when(claim(11, 3, 1)).then_expect_error(TaskRefusal::Closed);
    task().given(given()).when(TaskCommand::Close).then_expect_error(TaskRefusal::Closed);
}

#[test]
fn who_skips_a_task_is_not_offered_it_again() {
    let because = |reason: &str| Personal::clear(id::<ParticipantId>(2), reason.to_owned());
    let skip = |annotator, reason: &str| TaskCommand::Skip {
        assignment: id(10),
        annotator: id(annotator),
        reason: because(reason),
    };
    let skipped = || ended(10, 2, AssignmentEnd::Skipped, Some(because("I can't read Dutch.")));
    let given = || vec![created(1), claimed(10, 2, 0)];
    task().given(given()).when(skip(2, "I can't read Dutch.")).then_expect_events(vec![skipped()]);
    task().given(given()).when(skip(2, " ")).then_expect_error(TaskRefusal::Reason);
    task().given(given()).when(skip(3, "Boring.")).then_expect_error(TaskRefusal::NotYours);
    let given = || [given(), vec![skipped()]].concat();
    task().given(given()).when(claim(11, 2, 1)).then_expect_error(TaskRefusal::Skipped);
    task().given(given()).when(claim(11, 3, 1)).then_expect_events(vec![claimed(11, 3, 1)]);
}

#[test]
fn a_lease_is_kept_for_longer_while_it_lasts() {
    let extend = |annotator, minute, lease_seconds| TaskCommand::Extend {
        assignment: id(10),
        annotator: id(annotator),
        now: at(minute),
        lease_seconds,
    };
    let extended = |expires_at| LeaseExtended { project: id(1), assignment: id(10), annotator: id(2), expires_at };
    let given = || vec![created(1), claimed(10, 2, 0)];
    let longer = || extended(at(15)).into();
    task().given(given()).when(extend(2, 5, 600)).then_expect_events(vec![longer()]);
    task().given([given(), vec![longer()]].concat()).when(claim(11, 3, 12)).then_expect_error(TaskRefusal::Full);
    task().given(given()).when(extend(2, 5, 60)).then_expect_error(TaskRefusal::Unchanged);
    task().given(given()).when(extend(2, 10, 600)).then_expect_error(TaskRefusal::AssignmentExpired);
    task().given(given()).when(extend(3, 5, 600)).then_expect_error(TaskRefusal::NotYours);
    task().given(given()).when(extend(2, 5, MAX_LEASE_SECONDS + 1)).then_expect_error(TaskRefusal::Lease);
}

#[test]
fn a_task_goes_to_those_who_have_its_skills() {
    let dutch: Skill = "lang:nl".parse().expect("a skill");
    let routing = Routing { skills: [dutch.clone()].into(), ..Routing::default() };
    let routed = || TaskRouted { project: id(1), routing: routing.clone() }.into();
    let route = |routing: &Routing| TaskCommand::Route { routing: routing.clone() };
    task().given(vec![created(1)]).when(route(&routing)).then_expect_events(vec![routed()]);
    task().given(vec![created(1)]).when(route(&Routing::default())).then_expect_error(TaskRefusal::Unchanged);
    let many = (0..=MAX_WORDS).map(|number| format!("t{number}").parse().expect("a tag")).collect();
    let many = Routing { tags: many, ..Routing::default() };
    task().given(vec![created(1)]).when(route(&many)).then_expect_error(TaskRefusal::Routing);
    let given = || vec![created(1), routed()];
    task().given(given()).when(claim(10, 2, 0)).then_expect_error(TaskRefusal::LacksSkill(dutch.clone()));
    let mut able = claim(10, 2, 0);
    if let TaskCommand::Claim { skills, .. } = &mut able {
        skills.extend([dutch, "medicine".parse().expect("a skill")]);
    }
    task().given(given()).when(able).then_expect_events(vec![claimed(10, 2, 0)]);
}

#[test]
fn the_order_of_the_responses_is_on_record() {
    let state = Task::replay(&[created(1)]);
    let mut orders = BTreeSet::new();
    for seed in 0..20 {
        let mut command = claim(10, 2, 0);
        if let TaskCommand::Claim { shuffle, .. } = &mut command {
            *shuffle = Some(seed);
        }
        let events = state.decide(&command).expect("accepted");
        let [TaskEvent::TaskClaimed(claimed)] = events.as_slice() else { panic!("{events:?}") };
        orders.insert(claimed.response_order.clone().expect("an order"));
    }
    let (left, right) = (ResponseIndex::LEFT, ResponseIndex::RIGHT);
    assert_eq!(orders, [vec![left, right], vec![right, left]].into());
}

mod races {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Whatever is asked, in whatever order: never more current annotations than the redundancy allows, and
        /// never two by one person.
        #[test]
        fn redundancy_is_never_exceeded(
            redundancy in 1u16..4,
            steps in proptest::collection::vec((0u8..4, 1u128..6, 0u32..59), 1..60),
        ) {
            let mut state = Task::replay(&[created(redundancy)]);
            let mut minute = 0;
            for (number, (kind, annotator, wait)) in steps.into_iter().enumerate() {
                minute = (minute + wait / 10).min(59);
                let number = 100 + number as u128;
                let held = state.assignments.iter().find(|(_, held)| held.annotator == id(annotator));
                let own = state.annotations.iter().find(|(_, done)| done.annotator == id(annotator));
                let command = match (kind, held, own) {
                    (0, ..) => claim(number, annotator, minute),
                    (1, Some((assignment, _)), _) => TaskCommand::Submit {
                        assignment: *assignment,
                        submission: submission(number, annotator, prefers(PreferenceOutcome::Left)),
                        now: at(minute),
                    },
                    (2, _, Some((annotation, _))) => {
                        TaskCommand::Withdraw { annotation: *annotation, annotator: id(annotator), standards: Standards::default() }
                    }
                    _ => TaskCommand::Record {
                        submission: submission(number, annotator, prefers(PreferenceOutcome::Right)),
                    },
                };
                for event in state.decide(&command).unwrap_or_default() {
                    Aggregate::apply(&mut state, &event);
                }
                let current: Vec<_> =
                    state.annotations.values().filter(|done| done.status.is_current()).map(|done| done.annotator).collect();
                let people: std::collections::BTreeSet<_> = current.iter().collect();
                prop_assert!(current.len() <= usize::from(redundancy));
                prop_assert_eq!(people.len(), current.len());
            }
        }
    }
}
