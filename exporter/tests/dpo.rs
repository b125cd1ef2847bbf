//! Preference datasets: which judgments count, as of when, and the bytes that come of them.

use std::{path::Path, sync::Arc};

use polars::prelude::{ParquetReader, SerReader};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use stele_domain::{
    AnnotationId, ParticipantId, ProjectId, TaskId, Timestamp,
    form::{
        Answer, AnswerValue, Form, FormVersion, PreferenceAnswer, PreferenceOutcome, PreferenceQuestion, Question,
        QuestionKind,
    },
    project::{Project, ProjectCommand},
    task::{ContentField, ContentKind, Response, Submission, Task, TaskCommand, Verdict},
};
use stele_exporter::{DpoRecipe, DpoRequest, ExportError, LeftOut, Manifest, OutputError, export_dpo};
use stele_ledger::{AsOf, CommandContext, Database, Fingerprint, KeyStore, Ledger, Position, SystemClock};
use uuid::Uuid;

use PreferenceOutcome::{BothBad, Left, Right, Tie};

/// A project with one preference question, and a way to fill it.
struct Campaign {
    ledger: Ledger,
    project: ProjectId,
    form: Arc<Form>,
    commands: u32,
}

impl Campaign {
    async fn begin(options: &PgConnectOptions) -> Self {
        let database = Database::connect(options.clone(), 8).await.expect("the test database is migrated");
        let keys = KeyStore::in_process(options).await.expect("a key store");
        let ledger = Ledger::open(database, "test", Arc::new(SystemClock), keys).await.expect("opens");
        let kind = QuestionKind::Preference(PreferenceQuestion { strengths: 0, tie: true, both_bad: true });
        let key = "better".try_into().expect("a valid key");
        let questions = vec![Question { key, title: "Which?".into(), required: false, kind }];
        let form = Arc::new(Form::new(FormVersion::FIRST, questions.clone()).expect("a valid form"));
        let project: ProjectId = ledger.mint().fresh();
        let mut campaign = Self { ledger, project, form, commands: 0 };
        let redundancy = 5.try_into().expect("in range");
        let create = ProjectCommand::Create { name: "Campaign".into(), guidelines: None, questions, redundancy };
        let context = campaign.context(None);
        campaign.ledger.execute::<Project>(project.uuid(), &context, &create).await.expect("created");
        campaign
    }

    fn context(&mut self, occurred_at: Option<Timestamp>) -> CommandContext {
        self.commands += 1;
        let key = self.commands.to_string().try_into().expect("a valid key");
        CommandContext { actor: None, key, fingerprint: Fingerprint::of(b""), occurred_at, correlation_id: None }
    }

    async fn execute(&mut self, task: TaskId, at: Option<Timestamp>, command: TaskCommand) -> Position {
        let context = self.context(at);
        let done = self.ledger.execute::<Task>(task.uuid(), &context, &command).await.expect("accepted");
        done.receipt.last
    }

    /// A task whose responses are `left` and `right`.
    async fn task(&mut self, left: &str, right: &str) -> TaskId {
        let response = |text: &str| Response { model: Some(format!("model of {text}")), text: text.into() };
        let field = |name: &str, value: &str| ContentField {
            name: name.into(),
            kind: ContentKind::Text,
            value: value.into(),
        };
        let create = TaskCommand::Create {
            project: self.project,
            external_key: None,
            content: vec![field("instruction", "Say it."), field("input", ""), field("note", "Kindly.")],
            responses: vec![response(left), response(right)],
            redundancy: 5.try_into().expect("in range"),
        };
        let task: TaskId = self.ledger.mint().fresh();
        self.execute(task, None, create).await;
        task
    }

    async fn vote(&mut self, task: TaskId, annotator: u128, outcome: PreferenceOutcome) -> Position {
        self.vote_at(task, annotator, outcome, None).await
    }

