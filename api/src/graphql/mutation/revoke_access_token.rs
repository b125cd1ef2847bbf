//! `revokeAccessToken`: the end of a personal access token.

use async_graphql::{Context, Object, Result, SimpleObject, Union};
use uuid::Uuid;

use crate::{
    Api,
    account::personal_token,
    graphql::{
        access::{ANYONE, Allow, viewer},
        fault,
        refusal::Refusal,
    },
};

/// The token works no more.
#[derive(SimpleObject)]
struct AccessTokenRevoked {
    /// Which.
    access_token_id: Uuid,
}

/// What came of it.
#[derive(Union)]
enum RevokeAccessTokenPayload {
    Revoked(AccessTokenRevoked),
    Refused(Refusal),
}

#[derive(Default)]
pub(super) struct RevokeAccessToken;

#[Object]
impl RevokeAccessToken {
    /// Ends one of the caller's personal access tokens, at once and for good. One that was revoked before stays so. It is no
    /// command: no event tells of it.
    #[graphql(guard = "Allow(ANYONE).in_session()")]
    async fn revoke_access_token(
        &self,
        context: &Context<'_>,
        access_token_id: Uuid,
    ) -> Result<RevokeAccessTokenPayload> {
        let api = context.data::<Api>()?;
        let revoked = personal_token::revoke(&api.ledger, viewer(context)?.participant, access_token_id).await;
        if revoked.map_err(|error| fault::internal(context, &error))? {
            api.metrics.command("revokeAccessToken", "recorded");
            return Ok(RevokeAccessTokenPayload::Revoked(AccessTokenRevoked { access_token_id }));
        }
        api.metrics.command("revokeAccessToken", "ACCESS_TOKEN_NOT_FOUND");
        let reason = "the caller has no personal access token of this id";
        Ok(RevokeAccessTokenPayload::Refused(Refusal::new("ACCESS_TOKEN_NOT_FOUND", &reason)))
    }
}
