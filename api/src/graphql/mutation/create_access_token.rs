//! `createAccessToken`: a token for a program to call with.

use async_graphql::{Context, InputObject, Object, Result, SimpleObject, Union};
use chrono::{DateTime, Utc};
use stele_domain::project::{Project, ProjectRefusal};
use stele_ledger::SealError;
use uuid::Uuid;

use super::or_refuse;
use crate::{
    Api,
    account::{
        PersonalTokenError, Scope, Viewer,
        personal_token::{self, NewToken},
    },
    graphql::{
        access::{ANYONE, Allow, viewer},
        command::Outcome,
        fault,
        object::{AccessLevelEnum, AccessTokenObject},
        refusal::Refusal,
    },
};

/// A token to be made.
#[derive(InputObject)]
struct CreateAccessTokenInput {
    /// What its owner calls it: 1 to 100 characters.
    name: String,
    /// What it may be used for.
    level: AccessLevelEnum,
    /// The only project in which its owner's roles are to count. Without it they count wherever they do.
    project_id: Option<Uuid>,
    /// When it stops working: within 366 days.
    expires_at: DateTime<Utc>,
}

/// A program can call with it.
#[derive(SimpleObject)]
struct AccessTokenCreated {
    access_token: AccessTokenObject,
    /// The token: send it as `Authorization: Bearer TOKEN`. It is shown this once.
    token: String,
}

/// What came of it.
#[derive(Union)]
enum CreateAccessTokenPayload {
    Created(AccessTokenCreated),
    Refused(Refusal),
}

#[derive(Default)]
pub(super) struct CreateAccessToken;

#[Object]
impl CreateAccessToken {
    /// Makes a token for a program that calls in the caller's name. It is no command: it takes no idempotency key, and no
    /// event tells of it. If the answer gets lost, make another one and revoke this one.
    #[graphql(guard = "Allow(ANYONE).in_session()")]
    async fn create_access_token(
        &self,
        context: &Context<'_>,
        input: CreateAccessTokenInput,
    ) -> Result<CreateAccessTokenPayload> {
        let (api, viewer) = (context.data::<Api>()?, viewer(context)?);
        let scope = Scope { level: input.level.into(), project: input.project_id.map(Into::into) };
        or_refuse!(CreateAccessTokenPayload, check_project(context, viewer, scope).await?);
        let new = NewToken { name: input.name, scope, expires_at: input.expires_at.into() };
        let error = match personal_token::create(&api.ledger, viewer.participant, &new).await {
            Ok((row, token)) => {
                api.metrics.command("createAccessToken", "recorded");
                let created = AccessTokenCreated { access_token: row.into(), token: token.reveal() };
                return Ok(CreateAccessTokenPayload::Created(created));
            }
            Err(error) => error,
        };
        let code = match &error {
            PersonalTokenError::Name => "BAD_NAME",
            PersonalTokenError::Expiry => "BAD_EXPIRY",
            PersonalTokenError::TooMany => "TOO_MANY_TOKENS",
            PersonalTokenError::Seal(SealError::Erased(_)) => "ERASED",
            _ => return Err(fault::internal(context, &error)),
        };
        api.metrics.command("createAccessToken", code);
        Ok(CreateAccessTokenPayload::Refused(Refusal::new(code, &error)))
    }
}

/// Whether the only project of a token is one that its owner has to do with. Whoever has no role there is told the same as if
/// there were none.
async fn check_project(context: &Context<'_>, viewer: &Viewer, scope: Scope) -> Result<Outcome<()>> {
    let Some(id) = scope.project else { return Ok(Ok(())) };
    let loaded = context.data::<Api>()?.ledger.load::<Project>(id.uuid()).await;
    let (project, _) = loaded.map_err(|error| fault::internal(context, &error))?;
    let is_theirs = viewer.roles.narrowed_to(id).in_projects().next().is_some();
    Ok(if is_theirs && project.form().is_some() { Ok(()) } else { Err(ProjectRefusal::NotFound.into()) })
}
