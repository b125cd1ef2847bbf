//! What a task shows is changed: what becomes of annotations, of leases, and of where it stands.

use super::{
    settling::{does, names, started, votes},
    *,
};
use crate::form::{CarryOverError, ChoiceOption, SpanText, SpansQuestion, StepsQuestion};

use EarlierAnnotations::{Kept, Superseded};
use PreferenceOutcome::{Left, Right};

const SECOND: TaskVersion = TaskVersion::FIRST.next();

fn text(name: &str, value: &str) -> ContentField {
    ContentField::new(name, ContentKind::Text, value)
}

/// A revision by manager 9 that corrects the prompt.
fn revision(of: TaskVersion, annotations: EarlierAnnotations) -> Revision {
    let response = |value: &str| Response::new(None, value);
    Revision {
        of,
        content: vec![text("prompt", "Hello!")],
        responses: vec![response("Hello"), response("Go away")],
        annotations,
        reviser: id(9),
        reason: Personal::clear(id::<ParticipantId>(9), "a typo".into()),
    }
}

fn revise(of: TaskVersion, annotations: EarlierAnnotations) -> TaskCommand {
    TaskCommand::ReviseTask { revision: revision(of, annotations), form: form() }
}

fn submit(assignment: u128, annotator: u128, outcome: PreferenceOutcome) -> TaskCommand {
    let submission = submission(100 + assignment, annotator, prefers(outcome));
    TaskCommand::Submit { assignment: id(assignment), submission, now: at(1) }
}

/// A task that 1 has annotated, and 2 holds.
fn begun() -> Task {
    let mut task = Task::replay(&[created(2)]);
    does(&mut task, &claim(1, 1, 0)).expect("claimed");
    does(&mut task, &submit(1, 1, Left)).expect("submitted");
    does(&mut task, &claim(2, 2, 0)).expect("claimed");
    task
}

fn version_answered(events: &[TaskEvent]) -> TaskVersion {
    let TaskEvent::AnnotationSubmitted(submitted) = &events[0] else { panic!("{events:?}") };
    submitted.task_version
}

#[test]
fn annotations_that_are_kept_count_and_leases_go_on() {
    let mut task = begun();
    let events = does(&mut task, &revise(TaskVersion::FIRST, Kept)).expect("revised");
    let [TaskEvent::TaskRevised(revised)] = events.as_slice() else { panic!("{events:?}") };
    assert_eq!((revised.version, task.version()), (SECOND, SECOND));
    assert_eq!(does(&mut task, &claim(3, 3, 0)), Err(TaskRefusal::Full));
    // what was claimed is what was answered, whatever is shown by now
    assert_eq!(version_answered(&does(&mut task, &submit(2, 2, Right)).expect("submitted")), TaskVersion::FIRST);
    assert_eq!(does(&mut task, &claim(3, 3, 0)), Err(TaskRefusal::Full));
    // who answers anew answers what is shown now
    let again = TaskCommand::Revise { submission: submission(101, 1, prefers(Right)) };
    let events = does(&mut task, &again).expect("revised");
    assert!(matches!(&events[0], TaskEvent::AnnotationRevised(revised) if revised.task_version == SECOND));
}

#[test]
fn superseded_annotations_and_leases_make_room_for_the_new_version() {
    let mut task = begun();
    let events = does(&mut task, &revise(TaskVersion::FIRST, Superseded)).expect("revised");
    assert_eq!(names(&events), ["TaskRevised", "AssignmentEnded", "AnnotationSuperseded"]);
    assert!(matches!(&events[1], TaskEvent::AssignmentEnded(ended) if ended.end == AssignmentEnd::Superseded));
    assert_eq!(does(&mut task, &submit(2, 2, Right)), Err(TaskRefusal::NoSuchAssignment));

    // both may do it again, and who annotated it before is no exception
    for annotator in [1, 2] {
        does(&mut task, &claim(10 + annotator, annotator, 0)).expect("claimed");
        let events = does(&mut task, &submit(10 + annotator, annotator, Right)).expect("submitted");
        assert_eq!(version_answered(&events), SECOND);
    }
    assert_eq!(does(&mut task, &claim(13, 1, 2)), Err(TaskRefusal::AlreadyAnnotated));
    assert_eq!(does(&mut task, &claim(13, 3, 2)), Err(TaskRefusal::Full));
}

