//! From a mutation's input to a command, and from what came of it to a payload.

use async_graphql::{Context, InputType, Result};
use stele_domain::Aggregate;
use stele_ledger::{AppendError, CommandContext, ExecuteError, Executed, Fingerprint, IdempotencyKey, SealError};
use uuid::Uuid;

use super::{access::viewer, fault, refusal::Refusal};
use crate::Api;

/// What came of a command: its events, or why not.
pub(super) type Outcome<T> = std::result::Result<T, Refusal>;

/// One call of a mutation: its name, its idempotency key, and its input as the client sent it.
pub(super) struct Call {
    mutation: &'static str,
    context: CommandContext,
}

impl Call {
    /// Prepares a call; an idempotency key that can't be one is refused.
    pub(super) fn new(
        context: &Context<'_>,
        mutation: &'static str,
        idempotency_key: &str,
        input: &impl InputType,
    ) -> Result<Outcome<Self>> {
        let api = context.data::<Api>()?;
        let key = match IdempotencyKey::try_from(idempotency_key.to_owned()) {
            Ok(key) => key,
            Err(error) => return Ok(Err(Refusal::new("BAD_IDEMPOTENCY_KEY", &error))),
        };
        let actor = viewer(context)?.participant;
        // who asks is part of what is asked: a key is of no use to anyone else
        let operation = format!("{mutation} {actor}");
        let fingerprint = Fingerprint::of_request(api.ledger.mint(), &operation, &input.to_value())
            .map_err(|error| fault::internal(context, &error))?;
        let context =
            CommandContext { actor: Some(actor), key, fingerprint, occurred_at: None, correlation_id: None };
        Ok(Ok(Self { mutation, context }))
    }

    pub(super) const fn context(&self) -> &CommandContext {
        &self.context
    }

    /// The command this was when it was first recorded, if it was: the stream, if the content is the same.
    pub(super) async fn recorded(&self, context: &Context<'_>) -> Result<Option<Outcome<Uuid>>> {
        let api = context.data::<Api>()?;
        let found = api.ledger.receipt(&self.context.key).await.map_err(|error| fault::internal(context, &error))?;
        Ok(found.map(|stored| match stored.answer(Some(self.context.fingerprint)) {
            Some(receipt) => Ok(receipt.stream.id),
            None => Err(key_reused()),
        }))
    }

    /// Carries the command out on the aggregate of this id.
    pub(super) async fn execute<A>(
        &self,
        context: &Context<'_>,
        id: Uuid,
        command: &A::Command,
    ) -> Result<Outcome<Executed<A::Event>>>
    where
        A: Aggregate,
        Refusal: From<A::Refusal>,
    {
        let api = context.data::<Api>()?;
        let executed = api.ledger.execute::<A>(id, &self.context, command).await;
        self.outcome(context, executed)
    }

    /// Sorts what came of a command into done, refused and failed, and counts it.
    pub(super) fn outcome<E, R>(
        &self,
        context: &Context<'_>,
        executed: std::result::Result<Executed<E>, ExecuteError<R>>,
    ) -> Result<Outcome<Executed<E>>>
    where
        R: std::error::Error,
        Refusal: From<R>,
    {
        let metrics = &context.data::<Api>()?.metrics;
        match executed {
            Ok(executed) => {
                metrics.command(self.mutation, if executed.receipt.replayed { "replayed" } else { "recorded" });
                Ok(Ok(executed))
            }
            Err(ExecuteError::Refused(refusal)) => {
                let refusal = Refusal::from(refusal);
                metrics.command(self.mutation, refusal.reason());
                Ok(Err(refusal))
            }
            Err(ExecuteError::Append(AppendError::KeyReused)) => {
                metrics.command(self.mutation, key_reused().reason());
                Ok(Err(key_reused()))
            }
            Err(ExecuteError::Seal(error @ SealError::Erased(_))) => {
                let refusal = Refusal::new("ERASED", &error);
                metrics.command(self.mutation, refusal.reason());
                Ok(Err(refusal))
            }
            Err(error) => {
                metrics.command(self.mutation, "failed");
                Err(fault::internal(context, &error))
            }
        }
    }
}

pub(super) fn key_reused() -> Refusal {
    Refusal::new("IDEMPOTENCY_KEY_REUSED", &AppendError::KeyReused)
}
