//! Releases that are asked for: who makes them, what is left of those that are not made, and when a plan asks.

mod support;

use std::{
    fs,
    path::PathBuf,
    sync::{Arc, Mutex},
    time::Duration,
};

use futures::StreamExt as _;
use sqlx::{
    Executor, PgConnection, PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use stele_domain::{
    Event, ReleaseRequestId, TaskId, Timestamp,
    dataset::{
        Dataset, DatasetCommand, DatasetEvent, ReleasePlanned, ReleaseRequestFailed, ReleaseRequestMet,
        ReleaseRequested, ReleaseTrigger, ReleaseVersion,
    },
    form::PreferenceOutcome::Left,
    project::Standards,
    task::{TaskCommand, Verdict},
};
use stele_exporter::{Recipe, ReleaseWorker, verify_folder};
use stele_ledger::{Clock, EventFilter, Ledger, Position};
use support::{Campaign, annotation};
use tempfile::TempDir;
use tokio::{sync::watch, task::JoinHandle, time::timeout};
use uuid::Uuid;

/// Longer than anything may take.
const PATIENCE: Duration = Duration::from_mins(1);

/// A campaign of whose judgments releases are asked for, and the folder for them.
struct Office {
    campaign: Campaign,
    tasks: Vec<TaskId>,
    folder: TempDir,
}

/// A worker that runs until it is told to stop.
struct Running {
    stop: watch::Sender<bool>,
    work: JoinHandle<()>,
}

impl Running {
    async fn end(self) {
        self.stop.send_replace(true);
        timeout(PATIENCE, self.work).await.expect("in time").expect("no panic");
    }
}

impl Office {
    async fn open(options: &PgConnectOptions) -> Self {
        Self::of(Campaign::begin(options).await).await
    }

    async fn of(mut campaign: Campaign) -> Self {
        let mut tasks = Vec::new();
        for annotator in 1..4 {
            let task = campaign.task("left", "right").await;
            campaign.vote(task, annotator, Left).await;
            tasks.push(task);
        }
        Self { campaign, tasks, folder: tempfile::tempdir().expect("a folder") }
    }

    fn ledger(&self) -> &Ledger {
        &self.campaign.ledger
    }

    fn datasets(&self) -> PathBuf {
        self.folder.path().join("datasets")
    }

    /// What there is of a dataset, hidden or not.
    fn releases(&self) -> Vec<String> {
        let entries = fs::read_dir(self.datasets().join("letters")).into_iter().flatten();
        let mut names: Vec<String> =
            entries.map(|entry| entry.expect("readable").file_name().to_string_lossy().into_owned()).collect();
        names.sort_unstable();
        names
    }

    fn hire(&self) -> Running {
        let worker = ReleaseWorker::new(self.ledger().clone(), self.datasets(), None);
        let (stop, stopped) = watch::channel(false);
        Running { stop, work: tokio::spawn(async move { worker.run(stopped).await }) }
    }

    async fn execute(&mut self, command: DatasetCommand) -> Position {
        let dataset: Uuid = self.ledger().mint().derived("dataset", &["letters"]);
        let context = self.campaign.context(None);
        self.ledger().execute::<Dataset>(dataset, &context, &command).await.expect("accepted").receipt.last
    }

    async fn ask(&mut self, recipe: &str) -> ReleaseRequestId {
        let request = self.ledger().mint().fresh();
        let asked = ReleaseRequested {
            request,
            name: "letters".into(),
            project: self.campaign.project,
            recipe: recipe.into(),
            known_at: self.ledger().head().await.expect("a head").position().get(),
            happened_by: None,
            requested_by: None,
            plan: false,
        };
        self.execute(DatasetCommand::Request(Box::new(asked))).await;
        request
    }

    async fn plan(&mut self, when: ReleaseTrigger) -> Position {
        let planned = ReleasePlanned {
            name: "letters".into(),
            project: self.campaign.project,
            recipe: canonical(&Recipe::default()),
            when,
            planned_by: Uuid::from_u128(70).into(),
        };
        self.execute(DatasetCommand::Plan(Box::new(planned))).await
    }

    async fn review(&mut self, task: usize, verdict: Verdict) -> Position {
        let (reviewer, standards) = (Uuid::from_u128(71).into(), Standards::default());
        let of = self.tasks[task];
        let annotation = annotation(of, task as u128 + 1);
        let review =
            TaskCommand::Review { annotation, reviewer, verdict, comment: None, correction: None, standards };
        self.campaign.execute(of, None, review).await
    }

    /// What happens to the dataset after a position, in order, until something is what is waited for.
    async fn until(&self, after: Position, waited_for: impl Fn(&DatasetEvent) -> bool) -> Vec<DatasetEvent> {
        let mut news = Box::pin(self.ledger().follow(after, EventFilter::named(DatasetEvent::NAMES)));
        let mut told: Vec<DatasetEvent> = Vec::new();
        let wait = async {
            while !told.iter().any(&waited_for) {
                let batch = news.next().await.expect("for ever").expect("readable");
                told.extend(batch.events.iter().map(|event| event.decode::<DatasetEvent>().expect("of a dataset")));
            }
        };
        timeout(PATIENCE, wait).await.expect("in time");
        told
    }

    async fn until_met(&self, request: ReleaseRequestId) -> ReleaseVersion {
        let is_met =
            |event: &DatasetEvent| matches!(event, DatasetEvent::ReleaseRequestMet(met) if met.request == request);
        let told = self.until(Position::START, is_met).await;
        match told.into_iter().find(is_met) {
            Some(DatasetEvent::ReleaseRequestMet(ReleaseRequestMet { version, .. })) => version,
            _ => unreachable!("it is waited for"),
        }
    }

    /// Returns once a worker has begun to make a release, or has ended to.
    async fn until_being_made(&self, pool: &PgPool, being_made: bool) {
        let wait = async {
            loop {
                let at_it: i64 = sqlx::query_scalar("select count(*) from release_progress").fetch_one(pool).await?;
                if (at_it > 0) == being_made {
                    return Ok::<_, sqlx::Error>(());
                }
                tokio::task::yield_now().await;
            }
        };
        timeout(PATIENCE, wait).await.expect("in time").expect("readable");
    }
}

fn canonical(recipe: &Recipe) -> String {
    recipe.canonical().expect("JSON")
}

/// Keeps every release from being finished: its root can't be looked up.
async fn hold_up(pool: &PgPool) -> PgConnection {
    let mut connection = pool.acquire().await.expect("a connection").detach();
    connection.execute("begin; lock table checkpoint in access exclusive mode").await.expect("locked");
    connection
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn what_is_asked_for_is_made_and_said_so(_: PgPoolOptions, options: PgConnectOptions) {
    let mut office = Office::open(&options).await;
    let first = office.ask(&canonical(&Recipe::default())).await;
    // one was asked for before there was a worker, one after
    let worker = office.hire();
    assert_eq!(office.until_met(first).await, ReleaseVersion::FIRST);
    let folder = office.datasets().join("letters/1.0.0");
    let verified = verify_folder(office.ledger(), &folder, None).await.expect("readable");
    assert!(verified.findings.is_empty() && verified.released_at.is_some(), "{:?}", verified.findings);
    let again = office.ask(&canonical(&Recipe::default())).await;
    assert_eq!(office.until_met(again).await, ReleaseVersion::FIRST, "the same rows are released once");
    let other = office.ask(&canonical(&Recipe { separator: " ".into(), ..Recipe::default() })).await;
    assert_eq!(office.until_met(other).await.to_string(), "2.0.0");
    worker.end().await;
    assert_eq!(office.releases(), ["1.0.0", "2.0.0"]);
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn what_cant_be_made_is_told_with_the_reason(_: PgPoolOptions, options: PgConnectOptions) {
    let mut office = Office::open(&options).await;
    let request = office.ask(r#"{"question":"worse"}"#).await;
    let worker = office.hire();
    let has_failed = |event: &DatasetEvent| matches!(event, DatasetEvent::ReleaseRequestFailed(_));
    let told = office.until(Position::START, has_failed).await;
    let Some(DatasetEvent::ReleaseRequestFailed(ReleaseRequestFailed { request: failed, reason, .. })) = told.last()
    else {
        panic!("{told:?}")
    };
    assert_eq!(*failed, request);
    assert!(reason.contains("worse"), "{reason}");
    worker.end().await;
    assert!(!office.datasets().join("letters").exists());
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn what_is_taken_back_while_it_is_made_leaves_nothing(pool: PgPool) {
    let options = (*pool.connect_options()).clone();
    let mut office = Office::open(&options).await;
    let lock = hold_up(&pool).await;
    let request = office.ask(&canonical(&Recipe::default())).await;
    let worker = office.hire();
    office.until_being_made(&pool, true).await;
    let (project, by) = (office.campaign.project, Uuid::from_u128(70).into());
    office.execute(DatasetCommand::Cancel { request, project, by }).await;
    office.until_being_made(&pool, false).await;
    drop(lock);
    worker.end().await;
    let told = office.until(Position::START, |event| matches!(event, DatasetEvent::ReleaseRequestCancelled(_))).await;
    assert_eq!(told.len(), 2, "nothing was released: {told:?}");
    assert!(!office.datasets().join("letters").exists(), "{:?}", office.releases());
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn what_one_worker_leaves_another_makes_and_only_one(pool: PgPool) {
    let options = (*pool.connect_options()).clone();
    let mut office = Office::open(&options).await;
    let lock = hold_up(&pool).await;
    let request = office.ask(&canonical(&Recipe::default())).await;
    let first = office.hire();
    office.until_being_made(&pool, true).await;
    // others are there, and keep their hands off
    let others = [office.hire(), office.hire()];
    first.end().await;
    office.until_being_made(&pool, true).await;
    drop(lock);
    assert_eq!(office.until_met(request).await, ReleaseVersion::FIRST);
    for other in others {
        other.end().await;
    }
    let told = office.until(Position::START, |event| matches!(event, DatasetEvent::ReleaseRequestMet(_))).await;
    let names: Vec<&str> = told.iter().map(Event::name).collect();
    assert_eq!(names, ["ReleaseRequested", "DatasetReleased", "ReleaseRequestMet"]);
    assert_eq!(office.releases(), ["1.0.0"]);
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn a_plan_asks_once_enough_has_been_approved(_: PgPoolOptions, options: PgConnectOptions) {
    let mut office = Office::open(&options).await;
    let planned = office.plan(ReleaseTrigger::EveryApproved(2)).await;
    // one approval is there before the workers are, the other comes when they are
    office.review(0, Verdict::Approved).await;
    let workers = [office.hire(), office.hire()];
    office.review(1, Verdict::Rejected).await;
    let last = office.review(2, Verdict::Approved).await;
    let is_met = |event: &DatasetEvent| matches!(event, DatasetEvent::ReleaseRequestMet(_));
    let told = office.until(planned, is_met).await;
    let [DatasetEvent::ReleaseRequested(asked), DatasetEvent::DatasetReleased(released), _] = told.as_slice() else {
        panic!("{told:?}")
    };
    assert!(asked.plan && asked.known_at >= last.get(), "{asked:?}");
    assert_eq!(released.known_at.size, asked.known_at);
    for worker in workers {
        worker.end().await;
    }
    let head = office.ledger().head().await.expect("a head").position();
    let events = office.ledger().read(planned, head, &EventFilter::named(&["ReleaseRequested"])).await;
    assert_eq!(events.expect("readable").len(), 1, "it has asked once, whoever has looked");
}

/// A clock that stands still until it is moved.
#[derive(Debug)]
struct StandingClock(Mutex<Timestamp>);

impl Clock for StandingClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().expect("not poisoned")
    }
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn a_plan_asks_by_the_clock(_: PgPoolOptions, options: PgConnectOptions) {
    let clock = Arc::new(StandingClock(Mutex::new("2026-01-01T00:00:00Z".parse().expect("a time"))));
    let mut office = Office::of(Campaign::begin_at(&options, clock.clone()).await).await;
    let mut since = office.plan(ReleaseTrigger::EveryHours(24)).await;
    let worker = office.hire();
    for hours in [24, 25] {
        {
            let mut now = clock.0.lock().expect("not poisoned");
            *now = now.plus_seconds(hours * 60 * 60);
        }
        office.until(since, |event| matches!(event, DatasetEvent::ReleaseRequestMet(_))).await;
        since = office.ledger().head().await.expect("a head").position();
    }
    worker.end().await;
    let asked = office.ledger().read(Position::START, since, &EventFilter::named(&["ReleaseRequested"])).await;
    assert_eq!(asked.expect("readable").len(), 2);
}
