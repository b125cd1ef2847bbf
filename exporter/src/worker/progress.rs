//! How far the making of a release has come, for those who wait for it.

use stele_domain::ReleaseRequestId;
use stele_ledger::Ledger;

use crate::Progress;

/// Notes how far it has come, and that somebody is at it.
pub(super) async fn note(ledger: &Ledger, request: ReleaseRequestId, progress: Progress) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into release_progress (ledger_id, request_id, read, total, updated_at) values ($1, $2, $3, $4, $5)
        on conflict (ledger_id, request_id) do update
        set read = excluded.read, total = excluded.total, updated_at = excluded.updated_at",
        ledger.id(),
        request.uuid(),
        progress.read.cast_signed(),
        progress.total.cast_signed(),
        ledger.clock().now().to_utc()
    )
    .execute(ledger.database().pool())
    .await?;
    Ok(())
}

/// Nobody is at it any more.
pub(super) async fn forget(ledger: &Ledger, request: ReleaseRequestId) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "delete from release_progress where ledger_id = $1 and request_id = $2",
        ledger.id(),
        request.uuid()
    )
    .execute(ledger.database().pool())
    .await?;
    Ok(())
}

/// Forgets what workers have left behind whose requests no longer wait.
pub(super) async fn forget_old(ledger: &Ledger) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "delete from release_progress where ledger_id = $1 and updated_at < $2::timestamptz - interval '1 hour'",
        ledger.id(),
        ledger.clock().now().to_utc()
    )
    .execute(ledger.database().pool())
    .await?;
    Ok(())
}
