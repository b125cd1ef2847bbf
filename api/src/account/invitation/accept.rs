//! Accepting an invitation.
//!
//! The credential is made and the invitation used up in one transaction; then the person is recorded, by a command whose name
//! follows from the invitation. If the process dies in between, whoever knows both the token and the password that was chosen
//! completes it by accepting again.

use std::sync::Arc;

use stele_domain::{
    Aggregate, ParticipantId, Personal,
    participant::{HeldRole, Participant, ParticipantCommand, ParticipantKind},
};
use stele_ledger::{CommandContext, ExecuteError, Fingerprint, Ledger, SealError};
use uuid::Uuid;

use super::{INVITERS, InvitationError, PATH, hash, stream};
use crate::account::{
    LoginError, Passwords, Session, Tokens, credential, issue,
    session::{self, Shown},
};

/// What somebody accepts an invitation with.
pub(crate) struct Acceptance {
    /// The invitation's token.
    pub(crate) token: String,
    /// What they are called.
    pub(crate) name: String,
    /// What they sign in with from now on.
    pub(crate) password: String,
}

/// An invitation that may be accepted.
struct Invitation {
    id: Uuid,
    participant: ParticipantId,
    inviter: ParticipantId,
    email: Personal<String>,
    roles: Vec<HeldRole>,
    token_hash: [u8; 32],
    /// Whether it was accepted, and its credential made.
    is_used: bool,
}

/// Takes in whoever has an invitation's token, and signs them in.
pub(crate) async fn accept(
    ledger: &Ledger,
    passwords: &Arc<Passwords>,
    tokens: &Tokens,
    acceptance: Acceptance,
) -> Result<Session, InvitationError> {
    let invitation = find(ledger, &acceptance.token).await?.ok_or(InvitationError::Invalid)?;
    let participant = invitation.participant;
    let register = ParticipantCommand::Register {
        kind: ParticipantKind::Human,
        name: Personal::clear(participant, acceptance.name),
        email: Some(invitation.email.clone()),
        roles: invitation.roles.clone(),
    };
    // what would be refused anyway must not use the invitation up
    Participant::default().decide(&register)?;
    let password_hash = if invitation.is_used {
        chosen_before(ledger, passwords, participant, acceptance.password).await?
    } else {
        let hash = passwords.hash(acceptance.password, ledger.mint()).await?;
        use_up(ledger, &invitation, &hash).await?;
        hash
    };
    // the same at every retry: what somebody says at the first one counts
    let context = CommandContext {
        actor: Some(invitation.inviter),
        key: format!("invitation {}", invitation.id).try_into()?,
        fingerprint: Fingerprint::of(participant.uuid().as_bytes()),
        occurred_at: None,
        correlation_id: None,
    };
    match ledger.execute::<Participant>(participant.uuid(), &context, &register).await {
        Ok(_) => {}
        // erased before they came
        Err(ExecuteError::Seal(SealError::Erased(_))) => return Err(InvitationError::Invalid),
        Err(error) => return Err(InvitationError::Execute(Box::new(error))),
    }
    let begun = session::begin(ledger, participant, Shown::Password(&password_hash), None).await;
    let issued = match begun {
        Ok(begun) => issue(ledger, tokens, begun).await,
        // the password was changed or the person erased in the moment in between
        Err(LoginError::Wrong | LoginError::SecondFactorNeeded) => return Err(InvitationError::Invalid),
        Err(error) => Err(error),
    };
    issued.map_err(|error| InvitationError::Login(Box::new(error)))
}

/// The invitation of a token, if it may be accepted: it is open, and whoever invited still may; or it was used, and nobody was
/// taken in.
async fn find(ledger: &Ledger, token: &str) -> Result<Option<Invitation>, InvitationError> {
    let token_hash = hash(ledger, token);
    let found = sqlx::query!(
        r#"select invitation_id, participant_id, invited_by, email, roles, used_at is not null as "is_used!"
        from invitation where ledger_id = $1 and token_hash = $2 and revoked_at is null
            and (used_at is not null or expires_at > $3)"#,
        ledger.id(),
        &token_hash[..],
        ledger.clock().now().to_utc()
    )
    .fetch_optional(ledger.database().pool())
    .await?;
    let Some(found) = found else { return Ok(None) };
    let (participant, inviter) = (ParticipantId::from(found.participant_id), ParticipantId::from(found.invited_by));
    let (whoever_comes, _) = ledger.load::<Participant>(participant.uuid()).await?;
    let (whoever_invited, _) = ledger.load::<Participant>(inviter.uuid()).await?;
    if whoever_comes.is_registered() || !whoever_invited.roles().allow(INVITERS) {
        return Ok(None);
    }
    let mut email: Personal<String> = serde_json::from_value(found.email)?;
    ledger.open_personal(stream(participant), found.invitation_id, PATH, &mut email).await?;
    if email.is_erased() {
        return Ok(None);
    }
    let roles = serde_json::from_value(found.roles)?;
    let (id, is_used) = (found.invitation_id, found.is_used);
    Ok(Some(Invitation { id, participant, inviter, email, roles, token_hash, is_used }))
}

/// Uses an invitation up, and makes the credential of whoever comes: both, or neither.
async fn use_up(ledger: &Ledger, invitation: &Invitation, password_hash: &str) -> Result<(), InvitationError> {
    let now = ledger.clock().now().to_utc();
    let mut transaction = ledger.database().pool().begin().await?;
    // of two at a time, the second waits for the row, and finds it used
    let used = sqlx::query_scalar!(
        "update invitation set used_at = $4
        where ledger_id = $1 and invitation_id = $2 and token_hash = $3
            and used_at is null and revoked_at is null and expires_at > $4
        returning email_hash",
        ledger.id(),
        invitation.id,
        &invitation.token_hash[..],
        now
    )
    .fetch_optional(&mut *transaction)
    .await?;
    let email_hash = used.ok_or(InvitationError::Invalid)?;
    let made = sqlx::query!(
        "insert into credential (ledger_id, email_hash, participant_id, password_hash) values ($1, $2, $3, $4)
        on conflict do nothing",
        ledger.id(),
        email_hash,
        invitation.participant.uuid(),
        password_hash
    )
    .execute(&mut *transaction)
    .await?;
    if made.rows_affected() == 0 {
        return Err(InvitationError::EmailTaken);
    }
    transaction.commit().await?;
    Ok(())
}

/// The password of whoever accepted the invitation before and was not taken in, if this is it.
async fn chosen_before(
    ledger: &Ledger,
    passwords: &Arc<Passwords>,
    participant: ParticipantId,
    password: String,
) -> Result<String, InvitationError> {
    let stored = credential::password_of(ledger, participant).await?;
    let right = passwords.verify(password, stored.clone()).await?;
    stored.filter(|_| right).ok_or(InvitationError::Invalid)
}
