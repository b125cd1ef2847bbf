//! A Merkle tree's size and root.

use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

/// The size and root of a Merkle tree (RFC 9162 §4.10).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TreeHead {
    /// How many events it has.
    pub size: u64,
    /// The root over them.
    pub root: MerkleRoot,
}

/// The root of a Merkle tree (RFC 6962 §2.1), written in hexadecimal.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MerkleRoot(#[serde(with = "hex::serde")] [u8; 32]);

impl From<[u8; 32]> for MerkleRoot {
    fn from(hash: [u8; 32]) -> Self {
        Self(hash)
    }
}

impl fmt::Display for MerkleRoot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for MerkleRoot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl JsonSchema for MerkleRoot {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "MerkleRoot".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": "^[0-9a-f]{64}$", "description": "The root of a Merkle tree" })
    }
}
