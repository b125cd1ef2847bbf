//! The directory knows who holds which role, where.

mod support;

use rand::{RngExt, SeedableRng, rngs::StdRng, seq::IndexedRandom};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use stele_domain::{
    ParticipantId, Personal, ProjectId,
    participant::{HeldRole, Participant, ParticipantCommand, ParticipantKind, Role, Roles},
};
use stele_ledger::{CommandContext, ExecuteError, Fingerprint, Ledger};
use stele_projections::{
    Runner,
    directory::{self, Directory, PageRequest, ParticipantRow, Within},
};
use support::open;

async fn execute(ledger: &Ledger, id: ParticipantId, command: &ParticipantCommand) {
    let key = uuid::Uuid::to_string(&ledger.mint().fresh()).try_into().expect("a valid key");
    let fingerprint = Fingerprint::of(b"");
    let context = CommandContext { actor: None, key, fingerprint, occurred_at: None, correlation_id: None };
    match ledger.execute::<Participant>(id.uuid(), &context, command).await {
        Ok(_) | Err(ExecuteError::Refused(_)) => {}
        Err(error) => panic!("{error}"),
    }
}

fn roles(row: &ParticipantRow) -> Roles {
    let in_workspace = row.roles.iter().copied().map(HeldRole::in_workspace);
    let in_projects = row.project_roles.iter().map(|&(project, role)| HeldRole { role, project: Some(project) });
    in_workspace.chain(in_projects).collect()
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn roles_are_those_that_the_participants_hold(_: PgPoolOptions, options: PgConnectOptions) {
    let ledger = open(&options).await;
    let mut random = StdRng::seed_from_u64(17);
    let projects: Vec<ProjectId> = (1..4).map(|number| uuid::Uuid::from_u128(number).into()).collect();
    let people: Vec<ParticipantId> = (0..6).map(|_| ledger.mint().fresh()).collect();
    for &id in &people {
        let name = Personal::clear(id, "Ada".to_owned());
        let roles = vec![HeldRole::in_workspace(Role::Annotator)];
        let register = ParticipantCommand::Register { kind: ParticipantKind::Human, name, email: None, roles };
        execute(&ledger, id, &register).await;
    }
    for _ in 0..400 {
        let (id, role) =
            (*people.choose(&mut random).expect("people"), *Role::ALL.choose(&mut random).expect("roles"));
        let project = random.random_bool(0.7).then(|| *projects.choose(&mut random).expect("projects"));
        let grant = random.random_bool(0.6);
        let command = if grant {
            ParticipantCommand::GrantRole { role, project }
        } else {
            ParticipantCommand::RevokeRole { role, project }
        };
        execute(&ledger, id, &command).await;
    }
    execute(&ledger, people[0], &ParticipantCommand::Erase).await;

    let runner = Runner::new(ledger.clone());
    for rebuilt in [false, true] {
        if rebuilt {
            runner.rebuild(&Directory).await.expect("rebuilds");
        } else {
            runner.catch_up().await.expect("folds");
        }
        let rows = directory::participants(&ledger, &Within::Workspace, PageRequest::ALL).await.expect("readable");
        assert_eq!(rows.iter().map(|row| row.id).collect::<Vec<_>>(), people);
        for row in &rows {
            let (participant, _) = ledger.load::<Participant>(row.id.uuid()).await.expect("loads");
            assert_eq!(roles(row), *participant.roles());
        }
        assert_eq!(roles(&rows[0]), Roles::default(), "an erased person has no roles");
        for project in &projects {
            let within = Within::Projects([*project].into());
            let found = directory::participants(&ledger, &within, PageRequest::ALL).await.expect("readable");
            let expected = rows.iter().filter(|row| row.project_roles.iter().any(|(held, _)| held == project));
            let expected: Vec<_> = expected.map(|row| row.id).collect();
            assert_eq!(found.iter().map(|row| row.id).collect::<Vec<_>>(), expected);
            assert!(!found.is_empty());
        }
    }
    let nowhere = directory::participants(&ledger, &Within::Projects([].into()), PageRequest::ALL).await;
    assert!(nowhere.expect("readable").is_empty());
}
