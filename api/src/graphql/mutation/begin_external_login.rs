//! `beginExternalLogin`: where to sign in with an account elsewhere.

use std::sync::Arc;

use async_graphql::{Context, Object, Result, SimpleObject, Union};

use crate::{
    Api,
    account::{
        Attempts, ExternalLoginError, Issuer,
        external::{self, Begun},
    },
    graphql::refusal::{Refusal, external_login_refusal},
    http::ClientAddress,
};

/// A visit to the external issuer that has begun. It has to be completed within ten minutes, once.
#[derive(SimpleObject)]
pub(super) struct ExternalLoginBegun {
    /// Where the browser has to go.
    authorization_url: String,
    /// What it is completed with. Keep it where only the page that began has it (`sessionStorage`): it is in no address.
    handle: String,
}

impl From<Begun> for ExternalLoginBegun {
    fn from(begun: Begun) -> Self {
        Self { authorization_url: begun.authorization_url.into(), handle: begun.handle }
    }
}

/// The external issuer, if one is configured.
pub(super) fn issuer<'a>(context: &Context<'a>) -> Result<Result<&'a Issuer, ExternalLoginError>> {
    let issuer = context.data::<Option<Arc<Issuer>>>()?;
    Ok(issuer.as_deref().ok_or(ExternalLoginError::Off))
}

/// What came of it.
#[derive(Union)]
enum BeginExternalLoginPayload {
    Begun(ExternalLoginBegun),
    Refused(Refusal),
}

#[derive(Default)]
pub(super) struct BeginExternalLogin;

#[Object]
impl BeginExternalLogin {
    /// Begins to sign somebody in with an account at the external issuer: at most ten times a minute from an address, those
    /// with a password included.
    #[graphql(complexity = 500)]
    async fn begin_external_login(&self, context: &Context<'_>) -> Result<BeginExternalLoginPayload> {
        match begin(context).await? {
            Ok(begun) => {
                context.data::<Api>()?.metrics.command("beginExternalLogin", "recorded");
                Ok(BeginExternalLoginPayload::Begun(begun.into()))
            }
            Err(error) => {
                let refusal = external_login_refusal(context, "beginExternalLogin", &error)?;
                Ok(BeginExternalLoginPayload::Refused(refusal))
            }
        }
    }
}

async fn begin(context: &Context<'_>) -> Result<Result<Begun, ExternalLoginError>> {
    let (api, attempts) = (context.data::<Api>()?, context.data::<Attempts>()?);
    let from = context.data_opt::<ClientAddress>().map(|address| address.0);
    let issuer = match issuer(context)? {
        Ok(issuer) => issuer,
        Err(off) => return Ok(Err(off)),
    };
    if let Err(too_many) = attempts.count_from(from, api.ledger.clock().now()) {
        return Ok(Err(too_many.into()));
    }
    Ok(external::begin(&api.ledger, issuer, None).await)
}
