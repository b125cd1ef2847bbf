//! Who holds which role, in the whole workspace or in one project.

use sqlx::PgConnection;
use stele_domain::participant::HeldRole;
use uuid::Uuid;

use crate::ProjectionError;

pub(super) async fn grant(
    rows: &mut PgConnection,
    ledger_id: Uuid,
    participant_id: Uuid,
    held: HeldRole,
) -> Result<(), ProjectionError> {
    let role = held.role.as_str();
    if let Some(project) = held.project {
        sqlx::query!(
            "insert into directory_project_role (ledger_id, project_id, participant_id, role) values ($1, $2, $3, $4)
            on conflict do nothing",
            ledger_id,
            project.uuid(),
            participant_id,
            role
        )
        .execute(rows)
        .await?;
    } else {
        sqlx::query!(
            "update directory_participant
            set roles = array(select distinct role from unnest(roles || $3::text) as role order by role)
            where ledger_id = $1 and participant_id = $2",
            ledger_id,
            participant_id,
            role
        )
        .execute(rows)
        .await?;
    }
    Ok(())
}

pub(super) async fn revoke(
    rows: &mut PgConnection,
    ledger_id: Uuid,
    participant_id: Uuid,
    held: HeldRole,
) -> Result<(), ProjectionError> {
    let role = held.role.as_str();
    if let Some(project) = held.project {
        sqlx::query!(
            "delete from directory_project_role
            where ledger_id = $1 and project_id = $2 and participant_id = $3 and role = $4",
            ledger_id,
            project.uuid(),
            participant_id,
            role
        )
        .execute(rows)
        .await?;
    } else {
        sqlx::query!(
            "update directory_participant set roles = array_remove(roles, $3)
            where ledger_id = $1 and participant_id = $2",
            ledger_id,
            participant_id,
            role
        )
        .execute(rows)
        .await?;
    }
    Ok(())
}

/// Takes every project role of somebody's away.
pub(super) async fn forget(
    rows: &mut PgConnection,
    ledger_id: Uuid,
    participant_id: Uuid,
) -> Result<(), ProjectionError> {
    sqlx::query!(
        "delete from directory_project_role where ledger_id = $1 and participant_id = $2",
        ledger_id,
        participant_id
    )
    .execute(rows)
    .await?;
    Ok(())
}
