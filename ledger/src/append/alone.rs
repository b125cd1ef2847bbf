//! Appending past the sequencer, as part of a transaction of the caller's.

use std::{collections::HashMap, slice};

use sqlx::PgConnection;
use stele_domain::Timestamp;
use uuid::Uuid;

use super::{
    Append,
    batch::Pending,
    plan::plan,
    store::{self, Written},
};
use crate::{Head, Receipt};

/// Writes an append on top of `head`; `None` if the head, the stream or the key is not where it should be. Nothing is
/// durable before the caller's transaction is.
pub(crate) async fn append_within(
    transaction: &mut PgConnection,
    ledger_id: Uuid,
    head: &Head,
    now: Timestamp,
    append: Append,
) -> Result<Option<Receipt>, sqlx::Error> {
    // nobody waits for it: the caller tells what became of it
    let (pending, _) = Pending::new(append);
    let batch = slice::from_ref(&pending);
    let plan = plan(ledger_id, head, now, batch, &HashMap::new());
    match store::write(transaction, ledger_id, head, batch, &plan).await? {
        Written::All => Ok(plan.accepted.first().map(|accepted| accepted.receipt)),
        Written::HeadMoved | Written::Taken => Ok(None),
    }
}
