//! What the tests share: an open ledger, and a history drawn at random.
#![allow(dead_code, reason = "each test binary uses its own part")]

use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};

use rand::{RngExt, SeedableRng, rngs::StdRng};
use sqlx::postgres::PgConnectOptions;
use stele_domain::{
    AnnotationId, AssignmentId, ParticipantId, Personal, ProjectId, Skill, TaskId, Timestamp,
    dataset::{
        Dataset, DatasetCommand, DatasetEvent, DatasetFormat, Release, ReleasePlanned, ReleaseRequested,
        ReleaseTrigger, SubjectRows,
    },
    form::{
        Answer, AnswerValue, Form, PreferenceAnswer, PreferenceOutcome, PreferenceQuestion, Question, QuestionKind,
        RatingQuestion, TextQuestion,
    },
    history::TreeHead,
    project::{ConsensusRule, Project, ProjectCommand, Redundancy, ReviewMode, Standards, Workflow},
    task::{
        ContentField, ContentKind, EarlierAnnotations, Response, Revision, Routing, Submission, Task, TaskCommand,
        TaskEvent, Verdict,
    },
};
use stele_ledger::{Clock, CommandContext, Database, ExecuteError, Fingerprint, KeyStore, Ledger, SystemClock};

/// The ledger `test`, as one process would open it.
pub(crate) async fn open(options: &PgConnectOptions) -> Ledger {
    open_with(options, 12).await
}

/// The same with so many connections.
pub(crate) async fn open_with(options: &PgConnectOptions, connections: u32) -> Ledger {
    open_at(options, connections, Arc::new(SystemClock)).await
}

/// The same by a clock.
pub(crate) async fn open_at(options: &PgConnectOptions, connections: u32, clock: Arc<dyn Clock>) -> Ledger {
    let database = Database::connect(options.clone(), connections).await.expect("the test database is migrated");
    let keys = KeyStore::in_process(options).await.expect("a key store");
    Ledger::open(database, "test", clock, keys).await.expect("the ledger opens")
}

/// A clock that stands still until it is moved.
#[derive(Debug)]
pub(crate) struct StandingClock {
    begun: Timestamp,
    seconds: AtomicU32,
}

impl StandingClock {
    pub(crate) fn begin() -> Self {
        Self { begun: SystemClock.now(), seconds: AtomicU32::new(0) }
    }

    pub(crate) fn advance(&self, seconds: u32) {
        self.seconds.fetch_add(seconds, Ordering::Relaxed);
    }
}

impl Clock for StandingClock {
    fn now(&self) -> Timestamp {
        self.begun.plus_seconds(self.seconds.load(Ordering::Relaxed))
    }
}

/// A project whose history is drawn at random: every kind of task event, in any order that the domain allows.
pub(crate) struct History {
    pub(crate) ledger: Ledger,
    pub(crate) random: StdRng,
    pub(crate) project: ProjectId,
    pub(crate) form: Arc<Form>,
    commands: u32,
    pub(crate) tasks: Vec<TaskId>,
    leases: Vec<(TaskId, AssignmentId, ParticipantId)>,
    annotations: Vec<(TaskId, AnnotationId, ParticipantId)>,
}

impl History {
    pub(crate) async fn begin(ledger: Ledger, seed: u64) -> Self {
        let question = |key: &str, kind| Question {
            key: key.try_into().expect("a valid key"),
            title: key.into(),
            required: false,
            when: None,
            kind,
        };
        let questions = vec![
            question(
                "better",
                QuestionKind::Preference(PreferenceQuestion { strengths: 0, tie: true, both_bad: true }),
            ),
            question("fluency", QuestionKind::Rating(RatingQuestion { min: 1, max: 3, each_response: false })),
            question("why", QuestionKind::Text(TextQuestion { max_length: 100 })),
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
            workflow: workflow(),
        };
        let context = history.context();
        history.ledger.execute::<Project>(project.uuid(), &context, &create).await.expect("created");
        history
    }

    pub(crate) fn context(&mut self) -> CommandContext {
        self.commands += 1;
        let key = format!("{}/{}", self.project, self.commands).try_into().expect("a valid key");
        let fingerprint = Fingerprint::of(b"");
        let actor = self.random.random_bool(0.8).then(|| self.someone());
        CommandContext { actor, key, fingerprint, occurred_at: None, correlation_id: None }
    }

    fn someone(&mut self) -> ParticipantId {
        uuid::Uuid::from_u128(self.random.random_range(1..6)).into()
    }

