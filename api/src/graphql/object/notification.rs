//! Something that someone is told.

use async_graphql::{Enum, SimpleObject};
use chrono::{DateTime, Utc};
use stele_projections::notification::{NotificationKind, NotificationRow};
use uuid::Uuid;

use crate::graphql::position::PositionScalar;

/// What a notification is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "NotificationKind", name = "NotificationKind")]
pub(in crate::graphql) enum NotificationKindEnum {
    /// A reviewer judged an annotation of yours; the detail is `approved`, `rejected` or `changes_requested`.
    AnnotationReviewed,
    /// A lease of yours ran out before you answered.
    LeaseExpired,
    /// A task that you held or had annotated was revised: what you did counts no longer, and you may do it again. The
    /// annotation is named if you had given one.
    TaskRevised,
    /// You may do more; the detail is the role.
    RoleGranted,
    /// You may do less; the detail is the role.
    RoleRevoked,
    /// You were found able to do something; the detail is the skill.
    SkillGranted,
    /// You no longer count as able to do something; the detail is the skill.
    SkillRevoked,
    /// A project that you worked in has other guidelines; the detail is their version.
    GuidelinesRevised,
    /// A project that you worked in has another form; the detail is its version.
    FormRevised,
    /// A dataset was released; the detail is the release's version.
    DatasetReleased,
    /// A release was taken back; the detail is its version.
    ReleaseWithdrawn,
}

/// Something that someone is told. It refers to what happened, and copies no text.
#[derive(SimpleObject)]
#[graphql(name = "Notification")]
pub(in crate::graphql) struct NotificationObject {
    /// Where the event stands; pass it to `markNotificationsRead`.
    position: PositionScalar,
    /// What it is about.
    kind: NotificationKindEnum,
    /// The one word that tells more, as the kind says.
    detail: Option<String>,
    /// The project.
    project_id: Option<Uuid>,
    /// The task.
    task_id: Option<Uuid>,
    /// The annotation.
    annotation_id: Option<Uuid>,
    /// When it was recorded.
    recorded_at: DateTime<Utc>,
    /// Whether it has been read.
    read: bool,
}

impl From<NotificationRow> for NotificationObject {
    fn from(row: NotificationRow) -> Self {
        Self {
            position: PositionScalar(row.position),
            kind: row.kind.into(),
            detail: row.detail,
            project_id: row.project_id,
            task_id: row.task_id,
            annotation_id: row.annotation_id,
            recorded_at: row.recorded_at.to_utc(),
            read: row.read,
        }
    }
}
