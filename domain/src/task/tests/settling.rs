//! Consensus, reviews that are asked for, adjudication, gold tasks.

use super::*;
use crate::{
    Probability,
    project::{ConsensusRule, ConsensusStandard, Redundancy, ReviewMode},
};

fn probability(number: f64) -> Probability {
    number.try_into().expect("a probability")
}

/// Three answers (left, right, tie), annotators who are right four times in five, and certainty of 0.9: two who agree are
/// enough, two of three are not.
fn standards(review: ReviewMode) -> Standards {
    let rule = ConsensusRule {
        question: "better".try_into().expect("valid key"),
        min: Redundancy::try_from(2).expect("in range"),
        confidence: probability(0.9),
        accuracy: probability(0.8),
    };
    Standards { review, consensus: Some(ConsensusStandard { rule, answers: 3 }) }
}

/// A task that starts with two annotators, and may have `redundancy`.
pub(super) fn started(redundancy: u16) -> Task {
    let TaskEvent::TaskCreated(created) = created(redundancy) else { panic!("created") };
    let created = TaskCreated { starts_with: Some(Redundancy::try_from(2).expect("in range")), ..created };
    Task::replay(&[created.into()])
}

pub(super) fn does(task: &mut Task, command: &TaskCommand) -> Result<Vec<TaskEvent>, TaskRefusal> {
    let events = task.decide(command)?;
    events.iter().for_each(|event| Aggregate::apply(task, event));
    Ok(events)
}

/// What an annotator's answer leads to, beyond the answer itself.
pub(super) fn votes(
    task: &mut Task,
    annotator: u128,
    outcome: PreferenceOutcome,
    review: ReviewMode,
    draw: u64,
) -> Vec<TaskEvent> {
    does(task, &claim(annotator, annotator, 0)).expect("claimed");
    let submission =
        Submission { standards: standards(review), draw, ..submission(100 + annotator, annotator, prefers(outcome)) };
    let submit = TaskCommand::Submit { assignment: id(annotator), submission, now: at(1) };
    does(task, &submit).expect("submitted").split_off(2)
}

pub(super) fn names(events: &[TaskEvent]) -> Vec<&'static str> {
    events.iter().map(crate::Event::name).collect()
}

use PreferenceOutcome::{Left, Right, Tie};

#[test]
fn two_who_agree_are_enough() {
    let mut task = started(5);
    assert_eq!(names(&votes(&mut task, 1, Left, ReviewMode::None, 0)), [""; 0]);
    let follow = votes(&mut task, 2, Left, ReviewMode::None, 0);
    let [TaskEvent::ConsensusReached(reached)] = follow.as_slice() else { panic!("{follow:?}") };
    assert_eq!(reached.answer, "left");
    // 0.8 * 0.8 against twice 0.1 * 0.1
    assert!((reached.posterior.get() - 0.64 / 0.66).abs() < 1e-12);
    assert_eq!(does(&mut task, &claim(3, 3, 2)), Err(TaskRefusal::NoMoreNeeded("agreed")));
}

