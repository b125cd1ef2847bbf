//! Asking what people are told, and how far they have read.

use std::{collections::BTreeMap, str::FromStr};

use chrono::{DateTime, Utc};
use stele_domain::{ParticipantId, Timestamp};
use stele_ledger::{Ledger, Position};
use uuid::Uuid;

use crate::{ProjectionError, ViewName, directory::PageRequest};

/// What someone is told of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotificationKind {
    /// A reviewer judged an annotation of theirs; the detail is what became of it.
    AnnotationReviewed,
    /// A lease of theirs ran out before they answered.
    LeaseExpired,
    /// A task that they held or had annotated was revised: what they did counts no longer, and they may do it again.
    TaskRevised,
    /// They may do more; the detail is the role.
    RoleGranted,
    /// They may do less; the detail is the role.
    RoleRevoked,
    /// They were found able to do something; the detail is the skill.
    SkillGranted,
    /// They no longer count as able to do something; the detail is the skill.
    SkillRevoked,
    /// A project that they worked in has other guidelines; the detail is their version.
    GuidelinesRevised,
    /// A project that they worked in has another form; the detail is its version.
    FormRevised,
    /// A dataset was released; the detail is the release's version.
    DatasetReleased,
    /// A release was taken back; the detail is its version.
    ReleaseWithdrawn,
}

impl NotificationKind {
    /// Every kind.
    pub const ALL: [Self; 11] = [
        Self::AnnotationReviewed,
        Self::LeaseExpired,
        Self::TaskRevised,
        Self::RoleGranted,
        Self::RoleRevoked,
        Self::SkillGranted,
        Self::SkillRevoked,
        Self::GuidelinesRevised,
        Self::FormRevised,
        Self::DatasetReleased,
        Self::ReleaseWithdrawn,
    ];

    /// The kind as text.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AnnotationReviewed => "annotation_reviewed",
            Self::LeaseExpired => "lease_expired",
            Self::TaskRevised => "task_revised",
            Self::RoleGranted => "role_granted",
            Self::RoleRevoked => "role_revoked",
            Self::SkillGranted => "skill_granted",
            Self::SkillRevoked => "skill_revoked",
            Self::GuidelinesRevised => "guidelines_revised",
            Self::FormRevised => "form_revised",
            Self::DatasetReleased => "dataset_released",
            Self::ReleaseWithdrawn => "release_withdrawn",
        }
    }
}

impl FromStr for NotificationKind {
    type Err = ProjectionError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text).ok_or_else(|| ProjectionError::Damaged {
            view: ViewName::Notification,
            reason: format!("there is no kind `{text}`"),
        })
    }
}

/// Something that someone is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotificationRow {
    /// Where the event stands; pages are ordered by it, the newest first.
    pub position: Position,
    /// What it is about.
    pub kind: NotificationKind,
    /// The one word that tells more; see [`NotificationKind`].
    pub detail: Option<String>,
    /// The project.
    pub project_id: Option<Uuid>,
    /// The task.
    pub task_id: Option<Uuid>,
    /// The annotation.
    pub annotation_id: Option<Uuid>,
    /// When the event was recorded.
    pub recorded_at: Timestamp,
    /// Whether they have read it.
    pub read: bool,
}

/// What someone is told, the newest first: up to `page.limit` rows before `page.after`, or the newest if that is the start.
pub async fn notifications(
    ledger: &Ledger,
    of: ParticipantId,
    unread_only: bool,
    page: PageRequest,
) -> Result<Vec<NotificationRow>, ProjectionError> {
    let before = if page.after == Position::START { i64::MAX } else { page.after.get().cast_signed() };
    let rows = sqlx::query_as!(
        RawRow,
        r#"select notification.position, kind, detail, project_id, task_id, annotation_id, recorded_at,
            notification.position <= coalesce(mark.position, 0) as "read!"
        from notification
        left join notification_read as mark using (ledger_id, participant_id)
        where ledger_id = $1 and participant_id = $2 and notification.position < $3
            and (not $4 or notification.position > coalesce(mark.position, 0))
        order by notification.position desc
        limit $5"#,
        ledger.id(),
        of.uuid(),
        before,
        unread_only,
        page.limit
    )
    .fetch_all(ledger.database().pool())
    .await?;
    rows.into_iter().map(TryInto::try_into).collect()
}

struct RawRow {
    position: i64,
    kind: String,
    detail: Option<String>,
    project_id: Option<Uuid>,
    task_id: Option<Uuid>,
    annotation_id: Option<Uuid>,
    recorded_at: DateTime<Utc>,
    read: bool,
}

impl TryFrom<RawRow> for NotificationRow {
    type Error = ProjectionError;

    fn try_from(row: RawRow) -> Result<Self, ProjectionError> {
        Ok(Self {
            position: row.position.cast_unsigned().into(),
            kind: row.kind.parse()?,
            detail: row.detail,
            project_id: row.project_id,
            task_id: row.task_id,
            annotation_id: row.annotation_id,
            recorded_at: row.recorded_at.into(),
            read: row.read,
        })
    }
}

/// How much someone has not read yet.
pub async fn unread(ledger: &Ledger, of: ParticipantId) -> Result<u64, ProjectionError> {
    Ok(unread_of(ledger, &[of]).await?.get(&of).copied().unwrap_or(0))
}

/// How much each of some people has not read yet; whoever has read everything is left out.
pub async fn unread_of(
    ledger: &Ledger,
    people: &[ParticipantId],
) -> Result<BTreeMap<ParticipantId, u64>, ProjectionError> {
    let ids: Vec<Uuid> = people.iter().copied().map(ParticipantId::uuid).collect();
    let rows = sqlx::query!(
        r#"select participant_id, count(*) as "count!"
        from notification
        left join notification_read as mark using (ledger_id, participant_id)
        where ledger_id = $1 and participant_id = any($2) and notification.position > coalesce(mark.position, 0)
        group by participant_id"#,
        ledger.id(),
        &ids
    )
    .fetch_all(ledger.database().pool())
    .await?;
    Ok(rows.into_iter().map(|row| (row.participant_id.into(), row.count.cast_unsigned())).collect())
}

/// Who is told of something after one position and up to another.
pub async fn told_between(
    ledger: &Ledger,
    after: Position,
    up_to: Position,
) -> Result<Vec<ParticipantId>, ProjectionError> {
    let ids = sqlx::query_scalar!(
        "select distinct participant_id from notification where ledger_id = $1 and position > $2 and position <= $3",
        ledger.id(),
        after.get().cast_signed(),
        up_to.get().cast_signed()
    )
    .fetch_all(ledger.database().pool())
    .await?;
    Ok(ids.into_iter().map(Into::into).collect())
}

/// Takes note that someone has read everything up to a position. What was read stays read.
pub async fn mark_read(ledger: &Ledger, of: ParticipantId, up_to: Position) -> Result<(), ProjectionError> {
    sqlx::query!(
        "insert into notification_read (ledger_id, participant_id, position) values ($1, $2, $3)
        on conflict (ledger_id, participant_id) do update
        set position = greatest(notification_read.position, excluded.position)",
        ledger.id(),
        of.uuid(),
        up_to.get().cast_signed()
    )
    .execute(ledger.database().pool())
    .await?;
    Ok(())
}
