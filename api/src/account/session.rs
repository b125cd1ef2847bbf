//! Sessions: a sign-in that outlives its access tokens, until it is ended.
//!
//! A session has one refresh token at a time. It is exchanged for the next one, once: presented again, somebody else
//! has it too, and as nobody can tell who of them is the thief, the session ends for both (RFC 9700 §4.14.2).

use std::{collections::HashSet, fmt};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use stele_domain::{ParticipantId, Timestamp};
use stele_ledger::{Ledger, Mint, Statement};
use uuid::Uuid;

use super::{
    LoginError,
    second_factor::{Proof, is_enrolled},
};

/// How long a session lasts from its sign-in, in seconds: 30 days, however often it is refreshed.
const LIFETIME: u32 = 30 * 24 * 60 * 60;

/// A session's id, as access tokens carry it (`sid`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SessionId(Uuid);

impl SessionId {
    /// The id itself.
    #[must_use]
    pub const fn uuid(self) -> Uuid {
        self.0
    }
}

impl From<Uuid> for SessionId {
    fn from(id: Uuid) -> Self {
        Self(id)
    }
}

/// 256 random bits that stand for a session until they are exchanged. It can't be printed.
#[derive(Clone)]
pub struct RefreshToken(String);

impl RefreshToken {
    fn fresh(mint: &Mint) -> Self {
        Self(URL_SAFE_NO_PAD.encode(mint.secret()))
    }

    /// The text to give to whoever signed in, and to nobody else.
    #[must_use]
    pub fn reveal(self) -> String {
        self.0
    }
}

impl fmt::Debug for RefreshToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RefreshToken(<secret>)")
    }
}

