//! `signOut`: the end of a session.

use async_graphql::{Context, Object, Result, SimpleObject};

use crate::{
    Api,
    account::session,
    graphql::{
        access::{ANYONE, Allow, session as session_of},
        fault,
    },
};

/// Sessions have ended.
#[derive(SimpleObject)]
pub(super) struct SignedOut {
    /// How many.
    pub(super) sessions: u64,
}

#[derive(Default)]
pub(super) struct SignOut;

#[Object]
impl SignOut {
    /// Ends the caller's session: its access tokens and its refresh token stop at once.
    #[graphql(guard = "Allow(ANYONE).in_session()")]
    async fn sign_out(&self, context: &Context<'_>) -> Result<SignedOut> {
        let api = context.data::<Api>()?;
        let ended = session::end(&api.ledger, session_of(context)?).await;
        ended.map_err(|error| fault::internal(context, &error))?;
        api.metrics.command("signOut", "recorded");
        Ok(SignedOut { sessions: 1 })
    }
}
