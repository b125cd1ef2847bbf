use cqrs_es::test::TestFramework;

use super::*;
use crate::form::{FormError, PreferenceQuestion, Question, QuestionKind, RatingQuestion};

fn preference(key: &str) -> Question {
    Question {
        key: key.try_into().expect("valid key"),
        title: "Which response is better?".into(),
        required: true,
        when: None,
        kind: QuestionKind::Preference(PreferenceQuestion { strengths: 0, tie: true, both_bad: false }),
    }
}

fn create(name: &str) -> ProjectCommand {
    ProjectCommand::Create {
        name: name.into(),
        guidelines: None,
        questions: vec![preference("better")],
        redundancy: Redundancy::default(),
        workflow: Workflow::default(),
    }
}

fn created() -> ProjectEvent {
    ProjectCreated {
        name: "Helpfulness".into(),
        guidelines: None,
        form: Form::new(FormVersion::FIRST, vec![preference("better")]).expect("valid form"),
        redundancy: Redundancy::default(),
        workflow: Workflow::default(),
    }
    .into()
}

fn project() -> TestFramework<Project> {
    TestFramework::with(())
}

#[test]
fn a_project_is_created_once() {
    project().given_no_previous_events().when(create(" Helpfulness ")).then_expect_events(vec![created()]);
    project().given(vec![created()]).when(create("Again")).then_expect_error(ProjectRefusal::AlreadyExists);
}

#[test]
fn a_project_needs_a_name_and_a_sound_form() {
    for name in ["  ", "a\0b", "a\nb", &"x".repeat(201)] {
        project().given_no_previous_events().when(create(name)).then_expect_error(ProjectRefusal::Name);
    }
    let twice = ProjectCommand::Create {
        name: "Helpfulness".into(),
        guidelines: None,
        questions: vec![preference("better"), preference("better")],
        redundancy: Redundancy::default(),
        workflow: Workflow::default(),
    };
    let key = "better".try_into().expect("valid key");
    project()
        .given_no_previous_events()
        .when(twice)
        .then_expect_error(FormError::DuplicateKey { question: key }.into());
}

#[test]
fn a_revised_form_gets_the_next_version() {
    let questions = vec![preference("better"), preference("safer")];
    let form = Form::new(FormVersion::FIRST.next(), questions.clone()).expect("valid form");
    project()
        .given(vec![created()])
        .when(ProjectCommand::ReviseForm { questions: questions.clone() })
        .then_expect_events(vec![FormRevised { form: form.clone() }.into()]);
    project()
        .given(vec![created(), FormRevised { form }.into()])
        .when(ProjectCommand::ReviseForm { questions })
        .then_expect_error(ProjectRefusal::Unchanged);
}

#[test]
fn guidelines_are_counted_from_their_first_version() {
    let revise = |text: &str| ProjectCommand::ReviseGuidelines { text: text.into() };
    let revised = |number: u32, text: &str| -> ProjectEvent {
        let version = (1..number).fold(GuidelinesVersion::FIRST, |version, _| version.next());
        GuidelinesRevised { guidelines: Guidelines { version, text: text.into() } }.into()
    };
    project().given(vec![created()]).when(revise("Be fair.")).then_expect_events(vec![revised(1, "Be fair.")]);
    let given = vec![created(), revised(1, "Be fair.")];
    project().given(given.clone()).when(revise("Be kind.")).then_expect_events(vec![revised(2, "Be kind.")]);
    project().given(given).when(revise("Be fair.")).then_expect_error(ProjectRefusal::Unchanged);
    project().given(vec![created()]).when(revise(" ")).then_expect_error(ProjectRefusal::Guidelines);
    project().given_no_previous_events().when(revise("Be fair.")).then_expect_error(ProjectRefusal::NotFound);
    let ProjectEvent::ProjectCreated(told) = created() else { panic!("a creation") };
    let told = ProjectCreated { guidelines: Some("Be brief.".into()), ..told };
    project().given(vec![told.into()]).when(revise("Be kind.")).then_expect_events(vec![revised(2, "Be kind.")]);
}

