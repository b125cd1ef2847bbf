//! `changePassword`: another password.

use async_graphql::{Context, Object, Result, SimpleObject, Union};

use crate::{
    Api,
    account::{self, ChangePasswordError, PasswordError},
    graphql::{
        access::{ANYONE, Allow, session, viewer},
        fault,
        refusal::Refusal,
    },
};

/// The password is changed, and the caller's other sessions have ended.
#[derive(SimpleObject)]
struct PasswordChanged {
    /// Whose.
    participant_id: uuid::Uuid,
}

/// What came of it.
#[derive(Union)]
enum ChangePasswordPayload {
    Changed(PasswordChanged),
    Refused(Refusal),
}

#[derive(Default)]
pub(super) struct ChangePassword;

#[Object]
impl ChangePassword {
    /// Changes the caller's password, and ends their other sessions. It is no command: no event tells of it.
    #[graphql(guard = "Allow(ANYONE).in_session()")]
    async fn change_password(
        &self,
        context: &Context<'_>,
        present: String,
        new: String,
    ) -> Result<ChangePasswordPayload> {
        let api = context.data::<Api>()?;
        let (of, session) = (viewer(context)?.participant, session(context)?);
        let refused = |code: &'static str, error: &ChangePasswordError| {
            api.metrics.command("changePassword", code);
            Ok(ChangePasswordPayload::Refused(Refusal::new(code, error)))
        };
        match account::change_password(&api.ledger, &api.passwords, of, session, present, new).await {
            Ok(()) => {
                api.metrics.command("changePassword", "recorded");
                Ok(ChangePasswordPayload::Changed(PasswordChanged { participant_id: of.uuid() }))
            }
            Err(error @ ChangePasswordError::Wrong) => refused("WRONG_CREDENTIALS", &error),
            Err(error @ ChangePasswordError::Password(PasswordError::Length)) => refused("BAD_PASSWORD", &error),
            Err(error) => Err(fault::internal(context, &error)),
        }
    }
}
