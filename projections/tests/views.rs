//! The views: folded live they are what a rebuild makes, whoever folds and however often it is interrupted.

mod support;

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use rand::RngExt;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use stele_agreement::{ReliabilityData, Unit, alpha};
use stele_domain::{
    Event, ParticipantId, ProjectId, SubjectId, TaskId,
    dataset::DatasetEvent,
    task::{Task, TaskCommand},
};
use stele_ledger::{Batched, EventFilter, Ledger, Position};
use stele_projections::{
    NotCaughtUp, Runner, ViewName, activity,
    directory::{PageRequest, Within},
    lineage,
    quality::{Pairs, Scope, Tally},
    settling,
    task_queue::{self, Shortlists, Wanted},
    views,
};
use support::{History, StandingClock, open, open_at, open_with, skills_of};
use tokio::sync::watch;

/// Those that a history drawn at random leaves empty: nobody is given a role in it.
const QUIET: [&str; 5] =
    ["notification_role", "directory_participant", "directory_project", "directory_project_role", "activity"];

const TABLES: [&str; 27] = [
    "notification_role",
    "activity",
    "directory_project",
    "directory_participant",
    "directory_project_role",
    "lineage_plan",
    "lineage_release",
    "lineage_request",
    "lineage_subject",
    "notification",
    "notification_annotation",
    "notification_worker",
    "settling_task",
    "settling_review",
    "task_detail",
    "task_detail_annotation",
    "task_detail_earlier",
    "task_detail_skip",
    "task_queue",
    "task_queue_holder",
    "task_queue_open_tasks",
    "task_queue_skip",
    "quality_task",
    "quality_label",
    "quality_gold",
    "quality_lease",
    "quality_count",
];