#[test]
fn annotators_are_added_while_they_disagree_and_then_somebody_adjudicates() {
    let mut task = started(4);
    votes(&mut task, 1, Left, ReviewMode::Disagreement, 0);
    assert_eq!(does(&mut task.clone(), &claim(2, 2, 0)).map(|_| ()), Ok(()));
    // the third is not let in before the first two have disagreed
    let mut full = task.clone();
    does(&mut full, &claim(2, 2, 0)).expect("claimed");
    assert_eq!(does(&mut full, &claim(3, 3, 0)), Err(TaskRefusal::Full));
    assert_eq!(names(&votes(&mut task, 2, Right, ReviewMode::Disagreement, 0)), ["AnnotatorAdded"]);
    assert_eq!(names(&votes(&mut task, 3, Tie, ReviewMode::Disagreement, 0)), ["AnnotatorAdded"]);
    let follow = votes(&mut task, 4, Right, ReviewMode::Disagreement, 0);
    let reviews = ["ReviewRequested"; 4];
    assert_eq!(names(&follow), [&["TaskDisputed"][..], &reviews].concat());
    assert_eq!(does(&mut task, &claim(5, 5, 2)), Err(TaskRefusal::NoMoreNeeded("disputed")));

    let adjudicate = |adjudicator, answers| TaskCommand::Adjudicate {
        adjudicator: id(adjudicator),
        form: form(),
        answers,
        comment: None,
    };
    assert_eq!(does(&mut task, &adjudicate(4, prefers(Left))), Err(TaskRefusal::OwnTask));
    assert!(matches!(does(&mut task, &adjudicate(9, vec![])), Err(TaskRefusal::Answer(AnswerError::Missing { .. }))));
    assert_eq!(names(&does(&mut task, &adjudicate(9, prefers(Left))).expect("decided")), ["TaskAdjudicated"]);
    // once more, by somebody else: the later one holds
    assert_eq!(names(&does(&mut task, &adjudicate(8, prefers(Right))).expect("decided")), ["TaskAdjudicated"]);
    assert_eq!(*task.standing(), Standing::Adjudicated);

    let reverse = TaskCommand::ReverseAdjudication {
        adjudicator: id(8),
        comment: None,
        standards: standards(ReviewMode::None),
    };
    assert_eq!(names(&does(&mut task, &reverse).expect("reversed")), ["AdjudicationReversed", "TaskDisputed"]);
    assert_eq!(does(&mut task, &reverse), Err(TaskRefusal::NotAdjudicated));
}

#[test]
fn consensus_is_lost_with_the_answers_that_made_it() {
    let mut task = started(3);
    votes(&mut task, 1, Left, ReviewMode::None, 0);
    votes(&mut task, 2, Left, ReviewMode::None, 0);
    let mut withdrawn = task.clone();
    let withdraw =
        TaskCommand::Withdraw { annotation: id(101), annotator: id(1), standards: standards(ReviewMode::None) };
    let events = does(&mut withdrawn, &withdraw).expect("withdrawn");
    assert_eq!(names(&events), ["AnnotationWithdrawn", "TaskReopened"]);
    does(&mut withdrawn, &claim(3, 3, 2)).expect("there is a place again");

    let submission = Submission { standards: standards(ReviewMode::None), ..submission(101, 1, prefers(Right)) };
    let events = does(&mut task, &TaskCommand::Revise { submission }).expect("revised");
    let follow = ["AnnotationRevised", "PreferenceLabelled", "TaskReopened", "AnnotatorAdded"];
    assert_eq!(names(&events), follow);
}

#[test]
fn who_still_holds_a_lease_may_answer_after_the_others_agree() {
    let mut task = Task::replay(&[created(3)]);
    does(&mut task, &claim(3, 3, 0)).expect("claimed");
    votes(&mut task, 1, Left, ReviewMode::None, 0);
    assert_eq!(names(&votes(&mut task, 2, Left, ReviewMode::None, 0)), ["ConsensusReached"]);
    let late = Submission { standards: standards(ReviewMode::None), ..submission(103, 3, prefers(Right)) };
    let submit = TaskCommand::Submit { assignment: id(3), submission: late, now: at(1) };
    // two of three: 0.8 * 0.8 * 0.1 against 0.8 * 0.1 * 0.1 and 0.1 * 0.1 * 0.1 are 0.877
    let events = does(&mut task, &submit).expect("nothing is lost");
    assert_eq!(names(&events), ["AnnotationSubmitted", "PreferenceLabelled", "TaskDisputed"]);
}

#[test]
fn reviews_are_asked_for_as_the_project_says() {
    let asks = |review, draw| {
        let mut task = started(2);
        names(&votes(&mut task, 1, Left, review, draw))
    };
    let quarter = ReviewMode::Sampled(probability(0.25));
    assert_eq!(asks(ReviewMode::All, u64::MAX), ["ReviewRequested"]);
    assert_eq!(asks(quarter, 0), ["ReviewRequested"]);
    assert_eq!(asks(quarter, u64::MAX), [""; 0]);
    assert_eq!(asks(ReviewMode::None, 0), [""; 0]);
    assert_eq!(asks(ReviewMode::Disagreement, 0), [""; 0]);
}

