//! `signOutEverywhere`: the end of all of someone's sessions.

use async_graphql::{Context, Object, Result};

use super::sign_out::SignedOut;
use crate::{
    Api,
    account::session,
    graphql::{
        access::{ANYONE, Allow, viewer},
        fault,
    },
};

#[derive(Default)]
pub(super) struct SignOutEverywhere;

#[Object]
impl SignOutEverywhere {
    /// Ends all of the caller's sessions: every access token and refresh token of theirs stops at once.
    #[graphql(guard = "Allow(ANYONE).in_session()")]
    async fn sign_out_everywhere(&self, context: &Context<'_>) -> Result<SignedOut> {
        let api = context.data::<Api>()?;
        let ended = session::end_all(&api.ledger, viewer(context)?.participant).await;
        let sessions = ended.map_err(|error| fault::internal(context, &error))?;
        api.metrics.command("signOutEverywhere", "recorded");
        Ok(SignedOut { sessions })
    }
}
