//! The second factor: time-based one-time passwords (TOTP, RFC 6238), and recovery codes for when the device is lost.
//!
//! Someone begins to enrol, and confirms it with a code; only then is the factor asked for. A code works once: the time step
//! of the last one is kept, and so is what is left of the recovery codes.

mod enrol;
mod proof;
mod recovery;
mod remove;
mod renew;
mod totp;

pub(crate) use enrol::{begin, confirm};
pub(super) use proof::{Proof, check, check_password, is_enrolled};
pub(crate) use recovery::RecoveryCode;
pub(crate) use remove::remove;
pub(crate) use renew::renew;

use chrono::{DateTime, Utc};
use stele_domain::ParticipantId;
use stele_ledger::{Ledger, SecretError};

use super::{CredentialError, PasswordError, TooMany};

/// What secrets are sealed for.
const PURPOSE: &str = "second factor";

/// Why a second factor was not enrolled, changed or checked.
#[derive(Debug, thiserror::Error)]
pub enum SecondFactorError {
    /// The password or the code is wrong; which of the two is not told.
    #[error("the password or the code is wrong")]
    Wrong,
    /// There were too many attempts.
    #[error(transparent)]
    TooMany(#[from] TooMany),
    /// There is one already.
    #[error("a second factor is enrolled; remove it to enrol another one")]
    Enrolled,
    /// There is none.
    #[error("no second factor is enrolled")]
    NotEnrolled,
    /// There is none to be confirmed, or it has been confirmed, or another one was begun since.
    #[error("there is no enrolment to confirm; begin one")]
    NotBegun,
    /// The password could not be checked.
    #[error(transparent)]
    Password(#[from] PasswordError),
    /// The credential could not be read.
    #[error(transparent)]
    Credential(#[from] CredentialError),
    /// The secret could not be sealed or opened.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// What is stored is no secret that codes could be made from.
    #[error("codes can't be made from the secret: {0:?}")]
    Totp(totp_rs::TotpError),
    /// The second factor could not be read or written.
    #[error("the second factor could not be read or written: {0}")]
    Sql(#[from] sqlx::Error),
}

/// What someone may know of their second factor.
pub(crate) struct Enrolled {
    /// Since when it is asked for.
    pub(crate) confirmed_at: DateTime<Utc>,
    /// How many recovery codes are left.
    pub(crate) recovery_codes: i64,
}

/// Someone's second factor, if they have one.
pub(crate) async fn find(ledger: &Ledger, participant: ParticipantId) -> Result<Option<Enrolled>, SecondFactorError> {
    let enrolled = sqlx::query_as!(
        Enrolled,
        r#"select confirmed_at as "confirmed_at!",
            (select count(*) from recovery_code where ledger_id = $1 and participant_id = $2) as "recovery_codes!"
        from second_factor where ledger_id = $1 and participant_id = $2 and confirmed_at is not null"#,
        ledger.id(),
        participant.uuid()
    )
    .fetch_optional(ledger.database().pool())
    .await?;
    Ok(enrolled)
}
