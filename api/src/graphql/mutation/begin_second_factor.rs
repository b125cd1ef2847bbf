//! `beginSecondFactor`: a secret for an authenticator.

use async_graphql::{Context, Object, Result, SimpleObject, Union};
use stele_domain::{ParticipantId, StreamType};
use stele_ledger::StreamKey;
use stele_projections::directory;

use crate::{
    Api,
    account::{Attempts, second_factor},
    graphql::{
        access::{ANYONE, Allow, viewer},
        fault,
        refusal::{Refusal, second_factor_refusal},
    },
};

/// An authenticator makes codes from it once it has been told. It counts when `confirmSecondFactor` was given one.
#[derive(SimpleObject)]
struct SecondFactorBegun {
    /// What an authenticator scans as a QR code: an `otpauth://` URI. It is shown this once.
    uri: String,
    /// The same secret to be typed, in base32.
    secret: String,
}

/// What came of it.
#[derive(Union)]
enum BeginSecondFactorPayload {
    Begun(SecondFactorBegun),
    Refused(Refusal),
}

#[derive(Default)]
pub(super) struct BeginSecondFactor;

#[Object]
impl BeginSecondFactor {
    /// Begins to enrol a second factor for the caller: codes that change twice a minute (TOTP). Begun again before it is
    /// confirmed, it gives another secret. It is no command: no event tells of it.
    #[graphql(guard = "Allow(ANYONE).in_session()", complexity = 500)]
    async fn begin_second_factor(&self, context: &Context<'_>, password: String) -> Result<BeginSecondFactorPayload> {
        let api = context.data::<Api>()?;
        let (attempts, of) = (context.data::<Attempts>()?, viewer(context)?.participant);
        match second_factor::begin(&api.ledger, &api.passwords, attempts, of, password).await {
            Ok(enrolment) => {
                api.metrics.command("beginSecondFactor", "recorded");
                let uri = enrolment.to_uri(&account_name(context, of).await?);
                let uri = uri.map_err(|error| fault::internal(context, &error))?;
                Ok(BeginSecondFactorPayload::Begun(SecondFactorBegun { uri, secret: enrolment.to_base32() }))
            }
            Err(error) => {
                let refusal = second_factor_refusal(context, "beginSecondFactor", &error)?;
                Ok(BeginSecondFactorPayload::Refused(refusal))
            }
        }
    }
}

/// What an authenticator calls the account: the address that its owner signs in with, or their id while no view knows it.
async fn account_name(context: &Context<'_>, of: ParticipantId) -> Result<String> {
    let ledger = &context.data::<Api>()?.ledger;
    let row = directory::participant(ledger, of).await.map_err(|error| fault::internal(context, &error))?;
    let Some((mut email, event)) = row.and_then(|row| Some((row.email?, row.registered_event))) else {
        return Ok(of.to_string());
    };
    let stream = StreamKey { stream_type: StreamType::Participant, id: of.uuid() };
    let opened = ledger.open_personal(stream, event, "email", &mut email).await;
    opened.map_err(|error| fault::internal(context, &error))?;
    Ok(email.as_clear().cloned().unwrap_or_else(|| of.to_string()))
}
