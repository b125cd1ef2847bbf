//! The views: folded live they are what a rebuild makes, whoever folds and however often it is interrupted.

use std::sync::Arc;

use rand::{RngExt, SeedableRng, rngs::StdRng};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use stele_agreement::{Coincidences, Unit, nominal_alpha};
use stele_domain::{
    AnnotationId, AssignmentId, ParticipantId, Personal, ProjectId, TaskId, Timestamp,
    form::{
        Answer, AnswerValue, Form, PreferenceAnswer, PreferenceOutcome, PreferenceQuestion, Question, QuestionKind,
    },
    project::{Project, ProjectCommand},
    task::{ContentField, ContentKind, Response, Submission, Task, TaskCommand, TaskEvent, Verdict},
};
use stele_ledger::{CommandContext, Database, ExecuteError, Fingerprint, KeyStore, Ledger, Position, SystemClock};
use stele_projections::{NotCaughtUp, Runner, ViewName, agreement, task_queue, views};
use tokio::sync::watch;

const TABLES: [&str; 9] = [
    "directory_project",
    "directory_participant",
    "task_detail",
    "task_detail_annotation",
    "task_queue",
    "task_queue_holder",
    "agreement_label",
    "agreement_coincidence",
    "agreement_annotators",
];

async fn open(options: &PgConnectOptions) -> Ledger {
    let database = Database::connect(options.clone(), 12).await.expect("the test database is migrated");
    let keys = KeyStore::in_process(options).await.expect("a key store");
    Ledger::open(database, "test", Arc::new(SystemClock), keys).await.expect("the ledger opens")
}

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

/// A project whose history is drawn at random: every kind of task event, in any order that the domain allows.
struct History {
    ledger: Ledger,
    random: StdRng,
    project: ProjectId,
    form: Arc<Form>,
    commands: u32,
    tasks: Vec<TaskId>,
    leases: Vec<(TaskId, AssignmentId, ParticipantId)>,
    annotations: Vec<(TaskId, AnnotationId, ParticipantId)>,
}

impl History {
    async fn begin(ledger: Ledger, seed: u64) -> Self {
        let question = |key: &str, kind| Question {
            key: key.try_into().expect("a valid key"),
            title: key.into(),
            required: false,
            kind,
        };
        let questions = vec![
            question(
                "better",
                QuestionKind::Preference(PreferenceQuestion { strengths: 0, tie: true, both_bad: true }),
            ),
            question("fluency", QuestionKind::Rating { min: 1, max: 3 }),
            question("why", QuestionKind::Text { max_length: 100 }),
        ];
        let project: ProjectId = ledger.mint().fresh();
        let form = Form::new(stele_domain::form::FormVersion::FIRST, questions.clone()).expect("a valid form");
        let mut history = Self {
            ledger,
            random: StdRng::seed_from_u64(seed),
            project,
            form: Arc::new(form),
            commands: 0,
            tasks: Vec::new(),
            leases: Vec::new(),
            annotations: Vec::new(),
        };
        let create = ProjectCommand::Create {
            name: "random".into(),
            guidelines: None,
            questions,
            redundancy: 3.try_into().expect("in range"),
        };
        let context = history.context();
        history.ledger.execute::<Project>(project.uuid(), &context, &create).await.expect("created");
        history
    }

