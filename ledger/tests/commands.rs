//! Commands through the ledger: our own path, and that of the `cqrs-es` framework.

mod support;

use cqrs_es::{CqrsFramework, EventStore};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use stele_domain::{
    ParticipantId, Personal,
    participant::{
        HeldRole, Participant, ParticipantCommand, ParticipantEvent, ParticipantKind, ParticipantRefusal, Role,
    },
    personal::PersonalField,
};
use stele_ledger::{AppendError, CommandContext, ExecuteError, Fingerprint, LedgerEventStore, StreamKey};
use support::{audit, open};
use uuid::Uuid;

fn register(id: ParticipantId) -> ParticipantCommand {
    ParticipantCommand::Register {
        kind: ParticipantKind::Human,
        name: Personal::clear(id, "Ada Lovelace".into()),
        email: Some(Personal::clear(id, "ada@example.org".into())),
        roles: vec![HeldRole::in_workspace(Role::Annotator)],
    }
}

fn context(key: &str, content: &str) -> CommandContext {
    CommandContext {
        actor: None,
        key: key.to_owned().try_into().expect("a valid key"),
        fingerprint: Fingerprint::of(content.as_bytes()),
        occurred_at: None,
        correlation_id: None,
    }
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn a_command_takes_effect_once(_: PgPoolOptions, options: PgConnectOptions) {
    let ledger = open(&options).await;
    let id: ParticipantId = ledger.mint().fresh();
    let first =
        ledger.execute::<Participant>(id.uuid(), &context("k", "ada"), &register(id)).await.expect("recorded");
    assert_eq!(first.events.len(), 2);
    // the same process, and one that has never heard of it
    for ledger in [ledger.clone(), open(&options).await] {
        let again =
            ledger.execute::<Participant>(id.uuid(), &context("k", "ada"), &register(id)).await.expect("replayed");
        assert!(again.receipt.replayed);
        assert_eq!(again.events, first.events);
        let other = ledger.execute::<Participant>(id.uuid(), &context("k", "bob"), &register(id)).await;
        assert!(matches!(other, Err(ExecuteError::Append(AppendError::KeyReused))));
        let refused = ledger.execute::<Participant>(id.uuid(), &context("l", "ada"), &register(id)).await;
        assert!(matches!(refused, Err(ExecuteError::Refused(ParticipantRefusal::AlreadyRegistered))));
    }
    audit(&ledger).await;
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn a_process_with_an_old_state_decides_on_the_present_one(_: PgPoolOptions, options: PgConnectOptions) {
    let (here, elsewhere) = (open(&options).await, open(&options).await);
    let id: ParticipantId = here.mint().fresh();
    here.execute::<Participant>(id.uuid(), &context("1", ""), &register(id)).await.expect("recorded");
    let grant = ParticipantCommand::GrantRole { role: Role::Admin, project: None };
    let revoke = ParticipantCommand::RevokeRole { role: Role::Admin, project: None };
    elsewhere.execute::<Participant>(id.uuid(), &context("2", ""), &grant).await.expect("recorded");
    // here, the state remembered has no such role to revoke
    here.execute::<Participant>(id.uuid(), &context("3", ""), &revoke).await.expect("recorded");
    // and elsewhere, the state remembered still has it
    let refused = elsewhere.execute::<Participant>(id.uuid(), &context("4", ""), &revoke).await;
    assert!(matches!(refused, Err(ExecuteError::Refused(ParticipantRefusal::LacksRole { role: Role::Admin }))));
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn personal_fields_are_stored_sealed_and_open_again(_: PgPoolOptions, options: PgConnectOptions) {
    let ledger = open(&options).await;
    let id: ParticipantId = ledger.mint().fresh();
    ledger.execute::<Participant>(id.uuid(), &context("k", ""), &register(id)).await.expect("recorded");
    let event = audit(&ledger).await.remove(0);
    assert!(!event.payload.contains("Ada"), "{}", event.payload);
    let Ok(ParticipantEvent::ParticipantRegistered(mut registered)) = event.decode() else {
        panic!("not a registration: {event:?}")
    };
    assert!(registered.name.sealed().is_some());
    ledger.open_personal(event.stream, event.event_id, "name", &mut registered.name).await.expect("opens");
    assert_eq!(registered.name.as_clear().map(String::as_str), Some("Ada Lovelace"));
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn the_framework_runs_on_the_ledger(_: PgPoolOptions, options: PgConnectOptions) {
    let ledger = open(&options).await;
    let store = LedgerEventStore::<Participant>::new(ledger.clone());
    let cqrs = CqrsFramework::new(store.clone(), Vec::new(), ());
    let id: ParticipantId = ledger.mint().fresh();
    cqrs.execute(&id.to_string(), register(id)).await.expect("accepted");
    cqrs.execute(&id.to_string(), ParticipantCommand::GrantRole { role: Role::Admin, project: None })
        .await
        .expect("accepted");
    let refused = cqrs.execute(&id.to_string(), register(id)).await;
    assert!(matches!(refused, Err(cqrs_es::AggregateError::UserError(ParticipantRefusal::AlreadyRegistered))));
    let envelopes = store.load_events(&id.to_string()).await.expect("readable");
    assert_eq!(envelopes.iter().map(|envelope| envelope.sequence).collect::<Vec<_>>(), [1, 2, 3]);

    let stale = store.load_aggregate(&id.to_string()).await.expect("loads");
    cqrs.execute(&id.to_string(), ParticipantCommand::RevokeRole { role: Role::Admin, project: None })
        .await
        .expect("accepted");
    let events = vec![stele_domain::participant::RoleGranted { role: Role::Auditor, project: None }.into()];
    let conflict = store.commit(events, stale, std::collections::HashMap::new()).await;
    assert!(matches!(conflict, Err(cqrs_es::AggregateError::AggregateConflict)));
    let stream = StreamKey { stream_type: stele_domain::StreamType::Participant, id: id.uuid() };
    assert_eq!(ledger.read_stream(stream, 0).await.expect("readable").len(), 4);
    assert_ne!(ledger.id(), Uuid::nil());
    audit(&ledger).await;
}
