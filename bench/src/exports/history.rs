//! The comparisons as a ledger.

use std::sync::Arc;

use stele_domain::{
    ParticipantId, ProjectId, TaskId,
    form::{
        Answer, AnswerValue, Form, FormVersion, PreferenceAnswer, PreferenceOutcome, PreferenceQuestion, Question,
        QuestionKind,
    },
    project::{Project, ProjectCommand, Standards, Workflow},
    task::{ContentField, ContentKind, Response, Routing, Submission, Task, TaskCommand},
};
use stele_ledger::Ledger;
use uuid::Uuid;

use super::corpus::{Comparison, Corpus, EACH};
use crate::{commands, scratch::Scratch};

/// The project's name.
pub(super) const PROJECT: &str = "bench";

#[derive(Clone)]
struct History {
    ledger: Ledger,
    project: ProjectId,
    form: Arc<Form>,
    corpus: Corpus,
}

/// Fills a ledger with so many tasks and the judgments of them.
pub(super) async fn write(scratch: &Scratch, name: &str, corpus: Corpus, tasks: usize) -> anyhow::Result<()> {
    let ledger = scratch.ledger_called(name, commands::CONNECTIONS).await?;
    let questions = vec![Question {
        key: "better".to_owned().try_into()?,
        title: "Which is better?".into(),
        required: true,
        when: None,
        kind: QuestionKind::Preference(PreferenceQuestion { strengths: 0, tie: true, both_bad: false }),
    }];
    let form = Arc::new(Form::new(FormVersion::FIRST, questions.clone())?);
    let history = History { project: ledger.mint().fresh(), ledger, form, corpus };
    let create = ProjectCommand::Create {
        name: PROJECT.into(),
        guidelines: None,
        questions,
        redundancy: u16::try_from(EACH)?.try_into()?,
        workflow: Workflow::default(),
    };
    let context = commands::context(&history.ledger)?;
    history.ledger.execute::<Project>(history.project.uuid(), &context, &create).await?;
    let make = move |number| {
        let history = history.clone();
        async move { history.add(number).await }
    };
    commands::for_each(0..tasks, make).await
}

impl History {
    async fn add(&self, number: usize) -> anyhow::Result<()> {
        let Comparison { prompt, responses, votes } = self.corpus.comparison(number);
        let task: TaskId = self.ledger.mint().derived("bench-task", &[&number.to_string()]);
        let create = TaskCommand::Create {
            project: self.project,
            external_key: None,
            content: vec![ContentField::new("prompt", ContentKind::Text, prompt)],
            responses: responses.map(|text| Response::new(None, text)).into(),
            redundancy: u16::try_from(EACH)?.try_into()?,
            starts_with: None,
            routing: Routing::default(),
        };
        self.ledger.execute::<Task>(task.uuid(), &commands::context(&self.ledger)?, &create).await?;
        for (annotator, outcome) in votes {
            self.judge(task, annotator, outcome).await?;
        }
        Ok(())
    }

    async fn judge(&self, task: TaskId, annotator: u64, outcome: PreferenceOutcome) -> anyhow::Result<()> {
        let question = self.form.questions[0].key.clone();
        let value = AnswerValue::Preference(PreferenceAnswer { outcome, strength: None });
        let submission = Submission {
            annotation: self.ledger.mint().fresh(),
            annotator: ParticipantId::from(Uuid::from_u128(1 + u128::from(annotator))),
            form: Arc::clone(&self.form),
            guidelines_version: None,
            answers: vec![Answer { question, value }],
            standards: Standards::default(),
            draw: 0,
        };
        let record = TaskCommand::Record { submission };
        self.ledger.execute::<Task>(task.uuid(), &commands::context(&self.ledger)?, &record).await?;
        Ok(())
    }
}
