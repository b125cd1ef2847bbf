//! What the tests share: a campaign with one preference question, and what a folder holds.
#![allow(dead_code, reason = "each test binary uses its own part")]

pub(crate) mod answering;
pub(crate) mod exported;

use std::{path::Path, sync::Arc};

use sqlx::postgres::PgConnectOptions;
use stele_domain::{
    AnnotationId, ParticipantId, Personal, ProjectId, SubjectId, TaskId, Timestamp,
    form::{
        Answer, AnswerValue, Form, FormVersion, PreferenceAnswer, PreferenceOutcome, PreferenceQuestion, Question,
        QuestionKind,
    },
    project::{Project, ProjectCommand, Standards, Workflow},
    task::{
        ContentField, ContentKind, ContentValue, EarlierAnnotations, Response, Revision, Routing, Submission, Task,
        TaskCommand, TaskVersion,
    },
};
use stele_exporter::{Manifest, Recipe, Request, export};
use stele_ledger::{AsOf, Clock, CommandContext, Database, Fingerprint, KeyStore, Ledger, Position, SystemClock};
use uuid::Uuid;

/// A project with one preference question, and a way to fill it.
pub(crate) struct Campaign {
    pub(crate) ledger: Ledger,
    pub(crate) project: ProjectId,
    form: Arc<Form>,
    commands: u32,
}

impl Campaign {
    pub(crate) async fn begin(options: &PgConnectOptions) -> Self {
        let kind = QuestionKind::Preference(PreferenceQuestion { strengths: 0, tie: true, both_bad: true });
        Self::asking(options, &[("better", kind)]).await
    }

    /// A project with one preference question, in a ledger that goes by this clock.
    pub(crate) async fn begin_at(options: &PgConnectOptions, clock: Arc<dyn Clock>) -> Self {
        let kind = QuestionKind::Preference(PreferenceQuestion { strengths: 0, tie: true, both_bad: true });
        Self::asking_at(options, &[("better", kind)], clock).await
    }

    /// A project that asks these questions.
    pub(crate) async fn asking(options: &PgConnectOptions, questions: &[(&str, QuestionKind)]) -> Self {
        Self::asking_at(options, questions, Arc::new(SystemClock)).await
    }

    async fn asking_at(
        options: &PgConnectOptions,
        questions: &[(&str, QuestionKind)],
        clock: Arc<dyn Clock>,
    ) -> Self {
        let database = Database::connect(options.clone(), 8).await.expect("the test database is migrated");
        let keys = KeyStore::in_process(options).await.expect("a key store");
        let ledger = Ledger::open(database, "test", clock, keys).await.expect("opens");
        let question = |(key, kind): &(&str, QuestionKind)| {
            let key = (*key).try_into().expect("a valid key");
            Question { key, title: "Which?".into(), required: false, when: None, kind: kind.clone() }
        };
        let questions: Vec<Question> = questions.iter().map(question).collect();
        let form = Arc::new(Form::new(FormVersion::FIRST, questions.clone()).expect("a valid form"));
        let project: ProjectId = ledger.mint().fresh();
        let mut campaign = Self { ledger, project, form, commands: 0 };
        let redundancy = 5.try_into().expect("in range");
        let (name, workflow) = ("Campaign".into(), Workflow::default());
        let create = ProjectCommand::Create { name, guidelines: None, questions, redundancy, workflow };
        let context = campaign.context(None);
        campaign.ledger.execute::<Project>(project.uuid(), &context, &create).await.expect("created");
        campaign
    }

    pub(crate) fn context(&mut self, occurred_at: Option<Timestamp>) -> CommandContext {
        self.commands += 1;
        let key = self.commands.to_string().try_into().expect("a valid key");
        CommandContext { actor: None, key, fingerprint: Fingerprint::of(b""), occurred_at, correlation_id: None }
    }

    pub(crate) async fn execute(&mut self, task: TaskId, at: Option<Timestamp>, command: TaskCommand) -> Position {
        let context = self.context(at);
        let done = self.ledger.execute::<Task>(task.uuid(), &context, &command).await.expect("accepted");
        done.receipt.last
    }

    /// A task whose responses are `left` and `right`.
    pub(crate) async fn task(&mut self, left: &str, right: &str) -> TaskId {
        self.task_about(left, right, "Kindly.".into()).await
    }

    /// A task that belongs to a subject, whose responses are `left` and `right`.
    pub(crate) async fn personal_task(&mut self, left: &str, right: &str, whose: SubjectId, text: &str) -> TaskId {
        self.task_about(left, right, ContentValue::Personal(Personal::clear(whose, text.into()))).await
    }

    async fn task_about(&mut self, left: &str, right: &str, note: ContentValue) -> TaskId {
        self.task_with(left, right, ContentField::new("note", ContentKind::Text, note)).await
    }