#[test]
fn what_was_superseded_stays_as_it_is() {
    let mut task = begun();
    does(&mut task, &revise(TaskVersion::FIRST, Superseded)).expect("revised");
    let again = TaskCommand::Revise { submission: submission(101, 1, prefers(Right)) };
    assert_eq!(does(&mut task, &again), Err(TaskRefusal::Settled("superseded")));
    let withdraw = TaskCommand::Withdraw { annotation: id(101), annotator: id(1), standards: Standards::default() };
    assert_eq!(does(&mut task, &withdraw), Err(TaskRefusal::Settled("superseded")));
    let review = TaskCommand::Review {
        annotation: id(101),
        reviewer: id(8),
        verdict: Verdict::Approved,
        comment: None,
        correction: None,
        standards: Standards::default(),
    };
    assert_eq!(does(&mut task, &review), Err(TaskRefusal::Settled("superseded")));
    // what no longer counted is not superseded a second time
    let events = does(&mut task, &revise(SECOND, Superseded)).expect("revised");
    assert_eq!(names(&events), ["TaskRevised"]);
}

#[test]
fn only_the_version_that_is_shown_is_revised() {
    let mut task = begun();
    does(&mut task, &revise(TaskVersion::FIRST, Kept)).expect("revised");
    let refused = TaskRefusal::OtherVersion { revised: TaskVersion::FIRST, current: SECOND };
    assert_eq!(does(&mut task, &revise(TaskVersion::FIRST, Kept)), Err(refused));
    does(&mut task, &TaskCommand::Close).expect("closed");
    assert_eq!(does(&mut task, &revise(SECOND, Superseded)), Err(TaskRefusal::Closed));
    assert_eq!(does(&mut Task::default(), &revise(SECOND, Superseded)), Err(TaskRefusal::NotFound));
}

#[test]
fn a_revision_shows_something_and_says_why() {
    let mut task = begun();
    let revision = |content, reason: &str| {
        let reason = Personal::clear(id::<ParticipantId>(9), reason.into());
        let revision = Revision { content, reason, ..revision(TaskVersion::FIRST, Superseded) };
        TaskCommand::ReviseTask { revision, form: form() }
    };
    let refused = does(&mut task, &revision(vec![text("prompt", " ")], "a typo"));
    assert_eq!(refused, Err(TaskRefusal::Content(ContentError::Empty)));
    for reason in [" ".to_owned(), "x".repeat(1_001)] {
        assert_eq!(does(&mut task, &revision(vec![text("prompt", "Hi")], &reason)), Err(TaskRefusal::Reason));
    }
}

#[test]
fn a_consensus_or_an_adjudication_of_an_earlier_version_holds_no_longer() {
    let agreed = {
        let mut task = started(3);
        votes(&mut task, 1, Left, crate::project::ReviewMode::None, 0);
        votes(&mut task, 2, Left, crate::project::ReviewMode::None, 0);
        task
    };
    let mut kept = agreed.clone();
    does(&mut kept, &revise(TaskVersion::FIRST, Kept)).expect("revised");
    assert_eq!(*kept.standing(), Standing::Agreed("left".into()));

    let mut reopened = agreed.clone();
    let events = does(&mut reopened, &revise(TaskVersion::FIRST, Superseded)).expect("revised");
    let superseded = ["TaskRevised", "AnnotationSuperseded", "AnnotationSuperseded"];
    assert_eq!(names(&events), [&superseded[..], &["TaskReopened"]].concat());
    does(&mut reopened, &claim(3, 1, 2)).expect("there is a place");

    let mut adjudicated = agreed;
    let adjudicate =
        TaskCommand::Adjudicate { adjudicator: id(8), form: form(), answers: prefers(Right), comment: None };
    does(&mut adjudicated, &adjudicate).expect("decided");
    let events = does(&mut adjudicated, &revise(TaskVersion::FIRST, Superseded)).expect("revised");
    let reversed = AdjudicationReversed { project: id(1), adjudicator: id(9), comment: None };
    assert_eq!(events.last(), Some(&reversed.into()));
    assert_eq!(*adjudicated.standing(), Standing::Open);
}