    async fn vote_at(
        &mut self,
        task: TaskId,
        annotator: u128,
        outcome: PreferenceOutcome,
        at: Option<Timestamp>,
    ) -> Position {
        let value = AnswerValue::Preference(PreferenceAnswer { outcome, strength: None });
        let answers = vec![Answer { question: "better".try_into().expect("a valid key"), value }];
        self.answer(task, annotator, answers, at).await
    }

    /// Records answers under an annotation id that follows from task and annotator.
    async fn answer(
        &mut self,
        task: TaskId,
        annotator: u128,
        answers: Vec<Answer>,
        at: Option<Timestamp>,
    ) -> Position {
        let (annotation, annotator) = (annotation(task, annotator), ParticipantId::from(Uuid::from_u128(annotator)));
        let submission = Submission { annotation, annotator, form: Arc::clone(&self.form), answers };
        self.execute(task, at, TaskCommand::Record { submission }).await
    }

    async fn export(&self, out: &Path, known_at: AsOf, happened_by: Option<Timestamp>) -> Manifest {
        let recipe = DpoRecipe::default();
        let request = DpoRequest { project: "Campaign".into(), known_at, happened_by, recipe };
        export_dpo(&self.ledger, request, out, |_| {}).await.expect("exports").manifest
    }
}

fn annotation(task: TaskId, annotator: u128) -> AnnotationId {
    Uuid::from_u128(task.uuid().as_u128() ^ annotator).into()
}

