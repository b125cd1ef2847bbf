//! A labelling project.

use async_graphql::{
    Context, Object, Result,
    connection::{Connection, EmptyFields},
};
use stele_domain::{StreamType, form::QuestionKey};
use stele_ledger::StreamKey;
use stele_projections::{
    ViewName, directory, directory::ProjectRow, quality::Scope, settling, task_detail, task_queue,
};
use uuid::Uuid;

use super::{
    DEFAULT_PAGE, EventObject, Page,
    annotation::AnnotationObject,
    history::history,
    page,
    quality::{LabelFilter, QualityObject},
    settlement::StandingsObject,
    task::TaskObject,
};
use crate::{
    Api,
    graphql::{
        access::{Allow, HISTORY, OVERSIGHT, RESULTS, REVIEWERS, viewer},
        caught_up::caught_up,
        fault,
        form::FormObject,
        position::{Cursor, PositionScalar},
        workflow::WorkflowObject,
    },
};

/// A labelling project.
pub(in crate::graphql) struct ProjectObject(ProjectRow);

impl From<ProjectRow> for ProjectObject {
    fn from(row: ProjectRow) -> Self {
        Self(row)
    }
}

impl ProjectObject {
    pub(in crate::graphql) async fn find(context: &Context<'_>, id: Uuid) -> Result<Option<Self>> {
        let ledger = &context.data::<Api>()?.ledger;
        let row = directory::project(ledger, id.into()).await.map_err(|error| fault::internal(context, &error))?;
        Ok(row.map(Self))
    }
}

/// A labelling project.
#[Object(name = "Project")]
impl ProjectObject {
    /// Its id.
    async fn id(&self) -> Uuid {
        self.0.id.uuid()
    }

    /// What it is called.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// What annotators are told about judging well.
    async fn guidelines(&self) -> Option<&str> {
        self.0.guidelines.as_deref()
    }

    /// Which version of the guidelines is in force, from 1; null if there are none.
    async fn guidelines_version(&self) -> Option<u32> {
        self.0.guidelines_version
    }

    /// The form in force.
    async fn form(&self) -> FormObject {
        self.0.form.clone().into()
    }

    /// How many annotators each new task gets, at most.
    async fn redundancy(&self) -> u16 {
        self.0.redundancy
    }

    /// What happens to its tasks.
    #[graphql(guard = "Allow(OVERSIGHT).in_project(self.0.id)")]
    async fn workflow(&self) -> WorkflowObject {
        self.0.workflow.clone().into()
    }

    /// How many of its tasks stand where.
    #[graphql(guard = "Allow(OVERSIGHT).in_project(self.0.id)", complexity = "5 + child_complexity")]
    async fn standings(&self, context: &Context<'_>) -> Result<StandingsObject> {
        let ledger = &context.data::<Api>()?.ledger;
        let standings = settling::standings(ledger, self.0.id).await;
        Ok(standings.map_err(|error| fault::internal(context, &error))?.into())
    }

