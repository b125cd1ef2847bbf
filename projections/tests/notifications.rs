//! Notifications: who is told of what, and that a rebuild tells the same, but for what has been read.

mod support;

use std::collections::BTreeSet;

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use stele_domain::{
    ParticipantId, Personal, TaskId,
    participant::{HeldRole, Participant, ParticipantCommand, ParticipantKind, Role},
    project::{Project, ProjectCommand, Standards},
    task::{ContentField, ContentKind, Response, Routing, Submission, Task, TaskCommand, Verdict},
};
use stele_ledger::{CommandContext, Fingerprint, Ledger, Position};
use stele_projections::{
    Runner,
    directory::PageRequest,
    notification::{self, Notification, NotificationKind, NotificationRow},
};
use support::{History, open};

/// A history in which everyone's name is known.
struct Scene {
    ledger: Ledger,
    history: History,
    commands: u32,
}

impl Scene {
    async fn begin(options: &PgConnectOptions) -> Self {
        let ledger = open(options).await;
        let history = History::begin(ledger.clone(), 1).await;
        Self { ledger, history, commands: 0 }
    }

    fn by(&mut self, actor: Option<ParticipantId>) -> CommandContext {
        self.commands += 1;
        let key = format!("scene {}", self.commands).try_into().expect("a valid key");
        CommandContext { actor, key, fingerprint: Fingerprint::of(b""), occurred_at: None, correlation_id: None }
    }

    async fn person(&mut self, number: u128, roles: Vec<Role>) -> ParticipantId {
        let id = ParticipantId::from(uuid::Uuid::from_u128(number));
        let name = Personal::clear(id, format!("person {number}"));
        let roles = roles.into_iter().map(HeldRole::in_workspace).collect();
        let register = ParticipantCommand::Register { kind: ParticipantKind::Human, name, email: None, roles };
        let context = self.by(None);
        self.ledger.execute::<Participant>(id.uuid(), &context, &register).await.expect("registered");
        id
    }

    async fn participant(&mut self, id: ParticipantId, by: ParticipantId, command: ParticipantCommand) {
        let context = self.by(Some(by));
        self.ledger.execute::<Participant>(id.uuid(), &context, &command).await.expect("done");
    }

    async fn task(&mut self, task: TaskId, by: ParticipantId, command: TaskCommand) {
        let context = self.by(Some(by));
        self.ledger.execute::<Task>(task.uuid(), &context, &command).await.expect("done");
    }

    async fn create_task(&mut self, by: ParticipantId) -> TaskId {
        let task: TaskId = self.ledger.mint().fresh();
        let create = TaskCommand::Create {
            project: self.history.project,
            external_key: None,
            content: vec![ContentField::new("prompt", ContentKind::Text, "Hi")],
            responses: vec![Response::new(None, "one"), Response::new(None, "two")],
            redundancy: 1.try_into().expect("in range"),
            starts_with: None,
            routing: Routing::default(),
        };
        self.task(task, by, create).await;
        task
    }

    async fn claim(&mut self, task: TaskId, annotator: ParticipantId, expired: bool) {
        let now = self.ledger.clock().now();
        let then = if expired { "2020-01-01T00:00:00Z".parse().expect("a time") } else { now };
        let claim = TaskCommand::Claim {
            assignment: self.ledger.mint().fresh(),
            annotator,
            form_version: self.history.form.version,
            guidelines_version: None,
            skills: BTreeSet::new(),
            shuffle: None,
            now: then,
            lease_seconds: 60,
        };
        self.task(task, annotator, claim).await;
    }

    async fn told(&self, person: ParticipantId) -> Vec<NotificationRow> {
        notification::notifications(&self.ledger, person, false, PageRequest::ALL).await.expect("readable")
    }
}

