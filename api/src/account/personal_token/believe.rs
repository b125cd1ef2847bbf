//! Whom a token stands for.

use stele_domain::{ParticipantId, Timestamp};
use stele_ledger::Ledger;

use super::{Level, PREFIX, PersonalTokenError, Scope, hash};

/// Whom a token stands for, and what it may be used for.
pub(in crate::account) struct Believed {
    pub(in crate::account) participant: ParticipantId,
    pub(in crate::account) scope: Scope,
    pub(in crate::account) expires_at: Timestamp,
}

/// Whom a token stands for; `None` if it is none, or no longer. It is asked at every request, so a token stops when it is
/// revoked; and that it was used is written down once a day.
pub(in crate::account) async fn believed(
    ledger: &Ledger,
    token: &str,
) -> Result<Option<Believed>, PersonalTokenError> {
    if !token.starts_with(PREFIX) {
        return Ok(None);
    }
    let now = ledger.clock().now().to_utc();
    let row = sqlx::query!(
        r#"select token_id, participant_id, level, project_id, expires_at,
            last_used_at is null or last_used_at <= $3::timestamptz - interval '1 day' as "note_use!"
        from personal_access_token
        where ledger_id = $1 and token_hash = $2 and expires_at > $3 and revoked_at is null"#,
        ledger.id(),
        &hash(ledger, token)[..],
        now
    )
    .fetch_optional(ledger.database().pool())
    .await?;
    let Some(row) = row else { return Ok(None) };
    if row.note_use {
        sqlx::query!(
            "update personal_access_token set last_used_at = $3 where ledger_id = $1 and token_id = $2",
            ledger.id(),
            row.token_id,
            now
        )
        .execute(ledger.database().pool())
        .await?;
    }
    Ok(Some(Believed {
        participant: row.participant_id.into(),
        scope: Scope { level: Level::stored(&row.level), project: row.project_id.map(Into::into) },
        expires_at: row.expires_at.into(),
    }))
}
