use cqrs_es::test::TestFramework;

use super::*;
use crate::{ParticipantId, ProjectId};

fn ada() -> ParticipantId {
    uuid::Uuid::from_u128(1).into()
}

fn project(number: u128) -> ProjectId {
    uuid::Uuid::from_u128(number).into()
}

fn register(name: &str, email: Option<&str>) -> ParticipantCommand {
    ParticipantCommand::Register {
        kind: ParticipantKind::Human,
        name: Personal::clear(ada(), name.into()),
        email: email.map(|email| Personal::clear(ada(), email.into())),
        roles: vec![HeldRole::in_workspace(Role::Annotator)],
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
        RoleGranted { role: Role::Annotator, project: None }.into(),
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
fn someone_registers_with_roles_in_projects_that_a_project_can_have() {
    let register = |role| ParticipantCommand::Register {
        kind: ParticipantKind::Human,
        name: Personal::clear(ada(), "Ada".into()),
        email: None,
        roles: vec![HeldRole { role, project: Some(project(7)) }],
    };
    let granted = RoleGranted { role: Role::Annotator, project: Some(project(7)) };
    let expected = vec![registered()[0].clone(), granted.into()];
    participant().given_no_previous_events().when(register(Role::Annotator)).then_expect_events(expected);
    participant()
        .given_no_previous_events()
        .when(register(Role::Admin))
        .then_expect_error(ParticipantRefusal::WorkspaceOnly { role: Role::Admin });
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
    let (grant, revoke) = (
        ParticipantCommand::GrantRole { role: Role::Admin, project: None },
        ParticipantCommand::RevokeRole { role: Role::Admin, project: None },
    );
    participant()
        .given(registered())
        .when(grant.clone())
        .then_expect_events(vec![RoleGranted { role: Role::Admin, project: None }.into()]);
    participant()
        .given(registered())
        .and(vec![RoleGranted { role: Role::Admin, project: None }.into()])
        .when(grant)
        .then_expect_error(ParticipantRefusal::HasRole { role: Role::Admin });
    participant()
        .given(registered())
        .when(revoke)
        .then_expect_error(ParticipantRefusal::LacksRole { role: Role::Admin });
}

#[test]
fn a_role_counts_in_the_workspace_or_in_its_project_alone() {
    let (here, elsewhere) = (project(1), project(2));
    let grant = |project| ParticipantCommand::GrantRole { role: Role::Reviewer, project };
    let granted = |project| RoleGranted { role: Role::Reviewer, project }.into();
    participant().given(registered()).when(grant(Some(here))).then_expect_events(vec![granted(Some(here))]);
    // one does not stand in the way of the other
    let reviewer = || participant().given(registered()).and(vec![granted(Some(here))]);
    for other in [None, Some(elsewhere)] {
        reviewer().when(grant(other)).then_expect_events(vec![granted(other)]);
        reviewer()
            .when(ParticipantCommand::RevokeRole { role: Role::Reviewer, project: other })
            .then_expect_error(ParticipantRefusal::LacksRole { role: Role::Reviewer });
    }
    let mut events = registered();
    events.push(granted(Some(here)));
    let reviewer = Participant::replay(&events);
    let roles = reviewer.roles();
    assert!(roles.allow_in(&[Role::Reviewer], here) && !roles.allow_in(&[Role::Reviewer], elsewhere));
    assert!(roles.allow(&[Role::Annotator]) && roles.allow_in(&[Role::Annotator], elsewhere));
    assert!(!roles.allow(&[Role::Reviewer]));
    assert_eq!(roles.projects(&[Role::Reviewer, Role::Annotator]), [here].into());
}

#[test]
fn a_role_for_the_whole_workspace_is_not_held_in_a_project() {
    for role in Role::ALL {
        let grant = ParticipantCommand::GrantRole { role, project: Some(project(1)) };
        let asked = participant().given(registered()).when(grant);
        match role {
            Role::Admin | Role::Auditor | Role::Compliance => {
                asked.then_expect_error(ParticipantRefusal::WorkspaceOnly { role });
            }
            _ => asked.then_expect_events(vec![RoleGranted { role, project: Some(project(1)) }.into()]),
        }
    }
}

#[test]
fn a_role_granted_before_there_were_project_roles_counts_in_the_workspace() {
    let event = <ParticipantEvent as crate::Event>::decode("RoleGranted", 1, r#"{"role":"reviewer"}"#);
    let expected = RoleGranted { role: Role::Reviewer, project: None };
    assert_eq!(event.expect("still read"), expected.into());
}

#[test]
fn an_erased_participant_does_nothing_any_more() {
    let gone = || participant().given(registered()).and(vec![ParticipantErased {}.into()]);
    participant()
        .given(registered())
        .when(ParticipantCommand::Erase)
        .then_expect_events(vec![ParticipantErased {}.into()]);
    for command in [ParticipantCommand::Erase, ParticipantCommand::GrantRole { role: Role::Admin, project: None }] {
        gone().when(command).then_expect_error(ParticipantRefusal::Erased);
    }
    let mut events = registered();
    events.push(ParticipantErased {}.into());
    assert_eq!(*Participant::replay(&events).roles(), Roles::default());
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
