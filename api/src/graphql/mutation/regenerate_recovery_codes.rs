//! `regenerateRecoveryCodes`: other recovery codes.

use async_graphql::{Context, Object, Result, Union};

use super::confirm_second_factor::RecoveryCodes;
use crate::{
    Api,
    account::{Attempts, second_factor},
    graphql::{
        access::{ANYONE, Allow, viewer},
        refusal::{Refusal, second_factor_refusal},
    },
};

/// What came of it.
#[derive(Union)]
enum RegenerateRecoveryCodesPayload {
    Regenerated(RecoveryCodes),
    Refused(Refusal),
}

#[derive(Default)]
pub(super) struct RegenerateRecoveryCodes;

#[Object]
impl RegenerateRecoveryCodes {
    /// Gives the caller ten recovery codes in place of what is left of those before. It takes their password, and a code of
    /// the authenticator or a recovery code. It is no command: no event tells of it.
    #[graphql(guard = "Allow(ANYONE).in_session()", complexity = 500)]
    async fn regenerate_recovery_codes(
        &self,
        context: &Context<'_>,
        password: String,
        code: String,
    ) -> Result<RegenerateRecoveryCodesPayload> {
        let api = context.data::<Api>()?;
        let (attempts, of) = (context.data::<Attempts>()?, viewer(context)?.participant);
        match second_factor::renew(&api.ledger, &api.passwords, attempts, of, password, &code).await {
            Ok(codes) => {
                api.metrics.command("regenerateRecoveryCodes", "recorded");
                Ok(RegenerateRecoveryCodesPayload::Regenerated(codes.into()))
            }
            Err(error) => {
                let refusal = second_factor_refusal(context, "regenerateRecoveryCodes", &error)?;
                Ok(RegenerateRecoveryCodesPayload::Refused(refusal))
            }
        }
    }
}