/// The session could not be read or written.
#[derive(Debug, thiserror::Error)]
#[error("the session could not be read or written: {0}")]
pub struct SessionError(#[from] sqlx::Error);

impl From<sqlx::Error> for LoginError {
    fn from(error: sqlx::Error) -> Self {
        Self::Session(SessionError(error))
    }
}

/// A session that has just begun or been refreshed.
pub(super) struct Begun {
    pub(super) id: SessionId,
    pub(super) participant: ParticipantId,
    pub(super) refresh_token: RefreshToken,
    pub(super) ends_at: Timestamp,
}

fn hash(ledger: &Ledger, token: &str) -> [u8; 32] {
    ledger.mint().pseudonym("refresh token", &[token])
}

/// What somebody has shown to sign in, as it is stored.
#[derive(Clone, Copy)]
pub(super) enum Shown<'a> {
    /// The password of this hash.
    Password(&'a str),
    /// The external identity of this keyed hash.
    Identity(&'a [u8; 32]),
}

/// Begins a session for someone whose password or external identity was just checked, and their code, which is used up. It is
/// not begun if what they showed is no longer theirs, or the code is of no use, or they have a second factor and showed no
/// code.
pub(super) async fn begin(
    ledger: &Ledger,
    participant: ParticipantId,
    shown: Shown<'_>,
    proof: Option<&Proof>,
) -> Result<Begun, LoginError> {
    let (id, now): (SessionId, _) = (ledger.mint().fresh(), ledger.clock().now());
    let (refresh_token, ends_at) = (RefreshToken::fresh(ledger.mint()), now.plus_seconds(LIFETIME));
    let mut transaction = ledger.database().pool().begin().await?;
    if !still_holds(ledger, participant, shown, &mut transaction).await? {
        return Err(LoginError::Wrong);
    }
    sqlx::query!(
        "insert into session (ledger_id, session_id, participant_id, started_at, ends_at) values ($1, $2, $3, $4, $5)",
        ledger.id(),
        id.uuid(),
        participant.uuid(),
        now.to_utc(),
        ends_at.to_utc()
    )
    .execute(&mut *transaction)
    .await?;
    match proof {
        Some(proof) if proof.use_up(ledger, &mut transaction).await? => {}
        Some(_) => return Err(LoginError::Wrong),
        None if !is_enrolled(ledger, participant, &mut transaction).await? => {}
        None => return Err(LoginError::SecondFactorNeeded),
    }
    sqlx::query!(
        "insert into refresh_token (ledger_id, token_hash, session_id) values ($1, $2, $3)",
        ledger.id(),
        &hash(ledger, &refresh_token.0)[..],
        id.uuid()
    )
    .execute(&mut *transaction)
    .await?;
    sqlx::query!(
        "delete from session where ledger_id = $1 and participant_id = $2 and ends_at <= $3",
        ledger.id(),
        participant.uuid(),
        now.to_utc()
    )
    .execute(&mut *transaction)
    .await?;
    transaction.commit().await?;
    Ok(Begun { id, participant, refresh_token, ends_at })
}

/// Whether somebody can still sign in with what they have shown. The lock lets a change of it or of the second factor come
/// before or after, and end the session that is begun if it is after.
async fn still_holds(
    ledger: &Ledger,
    participant: ParticipantId,
    shown: Shown<'_>,
    transaction: &mut PgConnection,
) -> Result<bool, sqlx::Error> {
    let held = match shown {
        Shown::Password(hash) => {
            let held = sqlx::query_scalar!(
                "select participant_id from credential
                where ledger_id = $1 and participant_id = $2 and password_hash = $3 for share",
                ledger.id(),
                participant.uuid(),
                hash
            );
            held.fetch_optional(transaction).await?
        }
        Shown::Identity(hash) => {
            let held = sqlx::query_scalar!(
                "select participant_id from credential join external_identity using (ledger_id, participant_id)
                where ledger_id = $1 and participant_id = $2 and identity_hash = $3 for share",
                ledger.id(),
                participant.uuid(),
                &hash[..]
            );
            held.fetch_optional(transaction).await?
        }
    };
    Ok(held.is_some())
}

/// Exchanges a refresh token for the next one; `None` if no session has it, or none any longer. A token that was
/// exchanged before ends its session.
pub(super) async fn refresh(ledger: &Ledger, token: &str) -> Result<Option<Begun>, SessionError> {
    let (hashed, now) = (hash(ledger, token), ledger.clock().now());
    let mut transaction = ledger.database().pool().begin().await?;
    // whoever holds the session's row decides alone
    let session = sqlx::query!(
        "select session_id, participant_id, ends_at from session join refresh_token using (ledger_id, session_id)
        where ledger_id = $1 and token_hash = $2 and ends_at > $3 for update of session",
        ledger.id(),
        &hashed[..],
        now.to_utc()
    )
    .fetch_optional(&mut *transaction)
    .await?;
    let Some(session) = session else { return Ok(None) };
    let rotated = sqlx::query!(
        "update refresh_token set rotated_at = $3 where ledger_id = $1 and token_hash = $2 and rotated_at is null",
        ledger.id(),
        &hashed[..],
        now.to_utc()
    )
    .execute(&mut *transaction)
    .await?;
    if rotated.rows_affected() == 0 {
        sqlx::query!("delete from session where ledger_id = $1 and session_id = $2", ledger.id(), session.session_id)
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        tracing::warn!(session = %session.session_id, "a refresh token was used twice; its session has been ended");
        return Ok(None);
    }
    let refresh_token = RefreshToken::fresh(ledger.mint());
    sqlx::query!(
        "insert into refresh_token (ledger_id, token_hash, session_id) values ($1, $2, $3)",
        ledger.id(),
        &hash(ledger, &refresh_token.0)[..],
        session.session_id
    )
    .execute(&mut *transaction)
    .await?;
    transaction.commit().await?;
    let (id, participant) = (session.session_id.into(), session.participant_id.into());
    Ok(Some(Begun { id, participant, refresh_token, ends_at: session.ends_at.into() }))
}

/// Asks whether sessions go on.
pub(crate) struct Lives {
    ledger: Ledger,
}

impl Lives {
    pub(crate) const fn of(ledger: Ledger) -> Self {
        Self { ledger }
    }
}

impl Statement for Lives {
    /// A session, and whose it is said to be.
    type Input = (ParticipantId, SessionId);
    /// Whether it goes on. It does not outlive its owner's credential, on which its row depends.
    type Output = bool;

    async fn run(
        &self,
        connection: &mut PgConnection,
        keys: &[(ParticipantId, SessionId)],
    ) -> Result<Vec<bool>, sqlx::Error> {
        let sessions: Vec<Uuid> = keys.iter().map(|(_, session)| session.uuid()).collect();
        let rows = sqlx::query!(
            "select participant_id, session_id from session
            where ledger_id = $1 and session_id = any($2) and ends_at > $3",
            self.ledger.id(),
            &sessions,
            self.ledger.clock().now().to_utc()
        )
        .fetch_all(connection)
        .await?;
        let live: HashSet<(ParticipantId, SessionId)> =
            rows.into_iter().map(|row| (row.participant_id.into(), row.session_id.into())).collect();
        Ok(keys.iter().map(|key| live.contains(key)).collect())
    }
}

/// Ends a session: its access tokens stop at once.
pub(crate) async fn end(ledger: &Ledger, session: SessionId) -> Result<(), SessionError> {
    sqlx::query!("delete from session where ledger_id = $1 and session_id = $2", ledger.id(), session.uuid())
        .execute(ledger.database().pool())
        .await?;
    Ok(())
}

/// Ends all of someone's sessions; how many there were.
pub(crate) async fn end_all(ledger: &Ledger, participant: ParticipantId) -> Result<u64, SessionError> {
    let ended = sqlx::query!(
        "delete from session where ledger_id = $1 and participant_id = $2",
        ledger.id(),
        participant.uuid()
    )
    .execute(ledger.database().pool())
    .await?;
    Ok(ended.rows_affected())
}
