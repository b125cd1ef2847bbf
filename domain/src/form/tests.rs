use super::*;
use crate::task::MAX_RESPONSES;

fn question(key: &str, when: impl Into<Option<Condition>>, kind: QuestionKind) -> Question {
    Question { key: key.try_into().expect("a key"), title: "?".into(), required: true, when: when.into(), kind }
}

fn when(key: &str, answer: ConditionTest) -> Condition {
    Condition { question: key.try_into().expect("a key"), answer }
}

fn preference() -> QuestionKind {
    QuestionKind::Preference(PreferenceQuestion { strengths: 3, tie: true, both_bad: false })
}

fn rating() -> QuestionKind {
    QuestionKind::Rating(RatingQuestion { min: 1, max: 5, each_response: false })
}

fn answer(key: &str, value: AnswerValue) -> Answer {
    Answer { question: key.try_into().expect("a key"), value }
}

fn prefers(outcome: PreferenceOutcome, strength: Option<u8>) -> Answer {
    answer("better", AnswerValue::Preference(PreferenceAnswer { outcome, strength }))
}

fn two_responses() -> Shown {
    Shown { content: Vec::new(), responses: vec![ShownResponse { length: 1, steps: 0 }; 2] }
}

/// A preference; where it is strong, how sure one is; and where one is sure, why.
fn form() -> Form {
    let sure = when("better", ConditionTest::AtLeast(3.0));
    let reasons = ["style", "facts"].map(|key| ChoiceOption { key: key.into(), label: key.into() }).to_vec();
    let why = QuestionKind::Choices(ChoicesQuestion { options: reasons, min: 1, max: None });
    let questions = vec![
        question("better", None, preference()),
        question("sure", sure, rating()),
        question("why", when("sure", ConditionTest::Given), why),
    ];
    Form::new(FormVersion::FIRST, questions).expect("a form")
}

#[test]
fn a_question_is_asked_where_its_condition_holds() {
    use PreferenceOutcome::{Left, Tie};
    let (sure, why) =
        (answer("sure", AnswerValue::Rating(4)), answer("why", AnswerValue::Choices(vec!["facts".into()])));
    let judge = |answers: &[Answer]| validate(&form(), answers, &two_responses());
    let all = vec![prefers(Left, Some(3)), sure.clone(), why.clone()];
    let shuffled = [why.clone(), all[0].clone(), sure.clone()];
    assert_eq!(judge(&shuffled), Ok(all), "in the form's order");
    for weak in [prefers(Left, Some(2)), prefers(Tie, None)] {
        assert_eq!(
            judge(std::slice::from_ref(&weak)),
            Ok(vec![weak.clone()]),
            "neither is asked, so neither is missing"
        );
        let error = judge(&[weak, sure.clone()]).expect_err("it was not asked").to_string();
        assert_eq!(error, "question `sure`: it is not asked where `better` is answered as it is");
    }
    let error = judge(&[prefers(Left, Some(3))]).expect_err("it was asked").to_string();
    assert_eq!(error, "question `sure`: an answer is required");
    let error = judge(&[prefers(Left, Some(1)), why]).expect_err("what it depends on is not asked").to_string();
    assert!(error.starts_with("question `why`: it is not asked"), "{error}");
}

#[test]
fn conditions_are_told_from_the_answers_they_name() {
    use ConditionTest::{AtLeast, AtMost, Given, OneOf};
    use PreferenceOutcome::{Left, Right, Tie};
    let of = |test: ConditionTest| Condition { question: "better".try_into().expect("a key"), answer: test };
    let words = |words: &[&str]| OneOf(words.iter().map(|word| (*word).to_owned()).collect());
    for (test, yes, no) in [
        (words(&["left", "tie"]), prefers(Tie, None), prefers(Right, Some(1))),
        (AtMost(2.0), prefers(Left, Some(2)), prefers(Left, Some(3))),
        (AtLeast(2.0), prefers(Left, Some(2)), prefers(Tie, None)),
        (
            words(&["a"]),
            answer("better", AnswerValue::Choice("a".into())),
            answer("better", AnswerValue::Choice("b".into())),
        ),
        (
            words(&["a"]),
            answer("better", AnswerValue::Choices(vec!["b".into(), "a".into()])),
            answer("better", AnswerValue::Choices(vec!["b".into()])),
        ),
        (AtLeast(0.5), answer("better", AnswerValue::Scalar(0.5)), answer("better", AnswerValue::Scalar(0.4))),
        (Given, answer("better", AnswerValue::Rating(0)), answer("other", AnswerValue::Rating(0))),
    ] {
        assert!(of(test.clone()).holds(&[yes]), "{test:?}");
        assert!(!of(test.clone()).holds(&[no]), "{test:?}");
        assert!(!of(test).holds(&[]));
    }
}

