//! The form that an answer is held against: the version that was shown, whatever is in force now.

use std::sync::Arc;

use async_graphql::{Context, Result};
use stele_domain::{
    AnnotationId, AssignmentId,
    form::Form,
    project::{GuidelinesVersion, Project, Standards},
    task::{Task, TaskRefusal},
};
use uuid::Uuid;

use crate::{
    Api,
    graphql::{command::Outcome, fault},
};

/// What was shown to whoever answers now.
#[derive(Clone, Copy)]
pub(super) enum Shown {
    /// The form of a lease.
    Under(AssignmentId),
    /// The form of an earlier answer.
    Before(AnnotationId),
    /// The form in force.
    Now,
}

/// What an answer is given under.
pub(super) struct Instructions {
    /// The form that was shown.
    pub(super) form: Arc<Form>,
    /// The guidelines in force now; a lease knows those that it was begun with.
    pub(super) guidelines_version: Option<GuidelinesVersion>,
    /// What follows from an answer.
    pub(super) standards: Standards,
}

/// What the project of a task asks for now.
pub(super) async fn project_of(context: &Context<'_>, task_id: Uuid) -> Result<Outcome<Arc<Project>>> {
    let ledger = &context.data::<Api>()?.ledger;
    let (task, _) = ledger.load::<Task>(task_id).await.map_err(|error| fault::internal(context, &error))?;
    let Some(project) = task.project() else { return Ok(Err(TaskRefusal::NotFound.into())) };
    let (project, _) =
        ledger.load::<Project>(project.uuid()).await.map_err(|error| fault::internal(context, &error))?;
    Ok(Ok(project))
}

/// The form that was shown and the guidelines in force; the present form where the lease or annotation does not exist, so that the task itself
/// can say so, or replay what was recorded before.
pub(super) async fn shown_form(context: &Context<'_>, task_id: Uuid, shown: Shown) -> Result<Outcome<Instructions>> {
    let ledger = &context.data::<Api>()?.ledger;
    let (task, _) = ledger.load::<Task>(task_id).await.map_err(|error| fault::internal(context, &error))?;
    let Some(project) = task.project() else { return Ok(Err(TaskRefusal::NotFound.into())) };
    let (project, _) =
        ledger.load::<Project>(project.uuid()).await.map_err(|error| fault::internal(context, &error))?;
    let version = match shown {
        Shown::Under(assignment) => task.lease(assignment).map(|lease| lease.form_version),
        Shown::Before(annotation) => task.annotation_form(annotation),
        Shown::Now => None,
    };
    let form = version.and_then(|version| project.form_at(version)).or_else(|| project.form());
    let Some(form) = form.cloned().map(Arc::new) else {
        return Err(fault::internal(context, "a task without a form"));
    };
    let (guidelines_version, standards) = (project.guidelines_version(), project.standards());
    Ok(Ok(Instructions { form, guidelines_version, standards }))
}
