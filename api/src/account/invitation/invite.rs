//! Inviting somebody.

use chrono::{DateTime, Utc};
use stele_domain::{
    Aggregate, ParticipantId, Personal,
    participant::{HeldRole, Participant, ParticipantCommand, ParticipantKind},
};
use stele_ledger::Ledger;
use uuid::Uuid;

use super::{InvitationError, InvitationRow, InvitationToken, MAX_HOURS, PATH, find, hash, stream};
use crate::account::credential;

/// Somebody to invite.
pub(crate) struct NewInvitation {
    /// Where they can be reached, and what they will sign in with.
    pub(crate) email: String,
    /// What they may do once they have come, and where.
    pub(crate) roles: Vec<HeldRole>,
    /// How long it is good for.
    pub(crate) hours: u32,
}

/// Invites somebody; the invitation, and its token. An open invitation for the same address gets the new token, roles and
/// end in place of its own.
pub(crate) async fn invite(
    ledger: &Ledger,
    inviter: ParticipantId,
    new: NewInvitation,
) -> Result<(InvitationRow, InvitationToken), InvitationError> {
    if !(1..=MAX_HOURS).contains(&new.hours) {
        return Err(InvitationError::Expiry);
    }
    let (id, participant): (Uuid, ParticipantId) = (ledger.mint().fresh(), ledger.mint().fresh());
    let email = Personal::clear(participant, new.email.trim().to_owned());
    // what would be refused when they come, whatever they are called, is refused now
    Participant::default().decide(&ParticipantCommand::Register {
        kind: ParticipantKind::Human,
        name: Personal::clear(participant, "somebody".to_owned()),
        email: Some(email.clone()),
        roles: new.roles.clone(),
    })?;
    if credential::find(ledger, &new.email).await?.is_some() {
        return Err(InvitationError::EmailTaken);
    }
    let (token, now) = (InvitationToken::fresh(ledger.mint()), ledger.clock().now());
    let open = Open {
        token_hash: hash(ledger, &token.0),
        email_hash: credential::email_hash(ledger, &new.email),
        roles: serde_json::to_value(&new.roles)?,
        inviter,
        created_at: now.to_utc(),
        expires_at: now.plus_seconds(new.hours * 60 * 60).to_utc(),
    };
    // of two that invite one address at a time, the second finds the invitation of the first, unless it is used meanwhile
    let id = loop {
        if let Some(id) = open.renew(ledger).await? {
            break id;
        }
        let mut sealed = email.clone();
        ledger.seal_personal(stream(participant), id, PATH, &mut sealed).await?;
        if open.insert(ledger, id, participant, &sealed).await? {
            break id;
        }
    };
    Ok((find(ledger, id).await?.ok_or(InvitationError::NotFound)?, token))
}

/// What is stored of an open invitation.
struct Open {
    token_hash: [u8; 32],
    email_hash: [u8; 32],
    roles: serde_json::Value,
    inviter: ParticipantId,
    created_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
}

impl Open {
    /// Puts it in place of the open invitation for the address, if there is one; which that is.
    async fn renew(&self, ledger: &Ledger) -> Result<Option<Uuid>, sqlx::Error> {
        sqlx::query_scalar!(
            "update invitation set token_hash = $3, roles = $4, invited_by = $5, created_at = $6, expires_at = $7
            where ledger_id = $1 and email_hash = $2 and used_at is null and revoked_at is null
            returning invitation_id",
            ledger.id(),
            &self.email_hash[..],
            &self.token_hash[..],
            self.roles,
            self.inviter.uuid(),
            self.created_at,
            self.expires_at
        )
        .fetch_optional(ledger.database().pool())
        .await
    }

    /// Keeps it; whether there was no other one for the address.
    async fn insert(
        &self,
        ledger: &Ledger,
        id: Uuid,
        participant: ParticipantId,
        email: &Personal<String>,
    ) -> Result<bool, InvitationError> {
        let inserted = sqlx::query!(
            "insert into invitation (ledger_id, invitation_id, participant_id, token_hash, email_hash, email, roles,
                invited_by, created_at, expires_at)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
            on conflict (ledger_id, email_hash) where used_at is null and revoked_at is null do nothing",
            ledger.id(),
            id,
            participant.uuid(),
            &self.token_hash[..],
            &self.email_hash[..],
            serde_json::to_value(email)?,
            self.roles,
            self.inviter.uuid(),
            self.created_at,
            self.expires_at
        )
        .execute(ledger.database().pool())
        .await?;
        Ok(inserted.rows_affected() == 1)
    }
}