    fn routing(&mut self) -> Routing {
        let tags = self.random.random_bool(0.5).then(|| "batch:1".parse().expect("a tag"));
        let skills = self.random.random_bool(0.3).then(|| "maths".parse().expect("a skill"));
        Routing {
            priority: self.random.random_range(-1..=1),
            tags: tags.into_iter().collect(),
            skills: skills.into_iter().collect(),
        }
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
        let (form, standards, draw) = (Arc::clone(&self.form), self.standards(), self.random.random());
        Submission { annotation, annotator, form, guidelines_version: None, answers, standards, draw }
    }

    fn standards(&self) -> Standards {
        workflow().standards(&self.form)
    }

    /// A release with the text of whom chance has it, of which one in three is taken back.
    pub(crate) async fn release(&mut self) {
        let mut subjects = Vec::new();
        for subject in 1..6 {
            // 0 for none
            let rows = self.random.random_range(0..3);
            if rows > 0 {
                subjects.push(SubjectRows { subject: uuid::Uuid::from_u128(subject).into(), rows });
            }
        }
        let release = Release {
            name: "random".into(),
            format: DatasetFormat::Dpo,
            project: self.project,
            recipe: "{}".into(),
            known_at: TreeHead { size: 1, root: [1; 32].into() },
            happened_by: None,
            rows: 30,
            rows_digest: self.random.random::<[u8; 32]>().into(),
            files: Vec::new(),
            subjects,
        };
        let dataset = self.project.uuid();
        let (context, command) = (self.context(), DatasetCommand::Release(Box::new(release)));
        let done = self.ledger.execute::<Dataset>(dataset, &context, &command).await.expect("released");
        if let (Some(DatasetEvent::DatasetReleased(released)), true) =
            (done.events.first(), self.random.random_bool(0.3))
        {
            let withdraw = DatasetCommand::Withdraw { version: released.version, reason: "by chance".into() };
            let context = self.context();
            self.ledger.execute::<Dataset>(dataset, &context, &withdraw).await.expect("withdrawn");
        }
    }

    /// A request for a release, of which chance has it what becomes, and a plan.
    pub(crate) async fn ask_for_release(&mut self) {
        let (project, by) = (self.project, uuid::Uuid::from_u128(99).into());
        let request = self.ledger.mint().fresh();
        let asked = ReleaseRequested {
            request,
            name: "random".into(),
            project,
            recipe: "{}".into(),
            known_at: 1,
            happened_by: None,
            requested_by: Some(by),
            plan: self.random.random_bool(0.5),
        };
        let count = self.random.random_range(1..100);
        let when = if asked.plan { ReleaseTrigger::EveryApproved(count) } else { ReleaseTrigger::EveryHours(count) };
        let (name, recipe) = (asked.name.clone(), asked.recipe.clone());
        let planned = ReleasePlanned { name, project, recipe, when, planned_by: by };
        let mut commands = vec![DatasetCommand::Request(Box::new(asked))];
        commands.push(match self.random.random_range(0..3) {
            0 => DatasetCommand::Fail { request, reason: "by chance".into() },
            1 => DatasetCommand::EndPlan { project, by },
            _ => DatasetCommand::Cancel { request, project, by },
        });
        commands.push(DatasetCommand::Plan(Box::new(planned)));
        for command in commands {
            let context = self.context();
            // where nothing is planned yet, or enough is asked for
            drop(self.ledger.execute::<Dataset>(project.uuid(), &context, &command).await);
        }
    }

    /// What somebody who does not annotate may decide over a task.
    fn decision(&mut self, choice: i32) -> TaskCommand {
        let form = Arc::clone(&self.form);
        match choice {
            13 => {
                let adjudicator = uuid::Uuid::from_u128(99).into();
                let comment = Some(Personal::clear(adjudicator, "the guidelines say so".into()));
                TaskCommand::Adjudicate { adjudicator, form, answers: self.answers(adjudicator), comment }
            }
            14 => {
                let (adjudicator, standards) = (uuid::Uuid::from_u128(98).into(), self.standards());
                TaskCommand::ReverseAdjudication { adjudicator, comment: None, standards }
            }
            _ if self.random.random_bool(0.3) => {
                let author = uuid::Uuid::from_u128(97).into();
                TaskCommand::SetGold { form, answers: self.answers(author) }
            }
            _ => TaskCommand::RemoveGold,
        }
    }