#[test]
fn changes_come_back_to_the_reviewer() {
    let mut task = started(2);
    votes(&mut task, 1, Left, ReviewMode::None, 0);
    let review = |verdict, correction: Option<Vec<Answer>>| TaskCommand::Review {
        annotation: id(101),
        reviewer: id(9),
        verdict,
        comment: Some(Personal::clear(id::<ParticipantId>(9), "read it again".into())),
        correction: correction.map(|answers| (form(), answers)),
        standards: standards(ReviewMode::None),
    };
    let approve = review(Verdict::Approved, Some(prefers(Right)));
    assert_eq!(does(&mut task, &approve), Err(TaskRefusal::Correction));
    let wrong = review(Verdict::ChangesRequested, Some(vec![]));
    assert!(matches!(does(&mut task, &wrong), Err(TaskRefusal::Answer(_))));
    let propose = review(Verdict::ChangesRequested, Some(prefers(Right)));
    let events = does(&mut task, &propose).expect("reviewed");
    assert!(
        matches!(&events[0], TaskEvent::AnnotationReviewed(reviewed) if reviewed.correction == Some(prefers(Right)))
    );
    // what is proposed changes nobody's answer
    assert_eq!(task.annotations[&id(101)].categories.values().collect::<Vec<_>>(), ["left"]);
    let submission = Submission { standards: standards(ReviewMode::None), ..submission(101, 1, prefers(Right)) };
    let events = does(&mut task, &TaskCommand::Revise { submission }).expect("revised");
    let asked = ReviewRequested { project: id(1), annotation: id(101), reason: ReviewReason::Revised };
    assert_eq!(events.last(), Some(&asked.into()));
}

#[test]
fn a_comment_says_something() {
    let mut task = started(2);
    votes(&mut task, 1, Left, ReviewMode::None, 0);
    for comment in ["  ".to_owned(), "x".repeat(5_001)] {
        let review = TaskCommand::Review {
            annotation: id(101),
            reviewer: id(9),
            verdict: Verdict::Rejected,
            comment: Some(Personal::clear(id::<ParticipantId>(9), comment)),
            correction: None,
            standards: Standards::default(),
        };
        assert_eq!(does(&mut task, &review), Err(TaskRefusal::Comment));
    }
}

#[test]
fn a_gold_task_is_for_everybody_and_settles_nothing() {
    let mut task = started(2);
    let gold = |answers| TaskCommand::SetGold { form: form(), answers };
    assert_eq!(does(&mut task, &gold(vec![])), Err(TaskRefusal::NoGoldAnswers));
    assert_eq!(does(&mut task, &TaskCommand::RemoveGold), Err(TaskRefusal::Unchanged));
    let why = Answer {
        question: "reason".try_into().expect("valid key"),
        value: AnswerValue::Text(Personal::clear(id::<ParticipantId>(9), "short".into())),
    };
    // a required question may be left out: only what is known is given
    assert_eq!(names(&does(&mut task, &gold(vec![why])).expect("gold")), ["GoldAnswersSet"]);
    for annotator in 1..=6 {
        assert_eq!(names(&votes(&mut task, annotator, Left, ReviewMode::All, 0)), [""; 0]);
    }
    assert_eq!(does(&mut task, &claim(7, 6, 2)), Err(TaskRefusal::AlreadyAnnotated));
    does(&mut task, &TaskCommand::RemoveGold).expect("an ordinary task");
    assert_eq!(does(&mut task, &claim(7, 7, 2)), Err(TaskRefusal::Full));
}

#[test]
fn a_task_starts_with_no_more_than_it_may_have() {
    let create = TaskCommand::Create {
        project: id(1),
        external_key: None,
        content: vec![ContentField::new("prompt", ContentKind::Text, "Hi")],
        responses: Vec::new(),
        redundancy: Redundancy::try_from(2).expect("in range"),
        starts_with: Some(Redundancy::try_from(3).expect("in range")),
        routing: Routing::default(),
    };
    assert_eq!(does(&mut Task::default(), &create), Err(TaskRefusal::StartsWith));
}
