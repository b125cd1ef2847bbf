//! `acceptInvitation`: join.

use async_graphql::{Context, Object, Result, Union};

use super::login::Session;
use crate::{
    Api,
    account::{
        Attempts,
        invitation::{self, Acceptance},
    },
    graphql::refusal::{Refusal, invitation_refusal},
    http::ClientAddress,
};

/// What came of it.
#[derive(Union)]
enum AcceptInvitationPayload {
    Session(Session),
    Refused(Refusal),
}

#[derive(Default)]
pub(super) struct AcceptInvitation;

#[Object]
impl AcceptInvitation {
    /// Takes in whoever has the token of an invitation, and signs them in, once: at most five times a minute from an address.
    /// The answer does not tell a wrong token from one that was used or revoked or has expired. If it gets lost,
    /// accept again with the same password; if that is refused, all is done: sign in.
    #[graphql(complexity = 500)]
    async fn accept_invitation(
        &self,
        context: &Context<'_>,
        token: String,
        #[graphql(desc = "What they are called.")] name: String,
        #[graphql(desc = "What they sign in with from now on: 12 to 256 characters.")] password: String,
    ) -> Result<AcceptInvitationPayload> {
        let api = context.data::<Api>()?;
        let from = context.data_opt::<ClientAddress>().map(|address| address.0);
        if let Err(too_many) = context.data::<Attempts>()?.count_acceptance(from, api.ledger.clock().now()) {
            api.metrics.command("acceptInvitation", "RATE_LIMITED");
            return Ok(AcceptInvitationPayload::Refused(Refusal::new("RATE_LIMITED", &too_many)));
        }
        let acceptance = Acceptance { token, name, password };
        match invitation::accept(&api.ledger, &api.passwords, &api.tokens, acceptance).await {
            Ok(session) => {
                api.metrics.command("acceptInvitation", "recorded");
                Ok(AcceptInvitationPayload::Session(session.into()))
            }
            Err(error) => {
                let refusal = invitation_refusal(context, "acceptInvitation", error)?;
                Ok(AcceptInvitationPayload::Refused(refusal))
            }
        }
    }
}
