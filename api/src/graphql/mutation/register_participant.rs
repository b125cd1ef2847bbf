//! `registerParticipant`: take someone in.

use async_graphql::{Context, InputObject, Object, Result, SimpleObject, Union};
use stele_domain::participant::ParticipantKind;
use stele_ledger::ExecuteError;
use uuid::Uuid;

use super::{login::RoleEnum, or_refuse};
use crate::{
    Api,
    account::{self, PasswordError, RegisterError, Registration, RegistrationMode},
    graphql::{
        access::{ADMINS, Allow},
        command::Call,
        fault,
        position::Receipt,
        refusal::Refusal,
    },
};

/// Someone to take in.
#[derive(Clone, InputObject)]
struct RegisterParticipantInput {
    /// What they are called.
    name: String,
    /// Where they can be reached, and what they sign in with.
    email: String,
    /// What they sign in with: 12 to 256 characters.
    #[graphql(secret)]
    password: String,
    /// Whether it is a program and not a person.
    #[graphql(default)]
    machine: bool,
    /// What they may do.
    roles: Vec<RoleEnum>,
}

/// Someone was taken in.
#[derive(SimpleObject)]
struct ParticipantRegistered {
    /// Their id.
    participant_id: Uuid,
    receipt: Receipt,
}

/// What came of it.
#[derive(Union)]
enum RegisterParticipantPayload {
    Registered(ParticipantRegistered),
    Refused(Refusal),
}

#[derive(Default)]
pub(super) struct RegisterParticipant;

#[Object]
impl RegisterParticipant {
    /// Takes someone in: a program, and a person where that is switched on; people join by `inviteParticipant` otherwise.
    #[graphql(guard = "Allow(ADMINS).in_session()")]
    async fn register_participant(
        &self,
        context: &Context<'_>,
        input: RegisterParticipantInput,
        idempotency_key: String,
    ) -> Result<RegisterParticipantPayload> {
        let api = context.data::<Api>()?;
        if !input.machine && *context.data::<RegistrationMode>()? == RegistrationMode::Invitation {
            api.metrics.command("registerParticipant", "DIRECT_REGISTRATION_OFF");
            let reason = "people join by invitation here; see inviteParticipant";
            return Ok(RegisterParticipantPayload::Refused(Refusal::new("DIRECT_REGISTRATION_OFF", &reason)));
        }
        // the password stays out of the request's fingerprint: that is kept, and quicker to try than Argon2
        let compared = RegisterParticipantInput { password: String::new(), ..input.clone() };
        let call = Call::new(context, "registerParticipant", &idempotency_key, &compared)?;
        let call = or_refuse!(RegisterParticipantPayload, call);
        let registration = Registration {
            kind: if input.machine { ParticipantKind::Machine } else { ParticipantKind::Human },
            name: input.name,
            email: input.email,
            password: input.password,
            roles: input.roles.into_iter().map(Into::into).collect(),
        };
        let asked = call.context().clone();
        let registered =
            account::register(&api.ledger, &api.passwords, registration, asked.actor, asked.key, asked.fingerprint);
        let executed = match registered.await {
            Ok(executed) => Ok(executed),
            Err(RegisterError::Refused(refusal)) => Err(ExecuteError::Refused(refusal)),
            Err(RegisterError::Execute(error)) => Err(*error),
            Err(error @ RegisterError::EmailTaken) => {
                return Ok(RegisterParticipantPayload::Refused(Refusal::new("EMAIL_TAKEN", &error)));
            }
            Err(RegisterError::Password(error @ PasswordError::Length)) => {
                return Ok(RegisterParticipantPayload::Refused(Refusal::new("BAD_PASSWORD", &error)));
            }
            Err(error) => return Err(fault::internal(context, &error)),
        };
        let done = or_refuse!(RegisterParticipantPayload, call.outcome(context, executed)?);
        Ok(RegisterParticipantPayload::Registered(ParticipantRegistered {
            participant_id: done.receipt.stream.id,
            receipt: done.receipt.into(),
        }))
    }
}
