//! The second pass: every vote becomes commands, and they go through the domain.
//!
//! The votes of one task stay in order; different tasks are recorded side by side, so that the ledger commits them
//! in groups.

use std::{
    collections::{HashMap, HashSet},
    path::Path,
    sync::Arc,
};

use anyhow::{Context, anyhow, bail};
use futures::{StreamExt, TryStreamExt, stream};
use indicatif::ProgressBar;
use stele_domain::{
    Aggregate, ParticipantId, Personal, ProjectId, SubjectId, TaskId, Timestamp,
    form::{Answer, AnswerValue, Form},
    participant::{HeldRole, Participant, ParticipantCommand, ParticipantKind, Role},
    project::{GuidelinesVersion, Project, ProjectCommand, Redundancy, Standards, Workflow},
    task::{ContentField, Submission, Task, TaskCommand, TaskEvent},
};
use stele_ledger::{CommandContext, ExecuteError, Executed, Fingerprint, Ledger};
use tokio::{sync::mpsc, task::JoinSet};
use uuid::Uuid;

use super::{
    Mapping,
    check::{Checked, create_command, digest},
    show,
    vote::{FieldSource, GivenAnswer, GivenValue, TaskSource, Vote, Votes},
};

/// How many tasks are recorded side by side.
const LANES: usize = 64;
/// How many votes may wait for a lane; this is what bounds the memory.
const WAITING: usize = 32;

/// What was recorded, and in which project.
#[derive(Clone, Copy, Debug)]
pub(super) struct Report {
    pub(super) project: ProjectId,
    pub(super) tally: Tally,
}

/// How much was recorded.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Tally {
    pub(super) tasks: u64,
    /// Tasks whose right answers were recorded.
    pub(super) gold: u64,
    pub(super) participants: u64,
    pub(super) annotations: u64,
    pub(super) revisions: u64,
    /// Commands that had been recorded before.
    pub(super) replayed: u64,
}

impl Tally {
    fn add(&mut self, other: &Self) {
        self.tasks += other.tasks;
        self.gold += other.gold;
        self.participants += other.participants;
        self.annotations += other.annotations;
        self.revisions += other.revisions;
        self.replayed += other.replayed;
    }
}

/// Records every good row.
pub(super) async fn record(
    ledger: &Ledger,
    mapping: &Mapping,
    data: &Path,
    checked: &Checked,
    bar: &ProgressBar,
) -> anyhow::Result<Report> {
    let mut votes = Votes::open(mapping, data)?;
    let import = Arc::new(Import::begin(ledger, mapping, votes.file(), checked.redundancy).await?);
    let mut tally = Tally::default();
    let registered = stream::iter(&checked.annotators).map(|name| import.register(name)).buffer_unordered(LANES);
    let registered: Vec<bool> = registered.try_collect().await?;
    tally.participants = registered.iter().filter(|new| **new).count() as u64;
    tally.replayed = registered.iter().filter(|new| !**new).count() as u64;

    let mut lanes = JoinSet::new();
    let mut queues = Vec::with_capacity(LANES);
    for _ in 0..LANES {
        let (queue, votes) = mpsc::channel(WAITING);
        queues.push(queue);
        lanes.spawn(Arc::clone(&import).lane(votes));
    }
    let bad = checked.bad_lines();
    let progress = votes.progress();
    for vote in &mut votes {
        let Ok(vote) = vote else { continue };
        if bad.contains(&vote.line) {
            continue;
        }
        let lane = digest(&vote.task.key) % LANES as u64;
        let queue = &queues[usize::try_from(lane).unwrap_or(0)];
        if queue.send(vote).await.is_err() {
            // the lane has ended early, and says why when it is joined
            break;
        }
        show(bar, &progress);
    }
    drop(queues);
    while let Some(lane) = lanes.join_next().await {
        tally.add(&lane??);
    }
    Ok(Report { project: import.project, tally })
}

/// The project that imports under this name go to.
pub(super) fn project(ledger: &Ledger, name: &str) -> ProjectId {
    ledger.mint().derived("import-project", &[name])
}

/// An annotator's id: derived, so that every run finds the same person, and keyed, so that the name can't be guessed
/// from it. A name means the same person within one project only.
pub(super) fn participant(ledger: &Ledger, project: ProjectId, name: &str) -> ParticipantId {
    ledger.mint().derived("import-participant", &[&project.to_string(), name])
}

/// The id of someone whom tasks' content belongs to, derived like an annotator's. An annotator of the same name is
/// somebody else.
pub(super) fn subject(ledger: &Ledger, project: ProjectId, name: &str) -> SubjectId {
    ledger.mint().derived("import-subject", &[&project.to_string(), name])
}

