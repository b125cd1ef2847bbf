//! Adding a checkpoint, and the nodes that have become complete with it.

use super::edge::CompleteNode;
use crate::Ledger;

impl Ledger {
    /// Publishes a signed checkpoint, unless one of this size or a later one has been published already.
    pub(super) async fn publish(&self, size: u64, note: &str, nodes: &[CompleteNode]) -> Result<(), sqlx::Error> {
        let levels: Vec<i32> = nodes.iter().map(|node| node.level.into()).collect();
        let indexes: Vec<i64> = nodes.iter().map(|node| node.index.cast_signed()).collect();
        let hashes: Vec<&[u8]> = nodes.iter().map(|node| node.hash.as_slice()).collect();
        sqlx::query_scalar!(
            "select ledger_publish($1, $2, $3, $4, $5, $6)",
            self.id(),
            size.cast_signed(),
            note,
            &levels,
            &indexes,
            &hashes as &[&[u8]]
        )
        .fetch_one(self.database().pool())
        .await?;
        Ok(())
    }
}
