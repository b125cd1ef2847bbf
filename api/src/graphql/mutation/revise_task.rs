//! `reviseTask`: change what a task shows.

use async_graphql::{Context, Enum, InputObject, Object, Result, SimpleObject, Union};
use stele_domain::{
    Personal,
    task::{Revision, Task, TaskCommand, TaskEvent, TaskVersion},
};
use uuid::Uuid;

use super::{
    or_refuse,
    shown_form::{Instructions, Shown, shown_form},
};
use crate::{
    Api, draft,
    graphql::{
        access::{Allow, MANAGERS, viewer},
        command::Call,
        content::{ContentFieldInput, ResponseInput, read_all},
        position::Receipt,
        refusal::Refusal,
    },
};

/// What a task is to show from now on: all of it, also what stays as it was.
#[derive(InputObject)]
struct ReviseTaskInput {
    /// The task.
    task_id: Uuid,
    /// The version that is revised, as `Task.version` gives it. If the task shows another by now, nothing changes.
    version: u32,
    /// What it shows, in order.
    content: Vec<ContentFieldInput>,
    /// The responses to judge, in order.
    #[graphql(default)]
    responses: Vec<ResponseInput>,
    /// What becomes of the annotations that were given by now, and of the work in hand.
    annotations: EarlierAnnotationsEnum,
    /// Why; 1 to 1,000 characters. It belongs to whoever says it.
    reason: String,
}

/// What a revision makes of the annotations that were given before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(name = "EarlierAnnotations", remote = "stele_domain::task::EarlierAnnotations")]
enum EarlierAnnotationsEnum {
    /// They answer the new version as well, and count; who holds the task may still answer it. The number of responses stays,
    /// and so does the size of whatever the form asks for places in.
    Kept,
    /// They count no longer, and the task is done anew, by the same people or by others. Leases end; a consensus or an
    /// adjudication holds no longer, and gold answers have to be given anew.
    Superseded,
}

/// The task shows something else.
#[derive(SimpleObject)]
struct TaskRevised {
    /// Which version that is.
    version: u32,
    receipt: Receipt,
}

/// What came of it.
#[derive(Union)]
enum ReviseTaskPayload {
    Revised(TaskRevised),
    Refused(Refusal),
}

#[derive(Default)]
pub(super) struct ReviseTask;

#[Object]
impl ReviseTask {
    /// Changes what a task shows. What it showed before stays in the history, with the annotations that answer it.
    #[graphql(guard = "Allow(MANAGERS).on_task(input.task_id)")]
    async fn revise_task(
        &self,
        context: &Context<'_>,
        input: ReviseTaskInput,
        idempotency_key: String,
    ) -> Result<ReviseTaskPayload> {
        let call = or_refuse!(ReviseTaskPayload, Call::new(context, "reviseTask", &idempotency_key, &input)?);
        let shown = shown_form(context, input.task_id, Shown::Now).await?;
        let Instructions { form, .. } = or_refuse!(ReviseTaskPayload, shown);
        let Some(of) = TaskVersion::numbered(input.version) else {
            let reason = "versions are counted from 1";
            return Ok(ReviseTaskPayload::Refused(Refusal::new("OTHER_VERSION", &reason)));
        };
        let author = viewer(context)?.participant;
        let revision = Revision {
            of,
            content: or_refuse!(ReviseTaskPayload, read_all(context, input.content).await?),
            responses: input.responses.into_iter().map(Into::into).collect(),
            annotations: input.annotations.into(),
            reviser: author,
            reason: Personal::clear(author, input.reason),
        };
        let command = TaskCommand::ReviseTask { revision, form };
        let done = call.execute::<Task>(context, input.task_id, &command).await?;
        let done = or_refuse!(ReviseTaskPayload, done);
        let mut version = TaskVersion::FIRST;
        for event in &done.events {
            match event {
                TaskEvent::TaskRevised(revised) => version = revised.version,
                TaskEvent::AssignmentEnded(ended) => {
                    draft::forget(&context.data::<Api>()?.statements, ended.assignment).await;
                }
                _ => {}
            }
        }
        Ok(ReviseTaskPayload::Revised(TaskRevised { version: version.get(), receipt: done.receipt.into() }))
    }
}
