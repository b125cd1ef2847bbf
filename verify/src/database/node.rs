//! The stored nodes of the tree: each complete subtree up to the last checkpoint has one, with its root.

use sqlx::PgConnection;
use uuid::Uuid;

use crate::{audit::Audit, error::VerifyError, leaves::Complete, tree::NodeAt};

/// What is to be found in the table `tree_node`.
pub(crate) struct Nodes {
    ledger_id: Uuid,
    /// The size of the last checkpoint, with which the last nodes were published; 0 if there is none.
    published: i64,
}

impl Nodes {
    pub(crate) async fn of(connection: &mut PgConnection, ledger_id: Uuid) -> Result<Self, VerifyError> {
        let published = sqlx::query_scalar!("select max(size) from checkpoint where ledger_id = $1", ledger_id);
        let published = published.fetch_one(connection).await?.unwrap_or(0);
        Ok(Self { ledger_id, published })
    }

    /// Compares the nodes that have become complete since the last time.
    pub(crate) async fn check(&self, connection: &mut PgConnection, audit: &mut Audit) -> Result<(), VerifyError> {
        let mut complete = audit.leaves.take_complete();
        complete.retain(|complete| {
            let (_, last) = complete.node.positions();
            i64::try_from(last).is_ok_and(|last| last <= self.published)
        });
        let levels: Vec<i32> = complete.iter().map(|complete| complete.node.level).collect();
        let indexes: Vec<i64> = complete.iter().map(|complete| complete.node.index.cast_signed()).collect();
        let rows = sqlx::query!(
            "select level, index, hash from tree_node
            where ledger_id = $1 and (level, index) in (select * from unnest($2::integer[], $3::bigint[]))",
            self.ledger_id,
            &levels,
            &indexes
        );
        let mut rows = rows.fetch_all(connection).await?;
        rows.sort_unstable_by_key(|row| (row.level, row.index));
        complete.sort_unstable_by_key(|complete| complete.node);
        let mut rows = rows.into_iter().peekable();
        for complete in &complete {
            let NodeAt { level, index } = complete.node;
            let mut found = false;
            while let Some(row) = rows.next_if(|row| (row.level, row.index) == (level, index.cast_signed())) {
                found = true;
                compare(complete, &row.hash, audit);
            }
            if !found {
                add(complete.node, "tree_node.index", "is missing", audit);
            }
            audit.nodes += 1;
        }
        Ok(())
    }

    /// Reports nodes that no checkpoint can have published.
    pub(crate) async fn check_surplus(
        &self,
        connection: &mut PgConnection,
        audit: &mut Audit,
    ) -> Result<(), VerifyError> {
        let limit = i64::try_from(audit.findings.limit()).unwrap_or(i64::MAX);
        let surplus = sqlx::query_file!("src/database/surplus.sql", self.ledger_id, self.published, limit);
        for row in surplus.fetch_all(connection).await? {
            let detail = format!("no checkpoint has published the node {} of level {}", row.index, row.level);
            audit.findings.tampered(None, "tree_node.index", detail);
        }
        Ok(())
    }
}

fn compare(complete: &Complete, hash: &[u8], audit: &mut Audit) {
    // where leaves differ, which of them to believe is for the roots to say
    if hash != complete.computed && hash != complete.stored {
        add(complete.node, "tree_node.hash", "is not their root", audit);
    }
}

fn add(node: NodeAt, field: &'static str, what: &str, audit: &mut Audit) {
    let (first, last) = node.positions();
    let NodeAt { level, index } = node;
    let detail = format!("the node {index} of level {level}, over the events {first} to {last}, {what}");
    audit.findings.tampered(first, field, detail);
}