    fn context(&mut self) -> CommandContext {
        self.commands += 1;
        let key = format!("{}/{}", self.project, self.commands).try_into().expect("a valid key");
        let fingerprint = Fingerprint::of(b"");
        CommandContext { actor: None, key, fingerprint, occurred_at: None, correlation_id: None }
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> Option<T> {
        (!from.is_empty()).then(|| from[self.random.random_range(0..from.len())])
    }

    fn answers(&mut self, annotator: ParticipantId) -> Vec<Answer> {
        let outcomes =
            [PreferenceOutcome::Left, PreferenceOutcome::Right, PreferenceOutcome::Tie, PreferenceOutcome::BothBad];
        let outcome = outcomes[self.random.random_range(0..4)];
        let preference = AnswerValue::Preference(PreferenceAnswer { outcome, strength: None });
        let rating = AnswerValue::Rating(self.random.random_range(1..=3));
        let text = AnswerValue::Text(Personal::clear(annotator, "because".into()));
        [("better", preference), ("fluency", rating), ("why", text)]
            .into_iter()
            .filter(|_| self.random.random_bool(0.8))
            .map(|(key, value)| Answer { question: key.try_into().expect("a valid key"), value })
            .collect()
    }

    fn submission(&mut self, annotation: AnnotationId, annotator: ParticipantId) -> Submission {
        let answers = self.answers(annotator);
        Submission { annotation, annotator, form: Arc::clone(&self.form), answers }
    }

    async fn step(&mut self) {
        let annotator: ParticipantId = uuid::Uuid::from_u128(self.random.random_range(1..6)).into();
        let now: Timestamp = self.ledger.clock().now();
        let (tasks, leases, annotations) = (self.tasks.clone(), self.leases.clone(), self.annotations.clone());
        let choice = self.random.random_range(0..10);
        let (task, command) = match (choice, self.pick(&tasks), self.pick(&leases), self.pick(&annotations)) {
            (1..=3, Some(task), ..) => {
                let lease_seconds = if self.random.random_bool(0.2) { 1 } else { 3_600 };
                let assignment = self.ledger.mint().fresh();
                (
                    task,
                    TaskCommand::Claim { assignment, annotator, form_version: self.form.version, now, lease_seconds },
                )
            }
            (4 | 5, _, Some((task, assignment, holder)), _) => {
                let annotation = self.ledger.mint().fresh();
                (task, TaskCommand::Submit { assignment, submission: self.submission(annotation, holder), now })
            }
            (6, Some(task), ..) => {
                let annotation = self.ledger.mint().fresh();
                (task, TaskCommand::Record { submission: self.submission(annotation, annotator) })
            }
            (7, _, Some((task, assignment, holder)), _) => {
                (task, TaskCommand::Release { assignment, annotator: holder })
            }
            (8, _, _, Some((task, annotation, owner))) => {
                (task, TaskCommand::Revise { submission: self.submission(annotation, owner) })
            }
            (9, _, _, Some((task, annotation, owner))) if self.random.random_bool(0.5) => {
                (task, TaskCommand::Withdraw { annotation, annotator: owner })
            }
            (9, _, _, Some((task, annotation, owner))) => {
                let verdicts = [Verdict::Approved, Verdict::Rejected, Verdict::ChangesRequested];
                let verdict = verdicts[self.random.random_range(0..3)];
                let reviewer = uuid::Uuid::from_u128(99).into();
                let comment = Some(Personal::clear(owner, "see the guidelines".into()));
                (task, TaskCommand::Review { annotation, reviewer, verdict, comment })
            }
            _ => {
                let field = ContentField { name: "prompt".into(), kind: ContentKind::Text, value: "Hi".into() };
                let response = |text: &str| Response { model: None, text: text.into() };
                let create = TaskCommand::Create {
                    project: self.project,
                    external_key: None,
                    content: vec![field],
                    responses: vec![response("one"), response("two")],
                    redundancy: 3.try_into().expect("in range"),
                };
                (self.ledger.mint().fresh(), create)
            }
        };
        let context = self.context();
        match self.ledger.execute::<Task>(task.uuid(), &context, &command).await {
            Ok(done) => done.events.iter().for_each(|event| match event {
                TaskEvent::TaskCreated(_) => self.tasks.push(task),
                TaskEvent::TaskClaimed(claimed) => self.leases.push((task, claimed.assignment, claimed.annotator)),
                TaskEvent::AnnotationSubmitted(done) => {
                    self.annotations.push((task, done.annotation, done.annotator));
                }
                _ => {}
            }),
            Err(ExecuteError::Refused(_)) => {}
            Err(error) => panic!("{error}"),
        }
    }
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn rebuilt_is_what_was_followed_live(_: PgPoolOptions, options: PgConnectOptions) {
    let ledger = open(&options).await;
    let runner = Runner::new(ledger.clone());
    for seed in 0..3 {
        let mut history = History::begin(ledger.clone(), seed).await;
        for _ in 0..150 {
            history.step().await;
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
        assert!(live.iter().skip(2).all(|rows| rows.lines().count() > 1), "every task table has rows");
        agreement_is_that_of_the_labels(&ledger, history.project).await;
    }
}

fn pretty_assert_same(live: &[String], rebuilt: &[String]) {
    for (live, rebuilt) in live.iter().zip(rebuilt) {
        assert_eq!(live, rebuilt);
    }
}

/// The stored integers give the alpha that the labels give from scratch, to the bit.
async fn agreement_is_that_of_the_labels(ledger: &Ledger, project: ProjectId) {
    for question in ["better", "fluency"] {
        let rows: Vec<(uuid::Uuid, String)> =
            sqlx::query_as("select task_id, category from agreement_label where project_id = $1 and question = $2")
                .bind(project.uuid())
                .bind(question)
                .fetch_all(ledger.database().pool())
                .await
                .expect("readable");
        let mut units = std::collections::BTreeMap::<_, Unit<String>>::new();
        for (task, category) in &rows {
            units.entry(*task).or_default().add(category);
        }
        let mut counts = Coincidences::new();
        units.values().for_each(|unit| counts.add(unit));
        let key = question.try_into().expect("a valid key");
        let figures = agreement::figures(ledger, project, &key).await.expect("figures");
        assert_eq!(figures.nominal_alpha.map(f64::to_bits), nominal_alpha(&counts).map(f64::to_bits));
        assert_eq!(figures.labels, rows.len() as u64);
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
        assert_eq!(figures.labels, answers.cast_unsigned());
        assert_eq!(figures.units, units.len() as u64);
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

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn waiting_for_what_does_not_exist_is_refused_at_once(_: PgPoolOptions, options: PgConnectOptions) {
    let ledger = open(&options).await;
    let patience = std::time::Duration::from_hours(1);
    let waited = Runner::wait_for(&ledger, &ViewName::ALL, Position::from(1), patience).await;
    assert!(matches!(waited, Err(NotCaughtUp::BeyondHead { .. })), "{waited:?}");
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn the_queue_offers_what_the_task_accepts(_: PgPoolOptions, options: PgConnectOptions) {
    let ledger = open(&options).await;
    let runner = Runner::new(ledger.clone());
    let mut history = History::begin(ledger.clone(), 11).await;
    for _ in 0..200 {
        history.step().await;
    }
    runner.catch_up().await.expect("folds");
    let now = ledger.clock().now();
    for annotator in (1..7).map(|number| ParticipantId::from(uuid::Uuid::from_u128(number))) {
        let offered =
            task_queue::candidates(&ledger, history.project, annotator, now, 1_000).await.expect("readable");
        for task in history.tasks.clone() {
            let (state, _) = ledger.load::<Task>(task.uuid()).await.expect("loads");
            let claim = TaskCommand::Claim {
                assignment: ledger.mint().fresh(),
                annotator,
                form_version: history.form.version,
                now,
                lease_seconds: 60,
            };
            let accepted = stele_domain::Aggregate::decide(&state, &claim).is_ok();
            assert_eq!(offered.contains(&task), accepted, "task {task}, annotator {annotator}");
        }
    }
}
