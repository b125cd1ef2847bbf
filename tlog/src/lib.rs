//! The formats and hashes of a transparency log, for those who write one and for those who check it.
//!
//! Everything here is pure and knows nothing of the ledger, so a verifier can be built from this crate alone:
//!
//! - [`hash`], [`frontier`], [`proof`]: the Merkle tree of RFC 6962 and the proofs about it;
//! - [`entry`]: what of an event is hashed into the tree;
//! - [`node`], [`tile`], [`bundle`]: how the tree and its entries are served (C2SP tlog-tiles);
//! - [`key`], [`note`], [`checkpoint`]: how its root is signed (C2SP signed-note, tlog-checkpoint).

pub mod bundle;
pub mod checkpoint;
pub mod entry;
pub mod frontier;
pub mod hash;
pub mod key;
pub mod node;
pub mod note;
pub mod proof;
mod slot;
pub mod tile;

pub use bundle::{BundleError, Entries, EntryBundle, bundles_of, push_entry};
pub use checkpoint::{Checkpoint, CheckpointError};
pub use entry::LogEntry;
pub use frontier::Frontier;
pub use hash::{Hash, empty_root, hash_children, hash_leaf};
pub use key::{KeyError, Signer, Verifier};
pub use node::{Node, fold, subtrees_of};
pub use note::{Note, NoteError, Signature};
pub use proof::{ProofError, ProofPlan, consistency_plan, inclusion_plan, verify_consistency, verify_inclusion};
pub use slot::TileError;
pub use tile::{Tile, tiles_of};
