//! `completeExternalLogin`: what came back from the issuer, for a session.

use async_graphql::{Context, InputObject, Object, Result, Union};

use super::{begin_external_login::issuer, login::Session};
use crate::{
    Api,
    account::{
        self, Attempts, ExternalLoginError,
        external::{Return, complete_login},
    },
    graphql::refusal::{Refusal, external_login_refusal},
};

/// What somebody comes back with from the external issuer.
#[derive(InputObject)]
pub(super) struct ExternalReturn {
    /// What they were given when they began.
    handle: String,
    /// The parameter `state` of the address that the browser was sent back to.
    state: String,
    /// Its parameter `code`.
    code: String,
}

impl From<ExternalReturn> for Return {
    fn from(back: ExternalReturn) -> Self {
        Self { handle: back.handle, state: back.state, code: back.code }
    }
}

/// What came of it.
#[derive(Union)]
enum CompleteExternalLoginPayload {
    Session(Session),
    Refused(Refusal),
}

#[derive(Default)]
pub(super) struct CompleteExternalLogin;

#[Object]
impl CompleteExternalLogin {
    /// Signs in whoever comes back from the external issuer, if the account there is linked to somebody: at most ten times a
    /// minute to an account. The answer does not tell why it failed. Who has a second factor needs a code as well.
    #[graphql(complexity = 500)]
    async fn complete_external_login(
        &self,
        context: &Context<'_>,
        input: ExternalReturn,
        #[graphql(desc = "A code of the second factor, for those who have one.")] second_factor: Option<String>,
    ) -> Result<CompleteExternalLoginPayload> {
        match complete(context, input.into(), second_factor).await? {
            Ok(session) => {
                context.data::<Api>()?.metrics.command("completeExternalLogin", "recorded");
                Ok(CompleteExternalLoginPayload::Session(session.into()))
            }
            Err(error) => {
                let refusal = external_login_refusal(context, "completeExternalLogin", &error)?;
                Ok(CompleteExternalLoginPayload::Refused(refusal))
            }
        }
    }
}

async fn complete(
    context: &Context<'_>,
    back: Return,
    code: Option<String>,
) -> Result<Result<account::Session, ExternalLoginError>> {
    let (api, attempts) = (context.data::<Api>()?, context.data::<Attempts>()?);
    Ok(match issuer(context)? {
        Ok(issuer) => complete_login(&api.ledger, issuer, &api.tokens, attempts, back, code).await,
        Err(off) => Err(off),
    })
}
