//! Taking a history up again that does not continue what was signed: after a restore from a backup, above all.
//!
//! The new epoch and the event that tells of it are one transaction, and only then does the checkpoint outside the
//! database follow. So a recovery that broke off has either not begun, or left the event behind: the next one finds it
//! there and does the rest.

use std::collections::{BTreeMap, BTreeSet};

use sqlx::{Connection, PgConnection, postgres::PgConnectOptions};
use stele_domain::{
    Aggregate, Event,
    history::{History, HistoryCommand, HistoryEvent, HistoryRefusal, TreeHead},
};
use stele_tlog::{Checkpoint, CheckpointError};
use uuid::Uuid;

use super::{AnchorError, LogSigner, SignError, TreeError, edge::Edge};
use crate::{
    Append, DatabaseError, Expected, Fingerprint, Head, IdempotencyKeyError, LoadError, Metadata, NewEvent, Position,
    StreamKey, append, head,
};

/// How a history stands to what was signed last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It goes on from there: there is nothing to recover.
    Continues,
    /// It does not, or nothing tells, as no checkpoint was kept.
    Departs,
    /// It does not, and has been taken up again by the event at this position: what was kept is yet to follow.
    TakenUp(Position),
}

/// What was signed last, and what is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Assessment {
    /// The tree of the last signed checkpoint; `None` if none is kept outside the database.
    pub last_signed: Option<TreeHead>,
    /// The tree of so many events as there is now; `None` if there are fewer, or nothing was kept.
    pub in_its_place: Option<TreeHead>,
    /// The whole tree.
    pub found: TreeHead,
    /// How the two go together.
    pub standing: Standing,
}

/// A history that has been taken up again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recovered {
    /// Where the event that tells of it stands.
    pub position: Position,
    /// The checkpoint that is now the last signed one.
    pub checkpoint: Checkpoint,
}