    /// A task with this field beside its instruction, whose responses are `left` and `right`.
    pub(crate) async fn task_with(&mut self, left: &str, right: &str, field: ContentField) -> TaskId {
        let response = |text: &str| Response::new(Some(format!("model of {text}")), text);
        let text = |name: &str, text: &str| ContentField::new(name, ContentKind::Text, text);
        let content = vec![text("instruction", "Say it."), text("input", ""), field];
        self.task_of(content, vec![response(left), response(right)], Routing::default()).await
    }

    /// A task that shows this.
    pub(crate) async fn task_of(
        &mut self,
        content: Vec<ContentField>,
        responses: Vec<Response>,
        routing: Routing,
    ) -> TaskId {
        let create = TaskCommand::Create {
            project: self.project,
            external_key: None,
            content,
            responses,
            redundancy: 5.try_into().expect("in range"),
            starts_with: None,
            routing,
        };
        let task: TaskId = self.ledger.mint().fresh();
        self.execute(task, None, create).await;
        task
    }

    pub(crate) async fn vote(&mut self, task: TaskId, annotator: u128, outcome: PreferenceOutcome) -> Position {
        self.vote_at(task, annotator, outcome, None).await
    }

    pub(crate) async fn vote_at(
        &mut self,
        task: TaskId,
        annotator: u128,
        outcome: PreferenceOutcome,
        at: Option<Timestamp>,
    ) -> Position {
        self.answer(task, annotator, vec![preference(outcome)], at).await
    }

    /// Decides over the annotators of a task, or about nothing.
    pub(crate) async fn adjudicate(
        &mut self,
        task: TaskId,
        outcome: Option<PreferenceOutcome>,
        at: Timestamp,
    ) -> Position {
        let (form, answers) = (Arc::clone(&self.form), outcome.map(preference).into_iter().collect());
        let command = TaskCommand::Adjudicate { adjudicator: adjudicator(), form, answers, comment: None };
        self.execute(task, Some(at), command).await
    }

    pub(crate) async fn reverse_adjudication(&mut self, task: TaskId, at: Timestamp) -> Position {
        let (adjudicator, standards) = (adjudicator(), Standards::default());
        let command = TaskCommand::ReverseAdjudication { adjudicator, comment: None, standards };
        self.execute(task, Some(at), command).await
    }

    /// Records answers under an annotation id that follows from task and annotator.
    pub(crate) async fn answer(
        &mut self,
        task: TaskId,
        annotator: u128,
        answers: Vec<Answer>,
        at: Option<Timestamp>,
    ) -> Position {
        let (annotation, annotator) = (annotation(task, annotator), ParticipantId::from(Uuid::from_u128(annotator)));
        let submission = Submission {
            annotation,
            annotator,
            form: Arc::clone(&self.form),
            guidelines_version: None,
            answers,
            standards: Standards::default(),
            draw: 0,
        };
        self.execute(task, at, TaskCommand::Record { submission }).await
    }

    /// Has a task of these responses show another prompt.
    pub(crate) async fn revise(
        &mut self,
        task: TaskId,
        of: u32,
        annotations: EarlierAnnotations,
        prompt: &str,
        at: Timestamp,
    ) -> Position {
        let reviser = Uuid::from_u128(98).into();
        let revision = Revision {
            of: TaskVersion::numbered(of).expect("not 0"),
            content: vec![ContentField::new("instruction", ContentKind::Text, prompt)],
            responses: vec![Response::new(None, "left"), Response::new(None, "right")],
            annotations,
            reviser,
            reason: Personal::clear(reviser, "it was wrong".into()),
        };
        let form = Arc::clone(&self.form);
        self.execute(task, Some(at), TaskCommand::ReviseTask { revision, form }).await
    }

    pub(crate) async fn export(&self, out: &Path, known_at: AsOf, happened_by: Option<Timestamp>) -> Manifest {
        let request = Request { known_at, happened_by, ..request(Recipe::default()) };
        export(&self.ledger, &request, out, |_| {}).await.expect("exports")
    }
}

fn preference(outcome: PreferenceOutcome) -> Answer {
    let value = AnswerValue::Preference(PreferenceAnswer { outcome, strength: None });
    Answer { question: "better".try_into().expect("a valid key"), value }
}

fn adjudicator() -> ParticipantId {
    Uuid::from_u128(97).into()
}

/// The campaign's rows, now, by a recipe.
pub(crate) fn request(recipe: Recipe) -> Request {
    Request { project: "Campaign".into(), known_at: AsOf::Now, happened_by: None, recipe }
}

pub(crate) fn annotation(task: TaskId, annotator: u128) -> AnnotationId {
    Uuid::from_u128(task.uuid().as_u128() ^ annotator).into()
}

pub(crate) fn rows(out: &Path) -> Vec<serde_json::Value> {
    let text = std::fs::read_to_string(out.join("train.jsonl")).expect("readable");
    text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}
