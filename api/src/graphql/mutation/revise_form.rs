//! `reviseForm`: ask other questions from now on.

use async_graphql::{Context, InputObject, Object, Result, SimpleObject, Union};
use stele_domain::project::{Project, ProjectCommand, ProjectEvent};
use uuid::Uuid;

use super::or_refuse;
use crate::graphql::{
    access::{Allow, MANAGERS},
    command::Call,
    form::{QuestionInput, questions},
    position::Receipt,
    refusal::Refusal,
};

/// The questions of a form's next version.
#[derive(InputObject)]
struct ReviseFormInput {
    /// The project.
    project_id: Uuid,
    /// The questions, in order.
    questions: Vec<QuestionInput>,
}

/// A form has a new version. Work that was begun under an earlier one is held against that one.
#[derive(SimpleObject)]
struct FormRevised {
    /// The new version.
    form_version: u32,
    receipt: Receipt,
}

/// What came of it.
#[derive(Union)]
enum ReviseFormPayload {
    Revised(FormRevised),
    Refused(Refusal),
}

#[derive(Default)]
pub(super) struct ReviseForm;

#[Object]
impl ReviseForm {
    /// Gives a project's form a new version.
    #[graphql(guard = "Allow(MANAGERS).in_project(input.project_id)")]
    async fn revise_form(
        &self,
        context: &Context<'_>,
        input: ReviseFormInput,
        idempotency_key: String,
    ) -> Result<ReviseFormPayload> {
        let call = or_refuse!(ReviseFormPayload, Call::new(context, "reviseForm", &idempotency_key, &input)?);
        let command =
            ProjectCommand::ReviseForm { questions: or_refuse!(ReviseFormPayload, questions(input.questions)) };
        let done = call.execute::<Project>(context, input.project_id, &command).await?;
        let done = or_refuse!(ReviseFormPayload, done);
        let form_version = done.events.iter().find_map(|event| match event {
            ProjectEvent::FormRevised(revised) => Some(revised.form.version.get()),
            _ => None,
        });
        let form_version = form_version.unwrap_or_default();
        Ok(ReviseFormPayload::Revised(FormRevised { form_version, receipt: done.receipt.into() }))
    }
}
