//! `removeSecondFactor`: a password is enough again.

use async_graphql::{Context, Object, Result, SimpleObject, Union};
use uuid::Uuid;

use crate::{
    Api,
    account::{Attempts, second_factor},
    graphql::{
        access::{ANYONE, Allow, viewer},
        refusal::{Refusal, second_factor_refusal},
    },
};

/// A password is enough to sign in.
#[derive(SimpleObject)]
struct SecondFactorRemoved {
    /// Whose.
    participant_id: Uuid,
}

/// What came of it.
#[derive(Union)]
enum RemoveSecondFactorPayload {
    Removed(SecondFactorRemoved),
    Refused(Refusal),
}

#[derive(Default)]
pub(super) struct RemoveSecondFactor;

#[Object]
impl RemoveSecondFactor {
    /// Removes the caller's second factor, with its recovery codes. It takes their password, and a code of the authenticator
    /// or a recovery code. It is no command: no event tells of it.
    #[graphql(guard = "Allow(ANYONE).in_session()", complexity = 500)]
    async fn remove_second_factor(
        &self,
        context: &Context<'_>,
        password: String,
        code: String,
    ) -> Result<RemoveSecondFactorPayload> {
        let api = context.data::<Api>()?;
        let (attempts, of) = (context.data::<Attempts>()?, viewer(context)?.participant);
        match second_factor::remove(&api.ledger, &api.passwords, attempts, of, password, &code).await {
            Ok(()) => {
                api.metrics.command("removeSecondFactor", "recorded");
                Ok(RemoveSecondFactorPayload::Removed(SecondFactorRemoved { participant_id: of.uuid() }))
            }
            Err(error) => {
                let refusal = second_factor_refusal(context, "removeSecondFactor", &error)?;
                Ok(RemoveSecondFactorPayload::Refused(refusal))
            }
        }
    }
}
