//! `beginExternalLink`: where to show which account elsewhere is the caller's.

use async_graphql::{Context, Object, Result, Union};

use super::begin_external_login::{ExternalLoginBegun, issuer};
use crate::{
    Api,
    account::{
        Attempts, ExternalLoginError,
        external::{Begun, begin_link},
    },
    graphql::{
        access::{ANYONE, Allow, session, viewer},
        refusal::{Refusal, external_login_refusal},
    },
};

/// What came of it.
#[derive(Union)]
enum BeginExternalLinkPayload {
    Begun(ExternalLoginBegun),
    Refused(Refusal),
}

#[derive(Default)]
pub(super) struct BeginExternalLink;

#[Object]
impl BeginExternalLink {
    /// Begins to link an account at the external issuer to the caller. It takes their password.
    #[graphql(guard = "Allow(ANYONE).in_session()", complexity = 500)]
    async fn begin_external_link(&self, context: &Context<'_>, password: String) -> Result<BeginExternalLinkPayload> {
        match begin(context, password).await? {
            Ok(begun) => {
                context.data::<Api>()?.metrics.command("beginExternalLink", "recorded");
                Ok(BeginExternalLinkPayload::Begun(begun.into()))
            }
            Err(error) => {
                let refusal = external_login_refusal(context, "beginExternalLink", &error)?;
                Ok(BeginExternalLinkPayload::Refused(refusal))
            }
        }
    }
}

async fn begin(context: &Context<'_>, password: String) -> Result<Result<Begun, ExternalLoginError>> {
    let (api, attempts) = (context.data::<Api>()?, context.data::<Attempts>()?);
    let of = (viewer(context)?.participant, session(context)?);
    Ok(match issuer(context)? {
        Ok(issuer) => begin_link(&api.ledger, issuer, &api.passwords, attempts, of, password).await,
        Err(off) => Err(off),
    })
}