fn kinds(told: &[NotificationRow]) -> Vec<(NotificationKind, Option<&str>)> {
    told.iter().rev().map(|row| (row.kind, row.detail.as_deref())).collect()
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn people_are_told_of_what_concerns_them_and_of_nothing_else(_: PgPoolOptions, options: PgConnectOptions) {
    let mut scene = Scene::begin(&options).await;
    let runner = Runner::new(scene.ledger.clone());
    let mary = scene.person(101, vec![Role::Manager]).await;
    let (ada, bob) = (scene.person(102, vec![]).await, scene.person(103, vec![]).await);
    scene.participant(ada, mary, ParticipantCommand::GrantRole { role: Role::Annotator, project: None }).await;
    let skill = "lang:de".parse().expect("a skill");
    scene.participant(ada, mary, ParticipantCommand::GrantSkill { skill }).await;
    let task = scene.create_task(mary).await;
    scene.claim(task, bob, true).await;
    // the next claim notes that the lease had run out
    scene.claim(task, ada, false).await;
    let annotation = scene.ledger.mint().fresh();
    let submission = Submission {
        annotation,
        annotator: ada,
        form: scene.history.form.clone(),
        guidelines_version: None,
        answers: Vec::new(),
        standards: Standards::default(),
        draw: 0,
    };
    let another = scene.create_task(mary).await;
    scene.task(another, ada, TaskCommand::Record { submission }).await;
    runner.catch_up().await.expect("folds");
    let comment = Some(Personal::clear(ada, "see the guidelines".to_owned()));
    let review = TaskCommand::Review {
        annotation,
        reviewer: mary,
        verdict: Verdict::ChangesRequested,
        comment,
        correction: None,
        standards: Standards::default(),
    };
    scene.task(another, mary, review).await;
    let guidelines = ProjectCommand::ReviseGuidelines { text: "Be fair.".to_owned() };
    let context = scene.by(Some(mary));
    let project = scene.history.project.uuid();
    scene.ledger.execute::<Project>(project, &context, &guidelines).await.expect("revised");
    runner.catch_up().await.expect("folds");
    let adas = scene.told(ada).await;
    let expected = [
        (NotificationKind::RoleGranted, Some("annotator")),
        (NotificationKind::SkillGranted, Some("lang:de")),
        (NotificationKind::AnnotationReviewed, Some("changes_requested")),
        (NotificationKind::GuidelinesRevised, Some("1")),
    ];
    assert_eq!(kinds(&adas), expected);
    assert_eq!((adas[1].task_id, adas[1].project_id), (Some(another.uuid()), Some(project)));
    assert_eq!(kinds(&scene.told(bob).await), [(NotificationKind::LeaseExpired, None)]);
    // who did it knows
    assert!(!kinds(&scene.told(mary).await).iter().any(|(kind, _)| *kind == NotificationKind::GuidelinesRevised));
    // read, page by page
    assert_eq!(notification::unread(&scene.ledger, ada).await.expect("readable"), 4);
    notification::mark_read(&scene.ledger, ada, adas[1].position).await.expect("marked");
    notification::mark_read(&scene.ledger, ada, adas[3].position).await.expect("marked");
    assert_eq!(notification::unread(&scene.ledger, ada).await.expect("readable"), 1, "what was read stays read");
    let page = PageRequest { after: adas[0].position, limit: 2 };
    let older = notification::notifications(&scene.ledger, ada, false, page).await.expect("readable");
    assert_eq!(older.iter().map(|row| row.position).collect::<Vec<_>>(), [adas[1].position, adas[2].position]);
    let unread = notification::notifications(&scene.ledger, ada, true, PageRequest::ALL).await.expect("readable");
    assert_eq!(unread.len(), 1);
    let people = notification::told_between(&scene.ledger, Position::START, adas[0].position).await;
    assert!(people.expect("readable").contains(&ada));
    // a rebuild tells the same, and leaves what was read as it is
    let before = scene.told(ada).await;
    runner.rebuild(&Notification).await.expect("rebuilds");
    assert_eq!(scene.told(ada).await, before);
    assert_eq!(before.iter().filter(|row| !row.read).count(), 1);
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn releases_are_told_to_those_who_use_them_and_nothing_to_the_erased(
    _: PgPoolOptions,
    options: PgConnectOptions,
) {
    let mut scene = Scene::begin(&options).await;
    let runner = Runner::new(scene.ledger.clone());
    let rita = scene.person(101, vec![Role::Researcher]).await;
    let ada = scene.person(102, vec![Role::Annotator, Role::Manager]).await;
    scene.history.release().await;
    runner.catch_up().await.expect("folds");
    let is_release = |row: &NotificationRow| row.kind == NotificationKind::DatasetReleased;
    let told = async |scene: &Scene, person| scene.told(person).await.iter().filter(|row| is_release(row)).count();
    assert_eq!((told(&scene, rita).await, told(&scene, ada).await), (1, 1));
    scene.participant(ada, rita, ParticipantCommand::RevokeRole { role: Role::Manager, project: None }).await;
    scene.history.release().await;
    runner.catch_up().await.expect("folds");
    assert_eq!((told(&scene, rita).await, told(&scene, ada).await), (2, 1));
    let context = scene.by(None);
    scene.ledger.erase(rita.into(), &context, "a request".to_owned(), "1".to_owned()).await.expect("erased");
    scene.history.release().await;
    runner.catch_up().await.expect("folds");
    assert!(scene.told(rita).await.is_empty());
    let ours = scene.told(ada).await;
    runner.rebuild(&Notification).await.expect("rebuilds");
    assert!(scene.told(rita).await.is_empty());
    assert_eq!(scene.told(ada).await, ours);
}