#[test]
fn gold_answers_go_with_the_annotations() {
    let mut gold = begun();
    does(&mut gold, &TaskCommand::SetGold { form: form(), answers: prefers(Left) }).expect("gold");
    let mut kept = gold.clone();
    assert_eq!(names(&does(&mut kept, &revise(TaskVersion::FIRST, Kept)).expect("revised")), ["TaskRevised"]);
    let events = does(&mut gold, &revise(TaskVersion::FIRST, Superseded)).expect("revised");
    assert_eq!(names(&events).last(), Some(&"GoldAnswersRemoved"));
    assert_eq!(does(&mut gold, &TaskCommand::RemoveGold), Err(TaskRefusal::Unchanged));
}

/// A form that asks for places in the prompt and in the responses.
fn form_of_places() -> Arc<Form> {
    let label = ChoiceOption { key: "name".into(), label: "Name".into() };
    let spans = |over| QuestionKind::Spans(SpansQuestion { over, labels: vec![label.clone()], overlapping: false });
    let question = |key: &str, kind| Question {
        key: key.try_into().expect("valid key"),
        title: key.into(),
        required: false,
        when: None,
        kind,
    };
    let questions = vec![
        question("names", spans(SpanText::Content("prompt".into()))),
        question("errors", spans(SpanText::Responses)),
        question("steps", QuestionKind::Steps(StepsQuestion { until_incorrect: false })),
    ];
    Arc::new(Form::new(FormVersion::FIRST, questions).expect("valid form"))
}

#[test]
fn annotations_are_kept_only_where_they_still_fit() {
    let task = begun();
    let prompt = |value: &str| vec![text("prompt", value), text("note", "see above")];
    let responses = |texts: &[&str]| texts.iter().map(|text| Response::new(None, *text)).collect::<Vec<_>>();
    let decide = |content: Vec<ContentField>, responses: Vec<Response>, form: Arc<Form>, annotations| {
        let revision = Revision { content, responses, ..revision(TaskVersion::FIRST, annotations) };
        task.decide(&TaskCommand::ReviseTask { revision, form }).map(|_| ())
    };
    let places = |question: &str, place: &str| {
        let question = question.try_into().expect("valid key");
        Err(TaskRefusal::CarryOver(CarryOverError::Places { question, place: place.into() }))
    };
    let same = || responses(&["Hello", "Go away"]);
    // other words of the same length leave every place where it was
    assert_eq!(decide(prompt("Ho"), responses(&["Hallo", "Go Away"]), form_of_places(), Kept), Ok(()));
    assert_eq!(decide(prompt("Hi!"), same(), form_of_places(), Kept), places("names", "`prompt`"));
    assert_eq!(decide(vec![text("note", "Hi")], same(), form_of_places(), Kept), places("names", "`prompt`"));
    let longer = responses(&["Hello!", "Go away"]);
    assert_eq!(decide(prompt("Hi"), longer.clone(), form_of_places(), Kept), places("errors", "the responses"));
    let divided = vec![Response { step_ends: vec![2, 5], ..Response::new(None, "Hello") }, same().remove(1)];
    assert_eq!(decide(prompt("Hi"), divided, form_of_places(), Kept), places("steps", "the responses' steps"));
    // a form that asks for no places does not mind
    assert_eq!(decide(prompt("Hi!"), longer.clone(), form(), Kept), Ok(()));
    let three = responses(&["Hello", "Go away", "Hm"]);
    let refused = CarryOverError::Responses { before: 2, after: 3 };
    assert_eq!(decide(prompt("Hi"), three.clone(), form(), Kept), Err(TaskRefusal::CarryOver(refused)));
    // nothing has to fit what is superseded
    for responses in [longer, three] {
        assert_eq!(decide(prompt("Hi!"), responses, form_of_places(), Superseded), Ok(()));
    }
}

#[test]
fn answers_are_held_against_what_is_shown_now() {
    let mut task = begun();
    let revision = Revision { responses: Vec::new(), ..revision(TaskVersion::FIRST, Superseded) };
    does(&mut task, &TaskCommand::ReviseTask { revision, form: form() }).expect("revised");
    does(&mut task, &claim(11, 1, 0)).expect("claimed");
    assert!(
        matches!(does(&mut task, &submit(11, 1, Left)), Err(TaskRefusal::Answer(_))),
        "there is nothing to prefer"
    );
}