    /// Its tasks that wait for somebody to adjudicate, those that have waited longest first.
    #[graphql(
        guard = "Allow(REVIEWERS).in_project(self.0.id)",
        complexity = "1 + usize::try_from(first.unwrap_or(DEFAULT_PAGE)).unwrap_or(0) * child_complexity"
    )]
    async fn disputed_tasks(
        &self,
        context: &Context<'_>,
        after: Option<String>,
        first: Option<i32>,
    ) -> Result<Connection<Cursor, TaskObject, EmptyFields, EmptyFields>> {
        let ledger = &context.data::<Api>()?.ledger;
        page(context, Page { after, first }, async |request| {
            let disputed = settling::disputed(ledger, self.0.id, request).await;
            let mut tasks = Vec::new();
            for (position, task) in disputed.map_err(|error| fault::internal(context, &error))? {
                tasks.extend(TaskObject::find(context, task.uuid()).await?.map(|task| (position, task)));
            }
            Ok(tasks)
        })
        .await
    }

    /// Its annotations that wait for a reviewer other than their annotator, those that have waited longest first.
    #[graphql(
        guard = "Allow(REVIEWERS).in_project(self.0.id)",
        complexity = "1 + usize::try_from(first.unwrap_or(DEFAULT_PAGE)).unwrap_or(0) * child_complexity"
    )]
    async fn review_queue(
        &self,
        context: &Context<'_>,
        after: Option<String>,
        first: Option<i32>,
    ) -> Result<Connection<Cursor, AnnotationObject, EmptyFields, EmptyFields>> {
        let (ledger, reviewer) = (&context.data::<Api>()?.ledger, viewer(context)?.participant);
        page(context, Page { after, first }, async |request| {
            let awaiting = settling::awaiting_review(ledger, self.0.id, reviewer, request).await;
            let mut annotations = Vec::new();
            for awaiting in awaiting.map_err(|error| fault::internal(context, &error))? {
                let found = task_detail::annotation(ledger, awaiting.annotation).await;
                let found = found.map_err(|error| fault::internal(context, &error))?;
                annotations.extend(found.map(|annotation| (awaiting.requested, annotation.into())));
            }
            Ok(annotations)
        })
        .await
    }

    /// How many tasks there are.
    #[graphql(guard = "Allow(OVERSIGHT).in_project(self.0.id)", complexity = 5)]
    async fn task_count(&self, context: &Context<'_>) -> Result<u64> {
        Ok(self.counts(context).await?.tasks)
    }

    /// How many annotations count: neither withdrawn nor rejected.
    #[graphql(guard = "Allow(OVERSIGHT).in_project(self.0.id)", complexity = 5)]
    async fn annotation_count(&self, context: &Context<'_>) -> Result<u64> {
        Ok(self.counts(context).await?.annotations)
    }

    /// How many people and models made them.
    #[graphql(guard = "Allow(OVERSIGHT).in_project(self.0.id)", complexity = 5)]
    async fn annotator_count(&self, context: &Context<'_>) -> Result<u64> {
        Ok(self.counts(context).await?.annotators)
    }

    /// How many tasks still need annotations.
    #[graphql(complexity = 5)]
    async fn open_task_count(&self, context: &Context<'_>) -> Result<u64> {
        let ledger = &context.data::<Api>()?.ledger;
        task_queue::open_tasks(ledger, self.0.id).await.map_err(|error| fault::internal(context, &error))
    }

    /// Its tasks, in the order of their creation.
    #[graphql(
        guard = "Allow(OVERSIGHT).in_project(self.0.id)",
        complexity = "1 + usize::try_from(first.unwrap_or(DEFAULT_PAGE)).unwrap_or(0) * child_complexity"
    )]
    async fn tasks(
        &self,
        context: &Context<'_>,
        after: Option<String>,
        first: Option<i32>,
    ) -> Result<Connection<Cursor, TaskObject, EmptyFields, EmptyFields>> {
        let ledger = &context.data::<Api>()?.ledger;
        page(context, Page { after, first }, async |request| {
            let tasks = task_detail::tasks(ledger, self.0.id, request)
                .await
                .map_err(|error| fault::internal(context, &error))?;
            Ok(tasks.into_iter().map(|task| (task.created, task.into())).collect())
        })
        .await
    }

    /// How good the answers to one of its questions are. Null for a question that its form does not ask.
    #[graphql(guard = "Allow(RESULTS).in_project(self.0.id)", complexity = "20 + child_complexity")]
    async fn quality(
        &self,
        context: &Context<'_>,
        question: String,
        #[graphql(desc = "Only labels that meet all of this.")] only: Option<LabelFilter>,
        #[graphql(desc = "As of which position; absent for now.")] known_at: Option<PositionScalar>,
    ) -> Result<Option<QualityObject>> {
        let Ok(question) = QuestionKey::try_from(question) else { return Ok(None) };
        let Some(asked) = self.0.form.question(&question) else { return Ok(None) };
        caught_up(context, &[ViewName::Quality, ViewName::Directory], known_at).await?;
        let scope = Scope {
            project: self.0.id,
            question,
            known_at: known_at.map(|PositionScalar(position)| position),
            only: only.unwrap_or_default().into(),
        };
        Ok(Some(QualityObject::new(scope, asked.kind.clone())))
    }

    /// The events of its stream, in order. A cursor is a position.
    #[graphql(
        guard = "Allow(HISTORY)",
        complexity = "1 + usize::try_from(first.unwrap_or(DEFAULT_PAGE)).unwrap_or(0) * child_complexity"
    )]
    async fn history(
        &self,
        context: &Context<'_>,
        after: Option<String>,
        first: Option<i32>,
    ) -> Result<Connection<Cursor, EventObject, EmptyFields, EmptyFields>> {
        history(context, StreamKey { stream_type: StreamType::Project, id: self.0.id.uuid() }, Page { after, first })
            .await
    }
}

impl ProjectObject {
    async fn counts(&self, context: &Context<'_>) -> Result<task_detail::Counts> {
        let ledger = &context.data::<Api>()?.ledger;
        task_detail::counts(ledger, self.0.id).await.map_err(|error| fault::internal(context, &error))
    }
}