#[test]
fn a_question_keeps_its_kind() {
    let rating = |each_response| {
        let kind = QuestionKind::Rating(RatingQuestion { min: 1, max: 5, each_response });
        Question { kind, ..preference("better") }
    };
    let revise = |question: Question| ProjectCommand::ReviseForm { questions: vec![question] };
    let question = "better".try_into().expect("valid key");
    let refusal = ProjectRefusal::KindChanged { question };
    project().given(vec![created()]).when(revise(rating(false))).then_expect_error(refusal.clone());
    // nor where it was left out in between
    let between = Form::new(FormVersion::FIRST.next(), vec![preference("other")]).expect("valid form");
    let given = vec![created(), FormRevised { form: between }.into()];
    project().given(given.clone()).when(revise(rating(true))).then_expect_error(refusal);
    let form = Form::new(FormVersion::FIRST.next().next(), vec![preference("better")]).expect("valid form");
    project().given(given).when(revise(preference("better"))).then_expect_events(vec![FormRevised { form }.into()]);
}

#[test]
fn nothing_happens_to_a_project_that_was_never_created() {
    let more = ProjectCommand::ChangeRedundancy { redundancy: 3.try_into().expect("in range") };
    project().given_no_previous_events().when(more.clone()).then_expect_error(ProjectRefusal::NotFound);
    let changed = RedundancyChanged { redundancy: 3.try_into().expect("in range") };
    project().given(vec![created()]).when(more).then_expect_events(vec![changed.into()]);
}

mod workflow {
    use super::*;
    use crate::Probability;

    fn probability(number: f64) -> Probability {
        number.try_into().expect("a probability")
    }

    fn rule(question: &str) -> ConsensusRule {
        ConsensusRule {
            question: question.try_into().expect("valid key"),
            min: Redundancy::default(),
            confidence: probability(0.9),
            accuracy: probability(0.8),
        }
    }

    fn change(workflow: Workflow) -> ProjectCommand {
        ProjectCommand::ChangeWorkflow { workflow }
    }

    #[test]
    fn a_workflow_changes_and_stays_with_the_form() {
        let workflow = Workflow { consensus: Some(rule("better")), ..Workflow::default() };
        let changed = ProjectEvent::from(WorkflowChanged { workflow: workflow.clone() });
        project().given(vec![created()]).when(change(workflow.clone())).then_expect_events(vec![changed.clone()]);
        let same = change(workflow);
        project().given(vec![created(), changed.clone()]).when(same).then_expect_error(ProjectRefusal::Unchanged);
        // the question that annotators have to agree on stays in the form
        let without = ProjectCommand::ReviseForm { questions: vec![preference("other")] };
        let missing = WorkflowError::NoSuchQuestion("better".try_into().expect("valid key"));
        project().given(vec![created(), changed]).when(without).then_expect_error(missing.into());
    }

    #[test]
    fn a_workflow_makes_sense() {
        let refused = |workflow, error: WorkflowError| {
            project().given(vec![created()]).when(change(workflow)).then_expect_error(error.into());
        };
        let with = |rule| Workflow { consensus: Some(rule), ..Workflow::default() };
        refused(Workflow { lease_seconds: 0, ..Workflow::default() }, WorkflowError::Lease(0));
        refused(Workflow { lease_seconds: 86_401, ..Workflow::default() }, WorkflowError::Lease(86_401));
        let rate = probability(0.6);
        refused(Workflow { gold_rate: rate, ..Workflow::default() }, WorkflowError::GoldRate(rate));
        let disagreement = Workflow { review: ReviewMode::Disagreement, ..Workflow::default() };
        refused(disagreement, WorkflowError::DisagreementOnNothing);
        let (min, redundancy) = (Redundancy::try_from(2).expect("in range"), Redundancy::default());
        refused(with(ConsensusRule { min, ..rule("better") }), WorkflowError::TooMany { min, redundancy });
        for confidence in [0.5, 1.0].map(probability) {
            let rule = ConsensusRule { confidence, ..rule("better") };
            refused(with(rule), WorkflowError::Confidence(confidence));
        }
        // three answers: left, right, tie
        for given in [1.0 / 3.0, 1.0].map(probability) {
            let rule = ConsensusRule { accuracy: given, ..rule("better") };
            refused(with(rule), WorkflowError::Accuracy { chance: 1.0 / 3.0, given });
        }
    }
}
