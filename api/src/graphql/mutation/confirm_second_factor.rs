//! `confirmSecondFactor`: a code that shows that the authenticator knows the secret.

use async_graphql::{Context, Object, Result, SimpleObject, Union};

use crate::{
    Api,
    account::second_factor::{self, RecoveryCode},
    graphql::{
        access::{ANYONE, Allow, session, viewer},
        refusal::{Refusal, second_factor_refusal},
    },
};

/// Each stands in once for a code of the authenticator.
#[derive(SimpleObject)]
pub(super) struct RecoveryCodes {
    /// The codes, for their owner to keep. They are shown this once.
    codes: Vec<String>,
}

impl From<Vec<RecoveryCode>> for RecoveryCodes {
    fn from(codes: Vec<RecoveryCode>) -> Self {
        Self { codes: codes.into_iter().map(RecoveryCode::reveal).collect() }
    }
}

/// What came of it.
#[derive(Union)]
enum ConfirmSecondFactorPayload {
    Confirmed(RecoveryCodes),
    Refused(Refusal),
}

#[derive(Default)]
pub(super) struct ConfirmSecondFactor;

#[Object]
impl ConfirmSecondFactor {
    /// Makes the second factor that was begun count from now on, and ends the caller's other sessions. It is no command: no
    /// event tells of it.
    #[graphql(guard = "Allow(ANYONE).in_session()")]
    async fn confirm_second_factor(&self, context: &Context<'_>, code: String) -> Result<ConfirmSecondFactorPayload> {
        let (api, viewer) = (context.data::<Api>()?, viewer(context)?);
        match second_factor::confirm(&api.ledger, viewer.participant, session(context)?, &code).await {
            Ok(codes) => {
                api.metrics.command("confirmSecondFactor", "recorded");
                Ok(ConfirmSecondFactorPayload::Confirmed(codes.into()))
            }
            Err(error) => {
                let refusal = second_factor_refusal(context, "confirmSecondFactor", &error)?;
                Ok(ConfirmSecondFactorPayload::Refused(refusal))
            }
        }
    }
}
