//! Recovery codes: each stands in for a code once.

use std::fmt;

use sqlx::PgConnection;
use stele_domain::ParticipantId;
use stele_ledger::{Ledger, Mint};
use totp_rs::Secret;

/// How many someone is given.
const CODES: usize = 10;

/// How many random bytes one is made of: 80 bits, that nobody guesses. So a fast hash of it is enough.
const BYTES: usize = 10;

/// A recovery code. It can't be printed.
#[derive(Clone)]
pub(crate) struct RecoveryCode(String);

impl RecoveryCode {
    fn fresh(mint: &Mint) -> Self {
        let letters = Secret::from(mint.secret()[..BYTES].to_vec()).to_base32();
        let groups: Vec<&[u8]> = letters.as_bytes().chunks(4).collect();
        Self(String::from_utf8_lossy(&groups.join(&b'-')).into_owned())
    }

    /// The text to give to its owner, and to nobody else: `ABCD-EFGH-IJKL-MNOP`.
    pub(crate) fn reveal(self) -> String {
        self.0
    }
}

impl fmt::Debug for RecoveryCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RecoveryCode(<secret>)")
    }
}

/// What is kept of a code. It is the same however the letters are written and grouped.
pub(super) fn hash(ledger: &Ledger, participant: ParticipantId, code: &str) -> [u8; 32] {
    let letters: String = code.chars().filter(char::is_ascii_alphanumeric).collect();
    ledger.mint().pseudonym("recovery code", &[&participant.to_string(), &letters.to_ascii_uppercase()])
}

/// Gives someone new codes in place of what is left of those before.
pub(super) async fn replace(
    ledger: &Ledger,
    participant: ParticipantId,
    transaction: &mut PgConnection,
) -> Result<Vec<RecoveryCode>, sqlx::Error> {
    let codes: Vec<RecoveryCode> = (0..CODES).map(|_| RecoveryCode::fresh(ledger.mint())).collect();
    let hashes: Vec<Vec<u8>> = codes.iter().map(|code| hash(ledger, participant, &code.0).to_vec()).collect();
    sqlx::query!(
        "delete from recovery_code where ledger_id = $1 and participant_id = $2",
        ledger.id(),
        participant.uuid()
    )
    .execute(&mut *transaction)
    .await?;
    sqlx::query!(
        "insert into recovery_code (ledger_id, participant_id, code_hash) select $1, $2, unnest($3::bytea[])",
        ledger.id(),
        participant.uuid(),
        &hashes
    )
    .execute(&mut *transaction)
    .await?;
    Ok(codes)
}