/// Why a history was not taken up again.
#[derive(Debug, thiserror::Error)]
pub enum RecoverError {
    /// It continues what was signed.
    #[error("the history goes on from the last signed checkpoint: there is nothing to recover")]
    Continues,
    /// There is no one history that could be taken up.
    #[error("the rows contradict each other: {0}; `stele verify` tells more, and only a sound backup mends it")]
    Unsound(String),
    /// The login may not do this.
    #[error("only the login that owns the tables, with which `stele migrate` runs, may take the history up again")]
    NotOwner,
    /// Somebody else did something in between.
    #[error("the history changed in the meantime; look again")]
    Moved,
    /// The history itself refuses.
    #[error(transparent)]
    Refused(#[from] HistoryRefusal),
    /// The checkpoint outside the database can't be read or kept.
    #[error(transparent)]
    Anchor(#[from] AnchorError),
    /// The newest checkpoint in the database is not this ledger's.
    #[error("the newest checkpoint in the database is none of this ledger's: {0}")]
    Checkpoint(#[from] CheckpointError),
    /// The history was taken up, and then no checkpoint was signed.
    #[error(transparent)]
    Sign(#[from] SignError),
    /// The tree can't be read.
    #[error(transparent)]
    Tree(#[from] TreeError),
    /// The ledger's own stream can't be read.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// The head can't be read.
    #[error(transparent)]
    Head(#[from] DatabaseError),
    /// PostgreSQL could not be reached, or refused a statement.
    #[error("PostgreSQL: {0}")]
    Sql(#[from] sqlx::Error),
    /// The event can't be written as JSON.
    #[error("the event can't be written: {0}")]
    Encode(#[from] serde_json::Error),
    /// The command can't be named.
    #[error(transparent)]
    Key(#[from] IdempotencyKeyError),
}

impl LogSigner {
    /// Compares the history with the last signed checkpoint. Every leaf hash is read for it.
    pub async fn assess(&self) -> Result<Assessment, RecoverError> {
        Ok(self.survey().await?.0)
    }

    /// Takes the history up as it is, which [`assess`](Self::assess) should have told the operator, and signs it.
    ///
    /// `owner` is the login that owns the tables: the server's role may not do this.
    pub async fn recover(&mut self, owner: &PgConnectOptions, reason: &str) -> Result<Recovered, RecoverError> {
        let (assessment, mut edge) = self.survey().await?;
        let position = match assessment.standing {
            Standing::Continues => return Err(RecoverError::Continues),
            Standing::TakenUp(position) => position,
            Standing::Departs => self.record(owner, &mut edge, assessment.last_signed, reason).await?,
        };
        let head = self.ledger.head().await?;
        self.grow_to(&mut edge, &head).await?;
        let checkpoint = Checkpoint::new(self.ledger.name(), edge.size(), head.root())?;
        self.anchor.write(&checkpoint.sign(&self.signer)).await?;
        // should this fail, the server publishes what was kept
        self.sign().await?;
        Ok(Recovered { position, checkpoint })
    }

    async fn survey(&self) -> Result<(Assessment, Edge), RecoverError> {
        let log = self.signer.verifier();
        let last_signed = self.anchor.read(log).await?.map(|(checkpoint, _)| tree_head(&checkpoint));
        // before the head: a server may append and publish in between
        let published = self.ledger.checkpoint().await.map_err(TreeError::from)?;
        let published = published.map(|note| Checkpoint::open(&note, log)).transpose()?.map(|note| tree_head(&note));
        let head = self.ledger.head().await?;
        let found = TreeHead { size: head.position().get(), root: head.root().into() };
        let (mut edge, mut trees) = (Edge::default(), BTreeMap::new());
        let sizes = [last_signed, published].into_iter().flatten().map(|tree| tree.size);
        for size in sizes.filter(|size| *size <= found.size).collect::<BTreeSet<_>>() {
            self.ledger.grow(&mut edge, size, |_| ()).await?;
            trees.extend(edge.root().map(|root| (size, TreeHead { size, root: root.into() })));
        }
        self.grow_to(&mut edge, &head).await?;
        if let Some(published) = published {
            self.check_published(published, trees.get(&published.size)).await?;
        }
        let in_its_place = last_signed.and_then(|signed| trees.get(&signed.size).copied());
        let standing = if last_signed.is_some() && in_its_place == last_signed {
            Standing::Continues
        } else {
            self.taken_up(last_signed, published).await?.map_or(Standing::Departs, Standing::TakenUp)
        };
        Ok((Assessment { last_signed, in_its_place, found, standing }, edge))
    }

    /// The newest checkpoint in the database must be of the events there, and of the nodes stored above them.
    async fn check_published(&self, published: TreeHead, found: Option<&TreeHead>) -> Result<(), RecoverError> {
        let TreeHead { size, root } = published;
        if found != Some(&published) {
            let reason = format!("the checkpoint of {size} events in the database is not of the events there");
            return Err(RecoverError::Unsound(reason));
        }
        if self.ledger.edge_at(size).await?.root().map(Into::into) != Some(root) {
            let reason = format!("the nodes stored above the first {size} events are not those of their tree");
            return Err(RecoverError::Unsound(reason));
        }
        Ok(())
    }

    /// The position of the event of a recovery from that checkpoint that broke off.
    async fn taken_up(
        &self,
        last_signed: Option<TreeHead>,
        published: Option<TreeHead>,
    ) -> Result<Option<Position>, RecoverError> {
        let events = self.ledger.read_stream(self.stream(), 0).await.map_err(LoadError::from)?;
        let Some(last) = events.last() else { return Ok(None) };
        let HistoryEvent::LedgerRecovered(recovered) = last.decode().map_err(LoadError::from)?;
        // without a checkpoint outside, an event that has been signed since tells of a recovery that was completed
        let is_open = last_signed.is_some() || last.position.get() > published.map_or(0, |tree| tree.size);
        Ok((is_open && recovered.last_signed == last_signed).then_some(last.position))
    }

    /// Begins an epoch, and records it.
    async fn record(
        &self,
        owner: &PgConnectOptions,
        edge: &mut Edge,
        last_signed: Option<TreeHead>,
        reason: &str,
    ) -> Result<Position, RecoverError> {
        let (state, version) = self.ledger.load::<History>(self.ledger.id()).await?;
        let mut owner = PgConnection::connect_with(&owner.clone().application_name("stele recover")).await?;
        let mut transaction = owner.begin().await?;
        let present = self.ledger.head().await?.epoch;
        let begun = sqlx::query_scalar!("select ledger_begin_epoch($1, $2)", self.ledger.id(), present)
            .fetch_one(&mut *transaction)
            .await
            .map_err(not_owner)?;
        if begun != Some(true) {
            return Err(RecoverError::Moved);
        }
        // the head is locked now, so it is what the event follows
        let head = head::read(&mut *transaction, self.ledger.id()).await?;
        self.grow_to(edge, &head).await?;
        let command = HistoryCommand::Recover {
            reason: reason.to_owned(),
            epoch: head.epoch.cast_unsigned(),
            last_signed,
            found: TreeHead { size: edge.size(), root: head.root().into() },
        };
        let id: Uuid = self.ledger.mint().fresh();
        let metadata = Metadata::of(format!("recover/{id}").try_into()?, Fingerprint::of(reason.as_bytes()));
        let mut events = Vec::new();
        for event in state.decide(&command)? {
            events.push(NewEvent::new(id, event.name(), event.schema_version(), event.payload()?, None));
        }
        let append = Append::new(self.stream(), Expected::Exactly(version), &metadata, events)?;
        let now = self.ledger.clock().now();
        let receipt = append::append_within(&mut transaction, self.ledger.id(), &head, now, append).await?;
        let receipt = receipt.ok_or(RecoverError::Moved)?;
        transaction.commit().await?;
        owner.close().await?;
        self.ledger.announce(receipt.last);
        Ok(receipt.last)
    }

    /// Adds the leaves up to a head, whose root must be theirs.
    async fn grow_to(&self, edge: &mut Edge, head: &Head) -> Result<(), RecoverError> {
        self.ledger.grow(edge, head.position().get(), |_| ()).await?;
        if edge.size() == head.position().get() && edge.root() == Some(head.root()) {
            return Ok(());
        }
        Err(RecoverError::Unsound(format!("the head of {} events has another root than they have", head.position())))
    }

    fn stream(&self) -> StreamKey {
        StreamKey { stream_type: History::STREAM, id: self.ledger.id() }
    }
}

fn tree_head(checkpoint: &Checkpoint) -> TreeHead {
    TreeHead { size: checkpoint.size(), root: checkpoint.root().into() }
}

/// SQLSTATE 42501 is "insufficient privilege".
fn not_owner(error: sqlx::Error) -> RecoverError {
    let code = error.as_database_error().and_then(sqlx::error::DatabaseError::code);
    if code.as_deref() == Some("42501") { RecoverError::NotOwner } else { error.into() }
}
