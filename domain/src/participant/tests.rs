use cqrs_es::test::TestFramework;

use super::*;
use crate::ParticipantId;

fn ada() -> ParticipantId {
    uuid::Uuid::from_u128(1).into()
}

fn register(name: &str, email: Option<&str>) -> ParticipantCommand {
    ParticipantCommand::Register {
        kind: ParticipantKind::Human,
        name: Personal::clear(ada(), name.into()),
        email: email.map(|email| Personal::clear(ada(), email.into())),
        roles: vec![Role::Annotator],
    }
}

fn registered() -> Vec<ParticipantEvent> {
    vec![
        ParticipantRegistered {
            kind: ParticipantKind::Human,
            name: Personal::clear(ada(), "Ada".into()),
            email: None,
        }
        .into(),
        RoleGranted { role: Role::Annotator }.into(),
    ]
}

fn participant() -> TestFramework<Participant> {
    TestFramework::with(())
}

#[test]
fn someone_registers_once_with_their_roles() {
    participant().given_no_previous_events().when(register("Ada", None)).then_expect_events(registered());
    participant()
        .given(registered())
        .when(register("Ada", None))
        .then_expect_error(ParticipantRefusal::AlreadyRegistered);
}

#[test]
fn an_address_without_two_sides_is_refused() {
    for wrong in ["ada", "@example.org", "ada@", "a da@example.org", "ada@ex@ample.org"] {
        participant()
            .given_no_previous_events()
            .when(register("Ada", Some(wrong)))
            .then_expect_error(ParticipantRefusal::Email);
    }
}

#[test]
fn a_role_is_granted_and_revoked_once() {
    let (grant, revoke) =
        (ParticipantCommand::GrantRole { role: Role::Admin }, ParticipantCommand::RevokeRole { role: Role::Admin });
    participant()
        .given(registered())
        .when(grant.clone())
        .then_expect_events(vec![RoleGranted { role: Role::Admin }.into()]);
    participant()
        .given(registered())
        .and(vec![RoleGranted { role: Role::Admin }.into()])
        .when(grant)
        .then_expect_error(ParticipantRefusal::HasRole { role: Role::Admin });
    participant()
        .given(registered())
        .when(revoke)
        .then_expect_error(ParticipantRefusal::LacksRole { role: Role::Admin });
}

#[test]
fn an_erased_participant_does_nothing_any_more() {
    let gone = || participant().given(registered()).and(vec![ParticipantErased {}.into()]);
    participant()
        .given(registered())
        .when(ParticipantCommand::Erase)
        .then_expect_events(vec![ParticipantErased {}.into()]);
    for command in [ParticipantCommand::Erase, ParticipantCommand::GrantRole { role: Role::Admin }] {
        gone().when(command).then_expect_error(ParticipantRefusal::Erased);
    }
    let mut events = registered();
    events.push(ParticipantErased {}.into());
    assert!(Participant::replay(&events).roles().is_empty());
}

#[test]
fn a_stored_event_tells_whose_fields_it_holds() {
    let sealed = |data: &str| format!(r#"{{"subject":"{}","alg":"none","data":"{data}"}}"#, ada());
    let payload = format!(r#"{{"kind":"human","name":{},"email":{}}}"#, sealed("Lg=="), sealed("Lg=="));
    let subjects = |name, payload: &str| crate::event::subjects(StreamType::Participant, name, 1, payload);
    let of_ada = std::collections::BTreeMap::from([(ada().into(), 2)]);
    assert_eq!(subjects("ParticipantRegistered", &payload).expect("well formed"), of_ada);
    assert!(subjects("RoleGranted", r#"{"role":"admin"}"#).expect("well formed").is_empty());
    assert!(subjects("TaskClosed", "{}").is_err());
}