#[test]
fn a_condition_that_can_never_hold_is_no_form() {
    let one_of = |word: &str| ConditionTest::OneOf(vec![word.to_owned()]);
    let text = QuestionKind::Text(TextQuestion { max_length: 10 });
    for (condition, reason) in [
        (when("later", ConditionTest::Given), "not asked before it"),
        (when("second", ConditionTest::Given), "not asked before it"),
        (when("better", one_of("both_bad")), "`both_bad` to `better`, which can't be"),
        (when("better", ConditionTest::OneOf(Vec::new())), "no answers that its condition fits"),
        (when("better", ConditionTest::AtLeast(f64::NAN)), "no answers that its condition fits"),
        (when("text", ConditionTest::AtMost(1.0)), "no answers that its condition fits"),
        (when("text", one_of("yes")), "which can't be"),
    ] {
        let questions = vec![
            question("better", None, preference()),
            question("text", None, text.clone()),
            question("second", condition, rating()),
            question("later", None, rating()),
        ];
        let error = Form::new(FormVersion::FIRST, questions).expect_err(reason).to_string();
        assert!(error.starts_with("question `second`: ") && error.contains(reason), "{error}");
    }
}

#[test]
fn an_answer_is_of_its_questions_kind() {
    let kinds = [
        (QuestionKind::Ranking(RankingQuestion { ties: true }), "a ranking"),
        (rating(), "a rating"),
        (QuestionKind::Thumbs(ThumbsQuestion {}), "a thumb for each response"),
        (QuestionKind::Steps(StepsQuestion::default()), "a label for each step"),
    ];
    for (kind, expected) in kinds {
        let form = Form::new(FormVersion::FIRST, vec![question("q", None, kind)]).expect("a form");
        let error = validate(&form, &[answer("q", AnswerValue::Choice("a".into()))], &two_responses());
        assert_eq!(error.expect_err("another kind").to_string(), format!("question `q`: it takes {expected}"));
    }
}

#[test]
fn an_annotation_has_no_more_events_than_are_recorded_at_once() {
    let ranking = |key| question(key, None, QuestionKind::Ranking(RankingQuestion { ties: false }));
    assert!(Form::new(FormVersion::FIRST, ["a", "b"].map(ranking).to_vec()).is_ok());
    assert_eq!(Form::new(FormVersion::FIRST, ["a", "b", "c"].map(ranking).to_vec()), Err(FormError::Rankings));
    let most = MAX_RANKINGS * MAX_RESPONSES * (MAX_RESPONSES - 1) / 2 + 1;
    assert!(most <= 1_000, "{most}");
}

proptest::proptest! {
    /// Numbers are stored as JSON, and what is stored is hashed.
    #[test]
    fn a_number_is_read_as_it_was_written(bits in proptest::prelude::any::<u64>()) {
        let number = f64::from_bits(bits);
        proptest::prop_assume!(number.is_finite());
        let written = serde_json::to_string(&AnswerValue::Scalar(number)).expect("JSON");
        let read: AnswerValue = serde_json::from_str(&written).expect("JSON");
        proptest::prop_assert_eq!(serde_json::to_string(&read).expect("JSON"), written);
        proptest::prop_assert_eq!(read, AnswerValue::Scalar(number));
    }
}
