//! The demonstration: content written for it, and simulated annotators of known skill.
//!
//! Everything goes through the same commands as real work: people are registered, tasks created, claimed, answered
//! and reviewed. The annotators are simulated from a fixed seed, so each demonstration comes out the same.

mod annotators;
mod content;

use std::{collections::BTreeSet, path::Path, sync::Arc};

use anyhow::{Context, anyhow};
use rand::{SeedableRng, rngs::StdRng};
use stele_api::account::{Passwords, Registration, register};
use stele_domain::{
    Aggregate, ParticipantId, ProjectId, TaskId,
    form::{PreferenceQuestion, Question, QuestionKind},
    participant::{ParticipantKind, Role},
    project::{Project, ProjectCommand, Workflow},
    task::{ContentField, ContentKind, Response, Routing, Submission, Task, TaskCommand, TaskEvent},
};
use stele_exporter::{Manifest, Recipe, Request, export};
use stele_ledger::{AsOf, CommandContext, Executed, Fingerprint, Ledger};
use stele_projections::{
    Runner,
    directory::{self, ProjectRow},
};
use uuid::Uuid;

use self::{
    annotators::{ANNOTATORS, answer},
    content::{Comparison, comparisons},
};

/// Who can do everything in the demonstration.
pub(crate) const ADMIN_EMAIL: &str = "admin@example.org";
/// Everybody's password in the demonstration, which listens on this machine only.
pub(crate) const PASSWORD: &str = "demonstration only";
/// How many of the simulated annotators judge each task.
const REDUNDANCY: u16 = 3;
/// What the simulated annotators are drawn from.
const SEED: u64 = 20_250_101;

/// The demonstration's data.
pub(crate) struct Made {
    /// The project.
    pub(crate) project: ProjectRow,
    /// The dataset.
    pub(crate) manifest: Manifest,
    /// Whether it was there already.
    pub(crate) found: bool,
}

/// Makes the demonstration's data, or what of it is missing, and its dataset.
pub(crate) async fn make(ledger: &Ledger, out: &Path) -> anyhow::Result<Made> {
    let demo = Demo { ledger };
    let before = ledger.head().await?.position();
    let annotators = demo.register_people().await?;
    let project = demo.create_project().await?;
    let mut random = StdRng::seed_from_u64(SEED);
    for (number, comparison) in comparisons()?.iter().enumerate() {
        demo.judge(project, number, comparison, &annotators, &mut random).await?;
    }
    Runner::new(ledger.clone()).catch_up().await?;
    let request =
        Request { project: project.to_string(), known_at: AsOf::Now, happened_by: None, recipe: Recipe::default() };
    let manifest = export(ledger, &request, out, |_| {}).await?;
    let project = directory::project(ledger, project).await?.context("the project is not in its view")?;
    Ok(Made { project, manifest, found: before == ledger.head().await?.position() })
}

struct Demo<'a> {
    ledger: &'a Ledger,
}

