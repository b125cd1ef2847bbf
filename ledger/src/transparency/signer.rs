//! Signing the tree as it grows, and nothing that contradicts what was signed before.

use std::time::Duration;

use stele_tlog::{Checkpoint, CheckpointError, Hash, Signer};
use tokio::time::Instant;

use super::{
    Anchor, AnchorError, TreeError,
    edge::{CompleteNode, Edge},
};
use crate::{DatabaseError, Ledger, Position};

/// The least time between two checkpoints; a change is signed within about this time.
const SPACING: Duration = Duration::from_millis(250);
/// How long a signer waits after a failure.
const AGAIN_AFTER: Duration = Duration::from_secs(1);
/// How often a signer that refuses says so.
const REMIND_EVERY: Duration = Duration::from_mins(1);

/// Signs a ledger's checkpoints.
pub struct LogSigner {
    pub(super) ledger: Ledger,
    pub(super) signer: Signer,
    pub(super) anchor: Anchor,
    /// The tree as of the last checkpoint, so that only what is new is read.
    edge: Option<Edge>,
}

/// Why a checkpoint was not signed.
#[derive(Debug, thiserror::Error)]
pub enum SignError {
    /// There is less history than was signed.
    #[error(
        "REFUSING TO SIGN: a history of {signed} events was signed, and the database has only {found}: it was restored \
        from an older backup, or events were removed; if that is as it should be, `stele recover` takes it up again"
    )]
    RolledBack {
        /// The size that was signed last.
        signed: u64,
        /// The size that the ledger has.
        found: u64,
    },
    /// There is another history than the one that was signed.
    #[error(
        "REFUSING TO SIGN: the first {signed} events are not those that were signed (root {signed_root}, now \
        {found_root}): the history was rewritten, or goes on from an older backup; `stele verify` tells more, and \
        `stele recover` takes up what goes on from a backup"
    )]
    Forked {
        /// The size that was signed last.
        signed: u64,
        /// The root that was signed, in hexadecimal.
        signed_root: String,
        /// The root that the same number of events has now.
        found_root: String,
    },
    /// The head's root is not that of the events.
    #[error(
        "REFUSING TO SIGN: the head of {size} events has another root than the events themselves; `stele verify` tells \
        more, and `stele recover` can't help, as only a sound backup can"
    )]
    BrokenHead {
        /// The ledger's size.
        size: u64,
    },
    /// The last checkpoint can't be read or kept.
    #[error(transparent)]
    Anchor(#[from] AnchorError),
    /// The tree can't be read.
    #[error(transparent)]
    Tree(#[from] TreeError),
    /// The head can't be read.
    #[error(transparent)]
    Head(#[from] DatabaseError),
    /// The ledger's name can't be a checkpoint's origin.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// The checkpoint can't be published.
    #[error("the checkpoint could not be published: {0}")]
    Publish(#[from] sqlx::Error),
}

impl SignError {
    /// Whether the history itself is why, so that trying again won't help.
    #[must_use]
    pub const fn is_refusal(&self) -> bool {
        matches!(self, Self::RolledBack { .. } | Self::Forked { .. } | Self::BrokenHead { .. })
    }
}

impl LogSigner {
    /// A signer of `ledger` whose key has the ledger's name; it keeps its last checkpoint in `anchor`.
    #[must_use]
    pub const fn new(ledger: Ledger, signer: Signer, anchor: Anchor) -> Self {
        Self { ledger, signer, anchor, edge: None }
    }

    /// Signs and publishes the history as it stands, unless it has been already; returns the newest checkpoint.
    pub async fn sign(&mut self) -> Result<Option<Checkpoint>, SignError> {
        let signed = self.last_signed().await?;
        // before the head: another server may append and publish in between
        let published = self.ledger.published().await.map_err(TreeError::from)?;
        let head = self.ledger.head().await?;
        let size = head.position().get();
        let signed_size = signed.as_ref().map_or(0, |(checkpoint, _)| checkpoint.size());
        if size < signed_size.max(published) {
            return Err(SignError::RolledBack { signed: signed_size.max(published), found: size });
        }
        let start = signed_size.min(published);
        let mut edge = match self.edge.take().filter(|edge| edge.size() == start) {
            Some(edge) => edge,
            None => self.ledger.edge_at(start).await?,
        };
        let mut complete = Vec::new();
        if let Some((checkpoint, _)) = &signed {
            self.grow(&mut edge, signed_size, &mut complete).await?;
            check_extension(checkpoint, edge.root())?;
        }
        if size == signed_size && size == published {
            self.edge = Some(edge);
            return Ok(signed.map(|(checkpoint, _)| checkpoint));
        }
        self.grow(&mut edge, size, &mut complete).await?;
        if edge.root() != Some(head.root()) {
            return Err(SignError::BrokenHead { size });
        }
        let checkpoint = Checkpoint::new(self.ledger.name(), size, head.root())?;
        let note = checkpoint.sign(&self.signer);
        // kept before anybody sees it: what has been seen must not be contradicted, even after a crash right here
        self.anchor.write(&note).await?;
        self.ledger.publish(size, &note, &complete).await?;
        self.edge = Some(edge);
        Ok(Some(checkpoint))
    }

    /// Signs whenever the ledger has grown, for as long as the future is polled.
    pub async fn run(mut self) {
        let mut reminded: Option<Instant> = None;
        loop {
            let began = Instant::now();
            match self.sign().await {
                Ok(newest) => {
                    if reminded.take().is_some() {
                        tracing::info!("checkpoints are signed again");
                    }
                    let size = newest.map_or(0, |checkpoint| checkpoint.size());
                    self.ledger.grown_beyond(Position::from(size)).await;
                    tokio::time::sleep_until(began + SPACING).await;
                }
                Err(error) => {
                    if reminded.is_none_or(|last| last.elapsed() >= REMIND_EVERY) {
                        tracing::error!(%error, refusal = error.is_refusal(), "no checkpoint was signed");
                        reminded = Some(Instant::now());
                    }
                    tokio::time::sleep(AGAIN_AFTER).await;
                }
            }
        }
    }

    /// The checkpoint in the anchor. Without an anchor, as on a new machine, it is the newest published one.
    async fn last_signed(&self) -> Result<Option<(Checkpoint, String)>, SignError> {
        if let Some(kept) = self.anchor.read(self.signer.verifier()).await? {
            return Ok(Some(kept));
        }
        let Some(note) = self.ledger.checkpoint().await.map_err(TreeError::from)? else { return Ok(None) };
        let checkpoint = Checkpoint::open(&note, self.signer.verifier())?;
        tracing::warn!(
            anchor = %self.anchor.path().display(),
            size = checkpoint.size(),
            "there is no checkpoint outside the database yet; the newest one inside is taken for the last signed"
        );
        Ok(Some((checkpoint, note)))
    }

    async fn grow(&self, edge: &mut Edge, size: u64, complete: &mut Vec<CompleteNode>) -> Result<(), TreeError> {
        self.ledger.grow(edge, size, |node| complete.push(node)).await
    }
}

fn check_extension(signed: &Checkpoint, found: Option<Hash>) -> Result<(), SignError> {
    if found == Some(signed.root()) {
        return Ok(());
    }
    Err(SignError::Forked {
        signed: signed.size(),
        signed_root: hex::encode(signed.root()),
        found_root: found.map_or_else(|| "none".to_owned(), hex::encode),
    })
}
