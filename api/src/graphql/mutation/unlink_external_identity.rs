//! `unlinkExternalIdentity`: an account elsewhere is of no use here any longer.

use async_graphql::{Context, Object, Result, SimpleObject, Union};
use uuid::Uuid;

use crate::{
    Api,
    account::{Attempts, external},
    graphql::{
        access::{ANYONE, Allow, session, viewer},
        refusal::{Refusal, external_login_refusal},
    },
};

/// Only a password signs in.
#[derive(SimpleObject)]
struct ExternalIdentityUnlinked {
    /// Whose.
    participant_id: Uuid,
}

/// What came of it.
#[derive(Union)]
enum UnlinkExternalIdentityPayload {
    Unlinked(ExternalIdentityUnlinked),
    Refused(Refusal),
}

#[derive(Default)]
pub(super) struct UnlinkExternalIdentity;

#[Object]
impl UnlinkExternalIdentity {
    /// Unlinks the caller's account at the external issuer, and ends their other sessions. It takes their password. It is no
    /// command: no event tells of it.
    #[graphql(guard = "Allow(ANYONE).in_session()", complexity = 500)]
    async fn unlink_external_identity(
        &self,
        context: &Context<'_>,
        password: String,
    ) -> Result<UnlinkExternalIdentityPayload> {
        let (api, attempts) = (context.data::<Api>()?, context.data::<Attempts>()?);
        let of = (viewer(context)?.participant, session(context)?);
        match external::unlink(&api.ledger, &api.passwords, attempts, of, password).await {
            Ok(()) => {
                api.metrics.command("unlinkExternalIdentity", "recorded");
                let participant_id = of.0.uuid();
                Ok(UnlinkExternalIdentityPayload::Unlinked(ExternalIdentityUnlinked { participant_id }))
            }
            Err(error) => {
                let refusal = external_login_refusal(context, "unlinkExternalIdentity", &error)?;
                Ok(UnlinkExternalIdentityPayload::Refused(refusal))
            }
        }
    }
}