/// Every row of every view, as text.
async fn dump(ledger: &Ledger) -> Vec<String> {
    let mut dumps = Vec::new();
    for table in TABLES {
        let query =
            format!("select coalesce(string_agg(row::text, E'\\n' order by row::text), '') from {table} as row");
        let rows: String = sqlx::query_scalar(sqlx::AssertSqlSafe(query))
            .fetch_one(ledger.database().pool())
            .await
            .expect("readable");
        dumps.push(format!("{table}\n{rows}"));
    }
    dumps
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn rebuilt_is_what_was_followed_live(_: PgPoolOptions, options: PgConnectOptions) {
    let ledger = open(&options).await;
    let runner = Runner::new(ledger.clone());
    for seed in 0..3 {
        let mut history = History::begin(ledger.clone(), seed).await;
        for _ in 0..300 {
            history.step().await;
            if history.random.random_bool(0.05) {
                history.release().await;
                history.ask_for_release().await;
            }
            if history.random.random_bool(0.1) {
                runner.catch_up().await.expect("folds");
            }
        }
        let position = runner.catch_up().await.expect("folds");
        let live = dump(&ledger).await;
        for view in views() {
            assert_eq!(runner.rebuild(view.as_ref()).await.expect("rebuilds"), position);
        }
        pretty_assert_same(&live, &dump(&ledger).await);
        for (table, rows) in TABLES.iter().zip(&live).filter(|(table, _)| !QUIET.contains(table)) {
            assert!(rows.lines().count() > 1, "the table {table} has rows");
        }
        counts_are_those_of_the_labels(&ledger, history.project).await;
        mentions_are_those_of_the_events(&ledger).await;
        releases_are_those_of_the_events(&ledger).await;
    }
}

fn pretty_assert_same(live: &[String], rebuilt: &[String]) {
    for (live, rebuilt) in live.iter().zip(rebuilt) {
        assert_eq!(live, rebuilt);
    }
}

/// Whoever's fields are looked for is found in as many events, on as many tasks, as their id is in a `subject` of.
async fn mentions_are_those_of_the_events(ledger: &Ledger) {
    let head = ledger.head().await.expect("a head").position();
    let events = ledger.read(Position::START, head, &EventFilter::all()).await.expect("readable");
    for subject in (0..7).map(|number| SubjectId::from(uuid::Uuid::from_u128(number))) {
        let holds = format!("\"subject\":\"{subject}\"");
        // a release tells of people, and holds no fields of theirs
        let of_theirs =
            events.iter().filter(|event| event.payload.contains(&holds) && !event.name.ends_with("Released"));
        let mut tasks: Vec<_> = of_theirs.map(|event| event.stream.id).collect();
        let mentions = activity::mentions(ledger, subject).await.expect("readable");
        assert_eq!(mentions.events, tasks.len() as u64, "{subject}");
        tasks.sort_unstable();
        tasks.dedup();
        assert_eq!(mentions.tasks, tasks.len() as u64, "{subject}");
        assert_eq!(mentions.events > 0, (1..6).contains(&subject.uuid().as_u128()), "{subject}");
    }
}

/// The releases that hold someone's text, and how much of it, are those that the events tell of.
async fn releases_are_those_of_the_events(ledger: &Ledger) {
    let head = ledger.head().await.expect("a head").position();
    let events = ledger.read(Position::START, head, &EventFilter::named(DatasetEvent::NAMES)).await;
    let events = events.expect("readable");
    let mut listed = 0;
    for subject in (0..7).map(|number| SubjectId::from(uuid::Uuid::from_u128(number))) {
        let mut told = Vec::new();
        for event in &events {
            if let DatasetEvent::SubjectsReleased(released) = event.decode().expect("an event of a dataset") {
                let of_theirs = released.subjects.iter().filter(|rows| rows.subject == subject);
                told.extend(of_theirs.map(|rows| (event.stream.id, released.version.to_string(), rows.rows)));
            }
        }
        let found = lineage::releases_of(ledger, subject).await.expect("readable");
        let found = found
            .into_iter()
            .map(|found| (found.release.dataset_id.uuid(), found.release.version, found.rows_of_theirs));
        assert_eq!(found.collect::<Vec<_>>(), told, "{subject}");
        listed += told.len();
    }
    assert!(listed > 0);
    let releases = async |within| lineage::releases(ledger, &within, PageRequest::ALL).await.expect("readable");
    let all = releases(Within::Workspace).await;
    for project in all.iter().map(|release| release.project_id) {
        let of_it: Vec<_> = all.iter().filter(|release| release.project_id == project).cloned().collect();
        assert_eq!(releases(Within::Projects([project].into())).await, of_it);
    }
    assert_eq!(releases(Within::Projects([].into())).await, []);
}

/// The stored integers are those that the labels add up to from scratch, and so is the alpha, to the bit.
async fn counts_are_those_of_the_labels(ledger: &Ledger, project: ProjectId) {
    for question in ["better", "fluency"] {
        let scope = Scope::all(project, question.try_into().expect("a valid key"));
        let judgments = scope.judgments(ledger).await.expect("readable");
        let stored = Tally::of(ledger, &scope).await.expect("readable");
        assert_eq!(stored, Tally::of_judgments(&judgments), "{question}");
        let pairs = Pairs::of(ledger, &scope).await.expect("readable");
        assert_eq!(pairs, Pairs::of_judgments(&judgments), "{question}");
        let mut units = std::collections::BTreeMap::<_, Unit<String>>::new();
        for judgment in &judgments {
            units.entry(judgment.task).or_default().add(&judgment.category().to_owned());
        }
        let anew: ReliabilityData<String> = units.values().cloned().collect();
        let ratings = stored.ratings();
        assert_eq!(alpha::nominal(&ratings).map(f64::to_bits), alpha::nominal(&anew).map(f64::to_bits));
        let totals = ratings.totals().expect("possible");
        // another view, folded by other code, knows as many answers that count
        let answers: i64 = sqlx::query_scalar(
            "select count(*) from task_detail_annotation, json_array_elements(answers) as answer
            where project_id = $1 and answer->>'question' = $2
                and status in ('submitted', 'changes_requested', 'approved')",
        )
        .bind(project.uuid())
        .bind(question)
        .fetch_one(ledger.database().pool())
        .await
        .expect("readable");
        assert_eq!(i64::from(totals.ratings), answers);
        assert_eq!(totals.units as usize, units.len());
    }
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn what_was_known_is_what_the_counts_were(_: PgPoolOptions, options: PgConnectOptions) {
    let ledger = open(&options).await;
    let runner = Runner::new(ledger.clone());
    let mut history = History::begin(ledger.clone(), 7).await;
    let scope = Scope::all(history.project, "better".try_into().expect("a valid key"));
    let counted = async |scope: &Scope| {
        (Tally::of(&ledger, scope).await.expect("readable"), Pairs::of(&ledger, scope).await.expect("readable"))
    };
    let mut known = Vec::new();
    for _ in 0..20 {
        for _ in 0..25 {
            history.step().await;
        }
        let position = runner.catch_up().await.expect("folds");
        known.push((position, counted(&scope).await));
    }
    assert!(known.windows(2).filter(|pair| pair[0].1 != pair[1].1).count() > 10, "the labels change");
    for (position, were) in known {
        let then = Scope { known_at: Some(position), ..scope.clone() };
        assert_eq!(counted(&then).await, were, "at {position}");
    }
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn several_processes_share_the_work_and_do_none_of_it_twice(_: PgPoolOptions, options: PgConnectOptions) {
    let ledgers = [open(&options).await, open(&options).await, open(&options).await];
    let (stop, stopped) = watch::channel(false);
    let runners: Vec<_> = ledgers
        .iter()
        .map(|ledger| {
            let (runner, stopped) = (Runner::new(ledger.clone()), stopped.clone());
            tokio::spawn(async move { runner.run(stopped).await })
        })
        .collect();
    let mut history = History::begin(ledgers[0].clone(), 7).await;
    for _ in 0..300 {
        history.step().await;
    }
    let head = ledgers[0].head().await.expect("a head").position();
    let patience = std::time::Duration::from_secs(30);
    Runner::wait_for(&ledgers[1], &ViewName::ALL, head, patience).await.expect("the views get there");
    stop.send_replace(true);
    for runner in runners {
        runner.await.expect("no panic");
    }
    let live = dump(&ledgers[0]).await;
    for view in views() {
        Runner::new(ledgers[0].clone()).rebuild(view.as_ref()).await.expect("rebuilds");
    }
    pretty_assert_same(&live, &dump(&ledgers[0]).await);
}

/// Connections that some views hold are never all that others wait for.
#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn few_connections_are_enough_for_all_views(_: PgPoolOptions, options: PgConnectOptions) {
    let ledger = open_with(&options, 4).await;
    let mut history = History::begin(ledger.clone(), 13).await;
    for _ in 0..50 {
        history.step().await;
    }
    let (stop, stopped) = watch::channel(false);
    let runner = Runner::new(ledger.clone());
    let running = tokio::spawn(async move { runner.run(stopped).await });
    let head = ledger.head().await.expect("a head").position();
    // shorter than a connection is waited for
    let patience = std::time::Duration::from_secs(9);
    Runner::wait_for(&ledger, &ViewName::ALL, head, patience).await.expect("the views get there");
    stop.send_replace(true);
    running.await.expect("no panic");
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn waiting_for_what_does_not_exist_is_refused_at_once(_: PgPoolOptions, options: PgConnectOptions) {
    let ledger = open(&options).await;
    let patience = Duration::from_hours(1);
    let waited = Runner::wait_for(&ledger, &ViewName::ALL, Position::from(1), patience).await;
    assert!(matches!(waited, Err(NotCaughtUp::BeyondHead { .. })), "{waited:?}");
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn the_queue_offers_what_the_task_accepts(_: PgPoolOptions, options: PgConnectOptions) {
    let clock = Arc::new(StandingClock::begin());
    let ledger = open_at(&options, 12, clock.clone()).await;
    let runner = Runner::new(ledger.clone());
    let mut history = History::begin(ledger.clone(), 11).await;
    let shortlists = Batched::start(ledger.database().pool().clone(), Shortlists::of(ledger.clone()), Duration::ZERO);
    let mut offered = BTreeSet::new();
    for _ in 0..4 {
        for _ in 0..50 {
            history.step().await;
        }
        runner.catch_up().await.expect("folds");
        offered = offers(&history, &shortlists).await;
    }
    // leases lapse without an event
    clock.advance(2 * 3_600);
    let later = offers(&history, &shortlists).await;
    assert!(later.len() > offered.len(), "nothing lapsed");
}

/// Every task that is offered, with the annotator: in one by one queries as on lists, and the tasks say the same.
async fn offers(history: &History, shortlists: &Batched<Shortlists>) -> BTreeSet<(TaskId, ParticipantId)> {
    let ledger = &history.ledger;
    let now = ledger.clock().now();
    let mut all = BTreeSet::new();
    for annotator in (1..7).map(|number| ParticipantId::from(uuid::Uuid::from_u128(number))) {
        let (project, skills, tags) = (history.project, skills_of(annotator), BTreeSet::new());
        let mut offered = Vec::new();
        for gold in [false, true] {
            let wanted = Wanted { project, annotator, skills: &skills, tags: &tags, gold };
            let candidates = task_queue::candidates(ledger, wanted, now, 1_000).await.expect("readable");
            let shortlist = shortlists.run((project, gold)).await.expect("readable");
            // a list that everybody shares leads to the same, as far as it goes
            let listed = shortlist.candidates(&wanted).expect("so few tasks are all on the list");
            assert_eq!(listed, candidates, "annotator {annotator}, gold {gold}");
            offered.extend(candidates);
        }
        for task in history.tasks.clone() {
            let (state, _) = ledger.load::<Task>(task.uuid()).await.expect("loads");
            let claim = TaskCommand::Claim {
                assignment: ledger.mint().fresh(),
                annotator,
                form_version: history.form.version,
                guidelines_version: None,
                skills: skills.clone(),
                shuffle: None,
                now,
                lease_seconds: 60,
            };
            let accepted = stele_domain::Aggregate::decide(&*state, &claim).is_ok();
            assert_eq!(offered.contains(&task), accepted, "task {task}, annotator {annotator}");
        }
        all.extend(offered.into_iter().map(|task| (task, annotator)));
    }
    all
}

/// A server that has just begun does not keep the plans that were made for its empty tables.
#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn tables_that_have_grown_are_looked_at(owner: PgPoolOptions, options: PgConnectOptions) {
    let ledger = open(&options).await;
    let pool = owner.connect_with(options).await.expect("the database's owner may connect");
    let mut history = History::begin(ledger.clone(), 14).await;
    for _ in 0..300 {
        history.step().await;
    }
    let outgrown = async || -> Vec<String> {
        let outgrown = "select relname::text from pg_class
            where relnamespace = 'public'::regnamespace and relkind = 'r'
                and pg_relation_size(oid) > 4 * relpages::bigint * current_setting('block_size')::bigint
            order by 1";
        sqlx::query_scalar(outgrown).fetch_all(&pool).await.expect("readable")
    };
    let before = outgrown().await;
    for table in ["event", "ledger"] {
        assert!(before.iter().any(|name| name == table), "{table}: {before:?}");
    }
    ledger.database().analyze_outgrown_tables().await.expect("the server may have it done");
    assert_eq!(outgrown().await, Vec::<String>::new());
    let known: bool = sqlx::query_scalar(
        "select exists (select from pg_stats where tablename = 'event' and attname = 'ledger_id' and n_distinct = 1)",
    )
    .fetch_one(&pool)
    .await
    .expect("readable");
    assert!(known);
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn tasks_stand_where_they_say_they_stand(_: PgPoolOptions, options: PgConnectOptions) {
    let ledger = open(&options).await;
    let runner = Runner::new(ledger.clone());
    let mut history = History::begin(ledger.clone(), 12).await;
    for _ in 0..2_500 {
        history.step().await;
    }
    runner.catch_up().await.expect("folds");
    let mut seen = BTreeSet::new();
    for task in history.tasks.clone() {
        let (state, _) = ledger.load::<Task>(task.uuid()).await.expect("loads");
        let settlement = settling::settlement(&ledger, task).await.expect("readable");
        let standing = settlement.as_ref().map_or("open", |settlement| &settlement.standing);
        assert_eq!(standing, state.standing().as_str(), "task {task}");
        seen.insert(standing.to_owned());
    }
    // chance has brought about every standing
    assert_eq!(seen.into_iter().collect::<Vec<_>>(), ["adjudicated", "agreed", "disputed", "open"]);
    let standings = settling::standings(&ledger, history.project).await.expect("readable");
    assert!(standings.awaiting_review > 0, "{standings:?}");
    let page = PageRequest { after: Position::START, limit: 1_000 };
    let nobody = ParticipantId::from(uuid::Uuid::nil());
    let awaiting = settling::awaiting_review(&ledger, history.project, nobody, page).await.expect("readable");
    assert_eq!(awaiting.len() as u64, standings.awaiting_review);
    let disputed = settling::disputed(&ledger, history.project, page).await.expect("readable");
    assert_eq!(disputed.len() as u64, standings.disputed);
}