    /// What a task is to show next; the annotations by then stay or go.
    async fn revision(&mut self, task: TaskId) -> TaskCommand {
        let (state, _) = self.ledger.load::<Task>(task.uuid()).await.expect("readable");
        let reviser = uuid::Uuid::from_u128(97).into();
        let kept = self.random.random_bool(0.5);
        let revision = Revision {
            of: state.version(),
            content: vec![ContentField::new("prompt", ContentKind::Text, format!("Hi after {}", state.version()))],
            responses: vec![Response::new(None, "one"), Response::new(None, "two")],
            annotations: if kept { EarlierAnnotations::Kept } else { EarlierAnnotations::Superseded },
            reviser,
            reason: Personal::clear(reviser, "it was wrong".into()),
        };
        TaskCommand::ReviseTask { revision, form: Arc::clone(&self.form) }
    }

    pub(crate) async fn step(&mut self) {
        let annotator = self.someone();
        let now: Timestamp = self.ledger.clock().now();
        let (tasks, leases, annotations) = (self.tasks.clone(), self.leases.clone(), self.annotations.clone());
        let choice = self.random.random_range(0..16);
        let (task, command) = match (choice, self.pick(&tasks), self.pick(&leases), self.pick(&annotations)) {
            (1..=3, Some(task), ..) => {
                let lease_seconds = if self.random.random_bool(0.2) { 1 } else { 3_600 };
                let assignment = self.ledger.mint().fresh();
                (
                    task,
                    TaskCommand::Claim {
                        assignment,
                        annotator,
                        form_version: self.form.version,
                        guidelines_version: None,
                        skills: skills_of(annotator),
                        shuffle: self.random.random_bool(0.5).then(|| self.random.random()),
                        now,
                        lease_seconds,
                    },
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
            (10, _, Some((task, assignment, holder)), _) => {
                (task, TaskCommand::Extend { assignment, annotator: holder, now, lease_seconds: 7_200 })
            }
            (11, _, Some((task, assignment, holder)), _) if self.random.random_bool(0.5) => {
                let reason = Personal::clear(holder, "too hard".into());
                (task, TaskCommand::Skip { assignment, annotator: holder, reason })
            }
            (12, Some(task), ..) if self.random.random_bool(0.5) => {
                (task, TaskCommand::Route { routing: self.routing() })
            }
            (12, Some(task), ..) if self.random.random_bool(0.4) => (task, self.revision(task).await),
            (13..=15, Some(task), ..) => (task, self.decision(choice)),
            (8, _, _, Some((task, annotation, owner))) => {
                (task, TaskCommand::Revise { submission: self.submission(annotation, owner) })
            }
            (9, _, _, Some((task, annotation, owner))) if self.random.random_bool(0.5) => {
                (task, TaskCommand::Withdraw { annotation, annotator: owner, standards: self.standards() })
            }
            (9, _, _, Some((task, annotation, owner))) => {
                let verdicts = [Verdict::Approved, Verdict::Rejected, Verdict::ChangesRequested];
                let verdict = verdicts[self.random.random_range(0..3)];
                let reviewer = uuid::Uuid::from_u128(99).into();
                let comment = Some(Personal::clear(owner, "see the guidelines".into()));
                let corrected = verdict == Verdict::ChangesRequested && self.random.random_bool(0.5);
                let correction = corrected.then(|| (Arc::clone(&self.form), self.answers(reviewer)));
                let standards = self.standards();
                (task, TaskCommand::Review { annotation, reviewer, verdict, comment, correction, standards })
            }
            _ => {
                let field = ContentField::new("prompt", ContentKind::Text, "Hi");
                let response = |text: &str| Response::new(None, text);
                let create = TaskCommand::Create {
                    project: self.project,
                    external_key: None,
                    content: vec![field],
                    responses: vec![response("one"), response("two")],
                    redundancy: 3.try_into().expect("in range"),
                    starts_with: self.random.random_bool(0.7).then(Redundancy::default),
                    routing: self.routing(),
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

/// Tasks begin with two annotators, and get a third if those disagree.
fn workflow() -> Workflow {
    let probability = |number: f64| number.try_into().expect("a probability");
    Workflow {
        review: ReviewMode::Sampled(probability(0.5)),
        consensus: Some(ConsensusRule {
            question: "better".try_into().expect("a valid key"),
            min: Redundancy::try_from(2).expect("in range"),
            confidence: probability(0.7),
            accuracy: probability(0.8),
        }),
        ..Workflow::default()
    }
}

/// Those of even numbers have the skill that tasks may ask for.
pub(crate) fn skills_of(annotator: ParticipantId) -> BTreeSet<Skill> {
    let able = annotator.uuid().as_u128().is_multiple_of(2);
    able.then(|| "maths".parse().expect("a skill")).into_iter().collect()
}
