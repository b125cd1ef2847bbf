//! `eraseSubject`: destroy the key to a person's data.

use async_graphql::{Context, InputObject, Object, Result, Union};
use stele_ledger::{EraseError, ExecuteError};
use uuid::Uuid;

use super::or_refuse;
use crate::{
    Api,
    account::{self, EraseAccountError},
    graphql::{
        access::{Allow, COMPLIANCE},
        command::Call,
        fault,
        object::ErasureObject,
        refusal::Refusal,
    },
};

/// Whom to erase, and why.
#[derive(InputObject)]
struct EraseSubjectInput {
    /// Whose data: a participant's id, or the id of someone whom a task's content is about.
    subject_id: Uuid,
    /// On what legal basis. It stays readable, so it must not say who the person is.
    basis: String,
    /// The request's name where requests are kept. It stays readable too.
    reference: String,
}

/// What came of it.
#[derive(Union)]
enum EraseSubjectPayload {
    Erased(ErasureObject),
    Refused(Refusal),
}

#[derive(Default)]
pub(super) struct EraseSubject;

#[Object]
impl EraseSubject {
    /// Destroys the key to a person's data, for good: whatever was theirs reads as erased from then on, their sessions
    /// end, and nothing more is recorded about them. See `erasurePreview` for what it touches. Someone who has been
    /// erased before stays erased as they were.
    #[graphql(guard = "Allow(COMPLIANCE).in_session()")]
    async fn erase_subject(
        &self,
        context: &Context<'_>,
        input: EraseSubjectInput,
        idempotency_key: String,
    ) -> Result<EraseSubjectPayload> {
        let call = or_refuse!(EraseSubjectPayload, Call::new(context, "eraseSubject", &idempotency_key, &input)?);
        let Api { ledger, media, .. } = context.data::<Api>()?;
        let subject = input.subject_id.into();
        let erased =
            account::erase(ledger, &media.store, subject, call.context(), input.basis, input.reference).await;
        match erased {
            Ok(erasure) => Ok(EraseSubjectPayload::Erased(erasure.into())),
            Err(EraseAccountError::Erase(EraseError::Record(error))) => match *error {
                ExecuteError::Refused(refusal) => Ok(EraseSubjectPayload::Refused(refusal.into())),
                ExecuteError::Append(stele_ledger::AppendError::KeyReused) => {
                    Ok(EraseSubjectPayload::Refused(crate::graphql::command::key_reused()))
                }
                error => Err(fault::internal(context, &error)),
            },
            Err(error) => Err(fault::internal(context, &error)),
        }
    }
}
