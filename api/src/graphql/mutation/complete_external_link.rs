//! `completeExternalLink`: what came back from the issuer, to sign in with from now on.

use async_graphql::{Context, Object, Result, SimpleObject, Union};
use uuid::Uuid;

use super::{begin_external_login::issuer, complete_external_login::ExternalReturn};
use crate::{
    Api,
    account::{
        ExternalLoginError,
        external::{Return, complete_link},
    },
    graphql::{
        access::{ANYONE, Allow, session, viewer},
        refusal::{Refusal, external_login_refusal},
    },
};

/// An account at the external issuer can be signed in with.
#[derive(SimpleObject)]
struct ExternalIdentityLinked {
    /// Whose it is here.
    participant_id: Uuid,
}

/// What came of it.
#[derive(Union)]
enum CompleteExternalLinkPayload {
    Linked(ExternalIdentityLinked),
    Refused(Refusal),
}

#[derive(Default)]
pub(super) struct CompleteExternalLink;

#[Object]
impl CompleteExternalLink {
    /// Links the account with which the caller comes back from the external issuer, in the session in which that was begun.
    /// It is no command: no event tells of it.
    #[graphql(guard = "Allow(ANYONE).in_session()", complexity = 500)]
    async fn complete_external_link(
        &self,
        context: &Context<'_>,
        input: ExternalReturn,
    ) -> Result<CompleteExternalLinkPayload> {
        match complete(context, input.into()).await? {
            Ok(()) => {
                context.data::<Api>()?.metrics.command("completeExternalLink", "recorded");
                let participant_id = viewer(context)?.participant.uuid();
                Ok(CompleteExternalLinkPayload::Linked(ExternalIdentityLinked { participant_id }))
            }
            Err(error) => {
                let refusal = external_login_refusal(context, "completeExternalLink", &error)?;
                Ok(CompleteExternalLinkPayload::Refused(refusal))
            }
        }
    }
}

async fn complete(context: &Context<'_>, back: Return) -> Result<Result<(), ExternalLoginError>> {
    let of = (viewer(context)?.participant, session(context)?);
    Ok(match issuer(context)? {
        Ok(issuer) => complete_link(&context.data::<Api>()?.ledger, issuer, of, back).await,
        Err(off) => Err(off),
    })
}
