//! What a verification comes to.

use std::fmt;

use serde::Serialize;
use uuid::Uuid;

use crate::finding::{Finding, Verdict};

/// The outcome of a verification.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    /// The ledger's name.
    pub ledger: String,
    /// The ledger's id.
    pub ledger_id: Uuid,
    /// What the findings amount to.
    pub verdict: Verdict,
    /// How many events were read.
    pub events: u64,
    /// The Merkle root over them in hexadecimal, recomputed; `None` if some are missing.
    pub root: Option<String>,
    /// The positions of the events that took the history up again after it had been set back: what had been signed
    /// before each of them may have gone on otherwise.
    pub recoveries: Vec<u64>,
    /// How many stored checkpoints were read.
    pub checkpoints: u64,
    /// Whether the checkpoints' signatures were checked, for which the log's key is needed.
    pub signatures_checked: bool,
    /// How many events the checkpoint covers that was kept elsewhere, if one was given.
    pub kept_checkpoint_size: Option<u64>,
    /// How many nodes of the tree were compared with those stored.
    pub tree_nodes: u64,
    /// How many findings there are; more than are listed, perhaps.
    pub findings_count: u64,
    /// The first findings, by position.
    pub findings: Vec<Finding>,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}: ledger {} ({})", self.verdict, self.ledger, self.ledger_id)?;
        writeln!(f, "  events       {}", self.events)?;
        writeln!(f, "  root         {}", self.root.as_deref().unwrap_or("unknown, as events are missing"))?;
        for position in &self.recoveries {
            writeln!(f, "  recovered    at {position}, after the history had been set back")?;
        }
        writeln!(f, "  checkpoints  {}", self.checkpoints)?;
        let signatures = if self.signatures_checked { "checked" } else { "NOT checked, as no key was given" };
        writeln!(f, "  signatures   {signatures}")?;
        if let Some(size) = self.kept_checkpoint_size {
            writeln!(f, "  compared with the checkpoint of {size} events that was kept")?;
        }
        writeln!(f, "  tree nodes   {}", self.tree_nodes)?;
        write!(f, "  findings     {}", self.findings_count)?;
        for finding in &self.findings {
            write!(f, "\n  {finding}")?;
        }
        let unlisted = self.findings_count - self.findings.len() as u64;
        if unlisted > 0 { write!(f, "\n  and {unlisted} more") } else { Ok(()) }
    }
}
