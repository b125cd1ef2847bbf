//! `refreshSession`: a refresh token for the next access token.

use async_graphql::{Context, Object, Result, Union};

use super::login::Session;
use crate::{
    Api,
    account::{self, LoginError},
    graphql::{fault, refusal::Refusal},
};

/// What came of it.
#[derive(Union)]
enum RefreshSessionPayload {
    Session(Session),
    Refused(Refusal),
}

#[derive(Default)]
pub(super) struct RefreshSession;

#[Object]
impl RefreshSession {
    /// Exchanges a refresh token for an access token and the next refresh token. Each works once: used twice, whoever sends
    /// it, it ends the session.
    async fn refresh_session(&self, context: &Context<'_>, refresh_token: String) -> Result<RefreshSessionPayload> {
        let api = context.data::<Api>()?;
        match account::refresh(&api.ledger, &api.tokens, &refresh_token).await {
            Ok(session) => {
                api.metrics.command("refreshSession", "recorded");
                Ok(RefreshSessionPayload::Session(session.into()))
            }
            Err(LoginError::Ended) => {
                api.metrics.command("refreshSession", "SESSION_ENDED");
                Ok(RefreshSessionPayload::Refused(Refusal::new("SESSION_ENDED", &LoginError::Ended)))
            }
            Err(error) => Err(fault::internal(context, &error)),
        }
    }
}
