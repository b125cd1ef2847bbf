//! Commands given to a ledger, many at a time.

use std::{
    ops::Range,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use stele_ledger::{CommandContext, Fingerprint, Ledger};
use tokio::task::JoinSet;
use uuid::Uuid;

/// How many connections a ledger needs to take that many commands.
pub(crate) const CONNECTIONS: u32 = 12;
/// How many are under way at a time.
const AT_ONCE: usize = 64;

/// What every command comes with: a key of its own.
pub(crate) fn context(ledger: &Ledger) -> anyhow::Result<CommandContext> {
    let key: Uuid = ledger.mint().fresh();
    let (key, fingerprint) = (key.to_string().try_into()?, Fingerprint::of(b""));
    Ok(CommandContext { actor: None, key, fingerprint, occurred_at: None, correlation_id: None })
}

/// Does something for each number, many at a time.
pub(crate) async fn for_each<D, F>(numbers: Range<usize>, make: D) -> anyhow::Result<()>
where
    D: Fn(usize) -> F + Clone + Send + 'static,
    F: Future<Output = anyhow::Result<()>> + Send,
{
    let next = Arc::new(AtomicUsize::new(numbers.start));
    let mut workers = JoinSet::new();
    for _ in 0..AT_ONCE {
        let (make, next, end) = (make.clone(), Arc::clone(&next), numbers.end);
        workers.spawn(async move {
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= end {
                    return anyhow::Ok(());
                }
                make(number).await?;
            }
        });
    }
    while let Some(ended) = workers.join_next().await {
        ended??;
    }
    Ok(())
}