impl Demo<'_> {
    async fn register_people(&self) -> anyhow::Result<Vec<ParticipantId>> {
        let passwords = Arc::new(Passwords::new(self.ledger.mint())?);
        let admin = [Role::ALL.to_vec()].concat();
        self.register(&passwords, "Demo Administrator", ADMIN_EMAIL, admin).await?;
        let mut annotators = Vec::new();
        for annotator in ANNOTATORS {
            let email = format!("{}@example.org", annotator.name.to_lowercase());
            annotators.push(self.register(&passwords, annotator.name, &email, vec![Role::Annotator]).await?);
        }
        Ok(annotators)
    }

    async fn register(
        &self,
        passwords: &Arc<Passwords>,
        name: &str,
        email: &str,
        roles: Vec<Role>,
    ) -> anyhow::Result<ParticipantId> {
        let context = context("participant", name)?;
        let stored = self.ledger.receipt(&context.key).await?;
        if let Some(receipt) = stored.and_then(|stored| stored.answer(Some(context.fingerprint))) {
            return Ok(receipt.stream.id.into());
        }
        let registration = Registration {
            kind: ParticipantKind::Human,
            name: name.to_owned(),
            email: email.to_owned(),
            password: PASSWORD.to_owned(),
            roles,
        };
        let done = register(self.ledger, passwords, registration, None, context.key, context.fingerprint).await?;
        Ok(done.receipt.stream.id.into())
    }

    async fn create_project(&self) -> anyhow::Result<ProjectId> {
        let better = Question {
            key: "better".try_into()?,
            title: "Which response helps more?".to_owned(),
            required: true,
            when: None,
            kind: QuestionKind::Preference(PreferenceQuestion { strengths: 0, tie: true, both_bad: false }),
        };
        let command = ProjectCommand::Create {
            name: "Helpful answers".to_owned(),
            guidelines: Some("Prefer the response that answers the question correctly and kindly.".to_owned()),
            questions: vec![better],
            redundancy: REDUNDANCY.try_into()?,
            workflow: Workflow::default(),
        };
        let id: ProjectId = self.ledger.mint().derived("demo", &["project"]);
        self.execute::<Project>(id.uuid(), "project", "", &command).await?;
        Ok(id)
    }

    /// Creates one task, and has three of the annotators claim and answer it.
    async fn judge(
        &self,
        project: ProjectId,
        number: usize,
        comparison: &Comparison,
        annotators: &[ParticipantId],
        random: &mut StdRng,
    ) -> anyhow::Result<()> {
        let response = |(model, text): (&str, &String)| Response::new(Some(model.to_owned()), text);
        let create = TaskCommand::Create {
            project,
            external_key: Some(format!("demo-{number}")),
            content: vec![ContentField::new("prompt", ContentKind::Text, comparison.prompt.clone())],
            responses: [("atlas", &comparison.left), ("boreas", &comparison.right)].map(response).to_vec(),
            redundancy: REDUNDANCY.try_into()?,
            starts_with: None,
            routing: Routing::default(),
        };
        let task: TaskId = self.ledger.mint().derived("demo", &["task", &number.to_string()]);
        self.execute::<Task>(task.uuid(), "task", &number.to_string(), &create).await?;
        let (state, _) = self.ledger.load::<Project>(project.uuid()).await?;
        let form = Arc::new(state.form().cloned().ok_or_else(|| anyhow!("the project has no form"))?);
        for turn in 0..usize::from(REDUNDANCY) {
            let who = (number + turn) % annotators.len();
            let name = format!("{number}/{}", ANNOTATORS[who].name);
            let claim = TaskCommand::Claim {
                assignment: self.ledger.mint().derived("demo", &["assignment", &name]),
                annotator: annotators[who],
                form_version: form.version,
                guidelines_version: state.guidelines_version(),
                skills: BTreeSet::new(),
                shuffle: None,
                now: self.ledger.clock().now(),
                lease_seconds: 600,
            };
            let claimed = self.execute::<Task>(task.uuid(), "claim", &name, &claim).await?;
            let assignment = claimed.events.iter().find_map(|event| match event {
                TaskEvent::TaskClaimed(claimed) => Some(claimed.assignment),
                _ => None,
            });
            let answers = vec![answer(comparison.better, ANNOTATORS[who].skill, random)?];
            let submission = Submission {
                annotation: self.ledger.mint().derived("demo", &["annotation", &name]),
                annotator: annotators[who],
                form: Arc::clone(&form),
                guidelines_version: state.guidelines_version(),
                answers,
                standards: state.standards(),
                draw: 0,
            };
            let assignment = assignment.context("a claim without an event that says so")?;
            let submit = TaskCommand::Submit { assignment, submission, now: self.ledger.clock().now() };
            self.execute::<Task>(task.uuid(), "submit", &name, &submit).await?;
        }
        Ok(())
    }

    async fn execute<A: Aggregate>(
        &self,
        id: Uuid,
        what: &str,
        name: &str,
        command: &A::Command,
    ) -> anyhow::Result<Executed<A::Event>> {
        Ok(self.ledger.execute::<A>(id, &context(what, name)?, command).await?)
    }
}

/// The same at every start, so that what exists is found again and what is missing is made.
fn context(what: &str, name: &str) -> anyhow::Result<CommandContext> {
    let key = format!("demo {what} {name}").try_into()?;
    Ok(CommandContext {
        actor: None,
        key,
        fingerprint: Fingerprint::of(b"demo"),
        occurred_at: None,
        correlation_id: None,
    })
}
