//! A Merkle tree's size and root.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::digest::digests;

/// The size and root of a Merkle tree (RFC 9162 §4.10).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TreeHead {
    /// How many events it has.
    pub size: u64,
    /// The root over them.
    pub root: MerkleRoot,
}

digests! {
    /// The root of a Merkle tree (RFC 6962 §2.1), written in hexadecimal.
    MerkleRoot;
}
