//! Verifying a ledger in its database.

mod node;
mod page;
mod stray;

use sqlx::{Connection, PgConnection, postgres::PgConnectOptions};
use tokio::task::{JoinHandle, spawn_blocking};
use uuid::Uuid;

pub(crate) use page::{Page, Reader, Row};

use crate::{
    audit::{Audit, Options},
    digest::{Digested, Done, on_every_core},
    error::VerifyError,
    head::StoredHead,
    report::Report,
};

/// Connects to a database and opens one snapshot of it, in which nothing can be written.
pub async fn open_snapshot(options: &PgConnectOptions) -> Result<PgConnection, VerifyError> {
    let mut connection = PgConnection::connect_with(&options.clone().application_name("stele verify")).await?;
    sqlx::query!("begin isolation level repeatable read, read only").execute(&mut connection).await?;
    Ok(connection)
}

/// Verifies the ledger of this name from what the connection sees, which should be one snapshot.
///
/// `progress` is told positions as they have been checked.
pub async fn verify_ledger(
    connection: &mut PgConnection,
    ledger: &str,
    options: &Options,
    progress: impl Fn(u64),
) -> Result<Report, VerifyError> {
    let ledger_id = ledger_id(connection, ledger).await?;
    let mut audit = Audit::new(ledger_id, ledger, options)?;
    let nodes = node::Nodes::of(connection, ledger_id).await?;
    let mut reader = Reader::new(ledger_id);
    let mut digesting: Option<JoinHandle<Done<Item>>> = None;
    loop {
        // the next page is read and then digested while this one is checked
        let page = reader.next(connection).await?;
        let next = page.map(|page| spawn_blocking(move || digest(ledger_id, page)));
        let is_last = next.is_none();
        if let Some(digested) = std::mem::replace(&mut digesting, next) {
            for item in digested.await? {
                match item {
                    Item::Event(event) => audit.event(&event)?,
                    Item::Checkpoint(checkpoint) => audit.checkpoint(&checkpoint),
                }
            }
            nodes.check(connection, &mut audit).await?;
            progress(audit.position());
        }
        if is_last {
            break;
        }
    }
    nodes.check_surplus(connection, &mut audit).await?;
    stray::check(connection, &mut audit).await?;
    let head = head(connection, ledger_id).await?;
    if head.is_none() {
        audit.findings.tampered(None, "ledger_head.ledger_id", "the ledger has no head");
    }
    Ok(audit.finish(head.as_ref())?)
}

enum Item {
    Event(Digested),
    Checkpoint(crate::checkpoint::StoredCheckpoint),
}

fn digest(ledger_id: Uuid, page: Page) -> Done<Item> {
    on_every_core(ledger_id, page, |digester, row| match row {
        Row::Event(event) => Item::Event(digester.digest(&event)),
        Row::Checkpoint(checkpoint) => Item::Checkpoint(checkpoint),
    })
}

/// The id of the ledger of this name.
pub(crate) async fn ledger_id(connection: &mut PgConnection, ledger: &str) -> Result<Uuid, VerifyError> {
    let id = sqlx::query_scalar!("select ledger_id from ledger where name = $1", ledger);
    id.fetch_optional(connection).await?.ok_or_else(|| VerifyError::NoLedger(ledger.to_owned()))
}

/// The ledger's head, if it has one.
pub(crate) async fn head(connection: &mut PgConnection, ledger_id: Uuid) -> Result<Option<StoredHead>, VerifyError> {
    let head = sqlx::query_as!(
        StoredHead,
        r#"select size, epoch, recorded_at as "recorded_at: crate::Instant", frontier from ledger_head
        where ledger_id = $1"#,
        ledger_id
    );
    Ok(head.fetch_optional(connection).await?)
}
