//! The tokens that somebody has.

use stele_domain::{ParticipantId, Personal, ProjectId, StreamType};
use stele_ledger::{Ledger, StreamKey};
use uuid::Uuid;

use super::{
    LISTED_DAYS, Level, MAX_DAYS, MAX_NAME, MAX_TOKENS, NewToken, PersonalToken, PersonalTokenError, Scope, TokenRow,
    hash,
};

/// What a token's sealed name is called.
const PATH: &str = "access_token_name";

const fn stream(owner: ParticipantId) -> StreamKey {
    StreamKey { stream_type: StreamType::Participant, id: owner.uuid() }
}

/// Makes a token for somebody, and forgets those of theirs that have not worked for long.
pub(crate) async fn create(
    ledger: &Ledger,
    owner: ParticipantId,
    new: &NewToken,
) -> Result<(TokenRow, PersonalToken), PersonalTokenError> {
    let now = ledger.clock().now();
    let name = new.name.trim().to_owned();
    if !(1..=MAX_NAME).contains(&name.chars().count()) {
        return Err(PersonalTokenError::Name);
    }
    if new.expires_at <= now || new.expires_at > now.plus_seconds(MAX_DAYS * 24 * 60 * 60) {
        return Err(PersonalTokenError::Expiry);
    }
    let (id, token): (Uuid, _) = (ledger.mint().fresh(), PersonalToken::fresh(ledger.mint()));
    let mut sealed = Personal::clear(owner, name.clone());
    ledger.seal_personal(stream(owner), id, PATH, &mut sealed).await?;
    sqlx::query!(
        "delete from personal_access_token where ledger_id = $1 and participant_id = $2
            and least(revoked_at, expires_at) < $3::timestamptz - make_interval(days => $4)",
        ledger.id(),
        owner.uuid(),
        now.to_utc(),
        LISTED_DAYS
    )
    .execute(ledger.database().pool())
    .await?;
    let made = sqlx::query!(
        "insert into personal_access_token
            (ledger_id, token_id, participant_id, token_hash, name, level, project_id, created_at, expires_at)
        select $1, $2, $3, $4, $5, $6, $7::uuid, $8, $9 where $10 > (select count(*) from personal_access_token
            where ledger_id = $1 and participant_id = $3 and expires_at > $8 and revoked_at is null)",
        ledger.id(),
        id,
        owner.uuid(),
        &hash(ledger, &token.0)[..],
        serde_json::to_value(&sealed)?,
        new.scope.level.as_str(),
        new.scope.project.map(ProjectId::uuid),
        now.to_utc(),
        new.expires_at.to_utc(),
        MAX_TOKENS
    )
    .execute(ledger.database().pool())
    .await?;
    if made.rows_affected() == 0 {
        return Err(PersonalTokenError::TooMany);
    }
    let row = TokenRow {
        id,
        name: Some(name),
        scope: new.scope,
        created_at: now.to_utc(),
        expires_at: new.expires_at.to_utc(),
        last_used_at: None,
        revoked_at: None,
    };
    Ok((row, token))
}

/// Somebody's tokens, the newest first, with those that have stopped working.
pub(crate) async fn all(ledger: &Ledger, owner: ParticipantId) -> Result<Vec<TokenRow>, PersonalTokenError> {
    let rows = sqlx::query!(
        "select token_id, name, level, project_id, created_at, expires_at, last_used_at, revoked_at
        from personal_access_token where ledger_id = $1 and participant_id = $2 order by token_id desc",
        ledger.id(),
        owner.uuid()
    )
    .fetch_all(ledger.database().pool())
    .await?;
    let mut tokens = Vec::new();
    for row in rows {
        let mut name: Personal<String> = serde_json::from_value(row.name)?;
        ledger.open_personal(stream(owner), row.token_id, PATH, &mut name).await?;
        tokens.push(TokenRow {
            id: row.token_id,
            name: name.as_clear().cloned(),
            scope: Scope { level: Level::stored(&row.level), project: row.project_id.map(Into::into) },
            created_at: row.created_at,
            expires_at: row.expires_at,
            last_used_at: row.last_used_at,
            revoked_at: row.revoked_at,
        });
    }
    Ok(tokens)
}

/// Ends one of somebody's tokens, at once and for good; whether there is one of this id.
pub(crate) async fn revoke(ledger: &Ledger, owner: ParticipantId, id: Uuid) -> Result<bool, PersonalTokenError> {
    let revoked = sqlx::query!(
        "update personal_access_token set revoked_at = coalesce(revoked_at, $4)
        where ledger_id = $1 and participant_id = $2 and token_id = $3",
        ledger.id(),
        owner.uuid(),
        id,
        ledger.clock().now().to_utc()
    )
    .execute(ledger.database().pool())
    .await?;
    Ok(revoked.rows_affected() == 1)
}
