//! `login`: an address and a password for a session.

use async_graphql::{Context, Enum, Object, Result, SimpleObject, Union};
use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::{
    Api,
    account::{self, Attempts, LoginError, SignIn},
    graphql::{fault, object::ProjectRole, refusal::Refusal},
    http::ClientAddress,
};

/// What a participant may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(name = "Role", remote = "stele_domain::participant::Role")]
pub(in crate::graphql) enum RoleEnum {
    /// Registers people and grants roles.
    Admin,
    /// Creates projects and tasks.
    Manager,
    /// Claims tasks and answers them.
    Annotator,
    /// Judges annotations made by others.
    Reviewer,
    /// Reads results and exports datasets.
    Researcher,
    /// Is a program: creates, routes and closes tasks, and reads results.
    Service,
    /// Reads the history, and changes nothing.
    Auditor,
    /// Erases people, and answers for it.
    Compliance,
}

/// A signed-in session.
#[derive(SimpleObject)]
pub(super) struct Session {
    /// The access token: send it as `Authorization: Bearer TOKEN`.
    token: String,
    /// When it stops working.
    expires_at: DateTime<Utc>,
    /// What `refreshSession` exchanges for another access token, once.
    refresh_token: String,
    /// When the session ends, however often it is refreshed.
    ends_at: DateTime<Utc>,
    /// Who signed in.
    participant_id: Uuid,
    /// What they may do in the whole workspace.
    roles: Vec<RoleEnum>,
    /// What they may do in single projects.
    project_roles: Vec<ProjectRole>,
}

impl From<account::Session> for Session {
    fn from(session: account::Session) -> Self {
        Self {
            token: session.token,
            expires_at: session.expires_at.to_utc(),
            refresh_token: session.refresh_token.reveal(),
            ends_at: session.ends_at.to_utc(),
            participant_id: session.viewer.participant.uuid(),
            roles: session.viewer.roles.in_workspace().map(Into::into).collect(),
            project_roles: session.viewer.roles.in_projects().map(Into::into).collect(),
        }
    }
}

/// What came of signing in.
#[derive(Union)]
enum LoginPayload {
    Session(Session),
    Refused(Refusal),
}

#[derive(Default)]
pub(super) struct Login;

#[Object]
impl Login {
    /// Signs someone in: at most ten times a minute to an account, and from an address. The answer does not tell whether the
    /// account is known. Who has a second factor needs a code as well: of their authenticator, or a recovery code.
    #[graphql(complexity = 500)]
    async fn login(
        &self,
        context: &Context<'_>,
        email: String,
        password: String,
        code: Option<String>,
    ) -> Result<LoginPayload> {
        let api = context.data::<Api>()?;
        let from = context.data_opt::<ClientAddress>().map(|address| address.0);
        let attempts = context.data::<Attempts>()?;
        let refused = |code: &'static str, reason: &dyn std::fmt::Display| {
            api.metrics.command("login", code);
            Ok(LoginPayload::Refused(Refusal::new(code, &reason)))
        };
        if let Err(too_many) = attempts.count(api.ledger.mint(), from, &email, api.ledger.clock().now()) {
            return refused("RATE_LIMITED", &too_many);
        }
        let sign_in = SignIn { email, password, code };
        match account::login(&api.ledger, &api.passwords, &api.tokens, attempts, sign_in).await {
            Ok(session) => {
                api.metrics.command("login", "recorded");
                Ok(LoginPayload::Session(session.into()))
            }
            Err(error @ LoginError::Wrong) => refused("WRONG_CREDENTIALS", &error),
            Err(error @ LoginError::SecondFactorNeeded) => refused("SECOND_FACTOR_NEEDED", &error),
            Err(error @ LoginError::TooMany(_)) => refused("RATE_LIMITED", &error),
            Err(error) => Err(fault::internal(context, &error)),
        }
    }
}