struct Import {
    ledger: Ledger,
    /// The votes file, as the user named it.
    file: String,
    project: ProjectId,
    form: Arc<Form>,
    guidelines_version: Option<GuidelinesVersion>,
    redundancy: Redundancy,
    /// Ties the events of this project's imports together.
    correlation_id: Uuid,
}

impl Import {
    /// Creates the project, or finds it as an earlier run created it.
    async fn begin(ledger: &Ledger, mapping: &Mapping, file: &str, redundancy: Redundancy) -> anyhow::Result<Self> {
        let name = mapping.project.name.as_str();
        let project = project(ledger, name);
        let questions = mapping.form_questions();
        let command = ProjectCommand::Create {
            name: name.to_owned(),
            guidelines: mapping.project.guidelines.clone(),
            questions: questions.clone(),
            redundancy,
            workflow: Workflow::default(),
        };
        // not the redundancy: a file that has grown may need more room, for the tasks that are new in it
        let fingerprint = Fingerprint::of(&serde_json::to_vec(&(name, &questions))?);
        let import = Self {
            ledger: ledger.clone(),
            file: file.to_owned(),
            project,
            form: Arc::default(),
            guidelines_version: None,
            redundancy,
            correlation_id: ledger.mint().derived("import", &[name]),
        };
        let context = import.context(&["project", name], fingerprint, None)?;
        let created = ledger.execute::<Project>(project.uuid(), &context, &command).await;
        created.with_context(|| format!("project `{name}`; an earlier import may have had another form"))?;
        let (state, _) = ledger.load::<Project>(project.uuid()).await?;
        let form = state.form().cloned().ok_or_else(|| anyhow!("project `{name}` has no form"))?;
        Ok(Self { form: Arc::new(form), guidelines_version: state.guidelines_version(), ..import })
    }

    /// Registers an annotator; false if that had been done before.
    async fn register(&self, name: &str) -> anyhow::Result<bool> {
        let id = self.participant(name);
        let command = ParticipantCommand::Register {
            kind: ParticipantKind::Human,
            name: Personal::clear(id, name.to_owned()),
            email: None,
            roles: vec![HeldRole::in_workspace(Role::Annotator)],
        };
        let context = self.context(&["participant", name], Fingerprint::of(b"annotator"), None)?;
        let done = self.ledger.execute::<Participant>(id.uuid(), &context, &command).await;
        let done = done.with_context(|| format!("annotator `{name}`"))?;
        Ok(!done.receipt.replayed)
    }

    fn participant(&self, name: &str) -> ParticipantId {
        participant(&self.ledger, self.project, name)
    }

    async fn lane(self: Arc<Self>, mut votes: mpsc::Receiver<Vote>) -> anyhow::Result<Tally> {
        let mut lane = Lane { import: &self, created: HashSet::new(), seen: HashMap::new(), tally: Tally::default() };
        while let Some(vote) = votes.recv().await {
            lane.record(&vote).await.with_context(|| format!("{}:{}", self.file, vote.line))?;
        }
        Ok(lane.tally)
    }

    /// A command's context. Its key is a keyed hash of what it records, as that may be somebody's name.
    fn context(
        &self,
        what: &[&str],
        fingerprint: Fingerprint,
        occurred_at: Option<Timestamp>,
    ) -> anyhow::Result<CommandContext> {
        let project = self.project.to_string();
        let name: Vec<&str> = [project.as_str()].into_iter().chain(what.iter().copied()).collect();
        let key = format!("import-{}", hex::encode(self.ledger.mint().pseudonym("import", &name)));
        let (key, correlation_id) = (key.try_into()?, Some(self.correlation_id));
        Ok(CommandContext { actor: None, key, fingerprint, occurred_at, correlation_id })
    }
}

struct Lane<'a> {
    import: &'a Import,
    created: HashSet<TaskId>,
    /// How many votes of each task and annotator there were so far.
    seen: HashMap<u64, u32>,
    tally: Tally,
}

