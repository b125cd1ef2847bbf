//! A personal access token, without its secret.

use async_graphql::{Enum, SimpleObject};
use chrono::{DateTime, Utc};
use stele_domain::ProjectId;
use uuid::Uuid;

use crate::account::personal_token::TokenRow;

/// What a personal access token may be used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(name = "AccessLevel", remote = "crate::account::Level")]
pub(in crate::graphql) enum AccessLevelEnum {
    /// Queries and subscriptions.
    Read,
    /// Mutations too.
    Write,
}

/// A personal access token. It does what its owner's roles allow, within its level and its project.
#[derive(SimpleObject)]
#[graphql(name = "AccessToken")]
pub(in crate::graphql) struct AccessTokenObject {
    /// Its id, which is no secret.
    id: Uuid,
    /// What its owner calls it; null once they have been erased.
    name: Option<String>,
    /// What it may be used for.
    level: AccessLevelEnum,
    /// The only project in which its owner's roles count; null if they count wherever they do.
    project_id: Option<Uuid>,
    /// When it was made.
    created_at: DateTime<Utc>,
    /// When it stops working.
    expires_at: DateTime<Utc>,
    /// When it was used last, to within a day; null if it was not.
    last_used_at: Option<DateTime<Utc>>,
    /// When it was revoked; null if it was not.
    revoked_at: Option<DateTime<Utc>>,
}

impl From<TokenRow> for AccessTokenObject {
    fn from(row: TokenRow) -> Self {
        Self {
            id: row.id,
            name: row.name,
            level: row.scope.level.into(),
            project_id: row.scope.project.map(ProjectId::uuid),
            created_at: row.created_at,
            expires_at: row.expires_at,
            last_used_at: row.last_used_at,
            revoked_at: row.revoked_at,
        }
    }
}
