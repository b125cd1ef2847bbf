//! The invitations that there are.

use chrono::{DateTime, Utc};
use stele_domain::{ParticipantId, Personal, participant::HeldRole};
use stele_ledger::Ledger;
use uuid::Uuid;

use super::InvitationError;

/// An invitation as those see it who may invite.
pub(crate) struct InvitationRow {
    pub(crate) id: Uuid,
    /// Its place among the others, in the order in which they were made.
    pub(crate) number: u64,
    /// Who they are once they have come.
    pub(crate) participant: ParticipantId,
    /// Where they can be reached.
    pub(crate) email: Personal<String>,
    /// What they may do once they have come.
    pub(crate) roles: Vec<HeldRole>,
    pub(crate) invited_by: Uuid,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) expires_at: DateTime<Utc>,
    pub(crate) used_at: Option<DateTime<Utc>>,
    pub(crate) revoked_at: Option<DateTime<Utc>>,
}

/// An invitation as it is stored.
struct Stored {
    id: Uuid,
    number: i64,
    participant_id: Uuid,
    email: serde_json::Value,
    roles: serde_json::Value,
    invited_by: Uuid,
    created_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
    used_at: Option<DateTime<Utc>>,
    revoked_at: Option<DateTime<Utc>>,
}

impl TryFrom<Stored> for InvitationRow {
    type Error = serde_json::Error;

    fn try_from(stored: Stored) -> Result<Self, Self::Error> {
        Ok(Self {
            id: stored.id,
            number: stored.number.cast_unsigned(),
            participant: stored.participant_id.into(),
            email: serde_json::from_value(stored.email)?,
            roles: serde_json::from_value(stored.roles)?,
            invited_by: stored.invited_by,
            created_at: stored.created_at,
            expires_at: stored.expires_at,
            used_at: stored.used_at,
            revoked_at: stored.revoked_at,
        })
    }
}

/// The invitations after one, in the order in which they were made.
pub(crate) async fn page(ledger: &Ledger, after: u64, limit: i64) -> Result<Vec<InvitationRow>, InvitationError> {
    let rows = sqlx::query_as!(
        Stored,
        "select invitation_id as id, number, participant_id, email, roles, invited_by, created_at, expires_at, used_at,
            revoked_at
        from invitation where ledger_id = $1 and number > $2 order by number limit $3",
        ledger.id(),
        i64::try_from(after).unwrap_or(i64::MAX),
        limit
    )
    .fetch_all(ledger.database().pool())
    .await?;
    Ok(rows.into_iter().map(TryInto::try_into).collect::<Result<_, _>>()?)
}

/// One invitation, if there is one of this id.
pub(crate) async fn find(ledger: &Ledger, id: Uuid) -> Result<Option<InvitationRow>, InvitationError> {
    let row = sqlx::query_as!(
        Stored,
        "select invitation_id as id, number, participant_id, email, roles, invited_by, created_at, expires_at, used_at,
            revoked_at
        from invitation where ledger_id = $1 and invitation_id = $2",
        ledger.id(),
        id
    )
    .fetch_optional(ledger.database().pool())
    .await?;
    Ok(row.map(TryInto::try_into).transpose()?)
}