impl Lane<'_> {
    async fn record(&mut self, vote: &Vote) -> anyhow::Result<()> {
        let import = self.import;
        let project = import.project.to_string();
        let task: TaskId = import.ledger.mint().derived("import-task", &[&project, &vote.task.key]);
        if self.created.insert(task) {
            self.create(task, vote).await?;
        }
        let annotator = import.participant(&vote.annotator);
        // an annotator's second vote on a task revises the first; numbered, it is the same at every run
        let number = self.seen.entry(digest(&(&vote.task.key, &vote.annotator))).or_default();
        *number += 1;
        let number = number.to_string();
        let answers = vote.answers.iter().map(|answer| to_domain(answer, annotator)).collect();
        let submission = Submission {
            annotation: import.ledger.mint().fresh(),
            annotator,
            form: Arc::clone(&import.form),
            guidelines_version: import.guidelines_version,
            answers,
            // what was decided elsewhere is taken as it is
            standards: Standards::default(),
            draw: 0,
        };
        let what = ["annotation", &vote.task.key, &vote.annotator, &number];
        let shown = format!("{:?} {:?}", vote.answers, vote.occurred_at);
        let fingerprint = Fingerprint::of_request(import.ledger.mint(), "vote", &shown)?;
        let context = import.context(&what, fingerprint, vote.occurred_at)?;
        let done =
            execute::<Task>(&import.ledger, task.uuid(), &context, &TaskCommand::Record { submission }).await?;
        match done.events.first() {
            _ if done.receipt.replayed => self.tally.replayed += 1,
            Some(TaskEvent::AnnotationRevised(_)) => self.tally.revisions += 1,
            _ => self.tally.annotations += 1,
        }
        Ok(())
    }

    async fn create(&mut self, task: TaskId, vote: &Vote) -> anyhow::Result<()> {
        let import = self.import;
        let subject = |name: &str| subject(&import.ledger, import.project, name);
        let command = create_command(import.project, &vote.task, import.redundancy, subject);
        let fingerprint = fingerprint(&import.ledger, &vote.task)?;
        let context = import.context(&["task", &vote.task.key], fingerprint, vote.occurred_at)?;
        let done = execute::<Task>(&import.ledger, task.uuid(), &context, &command).await?;
        if done.receipt.replayed {
            self.tally.replayed += 1;
        } else {
            self.tally.tasks += 1;
        }
        self.set_gold(task, vote).await
    }

    async fn set_gold(&mut self, task: TaskId, vote: &Vote) -> anyhow::Result<()> {
        let (import, gold) = (self.import, &vote.task.gold);
        if gold.is_empty() {
            return Ok(());
        }
        let answers = gold.iter().map(|answer| to_domain(answer, import.participant(&vote.annotator))).collect();
        let command = TaskCommand::SetGold { form: Arc::clone(&import.form), answers };
        let fingerprint = Fingerprint::of(format!("{gold:?}").as_bytes());
        let context = import.context(&["gold", &vote.task.key], fingerprint, vote.occurred_at)?;
        let done = execute::<Task>(&import.ledger, task.uuid(), &context, &command).await?;
        if done.receipt.replayed {
            self.tally.replayed += 1;
        } else {
            self.tally.gold += 1;
        }
        Ok(())
    }
}

/// What a task's command asks for. Where some of it is personal, the hash is keyed, so that no text can be guessed from
/// it.
fn fingerprint(ledger: &Ledger, task: &TaskSource) -> anyhow::Result<Fingerprint> {
    if task.content.iter().any(|field| field.subject.is_some()) {
        return Ok(Fingerprint::of_request(ledger.mint(), "task", &(&task.content, &task.responses))?);
    }
    let field = |field: &FieldSource| ContentField::new(&field.name, field.kind, field.text.clone());
    let content: Vec<ContentField> = task.content.iter().map(field).collect();
    Ok(Fingerprint::of(&serde_json::to_vec(&(content, &task.responses))?))
}

async fn execute<A: Aggregate>(
    ledger: &Ledger,
    id: Uuid,
    context: &CommandContext,
    command: &A::Command,
) -> anyhow::Result<Executed<A::Event>> {
    match ledger.execute::<A>(id, context, command).await {
        Ok(done) => Ok(done),
        Err(ExecuteError::Append(stele_ledger::AppendError::KeyReused)) => {
            bail!("an earlier import recorded this row with other content; history can't be replaced by importing")
        }
        Err(error) => Err(error.into()),
    }
}

fn to_domain(given: &GivenAnswer, annotator: ParticipantId) -> Answer {
    let value = match &given.value {
        GivenValue::Preference(preference) => AnswerValue::Preference(*preference),
        GivenValue::Rating(rating) => AnswerValue::Rating(*rating),
        GivenValue::Choice(option) => AnswerValue::Choice(option.clone()),
        GivenValue::Thumbs(thumbs) => AnswerValue::Thumbs(thumbs.clone()),
        GivenValue::Text(text) => AnswerValue::Text(Personal::clear(annotator, text.clone())),
    };
    Answer { question: given.question.clone(), value }
}
