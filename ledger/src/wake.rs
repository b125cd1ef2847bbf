//! How a reader learns that the ledger has grown: at once within the process, by notification across processes.

use std::{
    sync::{Arc, Weak},
    time::Duration,
};

use sqlx::postgres::PgListener;
use tokio::sync::watch;
use uuid::Uuid;

use crate::{Database, Position};

/// The channel on which every process announces appends.
const CHANNEL: &str = "stele_ledger";

/// At most one announcement in this time; a reader in another process is behind by no more than this.
const ANNOUNCE_EVERY: Duration = Duration::from_millis(20);

/// How long a process that lost its listening connection waits before it asks for another.
const LISTEN_AGAIN_AFTER: Duration = Duration::from_secs(1);

/// The newest position that this process knows of.
///
/// It is a hint: a reader that waits for it must also poll, as an announcement can be lost with a connection.
#[derive(Clone, Debug)]
pub(crate) struct Wake {
    newest: Arc<watch::Sender<Position>>,
}

impl Wake {
    pub(crate) fn start(database: Database, ledger_id: Uuid, newest: Position) -> Self {
        let wake = Self { newest: Arc::new(watch::Sender::new(newest)) };
        // the background tasks hold no sender, so that they end with the last ledger that does
        tokio::spawn(announce(database.clone(), ledger_id, wake.newest.subscribe()));
        tokio::spawn(listen(database, ledger_id, Arc::downgrade(&wake.newest)));
        wake
    }

    pub(crate) fn appended(&self, position: Position) {
        raise(&self.newest, position);
    }

    pub(crate) fn subscribe(&self) -> watch::Receiver<Position> {
        self.newest.subscribe()
    }
}

fn raise(newest: &watch::Sender<Position>, position: Position) {
    newest.send_if_modified(|known| {
        let grown = position > *known;
        *known = position.max(*known);
        grown
    });
}

/// Tells other processes. It runs after the commit and outside of it, as a notification inside would serialise
/// all commits of the cluster.
async fn announce(database: Database, ledger_id: Uuid, mut newest: watch::Receiver<Position>) {
    while newest.changed().await.is_ok() {
        let position = *newest.borrow_and_update();
        let message = format!("{ledger_id} {position}");
        if let Err(error) = sqlx::query!("select pg_notify($1, $2)", CHANNEL, message).execute(database.pool()).await
        {
            tracing::debug!(%error, "an announcement was lost; readers elsewhere will poll");
        }
        tokio::time::sleep(ANNOUNCE_EVERY).await;
    }
}

async fn listen(database: Database, ledger_id: Uuid, newest: Weak<watch::Sender<Position>>) {
    let mut closed = match newest.upgrade() {
        Some(sender) => sender.subscribe(),
        None => return,
    };
    while newest.upgrade().is_some() {
        let heard = async {
            let mut listener = PgListener::connect_with(database.pool()).await?;
            listener.listen(CHANNEL).await?;
            loop {
                let notification = listener.recv().await?;
                let Some(sender) = newest.upgrade() else { return Ok(()) };
                let position = notification.payload().split_once(' ').and_then(|(ledger, position)| {
                    let position: u64 = position.parse().ok()?;
                    (ledger.parse() == Ok(ledger_id)).then(|| Position::from(position))
                });
                if let Some(position) = position {
                    raise(&sender, position);
                }
            }
        };
        tokio::select! {
            outcome = heard => {
                let outcome: Result<(), sqlx::Error> = outcome;
                if let Err(error) = outcome {
                    tracing::debug!(%error, "not listening for announcements; readers poll");
                    tokio::time::sleep(LISTEN_AGAIN_AFTER).await;
                }
            }
            () = until_closed(&mut closed) => return,
        }
    }
}

async fn until_closed(receiver: &mut watch::Receiver<Position>) {
    while receiver.changed().await.is_ok() {}
}
