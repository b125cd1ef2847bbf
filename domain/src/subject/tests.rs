use cqrs_es::test::TestFramework;

use super::*;

fn subject() -> TestFramework<Subject> {
    TestFramework::with(())
}

fn erase(basis: &str) -> SubjectCommand {
    SubjectCommand::Erase { basis: basis.into(), reference: "DSR-17".into(), key_fingerprint: None }
}

fn erased() -> SubjectEvent {
    SubjectErased { basis: "Art. 17(1)(b)".into(), reference: "DSR-17".into(), key_fingerprint: None }.into()
}

#[test]
fn a_subject_is_erased_once() {
    subject().given_no_previous_events().when(erase(" Art. 17(1)(b) ")).then_expect_events(vec![erased()]);
    subject().given(vec![erased()]).when(erase("Art. 17(1)(b)")).then_expect_error(SubjectRefusal::Erased);
}

#[test]
fn an_erasure_says_why() {
    for basis in ["", "  ", "two\nlines", &"long".repeat(126)] {
        subject()
            .given_no_previous_events()
            .when(erase(basis))
            .then_expect_error(SubjectRefusal::Note { field: "basis" });
    }
}

#[test]
fn nothing_is_disclosed_of_an_erased_subject() {
    let to = uuid::Uuid::from_u128(9).into();
    let fields = vec![DisclosedField { event: uuid::Uuid::from_u128(3), path: "name".into() }];
    let disclose = SubjectCommand::Disclose { to, fields: fields.clone() };
    subject()
        .given_no_previous_events()
        .when(disclose.clone())
        .then_expect_events(vec![PersonalDataDisclosed { to, fields }.into()]);
    subject().given(vec![erased()]).when(disclose).then_expect_error(SubjectRefusal::Erased);
    subject()
        .given_no_previous_events()
        .when(SubjectCommand::Disclose { to, fields: vec![] })
        .then_expect_error(SubjectRefusal::NothingDisclosed);
}