fn rows(out: &Path) -> Vec<serde_json::Value> {
    let text = std::fs::read_to_string(out.join("train.jsonl")).expect("readable");
    text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

fn at(day: u32) -> Timestamp {
    format!("2026-01-{day:02}T00:00:00Z").parse().expect("a valid time")
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn every_task_gives_a_row_or_a_reason(_: PgPoolOptions, options: PgConnectOptions) {
    let mut campaign = Campaign::begin(&options).await;
    for (left, right, votes) in [
        ("good", "bad", vec![Left, Left, Right]),
        ("bad", "good", vec![Right, Right, Tie]),
        ("a", "b", vec![Tie, Tie, Left]),
        ("a", "b", vec![BothBad, BothBad]),
        ("a", "b", vec![Left, Right]),
        ("same", "same", vec![Left]),
        ("a", " \n", vec![Left]),
        ("a", "b", vec![]),
    ] {
        let task = campaign.task(left, right).await;
        for (annotator, outcome) in (1..).zip(votes) {
            campaign.vote(task, annotator, outcome).await;
        }
    }
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("dpo");
    let manifest = campaign.export(&out, AsOf::Now, None).await;
    let left_out = LeftOut {
        not_judged: 1,
        not_a_pair: 0,
        majority_tie: 1,
        majority_both_bad: 1,
        no_majority: 1,
        identical_responses: 1,
        empty_response: 1,
        erased: 0,
    };
    assert_eq!((manifest.tasks, manifest.judgments, manifest.rows, manifest.left_out), (8, 15, 2, left_out));
    let rows = rows(&out);
    for row in &rows {
        assert_eq!(
            (&row["prompt"], &row["chosen"], &row["rejected"]),
            (&"Say it.\n\nKindly.".into(), &"good".into(), &"bad".into())
        );
        assert_eq!(row["chosen_model"], "model of good");
    }
    assert_eq!(
        (&rows[1]["votes_chosen"], &rows[1]["votes_rejected"], &rows[1]["votes_total"]),
        (&2.into(), &0.into(), &3.into())
    );

    let parquet = std::fs::File::open(out.join("train.parquet")).expect("readable");
    let frame = ParquetReader::new(parquet).finish().expect("Parquet");
    assert_eq!(frame.height(), 2);
    let names: Vec<&str> = frame.get_column_names().iter().map(|name| name.as_str()).collect();
    let expected =
        ["prompt", "chosen", "rejected", "chosen_model", "rejected_model", "votes_chosen", "votes_rejected"];
    assert_eq!(names[..7], expected);
    let chosen = frame.column("chosen").expect("a column").str().expect("text");
    assert_eq!(chosen.iter().collect::<Vec<_>>(), [Some("good"), Some("good")]);
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn a_dataset_is_what_the_ledger_knew(_: PgPoolOptions, options: PgConnectOptions) {
    let mut campaign = Campaign::begin(&options).await;
    let task = campaign.task("left", "right").await;
    let first = campaign.vote(task, 1, Left).await;
    let revised = campaign.vote(task, 1, Right).await;
    let unanswered = campaign.answer(task, 1, Vec::new(), None).await;
    let again = campaign.vote(task, 1, Left).await;
    let reviewer = Uuid::from_u128(99).into();
    let review = |verdict| TaskCommand::Review { annotation: annotation(task, 1), reviewer, verdict, comment: None };
    let rejected = campaign.execute(task, None, review(Verdict::Rejected)).await;
    let other = campaign.vote(task, 2, Right).await;
    let annotator = Uuid::from_u128(2).into();
    let withdraw = TaskCommand::Withdraw { annotation: annotation(task, 2), annotator };
    let withdrawn = campaign.execute(task, None, withdraw).await;

    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("dpo");
    for (position, chosen) in [
        (first, Some("left")),
        (revised, Some("right")),
        (unanswered, None),
        (again, Some("left")),
        (rejected, None),
        (other, Some("right")),
        (withdrawn, None),
    ] {
        let manifest = campaign.export(&out, AsOf::Position(position), None).await;
        let root = hex::encode(campaign.ledger.root_at(position).await.expect("a root"));
        assert_eq!((manifest.known_at.position, manifest.known_at.merkle_root), (position, root));
        let found: Vec<_> = rows(&out).iter().map(|row| row["chosen"].clone()).collect();
        assert_eq!(found, Vec::from_iter(chosen), "at {position}");
    }
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn happened_by_goes_by_when_it_happened(_: PgPoolOptions, options: PgConnectOptions) {
    let mut campaign = Campaign::begin(&options).await;
    let task = campaign.task("left", "right").await;
    campaign.vote_at(task, 1, Left, Some(at(1))).await;
    campaign.vote_at(task, 1, Right, Some(at(3))).await;
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("dpo");
    let mut digests = Vec::new();
    for (by, chosen) in [
        (None, Some("right")),
        (Some(at(2)), Some("left")),
        (Some(at(1)), Some("left")),
        (Some("2025-01-01T00:00:00Z".parse().expect("a time")), None),
    ] {
        digests.push(campaign.export(&out, AsOf::Now, by).await.digest);
        let found: Vec<_> = rows(&out).iter().map(|row| row["chosen"].clone()).collect();
        assert_eq!(found, Vec::from_iter(chosen), "by {by:?}");
    }
    assert_eq!(digests[1], digests[2], "the same rows, the same digest");
    assert_ne!(digests[0], digests[1]);
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn what_is_not_a_dataset_is_not_replaced(_: PgPoolOptions, options: PgConnectOptions) {
    let mut campaign = Campaign::begin(&options).await;
    let task = campaign.task("left", "right").await;
    campaign.vote(task, 1, Left).await;
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("dpo");
    let first = campaign.export(&out, AsOf::Now, None).await;
    assert_eq!(
        campaign.export(&out, AsOf::Now, None).await,
        first,
        "an earlier export is replaced by the same bytes"
    );
    std::fs::write(out.join("thesis.txt"), "years of work").expect("writable");
    let (known_at, recipe) = (AsOf::Now, DpoRecipe::default());
    let request = DpoRequest { project: "Campaign".into(), known_at, happened_by: None, recipe };
    let refused = export_dpo(&campaign.ledger, request.clone(), &out, |_| {}).await;
    assert!(matches!(refused, Err(ExportError::Output(OutputError::Occupied(_)))));
    assert!(out.join("thesis.txt").exists());
    let nobody =
        export_dpo(&campaign.ledger, DpoRequest { project: "Nobody".into(), ..request }, folder.path(), |_| {});
    let error = nobody.await.expect_err("no such project, and a folder in use").to_string();
    assert!(error.contains("is not empty"), "{error}");
}
