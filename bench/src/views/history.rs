//! A ledger of ratings that grows.

use std::sync::Arc;

use anyhow::Context;
use stele_domain::{
    ParticipantId, ProjectId, TaskId,
    form::{Answer, AnswerValue, Form, FormVersion, Question, QuestionKey, QuestionKind, RatingQuestion},
    project::{Project, ProjectCommand, Standards, Workflow},
    task::{ContentField, ContentKind, Response, Routing, Submission, Task, TaskCommand},
};
use stele_ledger::{EventFilter, Ledger, Recorded};
use uuid::Uuid;

use crate::{commands, scratch::Scratch};

const ANNOTATORS: u128 = 500;
/// How many labels a task gets.
const EACH: usize = 5;

/// A project of one rating, whose tasks get five labels each.
#[derive(Clone)]
pub(super) struct History {
    ledger: Ledger,
    project: ProjectId,
    form: Arc<Form>,
    tasks: usize,
}

impl History {
    pub(super) async fn begin(scratch: &Scratch) -> anyhow::Result<Self> {
        let ledger = scratch.ledger(commands::CONNECTIONS).await?;
        let questions = vec![Question {
            key: question()?,
            title: "How good is it?".into(),
            required: true,
            when: None,
            kind: QuestionKind::Rating(RatingQuestion { min: 1, max: 5, each_response: false }),
        }];
        let form = Arc::new(Form::new(FormVersion::FIRST, questions.clone())?);
        let history = Self { project: ledger.mint().fresh(), ledger, form, tasks: 0 };
        let create = ProjectCommand::Create {
            name: "bench".into(),
            guidelines: None,
            questions,
            redundancy: u16::try_from(EACH)?.try_into()?,
            workflow: Workflow::default(),
        };
        history
            .ledger
            .execute::<Project>(history.project.uuid(), &commands::context(&history.ledger)?, &create)
            .await?;
        Ok(history)
    }

    pub(super) const fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    pub(super) const fn project(&self) -> ProjectId {
        self.project
    }

    pub(super) fn question(&self) -> QuestionKey {
        self.form.questions[0].key.clone()
    }

    /// Adds tasks with all of their labels until there are so many labels.
    pub(super) async fn grow_to(&mut self, labels: usize) -> anyhow::Result<()> {
        let tasks = (labels / EACH).saturating_sub(self.tasks);
        self.create(tasks, EACH).await.map(drop)
    }

    /// Adds tasks that lack their last label.
    pub(super) async fn probes(&mut self, tasks: usize) -> anyhow::Result<Vec<usize>> {
        self.create(tasks, EACH - 1).await
    }

    /// Gives these tasks their last label; the events that say so.
    pub(super) async fn answer(&self, tasks: &[usize]) -> anyhow::Result<Vec<Arc<Recorded>>> {
        let before = self.ledger.head().await?.position();
        for task in tasks {
            self.label(*task, EACH - 1).await?;
        }
        let head = self.ledger.head().await?.position();
        let events = self.ledger.read(before, head, &EventFilter::named(&["AnnotationSubmitted"])).await?;
        Ok(events.into_iter().map(Arc::new).collect())
    }

    async fn create(&mut self, tasks: usize, labels: usize) -> anyhow::Result<Vec<usize>> {
        let numbers = self.tasks..self.tasks + tasks;
        let history = self.clone();
        let make = move |number| {
            let history = history.clone();
            async move {
                history.create_one(number).await?;
                for label in 0..labels {
                    history.label(number, label).await?;
                }
                Ok(())
            }
        };
        commands::for_each(numbers.clone(), make).await?;
        self.tasks = numbers.end;
        Ok(numbers.collect())
    }

    async fn create_one(&self, number: usize) -> anyhow::Result<()> {
        let prompt = ContentField::new("prompt", ContentKind::Text, format!("Explain the number {number}."));
        let command = TaskCommand::Create {
            project: self.project,
            external_key: None,
            content: vec![prompt],
            responses: vec![Response::new(Some("bench".into()), "It comes after another.")],
            redundancy: u16::try_from(EACH)?.try_into()?,
            starts_with: None,
            routing: Routing::default(),
        };
        self.ledger.execute::<Task>(self.task(number).uuid(), &commands::context(&self.ledger)?, &command).await?;
        Ok(())
    }

    /// The annotators of a task follow each other by as much as the task's number says, so that any two meet now and then.
    async fn label(&self, task: usize, label: usize) -> anyhow::Result<()> {
        let mixed = |seed: usize| seed.wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(31) as u128;
        let step = 1 + mixed(task) % (ANNOTATORS / EACH as u128);
        let annotator = ParticipantId::from(Uuid::from_u128(1 + (task as u128 + label as u128 * step) % ANNOTATORS));
        let rating = 1 + i64::try_from((mixed(task) + mixed(task * EACH + label) % 3) % 5)?;
        let submission = Submission {
            annotation: self.ledger.mint().fresh(),
            annotator,
            form: Arc::clone(&self.form),
            guidelines_version: None,
            answers: vec![Answer { question: self.question(), value: AnswerValue::Rating(rating.try_into()?) }],
            standards: Standards::default(),
            draw: 0,
        };
        let command = TaskCommand::Record { submission };
        let done =
            self.ledger.execute::<Task>(self.task(task).uuid(), &commands::context(&self.ledger)?, &command).await;
        done.map(drop).with_context(|| format!("label {label} of task {task}"))
    }

    fn task(&self, number: usize) -> TaskId {
        self.ledger.mint().derived("bench-task", &[&number.to_string()])
    }
}

fn question() -> anyhow::Result<QuestionKey> {
    Ok("quality".try_into()?)
}
