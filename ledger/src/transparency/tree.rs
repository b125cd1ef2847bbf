//! Reading the tree: leaves from the events, the nodes above them from what was published.

use std::ops::Range;

use stele_tlog::{BundleError, EntryBundle, Hash, Node, ProofError, Tile, fold, push_entry};

use super::edge::{CompleteNode, Edge, TILE};
use crate::{EventFilter, Ledger, Position, ReadError, envelope};

/// Leaves a query: about 2 MiB of hashes.
const WINDOW: u64 = 65_536;

/// Why something can't be said about the tree.
#[derive(Debug, thiserror::Error)]
pub enum TreeError {
    /// The ledger could not be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// It is beyond the newest checkpoint.
    #[error("the newest checkpoint is of {published} events, and this is about {asked}")]
    Unpublished {
        /// The size asked about.
        asked: u64,
        /// The size of the newest checkpoint.
        published: u64,
    },
    /// There is no such proof.
    #[error(transparent)]
    Proof(#[from] ProofError),
    /// Nodes that were published are missing, or one is not a hash.
    #[error("the tree is damaged: hashes {from} to {to} of level {level} are not there", from = .hashes.start, to = .hashes.end)]
    Damaged {
        /// The level of tiles, 0 for leaves.
        level: u8,
        /// Which hashes of it, counted from 0.
        hashes: Range<u64>,
    },
    /// An entry is too long for a bundle.
    #[error(transparent)]
    Bundle(#[from] BundleError),
}

impl From<sqlx::Error> for TreeError {
    fn from(error: sqlx::Error) -> Self {
        Self::Read(error.into())
    }
}

impl Ledger {
    /// The newest published checkpoint, as a signed note.
    pub async fn checkpoint(&self) -> Result<Option<String>, ReadError> {
        let newest = sqlx::query_scalar!(
            "select note from checkpoint where ledger_id = $1 order by size desc limit 1",
            self.id()
        );
        Ok(newest.fetch_optional(self.database().pool()).await?)
    }

    /// The size of the newest published checkpoint; 0 if there is none.
    pub async fn published(&self) -> Result<u64, ReadError> {
        let size = sqlx::query_scalar!(
            r#"select coalesce(max(size), 0) as "size!" from checkpoint where ledger_id = $1"#,
            self.id()
        );
        Ok(size.fetch_one(self.database().pool()).await?.cast_unsigned())
    }

    /// The hashes of a tile.
    pub async fn tile(&self, tile: Tile) -> Result<Vec<Hash>, TreeError> {
        let leaves_a_hash = 256_u64.saturating_pow(tile.level().into());
        self.check_published(tile.hashes().end.saturating_mul(leaves_a_hash)).await?;
        self.hashes(tile.level(), tile.hashes()).await
    }

    /// The log entries of a bundle, each led by its length.
    pub async fn entries(&self, bundle: EntryBundle) -> Result<Vec<u8>, TreeError> {
        let leaves = bundle.leaves();
        self.check_published(leaves.end).await?;
        let (after, up_to) = (Position::from(leaves.start), Position::from(leaves.end));
        let events = self.read(after, up_to, &EventFilter::all()).await?;
        if events.len() as u64 != leaves.end - leaves.start {
            return Err(TreeError::Damaged { level: 0, hashes: leaves });
        }
        let mut bytes = Vec::new();
        for event in &events {
            push_entry(&mut bytes, &envelope::log_entry(self.id(), event))?;
        }
        Ok(bytes)
    }

    /// The Merkle root over the first events, up to and including `position`.
    pub async fn root_at(&self, position: Position) -> Result<Hash, TreeError> {
        let head = self.head().await.map_err(ReadError::from)?;
        if position > head.position() {
            return Err(ReadError::BeyondHead { asked: position, head: head.position() }.into());
        }
        if position == head.position() {
            return Ok(head.root());
        }
        let mut edge = self.edge_at(self.published().await?.min(position.get())).await?;
        self.grow(&mut edge, position.get(), |_| ()).await?;
        edge.root().ok_or(TreeError::Damaged { level: 0, hashes: 0..position.get() })
    }

    pub(super) async fn check_published(&self, asked: u64) -> Result<(), TreeError> {
        let published = self.published().await?;
        if asked > published { Err(TreeError::Unpublished { asked, published }) } else { Ok(()) }
    }

    /// The root of a perfect subtree that has been published.
    pub(super) async fn node(&self, node: Node) -> Result<Hash, TreeError> {
        let (level, hashes) = node.tile_range();
        Ok(fold(&self.hashes(level, hashes).await?))
    }

    /// The edge of the tree at a size that has been published.
    pub(super) async fn edge_at(&self, size: u64) -> Result<Edge, TreeError> {
        let mut levels = Vec::new();
        for level in 0_u8..8 {
            let count = size >> (8 * u32::from(level));
            if count == 0 {
                break;
            }
            levels.push(self.hashes(level, count - count % TILE as u64..count).await?);
        }
        Ok(Edge::new(size, levels))
    }

    /// Adds the leaves up to `size` to an edge, and tells what became complete with them.
    pub(super) async fn grow(
        &self,
        edge: &mut Edge,
        size: u64,
        mut complete: impl FnMut(CompleteNode),
    ) -> Result<(), TreeError> {
        while edge.size() < size {
            let leaves = edge.size()..size.min(edge.size() + WINDOW);
            for leaf in self.hashes(0, leaves).await? {
                edge.push(leaf, &mut complete);
            }
        }
        Ok(())
    }

    /// Consecutive hashes of one level, all of which must be there.
    async fn hashes(&self, level: u8, hashes: Range<u64>) -> Result<Vec<Hash>, TreeError> {
        let (start, end) = (hashes.start.cast_signed(), hashes.end.cast_signed());
        let pool = self.database().pool();
        let found = if level == 0 {
            sqlx::query_scalar!(
                "select leaf_hash from event where ledger_id = $1 and position > $2 and position <= $3
                order by position",
                self.id(),
                start,
                end
            )
            .fetch_all(pool)
            .await?
        } else {
            sqlx::query_scalar!(
                "select hash from tree_node where ledger_id = $1 and level = $2 and index >= $3 and index < $4
                order by index",
                self.id(),
                i32::from(level),
                start,
                end
            )
            .fetch_all(pool)
            .await?
        };
        let damaged = || TreeError::Damaged { level, hashes: hashes.clone() };
        if found.len() as u64 != hashes.end - hashes.start {
            return Err(damaged());
        }
        found.iter().map(|hash| hash.as_slice().try_into().map_err(|_| damaged())).collect()
    }
}
